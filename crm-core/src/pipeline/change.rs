//! A change of a selling process as a plan: drafted, looked at, applied step by step, taken back.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use super::{DefinePipeline, Pipeline, Process, Stage};
use crate::decision::{Check, Refusal, Violation};
use crate::machine::{self, Machine};
use crate::settings::User;
use crate::value::{Id, Note, Timestamp};
use crate::{codes, json_column, record};

codes! {
    /// How far a change of a process is.
    pub enum ChangeState {
        /// It is thought about.
        Draft = "draft",
        /// The process is changed, and its deals follow step by step.
        Applying = "applying",
        /// Every deal stands where it shall.
        Applied = "applied",
        /// It will not be.
        Discarded = "discarded",
    }
}

codes! {
    /// What may be done to a change of a process.
    pub enum ChangeStep {
        /// Its definition changes.
        Amend = "amend",
        /// The process becomes as it says.
        Apply = "apply",
        /// Its last deal has followed.
        Finish = "finish",
        /// It will not be.
        Discard = "discard",
    }
}

impl ChangeState {
    /// What a step makes of it: the table of changes of a process. Taking an applied one back makes it a draft again, as
    /// everything else is again what it was. Rule DP-27 (B18).
    ///
    /// # Errors
    ///
    /// `process_change.not_draft` · `process_change.not_applying`.
    pub const fn after(self, step: ChangeStep) -> Result<Self, &'static str> {
        use ChangeStep::{Amend, Apply, Discard, Finish};
        match (self, step) {
            (Self::Draft, Amend) => Ok(Self::Draft),
            (Self::Draft, Apply) => Ok(Self::Applying),
            (Self::Draft, Discard) => Ok(Self::Discarded),
            (Self::Applying, Finish) => Ok(Self::Applied),
            (Self::Draft | Self::Applied | Self::Discarded, Finish) => {
                Err("process_change.not_applying")
            }
            (Self::Applying | Self::Applied | Self::Discarded, Amend | Apply | Discard) => {
                Err("process_change.not_draft")
            }
        }
    }
}

/// Changes of a process as a state machine.
#[derive(Debug)]
pub struct Changes;

impl Machine for Changes {
    const NAME: &'static str = "process_change";
    type State = ChangeState;
    type Step = ChangeStep;

    fn next(state: ChangeState, step: ChangeStep) -> Result<ChangeState, &'static str> {
        state.after(step)
    }
}

record! {
    /// A planned change of a selling process.
    pub struct ProcessChange: ProcessChange {
        /// Of which.
        1 pipeline: Id<Pipeline>;
        /// How far it is.
        2 state: ChangeState;
        /// The process as it shall be.
        3 definition: DefinePipeline;
        /// Why.
        4 reason: Option<Note>;
        /// Who drafted it.
        5 author: Id<User>;
        /// When.
        6 created_at: Timestamp;
        /// When the process became as it says.
        7 applied_at: Option<Timestamp>;
        /// When its last deal had followed.
        8 finished_at: Option<Timestamp>;
        /// By which reversal it is taken back.
        9 reversal: Option<Uuid>;
        /// What is left to do with its deals.
        10 left: Option<Sweep>;
        /// How many deals were given another stage by it.
        11 moved: u32;
    }
    listings {
        1 "by_pipeline" ["pipeline", "created_at"];
        2 "by_state" ["state", "created_at"];
    }
}

impl ProcessChange {
    /// The listing by pipeline, the oldest first.
    pub const BY_PIPELINE: u16 = 1;
    /// The listing by how far they are, the oldest first.
    pub const BY_STATE: u16 = 2;
}

/// What is left to do with the deals of a process that changed.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct Sweep {
    /// From which removed stage deals go to which stage.
    pub moved: Vec<(Id<Stage>, Id<Stage>)>,
    /// The stages whose time limits changed, and whose deals have other instants now.
    pub limited: Vec<Id<Stage>>,
    /// The last deal that was looked at, of the first of these.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub place: Option<Uuid>,
}

json_column!(DefinePipeline, Sweep);

impl Sweep {
    /// What a change from one definition to another asks of the deals: those of removed stages move, those of stages with
    /// other limits are due at other instants. Rule DP-28 (B18, F064).
    pub fn of(before: &Process, after: &Process, moved: Vec<(Id<Stage>, Id<Stage>)>) -> Self {
        let clock =
            |process: &Process| (process.pipeline.back_clock, process.pipeline.calendar.clone());
        let same_clock = clock(before) == clock(after);
        let limited = after.open().filter(|stage| {
            let Some(old) = before.stage(stage.id) else { return false };
            (old.limit.is_some() || stage.limit.is_some())
                && !(old.limit == stage.limit && same_clock)
        });
        Self { moved, limited: limited.map(|stage| stage.id).collect(), place: None }
    }

    /// Whether there is nothing to do.
    pub fn is_empty(&self) -> bool {
        self.moved.is_empty() && self.limited.is_empty()
    }
}

/// The change after a step.
///
/// # Errors
///
/// `process_change.not_draft` · `process_change.not_applying`.
pub fn stepped(change: &ProcessChange, step: ChangeStep) -> Result<ProcessChange, Refusal> {
    let mut check = Check::default();
    let state = machine::step::<Changes>(change.state, step);
    let state = state.map_err(|refused| check.add(Violation { path: "id".to_owned(), ..refused }));
    check.finish(state.ok().map(|state| ProcessChange { state, ..change.clone() }))
}

#[cfg(test)]
mod tests {
    use super::super::lint::tests::process;
    use super::*;
    use crate::pipeline::StageLimit;
    use crate::value::TimeLimit;

    #[test]
    fn every_state_takes_every_step_or_says_why_not() {
        let (draft, applying) = ("process_change.not_draft", "process_change.not_applying");
        let table = [
            (ChangeState::Draft, ["draft", "applying", applying, "discarded"]),
            (ChangeState::Applying, [draft, draft, "applied", draft]),
            (ChangeState::Applied, [draft, draft, applying, draft]),
            (ChangeState::Discarded, [draft, draft, applying, draft]),
        ];
        assert_eq!(table.map(|(state, _)| state).as_slice(), ChangeState::ALL);
        let at = Timestamp::from_micros(1).unwrap();
        for (state, expected) in table {
            for (step, expected) in ChangeStep::ALL.iter().zip(expected) {
                let change = ProcessChange {
                    id: Id::new(Uuid::nil()),
                    pipeline: Id::new(Uuid::nil()),
                    state,
                    definition: DefinePipeline::default(),
                    reason: None,
                    author: User::OWNER,
                    created_at: at,
                    applied_at: None,
                    finished_at: None,
                    reversal: None,
                    left: None,
                    moved: 0,
                    ext: Default::default(),
                };
                let found = match stepped(&change, *step) {
                    Ok(next) => next.state.code().to_owned(),
                    Err(refused) => refused.violations().next().unwrap().code.clone(),
                };
                assert_eq!(found, expected, "{state} {step}");
            }
        }
    }

    #[test]
    fn deals_follow_where_their_stage_goes_or_their_limit_changes() {
        let before = process("a b won lost", "");
        let (from, to) = (before.stages[0].id, before.stages[1].id);
        assert!(Sweep::of(&before, &before, Vec::new()).is_empty());
        let moved = Sweep::of(&before, &before, vec![(from, to)]);
        assert_eq!((moved.moved.len(), moved.limited.len()), (1, 0));
        let mut after = before.clone();
        let time = TimeLimit::ElapsedMinutes(60);
        let limit = StageLimit { time, warn_before_minutes: None, escalate_after_minutes: None };
        after.stages[1].limit = Some(limit);
        assert_eq!(Sweep::of(&before, &after, Vec::new()).limited, [to]);
        let mut other = after.clone();
        other.pipeline.back_clock = super::super::BackClock::Accumulate;
        assert_eq!(Sweep::of(&after, &other, Vec::new()).limited, [to], "another clock");
        assert!(Sweep::of(&after, &after, Vec::new()).is_empty());
    }
}
