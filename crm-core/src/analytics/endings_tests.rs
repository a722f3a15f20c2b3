use super::*;
use crate::analytics::{DealRow, sample};

fn table_of(outcomes: &[Outcome]) -> FactTable {
    let mut builder = FactTable::builder("CNY", 2);
    for (number, outcome) in (1u128..).zip(outcomes) {
        let row = DealRow {
            reason: if *outcome == Outcome::Lost && number % 2 == 0 { "price" } else { "" },
            base_minor: Some(100),
            ..DealRow::new(Uuid::from_u128(number), *outcome)
        };
        builder.deal(&row).unwrap();
    }
    builder.finish().unwrap()
}

/// Deals `of` go with `tag`.
fn tags(of: &[(&str, core::ops::RangeInclusive<u128>)]) -> Tags {
    let mut tags = Tags::new();
    for (tag, ids) in of {
        for id in ids.clone() {
            tags.entry(Uuid::from_u128(id)).or_default().insert((*tag).to_owned());
        }
    }
    tags
}

#[test]
fn a_deal_stands_under_each_of_its_tags_and_is_compared_with_the_others() {
    use Outcome::{Lost, Open, Won};
    // 20 lost, 20 won, 2 open.
    let outcomes = [vec![Lost; 20], vec![Won; 20], vec![Open; 2]].concat();
    let table = table_of(&outcomes);
    // The rival was in 15 lost and 1 won deal, the small one in 2 won, both in one; the rest name nobody.
    let tags =
        tags(&[("Rival", 1..=15), ("Rival", 21..=21), ("Small", 15..=15), ("Small", 22..=23)]);
    let found = tagged(&table, &sample::all(), &tags);
    let rows: Vec<_> = found
        .iter()
        .map(|of| {
            let (win, others) = (of.win, of.others);
            let counts = [win.successes, win.trials, others.successes, others.trials];
            (of.tag.as_str(), counts, of.deals.open.deals, of.verdict())
        })
        .collect();
    assert_eq!(
        rows,
        [
            ("Rival", [1, 16, 19, 24], 0, Verdict::Lower),
            ("Small", [2, 3, 18, 37], 0, Verdict::TooFew),
            ("", [17, 22, 3, 18], 2, Verdict::Higher),
        ]
    );
}

#[test]
fn shares_of_the_lost_are_those_of_all_lost() {
    use Outcome::{Lost, Won};
    let table = table_of(&[vec![Lost; 10], vec![Won; 4]].concat());
    let none = Tags::new();
    let report = losses(&table, &sample::all(), &Beside { competitors: &none, adjustments: &none });
    let reasons = report.tables.iter().find(|table| table.key == "reason").unwrap();
    let cells: Vec<Vec<String>> = reasons
        .rows
        .iter()
        .map(|row| {
            row.iter()
                .map(|cell| match cell {
                    Cell::Absent => "-".to_owned(),
                    Cell::Count(count) => count.to_string(),
                    Cell::Label(label) => label.en.clone(),
                    Cell::Text(text) => text.clone(),
                })
                .collect()
        })
        .collect();
    assert_eq!(
        cells,
        [
            ["price", "5", "0.5000", "0.2366", "0.7634", "5.00", "0.5000"],
            ["(none)", "5", "0.5000", "0.2366", "0.7634", "5.00", "0.5000"],
        ],
        "won deals have no reason and are in no share"
    );
    assert_eq!(report.figures[0].value, Cell::Count(10));
    for table in &report.tables {
        assert!(table.rows.iter().all(|row| row.len() == table.columns.len()), "{}", table.key);
    }
}

#[test]
fn shares_of_the_won_are_those_of_all_won() {
    use Outcome::{Lost, Won};
    let table = table_of(&[vec![Lost; 7], vec![Won; 6]].concat());
    let named = tags(&[("Rival", 8..=9)]);
    let none = Tags::new();
    let report = wins(&table, &sample::all(), &Beside { competitors: &named, adjustments: &none });
    let sources = report.tables.iter().find(|table| table.key == "source").unwrap();
    assert_eq!(sources.rows.len(), 1, "nobody knows where they came from");
    assert_eq!(sources.rows[0][1..3], [Cell::Count(6), Cell::text("1.0000")]);
    let rivals = report.tables.iter().find(|table| table.key == "competitors").unwrap();
    assert_eq!(rivals.rows[0][0], Cell::text("Rival"));
    assert_eq!(rivals.rows[0][1..3], [Cell::Count(2), Cell::Count(0)], "won and lost against it");
    assert!(report.tables.iter().all(|table| table.key != "reason"), "the won have no reason");
}
