//! Opening and closing an engine.

use core::ffi::c_void;
use core::ptr;
use std::sync::Arc;

use crm_core::engine::{Engine, Error};
use crm_core::store::{Batch, MemoryStore, Store, StoreResult};
use crm_core::value::Invalid;

use crate::boundary::{self, Out, error_out, guard};
use crate::error::{ErrorHandle, Fault};
use crate::handle::{self, Held, Token};
use crate::log::{DestroyFn, Log, LogFn};
use crate::options::{self, Versioned};
use crate::status::Status;
use crate::text::{CRM_TEXT_BYTES_MAX, Str};

/// What a `crm_engine` points to: nothing that a host may read.
pub struct EngineToken(());
/// An engine over one store. Any thread may use it, at the same time as others.
pub type EngineHandle = *mut EngineToken;

/// How to open an engine. Begin with `CRM_OPTIONS_INIT`.
#[repr(C)]
#[derive(Clone, Copy)]
pub struct Options {
    /// `sizeof(crm_options)`.
    pub struct_size: u32,
    /// `CRM_ABI_VERSION`.
    pub abi_version: u32,
    /// Where the data is: `memory:` (gone with the engine), `sqlite:PATH` where `crm_has_feature("sqlite")`.
    pub uri: Str,
    /// Receives faults of the library; may be NULL.
    pub log: LogFn,
    /// Called once with `log_ctx` when the engine and its sessions are gone, or opening failed; may be NULL.
    pub log_destroy: DestroyFn,
    /// Given to `log` and `log_destroy`; may be used by any thread.
    pub log_ctx: *mut c_void,
}

// SAFETY: `repr(C)`, begins with two `u32`; zeros are an empty text and absent callbacks.
#[expect(unsafe_code, reason = "promises a layout")]
unsafe impl Versioned for Options {}

/// An engine that the host holds.
pub(crate) struct EngineObject {
    pub(crate) engine: Engine,
    pub(crate) log: Arc<Log>,
    /// Batches as SQL text, where the store runs SQL.
    pub(crate) script: Option<ToScript>,
}

/// A batch as SQL text.
pub(crate) type ToScript = fn(&Batch) -> StoreResult<String>;

impl Held for EngineObject {
    const KIND: usize = 1;
}

/// Opens an engine.
///
/// `options`: in, borrowed for the call. `out`: out, owned by the host: `crm_close`; NULL after a failure. `err`: out,
/// may be NULL; an error owned by the host, or NULL after `CRM_OK`. Threads: any.
/// Fails: `CRM_E_NULL`, `CRM_E_VERSION`, `CRM_E_UTF8`, `CRM_E_LIMIT`, `CRM_E_ARGUMENT` (the URI), `CRM_E_STORE*`.
/// history: unstable since 0.1.0
#[expect(unsafe_code, reason = "a C symbol")]
#[unsafe(no_mangle)]
pub unsafe extern "C" fn crm_open(
    options: *const Options,
    out: *mut EngineHandle,
    err: *mut ErrorHandle,
) -> Status {
    // SAFETY: by the rules of the header.
    guard(unsafe { error_out(err) }, |scope| {
        // SAFETY: by the rules of the header.
        let out = unsafe { Out::new(out, "out", ptr::null_mut()) };
        // SAFETY: by the rules of the header.
        let options = unsafe { options::read(options, "options") }?;
        // Before anything else can fail, so that `log_destroy` is called whatever happens.
        let log = Arc::new(Log::new(options.log, options.log_destroy, options.log_ctx));
        scope.log_to(&log);
        let out = out?;
        // SAFETY: by the rules of the header.
        let uri = unsafe { options.uri.read("options.uri", CRM_TEXT_BYTES_MAX) }?;
        let (store, script) = open_store(uri)?;
        let engine = Engine::open(store);
        out.put(handle::insert(EngineObject { engine, log, script })?.handle());
        Ok(())
    })
}

/// The forms of a URI.
const URIS: &[&str] =
    if cfg!(feature = "sqlite") { &["memory:", "sqlite:PATH"] } else { &["memory:"] };

/// The store that a URI names, and how its batches become SQL.
fn open_store(uri: &str) -> Result<(Arc<dyn Store>, Option<ToScript>), Fault> {
    match uri.split_once(':') {
        Some(("memory", "")) => Ok((Arc::new(MemoryStore::default()), None)),
        #[cfg(feature = "sqlite")]
        // The tenant is an argument of the session; `?tenant=N` must not become a part of a file's name.
        Some(("sqlite", path)) if !path.is_empty() && !path.contains('?') => {
            let store = crm_sqlite::SqliteStore::open(path).map_err(Error::from)?;
            Ok((Arc::new(store), Some(crm_sqlite::script)))
        }
        _ => {
            let invalid = Invalid::new("uri.unknown", uri).allowed(URIS.iter().copied());
            Err(Fault::Argument("options.uri", invalid))
        }
    }
}

/// Closes an engine. Its sessions work on until they are closed too; the store closes with the last of them.
///
/// `engine`: in, consumed; NULL is harmless. Threads: any, also while calls are at work.
/// Returns: `CRM_OK`; `CRM_E_HANDLE` where it was closed before or never was an engine; nothing happens then.
/// history: unstable since 0.1.0
#[expect(unsafe_code, reason = "a C symbol")]
#[unsafe(no_mangle)]
pub extern "C" fn crm_close(engine: EngineHandle) -> Status {
    boundary::release::<EngineObject>(Token::of(engine), "engine")
}
