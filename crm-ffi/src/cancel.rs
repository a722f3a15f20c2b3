//! Stopping a call from outside.

use core::ptr;
use core::sync::atomic::{AtomicBool, Ordering};
use std::sync::Arc;

use crate::boundary::{self, Out, error_out, guard};
use crate::error::ErrorHandle;
use crate::handle::{self, Held, Token};
use crate::status::Status;

/// What a `crm_cancel` points to: nothing that a host may read.
pub struct CancelToken(());
/// Stops the calls that it was given to. Any thread may use it.
pub type CancelHandle = *mut CancelToken;

/// A cancel token that the host holds.
#[derive(Default)]
pub(crate) struct CancelObject(AtomicBool);

impl Held for CancelObject {
    const KIND: usize = 3;
}

impl CancelObject {
    pub(crate) fn triggered(&self) -> bool {
        self.0.load(Ordering::Relaxed)
    }
}

/// Makes a cancel token. It can be given to any number of calls, and triggered once, for all of them.
///
/// `out`: out, owned by the host: `crm_cancel_free`; NULL after a failure. `err`: out, may be NULL, as of `crm_open`.
/// Threads: any. Fails: `CRM_E_NULL`, `CRM_E_LIMIT`.
/// history: unstable since 0.1.0
#[expect(unsafe_code, reason = "a C symbol")]
#[unsafe(no_mangle)]
pub unsafe extern "C" fn crm_cancel_new(out: *mut CancelHandle, err: *mut ErrorHandle) -> Status {
    // SAFETY: by the rules of the header.
    guard(unsafe { error_out(err) }, |_| {
        // SAFETY: by the rules of the header.
        let out = unsafe { Out::new(out, "out", ptr::null_mut()) }?;
        out.put(handle::insert(CancelObject::default())?.handle());
        Ok(())
    })
}

/// Stops every call that has this token, now and from now on: they end with `CRM_E_CANCELLED`, unless they were done.
///
/// `cancel`: in. Threads: any, also inside a callback. Returns: `CRM_OK`, `CRM_E_NULL`, `CRM_E_HANDLE`.
/// history: unstable since 0.1.0
#[expect(unsafe_code, reason = "a C symbol")]
#[unsafe(no_mangle)]
pub extern "C" fn crm_cancel_trigger(cancel: CancelHandle) -> Status {
    guard(None, |_| {
        let cancel: Arc<CancelObject> = handle::get(Token::of(cancel), "cancel")?;
        cancel.0.store(true, Ordering::Relaxed);
        Ok(())
    })
}

/// Frees a cancel token. Calls that have it go on, and can no longer be stopped.
///
/// `cancel`: in, consumed; NULL is harmless. Threads: any.
/// Returns: `CRM_OK`; `CRM_E_HANDLE` where it was freed before or never was a cancel token; nothing happens then.
/// history: unstable since 0.1.0
#[expect(unsafe_code, reason = "a C symbol")]
#[unsafe(no_mangle)]
pub extern "C" fn crm_cancel_free(cancel: CancelHandle) -> Status {
    boundary::release::<CancelObject>(Token::of(cancel), "cancel")
}
