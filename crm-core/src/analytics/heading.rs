//! What the documents of all reports share: their heads, their group columns and their stock phrases.

use super::{
    dimension::Dimension,
    group,
    query::Query,
    stats::{FEW, Proportion, Verdict},
    table::FactTable,
};
use crate::export::document::{Cell, Column, Figure, Label, Parameter, Report, Unit};

/// A report that says nothing yet but what it was asked.
pub(super) fn report(name: &str, title: Label, table: &FactTable, query: &Query) -> Report {
    Report {
        name: name.to_owned(),
        title,
        as_of: query.as_of,
        zone: query.zone.name().to_owned(),
        currency: table.currency().to_owned(),
        parameters: parameters(table, query),
        figures: Vec::new(),
        tables: Vec::new(),
        charts: Vec::new(),
        definitions: Vec::new(),
        notes: Vec::new(),
    }
}

/// What a report was asked, in words.
pub(crate) fn parameters(table: &FactTable, query: &Query) -> Vec<Parameter> {
    let parameter =
        |key: &str, label, value, shown| Parameter { key: key.to_owned(), label, value, shown };
    let mut parameters = Vec::new();
    if !query.period.is_all() {
        let period = query.period.to_string();
        let shown = Label::same(&period);
        parameters.push(parameter("period", Label::new("Period", "期间"), period, shown));
    }
    for (dimension, keys) in &query.filter.is {
        let dictionary = table.dictionary(*dimension);
        let label = |key: &String| match dictionary.code(key) {
            Some(code) => value_label(code, dictionary.label(code)),
            None => Label::same(key),
        };
        let keys_text = keys.iter().map(String::as_str).collect::<Vec<_>>().join(", ");
        let shown = joined(&keys.iter().map(label).collect::<Vec<_>>(), ", ");
        parameters.push(parameter(dimension.name(), dimension.label(), keys_text, shown));
    }
    if !query.by.is_empty() {
        let names = query.by.iter().map(|of| of.name()).collect::<Vec<_>>().join(", ");
        let shown = joined(&query.by.iter().map(|of| of.label()).collect::<Vec<_>>(), ", ");
        parameters.push(parameter("by", Label::new("Split by", "分组"), names, shown));
    }
    parameters
}

fn joined(labels: &[Label], between: &str) -> Label {
    let each = |text: fn(&Label) -> &str| labels.iter().map(text).collect::<Vec<_>>().join(between);
    Label::new(each(|label| &label.en), each(|label| &label.zh))
}

/// A key figure.
pub(super) fn figure(key: &str, label: (&str, &str), value: Cell, unit: Unit) -> Figure {
    Figure { key: key.to_owned(), label: Label::new(label.0, label.1), value, unit, note: None }
}

/// A column.
pub(super) fn column(key: &str, label: (&str, &str), unit: Unit) -> Column {
    Column::new(key, Label::new(label.0, label.1), unit)
}

/// The columns that name a group.
pub(super) fn group_columns(by: &[Dimension]) -> Vec<Column> {
    by.iter().map(|of| Column::new(of.name(), of.label(), Unit::Text)).collect()
}

/// The cells that name a group.
pub(super) fn group_cells(table: &FactTable, by: &[Dimension], codes: &[u32]) -> Vec<Cell> {
    let named = group::labels(table, by, codes).into_iter().zip(codes);
    named.map(|(label, code)| value_cell(*code, &label)).collect()
}

/// The cell of one value: "(none)" is ours to translate, everything else the host's.
pub(super) fn value_cell(code: u32, label: &str) -> Cell {
    if code == 0 { Cell::Label(value_label(code, label)) } else { Cell::text(label) }
}

/// The same as a label.
pub(super) fn value_label(code: u32, label: &str) -> Label {
    if code == 0 && label == super::column::NONE_LABEL {
        Label::new(label, "（未填）")
    } else {
        Label::same(label)
    }
}

/// The name of a group on an axis.
pub(super) fn group_label(table: &FactTable, by: &[Dimension], codes: &[u32]) -> Label {
    let each = group::labels(table, by, codes).into_iter().zip(codes);
    let each: Vec<Label> = each.map(|(label, code)| value_label(*code, &label)).collect();
    joined(&each, " · ")
}

/// `count` things left out, if there are any.
pub(super) fn note(report: &mut Report, count: u64, en: &str, zh: &str) {
    if count > 0 {
        report.notes.push(Label::new(
            en.replace("{n}", &count.to_string()),
            zh.replace("{n}", &count.to_string()),
        ));
    }
}

/// Deals that no sum of money contains.
pub(super) fn note_unpriced(report: &mut Report, count: u64) {
    note(
        report,
        count,
        "{n} deals have no amount in the base currency: counted, but in no sum.",
        "{n} 个商机没有本位币金额：计入数量，不计入金额合计。",
    );
}

/// Deals that a period cannot place.
pub(super) fn note_undated(report: &mut Report, count: u64) {
    note(
        report,
        count,
        "{n} deals lack the date that this report goes by: left out.",
        "{n} 个商机缺少本报表所依据的日期：未纳入。",
    );
}

/// What stands where too few cases are known for a figure.
pub(super) fn few() -> Label {
    Label::new("too few", "样本过少")
}

/// The columns of [`rate_cells`].
pub(super) fn rate_columns(rate: (&str, &str)) -> [Column; 3] {
    [
        column("rate", rate, Unit::Rate),
        column("low", ("95 % from", "95% 下限"), Unit::Rate),
        column("high", ("95 % to", "95% 上限"), Unit::Rate),
    ]
}

/// A rate with its interval; "too few" where it rests on fewer than [`FEW`] cases.
pub(super) fn rate_cells(of: Proportion) -> [Cell; 3] {
    if of.trials < FEW {
        return [Cell::Label(few()), Cell::Absent, Cell::Absent];
    }
    let interval = of.interval();
    [
        Cell::decimal(of.rate()),
        Cell::decimal(interval.map(|(low, _)| low)),
        Cell::decimal(interval.map(|(_, high)| high)),
    ]
}

/// What can be said of a rate against another one.
pub(super) fn verdict(verdict: Verdict) -> Cell {
    Cell::Label(match verdict {
        Verdict::TooFew => few(),
        Verdict::Alike => Label::new("not distinguishable", "无法区分"),
        Verdict::Higher => Label::new("higher", "更高"),
        Verdict::Lower => Label::new("lower", "更低"),
    })
}
