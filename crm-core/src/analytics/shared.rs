//! Published figures that tests check against, where they are present.
#![expect(clippy::disallowed_methods, reason = "tests read files and the environment; the core does not")]
#![expect(clippy::panic, reason = "a missing file fails the test where all are required")]

use std::path::PathBuf;

/// The text of a file below `CRM_SHARED` (else `shared` beside the repository); nothing where it is absent.
///
/// With `CRM_REQUIRE=all` an absent file fails the test.
pub(super) fn text(path: &str) -> Option<String> {
    let manifest = PathBuf::from(env!("CARGO_MANIFEST_DIR"));
    let beside = manifest.ancestors().map(|folder| folder.join("shared"));
    let given = std::env::var_os("CRM_SHARED").map(PathBuf::from);
    let found = given.into_iter().chain(beside).find_map(|root| std::fs::read_to_string(root.join(path)).ok());
    let required = std::env::var("CRM_REQUIRE").is_ok_and(|what| what == "all");
    assert!(found.is_some() || !required, "{path} is required and absent");
    found
}

/// The same as JSON.
pub(super) fn json(path: &str) -> Option<serde_json::Value> {
    serde_json::from_str(&text(path)?).ok()
}
