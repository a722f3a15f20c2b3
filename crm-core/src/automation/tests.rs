//! Which automations are refused, with a witness.

use std::collections::BTreeSet;

use serde_json::{Value, json};
use uuid::Uuid;

use super::*;
use crate::assignment::Schema;
use crate::decision::{Refusal, broken};
use crate::party::{DefinePool, PoolTerms, define_pool};

fn at(text: &str) -> Timestamp {
    text.parse().unwrap()
}

fn defined(code: &str, terms: Value, others: &[Automation]) -> Result<Automation, Refusal> {
    let terms: AutomationTerms = serde_json::from_value(terms).unwrap();
    let schema = Schema::of(terms.of.def(), &[]);
    let settable: BTreeSet<String> = ["source", "region", "company"].map(str::to_owned).into();
    let pool = |code: &str, holds| {
        let terms = PoolTerms { holds, ..Default::default() };
        let wish = DefinePool { code: code.into(), name: code.into(), terms, ..Default::default() };
        define_pool(Id::new(Uuid::nil()), &wish, None).unwrap()
    };
    let pools =
        [pool("public", crate::party::Holds::Lead), pool("sea", crate::party::Holds::Customer)];
    let wish =
        DefineAutomation { code: code.into(), name: code.into(), active: true, rank: 0, terms };
    let number = code.bytes().fold(0_u128, |sum, byte| sum * 256 + u128::from(byte));
    let grounds = AutomationGrounds {
        schema: &schema,
        settable: &settable,
        pools: &pools,
        others,
        now: at("2026-03-01T00:00:00Z"),
    };
    define_automation(Id::new(Uuid::from_u128(number)), &wish, grounds)
}

fn set(field: &str, to: &str) -> Value {
    json!({"set": {"field": field, "to": to}})
}

#[test]
fn what_could_never_do_what_it_says_is_refused() {
    let notify = || json!([{"notify": {"to": ["owner"]}}]);
    #[rustfmt::skip]
    let table = [
        ("watches, asks and does", json!({"of": "lead", "on": "created", "then": notify()}), ""),
        ("does something", json!({"of": "lead", "on": "created", "then": []}), "terms.then automation.then_count"),
        ("tells somebody", json!({"of": "lead", "on": "created", "then": [{"notify": {"to": []}}]}), "terms.then[0].notify.to automation.watches_nothing"),
        ("watches something", json!({"of": "lead", "on": {"changed": []}, "then": notify()}), "terms.on.changed automation.watches_nothing"),
        ("watches a field that is there", json!({"of": "lead", "on": {"changed": ["amount"]}, "then": notify()}), "terms.on.changed automation.field"),
        ("waits from an instant", json!({"of": "lead", "on": {"after": {"field": "name", "wait": {"days": 1}}}, "then": notify()}), "terms.on.after.field automation.field"),
        ("waits for some time", json!({"of": "lead", "on": {"after": {"field": "created_at", "wait": {"days": 0}}}, "then": notify()}), "terms.on.after.wait automation.wait_zero"),
        ("waits for what has a clock", json!({"of": "contact", "on": {"after": {"field": "created_at", "wait": {"days": 1}}}, "then": notify()}), "terms.on.after automation.of_kind"),
        ("asks for values that a field has", json!({"of": "lead", "on": "created", "only": {"in": {"field": "status", "values": ["won"]}}, "then": notify()}), "terms.only.in.values[0] code.unknown"),
        ("asks for what can be", json!({"of": "lead", "on": "created", "only": {"all": [{"in": {"field": "source", "values": ["a", "b"]}}, {"in": {"field": "source", "values": ["c"]}}]}, "then": notify()}), "terms.only automation.never"),
        ("asks for a value or none", json!({"of": "lead", "on": "created", "only": {"all": [{"missing": {"field": "source"}}, {"in": {"field": "source", "values": ["c"]}}]}, "then": notify()}), "terms.only automation.never"),
        ("sets what is plain", json!({"of": "lead", "on": "created", "then": [set("owner", "x")]}), "terms.then[0].set.field automation.field"),
        ("assigns leads", json!({"of": "customer", "on": "created", "then": [{"assign": {}}]}), "terms.then[0].assign automation.of_kind"),
        ("plans with whom there are plans", json!({"of": "activity", "on": "created", "then": [{"plan": {"subject": "x", "within": {"days": 1}}}]}), "terms.then[0].plan automation.of_kind"),
        ("puts into a pool that is there", json!({"of": "lead", "on": "created", "then": [{"pool": {"pool": "west"}}]}), "terms.then[0].pool pool.unknown"),
        ("of its kind", json!({"of": "lead", "on": "created", "then": [{"pool": {"pool": "sea"}}]}), "terms.then[0].pool pool.holds_other"),
    ];
    for (rule, terms, expected) in table {
        let decided = defined("r", terms, &[]);
        assert_eq!(broken(&decided).join(", "), expected, "an automation {rule}");
    }
}

#[test]
fn automations_that_set_each_other_off_for_ever_are_refused_with_the_circle() {
    let on = |watched: &str, only: Value, then: Value| json!({"of": "lead", "on": {"changed": [watched]}, "only": only, "then": [then]});
    let any = || json!({"all": []});
    let is = |field: &str, value: &str| json!({"in": {"field": field, "values": [value]}});
    let a = defined("a", on("source", any(), set("region", "east")), &[]).unwrap();
    let circle = |terms: Value, others: &[Automation]| match defined("b", terms, others) {
        Ok(_) => "ends".to_owned(),
        Err(refused) => refused.violations().next().unwrap().limit.clone().unwrap(),
    };
    assert_eq!(
        circle(on("region", any(), set("company", "x")), core::slice::from_ref(&a)),
        "ends",
        "a chain"
    );
    assert_eq!(
        circle(on("region", any(), set("source", "web")), core::slice::from_ref(&a)),
        "ends",
        "each sets one value: after one round nothing changes any more"
    );
    let c = on("region", any(), set("region", "west"));
    let c = defined("c", c, &[]).unwrap();
    assert_eq!(
        circle(on("region", any(), set("region", "east")), core::slice::from_ref(&c)),
        "a lead that sets off `b`: its `region` changes, which sets off `c`: its `region` changes, which sets off `b`",
        "one sets what the other takes back"
    );
    assert_eq!(
        circle(
            on("region", is("region", "north"), set("region", "east")),
            core::slice::from_ref(&c)
        ),
        "ends",
        "it is not set off by what the other sets"
    );
    let gone = Automation { active: false, ..c };
    assert_eq!(
        circle(on("region", any(), set("region", "east")), &[gone]),
        "ends",
        "it is retired"
    );
    assert_eq!(
        circle(
            json!({"of": "lead", "on": {"changed": ["owner"]}, "then": [{"pool": {"pool": "public"}}]}),
            &[a]
        ),
        "a lead that sets off `b`: its `owner` changes, which sets off `b`",
        "itself"
    );
}
