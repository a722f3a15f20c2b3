//! What ticks do to leads: moves, notices, and setting clocks anew.

use std::collections::BTreeSet;

use super::{Ended, Rules, hand, wind};
use crate::engine::{Cx, Error};
use crate::flow::{Cause, Deadline, Does, OwnerSpell, Recipient, Verdict, recipients, verdict};
use crate::lead::{Lead, Plans, Pool};
use crate::record::{Kind, Val};
use crate::schedule::Timer;
use crate::settings::User;
use crate::store::{Cursor, Scan};
use crate::value::{Id, Note};

/// Leads whose clocks one timer of a sweep sets.
const SWEPT_AT_ONCE: u32 = 200;

/// Does what is due to a lead: one move for all rules that want one, and a word to whom it concerns.
///
/// # Errors
///
/// The store's. A lead that is gone, closed, or was followed up meanwhile is no error: nothing happens to it.
pub(in crate::api) fn lead_timer(cx: &mut Cx<'_>, timer: &Timer) -> Result<(), Error> {
    cx.remove(timer.id)?;
    let Some(lead) = cx.find(Id::<Lead>::new(timer.subject))? else { return Ok(()) };
    let mut rules = Rules::load(cx)?;
    let (_, deadlines) = rules.deadlines(cx, &lead)?;
    let verdict = verdict(&lead, &deadlines, cx.now());
    for deadline in verdict.moves.iter().chain(&verdict.tell) {
        if let Some(rule) = deadline.rule {
            cx.by_rule(rule);
        }
    }
    for deadline in &verdict.tell {
        tell(cx, &mut rules, &lead, deadline)?;
    }
    let lead = match verdict.moves.first() {
        Some(first) => moved(cx, &rules, &lead, first, &verdict)?,
        None => {
            let lead = Lead { told: verdict.told, ..lead };
            cx.put(&lead)?;
            lead
        }
    };
    wind(cx, &mut rules, &lead)
}

/// Tells whom a deadline concerns: of a warning the owner.
fn tell(cx: &mut Cx<'_>, rules: &mut Rules, lead: &Lead, deadline: &Deadline) -> Result<(), Error> {
    let (code, default) = match deadline.does {
        Does::Warn => ("lead.flow_warned", Recipient::Owner),
        Does::Tell => ("lead.flow_due", Recipient::Owner),
        Does::Escalate | Does::Reassign { .. } | Does::Pool { .. } => {
            ("lead.flow_escalated", Recipient::Manager)
        }
    };
    let named = rules.ruled.iter().find(|of| Some(of.rule.id) == deadline.rule);
    let named = named.filter(|_| deadline.does != Does::Warn);
    let named = named.map(|of| of.rule.terms.tell.clone()).unwrap_or_default();
    let wanted = if named.is_empty() { BTreeSet::from([default]) } else { named };
    if let Some(owner) = lead.owner {
        for recipient in resolved(cx, &wanted, owner)? {
            cx.tell(recipient, code, lead.id, deadline.due, Some(deadline.by.clone()))?;
        }
    }
    Ok(())
}

/// The lead after its move: with another, where one is free, else in the pool.
fn moved(
    cx: &mut Cx<'_>,
    rules: &Rules,
    lead: &Lead,
    first: &Deadline,
    verdict: &Verdict,
) -> Result<Lead, Error> {
    let Some(pool) = first.does.moves() else { return Ok(lead.clone()) };
    let codes: Vec<&str> = verdict.moves.iter().map(|one| one.by.as_str()).collect();
    let (why, listed) = (codes.join(", "), codes.join(" "));
    let another = match first.does {
        Does::Reassign { .. } => super::assign::another(cx, lead, &why)?,
        Does::Warn | Does::Tell | Does::Escalate | Does::Pool { .. } => None,
    };
    let nobody_free = another.is_none() && matches!(first.does, Does::Reassign { .. });
    let terms = rules.ruled.iter().find(|of| Some(of.rule.id) == first.rule);
    let terms = terms.map(|of| of.rule.terms.clone());
    let plans = match another {
        Some(_) => terms.as_ref().map_or(Plans::Move, |terms| terms.plans),
        None => cx.find::<Pool>(pool)?.map_or(Plans::Cancel, |pool| pool.terms.plans),
    };
    let after = another.unwrap_or_else(|| lead.into_pool(pool));
    let (reason, rules) = (Note::parse(&why).ok(), Some(listed));
    hand(cx, lead, &after, Ended { cause: Cause::Rule, reason, rules, plans, claim: None })?;
    let because = || Some(why.clone());
    if let Some(former) = lead.owner {
        let named = terms.map(|terms| terms.tell).unwrap_or_default();
        if named.is_empty() {
            cx.tell(former, "lead.taken", lead.id, first.due, because())?;
        }
        for recipient in resolved_if_any(cx, &named, former)? {
            cx.tell(recipient, "lead.taken", lead.id, first.due, because())?;
        }
        if nobody_free {
            for recipient in resolved(cx, &BTreeSet::from([Recipient::Manager]), former)? {
                cx.tell(recipient, "lead.nobody_free", lead.id, first.due, because())?;
            }
        }
    }
    if let Some(owner) = after.owner {
        cx.tell(owner, "lead.given", lead.id, first.due, because())?;
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
fn resolved(
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

/// Sets the clocks of some more leads after the rules changed, and sees to the rest.
///
/// # Errors
///
/// The store's.
pub(in crate::api) fn sweep_timer(cx: &mut Cx<'_>, timer: &Timer) -> Result<(), Error> {
    cx.remove(timer.id)?;
    let after = timer.place.map(|id| Cursor { vals: Vec::new(), id });
    let scan = Scan {
        after: after.as_ref(),
        limit: SWEPT_AT_ONCE,
        ..Scan::of(cx.tenant(), Kind::Lead, 0, &[])
    };
    let page = cx.page::<Lead>(&scan)?;
    let mut rules = Rules::load(cx)?;
    for (_, lead) in page.rows {
        cx.checkpoint()?;
        // Read again through the unit of work, so that the commit fails where another call changed it.
        if let Some(lead) = cx.find(lead.id)? {
            wind(cx, &mut rules, &lead)?;
        }
    }
    if let Some(next) = page.next {
        let (id, due_at) = (cx.new_id(), cx.now());
        cx.put(&Timer { id, due_at, place: Some(next.id), ..timer.clone() })?;
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
