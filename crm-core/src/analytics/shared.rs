//! Published figures that tests check against, where they are present.
#![expect(
    clippy::disallowed_methods,
    reason = "tests read files and the environment; the core does not"
)]

use std::{collections::BTreeMap, path::PathBuf};

/// The text of a file below `CRM_SHARED` (else `shared` beside the repository); nothing where it is absent.
///
/// With `CRM_REQUIRE=all` an absent file fails the test.
pub(super) fn text(path: &str) -> Option<String> {
    let manifest = PathBuf::from(env!("CARGO_MANIFEST_DIR"));
    let beside = manifest.ancestors().map(|folder| folder.join("shared"));
    let given = std::env::var_os("CRM_SHARED").map(PathBuf::from);
    let found = given
        .into_iter()
        .chain(beside)
        .find_map(|root| std::fs::read_to_string(root.join(path)).ok());
    let required = std::env::var("CRM_REQUIRE").is_ok_and(|what| what == "all");
    assert!(found.is_some() || !required, "{path} is required and absent");
    found
}

/// The same as JSON.
pub(super) fn json(path: &str) -> Option<serde_json::Value> {
    serde_json::from_str(&text(path)?).ok()
}

/// A CSV file with a header as records by column.
pub(super) fn records(path: &str) -> Option<Vec<BTreeMap<String, String>>> {
    let text = text(path)?;
    let mut rows = rows(&text).into_iter();
    let header = rows.next()?;
    Some(rows.map(|row| header.iter().cloned().zip(row).collect()).collect())
}

fn rows(text: &str) -> Vec<Vec<String>> {
    let (mut rows, mut row, mut field, mut quoted) = (Vec::new(), Vec::new(), String::new(), false);
    for c in text.chars() {
        match c {
            '"' => quoted = !quoted,
            ',' if !quoted => row.push(core::mem::take(&mut field)),
            '\n' if !quoted => {
                row.push(core::mem::take(&mut field));
                rows.push(core::mem::take(&mut row));
            }
            '\r' => {}
            other => field.push(other),
        }
    }
    rows
}

/// An object's members, or an array's pairs, the largest number first.
pub(super) fn pairs(value: &serde_json::Value) -> Vec<(String, serde_json::Value)> {
    let members = value.as_object().into_iter().flatten();
    let mut pairs: Vec<_> = members.map(|(key, value)| (key.clone(), value.clone())).collect();
    let number = |value: &serde_json::Value| {
        value.as_str().and_then(|text| text.parse::<rust_decimal::Decimal>().ok())
    };
    pairs.sort_by_key(|(_, value)| core::cmp::Reverse(number(value)));
    pairs
}
