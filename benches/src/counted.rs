//! Small fixed cases whose instructions are counted: the same work in every run, on the memory store
//! but for those whose name ends so.
//!
//! `benches/instructions.sh` runs the example `counted` under callgrind, which counts only what happens inside
//! [`measured`], and compares with `benches/instructions.txt`.

use std::sync::Arc;

use crm_core::engine::Env;
use crm_core::store::{MemoryStore, Store};
use crm_sqlite::SqliteStore;
use serde_json::{Value, json};

use crate::call::CSession;
use crate::data::{self, Host, STAGES};
use crate::{Failure, Options, Scratch};

/// The cases, and how many units of work each does.
pub const CASES: [(&str, u64); 8] = [
    ("move", 50),
    ("durable", 50),
    ("batch", 200),
    ("batch_durable", 200),
    ("import", 500),
    ("import_durable", 500),
    ("get", 200),
    ("c_call", 200),
];

const CUSTOMERS: u64 = 20;

/// Runs a case; what is made ready before is not counted.
///
/// # Errors
///
/// An unknown case; what a call refuses.
pub fn run(name: &str) -> Result<(), Failure> {
    let Some((_, count)) = CASES.iter().find(|(case, _)| *case == name) else {
        return Err(format!("no case is called {name}").into());
    };
    let count = *count;
    if name == "c_call" {
        let session = CSession::open()?;
        let env = Host::new(Arc::new(MemoryStore::default())).env()?;
        let answer =
            || session.answer("settings.get", "{}", env.now.micros(), &env.entropy, |_| ());
        answer()?;
        return measured(|| (0..count).try_for_each(|_| answer()));
    }
    let folder = Scratch::new(&Options::default())?;
    let store: Arc<dyn Store> = match name {
        "import_durable" => Arc::new(SqliteStore::load(folder.file("counted.db"))?),
        name if name.ends_with("durable") => {
            Arc::new(SqliteStore::open(folder.file("counted.db"))?)
        }
        _ => Arc::new(MemoryStore::default()),
    };
    let mut host = Host::new(store);
    data::found(&mut host, CUSTOMERS)?;
    let (warm, counted) = match name {
        "move" | "durable" => {
            let mut moves = moves(&mut host, count + 10)?;
            let counted = moves.split_off(10);
            (moves, counted)
        }
        "batch" | "batch_durable" => {
            let moves = moves(&mut host, 2 * count)?;
            let (warm, counted) = moves.split_at(moves.len() / 2);
            (vec![batch(warm)], vec![batch(counted)])
        }
        "import" | "import_durable" => (vec![import("W", 10)], vec![import("N", count)]),
        _ => {
            let get = ("settings.get", json!({}));
            (vec![get.clone()], vec![get; usize::try_from(count)?])
        }
    };
    let warm = ready(&mut host, warm)?;
    each(&host, &warm)?;
    let counted = ready(&mut host, counted)?;
    measured(|| each(&host, &counted))
}

type Call = (&'static str, Value);

/// A call with its clock and its bytes.
type Ready = (&'static str, Env, Vec<u8>);

fn ready(host: &mut Host, calls: Vec<Call>) -> Result<Vec<Ready>, Failure> {
    let ready = |(op, request): Call| Ok((op, host.env()?, serde_json::to_vec(&request)?));
    calls.into_iter().map(ready).collect()
}

fn each(host: &Host, calls: &[Ready]) -> Result<(), Failure> {
    let call =
        |(op, env, request): &Ready| data::called(&host.session, env, op, request, None).map(drop);
    calls.iter().try_for_each(call)
}

/// Deals, and the calls that move each to the next stage.
fn moves(host: &mut Host, count: u64) -> Result<Vec<Call>, Failure> {
    data::open_deals(host, count, CUSTOMERS)?;
    let deals = data::deals(host.session.engine().store())?;
    let calls = deals.into_iter();
    Ok(calls.map(|id| ("opportunity.advance", json!({"id": id, "stage": STAGES[1]}))).collect())
}

fn batch(steps: &[Call]) -> Call {
    let steps = steps.iter().map(|(op, request)| json!({"op": op, "request": request}));
    ("batch", json!({"operations": steps.collect::<Vec<Value>>()}))
}

fn import(key: &str, count: u64) -> Call {
    let rows = (0..count).map(|at| {
        json!({"row": at + 2, "key": format!("{key}{at}"), "set": {
            "name": format!("New {key} {at:05}"), "region": "East",
            "website": format!("https://www.{key}{at}.example.com/fair"),
            "phones": [format!("1380013{at:04}")], "emails": [format!("{key}{at}@example.com")]}})
    });
    let rows: Vec<Value> = rows.collect();
    ("import.rows", json!({"source": "counted", "entity": "customer", "file": "f", "rows": rows}))
}

/// What callgrind counts. The script asks for its name.
#[inline(never)]
pub fn measured<T>(work: impl FnOnce() -> T) -> T {
    work()
}
