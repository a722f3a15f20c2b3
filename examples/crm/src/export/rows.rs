//! Every stored row of a kind, column by column.

use std::io::Write;

use crm_core::export::{csv_row, guarded};
use serde_json::{Map, Value, json};

use super::{Encoding, pages};
use crate::failure::Failure;
use crate::host::Host;

/// CSV with custom values together in the last column, or one JSON object a line.
pub(super) fn run(
    host: &Host,
    kind: &str,
    lines: bool,
    encoding: Encoding,
    out: &mut dyn Write,
) -> Result<(), Failure> {
    let mut first = true;
    pages(host, "export.records", json!({ "kind": kind }), |page| {
        let columns: Vec<String> = serde_json::from_value(page["columns"].clone())?;
        if std::mem::take(&mut first) && !lines {
            out.write_all(encoding.mark())?;
            let all = columns.iter().map(String::as_str).chain(["custom"]);
            out.write_all(&encoding.bytes(&csv_row(all)))?;
        }
        for row in page["rows"].as_array().into_iter().flatten() {
            if lines {
                writeln!(out, "{row}")?;
            } else {
                out.write_all(&encoding.bytes(&line(&columns, row)))?;
            }
        }
        Ok(())
    })
}

fn line(columns: &[String], row: &Value) -> String {
    let own = row.as_object().into_iter().flatten();
    let own = own.filter_map(|(name, value)| Some((name.strip_prefix("ext.")?, value)));
    let custom: Map<String, Value> =
        own.map(|(name, value)| (name.to_owned(), value.clone())).collect();
    let custom = if custom.is_empty() { String::new() } else { Value::Object(custom).to_string() };
    csv_row(columns.iter().map(|column| cell(&row[column])).chain([custom]))
}

/// A value as a cell; text that a spreadsheet would run is quoted as text.
fn cell(value: &Value) -> String {
    match value {
        Value::Null => String::new(),
        Value::String(text) if text.parse::<f64>().is_err() => guarded(text).into_owned(),
        Value::String(text) => text.clone(),
        other => other.to_string(),
    }
}
