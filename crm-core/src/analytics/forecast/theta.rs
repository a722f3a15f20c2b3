//! Theta: half way between a line and a smoothed level, both kept up to date.

use super::{real, simplex::least};

/// The dynamic optimised theta model after a history without season.
///
/// # Source
///
/// Fiorucci, Pellegrini, Louzada, Petropoulos and Koehler (2016), "Models for optimising the theta method and their
/// relationship to state space models", International Journal of Forecasting 32:1151–1161.
#[derive(Clone, Debug, PartialEq)]
pub struct Theta {
    /// The weight of the level: above 0 and below 1.
    pub alpha: f64,
    /// How much the local bends are stretched: from 1.
    pub theta: f64,
    states: Vec<State>,
}

/// Where the model stands before a moment.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
struct State {
    /// How many values there were.
    seen: f64,
    level: f64,
    mean: f64,
    slope: f64,
    /// (1 − alpha) to the number of values.
    power: f64,
}

impl State {
    /// What is foreseen for the next value.
    fn foreseen(self, alpha: f64, theta: f64) -> f64 {
        let base = self.mean - self.slope * (self.seen + 1.0) / 2.0;
        let decay = self.power * (1.0 - alpha);
        let line = self.power * base + (1.0 - decay) / alpha * self.slope;
        self.level + (1.0 - 1.0 / theta) * line
    }

    fn next(self, value: f64, alpha: f64) -> Self {
        let seen = self.seen + 1.0;
        let mean = (self.seen * self.mean + value) / seen;
        let slope = if self.seen < 1.0 {
            0.0
        } else {
            ((self.seen - 1.0) * self.slope + 6.0 * (value - self.mean) / seen) / (seen + 1.0)
        };
        let level = self.level + alpha * (value - self.level);
        Self { seen, level, mean, slope, power: self.power * (1.0 - alpha) }
    }
}

impl Theta {
    /// The model that explains `values` best; nothing of fewer than four.
    pub fn fit(values: &[f64]) -> Option<Self> {
        const CALLS: usize = 200;
        let first = *values.first()?;
        if values.len() < 4 {
            return None;
        }
        let spread = values.iter().map(|value| (value - first).abs()).sum::<f64>();
        let unit = (spread / real(values.len())).max(first.abs() * 1e-3).max(1e-9);
        let allowed =
            |alpha: f64, theta: f64| (0.01..=0.99).contains(&alpha) && (1.0..=1e6).contains(&theta);
        let cost = |[level, alpha, theta]: &[f64; 3]| {
            let theta = libm::exp(*theta);
            if !allowed(*alpha, theta) {
                return f64::INFINITY;
            }
            let mut state = State { level: first + level * unit, power: 1.0, ..State::default() };
            let mut squares = 0.0;
            for value in values {
                let error = value - state.foreseen(*alpha, theta);
                if state.seen > 2.5 {
                    squares += error * error;
                }
                state = state.next(*value, *alpha);
            }
            squares
        };
        let ([level, alpha, theta], _) = least([-0.5, 0.5, 0.7], [0.5, -0.2, 0.5], CALLS, cost);
        let theta = libm::exp(theta);
        let mut state = State { level: first + level * unit, power: 1.0, ..State::default() };
        let mut states = vec![state];
        for value in values {
            state = state.next(*value, alpha);
            states.push(state);
        }
        let is_sound = states.iter().all(|state| state.level.is_finite());
        is_sound.then_some(Self { alpha, theta, states })
    }

    /// What the model foresees after `origin` values, step by step: each step is taken as it was foreseen.
    pub fn ahead(&self, origin: usize, out: &mut [f64]) {
        let mut state = self.states.get(origin).copied().unwrap_or_default();
        for out in out {
            *out = state.foreseen(self.alpha, self.theta);
            state = state.next(*out, self.alpha);
        }
    }
}
