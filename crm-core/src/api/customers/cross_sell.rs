//! The report on who could buy what else.

use std::collections::{BTreeMap, BTreeSet};

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use super::{
    Bought, Called, CustomersQuery, Scope, coded, column, counted, rate, rate_columns, share, who,
};
use crate::access::Access;
use crate::analytics::customers::{Association, Purchases, Together, associated, has_lacks};
use crate::api::believed::believed;
use crate::api::report::all;
use crate::catalog::Product;
use crate::engine::{Cx, Error, Operation};
use crate::export::document::{Cell, Definition, Report, Unit};

/// Who could buy what else. With `has` or `lacks`: exactly the customers who have every product of the one and none of the other,
/// from what they bought and kept. And which products the same customers have more often than by chance: support,
/// confidence, lift, the chance by Fisher's exact test, and the share of false findings over all pairs that were tested.
/// Takes `as_of`, `zone`, `source`, `rows`, `has`, `lacks`, `least`, `rare` (the share of false findings, in percent: 5).
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(transparent)]
pub struct ReportCrossSell(pub CustomersQuery);

/// How many must have a product so that it is compared, where nothing is said.
pub(super) const LEAST: u32 = 3;

/// What each customer bought and kept.
pub(super) fn kept(purchases: &Purchases) -> BTreeMap<Uuid, BTreeSet<Uuid>> {
    purchases.iter().map(|(customer, _)| (customer, purchases.kept(customer))).collect()
}

impl Operation for ReportCrossSell {
    const NAME: &'static str = "report.cross_sell";
    const ACCESS: Access = Access::Report;
    type Response = Report;

    fn run(&self, cx: &mut Cx<'_>) -> Result<Report, Error> {
        believed(cx, self.0.known_at, |cx| self.told(cx))
    }
}

impl ReportCrossSell {
    fn told(&self, cx: &mut Cx<'_>) -> Result<Report, Error> {
        let query = &self.0;
        let mut scope = Scope::of(cx, query, &["source", "has", "lacks", "least", "rare"])?;
        let mut products: BTreeMap<String, Uuid> = BTreeMap::new();
        all(cx, |product: Product| {
            products.insert(product.code.to_string(), product.id.uuid());
        })?;
        let has = coded(&products, "has", &query.has)?;
        let lacks = coded(&products, "lacks", &query.lacks)?;
        let bought = Bought::read(cx, &mut scope, query)?;
        let asked = !has.is_empty() || !lacks.is_empty();
        if asked {
            scope.asked("has", ("Has", "已购"), query.has.join(", "));
            scope.asked("lacks", ("Lacks", "未购"), query.lacks.join(", "));
        }
        let names = (Called::customers(cx)?, Called::products(cx)?);
        let owned = kept(&bought.purchases);
        let mut report = scope.report("cross_sell", ("Cross-selling", "交叉销售"));
        if asked {
            let found = has_lacks(&owned, &has, &lacks);
            report.figures.push(counted(
                "matching",
                ("Matching", "符合的客户"),
                found.len() as u64,
            ));
            let rows = found
                .iter()
                .map(|id| vec![Cell::text(names.0.of(*id)), Cell::text(id.to_string())]);
            let rows = rows.collect();
            scope.table(&mut report, ("customers", ("Customers", "客户")), who().to_vec(), rows);
        }
        let least = query.least.unwrap_or(LEAST).max(1);
        let rare = CustomersQuery::points(query.rare, 500);
        let found = associated(&owned, least.into(), rare);
        report.figures.extend([
            counted("customers", ("Customers who bought", "有购买的客户"), found.sets),
            counted("tests", ("Pairs of products tested", "检验的产品对"), found.tests),
            counted(
                "pairs",
                ("Pairs found, both ways", "发现的关联（双向）"),
                found.pairs.len() as u64,
            ),
        ]);
        pairs(&scope, &mut report, &found, &names.1);
        definitions(&mut report);
        bought.told(&mut report);
        Ok(report)
    }
}

fn pairs(scope: &Scope, report: &mut Report, found: &Association, names: &Called) {
    let cells = |pair: &Together| {
        let mut cells = vec![
            Cell::text(names.of(pair.product)),
            Cell::text(names.of(pair.other)),
            Cell::Count(pair.having),
            Cell::Count(pair.having_other),
            Cell::Count(pair.both),
            Cell::decimal(pair.support().rate()),
        ];
        cells.extend(rate(pair.confidence()));
        cells.extend([Cell::decimal(pair.lift()), share(pair.chance), share(pair.false_share)]);
        cells
    };
    let mut columns = vec![
        column("product", ("Who has", "已购产品"), Unit::Text),
        column("other", ("Also has", "关联产品"), Unit::Text),
        column("having", ("Have the one", "购买前者"), Unit::Count),
        column("having_other", ("Have the other", "购买后者"), Unit::Count),
        column("both", ("Have both", "两者都购买"), Unit::Count),
        column("support", ("Support", "支持度"), Unit::Rate),
    ];
    columns.extend(rate_columns("confidence", ("Confidence", "置信度")));
    columns.extend([
        column("lift", ("Lift", "提升度"), Unit::Exact),
        column("chance", ("By chance", "偶然概率"), Unit::Rate),
        column("false_share", ("False findings", "错误发现率"), Unit::Rate),
    ]);
    let rows = found.pairs.iter().map(cells).collect();
    scope.table(report, ("pairs", ("Bought by the same", "关联产品")), columns, rows);
}

fn definitions(report: &mut Report) {
    report.definitions.extend([
        Definition::new(
            ("Has, lacks", "已购、未购"),
            (
                "What a customer bought in any purchase and did not send back in full. Whoever bought nothing is not looked at.",
                "客户在任何一次购买中购得且未全部退回的产品。没有购买的客户不在其中。",
            ),
        ),
        Definition::new(
            ("Support, confidence, lift", "支持度、置信度、提升度"),
            (
                "The share of customers who have both; of those who have the one, the share who have the other, with its 95 % \
                 interval; that share over the share of all customers.",
                "同时拥有两者的客户占比；拥有前者的客户中拥有后者的占比（含95 %区间）；后者与总体占比之比。",
            ),
        ),
        Definition::new(
            ("By chance, false findings", "偶然概率、错误发现率"),
            (
                "Fisher's exact test, one-sided. Corrected after Benjamini and Hochberg for every pair of products that enough \
                 customers have, whether or not anybody has both.",
                "Fisher 精确检验（单侧）；按 Benjamini–Hochberg 对全部符合人数要求的产品对校正，无论是否有人同时拥有。",
            ),
        ),
    ]);
}
