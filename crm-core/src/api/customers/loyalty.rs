//! The report on who buys again.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::{Bought, CustomersQuery, Scope, column, counted, figure, rate};
use crate::access::Access;
use crate::analytics::Proportion;
use crate::analytics::customers::{Cohort, WITHIN, loyalty};
use crate::api::believed::believed;
use crate::api::report::all;
use crate::campaign::Referral;
use crate::engine::{Cx, Error, Operation};
use crate::export::document::{Cell, Definition, Label, Report, Unit};

/// Who buys again: by the quarter of the first purchase, how many bought again, and of those who were seen for 90, 180 and 365
/// days, how many did so within them; and how many customers were brought by others. What came back is no purchase. Takes
/// `as_of`, `zone`, `source`, `rows`.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(transparent)]
pub struct ReportLoyalty(pub CustomersQuery);

impl Operation for ReportLoyalty {
    const NAME: &'static str = "report.loyalty";
    const ACCESS: Access = Access::Report;
    type Response = Report;

    fn run(&self, cx: &mut Cx<'_>) -> Result<Report, Error> {
        believed(cx, self.0.known_at, |cx| self.told(cx))
    }
}

impl ReportLoyalty {
    fn told(&self, cx: &mut Cx<'_>) -> Result<Report, Error> {
        let mut scope = Scope::of(cx, &self.0, &["source"])?;
        let bought = Bought::read(cx, &mut scope, &self.0)?;
        let found = loyalty(&bought.purchases, scope.day);
        let (mut brought, mut referrers) = (0_u64, std::collections::BTreeSet::new());
        all(cx, |referral: Referral| {
            if referral.referred_on <= scope.day {
                brought = brought.saturating_add(1);
                referrers.insert(referral.referrer);
            }
        })?;
        let mut report = scope.report("loyalty", ("Loyalty", "客户忠诚度"));
        report.figures = vec![
            counted("customers", ("Customers who bought", "有购买的客户"), found.customers),
            counted("again", ("Bought again", "复购客户"), found.again),
        ];
        for (at, stretch) in WITHIN.iter().enumerate() {
            let within = found.within(at);
            let label =
                (format!("Bought again within {stretch} days"), format!("{stretch} 天内复购率"));
            let key = format!("within_{stretch}");
            let mut one =
                figure(&key, (&label.0, &label.1), Cell::decimal(within.rate()), Unit::Rate);
            one.note = Some(Label::new(
                format!("{} of {} seen so long", within.successes, within.trials),
                format!("观察满期的 {} 个客户中 {} 个", within.trials, within.successes),
            ));
            report.figures.push(one);
        }
        report.figures.extend([
            counted("brought", ("Brought by others", "转介绍客户"), brought),
            counted("referrers", ("Who brought others", "推荐人"), referrers.len() as u64),
        ]);
        let mut columns = vec![
            column("quarter", ("First bought in the quarter from", "首购季度起始日"), Unit::Date),
            column("customers", ("Customers", "客户数"), Unit::Count),
            column("again", ("Bought again", "复购"), Unit::Count),
        ];
        for stretch in WITHIN {
            let within = (format!("Within {stretch} days"), format!("{stretch} 天内复购"));
            let seen = (format!("Seen {stretch} days"), format!("观察满 {stretch} 天"));
            columns.extend([
                column(&format!("seen_{stretch}"), (&seen.0, &seen.1), Unit::Count),
                column(&format!("within_{stretch}"), (&within.0, &within.1), Unit::Count),
                column(&format!("rate_{stretch}"), (&within.0, &within.1), Unit::Rate),
            ]);
        }
        let cells = |cohort: &Cohort| {
            let mut cells = vec![
                Cell::date(cohort.quarter),
                Cell::Count(cohort.customers),
                Cell::Count(cohort.again),
            ];
            for within in cohort.within {
                let Proportion { successes, trials } = within;
                let [share, ..] = rate(within);
                cells.extend([Cell::Count(trials), Cell::Count(successes), share]);
            }
            cells
        };
        let rows = found.cohorts.iter().map(cells).collect();
        let title = ("By the quarter of the first purchase", "按首购季度");
        scope.table(&mut report, ("cohorts", title), columns, rows);
        report.definitions.extend([
            Definition::new(
                ("Bought again", "复购"),
                (
                    "A purchase on a later day than the first. Within so many days: of those alone whose first purchase is so \
                     long ago.",
                    "首购日之后另有购买。“多少天内”只统计首购已满该天数的客户。",
                ),
            ),
            Definition::new(
                ("Brought by others", "转介绍"),
                (
                    "Referrals entered until the day of the report.",
                    "截至报表日登记的推荐关系。",
                ),
            ),
        ]);
        bought.told(&mut report);
        Ok(report)
    }
}
