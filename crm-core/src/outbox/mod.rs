//! Messages to the host's inventory and bookkeeping: what a document moved, once, in order.
//!
//! A document has levels: how much of a product is reserved for it, how much was issued, what is owed for it. They follow
//! from the document as it stands. Whenever a decision changes them, one message says by how much, and a posting
//! remembers what was said; so the messages of a document add up to its levels whatever happened to it, in whatever order
//! and however often it was reported, and a message is never changed.

mod levels;
mod order;
mod reply;

use uuid::Uuid;

use crate::record::Ext;
use crate::value::{Id, Note, Timestamp};
use crate::{codes, record};

pub use levels::{Account, Levels, Move, Moves, Subject, between};
pub use order::order_levels;
pub(crate) use order::{goods_levels, money_levels};
pub use reply::{SetReply, Shortage, Shortages, missing, reply};

record! {
    /// What was said of a document so far: the sum of its messages.
    pub struct Posting: Posting {
        /// Which document: its kind.
        1 document_kind: String;
        /// Which document: its id.
        2 document: Uuid;
        /// How many messages it has.
        3 messages: u32;
        /// What stands there: what they add up to, and what was brought in.
        4 levels: Levels;
        /// What of it another system brought in, of which no message says anything.
        5 brought: Levels;
    }
    listings {
        1 unique "by_document" ["document"];
    }
}

impl Posting {
    /// The listing by document.
    pub const BY_DOCUMENT: u16 = 1;

    /// The id of a document's posting.
    pub fn id_of(document: Uuid) -> Id<Self> {
        Id::derived([document.as_bytes().as_slice()])
    }
}

record! {
    /// What one decision moved. Written once.
    pub struct OutboxMessage: OutboxMessage, append_only {
        /// Which document: its kind.
        1 document_kind: String;
        /// Which document: its id.
        2 document: Uuid;
        /// Counts the messages of the document from 0.
        3 ordinal: u32;
        /// The operation that caused it.
        4 cause: String;
        /// When.
        5 at: Timestamp;
        /// What moved, by account and subject.
        6 moves: Moves;
    }
    listings {
        1 "by_seq" ["seq", "ordinal"];
        2 unique "by_document" ["document", "ordinal"];
    }
}

impl OutboxMessage {
    /// The listing by commit, the oldest first.
    pub const BY_SEQ: u16 = 1;
    /// The listing by document, in order.
    pub const BY_DOCUMENT: u16 = 2;

    /// The id of a document's message of that number: a consumer that saw it knows it again.
    pub fn id_of(document: Uuid, ordinal: u32) -> Id<Self> {
        Id::derived([document.as_bytes().as_slice(), &ordinal.to_be_bytes()])
    }
}

codes! {
    /// What the host's system made of a message.
    pub enum Outcome {
        /// It took effect.
        Done = "done",
        /// There is not enough of something; what there is may be reserved.
        Short = "short",
        /// It took no effect.
        Refused = "refused",
    }
}

record! {
    /// What the host's system answered to a message, the last word of it.
    pub struct OutboxReply: OutboxReply {
        /// To which message.
        1 message: Id<OutboxMessage>;
        /// Which document.
        2 document: Uuid;
        /// What it made of it.
        3 outcome: Outcome;
        /// What is missing.
        4 shortages: Shortages;
        /// What it said.
        5 note: Option<Note>, personal("contract", 3650);
        /// When it came.
        6 at: Timestamp;
    }
    listings {
        1 unique "by_message" ["message"];
        2 "by_document" ["document"];
        3 "by_outcome" ["outcome", "at"];
    }
}

impl OutboxReply {
    /// The listing by message.
    pub const BY_MESSAGE: u16 = 1;
    /// The listing by document.
    pub const BY_DOCUMENT: u16 = 2;
    /// The listing by outcome, the oldest first.
    pub const BY_OUTCOME: u16 = 3;

    /// The id of the answer to a message.
    pub fn id_of(message: Id<OutboxMessage>) -> Id<Self> {
        Id::derived([message.uuid().as_bytes().as_slice()])
    }
}

/// A document whose levels may have changed.
#[derive(Clone, Copy, Debug)]
pub struct Document<'a> {
    /// Its kind.
    pub kind: &'a str,
    /// Its id.
    pub id: Uuid,
}

impl Posting {
    /// What is known of a document: nothing of one that was never looked at.
    fn of(before: Option<Self>, document: Document<'_>) -> Self {
        before.unwrap_or_else(|| Self {
            id: Self::id_of(document.id),
            document_kind: document.kind.to_owned(),
            document: document.id,
            messages: 0,
            levels: Levels::default(),
            brought: Levels::default(),
            ext: Ext::new(),
        })
    }
}

/// What has to be said of a document whose levels are `levels`, after all that was said; nothing where that is the same.
/// Rule OB-1 (F103, F104).
pub fn post(
    before: Option<Posting>,
    document: Document<'_>,
    levels: Levels,
    (cause, at): (&str, Timestamp),
) -> Option<(Posting, OutboxMessage)> {
    let before = Posting::of(before, document);
    let moves = between(&before.levels, &levels);
    if moves.0.is_empty() {
        return None;
    }
    let ordinal = before.messages;
    let message = OutboxMessage {
        id: OutboxMessage::id_of(document.id, ordinal),
        document_kind: document.kind.to_owned(),
        document: document.id,
        ordinal,
        cause: cause.to_owned(),
        at,
        moves,
        ext: Ext::new(),
    };
    Some((Posting { messages: ordinal.saturating_add(1), levels, ..before }, message))
}

/// What is known of a document whose levels another system brought to `levels`: it moved there already, so nothing is said
/// of it. Nothing where the levels are the same. Rule OB-5 (F103, F214).
pub fn bring(before: Option<Posting>, document: Document<'_>, levels: Levels) -> Option<Posting> {
    let before = Posting::of(before, document);
    let moves = between(&before.levels, &levels);
    if moves.0.is_empty() {
        return None;
    }
    Some(Posting { brought: before.brought.clone().after(&moves), levels, ..before })
}

#[cfg(test)]
mod tests;
