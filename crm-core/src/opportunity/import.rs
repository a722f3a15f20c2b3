//! A deal that another system knew: decided like a live one, without replaying how it came about.

use chrono::NaiveDate;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use super::amend::{self, Details};
use super::{
    AmountBasis, Ctx, Dossier, Opportunity, OpportunityLine, Phase, SetLine, SetLines, StageMove,
    set_lines,
};
use crate::catalog::Product;
use crate::codes;
use crate::decision::{Check, Refusal};
use crate::party::{Contact, Customer};
use crate::pipeline::{MoveKind, Pipeline, Process, Stage, StageKind};
use crate::record::Ext;
use crate::settings::User;
use crate::value::{Code, Id, Invalid, Money, Note, Shared, Timestamp};

codes! {
    /// How an imported deal stands.
    pub enum ImportedOutcome {
        /// It is worked on.
        Open = "open",
        /// It is won.
        Won = "won",
        /// It is lost.
        Lost = "lost",
    }
}

/// A deal of another system.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct ImportOpportunity {
    /// The id it shall have.
    pub id: Option<Id<Opportunity>>,
    /// What it is called.
    pub name: String,
    /// Who may buy, or bought.
    pub customer: Option<Id<Customer>>,
    /// With whom it was talked about there.
    pub contact: Option<Id<Contact>>,
    /// Who looks after it; the actor where nobody is named.
    pub owner: Option<Id<User>>,
    /// The process it follows; the default where none is named.
    pub pipeline: Option<Id<Pipeline>>,
    /// The code of the stage it stands in; where it is closed and no moves are known, the stage of its end will do.
    pub stage: Option<String>,
    /// `open`, `won` or `lost`; what the stage says where it is left out.
    pub outcome: Option<String>,
    /// What it may bring, or brought; the sum of the lines where it is left out.
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
    /// When it was made; the first move, else the closing, else now, where it is left out.
    pub created_at: Option<Timestamp>,
    /// When it was won or lost; required then.
    pub closed_at: Option<Timestamp>,
    /// Why it was lost: a code of the vocabulary `loss_reason`; required then.
    pub loss_reason: Option<String>,
    /// What there is to say about it; required for the reason `other`.
    pub loss_note: Option<String>,
    /// Its product lines.
    pub lines: Vec<SetLine>,
    /// The stages it went through, in order, where they are known.
    pub moves: Vec<ImportedMove>,
    /// Custom values by the code of their field.
    pub custom: Ext,
}

/// One stage that an imported deal went through.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct ImportedMove {
    /// The code of the stage.
    pub stage: String,
    /// When it came there.
    pub at: Timestamp,
}

/// What an imported deal is made of besides the wish.
pub struct ImportGrounds<'a> {
    /// The identity of the deal.
    pub id: Id<Opportunity>,
    /// The customer.
    pub customer: Id<Customer>,
    /// The process.
    pub process: &'a Shared<Process>,
    /// Who looks after it.
    pub owner: Id<User>,
    /// The products of its lines; one that is no longer sold was sold then.
    pub products: &'a [Product],
    /// The day of an instant in the tenant's zone.
    pub day: &'a dyn Fn(Timestamp) -> NaiveDate,
}

/// An imported deal with its rows.
#[derive(Clone, Debug, PartialEq)]
pub struct ImportedDeal {
    /// The deal.
    pub deal: Opportunity,
    /// Its lines.
    pub lines: Vec<OpportunityLine>,
    /// Its moves; none where its history is not known.
    pub moves: Vec<StageMove>,
}

/// A deal of another system, as it stood there. What stages ask for is not asked of it. Without moves it counts in totals,
/// win rate and cycle, not in funnels and times in stage. Rule OPP-20 (F212).
///
/// # Errors
///
/// Those of [`amend`](super::amend()) for its fields · `opportunity.stage.unknown` (stage, moves) · `code.unknown` (outcome)
/// · `opportunity.outcome_contradicts` where stage and outcome disagree · `opportunity.closed_at_missing` ·
/// `opportunity.lost_reason_missing` · `opportunity.lost_note_missing` · `time.future` · `opportunity.closed_before_creation`
/// · `opportunity.before_last_move` for moves out of order or after the closing · those of
/// [`set_lines`](super::set_lines()) for its lines.
pub fn import(
    wish: &ImportOpportunity,
    grounds: &ImportGrounds<'_>,
    new_id: &mut dyn FnMut() -> Uuid,
    ctx: Ctx,
) -> Result<ImportedDeal, Refusal> {
    let mut check = Check::default();
    let first = wish.moves.first().map(|step| step.at);
    let created_at = wish.created_at.or(first).or(wish.closed_at).unwrap_or(ctx.now);
    past("created_at", wish.created_at, ctx, &mut check);
    past("closed_at", wish.closed_at, ctx, &mut check);
    let fields = amend::fields(&wish.details(), (grounds.day)(created_at), &mut check);
    let stage =
        wish.stage.as_deref().and_then(|code| coded(grounds.process, "stage", code, &mut check));
    let outcome = outcome(wish, stage, &mut check);
    let path = path(wish, grounds.process, created_at, &mut check);
    let phase = phase(
        wish,
        grounds.process,
        stage.or(path.last().map(|(stage, _)| *stage)),
        outcome,
        &mut check,
    );
    if let Some(closed_at) = wish.closed_at {
        check.rule(closed_at >= created_at, "closed_at", || {
            Invalid::new("opportunity.closed_before_creation", &closed_at.to_string())
                .limit(format!("at least {created_at}"))
        });
    }
    let (Some(fields), Some(phase)) = (fields, phase) else { return check.finish(None) };
    check.done()?;
    let entered = path.last().map_or(created_at, |(_, at)| *at);
    let moves = moves(&path, &phase, grounds, new_id, ctx);
    let deal = Opportunity {
        id: grounds.id,
        name: fields.name,
        customer: grounds.customer,
        contact: wish.contact,
        owner: grounds.owner,
        pipeline: grounds.process.pipeline.id,
        phase: Phase::Open { stage: phase.stage() },
        amount: wish.amount,
        amount_basis: AmountBasis::Entered,
        expected_close: wish.expected_close,
        source: fields.source,
        region: fields.region,
        need: fields.need,
        competitor: fields.competitor,
        probability_override: None,
        stage_entered_at: phase.closed_at().unwrap_or(entered),
        created_at,
        touched_at: ctx.now,
        has_history: !moves.is_empty(),
        ext: wish.custom.clone(),
    };
    let process = grounds.process.clone();
    let dossier =
        Dossier { deal, process, moves: Vec::new(), evidence: Vec::new(), lines: Vec::new() };
    let products: Vec<Product> = grounds
        .products
        .iter()
        .map(|product| Product { active: true, ..product.clone() })
        .collect();
    let basis = if wish.amount.is_some() { AmountBasis::Entered } else { AmountBasis::Lines };
    let lines = SetLines {
        id: grounds.id,
        lines: wish.lines.clone(),
        amount_basis: Some(basis)
            .filter(|_| !wish.lines.is_empty())
            .map(|basis| basis.code().to_owned()),
    };
    let set = set_lines(&dossier, &lines, &products, &mut || Id::new(new_id()), ctx)?;
    Ok(ImportedDeal { deal: Opportunity { phase, ..set.deal }, lines: set.lines, moves })
}

/// Refuses an instant that is still to come.
fn past(path: &str, at: Option<Timestamp>, ctx: Ctx, check: &mut Check) {
    if let Some(at) = at {
        check.rule(at <= ctx.now, path, || {
            Invalid::new("time.future", &at.to_string()).limit(format!("at most {}", ctx.now))
        });
    }
}

fn coded<'a>(process: &'a Process, path: &str, code: &str, check: &mut Check) -> Option<&'a Stage> {
    let stage = process.coded(code);
    check.rule(stage.is_some(), path, || {
        let invalid = Invalid::new("opportunity.stage.unknown", code);
        invalid.allowed(Process::codes(process.active()))
    });
    stage
}

/// How the deal stands: as its outcome says, or as its stage does; they must not disagree.
fn outcome(
    wish: &ImportOpportunity,
    stage: Option<&Stage>,
    check: &mut Check,
) -> Option<ImportedOutcome> {
    let said = wish.outcome.is_some();
    let given: Option<ImportedOutcome> = check.parse("outcome", wish.outcome.as_deref());
    let implied = stage.map(|stage| match stage.kind {
        StageKind::Open => ImportedOutcome::Open,
        StageKind::Won => ImportedOutcome::Won,
        StageKind::Lost => ImportedOutcome::Lost,
    });
    match (given, implied) {
        (None, _) if said => None,
        (None, implied) => Some(implied.unwrap_or(ImportedOutcome::Open)),
        (Some(given), Some(implied)) if implied != given && implied != ImportedOutcome::Open => {
            let invalid = Invalid::new("opportunity.outcome_contradicts", given.code());
            check.refuse("outcome", invalid.limit(format!("the stage says {implied}")));
            None
        }
        (Some(given), _) => Some(given),
    }
}

/// The open stages it went through, each with when it came there.
fn path<'a>(
    wish: &ImportOpportunity,
    process: &'a Process,
    created_at: Timestamp,
    check: &mut Check,
) -> Vec<(&'a Stage, Timestamp)> {
    let mut path = Vec::new();
    let mut last = created_at;
    for (index, step) in wish.moves.iter().enumerate() {
        let field = format!("moves[{index}]");
        let Some(stage) = coded(process, &format!("{field}.stage"), &step.stage, check) else {
            continue;
        };
        let until = wish.closed_at.is_none_or(|closed| step.at <= closed);
        check.rule(step.at >= last && until, &format!("{field}.at"), || {
            Invalid::new("opportunity.before_last_move", &step.at.to_string())
                .limit(format!("at least {last}, at most the closing"))
        });
        last = step.at.max(last);
        if stage.kind == StageKind::Open {
            // It has stood in its first stage since it was made.
            let at = if path.is_empty() { created_at } else { step.at };
            path.push((stage, at));
        }
    }
    path
}

fn phase(
    wish: &ImportOpportunity,
    process: &Process,
    stage: Option<&Stage>,
    outcome: Option<ImportedOutcome>,
    check: &mut Check,
) -> Option<Phase> {
    let outcome = outcome?;
    let end = match outcome {
        ImportedOutcome::Open => process.open().next(),
        ImportedOutcome::Won => process.end(StageKind::Won),
        ImportedOutcome::Lost => process.end(StageKind::Lost),
    };
    let from = stage.or(end)?.id;
    if outcome == ImportedOutcome::Open {
        return Some(Phase::Open { stage: from });
    }
    check.rule(wish.closed_at.is_some(), "closed_at", || {
        Invalid::new("opportunity.closed_at_missing", "").limit("when it was won or lost")
    });
    if outcome == ImportedOutcome::Won {
        return wish.closed_at.map(|at| Phase::Won { from, at });
    }
    check.rule(wish.loss_reason.is_some(), "loss_reason", || {
        Invalid::new("opportunity.lost_reason_missing", "").limit("why it was lost")
    });
    let reason: Option<Code> = check.parse("loss_reason", wish.loss_reason.as_deref());
    let unsaid = wish.loss_reason.as_deref() == Some("other") && wish.loss_note.is_none();
    check.rule(!unsaid, "loss_note", || {
        Invalid::new("opportunity.lost_note_missing", "other").limit("say what the other reason is")
    });
    let note: Option<Note> = check.parse("loss_note", wish.loss_note.as_deref());
    Some(Phase::Lost { from, at: wish.closed_at?, reason: reason?, note })
}

/// The rows that tell of the path, and of the closing at its end.
fn moves(
    path: &[(&Stage, Timestamp)],
    phase: &Phase,
    grounds: &ImportGrounds<'_>,
    new_id: &mut dyn FnMut() -> Uuid,
    ctx: Ctx,
) -> Vec<StageMove> {
    let mut moves: Vec<StageMove> = Vec::new();
    let mut from: Option<&Stage> = None;
    let end = match phase {
        Phase::Open { .. } => None,
        Phase::Won { .. } => grounds.process.end(StageKind::Won),
        Phase::Lost { .. } => grounds.process.end(StageKind::Lost),
    };
    let closing = end.zip(phase.closed_at()).filter(|_| !path.is_empty());
    for (to, at) in path.iter().copied().chain(closing) {
        let kind = from.map_or(MoveKind::Create, |from| grounds.process.kind_of(from, to));
        moves.push(StageMove {
            id: Id::new(new_id()),
            opportunity: grounds.id,
            ordinal: u32::try_from(moves.len()).unwrap_or(u32::MAX),
            kind,
            from: from.map(|stage| stage.id),
            to: to.id,
            at,
            by: ctx.by,
            override_reason: None,
            ext: Ext::new(),
        });
        from = Some(to);
    }
    moves
}

impl ImportOpportunity {
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

#[cfg(test)]
mod tests {
    use uuid::Uuid;

    use super::super::tests::{at, code, ctx, stage};
    use super::*;
    use crate::pipeline::tests::process as of_stages;

    fn process() -> Shared<Process> {
        of_stages("a b c won lost", "").into()
    }

    fn decide(wish: &ImportOpportunity) -> Result<ImportedDeal, String> {
        let process = process();
        let grounds = ImportGrounds {
            id: Id::new(Uuid::from_u128(0x40)),
            customer: Id::new(Uuid::from_u128(0x10)),
            process: &process,
            owner: Id::new(Uuid::from_u128(1)),
            products: &[],
            day: &|at| at.utc().date_naive(),
        };
        let mut next = 0x80;
        let mut new_id = || {
            next += 1;
            Uuid::from_u128(next)
        };
        import(wish, &grounds, &mut new_id, ctx(9)).map_err(|refusal| code(&refusal))
    }

    fn wish(
        stage: &str,
        outcome: &str,
        closed: Option<u32>,
        moves: &[(&str, u32)],
    ) -> ImportOpportunity {
        let given = |text: &str| (!text.is_empty()).then(|| text.to_owned());
        let step = |(stage, hour): &(&str, u32)| ImportedMove {
            stage: (*stage).to_owned(),
            at: at(*hour),
        };
        ImportOpportunity {
            name: "old".to_owned(),
            stage: given(stage),
            outcome: given(outcome),
            created_at: Some(at(1)),
            closed_at: closed.map(at),
            loss_reason: given("price").filter(|_| outcome == "lost"),
            moves: moves.iter().map(step).collect(),
            ..Default::default()
        }
    }

    #[test]
    fn a_deal_of_another_system_stands_as_it_stood_there() {
        let end = |code: &str| process().coded(code).unwrap().id;
        let price: Code = "price".parse().unwrap();
        let won = |from, hour| Ok((Phase::Won { from, at: at(hour) }, false));
        let lost = Phase::Lost { from: stage("b"), at: at(5), reason: price, note: None };
        let no = |code: &str| Err(code.to_owned());
        let open = |code, history| Ok((Phase::Open { stage: stage(code) }, history));
        let table = [
            // a deal that …                        stage, outcome, closed, moves        stands …, history known
            ("says nothing is open at the start", wish("", "", None, &[]), open("a", false)),
            ("names a stage is open there", wish("b", "", None, &[]), open("b", false)),
            ("names the won end is won there", wish("won", "", Some(5), &[]), won(end("won"), 5)),
            ("is won from a stage", wish("b", "won", Some(5), &[]), won(stage("b"), 5)),
            ("is lost from a stage", wish("b", "lost", Some(5), &[]), Ok((lost.clone(), false))),
            ("tells its moves", wish("", "", None, &[("a", 1), ("c", 3)]), open("c", true)),
            (
                "tells how it was lost",
                wish("", "lost", Some(5), &[("a", 1), ("b", 3)]),
                Ok((lost, true)),
            ),
            ("is won, but when", wish("won", "", None, &[]), no("opportunity.closed_at_missing")),
            (
                "contradicts itself",
                wish("won", "lost", Some(5), &[]),
                no("opportunity.outcome_contradicts"),
            ),
            ("names no stage of ours", wish("x", "", None, &[]), no("opportunity.stage.unknown")),
            (
                "goes back in time",
                wish("", "", None, &[("a", 3), ("b", 2)]),
                no("opportunity.before_last_move"),
            ),
            (
                "ends before it begins",
                wish("won", "", Some(0), &[]),
                no("opportunity.closed_before_creation"),
            ),
            ("ends tomorrow", wish("won", "", Some(33), &[]), no("time.future")),
        ];
        for (rule, wish, expected) in table {
            let found = decide(&wish).map(|found| (found.deal.phase, found.deal.has_history));
            assert_eq!(found, expected, "a deal that {rule}");
        }
    }
}
