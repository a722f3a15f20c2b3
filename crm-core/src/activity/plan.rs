//! Something shall be done: a next step is planned, moved, or given up.

use super::form::not_before;
use super::log::of_course;
use super::{Activity, ActivityKind, ActivityStatus, ActivityWish, Participant};
use crate::decision::{Check, Refusal};
use crate::settings::User;
use crate::value::{Id, Invalid, Note, Timestamp};

/// What shall be done, and who shall take part. `author` writes it down, `owner` has to do it.
///
/// # Errors
///
/// Those of the form as for what is done; `time.missing` without `at` · `time.past` unless it is backfilled ·
/// `activity.not_of_plan` for what is known only afterwards, and for a note. Rule ACT-5 (F046, F052).
pub fn plan(
    id: Id<Activity>,
    wish: &ActivityWish,
    (author, owner): (Id<User>, Id<User>),
    now: Timestamp,
    mut participant: impl FnMut() -> Id<Participant>,
) -> Result<(Activity, Vec<Participant>), Refusal> {
    let mut check = Check::default();
    let parts = wish.parts(&mut check);
    check.rule(wish.at.is_some(), "at", || {
        Invalid::new("time.missing", "").limit("when it shall happen")
    });
    let at = wish.at.unwrap_or(now);
    if !wish.backfill {
        not_before(&mut check, "at", at, now);
    }
    let ends_at = wish.end(&mut check, at);
    let afterwards = [
        ("kind", parts.kind == Some(ActivityKind::Note)),
        ("feedback", wish.feedback.is_some()),
        ("outcome", wish.outcome.is_some()),
        ("message_id", wish.message_id.is_some()),
        ("reply_to", wish.reply_to.is_some()),
        ("next", wish.next.is_some()),
        ("updates", !wish.updates.is_empty()),
    ];
    for (path, said) in afterwards {
        check.rule(!said, path, || Invalid::new("activity.not_of_plan", path));
    }
    let activity = parts.kind.map(|kind| Activity {
        id,
        kind,
        status: ActivityStatus::Planned,
        at,
        entered_at: now,
        ends_at,
        due_at: Some(at),
        customer: wish.customer,
        contact: wish.contact,
        opportunity: wish.opportunity,
        lead: wish.lead,
        author,
        owner,
        subject: parts.subject,
        content: parts.content,
        place: parts.place,
        feedback: None,
        outcome: None,
        direction: parts.direction.or_else(|| of_course(kind)),
        message_id: None,
        thread: id.uuid(),
        follows: None,
        remind_minutes: wish.remind_minutes,
        cancel_reason: None,
        correction: None,
        ext: wish.custom.clone(),
    });
    let activity = check.finish(activity)?;
    let people = parts.people.into_iter();
    let people = people.map(|(person, name)| person.of((id, at), participant(), name)).collect();
    Ok((activity, people))
}

/// The plan at another time; what it took before it takes still.
///
/// # Errors
///
/// `activity.not_open` · `time.past`. Rule ACT-6 (F046).
pub fn reschedule(activity: &Activity, at: Timestamp, now: Timestamp) -> Result<Activity, Refusal> {
    let mut check = Check::default();
    activity.is_open(&mut check);
    not_before(&mut check, "at", at, now);
    check.done()?;
    let ends_at = activity.ends_at.and_then(|end| at.checked_add(end.since(activity.at)));
    Ok(Activity { at, ends_at, due_at: Some(at), ..activity.clone() })
}

/// The plan as given up, for a reason.
///
/// # Errors
///
/// `activity.not_open` · `text.*` (reason). Rule ACT-7 (F046).
pub fn cancel(activity: &Activity, reason: &str) -> Result<Activity, Refusal> {
    let mut check = Check::default();
    activity.is_open(&mut check);
    let reason = check.take("reason", Note::parse(reason));
    check.finish(reason.map(|reason| Activity {
        status: ActivityStatus::Cancelled,
        cancel_reason: Some(reason),
        ..activity.clone()
    }))
}

impl Activity {
    /// Says `activity.not_open` of what is done or cancelled.
    pub(super) fn is_open(&self, check: &mut Check) {
        check.rule(self.status == ActivityStatus::Planned, "id", || {
            Invalid::new("activity.not_open", self.status.code()).limit("a planned activity")
        });
    }
}
