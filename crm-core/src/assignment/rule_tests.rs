//! Rules: the index equals trying one after the other, and the linter finds what is wrong.

use std::collections::BTreeSet;

use serde_json::{Value, json};
use uuid::Uuid;

use super::fair_tests::Dice;
use super::*;
use crate::decision::broken;
use crate::record::Val;
use crate::settings::{CreateUser, User, create_user};
use crate::value::{Code, Id, Timestamp};

fn schema() -> Schema {
    let field = |kind| Field { kind, choices: Vec::new() };
    let fields = [
        ("source", FieldKind::Text),
        ("region", FieldKind::Text),
        ("need", FieldKind::Text),
        ("score", FieldKind::Int),
        ("size", FieldKind::Decimal),
        ("vip", FieldKind::Bool),
    ];
    Schema(fields.into_iter().map(|(name, kind)| (name.to_owned(), field(kind))).collect())
}

fn user(number: u128, skills: &[&str], active: bool) -> User {
    let wish = CreateUser {
        login: format!("u{number}"),
        name: format!("u{number}"),
        active: Some(active),
        skills: skills.iter().map(|skill| (*skill).to_owned()).collect(),
        ..Default::default()
    };
    create_user(Id::new(Uuid::from_u128(number)), &wish, &[]).unwrap()
}

fn rule(code: &str, when: Value) -> Rule {
    let pool = json!({"users": [{"user": Uuid::from_u128(1)}]});
    let rule = json!({"code": code, "when": when, "pool": pool, "strategy": "rotation"});
    serde_json::from_value(rule).unwrap()
}

fn is(field: &str, values: Value) -> Value {
    json!({"in": {"field": field, "values": values}})
}

/// A random filter of some depth over few values, so that rules meet often.
fn filter(dice: &mut Dice, depth: u64) -> Value {
    let below = |dice: &mut Dice| filter(dice, depth - 1);
    match dice.roll(if depth == 0 { 6 } else { 9 }) {
        0 => is("source", json!([format!("s{}", dice.roll(4)), format!("s{}", dice.roll(4))])),
        1 => is("region", json!([format!("r{}", dice.roll(3))])),
        2 => {
            let from = dice.roll(8);
            json!({"range": {"field": "score", "from": from, "to": from + 1 + dice.roll(8)}})
        }
        3 => match dice.roll(3) {
            0 => is("score", json!([dice.roll(10)])),
            1 => json!({"range": {"field": "size", "from": dice.roll(4)}}),
            _ => json!({"missing": {"field": "score"}}),
        },
        4 => is("vip", json!([dice.roll(2) == 0])),
        5 => json!({"contains": {"field": "need", "words": [format!("n{}", dice.roll(3))]}}),
        6 => json!({"not": below(dice)}),
        7 => json!({"any": [below(dice), below(dice)]}),
        _ => json!({"all": [below(dice), below(dice)]}),
    }
}

fn lead(dice: &mut Dice) -> Facts {
    let mut facts = Facts::new();
    let mut put = |dice: &mut Dice, name: &str, val: Val| {
        if dice.roll(6) > 0 {
            facts.insert(name.to_owned(), val);
        }
    };
    let text = |prefix: &str, number: u64| Val::Text(format!("{prefix}{number}"));
    let (source, region, need) = (dice.roll(6), dice.roll(5), dice.roll(5));
    let (score, size, vip) = (dice.roll(20), dice.roll(6), dice.roll(2) == 0);
    put(dice, "source", text("s", source));
    put(dice, "region", text("r", region));
    put(dice, "need", text("need n", need));
    put(dice, "score", Val::Int(score as i64 - 2));
    put(dice, "size", Val::Text(format!("{size}.50")));
    put(dice, "vip", Val::Bool(vip));
    facts
}

#[test]
fn the_index_finds_the_rule_that_trying_them_in_order_finds() {
    let mut dice = Dice(11);
    let mut hits = BTreeSet::new();
    for count in [1, 5, 63, 64, 65, 300, 700] {
        let rules: Vec<Rule> = (0..count)
            .map(|at| {
                let parts: Vec<Value> =
                    (0..2 + dice.roll(3)).map(|_| filter(&mut dice, 2)).collect();
                rule(&format!("r{at}"), json!({"all": parts}))
            })
            .collect();
        let compiled = Compiled::of(&rules, &schema()).unwrap();
        let index = Index::of(&compiled.rules, compiled.slots.fields.len());
        for _ in 0..400 {
            let row = compiled.slots.row(&lead(&mut dice));
            let plain = compiled.first(&row).hit;
            assert_eq!(index.first_of_row(&compiled.rules, &row), plain, "{count} rules, {row:?}");
            hits.insert(plain);
        }
    }
    assert!(hits.len() > 30, "the leads met only {} rules", hits.len());
}

#[test]
fn numbers_at_the_edges_of_their_range_fall_into_the_right_class() {
    let edges = [i64::MIN + 1, i64::MIN + 2, -1, 0, 1, 5, i64::MAX - 1, i64::MAX];
    for from in edges {
        let rules = [
            rule("a", json!({"range": {"field": "score", "from": from}})),
            rule("b", json!({"all": []})),
        ];
        let compiled = Compiled::of(&rules, &schema()).unwrap();
        let index = Index::of(&compiled.rules, compiled.slots.fields.len());
        for score in edges {
            let row = [Datum::Int(score)];
            let plain = compiled.first(&row).hit;
            assert_eq!(index.first_of_row(&compiled.rules, &row), plain, "{from} {score}");
        }
        assert_eq!(index.first_of_row(&compiled.rules, &[Datum::Missing]), Some(1));
    }
}

fn linted(filters: &[Value]) -> (Vec<Rule>, Vec<Finding>) {
    let rules = (0..).zip(filters).map(|(at, when)| rule(&format!("r{at}"), when.clone()));
    let rules: Vec<Rule> = rules.collect();
    let compiled = Compiled::of(&rules, &schema()).unwrap();
    let findings = lint_rules(&rules, &compiled);
    for finding in &findings {
        // Every witness shows what it is said to show.
        let Some(witness) = &finding.witness else { continue };
        let hit = compiled.first(&compiled.slots.row(witness)).hit;
        let taker = hit.map(|at| rules[at].code.clone());
        match finding.code {
            FindingCode::Gap => assert_eq!(taker, None, "{finding:?}"),
            FindingCode::Unreachable | FindingCode::Overlap => {
                assert_eq!(taker, finding.other, "{finding:?}");
                let own = rules.iter().position(|rule| Some(&rule.code) == finding.rule.as_ref());
                let row = compiled.slots.row(witness);
                assert!(compiled.rules[own.unwrap()].iter().all(|test| test.holds(&row)));
            }
            FindingCode::Contradiction | FindingCode::Undecided => panic!("{finding:?}"),
        }
    }
    (rules, findings)
}

fn found(filters: &[Value]) -> String {
    let (_, findings) = linted(filters);
    let said = findings.iter().map(|finding| {
        let rule = finding.rule.as_ref().map_or("all", Code::as_str);
        let other = finding.other.as_ref().map_or(String::new(), |other| format!(" by {other}"));
        format!("{rule} {}{other}", finding.code)
    });
    let said: Vec<String> = said.collect();
    said.join(", ")
}

#[test]
fn the_linter_finds_each_kind_of_defect_with_a_witness() {
    let rest = || json!({"all": []});
    let score = |from: i64, to: i64| json!({"range": {"field": "score", "from": from, "to": to}});
    let table = [
        ("nothing is wrong", vec![is("source", json!(["a"])), rest()], "r1 overlap by r0"),
        ("a gap", vec![is("source", json!(["a"]))], "all gap"),
        (
            "a rule after one for all",
            vec![rest(), is("source", json!(["a"]))],
            "r1 unreachable by r0",
        ),
        (
            "a rule that several earlier ones take together",
            vec![
                is("source", json!(["a"])),
                is("source", json!(["b"])),
                is("source", json!(["a", "b"])),
                rest(),
            ],
            "r2 unreachable by r0, r3 overlap by r0",
        ),
        (
            "ranges that together take a range",
            vec![score(0, 50), score(50, 100), score(20, 80), rest()],
            "r2 unreachable by r0, r3 overlap by r0",
        ),
        (
            "a contradiction",
            vec![json!({"all": [score(0, 10), score(10, 20)]}), rest()],
            "r0 contradiction",
        ),
        (
            "a contradiction of a value and its absence",
            vec![
                json!({"all": [is("vip", json!([true])), json!({"missing": {"field": "vip"}})]}),
                rest(),
            ],
            "r0 contradiction",
        ),
        (
            "no gap where every value and none is taken",
            vec![is("vip", json!([true])), json!({"not": is("vip", json!([true]))})],
            "",
        ),
        (
            "words may or may not be there",
            vec![json!({"contains": {"field": "need", "words": ["a"]}}), rest(), rest()],
            "r2 unreachable by r1",
        ),
    ];
    for (what, filters, expected) in table {
        assert_eq!(found(&filters), expected, "{what}");
    }
    let (rules, findings) = linted(&[rest(), is("source", json!(["a"]))]);
    let refused = refuse_defects(&rules, &findings);
    assert_eq!(broken(&refused), ["rules[1].when assignment.unreachable"]);
}

#[test]
fn what_the_linter_says_of_random_rules_is_so() {
    let mut dice = Dice(3);
    let mut seen: BTreeSet<FindingCode> = BTreeSet::new();
    for _ in 0..100 {
        let count = 2 + dice.roll(6);
        let boxed = |dice: &mut Dice| loop {
            let one = filter(dice, 1);
            if !one.to_string().contains("contains") {
                return one;
            }
        };
        let filters: Vec<Value> = (0..count)
            .map(|_| json!({"all": (0..1 + dice.roll(2)).map(|_| boxed(&mut dice)).collect::<Vec<_>>()}))
            .collect();
        let (rules, findings) = linted(&filters);
        seen.extend(findings.iter().map(|finding| finding.code));
        let compiled = Compiled::of(&rules, &schema()).unwrap();
        let of = |code: FindingCode, rule: &Rule| {
            findings
                .iter()
                .any(|found| found.code == code && found.rule.as_ref() == Some(&rule.code))
        };
        let gap = findings.iter().any(|found| found.rule.is_none());
        for _ in 0..200 {
            let row = compiled.slots.row(&lead(&mut dice));
            match compiled.first(&row).hit {
                None => assert!(gap, "no rule takes {row:?} of {filters:?}"),
                Some(hit) => {
                    assert!(!of(FindingCode::Unreachable, &rules[hit]), "{row:?} of {filters:?}");
                }
            }
            for (rule, tests) in rules.iter().zip(&compiled.rules) {
                let passes = tests.iter().all(|test| test.holds(&row));
                assert!(!passes || !of(FindingCode::Contradiction, rule), "{row:?} of {filters:?}");
            }
        }
    }
    assert!(seen.contains(&FindingCode::Unreachable) && seen.contains(&FindingCode::Contradiction));
}

#[test]
fn a_policy_names_fields_and_people_there_are() {
    let users = [user(1, &["zh"], true), user(2, &[], true), user(3, &["zh"], false)];
    let schema = schema();
    let ground = Ground { users: &users, teams: &[], schema: &schema };
    let id = |number: u128| Uuid::from_u128(number);
    let one = |pool: Value, strategy: &str, when: Value| json!({"code": "r", "when": when, "pool": pool, "strategy": strategy});
    let all = || json!({"all": []});
    let table = [
        ("sound", vec![one(json!({"users": [{"user": id(1)}]}), "rotation", all())], ""),
        ("no rule", vec![], "rules assignment.rules"),
        (
            "an unknown field",
            vec![one(json!({"users": [{"user": id(1)}]}), "rotation", is("colour", json!([1])))],
            "rules[0].when.in.field condition.field",
        ),
        (
            "an empty pool",
            vec![one(json!({}), "rotation", all())],
            "rules[0].pool assignment.pool_empty",
        ),
        (
            "a pool of sleepers",
            vec![one(json!({"users": [{"user": id(3)}]}), "rotation", all())],
            "rules[0].pool assignment.pool_empty",
        ),
        (
            "a pool without the skill",
            vec![one(json!({"users": [{"user": id(2)}], "skills": ["zh"]}), "fixed", all())],
            "rules[0].pool assignment.pool_empty",
        ),
        ("everybody with a skill", vec![one(json!({"skills": ["zh"]}), "least_load", all())], ""),
        (
            "strangers",
            vec![one(json!({"users": [{"user": id(9)}], "teams": [id(8)]}), "rotation", all())],
            "rules[0].pool.users[0].user reference.unknown, rules[0].pool.teams[0] reference.unknown, \
             rules[0].pool assignment.pool_empty",
        ),
        (
            "a negative weight",
            vec![one(
                json!({"users": [{"user": id(1), "weight": -1}, {"user": id(2)}]}),
                "weighted",
                all(),
            )],
            "rules[0].pool.users[0].weight assignment.weight",
        ),
        (
            "no weight at all",
            vec![one(json!({"users": [{"user": id(1), "weight": 0}]}), "weighted", all())],
            "rules[0].pool assignment.weight_sum",
        ),
        (
            "a weight that nobody asks for, and a user twice",
            vec![one(
                json!({"users": [{"user": id(1), "weight": 2}, {"user": id(1)}]}),
                "rotation",
                all(),
            )],
            "rules[0].pool.users[0].weight assignment.weight_unused, \
             rules[0].pool.users[1].user assignment.member_twice",
        ),
        (
            "the same code twice",
            vec![
                one(json!({"users": [{"user": id(1)}]}), "rotation", all()),
                one(json!({"users": [{"user": id(1)}]}), "rotation", all()),
            ],
            "rules[1].code assignment.rule_twice",
        ),
    ];
    for (what, rules, expected) in table {
        let wish = json!({
            "code": "leads", "name": "leads", "rules": rules,
            "fallback": {"queue": "q", "keeper": id(1)},
        });
        let wish: DefineAssignmentPolicy = serde_json::from_value(wish).unwrap();
        let decided = define_policy(&wish, 1, ground, Timestamp::from_micros(1).unwrap());
        assert_eq!(broken(&decided).join(", "), expected, "{what}");
    }
}

#[test]
fn a_seat_is_passed_over_for_the_first_reason_there_is() {
    let seat = || Seat::of(Id::new(Uuid::from_u128(1)), Some(1), 0);
    let at = Timestamp::from_micros(1).ok();
    let table = [
        (seat(), None),
        (Seat { capacity: Some(3), load: Some(2), ..seat() }, None),
        (Seat { capacity: Some(3), load: Some(3), ..seat() }, Some(Skip::AtCapacity)),
        (Seat { weight: Some(0), ..seat() }, Some(Skip::NoWeight)),
        (Seat { lacks: vec![Code::parse("zh").unwrap()], ..seat() }, Some(Skip::LacksSkill)),
        (Seat { off_shift: true, weight: Some(0), ..seat() }, Some(Skip::OffShift)),
        (Seat { absent_until: at, off_shift: true, ..seat() }, Some(Skip::Absent)),
        (Seat { excluded: true, absent_until: at, ..seat() }, Some(Skip::Excluded)),
        (Seat { inactive: true, excluded: true, ..seat() }, Some(Skip::Inactive)),
        (Seat { weight: None, inactive: true, ..seat() }, Some(Skip::NotInPool)),
    ];
    for (seat, expected) in table {
        assert_eq!(seat.reason(), expected, "{seat:?}");
    }
}

#[test]
fn each_strategy_chooses_among_those_who_can() {
    let seat = |number: u128, credit: i64, load: i64| {
        let id = Id::new(Uuid::from_u128(number));
        Seat { load: Some(load), ..Seat::of(id, Some(1), credit) }
    };
    let seats = [seat(1, -UNIT, 5), seat(2, 0, 2), seat(3, UNIT, 2)];
    let table = [
        (Strategy::Fixed, Some(0)),
        (Strategy::Rotation, Some(2)),
        (Strategy::Weighted, Some(2)),
        (Strategy::LeastLoad, Some(2)),
    ];
    for (strategy, expected) in table {
        assert_eq!(choose(strategy, &seats), expected, "{strategy}");
        let none: Vec<Seat> =
            seats.iter().map(|seat| Seat { inactive: true, ..seat.clone() }.judged()).collect();
        assert_eq!(choose(strategy, &none), None, "{strategy}");
    }
}
