use super::*;
use crate::analytics::customers::Purchase;
use crate::analytics::customers::simulate::{Dice, bought, day, id};

/// A customer who buys every `every` days from `from` to `until`.
fn regular(customer: u64, from: u64, every: u64, until: u64) -> Vec<Purchase> {
    let days = (0..).map(|n| from + n * every).take_while(|at| *at <= until);
    (0..).zip(days).map(|(n, at)| bought(customer * 1_000 + n, customer, at, "10")).collect()
}

#[test]
fn overdue_is_against_the_own_rhythm() {
    // Today is day 365. One buys weekly and stopped a month ago, one yearly... the same silence, another meaning.
    let today = day("2024-12-31");
    let mut made = regular(1, 0, 7, 330);
    made.extend(regular(2, 0, 60, 330));
    made.extend(regular(3, 0, 14, 364));
    made.push(bought(1, 4, 0, "5"));
    let found = churn(&Purchases::until(today, made), today, 500).unwrap();
    let state: Vec<(Uuid, i64, bool)> =
        found.rows.iter().map(|row| (row.customer, row.silent, row.overdue)).collect();
    assert_eq!(state, [(id(1), 36, true), (id(2), 65, true), (id(3), 1, false)]);
    // The second is a little late: none of its intervals, all alike, was as long. With a rhythm that varies it is not.
    let mut varied = regular(1, 0, 7, 330);
    for (n, at) in [0_u64, 40, 120, 170, 250, 300].into_iter().enumerate() {
        varied.push(bought(9_000 + n as u64, 2, at, "10"));
    }
    let found = churn(&Purchases::until(today, varied), today, 500).unwrap();
    let state: Vec<(Uuid, bool)> =
        found.rows.iter().map(|row| (row.customer, row.overdue)).collect();
    assert_eq!(state, [(id(1), true), (id(2), true)]);
    let one = &found.rows[0];
    assert_eq!((one.longer, one.interval.count), (0, 47));
}

#[test]
fn few_intervals_say_nothing() {
    let today = day("2024-12-31");
    let few = churn(&Purchases::until(today, regular(1, 0, 30, 360)), today, 500).unwrap_err();
    let words = few.label().en;
    assert_eq!(words, "Too little to say: 12 intervals between purchases, at least 20 are needed.");
}

/// The curve of Kaplan and Meier by hand: 4 customers, one leaves at 30, one at 180; the others are seen for 100 and 400 days.
#[test]
fn the_curve_of_survival_is_that_of_kaplan_and_meier() {
    let found = survival(&[30, 180], &[100, 400]);
    let told: Vec<(i64, u64, u64, u32)> =
        found.iter().map(|at| (at.age, at.at_risk, at.left, at.there)).collect();
    assert_eq!(
        told,
        [
            (0, 4, 0, 10_000),
            (30, 4, 1, 7_500),
            (90, 3, 1, 7_500),
            (180, 2, 2, 3_750),
            (365, 1, 2, 3_750)
        ]
    );
}

#[test]
fn everybody_is_counted_once() {
    let mut dice = Dice(5);
    let today = day("2026-01-01");
    let mut made = Vec::new();
    for customer in 1..=80 {
        made.extend(regular(customer, dice.below(200), 5 + dice.below(120), 100 + dice.below(600)));
    }
    let purchases = Purchases::until(today, made);
    let found = churn(&purchases, today, 500).unwrap();
    assert_eq!(found.rows.len() as u64 + found.without, purchases.customers());
    let cycles: u64 = found.cycles.iter().map(|cycle| cycle.customers).sum();
    assert_eq!(cycles, found.rows.len() as u64, "every length of cycle is in one band");
    let overdue: u64 = found.cycles.iter().map(|cycle| cycle.overdue).sum();
    assert_eq!(overdue, found.rows.iter().filter(|row| row.overdue).count() as u64);
    assert!(found.survival.windows(2).all(|pair| pair[0].there >= pair[1].there));
}
