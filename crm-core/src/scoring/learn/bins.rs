//! How a feature's values fall into bins: ranges of about equally many rows, or the levels that are seen often enough.

use std::collections::BTreeMap;

use rust_decimal::Decimal;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::scoring::feature::{Input, millionths};

/// Ranges of a number at most.
const RANGES_MAX: usize = 64;
/// Ranges of a number at most where it meets another feature.
const GROUPS_MAX: usize = 32;
/// Levels of a text at most where it meets another feature; the others are one.
const GROUP_LEVELS_MAX: usize = 40;
/// Levels of a text at most; the others are one.
const LEVELS_MAX: usize = 4000;
/// Rows that a level needs to be one of its own; so no model names what only a few people have.
const LEVEL_ROWS_MIN: usize = 8;

/// The bins of one feature. Bin 0 is for a missing value.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Bins {
    /// The upper bounds of all ranges but the last, ascending; a bound belongs to its range.
    Numbers(Vec<Decimal>),
    /// The levels, the most frequent first; after them one bin for all others.
    Levels(Vec<String>),
}

impl Bins {
    /// How many bins.
    pub const fn size(&self) -> usize {
        match self {
            Self::Numbers(bounds) => bounds.len().saturating_add(2),
            Self::Levels(levels) => levels.len().saturating_add(2),
        }
    }

    /// The bin of a value. A text that is no number is missing where numbers are expected.
    pub fn bin(&self, input: Option<&Input>) -> usize {
        let after = |at: usize| at.saturating_add(1);
        match self {
            Self::Numbers(bounds) => match input.and_then(Input::number) {
                None => 0,
                Some(value) => after(bounds.partition_point(|bound| *bound < value)),
            },
            Self::Levels(levels) => match input.map(Input::text) {
                None => 0,
                Some(text) => {
                    after(levels.iter().position(|level| *level == *text).unwrap_or(levels.len()))
                }
            },
        }
    }
}

/// One feature of all rows.
#[derive(Clone, Debug)]
pub(in crate::scoring) enum Values {
    /// In millionths.
    Numbers(Vec<Option<i64>>),
    /// One more than the place in the levels; 0 for a missing one.
    Texts(Vec<u32>, Vec<String>),
}

/// The bins of one feature with the codes of all rows.
#[derive(Clone, Debug)]
pub(super) struct Binned {
    pub(super) bins: Bins,
    pub(super) codes: Vec<u16>,
    /// Whether its bins stand in an order.
    pub(super) ordered: bool,
}

/// The bins of the values of `rows`, and the codes of those rows.
pub(super) fn binned(values: &Values, rows: &[u32]) -> Binned {
    match values {
        Values::Numbers(values) => {
            let own = || rows.iter().map(|row| at(values, *row).flatten());
            let bounds = bounds(&counted(own().flatten()), RANGES_MAX);
            let code = |value: Option<i64>| match value {
                None => 0,
                Some(value) => bounds.partition_point(|bound| *bound < value).saturating_add(1),
            };
            let codes = own().map(|value| narrow(code(value))).collect();
            let bins = Bins::Numbers(bounds.iter().map(|bound| decimal(*bound)).collect());
            Binned { bins, codes, ordered: true }
        }
        Values::Texts(values, levels) => {
            let own = || rows.iter().map(|row| at(values, *row).unwrap_or(0));
            let counts = counted(own());
            let name = |code: u32| {
                usize::try_from(code).ok().and_then(|code| levels.get(code.checked_sub(1)?))
            };
            let mut kept: Vec<(usize, &String, u32)> = counts
                .iter()
                .filter(|(_, rows)| *rows >= LEVEL_ROWS_MIN)
                .filter_map(|(code, rows)| Some((*rows, name(*code)?, *code)))
                .collect();
            kept.sort_by(|a, b| b.0.cmp(&a.0).then(a.1.cmp(b.1)));
            kept.truncate(LEVELS_MAX);
            let places = (1_usize..).zip(&kept).map(|(place, (_, _, code))| (*code, place));
            let places: BTreeMap<u32, usize> = places.collect();
            let other = kept.len().saturating_add(1);
            let mut table = vec![narrow(other); levels.len().saturating_add(1)];
            if let Some(missing) = table.first_mut() {
                *missing = 0;
            }
            for (code, place) in places {
                if let Some(entry) = usize::try_from(code).ok().and_then(|at| table.get_mut(at)) {
                    *entry = narrow(place);
                }
            }
            let codes = own().map(|code| at(&table, code).unwrap_or(0)).collect();
            let levels = kept.into_iter().map(|(_, level, _)| level.clone()).collect();
            Binned { bins: Bins::Levels(levels), codes, ordered: false }
        }
    }
}

/// The bins that the values of `rows` fall into.
pub(in crate::scoring) fn coded(bins: &Bins, values: &Values, rows: &[u32]) -> Vec<u16> {
    match (bins, values) {
        (Bins::Numbers(bounds), Values::Numbers(values)) => {
            let bounds: Vec<i64> = bounds.iter().map(|bound| millionths::of(*bound)).collect();
            let code =
                |value: i64| bounds.partition_point(|bound| *bound < value).saturating_add(1);
            let own = rows.iter().map(|row| at(values, *row).flatten());
            own.map(|value| value.map_or(0, |value| narrow(code(value)))).collect()
        }
        (_, Values::Texts(values, levels)) => {
            let input = |level: &String| Input::Text(level.clone());
            let known = levels.iter().map(|level| narrow(bins.bin(Some(&input(level)))));
            let table: Vec<u16> = core::iter::once(0).chain(known).collect();
            let own = rows.iter().map(|row| at(values, *row).and_then(|code| at(&table, code)));
            own.map(|code| code.unwrap_or(0)).collect()
        }
        (Bins::Levels(_), Values::Numbers(values)) => {
            let input = |value: i64| Input::Number(decimal(value));
            let own = rows.iter().map(|row| at(values, *row).flatten());
            own.map(|value| narrow(bins.bin(value.map(input).as_ref()))).collect()
        }
    }
}

/// A coarser grouping of bins, for pairs: which group each bin belongs to. Group 0 is for a missing value.
pub(super) fn groups(binned: &Binned) -> Vec<u8> {
    match &binned.bins {
        Bins::Numbers(_) => {
            let counts = counted(binned.codes.iter().copied().filter(|code| *code > 0));
            let counts: Vec<(i64, usize)> =
                counts.into_iter().map(|(code, rows)| (i64::from(code), rows)).collect();
            let bounds = bounds(&counts, GROUPS_MAX);
            let group = |bin: usize| {
                let bin = i64::try_from(bin).unwrap_or(i64::MAX);
                grouped(bounds.partition_point(|bound| *bound < bin).saturating_add(1))
            };
            let ranges = (1..binned.bins.size()).map(group);
            core::iter::once(0).chain(ranges).collect()
        }
        Bins::Levels(levels) => {
            let other = levels.len().saturating_add(1).min(GROUP_LEVELS_MAX);
            (0..binned.bins.size()).map(|bin| grouped(bin.min(other))).collect()
        }
    }
}

/// A bin's number as it is kept: there are far fewer than 2¹⁶.
fn narrow(bin: usize) -> u16 {
    u16::try_from(bin).unwrap_or(u16::MAX)
}

/// A group's number: there are fewer than 256.
fn grouped(group: usize) -> u8 {
    u8::try_from(group).unwrap_or(u8::MAX)
}

fn at<T: Copy>(values: &[T], row: u32) -> Option<T> {
    values.get(usize::try_from(row).ok()?).copied()
}

fn decimal(value: i64) -> Decimal {
    Decimal::new(value, millionths::SCALE).normalize()
}

/// How often each value is seen, ascending.
fn counted<T: Ord>(values: impl Iterator<Item = T>) -> Vec<(T, usize)> {
    let mut counts: BTreeMap<T, usize> = BTreeMap::new();
    for value in values {
        let count = counts.entry(value).or_default();
        *count = count.saturating_add(1);
    }
    counts.into_iter().collect()
}

/// The upper bounds of all but the last of about `ranges` ranges with about equally many rows. A value that alone has
/// as many as a range should (a sentinel such as -1, or 0) is a range of its own.
fn bounds(counts: &[(i64, usize)], ranges: usize) -> Vec<i64> {
    let mut rows: usize = counts.iter().map(|(_, rows)| rows).sum();
    let mut ranges = ranges;
    let mut bounds: Vec<i64> = Vec::new();
    let (mut held, mut before) = (0_usize, None);
    let full = |held: usize, rows: usize, ranges: usize| held.saturating_mul(ranges.max(1)) >= rows;
    for (at, (value, own)) in counts.iter().enumerate() {
        if let Some(before) = before
            && held > 0
            && ranges > 1
            && full(*own, rows, ranges)
        {
            bounds.push(before);
            rows = rows.saturating_sub(held);
            ranges = ranges.saturating_sub(1);
            held = 0;
        }
        held = held.saturating_add(*own);
        let last = at.saturating_add(1) == counts.len();
        if ranges > 1 && !last && full(held, rows, ranges) {
            bounds.push(*value);
            rows = rows.saturating_sub(held);
            ranges = ranges.saturating_sub(1);
            held = 0;
        }
        before = Some(*value);
    }
    bounds
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ranges_hold_about_equally_many_rows_and_heavy_values_stand_alone() {
        let even: Vec<(i64, usize)> = (0..100).map(|value| (value, 1)).collect();
        let table = [
            ("equal shares", even.clone(), 4, vec![24, 49, 74]),
            ("fewer values than ranges", vec![(1, 5), (2, 5)], 4, vec![1]),
            ("one value", vec![(7, 9)], 4, vec![]),
            ("nothing", vec![], 4, vec![]),
            ("a sentinel alone", [vec![(-1, 900)], even.clone()].concat(), 4, vec![-1, 33, 66]),
            ("a peak alone", vec![(1, 5), (2, 80), (3, 5), (4, 10)], 4, vec![1, 2, 3]),
        ];
        for (rule, counts, ranges, expected) in table {
            assert_eq!(bounds(&counts, ranges), expected, "{rule}");
        }
    }

    #[test]
    fn a_value_falls_into_the_bin_that_training_put_it_in() {
        let rows: Vec<u32> = (0..200).collect();
        let numbers = (0..200_i64).map(|i| (i % 10 != 3).then_some((i / 7 - 5) * 500_000));
        let numbers = Values::Numbers(numbers.collect());
        let names = ["", "a", "b", "rare"].map(str::to_owned);
        let texts = (0..200_u32).map(|i| if i < 4 { 4 } else { i % 3 }).collect();
        let texts = Values::Texts(texts, names[1..].iter().cloned().chain(["x".into()]).collect());
        for values in [numbers, texts] {
            let found = binned(&values, &rows);
            for row in 0..200_usize {
                let input = match &values {
                    Values::Numbers(values) => values[row].map(|v| Input::Number(decimal(v))),
                    Values::Texts(values, levels) => {
                        let code = values[row] as usize;
                        code.checked_sub(1).map(|at| Input::Text(levels[at].clone()))
                    }
                };
                assert_eq!(found.bins.bin(input.as_ref()), usize::from(found.codes[row]), "{row}");
            }
            assert!(found.codes.iter().all(|code| usize::from(*code) < found.bins.size()));
            assert_eq!(groups(&found).len(), found.bins.size());
        }
    }
}
