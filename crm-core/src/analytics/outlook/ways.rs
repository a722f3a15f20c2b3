//! Three ways to foretell what a period brings, and their mix.

use super::{
    OutlookAsk, Past, hazard,
    hazard::{Ages, Hazard},
    real, units,
};
use crate::analytics::forecast::{self, Thin, Z_80, Z_95};
use crate::analytics::table::Outcome;

/// Closed deals that the history of odds takes at least.
pub const CLOSED_MIN: usize = 20;
/// Past moments with a known sequel that the history takes at least.
const MOMENTS_MIN: usize = 3;
/// Months of a year.
const YEAR: usize = 12;

/// A way to foretell.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum WayKind {
    /// Each open deal's amount times the odds of its stage, where it is expected in the period.
    Weighted,
    /// Each open deal's amount times how often deals of its stage and age were won in time, and what new deals brought.
    History,
    /// What was won month by month, continued.
    Series,
}

impl WayKind {
    /// All, in order.
    pub const ALL: [Self; 3] = [Self::Weighted, Self::History, Self::Series];

    /// Its stable name.
    pub const fn code(self) -> &'static str {
        match self {
            Self::Weighted => "weighted",
            Self::History => "history",
            Self::Series => "series",
        }
    }
}

/// Why a way tells nothing.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Refused {
    /// No open deal is expected in the period.
    #[error("no open deal is expected in the period")]
    NoneExpected,
    /// Too few closed deals.
    #[error("{have} closed deals; their history takes at least {CLOSED_MIN}")]
    Closed {
        /// How many there are.
        have: usize,
    },
    /// The deals do not reach back far enough for the length of what is foretold.
    #[error("{have} past moments whose sequel is known as far; it takes at least {MOMENTS_MIN}")]
    Moments {
        /// How many there are.
        have: usize,
    },
    /// Too few months.
    #[error("{0}")]
    Thin(Thin),
    /// The period is over.
    #[error("the period is over: nothing is left to foretell")]
    Over,
}

/// What is expected, in minor units of the base currency.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Estimate {
    /// The expected sum.
    pub mean: f64,
    /// Its variance.
    pub variance: f64,
    /// No sum is smaller: what is won already.
    pub floor: f64,
}

impl Estimate {
    /// The interval of `z` standard deviations, not below what is won already.
    pub fn interval(&self, z: f64) -> (f64, f64) {
        let half = z * self.variance.max(0.0).sqrt();
        ((self.mean - half).max(self.floor), (self.mean + half).max(self.floor))
    }

    /// The 80 % interval.
    pub fn likely(&self) -> (f64, f64) {
        self.interval(Z_80)
    }

    /// The 95 % interval.
    pub fn wide(&self) -> (f64, f64) {
        self.interval(Z_95)
    }
}

/// What one way says.
#[derive(Clone, Debug, PartialEq)]
pub struct Way {
    /// Which.
    pub kind: WayKind,
    /// What it expects, or why it does not.
    pub estimate: Result<Estimate, Refused>,
    /// Its weight in the mix, in basis points; those of the ways that say something sum to 10,000.
    pub weight: u32,
    /// From how many deals, closed deals, or months.
    pub count: usize,
}

/// What deals that are not there yet brought in past periods of the same length, as far ahead.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Inflow {
    /// In how many past periods.
    pub periods: usize,
    /// The mean.
    pub mean: f64,
    /// The variance of the next one.
    pub variance: f64,
}

/// What a period brings.
#[derive(Clone, Debug, PartialEq)]
pub struct Outlook {
    /// Won already in the period: minor units,
    pub won: i128,
    /// and deals.
    pub won_deals: u64,
    /// How many deals are open.
    pub open: usize,
    /// How many of them have no amount in the base currency: counted in no sum.
    pub unpriced: usize,
    /// Each way.
    pub ways: Vec<Way>,
    /// Their mix; nothing where no way says anything.
    pub blend: Option<Estimate>,
    /// How often deals were won in time, by stage and age.
    pub hazard: Hazard,
    /// What deals that are not there yet may bring.
    pub inflow: Inflow,
    /// What is expected from each open deal by history: stage, amount, chance.
    pub deals: Vec<(uuid::Uuid, i64, f64)>,
}

/// How much each way counts, in any unit: weighted, history, series. Equal where nothing is said.
pub type Weights = [u32; 3];

/// What the period of `ask` brings, by what was known at its instant. `odds` are those of a stage in basis points.
///
/// What a way expects is what is won already and, times the market's factor, what is still to come. The mix has the
/// weighted mean; its variance is that of a drawing among the ways: their own, and how far they are apart. Rule FC-4 (F137).
pub fn outlook(
    past: &Past,
    ask: &OutlookAsk,
    odds: &dyn Fn(u32) -> u32,
    weights: Weights,
) -> Outlook {
    let past = &past.until(ask.as_of);
    let sums = past.won_between(&[ask.from, ask.to.min(ask.as_of.saturating_add(1)).max(ask.from)]);
    let (won, won_deals) = sums.first().copied().unwrap_or_default();
    let (open, unpriced) = open(past, ask.as_of);
    let (first, last) = distance(ask);
    let hazard = Hazard::of(past, ask.as_of, first, last);
    let inflow = inflow(past, ask, first, last);
    let (history, deals) = match by_history(past, ask, &hazard, &inflow) {
        Ok((count, rest, deals)) => (Ok((count, rest)), deals),
        Err(refused) => (Err(refused), Vec::new()),
    };
    let floor = float(won);
    let found = [
        (WayKind::Weighted, weighted(past, ask, odds)),
        (WayKind::History, history),
        (WayKind::Series, series(past, ask)),
    ];
    let over = ask.to <= ask.as_of;
    let [of_weighted, of_history, of_series] = weights;
    let weight = |kind: WayKind| match kind {
        WayKind::Weighted => of_weighted,
        WayKind::History => of_history,
        WayKind::Series => of_series,
    };
    let mut ways: Vec<Way> = Vec::with_capacity(3);
    for (kind, rest) in found {
        let (count, estimate) = match rest {
            _ if over => (0, Err(Refused::Over)),
            Ok((count, (mean, variance))) => {
                let market = f64::from(ask.market) / 10_000.0;
                let mean = floor + market * mean.max(0.0);
                (count, Ok(Estimate { mean, variance: market * market * variance, floor }))
            }
            Err(refused) => (0, Err(refused)),
        };
        let weight = if estimate.is_ok() { weight(kind) } else { 0 };
        ways.push(Way { kind, estimate, weight, count });
    }
    let parts: Vec<i128> = ways.iter().map(|way| i128::from(way.weight)).collect();
    let shares = crate::analytics::amount::shares(&parts).unwrap_or_default();
    for (way, share) in ways.iter_mut().zip(shares) {
        way.weight = share;
    }
    let blend = blend(&ways, floor);
    Outlook { won, won_deals, open, unpriced, ways, blend, hazard, inflow, deals }
}

/// How far ahead the period begins and ends, in seconds.
fn distance(ask: &OutlookAsk) -> (i64, i64) {
    let ahead = |at: i64| at.saturating_sub(ask.as_of).max(0);
    (ahead(ask.from), ahead(ask.to))
}

/// How many deals are open, and how many of them have no amount.
fn open(past: &Past, as_of: i64) -> (usize, usize) {
    let (mut open, mut unpriced) = (0_usize, 0_usize);
    for deal in past.deals() {
        if deal.standing(as_of).is_some_and(|standing| standing.outcome == Outcome::Open) {
            open = open.saturating_add(1);
            let known = deal.terms_at(as_of).amount.is_some();
            unpriced = unpriced.saturating_add(usize::from(!known));
        }
    }
    (open, unpriced)
}

/// What is still to come: how many it comes from, and its mean and variance.
type Rest = Result<(usize, (f64, f64)), Refused>;

/// The amounts of the open deals that are expected in the period times their odds; those expected before `as_of` are
/// expected at once, so in a period that has begun. A deal that is lost counts nothing.
fn weighted(past: &Past, ask: &OutlookAsk, odds: &dyn Fn(u32) -> u32) -> Rest {
    let (mut count, mut mean, mut variance) = (0_usize, 0.0, 0.0);
    for deal in past.deals() {
        let Some(standing) = deal.standing(ask.as_of) else { continue };
        let terms = deal.terms_at(ask.as_of);
        let (Some(amount), Some(expected)) = (terms.amount, terms.expected) else { continue };
        let expected = expected.max(ask.as_of);
        if standing.outcome != Outcome::Open || expected < ask.from || expected >= ask.to {
            continue;
        }
        let chance = f64::from(terms.odds.unwrap_or_else(|| odds(standing.stage))) / 10_000.0;
        let amount = units(amount);
        count = count.saturating_add(1);
        mean += amount * chance;
        variance += amount * amount * chance * (1.0 - chance);
    }
    if count == 0 { Err(Refused::NoneExpected) } else { Ok((count, (mean, variance))) }
}

/// What new deals brought in past periods of the same length, as far ahead. Periods do not overlap.
fn inflow(past: &Past, ask: &OutlookAsk, first: i64, last: i64) -> Inflow {
    let mut sums: Vec<f64> = Vec::new();
    let mut limit = i64::MAX;
    for at in hazard::moments(past, ask.as_of, last) {
        if at.saturating_add(last) > limit {
            continue;
        }
        limit = at.saturating_add(first);
        let new = past.deals().iter().filter(|deal| deal.created_at > at);
        let won = new.filter_map(|deal| deal.won());
        let won = won
            .filter(|(end, _)| *end >= at.saturating_add(first) && *end < at.saturating_add(last));
        sums.push(won.map(|(_, amount)| units(amount)).sum());
    }
    let count = real(sums.len());
    if sums.len() < 2 {
        return Inflow {
            periods: sums.len(),
            mean: sums.first().copied().unwrap_or(0.0),
            variance: 0.0,
        };
    }
    let mean = sums.iter().sum::<f64>() / count;
    let spread = sums.iter().map(|sum| (sum - mean) * (sum - mean)).sum::<f64>() / (count - 1.0);
    Inflow { periods: sums.len(), mean, variance: spread * (1.0 + 1.0 / count) }
}

/// What is expected from the deals that are open, and each of them.
type ByDeal = (usize, (f64, f64), Vec<(uuid::Uuid, i64, f64)>);

/// The amounts of the open deals times how often deals like them were won in time, and what new deals brought.
fn by_history(
    past: &Past,
    ask: &OutlookAsk,
    hazard: &Hazard,
    inflow: &Inflow,
) -> Result<ByDeal, Refused> {
    let closed = past.deals().iter().filter(|deal| deal.end_after(i64::MIN).is_some()).count();
    if closed < CLOSED_MIN {
        return Err(Refused::Closed { have: closed });
    }
    let moments = hazard::moments(past, ask.as_of, distance(ask).1).len();
    if moments < MOMENTS_MIN {
        return Err(Refused::Moments { have: moments });
    }
    let mut deals = Vec::new();
    let mut cells: std::collections::BTreeMap<(u32, Ages), f64> = std::collections::BTreeMap::new();
    let (mut mean, mut variance) = (inflow.mean, inflow.variance);
    for deal in past.deals() {
        let Some(standing) = deal.standing(ask.as_of) else { continue };
        if standing.outcome != Outcome::Open {
            continue;
        }
        let Some(amount) = deal.terms_at(ask.as_of).amount else { continue };
        let cell = (standing.stage, Ages::of(deal.created_at, ask.as_of));
        let chance = hazard.chance(cell.0, cell.1).mean;
        let size = units(amount);
        mean += size * chance;
        variance += size * size * chance * (1.0 - chance);
        *cells.entry(cell).or_default() += size;
        deals.push((deal.id, amount, chance));
    }
    for ((stage, age), size) in cells {
        variance += size * size * hazard.chance(stage, age).variance;
    }
    Ok((closed, (mean, variance), deals))
}

/// What was won month by month, continued to the end of the period; of a month that goes on nothing is taken as known.
fn series(past: &Past, ask: &OutlookAsk) -> Rest {
    let over = ask.months_over();
    let sums = past.won_between(&ask.months);
    let known = sums.get(..over).unwrap_or_default();
    let begin = known.iter().position(|(_, deals)| *deals > 0).unwrap_or(known.len());
    let known = known.get(begin..).unwrap_or_default();
    let history: Vec<f64> = known.iter().map(|(sum, _)| float(*sum)).collect();
    let to_come = ask.months.get(over..).unwrap_or_default();
    let starts = to_come.split_last().map_or(&[][..], |(_, starts)| starts);
    let found = forecast::forecast(&history, YEAR, starts.len()).map_err(Refused::Thin)?;
    let skip = starts.iter().take_while(|start| **start < ask.from).count();
    let total = found.total(skip, starts.len());
    // A month of the period that goes on is expected whole: what it brought already is not to come.
    let begun = starts.get(skip).filter(|start| **start <= ask.as_of);
    let already = begun.map_or(0.0, |start| {
        let sums = past.won_between(&[*start, ask.as_of.saturating_add(1)]);
        sums.first().map_or(0.0, |(sum, _)| float(*sum))
    });
    Ok((history.len(), (total.mean - already, total.deviation * total.deviation)))
}

/// The mix of the ways by their weights.
fn blend(ways: &[Way], floor: f64) -> Option<Estimate> {
    let known = || {
        let known = ways.iter().filter_map(|way| Some((way.weight, way.estimate.ok()?)));
        known.map(|(weight, estimate)| (f64::from(weight) / 10_000.0, estimate))
    };
    let total: f64 = known().map(|(weight, _)| weight).sum();
    if total <= 0.0 {
        return None;
    }
    let mean = known().map(|(weight, one)| weight * one.mean).sum::<f64>() / total;
    let spread = |one: &Estimate| one.variance + (one.mean - mean) * (one.mean - mean);
    let variance = known().map(|(weight, one)| weight * spread(&one)).sum::<f64>() / total;
    Some(Estimate { mean, variance, floor })
}

/// Minor units as a real number.
fn float(minor: i128) -> f64 {
    use rust_decimal::prelude::ToPrimitive;
    minor.to_f64().unwrap_or(0.0)
}
