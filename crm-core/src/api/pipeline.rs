//! Operations on selling processes.

use std::collections::BTreeMap;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::Seen;
use crate::access::Access;
use crate::custom::CustomField;
use crate::engine::{Cx, Error, Operation};
use crate::opportunity::{Dossier, Opportunity, remap};
use crate::pipeline::{
    DefinePipeline, Defined, InstallTemplate, Language, Pipeline, Process, ProcessChange, Stage,
    Standing, Sweep, Template, define, instantiate, templates,
};
use crate::record::{Kind, Val};
use crate::settings::{Calendar, Settings};
use crate::value::{Code, Id, Invalid, Shared};

/// A pipeline, the version under which it is stored, and its stages: those of now in order, then removed ones.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct SeenPipeline {
    /// The pipeline.
    #[serde(flatten)]
    pub pipeline: Seen<Pipeline>,
    /// Its stages.
    pub stages: Vec<Stage>,
    /// The change by which its deals follow step by step, where they are too many to follow at once.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub change: Option<Id<ProcessChange>>,
}

impl Cx<'_> {
    /// A pipeline with its stages.
    pub(super) fn process(&mut self, id: Id<Pipeline>) -> Result<Shared<Process>, Error> {
        self.once("process", id.uuid(), |cx| {
            let pipeline = cx.get(id)?;
            let stages = cx.list(Stage::BY_PIPELINE, &[Val::Id(id.uuid())])?;
            Ok(Process::of(pipeline, stages))
        })
        .map(Shared::from)
    }

    /// Every pipeline, by name.
    pub(super) fn pipelines(&mut self) -> Result<Vec<Pipeline>, Error> {
        self.list(Pipeline::BY_NAME, &[])
    }

    fn seen_pipeline(&mut self, id: Id<Pipeline>) -> Result<SeenPipeline, Error> {
        let Process { pipeline, stages } = (*self.process(id)?).clone();
        let pipeline = Seen { version: self.version(id), record: pipeline };
        Ok(SeenPipeline { pipeline, stages, change: None })
    }
}

/// Deals that a definition takes along at once; more of them follow step by step.
const AT_ONCE: u64 = 200;

impl Operation for DefinePipeline {
    const NAME: &'static str = "pipeline.define";
    const ACCESS: Access = Access::Configure;
    type Response = SeenPipeline;

    fn run(&self, cx: &mut Cx<'_>) -> Result<SeenPipeline, Error> {
        let id = cx.id_or(self.id);
        let (defined, before) = decided(cx, id, self)?;
        put(cx, &defined)?;
        let sweep = match &before {
            Some(before) => Sweep::of(before, &defined.process, defined.moved.clone()),
            None => Sweep::default(),
        };
        let mut follow = 0_u64;
        for stage in sweep.moved.iter().map(|(from, _)| from).chain(&sweep.limited) {
            follow = follow.saturating_add(cx.count_in(*stage)?);
        }
        if follow > AT_ONCE {
            let change = super::process_change::in_steps(cx, self, id, sweep)?;
            return Ok(SeenPipeline { change: Some(change), ..cx.seen_pipeline(id)? });
        }
        moved(cx, &defined)?;
        if let Some(before) = before {
            rescheduled(cx, &before, &sweep.limited)?;
        }
        cx.seen_pipeline(id)
    }
}

/// What a definition makes of a process, and the process before; nothing is written.
pub(super) fn decided(
    cx: &mut Cx<'_>,
    id: Id<Pipeline>,
    wish: &DefinePipeline,
) -> Result<(Defined, Option<Shared<Process>>), Error> {
    if let Some(code) = &wish.calendar
        && cx.unique::<Calendar>(Calendar::BY_CODE, &[Val::from(code.as_str())])?.is_none()
    {
        return Err(Error::invalid("calendar", Invalid::new("reference.unknown", code)));
    }
    let before = cx.find(id)?.map(|_| cx.process(id)).transpose()?;
    let others = cx.pipelines()?.into_iter().filter(|other| other.id != id);
    let others: Vec<Pipeline> = others.collect();
    let mut deals = BTreeMap::new();
    let stages = before.iter().flat_map(|before| &before.stages);
    let kept = |stage: &&Stage| wish.stages.iter().all(|kept| kept.code != stage.code.as_str());
    for stage in stages.filter(kept) {
        deals.insert(stage.id, cx.count_in(stage.id)?);
    }
    let of_deals = [Val::from(Kind::Opportunity.name())];
    let custom = cx.list::<CustomField>(CustomField::BY_CODE, &of_deals)?;
    let custom = custom.into_iter().filter(|field| field.active).map(|field| field.code);
    let custom: Vec<Code> = custom.collect();
    let standing =
        Standing { before: before.as_deref(), others: &others, deals: &deals, custom: &custom };
    let defined = define(id, wish, standing, &mut || cx.new_id())?;
    Ok((defined, before))
}

/// Will write a process, what its guides say, and the pipelines that are no longer the default.
pub(super) fn put(cx: &mut Cx<'_>, defined: &Defined) -> Result<(), Error> {
    let Defined { process, demoted, .. } = defined;
    cx.about(process.pipeline.id);
    cx.put(&process.pipeline)?;
    for stage in &process.stages {
        cx.put(stage)?;
    }
    for pipeline in demoted {
        cx.put(pipeline)?;
    }
    cx.guides(process)
}

/// Will move the deals of removed stages.
fn moved(cx: &mut Cx<'_>, defined: &Defined) -> Result<(), Error> {
    for (from, to) in &defined.moved {
        let Some(target) = defined.process.stage(*to) else { continue };
        for deal in cx.standing_in(*from)? {
            let dossier = cx.dossier(deal.id)?;
            let (id, ctx) = (cx.new_id(), cx.deciding()?);
            let moved = remap(&dossier, target, id, ctx);
            cx.moved(dossier, moved)?;
        }
    }
    Ok(())
}

/// Will have happen to the deals of stages with another limit what is due by the new one.
fn rescheduled(cx: &mut Cx<'_>, before: &Process, limited: &[Id<Stage>]) -> Result<(), Error> {
    for stage in limited {
        for deal in cx.standing_in(*stage)? {
            let dossier = cx.dossier(deal.id)?;
            let old = Dossier { process: before.clone().into(), ..dossier.clone() };
            super::opportunity::reschedule(cx, &old, &dossier)?;
        }
    }
    Ok(())
}

impl Cx<'_> {
    /// The open deals that stand in a stage.
    fn standing_in(&mut self, stage: Id<Stage>) -> Result<Vec<Opportunity>, Error> {
        self.list(Opportunity::BY_STAGE, &[Val::Id(stage.uuid()), Val::from("open")])
    }
}

impl Operation for InstallTemplate {
    const NAME: &'static str = "pipeline.template";
    const ACCESS: Access = Access::Configure;
    type Response = SeenPipeline;

    fn run(&self, cx: &mut Cx<'_>) -> Result<SeenPipeline, Error> {
        let chinese = cx.get(Settings::ID)?.locale.starts_with("zh");
        let wish = instantiate(self, if chinese { Language::Zh } else { Language::En })?;
        if let Some(id) = self.id
            && cx.find(id)?.is_some()
        {
            let taken = Invalid::new("record.id_taken", &id.to_string());
            return Err(Error::invalid("id", taken));
        }
        wish.run(cx)
    }
}

/// A pipeline by its id, with its stages.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct GetPipeline {
    /// Which.
    pub id: Id<Pipeline>,
}

impl Operation for GetPipeline {
    const NAME: &'static str = "pipeline.get";
    const ACCESS: Access = Access::Read;
    type Response = SeenPipeline;

    fn run(&self, cx: &mut Cx<'_>) -> Result<SeenPipeline, Error> {
        cx.seen_pipeline(self.id)
    }
}

/// Every pipeline with its stages, by name.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct ListPipelines {
    /// Also those in which no new deal begins.
    pub inactive: bool,
}

/// Pipelines with their stages.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Pipelines {
    /// The pipelines, by name.
    pub rows: Vec<SeenPipeline>,
}

impl Operation for ListPipelines {
    const NAME: &'static str = "pipeline.list";
    const ACCESS: Access = Access::Read;
    type Response = Pipelines;

    fn run(&self, cx: &mut Cx<'_>) -> Result<Pipelines, Error> {
        let pipelines = cx.pipelines()?.into_iter();
        let wanted = pipelines.filter(|pipeline| self.inactive || pipeline.active);
        let rows = wanted.map(|pipeline| cx.seen_pipeline(pipeline.id));
        Ok(Pipelines { rows: rows.collect::<Result<_, _>>()? })
    }
}

/// The processes that come with the engine; `pipeline.template` installs one.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct ListTemplates {}

/// The processes that come with the engine.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Templates {
    /// The templates.
    pub rows: Vec<Template>,
}

impl Operation for ListTemplates {
    const NAME: &'static str = "pipeline.templates";
    const ACCESS: Access = Access::Read;
    type Response = Templates;

    fn run(&self, _: &mut Cx<'_>) -> Result<Templates, Error> {
        Ok(Templates { rows: templates() })
    }
}
