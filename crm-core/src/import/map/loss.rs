//! What a plan would lose of a file: told before anything is written.

use std::collections::BTreeMap;

use serde::Serialize;

use super::{BoundFrom, Mapping, Ref};
use crate::import::plan::{Source, Unmapped};
use crate::import::read::Row;

/// Distinct texts that are kept for one field.
const TEXTS_MAX: usize = 1000;

/// What is lost, with how many rows lose it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Loss {
    /// Of which file.
    pub file: String,
    /// As what its rows are read.
    pub entity: &'static str,
    /// `column`: nothing reads it · `merged`: several texts become one value · `replaced`: texts that the map does not
    /// know become what the plan says otherwise, or nothing · `cut`: texts lose their end.
    pub kind: &'static str,
    /// The column.
    pub column: String,
    /// The field; empty for a column that nothing reads.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub field: String,
    /// The texts that can no longer be told apart, or that are replaced; some of them where they are many.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub texts: Vec<String>,
    /// How many rows.
    pub rows: u64,
}

/// What the rows of a file lose, counted row by row.
#[derive(Debug, Default)]
pub struct Losses {
    columns: BTreeMap<usize, u64>,
    /// By the place of a field and its source: the texts that came, and how often.
    texts: BTreeMap<(usize, usize), BTreeMap<String, u64>>,
    cut: BTreeMap<(usize, usize), u64>,
}

impl Mapping<'_> {
    /// Counts what one row loses.
    pub fn count_losses(&self, row: &Row, losses: &mut Losses) {
        let filled = |at: usize| row.cell(at).map(str::trim).filter(|text| !text.is_empty());
        for at in &self.unread {
            if filled(*at).is_some_and(|text| !self.sheet.format.is_empty(text)) {
                let count = losses.columns.entry(*at).or_default();
                *count = count.saturating_add(1);
            }
        }
        for ((field, source), plan, at) in &self.lossy {
            let Some(text) = filled(*at).filter(|text| !self.sheet.format.is_empty(text)) else {
                continue;
            };
            if plan.truncate.is_some_and(|max| text.chars().count() > max) {
                let count = losses.cut.entry((*field, *source)).or_default();
                *count = count.saturating_add(1);
            }
            if plan.map.is_some() {
                let texts = losses.texts.entry((*field, *source)).or_default();
                let room = texts.len() < TEXTS_MAX;
                match texts.get_mut(text) {
                    Some(count) => *count = count.saturating_add(1),
                    None if room => drop(texts.insert(text.to_owned(), 1)),
                    None => {}
                }
            }
        }
    }

    /// What was counted. Rule IMP-5 (F212).
    pub fn losses(&self, counted: &Losses) -> Vec<Loss> {
        let entity = self.file.entity.name;
        let loss = |kind, column: &str, field: &str, texts: Vec<String>, rows| Loss {
            file: self.file_name.clone(),
            entity,
            kind,
            column: column.to_owned(),
            field: field.to_owned(),
            texts,
            rows,
        };
        let mut found = Vec::new();
        for (at, rows) in &counted.columns {
            let name = self.header.get(*at).map(String::as_str).unwrap_or_default();
            found.push(loss("column", name, "", Vec::new(), *rows));
        }
        for ((field, source), plan, at) in &self.lossy {
            let name = self.header.get(*at).map(String::as_str).unwrap_or_default();
            let target = self.sheet.fields.get(*field).map(|field| field.plan.target.as_str());
            let target = target.unwrap_or_default();
            if let Some(rows) = counted.cut.get(&(*field, *source)) {
                found.push(loss("cut", name, target, Vec::new(), *rows));
            }
            if let Some(texts) = counted.texts.get(&(*field, *source)) {
                found.extend(
                    merged(plan, texts)
                        .into_iter()
                        .map(|(kind, texts, rows)| loss(kind, name, target, texts, rows)),
                );
            }
        }
        found
    }
}

/// Texts that become one value, and those that the map does not know.
fn merged(plan: &Source, texts: &BTreeMap<String, u64>) -> Vec<(&'static str, Vec<String>, u64)> {
    let Some(map) = &plan.map else { return Vec::new() };
    let mut meant: BTreeMap<&str, (Vec<String>, u64)> = BTreeMap::new();
    let mut unknown: (Vec<String>, u64) = Default::default();
    for (text, rows) in texts {
        let into = match (map.get(text), &plan.unmapped) {
            (Some(value), _) => meant.entry(value.as_str()).or_default(),
            (None, Unmapped::Keep) => meant.entry(text.as_str()).or_default(),
            (None, Unmapped::Value(_) | Unmapped::Empty) => &mut unknown,
            // Its row is rejected and kept.
            (None, Unmapped::Reject) => continue,
        };
        into.0.push(text.clone());
        into.1 = into.1.saturating_add(*rows);
    }
    let several = meant.into_values().filter(|(texts, _)| texts.len() > 1);
    let several = several.map(|(texts, rows)| ("merged", texts, rows));
    let replaced = Some(unknown).filter(|(texts, _)| !texts.is_empty());
    several.chain(replaced.map(|(texts, rows)| ("replaced", texts, rows))).collect()
}

/// The sources of a sheet by which something may be lost, with the column they read.
pub(super) fn lossy<'a>(
    fields: &[super::BoundField<'a>],
) -> Vec<((usize, usize), &'a Source, usize)> {
    let mut found = Vec::new();
    for (field, bound) in fields.iter().enumerate() {
        for (place, source) in bound.sources.iter().enumerate() {
            let may = source.plan.map.is_some() || source.plan.truncate.is_some();
            if let BoundFrom::First(columns) = &source.from
                && let Some(Ref::Cell(at)) = columns.first()
                && may
            {
                found.push(((field, place), source.plan, *at));
            }
        }
    }
    found
}
