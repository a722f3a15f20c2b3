//! Moving an open deal from stage to stage.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::{Ctx, Dossier, Opportunity, Phase, StageMove, Step, unmet};
use crate::access::{Access, permits};
use crate::decision::{Check, Refusal};
use crate::pipeline::{Process, Stage, StageKind};
use crate::value::{Id, Invalid, Note, Timestamp};

/// Moves an open deal to another open stage: forward, past some stages, or back.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Advance {
    /// Which deal.
    pub id: Id<Opportunity>,
    /// The code of the stage.
    pub stage: String,
    /// When it happened; now, where nothing is said.
    #[serde(default)]
    pub at: Option<Timestamp>,
    /// Why it may move without what the stages ask for. Needs the right to override.
    #[serde(default)]
    pub override_reason: Option<String>,
}

/// A deal after a move, and the row that tells of it.
#[derive(Clone, Debug, PartialEq)]
pub struct Moved {
    /// The deal.
    pub deal: Opportunity,
    /// The move.
    pub step: StageMove,
}

/// Moves an open deal to another open stage. Rule OPP-3 (F062, F063).
///
/// # Errors
///
/// `opportunity.already_closed` · `opportunity.stage.unknown` (the allowed codes) · `opportunity.stage.is_end` for an end,
/// which is reached by winning or losing · `time.future` · `opportunity.before_last_move` ·
/// `opportunity.stage.transition_forbidden` (the allowed codes) · `opportunity.override_denied`, `text.*` for the reason ·
/// `opportunity.stage.criteria_unmet`, one for each unmet item, unless it is overridden.
pub fn advance(
    dossier: &Dossier,
    wish: &Advance,
    id: Id<StageMove>,
    ctx: Ctx,
) -> Result<Moved, Refusal> {
    dossier.open_stage()?;
    let process = &dossier.process;
    let target = process.coded(&wish.stage).ok_or_else(|| {
        let invalid = Invalid::new("opportunity.stage.unknown", &wish.stage);
        refusal("stage", invalid.allowed(Process::codes(process.open())))
    })?;
    if target.kind != StageKind::Open {
        let invalid = Invalid::new("opportunity.stage.is_end", &wish.stage);
        let limit = format!(
            "use opportunity.{}",
            if target.kind == StageKind::Won { "win" } else { "lose" }
        );
        return Err(refusal("stage", invalid.limit(limit)));
    }
    let phase = |_| Phase::Open { stage: target.id };
    step(dossier, target, (wish.at, wish.override_reason.as_deref()), phase, id, ctx)
}

/// Moves an open deal into a stage that its process leads to, once the deal has what both ask for.
pub(super) fn step(
    dossier: &Dossier,
    target: &Stage,
    (at, override_reason): (Option<Timestamp>, Option<&str>),
    phase: impl FnOnce(Timestamp) -> Phase,
    id: Id<StageMove>,
    ctx: Ctx,
) -> Result<Moved, Refusal> {
    let from = dossier.open_stage()?;
    let mut check = Check::default();
    let at = dossier.instant(at, ctx, &mut check);
    let targets = dossier.process.targets(from);
    check.rule(targets.iter().any(|allowed| allowed.id == target.id), "stage", || {
        Invalid::new("opportunity.stage.transition_forbidden", target.code.as_str())
            .allowed(Process::codes(targets.iter().copied()))
    });
    let allowed = check.is_clean();
    let reason = self::override_reason(override_reason, ctx, &mut check);
    if allowed && override_reason.is_none() {
        for violation in unmet(dossier, target, ctx.role)? {
            check.add(violation);
        }
    }
    let kind = dossier.process.kind_of(from, target);
    let step = Step { id, kind, to: target.id, at, override_reason: reason };
    check.finish(Some(dossier.moved(step, phase(at), ctx)))
}

/// The reason for doing what a stage does not yet allow, from one who has the right to.
pub(super) fn override_reason(given: Option<&str>, ctx: Ctx, check: &mut Check) -> Option<Note> {
    check.rule(given.is_none() || permits(ctx.role, Access::Override), "override_reason", || {
        Invalid::new("opportunity.override_denied", ctx.role.code())
            .limit("a role with the right to override, such as manager")
    });
    check.parse("override_reason", given)
}

fn refusal(path: &str, invalid: Invalid) -> Refusal {
    Refusal::of(crate::decision::Violation::at(path, invalid))
}
