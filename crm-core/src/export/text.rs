//! Reports for terminals: aligned tables, Chinese characters two columns wide.

use unicode_width::UnicodeWidthStr;

use super::{
    document::{Cell, Language, Report, Table},
    number::{is_number, local_time, shown},
};

/// The report as plain text: key figures, tables, notes.
pub fn text(report: &Report, language: Language) -> String {
    let mut text = String::new();
    let mut line = |line: &str| {
        text.push_str(line.trim_end());
        text.push('\n');
    };
    line(report.title.get(language));
    line(&format!("{} · {} · {}", local_time(report), report.zone, report.currency));
    for parameter in &report.parameters {
        line(&format!("{}: {}", parameter.label.get(language), parameter.shown.get(language)));
    }
    let figures = report.figures.iter().map(|figure| {
        let value = shown(&figure.value, figure.unit, language);
        let note = figure.note.as_ref().map_or("", |note| note.get(language));
        [figure.label.get(language).to_owned(), value, note.to_owned()]
    });
    let figures: Vec<[String; 3]> = figures.collect();
    if !figures.is_empty() {
        line("");
    }
    let width =
        |at: usize| figures.iter().filter_map(|row| row.get(at)).map(|text| text.width()).max();
    let (labels, values) = (width(0).unwrap_or(0), width(1).unwrap_or(0));
    for [label, value, note] in &figures {
        line(&format!("  {}  {}  {note}", left(label, labels), right(value, values)));
    }
    for table in &report.tables {
        line("");
        line(table.title.get(language));
        for row in aligned(table, language) {
            line(&row);
        }
    }
    if !report.notes.is_empty() {
        line("");
    }
    for note in &report.notes {
        line(&format!("* {}", note.get(language)));
    }
    text
}

/// The rows of a table, a header and a rule first.
fn aligned(table: &Table, language: Language) -> Vec<String> {
    let header: Vec<String> =
        table.columns.iter().map(|column| column.label.get(language).to_owned()).collect();
    let cells = |row: &Vec<Cell>| -> Vec<String> {
        row.iter()
            .zip(&table.columns)
            .map(|(cell, column)| one_line(&shown(cell, column.unit, language)))
            .collect()
    };
    let rows: Vec<Vec<String>> = table.rows.iter().map(cells).collect();
    let width = |at: usize| {
        let texts = rows.iter().chain([&header]).filter_map(|row| row.get(at));
        texts.map(|text| text.width()).max().unwrap_or(0)
    };
    let widths: Vec<usize> = (0..table.columns.len()).map(width).collect();
    let spell = |row: &Vec<String>| {
        let fields = row.iter().zip(&widths).zip(&table.columns).map(|((text, width), column)| {
            if is_number(column.unit) { right(text, *width) } else { left(text, *width) }
        });
        format!("  {}", fields.collect::<Vec<_>>().join("  "))
    };
    let rule: Vec<String> = widths.iter().map(|width| "─".repeat(*width)).collect();
    let body = rows.iter().map(spell);
    [spell(&header), format!("  {}", rule.join("  "))].into_iter().chain(body).collect()
}

/// A line break, a tab or an escape in a host's text must not break the table, nor drive the terminal.
fn one_line(text: &str) -> String {
    text.chars().map(|c| if c.is_control() { ' ' } else { c }).collect()
}

fn left(text: &str, width: usize) -> String {
    format!("{text}{}", " ".repeat(width.saturating_sub(text.width())))
}

fn right(text: &str, width: usize) -> String {
    format!("{}{text}", " ".repeat(width.saturating_sub(text.width())))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::export::document::{Column, Label, Unit};

    #[test]
    fn chinese_characters_are_two_columns_wide() {
        let column =
            |key, label: (&str, &str), unit| Column::new(key, Label::new(label.0, label.1), unit);
        let table = Table {
            key: "t".to_owned(),
            title: Label::same("t"),
            columns: vec![
                column("owner", ("Owner", "负责人"), Unit::Text),
                column("amount", ("Amount", "金额"), Unit::Money),
            ],
            rows: vec![
                vec![Cell::text("张伟"), Cell::text("1234.50")],
                vec![Cell::text("Anne\tD"), Cell::text("-7.00")],
            ],
        };
        let expected = [
            "  负责人      金额",
            "  ──────  ────────",
            "  张伟    1,234.50",
            "  Anne D     −7.00",
        ];
        assert_eq!(aligned(&table, Language::Zh), expected);
    }
}
