//! The base figures: how many, how much, in which stage.

use std::collections::BTreeMap;

use super::{
    amount::Amount,
    dimension::Dimension,
    filter::{Filter, Sieve},
    funnel, group, heading,
    query::Query,
    stats::Proportion,
    table::{FactTable, Outcome},
    tally::{ByOutcome, Tally},
};
use crate::export::document::{
    Cell, Chart, ChartKind, Column, Definition, Label, Report, Series, Table, Unit,
};

/// What the engine counts outside the table.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Counts {
    /// Leads, if they were counted.
    pub leads: Option<u64>,
    /// Customers, with or without deals, if they were counted.
    pub customers: Option<u64>,
}

/// The net of lines, rounded line by line and before rounding.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct LinesTotal {
    /// How many lines were summed.
    pub lines: u64,
    /// The sum of lines rounded half up, each for itself.
    pub rounded: Amount,
    /// The sum of lines before rounding.
    pub exact: Amount,
    /// Lines left out since their deal is in another currency.
    pub foreign: u64,
}

/// Deals of one group.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct OverviewRow {
    /// The codes of the group, in the order of the dimensions.
    pub codes: Vec<u32>,
    /// Its deals.
    pub deals: ByOutcome,
    /// Which they are.
    pub members: Filter,
}

/// The base figures of the deals created in the period.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Overview {
    /// What was counted outside.
    pub counts: Counts,
    /// Customers that have a deal here.
    pub customers_with_deals: u64,
    /// The deals.
    pub deals: ByOutcome,
    /// Which they are.
    pub members: Filter,
    /// Their lines.
    pub lines: LinesTotal,
    /// The deals by pipeline and the stage they stand in or were closed from, in the stages' order.
    pub stages: Vec<OverviewRow>,
    /// The deals by the dimensions that were asked for.
    pub groups: Vec<OverviewRow>,
    /// Deals left out since a period was asked and their creation is not known.
    pub undated: u64,
}

const STAGES: [Dimension; 2] = [Dimension::Pipeline, Dimension::Stage];

/// Counts and sums.
pub fn overview(table: &FactTable, query: &Query, counts: Counts) -> Overview {
    let members = query.filter.clone().created(query.period);
    let sieve = Sieve::new(table, &members, query.zone);
    let rows = sieve.rows();
    let mut deals = ByOutcome::default();
    let mut customers = vec![false; table.dictionary(Dimension::Customer).len()];
    for deal in &rows {
        deals.add(table.deals.outcome(*deal), table.deals.base_minor(*deal));
        let code = usize::try_from(table.deals.codes.customer.at(*deal)).ok();
        if let Some(seen) = code.filter(|code| *code > 0).and_then(|code| customers.get_mut(code)) {
            *seen = true;
        }
    }
    let with_deals = customers.into_iter().filter(|seen| *seen).count();
    let groups = if query.by.is_empty() {
        Vec::new()
    } else {
        split(table, &sieve, &rows, &query.by, &members)
    };
    Overview {
        counts,
        customers_with_deals: u64::try_from(with_deals).unwrap_or(u64::MAX),
        deals,
        lines: lines(table, &sieve, &rows),
        stages: split(table, &sieve, &rows, &STAGES, &members),
        groups,
        undated: funnel::undated(table, query),
        members,
    }
}

fn split(
    table: &FactTable,
    sieve: &Sieve<'_>,
    rows: &[usize],
    by: &[Dimension],
    members: &Filter,
) -> Vec<OverviewRow> {
    let mut groups = group::tallies(table, sieve, rows, by);
    groups.sort_by_cached_key(|group| group::order(table, by, &group.codes));
    let row = |group: group::Group<ByOutcome>| OverviewRow {
        members: group::members(table, members, by, &group.codes),
        codes: group.codes,
        deals: group.figures,
    };
    groups.into_iter().map(row).collect()
}

fn lines(table: &FactTable, sieve: &Sieve<'_>, rows: &[usize]) -> LinesTotal {
    let (mut counted, mut foreign, mut rounded, mut exact) = (0u64, 0u64, 0i128, 0i128);
    for deal in rows {
        let priced = table.lines_are_priced(*deal);
        for line in table.lines_of(*deal).filter(|line| sieve.admits_line(*line)) {
            if !priced {
                foreign = foreign.saturating_add(1);
                continue;
            }
            counted = counted.saturating_add(1);
            let minor = table.lines.rounded_minor.get(line).copied().map_or(0, i128::from);
            rounded = rounded.saturating_add(minor);
            exact = exact.saturating_add(table.lines.exact.get(line).copied().unwrap_or(0));
        }
    }
    let (rounded, exact) = (table.amount(rounded), table.exact_amount(exact));
    LinesTotal { lines: counted, rounded, exact, foreign }
}

impl Overview {
    /// The share of the decided deals that were won.
    pub const fn win(&self) -> Proportion {
        let ByOutcome { won, lost, .. } = self.deals;
        Proportion::new(won.deals, won.deals.saturating_add(lost.deals))
    }

    /// The overview as a document.
    pub fn report(&self, table: &FactTable, query: &Query) -> Report {
        let mut report =
            heading::report("overview", Label::new("Overview", "销售概览"), table, query);
        report.figures = self.figures(table);
        report.tables = vec![
            self.outcomes(table),
            rows_table(table, "stages", Label::new("By stage", "按阶段"), &STAGES, &self.stages),
        ];
        if !query.by.is_empty() {
            let title = Label::new("By group", "按分组");
            report.tables.push(rows_table(table, "groups", title, &query.by, &self.groups));
        }
        report.charts = vec![self.stage_chart(table)];
        report.definitions = definitions();
        heading::note_unpriced(&mut report, self.deals.total().unpriced);
        heading::note_undated(&mut report, self.undated);
        heading::note(
            &mut report,
            self.lines.foreign,
            "{n} lines of deals in another currency are in no sum of lines.",
            "{n} 条外币商机的明细不计入明细合计。",
        );
        report
    }

    fn figures(&self, table: &FactTable) -> Vec<crate::export::document::Figure> {
        use heading::figure;
        let ByOutcome { open, won, lost } = self.deals;
        let money = |tally: Tally| Cell::number(tally.amount(table));
        let mut figures = Vec::new();
        if let Some(leads) = self.counts.leads {
            figures.push(figure("leads", ("Leads", "线索"), Cell::Count(leads), Unit::Count));
        }
        let customers = self.counts.customers.unwrap_or(self.customers_with_deals);
        let mut with_deals =
            figure("customers", ("Customers", "客户"), Cell::Count(customers), Unit::Count);
        with_deals.note = Some(Label::new(
            format!("{} with deals", self.customers_with_deals),
            format!("{} 个有商机", self.customers_with_deals),
        ));
        let mut deals = figure(
            "deals",
            ("Opportunities", "商机"),
            Cell::Count(self.deals.total().deals),
            Unit::Count,
        );
        deals.note = Some(Label::new(
            format!("{} open · {} won · {} lost", open.deals, won.deals, lost.deals),
            format!("{} 进行中 · {} 赢单 · {} 输单", open.deals, won.deals, lost.deals),
        ));
        let mut won_amount = figure("won_amount", ("Won", "赢单金额"), money(won), Unit::Money);
        won_amount.note =
            Some(Label::new(format!("{} deals", won.deals), format!("{} 个商机", won.deals)));
        let mut open_amount =
            figure("open_amount", ("Open pipeline", "在途金额"), money(open), Unit::Money);
        open_amount.note =
            Some(Label::new(format!("{} deals", open.deals), format!("{} 个商机", open.deals)));
        let mut rate = figure(
            "win_rate",
            ("Win rate", "赢单率"),
            Cell::decimal(self.win().rate()),
            Unit::Rate,
        );
        rate.note = Some(Label::new(
            format!("{} of {} decided, {} open", won.deals, self.win().trials, open.deals),
            format!("已决 {} 个中赢 {} 个，{} 个未决", self.win().trials, won.deals, open.deals),
        ));
        figures.extend([with_deals, deals, won_amount, open_amount, rate]);
        if self.lines.lines > 0 {
            let lines = self.lines;
            let rounded = Cell::number(lines.rounded);
            figures.push(figure(
                "lines_rounded",
                ("Lines, each rounded", "明细合计（逐行取整）"),
                rounded,
                Unit::Money,
            ));
            figures.push(figure(
                "lines_exact",
                ("Lines, exact", "明细合计（精确）"),
                Cell::number(lines.exact),
                Unit::Exact,
            ));
        }
        figures
    }

    fn outcomes(&self, table: &FactTable) -> Table {
        let row = |label: (&str, &str), tally: Tally| {
            let mut cells = vec![Cell::Label(Label::new(label.0, label.1))];
            cells.extend(tally.cells(table));
            cells.push(Cell::Count(tally.unpriced));
            cells
        };
        Table {
            key: "outcomes".to_owned(),
            title: Label::new("By outcome", "按结果"),
            columns: vec![
                heading::column("outcome", ("Outcome", "结果"), Unit::Text),
                heading::column("deals", ("Deals", "商机数"), Unit::Count),
                heading::column("amount", ("Amount", "金额"), Unit::Money),
                heading::column("unpriced", ("Unpriced", "无本位币金额"), Unit::Count),
            ],
            rows: vec![
                row(("Open", "进行中"), self.deals.open),
                row(("Won", "赢单"), self.deals.won),
                row(("Lost", "输单"), self.deals.lost),
                row(("All", "合计"), self.deals.total()),
            ],
        }
    }

    /// Stages of one name in several pipelines are one bar each, told apart by the pipeline.
    fn stage_chart(&self, table: &FactTable) -> Chart {
        let mut pipelines: BTreeMap<u32, u32> = BTreeMap::new();
        for code in self.stages.iter().filter_map(|row| row.codes.first()) {
            let seen = pipelines.entry(*code).or_default();
            *seen = seen.saturating_add(1);
        }
        let one = pipelines.len() <= 1;
        let category = |row: &OverviewRow| match row.codes.split_last() {
            Some((stage, _)) if one => heading::group_label(table, &[Dimension::Stage], &[*stage]),
            _ => heading::group_label(table, &STAGES, &row.codes),
        };
        let series = |label: (&str, &str), of: fn(&ByOutcome) -> Tally| Series {
            label: Label::new(label.0, label.1),
            values: self
                .stages
                .iter()
                .map(|row| Some(of(&row.deals).amount(table).to_string()))
                .collect(),
        };
        Chart {
            key: "stages".to_owned(),
            kind: ChartKind::Bar,
            title: Label::new("Amount by stage and outcome", "各阶段金额（按结果）"),
            unit: Unit::Money,
            categories: self.stages.iter().map(category).collect(),
            series: vec![
                series(("Won", "赢单"), |deals| deals.won),
                series(("Open", "进行中"), |deals| deals.open),
                series(("Lost", "输单"), |deals| deals.lost),
            ],
            shares: Vec::new(),
        }
    }
}

fn rows_table(
    table: &FactTable,
    key: &str,
    title: Label,
    by: &[Dimension],
    rows: &[OverviewRow],
) -> Table {
    let count = |key: &str, en, zh| heading::column(key, (en, zh), Unit::Count);
    let money = |key: &str, en, zh| heading::column(key, (en, zh), Unit::Money);
    let mut columns: Vec<Column> = heading::group_columns(by);
    columns.extend([
        count("deals", "Deals", "商机数"),
        money("amount", "Amount", "金额"),
        count("open", "Open", "进行中"),
        money("open_amount", "Open amount", "在途金额"),
        count("won", "Won", "赢单"),
        money("won_amount", "Won amount", "赢单金额"),
        count("lost", "Lost", "输单"),
        money("lost_amount", "Lost amount", "输单金额"),
        count("unpriced", "Unpriced", "无本位币金额"),
    ]);
    let cells = |row: &OverviewRow| {
        let mut cells = heading::group_cells(table, by, &row.codes);
        let ByOutcome { open, won, lost } = row.deals;
        cells.extend([row.deals.total(), open, won, lost].into_iter().flat_map(|t| t.cells(table)));
        cells.push(Cell::Count(row.deals.total().unpriced));
        cells
    };
    let rows = rows.iter().map(cells).collect();
    Table { key: key.to_owned(), title, columns, rows }
}

impl OverviewRow {
    /// Which deals of this row have `outcome`.
    pub fn members_that_are(&self, outcome: Outcome) -> Filter {
        self.members.clone().outcome(outcome)
    }
}

fn definitions() -> Vec<Definition> {
    vec![
        Definition::new(
            ("Deals", "商机"),
            (
                "Deals created in the period. The stage is the present one, or the one a deal was closed from.",
                "期间内创建的商机。阶段为当前阶段，已关闭的为关闭时所在阶段。",
            ),
        ),
        Definition::new(
            ("Amount", "金额"),
            (
                "The sum of amounts in the base currency; deals without one are counted as unpriced and never summed.",
                "本位币金额之和；没有本位币金额的商机单独计数，不计入合计。",
            ),
        ),
        Definition::new(
            ("Win rate", "赢单率"),
            (
                "Won / (won + lost). Open deals are in neither.",
                "赢单 /（赢单 + 输单）。未决商机不计入。",
            ),
        ),
        Definition::new(
            ("Lines", "明细"),
            (
                "The net of all lines: each line rounded half up to minor units and then summed, and summed before any rounding.",
                "全部明细净额：逐行四舍五入到最小货币单位后求和，以及不取整求和。",
            ),
        ),
    ]
}
