//! Several operations as one atomic commit.

use std::borrow::Cow;

use schemars::{JsonSchema, Schema, SchemaGenerator};
use serde::{Deserialize, Serialize};
use serde_json::Value;
use serde_json::value::RawValue;

use crate::access::Access;
use crate::decision::{Check, Refusal};
use crate::engine::{Cx, Error, Operation};
use crate::value::Invalid;

/// Operations that take effect together or not at all, each seeing the ones before it; each leaves its own fact.
///
/// A record that a later one names gets its id from the caller (`id` in its request).
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct RunBatch {
    /// The operations, 1 to 1,000, in order. A batch holds no batch.
    pub operations: Vec<Step>,
}

/// One operation of a batch.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Step {
    /// Its name.
    pub op: String,
    /// Its request.
    pub request: Value,
}

/// JSON as it is spelled: an answer is handed on without looking into it.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Json(Box<RawValue>);

impl Json {
    /// Its text.
    pub fn text(&self) -> &str {
        self.0.get()
    }

    /// The JSON that an operation answered.
    pub(super) fn of(answer: Vec<u8>) -> Result<Self, Error> {
        let text = String::from_utf8(answer).map_err(|e| Error::Internal(e.to_string()))?;
        RawValue::from_string(text).map(Self).map_err(|e| Error::Internal(e.to_string()))
    }
}

impl PartialEq for Json {
    fn eq(&self, other: &Self) -> bool {
        self.text() == other.text()
    }
}

impl JsonSchema for Json {
    fn inline_schema() -> bool {
        true
    }

    fn schema_name() -> Cow<'static, str> {
        "AnyValue".into()
    }

    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        true.into()
    }
}

/// What the operations of a batch answered.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct BatchDone {
    /// Their responses, in order.
    pub responses: Vec<Json>,
}

impl Operation for RunBatch {
    const NAME: &'static str = "batch";
    const ACCESS: Access = Access::Read;
    type Response = BatchDone;

    fn run(&self, cx: &mut Cx<'_>) -> Result<BatchDone, Error> {
        let count = self.operations.len();
        if !(1..=1000).contains(&count) {
            let invalid = Invalid::new("batch.size", &count.to_string()).limit("1 to 1,000");
            return Err(Error::invalid("operations", invalid));
        }
        let mut responses = Vec::with_capacity(count);
        for (at, step) in self.operations.iter().enumerate() {
            let path = format!("operations[{at}].request");
            if step.op == Self::NAME {
                let invalid = Invalid::new("batch.nested", &step.op);
                return Err(Error::invalid(&format!("operations[{at}].op"), invalid));
            }
            let entry = super::find(&step.op)?;
            let response = (entry.run)(cx, &step.request).map_err(|error| below(&path, error))?;
            responses.push(Json::of(response)?);
        }
        Ok(BatchDone { responses })
    }
}

/// The same error, its paths below `path`.
pub(super) fn below(path: &str, error: Error) -> Error {
    let moved = |refusal: Refusal| {
        let mut check = Check::default();
        check.below::<()>(path, Err(refusal));
        check.done().err()
    };
    if let Error::Request(mut violation) = error {
        violation.path = format!("{path}.{}", violation.path);
        return Error::Request(violation);
    }
    let Error::Refused(refusal) = error else { return error };
    let unreasoned = || Error::Internal("a refusal without a reason".to_owned());
    moved(refusal).map_or_else(unreasoned, Error::Refused)
}
