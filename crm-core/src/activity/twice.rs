//! Two of us at the same door.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::{Activity, ActivityKind, ActivityStatus};
use crate::settings::User;
use crate::value::{Id, Timestamp};

/// The first of us who dealt with somebody, or is about to.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct AlsoThere {
    /// What they do.
    pub activity: Id<Activity>,
    /// Who.
    pub owner: Id<User>,
    /// What it is.
    pub kind: ActivityKind,
    /// When it happened, or shall.
    pub at: Timestamp,
    /// Whether it shall happen or did.
    pub status: ActivityStatus,
}

impl Activity {
    /// Whether we turn to somebody by it, or shall: no task, no note, nothing that was given up.
    pub fn deals(&self) -> bool {
        use ActivityKind::{Call, Email, Meeting, Message, Note, Task, Visit};
        let kind = match self.kind {
            Call | Visit | Email | Meeting | Message => true,
            Task | Note => false,
        };
        kind && self.status != ActivityStatus::Cancelled
    }
}

/// Who of us was there first, when `owner` turns to somebody within some days of whom these `others` tell; nobody where
/// `owner` was there before, so that it is said once. Tasks, notes and what was given up count for nothing.
/// Rule ACT-18 (F051).
pub fn also_there<'a>(
    owner: Id<User>,
    others: impl IntoIterator<Item = &'a Activity>,
) -> Option<AlsoThere> {
    let dealings: Vec<&Activity> = others.into_iter().filter(|other| other.deals()).collect();
    if dealings.iter().any(|activity| activity.owner == owner) {
        return None;
    }
    let first = dealings.into_iter().min_by_key(|activity| (activity.at, activity.id))?;
    let Activity { id, owner, kind, at, status, .. } = *first;
    Some(AlsoThere { activity: id, owner, kind, at, status })
}
