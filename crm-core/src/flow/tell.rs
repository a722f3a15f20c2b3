//! Who is told, and when they are left alone.

use std::collections::BTreeSet;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::access::Role;
use crate::settings::User;
use crate::value::{Id, Timestamp, WorkCalendar};

/// Whom a rule tells: `"owner"`, `"manager"`, `"team"`, `{"role":"finance"}` or `{"user":ID}`.
#[derive(
    Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, JsonSchema,
)]
#[serde(rename_all = "snake_case")]
pub enum Recipient {
    /// Who looks after the record.
    Owner,
    /// To whom its owner reports.
    Manager,
    /// The whole team of its owner.
    Team,
    /// Everybody of a role.
    Role(Role),
    /// One user.
    User(Id<User>),
}

impl Recipient {
    /// Whether all users must be known to say who it is.
    pub const fn needs_all(self) -> bool {
        matches!(self, Self::Team | Self::Role(_) | Self::User(_))
    }
}

/// The users that these are, each once; only active ones. `above` are those to whom the owner reports, the nearest first;
/// where the manager left, theirs is told. Where nobody is found, the owner is; where the owner left, the nearest active
/// one above, then whoever governs among `all`. Rule FLOW-14 (F215).
pub fn recipients(
    wanted: &BTreeSet<Recipient>,
    owner: &User,
    above: &[User],
    all: &[User],
) -> BTreeSet<Id<User>> {
    let mut found = BTreeSet::new();
    for recipient in wanted {
        let active = all.iter().filter(|user| user.active);
        match recipient {
            Recipient::Owner => found.extend(Some(owner.id).filter(|_| owner.active)),
            Recipient::Manager => {
                found.extend(above.iter().find(|user| user.active).map(|user| user.id));
            }
            Recipient::Team => found.extend(
                active.filter(|user| user.team.is_some() && user.team == owner.team).map(|u| u.id),
            ),
            Recipient::Role(role) => {
                found.extend(active.filter(|user| user.role == *role).map(|user| user.id));
            }
            Recipient::User(id) => {
                found.extend(active.filter(|user| user.id == *id).map(|user| user.id));
            }
        }
    }
    if found.is_empty() {
        let chain = core::iter::once(owner).chain(above).find(|user| user.active);
        let last = chain.or_else(|| all.iter().find(|user| user.governs()));
        found.extend(last.map(|user| user.id));
    }
    found
}

/// Whether a user is left alone at `now`: outside the working time of their calendar, or of the tenant's where they have
/// none; nobody is where the tenant keeps no quiet hours. What is due then is told when work begins. Rule FLOW-15 (F215).
pub fn is_quiet(calendar: Option<&WorkCalendar>, now: Timestamp) -> bool {
    calendar.is_some_and(|calendar| !calendar.is_working(now))
}
