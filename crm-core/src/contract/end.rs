//! How a contract ends, and what goes on from it.

use chrono::{Days, NaiveDate};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::{Contract, ContractState, ContractStep, Ctx};
use crate::decision::{Check, Refusal};
use crate::settings::{DocumentNumber, Settings};
use crate::value::{Id, Invalid, Note};

/// Makes the contract that goes on from one: a draft with the same lines and terms, from the day after it ends.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Renew {
    /// Which.
    pub id: Id<Contract>,
    /// The id that the new contract shall have; made by the engine where there is none.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub new_id: Option<Id<Contract>>,
    /// What the new contract is called, where the host gives the numbers.
    #[serde(default)]
    pub number: Option<String>,
    /// The last day on which the new contract holds; for as many days as the one before where nothing is said.
    #[serde(default)]
    pub ends_on: Option<NaiveDate>,
}

/// Ends a contract before its time.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Terminate {
    /// Which.
    pub id: Id<Contract>,
    /// The last day on which it held; today where nothing is said.
    #[serde(default)]
    pub on: Option<NaiveDate>,
    /// Why.
    pub reason: String,
}

/// Gives up a contract before both signed.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct WithdrawContract {
    /// Which.
    pub id: Id<Contract>,
    /// Why.
    pub reason: String,
}

/// The day from which the renewal of a contract is due; nothing where no end was agreed.
pub fn renewal_from(contract: &Contract) -> Option<NaiveDate> {
    contract.ends_on?.checked_sub_days(Days::new(contract.notice_days.into()))
}

/// The contract that goes on from one, a draft that names it. The one before goes on until its own end. Rule CT-11 (F085).
///
/// # Errors
///
/// Those of the state (`contract.not_signed`) · `contract.renewed_already` (the limit names the successor) ·
/// `contract.open_ended` for one without an end · `contract.period` for an end before the beginning.
pub fn renew(
    contract: &Contract,
    wish: &Renew,
    successor: Option<&Contract>,
    (id, number): (Id<Contract>, DocumentNumber),
    ctx: Ctx,
) -> Result<Contract, Refusal> {
    contract.state.after(ContractStep::Renew)?;
    let mut check = Check::default();
    let open = successor.filter(|other| other.state != ContractState::Withdrawn);
    check.rule(open.is_none(), "id", || {
        let named = open.map(|other| other.number.to_string()).unwrap_or_default();
        Invalid::new("contract.renewed_already", contract.number.as_str()).limit(named)
    });
    check.rule(contract.ends_on.is_some(), "id", || {
        Invalid::new("contract.open_ended", contract.number.as_str())
    });
    let days = contract.ends_on.map(|end| (end, end.signed_duration_since(contract.starts_on)));
    let starts_on = days.and_then(|(end, _)| end.succ_opt()).unwrap_or(ctx.today);
    let same = days.and_then(|(_, held)| starts_on.checked_add_signed(held));
    let ends_on = wish.ends_on.or(same);
    check.rule(ends_on.is_none_or(|end| end >= starts_on), "ends_on", || {
        let end = ends_on.map(|end| end.to_string()).unwrap_or_default();
        Invalid::new("contract.period", &end).limit(format!("not before {starts_on}"))
    });
    check.finish(Some(Contract {
        id,
        number,
        revision: 1,
        author: ctx.by,
        state: ContractState::Draft,
        starts_on,
        ends_on,
        signed_revision: 0,
        signed_on: None,
        created_at: ctx.now,
        ended_at: None,
        terminated_on: None,
        reason: None,
        previous: Some(contract.id),
        ..contract.clone()
    }))
}

/// A contract that was ended before its time. Rule CT-12 (F085).
///
/// # Errors
///
/// Those of the state (`contract.not_signed`) · `contract.terminated_on` outside its days or after today · `text.*`
/// (reason).
pub fn terminate(contract: &Contract, wish: &Terminate, ctx: Ctx) -> Result<Contract, Refusal> {
    let state = contract.state.after(ContractStep::Terminate)?;
    let mut check = Check::default();
    let on = wish.on.unwrap_or(ctx.today);
    let last = contract.ends_on.map_or(ctx.today, |end| end.min(ctx.today));
    check.rule(on <= last && (on >= contract.starts_on || wish.on.is_none()), "on", || {
        Invalid::new("contract.terminated_on", &on.to_string())
            .limit(format!("{} to {last}", contract.starts_on))
    });
    let reason = check.take("reason", Note::parse(&wish.reason));
    check.finish(reason.map(|reason| Contract {
        state,
        terminated_on: Some(on),
        ended_at: Some(ctx.now),
        reason: Some(reason),
        ..contract.clone()
    }))
}

/// A contract that was given up. Rule CT-13 (F085).
///
/// # Errors
///
/// Those of the state (`contract.already_signed`) · `text.*` (reason).
pub fn withdraw(
    contract: &Contract,
    wish: &WithdrawContract,
    ctx: Ctx,
) -> Result<Contract, Refusal> {
    let state = contract.state.after(ContractStep::Withdraw)?;
    let mut check = Check::default();
    let reason = check.take("reason", Note::parse(&wish.reason));
    check.finish(reason.map(|reason| Contract {
        state,
        ended_at: Some(ctx.now),
        reason: Some(reason),
        ..contract.clone()
    }))
}

/// A contract whose last day is over. Nothing where it still holds, or ended before. Rule CT-14 (F085).
pub fn expire(contract: &Contract, ctx: Ctx) -> Option<Contract> {
    let state = contract.state.after(ContractStep::Expire).ok()?;
    let over = contract.ends_on.is_some_and(|end| ctx.today > end);
    over.then(|| Contract { state, ended_at: Some(ctx.now), ..contract.clone() })
}

/// Whether what a contract is about may be delivered on a day: always, unless the tenant wants a signed contract before;
/// then it is active, some revision of it is signed by both, and it holds on that day. Rule CT-15 (F086).
///
/// # Errors
///
/// `contract.missing` · `contract.unsigned` · `contract.ended` · `contract.not_begun`.
pub fn may_deliver(
    settings: &Settings,
    contract: Option<&Contract>,
    on: NaiveDate,
) -> Result<(), Invalid> {
    if settings.contract_before_delivery != Some(true) {
        return Ok(());
    }
    let Some(contract) = contract else {
        return Err(Invalid::new("contract.missing", "").limit("a contract signed by both"));
    };
    let number = contract.number.as_str();
    if contract.signed_revision == 0 {
        return Err(Invalid::new("contract.unsigned", number).limit("signed by both"));
    }
    let over = contract.ends_on.is_some_and(|end| on > end);
    if contract.state != ContractState::Active || over {
        return Err(Invalid::new("contract.ended", number).limit("one that holds"));
    }
    if on < contract.starts_on {
        let begins = format!("not before {}", contract.starts_on);
        return Err(Invalid::new("contract.not_begun", number).limit(begins));
    }
    Ok(())
}
