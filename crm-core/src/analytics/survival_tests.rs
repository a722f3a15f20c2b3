use proptest::prelude::*;

use super::*;

/// Time, at risk, ended; survivor function, its standard error and its 95 % interval.
type Row = (i64, u64, u64, [&'static str; 4]);

fn printed(survival: &Survival) -> Vec<(i64, u64, u64, [String; 4])> {
    let four = |number: Option<f64>| number.map_or("-".to_owned(), |number| format!("{number:.4}"));
    let row = |step: &SurvivalStep| {
        let interval = step.interval();
        let (low, high) = (interval.map(|of| of.0), interval.map(|of| of.1));
        let figures = [Some(step.surviving), step.error(), low, high].map(four);
        (step.at, step.at_risk, step.ended, figures)
    };
    survival.steps().iter().map(row).collect()
}

fn expected(rows: &[Row]) -> Vec<(i64, u64, u64, [String; 4])> {
    rows.iter().map(|(at, risk, ended, of)| (*at, *risk, *ended, of.map(str::to_owned))).collect()
}

/// The remission times of Freireich et al. (1963), Blood 21:699–716, in weeks, as Gehan (1965) and every textbook since
/// tells them; the figures as Stata's `sts list` prints them (Germán Rodríguez, Princeton, Survival Analysis, "The Gehan
/// Survival Data").
#[test]
fn the_table_that_textbooks_print() {
    let treated = Survival::of(
        &[6, 6, 6, 7, 10, 13, 16, 22, 23],
        &[6, 9, 10, 11, 17, 19, 20, 25, 32, 32, 34, 35],
    );
    let table: [Row; 7] = [
        (6, 21, 3, ["0.8571", "0.0764", "0.6197", "0.9516"]),
        (7, 17, 1, ["0.8067", "0.0869", "0.5631", "0.9228"]),
        (10, 15, 1, ["0.7529", "0.0963", "0.5032", "0.8894"]),
        (13, 12, 1, ["0.6902", "0.1068", "0.4316", "0.8491"]),
        (16, 11, 1, ["0.6275", "0.1141", "0.3675", "0.8049"]),
        (22, 7, 1, ["0.5378", "0.1282", "0.2678", "0.7468"]),
        (23, 6, 1, ["0.4482", "0.1346", "0.1881", "0.6801"]),
    ];
    assert_eq!(printed(&treated), expected(&table));
    assert_eq!(treated.quantile(0.5), Some(23), "the median of the treated");
    assert_eq!(treated.quantile_interval(0.5), (Some(13), None), "and what it may be");
    assert_eq!(treated.quantile(0.9), None, "nine in ten: not within what was seen");
    assert_eq!((treated.ended(), treated.censored(), treated.longest()), (9, 12, Some(35)));

    let relapses = [1, 1, 2, 2, 3, 4, 4, 5, 5, 8, 8, 8, 8, 11, 11, 12, 12, 15, 17, 22, 23];
    let control = Survival::of(&relapses, &[]);
    let table: [Row; 12] = [
        (1, 21, 2, ["0.9048", "0.0641", "0.6700", "0.9753"]),
        (2, 19, 2, ["0.8095", "0.0857", "0.5689", "0.9239"]),
        (3, 17, 1, ["0.7619", "0.0929", "0.5194", "0.8933"]),
        (4, 16, 2, ["0.6667", "0.1029", "0.4254", "0.8250"]),
        (5, 14, 2, ["0.5714", "0.1080", "0.3380", "0.7492"]),
        (8, 12, 4, ["0.3810", "0.1060", "0.1831", "0.5778"]),
        (11, 8, 2, ["0.2857", "0.0986", "0.1166", "0.4818"]),
        (12, 6, 2, ["0.1905", "0.0857", "0.0595", "0.3774"]),
        (15, 4, 1, ["0.1429", "0.0764", "0.0357", "0.3212"]),
        (17, 3, 1, ["0.0952", "0.0641", "0.0163", "0.2612"]),
        (22, 2, 1, ["0.0476", "0.0465", "0.0033", "0.1970"]),
        (23, 1, 1, ["0.0000", "-", "-", "-"]),
    ];
    assert_eq!(printed(&control), expected(&table));
    assert_eq!(control.quantile(0.5), Some(8), "the median of the untreated");
    assert_eq!(control.quantile_interval(0.5), (Some(4), Some(11)));
    assert_eq!(control.quantile(0.9), Some(17));
}

/// FEATURES B19: leaving out what still lasts is biased, and by how much is known here.
#[test]
fn leaving_out_what_still_lasts_says_too_short() {
    // Every deal lasts 100 days; seen at a moment when those begun within the last 100 days still do.
    let begun_ago: Vec<i64> = (1..=400).collect();
    let ended: Vec<i64> = begun_ago.iter().filter(|ago| **ago >= 100).map(|_| 100).collect();
    let lasting: Vec<i64> = begun_ago.iter().filter(|ago| **ago < 100).copied().collect();
    assert_eq!(Survival::of(&ended, &lasting).quantile(0.5), Some(100));
    // Half end after 10 days, half after 1,000: within 400 days only the quick ones are seen to end.
    let quick: Vec<i64> =
        begun_ago.iter().filter(|ago| **ago % 2 == 0 && **ago >= 10).map(|_| 10).collect();
    let slow: Vec<i64> = begun_ago.iter().filter(|ago| **ago % 2 == 1).copied().collect();
    let mean_of_ended = quick.iter().sum::<i64>() / i64::try_from(quick.len()).unwrap();
    assert_eq!(mean_of_ended, 10, "what a mean over closed deals says");
    assert_eq!(Survival::of(&quick, &slow).quantile(0.9), None, "what is known");
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(crate::analytics::laws::proof(64)))]

    #[test]
    fn a_curve_falls_within_its_interval(
        ended in prop::collection::vec(0i64..500, 0..60),
        censored in prop::collection::vec(0i64..500, 0..60),
    ) {
        let survival = Survival::of(&ended, &censored);
        let mut before = 1.0;
        for step in survival.steps() {
            prop_assert!(step.surviving < before && step.surviving >= 0.0);
            if let Some((low, high)) = step.interval() {
                prop_assert!(low <= step.surviving && step.surviving <= high && low >= 0.0 && high <= 1.0);
            }
            before = step.surviving;
        }
        prop_assert_eq!(survival.steps().iter().map(|step| step.ended).sum::<u64>(), survival.ended());
        let (low, high) = survival.quantile_interval(0.5);
        if let Some(median) = survival.quantile(0.5) {
            prop_assert!(low.is_some_and(|low| low <= median) && high.is_none_or(|high| high >= median));
        }
    }

    /// Without censored ones it is one minus the share that has ended.
    #[test]
    fn without_censored_ones_it_counts(ended in prop::collection::vec(0i64..50, 1..60)) {
        for step in Survival::of(&ended, &[]).steps() {
            let longer = ended.iter().filter(|duration| **duration > step.at).count();
            prop_assert!((step.surviving - longer as f64 / ended.len() as f64).abs() < 1e-9);
        }
    }
}
