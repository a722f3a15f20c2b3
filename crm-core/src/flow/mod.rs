//! How leads flow: who had them, when they change hands by themselves, and where they wait for somebody.
//!
//! A record is with an owner or in a pool. What ended is kept as an [`OwnerSpell`]; the stay that goes on is derived: since
//! the last one ended, or since the record was made. So a clock starts anew whichever way the owner changed. A
//! [`FlowRule`] gives each stay its [`Deadline`]s; when the earliest is due, one decision is made of all that are.

mod clock;
mod handover;
mod history;
mod pool;
mod rule;
mod tell;

use std::collections::BTreeSet;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use uuid::Uuid;

pub use clock::{Deadline, Does, Grounds, Protected, Ruled, Verdict, deadlines, next, verdict};
pub use handover::{Transfer, may_hand_over, transferable};
pub use history::{Keeper, Stay, spell, stay};
pub use pool::{Claimer, Release, claim, closable, release};
pub use rule::{DefineFlowRule, define_rule};
pub use tell::{Recipient, is_quiet, recipients};

use crate::lead::{Plans, Pool};
use crate::settings::User;
use crate::value::{Code, Id, Name, Note, Timestamp, Wait};
use crate::{codes, json_column, record};

codes! {
    /// Why a record changed hands.
    pub enum Cause {
        /// Somebody edited it, or it came about with another change.
        Edit = "edit",
        /// It was assigned.
        Assign = "assign",
        /// Its owner, or a manager, handed it to a colleague.
        Transfer = "transfer",
        /// Somebody took it from a pool.
        Claim = "claim",
        /// Its owner gave it back to a pool.
        Release = "release",
        /// A rule of flow moved it.
        Rule = "rule",
        /// It was brought in from another system.
        Import = "import",
    }
}

record! {
    /// A stretch of time in which a record was with one owner or pool, now over; and to whom it went.
    pub struct OwnerSpell: OwnerSpell {
        /// Of which record: its kind.
        1 subject_kind: String;
        /// Of which record: its id.
        2 subject: Uuid;
        /// 0, 1, 2… in their order.
        3 ordinal: u32;
        /// Who had it.
        4 owner: Option<Id<User>>;
        /// In which pool it was.
        5 pool: Option<Id<Pool>>;
        /// Since when.
        6 since: Timestamp;
        /// Until when.
        7 until: Timestamp;
        /// Who has had it from then on.
        8 next_owner: Option<Id<User>>;
        /// In which pool it has been from then on.
        9 next_pool: Option<Id<Pool>>;
        /// Whose call ended it.
        10 by: Id<User>;
        /// Why it ended.
        11 cause: Cause;
        /// Why, in words.
        12 reason: Option<Note>, personal("leads", 730);
        /// The rules that ended it, separated by spaces.
        13 rules: Option<String>;
        /// What became of the open plans of whoever had it.
        14 plans: Plans;
        /// How many plans that concerned.
        15 plans_concerned: u32;
        /// Who claimed it; nobody where it was not claimed.
        16 claimer: Option<Id<User>>;
        /// How many claims of that user it ends: 1, 2, 3….
        17 claim_number: u32;
    }
    listings {
        1 "by_subject" ["subject", "ordinal"];
        2 "by_claimer" ["claimer", "claim_number"];
    }
}

impl OwnerSpell {
    /// The listing by record, in order.
    pub const BY_SUBJECT: u16 = 1;
    /// The listing by who claimed what it ended with, in order.
    pub const BY_CLAIMER: u16 = 2;
}

record! {
    /// A rule by which leads change hands, or somebody is told of them.
    pub struct FlowRule: FlowRule {
        /// What reasons call it; no two rules share one.
        1 code: Code;
        /// Its name.
        2 name: Name;
        /// Whether it applies.
        3 active: bool;
        /// Of several rules that move a lead at once, the lowest says where it goes; among equals the first by code.
        4 rank: u32;
        /// What it says.
        5 terms: FlowTerms;
    }
    listings {
        1 unique "by_code" ["code"];
    }
}

impl FlowRule {
    /// The listing by code.
    pub const BY_CODE: u16 = 1;
}

/// What a rule of flow waits for, on a lead that somebody looks after and that is open.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Trigger {
    /// Its owner has not followed it up since they have it. A follow-up that comes late, but before the lead moved, counts.
    NoFirstFollowUp(Wait),
    /// Its owner has not followed it up for that long, or not at all since they have it.
    Silence(Wait),
}

impl Trigger {
    /// How long it waits.
    pub const fn wait(&self) -> Wait {
        match self {
            Self::NoFirstFollowUp(wait) | Self::Silence(wait) => *wait,
        }
    }
}

codes! {
    /// Whether a rule applies at the instant of its deadline.
    pub enum Boundary {
        /// At the deadline it applies; one microsecond before it does not.
        At = "at",
        /// At the deadline it does not apply yet; one microsecond after it does.
        After = "after",
    }
}

codes! {
    /// What a rule of flow does.
    pub enum Action {
        /// Gives the lead to another by the rules of assignment; into the pool, with an alert, where nobody is free.
        Reassign = "reassign",
        /// Puts it into the pool.
        Pool = "pool",
        /// Tells somebody.
        Notify = "notify",
        /// Tells the manager.
        Escalate = "escalate",
    }
}

/// What a rule of flow says.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct FlowTerms {
    /// What it waits for: `{"no_first_follow_up":{"days":3}}` or `{"silence":{"working_days":10}}`.
    pub when: Trigger,
    /// What it does: `reassign`, `pool`, `notify` or `escalate`.
    pub then: Action,
    /// `at` (the default) or `after`: whether it applies at the instant of the deadline, or right after it.
    #[serde(default = "at")]
    pub boundary: Boundary,
    /// The code of the pool into which leads go: by `pool`, and by `reassign` where nobody is free.
    #[serde(default)]
    pub pool: Option<Code>,
    /// The code of the calendar whose zone, hours and holidays count; without it, that of the tenant's zone.
    #[serde(default)]
    pub calendar: Option<Code>,
    /// Only leads of these sources; of any where none is named.
    #[serde(default)]
    pub sources: BTreeSet<Code>,
    /// How often rules move a lead that nobody follows up; from then on this one escalates instead.
    #[serde(default)]
    pub max_bounces: Option<u32>,
    /// How many minutes before the deadline the owner is warned.
    #[serde(default)]
    pub warn_before_minutes: Option<u32>,
    /// `move` (the default), `keep` or `cancel`: what becomes of the former owner's open plans where another one takes
    /// over. In a pool the pool's terms say it.
    #[serde(default = "moved")]
    pub plans: Plans,
    /// Who is told when it applies; where nobody is named, of a move the former owner and the new one, of `notify` the
    /// owner, of `escalate` the manager.
    #[serde(default)]
    pub tell: BTreeSet<Recipient>,
}

const fn at() -> Boundary {
    Boundary::At
}

const fn moved() -> Plans {
    Plans::Move
}

json_column! { FlowTerms }

#[cfg(test)]
mod tests;
