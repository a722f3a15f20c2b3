//! The times in stages as a document.

use super::{
    dimension::Dimension,
    heading,
    query::Query,
    stages::{Bottleneck, Left, StageStays, StageTimes, WholeCycle, bottlenecks},
    stats::{FEW, days},
    survival::Survival,
    table::FactTable,
};
use crate::export::document::{
    Cell, Chart, ChartKind, Column, Definition, Label, Report, Series, Table, Unit,
};

/// Rows of a curve; more steps are thinned out evenly, the last one kept.
const CURVE_MAX: usize = 40;

/// Bars of a chart.
const BARS_MAX: usize = 15;

impl StageTimes {
    /// The times in stages as a document.
    pub fn report(&self, table: &FactTable, query: &Query) -> Report {
        let title = Label::new("Time in stage", "阶段停留时间");
        let mut report = heading::report("stages", title, table, query);
        let Some(whole) = self.cycles.first() else { return report };
        report.figures = figures(&whole.lasting);
        let ranked = self.ranked();
        report.tables = vec![
            self.stages_table(table, query),
            bottleneck_table(table, query, &ranked),
            self.cycles_table(table, query),
            curve(&whole.lasting),
        ];
        report.charts = vec![medians(table, query, &ranked), falling(&whole.lasting)];
        report.charts.retain(|chart| !chart.categories.is_empty());
        report.definitions = definitions();
        heading::note(
            &mut report,
            self.without_history,
            "{n} deals without stage history are in no stage; their cycle counts.",
            "{n} 个商机没有阶段历史，未计入各阶段；其销售周期计入。",
        );
        heading::note_undated(&mut report, self.undated);
        heading::note(
            &mut report,
            self.misdated,
            "{n} stays or deals end before they begin: left out.",
            "{n} 次停留或商机的结束早于开始：未纳入。",
        );
        report
    }

    /// The bottlenecks of each group, the groups in their order.
    fn ranked(&self) -> Vec<Bottleneck<'_>> {
        self.stages.chunk_by(|one, two| one.codes == two.codes).flat_map(bottlenecks).collect()
    }

    fn stages_table(&self, table: &FactTable, query: &Query) -> Table {
        let mut columns = heading::group_columns(&query.by);
        columns.extend(stage_columns());
        columns.extend([
            count("stays", "Stays", "停留次数"),
            count("deals", "Deals", "商机数"),
            count("onward", "Went on", "推进"),
            count("back", "Went back", "回退"),
            count("elsewhere", "Elsewhere", "转出流程"),
            count("won", "Won", "赢单"),
            count("lost", "Lost", "输单"),
            count("still", "Still there", "仍停留"),
        ]);
        columns.extend(lasting_columns());
        let row = |row: &StageStays| {
            let mut cells = stage_cells(table, query, row);
            cells.extend([Cell::Count(row.stays()), Cell::Count(row.deals)]);
            let ways =
                [Left::Onward, Left::Back, Left::Elsewhere, Left::Won, Left::Lost, Left::Not];
            cells.extend(ways.map(|left| Cell::Count(row.that(left))));
            cells.extend(lasting_cells(&row.lasting));
            cells
        };
        Table {
            key: "stages".to_owned(),
            title: Label::new("Stays in each stage, in days", "各阶段停留（天）"),
            columns,
            rows: self.stages.iter().map(row).collect(),
        }
    }

    fn cycles_table(&self, table: &FactTable, query: &Query) -> Table {
        let mut columns = heading::group_columns(&query.by);
        if query.by.is_empty() {
            columns.push(heading::column("group", ("Deals", "商机"), Unit::Text));
        }
        columns.extend([count("ended", "Closed", "已关闭"), count("open", "Open", "未决")]);
        columns.extend(lasting_columns());
        let row = |cycle: &WholeCycle| {
            let mut cells = if cycle.codes.is_empty() {
                let mut cells = vec![Cell::Label(Label::new("All", "合计"))];
                cells.resize(query.by.len().max(1), Cell::text(""));
                cells
            } else {
                heading::group_cells(table, &query.by, &cycle.codes)
            };
            let of = &cycle.lasting;
            cells.extend([Cell::Count(of.ended()), Cell::Count(of.censored())]);
            cells.extend(lasting_cells(of));
            cells
        };
        let (all, groups) = self.cycles.split_at(self.cycles.len().min(1));
        Table {
            key: "cycle".to_owned(),
            title: Label::new("From creation to closing, in days", "从创建到关闭（天）"),
            columns,
            rows: groups.iter().chain(all).map(row).collect(),
        }
    }
}

fn count(key: &str, en: &str, zh: &str) -> Column {
    heading::column(key, (en, zh), Unit::Count)
}

fn stage_columns() -> [Column; 2] {
    [Dimension::Pipeline, Dimension::Stage].map(|of| Column::new(of.name(), of.label(), Unit::Text))
}

fn stage_cells(table: &FactTable, query: &Query, row: &StageStays) -> Vec<Cell> {
    let mut cells = heading::group_cells(table, &query.by, &row.codes);
    let place = [Dimension::Pipeline, Dimension::Stage];
    cells.extend(heading::group_cells(table, &place, &[row.pipeline, row.stage]));
    cells
}

fn lasting_columns() -> [Column; 6] {
    let days = |key: &str, en, zh| heading::column(key, (en, zh), Unit::Days);
    [
        days("median", "Median", "中位数"),
        days("low", "95 % from", "95% 下限"),
        days("high", "95 % to", "95% 上限"),
        days("p90", "Nine in ten", "P90"),
        count("at_risk", "At risk at the median", "中位数时风险集"),
        days("longest", "Longest seen", "最长观察"),
    ]
}

fn lasting_cells(lasting: &Survival) -> Vec<Cell> {
    let longest = Cell::decimal(lasting.longest().and_then(days));
    if lasting.ended() < FEW {
        let few = Cell::Label(heading::few());
        return vec![few, Cell::Absent, Cell::Absent, Cell::Absent, Cell::Absent, longest];
    }
    let (low, high) = lasting.quantile_interval(0.5);
    let beyond = |found| match found {
        Some(found) => Cell::decimal(days(found)),
        None => Cell::Label(Label::new("beyond", "超出观察期")),
    };
    vec![
        beyond(lasting.quantile(0.5)),
        beyond(low),
        beyond(high),
        beyond(lasting.quantile(0.9)),
        Cell::count(lasting.step_of(0.5).map(|step| step.at_risk)),
        longest,
    ]
}

fn figures(lasting: &Survival) -> Vec<crate::export::document::Figure> {
    let of = lasting_cells(lasting);
    let cell = |at: usize| of.get(at).cloned().unwrap_or(Cell::Absent);
    let figure = |key, label, at| heading::figure(key, label, cell(at), Unit::Days);
    let mut median =
        figure("median", ("Median cycle, open ones included", "周期中位数（含未决）"), 0);
    let (ended, open) = (lasting.ended(), lasting.censored());
    median.note = Some(Label::new(
        format!("{ended} closed, {open} open as censored"),
        format!("{ended} 个已关闭，{open} 个未决按删失处理"),
    ));
    let p90 = figure("p90", ("Nine in ten closed within", "九成关闭所需天数"), 3);
    vec![median, p90]
}

fn bottleneck_table(table: &FactTable, query: &Query, ranked: &[Bottleneck<'_>]) -> Table {
    let rate = |key: &str, en, zh| heading::column(key, (en, zh), Unit::Rate);
    let mut columns = heading::group_columns(&query.by);
    columns.extend(stage_columns());
    columns.extend([
        count("wait_rank", "Place by waiting", "等待排名"),
        heading::column("median", ("Median days", "中位天数"), Unit::Days),
        rate("time_share", "Of all time in stages", "占总停留时间"),
        count("loss_rank", "Place by loss", "流失排名"),
        count("ended", "Stays that ended", "已结束停留"),
        count("lost", "Lost", "输单"),
    ]);
    columns.extend(heading::rate_columns(("Lost of ended", "流失率")));
    columns.push(heading::column("stands_out", ("Stands out", "可区分"), Unit::Text));
    let row = |one: &Bottleneck<'_>| {
        let stage = one.stage;
        let loss = stage.loss();
        let mut cells = stage_cells(table, query, stage);
        let median = lasting_cells(&stage.lasting).into_iter().next();
        cells.extend([
            Cell::count(one.by_wait),
            median.unwrap_or(Cell::Absent),
            Cell::decimal(one.time.map(|points| rust_decimal::Decimal::new(points.into(), 4))),
            Cell::count(one.by_loss),
            Cell::Count(loss.trials),
            Cell::Count(loss.successes),
        ]);
        cells.extend(heading::rate_cells(loss));
        cells.push(Cell::Label(if loss.trials < FEW {
            heading::few()
        } else if one.loss_stands_out {
            Label::new("yes", "是")
        } else {
            Label::new("not distinguishable", "无法区分")
        }));
        cells
    };
    let mut rows: Vec<&Bottleneck<'_>> = ranked.iter().collect();
    rows.sort_by_key(|one| (&one.stage.codes, one.by_wait.is_none(), one.by_wait));
    Table {
        key: "bottlenecks".to_owned(),
        title: Label::new("Bottlenecks: the longest waits first", "瓶颈：等待最久的在前"),
        columns,
        rows: rows.into_iter().map(row).collect(),
    }
}

fn thinned(lasting: &Survival) -> Vec<&super::survival::SurvivalStep> {
    let steps = lasting.steps();
    let every = steps.len().div_ceil(CURVE_MAX).max(1);
    let last = steps.len().saturating_sub(1);
    let kept = |at: &usize| at.is_multiple_of(every) || *at == last;
    steps.iter().enumerate().filter(|(at, _)| kept(at)).map(|(_, step)| step).collect()
}

fn curve(lasting: &Survival) -> Table {
    let rate = |key: &str, en, zh| heading::column(key, (en, zh), Unit::Rate);
    Table {
        key: "curve".to_owned(),
        title: Label::new("Share of deals not yet closed", "尚未关闭的商机占比"),
        columns: vec![
            heading::column("days", ("Days", "天数"), Unit::Days),
            count("at_risk", "At risk", "风险集"),
            count("ended", "Closed then", "当时关闭"),
            rate("share", "Not yet closed", "尚未关闭"),
            rate("low", "95 % from", "95% 下限"),
            rate("high", "95 % to", "95% 上限"),
        ],
        rows: thinned(lasting)
            .into_iter()
            .map(|step| {
                let interval = step.share_interval();
                vec![
                    Cell::decimal(days(step.at)),
                    Cell::Count(step.at_risk),
                    Cell::Count(step.ended),
                    Cell::decimal(step.share()),
                    Cell::decimal(interval.map(|(low, _)| low)),
                    Cell::decimal(interval.map(|(_, high)| high)),
                ]
            })
            .collect(),
    }
}

fn medians(table: &FactTable, query: &Query, ranked: &[Bottleneck<'_>]) -> Chart {
    let mut shown: Vec<&Bottleneck<'_>> = ranked
        .iter()
        .filter(|one| one.by_wait.is_some() && one.stage.lasting.median_days().is_some())
        .collect();
    shown.sort_by_key(|one| one.by_wait);
    shown.truncate(BARS_MAX);
    let name = |one: &&Bottleneck<'_>| {
        let dimensions: Vec<Dimension> =
            query.by.iter().copied().chain([Dimension::Stage]).collect();
        let codes: Vec<u32> = one.stage.codes.iter().copied().chain([one.stage.stage]).collect();
        heading::group_label(table, &dimensions, &codes)
    };
    let median = |one: &&Bottleneck<'_>| one.stage.lasting.median_days().map(|of| of.to_string());
    Chart {
        key: "median".to_owned(),
        kind: ChartKind::Bar,
        title: Label::new("Median days in stage, longest first", "阶段停留中位天数（由长到短）"),
        unit: Unit::Days,
        categories: shown.iter().map(name).collect(),
        series: vec![Series {
            label: Label::new("Median days", "中位天数"),
            values: shown.iter().map(median).collect(),
        }],
        shares: Vec::new(),
    }
}

fn falling(lasting: &Survival) -> Chart {
    let steps = thinned(lasting);
    let category = |at: i64| {
        Label::same(&days(at).map_or_else(String::new, |days| days.round_dp(1).to_string()))
    };
    Chart {
        key: "curve".to_owned(),
        kind: ChartKind::Step,
        title: Label::new("Share of deals not yet closed, by days", "尚未关闭的商机占比（按天数）"),
        unit: Unit::Rate,
        categories: steps.iter().map(|step| category(step.at)).collect(),
        series: vec![Series {
            label: Label::new("Not yet closed", "尚未关闭"),
            values: steps.iter().map(|step| step.share().map(|share| share.to_string())).collect(),
        }],
        shares: Vec::new(),
    }
}

fn definitions() -> Vec<Definition> {
    vec![
        Definition::new(
            ("Stay", "停留"),
            (
                "From a deal's coming into a stage to its going to another one or its closing. A deal that comes back begins another stay. The period is of the days on which stays, and for the cycle deals, began.",
                "从进入阶段到转入其他阶段或关闭。回到该阶段另计一次。期间按停留（周期则按商机）的开始日。",
            ),
        ),
        Definition::new(
            ("Median and nine in ten", "中位数与 P90"),
            (
                "Kaplan–Meier estimates: a stay that has not ended counts as longer than so far. \"Beyond\" where the curve does not fall so low within the time seen; no figure with fewer than 5 ended stays. The interval is that of Brookmeyer and Crowley, 95 %.",
                "Kaplan–Meier 估计：未结束的停留视为“至今尚未结束”。曲线在观察期内未降至该水平时记“超出观察期”；已结束停留少于 5 次不给出数值。区间为 Brookmeyer–Crowley 95%。",
            ),
        ),
        Definition::new(
            ("At risk", "风险集"),
            (
                "How many stays had lasted that long: what the estimate stands on there.",
                "持续到该时点的停留数：估计所依据的样本量。",
            ),
        ),
        Definition::new(
            ("Share not yet closed", "尚未关闭占比"),
            (
                "With Greenwood's 95 % interval on the scale of ln(−ln S).",
                "附 Greenwood 95% 区间（ln(−ln S) 尺度）。",
            ),
        ),
        Definition::new(
            ("Bottleneck", "瓶颈"),
            (
                "Stages by median stay, and by the share of ended stays that ended with a loss (Wilson 95 % interval); it stands out where its interval touches no other stage's. The part of all time in stages counts stays that have not ended for as long as they have lasted.",
                "按停留中位数及已结束停留中的输单占比（Wilson 95% 区间）排名；其区间与其他阶段均不相交时为可区分。占总停留时间含未结束停留至今的时长。",
            ),
        ),
    ]
}
