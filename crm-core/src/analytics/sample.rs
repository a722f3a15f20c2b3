//! Example input for tests: a small trading company's three years, from a seed.

use rust_decimal::Decimal;
use uuid::Uuid;

use super::{
    DealRow, Dimension, FactTable, FactTableBuilder, LineRow, MoveKind, MoveRow, Outcome, Query,
};

/// SplitMix64: the same numbers everywhere.
#[derive(Clone, Debug)]
pub(crate) struct Dice(pub(crate) u64);

impl Dice {
    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mixed = (self.0 ^ (self.0 >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        let mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        mixed ^ (mixed >> 31)
    }

    /// A number below `end`.
    pub(crate) fn below(&mut self, end: u64) -> u64 {
        self.next().checked_rem(end).unwrap_or(0)
    }

    fn pick<'a>(&mut self, of: &[(&'a str, &'a str)]) -> &'a str {
        let at = usize::try_from(self.below(of.len() as u64)).unwrap_or(0);
        of.get(at).map_or("", |(key, _)| key)
    }
}

pub(crate) const STAGES: [(&str, &str); 5] = [
    ("s1", "初步接触"),
    ("s2", "需求确认"),
    ("s3", "方案报价"),
    ("s4", "商务谈判"),
    ("s5", "合同签订"),
];
const OWNERS: [(&str, &str); 7] = [
    ("u1", "张伟"),
    ("u2", "王芳"),
    ("u3", "李娜"),
    ("u4", "刘洋"),
    ("u5", "Anne Dodsworth"),
    ("u6", "陈静"),
    ("", ""),
];
const REGIONS: [(&str, &str); 5] =
    [("east", "华东"), ("north", "华北"), ("south", "华南"), ("west", "西南"), ("", "")];
const SOURCES: [(&str, &str); 5] =
    [("web", "官网"), ("fair", "展会"), ("friend", "转介绍"), ("call", "电话拜访"), ("", "")];
const INDUSTRIES: [(&str, &str); 4] =
    [("auto", "汽车零部件"), ("food", "食品"), ("med", "医疗器械"), ("it", "软件")];
const REASONS: [(&str, &str); 4] =
    [("price", "价格"), ("rival", "竞品"), ("budget", "预算取消"), ("silent", "失联")];
const PRODUCTS: [(&str, &str, &str); 6] = [
    ("p1", "标准版", "software"),
    ("p2", "企业版", "software"),
    ("p3", "扫码枪", "hardware"),
    ("p4", "标签打印机", "hardware"),
    ("p5", "实施服务", "service"),
    ("p6", "年度维保", "service"),
];
const CUSTOMERS: [&str; 12] = [
    "华兴精密",
    "远东食品",
    "恒瑞医疗器械",
    "蓝海软件",
    "Northwind Traders",
    "东方包装",
    "青松科技",
    "海天物流",
    "Contoso",
    "明德教育",
    "天和机电",
    "嘉禾农业",
];

/// What [`pour`] pours: rows that own their texts, so that tests may shuffle them.
#[derive(Clone, Debug)]
pub(crate) struct Sample {
    pub(crate) deals: Vec<SampleDeal>,
}

#[derive(Clone, Debug)]
pub(crate) struct SampleDeal {
    pub(crate) row: DealRow<'static>,
    pub(crate) moves: Vec<(&'static str, &'static str, i64, MoveKind)>,
    pub(crate) lines: Vec<(usize, i64, Decimal)>,
}

const DAY: u64 = 86_400;
/// 2024-01-01 in Shanghai.
const BEGIN: i64 = 1_704_038_400;

/// `count` deals of `seed`.
pub(crate) fn sample(seed: u64, count: u64) -> Sample {
    let mut dice = Dice(seed);
    Sample { deals: (0..count).map(|number| deal(&mut dice, number)).collect() }
}

fn deal(dice: &mut Dice, number: u64) -> SampleDeal {
    let customer = usize::try_from(dice.below(12)).unwrap_or(0);
    let age = dice.below(1020);
    let begin = BEGIN.saturating_add_unsigned(age * DAY + dice.below(DAY));
    let imported = dice.below(20) == 0;
    let (mut at, mut stage, mut moves) = (begin, 0usize, Vec::new());
    let key = |stage: usize| STAGES.get(stage).map_or("", |(key, _)| key);
    moves.push(("", key(0), at, MoveKind::Created));
    let end = BEGIN.saturating_add_unsigned(1055 * DAY);
    let outcome = loop {
        at = at.saturating_add_unsigned(DAY / 2 + dice.below(24 * DAY));
        if at >= end {
            break Outcome::Open;
        }
        match dice.below(100) {
            0..18 => break Outcome::Lost,
            18..24 if stage > 0 => {
                moves.push((key(stage), key(stage - 1), at, MoveKind::Moved));
                stage -= 1;
            }
            24..28 if stage < 3 => {
                moves.push((key(stage), key(stage + 2), at, MoveKind::Moved));
                stage += 2;
            }
            28..84 if stage < 4 => {
                moves.push((key(stage), key(stage + 1), at, MoveKind::Moved));
                stage += 1;
            }
            84..90 if stage < 4 => {}
            _ if stage >= 3 => break Outcome::Won,
            _ => {}
        }
    };
    let closed_at = (outcome != Outcome::Open).then_some(at);
    match outcome {
        Outcome::Won => moves.push((key(stage), key(stage), at, MoveKind::Won)),
        Outcome::Lost => moves.push((key(stage), key(stage), at, MoveKind::Lost)),
        Outcome::Open => {}
    }
    let lines: Vec<_> = (0..dice.below(4)).map(|_| line(dice)).collect();
    let total: i64 = lines.iter().map(|(_, minor, _)| minor).sum();
    let priced = dice.below(25) > 0;
    let amount = if lines.is_empty() {
        50_000 + i64::try_from(dice.below(900_000)).unwrap_or(0)
    } else {
        total
    };
    let row = DealRow {
        owner: dice.pick(&OWNERS),
        customer: CUSTOMERS.get(customer).copied().unwrap_or(""),
        pipeline: "direct",
        stage: key(stage),
        source: dice.pick(&SOURCES),
        region: dice.pick(&REGIONS),
        industry: dice.pick(&INDUSTRIES),
        reason: if outcome == Outcome::Lost { dice.pick(&REASONS) } else { "" },
        amount_minor: Some(amount),
        currency: if priced { "CNY" } else { "USD" },
        base_minor: priced.then_some(amount),
        created_at: Some(begin),
        closed_at,
        has_history: !imported,
        ..DealRow::new(
            Uuid::from_u128(u128::from(number) << 64 | u128::from(dice.below(u64::MAX))),
            outcome,
        )
    };
    if imported {
        moves.clear();
    }
    SampleDeal { row, moves, lines }
}

fn line(dice: &mut Dice) -> (usize, i64, Decimal) {
    let product = usize::try_from(dice.below(6)).unwrap_or(0);
    let millis = 1_000_000 + i64::try_from(dice.below(90_000_000)).unwrap_or(0);
    let exact = Decimal::new(millis, 4);
    let rounded = super::amount::rounded(exact, 2);
    (product, i64::try_from(rounded.mantissa()).unwrap_or(0), exact)
}

/// A builder that knows the labels.
pub(crate) fn labelled() -> FactTableBuilder {
    let mut builder = FactTable::builder("CNY", 2);
    builder.pipeline("direct", "直销", &STAGES);
    let named: [(Dimension, &[(&str, &str)]); 5] = [
        (Dimension::Owner, &OWNERS),
        (Dimension::Region, &REGIONS),
        (Dimension::Source, &SOURCES),
        (Dimension::Industry, &INDUSTRIES),
        (Dimension::Reason, &REASONS),
    ];
    for (dimension, values) in named {
        for (key, label) in values {
            builder.label(dimension, key, label);
        }
    }
    for (key, label, _) in PRODUCTS {
        builder.label(Dimension::Product, key, label);
    }
    builder.label(Dimension::Category, "software", "软件");
    builder.label(Dimension::Category, "hardware", "硬件");
    builder.label(Dimension::Category, "service", "服务");
    builder
}

/// The table of `sample`, poured in its order.
pub(crate) fn pour(sample: &Sample) -> FactTable {
    let mut builder = labelled();
    for deal in &sample.deals {
        let number = builder.deal(&deal.row).unwrap();
        for (from, to, at, kind) in &deal.moves {
            builder.stage_move(&MoveRow { deal: number, from, to, at: *at, kind: *kind }).unwrap();
        }
        for (product, rounded_minor, exact) in &deal.lines {
            let (product, _, category) = PRODUCTS.get(*product).copied().unwrap();
            let (rounded_minor, exact) = (*rounded_minor, *exact);
            builder
                .line(&LineRow { deal: number, product, category, rounded_minor, exact })
                .unwrap();
        }
    }
    builder.finish().unwrap()
}

/// All time, from 2026-11-21 in Shanghai.
pub(crate) fn all() -> Query {
    Query::new(chrono_tz::Asia::Shanghai, "2026-11-20T16:00:00Z".parse().unwrap())
}
