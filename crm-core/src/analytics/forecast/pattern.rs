//! What the months of a year have in common.

use super::real;

/// How a season works on a level.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Season {
    /// Not at all.
    None,
    /// It adds.
    Additive,
    /// It multiplies.
    Multiplicative,
}

impl Season {
    /// A level as the season shows it.
    pub(super) const fn join(self, level: f64, index: f64) -> f64 {
        match self {
            Self::None => level,
            Self::Additive => level + index,
            Self::Multiplicative => level * index,
        }
    }

    /// A value without its season; also the season without its level.
    pub(super) const fn part(self, value: f64, index: f64) -> f64 {
        match self {
            Self::None => value,
            Self::Additive => value - index,
            Self::Multiplicative => value / index,
        }
    }

    /// The season that changes nothing.
    pub(super) const fn neutral(self) -> f64 {
        match self {
            Self::None | Self::Additive => 0.0,
            Self::Multiplicative => 1.0,
        }
    }
}

/// A season that stays as it is: one index for each position, the first value's first.
#[derive(Clone, Debug, PartialEq)]
pub struct Pattern {
    /// How it works.
    pub kind: Season,
    /// What each position of the year adds, or multiplies with; of no season one that changes nothing.
    pub indices: Vec<f64>,
}

impl Pattern {
    /// No season.
    pub fn none() -> Self {
        Self { kind: Season::None, indices: vec![0.0] }
    }

    /// The season of `values` with `length` positions by classical decomposition: each value against the centered moving
    /// average of a year, averaged by position. Indices of a multiplying season average 1, of an adding one 0.
    ///
    /// No season where there are less than two years and a value. A season multiplies where all values are positive.
    ///
    /// # Source
    ///
    /// Kendall and Stuart (1983), "The advanced theory of statistics", vol. 3, 410–414: what R's `decompose` does.
    pub fn of(values: &[f64], length: usize, kind: Season) -> Self {
        let trend = moving_average(values, length);
        let half = length.checked_div(2).unwrap_or(0);
        let mut sums = vec![(0.0, 0.0); length];
        let against = values.iter().zip(0..).skip(half).zip(&trend);
        for ((value, at), trend) in against {
            let position = usize::checked_rem(at, length).unwrap_or(0);
            if let Some((sum, count)) = sums.get_mut(position) {
                *sum += kind.part(*value, *trend);
                *count += 1.0;
            }
        }
        if length < 2 || kind == Season::None || sums.iter().any(|(_, count)| *count < 1.0) {
            return Self::none();
        }
        let raw: Vec<f64> = sums.iter().map(|(sum, count)| sum / count).collect();
        let middle = mean(&raw);
        let indices: Vec<f64> = raw.iter().map(|index| kind.part(*index, middle)).collect();
        if kind == Season::Multiplicative && !indices.iter().all(|index| *index > 0.01) {
            return Self::of(values, length, Season::Additive);
        }
        Self { kind, indices }
    }

    /// The index of the value at a position.
    fn index(&self, at: usize) -> f64 {
        let position = at.checked_rem(self.indices.len()).unwrap_or(0);
        self.indices.get(position).copied().unwrap_or(self.kind.neutral())
    }

    /// By what a distance on the scale without season is multiplied at a position.
    pub(super) fn scale(&self, at: usize) -> f64 {
        match self.kind {
            Season::None | Season::Additive => 1.0,
            Season::Multiplicative => self.index(at),
        }
    }

    /// Values, the first at position 0, without the season.
    pub fn without(&self, values: &[f64]) -> Vec<f64> {
        let indices = self.indices.iter().cycle();
        values.iter().zip(indices).map(|(value, index)| self.kind.part(*value, *index)).collect()
    }

    /// Takes the season off values, the first at position `from`.
    pub fn take_off(&self, from: usize, values: &mut [f64]) {
        for (value, at) in values.iter_mut().zip(from..) {
            *value = self.kind.part(*value, self.index(at));
        }
    }

    /// Puts the season on values, the first at position `from`.
    pub fn put_on(&self, from: usize, values: &mut [f64]) {
        for (value, at) in values.iter_mut().zip(from..) {
            *value = self.kind.join(*value, self.index(at));
        }
    }
}

/// Whether values `length` apart go together more than chance explains, at 90 %.
///
/// # Source
///
/// Assimakopoulos and Nikolopoulos (2000), "The theta model", International Journal of Forecasting 16:521–530; the test
/// of Naive 2 in the M competitions.
pub fn is_seasonal(values: &[f64], length: usize) -> bool {
    const Z_90: f64 = 1.644_853_626_951_472_2;
    if length < 2 || values.len() <= length.saturating_mul(2) {
        return false;
    }
    let middle = mean(values);
    let away: Vec<f64> = values.iter().map(|value| value - middle).collect();
    let all: f64 = away.iter().map(|value| value * value).sum();
    if all <= 0.0 {
        return false;
    }
    let together = |lag: usize| {
        let pairs = away.iter().zip(away.iter().skip(lag));
        pairs.map(|(one, two)| one * two).sum::<f64>() / all
    };
    let before: f64 = (1..length).map(|lag| together(lag) * together(lag)).sum();
    let chance = Z_90 * ((1.0 + 2.0 * before) / real(values.len())).sqrt();
    together(length).abs() > chance
}

/// The mean of a year around each value that has one: of an even length the two halves at the ends count half.
fn moving_average(values: &[f64], length: usize) -> Vec<f64> {
    if length < 2 {
        return Vec::new();
    }
    let years: Vec<f64> = values.windows(length).map(mean).collect();
    if length.checked_rem(2) == Some(1) {
        return years;
    }
    years.windows(2).map(mean).collect()
}

/// The mean of some values; 0 of none.
pub(super) fn mean(values: &[f64]) -> f64 {
    if values.is_empty() { 0.0 } else { values.iter().sum::<f64>() / real(values.len()) }
}
