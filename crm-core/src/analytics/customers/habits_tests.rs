use super::*;
use crate::analytics::customers::simulate::{bought, day, id, of};

fn decimal(text: &str) -> Decimal {
    text.parse().unwrap()
}

#[test]
fn a_rhythm_is_the_median_of_days_between_days_of_buying() {
    let table: [(&str, &[u64], Option<(&str, i64, i64)>); 5] = [
        ("one purchase has none", &[0], None),
        ("one interval is not enough", &[0, 30], None),
        ("two have a mean", &[0, 30, 70], Some(("35", 30, 40))),
        ("one long pause changes little", &[0, 30, 60, 90, 400], Some(("30", 30, 310))),
        ("two purchases of a day are one day of buying", &[0, 0, 30, 30, 60], Some(("30", 30, 30))),
    ];
    for (rule, days, expected) in table {
        let own: Vec<Purchase> = (0..).zip(days).map(|(n, day)| bought(n, 1, *day, "10")).collect();
        let found = habits(&own).unwrap();
        let interval = found.interval.map(|of| (of.typical, of.shortest, of.longest));
        let expected = expected.map(|(typical, min, max)| (decimal(typical), min, max));
        assert_eq!(interval, expected, "{rule}");
        assert_eq!(found.purchases, days.len());
    }
    assert_eq!(habits(&[]), None);
}

#[test]
fn a_price_band_is_of_known_amounts_and_favourites_were_kept() {
    let mut own: Vec<Purchase> = ["10", "20", "30", "40", "50"]
        .iter()
        .zip(0..)
        .map(|(money, n)| of(&[7, 8], bought(n, 1, n * 100, money)))
        .collect();
    own[4].money = None;
    own[0].items[1].quantity = Decimal::ZERO;
    own[1].items[1].quantity = Decimal::ZERO;
    let found = habits(&own).unwrap();
    let band = found.band.unwrap();
    assert_eq!([band.low, band.middle, band.high], ["17.5", "25", "32.5"].map(decimal));
    assert_eq!(band.count, 4, "an unknown amount is in no band");
    let favourites: Vec<(Uuid, u64)> =
        found.favourites.iter().map(|of| (of.product, of.purchases)).collect();
    assert_eq!(favourites, [(id(7), 5), (id(8), 3)]);
    assert_eq!(found.months, [0_u32; 0], "five purchases have no season");
}

#[test]
fn months_are_told_from_six_purchases_over_a_year_on() {
    // Every March and every September of three years, and one May.
    let days = [60, 245, 425, 610, 790, 975, 500];
    let mut own: Vec<Purchase> = (0..).zip(days).map(|(n, day)| bought(n, 1, day, "1")).collect();
    own.sort_by_key(|purchase| purchase.day);
    assert_eq!(own[0].day, day("2024-03-01"));
    assert_eq!(habits(&own).unwrap().months, [3, 9, 5]);
    own.truncate(5);
    assert_eq!(habits(&own).unwrap().months, [0_u32; 0]);
}
