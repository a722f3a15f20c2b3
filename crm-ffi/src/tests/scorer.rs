//! A scorer of the host's, good and bad.

use core::ffi::{c_char, c_void};
use core::ptr;
use core::sync::atomic::{AtomicU32, Ordering};

use super::{call, open, opts, session, text};
use crate::engine::crm_close;
use crate::scorer::{ScoreFn, crm_set_scorer};
use crate::session::crm_session_close;

static DESTROYED: AtomicU32 = AtomicU32::new(0);

#[expect(unsafe_code, reason = "a host's callback")]
unsafe extern "C" fn destroyed(ctx: *mut c_void) {
    assert!(!ctx.is_null());
    DESTROYED.fetch_add(1, Ordering::SeqCst);
}

/// Answers with the text that `ctx` points to: a status, a length that it claims, and the bytes.
#[expect(unsafe_code, reason = "a host's callback")]
unsafe extern "C" fn answers(
    ctx: *mut c_void,
    features: *const c_char,
    length: usize,
    _at: i64,
    answer: *mut c_char,
    capacity: usize,
    written: *mut usize,
) -> i32 {
    // SAFETY: as the header says; `ctx` is the test's.
    unsafe {
        let (status, claimed, said) = &*ctx.cast::<(i32, Option<usize>, &str)>();
        let features = core::slice::from_raw_parts(features.cast::<u8>(), length);
        assert!(serde_json::from_slice::<serde_json::Value>(features).is_ok());
        assert!(said.len() <= capacity);
        ptr::copy_nonoverlapping(said.as_ptr().cast(), answer, said.len());
        *written = claimed.unwrap_or(said.len());
        *status
    }
}

#[expect(unsafe_code, reason = "a host calls")]
fn set(engine: crate::engine::EngineHandle, score: ScoreFn, ctx: *mut c_void) -> i32 {
    // SAFETY: the context is a local of the test that outlives the engine's use of it.
    unsafe { crm_set_scorer(engine, text("own"), score, Some(destroyed), ctx, ptr::null_mut()) }
}

#[test]
fn what_a_host_scores_is_the_score_and_what_it_may_not_answer_fails_the_call() {
    let engine = open();
    let session = session(engine);
    let ask = |op: &str, request: &str| call(session, op, request, &opts());
    let (status, lead) = ask("lead.capture", r#"{"name":"A","phones":["13800138000"]}"#);
    assert_eq!(status, 0, "{lead}");
    let lead: serde_json::Value = serde_json::from_str(&lead).unwrap();
    let model = r#"{"name":"m","target":"lead","host":{"scorer":"own","unit":"milli_points"}}"#;
    let (status, said) = ask("score_model.define", model);
    assert_eq!(status, 0, "{said}");
    let explain = format!(r#"{{"model":"m","subject":{}}}"#, lead["id"]);
    let (_, said) = ask("score.explain", &explain);
    assert!(said.contains("scorer.unknown"), "{said}");
    let table: [(i32, Option<usize>, &str, &str); 6] = [
        (0, None, r#"{"base":5,"parts":[{"term":"size","adds":7}]}"#, "\"value\":12"),
        (3, None, "", "scorer.failed"),
        (0, Some(usize::MAX), "{}", "scorer.failed"),
        (0, None, "not json", "scorer.failed"),
        (0, None, r#"{"base":1,"parts":[],"more":1}"#, "scorer.failed"),
        (0, None, r#"{"base":9000000000,"parts":[]}"#, "scorer.answer"),
    ];
    let before = DESTROYED.load(Ordering::SeqCst);
    for (status, claimed, said, expected) in &table {
        let mut ctx = (*status, *claimed, *said);
        assert_eq!(set(engine, Some(answers), ptr::from_mut(&mut ctx).cast()), 0);
        let (_, found) = ask("score.explain", &explain);
        assert!(found.contains(expected), "{said}: {found}");
        assert_eq!(set(engine, None, ptr::from_mut(&mut ctx).cast()), 0);
    }
    // Each was registered, and each call that took it back brought a context of its own.
    assert_eq!(DESTROYED.load(Ordering::SeqCst) - before, 12);
    crm_session_close(session);
    crm_close(engine);
}
