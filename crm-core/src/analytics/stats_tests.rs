use proptest::prelude::*;

use super::*;
use crate::analytics::shared;

#[test]
fn the_share_of_a_proportion() {
    let table = [
        ("none of none is no data", 0, 0, None),
        ("none of some", 0, 30, Some(("0.0000", "0.0000", "0.1135"))),
        ("all of some", 30, 30, Some(("1.0000", "0.8865", "1.0000"))),
        ("eighteen of twenty", 18, 20, Some(("0.9000", "0.6990", "0.9721"))),
    ];
    for (rule, successes, trials, expected) in table {
        let of = Proportion::new(successes, trials);
        let found = of.rate().zip(of.interval());
        let found = found.map(|(rate, (low, high))| [rate, low, high].map(|x| x.to_string()));
        let expected = expected.map(|(rate, low, high)| [rate, low, high].map(str::to_owned));
        assert_eq!(found, expected, "{rule}");
    }
}

#[test]
fn intervals_that_others_published() {
    let Some(vectors) = shared::json("vectors/proportions.json") else { return };
    let number = |value: &serde_json::Value| value.as_f64();
    let count = |case: &serde_json::Value, name| case.get(name).and_then(serde_json::Value::as_u64);
    let mut checked = 0;
    for set in ["cases", "newcombe", "clip"] {
        for case in vectors.get(set).and_then(|set| set.as_array()).into_iter().flatten() {
            let (Some(successes), Some(trials)) = (count(case, "successes"), count(case, "n"))
            else {
                continue;
            };
            let found = Proportion::new(successes, trials).wilson();
            assert!(found.is_some_and(|(low, high)| 0.0 <= low && low <= high && high <= 1.0));
            let bounds = case.get("wilson").and_then(|wilson| wilson.as_array());
            let Some([low, high]) = bounds.map(Vec::as_slice) else { continue };
            let tolerance = case.get("tolerance").and_then(number).unwrap_or(1e-7);
            let near =
                |one: f64, two: Option<f64>| two.is_some_and(|two| (one - two).abs() <= tolerance);
            let agrees = found.is_some_and(|(l, h)| near(l, number(low)) && near(h, number(high)));
            assert!(agrees, "{successes} of {trials}: {found:?} against {low} and {high}");
            checked += 1;
        }
    }
    assert_eq!(checked, 13, "every published interval was read");
}

/// Table II of Newcombe (1998), Statistics in Medicine 17:873–890: method 10 of eight examples.
#[test]
fn the_interval_of_a_difference() {
    let table = [
        (56, 70, 48, 80, 0.0524, 0.3339, Verdict::Higher),
        (9, 10, 3, 10, 0.1705, 0.8090, Verdict::Higher),
        (6, 7, 2, 7, 0.0582, 0.8062, Verdict::Higher),
        (5, 56, 0, 29, -0.0381, 0.1926, Verdict::Alike),
        (0, 10, 0, 20, -0.1611, 0.2775, Verdict::Alike),
        (0, 10, 0, 10, -0.2775, 0.2775, Verdict::Alike),
        (10, 10, 0, 20, 0.6791, 1.0000, Verdict::Higher),
        (10, 10, 0, 10, 0.6075, 1.0000, Verdict::Higher),
    ];
    for (one, of_one, two, of_two, low, high, verdict) in table {
        let (one, two) = (Proportion::new(one, of_one), Proportion::new(two, of_two));
        let found = one.minus(two).unwrap();
        let near = (found.0 - low).abs() < 5e-5 && (found.1 - high).abs() < 5e-5;
        assert!(near, "{one:?} − {two:?}: {found:?} is not {low} to {high}");
        assert_eq!(one.against(two), verdict);
    }
    let few = Proportion::new(4, 4).against(Proportion::new(0, 400));
    assert_eq!(few, Verdict::TooFew, "however far apart");
    assert_eq!(Proportion::new(0, 20).against(Proportion::new(10, 10)), Verdict::Lower);
}

const D: i64 = DAY;

#[test]
fn percentiles_between_ranks() {
    let table: [(&str, &[i64], u32, Option<&str>); 6] = [
        ("none has none", &[], 50, None),
        ("one is every percentile", &[3 * D], 90, Some("3.0000")),
        ("the middle of two", &[D, 2 * D], 50, Some("1.5000")),
        ("the middle of three", &[D, 2 * D, 9 * D], 50, Some("2.0000")),
        ("nine tenths of the way", &[0, 10 * D], 90, Some("9.0000")),
        (
            "p90 of 1 to 10 is 9.1",
            &[D, 2 * D, 3 * D, 4 * D, 5 * D, 6 * D, 7 * D, 8 * D, 9 * D, 10 * D],
            90,
            Some("9.1000"),
        ),
    ];
    for (rule, seconds, percent, expected) in table {
        let found = percentile_days(seconds, percent).map(|days| days.to_string());
        assert_eq!(found.as_deref(), expected, "{rule}");
    }
    assert_eq!(mean_days(&[D, 2 * D]).map(|days| days.to_string()).as_deref(), Some("1.5000"));
    assert_eq!(mean_days(&[]), None);
}

#[test]
fn the_median_with_open_ones() {
    type Case = (&'static str, &'static [i64], &'static [i64], Option<i64>);
    let table: [Case; 7] = [
        ("none has none", &[], &[], None),
        ("without open ones it is the lower middle", &[1, 2, 3, 4], &[], Some(2)),
        ("an odd number: the middle", &[5, 1, 3], &[], Some(3)),
        ("long open ones push it up", &[1, 2, 3, 4], &[9, 9], Some(3)),
        ("more open than ended: beyond what was seen", &[1, 2], &[9, 9, 9], None),
        ("young open ones say little", &[4, 5, 6], &[1, 1, 1], Some(5)),
        ("one open at that very moment was at risk", &[2, 4], &[2], Some(4)),
    ];
    for (rule, ended, censored, expected) in table {
        assert_eq!(survival_median(ended, censored), expected, "{rule}");
    }
}

/// The leukaemia remission times of Freireich et al. (1963), weeks, 6-MP arm: every textbook gives the median 23.
#[test]
fn the_median_that_textbooks_print() {
    let relapsed = [6, 6, 6, 7, 10, 13, 16, 22, 23];
    let censored = [6, 9, 10, 11, 17, 19, 20, 25, 32, 32, 34, 35];
    assert_eq!(survival_median(&relapsed, &censored), Some(23));
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(crate::analytics::laws::proof(64)))]

    #[test]
    fn without_open_ones_half_have_ended_by_the_median(mut ended in prop::collection::vec(0i64..1000, 1..60)) {
        ended.sort_unstable();
        let lower_middle = ended.get((ended.len() - 1) / 2).copied();
        prop_assert_eq!(survival_median(&ended, &[]), lower_middle);
    }
}
