//! The report on customers who may be lost.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::{
    Bought, Called, CustomersQuery, Scope, column, counted, days, number, rate, rate_columns,
    refused, share, who,
};
use crate::access::Access;
use crate::analytics::customers::{Churn, Cycle, Rhythm, Survival, churn};
use crate::api::believed::believed;
use crate::engine::{Cx, Error, Operation};
use crate::export::document::{Cell, Chart, ChartKind, Definition, Label, Report, Series, Unit};

/// Who may be lost: customers silent for longer than fits their own rhythm of buying, each with the figures that say so, the
/// overdue first; how many are overdue by the length of their cycle; and who is still there, by age. Takes `as_of`, `zone`,
/// `source`, `customer`, `rows`, `rare` (how rare so long a silence must be, in percent of all intervals: 5).
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(transparent)]
pub struct ReportChurn(pub CustomersQuery);

impl Operation for ReportChurn {
    const NAME: &'static str = "report.churn";
    const ACCESS: Access = Access::Report;
    type Response = Report;

    fn run(&self, cx: &mut Cx<'_>) -> Result<Report, Error> {
        believed(cx, self.0.known_at, |cx| self.told(cx))
    }
}

impl ReportChurn {
    fn told(&self, cx: &mut Cx<'_>) -> Result<Report, Error> {
        let query = &self.0;
        let mut scope = Scope::of(cx, query, &["source", "customer", "rare"])?;
        let rare = CustomersQuery::points(query.rare, 500);
        let bought = Bought::read(cx, &mut scope, query)?;
        let names = Called::customers(cx)?;
        let mut report = scope.report("churn", ("Customers at risk", "客户流失风险"));
        match churn(&bought.purchases, scope.day, rare) {
            Ok(found) => tell(&scope, &mut report, &found, &names, query),
            Err(thin) => refused(&mut report, &thin),
        }
        definitions(&mut report);
        bought.told(&mut report);
        Ok(report)
    }
}

/// Why somebody is listed, in words.
fn because(row: &Rhythm) -> Label {
    let (typical, count) = (row.interval.typical.normalize(), row.interval.count);
    let (longest, silent, times) = (row.interval.longest, row.silent, row.times.normalize());
    let (longer, of) = (row.longer, row.of);
    Label::new(
        format!(
            "usually every {typical} days ({count} intervals, the longest {longest}); silent for {silent}, {times} times as \
             long; {longer} of {of} intervals were as long for their customer"
        ),
        format!(
            "通常每 {typical} 天购买一次（{count} 个间隔，最长 {longest} 天）；已 {silent} 天未购买，为平常的 {times} 倍；全部 {of} \
             个间隔中仅 {longer} 个达到该倍数"
        ),
    )
}

fn tell(scope: &Scope, report: &mut Report, found: &Churn, names: &Called, query: &CustomersQuery) {
    let overdue = found.rows.iter().filter(|row| row.overdue).count() as u64;
    report.figures = vec![
        counted("with_rhythm", ("With a rhythm", "有购买节奏的客户"), found.rows.len() as u64),
        counted("overdue", ("Overdue", "超期未购客户"), overdue),
        counted("without_rhythm", ("Without a rhythm", "无购买节奏的客户"), found.without),
        counted("without_lost", ("Without, and silent", "无节奏且久未购买"), found.without_left),
    ];
    let one = query.customer.map(|customer| customer.uuid());
    let own = found.rows.iter().filter(|row| one.is_none_or(|one| row.customer == one));
    let cells = |row: &Rhythm| {
        let state = if row.overdue {
            Label::new("overdue", "超期")
        } else {
            Label::new("in rhythm", "正常")
        };
        vec![
            Cell::text(names.of(row.customer)),
            Cell::text(row.customer.to_string()),
            Cell::Label(state),
            Cell::date(row.last),
            number(row.silent),
            days(row.interval.typical),
            Cell::number(row.times),
            Cell::Count(row.longer),
            Cell::Count(row.of),
            Cell::Label(because(row)),
        ]
    };
    let rows: Vec<Vec<Cell>> = own.map(cells).collect();
    let mut columns = who().to_vec();
    columns.extend([
        column("state", ("State", "状态"), Unit::Text),
        column("last", ("Last purchase", "最近购买"), Unit::Date),
        column("silent", ("Days since", "距今天数"), Unit::Count),
        column("interval", ("Usual interval", "通常间隔"), Unit::Days),
        column("times", ("Times the usual", "为平常的倍数"), Unit::Exact),
        column("longer", ("Intervals as long", "同样长的间隔数"), Unit::Count),
        column("of", ("Of intervals", "间隔总数"), Unit::Count),
        column("because", ("Why", "理由"), Unit::Text),
    ]);
    scope.table(report, ("customers", ("Customers", "客户")), columns, rows);
    if one.is_some() {
        return;
    }
    cycles(scope, report, &found.cycles);
    survival(scope, report, &found.survival);
}

fn cycles(scope: &Scope, report: &mut Report, found: &[Cycle]) {
    let label = |cycle: &Cycle| match cycle.to {
        Some(to) => {
            let (from, to) = (cycle.from, to.saturating_sub(1));
            Label::new(format!("{from} to {to} days"), format!("{from}–{to} 天"))
        }
        None => {
            Label::new(format!("{} days or more", cycle.from), format!("{} 天以上", cycle.from))
        }
    };
    let cells = |cycle: &Cycle| {
        let head =
            [Cell::Label(label(cycle)), Cell::Count(cycle.customers), Cell::Count(cycle.overdue)];
        head.into_iter().chain(rate(cycle.rate())).collect::<Vec<Cell>>()
    };
    let mut columns = vec![
        column("cycle", ("Usual interval", "通常间隔"), Unit::Text),
        column("customers", ("Customers", "客户数"), Unit::Count),
        column("overdue", ("Overdue", "超期"), Unit::Count),
    ];
    columns.extend(rate_columns("rate", ("Share overdue", "超期率")));
    let rows = found.iter().map(cells).collect();
    scope.table(report, ("cycles", ("By the length of the cycle", "按购买周期")), columns, rows);
}

fn survival(scope: &Scope, report: &mut Report, found: &[Survival]) {
    let cells = |at: &Survival| {
        vec![number(at.age), Cell::Count(at.at_risk), Cell::Count(at.left), share(at.there)]
    };
    let columns = vec![
        column("age", ("Days since the first purchase", "首购后天数"), Unit::Count),
        column("at_risk", ("Seen at that age", "该时点在观察客户"), Unit::Count),
        column("left", ("Left by then", "累计流失"), Unit::Count),
        column("there", ("Still there", "留存率"), Unit::Rate),
    ];
    let rows = found.iter().map(cells).collect();
    scope.table(
        report,
        ("survival", ("Who is still there, by age", "按客户年龄的留存")),
        columns,
        rows,
    );
    report.charts.push(Chart {
        key: "survival".to_owned(),
        kind: ChartKind::Line,
        title: Label::new("Still there, by days since the first purchase", "首购后留存率"),
        unit: Unit::Rate,
        categories: found.iter().map(|at| Label::same(&at.age.to_string())).collect(),
        series: vec![Series {
            label: Label::new("Still there", "留存率"),
            values: found
                .iter()
                .map(|at| Some(rust_decimal::Decimal::new(at.there.into(), 4).to_string()))
                .collect(),
        }],
        shares: Vec::new(),
    });
}

fn definitions(report: &mut Report) {
    report.definitions.extend([
        Definition::new(
            ("Overdue", "超期"),
            (
                "Silent for so many times their usual (median) interval, of two intervals at least, that at most 5 % (or as \
                 asked) of all completed intervals lasted as many times the usual one of their customer.",
                "沉默天数为自身通常间隔（中位数，至少两个间隔）的倍数如此之大，以致全部已完成间隔中至多 5 %（或所给比例）达到该倍数。",
            ),
        ),
        Definition::new(
            ("Still there", "留存率"),
            (
                "Kaplan–Meier by days since the first purchase. The overdue, and those without a rhythm who are silent for \
                 longer than nearly all intervals, left at their last purchase; the others are still there.",
                "按首购后天数的 Kaplan–Meier 估计。超期客户、以及无节奏且沉默长于几乎所有间隔的客户，视为在最近购买时流失；其余视为仍在。",
            ),
        ),
    ]);
}
