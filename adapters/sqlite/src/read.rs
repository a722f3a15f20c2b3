//! Rows, pages, journal lines and sums out of one snapshot. The first thing read is the head: it fixes the snapshot.

use std::{cmp::Ordering, fmt::Write as _, ops::Bound};

use crm_core::record::{FieldId, IndexDef, Key, Kind, KindDef, Record, Val};
use crm_core::store::{
    AggSpec, Change, CommitId, Cursor, Flow, Row, Scan, ScanEnd, Seq, StoreError, StoreResult,
    TenantId, judge,
};
use rusqlite::{Connection, OptionalExtension as _};

use crate::error::store_error;
use crate::table::{
    Table, bind, column_sql, index_name, quoted, read_col, read_record, table, unsigned, uuid,
};

/// The tenant's head and the last commit that was trimmed.
pub(crate) fn head(conn: &Connection, tenant: TenantId) -> StoreResult<(Seq, Seq)> {
    let mut stmt = conn
        .prepare_cached("SELECT seq, trimmed FROM crm_head WHERE tenant = ?1")
        .map_err(store_error)?;
    let row = stmt.query_row([tenant.0.cast_signed()], |row| {
        Ok((row.get::<_, i64>(0)?, row.get::<_, i64>(1)?))
    });
    let (head, trimmed) = row.optional().map_err(store_error)?.unwrap_or_default();
    Ok((Seq(head.cast_unsigned()), Seq(trimmed.cast_unsigned())))
}

pub(crate) fn get(
    conn: &Connection,
    tenant: TenantId,
    keys: &[Key],
    sink: &mut dyn FnMut(usize, Seq, &Record) -> Flow,
) -> StoreResult<()> {
    let mut scratch: Option<(&Table, Record)> = None;
    for (at, key) in keys.iter().enumerate() {
        let (table, rec) = match &mut scratch {
            Some((table, rec)) if table.def.kind == key.kind => (*table, rec),
            other => {
                let table = table(key.kind)?;
                let (_, rec) = other.insert((table, table.scratch()));
                (table, rec)
            }
        };
        let mut stmt = conn.prepare_cached(&table.get).map_err(store_error)?;
        stmt.raw_bind_parameter(1, tenant.0.cast_signed()).map_err(store_error)?;
        stmt.raw_bind_parameter(2, key.id.as_bytes().as_slice()).map_err(store_error)?;
        let mut rows = stmt.raw_query();
        if let Some(row) = rows.next().map_err(store_error)? {
            let seq = read_record(row, rec)?;
            if sink(at, seq, rec).is_break() {
                break;
            }
        }
    }
    Ok(())
}

/// The statement of a page, and what it binds.
struct Page {
    sql: String,
    params: Vec<Val>,
}

impl Page {
    fn bind(&mut self, val: &Val) -> usize {
        self.params.push(val.clone());
        self.params.len()
    }

    fn all(&mut self, cols: &[String], op: &str, vals: &[Val]) {
        for (col, val) in cols.iter().zip(vals) {
            let n = self.bind(val);
            let _ = write!(self.sql, " AND {col} {op} ?{n}");
        }
    }

    /// Rows on one side of a place, compared as a whole.
    fn beyond(&mut self, cols: &[String], op: &str, vals: &[Val]) {
        let marks: Vec<String> = vals.iter().map(|val| format!("?{}", self.bind(val))).collect();
        let _ = write!(self.sql, " AND ({}) {op} ({})", cols.join(", "), marks.join(", "));
    }

    fn bound(&mut self, col: &str, bound: &Bound<Val>, included: &str, excluded: &str) {
        let (op, val) = match bound {
            Bound::Included(val) => (included, val),
            Bound::Excluded(val) => (excluded, val),
            Bound::Unbounded => return,
        };
        let n = self.bind(val);
        let _ = write!(self.sql, " AND {col} {op} ?{n}");
    }
}

/// The statement of a scan. Of the cursor and the bound that the listing begins at, only the one that is further on is
/// asked for, so that SQLite seeks there.
fn page(scan: &Scan<'_>, table: &Table, index: Option<&IndexDef>) -> Page {
    let def = table.def;
    let cols = index.map_or(&[][..], |index| &index.cols);
    let order: Vec<String> =
        cols.iter().chain([&FieldId::ID]).map(|col| column_sql(def, *col)).collect();
    let mut list = if scan.cols.is_empty() {
        table.whole.clone()
    } else {
        scan.cols.iter().map(|col| column_sql(def, *col)).collect::<Vec<_>>().join(", ")
    };
    if !scan.cols.is_empty() {
        let _ = write!(list, ", {}", order.join(", "));
    }
    let by = index.map_or_else(|| "NOT INDEXED".to_owned(), |index| by(def, index));
    let sql = format!("SELECT {list} FROM {} {by} WHERE tenant = ?1", quoted(def.name));
    let mut page = Page { sql, params: vec![Val::Int(scan.tenant.0.cast_signed())] };
    if !scan.deleted {
        page.sql.push_str(" AND deleted = 0");
    }
    page.all(&order, "=", scan.prefix);
    let rest = order.get(scan.prefix.len()..).unwrap_or_default();
    let next = rest.first().map_or("id", String::as_str);
    let (near, far) =
        if scan.desc { (&scan.range.1, &scan.range.0) } else { (&scan.range.0, &scan.range.1) };
    let (forth, forth_or_at, back, back_or_at, way) =
        if scan.desc { ("<", "<=", ">", ">=", " DESC") } else { (">", ">=", "<", "<=", "") };
    match start(scan, near) {
        Start::Nowhere => page.sql.push_str(" AND FALSE"),
        Start::Bound => page.bound(next, near, forth_or_at, forth),
        Start::Behind(vals) => page.beyond(rest, forth, &vals),
    }
    page.bound(next, far, back_or_at, back);
    let order: Vec<String> = rest.iter().map(|col| format!("{col}{way}")).collect();
    let limit = page.bind(&Val::Int(i64::from(scan.limit).saturating_add(1)));
    let _ = write!(page.sql, " ORDER BY {} LIMIT ?{limit}", order.join(", "));
    page
}

/// Where a page begins.
enum Start {
    /// The cursor is behind everything.
    Nowhere,
    /// At the bound of the range.
    Bound,
    /// Behind these values of the columns after the prefix.
    Behind(Vec<Val>),
}

fn start(scan: &Scan<'_>, near: &Bound<Val>) -> Start {
    let Some(after) = scan.after else { return Start::Bound };
    let mut vals: Vec<Val> = after.vals.iter().cloned().chain([Val::Id(after.id)]).collect();
    let rest = vals.split_off(scan.prefix.len().min(vals.len()));
    let forward = |order: Ordering| if scan.desc { order.reverse() } else { order };
    match forward(vals.as_slice().cmp(scan.prefix)) {
        Ordering::Less => return Start::Bound,
        Ordering::Greater => return Start::Nowhere,
        Ordering::Equal => {}
    }
    let at = rest.first();
    let is_before = match near {
        Bound::Unbounded => false,
        Bound::Included(val) => forward(at.cmp(&Some(val))) == Ordering::Less,
        Bound::Excluded(val) => forward(at.cmp(&Some(val))) != Ordering::Greater,
    };
    if is_before { Start::Bound } else { Start::Behind(rest) }
}

/// Whether a scan asks for the first page of a prefix, whole records upwards: then its statement depends on nothing else.
fn is_plain(scan: &Scan<'_>) -> bool {
    let unbounded = matches!(scan.range, (Bound::Unbounded, Bound::Unbounded));
    unbounded && !scan.desc && !scan.deleted && scan.after.is_none() && scan.cols.is_empty()
}

/// One page of a listing. `missing` hears of an index that the listing would need and that is not there.
pub(crate) fn scan(
    conn: &Connection,
    as_of: Seq,
    scan: &Scan<'_>,
    (def, index): (&'static KindDef, Option<&'static IndexDef>),
    missing: &dyn Fn(String),
    sink: &mut dyn FnMut(Row<'_>) -> Flow,
) -> StoreResult<ScanEnd> {
    let table = table(def.kind)?;
    let plain = is_plain(scan)
        .then(|| table.page(scan.index, scan.prefix.len(), || page(scan, table, index).sql));
    let given = match plain.flatten() {
        Some(sql) => {
            let tenant = Val::Int(scan.tenant.0.cast_signed());
            let limit = Val::Int(i64::from(scan.limit).saturating_add(1));
            let params = [&tenant].into_iter().chain(scan.prefix).chain([&limit]);
            give(conn, sql, params, as_of, scan, (def, index), sink)
        }
        None => {
            let page = page(scan, table, index);
            give(conn, &page.sql, &page.params, as_of, scan, (def, index), sink)
        }
    };
    // An index that is made last, while many rows are brought in: without it the listing is the same, found slowly.
    let (Some(index), Err(Fault::Sql(error))) = (index, &given) else {
        return given.map_err(StoreError::from);
    };
    if !error.to_string().contains("no such index") {
        return given.map_err(StoreError::from);
    }
    missing(index_name(def, index));
    let page = page(scan, table, Some(index));
    let sql = page.sql.replacen(&by(def, index), "", 1);
    Ok(give(conn, &sql, &page.params, as_of, scan, (def, Some(index)), sink)?)
}

/// How SQLite is told which index to use.
fn by(def: &KindDef, index: &IndexDef) -> String {
    format!("INDEXED BY {}", quoted(&index_name(def, index)))
}

/// What went wrong: with the statement, or with what it found.
enum Fault {
    Sql(rusqlite::Error),
    Store(StoreError),
}

impl From<rusqlite::Error> for Fault {
    fn from(error: rusqlite::Error) -> Self {
        Self::Sql(error)
    }
}

impl From<StoreError> for Fault {
    fn from(error: StoreError) -> Self {
        Self::Store(error)
    }
}

impl From<Fault> for StoreError {
    fn from(fault: Fault) -> Self {
        match fault {
            Fault::Sql(error) => store_error(error),
            Fault::Store(error) => error,
        }
    }
}

/// Gives the rows of a page to a sink.
fn give<'v>(
    conn: &Connection,
    sql: &str,
    params: impl IntoIterator<Item = &'v Val>,
    as_of: Seq,
    scan: &Scan<'_>,
    (def, index): (&'static KindDef, Option<&'static IndexDef>),
    sink: &mut dyn FnMut(Row<'_>) -> Flow,
) -> Result<ScanEnd, Fault> {
    let mut stmt = conn.prepare_cached(sql)?;
    for (at, val) in (1..).zip(params) {
        bind(&mut stmt, at, val)?;
    }
    let mut rows = stmt.raw_query();
    let mut out = Out::new(scan, def, index)?;
    let mut left = scan.limit;
    let mut last = None;
    while let Some(row) = rows.next()? {
        if last.is_some() {
            return Ok(ScanEnd { next: last, as_of });
        }
        let flow = out.give(row, sink)?;
        left = left.saturating_sub(1);
        if left == 0 || flow.is_break() {
            last = Some(out.cursor(row)?);
        }
    }
    Ok(ScanEnd { next: None, as_of })
}

/// Turns rows of a statement into rows of the port, in memory that is used again for each.
struct Out<'a> {
    def: &'static KindDef,
    index: Option<&'a IndexDef>,
    cols: &'a [FieldId],
    rec: Record,
    seq: Seq,
    vals: Vec<Val>,
}

impl<'a> Out<'a> {
    fn new(
        scan: &'a Scan<'_>,
        def: &'static KindDef,
        index: Option<&'a IndexDef>,
    ) -> StoreResult<Self> {
        let vals = vec![Val::Null; scan.cols.len()];
        let rec = table(def.kind)?.scratch();
        Ok(Self { def, index, cols: scan.cols, rec, seq: Seq(0), vals })
    }

    fn give(
        &mut self,
        row: &rusqlite::Row<'_>,
        sink: &mut dyn FnMut(Row<'_>) -> Flow,
    ) -> StoreResult<Flow> {
        if self.cols.is_empty() {
            self.seq = read_record(row, &mut self.rec)?;
            return Ok(sink(Row::Rec(self.seq, &self.rec)));
        }
        for ((at, col), slot) in self.cols.iter().enumerate().zip(&mut self.vals) {
            read_col(row, at, self.def, *col, slot)?;
        }
        Ok(sink(Row::Cols(&self.vals)))
    }

    /// The place of the row that was given last.
    fn cursor(&self, row: &rusqlite::Row<'_>) -> StoreResult<Cursor> {
        if self.cols.is_empty() {
            return Ok(Cursor::of(self.index, self.seq, &self.rec));
        }
        let order = self.index.map_or(&[][..], |index| &index.cols);
        let mut vals = vec![Val::Null; order.len()];
        for ((at, col), slot) in (self.cols.len()..).zip(order).zip(&mut vals) {
            read_col(row, at, self.def, *col, slot)?;
        }
        let at = self.cols.len().saturating_add(order.len());
        let id = uuid(row.get_ref(at).map_err(store_error)?);
        let id = id.ok_or_else(|| StoreError::Corrupt(format!("{}.id", self.def.name)))?;
        Ok(Cursor { vals, id })
    }
}

pub(crate) fn changes(
    conn: &Connection,
    tenant: TenantId,
    after: Seq,
    limit: u32,
    sink: &mut dyn FnMut(&Change) -> Flow,
) -> StoreResult<Seq> {
    let (head, trimmed) = head(conn, tenant)?;
    if after < trimmed {
        return Err(StoreError::Trimmed { first: Seq(trimmed.0.saturating_add(1)) });
    }
    if after >= head {
        return Ok(head);
    }
    let sql = "SELECT seq, commit_id, at, kind, id, version, purged FROM crm_journal \
               WHERE tenant = ?1 AND seq > ?2 ORDER BY seq, line";
    let mut stmt = conn.prepare_cached(sql).map_err(store_error)?;
    stmt.raw_bind_parameter(1, tenant.0.cast_signed()).map_err(store_error)?;
    stmt.raw_bind_parameter(2, after.0.cast_signed()).map_err(store_error)?;
    let mut rows = stmt.raw_query();
    let limit = usize::try_from(limit).unwrap_or(usize::MAX);
    let mut given = 0_usize;
    let mut commit: Vec<Change> = Vec::new();
    loop {
        let line = rows.next().map_err(store_error)?.map(change).transpose()?;
        let same = |line: &Change| commit.first().is_none_or(|first| first.seq == line.seq);
        if let Some(line) = line.filter(same) {
            commit.push(line);
            continue;
        }
        given = given.saturating_add(commit.len());
        let is_first = given == commit.len();
        if !is_first && given > limit || commit.iter().any(|line| sink(line).is_break()) {
            return Ok(head);
        }
        commit.clear();
        match line {
            Some(line) => commit.push(line),
            None => return Ok(head),
        }
    }
}

fn change(row: &rusqlite::Row<'_>) -> StoreResult<Change> {
    let damaged = || StoreError::Corrupt("a journal line does not decode".to_owned());
    let cell = |at: usize| row.get_ref(at).map_err(store_error);
    let kind = cell(3)?.as_i64().ok().and_then(|code| u16::try_from(code).ok());
    let kind = kind.and_then(Kind::from_code).ok_or_else(damaged)?;
    Ok(Change {
        seq: Seq(unsigned(cell(0)?).ok_or_else(damaged)?),
        commit: CommitId(uuid(cell(1)?).ok_or_else(damaged)?),
        at: cell(2)?.as_i64().map_err(|_| damaged())?,
        key: Key { kind, id: uuid(cell(4)?).ok_or_else(damaged)? },
        version: unsigned(cell(5)?).ok_or_else(damaged)?,
        purged: cell(6)?.as_i64().map_err(|_| damaged())? != 0,
    })
}

/// Sums are taken in two halves, since SQLite's overflow.
pub(crate) fn aggregate(
    conn: &Connection,
    tenant: TenantId,
    spec: &AggSpec<'_>,
    sink: &mut dyn FnMut(&[Val], i128) -> Flow,
) -> StoreResult<()> {
    let def = judge::check_aggregate(spec)?;
    let group: Vec<String> = spec.group.iter().map(|col| column_sql(def, *col)).collect();
    let list: String = group.iter().map(|col| format!("{col}, ")).collect();
    let sum = spec.sum.map(|col| column_sql(def, col)).map_or_else(
        || "0, COUNT(*)".to_owned(),
        |col| format!("COALESCE(SUM({col} >> 32), 0), COALESCE(SUM({col} & 4294967295), 0)"),
    );
    let by: String = group.iter().map(|col| format!(", {col}")).collect();
    let sql = format!(
        "SELECT {list}{sum} FROM {} WHERE tenant = ?1 AND deleted = 0 GROUP BY tenant{by} ORDER BY tenant{by}",
        quoted(def.name)
    );
    let mut stmt = conn.prepare_cached(&sql).map_err(store_error)?;
    stmt.raw_bind_parameter(1, tenant.0.cast_signed()).map_err(store_error)?;
    let mut rows = stmt.raw_query();
    let mut vals = vec![Val::Null; group.len()];
    while let Some(row) = rows.next().map_err(store_error)? {
        for ((at, col), slot) in spec.group.iter().enumerate().zip(&mut vals) {
            read_col(row, at, def, *col, slot)?;
        }
        let high: i64 = row.get(group.len()).map_err(store_error)?;
        let low: i64 = row.get(group.len().saturating_add(1)).map_err(store_error)?;
        let total = i128::from(high).saturating_mul(1 << 32).saturating_add(i128::from(low));
        if sink(&vals, total).is_break() {
            break;
        }
    }
    Ok(())
}
