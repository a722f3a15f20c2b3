//! The fused pass: every counter of the dashboard from one reading of the columns. Tight loops over slices without a
//! branch that data decides; what they mean is said where they are called. The tests hold a slow twin of all of it.
//! Where few questions are asked, each has a loop of its own and reads its own columns only.
//!
//! Threads take units of deals and of moves from two queues until both are empty; what they add up does not depend on who
//! took which. Percentiles are looked for between two bounds that a sample gives, so that the columns are read once.
#![expect(
    clippy::indexing_slicing,
    clippy::arithmetic_side_effects,
    clippy::cast_possible_truncation,
    reason = "inner loops: every index is bounded by the slice it reads, every sum by the bound that `run` checks"
)]

mod deals;
mod moves;
mod rows;
mod single;
mod sought;
#[cfg(test)]
mod tests;

use core::sync::atomic::{AtomicUsize, Ordering};
use std::sync::OnceLock;

pub(super) use deals::{Ask, Counts, Cycles, Deals};
pub(super) use moves::{Moves, Stays, Steps};

use super::question::Questions;

/// Rows that are worked on at a time: what they touch stays in the nearest cache.
const BLOCK: usize = 1024;
/// Deals, and moves, that a thread takes at a time.
const UNIT: usize = 32 * BLOCK;

/// A code in its column.
trait Code: Copy + Default {
    fn index(self) -> usize;
}

impl Code for u8 {
    #[inline(always)]
    fn index(self) -> usize {
        self as usize
    }
}

impl Code for u16 {
    #[inline(always)]
    fn index(self) -> usize {
        self as usize
    }
}

impl Code for u32 {
    #[inline(always)]
    fn index(self) -> usize {
        self as usize
    }
}

/// A sum of amounts.
pub(super) trait Sum: Copy + Default + Send {
    fn add(&mut self, minor: i64);
    fn sum(&mut self, other: Self);
    fn wide(self) -> i128;
}

impl Sum for i64 {
    fn sum(&mut self, other: Self) {
        *self = self.wrapping_add(other);
    }

    #[inline(always)]
    fn add(&mut self, minor: i64) {
        *self = self.wrapping_add(minor);
    }

    fn wide(self) -> i128 {
        i128::from(self)
    }
}

impl Sum for i128 {
    fn sum(&mut self, other: Self) {
        *self = self.wrapping_add(other);
    }

    #[inline(always)]
    fn add(&mut self, minor: i64) {
        *self = self.wrapping_add(i128::from(minor));
    }

    fn wide(self) -> i128 {
        self
    }
}

/// The months of a zone, numbered from January 1970.
#[derive(Debug)]
pub(super) struct Months {
    /// The month of the first second of each day of UTC.
    pub(super) of_day: Vec<u16>,
    /// The first second of each month, one more than there are months.
    pub(super) starts: Vec<u32>,
    /// The month of each day of the calendar.
    pub(super) of_date: Vec<u16>,
}

impl Months {
    /// The month of an instant.
    #[inline(always)]
    pub(super) fn of(&self, seconds: u32) -> usize {
        let month = self.of_day[(seconds / 86_400) as usize] as usize;
        month + usize::from(seconds >= self.starts[month + 1])
    }
}

/// Counters of bytes, four of each: a byte that comes twice in a row does not wait for its own counter.
type Lanes<T> = [[T; 256]; 4];

/// Counts codes that are bytes.
#[inline(never)]
fn tally_bytes(codes: &[u8], lanes: &mut Lanes<u32>) {
    let (turns, rest) = codes.as_chunks::<8>();
    for codes in turns {
        for (code, lane) in codes.iter().zip([0, 1, 2, 3, 0, 1, 2, 3]) {
            let cell = &mut lanes[lane][*code as usize];
            *cell = cell.wrapping_add(1);
        }
    }
    for code in rest {
        lanes[0][*code as usize] += 1;
    }
}

/// What is counted of a code.
fn of_lanes(lanes: &Lanes<u32>) -> impl Iterator<Item = u32> {
    (0..256).map(|code| lanes.iter().map(|lane| lane[code]).sum())
}

/// What all threads have found together.
pub(super) struct Found {
    pub(super) counts: Counts<i128>,
    pub(super) cycles: Cycles,
    pub(super) steps: Steps,
    pub(super) stays: Vec<Stays>,
}

/// Counts everything. `most` is a bound on the size of every amount: sums are narrow only where nothing can overflow.
pub(super) fn run(
    deals: &Deals<'_>,
    ask: &Ask<'_>,
    most: u64,
    moves: &Moves<'_>,
    threads: usize,
) -> Found {
    let total = u128::from(most) * deals.rows() as u128;
    if total < u128::from(i64::MAX.unsigned_abs()) {
        Pass::<i64>::run(deals, ask, moves, threads)
    } else {
        Pass::<i128>::run(deals, ask, moves, threads)
    }
}

/// What one thread adds up.
struct Pass<S> {
    deals: Option<deals::Part<S>>,
    moves: Option<moves::Part>,
}

/// What is left to be taken, and where percentiles are looked for.
#[derive(Default)]
struct Queue {
    deals: AtomicUsize,
    moves: AtomicUsize,
    cycles: OnceLock<[sought::Window; 2]>,
    stays: OnceLock<Vec<sought::Window>>,
}

impl<S: Sum> Pass<S> {
    fn run(deals: &Deals<'_>, ask: &Ask<'_>, moves: &Moves<'_>, threads: usize) -> Found {
        let rows = |of: Questions, rows| if ask.asked.has_any(of) { rows } else { 0 };
        let (deal_rows, move_rows) =
            (rows(Questions::DEALS, deals.rows()), rows(Questions::MOVES, moves.rows()));
        let units = (deal_rows + move_rows) / UNIT;
        let threads =
            if cfg!(feature = "parallel") { threads.clamp(1, 64).min(1 + units) } else { 1 };
        let queue = Queue::default();
        let parts = std::thread::scope(|scope| {
            let work = |number| Self::work(deals, ask, moves, &queue, number);
            let others: Vec<_> = (1..threads).map(|n| scope.spawn(move || work(n))).collect();
            let mine = work(0);
            let others = others.into_iter().map(|other| other.join().ok());
            core::iter::once(Some(mine)).chain(others).collect::<Option<Vec<_>>>()
        });
        // What a thread had taken that could not end is lost: all of it is done here.
        let alone = || vec![Self::work(deals, ask, moves, &Queue::default(), 0)];
        let mut counts = Counts::new(ask);
        let mut cycles = Cycles::default();
        let mut steps = moves::Part::default();
        for part in parts.unwrap_or_else(alone) {
            if let Some(part) = part.deals {
                part.add_to(deals, ask, &mut counts, &mut cycles);
            }
            if let Some(part) = part.moves {
                steps.add(part);
            }
        }
        let (steps, stays) = steps.told(moves, ask.asked);
        Found { counts, cycles: cycles.told(deals, ask), steps, stays }
    }

    /// Every other thread begins with the moves, so that each looks for other bounds first.
    fn work(
        deals: &Deals<'_>,
        ask: &Ask<'_>,
        moves: &Moves<'_>,
        queue: &Queue,
        number: usize,
    ) -> Self {
        let mut part = Self { deals: None, moves: None };
        if number.is_multiple_of(2) {
            part.take_deals(deals, ask, queue);
            part.take_moves(moves, ask, queue);
        } else {
            part.take_moves(moves, ask, queue);
            part.take_deals(deals, ask, queue);
        }
        part.deals = part.deals.map(|part| part.ended(deals, ask));
        part.moves = part.moves.map(|part| part.ended(moves));
        part
    }

    fn take_deals(&mut self, deals: &Deals<'_>, ask: &Ask<'_>, queue: &Queue) {
        if !ask.asked.has_any(Questions::DEALS) {
            return;
        }
        while let Some(rows) = taken(&queue.deals, deals.rows()) {
            let windows = queue.cycles.get_or_init(|| deals.windows(ask));
            self.deals
                .get_or_insert_with(|| deals::Part::new(deals, ask, *windows))
                .count(deals, ask, rows);
        }
    }

    fn take_moves(&mut self, moves: &Moves<'_>, ask: &Ask<'_>, queue: &Queue) {
        if !ask.asked.has_any(Questions::MOVES) {
            return;
        }
        while let Some(rows) = taken(&queue.moves, moves.rows()) {
            let part = match &mut self.moves {
                Some(part) => part,
                none => {
                    let windows = queue.stays.get_or_init(|| moves.windows(ask.asked));
                    none.insert(moves::Part::new(moves, windows, ask.asked))
                }
            };
            part.count(moves, rows);
        }
    }
}

/// The next rows that nobody has taken.
fn taken(next: &AtomicUsize, rows: usize) -> Option<core::ops::Range<usize>> {
    let from = next.fetch_add(1, Ordering::Relaxed) * UNIT;
    (from < rows).then(|| from..(from + UNIT).min(rows))
}

/// Rows that stand for all: runs of `run` rows, one somewhere in each of up to 1,024 equal parts.
fn sampled(rows: usize, run: usize) -> impl Iterator<Item = core::ops::Range<usize>> {
    let parts = (rows / run).min(1024);
    let part = rows.checked_div(parts).unwrap_or(0);
    (0..parts).map(move |number| {
        // Somewhere else in each, so that no rhythm of the rows falls in with the parts.
        let within = (number as u64).wrapping_mul(0x9E37_79B9_7F4A_7C15) >> 32;
        let from = number * part + (within as usize) % (part - run + 1);
        from..from + run
    })
}
