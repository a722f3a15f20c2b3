//! A contract is changed: freely before anybody signed, by an amendment after both did.

use chrono::NaiveDate;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::{
    Agreed, Contract, ContractDetails, ContractStep, ContractVersion, Ctx, Difference, compare,
    details,
};
use crate::decision::{Check, Refusal};
use crate::party::Contact;
use crate::record::Ext;
use crate::settings::User;
use crate::value::{Id, Invalid, Note};

/// One field of a contract that changed.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Change {
    /// Which.
    pub field: String,
    /// What it said.
    pub from: Option<String>,
    /// What it says.
    pub to: Option<String>,
}

/// What an amendment changed, and all that was agreed before it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Changes {
    /// Dates, parties and words.
    pub fields: Vec<Change>,
    /// Lines, amounts and terms.
    pub agreed: Vec<Difference>,
    /// What was agreed before.
    pub before: Agreed,
}

/// A contract as amended, and what changed.
#[derive(Clone, Debug, PartialEq)]
pub struct Amended {
    /// The contract.
    pub contract: Contract,
    /// What changed.
    pub version: ContractVersion,
}

/// A contract as its editor left it before anybody signed: a draft, and theirs; approval that it had or waited for is void.
/// Rule CT-8 (F083, F085).
///
/// # Errors
///
/// Those of the state (`contract.already_signed`) · `contract.signed_by_one` once one of both signed · then those of
/// [`details`].
pub fn edit(
    contract: &Contract,
    wish: &ContractDetails,
    signatures: usize,
    named: (Option<&Contact>, Id<User>),
    ctx: Ctx,
) -> Result<Contract, Refusal> {
    let state = contract.state.after(ContractStep::Edit)?;
    let mut check = Check::default();
    check.rule(signatures == 0, "", || {
        Invalid::new("contract.signed_by_one", &signatures.to_string()).limit("withdraw it instead")
    });
    check.done()?;
    let after = details(contract, wish, false, named)?;
    Ok(Contract { state, author: ctx.by, ..after })
}

/// A contract after an amendment: its next revision, which both sign, too, and what changed. Rule CT-9 (F085).
///
/// # Errors
///
/// Those of the state (`contract.not_signed`) · `contract.amendment_unsigned` while the last one is not signed by both ·
/// those of [`details`] · `text.*` (reason) · `contract.nothing_changed`.
pub fn amend(
    contract: &Contract,
    wish: &ContractDetails,
    reason: &str,
    (id, named): (Id<ContractVersion>, (Option<&Contact>, Id<User>)),
    ctx: Ctx,
) -> Result<Amended, Refusal> {
    let state = contract.state.after(ContractStep::Amend)?;
    let mut check = Check::default();
    check.rule(contract.is_signed(), "", || {
        Invalid::new("contract.amendment_unsigned", &contract.revision.to_string())
            .limit("the last amendment signed by both")
    });
    check.done()?;
    let mut check = Check::default();
    let after = check.below("set", details(contract, wish, false, named));
    let reason = check.take("reason", Note::parse(reason));
    let (after, reason) = check.finish(after.zip(reason))?;
    let changes = Changes {
        fields: changed(contract, &after),
        agreed: compare(&contract.agreed, &after.agreed),
        before: contract.agreed.clone(),
    };
    if changes.fields.is_empty() && changes.agreed.is_empty() {
        return Err(Refusal::by("contract.nothing_changed", "set", ""));
    }
    let revision = contract.revision.saturating_add(1);
    let version = ContractVersion {
        id,
        contract: contract.id,
        revision,
        changes,
        reason,
        by: ctx.by,
        at: ctx.now,
        ext: Ext::new(),
    };
    let contract = Contract { state, revision, author: ctx.by, ..after };
    Ok(Amended { contract, version })
}

/// The dates, parties and words that differ. Who is talked to there and who looks after it is no part of what was agreed.
fn changed(before: &Contract, after: &Contract) -> Vec<Change> {
    let day = |day: NaiveDate| Some(day.to_string());
    let said = |of: &Contract| {
        [
            ("name", Some(of.name.to_string())),
            ("our_party", of.our_party.as_ref().map(ToString::to_string)),
            ("their_party", of.their_party.as_ref().map(ToString::to_string)),
            ("starts_on", day(of.starts_on)),
            ("ends_on", of.ends_on.and_then(day)),
            ("notice_days", Some(of.notice_days.to_string())),
        ]
    };
    let pairs = said(before).into_iter().zip(said(after));
    let differ = pairs.filter(|((_, from), (_, to))| from != to);
    differ.map(|((field, from), (_, to))| Change { field: field.to_owned(), from, to }).collect()
}
