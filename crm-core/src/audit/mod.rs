//! What was decided: facts, their secrets, and the chain that shows tampering.

mod fact;
mod seal;
mod source;

use chrono::TimeDelta;
use sha2::{Digest, Sha256};
use uuid::Uuid;

pub(crate) use fact::hex;
pub use fact::{
    FieldChange, Header, RecordChange, SecretField, What, bulk_fact, fact, record_leaf, root,
};
pub use seal::{Broken, Verifier, seal};
pub use source::SourceKey;

use crate::record;
use crate::record::FieldId;
use crate::value::{Id, Timestamp};

/// The column of [`Fact::recorded_at`].
pub(crate) const RECORDED_AT: FieldId = FieldId(7);

record! {
    /// One decision: who decided what, when, under which rules, and what it changed. Written once.
    pub struct Fact: Fact, append_only {
        /// The kind of the record it is about.
        1 subject_kind: String;
        /// The record it is about.
        2 subject: Uuid;
        /// The operation.
        3 operation: String;
        /// Who; nil for the engine itself.
        4 actor: Uuid;
        /// What for.
        5 purpose: String;
        /// When it was true.
        6 happened_at: Timestamp;
        /// When it was recorded.
        7 recorded_at: Timestamp;
        /// Rule records that decided, with their versions, as JSON.
        8 rules: Option<String>;
        /// Field by field: before and after, or a commitment to both where the field is personal; as JSON.
        9 changes: String;
        /// Where it came from, for imported facts.
        10 source: Option<String>;
        /// The root of the commitments.
        11 root: Vec<u8>;
        /// The customer on whose timeline it stands; nil where it is about no customer, or where the record it is about
        /// stands there itself.
        #[serde(default, skip_serializing_if = "Uuid::is_nil")]
        230 customer: Uuid;
    }
    listings {
        1 "by_seq" ["seq"];
        2 "by_subject" ["subject", "seq"];
        3 "by_operation" ["operation", "seq"];
        230 "by_customer" ["customer", "happened_at"];
    }
}

record! {
    /// The salts and personal values that a fact only commits to. Purged when the person is erased.
    pub struct FactSecret: FactSecret, append_only {
        /// The fact.
        1 fact: Id<Fact>;
        /// The person it is about.
        2 person: Uuid;
        /// Salts and values, field by field, as JSON.
        3 values: String, personal("evidence of what was decided", 3650);
    }
    listings {
        1 "by_fact" ["fact"];
        2 "by_person" ["person"];
    }
}

record! {
    /// A checkpoint of the audit chain: every fact up to a commit, hashed in order.
    pub struct Seal: Seal, append_only {
        /// 1, 2, 3….
        1 ordinal: i64;
        /// The last commit it covers.
        2 through: i64;
        /// How many facts it covers, from the first on.
        3 facts: i64;
        /// The chain value of the seal before; empty in the first.
        4 previous: Vec<u8>;
        /// The chain value.
        5 chain: Vec<u8>;
        /// When it was sealed.
        6 sealed_at: Timestamp;
    }
    listings {
        1 unique "by_ordinal" ["ordinal"];
    }
}

record! {
    /// The first answer to a call that came with an idempotency key. Kept for 30 days.
    pub struct Receipt: Receipt, append_only {
        /// SHA-256 of operation and request.
        1 digest: Vec<u8>;
        /// The answer.
        2 response: Vec<u8>;
        /// When it was given.
        3 at: Timestamp;
    }
    listings {
        1 "by_at" ["at"];
    }
}

impl Fact {
    /// The listing by commit.
    pub const BY_SEQ: u16 = 1;
    /// The listing by the record it is about, then by commit.
    pub const BY_SUBJECT: u16 = 2;
    /// The listing by customer, then when it was true.
    pub const BY_CUSTOMER: u16 = 230;
}

impl FactSecret {
    /// The listing by fact.
    pub const BY_FACT: u16 = 1;
    /// The listing by whom it is about.
    pub const BY_PERSON: u16 = 2;
}

impl Seal {
    /// The listing by number.
    pub const BY_ORDINAL: u16 = 1;
}

impl Receipt {
    /// The listing by when they were given.
    pub const BY_AT: u16 = 1;
    /// How long a receipt is kept at least.
    pub const KEPT: TimeDelta = TimeDelta::days(30);

    /// The receipt that a keyed call will leave, without its answer yet.
    pub(crate) fn blank(actor: &str, key: &str, name: &str, request: &[u8], at: Timestamp) -> Self {
        let digest = Sha256::new().chain_update(name).chain_update([0]).chain_update(request);
        Self {
            id: Id::derived([actor, key].map(str::as_bytes)),
            digest: digest.finalize().to_vec(),
            response: Vec::new(),
            at,
            ext: Default::default(),
        }
    }
}
