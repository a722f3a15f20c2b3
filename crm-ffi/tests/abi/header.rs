//! `include/crm.h` is what cbindgen makes of the sources, and documents every function.

use std::collections::BTreeSet;
use std::process::Command;

use crate::{has, root, run, scratch};

/// The version that made the committed header.
const CBINDGEN: &str = "cbindgen 0.29.4";

fn committed() -> String {
    std::fs::read_to_string(root().join("include/crm.h")).unwrap()
}

#[test]
fn the_header_is_what_cbindgen_makes_of_the_sources() {
    if !has("cbindgen") {
        return;
    }
    let version = run(Command::new("cbindgen").arg("--version"));
    if version.trim() != CBINDGEN {
        println!("skipped: the header is made by {CBINDGEN}, here is {version}");
        return;
    }
    let made = scratch("header").join("crm.h");
    run(Command::new("cbindgen")
        .current_dir(root())
        .args(["--quiet", "--config", "crm-ffi/cbindgen.toml", "--output"])
        .arg(&made)
        .arg("crm-ffi"));
    let made = std::fs::read_to_string(made).unwrap();
    let command = "cbindgen --config crm-ffi/cbindgen.toml --output include/crm.h crm-ffi";
    assert!(made == committed(), "include/crm.h is out of date: {command}");
}

/// The functions: comment, name, parameters.
fn functions(header: &str) -> Vec<(String, String, Vec<String>)> {
    let mut functions = Vec::new();
    let mut comment = String::new();
    let mut lines = header.lines();
    while let Some(line) = lines.next() {
        if let Some(text) = line.strip_prefix("//") {
            comment.push_str(text);
            continue;
        }
        if line.starts_with("CRM_API") {
            let mut declaration = line.to_owned();
            while !declaration.ends_with(';') {
                declaration = declaration + " " + lines.next().unwrap().trim();
            }
            let (head, parameters) = declaration.split_once('(').unwrap();
            let name = head.rsplit([' ', '*']).next().unwrap().to_owned();
            let parameters = parameters.trim_end_matches(");").split(',');
            let last = |parameter: &str| parameter.rsplit([' ', '*']).next().unwrap().to_owned();
            let parameters = parameters.filter(|p| *p != "void").map(last).collect();
            functions.push((core::mem::take(&mut comment), name, parameters));
        }
        comment.clear();
    }
    functions
}

#[test]
fn every_function_is_documented_with_parameters_threads_failures_and_history() {
    let header = committed();
    let functions = functions(&header);
    for (comment, name, parameters) in &functions {
        for wanted in ["hreads", "history: unstable since 0."] {
            assert!(comment.contains(wanted), "{name}: no `{wanted}` in {comment}");
        }
        assert!(
            comment.contains("Fails:")
                || comment.contains("ailures:")
                || comment.contains("CRM_OK"),
            "{name} does not say how it fails"
        );
        for parameter in parameters {
            let documented = comment.contains(&format!("`{parameter}`: "));
            let elsewhere = comment.contains("Parameters, threads and failures: as of `crm_call`");
            assert!(documented || elsewhere, "{name}: `{parameter}` is not documented");
        }
    }
    let symbols = std::fs::read_to_string(root().join("abi/symbols.txt")).unwrap();
    let declared: BTreeSet<_> = functions.iter().map(|(_, name, _)| name.as_str()).collect();
    assert_eq!(declared, symbols.lines().collect(), "the header declares what the library exports");
}
