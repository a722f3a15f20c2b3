//! The storage port: one object-safe trait, one contract (C1–C16 of the storage guide), one conformance kit.
//!
//! A store keeps [`Record`]s by tenant, kind and id, and a dense sequence of commits per tenant. It knows no rule of
//! selling. Reads push borrowed rows into a callback; there is one way to write, [`Store::apply`].

mod error;
mod ext;
pub mod judge;
mod kinds;
mod memory;
mod past;
mod sink;
mod submit;

use core::{ops::Bound, ops::ControlFlow, time::Duration};

use uuid::Uuid;

pub use error::{StoreError, StoreResult};
pub use ext::StoreExt;
pub use kinds::{KINDS, def};
pub use memory::MemoryStore;
pub(crate) use past::PastStore;
pub use sink::Calling;
pub use submit::Committer;

pub use crate::record::Key;
use crate::record::{FieldId, IndexDef, Kind, Record, Val};

/// Whether a sink wants more rows.
pub type Flow = ControlFlow<()>;

/// Whose data; tenants never see each other (C12).
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct TenantId(pub u64);

/// The position of a commit in its tenant's dense order: 1, 2, 3…; 0 is before the first (C2, C8).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Seq(pub u64);

/// What makes a batch idempotent: the same id is the same batch (C6).
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct CommitId(pub Uuid);

/// One page of one listing.
#[derive(Clone, Debug)]
pub struct Scan<'a> {
    /// Whose.
    pub tenant: TenantId,
    /// Of what.
    pub kind: Kind,
    /// The number of the listing; 0 is by id.
    pub index: u16,
    /// Equal values of the listing's first columns.
    pub prefix: &'a [Val],
    /// Bounds on the column after the prefix.
    pub range: (Bound<Val>, Bound<Val>),
    /// The whole order reversed.
    pub desc: bool,
    /// Continue behind this row.
    pub after: Option<&'a Cursor>,
    /// At most so many rows, at least 1.
    pub limit: u32,
    /// Soft-deleted rows also.
    pub deleted: bool,
    /// Only these columns; empty is the whole record.
    pub cols: &'a [FieldId],
}

impl<'a> Scan<'a> {
    /// Everything of a kind that has these leading values in a listing, 1,000 rows at most.
    pub const fn of(tenant: TenantId, kind: Kind, index: u16, prefix: &'a [Val]) -> Self {
        let range = (Bound::Unbounded, Bound::Unbounded);
        Self {
            tenant,
            kind,
            index,
            prefix,
            range,
            desc: false,
            after: None,
            limit: 1000,
            deleted: false,
            cols: &[],
        }
    }
}

/// Where a page ended: the values of the listing's columns and the id of its last row.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Cursor {
    /// The values of the listing's columns.
    pub vals: Vec<Val>,
    /// The id.
    pub id: Uuid,
}

impl Cursor {
    /// The place of a record in a listing.
    pub fn of(index: Option<&IndexDef>, seq: Seq, record: &Record) -> Self {
        let cols = index.map_or(&[][..], |index| index.cols.as_slice());
        Self { vals: cols.iter().map(|col| column(*col, seq, record)).collect(), id: record.id }
    }
}

/// A column of a stored row, its sequence number included.
pub fn column(col: FieldId, seq: Seq, record: &Record) -> Val {
    match col {
        FieldId::SEQ => Val::Int(i64::try_from(seq.0).unwrap_or(i64::MAX)),
        col => record.get(col),
    }
}

/// One row of a listing.
#[derive(Clone, Copy, Debug)]
pub enum Row<'a> {
    /// The whole record and the commit that wrote it. An adapter may always answer this.
    Rec(Seq, &'a Record),
    /// The columns asked for, in that order.
    Cols(&'a [Val]),
}

/// How a page ended.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ScanEnd {
    /// Where to go on; `None` when nothing follows in this snapshot.
    pub next: Option<Cursor>,
    /// The snapshot that was read.
    pub as_of: Seq,
}

/// What must be stored under a key for a write to happen. There is no "anything".
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Expect {
    /// No row, not even a soft-deleted one.
    Absent,
    /// A row of exactly this version.
    Version(u64),
}

/// One write.
#[derive(Clone, Debug, PartialEq)]
pub enum Op {
    /// Store this row.
    Put {
        /// The row, its new version in it.
        rec: Record,
        /// What it replaces.
        expect: Expect,
    },
    /// Remove the row and all its values; the journal keeps key and version.
    Purge {
        /// Which row.
        key: Key,
        /// Its version.
        version: u64,
    },
}

impl Op {
    /// The row it writes.
    pub fn key(&self) -> Key {
        match self {
            Self::Put { rec, .. } => rec.key(),
            Self::Purge { key, .. } => *key,
        }
    }
}

/// A row that a decision read and did not write: it must still be as it was (C4).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Guard {
    /// Which row.
    pub key: Key,
    /// How it was.
    pub expect: Expect,
}

/// One atomic, idempotent write of one tenant, as data (C1).
#[derive(Clone, Debug, PartialEq)]
pub struct Batch {
    /// Whose.
    pub tenant: TenantId,
    /// Its identity.
    pub commit: CommitId,
    /// The engine's clock in microseconds since 1970.
    pub at: i64,
    /// What must still hold.
    pub guards: Vec<Guard>,
    /// The commit as of which the guards were read, where they were: they hold as long as no other commit follows it. No
    /// part of what the batch is.
    pub as_of: Option<Seq>,
    /// The writes, judged one after another.
    pub ops: Vec<Op>,
}

/// A batch that took effect.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Applied {
    /// Its place in the tenant's order.
    pub seq: Seq,
    /// It was there before; nothing was done now.
    pub replayed: bool,
}

/// One line of the journal: that a row was written, not what it held.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Change {
    /// The commit's place.
    pub seq: Seq,
    /// The commit.
    pub commit: CommitId,
    /// Its engine clock.
    pub at: i64,
    /// The row.
    pub key: Key,
    /// The version that was written; of a purge, the version that was removed.
    pub version: u64,
    /// Removed for good.
    pub purged: bool,
}

/// Counts, and sums of one column, in groups.
#[derive(Clone, Debug)]
pub struct AggSpec<'a> {
    /// Of what.
    pub kind: Kind,
    /// Grouped by these columns.
    pub group: &'a [FieldId],
    /// The sum of this number column; `None` counts.
    pub sum: Option<FieldId>,
}

/// Whether a store aggregated by itself; the engine's own fold is the reference.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Pushed {
    /// It did.
    Done,
    /// It cannot; nothing was pushed.
    NotSupported,
}

/// What a store is good for. Never a difference in meaning.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Caps {
    /// After `Ok`, a batch survives kill -9 and power loss (C7).
    pub durable: bool,
    /// Several processes may have it open.
    pub multi_process: bool,
    /// Another handle sees a batch as soon as `apply` returned.
    pub read_your_writes_across_handles: bool,
    /// `aggregate` works.
    pub push_agg: bool,
    /// Operations in a batch.
    pub max_batch_ops: u32,
    /// Bytes in a batch.
    pub max_batch_bytes: u64,
    /// Bytes in one text or bytes value.
    pub max_value_bytes: u64,
    /// The schema's version.
    pub schema_version: u32,
}

impl Caps {
    /// Operations in a batch, as the stores of this project have it.
    pub const BATCH_OPS_MAX: u32 = 10_000;
    /// Bytes in a batch, as the stores of this project have it.
    pub const BATCH_BYTES_MAX: u64 = 16 << 20;
    /// Bytes in a value, as the stores of this project have it.
    pub const VALUE_BYTES_MAX: u64 = 1 << 20;
}

/// What an operator asks of a store.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Admin {
    /// What `Migrate` would do, as statements.
    Plan,
    /// Bring the schema to this version.
    Migrate,
    /// Compare tables, indexes, journal and sequence with one another; a row for each fault.
    Check,
    /// Forget journal lines up to this place.
    Trim {
        /// Whose.
        tenant: TenantId,
        /// Up to and with this commit.
        through: Seq,
    },
    /// The tenants there are.
    ListTenants,
    /// Remove a tenant and every row of it.
    PurgeTenant(TenantId),
    /// A consistent copy into a file of the adapter's own format.
    Backup {
        /// Where to.
        path: String,
    },
}

/// What an admin call answers.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum AdminRow {
    /// A statement of a plan.
    Statement(String),
    /// A fault that `Check` found.
    Fault(String),
    /// A tenant and its head.
    Tenant(TenantId, Seq),
}

/// What the thread that reads will do next.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Next {
    /// It commits, soon: writers may be made to wait for the end of the reading.
    Commit,
    /// It reads on, or does not know; others go on writing.
    Other,
}

/// One state of a store: however often it is read, and whatever is written meanwhile, every call answers from the same
/// snapshot and reports its head. It ends when it is dropped.
pub trait Reading {
    /// As [`Store::get`].
    ///
    /// # Errors
    ///
    /// See [`StoreError`].
    fn get(
        &self,
        tenant: TenantId,
        keys: &[Key],
        sink: &mut dyn FnMut(usize, Seq, &Record) -> Flow,
    ) -> StoreResult<Seq>;

    /// As [`Store::scan`].
    ///
    /// # Errors
    ///
    /// See [`StoreError`].
    fn scan(&self, scan: &Scan<'_>, sink: &mut dyn FnMut(Row<'_>) -> Flow) -> StoreResult<ScanEnd>;
}

/// A place where records live. The contract is C1–C16 of the storage guide; the conformance kit checks every line.
pub trait Store: Send + Sync {
    /// What it is good for.
    fn caps(&self) -> Caps;

    /// The rows of `keys` that are there, soft-deleted ones too, with their position among the keys; one snapshot.
    ///
    /// # Errors
    ///
    /// See [`StoreError`].
    fn get(
        &self,
        tenant: TenantId,
        keys: &[Key],
        sink: &mut dyn FnMut(usize, Seq, &Record) -> Flow,
    ) -> StoreResult<Seq>;

    /// One page of a listing; one snapshot.
    ///
    /// # Errors
    ///
    /// See [`StoreError`].
    fn scan(&self, scan: &Scan<'_>, sink: &mut dyn FnMut(Row<'_>) -> Flow) -> StoreResult<ScanEnd>;

    /// One state to read from, as often as wanted; `None` from a store that has only single calls, which is always right.
    ///
    /// Whoever holds one drops it before it writes: an `apply` or `admin` of its thread may be `Invalid` meanwhile. `next`
    /// is a hint, on which no answer depends.
    ///
    /// # Errors
    ///
    /// See [`StoreError`].
    fn reading(&self, _next: Next) -> StoreResult<Option<Box<dyn Reading + '_>>> {
        Ok(None)
    }

    /// As if one after another; each batch atomic by itself; may share one physical transaction; `Ok` only once durable.
    fn apply(&self, batches: &[Batch]) -> Vec<StoreResult<Applied>>;

    /// Journal lines after `after`: whole commits only, in order, none skipped, at least one where there is one, then
    /// as many as fit into `limit` lines; returns the head. `wait` is a hint.
    ///
    /// # Errors
    ///
    /// See [`StoreError`].
    fn changes(
        &self,
        tenant: TenantId,
        after: Seq,
        limit: u32,
        wait: Duration,
        sink: &mut dyn FnMut(&Change) -> Flow,
    ) -> StoreResult<Seq>;

    /// Counts or sums over rows that are not deleted, in groups.
    ///
    /// # Errors
    ///
    /// See [`StoreError`].
    fn aggregate(
        &self,
        tenant: TenantId,
        spec: &AggSpec<'_>,
        sink: &mut dyn FnMut(&[Val], i128) -> Flow,
    ) -> StoreResult<Pushed>;

    /// An operator's work.
    ///
    /// # Errors
    ///
    /// See [`StoreError`].
    fn admin(&self, admin: &Admin, out: &mut dyn FnMut(&AdminRow) -> Flow) -> StoreResult<()>;
}

/// Object safety is a compile-time test.
const _: Option<&dyn Store> = None;
