use super::*;
use crate::analytics::customers::simulate::{bought, day};

#[test]
fn a_rate_is_of_those_who_were_seen_so_long() {
    let today = day("2025-01-01");
    // 2024: days 0 to 365. Three first buy in the first quarter, one in the last.
    let made = vec![
        bought(1, 1, 0, "1"),
        bought(2, 1, 80, "1"),
        bought(3, 2, 10, "1"),
        bought(4, 2, 150, "1"),
        bought(5, 3, 20, "1"),
        bought(6, 3, 20, "1"),
        bought(7, 4, 340, "1"),
        bought(8, 4, 350, "1"),
    ];
    let found = loyalty(&Purchases::until(today, made), today);
    assert_eq!((found.customers, found.again), (4, 3), "twice on a day is not again");
    let told: Vec<(NaiveDate, u64, u64, [(u64, u64); 3])> = found
        .cohorts
        .iter()
        .map(|of| (of.quarter, of.customers, of.again, of.within.map(|w| (w.successes, w.trials))))
        .collect();
    let expected = [
        (day("2024-01-01"), 3, 2, [(1, 3), (2, 3), (1, 1)]),
        (day("2024-10-01"), 1, 1, [(0, 0), (0, 0), (0, 0)]),
    ];
    assert_eq!(told, expected);
    assert_eq!(found.within(0), Proportion::new(1, 3));
}

#[test]
fn what_came_back_in_full_is_no_purchase() {
    let today = day("2025-01-01");
    let mut made = vec![bought(1, 1, 0, "1"), bought(2, 1, 80, "0"), bought(3, 2, 0, "0")];
    made[1].kept = false;
    made[2].kept = false;
    let purchases = Purchases::until(today, made);
    let found = loyalty(&purchases, today);
    assert_eq!((found.customers, found.again, purchases.came_back()), (1, 0, 2));
}
