//! `crm export`: the records of a kind, page by page, as CSV or JSON.

use std::io::{self, BufWriter};

use clap::Args;
use serde_json::{Value, json};

use crate::failure::Failure;
use crate::host::{Format, HostArgs};

#[derive(Args)]
pub(crate) struct ExportArgs {
    /// The kind of record: customer, contact, opportunity, product, user …
    kind: String,
}

/// What a spreadsheet would take for a formula.
const FORMULA_SIGNS: [char; 6] = ['=', '+', '-', '@', '\t', '\r'];

pub(crate) fn run(args: &HostArgs, ExportArgs { kind }: &ExportArgs) -> Result<(), Failure> {
    let host = args.open()?;
    let out = BufWriter::new(io::stdout().lock());
    let mut sink = match args.format {
        Some(Format::Json) => Sink::Lines(out),
        _ => Sink::Table(Box::new(csv::Writer::from_writer(out))),
    };
    let mut after = Value::Null;
    let mut first = true;
    loop {
        let mut request = json!({ "kind": kind, "limit": 1000 });
        if !after.is_null() {
            request["after"] = after;
        }
        let page = host.call("export.records", &request)?;
        let columns: Vec<String> = serde_json::from_value(page["columns"].clone())?;
        if std::mem::take(&mut first) {
            sink.header(&columns)?;
        }
        for row in page["rows"].as_array().into_iter().flatten() {
            sink.row(&columns, row)?;
        }
        after = page["next"].clone();
        if after.is_null() {
            return sink.finish();
        }
    }
}

enum Sink<W: io::Write> {
    /// One JSON object a line.
    Lines(W),
    /// CSV; custom values stand together in the last column.
    Table(Box<csv::Writer<W>>),
}

impl<W: io::Write> Sink<W> {
    fn header(&mut self, columns: &[String]) -> Result<(), Failure> {
        match self {
            Self::Lines(_) => Ok(()),
            Self::Table(table) => {
                let all = columns.iter().map(String::as_str).chain(["custom"]);
                table.write_record(all).map_err(broken)
            }
        }
    }

    fn row(&mut self, columns: &[String], row: &Value) -> Result<(), Failure> {
        match self {
            Self::Lines(out) => Ok(writeln!(out, "{row}")?),
            Self::Table(table) => {
                let custom = row.as_object().into_iter().flatten();
                let custom =
                    custom.filter_map(|(name, value)| Some((name.strip_prefix("ext.")?, value)));
                let custom: serde_json::Map<String, Value> =
                    custom.map(|(name, value)| (name.to_owned(), value.clone())).collect();
                let custom = if custom.is_empty() {
                    String::new()
                } else {
                    Value::Object(custom).to_string()
                };
                let cells = columns.iter().map(|column| cell(&row[column]));
                table.write_record(cells.chain([custom])).map_err(broken)
            }
        }
    }

    fn finish(self) -> Result<(), Failure> {
        match self {
            Self::Lines(mut out) => Ok(out.flush()?),
            Self::Table(mut table) => Ok(table.flush()?),
        }
    }
}

/// A value as a cell; text that a spreadsheet would run is quoted as text.
fn cell(value: &Value) -> String {
    match value {
        Value::Null => String::new(),
        Value::String(text) if text.starts_with(FORMULA_SIGNS) && text.parse::<f64>().is_err() => {
            format!("'{text}")
        }
        Value::String(text) => text.clone(),
        other => other.to_string(),
    }
}

fn broken(error: csv::Error) -> Failure {
    match error.into_kind() {
        csv::ErrorKind::Io(error) => error.into(),
        other => Failure::new("file.io", format!("{other:?}")),
    }
}
