//! Many rows brought in at once: the indexes of kinds that have no row yet are made last, in one pass over what is there,
//! instead of a little with each row.
//!
//! Unique listings keep theirs, since writing asks them. What is missing is missing in `crm_schema` too, so whoever opens
//! the file next makes it: also where this process is killed, and where another one opens the file meanwhile. A listing
//! that is read without its index is sorted each time; its index is made with the next commit.

use std::collections::{BTreeMap, BTreeSet};

use crm_core::record::KindDef;
use crm_core::store::{StoreError, StoreResult};
use rusqlite::{Connection, OptionalExtension as _};

use crate::error::store_error;
use crate::schema::{self, Part};
use crate::table::{index_name, quoted};

/// The indexes that are made later.
#[derive(Debug, Default)]
pub(crate) struct Deferred {
    later: BTreeMap<String, Part>,
    /// Those of them that a listing would have needed.
    wanted: BTreeSet<String>,
}

impl Deferred {
    /// Drops the indexes of kinds without a row.
    pub(crate) fn begin(conn: &Connection) -> StoreResult<Self> {
        let mut later = BTreeMap::new();
        in_transaction(conn, |conn| {
            for def in schema::stored_kinds() {
                let sql = format!("SELECT 1 FROM {} LIMIT 1", quoted(def.name));
                let row = conn.query_row(&sql, [], |_| Ok(())).optional().map_err(store_error)?;
                if row.is_none() {
                    later.extend(dropped(conn, def)?);
                }
            }
            schema::unfinished(conn)
        })?;
        // More of what is written stays at hand: pages that are split again and again.
        conn.execute_batch("PRAGMA cache_size = -64000").map_err(store_error)?;
        Ok(Self { later, wanted: BTreeSet::new() })
    }

    /// Whether nothing is left to be made.
    pub(crate) fn is_done(&self) -> bool {
        self.later.is_empty()
    }

    /// A listing would have needed this index.
    pub(crate) fn want(&mut self, index: String) {
        if self.later.contains_key(&index) {
            self.wanted.insert(index);
        }
    }

    /// Makes the indexes that were needed.
    pub(crate) fn make_wanted(&mut self, conn: &Connection) -> StoreResult<()> {
        if self.wanted.is_empty() {
            return Ok(());
        }
        let mut parts = self.wanted.iter().filter_map(|index| self.later.get(index));
        in_transaction(conn, |conn| parts.try_for_each(|part| schema::made(conn, part)))?;
        for index in core::mem::take(&mut self.wanted) {
            self.later.remove(&index);
        }
        Ok(())
    }

    /// Makes all that are left. What is sorted for it goes to files, however much it is.
    pub(crate) fn finish(&mut self, conn: &Connection) -> StoreResult<()> {
        if self.is_done() {
            return Ok(());
        }
        conn.execute_batch("PRAGMA temp_store = FILE").map_err(store_error)?;
        schema::migrate(conn, None, &schema::stored_kinds())?;
        *self = Self::default();
        conn.execute_batch("PRAGMA temp_store = MEMORY; PRAGMA cache_size = -16000")
            .map_err(store_error)
    }
}

/// Drops the indexes of a kind that writing does not ask.
fn dropped(conn: &Connection, def: &KindDef) -> StoreResult<Vec<(String, Part)>> {
    let names = def.indexes.iter().map(|index| index_name(def, index));
    let mut parts = Vec::new();
    for (name, part) in names.filter_map(|name| Some((name.clone(), schema::index(def, &name)?))) {
        let sql = format!("DROP INDEX IF EXISTS {}", quoted(&name));
        conn.execute_batch(&sql).map_err(store_error)?;
        schema::forgotten(conn, &part)?;
        parts.push((name, part));
    }
    Ok(parts)
}

fn in_transaction(
    conn: &Connection,
    work: impl FnOnce(&Connection) -> StoreResult<()>,
) -> StoreResult<()> {
    conn.execute_batch("BEGIN IMMEDIATE").map_err(store_error)?;
    let done = work(conn).and_then(|()| conn.execute_batch("COMMIT").map_err(store_error));
    if done.is_err() && !conn.is_autocommit() {
        conn.execute_batch("ROLLBACK").map_err(|_| StoreError::Poisoned)?;
    }
    done
}
