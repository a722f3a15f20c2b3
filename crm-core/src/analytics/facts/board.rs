//! The counters of the dashboard as they are kept: what one deal adds is taken away before it changes and added after.

use std::sync::Arc;

use chrono_tz::Tz;

use super::dashboard::{Counted, Dashboard, DashboardAsk, Own, PlaceTally, Spread};
use super::kernel::{Counts, Months};
use super::question::Question;
use super::standing::{Heap, Standing};
use super::values::Values;
use super::{Facts, index, number};
use crate::analytics::table::Outcome;

/// Which part of a deal changes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Part {
    /// What it is and where it stands.
    Deal,
    /// Its moves.
    Moves,
    /// Both.
    Both,
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
    standing: Standing,
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
        let all = DashboardAsk::new(zone, 0);
        let counts = Counts::new(&facts.ask(&months, &[], facts.stride(), &all));
        let stride = facts.stride();
        let mut board = Self {
            zone,
            months,
            stride,
            counts,
            steps: Vec::new(),
            cycle: Values::default(),
            dwell: Vec::new(),
            standing: Standing::default(),
            own: Own::default(),
        };
        for row in 0..number(facts.rows.ids.len()) {
            board.add_deal(facts, row, true, true);
            board.add_moves(facts, row, true, true);
        }
        board.standing.follow(facts.latest);
        board.cycle.settle();
        board.dwell.iter_mut().for_each(Values::settle);
        board
    }

    /// Adds what a part of a deal counts, or takes it away.
    pub(super) fn count(&mut self, facts: &Facts, row: u32, part: Part, is_more: bool) {
        if facts.stride() != self.stride {
            // More stages than the counters have room for.
            if is_more {
                *self = Self::of(facts, self.zone);
            }
            return;
        }
        if matches!(part, Part::Deal | Part::Both) {
            self.standing.follow(facts.latest);
            self.add_deal(facts, row, is_more, false);
        }
        if matches!(part, Part::Moves | Part::Both) {
            self.add_moves(facts, row, is_more, false);
        }
    }

    /// Adds the last move of a deal, which had reached another set of stages before.
    pub(super) fn add_move(&mut self, facts: &Facts, row: u32, reached: u32) {
        if facts.stride() != self.stride {
            *self = Self::of(facts, self.zone);
            return;
        }
        count(&mut self.counts.reached, index(reached), false);
        count(&mut self.counts.reached, index(facts.rows.reached.of(row)), true);
        let moves = facts.moves.spans.of(row);
        let Some(last) = moves.end.checked_sub(1) else { return };
        let before = last.checked_sub(1).filter(|before| moves.contains(before));
        let before = before.map_or(0, |before| facts.moves.at(before).1);
        self.step(facts, facts.moves.at(last), before, true, false);
    }

    fn add_deal(&mut self, facts: &Facts, row: u32, is_more: bool, pours: bool) {
        let rows = &facts.rows;
        let place = rows.place.of(row);
        if place == 0 {
            return;
        }
        let minor = facts.worth(row);
        let stride = self.stride;
        let cell = |code: u32| index(code.wrapping_shl(stride).saturating_add(place));
        let by = [
            cell(rows.owner.of(row)),
            cell(rows.region.of(row)),
            cell(rows.source.of(row)),
            cell(rows.products.of(row)),
        ];
        for (cells, at) in self.counts.by.iter_mut().zip(by) {
            count(cells, at, is_more);
        }
        count(&mut self.counts.place, index(place), is_more);
        weigh(&mut self.counts.place_worth, index(place), minor, is_more);
        let at = |column: &[u32]| column.get(index(row)).copied().unwrap_or(0);
        let (created, since) = (at(&rows.created), at(&rows.since));
        match facts.books.outcome(place) {
            Outcome::Open => {
                let day = rows.expected.get(index(row)).copied().map_or(0, usize::from);
                let month = self.months.of_date.get(day).copied().map_or(0, u32::from);
                count(&mut self.counts.expected, cell(month), is_more);
                weigh(&mut self.counts.expected_worth, cell(month), minor, is_more);
                self.own.count(facts, &self.months, row, is_more);
                self.standing.count(since, place, minor, is_more);
            }
            Outcome::Won => {
                let month = self.months.of(since);
                count(&mut self.counts.won_month, month, is_more);
                weigh(&mut self.counts.won_worth, month, minor, is_more);
                let owner = index(rows.owner.of(row));
                count(&mut self.counts.owner_won, owner, is_more);
                weigh(&mut self.counts.owner_worth, owner, minor, is_more);
                value(&mut self.cycle, since.saturating_sub(created), is_more, pours);
            }
            Outcome::Lost => {}
        }
    }

    fn add_moves(&mut self, facts: &Facts, row: u32, is_more: bool, pours: bool) {
        count(&mut self.counts.reached, index(facts.rows.reached.of(row)), is_more);
        let mut before = 0;
        for at in facts.moves.spans.of(row) {
            let step = facts.moves.at(at);
            self.step(facts, step, before, is_more, pours);
            before = step.1;
        }
    }

    /// Counts a step, and the time that ended with it.
    fn step(
        &mut self,
        facts: &Facts,
        (code, second): (u32, u32),
        before: u32,
        is_more: bool,
        pours: bool,
    ) {
        count(&mut self.steps, index(code), is_more);
        let Some(step) = facts.books.steps.value(code) else { return };
        let is_time =
            !step.is_first && step.from != 0 && facts.books.outcome(step.from) == Outcome::Open;
        if is_time && let Some(values) = of_place(&mut self.dwell, step.from) {
            value(values, second.saturating_sub(before), is_more, pours);
        }
    }

    /// The answers.
    pub(super) fn dashboard(
        &self,
        facts: &Facts,
        ask: &DashboardAsk,
        odds: &dyn Fn(u32) -> u32,
    ) -> Dashboard {
        let asked = ask.questions;
        let stale = asked.has(Question::Stale).then(|| self.standing.before(ask.stale_before()));
        let stale = (0..).zip(stale.into_iter().flatten());
        let stale = stale.map(|(place, Heap { deals, minor })| PlaceTally { place, deals, minor });
        let dwell: &[Values] = if asked.has(Question::Dwell) { &self.dwell } else { &[] };
        let dwell = (0..).zip(dwell).filter(|(_, values)| values.count() > 0);
        let counted = Counted {
            stride: self.stride,
            counts: &self.counts,
            steps: &self.steps,
            first: facts.first(&self.months),
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
    values.percentile(percent).unwrap_or(0)
}
