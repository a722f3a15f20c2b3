//! Why a text or a number is not a value.

use serde::{Deserialize, Serialize};

/// A value that was refused: which rule, what was given, what would have been allowed.
///
/// It knows no field; the decision that parses a field adds the path and makes a `Violation` of it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, thiserror::Error)]
#[error("{code}: {value:?}")]
pub struct Invalid {
    /// The stable code of the rule, such as `text.too_long`.
    pub code: String,
    /// What was given, shortened to [`Invalid::EXCERPT_CHARS_MAX`] characters.
    pub value: String,
    /// The limit that it broke, in words a person can read (`at most 200 characters`).
    pub limit: Option<String>,
    /// The codes that would have been accepted, where the set is closed.
    pub allowed: Vec<String>,
}

impl Invalid {
    /// How much of an offending value an error repeats.
    pub const EXCERPT_CHARS_MAX: usize = 80;

    /// A refusal by rule `code` of `value`.
    pub fn new(code: &str, value: &str) -> Self {
        let mut excerpt: String = value.chars().take(Self::EXCERPT_CHARS_MAX).collect();
        if excerpt.len() < value.len() {
            excerpt.push('…');
        }
        Self { code: code.to_owned(), value: excerpt, limit: None, allowed: Vec::new() }
    }

    /// The same refusal, naming the limit that was broken.
    #[must_use]
    pub fn limit(mut self, limit: impl Into<String>) -> Self {
        self.limit = Some(limit.into());
        self
    }

    /// The same refusal, listing what would have been accepted.
    #[must_use]
    pub fn allowed<T: Into<String>>(mut self, allowed: impl IntoIterator<Item = T>) -> Self {
        self.allowed = allowed.into_iter().map(Into::into).collect();
        self
    }
}
