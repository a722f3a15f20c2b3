//! Threads on one store. The store says in which order its commits stand, so their history needs no search: it is
//! replayed through the model in that order, and every answer must be the one that the model gives.

use std::collections::BTreeMap;
use std::sync::Mutex;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};

use crm_core::record::{Key, Kind, Val};
use crm_core::store::{
    Applied, Batch, Change, CommitId, Expect, Guard, Op, Seq, Store, StoreError, StoreResult,
    TenantId,
};
use uuid::Uuid;

use crate::data::{self, Rng, With};
use crate::model::Model;
use crate::{Target, apply, call};

const TENANT: TenantId = TenantId(9);
const THREADS: u64 = 4;
const KEYS: u64 = 4;

/// One call of apply: when it began and ended, by a common clock, and what came of it.
struct Event {
    began: u64,
    ended: u64,
    /// The tenant's head as this thread knew it when it began.
    known: Seq,
    batch: Batch,
    result: StoreResult<Applied>,
}

/// Runs writers, a reader of the journal and, where two handles may live at once, writers on the second.
pub(crate) fn run(
    target: &Target,
    seed: u64,
    commits: usize,
    total: &mut u64,
) -> Result<(), String> {
    let handle = target.handle();
    let second = handle.second();
    let first = handle.store();
    let other = second.as_deref().unwrap_or(first);
    let (clock, done) = (AtomicU64::new(0), AtomicBool::new(false));
    let events = Mutex::new(Vec::new());
    let tail = std::thread::scope(|scope| {
        let tail = scope.spawn(|| follow(other, &done));
        let writers: Vec<_> = (0..THREADS)
            .map(|thread| {
                let store = if thread % 2 == 0 { first } else { other };
                let (clock, events) = (&clock, &events);
                scope.spawn(move || {
                    let mine =
                        write(store, Rng::new(seed ^ (thread << 32)), thread, commits, clock);
                    events.lock().map(|mut events| events.extend(mine)).is_ok()
                })
            })
            .collect();
        let wrote = writers.into_iter().all(|writer| writer.join().unwrap_or(false));
        done.store(true, Ordering::Release);
        let tail = tail.join().map_err(|_| "the journal's reader panicked".to_owned());
        if wrote { tail? } else { Err("a writer panicked".to_owned()) }
    })?;
    let events = events.into_inner().map_err(|_| "a writer panicked".to_owned())?;
    *total += events.iter().filter(|event| event.result.is_ok()).count() as u64;
    check(first, events, &tail)
}

/// Reads rows and writes them back, each writer with the versions it saw.
fn write(
    store: &dyn Store,
    mut rng: Rng,
    thread: u64,
    commits: usize,
    clock: &AtomicU64,
) -> Vec<Event> {
    let key = |n: u64| Key { kind: Kind::Seal, id: data::id(n) };
    let expect = |row: Option<(Seq, crm_core::record::Record)>| {
        row.map_or(Expect::Absent, |(_, rec)| Expect::Version(rec.version))
    };
    let mut events: Vec<Event> = Vec::new();
    for n in 0..commits {
        let began = clock.fetch_add(1, Ordering::SeqCst);
        let known =
            call::changes(store, TENANT, Seq(u64::MAX), 0, None).map_or(Seq(0), |(_, head)| head);
        let again = events.last().filter(|event| event.result.is_ok() && rng.one_in(8));
        let batch = match again {
            Some(event) => event.batch.clone(),
            None => {
                let (target, guarded) = (key(rng.bits() % KEYS), key(rng.bits() % KEYS));
                let row = call::one(store, TENANT, target).unwrap_or(None);
                let guard = call::one(store, TENANT, guarded).unwrap_or(None);
                let expect_row = expect(row);
                let version = match expect_row {
                    Expect::Absent => 1,
                    Expect::Version(version) => version + 1,
                };
                let rec = data::sample(Kind::Seal, target.id)
                    .with("ordinal", Val::Int((rng.bits() % 6) as i64))
                    .version(version);
                let second = data::sample(Kind::Fact, Uuid::from_u64_pair(thread, n as u64));
                Batch {
                    tenant: TENANT,
                    commit: CommitId(Uuid::from_u64_pair(thread + 1, n as u64)),
                    at: n as i64,
                    guards: vec![Guard { key: guarded, expect: expect(guard) }],
                    as_of: None,
                    ops: vec![
                        Op::Put { rec: second, expect: Expect::Absent },
                        Op::Put { rec, expect: expect_row },
                    ],
                }
            }
        };
        let result = apply(store, &batch);
        let ended = clock.fetch_add(1, Ordering::SeqCst);
        if result != Err(StoreError::Busy) {
            events.push(Event { began, ended, known, batch, result });
        }
    }
    events
}

/// Reads the journal while it grows.
fn follow(store: &dyn Store, done: &AtomicBool) -> Result<Vec<Change>, String> {
    let mut lines: Vec<Change> = Vec::new();
    let mut head = Seq(0);
    loop {
        let last = done.load(Ordering::Acquire);
        let after = lines.last().map_or(Seq(0), |line| line.seq);
        match call::changes(store, TENANT, after, 5, None) {
            Ok((more, as_of)) => {
                if as_of < head {
                    return Err(format!("the head went back from {head:?} to {as_of:?}"));
                }
                head = as_of;
                let is_end = more.is_empty();
                lines.extend(more);
                if last && is_end {
                    return Ok(lines);
                }
            }
            Err(StoreError::Busy) => {}
            Err(error) => return Err(format!("the journal's reader got {error:?}")),
        }
    }
}

fn check(store: &dyn Store, events: Vec<Event>, tail: &[Change]) -> Result<(), String> {
    let mut order: BTreeMap<Seq, &Event> = BTreeMap::new();
    for event in &events {
        if let Ok(Applied { seq, replayed: false }) = event.result
            && order.insert(seq, event).is_some()
        {
            return Err(format!("two commits are {seq:?}"));
        }
    }
    let mut model = Model::default();
    let mut states = vec![model.clone()];
    for (seq, event) in &order {
        let applied = model.apply(&event.batch);
        if applied != Ok(Applied { seq: *seq, replayed: false }) {
            return Err(format!("{seq:?}: in this order the model answers {applied:?}"));
        }
        states.push(model.clone());
    }
    let (lines, head) = model.changes(TENANT, Seq(0), u32::MAX, None).unwrap_or_default();
    if lines != tail {
        return Err("the journal's reader did not see each commit once, in order".to_owned());
    }
    let found = call::changes(store, TENANT, Seq(0), u32::MAX, None);
    if found != Ok((lines, head)) {
        return Err("the journal is not that of the commits that were acknowledged".to_owned());
    }
    let rows = |kind| model.rows(TENANT, kind).len();
    let query = crate::model::Query::all(TENANT, Kind::Seal, 0);
    let page = call::scan(store, &query, None).map_err(|error| format!("{error:?}"))?;
    if page != model.scan(&query, None) || rows(Kind::Seal) == 0 {
        return Err("the rows are not those that the commits left".to_owned());
    }
    events.iter().try_for_each(|event| check_event(event, &events, &states))
}

/// A commit stands behind every commit that was acknowledged before it began; a refusal must be what the model says
/// in some state that there was while the call ran.
fn check_event(event: &Event, events: &[Event], states: &[Model]) -> Result<(), String> {
    let sequence = |event: &Event| event.result.as_ref().ok().map(|applied| applied.seq);
    let before = events.iter().filter(|other| other.ended < event.began).filter_map(sequence).max();
    let floor = before.unwrap_or(Seq(0)).max(event.known);
    match &event.result {
        Ok(Applied { seq, replayed: false }) if *seq <= floor => {
            Err(format!("{seq:?} was acknowledged after {floor:?} but stands before it"))
        }
        Ok(Applied { replayed: false, .. }) => Ok(()),
        result => {
            let mut possible = states.iter().skip(floor.0 as usize);
            let fits = possible.any(|state| state.clone().apply(&event.batch) == *result);
            if fits { Ok(()) } else { Err(format!("{result:?} fits no state since {floor:?}")) }
        }
    }
}
