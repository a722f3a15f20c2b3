//! The few statistics that reports need.
#![expect(
    clippy::float_arithmetic,
    reason = "intervals and survival curves are real numbers; results are quantised"
)]

use rust_decimal::{Decimal, prelude::FromPrimitive};

use super::{amount::rounded, survival::Survival};

/// The two-sided 95 % quantile of the normal distribution.
pub(super) const Z: f64 = 1.959_963_984_540_054;

/// A proportion with its 95 % interval.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Proportion {
    /// How many of `trials`.
    pub successes: u64,
    /// Of how many.
    pub trials: u64,
}

impl Proportion {
    /// `successes` of `trials`.
    pub const fn new(successes: u64, trials: u64) -> Self {
        Self { successes, trials }
    }

    /// The share at four places; nothing without trials.
    pub fn rate(self) -> Option<Decimal> {
        let share = Decimal::from(self.successes).checked_div(Decimal::from(self.trials))?;
        Some(rounded(share, 4))
    }

    /// Its Wilson 95 % interval at four places; nothing without trials.
    pub fn interval(self) -> Option<(Decimal, Decimal)> {
        let (low, high) = self.wilson()?;
        let quantised = |bound| Decimal::from_f64(bound).map(|bound| rounded(bound, 4));
        Some((quantised(low)?, quantised(high)?))
    }

    /// Its Wilson 95 % interval, within 0 and 1.
    ///
    /// # Source
    ///
    /// Wilson (1927), "Probable inference, the law of succession, and statistical inference", JASA 22:209–212; without
    /// continuity correction, as method 3 of Newcombe (1998).
    #[expect(clippy::cast_precision_loss, reason = "counts of deals are far below 2^53")]
    pub fn wilson(self) -> Option<(f64, f64)> {
        if self.trials == 0 {
            return None;
        }
        let (n, share) = (self.trials as f64, self.successes as f64 / self.trials as f64);
        let square = Z * Z;
        let center = share + square / (2.0 * n);
        let half = Z * (share * (1.0 - share) / n + square / (4.0 * n * n)).sqrt();
        let scale = 1.0 + square / n;
        let low = if self.successes == 0 { 0.0 } else { ((center - half) / scale).max(0.0) };
        let high =
            if self.successes == self.trials { 1.0 } else { ((center + half) / scale).min(1.0) };
        Some((low, high))
    }
}

/// What can be said of two proportions that were counted in different groups.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Verdict {
    /// One of them rests on fewer than [`FEW`] cases.
    TooFew,
    /// The interval of their difference holds zero.
    Alike,
    /// The first is larger.
    Higher,
    /// The first is smaller.
    Lower,
}

/// Below so many cases no quantile, no rank and no comparison is told.
pub const FEW: u64 = 5;

impl Proportion {
    /// The 95 % interval of this rate minus that of `other`, an independent group; nothing where one has no trials.
    ///
    /// # Source
    ///
    /// Newcombe (1998), "Interval estimation for the difference between independent proportions: comparison of eleven
    /// methods", Statistics in Medicine 17:873–890, method 10.
    #[expect(clippy::cast_precision_loss, reason = "counts of deals are far below 2^53")]
    pub fn minus(self, other: Self) -> Option<(f64, f64)> {
        let share = |of: Self| of.successes as f64 / of.trials as f64;
        let ((low, high), (other_low, other_high)) = (self.wilson()?, other.wilson()?);
        let (mine, theirs) = (share(self), share(other));
        let root = |one: f64, two: f64| (one * one + two * two).sqrt();
        let difference = mine - theirs;
        let below = root(mine - low, other_high - theirs);
        Some((difference - below, difference + root(high - mine, theirs - other_low)))
    }

    /// [`Proportion::minus`] at four places.
    pub fn minus_interval(self, other: Self) -> Option<(Decimal, Decimal)> {
        let quantised = |bound| Decimal::from_f64(bound).map(|bound| rounded(bound, 4));
        let (low, high) = self.minus(other)?;
        Some((quantised(low)?, quantised(high)?))
    }

    /// What can be said of this rate against that of `other`. Rule SR-5 (B23).
    pub fn against(self, other: Self) -> Verdict {
        if self.trials < FEW || other.trials < FEW {
            return Verdict::TooFew;
        }
        match self.minus(other) {
            Some((low, _)) if low > 0.0 => Verdict::Higher,
            Some((_, high)) if high < 0.0 => Verdict::Lower,
            Some(_) => Verdict::Alike,
            None => Verdict::TooFew,
        }
    }
}

/// Seconds of a day.
const DAY: i64 = 86_400;

/// The mean of `seconds` in days at four places; nothing of none.
pub fn mean_days(seconds: &[i64]) -> Option<Decimal> {
    let sum: i128 = seconds.iter().map(|second| i128::from(*second)).sum();
    let days = Decimal::try_from_i128_with_scale(sum, 0).ok()?;
    let count = i64::try_from(seconds.len()).ok()?;
    days_of(days, Decimal::from(count).checked_mul(Decimal::from(DAY))?)
}

/// The `percent`th percentile of ascending `seconds` in days at four places, interpolated linearly between the two
/// nearest ranks (Hyndman and Fan's type 7: what spreadsheets, R and NumPy do).
pub fn percentile_days(seconds: &[i64], percent: u32) -> Option<Decimal> {
    let last = u64::try_from(seconds.len()).ok()?.checked_sub(1)?;
    let position = last.checked_mul(u64::from(percent))?;
    let (rank, part) = (position.checked_div(100)?, position.checked_rem(100)?);
    let rank = usize::try_from(rank).ok()?;
    let low = *seconds.get(rank)?;
    let high = seconds.get(rank.saturating_add(1)).copied().unwrap_or(low);
    let step = i128::from(high).checked_sub(i128::from(low))?.checked_mul(i128::from(part))?;
    let hundredfold = i128::from(low).checked_mul(100)?.checked_add(step)?;
    days_of(Decimal::try_from_i128_with_scale(hundredfold, 2).ok()?, Decimal::from(DAY))
}

fn days_of(seconds: Decimal, divisor: Decimal) -> Option<Decimal> {
    Some(rounded(seconds.checked_div(divisor)?, 4))
}

/// The mean of `count` durations of `sum` seconds, in days at four places; nothing of none.
pub(super) fn mean_of(sum: u128, count: u64) -> Option<Decimal> {
    let sum = Decimal::try_from_i128_with_scale(i128::try_from(sum).ok()?, 0).ok()?;
    days_of(sum, Decimal::from(count).checked_mul(Decimal::from(DAY))?)
}

/// Hundredths of a second in days at four places.
pub(super) fn days_of_hundredths(hundredths: u64) -> Option<Decimal> {
    let seconds = Decimal::try_from_i128_with_scale(i128::from(hundredths), 2).ok()?;
    days_of(seconds, Decimal::from(DAY))
}

/// `seconds` in days at four places.
pub(super) fn days(seconds: i64) -> Option<Decimal> {
    days_of(Decimal::from(seconds), Decimal::from(DAY))
}

/// The Kaplan–Meier median: the first duration at which at most half are estimated to last longer.
///
/// `ended` are durations that ended, `censored` those still running. Nothing where the curve never falls to a half, so
/// that the median lies beyond what has been seen. See [`Survival::of`].
pub fn survival_median(ended: &[i64], censored: &[i64]) -> Option<i64> {
    Survival::of(ended, censored).quantile(0.5)
}

#[cfg(test)]
#[path = "stats_tests.rs"]
mod tests;
