//! One column of a table as an array.

use std::str::FromStr as _;
use std::sync::Arc;

use arrow_array::{ArrayRef, Date32Array, Decimal128Array, Int64Array, StringArray};
use arrow_schema::ArrowError;
use chrono::NaiveDate;
use crm_core::export::document::{Cell, Language, Report, Table, Unit};
use crm_core::value::Currency;
use rust_decimal::Decimal;

/// Digits of a decimal column.
const PRECISION: u8 = 38;

/// The cells of the column number `at`.
pub(crate) fn array(
    report: &Report,
    table: &Table,
    at: usize,
    language: Language,
) -> Result<ArrayRef, ArrowError> {
    let unit = table.columns.get(at).map_or(Unit::Text, |column| column.unit);
    let cells: Vec<&Cell> =
        table.rows.iter().map(|row| row.get(at).unwrap_or(&Cell::Absent)).collect();
    let typed: Option<ArrayRef> = match unit {
        Unit::Text => None,
        Unit::Count => {
            all(&cells, whole).map(|whole| Arc::new(Int64Array::from(whole)) as ArrayRef)
        }
        Unit::Date => all(&cells, day).map(|days| Arc::new(Date32Array::from(days)) as ArrayRef),
        Unit::Money => {
            let places = report.currency.parse::<Currency>().map_or(2, Currency::scale);
            decimals(&cells, places)?
        }
        Unit::Exact => decimals(&cells, 0)?,
        Unit::Rate | Unit::Days => decimals(&cells, 4)?,
    };
    Ok(typed.unwrap_or_else(|| {
        let texts = cells.iter().map(|cell| text(cell, language));
        Arc::new(texts.collect::<StringArray>())
    }))
}

/// Every cell read as `T`, absent ones as nothing; nothing at all where one cannot be read so.
fn all<T>(cells: &[&Cell], read: impl Fn(&str) -> Option<T>) -> Option<Vec<Option<T>>> {
    let each = cells.iter().map(|cell| match cell {
        Cell::Absent => Some(None),
        Cell::Count(count) => read(&count.to_string()).map(Some),
        Cell::Text(text) => read(text).map(Some),
        Cell::Label(_) => None,
    });
    each.collect()
}

fn whole(text: &str) -> Option<i64> {
    text.parse().ok()
}

fn day(text: &str) -> Option<i32> {
    let day: NaiveDate = text.parse().ok()?;
    let since = day.signed_duration_since(NaiveDate::default());
    i32::try_from(since.num_days()).ok()
}

/// Decimals at the least scale that holds every cell, and `places` at least.
fn decimals(cells: &[&Cell], places: u32) -> Result<Option<ArrayRef>, ArrowError> {
    let Some(read) = all(cells, |text| Decimal::from_str(text).ok()) else { return Ok(None) };
    let scale = read.iter().flatten().map(Decimal::scale).max().unwrap_or(0).max(places);
    let scaled = |decimal: &Option<Decimal>| -> Option<Option<i128>> {
        let Some(decimal) = decimal else { return Some(None) };
        let more = 10_i128.checked_pow(scale.checked_sub(decimal.scale())?)?;
        decimal.mantissa().checked_mul(more).map(Some)
    };
    let Some(values) = read.iter().map(scaled).collect::<Option<Vec<_>>>() else { return Ok(None) };
    let Ok(scale) = i8::try_from(scale) else { return Ok(None) };
    let array = Decimal128Array::from(values).with_precision_and_scale(PRECISION, scale)?;
    Ok(Some(Arc::new(array)))
}

fn text(cell: &Cell, language: Language) -> Option<String> {
    match cell {
        Cell::Absent => None,
        Cell::Count(count) => Some(count.to_string()),
        Cell::Label(label) => Some(label.get(language).to_owned()),
        Cell::Text(text) => Some(text.clone()),
    }
}
