//! Where a market grows: more customers buy than before, by more than chance.
#![expect(clippy::float_arithmetic, reason = "chances are real numbers; results are quantised")]

use std::collections::{BTreeMap, BTreeSet};

use rust_decimal::Decimal;
use uuid::Uuid;

use super::Thin;
use super::contacts::Windows;
use super::lifetime::quantised;
use super::purchase::Purchases;
use super::special::{basis_points_up, false_discovery, ln_choose};
use crate::analytics::stats::Proportion;

/// A market below so many buyers, before and lately together, is not tested.
const BUYERS_MIN: u64 = 5;

/// How many customers buy somewhere, or of something.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Market {
    /// Which; empty for none.
    pub key: String,
    /// How many customers bought before.
    pub before: u64,
    /// How many bought lately.
    pub recent: u64,
    /// How many times as many bought lately, at four places; nothing where nobody bought before.
    pub growth: Option<Decimal>,
    /// The 95 % interval of that; the upper end is nothing where there is none.
    pub interval: (Option<Decimal>, Option<Decimal>),
    /// The chance of so many more if nothing had changed, in basis points, rounded up; nothing where too few bought to say.
    pub chance: Option<u32>,
    /// The share of false findings to reckon with if this and every likelier one is believed, in basis points.
    pub false_share: Option<u32>,
    /// Whether it grows by more than chance.
    pub emerging: bool,
}

/// Where markets grow.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Growth {
    /// By how likely they grow, then by name.
    pub markets: Vec<Market>,
    /// How many were tested.
    pub tests: u64,
    /// All of them together.
    pub all: (u64, u64),
}

/// Where more customers buy lately than in the equally long stretch before. Customers are counted, each once in a stretch, not
/// purchases, so that one busy customer is no market. Of a market with at least 5 buyers in both: the chance of as many among
/// the recent ones if each was as likely to be of either stretch (binomial), corrected for how many markets were tested
/// (Benjamini–Hochberg); growth is `recent / before` with an interval from Wilson's of the recent share. Emerging is what has
/// at most `rare` basis points of false findings to reckon with. Rule CU-13 (F150).
///
/// # Errors
///
/// Nobody bought before the stretches began, so that everything would seem to grow.
pub fn growth(
    purchases: &Purchases,
    windows: Windows,
    keys: impl Fn(&super::Purchase) -> BTreeSet<String>,
    rare: u32,
) -> Result<Growth, Thin> {
    let first = purchases.iter().filter_map(|(_, own)| own.first()).map(|own| own.day).min();
    if first.is_none_or(|first| first > windows.from) {
        return Err(Thin::YOUNG);
    }
    let mut buyers: BTreeMap<String, [BTreeSet<Uuid>; 2]> = BTreeMap::new();
    let mut all: [BTreeSet<Uuid>; 2] = Default::default();
    for (customer, own) in purchases.iter() {
        for purchase in own {
            let Some(recent) = windows.place(purchase.day) else { continue };
            let at = usize::from(recent);
            all.get_mut(at).map(|own| own.insert(customer));
            for key in keys(purchase) {
                buyers.entry(key).or_default().get_mut(at).map(|own| own.insert(customer));
            }
        }
    }
    let counted =
        |[before, recent]: &[BTreeSet<Uuid>; 2]| (before.len() as u64, recent.len() as u64);
    let counts: Vec<(String, (u64, u64))> =
        buyers.iter().map(|(key, own)| (key.clone(), counted(own))).collect();
    let chance =
        |(before, recent): (u64, u64)| at_least_half(before.saturating_add(recent), recent);
    let tested: Vec<usize> = (0..)
        .zip(&counts)
        .filter(|(_, (_, (before, recent)))| before.saturating_add(*recent) >= BUYERS_MIN)
        .map(|(at, _)| at)
        .collect();
    let chances: Vec<f64> =
        tested.iter().filter_map(|at| counts.get(*at)).map(|(_, own)| chance(*own)).collect();
    let tests = chances.len() as u64;
    let adjusted = false_discovery(&chances, tests);
    let found: BTreeMap<usize, (f64, f64)> =
        tested.into_iter().zip(chances.into_iter().zip(adjusted)).collect();
    let mut markets: Vec<(f64, Market)> = Vec::new();
    for (at, (key, own)) in counts.into_iter().enumerate() {
        let known = found.get(&at).copied();
        let false_share = known.map(|(_, share)| basis_points_up(share));
        let (growth, interval) = ratio(own);
        markets.push((
            known.map_or(2.0, |(chance, _)| chance),
            Market {
                key,
                before: own.0,
                recent: own.1,
                growth,
                interval,
                chance: known.map(|(chance, _)| basis_points_up(chance)),
                false_share,
                emerging: false_share.is_some_and(|share| share <= rare) && own.1 > own.0,
            },
        ));
    }
    markets.sort_by(|a, b| a.0.total_cmp(&b.0).then(a.1.key.cmp(&b.1.key)));
    let markets = markets.into_iter().map(|(_, market)| market).collect();
    Ok(Growth { markets, tests, all: counted(&all) })
}

/// The chance of `seen` heads or more of `tosses`.
#[expect(clippy::cast_precision_loss, reason = "counts are far below 2^53")]
fn at_least_half(tosses: u64, seen: u64) -> f64 {
    let half = tosses as f64 * core::f64::consts::LN_2;
    (seen..=tosses).map(|k| libm::exp(ln_choose(tosses, k) - half)).sum::<f64>().min(1.0)
}

/// `recent / before` with its interval: the recent share s of both, with Wilson's interval, as s / (1 − s).
fn ratio((before, recent): (u64, u64)) -> (Option<Decimal>, (Option<Decimal>, Option<Decimal>)) {
    let odds = |share: f64| {
        if share < 1.0 { quantised(share / (1.0 - share), 4) } else { None }
    };
    let growth = Decimal::from(recent).checked_div(Decimal::from(before));
    let growth = growth.map(|growth| crate::analytics::amount::rounded(growth, 4));
    let interval = Proportion::new(recent, before.saturating_add(recent)).wilson();
    (growth, interval.map_or((None, None), |(low, high)| (odds(low), odds(high))))
}

#[cfg(test)]
#[path = "growth_tests.rs"]
mod tests;
