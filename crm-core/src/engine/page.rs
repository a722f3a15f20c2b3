//! A page of what was read.

use crate::store::{Cursor, Seq};

/// One page of a listing.
pub struct Page<T> {
    /// The rows.
    pub rows: Vec<(Seq, T)>,
    /// Where to go on.
    pub next: Option<Cursor>,
    /// The snapshot.
    pub as_of: Seq,
}
