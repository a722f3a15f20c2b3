//! The dashboard as a document.

use chrono::NaiveDate;
use uuid::Uuid;

use super::{
    Dashboard, DashboardAsk, Facts, Keys, MonthTally, PlaceTally, Question, Questions, Spread,
    WinCount,
};
use crate::analytics::{
    amount::Amount,
    dimension::Dimension,
    heading::{column, figure, note_unpriced, value_label},
    period::Grain,
    stats::{self, Proportion},
};
use crate::export::document::{
    Cell, Chart, ChartKind, Column, Definition, Label, Report, Series, Table, Unit,
};
use crate::value::Timestamp;

/// What a dashboard is shown with.
pub(super) struct Shown<'a> {
    pub(super) facts: &'a Facts,
    pub(super) keys: &'a dyn Keys,
}

impl Dashboard {
    /// The dashboard as a document.
    pub fn report(
        &self,
        facts: &Facts,
        keys: &dyn Keys,
        ask: &DashboardAsk,
        as_of: Timestamp,
    ) -> Report {
        let shown = Shown { facts, keys };
        let stages = shown.stages(self);
        let is_asked = |question| ask.questions.has(question);
        let mut tables = Vec::new();
        let mut tell = |question, all: &dyn Fn() -> Vec<Table>| {
            if is_asked(question) {
                tables.extend(all());
            }
        };
        tell(Question::Stages, &|| {
            vec![shown.places("stages", ("Deals by stage", "各阶段商机"), &self.stages, &stages)]
        });
        tell(Question::Transitions, &|| vec![shown.transitions(self)]);
        tell(Question::Reached, &|| vec![shown.reached(self)]);
        tell(Question::WinRates, &|| {
            let of = [Dimension::Owner, Dimension::Region, Dimension::Source, Dimension::Product];
            of.into_iter().zip(&self.wins).map(|(of, wins)| shown.wins(of, wins)).collect()
        });
        tell(Question::Cycle, &|| vec![cycle(&self.cycle)]);
        tell(Question::Won, &|| {
            vec![shown.months(("won", "Won by month", "各月赢单"), &self.won, 0)]
        });
        tell(Question::Forecast, &|| {
            let named = ("forecast", "Weighted forecast by month", "各月加权预测");
            vec![shown.months(named, &self.forecast, 4)]
        });
        tell(Question::Top, &|| vec![shown.top(self)]);
        tell(Question::Dwell, &|| vec![shown.dwell(self)]);
        tell(Question::Stale, &|| {
            vec![shown.places("stale", ("Stale open deals", "停滞商机"), &self.stale, &stages)]
        });
        let mut report = Report {
            name: "dashboard".to_owned(),
            title: Label::new("Sales dashboard", "销售仪表盘"),
            as_of,
            zone: ask.zone.name().to_owned(),
            currency: facts.currency.clone(),
            parameters: Vec::new(),
            figures: self.figures(&shown, ask.questions),
            tables,
            charts: self.charts(&shown),
            definitions: definitions(ask),
            notes: Vec::new(),
        };
        note_unpriced(&mut report, self.unpriced);
        report
    }

    fn figures(&self, shown: &Shown<'_>, asked: Questions) -> Vec<crate::export::document::Figure> {
        let [owners, ..] = &self.wins;
        let sum = |of: fn(&WinCount) -> u64| owners.iter().map(of).fold(0, u64::saturating_add);
        let (won, lost) = (sum(|count| count.won), sum(|count| count.lost));
        let deals = self.stages.iter().map(|tally| tally.deals).fold(0, u64::saturating_add);
        let worth = self.won.iter().map(|month| month.minor).fold(0, i128::saturating_add);
        let stale = self.stale.iter().map(|tally| tally.deals).fold(0, u64::saturating_add);
        let rate = Proportion::new(won, won.saturating_add(lost)).rate();
        let all = [
            (Question::Stages, figure("deals", ("Deals", "商机"), Cell::Count(deals), Unit::Count)),
            (
                Question::Won,
                figure("won_amount", ("Won", "赢单金额"), shown.money(worth), Unit::Money),
            ),
            (
                Question::WinRates,
                figure("win_rate", ("Win rate", "赢单率"), Cell::decimal(rate), Unit::Rate),
            ),
            (Question::Stale, figure("stale", ("Stale", "停滞"), Cell::Count(stale), Unit::Count)),
        ];
        let asked = all.into_iter().filter(|(question, _)| asked.has(*question));
        asked.map(|(_, figure)| figure).collect()
    }

    fn charts(&self, shown: &Shown<'_>) -> Vec<Chart> {
        let mut charts = Vec::new();
        if !self.won.is_empty() {
            charts.push(Chart {
                key: "won".to_owned(),
                kind: ChartKind::Line,
                title: Label::new("Won by month", "各月赢单"),
                unit: Unit::Money,
                categories: self.won.iter().map(|tally| Label::same(&month(tally.month))).collect(),
                series: vec![Series {
                    label: Label::new("Won", "赢单"),
                    values: self.won.iter().map(|tally| Some(shown.amount(tally.minor))).collect(),
                }],
                shares: Vec::new(),
            });
        }
        charts
    }
}

impl Shown<'_> {
    fn amount(&self, minor: i128) -> String {
        Amount::new(minor, self.facts.scale).to_string()
    }

    fn money(&self, minor: i128) -> Cell {
        Cell::text(self.amount(minor))
    }

    fn stage_id(&self, code: u32) -> Uuid {
        self.facts.stage(code).unwrap_or_default()
    }

    fn stage(&self, code: u32) -> [Cell; 2] {
        let (key, name) = self.keys.stage(self.stage_id(code));
        [Cell::text(key), if name.is_empty() { Cell::Label(none()) } else { Cell::text(name) }]
    }

    /// The codes of the stages that are shown, in the order of their keys.
    fn stages(&self, dashboard: &Dashboard) -> Vec<u32> {
        let mut codes: Vec<u32> = dashboard.stages.iter().map(|tally| tally.place).collect();
        codes.extend(dashboard.stale.iter().map(|tally| tally.place));
        codes.sort_unstable();
        codes.dedup();
        self.sorted(codes)
    }

    /// Codes of stages in the order of their keys, which does not depend on who came first.
    fn sorted(&self, mut codes: Vec<u32>) -> Vec<u32> {
        codes.sort_by_key(|code| {
            let id = self.stage_id(*code);
            (self.keys.stage(id).0, id)
        });
        codes
    }

    fn places(
        &self,
        key: &str,
        title: (&str, &str),
        tallies: &[PlaceTally],
        order: &[u32],
    ) -> Table {
        let mut rows = Vec::new();
        for code in order {
            for tally in tallies.iter().filter(|tally| tally.place == *code) {
                let [stage, name] = self.stage(*code);
                rows.push(vec![stage, name, Cell::Count(tally.deals), self.money(tally.minor)]);
            }
        }
        let columns = [stage_columns(("stage", "Stage", "阶段")), deals_and_amount()].concat();
        Table { key: key.to_owned(), title: Label::new(title.0, title.1), columns, rows }
    }

    fn transitions(&self, dashboard: &Dashboard) -> Table {
        let key = |code: u32| {
            let id = self.stage_id(code);
            (self.keys.stage(id).0, id)
        };
        let mut moves: Vec<_> = dashboard.transitions.iter().collect();
        moves.sort_by_key(|step| (key(step.from), key(step.to)));
        let rows = moves.into_iter().map(|step| {
            let [from, from_name] = self.stage(step.from);
            let [to, to_name] = self.stage(step.to);
            vec![from, from_name, to, to_name, Cell::Count(step.moves)]
        });
        let columns = [
            stage_columns(("from", "From", "来自")),
            stage_columns(("to", "To", "去往")),
            vec![column("moves", ("Moves", "次数"), Unit::Count)],
        ];
        Table {
            key: "transitions".to_owned(),
            title: Label::new("Moves from stage to stage", "阶段流转"),
            columns: columns.concat(),
            rows: rows.collect(),
        }
    }

    fn reached(&self, dashboard: &Dashboard) -> Table {
        let codes = self.sorted(dashboard.reached.iter().map(|(code, _)| *code).collect());
        let deals = |code| dashboard.reached.iter().find(|(at, _)| *at == code).map(|(_, n)| *n);
        let rows = codes.into_iter().map(|code| {
            let [stage, name] = self.stage(code);
            vec![stage, name, Cell::count(deals(code))]
        });
        let deals = vec![column("deals", ("Deals", "商机"), Unit::Count)];
        Table {
            key: "reached".to_owned(),
            title: Label::new("Deals that ever reached a stage", "曾到达各阶段的商机"),
            columns: [stage_columns(("stage", "Stage", "阶段")), deals].concat(),
            rows: rows.collect(),
        }
    }

    /// Key and name of a value.
    pub(super) fn named(&self, of: Dimension, code: u32) -> (String, Label) {
        let pair = |(key, name): (&str, &str)| {
            let name = if name.is_empty() { key } else { name };
            (key.to_owned(), if key.is_empty() { none() } else { Label::same(name) })
        };
        let owner = || {
            let (login, _, name) = self.keys.user(self.facts.owner(code).unwrap_or_default());
            pair((login, name))
        };
        let product = || {
            let id = self.facts.product(code).unwrap_or_default();
            let (key, _, name) = self.keys.product(id);
            pair((key, name))
        };
        match of {
            Dimension::Owner => owner(),
            Dimension::Product => product(),
            Dimension::Source => match self.facts.source(code) {
                "" => pair(("", "")),
                source => (source.to_owned(), self.keys.source(source)),
            },
            Dimension::Region
            | Dimension::Team
            | Dimension::Customer
            | Dimension::Pipeline
            | Dimension::Stage
            | Dimension::Industry
            | Dimension::Reason
            | Dimension::Competitor
            | Dimension::Category => pair((self.facts.region(code), "")),
        }
    }

    fn wins(&self, of: Dimension, wins: &[WinCount]) -> Table {
        let mut rows: Vec<(String, Vec<Cell>)> = Vec::new();
        for count in wins {
            let (key, name) = self.named(of, count.code);
            let share = Proportion::new(count.won, count.won.saturating_add(count.lost));
            let cells = vec![
                Cell::text(key.as_str()),
                Cell::Label(name),
                Cell::Count(count.won),
                Cell::Count(count.lost),
                Cell::decimal(share.rate()),
            ];
            rows.push((key, cells));
        }
        rows.sort_by(|one, two| one.0.cmp(&two.0));
        let title = of.label();
        Table {
            key: format!("win_rate_{}", of.name()),
            title: Label::new(
                format!("Win rate by {}", title.en.to_lowercase()),
                format!("赢单率（按{}）", title.zh),
            ),
            columns: vec![
                Column::new(of.name(), Label::new("Key", "代码"), Unit::Text),
                Column::new("name", title, Unit::Text),
                column("won", ("Won", "赢单"), Unit::Count),
                column("lost", ("Lost", "输单"), Unit::Count),
                column("win_rate", ("Win rate", "赢单率"), Unit::Rate),
            ],
            rows: rows.into_iter().map(|(_, cells)| cells).collect(),
        }
    }

    fn months(&self, named: (&str, &str, &str), months: &[MonthTally], more: u32) -> Table {
        let scale = self.facts.scale.saturating_add(more);
        let rows = months.iter().map(|tally| {
            let first = match tally.month {
                Some(_) => Cell::text(month(tally.month)),
                None => Cell::Label(none()),
            };
            let amount = Amount::new(tally.minor, scale).trimmed(self.facts.scale);
            vec![first, Cell::Count(tally.deals), Cell::number(amount)]
        });
        let unit = if more == 0 { Unit::Money } else { Unit::Exact };
        Table {
            key: named.0.to_owned(),
            title: Label::new(named.1, named.2),
            columns: vec![
                column("month", ("Month", "月份"), Unit::Text),
                column("deals", ("Deals", "商机"), Unit::Count),
                column("amount", ("Amount", "金额"), unit),
            ],
            rows: rows.collect(),
        }
    }

    fn top(&self, dashboard: &Dashboard) -> Table {
        let rows = dashboard.top.iter().map(|tally| {
            let (login, name) = self.named(Dimension::Owner, tally.owner);
            let (deals, amount) = (Cell::Count(tally.deals), self.money(tally.minor));
            vec![Cell::text(login), Cell::Label(name), deals, amount]
        });
        let mut columns = vec![
            Column::new("owner", Label::new("Login", "登录名"), Unit::Text),
            Column::new("name", Dimension::Owner.label(), Unit::Text),
        ];
        columns.extend(deals_and_amount());
        Table {
            key: "top_owners".to_owned(),
            title: Label::new("Owners with the most won", "赢单金额最高的负责人"),
            columns,
            rows: rows.collect(),
        }
    }

    fn dwell(&self, dashboard: &Dashboard) -> Table {
        let codes = self.sorted(dashboard.dwell.iter().map(|(code, _)| *code).collect());
        let spread = |code| dashboard.dwell.iter().find(|(at, _)| *at == code).map(|(_, s)| *s);
        let rows = codes.into_iter().map(|code| {
            let [stage, name] = self.stage(code);
            let spread = spread(code).unwrap_or_default();
            let [mean, _, p90] = days(&spread);
            vec![stage, name, Cell::Count(spread.count), mean, p90]
        });
        let figures = vec![
            column("moves", ("Left", "离开次数"), Unit::Count),
            column("mean", ("Mean", "均值"), Unit::Days),
            column("p90", ("90 %", "P90"), Unit::Days),
        ];
        Table {
            key: "dwell".to_owned(),
            title: Label::new("Days in a stage until it was left", "阶段停留天数"),
            columns: [stage_columns(("stage", "Stage", "阶段")), figures].concat(),
            rows: rows.collect(),
        }
    }
}

pub(super) fn none() -> Label {
    value_label(0, "(none)")
}

fn month(first: Option<NaiveDate>) -> String {
    first.map(|first| Grain::Month.name(first)).unwrap_or_default()
}

fn days(spread: &Spread) -> [Cell; 3] {
    let known = |days| if spread.count == 0 { Cell::Absent } else { Cell::decimal(days) };
    [
        known(stats::mean_of(spread.sum, spread.count)),
        known(stats::days_of_hundredths(spread.median)),
        known(stats::days_of_hundredths(spread.p90)),
    ]
}

fn cycle(spread: &Spread) -> Table {
    let [mean, median, p90] = days(spread);
    Table {
        key: "cycle".to_owned(),
        title: Label::new("Days from the making of a deal until it was won", "赢单周期天数"),
        columns: vec![
            column("won", ("Won", "赢单"), Unit::Count),
            column("mean", ("Mean", "均值"), Unit::Days),
            column("median", ("Median", "中位数"), Unit::Days),
            column("p90", ("90 %", "P90"), Unit::Days),
        ],
        rows: vec![vec![Cell::Count(spread.count), mean, median, p90]],
    }
}

fn stage_columns((key, en, zh): (&str, &str, &str)) -> Vec<Column> {
    vec![
        Column::new(key, Label::new(format!("{en}: key"), format!("{zh}代码")), Unit::Text),
        Column::new(&format!("{key}_name"), Label::new(en, zh), Unit::Text),
    ]
}

fn deals_and_amount() -> Vec<Column> {
    vec![
        column("deals", ("Deals", "商机"), Unit::Count),
        column("amount", ("Amount", "金额"), Unit::Money),
    ]
}

pub(super) fn definitions(ask: &DashboardAsk) -> Vec<Definition> {
    let days = ask.stale_days;
    vec![
        Definition::new(
            ("Stage", "阶段"),
            (
                "Where a deal stands; a closed one stands in the end of its process.",
                "商机当前所处阶段；已关闭的商机计入其流程的结束阶段。",
            ),
        ),
        Definition::new(
            ("Reached", "到达"),
            (
                "Every deal once for each stage that it ever moved to, by its known moves.",
                "按已知流转记录，每个商机在其到达过的每个阶段各计一次。",
            ),
        ),
        Definition::new(
            ("Win rate", "赢单率"),
            (
                "Won among won and lost. A deal belongs to each product that it has a line of.",
                "赢单数占赢单与输单之和的比例。商机计入其每一个产品行的产品。",
            ),
        ),
        Definition::new(
            ("Weighted forecast", "加权预测"),
            (
                "Amounts of open deals times their odds: what somebody said, else the default of the stage; not rounded.",
                "进行中商机金额乘以赢单概率（人工判断优先，否则取阶段默认值），不作舍入。",
            ),
        ),
        Definition::new(
            ("90 %", "P90"),
            (
                "Nine in ten are not longer; interpolated linearly between the two nearest ranks.",
                "九成不超过该值；在相邻两个名次之间线性插值。",
            ),
        ),
        Definition {
            term: Label::new("Stale", "停滞"),
            text: Label::new(
                format!("Open deals that have stood for more than {days} days where they stand."),
                format!("在当前阶段停留超过 {days} 天的进行中商机。"),
            ),
        },
    ]
}
