//! Who may be lost: silent for longer than fits their own rhythm.
#![expect(
    clippy::float_arithmetic,
    reason = "a survival curve is real numbers; results are quantised"
)]

use std::collections::BTreeMap;

use chrono::NaiveDate;
use rust_decimal::Decimal;
use uuid::Uuid;

use super::Thin;
use super::habits::{Interval, interval};
use super::purchase::{Purchases, days, gaps};
use super::special::basis_points;
use crate::analytics::stats::Proportion;

/// Intervals of all customers together below which nobody is called overdue.
const INTERVALS_MIN: u64 = 20;

/// Somebody with a rhythm of their own.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Rhythm {
    /// Who.
    pub customer: Uuid,
    /// When they bought last.
    pub last: NaiveDate,
    /// Days since.
    pub silent: i64,
    /// How long it usually is from one day of buying to the next.
    pub interval: Interval,
    /// How many times their usual interval they are silent.
    pub times: Decimal,
    /// How many intervals of anybody lasted at least as many times the usual one of their customer.
    pub longer: u64,
    /// Of how many.
    pub of: u64,
    /// Whether that is so rare that they are overdue.
    pub overdue: bool,
}

/// Customers whose usual interval is of a length.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Cycle {
    /// From so many days on.
    pub from: i64,
    /// Up to so many, these not included; nothing where there is no end.
    pub to: Option<i64>,
    /// How many customers.
    pub customers: u64,
    /// How many of them are overdue.
    pub overdue: u64,
}

impl Cycle {
    /// How many of them are overdue.
    pub const fn rate(&self) -> Proportion {
        Proportion::new(self.overdue, self.customers)
    }
}

/// How many customers are still there at an age.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Survival {
    /// Days since their first purchase.
    pub age: i64,
    /// How many were seen at that age and had not left before.
    pub at_risk: u64,
    /// How many had left by then, that age included.
    pub left: u64,
    /// The share that is still there after that age, in basis points (Kaplan–Meier).
    pub there: u32,
}

/// Who may be lost.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Churn {
    /// Everybody with a rhythm: the overdue first, then by how many times their usual interval they are silent.
    pub rows: Vec<Rhythm>,
    /// How many customers have bought too seldom to have one.
    pub without: u64,
    /// How many of these are silent for longer than nearly all intervals of anybody.
    pub without_left: u64,
    /// By the length of the usual interval.
    pub cycles: Vec<Cycle>,
    /// Who is still there, by age.
    pub survival: Vec<Survival>,
}

/// Where lengths of cycles are cut, in days.
const CYCLES: [i64; 5] = [0, 31, 91, 181, 366];

/// Ages at which survival is told, in days.
const AGES: [i64; 9] = [0, 30, 90, 180, 365, 730, 1_095, 1_460, 1_825];

/// Who may be lost. Each interval between two days of buying is measured by the usual (median) one of its customer; somebody
/// is overdue where at most `rare` basis points of all intervals so measured lasted as long as they are silent now. Whoever
/// bought on fewer than three days has no rhythm, and counts as lost where at most as many of all intervals lasted as long in
/// days. Survival by age is the Kaplan–Meier estimate, the lost leaving at their last purchase, the others still there today.
/// Rule CU-6 (F149).
///
/// # Errors
///
/// Fewer than 20 intervals of customers with a rhythm.
pub fn churn(purchases: &Purchases, as_of: NaiveDate, rare: u32) -> Result<Churn, Thin> {
    let (mut measured, mut lengths): (Vec<Decimal>, Vec<i64>) = (Vec::new(), Vec::new());
    let mut rhythms: Vec<(Uuid, NaiveDate, NaiveDate, Option<Interval>)> = Vec::new();
    for (customer, own) in purchases.iter() {
        let days = days(own);
        let (Some(first), Some(last)) = (days.first(), days.last()) else { continue };
        let rhythm = interval(&days);
        let own = gaps(&days);
        if let Some(rhythm) = &rhythm {
            measured.extend(own.iter().filter_map(|gap| times(*gap, rhythm)));
        }
        lengths.extend(own);
        rhythms.push((customer, *first, *last, rhythm));
    }
    measured.sort_unstable();
    lengths.sort_unstable();
    let of = measured.len() as u64;
    Thin::least(of, INTERVALS_MIN, ("intervals between purchases", "购买间隔"))?;
    let is_rare = |longer: u64, of: u64| {
        u128::from(longer).saturating_mul(10_000) <= u128::from(of).saturating_mul(rare.into())
    };
    let (mut rows, mut without, mut without_left) = (Vec::new(), 0_u64, 0_u64);
    let (mut left, mut there) = (Vec::new(), Vec::new());
    for (customer, first, last, rhythm) in rhythms {
        let silent = as_of.signed_duration_since(last).num_days();
        let gone = match rhythm {
            Some(interval) => {
                let times = times(silent, &interval).unwrap_or_default();
                let shorter = measured.partition_point(|known| *known < times);
                let longer = of.saturating_sub(shorter as u64);
                let overdue = is_rare(longer, of);
                rows.push(Rhythm { customer, last, silent, interval, times, longer, of, overdue });
                overdue
            }
            None => {
                let shorter = lengths.partition_point(|known| *known < silent);
                let longer = lengths.len().saturating_sub(shorter) as u64;
                let gone = is_rare(longer, lengths.len() as u64);
                without = without.saturating_add(1);
                without_left = without_left.saturating_add(u64::from(gone));
                gone
            }
        };
        let until = if gone { last } else { as_of };
        let age = until.signed_duration_since(first).num_days();
        if gone { left.push(age) } else { there.push(age) }
    }
    rows.sort_by(|a, b| {
        let key = |row: &Rhythm| (row.overdue, row.times);
        key(b).cmp(&key(a)).then(a.customer.cmp(&b.customer))
    });
    let cycles = cycles(&rows);
    Ok(Churn { rows, without, without_left, cycles, survival: survival(&left, &there) })
}

/// How many times the usual interval so many days are, at four places.
fn times(days: i64, of: &Interval) -> Option<Decimal> {
    let times = Decimal::from(days).checked_div(of.typical)?;
    Some(crate::analytics::amount::rounded(times, 4))
}

fn cycles(rows: &[Rhythm]) -> Vec<Cycle> {
    let ends = CYCLES.iter().skip(1).map(|end| Some(*end)).chain([None]);
    let cycle = |(from, to): (i64, Option<i64>)| {
        let own = rows.iter().filter(|row| {
            let typical = row.interval.typical;
            typical >= Decimal::from(from) && to.is_none_or(|to| typical < Decimal::from(to))
        });
        let own: Vec<&Rhythm> = own.collect();
        let overdue = own.iter().filter(|row| row.overdue).count() as u64;
        Cycle { from, to, customers: own.len() as u64, overdue }
    };
    CYCLES.iter().copied().zip(ends).map(cycle).collect()
}

/// The Kaplan–Meier curve at fixed ages, as far as anybody was seen. One who is still there at the age at which another
/// leaves was there when it happened.
#[expect(clippy::cast_precision_loss, reason = "counts are far below 2^53")]
fn survival(left: &[i64], there: &[i64]) -> Vec<Survival> {
    let mut exits: BTreeMap<i64, u64> = BTreeMap::new();
    for age in left {
        let count = exits.entry(*age).or_default();
        *count = count.saturating_add(1);
    }
    let mut all: Vec<i64> = left.iter().chain(there).copied().collect();
    all.sort_unstable();
    let at_risk =
        |age: i64| all.len().saturating_sub(all.partition_point(|known| *known < age)) as u64;
    let seen = AGES.iter().copied().filter(|age| at_risk(*age) > 0);
    let told = seen.map(|age| {
        let mut there = 1.0;
        for (exit, count) in exits.range(..=age) {
            there *= 1.0 - *count as f64 / at_risk(*exit) as f64;
        }
        let left = exits.range(..=age).map(|(_, count)| *count).fold(0, u64::saturating_add);
        Survival { age, at_risk: at_risk(age), left, there: basis_points(there) }
    });
    told.collect()
}

#[cfg(test)]
#[path = "churn_tests.rs"]
mod tests;
