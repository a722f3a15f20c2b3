//! An order of another system, as it stood there.

use chrono::NaiveDate;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::create::{Known, due_after, lines, priced};
use super::{
    Ctx, Due, EventKind, EventStatus, Milestone, Order, OrderEvent, OrderLine, OrderNumber,
    OrderRounding, OrderState, PaymentTerms, SetOrderLine, TermStep, progress, progressed, split,
    start_of,
};
use crate::catalog::Product;
use crate::decision::{Check, Refusal};
use crate::opportunity::Opportunity;
use crate::party::{Contact, Customer};
use crate::record::Ext;
use crate::settings::User;
use crate::value::{Code, Id, Invalid, Money, Name, Percent, UnitPrice};

/// An order as another system has it.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct ImportOrder {
    /// The id it shall have.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub id: Option<Id<Order>>,
    /// What it is called.
    pub number: String,
    /// Who bought.
    pub customer: Option<Id<Customer>>,
    /// With whom it was talked about there.
    pub contact: Option<Id<Contact>>,
    /// Who sold it.
    pub owner: Option<Id<User>>,
    /// The deal that it comes from.
    pub opportunity: Option<Id<Opportunity>>,
    /// The day on which it was ordered.
    pub ordered_on: Option<NaiveDate>,
    /// The day until which it was to be delivered.
    pub due_on: Option<NaiveDate>,
    /// The day on which it was shipped.
    pub shipped_on: Option<NaiveDate>,
    /// The day on which it was delivered.
    pub delivered_on: Option<NaiveDate>,
    /// How far it is: `draft`, `confirmed`, `submitted`, `completed` or `cancelled`; submitted, and as far as its days
    /// say, where nothing is said.
    pub state: Option<String>,
    /// How its figures are rounded: `each_line` (the default) or `total`.
    pub rounding: Option<String>,
    /// What bringing it cost the customer.
    pub freight: Option<Money>,
    /// What it came to, of an order without lines: one line of that amount, named `text`.
    pub amount: Option<Money>,
    /// What that line is called; `Order` and its number where nothing is said.
    pub text: Option<String>,
    /// How many days after it was ordered all of it is due; a day that nobody has said, where nothing is said.
    pub pay_within_days: Option<u32>,
    /// How it is to be paid.
    pub method: Option<String>,
    /// What there is to say about it.
    pub note: Option<String>,
    /// Its lines.
    pub lines: Vec<ImportedOrderLine>,
    /// Custom values by the code of their field.
    pub custom: Ext,
}

/// A line of such an order.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct ImportedOrderLine {
    /// Which product.
    #[serde(default)]
    pub product: Option<Id<Product>>,
    /// What it is called on paper.
    #[serde(default)]
    pub text: Option<String>,
    /// How many or how much.
    pub quantity: String,
    /// The price of one before tax.
    #[serde(default)]
    pub unit_price: Option<UnitPrice>,
    /// What is taken off, in percent.
    #[serde(default)]
    pub discount: Option<String>,
    /// The rate of the tax that is added, in percent.
    #[serde(default)]
    pub tax_rate: Option<String>,
}

/// What an imported order is decided on.
#[derive(Debug)]
pub struct ImportGrounds<'a> {
    /// The id that it gets.
    pub id: Id<Order>,
    /// Who bought.
    pub customer: &'a Customer,
    /// Who sold.
    pub owner: Id<User>,
    /// The products that its lines name, as far as they are known.
    pub products: &'a [Product],
    /// The zone in which its days begin.
    pub zone: Name,
}

/// An order of another system, its lines, and what is known of its way.
#[derive(Clone, Debug, PartialEq)]
pub struct ImportedOrder {
    /// The order.
    pub order: Order,
    /// Its lines.
    pub lines: Vec<OrderLine>,
    /// The reports that its days stand for.
    pub events: Vec<OrderEvent>,
}

/// An order as it stood in another system: validated like one of ours, without the steps that led there, which nobody
/// knows.
///
/// # Errors
///
/// `text.*` (number, note) · `order.ordered_on_missing` · `time.future` (ordered_on, shipped_on, delivered_on) ·
/// `order.due_before_ordered` · `order.shipped_before_ordered` · `order.delivered_before_shipped` · `code.unknown` (state,
/// rounding) · `code.*` (method) · `order.state_not_imported` · those of the lines of a new order · `terms.days`.
/// Rule OR-19 (F090, F212).
pub fn import(
    wish: &ImportOrder,
    grounds: &ImportGrounds<'_>,
    new_id: &mut dyn FnMut() -> Id<OrderLine>,
    ctx: Ctx,
) -> Result<ImportedOrder, Refusal> {
    let mut check = Check::default();
    let number = check.take("number", OrderNumber::parse(&wish.number));
    let zone: chrono_tz::Tz = grounds.zone.as_str().parse().unwrap_or(chrono_tz::Tz::UTC);
    let today = ctx.now.day_in(zone);
    let ordered_on = wish.ordered_on.unwrap_or(today);
    check.rule(wish.ordered_on.is_some(), "ordered_on", || {
        Invalid::new("order.ordered_on_missing", "").limit("the day on which it was ordered")
    });
    for (path, day) in [
        ("ordered_on", wish.ordered_on),
        ("shipped_on", wish.shipped_on),
        ("delivered_on", wish.delivered_on),
    ] {
        check.rule(day.is_none_or(|day| day <= today), path, || {
            let day = day.map(|day| day.to_string()).unwrap_or_default();
            Invalid::new("time.future", &day).limit(format!("at most {today}"))
        });
    }
    due_after(wish.due_on, ordered_on, &mut check);
    let follows = [
        ("shipped_on", "order.shipped_before_ordered", wish.shipped_on, Some(ordered_on)),
        (
            "delivered_on",
            "order.delivered_before_shipped",
            wish.delivered_on,
            wish.shipped_on.or(Some(ordered_on)),
        ),
    ];
    for (path, code, day, before) in follows {
        if let Some((day, before)) = day.zip(before) {
            check.rule(day >= before, path, || {
                Invalid::new(code, &day.to_string()).limit(format!("not before {before}"))
            });
        }
    }
    let state = check.parse::<OrderState>("state", wish.state.as_deref());
    let state = state.unwrap_or(OrderState::Submitted);
    let stands = matches!(
        state,
        OrderState::Draft
            | OrderState::Confirmed
            | OrderState::Submitted
            | OrderState::Completed
            | OrderState::Cancelled
    );
    check.rule(stands, "state", || {
        let known = ["draft", "confirmed", "submitted", "completed", "cancelled"];
        Invalid::new("order.state_not_imported", state.code()).allowed(known)
    });
    let rounding = check.parse("rounding", wish.rounding.as_deref());
    let rounding = rounding.unwrap_or(OrderRounding::EachLine);
    let method = check.parse("method", wish.method.as_deref());
    let note = check.parse("note", wish.note.as_deref());
    // What was sold once may no longer be.
    let sold = grounds.products.iter().map(|product| Product { active: true, ..product.clone() });
    let sold: Vec<Product> = sold.collect();
    let known = Known { before: &[], products: &sold, quoted: &[] };
    let lines = lines(grounds.id, &wish.wishes(), known, new_id, &mut check);
    let priced = priced(&lines, wish.freight, rounding, &mut check);
    let terms = wish.terms();
    check.done()?;
    let (Some(number), Some((freight, totals))) = (number, priced) else {
        return Err(Refusal::by("order.lines_missing", "lines", "0"));
    };
    split(totals.total, &terms)?;
    let ordered_at = start_of(ordered_on, zone).unwrap_or(ctx.now);
    let submitted =
        !matches!(state, OrderState::Draft | OrderState::Confirmed | OrderState::Cancelled);
    let order = Order {
        id: grounds.id,
        number,
        customer: grounds.customer.id,
        contact: wish.contact,
        owner: grounds.owner,
        opportunity: wish.opportunity,
        state: if state == OrderState::Completed { OrderState::Delivered } else { state },
        ordered_on,
        due_on: wish.due_on,
        delivery_address: None,
        billing_address: None,
        rounding,
        net: totals.net,
        tax: totals.tax,
        freight,
        total: totals.total,
        terms,
        method,
        revision: 1,
        created_at: ordered_at,
        touched_at: ctx.now,
        submitted_at: submitted.then_some(ordered_at),
        started_on: None,
        produced_on: None,
        shipped_on: None,
        delivered_on: None,
        completed_on: None,
        base_total: None,
        rate: None,
        rate_day: None,
        note,
        zone: grounds.zone.clone(),
        has_history: false,
        cancel_reason: None,
        quote: None,
        contract: None,
        ext: wish.custom.clone(),
    };
    let completed = state == OrderState::Completed;
    let mut events = Vec::new();
    if submitted {
        events.extend(wish.shipped_on.and_then(|day| event(&order, EventKind::Shipped, day, ctx)));
        let delivered = wish.delivered_on.or_else(|| wish.shipped_on.filter(|_| completed));
        let delivered = delivered.or_else(|| completed.then_some(ordered_on));
        events.extend(delivered.and_then(|day| event(&order, EventKind::Delivered, day, ctx)));
    }
    let far = progress(&order, &lines, &events);
    let (order, lines) = progressed(order, lines, &far);
    let order = Order {
        state: match super::settled_step(&order, &lines) {
            Some(super::OrderStepCode::Deliver) => OrderState::Delivered,
            Some(super::OrderStepCode::Ship) => OrderState::InDelivery,
            _ if completed => OrderState::Completed,
            _ => order.state,
        },
        completed_on: order.delivered_on.filter(|_| completed),
        ..order
    };
    Ok(ImportedOrder { order, lines, events })
}

/// The report that a day stands for.
fn event(order: &Order, kind: EventKind, day: NaiveDate, ctx: Ctx) -> Option<OrderEvent> {
    let source = Code::parse("import").ok()?;
    let key = super::EventKey::parse(&format!("{}:{kind}", order.number)).ok()?;
    Some(OrderEvent {
        id: OrderEvent::id_of(&source, &key),
        source,
        key,
        order_number: order.number.clone(),
        order: Some(order.id),
        kind,
        line: None,
        quantity: None,
        occurred_at: start_of(day, order.tz())?,
        received_at: ctx.now,
        status: EventStatus::Applied,
        reason: None,
        note: None,
        ext: Ext::new(),
    })
}

impl OrderEvent {
    /// The id of a report: derived from who says it and what they call it, so that one that comes twice is there once.
    pub fn id_of(source: &Code, key: &super::EventKey) -> Id<Self> {
        Id::derived([
            b"order event".as_slice(),
            source.as_str().as_bytes(),
            key.as_str().as_bytes(),
        ])
    }
}

impl ImportOrder {
    fn terms(&self) -> PaymentTerms {
        let step = |days| TermStep {
            percent: Percent::new(rust_decimal::Decimal::ONE_HUNDRED).ok(),
            amount: None,
            due: Due::After { milestone: Milestone::Ordered, days },
        };
        PaymentTerms(self.pay_within_days.map(step).into_iter().collect())
    }

    fn wishes(&self) -> Vec<SetOrderLine> {
        if let Some(amount) = self.amount.filter(|_| self.lines.is_empty()) {
            let text = self.text.clone().unwrap_or_else(|| format!("Order {}", self.number));
            return vec![SetOrderLine {
                text: Some(text),
                quantity: "1".to_owned(),
                unit_price: Some(UnitPrice::from(amount)),
                ..SetOrderLine::default()
            }];
        }
        let wish = |line: &ImportedOrderLine| SetOrderLine {
            product: line.product,
            text: line.text.clone(),
            quantity: line.quantity.clone(),
            unit_price: line.unit_price,
            discount: line.discount.clone(),
            tax_rate: line.tax_rate.clone(),
            ..SetOrderLine::default()
        };
        self.lines.iter().map(wish).collect()
    }
}
