//! Money: what is due of an order and when, what came in, what it pays, what is given back.
//!
//! Whatever happens is a [`Book`] before and a book after. Every movement leaves a row that is written once: an
//! allocation, a credit, a refund, and the entries of a ledger in which every amount stands twice, on the debit of one
//! account and the credit of another. At every instant the receivable of an order is its total less what is paid and
//! what is credited; what is paid beyond that is the customer's credit, never a negative due.

mod ageing;
mod book;
mod credit;
mod dun;
mod late;
mod plan;
mod policy;
mod rate;
mod receive;
mod state;

use chrono::NaiveDate;
use rust_decimal::Decimal;

use crate::order::{Due, Order};
use crate::party::Customer;
use crate::settings::User;
use crate::value::{Code, Currency, Id, Money, Name, Note, Text, Timestamp};
use crate::{codes, json_column, record};

pub use ageing::{Aged, Bucket, Buckets, ageing};
pub use book::{Book, Clerk, Fresh};
pub use credit::{cancelled, credit, repriced, taken_back};
pub use dun::{Dunned, dunned, next_dunning};
pub use late::{Lateness, Slow, lateness};
pub use plan::{PlanPayments, booked, carved, planned, redated};
pub use policy::{DunningStep, DunningSteps, PaymentPolicy, SetPaymentPolicy, set_policy};
pub use rate::{RateRow, SetRate, applicable, set_rate};
pub use receive::{
    Allocate, AllocatePayment, FreePayment, ReceivePayment, RefundPayment, VoidPayment, allocate,
    free, receive, refund, void,
};
pub use state::{
    InstalmentState, PaymentState, PaymentStep, Payments, instalment_state, order_state,
};

/// What a bank calls a transfer: one line of at most 140 characters.
pub type BankReference = Text<140, false>;

codes! {
    /// What a ledger counts.
    pub enum Account {
        /// What customers owe us for orders (应收账款).
        Receivable = "receivable",
        /// What orders bring, tax among it until it is moved (收入).
        Revenue = "revenue",
        /// The tax on orders (应交税费).
        Tax = "tax",
        /// What is in the bank (银行存款).
        Cash = "cash",
        /// What customers paid that pays for nothing yet: what we owe them (预收账款).
        CustomerCredit = "customer_credit",
        /// What came back (销售退回).
        Returns = "returns",
        /// What was let off out of good will (折让).
        Allowances = "allowances",
        /// What is given up (坏账).
        WriteOffs = "write_offs",
    }
}

codes! {
    /// Why an entry was made.
    pub enum EntryCause {
        /// An order was handed over.
        Order = "order",
        /// A change order, or another plan of its payments.
        Change = "change",
        /// The tax of an order.
        Tax = "tax",
        /// Money came in.
        Receipt = "receipt",
        /// Money pays for an instalment.
        Allocation = "allocation",
        /// It does no longer.
        Freed = "freed",
        /// Money was given back.
        Refund = "refund",
        /// A receipt was an error.
        Void = "void",
        /// Something need not be paid.
        Credit = "credit",
    }
}

codes! {
    /// Why something of an order need not be paid.
    pub enum CreditCause {
        /// The order was called off.
        Cancel = "cancel",
        /// Goods came back.
        Return = "return",
        /// Out of good will.
        Goodwill = "goodwill",
        /// It is given up.
        WriteOff = "write_off",
    }
}

impl CreditCause {
    /// The account that bears it.
    pub const fn account(self) -> Account {
        match self {
            Self::Cancel => Account::Revenue,
            Self::Return => Account::Returns,
            Self::Goodwill => Account::Allowances,
            Self::WriteOff => Account::WriteOffs,
        }
    }
}

json_column! { Due }

record! {
    /// A part of an order that is to be paid at once.
    pub struct Instalment: Instalment {
        /// Of which order.
        1 order: Id<Order>;
        /// Who owes it.
        2 customer: Id<Customer>;
        /// 0, 1, 2… in their order.
        3 ordinal: u32;
        /// How much.
        4 amount: Money;
        /// How much of that is paid.
        6 paid: Money;
        /// How much of it need not be paid.
        8 credited: Money;
        /// When it is due, as it was agreed.
        10 due: Due;
        /// The day on which it is due, as far as anybody knows: it is overdue from the day after.
        11 due_on: Option<NaiveDate>;
        /// Whether something of it is still to be paid.
        12 open: bool;
        /// The zone in which its days begin: that of the customer.
        13 zone: Name;
        /// The day of the order from which on it counts.
        14 booked_on: NaiveDate;
        /// The day on which the last of it was paid.
        15 settled_on: Option<NaiveDate>;
    }
    listings {
        1 unique "by_order" ["order", "ordinal"];
        2 "by_customer" ["customer", "open"];
        3 "by_open" ["open"];
    }
}

impl Instalment {
    /// The listing by order, in order.
    pub const BY_ORDER: u16 = 1;
    /// The listing by customer and whether something is to be paid.
    pub const BY_CUSTOMER: u16 = 2;
    /// The listing by whether something is to be paid.
    pub const BY_OPEN: u16 = 3;
}

record! {
    /// Money that came in.
    pub struct Payment: Payment {
        /// Whose.
        1 customer: Id<Customer>;
        /// How much.
        2 amount: Money;
        /// The day on which it came.
        4 received_on: NaiveDate;
        /// How: a code of the vocabulary `payment_method`.
        5 method: Option<Code>;
        /// What the bank calls it; no two payments share one.
        6 reference: Option<BankReference>;
        /// How much of it pays for instalments.
        7 allocated: Money;
        /// How much of it was given back.
        9 refunded: Money;
        /// Whether something of it is the customer's credit.
        11 has_credit: bool;
        /// When it was found to be an error.
        12 voided_at: Option<Timestamp>;
        /// Why.
        13 void_reason: Option<Note>, personal("contract", 3650);
        /// When it was entered.
        14 recorded_at: Timestamp;
        /// Who entered it.
        15 by: Id<User>;
        /// Its amount in the base currency at the rate of its day, frozen; nothing where there was no rate.
        16 base_amount: Option<Money>;
        /// Units of the base currency for one of its own.
        18 rate: Option<Decimal>;
        /// The day of that rate.
        19 rate_day: Option<NaiveDate>;
        /// What there is to say about it.
        20 note: Option<Note>, personal("contract", 3650);
        /// What makes it one of its kind: its reference, or its id where it has none.
        21 mark: String;
    }
    listings {
        1 "by_customer" ["customer", "received_on"];
        2 "by_credit" ["customer", "has_credit", "received_on"];
        3 unique "by_mark" ["mark"];
        4 "by_day" ["received_on"];
    }
}

impl Payment {
    /// The listing by customer, the oldest first.
    pub const BY_CUSTOMER: u16 = 1;
    /// The listing by customer and whether they have credit of it, the oldest first.
    pub const BY_CREDIT: u16 = 2;
    /// The listing by what makes it one of its kind.
    pub const BY_MARK: u16 = 3;
    /// The listing by day.
    pub const BY_DAY: u16 = 4;
}

record! {
    /// Money that pays for an instalment, or, below zero, that does no longer. Written once.
    pub struct Allocation: Allocation, append_only {
        /// Which payment.
        1 payment: Id<Payment>;
        /// Which instalment.
        2 instalment: Id<Instalment>;
        /// Of which order.
        3 order: Id<Order>;
        /// How much.
        4 amount: Money;
        /// When.
        6 at: Timestamp;
        /// Who.
        7 by: Id<User>;
    }
    listings {
        1 "by_payment" ["payment", "at"];
        2 "by_instalment" ["instalment", "at"];
        3 "by_order" ["order", "at"];
    }
}

impl Allocation {
    /// The listing by payment, the oldest first.
    pub const BY_PAYMENT: u16 = 1;
    /// The listing by instalment, the oldest first.
    pub const BY_INSTALMENT: u16 = 2;
    /// The listing by order, the oldest first.
    pub const BY_ORDER: u16 = 3;
}

record! {
    /// Something of an instalment that need not be paid. Written once.
    pub struct Credit: Credit, append_only {
        /// Of which order.
        1 order: Id<Order>;
        /// Of which instalment.
        2 instalment: Id<Instalment>;
        /// How much.
        3 amount: Money;
        /// Why.
        5 cause: CreditCause;
        /// When.
        6 at: Timestamp;
        /// Who.
        7 by: Id<User>;
        /// What was said with it.
        8 reason: Option<Note>, personal("contract", 3650);
    }
    listings {
        1 "by_order" ["order", "at"];
    }
}

impl Credit {
    /// The listing by order, the oldest first.
    pub const BY_ORDER: u16 = 1;
}

record! {
    /// Money that was given back. Written once.
    pub struct Refund: Refund, append_only {
        /// Of which payment.
        1 payment: Id<Payment>;
        /// Whose.
        2 customer: Id<Customer>;
        /// How much.
        3 amount: Money;
        /// When.
        5 at: Timestamp;
        /// Who.
        6 by: Id<User>;
        /// What the bank calls it.
        7 reference: Option<BankReference>;
        /// Why.
        8 reason: Note, personal("contract", 3650);
    }
    listings {
        1 "by_payment" ["payment", "at"];
        2 "by_customer" ["customer", "at"];
    }
}

impl Refund {
    /// The listing by payment, the oldest first.
    pub const BY_PAYMENT: u16 = 1;
}

record! {
    /// One entry of the ledger: an amount from one account to another. Written once, so that a finance system that reads
    /// them in their order has the same balances.
    pub struct LedgerEntry: LedgerEntry, append_only {
        /// Whose.
        1 customer: Id<Customer>;
        /// Of which order.
        2 order: Option<Id<Order>>;
        /// Of which instalment.
        3 instalment: Option<Id<Instalment>>;
        /// Of which payment.
        4 payment: Option<Id<Payment>>;
        /// Why.
        5 cause: EntryCause;
        /// The account that it is added to on the left.
        6 debit: Account;
        /// The account that it is added to on the right.
        7 credit: Account;
        /// How much; above 0.
        8 amount: Money;
        /// The day from which on it is true.
        10 day: NaiveDate;
        /// When it was entered.
        11 at: Timestamp;
    }
    listings {
        1 "by_seq" ["seq"];
        2 "by_order" ["order", "day"];
        3 "by_customer" ["customer", "day"];
    }
}

impl LedgerEntry {
    /// The listing in the order of the commits.
    pub const BY_SEQ: u16 = 1;
    /// The listing by order and day.
    pub const BY_ORDER: u16 = 2;
    /// The listing by customer and day.
    pub const BY_CUSTOMER: u16 = 3;
}

record! {
    /// That somebody was reminded of an instalment, once for each step. Written once.
    pub struct Dunning: Dunning, append_only {
        /// Of which instalment.
        1 instalment: Id<Instalment>;
        /// Of which order.
        2 order: Id<Order>;
        /// Who owes it.
        3 customer: Id<Customer>;
        /// Which step.
        4 step: Code;
        /// What was open then.
        5 amount: Money;
        /// How many days it was overdue.
        7 days: u32;
        /// When.
        8 at: Timestamp;
    }
    listings {
        1 unique "by_instalment" ["instalment", "step"];
        2 "by_customer" ["customer", "at"];
        3 "by_order" ["order", "at"];
    }
}

impl Dunning {
    /// The listing by instalment.
    pub const BY_INSTALMENT: u16 = 1;
    /// The listing by customer, the oldest first.
    pub const BY_CUSTOMER: u16 = 2;
    /// The listing by order, the oldest first.
    pub const BY_ORDER: u16 = 3;

    /// The identity of a step of an instalment: it is taken once.
    pub fn id_of(instalment: Id<Instalment>, step: &Code) -> Id<Self> {
        Id::derived([b"dunning".as_slice(), instalment.uuid().as_bytes(), step.as_str().as_bytes()])
    }
}

/// The currency in which everything of an instalment is.
impl Instalment {
    /// Its currency.
    pub const fn currency(&self) -> Currency {
        self.amount.currency()
    }
}

#[cfg(test)]
mod histories;
#[cfg(test)]
pub(crate) mod tests;
