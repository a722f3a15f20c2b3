//! Operations on pools and what lies in them.

use core::cell::Cell;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use super::timer::Flows;
use super::view::{look, no_more_views, views_left, zone};
use super::{CustomerFlowed, Ended, LeadHanded, Rules, hand, stay_of};
use crate::access::Access;
use crate::api::page::Wanted;
use crate::api::{Listed, Seen};
use crate::engine::{Cx, Error, Operation};
use crate::flow::{
    Cause, Claimer, FlowRule, OwnerSpell, Pooled, Release, ReleaseCustomer, choose, claim,
    closable, next, release,
};
use crate::lead::{DefinePool, Lead, Plans, Pool, define_pool};
use crate::party::Customer;
use crate::record::{Kind, Val};
use crate::settings::{Team, User};
use crate::store::Scan;
use crate::value::{Code, Id, Invalid, Note, Timestamp};

impl Operation for DefinePool {
    const NAME: &'static str = "pool.define";
    const ACCESS: Access = Access::Configure;
    type Response = Seen<Pool>;

    fn run(&self, cx: &mut Cx<'_>) -> Result<Seen<Pool>, Error> {
        let before = cx.pool_called(&self.code)?;
        let id = before.as_ref().map_or_else(|| cx.new_id(), |before| before.id);
        let pool = define_pool(id, self, before.as_ref())?;
        cx.known_calendar("terms.calendar", pool.terms.calendar.as_ref())?;
        for team in &pool.terms.teams {
            cx.known::<Team>("terms.teams", *team)?;
        }
        closable(&pool, &cx.list::<FlowRule>(FlowRule::BY_CODE, &[])?)?;
        cx.amend(&pool)
    }
}

/// The pools, by code.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct ListPools {
    /// Also those that are closed.
    pub inactive: bool,
    /// Rows in a page: 1 to 1,000; 50 where nothing is said.
    pub limit: Option<u32>,
    /// Where the page before ended.
    pub after: Option<String>,
}

impl Operation for ListPools {
    const NAME: &'static str = "pool.list";
    const ACCESS: Access = Access::Read;
    type Response = Listed<Pool>;

    fn run(&self, cx: &mut Cx<'_>) -> Result<Listed<Pool>, Error> {
        let wanted = Wanted::of(Pool::BY_CODE, &[]).page(self.limit, self.after.as_deref());
        cx.listed(wanted, |pool: &Pool| self.inactive || pool.active)
    }
}

/// The open leads in a pool, those that were entered first before the others, a page at a time. Where the pool has a limit
/// of looks a day, a page has no more rows than are left of it, and what is on it counts.
///
/// Refused with `pool.unknown` · `pool.holds_other` · `pool.views_per_day` where nothing is left.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct PoolLeads {
    /// The code of the pool.
    pub pool: String,
    /// Rows in a page: 1 to 1,000; 50 where nothing is said.
    pub limit: Option<u32>,
    /// Where the page before ended.
    pub after: Option<String>,
}

impl Operation for PoolLeads {
    const NAME: &'static str = "pool.leads";
    const ACCESS: Access = Access::Read;
    type Response = Listed<Lead>;

    fn run(&self, cx: &mut Cx<'_>) -> Result<Listed<Lead>, Error> {
        lying(cx, Lead::BY_POOL, (&self.pool, self.limit, self.after.as_deref()))
    }
}

/// The active customers in a pool, as `pool.leads` gives leads.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct PoolCustomers {
    /// The code of the pool.
    pub pool: String,
    /// Rows in a page: 1 to 1,000; 50 where nothing is said.
    pub limit: Option<u32>,
    /// Where the page before ended.
    pub after: Option<String>,
}

impl Operation for PoolCustomers {
    const NAME: &'static str = "pool.customers";
    const ACCESS: Access = Access::Read;
    type Response = Listed<Customer>;

    fn run(&self, cx: &mut Cx<'_>) -> Result<Listed<Customer>, Error> {
        lying(cx, Customer::BY_POOL, (&self.pool, self.limit, self.after.as_deref()))
    }
}

/// A page of what lies open in a pool.
fn lying<T: Pooled>(
    cx: &mut Cx<'_>,
    index: u16,
    (code, limit, after): (&str, Option<u32>, Option<&str>),
) -> Result<Listed<T>, Error> {
    let unknown = || Error::invalid("pool", Invalid::new("pool.unknown", code));
    let pool = cx.pool_called(code)?.ok_or_else(unknown)?;
    if pool.terms.holds != T::HOLDS {
        let other = Invalid::new("pool.holds_other", code);
        return Err(Error::invalid("pool", other.limit(format!("a pool of {}s", T::HOLDS))));
    }
    let left = views_left(cx, &pool)?;
    if left.as_ref().is_some_and(|(left, _)| *left == 0) {
        return Err(no_more_views(&pool).into());
    }
    let prefix = [Val::Id(pool.id.uuid())];
    let wanted = Wanted::of(index, &prefix).page(limit, after);
    // What was looked at today is looked at again; of the others, as many as are left.
    let budget = Cell::new(left.as_ref().map_or(u32::MAX, |(left, _)| *left));
    let page = cx.listed(wanted, |item: &T| {
        let again = || left.as_ref().is_some_and(|(_, seen)| seen.contains(&item.id().uuid()));
        if item.open().is_err() || again() {
            return item.open().is_ok();
        }
        let more = budget.get() > 0;
        budget.set(budget.get().saturating_sub(1));
        more
    })?;
    let ids: Vec<Uuid> = page.rows.iter().map(|row| row.record.id().uuid()).collect();
    look(cx, &pool, &ids)?;
    Ok(page)
}

/// Takes a lead from the pool in which it lies. Its clock starts anew; each refusal names the rule of the pool.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct ClaimLead {
    /// Which.
    pub id: Id<Lead>,
}

impl Operation for ClaimLead {
    const NAME: &'static str = "lead.claim";
    const ACCESS: Access = Access::Record;
    type Response = LeadHanded;

    fn run(&self, cx: &mut Cx<'_>) -> Result<LeadHanded, Error> {
        let lead = cx.get(self.id)?;
        claimed(cx, &lead).map(LeadHanded::from)
    }
}

/// Takes a customer from the pool in which it lies, as `lead.claim` does a lead.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct ClaimCustomer {
    /// Which.
    pub id: Id<Customer>,
}

impl Operation for ClaimCustomer {
    const NAME: &'static str = "customer.claim";
    const ACCESS: Access = Access::Record;
    type Response = CustomerFlowed;

    fn run(&self, cx: &mut Cx<'_>) -> Result<CustomerFlowed, Error> {
        let customer = cx.get(self.id)?;
        claimed(cx, &customer).map(CustomerFlowed::from)
    }
}

/// Claims a lead or customer for the actor: both go into pools and out of them by the same rules. Rule FX-1 (F028).
fn claimed<T: Flows + Counted>(cx: &mut Cx<'_>, item: &T) -> Result<Handed<T>, Error> {
    let pool = cx.get(item.lies_in()?)?;
    let user = cx.actor()?.clone();
    let spells = cx.list::<OwnerSpell>(OwnerSpell::BY_SUBJECT, &[Val::Id(item.id().uuid())])?;
    let (number, claims_today) = claims(cx, user.id, T::KIND)?;
    let held = match pool.terms.holding_limit {
        Some(_) => held::<T>(cx, user.id)?,
        None => 0,
    };
    let calendar = cx.work_calendar(pool.terms.calendar.as_ref())?;
    let lost_at = Claimer::lost(user.id, &spells);
    let claimer = Claimer { user: &user, claims_today, held, lost_at };
    let claimed = claim(item, &pool, claimer, &calendar, cx.now())?;
    cx.by_rule(pool.id);
    let why = Ended {
        cause: Cause::Claim,
        reason: None,
        rules: None,
        plans: Plans::Keep,
        claim: Some((user.id, number.saturating_add(1))),
    };
    handed(cx, item, &claimed, why)
}

/// A lead or customer that changed hands.
pub(super) struct Handed<T> {
    pub(super) seen: Seen<T>,
    pub(super) plans_concerned: u32,
    pub(super) next_due: Option<Timestamp>,
}

/// Hands a lead or customer over, and says what is due to it then.
pub(super) fn handed<T: Flows>(
    cx: &mut Cx<'_>,
    before: &T,
    after: &T,
    why: Ended,
) -> Result<Handed<T>, Error> {
    let plans_concerned = hand(cx, before, after, why)?;
    let (_, deadlines) = Rules::load(cx)?.deadlines(cx, after)?;
    let version = cx.version(after.id());
    let next_due = next(after, &deadlines);
    Ok(Handed { seen: Seen { version, record: after.clone() }, plans_concerned, next_due })
}

/// What is counted of what a user looks after.
trait Counted: Pooled {
    /// The listing by owner.
    const BY_OWNER: u16;
}

impl Counted for Lead {
    const BY_OWNER: u16 = Self::BY_OWNER;
}

impl Counted for Customer {
    const BY_OWNER: u16 = Self::BY_OWNER;
}

/// How often a user has claimed anything so far, and how many of a kind today.
fn claims(cx: &mut Cx<'_>, user: Id<User>, kind: Kind) -> Result<(u32, u32), Error> {
    let zone = zone(cx)?;
    let day = |at: Timestamp| at.day_in(zone);
    let (tenant, prefix) = (cx.tenant(), [Val::Id(user.uuid())]);
    let (mut last, mut today, mut after) = (None, 0_u32, None);
    loop {
        cx.checkpoint()?;
        let scan = Scan {
            desc: true,
            after: after.as_ref(),
            ..Scan::of(tenant, Kind::OwnerSpell, OwnerSpell::BY_CLAIMER, &prefix)
        };
        let page = cx.page::<OwnerSpell>(&scan)?;
        last = last.or(page.rows.first().map(|(_, spell)| spell.claim_number));
        let of_today = |spell: &OwnerSpell| day(spell.until) == day(cx.now());
        let on_day = page.rows.iter().take_while(|(_, spell)| of_today(spell));
        let of_kind = on_day.clone().filter(|(_, spell)| spell.subject_kind == kind.name()).count();
        today = today.saturating_add(u32::try_from(of_kind).unwrap_or(u32::MAX));
        let all = on_day.count() == page.rows.len();
        after = page.next.filter(|_| all);
        if after.is_none() {
            return Ok((last.unwrap_or(0), today));
        }
    }
}

/// How many open leads, or active customers, a user looks after.
fn held<T: Counted>(cx: &Cx<'_>, user: Id<User>) -> Result<u32, Error> {
    let prefix = [Val::Id(user.uuid())];
    let (mut held, mut after) = (0_u32, None);
    loop {
        cx.checkpoint()?;
        let scan = Scan {
            after: after.as_ref(),
            ..Scan::of(cx.tenant(), T::KIND, <T as Counted>::BY_OWNER, &prefix)
        };
        let page = cx.page::<T>(&scan)?;
        let open = page.rows.iter().filter(|(_, item)| item.open().is_ok()).count();
        held = held.saturating_add(u32::try_from(open).unwrap_or(u32::MAX));
        after = page.next;
        if after.is_none() {
            return Ok(held);
        }
    }
}

impl Operation for Release {
    const NAME: &'static str = "lead.release";
    const ACCESS: Access = Access::Record;
    type Response = LeadHanded;

    fn run(&self, cx: &mut Cx<'_>) -> Result<LeadHanded, Error> {
        let lead = cx.get(self.id)?;
        released(cx, &lead, self.pool.as_deref(), &self.reason).map(LeadHanded::from)
    }
}

impl Operation for ReleaseCustomer {
    const NAME: &'static str = "customer.release";
    const ACCESS: Access = Access::Record;
    type Response = CustomerFlowed;

    fn run(&self, cx: &mut Cx<'_>) -> Result<CustomerFlowed, Error> {
        let customer = cx.get(self.id)?;
        released(cx, &customer, self.pool.as_deref(), &self.reason).map(CustomerFlowed::from)
    }
}

/// Gives a lead or customer back to a pool.
fn released<T: Flows>(
    cx: &mut Cx<'_>,
    item: &T,
    code: Option<&str>,
    reason: &str,
) -> Result<Handed<T>, Error> {
    let stay = stay_of(cx, item)?;
    let pools = cx.list::<Pool>(Pool::BY_CODE, &[])?;
    let pool = choose(code, T::HOLDS, &stay, &pools)?;
    let (released, reason) = release(item, pool, reason, cx.actor()?)?;
    cx.by_rule(pool.id);
    let why = Ended {
        cause: Cause::Release,
        reason: Some(reason),
        rules: None,
        plans: pool.terms.plans,
        claim: None,
    };
    handed(cx, item, &released, why)
}

/// Lays a lead or customer into a pool at the call of an automation; one that lies in it stays there.
///
/// # Errors
///
/// `lead.converted`, `lead.discarded`, `customer.archived` · `pool.unknown`, `pool.closed`; the store's.
pub(in crate::api) fn lay<T: Flows>(
    cx: &mut Cx<'_>,
    id: Id<T>,
    pool: &Code,
    why: &Code,
) -> Result<(), Error> {
    let item = cx.get(id)?;
    let refused = |invalid| Error::invalid("pool", invalid);
    item.open().map_err(refused)?;
    let found = cx.pool_called(pool.as_str())?;
    let pool = found.ok_or_else(|| refused(Invalid::new("pool.unknown", pool.as_str())))?;
    if !pool.active {
        return Err(refused(Invalid::new("pool.closed", pool.code.as_str())));
    }
    if item.keeper().pool == Some(pool.id) {
        return Ok(());
    }
    let (reason, rules) = (Note::parse(why.as_str()).ok(), Some(why.to_string()));
    let plans = pool.terms.plans;
    let why = Ended { cause: Cause::Rule, reason, rules, plans, claim: None };
    hand(cx, &item, &item.pooled_in(pool.id), why).map(drop)
}
