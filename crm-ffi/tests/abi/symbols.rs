//! The library exports what is committed, and nothing else.

use std::process::Command;

use crate::{has, library_dir, root, run};

/// Symbols that version 1.0 may have at most.
const SYMBOLS_MAX: usize = 48;

#[test]
fn the_library_exports_the_committed_symbols_and_no_other() {
    let library = library_dir().join("libcrm.so");
    if !cfg!(target_os = "linux") || !has("nm") {
        return;
    }
    let listed = run(Command::new("nm").args(["-D", "--defined-only"]).arg(library));
    let mut exported: Vec<_> =
        listed.lines().filter_map(|line| line.split_whitespace().nth(2)).collect();
    exported.sort_unstable();
    let committed = std::fs::read_to_string(root().join("abi/symbols.txt")).unwrap();
    assert_eq!(exported, committed.lines().collect::<Vec<_>>());
    assert!(exported.len() <= SYMBOLS_MAX, "{} symbols", exported.len());
    assert!(exported.iter().all(|symbol| symbol.starts_with("crm_")));
    println!("{} symbols", exported.len());
}
