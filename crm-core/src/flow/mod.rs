//! How leads and customers flow: who had them, when they change hands by themselves, and where they wait for somebody.
//!
//! A record is with an owner or in a pool. What ended is kept as an [`OwnerSpell`]; the stay that goes on is derived: since
//! the last one ended, or since the record was made. So a clock starts anew whichever way the owner changed. A
//! [`FlowRule`] gives each stay its [`Deadline`]s; when the earliest is due, one decision is made of all that are.

mod clock;
mod handover;
mod history;
mod pool;
mod rule;
mod share;
mod tell;

use std::collections::BTreeSet;

use chrono::NaiveDate;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use uuid::Uuid;

pub use clock::{Deadline, Does, Grounds, Protected, Ruled, Verdict, deadlines, next, verdict};
pub use handover::{Transfer, may_hand_over, transferable};
pub use history::{Keeper, Stay, spell, stay};
pub use pool::{Claimer, Pooled, Release, ReleaseCustomer, choose, claim, closable, release};
pub use rule::{DefineFlowRule, define_rule};
pub use share::{AddShare, RecordShare, ShareGrounds, ShareRole, Shared, share, share_role};
pub use tell::{Recipient, is_quiet, recipients};

use crate::lead::{Holds, Lead, Plans, Pool};
use crate::record::Ext;
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
    /// What a user looked at in a pool on the last day on which they looked.
    pub struct PoolView: PoolView {
        /// Who.
        1 user: Id<User>;
        /// In which pool.
        2 pool: Id<Pool>;
        /// On which day of the tenant's zone.
        3 day: NaiveDate;
        /// The records, each once.
        4 seen: SeenIds;
    }
    listings {
        1 unique "by_user" ["user", "pool"];
    }
}

/// Ids of records, each once.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct SeenIds(pub BTreeSet<Uuid>);

json_column! { SeenIds }

impl PoolView {
    /// The listing by user and pool.
    pub const BY_USER: u16 = 1;

    /// A day on which nothing was looked at yet.
    pub fn on(user: Id<User>, pool: Id<Pool>, day: NaiveDate) -> Self {
        let parts = [b"pool_view".as_slice(), user.uuid().as_bytes(), pool.uuid().as_bytes()]
            .map(<[u8]>::to_vec);
        let id = Id::derived(parts.iter().map(Vec::as_slice));
        Self { id, user, pool, day, seen: SeenIds::default(), ext: Ext::new() }
    }
}

record! {
    /// A rule by which leads or customers change hands, or somebody is told of them.
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

/// What a rule of flow waits for, on a lead that somebody looks after and that is open, or on an active customer. Scores and
/// grades are of leads only.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Trigger {
    /// Its owner has not followed it up since they have it. A follow-up that comes late, but before the lead moved, counts.
    NoFirstFollowUp(Wait),
    /// Its owner has not followed it up for that long, or not at all since they have it.
    Silence(Wait),
    /// Its score has fallen since they have it.
    ScoreDrop(ScoreDrop),
    /// Its grade has become another since they have it.
    GradeChange(GradeChange),
}

/// A fall of a lead's score: `{"model":"fit","points":20}`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct ScoreDrop {
    /// The scoring model.
    pub model: Code,
    /// By at least so many points, in the unit of the model.
    pub points: u32,
}

/// A change of a lead's grade: `{"model":"fit","to":["c","d"]}`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct GradeChange {
    /// The scoring model.
    pub model: Code,
    /// Into one of these grades.
    pub to: BTreeSet<Code>,
}

impl Trigger {
    /// How long it waits, where it does.
    pub const fn wait(&self) -> Option<Wait> {
        match self {
            Self::NoFirstFollowUp(wait) | Self::Silence(wait) => Some(*wait),
            Self::ScoreDrop(_) | Self::GradeChange(_) => None,
        }
    }

    /// The instant since which the quality of a lead is what it waits for; nothing where it is not.
    fn fallen_at(&self, lead: &Lead) -> Option<Timestamp> {
        let of = |model: &Code| lead.quality.as_ref().and_then(|all| all.0.get(model));
        match self {
            Self::NoFirstFollowUp(_) | Self::Silence(_) => None,
            Self::ScoreDrop(drop) => {
                let quality = of(&drop.model)?;
                let fall = quality.score_before.saturating_sub(quality.score);
                (fall >= i64::from(drop.points)).then_some(quality.changed_at)
            }
            Self::GradeChange(change) => {
                let quality = of(&change.model)?;
                let other = quality.grade != quality.grade_before;
                let named = quality.grade.as_ref().is_some_and(|grade| change.to.contains(grade));
                (other && named).then_some(quality.changed_at)
            }
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
        /// Gives a lead to another by the rules of assignment; into the pool, with an alert, where nobody is free. Of leads
        /// only.
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
    /// `lead` (the default) or `customer`: what it looks at.
    #[serde(default, skip_serializing_if = "Holds::is_lead")]
    pub of: Holds,
    /// What it waits for: `{"no_first_follow_up":{"days":3}}`, `{"silence":{"working_days":10}}`,
    /// `{"score_drop":{"model":"fit","points":20}}` or `{"grade_change":{"model":"fit","to":["d"]}}`.
    pub when: Trigger,
    /// What it does: `reassign`, `pool`, `notify` or `escalate`.
    pub then: Action,
    /// `at` (the default) or `after`: whether it applies at the instant of the deadline, or right after it.
    #[serde(default = "at")]
    pub boundary: Boundary,
    /// The code of the pool into which they go: by `pool`, and by `reassign` where nobody is free.
    #[serde(default)]
    pub pool: Option<Code>,
    /// The code of the calendar whose zone, hours and holidays count; without it, that of the tenant's zone.
    #[serde(default)]
    pub calendar: Option<Code>,
    /// Only those of these sources; of any where none is named.
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
