//! An order of fifty lines is made, looked through, confirmed, handed over and paid, durably: through the engine, and by hand.
//!
//! By hand means what a careful program would write with rusqlite for the same effect: one connection, prepared statements,
//! what it must know read (the prices of fifty products for a new order; the lines of what is confirmed and handed over),
//! every row that changes read and its version checked, then the same rows (order, lines, steps, instalments, ledger, what
//! the ERP is told, timers, fact, journal, head, commit) into tables with the same columns and indexes, in another file of
//! the same folder, `synchronous = FULL` on both sides. Of a changed row it writes the columns that changed. It gets every
//! value for free: ids, amounts, the fact's JSON and its root were made before the clock starts, by an engine on the memory
//! store that made the same calls. At the end both files must hold the same rows.

use std::collections::BTreeSet;
use std::ops::ControlFlow;
use std::path::Path;
use std::sync::Arc;

use crm_core::api::{ConfirmOrder, RequestOrderReview, SubmitOrder};
use crm_core::engine::{Env, Session};
use crm_core::order::CreateOrder;
use crm_core::payment::ReceivePayment;
use crm_core::record::{FieldDef, Key, Kind, Record, Val};
use crm_core::store::{Admin, Batch, Expect, MemoryStore, Op, Store, TenantId};
use crm_sqlite::SqliteStore;
use rusqlite::{CachedStatement, Connection, OptionalExtension as _, params};
use serde_json::{Map, Value, json};
use uuid::Uuid;

use crate::by_hand;
use crate::data::{self, Host};
use crate::measure::{Cost, Probe, Series, load, rounded, us};
use crate::{Failure, Findings, Line, Options, Scratch};

/// Lines of an order, each of a product of its own.
const LINES: u64 = 50;
/// Orders on both sides before anything is timed.
const WARM: usize = 3;
/// What is done to an order, in turn.
const STEPS: [&str; 5] =
    ["order.create", "order.request_review", "order.confirm", "order.submit", "payment.receive"];
/// The steps of an order in one call.
const BATCHED: [&str; 1] = ["batch"];

/// Runs the benchmark; [`Options::rows`] is the orders of one round, 15 where nothing is said.
///
/// # Errors
///
/// What a store reports; rows that differ between the two files.
pub fn run(options: &Options) -> Result<Findings, Failure> {
    let scratch = Scratch::new(options)?;
    let per_round = usize::try_from(options.rows_or(15))?;
    let mut shadow = Host::new(Arc::new(MemoryStore::default()));
    found(&mut shadow)?;
    let store = Arc::new(SqliteStore::open(scratch.file("engine.db"))?);
    let mut host = Host::new(store.clone());
    found(&mut host)?;
    let copy = scratch.file("hand.db");
    let path = copy.to_str().ok_or("a folder whose name is no text")?.to_owned();
    store.admin(&Admin::Backup { path }, &mut |_| ControlFlow::Continue(()))?;
    let mut hand = Hand::open(&copy)?;
    let mut probe = Probe::new(&scratch.file("probe"))?;

    let mut findings = Findings { name: "order", lines: Vec::new(), json: Map::new() };
    let mut number = 0;
    let paid = total(&mut Host::new(Arc::new(MemoryStore::default())))?;
    for (name, steps) in
        [("singles", &STEPS[..]), ("singles_json", &STEPS[..]), ("one_call", &BATCHED[..])]
    {
        let mut timed = Timed::new(steps.len());
        for round in 0..=options.rounds {
            let count = if round == 0 { WARM } else { per_round };
            let mut orders = Vec::with_capacity(count);
            for _ in 0..count {
                number += 1;
                let mut order = planned(&mut shadow, number, steps, &paid)?;
                for step in order.iter_mut().filter(|_| name == "singles") {
                    step.call = Call::typed(step.op, &step.request)?;
                }
                orders.push(order);
            }
            timed.round(&host, &mut hand, &mut probe, &orders, round > 0)?;
        }
        findings.lines.extend(timed.lines(name));
        findings.json.insert(name.to_owned(), timed.json(per_round, steps));
    }
    hand.compare(&scratch.file("engine.db"))?;
    findings.json.insert("lines_of_an_order".to_owned(), json!(LINES));
    findings.json.insert("synchronous".to_owned(), json!("FULL"));
    findings.json.insert("load".to_owned(), json!(load()));
    Ok(findings)
}

fn id(of: u64, n: u64) -> Uuid {
    Uuid::from_u64_pair(0x0189_0000_0000_7000 + of, 0x8000_0000_0000_0000 + n)
}

/// Products with prices, and a customer.
fn found(host: &mut Host) -> Result<(), Failure> {
    host.call("customer.create", &json!({"id": id(1, 1), "name": "C"}))?;
    for n in 0..LINES {
        let price = json!({"amount": format!("{}.{:02}", 10 + n, n), "currency": "CNY"});
        let product = json!({"id": id(2, n), "code": format!("P{n:02}"), "name": format!("Product {n:02}"), "price": price});
        host.call("product.create", &product)?;
    }
    Ok(())
}

fn draft(number: u64) -> Value {
    let line = |n: u64| {
        json!({"product": id(2, n), "quantity": (1 + n % 7).to_string(), "discount": (n % 4).to_string(),
            "tax_rate": "13"})
    };
    let terms = json!([{"percent": "30", "due": {"after": {"milestone": "submitted", "days": 7}}},
        {"percent": "70", "due": {"after": {"milestone": "delivered", "days": 30}}}]);
    json!({"id": id(3, number), "customer": id(1, 1), "due_on": "2026-12-31", "terms": terms,
        "lines": (0..LINES).map(line).collect::<Vec<_>>()})
}

/// What an order comes to: all of them are alike.
fn total(host: &mut Host) -> Result<Value, Failure> {
    found(host)?;
    host.call("order.create", &draft(0))?;
    Ok(host.call("order.get", &json!({"id": id(3, 0)}))?["total"].clone())
}

fn request(op: &str, number: u64, paid: &Value) -> Value {
    let order = id(3, number);
    match op {
        "order.create" => draft(number),
        "payment.receive" => {
            json!({"id": id(4, number), "order": order, "amount": paid,
                "reference": format!("ICBC {number:06}")})
        }
        "batch" => {
            let operation = |op: &&str| json!({"op": op, "request": request(op, number, paid)});
            json!({"operations": STEPS.iter().map(operation).collect::<Vec<_>>()})
        }
        _ => json!({"id": order}),
    }
}

/// One call that is to be made, and the rows that it will write.
struct Step {
    op: &'static str,
    env: Env,
    request: Vec<u8>,
    call: Call,
    batch: Batch,
    /// The statement of each row.
    writes: Vec<Write>,
    /// What a program by hand reads besides.
    order: Uuid,
}

/// Through which door: as a Rust program calls the engine, or the request as JSON.
enum Call {
    Json,
    Create(CreateOrder),
    Review(RequestOrderReview),
    Confirm(ConfirmOrder),
    Submit(SubmitOrder),
    Receive(ReceivePayment),
}

impl Call {
    fn typed(op: &str, request: &[u8]) -> Result<Self, Failure> {
        Ok(match op {
            "order.create" => Self::Create(serde_json::from_slice(request)?),
            "order.request_review" => Self::Review(serde_json::from_slice(request)?),
            "order.confirm" => Self::Confirm(serde_json::from_slice(request)?),
            "order.submit" => Self::Submit(serde_json::from_slice(request)?),
            "payment.receive" => Self::Receive(serde_json::from_slice(request)?),
            _ => Self::Json,
        })
    }
}

impl Step {
    fn make(&self, session: &Session) -> Result<(), Failure> {
        let done = match &self.call {
            Call::Json => {
                return data::called(session, &self.env, self.op, &self.request, None).map(drop);
            }
            Call::Create(call) => session.run(&self.env, call).map(drop),
            Call::Review(call) => session.run(&self.env, call).map(drop),
            Call::Confirm(call) => session.run(&self.env, call).map(drop),
            Call::Submit(call) => session.run(&self.env, call).map(drop),
            Call::Receive(call) => session.run(&self.env, call).map(drop),
        };
        done.map_err(|error| format!("{}: {:?}", self.op, error.problem()).into())
    }
}

/// How a row is written by hand.
enum Write {
    Insert { sql: String },
    Update { read: String, sql: String, version: u64, changed: Vec<usize> },
    Purge { sql: String },
}

/// The steps of one order, as an engine on the memory store makes them.
fn planned(
    shadow: &mut Host,
    number: u64,
    steps: &[&'static str],
    paid: &Value,
) -> Result<Vec<Step>, Failure> {
    let mut made = Vec::with_capacity(steps.len());
    for op in steps {
        let (env, request) = (shadow.env()?, serde_json::to_vec(&request(op, number, paid))?);
        let planned = shadow.session.plan(&env, op, &request);
        let planned = planned.map_err(|error| format!("{op}: {:?}", error.problem()))?;
        let batch = planned.batch.ok_or("a step that writes nothing")?;
        let store = shadow.session.engine().store();
        let writes = batch.ops.iter().map(|op| write(store, op)).collect::<Result<_, _>>()?;
        data::called(&shadow.session, &env, op, &request, None)?;
        let (call, order) = (Call::Json, id(3, number));
        made.push(Step { op, env, request, call, batch, writes, order });
    }
    Ok(made)
}

/// The statement of one row; of a changed one with the columns that changed.
fn write(store: &dyn Store, op: &Op) -> Result<Write, Failure> {
    let rec = match op {
        Op::Put { rec, .. } => rec,
        Op::Purge { key, .. } => {
            return Ok(Write::Purge {
                sql: format!("DELETE FROM \"{}\" WHERE tenant = 1 AND id = ?1", key.kind.name()),
            });
        }
    };
    let columns: Vec<String> = rec.def.fields.iter().map(column).collect();
    let table = rec.def.name;
    let Op::Put { expect: Expect::Version(version), .. } = op else {
        let marks: String = (0..columns.len()).map(|n| format!(", ?{}", n + 3)).collect();
        let names: String = columns.iter().map(|name| format!(", {name}")).collect();
        return Ok(Write::Insert {
            sql: format!(
                "INSERT INTO \"{table}\" (tenant, id, seq, version, deleted, ext{names}) \
                 VALUES (1, ?1, ?2, 1, {}, '{{}}'{marks})",
                // In one call a timer may be set and be gone again.
                u8::from(rec.deleted)
            ),
        });
    };
    let before = stored(store, rec.key())?.ok_or("a changed row that is not there")?;
    let pairs = before.vals.iter().zip(&rec.vals).enumerate();
    let changed: Vec<usize> = pairs.filter(|(_, (was, is))| was != is).map(|(at, _)| at).collect();
    let sets = changed.iter().zip(4..);
    let sets: String = sets
        .filter_map(|(at, n)| columns.get(*at).map(|name| format!(", {name} = ?{n}")))
        .collect();
    // What is removed stays, and says so.
    let removed = if rec.deleted { ", deleted = 1" } else { "" };
    Ok(Write::Update {
        read: format!(
            "SELECT version FROM \"{table}\" WHERE tenant = 1 AND id = ?1 AND deleted = 0"
        ),
        sql: format!(
            "UPDATE \"{table}\" SET seq = ?2, version = ?3{removed}{sets} WHERE tenant = 1 AND id = ?1"
        ),
        version: *version,
        changed,
    })
}

/// A field's column, as the adapter names it.
fn column(field: &FieldDef) -> String {
    match field.name.as_str() {
        "tenant" | "id" | "seq" | "version" | "deleted" | "ext" => format!("\"{}_\"", field.name),
        name => format!("\"{name}\""),
    }
}

fn stored(store: &dyn Store, key: Key) -> Result<Option<Record>, Failure> {
    let mut found = None;
    store.get(TenantId(1), &[key], &mut |_, _, record: &Record| {
        found = Some(record.clone());
        ControlFlow::Continue(())
    })?;
    Ok(found)
}

/// What both sides took, step by step and in whole.
struct Timed {
    engine: Vec<Series>,
    hand: Vec<Series>,
    engine_whole: Series,
    hand_whole: Series,
    engine_cpu: Series,
    hand_cpu: Series,
    append: Series,
    rounds: Vec<(f64, f64)>,
    rows: usize,
}

impl Timed {
    fn new(steps: usize) -> Self {
        let none = Series::default;
        Self {
            engine: vec![none(); steps],
            hand: vec![none(); steps],
            engine_whole: none(),
            hand_whole: none(),
            engine_cpu: none(),
            hand_cpu: none(),
            append: none(),
            rounds: Vec::new(),
            rows: 0,
        }
    }

    /// Every order of a round, step by step, both sides in turns.
    fn round(
        &mut self,
        host: &Host,
        hand: &mut Hand,
        probe: &mut Probe,
        orders: &[Vec<Step>],
        counts: bool,
    ) -> Result<(), Failure> {
        let (mut ours, mut theirs) = <(Series, Series)>::default();
        for (at, order) in orders.iter().enumerate() {
            let (mut engine, mut by_hand) = (Cost::default(), Cost::default());
            for (place, step) in order.iter().enumerate() {
                // Whoever comes second finds a warmer machine.
                for turn in [at % 2, 1 - at % 2] {
                    let (done, cost) = Cost::of(|| match turn {
                        0 => step.make(&host.session),
                        _ => hand.apply(step),
                    });
                    done?;
                    let (sum, series) = match turn {
                        0 => (&mut engine, &mut self.engine),
                        _ => (&mut by_hand, &mut self.hand),
                    };
                    sum.wall += cost.wall;
                    sum.cpu += cost.cpu;
                    if let Some(series) = series.get_mut(place).filter(|_| counts) {
                        series.push(us(cost.wall));
                    }
                }
            }
            let (done, cost) = Cost::of(|| probe.append());
            done?;
            if counts {
                self.append.push(us(cost.wall));
                self.engine_cpu.push(us(engine.cpu));
                self.hand_cpu.push(us(by_hand.cpu));
                ours.push(us(engine.wall));
                theirs.push(us(by_hand.wall));
                self.rows = order.iter().map(|step| step.batch.ops.len()).sum();
            }
        }
        if counts {
            self.rounds.push((ours.median(), theirs.median()));
            self.engine_whole.extend(ours);
            self.hand_whole.extend(theirs);
        }
        Ok(())
    }

    fn lines(&self, name: &str) -> Vec<Line> {
        let line = |what: String, engine, peer, against: &str| Line {
            what,
            unit: "µs",
            engine,
            peer,
            against: against.to_owned(),
        };
        let how = match name {
            "singles" => "in five commits",
            "singles_json" => "in five commits, requests as JSON",
            _ => "in one call, its request as JSON",
        };
        let what = format!("an order of {LINES} lines made, confirmed and paid, {how}");
        let (ours, theirs) = (self.engine_whole.median(), self.hand_whole.median());
        vec![
            line(format!("{what}, p50"), ours, theirs, "rusqlite by hand, same rows"),
            line(
                "the same, CPU, median".to_owned(),
                self.engine_cpu.median(),
                self.hand_cpu.median(),
                "rusqlite by hand, same rows",
            ),
        ]
    }

    fn json(&self, per_round: usize, steps: &[&str]) -> Value {
        let pairs = self.engine.iter().zip(&self.hand).zip(steps);
        let steps: Map<String, Value> = pairs
            .map(|((ours, theirs), op)| {
                let (ours, theirs) = (ours.median(), theirs.median());
                let figures = json!({"engine_us_p50": rounded(ours), "by_hand_us_p50": rounded(theirs),
                    "ratio": rounded(ours / theirs)});
                ((*op).to_owned(), figures)
            })
            .collect();
        let mut ratios = Series::default();
        self.rounds.iter().for_each(|(ours, theirs)| ratios.push(ours / theirs));
        let (ours, theirs) = (self.engine_whole.median(), self.hand_whole.median());
        json!({
            "engine_us_p50": rounded(ours), "by_hand_us_p50": rounded(theirs), "ratio_p50": rounded(ours / theirs),
            "engine_us_p90": rounded(self.engine_whole.at(0.9)), "by_hand_us_p90": rounded(self.hand_whole.at(0.9)),
            "engine_cpu_us": rounded(self.engine_cpu.median()), "by_hand_cpu_us": rounded(self.hand_cpu.median()),
            "ratio_cpu": rounded(self.engine_cpu.median() / self.hand_cpu.median()),
            "append_us_p50": rounded(self.append.median()),
            "ratio_of_rounds": {"min": rounded(ratios.min()), "median": rounded(ratios.median())},
            "orders": per_round * self.rounds.len(), "rows_of_an_order": self.rows, "steps": steps,
        })
    }
}

/// The program that a user would write instead.
struct Hand {
    conn: Connection,
    wrote: BTreeSet<Kind>,
}

impl Hand {
    fn open(path: &Path) -> Result<Self, Failure> {
        let conn = by_hand::open(path, 256)?;
        Ok(Self { conn, wrote: BTreeSet::new() })
    }

    fn run(&self, sql: &str) -> Result<(), Failure> {
        self.conn.prepare_cached(sql)?.execute([])?;
        Ok(())
    }

    /// Writes what one call writes, in one transaction.
    fn apply(&mut self, step: &Step) -> Result<(), Failure> {
        self.run("BEGIN IMMEDIATE")?;
        let read = match step.op {
            "order.create" | "batch" => self.prices()?,
            "order.confirm" | "order.submit" => self.lines(step.order)?,
            _ => LINES,
        };
        if read != LINES {
            return Err("a product or a line is missing".into());
        }
        let conn = &self.conn;
        let seq = by_hand::next_seq(conn)?;
        for ((op, write), line) in step.batch.ops.iter().zip(&step.writes).zip(0_i64..) {
            let version = row(conn, op, write, seq)?;
            let purged = matches!(op, Op::Purge { .. });
            let (commit, key) = (step.batch.commit.0, op.key());
            conn.prepare_cached(JOURNAL)?.execute(params![
                seq,
                line,
                commit.as_bytes().as_slice(),
                step.batch.at,
                key.kind.code(),
                key.id.as_bytes().as_slice(),
                version,
                purged,
            ])?;
        }
        by_hand::remember(conn, step.batch.commit.0, seq)?;
        self.run("COMMIT")?;
        self.wrote.extend(step.batch.ops.iter().map(|op| op.key().kind));
        Ok(())
    }

    /// Reads what every line costs.
    fn prices(&self) -> Result<u64, Failure> {
        let sql = "SELECT price_amount, price_currency, active FROM product WHERE tenant = 1 AND id = ?1 AND deleted = 0";
        let mut read = self.conn.prepare_cached(sql)?;
        let mut found = 0;
        for n in 0..LINES {
            let product = id(2, n);
            let price =
                read.query_row([product.as_bytes().as_slice()], |row| row.get::<_, String>(0));
            found += u64::from(price.optional()?.is_some());
        }
        Ok(found)
    }

    /// Reads the lines of an order.
    fn lines(&self, order: Uuid) -> Result<u64, Failure> {
        // Without an order SQLite goes through the whole table.
        let sql = "SELECT product, quantity, shipped FROM order_line WHERE tenant = 1 AND \"order\" = ?1 AND deleted = 0 \
            ORDER BY ordinal, id";
        let mut read = self.conn.prepare_cached(sql)?;
        let mut rows = read.query([order.as_bytes().as_slice()])?;
        let mut found = 0;
        while let Some(row) = rows.next()? {
            found += u64::from(!row.get::<_, String>(1)?.is_empty());
        }
        Ok(found)
    }

    /// Refuses to go on where the two files do not hold the same rows.
    fn compare(&self, engine: &Path) -> Result<(), Failure> {
        let engine = engine.to_str().ok_or("a folder whose name is no text")?;
        self.conn.execute("ATTACH ?1 AS engine", [engine])?;
        let of = |table: &str, cols: &str| -> Result<(), Failure> {
            let both = format!(
                "SELECT (SELECT COUNT(*) FROM engine.{table}),
                 (SELECT COUNT(*) FROM (SELECT {cols} FROM main.{table} EXCEPT SELECT {cols} FROM engine.{table})),
                 (SELECT COUNT(*) FROM (SELECT {cols} FROM engine.{table} EXCEPT SELECT {cols} FROM main.{table}))"
            );
            let found: (i64, i64, i64) = self
                .conn
                .query_row(&both, [], |row| Ok((row.get(0)?, row.get(1)?, row.get(2)?)))?;
            if (found.1, found.2) == (0, 0) {
                return Ok(());
            }
            Err(format!("{table} differs between engine and hand: {found:?}").into())
        };
        for kind in &self.wrote {
            of(&format!("\"{}\"", kind.name()), "*")?;
        }
        of("crm_head", "*")?;
        of("crm_journal", "tenant, seq, line, commit_id, at, kind, id, version, purged")?;
        of("crm_commit", "tenant, commit_id, seq")?;
        self.conn.execute_batch("DETACH engine")?;
        Ok(())
    }
}

const JOURNAL: &str = "INSERT INTO crm_journal (tenant, seq, line, commit_id, at, kind, id, version, purged) \
    VALUES (1, ?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8)";

/// Writes one row; its version.
fn row(conn: &Connection, op: &Op, write: &Write, seq: i64) -> Result<i64, Failure> {
    let key = op.key();
    match (op, write) {
        (Op::Put { rec, .. }, Write::Insert { sql }) => {
            let mut insert = conn.prepare_cached(sql)?;
            insert.raw_bind_parameter(1, key.id.as_bytes().as_slice())?;
            insert.raw_bind_parameter(2, seq)?;
            for (at, val) in (3..).zip(&rec.vals) {
                bind(&mut insert, at, val)?;
            }
            insert.raw_execute()?;
            Ok(rec.version.cast_signed())
        }
        (Op::Put { rec, .. }, Write::Update { read, sql, version, changed }) => {
            let found: i64 = conn
                .prepare_cached(read)?
                .query_row([key.id.as_bytes().as_slice()], |row| row.get(0))?;
            if found != version.cast_signed() {
                return Err("a row that was changed".into());
            }
            let mut update = conn.prepare_cached(sql)?;
            update.raw_bind_parameter(1, key.id.as_bytes().as_slice())?;
            update.raw_bind_parameter(2, seq)?;
            update.raw_bind_parameter(3, rec.version.cast_signed())?;
            for (n, at) in (4..).zip(changed) {
                bind(&mut update, n, rec.vals.get(*at).unwrap_or(&Val::Null))?;
            }
            update.raw_execute()?;
            Ok(rec.version.cast_signed())
        }
        (Op::Purge { version, .. }, Write::Purge { sql }) => {
            conn.prepare_cached(sql)?.execute([key.id.as_bytes().as_slice()])?;
            Ok(version.cast_signed())
        }
        _ => Err("a write that is of another row".into()),
    }
}

fn bind(write: &mut CachedStatement<'_>, at: usize, val: &Val) -> rusqlite::Result<()> {
    match val {
        Val::Null => write.raw_bind_parameter(at, rusqlite::types::Null),
        Val::Bool(value) => write.raw_bind_parameter(at, value),
        Val::Int(value) => write.raw_bind_parameter(at, value),
        Val::Text(value) => write.raw_bind_parameter(at, value.as_str()),
        Val::Bytes(value) => write.raw_bind_parameter(at, value.as_slice()),
        Val::Id(value) => write.raw_bind_parameter(at, value.as_bytes().as_slice()),
    }
}
