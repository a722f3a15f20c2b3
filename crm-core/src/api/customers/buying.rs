//! The report on how customers buy.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::{Bought, Called, CustomersQuery, Scope, column, counted, days, money, who};
use crate::access::Access;
use crate::analytics::customers::{Favourite, Habits, habits};
use crate::api::believed::believed;
use crate::engine::{Cx, Error, Operation};
use crate::export::document::{Cell, Definition, Report, Unit};

/// How each customer buys: how often and since when, the usual interval from one day of buying to the next, for how much at a
/// time, favourite products and months. Those who bought most often come first. Takes `as_of`, `zone`, `source`, `basis`,
/// `customer`, `rows`.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(transparent)]
pub struct ReportBuying(pub CustomersQuery);

impl Operation for ReportBuying {
    const NAME: &'static str = "report.buying";
    const ACCESS: Access = Access::Report;
    type Response = Report;

    fn run(&self, cx: &mut Cx<'_>) -> Result<Report, Error> {
        believed(cx, self.0.known_at, |cx| self.told(cx))
    }
}

impl ReportBuying {
    fn told(&self, cx: &mut Cx<'_>) -> Result<Report, Error> {
        let mut scope = Scope::of(cx, &self.0, &["source", "basis", "customer"])?;
        let bought = Bought::read(cx, &mut scope, &self.0)?;
        let (names, products) = (Called::customers(cx)?, Called::products(cx)?);
        let one = self.0.customer.map(|customer| customer.uuid());
        let known = bought.purchases.iter().filter(|(id, _)| one.is_none_or(|one| *id == one));
        let mut found: Vec<(uuid::Uuid, Habits)> =
            known.filter_map(|(id, own)| Some((id, habits(own)?))).collect();
        found.sort_by(|a, b| b.1.purchases.cmp(&a.1.purchases).then(a.0.cmp(&b.0)));
        let mut report = scope.report("buying", ("Buying habits", "购买习惯"));
        report.figures = vec![
            counted("customers", ("Customers who bought", "有购买的客户"), found.len() as u64),
            counted(
                "with_interval",
                ("Customers with a usual interval", "有固定购买间隔的客户"),
                found.iter().filter(|(_, habits)| habits.interval.is_some()).count() as u64,
            ),
        ];
        let places = scope.base.scale();
        let rows = found.iter().map(|(id, habits)| {
            let name = [Cell::text(names.of(*id)), Cell::text(id.to_string())];
            name.into_iter().chain(cells(habits, &products, places)).collect()
        });
        let rows: Vec<Vec<Cell>> = rows.collect();
        let mut columns = who().to_vec();
        columns.extend([
            column("purchases", ("Purchases", "购买次数"), Unit::Count),
            column("first", ("First", "首次购买"), Unit::Date),
            column("last", ("Last", "最近购买"), Unit::Date),
            column("interval", ("Usual interval", "通常间隔"), Unit::Days),
            column("shortest", ("Shortest", "最短间隔"), Unit::Count),
            column("longest", ("Longest", "最长间隔"), Unit::Count),
            column("intervals", ("Intervals", "间隔数"), Unit::Count),
            column("low", ("A quarter below", "下四分位金额"), Unit::Exact),
            column("middle", ("Half below", "中位金额"), Unit::Exact),
            column("high", ("Three quarters below", "上四分位金额"), Unit::Exact),
            column("favourites", ("Favourite products", "常购产品"), Unit::Text),
            column("months", ("Favourite months", "常购月份"), Unit::Text),
        ]);
        scope.table(&mut report, ("customers", ("Customers", "客户")), columns, rows);
        report.definitions.extend([
            Definition::new(
                ("Usual interval", "通常间隔"),
                (
                    "The median of the days from one day of buying to the next, from two intervals on.",
                    "相邻两个购买日间隔天数的中位数，至少两个间隔。",
                ),
            ),
            Definition::new(
                ("Price band", "价格带"),
                (
                    "Quartiles (linear, type 7) of what a purchase of known amount comes to.",
                    "已知金额的单次购买金额的四分位数（线性插值）。",
                ),
            ),
            Definition::new(
                ("Favourites", "偏好"),
                (
                    "Products by how many purchases they are in, at most three; months with more than a twelfth of the \
                     purchases, from six purchases over a year on.",
                    "产品按出现的购买次数排序，最多三个；月份为占比超过十二分之一者，需至少六次购买且跨度满一年。",
                ),
            ),
        ]);
        bought.told(&mut report);
        Ok(report)
    }
}

fn cells(habits: &Habits, products: &Called, places: u32) -> Vec<Cell> {
    let absent = || Cell::Absent;
    let interval = habits.interval.as_ref();
    let day = |of: Option<i64>| of.map_or(Cell::Absent, super::number);
    let mut cells = vec![
        Cell::Count(habits.purchases as u64),
        Cell::date(habits.first),
        Cell::date(habits.last),
        interval.map_or_else(absent, |of| days(of.typical)),
        day(interval.map(|of| of.shortest)),
        day(interval.map(|of| of.longest)),
        interval.map_or_else(absent, |of| Cell::Count(of.count as u64)),
    ];
    let band = habits.band.as_ref().map(|band| [band.low, band.middle, band.high]);
    match band {
        Some(band) => cells.extend(band.map(|amount| money(amount, places))),
        None => cells.extend([Cell::Absent, Cell::Absent, Cell::Absent]),
    }
    let favourite = |of: &Favourite| format!("{} ×{}", products.of(of.product), of.purchases);
    let favourites: Vec<String> = habits.favourites.iter().map(favourite).collect();
    let months: Vec<String> = habits.months.iter().map(ToString::to_string).collect();
    cells.push(Cell::text(favourites.join("; ")));
    cells.push(Cell::text(months.join(", ")));
    cells
}
