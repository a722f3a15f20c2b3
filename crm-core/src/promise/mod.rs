//! The ledger of what we promised to customers: who, to whom, what, until when, and whether it was kept.
//!
//! A promise cannot vanish. Every change of its wording or day leaves the version before; taking one out of the ledger
//! needs a right and a reason, and leaves a tombstone that says who did it. Whether one is overdue is computed.

mod make;
mod settle;

pub use make::{Named, PromiseWish, Promised, amend, make};
pub use settle::{Settle, open_at_close, settle};

use chrono::NaiveDate;

use crate::activity::Activity;
use crate::machine::Machine;
use crate::opportunity::Opportunity;
use crate::party::{Contact, Customer};
use crate::settings::User;
use crate::value::{Id, Note, Timestamp};
use crate::{codes, record};

codes! {
    /// What became of a promise.
    pub enum PromiseState {
        /// It is to be kept.
        Open = "open",
        /// It was kept.
        Kept = "kept",
        /// It was not.
        Broken = "broken",
        /// The other side let us off.
        Waived = "waived",
        /// It was taken out of the ledger, by somebody who may do that, for a reason.
        Removed = "removed",
    }
}

codes! {
    /// What may be done to a promise.
    pub enum PromiseStep {
        /// Its wording, day or people change; the version before stays.
        Amend = "amend",
        /// It was kept.
        Keep = "keep",
        /// It was not kept.
        Break = "break",
        /// The other side lets us off.
        Waive = "waive",
        /// It is to be kept again.
        Reopen = "reopen",
        /// It is taken out of the ledger.
        Remove = "remove",
    }
}

impl PromiseState {
    /// What a step makes of it: the table of promises. A broken promise can still be kept late or be waived; a removed one
    /// stays as it is. Rule DP-4 (F010, B26).
    ///
    /// # Errors
    ///
    /// `promise.settled` · `promise.not_settled` · `promise.removed`.
    pub const fn after(self, step: PromiseStep) -> Result<Self, &'static str> {
        use PromiseStep::{Amend, Break, Keep, Remove, Reopen, Waive};
        match (self, step) {
            (Self::Removed, Amend | Keep | Break | Waive | Reopen | Remove) => {
                Err("promise.removed")
            }
            (_, Remove) => Ok(Self::Removed),
            (Self::Open, Amend) => Ok(Self::Open),
            (Self::Open | Self::Broken, Keep) => Ok(Self::Kept),
            (Self::Open, Break) => Ok(Self::Broken),
            (Self::Open | Self::Broken, Waive) => Ok(Self::Waived),
            (Self::Open, Reopen) => Err("promise.not_settled"),
            (Self::Kept | Self::Broken | Self::Waived, Reopen) => Ok(Self::Open),
            (Self::Kept | Self::Broken | Self::Waived, Amend | Break)
            | (Self::Kept | Self::Waived, Keep | Waive) => Err("promise.settled"),
        }
    }
}

/// Promises as a state machine.
#[derive(Debug)]
pub struct Promises;

impl Machine for Promises {
    const NAME: &'static str = "promise";
    type State = PromiseState;
    type Step = PromiseStep;

    fn next(state: PromiseState, step: PromiseStep) -> Result<PromiseState, &'static str> {
        state.after(step)
    }
}

record! {
    /// Something that one of us promised to a customer.
    pub struct Promise: Promise {
        /// To whom.
        1 customer: Id<Customer>;
        /// To whom there.
        2 contact: Option<Id<Contact>>;
        /// About which deal, where it is about one.
        3 opportunity: Option<Id<Opportunity>>;
        /// Who of us promised it, and has to keep it.
        4 promiser: Id<User>;
        /// What.
        5 text: Note, personal("dealings", 3650);
        /// The last day on which it is kept in time.
        6 due_on: NaiveDate;
        /// What became of it.
        7 state: PromiseState;
        /// Where it was said.
        8 activity: Option<Id<Activity>>;
        /// What there is to say about how it ended.
        9 outcome: Option<Note>, personal("dealings", 3650);
        /// Since when it is settled.
        10 settled_at: Option<Timestamp>;
        /// Who settled it.
        11 settled_by: Option<Id<User>>;
        /// Counts its versions, from 1.
        12 revision: u32;
        /// When it was written down.
        13 created_at: Timestamp;
    }
    listings {
        1 "by_customer" ["customer", "state", "due_on"];
        2 "by_promiser" ["promiser", "state", "due_on"];
        3 "by_due" ["state", "due_on"];
        4 "by_opportunity" ["opportunity", "state", "due_on"];
        5 "by_contact" ["contact", "state", "due_on"];
        6 "by_activity" ["activity"];
    }
}

impl Promise {
    /// The listing by customer, what became of it, and day.
    pub const BY_CUSTOMER: u16 = 1;
    /// The listing by who promised, what became of it, and day.
    pub const BY_PROMISER: u16 = 2;
    /// The listing by what became of it, and day.
    pub const BY_DUE: u16 = 3;
    /// The listing by deal, what became of it, and day.
    pub const BY_OPPORTUNITY: u16 = 4;

    /// Whether it is to be kept and its day is over on `today`. Rule DP-5 (F010).
    pub fn is_overdue(&self, today: NaiveDate) -> bool {
        self.state == PromiseState::Open && self.due_on < today
    }
}

record! {
    /// One version of a promise, as it was said then. Written once.
    pub struct PromiseVersion: PromiseVersion, append_only {
        /// Of which.
        1 promise: Id<Promise>;
        /// 1, 2, 3….
        2 ordinal: u32;
        /// What it said.
        3 text: Note, personal("dealings", 3650);
        /// Until when.
        4 due_on: NaiveDate;
        /// What was done.
        5 step: PromiseStep;
        /// What became of it by that.
        6 state: PromiseState;
        /// Why.
        7 reason: Option<Note>, personal("dealings", 3650);
        /// Who wrote it.
        8 author: Id<User>;
        /// When.
        9 at: Timestamp;
    }
    listings {
        1 unique "by_promise" ["promise", "ordinal"];
    }
}

impl PromiseVersion {
    /// The listing by promise, in order.
    pub const BY_PROMISE: u16 = 1;
}
