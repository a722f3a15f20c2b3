//! Leads go into pools and are claimed from them; each refusal names the rule.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::{FlowRule, OwnerSpell, Stay};
use crate::access::{Access, permits};
use crate::decision::{Check, Refusal, Violation};
use crate::lead::{Lead, Pool};
use crate::settings::User;
use crate::value::{Id, Invalid, Note, Timestamp, WorkCalendar};

/// Who claims, and what they have.
#[derive(Clone, Copy, Debug)]
pub struct Claimer<'a> {
    /// Who.
    pub user: &'a User,
    /// How many leads they claimed today.
    pub claims_today: u32,
    /// How many open leads they have.
    pub held: u32,
    /// When they last lost this lead.
    pub lost_at: Option<Timestamp>,
}

impl Claimer<'_> {
    /// When a user last lost a record of these spells.
    pub fn lost(user: Id<User>, spells: &[OwnerSpell]) -> Option<Timestamp> {
        spells.iter().rev().find(|spell| spell.owner == Some(user)).map(|spell| spell.until)
    }
}

impl Lead {
    /// The pool in which it lies.
    ///
    /// # Errors
    ///
    /// `lead.not_in_pool`.
    pub fn lies_in(&self) -> Result<Id<Pool>, Refusal> {
        self.pool.ok_or_else(|| {
            let invalid = Invalid::new("lead.not_in_pool", &self.id.to_string());
            Refusal::of(Violation::at("id", invalid.limit("a lead that lies in a pool")))
        })
    }
}

/// The lead as taken from its pool by a user. The pool's calendar says when a cool-down ends: at its very end it is over.
///
/// # Errors
///
/// `lead.converted`, `lead.discarded` · `pool.closed` · `pool.not_member` for a user of another team or role ·
/// `pool.cooling_down`, with its end · `pool.claims_per_day` · `pool.holding_limit`. Rule FLOW-9 (F028, W18, W20).
pub fn claim(
    lead: &Lead,
    pool: &Pool,
    by: Claimer<'_>,
    calendar: &WorkCalendar,
    now: Timestamp,
) -> Result<Lead, Refusal> {
    let mut check = Check::default();
    let (terms, user) = (&pool.terms, by.user);
    check.take("id", lead.takes_new());
    open(pool, &mut check);
    let of_team =
        terms.teams.is_empty() || user.team.is_some_and(|team| terms.teams.contains(&team));
    let of_role = terms.roles.is_empty() || terms.roles.contains(&user.role);
    check.rule(of_team && of_role, "id", || {
        Invalid::new("pool.not_member", user.login.as_str())
            .limit(format!("the teams and roles of pool `{}`", pool.code))
    });
    let cool = terms.cool_down.zip(by.lost_at);
    let until = cool.and_then(|(wait, lost_at)| wait.due(lost_at, calendar).ok());
    if let Some(until) = until.filter(|until| now < *until) {
        let invalid = Invalid::new("pool.cooling_down", user.login.as_str());
        check.refuse("id", invalid.limit(format!("not before {until}")));
    }
    let limits = [
        ("pool.claims_per_day", terms.claims_per_day, by.claims_today),
        ("pool.holding_limit", terms.holding_limit, by.held),
    ];
    for (code, limit, count) in limits {
        if let Some(limit) = limit.filter(|limit| count >= *limit) {
            let invalid = Invalid::new(code, &count.to_string());
            check.refuse("id", invalid.limit(format!("less than {limit} before the claim")));
        }
    }
    check.done()?;
    Ok(lead.with(user.id))
}

fn open(pool: &Pool, check: &mut Check) {
    check.rule(pool.active, "pool", || {
        Invalid::new("pool.closed", pool.code.as_str()).limit("an active pool")
    });
}

/// Gives a lead back to a pool: by its owner, or by who may override, who may also move it from one pool to another.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Release {
    /// Which.
    pub id: Id<Lead>,
    /// Why.
    pub reason: String,
    /// The code of the pool; without it, the one from which it was claimed, else the only one there is.
    #[serde(default)]
    pub pool: Option<String>,
}

/// The lead as given to a pool, and why.
///
/// # Errors
///
/// `lead.converted`, `lead.discarded` · `lead.in_pool` · `owner.not_yours` unless the actor looks after it or may
/// override · `pool.closed` · `text.*` (reason). Rule FLOW-10 (F028, W19, W20).
pub fn release(
    lead: &Lead,
    pool: &Pool,
    wish: &Release,
    actor: &User,
) -> Result<(Lead, Note), Refusal> {
    let mut check = Check::default();
    check.take("id", lead.takes_new());
    check.rule(lead.pool != Some(pool.id), "id", || {
        Invalid::new("lead.in_pool", pool.code.as_str()).limit("a lead that does not lie in it")
    });
    may_give(lead.owner, actor, &mut check);
    open(pool, &mut check);
    let reason = check.take("reason", Note::parse(&wish.reason));
    check.finish(reason.map(|reason| (lead.into_pool(pool.id), reason)))
}

impl Lead {
    /// The lead in a pool, with nobody.
    #[must_use]
    pub fn into_pool(&self, pool: Id<Pool>) -> Self {
        Self { owner: None, pool: Some(pool), queue: None, told: None, ..self.clone() }
    }

    /// The lead with somebody, in no pool and in no queue.
    #[must_use]
    pub fn with(&self, owner: Id<User>) -> Self {
        Self { owner: Some(owner), pool: None, queue: None, told: None, ..self.clone() }
    }
}

/// Whether an actor may give away what `owner` has.
pub(super) fn may_give(owner: Option<Id<User>>, actor: &User, check: &mut Check) {
    let may = owner == Some(actor.id) || permits(actor.role, Access::Override);
    check.rule(may, "id", || {
        Invalid::new("owner.not_yours", &owner.map(|owner| owner.to_string()).unwrap_or_default())
            .limit("what the actor looks after, or the right to override")
    });
}

impl Release {
    /// The pool that a release means, of all there are.
    ///
    /// # Errors
    ///
    /// `pool.unknown` for a code that no pool has · `pool.unsaid` where none is named, none was left, and there is not
    /// exactly one active. Rule FLOW-11 (W19).
    pub fn choose<'a>(&self, stay: &Stay, pools: &'a [Pool]) -> Result<&'a Pool, Refusal> {
        let codes = || pools.iter().map(|pool| pool.code.as_str());
        let found = match &self.pool {
            Some(code) => pools.iter().find(|pool| pool.code.as_str() == code).ok_or_else(|| {
                Violation::at("pool", Invalid::new("pool.unknown", code).allowed(codes()))
            }),
            None => {
                let left = pools.iter().find(|pool| Some(pool.id) == stay.claimed_from);
                let mut active = pools.iter().filter(|pool| pool.active);
                let only = active.next().filter(|_| active.next().is_none());
                left.or(only).ok_or_else(|| {
                    Violation::at("pool", Invalid::new("pool.unsaid", "").allowed(codes()))
                })
            }
        };
        found.map_err(Refusal::of)
    }
}

/// Whether a pool may be as it is wished beside these rules: none of those that apply puts leads into a closed one.
///
/// # Errors
///
/// `pool.in_use`, with the rule. Rule FLOW-16 (F028, B16).
pub fn closable(pool: &Pool, rules: &[FlowRule]) -> Result<(), Refusal> {
    let into = |rule: &&FlowRule| rule.active && rule.terms.pool.as_ref() == Some(&pool.code);
    match rules.iter().find(into).filter(|_| !pool.active) {
        Some(rule) => {
            let invalid = Invalid::new("pool.in_use", pool.code.as_str());
            let limit = format!("rule `{}` puts leads into it", rule.code);
            Err(Refusal::of(Violation::at("active", invalid.limit(limit))))
        }
        None => Ok(()),
    }
}
