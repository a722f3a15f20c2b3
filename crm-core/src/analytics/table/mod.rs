//! The facts of selling as columns: struct of arrays, dictionary codes as narrow as the data allows, money as `i64`.
//!
//! Deals are kept in the order of their ids and codes in the order of their keys, whatever order they were poured in,
//! so a table, and every report of it, is a function of the set of rows.

mod build;
mod rows;

pub(super) use build::CodedDeal;
pub use build::{FactTableBuilder, TableError};
pub use rows::{DealRow, LineRow, MoveKind, MoveRow, Outcome};

use core::ops::Range;

use uuid::Uuid;

use super::{
    amount::Amount,
    column::{Codes, Dictionary},
    dimension::{Dimension, PerDimension},
};

/// "Not known", in columns of seconds, days and minor units.
pub(super) const UNKNOWN: i64 = i64::MIN;

/// Deals, their stage moves and their lines, ready to be counted. Built by [`FactTableBuilder`].
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FactTable {
    pub(super) base: Base,
    pub(super) dictionaries: PerDimension<Dictionary>,
    pub(super) deals: Deals,
    pub(super) moves: Moves,
    pub(super) lines: Lines,
    pub(super) stages: Stages,
}

/// The currency that sums are in.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Base {
    pub(super) currency: String,
    pub(super) scale: u32,
}

/// One row a deal, in the order of ids.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Deals {
    pub(super) ids: Vec<Uuid>,
    /// Those of lines are empty here.
    pub(super) codes: PerDimension<Codes>,
    pub(super) outcomes: Vec<Outcome>,
    pub(super) currencies: Vec<String>,
    pub(super) currency: Codes,
    pub(super) amount_minor: Vec<i64>,
    pub(super) base_minor: Vec<i64>,
    pub(super) created_at: Vec<i64>,
    pub(super) closed_at: Vec<i64>,
    pub(super) expected_day: Vec<i32>,
    pub(super) has_history: Vec<bool>,
}

/// One row a stage move; those of deal `d` are rows `start[d]..start[d + 1]`, oldest first.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Moves {
    pub(super) start: Vec<u32>,
    pub(super) from: Codes,
    pub(super) to: Codes,
    pub(super) at: Vec<i64>,
    pub(super) kind: Vec<MoveKind>,
}

/// One row a line; those of deal `d` are rows `start[d]..start[d + 1]`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Lines {
    pub(super) start: Vec<u32>,
    pub(super) product: Codes,
    pub(super) category: Codes,
    pub(super) rounded_minor: Vec<i64>,
    /// Digits of the exact net at `exact_scale`.
    pub(super) exact: Vec<i128>,
    pub(super) exact_scale: u32,
}

/// For each stage code: the pipeline that declared it, and its position there.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Stages {
    pub(super) pipeline: Vec<u32>,
    pub(super) position: Vec<u32>,
}

impl FactTable {
    /// A builder of a table whose sums are in `currency`, which has `scale` decimal places.
    pub fn builder(currency: &str, scale: u32) -> FactTableBuilder {
        FactTableBuilder::new(currency, scale)
    }

    /// How many deals it holds.
    pub fn len(&self) -> usize {
        self.deals.ids.len()
    }

    /// Whether it holds no deal.
    pub fn is_empty(&self) -> bool {
        self.deals.ids.is_empty()
    }

    /// ISO 4217 code of the base currency.
    pub fn currency(&self) -> &str {
        &self.base.currency
    }

    /// Decimal places of the base currency.
    pub const fn scale(&self) -> u32 {
        self.base.scale
    }

    /// The values of `dimension`.
    pub const fn dictionary(&self, dimension: Dimension) -> &Dictionary {
        self.dictionaries.get(dimension)
    }

    /// Bytes of one deal's columns, the identity included, moves and lines apart.
    pub fn bytes_per_deal(&self) -> usize {
        let deal_level = Dimension::ALL.into_iter().filter(|dimension| !dimension.is_of_lines());
        let codes: usize = deal_level.map(|of| self.deals.codes.get(of).width()).sum();
        // Identity, four i64, a day, outcome, history flag.
        codes.saturating_add(self.deals.currency.width()).saturating_add(16 + 32 + 4 + 2)
    }

    pub(super) const fn amount(&self, minor: i128) -> Amount {
        Amount::new(minor, self.base.scale)
    }

    pub(super) fn exact_amount(&self, units: i128) -> Amount {
        Amount::new(units, self.lines.exact_scale).trimmed(self.base.scale)
    }

    pub(super) fn moves_of(&self, deal: usize) -> Range<usize> {
        span(&self.moves.start, deal)
    }

    pub(super) fn lines_of(&self, deal: usize) -> Range<usize> {
        span(&self.lines.start, deal)
    }

    /// Whether the lines of `deal` are in the base currency, so that they may be summed.
    pub(super) fn lines_are_priced(&self, deal: usize) -> bool {
        let code = usize::try_from(self.deals.currency.at(deal)).ok();
        let currency = code.and_then(|code| self.deals.currencies.get(code));
        currency.is_some_and(|currency| *currency == self.base.currency)
    }
}

impl Deals {
    pub(super) fn outcome(&self, deal: usize) -> Outcome {
        self.outcomes.get(deal).copied().unwrap_or(Outcome::Open)
    }

    pub(super) fn created_at(&self, deal: usize) -> Option<i64> {
        known(&self.created_at, deal)
    }

    pub(super) fn closed_at(&self, deal: usize) -> Option<i64> {
        known(&self.closed_at, deal)
    }

    pub(super) fn base_minor(&self, deal: usize) -> Option<i64> {
        known(&self.base_minor, deal)
    }

    pub(super) fn has_history(&self, deal: usize) -> bool {
        self.has_history.get(deal).copied().unwrap_or(false)
    }
}

impl Stages {
    pub(super) fn pipeline(&self, stage: u32) -> u32 {
        at(&self.pipeline, stage).unwrap_or(0)
    }

    pub(super) fn position(&self, stage: u32) -> u32 {
        at(&self.position, stage).unwrap_or(u32::MAX)
    }
}

fn at(column: &[u32], code: u32) -> Option<u32> {
    column.get(usize::try_from(code).ok()?).copied()
}

fn known(column: &[i64], row: usize) -> Option<i64> {
    column.get(row).copied().filter(|value| *value != UNKNOWN)
}

fn span(start: &[u32], deal: usize) -> Range<usize> {
    let bound = |at: usize| start.get(at).and_then(|row| usize::try_from(*row).ok()).unwrap_or(0);
    bound(deal)..bound(deal.saturating_add(1))
}
