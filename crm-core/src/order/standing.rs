//! Whether a customer is one who may buy or one who has bought.

use super::Order;
use crate::codes;

codes! {
    /// Whether a customer may buy or has bought. Nobody sets it: it follows from the orders.
    pub enum Standing {
        /// Nothing binds them yet (潜在客户).
        Potential = "potential",
        /// An order binds them (现有客户).
        Existing = "existing",
    }
}

/// What the standing of a customer rests on.
#[derive(Clone, Debug, PartialEq)]
pub struct StandingBasis {
    /// Potential or existing.
    pub standing: Standing,
    /// The first order that binds them.
    pub first: Option<Order>,
    /// The last one.
    pub last: Option<Order>,
    /// How many there are; more than one is a repeat purchase.
    pub orders: u32,
}

/// Whether a customer may buy or has bought: existing with an order that was handed over and not called off, else
/// potential; so calling off the only order makes them potential again. Rule OR-8 (F012).
pub fn standing(orders: &[Order]) -> StandingBasis {
    let effective = || orders.iter().filter(|order| order.is_effective());
    let by_day = |order: &&Order| (order.ordered_on, order.id);
    let (first, last) = (effective().min_by_key(by_day), effective().max_by_key(by_day));
    StandingBasis {
        standing: if first.is_some() { Standing::Existing } else { Standing::Potential },
        first: first.cloned(),
        last: last.cloned(),
        orders: u32::try_from(effective().count()).unwrap_or(u32::MAX),
    }
}
