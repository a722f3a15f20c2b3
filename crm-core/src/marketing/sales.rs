//! What counts as a sale, and for how much: the orders of customers, and won deals that nothing is ordered of yet.

use std::collections::{BTreeMap, BTreeSet};

use rust_decimal::Decimal;

use super::{Sale, Touch};
use crate::opportunity::{Opportunity, Phase};
use crate::order::Order;
use crate::party::Customer;
use crate::value::{Id, Money, Rounding, Timestamp};

/// Sales, and how many could not be priced.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Sales {
    /// By the instant at which they were made, then by the id of the order or deal.
    pub sales: Vec<Sale>,
    /// How many of them are orders.
    pub orders: u64,
    /// Orders without a figure in the base currency.
    pub unpriced_orders: u64,
    /// Won deals without an amount in the base currency.
    pub unpriced_deals: u64,
}

/// What an order brought: its net, without tax and freight, in the base currency at the rate that was frozen with it, less
/// the part of its total that was credited (goods that came back, what was let off or given up). Money given back follows
/// from a credit, or was paid too much, and is not taken off twice. Rounded once, halves up. Nothing where there is no figure
/// in the base currency.
fn brought(order: &Order, credited: Money, zero: Money) -> Option<Money> {
    let base = order.base_total.or(Some(order.total).filter(|total| same(*total, zero)))?;
    let total = order.total.amount();
    if total.is_zero() || !same(base, zero) {
        return Some(zero).filter(|_| total.is_zero());
    }
    let left = order.total.checked_sub(credited).ok()?.amount();
    let part = |of: Decimal, share: Decimal| of.checked_mul(share)?.checked_div(total);
    let exact = part(part(base.amount(), order.net.amount())?, left)?;
    Money::rounded(exact, zero.currency(), Rounding::HalfUp).ok()
}

fn same(money: Money, zero: Money) -> bool {
    money.currency() == zero.currency()
}

/// The sales that `counts` admits by their instant. An order that was handed over and not called off is a sale, for its
/// net less what was credited of it. A won deal is a sale for its amount until an order of it was handed over; from then on
/// its orders count instead, called off or not. What credits a sale that nothing touched is the source of its deal,
/// else of its customer. Rule CASH-7 (F123).
pub fn sales(
    deals: &[Opportunity],
    orders: &[Order],
    credited: &BTreeMap<Id<Order>, Money>,
    customers: &BTreeMap<Id<Customer>, Touch>,
    zero: Money,
    counts: impl Fn(Timestamp) -> bool,
) -> Sales {
    let mut found = Sales::default();
    let mut rows = Vec::new();
    let by_id: BTreeMap<Id<Opportunity>, &Opportunity> =
        deals.iter().map(|deal| (deal.id, deal)).collect();
    let source = |deal: Option<&Opportunity>, customer: Id<Customer>| {
        let of_deal = deal.and_then(|deal| {
            let channel = deal.source.as_ref()?.to_string();
            Some(Touch { at: deal.created_at, channel, campaign: None })
        });
        of_deal.or_else(|| customers.get(&customer).cloned())
    };
    let mut ordered = BTreeSet::new();
    for order in orders {
        let Some(at) = order.submitted_at else { continue };
        ordered.extend(order.opportunity);
        if !counts(at) || !order.is_effective() {
            continue;
        }
        let none = Money::zero(order.total.currency());
        let credited = credited.get(&order.id).copied().unwrap_or(none);
        match brought(order, credited, zero) {
            Some(amount) => {
                found.orders = found.orders.saturating_add(1);
                let deal = order.opportunity.and_then(|deal| by_id.get(&deal).copied());
                let source = source(deal, order.customer);
                let sale = Sale { customer: order.customer, at, amount, source };
                rows.push((at, order.id.uuid(), sale));
            }
            None => found.unpriced_orders = found.unpriced_orders.saturating_add(1),
        }
    }
    for deal in deals.iter().filter(|deal| !ordered.contains(&deal.id)) {
        let Phase::Won { at, .. } = deal.phase else { continue };
        if !counts(at) {
            continue;
        }
        match deal.amount.filter(|amount| same(*amount, zero)) {
            Some(amount) => {
                let source = source(Some(deal), deal.customer);
                let sale = Sale { customer: deal.customer, at, amount, source };
                rows.push((at, deal.id.uuid(), sale));
            }
            None => found.unpriced_deals = found.unpriced_deals.saturating_add(1),
        }
    }
    rows.sort_by_key(|(at, id, _)| (*at, *id));
    found.sales = rows.into_iter().map(|(_, _, sale)| sale).collect();
    found
}
