//! Operations that find out whether somebody is reached by a phone number or an address.

use std::collections::BTreeMap;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use super::Seen;
use crate::access::Access;
use crate::engine::{Cx, Error, Operation};
use crate::party::{
    Confirmation, Confirmed, ContactPoint, RecordConfirmation, answer, ask, record_confirmation,
};
use crate::record::{Entity, Kind, Val};
use crate::value::{Id, Invalid, Timestamp};

/// Asks whether somebody is reached by one of their contact points. The host sends them the token; it answers once, and
/// until it expires. What was asked about that point before is answered by its token no more.
///
/// The token is in the answer to this call alone; what is stored is its hash. A call with an idempotency key keeps its
/// answer, and the token with it, for 30 days: call without one.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct AskConfirmation {
    /// About which contact point.
    pub point: Id<ContactPoint>,
    /// For how many minutes the token answers: 1 to 43,200; 4,320 where nothing is said.
    #[serde(default)]
    pub minutes: Option<u32>,
}

/// A question that was asked.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Asked {
    /// The confirmation.
    pub id: Id<Confirmation>,
    /// What answers it: 64 hexadecimal digits.
    pub token: String,
    /// From when on it answers nothing.
    pub expires_at: Option<Timestamp>,
}

impl Operation for AskConfirmation {
    const NAME: &'static str = "confirmation.ask";
    const ACCESS: Access = Access::Record;
    type Response = Asked;

    fn run(&self, cx: &mut Cx<'_>) -> Result<Asked, Error> {
        let point = cx.known("point", self.point)?;
        let token: String = cx.secret().iter().map(|byte| format!("{byte:02x}")).collect();
        let asked = ask(&point, &token, self.minutes, cx.actor()?.id, cx.now())?;
        cx.put(&asked)?;
        Ok(Asked { id: asked.id, token, expires_at: asked.expires_at })
    }
}

/// Answers a question by its token.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct AnswerConfirmation {
    /// What the host sent.
    pub token: String,
    /// Whether they are reached; they are where nothing is said. A mail that came back says `false`.
    #[serde(default = "yes")]
    pub confirmed: bool,
}

const fn yes() -> bool {
    true
}

impl Operation for AnswerConfirmation {
    const NAME: &'static str = "confirmation.answer";
    const ACCESS: Access = Access::Record;
    type Response = Seen<Confirmation>;

    fn run(&self, cx: &mut Cx<'_>) -> Result<Seen<Confirmation>, Error> {
        let hash = Confirmation::hash_of(&self.token);
        let found =
            cx.unique::<Confirmation>(Confirmation::BY_TOKEN, &[Val::from(hash.as_str())])?;
        let unknown = || {
            let invalid = Invalid::new("confirmation.unknown_token", "");
            Error::invalid("token", invalid.limit("the token of the last question"))
        };
        let question = found.ok_or_else(unknown)?;
        let point = cx.find(Id::<ContactPoint>::new(question.point))?;
        cx.amend(&answer(&question, point.as_ref(), self.confirmed, cx.now())?)
    }
}

impl Operation for RecordConfirmation {
    const NAME: &'static str = "confirmation.record";
    const ACCESS: Access = Access::Record;
    type Response = Seen<Confirmation>;

    fn run(&self, cx: &mut Cx<'_>) -> Result<Seen<Confirmation>, Error> {
        let point = cx.known("point", self.point)?;
        let found = record_confirmation(&point, self, cx.actor()?.id, cx.now())?;
        cx.amend(&found)
    }
}

/// The contact points of a customer, contact or lead, and whether they reach them.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct ListConfirmations {
    /// Whom the points reach.
    pub owner: Uuid,
}

/// Contact points and whether they reach somebody.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Confirmations {
    /// Each point.
    pub rows: Vec<PointConfirmed>,
}

/// A contact point and whether it reaches somebody.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct PointConfirmed {
    /// The point.
    pub point: ContactPoint,
    /// Whether it was found out; nothing where nobody asked, or asked about another value.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub status: Option<Confirmed>,
    /// Whether a question waits for an answer that cannot come any more.
    pub expired: bool,
    /// When it was answered.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub answered_at: Option<Timestamp>,
}

impl Operation for ListConfirmations {
    const NAME: &'static str = "confirmation.list";
    const ACCESS: Access = Access::Read;
    type Response = Confirmations;

    fn run(&self, cx: &mut Cx<'_>) -> Result<Confirmations, Error> {
        let owner = [Val::Id(self.owner)];
        let points = cx.list::<ContactPoint>(ContactPoint::BY_OWNER, &owner)?;
        let mut rows = Vec::new();
        for point in points {
            let found = cx.find(Confirmation::id_of(point.id.uuid()))?;
            let found = found.filter(|found| found.is_of(&point));
            rows.push(PointConfirmed {
                status: found.as_ref().map(|found| found.status),
                expired: found.as_ref().is_some_and(|found| found.is_expired(cx.now())),
                answered_at: found.and_then(|found| found.answered_at),
                point,
            });
        }
        Ok(Confirmations { rows })
    }
}

/// Ends the confirmation of every contact point that this decision removed or gave another value.
///
/// # Errors
///
/// The store's.
pub(super) fn settle(cx: &mut Cx<'_>) -> Result<(), Error> {
    let normal = ContactPoint::def().field_named("normal").map(|field| field.id);
    let changed = cx.written(Kind::ContactPoint).filter_map(|(before, after)| {
        let (before, normal) = (before?, normal?);
        let other = after.deleted || before.at(normal) != after.at(normal);
        other.then_some(after.id)
    });
    let changed: BTreeMap<Uuid, Id<Confirmation>> =
        changed.map(|point| (point, Confirmation::id_of(point))).collect();
    for id in changed.into_values() {
        if cx.find(id)?.is_some() {
            cx.remove(id)?;
        }
    }
    Ok(())
}
