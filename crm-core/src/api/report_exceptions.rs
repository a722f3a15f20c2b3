//! The reports on what has to be seen to, and on the deals at risk by it.

use std::collections::{BTreeMap, BTreeSet, btree_map::Entry};

use chrono::NaiveDate;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use super::believed::believed;
use super::facts;
use super::report::{ReportQuery, all, query, table};
use super::report_paths::processes;
use crate::access::Access;
use crate::activity::{Activity, ActivityStatus};
use crate::analytics::{Item, Matter, Query, exceptions, long_stays, risks};
use crate::engine::{Cx, Error, Operation, each};
use crate::export::document::Report;
use crate::opportunity::{Dossier, Opportunity, StageMove, clocks, is_dormant};
use crate::order::{ExceptionKind, Order, OrderException, is_late, late_from};
use crate::payment::Instalment;
use crate::pipeline::{BackClock, Pipeline, Process};
use crate::promise::{Promise, PromiseState};
use crate::pursuit::{Milestone, MilestoneState};
use crate::record::{Entity, Val};
use crate::service::{Pace, ServicePause, ServicePolicy, ServiceRequest};
use crate::settings::{Settings, User};
use crate::store::Scan;
use crate::value::{Currency, Id, Invalid, Shared, Timestamp};

/// What has to be seen to now, in one call: stage limits passed, dormant deals, deals without a next step, overdue tasks,
/// promises and milestones, late responses and resolutions, late orders, overdue money; counts by matter and person, the
/// longest first. Only `zone` may be asked.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(transparent)]
pub struct ReportExceptions(pub ReportQuery);

/// The open deals that something is the matter with, each with its reasons; also those that have stood longer in their stage
/// than nine in ten stays there. By now; which deals, and made on which days, may be asked.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(transparent)]
pub struct ReportRisks(pub ReportQuery);

impl Operation for ReportExceptions {
    const NAME: &'static str = "report.exceptions";
    const ACCESS: Access = Access::Report;
    type Response = Report;

    fn run(&self, cx: &mut Cx<'_>) -> Result<Report, Error> {
        believed(cx, self.0.known_at, |cx| self.told(cx))
    }
}

impl ReportExceptions {
    fn told(&self, cx: &mut Cx<'_>) -> Result<Report, Error> {
        let asked = &self.0;
        refuse(&[
            ("by", !asked.by.is_empty()),
            ("only", !asked.only.is_empty()),
            ("outcome", asked.outcome.is_some()),
            ("from", asked.from.is_some()),
            ("to", asked.to.is_some()),
            ("as_of", asked.as_of.is_some()),
        ])?;
        let query = query(cx, asked)?;
        let table = table(cx, query.as_of)?;
        let items = items(cx, &query)?.0;
        Ok(exceptions(&table, &query, &items))
    }
}

impl Operation for ReportRisks {
    const NAME: &'static str = "report.risks";
    const ACCESS: Access = Access::Report;
    type Response = Report;

    fn run(&self, cx: &mut Cx<'_>) -> Result<Report, Error> {
        believed(cx, self.0.known_at, |cx| self.told(cx))
    }
}

impl ReportRisks {
    fn told(&self, cx: &mut Cx<'_>) -> Result<Report, Error> {
        let asked = &self.0;
        refuse(&[
            ("by", !asked.by.is_empty()),
            ("outcome", asked.outcome.is_some()),
            ("as_of", asked.as_of.is_some()),
        ])?;
        let query = query(cx, asked)?;
        let table = table(cx, query.as_of)?;
        let (mut items, names) = items(cx, &query)?;
        let name = |id: Uuid| names.get(&Id::new(id)).cloned().unwrap_or_default();
        items.extend(long_stays(&table, &query, &name));
        Ok(risks(&table, &query, &items, &name))
    }
}

/// Refuses the first option that was given and that a report has no answer for.
fn refuse(given: &[(&str, bool)]) -> Result<(), Error> {
    match given.iter().find(|(_, is_given)| *is_given) {
        None => Ok(()),
        Some((path, _)) => {
            let invalid = Invalid::new("report.option", path);
            Err(Error::invalid(path, invalid.limit("not an option of this report")))
        }
    }
}

/// Every row of a listing.
fn listing<T: Entity>(
    cx: &Cx<'_>,
    (index, prefix): (u16, &[Val]),
    mut sink: impl FnMut(T),
) -> Result<(), Error> {
    let mut fault = None;
    each(
        cx.store(),
        &Scan::of(cx.tenant(), T::KIND, index, prefix),
        |_, row| match T::from_record(row) {
            Ok(value) => sink(value),
            Err(corrupt) => fault = fault.take().or(Some(corrupt)),
        },
    )?;
    cx.checkpoint()?;
    fault.map_or(Ok(()), |corrupt| Err(corrupt.into()))
}

/// What open deals are called.
type Called = BTreeMap<Id<Opportunity>, String>;

/// Everything that has to be seen to, in any order, and what the open deals are called.
fn items(cx: &mut Cx<'_>, query: &Query) -> Result<(Vec<Item>, Called), Error> {
    let base = cx.get(Settings::ID)?.base_currency;
    let mut found = Found {
        now: query.as_of,
        today: query.as_of.day_in(query.zone),
        base,
        logins: BTreeMap::new(),
        deals: BTreeMap::new(),
        customers: BTreeMap::new(),
        items: Vec::new(),
    };
    all(cx, |user: User| drop(found.logins.insert(user.id, user.login.to_string())))?;
    let mut deals: Vec<Opportunity> = Vec::new();
    listing(cx, (Opportunity::BY_PHASE, &[Val::from("open")]), |deal| deals.push(deal))?;
    for deal in &deals {
        found.deals.insert(deal.id, deal.name.to_string());
    }
    let ahead = found.activities(cx)?;
    found.of_deals(cx, &deals, &ahead)?;
    found.promises(cx)?;
    found.milestones(cx)?;
    found.requests(cx)?;
    found.orders_and_money(cx)?;
    Ok((found.items, found.deals))
}

/// What was found so far, and what is needed to find more.
struct Found {
    now: Timestamp,
    today: NaiveDate,
    base: Currency,
    logins: BTreeMap<Id<User>, String>,
    deals: Called,
    /// Of which customer a record is whose own name says too little.
    customers: BTreeMap<Uuid, Uuid>,
    items: Vec<Item>,
}

/// The second at which the day after `day` begins in UTC: good enough to say how many days something is over.
fn after(day: NaiveDate) -> Option<i64> {
    Some(day.succ_opt()?.and_time(chrono::NaiveTime::MIN).and_utc().timestamp())
}

impl Found {
    fn login(&self, user: Id<User>) -> String {
        self.logins.get(&user).cloned().unwrap_or_default()
    }

    /// The open deal of a link; nil where there is none, or it is closed.
    fn open(&self, deal: Option<Id<Opportunity>>) -> Uuid {
        deal.filter(|deal| self.deals.contains_key(deal)).map_or(Uuid::nil(), |deal| deal.uuid())
    }

    /// Overdue plans; and the deals with which something is planned that lies ahead.
    fn activities(&mut self, cx: &Cx<'_>) -> Result<BTreeSet<Id<Opportunity>>, Error> {
        let mut ahead = BTreeSet::new();
        let mut planned: Vec<Activity> = Vec::new();
        all(cx, |activity: Activity| {
            if activity.status == ActivityStatus::Planned {
                planned.push(activity);
            }
        })?;
        for plan in planned {
            let due = plan.due_at.unwrap_or(plan.at);
            if due >= self.now {
                ahead.extend(plan.opportunity);
                continue;
            }
            let item = Item {
                matter: Matter::TaskOverdue,
                since: Some(due.utc().timestamp()),
                kind: "activity",
                id: plan.id.uuid(),
                deal: self.open(plan.opportunity),
                name: match plan.opportunity.and_then(|deal| self.deals.get(&deal)) {
                    Some(deal) => format!("{deal}: {}", plan.kind.code()),
                    None => plan.kind.code().to_owned(),
                },
                owner: self.login(plan.owner),
                minor: None,
                evidence: due.to_string(),
            };
            if let Some(customer) = plan.customer.filter(|_| item.deal.is_nil()) {
                self.customers.insert(item.id, customer.uuid());
            }
            self.items.push(item);
        }
        Ok(ahead)
    }

    fn of_deals(
        &mut self,
        cx: &mut Cx<'_>,
        deals: &[Opportunity],
        ahead: &BTreeSet<Id<Opportunity>>,
    ) -> Result<(), Error> {
        let processes: BTreeMap<Id<Pipeline>, Shared<Process>> = processes(cx)?
            .into_iter()
            .map(|process| (process.pipeline.id, Shared::from(process)))
            .collect();
        for deal in deals {
            let Some(process) = processes.get(&deal.pipeline) else { continue };
            let breach = breach(cx, deal, process)?.filter(|at| *at <= self.now);
            let dormant_after = process.pipeline.dormant_after_days;
            let sleeps = is_dormant(deal, dormant_after, self.now);
            let slept_at = crate::pursuit::falls_asleep_at(deal, dormant_after);
            let passed = deal.expected_close.filter(|day| *day < self.today);
            let is_blank = deal.amount.is_none();
            let stage = process.stage(deal.phase.stage());
            let stage = stage.map_or(String::new(), |stage| stage.name.to_string());
            let has_next = ahead.contains(&deal.id);
            let second = |at: Timestamp| at.utc().timestamp();
            let matters = [
                (Matter::StageLimit, breach.map(second), breach.is_some(), stage),
                (
                    Matter::Dormant,
                    slept_at.map(second),
                    sleeps,
                    format!("last touched {}", deal.touched_at),
                ),
                (
                    Matter::ClosePassed,
                    passed.and_then(after),
                    passed.is_some(),
                    passed.map(|day| day.to_string()).unwrap_or_default(),
                ),
                (Matter::NoNextStep, None, !has_next, "nothing planned".to_owned()),
                (Matter::NoAmount, None, is_blank, "no amount".to_owned()),
            ];
            for (matter, since, _, evidence) in matters.into_iter().filter(|(_, _, is, _)| *is) {
                let item = Item {
                    matter,
                    since,
                    kind: "opportunity",
                    id: deal.id.uuid(),
                    deal: deal.id.uuid(),
                    name: deal.name.to_string(),
                    owner: self.login(deal.owner),
                    minor: self.minor(deal.amount),
                    evidence,
                };
                self.items.push(item);
            }
        }
        Ok(())
    }

    fn minor(&self, amount: Option<crate::value::Money>) -> Option<i64> {
        amount.filter(|amount| amount.currency() == self.base).map(|amount| amount.minor())
    }

    fn promises(&mut self, cx: &Cx<'_>) -> Result<(), Error> {
        let mut late: Vec<Promise> = Vec::new();
        for state in [PromiseState::Open, PromiseState::Broken] {
            let prefix = [Val::from(state.code())];
            listing(cx, (Promise::BY_DUE, &prefix), |promise: Promise| {
                if promise.due_on < self.today {
                    late.push(promise);
                }
            })?;
        }
        for promise in late {
            let item = Item {
                matter: Matter::PromiseOverdue,
                since: after(promise.due_on),
                kind: "promise",
                id: promise.id.uuid(),
                deal: self.open(promise.opportunity),
                name: promise
                    .opportunity
                    .and_then(|deal| self.deals.get(&deal))
                    .cloned()
                    .unwrap_or_default(),
                owner: self.login(promise.promiser),
                minor: None,
                evidence: format!("by {}", promise.due_on),
            };
            self.customers.insert(item.id, promise.customer.uuid());
            self.items.push(item);
        }
        Ok(())
    }

    fn milestones(&mut self, cx: &Cx<'_>) -> Result<(), Error> {
        let mut late: Vec<Milestone> = Vec::new();
        let prefix = [Val::from(MilestoneState::Planned.code())];
        listing(cx, (Milestone::BY_DUE, &prefix), |milestone: Milestone| {
            if milestone.due_on < self.today {
                late.push(milestone);
            }
        })?;
        for milestone in late {
            let item = Item {
                matter: Matter::MilestoneOverdue,
                since: after(milestone.due_on),
                kind: "milestone",
                id: milestone.id.uuid(),
                deal: self.open(Some(milestone.opportunity)),
                name: milestone.name.to_string(),
                owner: self.login(milestone.owner),
                minor: None,
                evidence: format!("by {}", milestone.due_on),
            };
            self.items.push(item);
        }
        Ok(())
    }

    fn requests(&mut self, cx: &mut Cx<'_>) -> Result<(), Error> {
        let mut requests: Vec<ServiceRequest> = Vec::new();
        all(cx, |request: ServiceRequest| {
            if request.state.is_open() {
                requests.push(request);
            }
        })?;
        let mut pauses: BTreeMap<Id<ServiceRequest>, Vec<ServicePause>> = BTreeMap::new();
        all(cx, |pause: ServicePause| pauses.entry(pause.request).or_default().push(pause))?;
        let mut terms: BTreeMap<Option<Id<ServicePolicy>>, _> = BTreeMap::new();
        for request in &requests {
            let own = pauses.entry(request.id).or_default();
            own.sort_by_key(|pause| pause.ordinal);
            if let Entry::Vacant(unread) = terms.entry(request.policy) {
                unread.insert(cx.service_terms(request.policy)?);
            }
            let Some((terms, calendar)) = terms.get(&request.policy) else { continue };
            let pace = Pace { pauses: own, terms, calendar };
            let Some(shown) = crate::service::clocks(request, pace, self.now) else { continue };
            for (matter, clock) in
                [(Matter::ResponseLate, shown.response), (Matter::ResolutionLate, shown.resolution)]
            {
                if !clock.breached || clock.done_at.is_some() {
                    continue;
                }
                let (kind, severity) = (request.request_type.code(), request.severity.code());
                let item = Item {
                    matter,
                    since: clock.due.map(|due| due.utc().timestamp()),
                    kind: "service_request",
                    id: request.id.uuid(),
                    deal: Uuid::nil(),
                    name: kind.to_owned(),
                    owner: request.handler.map(|user| self.login(user)).unwrap_or_default(),
                    minor: None,
                    evidence: format!("{severity}, reached us {}", request.received_at),
                };
                self.customers.insert(item.id, request.customer.uuid());
                self.items.push(item);
            }
        }
        Ok(())
    }

    fn orders_and_money(&mut self, cx: &mut Cx<'_>) -> Result<(), Error> {
        let mut orders: BTreeMap<Id<Order>, Order> = BTreeMap::new();
        all(cx, |order: Order| drop(orders.insert(order.id, order)))?;
        let mut troubles: Vec<OrderException> = Vec::new();
        listing(cx, (OrderException::BY_OPEN, &[Val::Bool(true)]), |trouble: OrderException| {
            // Whether an order is late follows from its day, noticed or not.
            if trouble.kind != ExceptionKind::Late {
                troubles.push(trouble);
            }
        })?;
        let mut open: Vec<Instalment> = Vec::new();
        listing(cx, (Instalment::BY_OPEN, &[Val::Bool(true)]), |instalment: Instalment| {
            if instalment.days_overdue(self.now) > 0 {
                open.push(instalment);
            }
        })?;
        let of_order = |order: &Order, matter, since, evidence| Item {
            matter,
            since,
            kind: "order",
            id: order.id.uuid(),
            deal: Uuid::nil(),
            name: order.number.to_string(),
            owner: self.login(order.owner),
            minor: self.minor(Some(order.total)),
            evidence,
        };
        let mut found = Vec::new();
        for order in orders.values().filter(|order| is_late(order, self.now)) {
            let due = order.due_on.map(|day| day.to_string()).unwrap_or_default();
            let since = late_from(order).map(|at| at.utc().timestamp());
            found.push(of_order(order, Matter::OrderLate, since, format!("by {due}")));
        }
        for trouble in &troubles {
            let Some(order) = orders.get(&trouble.order) else { continue };
            let since = Some(trouble.since.utc().timestamp());
            let evidence = trouble.kind.code().to_owned();
            found.push(of_order(order, Matter::OrderTrouble, since, evidence));
        }
        let mut customers = BTreeMap::new();
        for instalment in &open {
            let Some(due_on) = instalment.due_on else { continue };
            let owed = instalment.outstanding().ok();
            let order = orders.get(&instalment.order);
            customers.insert(instalment.id.uuid(), instalment.customer.uuid());
            let number = order.map(|order| order.number.to_string()).unwrap_or_default();
            found.push(Item {
                matter: Matter::MoneyOverdue,
                since: after(due_on),
                kind: "instalment",
                id: instalment.id.uuid(),
                deal: Uuid::nil(),
                name: number,
                owner: order.map(|order| self.login(order.owner)).unwrap_or_default(),
                minor: self.minor(owed),
                evidence: format!(
                    "{} due {due_on}",
                    owed.map(|owed| owed.to_string()).unwrap_or_default()
                ),
            });
        }
        self.items.extend(found);
        self.customers.append(&mut customers);
        facts::with(cx, |kept| {
            for item in &mut self.items {
                let Some(customer) = self.customers.get(&item.id) else { continue };
                let name = format!("{} {}", kept.names.customer(*customer), item.name);
                name.trim().clone_into(&mut item.name);
            }
            Ok(())
        })
    }
}

/// When a deal's stay in its stage passes the limit of the stage; nothing without one.
fn breach(
    cx: &mut Cx<'_>,
    deal: &Opportunity,
    process: &Shared<Process>,
) -> Result<Option<Timestamp>, Error> {
    let has_limit = process.stage(deal.phase.stage()).is_some_and(|stage| stage.limit.is_some());
    if !has_limit {
        return Ok(None);
    }
    let moves = match process.pipeline.back_clock {
        BackClock::Restart => Vec::new(),
        BackClock::Accumulate => {
            cx.list::<StageMove>(StageMove::BY_OPPORTUNITY, &[Val::Id(deal.id.uuid())])?
        }
    };
    let calendar = cx.work_calendar(process.pipeline.calendar.as_ref())?;
    let (evidence, lines) = (Vec::new(), Vec::new());
    let deal = deal.clone();
    let dossier = Dossier { deal, process: process.clone(), moves, evidence, lines };
    // A limit beyond the years of the calendar is not passed.
    Ok(clocks(&dossier, &calendar).ok().and_then(|clocks| clocks.breach))
}
