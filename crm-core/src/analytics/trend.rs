//! What was won, bucket by bucket, with growth.

use std::collections::BTreeMap;

use chrono::{DateTime, NaiveDate};
use rust_decimal::Decimal;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::{
    amount::{Amount, shares},
    dimension::Dimension,
    filter::{Filter, Sieve},
    group, heading,
    period::{Grain, Period},
    query::Query,
    table::{FactTable, Outcome},
    winrate,
};
use crate::export::document::{
    Cell, Chart, ChartKind, Column, Definition, Label, Report, Series, Table, Unit,
};

/// Which money a trend sums.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Basis {
    /// The amounts of deals, in the base currency.
    Amount,
    /// The net of lines, each rounded half up to minor units.
    LinesRounded,
    /// The net of lines before rounding.
    LinesExact,
}

impl Basis {
    /// What a query means that names none: lines where it splits or filters by product or category, else deals.
    pub fn default_for(query: &Query) -> Self {
        let of_lines = query.by.iter().any(|of| of.is_of_lines()) || query.filter.is_of_lines();
        if of_lines { Self::LinesRounded } else { Self::Amount }
    }
}

/// Why there is no trend.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum TrendError {
    /// The amount of a deal belongs to no product: ask for lines.
    #[error(
        "amounts of deals cannot be split or filtered by product or category; take the basis of lines"
    )]
    AmountOfLines,
    /// More buckets than [`BUCKETS_MAX`]; take a coarser grain or a shorter period.
    #[error("more than {BUCKETS_MAX} buckets; take a coarser grain or a shorter period")]
    TooManyBuckets,
}

/// How many buckets a trend may have.
pub const BUCKETS_MAX: usize = 5_000;

/// What was won in one bucket.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Bucket {
    /// Its first day.
    pub start: NaiveDate,
    /// What it is called, such as `2026-11`.
    pub name: String,
    /// How many deals were won.
    pub deals: u64,
    /// Their worth.
    pub amount: Amount,
    /// Growth of the worth against the bucket before; nothing on a base of zero, or before the first deal.
    pub growth: Option<Decimal>,
    /// Growth against the same bucket of the year before; likewise.
    pub growth_year: Option<Decimal>,
    /// The worth of the same bucket of the year before; nothing where that year has none, as for 29 February.
    pub year_before: Option<Amount>,
    /// Whether the period, or the report's moment, cuts it short.
    pub is_partial: bool,
    /// Its deals.
    pub members: Filter,
}

/// The trend of one group: dense, one bucket for each of the trend's.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TrendGroup {
    /// The codes of the group, in the order of the dimensions.
    pub codes: Vec<u32>,
    /// How many deals over all buckets; a deal counts in each product it has a line of.
    pub deals: u64,
    /// Their worth.
    pub amount: Amount,
    /// Each bucket.
    pub buckets: Vec<Bucket>,
}

/// What was won over time.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Trend {
    /// How long a bucket is.
    pub grain: Grain,
    /// Which money is summed.
    pub basis: Basis,
    /// All deals.
    pub total: TrendGroup,
    /// Each group, the most worth first. Their amounts sum to the total's, in every bucket.
    pub groups: Vec<TrendGroup>,
    /// Won deals that count but have no amount on this basis.
    pub unpriced: u64,
    /// Won deals left out since their closing is not known.
    pub undated: u64,
}

#[derive(Clone, Copy, Debug, Default)]
struct Cellar {
    deals: u64,
    units: i128,
}

type Cells = BTreeMap<NaiveDate, Cellar>;

/// The trend of the deals won in the period; without one, from the first won deal to the last.
///
/// # Errors
///
/// Any [`TrendError`], the first that applies.
pub fn trend(
    table: &FactTable,
    query: &Query,
    grain: Grain,
    basis: Basis,
) -> Result<Trend, TrendError> {
    if basis == Basis::Amount && Basis::default_for(query) != Basis::Amount {
        return Err(TrendError::AmountOfLines);
    }
    let ever = query.filter.clone().outcome(Outcome::Won);
    let asked = ever.clone().closed(query.period);
    let days = Days::of(table, query, &ever);
    let span = days.span(query.period);
    let starts = starts(grain, span)?;
    let (mut unpriced, mut whole) = (0u64, Cells::new());
    let mut groups = group::Groups::<Cells>::new(table, &query.by);
    let within = query.period.seconds_in(query.zone);
    let sieve = Sieve::new(table, &ever, query.zone);
    for (deal, day) in &days.of_deals {
        let is_asked = table.deals.closed_at(*deal).is_some_and(|at| within.contains(at));
        // Outside the period whole buckets alone matter, as bases of growth.
        let first = starts.first().copied();
        if !is_asked && first.is_none_or(|first| grain.floor(*day) >= first) {
            continue;
        }
        let worth = worth(table, &sieve, &query.by, basis, *deal);
        let bucket = grain.floor(*day);
        let units =
            worth.of_groups.iter().fold(0i128, |sum, (_, units)| sum.saturating_add(*units));
        whole.entry(bucket).or_default().add(units);
        if worth.is_unpriced && is_asked {
            unpriced = unpriced.saturating_add(1);
        }
        for (key, units) in worth.of_groups {
            if let Some(cells) = groups.at(key) {
                cells.entry(bucket).or_default().add(units);
            }
        }
    }
    let amount = |units| match basis {
        Basis::Amount | Basis::LinesRounded => table.amount(units),
        Basis::LinesExact => table.exact_amount(units),
    };
    let view = View { query, grain, starts: &starts, asked: &asked, amount: &amount };
    let mut found: Vec<TrendGroup> = if query.by.is_empty() {
        Vec::new()
    } else {
        let groups = groups.finish().into_iter();
        groups.map(|one| view.group(table, one.codes, &one.figures)).collect()
    };
    found.retain(|one| one.buckets.iter().any(|bucket| bucket.deals > 0));
    found.sort_by_cached_key(|one| {
        (core::cmp::Reverse(one.amount), group::order(table, &query.by, &one.codes))
    });
    let total = view.group(table, Vec::new(), &whole);
    let undated = winrate::undated_closings(table, &ever, query.zone);
    Ok(Trend { grain, basis, total, groups: found, unpriced, undated })
}

impl Cellar {
    const fn add(&mut self, units: i128) {
        self.deals = self.deals.saturating_add(1);
        self.units = self.units.saturating_add(units);
    }
}

/// The local day each won deal was closed on.
struct Days {
    of_deals: Vec<(usize, NaiveDate)>,
}

impl Days {
    fn of(table: &FactTable, query: &Query, filter: &Filter) -> Self {
        let day = |deal: usize| {
            let at = DateTime::from_timestamp(table.deals.closed_at(deal)?, 0)?;
            Some((deal, at.with_timezone(&query.zone).date_naive()))
        };
        let rows = Sieve::new(table, filter, query.zone).rows();
        Self { of_deals: rows.into_iter().filter_map(day).collect() }
    }

    /// The days to show: the period, open ends taken from the data.
    fn span(&self, period: Period) -> Option<(NaiveDate, NaiveDate)> {
        let within = |day: &NaiveDate| {
            period.from.is_none_or(|from| *day >= from) && period.to.is_none_or(|to| *day < to)
        };
        let days = || self.of_deals.iter().map(|(_, day)| *day).filter(within);
        let from = period.from.or_else(|| days().min());
        let last = match period.to {
            Some(to) => to.pred_opt(),
            None => days().max(),
        };
        from.zip(last).filter(|(from, last)| from <= last)
    }
}

fn starts(
    grain: Grain,
    span: Option<(NaiveDate, NaiveDate)>,
) -> Result<Vec<NaiveDate>, TrendError> {
    let Some((from, last)) = span else { return Ok(Vec::new()) };
    let mut starts = Vec::new();
    let mut next = Some(grain.floor(from));
    while let Some(start) = next.filter(|start| *start <= last) {
        if starts.len() >= BUCKETS_MAX {
            return Err(TrendError::TooManyBuckets);
        }
        starts.push(start);
        next = grain.next(start);
    }
    Ok(starts)
}

/// What one deal is worth to each of its groups.
pub(super) struct Worth {
    pub(super) of_groups: BTreeMap<u128, i128>,
    pub(super) is_unpriced: bool,
}

pub(super) fn worth(
    table: &FactTable,
    sieve: &Sieve<'_>,
    by: &[Dimension],
    basis: Basis,
    deal: usize,
) -> Worth {
    let column: &dyn Fn(usize) -> i128 = match basis {
        Basis::Amount => {
            let minor = table.deals.base_minor(deal);
            let key = group::key(table, by, deal, None);
            let of_groups = BTreeMap::from([(key, minor.map_or(0, i128::from))]);
            return Worth { of_groups, is_unpriced: minor.is_none() };
        }
        Basis::LinesRounded => {
            &|line| table.lines.rounded_minor.get(line).copied().map_or(0, i128::from)
        }
        Basis::LinesExact => &|line| table.lines.exact.get(line).copied().unwrap_or(0),
    };
    let is_priced = table.lines_are_priced(deal) && !table.lines_of(deal).is_empty();
    let mut of_groups = BTreeMap::new();
    for line in table.lines_of(deal).filter(|line| sieve.admits_line(*line)) {
        let sum: &mut i128 = of_groups.entry(group::key(table, by, deal, Some(line))).or_default();
        *sum = sum.saturating_add(if is_priced { column(line) } else { 0 });
    }
    if of_groups.is_empty() {
        of_groups.insert(group::key(table, by, deal, None), 0);
    }
    Worth { of_groups, is_unpriced: !is_priced }
}

/// What turns sums into buckets.
struct View<'a> {
    query: &'a Query,
    grain: Grain,
    starts: &'a [NaiveDate],
    asked: &'a Filter,
    amount: &'a dyn Fn(i128) -> Amount,
}

impl View<'_> {
    fn group(&self, table: &FactTable, codes: Vec<u32>, cells: &Cells) -> TrendGroup {
        let members = group::members(table, self.asked, &self.query.by, &codes);
        let buckets: Vec<Bucket> =
            self.starts.iter().map(|start| self.bucket(*start, cells, &members)).collect();
        let shown = || self.starts.iter().filter_map(|start| cells.get(start));
        TrendGroup {
            codes,
            deals: shown().fold(0, |sum, cell| sum.saturating_add(cell.deals)),
            amount: (self.amount)(shown().fold(0i128, |sum, cell| sum.saturating_add(cell.units))),
            buckets,
        }
    }

    fn bucket(&self, start: NaiveDate, cells: &Cells, members: &Filter) -> Bucket {
        let cell = |start: NaiveDate| cells.get(&start).copied().unwrap_or_default();
        let Cellar { deals, units } = cell(start);
        let growth =
            |base: Option<NaiveDate>| (self.amount)(units).growth((self.amount)(cell(base?).units));
        let end = self.grain.next(start);
        let cut = self.query.period;
        let whole = Period { from: Some(start), to: end };
        let as_of_day = self.query.as_of.day_in(self.query.zone);
        Bucket {
            start,
            name: self.grain.name(start),
            deals,
            amount: (self.amount)(units),
            growth: growth(self.grain.previous(start)),
            growth_year: growth(self.grain.year_before(start)),
            year_before: self.grain.year_before(start).map(|base| (self.amount)(cell(base).units)),
            is_partial: cut.and(whole) != whole || end.is_some_and(|end| as_of_day < end),
            members: members.clone().closed(whole),
        }
    }
}

/// Growth as it is told: on a base of zero it is not defined.
fn growth_cell(growth: Option<Decimal>) -> Cell {
    match growth {
        Some(growth) => Cell::number(growth),
        None => Cell::Label(Label::new("n/a", "不适用")),
    }
}

impl Trend {
    /// The trend as a document.
    pub fn report(&self, table: &FactTable, query: &Query) -> Report {
        use heading::figure;
        let mut report =
            heading::report("trend", Label::new("Won over time", "赢单趋势"), table, query);
        let unit = self.unit();
        let TrendGroup { deals, amount, buckets, .. } = &self.total;
        let mut won = figure("amount", ("Won", "赢单金额"), Cell::number(amount), unit);
        won.note = Some(Label::new(format!("{deals} deals"), format!("{deals} 个商机")));
        report.figures = vec![won];
        let complete = buckets.iter().rev().find(|bucket| !bucket.is_partial);
        if let Some(last) = complete.or(buckets.last()) {
            let mut latest = figure("last", ("", ""), Cell::number(last.amount), unit);
            latest.label = Label::new(format!("In {}", last.name), last.name.clone());
            if last.is_partial {
                latest.note = Some(Label::new("not complete", "未满期"));
            }
            report.figures.extend([
                latest,
                figure(
                    "growth",
                    ("Against the period before", "环比"),
                    growth_cell(last.growth),
                    Unit::Rate,
                ),
                figure(
                    "growth_year",
                    ("Against the year before", "同比"),
                    growth_cell(last.growth_year),
                    Unit::Rate,
                ),
            ]);
        }
        report.tables = vec![self.buckets_table(table, &[], core::slice::from_ref(&self.total))];
        if !query.by.is_empty() {
            report.tables.push(self.groups_table(table, &query.by));
            report.tables.push(self.buckets_table(table, &query.by, &self.groups));
        }
        report.charts = self.charts(table, &query.by);
        report.definitions = self.definitions();
        match self.basis {
            Basis::Amount => heading::note_unpriced(&mut report, self.unpriced),
            Basis::LinesRounded | Basis::LinesExact => heading::note(
                &mut report,
                self.unpriced,
                "{n} won deals have no lines in the base currency: counted, but in no sum.",
                "{n} 个赢单商机没有本位币明细：计入数量，不计入金额合计。",
            ),
        }
        heading::note_undated(&mut report, self.undated);
        report
    }

    const fn unit(&self) -> Unit {
        match self.basis {
            Basis::Amount | Basis::LinesRounded => Unit::Money,
            Basis::LinesExact => Unit::Exact,
        }
    }

    fn buckets_table(&self, table: &FactTable, by: &[Dimension], groups: &[TrendGroup]) -> Table {
        let mut columns: Vec<Column> = heading::group_columns(by);
        columns.extend([
            heading::column("bucket", ("Period", "期间"), Unit::Text),
            heading::column("start", ("From", "起始日"), Unit::Date),
            heading::column("deals", ("Deals won", "赢单数"), Unit::Count),
            heading::column("amount", ("Amount", "金额"), self.unit()),
            heading::column("growth", ("Growth", "环比"), Unit::Rate),
            heading::column("year_before", ("Year before", "上年同期"), self.unit()),
            heading::column("growth_year", ("Year on year", "同比"), Unit::Rate),
            heading::column("complete", ("Complete", "是否满期"), Unit::Text),
        ]);
        let row = |group: &TrendGroup, bucket: &Bucket| {
            let complete = if bucket.is_partial { ("no", "否") } else { ("yes", "是") };
            let mut cells = heading::group_cells(table, by, &group.codes);
            cells.extend([
                Cell::text(&bucket.name),
                Cell::date(bucket.start),
                Cell::Count(bucket.deals),
                Cell::number(bucket.amount),
                growth_cell(bucket.growth),
                bucket.year_before.map_or(Cell::Absent, Cell::number),
                growth_cell(bucket.growth_year),
                Cell::Label(Label::new(complete.0, complete.1)),
            ]);
            cells
        };
        let rows =
            groups.iter().flat_map(|group| group.buckets.iter().map(move |one| row(group, one)));
        let (key, title) = if by.is_empty() {
            ("buckets", Label::new("By period", "按期间"))
        } else {
            ("group_buckets", Label::new("By group and period", "按分组与期间"))
        };
        Table { key: key.to_owned(), title, columns, rows: rows.collect() }
    }

    fn groups_table(&self, table: &FactTable, by: &[Dimension]) -> Table {
        let mut columns = heading::group_columns(by);
        columns.extend([
            heading::column("deals", ("Deals won", "赢单数"), Unit::Count),
            heading::column("amount", ("Amount", "金额"), self.unit()),
            heading::column("share", ("Share", "占比"), Unit::Rate),
        ]);
        let shares = self.shares();
        let row = |(at, group): (usize, &TrendGroup)| {
            let mut cells = heading::group_cells(table, by, &group.codes);
            let share = shares.get(at).map(|share| Decimal::new(i64::from(*share), 4));
            cells.extend([
                Cell::Count(group.deals),
                Cell::number(group.amount),
                Cell::decimal(share),
            ]);
            cells
        };
        Table {
            key: "groups".to_owned(),
            title: Label::new("By group", "按分组"),
            columns,
            rows: self.groups.iter().enumerate().map(row).collect(),
        }
    }

    /// The share of each group in basis points; none where there is no whole to share.
    fn shares(&self) -> Vec<u32> {
        let scale = self.groups.iter().map(|group| group.amount.scale).max().unwrap_or(0);
        let units = |group: &TrendGroup| {
            let missing = scale.saturating_sub(group.amount.scale);
            group.amount.units.saturating_mul(10i128.saturating_pow(missing))
        };
        shares(&self.groups.iter().map(units).collect::<Vec<_>>()).unwrap_or_default()
    }

    fn charts(&self, table: &FactTable, by: &[Dimension]) -> Vec<Chart> {
        const LINES_MAX: usize = 5;
        const SLICES_MAX: usize = 8;
        let values = |group: &TrendGroup| -> Vec<Option<String>> {
            group.buckets.iter().map(|bucket| Some(bucket.amount.to_string())).collect()
        };
        let series = |group: &TrendGroup| Series {
            label: heading::group_label(table, by, &group.codes),
            values: values(group),
        };
        let all = Series { label: Label::new("All", "合计"), values: values(&self.total) };
        let line = |key: &str, title: Label, series: Vec<Series>| Chart {
            key: key.to_owned(),
            kind: ChartKind::Line,
            title,
            unit: self.unit(),
            categories: self.total.buckets.iter().map(|bucket| Label::same(&bucket.name)).collect(),
            series,
            shares: Vec::new(),
        };
        let before = |bucket: &Bucket| bucket.year_before.map(|amount| amount.to_string());
        let year = Series {
            label: Label::new("Year before", "上年同期"),
            values: self.total.buckets.iter().map(before).collect(),
        };
        let is_known = |bucket: &Bucket| bucket.year_before.is_some_and(|of| of.units > 0);
        let has_year = self.total.buckets.iter().any(is_known);
        let both = [all].into_iter().chain(has_year.then_some(year)).collect();
        let mut charts = vec![line("trend", Label::new("Won amount", "赢单金额"), both)];
        if !self.groups.is_empty() {
            let shown = self.groups.iter().take(LINES_MAX).map(series).collect();
            charts.push(line(
                "groups",
                Label::new("Won amount, largest groups", "赢单金额（最大分组）"),
                shown,
            ));
            let shares = self.shares();
            if self.groups.len() <= SLICES_MAX && !shares.is_empty() {
                let amount = |group: &TrendGroup| Some(group.amount.to_string());
                charts.push(Chart {
                    key: "shares".to_owned(),
                    kind: ChartKind::Pie,
                    title: Label::new("Share of won amount", "赢单金额占比"),
                    unit: self.unit(),
                    categories: self
                        .groups
                        .iter()
                        .map(|group| heading::group_label(table, by, &group.codes))
                        .collect(),
                    series: vec![Series {
                        label: Label::new("Amount", "金额"),
                        values: self.groups.iter().map(amount).collect(),
                    }],
                    shares,
                });
            }
        }
        charts
    }

    fn definitions(&self) -> Vec<Definition> {
        let basis = match self.basis {
            Basis::Amount => ("The amounts of deals in the base currency.", "商机的本位币金额。"),
            Basis::LinesRounded => (
                "The net of the deals' lines, each rounded half up to minor units before it is summed.",
                "商机明细净额，逐行四舍五入到最小货币单位后求和。",
            ),
            Basis::LinesExact => (
                "The net of the deals' lines, summed before any rounding.",
                "商机明细净额，不取整求和。",
            ),
        };
        vec![
            Definition::new(
                ("Won in a period", "期间赢单"),
                (
                    "Deals by the day they were won, in the report's zone; each period runs from its first day up to, but without, the next one's. Empty periods are shown.",
                    "按赢单当日（报表时区）归期；每期含首日、不含下期首日。空期照列。",
                ),
            ),
            Definition::new(("Amount", "金额"), basis),
            Definition::new(
                ("Growth and year on year", "环比与同比"),
                (
                    "(This − base) / base against the period before, and the same period of the year before. No number where the base is zero, or lies before the first deal. A period marked incomplete is cut short by the report's moment or by the period asked for.",
                    "（本期 − 基期）/ 基期，基期为上一期或上年同期。基期为零或早于首个商机则无数值。“未满期”指被报表时点或所选期间截断。",
                ),
            ),
        ]
    }
}

#[cfg(test)]
#[path = "trend_tests.rs"]
mod tests;
