//! What to do next with a customer: every item from one piece of evidence, ranked by a table.

use chrono::{Days, NaiveDate};
use rust_decimal::prelude::ToPrimitive;
use uuid::Uuid;

use super::churn::Rhythm;
use crate::activity::{Activity, ActivityStatus};
use crate::codes;
use crate::contract::{Contract, ContractState, renewal_from};
use crate::need::{Need, NeedState, Urgency};
use crate::opportunity::Opportunity;
use crate::payment::Instalment;
use crate::promise::{Promise, PromiseState};
use crate::quote::{Quote, QuoteState};
use crate::record::Kind;
use crate::service::{ServiceRequest, ServiceState};

codes! {
    /// Why something is to be done.
    pub enum NextCode {
        /// The day of a promise is over.
        PromiseOverdue = "promise_overdue",
        /// A request or complaint waits for us.
        ServiceOpen = "service_open",
        /// Money is overdue.
        MoneyOverdue = "money_overdue",
        /// A quote that is out ends soon.
        QuoteEnding = "quote_ending",
        /// Something planned should have happened.
        ActivityOverdue = "activity_overdue",
        /// The day of a promise is near.
        PromiseDue = "promise_due",
        /// They need something, and it presses.
        NeedPressing = "need_pressing",
        /// Nothing came back on an e-mail of ours.
        ReplyAwaited = "reply_awaited",
        /// The renewal of a contract is due.
        RenewalDue = "renewal_due",
        /// The day on which a deal was expected to be won is over.
        CloseDayOver = "close_day_over",
        /// A deal is open, and nothing is planned.
        NoNextStep = "no_next_step",
        /// They are silent for longer than fits their rhythm of buying.
        RhythmBroken = "rhythm_broken",
    }
}

impl NextCode {
    /// How much it presses when it begins to: the table by which items are ranked.
    pub const fn points(self) -> u32 {
        match self {
            Self::PromiseOverdue => 100,
            Self::ServiceOpen => 95,
            Self::MoneyOverdue => 80,
            Self::QuoteEnding => 75,
            Self::ActivityOverdue => 70,
            Self::PromiseDue => 65,
            Self::NeedPressing => 60,
            Self::ReplyAwaited => 55,
            Self::RenewalDue => 50,
            Self::CloseDayOver => 45,
            Self::NoNextStep => 40,
            Self::RhythmBroken => 35,
        }
    }
}

/// A piece of evidence that something is to be done.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Clue {
    /// Why.
    pub code: NextCode,
    /// With which customer.
    pub customer: Uuid,
    /// About which record: its kind.
    pub subject_kind: Kind,
    /// About which record: its id.
    pub subject: Uuid,
    /// Since which day it presses, or until which it may wait.
    pub day: NaiveDate,
}

/// Days before its end in which a quote is called to mind.
const QUOTE_DAYS: u64 = 7;
/// Days before its day in which a promise is.
const PROMISE_DAYS: u64 = 3;
/// Points that lateness adds at most, one a day.
const LATE_MAX: i64 = 30;

impl Clue {
    /// Of a promise: its day is over, or near.
    pub fn of_promise(promise: &Promise, today: NaiveDate) -> Option<Self> {
        let near = today.checked_add_days(Days::new(PROMISE_DAYS))?;
        let code = match promise.state {
            PromiseState::Open if promise.due_on < today => NextCode::PromiseOverdue,
            PromiseState::Open if promise.due_on <= near => NextCode::PromiseDue,
            PromiseState::Open
            | PromiseState::Kept
            | PromiseState::Broken
            | PromiseState::Waived
            | PromiseState::Removed => return None,
        };
        let (customer, subject) = (promise.customer.uuid(), promise.id.uuid());
        Some(Self { code, customer, subject_kind: Kind::Promise, subject, day: promise.due_on })
    }

    /// Of a request: it waits for us since `day`, not for the customer.
    pub fn of_service(request: &ServiceRequest, day: NaiveDate) -> Option<Self> {
        let waits = request.state.is_open() && request.state != ServiceState::Waiting;
        let (customer, subject) = (request.customer.uuid(), request.id.uuid());
        let subject_kind = Kind::ServiceRequest;
        waits.then_some(Self { code: NextCode::ServiceOpen, customer, subject_kind, subject, day })
    }

    /// Of an instalment: its day is over, and something is to be paid.
    pub fn of_instalment(part: &Instalment, today: NaiveDate) -> Option<Self> {
        let day = part.due_on.filter(|day| part.open && *day < today)?;
        let (customer, subject) = (part.customer.uuid(), part.id.uuid());
        let subject_kind = Kind::Instalment;
        Some(Self { code: NextCode::MoneyOverdue, customer, subject_kind, subject, day })
    }

    /// Of a quote: it is out, and ends within a week.
    pub fn of_quote(quote: &Quote, today: NaiveDate) -> Option<Self> {
        let near = today.checked_add_days(Days::new(QUOTE_DAYS))?;
        let day = quote.valid_until;
        let ends = quote.state == QuoteState::Sent && today <= day && day <= near;
        let (customer, subject) = (quote.customer.uuid(), quote.id.uuid());
        let subject_kind = Kind::Quote;
        ends.then_some(Self { code: NextCode::QuoteEnding, customer, subject_kind, subject, day })
    }

    /// Of a contract: its renewal is due.
    pub fn of_contract(contract: &Contract, today: NaiveDate) -> Option<Self> {
        let day = renewal_from(contract).filter(|day| *day <= today)?;
        let (customer, subject) = (contract.customer.uuid(), contract.id.uuid());
        let holds = contract.state == ContractState::Active;
        let subject_kind = Kind::Contract;
        holds.then_some(Self { code: NextCode::RenewalDue, customer, subject_kind, subject, day })
    }

    /// Of something planned for `day`: it should have happened.
    pub fn of_activity(activity: &Activity, day: NaiveDate, today: NaiveDate) -> Option<Self> {
        let overdue = activity.status == ActivityStatus::Planned && day < today;
        let (customer, subject) = (activity.customer?.uuid(), activity.id.uuid());
        let (code, subject_kind) = (NextCode::ActivityOverdue, Kind::Activity);
        overdue.then_some(Self { code, customer, subject_kind, subject, day })
    }

    /// Of an e-mail of ours of `day` that nobody answered.
    pub fn of_reply(email: &Activity, day: NaiveDate) -> Option<Self> {
        let (customer, subject) = (email.customer?.uuid(), email.id.uuid());
        let (code, subject_kind) = (NextCode::ReplyAwaited, Kind::Activity);
        Some(Self { code, customer, subject_kind, subject, day })
    }

    /// Of a need of `day`: it stands, and presses.
    pub fn of_need(need: &Need, day: NaiveDate) -> Option<Self> {
        let presses = matches!(need.urgency, Some(Urgency::High | Urgency::Critical));
        let stands = need.state == NeedState::Open && presses;
        let (customer, subject) = (need.customer.uuid(), need.id.uuid());
        let (code, subject_kind) = (NextCode::NeedPressing, Kind::Need);
        stands.then_some(Self { code, customer, subject_kind, subject, day })
    }

    /// Of a deal that was last touched on `touched`: the day on which it was expected to be won is over; nothing is planned.
    pub fn of_deal(
        deal: &Opportunity,
        planned: bool,
        (touched, today): (NaiveDate, NaiveDate),
    ) -> Vec<Self> {
        if deal.phase.closed_at().is_some() {
            return Vec::new();
        }
        let over = deal.expected_close.filter(|day| *day < today);
        let over = over.map(|day| (NextCode::CloseDayOver, day));
        let idle = (!planned).then_some((NextCode::NoNextStep, touched));
        let (customer, subject) = (deal.customer.uuid(), deal.id.uuid());
        let subject_kind = Kind::Opportunity;
        let clue = |(code, day)| Self { code, customer, subject_kind, subject, day };
        over.into_iter().chain(idle).map(clue).collect()
    }

    /// Of a rhythm of buying: it is broken since the day on which they would usually have bought.
    pub fn of_rhythm(rhythm: &Rhythm) -> Option<Self> {
        let usual = rhythm.interval.typical.trunc().to_u64()?;
        let day = rhythm.last.checked_add_days(Days::new(usual))?;
        let (customer, subject) = (rhythm.customer, rhythm.customer);
        let (code, subject_kind) = (NextCode::RhythmBroken, Kind::Customer);
        rhythm.overdue.then_some(Self { code, customer, subject_kind, subject, day })
    }

    /// Days since which it presses on `today`; 0 for what may wait.
    pub fn late(&self, today: NaiveDate) -> i64 {
        today.signed_duration_since(self.day).num_days().max(0)
    }

    /// Its rank: the points of its code and one for each day late, 30 at most.
    pub fn points(&self, today: NaiveDate) -> u32 {
        let late = u32::try_from(self.late(today).min(LATE_MAX)).unwrap_or(0);
        self.code.points().saturating_add(late)
    }
}

/// What to do next, the most pressing first: each item stands for one piece of evidence and goes with it. Equal ones by the
/// day, then by record. Rule CU-19 (B27).
#[must_use]
pub fn next(mut clues: Vec<Clue>, today: NaiveDate) -> Vec<Clue> {
    clues.sort_by_key(|clue| {
        (core::cmp::Reverse(clue.points(today)), clue.day, clue.code, clue.subject)
    });
    clues
}
