//! The reports that roll deals up: over dimensions, and up the tree of who reports to whom.

use std::collections::BTreeMap;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::believed::believed;
use super::report::{ReportQuery, by_id, query, table, unsplit};
use crate::access::Access;
use crate::analytics::{Dimension, organisation_report, rollup_report};
use crate::engine::{Cx, Error, Operation};
use crate::export::document::Report;
use crate::settings::User;
use crate::value::{Id, Invalid};

/// Deals and money over up to four dimensions with a subtotal at every level, unknown as its own group: won and lost in the
/// period, open at its end. By region and industry where nothing is said.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(transparent)]
pub struct ReportRollup(pub ReportQuery);

/// Deals and money of each user alone and with everybody who reports to them, directly or not, from the top.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(transparent)]
pub struct ReportOrganisation(pub ReportQuery);

/// How many dimensions a roll-up may have.
const LEVELS_MAX: usize = 4;

impl Operation for ReportRollup {
    const NAME: &'static str = "report.rollup";
    const ACCESS: Access = Access::Report;
    type Response = Report;

    fn run(&self, cx: &mut Cx<'_>) -> Result<Report, Error> {
        believed(cx, self.0.known_at, |cx| self.told(cx))
    }
}

impl ReportRollup {
    fn told(&self, cx: &mut Cx<'_>) -> Result<Report, Error> {
        let mut query = query(cx, &self.0)?;
        if query.by.is_empty() {
            query.by = vec![Dimension::Region, Dimension::Industry];
        }
        if query.by.len() > LEVELS_MAX {
            let invalid = Invalid::new("report.levels", &query.by.len().to_string());
            return Err(Error::invalid("by", invalid.limit(format!("at most {LEVELS_MAX}"))));
        }
        let table = table(cx, query.as_of)?;
        Ok(rollup_report(&table, &query))
    }
}

impl Operation for ReportOrganisation {
    const NAME: &'static str = "report.organisation";
    const ACCESS: Access = Access::Report;
    type Response = Report;

    fn run(&self, cx: &mut Cx<'_>) -> Result<Report, Error> {
        believed(cx, self.0.known_at, |cx| self.told(cx))
    }
}

impl ReportOrganisation {
    fn told(&self, cx: &mut Cx<'_>) -> Result<Report, Error> {
        let query = query(cx, &self.0)?;
        unsplit(&query, "it is split by who reports to whom")?;
        let users: BTreeMap<Id<User>, User> = by_id(cx)?;
        let above = |user: &User| {
            let manager = user.manager.and_then(|manager| users.get(&manager))?;
            Some((user.login.to_string(), manager.login.to_string()))
        };
        let managers = users.values().filter_map(above).collect();
        let table = table(cx, query.as_of)?;
        Ok(organisation_report(&table, &query, &managers))
    }
}
