//! The numbers and their names. A number is never used for something else, and never renumbered.

use core::ffi::{CStr, c_char};

use crate::boundary;

/// How a call ended: `CRM_OK`, or a number of the families 1xxx misuse of the API, 2xxx refused by a rule,
/// 3xxx conflict, 4xxx storage and host, 5xxx limits and cancelling, 9xxx faults of the library.
pub type Status = i32;

/// Done.
pub const CRM_OK: Status = 0;
/// A pointer that must not be NULL is NULL.
pub const CRM_E_NULL: Status = 1001;
/// A handle that was closed, is of another kind, or never was one.
pub const CRM_E_HANDLE: Status = 1002;
/// Text that is not UTF-8.
pub const CRM_E_UTF8: Status = 1003;
/// The session is at work on another thread.
pub const CRM_E_BUSY: Status = 1004;
/// A callback called into the session that called it.
pub const CRM_E_REENTRANT: Status = 1005;
/// An argument outside what is allowed.
pub const CRM_E_ARGUMENT: Status = 1006;
/// A struct of a version that this library does not know, or without its size.
pub const CRM_E_VERSION: Status = 1007;
/// The request does not have the operation's form.
pub const CRM_E_REQUEST: Status = 1100;
/// There is no such operation.
pub const CRM_E_OPERATION: Status = 1101;
/// A rule of the domain says no; the problem document names every broken rule.
pub const CRM_E_REFUSED: Status = 2000;
/// The actor is no active user of the tenant.
pub const CRM_E_ACTOR: Status = 2401;
/// The actor may not.
pub const CRM_E_DENIED: Status = 2403;
/// There is no such record. Expected, and often no error of the host.
pub const CRM_E_NOT_FOUND: Status = 2404;
/// Others changed what was to be changed.
pub const CRM_E_CONFLICT: Status = 3000;
/// The idempotency key came before with another request.
pub const CRM_E_KEY_REUSED: Status = 3001;
/// Another record has a value that must be unique.
pub const CRM_E_NOT_UNIQUE: Status = 3002;
/// The store failed.
pub const CRM_E_STORE: Status = 4000;
/// The store is busy; try again.
pub const CRM_E_STORE_BUSY: Status = 4001;
/// The store cannot be reached or written now; try later.
pub const CRM_E_STORE_UNAVAILABLE: Status = 4002;
/// It is unknown whether the change took effect; call again with the same idempotency key.
pub const CRM_E_STORE_UNKNOWN: Status = 4003;
/// The store has no room.
pub const CRM_E_STORE_FULL: Status = 4004;
/// What is stored cannot be true.
pub const CRM_E_STORE_CORRUPT: Status = 4005;
/// The store's schema is not one of this version's.
pub const CRM_E_STORE_SCHEMA: Status = 4006;
/// The store's handle cannot be trusted after a failed write; close the engine and open it again.
pub const CRM_E_STORE_POISONED: Status = 4007;
/// More than the library takes.
pub const CRM_E_LIMIT: Status = 5000;
/// The host cancelled. Nothing was changed.
pub const CRM_E_CANCELLED: Status = 5001;
/// A fault of the library; its place is in the message and in the log.
pub const CRM_E_INTERNAL: Status = 9000;
/// The session met a fault of the library before; close it.
pub const CRM_E_POISONED: Status = 9001;

/// Every number and its name.
pub(crate) const NAMES: &[(Status, &CStr)] = &[
    (CRM_OK, c"CRM_OK"),
    (CRM_E_NULL, c"CRM_E_NULL"),
    (CRM_E_HANDLE, c"CRM_E_HANDLE"),
    (CRM_E_UTF8, c"CRM_E_UTF8"),
    (CRM_E_BUSY, c"CRM_E_BUSY"),
    (CRM_E_REENTRANT, c"CRM_E_REENTRANT"),
    (CRM_E_ARGUMENT, c"CRM_E_ARGUMENT"),
    (CRM_E_VERSION, c"CRM_E_VERSION"),
    (CRM_E_REQUEST, c"CRM_E_REQUEST"),
    (CRM_E_OPERATION, c"CRM_E_OPERATION"),
    (CRM_E_REFUSED, c"CRM_E_REFUSED"),
    (CRM_E_ACTOR, c"CRM_E_ACTOR"),
    (CRM_E_DENIED, c"CRM_E_DENIED"),
    (CRM_E_NOT_FOUND, c"CRM_E_NOT_FOUND"),
    (CRM_E_CONFLICT, c"CRM_E_CONFLICT"),
    (CRM_E_KEY_REUSED, c"CRM_E_KEY_REUSED"),
    (CRM_E_NOT_UNIQUE, c"CRM_E_NOT_UNIQUE"),
    (CRM_E_STORE, c"CRM_E_STORE"),
    (CRM_E_STORE_BUSY, c"CRM_E_STORE_BUSY"),
    (CRM_E_STORE_UNAVAILABLE, c"CRM_E_STORE_UNAVAILABLE"),
    (CRM_E_STORE_UNKNOWN, c"CRM_E_STORE_UNKNOWN"),
    (CRM_E_STORE_FULL, c"CRM_E_STORE_FULL"),
    (CRM_E_STORE_CORRUPT, c"CRM_E_STORE_CORRUPT"),
    (CRM_E_STORE_SCHEMA, c"CRM_E_STORE_SCHEMA"),
    (CRM_E_STORE_POISONED, c"CRM_E_STORE_POISONED"),
    (CRM_E_LIMIT, c"CRM_E_LIMIT"),
    (CRM_E_CANCELLED, c"CRM_E_CANCELLED"),
    (CRM_E_INTERNAL, c"CRM_E_INTERNAL"),
    (CRM_E_POISONED, c"CRM_E_POISONED"),
];

/// The name of a number; of its family where the number is not known.
pub(crate) fn name(status: Status) -> &'static CStr {
    if let Some((_, name)) = NAMES.iter().find(|(number, _)| *number == status) {
        return name;
    }
    match status {
        1000..=1999 => c"CRM_E_ARGUMENT",
        2000..=2999 => c"CRM_E_REFUSED",
        3000..=3999 => c"CRM_E_CONFLICT",
        4000..=4999 => c"CRM_E_STORE",
        5000..=5999 => c"CRM_E_LIMIT",
        _ => c"CRM_E_INTERNAL",
    }
}

/// The name of a status, such as `CRM_E_CONFLICT`; of its family for a number that this library does not know.
///
/// `status`: in. Returns: static text, NUL-terminated, never NULL, never freed. Threads: any. Fails: never.
/// history: unstable since 0.1.0
#[expect(unsafe_code, reason = "a C symbol")]
#[unsafe(no_mangle)]
pub extern "C" fn crm_status_name(status: Status) -> *const c_char {
    boundary::quiet(c"CRM_E_INTERNAL".as_ptr(), || name(status).as_ptr())
}
