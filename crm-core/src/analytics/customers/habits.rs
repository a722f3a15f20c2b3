//! How somebody buys: how often, for how much, what, and when in the year.

use std::collections::BTreeMap;

use chrono::{Datelike, NaiveDate};
use rust_decimal::Decimal;
use uuid::Uuid;

use super::purchase::{Purchase, ascending, days, gaps, median, quantile};

/// Intervals from which on there is a typical one.
const INTERVALS_MIN: usize = 2;

/// Purchases from which on there are favourite months; they must span a year besides.
const SEASONAL_MIN: usize = 6;

/// Products and months that are told at most.
const TOLD_MAX: usize = 3;

/// The days from one day of buying to the next.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Interval {
    /// Their median.
    pub typical: Decimal,
    /// The shortest.
    pub shortest: i64,
    /// The longest.
    pub longest: i64,
    /// How many there are.
    pub count: usize,
}

/// For how much somebody buys at a time.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Band {
    /// A quarter of their purchases come to less.
    pub low: Decimal,
    /// Half of them do.
    pub middle: Decimal,
    /// Three quarters of them do.
    pub high: Decimal,
    /// How many purchases of known amount it rests on.
    pub count: usize,
}

/// A product that somebody buys.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Favourite {
    /// Which.
    pub product: Uuid,
    /// In how many of their purchases.
    pub purchases: u64,
    /// How much of it in all.
    pub quantity: Decimal,
}

/// How somebody buys.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Habits {
    /// How often they bought.
    pub purchases: usize,
    /// The first day.
    pub first: NaiveDate,
    /// The last day.
    pub last: NaiveDate,
    /// How long it is from one day of buying to the next; nothing below two intervals.
    pub interval: Option<Interval>,
    /// For how much they buy at a time; nothing where no amount is known.
    pub band: Option<Band>,
    /// What they buy most often, at most three.
    pub favourites: Vec<Favourite>,
    /// The months (1 to 12) with more than a twelfth of their purchases, the most first, at most three; none below six
    /// purchases or a year.
    pub months: Vec<u32>,
}

/// The interval of somebody who bought on these days.
pub(super) fn interval(days: &[NaiveDate]) -> Option<Interval> {
    let gaps = gaps(days);
    if gaps.len() < INTERVALS_MIN {
        return None;
    }
    Some(Interval {
        typical: median(&ascending(gaps.iter().copied()))?,
        shortest: *gaps.iter().min()?,
        longest: *gaps.iter().max()?,
        count: gaps.len(),
    })
}

/// How somebody buys: typical interval (median of the days from one day of buying to the next, two at least), price band
/// (quartiles of what a purchase came to), favourite products (by purchases, then quantity) and months. Purchases of one day
/// are one day of buying. What came back in full is no favourite. Nothing of nobody. Rule CU-2 (F145).
pub fn habits(own: &[Purchase]) -> Option<Habits> {
    let days = days(own);
    let (first, last) = (*days.first()?, *days.last()?);
    let mut amounts: Vec<Decimal> = own.iter().filter_map(|purchase| purchase.money).collect();
    amounts.sort_unstable();
    let at = |part| quantile(&amounts, part, 4);
    let band = at(1).zip(at(2)).zip(at(3));
    let count = amounts.len();
    Some(Habits {
        purchases: own.len(),
        first,
        last,
        interval: interval(&days),
        band: band.map(|((low, middle), high)| Band { low, middle, high, count }),
        favourites: favourites(own),
        months: months(own, last.signed_duration_since(first).num_days()),
    })
}

fn favourites(own: &[Purchase]) -> Vec<Favourite> {
    let mut found: BTreeMap<Uuid, (u64, Decimal)> = BTreeMap::new();
    for purchase in own {
        let mut seen: BTreeMap<Uuid, Decimal> = BTreeMap::new();
        for item in purchase.items.iter().filter(|item| !item.quantity.is_zero()) {
            let quantity = seen.entry(item.product).or_default();
            *quantity = quantity.saturating_add(item.quantity);
        }
        for (product, quantity) in seen {
            let (count, sum) = found.entry(product).or_default();
            *count = count.saturating_add(1);
            *sum = sum.saturating_add(quantity);
        }
    }
    let found = found.into_iter().map(|(product, (purchases, quantity))| Favourite {
        product,
        purchases,
        quantity,
    });
    let mut found: Vec<Favourite> = found.collect();
    found.sort_by(|a, b| {
        let key = |of: &Favourite| (of.purchases, of.quantity);
        key(b).cmp(&key(a)).then(a.product.cmp(&b.product))
    });
    found.truncate(TOLD_MAX);
    found
}

fn months(own: &[Purchase], span: i64) -> Vec<u32> {
    if own.len() < SEASONAL_MIN || span < 365 {
        return Vec::new();
    }
    let mut counts: BTreeMap<u32, usize> = BTreeMap::new();
    for purchase in own {
        let count = counts.entry(purchase.day.month()).or_default();
        *count = count.saturating_add(1);
    }
    counts.retain(|_, count| count.saturating_mul(12) > own.len());
    let mut months: Vec<(u32, usize)> = counts.into_iter().collect();
    months.sort_by(|a, b| b.1.cmp(&a.1).then(a.0.cmp(&b.0)));
    months.into_iter().take(TOLD_MAX).map(|(month, _)| month).collect()
}

#[cfg(test)]
#[path = "habits_tests.rs"]
mod tests;
