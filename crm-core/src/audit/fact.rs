//! Facts: what a decision changed, field by field, committed to by one root.
//!
//! The root is the Merkle tree hash of RFC 6962 section 2.1 over these leaves: the header, then every changed field in
//! the order of writing. A field that is not personal is a leaf in clear. A personal field is a leaf that holds only a
//! salted commitment; salt and values stand in a [`FactSecret`], which an erasure purges without breaking the root.

use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};
use uuid::Uuid;

use super::{Fact, FactSecret};
use crate::access::Purpose;
use crate::record::{Key, Record, Val, canonical};
use crate::value::{Id, Timestamp};

/// What a fact says besides what changed.
#[derive(Clone, Debug)]
pub struct Header {
    /// The operation.
    pub operation: String,
    /// The record it is about.
    pub subject: Key,
    /// Who; nil for the engine itself.
    pub actor: Uuid,
    /// What for.
    pub purpose: Purpose,
    /// When it was true.
    pub happened_at: Timestamp,
    /// When it was recorded.
    pub recorded_at: Timestamp,
    /// Rule records that decided, with their versions.
    pub rules: Vec<(Key, u64)>,
    /// Where it came from, for imports.
    pub source: Option<String>,
    /// The customer on whose timeline it stands; nil for none. Derived from the subject, so no part of the root.
    pub customer: Uuid,
}

/// One changed record.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct RecordChange {
    /// Its kind.
    pub kind: String,
    /// Its id.
    pub id: Uuid,
    /// Whether it was made, changed or deleted.
    pub what: What,
    /// Its changed fields.
    pub fields: Vec<FieldChange>,
}

/// What became of a record.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum What {
    /// It was not there before.
    Created,
    /// It was there.
    Changed,
    /// It was deleted.
    Deleted,
    /// It had been deleted, and is there again.
    Restored,
}

/// One changed field: before and after, or a commitment to them.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct FieldChange {
    /// Its name; of a custom field `ext.` and its code.
    pub field: String,
    /// Before.
    #[serde(default, skip_serializing_if = "Val::is_null")]
    pub from: Val,
    /// After.
    #[serde(default, skip_serializing_if = "Val::is_null")]
    pub to: Val,
    /// For a personal field instead of the values: SHA-256 of salt, before and after, in hexadecimal.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub commitment: Option<String>,
}

/// What a secret holds of one field.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct SecretField {
    /// Its name.
    pub field: String,
    /// The salt, in hexadecimal.
    pub salt: String,
    /// Before.
    #[serde(default, skip_serializing_if = "Val::is_null")]
    pub from: Val,
    /// After.
    #[serde(default, skip_serializing_if = "Val::is_null")]
    pub to: Val,
}

impl SecretField {
    /// What the fact holds in its place.
    pub fn commitment(&self) -> String {
        let values = serde_json::to_vec(&(&self.from, &self.to)).unwrap_or_default();
        hex(&Sha256::new().chain_update(&self.salt).chain_update(values).finalize())
    }
}

/// The fact of a decision that changed these records, each before and after; and the secrets of its personal fields.
pub fn fact<'a>(
    id: Id<Fact>,
    header: Header,
    changes: impl Iterator<Item = (Option<&'a Record>, &'a Record)>,
    salt: &dyn Fn(u64) -> [u8; 32],
    secret_id: &dyn Fn(u64) -> Id<FactSecret>,
) -> (Fact, Vec<FactSecret>) {
    let mut records = Vec::new();
    let mut secrets: Vec<FactSecret> = Vec::new();
    let mut salts = 0;
    for (before, after) in changes {
        let mut hidden = Vec::new();
        let mut fields = Vec::new();
        for (field, personal, from, to) in changed_fields(before, after) {
            if !personal {
                fields.push(FieldChange { field, from, to, commitment: None });
                continue;
            }
            let secret = SecretField { field, salt: hex(&salt(salts)), from, to };
            salts = salts.saturating_add(1);
            let (field, commitment) = (secret.field.clone(), Some(secret.commitment()));
            fields.push(FieldChange { field, from: Val::Null, to: Val::Null, commitment });
            hidden.push(secret);
        }
        if !hidden.is_empty() {
            secrets.push(FactSecret {
                id: secret_id(secrets.len() as u64),
                fact: id,
                person: after.id,
                values: serde_json::to_string(&hidden).unwrap_or_default(),
                ext: Default::default(),
            });
        }
        let what = match before {
            _ if after.deleted => What::Deleted,
            None => What::Created,
            Some(before) if before.deleted => What::Restored,
            Some(_) => What::Changed,
        };
        let kind = after.def.name.to_owned();
        records.push(RecordChange { kind, id: after.id, what, fields });
    }
    (sealed(id, header, Changes::Records(&records)), secrets)
}

/// The fact of an import: one Merkle root over the rows that it wrote, each by its [`record_leaf`], instead of their
/// values.
pub fn bulk_fact(id: Id<Fact>, header: Header, leaves: Vec<[u8; 32]>) -> Fact {
    let count = leaves.len();
    let changes = format!(r#"{{"records":{count},"root":"{}"}}"#, hex(&merkle(leaves)));
    sealed(id, header, Changes::Whole(changes))
}

/// The leaf of a row: over its canonical bytes.
pub fn record_leaf(record: &Record) -> [u8; 32] {
    let mut content = Vec::with_capacity(256);
    content.push(0);
    canonical::append(record, &mut content);
    Sha256::digest(&content).into()
}

/// What a fact says of its changes.
enum Changes<'a> {
    /// Field by field.
    Records(&'a [RecordChange]),
    /// As one text.
    Whole(String),
}

fn sealed(id: Id<Fact>, header: Header, changes: Changes<'_>) -> Fact {
    let rules: Vec<(String, Uuid, u64)> = header
        .rules
        .iter()
        .map(|(key, version)| (key.kind.name().to_owned(), key.id, *version))
        .collect();
    let rules = (!rules.is_empty()).then(|| serde_json::to_string(&rules).unwrap_or_default());
    let mut fact = Fact {
        id,
        subject_kind: header.subject.kind.name().to_owned(),
        subject: header.subject.id,
        operation: header.operation,
        actor: header.actor,
        purpose: header.purpose.code().to_owned(),
        happened_at: header.happened_at,
        recorded_at: header.recorded_at,
        rules,
        changes: String::new(),
        source: header.source,
        root: Vec::new(),
        customer: header.customer,
        ext: Default::default(),
    };
    let mut leaves = vec![header_leaf(&fact)];
    fact.changes = match changes {
        Changes::Records(records) => {
            // The text and the leaves spell the same fields: each is spelled once.
            let mut text = vec![b'['];
            record_leaves(records, &mut leaves, &mut text);
            text.push(b']');
            String::from_utf8(text).unwrap_or_default()
        }
        Changes::Whole(text) => {
            leaves.push(leaf(text.as_bytes()));
            text
        }
    };
    fact.root = merkle(leaves).to_vec();
    fact
}

/// The root that a fact must have.
pub fn root(fact: &Fact) -> [u8; 32] {
    let mut leaves = vec![header_leaf(fact)];
    match serde_json::from_str::<Vec<RecordChange>>(&fact.changes) {
        Ok(records) => record_leaves(&records, &mut leaves, &mut Vec::new()),
        Err(_) => leaves.push(leaf(fact.changes.as_bytes())),
    }
    merkle(leaves)
}

fn header_leaf(fact: &Fact) -> [u8; 32] {
    let header = (
        (&fact.id, &fact.subject_kind, fact.subject, &fact.operation, fact.actor, &fact.purpose),
        (fact.happened_at, fact.recorded_at, &fact.rules, &fact.source),
    );
    leaf(&serde_json::to_vec(&header).unwrap_or_default())
}

/// A leaf for each field, `[name, field]` as JSON, or for a record without any its `name`: kind, id and what became of it.
/// `text` gets the records as JSON, without brackets around them.
fn record_leaves(records: &[RecordChange], leaves: &mut Vec<[u8; 32]>, text: &mut Vec<u8>) {
    // Nothing that is written here can fail to be.
    let mut content = Vec::with_capacity(512);
    for record in records {
        content.clear();
        content.push(b'[');
        let _ = serde_json::to_writer(&mut content, &(&record.kind, record.id, record.what));
        let name = content.len();
        if record.fields.is_empty() {
            leaves.push(leaf(content.get(1..).unwrap_or_default()));
        }
        let RecordChange { kind, id, what, .. } = record;
        let head = RecordChange { kind: kind.clone(), id: *id, what: *what, fields: Vec::new() };
        if text.len() > 1 {
            text.push(b',');
        }
        let _ = serde_json::to_writer(&mut *text, &head);
        // The head ends with an empty list and its own brace.
        text.truncate(text.len().saturating_sub(2));
        for (at, field) in record.fields.iter().enumerate() {
            content.truncate(name);
            content.push(b',');
            let _ = serde_json::to_writer(&mut content, field);
            if at > 0 {
                text.push(b',');
            }
            text.extend(content.iter().skip(name.saturating_add(1)));
            content.push(b']');
            leaves.push(leaf(&content));
        }
        text.extend(b"]}");
    }
}

/// The fields that differ: name, whether it is personal, before, after.
fn changed_fields(before: Option<&Record>, after: &Record) -> Vec<(String, bool, Val, Val)> {
    let mut fields = Vec::new();
    for (def, to) in after.def.fields.iter().zip(&after.vals) {
        let from = before.and_then(|before| before.at(def.id)).map_or(Val::Null, told);
        let to = told(to);
        if from != to {
            fields.push((def.name.clone(), def.personal.is_some(), from, to));
        }
    }
    let codes = before.into_iter().flat_map(|before| before.ext.keys()).chain(after.ext.keys());
    for code in codes.collect::<std::collections::BTreeSet<_>>() {
        let from = before.and_then(|before| before.ext.get(code)).cloned().unwrap_or_default();
        let to = after.ext.get(code).cloned().unwrap_or_default();
        if from != to {
            // What the host puts into its own fields is unknown here, so it is treated as personal.
            fields.push((format!("ext.{code}"), true, from, to));
        }
    }
    fields
}

/// A value as a fact tells it: the nil id of an empty link is nothing.
fn told(val: &Val) -> Val {
    if *val == Val::Id(Uuid::nil()) { Val::Null } else { val.clone() }
}

/// A leaf of the tree: SHA-256 of a zero byte and the content.
fn leaf(content: &[u8]) -> [u8; 32] {
    Sha256::new().chain_update([0]).chain_update(content).finalize().into()
}

/// The root over leaves, pairing level by level; an odd one rises unpaired, which is RFC 6962's tree.
fn merkle(mut level: Vec<[u8; 32]>) -> [u8; 32] {
    while level.len() > 1 {
        level = level
            .chunks(2)
            .map(|pair| match pair {
                [left, right] => Sha256::new()
                    .chain_update([1])
                    .chain_update(left)
                    .chain_update(right)
                    .finalize()
                    .into(),
                _ => pair.first().copied().unwrap_or_default(),
            })
            .collect();
    }
    level.first().copied().unwrap_or_else(|| Sha256::digest([]).into())
}

/// Lower-case hexadecimal.
pub(crate) fn hex(bytes: &[u8]) -> String {
    let digit = |half: u8| char::from_digit(half.into(), 16).unwrap_or('0');
    let mut text = String::with_capacity(64);
    text.extend(bytes.iter().flat_map(|byte| [digit(byte >> 4), digit(byte & 15)]));
    text
}
