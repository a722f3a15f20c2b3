//! What somebody spends at a time: the gamma-gamma model.
//!
//! What purchases come to varies around a mean of each customer's own, and these means vary over customers. Somebody who
//! bought often is judged by their own purchases, somebody who bought twice rather by everybody's.
//!
//! Source: Fader, Hardie and Lee (2005), "RFM and CLV", Journal of Marketing Research 42:415–430; Fader and Hardie (2013),
//! "The Gamma-Gamma Model of Monetary Value".
#![expect(
    clippy::float_arithmetic,
    reason = "a fitted model is real numbers; results are quantised"
)]

use super::special::{ln_gamma, minimise};

/// What the model sees of a customer who bought again.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Spent {
    /// Over how many purchases.
    pub count: u32,
    /// What they came to on average; above 0.
    pub mean: f64,
}

/// The parameters.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct GammaGamma {
    /// Shape of purchases around the mean of their customer.
    pub p: f64,
    /// Shape of the means.
    pub q: f64,
    /// Scale of the means, in the unit of money.
    pub v: f64,
}

/// Parameters beyond these bounds are no finding.
const BOUND: f64 = 11.5;

impl GammaGamma {
    /// The parameters under which what is seen is most likely; nothing where the search does not settle or runs to a bound,
    /// or where the mean over customers does not exist (q ≤ 1).
    pub fn fit(customers: &[Spent]) -> Option<Self> {
        let sum: f64 = customers.iter().map(|of| of.mean).sum();
        let scale = sum / f64::from(u32::try_from(customers.len()).ok()?.max(1));
        if !(scale.is_finite() && scale > 0.0) {
            return None;
        }
        let unit: Vec<Spent> =
            customers.iter().map(|of| Spent { mean: of.mean / scale, ..*of }).collect();
        let of = |at: &[f64; 3]| {
            let [p, q, v] = at.map(libm::exp);
            Self { p, q, v }
        };
        let found = minimise(
            |at| {
                let wall: f64 = at.iter().map(|x| (x.abs() - 12.0).max(0.0)).sum();
                -of(at).log_likelihood(&unit) + wall * 1e3
            },
            [1.0, 1.0, 0.0],
            0.5,
        );
        let within = found.at.iter().all(|x| x.abs() < BOUND);
        let fitted = of(&found.at);
        let fitted = Self { v: fitted.v * scale, ..fitted };
        (found.converged && within && fitted.q > 1.0).then_some(fitted)
    }

    /// How likely what is seen is, as a logarithm (their equation 1a, over customers).
    pub fn log_likelihood(&self, customers: &[Spent]) -> f64 {
        let Self { p, q, v } = *self;
        let one = |of: &Spent| {
            let x = f64::from(of.count);
            ln_gamma(p * x + q) - ln_gamma(p * x) - ln_gamma(q)
                + q * libm::log(v)
                + (p * x - 1.0) * libm::log(of.mean)
                + p * x * libm::log(x)
                - (p * x + q) * libm::log(x * of.mean + v)
        };
        customers.iter().map(one).sum()
    }

    /// What a customer's next purchase comes to: a mean of theirs and of everybody's, weighed by how often they bought.
    pub fn expected(&self, of: Option<Spent>) -> f64 {
        let Self { p, q, v } = *self;
        let Some(of) = of else { return v * p / (q - 1.0) };
        let x = f64::from(of.count);
        (v + x * of.mean) * p / (p * x + q - 1.0)
    }
}

#[cfg(test)]
#[path = "spend_tests.rs"]
mod tests;
