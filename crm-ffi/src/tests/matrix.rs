//! Every export with every argument spoiled in every way: the documented status, and never a crash.

use core::ffi::c_void;
use core::ptr;
use std::sync::Arc;

use crm_core::engine::Engine;
use crm_core::store::MemoryStore;

use super::{c_text, open, options, opts, session, text};
use crate::buffer::{Buf, crm_buf_free};
use crate::call::{CallOpts, crm_call, crm_plan, crm_plan_sql};
use crate::cancel::{crm_cancel_free, crm_cancel_new, crm_cancel_trigger};
use crate::describe::crm_describe;
use crate::engine::{EngineHandle, EngineObject, Options, ToScript, crm_close, crm_open};
use crate::error::{
    ErrorHandle, crm_error_code, crm_error_free, crm_error_json, crm_error_message,
};
use crate::handle::{self, crm_live_objects};
use crate::log::Log;
use crate::run::crm_run_line;
use crate::scorer::crm_set_scorer;
use crate::session::{crm_session_close, crm_session_open};
use crate::status::{
    CRM_E_ARGUMENT, CRM_E_HANDLE, CRM_E_INTERNAL, CRM_E_LIMIT, CRM_E_NULL, CRM_E_UTF8,
    CRM_E_VERSION, CRM_OK, Status, crm_status_name,
};
use crate::tests::fault;
use crate::text::{CRM_ZSTR, Str};
use crate::version::{crm_abi_version, crm_build_id, crm_has_feature, crm_version_string};

/// Good arguments of every kind, one of which is spoiled.
struct Args {
    engine: usize,
    session: usize,
    cancel: usize,
    error: usize,
    texts: [(&'static str, Str); 6],
    options: Options,
    options_null: bool,
    opts: CallOpts,
    opts_null: bool,
    out_null: bool,
}

impl Args {
    fn good() -> Self {
        let engine = with_script();
        Self {
            engine: engine.addr(),
            session: session(engine).addr(),
            cancel: cancel(),
            error: error(),
            texts: [
                ("op", text("customer.create")),
                ("request", text(r#"{"name":"A"}"#)),
                ("actor", text("owner")),
                ("name", text("own")),
                ("purpose", text("sales")),
                ("defaults", text(r#"{"now":"2026-01-05T08:00:00Z"}"#)),
            ],
            options: options(),
            options_null: false,
            opts: opts(),
            opts_null: false,
            out_null: false,
        }
    }

    fn text(&self, name: &str) -> Str {
        self.texts.iter().find(|(known, _)| *known == name).unwrap().1
    }

    fn options(&self) -> *const Options {
        if self.options_null { ptr::null() } else { &self.options }
    }

    fn opts(&self) -> *const CallOpts {
        if self.opts_null { ptr::null() } else { &self.opts }
    }

    fn out<T>(&self, place: &mut T) -> *mut T {
        if self.out_null { ptr::null_mut() } else { place }
    }

    fn close(self) {
        let Self { engine, session, cancel, error, .. } = self;
        crm_session_close(handle(session));
        crm_close(handle(engine));
        crm_cancel_free(handle(cancel));
        crm_error_free(handle(error));
    }
}

/// An engine over the memory store that can spell batches as SQL, too: the text needs no file.
fn with_script() -> EngineHandle {
    let engine = Engine::open(Arc::new(MemoryStore::default()));
    let log = Arc::new(Log::new(None, None, ptr::null_mut()));
    let script = Some(crm_sqlite::script as ToScript);
    handle::insert(EngineObject { engine, log, script }).unwrap().handle()
}

fn handle<T>(bits: usize) -> *mut T {
    ptr::without_provenance_mut(bits)
}

#[expect(unsafe_code, reason = "a host calls")]
fn cancel() -> usize {
    let mut cancel = ptr::null_mut();
    // SAFETY: a pointer to a local.
    assert_eq!(unsafe { crm_cancel_new(&mut cancel, ptr::null_mut()) }, CRM_OK);
    cancel.addr()
}

#[expect(unsafe_code, reason = "a host calls")]
fn error() -> usize {
    let mut err = ptr::null_mut();
    // SAFETY: a pointer to a local.
    assert_eq!(unsafe { crm_open(ptr::null(), ptr::null_mut(), &mut err) }, CRM_E_NULL);
    err.addr()
}

type Call = fn(&Args, *mut ErrorHandle) -> Status;

/// The exports that answer with a status: name, parameters that can be spoiled, the call.
#[expect(unsafe_code, reason = "a host calls")]
const EXPORTS: &[(&str, &[&str], Call)] = &[
    ("crm_open", &["options", "options.uri", "out"], |args, err| {
        let mut out = ptr::null_mut();
        // SAFETY: pointers to locals, or what the matrix wants to be refused; so everywhere below.
        let status = unsafe { crm_open(args.options(), args.out(&mut out), err) };
        crm_close(out);
        status
    }),
    ("crm_close", &["engine?"], |args, _| crm_close(handle(args.engine))),
    ("crm_session_open", &["engine", "actor", "purpose", "out"], |args, err| {
        let (mut out, engine) = (ptr::null_mut(), handle(args.engine));
        let (actor, purpose) = (args.text("actor"), args.text("purpose"));
        // SAFETY: as above.
        let status =
            unsafe { crm_session_open(engine, 1, actor, purpose, args.out(&mut out), err) };
        crm_session_close(out);
        status
    }),
    ("crm_session_close", &["session?"], |args, _| crm_session_close(handle(args.session))),
    ("crm_call", &["session", "op", "request", "opts", "out"], |args, err| {
        let (mut out, session) = (Buf::EMPTY, handle(args.session));
        let (op, request) = (args.text("op"), args.text("request"));
        // SAFETY: as above.
        unsafe {
            let status = crm_call(session, op, request, args.opts(), args.out(&mut out), err);
            crm_buf_free(&mut out);
            status
        }
    }),
    ("crm_plan", &["session", "op", "request", "opts", "out"], |args, err| {
        let (mut out, session) = (Buf::EMPTY, handle(args.session));
        let (op, request) = (args.text("op"), args.text("request"));
        // SAFETY: as above.
        unsafe {
            let status = crm_plan(session, op, request, args.opts(), args.out(&mut out), err);
            crm_buf_free(&mut out);
            status
        }
    }),
    ("crm_plan_sql", &["session", "op", "request", "opts", "sql"], |args, err| {
        let (mut sql, mut answer, session) = (Buf::EMPTY, Buf::EMPTY, handle(args.session));
        let (op, request) = (args.text("op"), args.text("request"));
        // SAFETY: as above.
        unsafe {
            let out = args.out(&mut sql);
            let status = crm_plan_sql(session, op, request, args.opts(), out, &mut answer, err);
            crm_buf_free(&mut sql);
            crm_buf_free(&mut answer);
            status
        }
    }),
    ("crm_run_line", &["engine", "defaults", "line", "out"], |args, err| {
        let (mut out, engine) = (Buf::EMPTY, handle(args.engine));
        let (defaults, line) = (args.text("defaults"), args.text("request"));
        // SAFETY: as above.
        unsafe {
            let status = crm_run_line(engine, defaults, 1, line, args.out(&mut out), err);
            crm_buf_free(&mut out);
            status
        }
    }),
    ("crm_set_scorer", &["engine", "name"], |args, err| {
        let (engine, name) = (handle(args.engine), args.text("name"));
        // SAFETY: as above.
        unsafe { crm_set_scorer(engine, name, None, None, ptr::null_mut(), err) }
    }),
    ("crm_describe", &["out"], |args, err| {
        let mut out = Buf::EMPTY;
        // SAFETY: as above.
        unsafe {
            let status = crm_describe(args.out(&mut out), err);
            crm_buf_free(&mut out);
            status
        }
    }),
    ("crm_cancel_new", &["out"], |args, err| {
        let mut out = ptr::null_mut();
        // SAFETY: as above.
        let status = unsafe { crm_cancel_new(args.out(&mut out), err) };
        crm_cancel_free(out);
        status
    }),
    ("crm_cancel_trigger", &["cancel"], |args, _| crm_cancel_trigger(handle(args.cancel))),
    ("crm_cancel_free", &["cancel?"], |args, _| crm_cancel_free(handle(args.cancel))),
    ("crm_error_free", &["error?"], |args, _| crm_error_free(handle(args.error))),
];

/// The exports that answer otherwise: each is tried by a test of its own below.
const OTHERS: &[&str] = &[
    "crm_abi_version",
    "crm_buf_free",
    "crm_build_id",
    "crm_error_code",
    "crm_error_json",
    "crm_error_message",
    "crm_has_feature",
    "crm_live_objects",
    "crm_status_name",
    "crm_version_string",
];

/// A way to spoil a parameter, and what must come of it.
type Spoil = (&'static str, Box<dyn Fn(&mut Args)>, Status);

/// Every way in which a parameter can be wrong.
fn spoils(parameter: &'static str) -> Vec<Spoil> {
    let spoil = |way, how: fn(&mut Args), status| -> Spoil { (way, Box::new(how), status) };
    match parameter {
        "out" | "sql" => vec![spoil("NULL", |args| args.out_null = true, CRM_E_NULL)],
        "options" => vec![
            spoil("NULL", |args| args.options_null = true, CRM_E_NULL),
            spoil("no size", |args| args.options.struct_size = 0, CRM_E_VERSION),
            spoil("huge", |args| args.options.struct_size = u32::MAX, CRM_E_VERSION),
            spoil("no version", |args| args.options.abi_version = 0, CRM_E_VERSION),
            spoil("newer", |args| args.options.abi_version = 99 << 16, CRM_E_VERSION),
        ],
        "opts" => vec![
            spoil("NULL", |args| args.opts_null = true, CRM_OK),
            spoil("only its head", |args| args.opts.struct_size = 8, CRM_OK),
            spoil("no size", |args| args.opts.struct_size = 7, CRM_E_VERSION),
            spoil("no version", |args| args.opts.abi_version = 0, CRM_E_VERSION),
            spoil("newer", |args| args.opts.abi_version = u32::MAX, CRM_E_VERSION),
            spoil("key", |args| args.opts.key = Str { ptr: ptr::null(), len: 3 }, CRM_E_NULL),
            spoil("key", |args| args.opts.key = text_of(b"\xFF"), CRM_E_UTF8),
            spoil("time", |args| args.opts.now_micros = i64::MAX, CRM_E_ARGUMENT),
            spoil("entropy", |args| args.opts.entropy_len = 32, CRM_E_NULL),
            spoil(
                "entropy",
                |args| (args.opts.entropy, args.opts.entropy_len) = (b"x".as_ptr(), 1),
                CRM_E_ARGUMENT,
            ),
            spoil("cancel", |args| args.opts.cancel = handle(args.session), CRM_E_HANDLE),
        ],
        "engine" | "engine?" | "session" | "session?" | "cancel" | "cancel?" | "error?" => {
            handles(parameter)
        }
        _ => texts(parameter),
    }
}

fn text_of(bytes: &'static [u8]) -> Str {
    Str { ptr: bytes.as_ptr().cast(), len: bytes.len() }
}

/// A closing function takes NULL (`?`); everything else is refused.
fn handles(parameter: &'static str) -> Vec<Spoil> {
    let (name, closes) = match parameter.strip_suffix('?') {
        Some(name) => (name, true),
        None => (parameter, false),
    };
    let set = move |args: &mut Args, bits: usize| match name {
        "engine" => args.engine = bits,
        "session" => args.session = bits,
        "cancel" => args.cancel = bits,
        _ => args.error = bits,
    };
    let of = move |args: &Args| match name {
        "engine" => args.engine,
        "session" => args.session,
        "cancel" => args.cancel,
        _ => args.error,
    };
    let null = if closes { CRM_OK } else { CRM_E_NULL };
    let mut ways: Vec<Spoil> = vec![
        ("NULL", Box::new(move |args| set(args, 0)), null),
        ("closed before", Box::new(move |args| close(name, of(args))), CRM_E_HANDLE),
        (
            "closed, and its place taken by another",
            Box::new(move |args| {
                close(name, of(args));
                crm_error_free(handle(args.error));
                let bits = of(args);
                args.error = error();
                set(args, bits);
            }),
            CRM_E_HANDLE,
        ),
        (
            "of another kind",
            Box::new(move |args| {
                let other = if name == "session" { args.engine } else { args.session };
                set(args, other);
            }),
            CRM_E_HANDLE,
        ),
        ("of the next generation", Box::new(move |args| set(args, of(args) + 1)), CRM_E_HANDLE),
        ("a number", Box::new(move |args| set(args, 1)), CRM_E_HANDLE),
        ("an address", Box::new(move |args| set(args, ptr::from_ref(args).addr())), CRM_E_HANDLE),
    ];
    let mut random = 0x9E37_79B9_7F4A_7C15_u64;
    for _ in 0..100 {
        random = random.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1);
        let bits = usize::try_from(random).unwrap();
        ways.push(("random", Box::new(move |args| set(args, bits)), CRM_E_HANDLE));
    }
    ways
}

fn close(name: &str, bits: usize) {
    let status = match name {
        "engine" => crm_close(handle(bits)),
        "session" => crm_session_close(handle(bits)),
        "cancel" => crm_cancel_free(handle(bits)),
        _ => crm_error_free(handle(bits)),
    };
    assert_eq!(status, CRM_OK);
}

static LONG: [u8; 65_538] = {
    let mut long = [b'x'; 65_538];
    long[65_537] = 0;
    long
};
static LONGEST: [u8; 16_777_218] = {
    let mut long = [b'x'; 16_777_218];
    long[16_777_217] = 0;
    long
};

fn texts(parameter: &'static str) -> Vec<Spoil> {
    let set = move |args: &mut Args, given: Str| match parameter {
        "options.uri" => args.options.uri = given,
        "line" => args.texts[1].1 = given,
        name => args.texts.iter_mut().find(|(known, _)| *known == name).unwrap().1 = given,
    };
    let long: &[u8] = if matches!(parameter, "request" | "line") { &LONGEST } else { &LONG };
    let way =
        |way, text: Str, status| -> Spoil { (way, Box::new(move |args| set(args, text)), status) };
    let ptr = b"x".as_ptr().cast();
    vec![
        way("NULL with a length", Str { ptr: ptr::null(), len: 5 }, CRM_E_NULL),
        way("NULL with a NUL", Str { ptr: ptr::null(), len: CRM_ZSTR }, CRM_E_NULL),
        way("not UTF-8", text_of(b"\xC3\x28"), CRM_E_UTF8),
        way("a surrogate", text_of(b"\xED\xA0\x80"), CRM_E_UTF8),
        way("half a character", Str { ptr: c"\xE4\xB8".as_ptr(), len: CRM_ZSTR }, CRM_E_UTF8),
        way("oversize", Str { ptr, len: CRM_ZSTR - 1 }, CRM_E_LIMIT),
        way("half the memory", Str { ptr, len: usize::MAX / 2 }, CRM_E_LIMIT),
        way("long", Str { ptr: long.as_ptr().cast(), len: long.len() - 1 }, CRM_E_LIMIT),
        way("long to its NUL", Str { ptr: long.as_ptr().cast(), len: CRM_ZSTR }, CRM_E_LIMIT),
    ]
}

#[test]
fn every_spoiled_argument_has_its_status() {
    let mut cases = 0;
    for (export, parameters, call) in EXPORTS {
        for parameter in *parameters {
            for (way, spoil, expected) in spoils(parameter) {
                let mut args = Args::good();
                spoil(&mut args);
                let mut err = ptr::null_mut();
                let status = call(&args, &mut err);
                assert_eq!(status, expected, "{export}: {parameter} {way}");
                if !err.is_null() {
                    assert_eq!(crm_error_code(err), expected, "{export}: {parameter} {way}");
                    let json = c_text(crm_error_json(err));
                    let path = format!(r#""path":"{parameter}"#);
                    assert!(json.contains(&path), "{export}: {parameter} {way}: {json}");
                    assert_eq!(crm_error_free(err), CRM_OK);
                }
                args.close();
                cases += 1;
            }
        }
    }
    println!("{cases} spoiled arguments");
    assert!(cases > 1000);
}

#[test]
fn good_arguments_are_good() {
    for (export, _, call) in EXPORTS {
        let args = Args::good();
        assert_eq!(call(&args, ptr::null_mut()), CRM_OK, "{export}");
        args.close();
    }
}

#[test]
fn a_fault_inside_any_export_becomes_a_status_and_leaves_the_rest_alive() {
    for (export, _, call) in EXPORTS {
        let args = Args::good();
        let mut err = ptr::null_mut();
        fault::arm();
        assert_eq!(call(&args, &mut err), CRM_E_INTERNAL, "{export}");
        if !err.is_null() {
            let message = c_text(crm_error_message(err));
            assert!(message.contains("fault.rs") && message.contains("injected"), "{message}");
            crm_error_free(err);
        }
        assert_eq!(call(&args, ptr::null_mut()), CRM_OK, "{export} works again");
        args.close();
    }
}

#[test]
#[expect(unsafe_code, reason = "a host calls")]
fn exports_without_a_status_take_anything_and_survive_faults() {
    for bits in [0, 1, 0x0400_0000_0000_0000, usize::MAX, session(open()).addr()] {
        let error: ErrorHandle = handle(bits);
        assert_eq!(c_text(crm_error_message(error)), "");
        assert_eq!(c_text(crm_error_json(error)), "");
        let code = if bits == 0 { CRM_OK } else { CRM_E_HANDLE };
        assert_eq!(crm_error_code(error), code);
        let mut buf = Buf { data: ptr::null(), len: 7, _owner: handle::<c_void>(bits) };
        // SAFETY: a pointer to a local.
        unsafe { crm_buf_free(&mut buf) };
        assert!(buf._owner.is_null());
    }
    let error: ErrorHandle = handle(error());
    fault::arm();
    assert_eq!(crm_error_code(error), CRM_E_INTERNAL);
    fault::arm();
    assert_eq!(c_text(crm_error_json(error)), "");
    fault::arm();
    assert_eq!(c_text(crm_error_message(error)), "");
    assert_ne!(c_text(crm_error_message(error)), "");
    assert_eq!(crm_error_free(error), CRM_OK);
    fault::arm();
    assert_eq!(crm_live_objects(), 0);
    fault::arm();
    // SAFETY: NULL is allowed.
    unsafe { crm_buf_free(ptr::null_mut()) };
    fault::arm();
    assert_eq!(c_text(crm_status_name(0)), "CRM_E_INTERNAL");
    fault::arm();
    assert_eq!(c_text(crm_version_string()), "");
    fault::arm();
    assert_eq!(c_text(crm_build_id()), "");
    // SAFETY: text of locals, and what the test wants to be refused.
    unsafe {
        fault::arm();
        assert_eq!(crm_has_feature(text("memory")), 0);
        assert_eq!(crm_has_feature(text("memory")), 1);
        assert_eq!(crm_has_feature(text("teleport")), 0);
        assert_eq!(crm_has_feature(text_of(b"\xFF")), 0);
        assert_eq!(crm_has_feature(Str { ptr: ptr::null(), len: 6 }), 0);
    }
    assert_eq!(crm_abi_version() >> 16, 0);
    assert_eq!(c_text(crm_version_string()), env!("CARGO_PKG_VERSION"));
}

#[test]
fn no_export_is_forgotten_here() {
    let symbols = include_str!("../../../abi/symbols.txt");
    let mut known: Vec<_> =
        EXPORTS.iter().map(|(name, ..)| *name).chain(OTHERS.iter().copied()).collect();
    known.sort_unstable();
    assert_eq!(known, symbols.lines().collect::<Vec<_>>());
}

#[test]
fn a_handle_never_comes_twice() {
    let mut seen = std::collections::BTreeSet::new();
    for _ in 0..10_000 {
        let engine: EngineHandle = open();
        assert!(seen.insert(engine.addr()));
        assert_eq!(crm_close(engine), CRM_OK);
        assert_eq!(crm_close(engine), CRM_E_HANDLE);
    }
}
