//! Every rule in docs/rules.md is made by one function and proven by a test, and both exist.

use std::collections::{BTreeMap, BTreeSet};

use crate::repository::{files, root};

struct Rule {
    id: String,
    function: String,
    test: String,
}

fn rules() -> Vec<Rule> {
    let text = std::fs::read_to_string(root().join("docs/rules.md")).unwrap();
    let rows = text.lines().filter(|line| {
        line.starts_with("| ") && !line.starts_with("| id") && !line.starts_with("| -")
    });
    rows.map(|row| {
        let cells: Vec<&str> = row.trim_matches('|').split(" | ").map(str::trim).collect();
        assert_eq!(cells.len(), 5, "a rule has id, sentence, source, function, test: {row}");
        let plain = |cell: &str| cell.trim_matches('`').to_owned();
        Rule { id: cells[0].to_owned(), function: plain(cells[3]), test: plain(cells[4]) }
    })
    .collect()
}

#[test]
fn every_rule_has_one_function_and_a_test() {
    let sources = files("crm-core/src", &[".rs"]);
    let mut named: BTreeMap<&str, Vec<&str>> = BTreeMap::new();
    for (path, text) in &sources {
        for (at, _) in text.match_indices("Rule ") {
            let rest = &text[at + 5..];
            let end =
                rest.find(|c: char| !(c.is_ascii_uppercase() || c.is_ascii_digit() || c == '-'));
            let id = &rest[..end.unwrap_or(rest.len())];
            if id.contains('-') && id.ends_with(|c: char| c.is_ascii_digit()) {
                named.entry(id).or_default().push(path);
            }
        }
    }
    let all: String = files(".", &[".rs"]).into_iter().map(|(_, text)| text).collect();
    let mut faults = Vec::new();
    let mut seen = BTreeSet::new();
    for rule in rules() {
        if !seen.insert(rule.id.clone()) {
            faults.push(format!("{} stands twice", rule.id));
        }
        match named.remove(rule.id.as_str()).as_deref() {
            Some([_]) => {}
            other => faults.push(format!("{} is named by {other:?}, not by one function", rule.id)),
        }
        for name in [&rule.function, &rule.test] {
            let last = name.rsplit("::").next().unwrap();
            if !all.contains(&format!("fn {last}(")) && !all.contains(&format!("fn {last}<")) {
                faults.push(format!("{}: there is no function `{name}`", rule.id));
            }
        }
    }
    faults.extend(named.into_keys().map(|id| format!("{id} is not in docs/rules.md")));
    assert!(faults.is_empty(), "{faults:#?}");
}
