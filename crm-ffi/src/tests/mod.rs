//! What the boundary promises, seen from inside.

mod calls;
pub(crate) mod fault;
mod garbage;
mod matrix;
mod scorer;
mod sequences;
mod threads;

use core::ffi::{CStr, c_char};
use core::ptr;

use crate::buffer::{Buf, crm_buf_free};
use crate::call::{CallOpts, crm_call};
use crate::engine::{EngineHandle, Options, crm_close, crm_open};
use crate::error::{ErrorHandle, crm_error_free, crm_error_json};
use crate::session::{SessionHandle, crm_session_open};
use crate::status::Status;
use crate::text::Str;
use crate::version::CRM_ABI_VERSION;

/// Text of the host.
fn text(text: &str) -> Str {
    Str { ptr: text.as_ptr().cast(), len: text.len() }
}

/// The options of an engine in memory.
fn options() -> Options {
    Options {
        struct_size: u32::try_from(size_of::<Options>()).unwrap(),
        abi_version: CRM_ABI_VERSION,
        uri: text("memory:"),
        log: None,
        log_destroy: None,
        log_ctx: ptr::null_mut(),
    }
}

/// Call options that bring nothing.
fn opts() -> CallOpts {
    CallOpts {
        struct_size: u32::try_from(size_of::<CallOpts>()).unwrap(),
        abi_version: CRM_ABI_VERSION,
        key: text(""),
        now_micros: 0,
        entropy: ptr::null(),
        entropy_len: 0,
        cancel: ptr::null_mut(),
        progress: None,
        progress_ctx: ptr::null_mut(),
    }
}

#[expect(unsafe_code, reason = "a host calls")]
fn open() -> EngineHandle {
    let mut engine = ptr::null_mut();
    // SAFETY: pointers to locals.
    assert_eq!(unsafe { crm_open(&options(), &mut engine, ptr::null_mut()) }, 0);
    engine
}

#[expect(unsafe_code, reason = "a host calls")]
fn session(engine: EngineHandle) -> SessionHandle {
    let mut session = ptr::null_mut();
    // SAFETY: pointers to locals.
    let status =
        unsafe { crm_session_open(engine, 1, text(""), text(""), &mut session, ptr::null_mut()) };
    assert_eq!(status, 0);
    session
}

/// A session whose engine handle is closed already: the session keeps the engine.
fn only_session() -> SessionHandle {
    let engine = open();
    let session = session(engine);
    assert_eq!(crm_close(engine), 0);
    session
}

/// Runs an operation: status, and response or problem.
#[expect(unsafe_code, reason = "a host calls")]
fn call(session: SessionHandle, op: &str, request: &str, opts: &CallOpts) -> (Status, String) {
    let (mut out, mut err) = (Buf::EMPTY, ptr::null_mut());
    // SAFETY: pointers to locals.
    let status = unsafe { crm_call(session, text(op), text(request), opts, &mut out, &mut err) };
    let answer = if status == 0 { taken(out) } else { problem(err) };
    (status, answer)
}

/// The bytes of a buffer, which is freed.
#[expect(unsafe_code, reason = "a host calls")]
fn taken(mut buf: Buf) -> String {
    // SAFETY: `data` has `len` bytes and a 0 behind them.
    let bytes = unsafe { core::slice::from_raw_parts(buf.data, buf.len + 1) };
    let (last, text) = bytes.split_last().unwrap();
    assert_eq!(*last, 0, "a 0 stands behind every buffer");
    let text = String::from_utf8(text.to_vec()).unwrap();
    // SAFETY: a pointer to a local.
    unsafe { crm_buf_free(&mut buf) };
    assert!(buf.data.is_null() && buf.len == 0 && buf._owner.is_null());
    text
}

/// The document of an error, which is freed.
fn problem(err: ErrorHandle) -> String {
    let json = c_text(crm_error_json(err));
    assert_eq!(crm_error_free(err), 0);
    json
}

#[expect(unsafe_code, reason = "a host reads")]
fn c_text(text: *const c_char) -> String {
    // SAFETY: what the library returns is never NULL and ends with a NUL.
    unsafe { CStr::from_ptr(text) }.to_str().unwrap().to_owned()
}
