//! What went wrong: as a fault inside, as a status and an error object outside.

use core::ffi::{CStr, c_char};
use std::ffi::CString;
use std::sync::Arc;

use crm_core::decision::Violation;
use crm_core::engine::{Error, Problem};
use crm_core::value::Invalid;

use crate::boundary::{self, quiet};
use crate::handle::{self, Held, Token};
use crate::status::{self, Status};

/// What a `crm_error` points to: nothing that a host may read.
pub struct ErrorToken(());
/// Why a call failed. Owned by the host: `crm_error_free`.
pub type ErrorHandle = *mut ErrorToken;

/// Why an export did not do what it was asked.
#[derive(Debug)]
pub(crate) enum Fault {
    /// An argument that must not be NULL.
    Null(&'static str),
    /// An argument that is no living handle of its kind.
    Handle(&'static str),
    /// An argument that is not UTF-8.
    Utf8(&'static str),
    /// An argument longer than so many bytes.
    TooLong(&'static str, usize),
    /// An argument outside what is allowed.
    Argument(&'static str, Invalid),
    /// A struct of an unknown version or size.
    Version(&'static str, u32),
    /// No room in the table of handles.
    HandlesExhausted,
    /// Another thread has the session.
    Busy,
    /// This thread has the session, in a callback.
    Reentrant,
    /// The session met a panic.
    Poisoned,
    /// A panic, with its place.
    Panic(String),
    /// The engine's answer.
    Engine(Box<Error>),
}

impl From<Error> for Fault {
    fn from(error: Error) -> Self {
        Self::Engine(Box::new(error))
    }
}

impl Fault {
    /// The fault as the document that the host reads.
    pub(crate) fn problem(&self) -> Problem {
        let at = |path: &str, code: &str| Some(Violation::at(path, Invalid::new(code, "")));
        let (status, code, message, violation) = match self {
            Self::Engine(error) => return error.problem(),
            Self::Null(name) => {
                let message = format!("`{name}` must not be NULL");
                (status::CRM_E_NULL, "abi.null", message, at(name, "abi.null"))
            }
            Self::Handle(name) => {
                let message = format!("`{name}` is no open handle of its kind");
                (status::CRM_E_HANDLE, "abi.handle", message, at(name, "abi.handle"))
            }
            Self::Utf8(name) => {
                let message = format!("`{name}` is not UTF-8");
                (status::CRM_E_UTF8, "abi.utf8", message, at(name, "abi.utf8"))
            }
            Self::TooLong(name, max) => {
                let invalid = Invalid::new("abi.too_long", "").limit(format!("{max} bytes"));
                let message = format!("`{name}` is over {max} bytes");
                let violation = Violation::at(*name, invalid);
                (status::CRM_E_LIMIT, "abi.too_long", message, Some(violation))
            }
            Self::Argument(name, invalid) => {
                let violation = Violation::at(*name, invalid.clone());
                let message = format!("`{name}` is not allowed: {invalid}");
                (status::CRM_E_ARGUMENT, "abi.argument", message, Some(violation))
            }
            Self::Version(name, found) => {
                let message = format!("`{name}` has the size or version {found} of another header");
                (status::CRM_E_VERSION, "abi.version", message, at(name, "abi.version"))
            }
            Self::HandlesExhausted => {
                let message = "too many objects are alive".to_owned();
                (status::CRM_E_LIMIT, "abi.handles", message, None)
            }
            Self::Busy => {
                let message = "the session is at work on another thread".to_owned();
                (status::CRM_E_BUSY, "abi.busy", message, None)
            }
            Self::Reentrant => {
                let message = "a callback called into its own session".to_owned();
                (status::CRM_E_REENTRANT, "abi.reentrant", message, None)
            }
            Self::Poisoned => {
                let message = "the session met a fault of the library; close it".to_owned();
                (status::CRM_E_POISONED, "abi.poisoned", message, None)
            }
            Self::Panic(place) => {
                let message = format!("fault of the library: {place}");
                (status::CRM_E_INTERNAL, "abi.panic", message, None)
            }
        };
        let retry = matches!(self, Self::Busy);
        let violations = violation.into_iter().collect();
        Problem { code: code.to_owned(), status, message, violations, retry }
    }
}

/// A fault that the host holds.
pub(crate) struct ErrorObject {
    status: Status,
    message: CString,
    json: CString,
}

impl Held for ErrorObject {
    const KIND: usize = 4;
}

impl ErrorObject {
    pub(crate) fn new(fault: &Fault) -> Self {
        let problem = fault.problem();
        let json = serde_json::to_string(&problem).unwrap_or_default();
        Self { status: problem.status, message: c_text(problem.message), json: c_text(json) }
    }

    pub(crate) const fn status(&self) -> Status {
        self.status
    }
}

/// Text for C: what stands behind a NUL is cut off (JSON never has one).
fn c_text(text: String) -> CString {
    CString::new(text).unwrap_or_else(|e| {
        let end = e.nul_position();
        let mut bytes = e.into_vec();
        bytes.truncate(end);
        CString::new(bytes).unwrap_or_default()
    })
}

/// A text of an error, as long as the host does not free the error.
fn borrowed(error: ErrorHandle, text: fn(&ErrorObject) -> &CStr) -> *const c_char {
    quiet(c"".as_ptr(), || {
        let object: Option<Arc<ErrorObject>> = handle::find(Token::of(error));
        object.map_or(c"".as_ptr(), |object| text(&object).as_ptr())
    })
}

/// The status of an error.
///
/// `error`: in. Returns: the status; `CRM_OK` for NULL, `CRM_E_HANDLE` for what is no living error. Threads: any.
/// history: unstable since 0.1.0
#[expect(unsafe_code, reason = "a C symbol")]
#[unsafe(no_mangle)]
pub extern "C" fn crm_error_code(error: ErrorHandle) -> Status {
    quiet(status::CRM_E_INTERNAL, || {
        if error.is_null() {
            return status::CRM_OK;
        }
        let object: Option<Arc<ErrorObject>> = handle::find(Token::of(error));
        object.map_or(status::CRM_E_HANDLE, |object| object.status())
    })
}

/// One sentence for a person, in English.
///
/// `error`: in. Returns: text borrowed until `crm_error_free`, NUL-terminated, never NULL; empty for NULL or what is no
/// living error. Threads: any. Fails: never.
/// history: unstable since 0.1.0
#[expect(unsafe_code, reason = "a C symbol")]
#[unsafe(no_mangle)]
pub extern "C" fn crm_error_message(error: ErrorHandle) -> *const c_char {
    borrowed(error, |error| &error.message)
}

/// The problem document: `{"code", "status", "message", "violations": [{"code", "path", "value", "limit", "allowed"}],
/// "retry"}`; `code` is stable, such as `text.empty`; `path` is the field of the request, or the argument, at fault.
///
/// `error`: in. Returns: JSON borrowed until `crm_error_free`, NUL-terminated, never NULL; empty for NULL or what is no
/// living error. Threads: any. Fails: never.
/// history: unstable since 0.1.0
#[expect(unsafe_code, reason = "a C symbol")]
#[unsafe(no_mangle)]
pub extern "C" fn crm_error_json(error: ErrorHandle) -> *const c_char {
    borrowed(error, |error| &error.json)
}

/// Frees an error and its texts.
///
/// `error`: in, consumed; NULL is harmless. Threads: any. Returns: `CRM_OK`; `CRM_E_HANDLE` where it was freed before
/// or never was an error; nothing happens then.
/// history: unstable since 0.1.0
#[expect(unsafe_code, reason = "a C symbol")]
#[unsafe(no_mangle)]
pub extern "C" fn crm_error_free(error: ErrorHandle) -> Status {
    boundary::release::<ErrorObject>(Token::of(error), "error")
}
