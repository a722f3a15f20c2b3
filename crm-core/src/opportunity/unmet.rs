//! What a deal still lacks before it may enter a stage.

use core::cmp::Ordering;

use super::Dossier;
use crate::access::Role;
use crate::decision::{Refusal, Violation};
use crate::pipeline::{Criteria, EvidenceKind, MoveKind, Stage};
use crate::value::{Invalid, Money};

/// Everything that an open deal lacks before `role` may move it into `target`, never only the first. Rule OPP-4 (F063).
///
/// On the way forward, to the next stage or past some, and to the won end: what its stage asks for before it is left, then
/// what the target asks for before it is entered. Going back and losing ask for nothing. Each lack is one
/// `opportunity.stage.criteria_unmet`: its path is the criterion (`exit.document.needs_report`, `entry.fields.amount`), its
/// value the stage that asks, its limit what is asked for.
///
/// # Errors
///
/// `opportunity.already_closed`.
pub fn unmet(dossier: &Dossier, target: &Stage, role: Role) -> Result<Vec<Violation>, Refusal> {
    let from = dossier.open_stage()?;
    match dossier.process.kind_of(from, target) {
        MoveKind::Back | MoveKind::Lost => Ok(Vec::new()),
        MoveKind::Create
        | MoveKind::Forward
        | MoveKind::Skip
        | MoveKind::Won
        | MoveKind::Reopen
        | MoveKind::Pipeline => {
            let mut unmet = unmet_at(dossier, from, "exit", &from.exit, role);
            unmet.extend(unmet_at(dossier, target, "entry", &target.entry, role));
            Ok(unmet)
        }
    }
}

/// What a deal lacks that stands in a stage, or would, of what the stage asks for before it is entered: nothing makes it go,
/// but it did not come in that way.
pub fn unmet_in(dossier: &Dossier, stage: &Stage, role: Role) -> Vec<Violation> {
    unmet_at(dossier, stage, "entry", &stage.entry, role)
}

/// What a deal lacks of one stage's criteria.
pub(super) fn unmet_at(
    dossier: &Dossier,
    stage: &Stage,
    side: &str,
    criteria: &Criteria,
    role: Role,
) -> Vec<Violation> {
    let mut unmet = Vec::new();
    let mut lacks = |path: String, limit: String| {
        let invalid = Invalid::new("opportunity.stage.criteria_unmet", stage.code.as_str());
        unmet.push(Violation::at(format!("{side}.{path}"), invalid.limit(limit)));
    };
    for field in criteria.fields.iter().filter(|field| !holds(dossier, field)) {
        lacks(format!("fields.{field}"), format!("{field} must be known"));
    }
    let amount = dossier.deal.amount;
    let is = |bound: Money, wanted: Ordering| {
        amount.is_some_and(|amount| {
            amount.compare(bound).is_ok_and(|found| found == wanted || found == Ordering::Equal)
        })
    };
    if let Some(low) = criteria.amount_at_least.filter(|low| !is(*low, Ordering::Greater)) {
        lacks("amount_at_least".to_owned(), format!("an amount of at least {low}"));
    }
    if let Some(high) = criteria.amount_at_most.filter(|high| !is(*high, Ordering::Less)) {
        lacks("amount_at_most".to_owned(), format!("an amount of at most {high}"));
    }
    for ask in criteria.asks() {
        let shown = |shown: &&super::Evidence| shown.kind == ask.kind && shown.code == *ask.code;
        if dossier.evidence.iter().find(shown).is_none() {
            let by = ask.approval.map(|approval| format!(" by {}", approval.role));
            let what = match ask.kind {
                EvidenceKind::Checklist => "ticked",
                EvidenceKind::Document => "provided",
                EvidenceKind::Approval => "approved",
            };
            let limit = format!("{}: to be {what}{}", ask.name, by.unwrap_or_default());
            lacks(format!("{}.{}", ask.kind, ask.code), limit);
        }
    }
    if let Some(least) = criteria.role.filter(|_| !criteria.admits(role)) {
        lacks("role".to_owned(), format!("at least {least}"));
    }
    unmet
}

/// Whether a field of the deal holds something.
fn holds(dossier: &Dossier, field: &str) -> bool {
    let deal = &dossier.deal;
    match field {
        "amount" => deal.amount.is_some(),
        "expected_close" => deal.expected_close.is_some(),
        "need" => deal.need.is_some(),
        "contact" => deal.contact.is_some(),
        "source" => deal.source.is_some(),
        "region" => deal.region.is_some(),
        "competitor" => deal.competitor.is_some(),
        "lines" => !dossier.lines.is_empty(),
        "probability_override" => deal.probability_override.is_some(),
        _ => {
            let code = field.strip_prefix("custom.");
            code.and_then(|code| deal.ext.get(code)).is_some_and(|value| !value.is_null())
        }
    }
}
