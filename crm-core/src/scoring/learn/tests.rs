//! What is learned, beside what others learn from the same rows.
#![expect(
    clippy::float_arithmetic,
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "odds are real numbers, and the numbers of a test are small"
)]

use super::*;
use crate::scoring::{Features, Input};

/// R's `datasets::Titanic` (Dawson 1995): class, sex, age; who survived, of how many.
#[rustfmt::skip]
const TITANIC: [(u8, u8, u8, usize, usize); 14] = [
    (0, 0, 0, 5, 5), (0, 1, 0, 1, 1), (0, 0, 1, 57, 175), (0, 1, 1, 140, 144),
    (1, 0, 0, 11, 11), (1, 1, 0, 13, 13), (1, 0, 1, 14, 168), (1, 1, 1, 80, 93),
    (2, 0, 0, 13, 48), (2, 1, 0, 14, 31), (2, 0, 1, 75, 462), (2, 1, 1, 76, 165),
    (3, 0, 1, 192, 862), (3, 1, 1, 20, 23),
];

fn titanic() -> ([Vec<u8>; 3], Vec<u8>) {
    let mut columns = [vec![], vec![], vec![]];
    let mut outcomes = vec![];
    for (class, sex, age, survived, all) in TITANIC {
        for one in 0..all {
            for (column, code) in columns.iter_mut().zip([class, sex, age]) {
                column.push(code);
            }
            outcomes.push(u8::from(one < survived));
        }
    }
    (columns, outcomes)
}

fn learned_titanic(method: Method) -> Learned {
    let (columns, outcomes) = titanic();
    let columns: Vec<&[u8]> = columns.iter().map(Vec::as_slice).collect();
    fit_codes(&columns, &outcomes, method).unwrap()
}

/// scikit-learn 1.9.1, `CategoricalNB()` on the same 2,201 rows: difference of `predict_log_proba`, in ten-thousandths.
#[test]
fn naive_bayes_is_that_of_scikit_learn() {
    let model = learned_titanic(Method::NaiveBayes);
    for (codes, expected) in
        [([0, 1, 1], 21_921), ([2, 0, 1], -17_076), ([3, 0, 1], -17_760), ([1, 0, 0], -917)]
    {
        let adds = model.features.iter().zip(codes).map(|(one, code)| i64::from(one.table[code]));
        let score = model.base + adds.sum::<i64>();
        assert!((score - expected).abs() <= 2, "{codes:?}: {score}, not {expected}");
    }
}

/// R's `glm(Survived ~ Class + Sex + Age, binomial)` on the same rows, and scikit-learn 1.9.1 without penalty: second
/// class −1.0181, third −1.7778, crew −0.8577 against first; female 2.4201; adult −1.0615. What we learn is held back a
/// little towards nothing, the more the fewer rows (109 children).
#[test]
fn a_logistic_model_is_near_the_published_one() {
    let model = learned_titanic(Method::Logistic);
    let contrast = |feature: usize, code: usize| {
        let table = &model.features[feature].table;
        f64::from(table[code] - table[0]) / 1e4
    };
    let table =
        [(0, 1, -1.0181), (0, 2, -1.7778), (0, 3, -0.8577), (1, 1, 2.4201), (2, 1, -1.0615)];
    for (feature, code, published) in table {
        let found = contrast(feature, code);
        assert!(
            (found - published).abs() < 0.16,
            "{feature} {code}: {found}, published {published}"
        );
        assert!(found.abs() < published.abs() + 0.02, "held back: {found}");
    }
}

/// Splitmix64: numbers in [0, 1) that are the same everywhere.
struct Numbers(u64);

impl Numbers {
    fn next(&mut self) -> f64 {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        ((z ^ (z >> 31)) >> 11) as f64 / (1_u64 << 53) as f64
    }

    fn below(&mut self, n: usize) -> usize {
        (self.next() * n as f64) as usize
    }
}

/// Leads whose true odds are known: a channel, a town among many, a budget with gaps and a sentinel, noise; and two
/// that matter only together.
fn leads(seed: u64, rows: usize) -> Vec<(Features, f64, bool)> {
    let mut numbers = Numbers(seed);
    let town = |town: usize| ((town * 7_919) % 13) as f64 / 13.0 - 0.5;
    (0..rows)
        .map(|_| {
            let (channel, place) = (numbers.below(4), numbers.below(300));
            let budget = numbers.next() * 1_000.0;
            let (a, b) = (numbers.below(2), numbers.below(2));
            let mut odds = [-1.2, -0.4, 0.1, 0.8][channel] + town(place) - 0.6;
            odds += if a == b { 0.9 } else { -0.9 };
            let mut features = Features::new();
            let mut text =
                |name: &str, value: String| features.insert(name.into(), Input::Text(value));
            text("channel", format!("c{channel}"));
            text("town", format!("t{place}"));
            text("a", a.to_string());
            text("b", b.to_string());
            text("noise", format!("n{}", numbers.below(20)));
            let shown = match numbers.below(10) {
                0 => None,
                1 => Some(-1),
                _ => Some(budget as i64),
            };
            odds += match shown {
                None => -0.3,
                Some(-1) => 0.7,
                Some(budget) => (budget as f64 / 250.0).sin(),
            };
            if let Some(budget) = shown {
                features.insert("budget".into(), Input::Number(budget.into()));
            }
            let p = 1.0 / (1.0 + (-odds).exp());
            let outcome = numbers.next() < p;
            (features, p, outcome)
        })
        .collect()
}

fn sheet(rows: &[(Features, f64, bool)]) -> Sheet {
    let mut sheet = Sheet::default();
    rows.iter().for_each(|(features, _, outcome)| sheet.push(features, *outcome));
    sheet
}

fn loss(rows: &[(Features, f64, bool)], p: impl Fn(&(Features, f64, bool)) -> f64) -> f64 {
    let of = |row: &(Features, f64, bool)| if row.2 { -p(row).ln() } else { -(1.0 - p(row)).ln() };
    rows.iter().map(of).sum::<f64>() / rows.len() as f64
}

#[test]
fn what_is_learned_is_near_the_truth_and_calibrated() {
    let (old, new) = (leads(1, 6_000), leads(2, 4_000));
    let truth = loss(&new, |row| row.1);
    let found = |method| {
        let model = fit_all(sheet(&old), method).unwrap();
        let scores: Vec<i32> = new.iter().map(|row| model.score(&row.0) as i32).collect();
        let outcomes: Vec<u8> = new.iter().map(|row| u8::from(row.2)).collect();
        let p =
            |row: &(Features, f64, bool)| 1.0 / (1.0 + (-(model.score(&row.0) as f64) / 1e4).exp());
        (loss(&new, p), quality(&scores, &outcomes).unwrap(), model)
    };
    let (additive, judged, model) = found(Method::Additive);
    assert!(additive - truth < 0.02, "{additive} against {truth}");
    assert!(judged.calibration_error <= "0.025".parse().unwrap(), "{}", judged.calibration_error);
    assert_eq!(judged.log_loss.to_string(), format!("{additive:.4}").trim_end_matches('0'));
    let pair = model.pairs.first().map(|pair| (pair.first.as_str(), pair.second.as_str()));
    assert_eq!(pair, Some(("a", "b")), "two that matter only together");
    let (logistic, ..) = found(Method::Logistic);
    let (bayes, ..) = found(Method::NaiveBayes);
    assert!(additive + 0.05 < logistic && logistic < bayes, "{additive} {logistic} {bayes}");
}

#[test]
fn the_order_of_rows_does_not_change_a_byte() {
    let rows = leads(3, 1_500);
    let mut turned = rows.clone();
    turned.reverse();
    turned.rotate_left(777);
    for method in Method::ALL {
        let json = |rows| serde_json::to_string(&fit_all(sheet(rows), *method).unwrap()).unwrap();
        assert_eq!(json(&rows), json(&turned), "{method}");
    }
}

#[test]
fn what_comes_after_the_oldest_four_fifths_cannot_change_what_they_taught() {
    let rows = leads(4, 2_000);
    let mut poisoned = rows.clone();
    poisoned[1_600..].iter_mut().for_each(|row| row.2 = !row.2);
    let judged = |rows: &[(Features, f64, bool)]| {
        train(sheet(rows), Method::Logistic, 0).unwrap().0.training.newest_fifth.unwrap()
    };
    let (fair, wrong) = (judged(&rows), judged(&poisoned));
    // The same model, judged by outcomes turned around: its area is the rest to one.
    let rest = rust_decimal::Decimal::ONE - fair.auc;
    assert!((wrong.auc - rest).abs() <= "0.0001".parse().unwrap(), "{} {}", fair.auc, wrong.auc);
}

#[test]
fn too_little_is_not_learned_from() {
    let rows = |good: usize, bad: usize| {
        let mut sheet = Sheet::default();
        for at in 0..good.max(bad) {
            let features: Features = [("f".to_owned(), Input::count(at % 3))].into();
            if at < good {
                sheet.push(&features, true);
            }
            if at < bad {
                sheet.push(&features, false);
            }
        }
        sheet
    };
    let table = [
        ("49 of one", rows(49, 500), "score_model.too_thin"),
        ("50, but not among the oldest four fifths", rows(50, 50), "score_model.too_thin"),
        ("nothing", rows(0, 0), "score_model.too_thin"),
        ("enough", rows(70, 70), ""),
    ];
    for (rule, sheet, expected) in table {
        let found = train(sheet, Method::Additive, 0);
        assert_eq!(found.err().map(|e| e.code).unwrap_or_default(), expected, "{rule}");
    }
    let mut alike = Sheet::default();
    for at in 0..200 {
        alike.push(&[("f".to_owned(), Input::flag(true))].into(), at % 2 == 0);
    }
    let found = train(alike, Method::Additive, 0);
    assert_eq!(found.unwrap_err().code, "score_model.no_features");
}

#[test]
fn many_at_once_is_one_by_one() {
    let rows = leads(5, 800);
    let model = fit_all(sheet(&rows), Method::Additive).unwrap();
    let codes: Vec<(String, Vec<u16>)> = model
        .features
        .iter()
        .map(|one| {
            let bin = |row: &(Features, f64, bool)| one.bins.bin(row.0.get(&one.feature)) as u16;
            (one.feature.clone(), rows.iter().map(bin).collect())
        })
        .collect();
    let many = model.scores(&codes, rows.len());
    let mut explained = crate::scoring::Explained::default();
    let narrow: Vec<Vec<u8>> =
        codes.iter().map(|(_, c)| c.iter().map(|code| (*code).min(255) as u8).collect()).collect();
    let columns: Vec<&[u8]> = narrow.iter().map(Vec::as_slice).collect();
    assert!(model.features.iter().all(|one| one.bins.size() <= 256));
    let single = Learned { pairs: vec![], ..model.clone() };
    single.explain_codes(&columns, &mut explained);
    let mut ranked = Vec::new();
    single.rank_codes(&columns, &mut ranked);
    for (at, row) in rows.iter().enumerate() {
        assert_eq!(i64::from(many[at]), model.score(&row.0), "{at}");
        assert_eq!(i64::from(explained.scores[at]), single.score(&row.0), "{at}");
        assert_eq!(ranked[at], explained.scores[at]);
        let sum: i32 = explained.reasons.iter().map(|reasons| reasons[at]).sum();
        assert_eq!(i64::from(explained.scores[at]), single.base + i64::from(sum), "reasons sum");
        assert_eq!(explained.probabilities[at], kernel::basis_points(explained.scores[at]));
    }
}
