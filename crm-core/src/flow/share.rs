//! Who works on a record beside its owner.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use super::pool::may_give;
use crate::codes;
use crate::decision::{Check, Refusal};
use crate::record;
use crate::record::Ext;
use crate::settings::{Team, User};
use crate::value::{Id, Invalid, Note, Timestamp};

codes! {
    /// What may be shared.
    pub enum Shared {
        /// A lead.
        Lead = "lead",
        /// A customer, and the deals with it.
        Customer = "customer",
        /// One deal.
        Opportunity = "opportunity",
    }
}

codes! {
    /// What a member may do with it; each may do what those before it may.
    pub enum ShareRole {
        /// Read it.
        Reads = "reads",
        /// Work on it as its owner does; only the owner gives it away.
        Works = "works",
    }
}

record! {
    /// A user, or a team, who works on a record beside its owner; ended ones stay as history.
    pub struct RecordShare: RecordShare {
        /// Which record: its kind.
        1 subject_kind: Shared;
        /// Which record: its id.
        2 subject: Uuid;
        /// The user who does.
        3 user: Option<Id<User>>;
        /// The team whose members do. Either a user or a team.
        4 team: Option<Id<Team>>;
        /// What they may do.
        5 role: ShareRole;
        /// Since when.
        6 since: Timestamp;
        /// Until when; nothing while it lasts.
        7 until: Option<Timestamp>;
        /// Whose call began it.
        8 by: Id<User>;
        /// Why.
        9 reason: Option<Note>, personal("leads", 730);
        /// Whose call ended it.
        10 ended_by: Option<Id<User>>;
    }
    listings {
        1 "by_subject" ["subject", "since"];
        2 "by_user" ["user", "since"];
        3 "by_team" ["team", "since"];
    }
}

impl RecordShare {
    /// The listing by record, in order of their beginning.
    pub const BY_SUBJECT: u16 = 1;
    /// The listing by user, in order of their beginning.
    pub const BY_USER: u16 = 2;
    /// The listing by team, in order of their beginning.
    pub const BY_TEAM: u16 = 3;

    /// Whether it lasts and is with that user, or their team.
    pub fn is_with(&self, user: &User) -> bool {
        self.until.is_none()
            && (self.user == Some(user.id) || (self.team.is_some() && self.team == user.team))
    }
}

/// Shares a lead, customer or deal with a colleague or a team. Its owner stays its owner.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct AddShare {
    /// `lead`, `customer` or `opportunity`.
    pub kind: Shared,
    /// Which.
    pub id: Uuid,
    /// With which user. Either this or `team`.
    #[serde(default)]
    pub user: Option<Id<User>>,
    /// With which team.
    #[serde(default)]
    pub team: Option<Id<Team>>,
    /// `reads` or `works`: what they may do.
    pub role: ShareRole,
    /// Why.
    #[serde(default)]
    pub reason: Option<String>,
}

/// What sharing a record asks of it and of whom.
#[derive(Clone, Copy, Debug)]
pub struct ShareGrounds<'a> {
    /// Who looks after it.
    pub owner: Option<Id<User>>,
    /// The user that is named, where they are there.
    pub user: Option<&'a User>,
    /// Who shares it.
    pub actor: &'a User,
    /// The instant.
    pub now: Timestamp,
}

/// The share as it will be kept.
///
/// # Errors
///
/// `owner.not_yours` (id) unless the actor looks after it or may override · `share.form` for neither or both of user and
/// team · `owner.not_active` (user) · `share.with_owner` (user) · `text.*` (reason). Rule FX-7 (F013).
pub fn share(
    id: Id<RecordShare>,
    wish: &AddShare,
    grounds: ShareGrounds<'_>,
) -> Result<RecordShare, Refusal> {
    let ShareGrounds { owner, user, actor, now } = grounds;
    let mut check = Check::default();
    may_give(owner, actor, &mut check);
    check.rule(wish.user.is_some() != wish.team.is_some(), "user", || {
        Invalid::new("share.form", "").limit("either `user` or `team`")
    });
    if let Some(named) = wish.user {
        check.rule(user.is_some_and(|user| user.active), "user", || {
            Invalid::new("owner.not_active", &named.to_string()).limit("an active user")
        });
        check.rule(owner != Some(named), "user", || {
            Invalid::new("share.with_owner", &named.to_string()).limit("somebody else")
        });
    }
    let reason = check.parse("reason", wish.reason.as_deref());
    check.done()?;
    Ok(RecordShare {
        id,
        subject_kind: wish.kind,
        subject: wish.id,
        user: wish.user,
        team: wish.team,
        role: wish.role,
        since: now,
        until: None,
        by: actor.id,
        reason,
        ended_by: None,
        ext: Ext::new(),
    })
}

/// What a user may do with a record by what is shared of it, and of the customer that it is with: the most of it. Nothing
/// where nothing is shared with them. This is what checks of record scopes ask beside ownership. Rule FX-8 (F013).
pub fn share_role<'a>(
    user: &User,
    shares: impl IntoIterator<Item = &'a RecordShare>,
) -> Option<ShareRole> {
    shares.into_iter().filter(|share| share.is_with(user)).map(|share| share.role).max()
}
