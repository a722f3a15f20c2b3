//! The report on what customers will still be worth.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::{
    Bought, Called, CustomersQuery, Scope, column, counted, figure, money, number, refused, share,
    who,
};
use crate::access::Access;
use crate::analytics::customers::{Ahead, Lifetime, LifetimeRow, lifetime};
use crate::api::believed::believed;
use crate::engine::{Cx, Error, Operation};
use crate::export::document::{Cell, Definition, Label, Report, Unit};
use crate::value::Invalid;

/// What every customer will still be worth: the chance that they still buy, how often they will in the days ahead, for how much
/// at a time, and what that comes to, discounted; from a BG/NBD and a gamma-gamma model of all of them, with the parameters
/// that were fitted. With too little to fit, it says so and tells nothing. Those worth most come first. Takes `as_of`,
/// `zone`, `source`, `basis`, `customer`, `rows`, `days`, `discount`, `margin`.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(transparent)]
pub struct ReportLifetime(pub CustomersQuery);

/// Days ahead at most.
const DAYS_MAX: u32 = 3_650;

impl Operation for ReportLifetime {
    const NAME: &'static str = "report.lifetime";
    const ACCESS: Access = Access::Report;
    type Response = Report;

    fn run(&self, cx: &mut Cx<'_>) -> Result<Report, Error> {
        believed(cx, self.0.known_at, |cx| self.told(cx))
    }
}

impl ReportLifetime {
    fn told(&self, cx: &mut Cx<'_>) -> Result<Report, Error> {
        let query = &self.0;
        let takes = ["source", "basis", "customer", "days", "discount", "margin"];
        let mut scope = Scope::of(cx, query, &takes)?;
        let days = query.days.unwrap_or(365);
        if !(1..=DAYS_MAX).contains(&days) {
            let invalid = Invalid::new("report.days", &days.to_string());
            return Err(Error::invalid("days", invalid.limit(format!("1 to {DAYS_MAX}"))));
        }
        let discount = CustomersQuery::points(query.discount, 1_000);
        let margin = CustomersQuery::points(query.margin, 10_000);
        let bought = Bought::read(cx, &mut scope, query)?;
        scope.asked("days", ("Days ahead", "预测天数"), days);
        let percent = |points: u32| rust_decimal::Decimal::new(points.into(), 2).normalize();
        scope.asked("discount", ("Discount a year, %", "年折现率（%）"), percent(discount));
        scope.asked("margin", ("Margin, %", "毛利率（%）"), percent(margin));
        let names = Called::customers(cx)?;
        let mut report = scope.report("lifetime", ("Customer lifetime value", "客户终身价值"));
        let ahead = Ahead { days, discount, margin };
        let places = scope.base.scale();
        match lifetime(&bought.purchases, scope.day, ahead, places) {
            Ok(found) => tell(&scope, &mut report, &found, &names, query),
            Err(thin) => {
                let customers = bought.purchases.customers();
                report.figures =
                    vec![counted("customers", ("Customers who bought", "有购买的客户"), customers)];
                refused(&mut report, &thin);
            }
        }
        definitions(&mut report);
        bought.told(&mut report);
        Ok(report)
    }
}

fn tell(
    scope: &Scope,
    report: &mut Report,
    found: &Lifetime,
    names: &Called,
    query: &CustomersQuery,
) {
    let places = scope.base.scale();
    let values = found.rows.iter().filter_map(|row| row.value);
    let worth = values.fold(rust_decimal::Decimal::ZERO, rust_decimal::Decimal::saturating_add);
    let parameter = |key: &str, name: &str, value: f64| {
        let value = format!("{value:.6}");
        figure(key, (name, name), Cell::text(value), Unit::Exact)
    };
    report.figures = vec![
        counted("customers", ("Customers who bought", "有购买的客户"), found.rows.len() as u64),
        counted("again", ("Bought again", "复购客户"), found.again),
    ];
    if found.money.is_ok() {
        report.figures.push(figure(
            "worth",
            ("Worth of all", "客户终身价值合计"),
            money(worth, places),
            Unit::Money,
        ));
    }
    let model = &found.model;
    report.figures.extend([
        parameter("r", "BG/NBD r", model.r),
        parameter("alpha", "BG/NBD α", model.alpha),
        parameter("a", "BG/NBD a", model.a),
        parameter("b", "BG/NBD b", model.b),
    ]);
    match &found.money {
        Ok(money) => report.figures.extend([
            parameter("p", "gamma-gamma p", money.p),
            parameter("q", "gamma-gamma q", money.q),
            parameter("v", "gamma-gamma v", money.v),
        ]),
        Err(thin) => refused(report, thin),
    }
    if let Some(hundredths) = found.correlation.filter(|of| of.unsigned_abs() >= 30) {
        let r = rust_decimal::Decimal::new(hundredths.into(), 2);
        report.notes.push(Label::new(
            format!(
                "What is spent at a time goes with how often is bought (r = {r}); the model of money takes it not to: trust \
                 its figures less."
            ),
            format!("单次金额与购买频率相关（r = {r}），而金额模型假定两者无关：请谨慎使用金额数字。"),
        ));
    }
    let one = query.customer.map(|customer| customer.uuid());
    let mut rows: Vec<&LifetimeRow> =
        found.rows.iter().filter(|row| one.is_none_or(|one| row.customer == one)).collect();
    rows.sort_by(|a, b| {
        let key = |row: &LifetimeRow| (row.value, row.expected);
        key(b).cmp(&key(a)).then(a.customer.cmp(&b.customer))
    });
    let cells = |row: &&LifetimeRow| {
        vec![
            Cell::text(names.of(row.customer)),
            Cell::text(row.customer.to_string()),
            Cell::Count(row.repeats.into()),
            number(row.silent),
            share(row.alive),
            Cell::number(row.expected),
            Cell::decimal(row.spend),
            Cell::decimal(row.value),
        ]
    };
    let rows: Vec<Vec<Cell>> = rows.iter().map(cells).collect();
    let mut columns = who().to_vec();
    columns.extend([
        column("repeats", ("Later days of buying", "再次购买天数"), Unit::Count),
        column("silent", ("Days since", "距今天数"), Unit::Count),
        column("alive", ("Still buying", "仍为客户的概率"), Unit::Rate),
        column("expected", ("Purchases to come", "预计购买次数"), Unit::Exact),
        column("spend", ("Spend at a time", "预计单次金额"), Unit::Money),
        column("value", ("Worth", "终身价值"), Unit::Money),
    ]);
    scope.table(report, ("customers", ("Customers", "客户")), columns, rows);
}

fn definitions(report: &mut Report) {
    report.definitions.extend([
        Definition::new(
            ("Still buying, purchases to come", "仍为客户的概率、预计购买次数"),
            (
                "BG/NBD (Fader, Hardie, Lee 2005) fitted by maximum likelihood to days of buying in weeks. Whoever bought once \
                 only counts as still buying.",
                "BG/NBD 模型（Fader、Hardie、Lee 2005），按周计的购买日以极大似然拟合。只购买过一次的客户视为仍在。",
            ),
        ),
        Definition::new(
            ("Spend at a time", "预计单次金额"),
            (
                "Gamma-gamma model (Fader, Hardie 2013) of later purchases: a mean of the customer's own and of everybody's, \
                 weighed by how often they bought.",
                "Gamma-gamma 模型（Fader、Hardie 2013）：按购买次数加权的客户自身均值与总体均值。",
            ),
        ),
        Definition::new(
            ("Worth", "终身价值"),
            (
                "Purchases to come times spend at a time, each 30 days discounted, times the margin. An estimate, not money.",
                "预计购买次数乘以单次金额，按每30天折现，再乘毛利率。为估计值。",
            ),
        ),
    ]);
}
