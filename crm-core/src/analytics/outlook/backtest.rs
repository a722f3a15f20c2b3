//! How good the estimates would have been: made again from earlier pasts, beside what came.

use std::collections::BTreeMap;

use super::{Estimate, OutlookAsk, Past, WayKind, Weights, outlook, units};
use crate::analytics::forecast::accuracy::{self, Reliability, Told};
use crate::analytics::stats::Proportion;
use crate::analytics::table::Outcome;

/// What would have been foretold at one moment, and what came.
#[derive(Clone, Debug, PartialEq)]
pub struct Origin {
    /// The first second of the period, which is when it is foretold.
    pub from: i64,
    /// The one after its last.
    pub to: i64,
    /// What came, in minor units.
    pub actual: i128,
    /// What each way expected, in the order of [`WayKind::ALL`]; then the mix.
    pub estimates: [Option<Estimate>; 4],
}

/// How good one way was.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Errors {
    /// At how many moments it told something.
    pub count: u64,
    /// The mean absolute error, in minor units.
    pub mae: Option<f64>,
    /// The symmetric mean absolute percentage error, 0 to 200.
    pub smape: Option<f64>,
    /// The error over that of taking the period before.
    pub mase: Option<f64>,
    /// The mean error: above zero where more was expected than came.
    pub bias: Option<f64>,
    /// How often what came lay in the 80 % interval.
    pub in_80: Proportion,
    /// How often in the 95 % interval.
    pub in_95: Proportion,
}

/// The odds of a stage beside what became of its deals.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct StageRow {
    /// The stage.
    pub stage: u32,
    /// Its odds, in basis points.
    pub odds: u32,
    /// How many deals that stood there and are closed were won.
    pub won: Proportion,
}

/// How good the estimates and odds were.
#[derive(Clone, Debug, PartialEq)]
pub struct Backtest {
    /// The moments, the earliest first.
    pub origins: Vec<Origin>,
    /// How good each way was, in the order of [`WayKind::ALL`]; then the mix.
    pub errors: [Errors; 4],
    /// The odds of each stage: every deal once for each stage in which it stood at one of the moments.
    pub stages: Vec<StageRow>,
    /// The Brier score of the odds of stages, of deals that are closed now.
    pub brier_odds: Option<f64>,
    /// Those odds by tenths.
    pub reliable_odds: Vec<Reliability>,
    /// The Brier score of the chances of being won in time.
    pub brier_history: Option<f64>,
    /// Those chances by tenths.
    pub reliable_history: Vec<Reliability>,
    /// How often a deal stood in a stage at one of the moments and is still open: in no score of odds.
    pub still_open: u64,
}

/// The estimates of `ask`'s way again at each of `origins`, which are periods that are over: first seconds and the ones
/// after the last. Each sees what was known when its period began. Rule FC-5 (F137, B07).
pub fn backtest(
    past: &Past,
    ask: &OutlookAsk,
    origins: &[(i64, i64)],
    odds: &dyn Fn(u32) -> u32,
    weights: Weights,
) -> Backtest {
    let known = past.until(ask.as_of);
    let mut rows = Vec::with_capacity(origins.len());
    let (mut told, mut chances) = (Vec::<Told>::new(), Vec::<Told>::new());
    let mut stages: BTreeMap<(u32, uuid::Uuid), bool> = BTreeMap::new();
    let mut still_open = 0_u64;
    let by_id = |id: uuid::Uuid| {
        let at = known.deals().binary_search_by_key(&id, |deal| deal.id).ok()?;
        known.deals().get(at)
    };
    for (from, to) in origins.iter().copied().filter(|(_, to)| *to <= ask.as_of) {
        let at = from.saturating_sub(1);
        let found = outlook(&known, &ask.at(at, from, to), odds, weights);
        let mut estimates = [None; 4];
        let ways = found.ways.iter().map(|way| way.estimate.ok());
        for (slot, estimate) in estimates.iter_mut().zip(ways.chain([found.blend])) {
            *slot = estimate;
        }
        let actual = known.won_between(&[from, to]);
        let actual = actual.first().map_or(0, |(sum, _)| *sum);
        rows.push(Origin { from, to, actual, estimates });
        for (id, _, chance) in &found.deals {
            let end = by_id(*id).and_then(|deal| deal.end_after(at));
            chances.push((*chance, end.is_some_and(|(end, won)| won && end < to)));
        }
        for deal in known.deals() {
            let Some(standing) = deal.standing(at) else { continue };
            if standing.outcome != Outcome::Open {
                continue;
            }
            let own = deal.terms_at(at).odds;
            match deal.end_after(at) {
                Some((_, won)) => {
                    let chance = own.unwrap_or_else(|| odds(standing.stage));
                    told.push((f64::from(chance) / 10_000.0, won));
                    stages.insert((standing.stage, deal.id), won);
                }
                None => still_open = still_open.saturating_add(1),
            }
        }
    }
    let mut by_stage: BTreeMap<u32, (u64, u64)> = BTreeMap::new();
    for ((stage, _), won) in &stages {
        let counts = by_stage.entry(*stage).or_default();
        counts.0 = counts.0.saturating_add(u64::from(*won));
        counts.1 = counts.1.saturating_add(1);
    }
    let stage = |(stage, (won, all)): (u32, (u64, u64))| StageRow {
        stage,
        odds: odds(stage),
        won: Proportion::new(won, all),
    };
    let scale = scale(&known, ask, origins);
    Backtest {
        errors: [0, 1, 2, 3].map(|way| errors(&rows, way, scale)),
        origins: rows,
        stages: by_stage.into_iter().map(stage).collect(),
        brier_odds: accuracy::brier(&told),
        reliable_odds: accuracy::reliability(&told),
        brier_history: accuracy::brier(&chances),
        reliable_history: accuracy::reliability(&chances),
        still_open,
    }
}

impl Backtest {
    /// The names of the rows of [`Backtest::errors`].
    pub const WAYS: [&'static str; 4] =
        [WayKind::Weighted.code(), WayKind::History.code(), WayKind::Series.code(), "blend"];
}

/// The mean absolute difference between periods that follow each other, over all the past: what taking the period
/// before is off.
fn scale(past: &Past, ask: &OutlookAsk, origins: &[(i64, i64)]) -> Option<f64> {
    let length = origins.first().map(|(from, to)| {
        ask.months.iter().filter(|start| **start >= *from && **start < *to).count()
    })?;
    let over = ask.months_over();
    let sums = past.won_between(&ask.months);
    let months: Vec<f64> = sums.iter().take(over).map(|(sum, _)| float(*sum)).collect();
    let begin = months.iter().position(|sum| *sum != 0.0)?;
    let months = months.get(begin..)?;
    let periods: Vec<f64> = months.windows(length.max(1)).map(|of| of.iter().sum()).collect();
    accuracy::mae(periods.get(length..)?, &periods).filter(|scale| *scale > 0.0)
}

fn errors(rows: &[Origin], way: usize, scale: Option<f64>) -> Errors {
    let known =
        rows.iter().filter_map(|row| Some((float(row.actual), row.estimates.get(way)?.as_ref()?)));
    let known: Vec<(f64, &Estimate)> = known.collect();
    let actual: Vec<f64> = known.iter().map(|(actual, _)| *actual).collect();
    let means: Vec<f64> = known.iter().map(|(_, estimate)| estimate.mean).collect();
    let mae = accuracy::mae(&actual, &means);
    let count = u64::try_from(known.len()).unwrap_or(u64::MAX);
    let covered = |interval: fn(&Estimate) -> (f64, f64)| {
        let inside = known.iter().filter(|(actual, estimate)| {
            let (low, high) = interval(estimate);
            *actual >= low && *actual <= high
        });
        Proportion::new(u64::try_from(inside.count()).unwrap_or(u64::MAX), count)
    };
    let bias = known.iter().map(|(actual, estimate)| estimate.mean - actual).sum::<f64>();
    Errors {
        count,
        mae,
        smape: accuracy::smape(&actual, &means),
        mase: mae.zip(scale).map(|(mae, scale)| mae / scale),
        bias: mae.map(|_| bias / super::real(known.len())),
        in_80: covered(Estimate::likely),
        in_95: covered(Estimate::wide),
    }
}

/// Minor units as a real number.
fn float(minor: i128) -> f64 {
    i64::try_from(minor).map_or(f64::MAX, units)
}
