//! An order from an accepted quote: what was offered, at what was offered, and what of it is not ordered yet.

use chrono::NaiveDate;
use rust_decimal::{Decimal, RoundingStrategy};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::{CreateOrder, Order, OrderLine, OrderState, PaymentTerms, SetOrderLine};
use crate::contract::Contract;
use crate::decision::{Check, Refusal};
use crate::opportunity::{Opportunity, Phase};
use crate::party::Address;
use crate::quote::{Quote, QuoteLine, QuoteState, TaxMode};
use crate::value::{Id, Invalid, Money, Percent, Quantity, Rounding, UnitPrice};

/// Places of a price before tax that is taken out of one with tax.
const PRICE_PLACES: u32 = 6;

/// Places of a discount that is what amounts and shares come to.
const DISCOUNT_PLACES: u32 = 4;

/// Makes the order of an accepted quote: all of it that is not ordered yet, or a part. Lines, prices, discounts and tax are
/// those of the quote, and the parts of a line add up to it to the minor unit. The same call again gives the same order.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct OrderFromQuote {
    /// Of which quote.
    pub quote: Id<Quote>,
    /// What the host calls this part, 1 to 200 characters: the same key again gives the same order. Without one, the order
    /// of everything that is left.
    #[serde(default)]
    pub key: Option<String>,
    /// Which lines of the quote, and how much of each; all that is left where nothing is said.
    #[serde(default)]
    pub parts: Vec<QuotePart>,
    /// What it is called, where the host gives the numbers.
    #[serde(default)]
    pub number: Option<String>,
    /// The day on which it was ordered; today where nothing is said.
    #[serde(default)]
    pub ordered_on: Option<NaiveDate>,
    /// The day until which it shall be delivered.
    #[serde(default)]
    pub due_on: Option<NaiveDate>,
    /// Where the goods go.
    #[serde(default)]
    pub delivery_address: Option<Id<Address>>,
    /// Where the invoice goes.
    #[serde(default)]
    pub billing_address: Option<Id<Address>>,
    /// What bringing it costs the customer beside the quote.
    #[serde(default)]
    pub freight: Option<Money>,
    /// When what part of it is to be paid.
    #[serde(default)]
    pub terms: PaymentTerms,
    /// How it is to be paid.
    #[serde(default)]
    pub method: Option<String>,
    /// The contract under which it is delivered; that of the quote or deal where nothing is said.
    #[serde(default)]
    pub contract: Option<Id<Contract>>,
}

/// A part of one line of a quote.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct QuotePart {
    /// Which line.
    pub line: Id<QuoteLine>,
    /// How much of it; all that is left where nothing is said.
    #[serde(default)]
    pub quantity: Option<String>,
}

/// A line of a quote, and what orders have of it.
#[derive(Clone, Debug, PartialEq)]
pub struct Quoted {
    /// The line.
    pub line: QuoteLine,
    /// Whether its price includes the tax.
    pub tax_included: bool,
    /// How much of it is ordered.
    pub taken: Decimal,
    /// What that comes to before tax.
    pub net: Money,
    /// The tax on that.
    pub tax: Money,
}

impl Quoted {
    /// A line of a quote and what these lines of orders have of it; lines of other ones do not count.
    ///
    /// # Errors
    ///
    /// `money.overflow`.
    pub fn of<'a>(
        quote: &Quote,
        line: &QuoteLine,
        ordered: impl IntoIterator<Item = &'a OrderLine>,
    ) -> Result<Self, Invalid> {
        let none = Money::zero(quote.currency);
        let tax_included = quote.tax_mode == TaxMode::Included;
        let line = line.clone();
        let mut found = Self { line, tax_included, taken: Decimal::ZERO, net: none, tax: none };
        for other in ordered.into_iter().filter(|other| other.quote_line == Some(found.line.id)) {
            found.taken = found.taken.saturating_add(other.quantity.number());
            found.net = found.net.checked_add(other.net)?;
            found.tax = found.tax.checked_add(other.tax)?;
        }
        Ok(found)
    }

    /// How much of it is not ordered yet.
    pub fn remaining(&self) -> Decimal {
        self.line.quantity.number().saturating_sub(self.taken).max(Decimal::ZERO)
    }

    /// What so much of it comes to: net and tax. All that is left has all the money that is left; a part has its share of
    /// the line, rounded halves up, and never more than is left. So whatever is ordered in whatever parts, called off and
    /// ordered again, all of the line together comes to what was offered. Rule CASH-2 (F082, F091).
    ///
    /// # Errors
    ///
    /// `money.overflow`.
    pub fn share(&self, quantity: Quantity) -> Result<(Money, Money), Invalid> {
        let part = |whole: Money, taken: Money| {
            let left = whole.checked_sub(taken)?;
            if quantity.number() >= self.remaining() {
                return Ok(left);
            }
            let overflow = || Invalid::new("money.overflow", &whole.to_string());
            let exact = whole.amount().checked_mul(quantity.number());
            let exact = exact.and_then(|exact| exact.checked_div(self.line.quantity.number()));
            let share =
                Money::rounded(exact.ok_or_else(overflow)?, whole.currency(), Rounding::HalfUp)?;
            Ok(if share.compare(left)?.is_gt() { left } else { share })
        };
        Ok((part(self.line.net, self.net)?, part(self.line.tax, self.tax)?))
    }

    /// The price of one before tax. Of a price with tax it is what is left without it, at six places.
    ///
    /// # Errors
    ///
    /// `decimal.precision` beyond 28 digits.
    pub fn unit_price(&self) -> Result<UnitPrice, Invalid> {
        let (price, rate) = (self.line.unit_price, self.line.tax_rate.number());
        if !self.tax_included || rate.is_zero() {
            return Ok(price);
        }
        let without = price.amount().checked_mul(Decimal::ONE_HUNDRED);
        let whole = Decimal::ONE_HUNDRED.checked_add(rate);
        let exact = without.zip(whole).and_then(|(price, whole)| price.checked_div(whole));
        let wide = || Invalid::new("decimal.precision", &price.to_string());
        let exact = exact.ok_or_else(|| wide().limit("at most 28 digits"))?;
        let rounded =
            exact.round_dp_with_strategy(PRICE_PLACES, RoundingStrategy::MidpointAwayFromZero);
        UnitPrice::new(rounded, price.currency())
    }

    /// What is taken off the line in percent: its own discount where that says it all, else what amounts and the share of
    /// what is taken off the sum come to, at four places. It tells; the net says what is paid.
    ///
    /// # Errors
    ///
    /// `decimal.precision` beyond 28 digits.
    pub fn discount(&self) -> Result<Percent, Invalid> {
        let (price, line) = (self.unit_price()?, &self.line);
        let own = Money::of_line(price, line.quantity, line.discount, Rounding::HalfUp);
        if own == Ok(line.net) {
            return Ok(line.discount);
        }
        let gross = price.line(line.quantity, Percent::ZERO)?;
        let off = gross.saturating_sub(line.net.amount()).max(Decimal::ZERO);
        let share = off.checked_mul(Decimal::ONE_HUNDRED).and_then(|off| off.checked_div(gross));
        let share = share
            .unwrap_or_default()
            .round_dp_with_strategy(DISCOUNT_PLACES, RoundingStrategy::MidpointAwayFromZero);
        Percent::new(share.min(Decimal::ONE_HUNDRED))
    }
}

/// What an order of a quote is made of.
#[derive(Debug)]
pub struct QuoteSeed<'a> {
    /// The quote.
    pub quote: &'a Quote,
    /// Its deal, where it is for one.
    pub deal: Option<&'a Opportunity>,
    /// The orders that were made of the deal and of the quote.
    pub orders: &'a [Order],
    /// Its lines, in order, with what is ordered of them.
    pub lines: &'a [Quoted],
}

impl OrderFromQuote {
    /// The id of the order that it makes: the same for the same quote and key. Where the order of a key was cancelled, the
    /// next one is `round` 1, and so on.
    pub fn order_id(&self, round: u32) -> Id<Order> {
        let key = self.key.as_deref().unwrap_or_default();
        let quote = self.quote.uuid();
        let parts: [&[u8]; 4] =
            [b"order of quote", quote.as_bytes(), key.as_bytes(), &round.to_be_bytes()];
        Id::derived(parts)
    }
}

/// The order that an accepted quote asks for: customer, contact, owner and lines as the quote has them, one for one; of each
/// line what is not ordered yet, or the part that was named. A quote for a deal is ordered once the deal is won, and a deal
/// is ordered by its own lines or by those of its quotes, not by both.
///
/// # Errors
///
/// `order.quote_not_accepted` (the value is its state) · `order.deal_not_won` · `order.ordered_by_deal` where lines of the
/// deal itself are ordered · `order.key` unless a key has 1 to 200 characters · part by part `order.part.unknown`,
/// `order.part.twice`, `decimal.*`, `quantity.negative`, `order.line.quantity_zero`, `order.part.exceeds_remaining` (the
/// limit is what is left) · `order.nothing_left`. Rule CASH-1 (F082, F091).
pub fn seed_quoted(wish: &OrderFromQuote, seed: &QuoteSeed<'_>) -> Result<CreateOrder, Refusal> {
    let mut check = Check::default();
    let state = seed.quote.state;
    check.rule(state == QuoteState::Accepted, "quote", || {
        Invalid::new("order.quote_not_accepted", state.code())
            .allowed([QuoteState::Accepted.code()])
    });
    let open = seed.deal.filter(|deal| !matches!(deal.phase, Phase::Won { .. }));
    check.rule(open.is_none(), "quote", || {
        let phase = open.map_or("", |deal| deal.phase.code());
        Invalid::new("order.deal_not_won", phase).allowed(["won"])
    });
    let mut bound = seed.orders.iter().filter(|order| order.state != OrderState::Cancelled);
    let of_deal = bound.find(|order| order.quote.is_none());
    check.rule(of_deal.is_none(), "quote", || {
        let number = of_deal.map_or_else(String::new, |order| order.number.to_string());
        Invalid::new("order.ordered_by_deal", &number).limit("the deal is ordered by its own lines")
    });
    let chars = wish.key.as_ref().map_or(1, |key| key.chars().count());
    check.rule((1..=200).contains(&chars), "key", || {
        Invalid::new("order.key", &chars.to_string()).limit("1 to 200 characters")
    });
    let mut lines = Vec::new();
    if wish.parts.is_empty() {
        let left = seed.lines.iter().filter(|quoted| !quoted.remaining().is_zero());
        lines.extend(left.map(|quoted| of_line(quoted, quoted.remaining())));
    }
    for (at, part) in wish.parts.iter().enumerate() {
        lines.extend(of_part(wish, seed, (at, part), &mut check));
    }
    if check.is_clean() {
        check.rule(!lines.is_empty(), "quote", || {
            Invalid::new("order.nothing_left", &seed.quote.id.to_string())
                .limit("everything of the quote is ordered")
        });
    }
    check.done()?;
    Ok(CreateOrder {
        number: wish.number.clone(),
        customer: Some(seed.quote.customer),
        contact: seed.quote.contact,
        owner: Some(seed.quote.owner),
        ordered_on: wish.ordered_on,
        due_on: wish.due_on,
        delivery_address: wish.delivery_address,
        billing_address: wish.billing_address,
        freight: wish.freight,
        terms: wish.terms.clone(),
        method: wish.method.clone(),
        contract: wish.contract,
        lines,
        ..CreateOrder::default()
    })
}

/// The part of a line that was named.
fn of_part(
    wish: &OrderFromQuote,
    seed: &QuoteSeed<'_>,
    (at, part): (usize, &QuotePart),
    check: &mut Check,
) -> Option<SetOrderLine> {
    let path = |field: &str| format!("parts[{at}].{field}");
    let Some(quoted) = seed.lines.iter().find(|quoted| quoted.line.id == part.line) else {
        let unknown = Invalid::new("order.part.unknown", &part.line.to_string());
        check.refuse(path("line"), unknown.limit("a line of the quote"));
        return None;
    };
    let again = wish.parts.iter().take(at).any(|other| other.line == part.line);
    check.rule(!again, &path("line"), || Invalid::new("order.part.twice", &part.line.to_string()));
    let left = quoted.remaining();
    let quantity = match &part.quantity {
        None => left,
        Some(text) => check.take(&path("quantity"), text.parse::<Quantity>())?.number(),
    };
    check.rule(!quantity.is_zero() || left.is_zero(), &path("quantity"), || {
        Invalid::new("order.line.quantity_zero", "0").limit("above 0")
    });
    check.rule(quantity <= left && !left.is_zero(), &path("quantity"), || {
        Invalid::new("order.part.exceeds_remaining", &quantity.to_string())
            .limit(format!("{} left", left.normalize()))
    });
    Some(of_line(quoted, quantity))
}

fn of_line(quoted: &Quoted, quantity: Decimal) -> SetOrderLine {
    SetOrderLine {
        product: quoted.line.product,
        text: quoted.line.description.as_ref().map(ToString::to_string),
        quote_line: Some(quoted.line.id),
        quantity: quantity.normalize().to_string(),
        ..SetOrderLine::default()
    }
}
