//! The document model: what a report says, apart from how it looks.

use chrono::NaiveDate;
use rust_decimal::Decimal;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::value::Timestamp;

/// A language that reports are written in.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Language {
    /// English.
    En,
    /// Chinese, simplified.
    Zh,
}

impl Language {
    /// Both, English first.
    pub const ALL: [Self; 2] = [Self::En, Self::Zh];
}

/// A text of ours in both languages.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Label {
    /// In English.
    pub en: String,
    /// In Chinese.
    pub zh: String,
}

impl Label {
    /// A text in both languages.
    pub fn new(en: impl Into<String>, zh: impl Into<String>) -> Self {
        Self { en: en.into(), zh: zh.into() }
    }

    /// A text of the host's, the same in both.
    pub fn same(text: &str) -> Self {
        Self::new(text, text)
    }

    /// In `language`.
    pub fn get(&self, language: Language) -> &str {
        match language {
            Language::En => &self.en,
            Language::Zh => &self.zh,
        }
    }
}

/// What the numbers of a column, a figure or a series are.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Unit {
    /// Words.
    Text,
    /// A number of things.
    Count,
    /// Money at the places of the report's currency.
    Money,
    /// Money before rounding.
    Exact,
    /// A share of 1, at four places: shown in percent.
    Rate,
    /// Days, at four places.
    Days,
    /// A calendar day.
    Date,
}

/// One value of a table. In JSON: null, a number, a text, or a label; money, rates and days are decimal texts.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(untagged)]
pub enum Cell {
    /// Not applicable, or no data.
    Absent,
    /// A number of things.
    Count(u64),
    /// A text of ours.
    Label(Label),
    /// A text of the host's, or a decimal by the column's unit.
    Text(String),
}

impl Cell {
    /// A text of the host's.
    pub fn text(text: impl Into<String>) -> Self {
        Self::Text(text.into())
    }

    /// A number, written as it displays.
    pub fn number(number: impl ToString) -> Self {
        Self::Text(number.to_string())
    }

    /// A decimal, or nothing.
    pub fn decimal(decimal: Option<Decimal>) -> Self {
        decimal.map_or(Self::Absent, Self::number)
    }

    /// A number of things that may be unknown.
    pub fn count(count: Option<u64>) -> Self {
        count.map_or(Self::Absent, Self::Count)
    }

    /// A day.
    pub fn date(day: NaiveDate) -> Self {
        Self::number(day)
    }
}

/// One column of a table.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Column {
    /// Its stable name.
    pub key: String,
    /// Its heading.
    pub label: Label,
    /// What its cells are.
    #[serde(rename = "type")]
    pub unit: Unit,
}

impl Column {
    /// A column.
    pub fn new(key: &str, label: Label, unit: Unit) -> Self {
        Self { key: key.to_owned(), label, unit }
    }
}

/// A table.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Table {
    /// Its stable name within the report.
    pub key: String,
    /// Its title.
    pub title: Label,
    /// Its columns.
    pub columns: Vec<Column>,
    /// Its rows; each has one cell a column.
    pub rows: Vec<Vec<Cell>>,
}

/// A number worth a card of its own.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Figure {
    /// Its stable name within the report.
    pub key: String,
    /// What it is.
    pub label: Label,
    /// The number.
    pub value: Cell,
    /// What it counts.
    #[serde(rename = "type")]
    pub unit: Unit,
    /// What to know beside it, such as what it was computed from.
    pub note: Option<Label>,
}

/// The shape of a chart.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum ChartKind {
    /// Upright bars over few categories, lying ones over many or long ones; series are stacked.
    Bar,
    /// Lines over time.
    Line,
    /// Shares of a whole.
    Pie,
    /// Stages that narrow; a second series is the share that went on from each.
    Funnel,
    /// A grid: categories are its columns, series its rows; the more, the darker.
    HeatMap,
    /// From one level to another: the first value is the level at the beginning, the last one that at the end, and those
    /// between are what was added or taken.
    Waterfall,
    /// Lines that hold each value until the next one, such as a survival curve.
    Step,
}

impl ChartKind {
    /// All shapes.
    pub const ALL: [Self; 7] = [
        Self::Bar,
        Self::Line,
        Self::Pie,
        Self::Funnel,
        Self::HeatMap,
        Self::Waterfall,
        Self::Step,
    ];

    /// What people call it.
    pub fn label(self) -> Label {
        match self {
            Self::Bar => Label::new("Bar chart", "柱状图"),
            Self::Line => Label::new("Line chart", "折线图"),
            Self::Pie => Label::new("Pie chart", "饼图"),
            Self::Funnel => Label::new("Funnel", "漏斗图"),
            Self::HeatMap => Label::new("Heat map", "热力图"),
            Self::Waterfall => Label::new("Waterfall chart", "瀑布图"),
            Self::Step => Label::new("Step chart", "阶梯图"),
        }
    }
}

/// One series of a chart.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Series {
    /// Its name.
    pub label: Label,
    /// A decimal text for each category; nothing where there is no data.
    pub values: Vec<Option<String>>,
}

/// A chart: dense series over categories.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Chart {
    /// Its stable name within the report.
    pub key: String,
    /// Its shape.
    pub kind: ChartKind,
    /// Its title.
    pub title: Label,
    /// What its values are.
    #[serde(rename = "type")]
    pub unit: Unit,
    /// What is along its axis.
    pub categories: Vec<Label>,
    /// Its series.
    pub series: Vec<Series>,
    /// The shares of the first series in basis points, summing to 10,000: of a pie alone.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub shares: Vec<u32>,
}

/// What a term of the report means.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Definition {
    /// The term.
    pub term: Label,
    /// Its meaning.
    pub text: Label,
}

impl Definition {
    /// A term and its meaning.
    pub fn new(term: (&str, &str), text: (&str, &str)) -> Self {
        Self { term: Label::new(term.0, term.1), text: Label::new(text.0, text.1) }
    }
}

/// What the report was asked.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Parameter {
    /// Its stable name.
    pub key: String,
    /// Its name for people.
    pub label: Label,
    /// Its value: keys, names or days, separated by commas.
    pub value: String,
    /// Its value for people.
    pub shown: Label,
}

/// A report.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Report {
    /// Its stable name, as on the command line.
    pub name: String,
    /// Its title.
    pub title: Label,
    /// The moment its facts are seen from.
    pub as_of: Timestamp,
    /// IANA name of the zone of its days.
    pub zone: String,
    /// ISO 4217 code of its money.
    pub currency: String,
    /// What it was asked.
    pub parameters: Vec<Parameter>,
    /// Its key figures.
    pub figures: Vec<Figure>,
    /// Its tables.
    pub tables: Vec<Table>,
    /// Its charts.
    pub charts: Vec<Chart>,
    /// What its terms mean.
    pub definitions: Vec<Definition>,
    /// What was left out, and other things to know.
    pub notes: Vec<Label>,
}

impl Report {
    /// The key figures as a table: key, name, value, what it is, note.
    pub fn figures_table(&self) -> Table {
        let column =
            |key: &str, en: &str, zh: &str| Column::new(key, Label::new(en, zh), Unit::Text);
        let unit = |unit: Unit| {
            serde_json::to_value(unit).ok().and_then(|unit| Some(unit.as_str()?.to_owned()))
        };
        let row = |figure: &Figure| {
            vec![
                Cell::text(figure.key.as_str()),
                Cell::Label(figure.label.clone()),
                figure.value.clone(),
                unit(figure.unit).map_or(Cell::Absent, Cell::Text),
                figure.note.clone().map_or(Cell::Absent, Cell::Label),
            ]
        };
        Table {
            key: "figures".to_owned(),
            title: Label::new("Key figures", "关键指标"),
            columns: vec![
                column("key", "Key", "代码"),
                column("figure", "Figure", "指标"),
                column("value", "Value", "数值"),
                column("unit", "Unit", "单位"),
                column("note", "Note", "说明"),
            ],
            rows: self.figures.iter().map(row).collect(),
        }
    }
}
