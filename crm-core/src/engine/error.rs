//! What a call answers instead of a result.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::access::{Access, Role};
use crate::decision::{Refusal, Violation};
use crate::record::{Corrupt, Kind};
use crate::store::StoreError;
use crate::value::Invalid;

/// Why a call did not do what was asked. Nothing was changed, but for `Store(Unknown)`.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// The request is not of the operation's form.
    #[error("the request does not fit the operation: {}", .0.code)]
    Request(Box<Violation>),
    /// There is no such operation.
    #[error("there is no operation `{0}`")]
    Operation(String),
    /// A rule of the domain says no.
    #[error(transparent)]
    Refused(#[from] Refusal),
    /// The record that was named does not exist, or was deleted.
    #[error("there is no {} {id}", kind.name())]
    NotFound {
        /// Its kind.
        kind: Kind,
        /// Its id, or the key it was looked up by.
        id: String,
    },
    /// The actor may not.
    #[error("{role} may not: {access:?} is needed")]
    Denied {
        /// The actor's role.
        role: Role,
        /// The right that is missing.
        access: Access,
    },
    /// No such actor, or one that is not active.
    #[error("`{0}` is no active user of this tenant")]
    Actor(String),
    /// Others wrote the same records again and again; or a field no longer holds what the edit expected.
    #[error("others changed the same records at the same time")]
    Conflict(Vec<Violation>),
    /// The same idempotency key came with another request.
    #[error("the key was used for another request")]
    KeyReused,
    /// A limit of the engine.
    #[error("{what} is over the limit of {limit}")]
    Limit {
        /// What.
        what: &'static str,
        /// The limit.
        limit: u64,
    },
    /// The host cancelled.
    #[error("the call was cancelled")]
    Cancelled,
    /// The store says no.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// What is stored does not decode.
    #[error(transparent)]
    Corrupt(#[from] Corrupt),
    /// A fault of ours.
    #[error("internal fault: {0}")]
    Internal(String),
}

/// An error as a document, the same through every door.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Problem {
    /// The stable code: of the first violation, or of the kind of error.
    pub code: String,
    /// The number of the kind of error, as the C ABI returns it.
    pub status: i32,
    /// One sentence for a person.
    pub message: String,
    /// Every broken rule, in order.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub violations: Vec<Violation>,
    /// Whether the same call may succeed when it is made again.
    pub retry: bool,
}

impl Error {
    /// A refused field of the request.
    pub fn invalid(path: &str, invalid: Invalid) -> Self {
        Refusal::of(Violation::at(path, invalid)).into()
    }

    /// The number of the kind of error: 1xxx misuse, 2xxx rules, 3xxx conflict, 4xxx storage, 5xxx limits, 9xxx ours.
    pub const fn status(&self) -> i32 {
        match self {
            Self::Request(_) => 1100,
            Self::Operation(_) => 1101,
            Self::Refused(_) => 2000,
            Self::Denied { .. } => 2403,
            Self::Actor(_) => 2401,
            Self::NotFound { .. } => 2404,
            Self::Conflict(_) => 3000,
            Self::KeyReused => 3001,
            Self::Store(StoreError::Conflict { .. }) => 3000,
            Self::Store(StoreError::Unique { .. }) => 3002,
            Self::Store(StoreError::Busy) => 4001,
            Self::Store(StoreError::Unavailable(_)) => 4002,
            Self::Store(StoreError::Unknown(_)) => 4003,
            Self::Store(StoreError::Full) => 4004,
            Self::Store(StoreError::Corrupt(_)) | Self::Corrupt(_) => 4005,
            Self::Store(StoreError::Schema { .. }) => 4006,
            Self::Store(StoreError::Poisoned) => 4007,
            Self::Store(_) => 4000,
            Self::Limit { .. } => 5000,
            Self::Cancelled => 5001,
            Self::Internal(_) => 9000,
        }
    }

    /// The stable code.
    pub fn code(&self) -> &str {
        match self {
            Self::Request(violation) => &violation.code,
            Self::Operation(_) => "request.operation_unknown",
            Self::Refused(refusal) => {
                refusal.violations().next().map_or("refused", |violation| &violation.code)
            }
            Self::Denied { .. } => "access.denied",
            Self::Actor(_) => "access.actor_unknown",
            Self::NotFound { .. } => "record.not_found",
            Self::Conflict(_) | Self::Store(StoreError::Conflict { .. }) => "record.conflict",
            Self::KeyReused => "request.key_reused",
            Self::Store(StoreError::Unique { .. }) => "record.not_unique",
            Self::Store(StoreError::Busy) => "store.busy",
            Self::Store(StoreError::Unavailable(_)) => "store.unavailable",
            Self::Store(StoreError::Unknown(_)) => "store.unknown",
            Self::Store(StoreError::Full) => "store.full",
            Self::Store(StoreError::Corrupt(_)) | Self::Corrupt(_) => "store.corrupt",
            Self::Store(StoreError::Schema { .. }) => "store.schema",
            Self::Store(StoreError::Poisoned) => "store.poisoned",
            Self::Store(StoreError::TooLarge { .. }) => "store.too_large",
            Self::Store(_) => "store.failed",
            Self::Limit { .. } => "engine.limit",
            Self::Cancelled => "engine.cancelled",
            Self::Internal(_) => "engine.internal",
        }
    }

    /// Every broken rule that it names.
    fn violations(&self) -> Vec<Violation> {
        if let Self::Request(violation) = self {
            return vec![(**violation).clone()];
        }
        if let Self::Conflict(violations) = self {
            return violations.clone();
        }
        let Self::Refused(refusal) = self else { return Vec::new() };
        refusal.violations().cloned().collect()
    }

    /// The error as a document.
    pub fn problem(&self) -> Problem {
        let violations = self.violations();
        let retry = match self {
            Self::Store(error) => error.is_transient(),
            Self::Conflict(violations) => violations.is_empty(),
            Self::Request(_) | Self::Operation(_) | Self::Refused(_) | Self::NotFound { .. } => {
                false
            }
            Self::Denied { .. } | Self::Actor(_) | Self::KeyReused | Self::Limit { .. } => false,
            Self::Cancelled | Self::Corrupt(_) | Self::Internal(_) => false,
        };
        let (code, message) = (self.code().to_owned(), self.to_string());
        Problem { code, status: self.status(), message, violations, retry }
    }
}
