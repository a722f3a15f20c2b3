//! Stories, one operation per line: the same bytes from memory, from a SQLite file, and from the committed transcript.
//! Hosts in other languages replay them in the tests of crm-ffi.

use std::sync::Arc;

use crm_core::api::script::{Defaults, run_line};
use crm_core::engine::{Engine, state_hash, verify};
use crm_core::store::{MemoryStore, Store, TenantId};
use crm_sqlite::SqliteStore;

use crate::repository::{Scratch, expect_file, files};

/// The answers to a script, and the hash of the state that it leaves.
fn told(script: &str, store: Arc<dyn Store>) -> (String, String) {
    let defaults = Defaults::parse(r#"{"now":"2026-01-05T08:00:00Z","seed":1}"#).unwrap();
    let engine = Engine::open(store);
    let answers = (1..).zip(script.lines());
    let answers = answers.filter_map(|(number, line)| run_line(&engine, &defaults, number, line));
    let answers = answers.map(|answer| answer + "\n").collect();
    let found = verify(engine.store(), TenantId(1)).unwrap();
    assert_eq!(found.faults, []);
    assert_eq!(state_hash(engine.store(), TenantId(1)).unwrap(), found.state_hash);
    (answers, found.state_hash)
}

#[test]
fn every_scenario_answers_alike_in_every_store() {
    let scenarios = files("tests/scenarios", &[".jsonl"]);
    assert!(scenarios.len() >= 2);
    for (path, script) in scenarios {
        let folder = Scratch::new("scenario");
        let memory = told(&script, Arc::new(MemoryStore::default()));
        let sqlite = told(&script, Arc::new(SqliteStore::open(folder.path("crm.db")).unwrap()));
        assert!(memory == sqlite, "{path}: memory and SQLite answer differently");
        expect_file(&path.replace(".jsonl", ".expected"), &memory.0);
        let count = |what: &str| memory.0.lines().filter(|line| line.starts_with(what)).count();
        let (fine, refused) = (count(r#"{"ok":"#), count(r#"{"error":"#));
        assert_eq!(fine + refused, memory.0.lines().count());
        assert_eq!(count(r#"{"error":{"code":"engine."#), 0, "{path}: a fault of ours");
        println!("{path}: {fine} answers, {refused} refusals, state {}", memory.1);
    }
}
