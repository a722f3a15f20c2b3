//! How good probabilities are, on rows that the model was not fitted to.
#![expect(
    clippy::float_arithmetic,
    clippy::cast_precision_loss,
    reason = "figures of quality are real numbers; they are rounded to four places"
)]

use rust_decimal::{Decimal, prelude::FromPrimitive};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// Groups of a reliability table.
const GROUPS: usize = 10;

/// How good probabilities are. Figures at four places.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Quality {
    /// Rows that were judged.
    pub rows: u64,
    /// How many of them came out well.
    pub positive: u64,
    /// How often one that came out well has the higher probability than one that did not (area under the curve).
    pub auc: Decimal,
    /// Mean logarithmic loss; less is better.
    pub log_loss: Decimal,
    /// What the share alone would have: the loss to beat.
    pub base_log_loss: Decimal,
    /// Mean squared error of the probabilities.
    pub brier: Decimal,
    /// How far probabilities are from what came, over ten groups of equally many rows by probability.
    pub calibration_error: Decimal,
    /// Those groups, the least likely first.
    pub reliability: Vec<Reliability>,
}

/// Rows of about the same probability, and what became of them.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Reliability {
    /// How many.
    pub rows: u64,
    /// The mean of their probabilities, in basis points.
    pub predicted_basis_points: u32,
    /// The share of them that came out well, in basis points.
    pub observed_basis_points: u32,
}

/// How good these log-odds (in ten-thousandths) are for what came (0 or 1). Nothing unless both came.
pub fn quality(scores: &[i32], outcomes: &[u8]) -> Option<Quality> {
    let rows = outcomes.len();
    let positive = outcomes.iter().filter(|outcome| **outcome == 1).count();
    if positive == 0 || positive == rows {
        return None;
    }
    let (n, good) = (rows as f64, positive as f64);
    let (mut loss, mut squares) = (0.0, 0.0);
    let mut ranked: Vec<(i32, u8, f64)> = Vec::with_capacity(rows);
    for (score, outcome) in scores.iter().zip(outcomes) {
        let z = f64::from(*score) * 1e-4;
        let p = 1.0 / (1.0 + libm::exp(-z));
        let signed = if *outcome == 1 { -z } else { z };
        loss += libm::log1p(libm::exp(-signed.abs())) + signed.max(0.0);
        squares += (f64::from(*outcome) - p) * (f64::from(*outcome) - p);
        ranked.push((*score, *outcome, p));
    }
    ranked.sort_by_key(|(score, outcome, _)| (*score, *outcome));
    let share = good / n;
    let base = -(share * libm::log(share) + (1.0 - share) * libm::log(1.0 - share));
    let reliability: Vec<(f64, f64, usize)> = (0..GROUPS)
        .filter_map(|group| {
            let at = |group: usize| group.saturating_mul(rows).checked_div(GROUPS);
            let own = ranked.get(at(group)?..at(group.saturating_add(1))?)?;
            let predicted = own.iter().map(|(_, _, p)| p).sum::<f64>();
            let came = own.iter().map(|(_, outcome, _)| f64::from(*outcome)).sum::<f64>();
            (!own.is_empty()).then_some((predicted, came, own.len()))
        })
        .collect();
    let error: f64 = reliability.iter().map(|(predicted, came, _)| (predicted - came).abs()).sum();
    let reliability = reliability.into_iter().map(|(predicted, came, rows)| Reliability {
        rows: rows as u64,
        predicted_basis_points: points(predicted / rows as f64),
        observed_basis_points: points(came / rows as f64),
    });
    Some(Quality {
        rows: rows as u64,
        positive: positive as u64,
        auc: places(area(&ranked, good, n - good)),
        log_loss: places(loss / n),
        base_log_loss: places(base),
        brier: places(squares / n),
        calibration_error: places(error / n),
        reliability: reliability.collect(),
    })
}

/// The area under the curve, ties counted half (Mann and Whitney's U), of rows ordered by score.
fn area(ranked: &[(i32, u8, f64)], good: f64, bad: f64) -> f64 {
    let (mut below, mut pairs) = (0.0, 0.0);
    for same in ranked.chunk_by(|a, b| a.0 == b.0) {
        let well = same.iter().filter(|row| row.1 == 1).count() as f64;
        let ill = same.len() as f64 - well;
        pairs += well * (below + 0.5 * ill);
        below += ill;
    }
    pairs / (good * bad)
}

fn places(figure: f64) -> Decimal {
    Decimal::from_f64(figure).unwrap_or_default().round_dp(4).normalize()
}

#[expect(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "a share is within 0 and 1"
)]
fn points(share: f64) -> u32 {
    (share * 10_000.0 + 0.5) as u32
}

#[cfg(test)]
mod tests {
    use super::*;

    /// scikit-learn 1.9.1 on the same eight rows: `roc_auc_score` 0.75, `log_loss` 0.56925, `brier_score_loss` 0.19937.
    #[test]
    fn figures_are_those_of_scikit_learn() {
        let scores = [-20_000, -10_000, -10_000, 0, 0, 5_000, 10_000, 20_000];
        let outcomes = [0, 0, 1, 0, 1, 0, 1, 1];
        let found = quality(&scores, &outcomes).unwrap();
        let figures = [found.auc, found.log_loss, found.brier, found.base_log_loss];
        let figures = figures.map(|figure| figure.to_string());
        assert_eq!(figures, ["0.75", "0.5693", "0.1994", "0.6931"]);
        assert_eq!(quality(&[0, 0], &[1, 1]), None);
        assert_eq!(found.reliability.iter().map(|group| group.rows).sum::<u64>(), 8);
    }
}
