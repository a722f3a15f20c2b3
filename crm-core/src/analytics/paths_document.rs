//! The ways that deals go as a document.

use super::{
    dimension::Dimension,
    heading,
    paths::{Edge, Node, Paths, Variant, Walked},
    query::Query,
    stats::{mean_days, percentile_days},
    table::FactTable,
};
use crate::export::document::{
    Cell, Chart, ChartKind, Column, Definition, Label, Report, Series, Table, Unit,
};

/// Variants that are shown; the others are counted.
const VARIANTS_MAX: usize = 20;

impl Paths {
    /// The ways as a document.
    pub fn report(&self, table: &FactTable, query: &Query) -> Report {
        let mut report =
            heading::report("paths", Label::new("Ways of deals", "商机实际路径"), table, query);
        report.figures = self.figures();
        report.tables = vec![
            self.variants_table(table),
            self.edges_table(table),
            self.deviations_table(table),
            self.returns_table(table),
        ];
        report.charts = self.chart(table).into_iter().collect();
        report.definitions = definitions();
        heading::note(
            &mut report,
            self.without_history,
            "{n} deals without stage history are left out.",
            "{n} 个商机没有阶段历史，未纳入。",
        );
        let unshown = self.variants.len().saturating_sub(VARIANTS_MAX);
        heading::note(
            &mut report,
            u64::try_from(unshown).unwrap_or(u64::MAX),
            "{n} rarer variants are counted and not shown.",
            "另有 {n} 种较少见的路径计入而未列出。",
        );
        report
    }

    fn figures(&self) -> Vec<crate::export::document::Figure> {
        let count =
            |key, label, count| heading::figure(key, label, Cell::Count(count), Unit::Count);
        let [rate, low, high] = heading::rate_cells(self.conformance());
        let variants = u64::try_from(self.variants.len()).unwrap_or(u64::MAX);
        vec![
            count("deals", ("Deals", "商机"), self.all.deals),
            count("variants", ("Variants", "路径种类"), variants),
            heading::figure("conformance", ("Conforming deals", "合规商机占比"), rate, Unit::Rate),
            heading::figure("low", ("95 % from", "95% 下限"), low, Unit::Rate),
            heading::figure("high", ("95 % to", "95% 上限"), high, Unit::Rate),
            heading::figure(
                "allowed_moves",
                ("Allowed moves", "合规流转占比"),
                Cell::decimal(self.judged.rate()),
                Unit::Rate,
            ),
            count("looping", ("Deals that came back", "有回流的商机"), self.looping.deals),
        ]
    }

    fn variants_table(&self, table: &FactTable) -> Table {
        let mut columns = vec![
            heading::column("way", ("Way", "路径"), Unit::Text),
            count("deals", "Deals", "商机数"),
            heading::column("share", ("Share", "占比"), Unit::Rate),
            count("won", "Won", "赢单"),
            count("lost", "Lost", "输单"),
        ];
        columns.extend(heading::rate_columns(("Win rate", "赢单率")));
        columns.push(heading::column("median", ("Median days", "周期中位数"), Unit::Days));
        columns.push(heading::column("conforms", ("Allowed", "合规"), Unit::Text));
        let row = |variant: &Variant| {
            let Walked { deals, won, lost } = variant.deals;
            let share = super::stats::Proportion::new(deals, self.all.deals);
            let mut cells = vec![
                Cell::Label(way(table, &variant.way)),
                Cell::Count(deals),
                Cell::decimal(share.rate()),
                Cell::Count(won),
                Cell::Count(lost),
            ];
            cells.extend(heading::rate_cells(variant.deals.win()));
            cells.push(Cell::decimal(percentile_days(&variant.seconds, 50)));
            cells.push(yes(variant.conforms));
            cells
        };
        Table {
            key: "variants".to_owned(),
            title: Label::new("Variants, the most frequent first", "路径（由多到少）"),
            columns,
            rows: self.variants.iter().take(VARIANTS_MAX).map(row).collect(),
        }
    }

    fn edges_table(&self, table: &FactTable) -> Table {
        let days = |key: &str, en, zh| heading::column(key, (en, zh), Unit::Days);
        let columns = vec![
            heading::column("from", ("From", "自"), Unit::Text),
            heading::column("to", ("To", "至"), Unit::Text),
            count("moves", "Moves", "次数"),
            count("deals", "Deals", "商机数"),
            days("mean", "Mean wait", "平均等待"),
            days("median", "Median wait", "等待中位数"),
            days("p90", "Nine in ten", "等待 P90"),
            heading::column("allowed", ("Allowed", "合规"), Unit::Text),
        ];
        let row = |((from, to), edge): (&(Node, Node), &Edge)| {
            vec![
                Cell::Label(node(table, *from)),
                Cell::Label(node(table, *to)),
                Cell::Count(edge.moves),
                Cell::Count(edge.deals.deals),
                Cell::decimal(mean_days(&edge.waits)),
                Cell::decimal(percentile_days(&edge.waits, 50)),
                Cell::decimal(percentile_days(&edge.waits, 90)),
                edge.allowed.map_or(Cell::Absent, yes),
            ]
        };
        let mut edges: Vec<_> = self.edges.iter().collect();
        edges.sort_by_key(|((from, to), _)| (place(table, *from), place(table, *to)));
        Table {
            key: "edges".to_owned(),
            title: Label::new("What follows what, and the wait before it", "流转与等待"),
            columns,
            rows: edges.into_iter().map(row).collect(),
        }
    }

    /// What deviates, and loops, each against all other deals.
    fn deviations_table(&self, table: &FactTable) -> Table {
        let mut columns = vec![
            heading::column("what", ("What", "情形"), Unit::Text),
            count("moves", "Moves", "次数"),
            count("deals", "Deals", "商机数"),
        ];
        columns.extend(heading::rate_columns(("Win rate", "赢单率")));
        columns.push(heading::column(
            "others",
            ("Win rate of the others", "其余商机赢单率"),
            Unit::Rate,
        ));
        columns.push(heading::column("verdict", ("Against the others", "与其余相比"), Unit::Text));
        let row = |what: Label, moves: u64, deals: &Walked| {
            let (win, others) = (deals.win(), deals.others(&self.all));
            let [other, ..] = heading::rate_cells(others);
            let mut cells = vec![Cell::Label(what), Cell::Count(moves), Cell::Count(deals.deals)];
            cells.extend(heading::rate_cells(win));
            cells.extend([other, heading::verdict(win.against(others))]);
            cells
        };
        let mut broken: Vec<_> =
            self.edges.iter().filter(|(_, edge)| edge.allowed == Some(false)).collect();
        broken.sort_by_key(|(_, edge)| core::cmp::Reverse(edge.moves));
        let mut rows: Vec<Vec<Cell>> = broken
            .into_iter()
            .map(|((from, to), edge)| row(way(table, &[*from, *to]), edge.moves, &edge.deals))
            .collect();
        let returns = self.returns.values().sum();
        rows.push(row(Label::new("came back to a stage", "回流"), returns, &self.looping));
        Table {
            key: "deviations".to_owned(),
            title: Label::new("Moves that the process does not allow, and loops", "违规流转与回流"),
            columns,
            rows,
        }
    }

    fn returns_table(&self, table: &FactTable) -> Table {
        let mut rows: Vec<(&u32, &u64)> = self.returns.iter().collect();
        rows.sort_by_key(|(_, returns)| core::cmp::Reverse(**returns));
        let row = |(stage, returns): (&u32, &u64)| {
            vec![Cell::Label(node(table, Node::Stage(*stage))), Cell::Count(*returns)]
        };
        Table {
            key: "returns".to_owned(),
            title: Label::new("Stages that deals came back to", "被回流的阶段"),
            columns: vec![
                Column::new("stage", Dimension::Stage.label(), Unit::Text),
                count("returns", "Returns", "回流次数"),
            ],
            rows: rows.into_iter().map(row).collect(),
        }
    }

    fn chart(&self, table: &FactTable) -> Option<Chart> {
        let shown: Vec<&Variant> = self.variants.iter().take(VARIANTS_MAX / 2).collect();
        (!shown.is_empty()).then(|| Chart {
            key: "variants".to_owned(),
            kind: ChartKind::Bar,
            title: Label::new("The most frequent ways", "最常见路径"),
            unit: Unit::Count,
            categories: shown.iter().map(|variant| way(table, &variant.way)).collect(),
            series: vec![Series {
                label: Label::new("Deals", "商机数"),
                values: shown.iter().map(|variant| Some(variant.deals.deals.to_string())).collect(),
            }],
            shares: Vec::new(),
        })
    }
}

fn count(key: &str, en: &str, zh: &str) -> Column {
    heading::column(key, (en, zh), Unit::Count)
}

fn yes(is: bool) -> Cell {
    Cell::Label(if is { Label::new("yes", "是") } else { Label::new("no", "否") })
}

fn place(table: &FactTable, of: Node) -> (u8, u32, u32, u32) {
    match of {
        Node::Start => (0, 0, 0, 0),
        Node::Stage(stage) => {
            (1, table.stages.pipeline(stage), table.stages.position(stage), stage)
        }
        Node::Won => (2, 0, 0, 0),
        Node::Lost => (3, 0, 0, 0),
    }
}

fn node(table: &FactTable, of: Node) -> Label {
    match of {
        Node::Start => Label::new("(made)", "（创建）"),
        Node::Stage(stage) => {
            heading::value_label(stage, table.dictionary(Dimension::Stage).label(stage))
        }
        Node::Won => Label::new("won", "赢单"),
        Node::Lost => Label::new("lost", "输单"),
    }
}

fn way(table: &FactTable, nodes: &[Node]) -> Label {
    let shown = nodes.iter().filter(|of| **of != Node::Start);
    let labels: Vec<Label> = shown.map(|of| node(table, *of)).collect();
    let joined = |text: fn(&Label) -> &str| labels.iter().map(text).collect::<Vec<_>>().join(" → ");
    Label::new(joined(|label| &label.en), joined(|label| &label.zh))
}

fn definitions() -> Vec<Definition> {
    vec![
        Definition::new(
            ("Way", "路径"),
            (
                "The stages in which a deal stood one after the other, and its end; of an open deal as far as it has come. The period is of the days on which deals were made.",
                "商机依次所处的阶段及结果；进行中的到目前为止。期间按创建日。",
            ),
        ),
        Definition::new(
            ("Wait", "等待"),
            (
                "How long deals that took this step had stood in the stage before it. It is elapsed time; how much of it was work is not known here.",
                "发生该流转前在上一阶段停留的时间（日历时间，不区分工作时间）。",
            ),
        ),
        Definition::new(
            ("Allowed", "合规"),
            (
                "By the process as it is defined now: where its stages lead, back where it allows that, won from where it leads there, lost from anywhere. Making, reopening and going to another process are not judged. A deal conforms where every judged move of it is allowed.",
                "按流程现行定义：各阶段可去向、允许时的回退、可赢单的阶段；任何阶段均可输单。创建、重新打开与换流程不判断。所有被判断的流转均合规的商机为合规。",
            ),
        ),
        Definition::new(
            ("Against the others", "与其余相比"),
            (
                "Higher or lower where the 95 % interval of the difference of win rates (Newcombe's method 10) does not hold zero; \"too few\" below 5 decided deals. It tells what goes together, nothing of causes.",
                "赢单率之差的 95% 区间（Newcombe 方法 10）不含零时为更高或更低；已决少于 5 个记“样本过少”。只说明相伴，不说明因果。",
            ),
        ),
    ]
}
