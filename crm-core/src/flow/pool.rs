//! Leads and customers go into pools and are claimed from them; each refusal names the rule.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::{FlowRule, Keeper, OwnerSpell, Stay, Trigger};
use crate::access::{Access, permits};
use crate::decision::{Check, Refusal, Violation};
use crate::lead::{Holds, Lead, Pool};
use crate::party::Customer;
use crate::record::Entity;
use crate::schedule::TimerCode;
use crate::settings::User;
use crate::value::{Code, Id, Invalid, Note, Timestamp, WorkCalendar};

/// What somebody looks after or a pool holds, and what clocks run on: a lead, a customer.
pub trait Pooled: Entity {
    /// What pools of it hold.
    const HOLDS: Holds;
    /// The timer of what is due to one of it.
    const CLOCK: TimerCode;
    /// The timer that sets the clocks of all of it anew.
    const SWEEP: TimerCode;

    /// With whom it is.
    fn keeper(&self) -> Keeper;
    /// When it was made.
    fn made(&self) -> Timestamp;
    /// Where it came from.
    fn source(&self) -> Option<&Code>;
    /// What was told of its stay with its owner.
    fn told(&self) -> Option<&str>;
    /// The same, with that told.
    #[must_use]
    fn with_told(&self, told: Option<String>) -> Self;
    /// The instant since which its quality is what a rule waits for; nothing where it is not.
    fn fallen_at(&self, trigger: &Trigger) -> Option<Timestamp>;
    /// Whether something new may hang on it.
    ///
    /// # Errors
    ///
    /// `lead.converted`, `lead.discarded`, `customer.archived`.
    fn open(&self) -> Result<(), Invalid>;
    /// It in a pool, with nobody.
    #[must_use]
    fn pooled_in(&self, pool: Id<Pool>) -> Self;
    /// It with somebody, in no pool.
    #[must_use]
    fn with(&self, owner: Id<User>) -> Self;

    /// The pool in which it lies.
    ///
    /// # Errors
    ///
    /// `lead.not_in_pool`, `customer.not_in_pool`.
    fn lies_in(&self) -> Result<Id<Pool>, Refusal> {
        self.keeper().pool.ok_or_else(|| {
            let name = Self::KIND.name();
            let invalid = Invalid::new(&format!("{name}.not_in_pool"), &self.id().to_string());
            Refusal::of(Violation::at("id", invalid.limit(format!("a {name} that lies in a pool"))))
        })
    }
}

impl Pooled for Lead {
    const HOLDS: Holds = Holds::Lead;
    const CLOCK: TimerCode = TimerCode::LeadFlow;
    const SWEEP: TimerCode = TimerCode::FlowSweep;

    fn keeper(&self) -> Keeper {
        Keeper { owner: self.owner, pool: self.pool }
    }

    fn made(&self) -> Timestamp {
        self.created_at
    }

    fn source(&self) -> Option<&Code> {
        self.source.as_ref()
    }

    fn told(&self) -> Option<&str> {
        self.told.as_deref()
    }

    fn with_told(&self, told: Option<String>) -> Self {
        Self { told, ..self.clone() }
    }

    fn fallen_at(&self, trigger: &Trigger) -> Option<Timestamp> {
        trigger.fallen_at(self)
    }

    fn open(&self) -> Result<(), Invalid> {
        self.takes_new()
    }

    fn pooled_in(&self, pool: Id<Pool>) -> Self {
        Self { owner: None, pool: Some(pool), queue: None, told: None, ..self.clone() }
    }

    fn with(&self, owner: Id<User>) -> Self {
        let quality = self.quality_anew();
        Self { owner: Some(owner), pool: None, queue: None, told: None, quality, ..self.clone() }
    }
}

impl Pooled for Customer {
    const HOLDS: Holds = Holds::Customer;
    const CLOCK: TimerCode = TimerCode::CustomerFlow;
    const SWEEP: TimerCode = TimerCode::CustomerSweep;

    fn keeper(&self) -> Keeper {
        Keeper { owner: self.owner, pool: self.pool }
    }

    fn made(&self) -> Timestamp {
        self.created_at
    }

    fn source(&self) -> Option<&Code> {
        self.source.as_ref()
    }

    fn told(&self) -> Option<&str> {
        self.told.as_deref()
    }

    fn with_told(&self, told: Option<String>) -> Self {
        Self { told, ..self.clone() }
    }

    fn fallen_at(&self, _: &Trigger) -> Option<Timestamp> {
        None
    }

    fn open(&self) -> Result<(), Invalid> {
        self.takes_new()
    }

    fn pooled_in(&self, pool: Id<Pool>) -> Self {
        Self { owner: None, pool: Some(pool), told: None, ..self.clone() }
    }

    fn with(&self, owner: Id<User>) -> Self {
        Self { owner: Some(owner), pool: None, told: None, ..self.clone() }
    }
}

/// Who claims, and what they have.
#[derive(Clone, Copy, Debug)]
pub struct Claimer<'a> {
    /// Who.
    pub user: &'a User,
    /// How many of its kind they claimed today.
    pub claims_today: u32,
    /// How many of its kind they have that are open.
    pub held: u32,
    /// When they last lost this one.
    pub lost_at: Option<Timestamp>,
}

impl Claimer<'_> {
    /// When a user last lost a record of these spells.
    pub fn lost(user: Id<User>, spells: &[OwnerSpell]) -> Option<Timestamp> {
        spells.iter().rev().find(|spell| spell.owner == Some(user)).map(|spell| spell.until)
    }
}

/// A lead or customer as taken from its pool by a user. The pool's calendar says when a cool-down ends: at its very end it is over.
///
/// # Errors
///
/// `lead.converted`, `lead.discarded`, `customer.archived` · `pool.closed` · `pool.not_member` for a user of another team or role ·
/// `pool.cooling_down`, with its end · `pool.claims_per_day` · `pool.holding_limit`. Rule FLOW-9 (F028, W18, W20).
pub fn claim<T: Pooled>(
    item: &T,
    pool: &Pool,
    by: Claimer<'_>,
    calendar: &WorkCalendar,
    now: Timestamp,
) -> Result<T, Refusal> {
    let mut check = Check::default();
    let (terms, user) = (&pool.terms, by.user);
    check.take("id", item.open());
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
    Ok(item.with(user.id))
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

/// The same of a customer. Its deals stay with whom they are.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct ReleaseCustomer {
    /// Which.
    pub id: Id<Customer>,
    /// Why.
    pub reason: String,
    /// The code of the pool; without it, the one from which it was claimed, else the only one there is.
    #[serde(default)]
    pub pool: Option<String>,
}

/// A lead or customer as given to a pool, and why.
///
/// # Errors
///
/// `lead.converted`, `lead.discarded`, `customer.archived` · `lead.in_pool`, `customer.in_pool` · `owner.not_yours` unless
/// the actor looks after it or may override · `pool.holds_other` · `pool.closed` · `text.*` (reason). Rule FLOW-10 (F028,
/// W19, W20).
pub fn release<T: Pooled>(
    item: &T,
    pool: &Pool,
    reason: &str,
    actor: &User,
) -> Result<(T, Note), Refusal> {
    let mut check = Check::default();
    let name = T::KIND.name();
    check.take("id", item.open());
    check.rule(item.keeper().pool != Some(pool.id), "id", || {
        Invalid::new(&format!("{name}.in_pool"), pool.code.as_str())
            .limit(format!("a {name} that does not lie in it"))
    });
    may_give(item.keeper().owner, actor, &mut check);
    check.rule(pool.terms.holds == T::HOLDS, "pool", || {
        Invalid::new("pool.holds_other", pool.code.as_str())
            .limit(format!("a pool of {}s", T::HOLDS))
    });
    open(pool, &mut check);
    let reason = check.take("reason", Note::parse(reason));
    check.finish(reason.map(|reason| (item.pooled_in(pool.id), reason)))
}

/// Whether an actor may give away what `owner` has.
pub(super) fn may_give(owner: Option<Id<User>>, actor: &User, check: &mut Check) {
    let may = owner == Some(actor.id) || permits(actor.role, Access::Override);
    check.rule(may, "id", || {
        Invalid::new("owner.not_yours", &owner.map(|owner| owner.to_string()).unwrap_or_default())
            .limit("what the actor looks after, or the right to override")
    });
}

/// The pool that a release means, of all there are: the one of that code, or where none is said the one from which it was
/// claimed, or the only active one of its kind.
///
/// # Errors
///
/// `pool.unknown` for a code that no pool has · `pool.unsaid` where none is named, none was left, and there is not
/// exactly one active. Rule FLOW-11 (W19).
pub fn choose<'a>(
    code: Option<&str>,
    holds: Holds,
    stay: &Stay,
    pools: &'a [Pool],
) -> Result<&'a Pool, Refusal> {
    let codes = || {
        let fit = pools.iter().filter(move |pool| pool.terms.holds == holds);
        fit.map(|pool| pool.code.as_str())
    };
    let found = match code {
        Some(code) => pools.iter().find(|pool| pool.code.as_str() == code).ok_or_else(|| {
            Violation::at("pool", Invalid::new("pool.unknown", code).allowed(codes()))
        }),
        None => {
            let left = pools.iter().find(|pool| Some(pool.id) == stay.claimed_from);
            let mut active = pools.iter().filter(|pool| pool.active && pool.terms.holds == holds);
            let only = active.next().filter(|_| active.next().is_none());
            left.or(only).ok_or_else(|| {
                Violation::at("pool", Invalid::new("pool.unsaid", "").allowed(codes()))
            })
        }
    };
    found.map_err(Refusal::of)
}

/// Whether a pool may be as it is wished beside these rules: none of those that apply puts anything into a closed one.
///
/// # Errors
///
/// `pool.in_use`, with the rule. Rule FLOW-16 (F028, B16).
pub fn closable(pool: &Pool, rules: &[FlowRule]) -> Result<(), Refusal> {
    let into = |rule: &&FlowRule| rule.active && rule.terms.pool.as_ref() == Some(&pool.code);
    match rules.iter().find(into).filter(|_| !pool.active) {
        Some(rule) => {
            let invalid = Invalid::new("pool.in_use", pool.code.as_str());
            let limit = format!("rule `{}` puts records into it", rule.code);
            Err(Refusal::of(Violation::at("active", invalid.limit(limit))))
        }
        None => Ok(()),
    }
}
