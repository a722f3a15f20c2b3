//! What is open, by how long it has been overdue.

use std::collections::BTreeMap;

use chrono::NaiveDate;

use super::Instalment;
use crate::codes;
use crate::value::{Currency, Invalid, Money};

codes! {
    /// How long something has been overdue.
    pub enum Bucket {
        /// Nobody has said when it is due.
        Unscheduled = "unscheduled",
        /// It is not due, or due today.
        Current = "current",
        /// 1 to 30 days.
        Days30 = "days_1_30",
        /// 31 to 60 days.
        Days60 = "days_31_60",
        /// 61 to 90 days.
        Days90 = "days_61_90",
        /// More than 90 days.
        Older = "days_over_90",
    }
}

impl Bucket {
    /// The bucket of what is due on a day, seen on another.
    pub fn of(due_on: Option<NaiveDate>, today: NaiveDate) -> Self {
        let Some(due_on) = due_on else { return Self::Unscheduled };
        match today.signed_duration_since(due_on).num_days() {
            ..=0 => Self::Current,
            1..=30 => Self::Days30,
            31..=60 => Self::Days60,
            61..=90 => Self::Days90,
            _ => Self::Older,
        }
    }
}

/// What is open in each bucket, by currency.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Buckets {
    /// The sums.
    pub sums: BTreeMap<(Currency, Bucket), Money>,
}

/// One instalment with what is open of it and the day on which it is looked at, where its customer is.
#[derive(Clone, Copy, Debug)]
pub struct Aged<'a> {
    /// Which.
    pub instalment: &'a Instalment,
    /// What is open of it.
    pub open: Money,
    /// The day there.
    pub today: NaiveDate,
}

/// The open amounts by how long they have been overdue: each amount is in one bucket, so that the buckets of a currency
/// add up to what is open in it. Currencies are never added.
///
/// # Errors
///
/// `money.overflow`. Rule PY-19 (F102).
pub fn ageing<'a>(rows: impl IntoIterator<Item = Aged<'a>>) -> Result<Buckets, Invalid> {
    let mut found = Buckets::default();
    for row in rows {
        let key = (row.open.currency(), Bucket::of(row.instalment.due_on, row.today));
        let sum = found.sums.entry(key).or_insert(Money::zero(row.open.currency()));
        *sum = sum.checked_add(row.open)?;
    }
    found.sums.retain(|_, sum| !sum.is_zero());
    Ok(found)
}

impl Buckets {
    /// All that is open in a currency.
    ///
    /// # Errors
    ///
    /// `money.overflow`.
    pub fn outstanding(&self, currency: Currency) -> Result<Money, Invalid> {
        let own = self.sums.iter().filter(|((of, _), _)| *of == currency);
        Money::sum(currency, own.map(|(_, sum)| *sum))
    }
}
