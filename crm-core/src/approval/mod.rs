//! Who must agree before a document goes out: rules as data, a chain of steps for each document, and what was said.
//!
//! The module knows no document. A kind of document plugs in like this:
//!
//! 1. it is a member of [`Approvable`], and its machine has steps to be handed in, passed, returned and edited;
//! 2. it says by a pure function what it measures: its [`Measures`];
//! 3. when it is handed in, [`ask`] makes the request and its chain (nothing where no step asks for it, and the document
//!    passes at once); the unit of work does it by `cx.ask_approval`;
//! 4. `api/approval.rs` tells it how a request ended: one arm of `settled` for each member of [`Approvable`];
//! 5. whatever edits a document that waits or was approved calls `cx.void_approval`: the approval was given to another text.

mod chain;
mod decide;
mod define;
mod lint;
mod measure;

use uuid::Uuid;

pub use chain::{Asking, ask, chain};
pub use decide::{
    Approve, Decided, Delegate, Recall, Reject, Speaker, approve, delegate, recall, reject, void,
};
pub use define::{DefineApprovalPolicy, define};
pub use lint::{Finding, lint};
pub use measure::{Band, MeasuredLine, Measures, MoneyBand, When};

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::access::Role;
use crate::machine::Machine;
use crate::settings::User;
use crate::value::{Code, Id, Name, Note, Timestamp};
use crate::{codes, json_column, record};

codes! {
    /// What needs approval.
    pub enum Approvable {
        /// A quote.
        Quote = "quote",
        /// A contract.
        Contract = "contract",
        /// An order.
        Order = "order",
    }
}

codes! {
    /// How far a request for approval is.
    pub enum ApprovalState {
        /// Somebody must say something.
        Pending = "pending",
        /// All agreed.
        Approved = "approved",
        /// Somebody did not agree.
        Rejected = "rejected",
        /// Whoever asked took it back.
        Recalled = "recalled",
        /// The document was edited: what was said was said of another text.
        Voided = "voided",
    }
}

codes! {
    /// What is done with a request for approval.
    pub enum ApprovalStep {
        /// A step agrees, and others follow.
        Grant = "grant",
        /// The last step agrees.
        Finish = "finish",
        /// The step is left to somebody else.
        Delegate = "delegate",
        /// It goes back to an earlier step.
        SendBack = "send_back",
        /// It goes back to whoever asked.
        Reject = "reject",
        /// Whoever asked takes it back.
        Recall = "recall",
        /// The document was edited.
        Void = "void",
    }
}

/// The state machine of requests for approval.
#[derive(Debug)]
pub struct Approvals;

impl Machine for Approvals {
    const NAME: &'static str = "approval";
    type State = ApprovalState;
    type Step = ApprovalStep;

    /// Rule QU-20 (F083).
    fn next(state: ApprovalState, step: ApprovalStep) -> Result<ApprovalState, &'static str> {
        use ApprovalState as S;
        use ApprovalStep as T;
        match (state, step) {
            (S::Pending, T::Grant | T::Delegate | T::SendBack) => Ok(S::Pending),
            (S::Pending, T::Finish) => Ok(S::Approved),
            (S::Pending, T::Reject) => Ok(S::Rejected),
            (S::Pending, T::Recall) => Ok(S::Recalled),
            (S::Pending | S::Approved, T::Void) => Ok(S::Voided),
            (S::Approved, _) => Err("approval.already_approved"),
            (S::Rejected, _) => Err("approval.already_rejected"),
            (S::Recalled, _) => Err("approval.already_recalled"),
            (S::Voided, _) => Err("approval.already_voided"),
        }
    }
}

/// Who agrees.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Approver {
    /// Anybody with this role.
    Role(Role),
    /// This user.
    User(Id<User>),
    /// The manager of whoever wrote the document.
    Manager,
}

/// One step of the rules: who agrees, and when they are asked.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct PolicyStep {
    /// What decisions call it; no two steps share one.
    pub code: Code,
    /// Its name.
    pub name: Name,
    /// Any of these asks for it; always asked where there is none.
    #[serde(default)]
    pub when: Vec<When>,
    /// Who agrees.
    pub approver: Approver,
}

/// The steps of the rules, in the order in which they are asked.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(transparent)]
pub struct PolicySteps(pub Vec<PolicyStep>);

/// One step of a document's chain.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct ChainStep {
    /// Its code in the rules.
    pub code: Code,
    /// Its name.
    pub name: Name,
    /// Who agrees; the manager of the author as that user.
    pub approver: Approver,
}

/// The steps of a document's chain, in order.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(transparent)]
pub struct Chain(pub Vec<ChainStep>);

json_column! { PolicySteps, Chain, Measures }

record! {
    /// When which documents need whose approval. One for each kind of document.
    pub struct ApprovalPolicy: ApprovalPolicy {
        /// Of which documents.
        1 entity: Approvable;
        /// Counts its definitions, from 1.
        2 revision: u32;
        /// Whether it applies.
        3 active: bool;
        /// Its steps, in order.
        4 steps: PolicySteps;
    }
    listings {
        1 unique "by_entity" ["entity"];
    }
}

impl ApprovalPolicy {
    /// The listing by kind of document.
    pub const BY_ENTITY: u16 = 1;
}

record! {
    /// That a document waits for approval, or was approved or not.
    pub struct ApprovalRequest: ApprovalRequest {
        /// Which document: its kind.
        1 subject_kind: Approvable;
        /// Which document: its id.
        2 subject: Uuid;
        /// By which rules.
        3 policy: Id<ApprovalPolicy>;
        /// By which definition of them.
        4 policy_revision: u32;
        /// Who wrote the document as it is.
        5 author: Id<User>;
        /// Who asked.
        6 asked_by: Id<User>;
        /// How far it is.
        7 state: ApprovalState;
        /// Its steps, in order.
        8 chain: Chain;
        /// Which of them is next, from 0; their number when all agreed.
        9 at: u32;
        /// To whom that step was left.
        10 delegate: Option<Id<User>>;
        /// What was measured when it was asked for.
        11 measures: Measures;
        /// When it was asked for.
        12 asked_at: Timestamp;
        /// When it ended.
        13 ended_at: Option<Timestamp>;
    }
    listings {
        1 "by_subject" ["subject", "asked_at"];
        2 "by_state" ["state", "asked_at"];
    }
}

impl ApprovalRequest {
    /// The listing by document, the oldest first.
    pub const BY_SUBJECT: u16 = 1;
    /// The listing by state, the oldest first.
    pub const BY_STATE: u16 = 2;

    /// The step that somebody must say something to; nothing where it ended.
    pub fn step(&self) -> Option<&ChainStep> {
        let at = usize::try_from(self.at).ok()?;
        self.chain.0.get(at).filter(|_| self.state == ApprovalState::Pending)
    }

    /// Whether a user may say something to its next step: whom it was left to, else who agrees by the rules; never who
    /// wrote the document or asked.
    pub fn waits_for(&self, user: &User) -> bool {
        let Some(step) = self.step() else { return false };
        let theirs = match (self.delegate, step.approver) {
            (Some(delegate), _) => delegate == user.id,
            (None, Approver::User(named)) => named == user.id,
            (None, Approver::Role(role)) => role == user.role,
            (None, Approver::Manager) => false,
        };
        theirs && user.active && user.id != self.author && user.id != self.asked_by
    }
}

record! {
    /// Something that was said to a request for approval. Written once.
    pub struct ApprovalVote: ApprovalVote, append_only {
        /// To which.
        1 request: Id<ApprovalRequest>;
        /// 0, 1, 2… in their order.
        2 ordinal: u32;
        /// What was done.
        3 kind: ApprovalStep;
        /// At which step; nothing where all had agreed.
        4 step: Option<Code>;
        /// Who.
        5 by: Id<User>;
        /// To whom the step was left.
        6 to_user: Option<Id<User>>;
        /// To which step it went back.
        7 to_step: Option<Code>;
        /// Why.
        8 comment: Option<Note>;
        /// When.
        9 at: Timestamp;
    }
    listings {
        1 unique "by_request" ["request", "ordinal"];
    }
}

impl ApprovalVote {
    /// The listing by request, in order.
    pub const BY_REQUEST: u16 = 1;
}

#[cfg(test)]
mod tests;
