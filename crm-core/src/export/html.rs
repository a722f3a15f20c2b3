//! Reports as one self-contained page.
//!
//! Both languages are in the page and switch without a script; light and dark follow the reader's system; charts are
//! drawn twice, for a desk and for a phone. The script only sorts tables. Nothing is loaded from anywhere.

use core::fmt::Write;

#[cfg(feature = "charts")]
use super::document::{Chart, ChartKind};
use super::{
    document::{Cell, Column, Figure, Label, Language, Report, Table},
    escaped,
    number::{ABSENT, is_number, local_time, shown},
};

const STYLE: &str = include_str!("page.css");
const SCRIPT: &str = include_str!("page.js");

/// The page of `reports`, one section each; it opens in `language`.
pub fn html(reports: &[Report], language: Language) -> String {
    let title = match reports {
        [one] => one.title.clone(),
        _ => Label::new("Sales report", "销售报告"),
    };
    page(&title, reports, language)
}

/// The same under a title of its own.
pub fn page(title: &Label, reports: &[Report], language: Language) -> String {
    let mut page = Page { html: String::new() };
    page.head(title, reports, language);
    page.add("<main>");
    for (number, report) in reports.iter().enumerate() {
        page.section(number, report, reports.len() > 1);
    }
    page.add("</main>");
    page.foot(reports);
    page.html
}

struct Page {
    html: String,
}

impl Page {
    fn add(&mut self, html: &str) {
        self.html.push_str(html);
        self.html.push('\n');
    }

    fn head(&mut self, title: &Label, reports: &[Report], language: Language) {
        let (tag, en, zh) = match language {
            Language::En => ("en", " checked", ""),
            Language::Zh => ("zh-CN", "", " checked"),
        };
        let name = escaped(title.get(language));
        self.add(&format!(
            "<!doctype html>\n<html lang=\"{tag}\">\n<head>\n<meta charset=\"utf-8\">\n\
             <meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n\
             <title>{name}</title>\n<style>\n{STYLE}</style>\n</head>\n<body>\n<header>\n<div class=\"top\">\n\
             <h1>{}</h1>\n<div class=\"switch\">\
             <input type=\"radio\" name=\"language\" id=\"en\"{en}><label for=\"en\">English</label>\
             <input type=\"radio\" name=\"language\" id=\"zh\"{zh}><label for=\"zh\">中文</label></div>\n</div>",
            both(title)
        ));
        if let Some(report) = reports.first() {
            let time = local_time(report);
            let line = Label::new(
                format!("As of {time} · {} · {}", report.zone, report.currency),
                format!("截至 {time} · {} · {}", report.zone, report.currency),
            );
            self.add(&format!("<p class=\"asof\">{}</p>", both(&line)));
        }
        if reports.len() > 1 {
            self.add("<nav>");
            for (number, report) in reports.iter().enumerate() {
                self.add(&format!("<a href=\"#r{number}\">{}</a>", both(&heading(report))));
            }
            self.add("</nav>");
        }
        self.add("</header>");
    }

    fn section(&mut self, number: usize, report: &Report, is_one_of_many: bool) {
        self.add(&format!("<section id=\"r{number}\">"));
        if is_one_of_many {
            self.add(&format!("<h2>{}</h2>", both(&report.title)));
        }
        if !report.parameters.is_empty() {
            let asked = report.parameters.iter().map(|parameter| {
                format!("<span>{} {}</span>", both(&parameter.label), both(&parameter.shown))
            });
            self.add(&format!("<p class=\"asked\">{}</p>", asked.collect::<String>()));
        }
        self.cards(&report.figures);
        self.charts(number, report);
        for table in &report.tables {
            self.table(table);
        }
        if !report.notes.is_empty() {
            let notes = report.notes.iter().map(|note| format!("<li>{}</li>", both(note)));
            self.add(&format!("<ul class=\"notes\">{}</ul>", notes.collect::<String>()));
        }
        if !report.definitions.is_empty() {
            let of = |definition: &super::document::Definition| {
                format!("<dt>{}</dt><dd>{}</dd>", both(&definition.term), both(&definition.text))
            };
            let definitions: String = report.definitions.iter().map(of).collect();
            let summary = both(&Label::new("Definitions", "指标定义"));
            self.add(&format!(
                "<details><summary>{summary}</summary><dl>{definitions}</dl></details>"
            ));
        }
        self.add("</section>");
    }

    fn cards(&mut self, figures: &[Figure]) {
        if figures.is_empty() {
            return;
        }
        self.add("<dl class=\"cards\">");
        for figure in figures {
            let note = figure
                .note
                .as_ref()
                .map_or_else(String::new, |note| format!("<dd>{}</dd>", both(note)));
            let value = value(&figure.value, figure.unit);
            let size = match shown(&figure.value, figure.unit, Language::En).chars().count() {
                0..=11 => "",
                12..=15 => " class=\"long\"",
                _ => " class=\"longer\"",
            };
            self.add(&format!(
                "<div><dt>{}</dt><dd{size}>{value}</dd>{note}</div>",
                both(&figure.label)
            ));
        }
        self.add("</dl>");
    }

    #[cfg(feature = "charts")]
    fn charts(&mut self, number: usize, report: &Report) {
        const SLIM: f64 = 330.0;
        let drawn: Vec<&Chart> =
            report.charts.iter().filter(|chart| !chart.categories.is_empty()).collect();
        if drawn.is_empty() {
            return;
        }
        // One of an odd number takes the whole width, so that the others stand in pairs.
        let is_odd = !drawn.len().is_multiple_of(2);
        self.add("<div class=\"charts\">");
        for (at, chart) in drawn.into_iter().enumerate() {
            let is_full = is_odd && at == 0;
            let (full, wide) = if is_full { (" class=\"full\"", 1060.0) } else { ("", 520.0) };
            self.add(&format!(
                "<figure{full}><figcaption>{}{}</figcaption>",
                both(&chart.title),
                legend(chart, &format!("r{number}c{at}"))
            ));
            for (class, width) in [("wide", wide), ("slim", SLIM)] {
                for (language, tag) in [(Language::En, "en"), (Language::Zh, "zh")] {
                    let prefix = format!("r{number}c{at}{class}{tag}");
                    let svg = super::svg::inline(chart, language, width, &prefix);
                    self.add(&format!(
                        "<div class=\"{class}\"><div lang=\"{tag}\">{svg}</div></div>"
                    ));
                }
            }
            self.add("</figure>");
        }
        self.add("</div>");
    }

    #[cfg(not(feature = "charts"))]
    fn charts(&mut self, _: usize, _: &Report) {}

    fn table(&mut self, table: &Table) {
        self.add(&format!(
            "<h3>{}</h3>\n<div class=\"scroll\" tabindex=\"0\"><table><thead><tr>",
            both(&table.title)
        ));
        for column in &table.columns {
            self.add(&format!("<th{} scope=\"col\">{}</th>", class(column), both(&column.label)));
        }
        self.add("</tr></thead><tbody>");
        for row in &table.rows {
            let is_total = matches!(row.first(), Some(Cell::Label(label)) if label.en == "All");
            let mut line = String::from(if is_total { "<tr class=\"total\">" } else { "<tr>" });
            for (cell, column) in row.iter().zip(&table.columns) {
                let value = value(cell, column.unit);
                // Writing to a text cannot fail.
                let _ = write!(line, "<td{}>{value}</td>", class(column));
            }
            self.add(&format!("{line}</tr>"));
        }
        self.add("</tbody></table></div>");
    }

    fn foot(&mut self, reports: &[Report]) {
        let money = Label::new(
            "Money is exact; rates and days are rounded for display.",
            "金额为精确值；比率与天数按显示精度取整。",
        );
        if !reports.is_empty() {
            self.add(&format!("<footer>{}</footer>", both(&money)));
        }
        self.add(&format!("<script>\n{SCRIPT}</script>\n</body>\n</html>"));
    }
}

/// What tells a report from others of its name: what it is split by.
fn heading(report: &Report) -> Label {
    let by = report.parameters.iter().find(|parameter| parameter.key == "by");
    match by {
        Some(by) => Label::new(
            format!("{} ({})", report.title.en, by.shown.en),
            format!("{}（{}）", report.title.zh, by.shown.zh),
        ),
        None => report.title.clone(),
    }
}

/// The text in both languages, each marked, where they differ.
fn both(label: &Label) -> String {
    if label.en == label.zh {
        return escaped(&label.en);
    }
    format!(
        "<span lang=\"en\">{}</span><span lang=\"zh\">{}</span>",
        escaped(&label.en),
        escaped(&label.zh)
    )
}

fn value(cell: &Cell, unit: super::document::Unit) -> String {
    match cell {
        Cell::Absent => format!("<span class=\"none\">{ABSENT}</span>"),
        Cell::Label(label) => both(label),
        Cell::Count(_) | Cell::Text(_) => escaped(&shown(cell, unit, Language::En)),
    }
}

const fn class(column: &Column) -> &'static str {
    if is_number(column.unit) { " class=\"n\"" } else { "" }
}

/// Swatches and names of several series; the other charts name their parts.
#[cfg(feature = "charts")]
fn legend(chart: &Chart, prefix: &str) -> String {
    let names: Vec<&Label> = match chart.kind {
        ChartKind::Bar | ChartKind::Line | ChartKind::Step => {
            chart.series.iter().map(|series| &series.label).collect()
        }
        ChartKind::Pie | ChartKind::Funnel | ChartKind::HeatMap | ChartKind::Waterfall => {
            Vec::new()
        }
    };
    if names.len() < 2 {
        return String::new();
    }
    let entry = |(at, name): (usize, &&Label)| {
        format!("<span>{}{}</span>", super::svg::swatch(at, chart, prefix), both(name))
    };
    let entries: String = names.iter().enumerate().map(entry).collect();
    format!("<span class=\"legend\">{entries}</span>")
}

#[cfg(test)]
#[path = "html_tests.rs"]
mod tests;
