//! A batch as SQL text, for a host that runs it with its own driver inside its own transaction.

use core::fmt::Write as _;

use crm_core::record::{Key, Record, Val};
use crm_core::store::judge;
use crm_core::store::{Batch, Expect, Op, StoreResult};

use crate::table::{column_name, ext_text, quoted, table};
use crate::write::CAPS;

/// The statements that commit a batch, as one text for `sqlite3_exec` or what else runs SQL: no parameters, every value
/// a literal, one statement a line. Run it inside a transaction of your own on the store's file, between your own statements;
/// it takes effect when you commit.
///
/// Where a row is not as the batch expects (somebody wrote since it was made, or it ran before), a statement fails with
/// a constraint error and the lines after it must not run: roll back, and make the plan again. So begin the transaction as
/// `IMMEDIATE` before you make the plan; then nobody writes in between. The text needs SQLite 3.24 or newer and a table
/// `temp.crm_plan`, which it makes; nothing else of the file is changed but the store's rows.
///
/// # Errors
///
/// As [`Store::apply`](crm_core::store::Store::apply) for a batch that no store may take.
pub fn script(batch: &Batch) -> StoreResult<String> {
    judge::check_batch(batch, &CAPS)?;
    let mut script = Script { sql: String::new(), tenant: batch.tenant.0.cast_signed() };
    script.begin(batch);
    for guard in &batch.guards {
        script.expect(guard.key, guard.expect)?;
    }
    for (line, op) in (0_u32..).zip(&batch.ops) {
        let version = match op {
            Op::Put { rec, expect } => {
                script.put(rec, *expect)?;
                rec.version
            }
            Op::Purge { key, version } => {
                script.purge(*key, *version)?;
                *version
            }
        };
        script.journal(batch, line, (op.key(), version), matches!(op, Op::Purge { .. }));
    }
    Ok(script.sql)
}

/// Where the number of this commit stands once [`Script::begin`] has run.
const CHECKS: &str = "CREATE TEMP TABLE IF NOT EXISTS crm_plan (holds INTEGER NOT NULL, CONSTRAINT \
    the_store_changed_since_the_plan CHECK (holds = 1));";

struct Script {
    sql: String,
    tenant: i64,
}

impl Script {
    fn line(&mut self, sql: &str) {
        self.sql.push_str(sql);
        self.sql.push('\n');
    }

    fn begin(&mut self, batch: &Batch) {
        let tenant = self.tenant;
        let commit = hex(batch.commit.0.as_bytes());
        let digest = judge::digest(batch).cast_signed();
        self.line(CHECKS);
        self.line("DELETE FROM temp.crm_plan;");
        self.line(&format!(
            "INSERT INTO crm_head (tenant, seq) VALUES ({tenant}, 1) ON CONFLICT (tenant) DO UPDATE SET seq = seq + 1;"
        ));
        let seq = self.seq();
        self.line(&format!(
            "INSERT INTO crm_commit (tenant, commit_id, seq, digest) VALUES ({tenant}, {commit}, {seq}, {digest});"
        ));
    }

    /// The number of this commit, as SQL.
    fn seq(&self) -> String {
        format!("(SELECT seq FROM crm_head WHERE tenant = {})", self.tenant)
    }

    /// Fails where a row has not the version, or is there where none may be.
    fn expect(&mut self, key: Key, expect: Expect) -> StoreResult<()> {
        let name = quoted(table(key.kind)?.def.name);
        let version = match expect {
            Expect::Absent => "NULL".to_owned(),
            Expect::Version(version) => version.to_string(),
        };
        let id = hex(key.id.as_bytes());
        let found =
            format!("SELECT version FROM {name} WHERE tenant = {} AND id = {id}", self.tenant);
        self.line(&format!("INSERT INTO temp.crm_plan SELECT ({found}) IS {version};"));
        Ok(())
    }

    fn put(&mut self, rec: &Record, expect: Expect) -> StoreResult<()> {
        let def = table(rec.def.kind)?.def;
        let (name, tenant, seq) = (quoted(def.name), self.tenant, self.seq());
        let id = hex(rec.id.as_bytes());
        let header = [
            ("seq", seq),
            ("version", rec.version.to_string()),
            ("deleted", u8::from(rec.deleted).to_string()),
            ("ext", text(&ext_text(&rec.ext))),
        ];
        let fields = def.fields.iter().zip(&rec.vals);
        let fields = fields.map(|(field, val)| (quoted(&column_name(field)), literal(val)));
        let cols = header.into_iter().map(|(col, val)| (col.to_owned(), val)).chain(fields);
        match expect {
            Expect::Absent => {
                let (cols, vals): (Vec<_>, Vec<_>) = cols.unzip();
                let (cols, vals) = (cols.join(", "), vals.join(", "));
                self.line(&format!(
                    "INSERT INTO {name} (tenant, id, {cols}) VALUES ({tenant}, {id}, {vals});"
                ));
            }
            Expect::Version(version) => {
                let sets: Vec<_> = cols.map(|(col, val)| format!("{col} = {val}")).collect();
                self.line(&format!(
                    "UPDATE {name} SET {} WHERE tenant = {tenant} AND id = {id} AND version = {version};",
                    sets.join(", ")
                ));
                self.line("INSERT INTO temp.crm_plan SELECT changes() = 1;");
            }
        }
        Ok(())
    }

    fn purge(&mut self, key: Key, version: u64) -> StoreResult<()> {
        let (name, id) = (quoted(table(key.kind)?.def.name), hex(key.id.as_bytes()));
        self.line(&format!(
            "DELETE FROM {name} WHERE tenant = {} AND id = {id} AND version = {version};",
            self.tenant
        ));
        self.line("INSERT INTO temp.crm_plan SELECT changes() = 1;");
        Ok(())
    }

    fn journal(&mut self, batch: &Batch, line: u32, (key, version): (Key, u64), purged: bool) {
        let (tenant, seq, at) = (self.tenant, self.seq(), batch.at);
        let (commit, kind) = (hex(batch.commit.0.as_bytes()), key.kind.code());
        let (id, purged) = (hex(key.id.as_bytes()), u8::from(purged));
        self.line(&format!(
            "INSERT INTO crm_journal (tenant, seq, line, commit_id, at, kind, id, version, purged) VALUES \
             ({tenant}, {seq}, {line}, {commit}, {at}, {kind}, {id}, {version}, {purged});"
        ));
    }
}

fn literal(val: &Val) -> String {
    match val {
        Val::Null => "NULL".to_owned(),
        Val::Bool(value) => u8::from(*value).to_string(),
        Val::Int(value) => value.to_string(),
        Val::Text(value) => text(value),
        Val::Bytes(value) => hex(value),
        Val::Id(value) => hex(value.as_bytes()),
    }
}

/// A text literal. Control characters are spelled as bytes, so that a script is one statement a line and no driver stops at
/// a NUL.
fn text(value: &str) -> String {
    if value.chars().any(char::is_control) {
        return format!("CAST({} AS TEXT)", hex(value.as_bytes()));
    }
    format!("'{}'", value.replace('\'', "''"))
}

fn hex(bytes: &[u8]) -> String {
    let mut hex = String::from("X'");
    for byte in bytes {
        let _ = write!(hex, "{byte:02X}");
    }
    hex.push('\'');
    hex
}
