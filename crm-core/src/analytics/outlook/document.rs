//! The outlook and the backtest as documents.

use rust_decimal::{Decimal, prelude::FromPrimitive};

use super::{
    Backtest, Outlook, OutlookAsk, WayKind,
    backtest::Errors,
    hazard::Chance,
    ways::{Estimate, Way},
};
use crate::analytics::{
    amount::{Amount, rounded},
    dimension::Dimension,
    forecast::accuracy::Reliability,
    heading::{self, column, figure},
    query::Query,
    stats::Proportion,
    table::FactTable,
};
use crate::export::document::{
    Cell, Chart, ChartKind, Definition, Label, Report, Series, Table, Unit,
};

/// The target that a period's outlook is held against.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Aim {
    /// What shall be won, in minor units.
    pub target: i128,
    /// The mean amount of deals won in the year before, in minor units.
    pub deal: Option<f64>,
    /// The share of the deals closed in that year that was won.
    pub rate: Option<f64>,
}

impl Outlook {
    /// The outlook as a document; `period` is what the period is called.
    pub fn report(
        &self,
        table: &FactTable,
        query: &Query,
        ask: &OutlookAsk,
        period: &str,
        aim: Option<Aim>,
    ) -> Report {
        let mut report =
            heading::report("forecast", Label::new("Forecast", "销售预测"), table, query);
        let money = Money { table };
        report.parameters.insert(0, parameter("period", ("Period", "期间"), period.to_owned()));
        let market = percent(f64::from(ask.market) / 10_000.0);
        report.parameters.push(parameter("market", ("Market factor", "市场系数"), market));
        report.figures.push(figure(
            "won",
            ("Won already", "已赢单"),
            Cell::number(table.amount(self.won)),
            Unit::Money,
        ));
        if let Some(blend) = &self.blend {
            let mut expected =
                figure("expected", ("Expected", "预测金额"), money.cell(blend.mean), Unit::Money);
            let ((low, high), (from, to)) = (blend.likely(), blend.wide());
            let between = |low, high| (money.text(low), money.text(high));
            let (likely, wide) = (between(low, high), between(from, to));
            expected.note = Some(Label::new(
                format!("80 %: {} – {}; 95 %: {} – {}", likely.0, likely.1, wide.0, wide.1),
                format!("80% 区间：{} – {}；95% 区间：{} – {}", likely.0, likely.1, wide.0, wide.1),
            ));
            report.figures.push(expected);
        }
        if let Some(aim) = aim {
            self.aim(&mut report, &money, aim);
        }
        report.tables = vec![self.ways(&money), self.chances(table), self.stages(table, &money)];
        report.charts = self.chart(&money, aim).into_iter().collect();
        report.definitions = definitions();
        for way in &self.ways {
            if let Err(refused) = way.estimate {
                let name = name(way.kind);
                report.notes.push(Label::new(
                    format!("{}: {refused}.", name.en),
                    format!("{}：{refused}。", name.zh),
                ));
            }
        }
        heading::note_unpriced(&mut report, u64::try_from(self.unpriced).unwrap_or(u64::MAX));
        report
    }

    /// Target, gap, the chance to reach it and what must be won to close the gap.
    fn aim(&self, report: &mut Report, money: &Money<'_>, aim: Aim) {
        let target = float(aim.target);
        let amount = |minor: i128| Cell::number(money.table.amount(minor));
        let figures = &mut report.figures;
        figures.push(figure("target", ("Target", "目标"), amount(aim.target), Unit::Money));
        let missing = aim.target.saturating_sub(self.won).max(0);
        figures.push(figure("to_win", ("Still to win", "尚需赢单"), amount(missing), Unit::Money));
        let Some(blend) = &self.blend else { return };
        let gap = target - blend.mean;
        figures.push(figure(
            "gap",
            ("Target less expected", "目标缺口"),
            money.cell(gap),
            Unit::Money,
        ));
        if let Some(chance) = blend.chance_of(target) {
            let cell = Cell::number(share(chance));
            figures.push(figure("chance", ("Chance to reach it", "达成概率"), cell, Unit::Rate));
        }
        if gap > 0.0 {
            if let Some(deals) = aim.deal.filter(|deal| *deal > 0.0).map(|deal| gap / deal) {
                let cell = Cell::count(ceiling(deals));
                let label = ("More deals to win, of the usual amount", "按平均单额还需多赢的单数");
                figures.push(figure("deals_needed", label, cell, Unit::Count));
            }
            if let Some(rate) = aim.rate.filter(|rate| *rate > 0.0) {
                let label =
                    ("More pipeline needed, at the usual win rate", "按赢单率还需新增的商机金额");
                figures.push(figure("pipeline_needed", label, money.cell(gap / rate), Unit::Money));
            }
        }
    }

    fn ways(&self, money: &Money<'_>) -> Table {
        let columns = vec![
            column("way", ("Way", "方法"), Unit::Text),
            column("expected", ("Expected", "预测金额"), Unit::Money),
            column("low_80", ("80 % from", "80% 下限"), Unit::Money),
            column("high_80", ("80 % to", "80% 上限"), Unit::Money),
            column("low_95", ("95 % from", "95% 下限"), Unit::Money),
            column("high_95", ("95 % to", "95% 上限"), Unit::Money),
            column("weight", ("Weight", "权重"), Unit::Rate),
            column("count", ("From how many", "依据数量"), Unit::Count),
            column("reason", ("Why not", "未给出原因"), Unit::Text),
        ];
        let row = |label: Label, estimate: Option<&Estimate>, rest: [Cell; 3]| {
            let mut cells = vec![Cell::Label(label)];
            match estimate {
                Some(of) => {
                    let ((low, high), (from, to)) = (of.likely(), of.wide());
                    cells.extend([of.mean, low, high, from, to].map(|value| money.cell(value)));
                }
                None => cells.extend([(); 5].map(|()| Cell::Absent)),
            }
            cells.extend(rest);
            cells
        };
        let way = |way: &Way| {
            let weight = Cell::number(share(f64::from(way.weight) / 10_000.0));
            let count = Cell::Count(u64::try_from(way.count).unwrap_or(u64::MAX));
            let reason = way.estimate.err().map_or(Cell::Absent, |why| Cell::text(why.to_string()));
            row(name(way.kind), way.estimate.as_ref().ok(), [weight, count, reason])
        };
        let mut rows: Vec<Vec<Cell>> = self.ways.iter().map(way).collect();
        let mix = Label::new("Mix", "综合");
        rows.push(row(mix, self.blend.as_ref(), [Cell::Absent, Cell::Absent, Cell::Absent]));
        let title = Label::new("What is expected, way by way", "各方法预测");
        Table { key: "ways".to_owned(), title, columns, rows }
    }

    fn chances(&self, table: &FactTable) -> Table {
        let columns = vec![
            column("stage", ("Stage", "阶段"), Unit::Text),
            column("age", ("Days since made", "商机天数"), Unit::Text),
            column("deals", ("Deals seen", "历史商机数"), Unit::Count),
            column("chance", ("Won in time", "期内赢单率"), Unit::Rate),
            column("low", ("95 % from", "95% 下限"), Unit::Rate),
            column("high", ("95 % to", "95% 上限"), Unit::Rate),
        ];
        let row = |stage: u32, age: &str, chance: &Chance| {
            let half = 1.96 * chance.variance.sqrt();
            let bound = |bound: f64| Cell::number(share(bound.clamp(0.0, 1.0)));
            vec![
                heading::value_cell(stage, table.dictionary(Dimension::Stage).label(stage)),
                Cell::text(age),
                Cell::Count(u64::try_from(chance.deals).unwrap_or(u64::MAX)),
                Cell::number(share(chance.mean)),
                bound(chance.mean - half),
                bound(chance.mean + half),
            ]
        };
        let cells = self.hazard.cells.iter();
        let mut rows: Vec<(u32, Vec<Cell>)> =
            cells.map(|((stage, age), chance)| (*stage, row(*stage, age.days(), chance))).collect();
        rows.sort_by_key(|(stage, _)| (*stage == 0, table.stages.position(*stage), *stage));
        let rows = rows.into_iter().map(|(_, cells)| cells).collect();
        let title =
            Label::new("How often deals like it were won in time", "按阶段与商机天数的历史赢单率");
        Table { key: "chances".to_owned(), title, columns, rows }
    }

    fn stages(&self, table: &FactTable, money: &Money<'_>) -> Table {
        let columns = vec![
            column("part", ("From", "来源"), Unit::Text),
            column("count", ("How many", "数量"), Unit::Count),
            column("amount", ("Amount", "金额"), Unit::Money),
            column("expected", ("Expected by history", "按历史预测"), Unit::Money),
        ];
        let count = |count: usize| Cell::Count(u64::try_from(count).unwrap_or(u64::MAX));
        let sum: i128 =
            self.deals.iter().fold(0, |sum, (_, minor, _)| sum.saturating_add(i128::from(*minor)));
        let expected: f64 =
            self.deals.iter().map(|(_, minor, chance)| super::units(*minor) * chance).sum();
        let rows = vec![
            vec![
                Cell::Label(Label::new("Open deals", "进行中的商机")),
                count(self.deals.len()),
                Cell::number(table.amount(sum)),
                money.cell(expected),
            ],
            vec![
                Cell::Label(Label::new("Deals that are not there yet", "尚未产生的商机")),
                count(self.inflow.periods),
                Cell::Absent,
                money.cell(self.inflow.mean),
            ],
        ];
        let title = Label::new("What history expects, by its parts", "历史法构成");
        Table { key: "parts".to_owned(), title, columns, rows }
    }

    fn chart(&self, money: &Money<'_>, aim: Option<Aim>) -> Option<Chart> {
        let known = self
            .ways
            .iter()
            .filter_map(|way| Some((name(way.kind), way.estimate.as_ref().ok()?.mean)));
        let mut bars: Vec<(Label, String)> =
            known.map(|(label, mean)| (label, money.text(mean))).collect();
        let blend = self.blend.as_ref()?;
        bars.push((Label::new("Mix", "综合"), money.text(blend.mean)));
        if let Some(aim) = aim {
            bars.push((Label::new("Target", "目标"), money.table.amount(aim.target).to_string()));
        }
        Some(Chart {
            key: "forecast".to_owned(),
            kind: ChartKind::Bar,
            title: Label::new("What is expected", "预测金额"),
            unit: Unit::Money,
            categories: bars.iter().map(|(label, _)| label.clone()).collect(),
            series: vec![Series {
                label: Label::new("Expected", "预测金额"),
                values: bars.into_iter().map(|(_, value)| Some(value)).collect(),
            }],
            shares: Vec::new(),
        })
    }
}

impl Estimate {
    /// The chance that at least `target` comes, by the normal distribution around what is expected.
    pub fn chance_of(&self, target: f64) -> Option<f64> {
        if target <= self.floor {
            return Some(1.0);
        }
        let spread = self.variance.max(0.0).sqrt();
        if spread <= 0.0 {
            return None;
        }
        Some(0.5 * libm::erfc((target - self.mean) / spread / core::f64::consts::SQRT_2))
    }
}

impl Backtest {
    /// The backtest as a document; `periods` name the moments.
    pub fn report(&self, table: &FactTable, query: &Query, periods: &[String]) -> Report {
        let title = Label::new("Backtest of the forecast", "预测回测");
        let mut report = heading::report("backtest", title, table, query);
        let money = Money { table };
        let [.., blend] = &self.errors;
        let decimal = |value: Option<f64>| Cell::decimal(value.map(share));
        report.figures = vec![
            figure("origins", ("Moments", "回测次数"), Cell::Count(blend.count), Unit::Count),
            figure("mase", ("MASE of the mix", "综合 MASE"), decimal(blend.mase), Unit::Text),
            figure(
                "in_80",
                ("In the 80 % interval", "落入 80% 区间"),
                Cell::decimal(blend.in_80.rate()),
                Unit::Rate,
            ),
            figure(
                "brier_odds",
                ("Brier score of the stages' odds", "阶段概率 Brier 分"),
                decimal(self.brier_odds),
                Unit::Text,
            ),
            figure(
                "brier_history",
                ("Brier score of the chances by history", "历史概率 Brier 分"),
                decimal(self.brier_history),
                Unit::Text,
            ),
        ];
        report.tables = vec![
            self.ways(&money),
            self.origins(&money, periods),
            self.by_stage(table),
            reliability(
                "odds",
                Label::new("Odds of stages beside what came", "阶段概率校准"),
                &self.reliable_odds,
            ),
            reliability(
                "history",
                Label::new("Chances by history beside what came", "历史概率校准"),
                &self.reliable_history,
            ),
        ];
        report.charts = self.chart(&money, periods).into_iter().collect();
        report.definitions = backtest_definitions();
        heading::note(
            &mut report,
            self.still_open,
            "{n} times a deal stood in a stage at one of the moments and is still open: in no score of the stages' odds.",
            "{n} 次：商机在回测时点处于某阶段且至今未结束，不计入阶段概率评分。",
        );
        report
    }

    fn ways(&self, money: &Money<'_>) -> Table {
        let columns = vec![
            column("way", ("Way", "方法"), Unit::Text),
            column("count", ("Moments", "次数"), Unit::Count),
            column("mae", ("Mean absolute error", "平均绝对误差"), Unit::Money),
            column("bias", ("Mean error", "平均偏差"), Unit::Money),
            column("smape", ("sMAPE", "sMAPE"), Unit::Text),
            column("mase", ("MASE", "MASE"), Unit::Text),
            column("in_80", ("In the 80 % interval", "落入 80% 区间"), Unit::Rate),
            column("in_95", ("In the 95 % interval", "落入 95% 区间"), Unit::Rate),
        ];
        let row = |(name, of): (Label, &Errors)| {
            let money = |value: Option<f64>| value.map_or(Cell::Absent, |value| money.cell(value));
            vec![
                Cell::Label(name),
                Cell::Count(of.count),
                money(of.mae),
                money(of.bias),
                Cell::decimal(of.smape.map(share)),
                Cell::decimal(of.mase.map(share)),
                Cell::decimal(of.in_80.rate()),
                Cell::decimal(of.in_95.rate()),
            ]
        };
        let rows = names().into_iter().zip(&self.errors).map(row).collect();
        let title = Label::new("How good each way was", "各方法误差");
        Table { key: "ways".to_owned(), title, columns, rows }
    }

    fn origins(&self, money: &Money<'_>, periods: &[String]) -> Table {
        let mut columns = vec![
            column("period", ("Period", "期间"), Unit::Text),
            column("actual", ("Won", "实际赢单"), Unit::Money),
        ];
        for (code, name) in Self::WAYS.into_iter().zip(names()) {
            columns.push(crate::export::document::Column::new(code, name, Unit::Money));
        }
        columns.push(column("low_80", ("Mix, 80 % from", "综合 80% 下限"), Unit::Money));
        columns.push(column("high_80", ("Mix, 80 % to", "综合 80% 上限"), Unit::Money));
        let mut rows = Vec::with_capacity(self.origins.len());
        for (origin, period) in self.origins.iter().zip(periods) {
            let mut cells =
                vec![Cell::text(period), Cell::number(money.table.amount(origin.actual))];
            for estimate in &origin.estimates {
                cells.push(estimate.as_ref().map_or(Cell::Absent, |of| money.cell(of.mean)));
            }
            let [.., blend] = &origin.estimates;
            let likely = blend.as_ref().map(Estimate::likely);
            let bound = |value: Option<f64>| value.map_or(Cell::Absent, |value| money.cell(value));
            cells.push(bound(likely.map(|(low, _)| low)));
            cells.push(bound(likely.map(|(_, high)| high)));
            rows.push(cells);
        }
        let title = Label::new("Period by period", "逐期对比");
        Table { key: "origins".to_owned(), title, columns, rows }
    }

    fn by_stage(&self, table: &FactTable) -> Table {
        let columns = vec![
            column("stage", ("Stage", "阶段"), Unit::Text),
            column("odds", ("Its odds", "设定概率"), Unit::Rate),
            column("closed", ("Closed deals", "已结束商机"), Unit::Count),
            column("won", ("Won of them", "实际赢单率"), Unit::Rate),
            column("low", ("95 % from", "95% 下限"), Unit::Rate),
            column("high", ("95 % to", "95% 上限"), Unit::Rate),
        ];
        let mut stages = self.stages.clone();
        stages.sort_by_key(|row| (row.stage == 0, table.stages.position(row.stage), row.stage));
        let row = |of: super::StageRow| {
            let interval = of.won.interval();
            vec![
                heading::value_cell(of.stage, table.dictionary(Dimension::Stage).label(of.stage)),
                Cell::number(share(f64::from(of.odds) / 10_000.0)),
                Cell::Count(of.won.trials),
                Cell::decimal(of.won.rate()),
                Cell::decimal(interval.map(|(low, _)| low)),
                Cell::decimal(interval.map(|(_, high)| high)),
            ]
        };
        let title =
            Label::new("Odds of stages beside what became of their deals", "各阶段概率与实际");
        let rows = stages.into_iter().map(row).collect();
        Table { key: "stages".to_owned(), title, columns, rows }
    }

    fn chart(&self, money: &Money<'_>, periods: &[String]) -> Option<Chart> {
        let blend = |origin: &super::Origin| {
            let [.., blend] = &origin.estimates;
            blend.as_ref().map(|blend| money.text(blend.mean))
        };
        let actual = self.origins.iter().map(|of| Some(money.table.amount(of.actual).to_string()));
        let series = |en: &str, zh: &str, values: Vec<Option<String>>| Series {
            label: Label::new(en, zh),
            values,
        };
        (!self.origins.is_empty()).then(|| Chart {
            key: "backtest".to_owned(),
            kind: ChartKind::Line,
            title: Label::new("Foretold and won", "预测与实际"),
            unit: Unit::Money,
            categories: periods.iter().map(|period| Label::same(period)).collect(),
            series: vec![
                series("Won", "实际赢单", actual.collect()),
                series("Mix", "综合预测", self.origins.iter().map(blend).collect()),
            ],
            shares: Vec::new(),
        })
    }
}

fn reliability(key: &str, title: Label, rows: &[Reliability]) -> Table {
    let columns = vec![
        column("from", ("From", "概率下限"), Unit::Rate),
        column("told", ("How many", "数量"), Unit::Count),
        column("mean", ("Mean chance", "平均概率"), Unit::Rate),
        column("came", ("Came about", "实际比例"), Unit::Rate),
        column("low", ("95 % from", "95% 下限"), Unit::Rate),
        column("high", ("95 % to", "95% 上限"), Unit::Rate),
    ];
    let row = |of: &Reliability| {
        let came = Proportion::new(of.came, of.told);
        let interval = came.interval();
        vec![
            Cell::number(share(f64::from(of.tenth) / 10.0)),
            Cell::Count(of.told),
            Cell::number(share(of.mean)),
            Cell::decimal(came.rate()),
            Cell::decimal(interval.map(|(low, _)| low)),
            Cell::decimal(interval.map(|(_, high)| high)),
        ]
    };
    let rows = rows.iter().map(row).collect();
    Table { key: format!("reliability_{key}"), title, columns, rows }
}

/// What turns real numbers into money.
struct Money<'a> {
    table: &'a FactTable,
}

impl Money<'_> {
    fn text(&self, minor: f64) -> String {
        self.amount(minor).to_string()
    }

    fn cell(&self, minor: f64) -> Cell {
        Cell::text(self.text(minor))
    }

    /// Rounded to minor units, halves away from zero.
    fn amount(&self, minor: f64) -> Amount {
        self.table.amount(i128::from_f64(libm::round(minor)).unwrap_or(0))
    }
}

/// A share at four places.
fn share(value: f64) -> Decimal {
    rounded(Decimal::from_f64(value).unwrap_or_default(), 4)
}

fn percent(value: f64) -> String {
    share(value).to_string()
}

fn ceiling(value: f64) -> Option<u64> {
    u64::from_f64(libm::ceil(value))
}

fn float(minor: i128) -> f64 {
    i64::try_from(minor).map_or(f64::MAX, super::units)
}

fn parameter(key: &str, label: (&str, &str), value: String) -> crate::export::document::Parameter {
    let (label, shown) = (Label::new(label.0, label.1), Label::same(&value));
    crate::export::document::Parameter { key: key.to_owned(), label, value, shown }
}

fn name(kind: WayKind) -> Label {
    match kind {
        WayKind::Weighted => Label::new("Odds of stages", "阶段概率加权"),
        WayKind::History => Label::new("History of deals", "历史赢单率"),
        WayKind::Series => Label::new("Months before", "月度时间序列"),
    }
}

fn names() -> [Label; 4] {
    let [weighted, history, series] = WayKind::ALL.map(name);
    [weighted, history, series, Label::new("Mix", "综合")]
}

fn definitions() -> Vec<Definition> {
    vec![
        Definition::new(
            ("Odds of stages", "阶段概率加权"),
            (
                "The amounts of open deals that are expected in the period times the odds of their stage, or those that somebody set for a deal. A lost deal counts nothing. A deal whose expected day is past is expected at once.",
                "预计在期间内成交的进行中商机金额 × 所处阶段概率（或单独设定的概率）。输单计 0。预计日期已过的视为立即成交。",
            ),
        ),
        Definition::new(
            ("History of deals", "历史赢单率"),
            (
                "The amounts of open deals times how often deals in that stage and of that age were won within the same time, at past moments a month apart whose sequel is known; drawn towards the stage's share, and that towards all deals'. Plus what deals that were not there yet brought in past periods as long and as far ahead.",
                "进行中商机金额 × 历史上同阶段、同天数的商机在同样时间内赢单的比例（按月取样，且后续已知；向阶段与总体比例收缩），再加上历史同长度期间内新增商机带来的赢单金额。",
            ),
        ),
        Definition::new(
            ("Months before", "月度时间序列"),
            (
                "What was won in each month that is over, continued by the mean of theta, complex and exponential smoothing, with a season of twelve months where it is significant.",
                "已结束各月的赢单金额，用 theta、复指数平滑与指数平滑的均值外推；季节性显著时含 12 个月季节。",
            ),
        ),
        Definition::new(
            ("Mix", "综合"),
            (
                "The mean of the ways by their weights. Its spread is that of a drawing among the ways: their own, and how far they are apart.",
                "各方法按权重的均值；其离散程度包含各方法自身的误差与方法之间的差异。",
            ),
        ),
        Definition::new(
            ("Market factor", "市场系数"),
            (
                "What is still to come is multiplied by it; what is won already is not.",
                "乘在尚未实现的部分上；已赢单金额不受影响。",
            ),
        ),
    ]
}

fn backtest_definitions() -> Vec<Definition> {
    let mut all = definitions();
    all.extend([
        Definition::new(
            ("Backtest", "回测"),
            (
                "Each period is foretold from what was known when it began; nothing that happened or was changed later is used.",
                "每个期间只用其开始时已知的信息预测；之后发生或修改的内容一概不用。",
            ),
        ),
        Definition::new(
            ("MASE", "MASE"),
            (
                "The mean absolute error over that of taking the period before; below 1 is better than that.",
                "平均绝对误差 ÷ 直接沿用上一期的平均绝对误差；小于 1 优于后者。",
            ),
        ),
        Definition::new(
            ("sMAPE", "sMAPE"),
            (
                "The mean of 200 |won − expected| / (|won| + |expected|).",
                "200 × |实际 − 预测| ÷（|实际| + |预测|）的均值。",
            ),
        ),
        Definition::new(
            ("Brier score", "Brier 分"),
            (
                "The mean squared distance of a chance from 1 where it came about, else from 0; less is better, 0.25 is a coin.",
                "概率与结果（发生为 1，否则 0）之差平方的均值；越小越好，抛硬币为 0.25。",
            ),
        ),
    ]);
    all
}

impl Aim {
    /// A target in minor units, beside the sum and number of deals that were won in the year before and how many were
    /// closed in it.
    pub fn of(target: i128, (sum, won): (i64, u32), closed: u32) -> Self {
        let deal = (won > 0).then(|| super::units(sum) / f64::from(won));
        let rate = (closed > 0).then(|| f64::from(won) / f64::from(closed));
        Self { target, deal, rate }
    }
}
