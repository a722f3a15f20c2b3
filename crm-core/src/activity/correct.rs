//! What was written down is corrected; what stood there first stays provable.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::form::{Happened, not_after};
use super::{Activity, ActivityStatus, Participant};
use crate::decision::{Check, Refusal};
use crate::value::{Invalid, Note, Timestamp};

/// What an activity that is done says: what may be corrected in it.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct Wording {
    /// When it happened.
    pub at: Option<Timestamp>,
    /// When it ended.
    pub ends_at: Option<Timestamp>,
    /// What it is about.
    pub subject: Option<String>,
    /// What was said, sent or found.
    pub content: Option<String>,
    /// Where.
    pub place: Option<String>,
    /// What the other side said to it.
    pub feedback: Option<String>,
    /// `reached`, `missed` or `bounced`.
    pub outcome: Option<String>,
}

impl Wording {
    /// What an activity says now.
    pub fn of(activity: &Activity) -> Self {
        let text = |text: Option<&str>| text.map(str::to_owned);
        Self {
            at: Some(activity.at),
            ends_at: activity.ends_at,
            subject: text(activity.subject.as_ref().map(|subject| subject.as_str())),
            content: text(activity.content.as_ref().map(|content| content.as_str())),
            place: text(activity.place.as_ref().map(|place| place.as_str())),
            feedback: text(activity.feedback.as_ref().map(|feedback| feedback.as_str())),
            outcome: text(activity.outcome.map(|outcome| outcome.code())),
        }
    }
}

/// The activity with another wording, for a reason. The versions before stay in the audit trail, each under the root of
/// its fact.
///
/// # Errors
///
/// `activity.not_done` · `text.*` (reason, subject, content, place, feedback) · `code.unknown` (outcome) · `time.future`
/// (at) · `activity.ends_before_start` · those of what is done, by its kind. Rule ACT-19 (F045).
pub fn correct(
    activity: &Activity,
    people: &[Participant],
    wording: &Wording,
    reason: &str,
    now: Timestamp,
) -> Result<Activity, Refusal> {
    let mut check = Check::default();
    check.rule(activity.status == ActivityStatus::Done, "id", || {
        Invalid::new("activity.not_done", activity.status.code()).limit("an activity that is done")
    });
    let reason = check.take("reason", Note::parse(reason));
    let at = wording.at.unwrap_or(activity.at);
    if at != activity.at {
        not_after(&mut check, "set.at", at, now);
    }
    let ends_at = wording.ends_at;
    check.rule(ends_at.is_none_or(|end| end >= at), "set.ends_at", || {
        let end = ends_at.map(|end| end.to_string()).unwrap_or_default();
        Invalid::new("activity.ends_before_start", &end).limit(format!("not before {at}"))
    });
    let corrected = Activity {
        at,
        ends_at,
        subject: check.parse("set.subject", wording.subject.as_deref()),
        content: check.parse("set.content", wording.content.as_deref()),
        place: check.parse("set.place", wording.place.as_deref()),
        feedback: check.parse("set.feedback", wording.feedback.as_deref()),
        outcome: check.parse("set.outcome", wording.outcome.as_deref()),
        correction: reason,
        ..activity.clone()
    };
    let (kind, outcome, direction) = (activity.kind, corrected.outcome, activity.direction);
    let (ours, all) = (people.iter().filter(|person| person.ours).count(), people.len());
    Happened { kind, at, ends_at, outcome, direction, ours, all }.judge(&mut check);
    check.finish(Some(corrected))
}
