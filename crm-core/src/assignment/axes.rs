//! The values that rules tell apart, field by field: all others in between behave alike.
//!
//! A field that is only compared for equality has one class for each value named, one for every other value and one for
//! no value. An ordered field that is compared by ranges has one class between any two bounds named, and one for no
//! value. So each test of one field is a set of classes, and a rule of such tests is a box of sets. Tests of several
//! fields, of words in texts and of ranges of decimals are not boxed; they are asked one by one.

use std::collections::{BTreeMap, BTreeSet};

use super::filter::{Datum, Test};

/// The class of no value, of every axis.
pub(super) const MISSING: usize = 0;

/// How the values of one field fall into classes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Axis {
    /// By equality: class 1 is every value that is not named, class 2 + k the k-th of these.
    Named(Vec<Datum>),
    /// By these bounds, ascending, the first being the least number there is: class k is from bound k − 1 on.
    Bounds(Vec<i64>),
}

/// A value that no rule names.
fn unnamed() -> Datum {
    Datum::Text("\u{0}".to_owned())
}

impl Axis {
    /// How many classes it has.
    pub(super) fn len(&self) -> usize {
        match self {
            Self::Named(values) => values.len().saturating_add(2),
            Self::Bounds(bounds) => bounds.len().saturating_add(1),
        }
    }

    /// A value of a class.
    pub(super) fn value(&self, class: usize) -> Datum {
        match (self, class) {
            (_, MISSING) => Datum::Missing,
            (Self::Named(_), 1) => unnamed(),
            (Self::Named(values), class) => {
                values.get(class.saturating_sub(2)).cloned().unwrap_or_default()
            }
            (Self::Bounds(bounds), class) => {
                bounds.get(class.saturating_sub(1)).map_or(Datum::Missing, |at| Datum::Int(*at))
            }
        }
    }

    /// The class of a value.
    pub(super) fn class(&self, value: &Datum) -> usize {
        match (self, value) {
            (_, Datum::Missing) => MISSING,
            (Self::Named(values), value) => {
                values.binary_search(value).map_or(1, |at| at.saturating_add(2))
            }
            (Self::Bounds(bounds), Datum::Int(number)) => {
                bounds.partition_point(|bound| bound <= number)
            }
            (Self::Bounds(_), _) => MISSING,
        }
    }
}

/// The axes of the fields that rules read, by place.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Axes(pub(super) BTreeMap<usize, Axis>);

/// What tests ask of one field.
#[derive(Default)]
struct Asked {
    named: BTreeSet<Datum>,
    bounds: BTreeSet<i64>,
    ranged: bool,
}

impl Axes {
    /// The axes on which these tests tell values apart.
    pub(super) fn of<'a>(tests: impl Iterator<Item = &'a Test>) -> Self {
        let mut asked: BTreeMap<usize, Asked> = BTreeMap::new();
        tests.filter(|test| slot_of(test).is_some()).for_each(|test| ask(test, &mut asked));
        let axes = asked.into_iter().map(|(slot, mut asked)| {
            if !asked.ranged {
                return (slot, Axis::Named(asked.named.into_iter().collect()));
            }
            for value in &asked.named {
                if let Datum::Int(number) = value {
                    asked.bounds.extend([*number, number.saturating_add(1)]);
                }
            }
            // The least number stands for "no value" in rows of numbers.
            asked.bounds.remove(&i64::MIN);
            asked.bounds.insert(i64::MIN.saturating_add(1));
            (slot, Axis::Bounds(asked.bounds.into_iter().collect()))
        });
        Self(axes.collect())
    }

    /// The classes of its field that a boxed test accepts; none for a test that is not boxed.
    pub(super) fn accepts(&self, test: &Test) -> Option<(usize, Vec<bool>)> {
        let slot = slot_of(test)?;
        let axis = self.0.get(&slot)?;
        let mut row = vec![Datum::Missing; slot.saturating_add(1)];
        let classes = (0..axis.len()).map(|class| {
            if let Some(value) = row.get_mut(slot) {
                *value = axis.value(class);
            }
            test.holds(&row)
        });
        Some((slot, classes.collect()))
    }
}

/// The one field of a test that can be boxed.
pub(super) fn slot_of(test: &Test) -> Option<usize> {
    let mut slots = BTreeSet::new();
    test.slots(&mut slots);
    let slot = slots.first().copied().filter(|_| slots.len() == 1)?;
    boxed(test).then_some(slot)
}

fn boxed(test: &Test) -> bool {
    match test {
        Test::All(tests) | Test::Any(tests) => tests.iter().all(boxed),
        Test::Not(test) => boxed(test),
        Test::In(..) | Test::Missing(_) => true,
        Test::Range(_, from, to) => {
            let whole = |bound: &Datum| matches!(bound, Datum::Int(_) | Datum::Missing);
            whole(from) && whole(to)
        }
        Test::Contains(..) | Test::Starts(..) => false,
    }
}

fn ask(test: &Test, asked: &mut BTreeMap<usize, Asked>) {
    match test {
        Test::All(tests) | Test::Any(tests) => tests.iter().for_each(|test| ask(test, asked)),
        Test::Not(test) => ask(test, asked),
        Test::In(slot, values) => {
            asked.entry(*slot).or_default().named.extend(values.iter().cloned());
        }
        Test::Range(slot, from, to) => {
            let asked = asked.entry(*slot).or_default();
            asked.ranged = true;
            for bound in [from, to] {
                if let Datum::Int(number) = bound {
                    asked.bounds.insert(*number);
                }
            }
        }
        Test::Missing(slot) => drop(asked.entry(*slot).or_default()),
        Test::Contains(..) | Test::Starts(..) => {}
    }
}
