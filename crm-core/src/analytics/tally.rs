//! Counts and amounts by outcome, which most reports begin with.

use super::{
    amount::Amount,
    table::{FactTable, Outcome},
};
use crate::export::document::Cell;

/// A number of deals and what they are worth.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Tally {
    /// How many deals.
    pub deals: u64,
    /// Their worth in minor units of the base currency, without the unpriced.
    pub minor: i128,
    /// How many of them have no amount in the base currency.
    pub unpriced: u64,
}

impl Tally {
    pub(super) fn add(&mut self, base_minor: Option<i64>) {
        self.deals = self.deals.saturating_add(1);
        match base_minor {
            Some(minor) => self.minor = self.minor.saturating_add(i128::from(minor)),
            None => self.unpriced = self.unpriced.saturating_add(1),
        }
    }

    /// Both together.
    #[must_use]
    pub const fn and(self, other: Self) -> Self {
        Self {
            deals: self.deals.saturating_add(other.deals),
            minor: self.minor.saturating_add(other.minor),
            unpriced: self.unpriced.saturating_add(other.unpriced),
        }
    }

    /// Its worth at the places of the table's currency.
    pub const fn amount(self, table: &FactTable) -> Amount {
        table.amount(self.minor)
    }

    pub(super) fn cells(self, table: &FactTable) -> [Cell; 2] {
        [Cell::Count(self.deals), Cell::number(self.amount(table))]
    }
}

/// The same by outcome.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct ByOutcome {
    /// Not decided yet.
    pub open: Tally,
    /// Won.
    pub won: Tally,
    /// Lost.
    pub lost: Tally,
}

impl ByOutcome {
    pub(super) fn add(&mut self, outcome: Outcome, base_minor: Option<i64>) {
        match outcome {
            Outcome::Open => self.open.add(base_minor),
            Outcome::Won => self.won.add(base_minor),
            Outcome::Lost => self.lost.add(base_minor),
        }
    }

    /// All of them.
    pub const fn total(self) -> Tally {
        self.open.and(self.won).and(self.lost)
    }

    /// Both together.
    #[must_use]
    pub const fn and(self, other: Self) -> Self {
        Self {
            open: self.open.and(other.open),
            won: self.won.and(other.won),
            lost: self.lost.and(other.lost),
        }
    }
}
