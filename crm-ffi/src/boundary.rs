//! The one guard between the host and the library: no panic leaves, no NULL is followed, every failure has a status.

use core::cell::Cell;
use core::ptr::{self, NonNull};
use std::panic::{self, AssertUnwindSafe, PanicHookInfo};
use std::sync::{Arc, Once};

use crate::error::{ErrorHandle, ErrorObject, Fault};
use crate::handle::{self, Held, Token};
use crate::log::Log;
use crate::status::{CRM_E_INTERNAL, CRM_OK, Status};

/// A place of the host that a result goes to. It is emptied first: freeing what a failed call left there is harmless.
pub(crate) struct Out<T>(NonNull<T>);

impl<T> Out<T> {
    /// The place that argument `name` points to.
    ///
    /// # Safety
    ///
    /// `place` is NULL, or may be written until the call of the host returns.
    #[expect(unsafe_code, reason = "takes the host's word for the pointer")]
    pub(crate) unsafe fn new(place: *mut T, name: &'static str, empty: T) -> Result<Self, Fault> {
        let out = NonNull::new(place).map(Self).ok_or(Fault::Null(name))?;
        out.put(empty);
        Ok(out)
    }

    #[expect(unsafe_code, reason = "writes where the host points to")]
    pub(crate) fn put(&self, value: T) {
        // SAFETY: not NULL, and writable by the promise made to `new`. What was there is not dropped: it is the host's.
        unsafe { ptr::write(self.0.as_ptr(), value) }
    }
}

/// Where the error of a call goes, if the host wants it.
///
/// # Safety
///
/// As [`Out::new`].
#[expect(unsafe_code, reason = "takes the host's word for the pointer")]
pub(crate) unsafe fn error_out(place: *mut ErrorHandle) -> Option<Out<ErrorHandle>> {
    // SAFETY: the caller's promise.
    unsafe { Out::new(place, "err", ptr::null_mut()) }.ok()
}

/// What a call is about, as far as it is known when it fails.
#[derive(Default)]
pub(crate) struct Scope {
    log: Option<Arc<Log>>,
}

impl Scope {
    /// Faults of the library go to this log too.
    pub(crate) fn log_to(&mut self, log: &Arc<Log>) {
        self.log = Some(Arc::clone(log));
    }
}

/// Runs an export that answers with a status; fills the error object where the host wants one.
pub(crate) fn guard(
    err: Option<Out<ErrorHandle>>,
    body: impl FnOnce(&mut Scope) -> Result<(), Fault>,
) -> Status {
    let attempt = || {
        let mut scope = Scope::default();
        let guarded = || {
            #[cfg(test)]
            crate::tests::fault::strike();
            body(&mut scope)
        };
        let fault = match caught(guarded) {
            Ok(Ok(())) => return CRM_OK,
            Ok(Err(fault)) => fault,
            Err(place) => {
                if let Some(log) = &scope.log {
                    log.error(&place);
                }
                Fault::Panic(place)
            }
        };
        let error = ErrorObject::new(&fault);
        let status = error.status();
        if let Some(err) = &err
            && let Ok(token) = handle::insert(error)
        {
            err.put(token.handle());
        }
        status
    };
    caught(attempt).unwrap_or(CRM_E_INTERNAL)
}

/// Runs an export that cannot fail, or only by `default`.
pub(crate) fn quiet<T>(default: T, body: impl FnOnce() -> T) -> T {
    let guarded = || {
        #[cfg(test)]
        crate::tests::fault::strike();
        body()
    };
    caught(guarded).unwrap_or(default)
}

/// Closes a handle; NULL is harmless.
pub(crate) fn release<T: Held>(token: Token, name: &'static str) -> Status {
    guard(None, |_| {
        if token.is_null() {
            return Ok(());
        }
        handle::remove::<T>(token).map(drop).ok_or(Fault::Handle(name))
    })
}

thread_local! {
    /// How many guards this thread is in. Hosts never see it.
    static DEPTH: Cell<u32> = const { Cell::new(0) };
    /// Where the last panic inside a guard happened, and why.
    static PLACE: Cell<Option<String>> = const { Cell::new(None) };
}

/// Runs the body; a panic becomes its place and message.
fn caught<T>(body: impl FnOnce() -> T) -> Result<T, String> {
    static HOOK: Once = Once::new();
    HOOK.call_once(|| {
        let outer = panic::take_hook();
        panic::set_hook(Box::new(move |info| match DEPTH.try_with(Cell::get) {
            Ok(1..) => _ = PLACE.try_with(|place| place.set(Some(described(info)))),
            _ => outer(info),
        }));
    });
    let _inside = Depth::set(|depth| depth.saturating_add(1));
    panic::catch_unwind(AssertUnwindSafe(body)).map_err(|_| {
        let place = PLACE.try_with(Cell::take).ok().flatten();
        place.unwrap_or_else(|| "a panic at an unknown place".to_owned())
    })
}

/// Runs a callback of the host: a panic in there is the host's own.
pub(crate) fn upcall<T>(call: impl FnOnce() -> T) -> T {
    let _outside = Depth::set(|_| 0);
    call()
}

/// The depth as it was, to be restored.
struct Depth(u32);

impl Depth {
    fn set(change: impl FnOnce(u32) -> u32) -> Self {
        let before = DEPTH.try_with(Cell::get).unwrap_or(0);
        _ = DEPTH.try_with(|depth| depth.set(change(before)));
        Self(before)
    }
}

impl Drop for Depth {
    fn drop(&mut self) {
        _ = DEPTH.try_with(|depth| depth.set(self.0));
    }
}

/// Place and message of a panic, on one line.
fn described(info: &PanicHookInfo<'_>) -> String {
    let payload = info.payload();
    let message = payload
        .downcast_ref::<&str>()
        .copied()
        .or_else(|| payload.downcast_ref::<String>().map(String::as_str))
        .unwrap_or("no message");
    info.location().map_or_else(|| message.to_owned(), |place| format!("{place}: {message}"))
}
