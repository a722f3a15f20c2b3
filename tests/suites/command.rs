//! The `crm` command, built from this tree, as a stranger calls it.

use std::path::PathBuf;
use std::process::{Command, Output};
use std::sync::OnceLock;

use serde_json::Value;

use crate::repository::root;

/// The program, beside this test: built when it is first asked for.
fn program() -> &'static PathBuf {
    static PROGRAM: OnceLock<PathBuf> = OnceLock::new();
    PROGRAM.get_or_init(|| {
        let test = std::env::current_exe().unwrap();
        let profile = test.parent().unwrap().parent().unwrap();
        let mut build = Command::new(env!("CARGO"));
        // With a test of the whole workspace among the targets, the features are those of `cargo test --workspace`, which
        // has built it just now; the program by itself would be made of a second core.
        build.args(["build", "--quiet", "--offline", "--workspace", "--bin", "crm"]);
        build.args(["--test", "command"]).current_dir(root());
        build.arg("--target-dir").arg(profile.parent().unwrap());
        if profile.ends_with("release") {
            build.arg("--release");
        }
        let built = build.output().unwrap();
        assert!(built.status.success(), "{}", String::from_utf8_lossy(&built.stderr));
        profile.join("crm")
    })
}

pub fn command(args: &[&str]) -> Command {
    let mut command = Command::new(program());
    command.args(args);
    command
}

/// What a run of the command came to.
pub struct Told {
    pub exit: Option<i32>,
    pub out: String,
    pub err: String,
}

impl Told {
    pub fn of(output: &Output) -> Self {
        let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
        Self { exit: output.status.code(), out: text(&output.stdout), err: text(&output.stderr) }
    }

    /// The code of the problem document, which is all that stands on stderr.
    pub fn problem(&self) -> String {
        let document: Value = serde_json::from_str(&self.err).unwrap_or_default();
        document["code"].as_str().unwrap_or_default().to_owned()
    }

    /// What was printed, by a command that did what was asked.
    pub fn json(&self) -> Value {
        assert_eq!(self.exit, Some(0), "{}\n{}", self.out, self.err);
        serde_json::from_str(&self.out).unwrap_or_else(|e| panic!("{e}: {}", self.out))
    }
}

pub fn crm(args: &[&str]) -> Told {
    Told::of(&command(args).output().unwrap())
}
