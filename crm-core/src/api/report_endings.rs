//! The reports on lost and on won deals.

use std::collections::BTreeMap;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use super::believed::believed;
use super::report::{ReportQuery, all, by_id, query, table};
use crate::access::Access;
use crate::analytics::{EndingsBeside, FactTable, Query, Tags, losses, wins};
use crate::engine::{Cx, Error, Operation};
use crate::export::document::Report;
use crate::pursuit::{Competitor, DealCompetitor, Strategy, adjusted};
use crate::value::{Invalid, Timestamp};

/// Why deals were lost in the period: shares of all lost by reason, stage, owner, product and category, and how often deals
/// were won against each competitor and with each part of the strategy changed, against all other deals. Every rate has its
/// 95 % interval, or says that there are too few.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(transparent)]
pub struct ReportLosses(pub ReportQuery);

/// What the deals won in the period went with: shares of all won by source, region, industry, owner and product, competitors
/// and changes of strategy as for the lost.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(transparent)]
pub struct ReportWins(pub ReportQuery);

impl Operation for ReportLosses {
    const NAME: &'static str = "report.losses";
    const ACCESS: Access = Access::Report;
    type Response = Report;

    fn run(&self, cx: &mut Cx<'_>) -> Result<Report, Error> {
        believed(cx, self.0.known_at, |cx| self.told(cx))
    }
}

impl ReportLosses {
    fn told(&self, cx: &mut Cx<'_>) -> Result<Report, Error> {
        ended(cx, &self.0, losses)
    }
}

impl Operation for ReportWins {
    const NAME: &'static str = "report.wins";
    const ACCESS: Access = Access::Report;
    type Response = Report;

    fn run(&self, cx: &mut Cx<'_>) -> Result<Report, Error> {
        believed(cx, self.0.known_at, |cx| self.told(cx))
    }
}

impl ReportWins {
    fn told(&self, cx: &mut Cx<'_>) -> Result<Report, Error> {
        ended(cx, &self.0, wins)
    }
}

type Kernel = fn(&FactTable, &Query, &EndingsBeside<'_>) -> Report;

fn ended(cx: &mut Cx<'_>, asked: &ReportQuery, kernel: Kernel) -> Result<Report, Error> {
    let query = query(cx, asked)?;
    if asked.outcome.is_some() {
        let invalid = Invalid::new("report.option", "outcome");
        return Err(Error::invalid("outcome", invalid.limit("the report says which")));
    }
    let competitors = competitors(cx, query.as_of)?;
    let adjustments = adjustments(cx, query.as_of)?;
    let table = table(cx, query.as_of)?;
    let beside = EndingsBeside { competitors: &competitors, adjustments: &adjustments };
    Ok(kernel(&table, &query, &beside))
}

fn competitors(cx: &Cx<'_>, as_of: Timestamp) -> Result<Tags, Error> {
    let names = by_id::<Competitor>(cx)?;
    let mut tags = Tags::new();
    all(cx, |rival: DealCompetitor| {
        if let Some(competitor) = names.get(&rival.competitor).filter(|_| rival.at <= as_of) {
            let of_deal = tags.entry(rival.opportunity.uuid()).or_default();
            of_deal.insert(competitor.name.to_string());
        }
    })?;
    Ok(tags)
}

fn adjustments(cx: &Cx<'_>, as_of: Timestamp) -> Result<Tags, Error> {
    let mut versions: BTreeMap<Uuid, Vec<Strategy>> = BTreeMap::new();
    all(cx, |version: Strategy| {
        if version.at <= as_of {
            versions.entry(version.opportunity.uuid()).or_default().push(version);
        }
    })?;
    let mut tags = Tags::new();
    for (deal, mut versions) in versions {
        versions.sort_by_key(|version| version.ordinal);
        let of_deal = tags.entry(deal).or_default();
        for pair in versions.windows(2) {
            if let [before, after] = pair {
                of_deal.extend(adjusted(before, after).iter().map(|part| part.code().to_owned()));
            }
        }
        if of_deal.is_empty() {
            of_deal.insert("none".to_owned());
        }
    }
    Ok(tags)
}
