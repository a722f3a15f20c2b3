//! What is wrong with a plan, and what is wrong with a row.

use serde::Serialize;

/// One mistake in a plan: where, what was found, what would have been right.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct PlanFault {
    /// The stable code of the rule, such as `plan.key.unknown`.
    pub code: &'static str,
    /// Where in the plan: `file[0].fields.amount`.
    pub path: String,
    /// What was found there, shortened.
    pub value: String,
    /// What the rule allows, in words.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub limit: Option<String>,
    /// The names that would have been accepted, where the set is closed.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub allowed: Vec<String>,
}

impl PlanFault {
    /// A mistake by rule `code` at `path`.
    pub fn new(code: &'static str, path: impl Into<String>, value: &str) -> Self {
        Self { code, path: path.into(), value: excerpt(value), limit: None, allowed: Vec::new() }
    }

    /// The same mistake, with what would be right.
    #[must_use]
    pub fn limit(mut self, limit: impl Into<String>) -> Self {
        self.limit = Some(limit.into());
        self
    }

    /// The same mistake, with the accepted names.
    #[must_use]
    pub fn allowed<T: Into<String>>(mut self, allowed: impl IntoIterator<Item = T>) -> Self {
        self.allowed = allowed.into_iter().map(Into::into).collect();
        self
    }
}

/// Why one cell of one row cannot be imported.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct CellFault {
    /// The stable code of the rule, such as `number.format`.
    pub code: String,
    /// The file, where it is not the row's own (a line of an order).
    #[serde(skip_serializing_if = "Option::is_none")]
    pub file: Option<String>,
    /// The row of that file; the header is row 1.
    pub row: u64,
    /// The columns it came from; empty for a constant.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub column: String,
    /// The field it was meant for.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub field: String,
    /// What was in the cell, shortened.
    pub value: String,
    /// What would have been accepted, in words.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub limit: Option<String>,
    /// The values that would have been accepted, where the set is closed.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub allowed: Vec<String>,
}

/// A refusal of one text before it knows its row and column.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Unfit {
    pub(crate) code: &'static str,
    pub(crate) value: String,
    pub(crate) limit: Option<String>,
    pub(crate) allowed: Vec<String>,
}

impl Unfit {
    pub(crate) fn new(code: &'static str, value: &str) -> Self {
        Self { code, value: excerpt(value), limit: None, allowed: Vec::new() }
    }

    pub(crate) fn limit(mut self, limit: impl Into<String>) -> Self {
        self.limit = Some(limit.into());
        self
    }

    pub(crate) fn allowed<T: Into<String>>(mut self, allowed: impl IntoIterator<Item = T>) -> Self {
        self.allowed = allowed.into_iter().map(Into::into).collect();
        self
    }
}

const EXCERPT_CHARS_MAX: usize = 80;

fn excerpt(value: &str) -> String {
    let mut chars = value.chars();
    let mut short: String = chars.by_ref().take(EXCERPT_CHARS_MAX).collect();
    if chars.next().is_some() {
        short.push('…');
    }
    short
}
