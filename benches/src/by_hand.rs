//! What every program by hand does alike: it opens its file durably, counts its commits, and remembers each.

use std::path::Path;

use rusqlite::{Connection, params};
use uuid::Uuid;

use crate::Failure;

/// Its connection, with room for so many prepared statements.
pub(crate) fn open(path: &Path, statements: usize) -> Result<Connection, Failure> {
    let conn = Connection::open(path)?;
    conn.set_prepared_statement_cache_capacity(statements);
    let mode: String = conn.query_row("PRAGMA journal_mode = WAL", [], |row| row.get(0))?;
    assert_eq!(mode, "wal");
    conn.execute_batch("PRAGMA synchronous = FULL; PRAGMA cache_size = -16000")?;
    Ok(conn)
}

/// Moves the head on, and says where it is then.
pub(crate) fn next_seq(conn: &Connection) -> Result<i64, Failure> {
    let head = "SELECT seq FROM crm_head WHERE tenant = 1";
    let seq: i64 = conn.prepare_cached(head)?.query_row([], |row| row.get(0))?;
    let seq = seq + 1;
    conn.prepare_cached("UPDATE crm_head SET seq = ?1 WHERE tenant = 1")?.execute([seq])?;
    Ok(seq)
}

/// Remembers a commit; its digest is made up.
pub(crate) fn remember(conn: &Connection, commit: Uuid, seq: i64) -> Result<(), Failure> {
    let sql = "INSERT INTO crm_commit (tenant, commit_id, seq, digest) VALUES (1, ?1, ?2, ?3)";
    let commit = commit.as_bytes().as_slice();
    conn.prepare_cached(sql)?.execute(params![commit, seq, i64::MAX - seq])?;
    Ok(())
}
