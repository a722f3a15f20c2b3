//! What is stored: a flat row with a header, described by static metadata.
//!
//! A domain type and its row are two things. [`record!`](crate::record!) writes the mapping as a table beside the type;
//! adapters see only [`Record`] and [`KindDef`], so they need no code per kind. Field and kind numbers are never
//! reused, and a new field is optional for ever.

pub mod canonical;
mod column;
mod define;
mod kind;
mod val;

pub use column::{ClosedSet, Column, Spec};
pub use define::{Columns, Entity};
pub use kind::{ColumnType, Decodes, FieldDef, FieldId, IndexDef, Kind, KindDef, Personal};
pub use val::{Ext, Val};

use core::cmp::Ordering;

use uuid::Uuid;

/// One stored row: header and values, one value for each of its kind's fields, in their order.
#[derive(Clone, Debug)]
pub struct Record {
    /// The metadata of its kind.
    pub def: &'static KindDef,
    /// Its identity, unique within kind and tenant.
    pub id: Uuid,
    /// Counts its writes, from 1. The engine writes it; a store only compares it.
    pub version: u64,
    /// Soft-deleted: left out of listings and unique checks, still there.
    pub deleted: bool,
    /// Values of custom fields by their code, and values of fields that this version does not know by `#` and number.
    pub ext: Ext,
    /// The values of `def.fields`, in that order.
    pub vals: Vec<Val>,
}

impl Record {
    /// Kind and id: what names it within a tenant.
    pub fn key(&self) -> Key {
        Key { kind: self.def.kind, id: self.id }
    }

    /// The value of a field; `Null` where the kind has no such field. [`FieldId::ID`] is the record's id.
    pub fn get(&self, field: FieldId) -> Val {
        match field {
            FieldId::ID => Val::Id(self.id),
            FieldId::VERSION => Val::Int(i64::try_from(self.version).unwrap_or(i64::MAX)),
            _ => self.at(field).cloned().unwrap_or(Val::Null),
        }
    }

    /// The value of a declared field.
    pub fn at(&self, field: FieldId) -> Option<&Val> {
        self.def.position(field).and_then(|at| self.vals.get(at))
    }
}

impl PartialEq for Record {
    fn eq(&self, other: &Self) -> bool {
        self.key() == other.key()
            && self.version == other.version
            && self.deleted == other.deleted
            && self.ext == other.ext
            && self.vals == other.vals
    }
}

/// What names a record within a tenant.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Key {
    /// Its kind.
    pub kind: Kind,
    /// Its identity.
    pub id: Uuid,
}

// By kind, then by the bytes of the id, as it would be derived; but as one number, which every map of keys feels.
impl Ord for Key {
    fn cmp(&self, other: &Self) -> Ordering {
        let by_id = || self.id.as_u128().cmp(&other.id.as_u128());
        self.kind.cmp(&other.kind).then_with(by_id)
    }
}

impl PartialOrd for Key {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

/// A stored row that does not decode: which field, and what is wrong with it.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("stored {kind:?} {id}: {what}")]
pub struct Corrupt {
    /// The kind of the row.
    pub kind: Kind,
    /// Its id.
    pub id: Uuid,
    /// What does not decode.
    pub what: String,
}
