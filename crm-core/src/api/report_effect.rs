//! The report on what happens after activities.

use std::collections::BTreeMap;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use super::believed::believed;
use super::report::{ReportQuery, all, query, table, unsplit};
use crate::access::Access;
use crate::activity::{Activity, ActivityKind, ActivityStatus};
use crate::analytics::effects;
use crate::engine::{Cx, Error, Operation};
use crate::export::document::{Label, Report};
use crate::value::Invalid;

/// How often deals advanced within some days after a call, a visit, … against without one: counts and rates with their 95 %
/// intervals, or "too few". It says nothing of causes.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(transparent)]
pub struct ReportEffect(pub ReportQuery);

/// How many days after an activity are looked at, where nothing is said.
const DAYS: u32 = 14;

/// How many that may be.
const DAYS_MAX: u32 = 365;

impl Operation for ReportEffect {
    const NAME: &'static str = "report.effect";
    const ACCESS: Access = Access::Report;
    type Response = Report;

    fn run(&self, cx: &mut Cx<'_>) -> Result<Report, Error> {
        believed(cx, self.0.known_at, |cx| self.told(cx))
    }
}

impl ReportEffect {
    fn told(&self, cx: &mut Cx<'_>) -> Result<Report, Error> {
        let query = query(cx, &self.0)?;
        let days = self.0.days.unwrap_or(DAYS);
        if !(1..=DAYS_MAX).contains(&days) {
            let invalid = Invalid::new("report.days", &days.to_string());
            return Err(Error::invalid("days", invalid.limit(format!("1 to {DAYS_MAX}"))));
        }
        unsplit(&query, "it is split by type of activity")?;
        let mut done: BTreeMap<Uuid, Vec<(i64, String)>> = BTreeMap::new();
        all(cx, |activity: Activity| {
            let is_done = activity.status == ActivityStatus::Done && activity.at <= query.as_of;
            if let Some(deal) = activity.opportunity.filter(|_| is_done) {
                let row = (activity.at.utc().timestamp(), activity.kind.code().to_owned());
                done.entry(deal.uuid()).or_default().push(row);
            }
        })?;
        let table = table(cx, query.as_of)?;
        let watched = table.watch(&query, &done);
        let types: Vec<String> =
            ActivityKind::ALL.iter().map(|kind| kind.code().to_owned()).collect();
        let found = effects(&watched, &types, days, query.as_of.utc().timestamp());
        Ok(found.report(&table, &query, days, &name))
    }
}

fn name(of: &str) -> Label {
    let zh = match ActivityKind::ALL.iter().find(|kind| kind.code() == of) {
        Some(ActivityKind::Call) => "电话",
        Some(ActivityKind::Visit) => "拜访",
        Some(ActivityKind::Email) => "邮件",
        Some(ActivityKind::Meeting) => "会议",
        Some(ActivityKind::Message) => "消息",
        Some(ActivityKind::Task) => "任务",
        Some(ActivityKind::Note) => "备注",
        None => return Label::new("any", "任一活动"),
    };
    Label::new(of, zh)
}
