//! Why somebody got a lead, and what other rules would have done.

use core::ops::Bound;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::assignment::{known_of, leave_of};
use crate::access::Access;
use crate::assignment::{
    Assignment, AssignmentHow, AssignmentPolicy, DefineAssignmentPolicy, Facts, Ground, Replay,
    Schema, Seat, World, check, define_policy, replay,
};
use crate::engine::{Cx, Error, Operation};
use crate::lead::Lead;
use crate::record::{Entity, Val};
use crate::settings::{Team, User};
use crate::store::Scan;
use crate::value::{Code, Id, Invalid, Note, Timestamp};

/// Decisions that one replay makes again.
const REPLAY_MAX: usize = 100_000;

/// Why a lead has the owner it has: every decision on it, the last one first. Each decision by rules is made again from
/// its record, and says whether that gives the same.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct ExplainAssignment {
    /// Which lead.
    pub lead: Id<Lead>,
}

/// A rule that did not fit, and the test that failed.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Tried {
    /// The rule.
    pub rule: Code,
    /// The first of its tests that failed, in words.
    pub failed: String,
}

/// One decision in words.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Explained {
    /// The decision.
    pub assignment: Id<Assignment>,
    /// When.
    pub at: Timestamp,
    /// How.
    pub how: AssignmentHow,
    /// Who got the lead; none where it went to a queue.
    pub chosen: Option<Id<User>>,
    /// Who had it before.
    pub before: Option<Id<User>>,
    /// What called for the decision, or the reason that somebody gave.
    pub why: Option<Note>,
    /// The policy.
    pub policy: Option<Code>,
    /// Its revision.
    pub revision: Option<u32>,
    /// The rule that fits.
    pub rule: Option<Code>,
    /// The filter of that rule, in words.
    pub filter: Option<String>,
    /// The rules before it, with the test that failed.
    pub tried: Vec<Tried>,
    /// What the lead held.
    pub read: Facts,
    /// Every candidate, and why each was passed over who was.
    pub candidates: Vec<Seat>,
    /// Whether the decision, made again from its record, comes out the same; by hand there is nothing to make again.
    pub sound: Option<bool>,
}

/// Why a lead has the owner it has.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Explanation {
    /// The decisions, the last one first.
    pub decisions: Vec<Explained>,
}

impl Operation for ExplainAssignment {
    const NAME: &'static str = "assignment.explain";
    const ACCESS: Access = Access::Read;
    type Response = Explanation;

    fn run(&self, cx: &mut Cx<'_>) -> Result<Explanation, Error> {
        cx.get(self.lead)?;
        let schema = cx.lead_schema()?;
        let made = cx.list::<Assignment>(Assignment::BY_LEAD, &[Val::Id(self.lead.uuid())])?;
        let mut decisions = Vec::with_capacity(made.len());
        let mut made = made;
        made.sort_by_key(|decision| (decision.at, decision.ordinal));
        for decision in made.into_iter().rev() {
            let policy = decision.policy.map(|id| cx.get(id)).transpose()?;
            decisions.push(explained(decision, policy.as_ref(), &schema));
        }
        Ok(Explanation { decisions })
    }
}

fn explained(
    decision: Assignment,
    policy: Option<&AssignmentPolicy>,
    schema: &Schema,
) -> Explained {
    let sound = policy.map(|policy| check(&decision, policy, schema).is_ok());
    let rules = policy.map_or(&[][..], |policy| policy.rules.0.as_slice());
    let tried = rules.iter().zip(&decision.proof.failed).map(|(rule, test)| Tried {
        rule: rule.code.clone(),
        failed: rule
            .when
            .conjuncts()
            .get(usize::from(*test))
            .map_or_else(String::new, |test| test.to_string()),
    });
    let fits = rules.iter().find(|rule| Some(&rule.code) == decision.rule.as_ref());
    Explained {
        assignment: decision.id,
        at: decision.at,
        how: decision.how,
        chosen: decision.chosen,
        before: decision.before,
        why: decision.why,
        policy: policy.map(|policy| policy.code.clone()),
        revision: policy.map(|policy| policy.revision),
        tried: tried.collect(),
        filter: fits.map(|rule| rule.when.to_string()),
        rule: decision.rule,
        read: decision.read.0,
        candidates: decision.proof.seats,
        sound,
    }
}

/// What other rules would have done with the leads that rules assigned in a stretch of time: who would have got what.
/// Nothing is stored.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct ReplayAssignment {
    /// The changed policy, as it would be defined; the rules that were in force where there is none.
    pub policy: Option<DefineAssignmentPolicy>,
    /// From when; from the first decision where nothing is said.
    pub from: Option<Timestamp>,
    /// Until when, itself not; until now where nothing is said.
    pub until: Option<Timestamp>,
}

impl Operation for ReplayAssignment {
    const NAME: &'static str = "assignment.replay";
    const ACCESS: Access = Access::Report;
    type Response = Replay;

    fn run(&self, cx: &mut Cx<'_>) -> Result<Replay, Error> {
        let schema = cx.lead_schema()?;
        let users = cx.list::<User>(User::BY_LOGIN, &[])?;
        let policy = match &self.policy {
            Some(wish) => {
                let teams = cx.list::<Team>(Team::BY_NAME, &[])?;
                let ground = Ground { users: &users, teams: &teams, schema: &schema };
                Some(define_policy(wish, u32::MAX, ground, cx.now())?)
            }
            None => None,
        };
        let history = self.history(cx)?;
        let revisions = cx.list::<AssignmentPolicy>(AssignmentPolicy::BY_CODE, &[])?;
        let leave = leave_of(cx)?;
        let hours = known_of(cx, &users)?;
        let unseen = |user: &User, rule: &crate::assignment::Rule, at: Timestamp| {
            super::assignment::seat_at(user, rule, at, &leave, &hours)
        };
        let world = World {
            policy: policy.as_ref(),
            revisions: &revisions,
            users: &users,
            schema: &schema,
            unseen: &unseen,
        };
        Ok(replay(&history, &world)?)
    }
}

impl ReplayAssignment {
    /// The decisions of the stretch, in order.
    fn history(&self, cx: &Cx<'_>) -> Result<Vec<Assignment>, Error> {
        let bound = |at: Option<Timestamp>| at.map(|at| Val::Int(at.micros()));
        let from = bound(self.from).map_or(Bound::Unbounded, Bound::Included);
        let until = bound(self.until).map_or(Bound::Unbounded, Bound::Excluded);
        let mut after = None;
        let mut history = Vec::new();
        loop {
            cx.checkpoint()?;
            let scan = Scan {
                range: (from.clone(), until.clone()),
                after: after.as_ref(),
                ..Scan::of(cx.tenant(), Assignment::KIND, Assignment::BY_AT, &[])
            };
            let page = cx.page::<Assignment>(&scan)?;
            history.extend(page.rows);
            if history.len() > REPLAY_MAX {
                let invalid = Invalid::new("assignment.replay", "");
                let limit = format!("at most {REPLAY_MAX} decisions: a shorter stretch");
                return Err(Error::invalid("from", invalid.limit(limit)));
            }
            match page.next {
                Some(next) => after = Some(next),
                None => break,
            }
        }
        history.sort_by_key(|(seq, decision)| (*seq, decision.ordinal));
        Ok(history.into_iter().map(|(_, decision)| decision).collect())
    }
}
