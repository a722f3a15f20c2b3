//! Hosts in C#, over the package, on Mono.

use std::path::{Path, PathBuf};
use std::process::Command;

use crate::script::{SCENARIO, check_script};
use crate::{has, host, root, run, scratch};

fn sources(folder: &str) -> Vec<PathBuf> {
    let folder = root().join(folder);
    let mut sources: Vec<_> = std::fs::read_dir(&folder)
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .filter(|path| path.extension().is_some_and(|extension| extension == "cs"))
        .collect();
    sources.sort();
    sources
}

fn compile(flags: &[String], sources: &[PathBuf]) {
    run(Command::new("mcs").arg("-warnaserror+").args(flags).args(sources));
}

fn mono(program: &Path) -> Command {
    let mut mono = host("mono");
    mono.arg(program);
    mono
}

fn has_mono() -> bool {
    has("mcs") && has("mono")
}

#[test]
fn the_quickstart_runs_and_a_script_answers_as_rust_does() {
    if !has_mono() {
        return;
    }
    let dir = scratch("csharp");
    let package = dir.join("Crm.dll");
    let documented = format!("-doc:{}", dir.join("Crm.xml").display());
    let out = |path: &Path| format!("-out:{}", path.display());
    compile(
        &["-target:library".into(), documented, out(&package)],
        &sources("bindings/dotnet/Crm"),
    );
    let compiled = |name: &str| {
        let program = dir.join(name).with_extension("exe");
        let source = root().join("examples/csharp").join(name).with_extension("cs");
        compile(&[format!("-r:{}", package.display()), out(&program)], &[source]);
        program
    };
    let expected = "created, version 1\nAda Ltd, 北区, active\n\
                    CRM_E_REFUSED name: text.empty (at least one visible character)\nleft over: 0\n";
    assert_eq!(run(&mut mono(&compiled("Quickstart"))), expected);
    check_script(mono(&compiled("Run")));
}

#[test]
fn what_the_package_promises_holds() {
    if !has_mono() {
        return;
    }
    let program = scratch("csharp-checks").join("Checks.exe");
    let mut all = sources("bindings/dotnet/Crm");
    all.extend(sources("bindings/dotnet/Tests"));
    compile(&[format!("-out:{}", program.display())], &all);
    let printed = run(mono(&program).arg(root().join(SCENARIO)));
    assert!(
        printed.lines().count() >= 14 && printed.lines().all(|l| l.starts_with("ok ")),
        "{printed}"
    );
}
