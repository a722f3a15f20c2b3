//! What other rules would have done with the leads that came: history decided again.
//!
//! Each decision by rules says what the lead held, who could have got it and what was known of them. Replay goes through
//! these in order, lets the rules decide again, and keeps ledgers and loads of its own, which begin as they stood. The
//! rules that were in force give the same decisions, to the byte. Of a user that a decision says nothing about, because
//! the rule that decided then did not name them, `unseen` says what is known of them otherwise.

use std::collections::BTreeMap;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::choose::{Seat, choose};
use super::condition::Schema;
use super::policy::{AssignmentPolicy, Compiled, Rule, Strategy, members};
use super::proof::{Assignment, AssignmentHow, Proof};
use super::share::Ledger;
use crate::decision::Refusal;
use crate::lead::Lead;
use crate::settings::User;
use crate::value::{Code, Id, Timestamp};

/// A lead that would have gone elsewhere.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Moved {
    /// Which.
    pub lead: Id<Lead>,
    /// When it was decided.
    pub at: Timestamp,
    /// By which rule it was.
    pub rule: Option<Code>,
    /// By which it would have been.
    pub rule_then: Option<Code>,
    /// Who got it; none for the queue.
    pub owner: Option<Id<User>>,
    /// Who would have.
    pub owner_then: Option<Id<User>>,
}

/// How many leads somebody got, and would have got.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Portion {
    /// Who; none for the queue.
    pub owner: Option<Id<User>>,
    /// How many they got.
    pub got: u32,
    /// How many they would have got.
    pub got_then: u32,
}

/// History decided again.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Replay {
    /// How many decisions by rules were made again.
    pub decisions: u32,
    /// How many came out as they did, to the byte: rule, owner, and every step.
    pub same: u32,
    /// The leads that would have gone to another owner or by another rule, in the order of history.
    pub moved: Vec<Moved>,
    /// Leads by owner, the queue first.
    pub portions: Vec<Portion>,
}

/// What replay needs besides history.
pub struct World<'a> {
    /// The rules that decide in the place of those that did; those that did, where there are none.
    pub policy: Option<&'a AssignmentPolicy>,
    /// The revisions that decided.
    pub revisions: &'a [AssignmentPolicy],
    /// The users, by whose teams and skills pools are filled.
    pub users: &'a [User],
    /// The fields that rules may name.
    pub schema: &'a Schema,
    /// What is known of a user at an instant, for a rule that asks for skills.
    pub unseen: &'a dyn Fn(&User, &Rule, Timestamp) -> Seat,
}

/// Rules that decide again, with ledgers of their own.
struct Again<'a> {
    policy: &'a AssignmentPolicy,
    compiled: Compiled,
}

/// Decides the leads of history again. Rule ASG-11 (B01).
///
/// # Errors
///
/// Those of [`Compiled::of`].
pub fn replay(history: &[Assignment], world: &World<'_>) -> Result<Replay, Refusal> {
    let mut rules: BTreeMap<Id<AssignmentPolicy>, Again<'_>> = BTreeMap::new();
    for policy in world.revisions.iter().chain(world.policy) {
        let compiled = Compiled::of(&policy.rules.0, world.schema)?;
        rules.insert(policy.id, Again { policy, compiled });
    }
    let mut ledgers: BTreeMap<(Code, Code), Ledger> = BTreeMap::new();
    let mut gained: BTreeMap<Id<User>, i64> = BTreeMap::new();
    let mut portions: BTreeMap<Option<Id<User>>, (u32, u32)> = BTreeMap::new();
    let mut replay = Replay::default();
    for past in history.iter().filter(|past| past.how != AssignmentHow::Manual) {
        let by = world.policy.map(|policy| policy.id).or(past.policy);
        let Some(again) = by.and_then(|id| rules.get(&id)) else { continue };
        let then = decided(past, again, world, &mut ledgers, &gained);
        replay.decisions = replay.decisions.saturating_add(1);
        let same = Assignment { policy: past.policy, ..then.clone() } == *past;
        replay.same = replay.same.saturating_add(u32::from(same));
        for (owner, by) in [(past.chosen, -1), (then.chosen, 1)] {
            if let Some(owner) = owner {
                let delta = gained.entry(owner).or_default();
                *delta = delta.saturating_add(by);
            }
            let (got, got_then) = portions.entry(owner).or_default();
            let count = if by < 0 { got } else { got_then };
            *count = count.saturating_add(1);
        }
        if (&then.rule, then.chosen) != (&past.rule, past.chosen) {
            replay.moved.push(Moved {
                lead: past.lead,
                at: past.at,
                rule: past.rule.clone(),
                rule_then: then.rule,
                owner: past.chosen,
                owner_then: then.chosen,
            });
        }
    }
    let portion = |(owner, (got, got_then))| Portion { owner, got, got_then };
    replay.portions = portions.into_iter().map(portion).collect();
    Ok(replay)
}

/// One lead decided again.
fn decided(
    past: &Assignment,
    again: &Again<'_>,
    world: &World<'_>,
    ledgers: &mut BTreeMap<(Code, Code), Ledger>,
    gained: &BTreeMap<Id<User>, i64>,
) -> Assignment {
    let Again { policy, compiled } = again;
    let matched = compiled.first(&compiled.slots.row(&past.read.0));
    let rule = matched.hit.and_then(|at| policy.rules.0.get(at));
    let (mut seats, mut chosen) = (Vec::new(), None);
    if let Some(rule) = rule {
        let key = (policy.code.clone(), rule.code.clone());
        let ledger = ledgers.entry(key).or_insert_with(|| begun(past, policy, rule));
        seats = seated(past, rule, world, ledger, gained);
        chosen = choose(rule.strategy, &seats);
        if let Some(chosen) = chosen.filter(|_| rule.strategy != Strategy::Fixed) {
            ledger.give(&seats, chosen);
        }
    }
    let chosen = chosen.and_then(|at| seats.get(at)).map(|seat| seat.user);
    Assignment {
        policy: Some(policy.id),
        rule: rule.map(|rule| rule.code.clone()),
        how: if chosen.is_some() { AssignmentHow::Rule } else { AssignmentHow::Queue },
        chosen,
        proof: Proof { failed: matched.failed, seats },
        ..past.clone()
    }
}

/// The ledger of a rule as it stood when history first used it; an empty one where that rule did not decide.
fn begun(past: &Assignment, policy: &AssignmentPolicy, rule: &Rule) -> Ledger {
    let mut ledger = Ledger::of(&policy.code, &rule.code, Vec::new());
    if past.rule.as_ref() == Some(&rule.code) {
        past.proof.seats.iter().for_each(|seat| ledger.begin(seat.user, seat.credit));
    }
    ledger
}

/// The candidates of a rule: as history knew them, with the credits and loads of the replay.
fn seated(
    past: &Assignment,
    rule: &Rule,
    world: &World<'_>,
    ledger: &Ledger,
    gained: &BTreeMap<Id<User>, i64>,
) -> Vec<Seat> {
    let known: BTreeMap<Id<User>, &Seat> =
        past.proof.seats.iter().map(|seat| (seat.user, seat)).collect();
    // History's own rule: who was in its pool is said by its seats, whoever is in its teams today.
    let own = past.rule.as_ref() == Some(&rule.code)
        && past.proof.seats.iter().all(|seat| super::proof::is_listed(rule, seat));
    let pool: Vec<(Id<User>, Option<i64>)> = if own {
        past.proof.seats.iter().map(|seat| (seat.user, seat.weight)).collect()
    } else {
        let members = members(&rule.pool, world.users).into_iter();
        let mut pool: Vec<(Id<User>, Option<i64>)> =
            members.map(|(user, weight)| (user.id, Some(weight))).collect();
        let left: Vec<Id<User>> =
            ledger.users().filter(|user| pool.iter().all(|(id, _)| id != user)).collect();
        pool.extend(left.into_iter().map(|user| (user, None)));
        pool
    };
    let seat = |(user, weight): (Id<User>, Option<i64>)| {
        let then = world.users.iter().find(|known| known.id == user);
        let base = match (known.get(&user), then, weight) {
            // Somebody who is in the pool no more is passed over whatever else is known.
            (_, _, None) => Seat::of(user, None, 0),
            (Some(seat), _, _) if own => (*seat).clone(),
            (Some(seat), Some(then), _) => {
                Seat { lacks: super::policy::lacking(then, &rule.pool.skills), ..(*seat).clone() }
            }
            (_, Some(then), _) => (world.unseen)(then, rule, past.at),
            (_, None, _) => Seat { inactive: true, ..Seat::of(user, weight, 0) },
        };
        let more = gained.get(&user).copied().unwrap_or(0);
        let load = base.load.map(|load| load.saturating_add(more).max(0));
        Seat { user, weight, credit: ledger.credit(user), load, ..base }.judged()
    };
    pool.into_iter().map(seat).collect()
}
