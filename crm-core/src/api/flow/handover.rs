//! Handing over: what a colleague must know, and moving it to them.

use core::ops::Bound;
use std::collections::BTreeMap;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use super::history::unowned;
use super::transfer::on_purpose;
use super::{Held, Rules, hand};
use crate::access::Access;
use crate::activity::{Activity, ActivityStatus};
use crate::api::page::{self, Wanted};
use crate::codes;
use crate::engine::{Cx, Error, Operation};
use crate::flow::{Pooled, Transfer, may_hand_over, next};
use crate::lead::{Lead, Plans};
use crate::opportunity::{Opportunity, OpportunityLine, Phase, clocks, is_dormant};
use crate::party::{Contact, ContactPoint, Customer, CustomerStatus};
use crate::record::{Entity, Kind, Val};
use crate::settings::User;
use crate::store::Scan;
use crate::value::{Id, Invalid, Note, Timestamp};

/// Activities looked at, from the newest on, for the last one that was a follow-up.
const LOOKED_AT: u32 = 50;

codes! {
    /// What somebody who takes over should look at first.
    pub enum Risk {
        /// Nothing is planned with it.
        NoNextStep = "no_next_step",
        /// Something that was planned with it did not happen.
        Overdue = "overdue",
        /// It has been in its stage for longer than its limit.
        LimitBreached = "limit_breached",
        /// Nothing happened to it for too long.
        Dormant = "dormant",
        /// The day on which it was expected to be won has passed.
        CloseDatePassed = "close_date_passed",
        /// A rule of flow will move it, or tell somebody of it.
        ClockRuns = "clock_runs",
    }
}

/// What a colleague must know who takes over from a user, or takes one record over: everything open, whom it is with, what
/// was said last, what is promised, at which prices, and where it is late. Long lists come page by page.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct HandoverPack {
    /// What this user has. Either this or `record`.
    pub user: Option<Id<User>>,
    /// One lead, customer or deal.
    pub record: Option<HandoverRecord>,
    /// Rows of each list: 1 to 1,000; 50 where nothing is said.
    pub limit: Option<u32>,
    /// Where the lists of the page before ended: what it gave as `next`. Lists that are not in it are left out.
    pub after: Option<BTreeMap<String, String>>,
}

/// A lead, a customer or a deal.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct HandoverRecord {
    /// `lead`, `customer` or `opportunity`.
    pub kind: String,
    /// Which.
    pub id: Uuid,
}

/// What a colleague must know.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Pack {
    /// Open leads.
    pub leads: Vec<PackedLead>,
    /// Customers, archived ones left out.
    pub customers: Vec<PackedCustomer>,
    /// Open deals.
    pub deals: Vec<PackedDeal>,
    /// What is planned or promised, the earliest first.
    pub steps: Vec<PackedStep>,
    /// Where each list goes on; nothing where all is said.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub next: BTreeMap<String, String>,
}

/// A lead that is handed over.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct PackedLead {
    /// The lead.
    pub lead: Lead,
    /// How it is reached.
    pub points: Vec<ContactPoint>,
    /// When it was last dealt with, and how.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub last_contact: Option<Activity>,
    /// When something is due to it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub next_due: Option<Timestamp>,
    /// What to look at first.
    pub risks: Vec<Risk>,
}

/// A customer that is handed over.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct PackedCustomer {
    /// The customer.
    pub customer: Customer,
    /// Who is there.
    pub people: Vec<Contact>,
    /// How the customer is reached.
    pub points: Vec<ContactPoint>,
    /// When it was last dealt with, and how.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub last_contact: Option<Activity>,
    /// What to look at first.
    pub risks: Vec<Risk>,
}

/// A deal that is handed over.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct PackedDeal {
    /// The deal, with what it may bring.
    pub deal: Opportunity,
    /// What was offered, at which prices.
    pub lines: Vec<OpportunityLine>,
    /// When it was last dealt with, and how.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub last_contact: Option<Activity>,
    /// What to look at first.
    pub risks: Vec<Risk>,
}

/// Something that is planned.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct PackedStep {
    /// The plan.
    pub plan: Activity,
    /// It should have happened and did not.
    pub overdue: bool,
}

impl Operation for HandoverPack {
    const NAME: &'static str = "handover.pack";
    const ACCESS: Access = Access::Read;
    type Response = Pack;

    fn run(&self, cx: &mut Cx<'_>) -> Result<Pack, Error> {
        match (self.user, &self.record) {
            (Some(user), None) => self.of_user(cx, user),
            (None, Some(record)) => self.of_record(cx, record),
            _ => {
                let invalid = Invalid::new("request.form", "").limit("either `user` or `record`");
                Err(Error::invalid("user", invalid))
            }
        }
    }
}

impl HandoverPack {
    fn of_user(&self, cx: &mut Cx<'_>, user: Id<User>) -> Result<Pack, Error> {
        cx.known("user", user)?;
        let mut pack = Pack::default();
        let own = [Val::Id(user.uuid())];
        let open = [own[..].to_vec(), vec![Val::from("open")]].concat();
        let planned = [&own[..], &[ActivityStatus::Planned.code().into()]].concat();
        for lead in self.list(cx, "leads", (Lead::BY_OWNER, &own), Lead::is_open, &mut pack)? {
            let packed = lead_of(cx, lead)?;
            pack.leads.push(packed);
        }
        let active = |customer: &Customer| customer.status == CustomerStatus::Active;
        for customer in self.list(cx, "customers", (Customer::BY_OWNER, &own), active, &mut pack)? {
            let packed = customer_of(cx, customer)?;
            pack.customers.push(packed);
        }
        for deal in self.list(cx, "deals", (Opportunity::BY_OWNER, &open), is_open, &mut pack)? {
            let packed = deal_of(cx, deal)?;
            pack.deals.push(packed);
        }
        let steps = self.list(cx, "steps", (Activity::BY_OWNER, &planned), |_| true, &mut pack)?;
        let now = cx.now();
        pack.steps = steps.into_iter().map(|plan| step_of(plan, now)).collect();
        Ok(pack)
    }

    /// A page of one list, where it is asked for.
    fn list<T: Entity>(
        &self,
        cx: &Cx<'_>,
        name: &str,
        (index, prefix): (u16, &[Val]),
        keep: impl Fn(&T) -> bool,
        pack: &mut Pack,
    ) -> Result<Vec<T>, Error> {
        let after = self.after.as_ref().map(|after| after.get(name));
        if after == Some(None) {
            return Ok(Vec::new());
        }
        let after = after.flatten().map(String::as_str);
        let page = cx.listed(Wanted::of(index, prefix).page(self.limit, after), keep)?;
        pack.next.extend(page.next.map(|next| (name.to_owned(), next)));
        Ok(page.rows.into_iter().map(|row| row.record).collect())
    }

    fn of_record(&self, cx: &mut Cx<'_>, record: &HandoverRecord) -> Result<Pack, Error> {
        let mut pack = Pack::default();
        let id = [Val::Id(record.id)];
        let planned = |plan: &Activity| plan.status == ActivityStatus::Planned;
        let steps = match Kind::named(&record.kind) {
            Some(Kind::Lead) => {
                let lead = cx.get(Id::new(record.id))?;
                pack.leads.push(lead_of(cx, lead)?);
                Activity::BY_LEAD
            }
            Some(Kind::Customer) => {
                let customer = cx.get(Id::new(record.id))?;
                pack.customers.push(customer_of(cx, customer)?);
                let deals = (Opportunity::BY_CUSTOMER, id.as_slice());
                for deal in self.list(cx, "deals", deals, is_open, &mut pack)? {
                    let packed = deal_of(cx, deal)?;
                    pack.deals.push(packed);
                }
                Activity::BY_CUSTOMER
            }
            Some(Kind::Opportunity) => {
                let deal = cx.get(Id::new(record.id))?;
                pack.deals.push(deal_of(cx, deal)?);
                Activity::BY_OPPORTUNITY
            }
            _ => return Err(unowned("record.kind", &record.kind).into()),
        };
        let steps = self.list(cx, "steps", (steps, &id), planned, &mut pack)?;
        let now = cx.now();
        pack.steps = steps.into_iter().map(|plan| step_of(plan, now)).collect();
        Ok(pack)
    }
}

fn is_open(deal: &Opportunity) -> bool {
    matches!(deal.phase, Phase::Open { .. })
}

fn step_of(plan: Activity, now: Timestamp) -> PackedStep {
    PackedStep { overdue: plan.is_overdue(now), plan }
}

fn lead_of(cx: &mut Cx<'_>, lead: Lead) -> Result<PackedLead, Error> {
    let (_, deadlines) = Rules::load(cx)?.deadlines(cx, &lead)?;
    let next_due = next(&lead, &deadlines);
    let id = lead.id.uuid();
    let points = cx.list::<ContactPoint>(ContactPoint::BY_OWNER, &[Val::Id(id)])?;
    let last_contact = last_contact::<Lead>(cx, id)?;
    let mut risks = planned::<Lead>(cx, id)?;
    risks.extend(next_due.map(|_| Risk::ClockRuns));
    Ok(PackedLead { lead, points, last_contact, next_due, risks })
}

fn customer_of(cx: &mut Cx<'_>, customer: Customer) -> Result<PackedCustomer, Error> {
    let id = customer.id.uuid();
    let people = cx.list::<Contact>(Contact::BY_CUSTOMER, &[Val::Id(id)])?;
    let points = cx.list::<ContactPoint>(ContactPoint::BY_OWNER, &[Val::Id(id)])?;
    let last_contact = last_contact::<Customer>(cx, id)?;
    let risks = planned::<Customer>(cx, id)?;
    Ok(PackedCustomer { customer, people, points, last_contact, risks })
}

fn deal_of(cx: &mut Cx<'_>, deal: Opportunity) -> Result<PackedDeal, Error> {
    let (id, now) = (deal.id.uuid(), cx.now());
    let dossier = cx.dossier(deal.id)?;
    let calendar = cx.work_calendar(dossier.process.pipeline.calendar.as_ref())?;
    let breach = clocks(&dossier, &calendar).ok().and_then(|clocks| clocks.breach);
    let zone = calendar.zone();
    let mut risks = planned::<Opportunity>(cx, id)?;
    risks.extend(breach.filter(|at| *at <= now).map(|_| Risk::LimitBreached));
    let dormant = is_dormant(&deal, dossier.process.pipeline.dormant_after_days, now);
    risks.extend(Some(Risk::Dormant).filter(|_| dormant));
    let late = deal.expected_close.filter(|day| *day < now.day_in(zone));
    risks.extend(late.map(|_| Risk::CloseDatePassed));
    let last_contact = last_contact::<Opportunity>(cx, id)?;
    Ok(PackedDeal { deal, lines: dossier.lines, last_contact, risks })
}

/// The last follow-up among the newest activities with a record.
fn last_contact<T: Held>(cx: &Cx<'_>, id: Uuid) -> Result<Option<Activity>, Error> {
    let prefix = [Val::Id(id)];
    let scan = Scan {
        desc: true,
        limit: LOOKED_AT,
        range: (Bound::Unbounded, Bound::Included(Val::Int(cx.now().micros()))),
        ..Scan::of(cx.tenant(), Kind::Activity, T::ACTIVITIES, &prefix)
    };
    let page = cx.page::<Activity>(&scan)?;
    let mut newest = page.rows.into_iter().map(|(_, activity)| activity);
    Ok(newest.find(Activity::is_follow_up))
}

/// What the plans with a record tell: that there is none, or that one is late.
fn planned<T: Held>(cx: &mut Cx<'_>, id: Uuid) -> Result<Vec<Risk>, Error> {
    let all = cx.list::<Activity>(T::ACTIVITIES, &[Val::Id(id)])?;
    let mut open = all.iter().filter(|plan| plan.status == ActivityStatus::Planned).peekable();
    Ok(if open.peek().is_none() {
        vec![Risk::NoNextStep]
    } else if open.any(|plan| plan.is_overdue(cx.now())) {
        vec![Risk::Overdue]
    } else {
        Vec::new()
    })
}

/// Moves what a user has to a colleague: open leads, customers, open deals, and what else is planned; or only what is
/// named. Nothing but owners changes. Call it again while `more` is true: what was moved is not moved again.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct HandoverMove {
    /// Who had it.
    pub from: Id<User>,
    /// Who gets it.
    pub to: Id<User>,
    /// Why.
    pub reason: String,
    /// `move` (the default), `keep` or `cancel`: what becomes of their open plans.
    #[serde(default = "moved")]
    pub plans: Plans,
    /// Only these, with the plans with them; everything where none is named.
    #[serde(default)]
    pub records: Vec<HandoverRecord>,
    /// At most so many records: 1 to 1,000; 50 where nothing is said.
    #[serde(default)]
    pub limit: Option<u32>,
}

const fn moved() -> Plans {
    Plans::Move
}

/// What was moved.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct HandedOver {
    /// How many leads.
    pub leads: u32,
    /// How many customers.
    pub customers: u32,
    /// How many deals.
    pub deals: u32,
    /// How many plans moved, or were cancelled.
    pub plans_concerned: u32,
    /// Whether there is more.
    pub more: bool,
}

impl Operation for HandoverMove {
    const NAME: &'static str = "handover.move";
    const ACCESS: Access = Access::Record;
    type Response = HandedOver;

    fn run(&self, cx: &mut Cx<'_>) -> Result<HandedOver, Error> {
        let wish = Transfer { to: self.to, reason: self.reason.clone(), plans: self.plans };
        cx.known::<User>("from", self.from)?;
        let to = cx.find(self.to)?;
        let reason = may_hand_over(self.from, &wish, to.as_ref(), cx.actor()?)?;
        let limit = usize::try_from(page::limit(self.limit)?).unwrap_or(usize::MAX);
        let mut done = HandedOver::default();
        if self.records.is_empty() {
            self.all(cx, &reason, limit, &mut done)?;
        } else {
            self.named(cx, &reason, limit, &mut done)?;
        }
        Ok(done)
    }
}

impl HandoverMove {
    fn all(
        &self,
        cx: &mut Cx<'_>,
        reason: &Note,
        limit: usize,
        done: &mut HandedOver,
    ) -> Result<(), Error> {
        let own = [Val::Id(self.from.uuid())];
        let open = [own[..].to_vec(), vec![Val::from("open")]].concat();
        let mut left = limit;
        let leads = some(cx, Lead::BY_OWNER, &own, &mut left, done, Lead::is_open)?;
        for lead in leads {
            self.lead(cx, &lead, reason, done)?;
        }
        for customer in some(cx, Customer::BY_OWNER, &own, &mut left, done, |_| true)? {
            self.customer(cx, &customer, reason, done)?;
        }
        for deal in some(cx, Opportunity::BY_OWNER, &open, &mut left, done, is_open)? {
            self.deal(cx, &deal, reason, done)?;
        }
        if self.plans == Plans::Keep || done.more {
            return Ok(());
        }
        // What is planned with nothing of all that.
        let planned = [&own[..], &[ActivityStatus::Planned.code().into()]].concat();
        for plan in some(cx, Activity::BY_OWNER, &planned, &mut left, done, |_: &Activity| true)? {
            // Read again: what was moved with its record is not the user's any more.
            let plan = cx.get(plan.id)?;
            if plan.owner == self.from && plan.status == ActivityStatus::Planned {
                self.plan(cx, plan, reason)?;
                done.plans_concerned = done.plans_concerned.saturating_add(1);
            }
        }
        Ok(())
    }

    fn named(
        &self,
        cx: &mut Cx<'_>,
        reason: &Note,
        limit: usize,
        done: &mut HandedOver,
    ) -> Result<(), Error> {
        let mut left = limit;
        for (at, record) in self.records.iter().enumerate() {
            let path = format!("records[{at}]");
            if left == 0 {
                done.more = true;
                return Ok(());
            }
            let moved = match Kind::named(&record.kind) {
                Some(Kind::Lead) => {
                    let lead = cx.known::<Lead>(&path, Id::new(record.id))?;
                    self.is_theirs(&path, lead.owner)?
                        && self.lead(cx, &lead, reason, done).map(|()| true)?
                }
                Some(Kind::Customer) => {
                    let customer = cx.known::<Customer>(&path, Id::new(record.id))?;
                    self.is_theirs(&path, customer.owner)?
                        && self.customer(cx, &customer, reason, done).map(|()| true)?
                }
                Some(Kind::Opportunity) => {
                    let deal = cx.known::<Opportunity>(&path, Id::new(record.id))?;
                    self.is_theirs(&path, Some(deal.owner))?
                        && self.deal(cx, &deal, reason, done).map(|()| true)?
                }
                _ => return Err(unowned(&format!("{path}.kind"), &record.kind).into()),
            };
            left = left.saturating_sub(usize::from(moved));
        }
        Ok(())
    }

    /// Whether something is still to be moved; what has been already is passed over.
    fn is_theirs(&self, path: &str, owner: Option<Id<User>>) -> Result<bool, Error> {
        if owner == Some(self.from) || owner == Some(self.to) {
            return Ok(owner == Some(self.from));
        }
        let other = owner.map(|owner| owner.to_string()).unwrap_or_default();
        let invalid = Invalid::new("owner.of_another", &other);
        Err(Error::invalid(path, invalid.limit(format!("what {} looks after", self.from))))
    }

    fn lead(
        &self,
        cx: &mut Cx<'_>,
        lead: &Lead,
        reason: &Note,
        done: &mut HandedOver,
    ) -> Result<(), Error> {
        let after = lead.with(self.to);
        let plans = hand(cx, lead, &after, on_purpose(reason.clone(), self.plans))?;
        done.leads = done.leads.saturating_add(1);
        done.plans_concerned = done.plans_concerned.saturating_add(plans);
        Ok(())
    }

    fn customer(
        &self,
        cx: &mut Cx<'_>,
        customer: &Customer,
        reason: &Note,
        done: &mut HandedOver,
    ) -> Result<(), Error> {
        let after = customer.with(self.to);
        let plans = hand(cx, customer, &after, on_purpose(reason.clone(), self.plans))?;
        done.customers = done.customers.saturating_add(1);
        done.plans_concerned = done.plans_concerned.saturating_add(plans);
        Ok(())
    }

    fn deal(
        &self,
        cx: &mut Cx<'_>,
        deal: &Opportunity,
        reason: &Note,
        done: &mut HandedOver,
    ) -> Result<(), Error> {
        let after = Opportunity { owner: self.to, ..deal.clone() };
        let plans = hand(cx, deal, &after, on_purpose(reason.clone(), self.plans))?;
        done.deals = done.deals.saturating_add(1);
        done.plans_concerned = done.plans_concerned.saturating_add(plans);
        Ok(())
    }

    fn plan(&self, cx: &mut Cx<'_>, plan: Activity, reason: &Note) -> Result<(), Error> {
        let after = match self.plans {
            Plans::Cancel => crate::activity::cancel(&plan, reason.as_str())?,
            Plans::Move | Plans::Keep => Activity { owner: self.to, ..plan },
        };
        cx.put(&after)?;
        crate::api::activity::timers(cx, &after)
    }
}

/// The first rows of a listing that pass, as many as are left; says where there are more.
fn some<T: Entity>(
    cx: &mut Cx<'_>,
    index: u16,
    prefix: &[Val],
    left: &mut usize,
    done: &mut HandedOver,
    keep: impl Fn(&T) -> bool,
) -> Result<Vec<T>, Error> {
    let mut found = Vec::new();
    let mut after = None;
    loop {
        cx.checkpoint()?;
        let scan = Scan { after: after.as_ref(), ..Scan::of(cx.tenant(), T::KIND, index, prefix) };
        let page = cx.page::<T>(&scan)?;
        for (_, row) in page.rows.into_iter().filter(|(_, row)| keep(row)) {
            if *left == 0 {
                done.more = true;
                return Ok(found);
            }
            // Read again through the unit of work, so that the commit fails where another call was faster.
            found.extend(cx.find(row.id())?);
            *left = left.saturating_sub(1);
        }
        after = page.next;
        if after.is_none() {
            return Ok(found);
        }
    }
}
