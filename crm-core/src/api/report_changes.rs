//! The report on what became of the pipeline between two instants.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::believed::believed;
use super::facts::{self, past};
use super::report::{ReportQuery, query};
use crate::access::Access;
use crate::analytics::{ChangesView, Dimension, changes};
use crate::engine::{Cx, Error, Operation};
use crate::export::document::Report;
use crate::value::Invalid;

/// What became of the open pipeline between two instants: opening + new + reopened + moved in ± amount changed − moved out −
/// won − lost = closing, in deals and in money, with the deals behind each line. From the first instant of `from` (nothing is
/// open before all time) to the first of `to` (else to `as_of`). By and only by owner, team, customer, pipeline, stage,
/// source, region, industry, competitor.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(transparent)]
pub struct ReportChanges(pub ReportQuery);

impl Operation for ReportChanges {
    const NAME: &'static str = "report.changes";
    const ACCESS: Access = Access::Report;
    type Response = Report;

    fn run(&self, cx: &mut Cx<'_>) -> Result<Report, Error> {
        believed(cx, self.0.known_at, |cx| self.told(cx))
    }
}

impl ReportChanges {
    fn told(&self, cx: &mut Cx<'_>) -> Result<Report, Error> {
        let query = query(cx, &self.0)?;
        if self.0.outcome.is_some() {
            let invalid = Invalid::new("report.option", "outcome");
            return Err(Error::invalid("outcome", invalid.limit("the pipeline is of open deals")));
        }
        for dimension in query.by.iter().chain(query.filter.is.keys()) {
            if !past::DIMENSIONS.contains(dimension) {
                let allowed = past::DIMENSIONS.map(Dimension::name);
                let invalid = Invalid::new("report.dimension", dimension.name()).allowed(allowed);
                return Err(Error::invalid("by", invalid));
            }
        }
        let (from, to) = query.seconds();
        let read = past::read(cx, from)?;
        let made = facts::with(cx, |kept| Ok(read.pasts(kept, &query)))?;
        let made = made.map_err(|e| Error::Internal(e.to_string()))?;
        let found = changes(&made.pasts, from, to);
        Ok(found.report(&ChangesView {
            table: &made.table,
            query: &query,
            groups: &made.groups,
            name: &|id| made.names.get(&id).cloned().unwrap_or_default(),
            without_history: made.without_history,
            unrecorded: made.unrecorded,
        }))
    }
}
