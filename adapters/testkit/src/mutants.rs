//! What the kit is worth: stores that are wrong in one thing each. The kit must reject every one, and must accept the
//! same wrapper with no bug in it.
//!
//! A mutant is the memory store behind a wrapper that spoils one call, one answer, or what survives a reopening.

use std::collections::BTreeMap;
use std::ops::{Bound, ControlFlow};
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use crm_core::record::{FieldId, IndexDef, Key, KindDef, Record, Val};
use crm_core::store::{
    Admin, AdminRow, AggSpec, Applied, Batch, Calling, Caps, Change, CommitId, Cursor, Expect,
    Flow, MemoryStore, Next, Op, Pushed, Reading, Row, Scan, ScanEnd, Seq, Store, StoreError,
    StoreResult, TenantId,
};
use uuid::Uuid;

use crate::data::Rng;
use crate::{Outcome, Target, apply, call, cases, guarded, program, threads};

macro_rules! bugs {
    ($($(#[$doc:meta])* $name:ident,)+) => {
        /// One thing that a mutant does wrong.
        #[derive(Clone, Copy, Debug, PartialEq, Eq)]
        pub enum Bug {
            $($(#[$doc])* $name,)+
        }

        impl Bug {
            /// Every bug, the first being none.
            pub const ALL: &'static [Self] = &[$(Self::$name,)+];
        }
    };
}

bugs! {
    /// Nothing is wrong.
    Nothing,
    /// Tenants see each other.
    TenantsShared,
    /// The same batch again is another batch.
    ReplayNotKnown,
    /// Another batch under a known id is taken for a replay.
    DigestNotCompared,
    /// A replay does not say so.
    ReplayNotSaid,
    /// `Absent` overwrites.
    AbsentIgnored,
    /// `Absent` overwrites what is soft-deleted.
    AbsentOverDeleted,
    /// Any version will do.
    AnyVersion,
    /// Guards are not looked at.
    GuardsIgnored,
    /// Guards that were read as of a commit are not looked at, whatever followed it.
    AsOfTrusted,
    /// Guards of absence are not looked at.
    GuardsOfAbsenceIgnored,
    /// Guards are judged from the last.
    GuardsReversed,
    /// What holds of a refused batch is kept.
    PartialBatch,
    /// Unique listings are not.
    UniqueIgnored,
    /// Unique listings are checked for new rows only.
    UniqueOnInsertOnly,
    /// Soft-deleted rows keep their unique values.
    UniqueOverDeleted,
    /// Unique values are released before they are taken, whatever the order.
    UniqueDeferred,
    /// The commit before is acknowledged.
    SeqOneBehind,
    /// The first refusal in a group ends it.
    GroupEndsAtRefusal,
    /// A group is applied from the last.
    GroupReversed,
    /// A group's answers are out of step.
    GroupAnswersShifted,
    /// The first optional value of a row is lost.
    FieldLost,
    /// Custom values are lost.
    ExtLost,
    /// Ids in custom values become text.
    ExtIdsAsText,
    /// Texts end at NUL.
    TextsEndAtNul,
    /// Empty texts become null.
    EmptyTextsAsNull,
    /// Numbers pass through floats.
    NumbersAsFloats,
    /// Values over the limit are cut.
    LargeValuesCut,
    /// The limit on operations is not kept.
    ManyOpsTaken,
    /// Soft deletion is lost.
    DeletionLost,
    /// A purge only deletes softly.
    PurgeIsSoft,
    /// The store counts versions by itself.
    VersionsCounted,
    /// Descending is ascending.
    DescIgnored,
    /// Descending by the first column, ties ascending.
    DescTiesAscending,
    /// Texts without their case.
    CaseFolded,
    /// A cursor is only its first column.
    CursorByFirstColumn,
    /// A cursor's own row comes again.
    CursorInclusive,
    /// Soft-deleted rows are listed.
    DeletedListed,
    /// Soft-deleted rows are never listed.
    DeletedNeverListed,
    /// A prefix is a lower bound.
    PrefixIsLowerBound,
    /// Excluded bounds are included.
    BoundsIncluded,
    /// The upper bound is forgotten.
    UpperBoundIgnored,
    /// One row too many.
    LimitOneMore,
    /// There is always a next page.
    NextAlways,
    /// There is never a next page.
    NextNever,
    /// The place of the next page is that of the row behind.
    NextSkipsOne,
    /// Rows keep an old place in a listing.
    StaleListing,
    /// Columns come by their numbers.
    ColumnsSorted,
    /// A snapshot is said to be older.
    AsOfOneBehind,
    /// A snapshot is said to be another tenant's.
    AsOfOfAll,
    /// What is committed while a reading is open is seen by it.
    ReadingSeesLater,
    /// A reading begins before the last commit.
    ReadingIsBehind,
    /// Rows are numbered among the rows found.
    SinkPositionOfFound,
    /// Soft-deleted rows are not got.
    GetHidesDeleted,
    /// The first absent key ends a get.
    GetEndsAtAbsent,
    /// Rows say they were written by the head.
    RowSeqIsHead,
    /// A sink cannot stop a scan.
    BreakIgnored,
    /// A sink that breaks loses its place.
    BreakLosesNext,
    /// A sink may call the store.
    SinkMayCall,
    /// A sink's panic poisons the store.
    PanicPoisons,
    /// Purges are not in the journal.
    PurgeNotInJournal,
    /// The commit after which lines were asked for comes again.
    JournalInclusive,
    /// The limit splits a commit.
    JournalSplits,
    /// Lines of a commit by their keys.
    JournalSorted,
    /// A commit is seen after the one behind it.
    JournalLate,
    /// Versions in the journal are those before.
    JournalVersionBefore,
    /// The journal's clock is lost.
    JournalClockLost,
    /// Trimmed lines are said to be none.
    TrimNotSaid,
    /// Nothing is trimmed.
    TrimIgnored,
    /// A tenant is not purged.
    PurgeTenantIgnored,
    /// Tenants are listed in no order.
    TenantsUnordered,
    /// Soft-deleted rows are counted.
    AggregateOverDeleted,
    /// Sums wrap.
    AggregateWraps,
    /// Versions are looked at, then the row is written, and others may come between.
    LookThenWrite,
    /// The last commit is acknowledged and then lost by reopening.
    LastCommitNotDurable,
    /// Of a group, only the first batch survives reopening.
    GroupNotDurable,
    /// Commit ids do not survive reopening.
    CommitIdsNotDurable,
    /// Trims do not survive reopening.
    TrimNotDurable,
}

/// What a wrapper remembers, and what is on its disk.
#[derive(Default)]
struct State {
    renamed: BTreeMap<CommitId, CommitId>,
    seqs: BTreeMap<(TenantId, CommitId), Seq>,
    fresh: u64,
    replaced: Vec<(TenantId, Record)>,
    poisoned: bool,
    log: Vec<Logged>,
}

/// What a reopening replays.
#[derive(Clone)]
enum Logged {
    Group(Vec<Batch>),
    Admin(Admin),
}

/// A memory store with one thing wrong.
pub struct Mutant {
    inner: MemoryStore,
    bug: Bug,
    state: Arc<Mutex<State>>,
}

impl Mutant {
    fn new(bug: Bug, state: Arc<Mutex<State>>) -> Self {
        let mutant = Self { inner: MemoryStore::default(), bug, state };
        let mut log = mutant.state().log.clone();
        match bug {
            Bug::LastCommitNotDurable => {
                if let Some(Logged::Group(group)) = log.last_mut() {
                    group.pop();
                }
            }
            Bug::GroupNotDurable => log.iter_mut().for_each(|logged| {
                if let Logged::Group(group) = logged {
                    group.truncate(1);
                }
            }),
            Bug::TrimNotDurable => {
                log.retain(|logged| !matches!(logged, Logged::Admin(Admin::Trim { .. })))
            }
            _ => {}
        }
        for logged in log {
            match logged {
                Logged::Group(mut group) => {
                    if bug == Bug::CommitIdsNotDurable {
                        for batch in &mut group {
                            batch.commit = mutant.rename(batch.commit);
                        }
                    }
                    mutant.inner.apply(&group);
                }
                Logged::Admin(admin) => {
                    let _ = mutant.inner.admin(&admin, &mut |_| ControlFlow::Continue(()));
                }
            }
        }
        mutant
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn is(&self, bug: Bug) -> bool {
        self.bug == bug
    }

    fn tenant(&self, tenant: TenantId) -> TenantId {
        if self.is(Bug::TenantsShared) { TenantId(1) } else { tenant }
    }

    fn stored(&self, tenant: TenantId, key: Key) -> Option<Record> {
        call::one(&self.inner, tenant, key).ok().flatten().map(|(_, rec)| rec)
    }

    fn rename(&self, commit: CommitId) -> CommitId {
        let mut state = self.state();
        state.fresh += 1;
        let renamed = CommitId(Uuid::from_u64_pair(u64::MAX, state.fresh));
        state.renamed.insert(renamed, commit);
        renamed
    }

    /// The batch as the mutant understands it.
    fn spoil(&self, batch: &Batch) -> Batch {
        let mut batch = batch.clone();
        let tenant = self.tenant(batch.tenant);
        batch.tenant = tenant;
        match self.bug {
            Bug::ReplayNotKnown => batch.commit = self.rename(batch.commit),
            Bug::GuardsIgnored => batch.guards.clear(),
            Bug::AsOfTrusted if batch.as_of.is_some() => batch.guards.clear(),
            Bug::GuardsOfAbsenceIgnored => {
                batch.guards.retain(|guard| guard.expect != Expect::Absent)
            }
            Bug::GuardsReversed => batch.guards.reverse(),
            Bug::ManyOpsTaken => batch.ops.truncate(10_000),
            Bug::JournalClockLost => batch.at = 0,
            Bug::UniqueDeferred => {
                batch.ops.sort_by_key(|op| matches!(op, Op::Put { expect: Expect::Absent, .. }));
            }
            _ => {}
        }
        for op in &mut batch.ops {
            let stored = self.stored(tenant, op.key());
            if let Op::Purge { key, version } = op
                && self.is(Bug::PurgeIsSoft)
                && let Some(mut rec) = self.stored(tenant, *key)
            {
                let expect = Expect::Version(*version);
                rec.version = *version + 1;
                rec.deleted = true;
                *op = Op::Put { rec, expect };
            }
            if let Op::Put { rec, expect } = op {
                self.spoil_put(rec, expect, stored);
            }
        }
        batch
    }

    fn spoil_put(&self, rec: &mut Record, expect: &mut Expect, stored: Option<Record>) {
        let overwrite = match (self.bug, &stored, *expect) {
            (Bug::AbsentIgnored, Some(_), Expect::Absent) => true,
            (Bug::AbsentOverDeleted, Some(stored), Expect::Absent) => stored.deleted,
            (Bug::AnyVersion | Bug::LookThenWrite, Some(_), Expect::Version(_)) => true,
            _ => false,
        };
        if let Some(stored) = stored.filter(|_| overwrite) {
            *expect = Expect::Version(stored.version);
            rec.version = rec.version.max(stored.version + 1);
        }
        match (self.bug, *expect) {
            (Bug::UniqueIgnored, _) | (Bug::UniqueOnInsertOnly, Expect::Version(_)) => {
                rec.def = changed(rec.def, |index| index.unique = false);
            }
            (Bug::VersionsCounted, Expect::Absent) => rec.version = 1,
            (Bug::VersionsCounted, Expect::Version(version)) => rec.version = version + 1,
            (Bug::ExtLost, _) => rec.ext.clear(),
            (Bug::DeletionLost, _) => rec.deleted = false,
            (Bug::ExtIdsAsText, _) => {
                for val in rec.ext.values_mut() {
                    if let Val::Id(id) = val {
                        *val = Val::Text(id.to_string());
                    }
                }
            }
            _ => {}
        }
        let max = self.inner.caps().max_value_bytes as usize;
        let mut lose = self.is(Bug::FieldLost);
        for (field, val) in rec.def.fields.iter().zip(&mut rec.vals) {
            if !field.required && !val.is_null() && std::mem::take(&mut lose) {
                *val = Val::Null;
            }
            match (self.bug, &mut *val) {
                (Bug::TextsEndAtNul, Val::Text(text)) => {
                    text.truncate(text.find('\0').unwrap_or(text.len()));
                }
                (Bug::EmptyTextsAsNull, Val::Text(text)) if text.is_empty() && !field.required => {
                    *val = Val::Null;
                }
                (Bug::NumbersAsFloats, Val::Int(number)) => *number = *number as f64 as i64,
                (Bug::LargeValuesCut, Val::Bytes(bytes)) => bytes.truncate(max),
                (Bug::LargeValuesCut, Val::Text(text)) if text.len() > max => {
                    while text.len() > max {
                        text.pop();
                    }
                }
                _ => {}
            }
        }
    }

    /// Whether a put repeats a unique value of a soft-deleted row.
    fn meets_deleted(&self, batch: &Batch) -> Option<StoreError> {
        let tenant = self.tenant(batch.tenant);
        batch.ops.iter().find_map(|op| {
            let Op::Put { rec, .. } = op else { return None };
            let index = rec.def.indexes.iter().find(|index| index.unique && !rec.deleted)?;
            let prefix: Vec<Val> = index.cols.iter().map(|col| rec.get(*col)).collect();
            let scan = Scan { deleted: true, ..Scan::of(tenant, rec.def.kind, index.id, &prefix) };
            let mut meets = false;
            let _ = self.inner.scan(&scan, &mut |row| {
                if let Row::Rec(_, other) = row {
                    meets |= other.deleted && other.id != rec.id;
                }
                ControlFlow::Continue(())
            });
            meets.then(|| StoreError::Unique { key: rec.key(), index: index.name })
        })
    }

    fn apply_spoiled(&self, batch: &Batch) -> StoreResult<Applied> {
        if self.is(Bug::UniqueOverDeleted)
            && let Some(error) = self.meets_deleted(batch)
        {
            return Err(error);
        }
        if self.is(Bug::LookThenWrite) {
            let current = |op: &Op| match op {
                Op::Put { expect: Expect::Version(version), rec } => {
                    let found = self.stored(batch.tenant, rec.key()).map(|rec| rec.version);
                    found == Some(*version)
                }
                _ => true,
            };
            // The look is taken, and only what it refuses is judged again.
            if !batch.ops.iter().all(current) || batch.ops.len() != 2 {
                return apply(&self.inner, batch);
            }
            std::thread::sleep(Duration::from_micros(300));
        }
        let spoiled = self.spoil(batch);
        for op in &batch.ops {
            if let Some(old) = self.stored(spoiled.tenant, op.key()) {
                self.state().replaced.push((spoiled.tenant, old));
            }
        }
        let mut result = apply(&self.inner, &spoiled);
        if result.is_err() && self.is(Bug::PartialBatch) {
            for length in (1..spoiled.ops.len()).rev() {
                let ops = spoiled.ops[..length].to_vec();
                let commit = self.rename(batch.commit);
                if apply(&self.inner, &Batch { ops, commit, ..spoiled.clone() }).is_ok() {
                    break;
                }
            }
        }
        let place = (spoiled.tenant, batch.commit);
        if let Ok(applied) = &mut result {
            self.state().seqs.insert(place, applied.seq);
            if self.is(Bug::SeqOneBehind) {
                applied.seq.0 -= 1;
            }
            if self.is(Bug::ReplayNotSaid) {
                applied.replayed = false;
            }
        }
        match (self.bug, &result, self.state().seqs.get(&place)) {
            (Bug::DigestNotCompared, Err(StoreError::CommitReused), Some(seq)) => {
                Ok(Applied { seq: *seq, replayed: true })
            }
            _ => result,
        }
    }

    fn as_of(&self, as_of: Seq) -> Seq {
        match self.bug {
            Bug::AsOfOneBehind => Seq(as_of.0.saturating_sub(1)),
            Bug::AsOfOfAll => {
                let tenants = call::tenants(&self.inner).unwrap_or_default();
                tenants.into_iter().map(|(_, seq)| seq).max().unwrap_or(as_of)
            }
            _ => as_of,
        }
    }

    fn trust(&self) -> StoreResult<()> {
        if self.state().poisoned { Err(StoreError::Poisoned) } else { Ok(()) }
    }

    /// Marks the mutant as called, as a store does: it has no lock of its own while a sink runs.
    fn calling(&self) -> StoreResult<Option<Calling>> {
        (!self.is(Bug::SinkMayCall)).then(|| Calling::enter(self)).transpose()
    }

    /// Every row of a scan as the mutant gives it, and where it says it goes on.
    fn rows(&self, scan: &Scan<'_>) -> StoreResult<(Vec<(Seq, Record)>, ScanEnd)> {
        let mut rows: Vec<(Seq, Record)> = Vec::new();
        let end = self.inner.scan(scan, &mut |row| {
            if let Row::Rec(seq, rec) = row {
                rows.push((seq, rec.clone()));
            }
            ControlFlow::Continue(())
        })?;
        Ok((rows, end))
    }
}

/// The metadata of a kind with its listings changed.
fn changed(def: &'static KindDef, change: impl Fn(&mut IndexDef)) -> &'static KindDef {
    static KEPT: Mutex<BTreeMap<u16, &'static KindDef>> = Mutex::new(BTreeMap::new());
    let mut kept = KEPT.lock().unwrap_or_else(PoisonError::into_inner);
    kept.entry(def.kind.code()).or_insert_with(|| {
        let mut indexes = def.indexes.clone();
        indexes.iter_mut().for_each(change);
        let fields = def.fields.clone();
        Box::leak(Box::new(KindDef { fields, indexes, ..*def }))
    })
}

/// Poisons a mutant when a panic passes.
struct Fuse<'a>(&'a Mutant);

impl Drop for Fuse<'_> {
    fn drop(&mut self) {
        if std::thread::panicking() && self.0.is(Bug::PanicPoisons) {
            self.0.state().poisoned = true;
        }
    }
}

impl Store for Mutant {
    fn caps(&self) -> Caps {
        Caps { durable: true, ..self.inner.caps() }
    }

    fn get(
        &self,
        tenant: TenantId,
        keys: &[Key],
        sink: &mut dyn FnMut(usize, Seq, &Record) -> Flow,
    ) -> StoreResult<Seq> {
        self.trust()?;
        let _calling = self.calling()?;
        let _fuse = Fuse(self);
        let (mut rows, as_of) = call::get(&self.inner, self.tenant(tenant), keys, None)?;
        match self.bug {
            Bug::GetHidesDeleted => rows.retain(|(.., rec)| !rec.deleted),
            Bug::GetEndsAtAbsent => {
                let mut at = 0..;
                rows =
                    rows.into_iter().take_while(|(found, ..)| at.next() == Some(*found)).collect();
            }
            Bug::SinkPositionOfFound => {
                rows.iter_mut().enumerate().for_each(|(at, row)| row.0 = at);
            }
            Bug::RowSeqIsHead => rows.iter_mut().for_each(|row| row.1 = as_of),
            _ => {}
        }
        for (at, seq, rec) in &rows {
            if sink(*at, *seq, rec).is_break() && !self.is(Bug::BreakIgnored) {
                break;
            }
        }
        Ok(self.as_of(as_of))
    }

    fn scan(&self, scan: &Scan<'_>, sink: &mut dyn FnMut(Row<'_>) -> Flow) -> StoreResult<ScanEnd> {
        self.trust()?;
        let _calling = self.calling()?;
        let _fuse = Fuse(self);
        let mut spoiled = scan.clone();
        spoiled.tenant = self.tenant(scan.tenant);
        let cursor = |after: &Cursor| {
            let mut after = after.clone();
            match self.bug {
                Bug::CursorByFirstColumn => {
                    let last =
                        if scan.desc { (i64::MIN, Uuid::nil()) } else { (i64::MAX, Uuid::max()) };
                    for val in after.vals.iter_mut().skip(1) {
                        match val {
                            Val::Int(number) => *number = last.0,
                            Val::Id(id) => *id = last.1,
                            _ => {}
                        }
                    }
                    if !after.vals.is_empty() {
                        after.id = last.1;
                    }
                }
                Bug::CursorInclusive => {
                    let id = after.id.as_u128();
                    let before =
                        if scan.desc { id.saturating_add(1) } else { id.saturating_sub(1) };
                    after.id = Uuid::from_u128(before);
                }
                _ => {}
            }
            after
        };
        let after = scan.after.map(cursor);
        spoiled.after = after.as_ref();
        let included = |bound: &mut Bound<Val>| {
            if let Bound::Excluded(val) = bound {
                *bound = Bound::Included(val.clone());
            }
        };
        match self.bug {
            Bug::DescIgnored => spoiled.desc = false,
            Bug::DeletedListed => spoiled.deleted = true,
            Bug::DeletedNeverListed => spoiled.deleted = false,
            Bug::BoundsIncluded => {
                included(&mut spoiled.range.0);
                included(&mut spoiled.range.1);
            }
            Bug::UpperBoundIgnored => spoiled.range.1 = Bound::Unbounded,
            Bug::LimitOneMore => spoiled.limit = scan.limit.saturating_add(1),
            Bug::PrefixIsLowerBound => {
                if let [first] = scan.prefix
                    && scan.range == (Bound::Unbounded, Bound::Unbounded)
                {
                    spoiled.range.0 = Bound::Included(first.clone());
                    spoiled.prefix = &[];
                }
            }
            _ => {}
        }
        let (mut rows, mut end) = self.rows(&spoiled)?;
        let index = rows.first().and_then(|(_, rec)| rec.def.index(scan.index));
        let first =
            |rec: &Record| index.and_then(|index| index.cols.first()).map(|col| rec.get(*col));
        match self.bug {
            Bug::DescTiesAscending if scan.desc => {
                rows.sort_by(|(_, a), (_, b)| first(b).cmp(&first(a)).then_with(|| a.id.cmp(&b.id)))
            }
            Bug::CaseFolded => {
                let folded = |rec: &Record| match first(rec) {
                    Some(Val::Text(text)) => Some(text.to_lowercase()),
                    _ => None,
                };
                if !scan.desc {
                    rows.sort_by_key(|(_, rec)| folded(rec));
                }
            }
            Bug::StaleListing
                if scan.index != 0 && scan.prefix.is_empty() && end.next.is_none() =>
            {
                let stale = self.state().replaced.last().cloned();
                rows.extend(
                    stale
                        .filter(|(whose, rec)| {
                            *whose == spoiled.tenant && rec.def.kind == scan.kind
                        })
                        .map(|(_, rec)| (Seq(1), rec)),
                );
            }
            Bug::RowSeqIsHead => rows.iter_mut().for_each(|row| row.0 = end.as_of),
            Bug::NextNever => end.next = None,
            _ => {}
        }
        end.as_of = self.as_of(end.as_of);
        let place = |row: &(Seq, Record)| Cursor::of(index, row.0, &row.1);
        if self.is(Bug::NextAlways) {
            end.next = rows.last().map(place);
        }
        if self.is(Bug::NextSkipsOne)
            && let Some(next) = &mut end.next
        {
            let id = next.id.as_u128();
            next.id = Uuid::from_u128(if scan.desc {
                id.saturating_sub(1)
            } else {
                id.saturating_add(1)
            });
        }
        let mut cols: Vec<FieldId> = scan.cols.to_vec();
        if self.is(Bug::ColumnsSorted) {
            cols.sort();
        }
        for (at, (seq, rec)) in rows.iter().enumerate() {
            let vals: Vec<Val> =
                cols.iter().map(|col| crm_core::store::column(*col, *seq, rec)).collect();
            let row = if cols.is_empty() { Row::Rec(*seq, rec) } else { Row::Cols(&vals) };
            if sink(row).is_break() && !self.is(Bug::BreakIgnored) {
                let follows = at + 1 < rows.len() || end.next.is_some();
                end.next = rows.get(at).filter(|_| follows).map(place);
                if self.is(Bug::BreakLosesNext) {
                    end.next = None;
                }
                break;
            }
        }
        Ok(end)
    }

    fn reading(&self, _next: Next) -> StoreResult<Option<Box<dyn Reading + '_>>> {
        let mut log = self.state().log.clone();
        match self.bug {
            Bug::ReadingSeesLater => return Ok(Some(Box::new(Later(self)))),
            Bug::ReadingIsBehind => drop(log.pop()),
            _ => {}
        }
        let copy = MemoryStore::default();
        for logged in log {
            match logged {
                Logged::Group(group) => drop(copy.apply(&group)),
                Logged::Admin(admin) => {
                    drop(copy.admin(&admin, &mut |_| ControlFlow::Continue(())))
                }
            }
        }
        Ok(Some(Box::new(Copied { of: self, copy })))
    }

    fn apply(&self, batches: &[Batch]) -> Vec<StoreResult<Applied>> {
        if let Err(error) = self.trust().and_then(|()| self.calling().map(drop)) {
            return batches.iter().map(|_| Err(error.clone())).collect();
        }
        let mut results: Vec<StoreResult<Applied>> = Vec::new();
        if self.is(Bug::GroupReversed) {
            results = batches.iter().rev().map(|batch| self.apply_spoiled(batch)).collect();
            results.reverse();
        } else {
            for batch in batches {
                if self.is(Bug::GroupEndsAtRefusal) && results.iter().any(Result::is_err) {
                    results.push(Err(StoreError::Busy));
                } else {
                    results.push(self.apply_spoiled(batch));
                }
            }
        }
        let done = batches.iter().zip(&results).filter(|(_, result)| result.is_ok());
        let group: Vec<Batch> = done.map(|(batch, _)| batch.clone()).collect();
        self.state().log.push(Logged::Group(group));
        if self.is(Bug::GroupAnswersShifted) && !results.is_empty() {
            results.rotate_left(1);
        }
        results
    }

    fn changes(
        &self,
        tenant: TenantId,
        after: Seq,
        limit: u32,
        _wait: Duration,
        sink: &mut dyn FnMut(&Change) -> Flow,
    ) -> StoreResult<Seq> {
        self.trust()?;
        let _calling = self.calling()?;
        let _fuse = Fuse(self);
        let after = match self.bug {
            Bug::JournalInclusive => Seq(after.0.saturating_sub(1)),
            _ => after,
        };
        let found = call::changes(&self.inner, self.tenant(tenant), after, limit, None);
        let (mut lines, head) = match found {
            Err(StoreError::Trimmed { .. }) if self.is(Bug::TrimNotSaid) => return Ok(after),
            found => found?,
        };
        for line in &mut lines {
            if let Some(original) = self.state().renamed.get(&line.commit) {
                line.commit = *original;
            }
        }
        match self.bug {
            Bug::PurgeNotInJournal => lines.retain(|line| !line.purged),
            Bug::JournalSplits => lines.truncate(limit as usize),
            Bug::JournalSorted => lines.sort_by_key(|line| (line.seq, line.key)),
            Bug::JournalLate => {
                lines.retain(|line| line.seq.0 % 5 != 4 || line.seq.0 + 1 != head.0)
            }
            Bug::JournalVersionBefore => lines.iter_mut().for_each(|line| line.version -= 1),
            _ => {}
        }
        for line in &lines {
            if sink(line).is_break() {
                break;
            }
        }
        Ok(head)
    }

    fn aggregate(
        &self,
        tenant: TenantId,
        spec: &AggSpec<'_>,
        sink: &mut dyn FnMut(&[Val], i128) -> Flow,
    ) -> StoreResult<Pushed> {
        self.trust()?;
        let tenant = self.tenant(tenant);
        if self.is(Bug::AggregateOverDeleted) && spec.group.is_empty() && spec.sum.is_none() {
            let scan =
                Scan { deleted: true, limit: u32::MAX, ..Scan::of(tenant, spec.kind, 0, &[]) };
            let (rows, _) = self.rows(&scan)?;
            if !rows.is_empty() {
                let _ = sink(&[], rows.len() as i128);
            }
            return Ok(Pushed::Done);
        }
        self.inner.aggregate(tenant, spec, &mut |group, total| {
            sink(group, if self.is(Bug::AggregateWraps) { i128::from(total as i64) } else { total })
        })
    }

    fn admin(&self, admin: &Admin, out: &mut dyn FnMut(&AdminRow) -> Flow) -> StoreResult<()> {
        self.trust()?;
        match (self.bug, admin) {
            (Bug::TrimIgnored, Admin::Trim { .. })
            | (Bug::PurgeTenantIgnored, Admin::PurgeTenant(_)) => return Ok(()),
            (Bug::TenantsUnordered, Admin::ListTenants) => {
                let mut rows = call::admin(&self.inner, admin)?;
                rows.reverse();
                let _ = rows.iter().try_for_each(out);
                return Ok(());
            }
            (_, Admin::Trim { .. } | Admin::PurgeTenant(_)) => {
                self.state().log.push(Logged::Admin(admin.clone()));
            }
            _ => {}
        }
        self.inner.admin(admin, out)
    }
}

/// A reading that asks the store itself.
struct Later<'a>(&'a Mutant);

impl Reading for Later<'_> {
    fn get(
        &self,
        tenant: TenantId,
        keys: &[Key],
        sink: &mut dyn FnMut(usize, Seq, &Record) -> Flow,
    ) -> StoreResult<Seq> {
        self.0.get(tenant, keys, sink)
    }

    fn scan(&self, scan: &Scan<'_>, sink: &mut dyn FnMut(Row<'_>) -> Flow) -> StoreResult<ScanEnd> {
        self.0.scan(scan, sink)
    }
}

/// A reading of what was there when it began.
struct Copied<'a> {
    of: &'a Mutant,
    copy: MemoryStore,
}

impl Reading for Copied<'_> {
    fn get(
        &self,
        tenant: TenantId,
        keys: &[Key],
        sink: &mut dyn FnMut(usize, Seq, &Record) -> Flow,
    ) -> StoreResult<Seq> {
        let _calling = self.of.calling()?;
        self.copy.get(tenant, keys, sink)
    }

    fn scan(&self, scan: &Scan<'_>, sink: &mut dyn FnMut(Row<'_>) -> Flow) -> StoreResult<ScanEnd> {
        let _calling = self.of.calling()?;
        self.copy.scan(scan, sink)
    }
}

/// Stores of one mutant by their folders, so that they can be opened again.
pub fn target(bug: Bug) -> Target {
    type Disks = Arc<Mutex<BTreeMap<PathBuf, Arc<Mutex<State>>>>>;
    let disks = Disks::default();
    let open = move |dir: &Path, empty: bool| -> Box<dyn Store> {
        let mut disks = disks.lock().unwrap_or_else(PoisonError::into_inner);
        if empty {
            disks.remove(dir);
        }
        let state = Arc::clone(disks.entry(dir.to_owned()).or_default());
        Box::new(Mutant::new(bug, state))
    };
    let again = open.clone();
    Target::new(format!("{bug:?}"))
        .fresh(move |dir| open(dir, true))
        .reopen(move |dir| again(dir, false))
}

/// What of the kit rejects a target first: a program, else a case, else the threads; `None` if nothing does.
pub fn killer(target: &Target) -> Option<String> {
    let by_program = (1..=12).find(|seed| {
        let steps = program::generate(*seed, 60);
        guarded(|| program::run(target, &steps, &mut 0)).is_err()
    });
    if let Some(seed) = by_program {
        return Some(format!("program {seed}"));
    }
    let rejects = |case: &&cases::Case| matches!(cases::run(case, target), Outcome::Failed(_));
    if let Some(case) = cases::CASES.iter().find(rejects) {
        return Some(case.id.to_owned());
    }
    let mut rng = Rng::new(1);
    let by_threads =
        (1..=10).find(|_| guarded(|| threads::run(target, rng.bits(), 40, &mut 0)).is_err());
    by_threads.map(|round| format!("threads, round {round}"))
}
