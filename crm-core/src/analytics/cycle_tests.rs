use uuid::Uuid;

use super::*;
use crate::analytics::{DealRow, sample};

const DAY: i64 = 86_400;

/// Outcome, created, closed; days before the report's moment.
fn table_of(deals: &[(Outcome, Option<i64>, Option<i64>)]) -> FactTable {
    let now = sample::all().as_of_seconds();
    let mut builder = FactTable::builder("CNY", 2);
    for (number, (outcome, created, closed)) in (1u128..).zip(deals) {
        let at = |ago: Option<i64>| ago.map(|ago| now - ago * DAY);
        let row = DealRow {
            created_at: at(*created),
            closed_at: at(*closed),
            ..DealRow::new(Uuid::from_u128(number), *outcome)
        };
        builder.deal(&row).unwrap();
    }
    builder.finish().unwrap()
}

#[test]
fn the_cycle_of_some_deals() {
    use Outcome::{Lost, Open, Won};
    let won = |days: i64| (Won, Some(100), Some(100 - days));
    type Deals = Vec<(Outcome, Option<i64>, Option<i64>)>;
    type Days = [Option<&'static str>; 4];
    let table: [(&str, Deals, Days); 6] = [
        // mean, median, p90 of the won; median with the open ones
        ("none has none", vec![], [None; 4]),
        ("one is all of them", vec![won(7)], [Some("7.0000"); 4]),
        (
            "two",
            vec![won(10), won(20)],
            [Some("15.0000"), Some("15.0000"), Some("19.0000"), Some("10.0000")],
        ),
        (
            "the lost end too, but are not won",
            vec![won(10), (Lost, Some(100), Some(98))],
            [Some("10.0000"), Some("10.0000"), Some("10.0000"), Some("2.0000")],
        ),
        (
            "an old open one pushes the median up",
            vec![won(10), won(20), (Open, Some(50), None)],
            [Some("15.0000"), Some("15.0000"), Some("19.0000"), Some("20.0000")],
        ),
        (
            "mostly open: no median yet",
            vec![won(10), (Open, Some(50), None), (Open, Some(50), None)],
            [Some("10.0000"), Some("10.0000"), Some("10.0000"), None],
        ),
    ];
    for (rule, deals, expected) in table {
        let CycleRow { won, .. } = cycle(&table_of(&deals), &sample::all()).total;
        let total = cycle(&table_of(&deals), &sample::all()).total;
        let found = [won.mean(), won.median(), won.p90(), total.median_with_open()];
        assert_eq!(
            found.map(|days| days.map(|days| days.to_string())),
            expected.map(|days| days.map(str::to_owned)),
            "{rule}"
        );
    }
}

#[test]
fn what_is_left_out_is_counted() {
    use Outcome::{Open, Won};
    let deals = [
        (Won, None, Some(3)),
        (Won, Some(9), None),
        (Won, Some(3), Some(9)),
        (Open, None, None),
        (Open, Some(-4), None),
        (Won, Some(9), Some(3)),
    ];
    let found = cycle(&table_of(&deals), &sample::all());
    assert_eq!((found.undated, found.misdated, found.total.won.count()), (3, 2, 1));
}
