//! How far a forecast may be off: what it was off at the same distance in the past.

use super::{Model, Pattern, Reach, Season, Z_80, Z_95, real};

/// What a forecast was off.
pub(super) struct Off {
    /// At past moments, step by step, under the season.
    pub(super) offs: Vec<Vec<f64>>,
    /// One standard deviation for each step ahead, without the season.
    pub(super) deviations: Vec<f64>,
    /// How many deviations intervals reach.
    pub(super) reach: Reach,
}

/// What the mean of `models` was off at past moments, under its season, and its standard deviation for each step ahead, on
/// the scale of `plain`.
///
/// At each past moment the models foresee what followed; the squares of what they were off are fitted by a line over the
/// steps, weighted by how many there are, that never falls. The models know the whole history, so what they were off is
/// less than it will be: by the numbers that they estimate.
pub(super) fn deviations(
    plain: &[f64],
    models: &[Box<dyn Model>],
    pattern: &Pattern,
    horizon: usize,
) -> Off {
    let count = plain.len();
    // Models find their feet in the first third.
    let first = count.checked_div(3).unwrap_or(0).clamp(2, 12);
    let steps = horizon.min(count.saturating_sub(first)).max(1);
    let mut squares = vec![(0.0, 0.0); steps];
    let season = if pattern.kind == Season::None { 0.0 } else { 0.9 * real(pattern.indices.len()) };
    let estimated = (2.0 + season).min(real(count) / 2.0);
    let more = (real(count) + estimated) / (real(count) - estimated);
    let mut offs: Vec<Vec<f64>> = Vec::with_capacity(count.saturating_sub(first));
    let mut plain_offs: Vec<Vec<f64>> = Vec::with_capacity(offs.capacity());
    let (mut own, mut mean) = (vec![0.0; steps], vec![0.0; steps]);
    for origin in first..count {
        mean.fill(0.0);
        for model in models {
            model.foresee(origin, &mut own);
            for (sum, own) in mean.iter_mut().zip(&own) {
                *sum += own;
            }
        }
        let later = plain.get(origin..).unwrap_or_default();
        let (mut raw, mut shown) = (Vec::with_capacity(steps), Vec::with_capacity(steps));
        for (((actual, mean), (sum, seen)), at) in
            later.iter().zip(&mean).zip(&mut squares).zip(origin..)
        {
            let off = actual - mean / real(models.len());
            *sum += off * off;
            *seen += 1.0;
            raw.push(off * more.sqrt());
            shown.push(pattern.scale(at) * off * more.sqrt());
        }
        offs.push(shown);
        plain_offs.push(raw);
    }
    let (at_once, each) = rising(&squares);
    let variance = |step: usize| more * (at_once + each * real(step));
    let deviations: Vec<f64> = (0..horizon).map(|step| variance(step).max(0.0).sqrt()).collect();
    let reach = reach(&plain_offs, &deviations);
    Off { offs, deviations, reach }
}

/// The line over sums and counts that does not fall: its value at the first step and its rise with each further.
fn rising(squares: &[(f64, f64)]) -> (f64, f64) {
    let (mut weight, mut at, mut value) = (0.0, 0.0, 0.0);
    for ((sum, seen), step) in squares.iter().zip(0..) {
        weight += seen;
        at += seen * real(step);
        value += sum;
    }
    if weight <= 0.0 {
        return (0.0, 0.0);
    }
    let (middle, mean) = (at / weight, value / weight);
    let (mut up, mut across) = (0.0, 0.0);
    for ((sum, seen), step) in squares.iter().zip(0..) {
        let away = real(step) - middle;
        up += away * (sum - seen * mean);
        across += seen * away * away;
    }
    let each = if across > 0.0 { (up / across).max(0.0) } else { 0.0 };
    let first = mean - each * middle;
    if first > 0.0 {
        return (first, each);
    }
    // A line that begins below zero: what the first step was off, and a rise that keeps the mean.
    let first =
        squares.first().map_or(0.0, |(sum, seen)| if *seen > 0.0 { sum / seen } else { 0.0 });
    (first, if middle > 0.0 { ((mean - first) / middle).max(0.0) } else { 0.0 })
}

/// How many deviations hold 80 % and 95 % of what was off, between what a distribution with short tails and one with long
/// tails asks for: the past's own, where it tells enough.
fn reach(offs: &[Vec<f64>], deviations: &[f64]) -> Reach {
    const ENOUGH: usize = 40;
    let mut sizes: Vec<f64> = Vec::new();
    for off in offs {
        let pairs = off.iter().zip(deviations).filter(|(_, deviation)| **deviation > 0.0);
        sizes.extend(pairs.map(|(off, deviation)| (off / deviation).abs()));
    }
    if sizes.len() < ENOUGH {
        return Reach::default();
    }
    sizes.sort_by(f64::total_cmp);
    let quantile = |twentieths: usize| {
        let at = sizes.len().saturating_mul(twentieths).checked_div(20).unwrap_or(0);
        sizes.get(at).copied().unwrap_or(0.0)
    };
    Reach { in_80: quantile(16).clamp(Z_80, 1.5), in_95: quantile(19).clamp(Z_95, 2.6) }
}
