//! The rules of scores, by table; and that no proof survives a change.
#![expect(
    clippy::panic,
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    clippy::wildcard_enum_match_arm,
    reason = "a test may fail by panicking; its numbers are small"
)]

use rust_decimal::Decimal;
use serde_json::{Value, json};
use uuid::Uuid;

use super::*;
use crate::decision::broken;
use crate::value::{Code, Timestamp};

const DAY: i64 = 86_400_000_000;

fn at(day: i64) -> Timestamp {
    Timestamp::from_micros(day * DAY).unwrap()
}

fn code(text: &str) -> Code {
    Code::parse(text).unwrap()
}

fn decimal(text: &str) -> Decimal {
    text.parse().unwrap()
}

fn event(text: &str, day: i64) -> Event {
    Event { code: code(text), at: at(day) }
}

fn wish(target: Target, definition: Value) -> DefineScoreModel {
    let mut wish = json!({"name": "m", "target": target.code()});
    wish.as_object_mut().unwrap().extend(definition.as_object().unwrap().clone());
    serde_json::from_value(wish).unwrap()
}

fn model(definition: Value) -> ScoreModel {
    define(&wish(Target::Lead, definition), None, at(0)).unwrap()
}

fn points() -> ScoreModel {
    model(json!({"points": {
        "behaviours": [{"code": "demo", "points": "10"}, {"code": "mail_open", "points": "0.5"},
            {"code": "unsubscribe", "points": "-7"}],
        "half_life_days": 30, "floor": "-5", "cap": "12",
    }}))
}

fn scored(model: &ScoreModel, known: &Known, day: i64) -> Proof {
    model.score(known, at(day), &Scorers::new()).unwrap()
}

#[test]
fn behaviours_count_until_the_instant_and_fade() {
    let did = |events: &[(&str, i64)]| Known {
        events: events.iter().map(|(code, day)| event(code, *day)).collect(),
        ..Known::default()
    };
    #[rustfmt::skip]
    let table = [
        // what they did                                  on day  thousandths of a point
        ("nothing", did(&[]),                                  0,       0),
        ("a demo just now", did(&[("demo", 0)]),               0,  10_000),
        ("a half-life ago half is left", did(&[("demo", 0)]), 30,   5_000),
        ("after two a quarter", did(&[("demo", 0)]),          60,   2_500),
        ("after one day: 10 / 2^(1/30)", did(&[("demo", 0)]),  1,   9_772),
        ("not before it happened", did(&[("demo", 2)]),        1,       0),
        ("what speaks against them", did(&[("mail_open", 0), ("unsubscribe", 0)]), 30, -3_250),
        ("no lower than the floor", did(&[("unsubscribe", 0)]), 0, -5_000),
        ("no higher than the cap", did(&[("demo", 0), ("demo", 0)]), 0, 12_000),
        ("what no model knows has no points", did(&[("yawn", 0)]), 0,     0),
    ];
    for (rule, known, day, expected) in table {
        let proof = scored(&points(), &known, day);
        assert_eq!(proof.value, expected, "{rule}");
        assert_eq!(proof.lines.iter().map(|line| line.adds).sum::<i64>(), expected, "{rule}");
        assert_eq!(broken(&check_against(&points(), &proof)), [""; 0], "{rule}");
    }
    let Definition::Points(points) = points().definition else { panic!() };
    assert_eq!(points.of(&code("yawn")).unwrap_err().code, "behaviour.unknown");
    assert_eq!(points.of(&code("yawn")).unwrap_err().allowed, ["demo", "mail_open", "unsubscribe"]);
}

#[test]
fn the_order_of_behaviours_does_not_matter() {
    let mut events: Vec<Event> =
        (0..40).map(|day| event(["demo", "mail_open"][day as usize % 2], day / 3)).collect();
    let first = scored(&points(), &Known { events: events.clone(), ..Known::default() }, 20);
    events.reverse();
    assert_eq!(scored(&points(), &Known { events, ..Known::default() }, 20), first);
}

#[test]
fn a_model_is_refused_with_a_witness() {
    let one = |rows: Value| json!({"table": {"criteria": [{"feature": "f", "rows": rows, "otherwise": "0"}]}});
    let bare = |rows: Value| json!({"table": {"criteria": [{"feature": "f", "rows": rows}]}});
    let range = |above: Option<&str>, up_to: Option<&str>| json!({"when": {"range": {"above": above, "up_to": up_to}}, "points": "1"});
    let level = |level: &str| json!({"when": {"level": level}, "points": "1"});
    let points = |list: Value| json!({"points": {"behaviours": list}});
    let table = [
        ("nothing said", json!({}), " score_model.one_definition", "0"),
        (
            "two things said",
            json!({"preset": true, "points": {"behaviours": []}}),
            " score_model.one_definition",
            "2",
        ),
        ("no criteria", json!({"table": {"criteria": []}}), "table.criteria score_model.empty", ""),
        ("no rows", one(json!([])), "table.criteria[0].rows score_model.empty", ""),
        (
            "an empty range",
            one(json!([range(Some("5"), Some("5"))])),
            "table.criteria[0].rows[0].when score_model.range",
            "5",
        ),
        (
            "a range inside another",
            one(json!([range(Some("0"), Some("9")), range(Some("2"), Some("5"))])),
            "table.criteria[0].rows[1].when score_model.unreachable",
            "2.000000000001",
        ),
        (
            "a range that two rows cover",
            one(json!([
                range(None, Some("3")),
                range(Some("3"), None),
                range(Some("1"), Some("9"))
            ])),
            "table.criteria[0].rows[2].when score_model.unreachable",
            "1.000000000001",
        ),
        (
            "ranges that overlap",
            one(json!([range(Some("0"), Some("9")), range(Some("5"), Some("12"))])),
            "table.criteria[0].rows[1].when score_model.overlap",
            "5.000000000001",
        ),
        (
            "a level again",
            one(json!([level("a"), level("a")])),
            "table.criteria[0].rows[1].when score_model.unreachable",
            "a",
        ),
        (
            "levels beside ranges",
            one(json!([level("a"), range(None, None)])),
            "table.criteria[0].rows[1].when score_model.mixed",
            "",
        ),
        (
            "a hole between ranges",
            bare(json!([range(None, Some("3")), range(Some("4"), None)])),
            "table.criteria[0] score_model.gap",
            "4",
        ),
        (
            "nothing above",
            bare(json!([range(None, Some("3"))])),
            "table.criteria[0] score_model.gap",
            "4",
        ),
        (
            "no other levels",
            bare(json!([level("a")])),
            "table.criteria[0] score_model.gap",
            "any other text",
        ),
        (
            "ranges that touch",
            bare(json!([range(Some("3"), None), range(None, Some("3"))])),
            "",
            "",
        ),
        (
            "points too fine",
            points(json!([{"code": "a", "points": "0.0001"}])),
            "points.behaviours[0].points score_model.points",
            "0.0001",
        ),
        (
            "points beyond all",
            points(json!([{"code": "a", "points": "79228162514264337593543950335"}])),
            "points.behaviours[0].points score_model.points",
            "79228162514264337593543950335",
        ),
        (
            "a behaviour twice",
            points(json!([{"code": "a", "points": "1"}, {"code": "a", "points": "2"}])),
            "points.behaviours[1].code score_model.twice",
            "a",
        ),
        (
            "a weight beyond all",
            json!({"table": {"criteria": [{"feature": "f", "weight": "7e20", "rows": [level("a")], "otherwise": "0"}]}}),
            "table.criteria[0].rows[0].points score_model.points",
            "700000000000000000000",
        ),
    ];
    for (rule, definition, expected, witness) in table {
        let decided = define(&wish(Target::Lead, definition), None, at(0));
        let first = broken(&decided).into_iter().next().unwrap_or_default();
        assert_eq!(first.trim(), expected.trim(), "{rule}");
        let value =
            decided.err().and_then(|refusal| refusal.violations().next().map(|v| v.value.clone()));
        assert_eq!(value.unwrap_or_default(), witness, "{rule}");
    }
    let not_a_number =
        serde_json::from_value::<Points>(json!({"behaviours": [{"code": "a", "points": "NaN"}]}));
    assert!(not_a_number.is_err());
}

#[test]
fn the_preset_weighs_five_criteria_and_flags_what_is_missing() {
    let preset = model(json!({"preset": true}));
    let Definition::Table(table) = &preset.definition else { panic!() };
    assert_eq!(
        table.range(),
        (13_500, 100_000),
        "the least: a customer that bought nothing and wants little"
    );
    let known = |pairs: &[(&str, &str)]| Known {
        features: pairs
            .iter()
            .map(|(name, value)| ((*name).to_owned(), Input::Text((*value).to_owned())))
            .collect(),
        ..Known::default()
    };
    let best = [
        ("size", "large"),
        ("purchases", "12"),
        ("custom.urgency", "now"),
        ("custom.intent", "high"),
        ("custom.buying_power", "high"),
    ];
    #[rustfmt::skip]
    let table = [
        ("the best", known(&best), 100_000, "a", 0),
        ("nothing known", known(&[]), 4_000 + 6_000 + 7_500 + 6_000, "d", 5),
        ("a small one, once a buyer", known(&[("size", "small"), ("purchases", "1")]), 6_000 + 10_000 + 19_500, "d", 3),
        ("a word of no row counts as any other", known(&[("size", "tiny")]), 6_000 + 19_500, "d", 4),
        ("a word where a number should be is missing", known(&[("purchases", "many")]), 23_500, "d", 5),
    ];
    for (rule, known, expected, grade, missing) in table {
        let proof = scored(&preset, &known, 0);
        let flagged = proof.lines.iter().filter(|line| line.missing).count();
        let found = (proof.value, proof.grade.as_ref().map(Code::as_str), flagged);
        assert_eq!(found, (expected, Some(grade), missing), "{rule}");
        assert_eq!(broken(&check_against(&preset, &proof)), [""; 0], "{rule}");
    }
}

#[test]
fn saying_the_same_again_is_no_new_version() {
    let first = model(json!({"preset": true}));
    let again = |definition| define(&wish(Target::Lead, definition), Some(&first), at(1)).unwrap();
    assert_eq!(again(json!({"preset": true})), first);
    let next = again(json!({"points": {"behaviours": [{"code": "a", "points": "1"}]}}));
    assert_eq!((next.version, next.kind), (2, ModelKind::Points));
    let elsewhere = define(&wish(Target::Customer, json!({"preset": true})), Some(&first), at(1));
    assert_eq!(broken(&elsewhere), ["target score_model.target"]);
}

/// A learned model by hand: no rows needed.
fn learned_model() -> ScoreModel {
    let table = json!({
        "method": "additive", "base": -12_000, "cut_days": 0,
        "features": [
            {"feature": "age", "bins": {"numbers": ["30", "45.5"]}, "table": [100, -900, 250, 1_700]},
            {"feature": "source", "bins": {"levels": ["web", "fair"]}, "table": [0, 800, -350, -20]},
        ],
        "pairs": [{"first": "age", "second": "source", "first_groups": [0, 1, 1, 2],
            "second_groups": [0, 1, 2, 2], "table": [1, 2, 3, 4, 5, 6, 7, 8, 9]}],
        "training": {"rows": 0, "positive": 0},
    });
    let table = serde_json::from_value(table).unwrap();
    learned("m", Target::Lead, table, Grades::letters([0, -10_000, -20_000]), None, at(0)).unwrap()
}

#[test]
fn a_learned_score_adds_the_entries_of_its_bins() {
    let number = |text: &str| Some(Input::Number(decimal(text)));
    let text = |text: &str| Some(Input::Text(text.to_owned()));
    #[rustfmt::skip]
    let table = [
        // age             source          base + age + source + both
        (number("30"),   text("web"),   -12_000 - 900 + 800 + 5),
        (number("30.1"), text("fair"),  -12_000 + 250 - 350 + 6),
        (number("99"),   text("radio"), -12_000 + 1_700 - 20 + 9),
        (text("x"),      None,          -12_000 + 100 + 1),
        (None,           text("web"),   -12_000 + 100 + 800 + 2),
    ];
    for (age, source, expected) in table {
        let inputs = [("age", age), ("source", source)];
        let features =
            inputs.into_iter().filter_map(|(name, input)| Some((name.to_owned(), input?)));
        let known = Known { features: features.collect(), ..Known::default() };
        let proof = scored(&learned_model(), &known, 0);
        assert_eq!(proof.value, expected, "{known:?}");
        assert_eq!(broken(&check_against(&learned_model(), &proof)), [""; 0], "{known:?}");
        let odds = 1.0 / (1.0 + (-(expected as f64) / 1e4).exp());
        let said = proof.probability_basis_points.unwrap().basis_points();
        assert_eq!(said, (odds * 1e4).round() as u32);
    }
}

/// Every number and text of a document, changed one at a time.
fn changed(document: &Value) -> Vec<(String, Value)> {
    fn paths(value: &Value, path: String, out: &mut Vec<String>) {
        match value {
            Value::Object(object) => {
                object.iter().for_each(|(key, value)| paths(value, format!("{path}/{key}"), out))
            }
            Value::Array(array) => array
                .iter()
                .enumerate()
                .for_each(|(at, value)| paths(value, format!("{path}/{at}"), out)),
            _ => out.push(path),
        }
    }
    let mut found = Vec::new();
    paths(document, String::new(), &mut found);
    let change = |path: String| {
        let mut next = document.clone();
        let slot = next.pointer_mut(&path)?;
        *slot = match &*slot {
            Value::Number(number) => json!(number.as_i64()? + 1),
            Value::String(text) => match (text.parse::<Decimal>(), text.parse::<Timestamp>()) {
                (Ok(number), _) => json!((number + Decimal::ONE).to_string()),
                (_, Ok(instant)) => {
                    json!(Timestamp::from_micros(instant.micros() + 3 * DAY).ok()?.to_string())
                }
                _ => json!(format!("{text}x")),
            },
            Value::Bool(flag) => json!(!flag),
            _ => return None,
        };
        Some((path, next))
    };
    found.into_iter().filter_map(change).collect()
}

#[test]
fn a_proof_that_was_changed_does_not_hold() {
    let text = |name: &str, value: &str| (name.to_owned(), Input::Text(value.to_owned()));
    let known = Known {
        features: [text("age", "33"), text("source", "fair"), text("size", "small")].into(),
        events: vec![event("demo", 1), event("unsubscribe", 2), event("demo", 5), event("demo", 5)],
    };
    // What a proof says of whom and when it was made is not derived; the rest is. Of points, that a behaviour happened
    // at all only the store can say; the instant of one moves the points that are left.
    let free = |path: &str| ["/model", "/version", "/subject"].contains(&path);
    let mut tried = 0;
    for model in [points(), model(json!({"preset": true})), learned_model()] {
        let mut proof = scored(&model, &known, 9);
        proof.subject = Some(Uuid::nil());
        assert_eq!(broken(&check_against(&model, &proof)), [""; 0]);
        assert_eq!(broken(&check(&proof)), [""; 0]);
        for (path, altered) in changed(&serde_json::to_value(&proof).unwrap()) {
            let ends = |end: &str| path.ends_with(end);
            let instant_of_a_table = path == "/at" && model.kind != ModelKind::Points;
            if free(&path) || instant_of_a_table {
                continue;
            }
            let Ok(altered) = serde_json::from_value::<Proof>(altered) else { continue };
            // Another value that falls into the same bin gives the same score: that is no fault.
            let same_bin = ends("/number") || ends("/text");
            tried += 1;
            let holds = check_against(&model, &altered).is_ok();
            assert!(!holds || same_bin, "{} {path} was changed and the proof holds", model.kind);
        }
        let mut short = proof.clone();
        let gone = short.lines.pop().unwrap();
        short.value -= gone.adds;
        assert!(check_against(&model, &short).is_err(), "a line is missing");
    }
    assert!(tried > 60, "{tried}");
}
