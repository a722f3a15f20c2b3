//! Stories, one operation per line: the same bytes from memory, from a SQLite file, and from the committed transcript.
//! Hosts in other languages replay them in the tests of crm-ffi.

use std::sync::Arc;

use crm_core::api::script::{Defaults, run_line};
use crm_core::engine::{Engine, state_hash, verify};
use crm_core::store::{MemoryStore, Store, TenantId};
use crm_sqlite::SqliteStore;

use crate::repository::{Scratch, expect_file, files};

/// The answers to a script whose line `number` the engine `of(number)` runs.
fn answers(script: &str, of: impl Fn(u64) -> Engine) -> String {
    let defaults = Defaults::parse(r#"{"now":"2026-01-05T08:00:00Z","seed":1}"#).unwrap();
    let lines = (1..).zip(script.lines());
    let answers = lines.filter_map(|(number, line)| run_line(&of(number), &defaults, number, line));
    answers.map(|answer| answer + "\n").collect()
}

/// The answers to a script, and the hash of the state that it leaves.
fn told(script: &str, store: Arc<dyn Store>) -> (String, String) {
    let engine = Engine::open(store);
    let answers = answers(script, |_| engine.clone());
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

/// An engine keeps rows between calls, and guards what it takes from there; so an engine that keeps nothing, or one beside
/// which another writes, answers the same.
#[test]
fn what_an_engine_keeps_between_calls_changes_no_answer() {
    for (path, script) in files("tests/scenarios", &[".jsonl"]) {
        let keeping = told(&script, Arc::new(MemoryStore::default())).0;
        let store: Arc<dyn Store> = Arc::new(MemoryStore::default());
        let forgetful = answers(&script, |_| Engine::open(Arc::clone(&store)));
        assert!(keeping == forgetful, "{path}: an engine that keeps nothing answers otherwise");
        let store: Arc<dyn Store> = Arc::new(MemoryStore::default());
        let (one, other) = (Engine::open(Arc::clone(&store)), Engine::open(store));
        let in_turns =
            answers(
                &script,
                |number| {
                    if number / 3 % 2 == 0 { one.clone() } else { other.clone() }
                },
            );
        assert_eq!(keeping.lines().count(), in_turns.lines().count(), "{path}");
        for (number, (one, other)) in (1..).zip(keeping.lines().zip(in_turns.lines())) {
            assert!(
                one == other,
                "{path}: of two engines in turns, answer {number}\n{one}\n{other}"
            );
        }
    }
}
