//! Who buys again: by when they bought first.

use std::collections::BTreeMap;

use chrono::{Datelike, Days, NaiveDate};

use super::purchase::{Purchases, days};
use crate::analytics::stats::Proportion;

/// Days within which a second purchase is looked for.
pub const WITHIN: [u32; 3] = [90, 180, 365];

/// Those who bought first in one quarter.
#[derive(Clone, Debug, PartialEq)]
pub struct Cohort {
    /// The first day of the quarter.
    pub quarter: NaiveDate,
    /// How many there are.
    pub customers: u64,
    /// How many of them bought again so far.
    pub again: u64,
    /// For each stretch of [`WITHIN`]: how many were seen for all of it, and bought again within it.
    pub within: [Proportion; 3],
}

/// Who buys again.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Loyalty {
    /// By quarter of the first purchase; only quarters with somebody.
    pub cohorts: Vec<Cohort>,
    /// All of them together.
    pub customers: u64,
    /// How many bought again so far.
    pub again: u64,
}

impl Loyalty {
    /// Of everybody who was seen for the whole of a stretch, those who bought again within it.
    pub fn within(&self, stretch: usize) -> Proportion {
        let own = self.cohorts.iter().filter_map(|cohort| cohort.within.get(stretch));
        own.fold(Proportion::new(0, 0), |sum, one| {
            Proportion::new(
                sum.successes.saturating_add(one.successes),
                sum.trials.saturating_add(one.trials),
            )
        })
    }
}

/// Who buys again on a later day, by the quarter of the first purchase. A rate "within 90 days" is of those alone who were
/// seen for 90 days, so that the youngest quarters do not look disloyal. What was sent back in full is no purchase, neither
/// first nor second. Rule CU-12 (F117).
pub fn loyalty(purchases: &Purchases, as_of: NaiveDate) -> Loyalty {
    let mut cohorts: BTreeMap<NaiveDate, Cohort> = BTreeMap::new();
    for (_, own) in purchases.iter() {
        let days = days(own);
        let (Some(first), second) = (days.first(), days.get(1)) else { continue };
        let Some(quarter) = quarter(*first) else { continue };
        let none = Proportion::new(0, 0);
        let cohort = cohorts.entry(quarter).or_insert(Cohort {
            quarter,
            customers: 0,
            again: 0,
            within: [none; 3],
        });
        cohort.customers = cohort.customers.saturating_add(1);
        cohort.again = cohort.again.saturating_add(u64::from(second.is_some()));
        for (rate, stretch) in cohort.within.iter_mut().zip(WITHIN) {
            let Some(end) = first.checked_add_days(Days::new(stretch.into())) else { continue };
            if end <= as_of {
                rate.trials = rate.trials.saturating_add(1);
                let in_time = second.is_some_and(|second| *second <= end);
                rate.successes = rate.successes.saturating_add(u64::from(in_time));
            }
        }
    }
    let cohorts: Vec<Cohort> = cohorts.into_values().collect();
    let sum = |of: fn(&Cohort) -> u64| cohorts.iter().map(of).fold(0, u64::saturating_add);
    let (customers, again) = (sum(|cohort| cohort.customers), sum(|cohort| cohort.again));
    Loyalty { cohorts, customers, again }
}

/// The first day of the quarter of a day.
fn quarter(day: NaiveDate) -> Option<NaiveDate> {
    let month = day.month0().checked_div(3)?.checked_mul(3)?.checked_add(1)?;
    NaiveDate::from_ymd_opt(day.year(), month, 1)
}

#[cfg(test)]
#[path = "loyalty_tests.rs"]
mod tests;
