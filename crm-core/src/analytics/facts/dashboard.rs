//! The dashboard of all deals: ten questions answered together, from a pass over the columns or from kept counters.

use std::collections::BTreeMap;

use chrono::NaiveDate;
use chrono_tz::Tz;

use super::board::Board;
use super::kernel::{self, Ask, Counts, Deals, Found, Months, Moves, Stays};
use super::months::first_day;
use super::question::{Question, Questions};
use super::{BASE, Facts, index, number, second};
use crate::analytics::table::Outcome;

/// What a dashboard is asked with.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct DashboardAsk {
    /// The zone of months.
    pub zone: Tz,
    /// The second since 1970 whose state is told, by what is known now.
    pub as_of: i64,
    /// An open deal that has stood for more than so many days where it stands is stale.
    pub stale_days: u32,
    /// So many owners, those with the most won.
    pub top: usize,
    /// Threads that a pass may use; without the feature `parallel` one. No figure depends on it.
    pub threads: usize,
    /// What is asked; the answers to other questions stay empty.
    pub questions: Questions,
}

impl DashboardAsk {
    /// The usual one: all questions, stale after 30 days, the best 20 owners, one thread.
    pub const fn new(zone: Tz, as_of: i64) -> Self {
        Self { zone, as_of, stale_days: 30, top: 20, threads: 1, questions: Questions::ALL }
    }

    pub(super) fn stale_before(&self) -> u32 {
        let days = i64::from(self.stale_days).saturating_mul(86_400);
        second(self.as_of.saturating_sub(days))
    }
}

/// Deals in a place: an open stage, or the stage that stands for an end.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct PlaceTally {
    /// Code of the stage.
    pub place: u32,
    /// How many deals.
    pub deals: u64,
    /// Their worth in minor units of the base currency, without the unpriced.
    pub minor: i128,
}

/// How often deals went from one stage to another.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Transition {
    /// Code of the stage that was left; 0 where a deal was made.
    pub from: u32,
    /// Code of the stage that was entered.
    pub to: u32,
    /// How often.
    pub moves: u64,
}

/// Won and lost deals of one value of a dimension.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct WinCount {
    /// Code of the value; 0 is none.
    pub code: u32,
    /// Won.
    pub won: u64,
    /// Lost.
    pub lost: u64,
}

/// Durations in seconds: how many, their sum, and exact percentiles in hundredths of a second, interpolated linearly.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Spread {
    /// How many.
    pub count: u64,
    /// Their sum.
    pub sum: u128,
    /// The median.
    pub median: u64,
    /// The ninth decile.
    pub p90: u64,
}

/// Deals and their worth in a month.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct MonthTally {
    /// Its first day; `None` where the day is not known.
    pub month: Option<NaiveDate>,
    /// How many deals.
    pub deals: u64,
    /// Minor units; of a forecast, minor units times 10,000.
    pub minor: i128,
}

/// What an owner has won.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct OwnerTally {
    /// Code of the owner.
    pub owner: u32,
    /// Deals won.
    pub deals: u64,
    /// Their worth in minor units.
    pub minor: i128,
}

/// Ten answers. Codes are those of the facts; what is empty is left out.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Dashboard {
    /// Deals and worth by where they stand.
    pub stages: Vec<PlaceTally>,
    /// Moves by from and to.
    pub transitions: Vec<Transition>,
    /// Deals that ever moved to a stage, each once.
    pub reached: Vec<(u32, u64)>,
    /// Won and lost by owner, by region, by source, by product (a deal belongs to each product that it has a line of).
    pub wins: [Vec<WinCount>; 4],
    /// From the making of a won deal until it was won.
    pub cycle: Spread,
    /// Won by month.
    pub won: Vec<MonthTally>,
    /// Worth times odds of open deals, by the month in which they are expected.
    pub forecast: Vec<MonthTally>,
    /// The owners with the most won, most first.
    pub top: Vec<OwnerTally>,
    /// Time in each open stage until it was left; of `Spread` the median is not counted.
    pub dwell: Vec<(u32, Spread)>,
    /// Open deals that have stood too long where they stand.
    pub stale: Vec<PlaceTally>,
    /// Deals without an amount in the base currency: counted, in no sum.
    pub unpriced: u64,
}

/// Questions that ask what deals are worth.
const OF_WORTH: Questions = Questions::of(Question::Stages)
    .and(Questions::of(Question::Won))
    .and(Questions::of(Question::Forecast))
    .and(Questions::of(Question::Top))
    .and(Questions::of(Question::Stale));

/// What both ways count, from which the answers are made.
pub(super) struct Counted<'a> {
    pub(super) stride: u32,
    /// The first months in which a deal may be expected, and may be won.
    pub(super) first: [usize; 2],
    pub(super) counts: &'a Counts<i128>,
    pub(super) steps: &'a [u32],
    pub(super) cycle: Spread,
    pub(super) dwell: Vec<(u32, Spread)>,
    pub(super) stale: Vec<PlaceTally>,
    pub(super) own: &'a Own,
}

impl Facts {
    /// The dashboard. From the kept counters where there are some for this zone and the instant is not before the last
    /// fact; else by one pass over the columns.
    ///
    /// `odds` gives the basis points of an open stage by its code. Both ways give the same answer. Rule FT-3.
    /// What is not asked is empty, and without kept counters no column is read that only it needs. Rule FT-5.
    pub fn dashboard(&self, ask: &DashboardAsk, odds: &dyn Fn(u32) -> u32) -> Dashboard {
        match &self.board {
            Some(board) if board.zone == ask.zone && ask.as_of >= self.latest() => {
                board.dashboard(self, ask, odds)
            }
            _ => self.counted_anew(ask, odds),
        }
    }

    /// The dashboard by one pass over the columns, whatever is kept.
    pub fn counted_anew(&self, ask: &DashboardAsk, odds: &dyn Fn(u32) -> u32) -> Dashboard {
        if ask.as_of < self.latest() {
            return self.as_of(ask.as_of).counted_anew(ask, odds);
        }
        let (months, class, stride) = (self.months_of(ask.zone), self.classes(), self.stride());
        let with = self.ask(&months, &class, stride, ask);
        let rows = &self.rows;
        let deals = Deals {
            by: [&rows.owner, &rows.region, &rows.source, &rows.products],
            place: &rows.place,
            reached: &rows.reached,
            amount: &rows.amount,
            currency: (self.unpriced > 0 && ask.questions.has_any(OF_WORTH))
                .then_some(&rows.currency),
            created: &rows.created,
            since: &rows.since,
            expected: &rows.expected,
        };
        let left = self.left();
        let (step, at) = (&self.moves.step, self.moves.at.as_slice());
        let moves = Moves { step, at, left: &left, places: self.books.stages.len() };
        let Found { counts, cycles, steps, stays } =
            kernel::run(&deals, &with, self.most, &moves, ask.threads);
        let [median, p90] = cycles.percentiles;
        let cycle = Spread { count: cycles.count, sum: cycles.sum.into(), median, p90 };
        let spread = |stays: &Stays| {
            let (count, sum) = (stays.count, u128::from(stays.sum));
            (number(stays.place), Spread { count, sum, median: 0, p90: stays.p90 })
        };
        let dwell = stays.iter().map(spread).collect();
        let stale = (0..).zip(counts.stale.iter().zip(&counts.stale_worth)).map(
            |(place, (deals, minor))| PlaceTally { place, deals: u64::from(*deals), minor: *minor },
        );
        let stale = stale.filter(|tally| tally.deals > 0).collect();
        let own =
            if ask.questions.has(Question::Forecast) { self.own(&months) } else { Own::default() };
        let (own, counts, steps) = (&own, &counts, &steps);
        let first = self.first(&months);
        let counted = Counted { stride, first, counts, steps, cycle, dwell, stale, own };
        self.answers(&counted, ask, odds)
    }

    /// For each step the open stage that it left, or 0.
    pub(super) fn left(&self) -> Vec<u32> {
        let steps = self.books.steps.values().iter();
        let open = |place: u32| self.books.outcome(place) == Outcome::Open;
        steps.map(|step| if !step.is_first && open(step.from) { step.from } else { 0 }).collect()
    }

    /// How deals stand in each place: 1 open, 2 won, 3 lost, 0 behind the last; as many as bytes tell apart, or more.
    pub(super) fn classes(&self) -> Vec<u8> {
        let known = number(self.books.stages.len());
        let class = |place| match self.books.outcome(place) {
            _ if place == 0 || place >= known => 0,
            Outcome::Open => 1,
            Outcome::Won => 2,
            Outcome::Lost => 3,
        };
        (0..known.max(256)).map(class).collect()
    }

    /// Places are held in rows of a power of two.
    pub(super) fn stride(&self) -> u32 {
        let places = number(self.books.stages.len()).max(8);
        places.checked_next_power_of_two().map_or(31, u32::trailing_zeros)
    }

    pub(super) fn ask<'a>(
        &self,
        months: &'a Months,
        class: &'a [u8],
        stride: u32,
        ask: &DashboardAsk,
    ) -> Ask<'a> {
        let books = &self.books;
        let sizes = [
            books.owners.len(),
            books.regions.len(),
            books.sources.len(),
            books.product_sets.len(),
            books.stage_sets.len(),
        ];
        let expected =
            months.of_date.get(usize::from(self.farthest)).copied().map_or(0, usize::from);
        let until = [expected, months.of(self.latest)].map(|month| month.saturating_add(1));
        let (asked, stale_before) = (ask.questions, ask.stale_before());
        Ask { class, stride, sizes, months, until, stale_before, asked }
    }

    /// The first months in which a deal may be expected, and may be won.
    pub(super) fn first(&self, months: &Months) -> [usize; 2] {
        let expected = months.of_date.get(usize::from(self.nearest)).copied();
        [expected.map_or(0, usize::from), months.of(self.earliest)]
    }

    /// The amount of a deal in the base currency; 0 of an unpriced one.
    pub(super) fn worth(&self, row: u32) -> i64 {
        if self.rows.currency.of(row) == BASE {
            self.rows.amount.get(index(row)).copied().unwrap_or(0)
        } else {
            0
        }
    }

    /// The answers from what was counted; those that are not asked are empty.
    pub(super) fn answers(
        &self,
        counted: &Counted<'_>,
        ask: &DashboardAsk,
        odds: &dyn Fn(u32) -> u32,
    ) -> Dashboard {
        let (counts, asked) = (counted.counts, ask.questions);
        let row = 1_usize << counted.stride;
        let [expected, won] = counted.first;
        let class = self.classes();
        let mut told = Dashboard { unpriced: self.unpriced, ..Dashboard::default() };
        if asked.has(Question::Stages) {
            told.stages = places(&counts.place, &counts.place_worth);
        }
        if asked.has(Question::Transitions) {
            told.transitions = self.transitions(counted.steps);
        }
        if asked.has(Question::Reached) {
            told.reached = self.reached(&counts.reached);
        }
        if asked.has(Question::WinRates) {
            told.wins = self.wins(counts, row, &class);
        }
        if asked.has(Question::Cycle) {
            told.cycle = counted.cycle;
        }
        if asked.has(Question::Won) {
            told.won = months(&counts.won_month, &counts.won_worth, won);
        }
        if asked.has(Question::Forecast) {
            told.forecast = self.forecast(counts, (row, expected), odds, counted.own);
        }
        if asked.has(Question::Top) {
            told.top = self.top(counts, ask.top);
        }
        if asked.has(Question::Dwell) {
            told.dwell.clone_from(&counted.dwell);
        }
        if asked.has(Question::Stale) {
            told.stale.clone_from(&counted.stale);
        }
        told
    }

    fn transitions(&self, steps: &[u32]) -> Vec<Transition> {
        let mut found: BTreeMap<(u32, u32), u64> = BTreeMap::new();
        for (step, moves) in self.books.steps.values().iter().zip(steps).skip(1) {
            if *moves > 0 {
                let of = found.entry((step.from, step.to)).or_default();
                *of = of.saturating_add(u64::from(*moves));
            }
        }
        found.into_iter().map(|((from, to), moves)| Transition { from, to, moves }).collect()
    }

    fn reached(&self, sets: &[u32]) -> Vec<(u32, u64)> {
        let mut found = vec![0_u64; self.books.stages.len()];
        for (set, deals) in self.books.stage_sets.values().iter().zip(sets) {
            for place in set {
                if let Some(of) = found.get_mut(index(*place)) {
                    *of = of.saturating_add(u64::from(*deals));
                }
            }
        }
        (0..).zip(found).filter(|(_, deals)| *deals > 0).collect()
    }

    fn wins(&self, counts: &Counts<i128>, row: usize, class: &[u8]) -> [Vec<WinCount>; 4] {
        let of = |cells: &[u32]| -> Vec<WinCount> {
            let ended = |cells: &[u32], wanted: u8| -> u64 {
                let of = cells.iter().zip(class).filter(|(_, class)| **class == wanted);
                of.map(|(deals, _)| u64::from(*deals)).sum()
            };
            let each = (0..).zip(cells.chunks(row));
            each.map(|(code, cells)| WinCount { code, won: ended(cells, 2), lost: ended(cells, 3) })
                .collect()
        };
        let [owners, regions, sources, sets] = &counts.by;
        let some = |counts: Vec<WinCount>| -> Vec<WinCount> {
            counts.into_iter().filter(|count| count.won > 0 || count.lost > 0).collect()
        };
        let mut products: Vec<WinCount> = (0..number(self.books.products.len()))
            .map(|code| WinCount { code, won: 0, lost: 0 })
            .collect();
        for (set, count) in self.books.product_sets.values().iter().zip(of(sets)) {
            for product in if set.is_empty() { &[0] } else { set.as_slice() } {
                if let Some(of) = products.get_mut(index(*product)) {
                    of.won = of.won.saturating_add(count.won);
                    of.lost = of.lost.saturating_add(count.lost);
                }
            }
        }
        [some(of(owners)), some(of(regions)), some(of(sources)), some(products)]
    }

    /// Worth times odds by month: the odds of a stage are the same for all its deals, but for those that somebody knows
    /// better.
    fn forecast(
        &self,
        counts: &Counts<i128>,
        (row, first): (usize, usize),
        odds: &dyn Fn(u32) -> u32,
        own: &Own,
    ) -> Vec<MonthTally> {
        let points: Vec<i128> =
            (0..number(self.books.stages.len())).map(|place| i128::from(odds(place))).collect();
        let cells = counts.expected.chunks(row).zip(counts.expected_worth.chunks(row));
        // January 1970 stands for "not known".
        let cells = cells.enumerate();
        let some = cells.clone().take(1.min(first)).chain(cells.skip(first));
        let months = some.filter_map(|(month, (deals, worth))| {
            let deals: u64 = deals.iter().map(|deals| u64::from(*deals)).sum();
            if deals == 0 {
                return None;
            }
            let minor =
                worth.iter().zip(&points).map(|(worth, points)| worth.saturating_mul(*points));
            let minor = minor.fold(0_i128, i128::saturating_add);
            let own = own.of_month(month).fold(0_i128, |more, (place, own)| {
                let usual = points.get(index(place)).copied().unwrap_or(0);
                more.saturating_add(own.said).saturating_sub(own.worth.saturating_mul(usual))
            });
            let month = if month == 0 { None } else { first_day(month) };
            Some(MonthTally { month, deals, minor: minor.saturating_add(own) })
        });
        months.collect()
    }

    fn top(&self, counts: &Counts<i128>, top: usize) -> Vec<OwnerTally> {
        let each = (0..).zip(counts.owner_won.iter().zip(&counts.owner_worth));
        let tally = |(owner, (deals, minor)): (u32, (&u32, &i128))| OwnerTally {
            owner,
            deals: u64::from(*deals),
            minor: *minor,
        };
        let mut found: Vec<OwnerTally> = each.map(tally).filter(|tally| tally.deals > 0).collect();
        // Of equal worth, by their ids: an order that does not depend on who came first.
        let id = |tally: &OwnerTally| self.books.owners.value(tally.owner).copied();
        let order = |one: &OwnerTally, two: &OwnerTally| {
            two.minor.cmp(&one.minor).then_with(|| id(one).cmp(&id(two)))
        };
        if top < found.len() {
            found.select_nth_unstable_by(top, order);
            found.truncate(top);
        }
        found.sort_by(order);
        found
    }

    /// The open deals with odds of their own.
    pub(super) fn own(&self, months: &Months) -> Own {
        let mut own = Own::default();
        for deal in self.odds.keys() {
            own.count(self, months, *deal, true);
        }
        own
    }
}

/// Open deals whose odds somebody knows better, by the month in which they are expected and their place: how often their
/// worth is counted otherwise than that of the others.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Own(BTreeMap<(usize, u32), OwnWorth>);

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
struct OwnWorth {
    deals: u64,
    worth: i128,
    /// Worth times the odds that were said.
    said: i128,
}

impl Own {
    /// Counts a deal, or takes it away, where it is open and has odds of its own.
    pub(super) fn count(&mut self, facts: &Facts, months: &Months, deal: u32, is_more: bool) {
        let Some(said) = facts.odds.get(&deal) else { return };
        let place = facts.rows.place.of(deal);
        if place == 0 || facts.books.outcome(place) != Outcome::Open {
            return;
        }
        let day = facts.rows.expected.get(index(deal)).copied().map_or(0, usize::from);
        let month = months.of_date.get(day).copied().map_or(0, usize::from);
        let worth = i128::from(facts.worth(deal));
        let said = worth.saturating_mul(i128::from(*said));
        let own = self.0.entry((month, place)).or_default();
        if is_more {
            own.deals = own.deals.saturating_add(1);
            own.worth = own.worth.saturating_add(worth);
            own.said = own.said.saturating_add(said);
        } else {
            own.deals = own.deals.saturating_sub(1);
            own.worth = own.worth.saturating_sub(worth);
            own.said = own.said.saturating_sub(said);
        }
        if own.deals == 0 {
            self.0.remove(&(month, place));
        }
    }

    fn of_month(&self, month: usize) -> impl Iterator<Item = (u32, &OwnWorth)> {
        self.0.range((month, 0)..=(month, u32::MAX)).map(|((_, place), own)| (*place, own))
    }
}

fn months(deals: &[u32], worth: &[i128], first: usize) -> Vec<MonthTally> {
    let each =
        deals.iter().zip(worth).enumerate().skip(first).filter(|(_, (deals, _))| **deals > 0);
    each.map(|(month, (deals, minor))| MonthTally {
        month: first_day(month),
        deals: u64::from(*deals),
        minor: *minor,
    })
    .collect()
}

fn places(deals: &[u32], worth: &[i128]) -> Vec<PlaceTally> {
    let each = (0..).zip(deals.iter().zip(worth)).skip(1).filter(|(_, (deals, _))| **deals > 0);
    let tally = |(place, (deals, minor)): (u32, (&u32, &i128))| PlaceTally {
        place,
        deals: u64::from(*deals),
        minor: *minor,
    };
    each.map(tally).collect()
}

impl Facts {
    /// Keeps the counters of the dashboard from now on, with months of a zone: then a change moves a few of them, and a
    /// dashboard reads them.
    pub fn keep_dashboard(&mut self, zone: Tz) {
        if self.board.as_ref().is_none_or(|board| board.zone != zone) {
            self.board = Some(Box::new(Board::of(self, zone)));
        }
    }

    /// Keeps them no longer.
    pub fn forget_dashboard(&mut self) {
        self.board = None;
    }
}
