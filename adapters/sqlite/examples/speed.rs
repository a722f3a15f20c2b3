//! What the port costs over SQLite by hand: `cargo run --release -p crm-sqlite --example speed [rows]`.
//!
//! One commit is a row rewritten, two facts, their journal lines, the head and the commit's id: eight statements, one
//! sync. By hand means the same statements, prepared once, without judging anything.

#![expect(
    clippy::arithmetic_side_effects,
    clippy::cast_sign_loss,
    clippy::float_arithmetic,
    clippy::indexing_slicing,
    clippy::unwrap_used,
    reason = "it only measures"
)]

use std::time::{Duration, Instant};

use crm_core::record::{FieldId, Kind, Val};
use crm_core::store::{
    Batch, CommitId, Expect, Op, Row, Scan, Store as _, StoreExt as _, TenantId,
};
use crm_sqlite::{Durability, Options, SqliteStore};
use rusqlite::{Connection, params};
use uuid::Uuid;

const TENANT: TenantId = TenantId(1);

fn main() {
    let rows: u64 = std::env::args().nth(1).and_then(|n| n.parse().ok()).unwrap_or(1_000_000);
    let dir = std::env::current_dir().unwrap().join(format!("target/speed-{}", std::process::id()));
    std::fs::create_dir_all(&dir).unwrap();
    for durability in [Durability::Full, Durability::Normal] {
        let n = if durability == Durability::Full { 400 } else { 20_000 };
        // In turns, since a disk has moods.
        let (mut port, mut hand) = (Vec::new(), Vec::new());
        for round in 0..6 {
            let path = dir.join(format!("{durability:?}-{round}.db"));
            let options = Options { durability, ..Options::default() };
            let store = SqliteStore::open_with(&path, options).unwrap();
            if round % 2 == 0 {
                port.push(by_port(&store, n))
            } else {
                hand.push(by_hand(&path, durability, n))
            }
        }
        let best = |times: &[Duration]| times.iter().min().unwrap().as_secs_f64() / n as f64 * 1e6;
        let (port, hand) = (best(&port), best(&hand));
        println!(
            "commit, {durability:?}: port {port:.1} us, by hand {hand:.1} us, {:.2} times",
            port / hand
        );
    }
    scans(&dir.join("scan.db"), rows);
    std::fs::remove_dir_all(&dir).unwrap();
}

fn batch(n: u64) -> Batch {
    let fact = |half| Op::Put {
        rec: crm_store_testkit::data::sample(Kind::Fact, Uuid::from_u64_pair(n, half)),
        expect: Expect::Absent,
    };
    let mut seal = crm_store_testkit::data::sample(Kind::Seal, Uuid::nil());
    seal.version = n;
    let expect = if n == 1 { Expect::Absent } else { Expect::Version(n - 1) };
    let commit = CommitId(Uuid::from_u64_pair(7, n));
    let ops = vec![Op::Put { rec: seal, expect }, fact(0), fact(1)];
    Batch { tenant: TENANT, commit, at: 0, guards: Vec::new(), as_of: None, ops }
}

fn by_port(store: &SqliteStore, n: u64) -> Duration {
    let batches: Vec<Batch> = (1..=n).map(batch).collect();
    let started = Instant::now();
    for batch in &batches {
        store.apply_one(batch).unwrap();
    }
    started.elapsed()
}

fn by_hand(path: &std::path::Path, durability: Durability, n: u64) -> Duration {
    let conn = Connection::open(path).unwrap();
    conn.set_prepared_statement_cache_capacity(64);
    conn.execute_batch(&format!(
        "PRAGMA synchronous = {durability:?}; PRAGMA secure_delete = FAST"
    ))
    .unwrap();
    let run = |sql: &str, params: &[&dyn rusqlite::ToSql]| {
        conn.prepare_cached(sql).unwrap().execute(params).unwrap();
    };
    let nil = [0_u8; 16];
    let insert = |table: &str, rec: &crm_core::record::Record, seq: i64| {
        let marks: String = rec.vals.iter().map(|_| ", ?").collect();
        let names: String =
            rec.def.fields.iter().map(|field| format!(", \"{}\"", field.name)).collect();
        let sql = format!(
            "INSERT INTO {table} (tenant, id, seq, version, deleted, ext{names}) VALUES (1, ?, ?, 1, 0, '{{}}'{marks})"
        );
        (sql, seq)
    };
    let fact = crm_store_testkit::data::sample(Kind::Fact, Uuid::nil());
    let (fact_sql, _) = insert("fact", &fact, 0);
    let seal = crm_store_testkit::data::sample(Kind::Seal, Uuid::nil());
    let (seal_sql, _) = insert("seal", &seal, 0);
    let started = Instant::now();
    for seq in 1..=n as i64 {
        run("BEGIN IMMEDIATE", &[]);
        run(
            "INSERT INTO crm_head (tenant, seq) VALUES (1, ?1) ON CONFLICT (tenant) DO UPDATE SET seq = excluded.seq",
            &[&seq],
        );
        if seq == 1 {
            let mut stmt = conn.prepare_cached(&seal_sql).unwrap();
            fill(&mut stmt, &nil, seq, &seal);
        } else {
            run("UPDATE seal SET seq = ?1, version = ?1, deleted = 0, ext = '{}', ordinal = 0, through = 0, facts = 0,
                 previous = x'', chain = x'', sealed_at = 0 WHERE tenant = 1 AND id = ?2 AND version = ?1 - 1",
                &[&seq, &nil.as_slice()]);
        }
        let ids = [0, 1].map(|half| Uuid::from_u64_pair(seq as u64, half));
        for id in ids {
            let mut stmt = conn.prepare_cached(&fact_sql).unwrap();
            fill(&mut stmt, id.as_bytes(), seq, &fact);
        }
        let commit = Uuid::from_u64_pair(7, seq as u64);
        for (line, id) in [Uuid::nil(), ids[0], ids[1]].iter().enumerate() {
            let mut stmt = conn
                .prepare_cached("INSERT INTO crm_journal VALUES (1, ?1, ?2, ?3, 0, ?4, ?5, 1, 0)")
                .unwrap();
            stmt.execute(params![
                seq,
                line as i64,
                commit.as_bytes().as_slice(),
                71,
                id.as_bytes().as_slice()
            ])
            .unwrap();
        }
        run("INSERT INTO crm_commit VALUES (1, ?1, ?2, 0)", &[&commit.as_bytes().as_slice(), &seq]);
        run("COMMIT", &[]);
    }
    started.elapsed()
}

fn fill(
    stmt: &mut rusqlite::CachedStatement<'_>,
    id: &[u8],
    seq: i64,
    rec: &crm_core::record::Record,
) {
    stmt.raw_bind_parameter(1, id).unwrap();
    stmt.raw_bind_parameter(2, seq).unwrap();
    for (at, val) in (3..).zip(&rec.vals) {
        match val {
            Val::Null => stmt.raw_bind_parameter(at, rusqlite::types::Null).unwrap(),
            Val::Bool(value) => stmt.raw_bind_parameter(at, value).unwrap(),
            Val::Int(value) => stmt.raw_bind_parameter(at, value).unwrap(),
            Val::Text(value) => stmt.raw_bind_parameter(at, value.as_str()).unwrap(),
            Val::Bytes(value) => stmt.raw_bind_parameter(at, value.as_slice()).unwrap(),
            Val::Id(value) => stmt.raw_bind_parameter(at, value.as_bytes().as_slice()).unwrap(),
        }
    }
    stmt.raw_execute().unwrap();
}

fn scans(path: &std::path::Path, rows: u64) {
    let options = Options { durability: Durability::Normal, ..Options::default() };
    let store = SqliteStore::open_with(path, options).unwrap();
    let started = Instant::now();
    for chunk in 0..rows / 1000 {
        let put = |n: u64| {
            let mut rec =
                crm_store_testkit::data::sample(Kind::Fact, Uuid::from_u64_pair(chunk, n));
            rec.vals[2] = Val::from("opportunity.advance");
            Op::Put { rec, expect: Expect::Absent }
        };
        let ops = (0..1000).map(put).collect();
        let commit = CommitId(Uuid::from_u64_pair(8, chunk));
        let batch = Batch { tenant: TENANT, commit, at: 0, guards: Vec::new(), as_of: None, ops };
        store.apply_one(&batch).unwrap();
    }
    per_row("insert in batches of 1,000", started, rows);
    let field = |name: &str| Kind::Fact.def_field(name);
    let cols = [FieldId::ID, field("operation"), field("subject"), field("happened_at")];
    for _ in 0..2 {
        let started = Instant::now();
        let mut sum = 0_usize;
        let scan = Scan { limit: u32::MAX, cols: &cols, ..Scan::of(TENANT, Kind::Fact, 0, &[]) };
        store
            .scan(&scan, &mut |row| {
                if let Row::Cols([_, Val::Text(text), ..]) = row {
                    sum += text.len();
                }
                std::ops::ControlFlow::Continue(())
            })
            .unwrap();
        per_row("scan of 4 columns by the port", started, rows);
        let conn = Connection::open(path).unwrap();
        conn.execute_batch("PRAGMA cache_size = -16000").unwrap();
        let started = Instant::now();
        let mut stmt = conn
            .prepare("SELECT id, operation, subject, happened_at FROM fact WHERE tenant = 1 AND deleted = 0 ORDER BY id")
            .unwrap();
        let mut found = stmt.query([]).unwrap();
        let mut other = 0_usize;
        while let Some(row) = found.next().unwrap() {
            let id = row.get_ref_unwrap(0).as_blob().unwrap();
            let text = row.get_ref_unwrap(1).as_str().unwrap();
            let subject = row.get_ref_unwrap(2).as_blob().unwrap();
            std::hint::black_box((id, subject, row.get_ref_unwrap(3).as_i64().unwrap()));
            other += text.len();
        }
        per_row("scan of 4 columns by hand", started, rows);
        assert_eq!(sum, other);
        let started = Instant::now();
        let scan = Scan { limit: u32::MAX, ..Scan::of(TENANT, Kind::Fact, 0, &[]) };
        store.scan(&scan, &mut |_| std::ops::ControlFlow::Continue(())).unwrap();
        per_row("scan of whole records", started, rows);
    }
}

fn per_row(what: &str, started: Instant, rows: u64) {
    println!("{what}: {:.0} ns a row", started.elapsed().as_secs_f64() * 1e9 / rows as f64);
}

/// A field by its name.
trait Named {
    fn def_field(self, name: &str) -> FieldId;
}

impl Named for Kind {
    fn def_field(self, name: &str) -> FieldId {
        crm_store_testkit::data::def(self).field_named(name).unwrap().id
    }
}
