//! Questions about deals.

use std::collections::BTreeSet;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::stand::seconds;
use crate::access::Access;
use crate::api::Listed;
use crate::api::page::{self, Wanted};
use crate::catalog::Product;
use crate::decision::Violation;
use crate::engine::{Cx, Error, Operation};
use crate::opportunity::{
    Opportunity, OpportunityLine, Phase, StageFocus, StageMove, focus, history, unmet,
};
use crate::party::Customer;
use crate::pipeline::{MoveKind, Pipeline, Process, Stage};
use crate::record::{Entity, Val};
use crate::settings::User;
use crate::store::{Cursor, Scan};
use crate::value::{Code, Id, Invalid, Name, Timestamp};

/// Whether a deal may go to a stage now, and everything that it lacks for that.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct CanEnter {
    /// Which deal.
    pub id: Id<Opportunity>,
    /// The code of the stage; an end too.
    pub stage: String,
}

/// Whether a deal may go to a stage.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Entrance {
    /// It may, now.
    pub allowed: bool,
    /// The process leads there from where it stands; if not, meeting what is unmet does not help.
    pub leads_there: bool,
    /// The codes of the stages to which the process leads.
    pub targets: Vec<String>,
    /// What the move would do.
    pub kind: MoveKind,
    /// Everything that it lacks, one violation each.
    pub unmet: Vec<Violation>,
}

impl Operation for CanEnter {
    const NAME: &'static str = "opportunity.can_enter";
    const ACCESS: Access = Access::Read;
    type Response = Entrance;

    fn run(&self, cx: &mut Cx<'_>) -> Result<Entrance, Error> {
        let dossier = cx.dossier(self.id)?;
        let process = &dossier.process;
        let target = process.coded(&self.stage).ok_or_else(|| {
            let invalid = Invalid::new("opportunity.stage.unknown", &self.stage);
            Error::invalid("stage", invalid.allowed(Process::codes(process.active())))
        })?;
        let from = dossier.open_stage()?;
        let unmet = unmet(&dossier, target, cx.actor()?.role)?;
        let targets = Process::codes(process.targets(from).into_iter());
        let leads_there = targets.contains(&self.stage);
        let kind = process.kind_of(from, target);
        Ok(Entrance { allowed: leads_there && unmet.is_empty(), leads_there, targets, kind, unmet })
    }
}

/// Deals that pass every filter that is given, a page at a time.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct ListOpportunities {
    /// Only those of this customer.
    pub customer: Option<Id<Customer>>,
    /// Only those that this user looks after.
    pub owner: Option<Id<User>>,
    /// Only those that follow this pipeline.
    pub pipeline: Option<Id<Pipeline>>,
    /// Only those that stand in this stage, or stood in it when they were closed.
    pub stage: Option<Id<Stage>>,
    /// `open`, `won` or `lost`.
    pub phase: Option<String>,
    /// Rows in a page: 1 to 1,000; 100 where nothing is said.
    pub limit: Option<u32>,
    /// Where the page before ended.
    pub after: Option<String>,
}

impl Operation for ListOpportunities {
    const NAME: &'static str = "opportunity.list";
    const ACCESS: Access = Access::Read;
    type Response = Listed<Opportunity>;

    fn run(&self, cx: &mut Cx<'_>) -> Result<Listed<Opportunity>, Error> {
        let phase = self.phase.as_deref();
        if let Some(code) = phase.filter(|code| !Phase::CODES.contains(code)) {
            let invalid = Invalid::new("code.unknown", code);
            return Err(Error::invalid("phase", invalid.allowed(Phase::CODES.iter().copied())));
        }
        let (index, prefix) = self.listing();
        let wanted = Wanted::of(index, &prefix).page(self.limit, self.after.as_deref());
        cx.listed(wanted, |deal: &Opportunity| {
            self.customer.is_none_or(|customer| deal.customer == customer)
                && self.owner.is_none_or(|owner| deal.owner == owner)
                && self.pipeline.is_none_or(|pipeline| deal.pipeline == pipeline)
                && self.stage.is_none_or(|stage| deal.phase.stage() == stage)
                && phase.is_none_or(|phase| deal.phase.code() == phase)
        })
    }
}

impl ListOpportunities {
    /// The listing with the fewest rows to look at, and the values that they share.
    fn listing(&self) -> (u16, Vec<Val>) {
        let phase = self.phase.as_deref().map(Val::from);
        let with_phase = |first: uuid::Uuid| [Val::Id(first)].into_iter().chain(phase.clone());
        if let Some(customer) = self.customer {
            (Opportunity::BY_CUSTOMER, vec![Val::Id(customer.uuid())])
        } else if let Some(stage) = self.stage {
            (Opportunity::BY_STAGE, with_phase(stage.uuid()).collect())
        } else if let Some(owner) = self.owner {
            (Opportunity::BY_OWNER, with_phase(owner.uuid()).collect())
        } else if let Some(pipeline) = self.pipeline {
            (Opportunity::BY_PIPELINE, with_phase(pipeline.uuid()).collect())
        } else {
            (Opportunity::BY_PHASE, phase.into_iter().collect())
        }
    }
}

/// How long a deal stood where, and every move it made.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct GetHistory {
    /// Which deal.
    pub id: Id<Opportunity>,
}

/// The history of a deal.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct SeenHistory {
    /// Its stays in order: without gap, without overlap, from its creation until now.
    pub stays: Vec<StageStay>,
    /// The time in each stage, in the order in which it first entered them.
    pub stages: Vec<StageTime>,
    /// Its moves in order.
    pub moves: Vec<StageMove>,
    /// How often it was opened again.
    pub reopened: u32,
    /// Whether its moves are known from the beginning.
    pub complete: bool,
}

/// A stay in a stage.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct StageStay {
    /// The stage.
    pub stage: Id<Stage>,
    /// Its code.
    pub stage_code: Code,
    /// Its name, as it is now.
    pub stage_name: Name,
    /// From this instant on.
    pub entered_at: Timestamp,
    /// Until this one; the last stay has no end yet.
    pub left_at: Option<Timestamp>,
    /// How long.
    pub seconds: u32,
}

/// The time that a deal spent in a stage.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct StageTime {
    /// The stage.
    pub stage: Id<Stage>,
    /// Its code.
    pub stage_code: Code,
    /// How often it entered the stage.
    pub stays: u32,
    /// Seconds of the last stay.
    pub seconds_latest: u32,
    /// Seconds of all stays together.
    pub seconds_cumulative: u32,
}

impl Operation for GetHistory {
    const NAME: &'static str = "opportunity.history";
    const ACCESS: Access = Access::Read;
    type Response = SeenHistory;

    fn run(&self, cx: &mut Cx<'_>) -> Result<SeenHistory, Error> {
        let deal = cx.get(self.id)?;
        let of = [Val::Id(self.id.uuid())];
        let moves = cx.list::<StageMove>(StageMove::BY_OPPORTUNITY, &of)?;
        let history = history(&deal, &moves);
        let now = cx.now();
        let mut stays = Vec::new();
        let mut stages: Vec<StageTime> = Vec::new();
        for stay in &history.intervals {
            let Stage { code, name, .. } = cx.get(stay.stage)?;
            if stages.iter().all(|met| met.stage != stay.stage) {
                let count = history.stays(stay.stage).count();
                stages.push(StageTime {
                    stage: stay.stage,
                    stage_code: code.clone(),
                    stays: u32::try_from(count).unwrap_or(u32::MAX),
                    seconds_latest: seconds(history.latest(stay.stage, now)),
                    seconds_cumulative: seconds(history.cumulative(stay.stage, now)),
                });
            }
            stays.push(StageStay {
                stage: stay.stage,
                stage_code: code,
                stage_name: name,
                entered_at: stay.entered_at,
                left_at: stay.left_at,
                seconds: seconds(stay.length(now)),
            });
        }
        let (reopened, complete) = (history.reopened, deal.has_history);
        Ok(SeenHistory { stays, stages, moves, reopened, complete })
    }
}

/// How many open deals stand in which stage of a pipeline, and which they are.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct FocusOpportunities {
    /// Of which pipeline; the default one where none is named.
    pub pipeline: Option<Id<Pipeline>>,
    /// Only deals that this user looks after.
    pub owner: Option<Id<User>>,
    /// Only deals of this region.
    pub region: Option<String>,
    /// Only deals with a line of this product.
    pub product: Option<Id<Product>>,
    /// Deals shown of each stage: 1 to 1,000; 100 where nothing is said. The counts are of all.
    pub limit: Option<u32>,
}

/// How the open deals of a pipeline stand.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Focused {
    /// Of which pipeline.
    pub pipeline: Id<Pipeline>,
    /// At which instant.
    pub as_of: Timestamp,
    /// Its stages in order.
    pub stages: Vec<StageFocus>,
}

impl Operation for FocusOpportunities {
    const NAME: &'static str = "opportunity.focus";
    const ACCESS: Access = Access::Report;
    type Response = Focused;

    fn run(&self, cx: &mut Cx<'_>) -> Result<Focused, Error> {
        let limit = usize::try_from(page::limit(self.limit)?).unwrap_or(usize::MAX);
        let pipeline = match self.pipeline {
            Some(id) => id,
            None => default_pipeline(cx)?,
        };
        let process = cx.process(pipeline)?;
        let with_product = self.product.map(|product| selling(cx, product)).transpose()?;
        let region = self.region.as_deref();
        let deals =
            every(cx, Opportunity::BY_PIPELINE, &of_open(pipeline), |deal: &Opportunity| {
                self.owner.is_none_or(|owner| deal.owner == owner)
                    && region
                        .is_none_or(|r| deal.region.as_ref().is_some_and(|of| of.as_str() == r))
                    && with_product.as_ref().is_none_or(|deals| deals.contains(&deal.id))
            })?;
        let stages = focus(&process, &deals, cx.now());
        let mut stages = stages.map_err(|invalid| Error::invalid("", invalid))?;
        stages.iter_mut().for_each(|stage| stage.deals.truncate(limit));
        Ok(Focused { pipeline, as_of: cx.now(), stages })
    }
}

fn of_open(pipeline: Id<Pipeline>) -> [Val; 2] {
    [Val::Id(pipeline.uuid()), Val::from("open")]
}

fn default_pipeline(cx: &mut Cx<'_>) -> Result<Id<Pipeline>, Error> {
    let default = cx.pipelines()?.into_iter().find(|pipeline| pipeline.is_default);
    let none = || Error::invalid("pipeline", Invalid::new("pipeline.none", ""));
    Ok(default.ok_or_else(none)?.id)
}

/// The deals that have a line of a product.
fn selling(cx: &Cx<'_>, product: Id<Product>) -> Result<BTreeSet<Id<Opportunity>>, Error> {
    let of = [Val::Id(product.uuid())];
    let lines = every(cx, OpportunityLine::BY_PRODUCT, &of, |_: &OpportunityLine| true)?;
    Ok(lines.into_iter().map(|line| line.opportunity).collect())
}

/// Every row of a listing that passes `keep`.
fn every<T: Entity>(
    cx: &Cx<'_>,
    index: u16,
    prefix: &[Val],
    keep: impl Fn(&T) -> bool,
) -> Result<Vec<T>, Error> {
    let mut found = Vec::new();
    let mut after: Option<Cursor> = None;
    loop {
        cx.checkpoint()?;
        let scan = Scan { after: after.as_ref(), ..Scan::of(cx.tenant(), T::KIND, index, prefix) };
        let page = cx.page::<T>(&scan)?;
        found.extend(page.rows.into_iter().map(|(_, row)| row).filter(&keep));
        match page.next {
            Some(next) => after = Some(next),
            None => return Ok(found),
        }
    }
}
