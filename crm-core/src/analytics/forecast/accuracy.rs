//! How good forecasts and odds were: errors, calibration, coverage.

use super::real;

/// The mean absolute error; nothing of none.
pub fn mae(actual: &[f64], foreseen: &[f64]) -> Option<f64> {
    mean(actual.iter().zip(foreseen).map(|(actual, foreseen)| (actual - foreseen).abs()))
}

/// The symmetric mean absolute percentage error, 0 to 200; a pair of zeros is no error. Nothing of none.
///
/// # Source
///
/// Makridakis and Hibon (2000), "The M3-Competition", International Journal of Forecasting 16:451–476.
pub fn smape(actual: &[f64], foreseen: &[f64]) -> Option<f64> {
    mean(actual.iter().zip(foreseen).map(|(actual, foreseen)| {
        let size = actual.abs() + foreseen.abs();
        if size > 0.0 { 200.0 * (actual - foreseen).abs() / size } else { 0.0 }
    }))
}

/// The mean absolute scaled error: errors over those that the history makes by repeating itself after `length` periods.
/// Nothing where the history is too short for that, or repeats itself without error.
///
/// # Source
///
/// Hyndman and Koehler (2006), "Another look at measures of forecast accuracy", International Journal of Forecasting
/// 22:679–688.
pub fn mase(history: &[f64], length: usize, actual: &[f64], foreseen: &[f64]) -> Option<f64> {
    let later = history.get(length..)?;
    let scale = mae(later, history)?;
    if scale > 0.0 { Some(mae(actual, foreseen)? / scale) } else { None }
}

/// A chance that was told, and whether it came about.
pub type Told = (f64, bool);

/// The mean squared distance of chances from what came about; nothing of none.
///
/// # Source
///
/// Brier (1950), "Verification of forecasts expressed in terms of probability", Monthly Weather Review 78:1–3.
pub fn brier(told: &[Told]) -> Option<f64> {
    mean(told.iter().map(|(chance, came)| {
        let away = chance - f64::from(u8::from(*came));
        away * away
    }))
}

/// One row of a reliability table: chances of like size, and how often they came about.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Reliability {
    /// From which chance, in tenths.
    pub tenth: u8,
    /// How many chances.
    pub told: u64,
    /// How many of them came about.
    pub came: u64,
    /// The mean of the chances.
    pub mean: f64,
}

/// Chances by tenths, those tenths that have any; a chance of 1 is of the last.
pub fn reliability(told: &[Told]) -> Vec<Reliability> {
    let mut tenths = [Reliability::default(); 10];
    for ((chance, came), index) in told.iter().map(|one| (one, tenth(one.0))) {
        if let Some(row) = tenths.get_mut(usize::from(index)) {
            row.tenth = index;
            row.told = row.told.saturating_add(1);
            row.came = row.came.saturating_add(u64::from(*came));
            row.mean += chance;
        }
    }
    let filled = tenths.into_iter().filter(|row| row.told > 0);
    let count = |row: &Reliability| u32::try_from(row.told).map_or(f64::MAX, f64::from);
    filled.map(|row| Reliability { mean: row.mean / count(&row), ..row }).collect()
}

/// In which tenth a chance lies: 0 to 9.
fn tenth(chance: f64) -> u8 {
    let above = [0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9];
    let above = above.into_iter().filter(|bound| chance >= *bound).count();
    u8::try_from(above).unwrap_or(9)
}

fn mean(values: impl Iterator<Item = f64>) -> Option<f64> {
    let (mut sum, mut count) = (0.0, 0_usize);
    for value in values {
        sum += value;
        count = count.saturating_add(1);
    }
    (count > 0).then(|| sum / real(count))
}
