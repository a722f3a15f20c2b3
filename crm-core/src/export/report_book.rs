//! Reports as a workbook: a sheet about the report, then a sheet for each table, with numbers that can be summed.

use std::io::{self, Cursor};

use unicode_width::UnicodeWidthStr as _;

use super::document::{Cell, Label, Language, Report, Table, Unit};
use super::number::local_time;
use super::workbook::{SheetCell, Style, Workbook};
use crate::value::Currency;

/// The reports as a workbook (.xlsx), texts in `language`; the same reports give the same bytes. Rule OUT-2.
///
/// Counts, money, rates, days and dates are numbers and dates of the spreadsheet with a format of their own: money at the
/// places of the currency, rates as percentages. A number of more than 15 significant digits is a text, since a
/// spreadsheet would round it. Texts are texts: none is a formula.
///
/// # Errors
///
/// A table of more than 1,048,575 rows.
pub fn xlsx(reports: &[Report], language: Language) -> io::Result<Vec<u8>> {
    let mut book = Workbook::new(Cursor::new(Vec::new()))?;
    for report in reports {
        about(&mut book, report, language)?;
        for table in &report.tables {
            sheet(&mut book, report, table, language)?;
        }
    }
    Ok(book.finish()?.into_inner())
}

type Book = Workbook<Cursor<Vec<u8>>>;

fn about(book: &mut Book, report: &Report, language: Language) -> io::Result<()> {
    let head = |en: &str, zh: &str| Label::new(en, zh).get(language).to_owned();
    book.sheet(report.title.get(language), &[28, 24, 60])?;
    book.cells([SheetCell::Heading(report.title.get(language))])?;
    let time = local_time(report);
    for (name, value) in [
        (head("As of", "截至"), time.as_str()),
        (head("Zone", "时区"), &report.zone),
        (head("Currency", "币种"), &report.currency),
    ] {
        book.cells([SheetCell::Text(&name), SheetCell::Text(value)])?;
    }
    for parameter in &report.parameters {
        let (name, shown) = (parameter.label.get(language), parameter.shown.get(language));
        book.cells([SheetCell::Text(name), SheetCell::Text(shown)])?;
    }
    if !report.figures.is_empty() {
        book.cells([])?;
        let heads = [head("Figure", "指标"), head("Value", "数值"), head("Note", "说明")];
        book.cells(heads.iter().map(|head| SheetCell::Heading(head)))?;
    }
    for figure in &report.figures {
        let note = figure.note.as_ref().map_or("", |note| note.get(language));
        book.cells([
            SheetCell::Text(figure.label.get(language)),
            cell(&figure.value, figure.unit, report, language),
            SheetCell::Text(note),
        ])?;
    }
    if !report.notes.is_empty() {
        book.cells([])?;
        book.cells([SheetCell::Heading(&head("Notes", "备注"))])?;
    }
    for note in &report.notes {
        book.cells([SheetCell::Text(note.get(language))])?;
    }
    if !report.definitions.is_empty() {
        book.cells([])?;
        book.cells([SheetCell::Heading(&head("Definitions", "指标定义"))])?;
    }
    for definition in &report.definitions {
        let (term, text) = (definition.term.get(language), definition.text.get(language));
        book.cells([SheetCell::Text(term), SheetCell::Text(text)])?;
    }
    Ok(())
}

fn sheet(book: &mut Book, report: &Report, table: &Table, language: Language) -> io::Result<()> {
    let widths: Vec<usize> = (0..table.columns.len())
        .map(|at| {
            let name = table.columns.get(at).map_or(0, |column| column.label.get(language).width());
            let cells = table.rows.iter().filter_map(|row| row.get(at)).map(|cell| match cell {
                Cell::Absent => 0,
                Cell::Count(count) => count.to_string().len(),
                Cell::Label(label) => label.get(language).width(),
                Cell::Text(text) => text.width(),
            });
            cells.max().unwrap_or(0).max(name)
        })
        .collect();
    book.sheet(table.title.get(language), &widths)?;
    let heads = table.columns.iter().map(|column| SheetCell::Heading(column.label.get(language)));
    book.cells(heads)?;
    for row in &table.rows {
        let cells = row.iter().zip(&table.columns);
        book.cells(cells.map(|(value, column)| cell(value, column.unit, report, language)))?;
    }
    Ok(())
}

fn cell<'a>(cell: &'a Cell, unit: Unit, report: &Report, language: Language) -> SheetCell<'a> {
    match cell {
        Cell::Absent => SheetCell::Empty,
        Cell::Count(count) => SheetCell::Count(*count),
        Cell::Label(label) => SheetCell::Text(label.get(language)),
        Cell::Text(text) => match unit {
            Unit::Text => SheetCell::Text(text),
            Unit::Date => text.parse().map_or(SheetCell::Text(text), SheetCell::Day),
            Unit::Count => SheetCell::Number(text, Style::Whole),
            Unit::Money => SheetCell::Number(text, money(report)),
            Unit::Exact => SheetCell::Number(text, Style::Exact),
            Unit::Rate => SheetCell::Number(text, Style::Percent),
            Unit::Days => SheetCell::Number(text, Style::One),
        },
    }
}

/// The format of money at the places of the report's currency.
fn money(report: &Report) -> Style {
    let scale = report.currency.parse::<Currency>().map_or(2, Currency::scale);
    match scale {
        0 => Style::Whole,
        3 => Style::Three,
        4 => Style::Four,
        _ => Style::Two,
    }
}
