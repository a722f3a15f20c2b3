//! A percentile without keeping all values: a sample says between which bounds it very likely lies, only values between
//! them are kept, and the others are counted. A sample that was wrong is seen, because counts are exact.

use super::BLOCK;
use crate::analytics::facts::values::{between, ranks};

/// The values from `low` to `low + span`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Window {
    pub(super) low: u32,
    span: u32,
}

/// A sample with fewer values says nothing.
const FEW: usize = 256;

impl Window {
    /// Every value.
    pub(super) const ALL: Self = Self { low: 0, span: u32::MAX };
    /// None but the largest.
    pub(super) const NONE: Self = Self { low: u32::MAX, span: 0 };

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

/// What has been found of the values of a window.
#[derive(Clone, Debug, Default)]
pub(super) struct Sought {
    /// How many values are above the window.
    above: u64,
    /// Those of the window.
    values: Vec<u32>,
}

impl Sought {
    /// What these values say of a window; those below it may be among them or not.
    pub(super) fn of(window: Window, all: &[u32]) -> Self {
        let mut found = Self::default();
        found.see(window, all);
        found
    }

    /// Sees more values.
    pub(super) fn see(&mut self, window: Window, all: &[u32]) {
        let mut within = [0; BLOCK];
        for values in all.chunks(BLOCK) {
            let (mut count, mut above) = (0, 0_u32);
            for value in values {
                within[count & (BLOCK - 1)] = *value;
                count += usize::from(value.wrapping_sub(window.low) <= window.span);
                above =
                    above.wrapping_add(u32::from(*value > window.low.wrapping_add(window.span)));
            }
            self.above += u64::from(above);
            self.values.extend_from_slice(&within[..count]);
        }
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
