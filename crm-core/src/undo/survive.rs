//! Of several records that are one, which values live on.

use std::collections::BTreeMap;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use crate::codes;
use crate::decision::{Check, Refusal};
use crate::record::{FieldDef, Kind, Record, Val};
use crate::value::Invalid;

codes! {
    /// Which of several values of a field lives on.
    pub enum Pick {
        /// That of the record that is kept; where it has none, that of the youngest other that has one.
        Keep = "keep",
        /// That of the record that is kept, also where it is empty.
        Own = "own",
        /// The earliest instant.
        Earliest = "earliest",
        /// The texts of all, one below the other, each once; where that is too long, that of the record that is kept.
        Joined = "joined",
    }
}

/// Which value lives on, where that is not [`Pick::Keep`]: the survivorship rules, as data.
pub const SURVIVORSHIP: &[(Kind, &str, Pick)] = &[
    (Kind::Customer, "customer_type", Pick::Own),
    (Kind::Customer, "owner", Pick::Own),
    (Kind::Customer, "pool", Pick::Own),
    (Kind::Customer, "told", Pick::Own),
    (Kind::Customer, "status", Pick::Own),
    (Kind::Customer, "note", Pick::Joined),
    (Kind::Customer, "created_at", Pick::Earliest),
    (Kind::Contact, "customer", Pick::Own),
    (Kind::Contact, "note", Pick::Joined),
    (Kind::Contact, "created_at", Pick::Earliest),
    (Kind::Lead, "need", Pick::Joined),
    (Kind::Lead, "status", Pick::Own),
    (Kind::Lead, "discard_reason", Pick::Own),
    (Kind::Lead, "status_before", Pick::Own),
    (Kind::Lead, "received_at", Pick::Earliest),
    (Kind::Lead, "created_at", Pick::Earliest),
];

/// Fields that no caller chooses: they tell how a record stands.
const NOT_CHOSEN: &[&str] = &[
    "customer_type",
    "status",
    "status_before",
    "discard_reason",
    "created_at",
    "received_at",
    "primary_contact",
    "told",
    "converted_at",
    "merged_into",
];

/// Fields that are the proof of who somebody is: where two records differ in one, they are not merged unless somebody says
/// which is right.
const IDENTITY: &[(Kind, &str)] = &[(Kind::Customer, "credit_code")];

/// From which record a field is taken, by field; a custom field is `custom.` and its code.
pub type Chosen = BTreeMap<String, Uuid>;

/// A value that does not live on.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Dropped {
    /// Of which record.
    pub id: Uuid,
    /// The field; of a custom field `custom.` and its code.
    pub field: String,
    /// What it held.
    pub value: Val,
}

/// What becomes of several records.
#[derive(Clone, Debug, PartialEq)]
pub struct Survival {
    /// The one that lives on.
    pub record: Record,
    /// What of the others does not live on in it.
    pub dropped: Vec<Dropped>,
}

/// The record that lives on: its own values, those it lacks from the others, the youngest first; what stands in
/// [`SURVIVORSHIP`] goes by that; what the caller chose, goes as chosen.
///
/// Consent is not merged here: where two records of it meet, the one that forbids more lives on, whatever is chosen.
///
/// # Errors
///
/// `field.unknown` (fields) for a field that the kind does not have or nobody chooses · `merge.from_unknown` for a
/// choice of a record that takes no part · `merge.identity_differs` where the records prove to be different and nobody
/// says which is right. Rule REV-5 (F033, W13).
pub fn survive(keep: &Record, gone: &[Record], chosen: &Chosen) -> Result<Survival, Refusal> {
    let mut check = Check::default();
    for (field, from) in chosen {
        let path = format!("fields.{field}");
        check.rule(is_chosen(keep, field), &path, || Invalid::new("field.unknown", field));
        let known = *from == keep.id || gone.iter().any(|record| record.id == *from);
        check.rule(known, &path, || Invalid::new("merge.from_unknown", &from.to_string()));
    }
    for field in keep.def.fields.iter().filter(|field| identifies(keep, field)) {
        let own = keep.get(field.id);
        let other = gone.iter().map(|record| record.get(field.id));
        let other = other.into_iter().find(|val| !is_empty(val) && *val != own);
        if let Some(other) = other.filter(|_| !is_empty(&own) && !chosen.contains_key(&field.name))
        {
            let path = format!("fields.{}", field.name);
            let differs = Invalid::new("merge.identity_differs", &text(&other));
            check
                .refuse(path, differs.limit(format!("the record that is kept has {}", text(&own))));
        }
    }
    check.done()?;
    Ok(survivor(keep, gone, chosen))
}

fn survivor(keep: &Record, gone: &[Record], chosen: &Chosen) -> Survival {
    let mut youngest_first: Vec<&Record> = gone.iter().collect();
    youngest_first.sort_by_key(|record| core::cmp::Reverse((made_at(record), record.id)));
    let all = || core::iter::once(keep).chain(youngest_first.iter().copied());
    let from = |id: Uuid| all().find(|record| record.id == id);
    let mut record = keep.clone();
    let mut dropped = Vec::new();
    for (at, field) in keep.def.fields.iter().enumerate() {
        let vals: Vec<Val> = all().map(|record| record.get(field.id)).collect();
        let val = match chosen.get(&field.name).and_then(|id| from(*id)) {
            Some(record) => record.get(field.id),
            None => picked(pick(keep.def.kind, &field.name), &vals),
        };
        let val = outside(val, keep.id, gone);
        let told = !NOT_CHOSEN.contains(&field.name.as_str());
        for other in all().filter(|_| told) {
            let lost = other.get(field.id);
            if !is_empty(&lost) && !holds(&val, &lost) {
                dropped.push(Dropped { id: other.id, field: field.name.clone(), value: lost });
            }
        }
        if let Some(slot) = record.vals.get_mut(at) {
            *slot = val;
        }
    }
    for other in all() {
        for (code, val) in &other.ext {
            record.ext.entry(code.clone()).or_insert_with(|| val.clone());
        }
    }
    for (field, id) in chosen {
        if let Some(code) = field.strip_prefix("custom.") {
            match from(*id).and_then(|record| record.ext.get(code)) {
                Some(val) => drop(record.ext.insert(code.to_owned(), val.clone())),
                None => drop(record.ext.remove(code)),
            }
        }
    }
    for other in all() {
        let lost = other.ext.iter().filter(|(code, val)| record.ext.get(*code) != Some(val));
        dropped.extend(lost.map(|(code, val)| Dropped {
            id: other.id,
            field: format!("custom.{code}"),
            value: val.clone(),
        }));
    }
    Survival { record, dropped }
}

fn pick(kind: Kind, field: &str) -> Pick {
    let rule = SURVIVORSHIP.iter().find(|(of, name, _)| *of == kind && *name == field);
    rule.map_or(Pick::Keep, |(_, _, pick)| *pick)
}

/// Of the values of the kept record and then of the others, the one that lives on.
fn picked(pick: Pick, vals: &[Val]) -> Val {
    let own = vals.first().cloned().unwrap_or_default();
    let given = || vals.iter().filter(|val| !is_empty(val));
    match pick {
        Pick::Own => own,
        Pick::Keep => given().next().cloned().unwrap_or(own),
        Pick::Earliest => given().min().cloned().unwrap_or(own),
        Pick::Joined => {
            let mut texts: Vec<&str> = Vec::new();
            for val in given() {
                if let Val::Text(text) = val
                    && !texts.contains(&text.as_str())
                {
                    texts.push(text);
                }
            }
            let joined = texts.join("\n");
            if texts.is_empty() {
                own
            } else if joined.chars().count() <= NOTE_MAX {
                Val::Text(joined)
            } else {
                given().next().cloned().unwrap_or(own)
            }
        }
    }
}

/// Characters of a note.
const NOTE_MAX: usize = 20_000;

/// A link to one of the merged records names nothing: the survivor does not stand above itself.
fn outside(val: Val, keep: Uuid, gone: &[Record]) -> Val {
    let own = |id: Uuid| id == keep || gone.iter().any(|record| record.id == id);
    if matches!(val, Val::Id(id) if own(id)) { Val::Id(Uuid::nil()) } else { val }
}

fn is_chosen(record: &Record, field: &str) -> bool {
    match field.strip_prefix("custom.") {
        Some(code) => !code.is_empty() && !code.starts_with('#'),
        None => record.def.field_named(field).is_some() && !NOT_CHOSEN.contains(&field),
    }
}

fn identifies(record: &Record, field: &FieldDef) -> bool {
    IDENTITY.contains(&(record.def.kind, field.name.as_str()))
}

fn is_empty(val: &Val) -> bool {
    val.is_null() || *val == Val::Id(Uuid::nil())
}

/// Whether a value is what lives on, or part of the text that does.
fn holds(val: &Val, part: &Val) -> bool {
    match (val, part) {
        (Val::Text(text), Val::Text(part)) => {
            text == part || text.split('\n').any(|line| line == part)
        }
        _ => val == part,
    }
}

fn text(val: &Val) -> String {
    let json = serde_json::to_value(val).unwrap_or_default();
    json.as_str().map_or_else(|| json.to_string(), str::to_owned)
}

fn made_at(record: &Record) -> Val {
    record.def.field_named("created_at").map_or(Val::Null, |field| record.get(field.id))
}
