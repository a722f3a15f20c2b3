//! Which way the arrows point: a module names only what stands left of it.

use crate::repository::{files, shipped};

/// The modules of the core, leftmost first; those of one row name none of each other.
const ROWS: &[&[&str]] = &[
    &["value"],
    &["record"],
    &["decision"],
    &["machine"],
    &["access"],
    &["settings"],
    &["custom", "schedule", "document"],
    &["party", "catalog"],
    &["pricing"],
    &["pipeline"],
    &["opportunity"],
    &["lead"],
    &["campaign"],
    &["activity"],
    &["need", "promise", "pursuit"],
    &["approval"],
    &["quote"],
    &["contract"],
    &["order"],
    &["payment"],
    &["outbox"],
    &["service"],
    &["target"],
    &["scoring", "dedupe", "quality"],
    &["assignment"],
    &["flow"],
    &["automation"],
    &["segment"],
    &["export"],
    &["analytics", "audit", "import", "marketing"],
    &["undo"],
    &["store"],
    &["engine"],
    &["api"],
];

/// The one arrow against the rows, and why.
const EXCEPTIONS: &[(&str, &str, &str)] =
    &[("engine", "api", "a session finds an operation in the catalogue by its name")];

fn row(module: &str) -> usize {
    let row = ROWS.iter().position(|row| row.contains(&module));
    row.unwrap_or_else(|| panic!("module `{module}` stands in no row: say where it belongs"))
}

/// The modules that a text names as `crate::module`.
fn named(text: &str) -> impl Iterator<Item = &str> {
    text.match_indices("crate::").filter(|(at, _)| !text[..*at].ends_with('$')).filter_map(
        |(at, found)| {
            let rest = &text[at + found.len()..];
            let end =
                rest.find(|c: char| !(c.is_ascii_lowercase() || c == '_')).unwrap_or(rest.len());
            // A macro of ours (`crate::codes!`, `use crate::record;`) stands left of everything.
            let macro_name = ["codes", "text_column", "json_column"].contains(&&rest[..end]);
            (end > 0 && !macro_name).then(|| &rest[..end])
        },
    )
}

fn violations(module: &str, text: &str) -> Vec<String> {
    let allowed = |target: &str| {
        target == module
            || row(target) < row(module)
            || (target == "record" && row(module) > 0)
            || EXCEPTIONS.iter().any(|(from, to, _)| (*from, *to) == (module, target))
    };
    named(text).filter(|target| !allowed(target)).map(ToOwned::to_owned).collect()
}

#[test]
fn modules_name_only_what_stands_left_of_them() {
    let mut wrong = Vec::new();
    for (path, text) in files("crm-core/src", &[".rs"]) {
        let parts: Vec<&str> = path.split('/').skip(2).collect();
        let module = parts[0].trim_end_matches(".rs");
        if module == "lib" || path.ends_with("tests.rs") {
            continue;
        }
        let code: String = shipped(&text)
            .lines()
            .filter(|line| !line.trim_start().starts_with("//"))
            .map(|line| format!("{line}\n"))
            .collect();
        wrong.extend(
            violations(module, &code).into_iter().map(|target| format!("{path} → {target}")),
        );
    }
    assert!(wrong.is_empty(), "forbidden arrows: {wrong:#?}");
}

#[test]
fn a_forbidden_arrow_is_found() {
    assert_eq!(violations("party", "use crate::engine::Cx;"), ["engine"]);
    assert_eq!(violations("value", "use crate::record::Val;"), ["record"]);
    assert_eq!(violations("opportunity", "use crate::party::Customer;"), [""; 0]);
}

#[test]
fn the_core_depends_on_no_adapter_and_adapters_on_the_core_alone() {
    for (path, text) in files(".", &["Cargo.toml"]) {
        let ours = ["crm-sqlite", "crm-postgres", "crm-ffi", "crm-cli", "crm-store-testkit"];
        let dependencies = text.split("[dependencies]").nth(1).unwrap_or_default();
        let dependencies = dependencies.split("\n[").next().unwrap_or_default();
        let is_product = path.starts_with("crm-core") || path.starts_with("adapters");
        for name in ours.iter().filter(|_| is_product) {
            assert!(!dependencies.contains(name), "{path} depends on {name}");
        }
    }
}
