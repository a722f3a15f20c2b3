//! Where the library says what no status can: the host's log.

use core::ffi::{c_char, c_void};

use crate::boundary::upcall;

/// Receives a line for the host's log: level `CRM_LOG_ERROR`, and text of `length` bytes, borrowed for the call. Called on
/// the thread of the call that it is about. It must not throw.
pub type LogFn = Option<
    unsafe extern "C" fn(ctx: *mut c_void, level: i32, message: *const c_char, length: usize),
>;
/// Called once when `ctx` is no longer needed. It must not throw.
pub type DestroyFn = Option<unsafe extern "C" fn(ctx: *mut c_void)>;

/// A fault of the library.
pub const CRM_LOG_ERROR: i32 = 1;

/// The host's log, and what it stands on.
pub(crate) struct Log {
    write: LogFn,
    destroy: DestroyFn,
    ctx: *mut c_void,
}

// SAFETY: the header demands that both callbacks may be called on any thread with this `ctx`.
#[expect(unsafe_code, reason = "the host's word for its callbacks")]
unsafe impl Send for Log {}
// SAFETY: as above.
#[expect(unsafe_code, reason = "the host's word for its callbacks")]
unsafe impl Sync for Log {}

impl Log {
    /// Takes over the callbacks: `destroy` is called once, when this goes.
    pub(crate) const fn new(write: LogFn, destroy: DestroyFn, ctx: *mut c_void) -> Self {
        Self { write, destroy, ctx }
    }

    #[expect(unsafe_code, reason = "calls the host")]
    pub(crate) fn error(&self, message: &str) {
        if let Some(write) = self.write {
            // SAFETY: the callback is the host's, called as the header says.
            upcall(|| unsafe {
                write(self.ctx, CRM_LOG_ERROR, message.as_ptr().cast(), message.len());
            });
        }
    }
}

impl Drop for Log {
    #[expect(unsafe_code, reason = "calls the host")]
    fn drop(&mut self) {
        if let Some(destroy) = self.destroy {
            // SAFETY: the callback is the host's, and this is its only call.
            upcall(|| unsafe { destroy(self.ctx) });
        }
    }
}
