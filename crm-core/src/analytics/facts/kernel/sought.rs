//! A percentile without keeping all values: a sample says between which bounds it very likely lies, only values between
//! them are kept, and the others are counted. A sample that was wrong is seen, because counts are exact.

use super::BLOCK;
use crate::analytics::facts::values::{between, ranks};

/// The values from `low` to `low + span`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Window {
    pub(super) low: u32,
    pub(super) span: u32,
}

/// A sample with fewer values says nothing.
const FEW: usize = 256;

impl Window {
    /// Every value.
    pub(super) const ALL: Self = Self { low: 0, span: u32::MAX };
    /// None but the largest.
    pub(super) const NONE: Self = Self { low: u32::MAX, span: 0 };

    /// Whether a value is one of the window.
    #[inline(always)]
    pub(super) fn holds(&self, value: u32) -> bool {
        value.wrapping_sub(self.low) <= self.span
    }

    /// Whether all of it lies below a value.
    #[inline(always)]
    pub(super) fn is_below(&self, value: u32) -> bool {
        value > self.low.wrapping_add(self.span)
    }

    /// Where a percentile of all values lies if these are some of them: four standard deviations of its rank to either
    /// side.
    pub(super) fn around(some: &mut [u32], percent: usize) -> Self {
        let count = some.len();
        if count < FEW {
            return Self::ALL;
        }
        let rank = (count - 1) * percent / 100;
        let margin = (16 * count * percent * (100 - percent) / 10_000).isqrt() + 2;
        let mut at = |rank: usize| *some.select_nth_unstable(rank).1;
        let high = if rank + margin < count { at(rank + margin) } else { u32::MAX };
        let low = if rank > margin { at(rank - margin) } else { 0 };
        Self { low, span: high - low }
    }
}

/// Values of which some are kept: each is written behind those that are, and counts from there on or is written over.
#[derive(Clone, Debug, Default)]
pub(super) struct Kept<T> {
    values: Vec<T>,
    count: usize,
}

impl<T: Copy + Default> Kept<T> {
    /// Room for a block of values behind those that are kept.
    #[inline(always)]
    pub(super) fn room(&mut self) -> &mut [T] {
        let until = self.count + BLOCK;
        if self.values.len() < until {
            self.values.resize(until, T::default());
        }
        &mut self.values[self.count..until]
    }

    /// So many of the room are kept.
    pub(super) fn more(&mut self, count: usize) {
        self.count += count;
    }

    /// Keeps those of up to a block of values that are wanted.
    #[inline(always)]
    pub(super) fn keep(&mut self, all: impl Iterator<Item = (T, bool)>) {
        let mut count = 0_usize;
        if let Some(room) = self.room().first_chunk_mut::<BLOCK>() {
            for (value, is_wanted) in all {
                room[count & (BLOCK - 1)] = value;
                count = count.wrapping_add(usize::from(is_wanted));
            }
        }
        self.more(count);
    }

    pub(super) fn all(&self) -> &[T] {
        &self.values[..self.count]
    }
}

impl<T> From<Kept<T>> for Vec<T> {
    fn from(mut kept: Kept<T>) -> Self {
        kept.values.truncate(kept.count);
        kept.values
    }
}

/// What has been found of the values of a window.
#[derive(Clone, Debug, Default)]
pub(super) struct Sought {
    /// How many values are above the window.
    pub(super) above: u64,
    /// Those of the window.
    pub(super) values: Vec<u32>,
}

impl Sought {
    /// What these values say of a window; those below it may be among them or not.
    #[cfg(test)]
    pub(super) fn of(window: Window, all: &[u32]) -> Self {
        let within = |value: &&u32| window.holds(**value);
        let above = all.iter().filter(|value| window.is_below(**value)).count() as u64;
        Self { above, values: all.iter().filter(within).copied().collect() }
    }

    pub(super) fn add(&mut self, other: Self) {
        self.above += other.above;
        if self.values.is_empty() {
            self.values = other.values;
        } else {
            self.values.extend(other.values);
        }
    }

    /// The percentile of `count` values, of which the others lie below the window; nothing where the window does not
    /// hold it.
    pub(super) fn percentile(&mut self, count: u64, percent: u32) -> Option<u64> {
        let (low, high, part) = ranks(count, percent)?;
        let below = count.checked_sub(self.values.len() as u64 + self.above)?;
        let (low, high) = (low.checked_sub(below)?, high.checked_sub(below)?);
        if high >= self.values.len() as u64 {
            return None;
        }
        let (_, found, rest) = self.values.select_nth_unstable(low as usize);
        let next = if high > low { rest.iter().min() } else { None };
        Some(between(*found, next.copied().unwrap_or(*found), part))
    }
}
