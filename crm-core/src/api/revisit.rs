//! Operations on revisit plans.

use chrono::NaiveDate;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::activity::timers;
use super::page::Wanted;
use super::{Listed, Seen};
use crate::access::Access;
use crate::activity::{
    self, Activity, ActivityStatus, PlanRevisit, RevisitEnd, RevisitPlan, plan_revisit,
};
use crate::engine::{Cx, Error, Operation};
use crate::lead::Lead;
use crate::party::{Contact, Customer};
use crate::record::Val;
use crate::schedule::{Timer, TimerCode};
use crate::settings::User;
use crate::value::{Id, Invalid, Timestamp};

/// Days of a plan that its answer foretells.
const FORETOLD: usize = 5;

/// A plan that was made.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct RevisitPlanned {
    /// Its id.
    pub id: Id<RevisitPlan>,
    /// Its version.
    pub version: u64,
    /// The step that lies ahead: a planned activity.
    pub step: Id<Activity>,
    /// The next days on which it comes, at most five, as far as it goes.
    pub days: Vec<ForetoldDay>,
}

/// A day on which a plan comes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct ForetoldDay {
    /// The day in the tenant's zone.
    pub day: NaiveDate,
    /// The instant.
    pub at: Timestamp,
}

impl Operation for PlanRevisit {
    const NAME: &'static str = "revisit.plan";
    const ACCESS: Access = Access::Record;
    type Response = RevisitPlanned;

    fn run(&self, cx: &mut Cx<'_>) -> Result<RevisitPlanned, Error> {
        let owner = cx.owner_or_actor(self.owner)?;
        let id = cx.id_or(self.id);
        let zone = cx.zone()?;
        let plan = plan_revisit(id, self, owner, zone, cx.now())?;
        open(cx, &plan)?;
        let version = cx.create(&plan)?.version;
        ahead(cx, &plan)?;
        let left = plan.count.and_then(|count| usize::try_from(count).ok()).unwrap_or(FORETOLD);
        let days = plan.days(zone, plan.planned_on).take(left.min(FORETOLD));
        let days = days.map(|(day, at)| ForetoldDay { day, at }).collect();
        Ok(RevisitPlanned { id, version, step: plan.step_ahead(), days })
    }
}

/// Refuses a plan for somebody unknown, archived, converted or discarded.
fn open(cx: &mut Cx<'_>, plan: &RevisitPlan) -> Result<(), Error> {
    if let Some(customer) = plan.customer {
        cx.live_customer("customer", customer)?;
    }
    if let Some(contact) = cx.known_if("contact", plan.contact)? {
        cx.live_customer("contact", contact.customer)?;
    }
    match cx.known_if("lead", plan.lead)? {
        Some(lead) => lead.takes_new().map_err(|invalid| Error::invalid("lead", invalid)),
        None => Ok(()),
    }
}

/// Will have the step of a plan that lies ahead, and the timer by which the one after it is planned.
fn ahead(cx: &mut Cx<'_>, plan: &RevisitPlan) -> Result<(), Error> {
    let Some(at) = plan.due_at else { return Ok(()) };
    let mut wish = plan.step(at);
    if let Some(contact) = cx.known_if("contact", plan.contact)? {
        wish.customer = Some(contact.customer);
    }
    let owner = caretaker(cx, plan, wish.customer)?;
    for person in &mut wish.participants {
        person.user = Some(owner);
    }
    if cx.find(plan.step_ahead())?.is_none() {
        let now = cx.now();
        let step =
            activity::plan(plan.step_ahead(), &wish, (plan.owner, owner), now, || cx.new_id())?;
        cx.put(&step.0)?;
        step.1.iter().try_for_each(|participant| cx.put(participant))?;
        timers(cx, &step.0)?;
    }
    cx.schedule(plan.id, TimerCode::RevisitNext, Some(at))
}

/// Who has to do a step: the owner of the plan; where they left, whoever looks after the customer or lead.
fn caretaker(
    cx: &mut Cx<'_>,
    plan: &RevisitPlan,
    customer: Option<Id<Customer>>,
) -> Result<Id<User>, Error> {
    let customer = cx.known_if("customer", customer)?.and_then(|customer| customer.owner);
    let lead = cx.known_if("lead", plan.lead)?.and_then(|lead| lead.owner);
    for owner in [Some(plan.owner), customer, lead].into_iter().flatten() {
        if cx.find(owner)?.is_some_and(|user| user.active) {
            return Ok(owner);
        }
    }
    Ok(plan.owner)
}

/// Will have a plan ended, and its step ahead given up where it is still to come.
fn end(cx: &mut Cx<'_>, plan: &RevisitPlan, why: RevisitEnd) -> Result<(), Error> {
    cx.put(&plan.ended(why))?;
    cx.schedule(plan.id, TimerCode::RevisitNext, None)?;
    let step = cx.find(plan.step_ahead())?;
    if let Some(step) = step.filter(|step| step.status == ActivityStatus::Planned) {
        let given_up = activity::cancel(&step, &format!("revisit.{why}"))?;
        cx.put(&given_up)?;
        timers(cx, &given_up)?;
    }
    Ok(())
}

/// The step of a plan is due: plans the next one, or ends the plan.
pub(super) fn next(cx: &mut Cx<'_>, timer: &Timer) -> Result<(), Error> {
    let Some(plan) = cx.find(Id::<RevisitPlan>::new(timer.subject))? else { return Ok(()) };
    if plan.due_at != Some(timer.due_at) {
        return Ok(());
    }
    match open(cx, &plan) {
        Ok(()) => {}
        Err(Error::Refused(_)) => return end(cx, &plan, RevisitEnd::Closed),
        Err(error) => return Err(error),
    }
    let zone = cx.zone()?;
    let next = plan.next(zone, cx.now());
    cx.put(&next)?;
    ahead(cx, &next)
}

/// Ends a plan; its step ahead is given up where it is still to come. Doing it twice is once.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct EndRevisit {
    /// Which.
    pub id: Id<RevisitPlan>,
}

impl Operation for EndRevisit {
    const NAME: &'static str = "revisit.end";
    const ACCESS: Access = Access::Record;
    type Response = Seen<RevisitPlan>;

    fn run(&self, cx: &mut Cx<'_>) -> Result<Seen<RevisitPlan>, Error> {
        let plan = cx.get(self.id)?;
        if plan.ended.is_none() {
            end(cx, &plan, RevisitEnd::Stopped)?;
        }
        cx.seen(self.id)
    }
}

/// Revisit plans, the newest first, a page at a time: of a customer, a contact, a lead, or a user.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct ListRevisits {
    /// Only those for this customer.
    pub customer: Option<Id<Customer>>,
    /// Only those for this contact.
    pub contact: Option<Id<Contact>>,
    /// Only those for this lead.
    pub lead: Option<Id<Lead>>,
    /// Only those that this user has to do; the actor where nothing is said at all.
    pub owner: Option<Id<User>>,
    /// Also ended ones.
    pub ended: bool,
    /// Rows in a page: 1 to 1,000; 50 where nothing is said.
    pub limit: Option<u32>,
    /// Where the page before ended.
    pub after: Option<String>,
}

impl Operation for ListRevisits {
    const NAME: &'static str = "revisit.list";
    const ACCESS: Access = Access::Read;
    type Response = Listed<RevisitPlan>;

    fn run(&self, cx: &mut Cx<'_>) -> Result<Listed<RevisitPlan>, Error> {
        let by = [
            self.customer.map(|id| (RevisitPlan::BY_CUSTOMER, id.uuid())),
            self.contact.map(|id| (RevisitPlan::BY_CONTACT, id.uuid())),
            self.lead.map(|id| (RevisitPlan::BY_LEAD, id.uuid())),
        ];
        let mut by = by.into_iter().flatten();
        let (index, id) = match (by.next(), by.next()) {
            (Some(one), None) => one,
            (None, _) => (RevisitPlan::BY_OWNER, self.owner.unwrap_or(cx.actor()?.id).uuid()),
            (Some(_), Some(_)) => {
                let invalid = Invalid::new("request.form", "");
                let limit = "one of customer, contact and lead";
                return Err(Error::invalid("customer", invalid.limit(limit)));
            }
        };
        let prefix = [Val::Id(id)];
        let wanted = Wanted::of(index, &prefix).newest_first();
        let wanted = wanted.page(self.limit, self.after.as_deref());
        cx.listed(wanted, |plan: &RevisitPlan| {
            (self.ended || plan.ended.is_none())
                && self.owner.is_none_or(|owner| plan.owner == owner)
        })
    }
}
