//! What is due of an order, and when.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::{Account, Book, Clerk, EntryCause, Instalment};
use crate::decision::{Check, Refusal};
use crate::order::{Due, Order, PaymentTerms, milestones, split};
use crate::record::Ext;
use crate::value::{Id, Invalid, Money, Note};

/// Plans what is to be paid of an order anew: what is already paid stays paid, the oldest first. A plan never asks for more
/// than the order; where it asks for less, it says why, and the rest is an instalment whose day nobody has said.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct PlanPayments {
    /// Of which order; it is submitted.
    pub order: Id<Order>,
    /// The instalments, in order.
    pub terms: PaymentTerms,
    /// Why they ask for less than the order, where they do.
    #[serde(default)]
    pub difference: Option<String>,
}

/// The error of an amount that does not fit, which no valid book has.
pub(super) fn unfit(invalid: Invalid) -> Refusal {
    Refusal::of(crate::decision::Violation::at("", invalid))
}

/// An order that was handed over, in the books: its instalments by its terms, and what is owed for it.
///
/// # Errors
///
/// Those of the terms. Rule PY-1 (F101, F104).
pub fn booked(mut book: Book, order: &Order, clerk: &mut Clerk<'_>) -> Result<Book, Refusal> {
    add(&mut book, order, split(order.total, &order.terms)?, EntryCause::Order, clerk)?;
    let about = super::book::About {
        customer: order.customer,
        order: Some(order.id),
        instalment: None,
        payment: None,
    };
    let day = clerk.day;
    let accounts = (Account::Revenue, Account::Tax);
    book.enter(about, accounts, order.tax, (EntryCause::Tax, day), clerk);
    Ok(book)
}

/// New instalments behind those that are there.
fn add(
    book: &mut Book,
    order: &Order,
    parts: Vec<(Money, Due)>,
    cause: EntryCause,
    clerk: &mut Clerk<'_>,
) -> Result<(), Refusal> {
    let own = book.instalments.iter().filter(|row| row.order == order.id);
    let mut next = own.map(|row| row.ordinal.saturating_add(1)).max().unwrap_or(0);
    let reached = milestones(order);
    for (amount, due) in parts {
        let none = Money::zero(amount.currency());
        let instalment = Instalment {
            id: Id::new((clerk.new_id)()),
            order: order.id,
            customer: order.customer,
            ordinal: next,
            amount,
            paid: none,
            credited: none,
            due,
            due_on: due.day(&reached),
            open: true,
            zone: order.zone.clone(),
            booked_on: clerk.day,
            settled_on: None,
            ext: Ext::new(),
        };
        next = next.saturating_add(1);
        let (about, day) = (instalment.about(), clerk.day);
        book.instalments.push(instalment);
        let accounts = (Account::Receivable, Account::Revenue);
        book.enter(about, accounts, amount, (cause, day), clerk);
    }
    Ok(())
}

/// The books with another plan of what is to be paid of an order: what is credited stays credited, what was paid pays the
/// new instalments, the oldest first.
///
/// # Errors
///
/// `payment.order_not_binding` unless the order is submitted and not called off · those of the terms ·
/// `terms.below_total` for a plan of less without a reason · `text.*` (difference). Rule PY-2 (F101, W30).
pub fn planned(
    mut book: Book,
    order: &Order,
    wish: &PlanPayments,
    clerk: &mut Clerk<'_>,
) -> Result<Book, Refusal> {
    let mut check = Check::default();
    check.rule(order.is_effective(), "order", || {
        Invalid::new("payment.order_not_binding", order.state.code()).limit("a submitted order")
    });
    check.parse::<Note>("difference", wish.difference.as_deref());
    check.done()?;
    let credited = book.total(order, |row| row.credited).map_err(unfit)?;
    let left = order.total.checked_sub(credited).map_err(unfit)?;
    let parts = split(left, &wish.terms)?;
    let said = wish.terms.0.iter().any(|step| step.due == Due::Open);
    let rest = parts.last().filter(|(_, due)| *due == Due::Open && !said);
    if let Some((rest, _)) = rest.filter(|_| wish.difference.is_none()) {
        let below = Invalid::new("terms.below_total", &rest.to_string());
        let limit = format!("instalments of {left}, or why they are of less");
        return Err(Refusal::of(crate::decision::Violation::at("terms", below.limit(limit))));
    }
    let mut paid = Vec::new();
    for at in book.backwards(order.id) {
        let Some(row) = book.instalments.get(at).cloned() else { continue };
        paid.extend(book.payers(&row).map_err(unfit)?);
        book.release(at, row.paid, clerk).map_err(unfit)?;
        let free = row.amount.checked_sub(row.credited).map_err(unfit)?;
        book.resize(at, free.negated(), EntryCause::Change, clerk).map_err(unfit)?;
    }
    let before = book.instalments.len();
    add(&mut book, order, parts, EntryCause::Change, clerk)?;
    let mut turns: Vec<Instalment> = book.instalments.iter().skip(before).cloned().collect();
    turns.sort_by_key(Instalment::turn);
    let mut owed: std::collections::VecDeque<(Id<Instalment>, Money)> =
        turns.iter().map(|row| (row.id, row.amount)).collect();
    // Who paid first pays first.
    for (payment, mut money) in paid.into_iter().rev() {
        while let Some((instalment, open)) = owed.front().copied().filter(|_| !money.is_zero()) {
            let part = if money.compare(open).map_err(unfit)?.is_gt() { open } else { money };
            book.post(payment, instalment, part, clerk).map_err(unfit)?;
            money = money.checked_sub(part).map_err(unfit)?;
            let rest = open.checked_sub(part).map_err(unfit)?;
            owed.pop_front();
            if !rest.is_zero() {
                owed.push_front((instalment, rest));
            }
        }
    }
    Ok(book)
}

/// The books with due days as the milestones of an order have them now. Rule PY-3 (F101).
pub fn redated(mut book: Book, order: &Order) -> Book {
    let reached = milestones(order);
    for row in book.instalments.iter_mut().filter(|row| row.order == order.id) {
        row.due_on = row.due.day(&reached);
    }
    book
}

/// The books with one instalment of an order that another system has: it is taken from what nobody has planned yet. The
/// first new id is that of the instalment.
///
/// # Errors
///
/// `payment.order_not_binding` · `instalment.not_positive` · `money.currency_mismatch` · `instalment.exceeds_order` for more
/// than is not planned yet (the limit). Rule PY-24 (F101, F212, W30).
pub fn carved(
    mut book: Book,
    order: &Order,
    (amount, due): (Money, Due),
    clerk: &mut Clerk<'_>,
) -> Result<Book, Refusal> {
    let mut check = Check::default();
    check.rule(order.is_effective(), "order", || {
        Invalid::new("payment.order_not_binding", order.state.code()).limit("a submitted order")
    });
    check.rule(amount.minor() > 0, "amount", || {
        Invalid::new("instalment.not_positive", &amount.to_string()).limit("more than 0")
    });
    let one = check.take("amount", amount.compare(order.total));
    let rest = book
        .backwards(order.id)
        .into_iter()
        .find(|at| book.instalments.get(*at).is_some_and(|row| row.due == Due::Open && row.open));
    let row = rest.and_then(|at| book.instalments.get(at));
    let open = row.map(Instalment::outstanding).transpose().map_err(unfit)?;
    let open = open.unwrap_or(Money::zero(order.total.currency()));
    let fits = one.is_none() || amount.compare(open).is_ok_and(core::cmp::Ordering::is_le);
    check.rule(fits, "amount", || {
        Invalid::new("instalment.exceeds_order", &amount.to_string())
            .limit(format!("{open} is not planned yet"))
    });
    check.done()?;
    add(&mut book, order, vec![(amount, due)], EntryCause::Change, clerk)?;
    if let Some(at) = rest {
        book.resize(at, amount.negated(), EntryCause::Change, clerk).map_err(unfit)?;
    }
    Ok(book)
}

impl Book {
    /// Gives up what is open of one instalment.
    ///
    /// # Errors
    ///
    /// `money.overflow`, which valid books do not have.
    pub fn give_up(mut self, id: Id<Instalment>, clerk: &mut Clerk<'_>) -> Result<Self, Refusal> {
        if let Some(at) = self.instalments.iter().position(|row| row.id == id) {
            let open = self.instalments.get(at).map(Instalment::outstanding).transpose();
            if let Some(open) = open.map_err(unfit)? {
                let cause = (super::CreditCause::WriteOff, None);
                self.let_off(at, open, cause, clerk).map_err(unfit)?;
            }
        }
        Ok(self)
    }
}
