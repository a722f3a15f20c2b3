//! A report in the form that was asked for, and where it goes.

use std::io::{IsTerminal as _, Write as _};
use std::path::Path;

use crm_core::export;
use crm_core::export::document::{Language, Report, Table};

use crate::failure::Failure;
use crate::host::Format;

/// What of a report is wanted, and how.
pub(crate) struct Wanted<'a> {
    pub(crate) format: Format,
    pub(crate) language: Language,
    /// The key of a table; the first where nothing is said, or all where the format holds all.
    pub(crate) table: Option<&'a str>,
    /// The key of a chart; the first where nothing is said.
    pub(crate) chart: Option<&'a str>,
}

impl Wanted<'_> {
    /// All of a report.
    pub(crate) const fn all(format: Format, language: Language) -> Self {
        Self { format, language, table: None, chart: None }
    }
}

/// A report as bytes of a format.
pub(crate) fn bytes(report: &Report, wanted: &Wanted<'_>) -> Result<Vec<u8>, Failure> {
    let language = wanted.language;
    Ok(match wanted.format {
        Format::Table => export::text(report, language).into_bytes(),
        Format::Json => (export::json(report)? + "\n").into_bytes(),
        Format::Csv => csv(report, wanted)?.into_bytes(),
        Format::Html => export::html(std::slice::from_ref(report), language).into_bytes(),
        Format::Svg => svg(report, wanted)?.into_bytes(),
        Format::Xlsx => export::xlsx(std::slice::from_ref(report), language)?,
        Format::Arrow | Format::Parquet => columns(report, wanted)?,
        Format::Jsonl | Format::Vcard => {
            let message = "a report is a table, json, csv, xlsx, svg, arrow, parquet or html";
            return Err(Failure::Usage(message.to_owned()));
        }
    })
}

/// One table, or all of them with an empty line between.
fn csv(report: &Report, wanted: &Wanted<'_>) -> Result<String, Failure> {
    if let Some(key) = wanted.table {
        return Ok(export::csv(&table(report, key)?));
    }
    let tables: Vec<String> = report.tables.iter().map(export::csv).collect();
    Ok(tables.join("\r\n"))
}

fn svg(report: &Report, wanted: &Wanted<'_>) -> Result<String, Failure> {
    let none = || Failure::new("report.no_chart", "this report has no chart");
    let chart = match wanted.chart {
        None => report.charts.first().ok_or_else(none)?,
        Some(key) => report.charts.iter().find(|chart| chart.key == key).ok_or_else(|| {
            let known: Vec<&str> = report.charts.iter().map(|chart| chart.key.as_str()).collect();
            Failure::Usage(format!("--chart: {key} is none of {}", known.join(", ")))
        })?,
    };
    Ok(export::svg(chart, wanted.language))
}

/// The table of a key; the key figures are one, too.
fn table(report: &Report, key: &str) -> Result<Table, Failure> {
    let figures = report.figures_table();
    let known = || report.tables.iter().chain([&figures]);
    known().find(|table| table.key == key).cloned().ok_or_else(|| {
        let known: Vec<&str> = known().map(|table| table.key.as_str()).collect();
        Failure::Usage(format!("--table: {key} is none of {}", known.join(", ")))
    })
}

#[cfg(feature = "columns")]
fn columns(report: &Report, wanted: &Wanted<'_>) -> Result<Vec<u8>, Failure> {
    let table = match (wanted.table, report.tables.first()) {
        (Some(key), _) => table(report, key)?,
        (None, Some(first)) => first.clone(),
        (None, None) => report.figures_table(),
    };
    if wanted.table.is_none() && report.tables.len() > 1 {
        let others = report.tables.iter().skip(1).map(|table| table.key.as_str());
        let others = others.collect::<Vec<_>>().join(", ");
        eprintln!("this is the table {}; --table gives another: {others}", table.key);
    }
    let broken =
        |error: crm_columns::ColumnsError| Failure::new("report.columns", error.to_string());
    if wanted.format == Format::Arrow {
        crm_columns::arrow(report, &table, wanted.language).map_err(broken)
    } else {
        crm_columns::parquet(report, &table, wanted.language).map_err(broken)
    }
}

#[cfg(not(feature = "columns"))]
fn columns(_: &Report, _: &Wanted<'_>) -> Result<Vec<u8>, Failure> {
    let message = "this crm was built without the feature `columns`: no arrow, no parquet";
    Err(Failure::new("report.columns", message))
}

/// Writes what was made into a file, or to where the command prints; what is no text goes to no terminal.
pub(crate) fn deliver(bytes: &[u8], format: Format, out: Option<&Path>) -> Result<(), Failure> {
    if let Some(path) = out {
        return std::fs::write(path, bytes).map_err(|error| Failure::file(path, error));
    }
    let is_text = !matches!(format, Format::Xlsx | Format::Arrow | Format::Parquet);
    let mut stdout = std::io::stdout();
    if !is_text && stdout.is_terminal() {
        return Err(Failure::Usage("this is no text: --out FILE".to_owned()));
    }
    Ok(stdout.write_all(bytes)?)
}
