//! Tables, indexes and views from metadata; and how an older file grows into them.
//!
//! Everything a file should have is a list of [`Part`]s. What is missing is added, each part by itself and recorded in
//! `crm_schema`. `schema.sql` beside this crate's sources is that list as it ships; a test holds it still.

use std::{collections::BTreeMap, path::Path};

use crm_core::record::{ColumnType, FieldDef, KindDef};
use crm_core::store::{self, StoreError, StoreResult};
use rusqlite::{Connection, OptionalExtension as _, params};

use crate::error::store_error;
use crate::table::{column_name, column_sql, index_name, quoted};
use crate::views;

/// The version of the schema that this adapter writes.
pub(crate) const VERSION: u32 = 1;
/// The oldest adapter that may read what this one writes.
const MIN_READER: u32 = 1;
/// The oldest adapter that may write beside this one.
const MIN_WRITER: u32 = 1;
/// "CRM1", in the file's header.
const APPLICATION_ID: i32 = 0x4352_4D31;

/// The store's own tables. `trimmed` is the last commit whose journal lines are gone; `line` counts within a commit.
const OWN: &[(&str, &str)] = &[
    (
        "crm_schema",
        "component TEXT PRIMARY KEY, version INTEGER NOT NULL, min_reader INTEGER NOT NULL, \
         min_writer INTEGER NOT NULL, checksum TEXT NOT NULL",
    ),
    (
        "crm_head",
        "tenant INTEGER NOT NULL PRIMARY KEY, seq INTEGER NOT NULL, trimmed INTEGER NOT NULL DEFAULT 0",
    ),
    (
        "crm_journal",
        "tenant INTEGER NOT NULL, seq INTEGER NOT NULL, line INTEGER NOT NULL, commit_id BLOB NOT NULL, \
         at INTEGER NOT NULL, kind INTEGER NOT NULL, id BLOB NOT NULL, version INTEGER NOT NULL, \
         purged INTEGER NOT NULL, PRIMARY KEY (tenant, seq, line)",
    ),
    (
        "crm_commit",
        "tenant INTEGER NOT NULL, commit_id BLOB NOT NULL, seq INTEGER NOT NULL, digest INTEGER NOT NULL, \
         PRIMARY KEY (tenant, commit_id)",
    ),
];

/// One thing that a file should have.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Part {
    /// What it is called in `crm_schema`: `table fact`, `column fact.subject`, `index fact_by_seq`, `view crm_v_fact`.
    pub(crate) component: String,
    /// How it is made.
    pub(crate) sql: String,
}

impl Part {
    fn new(kind: &str, name: &str, sql: String) -> Self {
        Self { component: format!("{kind} {name}"), sql }
    }
}

/// The metadata of all kinds.
pub(crate) fn stored_kinds() -> Vec<&'static KindDef> {
    store::KINDS.iter().map(|(_, def)| def()).collect()
}

/// Everything a new file gets, in order.
pub(crate) fn parts(defs: &[&KindDef]) -> Vec<Part> {
    let own = OWN.iter().map(|(name, cols)| {
        Part::new("table", name, format!("CREATE TABLE {name} ({cols}) STRICT, WITHOUT ROWID"))
    });
    let kinds = defs.iter().flat_map(|def| {
        let table = core::iter::once(Part::new("table", def.name, create(def, def.name)));
        table.chain(indexes(def)).chain([view(def)])
    });
    own.chain(kinds).collect()
}

fn create(def: &KindDef, name: &str) -> String {
    let fields: String = def.fields.iter().map(|field| format!(",\n  {}", column(field))).collect();
    format!(
        "CREATE TABLE {} (\n  tenant INTEGER NOT NULL,\n  id BLOB NOT NULL,\n  seq INTEGER NOT NULL,\n  \
         version INTEGER NOT NULL,\n  deleted INTEGER NOT NULL,\n  ext TEXT NOT NULL{fields},\n  \
         PRIMARY KEY (tenant, id)\n) STRICT, WITHOUT ROWID",
        quoted(name)
    )
}

fn column(field: &FieldDef) -> String {
    let name = quoted(&column_name(field));
    let required = if field.required { " NOT NULL" } else { "" };
    let check = if field.codes.is_empty() {
        String::new()
    } else {
        let codes: Vec<String> = field.codes.iter().map(|code| format!("'{code}'")).collect();
        format!(" CHECK ({name} IN ({}))", codes.join(", "))
    };
    format!("{name} {}{required}{check}", sql_type(field.ty).0)
}

/// The type of a column, and what stands in rows that are older than a required column.
const fn sql_type(ty: ColumnType) -> (&'static str, &'static str) {
    use ColumnType as T;
    match ty {
        T::Bool | T::Int | T::MoneyMinor | T::Instant => ("INTEGER", "0"),
        T::Day | T::Decimal | T::Text | T::Code | T::Json => ("TEXT", "''"),
        T::Bytes => ("BLOB", "x''"),
        T::Id => ("BLOB", "x'00000000000000000000000000000000'"),
    }
}

fn indexes(def: &KindDef) -> Vec<Part> {
    let mut parts = Vec::new();
    for index in &def.indexes {
        let cols: String =
            index.cols.iter().map(|col| format!(", {}", column_sql(def, *col))).collect();
        let (name, table) = (index_name(def, index), quoted(def.name));
        let sql =
            format!("CREATE INDEX IF NOT EXISTS {} ON {table} (tenant{cols}, id)", quoted(&name));
        parts.push(Part::new("index", &name, sql));
        if index.unique {
            let name = format!("{name}_unique");
            let sql = format!(
                "CREATE UNIQUE INDEX IF NOT EXISTS {} ON {table} (tenant{cols}) WHERE deleted = 0",
                quoted(&name)
            );
            parts.push(Part::new("index", &name, sql));
        }
    }
    parts
}

fn view(def: &KindDef) -> Part {
    let name = format!("crm_v_{}", def.name);
    let sql = format!("CREATE VIEW {} AS\n{}", quoted(&name), views::select(def));
    Part::new("view", &name, sql)
}

/// What a file lacks, as steps that bring it here.
pub(crate) fn plan(conn: &Connection, defs: &[&KindDef]) -> StoreResult<Vec<Part>> {
    let recorded = recorded(conn)?;
    let mut steps = Vec::new();
    steps.extend(parts(defs).into_iter().filter(|part| !recorded.contains_key(&part.component)));
    for def in defs.iter().filter(|def| recorded.contains_key(&format!("table {}", def.name))) {
        grow(conn, def, &recorded, &mut steps)?;
    }
    steps.sort_by_key(rank);
    Ok(steps)
}

/// Tables and columns before the indexes and views that name them.
fn rank(step: &Part) -> u8 {
    match step.component.split(' ').next() {
        Some("table") => 0,
        Some("column") => 1,
        Some("codes") => 2,
        Some("index") => 3,
        _ => 4,
    }
}

/// Steps for columns that a table lacks, for closed sets of codes that grew, and for a view that shows other columns;
/// but the view of a newer version, which knows columns that this one does not, stays.
fn grow(
    conn: &Connection,
    def: &KindDef,
    recorded: &BTreeMap<String, String>,
    steps: &mut Vec<Part>,
) -> StoreResult<()> {
    let there = columns_of(conn, def.name)?;
    for field in def.fields.iter().filter(|field| !there.contains(&column_name(field))) {
        let default = if field.required {
            format!(" DEFAULT {}", sql_type(field.ty).1)
        } else {
            String::new()
        };
        let sql = format!("ALTER TABLE {} ADD COLUMN {}{default}", quoted(def.name), column(field));
        steps.push(Part::new("column", &format!("{}.{}", def.name, field.name), sql));
    }
    let codes = format!("codes {}", def.name);
    let known = recorded.get(&codes).map_or("", String::as_str);
    let known: Vec<&str> = known.split_whitespace().collect();
    let old = def.fields.iter().filter(|field| there.contains(&column_name(field)));
    if old.flat_map(code_list).any(|code| !known.contains(&code.as_str())) {
        steps.push(Part { component: codes, sql: rebuild(def, &there)? });
    }
    let view = view(def);
    let is_other = recorded.get(&view.component).is_some_and(|sum| *sum != checksum(&view.sql));
    if is_other && unknown_column(def, &there).is_none() {
        let name = quoted(&format!("crm_v_{}", def.name));
        let sql = format!("DROP VIEW IF EXISTS {name};\n{}", view.sql);
        steps.push(Part { sql, ..view });
    }
    Ok(())
}

fn columns_of(conn: &Connection, table: &str) -> StoreResult<Vec<String>> {
    let mut stmt = conn.prepare("SELECT name FROM pragma_table_info(?1)").map_err(store_error)?;
    let names = stmt.query_map([table], |row| row.get(0)).map_err(store_error)?;
    names.collect::<Result<_, _>>().map_err(store_error)
}

/// Every code that a column's check lets pass.
fn code_list(field: &FieldDef) -> impl Iterator<Item = String> {
    field.codes.iter().map(move |code| format!("{}={code}", field.name))
}

/// The columns that every table has.
const HEADER: [&str; 6] = ["tenant", "id", "seq", "version", "deleted", "ext"];

/// A column of a table that this version does not know.
fn unknown_column<'a>(def: &KindDef, there: &'a [String]) -> Option<&'a String> {
    let known: Vec<String> = def.fields.iter().map(column_name).collect();
    there.iter().find(|name| !HEADER.contains(&name.as_str()) && !known.contains(name))
}

/// A check cannot be changed in place: the table is copied into one with the new checks. Columns that this version
/// does not know would be lost, so they stop it.
fn rebuild(def: &KindDef, there: &[String]) -> StoreResult<String> {
    if let Some(name) = unknown_column(def, there) {
        let what = format!("{}.{name} is unknown, so its table cannot be rebuilt", def.name);
        return Err(StoreError::Invalid(what));
    }
    let known = def.fields.iter().map(|field| quoted(&column_name(field)));
    let cols: Vec<String> = HEADER.into_iter().map(str::to_owned).chain(known).collect();
    let (cols, table) = (cols.join(", "), quoted(def.name));
    let new = format!("{}_new", def.name);
    let mut sql = format!(
        "{};\nINSERT INTO {} ({cols}) SELECT {cols} FROM {table};\nDROP VIEW IF EXISTS {};\n\
         DROP TABLE {table};\nALTER TABLE {} RENAME TO {table}",
        create(def, &new),
        quoted(&new),
        quoted(&format!("crm_v_{}", def.name)),
        quoted(&new),
    );
    for part in indexes(def).into_iter().chain([view(def)]) {
        sql.push_str(";\n");
        sql.push_str(&part.sql);
    }
    Ok(sql)
}

/// What `crm_schema` says was made, with checksums.
fn recorded(conn: &Connection) -> StoreResult<BTreeMap<String, String>> {
    if !is_ours(conn)? {
        return Ok(BTreeMap::new());
    }
    let mut stmt =
        conn.prepare("SELECT component, checksum FROM crm_schema").map_err(store_error)?;
    let rows = stmt.query_map([], |row| Ok((row.get(0)?, row.get(1)?))).map_err(store_error)?;
    rows.collect::<Result<_, _>>().map_err(store_error)
}

/// Whether the file has our tables.
pub(crate) fn is_ours(conn: &Connection) -> StoreResult<bool> {
    let sql = "SELECT 1 FROM sqlite_schema WHERE type = 'table' AND name = 'crm_schema'";
    let found = conn.query_row(sql, [], |_| Ok(())).optional().map_err(store_error)?;
    Ok(found.is_some())
}

/// What a handle may do with a file.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Access {
    Write,
    /// A newer version wrote it; this one may only read. That version is in it.
    Read(u32),
}

/// The file's version, and what this adapter may do with it; `None` for a file without our tables.
pub(crate) fn access(conn: &Connection) -> StoreResult<Option<(Access, String)>> {
    if !is_ours(conn)? {
        return Ok(None);
    }
    let sql =
        "SELECT version, min_reader, min_writer, checksum FROM crm_schema WHERE component = 'core'";
    let row = conn.query_row(sql, [], |row| {
        Ok((row.get::<_, u32>(0)?, row.get::<_, u32>(1)?, row.get::<_, u32>(2)?, row.get(3)?))
    });
    let Some((version, reader, writer, sum)) = row.optional().map_err(store_error)? else {
        return Ok(None);
    };
    if reader > VERSION {
        return Err(StoreError::Schema { found: version, wanted: VERSION });
    }
    let access = if writer > VERSION { Access::Read(version) } else { Access::Write };
    Ok(Some((access, sum)))
}

/// Brings a file to this version, after a copy of an older one was put beside it. Does nothing where nothing lacks.
pub(crate) fn migrate(
    conn: &Connection,
    path: Option<&Path>,
    defs: &[&KindDef],
) -> StoreResult<Access> {
    let wanted = fingerprint(defs);
    let before = access(conn)?;
    match &before {
        Some((Access::Read(version), _)) => return Ok(Access::Read(*version)),
        Some((Access::Write, sum)) if *sum == wanted => return Ok(Access::Write),
        _ => {}
    }
    let steps = plan(conn, defs)?;
    if steps.is_empty() {
        return Ok(Access::Write);
    }
    // Where only indexes lack, nothing is changed that could be lost.
    let changes = steps.iter().any(|step| !step.component.starts_with("index "));
    if let (Some(path), Some(_), true) = (path, &before, changes) {
        back_up(conn, path, &wanted)?;
    }
    conn.execute_batch("BEGIN IMMEDIATE").map_err(store_error)?;
    let done =
        run(conn, defs, &wanted).and_then(|()| conn.execute_batch("COMMIT").map_err(store_error));
    if done.is_err() && !conn.is_autocommit() {
        conn.execute_batch("ROLLBACK").map_err(store_error)?;
    }
    done.map(|()| Access::Write)
}

/// Under the write lock the plan is made again: another process may have been here.
fn run(conn: &Connection, defs: &[&KindDef], wanted: &str) -> StoreResult<()> {
    let record = |component: &str, sum: &str| record(conn, component, sum);
    let mut made = Vec::new();
    for step in plan(conn, defs)? {
        clear_of_others(conn, &step)?;
        conn.execute_batch(&step.sql).map_err(store_error)?;
        if !step.component.starts_with("codes ") {
            record(&step.component, &checksum(&step.sql))?;
        }
        made.push(step.component);
    }
    for def in defs {
        let codes: Vec<String> = def.fields.iter().flat_map(code_list).collect();
        if !codes.is_empty() {
            record(&format!("codes {}", def.name), &codes.join(" "))?;
        }
        let (view, codes) = (view(def), format!("codes {}", def.name));
        if made.contains(&view.component) || made.contains(&codes) {
            record(&view.component, &checksum(&view.sql))?;
        }
    }
    record("core", wanted)?;
    let id: i32 =
        conn.query_row("PRAGMA application_id", [], |row| row.get(0)).map_err(store_error)?;
    if id == 0 {
        conn.execute_batch(&format!("PRAGMA application_id = {APPLICATION_ID}"))
            .map_err(store_error)?;
    }
    if id == 0 || id == APPLICATION_ID {
        conn.execute_batch(&format!("PRAGMA user_version = {VERSION}")).map_err(store_error)?;
    }
    Ok(())
}

/// Notes in `crm_schema` that something is there.
fn record(conn: &Connection, component: &str, sum: &str) -> StoreResult<()> {
    let sql = "INSERT INTO crm_schema (component, version, min_reader, min_writer, checksum) \
               VALUES (?1, ?2, ?3, ?4, ?5) ON CONFLICT (component) DO UPDATE SET \
               version = excluded.version, checksum = excluded.checksum";
    let row = params![component, VERSION, MIN_READER, MIN_WRITER, sum];
    conn.execute(sql, row).map(drop).map_err(store_error)
}

/// The index of that name.
pub(crate) fn index(def: &KindDef, name: &str) -> Option<Part> {
    let component = format!("index {name}");
    indexes(def).into_iter().find(|part| part.component == component)
}

/// Makes one part, within a transaction.
pub(crate) fn made(conn: &Connection, part: &Part) -> StoreResult<()> {
    conn.execute_batch(&part.sql).map_err(store_error)?;
    record(conn, &part.component, &checksum(&part.sql))
}

/// Notes that a part is no longer there: whoever opens the file next makes it.
pub(crate) fn forgotten(conn: &Connection, part: &Part) -> StoreResult<()> {
    let sql = "DELETE FROM crm_schema WHERE component = ?1";
    conn.execute(sql, [&part.component]).map(drop).map_err(store_error)
}

/// Notes that something lacks, so that whoever opens the file next looks for it.
pub(crate) fn unfinished(conn: &Connection) -> StoreResult<()> {
    let sql = "UPDATE crm_schema SET checksum = 'unfinished' WHERE component = 'core'";
    conn.execute(sql, []).map(drop).map_err(store_error)
}

/// Refuses to take over a table that somebody else made under one of our names.
fn clear_of_others(conn: &Connection, step: &Part) -> StoreResult<()> {
    let Some(("table", name)) = step.component.split_once(' ') else { return Ok(()) };
    let sql = "SELECT 1 FROM sqlite_schema WHERE name = ?1";
    let found = conn.query_row(sql, [name], |_| Ok(())).optional().map_err(store_error)?;
    match found {
        Some(()) => Err(StoreError::Invalid(format!("`{name}` is there already and is not ours"))),
        None => Ok(()),
    }
}

/// Copies the file to `<file>.before-<what it becomes>` unless that was done before.
fn back_up(conn: &Connection, path: &Path, wanted: &str) -> StoreResult<()> {
    let beside = |suffix: &str| {
        let mut name = path.as_os_str().to_owned();
        name.push(suffix);
        std::path::PathBuf::from(name)
    };
    let target = beside(&format!(".before-{wanted}"));
    if target.exists() {
        return Ok(());
    }
    let draft = beside(&format!(".before-{wanted}.{}", std::process::id()));
    copy_into(conn, &draft)?;
    std::fs::rename(&draft, &target).map_err(|e| StoreError::Unavailable(e.to_string()))
}

/// A consistent copy of the whole file.
pub(crate) fn copy_into(conn: &Connection, path: &Path) -> StoreResult<()> {
    let path = path.to_string_lossy();
    conn.execute("VACUUM INTO ?1", [path.as_ref()]).map(drop).map_err(store_error)
}

/// What tells two schemas apart.
fn fingerprint(defs: &[&KindDef]) -> String {
    checksum(&parts(defs).iter().map(|part| part.sql.as_str()).collect::<String>())
}

/// 64 bits over a text, as hexadecimal.
fn checksum(text: &str) -> String {
    let hash = text.bytes().fold(0xCBF2_9CE4_8422_2325_u64, |hash, byte| {
        (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01B3)
    });
    format!("{hash:016x}")
}

#[cfg(test)]
mod tests;
