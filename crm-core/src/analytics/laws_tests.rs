//! Laws over all reports: one figure is one figure wherever it stands, and the order of rows does not matter.

use proptest::prelude::*;
use uuid::Uuid;

use super::sample::{Dice, Sample, all, pour, sample};
use super::*;
use crate::export::{document::Report, json};

fn shuffled(sample: &Sample, seed: u64) -> Sample {
    let mut dice = Dice(seed);
    let mut deals = sample.deals.clone();
    for at in (1..deals.len()).rev() {
        deals.swap(at, usize::try_from(dice.below(at as u64 + 1)).unwrap());
    }
    for deal in &mut deals {
        deal.lines.reverse();
    }
    Sample { deals }
}

const DEAL_LEVEL: [Dimension; 9] = [
    Dimension::Owner,
    Dimension::Team,
    Dimension::Customer,
    Dimension::Pipeline,
    Dimension::Stage,
    Dimension::Source,
    Dimension::Region,
    Dimension::Industry,
    Dimension::Reason,
];

pub(crate) fn reports(table: &FactTable) -> Vec<Report> {
    reports_for(table, &all())
}

/// Every report that is counted from the table of deals alone, as `query` asks.
pub(crate) fn reports_for(table: &FactTable, query: &Query) -> Vec<Report> {
    let by = |dimensions: &[Dimension]| query.clone().by(dimensions.iter().copied());
    let counts = Counts { leads: Some(1_284), customers: Some(96) };
    let mut reports = vec![
        overview(table, &by(&[]), counts).report(table, &by(&[])),
        funnel(table, &by(&[])).report(table, &by(&[])),
    ];
    for of in [Dimension::Owner, Dimension::Product] {
        reports.push(winrate(table, &by(&[of])).report(table, &by(&[of])));
    }
    reports.push(cycle(table, &by(&[Dimension::Region])).report(table, &by(&[Dimension::Region])));
    for (query, grain, basis) in [
        (by(&[Dimension::Region]), Grain::Month, Basis::Amount),
        (by(&[Dimension::Category]), Grain::Quarter, Basis::LinesExact),
    ] {
        reports.push(trend(table, &query, grain, basis).unwrap().report(table, &query));
    }
    let by_source = by(&[Dimension::Source]);
    reports.push(stage_times(table, &by_source).report(table, &by_source));
    reports.push(rollup_report(table, &by(&[Dimension::Region, Dimension::Owner])));
    let managers = [("u1", "u2"), ("u3", "u2"), ("u2", "u5")];
    let managers = managers.map(|(of, above)| (of.to_owned(), above.to_owned())).into();
    reports.push(organisation_report(table, query, &managers));
    reports.push(paths(table, query, &Allowed::default()).report(table, query));
    let none = Tags::new();
    let beside = EndingsBeside { competitors: &none, adjustments: &none };
    reports.extend([losses(table, query, &beside), wins(table, query, &beside)]);
    let looked = effects(&table.watch(query, &Default::default()), &[], 14, query.as_of_seconds());
    let label = crate::export::document::Label::same;
    reports.push(looked.report(table, query, 14, &label));
    let name = |id: Uuid| id.to_string();
    reports.push(risks(table, query, &long_stays(table, query, &name), &name));
    reports
}

/// How many random histories a law is tried on: few, 10,000 with `CRM_PROOF=full`, 1,000 with `CRM_PROOF=tenth`.
#[expect(clippy::disallowed_methods, reason = "tests read the environment; the core does not")]
pub(crate) fn proof(cases: u32) -> u32 {
    match std::env::var("CRM_PROOF").as_deref() {
        Ok("full") => 10_000,
        Ok("tenth") => 1_000,
        _ => cases,
    }
}

#[test]
fn a_report_survives_its_json() {
    for report in reports(&pour(&sample(3, 80))) {
        let text = json(&report).unwrap();
        assert_eq!(serde_json::from_str::<Report>(&text).unwrap(), report);
        for table in &report.tables {
            assert!(table.rows.iter().all(|row| row.len() == table.columns.len()), "{}", table.key);
        }
        for chart in &report.charts {
            assert!(chart.series.iter().all(|one| one.values.len() == chart.categories.len()));
        }
    }
}

#[test]
fn an_empty_table_has_reports() {
    let table = FactTable::builder("JPY", 0).finish().unwrap();
    let of = reports(&table);
    let won =
        of.iter().flat_map(|report| &report.figures).find(|figure| figure.key == "won_amount");
    assert_eq!(won.map(|figure| &figure.value), Some(&crate::export::document::Cell::text("0")));
    assert_eq!(
        crate::export::html(&of, crate::export::document::Language::En).matches("<section").count(),
        of.len()
    );
}

/// A terminal's view, to the byte: the stable form that people see.
#[test]
fn the_text_of_a_report() {
    let table = pour(&sample(5, 30));
    let by = all().by([Dimension::Source]);
    let report = winrate(&table, &by).report(&table, &by);
    let text = crate::export::text(&report, crate::export::document::Language::Zh);
    assert_eq!(text, include_str!("winrate_sample.txt"));
}

#[test]
fn a_report_has_a_schema() {
    let schema = schemars::schema_for!(Report);
    let properties = schema.get("properties").and_then(|of| of.as_object());
    assert!(properties.is_some_and(|of| of.contains_key("tables") && of.contains_key("as_of")));
    assert!(schemars::schema_for!(Filter).get("properties").is_some());
}

#[test]
fn the_columns_are_narrow() {
    let table = pour(&sample(1, 500));
    assert!(table.bytes_per_deal() <= 64, "{} bytes a deal", table.bytes_per_deal());
}

/// Wall time of each report over a million deals, for a person to read: set `CRM_TIMES` and build with `--release`.
#[test]
#[expect(
    clippy::disallowed_methods,
    reason = "tests read the clock and the environment; the core does not"
)]
fn times() {
    if std::env::var_os("CRM_TIMES").is_none() {
        return;
    }
    let rows = sample(1, 1_000_000);
    let timed = |name: &str, run: &mut dyn FnMut()| {
        let begin = std::time::Instant::now();
        run();
        eprintln!("{name:24} {:8.1} ms", begin.elapsed().as_secs_f64() * 1e3);
    };
    let mut table = None;
    timed("build", &mut || table = Some(pour(&rows)));
    let table = table.unwrap();
    let by = |of: Dimension| all().by([of]);
    for _ in 0..2 {
        timed("overview", &mut || drop(overview(&table, &all(), Counts::default())));
        timed("funnel", &mut || drop(funnel(&table, &all())));
        timed("winrate by owner", &mut || drop(winrate(&table, &by(Dimension::Owner))));
        timed("winrate by product", &mut || drop(winrate(&table, &by(Dimension::Product))));
        timed("cycle", &mut || drop(cycle(&table, &all())));
        timed("trend by month", &mut || drop(trend(&table, &all(), Grain::Month, Basis::Amount)));
    }
}

/// All reports as bytes.
fn bytes(sample: &Sample) -> Vec<String> {
    reports(&pour(sample)).iter().map(|report| json(report).unwrap()).collect()
}

/// Mutants: what a wrong shuffle, or a wrong sum, does to the laws below.
#[test]
fn the_laws_catch_what_others_do() {
    let (mut lost, mut exchanged, mut doubled, mut dropped) = (0, 0, 0, 0);
    let many = 20;
    for seed in 0..many {
        let one = sample(seed, 60);
        let told = bytes(&one);
        // A shuffle that loses a deal, tells one twice, or has the owners of two exchanged.
        let mut other = shuffled(&one, seed + 1);
        other.deals.pop();
        lost += u64::from(bytes(&other) != told);
        let mut other = shuffled(&one, seed + 1);
        let mut again = other.deals.last().cloned().unwrap();
        again.row.id = Uuid::from_u128(u128::MAX - 1);
        other.deals.push(again);
        doubled += u64::from(bytes(&other) != told);
        let mut other = shuffled(&one, seed + 1);
        let ended =
            |outcome: Outcome| other.deals.iter().position(|deal| deal.row.outcome == outcome);
        if let (Some(won), Some(lost)) = (ended(Outcome::Won), ended(Outcome::Lost)) {
            let owner = other.deals[won].row.owner;
            if owner != other.deals[lost].row.owner {
                other.deals[won].row.owner = other.deals[lost].row.owner;
                other.deals[lost].row.owner = owner;
                exchanged += u64::from(bytes(&other) != told);
            } else {
                exchanged += 1;
            }
        } else {
            exchanged += 1;
        }
        // Groups of which one is left out.
        let found = winrate(&pour(&one), &all().by([Dimension::Owner]));
        let rest =
            found.groups.iter().skip(1).fold(ByOutcome::default(), |sum, row| sum.and(row.deals));
        dropped += u64::from(rest != found.total.deals);
    }
    assert_eq!([lost, doubled, exchanged, dropped], [many; 4]);
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(proof(24)))]

    #[test]
    fn the_order_of_rows_does_not_matter(seed in any::<u64>(), other in any::<u64>()) {
        let one = sample(seed, 60);
        let (table, again) = (pour(&one), pour(&shuffled(&one, other)));
        prop_assert_eq!(&table, &again);
        for (one, two) in reports(&table).iter().zip(reports(&again)) {
            prop_assert_eq!(json(one).unwrap(), json(&two).unwrap());
        }
    }

    #[test]
    fn groups_sum_to_the_total(seed in any::<u64>()) {
        let table = pour(&sample(seed, 60));
        for one in DEAL_LEVEL {
            for two in [Dimension::Owner, Dimension::Region] {
                let query = all().by([one, two]);
                let found = winrate(&table, &query);
                let sum = found.groups.iter().fold(ByOutcome::default(), |sum, row| sum.and(row.deals));
                prop_assert_eq!(sum, found.total.deals);
                let found = overview(&table, &query, Counts::default());
                let sum = found.groups.iter().fold(ByOutcome::default(), |sum, row| sum.and(row.deals));
                prop_assert_eq!(sum, found.deals);
            }
        }
        let query = all();
        let ids = table.members(&query.filter, query.zone);
        let tag = |id: &Uuid| (*id, [format!("{}", id.as_u128() % 3)].into());
        let tags: Tags = ids.iter().map(tag).collect();
        let found = tagged(&table, &query, &tags);
        let sum = found.iter().fold(ByOutcome::default(), |sum, row| sum.and(row.deals));
        prop_assert_eq!(sum, winrate(&table, &query).total.deals);
        for (dimension, basis) in [
            (Dimension::Region, Basis::Amount),
            (Dimension::Owner, Basis::LinesExact),
            (Dimension::Product, Basis::LinesRounded),
            (Dimension::Category, Basis::LinesExact),
        ] {
            let found = trend(&table, &all().by([dimension]), Grain::Month, basis).unwrap();
            for (at, bucket) in found.total.buckets.iter().enumerate() {
                let of_groups = found.groups.iter().filter_map(|group| group.buckets.get(at));
                let sum: rust_decimal::Decimal = of_groups.filter_map(|one| one.amount.decimal()).sum();
                prop_assert_eq!(Some(sum), bucket.amount.decimal());
            }
        }
    }

    /// Two reports of one figure agree (FEATURES W26), and each has the members it counts.
    #[test]
    fn one_figure_is_one_figure(seed in any::<u64>()) {
        let table = pour(&sample(seed, 60));
        let query = all();
        let seen = overview(&table, &query, Counts::default());
        prop_assert_eq!(seen.deals, winrate(&table, &query).total.deals);
        let won = trend(&table, &query, Grain::Week, Basis::Amount).unwrap();
        prop_assert_eq!(won.total.deals, seen.deals.won.deals);
        prop_assert_eq!(won.total.amount, seen.deals.won.amount(&table));
        let reached = funnel(&table, &query);
        prop_assert_eq!(reached.deals + reached.without_history, seen.deals.total().deals);
        let lasted = cycle(&table, &query).total;
        prop_assert_eq!([lasted.won.count(), lasted.lost.count(), lasted.open.count()],
            [seen.deals.won.deals, seen.deals.lost.deals, seen.deals.open.deals]);
        let count = |filter: &Filter| table.members(filter, query.zone).len() as u64;
        for row in &seen.stages {
            prop_assert_eq!(count(&row.members_that_are(Outcome::Lost)), row.deals.lost.deals);
            prop_assert_eq!(count(&row.members), row.deals.total().deals);
        }
        for bucket in &won.total.buckets {
            prop_assert_eq!(count(&bucket.members), bucket.deals);
        }
    }
}
