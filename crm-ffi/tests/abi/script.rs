//! Every scenario as Rust answers it: what every other host must print, byte for byte.

use core::sync::atomic::{AtomicU32, Ordering};
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::Arc;

use crm_core::api::script::{Defaults, run_line};
use crm_core::engine::Engine;
use crm_core::store::MemoryStore;

use crate::{root, run, scratch};

pub(crate) const SCENARIO: &str = "tests/scenarios/first.jsonl";

/// Every scenario there is.
fn scenarios() -> Vec<PathBuf> {
    let folder = std::fs::read_dir(root().join("tests/scenarios")).unwrap();
    let mut paths: Vec<PathBuf> = folder.map(|entry| entry.unwrap().path()).collect();
    paths.retain(|path| path.extension().is_some_and(|ending| ending == "jsonl"));
    paths.sort();
    assert!(paths.contains(&root().join(SCENARIO)) && paths.len() >= 2, "{paths:?}");
    paths
}

/// The answers of a scenario, as the hosts print them.
fn transcript(scenario: &Path) -> String {
    let script = std::fs::read_to_string(scenario).unwrap();
    let defaults = Defaults::parse(r#"{"now":"2026-01-05T08:00:00Z","seed":1}"#).unwrap();
    let engine = Engine::open(Arc::new(MemoryStore::default()));
    let answers = (1..).zip(script.lines());
    let answers = answers.filter_map(|(number, line)| run_line(&engine, &defaults, number, line));
    answers.map(|answer| answer + "\n").collect()
}

/// A host answers as Rust does, on both stores, whatever the scenario.
pub(crate) fn check_script(host: Command) {
    static STORES: AtomicU32 = AtomicU32::new(0);
    for scenario in scenarios() {
        let expected = transcript(&scenario);
        let folder = scratch(&format!("script-{}", STORES.fetch_add(1, Ordering::Relaxed)));
        let sqlite = format!("sqlite:{}", folder.join("crm.sqlite").display());
        for uri in ["memory:", &sqlite] {
            let mut command = Command::new(host.get_program());
            command.args(host.get_args()).arg(&scenario).arg(uri);
            command.envs(host.get_envs().filter_map(|(name, value)| Some((name, value?))));
            let found = run(&mut command);
            for (found, expected) in found.lines().zip(expected.lines()) {
                assert_eq!(found, expected, "{}: {uri}", scenario.display());
            }
            assert_eq!(found.len(), expected.len(), "{}: {uri}", scenario.display());
        }
    }
}

#[test]
fn the_scenario_has_answers_and_errors() {
    let transcript = transcript(&root().join(SCENARIO));
    let count = |what: &str| transcript.lines().filter(|line| line.starts_with(what)).count();
    let (fine, refused) = (count(r#"{"ok":"#), count(r#"{"error":"#));
    assert!(fine >= 25 && refused >= 20, "{fine} answers, {refused} errors");
    assert_eq!(fine + refused, transcript.lines().count());
    assert_eq!(count(r#"{"error":{"code":"engine."#), 0, "no fault of ours:\n{transcript}");
}
