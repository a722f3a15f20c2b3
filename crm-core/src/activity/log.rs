//! Something was done.

use super::form::{Happened, not_after};
use super::{
    Activity, ActivityKind, ActivityStatus, ActivityWish, Direction, Participant, email, people,
};
use crate::decision::{Check, Refusal};
use crate::settings::User;
use crate::value::{Id, Invalid, Timestamp};

/// What was done, and who took part. `author` writes it down, `owner` did it.
///
/// # Errors
///
/// `code.unknown` (kind, outcome, direction) · `activity.of_nobody` · `text.*` · `activity.not_of_kind` ·
/// `participant.*` · `time.future` (at) · `activity.minutes_and_end`, `activity.ends_before_start`, `activity.minutes` ·
/// `call.missed_took_time` · `visit.without_visitor` · `meeting.without_attendee` · `activity.not_of_done` for what only
/// a plan has. Rule ACT-4 (F040–F044).
pub fn log(
    id: Id<Activity>,
    wish: &ActivityWish,
    (author, owner): (Id<User>, Id<User>),
    now: Timestamp,
    mut participant: impl FnMut() -> Id<Participant>,
) -> Result<(Activity, Vec<Participant>), Refusal> {
    let mut check = Check::default();
    let parts = wish.parts(&mut check);
    let at = wish.at.unwrap_or(now);
    not_after(&mut check, "at", at, now);
    let ends_at = wish.end(&mut check, at);
    for (path, said) in
        [("remind_minutes", wish.remind_minutes.is_some()), ("backfill", wish.backfill)]
    {
        check.rule(!said, path, || {
            Invalid::new("activity.not_of_done", path).limit("only of a plan")
        });
    }
    let (ours, all) = (people::ours(&parts.people), parts.people.len());
    let (outcome, direction) = (parts.outcome, parts.direction);
    if let Some(kind) = parts.kind {
        Happened { kind, at, ends_at, outcome, direction, ours, all }.judge(&mut check);
    }
    let answered = parts.reply_to.as_ref().map(|text| email::message_id(text.as_str()));
    let activity = parts.kind.map(|kind| Activity {
        id,
        kind,
        status: ActivityStatus::Done,
        at,
        entered_at: now,
        ends_at,
        due_at: None,
        customer: wish.customer,
        contact: wish.contact,
        opportunity: wish.opportunity,
        lead: wish.lead,
        author,
        owner,
        subject: parts.subject,
        content: parts.content,
        place: parts.place,
        feedback: parts.feedback,
        outcome,
        direction: direction.or_else(|| of_course(kind)),
        message_id: parts.message_id,
        thread: answered.unwrap_or(id).uuid(),
        follows: None,
        remind_minutes: None,
        cancel_reason: None,
        correction: None,
        ext: wish.custom.clone(),
    });
    let activity = check.finish(activity)?;
    let people = parts.people.into_iter();
    let people = people.map(|(person, name)| person.of((id, at), participant(), name)).collect();
    Ok((activity, people))
}

/// The direction where nothing is said: from us.
pub(super) const fn of_course(kind: ActivityKind) -> Option<Direction> {
    use ActivityKind::{Call, Email, Meeting, Message, Note, Task, Visit};
    match kind {
        Call | Email | Message => Some(Direction::Out),
        Visit | Meeting | Task | Note => None,
    }
}
