//! Winning, losing and reopening a deal.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::{Ctx, DealStep, Deals, Dossier, Moved, Opportunity, Phase, StageMove, Step, advance};
use crate::decision::{Check, Refusal, Violation};
use crate::machine;
use crate::pipeline::{MoveKind, StageKind};
use crate::value::{Code, Id, Invalid, Name, Note, Timestamp};

/// Wins an open deal.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Win {
    /// Which deal.
    pub id: Id<Opportunity>,
    /// When it happened; now, where nothing is said.
    #[serde(default)]
    pub at: Option<Timestamp>,
    /// Why it may be won without what the stages ask for. Needs the right to override.
    #[serde(default)]
    pub override_reason: Option<String>,
}

/// Loses an open deal.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Lose {
    /// Which deal.
    pub id: Id<Opportunity>,
    /// Why: a code of the vocabulary `loss_reason`; `other` needs a note.
    #[serde(default)]
    pub reason: Option<String>,
    /// What there is to say about it.
    #[serde(default)]
    pub note: Option<String>,
    /// Who sold instead, where that is known.
    #[serde(default)]
    pub competitor: Option<String>,
    /// When it happened; now, where nothing is said.
    #[serde(default)]
    pub at: Option<Timestamp>,
}

/// Opens a closed deal again.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Reopen {
    /// Which deal.
    pub id: Id<Opportunity>,
    /// When it happened; now, where nothing is said.
    #[serde(default)]
    pub at: Option<Timestamp>,
}

/// Wins an open deal, keeping the stage it was won in. Rule OPP-5 (F062).
///
/// # Errors
///
/// `opportunity.already_closed` · then as [`advance`](super::advance()): `time.future` · `opportunity.before_last_move` ·
/// `opportunity.stage.transition_forbidden` · `opportunity.override_denied`, `text.*` ·
/// `opportunity.stage.criteria_unmet`.
pub fn win(dossier: &Dossier, wish: &Win, id: Id<StageMove>, ctx: Ctx) -> Result<Moved, Refusal> {
    let from = dossier.open_stage()?.id;
    let end = end(dossier, StageKind::Won)?;
    let phase = |at| Phase::Won { from, at };
    advance::step(dossier, end, (wish.at, wish.override_reason.as_deref()), phase, id, ctx)
}

/// Loses an open deal, keeping the stage it died in. Rule OPP-6 (F062, F072).
///
/// # Errors
///
/// `opportunity.already_closed` · `opportunity.lost_reason_missing` · `code.*` (reason) ·
/// `opportunity.lost_note_missing` for the reason `other` without a note · `text.*` (note, competitor) · `time.future` ·
/// `opportunity.before_last_move`.
pub fn lose(dossier: &Dossier, wish: &Lose, id: Id<StageMove>, ctx: Ctx) -> Result<Moved, Refusal> {
    let from = dossier.open_stage()?.id;
    let end = end(dossier, StageKind::Lost)?.id;
    let mut check = Check::default();
    check.rule(wish.reason.is_some(), "reason", || {
        Invalid::new("opportunity.lost_reason_missing", "").limit("why it was lost")
    });
    let reason: Option<Code> = check.parse("reason", wish.reason.as_deref());
    let unsaid = wish.reason.as_deref() == Some("other") && wish.note.is_none();
    check.rule(!unsaid, "note", || {
        Invalid::new("opportunity.lost_note_missing", "other").limit("say what the other reason is")
    });
    let note: Option<Note> = check.parse("note", wish.note.as_deref());
    let competitor: Option<Name> = check.parse("competitor", wish.competitor.as_deref());
    let at = dossier.instant(wish.at, ctx, &mut check);
    let moved = reason.map(|reason| {
        let step = Step { id, kind: MoveKind::Lost, to: end, at, override_reason: None };
        let moved = dossier.moved(step, Phase::Lost { from, at, reason, note }, ctx);
        let competitor = competitor.or_else(|| moved.deal.competitor.clone());
        Moved { deal: Opportunity { competitor, ..moved.deal }, ..moved }
    });
    check.finish(moved)
}

/// Opens a closed deal again: nothing of the closing is left but the move that tells of it. Rule OPP-7 (F062, X12).
///
/// It stands where the pipeline says that reopened deals stand; without that, where it stood; and where that stage was
/// removed, in the first one.
///
/// # Errors
///
/// `opportunity.not_closed` · `time.future` · `opportunity.before_last_move`.
pub fn reopen(
    dossier: &Dossier,
    wish: &Reopen,
    id: Id<StageMove>,
    ctx: Ctx,
) -> Result<Moved, Refusal> {
    machine::step::<Deals>(dossier.deal.phase.state(), DealStep::Reopen).map_err(Refusal::of)?;
    let process = &dossier.process;
    let named = process.pipeline.reopen_to.as_ref();
    let named = named.and_then(|code| process.open().find(|stage| stage.code == *code));
    let before = || process.open().find(|stage| stage.id == dossier.deal.phase.stage());
    let stage = named.or_else(before).or_else(|| process.open().next());
    let mut check = Check::default();
    let at = dossier.instant(wish.at, ctx, &mut check);
    let moved = stage.map(|stage| {
        let step = Step { id, kind: MoveKind::Reopen, to: stage.id, at, override_reason: None };
        dossier.moved(step, Phase::Open { stage: stage.id }, ctx)
    });
    check.finish(moved)
}

/// The stage of the process in which deals end that way; every defined process has one.
fn end(dossier: &Dossier, kind: StageKind) -> Result<&crate::pipeline::Stage, Refusal> {
    dossier.process.end(kind).ok_or_else(|| {
        let invalid = Invalid::new("opportunity.stage.unknown", kind.code());
        Refusal::of(Violation::at("", invalid))
    })
}
