//! When somebody is reminded of a plan, and of what.

use chrono::TimeDelta;

use super::{Activity, ActivityKind, ActivityStatus};
use crate::schedule::TimerCode;
use crate::settings::User;
use crate::value::{Id, Timestamp};

/// When the owner of an open plan is reminded of it: at its time, or as many minutes before as it says. Rule ACT-11
/// (F047).
pub fn remind_at(activity: &Activity) -> Option<Timestamp> {
    let before = i64::from(activity.remind_minutes.unwrap_or(0)).saturating_neg();
    let open = activity.status == ActivityStatus::Planned;
    open.then(|| activity.at.checked_add(TimeDelta::minutes(before)).unwrap_or(activity.at))
}

/// When an open task is overdue: as soon as its time has passed. Rule ACT-12 (F052).
pub fn overdue_at(activity: &Activity) -> Option<Timestamp> {
    let open = activity.status == ActivityStatus::Planned && activity.kind == ActivityKind::Task;
    activity.at.checked_add(TimeDelta::microseconds(1)).filter(|_| open)
}

/// Whom a timer of an activity tells of it at `now`; nobody where it is done, cancelled, or was moved. Rule ACT-13
/// (F046, F047).
pub fn due(code: TimerCode, activity: &Activity, now: Timestamp) -> Option<Id<User>> {
    let at = if code == TimerCode::ActivityRemind {
        remind_at(activity)
    } else if code == TimerCode::ActivityOverdue {
        overdue_at(activity)
    } else {
        None
    };
    at.filter(|at| *at <= now).map(|_| activity.owner)
}
