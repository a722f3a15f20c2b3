//! Reports on customers: what all of them are asked, and what they read.

mod buying;
mod churn;
mod contacts;
mod cross_sell;
mod emerging;
mod grade;
mod known;
mod lifetime;
mod loyalty;
mod next;
mod recommend;
mod rfm;
mod segment;

use std::collections::{BTreeMap, BTreeSet};

use chrono::NaiveDate;
use chrono_tz::Tz;
use rust_decimal::Decimal;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use uuid::Uuid;

pub use buying::ReportBuying;
pub use churn::ReportChurn;
pub use contacts::ReportContacts;
pub use cross_sell::ReportCrossSell;
pub use emerging::ReportEmerging;
pub use grade::{
    GetGrade, GetGradePolicy, GradePolicies, GradesRefreshed, RefreshGrades, SeenGrade,
};
pub use lifetime::ReportLifetime;
pub use loyalty::ReportLoyalty;
pub use next::{NextAction, NextActions, NextList};
pub use recommend::{LeftOut, Reason, Recommend, Recommendation, Recommended};
pub use rfm::ReportRfm;
pub use segment::{ListSegments, Member, Members, SegmentMembers};

use super::report::all;
use crate::analytics::Proportion;
use crate::analytics::customers::{
    Asking, OrderKnown, Purchase, PurchaseBasis, PurchaseSource, Purchases, Thin, of_deal, of_order,
};
use crate::catalog::Product;
use crate::engine::{Cx, Error};
use crate::export::document::{
    Cell, Column, Definition, Figure, Label, Parameter, Report, Table, Unit,
};
use crate::opportunity::{Opportunity, OpportunityLine};
use crate::order::{Order, OrderEvent, OrderLine, OrderState, OrderStep, OrderStepCode};
use crate::party::Customer;
use crate::settings::Settings;
use crate::value::{Currency, Id, Invalid, Percent, Timestamp};

/// Which customers a report is about, and seen from when. Each report takes some of these; what it does not take is refused.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct CustomersQuery {
    /// The instant whose state is told; that of the call where nothing is said. Nothing that happened later is read.
    pub as_of: Option<Timestamp>,
    /// What was known then, whatever was entered or changed since (`as_of` is the same instant where nothing is said); what is
    /// known now where nothing is said.
    pub known_at: Option<Timestamp>,
    /// The zone of days; the tenant's where nothing is said.
    pub zone: Option<String>,
    /// What counts as a purchase: `orders` or `deals`; orders where the tenant has any, else won deals.
    pub source: Option<PurchaseSource>,
    /// How a purchase is added up: `rounded` (the default), as its document says, or `exact`, from its unrounded lines.
    pub basis: Option<PurchaseBasis>,
    /// Only this customer.
    pub customer: Option<Id<Customer>>,
    /// Rows of a table at most: 1 to 100,000; 1,000 where nothing is said. What is left out is told.
    pub rows: Option<u32>,
    /// What to split by: of emerging markets `region`, `industry`, `product` or `category`.
    pub by: Vec<String>,
    /// Codes of products that customers have.
    pub has: Vec<String>,
    /// Codes of products that customers lack.
    pub lacks: Vec<String>,
    /// How many must have a product, so that it is compared with others: 3 where nothing is said.
    pub least: Option<u32>,
    /// How many days it is looked ahead: 365 where nothing is said.
    pub days: Option<u32>,
    /// How much money a year later is worth less, in percent a year: 10 where nothing is said.
    pub discount: Option<Percent>,
    /// How much of what is spent stays with us, in percent: 100 where nothing is said, so that what is told is revenue.
    pub margin: Option<Percent>,
    /// The days of the recent stretch that is compared.
    pub recent: Option<u32>,
    /// The days of the stretch before it.
    pub before: Option<u32>,
    /// How rare something must be by chance, in percent, to be told as a finding: 5 where nothing is said.
    pub rare: Option<Percent>,
}

impl CustomersQuery {
    /// The options that were given, by name.
    fn given(&self) -> Vec<&'static str> {
        let given = [
            ("source", self.source.is_some()),
            ("basis", self.basis.is_some()),
            ("customer", self.customer.is_some()),
            ("rows", self.rows.is_some()),
            ("by", !self.by.is_empty()),
            ("has", !self.has.is_empty()),
            ("lacks", !self.lacks.is_empty()),
            ("least", self.least.is_some()),
            ("days", self.days.is_some()),
            ("discount", self.discount.is_some()),
            ("margin", self.margin.is_some()),
            ("recent", self.recent.is_some()),
            ("before", self.before.is_some()),
            ("rare", self.rare.is_some()),
        ];
        given.into_iter().filter(|(_, is_given)| *is_given).map(|(name, _)| name).collect()
    }

    /// A percentage in basis points.
    fn points(percent: Option<Percent>, default: u32) -> u32 {
        let points = percent.and_then(|percent| percent.number().checked_mul(Decimal::ONE_HUNDRED));
        points.and_then(|points| u32::try_from(points.round()).ok()).unwrap_or(default)
    }
}

/// What a report on customers is seen from.
pub(super) struct Scope {
    pub(super) zone: Tz,
    pub(super) as_of: Timestamp,
    pub(super) day: NaiveDate,
    pub(super) base: Currency,
    rows: usize,
    parameters: Vec<Parameter>,
}

/// Rows of a table, where nothing is said.
const ROWS: u32 = 1_000;
/// Rows of a table at most.
const ROWS_MAX: u32 = 100_000;

impl Scope {
    /// What is asked, of what this report takes besides `as_of`, `zone` and `rows`.
    ///
    /// # Errors
    ///
    /// `report.option` for what it does not take · `time.zone` · `page.limit`.
    pub(super) fn of(
        cx: &mut Cx<'_>,
        query: &CustomersQuery,
        takes: &[&str],
    ) -> Result<Self, Error> {
        if let Some(other) =
            query.given().into_iter().find(|name| *name != "rows" && !takes.contains(name))
        {
            let known = ["as_of", "zone", "rows"].iter().chain(takes).copied();
            let invalid = Invalid::new("report.option", other).allowed(known);
            return Err(Error::invalid(other, invalid));
        }
        let settings = cx.get(Settings::ID)?;
        let zone = query.zone.as_deref().unwrap_or(&settings.zone);
        let zone: Tz =
            zone.parse().map_err(|_| Error::invalid("zone", Invalid::new("time.zone", zone)))?;
        let rows = query.rows.unwrap_or(ROWS);
        if !(1..=ROWS_MAX).contains(&rows) {
            let invalid = Invalid::new("page.limit", &rows.to_string());
            return Err(Error::invalid("rows", invalid.limit(format!("1 to {ROWS_MAX}"))));
        }
        if let Some(customer) = query.customer {
            cx.known("customer", customer)?;
        }
        let as_of = query.as_of.unwrap_or_else(|| cx.now());
        let day = as_of.day_in(zone);
        let rows = usize::try_from(rows).unwrap_or(usize::MAX);
        Ok(Self { zone, as_of, day, base: settings.base_currency, rows, parameters: Vec::new() })
    }

    /// Says how the report was asked.
    fn asked(&mut self, key: &str, (en, zh): (&str, &str), value: impl ToString) {
        let value = value.to_string();
        let shown = Label::same(&value);
        let label = Label::new(en, zh);
        self.parameters.push(Parameter { key: key.to_owned(), label, value, shown });
    }

    /// A report that says nothing yet but what it was asked.
    fn report(&self, name: &str, title: (&str, &str)) -> Report {
        Report {
            name: name.to_owned(),
            title: Label::new(title.0, title.1),
            as_of: self.as_of,
            zone: self.zone.name().to_owned(),
            currency: self.base.code().to_owned(),
            parameters: self.parameters.clone(),
            figures: Vec::new(),
            tables: Vec::new(),
            charts: Vec::new(),
            definitions: Vec::new(),
            notes: Vec::new(),
        }
    }

    /// A table of these rows, as many of them as were asked for; what is left out is a note.
    fn table(
        &self,
        report: &mut Report,
        (key, title): (&str, (&str, &str)),
        columns: Vec<Column>,
        mut rows: Vec<Vec<Cell>>,
    ) {
        let out = rows.len().saturating_sub(self.rows);
        rows.truncate(self.rows);
        note(
            report,
            out as u64,
            "{n} more rows are not shown: ask for more with `rows`.",
            "另有 {n} 行未显示：可用 rows 要求更多。",
        );
        let title = Label::new(title.0, title.1);
        report.tables.push(Table { key: key.to_owned(), title, columns, rows });
    }
}

/// What customers bought, and what they are called.
pub(super) struct Bought {
    pub(super) purchases: Purchases,
    pub(super) source: PurchaseSource,
}

impl Bought {
    /// What customers bought until the instant of a report.
    ///
    /// # Errors
    ///
    /// `decimal.precision` beyond 28 digits; the store's.
    pub(super) fn read(
        cx: &Cx<'_>,
        scope: &mut Scope,
        query: &CustomersQuery,
    ) -> Result<Self, Error> {
        let basis = query.basis.unwrap_or(PurchaseBasis::Rounded);
        let asking = Asking { as_of: scope.as_of, base: scope.base, basis };
        let mut orders: Vec<Order> = Vec::new();
        if query.source != Some(PurchaseSource::Deals) {
            all(cx, |order: Order| orders.push(order))?;
        }
        let default =
            if orders.is_empty() { PurchaseSource::Deals } else { PurchaseSource::Orders };
        let source = query.source.unwrap_or(default);
        let found = match source {
            PurchaseSource::Orders => ordered(cx, &orders, asking)?,
            PurchaseSource::Deals => won(cx, asking, scope.zone)?,
        };
        scope.asked("source", ("Purchases", "购买依据"), source);
        scope.asked("basis", ("Added up", "合计方式"), basis);
        Ok(Self { purchases: Purchases::until(scope.day, found), source })
    }

    /// What is to be known beside every report on what was bought.
    fn told(&self, report: &mut Report) {
        let (term, text) = match self.source {
            PurchaseSource::Orders => (
                ("Purchase", "购买"),
                (
                    "An order that was handed over and not called off, on the day on which it was ordered: its net amount \
                     without tax and freight, less what came back, at its frozen rate. One that came back in full is none.",
                    "已提交且未取消的订单，按下单日计：净额不含税和运费，扣除退货，按冻结汇率折算；全部退回的不计。",
                ),
            ),
            PurchaseSource::Deals => (
                ("Purchase", "购买"),
                (
                    "A won deal, on the day on which it was won, at its amount. There are no orders.",
                    "赢单商机，按赢单日和商机金额计（没有订单数据）。",
                ),
            ),
        };
        report.definitions.push(Definition::new(term, text));
        note(
            report,
            self.purchases.unpriced(),
            "{n} purchases have no amount in the base currency: they count, and add no money.",
            "{n} 笔购买没有本位币金额：计入次数，不计入金额。",
        );
        note(
            report,
            self.purchases.came_back(),
            "{n} orders came back in full: no purchases.",
            "{n} 笔订单已全部退回：不计为购买。",
        );
    }
}

fn ordered(cx: &Cx<'_>, orders: &[Order], asking: Asking) -> Result<Vec<Purchase>, Error> {
    let mut lines: BTreeMap<Id<Order>, Vec<OrderLine>> = BTreeMap::new();
    all(cx, |line: OrderLine| lines.entry(line.order).or_default().push(line))?;
    let past = asking.as_of < cx.now();
    let mut called_off: BTreeMap<Id<Order>, Timestamp> = BTreeMap::new();
    let mut events: BTreeMap<Id<Order>, Vec<OrderEvent>> = BTreeMap::new();
    if past && orders.iter().any(|order| order.state == OrderState::Cancelled) {
        all(cx, |step: OrderStep| {
            if step.step == OrderStepCode::Cancel {
                called_off.insert(step.order, step.at);
            }
        })?;
    }
    if past {
        all(cx, |event: OrderEvent| {
            if let Some(order) = event.order {
                events.entry(order).or_default().push(event);
            }
        })?;
    }
    let mut found = Vec::new();
    for order in orders {
        let own = lines.entry(order.id).or_default();
        own.sort_by_key(|line| line.ordinal);
        let known = OrderKnown {
            lines: own,
            called_off: called_off.get(&order.id).copied(),
            events: past.then(|| events.get(&order.id).map_or(&[][..], Vec::as_slice)),
        };
        let purchase = of_order(order, known, asking);
        found.extend(purchase.map_err(|invalid| Error::invalid("", invalid))?);
    }
    Ok(found)
}

fn won(cx: &Cx<'_>, asking: Asking, zone: Tz) -> Result<Vec<Purchase>, Error> {
    let mut lines: BTreeMap<Id<Opportunity>, Vec<OpportunityLine>> = BTreeMap::new();
    all(cx, |line: OpportunityLine| lines.entry(line.opportunity).or_default().push(line))?;
    let (mut found, mut wrong) = (Vec::new(), None);
    all(cx, |deal: Opportunity| {
        let own = lines.get(&deal.id).map_or(&[][..], Vec::as_slice);
        match of_deal(&deal, own, asking, zone) {
            Ok(purchase) => found.extend(purchase),
            Err(invalid) => wrong = wrong.take().or(Some(invalid)),
        }
    })?;
    wrong.map_or(Ok(found), |invalid| Err(Error::invalid("", invalid)))
}

/// What records are called.
pub(super) struct Called(BTreeMap<Uuid, String>);

impl Called {
    pub(super) fn customers(cx: &Cx<'_>) -> Result<Self, Error> {
        let mut names = BTreeMap::new();
        all(cx, |customer: Customer| {
            names.insert(customer.id.uuid(), customer.name.to_string());
        })?;
        Ok(Self(names))
    }

    pub(super) fn products(cx: &Cx<'_>) -> Result<Self, Error> {
        let mut names = BTreeMap::new();
        all(cx, |product: Product| {
            names.insert(product.id.uuid(), product.name.to_string());
        })?;
        Ok(Self(names))
    }

    pub(super) fn of(&self, id: Uuid) -> String {
        self.0.get(&id).cloned().unwrap_or_else(|| id.to_string())
    }
}

/// The products of these codes.
///
/// # Errors
///
/// `product.unknown` at each that there is not.
fn coded(
    products: &BTreeMap<String, Uuid>,
    path: &str,
    codes: &[String],
) -> Result<BTreeSet<Uuid>, Error> {
    let mut found = BTreeSet::new();
    for (at, code) in codes.iter().enumerate() {
        let product = products.get(code).copied();
        let unknown = || {
            let path = format!("{path}[{at}]");
            Error::invalid(
                &path,
                Invalid::new("product.unknown", code).limit("the code of a product"),
            )
        };
        found.insert(product.ok_or_else(unknown)?);
    }
    Ok(found)
}

fn column(key: &str, (en, zh): (&str, &str), unit: Unit) -> Column {
    Column::new(key, Label::new(en, zh), unit)
}

/// The columns that name a customer.
fn who() -> [Column; 2] {
    [column("customer", ("Customer", "客户"), Unit::Text), column("id", ("Id", "编号"), Unit::Text)]
}

fn figure(key: &str, (en, zh): (&str, &str), value: Cell, unit: Unit) -> Figure {
    Figure { key: key.to_owned(), label: Label::new(en, zh), value, unit, note: None }
}

/// The number of something as a key figure.
fn counted(key: &str, label: (&str, &str), count: u64) -> Figure {
    figure(key, label, Cell::Count(count), Unit::Count)
}

/// That a report refuses to say something, and why.
fn refused(report: &mut Report, thin: &Thin) {
    let value = Cell::Label(thin.label());
    report.figures.push(figure("refused", ("Not told", "未给出"), value, Unit::Text));
    report.notes.push(thin.label());
}

/// `count` things left out, if there are any.
fn note(report: &mut Report, count: u64, en: &str, zh: &str) {
    if count > 0 {
        let count = count.to_string();
        report.notes.push(Label::new(en.replace("{n}", &count), zh.replace("{n}", &count)));
    }
}

/// Money at the places of the base currency where the report rounds, else with all its digits.
fn money(amount: Decimal, places: u32) -> Cell {
    let mut amount = amount.normalize();
    if amount.scale() < places {
        amount.rescale(places);
    }
    Cell::number(amount)
}

/// A share in basis points as a rate of four places.
fn share(points: u32) -> Cell {
    Cell::number(Decimal::new(points.into(), 4))
}

/// A number of things as a cell.
fn number(count: impl Into<i64>) -> Cell {
    u64::try_from(count.into()).map_or(Cell::Absent, Cell::Count)
}

/// Days that need not be whole, at four places.
fn days(days: Decimal) -> Cell {
    let mut days = days.round_dp(4);
    days.rescale(4);
    Cell::number(days)
}

/// A rate with its 95 % interval as three cells.
fn rate(of: Proportion) -> [Cell; 3] {
    let (low, high) = of.interval().map_or((None, None), |(low, high)| (Some(low), Some(high)));
    [of.rate(), low, high].map(Cell::decimal)
}

/// The columns of a rate with its interval.
fn rate_columns(key: &str, (en, zh): (&str, &str)) -> [Column; 3] {
    let low = (format!("{en}: at least"), format!("{zh}下限"));
    let high = (format!("{en}: at most"), format!("{zh}上限"));
    [
        column(key, (en, zh), Unit::Rate),
        column(&format!("{key}_low"), (&low.0, &low.1), Unit::Rate),
        column(&format!("{key}_high"), (&high.0, &high.1), Unit::Rate),
    ]
}
