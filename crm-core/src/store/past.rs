//! A store as it was at a commit before its head: what was made since is not there, what was changed since is as it was.

use core::ops::RangeBounds as _;
use core::time::Duration;
use std::collections::BTreeMap;

use uuid::Uuid;

use super::memory::{Place, Stored, by_id, spelled, window};
use super::{
    Admin, AdminRow, AggSpec, Applied, Batch, Caps, Change, Cursor, Flow, Pushed, Row, Scan,
    ScanEnd, Seq, Store, StoreError, StoreResult, TenantId, judge,
};
use crate::record::{FieldId, IndexDef, Key, Kind, Record, Val};

/// One tenant of a store, as of a commit. It is read only.
///
/// A row that was written since is not shown; in its place stands what was there, where something was.
pub(crate) struct PastStore<'a> {
    store: &'a dyn Store,
    tenant: TenantId,
    head: Seq,
    rows: BTreeMap<Kind, BTreeMap<Uuid, Stored>>,
}

impl<'a> PastStore<'a> {
    /// `store` as of the commit `head`, where these rows were what they no longer are.
    pub(crate) fn new(
        (store, tenant): (&'a dyn Store, TenantId),
        head: Seq,
        were: impl IntoIterator<Item = Record>,
    ) -> Self {
        let mut rows: BTreeMap<Kind, BTreeMap<Uuid, Stored>> = BTreeMap::new();
        for rec in were {
            // Which commit wrote it is not known; it was none after the head.
            let row = Stored { seq: head, rec };
            rows.entry(row.rec.def.kind).or_default().insert(row.rec.id, row);
        }
        Self { store, tenant, head, rows }
    }

    /// Whether it tells what a row was.
    pub(crate) fn tells(&self, key: Key) -> bool {
        self.was(key).is_some()
    }

    fn was(&self, key: Key) -> Option<&Stored> {
        self.rows.get(&key.kind)?.get(&key.id)
    }

    /// What stands in a part of a listing in the place of what was written since, in the order of the scan.
    fn were(&self, scan: &Scan<'_>, index: Option<&IndexDef>) -> Vec<(Place, &Stored)> {
        let within = window(scan);
        let rows = self.rows.get(&scan.kind).into_iter().flat_map(BTreeMap::values);
        let rows = rows.filter(|row| scan.deleted || !row.rec.deleted);
        let rows = rows.map(|row| (row.place(index), row));
        let mut rows: Vec<_> = rows.filter(|(place, _)| within.contains(place)).collect();
        rows.sort_by(|(one, _), (two, _)| if scan.desc { two.cmp(one) } else { one.cmp(two) });
        rows
    }
}

/// Rows on their way to a sink: so many, and then whether there are more.
struct Giving<'a, 'b> {
    sink: &'a mut dyn FnMut(Row<'_>) -> Flow,
    index: Option<&'b IndexDef>,
    left: u32,
    last: Option<Cursor>,
    has_more: bool,
}

impl Giving<'_, '_> {
    /// Gives a row that stands there; `Break` once it is known whether anything follows the last one.
    fn give(&mut self, row: Row<'_>, cursor: impl FnOnce() -> Cursor) -> Flow {
        if self.left == 0 {
            self.has_more = true;
            return Flow::Break(());
        }
        self.left = self.left.saturating_sub(1);
        if (self.sink)(row).is_break() {
            self.left = 0;
        }
        if self.left == 0 {
            self.last = Some(cursor());
        }
        Flow::Continue(())
    }

    fn give_stored(&mut self, row: &Stored) -> Flow {
        let index = self.index;
        self.give(Row::Rec(row.seq, &row.rec), || Cursor::of(index, row.seq, &row.rec))
    }
}

/// A row of the store's own page: its commit, its cursor, and what of it was asked for.
struct Seen {
    seq: u64,
    at: Cursor,
}

impl Seen {
    /// Columns that were asked for stand before those of the listing, the commit and the id.
    fn of_columns(vals: &[Val], asked: usize) -> Self {
        let beside = vals.get(asked..).unwrap_or_default();
        let (listed, end) =
            beside.split_at_checked(beside.len().saturating_sub(2)).unwrap_or_default();
        let (seq, id) = match end {
            [Val::Int(seq), Val::Id(id)] => (u64::try_from(*seq).unwrap_or(0), *id),
            _ => (u64::MAX, Uuid::nil()),
        };
        Self { seq, at: Cursor { vals: listed.to_vec(), id } }
    }

    fn place(&self) -> Place {
        let mut place = spelled(&self.at.vals);
        place.extend(by_id(self.at.id));
        place
    }
}

impl Store for PastStore<'_> {
    fn caps(&self) -> Caps {
        Caps { push_agg: false, ..self.store.caps() }
    }

    fn get(
        &self,
        tenant: TenantId,
        keys: &[Key],
        sink: &mut dyn FnMut(usize, Seq, &Record) -> Flow,
    ) -> StoreResult<Seq> {
        if tenant != self.tenant {
            return Err(StoreError::Unsupported("another tenant in the past of one"));
        }
        self.store.get(tenant, keys, &mut |at, seq, record| {
            if seq <= self.head {
                return sink(at, seq, record);
            }
            match self.was(record.key()) {
                Some(row) => sink(at, row.seq, &row.rec),
                None => Flow::Continue(()),
            }
        })?;
        Ok(self.head)
    }

    fn scan(&self, scan: &Scan<'_>, sink: &mut dyn FnMut(Row<'_>) -> Flow) -> StoreResult<ScanEnd> {
        let (_, index) = judge::check_scan(scan)?;
        if scan.tenant != self.tenant {
            return Err(StoreError::Unsupported("another tenant in the past of one"));
        }
        let mut were = self.were(scan, index).into_iter().peekable();
        let (left, last, has_more) = (scan.limit, None, false);
        let mut giving = Giving { sink, index, left, last, has_more };
        let cols: Vec<FieldId> = if scan.cols.is_empty() {
            Vec::new()
        } else {
            let listed = index.map_or(&[][..], |index| index.cols.as_slice());
            let beside = [FieldId::SEQ, FieldId::ID];
            scan.cols.iter().chain(listed).copied().chain(beside).collect()
        };
        let mut after = scan.after.cloned();
        loop {
            let page = Scan { after: after.as_ref(), cols: &cols, ..scan.clone() };
            let end = self.store.scan(&page, &mut |row| {
                let seen = match row {
                    Row::Rec(seq, record) => {
                        Seen { seq: seq.0, at: Cursor::of(index, seq, record) }
                    }
                    Row::Cols(vals) => Seen::of_columns(vals, scan.cols.len()),
                };
                if seen.seq > self.head.0 {
                    return Flow::Continue(());
                }
                if were.peek().is_some() {
                    let here = seen.place();
                    let is_before =
                        |place: &Place| if scan.desc { *place > here } else { *place < here };
                    while let Some((_, row)) = were.next_if(|(place, _)| is_before(place)) {
                        giving.give_stored(row)?;
                    }
                }
                let row = match row {
                    Row::Cols(vals) => Row::Cols(vals.get(..scan.cols.len()).unwrap_or_default()),
                    Row::Rec(..) => row,
                };
                giving.give(row, || seen.at)
            })?;
            after = end.next;
            if giving.has_more || after.is_none() {
                break;
            }
        }
        let _ = were.try_for_each(|(_, row)| giving.give_stored(row));
        Ok(ScanEnd { next: giving.last.filter(|_| giving.has_more), as_of: self.head })
    }

    fn apply(&self, batches: &[Batch]) -> Vec<StoreResult<Applied>> {
        batches.iter().map(|_| Err(StoreError::Unsupported("writing into the past"))).collect()
    }

    /// Nothing follows its head, and what came before is not told again.
    fn changes(
        &self,
        _tenant: TenantId,
        after: Seq,
        _limit: u32,
        _wait: Duration,
        _sink: &mut dyn FnMut(&Change) -> Flow,
    ) -> StoreResult<Seq> {
        if after < self.head {
            return Err(StoreError::Trimmed { first: Seq(self.head.0.saturating_add(1)) });
        }
        Ok(self.head)
    }

    fn aggregate(
        &self,
        _tenant: TenantId,
        _spec: &AggSpec<'_>,
        _sink: &mut dyn FnMut(&[Val], i128) -> Flow,
    ) -> StoreResult<Pushed> {
        Ok(Pushed::NotSupported)
    }

    fn admin(&self, _admin: &Admin, _out: &mut dyn FnMut(&AdminRow) -> Flow) -> StoreResult<()> {
        Err(StoreError::Unsupported("an operator's work on the past"))
    }
}
