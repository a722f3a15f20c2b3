//! Moves: how often each step was made, and how long deals stood where they left.

use core::ops::{Index, IndexMut, Range};

use super::rows::Set;
use super::sought::{Kept, Sought, Window};
use super::{BLOCK, Code, Lanes, of_lanes, sampled, tally_bytes};
use crate::analytics::facts::narrow::Narrow;
use crate::analytics::facts::question::{Question, Questions};
use crate::analytics::facts::values::percentile;

/// The columns of moves that the pass reads.
#[derive(Clone, Copy)]
pub(in super::super) struct Moves<'a> {
    /// What it did: code of its kind, from where, to where; 0 is no move.
    pub(in super::super) step: &'a Narrow,
    pub(in super::super) at: &'a [u32],
    /// For each step the place that it left, which is 0 where no time in stage ends with it.
    pub(in super::super) left: &'a [u32],
    /// How many places there are.
    pub(in super::super) places: usize,
}

/// How often each step was made.
pub(in super::super) type Steps = Vec<u32>;

/// Times in a place, in seconds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in super::super) struct Stays {
    pub(in super::super) place: usize,
    pub(in super::super) count: u64,
    pub(in super::super) sum: u64,
    /// The ninth decile, in hundredths.
    pub(in super::super) p90: u64,
}

const PERCENT: u32 = 90;
/// Sums of a unit hold the number of moves above their seconds: 2^15 moves of less than 2^32 seconds.
const ONE: u64 = 1 << 48;

impl Moves<'_> {
    pub(super) fn rows(&self) -> usize {
        self.at.len()
    }

    fn before(&self, row: usize) -> u32 {
        row.checked_sub(1).map_or(0, |row| self.at[row])
    }

    /// The time in the place that a step left, and the place; 0 where it left none.
    #[inline(always)]
    fn stay(&self, row: usize) -> (usize, u32) {
        let stood = self.at[row].wrapping_sub(self.before(row));
        (self.left[self.step.at(row) as usize] as usize, stood)
    }

    /// Where the ninth decile of the times in each place may lie.
    pub(super) fn windows(&self, asked: Questions) -> Vec<Window> {
        if !asked.has(Question::Dwell) {
            return vec![Window::NONE; self.places];
        }
        let mut samples = vec![Vec::new(); self.places];
        for rows in sampled(self.rows(), 8) {
            for (place, stood) in rows.map(|row| self.stay(row)) {
                samples[place].push(stood);
            }
        }
        let mut windows: Vec<Window> =
            samples.iter_mut().map(|some| Window::around(some, PERCENT as usize)).collect();
        windows[0] = Window::NONE;
        windows
    }

    /// The ninth decile of the times in a place from all of them.
    fn p90(&self, place: usize) -> u64 {
        let stays = (0..self.rows()).map(|row| self.stay(row)).filter(|(of, _)| *of == place);
        percentile(&mut stays.map(|(_, stood)| stood).collect::<Vec<_>>(), PERCENT).unwrap_or(0)
    }
}

/// What one thread adds up.
#[derive(Default)]
pub(super) struct Part {
    windows: Vec<Window>,
    /// For each step the window of the place that it left: its least time, and how much longer its longest is.
    low: Vec<u32>,
    span: Vec<u32>,
    /// Of the unit: see [`ONE`].
    sums: Vec<u64>,
    count: Vec<u32>,
    seconds: Vec<u64>,
    /// The times that are in the window of their step, which stands above them.
    kept: Kept<u64>,
    /// For each step how many times are in its window, or above.
    late: Vec<u64>,
    sought: Vec<Sought>,
    /// Where no time is asked: how often each step that is a byte was made.
    steps: Option<Box<Lanes<u32>>>,
}

impl Part {
    pub(super) fn new(moves: &Moves<'_>, windows: &[Window], asked: Questions) -> Self {
        let steps = moves.left.len();
        // A byte finds a place whatever it is.
        let room = steps.max(256);
        let of_step = |what: fn(&Window) -> u32, none: u32| {
            let each = moves.left.iter().map(|place| what(&windows[*place as usize]));
            let mut each: Vec<u32> = each.collect();
            each.resize(room, none);
            each
        };
        Self {
            windows: windows.to_vec(),
            low: of_step(|window| window.low, u32::MAX),
            span: of_step(|window| window.span, 0),
            sums: vec![0; room],
            count: vec![0; steps],
            seconds: vec![0; steps],
            kept: Kept::default(),
            late: vec![0; room],
            sought: Vec::new(),
            steps: (!asked.has(Question::Dwell)).then(|| Box::new([[0; 256]; 4])),
        }
    }

    /// All moves that this thread counts are counted.
    pub(super) fn ended(mut self, moves: &Moves<'_>) -> Self {
        self.sought = vec![Sought::default(); self.windows.len()];
        for (place, late) in moves.left.iter().zip(&self.late) {
            self.sought[*place as usize].above += late;
        }
        for kept in self.kept.all() {
            let sought = &mut self.sought[moves.left[(*kept >> 32) as usize] as usize];
            sought.values.push(*kept as u32);
        }
        // Until here they were counted among those above.
        for sought in &mut self.sought {
            sought.above = sought.above.saturating_sub(sought.values.len() as u64);
        }
        self.kept = Kept::default();
        if let Some(lanes) = &self.steps {
            self.count.iter_mut().zip(of_lanes(lanes)).for_each(|(all, more)| *all += more);
        }
        self
    }

    /// Counts the moves of a unit.
    pub(super) fn count(&mut self, moves: &Moves<'_>, rows: Range<usize>) {
        if let Some(lanes) = &mut self.steps {
            match moves.step {
                Narrow::U8(step) => tally_bytes(&step[rows], lanes),
                Narrow::U16(step) => tally(&step[rows], &mut self.count),
                Narrow::U32(step) => tally(&step[rows], &mut self.count),
            }
            return;
        }
        match moves.step {
            Narrow::U8(step) => self.unit(moves, step, rows),
            Narrow::U16(step) => self.unit(moves, step, rows),
            Narrow::U32(step) => self.unit(moves, step, rows),
        }
        let (count, seconds) = (self.count.iter_mut(), self.seconds.iter_mut());
        for (sum, (count, seconds)) in self.sums.iter_mut().zip(count.zip(seconds)) {
            *count += (*sum / ONE) as u32;
            *seconds += *sum % ONE;
            *sum = 0;
        }
    }

    fn unit<C: Code>(&mut self, moves: &Moves<'_>, step: &[C], rows: Range<usize>) {
        let mut late = [0; BLOCK];
        // Behind the last move there are none: step 0, which is not told.
        let mut padded = ([C::default(); BLOCK], [0; BLOCK], [0; BLOCK]);
        let mut from = rows.start;
        while from < rows.end {
            let until = rows.end.min(from + BLOCK);
            let before = moves.at[from.saturating_sub(1)..].first_chunk().filter(|_| from > 0);
            let (step, at) = (&step[from..until], &moves.at[from..until]);
            let (step, at, before) = match (step.first_chunk(), at.first_chunk(), before) {
                (Some(step), Some(at), Some(before)) => (step, at, before),
                // The first block of all, and the last.
                _ => {
                    padded.0[..step.len()].copy_from_slice(step);
                    padded.0[step.len()..].fill(C::default());
                    padded.1[..at.len()].copy_from_slice(at);
                    padded.1[at.len()..].fill(0);
                    padded.2[0] = moves.before(from);
                    padded.2[1..].copy_from_slice(&padded.1[..BLOCK - 1]);
                    (&padded.0, &padded.1, &padded.2)
                }
            };
            from = until;
            let block = (step, at, before);
            let windows = (self.low.as_slice(), self.span.as_slice());
            let counts = (self.sums.as_mut_slice(), self.late.as_mut_slice());
            let narrow = (windows.0.first_chunk::<256>(), windows.1.first_chunk::<256>());
            if let (Some(low), Some(span)) = narrow
                && size_of::<C>() == 1
                && let Some(sums) = counts.0.first_chunk_mut::<256>()
                && let Some(all) = counts.1.first_chunk_mut::<256>()
            {
                stays(block, low, sums, &mut late);
                keep(block, &Set::of_flags(&late), (low, span), all, &mut self.kept);
            } else {
                stays(block, windows.0, counts.0, &mut late);
                keep(block, &Set::of_flags(&late), windows, counts.1, &mut self.kept);
            }
        }
    }

    pub(super) fn add(&mut self, other: Self) {
        if self.windows.is_empty() {
            *self = other;
            return;
        }
        self.count.iter_mut().zip(other.count).for_each(|(all, more)| *all += more);
        self.seconds.iter_mut().zip(other.seconds).for_each(|(all, more)| *all += more);
        self.sought.iter_mut().zip(other.sought).for_each(|(all, more)| all.add(more));
    }

    /// How often each step was made, and the times in each place that was left.
    pub(super) fn told(mut self, moves: &Moves<'_>, asked: Questions) -> (Steps, Vec<Stays>) {
        if !asked.has(Question::Dwell) {
            return (self.count, Vec::new());
        }
        let mut stays: Vec<Stays> =
            (0..moves.places).map(|place| Stays { place, count: 0, sum: 0, p90: 0 }).collect();
        let steps = self.count.iter().zip(&self.seconds);
        for (place, (count, seconds)) in moves.left.iter().zip(steps) {
            let stays = &mut stays[*place as usize];
            stays.count += u64::from(*count);
            stays.sum = stays.sum.wrapping_add(*seconds);
        }
        stays.retain(|stays| stays.place != 0 && stays.count > 0);
        for stays in &mut stays {
            let (place, count) = (stays.place, stays.count);
            let p90 = self.sought[place].percentile(count, PERCENT);
            stays.p90 = p90.unwrap_or_else(|| moves.p90(place));
        }
        (self.count, stays)
    }
}

/// Counts codes that are wider than a byte.
fn tally<C: Code>(codes: &[C], cells: &mut [u32]) {
    for code in codes {
        cells[code.index()] += 1;
    }
}

/// The moves of a block: their steps, when they were made, and when those before them were.
type Block<'a, C> = (&'a [C; BLOCK], &'a [u32; BLOCK], &'a [u32; BLOCK]);

/// Counts the moves of a block and flags those that stood as long as `low` of their step, or longer. A function of its
/// own, so that all it works with has a register.
#[inline(never)]
fn stays<C: Code>(
    (step, at, before): Block<'_, C>,
    low: &(impl Index<usize, Output = u32> + ?Sized),
    sums: &mut (impl IndexMut<usize, Output = u64> + ?Sized),
    late: &mut [u8; BLOCK],
) {
    // Four a turn: the loop itself costs a sixth of it.
    for turn in 0..BLOCK / 4 {
        for row in 4 * turn..4 * turn + 4 {
            let code = step[row].index();
            let stood = at[row].wrapping_sub(before[row]);
            sums[code] = sums[code].wrapping_add(ONE | u64::from(stood));
            late[row] = u8::from(stood >= low[code]);
        }
    }
}

/// Keeps those of the late moves whose time is in the window of their step, given by its least time and how much longer
/// its longest is, and counts all of them.
#[inline(always)]
fn keep<C: Code, N: Index<usize, Output = u32> + ?Sized>(
    (step, at, before): Block<'_, C>,
    late: &Set,
    (low, span): (&N, &N),
    all: &mut (impl IndexMut<usize, Output = u64> + ?Sized),
    kept: &mut Kept<u64>,
) {
    let room = kept.room();
    let mut count = 0_usize;
    late.for_each(|row| {
        let code = step[row].index();
        let stood = at[row].wrapping_sub(before[row]);
        all[code] += 1;
        room[count & (BLOCK - 1)] = (code as u64) << 32 | u64::from(stood);
        count = count.wrapping_add(usize::from(stood.wrapping_sub(low[code]) <= span[code]));
    });
    kept.more(count);
}
