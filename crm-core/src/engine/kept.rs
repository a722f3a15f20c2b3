//! Rows kept decoded between calls. Rule records (settings, users, vocabularies, calendars, custom fields, selling processes,
//! assignment rules) are read in every call and written seldom; of the others, those of lately ([`super::recent`]).
//!
//! What is kept is true of one span of commits: from the one as of which
//! it was read to the last one of which the engine knows what it wrote. A unit of work uses only what is true at the head
//! that it read, and guards it as if it had read it from the store; so nothing here can make an answer wrong, also where
//! another process writes. Whoever removes a tenant from a store opens its engines anew.

use core::any::Any;
use core::time::Duration;
use std::{
    collections::{BTreeMap, BTreeSet},
    sync::{Arc, Mutex, MutexGuard, OnceLock, PoisonError},
};

use uuid::Uuid;

use super::recent::{Recent, Written};
use crate::record::{Corrupt, Entity, Key, Kind, Record, Val};
use crate::store::{CommitId, Flow, Seq, Store, StoreError, StoreResult, TenantId};

/// The kinds that are kept.
const RULES: [Kind; 14] = [
    Kind::Settings,
    Kind::User,
    Kind::Team,
    Kind::Calendar,
    Kind::Term,
    Kind::CustomField,
    Kind::Pipeline,
    Kind::Stage,
    Kind::Pool,
    Kind::FlowRule,
    Kind::Automation,
    Kind::ServicePolicy,
    Kind::AssignmentPolicy,
    Kind::PipelineRule,
];

/// Entries of rules of one tenant, at most; beyond, all are forgotten.
const ENTRIES_MAX: usize = 4_096;
/// Tenants of one half; each takes up to some 4 MiB.
const TENANTS_HALF: usize = 32;
/// Commits that are noted before those in front of them, at most.
const AHEAD_MAX: usize = 1_024;
/// Lines of the journal that are read to learn what others wrote.
const LINES_MAX: u32 = 4_096;

/// Whether records of a kind are kept.
pub(super) fn is_rule(kind: Kind) -> bool {
    RULES.contains(&kind)
}

/// A stored row, and the value that it holds once it was asked for: one decision lists the same rows again and again.
#[derive(Debug)]
pub(super) struct Row {
    pub(super) record: Record,
    value: OnceLock<Value>,
}

/// What a record holds, of its kind's type.
pub(super) type Value = Box<dyn Any + Send + Sync>;

impl Row {
    pub(super) fn of(record: Record) -> Arc<Self> {
        Arc::new(Self { record, value: OnceLock::new() })
    }

    /// A row whose value is known, where one is said.
    pub(super) fn with(record: Record, value: Option<Value>) -> Arc<Self> {
        Arc::new(Self { record, value: value.map_or_else(OnceLock::new, OnceLock::from) })
    }

    /// How many KiB of text and bytes it holds, begun ones counted.
    pub(super) fn size(&self) -> usize {
        let bytes = |val: &Val| match val {
            Val::Text(text) => text.len(),
            Val::Bytes(bytes) => bytes.len(),
            Val::Null | Val::Bool(_) | Val::Int(_) | Val::Id(_) => 0,
        };
        let bytes = self.record.vals.iter().map(bytes).fold(0, usize::saturating_add);
        bytes.div_euclid(1024).saturating_add(1)
    }

    /// The value that the row holds.
    pub(super) fn value<T: Entity>(&self) -> Result<T, Corrupt> {
        if let Some(value) = self.value.get().and_then(|value| value.downcast_ref::<T>()) {
            return Ok(value.clone());
        }
        let value = T::from_record(&self.record)?;
        // Whoever was first has set the same.
        let _ = self.value.set(Box::new(value.clone()));
        Ok(value)
    }
}

/// Which rows a listing has.
pub(super) type Listing = (Kind, u16, Vec<Val>);

/// What is kept for a place, and since which commit it is true.
#[derive(Debug)]
pub(super) struct Since<T>(pub(super) Seq, pub(super) T);

impl<T> Since<T> {
    pub(super) fn at(&self, head: Seq) -> Option<&T> {
        if self.0 <= head { Some(&self.1) } else { None }
    }
}

/// What stands under a key in the store.
pub(super) type Found = (Key, Option<Arc<Row>>);

/// Something that was made of rule records, and those.
#[derive(Clone, Debug)]
pub(super) struct Made {
    pub(super) value: Arc<dyn Any + Send + Sync>,
    pub(super) of: Arc<[Found]>,
}

/// What is kept of one tenant.
#[derive(Debug, Default)]
pub(super) struct Kept {
    /// Everything here is true as of this commit,
    as_of: Seq,
    /// which is this one.
    commit: Option<CommitId>,
    /// What later commits wrote whose predecessors are not known yet.
    ahead: BTreeMap<Seq, (CommitId, Vec<Written>)>,
    recent: Recent,
    rows: BTreeMap<Key, Since<Arc<Row>>>,
    listings: BTreeMap<Listing, Since<Arc<[Arc<Row>]>>>,
    made: BTreeMap<(&'static str, Uuid), Since<Made>>,
}

impl Kept {
    /// What stands under a key at a head, where that is known: perhaps nothing.
    pub(super) fn row(&mut self, key: Key, head: Seq) -> Option<Option<Arc<Row>>> {
        if head > self.as_of {
            return None;
        }
        if is_rule(key.kind) {
            return self.rows.get(&key)?.at(head).cloned().map(Some);
        }
        self.recent.row(key, head)
    }

    /// The rows of a listing at a head, where they are known.
    pub(super) fn listing(&mut self, of: &Listing, head: Seq) -> Option<Arc<[Arc<Row>]>> {
        if head > self.as_of {
            return None;
        }
        if is_rule(of.0) {
            return self.listings.get(of)?.at(head).cloned();
        }
        self.recent.listing(of, head)
    }

    pub(super) fn made(&self, what: &'static str, id: Uuid, head: Seq) -> Option<Made> {
        self.made.get(&(what, id))?.at(head).filter(|_| head <= self.as_of).cloned()
    }

    /// Keeps what was read as of a head, unless it may have changed since.
    pub(super) fn keep_row(&mut self, key: Key, row: Option<&Arc<Row>>, as_of: Seq) {
        if as_of != self.as_of {
            return;
        }
        if !is_rule(key.kind) {
            self.recent.keep_row(key, row.cloned(), as_of);
        } else if let Some(row) = row {
            self.make_room();
            self.rows.entry(key).or_insert_with(|| Since(as_of, Arc::clone(row)));
        }
    }

    pub(super) fn keep_listing(&mut self, of: &Listing, rows: &[Arc<Row>], as_of: Seq) {
        if as_of != self.as_of {
            return;
        }
        if is_rule(of.0) {
            self.make_room();
            self.listings.insert(of.clone(), Since(as_of, Arc::from(rows)));
        } else {
            self.recent.keep_listing(of, rows, as_of);
        }
    }

    pub(super) fn keep_made(&mut self, what: &'static str, id: Uuid, made: Made, as_of: Seq) {
        if as_of == self.as_of {
            self.make_room();
            self.made.insert((what, id), Since(as_of, made));
        }
    }

    fn make_room(&mut self) {
        let entries = self.rows.len().saturating_add(self.made.len());
        let listed = self.listings.values().map(|Since(_, rows)| rows.len().saturating_add(1));
        if listed.fold(entries, usize::saturating_add) >= ENTRIES_MAX {
            self.forget();
        }
    }

    fn forget(&mut self) {
        self.rows.clear();
        self.listings.clear();
        self.made.clear();
        self.recent = Recent::default();
    }

    /// Forgets all of a kind, and everything that was made of rule records.
    fn forget_kind(&mut self, kind: Kind) {
        self.rows.retain(|key, _| key.kind != kind);
        self.listings.retain(|(of, ..), _| *of != kind);
        self.made.clear();
    }

    /// A commit and what it wrote.
    fn committed(&mut self, seq: Seq, commit: CommitId, written: Vec<Written>) {
        if seq <= self.as_of {
            return;
        }
        self.ahead.insert(seq, (commit, written));
        let next = |as_of: Seq| Seq(as_of.0.saturating_add(1));
        while let Some((commit, written)) = self.ahead.remove(&next(self.as_of)) {
            self.as_of = next(self.as_of);
            self.commit = Some(commit);
            let rules: BTreeSet<Kind> =
                written.iter().map(|row| row.key.kind).filter(|kind| is_rule(*kind)).collect();
            rules.into_iter().for_each(|kind| self.forget_kind(kind));
            self.recent.committed(self.as_of, &written);
        }
        if self.ahead.len() > AHEAD_MAX {
            self.ahead.clear();
        }
    }

    /// Learns what was written up to `head`. Where the journal does not tell, or the commit that is known last is
    /// another one, everything is forgotten.
    fn catch_up(&mut self, store: &dyn Store, tenant: TenantId, head: Seq) -> StoreResult<()> {
        if head < self.as_of {
            // A reading from before, or a tenant that was removed: then the store's head is behind, too.
            if store.get(tenant, &[], &mut |_, _, _| Flow::Continue(()))? < self.as_of {
                *self = Self { as_of: head, ..Self::default() };
            }
            return Ok(());
        }
        let (mut last, mut commit) = (self.as_of, None);
        let mut wrote = BTreeSet::new();
        let mut is_known = false;
        let before = Seq(self.as_of.0.saturating_sub(1));
        let told = store.changes(tenant, before, LINES_MAX, Duration::ZERO, &mut |change| {
            is_known |= change.seq == self.as_of && Some(change.commit) == self.commit;
            (last, commit) = (change.seq, Some(change.commit));
            if change.seq > self.as_of {
                wrote.insert(change.key);
            }
            Flow::Continue(())
        });
        match told {
            Ok(_) if is_known && last >= head => {
                let rules: BTreeSet<Kind> =
                    wrote.iter().map(|key| key.kind).filter(|kind| is_rule(*kind)).collect();
                rules.into_iter().for_each(|kind| self.forget_kind(kind));
                wrote.into_iter().for_each(|key| self.recent.forget(key));
                (self.as_of, self.commit) = (last, commit);
            }
            Ok(_) | Err(StoreError::Trimmed { .. }) => {
                self.forget();
                (self.as_of, self.commit) = (head, None);
            }
            Err(error) => return Err(error),
        }
        self.ahead.retain(|seq, _| *seq > self.as_of);
        Ok(())
    }
}

type Tenants = BTreeMap<TenantId, Arc<Mutex<Kept>>>;

/// What an engine keeps of each tenant, in two halves: who is at work goes to the young one; when that is full, the old
/// one is forgotten.
#[derive(Debug, Default)]
pub(super) struct Shelf(Mutex<(Tenants, Tenants)>);

impl Shelf {
    /// What is kept of a tenant.
    pub(super) fn of(&self, tenant: TenantId) -> Arc<Mutex<Kept>> {
        let (young, old) = &mut *locked(&self.0);
        if let Some(kept) = young.get(&tenant) {
            return Arc::clone(kept);
        }
        let kept = old.remove(&tenant).unwrap_or_default();
        if young.len() >= TENANTS_HALF {
            *old = core::mem::take(young);
        }
        Arc::clone(young.entry(tenant).or_insert(kept))
    }

    /// A commit of this engine.
    pub(super) fn committed(
        &self,
        tenant: TenantId,
        (seq, commit): (Seq, CommitId),
        written: Vec<Written>,
    ) {
        locked(&self.of(tenant)).committed(seq, commit, written);
    }
}

/// What is kept, as a unit of work sees it: as of the head that it read.
#[derive(Clone, Debug)]
pub(super) struct View {
    kept: Arc<Mutex<Kept>>,
    pub(super) head: Seq,
    /// Whether others may have written since the last unit of work.
    pub(super) others_wrote: bool,
}

impl View {
    /// What is kept of a tenant at `head`.
    pub(super) fn new(
        kept: Arc<Mutex<Kept>>,
        store: &dyn Store,
        tenant: TenantId,
        head: Seq,
    ) -> StoreResult<Self> {
        let mut known = locked(&kept);
        let others_wrote = known.as_of < head;
        if known.as_of != head {
            known.catch_up(store, tenant, head)?;
        }
        drop(known);
        Ok(Self { kept, head, others_wrote })
    }

    pub(super) fn kept(&self) -> MutexGuard<'_, Kept> {
        locked(&self.kept)
    }
}

// Every change under these locks is complete in itself, so a poisoned lock is as good as any.
fn locked<T>(of: &Mutex<T>) -> MutexGuard<'_, T> {
    of.lock().unwrap_or_else(PoisonError::into_inner)
}
