//! The command as a stranger meets it: arguments in, bytes and exit codes out.

use std::path::PathBuf;
use std::process::{Command, Output};

/// A folder of its own for each test, removed at the end.
struct Folder(PathBuf);

impl Folder {
    fn new(name: &str) -> Self {
        let path = std::env::temp_dir().join(format!("crm-test-{name}-{}", std::process::id()));
        std::fs::create_dir_all(&path).unwrap();
        Self(path)
    }

    fn file(&self, name: &str, text: &str) -> String {
        let path = self.0.join(name);
        std::fs::write(&path, text).unwrap();
        path.display().to_string()
    }

    fn read(&self, name: &str) -> String {
        std::fs::read_to_string(self.0.join(name)).unwrap()
    }

    fn path(&self, name: &str) -> String {
        self.0.join(name).display().to_string()
    }

    fn store(&self) -> String {
        format!("sqlite:{}", self.path("crm.db"))
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        drop(std::fs::remove_dir_all(&self.0));
    }
}

fn crm(args: &[&str]) -> Output {
    Command::new(env!("CARGO_BIN_EXE_crm")).args(args).output().unwrap()
}

/// Exit code, stdout, and the code of the problem document on stderr.
fn told(output: &Output) -> (i32, String, String) {
    let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
    let problem: Option<serde_json::Value> = serde_json::from_slice(&output.stderr).ok();
    let code = problem.and_then(|problem| problem["code"].as_str().map(str::to_owned));
    (output.status.code().unwrap(), text(&output.stdout), code.unwrap_or_default())
}

#[test]
fn exit_codes_are_kept() {
    let table: [(&str, &[&str], i32, &str); 6] = [
        ("done", &["schema", "customer.create"], 0, ""),
        (
            "an unknown operation",
            &["call", "--store", "memory:", "no.such"],
            1,
            "request.operation_unknown",
        ),
        (
            "a refusal",
            &["call", "--store", "memory:", "customer.create", r#"{"name":""}"#],
            1,
            "text.empty",
        ),
        ("an unknown command", &["sell"], 2, ""),
        ("no store", &["verify"], 2, ""),
        ("a store that is none", &["verify", "--store", "paper:"], 2, ""),
    ];
    for (rule, args, code, problem) in table {
        let (exit, _, found) = told(&crm(args));
        assert_eq!((exit, found.as_str()), (code, problem), "{rule}");
    }
}

#[test]
fn a_script_gives_the_same_bytes_each_time() {
    let folder = Folder::new("script");
    let script = folder.file(
        "script.jsonl",
        "{\"op\":\"customer.create\",\"request\":{\"name\":\"甲\"}}\n\
         {\"op\":\"customer.create\",\"request\":{\"name\":\"乙\"},\"now\":\"2026-02-01T00:00:00Z\"}\n\
         {\"op\":\"customer.create\",\"request\":{\"name\":\"\"}}\n",
    );
    let args =
        ["run", "--store", "memory:", "--now", "2026-01-05T08:00:00Z", "--seed", "7", &script];
    let (exit, out, problem) = told(&crm(&args));
    assert_eq!((exit, problem.as_str()), (1, "run.lines_failed"));
    let starts: Vec<&str> = out.lines().filter_map(|line| line.split(':').next()).collect();
    assert_eq!(starts, ["{\"ok\"", "{\"ok\"", "{\"error\""]);
    assert_eq!(told(&crm(&args)).1, out);
}

/// The command answers every story as Rust, C, C++ and C# do.
#[test]
fn every_scenario_is_answered_as_its_transcript_says() {
    let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/../../tests/scenarios");
    let mut told_of = Vec::new();
    for entry in std::fs::read_dir(folder).unwrap() {
        let script = entry.unwrap().path();
        if script.extension().is_none_or(|ending| ending != "jsonl") {
            continue;
        }
        let expected = std::fs::read_to_string(script.with_extension("expected")).unwrap();
        let path = script.display().to_string();
        let args =
            ["run", "--store", "memory:", "--now", "2026-01-05T08:00:00Z", "--seed", "1", &path];
        let found = told(&crm(&args)).1;
        for (found, expected) in found.lines().zip(expected.lines()) {
            assert_eq!(found, expected, "{path}");
        }
        assert_eq!(found.len(), expected.len(), "{path}");
        told_of.push(script.file_name().unwrap().to_owned());
    }
    assert!(told_of.iter().any(|name| name == "whole.jsonl"), "{told_of:?}");
}

const PLAN: &str = r#"
source = "shop"
[[file]]
name = "people.csv"
entity = "user"
key = "id"
[file.fields]
login = { template = "u{id}" }
name = { column = "name", required = true }
manager = "boss"
[[file]]
name = "customers.csv"
entity = "customer"
key = "id"
where = [{ column = "name", not = ["Test"] }]
[file.fields]
name = { column = "name", required = true }
owner = "rep"
"#;

fn import(folder: &Folder, files: &[&str], more: &[&str]) -> (i32, String, String) {
    let (store, plan) = (folder.store(), folder.file("plan.toml", PLAN));
    let mut args = vec!["import", "--store", &store, "--plan", &plan];
    args.extend(files);
    args.extend(more);
    told(&crm(&args))
}

#[test]
fn rejected_rows_are_mended_and_imported_by_the_same_plan() {
    let folder = Folder::new("rejects");
    // 1 reports to 2, which comes later; 3 and 4 report to each other.
    let people = folder.file("people.csv", "id,name,boss\n1,Ann,2\n2,Bob,\n3,Cy,4\n4,Di,3\n");
    let customers = folder
        .file("customers.csv", "id,name,rep\n1,Alpha,1\n2,,1\n3,Test,1\n4,Delta,9\n1,Again,1\n");
    let rejects = folder.path("rejects.csv");
    let more = ["--rejects", &rejects, "--format", "json"];
    let (exit, out, _) = import(&folder, &[&customers, &people], &more);
    let summary: serde_json::Value = serde_json::from_str(&out).unwrap();
    let counts = ["read", "stored", "rejected", "left_out"]
        .map(|key| summary["totals"][key].as_u64().unwrap());
    assert_eq!((exit, counts), (0, [9, 3, 5, 1]), "{out}");
    let kept = folder.read("rejects.csv");
    for (row, reason) in
        [(3, "link.cycle"), (3, "field.required"), (5, "import.link"), (6, "key.duplicate")]
    {
        let found =
            kept.lines().any(|line| line.contains(&format!(",{row},")) && line.contains(reason));
        assert!(found, "{row} {reason} in\n{kept}");
    }
    let mended = kept.replace(",2,,1", ",2,Beta,1").replace(",4,Delta,9", ",4,Delta,2");
    let mended = folder.file("mended.csv", &mended.replace(",3,Cy,4", ",3,Cy,1"));
    // The columns of both files stand in one: 1, 2 and 4 are stored now, 3 and 4 of the people as well.
    let (_, out, _) = import(&folder, &[&mended], &["--format", "json"]);
    let summary: serde_json::Value = serde_json::from_str(&out).unwrap();
    assert_eq!(summary["totals"]["read"].as_u64(), Some(5), "{out}");
    assert!(summary["totals"]["stored"].as_u64() >= Some(3), "{out}");
    let (exit, out, _) = told(&crm(&["verify", "--store", &folder.store()]));
    assert_eq!(exit, 0, "{out}");
}

#[test]
fn a_second_import_updates() {
    let folder = Folder::new("twice");
    let people = folder.file("people.csv", "id,name,boss\n1,Ann,\n");
    assert!(
        import(&folder, &[&people], &[]).1.contains("1 stored (1 new, 0 changed, 0 unchanged)")
    );
    assert!(
        import(&folder, &[&people], &[]).1.contains("1 stored (0 new, 0 changed, 1 unchanged)")
    );
}

#[test]
fn a_dry_run_writes_nothing() {
    let folder = Folder::new("dry");
    let people = folder.file("people.csv", "id,name,boss\n1,Ann,\n");
    let (exit, out, _) = import(&folder, &[&people], &["--dry-run"]);
    assert!(exit == 0 && out.contains("1 would be stored"), "{out}");
    assert!(!folder.0.join("crm.db").exists());
}

#[test]
fn nothing_is_written_when_anything_does_not_fit() {
    let folder = Folder::new("unfit");
    let people = folder.file("people.csv", "id,name,boss\n1,Ann,\n");
    let broken = folder.file("customers.csv", "id,name,rep\n1,Alpha,1\n2,\"open,1\n");
    let table = [
        ("a file that nobody planned", folder.file("orders.csv", "id\n1\n"), "plan.invalid"),
        ("a quote that never closes", broken, "quote.unclosed"),
        ("a column that is missing", folder.file("sub-customers.csv", "id\n"), "plan.invalid"),
        ("a file that is not there", folder.path("gone.csv"), "file.io"),
    ];
    for (rule, file, expected) in table {
        let (exit, _, problem) = import(&folder, &[&people, &file], &[]);
        assert_eq!((exit, problem.as_str()), (1, expected), "{rule}");
    }
    let (_, out, _) = told(&crm(&["export", "user", "--store", &folder.store()]));
    assert!(!out.contains("Ann"), "{out}");
}

#[test]
fn the_plans_that_we_ship_are_sound() {
    let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/../plans");
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        let text = std::fs::read_to_string(&path).unwrap();
        let plan = crm_core::import::Plan::parse(&text, chrono_tz::Tz::UTC);
        assert!(plan.is_ok(), "{}: {plan:#?}", path.display());
    }
}

/// The fields that a plan may fill are those of the requests that make such records.
#[test]
fn what_can_be_imported_is_what_can_be_made() {
    use crm_core::import::ENTITIES;
    // Not fields of the request: an address is stored beside its customer; who made a record over there, when, and how a
    // lead ended there, only an import can say.
    let beside = [
        "customer.address",
        "customer.created_at",
        "contact.created_at",
        "lead.created_at",
        "lead.outcome",
        "lead.discard_reason",
    ];
    for entity in ENTITIES {
        let op = match entity.name {
            "lead" => "lead.capture".to_owned(),
            name => format!("{name}.create"),
        };
        let Ok(entry) = crm_core::api::find(&op) else { continue };
        // A deal or an order of another system has its own request, which says more than a new one does.
        if ["opportunity", "order"].contains(&entity.name) {
            continue;
        }
        let request = (entry.describe)().request;
        for (field, _) in entity.fields {
            let name = field.split('.').next().unwrap();
            let known = !request["properties"][name].is_null();
            assert!(
                known || beside.contains(&format!("{}.{name}", entity.name).as_str()),
                "{op} has no {field}"
            );
        }
    }
}
