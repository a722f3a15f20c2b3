//! A deal moves to its next stage, durably: through the engine, and by hand.
//!
//! By hand means what a careful program would write with rusqlite for the same effect: one connection, prepared
//! statements, the deal read and its version checked, then the same rows of the same size (deal, stage move, fact,
//! receipt, journal lines, head, commit) into tables with the same columns and indexes, in another file of the same
//! folder. It gets every value for free: ids, the fact's JSON and its root were made before the clock starts.

use std::path::Path;
use std::sync::Arc;

use crm_core::engine::{Env, Session};
use crm_core::record::{Kind, Record, Val};
use crm_core::store::{Admin, Batch, MemoryStore, Op, Store};
use crm_sqlite::SqliteStore;
use rusqlite::{CachedStatement, Connection, params};
use serde_json::{Map, Value, json};
use uuid::Uuid;

use crate::by_hand;
use crate::data::{self, Host, STAGES};
use crate::measure::{Cost, Probe, Series, load, rounded, us};
use crate::{Failure, Findings, Line, Options, Scratch};

/// Moves on both sides before anything is timed.
const WARM: usize = 20;
/// Threads of the group, and moves in one transaction by hand.
const GROUP: usize = 8;
/// Moves of one `batch`.
const BATCH: usize = 1_000;
const CUSTOMERS: u64 = 200;

/// One move that is to be made: the call, and the rows that it will write.
struct Move {
    env: Env,
    request: Vec<u8>,
    key: String,
    rows: Batch,
}

/// Runs the benchmark; [`Options::rows`] is the moves of one round, 400 where nothing is said.
///
/// # Errors
///
/// What a store reports; rows that differ between the two files.
pub fn run(options: &Options) -> Result<Findings, Failure> {
    let scratch = Scratch::new(options)?;
    let per_round = usize::try_from(options.rows_or(400))?;
    let singles = WARM + per_round * options.rounds;
    let groups = per_round.div_ceil(GROUP) * GROUP * options.rounds;
    let deals = singles + groups + BATCH * options.rounds;
    let store = Arc::new(SqliteStore::open(scratch.file("engine.db"))?);
    let mut host = Host::new(store.clone());
    data::found(&mut host, CUSTOMERS)?;
    data::open_deals(&mut host, deals as u64, CUSTOMERS)?;
    let copy = scratch.file("hand.db");
    let path = copy.to_str().ok_or("a folder whose name is no text")?.to_owned();
    store.admin(&Admin::Backup { path }, &mut |_| std::ops::ControlFlow::Continue(()))?;
    let ids = data::deals(&*store)?;
    let (ids, rest) = ids.split_at(singles);
    let (in_groups, in_batches) = rest.split_at(groups);

    let mut hand = Hand::open(&copy)?;
    let mut probe = Probe::new(&scratch.file("probe"))?;
    let mut found = single(&mut host, &mut hand, &mut probe, ids, per_round)?;
    hand.compare(&scratch.file("engine.db"))?;
    found.lines.extend(grouped(&mut host, &mut hand, in_groups, options.rounds, &mut found.json)?);
    let batched = batched(&mut host, &mut hand, in_batches, &mut found.json)?;
    found.lines.extend(batched);
    found.lines.push(alone(per_round, options, &mut found.json)?);
    Ok(found)
}

/// What the calls for these deals will write, decided ahead so that planning one does not warm up the next.
fn planned(host: &mut Host, deals: &[Uuid]) -> Result<Vec<Move>, Failure> {
    let plan = |id: &Uuid| {
        let env = host.env()?;
        let request = serde_json::to_vec(&json!({"id": id, "stage": STAGES[1]}))?;
        let rows = host.session.plan(&env, "opportunity.advance", &request);
        let rows = rows.map_err(|error| format!("{:?}", error.problem()))?;
        let rows = rows.batch.ok_or("a move that writes nothing")?;
        Ok(Move { env, request, key: format!("move {id}"), rows })
    };
    deals.iter().map(plan).collect()
}

fn advance(session: &Session, step: &Move) -> Result<Vec<u8>, Failure> {
    data::called(session, &step.env, "opportunity.advance", &step.request, Some(&step.key))
}

/// One move, one commit; engine, hand and probe in turns.
fn single(
    host: &mut Host,
    hand: &mut Hand,
    probe: &mut Probe,
    deals: &[Uuid],
    per_round: usize,
) -> Result<Findings, Failure> {
    let moves = planned(host, deals)?;
    let (warm, moves) = moves.split_at(WARM);
    let mut answer = Vec::new();
    for step in warm {
        answer = advance(&host.session, step)?;
        hand.apply(&[step], &answer)?;
        probe.append()?;
    }
    let (mut engine, mut by_hand, mut floor) = <(Series, Series, Series)>::default();
    let (mut engine_cpu, mut hand_cpu) = <(Series, Series)>::default();
    let mut ratios = Series::default();
    let mut rounds = Vec::new();
    // The round in which the disk answered fastest: others may use the machine too.
    let mut quiet = (f64::MAX, f64::NAN, f64::NAN);
    let before = load();
    for round in moves.chunks(per_round) {
        let (mut ours, mut theirs, mut least) = <(Series, Series, Series)>::default();
        for (at, step) in round.iter().enumerate() {
            // Whoever comes second finds a warmer machine.
            for turn in [at % 2, 1 - at % 2] {
                if turn == 0 {
                    let (done, cost) = Cost::of(|| advance(&host.session, step));
                    assert_eq!(done?.len(), answer.len(), "answers of one size");
                    ours.push(us(cost.wall));
                    engine_cpu.push(us(cost.cpu));
                } else {
                    let (done, cost) = Cost::of(|| hand.apply(&[step], &answer));
                    done?;
                    theirs.push(us(cost.wall));
                    hand_cpu.push(us(cost.cpu));
                }
            }
            let (done, cost) = Cost::of(|| probe.append());
            done?;
            least.push(us(cost.wall));
        }
        ratios.push(ours.median() / theirs.median());
        rounds.push(json!({
            "engine_us_p50": rounded(ours.median()), "by_hand_us_p50": rounded(theirs.median()),
            "append_us_p50": rounded(least.median()),
        }));
        if least.median() < quiet.0 {
            quiet = (least.median(), ours.median(), theirs.median());
        }
        engine.extend(ours);
        by_hand.extend(theirs);
        floor.extend(least);
    }
    let (ours, theirs) = (engine.median(), by_hand.median());
    let figures = json!({
        "engine_us_p50": rounded(ours), "by_hand_us_p50": rounded(theirs),
        "ratio_p50": rounded(ours / theirs), "engine_cpu_us": rounded(engine_cpu.median()),
        "engine_us_p90": rounded(engine.at(0.9)), "engine_us_p99": rounded(engine.at(0.99)),
        "by_hand_us_p90": rounded(by_hand.at(0.9)), "by_hand_us_p99": rounded(by_hand.at(0.99)),
        "by_hand_cpu_us": rounded(hand_cpu.median()),
        "append_us_p50": rounded(floor.median()),
        "ratio_to_append_p50": rounded(ours / floor.median()),
        "ratio_of_rounds": {"min": rounded(ratios.min()), "median": rounded(ratios.median())},
        "quietest_round": {
            "append_us_p50": rounded(quiet.0), "engine_us_p50": rounded(quiet.1),
            "by_hand_us_p50": rounded(quiet.2), "ratio_p50": rounded(quiet.1 / quiet.2),
        },
        "moves": moves.len(), "rounds": rounds, "synchronous": "FULL",
        "load": [before, load()],
    });
    let line = |what: &str, engine, peer, against: &str| Line {
        what: what.to_owned(),
        unit: "µs",
        engine,
        peer,
        against: against.to_owned(),
    };
    Ok(Findings {
        name: "move",
        lines: vec![
            line("one durable move, p50", ours, theirs, "rusqlite by hand, same rows"),
            line("the same, quietest round", quiet.1, quiet.2, "rusqlite by hand"),
            line("the same, p90", engine.at(0.9), by_hand.at(0.9), "rusqlite by hand"),
            line("the same, p99", engine.at(0.99), by_hand.at(0.99), "rusqlite by hand"),
            line(
                "the same, CPU, median",
                engine_cpu.median(),
                hand_cpu.median(),
                "rusqlite by hand",
            ),
            line("the same, p50", ours, floor.median(), "append of 256 B + fdatasync"),
        ],
        json: object(figures),
    })
}

/// Eight threads, whose moves share commits; by hand, eight moves in one transaction of one thread.
fn grouped(
    host: &mut Host,
    hand: &mut Hand,
    deals: &[Uuid],
    rounds: usize,
    json: &mut Map<String, Value>,
) -> Result<Vec<Line>, Failure> {
    let moves = planned(host, deals)?;
    let answer = vec![b' '; 700];
    let (mut ours, mut theirs) = <(Series, Series)>::default();
    for round in moves.chunks(moves.len() / rounds) {
        let (done, cost) = Cost::of(|| {
            std::thread::scope(|scope| {
                let share = |part: &'_ [Move]| {
                    part.iter().try_for_each(|step| advance(&host.session, step).map(drop))
                };
                let threads: Vec<_> = round
                    .chunks(round.len() / GROUP)
                    .map(|part| scope.spawn(move || share(part)))
                    .collect();
                threads.into_iter().try_for_each(|thread| {
                    thread.join().unwrap_or_else(|_| Err("a thread panicked".into()))
                })
            })
        });
        done?;
        ours.push(us(cost.wall) / round.len() as f64);
        let (done, cost) = Cost::of(|| {
            round
                .chunks(GROUP)
                .try_for_each(|group| hand.apply(&group.iter().collect::<Vec<_>>(), &answer))
        });
        done?;
        theirs.push(us(cost.wall) / round.len() as f64);
    }
    json.insert(
        "group".to_owned(),
        json!({"threads": GROUP, "engine_us": rounded(ours.median()), "by_hand_us": rounded(theirs.median()),
               "ratio": rounded(ours.median() / theirs.median()),
               "engine_us_min": rounded(ours.min()), "by_hand_us_min": rounded(theirs.min())}),
    );
    Ok(vec![Line {
        what: format!("a move, {GROUP} threads"),
        unit: "µs",
        engine: ours.median(),
        peer: theirs.median(),
        against: format!("by hand, {GROUP} moves a transaction, one thread"),
    }])
}

/// A thousand moves in one call.
fn batched(
    host: &mut Host,
    hand: &mut Hand,
    deals: &[Uuid],
    json: &mut Map<String, Value>,
) -> Result<Vec<Line>, Failure> {
    let answer = vec![b' '; 700 * BATCH];
    let (mut ours, mut theirs, mut cpu) = <(Series, Series, Series)>::default();
    for round in deals.chunks(BATCH) {
        let steps: Vec<Value> = round
            .iter()
            .map(|id| json!({"op": "opportunity.advance", "request": {"id": id, "stage": STAGES[1]}}))
            .collect();
        let request = serde_json::to_vec(&json!({"operations": steps}))?;
        let env = host.env()?;
        let rows = host.session.plan(&env, "batch", &request).map_err(|error| error.to_string())?;
        let rows = rows.batch.ok_or("a batch that writes nothing")?;
        let key = format!("batch {}", rows.commit.0);
        let step = Move { env, request, key, rows };
        let (done, cost) = Cost::of(|| {
            data::called(&host.session, &step.env, "batch", &step.request, Some(&step.key))
        });
        done?;
        ours.push(us(cost.wall) / BATCH as f64);
        cpu.push(us(cost.cpu) / BATCH as f64);
        let (done, cost) = Cost::of(|| hand.apply(&[&step], &answer));
        done?;
        theirs.push(us(cost.wall) / BATCH as f64);
    }
    json.insert(
        "batch".to_owned(),
        json!({"moves": BATCH, "engine_us": rounded(ours.median()), "by_hand_us": rounded(theirs.median()),
               "ratio": rounded(ours.median() / theirs.median()), "engine_cpu_us": rounded(cpu.median()),
               "engine_us_min": rounded(ours.min()), "by_hand_us_min": rounded(theirs.min())}),
    );
    Ok(vec![Line {
        what: format!("a move in a batch of {BATCH}"),
        unit: "µs",
        engine: ours.median(),
        peer: theirs.median(),
        against: "by hand, one transaction".to_owned(),
    }])
}

/// The engine without a disk: the same calls on the memory store, and decided only.
fn alone(
    per_round: usize,
    options: &Options,
    json: &mut Map<String, Value>,
) -> Result<Line, Failure> {
    let mut host = Host::new(Arc::new(MemoryStore::default()));
    data::found(&mut host, CUSTOMERS)?;
    let count = per_round * options.rounds;
    data::open_deals(&mut host, count as u64, CUSTOMERS)?;
    let ids = data::deals(host.session.engine().store())?;
    let (mut decided, mut committed) = <(Series, Series)>::default();
    for round in ids.chunks(per_round) {
        let (moves, cost) = Cost::of(|| planned(&mut host, round));
        decided.push(us(cost.cpu) / round.len() as f64);
        let (done, cost) =
            Cost::of(|| moves?.iter().try_for_each(|step| advance(&host.session, step).map(drop)));
        done?;
        committed.push(us(cost.cpu) / round.len() as f64);
    }
    let (decided, committed) = (decided.median(), committed.median());
    json.insert(
        "memory".to_owned(),
        json!({"decided_cpu_us": rounded(decided), "committed_cpu_us": rounded(committed)}),
    );
    Ok(Line {
        what: "a move on the memory store, CPU".to_owned(),
        unit: "µs",
        engine: committed,
        peer: decided,
        against: "of that: read and decided".to_owned(),
    })
}

fn object(value: Value) -> Map<String, Value> {
    match value {
        Value::Object(map) => map,
        other => Map::from_iter([("figures".to_owned(), other)]),
    }
}

/// The program that a user would write instead.
struct Hand {
    conn: Connection,
    receipts: u64,
}

impl Hand {
    fn open(path: &Path) -> Result<Self, Failure> {
        let conn = by_hand::open(path, 64)?;
        Ok(Self { conn, receipts: 0 })
    }

    /// Writes what these moves write, in one transaction; the answer stands in for each receipt's.
    fn apply(&mut self, moves: &[&Move], answer: &[u8]) -> Result<(), Failure> {
        self.run("BEGIN IMMEDIATE")?;
        for step in moves {
            self.one(step, answer)?;
        }
        self.run("COMMIT")
    }

    fn run(&self, sql: &str) -> Result<(), Failure> {
        self.conn.prepare_cached(sql)?.execute([])?;
        Ok(())
    }

    fn one(&mut self, step: &Move, answer: &[u8]) -> Result<(), Failure> {
        let conn = &self.conn;
        let seq = by_hand::next_seq(conn)?;
        let commit = step.rows.commit.0;
        let mut line = 0_i64;
        for op in &step.rows.ops {
            let Op::Put { rec, .. } = op else { return Err("a move removes nothing".into()) };
            match rec.def.kind {
                Kind::Opportunity => update(conn, rec, seq)?,
                Kind::StageMove => insert(conn, STAGE_MOVE, rec, seq)?,
                Kind::Fact => insert(conn, FACT, rec, seq)?,
                other => return Err(format!("a move wrote a {other:?}").into()),
            }
            journal(conn, (seq, line), commit, step.rows.at, rec.def.kind, rec.id)?;
            line += 1;
        }
        self.receipts += 1;
        let id = Uuid::from_u64_pair(0x5555_5555_5555_4555, self.receipts);
        let digest = [7_u8; 32];
        conn.prepare_cached(RECEIPT)?.execute(params![
            id.as_bytes().as_slice(),
            seq,
            digest.as_slice(),
            answer,
            step.rows.at
        ])?;
        journal(conn, (seq, line), commit, step.rows.at, Kind::Receipt, id)?;
        by_hand::remember(conn, commit, seq)
    }

    /// Refuses to go on where the two files do not hold the same rows.
    fn compare(&self, engine: &Path) -> Result<(), Failure> {
        let engine = engine.to_str().ok_or("a folder whose name is no text")?;
        self.conn.execute("ATTACH ?1 AS engine", [engine])?;
        let journal = "tenant, seq, line, commit_id, at, kind, version, purged";
        let size = "tenant, seq, version, deleted, ext, length(digest), length(response), at";
        let of = |table: &str, cols: &str| -> Result<(), Failure> {
            let both = format!(
                "SELECT (SELECT COUNT(*) FROM engine.{table}),
                 (SELECT COUNT(*) FROM (SELECT {cols} FROM main.{table} EXCEPT SELECT {cols} FROM engine.{table})),
                 (SELECT COUNT(*) FROM (SELECT {cols} FROM engine.{table} EXCEPT SELECT {cols} FROM main.{table}))"
            );
            let found: (i64, i64, i64) = self
                .conn
                .query_row(&both, [], |row| Ok((row.get(0)?, row.get(1)?, row.get(2)?)))?;
            if found.0 > 0 && (found.1, found.2) == (0, 0) {
                return Ok(());
            }
            Err(format!("{table} differs between engine and hand: {found:?}").into())
        };
        for table in ["opportunity", "stage_move", "fact", "crm_head"] {
            of(table, "*")?;
        }
        of("crm_journal", journal)?;
        of("receipt", size)?;
        of("crm_commit", "tenant, commit_id, seq")?;
        self.conn.execute_batch("DETACH engine")?;
        Ok(())
    }
}

const STAGE_MOVE: &str = "INSERT INTO stage_move (tenant, id, seq, version, deleted, ext, opportunity, ordinal, kind, \
    \"from\", \"to\", at, by, override_reason) VALUES (1, ?1, ?2, 1, 0, '{}', ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10)";
const FACT: &str = "INSERT INTO fact (tenant, id, seq, version, deleted, ext, subject_kind, subject, operation, actor, \
    purpose, happened_at, recorded_at, rules, changes, source, root, customer) \
    VALUES (1, ?1, ?2, 1, 0, '{}', ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14)";
const RECEIPT: &str = "INSERT INTO receipt (tenant, id, seq, version, deleted, ext, digest, response, at) \
    VALUES (1, ?1, ?2, 1, 0, '{}', ?3, ?4, ?5)";
const JOURNAL: &str = "INSERT INTO crm_journal (tenant, seq, line, commit_id, at, kind, id, version, purged) \
    VALUES (1, ?1, ?2, ?3, ?4, ?5, ?6, ?7, 0)";

/// The deal is read, and must stand as it was decided about.
fn update(conn: &Connection, rec: &Record, seq: i64) -> Result<(), Failure> {
    let id = rec.id.as_bytes().as_slice();
    let mut read = conn.prepare_cached(
        "SELECT version, phase, phase_stage, pipeline, owner FROM opportunity WHERE tenant = 1 AND id = ?1 AND deleted = 0",
    )?;
    let (version, open): (i64, bool) =
        read.query_row([id], |row| Ok((row.get(0)?, row.get_ref(1)?.as_str()? == "open")))?;
    if !open || version + 1 != rec.version.cast_signed() {
        return Err("a deal that was changed".into());
    }
    let field = |name: &str| {
        let field = rec.def.field_named(name).map(|field| field.id);
        field.and_then(|id| rec.at(id)).unwrap_or(&Val::Null)
    };
    let mut write = conn.prepare_cached(
        "UPDATE opportunity SET seq = ?2, version = ?3, phase_stage = ?4, stage_entered_at = ?5, touched_at = ?6 \
         WHERE tenant = 1 AND id = ?1",
    )?;
    write.raw_bind_parameter(1, id)?;
    write.raw_bind_parameter(2, seq)?;
    write.raw_bind_parameter(3, rec.version.cast_signed())?;
    for (at, name) in (4..).zip(["phase_stage", "stage_entered_at", "touched_at"]) {
        bind(&mut write, at, field(name))?;
    }
    write.raw_execute()?;
    Ok(())
}

fn insert(conn: &Connection, sql: &str, rec: &Record, seq: i64) -> Result<(), Failure> {
    let mut write = conn.prepare_cached(sql)?;
    write.raw_bind_parameter(1, rec.id.as_bytes().as_slice())?;
    write.raw_bind_parameter(2, seq)?;
    for (at, val) in (3..).zip(&rec.vals) {
        bind(&mut write, at, val)?;
    }
    write.raw_execute()?;
    Ok(())
}

fn journal(
    conn: &Connection,
    (seq, line): (i64, i64),
    commit: Uuid,
    at: i64,
    kind: Kind,
    id: Uuid,
) -> Result<(), Failure> {
    let version = if kind == Kind::Opportunity { 2 } else { 1 };
    let (commit, id) = (commit.as_bytes().as_slice(), id.as_bytes().as_slice());
    conn.prepare_cached(JOURNAL)?.execute(params![
        seq,
        line,
        commit,
        at,
        kind.code(),
        id,
        version
    ])?;
    Ok(())
}

pub(crate) fn bind(write: &mut CachedStatement<'_>, at: usize, val: &Val) -> rusqlite::Result<()> {
    match val {
        Val::Null => write.raw_bind_parameter(at, rusqlite::types::Null),
        Val::Bool(value) => write.raw_bind_parameter(at, value),
        Val::Int(value) => write.raw_bind_parameter(at, value),
        Val::Text(value) => write.raw_bind_parameter(at, value.as_str()),
        Val::Bytes(value) => write.raw_bind_parameter(at, value.as_slice()),
        Val::Id(value) => write.raw_bind_parameter(at, value.as_bytes().as_slice()),
    }
}
