//! What a unit of work reads: rows and listings as they will be, each stored row once.

use std::collections::btree_map::Entry;
use std::sync::Arc;

use uuid::Uuid;

use super::{Cx, LIST_MAX};
use crate::engine::Error;
use crate::engine::kept::{Listing, Made, Row as Kept, is_rule};
use crate::engine::page::Page;
use crate::engine::places::{in_order, leads, of_kind};
use crate::record::{Entity, Key, KindDef, Record, Val};
use crate::store::{Cursor, Flow, Row, Scan, ScanEnd, Seq};

impl Cx<'_> {
    /// Every record that is not deleted with these leading values in a listing, in its order.
    ///
    /// # Errors
    ///
    /// [`Error::Limit`] over 10,000 rows; the store's.
    pub fn list<T: Entity>(&mut self, index: u16, prefix: &[Val]) -> Result<Vec<T>, Error> {
        let new = |val: &Val| matches!(val, Val::Id(id) if self.made.contains(id));
        let listing = (T::KIND, index, prefix.to_vec());
        if prefix.iter().any(new) {
            self.keep_listing(&listing, &[], self.rules.head);
            return self.merged(index, prefix, &[]);
        }
        let found = match self.listed.remove(&listing) {
            Some(found) => found,
            None => self.stored(&listing)?,
        };
        self.touch(&found);
        let merged = self.merged(index, prefix, &found);
        self.listed.insert(listing, found);
        merged
    }

    /// The stored rows of a listing; they are read once in a unit of work, or once for many.
    fn stored(&mut self, listing: &Listing) -> Result<Vec<Key>, Error> {
        let kept = self.rules.kept().listing(listing, self.rules.head);
        if let Some(rows) = kept {
            return Ok(rows.iter().map(|row| self.see(Arc::clone(row))).collect());
        }
        let (kind, index, prefix) = listing;
        let mut after: Option<Cursor> = None;
        let mut found: Vec<Arc<Kept>> = Vec::new();
        let mut as_of = None;
        loop {
            let scan =
                Scan { after: after.as_ref(), ..Scan::of(self.tenant, *kind, *index, prefix) };
            let end = self.scan(&scan, &mut |row| {
                if let Row::Rec(_, record) = row {
                    found.push(Kept::of(record.clone()));
                }
                Flow::Continue(())
            })?;
            if found.len() > LIST_MAX {
                return Err(Error::Limit { what: "rows of one listing", limit: LIST_MAX as u64 });
            }
            // Pages that were read as of different heads are no listing to keep.
            let is_one = as_of.is_none_or(|as_of| as_of == end.as_of);
            as_of = Some(if is_one { end.as_of } else { Seq(0) });
            match end.next {
                Some(next) => after = Some(next),
                None => break,
            }
        }
        self.keep_listing(listing, &found, as_of.unwrap_or_default());
        Ok(found.into_iter().map(|row| self.see(row)).collect())
    }

    /// Keeps a listing for later calls; not in imports, which read much that nobody asks for again.
    fn keep_listing(&self, listing: &Listing, rows: &[Arc<Kept>], as_of: Seq) {
        if !self.decision.bulk || is_rule(listing.0) {
            self.rules.kept().keep_listing(listing, rows, as_of);
        }
    }

    /// Remembers a stored row, unless it was read before.
    fn see(&mut self, row: Arc<Kept>) -> Key {
        let key = row.record.key();
        self.seen.entry(key).or_insert(Some(row));
        key
    }

    /// Notes what something is made of.
    pub(super) fn touch(&mut self, keys: &[Key]) {
        if let Some(touched) = &mut self.touched {
            let found = keys.iter().map(|key| (*key, self.seen.get(key).cloned().flatten()));
            touched.extend(found);
        }
    }

    /// What `make` makes of rule records alone, and of `id`: made once, until a rule record is written. What it read is
    /// guarded either way.
    ///
    /// # Errors
    ///
    /// Those of `make`.
    pub(crate) fn once<V: Send + Sync + 'static>(
        &mut self,
        what: &'static str,
        id: Uuid,
        make: impl FnOnce(&mut Self) -> Result<V, Error>,
    ) -> Result<Arc<V>, Error> {
        let head = self.rules.head;
        if self.writes_rules || self.touched.is_some() {
            return make(self).map(Arc::new);
        }
        let kept = self.rules.kept().made(what, id, head);
        if let Some(Made { value, of }) = kept
            && let Ok(value) = value.downcast::<V>()
        {
            for (key, row) in of.iter() {
                self.seen.entry(*key).or_insert_with(|| row.clone());
            }
            return Ok(value);
        }
        self.touched = Some(Vec::new());
        let made = make(self).map(Arc::new);
        let touched = self.touched.take().unwrap_or_default();
        let made = made?;
        if touched.iter().all(|(key, _)| is_rule(key.kind)) {
            let value: Arc<V> = Arc::clone(&made);
            self.rules.kept().keep_made(what, id, Made { value, of: touched.into() }, head);
        }
        Ok(made)
    }

    /// The stored rows of a listing as they will be, with the new ones among them.
    fn merged<T: Entity>(
        &mut self,
        index: u16,
        prefix: &[Val],
        stored: &[Key],
    ) -> Result<Vec<T>, Error> {
        if of_kind(&self.next, T::KIND).next().is_none() {
            let rows = stored.iter().filter_map(|key| self.seen.get(key)?.as_ref());
            return rows.map(|row| row.value().map_err(Error::from)).collect();
        }
        let rows = self.merged_rows(T::def(), index, prefix, stored);
        let keys: Vec<Key> = rows.into_iter().map(Record::key).collect();
        let value = |key: &Key| match (self.next.get(key), self.seen.get(key)) {
            (Some(record), _) => Some(self.value(*key, record)),
            (None, Some(Some(row))) => Some(row.value().map_err(Error::from)),
            (None, _) => None,
        };
        keys.iter().filter_map(value).collect()
    }

    fn merged_rows(
        &mut self,
        def: &'static KindDef,
        index: u16,
        prefix: &[Val],
        stored: &[Key],
    ) -> Vec<&Record> {
        if of_kind(&self.next, def.kind).next().is_none() {
            return stored.iter().filter_map(|key| self.current(*key)).collect();
        }
        let written = self.places.under(def, index, prefix, &self.next);
        let mut rows: Vec<&Record> = stored.iter().filter_map(|key| self.current(*key)).collect();
        let written = written.iter().filter(|key| !stored.contains(key));
        rows.extend(written.filter_map(|key| self.next.get(key)));
        rows.retain(|record| !record.deleted && leads(record, index, prefix));
        rows.sort_by(|a, b| in_order(a, b, index));
        rows
    }

    /// As [`Cx::list`], the rows of a kind that is known only by its metadata.
    pub(crate) fn rows(
        &mut self,
        def: &'static KindDef,
        index: u16,
        prefix: &[Val],
    ) -> Result<Vec<Record>, Error> {
        let stored = self.stored(&(def.kind, index, prefix.to_vec()))?;
        let rows = self.merged_rows(def, index, prefix, &stored);
        Ok(rows.into_iter().cloned().collect())
    }

    /// The one record with these values in a unique listing.
    ///
    /// # Errors
    ///
    /// The store's.
    pub fn unique<T: Entity>(&mut self, index: u16, vals: &[Val]) -> Result<Option<T>, Error> {
        Ok(self.list(index, vals)?.into_iter().next())
    }

    /// One page of stored rows, for queries: it neither sees what this call writes nor guards what it reads.
    ///
    /// # Errors
    ///
    /// The store's.
    pub fn page<T: Entity>(&self, scan: &Scan<'_>) -> Result<Page<T>, Error> {
        let mut rows = Vec::new();
        let mut fault = None;
        let end = self.scan(scan, &mut |row| {
            if let Row::Rec(seq, record) = row {
                match T::from_record(record) {
                    Ok(value) => rows.push((seq, value)),
                    Err(corrupt) => {
                        fault = Some(corrupt);
                        return Flow::Break(());
                    }
                }
            }
            Flow::Continue(())
        })?;
        match fault {
            Some(corrupt) => Err(corrupt.into()),
            None => Ok(Page { rows, next: end.next, as_of: end.as_of }),
        }
    }

    /// One page of stored rows, as of what this unit of work reads.
    pub(crate) fn scan(
        &self,
        scan: &Scan<'_>,
        sink: &mut dyn FnMut(Row<'_>) -> Flow,
    ) -> Result<ScanEnd, Error> {
        let end = match &self.reading {
            Some(reading) => reading.scan(scan, sink),
            None => self.store.scan(scan, sink),
        };
        Ok(end?)
    }

    /// Stored rows, as of what this unit of work reads; unlike [`Cx::find`], they are not guarded.
    pub(crate) fn peek(
        &self,
        keys: &[Key],
        sink: &mut dyn FnMut(usize, Seq, &Record) -> Flow,
    ) -> Result<Seq, Error> {
        let head = match &self.reading {
            Some(reading) => reading.get(self.tenant, keys, sink),
            None => self.store.get(self.tenant, keys, sink),
        };
        Ok(head?)
    }

    /// Reads records that will be asked for, in one call of the store.
    pub(crate) fn load(&mut self, keys: &[Key]) -> Result<(), Error> {
        let mut missing: Vec<Key> = Vec::new();
        for key in keys {
            let Entry::Vacant(place) = self.seen.entry(*key) else { continue };
            let kept = if self.made.contains(&key.id) {
                Some(None)
            } else {
                self.rules.kept().row(*key, self.rules.head)
            };
            if kept.is_none() {
                missing.push(*key);
            }
            // Absent, unless it is found below.
            place.insert(kept.flatten());
        }
        if missing.is_empty() {
            return Ok(());
        }
        missing.sort_unstable();
        let mut found: Vec<Arc<Kept>> = Vec::new();
        let as_of = self.peek(&missing, &mut |_, _, record| {
            found.push(Kept::of(record.clone()));
            Flow::Continue(())
        });
        let as_of = match as_of {
            Ok(as_of) => as_of,
            Err(error) => {
                missing.iter().for_each(|key| drop(self.seen.remove(key)));
                return Err(error);
            }
        };
        for row in found {
            self.seen.insert(row.record.key(), Some(row));
        }
        let mut kept = self.rules.kept();
        for key in missing.into_iter().filter(|key| !self.decision.bulk || is_rule(key.kind)) {
            kept.keep_row(key, self.seen.get(&key).and_then(Option::as_ref), as_of);
        }
        Ok(())
    }
}
