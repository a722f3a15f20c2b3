//! The SQL of each kind, made once from its metadata, and rows in and out of it.

use std::{
    borrow::Cow,
    collections::BTreeMap,
    fmt::Write as _,
    sync::{LazyLock, OnceLock},
};

use crm_core::record::{ColumnType, Ext, FieldDef, FieldId, IndexDef, Kind, KindDef, Record, Val};
use crm_core::store::{self, Seq, StoreError, StoreResult, judge};
use rusqlite::types::{Null, ValueRef};
use rusqlite::{Row, Statement};
use serde_json::{Map, Value};
use uuid::Uuid;

use crate::error::store_error;

/// The statements of one kind. Writes bind tenant, id, seq, version, deleted, ext, then the fields.
#[derive(Debug)]
pub(crate) struct Table {
    pub(crate) def: &'static KindDef,
    /// What is selected of a whole record.
    pub(crate) whole: String,
    pub(crate) get: String,
    pub(crate) version: String,
    pub(crate) insert: String,
    pub(crate) update: String,
    /// Statements that write some columns only, each made when it is first asked for.
    updates: [OnceLock<(Columns, String)>; UPDATES_MAX],
    pub(crate) purge: String,
    unique: BTreeMap<u16, String>,
    /// The statements of plain pages, by listing and length of the prefix, each made when it is first asked for.
    pages: BTreeMap<(u16, usize), OnceLock<String>>,
}

/// Which columns of a row change, as bits: the lowest is `deleted`, the next `ext`, then its fields in their order.
pub(crate) type Columns = u128;

/// Statements of one kind that write some columns only, at most.
const UPDATES_MAX: usize = 64;

/// How many columns stand before the fields where a whole record is selected.
const HEADER: usize = 5;

/// The table of a kind.
pub(crate) fn table(kind: Kind) -> StoreResult<&'static Table> {
    static TABLES: LazyLock<BTreeMap<Kind, Table>> = LazyLock::new(|| {
        store::KINDS.iter().map(|(kind, def)| (*kind, Table::new(def()))).collect()
    });
    let known = TABLES.get(&kind);
    known.ok_or_else(|| StoreError::Invalid(format!("{kind:?} is not stored")))
}

/// A name in SQL.
pub(crate) fn quoted(name: &str) -> String {
    format!("\"{name}\"")
}

/// A field's column; one that has the name of a header column gets an underscore.
pub(crate) fn column_name(field: &FieldDef) -> String {
    match field.name.as_str() {
        "tenant" | "id" | "seq" | "version" | "deleted" | "ext" => format!("{}_", field.name),
        name => name.to_owned(),
    }
}

/// A column by its number, the header's included, as SQL.
pub(crate) fn column_sql(def: &KindDef, col: FieldId) -> String {
    match col {
        FieldId::ID => "id".to_owned(),
        FieldId::SEQ => "seq".to_owned(),
        FieldId::VERSION => "version".to_owned(),
        col => def.field(col).map_or_else(|| "NULL".to_owned(), |f| quoted(&column_name(f))),
    }
}

/// The name of a listing's index.
pub(crate) fn index_name(def: &KindDef, index: &IndexDef) -> String {
    format!("{}_{}", def.name, index.name)
}

impl Table {
    fn new(def: &'static KindDef) -> Self {
        let name = quoted(def.name);
        let cols: Vec<String> = def.fields.iter().map(|f| quoted(&column_name(f))).collect();
        let list: String = cols.iter().map(|col| format!(", {col}")).collect();
        let marks: String = cols.iter().zip(7..).map(|(_, n)| format!(", ?{n}")).collect();
        let sets: String = cols.iter().zip(7..).map(|(col, n)| format!(", {col} = ?{n}")).collect();
        let row = "WHERE tenant = ?1 AND id = ?2";
        let unique = def.indexes.iter().filter(|index| index.unique);
        let unique = unique.map(|index| (index.id, taken(def, index))).collect();
        Self {
            get: format!("SELECT {} FROM {name} {row}", whole(def)),
            whole: whole(def),
            version: format!("SELECT version FROM {name} {row}"),
            insert: format!(
                "INSERT INTO {name} (tenant, id, seq, version, deleted, ext{list}) \
                 VALUES (?1, ?2, ?3, ?4, ?5, ?6{marks})"
            ),
            update: format!(
                "UPDATE {name} SET seq = ?3, version = ?4, deleted = ?5, ext = ?6{sets} {row}"
            ),
            updates: [const { OnceLock::new() }; UPDATES_MAX],
            purge: format!("DELETE FROM {name} {row}"),
            unique,
            pages: (def.indexes.iter())
                .flat_map(|index| (0..=index.cols.len()).map(|length| (index.id, length)))
                .chain([(0, 0)])
                .map(|place| (place, OnceLock::new()))
                .collect(),
            def,
        }
    }

    /// The statement of the first page of a whole prefix, made once by `make`.
    pub(crate) fn page(
        &self,
        index: u16,
        length: usize,
        make: impl FnOnce() -> String,
    ) -> Option<&str> {
        self.pages.get(&(index, length)).map(|page| page.get_or_init(make).as_str())
    }

    /// The statement that writes the version and these columns, bound as all are; none where too many were made.
    pub(crate) fn update_of(&'static self, columns: Columns) -> Option<&'static str> {
        for made in &self.updates {
            let (known, sql) = made.get_or_init(|| (columns, self.update_sql(columns)));
            if *known == columns {
                return Some(sql);
            }
        }
        None
    }

    fn update_sql(&self, columns: Columns) -> String {
        let fields = self.def.fields.iter().map(|field| quoted(&column_name(field)));
        let all = ["deleted".to_owned(), "ext".to_owned()].into_iter().chain(fields);
        let changed = all.zip(5..).zip(bits(columns)).filter(|(_, changes)| *changes);
        let sets: String = changed.map(|((name, at), _)| format!(", {name} = ?{at}")).collect();
        let name = quoted(self.def.name);
        format!("UPDATE {name} SET seq = ?3, version = ?4{sets} WHERE tenant = ?1 AND id = ?2")
    }

    /// The query that finds another holder of a unique listing's values.
    pub(crate) fn unique(&self, index: u16) -> &str {
        self.unique.get(&index).map_or("", String::as_str)
    }

    /// A record to read rows into, one after another.
    pub(crate) fn scratch(&self) -> Record {
        let vals = vec![Val::Null; self.def.fields.len()];
        let (id, ext) = (Uuid::nil(), Ext::new());
        Record { def: self.def, id, version: 0, deleted: false, ext, vals }
    }
}

/// What is selected of a whole record.
fn whole(def: &KindDef) -> String {
    let mut list = "id, seq, version, deleted, ext".to_owned();
    for field in &def.fields {
        let _ = write!(list, ", {}", quoted(&column_name(field)));
    }
    list
}

/// Binds tenant ?1 and id ?2, then the listing's values.
fn taken(def: &KindDef, index: &IndexDef) -> String {
    let mut sql = format!(
        "SELECT 1 FROM {} INDEXED BY {} WHERE tenant = ?1 AND id <> ?2 AND deleted = 0",
        quoted(def.name),
        quoted(&format!("{}_unique", index_name(def, index)))
    );
    for (col, n) in index.cols.iter().zip(3..) {
        let _ = write!(sql, " AND {} = ?{n}", column_sql(def, *col));
    }
    sql
}

/// Binds one value.
pub(crate) fn bind(stmt: &mut Statement<'_>, at: usize, val: &Val) -> rusqlite::Result<()> {
    match val {
        Val::Null => stmt.raw_bind_parameter(at, Null),
        Val::Bool(value) => stmt.raw_bind_parameter(at, value),
        Val::Int(value) => stmt.raw_bind_parameter(at, value),
        Val::Text(value) => stmt.raw_bind_parameter(at, value.as_str()),
        Val::Bytes(value) => stmt.raw_bind_parameter(at, value.as_slice()),
        Val::Id(value) => stmt.raw_bind_parameter(at, value.as_bytes().as_slice()),
    }
}

/// The bits of a set of columns, lowest first.
fn bits(columns: Columns) -> impl Iterator<Item = bool> {
    (0..Columns::BITS).map(move |bit| columns & (1 << bit) != 0)
}

/// Which columns of a row that was selected as [`whole`] a record changes; none where it has too many to say.
pub(crate) fn changed(row: &Row<'_>, rec: &Record) -> rusqlite::Result<Option<Columns>> {
    if rec.vals.len().saturating_add(2) > 128 {
        return Ok(None);
    }
    let ext = ext_text(&rec.ext);
    let mut columns: Columns = 0;
    columns |= u128::from(!holds(row.get_ref(3)?, &Val::Bool(rec.deleted)));
    columns |= u128::from(row.get_ref(4)? != ValueRef::Text(ext.as_bytes())) << 1;
    for ((val, at), bit) in rec.vals.iter().zip(HEADER..).zip(2..) {
        columns |= u128::from(!holds(row.get_ref(at)?, val)) << bit;
    }
    Ok(Some(columns))
}

/// Whether a cell holds a value.
fn holds(cell: ValueRef<'_>, val: &Val) -> bool {
    match (cell, val) {
        (ValueRef::Null, Val::Null) => true,
        (ValueRef::Integer(cell), Val::Bool(val)) => cell == i64::from(*val),
        (ValueRef::Integer(cell), Val::Int(val)) => cell == *val,
        (ValueRef::Text(cell), Val::Text(val)) => cell == val.as_bytes(),
        (ValueRef::Blob(cell), Val::Bytes(val)) => cell == val.as_slice(),
        (ValueRef::Blob(cell), Val::Id(val)) => cell == val.as_bytes(),
        _ => false,
    }
}

/// Binds what changes of a row.
pub(crate) fn bind_changed(
    stmt: &mut Statement<'_>,
    tenant: i64,
    seq: Seq,
    rec: &Record,
    columns: Columns,
) -> rusqlite::Result<()> {
    stmt.raw_bind_parameter(1, tenant)?;
    stmt.raw_bind_parameter(2, rec.id.as_bytes().as_slice())?;
    stmt.raw_bind_parameter(3, seq.0.cast_signed())?;
    stmt.raw_bind_parameter(4, rec.version.cast_signed())?;
    if columns & 1 != 0 {
        stmt.raw_bind_parameter(5, rec.deleted)?;
    }
    if columns & 2 != 0 {
        stmt.raw_bind_parameter(6, &*ext_text(&rec.ext))?;
    }
    for ((val, at), _) in
        rec.vals.iter().zip(7..).zip(bits(columns).skip(2)).filter(|(_, changes)| *changes)
    {
        bind(stmt, at, val)?;
    }
    Ok(())
}

/// Binds a whole row.
pub(crate) fn bind_record(
    stmt: &mut Statement<'_>,
    tenant: i64,
    seq: Seq,
    rec: &Record,
) -> rusqlite::Result<()> {
    stmt.raw_bind_parameter(1, tenant)?;
    stmt.raw_bind_parameter(2, rec.id.as_bytes().as_slice())?;
    stmt.raw_bind_parameter(3, seq.0.cast_signed())?;
    stmt.raw_bind_parameter(4, rec.version.cast_signed())?;
    stmt.raw_bind_parameter(5, rec.deleted)?;
    stmt.raw_bind_parameter(6, &*ext_text(&rec.ext))?;
    for (val, at) in rec.vals.iter().zip(7..) {
        bind(stmt, at, val)?;
    }
    Ok(())
}

/// Reads a row that was selected as [`whole`] into a record.
pub(crate) fn read_record(row: &Row<'_>, rec: &mut Record) -> StoreResult<Seq> {
    let header = |at| row.get_ref(at).map_err(store_error);
    rec.id = uuid(header(0)?).ok_or_else(|| damaged(rec, "id"))?;
    let seq = unsigned(header(1)?).ok_or_else(|| damaged(rec, "seq"))?;
    rec.version = unsigned(header(2)?).ok_or_else(|| damaged(rec, "version"))?;
    rec.deleted = unsigned(header(3)?).ok_or_else(|| damaged(rec, "deleted"))? != 0;
    match header(4)? {
        ValueRef::Text(b"{}") => rec.ext.clear(),
        ValueRef::Text(json) => rec.ext = read_ext(json).ok_or_else(|| damaged(rec, "ext"))?,
        ValueRef::Null | ValueRef::Integer(_) | ValueRef::Real(_) | ValueRef::Blob(_) => {
            return Err(damaged(rec, "ext"));
        }
    }
    let def = rec.def;
    for ((field, at), slot) in def.fields.iter().zip(HEADER..).zip(&mut rec.vals) {
        let cell = row.get_ref(at).map_err(store_error)?;
        if !read_val(cell, field.ty, slot) || (field.required && slot.is_null()) {
            return Err(damaged(rec, &field.name));
        }
    }
    Ok(Seq(seq))
}

fn damaged(rec: &Record, column: &str) -> StoreError {
    StoreError::Corrupt(format!("{}.{column} of {} does not decode", rec.def.name, rec.id))
}

/// Reads a cell into a value, keeping the value's memory; whether the cell holds what its type says.
pub(crate) fn read_val(cell: ValueRef<'_>, ty: ColumnType, slot: &mut Val) -> bool {
    use ColumnType as T;
    match (cell, ty) {
        (ValueRef::Null, _) => *slot = Val::Null,
        (ValueRef::Integer(value @ (0 | 1)), T::Bool) => *slot = Val::Bool(value == 1),
        (ValueRef::Integer(value), T::Int | T::MoneyMinor | T::Instant) => *slot = Val::Int(value),
        (ValueRef::Text(bytes), T::Day | T::Decimal | T::Text | T::Code | T::Json) => {
            let Ok(text) = core::str::from_utf8(bytes) else { return false };
            if let Val::Text(kept) = slot {
                text.clone_into(kept);
            } else {
                *slot = Val::from(text);
            }
        }
        (ValueRef::Blob(bytes), T::Bytes) => {
            if let Val::Bytes(kept) = slot {
                bytes.clone_into(kept);
            } else {
                *slot = Val::Bytes(bytes.to_vec());
            }
        }
        (cell, T::Id) => match uuid(cell) {
            Some(id) => *slot = Val::Id(id),
            None => return false,
        },
        _ => return false,
    }
    true
}

/// Reads a projected cell; `None` where the column is not what its type says.
pub(crate) fn read_col(
    row: &Row<'_>,
    at: usize,
    def: &KindDef,
    col: FieldId,
    slot: &mut Val,
) -> StoreResult<()> {
    let cell = row.get_ref(at).map_err(store_error)?;
    let ty = judge::column_type(def, col);
    if ty.is_some_and(|ty| read_val(cell, ty, slot)) {
        Ok(())
    } else {
        let name = column_sql(def, col);
        Err(StoreError::Corrupt(format!("{}.{name} does not decode", def.name)))
    }
}

/// The id of a cell.
pub(crate) fn uuid(cell: ValueRef<'_>) -> Option<Uuid> {
    cell.as_blob().ok().and_then(|bytes| Uuid::from_slice(bytes).ok())
}

/// The count of a cell.
pub(crate) fn unsigned(cell: ValueRef<'_>) -> Option<u64> {
    cell.as_i64().ok().map(i64::cast_unsigned)
}

/// What the column `ext` holds.
pub(crate) fn ext_text(ext: &Ext) -> Cow<'static, str> {
    if ext.is_empty() { Cow::Borrowed("{}") } else { Cow::Owned(ext_json(ext)) }
}

/// Custom values as JSON that SQL can read: scalars as they are, `{"id": …}` and `{"bytes": hex}`.
fn ext_json(ext: &Ext) -> String {
    let json = |val: &Val| match val {
        Val::Null => Value::Null,
        Val::Bool(value) => Value::from(*value),
        Val::Int(value) => Value::from(*value),
        Val::Text(value) => Value::from(value.as_str()),
        Val::Id(value) => tagged("id", value.to_string()),
        Val::Bytes(value) => {
            let hex = value.iter().fold(String::new(), |mut hex, byte| {
                let _ = write!(hex, "{byte:02x}");
                hex
            });
            tagged("bytes", hex)
        }
    };
    let map: Map<String, Value> = ext.iter().map(|(code, val)| (code.clone(), json(val))).collect();
    Value::Object(map).to_string()
}

fn tagged(tag: &str, text: String) -> Value {
    Value::Object(Map::from_iter([(tag.to_owned(), Value::String(text))]))
}

fn read_ext(json: &[u8]) -> Option<Ext> {
    let map: Map<String, Value> = serde_json::from_slice(json).ok()?;
    map.into_iter().map(|(code, value)| Some((code, read_ext_val(value)?))).collect()
}

fn read_ext_val(value: Value) -> Option<Val> {
    Some(match value {
        Value::Null => Val::Null,
        Value::Bool(value) => Val::Bool(value),
        Value::Number(value) => Val::Int(value.as_i64()?),
        Value::String(value) => Val::Text(value),
        Value::Array(_) => return None,
        Value::Object(map) => match map.iter().next()? {
            (tag, Value::String(text)) if tag == "id" => Val::Id(text.parse().ok()?),
            (tag, Value::String(text)) if tag == "bytes" => Val::Bytes(unhex(text)?),
            _ => return None,
        },
    })
}

fn unhex(hex: &str) -> Option<Vec<u8>> {
    let digits = hex.as_bytes().chunks(2);
    digits.map(|pair| u8::from_str_radix(core::str::from_utf8(pair).ok()?, 16).ok()).collect()
}
