//! What ticks do to leads and customers: moves, notices, and setting clocks anew.

use std::collections::BTreeSet;

use super::{Ended, Held, Rules, customers_flow, hand, wind};
use crate::engine::{Cx, Error};
use crate::flow::{
    Cause, Deadline, Does, OwnerSpell, Pooled, Recipient, Verdict, recipients, verdict,
};
use crate::lead::{Lead, Plans, Pool};
use crate::party::Customer;
use crate::record::Val;
use crate::schedule::{Timer, TimerCode};
use crate::settings::{Settings, User};
use crate::store::{Cursor, Scan};
use crate::value::{Id, Note};

/// Records whose clocks one timer of a sweep sets.
const SWEPT_AT_ONCE: u32 = 200;

/// Does what is due to a lead or customer: one move for all rules that want one, and a word to whom it concerns.
///
/// # Errors
///
/// The store's. A record that is gone, closed, or was followed up meanwhile is no error: nothing happens to it.
pub(in crate::api) fn flow_timer<T: Flows>(cx: &mut Cx<'_>, timer: &Timer) -> Result<(), Error> {
    cx.remove(timer.id)?;
    let Some(item) = cx.find(Id::<T>::new(timer.subject))? else { return Ok(()) };
    let mut rules = Rules::load(cx)?;
    let (_, deadlines) = rules.deadlines(cx, &item)?;
    let verdict = verdict(&item, &deadlines, cx.now());
    for deadline in verdict.moves.iter().chain(&verdict.tell) {
        if let Some(rule) = deadline.rule {
            cx.by_rule(rule);
        }
    }
    for deadline in &verdict.tell {
        tell(cx, &mut rules, &item, deadline)?;
    }
    let item = match verdict.moves.first() {
        Some(first) => moved(cx, &rules, &item, first, &verdict)?,
        None => {
            let item = item.with_told(verdict.told);
            cx.put(&item)?;
            item
        }
    };
    wind(cx, &mut rules, &item)
}

/// What ticks move.
pub(in crate::api) trait Flows: Held + Pooled {
    /// It with another owner, where the rules of assignment find one.
    fn another(&self, cx: &mut Cx<'_>, why: &str) -> Result<Option<Self>, Error>;
}

impl Flows for Lead {
    fn another(&self, cx: &mut Cx<'_>, why: &str) -> Result<Option<Self>, Error> {
        super::assign::another(cx, self, why)
    }
}

impl Flows for Customer {
    /// Nobody: rules of assignment are of leads.
    fn another(&self, _: &mut Cx<'_>, _: &str) -> Result<Option<Self>, Error> {
        Ok(None)
    }
}

/// What a notice about one of a kind says: `lead.taken`, `customer.taken`.
fn about<T: Flows>(what: &str) -> String {
    format!("{}.{what}", T::KIND.name())
}

/// Tells whom a deadline concerns: of a warning the owner.
fn tell<T: Flows>(
    cx: &mut Cx<'_>,
    rules: &mut Rules,
    item: &T,
    deadline: &Deadline,
) -> Result<(), Error> {
    let (code, default) = match deadline.does {
        Does::Warn => ("flow_warned", Recipient::Owner),
        Does::Tell => ("flow_due", Recipient::Owner),
        Does::Escalate | Does::Reassign { .. } | Does::Pool { .. } => {
            ("flow_escalated", Recipient::Manager)
        }
    };
    let named = rules.ruled.iter().find(|of| Some(of.rule.id) == deadline.rule);
    let named = named.filter(|_| deadline.does != Does::Warn);
    let named = named.map(|of| of.rule.terms.tell.clone()).unwrap_or_default();
    let wanted = if named.is_empty() { BTreeSet::from([default]) } else { named };
    if let Some(owner) = item.keeper().owner {
        let code = about::<T>(code);
        for recipient in resolved(cx, &wanted, owner)? {
            cx.tell(recipient, &code, item.id(), deadline.due, Some(deadline.by.clone()))?;
        }
    }
    Ok(())
}

/// The lead or customer after its move: with another, where one is free, else in the pool.
fn moved<T: Flows>(
    cx: &mut Cx<'_>,
    rules: &Rules,
    item: &T,
    first: &Deadline,
    verdict: &Verdict,
) -> Result<T, Error> {
    let Some(pool) = first.does.moves() else { return Ok(item.clone()) };
    let codes: Vec<&str> = verdict.moves.iter().map(|one| one.by.as_str()).collect();
    let (why, listed) = (codes.join(", "), codes.join(" "));
    let another = match first.does {
        Does::Reassign { .. } => item.another(cx, &why)?,
        Does::Warn | Does::Tell | Does::Escalate | Does::Pool { .. } => None,
    };
    let nobody_free = another.is_none() && matches!(first.does, Does::Reassign { .. });
    let terms = rules.ruled.iter().find(|of| Some(of.rule.id) == first.rule);
    let terms = terms.map(|of| of.rule.terms.clone());
    let plans = match another {
        Some(_) => terms.as_ref().map_or(Plans::Move, |terms| terms.plans),
        None => cx.find::<Pool>(pool)?.map_or(Plans::Cancel, |pool| pool.terms.plans),
    };
    let after = another.unwrap_or_else(|| item.pooled_in(pool));
    let (reason, rules) = (Note::parse(&why).ok(), Some(listed));
    hand(cx, item, &after, Ended { cause: Cause::Rule, reason, rules, plans, claim: None })?;
    let because = || Some(why.clone());
    if let Some(former) = item.keeper().owner {
        let named = terms.map(|terms| terms.tell).unwrap_or_default();
        if named.is_empty() {
            cx.tell(former, &about::<T>("taken"), item.id(), first.due, because())?;
        }
        for recipient in resolved_if_any(cx, &named, former)? {
            cx.tell(recipient, &about::<T>("taken"), item.id(), first.due, because())?;
        }
        if nobody_free {
            for recipient in resolved(cx, &BTreeSet::from([Recipient::Manager]), former)? {
                cx.tell(recipient, &about::<T>("nobody_free"), item.id(), first.due, because())?;
            }
        }
    }
    if let Some(owner) = after.keeper().owner {
        cx.tell(owner, &about::<T>("given"), item.id(), first.due, because())?;
    }
    Ok(after)
}

fn resolved_if_any(
    cx: &mut Cx<'_>,
    wanted: &BTreeSet<Recipient>,
    owner: Id<User>,
) -> Result<BTreeSet<Id<User>>, Error> {
    if wanted.is_empty() { Ok(BTreeSet::new()) } else { resolved(cx, wanted, owner) }
}

/// The users whom recipients stand for.
pub(in crate::api) fn resolved(
    cx: &mut Cx<'_>,
    wanted: &BTreeSet<Recipient>,
    owner: Id<User>,
) -> Result<BTreeSet<Id<User>>, Error> {
    let owner = cx.get(owner)?;
    let chain = cx.chain("manager", owner.manager, |user: &User| user.manager)?;
    let above = chain.into_iter().map(|id| cx.get(id)).collect::<Result<Vec<_>, _>>()?;
    let nobody = !owner.active && above.iter().all(|user| !user.active);
    let all = nobody || wanted.iter().any(|recipient| recipient.needs_all());
    let all = if all { cx.list::<User>(User::BY_LOGIN, &[])? } else { Vec::new() };
    Ok(recipients(wanted, &owner, &above, &all))
}

/// Sets the clocks of some more records after the rules changed, and sees to the rest: first the leads, then, where they
/// flow, the customers.
///
/// # Errors
///
/// The store's.
pub(in crate::api) fn sweep_timer<T: Flows>(cx: &mut Cx<'_>, timer: &Timer) -> Result<(), Error> {
    cx.remove(timer.id)?;
    let after = timer.place.map(|id| Cursor { vals: Vec::new(), id });
    let scan = Scan {
        after: after.as_ref(),
        limit: SWEPT_AT_ONCE,
        ..Scan::of(cx.tenant(), T::KIND, 0, &[])
    };
    let page = cx.page::<T>(&scan)?;
    let mut rules = Rules::load(cx)?;
    for (_, item) in page.rows {
        cx.checkpoint()?;
        // Read again through the unit of work, so that the commit fails where another call changed it.
        if let Some(item) = cx.find(item.id())? {
            wind(cx, &mut rules, &item)?;
        }
    }
    if let Some(next) = page.next {
        let (id, due_at) = (cx.new_id(), cx.now());
        cx.put(&Timer { id, due_at, place: Some(next.id), ..timer.clone() })?;
    } else if T::SWEEP == TimerCode::FlowSweep && customers_flow(cx)? {
        let now = cx.now();
        cx.schedule(Settings::ID, TimerCode::CustomerSweep, Some(now))?;
    }
    Ok(())
}

/// The users who lost a lead by rules since it was last followed up or moved on purpose, and who has it now: none of
/// them gets it again.
pub(super) fn had_their_turn(cx: &mut Cx<'_>, lead: &Lead) -> Result<Vec<Id<User>>, Error> {
    let spells = cx.list::<OwnerSpell>(OwnerSpell::BY_SUBJECT, &[Val::Id(lead.id.uuid())])?;
    let bounces = crate::flow::stay(lead.created_at, &spells, lead.followed_at).bounces;
    let bounces = usize::try_from(bounces).unwrap_or(usize::MAX);
    let before = spells.iter().rev().take(bounces).filter_map(|spell| spell.owner);
    let all: BTreeSet<Id<User>> = lead.owner.into_iter().chain(before).collect();
    Ok(all.into_iter().collect())
}
