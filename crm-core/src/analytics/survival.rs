//! The Kaplan–Meier estimate of how long things last, those that still last not ignored.
#![expect(
    clippy::float_arithmetic,
    reason = "a survival curve is of real numbers; results are quantised"
)]

use rust_decimal::{Decimal, prelude::FromPrimitive};

use super::{
    amount::rounded,
    stats::{Z, days},
};

/// Exactly a half by counting may be a rounding error above it by multiplying.
const SLACK: f64 = 1e-12;

/// One step of the curve: a duration at which something ended.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct SurvivalStep {
    /// The duration, in the unit of what was given.
    pub at: i64,
    /// How many had lasted that long: those that end then, and those that are censored then or last longer.
    pub at_risk: u64,
    /// How many ended then.
    pub ended: u64,
    /// The share that is estimated to last longer.
    pub surviving: f64,
    /// Greenwood's sum Σ d / (n (n − d)) up to here: the variance of ln S. Nothing once none survives.
    spread: Option<f64>,
}

impl SurvivalStep {
    /// Greenwood's standard error of `surviving`; nothing once none survives.
    pub fn error(&self) -> Option<f64> {
        self.spread.map(|spread| self.surviving * spread.sqrt())
    }

    /// The 95 % interval of `surviving`, from Greenwood's error on the scale of ln(−ln S), so that it stays within 0 and
    /// 1; nothing once none survives.
    ///
    /// # Source
    ///
    /// Kalbfleisch and Prentice (1980), The Statistical Analysis of Failure Time Data, section 1.3; what Stata's `sts list`
    /// prints.
    pub fn interval(&self) -> Option<(f64, f64)> {
        let log = libm::log(self.surviving);
        let half = Z * self.spread?.sqrt() / log.abs();
        let bound = |by: f64| libm::exp(log * libm::exp(by));
        (log < 0.0).then(|| (bound(half), bound(-half)))
    }

    /// `surviving` at four places.
    pub fn share(&self) -> Option<Decimal> {
        quantised(self.surviving)
    }

    /// Its 95 % interval at four places.
    pub fn share_interval(&self) -> Option<(Decimal, Decimal)> {
        let (low, high) = self.interval()?;
        Some((quantised(low)?, quantised(high)?))
    }
}

fn quantised(share: f64) -> Option<Decimal> {
    Decimal::from_f64(share).map(|share| rounded(share, 4))
}

/// How long things last, of which some still do.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Survival {
    steps: Vec<SurvivalStep>,
    ended: u64,
    censored: u64,
    longest: Option<i64>,
    sum: i128,
}

impl Survival {
    /// The estimate from durations that `ended` and those that are `censored`: known to last longer than so. What is
    /// censored at the moment another ends was still at risk then. Rule SR-1.
    ///
    /// # Source
    ///
    /// Kaplan and Meier (1958), JASA 53:457–481; the variance by Greenwood (1926).
    #[expect(clippy::cast_precision_loss, reason = "counts of deals are far below 2^53")]
    pub fn of(ended: &[i64], censored: &[i64]) -> Self {
        let mut sorted = ended.to_vec();
        let mut all: Vec<i64> = ended.iter().chain(censored).copied().collect();
        sorted.sort_unstable();
        all.sort_unstable();
        let (mut surviving, mut spread) = (1.0, Some(0.0));
        let mut steps = Vec::new();
        for group in sorted.chunk_by(|one, two| one == two) {
            let Some(at) = group.first().copied() else { continue };
            let earlier = all.partition_point(|duration| *duration < at);
            let at_risk = all.len().saturating_sub(earlier);
            let (n, d) = (at_risk as f64, group.len() as f64);
            let left = at_risk.saturating_sub(group.len());
            surviving = if left == 0 { 0.0 } else { surviving * (1.0 - d / n) };
            spread = spread.filter(|_| left > 0).map(|spread| spread + d / (n * (n - d)));
            let (at_risk, ended) = (count(at_risk), count(group.len()));
            steps.push(SurvivalStep { at, at_risk, ended, surviving, spread });
        }
        Self {
            steps,
            ended: count(ended.len()),
            censored: count(censored.len()),
            longest: all.last().copied(),
            sum: all.iter().map(|duration| i128::from(*duration)).sum(),
        }
    }

    /// The steps, the shortest duration first.
    pub fn steps(&self) -> &[SurvivalStep] {
        &self.steps
    }

    /// How many ended.
    pub const fn ended(&self) -> u64 {
        self.ended
    }

    /// How many still last.
    pub const fn censored(&self) -> u64 {
        self.censored
    }

    /// The longest duration seen, ended or not.
    pub const fn longest(&self) -> Option<i64> {
        self.longest
    }

    /// All durations together, ended or not.
    pub const fn sum(&self) -> i128 {
        self.sum
    }

    /// The duration by which the share `ended` of all has ended: the first at which at most 1 − `ended` are estimated to
    /// last longer. Nothing where the curve does not fall so low within what has been seen.
    pub fn quantile(&self, ended: f64) -> Option<i64> {
        self.step_of(ended).map(|step| step.at)
    }

    /// The step of [`Survival::quantile`], which tells how many were at risk there.
    pub fn step_of(&self, ended: f64) -> Option<&SurvivalStep> {
        let level = 1.0 - ended + SLACK;
        self.steps.iter().find(|step| step.surviving <= level)
    }

    /// The 95 % interval of [`Survival::quantile`]: the durations at which the lower and the upper bound of the curve fall
    /// to its level; a bound that does not within what has been seen is nothing.
    ///
    /// # Source
    ///
    /// Brookmeyer and Crowley (1982), Biometrics 38:29–41, with the interval of [`SurvivalStep::interval`].
    pub fn quantile_interval(&self, ended: f64) -> (Option<i64>, Option<i64>) {
        let level = 1.0 - ended + SLACK;
        let first = |bound: &dyn Fn(&SurvivalStep) -> Option<f64>| {
            let falls = |step: &&SurvivalStep| bound(step).is_some_and(|bound| bound <= level);
            self.steps.iter().find(falls).map(|step| step.at)
        };
        let low = first(&|step| match step.interval() {
            Some((low, _)) => Some(low),
            None => step.spread.is_none().then_some(0.0),
        });
        (low, first(&|step| step.interval().map(|(_, high)| high)))
    }

    /// The median in days at four places, of durations in seconds.
    pub fn median_days(&self) -> Option<Decimal> {
        days(self.quantile(0.5)?)
    }

    /// The days within which nine in ten have ended, of durations in seconds.
    pub fn p90_days(&self) -> Option<Decimal> {
        days(self.quantile(0.9)?)
    }
}

fn count(len: usize) -> u64 {
    u64::try_from(len).unwrap_or(u64::MAX)
}

#[cfg(test)]
#[path = "survival_tests.rs"]
mod tests;
