//! Why deals are lost and what wins go with: by reason, stage, product, competitor and change of strategy.

use std::collections::{BTreeMap, BTreeSet};

use uuid::Uuid;

use super::{
    amount::shares,
    dimension::Dimension,
    filter::Sieve,
    heading,
    query::Query,
    stats::{Proportion, Verdict},
    table::{FactTable, Outcome},
    tally::{ByOutcome, Tally},
    winrate,
};
use crate::export::document::{
    Cell, Chart, ChartKind, Column, Definition, Label, Report, Series, Table, Unit,
};

/// What each deal goes with beside its own properties, of one sort: the competitors in it, the parts of its strategy that
/// were changed. A deal may go with several, and with none.
pub type Tags = BTreeMap<Uuid, BTreeSet<String>>;

/// The deals that go with one tag.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Tagged {
    /// The tag; "" of the deals that go with none.
    pub tag: String,
    /// The deals, each under each of its tags.
    pub deals: ByOutcome,
    /// Won of those decided.
    pub win: Proportion,
    /// Won of those decided that do not go with it.
    pub others: Proportion,
}

impl Tagged {
    /// What can be said of its win rate against that of the others.
    pub fn verdict(&self) -> Verdict {
        self.win.against(self.others)
    }
}

/// Deals closed in the period, and open ones made before its end, by tag; the most decided first, those without a tag
/// last. Rule SR-6.
pub fn tagged(table: &FactTable, query: &Query, tags: &Tags) -> Vec<Tagged> {
    let none = BTreeSet::from([String::new()]);
    let (mut whole, mut of_tag) = (ByOutcome::default(), BTreeMap::<&str, ByOutcome>::new());
    let decided = query.filter.clone().closed(query.period);
    for (filter, is_open) in [(&decided, false), (&winrate::open_filter(query), true)] {
        let rows = Sieve::new(table, filter, query.zone).rows();
        let asked = |deal: &usize| (table.deals.outcome(*deal) == Outcome::Open) == is_open;
        for deal in rows.into_iter().filter(asked) {
            let (outcome, worth) = (table.deals.outcome(deal), table.deals.base_minor(deal));
            whole.add(outcome, worth);
            let own = table.deals.ids.get(deal).and_then(|id| tags.get(id));
            let own = own.filter(|own| !own.is_empty()).unwrap_or(&none);
            for tag in own {
                of_tag.entry(tag).or_default().add(outcome, worth);
            }
        }
    }
    let won = |of: &ByOutcome| Proportion::new(of.won.deals, decided_of(of));
    let row = |(tag, deals): (&str, ByOutcome)| {
        let (all, win) = (won(&whole), won(&deals));
        let others = Proportion::new(
            all.successes.saturating_sub(win.successes),
            all.trials.saturating_sub(win.trials),
        );
        Tagged { tag: tag.to_owned(), deals, win, others }
    };
    let mut rows: Vec<Tagged> = of_tag.into_iter().map(row).collect();
    rows.sort_by(|one, two| {
        let key = |of: &Tagged| (of.tag.is_empty(), core::cmp::Reverse(of.win.trials));
        key(one).cmp(&key(two)).then_with(|| one.tag.cmp(&two.tag))
    });
    rows
}

const fn decided_of(of: &ByOutcome) -> u64 {
    of.won.deals.saturating_add(of.lost.deals)
}

/// What the reports are made of beside the table.
pub struct Beside<'a> {
    /// The competitors in each deal, beside the one that it names itself.
    pub competitors: &'a Tags,
    /// The parts of each deal's strategy that were changed; of a deal with a strategy that was never changed, `none`.
    pub adjustments: &'a Tags,
}

/// Why deals were lost. Rule SR-7 (F072).
pub fn losses(table: &FactTable, query: &Query, beside: &Beside<'_>) -> Report {
    use Dimension::{Category, Owner, Product, Reason, Stage};
    let title = Label::new("Lost deals", "输单分析");
    let mut report = heading::report("losses", title, table, query);
    let split = [Reason, Stage, Owner, Product, Category];
    fill(&mut report, Outcome::Lost, &split, table, query, beside);
    report
}

/// What won deals went with. Rule SR-8 (F072).
pub fn wins(table: &FactTable, query: &Query, beside: &Beside<'_>) -> Report {
    use Dimension::{Industry, Owner, Product, Region, Source};
    let title = Label::new("Won deals", "赢单分析");
    let mut report = heading::report("wins", title, table, query);
    let split = [Source, Region, Industry, Owner, Product];
    fill(&mut report, Outcome::Won, &split, table, query, beside);
    report
}

fn fill(
    report: &mut Report,
    outcome: Outcome,
    split: &[Dimension],
    table: &FactTable,
    query: &Query,
    beside: &Beside<'_>,
) {
    let of = |deals: &ByOutcome| if outcome == Outcome::Won { deals.won } else { deals.lost };
    let plain = Query { by: Vec::new(), ..query.clone() };
    let whole = winrate::winrate(table, &plain);
    report.figures = figures(table, outcome, &whole.total);
    let extra = query.by.iter().filter(|by| !split.contains(by));
    for dimension in split.iter().chain(extra) {
        let by = plain.clone().by([*dimension]);
        let mut rows: Vec<(u32, Tally)> = winrate::winrate(table, &by)
            .groups
            .iter()
            .filter_map(|row| Some((*row.codes.first()?, of(&row.deals))))
            .filter(|(_, tally)| tally.deals > 0)
            .collect();
        rows.sort_by_key(|(code, tally)| (*code == 0, core::cmp::Reverse(tally.deals)));
        let total = of(&whole.total.deals);
        report.tables.push(shares_table(table, *dimension, &rows, total));
        report.charts.extend(pie(table, *dimension, &rows));
    }
    let competitors = tagged(table, &plain, &named_too(table, beside.competitors));
    let adjustments = tagged(table, &plain, beside.adjustments);
    let competitor = ("competitors", Label::new("By competitor", "按竞争对手"));
    report.tables.push(tags_table(
        table,
        competitor,
        &Label::new("Competitor", "竞争对手"),
        &competitors,
        None,
    ));
    let adjusted = ("adjustments", Label::new("By change of strategy", "按策略调整"));
    let names: &dyn Fn(&str) -> Label = &adjustment;
    report.tables.push(tags_table(
        table,
        adjusted,
        &Label::new("Changed", "调整内容"),
        &adjustments,
        Some(names),
    ));
    report.definitions = definitions();
    heading::note_unpriced(report, of(&whole.total.deals).unpriced);
    heading::note_undated(report, whole.undated);
}

/// The competitors of each deal with the one that the deal itself names.
fn named_too(table: &FactTable, competitors: &Tags) -> Tags {
    let mut all = competitors.clone();
    for (deal, id) in table.deals.ids.iter().enumerate() {
        let code = table.deals.codes.competitor.at(deal);
        if code != 0 {
            let name = table.dictionary(Dimension::Competitor).key(code);
            all.entry(*id).or_default().insert(name.to_owned());
        }
    }
    all
}

fn adjustment(tag: &str) -> Label {
    match tag {
        "product" => Label::new("product", "产品方案"),
        "price" => Label::new("price", "价格方案"),
        "promotion" => Label::new("promotion", "促销方案"),
        "none" => Label::new("strategy never changed", "策略未调整"),
        "" => Label::new("no strategy", "无策略"),
        other => Label::same(other),
    }
}

fn figures(
    table: &FactTable,
    outcome: Outcome,
    whole: &winrate::WinRow,
) -> Vec<crate::export::document::Figure> {
    let (tally, label, amount) = if outcome == Outcome::Won {
        (whole.deals.won, ("Won", "赢单"), ("Won amount", "赢单金额"))
    } else {
        (whole.deals.lost, ("Lost", "输单"), ("Lost amount", "输单金额"))
    };
    let count = heading::figure("deals", label, Cell::Count(tally.deals), Unit::Count);
    let money = Cell::number(tally.amount(table));
    let money = heading::figure("amount", amount, money, Unit::Money);
    let win = whole.win();
    let [rate, low, high] = heading::rate_cells(win);
    let mut rate = heading::figure("win_rate", ("Win rate", "赢单率"), rate, Unit::Rate);
    rate.note = Some(Label::new(
        format!("{} of {} decided, {} open", win.successes, win.trials, whole.deals.open.deals),
        format!(
            "已决 {} 个中赢 {} 个，{} 个未决",
            win.trials, win.successes, whole.deals.open.deals
        ),
    ));
    let low = heading::figure("low", ("95 % from", "95% 下限"), low, Unit::Rate);
    let high = heading::figure("high", ("95 % to", "95% 上限"), high, Unit::Rate);
    vec![count, money, rate, low, high]
}

fn shares_table(
    table: &FactTable,
    dimension: Dimension,
    rows: &[(u32, Tally)],
    total: Tally,
) -> Table {
    let mut columns = heading::group_columns(&[dimension]);
    columns.push(heading::column("deals", ("Deals", "商机数"), Unit::Count));
    columns.extend(heading::rate_columns(("Share", "占比")));
    columns.extend([
        heading::column("amount", ("Amount", "金额"), Unit::Money),
        heading::column("amount_share", ("Of the amount", "金额占比"), Unit::Rate),
    ]);
    // A deal stands under each of its products, so that amounts there have no sum.
    let amounts: Vec<i128> = rows.iter().map(|(_, tally)| tally.minor).collect();
    let parts = shares(&amounts).filter(|_| !dimension.is_of_lines());
    let row = |(at, (code, tally)): (usize, &(u32, Tally))| {
        let mut cells = heading::group_cells(table, &[dimension], &[*code]);
        cells.push(Cell::Count(tally.deals));
        cells.extend(heading::rate_cells(Proportion::new(tally.deals, total.deals)));
        let part = parts.as_ref().and_then(|parts| parts.get(at));
        let part = part.map(|points| rust_decimal::Decimal::new((*points).into(), 4));
        let amount = Cell::number(tally.amount(table));
        cells.extend([
            if dimension.is_of_lines() { Cell::Absent } else { amount },
            Cell::decimal(part),
        ]);
        cells
    };
    let label = dimension.label();
    Table {
        key: dimension.name().to_owned(),
        title: Label::new(format!("By {}", label.en.to_lowercase()), format!("按{}", label.zh)),
        columns,
        rows: rows.iter().enumerate().map(row).collect(),
    }
}

fn pie(table: &FactTable, dimension: Dimension, rows: &[(u32, Tally)]) -> Option<Chart> {
    let counts: Vec<i128> = rows.iter().map(|(_, tally)| tally.deals.into()).collect();
    let parts = shares(&counts).filter(|_| !dimension.is_of_lines() && rows.len() > 1)?;
    let label = dimension.label();
    Some(Chart {
        key: dimension.name().to_owned(),
        kind: ChartKind::Pie,
        title: Label::new(format!("By {}", label.en.to_lowercase()), format!("按{}", label.zh)),
        unit: Unit::Count,
        categories: rows
            .iter()
            .map(|(code, _)| heading::group_label(table, &[dimension], &[*code]))
            .collect(),
        series: vec![Series {
            label: Label::new("Deals", "商机数"),
            values: rows.iter().map(|(_, tally)| Some(tally.deals.to_string())).collect(),
        }],
        shares: parts,
    })
}

fn tags_table(
    table: &FactTable,
    (key, title): (&str, Label),
    heading_of_tag: &Label,
    rows: &[Tagged],
    name: Option<&dyn Fn(&str) -> Label>,
) -> Table {
    let count = |key: &str, en, zh| heading::column(key, (en, zh), Unit::Count);
    let mut columns = vec![
        Column::new("tag", heading_of_tag.clone(), Unit::Text),
        count("won", "Won", "赢单"),
        count("lost", "Lost", "输单"),
        count("open", "Open", "未决"),
        heading::column("lost_amount", ("Lost amount", "输单金额"), Unit::Money),
    ];
    columns.extend(heading::rate_columns(("Win rate", "赢单率")));
    columns.push(heading::column(
        "others",
        ("Win rate of the others", "其余商机赢单率"),
        Unit::Rate,
    ));
    columns.push(heading::column("verdict", ("Against the others", "与其余相比"), Unit::Text));
    let row = |of: &Tagged| {
        let tag = match name {
            Some(name) => Cell::Label(name(&of.tag)),
            None if of.tag.is_empty() => {
                Cell::Label(Label::new(super::column::NONE_LABEL, "（未填）"))
            }
            None => Cell::text(&of.tag),
        };
        let mut cells = vec![
            tag,
            Cell::Count(of.deals.won.deals),
            Cell::Count(of.deals.lost.deals),
            Cell::Count(of.deals.open.deals),
            Cell::number(of.deals.lost.amount(table)),
        ];
        cells.extend(heading::rate_cells(of.win));
        let [others, ..] = heading::rate_cells(of.others);
        cells.extend([others, heading::verdict(of.verdict())]);
        cells
    };
    Table { key: key.to_owned(), title, columns, rows: rows.iter().map(row).collect() }
}

fn definitions() -> Vec<Definition> {
    vec![
        Definition::new(
            ("Share", "占比"),
            (
                "Of the deals that ended so in the period, with the Wilson 95 % interval; \"too few\" below 5 deals. Unknown is its own group, and the shares of money sum to 100 %. A deal stands under each of its products.",
                "期间内该结果商机中的占比，附 Wilson 95% 区间；少于 5 个记“样本过少”。未填自成一组，金额占比合计 100%。商机计入其每个产品。",
            ),
        ),
        Definition::new(
            ("Competitor, change of strategy", "竞争对手、策略调整"),
            (
                "A deal stands under each competitor that was named in it, and under each part of its strategy that was changed between two versions. Its win rate is won of decided.",
                "商机计入其提及的每个竞争对手，以及两个版本之间调整过的每项策略。赢单率 = 赢单 / 已决。",
            ),
        ),
        Definition::new(
            ("Against the others", "与其余相比"),
            (
                "Higher or lower where the 95 % interval of the difference of the two rates (Newcombe's method 10) does not hold zero. It tells what goes together, nothing of causes.",
                "两个比率之差的 95% 区间（Newcombe 方法 10）不含零时为更高或更低。只说明相伴，不说明因果。",
            ),
        ),
    ]
}

#[cfg(test)]
#[path = "endings_tests.rs"]
mod tests;
