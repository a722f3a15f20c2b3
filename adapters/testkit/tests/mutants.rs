//! The kit rejects every store that is wrong in one thing, and accepts the same store with nothing wrong.

use crm_store_testkit::mutants::{Bug, killer, target};

#[test]
fn every_mutant_is_killed() {
    assert_eq!(killer(&target(Bug::Nothing)), None, "the wrapper itself keeps the contract");
    let mut alive = Vec::new();
    let mutants = &Bug::ALL[1..];
    for bug in mutants {
        match killer(&target(*bug)) {
            Some(by) => println!("{bug:?}: {by}"),
            None => alive.push(bug),
        }
    }
    println!("killed {}/{}", mutants.len() - alive.len(), mutants.len());
    assert!(alive.is_empty(), "not killed: {alive:?}");
}
