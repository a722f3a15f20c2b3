//! E-mails: one for each Message-ID, in threads, answered or not.

use chrono::TimeDelta;

use super::{Activity, ActivityKind, ActivityStatus, Direction, Outcome};
use crate::value::{Id, Timestamp};

/// A Message-ID without white space and angle brackets around it.
pub(super) fn bare(text: &str) -> &str {
    let text = text.trim();
    text.strip_prefix('<').and_then(|text| text.strip_suffix('>')).unwrap_or(text)
}

/// The id of the one activity that an e-mail with this Message-ID is, however often and by whomever it is entered.
/// Rule ACT-9 (F043).
pub fn message_id(text: &str) -> Id<Activity> {
    Id::derived([b"message_id".as_slice(), bare(text).as_bytes()])
}

/// Whether an e-mail of ours is older than `wait` at `now` and nothing came back in its thread since. One that bounced
/// reached nobody who could answer. Rule ACT-10 (F043).
pub fn awaits_reply(
    email: &Activity,
    thread: &[Activity],
    wait: TimeDelta,
    now: Timestamp,
) -> bool {
    let sent = email.kind == ActivityKind::Email
        && email.status == ActivityStatus::Done
        && email.direction == Some(Direction::Out)
        && email.outcome != Some(Outcome::Bounced);
    let answered = thread.iter().any(|other| {
        other.thread == email.thread
            && other.direction == Some(Direction::In)
            && other.at >= email.at
            && other.status == ActivityStatus::Done
    });
    let last = !thread.iter().any(|other| {
        other.thread == email.thread
            && other.direction == Some(Direction::Out)
            && (other.at, other.id) > (email.at, email.id)
    });
    sent && last && !answered && now.since(email.at) > wait
}
