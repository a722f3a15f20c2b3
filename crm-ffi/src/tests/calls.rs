//! Sessions, callbacks, time, cancelling, faults.

use core::ffi::{c_char, c_void};
use core::ptr;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use crm_core::engine::Engine;
use crm_core::store::{
    Admin, AdminRow, AggSpec, Applied, Batch, Caps, Change, Flow, Key, MemoryStore, Pushed, Row,
    Scan, ScanEnd, Seq, Store, StoreResult, TenantId,
};

use super::{call, only_session, open, options, opts, problem, session, taken, text};
use crate::buffer::Buf;
use crate::call::{CallOpts, crm_call, crm_plan};
use crate::cancel::{crm_cancel_free, crm_cancel_new, crm_cancel_trigger};
use crate::describe::catalogue;
use crate::engine::{EngineHandle, EngineObject, crm_close, crm_open};
use crate::handle;
use crate::log::{CRM_LOG_ERROR, Log};
use crate::run::crm_run_line;
use crate::session::{SessionHandle, crm_session_close, crm_session_open};
use crate::status::{
    self, CRM_E_ARGUMENT, CRM_E_BUSY, CRM_E_CANCELLED, CRM_E_INTERNAL, CRM_E_OPERATION,
    CRM_E_POISONED, CRM_E_REENTRANT, CRM_E_REFUSED, CRM_OK, Status, crm_status_name,
};

const NEW: &str = r#"{"name":"A"}"#;

#[test]
fn a_session_outlives_the_handle_of_its_engine() {
    let session = only_session();
    let (status, created) = call(session, "customer.create", NEW, &opts());
    assert_eq!(status, CRM_OK, "{created}");
    assert!(created.contains(r#""version":1"#));
    assert_eq!(crm_session_close(session), CRM_OK);
}

#[test]
fn a_refusal_names_the_field() {
    let session = only_session();
    let (status, problem) = call(session, "customer.create", r#"{"name":""}"#, &opts());
    assert_eq!(status, CRM_E_REFUSED);
    assert!(problem.contains(r#""code":"text.empty","path":"name""#), "{problem}");
    assert_eq!(call(session, "no.such", "", &opts()).0, CRM_E_OPERATION);
    crm_session_close(session);
}

#[test]
fn time_and_entropy_that_are_given_decide_the_bytes() {
    let entropy = [7_u8; 32];
    let given = CallOpts {
        now_micros: 1_790_000_000_000_000,
        entropy: entropy.as_ptr(),
        entropy_len: 32,
        ..opts()
    };
    let run = |opts: &CallOpts| call(only_session(), "customer.create", NEW, opts);
    assert_eq!(run(&given), run(&given));
    assert_ne!(run(&opts()), run(&opts()), "else the machine's");
}

#[test]
fn the_same_key_gives_the_first_answer() {
    let session = only_session();
    let keyed = CallOpts { key: text("k"), ..opts() };
    let first = call(session, "customer.create", NEW, &keyed);
    assert_eq!(call(session, "customer.create", NEW, &keyed), first);
    assert_eq!(call(session, "customer.create", r#"{"name":"B"}"#, &keyed).0, 3001);
}

#[test]
#[expect(unsafe_code, reason = "a host calls")]
fn a_cancelled_call_changes_nothing() {
    let session = only_session();
    let mut cancel = ptr::null_mut();
    // SAFETY: a pointer to a local.
    unsafe { crm_cancel_new(&mut cancel, ptr::null_mut()) };
    let stoppable = CallOpts { cancel, ..opts() };
    assert_eq!(call(session, "customer.create", NEW, &stoppable).0, CRM_OK);
    assert_eq!(crm_cancel_trigger(cancel), CRM_OK);
    assert_eq!(call(session, "customer.create", NEW, &stoppable).0, CRM_E_CANCELLED);
    assert_eq!(crm_cancel_free(cancel), CRM_OK);
}

/// What the progress callback saw when it called back, and what it answers.
struct Nested {
    session: SessionHandle,
    status: Status,
    stop: i32,
}

#[expect(unsafe_code, reason = "a host's callback")]
extern "C" fn nest(ctx: *mut c_void, step: u64) -> i32 {
    assert_eq!(step, 0);
    // SAFETY: the context is a `Nested` that outlives the call.
    let nested = unsafe { &mut *ctx.cast::<Nested>() };
    nested.status = call(nested.session, "customer.create", NEW, &opts()).0;
    nested.stop
}

#[test]
fn a_callback_may_stop_its_call_and_may_not_enter_its_session() {
    let session = only_session();
    for (stop, expected) in [(0, CRM_OK), (1, CRM_E_CANCELLED)] {
        let mut nested = Nested { session, status: 0, stop };
        let progress_ctx = ptr::from_mut(&mut nested).cast();
        let watched = CallOpts { progress: Some(nest), progress_ctx, ..opts() };
        assert_eq!(call(session, "customer.create", NEW, &watched).0, expected);
        assert_eq!(nested.status, CRM_E_REENTRANT);
    }
    let mut other = Nested { session: only_session(), status: -1, stop: 0 };
    let progress_ctx = ptr::from_mut(&mut other).cast();
    let watched = CallOpts { progress: Some(nest), progress_ctx, ..opts() };
    assert_eq!(call(session, "customer.create", NEW, &watched).0, CRM_OK);
    assert_eq!(other.status, CRM_OK, "another session may be entered");
}

#[expect(unsafe_code, reason = "a host's callback")]
extern "C" fn elsewhere(ctx: *mut c_void, _: u64) -> i32 {
    // SAFETY: as above.
    let nested = unsafe { &mut *ctx.cast::<Nested>() };
    let bits = nested.session.addr();
    let busy = std::thread::spawn(move || {
        call(ptr::without_provenance_mut(bits), "customer.create", NEW, &opts()).0
    });
    nested.status = busy.join().unwrap();
    0
}

#[test]
fn a_second_thread_finds_the_session_busy() {
    let session = only_session();
    let mut nested = Nested { session, status: 0, stop: 0 };
    let progress_ctx = ptr::from_mut(&mut nested).cast();
    let watched = CallOpts { progress: Some(elsewhere), progress_ctx, ..opts() };
    assert_eq!(call(session, "customer.create", NEW, &watched).0, CRM_OK);
    assert_eq!(nested.status, CRM_E_BUSY);
}

/// A store with a fault: every method panics, or the first does.
struct Faulty;

impl Store for Faulty {
    fn caps(&self) -> Caps {
        MemoryStore::default().caps()
    }

    fn get(
        &self,
        _: TenantId,
        _: &[Key],
        _: &mut dyn FnMut(usize, Seq, &crm_core::record::Record) -> Flow,
    ) -> StoreResult<Seq> {
        panic!("the store fell over")
    }

    fn scan(&self, _: &Scan<'_>, _: &mut dyn FnMut(Row<'_>) -> Flow) -> StoreResult<ScanEnd> {
        panic!("the store fell over")
    }

    fn apply(&self, _: &[Batch]) -> Vec<StoreResult<Applied>> {
        panic!("the store fell over")
    }

    fn changes(
        &self,
        _: TenantId,
        _: Seq,
        _: u32,
        _: Duration,
        _: &mut dyn FnMut(&Change) -> Flow,
    ) -> StoreResult<Seq> {
        panic!("the store fell over")
    }

    fn aggregate(
        &self,
        _: TenantId,
        _: &AggSpec<'_>,
        _: &mut dyn FnMut(&[crm_core::record::Val], i128) -> Flow,
    ) -> StoreResult<Pushed> {
        panic!("the store fell over")
    }

    fn admin(&self, _: &Admin, _: &mut dyn FnMut(&AdminRow) -> Flow) -> StoreResult<()> {
        panic!("the store fell over")
    }
}

/// What a log received, and how often it was let go.
#[derive(Default)]
struct Heard {
    lines: Mutex<Vec<String>>,
    destroyed: Mutex<u32>,
}

#[expect(unsafe_code, reason = "a host's callback")]
extern "C" fn hear(ctx: *mut c_void, level: i32, message: *const c_char, length: usize) {
    assert_eq!(level, CRM_LOG_ERROR);
    // SAFETY: the context is a `Heard` that outlives the engine, the message has `length` bytes.
    let (heard, bytes) = unsafe {
        (&*ctx.cast::<Heard>(), core::slice::from_raw_parts(message.cast::<u8>(), length))
    };
    heard.lines.lock().unwrap().push(String::from_utf8(bytes.to_vec()).unwrap());
}

#[expect(unsafe_code, reason = "a host's callback")]
extern "C" fn let_go(ctx: *mut c_void) {
    // SAFETY: as above.
    *unsafe { &*ctx.cast::<Heard>() }.destroyed.lock().unwrap() += 1;
}

#[test]
fn a_fault_in_the_engine_poisons_its_session_and_is_logged() {
    let heard = Heard::default();
    let ctx = ptr::from_ref(&heard).cast_mut().cast();
    let log = Arc::new(Log::new(Some(hear), Some(let_go), ctx));
    let engine = Engine::open(Arc::new(Faulty));
    let faulty = EngineObject { engine, log, script: None };
    let engine: EngineHandle = handle::insert(faulty).unwrap().handle();
    let (first, second) = (session(engine), session(engine));
    let (status, problem) = call(first, "customer.create", NEW, &opts());
    assert_eq!(status, CRM_E_INTERNAL);
    assert!(problem.contains("calls.rs") && problem.contains("the store fell over"), "{problem}");
    assert_eq!(call(first, "customer.create", NEW, &opts()).0, CRM_E_POISONED);
    assert_eq!(call(second, "no.such", NEW, &opts()).0, CRM_E_OPERATION, "others go on");
    let lines = heard.lines.lock().unwrap().clone();
    assert!(lines.len() == 1 && lines[0].contains("the store fell over"), "{lines:?}");
    assert_eq!(crm_session_close(first), CRM_OK);
    assert_eq!(crm_close(engine), CRM_OK);
    assert_eq!(*heard.destroyed.lock().unwrap(), 0, "a session still needs it");
    assert_eq!(crm_session_close(second), CRM_OK);
    assert_eq!(*heard.destroyed.lock().unwrap(), 1);
}

#[test]
#[expect(unsafe_code, reason = "a host calls")]
fn the_context_of_a_log_is_let_go_once_also_when_opening_fails() {
    for (uri, out_null, expected) in
        [("memory:", false, CRM_OK), ("ftp:x", false, CRM_E_ARGUMENT), ("memory:", true, 1001)]
    {
        let heard = Heard::default();
        let mut given = options();
        given.uri = text(uri);
        given.log_destroy = Some(let_go);
        given.log_ctx = ptr::from_ref(&heard).cast_mut().cast();
        let mut engine = ptr::null_mut();
        let out = if out_null { ptr::null_mut() } else { &raw mut engine };
        // SAFETY: pointers to locals.
        assert_eq!(unsafe { crm_open(&given, out, ptr::null_mut()) }, expected);
        crm_close(engine);
        assert_eq!(*heard.destroyed.lock().unwrap(), 1, "{uri}");
    }
}

#[test]
#[expect(unsafe_code, reason = "a host calls")]
fn fields_of_a_newer_header_are_refused_only_where_they_are_set() {
    #[repr(C)]
    struct Newer {
        known: CallOpts,
        later: u64,
    }
    let (session, mut out) = (only_session(), Buf::EMPTY);
    let size = u32::try_from(size_of::<Newer>()).unwrap();
    for (later, expected) in [(0, CRM_OK), (1, status::CRM_E_VERSION)] {
        let newer = Newer { known: CallOpts { struct_size: size, ..opts() }, later };
        // SAFETY: pointers to locals, readable for `struct_size` bytes.
        let status = unsafe {
            let opts = ptr::from_ref(&newer).cast();
            crm_call(session, text("customer.create"), text(NEW), opts, &mut out, ptr::null_mut())
        };
        assert_eq!(status, expected);
    }
}

#[test]
#[expect(unsafe_code, reason = "a host calls")]
fn a_plan_is_what_a_call_would_commit() {
    let session = only_session();
    let mut out = Buf::EMPTY;
    let run = |op: &str, request: &str, out: &mut Buf| {
        // SAFETY: pointers to locals.
        let status = unsafe {
            crm_plan(session, text(op), text(request), ptr::null(), out, ptr::null_mut())
        };
        assert_eq!(status, CRM_OK);
    };
    run("customer.create", r#"{"name":"Planned"}"#, &mut out);
    let plan: serde_json::Value = serde_json::from_str(&taken(out)).unwrap();
    let put = &plan["ops"][0];
    assert_eq!(
        (&put["put"], &put["replaces"], &put["version"]),
        (&"customer".into(), &serde_json::Value::Null, &"1".into())
    );
    assert_eq!(put["fields"]["name"], "Planned");
    let request = serde_json::json!({"id": put["id"]}).to_string();
    assert_eq!(call(session, "customer.get", &request, &opts()).0, 2404, "nothing was committed");
}

#[test]
#[expect(unsafe_code, reason = "a host calls")]
fn a_script_line_is_answered_and_a_remark_is_not() {
    let engine = open();
    let run = |defaults: &str, line: &str| {
        let (mut out, mut err) = (Buf::EMPTY, ptr::null_mut());
        // SAFETY: pointers to locals.
        let status =
            unsafe { crm_run_line(engine, text(defaults), 1, text(line), &mut out, &mut err) };
        match (status, out.data.is_null()) {
            (CRM_OK, true) => String::new(),
            (CRM_OK, false) => taken(out),
            _ => problem(err),
        }
    };
    let defaults = r#"{"now":"2026-01-05T08:00:00Z","seed":1}"#;
    assert_eq!(run(defaults, "# remark"), "");
    assert!(
        run(defaults, r#"{"op":"customer.create","request":{"name":"A"}}"#)
            .starts_with(r#"{"ok":"#)
    );
    assert!(run(defaults, r#"{"op":"no.such"}"#).starts_with(r#"{"error":"#));
    assert!(run(r#"{"now":"x"}"#, "{}").contains(r#""path":"now""#));
    crm_close(engine);
}

#[test]
#[expect(unsafe_code, reason = "a host calls")]
fn a_session_says_what_is_wrong_with_its_purpose_at_once_and_with_its_actor_at_the_first_call() {
    let engine = open();
    let open_as = |actor: &str, purpose: &str| {
        let (mut session, mut err) = (ptr::null_mut(), ptr::null_mut());
        // SAFETY: pointers to locals.
        let status = unsafe {
            crm_session_open(engine, 1, text(actor), text(purpose), &mut session, &mut err)
        };
        (status, session, if err.is_null() { String::new() } else { problem(err) })
    };
    let (status, session, problem) = open_as("owner", "fun");
    assert_eq!((status, session.is_null()), (CRM_E_ARGUMENT, true));
    assert!(problem.contains(r#""allowed":["sales","#), "{problem}");
    let (status, session, _) = open_as("nobody", "");
    assert_eq!(status, CRM_OK);
    assert_eq!(call(session, "customer.create", NEW, &opts()).0, status::CRM_E_ACTOR);
}

#[test]
fn every_number_of_the_engine_has_a_name_here() {
    let source = include_str!("../../../crm-core/src/engine/error.rs");
    let (_, from) = source.split_once("pub const fn status").unwrap();
    let (body, _) = from.split_once("\n    }\n").unwrap();
    let numbers: Vec<Status> = body
        .lines()
        .filter_map(|l| l.rsplit_once("=> ")?.1.trim_end_matches(',').parse().ok())
        .collect();
    assert!(numbers.len() >= 15, "{numbers:?}");
    for number in numbers {
        assert!(status::NAMES.iter().any(|(known, _)| *known == number), "{number} has no name");
    }
    let mut sorted: Vec<_> = status::NAMES.iter().map(|(number, _)| *number).collect();
    sorted.dedup();
    assert!(sorted.is_sorted() && sorted.len() == status::NAMES.len(), "no number twice");
    for (number, family) in [(2777, "CRM_E_REFUSED"), (4999, "CRM_E_STORE"), (-1, "CRM_E_INTERNAL")]
    {
        assert_eq!(super::c_text(crm_status_name(number)), family);
    }
}

#[test]
fn the_catalogue_lists_operations_statuses_and_layouts() {
    let described = catalogue();
    assert!(
        described["operations"]["customer.create"]["request"]["properties"]["name"].is_object()
    );
    assert_eq!(described["statuses"][0], serde_json::json!({"status": 0, "name": "CRM_OK"}));
    assert_eq!(described["abi"]["structs"]["crm_str"]["size"], 2 * size_of::<usize>());
    assert!(!described["features"].as_array().unwrap().is_empty());
}

#[cfg(feature = "sqlite")]
#[test]
#[expect(unsafe_code, reason = "a host calls")]
fn a_sqlite_file_keeps_what_was_committed_until_the_last_session_is_closed() {
    let path = std::env::temp_dir().join(format!("crm-ffi-{}.sqlite", std::process::id()));
    let uri = format!("sqlite:{}", path.display());
    let mut given = options();
    given.uri = text(&uri);
    let open_file = || {
        let mut engine = ptr::null_mut();
        // SAFETY: pointers to locals.
        assert_eq!(unsafe { crm_open(&given, &mut engine, ptr::null_mut()) }, CRM_OK);
        let session = session(engine);
        crm_close(engine);
        session
    };
    let id = "01890000-0000-7000-8000-000000000001";
    let first = open_file();
    let request = format!(r#"{{"id":"{id}","name":"Kept"}}"#);
    assert_eq!(call(first, "customer.create", &request, &opts()).0, CRM_OK);
    assert_eq!(crm_session_close(first), CRM_OK);
    let second = open_file();
    let (_, seen) = call(second, "customer.get", &format!(r#"{{"id":"{id}"}}"#), &opts());
    assert!(seen.contains(r#""name":"Kept""#), "{seen}");
    assert_eq!(crm_session_close(second), CRM_OK);
    for end in ["", "-wal", "-shm"] {
        _ = std::fs::remove_file(format!("{}{end}", path.display()));
    }
}

#[cfg(feature = "sqlite")]
#[test]
#[expect(unsafe_code, reason = "a host calls")]
fn a_store_that_cannot_be_opened_is_an_error_with_its_status() {
    for (uri, expected) in [
        ("sqlite:/no/such/folder/crm.sqlite", status::CRM_E_STORE_UNAVAILABLE),
        ("sqlite:", CRM_E_ARGUMENT),
        ("sqlite:x.sqlite?tenant=2", CRM_E_ARGUMENT),
        ("", CRM_E_ARGUMENT),
    ] {
        let mut given = options();
        given.uri = text(uri);
        let (mut engine, mut err) = (ptr::null_mut(), ptr::null_mut());
        // SAFETY: pointers to locals.
        let status = unsafe { crm_open(&given, &mut engine, &mut err) };
        assert_eq!((status, engine.is_null()), (expected, true), "{uri}: {}", problem(err));
    }
}
