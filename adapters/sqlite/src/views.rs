//! Read-only views for reports: ids, instants and money as people read them. The tables may change, the views stay.

use crm_core::record::{ColumnType, FieldDef, KindDef};

use crate::table::{column_name, quoted};

/// Currencies whose minor unit is not a hundredth (ISO 4217), with the digits it has.
const DIGITS: &[(&str, u32)] = &[
    (
        "'BIF','CLP','DJF','GNF','ISK','JPY','KMF','KRW','PYG','RWF','UGX','UYI','VND','VUV','XAF','XOF','XPF'",
        0,
    ),
    ("'BHD','IQD','JOD','KWD','LYD','OMR','TND'", 3),
    ("'CLF','UYW'", 4),
];

/// The query of a kind's view: rows that are not deleted.
pub(crate) fn select(def: &KindDef) -> String {
    let following = def.fields.iter().skip(1).map(Some).chain([None]);
    let fields: String =
        def.fields.iter().zip(following).map(|(field, next)| cell(field, next)).collect();
    format!(
        "SELECT tenant, {} AS id, version, seq{fields},\n  ext\nFROM {} WHERE deleted = 0",
        uuid("id"),
        quoted(def.name)
    )
}

fn cell(field: &FieldDef, next: Option<&FieldDef>) -> String {
    let name = column_name(field);
    let col = quoted(&name);
    match field.ty {
        ColumnType::Id => format!(",\n  {} AS {col}", uuid(&col)),
        ColumnType::Instant => format!(",\n  {} AS {col}", instant(&col)),
        ColumnType::MoneyMinor => {
            let amount =
                name.strip_suffix("_minor").map_or(format!("{name}_amount"), str::to_owned);
            let currency = next.map_or("''".to_owned(), |field| quoted(&column_name(field)));
            format!(",\n  {} AS {},\n  {col}", money(&col, &currency), quoted(&amount))
        }
        ColumnType::Bool
        | ColumnType::Int
        | ColumnType::Day
        | ColumnType::Decimal
        | ColumnType::Text
        | ColumnType::Code
        | ColumnType::Json
        | ColumnType::Bytes => format!(",\n  {col}"),
    }
}

/// An id as text; the nil id is "none".
fn uuid(col: &str) -> String {
    let part = |from, length| format!("substr(lower(hex({col})), {from}, {length})");
    let parts = [part(1, 8), part(9, 4), part(13, 4), part(17, 4), part(21, 12)];
    format!("CASE WHEN {col} <> zeroblob(16) THEN {} END", parts.join(" || '-' || "))
}

/// Microseconds since 1970 as ISO 8601 in UTC.
fn instant(col: &str) -> String {
    let micros = format!("(({col} % 1000000 + 1000000) % 1000000)");
    format!(
        "strftime('%Y-%m-%dT%H:%M:%S', ({col} - {micros}) / 1000000, 'unixepoch') \
         || printf('.%06dZ', {micros})"
    )
}

/// Minor units as a number of the currency's units.
fn money(col: &str, currency: &str) -> String {
    let cases: String = DIGITS
        .iter()
        .map(|(list, digits)| {
            format!(
                " WHEN {currency} IN ({list}) THEN 1{}.0",
                "0".repeat(usize::try_from(*digits).unwrap_or(0))
            )
        })
        .collect();
    format!("{col} / CASE{cases} ELSE 100.0 END")
}
