//! A session: one actor at work, one call at a time.

use core::ptr;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::thread::{self, ThreadId};

use crm_core::access::Purpose;
use crm_core::engine::{Session, SessionOptions};
use crm_core::store::TenantId;

use crate::boundary::{self, Out, error_out, guard};
use crate::engine::{EngineHandle, EngineObject};
use crate::error::{ErrorHandle, Fault};
use crate::handle::{self, Held, Token};
use crate::status::Status;
use crate::text::{CRM_TEXT_BYTES_MAX, Str};

/// What a `crm_session` points to: nothing that a host may read.
pub struct SessionToken(());
/// One actor at work. Any thread may use it, one at a time: another gets `CRM_E_BUSY`.
pub type SessionHandle = *mut SessionToken;

/// A session that the host holds; it keeps its engine.
pub(crate) struct SessionObject {
    pub(crate) session: Session,
    pub(crate) engine: Arc<EngineObject>,
    state: Mutex<State>,
}

impl Held for SessionObject {
    const KIND: usize = 2;
}

/// Who is at work.
#[derive(Clone, Copy, PartialEq, Eq)]
enum State {
    Idle,
    Busy(ThreadId),
    Poisoned,
}

/// The right to work in a session, until it is dropped. A panic meanwhile poisons the session.
pub(crate) struct Turn<'a>(&'a SessionObject);

impl SessionObject {
    /// Begins a call.
    pub(crate) fn turn(&self) -> Result<Turn<'_>, Fault> {
        let mut state = self.state();
        match *state {
            State::Idle => {
                *state = State::Busy(thread::current().id());
                Ok(Turn(self))
            }
            State::Busy(who) if who == thread::current().id() => Err(Fault::Reentrant),
            State::Busy(_) => Err(Fault::Busy),
            State::Poisoned => Err(Fault::Poisoned),
        }
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Drop for Turn<'_> {
    fn drop(&mut self) {
        *self.0.state() = if thread::panicking() { State::Poisoned } else { State::Idle };
    }
}

/// Opens a session. Reads nothing: an actor that does not exist is refused by the first call.
///
/// `engine`: in. `tenant`: in, whose data; 1 where there is only one. `actor`: in, login or id of a user, whom the host
/// has authenticated; empty is `owner`. `purpose`: in, a code such as `sales`, `service`, `marketing`, `analysis`,
/// `administration`, `migration`; empty is `sales`. `out`: out, owned by the host: `crm_session_close`; NULL after a
/// failure. `err`: out, may be NULL, as of `crm_open`. Threads: any.
/// Fails: `CRM_E_NULL`, `CRM_E_HANDLE`, `CRM_E_UTF8`, `CRM_E_LIMIT`, `CRM_E_ARGUMENT` (the purpose).
/// history: unstable since 0.1.0
#[expect(unsafe_code, reason = "a C symbol")]
#[unsafe(no_mangle)]
pub unsafe extern "C" fn crm_session_open(
    engine: EngineHandle,
    tenant: u64,
    actor: Str,
    purpose: Str,
    out: *mut SessionHandle,
    err: *mut ErrorHandle,
) -> Status {
    // SAFETY: by the rules of the header.
    guard(unsafe { error_out(err) }, |_| {
        // SAFETY: by the rules of the header.
        let out = unsafe { Out::new(out, "out", ptr::null_mut()) }?;
        let engine: Arc<EngineObject> = handle::get(Token::of(engine), "engine")?;
        // SAFETY: by the rules of the header.
        let actor = unsafe { actor.read("actor", CRM_TEXT_BYTES_MAX) }?;
        // SAFETY: by the rules of the header.
        let purpose = unsafe { purpose.read("purpose", CRM_TEXT_BYTES_MAX) }?;
        let session = engine.engine.session(options(tenant, actor, purpose)?);
        let state = Mutex::new(State::Idle);
        out.put(handle::insert(SessionObject { session, engine, state })?.handle());
        Ok(())
    })
}

fn options(tenant: u64, actor: &str, purpose: &str) -> Result<SessionOptions, Fault> {
    let mut options = SessionOptions { tenant: TenantId(tenant), ..SessionOptions::default() };
    if !actor.is_empty() {
        options.actor = actor.to_owned();
    }
    if !purpose.is_empty() {
        let parsed = purpose.parse::<Purpose>();
        options.purpose = parsed.map_err(|invalid| Fault::Argument("purpose", invalid))?;
    }
    Ok(options)
}

/// Closes a session. A call that is at work on another thread ends as usual.
///
/// `session`: in, consumed; NULL is harmless. Threads: any.
/// Returns: `CRM_OK`; `CRM_E_HANDLE` where it was closed before or never was a session; nothing happens then.
/// history: unstable since 0.1.0
#[expect(unsafe_code, reason = "a C symbol")]
#[unsafe(no_mangle)]
pub extern "C" fn crm_session_close(session: SessionHandle) -> Status {
    boundary::release::<SessionObject>(Token::of(session), "session")
}
