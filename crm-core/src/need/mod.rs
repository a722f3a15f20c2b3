//! What a customer wants, minds and objects to, and what became of it.
//!
//! A need, a concern, an objection is said by somebody at a customer, perhaps about a deal, perhaps about a product. A
//! budget stays in the currency in which it was named. Where a concern about a product is settled, everybody who raised
//! it can be told.

mod settle;
mod wish;

pub use settle::{ResolveProduct, Settle, settle};
pub use wish::{Named, NeedWish, record};

use crate::activity::Activity;
use crate::catalog::Product;
use crate::machine::Machine;
use crate::opportunity::Opportunity;
use crate::party::{Contact, Customer};
use crate::settings::User;
use crate::value::{Id, Money, Note, Timestamp};
use crate::{codes, record};

codes! {
    /// What was said.
    pub enum NeedKind {
        /// They want something (需求).
        Need = "need",
        /// Something worries them (关注点).
        Concern = "concern",
        /// They speak against something (异议).
        Objection = "objection",
    }
}

codes! {
    /// How much it presses.
    pub enum Urgency {
        /// Some day.
        Low = "low",
        /// In the usual time.
        Normal = "normal",
        /// Soon.
        High = "high",
        /// Now.
        Critical = "critical",
    }
}

codes! {
    /// What became of it.
    pub enum NeedState {
        /// It stands.
        Open = "open",
        /// It is met, answered, taken away.
        Resolved = "resolved",
        /// It no longer matters.
        Dropped = "dropped",
    }
}

codes! {
    /// What may be done to it.
    pub enum NeedStep {
        /// Its wording, product, budget or urgency changes.
        Amend = "amend",
        /// It is met.
        Resolve = "resolve",
        /// It no longer matters.
        Drop = "drop",
        /// It stands again.
        Reopen = "reopen",
    }
}

impl NeedState {
    /// What a step makes of it: the table of needs, concerns and objections. Rule DP-1 (F011).
    ///
    /// # Errors
    ///
    /// `need.settled` for what is done only to one that stands · `need.not_settled` for reopening one that stands.
    pub const fn after(self, step: NeedStep) -> Result<Self, &'static str> {
        match (self, step) {
            (Self::Open, NeedStep::Amend) => Ok(Self::Open),
            (Self::Open, NeedStep::Resolve) => Ok(Self::Resolved),
            (Self::Open, NeedStep::Drop) => Ok(Self::Dropped),
            (Self::Open, NeedStep::Reopen) => Err("need.not_settled"),
            (Self::Resolved | Self::Dropped, NeedStep::Reopen) => Ok(Self::Open),
            (
                Self::Resolved | Self::Dropped,
                NeedStep::Amend | NeedStep::Resolve | NeedStep::Drop,
            ) => Err("need.settled"),
        }
    }
}

/// Needs, concerns and objections as a state machine.
#[derive(Debug)]
pub struct Needs;

impl Machine for Needs {
    const NAME: &'static str = "need";
    type State = NeedState;
    type Step = NeedStep;

    fn next(state: NeedState, step: NeedStep) -> Result<NeedState, &'static str> {
        state.after(step)
    }
}

record! {
    /// A need, a concern or an objection of a customer.
    pub struct Need: Need {
        /// Whose.
        1 customer: Id<Customer>;
        /// About which deal, where it is about one.
        2 opportunity: Option<Id<Opportunity>>;
        /// Who there said it.
        3 contact: Option<Id<Contact>>;
        /// What was said.
        4 kind: NeedKind;
        /// About which product, where it is about one.
        5 product: Option<Id<Product>>;
        /// In their words.
        6 text: Note, personal("dealings", 3650);
        /// What they want to spend, in the currency in which they said it.
        7 budget: Option<Money>;
        /// How much it presses.
        9 urgency: Option<Urgency>;
        /// What became of it.
        10 state: NeedState;
        /// How it was met, or why it no longer matters.
        11 resolution: Option<Note>, personal("dealings", 3650);
        /// Since when it is settled.
        12 settled_at: Option<Timestamp>;
        /// Who settled it.
        13 settled_by: Option<Id<User>>;
        /// Where it was said.
        14 activity: Option<Id<Activity>>;
        /// Who wrote it down.
        15 author: Id<User>;
        /// When.
        16 created_at: Timestamp;
    }
    listings {
        1 "by_customer" ["customer", "created_at"];
        2 "by_product" ["product", "state", "created_at"];
        3 "by_opportunity" ["opportunity", "created_at"];
        4 "by_customer_state" ["customer", "state", "created_at"];
        5 "by_contact" ["contact", "created_at"];
        6 "by_activity" ["activity"];
    }
}

impl Need {
    /// The listing by customer, the oldest first.
    pub const BY_CUSTOMER: u16 = 1;
    /// The listing by product and what became of it, the oldest first.
    pub const BY_PRODUCT: u16 = 2;
    /// The listing by deal, the oldest first.
    pub const BY_OPPORTUNITY: u16 = 3;
    /// The listing by customer and what became of it, the oldest first.
    pub const BY_CUSTOMER_STATE: u16 = 4;
}
