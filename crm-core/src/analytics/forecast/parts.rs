//! The models whose mean is the forecast.

use super::{Model, Pattern, Rhythm, Season, Shape, Smoothed, Theta, is_seasonal};

/// Complex smoothing of logarithms.
struct Logs {
    model: Rhythm,
    /// The season of the logarithms.
    own: Pattern,
    /// No logarithm is foreseen beyond this one.
    limit: f64,
    pattern: Pattern,
}

/// Complex smoothing of values that have no logarithm.
struct Plain(Rhythm);

/// Exponential smoothing with the season that it found.
struct Smoothing {
    model: Smoothed,
    pattern: Pattern,
}

impl Model for Theta {
    fn name(&self) -> &'static str {
        "theta"
    }

    fn foresee(&self, origin: usize, out: &mut [f64]) {
        self.ahead(origin, out);
    }
}

impl Model for Logs {
    fn name(&self) -> &'static str {
        "complex smoothing"
    }

    fn foresee(&self, origin: usize, out: &mut [f64]) {
        self.model.ahead(origin, out);
        self.own.put_on(origin, out);
        for value in out.iter_mut() {
            *value = libm::exp(value.min(self.limit));
        }
        self.pattern.take_off(origin, out);
    }
}

impl Model for Plain {
    fn name(&self) -> &'static str {
        "complex smoothing"
    }

    fn foresee(&self, origin: usize, out: &mut [f64]) {
        self.0.ahead(origin, out);
    }
}

impl Model for Smoothing {
    fn name(&self) -> &'static str {
        "exponential smoothing"
    }

    fn foresee(&self, origin: usize, out: &mut [f64]) {
        self.model.ahead(origin, out);
        self.pattern.take_off(origin, out);
    }
}

/// The models that can go over a history; each foresees without the season of `pattern`, and `plain` is `values` without
/// it: theta of the plain values, complex smoothing of logarithms where values are positive and of like size, else of the
/// plain values, exponential smoothing with whatever season explains the values best.
pub(super) fn parts(
    values: &[f64],
    plain: &[f64],
    pattern: &Pattern,
    length: usize,
) -> Vec<Box<dyn Model>> {
    let mut found: Vec<Box<dyn Model>> = Vec::new();
    if let Some(model) = Theta::fit(plain) {
        found.push(Box::new(model));
    }
    if is_even(values) {
        if let Some(model) = logs(values, pattern, length) {
            found.push(Box::new(model));
        }
    } else if let Some(model) = Rhythm::fit(plain) {
        found.push(Box::new(Plain(model)));
    }
    if let Some(model) = best(values, length) {
        found.push(Box::new(Smoothing { model, pattern: pattern.clone() }));
    }
    found
}

/// Whether all values are positive and the largest is not more than twelve times the smallest: logarithms of others bend
/// what goes straight.
fn is_even(values: &[f64]) -> bool {
    let (least, most) = values
        .iter()
        .fold((f64::MAX, 0.0_f64), |(least, most), value| (least.min(*value), most.max(*value)));
    least > 0.0 && most <= 12.0 * least
}

fn logs(values: &[f64], pattern: &Pattern, length: usize) -> Option<Logs> {
    /// A year may bring at most e² times the most that was.
    const AHEAD_MAX: f64 = 2.0;
    let logs: Vec<f64> = values.iter().map(|value| libm::log(*value)).collect();
    let own = match is_seasonal(&logs, length) {
        true => Pattern::of(&logs, length, Season::Additive),
        false => Pattern::none(),
    };
    let model = Rhythm::fit(&own.without(&logs))?;
    let most = logs.iter().copied().fold(f64::MIN, f64::max);
    Some(Logs { model, own, limit: most + AHEAD_MAX, pattern: pattern.clone() })
}

/// The model of the family of exponential smoothing that explains values best for the numbers it takes: every trend, with
/// no season or an adding one and errors that add; of positive values also errors that are shares, with no season or a
/// multiplying one.
pub fn best(values: &[f64], length: usize) -> Option<Smoothed> {
    let families = [
        (Season::None, false),
        (Season::None, true),
        (Season::Additive, false),
        (Season::Multiplicative, true),
    ];
    let shapes = families.into_iter().flat_map(|(season, relative)| Shape::all(season, relative));
    let models = shapes.filter_map(|shape| shape.fit(values, length));
    models.min_by(|one, two| one.aicc.total_cmp(&two.aicc))
}
