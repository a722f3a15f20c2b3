//! Notices on their way to a person: each once by each channel, later when snoozed.

use crate::decision::{Check, Refusal};
use crate::schedule::Notice;
use crate::value::{Code, Timestamp};

use super::form::not_before;

/// Whether a notice shall be delivered by a channel at `now`: it was not yet, and is not snoozed. However late, it
/// comes. Rule ACT-14 (F047).
pub fn is_due(notice: &Notice, channel: &Code, now: Timestamp) -> bool {
    let delivered = notice.delivered.as_deref().unwrap_or_default();
    notice.due_at <= now
        && notice.snoozed_until.is_none_or(|until| until <= now)
        && delivered.split(' ').all(|done| done != channel.as_str())
}

/// The notice as delivered by a channel, too. Rule ACT-15 (F047).
pub fn deliver(notice: &Notice, channel: &Code) -> Notice {
    let delivered = match &notice.delivered {
        None => channel.to_string(),
        Some(before) => format!("{before} {channel}"),
    };
    Notice { delivered: Some(delivered), ..notice.clone() }
}

/// The notice as not to be shown before `until`; then it comes again, by every channel.
///
/// # Errors
///
/// `time.past`. Rule ACT-16 (F047).
pub fn snooze(notice: &Notice, until: Timestamp, now: Timestamp) -> Result<Notice, Refusal> {
    let mut check = Check::default();
    not_before(&mut check, "until", until, now);
    check.done()?;
    Ok(Notice { snoozed_until: Some(until), delivered: None, ..notice.clone() })
}
