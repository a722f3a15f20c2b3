//! One operation per line: the format of `crm run`, of scenarios, and of every host that replays them.
//!
//! A line in is an object: `op` and, where they are given, `request`, `key`, `now`, `entropy` (64 hexadecimal digits),
//! `tenant`, `actor`, `purpose`. A line out is `{"ok":response}` or `{"error":problem}`. The same lines under the same
//! [`Defaults`] give the same bytes through every door.

use serde::{Deserialize, Serialize};
use serde_json::Value;
use serde_json::value::RawValue;

use crate::access::Purpose;
use crate::engine::{CallOptions, Engine, Env, Error, Problem, SessionOptions, fitted, tree};
use crate::store::TenantId;
use crate::value::{Invalid, Timestamp};

/// What holds for each line that does not say otherwise.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Defaults {
    /// When a call is made.
    pub now: Timestamp,
    /// Where entropy comes from: line `n` has step `n` of it.
    #[serde(default)]
    pub seed: u64,
    /// Whose data.
    #[serde(default = "first_tenant")]
    pub tenant: u64,
    /// Who acts; the owner where nobody is named.
    #[serde(default)]
    pub actor: Option<String>,
    /// What for; selling where nothing is said.
    #[serde(default)]
    pub purpose: Option<Purpose>,
}

/// The tenant of a host that has one.
const fn first_tenant() -> u64 {
    1
}

impl Defaults {
    /// The tenant 1, its owner, selling, at `now`.
    pub const fn at(now: Timestamp, seed: u64) -> Self {
        Self { now, seed, tenant: first_tenant(), actor: None, purpose: None }
    }

    /// From JSON.
    ///
    /// # Errors
    ///
    /// [`Error::Request`].
    pub fn parse(json: &str) -> Result<Self, Error> {
        fitted(&tree(json.as_bytes())?)
    }

    /// Time and entropy of line `number`.
    fn env(&self, number: u64) -> Env {
        let mut entropy = [0; 32];
        entropy.iter_mut().zip(self.seed.to_be_bytes()).for_each(|(slot, byte)| *slot = byte);
        Env { now: self.now, entropy }.step(number)
    }
}

/// One line of a script.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Line {
    op: String,
    #[serde(default = "no_fields")]
    request: Value,
    key: Option<String>,
    now: Option<Timestamp>,
    entropy: Option<Entropy>,
    tenant: Option<u64>,
    actor: Option<String>,
    purpose: Option<Purpose>,
}

/// The request of an operation that asks for nothing.
fn no_fields() -> Value {
    Value::Object(serde_json::Map::new())
}

/// 32 bytes, as 64 hexadecimal digits.
#[derive(Deserialize)]
#[serde(try_from = "String")]
struct Entropy([u8; 32]);

impl TryFrom<String> for Entropy {
    type Error = Invalid;

    fn try_from(text: String) -> Result<Self, Invalid> {
        let wrong = || Invalid::new("entropy.format", &text).limit("64 hexadecimal digits");
        let digits: Option<Vec<u8>> = text
            .chars()
            .map(|digit| digit.to_digit(16).and_then(|digit| u8::try_from(digit).ok()))
            .collect();
        let digits = digits.filter(|digits| digits.len() == 64).ok_or_else(wrong)?;
        let mut bytes = [0; 32];
        for (byte, pair) in bytes.iter_mut().zip(digits.chunks_exact(2)) {
            *byte = pair.iter().fold(0, |high, low| high << 4 | low);
        }
        Ok(Self(bytes))
    }
}

/// What a line answers.
#[derive(Serialize)]
#[serde(rename_all = "snake_case")]
enum Answer {
    Ok(Box<RawValue>),
    Error(Problem),
}

/// Runs line `number` (the first is 1) and gives its answer, without a line break; nothing for a line that is blank or
/// begins with `#`.
pub fn run_line(engine: &Engine, defaults: &Defaults, number: u64, line: &str) -> Option<String> {
    let line = line.trim();
    if line.is_empty() || line.starts_with('#') {
        return None;
    }
    let answer = match answer(engine, defaults, number, line) {
        Ok(response) => Answer::Ok(response),
        Err(error) => Answer::Error(error.problem()),
    };
    Some(serde_json::to_string(&answer).unwrap_or_else(|e| format!("{{\"error\":\"{e}\"}}")))
}

fn answer(
    engine: &Engine,
    defaults: &Defaults,
    number: u64,
    line: &str,
) -> Result<Box<RawValue>, Error> {
    let line: Line = fitted(&tree(line.as_bytes())?)?;
    let usual = SessionOptions::default();
    let session = engine.session(SessionOptions {
        tenant: TenantId(line.tenant.unwrap_or(defaults.tenant)),
        actor: line.actor.or_else(|| defaults.actor.clone()).unwrap_or(usual.actor),
        purpose: line.purpose.or(defaults.purpose).unwrap_or(usual.purpose),
    });
    let mut env = defaults.env(number);
    env.now = line.now.unwrap_or(env.now);
    env.entropy = line.entropy.map_or(env.entropy, |entropy| entropy.0);
    let options = CallOptions { key: line.key.as_deref(), ..CallOptions::default() };
    let response = session.call_on(&env, super::find(&line.op)?, &line.request, &options)?;
    let internal = |e: String| Error::Internal(e);
    let response = String::from_utf8(response).map_err(|e| internal(e.to_string()))?;
    RawValue::from_string(response).map_err(|e| internal(e.to_string()))
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use super::*;
    use crate::store::MemoryStore;

    fn defaults() -> Defaults {
        Defaults::parse(r#"{"now":"2026-01-05T08:00:00Z","seed":7}"#).unwrap()
    }

    fn run(lines: &[&str]) -> Vec<Option<String>> {
        let engine = Engine::open(Arc::new(MemoryStore::default()));
        (1..).zip(lines).map(|(n, line)| run_line(&engine, &defaults(), n, line)).collect()
    }

    #[test]
    fn a_script_answers_each_line_and_gives_the_same_bytes_each_time() {
        let lines = [
            r#"{"op":"customer.create","request":{"name":"A"}}"#,
            "# a remark",
            "",
            r#"{"op":"customer.create","request":{"name":"A"},"key":"k","now":"2026-01-06T00:00:00Z"}"#,
            r#"{"op":"customer.create","request":{"name":"A"},"key":"k"}"#,
            r#"{"op":"customer.create"}"#,
        ];
        let first = run(&lines);
        assert_eq!(first, run(&lines));
        assert!(first[0].as_deref().unwrap().starts_with(r#"{"ok":{"id":""#), "{first:?}");
        assert_eq!((&first[1], &first[2]), (&None, &None));
        assert_ne!(first[0], first[3]);
        assert_eq!(first[3], first[4], "the key's first answer again");
        assert!(first[5].as_deref().unwrap().contains(r#""code":"text.empty""#), "{first:?}");
    }

    #[test]
    fn a_line_that_is_no_call_is_answered_with_the_field_at_fault() {
        let table = [
            ("nonsense", r#""path":"","#),
            (r#"{"op":"x","typo":1}"#, r#""path":"typo","#),
            (r#"{"op":"x","entropy":"00"}"#, r#""path":"entropy","#),
            (r#"{"op":"x","purpose":"fun"}"#, r#""path":"purpose","#),
            (r#"{"op":"x"}"#, r#""code":"request.operation_unknown""#),
        ];
        for (line, expected) in table {
            let answer = run(&[line]).pop().flatten().unwrap();
            assert!(answer.starts_with(r#"{"error":"#) && answer.contains(expected), "{answer}");
        }
    }

    #[test]
    fn entropy_that_is_given_decides_the_ids() {
        let line = format!(
            r#"{{"op":"customer.create","request":{{"name":"A"}},"entropy":"{}"}}"#,
            "0a".repeat(32)
        );
        let twice = run(&["", &line]);
        assert_eq!(twice[1], run(&[&line])[0]);
    }
}
