//! Moves: how often each step was made, and how long deals stood where they left.

use core::ops::{Index, IndexMut, Range};

use super::sought::{Sought, Window};
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
    /// For each step the least time that is in the window of the place that it left, or above.
    low: Vec<u32>,
    /// Of the unit: see [`ONE`].
    sums: Vec<u64>,
    count: Vec<u32>,
    seconds: Vec<u64>,
    /// Of each place the times that are in its window, or above.
    late: Vec<Vec<u32>>,
    sought: Vec<Sought>,
    /// Where no time is asked: how often each step that is a byte was made.
    steps: Option<Box<Lanes<u32>>>,
}

impl Part {
    pub(super) fn new(moves: &Moves<'_>, windows: &[Window], asked: Questions) -> Self {
        let steps = moves.left.len();
        // A byte finds a place whatever it is.
        let room = steps.max(256);
        let mut low: Vec<u32> =
            moves.left.iter().map(|place| windows[*place as usize].low).collect();
        low.resize(room, u32::MAX);
        Self {
            windows: windows.to_vec(),
            low,
            sums: vec![0; room],
            count: vec![0; steps],
            seconds: vec![0; steps],
            late: vec![Vec::new(); moves.places],
            sought: Vec::new(),
            steps: (!asked.has(Question::Dwell)).then(|| Box::new([[0; 256]; 4])),
        }
    }

    /// All moves that this thread counts are counted.
    pub(super) fn ended(mut self) -> Self {
        let late = core::mem::take(&mut self.late).into_iter().zip(&self.windows);
        self.sought = late.map(|(late, window)| Sought::of(*window, &late)).collect();
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
        let mut before = moves.before(rows.start);
        let mut padded = ([C::default(); BLOCK], [0; BLOCK]);
        let blocks = step[rows.clone()].chunks(BLOCK).zip(moves.at[rows].chunks(BLOCK));
        for (step, at) in blocks {
            let last = at[at.len() - 1];
            let (step, at) = match (step.first_chunk(), at.first_chunk()) {
                (Some(step), Some(at)) => (step, at),
                // Behind the end no moves are made in no time.
                _ => {
                    padded.0[..step.len()].copy_from_slice(step);
                    padded.1[..at.len()].copy_from_slice(at);
                    padded.1[at.len()..].fill(last);
                    (&padded.0, &padded.1)
                }
            };
            let (low, sums) = (self.low.as_slice(), self.sums.as_mut_slice());
            let lates = match (low.first_chunk::<256>(), sums.first_chunk_mut::<256>()) {
                (Some(low), Some(sums)) if size_of::<C>() == 1 => {
                    block(step, at, before, low, sums, &mut late)
                }
                _ => block(step, at, before, low, self.sums.as_mut_slice(), &mut late),
            };
            for row in &late[..lates] {
                let row = usize::from(*row);
                let before = row.checked_sub(1).map_or(before, |row| at[row]);
                let place = moves.left[step[row].index()] as usize;
                self.late[place].push(at[row].wrapping_sub(before));
            }
            before = last;
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

/// Counts the moves of a block and says which of them stood as long as `low` of their step, or longer. A function of its
/// own, so that all it works with has a register.
#[inline(never)]
fn block<C: Code>(
    step: &[C; BLOCK],
    at: &[u32; BLOCK],
    mut before: u32,
    low: &(impl Index<usize, Output = u32> + ?Sized),
    sums: &mut (impl IndexMut<usize, Output = u64> + ?Sized),
    late: &mut [u16; BLOCK],
) -> usize {
    let mut lates = 0_usize;
    // Four a turn: the loop itself costs a sixth of it.
    for turn in 0..BLOCK / 4 {
        for row in 4 * turn..4 * turn + 4 {
            let code = step[row].index();
            let stood = at[row].wrapping_sub(before);
            before = at[row];
            sums[code] = sums[code].wrapping_add(ONE | u64::from(stood));
            late[lates & (BLOCK - 1)] = row as u16;
            lates = lates.wrapping_add(usize::from(stood >= low[code]));
        }
    }
    lates
}
