use super::*;
use crate::analytics::customers::simulate::{Dice, after, day, whole};

fn windows() -> Windows {
    Windows::until(day("2024-12-31"), 270, 90).unwrap()
}

#[test]
fn the_stretches_are_whole_days_that_end_with_the_day_of_the_report() {
    let of = windows();
    assert_eq!((of.turn, of.to), (day("2024-10-03"), day("2025-01-01")));
    assert_eq!(of.lengths(), (270, 90));
    let table = [
        ("2024-01-06", None),
        ("2024-01-07", Some(false)),
        ("2024-10-02", Some(false)),
        ("2024-10-03", Some(true)),
        ("2024-12-31", Some(true)),
        ("2025-01-01", None),
    ];
    for (at, expected) in table {
        assert_eq!(of.place(day(at)), expected, "{at}");
    }
}

#[test]
fn a_change_is_more_than_chance_and_needs_a_history() {
    let days = |before: u64, recent: u64| {
        let old = (0..before).map(|n| after(day("2024-01-07"), n % 270));
        old.chain((0..recent).map(|n| after(day("2024-10-03"), n % 90))).collect::<Vec<_>>()
    };
    let long = day("2023-01-01");
    let table = [
        ("as before", 30, 10, Some((1_000, false))),
        ("silence after thirty contacts", 30, 0, Some((1_000, true))),
        ("twice as many", 30, 20, Some((1_000, true))),
        ("one more of few", 6, 3, Some((200, false))),
        ("none of few may be chance", 6, 0, Some((200, false))),
        ("five before say nothing", 5, 9, None),
    ];
    for (rule, before, recent, expected) in table {
        let found = frequency(windows(), days(before, recent), long, 500);
        let found = found.ok().map(|of| (of.expected, of.changed));
        assert_eq!(found, expected, "{rule}");
    }
    let young = frequency(windows(), days(30, 0), day("2024-03-01"), 500).unwrap_err();
    assert!(young.label().en.contains("history begins after"), "{young:?}");
}

/// Of customers who are as always, at most as many are told as are reckoned with.
#[test]
fn steady_customers_are_told_no_more_often_than_said() {
    let mut dice = Dice(11);
    let (mut told, all) = (0, 2_000);
    for _ in 0..all {
        let mut days = Vec::new();
        let mut at = 0.0;
        loop {
            at += dice.wait(0.1);
            if at >= 360.0 {
                break;
            }
            days.push(after(day("2024-01-07"), whole(at)));
        }
        let found = frequency(windows(), days, day("2023-01-01"), 500);
        told += usize::from(found.is_ok_and(|of| of.changed));
    }
    assert!(told <= all * 5 / 100, "{told} of {all}");
    assert!(told > all / 100, "the test is not idle: {told} of {all}");
}

#[test]
fn a_preference_changes_when_another_thing_is_mostly_done() {
    let of = |pairs: &[(&str, u64)]| -> BTreeMap<String, u64> {
        pairs.iter().map(|(name, count)| ((*name).to_owned(), *count)).collect()
    };
    let before = of(&[("visit", 12), ("email", 3)]);
    let changed = preference(&before, &of(&[("email", 9)]), 500).unwrap();
    assert_eq!((changed.recent.0.as_str(), changed.changed), ("email", true));
    let same = preference(&before, &of(&[("visit", 7), ("email", 2)]), 500).unwrap();
    assert!(!same.changed);
    let few = preference(&before, &of(&[("email", 1)]), 500).unwrap();
    assert!(!few.changed, "one e-mail may be chance: {few:?}");
    assert!(preference(&of(&[("visit", 5)]), &before, 500).is_err());
    assert!(preference(&before, &of(&[]), 500).is_err());
}
