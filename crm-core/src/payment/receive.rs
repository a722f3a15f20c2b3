//! Money that comes in, what it pays for, and what is given back.

use chrono::NaiveDate;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::plan::unfit;
use super::{
    Account, BankReference, Book, Clerk, EntryCause, Instalment, Payment, PaymentStep, Payments,
    Refund,
};
use crate::decision::{Check, Refusal, Violation};
use crate::machine;
use crate::order::Order;
use crate::party::Customer;
use crate::record::Ext;
use crate::value::{Code, Currency, Id, Invalid, Money, Note};

/// Enters money that came in. It pays for the instalments that are named; else for those of the order that is named, the
/// oldest first; else for all that the customer owes in its currency, the oldest first. What is left is the customer's
/// credit. The same bank reference again is the same payment.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct ReceivePayment {
    /// The id it shall have; made by the engine where there is none.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub id: Option<Id<Payment>>,
    /// Whose; the customer of the order where one is named.
    pub customer: Option<Id<Customer>>,
    /// How much; more than 0.
    pub amount: Option<Money>,
    /// The day on which it came; today where nothing is said.
    pub received_on: Option<NaiveDate>,
    /// How: a code of the vocabulary `payment_method`.
    pub method: Option<String>,
    /// What the bank calls it: 1 to 140 characters on one line.
    pub reference: Option<String>,
    /// The order that it pays for.
    pub order: Option<Id<Order>>,
    /// The instalments that it pays for.
    pub allocations: Vec<Allocate>,
    /// Whether all of it stays credit.
    pub keep_as_credit: bool,
    /// What there is to say about it.
    pub note: Option<String>,
}

/// What pays for one instalment.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Allocate {
    /// Which.
    pub instalment: Id<Instalment>,
    /// How much; all that is open of it, as far as the money goes, where nothing is said.
    #[serde(default)]
    pub amount: Option<Money>,
}

/// Has credit of a payment pay for instalments: those that are named; else those of an order, or all that the customer
/// owes in its currency, the oldest first.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct AllocatePayment {
    /// Which payment.
    pub id: Id<Payment>,
    /// The order.
    #[serde(default)]
    pub order: Option<Id<Order>>,
    /// The instalments.
    #[serde(default)]
    pub allocations: Vec<Allocate>,
}

/// Has a payment no longer pay for an instalment: that much is the customer's credit again.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct FreePayment {
    /// Which payment.
    pub id: Id<Payment>,
    /// Which instalment.
    pub instalment: Id<Instalment>,
    /// How much; all of it where nothing is said.
    #[serde(default)]
    pub amount: Option<Money>,
}

/// Gives credit of a payment back.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct RefundPayment {
    /// Which payment.
    pub id: Id<Payment>,
    /// How much; all the credit of it where nothing is said.
    #[serde(default)]
    pub amount: Option<Money>,
    /// What the bank calls it.
    #[serde(default)]
    pub reference: Option<String>,
    /// Why.
    pub reason: String,
}

/// Says that a payment was an error: it never came. What it paid for is open again.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct VoidPayment {
    /// Which payment.
    pub id: Id<Payment>,
    /// Why.
    pub reason: String,
}

/// The refusal of a step of a payment.
fn allowed(payment: &Payment, step: PaymentStep) -> Result<(), Refusal> {
    machine::step::<Payments>(payment.state(), step).map(drop).map_err(Refusal::of)
}

impl Payment {
    /// What makes a payment one of its kind: its bank reference, or its id.
    pub fn mark(reference: Option<&BankReference>, id: Id<Self>) -> String {
        match reference {
            Some(reference) => format!("reference {reference}"),
            None => format!("id {}", id.uuid()),
        }
    }
}

/// The books with money that came in, and what it pays for. Over-payment is credit, never a negative due.
///
/// # Errors
///
/// `payment.amount_missing` · `payment.not_positive` · `time.future` (received_on) · `code.*` (method) · `text.*`
/// (reference, note) · those of [`allocate`]. Rule PY-12 (F100).
pub fn receive(
    mut book: Book,
    wish: &ReceivePayment,
    (id, customer): (Id<Payment>, Id<Customer>),
    today: NaiveDate,
    clerk: &mut Clerk<'_>,
) -> Result<Book, Refusal> {
    let mut check = Check::default();
    check.rule(wish.amount.is_some(), "amount", || {
        Invalid::new("payment.amount_missing", "").limit("more than 0")
    });
    check.rule(wish.amount.is_none_or(|amount| amount.minor() > 0), "amount", || {
        let amount = wish.amount.map(|amount| amount.to_string()).unwrap_or_default();
        Invalid::new("payment.not_positive", &amount).limit("more than 0")
    });
    let received_on = wish.received_on.unwrap_or(today);
    check.rule(received_on <= today, "received_on", || {
        Invalid::new("time.future", &received_on.to_string()).limit(format!("at most {today}"))
    });
    let method = check.parse::<Code>("method", wish.method.as_deref());
    let reference = check.parse::<BankReference>("reference", wish.reference.as_deref());
    let note = check.parse::<Note>("note", wish.note.as_deref());
    let amount = check.finish(wish.amount)?;
    let none = Money::zero(amount.currency());
    let payment = Payment {
        id,
        customer,
        amount,
        received_on,
        method,
        mark: Payment::mark(reference.as_ref(), id),
        reference,
        allocated: none,
        refunded: none,
        has_credit: true,
        voided_at: None,
        void_reason: None,
        recorded_at: clerk.now,
        by: clerk.by,
        base_amount: None,
        rate: None,
        rate_day: None,
        note,
        ext: Ext::new(),
    };
    let about = super::book::About { customer, order: None, instalment: None, payment: Some(id) };
    book.payments.push(payment);
    let accounts = (Account::Cash, Account::CustomerCredit);
    book.enter(about, accounts, amount, (EntryCause::Receipt, received_on), clerk);
    if wish.keep_as_credit {
        return Ok(book);
    }
    clerk.day = received_on;
    allocate(book, id, (wish.order, &wish.allocations), clerk)
}

/// The books in which credit of a payment pays for instalments: for those that are named, in that order; else the oldest
/// first. Where nothing is owed, it stays credit.
///
/// # Errors
///
/// `payment.void`, `payment.no_credit` · `payment.unknown` · instalment by instalment `payment.instalment_unknown`,
/// `payment.other_customer`, `payment.currency_mismatch`, `payment.not_positive`, `payment.exceeds_instalment` (the limit
/// is what is open), `payment.exceeds_credit` (the limit is what is left). Rule PY-13 (F100).
pub fn allocate(
    mut book: Book,
    id: Id<Payment>,
    (order, named): (Option<Id<Order>>, &[Allocate]),
    clerk: &mut Clerk<'_>,
) -> Result<Book, Refusal> {
    let payment = found(&book, id)?;
    allowed(&payment, PaymentStep::AllocatePart)?;
    let currency = payment.amount.currency();
    if !named.is_empty() {
        return by_hand(book, &payment, named, clerk);
    }
    let mut turns: Vec<Instalment> = book
        .instalments
        .iter()
        .filter(|row| row.open && row.customer == payment.customer && row.currency() == currency)
        .filter(|row| order.is_none_or(|order| row.order == order))
        .cloned()
        .collect();
    turns.sort_by_key(Instalment::turn);
    let mut left = payment.credit().map_err(unfit)?;
    for row in turns {
        let open = row.outstanding().map_err(unfit)?;
        let part = if open.compare(left).map_err(unfit)?.is_gt() { left } else { open };
        book.post(id, row.id, part, clerk).map_err(unfit)?;
        left = left.checked_sub(part).map_err(unfit)?;
    }
    Ok(book)
}

fn by_hand(
    mut book: Book,
    payment: &Payment,
    named: &[Allocate],
    clerk: &mut Clerk<'_>,
) -> Result<Book, Refusal> {
    let currency: Currency = payment.amount.currency();
    let mut check = Check::default();
    let mut left = payment.credit().map_err(unfit)?;
    for (at, wish) in named.iter().enumerate() {
        let path = |field: &str| format!("allocations[{at}].{field}");
        let row = book.instalments.iter().find(|row| row.id == wish.instalment).cloned();
        let Some(row) = row else {
            let unknown = Invalid::new("payment.instalment_unknown", &wish.instalment.to_string());
            check.refuse(path("instalment"), unknown);
            continue;
        };
        let mut fits = true;
        let mut rule = |holds: bool, field: &str, invalid: Invalid| {
            fits &= holds;
            check.rule(holds, &path(field), || invalid);
        };
        let whose = Invalid::new("payment.other_customer", &row.customer.to_string());
        rule(row.customer == payment.customer, "instalment", whose);
        let mixed = Invalid::new("payment.currency_mismatch", row.currency().code());
        rule(row.currency() == currency, "instalment", mixed.allowed([currency.code()]));
        let said = wish.amount.map_or(currency, Money::currency);
        let mixed = Invalid::new("payment.currency_mismatch", said.code());
        rule(said == currency, "amount", mixed.allowed([currency.code()]));
        if !fits {
            continue;
        }
        let open = row.outstanding().map_err(unfit)?;
        let rest = if open.compare(left).map_err(unfit)?.is_gt() { left } else { open };
        let amount = wish.amount.unwrap_or(rest);
        let mut rule = |holds: bool, invalid: Invalid| {
            fits &= holds;
            check.rule(holds, &path("amount"), || invalid);
        };
        let text = amount.to_string();
        rule(amount.minor() > 0, Invalid::new("payment.not_positive", &text).limit("more than 0"));
        let within = |limit: Money| amount.compare(limit).is_ok_and(core::cmp::Ordering::is_le);
        let beyond = Invalid::new("payment.exceeds_instalment", &text);
        rule(within(open), beyond.limit(format!("{open} is open")));
        let beyond = Invalid::new("payment.exceeds_credit", &text);
        rule(within(left), beyond.limit(format!("{left} is left")));
        if fits {
            book.post(payment.id, row.id, amount, clerk).map_err(unfit)?;
            left = left.checked_sub(amount).map_err(unfit)?;
        }
    }
    check.finish(Some(book))
}

fn found(book: &Book, id: Id<Payment>) -> Result<Payment, Refusal> {
    let payment = book.payments.iter().find(|payment| payment.id == id).cloned();
    payment.ok_or_else(|| Refusal::by("payment.unknown", "id", &id.to_string()))
}

/// The books in which a payment no longer pays for an instalment.
///
/// # Errors
///
/// `payment.void` · `payment.unknown` · `payment.instalment_unknown` · `payment.not_positive` · `payment.not_allocated` for
/// more than it pays of it. Rule PY-14 (F100).
pub fn free(mut book: Book, wish: &FreePayment, clerk: &mut Clerk<'_>) -> Result<Book, Refusal> {
    let payment = found(&book, wish.id)?;
    allowed(&payment, PaymentStep::Free)?;
    let row = book.instalments.iter().find(|row| row.id == wish.instalment).cloned();
    let Some(row) = row else {
        let id = wish.instalment.to_string();
        return Err(Refusal::by("payment.instalment_unknown", "instalment", &id));
    };
    let held = book.held(wish.id, &row).map_err(unfit)?;
    let amount = wish.amount.unwrap_or(held);
    let mut check = Check::default();
    check.rule(amount.minor() > 0 || wish.amount.is_none(), "amount", || {
        Invalid::new("payment.not_positive", &amount.to_string()).limit("more than 0")
    });
    let within = amount.compare(held).is_ok_and(core::cmp::Ordering::is_le);
    check.rule(within && !held.is_zero(), "amount", || {
        Invalid::new("payment.not_allocated", &amount.to_string())
            .limit(format!("{held} of it pays for that"))
    });
    check.done()?;
    book.post(wish.id, row.id, amount.negated(), clerk).map_err(unfit)?;
    Ok(book)
}

/// The books in which credit of a payment is given back.
///
/// # Errors
///
/// `payment.void`, `payment.no_credit` · `payment.unknown` · `text.*` (reference, reason) · `money.currency_mismatch` ·
/// `payment.not_positive` · `payment.exceeds_credit` (the limit is what is credit). Rule PY-15 (F100).
pub fn refund(
    mut book: Book,
    wish: &RefundPayment,
    clerk: &mut Clerk<'_>,
) -> Result<Book, Refusal> {
    let payment = found(&book, wish.id)?;
    allowed(&payment, PaymentStep::RefundPart)?;
    let credit = payment.credit().map_err(unfit)?;
    let amount = wish.amount.unwrap_or(credit);
    let mut check = Check::default();
    let reference = check.parse::<BankReference>("reference", wish.reference.as_deref());
    let reason = check.take("reason", Note::parse(&wish.reason));
    let one = check.take("amount", amount.compare(credit));
    check.rule(amount.minor() > 0, "amount", || {
        Invalid::new("payment.not_positive", &amount.to_string()).limit("more than 0")
    });
    check.rule(one.is_none_or(core::cmp::Ordering::is_le), "amount", || {
        Invalid::new("payment.exceeds_credit", &amount.to_string())
            .limit(format!("{credit} of it is credit"))
    });
    let reason = check.finish(reason)?;
    for row in book.payments.iter_mut().filter(|row| row.id == wish.id) {
        row.refunded = row.refunded.checked_add(amount).map_err(unfit)?;
        *row = row.clone().marked().map_err(unfit)?;
    }
    book.fresh.refunds.push(Refund {
        id: Id::new((clerk.new_id)()),
        payment: wish.id,
        customer: payment.customer,
        amount,
        at: clerk.now,
        by: clerk.by,
        reference,
        reason,
        ext: Ext::new(),
    });
    let about = super::book::About {
        customer: payment.customer,
        order: None,
        instalment: None,
        payment: Some(wish.id),
    };
    let day = clerk.day;
    let accounts = (Account::CustomerCredit, Account::Cash);
    book.enter(about, accounts, amount, (EntryCause::Refund, day), clerk);
    Ok(book)
}

/// The books in which a payment never came.
///
/// # Errors
///
/// `payment.void` · `payment.unknown` · `text.*` (reason) · `payment.refunded`: what was given back did come. Rule PY-16
/// (F100).
pub fn void(mut book: Book, wish: &VoidPayment, clerk: &mut Clerk<'_>) -> Result<Book, Refusal> {
    let payment = found(&book, wish.id)?;
    allowed(&payment, PaymentStep::Void)?;
    let mut check = Check::default();
    let reason = check.take("reason", Note::parse(&wish.reason));
    check.rule(payment.refunded.is_zero(), "id", || {
        Invalid::new("payment.refunded", &payment.refunded.to_string())
            .limit("a payment of which nothing was given back")
    });
    let reason = check.finish(reason)?;
    let rows: Vec<Instalment> = book.instalments.clone();
    for row in rows.into_iter().filter(|row| row.currency() == payment.amount.currency()) {
        let held = book.held(wish.id, &row).map_err(unfit)?;
        book.post(wish.id, row.id, held.negated(), clerk).map_err(unfit)?;
    }
    let mut stuck = false;
    for row in book.payments.iter_mut().filter(|row| row.id == wish.id) {
        stuck |= !row.allocated.is_zero();
        row.voided_at = Some(clerk.now);
        row.void_reason = Some(reason.clone());
        *row = row.clone().marked().map_err(unfit)?;
    }
    if stuck {
        let lost = Invalid::new("payment.instalment_unknown", &wish.id.to_string());
        return Err(Refusal::of(Violation::at("id", lost)));
    }
    let about = super::book::About {
        customer: payment.customer,
        order: None,
        instalment: None,
        payment: Some(wish.id),
    };
    let day = clerk.day;
    let accounts = (Account::CustomerCredit, Account::Cash);
    book.enter(about, accounts, payment.amount, (EntryCause::Void, day), clerk);
    Ok(book)
}

impl Payment {
    /// The id of a payment where nobody chose another: derived from its bank reference, so that one that is entered twice
    /// is there once.
    pub fn id_of(reference: &BankReference) -> Id<Self> {
        Id::derived([b"payment".as_slice(), reference.as_str().as_bytes()])
    }

    /// A payment of the same reference that says something else is another one.
    ///
    /// # Errors
    ///
    /// `payment.reference_conflict` · `payment.void`.
    pub fn same(&self, wish: &ReceivePayment, customer: Id<Customer>) -> Result<(), Invalid> {
        if self.voided_at.is_some() {
            return Err(Invalid::new("payment.void", &self.id.to_string()));
        }
        let same = wish.amount == Some(self.amount)
            && customer == self.customer
            && wish.received_on.is_none_or(|day| day == self.received_on);
        if same {
            return Ok(());
        }
        let conflict = Invalid::new("payment.reference_conflict", &self.mark);
        Err(conflict.limit(format!("{} on {}", self.amount, self.received_on)))
    }
}
