//! What a person said of two records.

use uuid::Uuid;

use crate::record;
use crate::record::Ext;
use crate::settings::User;
use crate::value::{Id, Note, Timestamp};

record! {
    /// That somebody looked at two records that are alike and said that they are not one.
    pub struct MatchVerdict: MatchVerdict {
        /// The record with the lower id.
        1 left: Uuid;
        /// Its kind.
        2 left_kind: String;
        /// The other record.
        3 right: Uuid;
        /// Its kind.
        4 right_kind: String;
        /// Who said so.
        5 by: Id<User>;
        /// When.
        6 at: Timestamp;
        /// Why.
        7 note: Option<Note>, personal("telling people apart", 3650);
    }
    listings {
        1 "by_left" ["left", "right"];
        2 "by_right" ["right", "left"];
    }
}

impl MatchVerdict {
    /// The listing by the lower id.
    pub const BY_LEFT: u16 = 1;
    /// The listing by the other id.
    pub const BY_RIGHT: u16 = 2;

    /// The id of the one verdict on two records, whichever is named first. Rule DUP-11 (F032).
    pub fn id_of(one: Uuid, two: Uuid) -> Id<Self> {
        let (left, right) = (one.min(two), one.max(two));
        Id::derived([left.as_bytes().as_slice(), right.as_bytes()])
    }

    /// The verdict of somebody on two records, each with its kind.
    pub fn of(
        one: (&str, Uuid),
        two: (&str, Uuid),
        (by, at): (Id<User>, Timestamp),
        note: Option<Note>,
    ) -> Self {
        let (left, right) = if one.1 <= two.1 { (one, two) } else { (two, one) };
        Self {
            id: Self::id_of(left.1, right.1),
            left: left.1,
            left_kind: left.0.to_owned(),
            right: right.1,
            right_kind: right.0.to_owned(),
            by,
            at,
            note,
            ext: Ext::new(),
        }
    }
}
