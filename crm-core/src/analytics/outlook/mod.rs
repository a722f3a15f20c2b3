//! What will be won: from what is open, from what became of deals like it, and from the months before.
//!
//! Every estimate is made from [`Past`], which is cut to what was known at an instant: what happened or was changed later
//! is not in it, so that no estimate can look ahead. A backtest makes the same estimates from earlier pasts.
#![expect(
    clippy::float_arithmetic,
    reason = "an estimate is a real number; what is printed of it is rounded to minor units and basis points"
)]

mod backtest;
mod document;
mod hazard;
mod past;
mod ways;

#[cfg(test)]
mod tests;

pub use backtest::{Backtest, Errors, Origin, StageRow, backtest};
pub use document::Aim;
pub use hazard::{Ages, Chance, Hazard};
pub use past::{Deal, Past, Standing, Step, Terms};
pub use ways::{CLOSED_MIN, Estimate, Inflow, Outlook, Refused, Way, WayKind, Weights, outlook};

/// What is asked: the period that is foretold, seen from an instant. All in seconds since 1970.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct OutlookAsk {
    /// From when it is seen.
    pub as_of: i64,
    /// The first second of the period,
    pub from: i64,
    /// and the one after its last.
    pub to: i64,
    /// The first seconds of months without a gap, from before the first deal to `to`, which is the last of them.
    pub months: Vec<i64>,
    /// What the market does to all that is still to come, in basis points: 10,000 leaves it as it is.
    pub market: u32,
}

impl OutlookAsk {
    /// The same, seen from `as_of` for another period.
    #[must_use]
    pub fn at(&self, as_of: i64, from: i64, to: i64) -> Self {
        Self { as_of, from, to, ..self.clone() }
    }

    /// The months that are over, and how many of the later ones until the end of the period are in it and not over.
    fn months_over(&self) -> usize {
        self.months.iter().skip(1).take_while(|end| **end <= self.as_of).count()
    }
}

/// A number of things as a real number.
fn real(count: usize) -> f64 {
    u32::try_from(count).map_or(f64::MAX, f64::from)
}

/// Minor units as a real number: exact below 2^53.
fn units(minor: i64) -> f64 {
    use rust_decimal::prelude::ToPrimitive;
    minor.to_f64().unwrap_or(0.0)
}
