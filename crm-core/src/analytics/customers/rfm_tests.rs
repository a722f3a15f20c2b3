use std::collections::BTreeMap;

use super::*;
use crate::analytics::customers::simulate::{bought, day, id};
use crate::analytics::shared;

fn decimal(text: &str) -> Decimal {
    text.parse().unwrap()
}

fn decimals(values: &serde_json::Value) -> Vec<Decimal> {
    let values = values.as_array().unwrap().iter();
    values.map(|value| decimal(&value.to_string()).round_dp(6).normalize()).collect()
}

#[test]
fn a_score_is_one_and_the_cuts_below() {
    let cuts = ["10", "20", "20", "40"].map(decimal);
    let table = [
        ("below every cut", "9", 1),
        ("equal to a cut is not above it", "10", 1),
        ("above one", "10.01", 2),
        ("equal to two equal cuts", "20", 2),
        ("above two equal cuts at once: a step may be empty", "21", 4),
        ("above all", "41", 5),
    ];
    for (rule, value, expected) in table {
        assert_eq!(score(decimal(value), &cuts), expected, "{rule}");
    }
}

/// Quintiles as published: the R package rfm (data of 995 customers: its thresholds, and the scores of the first ten), and
/// the CDNOW sample.
#[test]
fn scores_that_others_published() {
    let Some(vectors) = shared::json("vectors/rfm.json") else { return };
    let published = &vectors["published"];
    // They add 1 to each quantile, and a value that equals it counts above: of whole numbers that is "above the quantile".
    let cuts = |name: &str| -> Cuts {
        let cuts = decimals(&published["thresholds"][name]);
        let cuts: Vec<Decimal> = cuts.iter().map(|cut| *cut - Decimal::ONE).collect();
        cuts.try_into().unwrap()
    };
    let (recency, frequency, money) = (cuts("recency"), cuts("frequency"), cuts("monetary"));
    let mut checked = 0;
    for row in published["first_ten"].as_array().unwrap() {
        let of = |name: &str| decimal(&row[name].to_string());
        let found = [
            6 - score(of("recency_days"), &recency),
            score(of("frequency"), &frequency),
            score(of("monetary"), &money),
        ];
        let theirs: Vec<u64> =
            row["score"].as_array().unwrap().iter().filter_map(serde_json::Value::as_u64).collect();
        assert_eq!(found.map(u64::from).as_slice(), theirs, "{row}");
        checked += 1;
    }
    assert_eq!(checked, 10);

    let Some(summary) = shared::json("vectors/cdnow_summary.json") else { return };
    let rows: Vec<Vec<Decimal>> =
        summary["rows"].as_array().unwrap().iter().map(decimals).collect();
    let rows: Vec<&Vec<Decimal>> = rows.iter().filter(|row| !row[0].is_zero()).collect();
    let cdnow = &vectors["cdnow"];
    assert_eq!(rows.len() as u64, cdnow["n"].as_u64().unwrap());
    let of = |figure: fn(&Vec<Decimal>) -> Decimal| {
        super::cuts(rows.iter().map(|row| figure(row)).collect()).unwrap()
    };
    let recency = of(|row| row[2] - row[1]);
    let frequency = of(|row| row[0]);
    let money = of(|row| row[3]);
    for (name, cuts) in
        [("recency_age_since_last", recency), ("frequency", frequency), ("monetary", money)]
    {
        assert_eq!(
            cuts.map(|cut| cut.normalize()).to_vec(),
            decimals(&cdnow["thresholds"][name]),
            "{name}"
        );
    }
    let mut counts: BTreeMap<String, u64> = BTreeMap::new();
    for row in rows {
        let r = 6 - score(row[2] - row[1], &recency);
        let (f, m) = (score(row[0], &frequency), score(row[3], &money));
        *counts.entry(format!("{r}{f}{m}")).or_default() += 1;
    }
    let theirs: BTreeMap<String, u64> =
        serde_json::from_value(cdnow["counts_by_code"].clone()).unwrap();
    assert_eq!(counts, theirs);
}

#[test]
fn five_customers_stand_one_in_each_fifth() {
    let made = (1..=5_u64).flat_map(|customer| {
        let money = (customer * 100).to_string();
        (0..customer).map(move |n| bought(customer * 10 + n, customer, customer * 20 + n, &money))
    });
    let purchases = Purchases::until(day("2024-12-31"), made.collect::<Vec<_>>());
    let found = rfm(&purchases, day("2024-12-31"));
    let scores: Vec<[u8; 3]> = found.rows.iter().map(|row| row.scores).collect();
    assert_eq!(scores, [[1, 1, 1], [2, 2, 2], [3, 3, 3], [4, 4, 4], [5, 5, 5]]);
    assert_eq!(found.rows[4].money, decimal("2500"));
    assert_eq!((found.rows[4].customer, found.rows[4].frequency), (id(5), 5));
    assert_eq!(group([5, 5, 5]).map(|of| of.0), Some("Champions"));
    assert_eq!(group([1, 1, 1]).map(|of| of.0), Some("Lost"));
    assert_eq!(rfm(&Purchases::default(), day("2024-12-31")), Rfm::default(), "nobody has none");
}
