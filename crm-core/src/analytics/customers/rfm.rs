//! Recency, frequency and money: who bought lately, often and much, each in five steps.

use chrono::NaiveDate;
use rust_decimal::Decimal;
use uuid::Uuid;

use super::purchase::{Purchases, quantile, spent};

/// How a customer buys.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RfmRow {
    /// Who.
    pub customer: Uuid,
    /// The first day on which they bought.
    pub first: NaiveDate,
    /// The last one.
    pub last: NaiveDate,
    /// Days from the last purchase to the day of the report.
    pub recency: i64,
    /// How often they bought.
    pub frequency: u64,
    /// What they spent, as far as it is known.
    pub money: Decimal,
    /// Recency, frequency, money: 5 is best.
    pub scores: [u8; 3],
}

/// Where a step ends: the quantiles at 20, 40, 60 and 80 %.
pub type Cuts = [Decimal; 4];

/// The table of recency, frequency and money.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Rfm {
    /// Every customer who bought, by id.
    pub rows: Vec<RfmRow>,
    /// The cuts of recency, frequency and money; nothing where nobody bought.
    pub cuts: Option<[Cuts; 3]>,
}

/// The quantiles at 20, 40, 60 and 80 % (type 7, exact); nothing of no numbers.
pub fn cuts(mut numbers: Vec<Decimal>) -> Option<Cuts> {
    numbers.sort_unstable();
    let at = |part| quantile(&numbers, part, 5);
    Some([at(1)?, at(2)?, at(3)?, at(4)?])
}

/// 1 and the number of cuts that lie below: equal values have equal scores, so steps may be uneven, and a step may be empty
/// where many values are equal.
pub fn score(value: Decimal, cuts: &Cuts) -> u8 {
    let below = cuts.iter().filter(|cut| **cut < value).count();
    u8::try_from(below).unwrap_or(4).saturating_add(1)
}

/// Recency, frequency and money of everybody who bought, each scored by fifths of them: 5 is the most recent, the most
/// frequent, the most money. Frequency counts purchases, also those of one day. A purchase without a known amount counts,
/// and adds no money. Rule CU-1 (F145).
pub fn rfm(purchases: &Purchases, as_of: NaiveDate) -> Rfm {
    let row = |(customer, own): (Uuid, &[super::Purchase])| {
        let (first, last) = (own.first()?.day, own.last()?.day);
        Some(RfmRow {
            customer,
            first,
            last,
            recency: as_of.signed_duration_since(last).num_days(),
            frequency: own.len() as u64,
            money: spent(own),
            scores: [0; 3],
        })
    };
    let mut rows: Vec<RfmRow> = purchases.iter().filter_map(row).collect();
    let of = |figure: fn(&RfmRow) -> Decimal| cuts(rows.iter().map(figure).collect());
    let recency = of(|row| Decimal::from(row.recency));
    let frequency = of(|row| Decimal::from(row.frequency));
    let money = of(|row| row.money);
    let Some(((recency, frequency), money)) = recency.zip(frequency).zip(money) else {
        return Rfm::default();
    };
    for row in &mut rows {
        let late = score(Decimal::from(row.recency), &recency);
        row.scores = [
            6_u8.saturating_sub(late),
            score(Decimal::from(row.frequency), &frequency),
            score(row.money, &money),
        ];
    }
    Rfm { rows, cuts: Some([recency, frequency, money]) }
}

/// A group of customers by their scores: its name in English and Chinese, and the scores from and to of recency, frequency
/// and money.
pub type Group = (&'static str, &'static str, [[u8; 2]; 3]);

/// The usual groups: the first whose three ranges hold counts. After the vignette of the R package `rfm`.
pub const GROUPS: &[Group] = &[
    ("Champions", "重要价值客户", [[5, 5], [5, 5], [5, 5]]),
    ("Potential loyalists", "潜在忠诚客户", [[3, 5], [3, 5], [2, 5]]),
    ("Loyal customers", "忠诚客户", [[2, 4], [2, 4], [2, 4]]),
    ("Promising", "有望客户", [[3, 4], [1, 3], [3, 5]]),
    ("New customers", "新客户", [[4, 5], [1, 3], [1, 5]]),
    ("Cannot lose them", "不可流失客户", [[1, 2], [3, 4], [4, 5]]),
    ("At risk", "流失风险客户", [[1, 2], [2, 5], [4, 5]]),
    ("Need attention", "需关注客户", [[1, 3], [3, 5], [3, 5]]),
    ("About to sleep", "即将沉睡客户", [[2, 3], [1, 3], [1, 4]]),
    ("Lost", "已流失客户", [[1, 1], [1, 5], [1, 5]]),
];

/// The group of those scores; nothing where none fits.
pub fn group(scores: [u8; 3]) -> Option<&'static Group> {
    let fits = |(_, _, ranges): &&Group| {
        scores.iter().zip(ranges).all(|(score, [from, to])| (from..=to).contains(&score))
    };
    GROUPS.iter().find(fits)
}

#[cfg(test)]
#[path = "rfm_tests.rs"]
mod tests;
