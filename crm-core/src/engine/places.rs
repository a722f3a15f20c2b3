//! What a unit of work will write, by where it will stand in the listings that the unit asks for: so that a listing is
//! not searched for in everything that was written before it, a thousand rows of an import or steps of a batch.

use core::cmp::Ordering;
use std::collections::{BTreeMap, BTreeSet};

use uuid::Uuid;

use crate::record::{Key, Kind, KindDef, Record, Val};
use crate::store::{Seq, column};

/// Records by their leading values in a listing.
type Listing = BTreeMap<Vec<Val>, BTreeSet<Key>>;

/// The listings that were asked for: of which kind, which, by how many leading values.
#[derive(Debug, Default)]
pub(super) struct Places(BTreeMap<(Kind, u16, usize), Listing>);

impl Places {
    /// The keys of the written records under these leading values, and perhaps of others that stood there before.
    pub(super) fn under(
        &mut self,
        def: &KindDef,
        index: u16,
        prefix: &[Val],
        written: &BTreeMap<Key, Record>,
    ) -> Vec<Key> {
        let width = prefix.len();
        let listing = self.0.entry((def.kind, index, width)).or_insert_with(|| {
            let mut listing = Listing::new();
            for (key, record) in of_kind(written, def.kind) {
                listing.entry(leading(record, index, width).collect()).or_default().insert(*key);
            }
            listing
        });
        listing.get(prefix).into_iter().flatten().copied().collect()
    }

    /// Notes where a record that will be written stands.
    pub(super) fn note(&mut self, record: &Record) {
        let key = record.key();
        let asked = (key.kind, 0, 0)..=(key.kind, u16::MAX, usize::MAX);
        for ((_, index, width), listing) in self.0.range_mut(asked) {
            let place = leading(record, *index, *width).collect();
            listing.entry(place).or_default().insert(key);
        }
    }
}

/// The records of a kind among those that will be written.
pub(super) fn of_kind(
    written: &BTreeMap<Key, Record>,
    kind: Kind,
) -> impl Iterator<Item = (&Key, &Record)> {
    let of = |id| Key { kind, id };
    written.range(of(Uuid::nil())..=of(Uuid::max()))
}

/// Whether a record stands under these values.
pub(super) fn leads(record: &Record, index: u16, prefix: &[Val]) -> bool {
    leading(record, index, prefix.len()).zip(prefix).all(|(own, val)| own == *val)
}

/// The leading values of a record in a listing. Where that counts commits, its own is the last there will be.
pub(super) fn leading(record: &Record, index: u16, width: usize) -> impl Iterator<Item = Val> {
    let cols = record.def.index(index).map_or(&[][..], |listing| &listing.cols);
    cols.iter().take(width).map(|col| column(*col, Seq(u64::MAX), record))
}

/// The order of two records in a listing, as [`Cursor`](crate::store::Cursor)s have it. Where that counts commits, they are
/// of the same one.
pub(super) fn in_order(a: &Record, b: &Record, index: u16) -> Ordering {
    let cols = a.def.index(index).map_or(&[][..], |listing| &listing.cols);
    let last = Seq(u64::MAX);
    let compared = cols.iter().map(|col| match (a.at(*col), b.at(*col)) {
        (Some(a), Some(b)) => a.cmp(b),
        (None, _) | (_, None) => column(*col, last, a).cmp(&column(*col, last, b)),
    });
    compared.fold(Ordering::Equal, Ordering::then).then_with(|| a.id.cmp(&b.id))
}
