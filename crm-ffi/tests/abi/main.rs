//! The ABI from outside: header, symbols, and hosts in C, C++ and C# that are compiled and run.
//!
//! Only Rust and a C compiler are needed. What other tools are missing is skipped, and said; with `CRM_REQUIRE=all` it is a
//! failure.

#![expect(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a test may fail by panicking"
)]

mod c;
mod cpp;
mod csharp;
mod docs;
mod header;
mod script;
mod symbols;

use std::path::{Path, PathBuf};
use std::process::Command;

/// The root of the repository.
fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR")).parent().unwrap()
}

/// Where cargo put `libcrm.so` and `libcrm.a` of this very build: beside this test.
fn library_dir() -> PathBuf {
    std::env::current_exe().unwrap().parent().unwrap().to_owned()
}

/// An empty folder of a test's own.
fn scratch(name: &str) -> PathBuf {
    let dir = Path::new(env!("CARGO_TARGET_TMPDIR")).join(name);
    _ = std::fs::remove_dir_all(&dir);
    std::fs::create_dir_all(&dir).unwrap();
    dir
}

/// Whether a tool is there.
fn has(tool: &str) -> bool {
    let found = Command::new(tool).arg("--version").output().is_ok_and(|run| run.status.success());
    let required = std::env::var("CRM_REQUIRE").is_ok_and(|what| what == "all");
    assert!(found || !required, "{tool} is missing, and CRM_REQUIRE=all");
    if !found {
        println!("skipped: there is no {tool}");
    }
    found
}

/// Runs a command to its end, and gives what it printed.
fn run(command: &mut Command) -> String {
    let output = command.output().unwrap_or_else(|e| panic!("{command:?}: {e}"));
    let text = String::from_utf8_lossy(&output.stdout).into_owned();
    let errors = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{command:?}: {}\n{text}{errors}", output.status);
    text
}

/// A program that loads the library of this build, whatever cargo left elsewhere.
fn host(program: impl AsRef<std::ffi::OsStr>) -> Command {
    let mut host = Command::new(program);
    host.env("LD_LIBRARY_PATH", library_dir());
    host
}

/// Compiles sources against the shared library.
fn compile(compiler: &str, flags: &[&str], sources: &[PathBuf], program: &Path) {
    let dir = library_dir();
    run(Command::new(compiler)
        .args(["-Wall", "-Wextra", "-Wpedantic", "-Werror", "-g"])
        .args(flags)
        .arg("-I")
        .arg(root().join("include"))
        .args(sources)
        .args(["-x", "none", "-L"])
        .arg(&dir)
        .arg(format!("-Wl,-rpath,{}", dir.display()))
        .args(["-lcrm", "-o"])
        .arg(program));
}

/// What every quickstart in C and C++ prints.
const QUICKSTART: &str = r#"created {"id":"01890000-0000-7000-8000-000000000001","version":1}
it has all its fields
refused: CRM_E_REFUSED {"code":"text.empty","status":2000,"message":"text.empty (1 in all)","violations":[{"code":"text.empty","path":"name","value":"","limit":"at least one visible character"}],"retry":false}
left over: 0
"#;
