//! What was stored at an instant: the rows of now, with everything that was recorded since taken back, the last first.
//!
//! The journal says which rows were written since, and which of them were there before: those alone are held in memory. The
//! facts say field by field what they were; of what an import changed, that is kept for as long as it can be undone. Rows
//! of which nobody knows any more what they were are counted, and left as they are (B03, F169).

use core::time::Duration;
use std::collections::{BTreeMap, BTreeSet};
use std::ops::Bound;

use uuid::Uuid;

use super::Error;
use crate::audit::{Fact, FactSecret, RecordChange, SecretField, What};
use crate::record::{ColumnType, Entity, Key, Kind, Record, Val, canonical};
use crate::store::{self, Cursor, Flow, Row, Scan, Seq, Store, StoreError, TenantId};
use crate::undo::ReversalEntry;
use crate::value::{Id, Invalid, Timestamp};

/// Lines of the journal that are read at a time.
const LINES: u32 = 10_000;
/// Rows that are read at a time.
const ROWS: usize = 1_000;
/// Records that were there and were changed since, at most: they are held in memory.
const RECORDS_MAX: usize = 1_000_000;

/// What was stored at an instant.
#[derive(Debug)]
pub(super) struct Rewound {
    /// The last commit until then.
    pub(super) head: Seq,
    /// The last commit there was when it was found out.
    pub(super) seen: Seq,
    /// What the rows were that were changed since.
    pub(super) rows: Vec<Record>,
    /// How many of them are told as they are now, since nobody knows what they were.
    pub(super) untold: u64,
}

/// The store as it is read, and whether the host wants to go on.
#[derive(Clone, Copy)]
pub(super) struct Now<'a> {
    pub(super) store: &'a dyn Store,
    pub(super) tenant: TenantId,
    pub(super) checkpoint: &'a dyn Fn() -> Result<(), Error>,
}

impl Now<'_> {
    fn head(self) -> Result<Seq, Error> {
        Ok(self.store.get(self.tenant, &[], &mut |_, _, _| Flow::Continue(()))?)
    }

    /// When the commit behind `after` was recorded.
    fn next(self, after: Seq) -> Result<Option<i64>, StoreError> {
        let mut at = None;
        self.store.changes(self.tenant, after, 1, Duration::ZERO, &mut |change| {
            at = Some(change.at);
            Flow::Break(())
        })?;
        Ok(at)
    }

    /// The last commit that was recorded until an instant.
    ///
    /// Where the clocks of several processes differ, and a commit is dated before the one in front of it, it is one behind
    /// which the next is later.
    fn head_at(self, seen: Seq, at: Timestamp) -> Result<Seq, Error> {
        let refused = |code: &str, first: Option<i64>| {
            let first = first.and_then(|micros| Timestamp::from_micros(micros).ok());
            let limit = first.map(|first| format!("not before {first}")).unwrap_or_default();
            Error::invalid("known_at", Invalid::new(code, &at.to_string()).limit(limit))
        };
        let (first, told) = match self.next(Seq(0)) {
            Ok(told) => (Seq(0), told),
            Err(StoreError::Trimmed { first }) => {
                let before = Seq(first.0.saturating_sub(1));
                (before, self.next(before)?)
            }
            Err(error) => return Err(error.into()),
        };
        let (mut low, mut high) = (first.0, seen.0);
        while low < high {
            let middle = low.saturating_add(high.saturating_sub(low).saturating_add(1) / 2);
            let recorded = self.next(Seq(middle.saturating_sub(1)))?;
            if recorded.is_some_and(|recorded| recorded <= at.micros()) {
                low = middle;
            } else {
                high = middle.saturating_sub(1);
            }
        }
        match (low == first.0, first.0) {
            (true, 0) => Err(refused("known_at.before_all", told)),
            (true, _) => Err(refused("known_at.forgotten", told)),
            (false, _) => Ok(Seq(low)),
        }
    }
}

/// Kinds of which the past shows only what had been written by then: those that are written once, and what is kept for undoing.
fn is_written_once(kind: Kind) -> bool {
    kind == Kind::Reversal || store::def(kind).is_some_and(|def| def.append_only)
}

/// Takes back what was recorded after an instant; nothing where somebody wrote meanwhile what is needed.
///
/// # Errors
///
/// `known_at.before_all`: nothing had been recorded · `known_at.forgotten`: the journal was trimmed since ·
/// [`Error::Limit`] over 1,000,000 records · [`Error::Cancelled`] · the store's.
pub(super) fn rewind(now: Now<'_>, at: Timestamp) -> Result<Option<Rewound>, Error> {
    let seen = now.head()?;
    let head = now.head_at(seen, at)?;
    let mut rewinding = Rewinding {
        now,
        head,
        seen,
        rows: BTreeMap::new(),
        writes: BTreeMap::new(),
        untold: BTreeSet::new(),
    };
    if !rewinding.load()? {
        return Ok(None);
    }
    rewinding.facts()?;
    let untold = u64::try_from(rewinding.untold.len()).unwrap_or(u64::MAX);
    let rows = rewinding.rows.into_values().collect();
    Ok(Some(Rewound { head, seen, rows, untold }))
}

/// Whether what was recorded behind `seen` leaves what was told of the past as it is: nothing was changed that was there and
/// that `tells` does not know.
pub(super) fn still_holds(
    now: Now<'_>,
    seen: Seq,
    tells: impl Fn(Key) -> bool,
) -> Result<bool, Error> {
    let (mut after, mut holds) = (seen, true);
    loop {
        let mut last = after;
        now.store.changes(now.tenant, after, LINES, Duration::ZERO, &mut |change| {
            last = change.seq;
            let key = change.key;
            let was_there = change.purged || change.version > 1;
            holds &= !was_there || is_written_once(key.kind) || tells(key);
            Flow::Continue(())
        })?;
        if last == after || !holds {
            return Ok(holds);
        }
        after = last;
    }
}

struct Rewinding<'a> {
    now: Now<'a>,
    head: Seq,
    seen: Seq,
    /// The rows that were there, as they are after the commits that are not taken back yet.
    rows: BTreeMap<Key, Record>,
    /// The commits that are not taken back yet, and which of these rows each wrote.
    writes: BTreeMap<Seq, BTreeSet<Key>>,
    untold: BTreeSet<Key>,
}

/// What a commit says of one record.
#[derive(Default)]
struct Told {
    deleted: bool,
    restored: bool,
    /// Field by field what it was and became, by each decision of the commit.
    fields: BTreeMap<String, Vec<(Val, Val)>>,
}

impl Rewinding<'_> {
    /// Which rows were there and were written since, and what they are now; `false` where they were written meanwhile.
    fn load(&mut self) -> Result<bool, Error> {
        let mut was_there: BTreeMap<Key, bool> = BTreeMap::new();
        let mut after = self.head;
        loop {
            (self.now.checkpoint)()?;
            let mut last = after;
            let (seen, writes) = (self.seen, &mut self.writes);
            self.now.store.changes(self.now.tenant, after, LINES, Duration::ZERO, &mut |line| {
                last = line.seq;
                if line.seq > seen {
                    return Flow::Break(());
                }
                if is_written_once(line.key.kind) {
                    return Flow::Continue(());
                }
                let was_there = was_there.entry(line.key);
                if *was_there.or_insert(line.purged || line.version > 1) {
                    writes.entry(line.seq).or_default().insert(line.key);
                }
                Flow::Continue(())
            })?;
            if last == after || last >= self.seen {
                break;
            }
            after = last;
        }
        let keys: Vec<Key> =
            was_there.into_iter().filter(|(_, was_there)| *was_there).map(|(key, _)| key).collect();
        if keys.len() > RECORDS_MAX {
            let what = "records changed since that instant";
            return Err(Error::Limit { what, limit: RECORDS_MAX as u64 });
        }
        for keys in keys.chunks(ROWS) {
            (self.now.checkpoint)()?;
            let mut is_later = false;
            let (seen, rows) = (self.seen, &mut self.rows);
            self.now.store.get(self.now.tenant, keys, &mut |_, seq, record| {
                is_later |= seq > seen;
                rows.insert(record.key(), record.clone());
                Flow::Continue(())
            })?;
            if is_later {
                return Ok(false);
            }
            // What was removed for good is not known any more.
            self.untold.extend(keys.iter().filter(|key| !self.rows.contains_key(key)));
        }
        Ok(true)
    }

    /// Takes commit after commit back, the last first.
    fn facts(&mut self) -> Result<(), Error> {
        let number = |seq: Seq| Val::Int(i64::try_from(seq.0).unwrap_or(i64::MAX));
        let range = (Bound::Excluded(number(self.head)), Bound::Included(number(self.seen)));
        let mut after: Option<Cursor> = None;
        let mut of_commit: Vec<Fact> = Vec::new();
        let mut current = Seq(u64::MAX);
        loop {
            (self.now.checkpoint)()?;
            let scan = Scan {
                desc: true,
                range: range.clone(),
                after: after.as_ref(),
                ..Scan::of(self.now.tenant, Kind::Fact, Fact::BY_SEQ, &[])
            };
            let mut page = Vec::new();
            let mut fault = None;
            let end = self.now.store.scan(&scan, &mut |row| {
                if let Row::Rec(seq, record) = row {
                    match Fact::from_record(record) {
                        Ok(fact) => page.push((seq, fact)),
                        Err(corrupt) => fault = Some(corrupt),
                    }
                }
                Flow::Continue(())
            })?;
            if let Some(corrupt) = fault {
                return Err(corrupt.into());
            }
            for (seq, fact) in page {
                if seq != current {
                    self.take_back(current, core::mem::take(&mut of_commit))?;
                    current = seq;
                }
                of_commit.push(fact);
            }
            after = end.next;
            if after.is_none() {
                break;
            }
        }
        self.take_back(current, of_commit)?;
        self.take_back(Seq(0), Vec::new())
    }

    /// Takes back a commit with its facts, and the later ones that left none.
    fn take_back(&mut self, seq: Seq, facts: Vec<Fact>) -> Result<(), Error> {
        while let Some((last, _)) = self.writes.last_key_value()
            && *last > seq
            && let Some((last, keys)) = self.writes.pop_last()
        {
            self.commit(last, keys, Vec::new())?;
        }
        match self.writes.remove(&seq) {
            Some(keys) => self.commit(seq, keys, facts),
            None => Ok(()),
        }
    }

    fn commit(&mut self, seq: Seq, keys: BTreeSet<Key>, facts: Vec<Fact>) -> Result<(), Error> {
        let mut told: BTreeMap<Key, Told> = BTreeMap::new();
        for fact in facts {
            // An import tells one root over its rows instead of their values.
            let changes = serde_json::from_str::<Vec<RecordChange>>(&fact.changes);
            let mut secrets = None;
            for change in changes.unwrap_or_default() {
                let Some(kind) = Kind::named(&change.kind) else { continue };
                let key = Key { kind, id: change.id };
                if !keys.contains(&key) {
                    continue;
                }
                let one = told.entry(key).or_default();
                one.deleted |= change.what == What::Deleted;
                one.restored |= change.what == What::Restored;
                for field in change.fields {
                    let step = if field.commitment.is_none() {
                        Some((field.from, field.to))
                    } else {
                        let secrets = match &mut secrets {
                            Some(secrets) => secrets,
                            None => secrets.insert(self.secrets(fact.id)?),
                        };
                        let own = secrets.iter().filter(|(person, _)| *person == change.id);
                        let mut own = own.map(|(_, secret)| secret);
                        let found = own.find(|secret| secret.field == field.field);
                        found.map(|secret| (secret.from.clone(), secret.to.clone()))
                    };
                    match step {
                        Some(step) => one.fields.entry(field.field).or_default().push(step),
                        // It was erased.
                        None => drop(self.untold.insert(key)),
                    }
                }
            }
        }
        for key in keys {
            let before = match told.remove(&key) {
                Some(told) => {
                    if let Some(record) = self.rows.get_mut(&key) {
                        undo(record, told);
                    }
                    continue;
                }
                None => self.kept(key, seq)?,
            };
            match (before, self.rows.get_mut(&key)) {
                (Some(before), Some(record)) => {
                    *record = Record { version: record.version.saturating_sub(1), ..before };
                }
                (_, _) => drop(self.untold.insert(key)),
            }
        }
        Ok(())
    }

    /// The personal values of a fact, and whom each is about.
    fn secrets(&self, fact: Id<Fact>) -> Result<Vec<(Uuid, SecretField)>, Error> {
        let prefix = [Val::Id(fact.uuid())];
        let scan = Scan::of(self.now.tenant, Kind::FactSecret, FactSecret::BY_FACT, &prefix);
        let mut found = Vec::new();
        self.now.store.scan(&scan, &mut |row| {
            if let Row::Rec(_, record) = row
                && let Ok(secret) = FactSecret::from_record(record)
                && let Ok(fields) = serde_json::from_str::<Vec<SecretField>>(&secret.values)
            {
                found.extend(fields.into_iter().map(|field| (secret.person, field)));
            }
            Flow::Continue(())
        })?;
        Ok(found)
    }

    /// What a row was before a commit that told of no values, where that is kept so that it can be undone.
    fn kept(&self, key: Key, commit: Seq) -> Result<Option<Record>, Error> {
        let prefix = [Val::Id(key.id)];
        let scan =
            Scan::of(self.now.tenant, Kind::ReversalEntry, ReversalEntry::BY_SUBJECT, &prefix);
        let mut found = None;
        self.now.store.scan(&scan, &mut |row| {
            if let Row::Rec(seq, record) = row
                && seq == commit
                && let Ok(entry) = ReversalEntry::from_record(record)
                && let Some(before) = entry.before
                && let Ok(before) = canonical::decode(&before, 0, store::def)
                && before.key() == key
            {
                found = Some(before);
            }
            Flow::Continue(())
        })?;
        Ok(found)
    }
}

/// Takes back what one commit did to a record.
fn undo(record: &mut Record, told: Told) {
    record.version = record.version.saturating_sub(1);
    record.deleted = match (told.deleted, told.restored) {
        (true, false) => false,
        (false, true) => true,
        // Both in one commit: one undid the other.
        (false, false) | (true, true) => record.deleted,
    };
    for (name, steps) in told.fields {
        if let Some(code) = name.strip_prefix("ext.") {
            let now = record.ext.get(code).cloned().unwrap_or_default();
            let was = before(steps, &now);
            if was.is_null() {
                record.ext.remove(code);
            } else {
                record.ext.insert(code.to_owned(), was);
            }
        } else if let Some(def) = record.def.field_named(&name)
            && let Some(at) = record.def.position(def.id)
            && let Some(place) = record.vals.get_mut(at)
        {
            let steps =
                steps.into_iter().map(|(from, to)| (typed(def.ty, from), typed(def.ty, to)));
            *place = before(steps.collect(), place);
        }
    }
}

/// What a value was before all of these steps, which stand in no order, made it what it is.
fn before(steps: Vec<(Val, Val)>, now: &Val) -> Val {
    let mut left: BTreeMap<Val, i64> = BTreeMap::new();
    for (from, to) in steps {
        let one = left.entry(from).or_default();
        *one = one.saturating_add(1);
        let one = left.entry(to).or_default();
        *one = one.saturating_sub(1);
    }
    // Left once more often than it was come to; where there is no such value, all of it led back to where it began.
    let first = left.into_iter().find(|(_, left)| *left > 0);
    first.map_or_else(|| now.clone(), |(val, _)| val)
}

/// A value as a fact spells it, as one of a column.
fn typed(column: ColumnType, told: Val) -> Val {
    match (column, told) {
        (ColumnType::Id, Val::Null) => Val::Id(Uuid::nil()),
        (ColumnType::Id, Val::Text(text)) => text.parse().map_or(Val::Text(text), Val::Id),
        (ColumnType::Bytes, Val::Text(text)) => unhex(&text).map_or(Val::Text(text), Val::Bytes),
        (_, told) => told,
    }
}

fn unhex(text: &str) -> Option<Vec<u8>> {
    let pairs = text.as_bytes().chunks(2);
    pairs.map(|pair| u8::from_str_radix(core::str::from_utf8(pair).ok()?, 16).ok()).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_value_was_what_the_steps_of_a_commit_began_with() {
        let text = Val::from;
        let table = [
            ("one step", vec![("a", "b")], "b", "a"),
            ("two steps in their order", vec![("a", "b"), ("b", "c")], "c", "a"),
            ("two steps in another order", vec![("b", "c"), ("a", "b")], "c", "a"),
            ("there and back", vec![("a", "b"), ("b", "a")], "a", "a"),
            ("there, back and away", vec![("b", "a"), ("a", "c"), ("a", "b")], "c", "a"),
        ];
        for (rule, steps, now, was) in table {
            let steps = steps.into_iter().map(|(from, to)| (text(from), text(to))).collect();
            assert_eq!(before(steps, &text(now)), text(was), "{rule}");
        }
    }

    #[test]
    fn a_told_value_becomes_one_of_its_column() {
        let id = Uuid::from_u128(7);
        let table = [
            (ColumnType::Id, Val::Null, Val::Id(Uuid::nil())),
            (ColumnType::Id, Val::Text(id.to_string()), Val::Id(id)),
            (ColumnType::Bytes, Val::from("00ff"), Val::Bytes(vec![0, 255])),
            (ColumnType::Text, Val::from("00ff"), Val::from("00ff")),
            (ColumnType::Text, Val::Null, Val::Null),
        ];
        for (column, told, val) in table {
            assert_eq!(typed(column, told), val);
        }
    }
}
