use std::sync::Arc;

use super::*;
use crate::api::GetCustomer;
use crate::party::CreateCustomer;
use crate::store::MemoryStore;
use crate::value::Timestamp;

fn env(step: u64) -> Env {
    let now = Timestamp::from_micros(1_790_000_000_000_000).unwrap();
    Env { now, entropy: [7; 32] }.step(step)
}

fn session() -> Session {
    Engine::open(Arc::new(MemoryStore::default())).session(SessionOptions::default())
}

#[test]
fn a_customer_that_is_created_can_be_read() {
    let crm = session();
    let wish =
        CreateCustomer { name: " 上海精密机械有限公司 ".into(), ..Default::default() };
    let created = crm.run(&env(1), &wish).unwrap();
    let seen = crm.run(&env(2), &GetCustomer { id: created.id }).unwrap();
    assert_eq!((seen.version, seen.record.name.as_str()), (1, "上海精密机械有限公司"));
}

#[test]
fn a_keyed_call_that_is_made_again_gets_the_first_answer() {
    let crm = session();
    let options = CallOptions { key: Some("k1"), ..Default::default() };
    let wish = CreateCustomer { name: "A".into(), ..Default::default() };
    let first = crm.run_with(&env(1), &wish, &options).unwrap();
    assert_eq!(crm.run_with(&env(2), &wish, &options).unwrap(), first);
    let other = CreateCustomer { name: "B".into(), ..Default::default() };
    assert_eq!(crm.run_with(&env(3), &other, &options), Err(Error::KeyReused));
}

#[test]
fn the_answer_to_a_key_is_kept_for_thirty_days_and_then_forgotten() {
    let crm = session();
    let keyed = CallOptions { key: Some("k1"), ..Default::default() };
    let wish = CreateCustomer { name: "A".into(), ..Default::default() };
    let first = crm.run_with(&env(1), &wish, &keyed).unwrap();
    let after = |days: i64, step| {
        let then = env(step).now.checked_add(chrono::TimeDelta::days(days)).unwrap();
        Env { now: then, ..env(step) }
    };
    let tick = |env: &Env| crm.run(env, &crate::api::Tick::default()).unwrap();
    tick(&after(30, 1));
    assert_eq!(crm.run_with(&after(30, 2), &wish, &keyed).unwrap(), first, "on the thirtieth day");
    tick(&after(31, 3));
    let again = crm.run_with(&after(31, 4), &wish, &keyed).unwrap();
    assert_ne!(again.id, first.id, "on the day after it is a new call");
}

#[test]
fn edits_of_different_fields_both_succeed_and_of_the_same_field_conflict() {
    let crm = session();
    let created = crm.call(
        &env(1),
        "customer.create",
        br#"{"name":"A","region":"East"}"#,
        &CallOptions::default(),
    );
    let created: serde_json::Value = serde_json::from_slice(&created.unwrap()).unwrap();
    let id = created["id"].as_str().unwrap().to_owned();
    let edit = |step, field: &str, from: &str, to: &str| {
        let request = serde_json::json!({"id": id, "set": {field: {"from": from, "to": to}}});
        crm.call(
            &env(step),
            "customer.amend",
            request.to_string().as_bytes(),
            &CallOptions::default(),
        )
    };
    assert!(edit(2, "name", "A", "B").is_ok());
    assert!(edit(3, "region", "East", "South").is_ok());
    let problem = edit(4, "name", "A", "C").unwrap_err().problem();
    assert_eq!(problem.status, 3000);
    assert_eq!(problem.violations[0].path, "set.name");
    assert_eq!(problem.violations[0].limit.as_deref(), Some("now \"B\""));
}

#[test]
fn a_refusal_names_every_broken_rule() {
    let crm = session();
    let request =
        br#"{"name":"\u3000 ","customer_type":"personal","industry":"steel","size":"HUGE!"}"#;
    let problem = crm
        .call(&env(1), "customer.create", request, &CallOptions::default())
        .unwrap_err()
        .problem();
    let found: Vec<_> =
        problem.violations.iter().map(|v| (v.code.as_str(), v.path.as_str())).collect();
    let expected = [
        ("text.empty", "name"),
        ("code.format", "size"),
        ("customer.field_not_in_layout", "industry"),
        ("customer.field_not_in_layout", "size"),
    ];
    assert_eq!(found, expected);
}
