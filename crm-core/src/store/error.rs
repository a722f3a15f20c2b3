//! What a store can answer instead of a result. One kind tells the engine what to do next.

use super::{Expect, Seq};
use crate::record::Key;

/// A result of the storage port.
pub type StoreResult<T> = Result<T, StoreError>;

/// Why a store did not do it. Only [`StoreError::Unknown`] leaves open whether a batch took effect.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum StoreError {
    /// A guard or an expected version does not hold. Re-read and decide again.
    #[error("{key:?} is not as expected: wanted {wanted:?}, found version {found:?}")]
    Conflict {
        /// The row.
        key: Key,
        /// What the batch expected.
        wanted: Expect,
        /// The version there is; `None` for no row.
        found: Option<u64>,
    },
    /// Another record has these values in a unique listing.
    #[error("{key:?} repeats a value of the unique listing `{index}`")]
    Unique {
        /// The row that was refused.
        key: Key,
        /// The listing's name.
        index: &'static str,
    },
    /// Somebody else is at work; the adapter's own retries are used up. Try again.
    #[error("the store is busy")]
    Busy,
    /// It cannot be reached or written now. Try later.
    #[error("the store is unavailable: {0}")]
    Unavailable(String),
    /// It may have taken effect: send the same batch again.
    #[error("it is unknown whether the batch was committed: {0}")]
    Unknown(String),
    /// No room. Stop writing.
    #[error("the store is full")]
    Full,
    /// A value or a batch over the store's limits. Split it, or shorten the value.
    #[error("{what} of {size} is over the limit of {limit}")]
    TooLarge {
        /// What is too large.
        what: &'static str,
        /// Its size.
        size: u64,
        /// The limit.
        limit: u64,
    },
    /// What is stored cannot be true. Stop, and restore.
    #[error("the store is damaged: {0}")]
    Corrupt(String),
    /// A schema that this version must not touch.
    #[error("the store's schema is version {found}; this version reads {wanted}")]
    Schema {
        /// What is there.
        found: u32,
        /// What this version knows.
        wanted: u32,
    },
    /// The journal no longer reaches back so far.
    #[error("the journal begins at {first:?}")]
    Trimmed {
        /// The first commit that is kept.
        first: Seq,
    },
    /// This store cannot do it.
    #[error("not supported: {0}")]
    Unsupported(&'static str),
    /// The call itself is wrong.
    #[error("invalid call: {0}")]
    Invalid(String),
    /// Another batch had this commit id.
    #[error("the commit id was used for another batch")]
    CommitReused,
    /// A failed sync: this handle cannot be trusted, reopen.
    #[error("the store's handle is poisoned; reopen it")]
    Poisoned,
}

impl StoreError {
    /// Whether the same call may succeed when it is made again: the only advice on retries.
    pub const fn is_transient(&self) -> bool {
        matches!(self, Self::Busy | Self::Unavailable(_) | Self::Unknown(_))
    }
}
