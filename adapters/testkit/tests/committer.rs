//! Group commit: every batch is decided once, in groups where callers wait, and a panic strands nobody.

use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::time::Duration;

use crm_core::record::{Kind, Record};
use crm_core::store::*;
use crm_store_testkit::data::{id, sample};
use uuid::Uuid;

/// A store that takes its time, counts its calls, and panics once when told to.
#[derive(Default)]
struct Slow {
    inner: MemoryStore,
    calls: AtomicUsize,
    largest: AtomicUsize,
    panics: AtomicBool,
}

impl Store for Slow {
    fn caps(&self) -> Caps {
        self.inner.caps()
    }
    fn get(
        &self,
        tenant: TenantId,
        keys: &[Key],
        sink: &mut dyn FnMut(usize, Seq, &Record) -> Flow,
    ) -> StoreResult<Seq> {
        self.inner.get(tenant, keys, sink)
    }
    fn scan(&self, scan: &Scan<'_>, sink: &mut dyn FnMut(Row<'_>) -> Flow) -> StoreResult<ScanEnd> {
        self.inner.scan(scan, sink)
    }
    fn apply(&self, batches: &[Batch]) -> Vec<StoreResult<Applied>> {
        self.calls.fetch_add(1, Ordering::SeqCst);
        self.largest.fetch_max(batches.len(), Ordering::SeqCst);
        std::thread::sleep(Duration::from_millis(2));
        assert!(!self.panics.swap(false, Ordering::SeqCst), "told to");
        self.inner.apply(batches)
    }
    fn changes(
        &self,
        tenant: TenantId,
        after: Seq,
        limit: u32,
        wait: Duration,
        sink: &mut dyn FnMut(&Change) -> Flow,
    ) -> StoreResult<Seq> {
        self.inner.changes(tenant, after, limit, wait, sink)
    }
    fn aggregate(
        &self,
        tenant: TenantId,
        spec: &AggSpec<'_>,
        sink: &mut dyn FnMut(&[crm_core::record::Val], i128) -> Flow,
    ) -> StoreResult<Pushed> {
        self.inner.aggregate(tenant, spec, sink)
    }
    fn admin(&self, admin: &Admin, out: &mut dyn FnMut(&AdminRow) -> Flow) -> StoreResult<()> {
        self.inner.admin(admin, out)
    }
}

fn batch(n: u64) -> Batch {
    let op = Op::Put { rec: sample(Kind::Fact, id(n)), expect: Expect::Absent };
    let commit = CommitId(Uuid::from_u64_pair(1, n));
    Batch { tenant: TenantId(1), commit, at: 0, guards: Vec::new(), as_of: None, ops: vec![op] }
}

#[test]
fn one_caller_is_one_call_each() {
    let committer = Committer::new(Slow::default());
    for n in 1..=5 {
        assert_eq!(committer.submit(&batch(n)), Ok(Applied { seq: Seq(n), replayed: false }));
    }
    assert_eq!(committer.store().calls.load(Ordering::SeqCst), 5);
}

#[test]
fn callers_that_wait_share_a_call() {
    const THREADS: u64 = 100;
    const EACH: u64 = 20;
    let committer = Committer::new(Slow::default());
    let mut seqs = std::thread::scope(|scope| {
        let committer = &committer;
        let threads: Vec<_> = (0..THREADS)
            .map(|thread| {
                scope.spawn(move || {
                    let own = |n| committer.submit(&batch(thread * EACH + n)).unwrap().seq.0;
                    (0..EACH).map(own).collect::<Vec<_>>()
                })
            })
            .collect();
        threads.into_iter().flat_map(|thread| thread.join().unwrap()).collect::<Vec<_>>()
    });
    seqs.sort_unstable();
    assert!(seqs.into_iter().eq(1..=THREADS * EACH), "each batch was decided once");
    let calls = committer.store().calls.load(Ordering::SeqCst) as u64;
    assert!(calls * 10 < THREADS * EACH, "{calls} calls for {} batches", THREADS * EACH);
    assert!(committer.store().largest.load(Ordering::SeqCst) <= Committer::<Slow>::GROUP_MAX);
}

#[test]
fn each_gets_its_own_refusal() {
    let committer = Committer::new(Slow::default());
    let results = std::thread::scope(|scope| {
        let committer = &committer;
        let submit = |n: u64| {
            scope.spawn(move || {
                let mut batch = batch(7);
                batch.commit = CommitId(Uuid::from_u64_pair(2, n));
                committer.submit(&batch)
            })
        };
        let threads: Vec<_> = (0..16).map(submit).collect();
        threads.into_iter().map(|thread| thread.join().unwrap()).collect::<Vec<_>>()
    });
    assert_eq!(results.iter().filter(|result| result.is_ok()).count(), 1);
    let refused =
        |result: &&StoreResult<Applied>| matches!(result, Err(StoreError::Conflict { .. }));
    assert_eq!(results.iter().filter(refused).count(), 15);
}

#[test]
fn a_panic_of_a_leader_strands_nobody() {
    let committer = Committer::new(Slow::default());
    for round in 0..10 {
        committer.store().panics.store(true, Ordering::SeqCst);
        let (mut panicked, mut decided) = (0, 0);
        std::thread::scope(|scope| {
            let committer = &committer;
            let submit = |n: u64| scope.spawn(move || committer.submit(&batch(round * 100 + n)));
            let threads: Vec<_> = (0..8).map(submit).collect();
            for thread in threads {
                match thread.join() {
                    Ok(Ok(_) | Err(StoreError::Unknown(_))) => decided += 1,
                    Ok(Err(error)) => panic!("{error:?}"),
                    Err(_) => panicked += 1,
                }
            }
        });
        assert_eq!((panicked, decided), (1, 7));
    }
}
