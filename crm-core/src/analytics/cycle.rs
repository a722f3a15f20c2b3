//! How long a deal takes, from creation to closing, the open ones not ignored.

use rust_decimal::Decimal;

use super::{
    dimension::Dimension,
    filter::{Filter, Sieve},
    group, heading,
    query::Query,
    stats::{days, mean_days, percentile_days, survival_median},
    table::{FactTable, Outcome},
    winrate,
};
use crate::export::document::{
    Cell, Chart, ChartKind, Column, Definition, Label, Report, Series, Table, Unit,
};

/// How long some deals took.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Durations {
    /// Seconds, ascending.
    seconds: Vec<i64>,
}

impl Durations {
    /// How many.
    pub fn count(&self) -> u64 {
        u64::try_from(self.seconds.len()).unwrap_or(u64::MAX)
    }

    /// Their mean in days.
    pub fn mean(&self) -> Option<Decimal> {
        mean_days(&self.seconds)
    }

    /// Their median in days.
    pub fn median(&self) -> Option<Decimal> {
        percentile_days(&self.seconds, 50)
    }

    /// The days within which nine in ten were done.
    pub fn p90(&self) -> Option<Decimal> {
        percentile_days(&self.seconds, 90)
    }
}

/// The cycle of one group.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CycleRow {
    /// The codes of the group, in the order of the dimensions.
    pub codes: Vec<u32>,
    /// Creation to closing of the won.
    pub won: Durations,
    /// Creation to closing of the lost.
    pub lost: Durations,
    /// Creation to the report's moment of the open: censored.
    pub open: Durations,
    /// The deals of `won` and `lost`.
    pub closed_members: Filter,
    /// The deals of `open`.
    pub open_members: Filter,
}

impl CycleRow {
    /// The Kaplan–Meier median of the time to closing, in days: open deals count as "longer than so far". Nothing where
    /// half have not closed yet within the time seen.
    pub fn median_with_open(&self) -> Option<Decimal> {
        let ended = [self.won.seconds.as_slice(), &self.lost.seconds].concat();
        days(survival_median(&ended, &self.open.seconds)?)
    }
}

/// The cycles of groups and of all.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Cycle {
    /// All deals.
    pub total: CycleRow,
    /// Each group, by label.
    pub groups: Vec<CycleRow>,
    /// Deals left out since creation or closing is not known.
    pub undated: u64,
    /// Deals left out since they end before they begin.
    pub misdated: u64,
}

#[derive(Clone, Debug, Default)]
struct Seconds {
    won: Vec<i64>,
    lost: Vec<i64>,
    open: Vec<i64>,
}

/// The cycles of the deals closed in the period, and how long the open ones have lasted.
pub fn cycle(table: &FactTable, query: &Query) -> Cycle {
    let closed = query.filter.clone().closed(query.period);
    let open = winrate::open_filter(query);
    let mut total = Seconds::default();
    let mut groups = group::Groups::<Seconds>::new(table, &query.by);
    let (mut undated, mut misdated) = (winrate::undated(table, query), 0u64);
    for (filter, is_open) in [(&closed, false), (&open, true)] {
        let sieve = Sieve::new(table, filter, query.zone);
        let asked = |deal: &usize| (table.deals.outcome(*deal) == Outcome::Open) == is_open;
        for deal in sieve.rows().into_iter().filter(asked) {
            let end =
                if is_open { Some(query.as_of_seconds()) } else { table.deals.closed_at(deal) };
            let Some((begin, end)) = table.deals.created_at(deal).zip(end) else {
                undated = undated.saturating_add(1);
                continue;
            };
            let Some(took) = end.checked_sub(begin).filter(|took| *took >= 0) else {
                misdated = misdated.saturating_add(1);
                continue;
            };
            let outcome = table.deals.outcome(deal);
            total.push(outcome, took);
            for key in group::keys(&sieve, table, &query.by, deal) {
                if let Some(figures) = groups.at(key) {
                    figures.push(outcome, took);
                }
            }
        }
    }
    let row = |codes: Vec<u32>, figures: Seconds| CycleRow {
        won: sorted(figures.won),
        lost: sorted(figures.lost),
        open: sorted(figures.open),
        closed_members: group::members(table, &closed, &query.by, &codes),
        open_members: group::members(table, &open, &query.by, &codes),
        codes,
    };
    let mut groups = if query.by.is_empty() { Vec::new() } else { groups.finish() };
    groups.sort_by_cached_key(|group| group::order(table, &query.by, &group.codes));
    let groups = groups.into_iter().map(|group| row(group.codes, group.figures)).collect();
    Cycle { total: row(Vec::new(), total), groups, undated, misdated }
}

impl Seconds {
    fn push(&mut self, outcome: Outcome, seconds: i64) {
        match outcome {
            Outcome::Open => self.open.push(seconds),
            Outcome::Won => self.won.push(seconds),
            Outcome::Lost => self.lost.push(seconds),
        }
    }
}

fn sorted(mut seconds: Vec<i64>) -> Durations {
    seconds.sort_unstable();
    Durations { seconds }
}

impl Cycle {
    /// The cycles as a document.
    pub fn report(&self, table: &FactTable, query: &Query) -> Report {
        use heading::figure;
        let mut report =
            heading::report("cycle", Label::new("Sales cycle", "销售周期"), table, query);
        let CycleRow { won, open, .. } = &self.total;
        let mut median = figure(
            "median",
            ("Median, won", "赢单周期中位数"),
            Cell::decimal(won.median()),
            Unit::Days,
        );
        median.note = Some(Label::new(
            format!("{} won deals", won.count()),
            format!("{} 个赢单", won.count()),
        ));
        let with_open = Cell::decimal(self.total.median_with_open());
        let mut with_open = figure(
            "median_with_open",
            ("Median to closing, open ones included", "关闭周期中位数（含未决）"),
            with_open,
            Unit::Days,
        );
        with_open.note = Some(Label::new(
            format!("{} open deals as censored", open.count()),
            format!("{} 个未决商机按删失处理", open.count()),
        ));
        report.figures = vec![
            median,
            figure("mean", ("Mean, won", "赢单周期均值"), Cell::decimal(won.mean()), Unit::Days),
            figure(
                "p90",
                ("Nine in ten won within", "赢单周期 P90"),
                Cell::decimal(won.p90()),
                Unit::Days,
            ),
            with_open,
        ];
        report.tables = vec![self.table(table, &query.by)];
        report.charts = self.chart(table, &query.by).into_iter().collect();
        report.definitions = definitions();
        heading::note_undated(&mut report, self.undated);
        heading::note(
            &mut report,
            self.misdated,
            "{n} deals end before they begin: left out.",
            "{n} 个商机的结束早于开始：未纳入。",
        );
        report
    }

    fn table(&self, table: &FactTable, by: &[Dimension]) -> Table {
        let mut columns: Vec<Column> = heading::group_columns(by);
        if by.is_empty() {
            columns.push(heading::column("group", ("Deals", "商机"), Unit::Text));
        }
        let count = |key: &str, en, zh| heading::column(key, (en, zh), Unit::Count);
        let days = |key: &str, en, zh| heading::column(key, (en, zh), Unit::Days);
        columns.extend([
            count("won", "Won", "赢单"),
            days("won_mean", "Mean", "赢单均值"),
            days("won_median", "Median", "赢单中位数"),
            days("won_p90", "90 %", "赢单 P90"),
            count("lost", "Lost", "输单"),
            days("lost_mean", "Lost: mean", "输单均值"),
            days("lost_median", "Lost: median", "输单中位数"),
            days("lost_p90", "Lost: 90 %", "输单 P90"),
            count("open", "Open", "未决"),
            days("open_median", "Open: median age", "未决账龄中位数"),
            days("median_with_open", "Median with open", "中位数（含未决）"),
        ]);
        let mut total = vec![Cell::Label(Label::new("All", "合计"))];
        total.resize(by.len().max(1), Cell::text(""));
        total.extend(self.total.cells());
        let row = |row: &CycleRow| {
            let mut cells = heading::group_cells(table, by, &row.codes);
            cells.extend(row.cells());
            cells
        };
        let rows = self.groups.iter().map(row).chain([total]).collect();
        let title = Label::new("Days from creation to closing", "从创建到关闭的天数");
        Table { key: "cycle".to_owned(), title, columns, rows }
    }

    fn chart(&self, table: &FactTable, by: &[Dimension]) -> Option<Chart> {
        const BARS_MAX: usize = 15;
        let mut shown: Vec<&CycleRow> =
            self.groups.iter().filter(|row| row.won.count() > 0).collect();
        shown.sort_by_key(|row| core::cmp::Reverse(row.won.median()));
        shown.truncate(BARS_MAX);
        let median = |row: &&CycleRow| row.won.median().map(|days| days.to_string());
        (!shown.is_empty()).then(|| Chart {
            key: "median".to_owned(),
            kind: ChartKind::Bar,
            title: Label::new(
                "Median days to win, longest first",
                "赢单周期中位数（天，由长到短）",
            ),
            unit: Unit::Days,
            categories: shown
                .iter()
                .map(|row| heading::group_label(table, by, &row.codes))
                .collect(),
            series: vec![Series {
                label: Label::new("Median days", "中位天数"),
                values: shown.iter().map(median).collect(),
            }],
            shares: Vec::new(),
        })
    }
}

impl CycleRow {
    fn cells(&self) -> Vec<Cell> {
        let of = |durations: &Durations| {
            let figures = [durations.mean(), durations.median(), durations.p90()];
            [Cell::Count(durations.count())].into_iter().chain(figures.map(Cell::decimal))
        };
        let open = [Cell::Count(self.open.count()), Cell::decimal(self.open.median())];
        let with_open = Cell::decimal(self.median_with_open());
        of(&self.won).chain(of(&self.lost)).chain(open).chain([with_open]).collect()
    }
}

fn definitions() -> Vec<Definition> {
    vec![
        Definition::new(
            ("Cycle", "周期"),
            (
                "Elapsed time from creation to closing, in days of 24 hours, of the deals closed in the period.",
                "期间内关闭的商机从创建到关闭经过的时间，按 24 小时为一天。",
            ),
        ),
        Definition::new(
            ("Median and 90 %", "中位数与 P90"),
            (
                "Percentiles interpolated linearly between ranks. Half, and nine in ten, took no longer.",
                "分位数在秩之间线性插值：一半与九成的商机不超过该天数。",
            ),
        ),
        Definition::new(
            ("Median with open", "中位数（含未决）"),
            (
                "Kaplan–Meier estimate of the time to closing, won or lost: an open deal counts as lasting longer than it has so far. No number where fewer than half are estimated to have closed within the time seen.",
                "关闭（赢或输）所需时间的 Kaplan–Meier 估计：未决商机视为“至今尚未结束”。若观察期内估计关闭不足一半，则无数值。",
            ),
        ),
    ]
}

#[cfg(test)]
#[path = "cycle_tests.rs"]
mod tests;
