//! What people did, and how soon they answered.

use std::collections::{BTreeMap, BTreeSet};

use chrono::NaiveDate;
use rust_decimal::Decimal;
use uuid::Uuid;

use super::{
    period::Grain,
    stats::{self, Proportion},
};

/// Something that somebody did with somebody.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Done {
    /// Who did it.
    pub owner: Uuid,
    /// On which day.
    pub day: NaiveDate,
    /// With whom: a customer, or a lead who is none yet; nil where it was with nobody.
    pub with: Uuid,
    /// Whether the other side was reached, where somebody said so.
    pub reached: Option<bool>,
    /// Whether it was written down long after.
    pub late_entry: bool,
}

/// Somebody who turned to us.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Asked {
    /// Who had to answer.
    pub owner: Uuid,
    /// When they turned to us, in seconds since 1970.
    pub at: i64,
    /// When somebody first did something with them, where anybody did.
    pub answered_at: Option<i64>,
}

/// What one person did in one day, week or month.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Effort {
    /// How much was done.
    pub done: u64,
    /// With whom.
    pub with: BTreeSet<Uuid>,
    /// How often the other side was reached, of those of which that is known.
    pub reached: (u64, u64),
    /// How much was written down long after.
    pub late_entry: u64,
}

/// How soon one person answered.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Answers {
    /// How long it took, in seconds, the shortest first.
    pub took: Vec<i64>,
    /// How many wait.
    pub waiting: u64,
    /// How many were answered within a day, or could not be yet: younger than a day and waiting.
    within_a_day: u64,
    young: u64,
}

/// What was done by person and day, week or month. Rule KP-13 (F141).
pub fn efforts(done: &[Done], grain: Grain) -> BTreeMap<(Uuid, NaiveDate), Effort> {
    let mut found: BTreeMap<(Uuid, NaiveDate), Effort> = BTreeMap::new();
    for one in done {
        let effort = found.entry((one.owner, grain.floor(one.day))).or_default();
        effort.done = effort.done.saturating_add(1);
        if !one.with.is_nil() {
            effort.with.insert(one.with);
        }
        if let Some(reached) = one.reached {
            effort.reached.0 = effort.reached.0.saturating_add(u64::from(reached));
            effort.reached.1 = effort.reached.1.saturating_add(1);
        }
        effort.late_entry = effort.late_entry.saturating_add(u64::from(one.late_entry));
    }
    found
}

/// How soon people answered, by person, as of a second. Rule KP-14 (F141).
pub fn answers(asked: &[Asked], as_of: i64) -> BTreeMap<Uuid, Answers> {
    const DAY: i64 = 86_400;
    let mut found: BTreeMap<Uuid, Answers> = BTreeMap::new();
    for one in asked {
        let answers = found.entry(one.owner).or_default();
        match one.answered_at.filter(|at| *at <= as_of) {
            Some(at) => {
                // What was entered before they turned to us was no answer to it, but they do not wait either.
                let took = at.saturating_sub(one.at).max(0);
                answers.took.push(took);
                answers.within_a_day = answers.within_a_day.saturating_add(u64::from(took <= DAY));
            }
            None => {
                answers.waiting = answers.waiting.saturating_add(1);
                let is_young = as_of.saturating_sub(one.at) < DAY;
                answers.young = answers.young.saturating_add(u64::from(is_young));
            }
        }
    }
    found.values_mut().for_each(|answers| answers.took.sort_unstable());
    found
}

impl Answers {
    /// The `percent`th percentile of the days that answers took; those that wait are not in it.
    pub fn percentile(&self, percent: u32) -> Option<Decimal> {
        stats::percentile_days(&self.took, percent)
    }

    /// The median with those that wait: they took at least as long as they wait (Kaplan and Meier). Nothing where more
    /// than half wait.
    pub fn median(&self, waits: &[i64]) -> Option<Decimal> {
        stats::days(stats::survival_median(&self.took, waits)?)
    }

    /// How many were answered within a day, of those of whom that can be told.
    pub fn within_a_day(&self) -> Proportion {
        let took = u64::try_from(self.took.len()).unwrap_or(u64::MAX);
        let old = self.waiting.saturating_sub(self.young);
        Proportion::new(self.within_a_day, took.saturating_add(old))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const LI: Uuid = Uuid::from_u128(1);

    fn day(text: &str) -> NaiveDate {
        text.parse().unwrap()
    }

    #[test]
    fn what_was_done_is_counted_by_day_week_and_month_and_customers_once() {
        let done = |on: &str, with: u128| Done {
            owner: LI,
            day: day(on),
            with: Uuid::from_u128(with),
            reached: Some(with == 7),
            late_entry: false,
        };
        let all = [
            done("2026-11-02", 7),
            done("2026-11-02", 7),
            done("2026-11-08", 8),
            done("2026-11-09", 0),
        ];
        let table = [
            (Grain::Day, vec![("2026-11-02", 2, 1), ("2026-11-08", 1, 1), ("2026-11-09", 1, 0)]),
            (Grain::Week, vec![("2026-11-02", 3, 2), ("2026-11-09", 1, 0)]),
            (Grain::Month, vec![("2026-11-01", 4, 2)]),
        ];
        for (grain, expected) in table {
            let found: Vec<_> = efforts(&all, grain)
                .into_iter()
                .map(|((_, start), effort)| (start, effort.done, effort.with.len()))
                .collect();
            let expected: Vec<_> =
                expected.into_iter().map(|(start, done, with)| (day(start), done, with)).collect();
            assert_eq!(found, expected, "{grain:?}");
        }
    }

    #[test]
    fn who_waits_is_told_and_not_forgotten() {
        const DAY: i64 = 86_400;
        let asked = |at: i64, answered_at: Option<i64>| Asked { owner: LI, at, answered_at };
        let all = [
            asked(0, Some(DAY / 2)),
            asked(0, Some(2 * DAY)),
            asked(0, None),
            asked(10 * DAY - 5, None),
            asked(0, Some(11 * DAY)),
        ];
        let found = answers(&all, 10 * DAY).remove(&LI).unwrap();
        assert_eq!(found.took, [DAY / 2, 2 * DAY]);
        assert_eq!(found.waiting, 3, "one of them is answered later than is asked");
        assert_eq!(found.within_a_day(), Proportion::new(1, 4), "of the youngest it is not told");
        assert_eq!(found.percentile(50).map(|days| days.to_string()), Some("1.2500".to_owned()));
        let waits = [10 * DAY, 10 * DAY, 5];
        assert_eq!(found.median(&waits).map(|days| days.to_string()), Some("2.0000".to_owned()));
    }
}
