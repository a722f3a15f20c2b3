//! A scorer of the host's: a callback that scores leads, customers and deals.

use core::ffi::{c_char, c_void};
use std::sync::Arc;

use crm_core::scoring::{Answer, Features, Scorer};
use crm_core::value::Timestamp;

use crate::boundary::{error_out, guard, upcall};
use crate::engine::{EngineHandle, EngineObject};
use crate::error::ErrorHandle;
use crate::handle::{self, Token};
use crate::log::DestroyFn;
use crate::status::Status;
use crate::text::{CRM_TEXT_BYTES_MAX, Str};

/// Scores: `features` is a JSON object of `length` bytes, borrowed for the call, of the instant `at_micros`. Writes at most
/// `capacity` bytes of JSON to `answer` and their number to `written`. Returns 0, or anything else where there is no score.
pub type ScoreFn = Option<
    unsafe extern "C" fn(
        ctx: *mut c_void,
        features: *const c_char,
        length: usize,
        at_micros: i64,
        answer: *mut c_char,
        capacity: usize,
        written: *mut usize,
    ) -> i32,
>;

/// Bytes of a scorer's answer at most.
pub const CRM_SCORE_BYTES_MAX: usize = 65_536;

/// The host's scorer, and what it stands on.
struct HostScorer {
    score: ScoreFn,
    destroy: DestroyFn,
    ctx: *mut c_void,
}

// SAFETY: the header demands that both callbacks may be called on any thread with this `ctx`.
#[expect(unsafe_code, reason = "the host's word for its callbacks")]
unsafe impl Send for HostScorer {}
// SAFETY: as above.
#[expect(unsafe_code, reason = "the host's word for its callbacks")]
unsafe impl Sync for HostScorer {}

impl Scorer for HostScorer {
    #[expect(unsafe_code, reason = "calls the host")]
    fn score(&self, features: &Features, at: Timestamp) -> Result<Answer, String> {
        let score = self.score.ok_or("no callback")?;
        let features = serde_json::to_vec(features).map_err(|e| e.to_string())?;
        let mut answer = vec![0_u8; CRM_SCORE_BYTES_MAX];
        let mut written = 0_usize;
        // SAFETY: the callback is the host's, called as the header says; the places live until it returns.
        let status = upcall(|| unsafe {
            score(
                self.ctx,
                features.as_ptr().cast(),
                features.len(),
                at.micros(),
                answer.as_mut_ptr().cast(),
                answer.len(),
                &mut written,
            )
        });
        if status != 0 {
            return Err(format!("the callback returned {status}"));
        }
        let answer = answer.get(..written).ok_or("an answer longer than its place")?;
        serde_json::from_slice(answer).map_err(|e| format!("its answer is no score: {e}"))
    }
}

impl Drop for HostScorer {
    #[expect(unsafe_code, reason = "calls the host")]
    fn drop(&mut self) {
        if let Some(destroy) = self.destroy {
            // SAFETY: the callback is the host's, and this is its only call.
            upcall(|| unsafe { destroy(self.ctx) });
        }
    }
}

/// Registers a scorer under a name, for models of kind `host` that name it; one of that name is replaced. It serves every
/// session of the engine. The answer is JSON: `{"base":0,"parts":[{"term":"size","adds":700,"reason":"large"}]}`, whose
/// numbers sum to the score, in the unit of the model. The same features must get the same answer.
///
/// `engine`: in. `name`: in, borrowed for the call. `score`: NULL takes the scorer of that name back. `ctx`: handed to it. `destroy`: called
/// once with `ctx` when the scorer is replaced or taken back and no call uses it, when the engine and its sessions are
/// gone, or when this fails; may be NULL. `err`: out, may be NULL, as of `crm_open`.
/// Threads: any. The scorer is called on the thread of the call that scores; it must not call the session of that call.
/// Fails: `CRM_E_NULL`, `CRM_E_HANDLE`, `CRM_E_UTF8`, `CRM_E_LIMIT`. What a scorer answers wrongly fails the call that asked
/// it: `scorer.failed`, `scorer.answer`.
/// history: unstable since 0.1.0
#[expect(unsafe_code, reason = "a C symbol")]
#[unsafe(no_mangle)]
pub unsafe extern "C" fn crm_set_scorer(
    engine: EngineHandle,
    name: Str,
    score: ScoreFn,
    destroy: DestroyFn,
    ctx: *mut c_void,
    err: *mut ErrorHandle,
) -> Status {
    // Before anything can fail, so that `destroy` is called whatever happens.
    let scorer = HostScorer { score, destroy, ctx };
    // SAFETY: by the rules of the header.
    guard(unsafe { error_out(err) }, |scope| {
        let engine: Arc<EngineObject> = handle::get(Token::of(engine), "engine")?;
        scope.log_to(&engine.log);
        // SAFETY: by the rules of the header.
        let name = unsafe { name.read("name", CRM_TEXT_BYTES_MAX) }?;
        let scorer = scorer.score.is_some().then(|| Arc::new(scorer) as Arc<dyn Scorer>);
        engine.engine.set_scorer(name, scorer);
        Ok(())
    })
}
