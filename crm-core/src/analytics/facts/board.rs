//! The counters of the dashboard as they are kept: what one deal adds is taken away before it changes and added after.

use std::{collections::BTreeMap, sync::Arc};

use chrono_tz::Tz;

use super::dashboard::{Counted, Dashboard, DashboardAsk, Own, PlaceTally, Spread};
use super::kernel::{Counts, Months};
use super::values::{Values, between, ranks};
use super::{Facts, index, number};
use crate::analytics::table::Outcome;

/// Seconds of one group of open deals, as a power of two: six days.
const GROUP: u32 = 19;

/// Open deals of a place, by since when they stand there.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
struct Standing(BTreeMap<u32, Group>);

#[derive(Clone, Debug, Default, PartialEq, Eq)]
struct Group {
    deals: u64,
    minor: i128,
    /// Since when, and worth; ascending.
    each: Vec<(u32, i64)>,
}

impl Standing {
    fn count(&mut self, since: u32, minor: i64, is_more: bool) {
        let group = self.0.entry(since.wrapping_shr(GROUP)).or_default();
        let worth = i128::from(minor);
        let place = group.each.partition_point(|one| *one < (since, minor));
        if is_more {
            group.deals = group.deals.saturating_add(1);
            group.minor = group.minor.saturating_add(worth);
            group.each.insert(place, (since, minor));
        } else if group.each.get(place) == Some(&(since, minor)) {
            group.deals = group.deals.saturating_sub(1);
            group.minor = group.minor.saturating_sub(worth);
            group.each.remove(place);
        }
    }

    fn before(&self, second: u32) -> (u64, i128) {
        let (mut deals, mut minor) = (0_u64, 0_i128);
        for (of, group) in self.0.range(..=second.wrapping_shr(GROUP)) {
            if *of < second.wrapping_shr(GROUP) {
                deals = deals.saturating_add(group.deals);
                minor = minor.saturating_add(group.minor);
            } else {
                for (_, worth) in group.each.iter().take_while(|(since, _)| *since < second) {
                    deals = deals.saturating_add(1);
                    minor = minor.saturating_add(i128::from(*worth));
                }
            }
        }
        (deals, minor)
    }
}

/// The kept counters.
#[derive(Clone)]
pub(super) struct Board {
    pub(super) zone: Tz,
    months: Arc<Months>,
    stride: u32,
    counts: Counts<i128>,
    steps: Vec<u32>,
    cycle: Values,
    dwell: Vec<Values>,
    standing: Vec<Standing>,
    own: Own,
}

impl core::fmt::Debug for Board {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        write!(f, "Board({})", self.zone)
    }
}

/// One more, or one less, of a counter; it grows where it must.
fn count(cells: &mut Vec<u32>, at: usize, is_more: bool) {
    if cells.len() <= at {
        cells.resize(at.saturating_add(1), 0);
    }
    if let Some(cell) = cells.get_mut(at) {
        *cell = if is_more { cell.saturating_add(1) } else { cell.saturating_sub(1) };
    }
}

fn weigh(cells: &mut Vec<i128>, at: usize, minor: i64, is_more: bool) {
    if cells.len() <= at {
        cells.resize(at.saturating_add(1), 0);
    }
    let minor = i128::from(minor);
    if let Some(cell) = cells.get_mut(at) {
        *cell = if is_more { cell.saturating_add(minor) } else { cell.saturating_sub(minor) };
    }
}

/// The one of a place; the list grows where it must.
fn of_place<T: Default + Clone>(all: &mut Vec<T>, place: u32) -> Option<&mut T> {
    let at = index(place);
    if all.len() <= at {
        all.resize(at.saturating_add(1), T::default());
    }
    all.get_mut(at)
}

impl Board {
    /// The counters of all deals that there are.
    pub(super) fn of(facts: &Facts, zone: Tz) -> Self {
        let months = facts.months_of(zone);
        let counts = Counts::new(&facts.ask(&months, &[], facts.stride(), 0));
        let stride = facts.stride();
        let mut board = Self {
            zone,
            months,
            stride,
            counts,
            steps: Vec::new(),
            cycle: Values::default(),
            dwell: Vec::new(),
            standing: Vec::new(),
            own: Own::default(),
        };
        for row in 0..number(facts.rows.ids.len()) {
            board.add(facts, row, true, true);
        }
        board.cycle.settle();
        board.dwell.iter_mut().for_each(Values::settle);
        board
    }

    /// Adds what one deal counts, or takes it away.
    pub(super) fn count(&mut self, facts: &Facts, row: u32, is_more: bool) {
        if facts.stride() == self.stride {
            self.add(facts, row, is_more, false);
        } else if is_more {
            // More stages than the counters have room for.
            *self = Self::of(facts, self.zone);
        }
    }

    fn add(&mut self, facts: &Facts, row: u32, is_more: bool, pours: bool) {
        let rows = &facts.rows;
        let place = rows.place.of(row);
        if place == 0 {
            return;
        }
        let minor = facts.worth(row);
        let stride = self.stride;
        let cell = |code: u32| index(code.wrapping_shl(stride).saturating_add(place));
        let owner = cell(rows.owner.of(row));
        let by = [
            owner,
            cell(rows.region.of(row)),
            cell(rows.source.of(row)),
            cell(rows.products.of(row)),
        ];
        for (cells, at) in self.counts.by.iter_mut().zip(by) {
            count(cells, at, is_more);
        }
        weigh(&mut self.counts.worth, owner, minor, is_more);
        count(&mut self.counts.reached, index(rows.reached.of(row)), is_more);
        let at = |column: &[u32]| column.get(index(row)).copied().unwrap_or(0);
        let (created, since) = (at(&rows.created), at(&rows.since));
        match facts.books.outcome(place) {
            Outcome::Open => {
                let day = rows.expected.get(index(row)).copied().map_or(0, usize::from);
                let month = self.months.of_date.get(day).copied().map_or(0, u32::from);
                count(&mut self.counts.expected, cell(month), is_more);
                weigh(&mut self.counts.expected_worth, cell(month), minor, is_more);
                self.own.count(facts, &self.months, row, is_more);
                if let Some(standing) = of_place(&mut self.standing, place) {
                    standing.count(since, minor, is_more);
                }
            }
            Outcome::Won => {
                let month = self.months.of(since);
                count(&mut self.counts.won_month, month, is_more);
                weigh(&mut self.counts.won_worth, month, minor, is_more);
                value(&mut self.cycle, since.saturating_sub(created), is_more, pours);
            }
            Outcome::Lost => {}
        }
        self.add_moves(facts, row, is_more, pours);
    }

    fn add_moves(&mut self, facts: &Facts, row: u32, is_more: bool, pours: bool) {
        let mut before = 0;
        for at in facts.moves.spans.of(row) {
            let (code, second) = facts.moves.at(at);
            count(&mut self.steps, index(code), is_more);
            let Some(step) = facts.books.steps.value(code) else { continue };
            let is_time =
                !step.is_first && step.from != 0 && facts.books.outcome(step.from) == Outcome::Open;
            if is_time && let Some(values) = of_place(&mut self.dwell, step.from) {
                value(values, second.saturating_sub(before), is_more, pours);
            }
            before = second;
        }
    }

    /// The answers.
    pub(super) fn dashboard(
        &self,
        facts: &Facts,
        ask: &DashboardAsk,
        odds: &dyn Fn(u32) -> u32,
    ) -> Dashboard {
        let stale = (0..).zip(&self.standing).map(|(place, standing)| {
            let (deals, minor) = standing.before(ask.stale_before());
            PlaceTally { place, deals, minor }
        });
        let dwell = (0..).zip(&self.dwell).filter(|(_, values)| values.count() > 0);
        let counted = Counted {
            stride: self.stride,
            counts: &self.counts,
            steps: &self.steps,
            cycle: Spread { median: percentile(&self.cycle, 50), ..spread(&self.cycle) },
            dwell: dwell.map(|(place, values)| (place, spread(values))).collect(),
            stale: stale.filter(|tally| tally.deals > 0).collect(),
            own: &self.own,
        };
        facts.answers(&counted, ask, odds)
    }
}

fn value(values: &mut Values, seconds: u32, is_more: bool, pours: bool) {
    match (is_more, pours) {
        (true, true) => values.pour(seconds),
        (true, false) => values.add(seconds),
        (false, _) => values.remove(seconds),
    }
}

fn spread(values: &Values) -> Spread {
    let (count, sum) = (values.count(), values.sum());
    Spread { count, sum, median: 0, p90: percentile(values, 90) }
}

fn percentile(values: &Values, percent: u32) -> u64 {
    let found = ranks(values.count(), percent)
        .and_then(|(low, high, part)| Some(between(values.rank(low)?, values.rank(high)?, part)));
    found.unwrap_or(0)
}
