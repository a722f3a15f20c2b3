//! A stranger who may become a customer.

mod amend;
mod capture;
mod convert;
mod derive;
mod discard;
mod grade;
mod intake;
mod quality;
mod signature;

pub use crate::party::{DefinePool, Holds, Plans, Pool, PoolTerms, define_pool};
pub use amend::{LeadWish, amend};
pub use capture::{CaptureLead, capture};
pub use convert::{
    Conversion, ConvertGrounds, ConvertLead, IntoContact, IntoCustomer, NewDeal, Unmapped, convert,
    match_of,
};
pub use derive::{Derived, DerivedFrom, derive};
pub use discard::{discard, reactivate};
pub use grade::{GradeLead, ended, grade};
pub use intake::{
    ChannelKind, DefineIntake, IntakeFields, IntakeSource, Taken, define_intake, digest, take,
};
pub use quality::{Qualities, Quality};
pub use signature::{SIGNATURE_MAX, read};

use uuid::Uuid;

use crate::codes;
use crate::opportunity::Opportunity;
use crate::party::{Contact, Customer};
use crate::record;
use crate::settings::User;
use crate::value::{Code, Country, Id, Invalid, Name, Note, Timestamp};

codes! {
    /// How far a lead has come.
    pub enum LeadStatus {
        /// Nobody has followed it up.
        New = "new",
        /// Somebody is at it.
        Working = "working",
        /// It is worth a deal.
        Qualified = "qualified",
        /// It became a customer.
        Converted = "converted",
        /// It will not become one.
        Discarded = "discarded",
    }
}

record! {
    /// A stranger who may become a customer. How they are reached, its contact points say.
    pub struct Lead: Lead {
        /// Their name, or what the company is called where no person is known.
        1 name: Name, personal("leads", 730);
        /// Where they work.
        2 company: Option<Name>, personal("leads", 730);
        /// What they need, in their words.
        3 need: Option<Note>, personal("leads", 730);
        /// A code of the vocabulary `source`.
        4 source: Option<Code>;
        /// Who looks after it; nobody yet where none.
        5 owner: Option<Id<User>>;
        /// How far it has come.
        6 status: LeadStatus;
        /// Why it was discarded.
        7 discard_reason: Option<Note>, personal("leads", 730);
        /// How far it had come before it was discarded.
        8 status_before: Option<LeadStatus>;
        /// When it reached us.
        9 received_at: Timestamp;
        /// When it was entered.
        10 created_at: Timestamp;
        /// The customer that it became, of a converted one.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        60 customer: Option<Id<Customer>>;
        /// The contact that it became.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        61 contact: Option<Id<Contact>>;
        /// The deal that began with it.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        62 opportunity: Option<Id<Opportunity>>;
        /// When it was converted.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        63 converted_at: Option<Timestamp>;
        /// The lead that it became part of; such a one is no longer listed.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        64 merged_into: Option<Id<Lead>>;
        /// What somebody thinks it is worth.
        65 grade: Option<Code>;
        /// Why they think so.
        66 grade_reason: Option<Note>, personal("leads", 730);
        /// When they said so.
        67 graded_at: Option<Timestamp>;
        /// The queue in which it waits for an owner.
        70 queue: Option<Code>;
        /// The pool in which it lies; none while somebody looks after it.
        75 pool: Option<Id<Pool>>;
        /// When its owner last followed it up.
        76 followed_at: Option<Timestamp>;
        /// What was told of its stay with its owner, each once: rule and instant.
        77 told: Option<String>;
        /// What scoring models say of it since its owner got it.
        78 quality: Option<Qualities>, personal("leads", 730);
        /// The campaign that it came from; its id.
        80 campaign: Option<Uuid>;
        /// The fields whose values were derived and not said, separated by spaces.
        81 derived: Option<String>;
        /// The channel by which it came in: the code of an intake source.
        82 channel: Option<Code>;
        /// Their region, as the host divides its market.
        83 region: Option<Name>;
        /// Their country.
        84 country: Option<Country>;
    }
    listings {
        1 "by_owner" ["owner", "created_at"];
        2 "by_created" ["created_at"];
        10 "by_customer" ["customer"];
        11 "by_contact" ["contact"];
        14 "by_owner_status" ["owner", "status"];
        16 "by_pool" ["pool", "created_at"];
    }
}

impl Lead {
    /// The listing by owner, then age.
    pub const BY_OWNER: u16 = 1;
    /// The listing by age.
    pub const BY_CREATED: u16 = 2;
    /// The listing by the customer that they became.
    pub const BY_CUSTOMER: u16 = 10;
    /// The listing by the contact that they became.
    pub const BY_CONTACT: u16 = 11;
    /// The listing by owner, then how far it has come.
    pub const BY_OWNER_STATUS: u16 = 14;
    /// The listing by pool, the oldest first; of no pool those that somebody looks after.
    pub const BY_POOL: u16 = 16;
}

impl Lead {
    /// Whether it may still become a customer.
    pub const fn is_open(&self) -> bool {
        matches!(self.status, LeadStatus::New | LeadStatus::Working | LeadStatus::Qualified)
    }

    /// Whether something new may hang on it.
    ///
    /// # Errors
    ///
    /// `lead.converted`, `lead.discarded`. Rule LEAD-4 (F034).
    pub fn takes_new(&self) -> Result<(), Invalid> {
        let code = match self.status {
            LeadStatus::New | LeadStatus::Working | LeadStatus::Qualified => return Ok(()),
            LeadStatus::Converted => "lead.converted",
            LeadStatus::Discarded => "lead.discarded",
        };
        let refused = Invalid::new(code, &self.id.to_string());
        // Where the lead went, its reader may go.
        Err(match self.customer {
            Some(customer) => refused.limit(format!("it became customer {customer}")),
            None => refused,
        })
    }

    /// The lead after somebody followed it up: a new one is being worked on. Rule LEAD-5 (F029).
    pub fn followed_up(&self) -> Self {
        match self.status {
            LeadStatus::New => Self { status: LeadStatus::Working, ..self.clone() },
            LeadStatus::Working
            | LeadStatus::Qualified
            | LeadStatus::Converted
            | LeadStatus::Discarded => self.clone(),
        }
    }
}
