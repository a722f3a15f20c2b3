//! How far a contract is, and what may be done with it then.

use super::Contract;
use crate::codes;
use crate::decision::Refusal;
use crate::machine::{self, Machine};

codes! {
    /// How far a contract is.
    pub enum ContractState {
        /// It is written.
        Draft = "draft",
        /// It waits for approval.
        InApproval = "in_approval",
        /// It may be signed.
        Approved = "approved",
        /// Both signed it, and it was not ended.
        Active = "active",
        /// Its last day is over.
        Expired = "expired",
        /// It was ended before its time.
        Terminated = "terminated",
        /// It was given up before both signed.
        Withdrawn = "withdrawn",
    }
}

codes! {
    /// What is done with a contract.
    pub enum ContractStep {
        /// It is changed before anybody signed.
        Edit = "edit",
        /// It is handed in for approval.
        Submit = "submit",
        /// All whose approval it needs agreed, or it needs none.
        Pass = "pass",
        /// It comes back from approval, rejected or recalled.
        Return = "return",
        /// One of both signs.
        Sign = "sign",
        /// The other of both signs, too.
        Complete = "complete",
        /// It is changed after both signed.
        Amend = "amend",
        /// Another contract goes on from it.
        Renew = "renew",
        /// Its last day is over.
        Expire = "expire",
        /// It is ended before its time.
        Terminate = "terminate",
        /// It is given up before both signed.
        Withdraw = "withdraw",
    }
}

/// The state machine of contracts.
#[derive(Debug)]
pub struct Contracts;

impl Machine for Contracts {
    const NAME: &'static str = "contract";
    type State = ContractState;
    type Step = ContractStep;

    /// Rule CT-1 (F085).
    fn next(state: ContractState, step: ContractStep) -> Result<ContractState, &'static str> {
        use ContractState as S;
        use ContractStep as T;
        match (state, step) {
            (S::Draft | S::InApproval | S::Approved, T::Edit) => Ok(S::Draft),
            (S::Draft, T::Submit) => Ok(S::InApproval),
            (S::InApproval, T::Pass) => Ok(S::Approved),
            (S::InApproval, T::Return) => Ok(S::Draft),
            (S::Approved, T::Sign) => Ok(S::Approved),
            (S::Approved, T::Complete) => Ok(S::Active),
            // An amendment is signed, too.
            (S::Active, T::Sign | T::Complete | T::Amend | T::Renew) => Ok(S::Active),
            (S::Active, T::Expire) => Ok(S::Expired),
            (S::Active, T::Terminate) => Ok(S::Terminated),
            (S::Expired, T::Renew) => Ok(S::Expired),
            (S::Draft | S::InApproval | S::Approved, T::Withdraw) => Ok(S::Withdrawn),
            (S::Draft | S::InApproval, T::Sign | T::Complete) => Err("contract.not_approved"),
            (
                S::Draft | S::InApproval | S::Approved,
                T::Amend | T::Renew | T::Expire | T::Terminate,
            ) => Err("contract.not_signed"),
            (S::Draft | S::Approved | S::Active, T::Pass | T::Return) => {
                Err("contract.not_in_approval")
            }
            (S::InApproval, T::Submit) => Err("contract.in_approval"),
            (S::Approved, T::Submit) => Err("contract.already_approved"),
            (S::Active, T::Edit | T::Submit | T::Withdraw) => Err("contract.already_signed"),
            (S::Expired, _) => Err("contract.expired"),
            (S::Terminated, _) => Err("contract.terminated"),
            (S::Withdrawn, _) => Err("contract.withdrawn"),
        }
    }
}

impl ContractState {
    /// The state after a step.
    ///
    /// # Errors
    ///
    /// The rule that the machine names, with what is allowed instead.
    pub fn after(self, step: ContractStep) -> Result<Self, Refusal> {
        machine::step::<Contracts>(self, step).map_err(Refusal::of)
    }
}

/// A contract that is handed in for approval. Rule CT-2 (F083, F085).
///
/// # Errors
///
/// Those of the state.
pub fn submit(contract: &Contract) -> Result<Contract, Refusal> {
    Ok(Contract { state: contract.state.after(ContractStep::Submit)?, ..contract.clone() })
}

/// A contract after its approval ended: approved, or a draft again. Rule CT-3 (F083, F085).
///
/// # Errors
///
/// `contract.not_in_approval`.
pub fn answered(contract: &Contract, agreed: bool) -> Result<Contract, Refusal> {
    let step = if agreed { ContractStep::Pass } else { ContractStep::Return };
    Ok(Contract { state: contract.state.after(step)?, ..contract.clone() })
}
