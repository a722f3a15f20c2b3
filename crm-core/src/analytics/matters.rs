//! What has to be seen to now, and the deals that are at risk by it, each with its reasons.

use std::collections::BTreeMap;

use uuid::Uuid;

use super::{
    dimension::Dimension,
    filter::Sieve,
    heading,
    query::Query,
    stages::stage_times,
    stats::{FEW, days},
    table::{FactTable, Outcome},
};
use crate::export::document::{
    Cell, Chart, ChartKind, Column, Definition, Label, Report, Series, Table, Unit,
};

/// What is the matter.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Matter {
    /// A deal stands longer in its stage than the stage allows.
    StageLimit,
    /// A deal has stood longer in its stage than nine in ten stays there have lasted.
    LongStay,
    /// Nothing happened to a deal for as long as its process calls dormant.
    Dormant,
    /// The day on which a deal was expected to be won is over.
    ClosePassed,
    /// Nothing is planned with a deal.
    NoNextStep,
    /// Nobody knows what a deal may bring.
    NoAmount,
    /// Something planned was not done when it was due.
    TaskOverdue,
    /// A promise was not kept by its day.
    PromiseOverdue,
    /// A milestone was not reached by its day.
    MilestoneOverdue,
    /// A request was not responded to in time.
    ResponseLate,
    /// A request is not resolved in time.
    ResolutionLate,
    /// An order is not there by its day.
    OrderLate,
    /// Something else of an order has to be seen to: quality, returns, stock.
    OrderTrouble,
    /// An instalment is not paid by its day.
    MoneyOverdue,
}

impl Matter {
    /// All of them, in the order in which they are shown.
    pub const ALL: [Self; 14] = [
        Self::StageLimit,
        Self::LongStay,
        Self::Dormant,
        Self::ClosePassed,
        Self::NoNextStep,
        Self::NoAmount,
        Self::TaskOverdue,
        Self::PromiseOverdue,
        Self::MilestoneOverdue,
        Self::ResponseLate,
        Self::ResolutionLate,
        Self::OrderLate,
        Self::OrderTrouble,
        Self::MoneyOverdue,
    ];

    /// Its stable name.
    pub const fn code(self) -> &'static str {
        match self {
            Self::StageLimit => "stage_limit",
            Self::LongStay => "long_stay",
            Self::Dormant => "dormant",
            Self::ClosePassed => "close_passed",
            Self::NoNextStep => "no_next_step",
            Self::NoAmount => "no_amount",
            Self::TaskOverdue => "task_overdue",
            Self::PromiseOverdue => "promise_overdue",
            Self::MilestoneOverdue => "milestone_overdue",
            Self::ResponseLate => "response_late",
            Self::ResolutionLate => "resolution_late",
            Self::OrderLate => "order_late",
            Self::OrderTrouble => "order_trouble",
            Self::MoneyOverdue => "money_overdue",
        }
    }

    /// What it is called.
    pub fn label(self) -> Label {
        match self {
            Self::StageLimit => Label::new("Stage limit passed", "阶段超时"),
            Self::LongStay => {
                Label::new("Longer in its stage than nine in ten", "停留超过九成商机")
            }
            Self::Dormant => Label::new("Dormant", "停滞"),
            Self::ClosePassed => Label::new("Expected day passed", "预计成交日已过"),
            Self::NoNextStep => Label::new("No next step", "无下一步计划"),
            Self::NoAmount => Label::new("No amount", "无金额"),
            Self::TaskOverdue => Label::new("Task overdue", "任务逾期"),
            Self::PromiseOverdue => Label::new("Promise overdue", "承诺逾期"),
            Self::MilestoneOverdue => Label::new("Milestone overdue", "里程碑逾期"),
            Self::ResponseLate => Label::new("Response late", "响应超时"),
            Self::ResolutionLate => Label::new("Resolution late", "解决超时"),
            Self::OrderLate => Label::new("Order late", "交货延迟"),
            Self::OrderTrouble => Label::new("Order trouble", "订单异常"),
            Self::MoneyOverdue => Label::new("Money overdue", "应收逾期"),
        }
    }
}

/// One thing that has to be seen to.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Item {
    /// What is the matter.
    pub matter: Matter,
    /// Since when, seconds since 1970 UTC; nothing where no instant tells.
    pub since: Option<i64>,
    /// The record: its kind.
    pub kind: &'static str,
    /// The record.
    pub id: Uuid,
    /// The open deal that it is about; nil where it is about none.
    pub deal: Uuid,
    /// What people call it.
    pub name: String,
    /// Who has to see to it: a login; "" where nobody has.
    pub owner: String,
    /// How much money it is about, in minor units of the base currency.
    pub minor: Option<i64>,
    /// What shows it.
    pub evidence: String,
}

/// Rows of one matter that are listed; the others are counted.
const LISTED_MAX: usize = 100;

/// Deals that are listed.
const DEALS_MAX: usize = 200;

fn lasting(since: Option<i64>, query: &Query) -> Cell {
    let for_seconds = since.map(|since| query.as_of_seconds().saturating_sub(since).max(0));
    Cell::decimal(for_seconds.and_then(days))
}

/// What has to be seen to, the longest first within each matter. Rule SR-11 (F152).
pub fn exceptions(table: &FactTable, query: &Query, items: &[Item]) -> Report {
    let title = Label::new("What has to be seen to", "待处理异常");
    let mut report = heading::report("exceptions", title, table, query);
    let mut sorted: Vec<&Item> = items.iter().collect();
    // What has no instant comes last.
    sorted.sort_by_key(|item| (item.matter, item.since.is_none(), *item));
    let mut of: BTreeMap<Matter, Vec<&Item>> = BTreeMap::new();
    let mut owners: BTreeMap<&str, BTreeMap<Matter, u64>> = BTreeMap::new();
    for item in sorted {
        of.entry(item.matter).or_default().push(item);
        let count = owners.entry(&item.owner).or_default().entry(item.matter).or_default();
        *count = count.saturating_add(1);
    }
    let count = |items: &Vec<&Item>| u64::try_from(items.len()).unwrap_or(u64::MAX);
    let all = u64::try_from(items.len()).unwrap_or(u64::MAX);
    report.figures = vec![heading::figure("all", ("All", "合计"), Cell::Count(all), Unit::Count)];
    for (matter, items) in &of {
        let Label { en, zh } = matter.label();
        let cell = Cell::Count(count(items));
        report.figures.push(heading::figure(matter.code(), (&en, &zh), cell, Unit::Count));
    }
    let summary = |(matter, items): (&Matter, &Vec<&Item>)| {
        let money: i128 = items.iter().filter_map(|item| item.minor).map(i128::from).sum();
        let has_money = items.iter().any(|item| item.minor.is_some());
        let money = has_money.then(|| Cell::number(table.amount(money)));
        let oldest = items.iter().find_map(|item| item.since);
        vec![
            Cell::Label(matter.label()),
            Cell::Count(count(items)),
            money.unwrap_or(Cell::Absent),
            lasting(oldest, query),
        ]
    };
    let whole = Table {
        key: "matters".to_owned(),
        title: Label::new("By matter", "按类型"),
        columns: vec![
            heading::column("matter", ("Matter", "类型"), Unit::Text),
            heading::column("count", ("Count", "数量"), Unit::Count),
            heading::column("amount", ("Amount", "金额"), Unit::Money),
            heading::column("days", ("Days of the oldest", "最长天数"), Unit::Days),
        ],
        rows: of.iter().map(summary).collect(),
    };
    report.tables = vec![whole, by_owner(table, &of, &owners), listed(table, query, &of)];
    let unlisted: usize = of.values().map(|items| items.len().saturating_sub(LISTED_MAX)).sum();
    heading::note(
        &mut report,
        u64::try_from(unlisted).unwrap_or(u64::MAX),
        "{n} more are counted and not listed: the youngest of each matter.",
        "另有 {n} 项计入而未列出：为各类型中时间最短者。",
    );
    report.charts = vec![Chart {
        key: "matters".to_owned(),
        kind: ChartKind::Bar,
        title: Label::new("What has to be seen to", "待处理异常"),
        unit: Unit::Count,
        categories: of.keys().map(|matter| matter.label()).collect(),
        series: vec![Series {
            label: Label::new("Count", "数量"),
            values: of.values().map(|items| Some(items.len().to_string())).collect(),
        }],
        shares: Vec::new(),
    }];
    report.charts.retain(|chart| !chart.categories.is_empty());
    report.definitions = definitions();
    report
}

fn owner_cell(table: &FactTable, login: &str) -> Cell {
    let owners = table.dictionary(Dimension::Owner);
    let code = owners.code(login).unwrap_or(0);
    heading::value_cell(code, owners.label(code))
}

fn by_owner(
    table: &FactTable,
    of: &BTreeMap<Matter, Vec<&Item>>,
    owners: &BTreeMap<&str, BTreeMap<Matter, u64>>,
) -> Table {
    let mut columns = vec![Column::new("owner", Dimension::Owner.label(), Unit::Text)];
    columns.extend(of.keys().map(|matter| Column::new(matter.code(), matter.label(), Unit::Count)));
    columns.push(heading::column("all", ("All", "合计"), Unit::Count));
    let mut rows: Vec<(&&str, &BTreeMap<Matter, u64>)> = owners.iter().collect();
    rows.sort_by_key(|(login, counts)| {
        (login.is_empty(), core::cmp::Reverse(counts.values().sum::<u64>()))
    });
    let row = |(login, counts): (&&str, &BTreeMap<Matter, u64>)| {
        let mut cells = vec![owner_cell(table, login)];
        let each = of.keys().map(|matter| counts.get(matter).copied().unwrap_or(0));
        cells.extend(each.map(Cell::Count));
        cells.push(Cell::Count(counts.values().sum()));
        cells
    };
    let title = Label::new("By who has to see to it", "按负责人");
    Table { key: "owners".to_owned(), title, columns, rows: rows.into_iter().map(row).collect() }
}

fn listed(table: &FactTable, query: &Query, of: &BTreeMap<Matter, Vec<&Item>>) -> Table {
    let row = |item: &&Item| {
        vec![
            Cell::Label(item.matter.label()),
            Cell::text(&item.name),
            owner_cell(table, &item.owner),
            lasting(item.since, query),
            item.minor.map_or(Cell::Absent, |minor| Cell::number(table.amount(minor.into()))),
            Cell::text(&item.evidence),
            Cell::text(item.kind),
            Cell::number(item.id),
        ]
    };
    let shown = of.values().flat_map(|items| items.iter().take(LISTED_MAX));
    Table {
        key: "items".to_owned(),
        title: Label::new("One by one, the longest first", "明细（由久到近）"),
        columns: vec![
            heading::column("matter", ("Matter", "类型"), Unit::Text),
            heading::column("name", ("What", "对象"), Unit::Text),
            Column::new("owner", Dimension::Owner.label(), Unit::Text),
            heading::column("days", ("Days", "天数"), Unit::Days),
            heading::column("amount", ("Amount", "金额"), Unit::Money),
            heading::column("evidence", ("Evidence", "依据"), Unit::Text),
            heading::column("kind", ("Kind", "种类"), Unit::Text),
            heading::column("id", ("Id", "编号"), Unit::Text),
        ],
        rows: shown.map(row).collect(),
    }
}

/// Adds which open deals have stood longer in their stage than nine in ten stays there, where at least [`FEW`] stays have
/// ended and the ninth decile lies within what was seen. Rule SR-12 (B19).
pub fn long_stays(table: &FactTable, query: &Query, names: &dyn Fn(Uuid) -> String) -> Vec<Item> {
    let everything = Query::new(query.zone, query.as_of);
    let mut limits: BTreeMap<u32, i64> = BTreeMap::new();
    for stage in stage_times(table, &everything).stages {
        if stage.lasting.ended() >= FEW
            && let Some(limit) = stage.lasting.quantile(0.9)
        {
            limits.insert(stage.stage, limit);
        }
    }
    let mut items = Vec::new();
    for deal in 0..table.len() {
        let stays = table.stays_of(deal, query.as_of_seconds());
        let is_open = table.deals.outcome(deal) == Outcome::Open && table.deals.has_history(deal);
        let Some(stay) = stays.last().filter(|_| is_open) else { continue };
        let Some(limit) = limits.get(&stay.stage).filter(|limit| stay.lasted > **limit) else {
            continue;
        };
        let Some(id) = table.deals.ids.get(deal).copied() else { continue };
        let owner = table.deals.codes.owner.at(deal);
        let nine = days(*limit).map(|days| days.round_dp(1).to_string()).unwrap_or_default();
        items.push(Item {
            matter: Matter::LongStay,
            since: Some(stay.since.saturating_add(*limit)),
            kind: "opportunity",
            id,
            deal: id,
            name: names(id),
            owner: table.dictionary(Dimension::Owner).key(owner).to_owned(),
            minor: table.deals.base_minor(deal),
            evidence: format!(
                "{}: > {nine} d",
                table.dictionary(Dimension::Stage).label(stay.stage)
            ),
        });
    }
    items
}

/// The open deals that something is the matter with, the most and heaviest reasons first. Rule SR-13 (F077, F152).
pub fn risks(
    table: &FactTable,
    query: &Query,
    items: &[Item],
    names: &dyn Fn(Uuid) -> String,
) -> Report {
    let title = Label::new("Deals at risk", "风险商机");
    let mut report = heading::report("risks", title, table, query);
    let mut of: BTreeMap<Uuid, BTreeMap<Matter, &Item>> = BTreeMap::new();
    for item in items.iter().filter(|item| !item.deal.is_nil()) {
        let matters = of.entry(item.deal).or_default();
        // Of several tasks that are overdue, the oldest shows it.
        let kept = matters.entry(item.matter).or_insert(item);
        if (item.since.is_none(), item) < (kept.since.is_none(), kept) {
            *kept = item;
        }
    }
    let filter = query.filter.clone().outcome(Outcome::Open).created(query.period);
    let open = Sieve::new(table, &filter, query.zone).rows();
    let (mut whole, mut at_risk) = (super::tally::Tally::default(), super::tally::Tally::default());
    let mut of_matter: BTreeMap<Matter, super::tally::Tally> = BTreeMap::new();
    let mut shown: Vec<(usize, Uuid, &BTreeMap<Matter, &Item>)> = Vec::new();
    for deal in open {
        let worth = table.deals.base_minor(deal);
        whole.add(worth);
        let Some(id) = table.deals.ids.get(deal).copied() else { continue };
        let Some(matters) = of.get(&id) else { continue };
        at_risk.add(worth);
        for matter in matters.keys() {
            of_matter.entry(*matter).or_default().add(worth);
        }
        shown.push((deal, id, matters));
    }
    shown.sort_by_key(|(deal, id, matters)| {
        let worth = table.deals.base_minor(*deal);
        (core::cmp::Reverse(matters.len()), core::cmp::Reverse(worth), *id)
    });
    let money = |key, label, tally: super::tally::Tally| {
        let amount = Cell::number(tally.amount(table));
        let mut figure = heading::figure(key, label, amount, Unit::Money);
        let count = tally.deals;
        figure.note = Some(Label::new(format!("{count} deals"), format!("{count} 个商机")));
        figure
    };
    report.figures = vec![
        money("open", ("Open pipeline", "在途金额"), whole),
        money("at_risk", ("At risk", "有风险"), at_risk),
    ];
    let reason = |(matter, tally): (&Matter, &super::tally::Tally)| {
        let mut cells = vec![Cell::Label(matter.label())];
        cells.extend(tally.cells(table));
        cells
    };
    let reasons = Table {
        key: "reasons".to_owned(),
        title: Label::new("By reason; a deal stands under each of its reasons", "按原因（可多项）"),
        columns: vec![
            heading::column("reason", ("Reason", "原因"), Unit::Text),
            heading::column("deals", ("Deals", "商机数"), Unit::Count),
            heading::column("amount", ("Amount", "金额"), Unit::Money),
        ],
        rows: of_matter.iter().map(reason).collect(),
    };
    let unlisted = shown.len().saturating_sub(DEALS_MAX);
    shown.truncate(DEALS_MAX);
    let place = [Dimension::Owner, Dimension::Stage];
    let row = |(deal, id, matters): &(usize, Uuid, &BTreeMap<Matter, &Item>)| {
        let codes = place.map(|of| table.deals.codes.get(of).at(*deal));
        let mut cells = vec![Cell::text(names(*id))];
        cells.extend(heading::group_cells(table, &place, &codes));
        let worth = table.deals.base_minor(*deal);
        cells.push(worth.map_or(Cell::Absent, |minor| Cell::number(table.amount(minor.into()))));
        cells.push(Cell::Count(u64::try_from(matters.len()).unwrap_or(u64::MAX)));
        let labels: Vec<Label> = matters.keys().map(|matter| matter.label()).collect();
        let joined = |text: fn(&Label) -> &str, between: &str| {
            labels.iter().map(text).collect::<Vec<_>>().join(between)
        };
        cells.push(Cell::Label(Label::new(
            joined(|label| &label.en, ", "),
            joined(|label| &label.zh, "、"),
        )));
        cells.push(lasting(matters.values().filter_map(|item| item.since).min(), query));
        cells.push(Cell::number(id));
        cells
    };
    let mut columns = vec![heading::column("name", ("Deal", "商机"), Unit::Text)];
    columns.extend(heading::group_columns(&place));
    columns.extend([
        heading::column("amount", ("Amount", "金额"), Unit::Money),
        heading::column("count", ("Reasons", "原因数"), Unit::Count),
        heading::column("reasons", ("Which", "原因"), Unit::Text),
        heading::column("days", ("Days of the oldest", "最长天数"), Unit::Days),
        heading::column("id", ("Id", "编号"), Unit::Text),
    ]);
    let title = Label::new("Deals, most reasons first", "商机（原因多的在前）");
    let rows = shown.iter().map(row).collect();
    let deals = Table { key: "deals".to_owned(), title, columns, rows };
    report.tables = vec![reasons, deals];
    report.definitions = definitions();
    heading::note(
        &mut report,
        u64::try_from(unlisted).unwrap_or(u64::MAX),
        "{n} more deals are counted and not listed.",
        "另有 {n} 个商机计入而未列出。",
    );
    heading::note_unpriced(&mut report, whole.unpriced);
    report
}

fn definitions() -> Vec<Definition> {
    vec![
        Definition::new(
            ("Now", "时点"),
            (
                "Everything is found anew at the moment of the call from records and their days; nothing depends on whether timers have run.",
                "在调用时点根据记录与日期重新计算，与定时任务是否运行无关。",
            ),
        ),
        Definition::new(
            ("Stage limit, dormant", "阶段超时、停滞"),
            (
                "By the limit of the stage and the dormant days of the process, as they are defined. No next step: no planned activity with the deal lies ahead.",
                "按流程定义的阶段时限与停滞天数。无下一步：没有未来的计划活动。",
            ),
        ),
        Definition::new(
            ("Longer than nine in ten", "停留超过九成"),
            (
                "Longer in its stage than the ninth decile of all stays there, open ones counted as longer than so far (Kaplan–Meier); not told below 5 ended stays.",
                "停留时间超过该阶段全部停留的 P90（Kaplan–Meier，未结束按删失）；已结束少于 5 次不判断。",
            ),
        ),
        Definition::new(
            ("Overdue", "逾期"),
            (
                "From the day after its day on: of promises, milestones and expected days where the tenant is, of orders and money where the customer is; activities from their instant on.",
                "自到期日次日起：承诺、里程碑与预计成交日按租户时区，订单与应收按客户时区；活动自其时刻起。",
            ),
        ),
    ]
}

#[cfg(test)]
#[path = "matters_tests.rs"]
mod tests;
