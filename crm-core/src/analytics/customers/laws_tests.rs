//! Laws over everything that is told of customers: the order in which purchases come does not matter, nor does what happens
//! later; and every customer is counted once.

use super::simulate::{Dice, anything, cases, day};
use super::*;

/// Everything that is told, as text.
fn told(purchases: &Purchases, as_of: chrono::NaiveDate) -> String {
    let habits: Vec<_> = purchases.iter().map(|(id, own)| (id, habits(own))).collect();
    let owned = purchases.iter().map(|(id, _)| (id, purchases.kept(id))).collect();
    let windows = Windows::until(as_of, 270, 90).unwrap();
    format!(
        "{:?} {:?} {habits:?} {:?} {:?} {:?} {:?}",
        purchases.came_back(),
        rfm(purchases, as_of),
        churn(purchases, as_of, 500),
        loyalty(purchases, as_of),
        associated(&owned, 2, 10_000),
        growth(purchases, windows, |purchase| [purchase.customer.to_string()].into(), 500),
    )
}

#[test]
fn neither_order_nor_the_future_changes_what_is_told() {
    let as_of = day("2025-06-30");
    for seed in 0..cases() {
        let made = anything(seed, 40 + seed % 60);
        let known = told(&Purchases::until(as_of, made.clone()), as_of);
        let mut dice = Dice(seed);
        let mut shuffled = made.clone();
        for at in (1..shuffled.len()).rev() {
            shuffled.swap(at, usize::try_from(dice.below(at as u64 + 1)).unwrap());
        }
        assert_eq!(told(&Purchases::until(as_of, shuffled), as_of), known, "seed {seed}: shuffled");
        // A poisoned future: whatever happens later is much, of everybody, and unlike anything before.
        let later = anything(seed + 1, 30).into_iter().map(|purchase| Purchase {
            day: purchase.day + chrono::Days::new(1_000),
            money: Some(rust_decimal::Decimal::from(1_000_000)),
            ..purchase
        });
        let poisoned: Vec<Purchase> = made.into_iter().chain(later).collect();
        assert_eq!(
            told(&Purchases::until(as_of, poisoned), as_of),
            known,
            "seed {seed}: the future"
        );
    }
}

#[test]
fn every_customer_is_counted_once() {
    let as_of = day("2025-06-30");
    for seed in 0..cases() {
        let purchases = Purchases::until(as_of, anything(seed, 40 + seed % 60));
        let customers = purchases.customers();
        let scored = rfm(&purchases, as_of);
        assert_eq!(scored.rows.len() as u64, customers, "seed {seed}");
        let often: u64 = scored.rows.iter().map(|row| row.frequency).sum();
        assert_eq!(often, purchases.count(), "seed {seed}: every purchase is somebody's");
        let loyal = loyalty(&purchases, as_of);
        let first: u64 = loyal.cohorts.iter().map(|cohort| cohort.customers).sum();
        assert_eq!(first, customers, "seed {seed}: everybody bought first in one quarter");
        if let Ok(churn) = churn(&purchases, as_of, 500) {
            assert_eq!(churn.rows.len() as u64 + churn.without, customers, "seed {seed}");
        }
    }
}

/// A mutant: reading the future changes what is told, so the law above can fail.
#[test]
fn a_reader_that_looks_ahead_is_caught() {
    let (as_of, end) = (day("2025-06-30"), day("2026-12-31"));
    let caught = (0..20).filter(|seed| {
        let made = anything(*seed, 60);
        let honest = Purchases::until(as_of, made.clone());
        let looks_ahead = Purchases::until(end, made);
        told(&honest, as_of) != told(&looks_ahead, as_of)
    });
    assert_eq!(caught.count(), 20);
}
