//! What need not be paid of an order: called off, come back, let off; and an order that comes to something else.

use super::plan::unfit;
use super::{Account, Book, Clerk, CreditCause, EntryCause, Instalment};
use crate::decision::{Check, Refusal};
use crate::order::Order;
use crate::value::{Invalid, Money, Note};

/// The books with so much of an order that need not be paid: of its last instalments first, and what is open before what is
/// paid. What was paid for it is the customer's credit.
///
/// # Errors
///
/// `credit.not_positive` · `money.currency_mismatch` · `credit.exceeds_order` for more than is left of the order ·
/// `credit.exceeds_open` for giving up more than is open: what is paid cannot be given up. Rule PY-4 (F095, F100).
pub fn credit(
    mut book: Book,
    order: &Order,
    amount: Money,
    (cause, reason): (CreditCause, Option<&Note>),
    clerk: &mut Clerk<'_>,
) -> Result<Book, Refusal> {
    let mut check = Check::default();
    check.rule(amount.minor() > 0, "amount", || {
        Invalid::new("credit.not_positive", &amount.to_string()).limit("more than 0")
    });
    check.take("amount", amount.compare(order.total));
    check.done()?;
    let mut left_of_it = Money::zero(amount.currency());
    let mut open = left_of_it;
    for row in book.instalments.iter().filter(|row| row.order == order.id) {
        let rest = row.amount.checked_sub(row.credited).map_err(unfit)?;
        left_of_it = left_of_it.checked_add(rest).map_err(unfit)?;
        open = open.checked_add(row.outstanding().map_err(unfit)?).map_err(unfit)?;
    }
    let mut check = Check::default();
    let within = |limit: Money| amount.compare(limit).is_ok_and(core::cmp::Ordering::is_le);
    check.rule(within(left_of_it), "amount", || {
        Invalid::new("credit.exceeds_order", &amount.to_string())
            .limit(format!("{left_of_it} is left of the order"))
    });
    let given_up = cause == CreditCause::WriteOff && within(left_of_it);
    check.rule(!given_up || within(open), "amount", || {
        Invalid::new("credit.exceeds_open", &amount.to_string()).limit(format!("{open} is open"))
    });
    check.done()?;
    let mut left = amount;
    // What is open goes first, then what is paid.
    let parts: [fn(&Instalment) -> Result<Money, Invalid>; 2] =
        [Instalment::outstanding, |row| row.amount.checked_sub(row.credited)];
    for part in parts {
        for at in book.backwards(order.id) {
            let Some(room) = book.instalments.get(at).map(part) else { continue };
            let room = room.map_err(unfit)?;
            let some = if room.compare(left).map_err(unfit)?.is_gt() { left } else { room };
            book.let_off(at, some, (cause, reason), clerk).map_err(unfit)?;
            left = left.checked_sub(some).map_err(unfit)?;
        }
    }
    Ok(book)
}

/// The books of an order that was called off: nothing of it need be paid, and what was paid is the customer's credit. Done
/// again it changes nothing.
///
/// # Errors
///
/// `money.overflow`, which valid books do not have. Rule PY-5 (F095).
pub fn cancelled(mut book: Book, order: &Order, clerk: &mut Clerk<'_>) -> Result<Book, Refusal> {
    let mut any = false;
    for at in book.backwards(order.id) {
        let Some(row) = book.instalments.get(at).cloned() else { continue };
        let left = row.amount.checked_sub(row.credited).map_err(unfit)?;
        any |= !left.is_zero();
        book.let_off(at, left, (CreditCause::Cancel, order.cancel_reason.as_ref()), clerk)
            .map_err(unfit)?;
    }
    if any {
        let about = super::book::About {
            customer: order.customer,
            order: Some(order.id),
            instalment: None,
            payment: None,
        };
        let day = clerk.day;
        let accounts = (Account::Tax, Account::Revenue);
        book.enter(about, accounts, order.tax, (EntryCause::Tax, day), clerk);
    }
    Ok(book)
}

/// The books of an order of which so much came back by now: the customer owes that much less in all.
///
/// # Errors
///
/// `money.overflow`, which valid books do not have. Rule PY-6 (F095).
pub fn taken_back(
    book: Book,
    order: &Order,
    (value, before): (Money, Money),
    clerk: &mut Clerk<'_>,
) -> Result<Book, Refusal> {
    let more = value.checked_sub(before).map_err(unfit)?;
    if more.minor() <= 0 {
        return Ok(book);
    }
    let mut left = Money::zero(more.currency());
    for row in book.instalments.iter().filter(|row| row.order == order.id) {
        let rest = row.amount.checked_sub(row.credited).map_err(unfit)?;
        left = left.checked_add(rest).map_err(unfit)?;
    }
    // What was let off before need not be paid twice.
    let more = if more.compare(left).map_err(unfit)?.is_gt() { left } else { more };
    if more.is_zero() {
        return Ok(book);
    }
    credit(book, order, more, (CreditCause::Return, None), clerk)
}

/// The books of an order that comes to something else than is planned: more is asked for in its last instalment; less, in
/// its last ones, what is open before what is paid. What was paid beyond that is the customer's credit.
///
/// # Errors
///
/// `credit.exceeds_order` where it comes to less than is credited already. Rule PY-7 (F095, F101).
pub fn repriced(
    mut book: Book,
    order: &Order,
    tax_before: Money,
    clerk: &mut Clerk<'_>,
) -> Result<Book, Refusal> {
    let planned = book.total(order, |row| row.amount).map_err(unfit)?;
    let change = order.total.checked_sub(planned).map_err(unfit)?;
    let places = book.backwards(order.id);
    if change.minor() > 0 {
        match places.first() {
            Some(at) => book.resize(*at, change, EntryCause::Change, clerk).map_err(unfit)?,
            None => return super::plan::booked(book, order, clerk),
        }
    }
    let mut less =
        if change.is_negative() { change.negated() } else { Money::zero(change.currency()) };
    let parts: [fn(&Instalment) -> Result<Money, Invalid>; 2] =
        [Instalment::outstanding, |row| row.amount.checked_sub(row.credited)];
    for part in parts {
        for at in &places {
            let Some(room) = book.instalments.get(*at).map(part) else { continue };
            let room = room.map_err(unfit)?;
            let some = if room.compare(less).map_err(unfit)?.is_gt() { less } else { room };
            book.resize(*at, some.negated(), EntryCause::Change, clerk).map_err(unfit)?;
            less = less.checked_sub(some).map_err(unfit)?;
        }
    }
    if !less.is_zero() {
        let beyond = Invalid::new("credit.exceeds_order", &less.to_string());
        return Err(Refusal::of(crate::decision::Violation::at(
            "lines",
            beyond.limit("not less than is credited already"),
        )));
    }
    let about = super::book::About {
        customer: order.customer,
        order: Some(order.id),
        instalment: None,
        payment: None,
    };
    let more_tax = order.tax.checked_sub(tax_before).map_err(unfit)?;
    let day = clerk.day;
    let accounts = (Account::Revenue, Account::Tax);
    book.enter(about, accounts, more_tax, (EntryCause::Tax, day), clerk);
    Ok(book)
}
