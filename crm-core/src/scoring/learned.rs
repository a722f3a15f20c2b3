//! A learned model: tables of log-odds, and what they say of one lead.

use rust_decimal::Decimal;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::feature::{Features, Input};
use super::learn::{
    Bins, Method, Quality,
    bins::{Values, coded},
    kernel,
};
use super::proof::{Because, Bin, Line, Part};

/// A learned model. Numbers are ten-thousandths of log-odds; a score is the base plus one entry of each table.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Learned {
    /// How it was learned.
    pub method: Method,
    /// The score of the usual one.
    pub base: i64,
    /// The tables of single features.
    pub features: Vec<FeatureTable>,
    /// The tables of two features together.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub pairs: Vec<PairTable>,
    /// Behaviours count until so many days after entry.
    pub cut_days: u32,
    /// What it was learned from, and how good it was.
    pub training: Training,
}

/// What one feature adds to the score, by its bin.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct FeatureTable {
    /// Which.
    pub feature: String,
    /// Its bins.
    pub bins: Bins,
    /// What each adds.
    pub table: Vec<i32>,
}

/// What two features add together beyond what each adds alone.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct PairTable {
    /// The one.
    pub first: String,
    /// The other.
    pub second: String,
    /// The group of each bin of the one.
    pub first_groups: Vec<u32>,
    /// The group of each bin of the other.
    pub second_groups: Vec<u32>,
    /// What each pair of groups adds: those of the other feature follow each other.
    pub table: Vec<i32>,
}

/// What a model was learned from.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Training {
    /// Rows that were learned from.
    pub rows: u64,
    /// How many of them came out well.
    pub positive: u64,
    /// How good a model of the oldest four fifths was on the newest fifth.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub newest_fifth: Option<Quality>,
}

impl PairTable {
    /// What a pair of bins adds.
    pub(super) fn entry(&self, first: usize, second: usize) -> i32 {
        let width = self.second_groups.iter().max().map_or(0, |last| last.saturating_add(1));
        let group = |groups: &[u32], bin: usize| groups.get(bin).copied().unwrap_or(0);
        let cell = group(&self.first_groups, first)
            .saturating_mul(width)
            .saturating_add(group(&self.second_groups, second));
        usize::try_from(cell).ok().and_then(|cell| self.table.get(cell).copied()).unwrap_or(0)
    }
}

impl Learned {
    /// What every table says of one of them: the lines of its proof. A missing value has a bin of its own and is
    /// flagged. Rule SCO-10 (issue 3, S3).
    pub fn lines(&self, features: &Features) -> Vec<Line> {
        let mut lines: Vec<Line> = Vec::with_capacity(self.features.len());
        let bins: Vec<usize> =
            self.features.iter().map(|one| one.bins.bin(features.get(&one.feature))).collect();
        let part = |at: usize| {
            let (one, bin) = (self.features.get(at)?, *bins.get(at)?);
            let input = features.get(&one.feature).filter(|_| bin > 0).cloned();
            Some(Part { feature: one.feature.clone(), input, bin: one.bins.shown(bin) })
        };
        for (at, (one, bin)) in self.features.iter().zip(&bins).enumerate() {
            let adds = one.table.get(*bin).copied().unwrap_or(0);
            lines.push(Line {
                term: one.feature.clone(),
                adds: i64::from(adds),
                missing: *bin == 0,
                because: Because::Learned { of: part(at).into_iter().collect() },
            });
        }
        for pair in &self.pairs {
            let place = |name: &str| self.features.iter().position(|one| one.feature == name);
            let (Some(a), Some(b)) = (place(&pair.first), place(&pair.second)) else { continue };
            let bin = |at: usize| bins.get(at).copied().unwrap_or(0);
            lines.push(Line {
                term: format!("{} × {}", pair.first, pair.second),
                adds: i64::from(pair.entry(bin(a), bin(b))),
                missing: bin(a) == 0 || bin(b) == 0,
                because: Because::Learned {
                    of: [part(a), part(b)].into_iter().flatten().collect(),
                },
            });
        }
        lines
    }

    /// The score alone.
    pub fn score(&self, features: &Features) -> i64 {
        let lines = self.lines(features);
        lines.iter().fold(self.base, |sum, line| sum.saturating_add(line.adds))
    }

    /// The bins of one feature's values; nothing where the model does not know the feature.
    pub(super) fn codes(&self, feature: &str, values: &Values, rows: &[u32]) -> Option<Vec<u16>> {
        let known = self.features.iter().find(|one| one.feature == feature)?;
        Some(coded(&known.bins, values, rows))
    }

    /// The scores of many: `codes` are the bins of each feature by name, `rows` of them. A feature that is not among
    /// them is missing from all.
    pub fn scores(&self, codes: &[(String, Vec<u16>)], rows: usize) -> Vec<i32> {
        let base = i32::try_from(self.base).unwrap_or_default();
        let mut scores = vec![base; rows];
        let missing = vec![0_u16; rows];
        let of = |name: &str| {
            let found = codes.iter().find(|(feature, _)| feature == name);
            found.map_or(missing.as_slice(), |(_, codes)| codes.as_slice())
        };
        for one in &self.features {
            for (score, code) in scores.iter_mut().zip(of(&one.feature)) {
                let adds = one.table.get(usize::from(*code)).copied().unwrap_or(0);
                *score = score.saturating_add(adds);
            }
        }
        for pair in &self.pairs {
            let rows = of(&pair.first).iter().zip(of(&pair.second));
            for (score, (a, b)) in scores.iter_mut().zip(rows) {
                *score = score.saturating_add(pair.entry(usize::from(*a), usize::from(*b)));
            }
        }
        scores
    }

    /// Scores, probabilities in basis points and what each feature adds, of rows given as the bins of each feature in
    /// the order of [`Learned::features`], of which none has more than 256 bins; pairs are left out. Rows are those that all columns have.
    pub fn explain_codes(&self, columns: &[&[u8]], out: &mut Explained) {
        let rows = columns.iter().map(|codes| codes.len()).min().unwrap_or(0);
        out.reasons.resize_with(self.features.len(), Vec::new);
        out.reasons.iter_mut().for_each(|reasons| reasons.resize(rows, 0));
        out.scores.resize(rows, 0);
        out.probabilities.resize(rows, 0);
        let base = i32::try_from(self.base).unwrap_or_default();
        let tables: Vec<[i32; 256]> = self.features.iter().map(|one| by_code(&one.table)).collect();
        for from in (0..rows).step_by(BLOCK) {
            let to = rows.min(from.saturating_add(BLOCK));
            let (Some(scores), Some(odds)) =
                (out.scores.get_mut(from..to), out.probabilities.get_mut(from..to))
            else {
                continue;
            };
            scores.fill(base);
            for ((codes, table), reasons) in columns.iter().zip(&tables).zip(&mut out.reasons) {
                if let (Some(codes), Some(reasons)) =
                    (codes.get(from..to), reasons.get_mut(from..to))
                {
                    kernel::look_up(codes, table, reasons);
                    kernel::add(reasons, scores);
                }
            }
            kernel::probabilities(scores, odds);
        }
    }

    /// Scores alone, as [`Learned::explain_codes`] has them: enough for an order.
    pub fn rank_codes(&self, columns: &[&[u8]], scores: &mut Vec<i32>) {
        let rows = columns.iter().map(|codes| codes.len()).min().unwrap_or(0);
        scores.clear();
        scores.resize(rows, i32::try_from(self.base).unwrap_or_default());
        for (codes, one) in columns.iter().zip(&self.features) {
            kernel::add_up(codes, &by_code(&one.table), scores);
        }
    }
}

/// Rows that are worked on at a time: enough that what each feature adds is written in one long run, which memory takes
/// faster than many short ones, and few enough that they and their scores stay in the second cache.
const BLOCK: usize = 16_384;

/// What a model says of many, a column each. Kept between calls, it is not made anew.
#[derive(Clone, Debug, Default)]
pub struct Explained {
    /// In ten-thousandths of log-odds.
    pub scores: Vec<i32>,
    /// In basis points, 1 to 9,999.
    pub probabilities: Vec<u16>,
    /// What each feature adds to the score of each row.
    pub reasons: Vec<Vec<i32>>,
}

/// A table as the kernel reads it.
fn by_code(table: &[i32]) -> [i32; 256] {
    let mut entries = [0; 256];
    for (entry, adds) in entries.iter_mut().zip(table) {
        *entry = *adds;
    }
    entries
}

impl Bins {
    /// A bin as its proof shows it.
    pub(super) fn shown(&self, bin: usize) -> Bin {
        let Some(at) = bin.checked_sub(1) else { return Bin::Missing };
        match self {
            Self::Numbers(bounds) => {
                let bound = |at: usize| bounds.get(at).copied();
                let above: Option<Decimal> = at.checked_sub(1).and_then(bound);
                Bin::Range { above, up_to: bound(at) }
            }
            Self::Levels(levels) => match levels.get(at) {
                Some(level) => Bin::Level(level.clone()),
                None => Bin::Other,
            },
        }
    }
}

impl Bin {
    /// Whether a value is in it. Of a level that is none of the known ones, whoever has the model can tell.
    pub(super) fn holds(&self, input: Option<&Input>) -> bool {
        match self {
            Self::Missing => input.is_none(),
            Self::Range { above, up_to } => input.and_then(Input::number).is_some_and(|value| {
                above.is_none_or(|above| value > above) && up_to.is_none_or(|up_to| value <= up_to)
            }),
            Self::Level(level) => input.is_some_and(|input| input.text() == *level),
            Self::Levels(levels) => {
                input.is_some_and(|input| levels.iter().any(|level| *level == *input.text()))
            }
            Self::Other => input.is_some(),
        }
    }
}
