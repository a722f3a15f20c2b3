//! What a decision answers when it does not agree: every rule that was broken, in a fixed order.

use core::fmt;
use std::collections::BTreeMap;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::value::Invalid;

/// One broken rule: which, where, what was given, what would have been allowed.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Violation {
    /// The stable code of the rule, such as `opportunity.stage.criteria_unmet`.
    pub code: String,
    /// The field in the request, such as `lines[2].quantity`; empty where the rule is about the whole.
    pub path: String,
    /// What was given, shortened.
    pub value: String,
    /// The limit, in words.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub limit: Option<String>,
    /// What would have been accepted, where the set is closed.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub allowed: Vec<String>,
}

impl Violation {
    /// A value refused at a path.
    pub fn at(path: impl Into<String>, invalid: Invalid) -> Self {
        let Invalid { code, value, limit, allowed } = invalid;
        Self { code, path: path.into(), value, limit, allowed }
    }
}

/// One edit of a plain field: what the editor saw, and what it shall be. Nothing, or `null`, is an empty field.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Edit {
    /// What the field held when it was read.
    #[serde(default)]
    pub from: Value,
    /// What it shall hold.
    #[serde(default)]
    pub to: Value,
}

/// Edits by field; a custom field is `custom.` and its code.
pub type Edits = BTreeMap<String, Edit>;

/// All rules that a wish breaks, never none, in the order in which they are documented.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{} ({} in all)", first.code, rest.len().saturating_add(1))]
pub struct Refusal {
    first: Box<Violation>,
    rest: Vec<Violation>,
}

impl Refusal {
    /// A refusal for one reason.
    pub fn of(violation: Violation) -> Self {
        Self { first: Box::new(violation), rest: Vec::new() }
    }

    /// A refusal by rule `code` of what stands at `path`.
    pub fn by(code: &str, path: &str, value: &str) -> Self {
        Self::of(Violation::at(path, Invalid::new(code, value)))
    }

    /// Every reason, in order.
    pub fn violations(&self) -> impl Iterator<Item = &Violation> {
        core::iter::once(&*self.first).chain(&self.rest)
    }
}

/// Collects what is wrong with a wish, so that all of it is said at once.
#[derive(Debug, Default)]
pub struct Check {
    violations: Vec<Violation>,
}

impl Check {
    /// The value, or nothing and a violation at `path`.
    pub fn take<T>(
        &mut self,
        path: &(impl fmt::Display + ?Sized),
        parsed: Result<T, Invalid>,
    ) -> Option<T> {
        parsed.map_err(|invalid| self.refuse(path.to_string(), invalid)).ok()
    }

    /// The value of an optional text, parsed; `None` for none and for a refused one.
    pub fn parse<T: core::str::FromStr<Err = Invalid>>(
        &mut self,
        path: &(impl fmt::Display + ?Sized),
        text: Option<&str>,
    ) -> Option<T> {
        text.and_then(|text| self.take(path, text.parse()))
    }

    /// Adds a violation of rule `code` unless `holds`.
    pub fn rule(
        &mut self,
        holds: bool,
        path: &(impl fmt::Display + ?Sized),
        invalid: impl FnOnce() -> Invalid,
    ) {
        if !holds {
            self.refuse(path.to_string(), invalid());
        }
    }

    /// Adds a violation.
    pub fn refuse(&mut self, path: impl Into<String>, invalid: Invalid) {
        self.violations.push(Violation::at(path, invalid));
    }

    /// Adds a violation that another rule found.
    pub fn add(&mut self, violation: Violation) {
        self.violations.push(violation);
    }

    /// Adds the reasons of another decision, below `path`; beside the own ones where that is empty.
    pub fn below<T>(&mut self, path: &str, decided: Result<T, Refusal>) -> Option<T> {
        decided.map_err(|refusal| self.add_below(path, &refusal)).ok()
    }

    fn add_below(&mut self, path: &str, refusal: &Refusal) {
        self.violations.extend(refusal.violations().map(|violation| Violation {
            path: match (path, violation.path.as_str()) {
                ("", inner) => inner.to_owned(),
                (outer, "") => outer.to_owned(),
                (outer, inner) => format!("{outer}.{inner}"),
            },
            ..violation.clone()
        }));
    }

    /// Whether nothing is wrong so far.
    pub fn is_clean(&self) -> bool {
        self.violations.is_empty()
    }

    /// Agreement, or everything that is wrong.
    ///
    /// # Errors
    ///
    /// Every violation that was added, in that order.
    pub fn done(self) -> Result<(), Refusal> {
        let mut violations = self.violations.into_iter();
        match violations.next() {
            None => Ok(()),
            Some(first) => Err(Refusal { first: Box::new(first), rest: violations.collect() }),
        }
    }

    /// The value that was taken where nothing is wrong, else everything that is.
    ///
    /// # Errors
    ///
    /// Every violation; `request.missing` where there is neither a value nor a violation.
    pub fn finish<T>(self, value: Option<T>) -> Result<T, Refusal> {
        self.done()?;
        value.ok_or_else(|| Refusal::by("request.missing", "", ""))
    }
}

/// What a decision refused, for tests: `path code` of every violation, in order; nothing where it agreed.
#[cfg(test)]
pub(crate) fn broken<T>(decided: &Result<T, Refusal>) -> Vec<String> {
    let violations = decided.as_ref().err().into_iter().flat_map(Refusal::violations);
    violations.map(|v| format!("{} {}", v.path, v.code).trim_start().to_owned()).collect()
}
