//! A batch as SQL text does what the same batch does, or nothing.

#![expect(clippy::indexing_slicing, clippy::unwrap_used, reason = "a test")]

use std::path::{Path, PathBuf};
use std::sync::Arc;

use crm_core::engine::{CallOptions, Engine, Env, Session, SessionOptions};
use crm_core::store::{Admin, Batch};
use crm_sqlite::{SqliteStore, script};
use crm_store_testkit::call;
use rusqlite::Connection;
use rusqlite::types::Value;

struct Dir(PathBuf);

impl Dir {
    fn new(name: &str) -> Self {
        let dir = PathBuf::from(env!("CARGO_TARGET_TMPDIR"))
            .join(format!("script-{name}-{}", std::process::id()));
        let _ = std::fs::remove_dir_all(&dir);
        std::fs::create_dir_all(&dir).unwrap();
        Self(dir)
    }

    /// A store's file, and a session of its owner.
    fn store(&self, name: &str) -> (PathBuf, Session) {
        let path = self.0.join(name);
        let store = Arc::new(SqliteStore::open(&path).unwrap());
        let session = Engine::open(store).session(SessionOptions::default());
        session.call(&env(0), "settings.get", b"{}", &CallOptions::default()).unwrap();
        (path, session)
    }
}

impl Drop for Dir {
    fn drop(&mut self) {
        let _ = std::fs::remove_dir_all(&self.0);
    }
}

fn env(step: u64) -> Env {
    Env { now: "2026-11-21T08:00:00Z".parse().unwrap(), entropy: [7; 32] }.step(step)
}

fn planned(session: &Session, step: u64, op: &str, request: &str) -> Batch {
    session.plan(&env(step), op, request.as_bytes()).unwrap().batch.unwrap()
}

/// Every row of every table, as text.
fn dump(path: &Path) -> Vec<String> {
    let conn = Connection::open(path).unwrap();
    let tables = "SELECT name FROM sqlite_schema WHERE type = 'table' ORDER BY name";
    let mut tables = conn.prepare(tables).unwrap();
    let tables: Vec<String> =
        tables.query_map([], |row| row.get(0)).unwrap().map(Result::unwrap).collect();
    let mut rows = Vec::new();
    for table in tables {
        let mut all = conn.prepare(&format!("SELECT * FROM \"{table}\" ORDER BY 1, 2, 3")).unwrap();
        let width = all.column_count();
        let mut found = all.query([]).unwrap();
        while let Some(row) = found.next().unwrap() {
            let cells: Vec<Value> = (0..width).map(|at| row.get(at).unwrap()).collect();
            rows.push(format!("{table} {cells:?}"));
        }
    }
    rows
}

/// Customers whose texts try to leave their literals, a custom value, an edit, an archiving, and an import.
const STEPS: [(&str, &str); 7] = [
    (
        "customer.create",
        r#"{"name":"O'Brien \"; DROP TABLE customer; --","website":"https://a.example/?q='x'"}"#,
    ),
    (
        "custom_field.define",
        r#"{"entity":"customer","code":"note","label":"Note","field_type":"text"}"#,
    ),
    ("customer.create", r#"{"name":"上海精密机械有限公司","custom":{"note":"行1 '' \n行2"}}"#),
    ("contact.search", r#"{"name":"nobody"}"#),
    ("term.define", r#"{"scheme":"industry","code":"machines","zh":"机械","en":"Machines"}"#),
    (
        "import.rows",
        r#"{"source":"erp","entity":"customer","file":"a.csv","rows":[{"row":2,"key":"1","set":{"name":"X"}}]}"#,
    ),
    ("tick", "{}"),
];

#[test]
fn the_text_of_a_batch_leaves_what_the_batch_leaves() {
    let dir = Dir::new("equal");
    let ((by_text, texts), (by_call, calls)) = (dir.store("text.db"), dir.store("call.db"));
    let host = Connection::open(&by_text).unwrap();
    let mut committed = 0;
    for (step, (op, request)) in (1..).zip(STEPS) {
        let plan = texts.plan(&env(step), op, request.as_bytes()).unwrap();
        let answer = calls.call(&env(step), op, request.as_bytes(), &CallOptions::default());
        assert_eq!(plan.answer, answer.unwrap(), "{op} answers alike");
        let Some(batch) = plan.batch else { continue };
        let sql = script(&batch).unwrap();
        host.execute_batch(&format!("BEGIN IMMEDIATE;\n{sql}\nCOMMIT;")).unwrap();
        committed += 1;
    }
    assert!(committed >= 5, "the steps write");
    assert_eq!(dump(&by_text), dump(&by_call));
    assert_eq!(call::admin(&SqliteStore::open(&by_text).unwrap(), &Admin::Check), Ok(Vec::new()));
}

#[test]
fn a_stale_plan_or_one_that_ran_fails_and_leaves_nothing() {
    let dir = Dir::new("stale");
    let (path, session) = dir.store("crm.db");
    let call = |step, op: &str, request: &str| {
        session.call(&env(step), op, request.as_bytes(), &CallOptions::default()).unwrap()
    };
    call(1, "customer.create", r#"{"name":"A"}"#);
    let customers = call(2, "customer.list", "{}");
    let customers: serde_json::Value = serde_json::from_slice(&customers).unwrap();
    let id = customers["rows"][0]["id"].as_str().unwrap().to_owned();
    let rename =
        |to: &str| format!(r#"{{"id":"{id}","set":{{"name":{{"from":"A","to":"{to}"}}}}}}"#);
    let stale = planned(&session, 3, "customer.amend", &rename("B"));
    let host = Connection::open(&path).unwrap();
    let run = |batch: &Batch| {
        let sql = script(batch).unwrap();
        let done = host.execute_batch(&format!("BEGIN IMMEDIATE;\n{sql}\nCOMMIT;"));
        if done.is_err() {
            host.execute_batch("ROLLBACK").unwrap();
        }
        done
    };
    call(4, "customer.amend", &rename("C"));
    let before = dump(&path);
    let refused = run(&stale).unwrap_err();
    assert!(refused.to_string().contains("the_store_changed_since_the_plan"), "{refused}");
    assert_eq!(dump(&path), before);
    let fresh = planned(&session, 5, "customer.create", r#"{"name":"D"}"#);
    run(&fresh).unwrap();
    let before = dump(&path);
    assert!(run(&fresh).is_err(), "a batch runs once");
    assert_eq!(dump(&path), before);
}
