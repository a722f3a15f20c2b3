//! The host's selling processes: stages in order, their odds, what each asks for and how long it may take.
//!
//! Stages are data; how a deal ended is not (that is the deal's phase). Every process has one stage in which a deal is
//! won and one in which it is lost, so that funnels have names for their ends. Nothing here knows a deal.

mod change;
mod choose;
mod criteria;
mod define;
mod guide;
mod lint;
mod probability;
mod rule;
mod template;
mod transition;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::party::CustomerType;
use crate::value::{Code, Id, Name, Note, TimeLimit};
use crate::{codes, json_column, record};

pub use change::{ChangeState, ChangeStep, Changes, ProcessChange, Sweep, stepped};
pub use choose::choose;
pub use criteria::{Approval, Ask, Criteria, EvidenceKind, Item};
pub use define::{DefinePipeline, DefineStage, Defined, Standing, define};
pub use guide::{StageGuide, guided};
pub use lint::lint;
pub use probability::Probability;
pub use rule::{DefinePipelineRule, NewDeal, PipelineRule, PipelineTerms, define_rule, ruled};
pub use template::{InstallTemplate, Language, Template, TemplateCode, instantiate, templates};
pub use transition::MoveKind;

codes! {
    /// What standing in a stage means.
    pub enum StageKind {
        /// The deal is worked on.
        Open = "open",
        /// The deal is won.
        Won = "won",
        /// The deal is lost.
        Lost = "lost",
    }
}

codes! {
    /// What the clock of a stage does when a deal comes back to it.
    pub enum BackClock {
        /// It starts anew.
        Restart = "restart",
        /// It goes on from where it stood.
        Accumulate = "accumulate",
    }
}

record! {
    /// A selling process.
    pub struct Pipeline: Pipeline {
        /// Its name; no two have the same.
        1 name: Name;
        /// Counts its definitions, from 1.
        2 revision: u32;
        /// Whether new deals may begin in it.
        3 active: bool;
        /// Whether it is taken where nobody names one.
        4 is_default: bool;
        /// The kind of customer whose deals begin in it where nobody names one.
        5 customer_type: Option<CustomerType>;
        /// Whether a stage may be left out, where the stage does not list its next ones.
        6 allow_skip: bool;
        /// Whether a deal may go back to an earlier stage.
        7 allow_back: bool;
        /// What the clock of a stage does when a deal comes back to it.
        8 back_clock: BackClock;
        /// Where a reopened deal stands; without it, where it stood.
        9 reopen_to: Option<Code>;
        /// After how many days without anything happening a deal is dormant.
        10 dormant_after_days: Option<u32>;
        /// The code of the calendar whose working time its limits count; without it, that of the tenant's zone.
        11 calendar: Option<Code>;
    }
    listings {
        1 unique "by_name" ["name"];
    }
}

impl Pipeline {
    /// The listing by name.
    pub const BY_NAME: u16 = 1;
}

record! {
    /// One stage of a pipeline.
    pub struct Stage: Stage {
        /// Of which.
        1 pipeline: Id<Pipeline>;
        /// What rules call it; it never changes.
        2 code: Code;
        /// What people call it.
        3 name: Name;
        /// Its place, from 0.
        4 position: u32;
        /// What standing in it means.
        5 kind: StageKind;
        /// How likely a deal in it is won, where nobody knows better.
        6 probability: Probability;
        /// What it asks for before it is entered.
        7 entry: Criteria;
        /// What it asks for before it is left towards the end.
        8 exit: Criteria;
        /// Where a deal may go from here; without it, as the pipeline says.
        9 next: Option<NextStages>;
        /// How long a deal may stand in it.
        10 limit: Option<StageLimit>;
        /// What to do in it.
        11 guide: Option<Note>;
        /// Whether it belongs to the process; a removed stage stays for the sake of history.
        12 active: bool;
        /// What has to be done in it, set as tasks when a deal enters it.
        13 tasks: Option<StageTasks>;
    }
    listings {
        1 "by_pipeline" ["pipeline", "position"];
    }
}

impl Stage {
    /// The listing by pipeline, in order.
    pub const BY_PIPELINE: u16 = 1;
}

/// The codes of the stages to which a deal may go.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(transparent)]
pub struct NextStages(pub Vec<Code>);

/// How long a deal may stand in a stage, and who hears of it when.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct StageLimit {
    /// The limit, by the clock or in working time. Reaching it is a breach.
    pub time: TimeLimit,
    /// So many minutes before the limit the owner is warned, in the same kind of time.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub warn_before_minutes: Option<u32>,
    /// So many minutes after the limit the manager is told, in the same kind of time.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub escalate_after_minutes: Option<u32>,
}

/// A task that is set when a deal enters a stage.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct StageTask {
    /// What rules call it; a deal gets it once.
    pub code: Code,
    /// What has to be done.
    pub subject: Name,
    /// So many minutes after the deal entered the stage it is due: 1 to 525,600.
    pub due_minutes: u32,
}

/// The tasks of a stage.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(transparent)]
pub struct StageTasks(pub Vec<StageTask>);

json_column!(Criteria, NextStages, StageLimit, StageTasks);

/// A pipeline with its stages in order, removed ones at the end.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Process {
    /// The pipeline.
    pub pipeline: Pipeline,
    /// Its stages.
    pub stages: Vec<Stage>,
}

impl Process {
    /// A pipeline with its stages: those that belong to it in order, then removed ones.
    pub fn of(pipeline: Pipeline, mut stages: Vec<Stage>) -> Self {
        stages.sort_by_key(|stage| (!stage.active, stage.position, stage.id));
        Self { pipeline, stages }
    }

    /// The stages that belong to the process now.
    pub fn active(&self) -> impl Iterator<Item = &Stage> {
        self.stages.iter().filter(|stage| stage.active)
    }

    /// The stages in which deals are worked on.
    pub fn open(&self) -> impl Iterator<Item = &Stage> {
        self.active().filter(|stage| stage.kind == StageKind::Open)
    }

    /// The codes of these stages, for refusals.
    pub fn codes<'a>(stages: impl Iterator<Item = &'a Stage>) -> Vec<String> {
        stages.map(|stage| stage.code.to_string()).collect()
    }

    /// The stage of that id, removed ones included.
    pub fn stage(&self, id: Id<Stage>) -> Option<&Stage> {
        self.stages.iter().find(|stage| stage.id == id)
    }

    /// The stage of that code.
    pub fn coded(&self, code: &str) -> Option<&Stage> {
        self.active().find(|stage| stage.code.as_str() == code)
    }

    /// The stage in which deals end that way.
    pub fn end(&self, kind: StageKind) -> Option<&Stage> {
        self.active().find(|stage| stage.kind == kind)
    }
}

#[cfg(test)]
pub(crate) use lint::tests;
