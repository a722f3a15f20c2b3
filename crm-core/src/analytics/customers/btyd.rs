//! How often somebody will buy again, and whether they still do: the BG/NBD model.
//!
//! While they are customers they buy at random at a rate of their own; after each purchase they may leave for good, with a
//! chance of their own. Rates follow a gamma, chances a beta distribution over all customers; the four parameters of these
//! are fitted by maximum likelihood.
//!
//! Source: Fader, Hardie and Lee (2005), "Counting Your Customers the Easy Way", Marketing Science 24(2):275–284.
#![expect(
    clippy::float_arithmetic,
    reason = "a fitted model is real numbers; results are quantised"
)]

use std::collections::BTreeMap;

use super::special::{hypergeometric, ln_add, ln_gamma, minimise};

/// What the model sees of a customer, in weeks.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Seen {
    /// Days of buying after the first.
    pub repeats: u32,
    /// From the first day of buying to the last.
    pub last: f64,
    /// From the first day of buying to now.
    pub age: f64,
}

/// The parameters.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct BgNbd {
    /// Shape of the rates of buying.
    pub r: f64,
    /// Scale of the rates of buying, in weeks.
    pub alpha: f64,
    /// First shape of the chances of leaving.
    pub a: f64,
    /// Second shape of the chances of leaving.
    pub b: f64,
}

/// Parameters beyond these bounds are no finding: the data do not hold them.
const BOUND: f64 = 11.5;

impl BgNbd {
    /// The parameters under which what is seen is most likely; nothing where the search does not settle or runs to a bound,
    /// so that the data say nothing of them.
    pub fn fit(customers: &[Seen]) -> Option<Self> {
        let groups = Grouped::of(customers);
        let start = [0.0; 4];
        let scale = groups.scale();
        let found = minimise(
            |at| {
                // A soft wall keeps the search where numbers mean something.
                let wall: f64 = at.iter().map(|x| (x.abs() - 12.0).max(0.0)).sum();
                -groups.log_likelihood(&Self::of(at, scale)) + wall * 1e3
            },
            start,
            0.5,
        );
        let within = found.at.iter().all(|x| x.abs() < BOUND);
        (found.converged && within && found.value.is_finite()).then(|| Self::of(&found.at, scale))
    }

    fn of(at: &[f64; 4], scale: f64) -> Self {
        let [r, alpha, a, b] = at.map(libm::exp);
        Self { r, alpha: alpha * scale, a, b }
    }

    /// How likely what is seen is, as a logarithm.
    pub fn log_likelihood(&self, customers: &[Seen]) -> f64 {
        Grouped::of(customers).log_likelihood(self)
    }

    /// The logarithm of a·(α+T)^(r+x) / ((b+x−1)·(α+t)^(r+x)): how much likelier "left" is than "is still there".
    fn ln_odds_left(&self, of: &Seen) -> f64 {
        let x = f64::from(of.repeats);
        let ratio = libm::log(self.alpha + of.age) - libm::log(self.alpha + of.last);
        libm::log(self.a) - libm::log(self.b + x - 1.0) + (self.r + x) * ratio
    }

    /// The chance that a customer still buys. Whoever bought once only cannot have left yet, by the model.
    pub fn alive(&self, of: &Seen) -> f64 {
        if of.repeats == 0 {
            return 1.0;
        }
        1.0 / (1.0 + libm::exp(self.ln_odds_left(of)))
    }

    /// How often somebody of whom nothing is known buys again in `weeks` (their equation 9).
    pub fn expected(&self, weeks: f64) -> f64 {
        let Self { r, alpha, a, b } = self.regular();
        let z = weeks / (alpha + weeks);
        let left = libm::exp(r * libm::log(alpha / (alpha + weeks)));
        (a + b - 1.0) / (a - 1.0) * (1.0 - left * hypergeometric(r, b, a + b - 1.0, z))
    }

    /// How often a customer buys in the next `weeks` (their equation 10).
    pub fn expected_of(&self, of: &Seen, weeks: f64) -> f64 {
        let Self { r, alpha, a, b } = self.regular();
        let x = f64::from(of.repeats);
        let until = alpha + of.age;
        let z = weeks / (until + weeks);
        let left = libm::exp((r + x) * libm::log(until / (until + weeks)));
        let series = left * hypergeometric(r + x, b + x, a + b + x - 1.0, z);
        ((a + b + x - 1.0) / (a - 1.0) * (1.0 - series) * self.alive(of)).max(0.0)
    }

    /// The chance of buying `count` times in `weeks` of somebody of whom nothing is known (their equation 8).
    pub fn chance_of(&self, count: u32, weeks: f64) -> f64 {
        let Self { r, alpha, a, b } = *self;
        let n = f64::from(count);
        let z = weeks / (alpha + weeks);
        let beta = |p: f64, q: f64| ln_gamma(p) + ln_gamma(q) - ln_gamma(p + q);
        let stay = beta(a, b + n) - beta(a, b);
        let bought = ln_gamma(r + n) - ln_gamma(r) - ln_gamma(n + 1.0)
            + r * libm::log(alpha / (alpha + weeks))
            + n * libm::log(z);
        let first = libm::exp(stay + bought);
        if count == 0 {
            return first;
        }
        let leave = beta(a + 1.0, b + n - 1.0) - beta(a, b);
        let fewer = (0..count).map(|j| {
            let j = f64::from(j);
            libm::exp(ln_gamma(r + j) - ln_gamma(r) - ln_gamma(j + 1.0) + j * libm::log(z))
        });
        let fewer: f64 = fewer.sum();
        let known = libm::exp(r * libm::log(alpha / (alpha + weeks))) * fewer;
        first + libm::exp(leave) * (1.0 - known)
    }

    /// The same where a is not 1, at which the formulas have a gap that they close continuously.
    fn regular(&self) -> Self {
        if (self.a - 1.0).abs() < 1e-7 { Self { a: 1.0 + 1e-7, ..*self } } else { *self }
    }
}

/// Customers of whom the same is seen count together: likelihoods cost what differs.
struct Grouped {
    rows: Vec<(Seen, f64)>,
}

impl Grouped {
    #[expect(clippy::cast_precision_loss, reason = "counts are far below 2^53")]
    fn of(customers: &[Seen]) -> Self {
        let mut counts: BTreeMap<(u32, u64, u64), (Seen, u64)> = BTreeMap::new();
        for of in customers {
            let key = (of.repeats, of.last.to_bits(), of.age.to_bits());
            let (_, count) = counts.entry(key).or_insert((*of, 0));
            *count = count.saturating_add(1);
        }
        Self { rows: counts.into_values().map(|(of, count)| (of, count as f64)).collect() }
    }

    /// A length of time to measure by: about ten of them are the longest age.
    fn scale(&self) -> f64 {
        let longest = self.rows.iter().map(|(of, _)| of.age).fold(0.0, f64::max);
        (longest / 10.0).max(1e-3)
    }

    /// The sum over customers (their equation 6, with what does not depend on a single customer taken out).
    fn log_likelihood(&self, model: &BgNbd) -> f64 {
        let BgNbd { r, alpha, a, b } = *model;
        let fixed = r * libm::log(alpha) - ln_gamma(r);
        let leaving = ln_gamma(a + b) - ln_gamma(b);
        let mut of_repeats: BTreeMap<u32, f64> = BTreeMap::new();
        let mut sum = 0.0;
        for (of, count) in &self.rows {
            let x = f64::from(of.repeats);
            let own = *of_repeats.entry(of.repeats).or_insert_with(|| {
                ln_gamma(r + x) + ln_gamma(b + x) - ln_gamma(a + b + x) + fixed + leaving
            });
            let stays = -(r + x) * libm::log(alpha + of.age);
            let either =
                if of.repeats == 0 { stays } else { ln_add(stays, stays + model.ln_odds_left(of)) };
            sum += count * (own + either);
        }
        sum
    }
}

#[cfg(test)]
#[path = "btyd_tests.rs"]
mod tests;
