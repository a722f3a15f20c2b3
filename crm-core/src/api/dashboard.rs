//! The dashboard of all deals: ten answers in one report.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::facts;
use super::report::{ReportQuery, query};
use crate::access::Access;
use crate::analytics::DashboardAsk;
use crate::engine::{Cx, Error, Operation};
use crate::export::document::Report;
use crate::value::Invalid;

/// The dashboard: deals by stage, moves, deals that reached each stage, win rates by owner, region, source and product,
/// sales cycle, won and expected by month, the best owners, time in each stage, stale deals. Its counters are kept: what
/// changes between two calls is all that is counted. Only `as_of` and `zone` may be asked.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(transparent)]
pub struct ReportDashboard(pub ReportQuery);

impl Operation for ReportDashboard {
    const NAME: &'static str = "report.dashboard";
    const ACCESS: Access = Access::Report;
    type Response = Report;

    fn run(&self, cx: &mut Cx<'_>) -> Result<Report, Error> {
        let asked = &self.0;
        let given = [
            ("by", !asked.by.is_empty()),
            ("only", !asked.only.is_empty()),
            ("outcome", asked.outcome.is_some()),
            ("from", asked.from.is_some()),
            ("to", asked.to.is_some()),
            ("grain", asked.grain.is_some()),
            ("basis", asked.basis.is_some()),
            ("days", asked.days.is_some()),
        ];
        if let Some((path, _)) = given.into_iter().find(|(_, is_given)| *is_given) {
            let invalid = Invalid::new("report.option", path).allowed(["as_of", "zone"]);
            return Err(Error::invalid(path, invalid));
        }
        let query = query(cx, asked)?;
        let ask = DashboardAsk::new(query.zone, query.as_of.utc().timestamp());
        facts::with(cx, |kept| {
            if asked.zone.is_none() {
                kept.facts.keep_dashboard(query.zone);
            }
            let found = kept.facts.dashboard(&ask, &kept.odds());
            Ok(found.report(&kept.facts, &kept.names, &ask, query.as_of))
        })
    }
}
