//! A decision says why it is what it is: altered anywhere, it does not stand.

use serde_json::{Value, json};
use uuid::Uuid;

use super::*;
use crate::record::Ext;
use crate::value::{Code, Id, Name, Timestamp};

fn policy() -> AssignmentPolicy {
    let user = |number: u128| Uuid::from_u128(number);
    let pool = json!({"users": [
        {"user": user(1), "weight": 2}, {"user": user(2)}, {"user": user(3)}, {"user": user(4)},
    ]});
    let source = |code: &str| json!({"in": {"field": "source", "values": [code]}});
    let rules = json!([
        {"code": "fair", "when": {"all": [source("fair"), {"range": {"field": "score", "from": 50}}]},
         "pool": pool, "strategy": "weighted"},
        {"code": "web", "when": source("web"), "pool": pool, "strategy": "weighted"},
    ]);
    AssignmentPolicy {
        id: Id::new(Uuid::from_u128(0x70)),
        code: Code::parse("leads").unwrap(),
        revision: 1,
        name: Name::parse("leads").unwrap(),
        active: true,
        on_capture: true,
        rules: serde_json::from_value(rules).unwrap(),
        fallback: serde_json::from_value(json!({"queue": "q", "keeper": user(1)})).unwrap(),
        load: LoadWeights::default(),
        created_at: Timestamp::from_micros(1).unwrap(),
        ext: Ext::new(),
    }
}

fn schema() -> Schema {
    let field = |kind| Field { kind, choices: Vec::new() };
    let fields = [("source", field(FieldKind::Text)), ("score", field(FieldKind::Int))];
    Schema(fields.into_iter().map(|(name, field)| (name.to_owned(), field)).collect())
}

/// A lead of the web: the first of the pool is absent, the second full, the third has more credit than the fourth.
fn decision() -> Assignment {
    let user = |number: u128| Id::new(Uuid::from_u128(number));
    let seats = [
        Seat {
            absent_until: Timestamp::from_micros(9).ok(),
            ..Seat::of(user(1), Some(2), UNIT / 2)
        },
        Seat { load: Some(5), capacity: Some(5), ..Seat::of(user(2), Some(1), 0) },
        Seat::of(user(3), Some(1), UNIT / 2),
        Seat::of(user(4), Some(1), -UNIT),
    ];
    let read = json!({"source": "web", "score": 70});
    Assignment {
        id: Id::new(Uuid::from_u128(0x71)),
        lead: Id::new(Uuid::from_u128(0x72)),
        policy: Some(policy().id),
        rule: Code::parse("web").ok(),
        how: AssignmentHow::Rule,
        chosen: Some(user(3)),
        before: None,
        why: None,
        read: serde_json::from_value(read).unwrap(),
        proof: Proof { failed: vec![0], seats: seats.map(Seat::judged).to_vec() },
        at: Timestamp::from_micros(5).unwrap(),
        ordinal: 0,
        ext: Ext::new(),
    }
}

#[test]
fn a_sound_decision_stands_and_an_altered_one_does_not() {
    assert_eq!(check(&decision(), &policy(), &schema()), Ok(()));
    let id = |number: u128| json!(Uuid::from_u128(number));
    let table: [(&str, Value, &str); 17] = [
        // what is altered, to what, and the first rule that it breaks
        ("/policy", id(0x99), "proof.policy"),
        ("/rule", json!("fair"), "proof.rules"),
        ("/rule", Value::Null, "proof.rules"),
        ("/proof/failed", json!([1]), "proof.rules"),
        ("/proof/failed", json!([]), "proof.rules"),
        ("/read/source", json!("fair"), "proof.rules"),
        ("/chosen", id(4), "proof.chosen"),
        ("/chosen", id(1), "proof.chosen"),
        ("/chosen", Value::Null, "proof.chosen"),
        ("/how", json!("queue"), "proof.how"),
        ("/proof/seats/0/skip", Value::Null, "proof.seat"),
        ("/proof/seats/0/skip", json!("inactive"), "proof.seat"),
        ("/proof/seats/0/absent_until", Value::Null, "proof.seat"),
        ("/proof/seats/1/load", json!(4), "proof.seat"),
        ("/proof/seats/2/excluded", json!(true), "proof.seat"),
        ("/proof/seats/3/credit", json!(UNIT), "proof.chosen"),
        ("/proof/seats/3/weight", json!(9), "proof.seat"),
    ];
    for (path, value, expected) in table {
        let mut altered = serde_json::to_value(decision()).unwrap();
        let (parent, key) = path.rsplit_once('/').unwrap();
        altered.pointer_mut(parent).unwrap()[key] = value.clone();
        let altered: Assignment = serde_json::from_value(altered).unwrap();
        let refused = check(&altered, &policy(), &schema()).unwrap_err();
        let first = refused.violations().next().unwrap();
        assert_eq!(first.code, expected, "{path} = {value}");
    }
}
