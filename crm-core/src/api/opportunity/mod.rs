//! Operations on deals.

mod query;
mod stand;

use chrono::NaiveDate;
use chrono_tz::Tz;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::{Created, Seen};
use crate::access::Access;
use crate::engine::{Cx, Edits, Error, Operation, amended};
use crate::opportunity::{
    self, Advance, ChangePipeline, CreateOpportunity, Ctx, Dossier, Evidence, Grounds, Lose, Moved,
    Named, Opportunity, OpportunityLine, Provide, Reopen, SetLines, SetProbability, StageMove, Win,
    Withdraw,
};
use crate::pipeline::{MoveKind, NewDeal};
use crate::record::{Entity, Val};
use crate::settings::Settings;
use crate::value::{Id, Invalid, Timestamp};

pub use query::{
    CanEnter, Entrance, FocusOpportunities, Focused, GetHistory, ListOpportunities, SeenHistory,
    StageStay, StageTime,
};
pub use stand::{GetOpportunity, NextMove, SeenOpportunity, Standing};

pub(super) use stand::{reschedule, schedule, stage_timer};

impl Cx<'_> {
    /// A deal with everything that a decision about it reads.
    pub(super) fn dossier(&mut self, id: Id<Opportunity>) -> Result<Dossier, Error> {
        let deal = self.get(id)?;
        let of = [Val::Id(id.uuid())];
        Ok(Dossier {
            process: self.process(deal.pipeline)?,
            moves: self.list::<StageMove>(StageMove::BY_OPPORTUNITY, &of)?,
            evidence: self.list::<Evidence>(Evidence::BY_OPPORTUNITY, &of)?,
            lines: self.list::<OpportunityLine>(OpportunityLine::BY_OPPORTUNITY, &of)?,
            deal,
        })
    }

    /// Who decides, and when.
    pub(super) fn deciding(&self) -> Result<Ctx, Error> {
        let actor = self.actor()?;
        Ok(Ctx { by: actor.id, role: actor.role, now: self.now() })
    }

    /// Will write a deal that moved, the move, and what will be due in its new stage.
    pub(super) fn moved(
        &mut self,
        dossier: Dossier,
        moved: Moved,
    ) -> Result<Seen<Opportunity>, Error> {
        let Moved { deal, step } = moved;
        let seen = self.amend(&deal)?;
        self.put(&step)?;
        self.happened_at(step.at);
        self.by_rule(deal.pipeline);
        let process = self.process(deal.pipeline)?;
        let mut dossier = Dossier { deal, process, ..dossier };
        dossier.moves.push(step);
        stand::schedule(self, &dossier)?;
        stand::set_tasks(self, &dossier)?;
        let kind = dossier.moves.last().map(|step| step.kind);
        let begins_or_ends = [MoveKind::Reopen, MoveKind::Pipeline, MoveKind::Won, MoveKind::Lost];
        if kind.is_some_and(|kind| begins_or_ends.contains(&kind)) {
            super::pursuit::sleep_timer(self, &dossier.deal)?;
        }
        Ok(seen)
    }

    /// The day of an instant where the tenant is.
    pub(super) fn day(&mut self, at: Timestamp) -> Result<NaiveDate, Error> {
        let zone = self.get(Settings::ID)?.zone.parse().unwrap_or(Tz::UTC);
        Ok(at.day_in(zone))
    }
}

impl Operation for CreateOpportunity {
    const NAME: &'static str = "opportunity.create";
    const ACCESS: Access = Access::Sell;
    type Response = Created<Opportunity>;

    fn run(&self, cx: &mut Cx<'_>) -> Result<Created<Opportunity>, Error> {
        let missing = || Error::invalid("customer", Invalid::new("reference.missing", ""));
        let customer = cx.known("customer", self.customer.ok_or_else(missing)?)?;
        let contact = cx.known_if("contact", self.contact)?;
        let new = NewDeal {
            customer: &customer,
            source: self.source.as_deref(),
            region: self.region.as_deref(),
            amount: self.amount,
        };
        let pipeline = cx.pipeline_of(self.pipeline, &customer, new)?;
        let process = cx.process(pipeline)?;
        let grounds = Grounds {
            id: cx.id_or(self.id),
            moves: [cx.new_id(), cx.new_id()],
            customer: &customer,
            contact: contact.as_ref(),
            process: &process,
            owner: cx.owner_or_actor(self.owner)?,
            today: cx.day(cx.now())?,
        };
        let (mut deal, moves) = opportunity::create(self, grounds, cx.deciding()?)?;
        cx.terms(&[("source", "source", None, deal.source.as_ref())])?;
        deal.ext = cx.custom::<Opportunity>(&self.custom)?;
        let created = cx.create(&deal)?;
        for step in &moves {
            cx.put(step)?;
        }
        cx.by_rule(pipeline);
        let (evidence, lines) = (Vec::new(), Vec::new());
        let dossier = Dossier { deal, process, moves, evidence, lines };
        stand::schedule(cx, &dossier)?;
        stand::set_tasks(cx, &dossier)?;
        super::pursuit::sleep_timer(cx, &dossier.deal)?;
        Ok(created)
    }
}

/// Changes plain fields of a deal: `name`, `contact`, `owner`, `amount`, `expected_close`, `source`, `region`, `need`,
/// `competitor` and `custom.` fields. Each edit says what it replaces: edits of different fields never conflict.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct AmendOpportunity {
    /// Which.
    pub id: Id<Opportunity>,
    /// What shall change.
    pub set: Edits,
}

impl Operation for AmendOpportunity {
    const NAME: &'static str = "opportunity.amend";
    const ACCESS: Access = Access::Sell;
    type Response = Seen<Opportunity>;

    fn run(&self, cx: &mut Cx<'_>) -> Result<Seen<Opportunity>, Error> {
        let before = cx.get(self.id)?;
        let wish = amended(&before.details(), &self.set)?;
        let owner = match wish.owner {
            Some(owner) if owner == before.owner => owner,
            named => cx.owner_or_actor(named)?,
        };
        let contact = wish.contact.filter(|contact| before.contact != Some(*contact));
        let contact = cx.known_if("contact", contact)?;
        let named = Named { owner, contact: contact.as_ref() };
        let created = cx.day(before.created_at)?;
        let after = opportunity::amend(&before, &wish, named, created, cx.now())?;
        cx.terms(&[("source", "source", before.source.as_ref(), after.source.as_ref())])?;
        let ext = cx.custom_after::<Opportunity>(&before.ext, &wish.custom)?;
        cx.amend(&Opportunity { ext, ..after })
    }
}

/// The decisions that move a deal: read, decide, write the deal and the move.
macro_rules! moves {
    ($($wish:ident $name:literal $decide:path;)+) => {$(
        impl Operation for $wish {
            const NAME: &'static str = $name;
            const ACCESS: Access = Access::Sell;
            type Response = Seen<Opportunity>;

            fn run(&self, cx: &mut Cx<'_>) -> Result<Seen<Opportunity>, Error> {
                let dossier = cx.dossier(self.id)?;
                let (id, ctx) = (cx.new_id(), cx.deciding()?);
                let moved = $decide(&dossier, self, id, ctx)?;
                cx.moved(dossier, moved)
            }
        }
    )+};
}

moves! {
    Advance "opportunity.advance" opportunity::advance;
    Reopen "opportunity.reopen" opportunity::reopen;
    Win "opportunity.win" opportunity::win;
}

impl Operation for Lose {
    const NAME: &'static str = "opportunity.lose";
    const ACCESS: Access = Access::Sell;
    type Response = Seen<Opportunity>;

    fn run(&self, cx: &mut Cx<'_>) -> Result<Seen<Opportunity>, Error> {
        let dossier = cx.dossier(self.id)?;
        let (id, ctx) = (cx.new_id(), cx.deciding()?);
        let moved = opportunity::lose(&dossier, self, id, ctx)?;
        let reason = self.reason.as_deref().and_then(|reason| reason.parse().ok());
        cx.terms(&[("reason", "loss_reason", None, reason.as_ref())])?;
        cx.moved(dossier, moved)
    }
}

impl Operation for ChangePipeline {
    const NAME: &'static str = "opportunity.change_pipeline";
    const ACCESS: Access = Access::Sell;
    type Response = Seen<Opportunity>;

    fn run(&self, cx: &mut Cx<'_>) -> Result<Seen<Opportunity>, Error> {
        let dossier = cx.dossier(self.id)?;
        cx.known("pipeline", self.pipeline)?;
        let process = cx.process(self.pipeline)?;
        let (id, ctx) = (cx.new_id(), cx.deciding()?);
        let moved = opportunity::change_pipeline(&dossier, &process, self, id, ctx)?;
        cx.moved(dossier, moved)
    }
}

/// A deal with its product lines.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct SeenLines {
    /// The deal.
    #[serde(flatten)]
    pub deal: Seen<Opportunity>,
    /// Its lines in order.
    pub lines: Vec<OpportunityLine>,
}

impl Operation for SetLines {
    const NAME: &'static str = "opportunity.set_lines";
    const ACCESS: Access = Access::Sell;
    type Response = SeenLines;

    fn run(&self, cx: &mut Cx<'_>) -> Result<SeenLines, Error> {
        let dossier = cx.dossier(self.id)?;
        let mut products = Vec::new();
        for line in self.lines.iter().take(1_000) {
            products.extend(cx.find(line.product)?);
        }
        let ctx = cx.deciding()?;
        let set = opportunity::set_lines(&dossier, self, &products, &mut || cx.new_id(), ctx)?;
        let deal = cx.amend(&set.deal)?;
        for line in &set.lines {
            cx.put(line)?;
        }
        for id in set.removed {
            cx.remove(id)?;
        }
        Ok(SeenLines { deal, lines: set.lines })
    }
}

impl Operation for SetProbability {
    const NAME: &'static str = "opportunity.set_probability";
    const ACCESS: Access = Access::Sell;
    type Response = Seen<Opportunity>;

    fn run(&self, cx: &mut Cx<'_>) -> Result<Seen<Opportunity>, Error> {
        let dossier = cx.dossier(self.id)?;
        let deal = opportunity::set_probability(&dossier, self, cx.deciding()?)?;
        cx.amend(&deal)
    }
}

/// Approvals are given by whoever a stage names, who need not sell; the decision asks for the right to sell otherwise.
impl Operation for Provide {
    const NAME: &'static str = "opportunity.provide";
    const ACCESS: Access = Access::Read;
    type Response = Seen<Evidence>;

    fn run(&self, cx: &mut Cx<'_>) -> Result<Seen<Evidence>, Error> {
        let dossier = cx.dossier(self.id)?;
        let (id, ctx) = (cx.new_id(), cx.deciding()?);
        let provided = opportunity::provide(&dossier, self, id, ctx)?;
        cx.amend(&provided.deal)?;
        cx.amend(&provided.evidence)
    }
}

/// What was taken back.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Withdrawn {
    /// Its ids; none where there was nothing.
    pub removed: Vec<Id<Evidence>>,
}

impl Operation for Withdraw {
    const NAME: &'static str = "opportunity.withdraw";
    const ACCESS: Access = Access::Read;
    type Response = Withdrawn;

    fn run(&self, cx: &mut Cx<'_>) -> Result<Withdrawn, Error> {
        let dossier = cx.dossier(self.id)?;
        let removed = opportunity::withdraw(&dossier, self, cx.deciding()?)?;
        if !removed.is_empty() {
            cx.put(&Opportunity { touched_at: cx.now(), ..dossier.deal })?;
        }
        for id in &removed {
            cx.remove(*id)?;
        }
        Ok(Withdrawn { removed })
    }
}

/// The kind of deals, for timers.
const KIND_NAME: &str = Opportunity::KIND.name();

#[cfg(test)]
mod tests;
