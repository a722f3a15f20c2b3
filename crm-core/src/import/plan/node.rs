//! A table of the plan being read: every key is taken once, what is left over is a mistake.

use std::collections::BTreeMap;

use toml::{Table, Value};

use crate::import::fault::PlanFault;

/// A table with its path. Mistakes go to `faults`, and reading goes on, so that one run shows them all.
pub(super) struct Node<'a> {
    table: Table,
    pub(super) path: String,
    known: Vec<&'static str>,
    given: Vec<&'static str>,
    pub(super) faults: &'a mut Vec<PlanFault>,
}

/// A table that was taken from another, with its path.
pub(super) type Part = (Table, String);

impl<'a> Node<'a> {
    pub(super) fn new((table, path): Part, faults: &'a mut Vec<PlanFault>) -> Self {
        Self { table, path, known: Vec::new(), given: Vec::new(), faults }
    }

    pub(super) fn path_of(&self, key: &str) -> String {
        if self.path.is_empty() { key.to_owned() } else { format!("{}.{key}", self.path) }
    }

    pub(super) fn fault(&mut self, code: &'static str, key: &str, value: &str) -> &mut PlanFault {
        let path = if key.is_empty() { self.path.clone() } else { self.path_of(key) };
        self.faults.push(PlanFault::new(code, path, value));
        let last = self.faults.len().saturating_sub(1);
        #[expect(clippy::indexing_slicing, reason = "it was pushed two lines above")]
        &mut self.faults[last]
    }

    pub(super) fn value(&mut self, key: &'static str) -> Option<Value> {
        self.known.push(key);
        let value = self.table.remove(key)?;
        self.given.push(key);
        Some(value)
    }

    /// Whether the table had that key, which was taken before.
    pub(super) fn was_given(&self, key: &str) -> bool {
        self.given.contains(&key)
    }

    fn typed<T>(
        &mut self,
        key: &'static str,
        wanted: &'static str,
        read: impl FnOnce(Value) -> Result<T, Value>,
    ) -> Option<T> {
        match read(self.value(key)?) {
            Ok(read) => Some(read),
            Err(value) => {
                self.fault("plan.type", key, &value.to_string()).limit = Some(wanted.to_owned());
                None
            }
        }
    }

    pub(super) fn text(&mut self, key: &'static str) -> Option<String> {
        let text = self.typed(key, "text", |value| text_of(&value).ok_or(value))?;
        if text.is_empty() {
            self.fault("plan.empty", key, "").limit = Some("not empty".to_owned());
            return None;
        }
        Some(text)
    }

    pub(super) fn needed(&mut self, key: &'static str) -> Option<String> {
        if !self.table.contains_key(key) {
            self.known.push(key);
            self.fault("plan.key.missing", key, "");
            return None;
        }
        self.text(key)
    }

    pub(super) fn flag(&mut self, key: &'static str) -> Option<bool> {
        self.typed(key, "true or false", |value| value.as_bool().ok_or(value))
    }

    pub(super) fn char(&mut self, key: &'static str) -> Option<char> {
        self.typed(key, "one character", |value| one_char(&value).ok_or(value))
    }

    /// One text or a list of texts.
    pub(super) fn texts(&mut self, key: &'static str) -> Option<Vec<String>> {
        self.typed(key, "a text or a list of texts", |value| texts_of(&value).ok_or(value))
    }

    /// Texts by name.
    pub(super) fn map(&mut self, key: &'static str) -> Option<BTreeMap<String, String>> {
        let (table, path) = self.part(key)?;
        let mut map = BTreeMap::new();
        for (name, value) in table {
            match text_of(&value) {
                Some(text) => drop(map.insert(name, text)),
                None => self.faults.push(
                    PlanFault::new("plan.type", format!("{path}.{name}"), &value.to_string())
                        .limit("text"),
                ),
            }
        }
        Some(map)
    }

    pub(super) fn part(&mut self, key: &'static str) -> Option<Part> {
        let path = self.path_of(key);
        self.typed(key, "a table", table_of).map(|table| (table, path))
    }

    /// The tables of a list.
    pub(super) fn parts(&mut self, key: &'static str) -> Vec<Part> {
        let path = self.path_of(key);
        let list = self.typed(key, "a list of tables", |value| {
            if let Value::Array(list) = value { Ok(list) } else { Err(value) }
        });
        let mut parts = Vec::new();
        for (at, value) in list.unwrap_or_default().into_iter().enumerate() {
            let path = format!("{path}[{at}]");
            match table_of(value) {
                Ok(table) => parts.push((table, path)),
                Err(value) => self
                    .faults
                    .push(PlanFault::new("plan.type", path, &value.to_string()).limit("a table")),
            }
        }
        parts
    }

    /// The tables of a table, by name.
    pub(super) fn named_parts(&mut self, key: &'static str) -> Vec<(String, Part)> {
        let Some((table, path)) = self.part(key) else { return Vec::new() };
        let mut parts = Vec::new();
        for (name, value) in table {
            let path = format!("{path}.{name}");
            match table_of(value) {
                Ok(table) => parts.push((name, (table, path))),
                Err(value) => self
                    .faults
                    .push(PlanFault::new("plan.type", path, &value.to_string()).limit("a table")),
            }
        }
        parts
    }

    /// Whatever was not taken has no place here.
    pub(super) fn finish(self) {
        for (key, value) in &self.table {
            let path = self.path_of(key);
            let fault = PlanFault::new("plan.key.unknown", path, &value.to_string());
            self.faults.push(fault.allowed(self.known.iter().copied()));
        }
    }
}

fn table_of(value: Value) -> Result<Table, Value> {
    if let Value::Table(table) = value { Ok(table) } else { Err(value) }
}

/// Numbers, flags and dates may stand without quotes where a text is meant.
pub(super) fn text_of(value: &Value) -> Option<String> {
    match value {
        Value::String(text) => Some(text.clone()),
        Value::Integer(_) | Value::Boolean(_) | Value::Datetime(_) => Some(value.to_string()),
        Value::Float(_) | Value::Array(_) | Value::Table(_) => None,
    }
}

fn texts_of(value: &Value) -> Option<Vec<String>> {
    match value.as_array() {
        Some(list) => list.iter().map(text_of).collect(),
        None => Some(vec![text_of(value)?]),
    }
}

fn one_char(value: &Value) -> Option<char> {
    let mut chars = value.as_str()?.chars();
    let char = chars.next()?;
    chars.next().is_none().then_some(char)
}
