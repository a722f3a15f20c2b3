//! The report on tasks.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::believed::believed;
use super::facts::Names;
use super::report::{ReportQuery, all, by_deal, query};
use crate::access::Access;
use crate::activity::{Activity, ActivityKind, ActivityStatus};
use crate::analytics::{self, FactTable, TaskRow};
use crate::engine::{Cx, Error, Operation};
use crate::export::document::Report;
use crate::opportunity::StageMove;
use crate::settings::Settings;
use crate::value::{Id, Invalid, Timestamp};

/// Tasks done in time, done late, and overdue: by `owner` (who has to do them), `team`, and `stage` (of their deal when
/// they were due). The period is of the days on which they are due; without `by`, by owner.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(transparent)]
pub struct ReportTasks(pub ReportQuery);

impl Operation for ReportTasks {
    const NAME: &'static str = "report.tasks";
    const ACCESS: Access = Access::Report;
    type Response = Report;

    fn run(&self, cx: &mut Cx<'_>) -> Result<Report, Error> {
        believed(cx, self.0.known_at, |cx| self.told(cx))
    }
}

impl ReportTasks {
    fn told(&self, cx: &mut Cx<'_>) -> Result<Report, Error> {
        let mut query = query(cx, &self.0)?;
        if query.by.is_empty() {
            query.by = vec![analytics::Dimension::Owner];
        }
        let asked = query.by.iter().chain(query.filter.is.keys());
        for dimension in asked {
            if !TaskRow::DIMENSIONS.contains(dimension) {
                let allowed = TaskRow::DIMENSIONS.map(analytics::Dimension::name);
                let invalid = Invalid::new("report.dimension", dimension.name()).allowed(allowed);
                return Err(Error::invalid("by", invalid));
            }
        }
        let settings = cx.get(Settings::ID)?;
        let names = Names::without_customers(cx)?;
        let mut builder =
            FactTable::builder(settings.base_currency.code(), settings.base_currency.scale());
        names.label(&mut builder);
        let table = builder.finish().map_err(|e| Error::Internal(e.to_string()))?;
        let mut moves = by_deal(cx, |step: &StageMove| step.opportunity)?;
        for steps in moves.values_mut() {
            steps.sort_by_key(|step| step.ordinal);
        }
        let mut tasks: Vec<Activity> = Vec::new();
        all(cx, |activity: Activity| {
            let planned = activity.due_at.is_some() && activity.entered_at <= query.as_of;
            if activity.kind == ActivityKind::Task && planned {
                tasks.push(activity);
            }
        })?;
        let row = |task: &Activity| {
            let due_at = task.due_at.unwrap_or(task.at);
            let owner = names.users.get(&task.owner);
            let team = owner.and_then(|owner| owner.team).and_then(|team| names.teams.get(&team));
            let steps = task.opportunity.and_then(|deal| moves.get(&deal));
            let stage = steps.and_then(|steps| stage_at(steps, due_at.min(query.as_of)));
            let done = task.status == ActivityStatus::Done && task.at <= query.as_of;
            TaskRow {
                owner: owner.map_or("", |owner| owner.login.as_str()),
                team: team.map_or("", |team| team.name.as_str()),
                stage: stage.map_or("", |stage| names.stage_key(stage)),
                due_at: due_at.utc().timestamp(),
                done_at: done.then(|| task.at.utc().timestamp()),
                cancelled: task.status == ActivityStatus::Cancelled,
            }
        };
        let rows: Vec<TaskRow<'_>> = tasks.iter().map(row).collect();
        Ok(analytics::tasks(&table, &rows, &query).report(&table, &query))
    }
}

/// The stage in which a deal stood at an instant, by its moves in order.
fn stage_at(steps: &[StageMove], at: Timestamp) -> Option<Id<crate::pipeline::Stage>> {
    let before = steps.partition_point(|step| step.at <= at);
    steps.get(before.checked_sub(1)?).map(|step| step.to)
}
