//! Where an imported record came from.

use uuid::Uuid;

use crate::record;
use crate::record::Kind;
use crate::value::Id;

record! {
    /// Which record a row of another system became: the same row, imported again, is the same record.
    pub struct SourceKey: SourceKey {
        /// The other system, as the import plan calls it.
        1 source: String;
        /// The kind of the record.
        2 entity: String;
        /// The row's key over there.
        3 key: String;
        /// The record's id.
        4 target: Uuid;
        /// The file and the row it came from last.
        5 place: String;
    }
    listings {
        1 "by_target" ["target"];
        2 "by_source" ["source", "entity", "key"];
    }
}

impl SourceKey {
    /// The listing by the record that a row became.
    pub const BY_TARGET: u16 = 1;
    /// The listing by where rows came from.
    pub const BY_SOURCE: u16 = 2;

    /// The id of the entry for a row: derived from what it says, so that there is one.
    pub fn id_of(source: &str, entity: Kind, key: &str) -> Id<Self> {
        Id::derived([source, entity.name(), key].map(str::as_bytes))
    }
}
