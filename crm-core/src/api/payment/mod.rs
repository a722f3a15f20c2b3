//! Operations on money: what is due, what comes in, what is given back.

mod import;
mod query;
mod report;

use chrono::NaiveDate;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::Seen;
use crate::access::Access;
use crate::engine::{Cx, Error, Operation};
use crate::order::{self, Order, OrderLine};
use crate::payment::{
    self, Account, AllocatePayment, Allocation, BankReference, Book, Clerk, Credit, CreditCause,
    Dunning, EntryCause, FreePayment, Instalment, LedgerEntry, Payment, PaymentPolicy,
    PlanPayments, RateRow, ReceivePayment, RefundPayment, SetPaymentPolicy, SetRate, VoidPayment,
};
use crate::record::Val;
use crate::schedule::{Timer, TimerCode};
use crate::settings::Settings;
use crate::value::{Currency, Id, Invalid, Money, Note, Percent, Rounding};

pub use query::{
    CreditBalance, CustomerLateness, GetPayment, ListDunnings, ListLedger, ListPayments, ListRates,
    OrderReceivable, PaymentBalance, SeenBalance, SeenInstalment, SeenPayment, SeenReceivable,
};
pub use report::{AgeingQuery, PaymentQuery, ReportAgeing, ReportPayments};

pub(super) use import::instalment as imported_instalment;

/// Decides on the books of an order or a payment, with a clerk whose day is given.
type Decide<'a> = &'a mut dyn FnMut(Book, &mut Clerk<'_>) -> Result<Book, Error>;

impl Cx<'_> {
    /// How the tenant follows overdue payments.
    fn payment_policy(&mut self) -> Result<PaymentPolicy, Error> {
        match self.find(PaymentPolicy::ID)? {
            Some(policy) => Ok(policy),
            None => PaymentPolicy::preset().map_err(|invalid| Error::invalid("steps", invalid)),
        }
    }

    /// The books of an order: its instalments, what pays for them, and with what.
    fn book_of_order(&mut self, order: Id<Order>) -> Result<Book, Error> {
        let of = [Val::Id(order.uuid())];
        let instalments = self.list::<Instalment>(Instalment::BY_ORDER, &of)?;
        let allocations = self.list::<Allocation>(Allocation::BY_ORDER, &of)?;
        let mut book = Book { instalments, allocations, ..Book::default() };
        let mut ids: Vec<Id<Payment>> = book.allocations.iter().map(|row| row.payment).collect();
        ids.sort_unstable();
        ids.dedup();
        for id in ids {
            book.payments.push(self.get(id)?);
        }
        Ok(book)
    }

    /// The books of a payment: what it pays for, and what its customer owes.
    fn book_of_payment(
        &mut self,
        (payment, customer): (Option<Payment>, Val),
        named: &[Id<Instalment>],
    ) -> Result<Book, Error> {
        let open = [customer, Val::Bool(true)];
        let mut book = Book {
            instalments: self.list::<Instalment>(Instalment::BY_CUSTOMER, &open)?,
            ..Book::default()
        };
        let mut more: Vec<Id<Instalment>> = named.to_vec();
        if let Some(payment) = payment {
            let of = [Val::Id(payment.id.uuid())];
            book.allocations = self.list::<Allocation>(Allocation::BY_PAYMENT, &of)?;
            more.extend(book.allocations.iter().map(|row| row.instalment));
            book.payments.push(payment);
        }
        more.sort_unstable();
        more.dedup();
        for id in more {
            if book.instalments.iter().all(|row| row.id != id) {
                book.instalments.extend(self.find(id)?);
            }
        }
        Ok(book)
    }

    /// Runs a decision over the books, and will write what it made of them.
    fn posted(&mut self, book: Book, day: NaiveDate, decide: Decide<'_>) -> Result<Book, Error> {
        let (by, now) = (self.actor()?.id, self.now());
        let before = book.instalments.clone();
        let after = {
            let mut new_id = || self.new_id::<Payment>().uuid();
            let mut clerk = Clerk { by, now, day, new_id: &mut new_id };
            decide(book, &mut clerk)?
        };
        let policy = self.payment_policy()?;
        for row in &after.instalments {
            self.put(row)?;
            if before.iter().all(|was| was != row) {
                self.dun_next(&policy, row)?;
            }
        }
        for row in &after.payments {
            self.put(row)?;
        }
        for row in &after.fresh.allocations {
            self.put(row)?;
        }
        for row in &after.fresh.credits {
            self.put(row)?;
        }
        for row in &after.fresh.refunds {
            self.put(row)?;
        }
        for row in &after.fresh.entries {
            self.put(row)?;
        }
        Ok(after)
    }

    /// Will have the next reminder of an instalment happen when it is due.
    fn dun_next(&mut self, policy: &PaymentPolicy, row: &Instalment) -> Result<(), Error> {
        let taken = self.list::<Dunning>(Dunning::BY_INSTALMENT, &[Val::Id(row.id.uuid())])?;
        let at = payment::next_dunning(policy, row, &taken);
        self.schedule(row.id, TimerCode::PaymentDue, at)
    }

    /// The rate that holds on a day.
    fn rate_on(
        &mut self,
        (from, to): (Currency, Currency),
        day: NaiveDate,
    ) -> Result<Option<RateRow>, Error> {
        let mut known = Vec::new();
        for back in 0..=10_u64 {
            let Some(day) = day.checked_sub_days(chrono::Days::new(back)) else { break };
            known.extend(self.find(RateRow::id_of(from, to, day))?);
        }
        Ok(payment::applicable(&known, day).cloned())
    }

    /// An amount of a day in the base currency, with the rate that says so; nothing where there is none.
    fn in_base(
        &mut self,
        amount: Money,
        day: NaiveDate,
    ) -> Result<(Option<Money>, Option<RateRow>), Error> {
        let base = self.get(Settings::ID)?.base_currency;
        if amount.currency() == base {
            return Ok((Some(amount), None));
        }
        let Some(rate) = self.rate_on((amount.currency(), base), day)? else {
            return Ok((None, None));
        };
        let wrong = |invalid| Error::invalid("amount", invalid);
        let value = rate.value().map_err(wrong)?;
        let amount = value.convert(amount, Rounding::HalfUp).map_err(wrong)?;
        Ok((Some(amount), Some(rate)))
    }

    /// The tenant's day where a customer is.
    fn day_of(&mut self, customer: Id<crate::party::Customer>) -> Result<NaiveDate, Error> {
        let customer = self.get(customer)?;
        let zone = self.zone_of(&customer)?;
        Ok(self.now().day_in(zone.as_str().parse().unwrap_or(chrono_tz::Tz::UTC)))
    }
}

/// Will bring the books where an order says they are: booked when it is handed over, changed with it, reversed when it is
/// called off, less for what came back. Done again it changes nothing.
pub(super) fn follow(cx: &mut Cx<'_>, id: Id<Order>) -> Result<(), Error> {
    let order = cx.get(id)?;
    let Some(submitted_at) = order.submitted_at else { return Ok(()) };
    freeze(cx, &order)?;
    let book = cx.book_of_order(id)?;
    let today = cx.now().day_in(order.tz());
    let wrong = |invalid: Invalid| Error::invalid("lines", invalid);
    let planned = Money::sum(order.total.currency(), book.instalments.iter().map(|row| row.amount));
    let planned = planned.map_err(wrong)?;
    let tax = booked_tax(cx, &order)?;
    if !order.is_effective() {
        cx.posted(book, today, &mut |book, clerk| Ok(payment::cancelled(book, &order, clerk)?))?;
        return Ok(());
    }
    let day = if book.instalments.is_empty() { submitted_at.day_in(order.tz()) } else { today };
    let lines = cx.list::<OrderLine>(OrderLine::BY_ORDER, &[Val::Id(id.uuid())])?;
    let value = order::returned_value(order.net, order.tax, &lines).map_err(wrong)?;
    let credits = cx.list::<Credit>(Credit::BY_ORDER, &[Val::Id(id.uuid())])?;
    let back = credits.iter().filter(|row| row.cause == CreditCause::Return);
    let back = Money::sum(order.total.currency(), back.map(|row| row.amount)).map_err(wrong)?;
    cx.posted(book, day, &mut |book, clerk| {
        let book = if book.instalments.is_empty() {
            payment::booked(book, &order, clerk)?
        } else if planned != order.total || tax != order.tax {
            payment::repriced(book, &order, tax, clerk)?
        } else {
            book
        };
        clerk.day = today;
        let book = payment::taken_back(book, &order, (value, back), clerk)?;
        Ok(payment::redated(book, &order))
    })?;
    Ok(())
}

/// The tax of an order that is in the books.
fn booked_tax(cx: &mut Cx<'_>, order: &Order) -> Result<Money, Error> {
    let entries = cx.list::<LedgerEntry>(LedgerEntry::BY_ORDER, &[Val::Id(order.id.uuid())])?;
    let tax = entries.iter().filter(|entry| entry.cause == EntryCause::Tax);
    let signed =
        tax.map(
            |entry| {
                if entry.credit == Account::Tax { entry.amount } else { entry.amount.negated() }
            },
        );
    Money::sum(order.total.currency(), signed).map_err(|invalid| Error::invalid("lines", invalid))
}

/// Will freeze the figure of an order in the base currency; one that was frozen keeps its rate for what changes later.
pub(super) fn freeze(cx: &mut Cx<'_>, order: &Order) -> Result<(), Error> {
    let wrong = |invalid| Error::invalid("total", invalid);
    let known = order.rate.zip(order.rate_day).zip(order.base_total);
    let next = match known {
        Some(((rate, day), base)) => {
            let pair = (order.total.currency(), base.currency());
            let source = crate::value::Name::parse("frozen").map_err(wrong)?;
            let rate = crate::value::ExchangeRate::new(pair, rate, day, source).map_err(wrong)?;
            let total = rate.convert(order.total, Rounding::HalfUp).map_err(wrong)?;
            Order { base_total: Some(total), ..order.clone() }
        }
        None if order.base_total.is_some_and(|base| base.currency() != order.total.currency()) => {
            order.clone()
        }
        None => {
            let (base_total, rate) = cx.in_base(order.total, order.ordered_on)?;
            Order {
                base_total,
                rate: rate.as_ref().map(|rate| rate.rate),
                rate_day: rate.map(|rate| rate.day),
                ..order.clone()
            }
        }
    };
    cx.put(&next)
}

/// Does what a timer of an instalment stands for: each step of dunning that is due, once.
pub(super) fn timer(cx: &mut Cx<'_>, timer: &Timer) -> Result<(), Error> {
    let Some(row) = cx.find(Id::<Instalment>::new(timer.subject))? else { return Ok(()) };
    let Some(order) = cx.find(row.order)? else { return Ok(()) };
    let policy = cx.payment_policy()?;
    let taken = cx.list::<Dunning>(Dunning::BY_INSTALMENT, &[Val::Id(row.id.uuid())])?;
    let due = payment::dunned(&policy, &row, &taken, cx.now());
    for dunned in due.map_err(|invalid| Error::invalid("", invalid))? {
        cx.put(&dunned.row)?;
        let code = format!("payment.{}", dunned.step.code);
        for user in super::order::concerned(cx, &order, dunned.step.to.into_iter())? {
            cx.tell(user, &code, row.id, timer.due_at, None)?;
        }
    }
    cx.dun_next(&policy, &row)
}

/// What a payment is after a call.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct PaymentDone {
    /// The payment.
    pub id: Id<Payment>,
    /// Its version.
    pub version: u64,
    /// Whether this call entered it.
    pub new: bool,
    /// How much of it pays for something.
    pub allocated: Money,
    /// How much of it is the customer's credit.
    pub credit: Money,
}

fn done(cx: &mut Cx<'_>, id: Id<Payment>, new: bool) -> Result<PaymentDone, Error> {
    let payment = cx.get(id)?;
    let credit = payment.credit().map_err(|invalid| Error::invalid("amount", invalid))?;
    let version = cx.version(id);
    Ok(PaymentDone { id, version, new, allocated: payment.allocated, credit })
}

impl Operation for ReceivePayment {
    const NAME: &'static str = "payment.receive";
    const ACCESS: Access = Access::Money;
    type Response = PaymentDone;

    fn run(&self, cx: &mut Cx<'_>) -> Result<PaymentDone, Error> {
        let order = cx.known_if("order", self.order)?;
        let missing = || Error::invalid("customer", Invalid::new("reference.missing", ""));
        let of_order = order.as_ref().map(|order| order.customer);
        let customer = self.customer.or(of_order).ok_or_else(missing)?;
        let customer = cx.known("customer", customer)?.id;
        if of_order.is_some_and(|whose| whose != customer) {
            let other = Invalid::new("payment.other_customer", &customer.to_string());
            return Err(Error::invalid("order", other));
        }
        let reference = self.reference.as_deref().map(BankReference::parse).transpose();
        let reference = reference.map_err(|invalid| Error::invalid("reference", invalid))?;
        let id = match (&reference, self.id) {
            (_, Some(id)) => id,
            (Some(reference), None) => Payment::id_of(reference),
            (None, None) => cx.new_id(),
        };
        let mark = [Val::Text(Payment::mark(reference.as_ref(), id))];
        let known = match cx.unique::<Payment>(Payment::BY_MARK, &mark)? {
            Some(known) => Some(known),
            None => cx.find(id)?,
        };
        if let Some(known) = known {
            known.same(self, customer).map_err(|invalid| Error::invalid("reference", invalid))?;
            return done(cx, known.id, false);
        }
        let named: Vec<Id<Instalment>> = self.allocations.iter().map(|a| a.instalment).collect();
        let book = cx.book_of_payment((None, Val::Id(customer.uuid())), &named)?;
        let today = cx.day_of(customer)?;
        cx.posted(book, today, &mut |book, clerk| {
            Ok(payment::receive(book, self, (id, customer), today, clerk)?)
        })?;
        let row = cx.get(id)?;
        cx.terms(&[("method", "payment_method", None, row.method.as_ref())])?;
        let (base_amount, rate) = cx.in_base(row.amount, row.received_on)?;
        let (day, rate) = (rate.as_ref().map(|rate| rate.day), rate.map(|rate| rate.rate));
        cx.put(&Payment { base_amount, rate, rate_day: day, ..row })?;
        cx.about(id);
        done(cx, id, true)
    }
}

/// Runs a decision on one payment.
fn on_payment(
    cx: &mut Cx<'_>,
    id: Id<Payment>,
    named: &[Id<Instalment>],
    decide: Decide<'_>,
) -> Result<PaymentDone, Error> {
    let payment = cx.get(id)?;
    let customer = payment.customer;
    let book = cx.book_of_payment((Some(payment), Val::Id(customer.uuid())), named)?;
    let today = cx.day_of(customer)?;
    cx.posted(book, today, decide)?;
    cx.about(id);
    done(cx, id, false)
}

macro_rules! payments {
    ($($wish:ident = $text:literal, |$self:ident| $named:expr, |$book:ident, $clerk:ident| $decide:expr;)+) => {$(
        impl Operation for $wish {
            const NAME: &'static str = $text;
            const ACCESS: Access = Access::Money;
            type Response = PaymentDone;

            fn run(&self, cx: &mut Cx<'_>) -> Result<PaymentDone, Error> {
                let $self = self;
                let named: Vec<Id<Instalment>> = $named;
                on_payment(cx, self.id, &named, &mut |$book, $clerk| Ok($decide?))
            }
        }
    )+};
}

payments! {
    AllocatePayment = "payment.allocate",
        |wish| wish.allocations.iter().map(|a| a.instalment).collect(),
        |book, clerk| payment::allocate(book, wish.id, (wish.order, &wish.allocations), clerk);
    FreePayment = "payment.free", |wish| vec![wish.instalment],
        |book, clerk| payment::free(book, wish, clerk);
    RefundPayment = "payment.refund", |wish| Vec::new(),
        |book, clerk| payment::refund(book, wish, clerk);
    VoidPayment = "payment.void", |wish| Vec::new(),
        |book, clerk| payment::void(book, wish, clerk);
}

impl Operation for PlanPayments {
    const NAME: &'static str = "payment.plan";
    const ACCESS: Access = Access::Money;
    type Response = SeenReceivable;

    fn run(&self, cx: &mut Cx<'_>) -> Result<SeenReceivable, Error> {
        let order = cx.get(self.order)?;
        let book = cx.book_of_order(order.id)?;
        let today = cx.now().day_in(order.tz());
        cx.posted(book, today, &mut |book, clerk| {
            Ok(payment::planned(book, &order, self, clerk)?)
        })?;
        cx.put(&Order { terms: self.terms.clone(), ..order })?;
        cx.about(self.order);
        OrderReceivable { order: self.order }.run(cx)
    }
}

/// Lets the customer off a part of an order: out of good will, or since it is given up.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct GrantCredit {
    /// Of which order.
    pub order: Id<Order>,
    /// How much.
    pub amount: Money,
    /// `goodwill` or `write_off`.
    pub cause: String,
    /// Why.
    pub reason: String,
}

impl Operation for GrantCredit {
    const NAME: &'static str = "payment.credit";
    const ACCESS: Access = Access::Money;
    type Response = SeenReceivable;

    fn run(&self, cx: &mut Cx<'_>) -> Result<SeenReceivable, Error> {
        let order = cx.get(self.order)?;
        let mut check = crate::decision::Check::default();
        let cause = check.take("cause", self.cause.parse::<CreditCause>());
        let by_hand = [CreditCause::Goodwill, CreditCause::WriteOff];
        check.rule(cause.is_none_or(|cause| by_hand.contains(&cause)), "cause", || {
            Invalid::new("credit.cause", &self.cause).allowed(by_hand.map(CreditCause::code))
        });
        let reason = check.take("reason", Note::parse(&self.reason));
        let (cause, reason) = check.finish(cause.zip(reason))?;
        let book = cx.book_of_order(order.id)?;
        let today = cx.now().day_in(order.tz());
        cx.posted(book, today, &mut |book, clerk| {
            Ok(payment::credit(book, &order, self.amount, (cause, Some(&reason)), clerk)?)
        })?;
        cx.about(self.order);
        OrderReceivable { order: self.order }.run(cx)
    }
}

impl Operation for SetPaymentPolicy {
    const NAME: &'static str = "payment.set_policy";
    const ACCESS: Access = Access::Configure;
    type Response = Seen<PaymentPolicy>;

    fn run(&self, cx: &mut Cx<'_>) -> Result<Seen<PaymentPolicy>, Error> {
        let before = cx.payment_policy()?;
        let policy = payment::set_policy(&before, self)?;
        let seen = cx.amend(&policy)?;
        // Reminders that wait follow the new steps.
        let open = cx.list::<Instalment>(Instalment::BY_OPEN, &[Val::Bool(true)])?;
        for row in &open {
            cx.dun_next(&policy, row)?;
        }
        Ok(seen)
    }
}

/// How the tenant follows overdue payments; version 0 where it never said.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct GetPaymentPolicy {}

impl Operation for GetPaymentPolicy {
    const NAME: &'static str = "payment.policy";
    const ACCESS: Access = Access::Read;
    type Response = Seen<PaymentPolicy>;

    fn run(&self, cx: &mut Cx<'_>) -> Result<Seen<PaymentPolicy>, Error> {
        let record = cx.payment_policy()?;
        Ok(Seen { version: cx.version(PaymentPolicy::ID), record })
    }
}

/// A rate, and what it priced.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct RateSet {
    /// The rate.
    pub rate: RateRow,
    /// How many orders got their figure in the base currency by it.
    pub priced: u32,
}

impl Operation for SetRate {
    const NAME: &'static str = "rate.set";
    const ACCESS: Access = Access::Money;
    type Response = RateSet;

    fn run(&self, cx: &mut Cx<'_>) -> Result<RateSet, Error> {
        let pair = (Currency::parse(&self.from), Currency::parse(&self.to));
        let before = match pair {
            (Ok(from), Ok(to)) => cx.find(RateRow::id_of(from, to, self.day))?,
            _ => None,
        };
        let today = cx.day(cx.now())?;
        let rate = payment::set_rate(self, before.as_ref(), today)?;
        cx.put(&rate)?;
        let mut priced = 0_u32;
        for ahead in 0..=10_u64 {
            let Some(day) = self.day.checked_add_days(chrono::Days::new(ahead)) else { break };
            let orders = cx.list::<Order>(Order::BY_DAY, &[Val::Text(day.to_string())])?;
            for order in orders.iter().filter(|order| {
                order.submitted_at.is_some()
                    && order.base_total.is_none()
                    && order.total.currency() == rate.from
            }) {
                freeze(cx, order)?;
                let now = cx.get(order.id)?;
                priced = priced.saturating_add(u32::from(now.base_total.is_some()));
            }
        }
        Ok(RateSet { rate, priced })
    }
}

/// A share of money in percent, for what is told beside an order: how much of it is paid.
fn paid_percent(paid: Money, total: Money) -> Option<Percent> {
    let hundred = rust_decimal::Decimal::ONE_HUNDRED;
    let share = paid.amount().checked_mul(hundred)?.checked_div(total.amount())?;
    Percent::new(share.round_dp(2)).ok()
}
