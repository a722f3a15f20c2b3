//! What counts as a purchase: an order that binds its customer, or a won deal.

use std::collections::BTreeMap;

use chrono_tz::Tz;
use rust_decimal::Decimal;
use uuid::Uuid;

use super::purchase::{Item, Purchase};
use crate::analytics::amount::rounded;
use crate::codes;
use crate::opportunity::{Opportunity, OpportunityLine, Phase};
use crate::order::{Order, OrderEvent, OrderLine, OrderState, exact_sum, progress};
use crate::value::{Currency, Invalid, Quantity, Timestamp};

codes! {
    /// What reports on customers take for purchases.
    pub enum PurchaseSource {
        /// Orders that bind their customer.
        Orders = "orders",
        /// Won deals.
        Deals = "deals",
    }
}

codes! {
    /// How a purchase is added up.
    pub enum PurchaseBasis {
        /// As its document says, each line or the total rounded.
        Rounded = "rounded",
        /// From its exact lines, none of them rounded.
        Exact = "exact",
    }
}

/// What is asked of purchases.
#[derive(Clone, Copy, Debug)]
pub struct Asking {
    /// The instant whose state counts.
    pub as_of: Timestamp,
    /// The base currency.
    pub base: Currency,
    /// How a purchase is added up.
    pub basis: PurchaseBasis,
}

/// What is known of an order besides its record.
#[derive(Clone, Copy, Debug)]
pub struct OrderKnown<'a> {
    /// Its lines.
    pub lines: &'a [OrderLine],
    /// When it was called off, where it was and that is known.
    pub called_off: Option<Timestamp>,
    /// What was reported of it until then, where the instant is past; of now its lines tell what came back.
    pub events: Option<&'a [OrderEvent]>,
}

/// An order as a purchase at an instant: it had been handed over by then and not been called off. It comes to its net amount,
/// without tax and freight, less what had come back by then, in the base currency at the rate that was frozen with it;
/// without a rate it counts and adds no money. An order all of which came back is no purchase. Of change orders that were
/// made later, the lines are those of now. Rule CU-3 (F145, F117).
///
/// # Errors
///
/// `decimal.precision` beyond 28 digits.
pub fn of_order(
    order: &Order,
    known: OrderKnown<'_>,
    asking: Asking,
) -> Result<Option<Purchase>, Invalid> {
    let handed_over = order.submitted_at.is_some_and(|at| at <= asking.as_of);
    let called_off = order.state == OrderState::Cancelled
        && known.called_off.is_none_or(|at| at <= asking.as_of);
    if !handed_over || called_off {
        return Ok(None);
    }
    let back = match known.events {
        None => known.lines.iter().map(|line| line.returned).collect(),
        Some(events) => {
            let events: Vec<OrderEvent> =
                events.iter().filter(|event| event.occurred_at <= asking.as_of).cloned().collect();
            let told = progress(order, known.lines, &events);
            told.lines.iter().map(|line| line.returned).collect::<Vec<Quantity>>()
        }
    };
    let mut items: BTreeMap<Uuid, Decimal> = BTreeMap::new();
    let (mut came_back, mut all_back) = (Vec::new(), !known.lines.is_empty());
    for (line, back) in known.lines.iter().zip(&back) {
        let whole = line.quantity.number();
        let kept = whole.saturating_sub(back.number()).max(Decimal::ZERO);
        all_back &= kept.is_zero();
        came_back.push(returned(line, back.number().min(whole), asking.basis)?);
        if let Some(product) = line.product {
            let sum = items.entry(product.uuid()).or_default();
            *sum = sum.saturating_add(kept);
        }
    }
    let whole = match asking.basis {
        PurchaseBasis::Rounded => order.net.amount(),
        PurchaseBasis::Exact => {
            let lines = known.lines.iter().map(OrderLine::exact_net);
            exact_sum(lines.collect::<Result<Vec<Decimal>, Invalid>>()?)?
        }
    };
    let net = if all_back { Decimal::ZERO } else { whole.saturating_sub(exact_sum(came_back)?) };
    Ok(Some(Purchase {
        id: order.id.uuid(),
        customer: order.customer.uuid(),
        day: order.ordered_on,
        money: in_base(order, net.max(Decimal::ZERO), asking),
        items: items.into_iter().map(|(product, quantity)| Item { product, quantity }).collect(),
        kept: !all_back,
    }))
}

/// What came back of a line.
fn returned(line: &OrderLine, back: Decimal, basis: PurchaseBasis) -> Result<Decimal, Invalid> {
    if back.is_zero() {
        return Ok(Decimal::ZERO);
    }
    match basis {
        PurchaseBasis::Exact => line.unit_price.line(Quantity::new(back)?, line.discount),
        PurchaseBasis::Rounded => {
            let net = line.net.amount();
            let share =
                net.checked_mul(back).and_then(|all| all.checked_div(line.quantity.number()));
            Ok(rounded(share.unwrap_or(net), line.net.currency().scale()))
        }
    }
}

/// An amount of an order in the base currency.
fn in_base(order: &Order, net: Decimal, asking: Asking) -> Option<Decimal> {
    if order.net.currency() == asking.base {
        return Some(net);
    }
    // The rate is frozen with the total: without one the order is unpriced.
    order.base_total.filter(|total| total.currency() == asking.base)?;
    let amount = net.checked_mul(order.rate?)?;
    match asking.basis {
        PurchaseBasis::Rounded => Some(rounded(amount, asking.base.scale())),
        PurchaseBasis::Exact => Some(amount),
    }
}

/// A deal as a purchase at an instant: it had been won by then. It comes to its amount where that is in the base currency, on
/// the day on which it was won in the zone of the report. Deals know nothing of what comes back. Rule CU-4 (F145).
///
/// # Errors
///
/// `decimal.precision` beyond 28 digits.
pub fn of_deal(
    deal: &Opportunity,
    lines: &[OpportunityLine],
    asking: Asking,
    zone: Tz,
) -> Result<Option<Purchase>, Invalid> {
    let Phase::Won { at, .. } = deal.phase else { return Ok(None) };
    if at > asking.as_of {
        return Ok(None);
    }
    let mut items: BTreeMap<Uuid, Decimal> = BTreeMap::new();
    for line in lines {
        let sum = items.entry(line.product.uuid()).or_default();
        *sum = sum.saturating_add(line.quantity.number());
    }
    let own = |currency: Currency| currency == asking.base;
    let in_lines = !lines.is_empty() && lines.iter().all(|line| own(line.net.currency()));
    let money = match asking.basis {
        PurchaseBasis::Exact if in_lines => {
            let lines = lines.iter().map(OpportunityLine::exact_net);
            Some(exact_sum(lines.collect::<Result<Vec<Decimal>, Invalid>>()?)?)
        }
        PurchaseBasis::Exact | PurchaseBasis::Rounded => {
            deal.amount.filter(|amount| own(amount.currency())).map(|amount| amount.amount())
        }
    };
    Ok(Some(Purchase {
        id: deal.id.uuid(),
        customer: deal.customer.uuid(),
        day: at.day_in(zone),
        money,
        items: items.into_iter().map(|(product, quantity)| Item { product, quantity }).collect(),
        kept: true,
    }))
}
