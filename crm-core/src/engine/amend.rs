//! Edits of plain fields: each says what it replaces, so edits of different fields never get in each other's way.

use serde::{Serialize, de::DeserializeOwned};
use serde_json::Value;

use super::Error;
use crate::decision::{Edits, Violation};
use crate::value::Invalid;

/// A wish with edits applied: the wish that would make the record as it is, changed and ready to be decided anew.
///
/// # Errors
///
/// `field.unknown` for a field that the wish does not have; [`Error::Conflict`] where a field no longer holds what the
/// editor saw, with what it holds now; [`Error::Request`] where a new value is not of the field's form.
pub fn amended<W: Serialize + DeserializeOwned>(wish: &W, edits: &Edits) -> Result<W, Error> {
    let internal = |e: serde_json::Error| Error::Internal(e.to_string());
    let mut document = serde_json::to_value(wish).map_err(internal)?;
    let mut conflicts = Vec::new();
    for (field, edit) in edits {
        let path = format!("set.{field}");
        let (object, name) = match field.split_once('.') {
            Some(("custom", code)) => (document.get_mut("custom"), code),
            _ => (Some(&mut document), field.as_str()),
        };
        let object = object.and_then(Value::as_object_mut);
        let Some(object) = object.filter(|object| field.contains('.') || object.contains_key(name))
        else {
            return Err(Error::invalid(&path, Invalid::new("field.unknown", field)));
        };
        let current = object.get(name).cloned().unwrap_or(Value::Null);
        if current == edit.to {
            continue;
        }
        if current != edit.from {
            let invalid = Invalid::new("record.conflict", &edit.from.to_string())
                .limit(format!("now {current}"));
            conflicts.push(Violation::at(path, invalid));
            continue;
        }
        object.insert(name.to_owned(), edit.to.clone());
    }
    if !conflicts.is_empty() {
        return Err(Error::Conflict(conflicts));
    }
    super::fit::fitted_at("set", &document)
}
