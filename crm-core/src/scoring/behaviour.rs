//! What people did that speaks for or against them.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use super::model::Target;
use crate::decision::{Check, Refusal};
use crate::record;
use crate::record::Ext;
use crate::value::{Code, Id, Invalid, Timestamp};

record! {
    /// Something that a lead or a customer did: opened a mail, came to a demo, asked to be left alone. Never changed.
    pub struct Behaviour: Behaviour, append_only {
        /// What kind of record did it.
        1 subject_kind: Target;
        /// Which.
        2 subject: Uuid;
        /// What: a code of the vocabulary `behaviour`.
        3 code: Code;
        /// When.
        4 at: Timestamp;
        /// Where it was seen: a code of the vocabulary `source`.
        5 source: Option<Code>;
        /// When it was entered.
        6 recorded_at: Timestamp;
    }
    listings {
        1 "by_subject" ["subject", "at"];
    }
}

impl Behaviour {
    /// The listing by who did it, then when.
    pub const BY_SUBJECT: u16 = 1;
}

/// Records that a lead or customer did something. The same behaviour of the same one at the same instant is recorded once.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct RecordBehaviour {
    /// What kind of record did it: `lead`, `customer` or `opportunity`.
    pub subject_kind: Target,
    /// Which.
    pub subject: Uuid,
    /// What: a code of the vocabulary `behaviour`.
    pub code: String,
    /// When; now where nothing is said.
    #[serde(default)]
    pub at: Option<Timestamp>,
    /// Where it was seen: a code of the vocabulary `source`.
    #[serde(default)]
    pub source: Option<String>,
}

/// The behaviour as it will be kept.
///
/// # Errors
///
/// `code.*` (code, source) · `time.future` (at). Rule SCO-3 (F048).
pub fn record_behaviour(wish: &RecordBehaviour, now: Timestamp) -> Result<Behaviour, Refusal> {
    let mut check = Check::default();
    let code = check.take("code", Code::parse(&wish.code));
    let source = check.parse("source", wish.source.as_deref());
    let at = wish.at.unwrap_or(now);
    check.rule(at <= now, "at", || {
        Invalid::new("time.future", &at.to_string()).limit(format!("not after {now}"))
    });
    let behaviour = code.map(|code| Behaviour {
        id: Id::derived([
            b"behaviour",
            wish.subject.as_bytes().as_slice(),
            code.as_str().as_bytes(),
            &at.micros().to_be_bytes(),
        ]),
        subject_kind: wish.subject_kind,
        subject: wish.subject,
        code,
        at,
        source,
        recorded_at: now,
        ext: Ext::new(),
    });
    check.finish(behaviour)
}
