use super::*;
use crate::analytics::customers::Purchase;
use crate::analytics::customers::simulate::{Dice, bought, day};

fn windows() -> Windows {
    Windows::until(day("2025-12-31"), 365, 365).unwrap()
}

/// Customers of a region, each buying once: `before` of them in 2024 (from day 1), `recent` in 2025.
fn region(from: u64, before: u64, recent: u64) -> Vec<Purchase> {
    let old = (0..before).map(|n| bought(from + n, from + n, 1 + n % 300, "1"));
    let new = (0..recent).map(|n| bought(from + 500 + n, from + 500 + n, 400 + n % 300, "1"));
    old.chain(new).collect()
}

fn of(purchase: &Purchase) -> BTreeSet<String> {
    let region = purchase.customer.as_u128() / 1_000;
    [format!("region {region}")].into()
}

#[test]
fn a_market_grows_by_more_than_chance_or_is_not_told() {
    let mut made = vec![bought(1, 900_000, 0, "1")];
    made.extend(region(1_000, 10, 40));
    made.extend(region(2_000, 50, 55));
    made.extend(region(3_000, 1, 3));
    made.extend(region(4_000, 0, 12));
    made.extend(region(5_000, 40, 10));
    let found = growth(&Purchases::until(day("2025-12-31"), made), windows(), of, 500).unwrap();
    let told: Vec<(&str, u64, u64, bool, bool)> = found
        .markets
        .iter()
        .filter(|market| market.key != "region 900")
        .map(|m| (m.key.as_str(), m.before, m.recent, m.chance.is_some(), m.emerging))
        .collect();
    assert_eq!(
        told,
        [
            ("region 1", 10, 40, true, true),
            ("region 4", 0, 12, true, true),
            ("region 2", 50, 55, true, false),
            ("region 5", 40, 10, true, false),
            ("region 3", 1, 3, false, false),
        ]
    );
    let first = &found.markets[0];
    assert_eq!(first.growth.unwrap().to_string(), "4.0000");
    let low = first.interval.0.unwrap();
    assert!(low > Decimal::ONE && low < Decimal::from(4), "{low}");
    assert_eq!(found.markets[1].growth, None, "from nothing there is no factor");
}

#[test]
fn one_busy_customer_is_no_market_and_a_young_history_says_nothing() {
    let mut made = vec![bought(1, 900_000, 0, "1")];
    made.extend((0..50).map(|n| bought(100 + n, 1_000, 400 + n, "1")));
    let found = growth(&Purchases::until(day("2025-12-31"), made), windows(), of, 500).unwrap();
    let one = found.markets.iter().find(|market| market.key == "region 1").unwrap();
    assert_eq!((one.recent, one.emerging), (1, false));
    let mut late = region(1_000, 200, 90);
    late.retain(|purchase| purchase.day > day("2024-03-01"));
    let young = growth(&Purchases::until(day("2025-12-31"), late), windows(), of, 500);
    assert!(young.is_err());
}

/// Markets that do not grow are told no more often than said.
#[test]
fn steady_markets_are_not_called_emerging() {
    let mut told = 0;
    for seed in 0..100 {
        let mut dice = Dice(seed);
        let mut made = vec![bought(1, 900_000, 0, "1")];
        for n in 0..400_u64 {
            let market = 1 + dice.below(8);
            let at = 1 + dice.below(729);
            made.push(bought(10 + n, market * 1_000 + n, at, "1"));
        }
        let found = growth(&Purchases::until(day("2025-12-31"), made), windows(), of, 500).unwrap();
        told += usize::from(found.markets.iter().any(|market| market.emerging));
    }
    assert!(told <= 10, "{told} of 100");
}
