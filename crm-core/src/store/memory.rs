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

/// The rows of one kind, once for each listing, by the place that the values of its columns and the id give them.
#[derive(Debug, Default)]
struct Table(BTreeMap<u16, BTreeMap<Place, Arc<Stored>>>);

/// Values as bytes that stand in the order of the values (C10).
pub(super) type Place = Vec<u8>;

#[derive(Debug)]
pub(super) struct Stored {
    pub(super) seq: Seq,
    pub(super) rec: Record,
}

impl Stored {
    /// Its place in a listing.
    pub(super) fn place(&self, index: Option<&IndexDef>) -> Place {
        let cols = index.map_or(&[][..], |index| &index.cols);
        let mut place = Vec::with_capacity(32_usize.saturating_mul(cols.len()).saturating_add(18));
        for col in cols {
            match self.rec.at(*col) {
                Some(val) => spell(val, &mut place),
                None => spell(&column(*col, self.seq, &self.rec), &mut place),
            }
        }
        place.extend(by_id(self.rec.id));
        place
    }

    /// Its places in all listings.
    fn places(&self) -> impl Iterator<Item = (u16, Place)> {
        let declared = self.rec.def.indexes.iter().map(|index| (index.id, self.place(Some(index))));
        core::iter::once((0, self.place(None))).chain(declared)
    }
}

/// Appends a value: its type, then what stands in the order of such values. What may have any length ends with two
/// zeros, which a zero inside, followed by a one, does not look like.
fn spell(val: &Val, place: &mut Place) {
    match val {
        Val::Null => place.push(0),
        Val::Bool(value) => place.extend([1, u8::from(*value)]),
        Val::Int(value) => {
            place.push(2);
            place.extend((value.cast_unsigned() ^ (1 << 63)).to_be_bytes());
        }
        Val::Text(value) => spell_bytes(3, value.as_bytes(), place),
        Val::Bytes(value) => spell_bytes(4, value, place),
        Val::Id(value) => place.extend(by_id(*value)),
    }
}

fn spell_bytes(tag: u8, bytes: &[u8], place: &mut Place) {
    place.push(tag);
    for (at, part) in bytes.split(|byte| *byte == 0).enumerate() {
        if at > 0 {
            place.extend([0, 1]);
        }
        place.extend(part);
    }
    place.extend([0, 0]);
}

/// An id's place, also in the listing by id.
pub(super) fn by_id(id: Uuid) -> [u8; 17] {
    let mut place = [5; 17];
    place.iter_mut().skip(1).zip(id.as_bytes()).for_each(|(slot, byte)| *slot = *byte);
    place
}

pub(super) fn spelled<'a>(vals: impl IntoIterator<Item = &'a Val>) -> Place {
    let mut place = Vec::with_capacity(64);
    vals.into_iter().for_each(|val| spell(val, &mut place));
    place
}

impl Table {
    fn row(&self, id: Uuid) -> Option<&Arc<Stored>> {
        self.0.get(&0)?.get(by_id(id).as_slice())
    }

    fn rows(&self) -> impl Iterator<Item = &Arc<Stored>> {
        self.0.get(&0).into_iter().flat_map(BTreeMap::values)
    }

    /// Puts a row in the place of the one of its id; the one it replaces.
    fn insert(&mut self, row: &Arc<Stored>) -> Option<Arc<Stored>> {
        let before = self.row(row.rec.id).cloned();
        let mut left = before.iter().flat_map(|before| before.places());
        for (number, place) in row.places() {
            let listing = self.0.entry(number).or_default();
            if let Some((_, left)) = left.next().filter(|(_, left)| *left != place) {
                listing.remove(&left);
            }
            listing.insert(place, Arc::clone(row));
        }
        drop(left);
        before
    }

    fn remove(&mut self, id: Uuid) -> Option<Arc<Stored>> {
        let row = Arc::clone(self.row(id)?);
        for (listing, place) in row.places() {
            if let Some(listing) = self.0.get_mut(&listing) {
                listing.remove(&place);
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
                drop(table.insert(&row));
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
        let prefix = spelled(&prefix);
        let end = behind(prefix.clone());
        let range = (Bound::Included(prefix), Bound::Excluded(end));
        let listing = self.table(rec.def.kind).0.entry(index.id).or_default();
        Ok(listing.range(range).any(|(_, row)| !row.rec.deleted && row.rec.id != rec.id))
    }

    fn put(&mut self, seq: Seq, rec: &Record, _found: bool) -> StoreResult<()> {
        let row = Arc::new(Stored { seq, rec: rec.clone() });
        let before = self.table(rec.def.kind).insert(&row);
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

/// A place behind every one that begins with `prefix`: no value is spelled with so great a type.
fn behind(mut prefix: Place) -> Place {
    prefix.push(u8::MAX);
    prefix
}

/// The part of a listing that a scan asks for.
pub(super) fn window(scan: &Scan<'_>) -> (Bound<Place>, Bound<Place>) {
    let with = |val: &Val| spelled(scan.prefix.iter().chain([val]));
    let low = match &scan.range.0 {
        Bound::Included(val) => Bound::Included(with(val)),
        Bound::Excluded(val) => Bound::Excluded(behind(with(val))),
        Bound::Unbounded => Bound::Included(spelled(scan.prefix)),
    };
    let high = match &scan.range.1 {
        Bound::Included(val) => Bound::Excluded(behind(with(val))),
        Bound::Excluded(val) => Bound::Excluded(with(val)),
        Bound::Unbounded => Bound::Excluded(behind(spelled(scan.prefix))),
    };
    let Some(after) = scan.after else { return (low, high) };
    let after = spelled(after.vals.iter().chain([&Val::Id(after.id)]));
    if scan.desc && place(&high).is_none_or(|high| after < *high) {
        (low, Bound::Excluded(after))
    } else if !scan.desc && place(&low).is_none_or(|low| after >= *low) {
        (Bound::Excluded(after), high)
    } else {
        (low, high)
    }
}

const fn place(bound: &Bound<Place>) -> Option<&Place> {
    match bound {
        Bound::Included(place) | Bound::Excluded(place) => Some(place),
        Bound::Unbounded => None,
    }
}

/// Whether nothing lies between two bounds; a map's `range` refuses some of these.
fn is_empty(low: &Bound<Place>, high: &Bound<Place>) -> bool {
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
        let (low, high) = window(scan);
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
            let listed = row.places().all(|(listing, place)| {
                table.0.get(&listing).is_some_and(|listing| listing.contains_key(&place))
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

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn val() -> impl Strategy<Value = Val> {
        prop_oneof![
            Just(Val::Null),
            any::<bool>().prop_map(Val::Bool),
            prop_oneof![any::<i64>(), -2..3_i64].prop_map(Val::Int),
            // Short, and of few letters, so that one often begins with the other.
            "[\u{0}\u{1}a王]{0,3}".prop_map(Val::Text),
            prop::collection::vec(prop_oneof![Just(0), Just(1), Just(255)], 0..4)
                .prop_map(Val::Bytes),
            (0..3_u128).prop_map(|id| Val::Id(Uuid::from_u128(id))),
        ]
    }

    proptest! {
        #[test]
        fn places_stand_in_the_order_of_the_values(
            a in prop::collection::vec(val(), 0..4),
            b in prop::collection::vec(val(), 0..4),
        ) {
            prop_assert_eq!(spelled(&a).cmp(&spelled(&b)), a.cmp(&b));
            // What begins with the same values lies before the place behind them.
            let whole: Vec<Val> = a.iter().chain(&b).cloned().collect();
            prop_assert!(spelled(&whole) < behind(spelled(&a)));
        }
    }
}
