//! What a customer will still be worth: whether they still buy, how often, for how much.
#![expect(
    clippy::float_arithmetic,
    reason = "a fitted model is real numbers; results are quantised"
)]

use chrono::NaiveDate;
use rust_decimal::Decimal;
use rust_decimal::prelude::{FromPrimitive, ToPrimitive};
use uuid::Uuid;

use super::Thin;
use super::btyd::{BgNbd, Seen};
use super::purchase::{Purchase, Purchases, days};
use super::special::basis_points;
use super::spend::{GammaGamma, Spent};
use crate::analytics::amount::rounded;

/// Customers below which nothing is fitted.
const CUSTOMERS_MIN: u64 = 50;
/// Customers who bought again, below which nothing is fitted.
const AGAIN_MIN: u64 = 20;
/// Days of one step of discounting.
const STEP: u32 = 30;

/// How far it is looked ahead, and at what discount.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Ahead {
    /// Days from the day of the report.
    pub days: u32,
    /// What money a year later is worth less, in basis points a year.
    pub discount: u32,
    /// How much of what is spent stays with us, in basis points.
    pub margin: u32,
}

/// What a customer will still be worth.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LifetimeRow {
    /// Who.
    pub customer: Uuid,
    /// Days of buying after the first.
    pub repeats: u32,
    /// Days from the last purchase.
    pub silent: i64,
    /// The chance that they still buy, in basis points.
    pub alive: u32,
    /// How often they will buy, at four places.
    pub expected: Decimal,
    /// What they will spend at a time, at the places of the currency; nothing where that could not be fitted.
    pub spend: Option<Decimal>,
    /// What that comes to, discounted, times the margin.
    pub value: Option<Decimal>,
}

/// What was fitted, and from how much.
#[derive(Clone, Debug, PartialEq)]
pub struct Lifetime {
    /// Every customer who bought, by id.
    pub rows: Vec<LifetimeRow>,
    /// How often and how long they buy.
    pub model: BgNbd,
    /// For how much; or why not.
    pub money: Result<GammaGamma, Thin>,
    /// How many bought again.
    pub again: u64,
    /// How far what is spent at a time goes with how often is bought, in hundredths (Pearson): the model of money takes it for
    /// 0.
    pub correlation: Option<i32>,
}

/// What the models see of one customer: counts and weeks, and what a later day of buying came to.
fn seen(own: &[Purchase], as_of: NaiveDate) -> Option<(Seen, Option<Spent>)> {
    let days = days(own);
    let (first, last) = (*days.first()?, *days.last()?);
    let weeks = |from: NaiveDate, to: NaiveDate| {
        let days = to.signed_duration_since(from).num_days();
        f64::from(i32::try_from(days).unwrap_or(i32::MAX)) / 7.0
    };
    let repeats = u32::try_from(days.len().saturating_sub(1)).unwrap_or(u32::MAX);
    let of = Seen { repeats, last: weeks(first, last), age: weeks(first, as_of) };
    let later = days.iter().skip(1);
    let came_to = later.filter_map(|day| {
        let amounts = own.iter().filter(|one| one.day == *day).map(|one| one.money);
        amounts.collect::<Option<Vec<Decimal>>>()
    });
    let amounts: Vec<Decimal> =
        came_to.map(|sums| sums.into_iter().fold(Decimal::ZERO, Decimal::saturating_add)).collect();
    let count = u32::try_from(amounts.len()).ok()?;
    let sum = amounts.into_iter().fold(Decimal::ZERO, Decimal::saturating_add);
    let mean = sum.checked_div(Decimal::from(count)).and_then(|mean| mean.to_f64());
    let spent = mean.filter(|mean| *mean > 0.0).map(|mean| Spent { count, mean });
    Some((of, spent))
}

/// What every customer will still be worth: the chance that they still buy and how often they will (BG/NBD), for how much at a
/// time (gamma-gamma), and both together over the days ahead, discounted step by step of 30 days. Several purchases of one
/// day are one. Revenue, not profit, unless a margin is given. Rule CU-5 (F145).
///
/// # Errors
///
/// Fewer than 50 customers, or than 20 who bought again; data on which the search does not settle.
pub fn lifetime(
    purchases: &Purchases,
    as_of: NaiveDate,
    ahead: Ahead,
    places: u32,
) -> Result<Lifetime, Thin> {
    let mut rows: Vec<(Uuid, i64, Seen, Option<Spent>)> = Vec::new();
    for (customer, own) in purchases.iter() {
        let Some((of, spent)) = seen(own, as_of) else { continue };
        let last = own.last().map_or(as_of, |last| last.day);
        rows.push((customer, as_of.signed_duration_since(last).num_days(), of, spent));
    }
    let customers = rows.len() as u64;
    let again = rows.iter().filter(|(_, _, of, _)| of.repeats > 0).count() as u64;
    Thin::least(customers, CUSTOMERS_MIN, ("customers who bought", "有购买记录的客户"))?;
    Thin::least(again, AGAIN_MIN, ("customers who bought again", "复购客户"))?;
    let all: Vec<Seen> = rows.iter().map(|(_, _, of, _)| *of).collect();
    let model = BgNbd::fit(&all).ok_or(Thin::UNSETTLED)?;
    let spent: Vec<Spent> = rows.iter().filter_map(|(_, _, _, spent)| *spent).collect();
    let enough = Thin::least(
        spent.len() as u64,
        AGAIN_MIN,
        ("customers who bought again for a known amount", "有已知金额复购的客户"),
    );
    let money = enough.and_then(|()| GammaGamma::fit(&spent).ok_or(Thin::UNSETTLED));
    let rows = rows.into_iter().map(|(customer, silent, of, spent)| {
        let alive = model.alive(&of);
        let (expected, discounted) = ahead.purchases(&model, &of);
        let each = money.as_ref().ok().map(|money| money.expected(spent));
        let margin = f64::from(ahead.margin) / 10_000.0;
        LifetimeRow {
            customer,
            repeats: of.repeats,
            silent,
            alive: basis_points(alive),
            expected: quantised(expected, 4).unwrap_or_default(),
            spend: each.and_then(|each| quantised(each, places)),
            value: each.and_then(|each| quantised(each * discounted * margin, places)),
        }
    });
    let rows = rows.collect();
    Ok(Lifetime { rows, model, money, again, correlation: correlation(&spent) })
}

impl Ahead {
    /// How often a customer will buy, and the same with each step of 30 days discounted to now.
    fn purchases(self, model: &BgNbd, of: &Seen) -> (f64, f64) {
        let (mut before, mut sum, mut until) = (0.0, 0.0, 0_u32);
        while until < self.days {
            until = until.saturating_add(STEP).min(self.days);
            let far = model.expected_of(of, f64::from(until) / 7.0);
            let years = f64::from(until) / 365.25;
            let rate = libm::log1p(f64::from(self.discount) / 10_000.0);
            sum += (far - before).max(0.0) * libm::exp(-rate * years);
            before = far;
        }
        (before, sum)
    }
}

/// How far means go with counts, in hundredths; nothing where one of them does not vary.
#[expect(clippy::cast_possible_truncation, reason = "between −100 and 100")]
#[expect(clippy::cast_precision_loss, reason = "counts are far below 2^53")]
fn correlation(spent: &[Spent]) -> Option<i32> {
    let n = spent.len() as f64;
    let mean = |of: fn(&Spent) -> f64| spent.iter().map(of).sum::<f64>() / n;
    let (mx, my) = (mean(|s| f64::from(s.count)), mean(|s| s.mean));
    let sum = |of: &dyn Fn(&Spent) -> f64| spent.iter().map(of).sum::<f64>();
    let xy = sum(&|s| (f64::from(s.count) - mx) * (s.mean - my));
    let xx = sum(&|s| (f64::from(s.count) - mx) * (f64::from(s.count) - mx));
    let yy = sum(&|s| (s.mean - my) * (s.mean - my));
    let r = xy / (xx * yy).sqrt();
    r.is_finite().then(|| libm::round(r.clamp(-1.0, 1.0) * 100.0) as i32)
}

/// A real number at `places`, halves away from zero; nothing where it is none, or too large.
pub(super) fn quantised(number: f64, places: u32) -> Option<Decimal> {
    Decimal::from_f64(number).map(|number| rounded(number, places))
}

#[cfg(test)]
#[path = "lifetime_tests.rs"]
mod tests;
