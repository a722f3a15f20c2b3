//! Tables of reports for programs that work by the column: as an Arrow stream, or as a Parquet file.
//!
//! A column has the type of its unit: counts are 64-bit integers, money, rates and days exact decimals at a scale that
//! holds every cell, dates are dates, all else is text. A column with a cell that is no number of its unit is text, so
//! that nothing is lost. No cell is rounded. What the report is about travels as metadata: of the schema under `crm`, of
//! a field under `unit`, `en` and `zh`. The same table gives the same bytes.

#![cfg_attr(test, expect(clippy::unwrap_used, reason = "a test may fail by panicking"))]

mod column;

use std::sync::Arc;

use arrow_array::RecordBatch;
use arrow_ipc::writer::StreamWriter;
use arrow_schema::{ArrowError, Field, Schema};
use crm_core::export::document::{Language, Report, Table};
use parquet::arrow::ArrowWriter;
use parquet::basic::Compression;
use parquet::errors::ParquetError;
use parquet::file::properties::WriterProperties;
use serde_json::json;

/// Why a table could not be written; none of them is expected of a report.
#[derive(Debug, thiserror::Error)]
pub enum ColumnsError {
    /// Arrow refused it.
    #[error("arrow: {0}")]
    Arrow(#[from] ArrowError),
    /// Parquet refused it.
    #[error("parquet: {0}")]
    Parquet(#[from] ParquetError),
}

/// The table as an Arrow IPC stream of one batch; texts of ours in `language`.
///
/// # Errors
///
/// Those of Arrow.
pub fn arrow(report: &Report, table: &Table, language: Language) -> Result<Vec<u8>, ColumnsError> {
    let batch = batch(report, table, language)?;
    let mut stream = StreamWriter::try_new(Vec::new(), &batch.schema())?;
    stream.write(&batch)?;
    stream.finish()?;
    Ok(stream.into_inner()?)
}

/// The table as a Parquet file, compressed with Snappy; texts of ours in `language`.
///
/// # Errors
///
/// Those of Arrow and Parquet.
pub fn parquet(
    report: &Report,
    table: &Table,
    language: Language,
) -> Result<Vec<u8>, ColumnsError> {
    let batch = batch(report, table, language)?;
    let properties = WriterProperties::builder()
        .set_compression(Compression::SNAPPY)
        .set_created_by("crm-columns".to_owned())
        .build();
    let mut bytes = Vec::new();
    let mut file = ArrowWriter::try_new(&mut bytes, batch.schema(), Some(properties))?;
    file.write(&batch)?;
    file.close()?;
    Ok(bytes)
}

fn batch(report: &Report, table: &Table, language: Language) -> Result<RecordBatch, ColumnsError> {
    let mut fields = Vec::new();
    let mut columns = Vec::new();
    for (at, column) in table.columns.iter().enumerate() {
        let array = column::array(report, table, at, language)?;
        let unit = serde_json::to_value(column.unit).unwrap_or_default();
        let about = [
            ("unit", unit.as_str().unwrap_or_default()),
            ("en", column.label.en.as_str()),
            ("zh", column.label.zh.as_str()),
        ];
        let field = Field::new(&column.key, array.data_type().clone(), true);
        fields.push(field.with_metadata(about));
        columns.push(array);
    }
    let about = json!({
        "report": report.name, "title": report.title, "as_of": report.as_of, "zone": report.zone,
        "currency": report.currency, "parameters": report.parameters, "notes": report.notes,
        "definitions": report.definitions, "table": table.key, "table_title": table.title,
    });
    let schema = Arc::new(Schema::new(fields).with_metadata([("crm", about.to_string())]));
    Ok(RecordBatch::try_new(schema, columns)?)
}

#[cfg(test)]
mod tests;
