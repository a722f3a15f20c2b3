//! A deal that changes its process, or whose process changes under it.

use std::collections::BTreeMap;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::{Ctx, Dossier, Moved, Opportunity, Phase, StageMove, Step};
use crate::decision::{Check, Refusal};
use crate::pipeline::{MoveKind, Pipeline, Process, Stage};
use crate::value::{Id, Invalid};

/// Lets an open deal follow another pipeline.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct ChangePipeline {
    /// Which deal.
    pub id: Id<Opportunity>,
    /// The pipeline.
    pub pipeline: Id<Pipeline>,
    /// Which stage of it each stage of the pipeline before becomes, by code. The one in which the deal stands must be there.
    #[serde(default)]
    pub stage_map: BTreeMap<String, String>,
}

/// Lets an open deal follow another process, from the stage that the map names. Its history stays as it is, under the
/// stages of the process before. What the stage asks for is not asked: the deal does not advance. Rule OPP-17 (F078).
///
/// # Errors
///
/// `opportunity.already_closed` · `opportunity.same_pipeline` · `pipeline.inactive` · `opportunity.stage_map_missing` for
/// the stage in which it stands (the open stages of the new process) · `opportunity.stage.unknown` for every other entry
/// that names no stage of the process before, or no open one of the new process.
pub fn change_pipeline(
    dossier: &Dossier,
    process: &Process,
    wish: &ChangePipeline,
    id: Id<StageMove>,
    ctx: Ctx,
) -> Result<Moved, Refusal> {
    let from = dossier.open_stage()?;
    let mut check = Check::default();
    check.rule(process.pipeline.id != dossier.deal.pipeline, "pipeline", || {
        Invalid::new("opportunity.same_pipeline", process.pipeline.name.as_str())
    });
    check.rule(process.pipeline.active, "pipeline", || {
        Invalid::new("pipeline.inactive", process.pipeline.name.as_str())
    });
    check.rule(wish.stage_map.contains_key(from.code.as_str()), "stage_map", || {
        Invalid::new("opportunity.stage_map_missing", from.code.as_str())
            .allowed(Process::codes(process.open()))
    });
    let open = |code: &str| process.open().find(|stage| stage.code.as_str() == code);
    for (before, after) in &wish.stage_map {
        let known = dossier.process.stages.iter().any(|stage| stage.code.as_str() == before);
        check.rule(known, &format!("stage_map.{before}"), || {
            Invalid::new("opportunity.stage.unknown", before)
                .allowed(Process::codes(dossier.process.open()))
        });
        check.rule(open(after).is_some(), &format!("stage_map.{before}"), || {
            Invalid::new("opportunity.stage.unknown", after).allowed(Process::codes(process.open()))
        });
    }
    let target = wish.stage_map.get(from.code.as_str()).and_then(|code| open(code));
    check.finish(target.map(|target| remap(dossier, target, id, ctx)))
}

/// An open deal in a stage that took the place of its own.
pub fn remap(dossier: &Dossier, target: &Stage, id: Id<StageMove>, ctx: Ctx) -> Moved {
    let (kind, to, at) = (MoveKind::Pipeline, target.id, ctx.now);
    let step = Step { id, kind, to, at, override_reason: None };
    let moved = dossier.moved(step, Phase::Open { stage: target.id }, ctx);
    Moved { deal: Opportunity { pipeline: target.pipeline, ..moved.deal }, ..moved }
}
