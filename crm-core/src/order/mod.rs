//! An order: what a customer bought, what of it is made, shipped and delivered, and what has to be seen to.
//!
//! An order comes from a won deal or from nowhere (short cycles need no deal). Its state is moved by decisions of ours
//! (review, confirm, submit, cancel, complete) and, once it is submitted, by what production, shipping and logistics
//! report. Reports are kept as rows, and how far the order is follows from the set of them alone, so that they may come
//! in any order and twice. What is submitted is changed by change orders only, each with its difference.

mod agree;
mod cancel;
mod change;
mod create;
mod exception;
mod generate;
mod import;
mod policy;
mod price;
mod progress;
mod quoted;
mod standing;
mod state;
mod terms;

use chrono::NaiveDate;
use rust_decimal::Decimal;

use crate::catalog::Product;
use crate::contract::Contract;
use crate::opportunity::{Opportunity, OpportunityLine};
use crate::party::{Address, Contact, Customer};
use crate::quote::{Quote, QuoteLine};
use crate::settings::{DocumentNumber, User};
use crate::value::{
    Code, Id, Invalid, Money, Name, Note, Percent, Quantity, Text, Timestamp, UnitPrice,
};
use crate::{codes, record};

pub use agree::{Basis, agreed, delivered_under, measures, no_further};
pub use cancel::{CancelOrder, ReturnGoods, ReturnedLine, cancel, returned};
pub use change::{Difference, Differences, ReviseOrder, Revised, RevisionGrounds, change, edit};
pub use create::{CreateOrder, Grounds, SetOrderLine, create};
pub use exception::{Found, is_late, late_from, remind_from, standing_exceptions, start_of};
pub use generate::{GenerateOrder, Part, Seed, seed};
pub use import::{ImportGrounds, ImportOrder, ImportedOrder, ImportedOrderLine, import};
pub use policy::{Alert, Alerts, OrderPolicy, SetOrderPolicy, Told, set_policy};
pub use price::{Totals, exact_sum, price, returned_value};
pub use progress::{Heard, Progress, ReportedLine, progress, progressed, settled_step};
pub use quoted::{OrderFromQuote, QuotePart, QuoteSeed, Quoted, seed_quoted};
pub use standing::{Standing, StandingBasis, standing};
pub use state::{OrderMachine, Stepped, step};
pub use terms::{Due, Milestone, PaymentTerms, TermStep, milestones, split};

/// What an order is called: one line of at most 40 characters, such as `SO-2026-000123`.
pub type OrderNumber = DocumentNumber;

/// What another system calls an event: one line of at most 200 characters.
pub type EventKey = Text<200, false>;

codes! {
    /// How far an order is.
    pub enum OrderState {
        /// It is being written.
        Draft = "draft",
        /// Somebody looks it through (审核).
        InReview = "in_review",
        /// It is confirmed (确认).
        Confirmed = "confirmed",
        /// It is handed to production and finance (提交); from now on only change orders change it.
        Submitted = "submitted",
        /// Some of it is shipped.
        InDelivery = "in_delivery",
        /// All of it is delivered.
        Delivered = "delivered",
        /// It is done.
        Completed = "completed",
        /// It was called off.
        Cancelled = "cancelled",
    }
}

codes! {
    /// What can be done to an order.
    pub enum OrderStepCode {
        /// It was made.
        Create = "create",
        /// Its draft changes.
        Edit = "edit",
        /// Somebody shall look it through.
        RequestReview = "request_review",
        /// It goes back to its author.
        Reject = "reject",
        /// It is found good.
        Confirm = "confirm",
        /// It is handed to production and finance.
        Submit = "submit",
        /// A change order.
        Change = "change",
        /// Some of it was shipped.
        Ship = "ship",
        /// All of it was delivered.
        Deliver = "deliver",
        /// Something of it came back.
        Return = "return",
        /// It is done.
        Complete = "complete",
        /// It is called off.
        Cancel = "cancel",
    }
}

codes! {
    /// How the figures of an order are rounded, halves up either way.
    pub enum OrderRounding {
        /// The net and the tax of each line are rounded, and added as rounded: what invoices show.
        EachLine = "each_line",
        /// The exact lines are added, and the sum is rounded once; tax is taken of the lines of each rate together.
        Total = "total",
    }
}

record! {
    /// What a customer bought.
    pub struct Order: Order {
        /// What it is called; no two orders share one.
        1 number: OrderNumber;
        /// Who bought.
        2 customer: Id<Customer>;
        /// With whom it is talked about there.
        3 contact: Option<Id<Contact>>;
        /// Who sold it.
        4 owner: Id<User>;
        /// The deal that it comes from; none where it was ordered without one.
        5 opportunity: Option<Id<Opportunity>>;
        /// How far it is.
        6 state: OrderState;
        /// The day on which it was ordered.
        7 ordered_on: NaiveDate;
        /// The day until which it shall be delivered.
        8 due_on: Option<NaiveDate>;
        /// Where the goods go.
        9 delivery_address: Option<Id<Address>>;
        /// Where the invoice goes.
        10 billing_address: Option<Id<Address>>;
        /// How its figures are rounded.
        11 rounding: OrderRounding;
        /// What its lines come to, less discounts, before tax.
        12 net: Money;
        /// The tax on them.
        14 tax: Money;
        /// What bringing it costs the customer; no tax is added to it.
        16 freight: Money;
        /// Net, tax and freight together.
        18 total: Money;
        /// When what part of it is to be paid.
        20 terms: PaymentTerms;
        /// How it is to be paid: a code of the vocabulary `payment_method`.
        21 method: Option<Code>;
        /// Counts its change orders, from 1.
        22 revision: u32;
        /// When it was made.
        23 created_at: Timestamp;
        /// When anything last happened to it.
        24 touched_at: Timestamp;
        /// When it was handed to production and finance.
        25 submitted_at: Option<Timestamp>;
        /// The day on which production began.
        26 started_on: Option<NaiveDate>;
        /// The day on which production ended.
        27 produced_on: Option<NaiveDate>;
        /// The day on which the first of it was shipped.
        28 shipped_on: Option<NaiveDate>;
        /// The day on which the last of it was delivered.
        29 delivered_on: Option<NaiveDate>;
        /// The day on which it was completed.
        30 completed_on: Option<NaiveDate>;
        /// Its total in the base currency, at the rate of its day: frozen when it was submitted. Nothing where there was
        /// no rate: such an order is unpriced, and no sum in the base currency has it.
        31 base_total: Option<Money>;
        /// Units of the base currency for one of its own, as published for `rate_day`.
        33 rate: Option<Decimal>;
        /// The day of that rate.
        34 rate_day: Option<NaiveDate>;
        /// What there is to say about it.
        35 note: Option<Note>, personal("contract", 3650);
        /// The zone in which its days begin: that of its customer.
        36 zone: Name;
        /// Whether its steps are known; those of an imported order are not.
        37 has_history: bool;
        /// Why it was called off.
        38 cancel_reason: Option<Note>, personal("contract", 3650);
        /// The accepted quote that it comes from; its lines have their amounts from there.
        275 quote: Option<Id<Quote>>;
        /// The contract under which it is delivered.
        276 contract: Option<Id<Contract>>;
    }
    listings {
        1 unique "by_number" ["number"];
        2 "by_customer" ["customer", "ordered_on"];
        3 "by_owner" ["owner", "ordered_on"];
        4 "by_state" ["state", "ordered_on"];
        5 "by_opportunity" ["opportunity", "ordered_on"];
        6 "by_day" ["ordered_on"];
        7 "by_contact" ["contact"];
        8 "by_delivery_address" ["delivery_address"];
        9 "by_billing_address" ["billing_address"];
        10 "by_quote" ["quote"];
    }
}

impl Order {
    /// The listing by number.
    pub const BY_NUMBER: u16 = 1;
    /// The listing by customer, the oldest first.
    pub const BY_CUSTOMER: u16 = 2;
    /// The listing by owner, the oldest first.
    pub const BY_OWNER: u16 = 3;
    /// The listing by state, the oldest first.
    pub const BY_STATE: u16 = 4;
    /// The listing by deal, the oldest first.
    pub const BY_OPPORTUNITY: u16 = 5;
    /// The listing by day.
    pub const BY_DAY: u16 = 6;
    /// The listing by quote.
    pub const BY_QUOTE: u16 = 10;

    /// The refusal of a number that another order has.
    pub fn number_taken(number: &str, holder: Id<Self>) -> Invalid {
        Invalid::new("order.number_taken", number).limit(format!("it is that of order {holder}"))
    }

    /// The zone in which its days begin.
    pub fn tz(&self) -> chrono_tz::Tz {
        self.zone.as_str().parse().unwrap_or(chrono_tz::Tz::UTC)
    }

    /// Whether the customer is bound by it: it was handed over and not called off. Such an order is money to come, and
    /// makes its customer an existing one.
    pub const fn is_effective(&self) -> bool {
        match self.state {
            OrderState::Submitted
            | OrderState::InDelivery
            | OrderState::Delivered
            | OrderState::Completed => true,
            OrderState::Draft
            | OrderState::InReview
            | OrderState::Confirmed
            | OrderState::Cancelled => false,
        }
    }
}

record! {
    /// One line of an order.
    pub struct OrderLine: OrderLine {
        /// Of which.
        1 order: Id<Order>;
        /// 0, 1, 2… in their order.
        2 ordinal: u32;
        /// Which product; none for what is named by `text` alone.
        3 product: Option<Id<Product>>;
        /// What it is called on paper.
        4 text: Option<Name>;
        /// The line of the deal that it comes from.
        5 deal_line: Option<Id<OpportunityLine>>;
        /// How many or how much.
        6 quantity: Quantity;
        /// The price of one, before tax.
        7 unit_price: UnitPrice;
        /// What is taken off.
        9 discount: Percent;
        /// The rate of the tax that is added.
        10 tax_rate: Percent;
        /// Unit price × quantity × (100 − discount) %, rounded once, halves up.
        11 net: Money;
        /// The tax on that, rounded once, halves up.
        13 tax: Money;
        /// How much of it is shipped.
        15 shipped: Quantity;
        /// How much of it is delivered.
        16 delivered: Quantity;
        /// How much of that came back.
        17 returned: Quantity;
        /// The line of the quote that it comes from: its net and tax are shares of that line's.
        275 quote_line: Option<Id<QuoteLine>>;
    }
    listings {
        1 "by_order" ["order", "ordinal"];
        2 "by_product" ["product"];
        3 "by_deal_line" ["deal_line"];
    }
}

impl OrderLine {
    /// The listing by order, in order.
    pub const BY_ORDER: u16 = 1;
    /// The listing by product.
    pub const BY_PRODUCT: u16 = 2;
    /// The listing by the line of a deal.
    pub const BY_DEAL_LINE: u16 = 3;
}

record! {
    /// One step of an order: who did what, when, and why. Written once.
    pub struct OrderStep: OrderStep, append_only {
        /// Of which order.
        1 order: Id<Order>;
        /// 0, 1, 2… in their order.
        2 ordinal: u32;
        /// What was done.
        3 step: OrderStepCode;
        /// Where the order stood; nothing for the first.
        4 from: Option<OrderState>;
        /// Where it stood then.
        5 to: OrderState;
        /// When.
        6 at: Timestamp;
        /// Who.
        7 by: Id<User>;
        /// Why.
        8 reason: Option<Note>, personal("contract", 3650);
    }
    listings {
        1 unique "by_order" ["order", "ordinal"];
        2 "by_at" ["at"];
    }
}

impl OrderStep {
    /// The listing by order, in order.
    pub const BY_ORDER: u16 = 1;
}

record! {
    /// One change order: what a submitted order said before and says since. Written once.
    pub struct OrderChange: OrderChange, append_only {
        /// Of which order.
        1 order: Id<Order>;
        /// The revision that it made: 2 for the first.
        2 revision: u32;
        /// When.
        3 at: Timestamp;
        /// Who.
        4 by: Id<User>;
        /// Why.
        5 reason: Note, personal("contract", 3650);
        /// What the order came to before.
        6 total_before: Money;
        /// What it comes to since.
        8 total_after: Money;
        /// Field by field.
        10 difference: Differences;
    }
    listings {
        1 unique "by_order" ["order", "revision"];
    }
}

impl OrderChange {
    /// The listing by order, in order.
    pub const BY_ORDER: u16 = 1;
}

codes! {
    /// What another system reports of an order.
    pub enum EventKind {
        /// Production began.
        ProductionStarted = "production_started",
        /// Production ended.
        ProductionFinished = "production_finished",
        /// Something left the house.
        Shipped = "shipped",
        /// Something is where it shall be.
        Delivered = "delivered",
        /// Something came back.
        Returned = "returned",
        /// Something is wrong with the goods.
        QualityIssue = "quality_issue",
        /// That is mended.
        QualityResolved = "quality_resolved",
        /// Where the goods are: told, and changing nothing.
        Logistics = "logistics",
    }
}

codes! {
    /// What became of a report.
    pub enum EventStatus {
        /// The order knows of it.
        Applied = "applied",
        /// It cannot be applied, for a reason that is told; it is tried again whenever its order changes.
        Parked = "parked",
    }
}

record! {
    /// What another system reported of an order, once by its key.
    pub struct OrderEvent: OrderEvent {
        /// Which system.
        1 source: Code;
        /// What it calls the report.
        2 key: EventKey;
        /// Of which order, as that system spells its number.
        3 order_number: OrderNumber;
        /// Of which order; none while none is known by that number.
        4 order: Option<Id<Order>>;
        /// What happened.
        5 kind: EventKind;
        /// To which line; none for the whole order.
        6 line: Option<u32>;
        /// How much; all of it where nothing is said.
        7 quantity: Option<Quantity>;
        /// When it happened.
        8 occurred_at: Timestamp;
        /// When it came.
        9 received_at: Timestamp;
        /// Whether the order knows of it.
        10 status: EventStatus;
        /// Why it does not: a code such as `order.unknown`.
        11 reason: Option<Code>;
        /// What was said with it: a tracking number, what is wrong.
        12 note: Option<Note>, personal("delivery", 1095);
    }
    listings {
        1 unique "by_key" ["source", "key"];
        2 "by_order" ["order", "occurred_at"];
        3 "by_status" ["status", "received_at"];
        4 "by_number" ["order_number"];
    }
}

impl OrderEvent {
    /// The listing by source and key.
    pub const BY_KEY: u16 = 1;
    /// The listing by order, in the order in which things happened.
    pub const BY_ORDER: u16 = 2;
    /// The listing by what became of them, in the order in which they came.
    pub const BY_STATUS: u16 = 3;
    /// The listing by the number that was given.
    pub const BY_NUMBER: u16 = 4;
}

codes! {
    /// What has to be seen to.
    pub enum ExceptionKind {
        /// The day of delivery is over, and not all is delivered (交货延迟).
        Late = "late",
        /// Something is wrong with the goods (质量问题).
        Quality = "quality",
        /// More came back than was delivered.
        ReturnUnmatched = "return_unmatched",
        /// The host's stock has not enough for it (缺货).
        Short = "short",
    }
}

record! {
    /// Something of an order that has to be seen to, and whether it still has.
    pub struct OrderException: OrderException {
        /// Of which order.
        1 order: Id<Order>;
        /// What.
        2 kind: ExceptionKind;
        /// Since when.
        3 since: Timestamp;
        /// When that was noticed.
        4 opened_at: Timestamp;
        /// Whether it still has to be.
        5 open: bool;
        /// Since when it has not.
        6 cleared_at: Option<Timestamp>;
        /// What shows it: the day that passed, the report that came.
        7 evidence: Note, personal("contract", 3650);
    }
    listings {
        1 "by_order" ["order", "since"];
        2 "by_open" ["open", "since"];
    }
}

impl OrderException {
    /// The listing by order.
    pub const BY_ORDER: u16 = 1;
    /// The listing by whether it still has to be seen to, the longest first.
    pub const BY_OPEN: u16 = 2;
}

/// An order with everything that a decision about it reads.
#[derive(Clone, Debug, PartialEq)]
pub struct Dossier {
    /// The order.
    pub order: Order,
    /// Its lines, in order.
    pub lines: Vec<OrderLine>,
    /// How many steps it has made.
    pub steps: u32,
}

/// Who decides, and when.
#[derive(Clone, Copy, Debug)]
pub struct Ctx {
    /// Who.
    pub by: Id<User>,
    /// When.
    pub now: Timestamp,
}

#[cfg(test)]
mod quoted_tests;
#[cfg(test)]
mod tests;
