//! Leads that come to their owners end to end: read, decided by rules, capacities and turns, written down with the
//! reasons, committed; beside a program by hand that writes the same rows.
//!
//! The rules are those of [`super::assign`], as a policy of the engine over columns and custom fields of leads. Each has
//! a pool of its own of 6 to 20 of the 1,000 reps, the larger the more leads it takes; a rep has room for 0.9 to 1.4 times
//! the leads that are to come, so that some are full before the end. All leads go through `lead.assign_many`, as many in
//! a call as it takes.
//!
//! By hand means what `moves` means by it: one connection, prepared statements, one transaction for the rows of a call,
//! each lead read and its version checked, then the same rows of the same size into tables with the same indexes in a
//! copy of the file. It gets every value for free: who gets the lead, the reasons as text, and the fact were made before
//! its clock starts.

use std::collections::{BTreeMap, BTreeSet};
use std::ops::ControlFlow;
use std::path::Path;
use std::sync::Arc;

use crm_core::record::{Kind, KindDef, Record};
use crm_core::store::{Admin, Batch, MemoryStore, Op, Store};
use crm_sqlite::SqliteStore;
use rusqlite::{Connection, params};
use serde_json::{Map, Value, json};
use uuid::Uuid;

use crate::by_hand;
use crate::data::{self, Host, Random};
use crate::measure::{Cost, Series, load, resident_mb, rounded, us};
use crate::moves::bind;
use crate::{Failure, Line, Options, Scratch};

/// Leads in one call: as many as it takes.
const CALL: usize = 1_000;
/// Leads on the memory store, where decision and commit are told apart.
const IN_MEMORY: usize = 10_000;
/// The fewest and the most reps of one rule.
const POOL: (usize, usize) = (6, 20);

/// One lead: its texts and numbers by the name of their field.
pub(crate) struct Given {
    pub(crate) texts: Vec<(&'static str, String)>,
    pub(crate) numbers: Vec<(&'static str, u32)>,
    /// Which rule takes it.
    pub(crate) rule: usize,
}

/// What is assigned: leads, and rules by whose number the leads know which takes them.
pub(crate) struct Work<'a> {
    /// The rules as data: code, filter; pools are made here.
    pub(crate) rules: Vec<Value>,
    pub(crate) reps: usize,
    pub(crate) leads: &'a dyn Fn(usize) -> Given,
    pub(crate) count: usize,
}

/// The path under which a filter of a policy names a field.
pub(crate) fn path(field: &str) -> String {
    match field {
        "region" | "source" => field.to_owned(),
        custom => format!("custom.{custom}"),
    }
}

/// Reps, fields, rules and leads.
fn found(host: &mut Host, work: &Work<'_>, count: usize) -> Result<(), Failure> {
    let first = (work.leads)(0);
    let texts = first.texts.iter().map(|(name, _)| (*name, "text"));
    let numbers = first.numbers.iter().map(|(name, _)| (*name, "int"));
    for (name, kind) in texts.chain(numbers).filter(|(name, _)| path(name) != *name) {
        let field = json!({"entity": "lead", "code": name, "label": name, "field_type": kind});
        host.call("custom_field.define", &field)?;
    }
    let mut random = Random::new(3);
    let mut taken = vec![0_usize; work.rules.len()];
    (0..count).for_each(|at| taken[(work.leads)(at).rule] += 1);
    // One rule's people stand beside the next one's: nearly everybody is in one pool, many are in two.
    let mut next = 0;
    let mut wanted = vec![0_f64; work.reps];
    let mut pool = |taken: usize| {
        let share = (taken * work.reps).div_ceil(count.max(1)).clamp(POOL.0, POOL.1);
        let pool: Vec<(usize, u64)> =
            (next..next + share).map(|at| (at % work.reps, 1 + random.below(3))).collect();
        next += share;
        let all: u64 = pool.iter().map(|(_, weight)| weight).sum();
        for (rep, weight) in &pool {
            wanted[*rep] += taken as f64 * *weight as f64 / all as f64;
        }
        pool
    };
    let pools: Vec<Vec<(usize, u64)>> = taken.iter().map(|taken| pool(*taken)).collect();
    // Room for less than what will come, or for more: some are full before the end.
    let reps = (0..work.reps).map(|at| {
        let capacity = (wanted[at] * (0.9 + random.below(50) as f64 / 100.0)).ceil() as u64;
        json!({"row": at + 2, "key": format!("U{at}"), "set": {"login": format!("rep-{at:04}"),
            "name": format!("Rep {at}"), "role": "rep", "capacity": capacity}})
    });
    let reps: Vec<Value> = reps.collect();
    let users = data::imported(host, "user", reps.into_iter())?;
    let mut rules = work.rules.clone();
    for (rule, pool) in rules.iter_mut().zip(&pools) {
        let members =
            pool.iter().map(|(rep, weight)| json!({"user": users[*rep], "weight": weight}));
        rule["pool"] = json!({"users": members.collect::<Vec<Value>>()});
        rule["strategy"] = json!("weighted");
    }
    let keeper = "00000000-0000-7000-8000-000000000002";
    let policy = json!({"code": "leads", "name": "Leads", "rules": rules,
        "fallback": {"queue": "unassigned", "keeper": keeper}});
    host.call("assignment_policy.define", &policy)?;
    let rows = (0..count).map(|at| {
        let Given { texts, numbers, .. } = (work.leads)(at);
        let mut set = json!({"name": format!("Lead {at:07}"), "phones": [format!("138{at:08}")]});
        let mut custom = Map::new();
        let values = texts.into_iter().map(|(name, text)| (name, json!(text)));
        for (name, value) in values.chain(numbers.into_iter().map(|(name, n)| (name, json!(n)))) {
            if path(name) == name {
                set[name] = value;
            } else {
                custom.insert(name.to_owned(), value);
            }
        }
        json!({"row": at + 2, "key": format!("L{at}"), "set": set, "custom": custom})
    });
    data::import(host, "lead", rows)
}

fn request(ids: &[Uuid]) -> Result<Vec<u8>, Failure> {
    Ok(serde_json::to_vec(&json!({"ids": ids}))?)
}

/// What became of leads: how many each rule decided, how many wait in the queue.
#[derive(Default)]
struct Became {
    by_rule: BTreeMap<String, usize>,
    queued: usize,
}

impl Became {
    fn note(&mut self, answer: &[u8]) -> Result<(), Failure> {
        let answer: Value = serde_json::from_slice(answer)?;
        for row in answer["rows"].as_array().into_iter().flatten() {
            let rule = row["assigned"]["rule"].as_str().ok_or("a lead that no rule takes")?;
            *self.by_rule.entry(rule.to_owned()).or_default() += 1;
            self.queued += usize::from(row["assigned"]["owner"].is_null());
        }
        Ok(())
    }
}

/// All leads through the engine and by hand, on SQLite files; then some on the memory store.
pub(crate) fn run(
    options: &Options,
    work: &Work<'_>,
    json: &mut Map<String, Value>,
) -> Result<Vec<Line>, Failure> {
    let scratch = Scratch::new(options)?;
    let file = scratch.file("engine.db");
    {
        let store = Arc::new(SqliteStore::load(&file)?);
        found(&mut Host::new(store.clone()), work, work.count)?;
        store.finish_load()?;
    }
    let store = Arc::new(SqliteStore::open(&file)?);
    let copy = scratch.file("hand.db");
    let path = copy.to_str().ok_or("a folder whose name is no text")?.to_owned();
    store.admin(&Admin::Backup { path }, &mut |_| ControlFlow::Continue(()))?;
    let mut host = Host::after(store.clone(), work.count as u64 * 2);
    // Who plans has nothing in common with who commits but the file, so that nobody warms up the other.
    let planner = Host::new(store.clone());
    let mut hand = Hand::open(&copy)?;
    let leads = data::ids(&*store, Kind::Lead)?;
    let (mut engine, mut by_hand, mut cpu) = <(Series, Series, Series)>::default();
    let (mut rows, mut bytes) = (0_usize, 0_usize);
    let mut became = Became::default();
    let (before, mb) = (load(), resident_mb());
    for (at, ids) in leads.chunks(CALL).enumerate() {
        let (env, request) = (host.env()?, request(ids)?);
        let plan = planner.session.plan(&env, "lead.assign_many", &request);
        let plan = plan.map_err(|error| format!("{:?}", error.problem()))?;
        let batch = plan.batch.ok_or("leads that nobody got")?;
        rows += batch.ops.len();
        bytes += batch.ops.iter().map(size).sum::<usize>();
        let each = ids.len() as f64;
        for turn in [at % 2, 1 - at % 2] {
            if turn == 0 {
                let call = || data::called(&host.session, &env, "lead.assign_many", &request, None);
                let (answer, cost) = Cost::of(call);
                became.note(&answer?)?;
                engine.push(us(cost.wall) / each);
                cpu.push(us(cost.cpu) / each);
            } else {
                let (done, cost) = Cost::of(|| hand.apply(&batch));
                done?;
                by_hand.push(us(cost.wall) / each);
            }
        }
    }
    let grown = resident_mb() - mb;
    let mut wanted: BTreeMap<String, usize> = BTreeMap::new();
    for at in 0..work.count {
        let code = work.rules[(work.leads)(at).rule]["code"].as_str().unwrap_or_default();
        *wanted.entry(code.to_owned()).or_default() += 1;
    }
    if wanted != became.by_rule {
        return Err("the policy decides otherwise than the rules in memory".into());
    }
    hand.compare(&file)?;
    let (first, last) = (engine.part(0, 10), engine.part(9, 10));
    let (decided, committed) = in_memory(work)?;
    let figures = json!({
        "leads": work.count, "reps": work.reps, "rules": work.rules.len(), "leads_in_a_call": CALL,
        "engine_us_min": rounded(engine.min()), "engine_us_p50": rounded(engine.median()),
        "engine_us_p99": rounded(engine.at(0.99)), "engine_cpu_us": rounded(cpu.median()),
        "engine_us_first_tenth": rounded(first.median()), "engine_us_last_tenth": rounded(last.median()),
        "by_hand_us_min": rounded(by_hand.min()), "by_hand_us_p50": rounded(by_hand.median()),
        "ratio_min": rounded(engine.min() / by_hand.min()),
        "ratio_p50": rounded(engine.median() / by_hand.median()),
        "memory_decided_cpu_us": rounded(decided), "memory_committed_cpu_us": rounded(committed),
        "rows_a_lead": rounded(rows as f64 / work.count as f64),
        "bytes_a_lead": bytes / work.count.max(1), "queued": became.queued,
        "grown_mb": rounded(grown), "load": [before, load()],
    });
    json.insert("stored".to_owned(), figures);
    let line = |what: &str, engine, peer, against: &str| Line {
        what: what.to_owned(),
        unit: "µs",
        engine,
        peer,
        against: against.to_owned(),
    };
    let against = "rusqlite by hand, same rows, one transaction a call";
    Ok(vec![
        line(
            "a lead assigned and committed, 1,000 a call, p50",
            engine.median(),
            by_hand.median(),
            against,
        ),
        line("the same, least", engine.min(), by_hand.min(), against),
        line("the same, last tenth of the leads", last.median(), first.median(), "the first tenth"),
        line("the same on the memory store, CPU", committed, decided, "of that: read and decided"),
    ])
}

/// Microseconds of CPU a lead on the memory store: decided only, then decided and committed.
fn in_memory(work: &Work<'_>) -> Result<(f64, f64), Failure> {
    let count = work.count.min(IN_MEMORY);
    let mut host = Host::new(Arc::new(MemoryStore::default()));
    found(&mut host, work, count)?;
    let leads = data::ids(host.session.engine().store(), Kind::Lead)?;
    let (mut decided, mut committed) = <(Series, Series)>::default();
    for ids in leads.chunks(CALL) {
        let (env, request) = (host.env()?, request(ids)?);
        let op = "lead.assign_many";
        let (plan, cost) = Cost::of(|| host.session.plan(&env, op, &request));
        plan.map_err(|error| format!("{:?}", error.problem()))?;
        decided.push(us(cost.cpu) / ids.len() as f64);
        let (done, cost) = Cost::of(|| data::called(&host.session, &env, op, &request, None));
        done?;
        committed.push(us(cost.cpu) / ids.len() as f64);
    }
    Ok((decided.median(), committed.median()))
}

/// The bytes of a row's texts.
fn size(op: &Op) -> usize {
    let Op::Put { rec, .. } = op else { return 0 };
    let of = |val: &crm_core::record::Val| match val {
        crm_core::record::Val::Text(text) => text.len(),
        _ => 8,
    };
    rec.vals.iter().map(of).sum()
}

/// The columns of a row that is there already which an assignment changes.
fn changed(kind: Kind) -> &'static [&'static str] {
    match kind {
        Kind::Lead => &["owner", "queue"],
        Kind::AssignmentShare => &["weight", "sharing", "credit", "clock", "got"],
        _ => &[],
    }
}

/// The program that a user would write instead.
struct Hand {
    conn: Connection,
    inserts: BTreeMap<Kind, String>,
    updates: BTreeMap<Kind, String>,
    wrote: BTreeSet<&'static str>,
}

impl Hand {
    fn open(path: &Path) -> Result<Self, Failure> {
        let conn = by_hand::open(path, 64)?;
        Ok(Self {
            conn,
            inserts: BTreeMap::new(),
            updates: BTreeMap::new(),
            wrote: BTreeSet::new(),
        })
    }

    /// Writes the rows of one call in one transaction.
    fn apply(&mut self, batch: &Batch) -> Result<(), Failure> {
        self.conn.prepare_cached("BEGIN IMMEDIATE")?.execute([])?;
        let seq = by_hand::next_seq(&self.conn)?;
        let commit = batch.commit.0;
        for (line, op) in (0_i64..).zip(&batch.ops) {
            let Op::Put { rec, .. } = op else {
                return Err("an assignment removes nothing".into());
            };
            if rec.version == 1 {
                self.insert(rec, seq)?
            } else {
                self.update(rec, seq)?
            }
            self.conn.prepare_cached(JOURNAL)?.execute(params![
                seq,
                line,
                commit.as_bytes().as_slice(),
                batch.at,
                rec.def.kind.code(),
                rec.id.as_bytes().as_slice(),
                rec.version.cast_signed()
            ])?;
        }
        by_hand::remember(&self.conn, commit, seq)?;
        self.conn.prepare_cached("COMMIT")?.execute([])?;
        Ok(())
    }

    fn insert(&mut self, rec: &Record, seq: i64) -> Result<(), Failure> {
        let kind = rec.def.kind;
        self.wrote.insert(rec.def.name);
        let sql = self.inserts.entry(kind).or_insert_with(|| {
            let names = rec.def.fields.iter().map(|field| format!(", \"{}\"", field.name));
            let names: String = names.collect();
            let mut sql = format!(
                "INSERT INTO \"{}\" (tenant, id, seq, version, deleted, ext{names}) VALUES (1, ?1, ?2, 1, 0, '{{}}'",
                rec.def.name
            );
            let places = (3..).zip(&rec.def.fields).map(|(at, _)| format!(", ?{at}"));
            sql.extend(places);
            sql.push(')');
            sql
        });
        let mut write = self.conn.prepare_cached(sql)?;
        write.raw_bind_parameter(1, rec.id.as_bytes().as_slice())?;
        write.raw_bind_parameter(2, seq)?;
        for (at, val) in (3..).zip(&rec.vals) {
            bind(&mut write, at, val)?;
        }
        write.raw_execute()?;
        Ok(())
    }

    /// The row is read, and must stand as it was decided about.
    fn update(&mut self, rec: &Record, seq: i64) -> Result<(), Failure> {
        let (kind, name) = (rec.def.kind, rec.def.name);
        let id = rec.id.as_bytes().as_slice();
        let read =
            format!("SELECT version FROM \"{name}\" WHERE tenant = 1 AND id = ?1 AND deleted = 0");
        let version: i64 = self.conn.prepare_cached(&read)?.query_row([id], |row| row.get(0))?;
        if version + 1 != rec.version.cast_signed() {
            return Err(format!("a {name} that was changed").into());
        }
        let sql = self.updates.entry(kind).or_insert_with(|| {
            let set = (4..).zip(changed(kind)).map(|(at, col)| format!(", \"{col}\" = ?{at}"));
            let set: String = set.collect();
            format!(
                "UPDATE \"{name}\" SET seq = ?2, version = ?3{set} WHERE tenant = 1 AND id = ?1"
            )
        });
        let mut write = self.conn.prepare_cached(sql)?;
        write.raw_bind_parameter(1, id)?;
        write.raw_bind_parameter(2, seq)?;
        write.raw_bind_parameter(3, rec.version.cast_signed())?;
        for (at, col) in (4..).zip(changed(kind)) {
            let field = rec.def.field_named(col).map(|field| field.id);
            let val = field.and_then(|id| rec.at(id)).ok_or("a column that is not there")?;
            bind(&mut write, at, val)?;
        }
        write.raw_execute()?;
        Ok(())
    }

    /// Refuses to go on where the two files do not hold the same rows.
    fn compare(&self, engine: &Path) -> Result<(), Failure> {
        let engine = engine.to_str().ok_or("a folder whose name is no text")?;
        self.conn.execute("ATTACH ?1 AS engine", [engine])?;
        let of = |def: &KindDef| -> Result<(), Failure> {
            let table = def.name;
            let cols = if def.kind == Kind::Lead { "id, seq, version, owner, queue" } else { "*" };
            let both = format!(
                "SELECT (SELECT COUNT(*) FROM engine.\"{table}\"), (SELECT COUNT(*) FROM main.\"{table}\"),
                 (SELECT COUNT(*) FROM (SELECT {cols} FROM main.\"{table}\" EXCEPT SELECT {cols} FROM engine.\"{table}\"))"
            );
            let found: (i64, i64, i64) = self
                .conn
                .query_row(&both, [], |row| Ok((row.get(0)?, row.get(1)?, row.get(2)?)))?;
            if found.0 > 0 && found.0 == found.1 && found.2 == 0 {
                return Ok(());
            }
            Err(format!("{table} differs between engine and hand: {found:?}").into())
        };
        for kind in [Kind::Lead, Kind::Assignment, Kind::AssignmentShare, Kind::Fact] {
            of(crm_core::store::def(kind).ok_or("a kind without a table")?)?;
        }
        self.conn.execute_batch("DETACH engine")?;
        Ok(())
    }
}

const JOURNAL: &str = "INSERT INTO crm_journal (tenant, seq, line, commit_id, at, kind, id, version, purged) \
    VALUES (1, ?1, ?2, ?3, ?4, ?5, ?6, ?7, 0)";
