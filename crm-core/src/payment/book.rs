//! The books of a customer, as far as a decision reads them, and the one way to post to them.

use std::collections::BTreeMap;

use chrono::NaiveDate;
use uuid::Uuid;

use super::{
    Account, Allocation, Credit, CreditCause, EntryCause, Instalment, LedgerEntry, Payment, Refund,
};
use crate::order::Order;
use crate::party::Customer;
use crate::record::Ext;
use crate::settings::User;
use crate::value::{Id, Invalid, Money, Note, Timestamp};

/// Who posts, when, and where new ids come from.
pub struct Clerk<'a> {
    /// Who.
    pub by: Id<User>,
    /// When.
    pub now: Timestamp,
    /// The day from which on what is posted is true.
    pub day: NaiveDate,
    /// The next id.
    pub new_id: &'a mut dyn FnMut() -> Uuid,
}

/// The rows that a decision adds.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Fresh {
    /// What pays for what.
    pub allocations: Vec<Allocation>,
    /// What need not be paid.
    pub credits: Vec<Credit>,
    /// What was given back.
    pub refunds: Vec<Refund>,
    /// The entries of the ledger.
    pub entries: Vec<LedgerEntry>,
}

/// The instalments and payments that a decision is about, with what is allocated between them.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Book {
    /// The instalments.
    pub instalments: Vec<Instalment>,
    /// The payments.
    pub payments: Vec<Payment>,
    /// What pays for what so far: all rows of each instalment or of each payment here.
    pub allocations: Vec<Allocation>,
    /// What the decision adds.
    pub fresh: Fresh,
}

/// Whom and what an entry is about.
#[derive(Clone, Copy, Debug)]
pub(super) struct About {
    pub(super) customer: Id<Customer>,
    pub(super) order: Option<Id<Order>>,
    pub(super) instalment: Option<Id<Instalment>>,
    pub(super) payment: Option<Id<Payment>>,
}

impl Instalment {
    /// What of it is still to be paid: amount − paid − credited, never below zero.
    ///
    /// # Errors
    ///
    /// `money.overflow`, which valid rows do not have.
    pub fn outstanding(&self) -> Result<Money, Invalid> {
        self.amount.checked_sub(self.paid)?.checked_sub(self.credited)
    }

    /// The same with its mark of being open as it must be.
    pub(super) fn marked(mut self) -> Result<Self, Invalid> {
        self.open = !self.outstanding()?.is_zero();
        if self.open {
            self.settled_on = None;
        }
        Ok(self)
    }

    /// Whom and what an entry about it is about.
    pub(super) const fn about(&self) -> About {
        let (order, instalment) = (Some(self.order), Some(self.id));
        About { customer: self.customer, order, instalment, payment: None }
    }

    /// What comes first when money pays the oldest first: the earliest due day, those without one last.
    pub(super) fn turn(&self) -> (NaiveDate, NaiveDate, Id<Order>, u32) {
        (self.due_on.unwrap_or(NaiveDate::MAX), self.booked_on, self.order, self.ordinal)
    }
}

impl Payment {
    /// What of it is the customer's credit: amount − allocated − refunded; nothing of a void one.
    ///
    /// # Errors
    ///
    /// `money.overflow`, which valid rows do not have.
    pub fn credit(&self) -> Result<Money, Invalid> {
        if self.voided_at.is_some() {
            return Ok(Money::zero(self.amount.currency()));
        }
        self.amount.checked_sub(self.allocated)?.checked_sub(self.refunded)
    }

    pub(super) fn marked(mut self) -> Result<Self, Invalid> {
        self.has_credit = !self.credit()?.is_zero();
        Ok(self)
    }
}

impl Book {
    /// How much of a payment pays for an instalment.
    pub(super) fn held(
        &self,
        payment: Id<Payment>,
        instalment: &Instalment,
    ) -> Result<Money, Invalid> {
        let rows = self.allocations.iter().chain(&self.fresh.allocations);
        let rows = rows.filter(|row| row.payment == payment && row.instalment == instalment.id);
        Money::sum(instalment.currency(), rows.map(|row| row.amount))
    }

    /// The payments that pay for an instalment, the one that came last first, with how much.
    pub(super) fn payers(
        &self,
        instalment: &Instalment,
    ) -> Result<Vec<(Id<Payment>, Money)>, Invalid> {
        let mut sums: BTreeMap<Id<Payment>, Money> = BTreeMap::new();
        for row in self.allocations.iter().chain(&self.fresh.allocations) {
            if row.instalment == instalment.id {
                let sum = sums.entry(row.payment).or_insert(Money::zero(row.amount.currency()));
                *sum = sum.checked_add(row.amount)?;
            }
        }
        let mut payers: Vec<(Id<Payment>, Money)> =
            sums.into_iter().filter(|(_, sum)| !sum.is_zero()).collect();
        let day = |id: Id<Payment>| {
            self.payments.iter().find(|payment| payment.id == id).map(|found| found.received_on)
        };
        payers.sort_by_key(|(id, _)| core::cmp::Reverse((day(*id), *id)));
        Ok(payers)
    }

    /// Adds an entry; nothing for an amount of nothing, mirrored for one below zero.
    pub(super) fn enter(
        &mut self,
        about: About,
        (debit, credit): (Account, Account),
        amount: Money,
        (cause, day): (EntryCause, NaiveDate),
        clerk: &mut Clerk<'_>,
    ) {
        if amount.is_zero() {
            return;
        }
        let (debit, credit) = if amount.is_negative() { (credit, debit) } else { (debit, credit) };
        self.fresh.entries.push(LedgerEntry {
            id: Id::new((clerk.new_id)()),
            customer: about.customer,
            order: about.order,
            instalment: about.instalment,
            payment: about.payment,
            cause,
            debit,
            credit,
            amount: amount.abs(),
            day,
            at: clerk.now,
            ext: Ext::new(),
        });
    }

    /// Has an amount of a payment pay for an instalment; below zero, pay for it no longer. The caller has checked both.
    pub(super) fn post(
        &mut self,
        payment: Id<Payment>,
        instalment: Id<Instalment>,
        amount: Money,
        clerk: &mut Clerk<'_>,
    ) -> Result<(), Invalid> {
        if amount.is_zero() {
            return Ok(());
        }
        let lost = || Invalid::new("payment.unknown", &payment.to_string());
        let from = self.payments.iter().position(|row| row.id == payment).ok_or_else(lost)?;
        let to = self.instalments.iter().position(|row| row.id == instalment).ok_or_else(lost)?;
        let (Some(payment), Some(instalment)) =
            (self.payments.get_mut(from), self.instalments.get_mut(to))
        else {
            return Err(lost());
        };
        payment.allocated = payment.allocated.checked_add(amount)?;
        *payment = payment.clone().marked()?;
        instalment.paid = instalment.paid.checked_add(amount)?;
        *instalment = instalment.clone().marked()?;
        if !instalment.open && !instalment.paid.is_zero() {
            instalment.settled_on = instalment.settled_on.max(Some(payment.received_on));
        }
        let day = clerk.day.max(instalment.booked_on);
        let about = About { payment: Some(payment.id), ..instalment.about() };
        self.fresh.allocations.push(Allocation {
            id: Id::new((clerk.new_id)()),
            payment: payment.id,
            instalment: instalment.id,
            order: instalment.order,
            amount,
            at: clerk.now,
            by: clerk.by,
            ext: Ext::new(),
        });
        let cause = if amount.is_negative() { EntryCause::Freed } else { EntryCause::Allocation };
        let accounts = (Account::CustomerCredit, Account::Receivable);
        self.enter(about, accounts, amount, (cause, day), clerk);
        Ok(())
    }

    /// Has so much of an instalment no longer paid, what came last first; it is the customers' credit again.
    pub(super) fn release(
        &mut self,
        at: usize,
        amount: Money,
        clerk: &mut Clerk<'_>,
    ) -> Result<(), Invalid> {
        let mut left = amount;
        let Some(instalment) = self.instalments.get(at).cloned() else { return Ok(()) };
        for (payment, held) in self.payers(&instalment)? {
            if left.is_zero() {
                break;
            }
            let part = if held.compare(left)?.is_gt() { left } else { held };
            self.post(payment, instalment.id, part.negated(), clerk)?;
            left = left.checked_sub(part)?;
        }
        if left.is_zero() {
            return Ok(());
        }
        Err(Invalid::new("payment.not_allocated", &left.to_string()))
    }

    /// Lets the customer off so much of an instalment. What of it was paid is released first, where it must be.
    pub(super) fn let_off(
        &mut self,
        at: usize,
        amount: Money,
        (cause, reason): (CreditCause, Option<&Note>),
        clerk: &mut Clerk<'_>,
    ) -> Result<(), Invalid> {
        if amount.is_zero() {
            return Ok(());
        }
        let Some(open) = self.instalments.get(at).map(Instalment::outstanding) else {
            return Ok(());
        };
        let beyond = amount.checked_sub(open?)?;
        if beyond.minor() > 0 {
            self.release(at, beyond, clerk)?;
        }
        let Some(instalment) = self.instalments.get_mut(at) else { return Ok(()) };
        instalment.credited = instalment.credited.checked_add(amount)?;
        *instalment = instalment.clone().marked()?;
        let (order, id, about) = (instalment.order, instalment.id, instalment.about());
        let day = clerk.day.max(instalment.booked_on);
        self.fresh.credits.push(Credit {
            id: Id::new((clerk.new_id)()),
            order,
            instalment: id,
            amount,
            cause,
            at: clerk.now,
            by: clerk.by,
            reason: reason.cloned(),
            ext: Ext::new(),
        });
        let accounts = (cause.account(), Account::Receivable);
        self.enter(about, accounts, amount, (EntryCause::Credit, day), clerk);
        Ok(())
    }

    /// Makes an instalment ask for so much more, or less. What of it was paid beyond that is released first.
    pub(super) fn resize(
        &mut self,
        at: usize,
        change: Money,
        cause: EntryCause,
        clerk: &mut Clerk<'_>,
    ) -> Result<(), Invalid> {
        let Some(open) = self.instalments.get(at).map(Instalment::outstanding) else {
            return Ok(());
        };
        let beyond = change.negated().checked_sub(open?)?;
        if beyond.minor() > 0 {
            self.release(at, beyond, clerk)?;
        }
        let Some(instalment) = self.instalments.get_mut(at) else { return Ok(()) };
        instalment.amount = instalment.amount.checked_add(change)?;
        if change.minor() > 0 {
            instalment.booked_on = instalment.booked_on.max(clerk.day);
        }
        *instalment = instalment.clone().marked()?;
        let (about, day) = (instalment.about(), clerk.day.max(instalment.booked_on));
        let accounts = (Account::Receivable, Account::Revenue);
        self.enter(about, accounts, change, (cause, day), clerk);
        Ok(())
    }

    /// The places of the instalments of an order, the last first.
    pub(super) fn backwards(&self, order: Id<Order>) -> Vec<usize> {
        let mut places: Vec<(u32, usize)> = Vec::new();
        for (at, row) in self.instalments.iter().enumerate().filter(|(_, row)| row.order == order) {
            places.push((row.ordinal, at));
        }
        places.sort_unstable_by(|a, b| b.cmp(a));
        places.into_iter().map(|(_, at)| at).collect()
    }

    /// What a figure of the instalments of an order comes to.
    pub(super) fn total(
        &self,
        order: &Order,
        of: fn(&Instalment) -> Money,
    ) -> Result<Money, Invalid> {
        let own = self.instalments.iter().filter(|row| row.order == order.id);
        Money::sum(order.total.currency(), own.map(of))
    }
}
