//! Batches into one transaction: a savepoint for each, one sync for all.

use std::collections::BTreeMap;
use std::time::{Duration, Instant};

use crm_core::record::{IndexDef, Key, Record};
use crm_core::store::judge::{self, Draft};
use crm_core::store::{
    Applied, Batch, Caps, Change, Expect, Seq, StoreError, StoreResult, TenantId,
};
use rusqlite::{CachedStatement, Connection, OptionalExtension as _, Transaction, params};

use crate::error::{commit_error, is_refusal, store_error};
use crate::read::head;
use crate::run_cached;
use crate::table::{Table, bind, bind_changed, bind_record, changed, table, unsigned};

/// What became of a group, and whether the connection can still be trusted.
pub(crate) struct Group {
    pub(crate) results: Vec<StoreResult<Applied>>,
    pub(crate) trusted: bool,
}

/// What the writer knows of the file since it last saw that nobody else had written: versions that were asked for, so
/// that the rules which every decision guards are not looked up for each.
#[derive(Debug, Default)]
pub(crate) struct Known {
    /// SQLite's count of others' commits, as this connection saw it last.
    others: Option<i64>,
    heads: BTreeMap<i64, Seq>,
    versions: BTreeMap<(i64, Key), Option<u64>>,
}

impl Known {
    /// Versions that are remembered at most; beyond, all are forgotten.
    const VERSIONS_MAX: usize = 4_096;

    /// Forgets everything, unless nobody else has written. Within a transaction of `conn`.
    fn refresh(&mut self, conn: &Connection) -> rusqlite::Result<()> {
        let others = conn.prepare_cached("PRAGMA data_version")?.query_row([], |row| row.get(0))?;
        if self.others != Some(others) {
            *self = Self { others: Some(others), ..Self::default() };
        }
        Ok(())
    }

    /// What is stored under a key after a write, where that is known.
    fn wrote(&mut self, tenant: i64, key: Key, version: Option<u64>) {
        if let Some(known) = self.versions.get_mut(&(tenant, key)) {
            *known = version;
        }
    }

    fn learn(&mut self, tenant: i64, key: Key, version: Option<u64>) {
        if self.versions.len() >= Self::VERSIONS_MAX {
            self.versions.clear();
        }
        self.versions.insert((tenant, key), version);
    }
}

/// A connection's statements, each at hand once it was used.
struct Statements<'c> {
    conn: &'c Connection,
    ready: Vec<(&'static str, CachedStatement<'c>)>,
}

impl<'c> Statements<'c> {
    const fn of(conn: &'c Connection) -> Self {
        Self { conn, ready: Vec::new() }
    }

    fn get(&mut self, sql: &'static str) -> rusqlite::Result<&mut CachedStatement<'c>> {
        let known = self.ready.iter().position(|(known, _)| core::ptr::eq(*known, sql));
        let at = match known {
            Some(at) => at,
            None => {
                self.ready.push((sql, self.conn.prepare_cached(sql)?));
                self.ready.len().saturating_sub(1)
            }
        };
        let ready = self.ready.get_mut(at).map(|(_, statement)| statement);
        ready.ok_or(rusqlite::Error::InvalidQuery)
    }
}

/// Applies a group. A refused batch leaves the others alone; anything else that goes wrong undoes them all.
pub(crate) fn apply(
    conn: &Connection,
    known: &mut Known,
    batches: &[Batch],
    caps: &Caps,
    patience: Duration,
) -> Group {
    let mut results: Vec<StoreResult<Applied>> = Vec::with_capacity(batches.len());
    let mut trusted = true;
    let begun = begin(conn, patience).map_err(Failure::from);
    if let Err(error) = begun.and_then(|()| write(conn, known, batches, caps, &mut results)) {
        *known = Known::default();
        let error = match error {
            Failure::Before(error) => error,
            Failure::Commit(error) => {
                let (error, still_trusted) = commit_error(error);
                trusted = still_trusted;
                error
            }
        };
        // What SQLite has not rolled back by itself; if that fails too, the handle is of no use.
        trusted &= conn.is_autocommit() || run_cached(conn, "ROLLBACK").is_ok();
        fail(batches, &mut results, &error);
    }
    Group { results, trusted }
}

/// Takes the write lock. SQLite's own waiting sleeps up to 100 ms between two looks, so a process that commits back to
/// back would starve another on a slow disk; this one looks every millisecond.
fn begin(conn: &Connection, patience: Duration) -> rusqlite::Result<()> {
    conn.busy_timeout(Duration::ZERO)?;
    let mut until = None;
    let begun = loop {
        match run_cached(conn, "BEGIN IMMEDIATE") {
            Err(error) if is_busy(&error) => {
                let now = Instant::now();
                let until = until.get_or_insert_with(|| now.checked_add(patience));
                if until.is_some_and(|until| until <= now) {
                    break Err(error);
                }
                std::thread::sleep(Duration::from_millis(1));
            }
            begun => break begun,
        }
    };
    conn.busy_timeout(patience)?;
    begun
}

fn is_busy(error: &rusqlite::Error) -> bool {
    error.sqlite_error_code() == Some(rusqlite::ErrorCode::DatabaseBusy)
}

/// Why a whole group failed.
enum Failure {
    /// Nothing was asked to be committed.
    Before(StoreError),
    /// The commit itself.
    Commit(rusqlite::Error),
}

impl From<rusqlite::Error> for Failure {
    fn from(error: rusqlite::Error) -> Self {
        Self::Before(store_error(error))
    }
}

fn write(
    conn: &Connection,
    known: &mut Known,
    batches: &[Batch],
    caps: &Caps,
    results: &mut Vec<StoreResult<Applied>>,
) -> Result<(), Failure> {
    known.refresh(conn)?;
    let mut wrote = false;
    let mut statements = Statements::of(conn);
    for batch in batches {
        let applied = judge::check_batch(batch, caps).and_then(|()| match batches {
            // The transaction is its own savepoint.
            [_] => one(&mut statements, known, batch),
            _ => in_savepoint(&mut statements, known, batch),
        });
        match applied {
            Err(error) if !is_refusal(&error) => return Err(Failure::Before(error)),
            applied => {
                if applied.is_err() {
                    *known = Known::default();
                }
                wrote |= matches!(&applied, Ok(applied) if !applied.replayed);
                results.push(applied);
            }
        }
    }
    drop(statements);
    if wrote {
        run_cached(conn, "COMMIT").map_err(Failure::Commit)
    } else {
        Ok(run_cached(conn, "ROLLBACK")?)
    }
}

/// Gives every batch of a failed group its error, but for those that were committed long before.
fn fail(batches: &[Batch], results: &mut Vec<StoreResult<Applied>>, error: &StoreError) {
    let fresh: Vec<(TenantId, Seq)> = (batches.iter().zip(results.iter()))
        .filter_map(|(batch, result)| match result {
            Ok(Applied { seq, replayed: false }) => Some((batch.tenant, *seq)),
            Ok(Applied { replayed: true, .. }) | Err(_) => None,
        })
        .collect();
    for (batch, result) in batches.iter().zip(results.iter_mut()) {
        let undone = |applied: &Applied| fresh.contains(&(batch.tenant, applied.seq));
        if result.as_ref().is_ok_and(undone) {
            *result = Err(error.clone());
        }
    }
    results.resize(batches.len(), Err(error.clone()));
}

/// What a durable store of this crate can do.
pub(crate) const CAPS: Caps = Caps {
    durable: true,
    multi_process: true,
    read_your_writes_across_handles: true,
    push_agg: true,
    max_batch_ops: Caps::BATCH_OPS_MAX,
    max_batch_bytes: Caps::BATCH_BYTES_MAX,
    max_value_bytes: Caps::VALUE_BYTES_MAX,
    schema_version: crate::schema::VERSION,
};

/// Applies a batch within a transaction that the host began on this file, together with the host's own writes.
///
/// It takes effect when the host commits, and not at all if the host rolls back; so there is no group, and nothing is
/// ever `Unknown` here. The file must have been opened once as a store of this version, which makes the tables. Begin
/// the transaction as `IMMEDIATE`: one that first reads and then writes may be `Busy` at once.
///
/// # Errors
///
/// As [`Store::apply`](crm_core::store::Store::apply); after an error the batch has left nothing in the transaction.
pub fn apply_in(transaction: &Transaction<'_>, batch: &Batch) -> StoreResult<Applied> {
    judge::check_batch(batch, &CAPS)?;
    in_savepoint(&mut Statements::of(transaction), &mut Known::default(), batch)
}

fn in_savepoint(
    statements: &mut Statements<'_>,
    known: &mut Known,
    batch: &Batch,
) -> StoreResult<Applied> {
    let conn = statements.conn;
    run_cached(conn, "SAVEPOINT crm_batch").map_err(store_error)?;
    let applied = one(statements, known, batch);
    if applied.is_err() && !conn.is_autocommit() {
        run_cached(conn, "ROLLBACK TO crm_batch").map_err(store_error)?;
    }
    if !conn.is_autocommit() {
        run_cached(conn, "RELEASE crm_batch").map_err(store_error)?;
    }
    applied
}

const COMMIT: &str =
    "INSERT INTO crm_commit (tenant, commit_id, seq, digest) VALUES (?1, ?2, ?3, ?4)";
const COMMITTED: &str = "SELECT seq, digest FROM crm_commit WHERE tenant = ?1 AND commit_id = ?2";
const HEAD: &str = "INSERT INTO crm_head (tenant, seq) VALUES (?1, ?2) \
                    ON CONFLICT (tenant) DO UPDATE SET seq = excluded.seq";
const JOURNAL: &str = "INSERT INTO crm_journal (tenant, seq, line, commit_id, at, kind, id, version, purged) \
                       VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9)";

/// Applies one batch in an open transaction; after an error something of it may be left.
fn one(statements: &mut Statements<'_>, known: &mut Known, batch: &Batch) -> StoreResult<Applied> {
    let tenant = batch.tenant.0.cast_signed();
    let commit = batch.commit.0.as_bytes().as_slice();
    let digest = judge::digest(batch).cast_signed();
    let last = match known.heads.get(&tenant) {
        Some(last) => *last,
        None => head(statements.conn, batch.tenant)?.0,
    };
    let seq = Seq(last.0.saturating_add(1));
    let new = params![tenant, commit, seq.0.cast_signed(), digest];
    match statements.get(COMMIT).and_then(|statement| statement.execute(new)) {
        Ok(_) => {}
        Err(error) if is_constraint(&error) => return replayed(statements, batch, digest),
        Err(error) => return Err(store_error(error)),
    }
    let head = statements.get(HEAD).and_then(|head| head.execute([tenant, seq.0.cast_signed()]));
    head.map_err(store_error)?;
    known.heads.insert(tenant, seq);
    judge::judge(batch, seq, &mut Writing { statements, known, tenant })?;
    Ok(Applied { seq, replayed: false })
}

/// The answer to a commit id that is there.
fn replayed(statements: &mut Statements<'_>, batch: &Batch, digest: i64) -> StoreResult<Applied> {
    let of = params![batch.tenant.0.cast_signed(), batch.commit.0.as_bytes().as_slice()];
    let first = statements.get(COMMITTED).and_then(|statement| {
        statement.query_row(of, |row| Ok((row.get::<_, i64>(0)?, row.get::<_, i64>(1)?)))
    });
    match first.map_err(store_error)? {
        (seq, known) if known == digest => {
            Ok(Applied { seq: Seq(seq.cast_unsigned()), replayed: true })
        }
        _ => Err(StoreError::CommitReused),
    }
}

/// Whether a statement failed since a row has its values already; it has written nothing then.
fn is_constraint(error: &rusqlite::Error) -> bool {
    error.sqlite_error_code() == Some(rusqlite::ErrorCode::ConstraintViolation)
}

/// A batch being written.
struct Writing<'a, 'c> {
    statements: &'a mut Statements<'c>,
    known: &'a mut Known,
    tenant: i64,
}

impl Writing<'_, '_> {
    /// Writes a row by a statement that binds it whole.
    fn row(&mut self, sql: &'static str, seq: Seq, rec: &Record) -> rusqlite::Result<()> {
        let statement = self.statements.get(sql)?;
        bind_record(statement, self.tenant, seq, rec)?;
        statement.raw_execute().map(drop)
    }

    /// Writes what changes of a row, so that only the indexes are touched that it moves in; whether there is one, of the
    /// version `over` where that is said.
    fn change(
        &mut self,
        table: &'static Table,
        seq: Seq,
        rec: &Record,
        over: Option<u64>,
    ) -> rusqlite::Result<bool> {
        let stored = self.statements.get(&table.get)?;
        stored.raw_bind_parameter(1, self.tenant)?;
        stored.raw_bind_parameter(2, rec.id.as_bytes().as_slice())?;
        let mut rows = stored.raw_query();
        let Some(row) = rows.next()? else { return Ok(false) };
        if over.is_some() && unsigned(row.get_ref(2)?) != over {
            return Ok(false);
        }
        let columns = changed(row, rec)?;
        drop(rows);
        match columns.and_then(|columns| Some((columns, table.update_of(columns)?))) {
            Some((columns, sql)) => {
                let statement = self.statements.get(sql)?;
                bind_changed(statement, self.tenant, seq, rec, columns)?;
                statement.raw_execute()?;
            }
            None => self.row(&table.update, seq, rec)?,
        }
        Ok(true)
    }

    fn taken(&mut self, index: &IndexDef, rec: &Record) -> rusqlite::Result<bool> {
        let Ok(table) = table(rec.def.kind) else { return Ok(false) };
        let statement = self.statements.get(table.unique(index.id))?;
        statement.raw_bind_parameter(1, self.tenant)?;
        statement.raw_bind_parameter(2, rec.id.as_bytes().as_slice())?;
        for (col, at) in index.cols.iter().zip(3..) {
            bind(statement, at, &rec.get(*col))?;
        }
        let found = statement.raw_query().next()?.is_some();
        Ok(found)
    }

    fn stored(&mut self, key: Key) -> StoreResult<Option<u64>> {
        let of = params![self.tenant, key.id.as_bytes().as_slice()];
        let statement = self.statements.get(&table(key.kind)?.version).map_err(store_error)?;
        let version = statement.query_row(of, |row| row.get::<_, i64>(0));
        Ok(version.optional().map_err(store_error)?.map(i64::cast_unsigned))
    }
}

impl Draft for Writing<'_, '_> {
    fn version(&mut self, key: Key) -> StoreResult<Option<u64>> {
        if let Some(known) = self.known.versions.get(&(self.tenant, key)) {
            return Ok(*known);
        }
        let version = self.stored(key)?;
        self.known.learn(self.tenant, key, version);
        Ok(version)
    }

    fn taken(&mut self, index: &IndexDef, rec: &Record) -> StoreResult<bool> {
        Writing::taken(self, index, rec).map_err(store_error)
    }

    fn put_if(&mut self, seq: Seq, rec: &Record, expect: Expect) -> StoreResult<bool> {
        let table = table(rec.def.kind)?;
        let done = match expect {
            Expect::Absent => self.row(&table.insert, seq, rec).map(|()| true),
            Expect::Version(version) => self.change(table, seq, rec, Some(version)),
        };
        match done {
            Ok(false) => Ok(false),
            Ok(true) => {
                self.known.wrote(self.tenant, rec.key(), Some(rec.version));
                Ok(true)
            }
            Err(error) if is_constraint(&error) => Ok(false),
            Err(error) => Err(store_error(error)),
        }
    }

    fn put(&mut self, seq: Seq, rec: &Record, found: bool) -> StoreResult<()> {
        let table = table(rec.def.kind)?;
        let done = match found {
            true => self.change(table, seq, rec, None).map(drop),
            false => self.row(&table.insert, seq, rec),
        };
        done.map_err(store_error)?;
        self.known.wrote(self.tenant, rec.key(), Some(rec.version));
        Ok(())
    }

    fn purge(&mut self, key: Key) -> StoreResult<()> {
        let of = params![self.tenant, key.id.as_bytes().as_slice()];
        let purge = self.statements.get(&table(key.kind)?.purge);
        purge.and_then(|statement| statement.execute(of)).map_err(store_error)?;
        self.known.wrote(self.tenant, key, None);
        Ok(())
    }

    fn journal(&mut self, line: u32, change: &Change) -> StoreResult<()> {
        let row = params![
            self.tenant,
            change.seq.0.cast_signed(),
            line,
            change.commit.0.as_bytes().as_slice(),
            change.at,
            change.key.kind.code(),
            change.key.id.as_bytes().as_slice(),
            change.version.cast_signed(),
            change.purged,
        ];
        let journal = self.statements.get(JOURNAL);
        journal.and_then(|statement| statement.execute(row)).map(drop).map_err(store_error)
    }
}
