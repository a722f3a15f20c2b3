//! Durations that are kept exactly: one comes, one goes, and any rank is found without reading them all.

/// Cells a doubling, as a power of two.
const BITS: u32 = 8;
const CELLS: usize = 6400;
const GROUP: usize = 64;

/// The cell of a duration: exact below 512 seconds, then 256 a doubling. Monotone.
fn cell(seconds: u32) -> usize {
    let top = (seconds | 511).ilog2();
    let shift = top.saturating_sub(BITS);
    let within = seconds.checked_shr(shift).unwrap_or(0);
    super::index(shift.wrapping_shl(BITS).saturating_add(within))
}

/// A multiset of durations in seconds.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Values {
    counts: Vec<u32>,
    /// Of each group of cells.
    groups: Vec<u64>,
    /// Ascending in each cell.
    cells: Vec<Vec<u32>>,
    count: u64,
    sum: u128,
}

impl Default for Values {
    fn default() -> Self {
        let groups = vec![0; CELLS.div_ceil(GROUP)];
        Self { counts: vec![0; CELLS], groups, cells: vec![Vec::new(); CELLS], count: 0, sum: 0 }
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
    }

    pub(super) fn add(&mut self, seconds: u32) {
        let at = cell(seconds);
        if let Some(values) = self.cells.get_mut(at) {
            let place = values.partition_point(|value| *value < seconds);
            values.insert(place, seconds);
            self.note(at, seconds, true);
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
        }
    }

    fn note(&mut self, at: usize, seconds: u32, is_more: bool) {
        let Some(count) = self.counts.get_mut(at) else { return };
        let Some(group) = self.groups.get_mut(at / GROUP) else { return };
        if is_more {
            *count = count.saturating_add(1);
            *group = group.saturating_add(1);
            self.count = self.count.saturating_add(1);
            self.sum = self.sum.saturating_add(u128::from(seconds));
        } else {
            *count = count.saturating_sub(1);
            *group = group.saturating_sub(1);
            self.count = self.count.saturating_sub(1);
            self.sum = self.sum.saturating_sub(u128::from(seconds));
        }
    }

    pub(super) const fn count(&self) -> u64 {
        self.count
    }

    pub(super) const fn sum(&self) -> u128 {
        self.sum
    }

    /// The value of a rank, from 0 for the least.
    pub(super) fn rank(&self, rank: u64) -> Option<u32> {
        let mut left = rank;
        for (group, (here, counts)) in self.groups.iter().zip(self.counts.chunks(GROUP)).enumerate()
        {
            if left >= *here {
                left = left.saturating_sub(*here);
                continue;
            }
            for (at, count) in (group.saturating_mul(GROUP)..).zip(counts) {
                let here = u64::from(*count);
                if left < here {
                    return self.cells.get(at)?.get(usize::try_from(left).ok()?).copied();
                }
                left = left.saturating_sub(here);
            }
        }
        None
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
        fn a_rank_is_that_of_the_sorted_values(
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
            for rank in 0..=plain.len() {
                prop_assert_eq!(kept.rank(rank as u64), plain.get(rank).copied());
            }
            for percent in [0, 50, 90, 100] {
                let expected = ranks(plain.len() as u64, percent).map(|(low, high, part)| {
                    between(plain[place(low)], plain[place(high)], part)
                });
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
