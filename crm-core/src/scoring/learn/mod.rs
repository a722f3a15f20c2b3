//! Learning from our own closed history: tables of log-odds per feature, and for the few pairs of features that matter
//! together. No external runtime, no randomness; what is learned can be read.

pub(super) mod bins;
mod fit;
pub mod kernel;
mod pairs;
mod prior;
mod quality;
mod sheet;

pub use bins::Bins;
pub use quality::{Quality, Reliability, quality};
pub use sheet::Sheet;

use std::borrow::Cow;

use self::bins::{Binned, binned};
use self::fit::{Cells, Fit, Term};
use self::pairs::Pair;
use super::grade::Grades;
use super::learned::{FeatureTable, Learned, PairTable, Training};
use crate::codes;
use crate::value::Invalid;

/// Rows of either outcome that learning needs at least.
pub const CLASS_MIN: usize = 50;
/// Features of a model at most; the first by name count.
pub const FEATURES_MAX: usize = 64;
/// Entries of a table stay within this, in ten-thousandths of log-odds, so that no sum of them overflows.
const ENTRY_MAX: f64 = 200_000.0;

codes! {
    /// How a model is learned.
    pub enum Method {
        /// Tables of one feature and of pairs, each smoothed by what its entries show: the best, and the usual.
        Additive = "additive",
        /// Tables of one feature, fitted together: regularized logistic regression.
        Logistic = "logistic",
        /// Tables of one feature, each counted alone: one pass.
        NaiveBayes = "naive_bayes",
    }
}

/// Learns from rows, the oldest first: fits the oldest four fifths and judges the result on the newest fifth, then fits
/// all of them. Gives grades beside it, by rank among them: tenth, fifth, three tenths, the rest.
///
/// # Errors
///
/// `score_model.too_thin` with fewer than 50 rows of either outcome, among all rows or among the oldest four fifths;
/// `score_model.no_features` where no feature has two bins. Rule SCO-9 (issue 3, S3).
pub fn train(sheet: Sheet, method: Method, cut_days: u32) -> Result<(Learned, Grades), Invalid> {
    let (outcomes, features) = sheet.finish();
    let all: Vec<u32> = (0..).zip(&outcomes).map(|(row, _)| row).collect();
    let old = all.get(..outcomes.len().saturating_mul(4) / 5).unwrap_or_default();
    let enough = |rows: &[u32]| {
        let good = picked(&outcomes, rows).iter().filter(|outcome| **outcome == 1).count();
        let bad = rows.len().saturating_sub(good);
        let thin = || {
            Invalid::new("score_model.too_thin", &format!("{good} came out well, {bad} did not"))
                .limit(format!("at least {CLASS_MIN} of either among the oldest four fifths"))
        };
        (good.min(bad) >= CLASS_MIN).then_some(()).ok_or_else(thin)
    };
    enough(&all)?;
    enough(old)?;
    let scores = |model: &Learned, rows: &[u32]| {
        let codes = features
            .iter()
            .filter_map(|(name, values)| Some((name.clone(), model.codes(name, values, rows)?)));
        model.scores(&codes.collect::<Vec<_>>(), rows.len())
    };
    let new: Vec<u32> = all.iter().copied().skip(old.len()).collect();
    let judged = fitted(&outcomes, &features, old, method)?;
    let judged = quality(&scores(&judged, &new), &picked(&outcomes, &new));
    let model = fitted(&outcomes, &features, &all, method)?;
    let positive = outcomes.iter().filter(|outcome| **outcome == 1).count();
    let training =
        Training { rows: outcomes.len() as u64, positive: positive as u64, newest_fifth: judged };
    let grades = Grades::by_rank(&scores(&model, &all));
    Ok((Learned { training, cut_days, ..model }, grades))
}

/// Fits the model of these rows, and judges nothing.
///
/// # Errors
///
/// `score_model.no_features`.
pub fn fit_all(sheet: Sheet, method: Method) -> Result<Learned, Invalid> {
    let (outcomes, features) = sheet.finish();
    let all: Vec<u32> = (0..).zip(&outcomes).map(|(row, _)| row).collect();
    fitted(&outcomes, &features, &all, method)
}

fn picked(outcomes: &[u8], rows: &[u32]) -> Vec<u8> {
    let at = |row: &u32| usize::try_from(*row).ok().and_then(|row| outcomes.get(row).copied());
    rows.iter().filter_map(at).collect()
}

fn fitted(
    outcomes: &[u8],
    features: &[(String, bins::Values)],
    rows: &[u32],
    method: Method,
) -> Result<Learned, Invalid> {
    let outcomes = picked(outcomes, rows);
    let mut names = Vec::new();
    let mut columns = Vec::new();
    for (name, values) in features.iter().take(FEATURES_MAX) {
        let column = binned(values, rows);
        let several = column.codes.windows(2).any(|pair| matches!(pair, [a, b] if a != b));
        if several {
            names.push(name.clone());
            columns.push(column);
        }
    }
    if columns.is_empty() {
        return Err(
            Invalid::new("score_model.no_features", "").limit("a feature whose values differ")
        );
    }
    let tables = match method {
        Method::NaiveBayes => counted(&columns, &outcomes),
        Method::Logistic => additive(&columns, &outcomes, false),
        Method::Additive => additive(&columns, &outcomes, true),
    };
    Ok(tables.model(method, &names, columns))
}

/// A fitted model before its numbers are rounded.
struct Tables {
    base: f64,
    single: Vec<Vec<f64>>,
    pairs: Vec<(Pair, Vec<f64>)>,
}

/// The tables of codes that are there already: what [`train`] does once its features are codes below 256.
///
/// For measuring: `columns` are the codes of one feature each, as many as there are outcomes (0 or 1). Nothing where a
/// column has no rows or another number of them.
pub fn fit_codes<'a>(columns: &[&'a [u8]], outcomes: &[u8], method: Method) -> Option<Learned> {
    let fits = |codes: &&&[u8]| codes.len() == outcomes.len() && !codes.is_empty();
    // By value: the greatest of references is not found by vector code, and takes longer than counting.
    let sized =
        |codes: &&[u8]| usize::from(codes.iter().copied().fold(0, u8::max)).saturating_add(1);
    if columns.iter().filter(fits).count() != columns.len() {
        return None;
    }
    let sizes: Vec<usize> = columns.iter().map(sized).collect();
    let tables = match method {
        Method::NaiveBayes => {
            let counts = columns.iter().zip(&sizes);
            let counted = |(codes, size): (&&[u8], &usize)| {
                kernel::counts(codes, outcomes).into_iter().take(*size).collect()
            };
            bayes(counts.map(counted).collect(), outcomes)
        }
        Method::Logistic | Method::Additive => {
            let terms = columns.iter().zip(&sizes);
            let narrow = |codes: &&'a [u8]| Cells::Narrow(Cow::Borrowed(*codes));
            let terms = terms.map(|(codes, size)| Term::one(narrow(codes), *size, false)).collect();
            let mut fit = Fit::new(outcomes, terms);
            fit.run();
            centered(fit, Vec::new(), columns.len())
        }
    };
    let bins = |size: &usize| {
        let levels = (1..size.saturating_sub(1)).map(|level| level.to_string());
        Binned { bins: Bins::Levels(levels.collect()), codes: Vec::new(), ordered: false }
    };
    let names: Vec<String> = (0..columns.len()).map(|place| format!("f{place}")).collect();
    Some(tables.model(method, &names, sizes.iter().map(bins).collect()))
}

/// Naive Bayes with one row of either outcome added to each bin.
fn counted(columns: &[Binned], outcomes: &[u8]) -> Tables {
    let counts = columns.iter().map(|column| {
        let mut counts = vec![[0_u32; 2]; column.bins.size()];
        for (code, outcome) in column.codes.iter().zip(outcomes) {
            let count = counts.get_mut(usize::from(*code));
            if let Some(count) = count.and_then(|both| both.get_mut(usize::from(outcome & 1))) {
                *count = count.saturating_add(1);
            }
        }
        counts
    });
    bayes(counts.collect(), outcomes)
}

#[expect(clippy::float_arithmetic, reason = "log-odds are real numbers")]
fn bayes(counts: Vec<Vec<[u32; 2]>>, outcomes: &[u8]) -> Tables {
    let good = outcomes.iter().filter(|outcome| **outcome == 1).count();
    let bad = outcomes.len().saturating_sub(good);
    let base = log_ratio(good, bad);
    let single = counts.iter().map(|counts| {
        let level = log_ratio(good.saturating_add(counts.len()), bad.saturating_add(counts.len()));
        let entry = |[bad, good]: &[u32; 2]| {
            let one_more = |count: &u32| usize::try_from(*count).unwrap_or(0).saturating_add(1);
            log_ratio(one_more(good), one_more(bad)) - level
        };
        counts.iter().map(entry).collect()
    });
    Tables { base, single: single.collect(), pairs: Vec::new() }
}

/// The logarithm of a ratio of counts.
#[expect(
    clippy::float_arithmetic,
    clippy::cast_precision_loss,
    reason = "log-odds are real numbers"
)]
fn log_ratio(good: usize, bad: usize) -> f64 {
    libm::log(good.max(1) as f64) - libm::log(bad.max(1) as f64)
}

/// Tables of single features fitted together, then, where asked for, those of the pairs that stray.
fn additive(columns: &[Binned], outcomes: &[u8], in_pairs: bool) -> Tables {
    let term = |column| {
        let Binned { bins, codes, ordered }: &Binned = column;
        Term::one(Cells::Wide(Cow::Borrowed(codes.as_slice())), bins.size(), *ordered)
    };
    let mut fit = Fit::new(outcomes, columns.iter().map(term).collect());
    fit.run();
    let mut kept = Vec::new();
    if in_pairs {
        for pair in pairs::strayed(columns, &fit, outcomes) {
            if let Some(term) = pair.term(columns) {
                fit.push(term);
                kept.push(pair);
            }
        }
        if !kept.is_empty() {
            fit.run();
        }
    }
    centered(fit, kept, columns.len())
}

/// The tables with 0 as the mean over the rows of each, so that an entry says by how much a row differs from the usual.
#[expect(clippy::float_arithmetic, reason = "log-odds are real numbers")]
fn centered(fit: Fit<'_>, pairs: Vec<Pair>, single: usize) -> Tables {
    let mut base = fit.base;
    let mut tables: Vec<Vec<f64>> = Vec::new();
    for term in fit.terms {
        let weights = term.weights();
        let total: f64 = weights.iter().sum();
        let sum: f64 = weights.iter().zip(&term.table).map(|(weight, entry)| weight * entry).sum();
        let mean = sum / total.max(1.0);
        base += mean;
        tables.push(term.table.iter().map(|entry| entry - mean).collect());
    }
    let tail = tables.split_off(single.min(tables.len()));
    Tables { base, single: tables, pairs: pairs.into_iter().zip(tail).collect() }
}

impl Tables {
    /// The model in whole ten-thousandths of log-odds; tables that say nothing are left out.
    fn model(self, method: Method, names: &[String], columns: Vec<Binned>) -> Learned {
        let whole =
            |table: &[f64]| -> Vec<i32> { table.iter().map(|entry| rounded(*entry)).collect() };
        let says = |table: &[i32]| table.iter().any(|entry| *entry != 0);
        let single = self.single.iter().map(|table| whole(table));
        let features = names.iter().zip(columns).zip(single).map(|((name, column), table)| {
            FeatureTable { feature: name.clone(), bins: column.bins, table }
        });
        let features: Vec<FeatureTable> = features.collect();
        let name = |place: usize| names.get(place).cloned().unwrap_or_default();
        let pairs = self.pairs.iter().map(|(pair, table)| PairTable {
            first: name(pair.places.0),
            second: name(pair.places.1),
            first_groups: pair.groups.0.iter().copied().map(u32::from).collect(),
            second_groups: pair.groups.1.iter().copied().map(u32::from).collect(),
            table: whole(table),
        });
        let pairs: Vec<PairTable> = pairs.filter(|pair| says(&pair.table)).collect();
        let paired =
            |feature: &str| pairs.iter().any(|p| p.first == feature || p.second == feature);
        let kept = features.into_iter().filter(|one| says(&one.table) || paired(&one.feature));
        Learned {
            method,
            base: i64::from(rounded(self.base)),
            features: kept.collect(),
            pairs,
            cut_days: 0,
            training: Training::default(),
        }
    }
}

/// The nearest ten-thousandth of log-odds, away from zero at halves.
#[expect(
    clippy::float_arithmetic,
    clippy::cast_possible_truncation,
    reason = "bounded just before"
)]
fn rounded(log_odds: f64) -> i32 {
    libm::round((log_odds * 10_000.0).clamp(-ENTRY_MAX, ENTRY_MAX)) as i32
}

#[cfg(test)]
mod tests;
