//! Who names a record: found from the metadata of all kinds, so that a new kind is covered without code.

use std::collections::BTreeMap;

use crate::custom::{CustomField, CustomIndex, FieldType, key};
use crate::engine::{Cx, Error};
use crate::record::{Key, Kind, KindDef, Record, Val};
use crate::store::{KINDS, Scan};
use crate::undo::{BOOKKEEPING, Pointer, names, neighbours, pointers};

/// Columns without a listing that need none, and why.
const COVERED: &[(Kind, &str, &str)] = &[
    (
        Kind::Customer,
        "primary_contact",
        "a primary contact is at that customer, which the contact itself names",
    ),
    (
        Kind::Activity,
        "follows",
        "who makes a next step writes what it follows in the same commit, unless both are new",
    ),
    (
        Kind::Confirmation,
        "point",
        "a confirmation names whom its point reaches, too, and is found by them",
    ),
    (Kind::Lead, "opportunity", "only a conversion sets it, to a deal that it makes"),
];

/// The listing that finds rows by a column, and whether the kind comes before the id in it.
fn listing(def: &KindDef, pointer: Pointer) -> Option<(u16, bool)> {
    def.indexes.iter().find_map(|index| match (index.cols.as_slice(), pointer.kind) {
        ([first, ..], _) if *first == pointer.field => Some((index.id, false)),
        ([first, second, ..], Some(kind)) if *first == kind && *second == pointer.field => {
            Some((index.id, true))
        }
        _ => None,
    })
}

fn covered(def: &KindDef, pointer: Pointer) -> bool {
    let field = def.field(pointer.field).map_or("", |field| field.name.as_str());
    COVERED.iter().any(|(kind, name, _)| *kind == def.kind && *name == field)
}

impl Cx<'_> {
    /// Every live record that names one, of whatever kind, each once. Bookkeeping does not count.
    pub(super) fn naming(&mut self, target: Key) -> Result<Vec<Record>, Error> {
        let mut found: BTreeMap<Key, Record> = BTreeMap::new();
        let near = self.row(target)?.as_ref().map(neighbours).unwrap_or_default();
        for (kind, def) in KINDS.iter().filter(|(kind, _)| !BOOKKEEPING.contains(kind)) {
            for pointer in pointers(def(), target.kind) {
                let rows = self.pointing(def(), pointer, target, &near)?;
                let rows = rows.into_iter().filter(|row| names(row, target));
                found.extend(rows.map(|row| (Key { kind: *kind, id: row.id }, row)));
            }
        }
        for (_, row) in self.linking(target)? {
            found.insert(row.key(), row);
        }
        Ok(found.into_values().collect())
    }

    /// The live rows of a kind that may name the target by one column.
    fn pointing(
        &mut self,
        def: &'static KindDef,
        pointer: Pointer,
        target: Key,
        near: &[Key],
    ) -> Result<Vec<Record>, Error> {
        let id = Val::Id(target.id);
        if let Some((index, by_kind)) = listing(def, pointer) {
            let kind = by_kind.then(|| Val::from(target.kind.name()));
            let prefix: Vec<Val> = kind.into_iter().chain([id]).collect();
            return self.rows(def, index, &prefix);
        }
        let mut rows = Vec::new();
        for key in near.iter().filter(|key| key.kind == def.kind) {
            rows.extend(self.row(*key)?.filter(|row| !row.deleted));
        }
        if !covered(def, pointer) {
            rows.extend(self.all(def.kind, |row| names(row, target))?);
        }
        Ok(rows)
    }

    /// The live rows of a kind for which `wanted` holds, by a walk over all of them.
    fn all(&mut self, kind: Kind, wanted: impl Fn(&Record) -> bool) -> Result<Vec<Record>, Error> {
        let mut found = Vec::new();
        let scan = Scan::of(self.tenant(), kind, 0, &[]);
        crate::engine::each(self.store(), &scan, |_, row| {
            if wanted(row) {
                found.push(row.key());
            }
        })?;
        self.checkpoint()?;
        let mut rows = Vec::new();
        for key in found {
            rows.extend(self.row(key)?.filter(|row| !row.deleted));
        }
        Ok(rows)
    }

    /// The live records that name one by a custom link, each with the code of the field.
    pub(super) fn linking(&mut self, target: Key) -> Result<Vec<(String, Record)>, Error> {
        let fields = self.list::<CustomField>(CustomField::BY_CODE, &[])?;
        let links = fields.into_iter().filter(|field| {
            field.field_type == FieldType::Link
                && field.references.as_ref().is_some_and(|kind| kind.as_str() == target.kind.name())
        });
        let mut found = Vec::new();
        for field in links.collect::<Vec<_>>() {
            let Some(kind) = Kind::named(field.entity.as_str()) else { continue };
            let (code, id) = (field.code.as_str(), Val::from(target.id.to_string().as_str()));
            let rows = if field.indexed {
                let prefix = [Val::Id(field.id.uuid()), Val::Text(key(&id))];
                let index = self.list::<CustomIndex>(CustomIndex::BY_VALUE, &prefix)?;
                let mut rows = Vec::new();
                for entry in index {
                    rows.extend(self.row(Key { kind, id: entry.subject })?);
                }
                rows
            } else {
                self.all(kind, |row| row.ext.get(code) == Some(&id))?
            };
            let rows =
                rows.into_iter().filter(|row| !row.deleted && row.ext.get(code) == Some(&id));
            found.extend(rows.map(|row| (code.to_owned(), row)));
        }
        Ok(found)
    }

    /// Will write a row, and its index rows in step with its custom values.
    pub(super) fn write_indexed(&mut self, before: &Record, after: Record) -> Result<(), Error> {
        let (key, ext) = (after.key(), after.ext.clone());
        self.write(after)?;
        self.index_row(key.kind, key.id, &before.ext, &ext)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Whoever names what people work with is found by a listing. What only the house's own set-up names is found by a
    /// walk over all, which is slow and seldom.
    #[test]
    fn who_names_a_party_is_found_by_a_listing() {
        let parties = [
            Kind::Customer,
            Kind::Contact,
            Kind::ContactPoint,
            Kind::Address,
            Kind::Lead,
            Kind::Opportunity,
            Kind::OpportunityLine,
            Kind::StageMove,
            Kind::Activity,
            Kind::Participant,
            Kind::SourceKey,
        ];
        let mut walked = Vec::new();
        for (kind, def) in KINDS.iter().filter(|(kind, _)| !BOOKKEEPING.contains(kind)) {
            for to in parties {
                for pointer in pointers(def(), to) {
                    if listing(def(), pointer).is_none() && !covered(def(), pointer) {
                        let field = def().field(pointer.field).map(|field| field.name.clone());
                        walked.push(format!("{}.{}", kind.name(), field.unwrap_or_default()));
                    }
                }
            }
        }
        assert_eq!(walked, [""; 0]);
    }
}
