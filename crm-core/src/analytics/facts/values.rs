//! Durations that are kept exactly: one comes, one goes, and the median and the ninth decile are found without reading
//! them all.

/// Cells a doubling, as a power of two.
const BITS: u32 = 8;
const CELLS: usize = 6400;
/// The percentiles that can be asked.
const PERCENTS: [u32; 2] = [50, 90];

/// The cell of a duration: exact below 512 seconds, then 256 a doubling. Monotone.
fn cell(seconds: u32) -> usize {
    let top = (seconds | 511).ilog2();
    let shift = top.saturating_sub(BITS);
    let within = seconds.checked_shr(shift).unwrap_or(0);
    super::index(shift.wrapping_shl(BITS).saturating_add(within))
}

/// Where a percentile is: its lower rank is in this cell, below which there are so many values.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
struct Mark {
    cell: usize,
    below: u64,
}

/// A multiset of durations in seconds.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Values {
    count: u64,
    sum: u128,
    marks: [Mark; 2],
    counts: Vec<u32>,
    /// Ascending in each cell.
    cells: Vec<Vec<u32>>,
}

impl Default for Values {
    fn default() -> Self {
        let (counts, cells) = (vec![0; CELLS], vec![Vec::new(); CELLS]);
        Self { count: 0, sum: 0, marks: [Mark::default(); 2], counts, cells }
    }
}

impl Values {
    /// Adds without keeping the order; [`Values::settle`] ends the pouring.
    pub(super) fn pour(&mut self, seconds: u32) {
        let at = cell(seconds);
        if let Some(values) = self.cells.get_mut(at) {
            values.push(seconds);
            self.note(at, seconds, true);
        }
    }

    pub(super) fn settle(&mut self) {
        self.cells.iter_mut().for_each(|values| values.sort_unstable());
        self.marks = [Mark::default(); 2];
        self.reach();
    }

    pub(super) fn add(&mut self, seconds: u32) {
        let at = cell(seconds);
        if let Some(values) = self.cells.get_mut(at) {
            let place = values.partition_point(|value| *value < seconds);
            values.insert(place, seconds);
            self.note(at, seconds, true);
            self.shift(at, true);
        }
    }

    /// Takes one away, where it is there.
    pub(super) fn remove(&mut self, seconds: u32) {
        let at = cell(seconds);
        if let Some(values) = self.cells.get_mut(at)
            && let Ok(place) = values.binary_search(&seconds)
        {
            values.remove(place);
            self.note(at, seconds, false);
            self.shift(at, false);
        }
    }

    fn note(&mut self, at: usize, seconds: u32, is_more: bool) {
        let Some(count) = self.counts.get_mut(at) else { return };
        if is_more {
            *count = count.saturating_add(1);
            self.count = self.count.saturating_add(1);
            self.sum = self.sum.saturating_add(u128::from(seconds));
        } else {
            *count = count.saturating_sub(1);
            self.count = self.count.saturating_sub(1);
            self.sum = self.sum.saturating_sub(u128::from(seconds));
        }
    }

    /// Keeps the marks true where a cell has one more, or one less.
    fn shift(&mut self, at: usize, is_more: bool) {
        for mark in self.marks.iter_mut().filter(|mark| at < mark.cell) {
            let below = if is_more { mark.below.checked_add(1) } else { mark.below.checked_sub(1) };
            mark.below = below.unwrap_or(mark.below);
        }
        self.reach();
    }

    /// Moves the marks to the cells that hold their ranks.
    fn reach(&mut self) {
        let in_cell = |cell: usize| self.counts.get(cell).copied().map(u64::from);
        for (mark, percent) in self.marks.iter_mut().zip(PERCENTS) {
            let Some((rank, ..)) = ranks(self.count, percent) else {
                *mark = Mark::default();
                continue;
            };
            while rank < mark.below
                && let Some(cell) = mark.cell.checked_sub(1)
                && let Some(count) = in_cell(cell)
            {
                *mark = Mark { cell, below: mark.below.saturating_sub(count) };
            }
            while let Some(count) = in_cell(mark.cell)
                && let below = mark.below.saturating_add(count)
                && rank >= below
            {
                *mark = Mark { cell: mark.cell.saturating_add(1), below };
            }
        }
    }

    pub(super) const fn count(&self) -> u64 {
        self.count
    }

    pub(super) const fn sum(&self) -> u128 {
        self.sum
    }

    /// The median or the ninth decile, in hundredths of a second; nothing of no values, and no other percentile.
    pub(super) fn percentile(&self, percent: u32) -> Option<u64> {
        let (mark, _) = self.marks.iter().zip(PERCENTS).find(|(_, of)| *of == percent)?;
        let (low, high, part) = ranks(self.count, percent)?;
        let place = usize::try_from(low.checked_sub(mark.below)?).ok()?;
        let values = self.cells.get(mark.cell)?;
        let (found, next) = (*values.get(place)?, place.checked_add(1)?);
        if high == low || part == 0 {
            return Some(between(found, found, 0));
        }
        let later = || self.cells.get(mark.cell..)?.iter().skip(1).find_map(|cell| cell.first());
        let next = values.get(next).or_else(later)?;
        Some(between(found, *next, part))
    }
}

/// The ranks that a percentile of `count` values lies between, and how many hundredths it is beyond the lower one
/// (Hyndman and Fan's type 7).
pub(super) fn ranks(count: u64, percent: u32) -> Option<(u64, u64, u32)> {
    let last = count.checked_sub(1)?;
    let position = last.checked_mul(u64::from(percent))?;
    let (low, part) = (position.checked_div(100)?, position.checked_rem(100)?);
    Some((low, low.saturating_add(1).min(last), u32::try_from(part).ok()?))
}

/// The value between two, in hundredths of a second.
pub(super) fn between(low: u32, high: u32, part: u32) -> u64 {
    let step = u64::from(high.saturating_sub(low)).saturating_mul(u64::from(part));
    u64::from(low).saturating_mul(100).saturating_add(step)
}

/// The percentiles of values that are not in order; they are put in such an order that each wanted rank is found.
pub(super) fn percentile(values: &mut [u32], percent: u32) -> Option<u64> {
    let (low, high, part) = ranks(u64::try_from(values.len()).ok()?, percent)?;
    let (low, high) = (usize::try_from(low).ok()?, usize::try_from(high).ok()?);
    let (_, found, rest) = values.select_nth_unstable(low);
    let found = *found;
    let next = if high > low { rest.iter().min().copied().unwrap_or(found) } else { found };
    Some(between(found, next, part))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn place(rank: u64) -> usize {
        usize::try_from(rank).unwrap()
    }

    proptest! {
        #[test]
        fn a_percentile_is_that_of_the_sorted_values(
            given in prop::collection::vec(prop_oneof![0u32..2000, any::<u32>()], 1..200),
            gone in prop::collection::vec(any::<prop::sample::Index>(), 0..50),
        ) {
            let (mut kept, mut plain) = (Values::default(), given.clone());
            given.iter().take(50).for_each(|value| kept.pour(*value));
            kept.settle();
            given.iter().skip(50).for_each(|value| kept.add(*value));
            for at in gone {
                if !plain.is_empty() {
                    kept.remove(plain.swap_remove(at.index(plain.len())));
                }
            }
            plain.sort_unstable();
            prop_assert_eq!(kept.sum(), plain.iter().map(|value| u128::from(*value)).sum::<u128>());
            prop_assert_eq!(kept.count(), plain.len() as u64);
            for percent in [0, 50, 90, 100] {
                let expected = ranks(plain.len() as u64, percent).map(|(low, high, part)| {
                    between(plain[place(low)], plain[place(high)], part)
                });
                if PERCENTS.contains(&percent) {
                    prop_assert_eq!(kept.percentile(percent), expected);
                }
                prop_assert_eq!(percentile(&mut plain.clone(), percent), expected);
            }
        }

        #[test]
        fn cells_keep_the_order(one in any::<u32>(), two in any::<u32>()) {
            prop_assert!(cell(one.max(two)) >= cell(one.min(two)));
            prop_assert!(cell(u32::MAX) < CELLS);
        }
    }
}
