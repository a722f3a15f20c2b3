//! A new order, written by hand or from what something else says.

use core::fmt;

use chrono::NaiveDate;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::{
    Ctx, Order, OrderLine, OrderNumber, OrderRounding, OrderState, OrderStep, OrderStepCode,
    PaymentTerms, Quoted, price, split,
};
use crate::catalog::Product;
use crate::contract::Contract;
use crate::decision::{Check, Refusal};
use crate::opportunity::{Opportunity, OpportunityLine};
use crate::party::{Address, Contact, Customer};
use crate::quote::{Quote, QuoteLine};
use crate::record::Ext;
use crate::settings::User;
use crate::value::{
    AddressUse, Currency, Id, Invalid, Money, Name, Percent, Quantity, Rounding, UnitPrice,
};

/// Lines of one order at most.
pub(super) const LINES_MAX: usize = 500;

/// One line of an order as it is wished: a product, or what is named by `text`.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct SetOrderLine {
    /// The line that it was; a new one where nothing is said.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub id: Option<Id<OrderLine>>,
    /// Which product.
    pub product: Option<Id<Product>>,
    /// What it is called on paper; the product's name where nothing is said.
    pub text: Option<String>,
    /// The line of the deal that it comes from.
    pub deal_line: Option<Id<OpportunityLine>>,
    /// The line of the quote that it comes from: only `order.from_quote` says it.
    #[serde(skip)]
    pub quote_line: Option<Id<QuoteLine>>,
    /// How many or how much: a decimal above 0.
    pub quantity: String,
    /// The price of one before tax; that of the product where nothing is said.
    pub unit_price: Option<UnitPrice>,
    /// What is taken off, in percent: a decimal from 0 to 100.
    pub discount: Option<String>,
    /// The rate of the tax that is added, in percent: a decimal from 0 to 100.
    pub tax_rate: Option<String>,
}

impl OrderLine {
    /// The wish that would make it as it is.
    pub fn wish(&self) -> SetOrderLine {
        SetOrderLine {
            id: Some(self.id),
            product: self.product,
            text: self.text.as_ref().map(ToString::to_string),
            deal_line: self.deal_line,
            quote_line: self.quote_line,
            quantity: self.quantity.to_string(),
            unit_price: Some(self.unit_price),
            discount: Some(self.discount.to_string()),
            tax_rate: Some(self.tax_rate.to_string()),
        }
    }
}

/// A new order, directly from a customer: short cycles need no deal. What is ordered this way stands outside the funnel.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct CreateOrder {
    /// The id it shall have; made by the engine where there is none.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub id: Option<Id<Order>>,
    /// What it is called, where the host gives the numbers.
    pub number: Option<String>,
    /// Who buys.
    pub customer: Option<Id<Customer>>,
    /// With whom it is talked about there.
    pub contact: Option<Id<Contact>>,
    /// Who sells; the actor where nobody is named.
    pub owner: Option<Id<User>>,
    /// The day on which it was ordered; today where nothing is said.
    pub ordered_on: Option<NaiveDate>,
    /// The day until which it shall be delivered.
    pub due_on: Option<NaiveDate>,
    /// Where the goods go: an address of the customer for deliveries.
    pub delivery_address: Option<Id<Address>>,
    /// Where the invoice goes: an address of the customer for invoices.
    pub billing_address: Option<Id<Address>>,
    /// How its figures are rounded: `each_line` (the default) or `total`.
    pub rounding: Option<String>,
    /// What bringing it costs the customer; nothing where it is left out.
    pub freight: Option<Money>,
    /// When what part of it is to be paid; all of it on a day that nobody has said, where there are none.
    pub terms: PaymentTerms,
    /// How it is to be paid: a code of the vocabulary `payment_method`.
    pub method: Option<String>,
    /// The contract under which it is delivered: one with the customer.
    pub contract: Option<Id<Contract>>,
    /// Its lines, in order; at least one.
    pub lines: Vec<SetOrderLine>,
    /// What there is to say about it.
    pub note: Option<String>,
    /// Custom values by the code of their field.
    pub custom: Ext,
}

/// What a new order is decided on.
#[derive(Debug)]
pub struct Grounds<'a> {
    /// The id that it gets.
    pub id: Id<Order>,
    /// The id of the step that makes it.
    pub step: Id<OrderStep>,
    /// What it is called.
    pub number: OrderNumber,
    /// Who buys.
    pub customer: &'a Customer,
    /// With whom it is talked about.
    pub contact: Option<&'a Contact>,
    /// Who sells.
    pub owner: Id<User>,
    /// The deal that it comes from.
    pub opportunity: Option<Id<Opportunity>>,
    /// The quote that it comes from.
    pub quote: Option<Id<Quote>>,
    /// The contract that it names.
    pub contract: Option<&'a Contract>,
    /// The products that its lines name, as far as they are known.
    pub products: &'a [Product],
    /// The lines of the quote, with what is ordered of them.
    pub quoted: &'a [Quoted],
    /// The addresses that it names.
    pub addresses: &'a [Address],
    /// The zone in which its days begin.
    pub zone: Name,
    /// The day of the call there.
    pub today: NaiveDate,
}

/// A new order in draft, its lines, and the step that made it.
///
/// # Errors
///
/// `customer.archived` · `order.contact_elsewhere` · `order.contract_elsewhere` · `time.future` (ordered_on) · `order.due_before_ordered` ·
/// `code.unknown` (rounding) · `code.*` (method) · `text.*` (note) · `address.elsewhere` and `address.wrong_use` for each
/// address · `order.lines_missing` · `order.too_many_lines` · line by line `order.line.product_unknown`,
/// `order.line.product_inactive`, `order.line.unnamed`, `order.line.price_missing`, `decimal.*`, `quantity.negative`,
/// `order.line.quantity_zero`, `percent.range`, `money.overflow` · `order.currency_mixed` for a line or the freight in
/// another currency than the first line · `order.freight_negative` · those of the terms. Rule OR-9 (F090, F073).
pub fn create(
    wish: &CreateOrder,
    grounds: Grounds<'_>,
    new_id: &mut dyn FnMut() -> Id<OrderLine>,
    ctx: Ctx,
) -> Result<(Order, Vec<OrderLine>, OrderStep), Refusal> {
    let mut check = Check::default();
    if let Err(archived) = grounds.customer.takes_new() {
        check.refuse("customer", archived);
    }
    if let Some(contact) = grounds.contact {
        check.rule(contact.customer == grounds.customer.id, "contact", || {
            Invalid::new("order.contact_elsewhere", &contact.id.to_string())
        });
    }
    agreed_with(grounds.contract, grounds.customer.id, &mut check);
    let ordered_on = wish.ordered_on.unwrap_or(grounds.today);
    check.rule(ordered_on <= grounds.today, "ordered_on", || {
        Invalid::new("time.future", &ordered_on.to_string())
            .limit(format!("at most {}", grounds.today))
    });
    due_after(wish.due_on, ordered_on, &mut check);
    let rounding = check.parse("rounding", wish.rounding.as_deref());
    let method = check.parse("method", wish.method.as_deref());
    let note = check.parse("note", wish.note.as_deref());
    let customer = grounds.customer.id;
    for (path, id, purpose) in [
        ("delivery_address", wish.delivery_address, AddressUse::Delivery),
        ("billing_address", wish.billing_address, AddressUse::Billing),
    ] {
        serves(path, id, (customer, purpose), grounds.addresses, &mut check);
    }
    let lines = lines(
        grounds.id,
        &wish.lines,
        Known { before: &[], products: grounds.products, quoted: grounds.quoted },
        new_id,
        &mut check,
    );
    let rounding = rounding.unwrap_or(OrderRounding::EachLine);
    let priced = priced(&lines, wish.freight, rounding, &mut check);
    check.done()?;
    let Some((freight, totals)) = priced else {
        return Err(Refusal::by("order.lines_missing", "lines", "0"));
    };
    split(totals.total, &wish.terms)?;
    let order = Order {
        id: grounds.id,
        number: grounds.number,
        customer,
        contact: wish.contact,
        owner: grounds.owner,
        opportunity: grounds.opportunity,
        state: OrderState::Draft,
        ordered_on,
        due_on: wish.due_on,
        delivery_address: wish.delivery_address,
        billing_address: wish.billing_address,
        rounding,
        net: totals.net,
        tax: totals.tax,
        freight,
        total: totals.total,
        terms: wish.terms.clone(),
        method,
        revision: 1,
        created_at: ctx.now,
        touched_at: ctx.now,
        submitted_at: None,
        started_on: None,
        produced_on: None,
        shipped_on: None,
        delivered_on: None,
        completed_on: None,
        base_total: None,
        rate: None,
        rate_day: None,
        note,
        zone: grounds.zone,
        has_history: true,
        cancel_reason: None,
        quote: grounds.quote,
        contract: wish.contract,
        ext: wish.custom.clone(),
    };
    let step = OrderStep {
        id: grounds.step,
        order: order.id,
        ordinal: 0,
        step: OrderStepCode::Create,
        from: None,
        to: OrderState::Draft,
        at: ctx.now,
        by: ctx.by,
        reason: None,
        ext: Ext::new(),
    };
    Ok((order, lines, step))
}

/// Refuses a day of delivery before the order.
pub(super) fn due_after(due_on: Option<NaiveDate>, ordered_on: NaiveDate, check: &mut Check) {
    if let Some(due_on) = due_on {
        check.rule(due_on >= ordered_on, "due_on", || {
            Invalid::new("order.due_before_ordered", &due_on.to_string())
                .limit(format!("not before {ordered_on}"))
        });
    }
}

/// Refuses a contract with somebody else.
pub(super) fn agreed_with(contract: Option<&Contract>, customer: Id<Customer>, check: &mut Check) {
    if let Some(contract) = contract {
        check.rule(contract.customer == customer, "contract", || {
            Invalid::new("order.contract_elsewhere", contract.number.as_str())
                .limit("a contract with the customer")
        });
    }
}

/// Refuses an address of somebody else, or for something else.
pub(super) fn serves(
    path: &str,
    id: Option<Id<Address>>,
    (customer, purpose): (Id<Customer>, AddressUse),
    addresses: &[Address],
    check: &mut Check,
) {
    let Some(id) = id else { return };
    let Some(address) =
        addresses.iter().find(|address| address.id == id && address.customer == customer)
    else {
        let elsewhere = Invalid::new("address.elsewhere", &id.to_string());
        check.refuse(path, elsewhere.limit("an address of the customer"));
        return;
    };
    check.take(path, address.serves(purpose));
}

/// What lines are decided on.
#[derive(Clone, Copy)]
pub(super) struct Known<'a> {
    /// The lines that were there.
    pub before: &'a [OrderLine],
    /// The products that are named.
    pub products: &'a [Product],
    /// The lines of a quote, with what other orders have of them.
    pub quoted: &'a [Quoted],
}

/// The lines as they are wished; one that was there keeps its id and what is known of it.
pub(super) fn lines(
    order: Id<Order>,
    wishes: &[SetOrderLine],
    known: Known<'_>,
    new_id: &mut dyn FnMut() -> Id<OrderLine>,
    check: &mut Check,
) -> Vec<OrderLine> {
    check.rule(!wishes.is_empty(), "lines", || {
        Invalid::new("order.lines_missing", "0").limit("at least one")
    });
    check.rule(wishes.len() <= LINES_MAX, "lines", || {
        Invalid::new("order.too_many_lines", &wishes.len().to_string())
            .limit(format!("at most {LINES_MAX}"))
    });
    let mut lines: Vec<OrderLine> = Vec::new();
    for (index, wish) in wishes.iter().enumerate().take(LINES_MAX) {
        let was = wish.id.and_then(|id| known.before.iter().find(|line| line.id == id));
        let path = LinePath(index);
        check.rule(wish.id.is_none() || was.is_some(), &path.at("id"), || {
            let id = wish.id.map(|id| id.to_string()).unwrap_or_default();
            Invalid::new("order.line.unknown", &id).limit("a line of the order")
        });
        let again = was.is_some_and(|was| lines.iter().any(|line| line.id == was.id));
        check.rule(!again, &path.at("id"), || Invalid::new("order.line.twice", ""));
        let ordinal = u32::try_from(index).unwrap_or(u32::MAX);
        let id = was.map_or_else(&mut *new_id, |was| was.id);
        let place = Place { order, id, ordinal, was, known, path };
        lines.extend(match was.map_or(wish.quote_line, |was| was.quote_line) {
            Some(of) => place.quoted(wish, of, check),
            None => place.line(wish, check),
        });
    }
    lines
}

/// Names a line in the paths of what is wrong with it, from 0.
#[derive(Clone, Copy)]
struct LinePath(usize);

impl LinePath {
    const fn at(self, field: &'static str) -> LineField {
        LineField(self, field)
    }
}

/// A field of a line, spelled where it is needed.
#[derive(Clone, Copy)]
struct LineField(LinePath, &'static str);

impl fmt::Display for LineField {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self(LinePath(index), field) = self;
        write!(f, "lines[{index}].{field}")
    }
}

/// Where a line stands, and what it was.
struct Place<'a> {
    order: Id<Order>,
    id: Id<OrderLine>,
    ordinal: u32,
    was: Option<&'a OrderLine>,
    known: Known<'a>,
    path: LinePath,
}

impl Place<'_> {
    fn product(&self, wish: &SetOrderLine, check: &mut Check) -> Option<&Product> {
        let product = |id| self.known.products.iter().find(|product| product.id == id);
        let product = wish.product.and_then(product);
        check.rule(wish.product.is_none() || product.is_some(), &self.path.at("product"), || {
            let id = wish.product.map(|id| id.to_string()).unwrap_or_default();
            Invalid::new("order.line.product_unknown", &id)
        });
        product
    }

    fn quantity(&self, wish: &SetOrderLine, check: &mut Check) -> Option<Quantity> {
        let path = self.path.at("quantity");
        let quantity = check.take(&path, wish.quantity.parse::<Quantity>());
        check.rule(quantity.is_none_or(|quantity| !quantity.is_zero()), &path, || {
            Invalid::new("order.line.quantity_zero", &wish.quantity).limit("above 0")
        });
        quantity
    }

    /// A line with a price of its own.
    fn line(&self, wish: &SetOrderLine, check: &mut Check) -> Option<OrderLine> {
        let (was, path) = (self.was, self.path);
        let product = self.product(wish, check);
        let had = was.is_some_and(|was| was.product == wish.product) || wish.deal_line.is_some();
        check.rule(
            had || product.is_none_or(|product| product.active),
            &path.at("product"),
            || {
                let name = product.map_or("", |product| product.name.as_str());
                Invalid::new("order.line.product_inactive", name)
            },
        );
        let text = check.parse::<Name>(&path.at("text"), wish.text.as_deref());
        check.rule(wish.product.is_some() || wish.text.is_some(), &path.at("product"), || {
            Invalid::new("order.line.unnamed", "").limit("a product, or a text")
        });
        let unit_price = wish.unit_price.or_else(|| product?.price);
        let unpriced = unit_price.is_none() && (product.is_some() || wish.product.is_none());
        check.rule(!unpriced, &path.at("unit_price"), || {
            Invalid::new("order.line.price_missing", "").limit("the product has no price")
        });
        let quantity = self.quantity(wish, check);
        let mut percent = |field: &'static str, given: &Option<String>| match given {
            None => Some(Percent::ZERO),
            Some(text) => check.take(&path.at(field), text.parse::<Percent>()),
        };
        let discount = percent("discount", &wish.discount);
        let tax_rate = percent("tax_rate", &wish.tax_rate);
        let (quantity, discount, tax_rate) = (quantity?, discount?, tax_rate?);
        let unit_price = unit_price?;
        let net = Money::of_line(unit_price, quantity, discount, Rounding::HalfUp);
        let net = check.take(&path.at("unit_price"), net)?;
        let tax = check.take(&path.at("tax_rate"), tax_rate.of(net, Rounding::HalfUp))?;
        Some(OrderLine {
            product: wish.product,
            text,
            deal_line: wish.deal_line.or_else(|| was.and_then(|was| was.deal_line)),
            ..self.told(quantity, (unit_price, discount, tax_rate), (net, tax))
        })
    }

    /// A line of a quote: price, discount and tax are those that were offered, the amounts its share of what was offered.
    fn quoted(
        &self,
        wish: &SetOrderLine,
        of: Id<QuoteLine>,
        check: &mut Check,
    ) -> Option<OrderLine> {
        let path = self.path;
        let Some(quoted) = self.known.quoted.iter().find(|quoted| quoted.line.id == of) else {
            let unknown = Invalid::new("order.part.unknown", &of.to_string());
            check.refuse(path.at("id").to_string(), unknown.limit("a line of the quote"));
            return None;
        };
        let price = check.take(&path.at("unit_price"), quoted.unit_price())?;
        let discount = check.take(&path.at("discount"), quoted.discount())?;
        let rate = quoted.line.tax_rate;
        let percent = |said: &Option<String>| said.as_ref().map(|text| text.parse::<Percent>());
        for (field, same, offered) in [
            (
                "product",
                wish.product.is_none() || wish.product == quoted.line.product,
                quoted.line.product.map(|id| id.to_string()).unwrap_or_default(),
            ),
            ("unit_price", wish.unit_price.is_none_or(|said| said == price), price.to_string()),
            (
                "discount",
                percent(&wish.discount).is_none_or(|said| said == Ok(discount)),
                discount.to_string(),
            ),
            ("tax_rate", percent(&wish.tax_rate).is_none_or(|said| said == Ok(rate)), {
                rate.to_string()
            }),
        ] {
            check.rule(same, &path.at(field), || {
                Invalid::new("order.line.quoted", &offered).limit("as the quote says it")
            });
        }
        self.product(wish, check);
        let text = check.parse::<Name>(&path.at("text"), wish.text.as_deref());
        let quantity = self.quantity(wish, check)?;
        let left = quoted.remaining();
        check.rule(quantity.number() <= left, &path.at("quantity"), || {
            Invalid::new("order.part.exceeds_remaining", &quantity.to_string())
                .limit(format!("{} left", left.normalize()))
        });
        let amounts = check.take(&path.at("quantity"), quoted.share(quantity))?;
        Some(OrderLine {
            product: quoted.line.product,
            text: text.or_else(|| quoted.line.description.clone()),
            quote_line: Some(of),
            ..self.told(quantity, (price, discount, rate), amounts)
        })
    }

    /// What both have: where it stands, what it comes to, and what is known of it.
    fn told(
        &self,
        quantity: Quantity,
        (unit_price, discount, tax_rate): (UnitPrice, Percent, Percent),
        (net, tax): (Money, Money),
    ) -> OrderLine {
        let (was, none) = (self.was, Quantity::default());
        OrderLine {
            id: self.id,
            order: self.order,
            ordinal: self.ordinal,
            product: None,
            text: None,
            deal_line: None,
            quantity,
            unit_price,
            discount,
            tax_rate,
            net,
            tax,
            shipped: was.map_or(none, |was| was.shipped),
            delivered: was.map_or(none, |was| was.delivered),
            returned: was.map_or(none, |was| was.returned),
            quote_line: None,
            ext: was.map_or_else(Ext::new, |was| was.ext.clone()),
        }
    }
}

/// What lines and freight come to; nothing where there is no line, or something is wrong.
pub(super) fn priced(
    lines: &[OrderLine],
    freight: Option<Money>,
    rounding: OrderRounding,
    check: &mut Check,
) -> Option<(Money, super::Totals)> {
    let currency: Currency = lines.first()?.net.currency();
    let mixed = |other: Currency| {
        Invalid::new("order.currency_mixed", other.code()).allowed([currency.code()])
    };
    let mut one = true;
    for line in lines {
        let other = line.net.currency();
        one &= other == currency;
        let path = format!("lines[{}].unit_price", line.ordinal);
        check.rule(other == currency, &path, || mixed(other));
    }
    let freight = freight.unwrap_or(Money::zero(currency));
    one &= freight.currency() == currency;
    check.rule(freight.currency() == currency, "freight", || mixed(freight.currency()));
    check.rule(!freight.is_negative(), "freight", || {
        Invalid::new("order.freight_negative", &freight.to_string()).limit("at least 0")
    });
    if !one || freight.is_negative() {
        return None;
    }
    let totals = check.take("lines", price(currency, lines, rounding, freight))?;
    Some((freight, totals))
}
