//! What a review should not have to say.

use crate::repository::{files, root};

/// Longer files need a reason in their first lines: the word `long:`.
const LINES_MAX: usize = 1000;

#[test]
fn sources_are_tidy() {
    let mut faults = Vec::new();
    let marks = [["TO", "DO"].concat(), ["FIX", "ME"].concat(), ["X", "XX"].concat()];
    let machine = ["/wo", "rk/"].concat();
    for (path, text) in
        files(".", &[".rs", ".md", ".toml", ".h", ".hpp", ".cs", ".c", ".cpp", ".py", ".sh"])
    {
        let name = path.rsplit('/').next().unwrap();
        if ["utils.rs", "helpers.rs", "common.rs", "types.rs", "misc.rs"].contains(&name) {
            faults.push(format!("{path}: a function belongs to the noun it speaks about"));
        }
        for (number, line) in (1..).zip(text.lines()) {
            let mut fault = |what: &str| faults.push(format!("{path}:{number}: {what}"));
            if line.ends_with(' ') && !path.ends_with(".md") {
                fault("trailing space");
            }
            if marks.iter().any(|mark| {
                line.split(|c: char| !c.is_ascii_alphanumeric()).any(|word| word == mark)
            }) {
                fault(
                    "unfinished work is named in the closing note and where a user looks, not in a mark",
                );
            }
            if line.contains(&machine) {
                fault("a path of one machine");
            }
        }
        let lines = text.lines().count();
        if path.ends_with(".rs")
            && lines > LINES_MAX
            && !text.lines().take(5).any(|line| line.contains("long:"))
        {
            faults.push(format!("{path}: {lines} lines, and no reason"));
        }
    }
    assert!(faults.is_empty(), "{faults:#?}");
}

#[test]
fn a_concept_is_a_folder_and_says_what_it_is() {
    for (path, text) in files("crm-core/src", &["mod.rs"]) {
        assert!(text.starts_with("//! "), "{path} does not say what the module is");
    }
    assert!(root().join("crm-core/src/lib.rs").exists());
}
