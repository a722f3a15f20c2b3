//! Special functions and a minimiser: transcendental functions come from `libm`, so that every platform gets the same bits.
#![expect(clippy::float_arithmetic, reason = "likelihoods are real numbers; results are quantised")]

/// Terms of a series at most.
const TERMS_MAX: u32 = 200_000;

/// The logarithm of the gamma function.
pub(super) fn ln_gamma(x: f64) -> f64 {
    libm::lgamma(x)
}

/// ln(exp(a) + exp(b)) without overflow.
pub(super) fn ln_add(a: f64, b: f64) -> f64 {
    let (high, low) = if a >= b { (a, b) } else { (b, a) };
    high + libm::log1p(libm::exp(low - high))
}

/// The hypergeometric function ₂F₁(a, b; c; z) for 0 ≤ z < 1 and c > 0, by its series after Euler's transformation, which
/// converges faster where c < a + b (Abramowitz and Stegun 15.3.3).
pub(super) fn hypergeometric(a: f64, b: f64, c: f64, z: f64) -> f64 {
    let shift = c - a - b;
    if shift < 0.0 {
        return libm::exp(shift * libm::log1p(-z)) * series(c - a, c - b, c, z);
    }
    series(a, b, c, z)
}

fn series(a: f64, b: f64, c: f64, z: f64) -> f64 {
    let (mut sum, mut term) = (1.0_f64, 1.0_f64);
    for n in 0..TERMS_MAX {
        let n = f64::from(n);
        term *= (a + n) * (b + n) / ((c + n) * (n + 1.0)) * z;
        sum += term;
        // Past the hump of the terms, where they only shrink.
        if term.abs() <= 1e-15 * sum.abs() && n > a.abs().max(b.abs()) {
            break;
        }
    }
    sum
}

/// What a search found.
#[derive(Clone, Debug)]
pub(super) struct Minimum<const N: usize> {
    pub(super) at: [f64; N],
    pub(super) value: f64,
    pub(super) converged: bool,
}

/// The least value of a function near `start`, by the simplex of Nelder and Mead (1965) with the adaptive coefficients of
/// Gao and Han (2012), begun again from where it ended until that changes nothing. No randomness: the same function gives
/// the same point.
pub(super) fn minimise<const N: usize>(
    of: impl Fn(&[f64; N]) -> f64,
    start: [f64; N],
    step: f64,
) -> Minimum<N> {
    const ROUNDS: u32 = 12;
    let mut best = descend(&of, start, step);
    for _ in 1..ROUNDS {
        let again = descend(&of, best.at, step / 4.0);
        let settled = (best.value - again.value).abs() <= 1e-11 * best.value.abs().max(1.0);
        let converged = again.converged;
        if again.value <= best.value {
            best = again;
        }
        if settled && converged {
            return Minimum { converged: true, ..best };
        }
    }
    Minimum { converged: false, ..best }
}

#[expect(clippy::cast_precision_loss, reason = "a few dimensions")]
fn descend<const N: usize>(
    of: &impl Fn(&[f64; N]) -> f64,
    start: [f64; N],
    step: f64,
) -> Minimum<N> {
    const STEPS_MAX: u32 = 4_000;
    let n = N as f64;
    let (expand, contract, shrink) = (1.0 + 2.0 / n, 0.75 - 1.0 / (2.0 * n), 1.0 - 1.0 / n);
    let value = |at: &[f64; N]| {
        let value = of(at);
        if value.is_finite() { value } else { f64::MAX }
    };
    let mut corners: Vec<([f64; N], f64)> = vec![(start, value(&start))];
    for axis in 0..N {
        let mut at = start;
        if let Some(own) = at.get_mut(axis) {
            *own += step;
        }
        corners.push((at, value(&at)));
    }
    for _ in 0..STEPS_MAX {
        corners.sort_by(|a, b| a.1.total_cmp(&b.1));
        let (Some(best), Some(worst)) = (corners.first().copied(), corners.last().copied()) else {
            break;
        };
        let width = corners.iter().map(|(at, _)| far(at, &best.0)).fold(0.0, f64::max);
        if width <= 1e-9 && (worst.1 - best.1).abs() <= 1e-12 * best.1.abs().max(1.0) {
            return Minimum { at: best.0, value: best.1, converged: true };
        }
        let others = corners.len().saturating_sub(1);
        let mut center = [0.0; N];
        for (at, _) in corners.iter().take(others) {
            for (sum, own) in center.iter_mut().zip(at) {
                *sum += own / n;
            }
        }
        let along = |by: f64| {
            let mut at = center;
            for (own, from) in at.iter_mut().zip(worst.0) {
                *own += by * (*own - from);
            }
            (at, value(&at))
        };
        let second = corners.get(others.saturating_sub(1)).map_or(worst.1, |corner| corner.1);
        let reflected = along(1.0);
        let next = if reflected.1 < best.1 {
            let expanded = along(expand);
            Some(if expanded.1 < reflected.1 { expanded } else { reflected })
        } else if reflected.1 < second {
            Some(reflected)
        } else {
            let inside = along(if reflected.1 < worst.1 { contract } else { -contract });
            (inside.1 < worst.1.min(reflected.1)).then_some(inside)
        };
        match next {
            Some(next) => {
                corners.pop();
                corners.push(next);
            }
            None => {
                for corner in corners.iter_mut().skip(1) {
                    for (own, best) in corner.0.iter_mut().zip(best.0) {
                        *own = best + shrink * (*own - best);
                    }
                    corner.1 = value(&corner.0);
                }
            }
        }
    }
    corners.sort_by(|a, b| a.1.total_cmp(&b.1));
    let best = corners.first().copied().unwrap_or((start, f64::MAX));
    Minimum { at: best.0, value: best.1, converged: false }
}

fn far<const N: usize>(one: &[f64; N], other: &[f64; N]) -> f64 {
    one.iter().zip(other).map(|(a, b)| (a - b).abs()).fold(0.0, f64::max)
}

/// ln of the number of ways to choose `k` of `n`.
#[expect(clippy::cast_precision_loss, reason = "counts are far below 2^53")]
pub(super) fn ln_choose(n: u64, k: u64) -> f64 {
    let (n, k) = (n as f64, k as f64);
    ln_gamma(n + 1.0) - ln_gamma(k + 1.0) - ln_gamma(n - k + 1.0)
}

/// The chance that of `drawn` out of `all`, of which `marked` are marked, `seen` or more are marked: the one-sided exact test
/// of Fisher (1922) of a table of two by two.
pub(super) fn fisher_at_least(all: u64, marked: u64, drawn: u64, seen: u64) -> f64 {
    let last = marked.min(drawn);
    let first = seen.max(drawn.saturating_sub(all.saturating_sub(marked)));
    let whole = ln_choose(all, drawn);
    let of = |k: u64| {
        let rest = all.saturating_sub(marked);
        libm::exp(ln_choose(marked, k) + ln_choose(rest, drawn.saturating_sub(k)) - whole)
    };
    (first..=last).map(of).sum::<f64>().min(1.0)
}

/// The chance of a binomial count as unlikely as `seen` of `trials` at `chance` or more so: the smaller tail twice, at most 1.
#[expect(clippy::cast_precision_loss, reason = "counts are far below 2^53")]
pub(super) fn binomial_two_sided(trials: u64, chance: f64, seen: u64) -> f64 {
    let of = |k: u64| {
        let rest = trials.saturating_sub(k) as f64;
        libm::exp(ln_choose(trials, k) + k as f64 * libm::log(chance) + rest * libm::log1p(-chance))
    };
    let low: f64 = (0..=seen).map(of).sum();
    let high: f64 = (seen..=trials).map(of).sum();
    (2.0 * low.min(high)).min(1.0)
}

/// The share of false findings to reckon with if each of these chances, and every smaller one, is taken as a finding, out of
/// `tests` that were made (Benjamini and Hochberg 1995). Tests that are not given count as having found nothing.
#[expect(clippy::cast_precision_loss, reason = "counts are far below 2^53")]
pub(super) fn false_discovery(chances: &[f64], tests: u64) -> Vec<f64> {
    let mut order: Vec<(usize, f64)> = chances.iter().copied().enumerate().collect();
    order.sort_by(|a, b| b.1.total_cmp(&a.1).then(b.0.cmp(&a.0)));
    let mut adjusted = vec![1.0; chances.len()];
    let (mut least, mut rank) = (1.0_f64, chances.len());
    for (at, chance) in order {
        least = least.min(chance * tests as f64 / rank as f64);
        if let Some(own) = adjusted.get_mut(at) {
            *own = least;
        }
        rank = rank.saturating_sub(1);
    }
    adjusted
}

/// A chance in whole basis points, rounded up, so that what is shown is never smaller than what was found.
#[expect(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "between 0 and 10,000 by the line before"
)]
pub(super) fn basis_points_up(chance: f64) -> u32 {
    let points = libm::ceil(chance.clamp(0.0, 1.0) * 10_000.0 - 1e-9).max(0.0);
    points as u32
}

/// A share in whole basis points, to the nearest.
#[expect(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "between 0 and 10,000 by the line before"
)]
pub(super) fn basis_points(share: f64) -> u32 {
    let points = libm::round(share.clamp(0.0, 1.0) * 10_000.0);
    points as u32
}

#[cfg(test)]
#[path = "special_tests.rs"]
mod tests;
