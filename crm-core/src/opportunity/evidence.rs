//! Showing what a stage asks for: ticked items, documents, approvals.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::{Ctx, Dossier, Evidence, Opportunity};
use crate::access::{Access, permits};
use crate::decision::{Check, Refusal};
use crate::pipeline::{Approval, Ask, EvidenceKind};
use crate::value::{Code, Id, Invalid};

/// Ticks an item, hands in a document or gives an approval that a stage of the deal's process asks for.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Provide {
    /// For which deal.
    pub id: Id<Opportunity>,
    /// `checklist`, `document` or `approval`.
    pub kind: String,
    /// What stages call it.
    pub code: String,
    /// The document, where it is one.
    #[serde(default)]
    pub document: Option<Document>,
}

/// Takes back what was shown, such as a tick by mistake.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Withdraw {
    /// For which deal.
    pub id: Id<Opportunity>,
    /// `checklist`, `document` or `approval`.
    pub kind: String,
    /// What stages call it.
    pub code: String,
}

/// Where the host keeps a document. The engine keeps no contents.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Document {
    /// What the host calls it: 1 to 500 characters.
    pub reference: String,
    /// The SHA-256 of its contents, in lower-case hexadecimal.
    #[serde(default)]
    pub hash: Option<String>,
    /// Its media type, such as `application/pdf`.
    #[serde(default)]
    pub media_type: Option<String>,
}

/// A deal and what was shown for it.
#[derive(Clone, Debug, PartialEq)]
pub struct Provided {
    /// The deal.
    pub deal: Opportunity,
    /// What was shown; what was there before where it was the same.
    pub evidence: Evidence,
}

/// Shows something that a stage of the process asks for. Showing the same again is once; another document under the same
/// code is added beside the first. Rule OPP-8 (F063, W04).
///
/// # Errors
///
/// `opportunity.already_closed` · `code.unknown` (kind) · `opportunity.evidence_unknown` for what no stage asks for (the
/// allowed codes) · `opportunity.approval_denied` to one who may not give it (the allowed roles), `opportunity.access_denied`
/// to one who may not sell · `opportunity.document_missing`, `opportunity.document_unwanted`,
/// `opportunity.document_reference`, `opportunity.document_hash`.
pub fn provide(
    dossier: &Dossier,
    wish: &Provide,
    id: Id<Evidence>,
    ctx: Ctx,
) -> Result<Provided, Refusal> {
    let stage = dossier.open_stage()?.id;
    let mut check = Check::default();
    let Some(asked) = asked(dossier, &wish.kind, &wish.code, &mut check) else {
        return check.finish(None);
    };
    permitted(&asked, ctx, &mut check);
    described(asked.kind, wish.document.as_ref(), &mut check);
    check.done()?;
    let Document { reference, hash, media_type } = wish.document.clone().unwrap_or_default();
    let new = Evidence {
        id,
        opportunity: dossier.deal.id,
        kind: asked.kind,
        code: asked.code,
        stage,
        document: Some(reference).filter(|reference| !reference.is_empty()),
        hash,
        media_type,
        by: ctx.by,
        at: ctx.now,
        ext: Default::default(),
    };
    let same = |there: &&Evidence| {
        (there.kind, &there.code, &there.document, &there.hash)
            == (new.kind, &new.code, &new.document, &new.hash)
    };
    if let Some(there) = dossier.evidence.iter().find(same) {
        return Ok(Provided { deal: dossier.deal.clone(), evidence: there.clone() });
    }
    let deal = Opportunity { touched_at: ctx.now, ..dossier.deal.clone() };
    Ok(Provided { deal, evidence: new })
}

/// The evidence that is taken back: all of it under that code; none where there is none. Rule OPP-9 (F063).
///
/// # Errors
///
/// `opportunity.already_closed` · `code.unknown` (kind) · `opportunity.evidence_unknown` · `opportunity.approval_denied`,
/// `opportunity.access_denied`: only one who may give it may take it back.
pub fn withdraw(
    dossier: &Dossier,
    wish: &Withdraw,
    ctx: Ctx,
) -> Result<Vec<Id<Evidence>>, Refusal> {
    dossier.open_stage()?;
    let mut check = Check::default();
    let Some(asked) = asked(dossier, &wish.kind, &wish.code, &mut check) else {
        return check.finish(None);
    };
    permitted(&asked, ctx, &mut check);
    check.done()?;
    let meant = |there: &&Evidence| there.kind == asked.kind && there.code == asked.code;
    Ok(dossier.evidence.iter().filter(meant).map(|there| there.id).collect())
}

/// What a process asks for under one code.
struct Asked<'a> {
    kind: EvidenceKind,
    code: Code,
    approvals: Vec<&'a Approval>,
}

fn asked<'a>(dossier: &'a Dossier, kind: &str, code: &str, check: &mut Check) -> Option<Asked<'a>> {
    let kind: EvidenceKind = check.take("kind", kind.parse())?;
    let criteria = dossier.process.active().flat_map(|stage| [&stage.entry, &stage.exit]);
    let asks = criteria.flat_map(|criteria| criteria.asks()).filter(|ask| ask.kind == kind);
    let (meant, others): (Vec<Ask<'a>>, Vec<Ask<'a>>) =
        asks.partition(|ask| ask.code.as_str() == code);
    let Some(first) = meant.first() else {
        let allowed = others.iter().map(|ask| ask.code.to_string());
        check.refuse("code", Invalid::new("opportunity.evidence_unknown", code).allowed(allowed));
        return None;
    };
    let approvals = meant.iter().filter_map(|ask| ask.approval).collect();
    Some(Asked { kind, code: first.code.clone(), approvals })
}

/// Approvals are given by those whom a stage names; everything else by those who sell.
fn permitted(asked: &Asked<'_>, ctx: Ctx, check: &mut Check) {
    if asked.approvals.is_empty() {
        return check.rule(permits(ctx.role, Access::Sell), "", || {
            Invalid::new("opportunity.access_denied", ctx.role.code()).limit("who may sell")
        });
    }
    let may = asked.approvals.iter().any(|approval| approval.may_be_given_by(ctx.role));
    check.rule(may, "code", || {
        Invalid::new("opportunity.approval_denied", ctx.role.code())
            .allowed(asked.approvals.iter().map(|approval| approval.role.code()))
    });
}

fn described(kind: EvidenceKind, document: Option<&Document>, check: &mut Check) {
    let Some(document) = document else {
        return check.rule(kind != EvidenceKind::Document, "document", || {
            Invalid::new("opportunity.document_missing", "").limit("where the document is kept")
        });
    };
    check.rule(kind == EvidenceKind::Document, "document", || {
        Invalid::new("opportunity.document_unwanted", kind.code())
    });
    let length = document.reference.chars().count();
    check.rule((1..=500).contains(&length), "document.reference", || {
        Invalid::new("opportunity.document_reference", &document.reference)
            .limit("1 to 500 characters")
    });
    let is_hex = |hash: &String| {
        hash.len() == 64 && hash.bytes().all(|b| matches!(b, b'0'..=b'9' | b'a'..=b'f'))
    };
    check.rule(document.hash.as_ref().is_none_or(is_hex), "document.hash", || {
        Invalid::new("opportunity.document_hash", document.hash.as_deref().unwrap_or_default())
            .limit("a SHA-256 of 64 hexadecimal digits")
    });
}
