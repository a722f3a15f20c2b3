//! Hosts in C.

use core::ptr;
use std::path::PathBuf;
use std::process::Command;

use crm::buffer::{Buf, crm_buf_free};
use crm::describe::crm_describe;

use crate::script::{SCENARIO, check_script};
use crate::{QUICKSTART, compile, has, host, library_dir, root, run, scratch};

const STANDARDS: [&str; 3] = ["-std=c99", "-std=c11", "-std=c17"];
const CPP_STANDARDS: [&str; 4] = ["-std=c++11", "-std=c++14", "-std=c++17", "-std=c++20"];

fn example(name: &str) -> PathBuf {
    root().join("examples/c").join(name)
}

/// A second translation unit with the header, twice.
const OTHER: &str = r#"#include "crm.h"
#include "crm.h"
crm_status other(crm_session session, crm_buf *out);
crm_status other(crm_session session, crm_buf *out) {
  crm_call_opts opts = CRM_CALL_OPTS_INIT;
  opts.key = crm_zstr("key");
  return crm_call(session, crm_zstr("customer.create"), crm_zstr("{}"), &opts, out, NULL);
}
"#;

#[test]
fn the_quickstart_runs_under_every_standard_without_a_warning() {
    let dir = scratch("c");
    let other = dir.join("other.c");
    std::fs::write(&other, OTHER).unwrap();
    let sources = [example("quickstart.c"), other];
    for compiler in ["cc", "gcc", "clang"].into_iter().filter(|compiler| has(compiler)) {
        for standard in STANDARDS {
            let program = dir.join("quickstart");
            compile(compiler, &[standard], &sources, &program);
            assert_eq!(run(&mut host(program)), QUICKSTART, "{compiler} {standard}");
        }
    }
    for compiler in ["g++", "clang++"].into_iter().filter(|compiler| has(compiler)) {
        for standard in CPP_STANDARDS {
            let program = dir.join("quickstart-as-cpp");
            compile(compiler, &[standard, "-x", "c++"], &sources, &program);
            assert_eq!(run(&mut host(program)), QUICKSTART, "{compiler} {standard}");
        }
    }
}

#[test]
fn the_quickstart_runs_with_the_static_library() {
    let program = scratch("c-static").join("quickstart");
    run(Command::new("cc")
        .arg("-I")
        .arg(root().join("include"))
        .arg(example("quickstart.c"))
        .arg(library_dir().join("libcrm.a"))
        .args(["-lpthread", "-ldl", "-lm", "-lrt", "-o"])
        .arg(&program));
    assert_eq!(run(&mut host(program)), QUICKSTART);
}

/// What the ERP in C prints: the first order is kept 7 of 10 presses for; the second finds 3 left and changes nothing,
/// until the first is called off.
const ERP: &str = "first: confirmed
after the first: 10 on hand, 7 of them reserved
refused: CHECK constraint failed: not_enough
second: short
after the second: 10 on hand, 7 of them reserved
second: confirmed
in the end: 10 on hand, 4 of them reserved
";

#[test]
fn an_erp_in_c_reserves_in_the_transaction_that_confirms() {
    let header = PathBuf::from("/usr/include/sqlite3.h").exists();
    let required = std::env::var("CRM_REQUIRE").is_ok_and(|what| what == "all");
    assert!(header || !required, "sqlite3.h is missing, and CRM_REQUIRE=all");
    if !header {
        return println!("skipped: there is no sqlite3.h");
    }
    let dir = scratch("c-erp");
    let program = dir.join("erp");
    run(Command::new("cc")
        .args(["-std=c99", "-Wall", "-Wextra", "-Wpedantic", "-Werror", "-g", "-I"])
        .arg(root().join("include"))
        .arg(example("erp.c"))
        .arg(library_dir().join("libcrm.a"))
        .args(["-lpthread", "-ldl", "-lm", "-lrt", "-o"])
        .arg(&program));
    assert_eq!(run(host(program).arg(dir.join("crm.db"))), ERP);
}

#[test]
fn a_script_in_c_answers_as_rust_does() {
    let program = scratch("c-run").join("run");
    compile("cc", &["-std=c99"], &[example("run.c")], &program);
    check_script(host(program));
}

#[test]
fn layouts_are_the_same_in_c() {
    let mut out = Buf { data: ptr::null(), len: 0, _owner: ptr::null_mut() };
    #[expect(unsafe_code, reason = "a host calls")]
    // SAFETY: a pointer to a local; `data` has `len` bytes until it is freed.
    let described: serde_json::Value = unsafe {
        assert_eq!(crm_describe(&mut out, ptr::null_mut()), 0);
        let json = serde_json::from_slice(core::slice::from_raw_parts(out.data, out.len)).unwrap();
        crm_buf_free(&mut out);
        json
    };
    let mut asserts = String::from("#include \"crm.h\"\nint main(void) { return 0; }\n");
    let mut fields = 0;
    for (name, layout) in described["abi"]["structs"].as_object().unwrap() {
        asserts += &format!("_Static_assert(sizeof({name}) == {}, \"size\");\n", layout["size"]);
        asserts +=
            &format!("_Static_assert(_Alignof({name}) == {}, \"align\");\n", layout["align"]);
        for (field, offset) in layout["fields"].as_object().unwrap() {
            let text = "_Static_assert(offsetof(";
            asserts += &format!("{text}{name}, {field}) == {offset}, \"{name}.{field}\");\n");
            fields += 1;
        }
    }
    assert_eq!(fields, 20, "{asserts}");
    let dir = scratch("layout");
    let source = dir.join("layout.c");
    std::fs::write(&source, asserts).unwrap();
    compile("cc", &["-std=c11"], &[source], &dir.join("layout"));
}

#[test]
fn sanitizers_find_nothing_in_the_c_hosts() {
    let dir = scratch("asan");
    let flags = ["-std=c11", "-fsanitize=address,undefined", "-fno-sanitize-recover=all"];
    let probe = dir.join("probe.c");
    std::fs::write(&probe, "int main(void) { return 0; }\n").unwrap();
    let works =
        Command::new("cc").args(flags).arg(&probe).arg("-o").arg(dir.join("probe")).output();
    if !works.is_ok_and(|run| run.status.success()) {
        println!("skipped: cc has no sanitizers");
        return;
    }
    for (source, arguments) in [("quickstart.c", None), ("run.c", Some(root().join(SCENARIO)))] {
        let program = dir.join(source.trim_end_matches(".c"));
        compile("cc", &flags, &[example(source)], &program);
        if has("nm") {
            let symbols = run(Command::new("nm").arg(&program));
            assert!(symbols.contains("__asan_init"), "the sanitizer is really in it");
        }
        run(host(&program).args(arguments));
    }
}

#[test]
fn the_sanitizer_sees_what_the_library_frees() {
    let dir = scratch("asan-control");
    let source = dir.join("control.c");
    let text = r#"#include "crm.h"
int main(void) {
  crm_buf buf;
  const uint8_t *kept;
  if (crm_describe(&buf, NULL)) return 0;
  kept = buf.data;
  crm_buf_free(&buf);
  return kept[0] == '{' ? 0 : 1;
}
"#;
    std::fs::write(&source, text).unwrap();
    let program = dir.join("control");
    let flags = ["-std=c11", "-fsanitize=address"];
    let linked = Command::new("cc")
        .args(flags)
        .arg("-I")
        .arg(root().join("include"))
        .arg(&source)
        .arg("-L")
        .arg(library_dir())
        .arg(format!("-Wl,-rpath,{}", library_dir().display()))
        .args(["-lcrm", "-o"])
        .arg(&program)
        .output();
    if !linked.is_ok_and(|run| run.status.success()) {
        println!("skipped: cc has no sanitizers");
        return;
    }
    let output = host(program).output().unwrap();
    let errors = String::from_utf8_lossy(&output.stderr);
    assert!(errors.contains("heap-use-after-free"), "the control must be caught: {errors}");
}

#[test]
fn valgrind_finds_nothing_in_the_c_hosts() {
    if !has("valgrind") {
        return;
    }
    let dir = scratch("valgrind");
    for (source, arguments) in [("quickstart.c", None), ("run.c", Some(root().join(SCENARIO)))] {
        let program = dir.join(source.trim_end_matches(".c"));
        compile("cc", &["-std=c99"], &[example(source)], &program);
        run(host("valgrind")
            .args(["--quiet", "--leak-check=full", "--errors-for-leak-kinds=definite,indirect"])
            .arg("--error-exitcode=9")
            .arg(program)
            .args(arguments));
    }
}
