//! What is due, and what a user is told. Time passes only when the host says so (`tick`).
//!
//! A decision that something shall happen later leaves a [`Timer`]; when it is due, `tick` makes the decision that it
//! stands for. Who must know is told by a [`Notice`], once for each occasion; the host delivers it.

use uuid::Uuid;

use crate::codes;
use crate::record;
use crate::settings::User;
use crate::value::{Id, Timestamp};

codes! {
    /// What happens when a timer is due.
    pub enum TimerCode {
        /// A deal nears the time limit of its stage.
        StageWarn = "stage.warn",
        /// A deal has been in its stage for longer than its limit.
        StageBreach = "stage.breach",
        /// A deal has been over its limit for so long that the manager is told.
        StageEscalate = "stage.escalate",
        /// A planned activity is coming up.
        ActivityRemind = "activity.remind",
        /// A task is overdue.
        ActivityOverdue = "activity.overdue",
        /// Something is due to a lead: it moves, or somebody is told.
        LeadFlow = "lead.flow",
        /// The rules of flow changed, and the clocks of all leads with them.
        FlowSweep = "flow.sweep",
        /// Something is due to a customer: it goes into a pool, or somebody is told.
        CustomerFlow = "customer.flow",
        /// The rules of flow changed, and the clocks of all customers with them.
        CustomerSweep = "customer.sweep",
        /// An automation that waits is due to a record.
        AutomationDue = "automation.due",
        /// An automation that waits was defined, and the times of all records with it.
        AutomationSweep = "automation.sweep",
        /// The step of a revisit plan is due, and the next one is to be planned.
        RevisitNext = "revisit.next",
        /// Nothing happened to a deal for as long as its pipeline says.
        DealDormant = "deal.dormant",
        /// The day of a promise is over.
        PromiseOverdue = "promise.overdue",
        /// The day of a milestone is over.
        MilestoneLate = "milestone.late",
        /// The last day of a quote is over.
        QuoteExpire = "quote.expire",
        /// The last day of a contract is over.
        ContractExpire = "contract.expire",
        /// The renewal of a contract is due.
        ContractRenewal = "contract.renewal",
        /// The day of delivery of an order comes near.
        OrderRemind = "order.remind",
        /// The day of delivery of an order is over.
        OrderLate = "order.late",
        /// A step of dunning is due.
        PaymentDue = "payment.due",
        /// Nobody has responded to a request in time.
        ServiceResponse = "service.response",
        /// A request is not resolved in time.
        ServiceResolution = "service.resolution",
        /// Nobody answers a request for feedback any more.
        FeedbackExpire = "feedback.expire",
    }
}

record! {
    /// What is due at an instant. Deleted when it has happened, or when it no longer shall.
    pub struct Timer: Timer {
        /// When.
        1 due_at: Timestamp;
        /// What.
        2 code: TimerCode;
        /// To which record: its kind.
        3 subject_kind: String;
        /// To which record: its id.
        4 subject: Uuid;
        /// Where work that takes several calls goes on.
        75 place: Option<Uuid>;
    }
    listings {
        1 "by_due" ["due_at"];
        2 "by_subject" ["subject", "code"];
    }
}

impl Timer {
    /// The listing by what is due first.
    pub const BY_DUE: u16 = 1;
    /// The listing by record.
    pub const BY_SUBJECT: u16 = 2;
}

record! {
    /// A message to a user, once for each occasion. The host delivers it and says so.
    pub struct Notice: Notice {
        /// To whom.
        1 recipient: Id<User>;
        /// About what, such as `stage.breach`.
        2 code: String;
        /// Which record: its kind.
        3 subject_kind: String;
        /// Which record: its id.
        4 subject: Uuid;
        /// When it was due.
        5 due_at: Timestamp;
        /// When it was written.
        6 created_at: Timestamp;
        /// The channels that delivered it, in order, separated by spaces.
        7 delivered: Option<String>;
        /// Not to be shown before this instant.
        8 snoozed_until: Option<Timestamp>;
        /// By which rule, where one says so.
        75 because: Option<String>;
    }
    listings {
        1 "by_recipient" ["recipient", "due_at"];
        2 "by_due" ["due_at"];
        10 "by_subject" ["subject"];
    }
}

impl Notice {
    /// The listing by recipient, the earliest due first.
    pub const BY_RECIPIENT: u16 = 1;
    /// The listing of all, the earliest due first.
    pub const BY_DUE: u16 = 2;
    /// The listing by record.
    pub const BY_SUBJECT: u16 = 10;
}
