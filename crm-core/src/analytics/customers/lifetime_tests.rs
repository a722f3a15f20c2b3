use super::*;
use crate::analytics::customers::simulate::{Dice, bought, day, whole};

const AHEAD: Ahead = Ahead { days: 365, discount: 1_000, margin: 10_000 };

/// Customers who buy every so often and leave some day.
fn customers(count: u64) -> Vec<Purchase> {
    let mut dice = Dice(3);
    let mut found = Vec::new();
    for customer in 1..=count {
        let rate = dice.wait(20.0);
        let leaves = 0.05 + 0.4 * dice.share();
        let worth = 20 + dice.below(80);
        let (mut at, mut number) = (dice.below(100) as f64, 0);
        while at < 700.0 {
            let money = (worth + dice.below(worth)).to_string();
            found.push(bought(customer * 1_000 + number, customer, whole(at), &money));
            number += 1;
            if dice.share() < leaves {
                break;
            }
            at += dice.wait(rate);
        }
    }
    found
}

#[test]
fn thin_data_is_refused_with_the_reason() {
    let today = day("2025-12-01");
    let few = Purchases::until(today, customers(30));
    let refused = lifetime(&few, today, AHEAD, 2).unwrap_err();
    assert_eq!(
        refused.label().en,
        "Too little to say: 30 customers who bought, at least 50 are needed."
    );
    let once = (0..60).map(|n| bought(n, n, 5, "10")).collect::<Vec<_>>();
    let refused = lifetime(&Purchases::until(today, once), today, AHEAD, 2).unwrap_err();
    assert!(refused.label().en.contains("0 customers who bought again"), "{refused:?}");
    assert!(lifetime(&Purchases::default(), today, AHEAD, 2).is_err());
}

#[test]
fn a_worth_is_what_will_be_bought_times_what_it_comes_to_discounted() {
    let today = day("2025-12-01");
    let purchases = Purchases::until(today, customers(300));
    let found = lifetime(&purchases, today, AHEAD, 2).unwrap();
    assert_eq!(found.rows.len(), 300);
    let undiscounted = lifetime(&purchases, today, Ahead { discount: 0, ..AHEAD }, 2).unwrap();
    let half = lifetime(&purchases, today, Ahead { margin: 5_000, ..AHEAD }, 2).unwrap();
    for ((row, plain), half) in found.rows.iter().zip(&undiscounted.rows).zip(&half.rows) {
        let (value, all) = (row.value.unwrap(), plain.value.unwrap());
        assert!(value <= all, "later money is worth less: {row:?} {plain:?}");
        let exact = plain.expected * plain.spend.unwrap();
        let wide = Decimal::new(1, 2) + exact * Decimal::new(1, 2);
        assert!((all - exact).abs() <= wide, "{all} against {exact}");
        let twice = half.value.unwrap() * Decimal::TWO;
        assert!((twice - value).abs() <= Decimal::new(2, 2), "a margin of half is half");
    }
    assert!(found.rows.iter().all(|row| row.repeats > 0 || row.alive == 10_000));
}

#[test]
fn several_purchases_of_a_day_are_one_and_an_unknown_amount_is_none() {
    let mut own = vec![
        bought(1, 1, 0, "10"),
        bought(2, 1, 7, "20"),
        bought(3, 1, 7, "30"),
        bought(4, 1, 21, "70"),
        bought(5, 1, 28, "1"),
    ];
    own[4].money = None;
    let (of, spent) = seen(&own, day("2024-02-05")).unwrap();
    assert_eq!(of, Seen { repeats: 3, last: 4.0, age: 5.0 });
    assert_eq!(spent, Some(Spent { count: 2, mean: 60.0 }));
}
