//! Batches into one transaction: a savepoint for each, one sync for all.

use crm_core::record::{IndexDef, Key, Record};
use crm_core::store::judge::{self, Draft};
use crm_core::store::{Applied, Batch, Caps, Change, Seq, StoreError, StoreResult, TenantId};
use rusqlite::{Connection, OptionalExtension as _, Transaction, params};

use crate::error::{commit_error, is_refusal, store_error};
use crate::read::head;
use crate::run_cached;
use crate::table::{bind, bind_record, table};

/// What became of a group, and whether the connection can still be trusted.
pub(crate) struct Group {
    pub(crate) results: Vec<StoreResult<Applied>>,
    pub(crate) trusted: bool,
}

/// Applies a group. A refused batch leaves the others alone; anything else that goes wrong undoes them all.
pub(crate) fn apply(conn: &Connection, batches: &[Batch], caps: &Caps) -> Group {
    let mut results: Vec<StoreResult<Applied>> = Vec::with_capacity(batches.len());
    let mut trusted = true;
    if let Err(error) = write(conn, batches, caps, &mut results) {
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
    batches: &[Batch],
    caps: &Caps,
    results: &mut Vec<StoreResult<Applied>>,
) -> Result<(), Failure> {
    run_cached(conn, "BEGIN IMMEDIATE")?;
    let mut wrote = false;
    for batch in batches {
        let applied = judge::check_batch(batch, caps).and_then(|()| in_savepoint(conn, batch));
        match applied {
            Err(error) if !is_refusal(&error) => return Err(Failure::Before(error)),
            applied => {
                wrote |= matches!(&applied, Ok(applied) if !applied.replayed);
                results.push(applied);
            }
        }
    }
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
    let caps = Caps {
        durable: true,
        multi_process: true,
        read_your_writes_across_handles: true,
        push_agg: true,
        max_batch_ops: Caps::BATCH_OPS_MAX,
        max_batch_bytes: Caps::BATCH_BYTES_MAX,
        max_value_bytes: Caps::VALUE_BYTES_MAX,
        schema_version: crate::schema::VERSION,
    };
    judge::check_batch(batch, &caps)?;
    in_savepoint(transaction, batch)
}

fn in_savepoint(conn: &Connection, batch: &Batch) -> StoreResult<Applied> {
    run_cached(conn, "SAVEPOINT crm_batch").map_err(store_error)?;
    let applied = one(conn, batch);
    if applied.is_err() && !conn.is_autocommit() {
        run_cached(conn, "ROLLBACK TO crm_batch").map_err(store_error)?;
    }
    if !conn.is_autocommit() {
        run_cached(conn, "RELEASE crm_batch").map_err(store_error)?;
    }
    applied
}

fn one(conn: &Connection, batch: &Batch) -> StoreResult<Applied> {
    let tenant = batch.tenant.0.cast_signed();
    let commit = batch.commit.0.as_bytes().as_slice();
    let digest = judge::digest(batch).cast_signed();
    let sql = "SELECT seq, digest FROM crm_commit WHERE tenant = ?1 AND commit_id = ?2";
    let mut known = conn.prepare_cached(sql).map_err(store_error)?;
    let known = known.query_row(params![tenant, commit], |row| {
        Ok((row.get::<_, i64>(0)?, row.get::<_, i64>(1)?))
    });
    match known.optional().map_err(store_error)? {
        Some((seq, known)) if known == digest => {
            return Ok(Applied { seq: Seq(seq.cast_unsigned()), replayed: true });
        }
        Some(_) => return Err(StoreError::CommitReused),
        None => {}
    }
    let (head, _) = head(conn, batch.tenant)?;
    let seq = Seq(head.0.saturating_add(1));
    let sql = "INSERT INTO crm_head (tenant, seq) VALUES (?1, ?2) \
               ON CONFLICT (tenant) DO UPDATE SET seq = excluded.seq";
    let mut stmt = conn.prepare_cached(sql).map_err(store_error)?;
    stmt.execute([tenant, seq.0.cast_signed()]).map_err(store_error)?;
    judge::judge(batch, seq, &mut Writing { conn, tenant })?;
    let sql = "INSERT INTO crm_commit (tenant, commit_id, seq, digest) VALUES (?1, ?2, ?3, ?4)";
    let mut stmt = conn.prepare_cached(sql).map_err(store_error)?;
    stmt.execute(params![tenant, commit, seq.0.cast_signed(), digest]).map_err(store_error)?;
    Ok(Applied { seq, replayed: false })
}

/// A batch being written.
struct Writing<'a> {
    conn: &'a Connection,
    tenant: i64,
}

impl Writing<'_> {
    fn put(&self, seq: Seq, rec: &Record, found: bool) -> rusqlite::Result<()> {
        let Ok(table) = table(rec.def.kind) else { return Ok(()) };
        let sql = if found { &table.update } else { &table.insert };
        let mut stmt = self.conn.prepare_cached(sql)?;
        bind_record(&mut stmt, self.tenant, seq, rec)?;
        stmt.raw_execute().map(drop)
    }

    fn taken(&self, index: &IndexDef, rec: &Record) -> rusqlite::Result<bool> {
        let Ok(table) = table(rec.def.kind) else { return Ok(false) };
        let mut stmt = self.conn.prepare_cached(table.unique(index.id))?;
        stmt.raw_bind_parameter(1, self.tenant)?;
        stmt.raw_bind_parameter(2, rec.id.as_bytes().as_slice())?;
        for (col, at) in index.cols.iter().zip(3..) {
            bind(&mut stmt, at, &rec.get(*col))?;
        }
        let found = stmt.raw_query().next()?.is_some();
        Ok(found)
    }
}

impl Draft for Writing<'_> {
    fn version(&mut self, key: Key) -> StoreResult<Option<u64>> {
        let mut stmt = self.conn.prepare_cached(&table(key.kind)?.version).map_err(store_error)?;
        let version = stmt.query_row(params![self.tenant, key.id.as_bytes().as_slice()], |row| {
            row.get::<_, i64>(0)
        });
        Ok(version.optional().map_err(store_error)?.map(i64::cast_unsigned))
    }

    fn taken(&mut self, index: &IndexDef, rec: &Record) -> StoreResult<bool> {
        Writing::taken(self, index, rec).map_err(store_error)
    }

    fn put(&mut self, seq: Seq, rec: &Record, found: bool) -> StoreResult<()> {
        Writing::put(self, seq, rec, found).map_err(store_error)
    }

    fn purge(&mut self, key: Key) -> StoreResult<()> {
        let mut stmt = self.conn.prepare_cached(&table(key.kind)?.purge).map_err(store_error)?;
        let purged = stmt.execute(params![self.tenant, key.id.as_bytes().as_slice()]);
        purged.map(drop).map_err(store_error)
    }

    fn journal(&mut self, line: u32, change: &Change) -> StoreResult<()> {
        let sql = "INSERT INTO crm_journal (tenant, seq, line, commit_id, at, kind, id, version, purged) \
                   VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9)";
        let mut stmt = self.conn.prepare_cached(sql).map_err(store_error)?;
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
        stmt.execute(row).map(drop).map_err(store_error)
    }
}
