//! A call through the C symbols beside the same call in Rust, on the memory store.
//!
//! Both sides bring time and entropy, so that neither asks the machine. The C side is called as a host calls it: by
//! `extern "C"` pointers, the response copied out and freed.

use core::ptr;
use std::hint::black_box;
use std::sync::Arc;

use crm_core::store::MemoryStore;
use serde_json::{Value, json};

use crm::buffer::{Buf, crm_buf_free};
use crm::call::{CallOpts, crm_call};
use crm::engine::{Options as OpenOptions, crm_close, crm_open};
use crm::session::{SessionHandle, crm_session_close, crm_session_open};
use crm::text::Str;
use crm::version::CRM_ABI_VERSION;

use crate::data::{self, Host};
use crate::measure::{Cost, Series, load, rounded};
use crate::{Failure, Findings, Line, Options};

/// Calls that are timed as one.
const BLOCK: usize = 50;

/// Runs the benchmark; [`Options::rows`] is the calls of each operation in a round, 10,000 where nothing is said.
///
/// # Errors
///
/// Answers that differ.
pub fn run(options: &Options) -> Result<Findings, Failure> {
    let calls = usize::try_from(options.rows_or(10_000))?;
    let mut host = Host::new(Arc::new(MemoryStore::default()));
    let session = CSession::open()?;
    let id = "01900000-0000-7000-8000-000000000001";
    let create = json!({"id": id, "name": "Precision Machines", "region": "East"}).to_string();
    let get = json!({"id": id}).to_string();
    let env = host.env()?;
    data::called(&host.session, &env, "customer.create", create.as_bytes(), None)?;
    session.call("customer.create", &create, env.now.micros(), &env.entropy)?;

    let mut findings = Findings { name: "call", lines: Vec::new(), json: Default::default() };
    let small = ("settings.get", "{}".to_owned());
    let large = ("customer.list", json!({"limit": 100}).to_string());
    for at in 2..102 {
        let more =
            json!({"name": format!("Precision Machines {at}"), "region": "East"}).to_string();
        let env = host.env()?;
        data::called(&host.session, &env, "customer.create", more.as_bytes(), None)?;
        session.call("customer.create", &more, env.now.micros(), &env.entropy)?;
    }
    for (op, request) in [small, ("customer.get", get), large] {
        let env = host.env()?;
        let ours = data::called(&host.session, &env, op, request.as_bytes(), None)?;
        let theirs = session.call(op, &request, env.now.micros(), &env.entropy)?;
        if ours != theirs {
            return Err(format!("{op} answers differently through C").into());
        }
        let (mut rust, mut c) = <(Series, Series)>::default();
        let mut ratios = Series::default();
        let blocks = (calls / if op == "customer.list" { 20 } else { 1 }).div_ceil(BLOCK);
        for _ in 0..options.rounds {
            let (mut rust_round, mut c_round) = <(Series, Series)>::default();
            for block in 0..blocks {
                for turn in [block % 2, 1 - block % 2] {
                    let (done, cost) = Cost::of(|| {
                        (0..BLOCK).try_for_each(|_| {
                            if turn == 0 {
                                let answer =
                                    data::called(&host.session, &env, op, request.as_bytes(), None);
                                answer.map(|answer| _ = black_box(answer))
                            } else {
                                session.answer(op, &request, env.now.micros(), &env.entropy, |_| ())
                            }
                        })
                    });
                    done?;
                    let nanos = cost.wall.as_secs_f64() * 1e9 / BLOCK as f64;
                    if turn == 0 { rust_round.push(nanos) } else { c_round.push(nanos) }
                }
            }
            ratios.push(c_round.median() / rust_round.median());
            rust.extend(rust_round);
            c.extend(c_round);
        }
        let (direct, through) = (rust.median(), c.median());
        findings.json.insert(op.to_owned(), json!({
            "rust_ns": rounded(direct), "c_ns": rounded(through), "ratio": rounded(through / direct),
            "more_ns": rounded(through - direct), "answer_bytes": ours.len(),
            "rust_ns_min": rounded(rust.min()), "c_ns_min": rounded(c.min()),
            "ratio_of_rounds": {"min": rounded(ratios.min()), "median": rounded(ratios.median())},
        }));
        findings.lines.push(Line {
            what: format!("`crm_call` of {op}, {} bytes of answer", ours.len()),
            unit: "ns",
            engine: through,
            peer: direct,
            against: "`Session::call` in Rust".to_owned(),
        });
    }
    findings.json.insert("load".to_owned(), Value::from(load()));
    Ok(findings)
}

/// A session as a C host holds one.
pub(crate) struct CSession(SessionHandle);

fn text(text: &str) -> Str {
    Str { ptr: text.as_ptr().cast(), len: text.len() }
}

impl CSession {
    pub(crate) fn open() -> Result<Self, Failure> {
        let options = OpenOptions {
            struct_size: u32::try_from(size_of::<OpenOptions>())?,
            abi_version: CRM_ABI_VERSION,
            uri: text("memory:"),
            log: None,
            log_destroy: None,
            log_ctx: ptr::null_mut(),
        };
        let (mut engine, mut session) = (ptr::null_mut(), ptr::null_mut());
        // SAFETY: pointers to locals.
        let opened = unsafe { crm_open(&options, &mut engine, ptr::null_mut()) };
        // SAFETY: pointers to locals.
        let begun = unsafe {
            crm_session_open(engine, 1, text(""), text(""), &mut session, ptr::null_mut())
        };
        let closed = crm_close(engine);
        match (opened, begun, closed) {
            (0, 0, 0) => Ok(Self(session)),
            failed => Err(format!("opening through C: {failed:?}").into()),
        }
    }

    /// One call; `read` sees the response before it is freed.
    pub(crate) fn answer<T>(
        &self,
        op: &str,
        request: &str,
        now_micros: i64,
        entropy: &[u8; 32],
        read: impl FnOnce(&[u8]) -> T,
    ) -> Result<T, Failure> {
        let options = CallOpts {
            struct_size: size_of::<CallOpts>() as u32,
            abi_version: CRM_ABI_VERSION,
            key: text(""),
            now_micros,
            entropy: entropy.as_ptr(),
            entropy_len: entropy.len(),
            cancel: ptr::null_mut(),
            progress: None,
            progress_ctx: ptr::null_mut(),
        };
        let mut out = Buf { data: ptr::null(), len: 0, _owner: ptr::null_mut() };
        // SAFETY: pointers to locals that outlive the call.
        let status = unsafe {
            crm_call(self.0, text(op), text(request), &options, &mut out, ptr::null_mut())
        };
        if status != 0 {
            return Err(format!("{op} through C: {status}").into());
        }
        // SAFETY: `data` has `len` bytes until it is freed.
        let done = read(unsafe { core::slice::from_raw_parts(out.data, out.len) });
        // SAFETY: a pointer to a local.
        unsafe { crm_buf_free(&mut out) };
        Ok(done)
    }

    fn call(
        &self,
        op: &str,
        request: &str,
        now_micros: i64,
        entropy: &[u8; 32],
    ) -> Result<Vec<u8>, Failure> {
        self.answer(op, request, now_micros, entropy, <[u8]>::to_vec)
    }
}

impl Drop for CSession {
    fn drop(&mut self) {
        // A session of ours that is open can only be closed.
        _ = crm_session_close(self.0);
    }
}
