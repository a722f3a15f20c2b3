//! Operations on pools and the leads in them.

use chrono_tz::Tz;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::{Ended, LeadHanded, Rules, hand};
use crate::access::Access;
use crate::api::page::Wanted;
use crate::api::{Listed, Seen};
use crate::engine::{Cx, Error, Operation};
use crate::flow::{
    Cause, Claimer, FlowRule, OwnerSpell, Release, claim, closable, next, release, stay,
};
use crate::lead::{DefinePool, Lead, Plans, Pool, define_pool};
use crate::record::{Kind, Val};
use crate::settings::{Settings, Team, User};
use crate::store::Scan;
use crate::value::{Id, Invalid, Timestamp};

impl Operation for DefinePool {
    const NAME: &'static str = "pool.define";
    const ACCESS: Access = Access::Configure;
    type Response = Seen<Pool>;

    fn run(&self, cx: &mut Cx<'_>) -> Result<Seen<Pool>, Error> {
        let id = match cx.pool_called(&self.code)? {
            Some(before) => before.id,
            None => cx.new_id(),
        };
        let pool = define_pool(id, self)?;
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

/// The open leads in a pool, those that were entered first before the others, a page at a time.
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
        let found = cx.pool_called(&self.pool)?;
        let unknown = || Error::invalid("pool", Invalid::new("pool.unknown", &self.pool));
        let pool = [Val::Id(found.ok_or_else(unknown)?.id.uuid())];
        let wanted = Wanted::of(Lead::BY_POOL, &pool).page(self.limit, self.after.as_deref());
        cx.listed(wanted, Lead::is_open)
    }
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
        let pool = cx.get(lead.lies_in()?)?;
        let user = cx.actor()?.clone();
        let spells = cx.list::<OwnerSpell>(OwnerSpell::BY_SUBJECT, &[Val::Id(lead.id.uuid())])?;
        let (number, claims_today) = claims(cx, user.id)?;
        let held = match pool.terms.holding_limit {
            Some(_) => held(cx, user.id)?,
            None => 0,
        };
        let calendar = cx.work_calendar(pool.terms.calendar.as_ref())?;
        let lost_at = Claimer::lost(user.id, &spells);
        let claimer = Claimer { user: &user, claims_today, held, lost_at };
        let claimed = claim(&lead, &pool, claimer, &calendar, cx.now())?;
        cx.by_rule(pool.id);
        let why = Ended {
            cause: Cause::Claim,
            reason: None,
            rules: None,
            plans: Plans::Keep,
            claim: Some((user.id, number.saturating_add(1))),
        };
        handed(cx, &lead, &claimed, why)
    }
}

/// Hands a lead over, and says what is due to it then.
pub(super) fn handed(
    cx: &mut Cx<'_>,
    before: &Lead,
    after: &Lead,
    why: Ended,
) -> Result<LeadHanded, Error> {
    let plans_concerned = hand(cx, before, after, why)?;
    let (_, deadlines) = Rules::load(cx)?.deadlines(cx, after)?;
    let version = cx.version(after.id);
    let next_due = next(after, &deadlines);
    Ok(LeadHanded { lead: Seen { version, record: after.clone() }, plans_concerned, next_due })
}

/// How often a user has claimed anything so far, and how often today.
fn claims(cx: &mut Cx<'_>, user: Id<User>) -> Result<(u32, u32), Error> {
    let zone: Tz = cx.get(Settings::ID)?.zone.parse().unwrap_or(Tz::UTC);
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
        let count = page.rows.iter().take_while(|(_, spell)| of_today(spell)).count();
        today = today.saturating_add(u32::try_from(count).unwrap_or(u32::MAX));
        after = page.next.filter(|_| count == page.rows.len());
        if after.is_none() {
            return Ok((last.unwrap_or(0), today));
        }
    }
}

/// How many open leads a user looks after.
fn held(cx: &Cx<'_>, user: Id<User>) -> Result<u32, Error> {
    let prefix = [Val::Id(user.uuid())];
    let (mut held, mut after) = (0_u32, None);
    loop {
        cx.checkpoint()?;
        let scan = Scan {
            after: after.as_ref(),
            ..Scan::of(cx.tenant(), Kind::Lead, Lead::BY_OWNER, &prefix)
        };
        let page = cx.page::<Lead>(&scan)?;
        let open = page.rows.iter().filter(|(_, lead)| lead.is_open()).count();
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
        let spells = cx.list::<OwnerSpell>(OwnerSpell::BY_SUBJECT, &[Val::Id(lead.id.uuid())])?;
        let stay = stay(lead.created_at, &spells, lead.followed_at);
        let pools = cx.list::<Pool>(Pool::BY_CODE, &[])?;
        let pool = self.choose(&stay, &pools)?;
        let (released, reason) = release(&lead, pool, self, cx.actor()?)?;
        cx.by_rule(pool.id);
        let why = Ended {
            cause: Cause::Release,
            reason: Some(reason),
            rules: None,
            plans: pool.terms.plans,
            claim: None,
        };
        handed(cx, &lead, &released, why)
    }
}
