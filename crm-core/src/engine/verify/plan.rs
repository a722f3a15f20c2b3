//! What must be true of targets and of periods that are closed.

use std::collections::{BTreeMap, BTreeSet};

use super::{Faults, State};
use crate::record::Kind;
use crate::target::{Aggregation, Kpi, PeriodClose, PeriodFigure, ScopeKind, Target};
use crate::value::Id;

/// Revisions of a target count without a gap; each is of a whole period, of somebody who is there, and asks for what can be
/// reached.
pub(super) fn targets(state: &State, faults: &mut Faults) {
    let mut revisions: BTreeMap<_, Vec<Target>> = BTreeMap::new();
    for target in state.live::<Target>() {
        let key = (target.kpi, target.whose(), target.span());
        revisions.entry(key).or_default().push(target);
    }
    for mut of in revisions.into_values() {
        of.sort_by_key(|target| target.revision);
        for (target, number) in of.iter().zip(1_u32..) {
            let mut report = |what: &str| faults.report(Kind::Target, target.id.uuid(), what);
            if target.revision != number {
                report("its revision does not follow the one before");
            }
            if target.span() != target.grain.holding(target.from_day) {
                report("its period begins within a period");
            }
            let is_there = match target.scope_kind {
                ScopeKind::User => state.knows(Kind::User, target.scope),
                ScopeKind::Team => state.knows(Kind::Team, target.scope),
                ScopeKind::Tenant => target.scope.is_nil(),
            };
            if !is_there {
                report("it is nobody's");
            }
            let may_fall = |kpi: Kpi| kpi.aggregation == Aggregation::Growth;
            if target.value.is_sign_negative() && !state.find(target.kpi).is_some_and(may_fall) {
                report("it asks for less than nothing");
            }
        }
    }
}

/// A closed period has each figure once, and corrects only periods of its length that were closed before it.
pub(super) fn periods(state: &State, faults: &mut Faults) {
    let closed: BTreeMap<Id<PeriodClose>, PeriodClose> =
        state.live::<PeriodClose>().map(|close| (close.id, close)).collect();
    for close in closed.values() {
        if close.span() != close.grain.holding(close.from_day) {
            faults.report(Kind::PeriodClose, close.id.uuid(), "it begins within a period");
        }
    }
    let mut seen = BTreeSet::new();
    for figure in state.live::<PeriodFigure>() {
        let mut report = |what: &str| faults.report(Kind::PeriodFigure, figure.id.uuid(), what);
        if !seen.insert((figure.close, figure.corrects, figure.kpi, figure.whose())) {
            report("its closing has the same figure twice");
        }
        let Some(corrected) = figure.corrects else { continue };
        let pair = closed.get(&corrected).zip(closed.get(&figure.close));
        let is_earlier = pair.is_some_and(|(of, by)| {
            of.id != by.id && of.grain == by.grain && of.closed_at <= by.closed_at
        });
        if !is_earlier {
            report("it corrects a period that was not closed before");
        }
    }
}
