//! Rows that were read or written lately, and listings of them: the next step of an order asks for the same lines again.
//!
//! Like rule records ([`super::kept`]), each is true of one span of commits, and a unit of work guards what it takes from
//! here as if it had read it from the store. What this engine commits takes the place of what was there, also in listings;
//! what others commit is forgotten. That a key has no row, and a listing none, is kept too.

use std::{
    collections::{BTreeMap, BTreeSet},
    sync::Arc,
};

use super::kept::{Listing, Row, Since};
use super::places::{in_order, leading};
use crate::record::{FieldId, Key, Kind, Val};
use crate::store::{Seq, def};

/// What one half holds, in rows of up to a KiB; some 2 MiB.
const HALF: usize = 1_024;
/// Rows of a listing that is kept, at most.
const LISTED_MAX: usize = 256;
/// Rows of a commit that take the place of what was there, at most; those of a larger one are forgotten.
const WRITTEN_MAX: usize = 512;

/// A row that a commit wrote.
#[derive(Clone, Debug)]
pub(super) struct Written {
    pub(super) key: Key,
    pub(super) before: Option<Arc<Row>>,
    /// Nothing where it was removed for good.
    pub(super) after: Option<Arc<Row>>,
}

/// Of a kind, which listing, under how many leading values.
type Place = (Kind, u16, usize);
type Rows = Since<Arc<[Arc<Row>]>>;

/// In two halves: what is asked for goes to the young one; when that is full, the old one is forgotten.
#[derive(Debug, Default)]
pub(super) struct Recent {
    young: Half,
    old: Half,
}

#[derive(Debug, Default)]
struct Half {
    rows: BTreeMap<Key, Since<Option<Arc<Row>>>>,
    listings: BTreeMap<Place, BTreeMap<Vec<Val>, Rows>>,
    size: usize,
}

impl Recent {
    /// What stands under a key at a head, where that is known.
    pub(super) fn row(&mut self, key: Key, head: Seq) -> Option<Option<Arc<Row>>> {
        if let Some(known) = self.young.rows.get(&key) {
            return known.at(head).cloned();
        }
        let known = self.old.rows.remove(&key)?;
        let found = known.at(head).cloned();
        self.put_row(key, known);
        found
    }

    /// The rows of a listing at a head, where they are known.
    pub(super) fn listing(&mut self, of: &Listing, head: Seq) -> Option<Arc<[Arc<Row>]>> {
        let (kind, index, prefix) = of;
        let place = (*kind, *index, prefix.len());
        let young = self.young.listings.get(&place).and_then(|listings| listings.get(prefix));
        if let Some(known) = young {
            return known.at(head).cloned();
        }
        let known = self.old.listings.get_mut(&place)?.remove(prefix)?;
        let found = known.at(head).cloned();
        self.put_listing(place, prefix.clone(), known);
        found
    }

    /// Keeps what stands under a key.
    pub(super) fn keep_row(&mut self, key: Key, row: Option<Arc<Row>>, as_of: Seq) {
        if self.row(key, as_of).is_none() {
            self.put_row(key, Since(as_of, row));
        }
    }

    /// Keeps the rows of a listing, unless they are many or stand in the order of commits.
    pub(super) fn keep_listing(&mut self, of: &Listing, rows: &[Arc<Row>], as_of: Seq) {
        let (kind, index, prefix) = of;
        let listing = def(*kind).and_then(|def| def.index(*index));
        let by_commit = listing.is_none_or(|listing| listing.cols.contains(&FieldId::SEQ));
        if rows.len() <= LISTED_MAX && !by_commit {
            let place = (*kind, *index, prefix.len());
            self.put_listing(place, prefix.clone(), Since(as_of, Arc::from(rows)));
        }
    }

    fn put_row(&mut self, key: Key, known: Since<Option<Arc<Row>>>) {
        self.make_room(known.1.as_ref().map_or(1, |row| row.size()));
        self.young.rows.insert(key, known);
    }

    fn put_listing(&mut self, place: Place, prefix: Vec<Val>, known: Rows) {
        self.make_room(known.1.iter().map(|row| row.size()).fold(1, usize::saturating_add));
        self.young.listings.entry(place).or_default().insert(prefix, known);
    }

    fn make_room(&mut self, size: usize) {
        self.young.size = self.young.size.saturating_add(size);
        if self.young.size > HALF {
            self.old = core::mem::take(&mut self.young);
            self.young.size = size;
        }
    }

    /// What a commit of this engine wrote, the next one after all that is known here.
    pub(super) fn committed(&mut self, seq: Seq, written: &[Written]) {
        if written.len() > WRITTEN_MAX {
            written.iter().for_each(|row| self.forget(row.key));
            return;
        }
        // Removed for good without being read: nobody knows where it stood.
        let unread = written.iter().filter(|row| row.before.is_none() && row.after.is_none());
        unread.for_each(|row| self.forget(row.key));
        for half in [&mut self.young, &mut self.old] {
            half.committed(seq, written);
        }
    }

    /// Another wrote this row.
    pub(super) fn forget(&mut self, key: Key) {
        for half in [&mut self.young, &mut self.old] {
            half.rows.remove(&key);
            let of_kind = half.listings.range_mut(places(key.kind));
            of_kind.for_each(|(_, listings)| listings.clear());
        }
    }
}

impl Half {
    fn committed(&mut self, seq: Seq, written: &[Written]) {
        for row in written {
            if let Some(known) = self.rows.get_mut(&row.key) {
                *known = Since(seq, row.after.clone());
            }
        }
        let mut places_of: BTreeMap<Kind, Vec<&Written>> = BTreeMap::new();
        for row in written {
            places_of.entry(row.key.kind).or_default().push(row);
        }
        for (kind, written) in places_of {
            for (place, listings) in self.listings.range_mut(places(kind)) {
                relist(*place, listings, seq, &written);
            }
        }
    }
}

/// Every listing of a kind.
fn places(kind: Kind) -> core::ops::RangeInclusive<Place> {
    (kind, 0, 0)..=(kind, u16::MAX, usize::MAX)
}

/// Puts what was written where it stands now.
fn relist(
    (_, index, width): Place,
    listings: &mut BTreeMap<Vec<Val>, Rows>,
    seq: Seq,
    written: &[&Written],
) {
    if listings.is_empty() {
        return;
    }
    // The rows of a commit mostly stand under one prefix: the lines of an order.
    let mut last: Option<(Vec<Val>, bool)> = None;
    let mut listed = |row: &Arc<Row>| {
        let prefix: Vec<Val> = leading(&row.record, index, width).collect();
        let is_listed = match &last {
            Some((last, is_listed)) if *last == prefix => *is_listed,
            _ => listings.contains_key(&prefix),
        };
        last = Some((prefix.clone(), is_listed));
        is_listed.then_some(prefix)
    };
    let mut changed: BTreeMap<Vec<Val>, (BTreeSet<Key>, Vec<Arc<Row>>)> = BTreeMap::new();
    for Written { key, before, after } in written {
        let live = |row: &&Arc<Row>| !row.record.deleted;
        if let Some(was) = before.as_ref().filter(live).and_then(&mut listed) {
            changed.entry(was).or_default().0.insert(*key);
        }
        if let Some(row) = after.as_ref().filter(live)
            && let Some(is) = listed(row)
        {
            changed.entry(is).or_default().1.push(Arc::clone(row));
        }
    }
    for (prefix, (gone, mut joined)) in changed {
        let Some(Since(_, rows)) = listings.remove(&prefix) else { continue };
        let stay = rows.iter().filter(|row| !gone.contains(&row.record.key()));
        joined.extend(stay.cloned());
        if joined.len() <= LISTED_MAX {
            joined.sort_by(|a, b| in_order(&a.record, &b.record, index));
            listings.insert(prefix, Since(seq, joined.into()));
        }
    }
}
