//! Hosts in C++, over `crm.hpp`.

use std::path::PathBuf;
use std::process::Command;

use crate::script::check_script;
use crate::{QUICKSTART, compile, has, host, root, run, scratch};

fn example(name: &str) -> PathBuf {
    root().join("examples/cpp").join(name)
}

#[test]
fn the_quickstart_runs_and_a_script_answers_as_rust_does() {
    let dir = scratch("cpp");
    for compiler in ["g++", "clang++"].into_iter().filter(|compiler| has(compiler)) {
        for standard in ["-std=c++17", "-std=c++20"] {
            let (quickstart, script) = (dir.join("quickstart"), dir.join("run"));
            compile(compiler, &[standard], &[example("quickstart.cpp")], &quickstart);
            assert_eq!(run(&mut host(quickstart)), QUICKSTART, "{compiler} {standard}");
            compile(compiler, &[standard], &[example("run.cpp")], &script);
            check_script(host(script));
        }
    }
}

#[test]
fn what_the_header_promises_holds() {
    if !has("g++") {
        return;
    }
    let dir = scratch("cpp-checks");
    let checks = root().join("crm-ffi/tests/abi/checks.cpp");
    let other = dir.join("other.cpp");
    std::fs::write(&other, "#include \"crm.hpp\"\n#include \"crm.hpp\"\n").unwrap();
    let flags = ["-std=c++17", "-fsanitize=address,undefined", "-fno-sanitize-recover=all"];
    compile("g++", &flags, &[checks, other], &dir.join("checks"));
    assert_eq!(run(&mut host(dir.join("checks"))), "all checks hold\n");
}

#[test]
fn a_callback_that_may_throw_does_not_compile() {
    if !has("g++") {
        return;
    }
    let dir = scratch("cpp-noexcept");
    for (may_throw, qualifier) in [(true, ""), (false, "noexcept")] {
        let source = dir.join("callback.cpp");
        let text = format!(
            "#include \"crm.h\"\nstatic int32_t progress(void *, uint64_t) {qualifier} {{ return 0; }}\n\
             int main() {{ crm_call_opts opts = CRM_CALL_OPTS_INIT; opts.progress = progress; }}\n"
        );
        std::fs::write(&source, text).unwrap();
        let mut compiler = Command::new("g++");
        compiler
            .args(["-std=c++17", "-fsyntax-only", "-I"])
            .arg(root().join("include"))
            .arg(source);
        assert_eq!(compiler.output().unwrap().status.success(), !may_throw);
    }
}
