use uuid::Uuid;

use super::*;
use crate::analytics::{DealRow, LineRow, sample};

const NOON: i64 = 43_200;

fn day(number: i64) -> i64 {
    number * 86_400 + NOON
}

/// Owner, outcome, created and closed on day … of 1970.
fn table_of(deals: &[(&str, Outcome, i64, Option<i64>)]) -> FactTable {
    let mut builder = FactTable::builder("CNY", 2);
    for (number, (owner, outcome, created, closed)) in (1u128..).zip(deals) {
        let row = DealRow {
            owner,
            created_at: Some(day(*created)),
            closed_at: closed.map(day),
            ..DealRow::new(Uuid::from_u128(number), *outcome)
        };
        builder.deal(&row).unwrap();
    }
    builder.finish().unwrap()
}

fn won_lost_open(row: &WinRow) -> [u64; 3] {
    [row.deals.won.deals, row.deals.lost.deals, row.deals.open.deals]
}

fn january(from: u32, to: u32) -> Period {
    let day = |day| chrono::NaiveDate::from_ymd_opt(1970, 1, day);
    Period { from: day(from), to: day(to) }
}

#[test]
fn which_deals_count_in_a_period() {
    use Outcome::{Lost, Open, Won};
    // Day 0 is 1 January, so the period of 10 to 20 January is days 9 to 18.
    let table = [
        ("won within it", (Won, 0, Some(9)), [1, 0, 0]),
        ("lost on its last day", (Lost, 0, Some(18)), [0, 1, 0]),
        ("won on the day after its last", (Won, 0, Some(19)), [0, 0, 0]),
        ("won before it", (Won, 0, Some(8)), [0, 0, 0]),
        ("won at a time nobody knows", (Won, 0, None), [0, 0, 0]),
        ("open since before it", (Open, 0, None), [0, 0, 1]),
        ("open since its last day", (Open, 18, None), [0, 0, 1]),
        ("open, begun after it", (Open, 19, None), [0, 0, 0]),
    ];
    let query = Query { zone: chrono_tz::UTC, ..sample::all() }.during(january(10, 20));
    for (rule, (outcome, created, closed), expected) in table {
        let found = winrate(&table_of(&[("", outcome, created, closed)]), &query);
        assert_eq!(won_lost_open(&found.total), expected, "a deal {rule}");
    }
}

#[test]
fn groups_with_their_rates() {
    use Outcome::{Lost, Open, Won};
    let deals = [
        ("ann", Won, 0, Some(1)),
        ("ann", Lost, 0, Some(1)),
        ("ann", Lost, 0, Some(1)),
        ("bob", Open, 0, None),
        ("", Won, 0, Some(2)),
    ];
    let table = table_of(&deals);
    let query = sample::all().by([Dimension::Owner]);
    let found = winrate(&table, &query);
    let named =
        |row: &WinRow| (group::labels(&table, &query.by, &row.codes).join(""), won_lost_open(row));
    let expected = [
        ("ann".to_owned(), [1, 2, 0]),
        ("(none)".to_owned(), [1, 0, 0]),
        ("bob".to_owned(), [0, 0, 1]),
    ];
    assert_eq!(
        found.groups.iter().map(named).collect::<Vec<_>>(),
        expected,
        "most decided deals first"
    );
    let rates: Vec<_> =
        found.groups.iter().map(|row| row.win().rate().map(|rate| rate.to_string())).collect();
    let expected = [Some("0.3333".to_owned()), Some("1.0000".to_owned()), None];
    assert_eq!(rates, expected, "without a decided deal there is no rate");
    for row in &found.groups {
        let members = table.members(&row.decided.clone().outcome(Won), query.zone);
        assert_eq!(members.len() as u64, row.deals.won.deals);
        assert_eq!(table.members(&row.open, query.zone).len() as u64, row.deals.open.deals);
    }
}

#[test]
fn a_deal_counts_once_in_each_product_it_has() {
    let mut builder = FactTable::builder("CNY", 2);
    let deal = builder.deal(&DealRow::new(Uuid::from_u128(1), Outcome::Won)).unwrap();
    builder.deal(&DealRow::new(Uuid::from_u128(2), Outcome::Lost)).unwrap();
    for (product, category) in [("a", "x"), ("a", "x"), ("b", "x")] {
        let exact = rust_decimal::Decimal::ONE;
        builder.line(&LineRow { deal, product, category, rounded_minor: 100, exact }).unwrap();
    }
    let table = builder.finish().unwrap();
    let counts = |query: &Query| {
        let found = winrate(&table, query);
        let named = |row: &WinRow| {
            (group::labels(&table, &query.by, &row.codes).join("/"), won_lost_open(row))
        };
        found.groups.iter().map(named).collect::<Vec<_>>()
    };
    let none = || ("(none)".to_owned(), [0, 1, 0]);
    let by_product = counts(&sample::all().by([Dimension::Product]));
    assert_eq!(by_product, [("a".to_owned(), [1, 0, 0]), ("b".to_owned(), [1, 0, 0]), none()]);
    let by_category = counts(&sample::all().by([Dimension::Category]));
    assert_eq!(by_category, [("x".to_owned(), [1, 0, 0]), none()]);
    let only_b = sample::all()
        .only(Filter::default().with(Dimension::Product, "b"))
        .by([Dimension::Product]);
    assert_eq!(counts(&only_b), [("b".to_owned(), [1, 0, 0])], "a filter narrows the lines too");
}
