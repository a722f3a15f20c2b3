//! Taking data out: every stored row of a kind, column by column.

use std::collections::BTreeMap;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value, json};
use uuid::Uuid;

use super::page;
use super::purpose::Leaving;
use super::records::count;
use crate::access::Access;
use crate::engine::{Cx, Error, Operation};
use crate::party::{ConsentChannel, Medium, Withheld};
use crate::record::{ColumnType, FieldDef, Kind, Record, Val};
use crate::store::{self, Cursor, Flow, KINDS, Row, Scan};
use crate::value::{Invalid, Timestamp};

/// The rows of a kind that are not deleted, by id, column by column as the BI views have them. What leaves depends on the
/// session's purpose as in `records.export`: a row stays that is about somebody who withdrew `processing` or the purpose, or
/// who did not allow `marketing`; a contact point stays where its channel is not allowed.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct ExportRecords {
    /// The kind, such as `customer`.
    pub kind: String,
    /// Only rows behind this id: where the page before ended.
    pub after: Option<Uuid>,
    /// At most so many: 1 to 1,000; 50 where nothing is said.
    pub limit: Option<u32>,
}

/// A page of rows.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Exported {
    /// The columns, in the order of their numbers: id and version first.
    pub columns: Vec<String>,
    /// The rows, each an object of its columns; an absent value is left out. Custom values follow as `ext.` and their code.
    pub rows: Vec<Map<String, Value>>,
    /// Say it as `after` for the next page; none where nothing follows.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub next: Option<Uuid>,
    /// How many rows of this page do not leave for the session's purpose, by why: `restricted`, `withdrawn`, `no_consent`.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub left_out: BTreeMap<Withheld, u32>,
}

impl Operation for ExportRecords {
    const NAME: &'static str = "export.records";
    const ACCESS: Access = Access::Migrate;
    type Response = Exported;

    fn run(&self, cx: &mut Cx<'_>) -> Result<Exported, Error> {
        let kind = Kind::named(&self.kind).filter(|kind| exported(*kind)).ok_or_else(|| {
            let known = KINDS.iter().map(|(kind, _)| *kind).filter(|kind| exported(*kind));
            let invalid = Invalid::new("export.kind", &self.kind);
            Error::invalid("kind", invalid.allowed(known.map(Kind::name)))
        })?;
        let after = self.after.map(|id| Cursor { vals: Vec::new(), id });
        let limit = page::limit(self.limit)?;
        let scan = Scan { after: after.as_ref(), limit, ..Scan::of(cx.tenant(), kind, 0, &[]) };
        let mut found = Vec::new();
        let end = cx.store().scan(&scan, &mut |row| {
            if let Row::Rec(_, record) = row {
                found.push(record.clone());
            }
            Flow::Continue(())
        })?;
        let (leaving, masked) = (Leaving::of(cx)?, cx.is_masked());
        let (mut rows, mut left_out) = (Vec::new(), BTreeMap::new());
        for record in &found {
            match leaving.judge(cx, record)? {
                Ok(open) if reached_by(record).is_none_or(|channel| open.contains(&channel)) => {
                    rows.push(row(record, masked));
                }
                Ok(_) => count(&mut left_out, Withheld::NoConsent),
                Err(why) => count(&mut left_out, why),
            }
        }
        let fields = store::def(kind).map_or(&[][..], |def| &def.fields);
        let columns =
            ["id", "version"].into_iter().chain(fields.iter().map(|def| def.name.as_str()));
        let columns = columns.map(ToOwned::to_owned).collect();
        Ok(Exported { columns, rows, next: end.next.map(|cursor| cursor.id), left_out })
    }
}

/// What the engine keeps for itself is not exported: indexes and receipts can be made anew.
fn exported(kind: Kind) -> bool {
    store::def(kind).is_some() && !matches!(kind, Kind::CustomIndex | Kind::Receipt)
}

/// By what a contact point reaches somebody.
fn reached_by(record: &Record) -> Option<ConsentChannel> {
    if record.def.kind != Kind::ContactPoint {
        return None;
    }
    let medium = record.def.field_named("medium").and_then(|field| record.at(field.id));
    let Some(Val::Text(medium)) = medium else { return None };
    match medium.parse().ok()? {
        Medium::Phone => Some(ConsentChannel::Phone),
        Medium::Email => Some(ConsentChannel::Email),
        Medium::Social => Some(ConsentChannel::Message),
        Medium::Url => None,
    }
}

/// A row. Bytes about people are records within a record; whoever has a mask is not given them.
fn row(record: &Record, masked: bool) -> Map<String, Value> {
    let mut row = Map::new();
    row.insert("id".to_owned(), json!(record.id));
    row.insert("version".to_owned(), json!(record.version));
    for (def, val) in record.def.fields.iter().zip(&record.vals) {
        let veiled = masked && def.personal.is_some() && def.ty == ColumnType::Bytes;
        if let Some(value) = value(def, val).filter(|_| !veiled) {
            row.insert(def.name.clone(), value);
        }
    }
    row.extend(record.ext.iter().map(|(code, val)| (format!("ext.{code}"), json!(val))));
    row
}

/// A column as JSON; nothing for an absent value. A number of minor units is text, like every 64-bit number.
fn value(def: &FieldDef, val: &Val) -> Option<Value> {
    match (def.ty, val) {
        (_, Val::Null) => None,
        (_, Val::Id(id)) if id.is_nil() => None,
        (ColumnType::Instant, Val::Int(micros)) => {
            Some(Timestamp::from_micros(*micros).map_or_else(|_| json!(micros), |at| json!(at)))
        }
        (ColumnType::MoneyMinor, Val::Int(minor)) => Some(json!(minor.to_string())),
        (ColumnType::Json, Val::Text(text)) => {
            Some(serde_json::from_str(text).unwrap_or_else(|_| json!(text)))
        }
        (_, val) => Some(json!(val)),
    }
}
