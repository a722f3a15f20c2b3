//! A batch as JSON, for a host that writes it by itself.

use crm_core::record::{Key, Record, Val};
use crm_core::store::{Batch, Expect, Op};
use serde_json::{Map, Value, json};

pub(crate) fn json(batch: &Batch) -> Vec<u8> {
    let guards: Vec<_> = batch.guards.iter().map(|guard| row(guard.key, guard.expect)).collect();
    let ops: Vec<_> = batch.ops.iter().map(op).collect();
    json!({
        "tenant": batch.tenant.0.to_string(),
        "commit": batch.commit.0.to_string(),
        "at": batch.at.to_string(),
        "guards": guards,
        "ops": ops,
    })
    .to_string()
    .into_bytes()
}

fn row(key: Key, expect: Expect) -> Value {
    json!({"kind": key.kind.name(), "id": key.id.to_string(), "version": version(expect)})
}

fn op(op: &Op) -> Value {
    match op {
        Op::Put { rec, expect } => json!({
            "put": rec.def.kind.name(),
            "id": rec.id.to_string(),
            "replaces": version(*expect),
            "version": rec.version.to_string(),
            "deleted": rec.deleted,
            "fields": fields(rec),
            "ext": rec.ext.iter().map(|(code, val)| (code.clone(), value(val))).collect::<Map<_, _>>(),
        }),
        Op::Purge { key, version } => json!({
            "purge": key.kind.name(),
            "id": key.id.to_string(),
            "replaces": version.to_string(),
        }),
    }
}

/// The version a row must have; null for no row.
fn version(expect: Expect) -> Option<String> {
    match expect {
        Expect::Absent => None,
        Expect::Version(version) => Some(version.to_string()),
    }
}

fn fields(record: &Record) -> Map<String, Value> {
    let named = record.def.fields.iter().zip(&record.vals);
    named.map(|(field, val)| (field.name.to_owned(), value(val))).collect()
}

/// 64-bit numbers are text; the rest is as everywhere.
fn value(val: &Val) -> Value {
    match val {
        Val::Int(number) => Value::String(number.to_string()),
        other => serde_json::to_value(other).unwrap_or(Value::Null),
    }
}
