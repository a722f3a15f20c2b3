//! Deals: where they stand and what they are worth by owner, region, source, products and month.

use core::ops::Range;

use super::rows::{Codes, Set};
use super::single::Lone;
use super::sought::{Kept, Sought, Window};
use super::{BLOCK, Code, Months, Sum, sampled};
use crate::analytics::facts::BASE;
use crate::analytics::facts::narrow::Narrow;
use crate::analytics::facts::question::{Question, Questions};
use crate::analytics::facts::values::percentile;

/// The columns of deals that the pass reads, all of one length.
#[derive(Clone, Copy)]
pub(in super::super) struct Deals<'a> {
    /// Owner, region, source, set of products.
    pub(in super::super) by: [&'a Narrow; 4],
    /// Where it stands: an open stage, or that of its end; 0 is a row without a deal.
    pub(in super::super) place: &'a Narrow,
    /// The set of stages that it has reached.
    pub(in super::super) reached: &'a Narrow,
    pub(in super::super) amount: &'a [i64],
    /// Where there are amounts that are not in the base currency: the currencies.
    pub(in super::super) currency: Option<&'a Narrow>,
    pub(in super::super) created: &'a [u32],
    /// Of an open deal: since when it stands where it stands; of a closed one: when it was closed.
    pub(in super::super) since: &'a [u32],
    /// Days since 1970; 0 is unknown.
    pub(in super::super) expected: &'a [u16],
}

/// What the pass is asked with.
#[derive(Clone, Copy)]
pub(in super::super) struct Ask<'a> {
    /// For each place: 1 open, 2 won, 0 else.
    pub(in super::super) class: &'a [u8],
    /// Places are held in rows of `1 << stride` counters.
    pub(in super::super) stride: u32,
    /// How many owners, regions, sources, sets of products, sets of stages there are.
    pub(in super::super) sizes: [usize; 5],
    pub(in super::super) months: &'a Months,
    /// How many months there are until the last in which a deal is expected, and until the last fact.
    pub(in super::super) until: [usize; 2],
    /// Open deals that stand where they stand since before this are stale, seconds.
    pub(in super::super) stale_before: u32,
    /// What is asked.
    pub(in super::super) asked: Questions,
}

impl Ask<'_> {
    /// Whether all counters are counted together: so many questions asked one by one take as long.
    pub(super) fn is_fused(&self) -> bool {
        self.asked.among(Questions::DEALS).len() >= FUSED
    }
}

/// With so many questions about deals all are counted together.
const FUSED: u32 = 6;
pub(super) const OPEN: u8 = 1;
pub(super) const WON: u8 = 2;

/// The counters of deals; those of what is not asked have no room.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(in super::super) struct Counts<S> {
    /// Deals by dimension, value and place: owner, region, source, set of products.
    pub(in super::super) by: [Vec<u32>; 4],
    /// Deals and worth by place.
    pub(in super::super) place: Vec<u32>,
    pub(in super::super) place_worth: Vec<S>,
    /// Won deals and their worth by owner.
    pub(in super::super) owner_won: Vec<u32>,
    pub(in super::super) owner_worth: Vec<S>,
    pub(in super::super) reached: Vec<u32>,
    pub(in super::super) won_month: Vec<u32>,
    pub(in super::super) won_worth: Vec<S>,
    /// Worth by month and place.
    pub(in super::super) expected: Vec<u32>,
    pub(in super::super) expected_worth: Vec<S>,
    pub(in super::super) stale: Vec<u32>,
    pub(in super::super) stale_worth: Vec<S>,
}

impl<S: Sum> Counts<S> {
    pub(in super::super) fn new(ask: &Ask<'_>) -> Self {
        let is_fused = ask.is_fused();
        let room = |of: Question, size: usize| if is_fused || ask.asked.has(of) { size } else { 0 };
        let of = |question, size: usize| vec![0; room(question, size) << ask.stride];
        let sums = |question, size: usize| vec![S::default(); room(question, size) << ask.stride];
        let [owners, regions, sources, products, sets] = ask.sizes;
        let by = [owners, regions, sources, products];
        let [expected, won] = ask.until;
        Self {
            by: by.map(|size| of(Question::WinRates, size)),
            place: of(Question::Stages, 1),
            place_worth: sums(Question::Stages, 1),
            owner_won: vec![0; room(Question::Top, owners)],
            owner_worth: vec![S::default(); room(Question::Top, owners)],
            reached: vec![0; room(Question::Reached, sets)],
            won_month: vec![0; room(Question::Won, won)],
            won_worth: vec![S::default(); room(Question::Won, won)],
            expected: of(Question::Forecast, expected),
            expected_worth: sums(Question::Forecast, expected),
            stale: of(Question::Stale, 1),
            stale_worth: sums(Question::Stale, 1),
        }
    }

    /// The same with sums of any size, both together.
    fn add_to(self, all: &mut Counts<i128>) {
        let wide = |all: &mut [i128], mine: Vec<S>| {
            all.iter_mut().zip(mine).for_each(|(all, mine)| *all += mine.wide());
        };
        let count = |all: &mut [u32], mine: &[u32]| {
            all.iter_mut().zip(mine).for_each(|(all, mine)| *all += mine);
        };
        all.by.iter_mut().zip(&self.by).for_each(|(all, mine)| count(all, mine));
        count(&mut all.place, &self.place);
        count(&mut all.owner_won, &self.owner_won);
        count(&mut all.reached, &self.reached);
        count(&mut all.won_month, &self.won_month);
        count(&mut all.expected, &self.expected);
        count(&mut all.stale, &self.stale);
        wide(&mut all.place_worth, self.place_worth);
        wide(&mut all.owner_worth, self.owner_worth);
        wide(&mut all.won_worth, self.won_worth);
        wide(&mut all.expected_worth, self.expected_worth);
        wide(&mut all.stale_worth, self.stale_worth);
    }
}

/// From the making of each won deal until it was won, in seconds.
#[derive(Default)]
pub(in super::super) struct Cycles {
    pub(in super::super) count: u64,
    pub(in super::super) sum: u64,
    /// The median and the ninth decile, in hundredths.
    pub(in super::super) percentiles: [u64; 2],
    /// Those that are in each window, and how many are above it.
    kept: [Kept<u32>; 2],
    above: [u64; 2],
    sought: [Sought; 2],
    windows: [Window; 2],
}

const PERCENTS: [u32; 2] = [50, 90];

impl Cycles {
    fn within(windows: [Window; 2]) -> Self {
        Self { windows, ..Self::default() }
    }

    /// Counts some, of a block at most.
    pub(super) fn see(&mut self, all: &[u32]) {
        self.count += all.len() as u64;
        self.sum += all.iter().map(|seconds| u64::from(*seconds)).sum::<u64>();
        for (at, window) in self.windows.into_iter().enumerate() {
            let mut above = 0_u32;
            self.kept[at].keep(all.iter().map(|value| {
                above = above.wrapping_add(u32::from(window.is_below(*value)));
                (*value, window.holds(*value))
            }));
            self.above[at] += u64::from(above);
        }
    }

    /// All that this thread counts are counted.
    fn ended(&mut self) {
        for ((sought, kept), above) in self.sought.iter_mut().zip(&mut self.kept).zip(self.above) {
            *sought = Sought { above, values: core::mem::take(kept).into() };
        }
    }

    fn add(&mut self, other: Self) {
        self.count += other.count;
        self.sum += other.sum;
        self.sought.iter_mut().zip(other.sought).for_each(|(all, more)| all.add(more));
    }

    /// The percentiles, too.
    pub(super) fn told(mut self, deals: &Deals<'_>, ask: &Ask<'_>) -> Self {
        if self.count == 0 {
            return self;
        }
        for (at, percent) in PERCENTS.into_iter().enumerate() {
            let found = self.sought[at].percentile(self.count, percent);
            self.percentiles[at] = found.unwrap_or_else(|| {
                let mut all: Vec<u32> = deals.cycles(ask, 0..deals.rows()).collect();
                percentile(&mut all, percent).unwrap_or(0)
            });
        }
        self
    }
}

impl Deals<'_> {
    pub(super) fn rows(&self) -> usize {
        self.amount.len()
    }

    fn cycles(&self, ask: &Ask<'_>, rows: Range<usize>) -> impl Iterator<Item = u32> {
        let won = rows.filter(|row| ask.class[self.place.at(*row) as usize] == WON);
        won.map(|row| self.since[row].saturating_sub(self.created[row]))
    }

    /// Where the percentiles of cycles may lie.
    pub(super) fn windows(&self, ask: &Ask<'_>) -> [Window; 2] {
        if !ask.is_fused() && !ask.asked.has(Question::Cycle) {
            return [Window::NONE; 2];
        }
        let mut some = Vec::new();
        sampled(self.rows(), 8).for_each(|rows| some.extend(self.cycles(ask, rows)));
        PERCENTS.map(|percent| Window::around(&mut some, percent as usize))
    }
}

/// The counters of one place by codes of a byte: all of a row are found from one address, whatever the byte is.
#[derive(Clone)]
pub(super) struct Place<S> {
    pub(super) owner: [u32; 256],
    worth: [S; 256],
    pub(super) by: [[u32; 256]; 3],
}

/// What one thread adds up.
pub(super) struct Part<S> {
    pub(super) places: Vec<Place<S>>,
    /// The places that are open, and those that are won, where they are bytes.
    pub(super) open: Codes,
    pub(super) won: Codes,
    reached: [u32; 256],
    pub(super) counts: Counts<S>,
    pub(super) found: Cycles,
    /// Where questions are counted one by one: what they have besides.
    pub(super) lone: Option<Box<Lone<S>>>,
}

/// Rows of a block by how they stand.
pub(super) struct Rows {
    pub(super) open: Set,
    pub(super) won: Set,
    pub(super) cycles: [u32; BLOCK],
}

/// Codes of a byte, as many as a block has rows, that say nothing: of a column that is wider.
pub(super) static NOTHING: [u8; BLOCK] = [0; BLOCK];

/// The codes of a block where they are bytes.
pub(super) fn bytes(column: &Narrow, rows: Range<usize>) -> Option<&[u8]> {
    match column {
        Narrow::U8(codes) => Some(&codes[rows]),
        Narrow::U16(_) | Narrow::U32(_) => None,
    }
}

impl<S: Sum> Part<S> {
    pub(super) fn new(deals: &Deals<'_>, ask: &Ask<'_>, windows: [Window; 2]) -> Self {
        // With more places than a byte tells apart, none is counted so.
        let is_by_place = ask.is_fused() || ask.asked.has(Question::WinRates);
        let narrow = if deals.place.width() == 1 && is_by_place { 1 << ask.stride } else { 0 };
        let place = Place { owner: [0; 256], worth: [S::default(); 256], by: [[0; 256]; 3] };
        Self {
            places: vec![place; narrow],
            open: Codes::of(ask.class, OPEN),
            won: Codes::of(ask.class, WON),
            reached: [0; 256],
            counts: Counts::new(ask),
            found: Cycles::within(windows),
            lone: (!ask.is_fused()).then(|| Box::new(Lone::new())),
        }
    }

    /// All deals that this thread counts are counted.
    pub(super) fn ended(mut self, deals: &Deals<'_>, ask: &Ask<'_>) -> Self {
        if let Some(lone) = self.lone.take() {
            lone.add_to(&mut self.counts);
        } else if deals.by[0].width() == 1 {
            self.by_owner(ask);
        }
        self.found.ended();
        self
    }

    /// What places and owners have together, where owners are bytes.
    fn by_owner(&mut self, ask: &Ask<'_>) {
        let counts = &mut self.counts;
        for (place, mine) in self.places.iter().enumerate() {
            let is_won = ask.class[place] == WON;
            let won = counts.owner_won.iter_mut().zip(&mut counts.owner_worth);
            for ((deals, worth), (won, won_worth)) in mine.owner.iter().zip(&mine.worth).zip(won) {
                counts.place[place] += deals;
                counts.place_worth[place].sum(*worth);
                if is_won {
                    *won += deals;
                    won_worth.sum(*worth);
                }
            }
        }
    }

    /// Counts the deals of a unit.
    pub(super) fn count(&mut self, deals: &Deals<'_>, ask: &Ask<'_>, unit: Range<usize>) {
        let mut priced = [0; BLOCK];
        let mut found = Rows { open: Set::NONE, won: Set::NONE, cycles: [0; BLOCK] };
        let mut from = unit.start;
        while from < unit.end {
            let rows = from..(from + BLOCK).min(unit.end);
            from = rows.end;
            let worth = worth(deals, rows.clone(), &mut priced);
            if let Some(mut lone) = self.lone.take() {
                self.singly(&mut lone, deals, ask, rows, worth);
                self.lone = Some(lone);
                continue;
            }
            match deals.place {
                Narrow::U8(place) => {
                    let place = &place[rows.clone()];
                    self.narrow(deals, rows.clone(), place, worth);
                    found.open = Set::of_codes(place, &self.open);
                    found.won = Set::of_codes(place, &self.won);
                    self.wide(deals, ask, rows.clone(), place, worth, true);
                    self.by_class(deals, ask, rows, place, worth, &mut found);
                }
                Narrow::U16(place) => {
                    self.all_wide(deals, ask, rows.clone(), &place[rows], worth, &mut found);
                }
                Narrow::U32(place) => {
                    self.all_wide(deals, ask, rows.clone(), &place[rows], worth, &mut found);
                }
            }
        }
    }

    fn all_wide<P: Code>(
        &mut self,
        deals: &Deals<'_>,
        ask: &Ask<'_>,
        rows: Range<usize>,
        place: &[P],
        worth: &[i64],
        found: &mut Rows,
    ) {
        found.open = Set::of(place, |place| ask.class[place.index()] == OPEN);
        found.won = Set::of(place, |place| ask.class[place.index()] == WON);
        self.wide(deals, ask, rows.clone(), place, worth, false);
        self.by_class(deals, ask, rows, place, worth, found);
    }

    /// Counts the columns whose codes are bytes.
    fn narrow(&mut self, deals: &Deals<'_>, rows: Range<usize>, place: &[u8], worth: &[i64]) {
        let of = |column| bytes(column, rows.clone()).unwrap_or(&NOTHING[..place.len()]);
        let [owner, region, source, products] = deals.by.map(of);
        let codes = [place, owner, region, source, products, of(deals.reached)];
        let tail;
        let block = match Block::of(codes, worth) {
            Some(block) => block,
            None => {
                tail = (codes.map(padded), padded(worth));
                Block { codes: tail.0.each_ref(), worth: &tail.1 }
            }
        };
        tally(&block, &mut self.places, &mut self.reached);
    }

    /// Counts the columns whose codes are wider than a byte; where places are, all of them.
    fn wide<P: Code>(
        &mut self,
        deals: &Deals<'_>,
        ask: &Ask<'_>,
        rows: Range<usize>,
        place: &[P],
        worth: &[i64],
        is_place_narrow: bool,
    ) {
        self.wide_by(deals, ask, rows.clone(), place, is_place_narrow);
        let counts = &mut self.counts;
        if !(is_place_narrow && deals.by[0].width() == 1) {
            for (place, minor) in place.iter().zip(worth) {
                let cell = &mut counts.place[place.index()];
                *cell = cell.wrapping_add(1);
                counts.place_worth[place.index()].add(*minor);
            }
            each(deals.by[0], rows.clone(), |row, code| {
                if ask.class[place[row].index()] == WON {
                    counts.owner_won[code] += 1;
                    counts.owner_worth[code].add(worth[row]);
                }
            });
        }
        if !(is_place_narrow && deals.reached.width() == 1) {
            each(deals.reached, rows, |_, code| {
                counts.reached[code] = counts.reached[code].wrapping_add(1);
            });
        }
    }

    pub(super) fn wide_by<P: Code>(
        &mut self,
        deals: &Deals<'_>,
        ask: &Ask<'_>,
        rows: Range<usize>,
        place: &[P],
        is_place_narrow: bool,
    ) {
        for (column, cells) in deals.by.into_iter().zip(&mut self.counts.by) {
            if !(is_place_narrow && column.width() == 1) {
                each(column, rows.clone(), |row, code| {
                    let cell = &mut cells[(code << ask.stride) + place[row].index()];
                    *cell = cell.wrapping_add(1);
                });
            }
        }
    }

    /// Counts what is asked of open deals only, and of won ones.
    fn by_class<P: Code>(
        &mut self,
        deals: &Deals<'_>,
        ask: &Ask<'_>,
        rows: Range<usize>,
        place: &[P],
        worth: &[i64],
        found: &mut Rows,
    ) {
        let counts = &mut self.counts;
        let length = place.len();
        let expected = &deals.expected[rows.clone()][..length];
        let (since, created) =
            (&deals.since[rows.clone()][..length], &deals.created[rows][..length]);
        found.open.for_each(|row| {
            let (at, minor) = (place[row].index(), worth[row]);
            let month = ask.months.of_date[usize::from(expected[row])];
            let cell = (usize::from(month) << ask.stride) + at;
            counts.expected[cell] = counts.expected[cell].wrapping_add(1);
            counts.expected_worth[cell].add(minor);
            let is_stale = since[row] < ask.stale_before;
            counts.stale[at] = counts.stale[at].wrapping_add(u32::from(is_stale));
            counts.stale_worth[at].add(minor & -i64::from(is_stale));
        });
        let mut wons = 0_usize;
        found.won.for_each(|row| {
            let month = ask.months.of(since[row]);
            counts.won_month[month] = counts.won_month[month].wrapping_add(1);
            counts.won_worth[month].add(worth[row]);
            found.cycles[wons & (BLOCK - 1)] = since[row].saturating_sub(created[row]);
            wons += 1;
        });
        self.found.see(&found.cycles[..wons]);
    }

    /// Adds what was counted to the counters of all.
    pub(super) fn add_to(
        self,
        deals: &Deals<'_>,
        ask: &Ask<'_>,
        all: &mut Counts<i128>,
        cycles: &mut Cycles,
    ) {
        self.counts.add_to(all);
        cycles.add(self.found);
        for (place, mine) in self.places.iter().enumerate() {
            let columns = [&mine.owner, &mine.by[0], &mine.by[1], &mine.by[2]];
            for ((all, mine), column) in all.by.iter_mut().zip(columns).zip(deals.by) {
                if column.width() == 1 {
                    let rows = all.chunks_mut(1 << ask.stride);
                    rows.zip(mine).for_each(|(row, mine)| row[place] += mine);
                }
            }
        }
        if deals.reached.width() == 1 {
            all.reached.iter_mut().zip(self.reached).for_each(|(all, mine)| *all += mine);
        }
    }
}

/// A block of codes that are bytes, with amounts.
struct Block<'a> {
    /// Place, owner, region, source, set of products, set of stages.
    codes: [&'a [u8; BLOCK]; 6],
    worth: &'a [i64; BLOCK],
}

impl<'a> Block<'a> {
    /// The block that columns are, if they are as long.
    fn of(codes: [&'a [u8]; 6], worth: &'a [i64]) -> Option<Self> {
        let [a, b, c, d, e, f] = codes.map(|codes| codes.first_chunk());
        Some(Self { codes: [a?, b?, c?, d?, e?, f?], worth: worth.first_chunk()? })
    }
}

/// A whole block: behind the last row stand rows without a deal.
fn padded<T: Copy + Default>(rows: &[T]) -> [T; BLOCK] {
    let mut block = [T::default(); BLOCK];
    block[..rows.len()].copy_from_slice(rows);
    block
}

/// Counts a block. A function of its own, so that most of what it works with has a register.
#[inline(never)]
fn tally<S: Sum>(block: &Block<'_>, places: &mut [Place<S>], reached: &mut [u32; 256]) {
    let [place, owner, region, source, products, reaches] = block.codes;
    for row in 0..BLOCK {
        let at = &mut places[place[row] as usize];
        let owner = owner[row] as usize;
        at.owner[owner] = at.owner[owner].wrapping_add(1);
        at.worth[owner].add(block.worth[row]);
    }
    for row in 0..BLOCK {
        let [by_region, by_source, by_products] = &mut places[place[row] as usize].by;
        let region = &mut by_region[region[row] as usize];
        *region = region.wrapping_add(1);
        let source = &mut by_source[source[row] as usize];
        *source = source.wrapping_add(1);
        let products = &mut by_products[products[row] as usize];
        *products = products.wrapping_add(1);
        let reached = &mut reached[reaches[row] as usize];
        *reached = reached.wrapping_add(1);
    }
}

/// Amounts in the base currency; 0 of an unpriced deal.
fn worth<'a>(deals: &Deals<'a>, rows: Range<usize>, priced: &'a mut [i64; BLOCK]) -> &'a [i64] {
    let amount = &deals.amount[rows.clone()];
    let Some(currency) = deals.currency else { return amount };
    each(currency, rows, |row, code| {
        priced[row] = if code == BASE as usize { amount[row] } else { 0 };
    });
    &priced[..amount.len()]
}

/// Calls for each row of a block with its number in the block and its code.
#[inline(always)]
pub(super) fn each(column: &Narrow, rows: Range<usize>, mut call: impl FnMut(usize, usize)) {
    match column {
        Narrow::U8(codes) => {
            codes[rows].iter().enumerate().for_each(|(row, code)| call(row, code.index()));
        }
        Narrow::U16(codes) => {
            codes[rows].iter().enumerate().for_each(|(row, code)| call(row, code.index()));
        }
        Narrow::U32(codes) => {
            codes[rows].iter().enumerate().for_each(|(row, code)| call(row, code.index()));
        }
    }
}
