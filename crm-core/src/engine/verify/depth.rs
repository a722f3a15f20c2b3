//! The invariants of what surrounds a deal: needs, promises, teams, strategies, slumbers, milestones, changes of processes.

use std::collections::BTreeMap;

use super::{Faults, State};
use crate::need::{Need, NeedState};
use crate::opportunity::Opportunity;
use crate::pipeline::{ChangeState, ProcessChange};
use crate::promise::{Promise, PromiseState, PromiseVersion};
use crate::pursuit::{DealMember, DealSlumber, Milestone, MilestoneKind, MilestoneState, Strategy};
use crate::record::Kind;
use crate::value::Id;

/// A need that is settled says since when and by whom; one that stands does not.
pub(super) fn needs(state: &State, faults: &mut Faults) {
    for need in state.live::<Need>() {
        let settled = need.state != NeedState::Open;
        if need.settled_at.is_some() != settled || need.settled_by.is_some() != settled {
            let what = "it is settled and does not say when and by whom, or the other way round";
            faults.report(Kind::Need, need.id.uuid(), what);
        }
    }
}

/// The versions of a promise are without a gap, and the last one says what the promise says.
pub(super) fn promises(state: &State, faults: &mut Faults) {
    let mut versions: BTreeMap<Id<Promise>, Vec<PromiseVersion>> = BTreeMap::new();
    for version in state.live::<PromiseVersion>() {
        versions.entry(version.promise).or_default().push(version);
    }
    for promise in state.live::<Promise>() {
        let mut versions = versions.remove(&promise.id).unwrap_or_default();
        versions.sort_by_key(|version| version.ordinal);
        let dense = versions.iter().zip(1..).all(|(version, ordinal)| version.ordinal == ordinal);
        let says = versions.last().is_some_and(|last| {
            (last.ordinal, &last.text, last.due_on, last.state)
                == (promise.revision, &promise.text, promise.due_on, promise.state)
        });
        if !dense || !says {
            let what = "its versions do not tell what it says";
            faults.report(Kind::Promise, promise.id.uuid(), what);
        }
        let settled = promise.state != PromiseState::Open;
        if promise.settled_at.is_some() != settled {
            let what = "it is settled and does not say since when, or the other way round";
            faults.report(Kind::Promise, promise.id.uuid(), what);
        }
    }
}

/// The shares of those on a deal add up to all of it; one who left has none.
pub(super) fn crews(state: &State, faults: &mut Faults) {
    let mut shares: BTreeMap<Id<Opportunity>, u64> = BTreeMap::new();
    for member in state.live::<DealMember>() {
        let credit = u64::from(member.credit_basis_points);
        if member.left_at.is_none() {
            let sum = shares.entry(member.opportunity).or_default();
            *sum = sum.saturating_add(credit);
        } else if credit > 0 {
            faults.report(Kind::DealMember, member.id.uuid(), "it left and has a share");
        }
    }
    for (deal, sum) in shares.into_iter().filter(|(_, sum)| *sum != 10_000) {
        let what = format!("the shares of its team add up to {sum} basis points");
        faults.report(Kind::Opportunity, deal.uuid(), what);
    }
}

/// The versions of a deal's strategy are without a gap.
pub(super) fn strategies(state: &State, faults: &mut Faults) {
    let mut versions: BTreeMap<Id<Opportunity>, Vec<u32>> = BTreeMap::new();
    for version in state.live::<Strategy>() {
        versions.entry(version.opportunity).or_default().push(version.ordinal);
    }
    for (deal, mut ordinals) in versions {
        ordinals.sort_unstable();
        if ordinals.iter().zip(1..).any(|(ordinal, expected)| *ordinal != expected) {
            faults.report(Kind::Opportunity, deal.uuid(), "a version of its strategy is missing");
        }
    }
}

/// A deal sleeps once at a time, falls asleep after it was quiet, and wakes after it fell asleep.
pub(super) fn slumbers(state: &State, faults: &mut Faults) {
    let mut asleep: BTreeMap<Id<Opportunity>, u32> = BTreeMap::new();
    for slumber in state.live::<DealSlumber>() {
        let woke = slumber.revived_at.unwrap_or(slumber.dormant_at);
        if slumber.quiet_since > slumber.dormant_at || slumber.dormant_at > woke {
            faults.report(Kind::DealSlumber, slumber.id.uuid(), "its instants are out of order");
        }
        if slumber.revived_at.is_none() {
            let count = asleep.entry(slumber.opportunity).or_default();
            *count = count.saturating_add(1);
        }
    }
    for (deal, _) in asleep.into_iter().filter(|(_, count)| *count > 1) {
        faults.report(Kind::Opportunity, deal.uuid(), "it sleeps twice at once");
    }
}

/// A milestone says when it was reached exactly while it is, and nothing is planned beside a reached acceptance.
pub(super) fn milestones(state: &State, faults: &mut Faults) {
    let mut projects: BTreeMap<Id<Opportunity>, Vec<Milestone>> = BTreeMap::new();
    for milestone in state.live::<Milestone>() {
        let reached = milestone.state == MilestoneState::Reached;
        if milestone.reached_at.is_some() != reached || milestone.reached_by.is_some() != reached {
            let what = "it is reached and does not say when and by whom, or the other way round";
            faults.report(Kind::Milestone, milestone.id.uuid(), what);
        }
        projects.entry(milestone.opportunity).or_default().push(milestone);
    }
    for (deal, milestones) in projects {
        let accepted = milestones.iter().any(|milestone| {
            milestone.kind == MilestoneKind::Acceptance
                && milestone.state == MilestoneState::Reached
        });
        let open = milestones.iter().any(|milestone| milestone.state == MilestoneState::Planned);
        if accepted && open {
            let what = "its project is accepted and a milestone is still planned";
            faults.report(Kind::Opportunity, deal.uuid(), what);
        }
    }
}

/// A change of a process has something left to do exactly while it is being applied.
pub(super) fn changes(state: &State, faults: &mut Faults) {
    for change in state.live::<ProcessChange>() {
        let applying = change.state == ChangeState::Applying;
        let begun = matches!(change.state, ChangeState::Applying | ChangeState::Applied);
        if change.left.is_some() != applying || change.reversal.is_some() != begun {
            let what = "what is left of it does not fit how far it is";
            faults.report(Kind::ProcessChange, change.id.uuid(), what);
        }
    }
}
