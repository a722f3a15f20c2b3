//! A contract is signed: by both, on the same document.

use chrono::NaiveDate;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::{Contract, ContractSignature, ContractStep, Ctx, Party};
use crate::decision::{Check, Refusal};
use crate::document::{Document, DocumentState};
use crate::record::Ext;
use crate::value::{Id, Invalid, Name};

/// Records that one of both signed a contract as it is, and which document. Once both have, it is active, or, of an
/// amendment, signed again.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Sign {
    /// Which.
    pub id: Id<Contract>,
    /// For whom: `ours` or `theirs`.
    pub party: Party,
    /// Who signed.
    pub signed_by: String,
    /// On which day; today where nothing is said.
    #[serde(default)]
    pub signed_on: Option<NaiveDate>,
    /// The document that was signed, attached to the contract.
    pub document: Id<Document>,
}

/// A contract after somebody signed, and the signature.
#[derive(Clone, Debug, PartialEq)]
pub struct Signed {
    /// The contract.
    pub contract: Contract,
    /// The signature.
    pub signature: ContractSignature,
}

/// A contract after one of both signed; `others` are the signatures of its revision there are. Rule CT-10 (F085, F087).
///
/// # Errors
///
/// Those of the state (`contract.not_approved`) · `contract.signed_already` by that party · `text.*` (signed_by) ·
/// `time.future` (signed_on) · `contract.document_of_other` for a document of another record · `contract.document_bad` for
/// one that was found missing or altered · `contract.document_differs` from the one that the other signed (the limit is its
/// hash).
pub fn sign(
    contract: &Contract,
    wish: &Sign,
    document: &Document,
    others: &[ContractSignature],
    (id, ctx): (Id<ContractSignature>, Ctx),
) -> Result<Signed, Refusal> {
    let both = others.iter().any(|other| other.party != wish.party);
    let step = if both { ContractStep::Complete } else { ContractStep::Sign };
    let state = contract.state.after(step)?;
    let mut check = Check::default();
    check.rule(others.iter().all(|other| other.party != wish.party), "party", || {
        Invalid::new("contract.signed_already", wish.party.code())
    });
    let signed_by = check.take("signed_by", Name::parse(&wish.signed_by));
    let signed_on = wish.signed_on.unwrap_or(ctx.today);
    check.rule(signed_on <= ctx.today, "signed_on", || {
        Invalid::new("time.future", &signed_on.to_string()).limit(format!("at most {}", ctx.today))
    });
    let own = document.subject_kind == "contract" && document.subject == contract.id.uuid();
    check.rule(own, "document", || {
        Invalid::new("contract.document_of_other", &document.id.to_string())
    });
    let bad = [DocumentState::Missing, DocumentState::Altered].contains(&document.state);
    check.rule(!bad, "document", || Invalid::new("contract.document_bad", document.state.code()));
    let other = others.iter().find(|other| other.hash != document.hash);
    check.rule(other.is_none(), "document", || {
        let differs = Invalid::new("contract.document_differs", &document.hash);
        differs.limit(other.map(|other| other.hash.clone()).unwrap_or_default())
    });
    let signature = signed_by.map(|signed_by| ContractSignature {
        id,
        contract: contract.id,
        revision: contract.revision,
        party: wish.party,
        signed_by,
        signed_on,
        document: document.id,
        hash: document.hash.clone(),
        by: ctx.by,
        at: ctx.now,
        ext: Ext::new(),
    });
    let signature = check.finish(signature)?;
    let mut contract = Contract { state, ..contract.clone() };
    if both {
        let last = others.iter().map(|other| other.signed_on).chain([signed_on]).max();
        contract = Contract { signed_revision: contract.revision, signed_on: last, ..contract };
    }
    Ok(Signed { contract, signature })
}
