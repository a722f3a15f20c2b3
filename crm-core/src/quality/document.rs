//! A record as rules see it: field by field, in texts.

use std::collections::BTreeMap;

use serde_json::{Map, Value};

use crate::record::{ColumnType, Record, Val};
use crate::value::Timestamp;

/// The fields of a record that hold something, each with its values as text; custom ones under `custom.` and their code.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Document(BTreeMap<String, Vec<String>>);

impl Document {
    /// A stored record.
    pub fn of(record: &Record) -> Self {
        let mut fields = BTreeMap::new();
        for (def, val) in record.def.fields.iter().zip(&record.vals) {
            let text = match (def.ty, val) {
                (ColumnType::Instant, Val::Int(micros)) => {
                    Timestamp::from_micros(*micros).ok().map(|at| at.to_string())
                }
                _ => text(val),
            };
            fields.extend(text.map(|text| (def.name.clone(), vec![text])));
        }
        for (code, val) in &record.ext {
            fields.extend(text(val).map(|text| (format!("custom.{code}"), vec![text])));
        }
        Self(fields)
    }

    /// A request for a record, before it is one.
    pub fn asked(request: &Map<String, Value>) -> Self {
        let mut fields = BTreeMap::new();
        for (name, value) in request {
            match value.as_object().filter(|_| name == "custom") {
                Some(inner) => fields
                    .extend(inner.iter().map(|(code, val)| (format!("custom.{code}"), texts(val)))),
                None => drop(fields.insert(name.clone(), texts(value))),
            }
        }
        fields.retain(|_, texts| !texts.is_empty());
        Self(fields)
    }

    /// The same with these values of a field.
    #[must_use]
    pub fn with(mut self, field: &str, values: Vec<String>) -> Self {
        if !values.is_empty() {
            self.0.insert(field.to_owned(), values);
        }
        self
    }

    /// What a field holds; nothing where it is empty.
    pub fn get(&self, field: &str) -> &[String] {
        self.0.get(field).map_or(&[], Vec::as_slice)
    }
}

/// A value as text; nothing for nothing and for the empty link.
fn text(val: &Val) -> Option<String> {
    match val {
        Val::Null | Val::Bytes(_) => None,
        Val::Bool(value) => Some(value.to_string()),
        Val::Int(value) => Some(value.to_string()),
        Val::Text(text) => Some(text.clone()),
        Val::Id(id) => (!id.is_nil()).then(|| id.to_string()),
    }
}

fn texts(value: &Value) -> Vec<String> {
    match value {
        Value::Null | Value::Object(_) => Vec::new(),
        Value::Bool(value) => vec![value.to_string()],
        Value::Number(value) => vec![value.to_string()],
        Value::String(text) => vec![text.clone()],
        Value::Array(values) => values.iter().flat_map(texts).collect(),
    }
}
