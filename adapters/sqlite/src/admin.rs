//! An operator's work.

use crm_core::record::KindDef;
use crm_core::store::{Admin, AdminRow, Flow, Seq, StoreError, StoreResult, TenantId};
use rusqlite::{Connection, Params, Row};

use crate::error::store_error;
use crate::schema;
use crate::table::quoted;
use crate::write::Known;
use crate::{SqliteStore, read};

pub(crate) fn run(
    store: &SqliteStore,
    admin: &Admin,
    out: &mut dyn FnMut(&AdminRow) -> Flow,
) -> StoreResult<()> {
    match admin {
        Admin::Plan => {
            let steps = schema::plan(store.snapshot()?.conn()?, &schema::stored_kinds())?;
            let _ = steps.into_iter().try_for_each(|step| out(&AdminRow::Statement(step.sql)));
            Ok(())
        }
        Admin::Migrate => with_writer(store, |conn| {
            schema::migrate(conn, Some(store.path()), &schema::stored_kinds()).map(drop)
        }),
        Admin::Check => {
            let faults = faults(store.snapshot()?.conn()?)?;
            let _ = faults.into_iter().try_for_each(|fault| out(&AdminRow::Fault(fault)));
            Ok(())
        }
        Admin::Trim { tenant, through } => {
            in_transaction(store, |conn| trim(conn, *tenant, *through))
        }
        Admin::ListTenants => {
            let tenants = tenants(store.snapshot()?.conn()?)?;
            let mut rows = tenants.into_iter().map(|(id, head)| AdminRow::Tenant(id, head));
            let _ = rows.try_for_each(|row| out(&row));
            Ok(())
        }
        Admin::PurgeTenant(tenant) => in_transaction(store, |conn| {
            for name in tables_of_tenants() {
                let sql = format!("DELETE FROM {name} WHERE tenant = ?1");
                execute(conn, &sql, [tenant.0.cast_signed()])?;
            }
            Ok(())
        }),
        Admin::Backup { path } => {
            if std::path::Path::new(path).exists() {
                return Err(StoreError::Invalid(format!("{path} is there already")));
            }
            with_writer(store, |conn| schema::copy_into(conn, path.as_ref()))
        }
    }
}

fn with_writer(
    store: &SqliteStore,
    work: impl FnOnce(&Connection) -> StoreResult<()>,
) -> StoreResult<()> {
    let writer = store.writer()?;
    *store.known() = Known::default();
    work(writer.as_ref().ok_or(StoreError::Poisoned)?)
}

fn in_transaction(
    store: &SqliteStore,
    work: impl FnOnce(&Connection) -> StoreResult<()>,
) -> StoreResult<()> {
    with_writer(store, |conn| {
        conn.execute_batch("BEGIN IMMEDIATE").map_err(store_error)?;
        let done = work(conn).and_then(|()| conn.execute_batch("COMMIT").map_err(store_error));
        if done.is_err() && !conn.is_autocommit() {
            conn.execute_batch("ROLLBACK").map_err(store_error)?;
        }
        done
    })
}

fn execute(conn: &Connection, sql: &str, params: impl Params) -> StoreResult<()> {
    conn.execute(sql, params).map(drop).map_err(store_error)
}

fn tables_of_tenants() -> Vec<String> {
    let own = ["crm_journal", "crm_commit", "crm_head"].map(str::to_owned);
    schema::stored_kinds().into_iter().map(|def| quoted(def.name)).chain(own).collect()
}

fn trim(conn: &Connection, tenant: TenantId, through: Seq) -> StoreResult<()> {
    let (head, trimmed) = read::head(conn, tenant)?;
    let kept = trimmed.max(through).min(head).0.cast_signed();
    let tenant = tenant.0.cast_signed();
    for sql in [
        "UPDATE crm_head SET trimmed = ?2 WHERE tenant = ?1",
        "DELETE FROM crm_journal WHERE tenant = ?1 AND seq <= ?2",
        "DELETE FROM crm_commit WHERE tenant = ?1 AND seq <= ?2",
    ] {
        execute(conn, sql, [tenant, kept])?;
    }
    Ok(())
}

fn tenants(conn: &Connection) -> StoreResult<Vec<(TenantId, Seq)>> {
    let mut tenants = rows(conn, "SELECT tenant, seq FROM crm_head", |row| {
        Ok((row.get::<_, i64>(0)?, row.get::<_, i64>(1)?))
    })?;
    tenants.sort_by_key(|(tenant, _)| tenant.cast_unsigned());
    let typed =
        |(tenant, seq): (i64, i64)| (TenantId(tenant.cast_unsigned()), Seq(seq.cast_unsigned()));
    Ok(tenants.into_iter().map(typed).collect())
}

fn rows<T>(
    conn: &Connection,
    sql: &str,
    read: impl FnMut(&Row<'_>) -> rusqlite::Result<T>,
) -> StoreResult<Vec<T>> {
    let mut stmt = conn.prepare(sql).map_err(store_error)?;
    let rows = stmt.query_map([], read).map_err(store_error)?;
    rows.collect::<Result<_, _>>().map_err(store_error)
}

/// What is wrong with a file: pages and indexes, then head against journal against commits against rows.
fn faults(conn: &Connection) -> StoreResult<Vec<String>> {
    let mut faults = rows(conn, "PRAGMA integrity_check", |row| row.get::<_, String>(0))?;
    faults.retain(|line| line != "ok");
    let journal = "SELECT h.tenant || ' has journal or commit lines that do not run from its trim to its head'
        FROM crm_head h WHERE h.seq - h.trimmed <> (SELECT COUNT(DISTINCT seq) FROM crm_journal j
            WHERE j.tenant = h.tenant AND j.seq > h.trimmed AND j.seq <= h.seq)
        OR h.seq - h.trimmed <> (SELECT COUNT(*) FROM crm_commit c
            WHERE c.tenant = h.tenant AND c.seq > h.trimmed AND c.seq <= h.seq)
        OR EXISTS (SELECT 1 FROM crm_journal j WHERE j.tenant = h.tenant AND j.seq > h.seq)";
    let mut found = rows(conn, journal, |row| row.get::<_, String>(0))?;
    for def in schema::stored_kinds() {
        found.extend(rows(conn, &strays(def), |row| row.get::<_, String>(0))?);
    }
    faults.extend(found.into_iter().map(|fault| format!("tenant {fault}")));
    Ok(faults)
}

/// Rows whose last journal line does not say so.
fn strays(def: &KindDef) -> String {
    format!(
        "SELECT r.tenant || ': {name} ' || lower(hex(r.id)) || ' is not as the journal left it'
         FROM {table} r LEFT JOIN crm_head h ON h.tenant = r.tenant
         WHERE r.seq > COALESCE(h.trimmed, 0) AND NOT EXISTS (SELECT 1 FROM crm_journal j
             WHERE j.tenant = r.tenant AND j.seq = r.seq AND j.kind = {kind} AND j.id = r.id
             AND j.version = r.version AND j.purged = 0)",
        name = def.name,
        table = quoted(def.name),
        kind = def.kind.code()
    )
}
