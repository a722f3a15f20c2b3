//! Figures over money: what is open, by how long it has been overdue; what came in, by month and by method.

use std::collections::BTreeMap;

use chrono::NaiveDate;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::access::Access;
use crate::api::believed::believed;
use crate::api::report::{all, by_id};
use crate::engine::{Cx, Error, Operation};
use crate::export::document::{
    Cell, Column, Definition, Figure, Label, Parameter, Report, Table, Unit,
};
use crate::party::Customer;
use crate::payment::{Account, Aged, Bucket, Instalment, LedgerEntry, Payment, ageing};
use crate::settings::Settings;
use crate::value::{Currency, Id, Invalid, Money, Timestamp};

/// Whose money, as of when, in what.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct AgeingQuery {
    /// The day whose books are told, by the days on which what happened was true; today where nothing is said. Due days and
    /// customers are those of now.
    pub as_of: Option<NaiveDate>,
    /// Only of this customer.
    pub customer: Option<Id<Customer>>,
    /// The currency of the figures and of the customers; the base currency where nothing is said. The first table has them
    /// all.
    pub currency: Option<String>,
    /// What was known then, as it then stood, whatever was entered or changed since; what is known now where nothing is said.
    pub known_at: Option<Timestamp>,
}

/// What customers owe, by how long it has been overdue where they are. The buckets add up to what is outstanding, which is
/// what the ledger says: orders less what is paid and what is credited. Currencies are never added.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(transparent)]
pub struct ReportAgeing(pub AgeingQuery);

fn wide(invalid: Invalid) -> Error {
    Error::invalid("", invalid)
}

impl Operation for ReportAgeing {
    const NAME: &'static str = "report.ageing";
    const ACCESS: Access = Access::Report;
    type Response = Report;

    fn run(&self, cx: &mut Cx<'_>) -> Result<Report, Error> {
        believed(cx, self.0.known_at, |cx| self.told(cx))
    }
}

impl ReportAgeing {
    fn told(&self, cx: &mut Cx<'_>) -> Result<Report, Error> {
        let query = &self.0;
        let settings = cx.get(Settings::ID)?;
        let currency = currency(query.currency.as_deref(), settings.base_currency)?;
        let instalments: BTreeMap<Id<Instalment>, Instalment> = by_id(cx)?;
        let mut open: BTreeMap<Id<Instalment>, Money> = BTreeMap::new();
        let mut fault = Ok(());
        all(cx, |entry: LedgerEntry| {
            if query.as_of.is_none_or(|day| entry.day <= day) {
                let added = owed(&mut open, &entry);
                if added.is_err() {
                    fault = added;
                }
            }
        })?;
        fault.map_err(wide)?;
        let now = cx.now();
        let mut rows = Vec::new();
        for (id, open) in &open {
            let Some(instalment) = instalments.get(id) else { continue };
            if query.customer.is_none_or(|customer| instalment.customer == customer) {
                let today = query.as_of.unwrap_or_else(|| instalment.today(now));
                rows.push(Aged { instalment, open: *open, today });
            }
        }
        let buckets = ageing(rows.iter().copied()).map_err(wide)?;
        let outstanding = buckets.outstanding(currency).map_err(wide)?;
        let overdue = |key: &(Currency, Bucket)| {
            key.0 == currency && !matches!(key.1, Bucket::Unscheduled | Bucket::Current)
        };
        let late = buckets.sums.iter().filter(|(key, _)| overdue(key)).map(|(_, sum)| *sum);
        let late = Money::sum(currency, late).map_err(wide)?;
        let column =
            |key: &str, en: &str, zh: &str, unit| Column::new(key, Label::new(en, zh), unit);
        let bucket_rows = buckets.sums.iter().map(|((currency, bucket), sum)| {
            vec![Cell::text(currency.code()), Cell::text(bucket.code()), Cell::number(sum.amount())]
        });
        let by_bucket = Table {
            key: "buckets".to_owned(),
            title: Label::new("Open by days overdue", "按逾期天数的未收款"),
            columns: vec![
                column("currency", "Currency", "币种", Unit::Text),
                column("bucket", "Days overdue", "逾期天数", Unit::Text),
                column("amount", "Open", "未收", Unit::Exact),
            ],
            rows: bucket_rows.collect(),
        };
        let customers = customers(cx, &rows, currency)?;
        Ok(Report {
            name: "ageing".to_owned(),
            title: Label::new("Receivables by age", "应收账款账龄"),
            as_of: now,
            zone: settings.zone,
            currency: currency.code().to_owned(),
            parameters: parameters(query),
            figures: vec![
                money("outstanding", ("Outstanding", "未收合计"), outstanding),
                money("overdue", ("Overdue", "逾期"), late),
            ],
            tables: vec![by_bucket, customers],
            charts: Vec::new(),
            definitions: vec![Definition::new(
                ("Overdue", "逾期"),
                (
                    "From the day after the due day on, where the customer is.",
                    "自到期日次日起，按客户所在时区。",
                ),
            )],
            notes: Vec::new(),
        })
    }
}

/// Adds what an entry does to what is owed of its instalment.
fn owed(open: &mut BTreeMap<Id<Instalment>, Money>, entry: &LedgerEntry) -> Result<(), Invalid> {
    let Some(id) = entry.instalment else { return Ok(()) };
    let signed = match (entry.debit, entry.credit) {
        (Account::Receivable, _) => entry.amount,
        (_, Account::Receivable) => entry.amount.negated(),
        _ => return Ok(()),
    };
    let sum = open.entry(id).or_insert(Money::zero(signed.currency()));
    *sum = sum.checked_add(signed)?;
    Ok(())
}

/// What each customer owes in a currency, bucket by bucket.
fn customers(cx: &Cx<'_>, rows: &[Aged<'_>], currency: Currency) -> Result<Table, Error> {
    let names: BTreeMap<Id<Customer>, Customer> = by_id(cx)?;
    let mut of: BTreeMap<Id<Customer>, Vec<Aged<'_>>> = BTreeMap::new();
    for row in rows.iter().filter(|row| row.open.currency() == currency && !row.open.is_zero()) {
        of.entry(row.instalment.customer).or_default().push(*row);
    }
    let mut columns = vec![
        Column::new("id", Label::new("Id", "编号"), Unit::Text),
        Column::new("customer", Label::new("Customer", "客户"), Unit::Text),
    ];
    columns.extend(
        Bucket::ALL.iter().map(|b| Column::new(b.code(), Label::same(b.code()), Unit::Money)),
    );
    columns.push(Column::new("outstanding", Label::new("Outstanding", "未收合计"), Unit::Money));
    let mut table = Vec::new();
    for (id, rows) in of {
        let name = names.get(&id).map(|customer| customer.name.to_string()).unwrap_or_default();
        let buckets = ageing(rows).map_err(wide)?;
        let mut row = vec![Cell::text(id.to_string()), Cell::text(name)];
        for bucket in Bucket::ALL {
            let sum = buckets.sums.get(&(currency, *bucket)).copied();
            row.push(Cell::number(sum.unwrap_or(Money::zero(currency)).amount()));
        }
        row.push(Cell::number(buckets.outstanding(currency).map_err(wide)?.amount()));
        table.push(row);
    }
    let title = Label::new("By customer", "按客户");
    Ok(Table { key: "customers".to_owned(), title, columns, rows: table })
}

fn currency(given: Option<&str>, base: Currency) -> Result<Currency, Error> {
    match given {
        None => Ok(base),
        Some(code) => Currency::parse(code).map_err(|e| Error::invalid("currency", e)),
    }
}

fn parameters(query: &AgeingQuery) -> Vec<Parameter> {
    let day = query.as_of.map(|day| day.to_string());
    let customer = query.customer.map(|customer| customer.to_string());
    let asked = [("as_of", ("As of", "截至"), day), ("customer", ("Customer", "客户"), customer)];
    let asked = asked.into_iter().filter_map(|(key, (en, zh), value)| {
        let value = value?;
        let (label, shown) = (Label::new(en, zh), Label::same(&value));
        Some(Parameter { key: key.to_owned(), label, value, shown })
    });
    asked.collect()
}

fn money(key: &str, label: (&str, &str), value: Money) -> Figure {
    Figure {
        key: key.to_owned(),
        label: Label::new(label.0, label.1),
        value: Cell::number(value.amount()),
        unit: Unit::Money,
        note: None,
    }
}

fn count(key: &str, label: (&str, &str), value: u64) -> Figure {
    let (key, label) = (key.to_owned(), Label::new(label.0, label.1));
    Figure { key, label, value: Cell::Count(value), unit: Unit::Count, note: None }
}

/// Which payments.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct PaymentQuery {
    /// The first day on which money came.
    pub from: Option<NaiveDate>,
    /// The day after the last.
    pub to: Option<NaiveDate>,
    /// The currency; the base currency where nothing is said. Payments in others are counted and left out of every sum.
    pub currency: Option<String>,
    /// What was known then, as it then stood, whatever was entered or changed since; what is known now where nothing is said.
    pub known_at: Option<Timestamp>,
}

/// What came in, was given back and was planned: counts and sums, by month. Void payments are counted apart.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(transparent)]
pub struct ReportPayments(pub PaymentQuery);

impl Operation for ReportPayments {
    const NAME: &'static str = "report.payments";
    const ACCESS: Access = Access::Report;
    type Response = Report;

    fn run(&self, cx: &mut Cx<'_>) -> Result<Report, Error> {
        believed(cx, self.0.known_at, |cx| self.told(cx))
    }
}

impl ReportPayments {
    fn told(&self, cx: &mut Cx<'_>) -> Result<Report, Error> {
        let query = &self.0;
        let settings = cx.get(Settings::ID)?;
        let currency = currency(query.currency.as_deref(), settings.base_currency)?;
        let mut months: BTreeMap<String, (u64, Vec<Money>)> = BTreeMap::new();
        let mut rows = Vec::new();
        let (mut other, mut void) = (0_u64, 0_u64);
        all(cx, |payment: Payment| {
            let inside = query.from.is_none_or(|from| payment.received_on >= from)
                && query.to.is_none_or(|to| payment.received_on < to);
            if !inside {
                return;
            }
            if payment.voided_at.is_some() {
                void = void.saturating_add(1);
            } else if payment.amount.currency() == currency {
                let month = payment.received_on.format("%Y-%m").to_string();
                let (count, sums) = months.entry(month).or_default();
                *count = count.saturating_add(1);
                sums.push(payment.amount);
                rows.push(payment);
            } else {
                other = other.saturating_add(1);
            }
        })?;
        let mut planned: Vec<Instalment> = Vec::new();
        all(cx, |row: Instalment| {
            if row.currency() == currency {
                planned.push(row);
            }
        })?;
        let sum =
            |amounts: &mut dyn Iterator<Item = Money>| Money::sum(currency, amounts).map_err(wide);
        let received = sum(&mut rows.iter().map(|row| row.amount))?;
        let allocated = sum(&mut rows.iter().map(|row| row.allocated))?;
        let refunded = sum(&mut rows.iter().map(|row| row.refunded))?;
        let amount = sum(&mut planned.iter().map(|row| row.amount))?;
        let scheduled = || planned.iter().filter(|row| row.due_on.is_some());
        let scheduled_sum = sum(&mut scheduled().map(|row| row.amount))?;
        let credited = sum(&mut planned.iter().map(|row| row.credited))?;
        let mut table = Vec::new();
        for (month, (count, sums)) in months {
            let total = sum(&mut sums.into_iter())?;
            table.push(vec![Cell::text(month), Cell::Count(count), Cell::number(total.amount())]);
        }
        Ok(Report {
            name: "payments".to_owned(),
            title: Label::new("Payments", "收款"),
            as_of: cx.now(),
            zone: settings.zone,
            currency: currency.code().to_owned(),
            parameters: Vec::new(),
            figures: vec![
                count("payments", ("Payments", "收款笔数"), rows.len() as u64),
                money("received", ("Received", "收款"), received),
                money("allocated", ("Paying for orders", "已核销"), allocated),
                money("refunded", ("Given back", "退款"), refunded),
                count("void", ("Void", "作废"), void),
                count("other_currency", ("In other currencies", "其他币种"), other),
                count("instalments", ("Instalments", "分期数"), planned.len() as u64),
                money("planned", ("Planned", "计划收款"), amount),
                count("scheduled", ("Instalments with a day", "有到期日的分期"), {
                    scheduled().count() as u64
                }),
                money("scheduled_amount", ("Planned with a day", "有到期日的计划"), scheduled_sum),
                money("credited", ("Credited", "贷记"), credited),
            ],
            tables: vec![Table {
                key: "months".to_owned(),
                title: Label::new("By month", "按月"),
                columns: vec![
                    Column::new("month", Label::new("Month", "月份"), Unit::Text),
                    Column::new("payments", Label::new("Payments", "笔数"), Unit::Count),
                    Column::new("amount", Label::new("Received", "收款"), Unit::Money),
                ],
                rows: table,
            }],
            charts: Vec::new(),
            definitions: Vec::new(),
            notes: Vec::new(),
        })
    }
}
