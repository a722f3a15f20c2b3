//! The report on where a market grows.

use std::collections::{BTreeMap, BTreeSet};

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use super::{Bought, CustomersQuery, Scope, column, counted, refused, share};
use crate::access::Access;
use crate::analytics::customers::{Growth, Market, Purchase, Windows, growth};
use crate::api::believed::believed;
use crate::api::report::all;
use crate::catalog::Product;
use crate::engine::{Cx, Error, Operation};
use crate::export::document::{Cell, Definition, Label, Report, Unit};
use crate::party::Customer;
use crate::value::Invalid;

/// Where more customers buy than before, by more than chance: by region (where nothing is said), industry, product or group of
/// products, the `recent` days (365) against as many before them; each with the growth, its 95 % interval, and the chance.
/// Takes `as_of`, `zone`, `source`, `rows`, `by`, `recent`, `rare` (the share of false findings, in percent: 5).
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(transparent)]
pub struct ReportEmerging(pub CustomersQuery);

/// What markets are told apart by.
const BY: [&str; 4] = ["region", "industry", "product", "category"];

/// Days of a stretch at most.
const DAYS_MAX: u32 = 3_650;

/// The stretches that are compared.
///
/// # Errors
///
/// `report.days` outside 1 to 3,650.
pub(super) fn stretch(path: &str, days: Option<u32>, default: u32) -> Result<u32, Error> {
    let days = days.unwrap_or(default);
    if (1..=DAYS_MAX).contains(&days) {
        return Ok(days);
    }
    let invalid = Invalid::new("report.days", &days.to_string());
    Err(Error::invalid(path, invalid.limit(format!("1 to {DAYS_MAX}"))))
}

impl Operation for ReportEmerging {
    const NAME: &'static str = "report.emerging";
    const ACCESS: Access = Access::Report;
    type Response = Report;

    fn run(&self, cx: &mut Cx<'_>) -> Result<Report, Error> {
        believed(cx, self.0.known_at, |cx| self.told(cx))
    }
}

impl ReportEmerging {
    fn told(&self, cx: &mut Cx<'_>) -> Result<Report, Error> {
        let query = &self.0;
        let mut scope = Scope::of(cx, query, &["source", "by", "recent", "rare"])?;
        let by = match query.by.as_slice() {
            [] => "region",
            [one] if BY.contains(&one.as_str()) => one.as_str(),
            [one, ..] => {
                let invalid = Invalid::new("report.dimension", one);
                return Err(Error::invalid("by", invalid.limit("one of them").allowed(BY)));
            }
        };
        let recent = stretch("recent", query.recent, 365)?;
        let windows = Windows::until(scope.day, recent, recent)
            .ok_or_else(|| Error::invalid("as_of", Invalid::new("time.range", "as_of")))?;
        let bought = Bought::read(cx, &mut scope, query)?;
        scope.asked("by", ("By", "维度"), by);
        scope.asked("recent", ("Days compared", "对比天数"), recent);
        let keys = keys(cx, by)?;
        let of = |purchase: &Purchase| -> BTreeSet<String> {
            let places: Vec<Uuid> = match by {
                "region" | "industry" => vec![purchase.customer],
                _ => {
                    let kept = purchase.items.iter().filter(|item| !item.quantity.is_zero());
                    kept.map(|item| item.product).collect()
                }
            };
            places.iter().map(|id| keys.get(id).cloned().unwrap_or_default()).collect()
        };
        let rare = CustomersQuery::points(query.rare, 500);
        let mut report = scope.report("emerging", ("Emerging markets", "新兴市场"));
        match growth(&bought.purchases, windows, of, rare) {
            Ok(found) => tell(&scope, &mut report, &found, by),
            Err(thin) => refused(&mut report, &thin),
        }
        report.definitions.extend([
            Definition::new(
                ("Growth", "增长倍数"),
                (
                    "Customers who bought in the recent stretch over those who bought in the one before it, each customer once; \
                     its 95 % interval from Wilson's of the recent share.",
                    "近期购买客户数与前一等长期间之比（每个客户计一次），95 % 区间由近期占比的 Wilson 区间换算。",
                ),
            ),
            Definition::new(
                ("By chance, false findings", "偶然概率、错误发现率"),
                (
                    "The chance of so many recent buyers if either stretch was as likely (binomial, one-sided), of markets with \
                     at least 5 buyers; corrected after Benjamini and Hochberg for the markets tested. Emerging is what has at \
                     most 5 % (or as asked).",
                    "若两期同样可能，出现如此多近期客户的概率（二项检验，单侧），客户少于5个的不检验；按 Benjamini–Hochberg 校正。不超过 5 \
                     %（或所给比例）者为新兴市场。",
                ),
            ),
        ]);
        bought.told(&mut report);
        Ok(report)
    }
}

/// To which market a customer or a product belongs.
fn keys(cx: &Cx<'_>, by: &str) -> Result<BTreeMap<Uuid, String>, Error> {
    let mut keys = BTreeMap::new();
    match by {
        "region" | "industry" => all(cx, |customer: Customer| {
            let key = match by {
                "region" => customer.region.as_ref().map(ToString::to_string),
                _ => customer.industry.as_ref().map(ToString::to_string),
            };
            keys.insert(customer.id.uuid(), key.unwrap_or_default());
        })?,
        _ => all(cx, |product: Product| {
            let key = match by {
                "product" => product.name.to_string(),
                _ => product.category.as_ref().map(ToString::to_string).unwrap_or_default(),
            };
            keys.insert(product.id.uuid(), key);
        })?,
    }
    Ok(keys)
}

fn tell(scope: &Scope, report: &mut Report, found: &Growth, by: &str) {
    let emerging = found.markets.iter().filter(|market| market.emerging).count() as u64;
    report.figures = vec![
        counted("markets", ("Markets", "市场数"), found.markets.len() as u64),
        counted("tests", ("Tested", "检验数"), found.tests),
        counted("emerging", ("Emerging", "新兴"), emerging),
        counted("before", ("Buyers before", "前期购买客户"), found.all.0),
        counted("recent", ("Buyers lately", "近期购买客户"), found.all.1),
    ];
    let cells = |market: &Market| {
        let name = if market.key.is_empty() {
            Cell::Label(Label::new("(none)", "（未填）"))
        } else {
            Cell::text(&market.key)
        };
        let state = match (market.emerging, market.chance) {
            (true, _) => Label::new("emerging", "新兴"),
            (false, Some(_)) => Label::new("no more than chance", "未超出偶然"),
            (false, None) => Label::new("too few to say", "数据不足"),
        };
        vec![
            name,
            Cell::Count(market.before),
            Cell::Count(market.recent),
            Cell::decimal(market.growth),
            Cell::decimal(market.interval.0),
            Cell::decimal(market.interval.1),
            market.chance.map_or(Cell::Absent, share),
            market.false_share.map_or(Cell::Absent, share),
            Cell::Label(state),
        ]
    };
    let columns = vec![
        column(by, ("Market", "市场"), Unit::Text),
        column("before", ("Buyers before", "前期客户"), Unit::Count),
        column("recent", ("Buyers lately", "近期客户"), Unit::Count),
        column("growth", ("Growth", "增长倍数"), Unit::Exact),
        column("growth_low", ("At least", "下限"), Unit::Exact),
        column("growth_high", ("At most", "上限"), Unit::Exact),
        column("chance", ("By chance", "偶然概率"), Unit::Rate),
        column("false_share", ("False findings", "错误发现率"), Unit::Rate),
        column("state", ("State", "结论"), Unit::Text),
    ];
    let rows = found.markets.iter().map(cells).collect();
    scope.table(report, ("markets", ("Markets", "市场")), columns, rows);
}
