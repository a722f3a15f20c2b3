//! Who wins what share: won / (won + lost), with its evidence and its interval.

use chrono_tz::Tz;

use super::{
    dimension::Dimension,
    filter::{Filter, Sieve},
    group, heading,
    period::Period,
    query::Query,
    stats::Proportion,
    table::{FactTable, Outcome},
    tally::ByOutcome,
};
use crate::export::document::{
    Cell, Chart, ChartKind, Column, Definition, Label, Report, Series, Table, Unit,
};

/// The win rate of one group.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct WinRow {
    /// The codes of the group, in the order of the dimensions.
    pub codes: Vec<u32>,
    /// Its deals: closed within the period, or open and created before its end.
    pub deals: ByOutcome,
    /// Those that were won or lost.
    pub decided: Filter,
    /// Those that are open.
    pub open: Filter,
}

impl WinRow {
    /// Won of decided.
    pub const fn win(&self) -> Proportion {
        let ByOutcome { won, lost, .. } = self.deals;
        Proportion::new(won.deals, won.deals.saturating_add(lost.deals))
    }
}

/// Win rates of groups and of all.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct WinRate {
    /// All deals.
    pub total: WinRow,
    /// Each group, those with most decided deals first.
    pub groups: Vec<WinRow>,
    /// Closed deals left out since a period was asked and their closing is not known.
    pub undated: u64,
}

/// The win rates of the deals closed in the period.
pub fn winrate(table: &FactTable, query: &Query) -> WinRate {
    let decided = query.filter.clone().closed(query.period);
    let open = open_filter(query);
    let rows = |filter: &Filter, is_open: bool| {
        let asked = |deal: &usize| (table.deals.outcome(*deal) == Outcome::Open) == is_open;
        let rows = Sieve::new(table, filter, query.zone).rows();
        rows.into_iter().filter(asked).collect::<Vec<_>>()
    };
    let rows = [rows(&decided, false), rows(&open, true)].concat();
    let mut total = ByOutcome::default();
    for deal in &rows {
        total.add(table.deals.outcome(*deal), table.deals.base_minor(*deal));
    }
    let sieve = Sieve::new(table, &query.filter, query.zone);
    let groups = group::tallies(table, &sieve, &rows, &query.by);
    let row = |group: group::Group<ByOutcome>| {
        let narrow = |filter: &Filter| group::members(table, filter, &query.by, &group.codes);
        WinRow {
            decided: narrow(&decided),
            open: narrow(&open),
            codes: group.codes,
            deals: group.figures,
        }
    };
    let mut groups: Vec<WinRow> =
        if query.by.is_empty() { Vec::new() } else { groups.into_iter().map(row).collect() };
    groups.sort_by_cached_key(|row| {
        (core::cmp::Reverse(row.win().trials), group::order(table, &query.by, &row.codes))
    });
    let undated = undated(table, query);
    WinRate { total: WinRow { codes: Vec::new(), deals: total, decided, open }, groups, undated }
}

/// The open deals that a period of closings speaks of: those created before its end.
pub(super) fn open_filter(query: &Query) -> Filter {
    let before_its_end = Period { from: None, to: query.period.to };
    query.filter.clone().outcome(Outcome::Open).created(before_its_end)
}

/// Closed deals whose closing is not known, where a period asks for it.
pub(super) fn undated(table: &FactTable, query: &Query) -> u64 {
    if query.period.is_all() { 0 } else { undated_closings(table, &query.filter, query.zone) }
}

/// The closed deals of `filter` whose closing is not known.
pub(super) fn undated_closings(table: &FactTable, filter: &Filter, zone: Tz) -> u64 {
    let sieve = Sieve::new(table, filter, zone);
    let is_undated = |deal: &usize| {
        table.deals.outcome(*deal) != Outcome::Open && table.deals.closed_at(*deal).is_none()
    };
    let undated = (0..table.len()).filter(is_undated).filter(|deal| sieve.admits(*deal));
    undated.fold(0, |count: u64, _| count.saturating_add(1))
}

impl WinRate {
    /// The win rates as a document.
    pub fn report(&self, table: &FactTable, query: &Query) -> Report {
        let mut report = heading::report("winrate", Label::new("Win rate", "赢单率"), table, query);
        let ByOutcome { open, won, lost } = self.total.deals;
        let mut rate = heading::figure(
            "win_rate",
            ("Win rate", "赢单率"),
            Cell::decimal(self.total.win().rate()),
            Unit::Rate,
        );
        rate.note = self.total.win().interval().map(|(low, high)| {
            use crate::export::percent;
            let span = format!("{} – {}", percent(&low.to_string()), percent(&high.to_string()));
            Label::new(format!("95 %: {span}"), format!("95%：{span}"))
        });
        report.figures = vec![
            rate,
            heading::figure("won", ("Won", "赢单"), Cell::Count(won.deals), Unit::Count),
            heading::figure("lost", ("Lost", "输单"), Cell::Count(lost.deals), Unit::Count),
            heading::figure("open", ("Open", "未决"), Cell::Count(open.deals), Unit::Count),
        ];
        report.tables = vec![self.table(table, &query.by)];
        report.charts = self.chart(table, &query.by).into_iter().collect();
        report.definitions = definitions(query.by.iter().any(|of| of.is_of_lines()));
        heading::note_undated(&mut report, self.undated);
        report
    }

    fn table(&self, table: &FactTable, by: &[Dimension]) -> Table {
        let mut columns: Vec<Column> = heading::group_columns(by);
        if by.is_empty() {
            columns.push(heading::column("group", ("Deals", "商机"), Unit::Text));
        }
        let count = |key: &str, en, zh| heading::column(key, (en, zh), Unit::Count);
        let rate = |key: &str, en, zh| heading::column(key, (en, zh), Unit::Rate);
        columns.extend([
            count("won", "Won", "赢单"),
            count("lost", "Lost", "输单"),
            count("decided", "Decided", "已决"),
            rate("win_rate", "Win rate", "赢单率"),
            rate("low", "95 % from", "95% 下限"),
            rate("high", "95 % to", "95% 上限"),
            count("open", "Open", "未决"),
            heading::column("won_amount", ("Won amount", "赢单金额"), Unit::Money),
        ]);
        let all = Cell::Label(Label::new("All", "合计"));
        let mut total = vec![all];
        total.resize(by.len().max(1), Cell::text(""));
        total.extend(self.total.cells(table));
        let row = |row: &WinRow| {
            let mut cells = heading::group_cells(table, by, &row.codes);
            cells.extend(row.cells(table));
            cells
        };
        let rows = self.groups.iter().map(row).chain([total]).collect();
        Table {
            key: "win_rate".to_owned(), title: Label::new("Win rate", "赢单率"), columns, rows
        }
    }

    fn chart(&self, table: &FactTable, by: &[Dimension]) -> Option<Chart> {
        const BARS_MAX: usize = 15;
        let shown: Vec<&WinRow> =
            self.groups.iter().filter(|row| row.win().trials > 0).take(BARS_MAX).collect();
        let rate = |row: &&WinRow| row.win().rate().map(|rate| rate.to_string());
        (!shown.is_empty()).then(|| Chart {
            key: "win_rate".to_owned(),
            kind: ChartKind::Bar,
            title: Label::new("Win rate, most decided deals first", "赢单率（按已决商机数排序）"),
            unit: Unit::Rate,
            categories: shown
                .iter()
                .map(|row| heading::group_label(table, by, &row.codes))
                .collect(),
            series: vec![Series {
                label: Label::new("Win rate", "赢单率"),
                values: shown.iter().map(rate).collect(),
            }],
            shares: Vec::new(),
        })
    }
}

impl WinRow {
    fn cells(&self, table: &FactTable) -> Vec<Cell> {
        let win = self.win();
        let interval = win.interval();
        vec![
            Cell::Count(win.successes),
            Cell::Count(self.deals.lost.deals),
            Cell::Count(win.trials),
            Cell::decimal(win.rate()),
            Cell::decimal(interval.map(|(low, _)| low)),
            Cell::decimal(interval.map(|(_, high)| high)),
            Cell::Count(self.deals.open.deals),
            Cell::number(self.deals.won.amount(table)),
        ]
    }
}

fn definitions(of_lines: bool) -> Vec<Definition> {
    let mut definitions = vec![
        Definition::new(
            ("Win rate", "赢单率"),
            (
                "Won / (won + lost) of the deals closed in the period. Open deals are stated and in neither number; without a decided deal there is no rate.",
                "期间内关闭的商机：赢单 /（赢单 + 输单）。未决商机单列、不计入；没有已决商机则无数据。",
            ),
        ),
        Definition::new(
            ("95 % interval", "95% 区间"),
            (
                "Wilson's score interval without continuity correction.",
                "Wilson 得分区间，无连续性校正。",
            ),
        ),
        Definition::new(
            ("Open", "未决"),
            (
                "Open at the report's moment and created before the end of the period.",
                "截至报表时点未决，且创建于期末之前。",
            ),
        ),
    ];
    if of_lines {
        definitions.push(Definition::new(
            ("By product or category", "按产品或类别"),
            (
                "A deal counts once in every group it has a line of, with its whole amount: groups overlap and do not sum to the total.",
                "商机在其明细涉及的每个分组各计一次，金额按整单计：分组有重叠，合计不等于总数。",
            ),
        ));
    }
    definitions
}

#[cfg(test)]
#[path = "winrate_tests.rs"]
mod tests;
