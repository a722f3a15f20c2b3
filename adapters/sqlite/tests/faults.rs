//! What the file system, other processes, other versions and the host can do to a file.

#![expect(clippy::indexing_slicing, clippy::panic, clippy::unwrap_used, reason = "a test")]

use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::time::Duration;

use crm_core::record::{Key, Kind, Val};
use crm_core::store::*;
use crm_sqlite::{Durability, Options, SqliteStore, apply_in};
use crm_store_testkit::call;
use crm_store_testkit::data::{With as _, id, sample};
use crm_store_testkit::model::Query;
use rusqlite::{Connection, TransactionBehavior};
use uuid::Uuid;

const T1: TenantId = TenantId(1);

/// A folder that goes when the test ends.
struct Dir(PathBuf);

impl Dir {
    fn new(name: &str) -> Self {
        let dir = PathBuf::from(env!("CARGO_TARGET_TMPDIR"))
            .join(format!("{name}-{}", std::process::id()));
        let _ = std::fs::remove_dir_all(&dir);
        std::fs::create_dir_all(&dir).unwrap();
        Self(dir)
    }

    fn file(&self) -> PathBuf {
        self.0.join("crm.db")
    }
}

impl Drop for Dir {
    fn drop(&mut self) {
        let _ = std::fs::remove_dir_all(&self.0);
    }
}

fn open(path: &Path) -> SqliteStore {
    SqliteStore::open(path).unwrap()
}

fn fact(n: u64) -> Batch {
    let rec = sample(Kind::Fact, id(n)).with("changes", Val::Text("x".repeat(3000)));
    let ops = vec![Op::Put { rec, expect: Expect::Absent }];
    Batch {
        tenant: T1,
        commit: CommitId(Uuid::from_u64_pair(3, n)),
        at: 0,
        guards: Vec::new(),
        as_of: None,
        ops,
    }
}

fn ok(seq: u64) -> StoreResult<Applied> {
    Ok(Applied { seq: Seq(seq), replayed: false })
}

fn count(store: &SqliteStore) -> usize {
    call::scan(store, &Query::all(T1, Kind::Fact, 0), None).unwrap().rows.len()
}

fn sql(path: &Path, sql: &str) {
    Connection::open(path).unwrap().execute_batch(sql).unwrap();
}

#[test]
fn a_full_disk_is_full_and_nothing_is_lost() {
    let dir = Dir::new("full");
    drop(open(&dir.file()));
    let pages: u32 = Connection::open(dir.file())
        .unwrap()
        .query_row("PRAGMA page_count", [], |row| row.get(0))
        .unwrap();
    let options = Options { max_pages: Some(pages + 40), ..Options::default() };
    let store = SqliteStore::open_with(dir.file(), options).unwrap();
    let mut written = 0;
    let refusal = loop {
        match store.apply_one(&fact(written + 1)) {
            Ok(_) => written += 1,
            Err(error) => break error,
        }
    };
    assert_eq!(refusal, StoreError::Full);
    assert!(written > 10, "{written} written");
    assert_eq!(count(&store) as u64, written);
    assert_eq!(store.apply_one(&fact(written + 2)), Err(StoreError::Full));
    assert_eq!(call::admin(&store, &Admin::Check), Ok(Vec::new()));
    // In a group, what was committed before stays known, and nothing of the rest is there.
    let group = [fact(1), fact(written + 3), fact(written + 4)];
    let results = store.apply(&group);
    assert_eq!(results[0], Ok(Applied { seq: Seq(1), replayed: true }));
    assert_eq!(results[1..], [Err(StoreError::Full), Err(StoreError::Full)]);
    drop(store);
    let store = open(&dir.file());
    assert_eq!(store.apply_one(&fact(written + 1)), ok(written + 1), "with room again it goes on");
}

#[test]
fn a_folder_that_is_not_there_or_not_writable_is_unavailable() {
    for path in ["/no/such/folder/crm.db", "/proc/crm.db"] {
        match SqliteStore::open(path) {
            Err(StoreError::Unavailable(what)) => assert!(what.contains(path), "{what}"),
            other => panic!("{path}: {other:?}"),
        }
    }
    let dir = Dir::new("folder");
    match SqliteStore::open(&dir.0) {
        Err(StoreError::Unavailable(_)) => {}
        other => panic!("a folder as a file: {other:?}"),
    }
}

#[test]
fn a_file_that_is_no_database_is_corrupt() {
    let dir = Dir::new("nodb");
    std::fs::write(dir.file(), vec![b'x'; 8192]).unwrap();
    assert!(matches!(SqliteStore::open(dir.file()), Err(StoreError::Corrupt(_))));
}

#[test]
fn damage_is_found_by_reading_or_by_check_and_never_becomes_rows() {
    let dir = Dir::new("damage");
    let store = open(&dir.file());
    for n in 1..=200 {
        store.apply_one(&fact(n)).unwrap();
    }
    let before = call::scan(&store, &Query::all(T1, Kind::Fact, 0), None).unwrap().rows;
    drop(store);
    let whole = std::fs::read(dir.file()).unwrap();
    let (mut noticed, mut harmless) = (0, 0);
    for page in 1..whole.len() / 4096 {
        let mut damaged = whole.clone();
        damaged[page * 4096..page * 4096 + 64].fill(0xA5);
        std::fs::write(dir.file(), damaged).unwrap();
        let store = match SqliteStore::open(dir.file()) {
            Ok(store) => store,
            Err(StoreError::Corrupt(_)) => {
                noticed += 1;
                continue;
            }
            Err(other) => panic!("page {page}: {other:?}"),
        };
        match call::scan(&store, &Query::all(T1, Kind::Fact, 0), None) {
            Ok(page) => assert_eq!(page.rows, before, "rows that nobody wrote"),
            Err(error) => {
                assert!(matches!(error, StoreError::Corrupt(_)), "page {page}: {error:?}")
            }
        }
        match call::admin(&store, &Admin::Check) {
            Ok(faults) if faults.is_empty() => harmless += 1,
            Ok(_) | Err(StoreError::Corrupt(_)) => noticed += 1,
            Err(other) => panic!("page {page}: {other:?}"),
        }
    }
    println!("{noticed} damaged pages noticed, {harmless} free");
    assert!(noticed > 100 && harmless <= 2, "{noticed} noticed, {harmless} not");
}

#[test]
fn a_hole_in_the_journal_and_a_foreign_row_are_faults() {
    let dir = Dir::new("faults");
    let store = open(&dir.file());
    for n in 1..=5 {
        store.apply_one(&fact(n)).unwrap();
    }
    sql(&dir.file(), "DELETE FROM crm_journal WHERE seq = 3");
    let faults = call::admin(&store, &Admin::Check).unwrap();
    assert_eq!(faults.len(), 2, "{faults:?}");
    sql(&dir.file(), "UPDATE fact SET version = 9 WHERE seq = 5");
    assert_eq!(call::admin(&store, &Admin::Check).unwrap().len(), 3);
}

#[test]
fn a_newer_schema_is_refused_or_read_only() {
    let dir = Dir::new("newer");
    open(&dir.file()).apply_one(&fact(1)).unwrap();
    sql(&dir.file(), "UPDATE crm_schema SET version = 7, min_writer = 7 WHERE component = 'core'");
    let store = open(&dir.file());
    assert_eq!(count(&store), 1, "an older reader may read");
    assert_eq!(store.apply_one(&fact(2)), Err(StoreError::Schema { found: 7, wanted: 1 }));
    drop(store);
    sql(&dir.file(), "UPDATE crm_schema SET min_reader = 7 WHERE component = 'core'");
    let refused = SqliteStore::open(dir.file()).err();
    assert_eq!(refused, Some(StoreError::Schema { found: 7, wanted: 1 }));
}

#[test]
fn a_table_of_somebody_elses_is_left_alone() {
    let dir = Dir::new("foreign");
    sql(&dir.file(), "CREATE TABLE fact (a); INSERT INTO fact VALUES (1)");
    match SqliteStore::open(dir.file()) {
        Err(StoreError::Invalid(what)) => assert!(what.contains("fact"), "{what}"),
        other => panic!("{other:?}"),
    }
    sql(&dir.file(), "ALTER TABLE fact RENAME TO theirs");
    open(&dir.file()).apply_one(&fact(1)).unwrap();
}

#[test]
fn a_store_opened_for_reading_reads() {
    let dir = Dir::new("reading");
    let options = Options { read_only: true, ..Options::default() };
    assert!(matches!(
        SqliteStore::open_with(dir.file(), options.clone()),
        Err(StoreError::Unavailable(_))
    ));
    let writer = open(&dir.file());
    writer.apply_one(&fact(1)).unwrap();
    let reader = SqliteStore::open_with(dir.file(), options).unwrap();
    assert_eq!(count(&reader), 1);
    assert!(matches!(reader.apply_one(&fact(2)), Err(StoreError::Unsupported(_))));
    writer.apply_one(&fact(2)).unwrap();
    assert_eq!(count(&reader), 2);
}

#[test]
fn another_writer_makes_a_write_busy_after_its_timeout_and_never_a_read() {
    let dir = Dir::new("busy");
    let options = Options { busy_timeout: Duration::from_millis(50), ..Options::default() };
    let store = SqliteStore::open_with(dir.file(), options).unwrap();
    store.apply_one(&fact(1)).unwrap();
    let other = Connection::open(dir.file()).unwrap();
    other.execute_batch("BEGIN IMMEDIATE").unwrap();
    assert_eq!(store.apply_one(&fact(2)), Err(StoreError::Busy));
    assert_eq!(count(&store), 1);
    other.execute_batch("ROLLBACK").unwrap();
    assert_eq!(store.apply_one(&fact(2)), ok(2));
}

#[test]
fn another_writer_who_commits_back_to_back_starves_nobody() {
    const WRITES: u64 = 3;
    let dir = Dir::new("fair");
    let store = open(&dir.file());
    let (turns, held, done) = (AtomicU64::new(0), AtomicBool::new(false), AtomicBool::new(false));
    let path = dir.file();
    std::thread::scope(|scope| {
        scope.spawn(|| {
            let other = Connection::open(path).unwrap();
            other.busy_timeout(Duration::from_secs(30)).unwrap();
            while !done.load(Ordering::SeqCst) {
                other.execute_batch("BEGIN IMMEDIATE").unwrap();
                held.store(true, Ordering::SeqCst);
                std::thread::sleep(Duration::from_millis(300));
                held.store(false, Ordering::SeqCst);
                other.execute_batch("COMMIT").unwrap();
                turns.fetch_add(1, Ordering::SeqCst);
                std::thread::sleep(Duration::from_millis(8));
            }
        });
        let mut written = Vec::new();
        for n in 1..=WRITES {
            while !held.load(Ordering::SeqCst) {
                std::thread::yield_now();
            }
            written.push(store.apply_one(&fact(n)));
        }
        done.store(true, Ordering::SeqCst);
        assert!(written.iter().all(Result::is_ok), "{written:?}");
    });
    // Looked at every 100 ms, as SQLite's own waiting does, the lock is free in one look of forty.
    let waited = turns.load(Ordering::SeqCst);
    assert!(waited <= 3 * WRITES, "{waited} turns of the other for {WRITES} writes");
}

#[test]
fn a_batch_commits_with_the_hosts_own_writes_or_not_at_all() {
    let dir = Dir::new("host");
    let store = open(&dir.file());
    let mut host = Connection::open(dir.file()).unwrap();
    host.execute_batch("CREATE TABLE invoice (n INTEGER)").unwrap();
    for (n, commits) in [(1, false), (2, true)] {
        let tx = host.transaction_with_behavior(TransactionBehavior::Immediate).unwrap();
        tx.execute("INSERT INTO invoice VALUES (?1)", [n as i64]).unwrap();
        assert_eq!(apply_in(&tx, &fact(n)), ok(1));
        assert_eq!(count(&store), 0, "pending until the host commits");
        if commits { tx.commit().unwrap() } else { tx.rollback().unwrap() }
    }
    assert_eq!(count(&store), 1);
    let tx = host.transaction_with_behavior(TransactionBehavior::Immediate).unwrap();
    tx.execute("INSERT INTO invoice VALUES (3)", []).unwrap();
    assert_eq!(apply_in(&tx, &fact(2)), Ok(Applied { seq: Seq(1), replayed: true }));
    let mut wrong = fact(3);
    wrong.ops.push(wrong.ops[0].clone());
    assert!(matches!(apply_in(&tx, &wrong), Err(StoreError::Conflict { .. })));
    assert_eq!(apply_in(&tx, &fact(4)), ok(2), "a refusal leaves nothing of itself behind");
    tx.commit().unwrap();
    let invoices: i64 =
        host.query_row("SELECT COUNT(*) FROM invoice", [], |row| row.get(0)).unwrap();
    assert_eq!((invoices, count(&store)), (2, 2));
    assert_eq!(call::admin(&store, &Admin::Check), Ok(Vec::new()));
}

#[test]
fn a_backup_is_a_store() {
    let dir = Dir::new("backup");
    let store = open(&dir.file());
    store.apply_one(&fact(1)).unwrap();
    let path = dir.0.join("copy.db");
    let backup = Admin::Backup { path: path.to_string_lossy().into_owned() };
    assert_eq!(call::admin(&store, &backup), Ok(Vec::new()));
    assert!(
        matches!(call::admin(&store, &backup), Err(StoreError::Invalid(_))),
        "never over a file"
    );
    store.apply_one(&fact(2)).unwrap();
    let copy = open(&path);
    assert_eq!((count(&copy), count(&store)), (1, 2));
    assert_eq!(call::admin(&copy, &Admin::Check), Ok(Vec::new()));
    assert_eq!(copy.apply_one(&fact(1)), Ok(Applied { seq: Seq(1), replayed: true }));
}

#[test]
fn only_a_full_sync_is_called_durable() {
    let dir = Dir::new("normal");
    assert!(open(&dir.file()).caps().durable);
    let options = Options { durability: Durability::Normal, ..Options::default() };
    assert!(!SqliteStore::open_with(dir.file(), options).unwrap().caps().durable);
}

#[test]
fn views_read_as_people_do() {
    let dir = Dir::new("views");
    let store = open(&dir.file());
    let rec = sample(Kind::Fact, id(1))
        .with("happened_at", Val::Int(-1))
        .with("recorded_at", Val::Int(1_767_225_600_000_001))
        .with("subject", Val::Id(id(7)));
    let mut batch = fact(1);
    batch.ops = vec![
        Op::Put { rec, expect: Expect::Absent },
        Op::Put { rec: sample(Kind::Fact, id(2)).deleted(), expect: Expect::Absent },
    ];
    store.apply_one(&batch).unwrap();
    let conn = Connection::open(dir.file()).unwrap();
    let row: (String, String, Option<String>, String, String) = conn
        .query_row(
            "SELECT id, subject, actor, happened_at, recorded_at FROM crm_v_fact",
            [],
            |row| Ok((row.get(0)?, row.get(1)?, row.get(2)?, row.get(3)?, row.get(4)?)),
        )
        .unwrap();
    let wanted = (
        id(1).to_string(),
        id(7).to_string(),
        None,
        "1969-12-31T23:59:59.999999Z".to_owned(),
        "2026-01-01T00:00:00.000001Z".to_owned(),
    );
    assert_eq!(row, wanted);
    for (_, def) in KINDS {
        let name = format!("SELECT COUNT(*) FROM \"crm_v_{}\"", def().name);
        conn.query_row(&name, [], |row| row.get::<_, i64>(0)).unwrap();
    }
}

#[test]
fn listings_are_read_by_their_indexes() {
    let dir = Dir::new("plans");
    let store = open(&dir.file());
    store.apply_one(&fact(1)).unwrap();
    let key = Key { kind: Kind::Fact, id: id(1) };
    assert!(call::one(&store, T1, key).unwrap().is_some());
    let conn = Connection::open(dir.file()).unwrap();
    let plan = |sql: &str| -> String {
        let mut stmt = conn.prepare(&format!("EXPLAIN QUERY PLAN {sql}")).unwrap();
        let lines = stmt.query_map([], |row| row.get::<_, String>(3)).unwrap();
        lines.map(Result::unwrap).collect::<Vec<_>>().join("; ")
    };
    let keyset = plan(
        "SELECT id FROM fact INDEXED BY fact_by_subject WHERE tenant = 1 AND deleted = 0 AND subject = x'00'
         AND (seq, id) > (5, x'00') ORDER BY seq, id LIMIT 5",
    );
    assert!(keyset.contains("(tenant=? AND subject=? AND (seq,id)>(?,?))"), "{keyset}");
    assert!(!keyset.contains("TEMP B-TREE"), "{keyset}");
}
