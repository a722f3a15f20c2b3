//! What changed in the pipeline as a document.

use std::collections::BTreeMap;

use uuid::Uuid;

use super::{
    changes::{Change, Changes, Flow, Standing, Waterfall},
    heading,
    query::Query,
    table::FactTable,
};
use crate::export::document::{
    Cell, Chart, ChartKind, Definition, Label, Report, Series, Table, Unit,
};

/// Deals that are listed behind the figures; the largest of each line first.
const MEMBERS_MAX: usize = 500;

/// What the document says beside the figures.
pub struct ChangesView<'a> {
    /// What keys mean, and the currency.
    pub table: &'a FactTable,
    /// What was asked.
    pub query: &'a Query,
    /// The codes of each group, in the order of the dimensions.
    pub groups: &'a BTreeMap<u32, Vec<u32>>,
    /// What a deal is called.
    pub name: &'a dyn Fn(Uuid) -> String,
    /// Deals whose moves are not known: opened when they were made, and closed once at most.
    pub without_history: u64,
    /// Deals whose amount, owner or another property changed without a record of when, as an import does it: dated at the
    /// last instant at which the value before is known.
    pub unrecorded: u64,
}

impl Flow {
    const fn key(self) -> &'static str {
        match self {
            Self::New => "new",
            Self::Reopened => "reopened",
            Self::MovedIn => "moved_in",
            Self::Raised => "raised",
            Self::Lowered => "lowered",
            Self::MovedOut => "moved_out",
            Self::Won => "won",
            Self::Lost => "lost",
        }
    }

    fn label(self) -> Label {
        match self {
            Self::New => Label::new("New", "新增"),
            Self::Reopened => Label::new("Reopened", "重新打开"),
            Self::MovedIn => Label::new("Moved in", "转入"),
            Self::Raised => Label::new("Amount raised", "金额调增"),
            Self::Lowered => Label::new("Amount lowered", "金额调减"),
            Self::MovedOut => Label::new("Moved out", "转出"),
            Self::Won => Label::new("Won", "赢单"),
            Self::Lost => Label::new("Lost", "输单"),
        }
    }
}

/// A line with its sign.
struct Line {
    key: &'static str,
    label: Label,
    deals: String,
    minor: i128,
    of: Standing,
}

fn lines(of: &Waterfall) -> Vec<Line> {
    let end = |key, label, of: Standing| {
        let (deals, minor) = (of.deals.to_string(), of.minor);
        Line { key, label, deals, minor, of }
    };
    let flow = |flow: Flow| {
        let of = of.flow(flow);
        let deals = match flow.of_deals() {
            0 => of.deals.to_string(),
            sign if sign < 0 && of.deals > 0 => format!("-{}", of.deals),
            _ => of.deals.to_string(),
        };
        let minor = if flow.adds() { of.minor } else { of.minor.saturating_neg() };
        Line { key: flow.key(), label: flow.label(), deals, minor, of }
    };
    let opening = end("opening", Label::new("Opening", "期初"), of.opening);
    let closing = end("closing", Label::new("Closing", "期末"), of.closing);
    [opening].into_iter().chain(Flow::ALL.map(flow)).chain([closing]).collect()
}

impl Changes {
    /// What changed as a document.
    pub fn report(&self, view: &ChangesView<'_>) -> Report {
        let ChangesView { table, query, .. } = view;
        let title = Label::new("Pipeline changes", "在途变动");
        let mut report = heading::report("changes", title, table, query);
        report.figures = self.figures(table);
        report.tables = vec![self.whole(table)];
        if !query.by.is_empty() {
            report.tables.push(self.by_group(view));
        }
        report.tables.push(self.members_table(view));
        report.charts = vec![self.chart(table)];
        report.definitions = definitions();
        heading::note_unpriced(&mut report, self.total.closing.unpriced);
        heading::note(
            &mut report,
            view.without_history,
            "{n} deals have no known moves: taken as open from creation to closing.",
            "{n} 个商机没有阶段历史：按创建至关闭期间为进行中处理。",
        );
        heading::note(
            &mut report,
            view.unrecorded,
            "{n} deals were changed without a record of the instant (an import keeps no values): dated at the last instant at which the value before is known.",
            "{n} 个商机的变更未记录时间（导入不保留旧值）：计在已知旧值的最后时点。",
        );
        let unlisted = self.members.len().saturating_sub(MEMBERS_MAX);
        heading::note(
            &mut report,
            u64::try_from(unlisted).unwrap_or(u64::MAX),
            "{n} more changes are counted and not listed: the smallest of each line.",
            "另有 {n} 项变动计入而未列出：为各项中金额较小者。",
        );
        report
    }

    fn figures(&self, table: &FactTable) -> Vec<crate::export::document::Figure> {
        let Waterfall { opening, closing, .. } = &self.total;
        let change = table.amount(closing.minor.saturating_sub(opening.minor));
        let with_deals = |mut figure: crate::export::document::Figure, of: &Standing| {
            let count = of.deals;
            figure.note = Some(Label::new(format!("{count} deals"), format!("{count} 个商机")));
            figure
        };
        let money = |key, label, amount: super::amount::Amount| {
            heading::figure(key, label, Cell::number(amount), Unit::Money)
        };
        let before = money("opening", ("Opening", "期初在途"), opening.amount(table));
        let after = money("closing", ("Closing", "期末在途"), closing.amount(table));
        vec![
            with_deals(before, opening),
            with_deals(after, closing),
            money("change", ("Change", "净变动"), change),
        ]
    }

    fn whole(&self, table: &FactTable) -> Table {
        let row = |line: Line| {
            vec![
                Cell::text(line.key),
                Cell::Label(line.label),
                Cell::number(line.deals),
                Cell::number(table.amount(line.minor)),
                Cell::Count(line.of.unpriced),
            ]
        };
        Table {
            key: "waterfall".to_owned(),
            title: Label::new("From the opening to the closing pipeline", "从期初到期末"),
            columns: [vec![heading::column("line", ("Line", "代码"), Unit::Text)], columns()]
                .concat(),
            rows: lines(&self.total).into_iter().map(row).collect(),
        }
    }

    fn by_group(&self, view: &ChangesView<'_>) -> Table {
        let by = &view.query.by;
        let mut groups: Vec<(&Vec<u32>, &Waterfall)> = self
            .groups
            .iter()
            .filter_map(|(group, of)| Some((view.groups.get(group)?, of)))
            .collect();
        groups.sort_by_cached_key(|(codes, _)| super::group::order(view.table, by, codes));
        let mut rows = Vec::new();
        for (codes, of) in groups {
            for line in lines(of) {
                let mut cells = heading::group_cells(view.table, by, codes);
                cells.extend([
                    Cell::Label(line.label),
                    Cell::number(line.deals),
                    Cell::number(view.table.amount(line.minor)),
                    Cell::Count(line.of.unpriced),
                ]);
                rows.push(cells);
            }
        }
        let mut all = heading::group_columns(by);
        all.extend(columns());
        let title = Label::new("The same by group", "按分组");
        Table { key: "groups".to_owned(), title, columns: all, rows }
    }

    fn members_table(&self, view: &ChangesView<'_>) -> Table {
        let mut shown: Vec<&Change> = self.members.iter().collect();
        shown.sort_by_key(|change| {
            (change.flow, core::cmp::Reverse(change.minor), change.at, change.id)
        });
        // The same number of the largest of each line, as far as there are so many.
        let each = MEMBERS_MAX.div_euclid(Flow::ALL.len());
        let mut rank: BTreeMap<Flow, usize> = BTreeMap::new();
        let mut kept = Vec::new();
        let mut rest = Vec::new();
        for change in shown {
            let rank = rank.entry(change.flow).or_default();
            *rank = rank.saturating_add(1);
            if *rank <= each { kept.push(change) } else { rest.push(change) }
        }
        rest.truncate(MEMBERS_MAX.saturating_sub(kept.len()));
        kept.extend(rest);
        kept.sort_by_key(|change| {
            (change.flow, core::cmp::Reverse(change.minor), change.at, change.id)
        });
        let row = |change: &Change| {
            let minor = change.minor.map(i128::from);
            let signed =
                minor.map(|minor| if change.flow.adds() { minor } else { minor.saturating_neg() });
            let at = chrono::DateTime::from_timestamp(change.at, 0);
            let day = at.map(|at| at.with_timezone(&view.query.zone).date_naive());
            vec![
                Cell::Label(change.flow.label()),
                day.map_or(Cell::Absent, Cell::date),
                Cell::text((view.name)(change.id)),
                signed.map_or(Cell::Absent, |minor| Cell::number(view.table.amount(minor))),
                Cell::number(change.id),
            ]
        };
        Table {
            key: "members".to_owned(),
            title: Label::new("The deals behind the figures", "变动明细"),
            columns: vec![
                heading::column("line", ("Change", "变动"), Unit::Text),
                heading::column("day", ("Day", "日期"), Unit::Date),
                heading::column("name", ("Deal", "商机"), Unit::Text),
                heading::column("amount", ("Amount", "金额"), Unit::Money),
                heading::column("id", ("Id", "编号"), Unit::Text),
            ],
            rows: kept.into_iter().map(row).collect(),
        }
    }

    fn chart(&self, table: &FactTable) -> Chart {
        let lines = lines(&self.total);
        let amount = |line: &Line| Some(table.amount(line.minor).to_string());
        Chart {
            key: "waterfall".to_owned(),
            kind: ChartKind::Waterfall,
            title: Label::new("From the opening to the closing pipeline", "从期初到期末"),
            unit: Unit::Money,
            categories: lines.iter().map(|line| line.label.clone()).collect(),
            series: vec![Series {
                label: Label::new("Amount", "金额"),
                values: lines.iter().map(amount).collect(),
            }],
            shares: Vec::new(),
        }
    }
}

fn columns() -> Vec<crate::export::document::Column> {
    vec![
        heading::column("step", ("Step", "项目"), Unit::Text),
        heading::column("deals", ("Deals", "商机数"), Unit::Count),
        heading::column("amount", ("Amount", "金额"), Unit::Money),
        heading::column("unpriced", ("Unpriced", "无本位币金额"), Unit::Count),
    ]
}

fn definitions() -> Vec<Definition> {
    vec![
        Definition::new(
            ("Opening and closing", "期初与期末"),
            (
                "The deals that were open just before the first instant of the period, and those just before its end (the report's moment where no end is given). Without a first day the opening is empty.",
                "期间第一时点之前进行中的商机，与期末之前（未给出则为报表时点）进行中的商机。未给出起始日则期初为空。",
            ),
        ),
        Definition::new(
            ("Every line", "各项"),
            (
                "Opening + new + reopened + moved in + raised − lowered − moved out − won − lost = closing, in deals and in money. Whatever happened while a deal was open counts at its own instant and at what the deal was worth then; a deal that was lost and reopened stands in both lines. Raised and lowered count changes, not deals.",
                "期初 + 新增 + 重新打开 + 转入 + 调增 − 调减 − 转出 − 赢单 − 输单 = 期末，数量与金额均成立。进行中发生的每一项按其时点与当时金额计；输单后重新打开的两项均计。调增、调减计变动次数。",
            ),
        ),
        Definition::new(
            ("Moved in, moved out", "转入、转出"),
            (
                "An open deal that came into the filter or left it; of a group, also from or to another group. Owner, customer, pipeline, source, region and competitor are those of the instant, by the audit trail; teams, and regions and sources taken over from a customer or team, are those of now.",
                "进行中的商机进入或离开筛选范围；按分组时含组间转移。负责人、客户、流程、来源、地区、竞争对手按当时（审计记录）；团队及沿用自客户或团队的来源、地区按现在。",
            ),
        ),
        Definition::new(
            ("Amounts of then", "当时金额"),
            (
                "From the audit trail: what a deal is worth now, with every recorded change after the instant undone. Deals that are deleted are in no line.",
                "来自审计记录：以现值逐项撤回该时点之后的变更。已删除的商机不计。",
            ),
        ),
    ]
}
