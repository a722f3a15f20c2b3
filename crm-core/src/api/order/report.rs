//! Figures over orders: what they come to under both rules of rounding, by whom, where, of what, and when.

use std::collections::BTreeMap;

use chrono::{Datelike, NaiveDate};
use rust_decimal::Decimal;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::access::Access;
use crate::api::believed::believed;
use crate::api::report::{all, by_id};
use crate::catalog::Product;
use crate::codes;
use crate::engine::{Cx, Error, Operation};
use crate::export::document::{
    Cell, Column, Definition, Figure, Label, Parameter, Report, Table, Unit,
};
use crate::order::{Order, OrderLine, exact_sum};
use crate::party::{Address, Customer};
use crate::settings::{Settings, User};
use crate::value::{Currency, Id, Invalid, Money, Timestamp};

codes! {
    /// What orders are split by.
    pub enum OrderDimension {
        /// Who sold.
        Owner = "owner",
        /// Who bought.
        Customer = "customer",
        /// The region of who bought.
        Region = "region",
        /// The country of who bought: of the address of delivery, else of their first one.
        Country = "country",
        /// What was bought, line by line.
        Product = "product",
        /// The group of what was bought, line by line.
        Category = "category",
        /// The year in which it was ordered.
        Year = "year",
        /// The month in which it was ordered.
        Month = "month",
    }
}

/// Which orders a report is about, and split by what.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct OrderQuery {
    /// What to split by: `owner`, `customer`, `region`, `country`, `product`, `category`, `year`, `month`; none for totals
    /// alone.
    pub by: Vec<String>,
    /// The first day of ordering.
    pub from: Option<NaiveDate>,
    /// The day after the last.
    pub to: Option<NaiveDate>,
    /// The currency of the orders that are added; the base currency where nothing is said. Orders in others are counted and
    /// left out of every sum.
    pub currency: Option<String>,
    /// What was known then, as it then stood, whatever was entered or changed since; what is known now where nothing is said.
    pub known_at: Option<Timestamp>,
}

/// What orders come to, under both rules of rounding: as ordered, each line rounded, and no line rounded; discounts, tax,
/// freight; how many were shipped late and how many not at all; for each customer the last day, how often and how much
/// (RFM), less what came back. Only orders that bind the customer count. Base-currency sums use the rates that were
/// frozen when the orders were submitted; orders without a rate are listed as unpriced and are in no such sum.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(transparent)]
pub struct ReportOrders(pub OrderQuery);

/// One order with what belongs to it.
struct Bought {
    order: Order,
    lines: Vec<OrderLine>,
}

/// Sums of orders or of lines.
#[derive(Default)]
struct Sums {
    orders: u64,
    gross: Vec<Decimal>,
    exact: Vec<Decimal>,
    rounded: Vec<Money>,
    tax: Vec<Money>,
    freight: Vec<Money>,
    total: Vec<Money>,
    returned: Vec<Decimal>,
    late: u64,
    unshipped: u64,
    last: Option<NaiveDate>,
    first: Option<NaiveDate>,
}

impl Sums {
    fn line(&mut self, line: &OrderLine) -> Result<(), Invalid> {
        self.gross.push(line.unit_price.line(line.quantity, crate::value::Percent::ZERO)?);
        let exact = line.exact_net()?;
        self.exact.push(exact);
        self.rounded.push(line.net);
        if !line.returned.is_zero() {
            self.returned.push(line.exact_part(line.returned)?);
        }
        Ok(())
    }

    fn order(&mut self, bought: &Bought) {
        let order = &bought.order;
        self.orders = self.orders.saturating_add(1);
        self.tax.push(order.tax);
        self.freight.push(order.freight);
        self.total.push(order.total);
        let late = order.due_on.zip(order.shipped_on).is_some_and(|(due, shipped)| shipped > due);
        self.late = self.late.saturating_add(u64::from(late));
        self.unshipped = self.unshipped.saturating_add(u64::from(order.shipped_on.is_none()));
        self.last = self.last.max(Some(order.ordered_on));
        self.first = Some(self.first.map_or(order.ordered_on, |first| first.min(order.ordered_on)));
    }

    fn exact(&self) -> Result<Decimal, Invalid> {
        exact_sum(self.exact.iter().copied())
    }
}

impl Operation for ReportOrders {
    const NAME: &'static str = "report.orders";
    const ACCESS: Access = Access::Report;
    type Response = Report;

    fn run(&self, cx: &mut Cx<'_>) -> Result<Report, Error> {
        believed(cx, self.0.known_at, |cx| self.told(cx))
    }
}

impl ReportOrders {
    fn told(&self, cx: &mut Cx<'_>) -> Result<Report, Error> {
        let settings = cx.get(Settings::ID)?;
        let query = &self.0;
        let mut by = Vec::new();
        for (at, name) in query.by.iter().enumerate() {
            let dimension = name.parse::<OrderDimension>();
            by.push(dimension.map_err(|invalid| Error::invalid(&format!("by[{at}]"), invalid))?);
        }
        let currency = match &query.currency {
            Some(code) => {
                Currency::parse(code).map_err(|invalid| Error::invalid("currency", invalid))?
            }
            None => settings.base_currency,
        };
        let names = Names::read(cx)?;
        let mut lines: BTreeMap<Id<Order>, Vec<OrderLine>> = BTreeMap::new();
        all(cx, |line: OrderLine| lines.entry(line.order).or_default().push(line))?;
        let mut bought = Vec::new();
        let (mut left_out, mut unpriced, mut base) = (0_u64, Vec::new(), Vec::new());
        all(cx, |order: Order| {
            let inside = query.from.is_none_or(|from| order.ordered_on >= from)
                && query.to.is_none_or(|to| order.ordered_on < to);
            if !order.is_effective() || !inside {
                return;
            }
            match order.base_total {
                Some(total) => base.push(total),
                None if order.total.currency() == settings.base_currency => {
                    base.push(order.total);
                }
                None => unpriced.push(order.clone()),
            }
            if order.total.currency() == currency {
                let lines = lines.remove(&order.id).unwrap_or_default();
                bought.push(Bought { order, lines });
            } else {
                left_out = left_out.saturating_add(1);
            }
        })?;
        bought.sort_by_key(|bought| (bought.order.ordered_on, bought.order.id));
        unpriced.sort_by_key(|order| (order.ordered_on, order.id));
        let wide = |invalid: Invalid| Error::invalid("", invalid);
        let mut sums = Sums::default();
        for each in &bought {
            sums.order(each);
            for line in &each.lines {
                sums.line(line).map_err(wide)?;
            }
        }
        let base = Money::sum(settings.base_currency, base).map_err(wide)?;
        let mut figures = figures(&sums, currency).map_err(wide)?;
        figures.push(figure("base_total", ("In base currency", "本位币合计"), Unit::Money, {
            Cell::number(base.amount())
        }));
        figures.push(count("unpriced", ("Orders without a rate", "无汇率订单"), {
            unpriced.len() as u64
        }));
        figures.push(count(
            "other_currency",
            ("Orders in other currencies", "其他币种订单"),
            left_out,
        ));
        let mut tables = Vec::new();
        if !by.is_empty() {
            tables.push(groups(&by, &bought, &names, currency).map_err(wide)?);
        }
        tables.push(customers(&bought, &names).map_err(wide)?);
        tables.push(unpriced_table(&unpriced));
        Ok(Report {
            name: "orders".to_owned(),
            title: Label::new("Orders", "订单"),
            as_of: cx.now(),
            zone: settings.zone,
            currency: currency.code().to_owned(),
            parameters: parameters(query),
            figures,
            tables,
            charts: Vec::new(),
            definitions: definitions(),
            notes: Vec::new(),
        })
    }
}

fn figures(sums: &Sums, currency: Currency) -> Result<Vec<Figure>, Invalid> {
    let money = |amounts: &[Money]| Money::sum(currency, amounts.iter().copied());
    let exact = sums.exact()?;
    let gross = exact_sum(sums.gross.iter().copied())?;
    let discount = gross.checked_sub(exact).unwrap_or_default();
    let returned = exact_sum(sums.returned.iter().copied())?;
    let decimal = |number: Decimal| Cell::number(number.normalize());
    Ok(vec![
        count("orders", ("Orders", "订单数"), sums.orders),
        figure("gross", ("Before discounts", "折前金额"), Unit::Exact, decimal(gross)),
        figure(
            "net_exact",
            ("Net, no line rounded", "净额（不舍入）"),
            Unit::Exact,
            decimal(exact),
        ),
        figure(
            "net_rounded",
            ("Net, each line rounded", "净额（逐行舍入）"),
            Unit::Money,
            Cell::number(money(&sums.rounded)?.amount()),
        ),
        figure("discount", ("Discounts", "折扣"), Unit::Exact, decimal(discount)),
        figure("tax", ("Tax", "税额"), Unit::Money, Cell::number(money(&sums.tax)?.amount())),
        figure("freight", ("Freight", "运费"), Unit::Money, {
            Cell::number(money(&sums.freight)?.amount())
        }),
        figure("total", ("Total", "合计"), Unit::Money, Cell::number(money(&sums.total)?.amount())),
        figure("returned", ("Came back", "退货"), Unit::Exact, decimal(returned)),
        count("late_shipped", ("Shipped late", "延迟发货"), sums.late),
        count("unshipped", ("Not shipped", "未发货"), sums.unshipped),
    ])
}

fn figure(key: &str, label: (&str, &str), unit: Unit, value: Cell) -> Figure {
    let (key, label) = (key.to_owned(), Label::new(label.0, label.1));
    Figure { key, label, value, unit, note: None }
}

fn count(key: &str, label: (&str, &str), value: u64) -> Figure {
    figure(key, label, Unit::Count, Cell::Count(value))
}

/// One row for each combination of the keys asked for.
fn groups(
    by: &[OrderDimension],
    bought: &[Bought],
    names: &Names,
    currency: Currency,
) -> Result<Table, Invalid> {
    let of_lines =
        by.iter().any(|d| matches!(d, OrderDimension::Product | OrderDimension::Category));
    let mut groups: BTreeMap<Vec<String>, Sums> = BTreeMap::new();
    for each in bought {
        let mut keys = Vec::new();
        for line in &each.lines {
            let key: Vec<String> =
                by.iter().map(|d| names.key(*d, &each.order, Some(line))).collect();
            groups.entry(key.clone()).or_default().line(line)?;
            keys.push(key);
        }
        keys.sort_unstable();
        keys.dedup();
        for key in keys {
            let sums = groups.entry(key).or_default();
            if of_lines {
                sums.orders = sums.orders.saturating_add(1);
                sums.last = sums.last.max(Some(each.order.ordered_on));
            } else {
                sums.order(each);
            }
        }
    }
    let mut columns: Vec<Column> =
        by.iter().map(|d| Column::new(d.code(), Label::same(d.code()), Unit::Text)).collect();
    for (key, label, unit) in [
        ("orders", Label::new("Orders", "订单数"), Unit::Count),
        ("net_exact", Label::new("Net, no line rounded", "净额（不舍入）"), Unit::Exact),
        ("net_rounded", Label::new("Net, each line rounded", "净额（逐行舍入）"), Unit::Money),
        ("late_shipped", Label::new("Shipped late", "延迟发货"), Unit::Count),
        ("unshipped", Label::new("Not shipped", "未发货"), Unit::Count),
    ] {
        columns.push(Column::new(key, label, unit));
    }
    let mut rows = Vec::new();
    for (keys, sums) in groups {
        let mut row: Vec<Cell> = keys.into_iter().map(Cell::text).collect();
        row.push(Cell::Count(sums.orders));
        row.push(Cell::number(sums.exact()?.normalize()));
        row.push(Cell::number(Money::sum(currency, sums.rounded.iter().copied())?.amount()));
        let of_orders = |count: u64| if of_lines { Cell::Absent } else { Cell::Count(count) };
        row.extend([of_orders(sums.late), of_orders(sums.unshipped)]);
        rows.push(row);
    }
    let title = Label::new("Orders by group", "分组订单");
    Ok(Table { key: "groups".to_owned(), title, columns, rows })
}

/// When each customer last bought, how often, and how much less what came back.
fn customers(bought: &[Bought], names: &Names) -> Result<Table, Invalid> {
    let mut by: BTreeMap<Id<Customer>, Sums> = BTreeMap::new();
    for each in bought {
        let sums = by.entry(each.order.customer).or_default();
        sums.order(each);
        for line in &each.lines {
            sums.line(line)?;
        }
    }
    let column = |key: &str, en: &str, zh: &str, unit| Column::new(key, Label::new(en, zh), unit);
    let columns = vec![
        column("id", "Id", "编号", Unit::Text),
        column("customer", "Customer", "客户", Unit::Text),
        column("first", "First order", "首单", Unit::Date),
        column("last", "Last order", "末单", Unit::Date),
        column("orders", "Orders", "订单数", Unit::Count),
        column("net_exact", "Net", "净额", Unit::Exact),
        column("returned", "Came back", "退货", Unit::Exact),
    ];
    let mut rows = Vec::new();
    for (id, sums) in by {
        let returned = exact_sum(sums.returned.iter().copied())?;
        rows.push(vec![
            Cell::text(id.to_string()),
            Cell::text(names.customer(id)),
            sums.first.map_or(Cell::Absent, Cell::date),
            sums.last.map_or(Cell::Absent, Cell::date),
            Cell::Count(sums.orders),
            Cell::number(sums.exact()?.normalize()),
            Cell::number(returned.normalize()),
        ]);
    }
    let title = Label::new("Customers: last order, how often, how much", "客户：末单、频次、金额");
    Ok(Table { key: "customers".to_owned(), title, columns, rows })
}

fn unpriced_table(orders: &[Order]) -> Table {
    let column = |key: &str, en: &str, zh: &str, unit| Column::new(key, Label::new(en, zh), unit);
    let columns = vec![
        column("number", "Number", "编号", Unit::Text),
        column("ordered_on", "Day", "日期", Unit::Date),
        column("total", "Total", "合计", Unit::Text),
    ];
    let row = |order: &Order| {
        vec![
            Cell::text(order.number.to_string()),
            Cell::date(order.ordered_on),
            Cell::text(order.total.to_string()),
        ]
    };
    let title = Label::new("Orders without a rate", "无汇率订单");
    let rows = orders.iter().map(row).collect();
    Table { key: "unpriced".to_owned(), title, columns, rows }
}

fn parameters(query: &OrderQuery) -> Vec<Parameter> {
    let day = |day: Option<NaiveDate>| day.map(|day| day.to_string()).unwrap_or_default();
    let asked = [
        ("by", Label::new("Split by", "分组"), query.by.join(",")),
        ("from", Label::new("From", "自"), day(query.from)),
        ("to", Label::new("To", "至"), day(query.to)),
    ];
    let asked = asked.into_iter().filter(|(_, _, value)| !value.is_empty());
    asked
        .map(|(key, label, value)| Parameter {
            key: key.to_owned(),
            label,
            shown: Label::same(&value),
            value,
        })
        .collect()
}

fn definitions() -> Vec<Definition> {
    vec![
        Definition::new(
            ("Orders", "订单"),
            ("Orders that were handed over and not called off.", "已提交且未取消的订单。"),
        ),
        Definition::new(
            ("Shipped late", "延迟发货"),
            ("The first of it was shipped after its day of delivery.", "首次发货晚于交货日期。"),
        ),
        Definition::new(
            ("In base currency", "本位币合计"),
            (
                "Each order at the rate that was frozen when it was submitted; orders without one are listed.",
                "按提交时锁定的汇率折算；无汇率者另列。",
            ),
        ),
    ]
}

/// What the keys of orders are called.
struct Names {
    users: BTreeMap<Id<User>, User>,
    customers: BTreeMap<Id<Customer>, Customer>,
    products: BTreeMap<Id<Product>, Product>,
    addresses: BTreeMap<Id<Address>, Address>,
    countries: BTreeMap<Id<Customer>, String>,
}

impl Names {
    fn read(cx: &Cx<'_>) -> Result<Self, Error> {
        let addresses: BTreeMap<Id<Address>, Address> = by_id(cx)?;
        let mut countries = BTreeMap::new();
        for address in addresses.values() {
            let country = || address.postal.country.to_string();
            countries.entry(address.customer).or_insert_with(country);
        }
        Ok(Self {
            users: by_id(cx)?,
            customers: by_id(cx)?,
            products: by_id(cx)?,
            addresses,
            countries,
        })
    }

    fn customer(&self, id: Id<Customer>) -> String {
        self.customers.get(&id).map(|customer| customer.name.to_string()).unwrap_or_default()
    }

    fn key(&self, by: OrderDimension, order: &Order, line: Option<&OrderLine>) -> String {
        let product = || line.and_then(|line| line.product).and_then(|id| self.products.get(&id));
        let found = match by {
            OrderDimension::Owner => self.users.get(&order.owner).map(|user| user.name.to_string()),
            OrderDimension::Customer => Some(self.customer(order.customer)),
            OrderDimension::Region => {
                let customer = self.customers.get(&order.customer);
                customer.and_then(|customer| customer.region.as_ref()).map(ToString::to_string)
            }
            OrderDimension::Country => order
                .delivery_address
                .and_then(|id| self.addresses.get(&id))
                .map(|address| address.postal.country.to_string())
                .or_else(|| self.countries.get(&order.customer).cloned()),
            OrderDimension::Product => product().map(|product| product.code.to_string()),
            OrderDimension::Category => {
                product().and_then(|product| product.category.as_ref()).map(ToString::to_string)
            }
            OrderDimension::Year => Some(order.ordered_on.year().to_string()),
            OrderDimension::Month => Some(order.ordered_on.format("%Y-%m").to_string()),
        };
        found.unwrap_or_default()
    }
}
