//! The report on recency, frequency and money.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::{Bought, Called, CustomersQuery, Scope, column, counted, money, number, who};
use crate::access::Access;
use crate::analytics::customers::{Cuts, Rfm, RfmRow, group, rfm};
use crate::api::believed::believed;
use crate::engine::{Cx, Error, Operation};
use crate::export::document::{Cell, Chart, ChartKind, Definition, Label, Report, Series, Unit};

/// Recency, frequency and money (RFM) of every customer who bought: days since the last purchase, how often, how much; each
/// scored from 1 to 5 by fifths of the customers, 5 being best; and the group that the scores make. Takes `as_of`, `zone`,
/// `source`, `basis`, `customer`, `rows`; with `customer` the scores are still those among all.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(transparent)]
pub struct ReportRfm(pub CustomersQuery);

impl Operation for ReportRfm {
    const NAME: &'static str = "report.rfm";
    const ACCESS: Access = Access::Report;
    type Response = Report;

    fn run(&self, cx: &mut Cx<'_>) -> Result<Report, Error> {
        believed(cx, self.0.known_at, |cx| self.told(cx))
    }
}

impl ReportRfm {
    fn told(&self, cx: &mut Cx<'_>) -> Result<Report, Error> {
        let mut scope = Scope::of(cx, &self.0, &["source", "basis", "customer"])?;
        let bought = Bought::read(cx, &mut scope, &self.0)?;
        let names = Called::customers(cx)?;
        let found = rfm(&bought.purchases, scope.day);
        let mut report = scope.report("rfm", ("Recency, frequency, money", "RFM 分析"));
        report.figures = vec![
            counted("customers", ("Customers who bought", "有购买的客户"), found.rows.len() as u64),
            counted("purchases", ("Purchases", "购买次数"), bought.purchases.count()),
        ];
        let one = self.0.customer.map(|customer| customer.uuid());
        let mut rows: Vec<&RfmRow> =
            found.rows.iter().filter(|row| one.is_none_or(|one| row.customer == one)).collect();
        // The best first: by their scores together, then by money.
        rows.sort_by(|a, b| {
            let key = |row: &RfmRow| (row.scores.map(u32::from).iter().sum::<u32>(), row.money);
            key(b).cmp(&key(a)).then(a.customer.cmp(&b.customer))
        });
        let cells = |row: &&RfmRow| {
            let [r, f, m] = row.scores;
            vec![
                Cell::text(names.of(row.customer)),
                Cell::text(row.customer.to_string()),
                Cell::date(row.last),
                number(row.recency),
                Cell::Count(row.frequency),
                money(row.money, scope.base.scale()),
                Cell::Count(r.into()),
                Cell::Count(f.into()),
                Cell::Count(m.into()),
                Cell::text(format!("{r}{f}{m}")),
                named(row.scores),
            ]
        };
        let rows: Vec<Vec<Cell>> = rows.iter().map(cells).collect();
        let mut columns = who().to_vec();
        columns.extend([
            column("last", ("Last purchase", "最近购买"), Unit::Date),
            column("recency", ("Days since", "距今天数"), Unit::Count),
            column("frequency", ("Purchases", "购买次数"), Unit::Count),
            column("money", ("Spent", "消费金额"), Unit::Exact),
            column("r", ("R", "R"), Unit::Count),
            column("f", ("F", "F"), Unit::Count),
            column("m", ("M", "M"), Unit::Count),
            column("code", ("Code", "代码"), Unit::Text),
            column("group", ("Group", "客户群"), Unit::Text),
        ]);
        scope.table(&mut report, ("customers", ("Customers", "客户")), columns, rows);
        if one.is_none() {
            cuts(&scope, &mut report, &found);
            groups(&scope, &mut report, &found);
        }
        definitions(&mut report);
        bought.told(&mut report);
        Ok(report)
    }
}

/// The name of the group of these scores.
fn named(scores: [u8; 3]) -> Cell {
    Cell::Label(
        group(scores).map_or(Label::new("Others", "其他"), |(en, zh, _)| Label::new(*en, *zh)),
    )
}

fn cuts(scope: &Scope, report: &mut Report, found: &Rfm) {
    let Some([recency, frequency, spent]) = &found.cuts else { return };
    let row = |en: &str, zh: &str, cuts: &Cuts| {
        let cells = cuts.iter().map(|cut| Cell::number(cut.normalize()));
        core::iter::once(Cell::Label(Label::new(en, zh))).chain(cells).collect::<Vec<Cell>>()
    };
    let rows = vec![
        row("Days since", "距今天数", recency),
        row("Purchases", "购买次数", frequency),
        row("Spent", "消费金额", spent),
    ];
    let columns = vec![
        column("measure", ("Measure", "指标"), Unit::Text),
        column("p20", ("20 %", "20 %"), Unit::Exact),
        column("p40", ("40 %", "40 %"), Unit::Exact),
        column("p60", ("60 %", "60 %"), Unit::Exact),
        column("p80", ("80 %", "80 %"), Unit::Exact),
    ];
    scope.table(report, ("cuts", ("Where scores change", "分数界线")), columns, rows);
}

fn groups(scope: &Scope, report: &mut Report, found: &Rfm) {
    let places = scope.base.scale();
    let mut rows = Vec::new();
    let (mut labels, mut counts) = (Vec::new(), Vec::new());
    let known = crate::analytics::customers::GROUPS.iter().map(Some).chain([None]);
    for of in known {
        let own: Vec<&RfmRow> = found
            .rows
            .iter()
            .filter(|row| group(row.scores).map(|of| of.0) == of.map(|of| of.0))
            .collect();
        if own.is_empty() {
            continue;
        }
        let label = of.map_or(Label::new("Others", "其他"), |(en, zh, _)| Label::new(*en, *zh));
        let spent = own.iter().map(|row| row.money);
        let spent = spent.fold(rust_decimal::Decimal::ZERO, rust_decimal::Decimal::saturating_add);
        labels.push(label.clone());
        counts.push(Some(own.len().to_string()));
        rows.push(vec![Cell::Label(label), Cell::Count(own.len() as u64), money(spent, places)]);
    }
    let columns = vec![
        column("group", ("Group", "客户群"), Unit::Text),
        column("customers", ("Customers", "客户数"), Unit::Count),
        column("money", ("Spent", "消费金额"), Unit::Exact),
    ];
    scope.table(report, ("groups", ("Groups", "客户群")), columns, rows);
    report.charts.push(Chart {
        key: "groups".to_owned(),
        kind: ChartKind::Bar,
        title: Label::new("Customers by group", "各客户群的客户数"),
        unit: Unit::Count,
        categories: labels,
        series: vec![Series { label: Label::new("Customers", "客户数"), values: counts }],
        shares: Vec::new(),
    });
}

fn definitions(report: &mut Report) {
    report.definitions.extend([
        Definition::new(
            ("Score", "评分"),
            (
                "1 and the number of cuts below the value; of days since the last purchase the other way round. Cuts are the \
                 20, 40, 60 and 80 % quantiles (linear, type 7) of all customers who bought. Equal values have equal scores, \
                 so fifths may be uneven.",
                "1 加上低于该值的界线数；距今天数反向计分。界线为全部购买客户的 20/40/60/80 % 分位数（线性插值）。数值相同则评分相同，因此各档人数可能不等。",
            ),
        ),
        Definition::new(
            ("Group", "客户群"),
            (
                "The first group whose ranges hold R, F and M, after the vignette of the R package rfm.",
                "按 R、F、M 取值范围匹配的第一个客户群（参照 R 包 rfm 的示例）。",
            ),
        ),
    ]);
}
