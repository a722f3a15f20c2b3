//! Where a function of a few numbers is least: the downhill simplex.

/// A corner of the simplex and what the function is there.
type Corner<const N: usize> = ([f64; N], f64);

/// The least value of `f` that at most `calls` calls of it find, and where, from `start` with steps of `step`.
///
/// A value that is no number counts as the largest. The same input gives the same bits: no randomness, ties by age.
///
/// # Source
///
/// Nelder and Mead (1965), "A simplex method for function minimization", The Computer Journal 7:308–313.
pub(super) fn least<const N: usize>(
    start: [f64; N],
    step: [f64; N],
    calls: usize,
    mut f: impl FnMut(&[f64; N]) -> f64,
) -> Corner<N> {
    /// The simplex is done where its values differ by less than this share.
    const FLAT: f64 = 1e-5;
    let mut left = calls;
    let mut at = |point: [f64; N]| {
        left = left.saturating_sub(1);
        let value = f(&point);
        ((point, if value.is_nan() { f64::INFINITY } else { value }), left)
    };
    let mut corners: Vec<Corner<N>> = vec![at(start).0];
    for axis in 0..N {
        let mut point = start;
        if let (Some(x), Some(step)) = (point.get_mut(axis), step.get(axis)) {
            *x += step;
        }
        corners.push(at(point).0);
    }
    loop {
        corners.sort_by(|one, two| one.1.total_cmp(&two.1));
        let Some((worst, better)) = corners.split_last_mut() else { break };
        let (Some(best), Some(second)) = (better.first().copied(), better.last().copied()) else {
            break;
        };
        if (worst.1 - best.1).abs() <= FLAT * (best.1.abs() + FLAT) {
            break;
        }
        let middle = center(better);
        let (reflected, rest) = at(between(&middle, &worst.0, -1.0));
        if rest == 0 {
            break;
        }
        let next = if reflected.1 < best.1 {
            let (further, _) = at(between(&middle, &worst.0, -2.0));
            Some(if further.1 < reflected.1 { further } else { reflected })
        } else if reflected.1 < second.1 {
            Some(reflected)
        } else {
            let outside = reflected.1 < worst.1;
            let toward = if outside { -0.5 } else { 0.5 };
            let (nearer, _) = at(between(&middle, &worst.0, toward));
            (nearer.1 < worst.1.min(reflected.1)).then_some(nearer)
        };
        if let Some(next) = next {
            *worst = next;
        } else {
            for corner in corners.iter_mut().skip(1) {
                *corner = at(between(&best.0, &corner.0, 0.5)).0;
            }
        }
    }
    corners.sort_by(|one, two| one.1.total_cmp(&two.1));
    corners.first().copied().unwrap_or((start, f64::INFINITY))
}

/// The middle of some corners.
fn center<const N: usize>(corners: &[Corner<N>]) -> [f64; N] {
    let mut sum = [0.0; N];
    for (point, _) in corners {
        for (sum, x) in sum.iter_mut().zip(point) {
            *sum += x;
        }
    }
    let count = super::real(corners.len());
    sum.map(|sum| sum / count)
}

/// The point that lies `share` of the way from one to another.
fn between<const N: usize>(from: &[f64; N], to: &[f64; N], share: f64) -> [f64; N] {
    let mut point = *from;
    for (x, to) in point.iter_mut().zip(to) {
        *x += share * (to - *x);
    }
    point
}
