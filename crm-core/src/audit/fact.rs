//! Facts: what a decision changed, field by field, committed to by one root.
//!
//! The root is the Merkle tree hash of RFC 6962 section 2.1 over these leaves: the header, then every changed field in
//! the order of writing. A field that is not personal is a leaf in clear. A personal field is a leaf that holds only a
//! salted commitment; salt and values stand in a [`FactSecret`], which an erasure purges without breaking the root.

use std::borrow::Cow;

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
    let mut records: Vec<(&Record, What, usize)> = Vec::new();
    let mut fields = Vec::new();
    let mut secrets: Vec<FactSecret> = Vec::new();
    let mut salts = 0;
    for (before, after) in changes {
        let mut hidden = Vec::new();
        let first = fields.len();
        changed_fields(before, after, &mut fields);
        for told in fields.iter_mut().skip(first).filter(|told| told.personal) {
            let (from, to) = (told.from.clone(), told.to.clone());
            let (field, salt) = (told.field.clone().into_owned(), hex(&salt(salts)));
            let secret = SecretField { field, salt, from, to };
            salts = salts.saturating_add(1);
            told.commitment = Some(secret.commitment().into());
            (told.from, told.to) = (&Val::Null, &Val::Null);
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
        records.push((after, what, fields.len()));
    }
    let mut first = 0;
    let changed = records.iter().map(|(after, what, end)| {
        let fields = fields.get(first..*end).unwrap_or_default();
        first = *end;
        Changed { kind: after.def.name, id: after.id, what: *what, fields }
    });
    let changed: Vec<Changed<'_>> = changed.collect();
    (sealed(id, header, Changes::Records(&changed)), secrets)
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
    Records(&'a [Changed<'a>]),
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
            let fields = records.iter().map(|record| record.fields.len().saturating_add(2));
            let fields = fields.fold(0, usize::saturating_add);
            leaves.reserve(fields);
            let mut text = Vec::with_capacity(fields.saturating_mul(64));
            text.push(b'[');
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
        Ok(records) => {
            let fields: Vec<Vec<Told<'_>>> = records.iter().map(RecordChange::told).collect();
            let changed = records.iter().zip(&fields).map(|(record, fields)| Changed {
                kind: &record.kind,
                id: record.id,
                what: record.what,
                fields,
            });
            record_leaves(&changed.collect::<Vec<_>>(), &mut leaves, &mut Vec::new());
        }
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

/// A changed record, borrowed from what was written.
struct Changed<'a> {
    kind: &'a str,
    id: Uuid,
    what: What,
    fields: &'a [Told<'a>],
}

/// A field that differs, as the fact tells it.
struct Told<'a> {
    field: Cow<'a, str>,
    personal: bool,
    from: &'a Val,
    to: &'a Val,
    commitment: Option<Cow<'a, str>>,
}

impl RecordChange {
    fn told(&self) -> Vec<Told<'_>> {
        let fields = self.fields.iter().map(|field| Told {
            field: Cow::Borrowed(&field.field),
            personal: field.commitment.is_some(),
            from: &field.from,
            to: &field.to,
            commitment: field.commitment.as_deref().map(Cow::Borrowed),
        });
        fields.collect()
    }
}

/// A leaf for each field, `[name, field]` as JSON, or for a record without any its `name`: kind, id and what became of it.
/// `text` gets the records as JSON, as [`RecordChange`] reads them, without brackets around them.
fn record_leaves(records: &[Changed<'_>], leaves: &mut Vec<[u8; 32]>, text: &mut Vec<u8>) {
    let mut content = Vec::with_capacity(512);
    for Changed { kind, id, what, fields } in records {
        content.clear();
        content.push(b'[');
        json(&mut content, &(kind, id, what));
        let name = content.len();
        if fields.is_empty() {
            leaves.push(leaf(content.get(1..).unwrap_or_default()));
        }
        if text.len() > 1 {
            text.push(b',');
        }
        text.extend_from_slice(br#"{"kind":"#);
        quoted(text, kind);
        text.extend_from_slice(br#","id":"#);
        json(text, id);
        text.extend_from_slice(br#","what":"#);
        json(text, what);
        text.extend_from_slice(br#","fields":["#);
        for (at, field) in fields.iter().enumerate() {
            content.truncate(name);
            content.push(b',');
            field.spell(&mut content);
            if at > 0 {
                text.push(b',');
            }
            text.extend_from_slice(content.get(name.saturating_add(1)..).unwrap_or_default());
            content.push(b']');
            leaves.push(leaf(&content));
        }
        text.extend_from_slice(b"]}");
    }
}

impl Told<'_> {
    /// As [`FieldChange`] spells it.
    fn spell(&self, into: &mut Vec<u8>) {
        into.extend_from_slice(br#"{"field":"#);
        quoted(into, &self.field);
        for (name, val) in [(br#","from":"#.as_slice(), self.from), (br#","to":"#, self.to)] {
            if val.is_null() {
                continue;
            }
            into.extend_from_slice(name);
            match val {
                Val::Text(text) => quoted(into, text),
                Val::Null | Val::Bool(_) | Val::Int(_) | Val::Bytes(_) | Val::Id(_) => {
                    json(into, val)
                }
            }
        }
        if let Some(commitment) = &self.commitment {
            into.extend_from_slice(br#","commitment":"#);
            quoted(into, commitment);
        }
        into.push(b'}');
    }
}

/// Appends a value as JSON; nothing that is written here can fail to be.
fn json(into: &mut Vec<u8>, value: &impl Serialize) {
    let _ = serde_json::to_writer(into, value);
}

/// A text as JSON. Most have nothing to escape, which is seen many bytes at a time.
fn quoted(into: &mut Vec<u8>, text: &str) {
    let is_plain = |byte: u8| (byte >= b' ') & (byte != b'"') & (byte != b'\\');
    if text.bytes().fold(true, |plain, byte| plain & is_plain(byte)) {
        into.push(b'"');
        into.extend_from_slice(text.as_bytes());
        into.push(b'"');
    } else {
        json(into, &text);
    }
}

/// Adds the fields that differ.
fn changed_fields<'a>(before: Option<&'a Record>, after: &'a Record, fields: &mut Vec<Told<'a>>) {
    let told = |field, personal, from, to| Told { field, personal, from, to, commitment: None };
    for (at, (def, to)) in after.def.fields.iter().zip(&after.vals).enumerate() {
        let from = before.and_then(|before| before.vals.get(at)).map_or(&Val::Null, in_fact);
        let to = in_fact(to);
        if from != to {
            fields.push(told(Cow::Borrowed(def.name.as_str()), def.personal.is_some(), from, to));
        }
    }
    let codes = before.into_iter().flat_map(|before| before.ext.keys()).chain(after.ext.keys());
    for code in codes.collect::<std::collections::BTreeSet<_>>() {
        let from = before.and_then(|before| before.ext.get(code)).unwrap_or(&Val::Null);
        let to = after.ext.get(code).unwrap_or(&Val::Null);
        if from != to {
            // What the host puts into its own fields is unknown here, so it is treated as personal.
            fields.push(told(Cow::Owned(format!("ext.{code}")), true, from, to));
        }
    }
}

/// A value as a fact tells it: the nil id of an empty link is nothing.
fn in_fact(val: &Val) -> &Val {
    if *val == Val::Id(Uuid::nil()) { &Val::Null } else { val }
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
