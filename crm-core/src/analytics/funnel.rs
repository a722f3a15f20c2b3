//! How far deals come: a cohort funnel that loses nobody.
//!
//! Each deal counts once for every stage it has stood in, however often it came back, and the lost count like the
//! others. At its furthest stage it is won, lost or still open; at every earlier one it advanced. Hence for each
//! stage **entered = advanced + won + lost + still open**, whatever the history.

use std::collections::{BTreeMap, BTreeSet};

use super::{
    dimension::Dimension,
    filter::{Filter, Sieve},
    heading,
    kernel::CodeSet,
    query::Query,
    stats::Proportion,
    table::{FactTable, Outcome},
};
use crate::export::document::{
    Cell, Chart, ChartKind, Column, Definition, Label, Report, Series, Table, Unit,
};

/// What became of the deals that stood in one stage.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FunnelStage {
    /// Code of the pipeline.
    pub pipeline: u32,
    /// Code of the stage.
    pub stage: u32,
    /// Deals that stood in it.
    pub entered: u64,
    /// Those that went beyond it.
    pub advanced: u64,
    /// Those that were won with it as their furthest stage.
    pub won: u64,
    /// Those that were lost with it as their furthest stage.
    pub lost: u64,
    /// Those that are open with it as their furthest stage.
    pub open: u64,
    /// The deals of `entered`; [`FunnelStage::lost_members`] and its like narrow it.
    pub members: Filter,
}

impl FunnelStage {
    /// The share of those that entered which went on: advanced or won.
    pub const fn advance(&self) -> Proportion {
        Proportion::new(self.advanced.saturating_add(self.won), self.entered)
    }

    /// The share of those that entered which were lost there.
    pub const fn loss(&self) -> Proportion {
        Proportion::new(self.lost, self.entered)
    }

    /// The deals of `advanced`.
    pub fn advanced_members(&self) -> Filter {
        Filter { passed: self.members.reached.clone(), ..self.members.clone() }
    }

    /// The deals that ended, or stand, with this as their furthest stage: those of `won`, `lost` or `open`.
    pub fn ended_members(&self, outcome: Outcome) -> Filter {
        let ended = Filter { furthest: self.members.reached.clone(), ..self.members.clone() };
        ended.outcome(outcome)
    }
}

/// The funnel of each pipeline, stages in their order.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Funnel {
    /// The stages, by pipeline and position.
    pub stages: Vec<FunnelStage>,
    /// The deals of the cohort.
    pub deals: u64,
    /// Those of them that were won.
    pub won: u64,
    /// Those of them that are open.
    pub open: u64,
    /// Deals left out since their stage history is not known.
    pub without_history: u64,
    /// Deals left out since they never stood in a stage.
    pub without_stage: u64,
    /// Deals left out since a period was asked and their creation is not known.
    pub undated: u64,
    /// Open deals that stand before the furthest stage they have been in.
    pub moved_back: u64,
}

/// The funnel of the deals created in the period.
pub fn funnel(table: &FactTable, query: &Query) -> Funnel {
    let cohort = query.filter.clone().created(query.period);
    let base = Filter { history: Some(true), ..cohort.clone() };
    let mut found = Funnel {
        stages: Vec::new(),
        deals: 0,
        won: 0,
        open: 0,
        without_history: 0,
        without_stage: 0,
        undated: undated(table, query),
        moved_back: 0,
    };
    let mut stages: BTreeMap<(u32, u32, u32), FunnelStage> = BTreeMap::new();
    for deal in Sieve::new(table, &cohort, query.zone).rows() {
        let pipeline = table.deals.codes.pipeline.at(deal);
        let stood_in = table.stages_stood_in(deal);
        let furthest = table.furthest_of(deal, &stood_in);
        let counted = match furthest {
            _ if !table.deals.has_history(deal) => &mut found.without_history,
            None => &mut found.without_stage,
            Some(_) => &mut found.deals,
        };
        add_one(counted);
        let Some(furthest) = furthest.filter(|_| table.deals.has_history(deal)) else { continue };
        let outcome = table.deals.outcome(deal);
        match outcome {
            Outcome::Won => add_one(&mut found.won),
            Outcome::Open => add_one(&mut found.open),
            Outcome::Lost => {}
        }
        if outcome == Outcome::Open && table.deals.codes.stage.at(deal) != furthest {
            add_one(&mut found.moved_back);
        }
        for stage in table.funnel_stages(deal, &stood_in) {
            let place = (pipeline, table.stages.position(stage), stage);
            let row = stages.entry(place).or_insert_with(|| blank(table, &base, pipeline, stage));
            row.count(stage == furthest, outcome);
        }
    }
    let seen: BTreeSet<u32> = stages.keys().map(|(pipeline, ..)| *pipeline).collect();
    for stage in (1..).take(table.dictionary(Dimension::Stage).len().saturating_sub(1)) {
        let pipeline = table.stages.pipeline(stage);
        if seen.contains(&pipeline) && pipeline != 0 {
            let place = (pipeline, table.stages.position(stage), stage);
            stages.entry(place).or_insert_with(|| blank(table, &base, pipeline, stage));
        }
    }
    found.stages = stages.into_values().collect();
    found
}

fn blank(table: &FactTable, base: &Filter, pipeline: u32, stage: u32) -> FunnelStage {
    let key = table.dictionary(Dimension::Stage).key(stage);
    let pipeline_key = table.dictionary(Dimension::Pipeline).key(pipeline);
    let members = Filter { reached: Some(key.to_owned()), ..base.clone() };
    FunnelStage {
        pipeline,
        stage,
        entered: 0,
        advanced: 0,
        won: 0,
        lost: 0,
        open: 0,
        members: members.with(Dimension::Pipeline, pipeline_key),
    }
}

const fn add_one(count: &mut u64) {
    *count = count.saturating_add(1);
}

/// Deals whose creation is not known, where a period asks for it.
pub(super) fn undated(table: &FactTable, query: &Query) -> u64 {
    if query.period.is_all() {
        return 0;
    }
    let sieve = Sieve::new(table, &query.filter, query.zone);
    let undated = (0..table.len()).filter(|deal| table.deals.created_at(*deal).is_none());
    undated.filter(|deal| sieve.admits(*deal)).fold(0, |count: u64, _| count.saturating_add(1))
}

impl FunnelStage {
    const fn count(&mut self, is_furthest: bool, outcome: Outcome) {
        add_one(&mut self.entered);
        add_one(match (is_furthest, outcome) {
            (false, _) => &mut self.advanced,
            (true, Outcome::Won) => &mut self.won,
            (true, Outcome::Lost) => &mut self.lost,
            (true, Outcome::Open) => &mut self.open,
        });
    }
}

impl FactTable {
    /// The stages that `deal` has stood in, its present one included.
    pub(super) fn stages_stood_in(&self, deal: usize) -> CodeSet {
        let mut stages = CodeSet::default();
        for step in self.moves_of(deal) {
            stages.insert(self.moves.from.at(step));
            stages.insert(self.moves.to.at(step));
        }
        stages.insert(self.deals.codes.stage.at(deal));
        stages
    }

    /// Those of them that belong to its present pipeline, or to none.
    fn funnel_stages(&self, deal: usize, stages: &CodeSet) -> impl Iterator<Item = u32> {
        let pipeline = self.deals.codes.pipeline.at(deal);
        let belongs =
            move |stage: &u32| *stage != 0 && [0, pipeline].contains(&self.stages.pipeline(*stage));
        stages.iter().filter(belongs)
    }

    /// The furthest of them; stages that no pipeline declared come last.
    pub(super) fn furthest_stage(&self, deal: usize) -> Option<u32> {
        self.furthest_of(deal, &self.stages_stood_in(deal))
    }

    fn furthest_of(&self, deal: usize, stages: &CodeSet) -> Option<u32> {
        let stages = self.funnel_stages(deal, stages);
        stages.max_by_key(|stage| (self.stages.position(*stage), *stage))
    }
}

impl Funnel {
    /// The funnel as a document.
    pub fn report(&self, table: &FactTable, query: &Query) -> Report {
        let mut report =
            heading::report("funnel", Label::new("Sales funnel", "销售漏斗"), table, query);
        let rate = Proportion::new(self.won, self.deals).rate();
        report.figures = vec![
            heading::figure(
                "deals",
                ("Deals in the cohort", "纳入商机"),
                Cell::Count(self.deals),
                Unit::Count,
            ),
            heading::figure("won", ("Won", "赢单"), Cell::Count(self.won), Unit::Count),
            heading::figure("open", ("Still open", "进行中"), Cell::Count(self.open), Unit::Count),
            heading::figure(
                "won_share",
                ("Won of all entered", "总转化率"),
                Cell::decimal(rate),
                Unit::Rate,
            ),
        ];
        report.tables = vec![self.table(table)];
        report.charts = self.charts(table);
        report.definitions = definitions();
        heading::note(
            &mut report,
            self.without_history,
            "{n} deals without stage history are left out.",
            "{n} 个商机没有阶段历史，未纳入。",
        );
        heading::note(
            &mut report,
            self.without_stage,
            "{n} deals that never stood in a stage are left out.",
            "{n} 个商机从未进入任何阶段，未纳入。",
        );
        heading::note(
            &mut report,
            self.moved_back,
            "{n} open deals have moved back and stand before their furthest stage; they count at the furthest.",
            "{n} 个进行中的商机已回退，当前阶段早于其最远阶段；按最远阶段计。",
        );
        heading::note_undated(&mut report, self.undated);
        report
    }

    fn table(&self, table: &FactTable) -> Table {
        let count = |key: &str, en, zh| heading::column(key, (en, zh), Unit::Count);
        let rate = |key: &str, en, zh| heading::column(key, (en, zh), Unit::Rate);
        let dimension = |of: Dimension| Column::new(of.name(), of.label(), Unit::Text);
        Table {
            key: "stages".to_owned(),
            title: Label::new("What became of the deals in each stage", "各阶段商机去向"),
            columns: vec![
                dimension(Dimension::Pipeline),
                dimension(Dimension::Stage),
                count("entered", "Entered", "进入"),
                count("advanced", "Advanced", "推进"),
                count("won", "Won", "赢单"),
                count("lost", "Lost", "输单"),
                count("open", "Still there", "停留"),
                rate("advance_rate", "Went on", "推进率"),
                rate("advance_low", "95 % from", "95% 下限"),
                rate("advance_high", "95 % to", "95% 上限"),
                rate("loss_rate", "Lost here", "流失率"),
            ],
            rows: self.stages.iter().map(|row| row.cells(table)).collect(),
        }
    }

    fn charts(&self, table: &FactTable) -> Vec<Chart> {
        let pipelines = self.stages.chunk_by(|one, two| one.pipeline == two.pipeline);
        let several = pipelines.clone().count() > 1;
        let entered = |row: &FunnelStage| Some(row.entered.to_string());
        let went_on = |row: &FunnelStage| row.advance().rate().map(|rate| rate.to_string());
        let chart = |stages: &[FunnelStage]| {
            let code = stages.first().map_or(0, |row| row.pipeline);
            let pipeline = table.dictionary(Dimension::Pipeline);
            let name = heading::value_label(code, pipeline.label(code));
            let title = Label::new(
                "Deals that reached each stage, and the share that went on",
                "到达各阶段的商机数与推进率",
            );
            let title = if several {
                Label::new(
                    format!("{}: {}", title.en, name.en),
                    format!("{}：{}", title.zh, name.zh),
                )
            } else {
                title
            };
            Chart {
                key: if several { format!("funnel_{code}") } else { "funnel".to_owned() },
                kind: ChartKind::Funnel,
                title,
                unit: Unit::Count,
                categories: stages.iter().map(|row| stage_label(table, row.stage)).collect(),
                series: vec![
                    Series {
                        label: Label::new("Entered", "进入"),
                        values: stages.iter().map(entered).collect(),
                    },
                    Series {
                        label: Label::new("Went on", "推进率"),
                        values: stages.iter().map(went_on).collect(),
                    },
                ],
                shares: Vec::new(),
            }
        };
        pipelines.map(chart).collect()
    }
}

fn stage_label(table: &FactTable, stage: u32) -> Label {
    heading::value_label(stage, table.dictionary(Dimension::Stage).label(stage))
}

impl FunnelStage {
    fn cells(&self, table: &FactTable) -> Vec<Cell> {
        let names = [Dimension::Pipeline, Dimension::Stage];
        let mut cells = heading::group_cells(table, &names, &[self.pipeline, self.stage]);
        let counts = [self.entered, self.advanced, self.won, self.lost, self.open];
        cells.extend(counts.map(Cell::Count));
        let interval = self.advance().interval();
        cells.extend([
            Cell::decimal(self.advance().rate()),
            Cell::decimal(interval.map(|(low, _)| low)),
            Cell::decimal(interval.map(|(_, high)| high)),
            Cell::decimal(self.loss().rate()),
        ]);
        cells
    }
}

fn definitions() -> Vec<Definition> {
    vec![
        Definition::new(
            ("Cohort", "统计范围"),
            (
                "Deals created in the period that have a stage history, the lost ones included. Each counts once for each stage it has stood in, however often it came back.",
                "期间内创建且有阶段历史的商机，含已输单的。每个商机在其到达过的每个阶段各计一次，反复进出不重复计。",
            ),
        ),
        Definition::new(
            ("Entered = advanced + won + lost + still there", "进入 = 推进 + 赢单 + 输单 + 停留"),
            (
                "At its furthest stage a deal is won, lost or still open; at every earlier stage it advanced.",
                "商机在其最远阶段为赢单、输单或停留；在更早的阶段均为推进。",
            ),
        ),
        Definition::new(
            ("Went on", "推进率"),
            (
                "(Advanced + won) / entered, with the Wilson 95 % interval. Deals still there are in the denominator.",
                "（推进 + 赢单）/ 进入，附 Wilson 95% 置信区间。停留的商机计入分母。",
            ),
        ),
    ]
}

#[cfg(test)]
#[path = "funnel_tests.rs"]
mod tests;
