//! Every operation of the catalogue: one call, JSON in, JSON out.

use core::cell::Cell;
use core::ffi::c_void;
use std::sync::Arc;

use crm_core::engine::{CallOptions, Env, Error};
use crm_core::value::{Invalid, Timestamp};

use crate::boundary::{Out, error_out, guard, upcall};
use crate::buffer::Buf;
use crate::cancel::{CancelHandle, CancelObject};
use crate::error::{ErrorHandle, Fault};
use crate::handle::{self, Token};
use crate::options::{self, Versioned};
use crate::plan;
use crate::session::{SessionHandle, SessionObject};
use crate::status::Status;
use crate::text::{CRM_REQUEST_BYTES_MAX, CRM_TEXT_BYTES_MAX, Str};

/// Told that a call is still at work: `step` counts up from 0. Called when the call begins and then at least every
/// 1,000 rows, on the thread of the call. Anything but 0 stops the call. It must not throw.
pub type ProgressFn = Option<unsafe extern "C" fn(ctx: *mut c_void, step: u64) -> i32>;

/// What a call may bring besides its request. Begin with `CRM_CALL_OPTS_INIT`.
#[repr(C)]
#[derive(Clone, Copy)]
pub struct CallOpts {
    /// `sizeof(crm_call_opts)`.
    pub struct_size: u32,
    /// `CRM_ABI_VERSION`.
    pub abi_version: u32,
    /// Idempotency key; empty for none. The same key and request give the first answer again, for 30 days.
    pub key: Str,
    /// When the call is made, in microseconds since 1970; 0 for the clock of this machine.
    pub now_micros: i64,
    /// 32 unpredictable bytes that ids come from, or a seed for a run that can be repeated; NULL for this machine's.
    pub entropy: *const u8,
    /// 32, or 0 where `entropy` is NULL.
    pub entropy_len: usize,
    /// Stops the call; may be NULL.
    pub cancel: CancelHandle,
    /// Told how the call goes on; may be NULL.
    pub progress: ProgressFn,
    /// Given to `progress`.
    pub progress_ctx: *mut c_void,
}

// SAFETY: `repr(C)`, begins with two `u32`; zeros are empty texts, NULL and absent callbacks.
#[expect(unsafe_code, reason = "promises a layout")]
unsafe impl Versioned for CallOpts {}

/// The options as the engine takes them, for one call.
struct Brought<'a> {
    env: Env,
    key: Option<&'a str>,
    cancel: Option<Arc<CancelObject>>,
    progress: ProgressFn,
    progress_ctx: *mut c_void,
    step: Cell<u64>,
}

impl<'a> Brought<'a> {
    /// # Safety
    ///
    /// `options` is NULL or points to what the header says, unchanged during `'a`.
    #[expect(unsafe_code, reason = "reads what the host points to")]
    unsafe fn read(options: *const CallOpts) -> Result<Self, Fault> {
        let mut brought = Self {
            env: Env { now: epoch()?, entropy: [0; 32] },
            key: None,
            cancel: None,
            progress: None,
            progress_ctx: core::ptr::null_mut(),
            step: Cell::new(0),
        };
        if options.is_null() {
            brought.env = system()?;
            return Ok(brought);
        }
        // SAFETY: the caller's promise.
        let given = unsafe { options::read(options, "opts") }?;
        // SAFETY: the caller's promise.
        let key = unsafe { given.key.read("opts.key", CRM_TEXT_BYTES_MAX) }?;
        brought.key = Some(key).filter(|key| !key.is_empty());
        // SAFETY: the caller's promise.
        brought.env = env(given.now_micros, unsafe { entropy(&given) }?)?;
        if !given.cancel.is_null() {
            brought.cancel = Some(handle::get(Token::of(given.cancel), "opts.cancel")?);
        }
        (brought.progress, brought.progress_ctx) = (given.progress, given.progress_ctx);
        Ok(brought)
    }

    /// Whether the host wants the call to end.
    #[expect(unsafe_code, reason = "calls the host")]
    fn stopped(&self) -> bool {
        let step = self.step.replace(self.step.get().saturating_add(1));
        let refused = self.progress.is_some_and(|progress| {
            // SAFETY: the callback is the host's, called as the header says.
            upcall(|| unsafe { progress(self.progress_ctx, step) }) != 0
        });
        refused || self.cancel.as_ref().is_some_and(|cancel| cancel.triggered())
    }
}

/// The entropy that was given.
///
/// # Safety
///
/// `entropy` is NULL or readable for `entropy_len` bytes.
#[expect(unsafe_code, reason = "reads what the host points to")]
unsafe fn entropy(given: &CallOpts) -> Result<Option<[u8; 32]>, Fault> {
    match (given.entropy.is_null(), given.entropy_len) {
        (true, 0) => Ok(None),
        (true, _) => Err(Fault::Null("opts.entropy")),
        // SAFETY: not NULL, and readable for 32 bytes by the caller's promise.
        (false, 32) => Ok(Some(unsafe { given.entropy.cast::<[u8; 32]>().read() })),
        (false, other) => {
            let invalid = Invalid::new("entropy.length", &other.to_string()).limit("32 bytes");
            Err(Fault::Argument("opts.entropy_len", invalid))
        }
    }
}

/// Time and entropy: what was given, the rest from this machine.
fn env(now_micros: i64, entropy: Option<[u8; 32]>) -> Result<Env, Fault> {
    let now = match now_micros {
        0 => None,
        micros => Some(
            Timestamp::from_micros(micros)
                .map_err(|invalid| Fault::Argument("opts.now_micros", invalid))?,
        ),
    };
    if let (Some(now), Some(entropy)) = (now, entropy) {
        return Ok(Env { now, entropy });
    }
    let system = system()?;
    let (now, entropy) = (now.unwrap_or(system.now), entropy.unwrap_or(system.entropy));
    Ok(Env { now, entropy })
}

fn epoch() -> Result<Timestamp, Fault> {
    Timestamp::from_micros(0).map_err(|invalid| Fault::Argument("opts.now_micros", invalid))
}

fn system() -> Result<Env, Fault> {
    Env::system().map_err(|e| Error::Internal(e).into())
}

/// What a call works on.
struct Work<'a> {
    session: &'a SessionObject,
    op: &'a str,
    request: &'a [u8],
    brought: Brought<'a>,
}

/// Runs `work` as one turn of the session, and hands its bytes to the host, one text to each place.
///
/// # Safety
///
/// Every pointer is as the header says.
#[expect(unsafe_code, reason = "reads what the host points to")]
unsafe fn answer<const N: usize>(
    (session, op, request, opts): (SessionHandle, Str, Str, *const CallOpts),
    (outs, err): ([(&'static str, *mut Buf); N], *mut ErrorHandle),
    work: fn(&Work<'_>) -> Result<[Vec<u8>; N], Fault>,
) -> Status {
    // SAFETY: the caller's promise.
    guard(unsafe { error_out(err) }, |scope| {
        // SAFETY: the caller's promise. Every place is emptied before the first one that is missing fails the call.
        let outs = outs.map(|(name, out)| unsafe { Out::new(out, name, Buf::EMPTY) });
        let outs: Vec<Out<Buf>> = outs.into_iter().collect::<Result<_, _>>()?;
        let session: Arc<SessionObject> = handle::get(Token::of(session), "session")?;
        scope.log_to(&session.engine.log);
        // SAFETY: the caller's promise.
        let op = unsafe { op.read("op", CRM_TEXT_BYTES_MAX) }?;
        // SAFETY: the caller's promise.
        let request = unsafe { request.read("request", CRM_REQUEST_BYTES_MAX) }?;
        let request = if request.is_empty() { "{}" } else { request }.as_bytes();
        let _turn = session.turn()?;
        // SAFETY: the caller's promise.
        let brought = unsafe { Brought::read(opts) }?;
        if brought.stopped() {
            return Err(Error::Cancelled.into());
        }
        let made = work(&Work { session: &session, op, request, brought })?;
        // Nothing is handed over before all of it is there.
        let made = made.into_iter().map(Buf::of).collect::<Result<Vec<_>, _>>()?;
        outs.iter().zip(made).for_each(|(out, buf)| out.put(buf));
        Ok(())
    })
}

/// Runs one operation of the catalogue (`crm_describe` lists them) and commits it.
///
/// `session`: in. `op`: in, its name, such as `customer.create`. `request`: in, its JSON; empty is `{}`. `opts`: in,
/// borrowed for the call, may be NULL. `out`: out, the JSON response, owned by the host: `crm_buf_free`; empty after a
/// failure. `err`: out, may be NULL, as of `crm_open`. Threads: any, one at a time in a session.
/// Fails: `CRM_E_NULL`, `CRM_E_HANDLE`, `CRM_E_UTF8`, `CRM_E_LIMIT`, `CRM_E_POISONED`, `CRM_E_BUSY`,
/// `CRM_E_REENTRANT`, `CRM_E_VERSION`, `CRM_E_ARGUMENT`, `CRM_E_CANCELLED`, then as the operation: 1100 to 5999.
/// After a failure nothing was changed, but for `CRM_E_STORE_UNKNOWN`.
/// history: unstable since 0.1.0
#[expect(unsafe_code, reason = "a C symbol")]
#[unsafe(no_mangle)]
pub unsafe extern "C" fn crm_call(
    session: SessionHandle,
    op: Str,
    request: Str,
    opts: *const CallOpts,
    out: *mut Buf,
    err: *mut ErrorHandle,
) -> Status {
    // SAFETY: by the rules of the header.
    unsafe {
        answer((session, op, request, opts), ([("out", out)], err), |work| {
            let stopped = || work.brought.stopped();
            let options = CallOptions { key: work.brought.key, cancelled: Some(&stopped) };
            let session = &work.session.session;
            Ok([session.call(&work.brought.env, work.op, work.request, &options)?])
        })
    }
}

/// What `crm_call` would commit, as JSON, without committing it: for hosts that write it inside a transaction of their
/// own. `null` where nothing would be written.
///
/// `{"tenant", "commit", "at", "guards": [{"kind", "id", "version"}], "ops": [{"put" or "purge": kind, "id",
/// "replaces", "version", "deleted", "fields", "ext"}]}`; a `version` or `replaces` that is null: no row may be there.
/// Parameters, threads and failures: as of `crm_call`; the key, the cancel token and progress are not used after the
/// call began.
/// history: unstable since 0.1.0
#[expect(unsafe_code, reason = "a C symbol")]
#[unsafe(no_mangle)]
pub unsafe extern "C" fn crm_plan(
    session: SessionHandle,
    op: Str,
    request: Str,
    opts: *const CallOpts,
    out: *mut Buf,
    err: *mut ErrorHandle,
) -> Status {
    // SAFETY: by the rules of the header.
    unsafe {
        answer((session, op, request, opts), ([("out", out)], err), |work| {
            let session = &work.session.session;
            let planned = session.plan(&work.brought.env, work.op, work.request)?;
            Ok([planned.batch.map_or_else(|| b"null".to_vec(), |batch| plan::json(&batch))])
        })
    }
}

/// What `crm_call` would commit, as SQL, without committing it: for hosts that commit it together with rows of their own, on
/// a SQLite connection of their own to the store's file.
///
/// `session`: in. `op`: in. `request`: in. `opts`: in, as of `crm_call`; key, cancel token and progress are not used after the
/// call began. `sql`: out, the statements as one text without parameters, one a line, for `sqlite3_exec`; empty where nothing
/// would be written. `answer`: out, the JSON response that `crm_call` would give, true once the host has committed. Both are
/// owned by the host: `crm_buf_free`; empty after a failure. Neither is terminated by a NUL: its length counts. `err`: out, as
/// of `crm_call`. Threads: any, one at a time in a session.
///
/// Begin a transaction as `BEGIN IMMEDIATE`, call this, run `sql` and statements of your own, `COMMIT`. Where a statement
/// fails with a constraint error, somebody wrote since the plan was made: `ROLLBACK` and begin again. One plan a transaction:
/// the next one would not see what is not committed; put several operations into one `batch`. The process must hold one
/// SQLite library only, this one's: see docs/c.md.
/// Fails: as `crm_call`; `CRM_E_ARGUMENT` where the store is no SQLite file.
/// history: unstable since 0.1.0
#[expect(unsafe_code, reason = "a C symbol")]
#[unsafe(no_mangle)]
pub unsafe extern "C" fn crm_plan_sql(
    session: SessionHandle,
    op: Str,
    request: Str,
    opts: *const CallOpts,
    sql: *mut Buf,
    answer: *mut Buf,
    err: *mut ErrorHandle,
) -> Status {
    let outs = [("sql", sql), ("answer", answer)];
    // SAFETY: by the rules of the header.
    unsafe {
        self::answer((session, op, request, opts), (outs, err), |work| {
            let script = work.session.engine.script.ok_or_else(|| {
                let invalid =
                    Invalid::new("store.no_sql", "").limit("a store opened as sqlite:PATH");
                Fault::Argument("session", invalid)
            })?;
            let session = &work.session.session;
            let planned = session.plan(&work.brought.env, work.op, work.request)?;
            let sql = planned.batch.as_ref().map(script).transpose().map_err(Error::from)?;
            Ok([sql.unwrap_or_default().into_bytes(), planned.answer])
        })
    }
}
