//! A new deal.

use chrono::NaiveDate;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::amend::{self, Details};
use super::{
    AmountBasis, Ctx, Dossier, Opportunity, Phase, StageMove, Step, advance, unmet::unmet_at,
};
use crate::decision::{Check, Refusal};
use crate::party::{Contact, Customer, CustomerStatus};
use crate::pipeline::{MoveKind, Pipeline, Process, Stage, StageKind};
use crate::record::Ext;
use crate::settings::User;
use crate::value::{Id, Invalid, Money, Shared};

/// A new deal: a name and a customer are enough.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct CreateOpportunity {
    /// The id it shall have; made by the engine where there is none.
    pub id: Option<Id<Opportunity>>,
    /// What it is called.
    pub name: String,
    /// Who may buy.
    pub customer: Option<Id<Customer>>,
    /// With whom it is talked about there.
    pub contact: Option<Id<Contact>>,
    /// Who looks after it; the actor where nobody is named.
    pub owner: Option<Id<User>>,
    /// The process it follows; the one for that kind of customer, or the default, where none is named.
    pub pipeline: Option<Id<Pipeline>>,
    /// The code of the stage it begins in; the first where none is named.
    pub stage: Option<String>,
    /// What it may bring; leave it out where nobody knows.
    pub amount: Option<Money>,
    /// The day on which it is expected to be won.
    pub expected_close: Option<NaiveDate>,
    /// A code of the vocabulary `source`.
    pub source: Option<String>,
    /// The region it belongs to.
    pub region: Option<String>,
    /// What the customer needs.
    pub need: Option<String>,
    /// Who else wants to sell it.
    pub competitor: Option<String>,
    /// Why it may begin where it does not have what that stage asks for. Needs the right to override.
    pub override_reason: Option<String>,
    /// Custom values by the code of their field.
    pub custom: Ext,
}

/// What a new deal is made of besides the wish.
#[derive(Clone, Copy, Debug)]
pub struct Grounds<'a> {
    /// The identity of the deal.
    pub id: Id<Opportunity>,
    /// The identities of its moves: creation, and winning where it begins won.
    pub moves: [Id<StageMove>; 2],
    /// The customer.
    pub customer: &'a Customer,
    /// With whom it is talked about.
    pub contact: Option<&'a Contact>,
    /// The process.
    pub process: &'a Shared<Process>,
    /// Who looks after it.
    pub owner: Id<User>,
    /// Today, in the tenant's zone.
    pub today: NaiveDate,
}

/// A new deal in the first stage of its process, or in the named one. Rule OPP-1 (F060, W02).
///
/// A deal that begins won was open for no time at all: it has two moves at one instant. What the stages before ask for is
/// not asked of a deal that begins later; what its own stage asks for is.
///
/// # Errors
///
/// `opportunity.customer_archived` · `opportunity.contact_elsewhere` · those of [`amend`](super::amend()) for its fields · `opportunity.stage.unknown` (the
/// allowed codes) · `opportunity.lost_reason_missing` for a deal that would begin lost · `opportunity.override_denied`,
/// `text.*` · `opportunity.stage.criteria_unmet`, one for each unmet item.
pub fn create(
    wish: &CreateOpportunity,
    grounds: Grounds<'_>,
    ctx: Ctx,
) -> Result<(Opportunity, Vec<StageMove>), Refusal> {
    let mut check = Check::default();
    check.rule(grounds.customer.status == CustomerStatus::Active, "customer", || {
        Invalid::new("opportunity.customer_archived", grounds.customer.name.as_str())
    });
    amend::at_customer(grounds.contact, grounds.customer.id, &mut check);
    let fields = amend::fields(&wish.details(), grounds.today, &mut check);
    let begin = begin(wish.stage.as_deref(), grounds.process, &mut check);
    let override_reason =
        advance::override_reason(wish.override_reason.as_deref(), ctx, &mut check);
    let (Some(fields), Some((first, stage))) = (fields, begin) else {
        return check.finish(None);
    };
    let deal = Opportunity {
        id: grounds.id,
        name: fields.name,
        customer: grounds.customer.id,
        contact: wish.contact,
        owner: grounds.owner,
        pipeline: grounds.process.pipeline.id,
        phase: Phase::Open { stage: first.id },
        amount: wish.amount,
        amount_basis: AmountBasis::Entered,
        expected_close: wish.expected_close,
        source: fields.source,
        region: fields.region,
        need: fields.need,
        competitor: fields.competitor,
        probability_override: None,
        stage_entered_at: ctx.now,
        created_at: ctx.now,
        touched_at: ctx.now,
        has_history: true,
        ext: wish.custom.clone(),
    };
    let mut dossier = Dossier {
        deal,
        process: grounds.process.clone(),
        moves: Vec::new(),
        evidence: Vec::new(),
        lines: Vec::new(),
    };
    if override_reason.is_none() {
        for violation in unmet_at(&dossier, stage, "entry", &stage.entry, ctx.role) {
            check.add(violation);
        }
    }
    let [created, won] = grounds.moves;
    let step =
        Step { id: created, kind: MoveKind::Create, to: first.id, at: ctx.now, override_reason };
    let phase = Phase::Open { stage: first.id };
    let begun = dossier.moved(step, phase, ctx);
    dossier.moves.push(StageMove { from: None, ..begun.step });
    if stage.kind == StageKind::Won {
        let step =
            Step { id: won, kind: MoveKind::Won, to: stage.id, at: ctx.now, override_reason: None };
        let moved = dossier.moved(step, Phase::Won { from: first.id, at: ctx.now }, ctx);
        dossier.deal = moved.deal;
        dossier.moves.push(moved.step);
    }
    check.finish(Some((dossier.deal, dossier.moves)))
}

/// The open stage in which a deal begins, and the stage whose criteria count: the same, or the won end.
fn begin<'a>(
    code: Option<&str>,
    process: &'a Process,
    check: &mut Check,
) -> Option<(&'a Stage, &'a Stage)> {
    let first = process.open().next();
    let stage = match code {
        None => first,
        Some(code) => process.coded(code),
    };
    let Some(stage) = stage else {
        let allowed = process.active().filter(|stage| stage.kind != StageKind::Lost);
        let invalid = Invalid::new("opportunity.stage.unknown", code.unwrap_or_default());
        check.refuse("stage", invalid.allowed(Process::codes(allowed)));
        return None;
    };
    match stage.kind {
        StageKind::Open => Some((stage, stage)),
        StageKind::Won => first.map(|first| (first, stage)),
        StageKind::Lost => {
            let invalid = Invalid::new("opportunity.lost_reason_missing", stage.code.as_str());
            check.refuse("stage", invalid.limit("create it open, then lose it for a reason"));
            None
        }
    }
}

impl CreateOpportunity {
    fn details(&self) -> Details {
        Details {
            name: self.name.clone(),
            contact: self.contact,
            owner: self.owner,
            amount: self.amount,
            expected_close: self.expected_close,
            source: self.source.clone(),
            region: self.region.clone(),
            need: self.need.clone(),
            competitor: self.competitor.clone(),
            custom: self.custom.clone(),
        }
    }
}
