//! Scripts: one operation per line, as `crm run` has it.

use std::sync::Arc;

use crm_core::api::script::{self, Defaults};

use crate::boundary::{Out, error_out, guard};
use crate::buffer::Buf;
use crate::engine::{EngineHandle, EngineObject};
use crate::error::ErrorHandle;
use crate::handle::{self, Token};
use crate::status::Status;
use crate::text::{CRM_REQUEST_BYTES_MAX, CRM_TEXT_BYTES_MAX, Str};

/// Runs one line of a script: `{"op", "request", "key", "now", "entropy", "tenant", "actor", "purpose"}`, all but `op`
/// optional. The answer is `{"ok": response}` or `{"error": problem}`, without a line break. The same lines with the
/// same defaults give the same bytes in every host and in `crm run`.
///
/// `engine`: in. `defaults`: in, JSON `{"now", "seed", "tenant", "actor", "purpose"}`, all but `now` optional. `number`:
/// in, of the line, from 1. `line`: in. `out`: out, the answer, owned by the host: `crm_buf_free`; empty after a failure
/// and for a line that is blank or begins with `#`. `err`: out, may be NULL, as of `crm_open`. Threads: any.
/// Fails: `CRM_E_NULL`, `CRM_E_HANDLE`, `CRM_E_UTF8`, `CRM_E_LIMIT`, `CRM_E_REQUEST` (the defaults). An operation that
/// fails is an answer, and `CRM_OK`.
/// history: unstable since 0.1.0
#[expect(unsafe_code, reason = "a C symbol")]
#[unsafe(no_mangle)]
pub unsafe extern "C" fn crm_run_line(
    engine: EngineHandle,
    defaults: Str,
    number: u64,
    line: Str,
    out: *mut Buf,
    err: *mut ErrorHandle,
) -> Status {
    // SAFETY: by the rules of the header.
    guard(unsafe { error_out(err) }, |scope| {
        // SAFETY: by the rules of the header.
        let out = unsafe { Out::new(out, "out", Buf::EMPTY) }?;
        let engine: Arc<EngineObject> = handle::get(Token::of(engine), "engine")?;
        scope.log_to(&engine.log);
        // SAFETY: by the rules of the header.
        let defaults = unsafe { defaults.read("defaults", CRM_TEXT_BYTES_MAX) }?;
        // SAFETY: by the rules of the header.
        let line = unsafe { line.read("line", CRM_REQUEST_BYTES_MAX) }?;
        let defaults = Defaults::parse(defaults)?;
        if let Some(answer) = script::run_line(&engine.engine, &defaults, number, line) {
            out.put(Buf::of(answer.into_bytes())?);
        }
        Ok(())
    })
}
