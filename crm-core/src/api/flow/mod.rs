//! The flow of records between owners and pools: the one place where an owner's change is seen, and the clocks.

mod assign;
mod handover;
mod history;
mod pool;
mod rule;
mod timer;
mod transfer;

use std::{
    collections::{BTreeMap, BTreeSet},
    sync::Arc,
};

use uuid::Uuid;

pub use handover::{
    HandedOver, HandoverMove, HandoverPack, HandoverRecord, Pack, PackedCustomer, PackedDeal,
    PackedLead, PackedStep, Risk,
};
pub use history::{LeadClocks, OwnerHistory, Owners, SeenClocks};
pub use pool::{ClaimLead, ListPools, PoolLeads};
pub use rule::ListFlowRules;
pub use transfer::{CustomerHanded, LeadHanded, TransferCustomer, TransferLead};

pub(super) use timer::{lead_timer, sweep_timer};

use crate::activity::{self, Activity, ActivityStatus};
use crate::engine::{Cx, Error};
use crate::flow::{
    Cause, Deadline, FlowRule, Grounds, Keeper, OwnerSpell, Protected, Ruled, Stay, deadlines,
    next, spell, stay,
};
use crate::lead::{Lead, Plans, Pool};
use crate::opportunity::Opportunity;
use crate::party::Customer;
use crate::record::{Entity, Kind, Record, Val};
use crate::schedule::{Timer, TimerCode};
use crate::settings::{Settings, User};
use crate::value::{Code, Id, Note, Timestamp, WorkCalendar};

/// The kinds whose owners are kept.
const OWNED: &[Kind] = &[Kind::Lead, Kind::Customer, Kind::Opportunity];

/// Keeps owners and clocks, at the end of every decision, whatever it was: who had a record whose owner changed, what its
/// owner did with a lead, and when something is due to it. Nothing that an operation writes goes past it (W22).
///
/// # Errors
///
/// The store's; [`Error::Limit`] for a record with more than 10,000 owners.
pub(super) fn settle(cx: &mut Cx<'_>, operation: &str) -> Result<(), Error> {
    followed_up(cx)?;
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
            cx.put(&Lead { pool, queue, told: None, ..lead })?;
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
    let made = match after.get(after.def.field_named("created_at")?.id) {
        Val::Int(at) => Timestamp::from_micros(at).ok()?,
        _ => return None,
    };
    let change = Change { kind: after.def.kind, id: after.id, made, before: earlier, after: later };
    Some(change).filter(|_| earlier != later)
}

fn keeper(row: &Record) -> Keeper {
    Keeper { owner: id_at(row, "owner"), pool: id_at(row, "pool") }
}

fn uuid_at(row: &Record, field: &str) -> Option<Uuid> {
    match row.at(row.def.field_named(field)?.id)? {
        Val::Id(id) if !id.is_nil() => Some(*id),
        _ => None,
    }
}

fn id_at<K>(row: &Record, field: &str) -> Option<Id<K>> {
    uuid_at(row, field).map(Id::new)
}

/// What the clock of a lead depends on, besides rules and spells.
const WOUND_BY: &[&str] = &["owner", "pool", "status", "followed_at", "told", "source"];

/// Sets the clocks of the leads that this decision made or changed.
fn clocks(cx: &mut Cx<'_>) -> Result<(), Error> {
    let wound = |(before, after): &(Option<&Record>, &Record)| match before {
        None => !after.deleted,
        Some(before) => {
            let same = |name: &&str| {
                let field = after.def.field_named(name).map(|field| field.id);
                field.is_some_and(|field| before.at(field) == after.at(field))
            };
            after.deleted || !WOUND_BY.iter().all(same)
        }
    };
    let leads = cx.written(Kind::Lead).filter(wound);
    let leads: Vec<(Id<Lead>, bool)> =
        leads.map(|(before, after)| (Id::new(after.id), before.is_none())).collect();
    if leads.is_empty() {
        return Ok(());
    }
    let mut rules = Rules::load(cx)?;
    for (id, is_new) in leads {
        match cx.find(id)? {
            Some(_) if is_new && rules.ruled.is_empty() => {}
            Some(lead) => wind(cx, &mut rules, &lead)?,
            None => cx.schedule(id, TimerCode::LeadFlow, None)?,
        }
    }
    Ok(())
}

/// Sets the clock of a lead to what is due to it next.
fn wind(cx: &mut Cx<'_>, rules: &mut Rules, lead: &Lead) -> Result<(), Error> {
    let (_, deadlines) = rules.deadlines(cx, lead)?;
    cx.schedule(lead.id, TimerCode::LeadFlow, next(lead, &deadlines))
}

/// The rules of flow, with what they name, read once for all leads of a call.
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

    /// The stay of a lead, and everything that is or will be due to it.
    fn deadlines(&mut self, cx: &mut Cx<'_>, lead: &Lead) -> Result<(Stay, Vec<Deadline>), Error> {
        let spells = cx.list::<OwnerSpell>(OwnerSpell::BY_SUBJECT, &[Val::Id(lead.id.uuid())])?;
        let stay = stay(lead.created_at, &spells, lead.followed_at);
        let home = match stay.claimed_from.map(|pool| cx.find(pool)).transpose()?.flatten() {
            Some(pool) => {
                let calendar = self.calendar(cx, pool.terms.calendar.as_ref())?;
                Some(Protected { pool, calendar })
            }
            None => None,
        };
        let grounds = Grounds { rules: core::mem::take(&mut self.ruled), home };
        let found = deadlines(lead, &stay, &grounds);
        self.ruled = grounds.rules;
        Ok((stay, found))
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
trait Held: Entity {
    /// Its activities, by it.
    const ACTIVITIES: u16;

    fn keeper(&self) -> Keeper;
    fn made(&self) -> Timestamp;
}

impl Held for Lead {
    const ACTIVITIES: u16 = Activity::BY_LEAD;

    fn keeper(&self) -> Keeper {
        Keeper { owner: self.owner, pool: self.pool }
    }

    fn made(&self) -> Timestamp {
        self.created_at
    }
}

impl Held for Customer {
    const ACTIVITIES: u16 = Activity::BY_CUSTOMER;

    fn keeper(&self) -> Keeper {
        Keeper { owner: Some(self.owner), pool: None }
    }

    fn made(&self) -> Timestamp {
        self.created_at
    }
}

impl Held for Opportunity {
    const ACTIVITIES: u16 = Activity::BY_OPPORTUNITY;

    fn keeper(&self) -> Keeper {
        Keeper { owner: Some(self.owner), pool: None }
    }

    fn made(&self) -> Timestamp {
        self.created_at
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
        made: before.made(),
        before: before.keeper(),
        after: after.keeper(),
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
