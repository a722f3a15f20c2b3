//! A store opened to bring many rows in makes its indexes last. A process that is killed in the middle leaves a file that
//! opens, has everything that was acknowledged, and makes them then.

#![expect(
    clippy::arithmetic_side_effects,
    clippy::type_complexity,
    clippy::panic,
    clippy::unwrap_used,
    reason = "a test"
)]

use std::io::{BufRead as _, BufReader, Write as _};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use crm_core::record::{Kind, Val};
use crm_core::store::{
    Admin, Batch, CommitId, Expect, Op, Row, Scan, Store, StoreExt as _, TenantId,
};
use crm_sqlite::SqliteStore;
use crm_store_testkit::call;
use crm_store_testkit::data::{With as _, id, sample};
use rusqlite::Connection;
use uuid::Uuid;

const TENANT: TenantId = TenantId(1);
const ROWS: u64 = 50;
/// The listing of contact points by what they reach.
const BY_NORMAL: u16 = 2;

fn main() {
    let args: Vec<String> = std::env::args().collect();
    if let Ok(path) = std::env::var("CRM_LOAD_WRITER") {
        return write(Path::new(&path));
    }
    let tests: [(&str, fn(&Path)); 4] = [
        ("indexes_are_made_when_a_load_is_finished", finished),
        ("a_killed_load_is_completed_by_the_next_to_open", killed),
        ("a_listing_that_is_read_meanwhile_is_whole", read_meanwhile),
        ("kinds_that_have_rows_keep_their_indexes", kept),
    ];
    for (name, test) in tests {
        if args.iter().any(|arg| arg == "--list") {
            println!("{name}: test");
            continue;
        }
        let dir = PathBuf::from(env!("CARGO_TARGET_TMPDIR"))
            .join(format!("load-{name}-{}", std::process::id()));
        std::fs::create_dir_all(&dir).unwrap();
        test(&dir.join("crm.db"));
        std::fs::remove_dir_all(&dir).unwrap();
        println!("{name}: ok");
    }
}

/// Contact points, the last first, so that no listing has them in the order of writing.
fn batch(n: u64) -> Batch {
    let points = (0..ROWS).map(|at| {
        let number = 1_000_000 - n * ROWS - at;
        let point = sample(Kind::ContactPoint, Uuid::from_u64_pair(n + 1, at))
            .with("owner", Val::Id(id(n)))
            .with("medium", Val::from("phone"))
            .with("normal", Val::Text(format!("+86{number:011}")));
        Op::Put { rec: point, expect: Expect::Absent }
    });
    let commit = CommitId(Uuid::from_u64_pair(7, n));
    let at = i64::try_from(n).unwrap();
    Batch { tenant: TENANT, commit, at, guards: Vec::new(), as_of: None, ops: points.collect() }
}

/// What the process does that is killed: it says what was acknowledged.
fn write(path: &Path) {
    let store = SqliteStore::load(path).unwrap();
    let mut out = std::io::stdout();
    for n in 0.. {
        store.apply_one(&batch(n)).unwrap();
        writeln!(out, "{n}").unwrap();
        out.flush().unwrap();
    }
}

/// The indexes of a file, as SQLite knows them.
fn indexes(path: &Path) -> Vec<String> {
    let conn = Connection::open(path).unwrap();
    let sql =
        "SELECT sql FROM sqlite_schema WHERE type = 'index' AND sql IS NOT NULL ORDER BY name";
    let mut found = conn.prepare(sql).unwrap();
    found.query_map([], |row| row.get(0)).unwrap().collect::<Result<_, _>>().unwrap()
}

/// The indexes of a file that was never loaded.
fn usual(path: &Path) -> Vec<String> {
    let other = path.with_file_name("usual.db");
    drop(SqliteStore::open(&other).unwrap());
    indexes(&other)
}

/// The numbers in the order of their listing.
fn listed(store: &dyn Store) -> Vec<String> {
    let mut found = Vec::new();
    let prefix = [Val::from("phone")];
    let scan = Scan { limit: u32::MAX, ..Scan::of(TENANT, Kind::ContactPoint, BY_NORMAL, &prefix) };
    let end = store.scan(&scan, &mut |row| {
        let Row::Rec(_, record) = row else { panic!("no record") };
        let normal = record.def.field_named("normal").unwrap().id;
        let Some(Val::Text(text)) = record.at(normal) else { panic!("no number") };
        found.push(text.clone());
        std::ops::ControlFlow::Continue(())
    });
    assert_eq!(end.unwrap().next, None);
    found
}

fn whole(store: &dyn Store, batches: u64) {
    let found = listed(store);
    assert!(found.is_sorted(), "a listing stands in its order");
    assert_eq!(found.len() as u64, batches * ROWS);
    assert_eq!(call::admin(store, &Admin::Check).unwrap(), Vec::new());
}

fn finished(path: &Path) {
    let store = SqliteStore::load(path).unwrap();
    for n in 0..20 {
        store.apply_one(&batch(n)).unwrap();
    }
    assert!(indexes(path).len() < usual(path).len() / 2, "most are not made yet");
    store.finish_load().unwrap();
    assert_eq!(indexes(path), usual(path));
    whole(&store, 20);
    store.apply_one(&batch(20)).unwrap();
    drop(store);
    whole(&SqliteStore::open(path).unwrap(), 21);
    let beside = std::fs::read_dir(path.parent().unwrap()).unwrap();
    let backups =
        beside.filter(|f| f.as_ref().unwrap().path().to_string_lossy().contains(".before-"));
    assert_eq!(backups.count(), 0, "an index that lacks is no change to keep a copy for");
}

fn killed(path: &Path) {
    for round in 0..5_u64 {
        let path = path.with_file_name(format!("killed-{round}.db"));
        let mut child = Command::new(std::env::current_exe().unwrap())
            .env("CRM_LOAD_WRITER", &path)
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        let mut lines = BufReader::new(child.stdout.take().unwrap()).lines();
        let last = lines.by_ref().take(5 + 7 * usize::try_from(round).unwrap()).last().unwrap();
        child.kill().unwrap();
        child.wait().unwrap();
        let said = lines.map_while(Result::ok).last().unwrap_or(last.unwrap());
        let acknowledged = said.parse::<u64>().unwrap() + 1;
        assert!(indexes(&path).len() < usual(&path).len() / 2, "round {round}: killed too late");
        let store = SqliteStore::open(&path).unwrap();
        assert_eq!(indexes(&path), usual(&path), "round {round}");
        // One more may have been committed that nobody was told of.
        let found = listed(&store).len() as u64 / ROWS;
        assert!((acknowledged..=acknowledged + 1).contains(&found), "round {round}: {found}");
        whole(&store, found);
    }
}

fn read_meanwhile(path: &Path) {
    // Another process has the file open, and has asked for the listing before.
    let other = SqliteStore::open(path).unwrap();
    assert!(listed(&other).is_empty());
    let store = SqliteStore::load(path).unwrap();
    for n in 0..3 {
        store.apply_one(&batch(n)).unwrap();
        whole(&other, n + 1);
    }
    let before = indexes(path).len();
    whole(&store, 3);
    assert_eq!(indexes(path).len(), before, "reading makes none");
    store.apply_one(&batch(3)).unwrap();
    assert_eq!(indexes(path).len(), before + 1, "the next commit makes the one that was asked for");
    whole(&store, 4);
    // Whoever opens the file makes the rest; the load goes on.
    let late = SqliteStore::open(path).unwrap();
    assert_eq!(indexes(path), usual(path));
    store.apply_one(&batch(4)).unwrap();
    for store in [&store, &late, &other] {
        whole(store, 5);
    }
    store.finish_load().unwrap();
    assert_eq!(indexes(path), usual(path));
}

fn kept(path: &Path) {
    let store = SqliteStore::open(path).unwrap();
    store.apply_one(&batch(0)).unwrap();
    drop(store);
    let store = SqliteStore::load(path).unwrap();
    let there = indexes(path);
    assert!(there.iter().any(|sql| sql.contains("\"contact_point_by_normal\"")));
    assert!(!there.iter().any(|sql| sql.contains("\"customer_by_name\"")));
    store.apply_one(&batch(1)).unwrap();
    whole(&store, 2);
    drop(store);
    assert_eq!(indexes(path), usual(path), "closing finishes the load");
}
