//! What happens after a sale: requests and complaints, with clocks in working time that stand still while we wait for the
//! customer.
//!
//! A request is new, assigned, in work, waiting for the customer, resolved or closed. Two clocks run: until we first
//! respond, and until it is resolved. How long each may take, a [`ServicePolicy`] says by severity; what it is told to
//! whom when a limit passes, too. A request keeps the revision under which it came in. Nothing that the clocks show is
//! stored: it follows from the record, its pauses and its policy.

mod clock;
mod feedback;
mod handle;
mod issue;
mod open;
mod policy;
mod state;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use uuid::Uuid;

pub use clock::{
    Alarms, Clock, ClockCode, Clocks, Pace, Raised, alarms, clocks, percentile, raise,
};
pub use feedback::{
    Answer, Completed, FeedbackChannel, FeedbackRequest, FeedbackState, FeedbackStep,
    FeedbackTerms, Feedbacks, Reachable, SkipReason, answer, ask, cancel, channel, expire, request,
};
pub use handle::{Handled, Handling, handle, reclassify};
pub use issue::{
    Issue, IssueReport, IssueState, IssueStep, Issues, RouteIssue, SourceKind, proceed, route,
};
pub use open::{About, OpenService, ServiceWish, open};
pub use policy::{DefineServicePolicy, Level, ServiceTerms, Target, Tell, define_policy, lint};
pub use state::{ServiceState, ServiceStep, Services};

use crate::catalog::Product;
use crate::party::{Contact, Customer};
use crate::settings::User;
use crate::value::{Code, Id, Name, Note, Timestamp};
use crate::{codes, json_column, record};

codes! {
    /// What somebody turns to us with.
    pub enum ServiceType {
        /// A question (咨询).
        Question = "question",
        /// Something does not work (故障报修).
        Fault = "fault",
        /// Something is to be looked after (维护保养).
        Maintenance = "maintenance",
        /// Something comes back (退换货).
        Return = "return",
        /// A complaint (投诉).
        Complaint = "complaint",
        /// Anything else.
        Other = "other",
    }
}

codes! {
    /// How bad it is; the clocks go by it.
    pub enum Severity {
        /// The customer stands still.
        Critical = "critical",
        /// It hinders them badly.
        High = "high",
        /// It hinders them.
        Medium = "medium",
        /// It can wait.
        Low = "low",
    }
}

codes! {
    /// By what it reached us.
    pub enum ServiceChannel {
        /// By telephone.
        Phone = "phone",
        /// By e-mail.
        Email = "email",
        /// By a form on the net.
        Form = "form",
        /// By a message in a social network.
        Message = "message",
        /// While one of us was there.
        Visit = "visit",
        /// From an answer to a request for feedback.
        Feedback = "feedback",
    }
}

codes! {
    /// What a request, or an answer, is about: the name of a kind of record.
    pub enum AboutKind {
        /// A deal.
        Opportunity = "opportunity",
        /// A product.
        Product = "product",
        /// A quote.
        Quote = "quote",
        /// A contract.
        Contract = "contract",
        /// An order.
        Order = "order",
        /// One line of an order.
        OrderLine = "order_line",
        /// A request or complaint.
        ServiceRequest = "service_request",
    }
}

codes! {
    /// Why the clock of a request stands still.
    pub enum PauseCause {
        /// We wait for the customer.
        Customer = "customer",
        /// It is resolved.
        Resolved = "resolved",
    }
}

json_column! { ServiceTerms }

record! {
    /// A request or complaint of a customer, after the sale or before it.
    pub struct ServiceRequest: ServiceRequest {
        /// Of which customer.
        1 customer: Id<Customer>;
        /// Who of them.
        2 contact: Option<Id<Contact>>;
        /// What it is.
        3 request_type: ServiceType;
        /// How bad it is.
        4 severity: Severity;
        /// What it is about: one line.
        5 subject: Name, personal("service", 3650);
        /// What they say.
        6 content: Option<Note>, personal("service", 3650);
        /// How far it is.
        7 state: ServiceState;
        /// Who handles it.
        8 handler: Option<Id<User>>;
        /// By what it reached us.
        9 channel: Option<ServiceChannel>;
        /// About which product.
        10 product: Option<Id<Product>>;
        /// About which record: its kind.
        11 about_kind: Option<AboutKind>;
        /// About which record; nil where it is about none.
        12 about: Uuid;
        /// When it reached us.
        13 received_at: Timestamp;
        /// When it was entered.
        14 created_at: Timestamp;
        /// Who entered it.
        15 author: Id<User>;
        /// The revision of the policy by which its clocks go; what ships with the engine where none was defined.
        16 policy: Option<Id<ServicePolicy>>;
        /// When we first responded; kept for ever.
        17 responded_at: Option<Timestamp>;
        /// When it was first resolved; kept for ever.
        18 first_resolved_at: Option<Timestamp>;
        /// When it was resolved, of one that is.
        19 resolved_at: Option<Timestamp>;
        /// When it was closed or called off, of one that is.
        20 closed_at: Option<Timestamp>;
        /// How often it was opened again.
        21 reopened: u32;
        /// How many levels of escalation were told that we have not responded.
        22 response_level: u32;
        /// How many levels of escalation were told that it is not resolved.
        23 resolution_level: u32;
        /// What it came of: a code of the vocabulary `service_cause`.
        24 cause: Option<Code>;
        /// What was done about it.
        25 resolution: Option<Note>, personal("service", 3650);
        /// Why it was called off, or opened again the last time.
        26 reason: Option<Note>, personal("service", 3650);
    }
    listings {
        1 "by_customer" ["customer", "received_at"];
        2 "by_handler" ["handler", "state", "received_at"];
        3 "by_state" ["state", "received_at"];
        4 "by_about" ["about", "received_at"];
        5 "by_received" ["received_at"];
        6 "by_contact" ["contact"];
    }
}

impl ServiceRequest {
    /// The listing by customer, then when it reached us.
    pub const BY_CUSTOMER: u16 = 1;
    /// The listing by who handles it and how far it is.
    pub const BY_HANDLER: u16 = 2;
    /// The listing by how far it is.
    pub const BY_STATE: u16 = 3;
    /// The listing by what it is about.
    pub const BY_ABOUT: u16 = 4;
    /// The listing by when it reached us.
    pub const BY_RECEIVED: u16 = 5;

    /// What it is about, where that is a record.
    pub fn about(&self) -> Option<About> {
        self.about_kind.map(|kind| About { kind, id: self.about })
    }
}

record! {
    /// A stretch of time in which the resolution clock of a request stands still.
    pub struct ServicePause: ServicePause {
        /// Of which.
        1 request: Id<ServiceRequest>;
        /// 0, 1, 2… in their order.
        2 ordinal: u32;
        /// Since when.
        3 since: Timestamp;
        /// Until when; it goes on where nothing is said.
        4 until: Option<Timestamp>;
        /// Why.
        5 cause: PauseCause;
        /// For what we wait.
        6 reason: Option<Note>, personal("service", 3650);
    }
    listings {
        1 "by_request" ["request", "ordinal"];
    }
}

impl ServicePause {
    /// The listing by request, in order.
    pub const BY_REQUEST: u16 = 1;
}

record! {
    /// One revision of how long requests may take, and who is told when they take longer. A revision is never changed.
    pub struct ServicePolicy: ServicePolicy {
        /// 1, 2, 3… in their order; the last one counts for what comes in.
        1 revision: u32;
        /// What it says.
        2 terms: ServiceTerms;
        /// When it was made.
        3 created_at: Timestamp;
    }
    listings {
        1 unique "by_revision" ["revision"];
    }
}

impl ServicePolicy {
    /// The listing by revision.
    pub const BY_REVISION: u16 = 1;
}

/// A request as callers see it: with what its clocks show.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct SeenService {
    /// The request.
    #[serde(flatten)]
    pub request: ServiceRequest,
    /// What its clocks show.
    pub clocks: Clocks,
    /// The steps that it may take now.
    pub next: Vec<ServiceStep>,
}

#[cfg(test)]
mod feedback_tests;
#[cfg(test)]
mod tests;
