//! What a decision was made from, kept so that it can be made again.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::choose::{Seat, choose};
use super::condition::{Facts, Schema};
use super::policy::{AssignmentPolicy, Compiled, Rule};
use crate::codes;
use crate::decision::{Check, Refusal};
use crate::json_column;
use crate::lead::Lead;
use crate::record;
use crate::record::{Entity, Val};
use crate::settings::User;
use crate::value::{Code, Id, Invalid, Note, Timestamp};

codes! {
    /// How a lead came to its owner.
    pub enum AssignmentHow {
        /// By a rule.
        Rule = "rule",
        /// To nobody: it waits in the queue of the policy.
        Queue = "queue",
        /// By hand.
        Manual = "manual",
    }
}

/// What the rules read of a lead.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(transparent)]
pub struct Read(pub Facts);

/// The steps of a decision: which rules did not fit and why, who could have got the lead and who not.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct Proof {
    /// For each rule before the one that fits, which of its tests failed first, from 0.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub failed: Vec<u16>,
    /// Every candidate of the rule that fits.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub seats: Vec<Seat>,
}

json_column!(Read, Proof);

record! {
    /// One decision on who looks after a lead. Never changed.
    pub struct Assignment: Assignment, append_only {
        /// Which lead.
        1 lead: Id<Lead>;
        /// By which revision of which policy; none by hand.
        2 policy: Option<Id<AssignmentPolicy>>;
        /// By which of its rules.
        3 rule: Option<Code>;
        /// How.
        4 how: AssignmentHow;
        /// Who looks after it now.
        5 chosen: Option<Id<User>>;
        /// Who did before.
        6 before: Option<Id<User>>;
        /// Why it was decided: what called for it, or the reason that somebody gave.
        7 why: Option<Note>, personal("leads", 730);
        /// What the rules read of the lead.
        8 read: Read, personal("leads", 730);
        /// The steps.
        9 proof: Proof;
        /// When.
        10 at: Timestamp;
        /// Tells the decisions of one call apart: those with a greater number were made later.
        11 ordinal: i64;
    }
    listings {
        1 "by_lead" ["lead", "at"];
        2 "by_at" ["at"];
    }
}

impl Assignment {
    /// The listing by lead, the first decision first.
    pub const BY_LEAD: u16 = 1;
    /// The listing of all, the first decision first.
    pub const BY_AT: u16 = 2;
}

/// What a record holds, by the names that filters use; fields without a value are left out.
pub fn facts_of<T: Entity>(value: &T) -> Facts {
    let held = |val: &Val| !val.is_null() && !matches!(val, Val::Id(id) if id.is_nil());
    let declared = T::def().fields.iter().zip(value.vals());
    let declared = declared.map(|(field, val)| (field.name.clone(), val));
    let own = value.ext().iter().map(|(code, val)| (format!("custom.{code}"), val.clone()));
    declared.chain(own).filter(|(_, val)| held(val)).collect()
}

/// Makes a recorded decision of rules again from nothing but what it says and the rules it names.
///
/// # Errors
///
/// `proof.policy` where it names another revision · `proof.rules` where other rules fail, or another fits ·
/// `proof.seat` for a candidate who was passed over for another reason, or for none · `proof.chosen` where another gets
/// the lead · `proof.how`. Those of [`Compiled::of`]. Rule ASG-8 (B02, W17).
pub fn check(
    decision: &Assignment,
    policy: &AssignmentPolicy,
    schema: &Schema,
) -> Result<(), Refusal> {
    let mut found = Check::default();
    found.rule(decision.policy == Some(policy.id), "policy", || {
        Invalid::new("proof.policy", &decision.policy.map(|id| id.to_string()).unwrap_or_default())
            .limit(policy.id.to_string())
    });
    let rules = &policy.rules.0;
    let compiled = Compiled::of(rules, schema)?;
    let matched = compiled.first(&compiled.slots.row(&decision.read.0));
    let rule: Option<&Rule> = matched.hit.and_then(|at| rules.get(at));
    let same = matched.failed == decision.proof.failed
        && rule.map(|rule| &rule.code) == decision.rule.as_ref();
    found.rule(same, "proof.failed", || {
        let fits = rule.map_or("none", |rule| rule.code.as_str());
        Invalid::new("proof.rules", decision.rule.as_ref().map_or("none", Code::as_str))
            .limit(format!("{fits} fits, after {:?}", matched.failed))
    });
    let seats = &decision.proof.seats;
    for (at, seat) in (0_usize..).zip(seats) {
        let reason = seat.reason();
        let listed = rule.is_some_and(|rule| is_listed(rule, seat));
        found.rule(seat.skip == reason && listed, &format!("proof.seats[{at}]"), || {
            let code = |skip: Option<super::Skip>| skip.map_or("none", super::Skip::code);
            Invalid::new("proof.seat", code(seat.skip)).limit(code(reason))
        });
    }
    let chosen = rule.and_then(|rule| choose(rule.strategy, seats));
    let chosen = chosen.and_then(|at| seats.get(at)).map(|seat| seat.user);
    found.rule(chosen == decision.chosen, "chosen", || {
        let text = |user: Option<Id<User>>| user.map_or("none".to_owned(), |id| id.to_string());
        Invalid::new("proof.chosen", &text(decision.chosen)).limit(text(chosen))
    });
    let how = if chosen.is_some() { AssignmentHow::Rule } else { AssignmentHow::Queue };
    found.rule(how == decision.how, "how", || Invalid::new("proof.how", decision.how.code()));
    found.done()
}

/// Whether a seat is one that the rule gives: a named member with the weight that the rule says, or one of a team or of
/// everybody with weight 1, or one who left the pool.
pub(super) fn is_listed(rule: &Rule, seat: &Seat) -> bool {
    let named = rule.pool.users.iter().find(|member| member.user == seat.user);
    match (seat.weight, named) {
        (None, named) => named.is_none(),
        (Some(weight), Some(member)) => weight == member.weight,
        (Some(weight), None) => {
            weight == 1 && (rule.pool.is_everybody() || !rule.pool.teams.is_empty())
        }
    }
}
