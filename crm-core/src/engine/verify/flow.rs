//! The invariants of flow.

use std::{collections::BTreeMap, sync::Arc};

use uuid::Uuid;

use super::{Faults, State};
use crate::flow::{FlowRule, Grounds, Keeper, OwnerSpell, Protected, Ruled, deadlines, next, stay};
use crate::lead::{Lead, Pool};
use crate::opportunity::Opportunity;
use crate::party::Customer;
use crate::record::{Entity, Kind};
use crate::schedule::{Timer, TimerCode};
use crate::settings::{Calendar, Settings};
use crate::value::{Code, Timestamp, WorkCalendar};

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
        let keeper = Keeper { owner: Some(customer.owner), pool: None };
        (Customer::KIND, customer.id.uuid(), keeper, customer.created_at)
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

/// No lead is with an owner and in a pool at once.
pub(super) fn keeper(state: &State, faults: &mut Faults) {
    for lead in state.live::<Lead>().filter(|lead| lead.owner.is_some() && lead.pool.is_some()) {
        faults.report(Kind::Lead, lead.id.uuid(), "it is with an owner and in a pool");
    }
}

/// An open lead that somebody looks after has a timer at what is due to it next, no other lead has one. While the clocks
/// are being set anew after a change of rules, nothing is said.
pub(super) fn clocks(state: &State, faults: &mut Faults) {
    if state.live::<Timer>().any(|timer| timer.code == TimerCode::FlowSweep) {
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
    let mut grounds = Grounds { rules: rules.collect(), home: None };
    let mut timers: BTreeMap<Uuid, Vec<Timestamp>> = BTreeMap::new();
    for timer in state.live::<Timer>().filter(|timer| timer.code == TimerCode::LeadFlow) {
        timers.entry(timer.subject).or_default().push(timer.due_at);
    }
    let spells = spells(state);
    for lead in state.live::<Lead>() {
        let id = lead.id.uuid();
        let of_one = spells.get(&id).map_or(&[][..], Vec::as_slice);
        let stay = stay(lead.created_at, of_one, lead.followed_at);
        let home = pools.iter().find(|pool| Some(pool.id) == stay.claimed_from);
        grounds.home = home
            .map(|pool| Protected { calendar: calendar(&pool.terms.calendar), pool: pool.clone() });
        let due: Vec<Timestamp> =
            next(&lead, &deadlines(&lead, &stay, &grounds)).into_iter().collect();
        let set = timers.remove(&id).unwrap_or_default();
        if due != set {
            faults.report(Kind::Lead, id, format!("due at {due:?}, its clock is set to {set:?}"));
        }
    }
}
