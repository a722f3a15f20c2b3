//! Complex exponential smoothing: a level and what it does not yet know, which turn about each other.

use super::{real, simplex::least};

/// The model after a history without season.
///
/// # Source
///
/// Svetunkov, Kourentzes and Ord (2022), "Complex exponential smoothing", Naval Research Logistics 69:1108–1123.
#[derive(Clone, Debug, PartialEq)]
pub struct Rhythm {
    /// The real part of its weight.
    pub real: f64,
    /// The imaginary part.
    pub imaginary: f64,
    states: Vec<(f64, f64)>,
}

fn next((level, hidden): (f64, f64), value: f64, a: f64, b: f64) -> (f64, f64) {
    let error = value - level;
    (level - (1.0 - b) * hidden + (a - b) * error, level + (1.0 - a) * hidden + (a + b) * error)
}

/// Where the model begins: where it would be after the history, told backwards.
fn begin(values: &[f64], a: f64, b: f64) -> (f64, f64) {
    let first = super::pattern::mean(values.get(..values.len().min(10)).unwrap_or_default());
    let mut state = (first, first / 1.1);
    for value in values {
        state = next(state, *value, a, b);
    }
    for value in values.iter().rev() {
        state = next(state, *value, a, b);
    }
    state
}

impl Rhythm {
    /// The model that explains `values` best; nothing of fewer than six, or where none is stable.
    pub fn fit(values: &[f64]) -> Option<Self> {
        const CALLS: usize = 120;
        if values.len() < 6 {
            return None;
        }
        let cost = |[a, b]: &[f64; 2]| {
            let (a, b) = (*a, *b);
            // The stability of the pair of states.
            let stable = (a - 2.5) * (a - 2.5) + b * b > 1.25
                && (a - 0.5) * (a - 0.5) + (b - 1.0) * (b - 1.0) > 0.25
                && (a - 1.5) * (a - 1.5) + (b - 0.5) * (b - 0.5) < 1.5;
            if !stable {
                return f64::INFINITY;
            }
            let mut state = begin(values, a, b);
            let mut squares = 0.0;
            for value in values {
                let error = value - state.0;
                squares += error * error;
                state = next(state, *value, a, b);
            }
            squares
        };
        let ([a, b], squares) = least([1.3, 1.0], [-0.2, 0.05], CALLS, cost);
        let mut state = begin(values, a, b);
        let mut states = vec![state];
        for value in values {
            state = next(state, *value, a, b);
            states.push(state);
        }
        let is_sound = squares.is_finite() && real(states.len()) > 0.0;
        is_sound.then_some(Self { real: a, imaginary: b, states })
    }

    /// What the model foresees after `origin` values, step by step.
    pub fn ahead(&self, origin: usize, out: &mut [f64]) {
        let mut state = self.states.get(origin).copied().unwrap_or_default();
        for out in out {
            *out = state.0;
            state = next(state, state.0, self.real, self.imaginary);
        }
    }
}
