//! The report on what people did and how soon they answered.

use std::collections::{BTreeMap, BTreeSet};

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use super::believed::believed;
use super::facts::Names;
use super::report::{ReportQuery, all, choice, query};
use crate::access::Access;
use crate::activity::{self, Activity, ActivityStatus};
use crate::analytics::{Asked, Done, Grain, Query, answers, efforts};
use crate::engine::{Cx, Error, Operation};
use crate::export::document::{
    Cell, Chart, ChartKind, Column, Definition, Figure, Label, Report, Series, Table, Unit,
};
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
        Ok(told(&query, currency, grain, &names, &done, &asked))
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

fn told(
    query: &Query,
    currency: String,
    grain: Grain,
    names: &Names,
    done: &[Done],
    asked: &[Asked],
) -> Report {
    let column = |key: &str, en: &str, zh: &str, unit| Column::new(key, Label::new(en, zh), unit);
    let name = |user: Uuid| {
        let user = names.users.get(&Id::<User>::new(user));
        user.map_or_else(String::new, |user| user.name.to_string())
    };
    let login = |user: Uuid| {
        let user = names.users.get(&Id::<User>::new(user));
        user.map_or_else(String::new, |user| user.login.to_string())
    };
    let count = |count: usize| Cell::Count(u64::try_from(count).unwrap_or(u64::MAX));
    let share = |(part, all): (u64, u64)| {
        Cell::decimal(crate::analytics::Proportion::new(part, all).rate())
    };
    let efforts = efforts(done, grain);
    let mut rows: Vec<_> = efforts.iter().collect();
    rows.sort_by_key(|((user, start), _)| (*start, login(*user), *user));
    let effort_rows = rows.iter().map(|((user, start), effort)| {
        vec![
            Cell::text(grain.name(*start)),
            Cell::text(name(*user)),
            Cell::Count(effort.done),
            count(effort.with.len()),
            share(effort.reached),
            Cell::Count(effort.late_entry),
        ]
    });
    let effort = Table {
        key: "effort".to_owned(),
        title: Label::new("Follow-ups", "跟进工作量"),
        columns: vec![
            column("period", "Period", "期间", Unit::Text),
            column("owner", "Who", "人员", Unit::Text),
            column("done", "Follow-ups", "跟进次数", Unit::Count),
            column("customers", "Different customers", "客户数（去重）", Unit::Count),
            column("reached", "Reached", "联系成功率", Unit::Rate),
            column("late_entry", "Entered late", "补录", Unit::Count),
        ],
        rows: effort_rows.collect(),
    };
    let as_of = query.as_of.utc().timestamp();
    let answers = answers(asked, as_of);
    let mut rows: Vec<_> = answers.iter().collect();
    rows.sort_by_key(|(user, _)| (login(**user), **user));
    let answer_rows = rows.iter().map(|(user, answers)| {
        let waits: Vec<i64> = asked
            .iter()
            .filter(|one| one.owner == **user && one.answered_at.is_none_or(|at| at > as_of))
            .map(|one| as_of.saturating_sub(one.at))
            .collect();
        let within = answers.within_a_day();
        let interval = within.interval();
        vec![
            Cell::text(name(**user)),
            count(answers.took.len()),
            Cell::Count(answers.waiting),
            Cell::decimal(answers.median(&waits)),
            Cell::decimal(answers.percentile(90)),
            Cell::decimal(within.rate()),
            Cell::decimal(interval.map(|(low, _)| low)),
            Cell::decimal(interval.map(|(_, high)| high)),
        ]
    });
    let response = Table {
        key: "response".to_owned(),
        title: Label::new("How soon new leads were answered", "新线索响应时间"),
        columns: vec![
            column("owner", "Who", "人员", Unit::Text),
            column("answered", "Answered", "已响应", Unit::Count),
            column("waiting", "Waiting", "未响应", Unit::Count),
            column("median", "Median", "中位数", Unit::Days),
            column("p90", "Ninth decile of the answered", "已响应 90 分位", Unit::Days),
            column("within_a_day", "Within a day", "24 小时内响应率", Unit::Rate),
            column("low", "95 % from", "95% 下限", Unit::Rate),
            column("high", "95 % to", "95% 上限", Unit::Rate),
        ],
        rows: answer_rows.collect(),
    };
    let figure = |key: &str, en: &str, zh: &str, value| Figure {
        key: key.to_owned(),
        label: Label::new(en, zh),
        value,
        unit: Unit::Count,
        note: None,
    };
    let customers: BTreeSet<Uuid> =
        done.iter().map(|one| one.with).filter(|with| !with.is_nil()).collect();
    let waiting = answers.values().map(|answers| answers.waiting).sum();
    Report {
        name: "activity".to_owned(),
        title: Label::new("What people did", "员工活动与响应"),
        as_of: query.as_of,
        zone: query.zone.name().to_owned(),
        currency,
        parameters: Vec::new(),
        figures: vec![
            figure("done", "Follow-ups", "跟进次数", count(done.len())),
            figure("customers", "Different customers", "客户数（去重）", count(customers.len())),
            figure("waiting", "Leads that wait", "未响应线索", Cell::Count(waiting)),
        ],
        charts: chart(&efforts, grain).into_iter().collect(),
        tables: vec![effort, response],
        definitions: definitions(),
        notes: Vec::new(),
    }
}

fn chart(
    efforts: &BTreeMap<(Uuid, chrono::NaiveDate), crate::analytics::Effort>,
    grain: Grain,
) -> Option<Chart> {
    let mut sums: BTreeMap<chrono::NaiveDate, u64> = BTreeMap::new();
    for ((_, start), effort) in efforts {
        let sum = sums.entry(*start).or_default();
        *sum = sum.saturating_add(effort.done);
    }
    (!sums.is_empty()).then(|| Chart {
        key: "effort".to_owned(),
        kind: ChartKind::Line,
        title: Label::new("Follow-ups", "跟进次数"),
        unit: Unit::Count,
        categories: sums.keys().map(|start| Label::same(&grain.name(*start))).collect(),
        series: vec![Series {
            label: Label::new("Follow-ups", "跟进次数"),
            values: sums.values().map(|sum| Some(sum.to_string())).collect(),
        }],
        shares: Vec::new(),
    })
}

fn definitions() -> Vec<Definition> {
    vec![
        Definition::new(
            ("Follow-ups", "跟进次数"),
            (
                "Activities that were done, by who did them and the day on which they happened. A customer, or a lead who is none yet, counts once a period.",
                "已完成的活动，按执行人与发生日计；同一期间内同一客户（或尚未转化的线索）只计一次。",
            ),
        ),
        Definition::new(
            ("Median", "中位数"),
            (
                "Days from when a lead reached us to the first activity with it; those that wait count as taking at least as long as they wait (Kaplan–Meier). Leads that nobody has are left out. Nights and holidays count.",
                "线索到达至首次活动的天数；未响应者按已等待时间截尾（Kaplan–Meier）。无负责人的线索不计。夜间与节假日计入。",
            ),
        ),
        Definition::new(
            ("Within a day", "24 小时内响应率"),
            (
                "Of the leads answered, and those that wait for a day or more; with Wilson's 95 % interval.",
                "分母为已响应与已等待满一天的线索；附 Wilson 95% 区间。",
            ),
        ),
    ]
}
