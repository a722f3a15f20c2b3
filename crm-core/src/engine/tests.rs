use std::sync::Arc;

use super::*;
use crate::api::GetCustomer;
use crate::party::CreateCustomer;
use crate::record::Kind;
use crate::store::{Admin, MemoryStore, Store, TenantId};
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

/// A call that must do, and its answer.
fn done(crm: &Session, step: u64, name: &str, request: &serde_json::Value) -> serde_json::Value {
    let request = serde_json::to_vec(request).unwrap();
    let answer = crm.call(&env(step), name, &request, &CallOptions::default());
    serde_json::from_slice(&answer.unwrap()).unwrap()
}

#[test]
fn what_another_engine_wrote_is_seen_by_the_next_call() {
    let store: Arc<dyn Store> = Arc::new(MemoryStore::default());
    let open = || Engine::open(Arc::clone(&store)).session(SessionOptions::default());
    let (one, other) = (open(), open());
    let terms = |crm: &Session, step| {
        let customer = serde_json::json!({"name": "A", "source": "fair"});
        let customer = serde_json::to_vec(&customer).unwrap();
        crm.call(&env(step), "customer.create", &customer, &CallOptions::default()).is_ok()
    };
    let zone = |crm: &Session, step| {
        done(crm, step, "settings.get", &serde_json::json!({}))["zone"].clone()
    };
    assert_eq!((zone(&one, 1), zone(&other, 2)), ("Asia/Shanghai".into(), "Asia/Shanghai".into()));
    for (step, code) in [(3, "web"), (5, "fair")] {
        assert_eq!(
            terms(&one, step + 10),
            step == 3,
            "no sources are defined at first, then not this one"
        );
        done(
            &other,
            step,
            "term.define",
            &serde_json::json!({"scheme": "source", "code": code, "zh": code}),
        );
    }
    assert!(terms(&one, 6) && terms(&other, 7), "both know the source now");
    let edit = serde_json::json!({"set": {"zone": {"from": "Asia/Shanghai", "to": "UTC"}}});
    done(&one, 8, "settings.amend", &edit);
    assert_eq!((zone(&one, 9), zone(&other, 10)), ("UTC".into(), "UTC".into()));
}

#[test]
fn a_tenant_that_was_removed_and_begun_anew_keeps_nothing_of_the_old_one() {
    let store: Arc<dyn Store> = Arc::new(MemoryStore::default());
    let open = || Engine::open(Arc::clone(&store)).session(SessionOptions::default());
    let zone = |crm: &Session, step| {
        done(crm, step, "settings.get", &serde_json::json!({}))["zone"].clone()
    };
    let edit = |to: &str| serde_json::json!({"set": {"zone": {"from": "Asia/Shanghai", "to": to}}});
    // The new tenant has fewer commits than were known of the old one, then more.
    for commits in [0, 5] {
        let old = open();
        done(&old, 1, "settings.amend", &edit("UTC"));
        done(&old, 2, "customer.create", &serde_json::json!({"name": "A"}));
        assert_eq!(zone(&old, 3), "UTC");
        let gone = Admin::PurgeTenant(TenantId(1));
        store.admin(&gone, &mut |_| std::ops::ControlFlow::Continue(())).unwrap();
        let new = open();
        for step in 0..commits {
            done(&new, 10 + step, "customer.create", &serde_json::json!({"name": "B"}));
        }
        assert_eq!(
            (zone(&new, 20), zone(&old, 21)),
            ("Asia/Shanghai".into(), "Asia/Shanghai".into())
        );
        store.admin(&gone, &mut |_| std::ops::ControlFlow::Continue(())).unwrap();
    }
}

#[test]
fn a_commit_guards_the_rule_records_that_it_used_whether_they_were_kept_or_read() {
    let store: Arc<dyn Store> = Arc::new(MemoryStore::default());
    let open = || Engine::open(Arc::clone(&store)).session(SessionOptions::default());
    let warm = open();
    done(
        &warm,
        1,
        "pipeline.template",
        &serde_json::json!({"template": "basic", "is_default": true}),
    );
    let customer = done(&warm, 2, "customer.create", &serde_json::json!({"name": "A"}));
    let deal = serde_json::json!({"name": "D", "customer": customer["id"]});
    done(&warm, 3, "opportunity.create", &deal);
    let request = serde_json::to_vec(&deal).unwrap();
    let planned =
        |crm: &Session| crm.plan(&env(4), "opportunity.create", &request).unwrap().batch.unwrap();
    let batch = planned(&warm);
    assert_eq!(batch, planned(&open()));
    let kinds: Vec<Kind> = batch.guards.iter().map(|guard| guard.key.kind).collect();
    for kind in [Kind::Settings, Kind::User, Kind::Pipeline, Kind::Stage] {
        assert!(kinds.contains(&kind), "{kind:?} in {kinds:?}");
    }
}
