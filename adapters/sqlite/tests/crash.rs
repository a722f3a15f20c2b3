//! Two processes write to one file and are killed with signal 9, over and over. Afterwards every commit that was
//! acknowledged is there, whole, and the sequence has no holes.
//!
//! The same harness with writers that acknowledge before they commit must find losses, else it proves nothing.
//! 15 rounds; 100 with `CRM_PROOF=full`.

#![expect(
    clippy::arithmetic_side_effects,
    clippy::indexing_slicing,
    clippy::panic,
    clippy::unwrap_used,
    reason = "a test"
)]

use std::collections::BTreeMap;
use std::io::{BufRead as _, BufReader, Write as _};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use crm_core::record::{Key, Kind, Val};
use crm_core::store::{
    Admin, Applied, Batch, Change, CommitId, Expect, Op, Seq, StoreError, StoreExt as _, TenantId,
};
use crm_sqlite::SqliteStore;
use crm_store_testkit::call;
use crm_store_testkit::data::{Rng, With as _, id, sample};
use uuid::Uuid;

const TENANT: TenantId = TenantId(1);
const WRITERS: u64 = 2;

fn main() {
    let args: Vec<String> = std::env::args().collect();
    if let Ok(writer) = std::env::var("CRM_CRASH_WRITER") {
        return write(&writer);
    }
    if args.iter().any(|arg| arg == "--list") {
        return println!("acknowledged_commits_survive: test\nthe_harness_finds_losses: test");
    }
    let full = std::env::var("CRM_PROOF").is_ok_and(|proof| proof == "full");
    let rounds = if full { 100 } else { 15 };

    let honest = run("honest", rounds);
    println!("kill -9, {rounds} rounds of {WRITERS} writers: {honest:?}");
    assert!(honest.acknowledged > 0, "the writers wrote nothing");
    assert_eq!((honest.lost, honest.torn), (0, 0), "acknowledged commits were lost or torn");

    let lying = run("lying", rounds);
    println!("control, acknowledged before the commit: {lying:?}");
    assert!(lying.lost > 0, "the harness does not see a loss");
    assert_eq!(lying.torn, 0);
}

/// What the rounds found.
#[derive(Debug, Default)]
struct Found {
    acknowledged: u64,
    lost: u64,
    torn: u64,
    /// Committed, and killed before it was said.
    unacknowledged: u64,
    commits: u64,
}

/// The batch of a writer's round and number: a row of its own rewritten, two facts.
fn batch(writer: u64, round: u64, n: u64, version: u64) -> Batch {
    let counter = sample(Kind::Seal, id(writer))
        .with("ordinal", Val::Int(writer as i64))
        .with("through", Val::Int(version as i64))
        .version(version + 1);
    let expect = if version == 0 { Expect::Absent } else { Expect::Version(version) };
    let fact = |half: u64| {
        let id = Uuid::from_u64_pair((writer << 32) | round, (n << 1) | half);
        let rec = sample(Kind::Fact, id).with("changes", Val::Text("x".repeat(700)));
        Op::Put { rec, expect: Expect::Absent }
    };
    Batch {
        tenant: TENANT,
        commit: commit(writer, round, n),
        at: n as i64,
        guards: Vec::new(),
        as_of: None,
        ops: vec![fact(0), Op::Put { rec: counter, expect }, fact(1)],
    }
}

fn commit(writer: u64, round: u64, n: u64) -> CommitId {
    CommitId(Uuid::from_u64_pair((writer << 32) | round, n))
}

/// The process that is killed: `path mode writer round`.
fn write(args: &str) {
    let args: Vec<&str> = args.split('|').collect();
    let (path, lies) = (args[0], args[1] == "lying");
    let (writer, round) = (args[2].parse().unwrap(), args[3].parse().unwrap());
    let store = SqliteStore::open(path).unwrap();
    let key = Key { kind: Kind::Seal, id: id(writer) };
    let mut version = call::one(&store, TENANT, key).unwrap().map_or(0, |(_, rec)| rec.version);
    let mut out = std::io::stdout();
    for n in 0.. {
        let batch = batch(writer, round, n, version);
        if lies {
            writeln!(out, "{n}").unwrap();
            out.flush().unwrap();
        }
        match store.apply_one(&batch) {
            Ok(Applied { replayed: false, .. }) => version += 1,
            Err(StoreError::Busy) => continue,
            other => panic!("{other:?}"),
        }
        if !lies {
            writeln!(out, "{n}").unwrap();
            out.flush().unwrap();
        }
    }
}

fn run(mode: &str, rounds: u64) -> Found {
    let dir = PathBuf::from(env!("CARGO_TARGET_TMPDIR"))
        .join(format!("crash-{mode}-{}", std::process::id()));
    let _ = std::fs::remove_dir_all(&dir);
    std::fs::create_dir_all(&dir).unwrap();
    let path = dir.join("crm.db");
    drop(SqliteStore::open(&path).unwrap());
    let mut found = Found::default();
    let mut rng = Rng::new(9);
    let mut seen = Seq(0);
    for round in 0..rounds {
        let acknowledged = round_of(&path, mode, round, &mut rng);
        seen = check(&path, round, seen, &acknowledged, &mut found);
    }
    std::fs::remove_dir_all(&dir).unwrap();
    found
}

/// Starts the writers, lets them write, kills them; the numbers that each has acknowledged.
fn round_of(path: &Path, mode: &str, round: u64, rng: &mut Rng) -> Vec<Vec<u64>> {
    let mut children: Vec<Child> = (1..=WRITERS)
        .map(|writer| {
            let args = format!("{}|{mode}|{writer}|{round}", path.display());
            Command::new(std::env::current_exe().unwrap())
                .env("CRM_CRASH_WRITER", args)
                .stdout(Stdio::piped())
                .spawn()
                .unwrap()
        })
        .collect();
    let (first, said) = std::sync::mpsc::channel();
    let readers: Vec<_> = children
        .iter_mut()
        .map(|child| {
            let lines = BufReader::new(child.stdout.take().unwrap()).lines();
            let first = first.clone();
            std::thread::spawn(move || {
                let mut numbers = Vec::new();
                for line in lines.map_while(Result::ok) {
                    numbers.extend(line.parse::<u64>());
                    let _ = first.send(());
                }
                numbers
            })
        })
        .collect();
    // Most rounds kill writers at work, at a random moment; every fourth may kill them while they open the file.
    if round % 4 != 3 {
        let _ = said.recv_timeout(Duration::from_secs(20));
    }
    std::thread::sleep(Duration::from_micros(rng.bits() % 60_000));
    for child in &mut children {
        child.kill().unwrap();
    }
    for child in &mut children {
        child.wait().unwrap();
    }
    readers.into_iter().map(|reader| reader.join().unwrap()).collect()
}

fn check(path: &Path, round: u64, seen: Seq, acknowledged: &[Vec<u64>], found: &mut Found) -> Seq {
    let started = Instant::now();
    let store = SqliteStore::open(path).unwrap();
    assert_eq!(call::admin(&store, &Admin::Check).unwrap(), Vec::new(), "round {round}");
    let (lines, head) = call::changes(&store, TENANT, seen, u32::MAX, None).unwrap();
    let mut commits: BTreeMap<Seq, Vec<Change>> = BTreeMap::new();
    for line in lines {
        commits.entry(line.seq).or_default().push(line);
    }
    assert!(
        commits.keys().map(|seq| seq.0).eq(seen.0 + 1..=head.0),
        "round {round}: the sequence has holes"
    );
    let mut stored: BTreeMap<CommitId, Seq> = BTreeMap::new();
    for (seq, lines) in &commits {
        let keys: Vec<Key> = lines.iter().map(|line| line.key).collect();
        let (rows, _) = call::get(&store, TENANT, &keys, None).unwrap();
        let whole = lines.len() == 3 && lines.iter().all(|line| line.commit == lines[0].commit);
        if !whole || rows.len() != 3 {
            found.torn += 1;
        }
        stored.insert(lines[0].commit, *seq);
    }
    found.commits += commits.len() as u64;
    for (writer, acknowledged) in (1..).zip(acknowledged) {
        for n in acknowledged {
            found.acknowledged += 1;
            if stored.remove(&commit(writer, round, *n)).is_none() {
                found.lost += 1;
            }
        }
    }
    found.unacknowledged += stored.len() as u64;
    assert!(started.elapsed() < Duration::from_secs(60), "recovery took {:?}", started.elapsed());
    head
}
