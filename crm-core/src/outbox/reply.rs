//! What the host's system answers to a message.

use rust_decimal::Decimal;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::order::is_binding;
use super::{OutboxMessage, OutboxReply, Outcome, Subject};
use crate::decision::{Check, Refusal};
use crate::json_column;
use crate::order::{ExceptionKind, Found, Order};
use crate::record::Ext;
use crate::value::{Id, Invalid, Note, Timestamp};

/// How much of what is missing.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Shortage {
    /// Of what: a subject of the message.
    pub subject: Subject,
    /// How much; above 0.
    pub missing: Decimal,
}

/// How much of what is missing, in the order in which it was said.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(transparent)]
pub struct Shortages(pub Vec<Shortage>);

json_column! { Shortages }

/// What the host's system answers to a message.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct SetReply {
    /// To which.
    pub message: Id<OutboxMessage>,
    /// What it made of it. A later answer to the same message takes its place: what was short may be done.
    pub outcome: Outcome,
    /// What is missing; of an answer `short` only, which names at least one.
    #[serde(default)]
    pub shortages: Vec<Shortage>,
    /// What it said.
    #[serde(default)]
    pub note: Option<String>,
}

/// The answer as it is kept. The same answer again changes nothing. Rule OB-2 (F103).
///
/// # Errors
///
/// `outbox.shortages_missing` of a short answer without any · `outbox.shortages_unwanted` of another with some ·
/// `outbox.subject_unknown` of what the message does not move · `outbox.missing_not_positive` · `text.*` (note) ·
/// `outbox.already_done` where it took effect before and now shall not have.
pub fn reply(
    message: &OutboxMessage,
    before: Option<&OutboxReply>,
    wish: &SetReply,
    at: Timestamp,
) -> Result<OutboxReply, Refusal> {
    let mut check = Check::default();
    let short = wish.outcome == Outcome::Short;
    check.rule(!short || !wish.shortages.is_empty(), "shortages", || {
        Invalid::new("outbox.shortages_missing", "").limit("what is missing, at least one")
    });
    check.rule(short || wish.shortages.is_empty(), "shortages", || {
        Invalid::new("outbox.shortages_unwanted", wish.outcome.code()).allowed(["short"])
    });
    for (at, shortage) in wish.shortages.iter().enumerate() {
        let subjects = || message.moves.0.iter().map(|moved| moved.subject.as_str());
        check.rule(
            subjects().any(|s| s == shortage.subject),
            &format!("shortages[{at}].subject"),
            || Invalid::new("outbox.subject_unknown", &shortage.subject).allowed(subjects()),
        );
        check.rule(shortage.missing > Decimal::ZERO, &format!("shortages[{at}].missing"), || {
            Invalid::new("outbox.missing_not_positive", &shortage.missing.to_string())
                .limit("above 0")
        });
    }
    let note: Option<Note> = check.parse("note", wish.note.as_deref());
    let done = before.is_some_and(|before| before.outcome == Outcome::Done);
    check.rule(!done || wish.outcome == Outcome::Done, "outcome", || {
        Invalid::new("outbox.already_done", wish.outcome.code()).allowed(["done"])
    });
    check.done()?;
    Ok(OutboxReply {
        id: OutboxReply::id_of(message.id),
        message: message.id,
        document: message.document,
        outcome: wish.outcome,
        shortages: Shortages(wish.shortages.clone()),
        note,
        at: before.filter(|before| before.outcome == wish.outcome).map_or(at, |before| before.at),
        ext: before.map_or_else(Ext::new, |before| before.ext.clone()),
    })
}

/// What has to be seen to because the host's stock has not enough: of an order for which goods are kept, since the oldest
/// answer `short` that stands. Rule OB-4 (F103).
///
/// # Errors
///
/// `text.*` for evidence that is too long, which ours is not.
pub fn missing(order: &Order, replies: &[OutboxReply]) -> Result<Option<Found>, Invalid> {
    let short = replies.iter().filter(|reply| reply.outcome == Outcome::Short);
    let Some(first) = short.min_by_key(|reply| (reply.at, reply.id)) else { return Ok(None) };
    if !is_binding(order) {
        return Ok(None);
    }
    let said = first.shortages.0.iter().take(20);
    let said: Vec<String> = said.map(|s| format!("{} of {}", s.missing, s.subject)).collect();
    let evidence = Note::parse(&format!("not in stock: {}", said.join(", ")))?;
    Ok(Some(Found { kind: ExceptionKind::Short, since: first.at, evidence }))
}
