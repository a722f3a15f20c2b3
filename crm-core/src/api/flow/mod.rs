//! The flow of records between owners and pools: the one place where an owner's change is seen, and the clocks.

mod assign;
mod handover;
mod history;
mod pool;
mod rule;
mod share;
mod timer;
mod transfer;
mod view;

use std::{
    collections::{BTreeMap, BTreeSet},
    sync::Arc,
};

use uuid::Uuid;

pub use handover::{
    HandedOver, HandoverMove, HandoverPack, HandoverRecord, Pack, PackedCustomer, PackedDeal,
    PackedLead, PackedStep, Risk,
};
pub use history::{CustomerClocks, LeadClocks, OwnerHistory, Owners, SeenClocks};
pub use pool::{ClaimCustomer, ClaimLead, ListPools, PoolCustomers, PoolLeads};
pub use rule::ListFlowRules;
pub use share::{CheckShare, EndShare, ListShares, ShareChecked};
pub use transfer::{CustomerFlowed, CustomerHanded, LeadHanded, TransferCustomer, TransferLead};

pub(super) use assign::give;
pub(super) use pool::lay;
pub(super) use timer::{flow_timer, resolved, sweep_timer};

use crate::activity::{self, Activity, ActivityStatus};
use crate::engine::{Cx, Error};
use crate::flow::{
    Cause, Deadline, FlowRule, Grounds, Keeper, OwnerSpell, Pooled, Protected, Ruled, Stay,
    deadlines, next, spell, stay,
};
use crate::lead::{Holds, Lead, Plans, Pool};
use crate::opportunity::Opportunity;
use crate::party::Customer;
use crate::record::{Entity, Kind, Record, Val};
use crate::schedule::{Timer, TimerCode};
use crate::scoring::{Score, Target};
use crate::settings::{Settings, User};
use crate::store::Scan;
use crate::value::{Code, Id, Note, Timestamp, WorkCalendar};

/// The kinds whose owners are kept.
const OWNED: &[Kind] = &[Kind::Lead, Kind::Customer, Kind::Opportunity];

/// Keeps owners and clocks, at the end of every decision, whatever it was: who had a record whose owner changed, what its
/// owner did with a lead, and when something is due to it. Nothing that an operation writes goes past it. Rule FLOW-17 (F013,
/// W22).
///
/// # Errors
///
/// The store's; [`Error::Limit`] for a record with more than 10,000 owners.
pub(super) fn settle(cx: &mut Cx<'_>, operation: &str) -> Result<(), Error> {
    followed_up(cx)?;
    scored(cx)?;
    owners(cx, operation)?;
    clocks(cx)?;
    sweep_where_rules_changed(cx)
}

/// Remembers on each lead what its owner did with it.
fn followed_up(cx: &mut Cx<'_>) -> Result<(), Error> {
    let with_lead = |row: &Record| !row.deleted && id_at::<Activity>(row, "lead").is_some();
    let written = cx.written(Kind::Activity).filter(|(_, row)| with_lead(row));
    let done = written.filter_map(|(_, row)| Activity::from_record(row).ok());
    let done: Vec<Activity> = done.filter(Activity::is_follow_up).collect();
    for done in done {
        let lead = done.lead.map(|lead| cx.find(lead)).transpose()?.flatten();
        let lead = lead.filter(|lead| lead.owner == Some(done.owner));
        if let Some(lead) = lead.filter(|lead| lead.followed_at.is_none_or(|at| at < done.at)) {
            cx.put(&Lead { followed_at: Some(done.at), ..lead })?;
        }
    }
    Ok(())
}

/// Remembers on each lead what scoring models say of it, as long as a rule of flow asks for that.
fn scored(cx: &mut Cx<'_>) -> Result<(), Error> {
    let written = cx.written(Kind::Score).filter(|(_, row)| !row.deleted);
    let scores = written.filter_map(|(_, row)| Score::from_record(row).ok());
    let scores: Vec<Score> = scores.filter(|score| score.subject_kind == Target::Lead).collect();
    if scores.is_empty() || !quality_counts(cx)? {
        return Ok(());
    }
    for score in scores {
        if let Some(lead) = cx.find(Id::<Lead>::new(score.subject))? {
            cx.put(&lead.scored(&score.model, score.value, score.grade.as_ref(), score.at))?;
        }
    }
    Ok(())
}

/// Whether a rule of flow asks for the quality of leads.
fn quality_counts(cx: &mut Cx<'_>) -> Result<bool, Error> {
    let rules = cx.list::<FlowRule>(FlowRule::BY_CODE, &[])?;
    Ok(rules.iter().any(|rule| rule.active && rule.terms.when.wait().is_none()))
}

/// A record whose owner or pool is another than before this decision.
struct Change {
    kind: Kind,
    id: Uuid,
    made: Timestamp,
    before: Keeper,
    after: Keeper,
}

/// Keeps who had the records whose owner this decision changed, where the operation itself did not.
fn owners(cx: &mut Cx<'_>, operation: &str) -> Result<(), Error> {
    let changed = |kind: &Kind| cx.written(*kind).filter_map(change).collect::<Vec<_>>();
    let changed: Vec<Change> = OWNED.iter().flat_map(changed).collect();
    let unmade = cx.written(Kind::OwnerSpell).filter(|(_, row)| row.deleted);
    let unmade: BTreeSet<Uuid> = unmade.filter_map(|(_, row)| uuid_at(row, "subject")).collect();
    let cause = match operation {
        "import.rows" => Cause::Import,
        "lead.assign" | "lead.capture" => Cause::Assign,
        _ => Cause::Edit,
    };
    for mut change in changed {
        if change.kind == Kind::Lead {
            let lead = cx.get::<Lead>(Id::new(change.id))?;
            // Whoever looks after it took it out of its pool, and out of its queue.
            let pool = lead.pool.filter(|_| lead.owner.is_none());
            let queue = lead.queue.clone().filter(|_| lead.owner.is_none());
            let quality = lead.quality_anew();
            cx.put(&Lead { pool, queue, told: None, quality, ..lead })?;
            change.after.pool = pool;
        }
        if change.kind == Kind::Customer {
            let customer = cx.get::<Customer>(Id::new(change.id))?;
            let pool = customer.pool.filter(|_| customer.owner.is_none());
            cx.put(&Customer { pool, told: None, ..customer })?;
            change.after.pool = pool;
        }
        let spells = cx.list::<OwnerSpell>(OwnerSpell::BY_SUBJECT, &[Val::Id(change.id)])?;
        let kept = match spells.last() {
            Some(last) => last.next_keeper() == change.after,
            // Its spells were unmade, and the record is as it was before the first.
            None => unmade.contains(&change.id),
        };
        if !kept {
            let spell = ended(cx, &change, &spells)?;
            cx.put(&OwnerSpell { cause, ..spell })?;
        }
    }
    Ok(())
}

fn ended(cx: &Cx<'_>, change: &Change, spells: &[OwnerSpell]) -> Result<OwnerSpell, Error> {
    let Change { kind, id, made, before, after } = *change;
    Ok(spell((kind, id), (before, after), (made, cx.now()), spells, cx.actor()?.id))
}

fn change((before, after): (Option<&Record>, &Record)) -> Option<Change> {
    let earlier = keeper(before.filter(|_| !after.deleted)?);
    let later = keeper(after);
    let Val::Int(made) = after.get(after.def.field_named("created_at")?.id) else { return None };
    let made = Timestamp::from_micros(made).ok()?;
    let change = Change { kind: after.def.kind, id: after.id, made, before: earlier, after: later };
    Some(change).filter(|_| earlier != later)
}

fn keeper(row: &Record) -> Keeper {
    Keeper { owner: id_at(row, "owner"), pool: id_at(row, "pool") }
}

fn uuid_at(row: &Record, field: &str) -> Option<Uuid> {
    let Val::Id(id) = row.at(row.def.field_named(field)?.id)? else { return None };
    Some(*id).filter(|id| !id.is_nil())
}

fn id_at<K>(row: &Record, field: &str) -> Option<Id<K>> {
    uuid_at(row, field).map(Id::new)
}

/// What the clock of a lead depends on, besides rules and spells.
const LEAD_WOUND_BY: &[&str] =
    &["owner", "pool", "status", "followed_at", "told", "source", "quality"];

/// What the clock of a customer depends on, besides rules, spells and what was done with it.
const CUSTOMER_WOUND_BY: &[&str] = &["owner", "pool", "status", "told", "source"];

/// Sets the clocks of the leads and customers that this decision made or changed, and of the customers with whom it did
/// something.
fn clocks(cx: &mut Cx<'_>) -> Result<(), Error> {
    let leads = changed(cx, Kind::Lead, LEAD_WOUND_BY);
    let mut customers = changed(cx, Kind::Customer, CUSTOMER_WOUND_BY);
    for (before, after) in cx.written(Kind::Activity) {
        let with = [before, Some(after)].into_iter().flatten();
        let with = with.filter_map(|row| uuid_at(row, "customer"));
        for customer in with {
            customers.entry(customer).or_insert(false);
        }
    }
    if leads.is_empty() && (customers.is_empty() || !customers_flow(cx)?) {
        return Ok(());
    }
    let mut rules = Rules::load(cx)?;
    wound::<Lead>(cx, &mut rules, leads)?;
    if customers_flow(cx)? { wound::<Customer>(cx, &mut rules, customers) } else { Ok(()) }
}

/// The records of a kind in which one of these fields is another than before, and whether they are new.
fn changed(cx: &Cx<'_>, kind: Kind, by: &[&str]) -> BTreeMap<Uuid, bool> {
    let other = |(before, after): &(Option<&Record>, &Record)| match before {
        None => !after.deleted,
        Some(before) => {
            let same = |name: &&str| {
                let field = after.def.field_named(name).map(|field| field.id);
                field.is_some_and(|field| before.at(field) == after.at(field))
            };
            after.deleted || !by.iter().all(same)
        }
    };
    let written = cx.written(kind).filter(other);
    written.map(|(before, after)| (after.id, before.is_none())).collect()
}

fn wound<T: Held + Pooled>(
    cx: &mut Cx<'_>,
    rules: &mut Rules,
    changed: BTreeMap<Uuid, bool>,
) -> Result<(), Error> {
    for (id, is_new) in changed {
        let id = Id::<T>::new(id);
        match cx.find(id)? {
            Some(_) if is_new && rules.ruled.is_empty() => {}
            Some(item) => wind(cx, rules, &item)?,
            None => cx.schedule(id, T::CLOCK, None)?,
        }
    }
    Ok(())
}

/// Sets the clock of a lead or customer to what is due to it next.
fn wind<T: Held + Pooled>(cx: &mut Cx<'_>, rules: &mut Rules, item: &T) -> Result<(), Error> {
    let (_, deadlines) = rules.deadlines(cx, item)?;
    cx.schedule(item.id(), T::CLOCK, next(item, &deadlines))
}

/// Whether customers flow in this house: a rule or a pool is of them.
fn customers_flow(cx: &mut Cx<'_>) -> Result<bool, Error> {
    let pools = cx.list::<Pool>(Pool::BY_CODE, &[])?;
    let rules = cx.list::<FlowRule>(FlowRule::BY_CODE, &[])?;
    let of = |holds: Holds| holds == Holds::Customer;
    Ok(pools.iter().any(|pool| of(pool.terms.holds)) || rules.iter().any(|rule| of(rule.terms.of)))
}

/// The rules of flow, with what they name, read once for all records of a call.
struct Rules {
    ruled: Vec<Ruled>,
    calendars: BTreeMap<Option<Code>, Arc<WorkCalendar>>,
}

impl Rules {
    fn load(cx: &mut Cx<'_>) -> Result<Self, Error> {
        let mut rules = Self { ruled: Vec::new(), calendars: BTreeMap::new() };
        let found = cx.list::<FlowRule>(FlowRule::BY_CODE, &[])?;
        for rule in found.into_iter().filter(|rule| rule.active) {
            let calendar = rules.calendar(cx, rule.terms.calendar.as_ref())?;
            let pool = match &rule.terms.pool {
                Some(code) => cx.pool_called(code.as_str())?.map(|pool| pool.id),
                None => None,
            };
            rules.ruled.push(Ruled { rule, calendar, pool });
        }
        Ok(rules)
    }

    fn calendar(
        &mut self,
        cx: &mut Cx<'_>,
        code: Option<&Code>,
    ) -> Result<Arc<WorkCalendar>, Error> {
        if let Some(known) = self.calendars.get(&code.cloned()) {
            return Ok(Arc::clone(known));
        }
        let calendar = cx.work_calendar(code)?;
        self.calendars.insert(code.cloned(), Arc::clone(&calendar));
        Ok(calendar)
    }

    /// The stay of a lead or customer, and everything that is or will be due to it.
    fn deadlines<T: Held + Pooled>(
        &mut self,
        cx: &mut Cx<'_>,
        item: &T,
    ) -> Result<(Stay, Vec<Deadline>), Error> {
        let stay = stay_of(cx, item)?;
        let home = match stay.claimed_from.map(|pool| cx.find(pool)).transpose()?.flatten() {
            Some(pool) => {
                let calendar = self.calendar(cx, pool.terms.calendar.as_ref())?;
                Some(Protected { pool, calendar })
            }
            None => None,
        };
        let grounds = Grounds { rules: core::mem::take(&mut self.ruled), home };
        let found = deadlines(item, &stay, &grounds);
        self.ruled = grounds.rules;
        Ok((stay, found))
    }
}

/// The stay of a lead or customer where it is now.
fn stay_of<T: Held + Pooled>(cx: &mut Cx<'_>, item: &T) -> Result<Stay, Error> {
    let spells = cx.list::<OwnerSpell>(OwnerSpell::BY_SUBJECT, &[Val::Id(item.id().uuid())])?;
    let followed_at = item.followed_up_at(cx)?;
    Ok(stay(item.made(), &spells, followed_at))
}

/// When the owner of a customer last followed it up. What is stored of it lies in the activities with it; the newest is
/// looked for first.
fn customer_followed_at(cx: &mut Cx<'_>, customer: &Customer) -> Result<Option<Timestamp>, Error> {
    let now = cx.now();
    let by_owner = |done: &Activity| {
        done.is_follow_up() && Some(done.owner) == customer.owner && done.at <= now
    };
    let prefix = [Val::Id(customer.id.uuid())];
    let here = cx.written_under::<Activity>(Activity::BY_CUSTOMER, &prefix)?;
    let newest = here.iter().filter(|done| by_owner(done)).map(|done| done.at).max();
    let mut after = None;
    loop {
        cx.checkpoint()?;
        let scan = Scan {
            desc: true,
            after: after.as_ref(),
            ..Scan::of(cx.tenant(), Kind::Activity, Activity::BY_CUSTOMER, &prefix)
        };
        let page = cx.page::<Activity>(&scan)?;
        let mut stored = page.rows.iter().map(|(_, done)| done);
        let found = stored.find(|done| !cx.is_written(done.id) && by_owner(done));
        after = page.next;
        if let Some(found) = found {
            return Ok(newest.max(Some(found.at)));
        }
        if after.is_none() {
            return Ok(newest);
        }
    }
}

impl Cx<'_> {
    /// The pool of that code.
    fn pool_called(&mut self, code: &str) -> Result<Option<Pool>, Error> {
        self.unique(Pool::BY_CODE, &[Val::from(code)])
    }
}

/// Has the clocks of all leads set anew where a rule, a pool, a calendar or the tenant's zone changed: by the next ticks.
fn sweep_where_rules_changed(cx: &mut Cx<'_>) -> Result<(), Error> {
    let rules = [Kind::FlowRule, Kind::Pool];
    let rules = rules.into_iter().any(|kind| cx.written(kind).next().is_some());
    let zone = cx.written(Kind::Settings).any(|(before, after)| {
        let zone = after.def.field_named("zone").map(|field| field.id);
        zone.is_some_and(|zone| before.is_some_and(|before| before.at(zone) != after.at(zone)))
    });
    let time = zone || cx.written(Kind::Calendar).any(|(before, _)| before.is_some());
    let asked = rules
        || time
            && (!cx.list::<FlowRule>(FlowRule::BY_CODE, &[])?.is_empty()
                || !cx.list::<Pool>(Pool::BY_CODE, &[])?.is_empty());
    if !asked {
        return Ok(());
    }
    // A sweep that is under way begins again.
    let subject = Settings::ID;
    for timer in cx.list::<Timer>(Timer::BY_SUBJECT, &[Val::Id(subject.uuid())])? {
        cx.remove(timer.id)?;
    }
    let now = cx.now();
    cx.schedule(subject, TimerCode::FlowSweep, Some(now))
}

/// Why something changes hands, and what becomes of the open plans of whoever had it.
struct Ended {
    cause: Cause,
    reason: Option<Note>,
    rules: Option<String>,
    plans: Plans,
    claim: Option<(Id<User>, u32)>,
}

/// Something that a user looks after, or a pool holds.
pub(super) trait Held: Entity {
    /// Its activities, by it.
    const ACTIVITIES: u16;

    fn holder(&self) -> Keeper;
    fn begun(&self) -> Timestamp;
    /// When its owner last followed it up.
    fn followed_up_at(&self, cx: &mut Cx<'_>) -> Result<Option<Timestamp>, Error>;
}

impl Held for Lead {
    const ACTIVITIES: u16 = Activity::BY_LEAD;

    fn holder(&self) -> Keeper {
        self.keeper()
    }

    fn begun(&self) -> Timestamp {
        self.created_at
    }

    fn followed_up_at(&self, _: &mut Cx<'_>) -> Result<Option<Timestamp>, Error> {
        Ok(self.followed_at)
    }
}

impl Held for Customer {
    const ACTIVITIES: u16 = Activity::BY_CUSTOMER;

    fn holder(&self) -> Keeper {
        self.keeper()
    }

    fn begun(&self) -> Timestamp {
        self.created_at
    }

    fn followed_up_at(&self, cx: &mut Cx<'_>) -> Result<Option<Timestamp>, Error> {
        customer_followed_at(cx, self)
    }
}

impl Held for Opportunity {
    const ACTIVITIES: u16 = Activity::BY_OPPORTUNITY;

    fn holder(&self) -> Keeper {
        Keeper { owner: Some(self.owner), pool: None }
    }

    fn begun(&self) -> Timestamp {
        self.created_at
    }

    fn followed_up_at(&self, _: &mut Cx<'_>) -> Result<Option<Timestamp>, Error> {
        Ok(None)
    }
}

/// Will hand a record over: the record, who had it, and the open plans; gives how many plans that concerned.
fn hand<T: Held>(cx: &mut Cx<'_>, before: &T, after: &T, why: Ended) -> Result<u32, Error> {
    let id = after.id().uuid();
    let spells = cx.list::<OwnerSpell>(OwnerSpell::BY_SUBJECT, &[Val::Id(id)])?;
    cx.put(after)?;
    let change = Change {
        kind: T::KIND,
        id,
        made: before.begun(),
        before: before.holder(),
        after: after.holder(),
    };
    if change.before == change.after {
        return Ok(0);
    }
    let reason = why.reason.as_ref().map_or(why.cause.code(), Note::as_str);
    let plans_concerned = plans::<T>(cx, &change, why.plans, reason)?;
    let spell = OwnerSpell {
        cause: why.cause,
        rules: why.rules,
        plans: why.plans,
        plans_concerned,
        reason: why.reason,
        ..ended(cx, &change, &spells)?
    };
    let spell = match why.claim {
        Some((claimer, number)) => spell.claimed(claimer, number),
        None => spell,
    };
    cx.put(&spell)?;
    Ok(plans_concerned)
}

/// Will do with the open plans of whoever had a record what shall become of them.
fn plans<T: Held>(
    cx: &mut Cx<'_>,
    change: &Change,
    plans: Plans,
    reason: &str,
) -> Result<u32, Error> {
    if plans == Plans::Keep {
        return Ok(0);
    }
    let open = cx.list::<Activity>(T::ACTIVITIES, &[Val::Id(change.id)])?;
    let open = open.into_iter().filter(|plan| {
        plan.status == ActivityStatus::Planned && Some(plan.owner) == change.before.owner
    });
    let mut concerned = 0_u32;
    for plan in open {
        let after = match (plans, change.after.owner) {
            (Plans::Move, Some(owner)) => Activity { owner, ..plan },
            (Plans::Move | Plans::Keep, _) => continue,
            (Plans::Cancel, _) => activity::cancel(&plan, reason)?,
        };
        cx.put(&after)?;
        super::activity::timers(cx, &after)?;
        concerned = concerned.saturating_add(1);
    }
    Ok(concerned)
}
