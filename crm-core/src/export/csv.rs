//! Tables as RFC 4180 text that no spreadsheet takes for formulas.

use super::{
    document::{Cell, Column, Language, Table, Unit},
    number::is_number,
};

/// The table with its column keys as the header; labels in English.
///
/// Fields are quoted where they must be, lines end in CR LF. A text that begins with `=`, `+`, `-`, `@`, a tab or a
/// carriage return is preceded by an apostrophe, since a spreadsheet would run it; numbers are left as they are.
pub fn csv(table: &Table) -> String {
    let header = table.columns.iter().map(|column| column.key.clone());
    write(table, header, Language::En)
}

/// The same with the labels of `language`.
pub fn csv_with_labels(table: &Table, language: Language) -> String {
    let header = table.columns.iter().map(|column| column.label.get(language).to_owned());
    write(table, header, language)
}

fn write(table: &Table, header: impl Iterator<Item = String>, language: Language) -> String {
    let mut csv = String::new();
    record(&mut csv, header.map(|name| harmless(&name)));
    for row in &table.rows {
        record(
            &mut csv,
            row.iter().zip(&table.columns).map(|(cell, column)| field(cell, column, language)),
        );
    }
    csv
}

fn record(csv: &mut String, fields: impl Iterator<Item = String>) {
    for (at, field) in fields.enumerate() {
        if at > 0 {
            csv.push(',');
        }
        if field.contains([',', '"', '\r', '\n']) {
            csv.push('"');
            csv.push_str(&field.replace('"', "\"\""));
            csv.push('"');
        } else {
            csv.push_str(&field);
        }
    }
    csv.push_str("\r\n");
}

fn field(cell: &Cell, column: &Column, language: Language) -> String {
    match cell {
        Cell::Absent => String::new(),
        Cell::Count(count) => count.to_string(),
        Cell::Label(label) => harmless(label.get(language)),
        Cell::Text(text) if is_plain_number(text, column.unit) => text.clone(),
        Cell::Text(text) => harmless(text),
    }
}

/// Only what is in a numeric column and spelt as a number is spared the apostrophe.
fn is_plain_number(text: &str, unit: Unit) -> bool {
    let digits = text.strip_prefix('-').unwrap_or(text);
    let spelt =
        !digits.is_empty() && digits.bytes().all(|byte| byte.is_ascii_digit() || byte == b'.');
    is_number(unit) && spelt
}

fn harmless(text: &str) -> String {
    if text.starts_with(['=', '+', '-', '@', '\t', '\r']) {
        format!("'{text}")
    } else {
        text.to_owned()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::export::document::Label;

    fn one(cell: Cell, unit: Unit) -> String {
        let column = Column::new("a", Label::new("A", "甲"), unit);
        let table = Table {
            key: String::new(),
            title: Label::same(""),
            columns: vec![column],
            rows: vec![vec![cell]],
        };
        csv(&table).strip_prefix("a\r\n").unwrap_or_default().to_owned()
    }

    #[test]
    fn what_a_field_becomes() {
        let text = |text: &str| Cell::text(text);
        let table = [
            ("plain text stays", text("张伟"), Unit::Text, "张伟\r\n"),
            ("a comma is quoted", text("a,b"), Unit::Text, "\"a,b\"\r\n"),
            ("a quote is doubled", text("a\"b"), Unit::Text, "\"a\"\"b\"\r\n"),
            ("a line break is kept", text("a\nb"), Unit::Text, "\"a\nb\"\r\n"),
            ("a formula is disarmed", text("=1+1"), Unit::Text, "'=1+1\r\n"),
            ("so is a plus", text("+49"), Unit::Text, "'+49\r\n"),
            ("an at sign", text("@SUM(A1)"), Unit::Text, "'@SUM(A1)\r\n"),
            ("a tab", text("\t=1"), Unit::Text, "'\t=1\r\n"),
            ("a carriage return", text("\r=1"), Unit::Text, "\"'\r=1\"\r\n"),
            ("a minus in a text", text("-5"), Unit::Text, "'-5\r\n"),
            ("a disarmed formula is quoted too", text("=A1,B1"), Unit::Text, "\"'=A1,B1\"\r\n"),
            ("a negative amount stays a number", text("-5.00"), Unit::Money, "-5.00\r\n"),
            ("a formula in a column of money is disarmed", text("-1+1"), Unit::Money, "'-1+1\r\n"),
            ("nothing is empty", Cell::Absent, Unit::Rate, "\r\n"),
            (
                "a label speaks English",
                Cell::Label(Label::new("Won", "赢单")),
                Unit::Text,
                "Won\r\n",
            ),
        ];
        for (rule, cell, unit, expected) in table {
            assert_eq!(one(cell, unit), expected, "{rule}");
        }
    }
}
