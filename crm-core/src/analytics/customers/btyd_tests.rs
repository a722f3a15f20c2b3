use serde_json::Value;

use super::*;
use crate::analytics::customers::simulate::{Dice, whole};
use crate::analytics::shared;

fn number(of: &Value, name: &str) -> f64 {
    of[name].as_f64().unwrap()
}

fn model(params: &Value) -> BgNbd {
    let of = |at: usize| params[at].as_f64().unwrap();
    BgNbd { r: of(0), alpha: of(1), a: of(2), b: of(3) }
}

fn seen(of: &Value) -> Seen {
    let repeats = u32::try_from(of["x"].as_u64().unwrap()).unwrap();
    Seen { repeats, last: number(of, "t_x"), age: number(of, "T") }
}

fn check(case: &Value, found: f64) {
    if let Some(published) = case["published"].as_f64() {
        let tolerance = number(case, "tolerance");
        assert!((found - published).abs() <= tolerance.max(1e-15), "{found} against {case}");
    }
    if let Some(derived) = case["derived"].as_f64() {
        assert!((found - derived).abs() <= 1e-9 * derived.abs().max(1.0), "{found} against {case}");
    }
}

fn cdnow() -> Option<Vec<Seen>> {
    let summary = shared::json("vectors/cdnow_summary.json")?;
    let rows = summary["rows"].as_array()?.iter();
    let seen = rows.map(|row| Seen {
        repeats: u32::try_from(row[0].as_u64().unwrap()).unwrap(),
        last: row[1].as_f64().unwrap(),
        age: row[2].as_f64().unwrap(),
    });
    Some(seen.collect())
}

/// Fader, Hardie and Lee (2005), their spreadsheet, BTYD 2.4.3 and lifetimes, as collected in vectors/btyd_bgnbd.json.
#[test]
fn figures_of_the_model_as_published() {
    let Some(vectors) = shared::json("vectors/btyd_bgnbd.json") else { return };
    let mut checked = 0;
    for case in vectors["expected_purchases"].as_array().unwrap() {
        check(case, model(&case["params"]).expected(number(case, "t")));
        checked += 1;
    }
    for case in vectors["conditional_expected"].as_array().unwrap() {
        check(case, model(&case["params"]).expected_of(&seen(case), number(case, "t")));
        checked += 1;
    }
    for case in vectors["p_alive"].as_array().unwrap() {
        check(case, model(&case["params"]).alive(&seen(case)));
        checked += 1;
    }
    for case in vectors["pmf"].as_array().unwrap() {
        let count = u32::try_from(case["n"].as_u64().unwrap()).unwrap();
        check(case, model(&case["params"]).chance_of(count, number(case, "t")));
        checked += 1;
    }
    assert!(checked >= 20, "{checked} figures were checked");
}

#[test]
fn the_published_sample_gives_the_published_parameters() {
    let (Some(vectors), Some(customers)) = (shared::json("vectors/btyd_bgnbd.json"), cdnow())
    else {
        return;
    };
    let estimation = &vectors["estimation"];
    let at = &estimation["loglik_at"];
    let found = model(&at["params"]).log_likelihood(&customers);
    assert!((found - number(at, "derived")).abs() < 1e-6, "{found}");
    let found = BgNbd::fit(&customers).unwrap();
    let derived = &estimation["derived"];
    for (name, value) in [("r", found.r), ("alpha", found.alpha), ("a", found.a), ("b", found.b)] {
        for (of, tolerance) in [
            (&estimation["published"]["paper"], 0.01),
            (&estimation["published"]["BTYD"], 0.001),
            (derived, 2e-6 * number(derived, name).max(1.0)),
        ] {
            assert!((value - number(of, name)).abs() <= tolerance, "{name}: {value} against {of}");
        }
    }
    let best = found.log_likelihood(&customers);
    assert!((best - number(derived, "loglik")).abs() < 1e-7, "{best}");
}

/// Customers who buy and leave as the model says, with known parameters (r = 1, α = 4, a = 2, b = 3): what they do in the
/// 26 weeks after the day of the report is known, and foretold.
#[test]
fn what_simulated_customers_do_later_is_foretold() {
    const AGE: f64 = 52.0;
    const LATER: f64 = 26.0;
    let mut dice = Dice(7);
    let mut customers = Vec::new();
    let mut futures: Vec<(u32, bool)> = Vec::new();
    for _ in 0..4_000 {
        let rate = dice.wait(4.0);
        // The second smallest of four even chances is Beta(2, 3).
        let mut four = [dice.share(), dice.share(), dice.share(), dice.share()];
        four.sort_by(f64::total_cmp);
        let leaves = four[1];
        let (mut at, mut last, mut repeats, mut later, mut there) = (0.0, 0.0, 0, 0, true);
        loop {
            at += dice.wait(rate);
            if at > AGE + LATER {
                break;
            }
            if at > AGE {
                later += 1
            } else {
                (repeats, last) = (repeats + 1, at)
            }
            if dice.share() < leaves {
                there = at > AGE;
                break;
            }
        }
        customers.push(Seen { repeats, last, age: AGE });
        futures.push((later, there));
    }
    let model = BgNbd::fit(&customers).unwrap();
    for (found, expected) in [(model.r, 1.0), (model.alpha, 4.0), (model.a, 2.0), (model.b, 3.0)] {
        assert!((found / expected - 1.0).abs() < 0.25, "{model:?}");
    }
    let foretold: f64 = customers.iter().map(|of| model.expected_of(of, LATER)).sum();
    let happened: f64 = futures.iter().map(|(later, _)| f64::from(*later)).sum();
    assert!((foretold / happened - 1.0).abs() < 0.05, "{foretold} against {happened}");
    // Of those called to be there with a chance in a fifth, as many are.
    for fifth in 0..5 {
        let own = |chance: f64| whole((chance * 5.0).min(4.999)) == fifth;
        let own: Vec<(f64, bool)> = customers
            .iter()
            .zip(&futures)
            .map(|(of, (_, there))| (model.alive(of), *there))
            .filter(|(chance, _)| own(*chance))
            .collect();
        let said: f64 = own.iter().map(|(chance, _)| chance).sum();
        let are = own.iter().filter(|(_, there)| *there).count() as f64;
        // Four standard errors of a binomial count, and two for the fit.
        let error = 4.0 * own.iter().map(|(c, _)| c * (1.0 - c)).sum::<f64>().sqrt() + 2.0;
        assert!((said - are).abs() <= error, "fifth {fifth}: {said} said, {are} are");
    }
}

#[test]
fn data_that_do_not_determine_the_model_give_none() {
    // Nobody ever leaves and all buy alike: chances of leaving run to nothing.
    let alike: Vec<Seen> = (0..60).map(|_| Seen { repeats: 10, last: 50.0, age: 50.0 }).collect();
    assert_eq!(BgNbd::fit(&alike), None);
}
