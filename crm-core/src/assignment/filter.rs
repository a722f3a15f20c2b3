//! Filters as they are evaluated: fields are places in a row, values are typed.

use std::collections::BTreeSet;

use rust_decimal::Decimal;

/// One value of a record as filters compare it.
#[derive(Clone, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub enum Datum {
    /// None.
    #[default]
    Missing,
    /// True or false.
    Bool(bool),
    /// A whole number; a day as days since the year 1, an instant as microseconds.
    Int(i64),
    /// A decimal.
    Decimal(Decimal),
    /// Text.
    Text(String),
}

/// A filter whose fields are places and whose values are typed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Test {
    /// Every one holds.
    All(Vec<Test>),
    /// At least one holds.
    Any(Vec<Test>),
    /// It does not hold.
    Not(Box<Test>),
    /// One of these values.
    In(usize, BTreeSet<Datum>),
    /// From the first, itself included, to the second, itself not; missing bounds are none.
    Range(usize, Datum, Datum),
    /// One of these words, in lower case.
    Contains(usize, Vec<String>),
    /// One of these beginnings.
    Starts(usize, Vec<String>),
    /// No value.
    Missing(usize),
}

impl Test {
    /// Whether it holds of a row.
    pub fn holds(&self, row: &[Datum]) -> bool {
        let at = |slot: &usize| row.get(*slot).unwrap_or(&Datum::Missing);
        match self {
            Self::All(tests) => tests.iter().all(|test| test.holds(row)),
            Self::Any(tests) => tests.iter().any(|test| test.holds(row)),
            Self::Not(test) => !test.holds(row),
            Self::In(slot, values) => values.contains(at(slot)),
            Self::Range(slot, from, to) => {
                let value = at(slot);
                *value != Datum::Missing
                    && (*from == Datum::Missing || from <= value)
                    && (*to == Datum::Missing || value < to)
            }
            Self::Contains(slot, words) => match at(slot) {
                Datum::Text(text) => {
                    let text = text.to_lowercase();
                    words.iter().any(|word| text.contains(word))
                }
                _ => false,
            },
            Self::Starts(slot, with) => match at(slot) {
                Datum::Text(text) => with.iter().any(|start| text.starts_with(start)),
                _ => false,
            },
            Self::Missing(slot) => *at(slot) == Datum::Missing,
        }
    }

    /// The places that it reads.
    pub fn slots(&self, into: &mut BTreeSet<usize>) {
        match self {
            Self::All(tests) | Self::Any(tests) => tests.iter().for_each(|test| test.slots(into)),
            Self::Not(test) => test.slots(into),
            Self::In(slot, _)
            | Self::Range(slot, ..)
            | Self::Contains(slot, _)
            | Self::Starts(slot, _)
            | Self::Missing(slot) => drop(into.insert(*slot)),
        }
    }
}
