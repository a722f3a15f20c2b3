//! The dashboard of all deals, or of some: ten answers in one report, and the columns that a page counts them from.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::believed::believed;
use super::facts::{self, Kept};
use super::report::{ReportQuery, any_query};
use crate::access::Access;
use crate::analytics::{self, DashboardAsk, Filter, Query, Question, Questions};
use crate::engine::{Cx, Error, Operation};
use crate::export::dashboard::DashboardData;
use crate::export::document::{Parameter, Report};
use crate::value::Invalid;

/// Deals that a page holds at most.
const DEALS_MAX: usize = 200_000;

/// The dashboard: deals by stage, moves, deals that reached each stage, win rates by owner, region, source and product,
/// sales cycle, won and expected by month, the best owners, time in each stage, stale deals. Its counters are kept: what
/// changes between two calls is all that is counted. With `only`, `outcome`, `from` or `to` (the days on which deals were
/// made) it counts the deals that are admitted, anew. With `questions` it answers these alone, and reads no column that
/// they do not need. `by`, `grain`, `basis` and `days` are refused with `report.option`, an unknown question with
/// `code.unknown`.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(transparent)]
pub struct ReportDashboard(pub ReportQuery);

/// The deals behind the dashboard as columns, without customers and ids: what the page of `crm report dashboard --format
/// html` counts from. It takes what `report.dashboard` takes but `questions`. More than 200,000 deals are refused with `dashboard.size`.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(transparent)]
pub struct DashboardExtract(pub ReportQuery);

impl Operation for ReportDashboard {
    const NAME: &'static str = "report.dashboard";
    const ACCESS: Access = Access::Report;
    type Response = Report;

    fn run(&self, cx: &mut Cx<'_>) -> Result<Report, Error> {
        believed(cx, self.0.known_at, |cx| self.told(cx))
    }
}

impl ReportDashboard {
    fn told(&self, cx: &mut Cx<'_>) -> Result<Report, Error> {
        let (query, ask) = asked(cx, &self.0)?;
        facts::with(cx, |kept| {
            if self.0.zone.is_none() {
                kept.facts.keep_dashboard(query.zone);
            }
            let Some((some, parameters)) = narrowed(kept, &query)? else {
                let found = kept.facts.dashboard(&ask, &kept.odds());
                return Ok(found.report(&kept.facts, &kept.names, &ask, query.as_of));
            };
            let found = some.counted_anew(&ask, &kept.odds());
            let report = found.report(&some, &kept.names, &ask, query.as_of);
            Ok(Report { parameters, ..report })
        })
    }
}

impl Operation for DashboardExtract {
    const NAME: &'static str = "dashboard.extract";
    const ACCESS: Access = Access::Report;
    type Response = DashboardData;

    fn run(&self, cx: &mut Cx<'_>) -> Result<DashboardData, Error> {
        if !self.0.questions.is_empty() {
            let invalid = Invalid::new("report.option", "questions");
            return Err(Error::invalid("questions", invalid.limit("a page holds all answers")));
        }
        believed(cx, self.0.known_at, |cx| self.told(cx))
    }
}

impl DashboardExtract {
    fn told(&self, cx: &mut Cx<'_>) -> Result<DashboardData, Error> {
        let (query, ask) = asked(cx, &self.0)?;
        facts::with(cx, |kept| {
            let some = narrowed(kept, &query)?;
            let (facts, parameters) = match some {
                Some((ref some, parameters)) => (some, parameters),
                None => (&kept.facts, Vec::new()),
            };
            if facts.len() > DEALS_MAX {
                let invalid = Invalid::new("dashboard.size", &facts.len().to_string());
                let limit = format!("at most {DEALS_MAX} deals: narrow them by only, from, to");
                return Err(Error::invalid("only", invalid.limit(limit)));
            }
            Ok(facts.extract(&kept.names, &ask, query.as_of, &kept.odds(), parameters))
        })
    }
}

fn asked(cx: &mut Cx<'_>, asked: &ReportQuery) -> Result<(Query, DashboardAsk), Error> {
    let given = [
        ("by", !asked.by.is_empty()),
        ("grain", asked.grain.is_some()),
        ("basis", asked.basis.is_some()),
        ("days", asked.days.is_some()),
    ];
    if let Some((path, _)) = given.into_iter().find(|(_, is_given)| *is_given) {
        let allowed = ["as_of", "from", "only", "outcome", "questions", "to", "zone"];
        let invalid = Invalid::new("report.option", path).allowed(allowed);
        return Err(Error::invalid(path, invalid));
    }
    let query = any_query(cx, asked)?;
    let questions = questions(&asked.questions)?;
    let usual = DashboardAsk::new(query.zone, query.as_of.utc().timestamp());
    Ok((query, DashboardAsk { questions, ..usual }))
}

/// What is asked; everything where nothing is said.
fn questions(asked: &[String]) -> Result<Questions, Error> {
    let mut questions = Questions::default();
    for (at, code) in asked.iter().enumerate() {
        let question: Question =
            code.parse().map_err(|invalid| Error::invalid(&format!("questions[{at}]"), invalid))?;
        questions = questions.and(Questions::of(question));
    }
    Ok(if questions.is_empty() { Questions::ALL } else { questions })
}

/// The facts of the deals that a query admits, and what it was; nothing where it admits all.
fn narrowed(
    kept: &mut Kept,
    query: &Query,
) -> Result<Option<(analytics::Facts, Vec<Parameter>)>, Error> {
    let filter = query.filter.clone().created(query.period);
    if filter == Filter::default() {
        return Ok(None);
    }
    let table = kept.table(query.as_of).map_err(|e| Error::Internal(e.to_string()))?;
    let some = kept.facts.among(&table.members(&filter, query.zone));
    Ok(Some((some, analytics::parameters(&table, query))))
}
