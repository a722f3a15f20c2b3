//! Exponential smoothing: a level, its slope and a season that follow what they did not foresee.

use super::{
    pattern::{Pattern, Season, mean},
    real,
    simplex::least,
};

/// How a slope goes on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Trend {
    /// There is none.
    None,
    /// For ever.
    Straight,
    /// Less and less.
    Damped,
}

/// Which model of the family: the error adds or is a share, with which trend and which season.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Shape {
    /// Errors are shares of what was foreseen: they grow with the level.
    pub relative: bool,
    /// How the slope goes on.
    pub trend: Trend,
    /// How the season works.
    pub season: Season,
}

/// How much of what was not foreseen goes into the level, the slope and the season, and what is left of the slope after
/// a step.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Weights {
    /// Of the level: above 0 and below 1.
    pub alpha: f64,
    /// Of the slope: not above `alpha`.
    pub beta: f64,
    /// Of the season: not above 1 − `alpha`.
    pub gamma: f64,
    /// Of a damped slope: 0.8 to 0.98; 1 of another.
    pub phi: f64,
}

/// Where a model stands before the first value.
#[derive(Clone, Debug, PartialEq)]
pub struct Start {
    /// The level.
    pub level: f64,
    /// The slope.
    pub slope: f64,
    /// The season, the first value's first.
    pub season: Vec<f64>,
}

/// A model that has gone over a history.
#[derive(Clone, Debug, PartialEq)]
pub struct Smoothed {
    /// Which model.
    pub shape: Shape,
    /// Its weights.
    pub weights: Weights,
    /// What it foresaw for each value, one step ahead.
    pub fitted: Vec<f64>,
    /// The sum of its squared errors; of a relative model those of its shares.
    pub squares: f64,
    /// Akaike's criterion, corrected for few values: less is better.
    pub aicc: f64,
    levels: Vec<(f64, f64)>,
    /// The season at each moment, the start's first.
    seasons: Vec<f64>,
    length: usize,
}

/// What one pass over a history adds up.
#[derive(Clone, Copy, Default)]
struct Sums {
    squares: f64,
    logs: f64,
}

/// One pass of a model over values; `seen` gets what was foreseen, level and slope after, and the season after.
fn pass(
    values: &[f64],
    shape: Shape,
    weights: &Weights,
    start: &Start,
    mut seen: impl FnMut(f64, f64, f64, f64),
) -> Sums {
    match (shape.season, shape.relative) {
        (Season::None, false) => run::<0, false>(values, weights, start, &mut seen),
        (Season::None, true) => run::<0, true>(values, weights, start, &mut seen),
        (Season::Additive, false) => run::<1, false>(values, weights, start, &mut seen),
        (Season::Additive, true) => run::<1, true>(values, weights, start, &mut seen),
        (Season::Multiplicative, false) => run::<2, false>(values, weights, start, &mut seen),
        (Season::Multiplicative, true) => run::<2, true>(values, weights, start, &mut seen),
    }
}

/// The pass for one season (0 none, 1 adding, 2 multiplying) and kind of error.
///
/// # Source
///
/// Hyndman, Koehler, Ord and Snyder (2008), "Forecasting with exponential smoothing", tables 2.2 and 2.3. Additive and
/// relative errors lead to the same states; they differ in what is summed.
fn run<const SEASON: u8, const RELATIVE: bool>(
    values: &[f64],
    weights: &Weights,
    start: &Start,
    seen: &mut impl FnMut(f64, f64, f64, f64),
) -> Sums {
    let kind = match SEASON {
        0 => Season::None,
        1 => Season::Additive,
        _ => Season::Multiplicative,
    };
    let Weights { alpha, beta, gamma, phi } = *weights;
    let share = beta / alpha;
    let (mut level, mut slope) = (start.level, start.slope);
    let mut season = start.season.clone();
    let (mut squares, mut logs, mut product) = (0.0, 0.0, 1.0_f64);
    for year in values.chunks(season.len().max(1)) {
        for (value, index) in year.iter().zip(season.iter_mut()) {
            let damped = phi * slope;
            let expected = level + damped;
            let foreseen = kind.join(expected, *index);
            let next = expected + alpha * (kind.part(*value, *index) - expected);
            slope = damped + share * (next - level - damped);
            if SEASON > 0 {
                *index += gamma * (kind.part(*value, expected) - *index);
            }
            level = next;
            let error = if RELATIVE { (value - foreseen) / foreseen } else { value - foreseen };
            squares += error * error;
            if RELATIVE {
                product *= foreseen.abs();
                if !(1e-100..1e100).contains(&product) {
                    logs += libm::log(product);
                    product = 1.0;
                }
            }
            seen(foreseen, level, slope, *index);
        }
    }
    if RELATIVE {
        logs += libm::log(product);
    }
    Sums { squares, logs }
}

impl Shape {
    /// All that are tried: of relative ones only where every value is positive.
    pub fn all(season: Season, relative: bool) -> impl Iterator<Item = Self> {
        let trends = [Trend::None, Trend::Straight, Trend::Damped];
        trends.into_iter().map(move |trend| Self { relative, trend, season })
    }

    /// How many numbers a model of `length` positions estimates, its error's size among them.
    fn numbers(self, length: usize) -> f64 {
        let trend = match self.trend {
            Trend::None => 0.0,
            Trend::Straight => 2.0,
            Trend::Damped => 3.0,
        };
        let season = if self.season == Season::None { 0.0 } else { real(length) };
        3.0 + trend + season
    }

    /// Twice the negative logarithm of the likelihood, but for a constant.
    fn likelihood(self, sums: Sums, count: usize) -> f64 {
        let n = real(count);
        let spread = n * libm::log(sums.squares.max(f64::MIN_POSITIVE));
        if self.relative { spread + 2.0 * sums.logs } else { spread }
    }

    /// The weights that numbers between 0 and 1 stand for; nothing outside of what is allowed.
    fn weights(self, [alpha, beta, gamma, phi]: [f64; 4]) -> Option<Weights> {
        let within = |x: f64| (1e-4..=0.9999).contains(&x);
        let has_trend = self.trend != Trend::None;
        let has_season = self.season != Season::None;
        let damped = self.trend == Trend::Damped;
        let is_allowed = within(alpha)
            && (!has_trend || within(beta))
            && (!has_season || within(gamma))
            && (!damped || (0.8..=0.98).contains(&phi));
        is_allowed.then_some(Weights {
            alpha,
            beta: if has_trend { beta * alpha } else { 0.0 },
            gamma: if has_season { gamma * (1.0 - alpha) } else { 0.0 },
            phi: if damped { phi } else { 1.0 },
        })
    }

    /// The model with the weights that explain `values` best; nothing where it does not fit them (a season without two
    /// years, a relative error on values that are not positive, too few values for its numbers).
    pub fn fit(self, values: &[f64], length: usize) -> Option<Smoothed> {
        const CALLS: usize = 120;
        let spare = real(values.len()) - self.numbers(length) - 1.0;
        if spare < 1.0 || (self.relative && values.iter().any(|value| *value <= 0.0)) {
            return None;
        }
        let start = self.start(values, length)?;
        let spread = values.iter().map(|value| (value - start.level).abs()).sum::<f64>();
        let unit = (spread / real(values.len())).max(start.level.abs() * 1e-3).max(1e-9);
        let at = |[alpha, beta, gamma, phi, level, slope]: &[f64; 6]| {
            let moved = Start {
                level: start.level + level * unit,
                slope: start.slope + slope * unit * 0.1,
                season: Vec::new(),
            };
            self.weights([*alpha, *beta, *gamma, *phi]).map(|weights| (weights, moved))
        };
        let mut begin = start.clone();
        let mut cost = |point: &[f64; 6]| {
            let Some((weights, moved)) = at(point) else { return f64::INFINITY };
            (begin.level, begin.slope) = (moved.level, moved.slope);
            let sums = pass(values, self, &weights, &begin, |_, _, _, _| ());
            self.likelihood(sums, values.len())
        };
        // What a model lacks is not moved: its numbers stay where they begin.
        let (found, _) = match (self.trend, self.season) {
            (Trend::None, Season::None) => {
                let wide = |[a, l]: &[f64; 2]| [*a, 0.1, 0.1, 0.9, *l, 0.0];
                let (p, v) = least([0.4, 0.0], [0.2, 0.4], CALLS, |p| cost(&wide(p)));
                (wide(&p), v)
            }
            (Trend::None, Season::Additive | Season::Multiplicative) => {
                let wide = |[a, g, l]: &[f64; 3]| [*a, 0.1, *g, 0.9, *l, 0.0];
                let (p, v) = least([0.4, 0.1, 0.0], [0.2, 0.2, 0.4], CALLS, |p| cost(&wide(p)));
                (wide(&p), v)
            }
            (Trend::Straight, Season::None) => {
                let wide = |[a, b, l, s]: &[f64; 4]| [*a, *b, 0.1, 0.9, *l, *s];
                let from = [0.4, 0.1, 0.0, 0.0];
                let (p, v) = least(from, [0.2, 0.2, 0.4, 0.4], CALLS, |p| cost(&wide(p)));
                (wide(&p), v)
            }
            (Trend::Straight, Season::Additive | Season::Multiplicative) => {
                let wide = |[a, b, g, l, s]: &[f64; 5]| [*a, *b, *g, 0.9, *l, *s];
                let from = [0.4, 0.1, 0.1, 0.0, 0.0];
                let (p, v) = least(from, [0.2, 0.2, 0.2, 0.4, 0.4], CALLS, |p| cost(&wide(p)));
                (wide(&p), v)
            }
            (Trend::Damped, Season::None) => {
                let wide = |[a, b, f, l, s]: &[f64; 5]| [*a, *b, 0.1, *f, *l, *s];
                let from = [0.4, 0.1, 0.95, 0.0, 0.0];
                let (p, v) = least(from, [0.2, 0.2, -0.05, 0.4, 0.4], CALLS, |p| cost(&wide(p)));
                (wide(&p), v)
            }
            (Trend::Damped, Season::Additive | Season::Multiplicative) => {
                let wide = |p: &[f64; 6]| *p;
                let from = [0.4, 0.1, 0.1, 0.95, 0.0, 0.0];
                let step = [0.2, 0.2, 0.2, -0.05, 0.4, 0.4];
                let (p, v) = least(from, step, CALLS, |p| cost(&wide(p)));
                (wide(&p), v)
            }
        };
        let (weights, moved) = at(&found)?;
        self.known(values, length, weights, &Start { season: start.season, ..moved })
    }

    /// The model with weights and a start that are known.
    pub fn known(
        self,
        values: &[f64],
        length: usize,
        weights: Weights,
        start: &Start,
    ) -> Option<Smoothed> {
        let count = values.len();
        let mut fitted = Vec::with_capacity(count);
        let mut levels = Vec::with_capacity(count.saturating_add(1));
        levels.push((start.level, start.slope));
        let mut seasons = start.season.clone();
        let sums = pass(values, self, &weights, start, |foreseen, level, slope, index| {
            fitted.push(foreseen);
            levels.push((level, slope));
            seasons.push(index);
        });
        let numbers = self.numbers(length);
        let spare = real(count) - numbers - 1.0;
        let aicc = self.likelihood(sums, count) + 2.0 * numbers * real(count) / spare.max(1.0);
        let is_sound = aicc.is_finite() && levels.iter().all(|(level, _)| level.is_finite());
        is_sound.then_some(Smoothed {
            shape: self,
            weights,
            fitted,
            squares: sums.squares,
            aicc,
            levels,
            seasons,
            length: start.season.len().max(1),
        })
    }

    /// Where a model begins: the season by decomposition, level and slope by a line through the first ten values (two
    /// years of seasonal ones) without it.
    fn start(self, values: &[f64], length: usize) -> Option<Start> {
        let pattern = match self.season {
            Season::None => Pattern::none(),
            kind @ (Season::Additive | Season::Multiplicative) => Pattern::of(values, length, kind),
        };
        if pattern.kind != self.season {
            return None;
        }
        let plain = pattern.without(values);
        let first = if self.season == Season::None { 10 } else { length.saturating_mul(2).max(10) };
        let first = plain.get(..first.min(plain.len())).unwrap_or_default();
        let (level, slope) = line(first);
        let season = pattern.indices;
        Some(match self.trend {
            Trend::None => Start { level: mean(first), slope: 0.0, season },
            Trend::Straight | Trend::Damped => Start { level, slope, season },
        })
    }
}

/// The least-squares line: its value one step before the first, and its slope.
pub(super) fn line(values: &[f64]) -> (f64, f64) {
    let n = real(values.len());
    let (middle, center) = (mean(values), (n + 1.0) / 2.0);
    let (mut up, mut across) = (0.0, 0.0);
    let mut at = 1.0;
    for value in values {
        up += (at - center) * (value - middle);
        across += (at - center) * (at - center);
        at += 1.0;
    }
    let slope = if across > 0.0 { up / across } else { 0.0 };
    (middle - slope * center, slope)
}

impl Smoothed {
    /// What the model foresees after `origin` values, step by step.
    pub fn ahead(&self, origin: usize, out: &mut [f64]) {
        let (level, slope) = self.levels.get(origin).copied().unwrap_or_default();
        // Seasons of the last year that is known then, the next step's first.
        let year = self.seasons.get(origin..).unwrap_or_default();
        let year = year.get(..self.length).unwrap_or(year);
        let (mut power, mut sum) = (1.0, 0.0);
        for (out, index) in out.iter_mut().zip(year.iter().cycle()) {
            power *= self.weights.phi;
            sum += power;
            *out = self.shape.season.join(level + sum * slope, *index);
        }
    }

    /// The variance of a forecast `steps` ahead over that of one step, for additive errors.
    ///
    /// # Source
    ///
    /// Hyndman, Koehler, Ord and Snyder (2008), table 6.1.
    pub fn growth(&self, steps: usize) -> f64 {
        let Weights { alpha, beta, gamma, phi } = self.weights;
        let (mut power, mut sum, mut growth) = (1.0, 0.0, 1.0);
        for step in 1..steps {
            power *= phi;
            sum += power;
            let is_year = step.checked_rem(self.length) == Some(0);
            let season = if is_year && self.shape.season != Season::None { gamma } else { 0.0 };
            let slope = if self.shape.trend == Trend::None { 0.0 } else { beta * sum };
            let weight = alpha + slope + season;
            growth += weight * weight;
        }
        growth
    }
}
