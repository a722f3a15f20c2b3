//! How a deal stands: its odds, its time in stage, what it may do next; and what is due in its stage.

use chrono::TimeDelta;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::KIND_NAME;
use crate::access::{Access, Role};
use crate::activity::{Activity, ActivityKind, ActivityWish};
use crate::api::{PlanActivity, Seen};
use crate::decision::Violation;
use crate::engine::{Cx, Error, Operation};
use crate::opportunity::{
    self, Clocks, Dossier, Due, Evidence, Odds, Opportunity, OpportunityLine, clocks, due, history,
    is_dormant, odds, unmet,
};
use crate::party::CustomerStatus;
use crate::pipeline::{MoveKind, Probability, Stage};
use crate::schedule::{Timer, TimerCode};
use crate::scoring::{ModelKind, Target};
use crate::value::{Code, Id, Money, Name, Timestamp};

/// A deal by its id, with everything that is computed from it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct GetOpportunity {
    /// Which.
    pub id: Id<Opportunity>,
}

/// A deal and how it stands.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct SeenOpportunity {
    /// The deal.
    #[serde(flatten)]
    pub deal: Seen<Opportunity>,
    /// How it stands.
    pub standing: Standing,
    /// Its product lines.
    pub lines: Vec<OpportunityLine>,
    /// What was shown for it.
    pub evidence: Vec<Evidence>,
}

/// What is computed from a deal; none of it is stored.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Standing {
    /// The code of the stage in which it stands, or stood when it was closed.
    pub stage_code: Code,
    /// The name of that stage.
    pub stage_name: Name,
    /// What to do in that stage.
    pub guide: Option<String>,
    /// How likely it is won, and why.
    pub odds: Odds,
    /// Its amount, weighed with its odds.
    pub weighted_amount: Option<Money>,
    /// What its lines add up to.
    pub lines_amount: Option<Money>,
    /// Since when it stands where it stands.
    pub stage_entered_at: Timestamp,
    /// Seconds in its stage since it last entered it.
    pub stage_seconds: u32,
    /// Seconds in its stage in all stays together.
    pub stage_seconds_cumulative: u32,
    /// How often it was opened again.
    pub reopened: u32,
    /// Whether nothing happened to it for too long.
    pub dormant: bool,
    /// When it is warned of, breaches its limit, is escalated.
    pub due: Clocks,
    /// Where it may go, and what it lacks for that.
    pub next: Vec<NextMove>,
}

/// Where a deal may go.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct NextMove {
    /// The code of the stage.
    pub stage_code: Code,
    /// Its name.
    pub stage_name: Name,
    /// What the move would do.
    pub kind: MoveKind,
    /// What it lacks; nothing where it may go now.
    pub unmet: Vec<Violation>,
}

impl Operation for GetOpportunity {
    const NAME: &'static str = "opportunity.get";
    const ACCESS: Access = Access::Read;
    type Response = SeenOpportunity;

    fn run(&self, cx: &mut Cx<'_>) -> Result<SeenOpportunity, Error> {
        let dossier = cx.dossier(self.id)?;
        let due = due_in_stage(cx, &dossier)?;
        let model = model_odds(cx, &dossier.deal)?;
        let standing = standing(&dossier, model, due, cx.actor()?.role, cx.now())?;
        let Dossier { deal, lines, evidence, .. } = dossier;
        let deal = Seen { version: cx.version(self.id), record: deal };
        Ok(SeenOpportunity { deal, standing, lines, evidence })
    }
}

/// What the newest learned model for deals says of one; nothing where there is none.
fn model_odds(cx: &mut Cx<'_>, deal: &Opportunity) -> Result<Option<Probability>, Error> {
    let mut models = cx.active_models(Target::Opportunity)?;
    models.retain(|model| model.kind == ModelKind::Learned);
    let newest = models.iter().max_by_key(|model| (model.created_at, &model.name));
    let Some(model) = newest else { return Ok(None) };
    let (proof, _) = cx.scored(model, deal.id.uuid(), cx.now())?;
    Ok(proof.probability_basis_points)
}

fn standing(
    dossier: &Dossier,
    model: Option<Probability>,
    due: Clocks,
    role: Role,
    now: Timestamp,
) -> Result<Standing, Error> {
    let Dossier { deal, process, moves, lines, .. } = dossier;
    let stage = dossier.stage()?;
    let odds = odds(deal, stage, model);
    let wrong = |invalid| Error::invalid("amount", invalid);
    let weighted = deal.amount.map(|amount| odds.probability.weigh(amount)).transpose();
    let history = history(deal, moves);
    let here = history.intervals.last().map_or(stage.id, |last| last.stage);
    let targets = process.targets(stage).into_iter();
    let targets = targets.filter(|_| deal.phase.closed_at().is_none());
    let next = targets.map(|target| next_move(dossier, stage, target, role));
    Ok(Standing {
        stage_code: stage.code.clone(),
        stage_name: stage.name.clone(),
        guide: stage.guide.as_ref().map(ToString::to_string),
        weighted_amount: weighted.map_err(wrong)?,
        lines_amount: opportunity_sum(lines).transpose().map_err(wrong)?,
        odds,
        stage_entered_at: deal.stage_entered_at,
        stage_seconds: seconds(history.latest(here, now)),
        stage_seconds_cumulative: seconds(history.cumulative(here, now)),
        reopened: history.reopened,
        dormant: is_dormant(deal, process.pipeline.dormant_after_days, now),
        due,
        next: next.collect::<Result<_, _>>()?,
    })
}

fn opportunity_sum(lines: &[OpportunityLine]) -> Option<Result<Money, crate::value::Invalid>> {
    let first = lines.first()?;
    Some(Money::sum(first.net.currency(), lines.iter().map(|line| line.net)))
}

fn next_move(
    dossier: &Dossier,
    from: &Stage,
    target: &Stage,
    role: Role,
) -> Result<NextMove, Error> {
    Ok(NextMove {
        stage_code: target.code.clone(),
        stage_name: target.name.clone(),
        kind: dossier.process.kind_of(from, target),
        unmet: unmet(dossier, target, role)?,
    })
}

/// Whole seconds, at most what 32 bits hold: 136 years.
pub(super) fn seconds(time: chrono::TimeDelta) -> u32 {
    u32::try_from(time.num_seconds().max(0)).unwrap_or(u32::MAX)
}

/// Will have happen to a deal what is due in its stage, and nothing that was due in the one before.
pub(in crate::api) fn schedule(cx: &mut Cx<'_>, dossier: &Dossier) -> Result<(), Error> {
    let Clocks { warn, breach, escalate } = due_in_stage(cx, dossier)?;
    cx.schedule(dossier.deal.id, TimerCode::StageWarn, warn)?;
    cx.schedule(dossier.deal.id, TimerCode::StageBreach, breach)?;
    cx.schedule(dossier.deal.id, TimerCode::StageEscalate, escalate)
}

/// The same where the rules of the stage changed: an instant that stays as it was is left alone, so that what happened
/// already does not happen again.
pub(in crate::api) fn reschedule(
    cx: &mut Cx<'_>,
    before: &Dossier,
    after: &Dossier,
) -> Result<(), Error> {
    let (old, new) = (due_in_stage(cx, before)?, due_in_stage(cx, after)?);
    for (code, old, new) in [
        (TimerCode::StageWarn, old.warn, new.warn),
        (TimerCode::StageBreach, old.breach, new.breach),
        (TimerCode::StageEscalate, old.escalate, new.escalate),
    ] {
        if old != new {
            cx.schedule(after.deal.id, code, new)?;
        }
    }
    Ok(())
}

fn due_in_stage(cx: &mut Cx<'_>, dossier: &Dossier) -> Result<Clocks, Error> {
    if dossier.stage()?.limit.is_none() {
        return Ok(Clocks::default());
    }
    let calendar = cx.work_calendar(dossier.process.pipeline.calendar.as_ref())?;
    clocks(dossier, &calendar).map_err(|invalid| Error::invalid("at", invalid))
}

/// Does what a timer of a deal's stage stands for: tells whom it concerns, or waits where the rules have changed.
pub(in crate::api) fn stage_timer(cx: &mut Cx<'_>, timer: &Timer) -> Result<(), Error> {
    let id = Id::<Opportunity>::new(timer.subject);
    if timer.subject_kind != KIND_NAME || cx.find(id)?.is_none() {
        return Ok(());
    }
    let dossier = cx.dossier(id)?;
    let manager = cx.find(dossier.deal.owner)?.and_then(|owner| owner.manager);
    let calendar = cx.work_calendar(dossier.process.pipeline.calendar.as_ref())?;
    let due = due(timer.code, &dossier, manager, &calendar, cx.now());
    match due.map_err(|invalid| Error::invalid("", invalid))? {
        Due::Nothing => Ok(()),
        Due::Later(due_at) => {
            let id = cx.new_id();
            cx.put(&Timer { id, due_at, ..timer.clone() })
        }
        Due::Tell { recipient, due_at } => cx.notify(recipient, timer.code, id, due_at),
    }
}

/// Will set the tasks of the stage that a deal entered, those that it did not get before. Nothing is planned with a
/// customer that is archived; where the owner left, the tasks are the actor's.
pub(super) fn set_tasks(cx: &mut Cx<'_>, dossier: &Dossier) -> Result<(), Error> {
    let deal = &dossier.deal;
    let tasks = opportunity::tasks::<Activity>(dossier);
    if tasks.is_empty() || cx.get(deal.customer)?.status != CustomerStatus::Active {
        return Ok(());
    }
    let owner = cx.find(deal.owner)?.filter(|owner| owner.active).map(|owner| owner.id);
    for (id, task) in tasks {
        let after = TimeDelta::minutes(task.due_minutes.into());
        let at = cx.now().checked_add(after);
        if at.is_none() || cx.find::<Activity>(id)?.is_some() {
            continue;
        }
        let wish = ActivityWish {
            id: Some(id),
            kind: ActivityKind::Task.code().to_owned(),
            at,
            opportunity: Some(deal.id),
            owner,
            subject: Some(task.subject.to_string()),
            ..Default::default()
        };
        PlanActivity(wish).run(cx)?;
    }
    Ok(())
}
