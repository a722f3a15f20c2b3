//! Undoing: what is written back, and what cannot be as it was, with the reason.

use std::collections::{BTreeMap, BTreeSet};

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use super::keep::digest;
use super::{Entry, names, neighbours};
use crate::codes;
use crate::decision::{Check, Refusal};
use crate::record::{Ext, Key, Kind, Record, Val, canonical};
use crate::value::Invalid;

codes! {
    /// Why something does not become as it was.
    pub enum Why {
        /// The field was changed since; its later value stays.
        Edited = "edited",
        /// The record was removed since; it stays removed.
        Removed = "removed",
        /// The field named a record that is no longer there; its value of now stays.
        Missing = "missing",
        /// What was made was changed since; it stays.
        MadeEdited = "made_edited",
        /// What was made is named by records that came later; it stays.
        Used = "used",
        /// What was made belongs to something that stays.
        BelongsToKept = "belongs_to_kept",
    }
}

impl Why {
    /// Whether the caller has to confirm it: something that was made would stay.
    pub const fn needs_confirm(self) -> bool {
        matches!(self, Self::MadeEdited | Self::Used)
    }
}

/// Something that does not become as it was.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Conflict {
    /// The kind of the record.
    pub kind: String,
    /// Its id.
    pub id: Uuid,
    /// Why.
    pub why: Why,
    /// The field, where it is about one; of a custom field `ext.` and its code.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub field: Option<String>,
    /// What the field held before what is undone.
    #[serde(default, skip_serializing_if = "Val::is_null")]
    pub before: Val,
    /// What it holds now.
    #[serde(default, skip_serializing_if = "Val::is_null")]
    pub now: Val,
    /// The records that came later and name it: kind and id.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub used_by: Vec<(String, Uuid)>,
}

impl Conflict {
    fn of(key: Key, why: Why) -> Self {
        let (field, before, now, used_by) = (None, Val::Null, Val::Null, Vec::new());
        Self { kind: key.kind.name().to_owned(), id: key.id, why, field, before, now, used_by }
    }

    fn at(key: Key, why: Why, field: &str, before: &Val, now: &Val) -> Self {
        let (field, before, now) = (Some(field.to_owned()), before.clone(), now.clone());
        Self { field, before, now, ..Self::of(key, why) }
    }
}

/// What is stored now, as far as undoing asks.
pub trait Found {
    /// A record, removed or not.
    fn record(&self, key: Key) -> Option<&Record>;
    /// The live records that name it.
    fn naming(&self, key: Key) -> &[Record];
}

/// What undoing writes, and what stays otherwise.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Plan {
    /// The rows to write, each once: restored ones, and those that were made, removed.
    pub rows: Vec<Record>,
    /// What does not become as it was, by kind and id.
    pub conflicts: Vec<Conflict>,
}

impl Plan {
    /// The plan, if the caller agrees to what stays.
    ///
    /// # Errors
    ///
    /// `reversal.made_edited` and `reversal.used` for each record that was made and would stay, unless confirmed.
    /// Rule REV-3 (B11).
    pub fn agreed(self, confirm: bool) -> Result<Self, Refusal> {
        let mut check = Check::default();
        for conflict in self.conflicts.iter().filter(|conflict| conflict.why.needs_confirm()) {
            let used: Vec<String> =
                conflict.used_by.iter().map(|(kind, id)| format!("{kind} {id}")).collect();
            let limit = match used.is_empty() {
                true => "confirm to leave it".to_owned(),
                false => format!("confirm to leave it with {}", used.join(", ")),
            };
            let what = format!("{} {}", conflict.kind, conflict.id);
            let code = format!("reversal.{}", conflict.why.code());
            check.rule(confirm, "confirm", || Invalid::new(&code, &what).limit(limit));
        }
        check.done()?;
        Ok(self)
    }
}

/// Fields that only make sense together: where one of them was changed since, none of them goes back.
const TOGETHER: &[(Kind, &[&str])] = &[
    (
        Kind::Opportunity,
        &[
            "pipeline",
            "phase",
            "phase_stage",
            "phase_closed_at",
            "phase_loss_reason",
            "phase_loss_note",
            "amount_minor",
            "amount_currency",
            "amount_basis",
            "stage_entered_at",
            "created_at",
            "has_history",
        ],
    ),
    (
        Kind::Lead,
        &[
            "status",
            "status_before",
            "discard_reason",
            "customer",
            "contact",
            "opportunity",
            "converted_at",
        ],
    ),
];

/// Rows that tell of a deal as a whole: where the deal stays as it is, they do.
const OF_A_DEAL: &[Kind] = &[Kind::OpportunityLine, Kind::StageMove, Kind::Evidence];

/// What the engine itself keeps about a record; it goes with it and counts as nobody's work.
const FOLLOWS: &[Kind] = &[Kind::Timer, Kind::Notice];

/// What is derived from other records: it stays or goes with them, and is not told of by itself.
const DERIVED: &[Kind] = &[Kind::CustomIndex, Kind::Timer, Kind::SourceKey];

/// What undoing these entries writes. A record that was changed becomes what it was, field by field: a field that
/// somebody changed since keeps its later value. A record that was made is removed, unless it was changed since or
/// records that came later name it: then it stays, with everything that was made with it and hangs together with it.
/// Where nothing came between, every record is again what it was, byte for byte. Rule REV-4 (F031, F033, F212, B11).
pub fn restore(entries: &[Entry], found: &impl Found) -> Plan {
    let mut work = Work { found, conflicts: Vec::new(), stays: BTreeSet::new() };
    let made: BTreeMap<Key, [u8; 8]> = entries.iter().filter_map(made_of).collect();
    let back: BTreeSet<Key> = entries.iter().filter_map(|e| comes_back(e, found)).collect();
    let mut restored: BTreeMap<Key, Record> = BTreeMap::new();
    for entry in entries {
        let Entry::Changed { before, after } = entry else { continue };
        if let Some(record) = work.changed(before, after, &made, &back) {
            restored.insert(record.key(), record);
        }
    }
    work.turned_to(entries, &made, &mut restored);
    work.made(&made, &restored);
    work.spread(&made, &restored);
    let stays = core::mem::take(&mut work.stays);
    let mut rows: Vec<Record> = Vec::new();
    // In the order of undoing: the last that was written first.
    for key in entries.iter().rev().map(Entry::key) {
        let now = found.record(key);
        if let Some(record) = restored.remove(&key).filter(|_| !stays.contains(&key)) {
            rows.extend(now.is_none_or(|now| differ(now, &record)).then_some(record));
        } else if made.contains_key(&key) && !stays.contains(&key) {
            let live = now.filter(|now| !now.deleted);
            rows.extend(live.map(|now| Record { deleted: true, ..now.clone() }));
            let follow = found.naming(key).iter().filter(|row| FOLLOWS.contains(&row.def.kind));
            let follow = follow.filter(|row| !made.contains_key(&row.key()));
            rows.extend(follow.map(|row| Record { deleted: true, ..row.clone() }));
        }
    }
    rows.extend(restored.into_values());
    let mut seen = BTreeSet::new();
    rows.retain(|row| seen.insert(row.key()));
    let mut conflicts = work.conflicts;
    conflicts.sort_by(|a, b| (&a.kind, a.id, &a.field).cmp(&(&b.kind, b.id, &b.field)));
    Plan { rows, conflicts }
}

fn made_of(entry: &Entry) -> Option<(Key, [u8; 8])> {
    match entry {
        Entry::Made { key, digest } => Some((*key, *digest)),
        Entry::Changed { .. } => None,
    }
}

/// A record that is there when all is undone.
fn comes_back(entry: &Entry, found: &impl Found) -> Option<Key> {
    let Entry::Changed { before, after } = entry else { return None };
    let now = found.record(before.key())?;
    (!before.deleted && now.deleted == after.deleted).then(|| before.key())
}

fn differ(a: &Record, b: &Record) -> bool {
    canonical::encode(a) != canonical::encode(b)
}

struct Work<'a, F> {
    found: &'a F,
    conflicts: Vec<Conflict>,
    /// What was made, and rows of a deal, that stay as they are.
    stays: BTreeSet<Key>,
}

impl<F: Found> Work<'_, F> {
    /// A changed record as it will be.
    fn changed(
        &mut self,
        before: &Record,
        after: &Record,
        made: &BTreeMap<Key, [u8; 8]>,
        back: &BTreeSet<Key>,
    ) -> Option<Record> {
        let key = before.key();
        let now = self.found.record(key)?;
        if now.deleted != after.deleted {
            let told = now.deleted && !DERIVED.contains(&key.kind);
            self.conflicts.extend(told.then(|| Conflict::of(key, Why::Removed)));
            // What the operation removed and somebody brought back is theirs.
            return None;
        }
        let bound = self.bound(before, after, now);
        if OF_A_DEAL.contains(&key.kind) || (bound && key.kind == Kind::Opportunity) {
            self.stays.extend(bound.then_some(key));
        }
        let mut record = Record { deleted: before.deleted, ..now.clone() };
        for (at, field) in before.def.fields.iter().enumerate() {
            let vals = (before.vals.get(at), after.vals.get(at), now.vals.get(at));
            let (Some(was), Some(left), Some(is)) = vals else { continue };
            let held = bound && together(key.kind).contains(&field.name.as_str());
            if left != is || (held && was != is) {
                self.edited(key, &field.name, was, is);
                continue;
            }
            if was == is {
                continue;
            }
            let there = |id: Uuid, kind| {
                let named = Key { kind, id };
                let live = self.found.record(named).is_some_and(|row| !row.deleted);
                id.is_nil() || back.contains(&named) || (live && !made.contains_key(&named))
            };
            match (was, field.references) {
                (Val::Id(id), Some(kind)) if !there(*id, kind) => {
                    self.conflicts.push(Conflict::at(key, Why::Missing, &field.name, was, is));
                }
                _ => {
                    if let Some(slot) = record.vals.get_mut(at) {
                        *slot = was.clone();
                    }
                }
            }
        }
        record.ext = self.custom(key, &before.ext, &after.ext, &now.ext);
        Some(record)
    }

    /// Custom values, each by itself.
    fn custom(&mut self, key: Key, before: &Ext, after: &Ext, now: &Ext) -> Ext {
        let mut kept = now.clone();
        let codes: BTreeSet<&String> =
            before.keys().chain(after.keys()).chain(now.keys()).collect();
        for code in codes {
            let (was, left, is) = (before.get(code), after.get(code), now.get(code));
            let val = |val: Option<&Val>| val.cloned().unwrap_or_default();
            if left != is {
                self.edited(key, &format!("ext.{code}"), &val(was), &val(is));
                continue;
            }
            match was {
                Some(was) => drop(kept.insert(code.clone(), was.clone())),
                None => drop(kept.remove(code)),
            }
        }
        kept
    }

    fn edited(&mut self, key: Key, field: &str, before: &Val, now: &Val) {
        if before != now && !DERIVED.contains(&key.kind) {
            self.conflicts.push(Conflict::at(key, Why::Edited, field, before, now));
        }
    }

    /// Whether fields that go together were changed by the operation, and one of them since.
    fn bound(&self, before: &Record, after: &Record, now: &Record) -> bool {
        let fields = together(before.def.kind);
        let differs = |a: &Record, b: &Record| {
            let all = a.def.fields.iter().zip(a.vals.iter().zip(&b.vals));
            all.into_iter().any(|(def, (a, b))| fields.contains(&def.name.as_str()) && a != b)
        };
        differs(before, after) && differs(after, now)
    }

    /// A customer turns to nobody who is not one of its people any more: contacts go back to where they were, or were
    /// moved or removed since.
    fn turned_to(
        &mut self,
        entries: &[Entry],
        made: &BTreeMap<Key, [u8; 8]>,
        restored: &mut BTreeMap<Key, Record>,
    ) {
        let (primary, at) = ("primary_contact", "customer");
        let id_in = |row: &Record, field: &str| match row.def.field_named(field) {
            Some(field) => row.get(field.id),
            None => Val::Null,
        };
        let customers: BTreeSet<Key> = entries
            .iter()
            .filter_map(|entry| match entry {
                Entry::Changed { after, .. } => Some(after),
                Entry::Made { .. } => None,
            })
            .filter_map(|row| match (row.def.kind, id_in(row, at)) {
                (Kind::Customer, _) => Some(row.key()),
                (Kind::Contact, Val::Id(id)) => Some(Key { kind: Kind::Customer, id }),
                _ => None,
            })
            .collect();
        for key in customers {
            let row = restored.get(&key).or_else(|| self.found.record(key));
            let Some(row) = row.filter(|row| !row.deleted).cloned() else { continue };
            let Val::Id(id) = id_in(&row, primary) else { continue };
            let contact = Key { kind: Kind::Contact, id };
            let Some(now) = self.found.record(contact) else { continue };
            let will = restored.get(&contact).unwrap_or(now);
            let theirs = !will.deleted && id_in(will, at) == Val::Id(key.id);
            if theirs && !made.contains_key(&contact) {
                continue;
            }
            let Some(slot) = row.def.field_named(primary).and_then(|f| row.def.position(f.id))
            else {
                continue;
            };
            let nobody = Val::Id(Uuid::nil());
            self.conflicts.push(Conflict::at(key, Why::Missing, primary, &Val::Id(id), &nobody));
            let row = restored.entry(key).or_insert(row);
            if let Some(val) = row.vals.get_mut(slot) {
                *val = nobody;
            }
        }
    }

    /// Which of the records that were made cannot go.
    fn made(&mut self, made: &BTreeMap<Key, [u8; 8]>, restored: &BTreeMap<Key, Record>) {
        for (key, digest_then) in made {
            let Some(now) = self.found.record(*key).filter(|now| !now.deleted) else { continue };
            if digest(now) != *digest_then {
                self.stays.insert(*key);
                let told = !DERIVED.contains(&key.kind);
                self.conflicts.extend(told.then(|| Conflict::of(*key, Why::MadeEdited)));
            }
            let later = self.found.naming(*key).iter().filter(|row| {
                let other = row.key();
                let will = restored.get(&other).unwrap_or(row);
                other != *key
                    && !made.contains_key(&other)
                    && !FOLLOWS.contains(&other.kind)
                    && !will.deleted
                    && (names(will, *key) || !names(row, *key))
            });
            let used_by: Vec<(String, Uuid)> =
                later.map(|row| (row.def.name.to_owned(), row.id)).collect();
            if !used_by.is_empty() {
                self.stays.insert(*key);
                self.conflicts.push(Conflict { used_by, ..Conflict::of(*key, Why::Used) });
            }
        }
    }

    /// What hangs together with something that stays, stays too: what names it and what it names, as far as it was made
    /// with it; and the rows of a deal that stays as it is.
    fn spread(&mut self, made: &BTreeMap<Key, [u8; 8]>, restored: &BTreeMap<Key, Record>) {
        let movable = |key: &Key| made.contains_key(key) || OF_A_DEAL.contains(&key.kind);
        let own = made.keys().chain(restored.keys().filter(|key| OF_A_DEAL.contains(&key.kind)));
        let rows: BTreeMap<Key, &Record> =
            own.filter_map(|key| Some((*key, self.found.record(*key)?))).collect();
        let mut by_id: BTreeMap<Uuid, Vec<Key>> = BTreeMap::new();
        made.keys().for_each(|key| by_id.entry(key.id).or_default().push(*key));
        let mut below: BTreeMap<Key, Vec<Key>> = BTreeMap::new();
        for (key, row) in &rows {
            for named in neighbours(row) {
                below.entry(named).or_default().push(*key);
            }
            // An index row names its record by an id alone.
            for val in row.vals.iter().filter(|_| key.kind == Kind::CustomIndex) {
                let Val::Id(id) = val else { continue };
                let owners = by_id.get(id).into_iter().flatten();
                owners.for_each(|owner| below.entry(*owner).or_default().push(*key));
            }
        }
        let mut waiting: Vec<Key> = self.stays.iter().copied().collect();
        while let Some(key) = waiting.pop() {
            let above = rows.get(&key).map(|row| neighbours(row)).unwrap_or_default();
            let above = above.into_iter().filter(|key| made.contains_key(key));
            let parts = below.get(&key).into_iter().flatten().copied();
            for next in above.chain(parts).filter(movable).collect::<Vec<_>>() {
                if self.stays.insert(next) {
                    let live = self.found.record(next).is_some_and(|row| !row.deleted);
                    let told = live && made.contains_key(&next) && !DERIVED.contains(&next.kind);
                    self.conflicts.extend(told.then(|| Conflict::of(next, Why::BelongsToKept)));
                    waiting.push(next);
                }
            }
        }
    }
}

fn together(kind: Kind) -> &'static [&'static str] {
    TOGETHER.iter().find(|(of, _)| *of == kind).map_or(&[], |(_, fields)| fields)
}
