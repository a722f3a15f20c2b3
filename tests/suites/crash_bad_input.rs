//! What can be wrong with a store, through the door that people use: each has a code of its own on stderr and exit code 1,
//! and what was committed is still there when the fault is gone.

use std::fs::File;
use std::process::{Child, Command};

use rusqlite::Connection;
use serde_json::json;

use crate::command::{Told, command, crm};
use crate::repository::{Scratch, required};

/// A store with some customers; its URI.
fn store(folder: &Scratch) -> String {
    let uri = format!("sqlite:{}", folder.path("crm.db").display());
    for name in ["Ada Ltd", "上海精密"] {
        let request = json!({"name": name, "note": "x".repeat(3000)}).to_string();
        crm(&["call", "--store", &uri, "customer.create", &request]).json();
    }
    uri
}

fn sql(folder: &Scratch, sql: &str) {
    Connection::open(folder.path("crm.db")).unwrap().execute_batch(sql).unwrap();
}

fn customers(uri: &str) -> usize {
    crm(&["call", "--store", uri, "customer.list"]).json()["rows"].as_array().unwrap().len()
}

/// Nothing is said but the problem, under its code, with exit code 1.
fn refused(args: &[&str], code: &str) {
    let told = crm(args);
    assert_eq!((told.exit, &*told.problem()), (Some(1), code), "{args:?}: {}", told.err);
    assert_eq!(told.out, "", "{args:?}");
}

const CREATE: &str = r#"{"name":"Another"}"#;

#[test]
fn a_newer_schema_is_read_or_refused_and_never_written() {
    let folder = Scratch::new("newer");
    let uri = store(&folder);
    let create = ["call", "--store", &uri, "customer.create", CREATE];
    sql(&folder, "UPDATE crm_schema SET version = 99, min_writer = 99 WHERE component = 'core'");
    assert_eq!(customers(&uri), 2, "an older reader may read");
    refused(&create, "store.schema");
    sql(&folder, "UPDATE crm_schema SET min_reader = 99 WHERE component = 'core'");
    refused(&create, "store.schema");
    refused(&["verify", "--store", &uri], "store.schema");
    sql(
        &folder,
        "UPDATE crm_schema SET version = 1, min_writer = 1, min_reader = 1 WHERE component = 'core'",
    );
    crm(&create).json();
    assert_eq!(customers(&uri), 3);
}

#[test]
fn a_damaged_file_is_corrupt() {
    let folder = Scratch::new("damaged");
    let uri = store(&folder);
    let file = folder.path("crm.db");
    let whole = std::fs::read(&file).unwrap();
    std::fs::write(&file, b"once upon a time, there was no database here ".repeat(200)).unwrap();
    refused(&["call", "--store", &uri, "customer.list"], "store.corrupt");
    refused(&["verify", "--store", &uri], "store.corrupt");
    // Page after page of noise: whatever is asked, an answer or a problem, never a crash; `verify` sees most of it.
    let (mut seen, pages) = (0, whole.len() / 4096);
    let every = (pages / 40).max(1);
    let mut tried = 0;
    for page in (1..pages).step_by(every) {
        let mut damaged = whole.clone();
        damaged[page * 4096..page * 4096 + 64].fill(0xA5);
        std::fs::write(&file, damaged).unwrap();
        let told = crm(&["verify", "--store", &uri]);
        let code = told.problem();
        match told.exit {
            Some(0) => {}
            Some(1) => {
                assert!(["store.corrupt", "store.unsound"].contains(&&*code), "{}", told.err)
            }
            other => panic!("page {page}: {other:?} {}", told.err),
        }
        seen += usize::from(told.exit == Some(1));
        tried += 1;
    }
    println!("{seen} of {tried} damaged pages seen");
    assert!(seen * 10 >= tried * 8, "{seen} of {tried} damaged pages seen");
    std::fs::write(&file, whole).unwrap();
    assert_eq!(customers(&uri), 2);
}

#[test]
fn a_place_that_cannot_be_written_is_unavailable() {
    let folder = Scratch::new("place");
    let uri = store(&folder);
    for place in ["sqlite:/no/such/folder/crm.db", "sqlite:/proc/crm.db"] {
        refused(&["call", "--store", place, "settings.get"], "store.unavailable");
    }
    let file = folder.path("a_folder");
    std::fs::create_dir(&file).unwrap();
    refused(
        &["call", "--store", &format!("sqlite:{}", file.display()), "settings.get"],
        "store.unavailable",
    );
    // Root may write anywhere but onto a file system that is mounted for reading.
    let script = r#"set -u; mount --bind "$1" "$1" && mount -o remount,ro,bind "$1"
        "$2" call --store "$3" customer.create '{"name":"Another"}'; echo $?"#;
    let Some(told) = mounted(script, &folder, &uri) else { return };
    assert_eq!((told.out.trim(), &*told.problem()), ("1", "store.unavailable"), "{}", told.err);
    assert_eq!(customers(&uri), 2);
}

#[test]
fn a_full_disk_is_full_and_nothing_is_lost() {
    let folder = Scratch::new("full");
    let request = json!({"name": "Big", "note": "x".repeat(4000)});
    let line = json!({"op": "customer.create", "request": request}).to_string() + "\n";
    std::fs::write(folder.path("big.jsonl"), line.repeat(200)).unwrap();
    // A disk of eight megabytes of which something else takes four, and goes in the end. The first problem is written to
    // that disk: it gets lost there, the exit code does not.
    let script = r#"set -u; exec 3< "$1/big.jsonl"; mount -t tmpfs -o size=8192k none "$1" || exit 9; cd "$1"
        head -c 4000000 /dev/zero > ballast; uri="sqlite:$1/crm.db"
        "$2" run --store "$uri" - <&3 2> problem
        echo "exit $?"; rm ballast
        "$2" call --store "$uri" customer.list '{"limit":1000}'
        "$2" call --store "$uri" customer.create '{"name":"Another"}'
        "$2" verify --store "$uri" --format csv; echo "exit $?""#;
    let Some(told) = mounted(script, &folder, "") else { return };
    let lines: Vec<&str> = told.out.lines().collect();
    let count = |what: &str| lines.iter().take(200).filter(|line| line.contains(what)).count();
    let (fine, full) = (count(r#"{"ok""#), count(r#""code":"store.full""#));
    assert!(fine > 0 && full > 0 && fine + full == 200, "{fine} {full}\n{}", told.err);
    println!("{fine} stored before the disk was full");
    assert_eq!((lines[200], &*told.err), ("exit 1", ""));
    let listed: serde_json::Value = serde_json::from_str(lines[201]).unwrap();
    assert_eq!(listed["rows"].as_array().unwrap().len(), fine);
    assert!(lines[202].starts_with(r#"{"id""#), "with room again it goes on: {}", lines[202]);
    assert_eq!(lines.last(), Some(&"exit 0"), "{}", told.out);
}

/// Runs a shell script with mounts of its own: the folder is `$1`, the command `$2`, a store `$3`. Nothing where this
/// machine has no such mounts, which is a failure with `CRM_REQUIRE=all`.
fn mounted(script: &str, folder: &Scratch, uri: &str) -> Option<Told> {
    let shell = |script: &str| {
        let mut shell = Command::new("unshare");
        shell.args(["--map-root-user", "--mount", "sh", "-c", script, "sh"]);
        shell.arg(folder.path("")).arg(command(&[]).get_program()).arg(uri);
        shell.output()
    };
    let can = shell("mount -t tmpfs -o size=100k none /tmp").is_ok_and(|run| run.status.success());
    assert!(can || !required(), "there are no mounts of one's own, and CRM_REQUIRE=all");
    if !can {
        println!("skipped: there are no mounts of one's own");
        return None;
    }
    Some(Told::of(&shell(script).unwrap()))
}

/// Children that are killed where the test fails.
struct Writers(Vec<Child>);

impl Drop for Writers {
    fn drop(&mut self) {
        for child in &mut self.0 {
            _ = child.kill();
            _ = child.wait();
        }
    }
}

#[test]
fn two_processes_write_and_a_third_verifies() {
    let folder = Scratch::new("two");
    let uri = store(&folder);
    let mut writers = Writers(Vec::new());
    for writer in 0..2 {
        let script: String = (0..60)
            .map(|n| {
                format!(
                    "{{\"op\":\"customer.create\",\"request\":{{\"name\":\"W{writer}-{n}\"}}}}\n"
                )
            })
            .collect();
        let path = folder.path(&format!("{writer}.jsonl"));
        std::fs::write(&path, script).unwrap();
        let mut run = command(&["run", "--store", &uri]);
        let told = File::create(folder.path(&format!("{writer}.told"))).unwrap();
        run.arg(path).stdout(told.try_clone().unwrap()).stderr(told);
        writers.0.push(run.spawn().unwrap());
    }
    let mut verified = 0;
    while writers.0.iter_mut().any(|writer| writer.try_wait().unwrap().is_none()) {
        let told = crm(&["verify", "--store", &uri]);
        assert_eq!(told.exit, Some(0), "{}{}", told.out, told.err);
        verified += 1;
    }
    for (n, writer) in writers.0.iter_mut().enumerate() {
        let told = std::fs::read_to_string(folder.path(&format!("{n}.told"))).unwrap();
        assert_eq!(writer.wait().unwrap().code(), Some(0), "{told}");
    }
    println!("{verified} checks beside two writers");
    let found = crm(&["verify", "--store", &uri, "--format", "json"]).json();
    assert_eq!(found["records"]["customer"], 122);
    assert_eq!(found["faults"], json!([]));
}
