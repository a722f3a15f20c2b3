//! The report on what people did and how soon they answered.

use std::collections::BTreeMap;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use super::believed::believed;
use super::facts::Names;
use super::report::{ReportQuery, all, choice, query};
use crate::access::Access;
use crate::activity::{self, Activity, ActivityStatus};
use crate::analytics::{Asked, Done, EffortView, Grain, Query};
use crate::engine::{Cx, Error, Operation};
use crate::export::document::Report;
use crate::lead::Lead;
use crate::settings::{Settings, User};
use crate::value::{Id, Invalid};

/// Follow-ups, with how many different customers, how often they were reached, and how soon new leads were answered: by
/// person and day, week or month. Of a query, `from`, `to`, `as_of`, `zone`, `grain` (`day`, `week`, where nothing is said
/// `month`) and `only.owner` count.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(transparent)]
pub struct ReportActivity(pub ReportQuery);

impl Operation for ReportActivity {
    const NAME: &'static str = "report.activity";
    const ACCESS: Access = Access::Report;
    type Response = Report;

    fn run(&self, cx: &mut Cx<'_>) -> Result<Report, Error> {
        believed(cx, self.0.known_at, |cx| self.told(cx))
    }
}

impl ReportActivity {
    fn told(&self, cx: &mut Cx<'_>) -> Result<Report, Error> {
        let query = query(cx, &self.0)?;
        let grain = choice("grain", self.0.grain.as_deref(), Grain::Month)?;
        let given = [
            ("by", !self.0.by.is_empty()),
            ("outcome", self.0.outcome.is_some()),
            ("basis", self.0.basis.is_some()),
            ("only", self.0.only.keys().any(|name| name != "owner")),
        ];
        if let Some((path, _)) = given.into_iter().find(|(_, is_given)| *is_given) {
            let allowed = ["from", "to", "as_of", "zone", "grain", "only.owner"];
            return Err(Error::invalid(path, Invalid::new("report.option", path).allowed(allowed)));
        }
        let currency = cx.get(Settings::ID)?.base_currency.code().to_owned();
        let names = Names::without_customers(cx)?;
        let (done, first) = done(cx, &self.0, &query, &names)?;
        let asked = asked(cx, &self.0, &query, &names, &first)?;
        let user = |user: Uuid| names.users.get(&Id::<User>::new(user));
        let name = |of| user(of).map_or_else(String::new, |user| user.name.to_string());
        let login = |of| user(of).map_or_else(String::new, |user| user.login.to_string());
        let (query, done, asked) = (&query, &done, &asked);
        let view = EffortView { query, currency, grain, done, asked, name: &name, login: &login };
        Ok(view.report())
    }
}

/// Whether the report is about somebody.
fn is_asked(asked: &ReportQuery, names: &Names, owner: Id<User>) -> bool {
    let login = names.users.get(&owner).map(|user| user.login.as_str());
    asked
        .only
        .get("owner")
        .is_none_or(|logins| logins.iter().any(|one| Some(one.as_str()) == login))
}

fn is_within(query: &Query, day: chrono::NaiveDate) -> bool {
    query.period.from.is_none_or(|from| day >= from) && query.period.to.is_none_or(|to| day < to)
}

/// When somebody first did something with each lead, in seconds since 1970.
type First = BTreeMap<Uuid, i64>;

fn done(
    cx: &Cx<'_>,
    asked: &ReportQuery,
    query: &Query,
    names: &Names,
) -> Result<(Vec<Done>, First), Error> {
    let (mut done, mut first) = (Vec::new(), First::new());
    all(cx, |one: Activity| {
        if one.status != ActivityStatus::Done
            || one.at > query.as_of
            || one.entered_at > query.as_of
        {
            return;
        }
        let at = one.at.utc().timestamp();
        if let Some(lead) = one.lead {
            let first = first.entry(lead.uuid()).or_insert(at);
            *first = at.min(*first);
        }
        let day = one.at.day_in(query.zone);
        if is_within(query, day) && is_asked(asked, names, one.owner) {
            let with = one.customer.map(Id::uuid).or(one.lead.map(Id::uuid)).unwrap_or_default();
            let reached = one.outcome.map(|outcome| outcome == activity::Outcome::Reached);
            let late_entry = one.is_late();
            done.push(Done { owner: one.owner.uuid(), day, with, reached, late_entry });
        }
    })?;
    Ok((done, first))
}

fn asked(
    cx: &Cx<'_>,
    of: &ReportQuery,
    query: &Query,
    names: &Names,
    first: &First,
) -> Result<Vec<Asked>, Error> {
    let mut asked = Vec::new();
    all(cx, |lead: Lead| {
        let Some(owner) = lead.owner else { return };
        let is_there = lead.received_at <= query.as_of;
        if is_there
            && is_within(query, lead.received_at.day_in(query.zone))
            && is_asked(of, names, owner)
        {
            let at = lead.received_at.utc().timestamp();
            let answered_at = first.get(&lead.id.uuid()).copied();
            asked.push(Asked { owner: owner.uuid(), at, answered_at });
        }
    })?;
    Ok(asked)
}
