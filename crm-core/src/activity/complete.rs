//! What was planned is done.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::form::{Happened, end, not_after};
use super::{Activity, ActivityStatus, NextStep, Participant, Person, Updates, people};
use crate::decision::{Check, Refusal};
use crate::value::{Id, Invalid, Timestamp};

/// A planned activity is done: when, how it went, who took part besides those of the plan, and what comes next.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct CompleteActivity {
    /// Which.
    pub id: Id<Activity>,
    /// When it happened; now where nothing is said.
    #[serde(default)]
    pub at: Option<Timestamp>,
    /// When it ended.
    #[serde(default)]
    pub ends_at: Option<Timestamp>,
    /// How many minutes it took, instead of its end: 0 to 1,439.
    #[serde(default)]
    pub minutes: Option<i64>,
    /// `reached`, `missed` or `bounced`.
    #[serde(default)]
    pub outcome: Option<String>,
    /// What was said, sent or found, in place of what was planned.
    #[serde(default)]
    pub content: Option<String>,
    /// What the other side said to it.
    #[serde(default)]
    pub feedback: Option<String>,
    /// Who took part besides those of the plan.
    #[serde(default)]
    pub participants: Vec<Person>,
    /// What shall be done next.
    #[serde(default)]
    pub next: Option<NextStep>,
    /// What was learnt: edits of the customer, contact or lead that it was with, in the same commit.
    #[serde(default, skip_serializing_if = "Updates::is_empty")]
    pub updates: Updates,
}

/// The activity as done, and who took part besides `planned`.
///
/// # Errors
///
/// `activity.not_open` · `time.future`, `time.before_entry` (at) for what would be done before it was written down,
/// unless it was planned for the past · then those of what is done. Rule ACT-8 (F052).
pub fn complete(
    activity: &Activity,
    planned: &[Participant],
    wish: &CompleteActivity,
    now: Timestamp,
    mut participant: impl FnMut() -> Id<Participant>,
) -> Result<(Activity, Vec<Participant>), Refusal> {
    let mut check = Check::default();
    activity.is_open(&mut check);
    let at = wish.at.unwrap_or(now);
    not_after(&mut check, "at", at, now);
    let earliest = activity.entered_at.min(activity.due_at.unwrap_or(activity.entered_at));
    check.rule(at >= earliest, "at", || {
        Invalid::new("time.before_entry", &at.to_string()).limit(format!("not before {earliest}"))
    });
    let ends_at = end(&mut check, at, wish.ends_at, wish.minutes);
    let outcome = check.parse("outcome", wish.outcome.as_deref());
    let content = check.parse("content", wish.content.as_deref());
    let feedback = check.parse("feedback", wish.feedback.as_deref());
    let others = people::read(&mut check, &wish.participants);
    let before = planned.iter().filter(|person| person.ours).count();
    let ours = before.saturating_add(people::ours(&others));
    let all = planned.len().saturating_add(others.len());
    let (kind, direction) = (activity.kind, activity.direction);
    Happened { kind, at, ends_at, outcome, direction, ours, all }.judge(&mut check);
    check.done()?;
    let done = Activity {
        status: ActivityStatus::Done,
        at,
        ends_at,
        outcome,
        content: content.or_else(|| activity.content.clone()),
        feedback,
        ..activity.clone()
    };
    let people = others.into_iter();
    let people =
        people.map(|(person, name)| person.of((activity.id, at), participant(), name)).collect();
    Ok((done, people))
}
