//! How an instalment, an order and a payment stand: computed, never stored.

use chrono::NaiveDate;

use super::{Instalment, Payment};
use crate::codes;
use crate::machine::Machine;
use crate::value::{Invalid, Timestamp};

codes! {
    /// How an instalment, or all of an order, stands.
    pub enum InstalmentState {
        /// Nothing of it is paid.
        Unpaid = "unpaid",
        /// Some of it is paid.
        PartlyPaid = "partly_paid",
        /// Nothing of it is open.
        Paid = "paid",
        /// Its due day is over, and something of it is open.
        Overdue = "overdue",
        /// None of it need be paid.
        Void = "void",
    }
}

codes! {
    /// How a payment stands.
    pub enum PaymentState {
        /// Something of it is the customer's credit.
        Credit = "credit",
        /// All of it pays for something, or was given back.
        Used = "used",
        /// It was an error.
        Void = "void",
    }
}

codes! {
    /// What can be done with a payment.
    pub enum PaymentStep {
        /// A part of its credit pays for something.
        AllocatePart = "allocate_part",
        /// The rest of its credit pays for something.
        AllocateRest = "allocate_rest",
        /// What paid for something is credit again.
        Free = "free",
        /// A part of its credit is given back.
        RefundPart = "refund_part",
        /// The rest of its credit is given back.
        RefundRest = "refund_rest",
        /// It was an error.
        Void = "void",
    }
}

/// The states of a payment and the steps between them. A payment of which something was given back is not voided besides:
/// that depends on its amounts.
#[derive(Clone, Copy, Debug)]
pub struct Payments;

impl Machine for Payments {
    const NAME: &'static str = "payment";
    type State = PaymentState;
    type Step = PaymentStep;

    /// Where a step leads, or the rule that refuses it. Rule PY-8 (F100).
    fn next(state: PaymentState, step: PaymentStep) -> Result<PaymentState, &'static str> {
        use PaymentState::{Credit, Used, Void};
        match (state, step) {
            (Void, _) => Err("payment.void"),
            (Credit, PaymentStep::AllocatePart | PaymentStep::RefundPart) => Ok(Credit),
            (Credit, PaymentStep::AllocateRest | PaymentStep::RefundRest) => Ok(Used),
            (
                Used,
                PaymentStep::AllocatePart
                | PaymentStep::AllocateRest
                | PaymentStep::RefundPart
                | PaymentStep::RefundRest,
            ) => Err("payment.no_credit"),
            (Credit | Used, PaymentStep::Free) => Ok(Credit),
            (Credit | Used, PaymentStep::Void) => Ok(Void),
        }
    }
}

impl Payment {
    /// How it stands.
    pub const fn state(&self) -> PaymentState {
        match (self.voided_at, self.has_credit) {
            (Some(_), _) => PaymentState::Void,
            (None, true) => PaymentState::Credit,
            (None, false) => PaymentState::Used,
        }
    }
}

impl Instalment {
    /// The day that it is where its customer is.
    pub fn today(&self, now: Timestamp) -> NaiveDate {
        now.day_in(self.zone.as_str().parse().unwrap_or(chrono_tz::Tz::UTC))
    }

    /// How many days it is overdue at an instant: 1 on the day after its due day where its customer is; 0 on the due day,
    /// before it, for one that is not open, and while nobody knows the day. Rule PY-9 (F102, W30).
    pub fn days_overdue(&self, now: Timestamp) -> u32 {
        let days = |due: NaiveDate| self.today(now).signed_duration_since(due).num_days();
        let days = self.due_on.filter(|_| self.open).map(days);
        u32::try_from(days.unwrap_or(0).max(0)).unwrap_or(u32::MAX)
    }
}

/// How an instalment stands at an instant.
///
/// # Errors
///
/// `money.overflow`, which valid rows do not have. Rule PY-10 (F101).
pub fn instalment_state(
    instalment: &Instalment,
    now: Timestamp,
) -> Result<InstalmentState, Invalid> {
    let open = instalment.outstanding()?;
    Ok(if open.is_zero() {
        if instalment.paid.is_zero() { InstalmentState::Void } else { InstalmentState::Paid }
    } else if instalment.days_overdue(now) > 0 {
        InstalmentState::Overdue
    } else if instalment.paid.is_zero() {
        InstalmentState::Unpaid
    } else {
        InstalmentState::PartlyPaid
    })
}

/// How all of an order stands: overdue where one of its instalments is; void where none of it need be paid.
///
/// # Errors
///
/// `money.overflow`, which valid rows do not have. Rule PY-11 (F101).
pub fn order_state(instalments: &[Instalment], now: Timestamp) -> Result<InstalmentState, Invalid> {
    let mut states = Vec::new();
    for row in instalments {
        states.push(instalment_state(row, now)?);
    }
    let any = |state| states.contains(&state);
    let paid = instalments.iter().any(|row| !row.paid.is_zero());
    let open = instalments.iter().any(|row| row.open);
    Ok(match (open, paid) {
        _ if any(InstalmentState::Overdue) => InstalmentState::Overdue,
        (true, true) => InstalmentState::PartlyPaid,
        (true, false) => InstalmentState::Unpaid,
        (false, true) => InstalmentState::Paid,
        (false, false) => InstalmentState::Void,
    })
}
