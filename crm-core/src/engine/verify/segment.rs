//! The invariants of segments and grades.

use std::collections::BTreeMap;

use super::{Faults, State};
use crate::record::Kind;
use crate::segment::{GradeCause, GradeChange, GradePolicy, Segment, never};

/// A segment counts its definitions, and somebody could belong to it.
pub(super) fn segments(state: &State, faults: &mut Faults) {
    for segment in state.live::<Segment>() {
        if segment.revision == 0 || never(&segment.terms.when) {
            let what = "it was never defined, or nobody can belong to it";
            faults.report(Kind::Segment, segment.id.uuid(), what);
        }
    }
}

/// The versions of how customers are graded are numbered without a gap, and each change says by which and why.
pub(super) fn grades(state: &State, faults: &mut Faults) {
    let policies: BTreeMap<_, u32> =
        state.live::<GradePolicy>().map(|policy| (policy.id, policy.version)).collect();
    let mut versions: Vec<u32> = policies.values().copied().collect();
    versions.sort_unstable();
    if !versions.iter().copied().eq((1..).take(versions.len())) {
        for id in policies.keys() {
            faults.report(Kind::GradePolicy, id.uuid(), "the versions have a gap");
        }
    }
    for change in state.live::<GradeChange>() {
        let version = policies.get(&change.policy).copied();
        let first = change.from.is_none() == (change.cause == GradeCause::First);
        if version != Some(change.policy_version) || !first {
            let what = "its version is not that of its policy, or its cause does not fit";
            faults.report(Kind::GradeChange, change.id.uuid(), what);
        }
    }
}
