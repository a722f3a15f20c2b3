//! How far a deal has come, or how it ended.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::codes;
use crate::machine::Machine;
use crate::pipeline::Stage;
use crate::record::{Column, ColumnType, Entity, Spec, Val};
use crate::value::{Code, Id, Note, Timestamp};

/// How far a deal has come, or how it ended. Stored as five columns: code, stage, closed_at, loss_reason, loss_note.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(tag = "state", rename_all = "snake_case")]
pub enum Phase {
    /// It is worked on.
    Open {
        /// Where it stands.
        stage: Id<Stage>,
    },
    /// It is won.
    Won {
        /// Where it stood.
        from: Id<Stage>,
        /// Since when.
        at: Timestamp,
    },
    /// It is lost.
    Lost {
        /// Where it stood.
        from: Id<Stage>,
        /// Since when.
        at: Timestamp,
        /// Why: a code of the vocabulary `loss_reason`.
        reason: Code,
        /// What there is to say about it.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        note: Option<Note>,
    },
}

codes! {
    /// Whether a deal is worked on, won or lost.
    pub enum DealState {
        /// It is worked on.
        Open = "open",
        /// It is won.
        Won = "won",
        /// It is lost.
        Lost = "lost",
    }
}

codes! {
    /// What may be done with a deal as a whole.
    pub enum DealStep {
        /// It moves to another open stage.
        Advance = "advance",
        /// It is won.
        Win = "win",
        /// It is lost.
        Lose = "lose",
        /// It is opened again.
        Reopen = "reopen",
    }
}

/// How deals are closed and opened again; which stage an open one may enter is said by its pipeline.
#[derive(Debug)]
pub enum Deals {}

impl Machine for Deals {
    const NAME: &'static str = "opportunity";
    type State = DealState;
    type Step = DealStep;

    fn next(state: DealState, step: DealStep) -> Result<DealState, &'static str> {
        match (state, step) {
            (DealState::Open, DealStep::Advance) => Ok(DealState::Open),
            (DealState::Open, DealStep::Win) => Ok(DealState::Won),
            (DealState::Open, DealStep::Lose) => Ok(DealState::Lost),
            (DealState::Open, DealStep::Reopen) => Err("opportunity.not_closed"),
            (DealState::Won | DealState::Lost, DealStep::Reopen) => Ok(DealState::Open),
            (
                DealState::Won | DealState::Lost,
                DealStep::Advance | DealStep::Win | DealStep::Lose,
            ) => Err("opportunity.already_closed"),
        }
    }
}

impl Phase {
    /// Whether it is worked on, won or lost.
    pub const fn state(&self) -> DealState {
        match self {
            Self::Open { .. } => DealState::Open,
            Self::Won { .. } => DealState::Won,
            Self::Lost { .. } => DealState::Lost,
        }
    }

    /// The codes of the phases.
    pub const CODES: &'static [&'static str] = DealState::CODES;

    /// Its code.
    pub const fn code(&self) -> &'static str {
        self.state().code()
    }

    /// Where it stands, or stood when it was closed.
    pub const fn stage(&self) -> Id<Stage> {
        match self {
            Self::Open { stage } => *stage,
            Self::Won { from, .. } | Self::Lost { from, .. } => *from,
        }
    }

    /// When it was closed.
    pub const fn closed_at(&self) -> Option<Timestamp> {
        match self {
            Self::Open { .. } => None,
            Self::Won { at, .. } | Self::Lost { at, .. } => Some(*at),
        }
    }
}

impl Column for Phase {
    const WIDTH: usize = 5;

    fn specs() -> Vec<Spec> {
        let code = Spec { codes: Self::CODES, ..Spec::of(ColumnType::Code) };
        vec![
            code,
            Spec::of(ColumnType::Id).references(Stage::KIND).suffix("_stage"),
            Spec::of(ColumnType::Instant).nullable().suffix("_closed_at"),
            Spec::of(ColumnType::Code).nullable().suffix("_loss_reason"),
            Spec::of(ColumnType::Text).nullable().suffix("_loss_note"),
        ]
    }

    fn put(&self, out: &mut Vec<Val>) {
        out.extend([Val::from(self.code()), Val::Id(self.stage().uuid())]);
        self.closed_at().put(out);
        let (reason, note) = match self {
            Self::Open { .. } | Self::Won { .. } => (None, None),
            Self::Lost { reason, note, .. } => (Some(reason.clone()), note.clone()),
        };
        reason.put(out);
        note.put(out);
    }

    fn take(vals: &[Val]) -> Result<Self, String> {
        let wrong = || Err(format!("expected a phase, found {vals:?}"));
        let [Val::Text(code), Val::Id(stage), closed_at, reason, note] = vals else {
            return wrong();
        };
        let from = Id::new(*stage);
        let at = optional::<Timestamp>(closed_at)?;
        let reason = optional::<Code>(reason)?;
        let note = optional::<Note>(note)?;
        match (code.as_str(), at, reason, note) {
            ("open", None, None, None) => Ok(Self::Open { stage: from }),
            ("won", Some(at), None, None) => Ok(Self::Won { from, at }),
            ("lost", Some(at), Some(reason), note) => Ok(Self::Lost { from, at, reason, note }),
            _ => wrong(),
        }
    }
}

fn optional<C: Column>(val: &Val) -> Result<Option<C>, String> {
    <Option<C> as Column>::take(core::slice::from_ref(val))
}

#[cfg(test)]
mod tests {
    use uuid::Uuid;

    use super::*;

    #[test]
    fn a_phase_is_stored_as_itself_and_as_nothing_else() {
        let stage = Id::new(Uuid::from_u128(1));
        let at = Timestamp::from_micros(5).unwrap();
        let reason: Code = "price".parse().unwrap();
        let note = Some(Note::parse("too dear").unwrap());
        let phases = [
            Phase::Open { stage },
            Phase::Won { from: stage, at },
            Phase::Lost { from: stage, at, reason: reason.clone(), note: None },
            Phase::Lost { from: stage, at, reason, note },
        ];
        for phase in phases {
            let mut vals = Vec::new();
            phase.put(&mut vals);
            assert_eq!(vals.len(), Phase::specs().len());
            assert_eq!(Phase::take(&vals), Ok(phase.clone()));
            // An open deal with a closing date, a won one with a reason, a lost one without: no such phase.
            vals[2] = if vals[2].is_null() { Val::Int(7) } else { Val::Null };
            assert!(Phase::take(&vals).is_err(), "{phase:?} with {:?}", vals[2]);
            let json = serde_json::to_string(&phase).unwrap();
            assert_eq!(serde_json::from_str::<Phase>(&json).unwrap(), phase);
        }
    }
}
