//! A contract: what was agreed with a customer, from when to when, who signed what, and what was changed since.

mod agreed;
mod amend;
mod create;
mod end;
mod sign;
mod state;

use chrono::NaiveDate;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

pub use agreed::{Agreed, AgreedLine, Difference, DifferenceKind, compare};
pub use amend::{Amended, Change, Changes, amend, edit};
pub use create::{ContractDetails, CreateContract, LineWish, Named, create, details};
pub use end::{
    Renew, Terminate, WithdrawContract, expire, may_deliver, renew, renewal_from, terminate,
    withdraw,
};
pub use sign::{Sign, Signed, sign};
pub use state::{ContractState, ContractStep, Contracts, answered, submit};

use crate::document::Document;
use crate::opportunity::Opportunity;
use crate::party::{Contact, Customer};
use crate::quote::Quote;
use crate::settings::{DocumentNumber, User};
use crate::value::{Id, Money, Name, Note, Timestamp};
use crate::{codes, json_column, record};

codes! {
    /// Who signs.
    pub enum Party {
        /// We.
        Ours = "ours",
        /// The customer.
        Theirs = "theirs",
    }
}

json_column! { Agreed, Changes }

record! {
    /// What was agreed with a customer.
    pub struct Contract: Contract {
        /// What it is called.
        1 number: DocumentNumber;
        /// 1, and one more with each amendment.
        2 revision: u32;
        /// What it is about.
        3 name: Name;
        /// With whom.
        4 customer: Id<Customer>;
        /// With which person there.
        5 contact: Option<Id<Contact>>;
        /// Of which deal.
        6 opportunity: Option<Id<Opportunity>>;
        /// By which quote.
        7 quote: Option<Id<Quote>>;
        /// Who looks after it.
        8 owner: Id<User>;
        /// Who wrote it as it is: the last who edited it.
        9 author: Id<User>;
        /// How far it is.
        10 state: ContractState;
        /// What we are called in it.
        11 our_party: Option<Name>;
        /// What the customer is called in it.
        12 their_party: Option<Name>, personal("contract", 3650);
        /// What was agreed: lines and terms.
        13 agreed: Agreed;
        /// What it is about, before tax.
        14 net: Money;
        /// The tax.
        16 tax: Money;
        /// Both.
        18 gross: Money;
        /// The first day on which it holds.
        20 starts_on: NaiveDate;
        /// The last day on which it holds; nothing where no end was agreed.
        21 ends_on: Option<NaiveDate>;
        /// How many days before its last its renewal is due.
        22 notice_days: u32;
        /// The last revision that both signed; 0 for none.
        23 signed_revision: u32;
        /// The day on which the last of both signed that.
        24 signed_on: Option<NaiveDate>;
        /// When it was made.
        25 created_at: Timestamp;
        /// When it ended.
        26 ended_at: Option<Timestamp>;
        /// The last day on which it held, of one that was terminated.
        27 terminated_on: Option<NaiveDate>;
        /// Why it ended.
        28 reason: Option<Note>;
        /// The contract that it renews.
        29 previous: Option<Id<Contract>>;
    }
    listings {
        1 unique "by_number" ["number"];
        2 "by_customer" ["customer", "created_at"];
        3 "by_opportunity" ["opportunity", "created_at"];
        4 "by_contact" ["contact", "created_at"];
        5 "by_quote" ["quote"];
        6 "by_state" ["state", "created_at"];
        7 "by_previous" ["previous"];
        8 "by_owner" ["owner", "state"];
    }
}

impl Contract {
    /// The listing by number.
    pub const BY_NUMBER: u16 = 1;
    /// The listing by customer, the oldest first.
    pub const BY_CUSTOMER: u16 = 2;
    /// The listing by deal, the oldest first.
    pub const BY_OPPORTUNITY: u16 = 3;
    /// The listing by contact, the oldest first.
    pub const BY_CONTACT: u16 = 4;
    /// The listing by quote.
    pub const BY_QUOTE: u16 = 5;
    /// The listing by state, the oldest first.
    pub const BY_STATE: u16 = 6;
    /// The listing by the contract that they renew.
    pub const BY_PREVIOUS: u16 = 7;
    /// The listing by owner and state.
    pub const BY_OWNER: u16 = 8;

    /// Whether both signed it as it is.
    pub const fn is_signed(&self) -> bool {
        self.signed_revision > 0 && self.signed_revision == self.revision
    }
}

record! {
    /// One amendment of a contract: what it was, and what changed. Written once.
    pub struct ContractVersion: ContractVersion, append_only {
        /// Of which.
        1 contract: Id<Contract>;
        /// The revision that was made.
        2 revision: u32;
        /// What changed.
        3 changes: Changes;
        /// Why.
        4 reason: Note;
        /// Who.
        5 by: Id<User>;
        /// When.
        6 at: Timestamp;
    }
    listings {
        1 unique "by_contract" ["contract", "revision"];
    }
}

impl ContractVersion {
    /// The listing by contract, in order.
    pub const BY_CONTRACT: u16 = 1;
}

record! {
    /// That somebody signed a revision of a contract, and which document. Written once.
    pub struct ContractSignature: ContractSignature, append_only {
        /// Which.
        1 contract: Id<Contract>;
        /// Which revision of it.
        2 revision: u32;
        /// For whom.
        3 party: Party;
        /// Who.
        4 signed_by: Name, personal("contract", 3650);
        /// On which day.
        5 signed_on: NaiveDate;
        /// The document that was signed.
        6 document: Id<Document>;
        /// The SHA-256 of it then, in lower-case hexadecimal.
        7 hash: String;
        /// Who recorded it.
        8 by: Id<User>;
        /// When.
        9 at: Timestamp;
    }
    listings {
        1 unique "by_contract" ["contract", "revision", "party"];
        2 "by_document" ["document"];
    }
}

impl ContractSignature {
    /// The listing by contract, revision and party.
    pub const BY_CONTRACT: u16 = 1;
    /// The listing by document.
    pub const BY_DOCUMENT: u16 = 2;
}

/// Who decides, and when.
#[derive(Clone, Copy, Debug)]
pub struct Ctx {
    /// Who.
    pub by: Id<User>,
    /// When.
    pub now: Timestamp,
    /// On which day that is where the tenant is.
    pub today: NaiveDate,
}

/// When a contract ends and its renewal is due, as lists tell it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Ending {
    /// The last day on which it holds.
    pub ends_on: NaiveDate,
    /// The day from which its renewal is due.
    pub renewal_from: NaiveDate,
    /// How many days are left, today not counted; negative where it is over.
    pub days_left: i64,
    /// Whether its renewal is due.
    pub renewal_due: bool,
}

impl Contract {
    /// When it ends as of a day; nothing where no end was agreed.
    pub fn ending(&self, today: NaiveDate) -> Option<Ending> {
        let (ends_on, renewal_from) = (self.ends_on?, renewal_from(self)?);
        let days_left = ends_on.signed_duration_since(today).num_days();
        Some(Ending { ends_on, renewal_from, days_left, renewal_due: today >= renewal_from })
    }
}

#[cfg(test)]
mod tests;
