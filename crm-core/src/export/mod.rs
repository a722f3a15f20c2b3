//! Reports as one document model, and its renderings.
//!
//! A report is data: figures, tables and series with their labels in English and Chinese, its definitions, and what
//! it was asked. Renderers only spell it: the same document gives the same bytes, whatever the machine. None of them
//! reads a clock, a locale or a file.

pub mod dashboard;
pub mod document;

mod cells;
mod csv;
mod html;
mod number;
#[cfg(feature = "xlsx")]
mod report_book;
#[cfg(feature = "charts")]
mod svg;
mod text;
mod vcard;
#[cfg(feature = "xlsx")]
mod workbook;

pub use cells::{FORMULA_SIGNS, csv_row, guarded};
pub use csv::{csv, csv_with_labels};
pub use dashboard::dashboard_page;
pub use html::{html, page};
#[cfg(feature = "xlsx")]
pub use report_book::xlsx;
#[cfg(feature = "charts")]
pub use svg::svg;
pub use text::text;
pub use vcard::{Card, vcard};
#[cfg(feature = "xlsx")]
pub use workbook::Workbook;

pub(crate) use number::percent;

use document::Report;

/// The report as JSON, indented, with keys in the order of the types: the stable form.
///
/// # Errors
///
/// None in practice: a report holds nothing that JSON cannot.
pub fn json(report: &Report) -> Result<String, serde_json::Error> {
    serde_json::to_string_pretty(report)
}

/// `text` as it may stand between tags or quotes of HTML and SVG.
fn escaped(text: &str) -> String {
    let mut escaped = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '&' => escaped.push_str("&amp;"),
            '<' => escaped.push_str("&lt;"),
            '>' => escaped.push_str("&gt;"),
            '"' => escaped.push_str("&quot;"),
            '\'' => escaped.push_str("&#39;"),
            other => escaped.push(other),
        }
    }
    escaped
}
