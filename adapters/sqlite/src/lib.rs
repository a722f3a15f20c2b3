//! The storage port over SQLite: typed tables made from metadata, write-ahead log, one sync for a group of batches.
//!
//! ```no_run
//! use crm_sqlite::SqliteStore;
//! let store = SqliteStore::open("crm.db")?;
//! # Ok::<(), crm_core::store::StoreError>(())
//! ```
//!
//! Tables are for this crate; reports read the views `crm_v_<kind>`. A host that has the file open in a transaction of
//! its own commits a batch with it by [`apply_in`]; one in another language runs the [`script`] of the batch.

mod admin;
mod error;
mod load;
mod read;
mod schema;
mod script;
mod table;
mod views;
mod write;

use core::cell::Cell;
use std::path::{Path, PathBuf};
use std::sync::{
    Mutex, MutexGuard, PoisonError,
    atomic::{AtomicBool, Ordering},
};
use std::time::{Duration, Instant};

use crm_core::record::{Key, Record, Val};
use crm_core::store::{
    Admin, AdminRow, AggSpec, Applied, Batch, Calling, Caps, Change, Flow, Next, Pushed, Reading,
    Row, Scan, ScanEnd, Seq, Store, StoreError, StoreResult, TenantId, judge,
};
use rusqlite::{Connection, OpenFlags, config::DbConfig};

use crate::error::store_error;
pub use crate::script::script;
pub use crate::write::apply_in;

/// What a commit survives once it was acknowledged.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Durability {
    /// Kill and power loss: one sync for each commit or group.
    #[default]
    Full,
    /// Kill, not power loss: the last commits may be gone, the file is whole.
    Normal,
}

/// How a store is opened.
#[derive(Clone, Debug)]
pub struct Options {
    /// What a commit survives.
    pub durability: Durability,
    /// How long a write waits for another process before it is `Busy`.
    pub busy_timeout: Duration,
    /// Neither writes nor migrates.
    pub read_only: bool,
    /// The file's size in pages of 4 KiB at most; beyond, writes are `Full`.
    pub max_pages: Option<u32>,
    /// Many rows will be brought in: indexes of kinds that have no row yet are made last, by [`SqliteStore::finish_load`]
    /// or when the store is closed; or, where the process is killed, by whoever opens the file next. What the store
    /// promises stays the same; a listing of such a kind that others read meanwhile is slow.
    pub load: bool,
}

impl Default for Options {
    fn default() -> Self {
        Self {
            durability: Durability::Full,
            busy_timeout: Duration::from_secs(5),
            read_only: false,
            max_pages: None,
            load: false,
        }
    }
}

/// A store in one SQLite file. Threads share it: readers run beside one another and beside the writer.
#[derive(Debug)]
pub struct SqliteStore {
    path: PathBuf,
    options: Options,
    /// Closed before the writer, which then takes the log into the file.
    readers: Mutex<Vec<Connection>>,
    writer: Mutex<Option<Connection>>,
    /// What the writer knows; locked after it.
    known: Mutex<write::Known>,
    /// Indexes that are made last; locked after the writer.
    deferred: Mutex<load::Deferred>,
    /// Why nothing may be written, if nothing may.
    refusal: Option<StoreError>,
    poisoned: AtomicBool,
}

impl SqliteStore {
    /// Opens a file, making or migrating it where that is needed.
    ///
    /// # Errors
    ///
    /// `Unavailable` where the file cannot be opened or written, `Corrupt` where it is no database, `Schema` where a
    /// newer version made it, `Invalid` where one of our tables' names is somebody else's.
    pub fn open(path: impl AsRef<Path>) -> StoreResult<Self> {
        Self::open_with(path, Options::default())
    }

    /// Opens a file as `options` say.
    ///
    /// # Errors
    ///
    /// As [`SqliteStore::open`].
    pub fn open_with(path: impl AsRef<Path>, options: Options) -> StoreResult<Self> {
        let path = path.as_ref().to_owned();
        let until = Instant::now().checked_add(options.busy_timeout);
        let (writer, access) = loop {
            match prepare(&path, &options) {
                // Switching to the log and first reads after a crash do not honour the timeout.
                Err(StoreError::Busy) if until.is_some_and(|until| Instant::now() < until) => {
                    std::thread::sleep(Duration::from_millis(10));
                }
                prepared => break prepared?,
            }
        };
        let refusal = match access {
            schema::Access::Read(found) => {
                Some(StoreError::Schema { found, wanted: schema::VERSION })
            }
            schema::Access::Write if options.read_only => {
                Some(StoreError::Unsupported("writing to a store opened for reading"))
            }
            schema::Access::Write => None,
        };
        let deferred = match refusal {
            None if options.load => load::Deferred::begin(&writer)?,
            _ => load::Deferred::default(),
        };
        Ok(Self {
            path,
            options,
            deferred: Mutex::new(deferred),
            writer: Mutex::new(Some(writer)),
            known: Mutex::default(),
            readers: Mutex::default(),
            refusal,
            poisoned: AtomicBool::new(false),
        })
    }

    /// Opens a file to bring many rows in: [`Options::load`].
    ///
    /// # Errors
    ///
    /// As [`SqliteStore::open`].
    pub fn load(path: impl AsRef<Path>) -> StoreResult<Self> {
        Self::open_with(path, Options { load: true, ..Options::default() })
    }

    /// The file.
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// Makes the indexes that a store opened with [`Options::load`] has put off.
    ///
    /// # Errors
    ///
    /// The store's; then they are made when the file is opened next.
    pub fn finish_load(&self) -> StoreResult<()> {
        let writer = self.writer()?;
        let conn = writer.as_ref().ok_or(StoreError::Poisoned)?;
        *self.known() = write::Known::default();
        self.deferred().finish(conn)
    }

    fn deferred(&self) -> MutexGuard<'_, load::Deferred> {
        self.deferred.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Whether an error at a commit has made this handle untrustworthy.
    fn check_trust(&self) -> StoreResult<()> {
        if self.poisoned.load(Ordering::Acquire) { Err(StoreError::Poisoned) } else { Ok(()) }
    }

    /// A reading connection in its own snapshot, which ends with the lease.
    fn snapshot(&self) -> StoreResult<Lease<'_>> {
        self.check_trust()?;
        let kept = self.readers.lock().unwrap_or_else(PoisonError::into_inner).pop();
        let conn = match kept {
            Some(conn) => conn,
            None => connect(&self.path, &self.options, true)?,
        };
        self.begun(Lent::Reader(conn))
    }

    /// The writing connection in a snapshot, if nobody writes: what it wrote last it need not read again.
    fn warm(&self) -> StoreResult<Option<Lease<'_>>> {
        self.check_trust()?;
        let free = self.writer.try_lock().ok().filter(|writer| {
            self.refusal.is_none() && writer.as_ref().is_some_and(Connection::is_autocommit)
        });
        let Some(writer) = free else { return Ok(None) };
        let calling = Calling::enter(&self.writer)?;
        self.begun(Lent::Writer(writer, calling)).map(Some)
    }

    fn begun<'a>(&'a self, lent: Lent<'a>) -> StoreResult<Lease<'a>> {
        let lease = Lease { store: self, lent: Some(lent), head: Cell::new(None) };
        run_cached(lease.conn()?, "BEGIN").map_err(store_error)?;
        Ok(lease)
    }

    fn known(&self) -> MutexGuard<'_, write::Known> {
        self.known.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The writing connection, out of any transaction that a panic may have left.
    fn writer(&self) -> StoreResult<MutexGuard<'_, Option<Connection>>> {
        self.check_trust()?;
        if let Some(refusal) = &self.refusal {
            return Err(refusal.clone());
        }
        // A reading of this thread may hold it.
        drop(Calling::enter(&self.writer)?);
        let guard = self.writer.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(conn) = guard.as_ref()
            && !conn.is_autocommit()
        {
            run_cached(conn, "ROLLBACK").map_err(store_error)?;
            *self.known() = write::Known::default();
        }
        Ok(guard)
    }
}

/// The writer's connection to a file that has our schema.
fn prepare(path: &Path, options: &Options) -> StoreResult<(Connection, schema::Access)> {
    let conn = connect(path, options, options.read_only)?;
    if options.read_only {
        return match schema::access(&conn)? {
            Some((access, _)) => Ok((conn, access)),
            None => Err(StoreError::Schema { found: 0, wanted: schema::VERSION }),
        };
    }
    let access = schema::migrate(&conn, Some(path), &schema::stored_kinds())?;
    Ok((conn, access))
}

/// Opens a connection and sets it up.
fn connect(path: &Path, options: &Options, reading: bool) -> StoreResult<Connection> {
    let mode = if options.read_only {
        OpenFlags::SQLITE_OPEN_READ_ONLY
    } else {
        OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_CREATE
    };
    let unavailable = |what: String| {
        StoreError::Unavailable(format!(
            "{}: {what}; is its folder there, and writable?",
            path.display()
        ))
    };
    let named = |error| {
        let error = store_error(error);
        if let StoreError::Unavailable(what) = error { unavailable(what) } else { error }
    };
    let flags = mode | OpenFlags::SQLITE_OPEN_NO_MUTEX;
    let conn = Connection::open_with_flags(path, flags).map_err(named)?;
    conn.busy_timeout(options.busy_timeout).map_err(named)?;
    conn.set_prepared_statement_cache_capacity(512);
    // Without it a statement with a bound LIMIT is compiled again for each value that is bound.
    conn.set_db_config(DbConfig::SQLITE_DBCONFIG_ENABLE_QPSG, true).map_err(named)?;
    if !options.read_only {
        let mode: String =
            conn.query_row("PRAGMA journal_mode = WAL", [], |row| row.get(0)).map_err(named)?;
        if mode != "wal" {
            return Err(unavailable(format!("no write-ahead log but `{mode}`")));
        }
    }
    let synchronous = match options.durability {
        Durability::Full => "FULL",
        Durability::Normal => "NORMAL",
    };
    let query_only = if reading { "ON" } else { "OFF" };
    let pages = options.max_pages.map(|n| format!("PRAGMA max_page_count = {n};"));
    // The log may grow to 16 MB before it is carried over into the file: pages that many commits change are carried over
    // once, and the file is synced a fourth as often as after the 4 MB that SQLite proposes.
    conn.execute_batch(&format!(
        "PRAGMA synchronous = {synchronous}; PRAGMA fullfsync = ON; PRAGMA checkpoint_fullfsync = ON;
         PRAGMA secure_delete = FAST; PRAGMA temp_store = MEMORY; PRAGMA cache_size = -16000;
         PRAGMA wal_autocheckpoint = 4000; PRAGMA journal_size_limit = 67108864; PRAGMA query_only = {query_only}; {}",
        pages.unwrap_or_default()
    ))
    .map_err(named)?;
    Ok(conn)
}

/// Runs a statement that answers nothing.
fn run_cached(conn: &Connection, sql: &str) -> rusqlite::Result<()> {
    conn.prepare_cached(sql)?.execute([]).map(drop)
}

/// A connection on loan, in its snapshot.
struct Lease<'a> {
    store: &'a SqliteStore,
    lent: Option<Lent<'a>>,
    /// The head that was read last.
    head: Cell<Option<(TenantId, Seq)>>,
}

enum Lent<'a> {
    Reader(Connection),
    /// The writer, and a mark on this thread: what it writes meanwhile would wait for itself.
    Writer(
        MutexGuard<'a, Option<Connection>>,
        #[expect(dead_code, reason = "a mark while it lives")] Calling,
    ),
}

impl Lease<'_> {
    fn conn(&self) -> StoreResult<&Connection> {
        match &self.lent {
            Some(Lent::Reader(conn)) => Ok(conn),
            Some(Lent::Writer(writer, _)) => writer.as_ref().ok_or(StoreError::Poisoned),
            None => Err(StoreError::Poisoned),
        }
    }

    /// The tenant's head in this snapshot. The first thing read: it fixes the snapshot.
    fn head(&self, tenant: TenantId) -> StoreResult<Seq> {
        if let Some((_, head)) = self.head.get().filter(|(of, _)| *of == tenant) {
            return Ok(head);
        }
        let (head, _) = read::head(self.conn()?, tenant)?;
        self.head.set(Some((tenant, head)));
        Ok(head)
    }

    fn get(
        &self,
        tenant: TenantId,
        keys: &[Key],
        sink: &mut dyn FnMut(usize, Seq, &Record) -> Flow,
    ) -> StoreResult<Seq> {
        for key in keys {
            judge::stored(key.kind)?;
        }
        let as_of = self.head(tenant)?;
        read::get(self.conn()?, tenant, keys, sink)?;
        Ok(as_of)
    }

    fn scan(&self, scan: &Scan<'_>, sink: &mut dyn FnMut(Row<'_>) -> Flow) -> StoreResult<ScanEnd> {
        let of = judge::check_scan(scan)?;
        let missing = |index: String| self.store.deferred().want(index);
        read::scan(self.conn()?, self.head(scan.tenant)?, scan, of, &missing, sink)
    }
}

impl Reading for Lease<'_> {
    fn get(
        &self,
        tenant: TenantId,
        keys: &[Key],
        sink: &mut dyn FnMut(usize, Seq, &Record) -> Flow,
    ) -> StoreResult<Seq> {
        let _calling = Calling::enter(self.store)?;
        Lease::get(self, tenant, keys, sink)
    }

    fn scan(&self, scan: &Scan<'_>, sink: &mut dyn FnMut(Row<'_>) -> Flow) -> StoreResult<ScanEnd> {
        let _calling = Calling::enter(self.store)?;
        Lease::scan(self, scan, sink)
    }
}

impl Drop for Lease<'_> {
    fn drop(&mut self) {
        let over = self
            .conn()
            .is_ok_and(|conn| conn.is_autocommit() || run_cached(conn, "ROLLBACK").is_ok());
        // A writer that is still in a transaction is taken out of it by whoever writes next.
        if over && let Some(Lent::Reader(conn)) = self.lent.take() {
            self.store.readers.lock().unwrap_or_else(PoisonError::into_inner).push(conn);
        }
    }
}

impl Store for SqliteStore {
    fn caps(&self) -> Caps {
        Caps { durable: self.options.durability == Durability::Full, ..write::CAPS }
    }

    fn get(
        &self,
        tenant: TenantId,
        keys: &[Key],
        sink: &mut dyn FnMut(usize, Seq, &Record) -> Flow,
    ) -> StoreResult<Seq> {
        let _calling = Calling::enter(self)?;
        self.snapshot()?.get(tenant, keys, sink)
    }

    fn scan(&self, scan: &Scan<'_>, sink: &mut dyn FnMut(Row<'_>) -> Flow) -> StoreResult<ScanEnd> {
        let _calling = Calling::enter(self)?;
        self.snapshot()?.scan(scan, sink)
    }

    fn reading(&self, next: Next) -> StoreResult<Option<Box<dyn Reading + '_>>> {
        let warm = match next {
            Next::Commit => self.warm()?,
            Next::Other => None,
        };
        let lease = match warm {
            Some(lease) => lease,
            None => self.snapshot()?,
        };
        Ok(Some(Box::new(lease)))
    }

    fn apply(&self, batches: &[Batch]) -> Vec<StoreResult<Applied>> {
        let refuse = |error: StoreError| batches.iter().map(|_| Err(error.clone())).collect();
        let _calling = match Calling::enter(self) {
            Ok(calling) => calling,
            Err(error) => return refuse(error),
        };
        let writer = match self.writer() {
            Ok(writer) => writer,
            Err(error) => return refuse(error),
        };
        let Some(conn) = writer.as_ref() else { return refuse(StoreError::Poisoned) };
        if self.options.load
            && let Err(error) = self.deferred().make_wanted(conn)
        {
            return refuse(error);
        }
        let patience = self.options.busy_timeout;
        let group = write::apply(conn, &mut self.known(), batches, &self.caps(), patience);
        if !group.trusted {
            self.poisoned.store(true, Ordering::Release);
        }
        group.results
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
        read::changes(self.snapshot()?.conn()?, tenant, after, limit, sink)
    }

    fn aggregate(
        &self,
        tenant: TenantId,
        spec: &AggSpec<'_>,
        sink: &mut dyn FnMut(&[Val], i128) -> Flow,
    ) -> StoreResult<Pushed> {
        let _calling = Calling::enter(self)?;
        read::aggregate(self.snapshot()?.conn()?, tenant, spec, sink)?;
        Ok(Pushed::Done)
    }

    fn admin(&self, admin: &Admin, out: &mut dyn FnMut(&AdminRow) -> Flow) -> StoreResult<()> {
        let _calling = Calling::enter(self)?;
        admin::run(self, admin, out)
    }
}

impl Drop for SqliteStore {
    fn drop(&mut self) {
        if self.options.load {
            // What fails here is made when the file is opened next.
            drop(self.finish_load());
        }
    }
}

/// The README's program is a test.
#[cfg(doctest)]
#[doc = include_str!("../../../README.md")]
struct Readme;
