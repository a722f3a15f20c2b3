//! The second clock: what was known at an instant, whatever was entered or changed since.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use super::batch::{Json, RunBatch, below};
use crate::access::Access;
use crate::engine::{Cx, Error, Known, Operation};
use crate::export::dashboard::DashboardData;
use crate::export::document::{Label, Parameter, Report};
use crate::value::{Invalid, Timestamp};

/// What says of itself as of when it was known.
pub(super) trait Dated {
    /// Says when what it tells was known.
    fn known(&mut self, at: Timestamp);

    /// Says that so many records are told as they are now.
    fn untold(&mut self, records: u64);
}

fn parameter(at: Timestamp) -> Parameter {
    let value = at.to_string();
    let shown = Label::same(&value);
    Parameter {
        key: "known_at".to_owned(),
        label: Label::new("Known at", "认知时点"),
        value,
        shown,
    }
}

fn left(records: u64) -> Label {
    Label::new(
        format!(
            "{records} records were changed since in a way that is no longer known: they count as they are now."
        ),
        format!("{records} 条记录此后的变更已无从追溯：按现值计入。"),
    )
}

impl Dated for Report {
    fn known(&mut self, at: Timestamp) {
        self.parameters.push(parameter(at));
    }

    fn untold(&mut self, records: u64) {
        self.notes.push(left(records));
    }
}

impl Dated for DashboardData {
    fn known(&mut self, at: Timestamp) {
        self.parameters.push(parameter(at));
    }

    fn untold(&mut self, records: u64) {
        self.definitions.push(crate::export::document::Definition {
            term: Label::new("Known at", "认知时点"),
            text: left(records),
        });
    }
}

/// What `tell` says of what was known at an instant; of what is known now where none is named.
///
/// # Errors
///
/// `known_at.ahead` for an instant that is not over · those of [`Cx::known_at`] · those of `tell`. Rule FT-6 (B03, F130,
/// F142, F169).
pub(super) fn believed<R: Dated>(
    cx: &mut Cx<'_>,
    known_at: Option<Timestamp>,
    tell: impl Fn(&mut Cx<'_>) -> Result<R, Error>,
) -> Result<R, Error> {
    let Some(at) = known_at else { return tell(cx) };
    let known = past(cx, at, tell)?;
    let mut found = known.found;
    found.known(at);
    if known.untold > 0 {
        found.untold(known.untold);
    }
    Ok(found)
}

fn past<R>(
    cx: &Cx<'_>,
    at: Timestamp,
    tell: impl Fn(&mut Cx<'_>) -> Result<R, Error>,
) -> Result<Known<R>, Error> {
    if at > cx.now() {
        let invalid = Invalid::new("known_at.ahead", &at.to_string());
        return Err(Error::invalid("known_at", invalid.limit(format!("not after {}", cx.now()))));
    }
    cx.known_at(at, tell)
}

/// Asks any operation that only reads as it would have answered at an instant: from what had been recorded until then, as if
/// it were that instant now. Later entries, also those that are dated before it, are not seen; whoever asks has the rights
/// of today. What nobody knows any more is told as it is now, and counted. Reports take `known_at` themselves.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct CallPast {
    /// The instant: not before the first commit that the journal still tells of, and not ahead.
    pub known_at: Timestamp,
    /// The name of an operation that reads: of the right `Read` or `Report`.
    pub op: String,
    /// Its request.
    #[serde(default = "nothing")]
    pub request: Value,
}

fn nothing() -> Value {
    json!({})
}

/// What was known.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct CalledPast {
    /// The instant.
    pub known_at: Timestamp,
    /// The last commit that was known.
    pub through: u64,
    /// How many records are told as they are now, since it is not known what they were: they were removed for good, erased,
    /// or changed by an import that can no longer be undone.
    pub untold: u64,
    /// What the operation answers.
    pub response: Json,
}

impl Operation for CallPast {
    const NAME: &'static str = "past.call";
    const ACCESS: Access = Access::Read;
    type Response = CalledPast;

    fn run(&self, cx: &mut Cx<'_>) -> Result<CalledPast, Error> {
        let entry = super::find(&self.op)?;
        let reads = matches!(entry.access, Access::Read | Access::Report);
        let refused = || {
            let invalid = Invalid::new("past.writes", &self.op);
            Error::invalid("op", invalid.limit("an operation that reads"))
        };
        if !reads || [RunBatch::NAME, Self::NAME].contains(&entry.name) {
            return Err(refused());
        }
        cx.permit(entry.access)?;
        let known = past(cx, self.known_at, |cx| (entry.run)(cx, &self.request));
        // Of our own wish, the path is no part of the request below.
        let is_ours = |error: &Error| matches!(error, Error::Refused(refusal) if refusal.violations().all(|one| one.path == "known_at"));
        let known =
            known.map_err(|error| if is_ours(&error) { error } else { below("request", error) })?;
        if known.writes {
            return Err(refused());
        }
        Ok(CalledPast {
            known_at: self.known_at,
            through: known.through,
            untold: known.untold,
            response: Json::of(known.found)?,
        })
    }
}
