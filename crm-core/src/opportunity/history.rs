//! How long a deal stood where.

use chrono::TimeDelta;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::{Opportunity, StageMove};
use crate::pipeline::{MoveKind, Stage};
use crate::value::{Id, Timestamp};

/// A stay in one stage, its end not included.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Interval {
    /// Where.
    pub stage: Id<Stage>,
    /// From this instant on.
    pub entered_at: Timestamp,
    /// Until this one; the last stay has no end yet.
    pub left_at: Option<Timestamp>,
}

/// All stays of a deal, in order.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct History {
    /// Each begins where the one before ends; the first begins with the deal; the last goes on.
    pub intervals: Vec<Interval>,
    /// How often it was opened again.
    pub reopened: u32,
}

/// The stays of a deal, from its moves in order. A deal without known moves has been where it is since it was made.
/// Rule OPP-13 (F066, X12): the stays leave no gap, do not overlap and cover everything from creation on; the time before
/// a move belongs to the stage that was left.
pub fn history(deal: &Opportunity, moves: &[StageMove]) -> History {
    let ends = moves.iter().skip(1).map(|next| Some(next.at)).chain([None]);
    let stays = moves.iter().zip(ends);
    let mut intervals: Vec<Interval> = stays
        .map(|(step, left_at)| Interval { stage: step.to, entered_at: step.at, left_at })
        .collect();
    if intervals.is_empty() {
        let stage = deal.phase.stage();
        intervals.push(Interval { stage, entered_at: deal.created_at, left_at: None });
    }
    let reopened = moves.iter().filter(|step| step.kind == MoveKind::Reopen).count();
    History { intervals, reopened: u32::try_from(reopened).unwrap_or(u32::MAX) }
}

impl Interval {
    /// How long it was, or has been by `now`; never negative.
    pub fn length(&self, now: Timestamp) -> TimeDelta {
        self.left_at.unwrap_or(now).max(self.entered_at).since(self.entered_at)
    }
}

impl History {
    /// The stays in one stage.
    pub fn stays(&self, stage: Id<Stage>) -> impl DoubleEndedIterator<Item = &Interval> {
        self.intervals.iter().filter(move |interval| interval.stage == stage)
    }

    /// How long the last stay in a stage was, or has been by `now`.
    pub fn latest(&self, stage: Id<Stage>, now: Timestamp) -> TimeDelta {
        self.stays(stage).next_back().map(|stay| stay.length(now)).unwrap_or_default()
    }

    /// How long all stays in a stage were together by `now`.
    pub fn cumulative(&self, stage: Id<Stage>, now: Timestamp) -> TimeDelta {
        let lengths = self.stays(stage).map(|stay| stay.length(now));
        lengths.fold(TimeDelta::zero(), |sum, length| {
            sum.checked_add(&length).unwrap_or(TimeDelta::MAX)
        })
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use proptest::prelude::*;

    use super::super::tests::{at, ctx, dossier, move_id, stage};
    use super::super::{
        Advance, Dossier, Lose, Moved, Phase, Reopen, Win, advance, lose, reopen, win,
    };
    use super::*;

    /// One attempt: hours later, what, and where to.
    type Attempt = (u32, u8, usize);

    fn attempt(dossier: &Dossier, now: Timestamp, (_, what, to): Attempt) -> Option<Moved> {
        let id = dossier.deal.id;
        let step = move_id(dossier.moves.len());
        let ctx = super::super::Ctx { now, ..ctx(0) };
        let moved = match what {
            0 => win(dossier, &Win { id, at: None, override_reason: None }, step, ctx),
            1 => {
                let (reason, note) = (Some("price".to_owned()), None);
                lose(dossier, &Lose { id, reason, note, competitor: None, at: None }, step, ctx)
            }
            2 | 3 => reopen(dossier, &Reopen { id, at: None }, step, ctx),
            _ => {
                let stage = ["a", "b", "c", "won"][to % 4].to_owned();
                let wish = Advance { id, stage, at: None, override_reason: None };
                advance(dossier, &wish, step, ctx)
            }
        };
        moved.ok()
    }

    proptest! {
        /// Whatever is tried on a deal, its stays tile the time since its creation.
        #[test]
        fn stays_tile_the_life_of_a_deal(
            attempts in proptest::collection::vec((0_u32..100, 0_u8..10, 0_usize..4), 0..40),
            later in 0_u32..100,
        ) {
            let mut dossier = dossier("a");
            let mut hour = 0;
            for tried in attempts {
                hour += tried.0;
                if let Some(moved) = attempt(&dossier, at(hour), tried) {
                    dossier.deal = moved.deal;
                    dossier.moves.push(moved.step);
                }
            }
            let now = at(hour + later);
            let Dossier { deal, moves, .. } = &dossier;
            let history = history(deal, moves);
            let all = &history.intervals;
            prop_assert_eq!(all[0].entered_at, deal.created_at);
            for pair in all.windows(2) {
                prop_assert_eq!(pair[0].left_at, Some(pair[1].entered_at), "no gap, no overlap");
            }
            let last = all[all.len() - 1];
            prop_assert_eq!(last.left_at, None);
            prop_assert_eq!(last.entered_at, deal.stage_entered_at);
            prop_assert_eq!(moves.len(), all.len());
            let stages: BTreeSet<_> = all.iter().map(|stay| stay.stage).collect();
            let spent = stages.iter().map(|stage| history.cumulative(*stage, now));
            let spent = spent.fold(TimeDelta::zero(), |sum, time| sum + time);
            prop_assert_eq!(spent, now.since(deal.created_at), "all time is somebody's");
            let stands = match deal.phase {
                Phase::Open { stage } => stage,
                Phase::Won { .. } => stage("won"),
                Phase::Lost { .. } => stage("lost"),
            };
            prop_assert_eq!(last.stage, stands);
            // Entered = left + still there (B17): each stage is entered once more than it is left, or as often.
            for stage in stages {
                let entered = moves.iter().filter(|step| step.to == stage).count();
                let left = moves.iter().filter(|step| step.from == Some(stage)).count();
                prop_assert_eq!(entered, left + usize::from(stands == stage));
            }
        }
    }

    /// Odoo PR 153121: the time in the first stage was credited to the next.
    #[test]
    fn the_time_before_a_move_belongs_to_the_stage_that_was_left() {
        let mut dossier = dossier("a");
        let wish = Advance {
            id: dossier.deal.id,
            stage: "b".into(),
            at: Some(at(10)),
            override_reason: None,
        };
        let moved = advance(&dossier, &wish, move_id(1), ctx(12)).unwrap();
        dossier.moves.push(moved.step);
        let history = history(&moved.deal, &dossier.moves);
        assert_eq!(history.latest(stage("a"), at(12)), TimeDelta::hours(10));
        assert_eq!(history.latest(stage("b"), at(12)), TimeDelta::hours(2));
    }
}
