//! Documents by reference: where the host keeps one, the hash of its contents, its media type. The engine keeps no contents;
//! it says when a document is missing or is not what it was.

mod attach;

use uuid::Uuid;

pub use attach::{AttachDocument, CheckDocument, attach, checked};

use crate::settings::User;
use crate::value::{Id, Name, Text, Timestamp};
use crate::{codes, record};

codes! {
    /// What became of a document since it was attached.
    pub enum DocumentState {
        /// Nobody has looked since.
        Unchecked = "unchecked",
        /// It was what it was.
        Sound = "sound",
        /// Its contents are others.
        Altered = "altered",
        /// It was not there.
        Missing = "missing",
    }
}

record! {
    /// A document of a record, kept by the host.
    pub struct Document: Document {
        /// Of which record: its kind.
        1 subject_kind: String;
        /// Of which record: its id.
        2 subject: Uuid;
        /// What it is called.
        3 name: Name;
        /// Where the host keeps it.
        4 reference: Text<500, false>;
        /// The SHA-256 of its contents, in lower-case hexadecimal.
        5 hash: String;
        /// Its media type, such as `application/pdf`.
        6 media_type: String;
        /// Who attached it.
        7 added_by: Id<User>;
        /// When.
        8 added_at: Timestamp;
        /// What was found when somebody last looked.
        9 state: DocumentState;
        /// When that was.
        10 checked_at: Option<Timestamp>;
    }
    listings {
        1 "by_subject" ["subject", "added_at"];
        2 "by_state" ["state", "added_at"];
    }
}

impl Document {
    /// The listing by record, the oldest first.
    pub const BY_SUBJECT: u16 = 1;
    /// The listing by what was found.
    pub const BY_STATE: u16 = 2;
}
