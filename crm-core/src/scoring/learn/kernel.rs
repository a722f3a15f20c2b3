//! The inner loops of learning and of scoring many, apart from what they mean: tight, over columns.
//!
//! Only addition, multiplication and division are used, so every platform gives the same bits. Sums over rows are sums
//! of whole numbers, so the order of the rows does not matter.
#![expect(
    clippy::float_arithmetic,
    clippy::arithmetic_side_effects,
    clippy::cast_possible_truncation,
    clippy::cast_possible_wrap,
    clippy::cast_sign_loss,
    clippy::cast_precision_loss,
    reason = "odds are real numbers; every sum here is bounded by the length of a chunk"
)]

/// Rows that are worked on at a time: what a sum of 32 bits can hold of [`UNIT`]s.
const CHUNK: usize = 2048;
/// How finely slopes are counted: 2¹⁸ to one.
const UNIT: f32 = 262_144.0;
/// Added and taken away it rounds a number to the nearest whole one, ties to even: 1.5 · 2²³.
const ROUNDING: f32 = 12_582_912.0;
/// Its bits: what they exceed this by is the whole number that was added to it.
const ROUNDING_BITS: u32 = 0x4B40_0000;
/// Probabilities that are worked out side by side: one alone is a chain of thirty steps, each waiting for the last.
const ABREAST: usize = 64;

/// e to the power of `x`, which is taken as at most 87 on either side; within 2 units in the last place.
///
/// # Source
///
/// Cephes `expf` (Moshier): argument reduction by two parts of ln 2 and a polynomial of degree 5. Unlike a library's it
/// compiles to vector code, in which every lane gives the same bits as one number alone.
#[inline]
pub fn exp(x: f32) -> f32 {
    let (power, rest) = reduced(x);
    power * series(rest)
}

/// A power of two and what is left of the exponent.
#[inline]
fn reduced(x: f32) -> (f32, f32) {
    let x = x.clamp(-87.0, 87.0);
    let rounded = x * core::f32::consts::LOG2_E + ROUNDING;
    let whole = rounded - ROUNDING;
    let rest = x - whole * 0.693_359_4 - whole * -2.121_944_4e-4;
    let exponent = rounded.to_bits().wrapping_sub(ROUNDING_BITS).wrapping_add(127);
    (f32::from_bits(exponent << 23), rest)
}

/// e to the power of what is left.
#[inline]
fn series(rest: f32) -> f32 {
    let mut sum = 1.987_569_1e-4;
    sum = sum * rest + 1.398_2e-3;
    sum = sum * rest + 8.333_452e-3;
    sum = sum * rest + 4.166_579_6e-2;
    sum = sum * rest + 0.166_666_65;
    sum = sum * rest + 0.5;
    sum * rest * rest + rest + 1.0
}

/// The probability that log-odds stand for.
#[inline]
pub fn sigmoid(log_odds: f32) -> f32 {
    1.0 / (1.0 + exp(-log_odds))
}

/// [`sigmoid`] of each, bit for bit: in short passes, so that the steps of one do not wait for those of another.
#[inline]
fn sigmoids(log_odds: &mut [f32; ABREAST]) {
    let mut powers = [0.0_f32; ABREAST];
    for (x, power) in log_odds.iter_mut().zip(&mut powers) {
        (*power, *x) = reduced(-*x);
    }
    for (x, power) in log_odds.iter_mut().zip(&powers) {
        *x = power * series(*x);
    }
    for x in log_odds {
        *x = 1.0 / (1.0 + *x);
    }
}

/// The nearest whole number of a number within 2²² of 0, ties to even.
#[inline]
const fn nearest(x: f32) -> i32 {
    (x + ROUNDING).to_bits().wrapping_sub(ROUNDING_BITS) as i32
}

/// By how much each cell's rows pull the log-odds (sum of outcome less probability), and how firmly they stand (sum of
/// probability times its complement).
#[derive(Clone, Debug, Default, PartialEq)]
pub(super) struct Slopes {
    pub(super) pull: Vec<f64>,
    pub(super) firm: Vec<f64>,
}

/// The slopes of the likelihood by cell, where rows have these log-odds and outcomes (0 or 1).
pub(super) fn slopes<C: Copy + Into<usize>>(
    log_odds: &[f32],
    outcomes: &[u8],
    cells: &[C],
    size: usize,
) -> Slopes {
    let (mut pull, mut firm) = (vec![0_i64; size], vec![0_i64; size]);
    // Both sums in one number: the pull above, the firmness, which is never negative, below.
    let mut sums = vec![0_i64; size];
    let mut packed = [0_i64; CHUNK];
    let chunks = log_odds.chunks(CHUNK).zip(outcomes.chunks(CHUNK)).zip(cells.chunks(CHUNK));
    for ((log_odds, outcomes), cells) in chunks {
        pack(log_odds, outcomes, &mut packed);
        for (packed, cell) in packed.iter().zip(cells) {
            if let Some(sum) = sums.get_mut((*cell).into()) {
                *sum = sum.wrapping_add(*packed);
            }
        }
        for ((sum, pull), firm) in sums.iter_mut().zip(&mut pull).zip(&mut firm) {
            let low = *sum & 0xFFFF_FFFF;
            *firm += low;
            *pull += (*sum - low) >> 32;
            *sum = 0;
        }
    }
    let real = |sums: Vec<i64>| sums.into_iter().map(|sum| sum as f64 / f64::from(UNIT)).collect();
    Slopes { pull: real(pull), firm: real(firm) }
}

/// What each row adds to the slopes of its cell, in [`UNIT`]s: pull above, firmness below.
fn pack(log_odds: &[f32], outcomes: &[u8], packed: &mut [i64; CHUNK]) {
    let rows = log_odds.chunks(ABREAST).zip(outcomes.chunks(ABREAST));
    for ((log_odds, outcomes), packed) in rows.zip(packed.chunks_mut(ABREAST)) {
        let mut all = [0.0_f32; ABREAST];
        all.iter_mut().zip(log_odds).for_each(|(x, log_odds)| *x = *log_odds);
        sigmoids(&mut all);
        for ((packed, p), outcome) in packed.iter_mut().zip(&all).zip(outcomes) {
            let pull = nearest((f32::from(*outcome) - p) * UNIT);
            let firm = nearest(p * (1.0 - p) * UNIT);
            *packed = (i64::from(pull) << 32).wrapping_add(i64::from(firm));
        }
    }
}

/// Moves each row's log-odds by what its cell moved.
pub(super) fn shift<C: Copy + Into<usize>>(log_odds: &mut [f32], cells: &[C], by: &[f32]) {
    for (log_odds, cell) in log_odds.iter_mut().zip(cells) {
        *log_odds += by.get((*cell).into()).copied().unwrap_or(0.0);
    }
}

/// Rows of outcome 0 and of outcome 1 by the code of one column, in one pass.
pub fn counts(codes: &[u8], outcomes: &[u8]) -> [[u32; 2]; 256] {
    let (mut even, mut odd) = ([0_u32; 512], [0_u32; 512]);
    let count = |counts: &mut [u32; 512], code: u8, outcome: u8| {
        let at = usize::from(code) << 1 | usize::from(outcome & 1);
        if let Some(count) = counts.get_mut(at) {
            *count = count.wrapping_add(1);
        }
    };
    // Two tables in turn, so that equal neighbors do not wait on one counter.
    let ((codes, last), (outcomes, end)) = (codes.as_chunks::<2>(), outcomes.as_chunks::<2>());
    for ([a, b], [x, y]) in codes.iter().zip(outcomes) {
        count(&mut even, *a, *x);
        count(&mut odd, *b, *y);
    }
    for (a, x) in last.iter().zip(end) {
        count(&mut even, *a, *x);
    }
    let mut sums = [[0_u32; 2]; 256];
    for (sums, (even, odd)) in sums.iter_mut().zip(even.chunks(2).zip(odd.chunks(2))) {
        for (sum, (even, odd)) in sums.iter_mut().zip(even.iter().zip(odd)) {
            *sum = even + odd;
        }
    }
    sums
}

/// How many rows each cell has.
pub(super) fn weights<C: Copy + Into<usize>>(cells: &[C], size: usize) -> Vec<f64> {
    let mut counts = vec![0_u32; size];
    for cell in cells {
        if let Some(count) = counts.get_mut((*cell).into()) {
            *count += 1;
        }
    }
    counts.into_iter().map(f64::from).collect()
}

/// What one column adds to the score of each row, in ten-thousandths of log-odds.
pub(in crate::scoring) fn look_up(codes: &[u8], table: &[i32; 256], reasons: &mut [i32]) {
    for (code, reason) in codes.iter().zip(reasons) {
        *reason = table.get(usize::from(*code)).copied().unwrap_or(0);
    }
}

/// Adds what is added to each row. Entries are bounded, so sums of them do not wrap.
pub(in crate::scoring) fn add(reasons: &[i32], sums: &mut [i32]) {
    for (reason, sum) in reasons.iter().zip(sums) {
        *sum = sum.wrapping_add(*reason);
    }
}

/// Both at once, where nobody asks for the reasons.
pub(in crate::scoring) fn add_up(codes: &[u8], table: &[i32; 256], sums: &mut [i32]) {
    for (code, sum) in codes.iter().zip(sums) {
        *sum = sum.wrapping_add(table.get(usize::from(*code)).copied().unwrap_or(0));
    }
}

/// The probabilities, in basis points, of scores in ten-thousandths of log-odds. 1 to 9,999: nothing open is certain.
pub(in crate::scoring) fn probabilities(scores: &[i32], probabilities: &mut [u16]) {
    for (scores, probabilities) in scores.chunks(ABREAST).zip(probabilities.chunks_mut(ABREAST)) {
        let mut all = [0.0_f32; ABREAST];
        all.iter_mut().zip(scores).for_each(|(x, score)| *x = *score as f32 * 1e-4);
        sigmoids(&mut all);
        probabilities.iter_mut().zip(&all).for_each(|(out, p)| *out = in_basis_points(*p));
    }
}

/// The probability, in basis points, of a score in ten-thousandths of log-odds. 1 to 9,999.
#[inline]
pub fn basis_points(score: i32) -> u16 {
    in_basis_points(sigmoid(score as f32 * 1e-4))
}

/// A probability to the nearest basis point, 1 to 9,999.
#[inline]
const fn in_basis_points(p: f32) -> u16 {
    nearest((p * 10_000.0).clamp(1.0, 9_999.0)) as u16
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_exponential_is_that_of_a_library() {
        let mut worst = 0.0_f64;
        for step in -86_000..=86_000_i32 {
            let x = f64::from(step) * 1e-3;
            let error = f64::from(exp(x as f32)) / f64::from(x as f32).exp() - 1.0;
            worst = worst.max(error.abs());
        }
        assert!(worst < 3e-7, "{worst}");
        assert_eq!(
            (basis_points(0), basis_points(i32::MIN), basis_points(i32::MAX)),
            (5_000, 1, 9_999)
        );
        // ln 3 = 1.0986 is three to one.
        assert_eq!(basis_points(10_986), 7_500);
    }

    #[test]
    fn abreast_is_one_by_one() {
        let scores: Vec<i32> = [i32::MIN, -1, 0, 1, i32::MAX]
            .into_iter()
            .chain((0..500).map(|i| (i - 250) * 787))
            .collect();
        for rows in [0, 1, 63, 64, 65, 128, 130, scores.len()] {
            let mut found = vec![0; rows];
            probabilities(&scores[..rows], &mut found);
            let alone: Vec<u16> = scores[..rows].iter().map(|score| basis_points(*score)).collect();
            assert_eq!(found, alone, "{rows}");
        }
        for scores in scores.as_chunks::<ABREAST>().0 {
            let mut all = scores.map(|score| score as f32 * 1e-4);
            let alone = all.map(|x| sigmoid(x).to_bits());
            sigmoids(&mut all);
            assert_eq!(all.map(f32::to_bits), alone);
        }
    }

    #[test]
    fn the_order_of_rows_does_not_matter_and_slopes_are_those_of_the_formula() {
        let rows: Vec<(f32, u8, u8)> = (0..9_000_u32)
            .map(|i| ((i % 97) as f32 / 20.0 - 2.4, u8::from(i % 3 == 0), (i % 7) as u8))
            .collect();
        let of = |rows: &[(f32, u8, u8)]| {
            let column = |i: usize| rows.iter().map(move |row| [row.1, row.2][i]);
            let odds: Vec<f32> = rows.iter().map(|row| row.0).collect();
            let (y, cells): (Vec<u8>, Vec<u8>) = (column(0).collect(), column(1).collect());
            slopes(&odds, &y, &cells, 7)
        };
        let found = of(&rows);
        let turned: Vec<_> = rows.iter().rev().copied().collect();
        assert_eq!(found, of(&turned));
        for cell in 0..7_u8 {
            let own = rows.iter().filter(|row| row.2 == cell);
            let p = |z: f32| 1.0 / (1.0 + (-f64::from(z)).exp());
            let (pull, firm) = own.fold((0.0, 0.0), |(pull, firm), (z, y, _)| {
                (pull + f64::from(*y) - p(*z), firm + p(*z) * (1.0 - p(*z)))
            });
            let at = usize::from(cell);
            assert!((found.pull[at] - pull).abs() < 2e-3, "{cell}: {} {pull}", found.pull[at]);
            assert!((found.firm[at] - firm).abs() < 2e-3, "{cell}: {} {firm}", found.firm[at]);
        }
    }

    #[test]
    fn counting_in_one_pass_is_counting() {
        let codes: Vec<u8> = (0..1_001_u32).map(|i| (i * 7 % 256) as u8).collect();
        let outcomes: Vec<u8> = (0..1_001_u32).map(|i| u8::from(i % 5 == 0)).collect();
        let found = counts(&codes, &outcomes);
        for code in 0..=255_u8 {
            let of =
                |y| codes.iter().zip(&outcomes).filter(|row| row == &(&code, &y)).count() as u32;
            assert_eq!(found[usize::from(code)], [of(0), of(1)], "{code}");
        }
    }
}
