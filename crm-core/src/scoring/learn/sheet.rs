//! What is learned from: rows of features with what became of them.

use std::collections::BTreeMap;

use super::bins::Values;
use crate::scoring::feature::{Features, Input, millionths};

/// One value of one row.
#[derive(Clone, Copy, Debug, PartialEq)]
enum Cell {
    Missing,
    Number(i64),
    Text(u32),
}

/// One feature of the rows so far.
#[derive(Clone, Debug, Default)]
struct Column {
    cells: Vec<Cell>,
    /// One more than the place of a text in the order of its first sight.
    texts: BTreeMap<String, u32>,
}

/// Rows of features with what became of them. Push the oldest first.
#[derive(Clone, Debug, Default)]
pub struct Sheet {
    outcomes: Vec<u8>,
    columns: BTreeMap<String, Column>,
}

impl Sheet {
    /// One more row, and whether it came out well.
    pub fn push(&mut self, features: &Features, outcome: bool) {
        let row = self.outcomes.len();
        self.outcomes.push(u8::from(outcome));
        for (name, input) in features {
            if !self.columns.contains_key(name) {
                self.columns.insert(name.clone(), Column::default());
            }
            if let Some(column) = self.columns.get_mut(name) {
                column.push(row, input);
            }
        }
    }

    /// What became of each row: 1 where it came out well.
    pub fn outcomes(&self) -> &[u8] {
        &self.outcomes
    }

    /// The features by name.
    pub(super) fn finish(self) -> (Vec<u8>, Vec<(String, Values)>) {
        let rows = self.outcomes.len();
        let columns =
            self.columns.into_iter().map(|(name, column)| (name, column.finish(rows))).collect();
        (self.outcomes, columns)
    }
}

impl Column {
    fn push(&mut self, row: usize, input: &Input) {
        self.cells.resize(row, Cell::Missing);
        let cell = match input {
            Input::Number(value) => Cell::Number(millionths::of(*value)),
            Input::Text(text) => Cell::Text(self.code(text)),
        };
        self.cells.push(cell);
    }

    fn code(&mut self, text: &str) -> u32 {
        if let Some(code) = self.texts.get(text) {
            return *code;
        }
        let code = u32::try_from(self.texts.len()).unwrap_or(u32::MAX).saturating_add(1);
        self.texts.insert(text.to_owned(), code);
        code
    }

    /// Numbers where every value is one, else texts.
    fn finish(mut self, rows: usize) -> Values {
        self.cells.resize(rows, Cell::Missing);
        if self.texts.is_empty() {
            let number = |cell: &Cell| match cell {
                Cell::Number(value) => Some(*value),
                Cell::Missing | Cell::Text(_) => None,
            };
            return Values::Numbers(self.cells.iter().map(number).collect());
        }
        let cells = core::mem::take(&mut self.cells);
        let texts = cells.into_iter().map(|cell| match cell {
            Cell::Missing => 0,
            Cell::Text(code) => code,
            Cell::Number(value) => {
                let number = rust_decimal::Decimal::new(value, millionths::SCALE);
                self.code(&Input::Number(number).text())
            }
        });
        let codes: Vec<u32> = texts.collect();
        let mut levels: Vec<(u32, String)> =
            self.texts.into_iter().map(|(text, code)| (code, text)).collect();
        levels.sort_unstable();
        Values::Texts(codes, levels.into_iter().map(|(_, text)| text).collect())
    }
}
