//! Calls of a store whose answers can be kept and compared.

use std::{ops::ControlFlow, time::Duration};

use crm_core::record::{FieldId, Key, Kind, Record, Val};
use crm_core::store::{
    Admin, AdminRow, AggSpec, Change, Flow, Pushed, Row, Seq, Store, StoreResult, TenantId,
};

use crate::model::{Got, Page, Query, got};

/// Breaks once `stop` rows were given.
fn flow(given: usize, stop: Option<usize>) -> Flow {
    if stop.is_some_and(|stop| given >= stop) {
        ControlFlow::Break(())
    } else {
        ControlFlow::Continue(())
    }
}

/// One row of a get: the position among the keys, the commit, the record.
pub type GotRow = (usize, Seq, Record);

/// The rows of some keys, by position, and the snapshot.
pub fn get(
    store: &dyn Store,
    tenant: TenantId,
    keys: &[Key],
    stop: Option<usize>,
) -> StoreResult<(Vec<GotRow>, Seq)> {
    let mut rows = Vec::new();
    let as_of = store.get(tenant, keys, &mut |at, seq, rec| {
        rows.push((at, seq, rec.clone()));
        flow(rows.len(), stop)
    })?;
    rows.sort_by_key(|(at, ..)| *at);
    Ok((rows, as_of))
}

/// The row of one key.
pub fn one(store: &dyn Store, tenant: TenantId, key: Key) -> StoreResult<Option<(Seq, Record)>> {
    let (rows, _) = get(store, tenant, &[key], None)?;
    Ok(rows.into_iter().next().map(|(_, seq, rec)| (seq, rec)))
}

/// One page.
pub fn scan(store: &dyn Store, query: &Query, stop: Option<usize>) -> StoreResult<Page> {
    let mut rows = Vec::new();
    let end = store.scan(&query.scan(), &mut |row| {
        rows.push(match row {
            Row::Rec(seq, rec) => got(&query.cols, seq, rec),
            Row::Cols(vals) => Got::Cols(vals.to_vec()),
        });
        flow(rows.len(), stop)
    })?;
    Ok(Page { rows, next: end.next, as_of: end.as_of })
}

/// All pages of a listing, each of `limit` rows.
pub fn pages(store: &dyn Store, query: &Query, limit: u32) -> StoreResult<Vec<Page>> {
    let mut query = Query { limit, ..query.clone() };
    let mut pages = Vec::new();
    loop {
        let page = scan(store, &query, None)?;
        query.after.clone_from(&page.next);
        pages.push(page);
        if query.after.is_none() || pages.len() > 10_000 {
            return Ok(pages);
        }
    }
}

/// Journal lines and the head.
pub fn changes(
    store: &dyn Store,
    tenant: TenantId,
    after: Seq,
    limit: u32,
    stop: Option<usize>,
) -> StoreResult<(Vec<Change>, Seq)> {
    let mut lines = Vec::new();
    let head = store.changes(tenant, after, limit, Duration::ZERO, &mut |line| {
        lines.push(*line);
        flow(lines.len(), stop)
    })?;
    Ok((lines, head))
}

/// Groups with their counts or sums; `None` where the store does not aggregate.
pub fn aggregate(
    store: &dyn Store,
    tenant: TenantId,
    kind: Kind,
    group: &[FieldId],
    sum: Option<FieldId>,
) -> StoreResult<Option<Vec<(Vec<Val>, i128)>>> {
    let mut rows = Vec::new();
    let spec = AggSpec { kind, group, sum };
    let pushed = store.aggregate(tenant, &spec, &mut |group, total| {
        rows.push((group.to_vec(), total));
        ControlFlow::Continue(())
    })?;
    rows.sort();
    Ok((pushed == Pushed::Done).then_some(rows))
}

/// What an admin call answers.
pub fn admin(store: &dyn Store, admin: &Admin) -> StoreResult<Vec<AdminRow>> {
    let mut rows = Vec::new();
    store.admin(admin, &mut |row| {
        rows.push(row.clone());
        ControlFlow::Continue(())
    })?;
    Ok(rows)
}

/// The tenants there are.
pub fn tenants(store: &dyn Store) -> StoreResult<Vec<(TenantId, Seq)>> {
    let rows = admin(store, &Admin::ListTenants)?;
    let tenant = |row| match row {
        AdminRow::Tenant(tenant, head) => Some((tenant, head)),
        AdminRow::Statement(_) | AdminRow::Fault(_) => None,
    };
    Ok(rows.into_iter().filter_map(tenant).collect())
}
