//! Deals and money rolled up: over several dimensions with a subtotal at every level, and up the tree of who reports to whom.

use std::collections::{BTreeMap, BTreeSet};

use super::{
    dimension::Dimension,
    filter::Sieve,
    group, heading,
    query::Query,
    stats::Proportion,
    table::{FactTable, Outcome},
    tally::{ByOutcome, Tally},
    trend::{Basis, worth},
    winrate,
};
use crate::export::document::{Cell, Column, Definition, Label, Report, Table, Unit};

/// One group at one level of a roll-up.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Level {
    /// The codes of the outer dimensions, outermost first; none of them is the total.
    pub codes: Vec<u32>,
    /// Its deals: closed within the period, or open and made before its end. Where a dimension is of lines, a deal counts
    /// once in each group that it has a line of, and is worth its lines there.
    pub deals: ByOutcome,
}

impl Level {
    /// Won of decided.
    pub const fn win(&self) -> Proportion {
        let ByOutcome { won, lost, .. } = self.deals;
        Proportion::new(won.deals, won.deals.saturating_add(lost.deals))
    }
}

/// The rows that a query of closings speaks of.
fn rows(table: &FactTable, query: &Query) -> Vec<usize> {
    let decided = query.filter.clone().closed(query.period);
    let open = winrate::open_filter(query);
    let of = |filter, is_open: bool| {
        let asked = move |deal: &usize| (table.deals.outcome(*deal) == Outcome::Open) == is_open;
        Sieve::new(table, filter, query.zone).rows().into_iter().filter(asked)
    };
    of(&decided, false).chain(of(&open, true)).collect()
}

/// Every group at every level: the total, the groups of the first dimension, those of the first two, and so on; each level
/// under the group that it belongs to. Unknown is a group of its own, and groups sum to the group above them: in money
/// always, in deals unless a dimension is of lines. Rule SR-14 (F136).
pub fn rollup(table: &FactTable, query: &Query) -> Vec<Level> {
    let basis = match Basis::default_for(query) {
        Basis::LinesRounded | Basis::LinesExact => Basis::LinesRounded,
        Basis::Amount => Basis::Amount,
    };
    let sieve = Sieve::new(table, &query.filter, query.zone);
    let mut levels: BTreeMap<Vec<u32>, ByOutcome> = BTreeMap::new();
    levels.insert(Vec::new(), ByOutcome::default());
    for deal in rows(table, query) {
        let outcome = table.deals.outcome(deal);
        let of = worth(table, &sieve, &query.by, basis, deal);
        // Each group of any level that the deal belongs to, and what it is worth there.
        let mut places: BTreeMap<Vec<u32>, i128> = BTreeMap::new();
        for (key, units) in of.of_groups {
            let codes = group::codes(table, &query.by, key);
            for depth in 0..=codes.len() {
                let outer = codes.get(..depth).unwrap_or_default().to_vec();
                let sum = places.entry(outer).or_default();
                *sum = sum.saturating_add(units);
            }
        }
        for (codes, units) in places {
            let tallies = levels.entry(codes).or_default();
            let tally = match outcome {
                Outcome::Open => &mut tallies.open,
                Outcome::Won => &mut tallies.won,
                Outcome::Lost => &mut tallies.lost,
            };
            let unpriced = u64::from(of.is_unpriced);
            *tally = tally.and(Tally { deals: 1, minor: units, unpriced });
        }
    }
    let mut found: Vec<Level> =
        levels.into_iter().map(|(codes, deals)| Level { codes, deals }).collect();
    found.sort_by_cached_key(|level| group::order(table, &query.by, &level.codes));
    found
}

/// A roll-up as a document.
pub fn rollup_report(table: &FactTable, query: &Query) -> Report {
    let title = Label::new("Roll-up", "多维汇总");
    let mut report = heading::report("rollup", title, table, query);
    let levels = rollup(table, query);
    let mut columns = vec![heading::column("level", ("Level", "层级"), Unit::Count)];
    columns.extend(heading::group_columns(&query.by));
    columns.extend(tally_columns());
    let row = |level: &Level| {
        let depth = level.codes.len();
        let mut cells = vec![Cell::Count(u64::try_from(depth).unwrap_or(u64::MAX))];
        cells.extend(heading::group_cells(table, &query.by, &level.codes));
        // What a subtotal is over is said once, behind what it is of.
        let all = Cell::Label(Label::new("all", "合计"));
        let blanks = query.by.len().saturating_sub(depth);
        cells.extend((0..blanks).map(|at| if at == 0 { all.clone() } else { Cell::text("") }));
        cells.extend(tally_cells(table, level.deals));
        cells
    };
    let rows: Vec<Vec<Cell>> = levels.iter().map(row).collect();
    if let Some(total) = levels.first() {
        report.figures = figures(table, total.deals);
        heading::note_unpriced(&mut report, total.deals.total().unpriced);
    }
    let title = Label::new("Every level with its subtotal", "各层级小计");
    report.tables = vec![Table { key: "levels".to_owned(), title, columns, rows }];
    report.definitions = definitions();
    heading::note_undated(&mut report, winrate::undated(table, query));
    report
}

fn figures(table: &FactTable, of: ByOutcome) -> Vec<crate::export::document::Figure> {
    let money = |key, label, tally: Tally| {
        let amount = Cell::number(tally.amount(table));
        let mut figure = heading::figure(key, label, amount, Unit::Money);
        let count = tally.deals;
        figure.note = Some(Label::new(format!("{count} deals"), format!("{count} 个商机")));
        figure
    };
    vec![
        money("won", ("Won", "赢单金额"), of.won),
        money("lost", ("Lost", "输单金额"), of.lost),
        money("open", ("Open pipeline", "在途金额"), of.open),
    ]
}

fn tally_columns() -> Vec<Column> {
    let count = |key: &str, en, zh| heading::column(key, (en, zh), Unit::Count);
    let money = |key: &str, en, zh| heading::column(key, (en, zh), Unit::Money);
    let mut columns = vec![
        count("won", "Won", "赢单"),
        money("won_amount", "Won amount", "赢单金额"),
        count("lost", "Lost", "输单"),
        money("lost_amount", "Lost amount", "输单金额"),
        count("open", "Open", "未决"),
        money("open_amount", "Open amount", "在途金额"),
    ];
    columns.extend(heading::rate_columns(("Win rate", "赢单率")));
    columns
}

fn tally_cells(table: &FactTable, of: ByOutcome) -> Vec<Cell> {
    let mut cells: Vec<Cell> =
        [of.won, of.lost, of.open].into_iter().flat_map(|tally| tally.cells(table)).collect();
    let decided = of.won.deals.saturating_add(of.lost.deals);
    cells.extend(heading::rate_cells(Proportion::new(of.won.deals, decided)));
    cells
}

/// Somebody in the tree of who reports to whom.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Branch {
    /// The key of the owner; "" of deals whose owner is not known.
    pub owner: String,
    /// How many stand above, up to the top.
    pub depth: u64,
    /// What they look after themselves.
    pub own: ByOutcome,
    /// The same with everybody below.
    pub whole: ByOutcome,
    /// How many report to them, directly or not.
    pub below: u64,
}

/// The tree of who reports to whom, by the key of each owner's manager, from the top, with what each looks after alone and
/// with everybody below. The tops sum to the total; deals of nobody known are a top of their own. A loop, which no operation
/// makes, is cut at its first key. Rule SR-15.
pub fn organisation(
    table: &FactTable,
    query: &Query,
    managers: &BTreeMap<String, String>,
) -> Vec<Branch> {
    let mut own: BTreeMap<&str, ByOutcome> = BTreeMap::new();
    let owners = table.dictionary(Dimension::Owner);
    for deal in rows(table, query) {
        let key = owners.key(table.deals.codes.owner.at(deal));
        own.entry(key).or_default().add(table.deals.outcome(deal), table.deals.base_minor(deal));
    }
    let people = managers.iter().flat_map(|(of, above)| [of.as_str(), above.as_str()]);
    let known: BTreeSet<&str> = own.keys().copied().chain(people).collect();
    let mut tree =
        Tree { own, children: BTreeMap::new(), seen: BTreeSet::new(), found: Vec::new() };
    let mut tops = Vec::new();
    for key in &known {
        match managers.get(*key).map(String::as_str) {
            Some(above) if above != *key => tree.children.entry(above).or_default().push(key),
            Some(_) | None => tops.push(*key),
        }
    }
    let label = |key: &str| owners.code(key).map_or(key, |code| owners.label(code)).to_owned();
    let order = |key: &&str| (key.is_empty(), label(key), (*key).to_owned());
    tops.sort_by_cached_key(order);
    for children in tree.children.values_mut() {
        children.sort_by_cached_key(order);
    }
    for top in tops {
        tree.walk(top, 0);
    }
    // Whoever stands in a loop is below nobody who is at the top.
    for key in known {
        if !tree.seen.contains(key) {
            tree.walk(key, 0);
        }
    }
    tree.found
}

struct Tree<'a> {
    own: BTreeMap<&'a str, ByOutcome>,
    children: BTreeMap<&'a str, Vec<&'a str>>,
    seen: BTreeSet<&'a str>,
    found: Vec<Branch>,
}

impl<'a> Tree<'a> {
    /// Adds somebody with everybody below; what they look after together, and how many they are.
    fn walk(&mut self, key: &'a str, depth: u64) -> (ByOutcome, u64) {
        if !self.seen.insert(key) {
            return (ByOutcome::default(), 0);
        }
        let own = self.own.get(key).copied().unwrap_or_default();
        let at = self.found.len();
        let owner = key.to_owned();
        self.found.push(Branch { owner, depth, own, whole: own, below: 0 });
        let (mut whole, mut below) = (own, 0_u64);
        for child in self.children.get(key).cloned().unwrap_or_default() {
            let (of, count) = self.walk(child, depth.saturating_add(1));
            whole = whole.and(of);
            below = below.saturating_add(count);
        }
        if let Some(branch) = self.found.get_mut(at) {
            (branch.whole, branch.below) = (whole, below);
        }
        (whole, below.saturating_add(1))
    }
}

/// The tree of who reports to whom as a document.
pub fn organisation_report(
    table: &FactTable,
    query: &Query,
    managers: &BTreeMap<String, String>,
) -> Report {
    let title = Label::new("By organisation", "按组织汇总");
    let mut report = heading::report("organisation", title, table, query);
    let branches = organisation(table, query, managers);
    let owners = table.dictionary(Dimension::Owner);
    let mut columns = vec![
        heading::column("depth", ("Level", "层级"), Unit::Count),
        Column::new("owner", Dimension::Owner.label(), Unit::Text),
        heading::column("below", ("People below", "下属人数"), Unit::Count),
        heading::column("own_won", ("Own won", "本人赢单"), Unit::Count),
        heading::column("own_won_amount", ("Own won amount", "本人赢单金额"), Unit::Money),
    ];
    columns.extend(tally_columns());
    let row = |branch: &Branch| {
        let label = match owners.code(&branch.owner) {
            Some(code) => heading::value_label(code, owners.label(code)),
            None => Label::same(&branch.owner),
        };
        let indent = "· ".repeat(usize::try_from(branch.depth).unwrap_or(0).min(20));
        let indented = Label::new(format!("{indent}{}", label.en), format!("{indent}{}", label.zh));
        let mut cells =
            vec![Cell::Count(branch.depth), Cell::Label(indented), Cell::Count(branch.below)];
        cells.extend(branch.own.won.cells(table));
        cells.extend(tally_cells(table, branch.whole));
        cells
    };
    let tops = branches.iter().filter(|branch| branch.depth == 0);
    let total = tops.fold(ByOutcome::default(), |sum, branch| sum.and(branch.whole));
    report.figures = figures(table, total);
    // Who looks after nothing, alone or with those below, is not shown.
    let is_shown = |branch: &&Branch| branch.whole.total().deals > 0;
    let rows = branches.iter().filter(is_shown).map(row).collect();
    let title = Label::new("Each with everybody below", "本人及全部下属");
    report.tables = vec![Table { key: "branches".to_owned(), title, columns, rows }];
    report.definitions = definitions();
    report.definitions.push(Definition::new(
        ("Below", "下属"),
        (
            "Who reports to somebody as it is defined now, directly or through others. The figures of a person hold their own and those of everybody below; \"own\" is theirs alone. The top level sums to the total.",
            "按现行汇报关系的直接与间接下属。各人数字含本人与全部下属；“本人”为其自身。顶层合计等于总计。",
        ),
    ));
    heading::note_unpriced(&mut report, total.total().unpriced);
    heading::note_undated(&mut report, winrate::undated(table, query));
    report
}

fn definitions() -> Vec<Definition> {
    vec![
        Definition::new(
            ("Deals", "商机"),
            (
                "Won and lost: closed in the period. Open: made before its end and open at the report's moment. Unknown is a group of its own.",
                "赢单与输单：期间内关闭。未决：期末前创建且报表时点仍进行中。未填自成一组。",
            ),
        ),
        Definition::new(
            ("Product and category", "产品与类别"),
            (
                "Where a level is of product lines, a deal counts once in each group that it has a line of and is worth its lines there, each rounded; the money of groups sums to that above them, the number of deals need not.",
                "层级含产品或类别时，商机在其每个产品组各计一次，金额为该组明细（逐行取整）之和；金额逐级相等，数量未必。",
            ),
        ),
        Definition::new(
            ("Win rate", "赢单率"),
            (
                "Won of decided with the Wilson 95 % interval; \"too few\" below 5.",
                "赢单 / 已决，附 Wilson 95% 区间；少于 5 个记“样本过少”。",
            ),
        ),
    ]
}

#[cfg(test)]
#[path = "rollup_tests.rs"]
mod tests;
