//! What people did and how soon they answered, as a document.

use std::collections::{BTreeMap, BTreeSet};

use chrono::NaiveDate;
use uuid::Uuid;

use super::effort::{Asked, Done, Effort, answers, efforts};
use super::heading::{column, figure};
use super::period::Grain;
use super::query::Query;
use super::stats::Proportion;
use crate::export::document::{
    Cell, Chart, ChartKind, Definition, Label, Report, Series, Table, Unit,
};

/// What the report on activity is made of.
pub struct EffortView<'a> {
    /// What is asked.
    pub query: &'a Query,
    /// ISO 4217 code.
    pub currency: String,
    /// By day, week or month.
    pub grain: Grain,
    /// What was done.
    pub done: &'a [Done],
    /// Who turned to us.
    pub asked: &'a [Asked],
    /// What people are called.
    pub name: &'a dyn Fn(Uuid) -> String,
    /// Their logins, by which they stand.
    pub login: &'a dyn Fn(Uuid) -> String,
}

fn count(count: usize) -> Cell {
    Cell::Count(u64::try_from(count).unwrap_or(u64::MAX))
}

impl EffortView<'_> {
    /// The document.
    pub fn report(self) -> Report {
        let efforts = efforts(self.done, self.grain);
        let as_of = self.query.as_of.utc().timestamp();
        let answered = answers(self.asked, as_of);
        let customers: BTreeSet<Uuid> =
            self.done.iter().map(|one| one.with).filter(|with| !with.is_nil()).collect();
        let waiting = answered.values().map(|answers| answers.waiting).sum();
        let told = |key, label, value| figure(key, label, value, Unit::Count);
        Report {
            name: "activity".to_owned(),
            title: Label::new("What people did", "员工活动与响应"),
            as_of: self.query.as_of,
            zone: self.query.zone.name().to_owned(),
            currency: self.currency.clone(),
            parameters: Vec::new(),
            figures: vec![
                told("done", ("Follow-ups", "跟进次数"), count(self.done.len())),
                told(
                    "customers",
                    ("Different customers", "客户数（去重）"),
                    count(customers.len()),
                ),
                told("waiting", ("Leads that wait", "未响应线索"), Cell::Count(waiting)),
            ],
            charts: chart(&efforts, self.grain).into_iter().collect(),
            tables: vec![self.effort(&efforts), self.response(&answered, as_of)],
            definitions: definitions(),
            notes: Vec::new(),
        }
    }

    fn effort(&self, efforts: &BTreeMap<(Uuid, NaiveDate), Effort>) -> Table {
        let share = |(part, all): (u64, u64)| Cell::decimal(Proportion::new(part, all).rate());
        let mut rows: Vec<_> = efforts.iter().collect();
        rows.sort_by_cached_key(|((user, start), _)| (*start, (self.login)(*user), *user));
        let rows = rows.into_iter().map(|((user, start), effort)| {
            vec![
                Cell::text(self.grain.name(*start)),
                Cell::text((self.name)(*user)),
                Cell::Count(effort.done),
                count(effort.with.len()),
                share(effort.reached),
                Cell::Count(effort.late_entry),
            ]
        });
        Table {
            key: "effort".to_owned(),
            title: Label::new("Follow-ups", "跟进工作量"),
            columns: vec![
                column("period", ("Period", "期间"), Unit::Text),
                column("owner", ("Who", "人员"), Unit::Text),
                column("done", ("Follow-ups", "跟进次数"), Unit::Count),
                column("customers", ("Different customers", "客户数（去重）"), Unit::Count),
                column("reached", ("Reached", "联系成功率"), Unit::Rate),
                column("late_entry", ("Entered late", "补录"), Unit::Count),
            ],
            rows: rows.collect(),
        }
    }

    fn response(&self, answered: &BTreeMap<Uuid, super::effort::Answers>, as_of: i64) -> Table {
        let mut rows: Vec<_> = answered.iter().collect();
        rows.sort_by_cached_key(|(user, _)| ((self.login)(**user), **user));
        let rows = rows.into_iter().map(|(user, answers)| {
            let waits = self.asked.iter().filter(|one| one.owner == *user);
            let waits = waits.filter(|one| one.answered_at.is_none_or(|at| at > as_of));
            let waits: Vec<i64> = waits.map(|one| as_of.saturating_sub(one.at)).collect();
            let within = answers.within_a_day();
            let interval = within.interval();
            vec![
                Cell::text((self.name)(*user)),
                count(answers.took.len()),
                Cell::Count(answers.waiting),
                Cell::decimal(answers.median(&waits)),
                Cell::decimal(answers.percentile(90)),
                Cell::decimal(within.rate()),
                Cell::decimal(interval.map(|(low, _)| low)),
                Cell::decimal(interval.map(|(_, high)| high)),
            ]
        });
        Table {
            key: "response".to_owned(),
            title: Label::new("How soon new leads were answered", "新线索响应时间"),
            columns: vec![
                column("owner", ("Who", "人员"), Unit::Text),
                column("answered", ("Answered", "已响应"), Unit::Count),
                column("waiting", ("Waiting", "未响应"), Unit::Count),
                column("median", ("Median", "中位数"), Unit::Days),
                column("p90", ("Ninth decile of the answered", "已响应 90 分位"), Unit::Days),
                column("within_a_day", ("Within a day", "24 小时内响应率"), Unit::Rate),
                column("low", ("95 % from", "95% 下限"), Unit::Rate),
                column("high", ("95 % to", "95% 上限"), Unit::Rate),
            ],
            rows: rows.collect(),
        }
    }
}

fn chart(efforts: &BTreeMap<(Uuid, NaiveDate), Effort>, grain: Grain) -> Option<Chart> {
    let mut sums: BTreeMap<NaiveDate, u64> = BTreeMap::new();
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
