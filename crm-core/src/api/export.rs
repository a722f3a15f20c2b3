//! Taking data out: every stored row of a kind, column by column.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value, json};
use uuid::Uuid;

use super::page;
use crate::access::Access;
use crate::engine::{Cx, Error, Operation};
use crate::record::{ColumnType, FieldDef, Kind, Record, Val};
use crate::store::{self, Cursor, Flow, KINDS, Row, Scan};
use crate::value::{Invalid, Timestamp};

/// The rows of a kind that are not deleted, by id, column by column as the BI views have them.
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
        let mut rows = Vec::new();
        let end = cx.store().scan(&scan, &mut |found| {
            if let Row::Rec(_, record) = found {
                rows.push(row(record));
            }
            Flow::Continue(())
        })?;
        let fields = store::def(kind).map_or(&[][..], |def| &def.fields);
        let columns =
            ["id", "version"].into_iter().chain(fields.iter().map(|def| def.name.as_str()));
        let columns = columns.map(ToOwned::to_owned).collect();
        Ok(Exported { columns, rows, next: end.next.map(|cursor| cursor.id) })
    }
}

/// What the engine keeps for itself is not exported: indexes and receipts can be made anew.
fn exported(kind: Kind) -> bool {
    store::def(kind).is_some() && !matches!(kind, Kind::CustomIndex | Kind::Receipt)
}

fn row(record: &Record) -> Map<String, Value> {
    let mut row = Map::new();
    row.insert("id".to_owned(), json!(record.id));
    row.insert("version".to_owned(), json!(record.version));
    for (def, val) in record.def.fields.iter().zip(&record.vals) {
        if let Some(value) = value(def, val) {
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
