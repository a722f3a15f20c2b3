//! Data made from a seed, and the engine as a host drives it.

use std::ops::ControlFlow;
use std::sync::Arc;

use crm_core::engine::{CallOptions, Engine, Env, Session, SessionOptions};
use crm_core::record::{FieldId, Kind, Val};
use crm_core::store::{Row, Scan, Store, TenantId};
use crm_core::value::Timestamp;
use serde_json::{Value, json};
use uuid::Uuid;

use crate::Failure;

/// 2026-11-23T01:00:00Z: when every benchmark begins.
const BEGIN_MICROS: i64 = 1_795_395_600_000_000;

/// SplitMix64: small, and the same everywhere.
pub(crate) struct Random(u64);

impl Random {
    pub(crate) const fn new(seed: u64) -> Self {
        Self(seed)
    }

    pub(crate) const fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mut mixed = self.0;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        mixed ^ (mixed >> 31)
    }

    /// Less than `end`.
    pub(crate) const fn below(&mut self, end: u64) -> u64 {
        self.next() % end
    }

    pub(crate) fn one<'a, T>(&mut self, of: &'a [T]) -> &'a T {
        &of[self.below(of.len() as u64) as usize]
    }
}

/// A host: a session whose calls come one second after another, and can be repeated.
pub(crate) struct Host {
    pub(crate) session: Session,
    step: u64,
}

impl Host {
    pub(crate) fn new(store: Arc<dyn Store>) -> Self {
        Self::after(store, 0)
    }

    /// A host that has called so often before.
    pub(crate) fn after(store: Arc<dyn Store>, step: u64) -> Self {
        Self { session: Engine::open(store).session(SessionOptions::default()), step }
    }

    /// The clock and the entropy of the next call.
    pub(crate) fn env(&mut self) -> Result<Env, Failure> {
        self.step += 1;
        let micros = BEGIN_MICROS + i64::try_from(self.step)? * 1_000_000;
        Ok(Env { now: Timestamp::from_micros(micros)?, entropy: [7; 32] }.step(self.step))
    }

    pub(crate) fn call(&mut self, op: &str, request: &Value) -> Result<Value, Failure> {
        let request = serde_json::to_vec(request)?;
        let env = self.env()?;
        let answer = called(&self.session, &env, op, &request, None)?;
        Ok(serde_json::from_slice(&answer)?)
    }
}

/// One call; a refusal says what was refused.
pub(crate) fn called(
    session: &Session,
    env: &Env,
    op: &str,
    request: &[u8],
    key: Option<&str>,
) -> Result<Vec<u8>, Failure> {
    let options = CallOptions { key, ..CallOptions::default() };
    let answer = session.call(env, op, request, &options);
    answer.map_err(|error| {
        let problem = serde_json::to_string(&error.problem()).unwrap_or_default();
        format!("{op}: {problem}").into()
    })
}

/// The open stages of the benchmarks' process, in order.
pub(crate) const STAGES: [&str; 6] =
    ["qualification", "introduction", "needs", "quote", "objections", "contract"];

const REGIONS: [&str; 5] = ["East", "South", "North", "West", "Central"];
const SOURCES: [&str; 6] = ["web", "fair", "referral", "call", "partner", "mail"];
const REASONS: [&str; 4] = ["price", "competitor", "no_budget", "no_need"];
const SELLERS: usize = 20;

/// The source key of a customer that every benchmark of deals has.
fn customer(at: u64) -> String {
    format!("C{at}")
}

/// A process without conditions, sellers and customers.
pub(crate) fn found(host: &mut Host, customers: u64) -> Result<(), Failure> {
    let mut stages: Vec<Value> =
        STAGES.iter().map(|code| json!({"code": code, "name": code})).collect();
    stages.push(json!({"code": "won", "name": "won", "kind": "won"}));
    stages.push(json!({"code": "lost", "name": "lost", "kind": "lost"}));
    let process = json!({"name": "Machines", "is_default": true, "stages": stages});
    host.call("pipeline.define", &process)?;
    let sellers = (0..SELLERS).map(|at| {
        json!({"row": at + 2, "key": format!("U{at}"),
               "set": {"login": format!("seller-{at}"), "name": format!("Seller {at}"), "role": "rep"}})
    });
    import(host, "user", sellers)?;
    let rows = (0..customers).map(|at| {
        let region = REGIONS[at as usize % REGIONS.len()];
        json!({"row": at + 2, "key": customer(at),
               "set": {"name": format!("Customer {at:07}"), "region": region}})
    });
    import(host, "customer", rows)
}

/// Deals in the first stage.
pub(crate) fn open_deals(host: &mut Host, count: u64, customers: u64) -> Result<(), Failure> {
    let rows = (0..count).map(|at| {
        json!({"row": at + 2, "key": format!("D{at}"), "set": {
            "name": format!("Deal {at:07}"), "customer": {"link": customer(at % customers)},
            "owner": {"link": format!("U{}", at as usize % SELLERS)}, "stage": STAGES[0],
            "amount": {"amount": format!("{}.00", 1_000 + at % 9_000), "currency": "CNY"},
            "created_at": "2026-10-01T02:00:00Z", "expected_close": "2026-12-31",
            "moves": [{"stage": STAGES[0], "at": "2026-10-01T02:00:00Z"}],
        }})
    });
    import(host, "opportunity", rows)
}

/// Deals of two years: opened, moved, won, lost or still open.
pub(crate) fn mixed_deals(
    host: &mut Host,
    count: u64,
    customers: u64,
    seed: u64,
) -> Result<(), Failure> {
    let mut random = Random::new(seed);
    let rows = (0..count).map(|at| {
        let day = |day: i64| {
            let micros = BEGIN_MICROS - (730 - day) * 86_400_000_000;
            Timestamp::from_micros(micros).map(|at| at.to_string()).unwrap_or_default()
        };
        let mut on = random.below(640) as i64;
        let created = day(on);
        let reached = 1 + random.below(STAGES.len() as u64) as usize;
        let mut moves = vec![json!({"stage": STAGES[0], "at": created})];
        for stage in &STAGES[1..reached] {
            on += 1 + random.below(14) as i64;
            moves.push(json!({"stage": stage, "at": day(on)}));
        }
        let mut set = json!({
            "name": format!("Deal {at:07}"), "customer": {"link": customer(random.below(customers))},
            "owner": {"link": format!("U{}", random.below(SELLERS as u64))},
            "stage": STAGES[reached - 1], "source": random.one(&SOURCES), "region": random.one(&REGIONS),
            "created_at": created, "moves": moves,
            "amount": {"amount": format!("{}.{:02}", 100 + random.below(99_900), random.below(100)), "currency": "CNY"},
        });
        let closed = day(on + 1 + random.below(5) as i64);
        match random.below(10) {
            0..3 => {
                set["outcome"] = json!("won");
                set["closed_at"] = json!(closed);
            }
            3..7 => {
                set["outcome"] = json!("lost");
                set["closed_at"] = json!(closed);
                set["loss_reason"] = json!(random.one(&REASONS));
            }
            _ => {}
        }
        json!({"row": at + 2, "key": format!("D{at}"), "set": set})
    });
    let rows: Vec<Value> = rows.collect();
    import(host, "opportunity", rows.into_iter())
}

pub(crate) fn import(
    host: &mut Host,
    entity: &str,
    rows: impl Iterator<Item = Value>,
) -> Result<(), Failure> {
    imported(host, entity, rows).map(drop)
}

/// Brings rows in; the ids of the records that they become, in order.
pub(crate) fn imported(
    host: &mut Host,
    entity: &str,
    rows: impl Iterator<Item = Value>,
) -> Result<Vec<Uuid>, Failure> {
    let mut rows = rows.peekable();
    let mut ids = Vec::new();
    while rows.peek().is_some() {
        let chunk: Vec<Value> = rows.by_ref().take(1000).collect();
        let count = chunk.len() as u64;
        let request = json!({"source": "bench", "entity": entity, "file": "bench", "rows": chunk});
        let answer = host.call("import.rows", &request)?;
        let results = answer["results"].as_array().map(Vec::as_slice).unwrap_or_default();
        if answer["stored"] != json!(count) {
            let refused = results.iter().find(|row| row["status"] == "rejected");
            return Err(format!("import of {entity}: {}", refused.unwrap_or(&Value::Null)).into());
        }
        for row in results {
            ids.push(row["id"].as_str().ok_or("a row that became nothing")?.parse()?);
        }
    }
    Ok(ids)
}

/// The ids of all deals.
pub(crate) fn deals(store: &dyn Store) -> Result<Vec<Uuid>, Failure> {
    ids(store, Kind::Opportunity)
}

/// The ids of all records of a kind.
pub(crate) fn ids(store: &dyn Store, kind: Kind) -> Result<Vec<Uuid>, Failure> {
    let mut found = Vec::new();
    let cols = [FieldId::ID];
    let all = Scan { limit: u32::MAX, cols: &cols, ..Scan::of(TenantId(1), kind, 0, &[]) };
    store.scan(&all, &mut |row| {
        match row {
            Row::Cols([Val::Id(id)]) => found.push(*id),
            Row::Cols(_) => {}
            // A store may give more than it is asked for.
            Row::Rec(_, record) => found.push(record.id),
        }
        ControlFlow::Continue(())
    })?;
    Ok(found)
}
