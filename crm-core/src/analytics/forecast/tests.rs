//! Forecasts against published figures, against known truths, and on histories that tell little.

use serde_json::Value;

use super::{accuracy, *};
use crate::analytics::shared;

fn numbers(value: &Value) -> Vec<f64> {
    value.as_array().into_iter().flatten().filter_map(Value::as_f64).collect()
}

fn close(found: &[f64], expected: &[f64], within: f64, what: &str) {
    assert_eq!(found.len(), expected.len(), "{what}");
    for (at, (found, expected)) in found.iter().zip(expected).enumerate() {
        let off = (found - expected).abs() / expected.abs().max(1.0);
        assert!(off < within, "{what}[{at}]: {found} beside {expected}");
    }
}

/// The visitor nights of the seasonal cases, as the first edition of the book and statsmodels' notebook
/// `exponential_smoothing` have them. The series of that name in the file is of the second edition, revised since: with it
/// none of the published fits comes out, with this one all do.
const VISITOR_NIGHTS: [f64; 24] = [
    41.727458, 24.04185, 32.328103, 37.328708, 46.213153, 29.346326, 36.48291, 42.977719,
    48.901525, 31.180221, 37.717881, 40.420211, 51.206863, 31.887228, 40.978263, 43.772491,
    55.558567, 33.850915, 42.076383, 45.642292, 59.76678, 35.191877, 44.319737, 47.913736,
];

struct Case {
    id: String,
    values: Vec<f64>,
    shape: Shape,
    weights: Weights,
    start: Start,
    length: usize,
    published: Value,
}

/// The cases of Hyndman and Athanasopoulos, "Forecasting: principles and practice", as R's `forecast` computes them and
/// statsmodels ships them (holt_winters_fpp.json names the files).
fn cases() -> Vec<Case> {
    let Some(file) = shared::json("vectors/holt_winters_fpp.json") else { return Vec::new() };
    let case = |case: &Value| {
        let of = |key: &str| case["params"][key].as_f64();
        let alpha = of("alpha").unwrap();
        let beta = of("beta").or(of("beta_star").map(|share| share * alpha));
        let season = of("s0_0").map_or(vec![0.0], |last| {
            let (two, three) = (of("s0_1").unwrap(), of("s0_2").unwrap());
            vec![-(last + two + three), three, two, last]
        });
        let seasonal = of("gamma").is_some();
        Case {
            id: case["id"].as_str().unwrap().to_owned(),
            values: if seasonal {
                VISITOR_NIGHTS.to_vec()
            } else {
                numbers(&file["series"][case["series"].as_str().unwrap()])
            },
            shape: Shape {
                relative: false,
                trend: match (beta, of("phi")) {
                    (None, _) => Trend::None,
                    (Some(_), None) => Trend::Straight,
                    (Some(_), Some(_)) => Trend::Damped,
                },
                season: if seasonal { Season::Additive } else { Season::None },
            },
            weights: Weights {
                alpha,
                beta: beta.unwrap_or(0.0),
                gamma: of("gamma").unwrap_or(0.0),
                phi: of("phi").unwrap_or(1.0),
            },
            start: Start { level: of("l0").unwrap(), slope: of("b0").unwrap_or(0.0), season },
            length: if seasonal { 4 } else { 1 },
            published: case.clone(),
        }
    };
    file["cases"].as_array().unwrap().iter().map(case).collect()
}

#[test]
fn smoothing_with_published_weights_gives_the_published_fit_forecast_and_intervals() {
    for case in cases() {
        let model = case.shape.known(&case.values, case.length, case.weights, &case.start).unwrap();
        let of = |key: &str| numbers(&case.published[key]);
        close(&model.fitted, &of("fitted"), 1e-9, &case.id);
        let forecast = of("forecast");
        let mut ahead = vec![0.0; forecast.len()];
        model.ahead(case.values.len(), &mut ahead);
        close(&ahead, &forecast, 1e-9, &case.id);
        let sigma = case.published["params"]["sigma2"].as_f64().unwrap();
        // Two of R's intervals are not those of the book's table 6.1: simple Holt takes beta* for beta, and the season of
        // ets(ANA) comes back a quarter early.
        if ["air_fpp1", "aust_ets3"].contains(&case.id.as_str()) {
            continue;
        }
        let bounds: Vec<f64> = (1..=forecast.len())
            .zip(&ahead)
            .map(|(step, mean)| mean - Z_95 * (sigma * model.growth(step)).sqrt())
            .collect();
        close(&bounds, &of("lower95"), 1e-6, &case.id);
    }
}

#[test]
fn smoothing_that_is_fitted_explains_as_much_as_what_was_published() {
    for case in cases().iter().filter(|case| case.published["params"]["mse"].is_number()) {
        let best = case.published["params"]["mse"].as_f64().unwrap();
        let model = case.shape.fit(&case.values, case.length).unwrap();
        let mse = model.squares / real(case.values.len());
        // The season of the start is not fitted: seasonal models of six years give some of it away.
        let room = if case.length > 1 { 1.6 } else { 1.03 };
        assert!(mse < best * room, "{}: {mse} beside {best}", case.id);
    }
}

#[test]
fn a_history_that_tells_too_little_is_refused_with_the_reason() {
    let table = [
        (vec![], Err(Thin::Short { have: 0 })),
        (vec![1.0; 5], Err(Thin::Short { have: 5 })),
        (vec![0.0; 40], Err(Thin::Empty { have: 0 })),
        ([vec![0.0; 38], vec![5.0; 2]].concat(), Err(Thin::Empty { have: 2 })),
        (vec![1.0; 6], Ok(3)),
        ([vec![0.0; 30], vec![5.0; 3]].concat(), Ok(3)),
    ];
    for (history, expected) in table {
        let found = forecast(&history, 12, 3).map(|found| found.ahead.len());
        assert_eq!(found, expected, "{history:?}");
    }
    assert_eq!(
        Thin::Short { have: 5 }.to_string(),
        "5 periods of history; a forecast takes at least 6"
    );
}

#[test]
fn what_never_changes_goes_on_and_no_figure_is_nothing() {
    let ramp: Vec<f64> = (1..=48).map(f64::from).collect();
    let table = [
        ("a constant", vec![100.0; 40], 100.0, 1e-3),
        ("a ramp", ramp, 54.5, 2.0),
        ("debts", vec![-5.0; 20], -5.0, 1e-3),
        ("now and then", [0.0, 0.0, 9.0].repeat(12), 3.0, 3.0),
        ("the very large", vec![1e15; 30], 1e15, 1e12),
    ];
    for (what, history, expected, within) in table {
        let found = forecast(&history, 12, 12).unwrap();
        let mean = found.ahead.iter().map(|ahead| ahead.mean).sum::<f64>() / 12.0;
        assert!((mean - expected).abs() <= within, "{what}: {mean}");
        for ahead in &found.ahead {
            assert!(ahead.mean.is_finite() && ahead.deviation.is_finite(), "{what}: {ahead:?}");
        }
    }
}

/// Numbers that look like chance, the same everywhere: a linear congruential generator (Knuth's MMIX constants), and
/// twelve of its numbers for one of a normal distribution.
struct Dice(u64);

impl Dice {
    fn uniform(&mut self) -> f64 {
        self.0 =
            self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        f64::from(u32::try_from(self.0 >> 33).unwrap()) / f64::from(1_u32 << 31)
    }

    fn normal(&mut self) -> f64 {
        (0..12).map(|_| self.uniform()).sum::<f64>() - 6.0
    }
}

/// A truth from which months come: where it goes, and what is seen of it.
type Truth = fn(&mut Dice, usize) -> Vec<f64>;

fn wandering(dice: &mut Dice, months: usize) -> Vec<f64> {
    let mut level = 1_000.0;
    (0..months)
        .map(|_| {
            level += 20.0 * dice.normal();
            level + 40.0 * dice.normal()
        })
        .collect()
}

fn steady(dice: &mut Dice, months: usize) -> Vec<f64> {
    (0..months).map(|_| 500.0 + 60.0 * dice.normal()).collect()
}

fn seasonal(dice: &mut Dice, months: usize) -> Vec<f64> {
    const YEAR: [f64; 12] = [0.7, 0.6, 0.9, 1.0, 1.1, 1.0, 0.9, 1.0, 1.2, 1.1, 1.2, 1.3];
    let mut level = 1_000.0;
    YEAR.iter()
        .cycle()
        .take(months)
        .map(|index| {
            level += 4.0 + 12.0 * dice.normal();
            level * index * (1.0 + 0.05 * dice.normal())
        })
        .collect()
}

#[test]
fn four_of_five_outcomes_lie_in_the_80_percent_interval() {
    const SERIES: u64 = 250;
    const AHEAD: usize = 6;
    let truths: [(&str, Truth); 3] =
        [("wandering", wandering), ("steady", steady), ("seasonal", seasonal)];
    for (what, truth) in truths {
        let (mut in_80, mut in_95, mut totals, mut told) = (0.0, 0.0, 0.0, 0.0);
        for seed in 0..SERIES {
            let months = truth(&mut Dice(seed.wrapping_mul(7_919).wrapping_add(17)), 66);
            let (history, later) = months.split_at(60);
            let found = forecast(history, 12, AHEAD).unwrap();
            for (value, ahead) in later.iter().zip(&found.ahead) {
                let within =
                    |(low, high): (f64, f64)| f64::from(u8::from(low <= *value && *value <= high));
                told += 1.0;
                in_80 += within(ahead.likely());
                in_95 += within(ahead.wide());
            }
            let (low, high) = found.total(0, AHEAD).likely();
            let sum: f64 = later.iter().sum();
            totals += f64::from(u8::from(low <= sum && sum <= high));
        }
        let (in_80, in_95) = (in_80 / told, in_95 / told);
        let totals = totals * f64::from(u32::try_from(AHEAD).unwrap()) / told;
        println!(
            "{what}: {in_80:.3} of months, {totals:.3} of half-years in 80 %; {in_95:.3} in 95 %"
        );
        assert!((0.76..=0.84).contains(&in_80), "{what}: {in_80}");
        assert!((0.91..=0.98).contains(&in_95), "{what}: {in_95}");
        assert!((0.70..=0.90).contains(&totals), "{what}: {totals}");
    }
}

#[test]
fn a_season_is_found_where_there_is_one_and_only_there() {
    let count = |truth: Truth| {
        (0..100).filter(|seed| is_seasonal(&truth(&mut Dice(*seed), 60), 12)).count()
    };
    assert!(count(seasonal) >= 95, "{}", count(seasonal));
    assert!(count(steady) <= 15, "{}", count(steady));
    // Ratios to a moving average over two equal years: the year itself.
    let year = [2.0, 4.0, 6.0, 4.0];
    let values: Vec<f64> = year.iter().cycle().take(12).copied().collect();
    close(
        &Pattern::of(&values, 4, Season::Multiplicative).indices,
        &[0.5, 1.0, 1.5, 1.0],
        1e-12,
        "share",
    );
    close(&Pattern::of(&values, 4, Season::Additive).indices, &[-2.0, 0.0, 2.0, 0.0], 1e-12, "sum");
}

#[test]
fn measures_of_error_are_those_of_the_textbooks() {
    let actual = [100.0, 200.0];
    let foreseen = [110.0, 180.0];
    let close = |found: Option<f64>, expected: f64| {
        assert!((found.unwrap() - expected).abs() < 1e-9, "{found:?} beside {expected}");
    };
    close(accuracy::mae(&actual, &foreseen), 15.0);
    // 200 × (10 / 210 + 20 / 380) / 2.
    close(accuracy::smape(&actual, &foreseen), 100.0 * (10.0 / 210.0 + 20.0 / 380.0));
    // The history repeats itself after 1 with the errors 10, 20, 30: 20 in the mean.
    close(accuracy::mase(&[0.0, 10.0, 30.0, 0.0], 1, &actual, &foreseen), 15.0 / 20.0);
    assert_eq!(accuracy::mase(&[5.0; 4], 1, &actual, &foreseen), None, "a history without error");
    assert_eq!(accuracy::mae(&[], &[]), None, "of nothing");
    close(accuracy::smape(&[0.0], &[0.0]), 0.0);
    // Brier (1950): the mean of (0.9 − 1)², (0.9 − 1)², (0.2 − 0)² and (0.2 − 1)².
    let told = [(0.9, true), (0.9, true), (0.2, false), (0.2, true)];
    close(accuracy::brier(&told), (0.01 + 0.01 + 0.04 + 0.64) / 4.0);
    let rows: Vec<_> =
        accuracy::reliability(&told).iter().map(|row| (row.tenth, row.told, row.came)).collect();
    assert_eq!(rows, [(2, 2, 1), (9, 2, 2)]);
    assert_eq!(accuracy::reliability(&[(1.0, true)]).first().map(|row| row.tenth), Some(9));
}

#[test]
fn the_simplex_finds_the_bottom_of_rosenbrocks_valley() {
    // Rosenbrock (1960), the test of Nelder and Mead's own paper: the least is 0 at (1, 1).
    let valley = |[x, y]: &[f64; 2]| 100.0 * (y - x * x) * (y - x * x) + (1.0 - x) * (1.0 - x);
    let ([x, y], least) = simplex::least([-1.2, 1.0], [0.5, 0.5], 400, valley);
    assert!(least < 1e-3 && (x - 1.0).abs() < 0.1 && (y - 1.0).abs() < 0.15, "{x} {y} {least}");
}
