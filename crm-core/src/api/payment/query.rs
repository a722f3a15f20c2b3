//! Questions about money.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::access::Access;
use crate::api::page::Wanted;
use crate::api::{Listed, Seen};
use crate::engine::{Cx, Error, Operation};
use crate::order::Order;
use crate::party::Customer;
use crate::payment::{
    self, Allocation, Dunning, Instalment, InstalmentState, Lateness, LedgerEntry, Payment,
    PaymentState, RateRow, instalment_state, order_state,
};
use crate::record::Val;
use crate::value::{Currency, Id, Invalid, Money, Percent};

fn wrong(invalid: Invalid) -> Error {
    Error::invalid("", invalid)
}

/// A payment, what it pays for, and what of it is credit.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct GetPayment {
    /// Which.
    pub id: Id<Payment>,
}

/// A payment with what stands beside it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct SeenPayment {
    /// The payment.
    #[serde(flatten)]
    pub payment: Seen<Payment>,
    /// How it stands.
    pub state: PaymentState,
    /// How much of it is the customer's credit.
    pub credit: Money,
    /// What it pays for, and what it no longer pays for, the oldest first.
    pub allocations: Vec<Allocation>,
}

impl Operation for GetPayment {
    const NAME: &'static str = "payment.get";
    const ACCESS: Access = Access::Read;
    type Response = SeenPayment;

    fn run(&self, cx: &mut Cx<'_>) -> Result<SeenPayment, Error> {
        let payment = cx.seen(self.id)?;
        let of = [Val::Id(self.id.uuid())];
        Ok(SeenPayment {
            state: payment.record.state(),
            credit: payment.record.credit().map_err(wrong)?,
            allocations: cx.list(Allocation::BY_PAYMENT, &of)?,
            payment,
        })
    }
}

/// Payments by the day on which they came, the last first, a page at a time.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct ListPayments {
    /// Whose.
    pub customer: Option<Id<Customer>>,
    /// Those that stand so.
    pub state: Option<PaymentState>,
    /// Rows in a page: 1 to 1,000; 50 where nothing is said.
    pub limit: Option<u32>,
    /// Where the page before ended.
    pub after: Option<String>,
}

impl Operation for ListPayments {
    const NAME: &'static str = "payment.list";
    const ACCESS: Access = Access::Read;
    type Response = Listed<Payment>;

    fn run(&self, cx: &mut Cx<'_>) -> Result<Listed<Payment>, Error> {
        let prefix: Vec<Val> = self.customer.map(|id| Val::Id(id.uuid())).into_iter().collect();
        let index = if prefix.is_empty() { Payment::BY_DAY } else { Payment::BY_CUSTOMER };
        let wanted = Wanted::of(index, &prefix).newest_first();
        cx.listed(wanted.page(self.limit, self.after.as_deref()), |payment: &Payment| {
            self.state.is_none_or(|state| payment.state() == state)
        })
    }
}

/// What is owed for an order: its total less what is paid and what is credited, instalment by instalment.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct OrderReceivable {
    /// Which order.
    pub order: Id<Order>,
}

/// What is owed for an order.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct SeenReceivable {
    /// The order.
    pub order: Id<Order>,
    /// How it stands.
    pub state: InstalmentState,
    /// What it comes to; nothing before it is submitted.
    pub total: Money,
    /// What is paid of it.
    pub paid: Money,
    /// What of it need not be paid.
    pub credited: Money,
    /// What is owed: total − paid − credited.
    pub receivable: Money,
    /// What of that has no due day: the difference between the plan and the order.
    pub unscheduled: Money,
    /// How much of it is paid, in percent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub paid_percent: Option<Percent>,
    /// Its instalments, in order.
    pub instalments: Vec<SeenInstalment>,
}

/// An instalment and how it stands.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct SeenInstalment {
    /// The instalment.
    #[serde(flatten)]
    pub instalment: Instalment,
    /// How it stands.
    pub state: InstalmentState,
    /// How many days it is overdue.
    pub days_overdue: u32,
}

impl Operation for OrderReceivable {
    const NAME: &'static str = "payment.receivable";
    const ACCESS: Access = Access::Read;
    type Response = SeenReceivable;

    fn run(&self, cx: &mut Cx<'_>) -> Result<SeenReceivable, Error> {
        let order = cx.get(self.order)?;
        let rows = cx.list::<Instalment>(Instalment::BY_ORDER, &[Val::Id(self.order.uuid())])?;
        let sum = |of: fn(&Instalment) -> Money| {
            Money::sum(order.total.currency(), rows.iter().map(of)).map_err(wrong)
        };
        let (total, paid, credited) =
            (sum(|row| row.amount)?, sum(|row| row.paid)?, sum(|row| row.credited)?);
        let mut open = Vec::new();
        for row in rows.iter().filter(|row| row.due_on.is_none()) {
            open.push(row.outstanding().map_err(wrong)?);
        }
        let now = cx.now();
        let receivable = total.checked_sub(paid).and_then(|left| left.checked_sub(credited));
        let unscheduled = Money::sum(order.total.currency(), open).map_err(wrong)?;
        let state = order_state(&rows, now).map_err(wrong)?;
        let mut instalments = Vec::new();
        for row in rows {
            let state = instalment_state(&row, now).map_err(wrong)?;
            let days_overdue = row.days_overdue(now);
            instalments.push(SeenInstalment { state, days_overdue, instalment: row });
        }
        Ok(SeenReceivable {
            order: self.order,
            state,
            total,
            paid,
            credited,
            receivable: receivable.map_err(wrong)?,
            unscheduled,
            paid_percent: super::paid_percent(paid, total),
            instalments,
        })
    }
}

/// What a customer paid that pays for nothing yet, by currency, and what they owe.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct PaymentBalance {
    /// Which customer.
    pub customer: Id<Customer>,
}

/// How a customer stands.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct SeenBalance {
    /// By currency.
    pub balances: Vec<CreditBalance>,
}

/// How a customer stands in one currency.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct CreditBalance {
    /// What they owe.
    pub receivable: Money,
    /// What of that is overdue.
    pub overdue: Money,
    /// What they paid that pays for nothing yet.
    pub credit: Money,
}

impl Operation for PaymentBalance {
    const NAME: &'static str = "payment.balance";
    const ACCESS: Access = Access::Read;
    type Response = SeenBalance;

    fn run(&self, cx: &mut Cx<'_>) -> Result<SeenBalance, Error> {
        cx.get(self.customer)?;
        let of = [Val::Id(self.customer.uuid()), Val::Bool(true)];
        let rows = cx.list::<Instalment>(Instalment::BY_CUSTOMER, &of)?;
        let payments = cx.list::<Payment>(Payment::BY_CREDIT, &of)?;
        let mut balances: std::collections::BTreeMap<Currency, CreditBalance> = Default::default();
        let none = |currency| {
            let none = Money::zero(currency);
            CreditBalance { receivable: none, overdue: none, credit: none }
        };
        let now = cx.now();
        for row in &rows {
            let balance = balances.entry(row.currency()).or_insert_with(|| none(row.currency()));
            let open = row.outstanding().map_err(wrong)?;
            balance.receivable = balance.receivable.checked_add(open).map_err(wrong)?;
            if row.days_overdue(now) > 0 {
                balance.overdue = balance.overdue.checked_add(open).map_err(wrong)?;
            }
        }
        for payment in &payments {
            let currency = payment.amount.currency();
            let balance = balances.entry(currency).or_insert_with(|| none(currency));
            let credit = payment.credit().map_err(wrong)?;
            balance.credit = balance.credit.checked_add(credit).map_err(wrong)?;
        }
        Ok(SeenBalance { balances: balances.into_values().collect() })
    }
}

/// How a customer pays: whether they pay late by habit, and what shows it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct CustomerLateness {
    /// Which customer.
    pub customer: Id<Customer>,
}

impl Operation for CustomerLateness {
    const NAME: &'static str = "payment.lateness";
    const ACCESS: Access = Access::Read;
    type Response = Lateness;

    fn run(&self, cx: &mut Cx<'_>) -> Result<Lateness, Error> {
        cx.get(self.customer)?;
        let of = [Val::Id(self.customer.uuid())];
        let rows = cx.list::<Instalment>(Instalment::BY_CUSTOMER, &of)?;
        let policy = cx.payment_policy()?;
        Ok(payment::lateness(&policy, &rows, cx.now()))
    }
}

/// The reminders of overdue instalments of a customer or an order, the last first.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct ListDunnings {
    /// Of which customer.
    pub customer: Option<Id<Customer>>,
    /// Of which order.
    pub order: Option<Id<Order>>,
    /// Rows in a page: 1 to 1,000; 50 where nothing is said.
    pub limit: Option<u32>,
    /// Where the page before ended.
    pub after: Option<String>,
}

impl Operation for ListDunnings {
    const NAME: &'static str = "payment.dunnings";
    const ACCESS: Access = Access::Read;
    type Response = Listed<Dunning>;

    fn run(&self, cx: &mut Cx<'_>) -> Result<Listed<Dunning>, Error> {
        let (index, prefix) = match (self.customer, self.order) {
            (Some(customer), None) => (Dunning::BY_CUSTOMER, [Val::Id(customer.uuid())]),
            (None, Some(order)) => (Dunning::BY_ORDER, [Val::Id(order.uuid())]),
            (Some(_), Some(_)) | (None, None) => {
                let either = Invalid::new("request.form", "").limit("either `customer` or `order`");
                return Err(Error::invalid("customer", either));
            }
        };
        let wanted = Wanted::of(index, &prefix).newest_first();
        cx.listed(wanted.page(self.limit, self.after.as_deref()), |_: &Dunning| true)
    }
}

/// The entries of the ledger in the order in which they were made, a page at a time: whoever reads them all from the
/// beginning has every balance. Say `next` as `after` to go on where the last reading ended.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct ListLedger {
    /// Of which order.
    pub order: Option<Id<Order>>,
    /// Of which customer.
    pub customer: Option<Id<Customer>>,
    /// Rows in a page: 1 to 1,000; 50 where nothing is said.
    pub limit: Option<u32>,
    /// Where the page before ended.
    pub after: Option<String>,
}

impl Operation for ListLedger {
    const NAME: &'static str = "ledger.entries";
    const ACCESS: Access = Access::Read;
    type Response = Listed<LedgerEntry>;

    fn run(&self, cx: &mut Cx<'_>) -> Result<Listed<LedgerEntry>, Error> {
        let (index, prefix) = match (self.order, self.customer) {
            (Some(order), _) => (LedgerEntry::BY_ORDER, vec![Val::Id(order.uuid())]),
            (None, Some(customer)) => (LedgerEntry::BY_CUSTOMER, vec![Val::Id(customer.uuid())]),
            (None, None) => (LedgerEntry::BY_SEQ, Vec::new()),
        };
        let wanted = Wanted::of(index, &prefix).page(self.limit, self.after.as_deref());
        cx.listed(wanted, |entry: &LedgerEntry| {
            self.customer.is_none_or(|customer| entry.customer == customer)
        })
    }
}

/// The rates of a pair of currencies by day, the last first.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct ListRates {
    /// The currency that is taken.
    pub from: Currency,
    /// The currency that is given.
    pub to: Currency,
    /// Rows in a page: 1 to 1,000; 50 where nothing is said.
    #[serde(default)]
    pub limit: Option<u32>,
    /// Where the page before ended.
    #[serde(default)]
    pub after: Option<String>,
}

impl Operation for ListRates {
    const NAME: &'static str = "rate.list";
    const ACCESS: Access = Access::Read;
    type Response = Listed<RateRow>;

    fn run(&self, cx: &mut Cx<'_>) -> Result<Listed<RateRow>, Error> {
        let prefix = [Val::from(self.from.code()), Val::from(self.to.code())];
        let wanted = Wanted::of(RateRow::BY_PAIR, &prefix).newest_first();
        cx.listed(wanted.page(self.limit, self.after.as_deref()), |_: &RateRow| true)
    }
}
