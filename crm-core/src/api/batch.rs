//! Several operations as one atomic commit.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::Value;

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

/// What the operations of a batch answered.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct BatchDone {
    /// Their responses, in order.
    pub responses: Vec<Value>,
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
            let request =
                serde_json::to_vec(&step.request).map_err(|e| Error::Internal(e.to_string()))?;
            let entry = super::find(&step.op)?;
            let response = (entry.run)(cx, &request).map_err(|error| below(&path, error))?;
            let response = serde_json::from_slice(&response);
            responses.push(response.map_err(|e| Error::Internal(e.to_string()))?);
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
