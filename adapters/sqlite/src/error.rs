//! What SQLite reports, as the port's errors.

use crm_core::store::StoreError;
use rusqlite::ffi;

/// An error met before a commit was asked for: nothing was applied.
pub(crate) fn store_error(error: rusqlite::Error) -> StoreError {
    let text = error.to_string();
    let Some(failure) = error.sqlite_error() else { return StoreError::Corrupt(text) };
    match failure.extended_code & 0xFF {
        ffi::SQLITE_BUSY | ffi::SQLITE_LOCKED | ffi::SQLITE_PROTOCOL => StoreError::Busy,
        ffi::SQLITE_FULL => StoreError::Full,
        ffi::SQLITE_TOOBIG => StoreError::TooLarge { what: "a row", size: 0, limit: 0 },
        ffi::SQLITE_CANTOPEN
        | ffi::SQLITE_READONLY
        | ffi::SQLITE_PERM
        | ffi::SQLITE_AUTH
        | ffi::SQLITE_IOERR
        | ffi::SQLITE_NOMEM
        | ffi::SQLITE_INTERRUPT => StoreError::Unavailable(text),
        _ => StoreError::Corrupt(text),
    }
}

/// An error of COMMIT itself, and whether the handle can still be trusted.
pub(crate) fn commit_error(error: rusqlite::Error) -> (StoreError, bool) {
    let error = store_error(error);
    if matches!(error, StoreError::Busy | StoreError::Full) {
        (error, true)
    } else {
        (StoreError::Unknown(error.to_string()), false)
    }
}

/// Whether the batch was refused by what is stored or by its own shape, so that others in its group may go on.
pub(crate) const fn is_refusal(error: &StoreError) -> bool {
    matches!(
        error,
        StoreError::Conflict { .. }
            | StoreError::Unique { .. }
            | StoreError::CommitReused
            | StoreError::TooLarge { .. }
            | StoreError::Invalid(_)
    )
}
