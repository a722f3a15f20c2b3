//! The facts of selling as columns that are kept and brought up to date: what the dashboard counts, and what every other
//! report's table is poured from.
//!
//! A deal is a row of some 60 bytes: dictionary codes as narrow as the data allows, minor units as `i64`, seconds since
//! 1970 as `u32`, days as `u16`. A move is its step (kind, from, to: one code) and its second. Rows stand in the order of
//! arrival; no figure depends on it. A deal that is removed leaves an empty row; the moves of one that moves on are
//! written anew behind the others, and the pool is packed when a quarter of it is empty.
//!
//! Instants before 1970 or after 2106, and days after 2149, are taken as the nearest that fits. Rule FT-1.

mod board;
mod dashboard;
mod document;
mod extract;
mod kernel;
mod months;
mod narrow;
mod pour;
mod question;
mod standing;
mod values;

#[cfg(test)]
mod tests;

use std::{
    collections::{BTreeMap, BTreeSet},
    sync::{Arc, OnceLock},
};

use chrono_tz::Tz;
use rust_decimal::Decimal;
use uuid::Uuid;

use super::table::{MoveKind, Outcome};
use board::{Board, Part};
pub use dashboard::{
    Dashboard, DashboardAsk, MonthTally, OwnerTally, PlaceTally, Spread, Transition, WinCount,
};
use kernel::Months;
use narrow::{Interner, Narrow, put};
pub use pour::Keys;
pub use question::{Question, Questions};

/// One deal as it is poured in. The nil id and the empty text stand for "none".
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct FactDeal<'a> {
    /// Its identity.
    pub id: Uuid,
    /// Who looks after it.
    pub owner: Uuid,
    /// Who may buy.
    pub customer: Uuid,
    /// The process it follows.
    pub pipeline: Uuid,
    /// The stage it stands in, or was closed from.
    pub stage: Uuid,
    /// How it stands.
    pub outcome: Outcome,
    /// Of a closed deal: the stage of its process that stands for that end.
    pub end: Uuid,
    /// Where it came from.
    pub source: &'a str,
    /// Its region.
    pub region: &'a str,
    /// Why it was lost.
    pub reason: &'a str,
    /// Who else wanted to sell.
    pub competitor: &'a str,
    /// Minor units and ISO 4217 code; `None` where nobody knows.
    pub amount: Option<(i64, &'a str)>,
    /// Odds in basis points that somebody knows better than the stage.
    pub odds: Option<u32>,
    /// When it was made, seconds since 1970 UTC.
    pub created_at: i64,
    /// Of an open deal: since when it stands where it stands; of a closed one: when it was closed. Seconds since 1970.
    pub since: i64,
    /// When it is expected to be won, days since 1970.
    pub expected_day: Option<i32>,
    /// Whether its moves are known; those of a deal without history are not taken.
    pub has_history: bool,
}

/// One move as it is poured in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct FactMove {
    /// What it did.
    pub kind: MoveKind,
    /// From where; nil for the first.
    pub from: Uuid,
    /// To where.
    pub to: Uuid,
    /// When, seconds since 1970 UTC.
    pub at: i64,
}

/// One product line as it is poured in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct FactLine {
    /// Which product.
    pub product: Uuid,
    /// Its net in minor units, rounded.
    pub rounded_minor: i64,
    /// Its net before rounding.
    pub exact: Decimal,
}

/// What a move did: its kind, from where, to where, and whether it is the first of its deal.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
struct Step {
    kind: MoveKind,
    from: u32,
    to: u32,
    is_first: bool,
}

impl Default for Step {
    /// No move.
    fn default() -> Self {
        Self { kind: MoveKind::Created, from: 0, to: 0, is_first: false }
    }
}

/// Where the moves, or lines, of each row are in their pool.
#[derive(Clone, Debug, Default)]
struct Spans {
    first: Vec<u32>,
    count: Vec<u16>,
}

impl Spans {
    fn of(&self, row: u32) -> core::ops::Range<usize> {
        let row = index(row);
        let first = self.first.get(row).copied().map_or(0, index);
        let count = self.count.get(row).copied().map_or(0, usize::from);
        first..first.saturating_add(count)
    }

    fn set(&mut self, row: u32, first: usize, count: usize) {
        let row = index(row);
        if self.first.len() <= row {
            self.first.resize(row.saturating_add(1), 0);
            self.count.resize(row.saturating_add(1), 0);
        }
        put(&mut self.first, row, u32::try_from(first).unwrap_or(u32::MAX));
        put(&mut self.count, row, u16::try_from(count).unwrap_or(u16::MAX));
    }
}

/// Moves, those of one deal side by side, oldest first; step 0 is an empty place.
#[derive(Clone, Debug, Default)]
struct MovePool {
    spans: Spans,
    step: Narrow,
    at: Vec<u32>,
    empty: usize,
}

/// Lines, those of one deal side by side.
#[derive(Clone, Debug, Default)]
struct LinePool {
    spans: Spans,
    product: Narrow,
    rounded: Vec<i64>,
    exact: Vec<Decimal>,
    empty: usize,
}

/// The columns of deals, one place a row.
#[derive(Clone, Debug, Default)]
struct Rows {
    ids: Vec<Uuid>,
    owner: Narrow,
    customer: Narrow,
    pipeline: Narrow,
    /// Where it stands, or was closed from.
    stage: Narrow,
    /// Where it stands, or the stage of its end; 0 is an empty row.
    place: Narrow,
    /// The set of stages that it has moved to.
    reached: Narrow,
    source: Narrow,
    region: Narrow,
    reason: Narrow,
    competitor: Narrow,
    /// The set of products that it has lines of.
    products: Narrow,
    currency: Narrow,
    has_history: Narrow,
    amount: Vec<i64>,
    created: Vec<u32>,
    since: Vec<u32>,
    expected: Vec<u16>,
}

/// What codes mean.
#[derive(Clone, Debug, Default)]
struct Books {
    owners: Interner<Uuid>,
    customers: Interner<Uuid>,
    pipelines: Interner<Uuid>,
    stages: Interner<Uuid>,
    products: Interner<Uuid>,
    sources: Interner<String>,
    regions: Interner<String>,
    reasons: Interner<String>,
    competitors: Interner<String>,
    currencies: Interner<String>,
    product_sets: Interner<Vec<u32>>,
    stage_sets: Interner<Vec<u32>>,
    steps: Interner<Step>,
    /// How deals in a place stand, by the place's code.
    outcomes: Vec<Outcome>,
    /// Whether a place where deals stood as open ones has become an end since the counters were last asked.
    turned: bool,
}

/// The facts of a tenant's deals: columns that are kept, and the dashboard's counters where they are kept, too.
#[derive(Clone, Debug)]
pub struct Facts {
    currency: String,
    scale: u32,
    /// Rows below this are in the order of their ids; of the later ones the map knows the place.
    sorted: usize,
    later: BTreeMap<Uuid, u32>,
    rows: Rows,
    moves: MovePool,
    lines: LinePool,
    books: Books,
    odds: BTreeMap<u32, u32>,
    live: usize,
    unpriced: u64,
    /// No amount is larger, and no instant later.
    most: u64,
    latest: u32,
    /// None is earlier.
    earliest: u32,
    /// No deal is expected on a later day.
    farthest: u16,
    /// Nor on an earlier one, but those of which it is not known.
    nearest: u16,
    board: Option<Box<Board>>,
    /// The months of the zone that was asked first.
    months: OnceLock<(Tz, Arc<Months>)>,
}

fn index(number: u32) -> usize {
    usize::try_from(number).unwrap_or(usize::MAX)
}

fn number(index: usize) -> u32 {
    u32::try_from(index).unwrap_or(u32::MAX)
}

/// Stands for the place of a deal that has none, which only a damaged store can bring about.
const fn nowhere(outcome: Outcome) -> Uuid {
    match outcome {
        Outcome::Open => Uuid::from_u128(u128::MAX),
        Outcome::Won => Uuid::from_u128(u128::MAX - 1),
        Outcome::Lost => Uuid::from_u128(u128::MAX - 2),
    }
}

/// Seconds since 1970 that fit; others are taken as the nearest that do.
fn second(at: i64) -> u32 {
    u32::try_from(at.clamp(0, i64::from(u32::MAX))).unwrap_or(0)
}

impl Facts {
    /// No deals yet; sums will be in `currency`, which has `scale` decimal places.
    pub fn new(currency: &str, scale: u32) -> Self {
        let mut books = Books::default();
        books.currencies.code(currency);
        Self {
            currency: currency.to_owned(),
            scale,
            sorted: 0,
            later: BTreeMap::new(),
            rows: Rows::default(),
            moves: MovePool::default(),
            lines: LinePool::default(),
            books,
            odds: BTreeMap::new(),
            live: 0,
            unpriced: 0,
            most: 0,
            latest: 0,
            earliest: u32::MAX,
            farthest: 0,
            nearest: u16::MAX,
            board: None,
            months: OnceLock::new(),
        }
    }

    /// How many deals there are.
    pub const fn len(&self) -> usize {
        self.live
    }

    /// Whether there is none.
    pub const fn is_empty(&self) -> bool {
        self.live == 0
    }

    /// How many moves there are.
    pub const fn moves(&self) -> usize {
        self.moves.at.len().saturating_sub(self.moves.empty)
    }

    /// The last second that any fact tells of, or a later one: as of it and after, all facts count.
    pub const fn latest(&self) -> i64 {
        self.latest as i64
    }

    /// Bytes of the columns of deals and of moves, dictionaries and kept counters apart.
    pub fn bytes(&self) -> (usize, usize) {
        let rows = &self.rows;
        let codes = [
            &rows.owner,
            &rows.customer,
            &rows.pipeline,
            &rows.stage,
            &rows.place,
            &rows.reached,
            &rows.source,
            &rows.region,
            &rows.reason,
            &rows.competitor,
            &rows.products,
            &rows.currency,
            &rows.has_history,
        ];
        let width: usize = codes.iter().map(|codes| codes.width()).sum();
        // Identity, amount, two seconds, a day; place and number of moves and lines.
        let deal = width.saturating_add(16 + 8 + 4 + 4 + 2 + 6);
        let lines = self.lines.spans.first.len().saturating_mul(6);
        let deals = rows.ids.len().saturating_mul(deal).saturating_add(lines);
        let step = self.moves.step.width().saturating_add(4);
        (deals, self.moves.at.len().saturating_mul(step))
    }

    /// The row of a deal.
    fn row(&self, id: Uuid) -> Option<u32> {
        let sorted = self.rows.ids.get(..self.sorted).unwrap_or_default();
        match sorted.binary_search(&id) {
            Ok(row) => Some(number(row)),
            Err(_) => self.later.get(&id).copied(),
        }
    }

    /// Does something to a part of a row, and keeps the counters true.
    fn touch(&mut self, row: u32, part: Part, change: impl FnOnce(&mut Self)) {
        let mut board = self.board.take();
        if let Some(board) = &mut board {
            board.count(self, row, part, false);
        }
        change(self);
        self.counted(board, |board, facts| board.count(facts, row, part, true));
    }

    /// Puts the counters back with what they count now; anew where a place has become an end, since what it counts for all
    /// its deals is counted otherwise from then on.
    fn counted(&mut self, board: Option<Box<Board>>, count: impl FnOnce(&mut Board, &Self)) {
        let turned = core::mem::take(&mut self.books.turned);
        self.board = board.map(|mut board| {
            if turned {
                *board = Board::of(self, board.zone);
            } else {
                count(&mut board, self);
            }
            board
        });
    }

    /// Whether a deal is there.
    pub fn holds(&self, id: Uuid) -> bool {
        self.row(id).is_some_and(|row| self.rows.place.of(row) != 0)
    }

    /// The odds that somebody knows better than the stage, by deal.
    pub fn own_odds(&self) -> BTreeMap<Uuid, u32> {
        let odds = self.odds.iter();
        odds.filter_map(|(row, odds)| Some((*self.rows.ids.get(index(*row))?, *odds))).collect()
    }

    /// Whether the moves of a deal are known.
    pub fn has_history(&self, id: Uuid) -> bool {
        self.row(id).is_some_and(|row| self.rows.has_history.of(row) != 0)
    }

    /// Puts a deal: a new one, or what is now true of one that is there. Its moves and lines stay as they are.
    pub fn put(&mut self, deal: &FactDeal<'_>) {
        let row = match self.row(deal.id) {
            Some(row) => row,
            None => self.append(deal.id),
        };
        self.touch(row, Part::Deal, |facts| facts.write(row, deal));
        if !deal.has_history {
            self.set_moves(deal.id, &[]);
        }
    }

    fn append(&mut self, id: Uuid) -> u32 {
        let row = number(self.rows.ids.len());
        let rows = &mut self.rows;
        let is_next = self.later.is_empty() && rows.ids.last().is_none_or(|last| *last < id);
        if is_next {
            self.sorted = self.sorted.saturating_add(1);
        } else {
            self.later.insert(id, row);
        }
        rows.ids.push(id);
        for codes in [
            &mut rows.owner,
            &mut rows.customer,
            &mut rows.pipeline,
            &mut rows.stage,
            &mut rows.place,
            &mut rows.reached,
            &mut rows.source,
            &mut rows.region,
            &mut rows.reason,
            &mut rows.competitor,
            &mut rows.products,
            &mut rows.currency,
            &mut rows.has_history,
        ] {
            codes.push(0);
        }
        rows.amount.push(0);
        rows.created.push(0);
        rows.since.push(0);
        rows.expected.push(0);
        self.moves.spans.set(row, 0, 0);
        row
    }

    fn is_unpriced(&self, row: u32) -> bool {
        self.rows.currency.of(row) != BASE
    }

    fn write(&mut self, row: u32, deal: &FactDeal<'_>) {
        self.forget(row);
        let at = index(row);
        let (books, rows) = (&mut self.books, &mut self.rows);
        let place = if deal.outcome == Outcome::Open { deal.stage } else { deal.end };
        let place = if place.is_nil() { nowhere(deal.outcome) } else { place };
        let place = books.place(place, deal.outcome);
        rows.owner.set(at, books.owners.code(&deal.owner));
        rows.customer.set(at, books.customers.code(&deal.customer));
        rows.pipeline.set(at, books.pipelines.code(&deal.pipeline));
        rows.stage.set(at, books.place(deal.stage, Outcome::Open));
        rows.place.set(at, place);
        rows.source.set(at, books.sources.code(deal.source));
        rows.region.set(at, books.regions.code(deal.region));
        rows.reason.set(at, books.reasons.code(deal.reason));
        rows.competitor.set(at, books.competitors.code(deal.competitor));
        let (minor, currency) = deal.amount.unwrap_or((0, ""));
        rows.currency.set(at, books.currencies.code(currency));
        rows.has_history.set(at, u32::from(deal.has_history));
        put(&mut rows.amount, at, minor);
        put(&mut rows.created, at, second(deal.created_at));
        put(&mut rows.since, at, second(deal.since));
        let day = deal.expected_day.map_or(0, |day| day.clamp(1, i32::from(u16::MAX)));
        let day = u16::try_from(day).unwrap_or(0);
        put(&mut rows.expected, at, day);
        self.farthest = self.farthest.max(day);
        self.nearest = self.nearest.min(day.checked_sub(1).map_or(u16::MAX, |_| day));
        if let Some(odds) = deal.odds {
            self.odds.insert(row, odds);
        }
        self.live = self.live.saturating_add(1);
        self.unpriced = self.unpriced.saturating_add(u64::from(self.is_unpriced(row)));
        self.most = self.most.max(minor.unsigned_abs());
        let (created, since) = (second(deal.created_at), second(deal.since));
        self.latest = self.latest.max(created).max(since);
        self.earliest = self.earliest.min(created).min(since);
    }

    /// Takes back what a row says.
    fn forget(&mut self, row: u32) {
        if self.rows.place.of(row) != 0 {
            self.live = self.live.saturating_sub(1);
            self.unpriced = self.unpriced.saturating_sub(u64::from(self.is_unpriced(row)));
        }
        self.odds.remove(&row);
        self.rows.place.set(index(row), 0);
    }

    /// Removes a deal with its moves and lines, where it is there.
    pub fn remove(&mut self, id: Uuid) {
        let Some(row) = self.row(id) else { return };
        self.touch(row, Part::Both, |facts| {
            facts.forget(row);
            facts.write_moves(row, &[]);
            facts.write_lines(row, &[]);
        });
    }

    /// Says which moves a deal that is there has made, oldest first.
    pub fn set_moves(&mut self, id: Uuid, moves: &[FactMove]) {
        let Some(row) = self.row(id) else { return };
        let moves = if self.rows.has_history.of(row) == 0 { &[] } else { moves };
        if moves.is_empty() && self.moves.spans.of(row).is_empty() {
            return;
        }
        self.touch(row, Part::Moves, |facts| facts.write_moves(row, moves));
        self.pack();
    }

    /// Adds the move number `ordinal`, from 0, of a deal that is there; `false` where it is not the next one.
    pub fn add_move(&mut self, id: Uuid, ordinal: u32, step: FactMove) -> bool {
        let Some(row) = self.row(id) else { return false };
        let span = self.moves.spans.of(row);
        if self.rows.has_history.of(row) == 0 || span.len() != index(ordinal) {
            return false;
        }
        let reached = self.rows.reached.of(row);
        let mut moves: Vec<(u32, u32)> = span.map(|at| self.moves.at(at)).collect();
        let latest = moves.last().map_or(0, |(_, at)| *at);
        let added = self.step(&step, moves.is_empty());
        moves.push((added, second(step.at).max(latest)));
        self.place_moves(row, &moves);
        let board = self.board.take();
        self.counted(board, |board, facts| board.add_move(facts, row, reached));
        self.pack();
        true
    }

    fn step(&mut self, step: &FactMove, is_first: bool) -> u32 {
        let outcome = match step.kind {
            MoveKind::Won => Outcome::Won,
            MoveKind::Lost => Outcome::Lost,
            MoveKind::Created | MoveKind::Moved | MoveKind::Reopened => Outcome::Open,
        };
        let to = self.books.place(step.to, outcome);
        let from = self.books.stages.code(&step.from);
        self.books.note(from, Outcome::Open, false);
        self.latest = self.latest.max(second(step.at));
        self.books.steps.code(&Step { kind: step.kind, from, to, is_first })
    }

    fn write_moves(&mut self, row: u32, moves: &[FactMove]) {
        let mut latest = 0;
        let mut coded = Vec::with_capacity(moves.len());
        for step in moves.iter().take(usize::from(u16::MAX)) {
            // A deal does not go back in time; where a host's history does, the later of the two is taken.
            latest = second(step.at).max(latest);
            coded.push((self.step(step, coded.is_empty()), latest));
        }
        self.place_moves(row, &coded);
    }

    fn place_moves(&mut self, row: u32, moves: &[(u32, u32)]) {
        let old = self.moves.spans.of(row);
        let pool = &mut self.moves;
        pool.empty = pool.empty.saturating_add(old.len());
        let is_last = !old.is_empty() && old.end == pool.at.len();
        for at in old.clone() {
            pool.step.set(at, 0);
        }
        let first = if moves.len() <= old.len() || is_last { old.start } else { pool.at.len() };
        let first = if old.is_empty() { pool.at.len() } else { first };
        for (at, (step, second)) in (first..).zip(moves) {
            if at < pool.at.len() {
                pool.step.set(at, *step);
                put(&mut pool.at, at, *second);
                pool.empty = pool.empty.saturating_sub(1);
            } else {
                pool.step.push(*step);
                pool.at.push(*second);
            }
        }
        pool.spans.set(row, first, moves.len());
        let reached: BTreeSet<u32> = moves
            .iter()
            .filter_map(|(step, _)| self.books.steps.value(*step))
            .map(|s| s.to)
            .collect();
        let reached: Vec<u32> = reached.into_iter().filter(|place| *place != 0).collect();
        let code = self.books.stage_sets.code(reached.as_slice());
        self.rows.reached.set(index(row), code);
    }

    /// Packs the pool of moves when a quarter of it is empty, in the order of rows.
    fn pack(&mut self) {
        let pool = &mut self.moves;
        if pool.empty < 1024 || pool.empty < pool.at.len() / 4 {
            return;
        }
        let mut packed = MovePool::default();
        for row in 0..number(self.rows.ids.len()) {
            let span = pool.spans.of(row);
            let first = packed.at.len();
            for at in span {
                let (step, second) = pool.at(at);
                packed.step.push(step);
                packed.at.push(second);
            }
            let count = packed.at.len().saturating_sub(first);
            packed.spans.set(row, first, count);
        }
        self.moves = packed;
    }

    /// Says which lines a deal that is there has.
    pub fn set_lines(&mut self, id: Uuid, lines: &[FactLine]) {
        let Some(row) = self.row(id) else { return };
        if lines.is_empty() && self.lines.spans.of(row).is_empty() {
            return;
        }
        self.touch(row, Part::Deal, |facts| facts.write_lines(row, lines));
    }

    fn write_lines(&mut self, row: u32, lines: &[FactLine]) {
        let (pool, books) = (&mut self.lines, &mut self.books);
        let old = pool.spans.of(row);
        if !old.is_empty() || !lines.is_empty() {
            pool.empty = pool.empty.saturating_add(old.len());
            let first = pool.rounded.len();
            let mut set = BTreeSet::new();
            for line in lines.iter().take(usize::from(u16::MAX)) {
                let product = books.products.code(&line.product);
                set.insert(product);
                pool.product.push(product);
                pool.rounded.push(line.rounded_minor);
                pool.exact.push(line.exact);
            }
            let count = pool.rounded.len().saturating_sub(first);
            pool.spans.set(row, first, count);
            let set: Vec<u32> = set.into_iter().collect();
            let code = books.product_sets.code(set.as_slice());
            self.rows.products.set(index(row), code);
        }
    }

    /// The months of a zone; made once for the zone that is asked first.
    fn months_of(&self, zone: Tz) -> Arc<Months> {
        let (first, months) = self.months.get_or_init(|| (zone, Arc::new(Months::of_zone(zone))));
        if *first == zone { Arc::clone(months) } else { Arc::new(Months::of_zone(zone)) }
    }

    /// Gives back memory that was kept for more rows: after the first pouring.
    pub fn settle(&mut self) {
        let rows = &mut self.rows;
        for codes in [
            &mut rows.owner,
            &mut rows.customer,
            &mut rows.pipeline,
            &mut rows.stage,
            &mut rows.place,
            &mut rows.reached,
            &mut rows.source,
            &mut rows.region,
            &mut rows.reason,
            &mut rows.competitor,
            &mut rows.products,
            &mut rows.currency,
            &mut rows.has_history,
            &mut self.moves.step,
        ] {
            codes.shrink();
        }
        rows.ids.shrink_to_fit();
        rows.amount.shrink_to_fit();
        rows.created.shrink_to_fit();
        rows.since.shrink_to_fit();
        rows.expected.shrink_to_fit();
        self.moves.at.shrink_to_fit();
    }
}

/// The code of the base currency; 0 is no amount at all.
const BASE: u32 = 1;

impl MovePool {
    fn at(&self, place: usize) -> (u32, u32) {
        (self.step.at(place), self.at.get(place).copied().unwrap_or(0))
    }
}

impl Books {
    /// The code of a place where deals stand so.
    fn place(&mut self, stage: Uuid, outcome: Outcome) -> u32 {
        let code = self.stages.code(&stage);
        self.note(code, outcome, outcome != Outcome::Open);
        code
    }

    /// Notes how deals in a place stand; an end stays one.
    fn note(&mut self, code: u32, outcome: Outcome, is_end: bool) {
        let at = index(code);
        let before = self.outcomes.get(at).copied();
        if before.is_none() {
            self.outcomes.resize(at.saturating_add(1), Outcome::Open);
        }
        self.turned |= is_end && before.is_some_and(|before| before != outcome);
        if is_end {
            put(&mut self.outcomes, at, outcome);
        }
    }

    fn outcome(&self, place: u32) -> Outcome {
        self.outcomes.get(index(place)).copied().unwrap_or(Outcome::Open)
    }
}
