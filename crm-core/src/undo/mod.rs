//! What was done and can be undone: conversions, merges, imports.
//!
//! An operation that says so leaves a [`Reversal`] and, for what it wrote, entries: of a record that was made its id and
//! a digest; of one that was changed its canonical bytes before and after. Undoing compares the entries with what is
//! stored now. Where nothing came between, every record is again byte for byte what it was; a field that somebody
//! changed since keeps its later value and is listed; a record that was made and has been used since stays and is listed.
//!
//! Reversals are bookkeeping, as facts are: they tell how records came about. They are no part of the state hash, so that
//! doing and undoing gives the hash from before.

mod keep;
mod pointer;
mod restore;
mod survive;

use uuid::Uuid;

pub use keep::{Entry, Keep, capture, read};
pub use pointer::{
    BOOKKEEPING, OF_ONE_KIND, Pointer, kind_column, names, neighbours, pointers, rehomed,
    stands_for,
};
pub use restore::{Conflict, Found, Plan, Why, restore};
pub use survive::{Chosen, Dropped, Pick, SURVIVORSHIP, Survival, survive};

use crate::access::Access;
use crate::codes;
use crate::decision::Refusal;
use crate::record;
use crate::settings::User;
use crate::value::{Id, Timestamp};

codes! {
    /// What can be undone.
    pub enum Action {
        /// A lead became a customer.
        LeadConvert = "lead.convert",
        /// Leads became one.
        LeadMerge = "lead.merge",
        /// Customers became one.
        CustomerMerge = "customer.merge",
        /// Contacts became one.
        ContactMerge = "contact.merge",
        /// Rows of another system came in.
        Import = "import",
        /// A selling process was changed.
        ProcessChange = "process_change",
    }
}

impl Action {
    /// The right that undoing it needs: the right that doing it needed.
    pub const fn access(self) -> Access {
        match self {
            Self::LeadConvert | Self::LeadMerge | Self::CustomerMerge | Self::ContactMerge => {
                Access::Record
            }
            Self::Import => Access::Migrate,
            Self::ProcessChange => Access::Configure,
        }
    }
}

record! {
    /// Something that was done and can be undone, and until when.
    pub struct Reversal: Reversal {
        /// What was done.
        1 action: Action;
        /// The record it is about: its kind.
        2 subject_kind: String;
        /// The record it is about: its id; an import is about itself.
        3 subject: Uuid;
        /// Who did it.
        4 by: Id<User>;
        /// When it was done; of an import, when it began.
        5 at: Timestamp;
        /// It can be undone until then; after it, what is kept for that is forgotten.
        6 until: Timestamp;
        /// In how many commits it was done.
        7 parts: u32;
        /// How many of them are not undone; undoing goes backwards, a commit at a time.
        8 left: u32;
        /// How many records it wrote.
        9 records: u32;
        /// When the last of it was undone.
        10 undone_at: Option<Timestamp>;
        /// Who undid it.
        11 undone_by: Option<Id<User>>;
        /// Where it came from, of an import.
        12 source: Option<String>, personal("undo", 365);
        /// Whether what was kept for undoing it is forgotten.
        13 forgotten: bool;
    }
    listings {
        1 "by_at" ["at"];
        2 "by_subject" ["subject", "at"];
        3 "by_action" ["action", "at"];
        4 "by_until" ["forgotten", "until"];
    }
}

impl Reversal {
    /// The listing by time.
    pub const BY_AT: u16 = 1;
    /// The listing by the record it is about, then time.
    pub const BY_SUBJECT: u16 = 2;
    /// The listing by what was done, then time.
    pub const BY_ACTION: u16 = 3;
    /// The listing by what is forgotten first, of what is not forgotten.
    pub const BY_UNTIL: u16 = 4;

    /// Whether it can be undone at `now`.
    ///
    /// # Errors
    ///
    /// `reversal.undone` · `reversal.expired`. Rule REV-1 (B11).
    pub fn takes_undo(&self, now: Timestamp) -> Result<(), Refusal> {
        let id = self.id.to_string();
        if self.undone_at.is_some() || self.left == 0 {
            return Err(Refusal::by("reversal.undone", "id", &id));
        }
        if now > self.until || self.forgotten {
            return Err(Refusal::by("reversal.expired", "id", &id));
        }
        Ok(())
    }
}

record! {
    /// What one commit of a reversal did to one record; or, packed into one row, every record that it made. Purged when it
    /// was undone or no longer can be, and when the person it is about is erased.
    pub struct ReversalEntry: ReversalEntry, append_only {
        /// Of which.
        1 reversal: Id<Reversal>;
        /// In which commit of it, from 0.
        2 part: u32;
        /// 0, 1, 2… within the commit, in the order of writing.
        3 ordinal: u32;
        /// The record that was changed; nil where `made` says which.
        4 subject: Uuid;
        /// The canonical bytes of the changed record before.
        5 before: Option<Vec<u8>>, personal("undo", 365);
        /// Its canonical bytes after.
        6 after: Option<Vec<u8>>, personal("undo", 365);
        /// The records that were made: kind (2 bytes), id (16) and the first 8 bytes of the leaf that a fact has of them
        /// after.
        7 made: Option<Vec<u8>>;
    }
    listings {
        1 unique "by_reversal" ["reversal", "part", "ordinal"];
        2 "by_subject" ["subject"];
    }
}

impl ReversalEntry {
    /// The listing by reversal, in the order of writing.
    pub const BY_REVERSAL: u16 = 1;
    /// The listing by the record that was changed.
    pub const BY_SUBJECT: u16 = 2;
}

#[cfg(test)]
mod tests;
