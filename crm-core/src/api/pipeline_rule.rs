//! Operations on the rules that choose a process, and on what the guides of stages said.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::Seen;
use crate::access::Access;
use crate::engine::{Cx, Error, Operation};
use crate::party::Customer;
use crate::pipeline::{
    DefinePipelineRule, NewDeal, Pipeline, PipelineRule, Process, StageGuide, choose, define_rule,
    guided, ruled,
};
use crate::record::Val;
use crate::value::{Id, Invalid};

impl Operation for DefinePipelineRule {
    const NAME: &'static str = "pipeline_rule.define";
    const ACCESS: Access = Access::Configure;
    type Response = Seen<PipelineRule>;

    fn run(&self, cx: &mut Cx<'_>) -> Result<Seen<PipelineRule>, Error> {
        cx.known_if("pipeline", self.pipeline)?;
        let code = [Val::from(self.code.as_str())];
        let named = cx.unique::<PipelineRule>(PipelineRule::BY_CODE, &code)?;
        let id = match (self.id, named) {
            (Some(id), _) => id,
            (None, Some(named)) => named.id,
            (None, None) => cx.new_id(),
        };
        let rule = define_rule(id, self)?;
        cx.free("code", rule.code.as_str(), PipelineRule::BY_CODE, &code, id)?;
        cx.amend(&rule)
    }
}

/// The rules that choose a process, in the order in which they are asked.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct ListPipelineRules {
    /// Also those that do not count.
    pub inactive: bool,
}

/// The rules that choose a process.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct PipelineRules {
    /// In the order in which they are asked.
    pub rows: Vec<Seen<PipelineRule>>,
}

impl Operation for ListPipelineRules {
    const NAME: &'static str = "pipeline_rule.list";
    const ACCESS: Access = Access::Read;
    type Response = PipelineRules;

    fn run(&self, cx: &mut Cx<'_>) -> Result<PipelineRules, Error> {
        let mut rules = cx.list::<PipelineRule>(PipelineRule::BY_CODE, &[])?;
        rules.retain(|rule| self.inactive || rule.active);
        rules.sort_by_key(|rule| (rule.rank, rule.code.clone()));
        let rows = rules.into_iter();
        let rows = rows.map(|record| Seen { version: cx.version(record.id), record });
        Ok(PipelineRules { rows: rows.collect() })
    }
}

impl Cx<'_> {
    /// The process that a new deal follows: the named one, else what the first rule says that speaks of it, else that of
    /// its kind of customer, else the default.
    pub(super) fn pipeline_of(
        &mut self,
        named: Option<Id<Pipeline>>,
        customer: &Customer,
        deal: NewDeal<'_>,
    ) -> Result<Id<Pipeline>, Error> {
        let pipelines = self.pipelines()?;
        if named.is_none() {
            let rules = self.list::<PipelineRule>(PipelineRule::BY_CODE, &[])?;
            if let Some(rule) = ruled(&rules, &pipelines, deal) {
                self.by_rule(rule.id);
                return Ok(rule.pipeline);
            }
        }
        Ok(choose(&pipelines, named, customer.customer_type)?.id)
    }

    /// Will keep what the guides of the stages of a process say, as versions.
    pub(super) fn guides(&mut self, process: &Process) -> Result<(), Error> {
        let by = (self.actor()?.id, self.now());
        for stage in process.active() {
            let of = [Val::Id(stage.id.uuid())];
            let versions = self.list::<StageGuide>(StageGuide::BY_STAGE, &of)?;
            if versions.is_empty() && stage.guide.is_none() {
                continue;
            }
            let id = self.new_id();
            if let Some(next) = guided(id, stage, versions.last(), by) {
                self.put(&next)?;
            }
        }
        Ok(())
    }
}

/// What the guide of a stage says and said, the first version first.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct ListGuides {
    /// Of which pipeline.
    pub pipeline: Id<Pipeline>,
    /// The code of the stage.
    pub stage: String,
}

/// The versions of a guide.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Guides {
    /// In order.
    pub versions: Vec<StageGuide>,
}

impl Operation for ListGuides {
    const NAME: &'static str = "pipeline.guides";
    const ACCESS: Access = Access::Read;
    type Response = Guides;

    fn run(&self, cx: &mut Cx<'_>) -> Result<Guides, Error> {
        cx.known("pipeline", self.pipeline)?;
        let process = cx.process(self.pipeline)?;
        let stage = process.stages.iter().find(|stage| stage.code.as_str() == self.stage);
        let unknown = || {
            let invalid = Invalid::new("opportunity.stage.unknown", &self.stage);
            Error::invalid("stage", invalid.allowed(Process::codes(process.active())))
        };
        let of = [Val::Id(stage.ok_or_else(unknown)?.id.uuid())];
        Ok(Guides { versions: cx.list(StageGuide::BY_STAGE, &of)? })
    }
}
