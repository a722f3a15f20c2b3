//! A deal: what a customer may buy, how far it has come, and how it ended.
//!
//! Where a deal stands is one value, its [`Phase`]: a fact that exists only after closing lives only in the closed
//! variants, so reopening cannot leave a closing date behind. Odds, weighted amounts and times in stage are computed from
//! it, never stored.

mod advance;
mod amend;
mod close;
mod create;
mod evidence;
mod focus;
mod history;
mod import;
mod limits;
mod lines;
mod phase;
mod probability;
mod process;
mod tasks;
mod unmet;

use crate::access::Role;
use crate::catalog::Product;
use crate::decision::{Check, Refusal, Violation};
use crate::machine::Machine;
use crate::party::{Contact, Customer};
use crate::pipeline::{EvidenceKind, MoveKind, Pipeline, Process, Stage};
use crate::settings::User;
use crate::value::{
    Code, Id, Invalid, Money, Name, Note, Percent, Quantity, Shared, Timestamp, UnitPrice,
};
use crate::{codes, record};
use chrono::NaiveDate;

pub use advance::{Advance, Moved, advance};
pub use amend::{Details, Named, amend};
pub use close::{Lose, Reopen, Win, lose, reopen, win};
pub use create::{CreateOpportunity, Grounds, create};
pub use evidence::{Document, Provide, Provided, Withdraw, provide, withdraw};
pub use focus::{FocusDeal, StageFocus, focus};
pub use history::{History, Interval, history};
pub use import::{
    ImportGrounds, ImportOpportunity, ImportedDeal, ImportedMove, ImportedOutcome, import,
};
pub use limits::{Clocks, Due, clocks, due, is_dormant};
pub use lines::{SetLine, SetLines, SetOfLines, set_lines};
pub use phase::{DealState, DealStep, Deals, Phase};
pub use probability::{
    Odds, OddsBasis, ProbabilityOverride, SetProbability, odds, set_probability,
};
pub use process::{ChangePipeline, change_pipeline, remap};
pub use tasks::tasks;
pub use unmet::{unmet, unmet_in};

codes! {
    /// Where the amount of a deal comes from.
    pub enum AmountBasis {
        /// Somebody entered it, or will; product lines do not change it.
        Entered = "entered",
        /// It is the sum of the product lines.
        Lines = "lines",
    }
}

record! {
    /// A deal.
    pub struct Opportunity: Opportunity {
        /// What it is called.
        1 name: Name;
        /// Who may buy.
        2 customer: Id<Customer>;
        /// With whom it is talked about there.
        3 contact: Option<Id<Contact>>;
        /// Who looks after it.
        4 owner: Id<User>;
        /// The process it follows.
        5 pipeline: Id<Pipeline>;
        /// How far it has come, or how it ended.
        6 phase: Phase;
        /// What it may bring; nothing where nobody knows, never 0.
        11 amount: Option<Money>;
        /// Where the amount comes from.
        13 amount_basis: AmountBasis;
        /// The day on which it is expected to be won.
        14 expected_close: Option<NaiveDate>;
        /// A code of the vocabulary `source`.
        15 source: Option<Code>;
        /// The region it belongs to.
        16 region: Option<Name>;
        /// What the customer needs.
        17 need: Option<Note>;
        /// Who else wants to sell it.
        18 competitor: Option<Name>;
        /// Odds that somebody knows better than the stage does.
        19 probability_override: Option<ProbabilityOverride>;
        /// Since when it stands where it stands.
        21 stage_entered_at: Timestamp;
        /// When it was made.
        22 created_at: Timestamp;
        /// When anything last happened to it.
        23 touched_at: Timestamp;
        /// Whether its moves are known; those of an imported deal may not be.
        24 has_history: bool;
    }
    listings {
        1 "by_customer" ["customer", "created_at"];
        2 "by_owner" ["owner", "phase", "created_at"];
        3 "by_stage" ["phase_stage", "phase"];
        4 "by_pipeline" ["pipeline", "phase", "created_at"];
        5 "by_phase" ["phase", "created_at"];
        10 "by_contact" ["contact", "created_at"];
    }
}

impl Opportunity {
    /// The listing by customer, the oldest first.
    pub const BY_CUSTOMER: u16 = 1;
    /// The listing by owner and phase, the oldest first.
    pub const BY_OWNER: u16 = 2;
    /// The listing by stage and phase; of a closed deal, the stage it stood in.
    pub const BY_STAGE: u16 = 3;
    /// The listing by pipeline and phase, the oldest first.
    pub const BY_PIPELINE: u16 = 4;
    /// The listing by phase, the oldest first.
    pub const BY_PHASE: u16 = 5;
    /// The listing by contact, the oldest first.
    pub const BY_CONTACT: u16 = 10;
}

record! {
    /// One product line of a deal.
    pub struct OpportunityLine: OpportunityLine {
        /// Of which.
        1 opportunity: Id<Opportunity>;
        /// 0, 1, 2… in their order.
        2 ordinal: u32;
        /// Which product.
        3 product: Id<Product>;
        /// How many or how much.
        4 quantity: Quantity;
        /// The price of one.
        5 unit_price: UnitPrice;
        /// What is taken off.
        7 discount: Percent;
        /// Unit price × quantity × (100 − discount) %, rounded once, halves up.
        8 net: Money;
    }
    listings {
        1 "by_opportunity" ["opportunity", "ordinal"];
        2 "by_product" ["product"];
    }
}

impl OpportunityLine {
    /// The listing by deal, in order.
    pub const BY_OPPORTUNITY: u16 = 1;
    /// The listing by product.
    pub const BY_PRODUCT: u16 = 2;
}

record! {
    /// One move of a deal. Written once: a change of rules does not rewrite what happened under the old ones.
    pub struct StageMove: StageMove, append_only {
        /// Of which deal.
        1 opportunity: Id<Opportunity>;
        /// 0, 1, 2… in their order.
        2 ordinal: u32;
        /// What it did.
        3 kind: MoveKind;
        /// From where; nothing for the first.
        4 from: Option<Id<Stage>>;
        /// To where.
        5 to: Id<Stage>;
        /// When.
        6 at: Timestamp;
        /// Who.
        7 by: Id<User>;
        /// Why what the stages ask for was not waited for.
        8 override_reason: Option<Note>;
    }
    listings {
        1 unique "by_opportunity" ["opportunity", "ordinal"];
        2 "by_at" ["at"];
    }
}

impl StageMove {
    /// The listing by deal, in order.
    pub const BY_OPPORTUNITY: u16 = 1;
    /// The listing by time.
    pub const BY_AT: u16 = 2;
}

record! {
    /// Something that a stage asks for and that is there: an item ticked, a document, an approval.
    pub struct Evidence: Evidence {
        /// Of which deal.
        1 opportunity: Id<Opportunity>;
        /// How it is shown.
        2 kind: EvidenceKind;
        /// What stages call it.
        3 code: Code;
        /// Where the deal stood then.
        4 stage: Id<Stage>;
        /// Where the host keeps the document.
        5 document: Option<String>;
        /// The SHA-256 of the document, in hexadecimal.
        6 hash: Option<String>;
        /// The media type of the document.
        7 media_type: Option<String>;
        /// Who.
        8 by: Id<User>;
        /// When.
        9 at: Timestamp;
    }
    listings {
        1 "by_opportunity" ["opportunity", "kind", "code"];
    }
}

impl Evidence {
    /// The listing by deal.
    pub const BY_OPPORTUNITY: u16 = 1;
}

/// A deal with everything that a decision about it reads.
#[derive(Clone, Debug, PartialEq)]
pub struct Dossier {
    /// The deal.
    pub deal: Opportunity,
    /// The process it follows.
    pub process: Shared<Process>,
    /// Its moves, in order.
    pub moves: Vec<StageMove>,
    /// What was shown for it.
    pub evidence: Vec<Evidence>,
    /// Its product lines, in order.
    pub lines: Vec<OpportunityLine>,
}

/// Who decides, and when.
#[derive(Clone, Copy, Debug)]
pub struct Ctx {
    /// Who.
    pub by: Id<User>,
    /// As what.
    pub role: Role,
    /// When.
    pub now: Timestamp,
}

impl Dossier {
    /// The stage in which the deal stands, or stood when it was closed.
    ///
    /// # Errors
    ///
    /// `opportunity.stage.unknown` where the process has no such stage, which only a damaged store can bring about.
    pub fn stage(&self) -> Result<&Stage, Refusal> {
        let id = self.deal.phase.stage();
        let unknown = || Refusal::by("opportunity.stage.unknown", "", &id.to_string());
        self.process.stage(id).ok_or_else(unknown)
    }

    /// The stage in which an open deal stands.
    ///
    /// # Errors
    ///
    /// `opportunity.already_closed`.
    pub fn open_stage(&self) -> Result<&Stage, Refusal> {
        self.deal.open()?;
        self.stage()
    }

    /// The deal after a move to `phase`, and the row that tells of it.
    fn moved(&self, step: Step, phase: Phase, ctx: Ctx) -> Moved {
        let ordinal = self.moves.last().map_or(0, |last| last.ordinal.saturating_add(1));
        let last = self.moves.last().map(|last| last.to);
        let step_row = StageMove {
            id: step.id,
            opportunity: self.deal.id,
            ordinal,
            kind: step.kind,
            from: last.or(Some(self.deal.phase.stage())),
            to: step.to,
            at: step.at,
            by: ctx.by,
            override_reason: step.override_reason,
            ext: Default::default(),
        };
        let deal = Opportunity {
            phase,
            stage_entered_at: step.at,
            touched_at: ctx.now,
            ..self.deal.clone()
        };
        Moved { deal, step: step_row }
    }

    /// The instant of a move: the one that was named, or now.
    fn instant(&self, at: Option<Timestamp>, ctx: Ctx, check: &mut Check) -> Timestamp {
        let Some(at) = at else { return ctx.now };
        check.rule(at <= ctx.now, "at", || {
            Invalid::new("time.future", &at.to_string()).limit(format!("at most {}", ctx.now))
        });
        let last = self.moves.last().map_or(self.deal.stage_entered_at, |last| last.at);
        check.rule(at >= last, "at", || {
            Invalid::new("opportunity.before_last_move", &at.to_string())
                .limit(format!("at least {last}"))
        });
        at
    }
}

/// A move before it has a number.
struct Step {
    id: Id<StageMove>,
    kind: MoveKind,
    to: Id<Stage>,
    at: Timestamp,
    override_reason: Option<Note>,
}

impl Opportunity {
    /// Whether it may still be worked on.
    ///
    /// # Errors
    ///
    /// `opportunity.already_closed`, with the instant at which it was closed.
    pub fn open(&self) -> Result<(), Refusal> {
        Deals::next(self.phase.state(), DealStep::Advance).map(drop).map_err(|rule| {
            let since = self.phase.closed_at().map(|at| at.to_string()).unwrap_or_default();
            Refusal::of(Violation::at("", Invalid::new(rule, &since).limit("reopen it first")))
        })
    }
}

#[cfg(test)]
pub(crate) mod tests;
