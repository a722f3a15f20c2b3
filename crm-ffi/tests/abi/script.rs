//! The scenario as Rust answers it: what every other host must print, byte for byte.

use core::sync::atomic::{AtomicU32, Ordering};
use std::process::Command;
use std::sync::Arc;

use crm_core::api::script::{Defaults, run_line};
use crm_core::engine::Engine;
use crm_core::store::MemoryStore;

use crate::{root, run, scratch};

pub(crate) const SCENARIO: &str = "tests/scenarios/first.jsonl";

/// The answers of the scenario, as the hosts print them.
pub(crate) fn transcript() -> String {
    let script = std::fs::read_to_string(root().join(SCENARIO)).unwrap();
    let defaults = Defaults::parse(r#"{"now":"2026-01-05T08:00:00Z","seed":1}"#).unwrap();
    let engine = Engine::open(Arc::new(MemoryStore::default()));
    let answers = (1..).zip(script.lines());
    let answers = answers.filter_map(|(number, line)| run_line(&engine, &defaults, number, line));
    answers.map(|answer| answer + "\n").collect()
}

/// A host answers as Rust does, on both stores.
pub(crate) fn check_script(host: Command) {
    static STORES: AtomicU32 = AtomicU32::new(0);
    let file = scratch(&format!("script-{}", STORES.fetch_add(1, Ordering::Relaxed)));
    let sqlite = format!("sqlite:{}", file.join("crm.sqlite").display());
    for uri in ["memory:", &sqlite] {
        let mut command = Command::new(host.get_program());
        command.args(host.get_args()).arg(root().join(SCENARIO)).arg(uri);
        command.envs(host.get_envs().filter_map(|(name, value)| Some((name, value?))));
        let (found, expected) = (run(&mut command), transcript());
        for (found, expected) in found.lines().zip(expected.lines()) {
            assert_eq!(found, expected, "{uri}");
        }
        assert_eq!(found.len(), expected.len(), "{uri}");
    }
}

#[test]
fn the_scenario_has_answers_and_errors() {
    let transcript = transcript();
    let count = |what: &str| transcript.lines().filter(|line| line.starts_with(what)).count();
    let (fine, refused) = (count(r#"{"ok":"#), count(r#"{"error":"#));
    assert!(fine >= 25 && refused >= 20, "{fine} answers, {refused} errors");
    assert_eq!(fine + refused, transcript.lines().count());
    assert_eq!(count(r#"{"error":{"code":"engine."#), 0, "no fault of ours:\n{transcript}");
}
