//! What a series of months, or of other periods, will go on with: several models, their mean, and how far it may be off.
//!
//! Pure and platform-equal: sums in a fixed order, square roots of the processor, other functions of `libm`. A model sees
//! the values it is given and no others, so that a forecast as of a day cannot look ahead.
#![expect(
    clippy::float_arithmetic,
    reason = "a forecast is a real number; what reports print of it is rounded to minor units"
)]

pub mod accuracy;
mod interval;
mod parts;
mod pattern;
mod rhythm;
mod simplex;
mod smoothing;
mod theta;

#[cfg(test)]
mod tests;

pub use parts::best;
pub use pattern::{Pattern, Season, is_seasonal};
pub use rhythm::Rhythm;
pub use smoothing::{Shape, Smoothed, Start, Trend, Weights};
pub use theta::Theta;

/// Periods that a history has at least.
pub const PERIODS_MIN: usize = 6;
/// Periods of it that are not zero, at least.
pub const FILLED_MIN: usize = 3;

/// A history that tells too little.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Thin {
    /// Too few periods.
    #[error("{have} periods of history; a forecast takes at least {PERIODS_MIN}")]
    Short {
        /// How many there are.
        have: usize,
    },
    /// Too few periods in which there was anything.
    #[error("{have} periods that are not zero; a forecast takes at least {FILLED_MIN}")]
    Empty {
        /// How many there are.
        have: usize,
    },
}

/// One period ahead.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Ahead {
    /// What is expected.
    pub mean: f64,
    /// One standard deviation of what may be off.
    pub deviation: f64,
    /// How many of them the 80 % interval reaches to both sides, and the 95 % interval.
    pub reach: Reach,
}

/// How many standard deviations the 80 % and the 95 % interval reach to both sides.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Reach {
    /// Of the 80 % interval.
    pub in_80: f64,
    /// Of the 95 % interval.
    pub in_95: f64,
}

impl Default for Reach {
    /// The normal distribution's.
    fn default() -> Self {
        Self { in_80: Z_80, in_95: Z_95 }
    }
}

/// The two-sided 80 % quantile of the normal distribution.
pub const Z_80: f64 = 1.281_551_565_544_600_4;
/// The two-sided 95 % quantile.
pub const Z_95: f64 = 1.959_963_984_540_054;

impl Ahead {
    /// The interval in which four of five outcomes lie.
    pub fn likely(&self) -> (f64, f64) {
        self.within(self.reach.in_80)
    }

    /// The interval in which 19 of 20 lie.
    pub fn wide(&self) -> (f64, f64) {
        self.within(self.reach.in_95)
    }

    fn within(&self, reach: f64) -> (f64, f64) {
        (self.mean - reach * self.deviation, self.mean + reach * self.deviation)
    }
}

/// What a history goes on with.
#[derive(Clone, Debug, PartialEq)]
pub struct Forecast {
    /// Period by period.
    pub ahead: Vec<Ahead>,
    /// The models whose mean it is, with what each expects.
    pub parts: Vec<(&'static str, Vec<f64>)>,
    /// How the season works that was found.
    pub season: Season,
    /// What the mean was off at past moments, step by step: the known sequel of each.
    offs: Vec<Vec<f64>>,
    reach: Reach,
}

impl Forecast {
    /// The sum of the steps from `from` up to, but without, `to`, and how far it may be off: what such sums were off at
    /// past moments; where fewer than six are known, as if all steps were off alike.
    pub fn total(&self, from: usize, to: usize) -> Ahead {
        let steps = self.ahead.get(from..to).unwrap_or_default();
        let reach = self.reach;
        let mean = steps.iter().map(|step| step.mean).sum();
        let alike: f64 = steps.iter().map(|step| step.deviation).sum();
        let sums: Vec<f64> = self
            .offs
            .iter()
            .filter_map(|off| off.get(from..to))
            .map(|off| off.iter().sum::<f64>())
            .collect();
        if steps.len() < 2 || sums.len() < 6 {
            return Ahead { mean, deviation: alike, reach };
        }
        let squares = sums.iter().map(|sum| sum * sum).sum::<f64>() / real(sums.len());
        // Never surer than if the steps had nothing to do with each other.
        let apart: f64 = steps.iter().map(|step| step.deviation * step.deviation).sum();
        Ahead { mean, deviation: squares.max(apart).sqrt(), reach }
    }
}

/// A model that has gone over a history.
trait Model {
    /// What it is called.
    fn name(&self) -> &'static str;
    /// What it foresees after the first `origin` values, step by step.
    fn foresee(&self, origin: usize, out: &mut [f64]);
}

/// The next `horizon` periods of `history`, whose year has `length` periods (1 where there is no year).
///
/// The values are taken without their season, where they have one; the models go over them, and their mean
/// is put under the season again. How far it may be off is what it was off at the same distance in the past
/// (a line over the squares of those errors).
///
/// # Errors
///
/// [`Thin`], the first that applies. Rule FC-1 (F137).
pub fn forecast(history: &[f64], length: usize, horizon: usize) -> Result<Forecast, Thin> {
    if history.len() < PERIODS_MIN {
        return Err(Thin::Short { have: history.len() });
    }
    let filled = history.iter().filter(|value| **value != 0.0).count();
    if filled < FILLED_MIN {
        return Err(Thin::Empty { have: filled });
    }
    let pattern = season(history, length);
    let plain = pattern.without(history);
    let models = parts::parts(history, &plain, &pattern, length);
    let count = plain.len();
    let mut mean = vec![0.0; horizon];
    let mut parts = Vec::with_capacity(models.len());
    for model in &models {
        let mut own = vec![0.0; horizon];
        model.foresee(count, &mut own);
        for (sum, own) in mean.iter_mut().zip(&own) {
            *sum += own / real(models.len());
        }
        pattern.put_on(count, &mut own);
        parts.push((model.name(), own));
    }
    let interval::Off { offs, deviations, reach } =
        interval::deviations(&plain, &models, &pattern, horizon);
    let mut ups: Vec<f64> = mean.iter().zip(&deviations).map(|(mean, one)| mean + one).collect();
    pattern.put_on(count, &mut mean);
    pattern.put_on(count, &mut ups);
    let ahead = mean.iter().zip(&ups);
    let ahead = ahead.map(|(mean, up)| Ahead { mean: *mean, deviation: (up - mean).abs(), reach });
    Ok(Forecast { ahead: ahead.collect(), parts, season: pattern.kind, offs, reach })
}

/// The season of a history: multiplying where all values are positive, else adding; none where chance explains it.
fn season(history: &[f64], length: usize) -> Pattern {
    if !is_seasonal(history, length) {
        return Pattern::none();
    }
    let positive = history.iter().all(|value| *value > 0.0);
    let kind = if positive { Season::Multiplicative } else { Season::Additive };
    Pattern::of(history, length, kind)
}

/// A number of things as a real number.
fn real(count: usize) -> f64 {
    u32::try_from(count).map_or(f64::MAX, f64::from)
}
