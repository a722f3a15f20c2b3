//! Which columns name other records: read from the metadata, so that a new kind is covered without code.

use uuid::Uuid;

use crate::record::{ColumnType, FieldDef, FieldId, Key, Kind, KindDef, Record, Val};

/// Kinds that tell what was, or are derived from other records: what they name is not brought along when a record becomes
/// another. A fact goes on telling of the record that was decided about; index rows follow the values they index.
pub const BOOKKEEPING: &[Kind] = &[
    Kind::CustomIndex,
    Kind::Receipt,
    Kind::Fact,
    Kind::FactSecret,
    Kind::Seal,
    Kind::Reversal,
    Kind::ReversalEntry,
];

/// The field by which a merged record names the one that it became part of; no live record has it.
const MERGED_INTO: &str = "merged_into";

/// Columns whose kind the metadata cannot say, since that concept knows of this one and not this of it.
pub const OF_ONE_KIND: &[(Kind, &str, Kind)] = &[
    (Kind::Activity, "thread", Kind::Activity),
    (Kind::IntakeSource, "campaign", Kind::Campaign),
    (Kind::Lead, "campaign", Kind::Campaign),
    (Kind::Confirmation, "point", Kind::ContactPoint),
    (Kind::ProcessChange, "reversal", Kind::Reversal),
    (Kind::OutboxReply, "document", Kind::Order),
    // A place in a listing where work goes on: it names nobody.
    (Kind::Timer, "place", Kind::Timer),
];

/// A column that may name a record of some kind.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Pointer {
    /// The column with the id.
    pub field: FieldId,
    /// The column that says of which kind it is, where the metadata does not.
    pub kind: Option<FieldId>,
}

/// The columns by which a record of `def` may name one of kind `to`: ids that reference it, and ids of any kind, beside
/// which a column `…_kind` or `entity` says of which.
pub fn pointers(def: &KindDef, to: Kind) -> Vec<Pointer> {
    let ids = def.fields.iter().filter(|field| field.ty == ColumnType::Id);
    let ids = ids.filter(|field| field.name != MERGED_INTO);
    // A column that says of which kind may be closed, and that kind none of its codes.
    let sayable = kind_column(def)
        .and_then(|column| def.field(column))
        .is_none_or(|column| column.codes.is_empty() || column.codes.contains(&to.name()));
    ids.filter(|field| of_kind(def.kind, field).map_or(sayable, |kind| kind == to))
        .map(|field| Pointer {
            field: field.id,
            kind: if of_kind(def.kind, field).is_some() { None } else { kind_column(def) },
        })
        .collect()
}

/// The kind that the ids of a column are of, where that is one.
fn of_kind(kind: Kind, field: &FieldDef) -> Option<Kind> {
    let said = || OF_ONE_KIND.iter().find(|(of, name, _)| *of == kind && *name == field.name);
    field.references.or_else(|| said().map(|(_, _, kind)| *kind))
}

/// The column that says of which kind an id is.
pub fn kind_column(def: &KindDef) -> Option<FieldId> {
    let says = |field: &&FieldDef| field.name.ends_with("_kind") || field.name == "entity";
    def.fields.iter().find(says).map(|field| field.id)
}

impl Pointer {
    /// Whether it names that record.
    fn names(self, record: &Record, key: Key) -> bool {
        let of_kind =
            |field| matches!(record.at(field), Some(Val::Text(name)) if name == key.kind.name());
        record.at(self.field) == Some(&Val::Id(key.id)) && self.kind.is_none_or(of_kind)
    }
}

/// Whether a record names another by one of its columns.
pub fn names(record: &Record, key: Key) -> bool {
    pointers(record.def, key.kind).into_iter().any(|pointer| pointer.names(record, key))
}

/// The records that a record names, of whatever kind.
pub fn neighbours(record: &Record) -> Vec<Key> {
    let named = record.def.fields.iter().zip(&record.vals).filter_map(|(field, val)| {
        let Val::Id(id) = val else { return None };
        let said = || {
            let Val::Text(name) = record.at(kind_column(record.def)?)? else { return None };
            Kind::named(name)
        };
        let kind = of_kind(record.def.kind, field).or_else(said)?;
        (!id.is_nil() && field.name != MERGED_INTO).then_some(Key { kind, id: *id })
    });
    named.collect()
}

/// The record with every column that named `from` naming `to`, of the same kind, instead.
pub fn rehomed(record: &Record, from: Key, to: Uuid) -> Record {
    let mut moved = record.clone();
    for pointer in pointers(record.def, from.kind) {
        if pointer.names(record, from)
            && let Some(slot) =
                record.def.position(pointer.field).and_then(|at| moved.vals.get_mut(at))
        {
            *slot = Val::Id(to);
        }
    }
    moved
}

/// The record that a merged one became part of.
pub fn stands_for(record: &Record) -> Option<Uuid> {
    let field = record.def.field_named(MERGED_INTO)?;
    let Val::Id(id) = record.at(field.id)? else { return None };
    (!id.is_nil()).then_some(*id)
}
