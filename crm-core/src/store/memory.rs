//! Ordinary maps: the model that the other stores are compared with.

use core::{ops::Bound, time::Duration};
use std::{
    collections::{BTreeMap, btree_map::Entry},
    sync::{Arc, PoisonError, RwLock, RwLockReadGuard, RwLockWriteGuard},
};

use uuid::Uuid;

use super::judge::{self, Draft};
use super::{
    Admin, AdminRow, AggSpec, Applied, Batch, Calling, Caps, Change, CommitId, Cursor, Flow,
    Pushed, Row, Scan, ScanEnd, Seq, Store, StoreError, StoreResult, TenantId, column,
};
use crate::record::{FieldId, IndexDef, Key, Kind, Record, Val};

/// A store in memory: everything the contract asks for but durability. Readers share it, a writer is alone.
#[derive(Debug, Default)]
pub struct MemoryStore {
    tenants: RwLock<BTreeMap<TenantId, Tenant>>,
}

#[derive(Debug, Default)]
struct Tenant {
    head: Seq,
    /// The last commit whose journal lines were trimmed.
    trimmed: Seq,
    journal: BTreeMap<Seq, Vec<Change>>,
    commits: BTreeMap<CommitId, (Seq, u64)>,
    tables: BTreeMap<Kind, Table>,
}

/// The rows of one kind, once for each listing, by the values of its columns and the id.
#[derive(Debug, Default)]
struct Table(BTreeMap<u16, BTreeMap<Vec<Val>, Arc<Stored>>>);

#[derive(Debug)]
struct Stored {
    seq: Seq,
    rec: Record,
}

impl Stored {
    /// Its place in a listing.
    fn key(&self, index: Option<&IndexDef>) -> Vec<Val> {
        let cols = index.map_or(&[][..], |index| &index.cols);
        let vals = cols.iter().map(|col| column(*col, self.seq, &self.rec));
        vals.chain([Val::Id(self.rec.id)]).collect()
    }

    /// Its places in all listings.
    fn keys(&self) -> impl Iterator<Item = (u16, Vec<Val>)> {
        let declared = self.rec.def.indexes.iter().map(|index| (index.id, self.key(Some(index))));
        core::iter::once((0, self.key(None))).chain(declared)
    }
}

impl Table {
    fn row(&self, id: Uuid) -> Option<&Arc<Stored>> {
        self.0.get(&0)?.get([Val::Id(id)].as_slice())
    }

    fn rows(&self) -> impl Iterator<Item = &Arc<Stored>> {
        self.0.get(&0).into_iter().flat_map(BTreeMap::values)
    }

    fn insert(&mut self, row: &Arc<Stored>) {
        for (listing, key) in row.keys() {
            self.0.entry(listing).or_default().insert(key, Arc::clone(row));
        }
    }

    fn remove(&mut self, id: Uuid) -> Option<Arc<Stored>> {
        let row = Arc::clone(self.row(id)?);
        for (listing, key) in row.keys() {
            if let Some(listing) = self.0.get_mut(&listing) {
                listing.remove(&key);
            }
        }
        Some(row)
    }
}

impl Tenant {
    fn row(&self, key: Key) -> Option<&Arc<Stored>> {
        self.tables.get(&key.kind)?.row(key.id)
    }

    /// Judges and writes a batch; leaves nothing of it behind where it does not hold.
    fn apply(&mut self, batch: &Batch) -> StoreResult<Applied> {
        let digest = judge::digest(batch);
        if let Some((seq, known)) = self.commits.get(&batch.commit) {
            let replay = Applied { seq: *seq, replayed: true };
            return if *known == digest { Ok(replay) } else { Err(StoreError::CommitReused) };
        }
        let seq = Seq(self.head.0.saturating_add(1));
        let mut writing = Writing { tenant: self, changes: Vec::new(), replaced: Vec::new() };
        match judge::judge(batch, seq, &mut writing) {
            Ok(()) => {
                let changes = writing.changes;
                self.journal.insert(seq, changes);
                self.commits.insert(batch.commit, (seq, digest));
                self.head = seq;
                Ok(Applied { seq, replayed: false })
            }
            Err(error) => {
                writing.undo();
                Err(error)
            }
        }
    }
}

/// A batch half written, and what it takes to undo it.
struct Writing<'a> {
    tenant: &'a mut Tenant,
    changes: Vec<Change>,
    replaced: Vec<(Key, Option<Arc<Stored>>)>,
}

impl Writing<'_> {
    fn table(&mut self, kind: Kind) -> &mut Table {
        self.tenant.tables.entry(kind).or_default()
    }

    fn undo(mut self) {
        while let Some((key, before)) = self.replaced.pop() {
            let table = self.table(key.kind);
            table.remove(key.id);
            if let Some(row) = before {
                table.insert(&row);
            }
        }
    }
}

impl Draft for Writing<'_> {
    fn version(&mut self, key: Key) -> StoreResult<Option<u64>> {
        Ok(self.tenant.row(key).map(|row| row.rec.version))
    }

    fn taken(&mut self, index: &IndexDef, rec: &Record) -> StoreResult<bool> {
        let prefix: Vec<Val> = index.cols.iter().map(|col| rec.get(*col)).collect();
        let end = behind(prefix.clone(), index.cols.len());
        let range = (Bound::Included(prefix), Bound::Excluded(end));
        let listing = self.table(rec.def.kind).0.entry(index.id).or_default();
        Ok(listing.range(range).any(|(_, row)| !row.rec.deleted && row.rec.id != rec.id))
    }

    fn put(&mut self, seq: Seq, rec: &Record, _found: bool) -> StoreResult<()> {
        let row = Arc::new(Stored { seq, rec: rec.clone() });
        let table = self.table(rec.def.kind);
        let before = table.remove(rec.id);
        table.insert(&row);
        self.replaced.push((rec.key(), before));
        Ok(())
    }

    fn purge(&mut self, key: Key) -> StoreResult<()> {
        let before = self.table(key.kind).remove(key.id);
        self.replaced.push((key, before));
        Ok(())
    }

    fn journal(&mut self, _line: u32, change: &Change) -> StoreResult<()> {
        self.changes.push(*change);
        Ok(())
    }
}

/// A place behind every key of a listing of `width` columns that begins with `prefix`: longer than any of them, and
/// filled with the greatest value there is.
fn behind(mut prefix: Vec<Val>, width: usize) -> Vec<Val> {
    prefix.resize(width.saturating_add(2), Val::Id(Uuid::max()));
    prefix
}

/// The part of a listing that a scan asks for.
fn window(scan: &Scan<'_>, width: usize) -> (Bound<Vec<Val>>, Bound<Vec<Val>>) {
    let with = |val: &Val| scan.prefix.iter().chain([val]).cloned().collect::<Vec<_>>();
    let low = match &scan.range.0 {
        Bound::Included(val) => Bound::Included(with(val)),
        Bound::Excluded(val) => Bound::Excluded(behind(with(val), width)),
        Bound::Unbounded => Bound::Included(scan.prefix.to_vec()),
    };
    let high = match &scan.range.1 {
        Bound::Included(val) => Bound::Excluded(behind(with(val), width)),
        Bound::Excluded(val) => Bound::Excluded(with(val)),
        Bound::Unbounded => Bound::Excluded(behind(scan.prefix.to_vec(), width)),
    };
    let Some(after) = scan.after else { return (low, high) };
    let after: Vec<Val> = after.vals.iter().cloned().chain([Val::Id(after.id)]).collect();
    if scan.desc && place(&high).is_none_or(|high| after < *high) {
        (low, Bound::Excluded(after))
    } else if !scan.desc && place(&low).is_none_or(|low| after >= *low) {
        (Bound::Excluded(after), high)
    } else {
        (low, high)
    }
}

const fn place(bound: &Bound<Vec<Val>>) -> Option<&Vec<Val>> {
    match bound {
        Bound::Included(key) | Bound::Excluded(key) => Some(key),
        Bound::Unbounded => None,
    }
}

/// Whether nothing lies between two bounds; a map's `range` refuses some of these.
fn is_empty(low: &Bound<Vec<Val>>, high: &Bound<Vec<Val>>) -> bool {
    matches!((place(low), place(high)), (Some(low), Some(high)) if low >= high)
}

/// Gives rows to a sink until the limit or a `Break`, and says where to go on.
fn give<'a>(
    rows: impl Iterator<Item = &'a Arc<Stored>>,
    scan: &Scan<'_>,
    index: Option<&IndexDef>,
    sink: &mut dyn FnMut(Row<'_>) -> Flow,
) -> Option<Cursor> {
    let mut rows = rows.filter(|row| scan.deleted || !row.rec.deleted);
    let mut left = scan.limit;
    while let Some(row) = rows.next() {
        left = left.saturating_sub(1);
        let flow = sink(Row::Rec(row.seq, &row.rec));
        if left == 0 || flow.is_break() {
            return rows.next().map(|_| Cursor::of(index, row.seq, &row.rec));
        }
    }
    None
}

impl MemoryStore {
    /// The limits of a batch, the same in all stores of this project.
    const CAPS: Caps = Caps {
        durable: false,
        multi_process: false,
        read_your_writes_across_handles: false,
        push_agg: true,
        max_batch_ops: Caps::BATCH_OPS_MAX,
        max_batch_bytes: Caps::BATCH_BYTES_MAX,
        max_value_bytes: Caps::VALUE_BYTES_MAX,
        schema_version: 1,
    };

    // A panic cannot leave the maps half changed, so a poisoned lock is as good as any.
    fn read(&self) -> RwLockReadGuard<'_, BTreeMap<TenantId, Tenant>> {
        self.tenants.read().unwrap_or_else(PoisonError::into_inner)
    }

    fn write(&self) -> RwLockWriteGuard<'_, BTreeMap<TenantId, Tenant>> {
        self.tenants.write().unwrap_or_else(PoisonError::into_inner)
    }

    fn apply_one(tenants: &mut BTreeMap<TenantId, Tenant>, batch: &Batch) -> StoreResult<Applied> {
        judge::check_batch(batch, &Self::CAPS)?;
        match tenants.entry(batch.tenant) {
            Entry::Occupied(mut tenant) => tenant.get_mut().apply(batch),
            Entry::Vacant(place) => {
                let mut tenant = Tenant::default();
                let applied = tenant.apply(batch)?;
                place.insert(tenant);
                Ok(applied)
            }
        }
    }
}

impl Store for MemoryStore {
    fn caps(&self) -> Caps {
        Self::CAPS
    }

    fn get(
        &self,
        tenant: TenantId,
        keys: &[Key],
        sink: &mut dyn FnMut(usize, Seq, &Record) -> Flow,
    ) -> StoreResult<Seq> {
        let _calling = Calling::enter(self)?;
        for key in keys {
            judge::stored(key.kind)?;
        }
        let tenants = self.read();
        let Some(tenant) = tenants.get(&tenant) else { return Ok(Seq(0)) };
        for (at, key) in keys.iter().enumerate() {
            if let Some(row) = tenant.row(*key)
                && sink(at, row.seq, &row.rec).is_break()
            {
                break;
            }
        }
        Ok(tenant.head)
    }

    fn scan(&self, scan: &Scan<'_>, sink: &mut dyn FnMut(Row<'_>) -> Flow) -> StoreResult<ScanEnd> {
        let _calling = Calling::enter(self)?;
        let (_, index) = judge::check_scan(scan)?;
        let (low, high) = window(scan, index.map_or(0, |index| index.cols.len()));
        let tenants = self.read();
        let Some(tenant) = tenants.get(&scan.tenant) else {
            return Ok(ScanEnd { next: None, as_of: Seq(0) });
        };
        let listing = tenant.tables.get(&scan.kind).and_then(|table| table.0.get(&scan.index));
        let next = match listing {
            Some(listing) if !is_empty(&low, &high) => {
                let rows = listing.range((low, high)).map(|(_, row)| row);
                if scan.desc {
                    give(rows.rev(), scan, index, sink)
                } else {
                    give(rows, scan, index, sink)
                }
            }
            _ => None,
        };
        Ok(ScanEnd { next, as_of: tenant.head })
    }

    fn apply(&self, batches: &[Batch]) -> Vec<StoreResult<Applied>> {
        let _calling = match Calling::enter(self) {
            Ok(calling) => calling,
            Err(error) => return batches.iter().map(|_| Err(error.clone())).collect(),
        };
        let mut tenants = self.write();
        batches.iter().map(|batch| Self::apply_one(&mut tenants, batch)).collect()
    }

    fn changes(
        &self,
        tenant: TenantId,
        after: Seq,
        limit: u32,
        _wait: Duration,
        sink: &mut dyn FnMut(&Change) -> Flow,
    ) -> StoreResult<Seq> {
        let _calling = Calling::enter(self)?;
        let tenants = self.read();
        let Some(tenant) = tenants.get(&tenant) else { return Ok(Seq(0)) };
        if after < tenant.trimmed {
            return Err(StoreError::Trimmed { first: Seq(tenant.trimmed.0.saturating_add(1)) });
        }
        let limit = usize::try_from(limit).unwrap_or(usize::MAX);
        let mut given = 0_usize;
        for (_, changes) in tenant.journal.range((Bound::Excluded(after), Bound::Unbounded)) {
            let total = given.saturating_add(changes.len());
            if given > 0 && total > limit {
                break;
            }
            given = total;
            if changes.iter().any(|change| sink(change).is_break()) {
                break;
            }
        }
        Ok(tenant.head)
    }

    fn aggregate(
        &self,
        tenant: TenantId,
        spec: &AggSpec<'_>,
        sink: &mut dyn FnMut(&[Val], i128) -> Flow,
    ) -> StoreResult<Pushed> {
        let _calling = Calling::enter(self)?;
        judge::check_aggregate(spec)?;
        let tenants = self.read();
        let table = tenants.get(&tenant).and_then(|tenant| tenant.tables.get(&spec.kind));
        let mut groups = BTreeMap::<Vec<Val>, i128>::new();
        for row in table.into_iter().flat_map(Table::rows).filter(|row| !row.rec.deleted) {
            let value = |col: FieldId| column(col, row.seq, &row.rec);
            let sum = groups.entry(spec.group.iter().map(|col| value(*col)).collect()).or_default();
            let number = match spec.sum.map(value) {
                None => 1,
                Some(Val::Int(number)) => i128::from(number),
                Some(Val::Null | Val::Bool(_) | Val::Text(_) | Val::Bytes(_) | Val::Id(_)) => 0,
            };
            *sum = sum.saturating_add(number);
        }
        for (group, sum) in &groups {
            if sink(group, *sum).is_break() {
                break;
            }
        }
        Ok(Pushed::Done)
    }

    fn admin(&self, admin: &Admin, out: &mut dyn FnMut(&AdminRow) -> Flow) -> StoreResult<()> {
        let _calling = Calling::enter(self)?;
        match admin {
            Admin::Plan | Admin::Migrate => {}
            Admin::Check => {
                let tenants = self.read();
                let faults = tenants.iter().flat_map(|(id, tenant)| faults(*id, tenant));
                let _ = faults.map(AdminRow::Fault).try_for_each(|row| out(&row));
            }
            Admin::Trim { tenant, through } => {
                if let Some(tenant) = self.write().get_mut(tenant) {
                    tenant.trimmed = tenant.trimmed.max(*through).min(tenant.head);
                    let kept = tenant.trimmed;
                    tenant.journal.retain(|seq, _| *seq > kept);
                    tenant.commits.retain(|_, (seq, _)| *seq > kept);
                }
            }
            Admin::ListTenants => {
                let tenants = self.read();
                let mut rows =
                    tenants.iter().map(|(id, tenant)| AdminRow::Tenant(*id, tenant.head));
                let _ = rows.try_for_each(|row| out(&row));
            }
            Admin::PurgeTenant(tenant) => drop(self.write().remove(tenant)),
            Admin::Backup { .. } => return Err(StoreError::Unsupported("backup of memory")),
        }
        Ok(())
    }
}

/// What is wrong with a tenant's listings and journal.
fn faults(id: TenantId, tenant: &Tenant) -> Vec<String> {
    let mut faults = Vec::new();
    let first = tenant.trimmed.0.saturating_add(1);
    if !tenant.journal.keys().map(|seq| seq.0).eq(first..=tenant.head.0) {
        faults.push(format!("tenant {}: the journal has holes", id.0));
    }
    for (kind, table) in &tenant.tables {
        let count = table.rows().count();
        for row in table.rows() {
            let listed = row.keys().all(|(listing, key)| {
                table.0.get(&listing).is_some_and(|listing| listing.contains_key(&key))
            });
            if !listed {
                faults.push(format!("tenant {}: {kind:?} {} is not listed", id.0, row.rec.id));
            }
        }
        if table.0.values().any(|listing| listing.len() != count) {
            faults.push(format!("tenant {}: a listing of {kind:?} has other rows", id.0));
        }
    }
    faults
}
