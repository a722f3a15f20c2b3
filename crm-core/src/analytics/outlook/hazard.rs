//! How often deals like an open one were won in time: by the stage they stood in and their age.

use std::collections::BTreeMap;

use super::{Past, real};
use crate::analytics::table::Outcome;

const DAY: i64 = 86_400;
/// How far apart the moments are at which the past is looked at.
const STRIDE: i64 = 30 * DAY;
/// How many of them at most: three years.
const MOMENTS_MAX: usize = 36;
/// How much the stage's share, or that of all deals, weighs beside what was seen, in deals.
const PRIOR: f64 = 4.0;

/// Ages by which deals are told apart: since they were made.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Ages {
    /// Up to 30 days.
    Month,
    /// Up to 90.
    Quarter,
    /// Up to 180.
    HalfYear,
    /// Up to 365.
    Year,
    /// More.
    Older,
}

impl Ages {
    /// The age of something that was made at an instant.
    pub const fn of(made: i64, at: i64) -> Self {
        match at.saturating_sub(made).checked_div(DAY) {
            Some(..=30) | None => Self::Month,
            Some(31..=90) => Self::Quarter,
            Some(91..=180) => Self::HalfYear,
            Some(181..=365) => Self::Year,
            Some(_) => Self::Older,
        }
    }

    /// Its days: from and to, the last open.
    pub const fn days(self) -> &'static str {
        match self {
            Self::Month => "0–30",
            Self::Quarter => "31–90",
            Self::HalfYear => "91–180",
            Self::Year => "181–365",
            Self::Older => "> 365",
        }
    }
}

/// The chance of deals of one stage and age to be won in the period.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Chance {
    /// How many deals stood so at a moment whose sequel is known.
    pub deals: usize,
    /// At how many moments, all deals together,
    pub moments: f64,
    /// and after how many of them they were won in time.
    pub won: f64,
    /// The chance.
    pub mean: f64,
    /// Its variance: how little is known of it.
    pub variance: f64,
}

/// The chances by stage and age.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Hazard {
    /// Each stage and age that was seen.
    pub cells: BTreeMap<(u32, Ages), Chance>,
    /// All ages of a stage.
    pub stages: BTreeMap<u32, Chance>,
    /// All deals.
    pub all: Chance,
}

impl Hazard {
    /// How often deals were won between `from` and `to` seconds after a moment at which they were open, over all the past
    /// moments, a month apart, whose sequel is known at `as_of`.
    ///
    /// A share is drawn towards that of its stage, and a stage's towards that of all deals, as if four more deals had
    /// gone so; that of all towards one half, by one deal won and one not (Laplace). How little is known of a share goes
    /// by the deals, not by the moments: moments of one deal tell the same story. Rule FC-3 (F137).
    pub fn of(past: &Past, as_of: i64, from: i64, to: i64) -> Self {
        let moments = moments(past, as_of, to);
        let mut hazard = Self::default();
        for deal in past.deals() {
            let mut seen: BTreeMap<(u32, Ages), (f64, f64)> = BTreeMap::new();
            for at in &moments {
                let Some(standing) = deal.standing(*at) else { continue };
                if standing.outcome != Outcome::Open {
                    continue;
                }
                let (first, last) = (at.saturating_add(from), at.saturating_add(to));
                let end = deal.end_after(*at);
                let won = end.is_some_and(|(at, won)| won && at >= first && at < last);
                let cell = seen.entry((standing.stage, Ages::of(deal.created_at, *at)));
                let (count, sum) = cell.or_default();
                *count += 1.0;
                *sum += f64::from(u8::from(won));
            }
            let mut stages: BTreeMap<u32, (f64, f64)> = BTreeMap::new();
            for (cell, (count, won)) in &seen {
                hazard.cells.entry(*cell).or_default().add(*count, *won);
                let stage = stages.entry(cell.0).or_default();
                *stage = (stage.0 + count, stage.1 + won);
            }
            let mut all = (0.0, 0.0);
            for (stage, (count, won)) in &stages {
                hazard.stages.entry(*stage).or_default().add(*count, *won);
                all = (all.0 + count, all.1 + won);
            }
            if !seen.is_empty() {
                hazard.all.add(all.0, all.1);
            }
        }
        hazard.all.draw(0.5, 2.0);
        let whole = hazard.all.mean;
        hazard.stages.values_mut().for_each(|stage| stage.draw(whole, PRIOR));
        let stages = &hazard.stages;
        for ((stage, _), cell) in &mut hazard.cells {
            cell.draw(stages.get(stage).map_or(whole, |stage| stage.mean), PRIOR);
        }
        hazard
    }

    /// The chance of a deal in a stage, of an age: by both; of an age that was not seen there, by the stage; of a stage
    /// that was not seen, by all.
    pub fn chance(&self, stage: u32, age: Ages) -> Chance {
        let cell = self.cells.get(&(stage, age));
        *cell.or_else(|| self.stages.get(&stage)).unwrap_or(&self.all)
    }
}

/// The past moments whose sequel of `to` seconds is known, the latest first.
pub(super) fn moments(past: &Past, as_of: i64, to: i64) -> Vec<i64> {
    let Some(begin) = past.begin() else { return Vec::new() };
    let last = as_of.saturating_sub(to.max(DAY));
    let back = (0..MOMENTS_MAX).map_while(|step| {
        let step = i64::try_from(step).ok()?;
        last.checked_sub(STRIDE.checked_mul(step)?)
    });
    back.take_while(|at| *at >= begin).collect()
}

impl Chance {
    fn add(&mut self, moments: f64, won: f64) {
        self.deals = self.deals.saturating_add(1);
        self.moments += moments;
        self.won += won;
    }

    /// The mean and variance of the beta distribution that a share of so many deals, drawn towards another, leaves.
    fn draw(&mut self, toward: f64, weight: f64) {
        let seen = if self.moments > 0.0 { self.won / self.moments } else { 0.0 };
        let deals = real(self.deals);
        let total = deals + weight;
        self.mean = (seen * deals + toward * weight) / total;
        self.variance = self.mean * (1.0 - self.mean) / (total + 1.0);
    }
}
