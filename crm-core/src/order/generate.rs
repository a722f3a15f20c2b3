//! An order from a won deal: what of it is not ordered yet.

use chrono::NaiveDate;
use rust_decimal::Decimal;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::{CreateOrder, Order, OrderLine, OrderState, PaymentTerms, SetOrderLine};
use crate::contract::Contract;
use crate::decision::{Check, Refusal};
use crate::opportunity::{Opportunity, OpportunityLine, Phase};
use crate::party::Address;
use crate::value::{Id, Invalid, Money, Quantity, UnitPrice};

/// Makes the order of a won deal: all of it that is not ordered yet, or a part. The same call again gives the same order.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct GenerateOrder {
    /// Of which deal.
    pub opportunity: Id<Opportunity>,
    /// What the host calls this part, 1 to 200 characters: the same key again gives the same order. Without one, the order
    /// of everything that is left.
    #[serde(default)]
    pub key: Option<String>,
    /// Which lines of the deal, and how much of each; all that is left where nothing is said.
    #[serde(default)]
    pub parts: Vec<Part>,
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
    /// How its figures are rounded: `each_line` (the default) or `total`.
    #[serde(default)]
    pub rounding: Option<String>,
    /// What bringing it costs the customer.
    #[serde(default)]
    pub freight: Option<Money>,
    /// The rate of the tax that is added to every line, in percent.
    #[serde(default)]
    pub tax_rate: Option<String>,
    /// When what part of it is to be paid.
    #[serde(default)]
    pub terms: PaymentTerms,
    /// How it is to be paid.
    #[serde(default)]
    pub method: Option<String>,
    /// The contract under which it is delivered; that of the deal where nothing is said.
    #[serde(default)]
    pub contract: Option<Id<Contract>>,
}

/// A part of one line of a deal.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Part {
    /// Which line.
    pub line: Id<OpportunityLine>,
    /// How much of it; all that is left where nothing is said.
    #[serde(default)]
    pub quantity: Option<String>,
}

/// What an order of a deal is made of.
#[derive(Debug)]
pub struct Seed<'a> {
    /// The deal.
    pub deal: &'a Opportunity,
    /// Its lines, in order.
    pub lines: &'a [OpportunityLine],
    /// The orders that were made of it.
    pub orders: &'a [Order],
    /// The lines of those.
    pub ordered: &'a [OrderLine],
}

impl Seed<'_> {
    /// How much of a line is not ordered yet: what was cancelled is.
    pub fn remaining(&self, line: &OpportunityLine) -> Decimal {
        let bound = |order: Id<Order>| {
            let found = self.orders.iter().find(|other| other.id == order);
            found.is_none_or(|order| order.state != OrderState::Cancelled)
        };
        let taken = self.ordered.iter().filter(|other| other.deal_line == Some(line.id));
        let taken = taken.filter(|other| bound(other.order)).map(|other| other.quantity.number());
        taken.fold(line.quantity.number(), Decimal::saturating_sub).max(Decimal::ZERO)
    }
}

impl GenerateOrder {
    /// The id of the order that it makes: the same for the same deal and key. Where the order of a key was cancelled, the
    /// next one is `round` 1, and so on.
    pub fn order_id(&self, round: u32) -> Id<Order> {
        let key = self.key.as_deref().unwrap_or_default();
        let deal = self.opportunity.uuid();
        let parts: [&[u8]; 4] =
            [b"order of deal", deal.as_bytes(), key.as_bytes(), &round.to_be_bytes()];
        Id::derived(parts)
    }
}

/// The order that a won deal asks for: customer, contact, seller and lines as the deal has them, prices and discounts
/// among them; of each line what is not ordered yet, or the part that was named. A deal without lines is one line of its
/// amount.
///
/// # Errors
///
/// `order.deal_not_won` · `order.ordered_by_quote` where a quote of the deal is ordered · `order.key` unless a key has 1 to 200 characters · part by part `order.part.unknown`,
/// `order.part.twice`, `decimal.*`, `quantity.negative`, `order.line.quantity_zero`, `order.part.exceeds_remaining` (the
/// limit is what is left) · `order.deal_without_amount` · `order.nothing_left`. Rule OR-10 (F091).
pub fn seed(wish: &GenerateOrder, seed: &Seed<'_>) -> Result<CreateOrder, Refusal> {
    let mut check = Check::default();
    check.rule(matches!(seed.deal.phase, Phase::Won { .. }), "opportunity", || {
        Invalid::new("order.deal_not_won", seed.deal.phase.code()).allowed(["won"])
    });
    let mut bound = seed.orders.iter().filter(|order| order.state != OrderState::Cancelled);
    let of_quote = bound.find(|order| order.quote.is_some());
    check.rule(of_quote.is_none(), "opportunity", || {
        let number = of_quote.map_or_else(String::new, |order| order.number.to_string());
        Invalid::new("order.ordered_by_quote", &number).limit("the deal is ordered by its quote")
    });
    let chars = wish.key.as_ref().map_or(1, |key| key.chars().count());
    check.rule((1..=200).contains(&chars), "key", || {
        Invalid::new("order.key", &chars.to_string()).limit("1 to 200 characters")
    });
    let mut lines = Vec::new();
    if seed.lines.is_empty() {
        lines.extend(of_amount(wish, seed, &mut check));
    } else if wish.parts.is_empty() {
        let left = seed.lines.iter().map(|line| (line, seed.remaining(line)));
        lines.extend(
            left.filter(|(_, left)| !left.is_zero())
                .map(|(line, left)| of_line(wish, line, left.normalize().to_string())),
        );
    }
    for (at, part) in wish.parts.iter().enumerate() {
        let path = |field: &str| format!("parts[{at}].{field}");
        let Some(line) = seed.lines.iter().find(|line| line.id == part.line) else {
            let unknown = Invalid::new("order.part.unknown", &part.line.to_string());
            check.refuse(path("line"), unknown.limit("a line of the deal"));
            continue;
        };
        let again = wish.parts.iter().take(at).any(|other| other.line == part.line);
        check.rule(!again, &path("line"), || {
            Invalid::new("order.part.twice", &part.line.to_string())
        });
        let left = seed.remaining(line);
        let quantity = match &part.quantity {
            None => Some(left),
            Some(text) => {
                check.take(&path("quantity"), text.parse::<Quantity>()).map(Quantity::number)
            }
        };
        let Some(quantity) = quantity else { continue };
        check.rule(!quantity.is_zero() || left.is_zero(), &path("quantity"), || {
            Invalid::new("order.line.quantity_zero", "0").limit("above 0")
        });
        check.rule(quantity <= left && !left.is_zero(), &path("quantity"), || {
            Invalid::new("order.part.exceeds_remaining", &quantity.to_string())
                .limit(format!("{} left", left.normalize()))
        });
        lines.push(of_line(wish, line, quantity.normalize().to_string()));
    }
    if check.is_clean() {
        check.rule(!lines.is_empty(), "opportunity", || {
            Invalid::new("order.nothing_left", &seed.deal.id.to_string())
                .limit("everything of the deal is ordered")
        });
    }
    check.done()?;
    Ok(CreateOrder {
        id: None,
        number: wish.number.clone(),
        customer: Some(seed.deal.customer),
        contact: seed.deal.contact,
        owner: Some(seed.deal.owner),
        ordered_on: wish.ordered_on,
        due_on: wish.due_on,
        delivery_address: wish.delivery_address,
        billing_address: wish.billing_address,
        rounding: wish.rounding.clone(),
        freight: wish.freight,
        terms: wish.terms.clone(),
        method: wish.method.clone(),
        contract: wish.contract,
        lines,
        ..CreateOrder::default()
    })
}

fn of_line(wish: &GenerateOrder, line: &OpportunityLine, quantity: String) -> SetOrderLine {
    SetOrderLine {
        product: Some(line.product),
        deal_line: Some(line.id),
        quantity,
        unit_price: Some(line.unit_price),
        discount: Some(line.discount.to_string()),
        tax_rate: wish.tax_rate.clone(),
        ..SetOrderLine::default()
    }
}

/// The line of a deal that has none: its amount, once.
fn of_amount(wish: &GenerateOrder, seed: &Seed<'_>, check: &mut Check) -> Option<SetOrderLine> {
    let bound = seed.orders.iter().any(|order| order.state != OrderState::Cancelled);
    check.rule(!bound, "opportunity", || {
        Invalid::new("order.nothing_left", &seed.deal.id.to_string())
            .limit("everything of the deal is ordered")
    });
    let amount = seed.deal.amount;
    check.rule(amount.is_some(), "opportunity", || {
        Invalid::new("order.deal_without_amount", &seed.deal.id.to_string())
            .limit("a deal with lines or an amount")
    });
    Some(SetOrderLine {
        text: Some(seed.deal.name.to_string()),
        quantity: "1".to_owned(),
        unit_price: Some(UnitPrice::from(amount?)),
        tax_rate: wish.tax_rate.clone(),
        ..SetOrderLine::default()
    })
}
