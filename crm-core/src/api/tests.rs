use std::sync::Arc;

use serde_json::{Value, json};

use crate::engine::{CallOptions, Engine, Env, Error, Session, SessionOptions};
use crate::store::MemoryStore;
use crate::value::Timestamp;

fn session() -> Session {
    Engine::open(Arc::new(MemoryStore::default())).session(SessionOptions::default())
}

fn call(session: &Session, step: u64, op: &str, request: &Value) -> Result<Value, Error> {
    let now = Timestamp::from_micros(1_790_000_000_000_000).unwrap();
    let env = Env { now, entropy: [7; 32] }.step(step);
    let answer = session.call(&env, op, request.to_string().as_bytes(), &CallOptions::default())?;
    Ok(serde_json::from_slice(&answer).unwrap())
}

#[test]
fn every_operation_has_a_name_of_its_own_and_a_manual() {
    let mut names: Vec<_> = super::CATALOGUE.iter().map(|entry| entry.name).collect();
    names.sort_unstable();
    assert!(names.is_sorted_by(|a, b| a < b), "{names:?}");
    for entry in super::CATALOGUE {
        let description = (entry.describe)();
        let manual = description.request.get("description").and_then(Value::as_str);
        assert!(manual.is_some_and(|text| text.len() > 10), "{} has no manual", entry.name);
    }
}

#[test]
fn the_trail_tells_who_changed_what_and_never_splits_a_commit() {
    let crm = session();
    let steps: Vec<Value> = (0..5)
        .map(|n| json!({"op": "customer.create", "request": {"name": format!("C{n}")}}))
        .collect();
    call(&crm, 1, "batch", &json!({"operations": steps})).unwrap();
    call(&crm, 2, "customer.create", &json!({"name": "last"})).unwrap();
    let mut after = 0;
    let mut pages = Vec::new();
    loop {
        let page = call(&crm, 9, "audit.trail", &json!({"after": after, "limit": 2})).unwrap();
        pages.push(page["facts"].as_array().unwrap().len());
        after = page["through"].as_u64().unwrap();
        if !page["more"].as_bool().unwrap() {
            break;
        }
    }
    assert_eq!(pages, [1, 5, 1], "store.init, the batch, the last");
    let page = call(&crm, 9, "audit.trail", &json!({"after": 2})).unwrap();
    let fact = &page["facts"][0];
    assert_eq!(fact["operation"], "customer.create");
    assert_eq!(fact["personal"][0]["field"], "name");
    assert_eq!(fact["personal"][0]["to"], "last");
    let fields = fact["changes"][0]["fields"].as_array().unwrap();
    let name = fields.iter().find(|field| field["field"] == "name").unwrap();
    assert!(name.get("to").is_none(), "a personal value is not in the fact: {name}");
}

#[test]
fn a_batch_takes_effect_as_a_whole_or_not_at_all() {
    let crm = session();
    let batch = json!({"operations": [
        {"op": "customer.create", "request": {"name": "good"}},
        {"op": "customer.create", "request": {"name": " "}},
    ]});
    let problem = call(&crm, 1, "batch", &batch).unwrap_err().problem();
    assert_eq!(problem.violations[0].path, "operations[1].request.name");
    let verified = call(&crm, 2, "store.verify", &json!({})).unwrap();
    assert_eq!(verified["records"]["customer"], 0);
    assert_eq!(verified["faults"], json!([]));
}

#[test]
fn a_seal_covers_what_was_decided_and_the_store_verifies() {
    let crm = session();
    call(&crm, 1, "customer.create", &json!({"name": "A"})).unwrap();
    let first = call(&crm, 2, "audit.seal", &json!({})).unwrap();
    assert_eq!((&first["through"], &first["more"]), (&json!(2), &json!(false)));
    call(&crm, 3, "customer.create", &json!({"name": "B"})).unwrap();
    let second = call(&crm, 4, "audit.seal", &json!({})).unwrap();
    assert_eq!(second["through"], 4);
    assert_ne!(first["chain"], second["chain"]);
    let third = call(&crm, 5, "audit.seal", &json!({})).unwrap();
    assert_eq!((&third["seal"], &third["chain"]), (&Value::Null, &second["chain"]));
    let verified = call(&crm, 5, "store.verify", &json!({})).unwrap();
    assert_eq!((&verified["sealed_through"], &verified["head"]), (&json!(4), &json!(5)));
    assert_eq!(verified["faults"], json!([]));
}

#[test]
fn a_request_that_does_not_fit_says_where() {
    let crm = session();
    let table = [
        ("customer.create", json!({"name": 7}), 1100, "name"),
        ("customer.create", json!({"nam": "x"}), 1100, "nam"),
        ("customer.create", json!({}), 2000, "name"),
        ("customer.destroy", json!({}), 1101, ""),
        ("batch", json!({"operations": []}), 2000, "operations"),
        ("customer.get", json!({"id": "x"}), 1100, "id"),
    ];
    for (op, request, status, path) in table {
        let problem = call(&crm, 1, op, &request).unwrap_err().problem();
        let found = problem.violations.first().map_or("", |violation| violation.path.as_str());
        assert_eq!((problem.status, found), (status, path), "{op} {request}");
    }
}

#[test]
fn an_import_stores_the_good_rows_and_says_why_it_rejects_the_others() {
    let crm = session();
    let rows = json!([
        {"row": 2, "key": "a", "set": {"name": "甲公司"}},
        {"row": 3, "key": "b", "set": {"name": " ", "region": "\u{0}"}},
        {"row": 4, "key": "c", "set": {"name": "丙公司", "parent": {"link": "nobody"}}},
        {"row": 5, "key": "a", "set": {"region": "华东"}},
    ]);
    let request = json!({"source": "old", "entity": "customer", "file": "c.csv", "rows": rows});
    let answer = call(&crm, 1, "import.rows", &request).unwrap();
    let results = answer["results"].as_array().unwrap();
    let found: Vec<_> = results
        .iter()
        .map(|result| {
            let violations = result["violations"].as_array();
            let codes = violations.into_iter().flatten().map(|v| v["code"].as_str().unwrap());
            (result["status"].as_str().unwrap(), codes.collect::<Vec<_>>().join(" "))
        })
        .collect();
    let expected = [
        ("created", ""),
        ("rejected", "text.empty text.control"),
        ("rejected", "import.link"),
        ("updated", ""),
    ];
    assert_eq!(found, expected.map(|(status, codes)| (status, codes.to_owned())));
    assert_eq!(answer["stored"], 2);
    let verified = call(&crm, 2, "store.verify", &json!({})).unwrap();
    assert_eq!((&verified["records"]["customer"], &verified["faults"]), (&json!(1), &json!([])));
    let again = call(&crm, 3, "import.rows", &request).unwrap();
    assert_eq!(again["results"][0]["status"], "unchanged");
    assert_eq!(again["results"][0]["id"], results[0]["id"]);
}

#[test]
fn the_original_author_and_day_stay() {
    let crm = session();
    let import = |at: u64, entity: &str, set: serde_json::Value| {
        let rows = json!([{"row": 2, "key": "a", "set": set}]);
        let request = json!({"source": "old", "entity": entity, "file": "a.csv", "rows": rows});
        let answer = call(&crm, at, "import.rows", &request).unwrap();
        answer["results"][0].clone()
    };
    let made = import(1, "customer", json!({"name": "甲", "created_at": "2020-01-31T00:00:00Z"}));
    assert_eq!(made["status"], "created", "{made}");
    let kept = |at| {
        let seen = call(&crm, at, "customer.get", &json!({"id": made["id"]})).unwrap();
        seen["created_at"].clone()
    };
    assert_eq!(kept(2), "2020-01-31T00:00:00Z");
    let again = import(3, "customer", json!({"name": "乙", "created_at": "2019-01-01T00:00:00Z"}));
    assert_eq!((&again["status"], kept(4)), (&json!("updated"), json!("2020-01-31T00:00:00Z")));
    let future = json!([{"row": 2, "key": "b", "set": {"name": "丙", "created_at": "2999-01-01T00:00:00Z"}}]);
    let request = json!({"source": "old", "entity": "customer", "file": "a.csv", "rows": future});
    let refused = call(&crm, 5, "import.rows", &request).unwrap();
    assert_eq!(refused["results"][0]["violations"][0]["code"], "time.future");
}
