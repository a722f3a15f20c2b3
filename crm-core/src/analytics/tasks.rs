//! How many tasks are done, and how many in time: by person, team and stage.

use std::collections::BTreeMap;

use super::{
    dimension::Dimension, group, heading, period::Seconds, query::Query, stats::Proportion,
    table::FactTable,
};
use crate::export::document::{
    Cell, Chart, ChartKind, Column, Definition, Label, Report, Series, Table, Unit,
};

/// One task as the report sees it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct TaskRow<'a> {
    /// Key of who has to do it.
    pub owner: &'a str,
    /// Key of their team.
    pub team: &'a str,
    /// Key of the stage in which its deal stood when it was due; empty where it is about no deal.
    pub stage: &'a str,
    /// When it is due, in seconds since 1970.
    pub due_at: i64,
    /// When it was done, where it is.
    pub done_at: Option<i64>,
    /// It was given up.
    pub cancelled: bool,
}

/// How a group of tasks stands.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct TaskTally {
    /// Done not after they were due.
    pub on_time: u64,
    /// Done after that.
    pub late: u64,
    /// Not done, and due.
    pub overdue: u64,
    /// Not done, and not yet due.
    pub pending: u64,
    /// Given up.
    pub cancelled: u64,
}

impl TaskTally {
    /// Those of which one may ask whether they are done: done or due.
    pub const fn asked(&self) -> u64 {
        self.on_time.saturating_add(self.late).saturating_add(self.overdue)
    }

    /// The share that is done.
    pub const fn done(&self) -> Proportion {
        Proportion::new(self.on_time.saturating_add(self.late), self.asked())
    }

    /// The share that was done in time.
    pub const fn in_time(&self) -> Proportion {
        Proportion::new(self.on_time, self.asked())
    }

    fn add(&mut self, task: &TaskRow<'_>, as_of: i64) {
        let slot = match task.done_at {
            _ if task.cancelled => &mut self.cancelled,
            Some(done_at) if done_at <= task.due_at => &mut self.on_time,
            Some(_) => &mut self.late,
            None if task.due_at < as_of => &mut self.overdue,
            None => &mut self.pending,
        };
        *slot = slot.saturating_add(1);
    }
}

/// How tasks stand: all, and each group.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TaskRates {
    /// All tasks.
    pub total: TaskTally,
    /// Each group, by name: the codes of its dimensions, and its tasks.
    pub groups: Vec<(Vec<u32>, TaskTally)>,
}

impl<'a> TaskRow<'a> {
    /// What tasks can be split by and narrowed to.
    pub const DIMENSIONS: [Dimension; 3] = [Dimension::Owner, Dimension::Team, Dimension::Stage];

    const fn key(&self, dimension: Dimension) -> &'a str {
        match dimension {
            Dimension::Owner => self.owner,
            Dimension::Team => self.team,
            Dimension::Stage => self.stage,
            Dimension::Customer
            | Dimension::Pipeline
            | Dimension::Source
            | Dimension::Region
            | Dimension::Industry
            | Dimension::Reason
            | Dimension::Competitor
            | Dimension::Product
            | Dimension::Category => "",
        }
    }
}

/// How the tasks due in the period stand; `table` knows what keys are called. Only [`TaskRow::DIMENSIONS`] narrow and split.
pub fn tasks(table: &FactTable, rows: &[TaskRow<'_>], query: &Query) -> TaskRates {
    let span: Seconds = query.period.seconds_in(query.zone);
    let as_of = query.as_of_seconds();
    let admits = |task: &TaskRow<'_>| {
        span.contains(task.due_at)
            && query.filter.is.iter().all(|(of, keys)| keys.contains(task.key(*of)))
    };
    let mut total = TaskTally::default();
    let mut groups: BTreeMap<Vec<u32>, TaskTally> = BTreeMap::new();
    for task in rows.iter().filter(|task| admits(task)) {
        total.add(task, as_of);
        let code = |of: &Dimension| table.dictionary(*of).code(task.key(*of)).unwrap_or(0);
        groups.entry(query.by.iter().map(code).collect()).or_default().add(task, as_of);
    }
    let mut groups: Vec<_> =
        if query.by.is_empty() { Vec::new() } else { groups.into_iter().collect() };
    groups.sort_by_cached_key(|(codes, _)| group::order(table, &query.by, codes));
    TaskRates { total, groups }
}

impl TaskRates {
    /// The completion rates as a document.
    pub fn report(&self, table: &FactTable, query: &Query) -> Report {
        let mut report =
            heading::report("tasks", Label::new("Tasks", "任务完成情况"), table, query);
        let rate = |key, label, share: Proportion| {
            heading::figure(key, label, Cell::decimal(share.rate()), Unit::Rate)
        };
        let count =
            |key, label, count| heading::figure(key, label, Cell::Count(count), Unit::Count);
        report.figures = vec![
            rate("done_rate", ("Completion rate", "完成率"), self.total.done()),
            rate("in_time_rate", ("Done in time", "按时完成率"), self.total.in_time()),
            count("overdue", ("Overdue", "逾期未完成"), self.total.overdue),
            count("pending", ("Not yet due", "未到期"), self.total.pending),
        ];
        report.tables = vec![self.table(table, &query.by)];
        report.charts = self.chart(table, &query.by).into_iter().collect();
        report.definitions = definitions();
        report
    }

    fn table(&self, table: &FactTable, by: &[Dimension]) -> Table {
        let mut columns: Vec<Column> = heading::group_columns(by);
        if by.is_empty() {
            columns.push(heading::column("group", ("Tasks", "任务"), Unit::Text));
        }
        let count = |key: &str, en, zh| heading::column(key, (en, zh), Unit::Count);
        let rate = |key: &str, en, zh| heading::column(key, (en, zh), Unit::Rate);
        columns.extend([
            count("on_time", "In time", "按时完成"),
            count("late", "Late", "逾期完成"),
            count("overdue", "Overdue", "逾期未完成"),
            rate("done_rate", "Completion rate", "完成率"),
            rate("low", "95 % from", "95% 下限"),
            rate("high", "95 % to", "95% 上限"),
            rate("in_time_rate", "Done in time", "按时完成率"),
            count("pending", "Not yet due", "未到期"),
            count("cancelled", "Cancelled", "已取消"),
        ]);
        let mut total = vec![Cell::Label(Label::new("All", "合计"))];
        total.resize(by.len().max(1), Cell::text(""));
        total.extend(self.total.cells());
        let row = |(codes, tally): &(Vec<u32>, TaskTally)| {
            let mut cells = heading::group_cells(table, by, codes);
            cells.extend(tally.cells());
            cells
        };
        let rows = self.groups.iter().map(row).chain([total]).collect();
        let title = Label::new("Tasks", "任务完成情况");
        Table { key: "tasks".to_owned(), title, columns, rows }
    }

    fn chart(&self, table: &FactTable, by: &[Dimension]) -> Option<Chart> {
        const BARS_MAX: usize = 15;
        let asked = self.groups.iter().filter(|(_, tally)| tally.asked() > 0);
        let shown: Vec<&(Vec<u32>, TaskTally)> = asked.take(BARS_MAX).collect();
        let series = |label: (&str, &str), value: fn(&TaskTally) -> u64| Series {
            label: Label::new(label.0, label.1),
            values: shown.iter().map(|(_, tally)| Some(value(tally).to_string())).collect(),
        };
        (!shown.is_empty()).then(|| Chart {
            key: "tasks".to_owned(),
            kind: ChartKind::Bar,
            title: Label::new(
                "Tasks done in time, late, and overdue",
                "任务：按时、逾期完成与逾期未完成",
            ),
            unit: Unit::Count,
            categories: shown
                .iter()
                .map(|(codes, _)| heading::group_label(table, by, codes))
                .collect(),
            series: vec![
                series(("In time", "按时完成"), |tally| tally.on_time),
                series(("Late", "逾期完成"), |tally| tally.late),
                series(("Overdue", "逾期未完成"), |tally| tally.overdue),
            ],
            shares: Vec::new(),
        })
    }
}

impl TaskTally {
    fn cells(&self) -> Vec<Cell> {
        let interval = self.done().interval();
        vec![
            Cell::Count(self.on_time),
            Cell::Count(self.late),
            Cell::Count(self.overdue),
            Cell::decimal(self.done().rate()),
            Cell::decimal(interval.map(|(low, _)| low)),
            Cell::decimal(interval.map(|(_, high)| high)),
            Cell::decimal(self.in_time().rate()),
            Cell::Count(self.pending),
            Cell::Count(self.cancelled),
        ]
    }
}

fn definitions() -> Vec<Definition> {
    vec![
        Definition::new(
            ("Completion rate", "完成率"),
            (
                "Done / (done + overdue) of the tasks due in the period. Cancelled tasks and those not yet due are stated and in neither number.",
                "期间内到期的任务：已完成 /（已完成 + 逾期未完成）。已取消与未到期的任务单列、不计入。",
            ),
        ),
        Definition::new(
            ("Stage", "阶段"),
            (
                "Where the deal of a task stood when the task was due; (none) for a task about no deal.",
                "任务到期时其商机所处的阶段；与商机无关的任务归入（未填）。",
            ),
        ),
        Definition::new(
            ("95 % interval", "95% 区间"),
            (
                "Wilson's score interval without continuity correction.",
                "Wilson 得分区间，无连续性校正。",
            ),
        ),
    ]
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::analytics::{Filter, Period, sample};

    const DUE: i64 = 86_400;

    fn task<'a>(
        owner: &'a str,
        stage: &'a str,
        done_at: Option<i64>,
        cancelled: bool,
    ) -> TaskRow<'a> {
        TaskRow { owner, team: "", stage, due_at: DUE, done_at, cancelled }
    }

    fn counts(tally: &TaskTally) -> [u64; 5] {
        [tally.on_time, tally.late, tally.overdue, tally.pending, tally.cancelled]
    }

    #[test]
    fn a_task_is_done_in_time_or_late_or_overdue_or_pending_or_cancelled() {
        let table = FactTable::builder("CNY", 2).finish().unwrap();
        let at = |seconds: i64| crate::value::Timestamp::from_micros(seconds * 1_000_000).unwrap();
        let rows = [
            ("done when it was due is in time", Some(DUE), false, DUE, [1, 0, 0, 0, 0]),
            ("done a second later is late", Some(DUE + 1), false, DUE + 9, [0, 1, 0, 0, 0]),
            ("open when it is due is pending", None, false, DUE, [0, 0, 0, 1, 0]),
            ("open a second later is overdue", None, false, DUE + 1, [0, 0, 1, 0, 0]),
            ("given up is in no rate", None, true, DUE + 1, [0, 0, 0, 0, 1]),
        ];
        for (rule, done_at, cancelled, as_of, expected) in rows {
            let query = Query { as_of: at(as_of), ..sample::all() };
            let found = tasks(&table, &[task("u", "", done_at, cancelled)], &query);
            assert_eq!(counts(&found.total), expected, "a task {rule}");
        }
    }

    #[test]
    fn rates_are_of_each_person_and_stage_and_add_up() {
        let mut builder = FactTable::builder("CNY", 2);
        builder.label(Dimension::Owner, "li", "李娜");
        builder.label(Dimension::Owner, "wang", "王伟");
        builder.label(Dimension::Stage, "quote", "方案报价");
        let table = builder.finish().unwrap();
        let rows = [
            task("li", "quote", Some(1), false),
            task("li", "quote", None, false),
            task("li", "", Some(1), false),
            task("wang", "", Some(DUE + 1), false),
        ];
        let query = sample::all().by([Dimension::Owner, Dimension::Stage]);
        let found = tasks(&table, &rows, &query);
        let groups: Vec<(Vec<String>, [u64; 5])> = found
            .groups
            .iter()
            .map(|(codes, tally)| (group::labels(&table, &query.by, codes), counts(tally)))
            .collect();
        let group =
            |owner: &str, stage: &str, counts| (vec![owner.to_owned(), stage.to_owned()], counts);
        assert_eq!(
            groups,
            [
                group("李娜", "方案报价", [1, 0, 1, 0, 0]),
                group("李娜", "(none)", [1, 0, 0, 0, 0]),
                group("王伟", "(none)", [0, 1, 0, 0, 0]),
            ]
        );
        assert_eq!(counts(&found.total), [2, 1, 1, 0, 0]);
        assert_eq!(found.total.done(), Proportion::new(3, 4));
        let only = sample::all().only(Filter::default().with(Dimension::Owner, "wang"));
        assert_eq!(counts(&tasks(&table, &rows, &only).total), [0, 1, 0, 0, 0]);
        let before = sample::all()
            .during(Period { from: None, to: chrono::NaiveDate::from_ymd_opt(1970, 1, 2) });
        assert_eq!(
            tasks(&table, &rows, &Query { zone: chrono_tz::UTC, ..before }).total.asked(),
            0
        );
    }
}
