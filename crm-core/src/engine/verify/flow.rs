//! The invariants of flow.

use std::{collections::BTreeMap, sync::Arc};

use uuid::Uuid;

use super::{Faults, State};
use crate::activity::Activity;
use crate::flow::{
    FlowRule, Grounds, Keeper, OwnerSpell, Pooled, Protected, Ruled, Stay, deadlines, next, stay,
};
use crate::lead::{Lead, Pool};
use crate::opportunity::Opportunity;
use crate::party::Customer;
use crate::record::{Entity, Kind};
use crate::schedule::{Timer, TimerCode};
use crate::settings::{Calendar, Settings, User};
use crate::value::{Code, Id, Timestamp, WorkCalendar};

/// The spells of each record, in order.
fn spells(state: &State) -> BTreeMap<Uuid, Vec<OwnerSpell>> {
    let mut spells: BTreeMap<Uuid, Vec<OwnerSpell>> = BTreeMap::new();
    for spell in state.live::<OwnerSpell>() {
        spells.entry(spell.subject).or_default().push(spell);
    }
    for of_one in spells.values_mut() {
        of_one.sort_by_key(|spell| spell.ordinal);
    }
    spells
}

/// The spells of a record tell without a gap how it came to be with whom it is.
pub(super) fn history(state: &State, faults: &mut Faults) {
    let mut spells = spells(state);
    let leads = state.live::<Lead>().map(|lead| {
        let keeper = Keeper { owner: lead.owner, pool: lead.pool };
        (Lead::KIND, lead.id.uuid(), keeper, lead.created_at)
    });
    let customers = state.live::<Customer>().map(|customer| {
        (Customer::KIND, customer.id.uuid(), customer.keeper(), customer.created_at)
    });
    let deals = state.live::<Opportunity>().map(|deal| {
        let keeper = Keeper { owner: Some(deal.owner), pool: None };
        (Opportunity::KIND, deal.id.uuid(), keeper, deal.created_at)
    });
    for (kind, id, keeper, made) in leads.chain(customers).chain(deals) {
        let of_one = spells.remove(&id).unwrap_or_default();
        let (Some(first), Some(last)) = (of_one.first(), of_one.last()) else { continue };
        let mut fault = |what: &str| faults.report(kind, id, what);
        if of_one.iter().zip(0..).any(|(spell, ordinal)| spell.ordinal != ordinal) {
            fault("a spell is missing");
        }
        let broken = |pair: &[OwnerSpell]| match pair {
            [before, after] => {
                before.until != after.since || before.next_keeper() != after.keeper()
            }
            _ => false,
        };
        if of_one.windows(2).any(broken) {
            fault("a spell does not begin where the one before ended");
        }
        let backwards = of_one.iter().any(|spell| spell.until < spell.since);
        if first.since != made
            || backwards
            || of_one.iter().any(|spell| spell.subject_kind != kind.name())
        {
            fault("its spells are not of its time, or not its own");
        }
        if last.next_keeper() != keeper {
            fault("its last spell does not tell with whom it is");
        }
    }
    for of_none in spells.into_values().flatten() {
        let has =
            Kind::named(&of_none.subject_kind).is_some_and(|kind| state.has(kind, of_none.subject));
        let gone = Kind::named(&of_none.subject_kind).is_some() && !has;
        if !gone {
            faults.report(
                Kind::OwnerSpell,
                of_none.id.uuid(),
                "it is of nothing that has an owner",
            );
        }
    }
}

/// Nothing is with an owner and in a pool at once, and nothing lies in a pool of another kind; a customer is with one of
/// both.
pub(super) fn keeper(state: &State, faults: &mut Faults) {
    fn held<T: Pooled>(state: &State, faults: &mut Faults) {
        for item in state.live::<T>() {
            let Keeper { owner, pool } = item.keeper();
            let mut fault = |what| faults.report(T::KIND, item.id().uuid(), what);
            if owner.is_some() && pool.is_some() {
                fault("it is with an owner and in a pool");
            }
            if owner.is_none() && pool.is_none() && T::KIND == Kind::Customer {
                fault("it is with nobody and in no pool");
            }
            let pool = pool.and_then(|pool| state.find::<Pool>(pool));
            if pool.is_some_and(|pool| pool.terms.holds != T::HOLDS) {
                fault("it lies in a pool of another kind");
            }
        }
    }
    held::<Lead>(state, faults);
    held::<Customer>(state, faults);
}

/// An open lead, or active customer, that somebody looks after has a timer at what is due to it next, no other has one.
/// While the clocks are being set anew after a change of rules, nothing is said.
pub(super) fn clocks(state: &State, faults: &mut Faults) {
    let sweeps = [TimerCode::FlowSweep, TimerCode::CustomerSweep];
    if state.live::<Timer>().any(|timer| sweeps.contains(&timer.code)) {
        return;
    }
    let Some(settings) = state.find::<Settings>(Settings::ID) else { return };
    let (usual, calendars) = (Arc::new(settings.usual_calendar()), state.live::<Calendar>());
    let calendars: BTreeMap<Code, Arc<WorkCalendar>> =
        calendars.map(|calendar| (calendar.code, Arc::new(calendar.hours))).collect();
    let calendar = |code: &Option<Code>| {
        Arc::clone(code.as_ref().and_then(|code| calendars.get(code)).unwrap_or(&usual))
    };
    let pools: Vec<Pool> = state.live().collect();
    let rules = state.live::<FlowRule>().filter(|rule| rule.active).map(|rule| Ruled {
        calendar: calendar(&rule.terms.calendar),
        pool: pools.iter().find(|of| Some(&of.code) == rule.terms.pool.as_ref()).map(|of| of.id),
        rule,
    });
    let rules: Vec<Ruled> = rules.collect();
    let spells = spells(state);
    // What was done with each customer: by whom, when.
    let mut done: BTreeMap<Uuid, Vec<(Id<User>, Timestamp)>> = BTreeMap::new();
    for activity in state.live::<Activity>().filter(Activity::is_follow_up) {
        if let Some(customer) = activity.customer {
            done.entry(customer.uuid()).or_default().push((activity.owner, activity.at));
        }
    }
    let followed_by_owner = |customer: &Customer| {
        let done = done.get(&customer.id.uuid()).into_iter().flatten();
        done.filter(|(by, _)| Some(*by) == customer.owner).map(|(_, at)| *at).max()
    };
    let due = |pooled: &dyn Fn(&Stay, &Grounds) -> Option<Timestamp>,
               (id, made, followed): (Uuid, Timestamp, Option<Timestamp>)| {
        let of_one = spells.get(&id).map_or(&[][..], Vec::as_slice);
        let stay = stay(made, of_one, followed);
        let home = pools.iter().find(|pool| Some(pool.id) == stay.claimed_from);
        let home = home
            .map(|pool| Protected { calendar: calendar(&pool.terms.calendar), pool: pool.clone() });
        pooled(&stay, &Grounds { rules: rules.clone(), home })
    };
    let mut judged = Vec::new();
    for lead in state.live::<Lead>() {
        let next = |stay: &Stay, on: &Grounds| next(&lead, &deadlines(&lead, stay, on));
        let id = lead.id.uuid();
        let of = due(&next, (id, lead.created_at, lead.followed_at));
        judged.push((Kind::Lead, TimerCode::LeadFlow, id, of));
    }
    for customer in state.live::<Customer>() {
        let next = |stay: &Stay, on: &Grounds| next(&customer, &deadlines(&customer, stay, on));
        let id = customer.id.uuid();
        let of = due(&next, (id, customer.created_at, followed_by_owner(&customer)));
        judged.push((Kind::Customer, TimerCode::CustomerFlow, id, of));
    }
    let mut timers: BTreeMap<(TimerCode, Uuid), Vec<Timestamp>> = BTreeMap::new();
    for timer in state.live::<Timer>() {
        timers.entry((timer.code, timer.subject)).or_default().push(timer.due_at);
    }
    for (kind, code, id, due) in judged {
        let due: Vec<Timestamp> = due.into_iter().collect();
        let set = timers.remove(&(code, id)).unwrap_or_default();
        if due != set {
            faults.report(kind, id, format!("due at {due:?}, its clock is set to {set:?}"));
        }
    }
}
