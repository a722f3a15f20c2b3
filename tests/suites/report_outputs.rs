//! A report in every form that `crm report` has, read back by something else than what wrote it.

use std::fs::File;

use crm_core::export::document::{Cell, Column, Label, Language, Report, Table, Unit};
use crm_core::export::xlsx;
use crm_core::import::{Dialect, Rows, SheetName};
use serde_json::{Value, json};

use crate::command::{command, crm};
use crate::repository::Scratch;

fn report() -> Report {
    let column = |key: &str, zh: &str, unit| Column::new(key, Label::new(key, zh), unit);
    let columns = vec![
        column("owner", "负责人", Unit::Text),
        column("deals", "商机", Unit::Count),
        column("amount", "金额", Unit::Money),
        column("rate", "比率", Unit::Rate),
        column("on", "日期", Unit::Date),
    ];
    let row = |cells: [&str; 5]| cells.map(Cell::text).to_vec();
    Report {
        name: "r".to_owned(),
        title: Label::new("Report", "报表"),
        as_of: "2026-11-22T00:00:00Z".parse().unwrap(),
        zone: "Asia/Shanghai".to_owned(),
        currency: "CNY".to_owned(),
        parameters: Vec::new(),
        figures: Vec::new(),
        tables: vec![Table {
            key: "t".to_owned(),
            title: Label::new("By owner", "按负责人"),
            columns,
            rows: vec![
                row(["=1+1", "3", "-12.50", "0.4231", "2026-11-22"]),
                row(["+86 <b> _x0041_", "12345678901234567", "7.00", "1.0000", "1899-01-01"]),
            ],
        }],
        charts: Vec::new(),
        definitions: Vec::new(),
        notes: Vec::new(),
    }
}

/// OUT-2: what is a number is a number, what is a day is a day, what is a text stays that text.
#[test]
fn a_workbook_has_numbers_and_days() {
    let folder = Scratch::new("workbook");
    let path = folder.path("r.xlsx");
    let bytes = xlsx(&[report()], Language::Zh).unwrap();
    assert_eq!(bytes, xlsx(&[report()], Language::Zh).unwrap());
    std::fs::write(&path, &bytes).unwrap();
    let sheet = Some(SheetName::Called("按负责人".to_owned()));
    let dialect = Dialect { sheet, ..Dialect::default() };
    let mut rows = Rows::open_file(File::open(&path).unwrap(), &dialect).unwrap();
    assert_eq!(rows.header(), ["负责人", "商机", "金额", "比率", "日期"]);
    let mut found = Vec::new();
    while let Some(row) = rows.next_row().unwrap() {
        found.push(row.cells().map(str::to_owned).collect::<Vec<_>>());
    }
    assert_eq!(
        found,
        [
            ["=1+1", "3", "-12.5", "0.4231", "2026-11-22"],
            ["+86 <b> _x0041_", "12345678901234567", "7", "1", "1899-01-01"],
        ]
    );
}

/// A store with a few deals, for the command.
fn store(folder: &Scratch) -> String {
    let store = format!("sqlite:{}", folder.path("a.db").display());
    let script = folder.path("script.jsonl");
    let mut lines = vec![
        json!({"op": "pipeline.template", "request": {"template": "basic"}}),
        json!({"op": "customer.create", "request": {"name": "华东机械", "id": ID, "region": "=cmd|' /C calc'!A0"}}),
    ];
    for amount in ["100.00", "250.50"] {
        let money = json!({"amount": amount, "currency": "CNY"});
        lines.push(json!({"op": "opportunity.create", "request": {"name": "D", "customer": ID, "amount": money}}));
    }
    let text: String = lines.iter().map(|line| format!("{line}\n")).collect();
    std::fs::write(&script, text).unwrap();
    let ran = crm(&["run", "--store", &store, &script.display().to_string()]);
    assert_eq!(ran.exit, Some(0), "{}\n{}", ran.out, ran.err);
    store
}

const ID: &str = "0193a000-0000-7000-8000-000000000001";

#[test]
fn every_form_of_a_report_goes_into_a_file() {
    let folder = Scratch::new("forms");
    let store = store(&folder);
    let beginnings: [(&str, &[u8]); 8] = [
        ("table", b"Sales dashboard"),
        ("json", b"{"),
        ("csv", b"stage,stage_name"),
        ("xlsx", b"PK\x03\x04"),
        ("svg", b"<svg "),
        ("arrow", b"\xff\xff\xff\xff"),
        ("parquet", b"PAR1"),
        ("html", b"<!doctype html>"),
    ];
    for (format, beginning) in beginnings {
        let file = folder.path(&format!("r.{format}"));
        let name = if format == "svg" { "overview" } else { "dashboard" };
        let path = file.display().to_string();
        let ran = crm(&[
            "report",
            name,
            "--store",
            &store,
            "--format",
            format,
            "--language",
            "en",
            "--out",
            &path,
        ]);
        assert_eq!((ran.exit, ran.out.as_str()), (Some(0), ""), "{format}: {}", ran.err);
        let bytes = std::fs::read(&file).unwrap();
        assert!(bytes.starts_with(beginning), "{format}: {:?}", &bytes[..20.min(bytes.len())]);
        let piped =
            command(&["report", name, "--store", &store, "--format", format, "--language", "en"]);
        let mut piped = piped;
        let piped = piped.output().unwrap();
        assert!(piped.status.success() && !piped.stdout.is_empty(), "{format} into a pipe");
    }
}

#[test]
fn a_dashboard_answers_what_is_asked_alone() {
    let folder = Scratch::new("questions");
    let store = store(&folder);
    let asked = |questions: &str, format: &str| {
        crm(&[
            "report",
            "dashboard",
            "--store",
            &store,
            "--questions",
            questions,
            "--format",
            format,
        ])
    };
    let told = asked("stages,stale", "json").json();
    let tables = told["tables"].as_array().unwrap().iter().map(|table| &table["key"]);
    assert_eq!(tables.collect::<Vec<_>>(), ["stages", "stale"]);
    for (questions, format, says) in
        [("stage", "json", "questions[0]"), ("stages", "html", "questions")]
    {
        let refused = asked(questions, format);
        assert_ne!(refused.exit, Some(0));
        assert!(refused.err.contains(says), "{}", refused.err);
    }
}

#[test]
fn a_table_is_named_by_its_key_and_a_region_is_no_formula() {
    let folder = Scratch::new("tables");
    let store = store(&folder);
    let csv = |table: &str| {
        crm(&["report", "dashboard", "--store", &store, "--format", "csv", "--table", table])
    };
    assert!(csv("figures").out.starts_with("key,figure,value,unit,note\r\ndeals,Deals,2,count,"));
    let wrong = csv("nothing");
    assert_eq!(wrong.exit, Some(2));
    assert!(wrong.err.contains("win_rate_region"), "{}", wrong.err);
    let only = crm(&[
        "report",
        "dashboard",
        "--store",
        &store,
        "--format",
        "json",
        "--only",
        "region=nowhere",
    ]);
    assert_eq!(only.json()["figures"][0]["value"], Value::from(0));
    let all =
        crm(&["report", "overview", "--by", "region", "--store", &store, "--format", "csv"]).out;
    assert!(all.contains("'=cmd|' /C calc'!A0") && !all.contains("\n=cmd"), "{all}");
}
