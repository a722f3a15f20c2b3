//! How long deals stay in each stage, those that stand there still not ignored, and which stages hold them up.
//!
//! A stay begins when a deal comes into a stage and ends when it goes to another one or is closed. A deal that comes back
//! begins another stay. Those that stand there at the report's moment are censored: they last longer than so far.

use std::collections::BTreeMap;

use super::{
    dimension::Dimension,
    filter::{Filter, Sieve},
    funnel, group,
    query::Query,
    stats::{FEW, Proportion},
    survival::Survival,
    table::{FactTable, MoveKind, Outcome},
};

/// How a stay ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Left {
    /// To a later stage of its pipeline.
    Onward,
    /// To an earlier one.
    Back,
    /// To another pipeline, or a stage that its pipeline no longer has.
    Elsewhere,
    /// The deal was won.
    Won,
    /// The deal was lost.
    Lost,
    /// It did not: the deal stands there still.
    Not,
}

/// One stay of a deal in a stage.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Stay {
    /// Code of the stage.
    pub stage: u32,
    /// When it began, seconds since 1970 UTC.
    pub since: i64,
    /// How many seconds it lasted, or has lasted so far.
    pub lasted: i64,
    /// How it ended.
    pub left: Left,
}

/// The stays in one stage.
#[derive(Clone, Debug, PartialEq)]
pub struct StageStays {
    /// The codes of the group, in the order of the dimensions.
    pub codes: Vec<u32>,
    /// Code of the stage's pipeline; 0 of a stage that no pipeline has any more.
    pub pipeline: u32,
    /// Code of the stage.
    pub stage: u32,
    /// How many deals stood there.
    pub deals: u64,
    /// How many stays ended how; those that did not are under [`Left::Not`].
    pub left: BTreeMap<Left, u64>,
    /// How long they last, in seconds.
    pub lasting: Survival,
    /// The deals: those that have stood there at some time.
    pub members: Filter,
}

impl StageStays {
    /// How many stays.
    pub fn stays(&self) -> u64 {
        self.left.values().sum()
    }

    /// How many of them ended so.
    pub fn that(&self, left: Left) -> u64 {
        self.left.get(&left).copied().unwrap_or(0)
    }

    /// The share of the ended stays that ended with the loss of the deal.
    pub fn loss(&self) -> Proportion {
        Proportion::new(self.that(Left::Lost), self.lasting.ended())
    }
}

/// How long deals of one group take from creation to closing, won or lost.
#[derive(Clone, Debug, PartialEq)]
pub struct WholeCycle {
    /// The codes of the group, in the order of the dimensions.
    pub codes: Vec<u32>,
    /// In seconds; the open ones are censored.
    pub lasting: Survival,
    /// The deals.
    pub members: Filter,
}

/// The stays in all stages, and the whole cycle.
#[derive(Clone, Debug, PartialEq)]
pub struct StageTimes {
    /// By group, pipeline and position.
    pub stages: Vec<StageStays>,
    /// All deals first, then each group.
    pub cycles: Vec<WholeCycle>,
    /// Deals whose stays are left out since their moves are not known; their cycle counts.
    pub without_history: u64,
    /// Deals left out of the cycle since creation or closing is not known.
    pub undated: u64,
    /// Deals and stays left out since they end before they begin.
    pub misdated: u64,
}

impl FactTable {
    /// The stays of a deal by its moves, oldest first, as of second `now`.
    pub(super) fn stays_of(&self, deal: usize, now: i64) -> Vec<Stay> {
        let mut stays: Vec<Stay> = Vec::new();
        let mut standing: Option<(u32, i64)> = None;
        for step in self.moves_of(deal) {
            let to = self.moves.to.at(step);
            let at = self.moves.at.get(step).copied().unwrap_or(now);
            let kind = self.moves.kind.get(step).copied().unwrap_or(MoveKind::Moved);
            let left = match kind {
                MoveKind::Won => Left::Won,
                MoveKind::Lost => Left::Lost,
                MoveKind::Created | MoveKind::Moved | MoveKind::Reopened => match standing {
                    Some((from, _)) if from == to => continue,
                    Some((from, _)) => self.direction(from, to),
                    None => Left::Onward,
                },
            };
            if let Some((stage, since)) = standing.take() {
                stays.push(Stay { stage, since, lasted: at.saturating_sub(since), left });
            }
            let ends = matches!(left, Left::Won | Left::Lost);
            standing = (!ends && to != 0).then_some((to, at));
        }
        if let Some((stage, since)) = standing {
            // A closed deal whose end is not among its moves stood there until it was closed.
            let until = match self.deals.outcome(deal) {
                Outcome::Open => now,
                Outcome::Won | Outcome::Lost => self.deals.closed_at(deal).unwrap_or(now),
            };
            stays.push(Stay { stage, since, lasted: until.saturating_sub(since), left: Left::Not });
        }
        stays
    }

    /// Which way a move goes.
    pub(super) fn direction(&self, from: u32, to: u32) -> Left {
        let (here, there) = (self.stages.pipeline(from), self.stages.pipeline(to));
        if here == 0 || here != there {
            Left::Elsewhere
        } else if self.stages.position(to) > self.stages.position(from) {
            Left::Onward
        } else {
            Left::Back
        }
    }
}

#[derive(Default)]
struct Collected {
    ended: Vec<i64>,
    censored: Vec<i64>,
    left: BTreeMap<Left, u64>,
    deals: u64,
    /// The deal that was counted last: deals come one after the other.
    last: Option<usize>,
}

impl Collected {
    fn lasting(&self) -> Survival {
        Survival::of(&self.ended, &self.censored)
    }
}

/// Groups by their codes; within one, what is collected of each stage by pipeline and position.
type Stages = BTreeMap<(Vec<u32>, u32, u32, u32), Collected>;

/// The stays begun in the period, and the cycles of the deals created in it. Rule SR-2.
pub fn stage_times(table: &FactTable, query: &Query) -> StageTimes {
    let within = query.period.seconds_in(query.zone);
    let now = query.as_of_seconds();
    let cohort = query.filter.clone().created(query.period);
    let mut found = StageTimes {
        stages: Vec::new(),
        cycles: Vec::new(),
        without_history: 0,
        undated: funnel::undated(table, query),
        misdated: 0,
    };
    let mut stages = Stages::new();
    let sieve = Sieve::new(table, &query.filter, query.zone);
    for deal in sieve.rows() {
        if !table.deals.has_history(deal) {
            count(&mut found.without_history);
            continue;
        }
        let groups = groups_of(table, &sieve, query, deal);
        for stay in table.stays_of(deal, now) {
            if !within.contains(stay.since) {
                continue;
            }
            if stay.lasted < 0 {
                count(&mut found.misdated);
                continue;
            }
            let pipeline = table.stages.pipeline(stay.stage);
            let position = table.stages.position(stay.stage);
            for codes in &groups {
                let place = (codes.clone(), pipeline, position, stay.stage);
                let collected = stages.entry(place).or_default();
                if collected.last.replace(deal) != Some(deal) {
                    count(&mut collected.deals);
                }
                count(collected.left.entry(stay.left).or_default());
                match stay.left {
                    Left::Not => collected.censored.push(stay.lasted),
                    Left::Onward | Left::Back | Left::Elsewhere | Left::Won | Left::Lost => {
                        collected.ended.push(stay.lasted);
                    }
                }
            }
        }
    }
    let cycles = cycles(table, query, &cohort, &mut found);
    found.cycles = cycles;
    let row = |((codes, pipeline, _, stage), of): ((Vec<u32>, u32, u32, u32), Collected)| {
        let key = table.dictionary(Dimension::Stage).key(stage);
        let reached = Some(key.to_owned());
        let base = Filter { reached, history: Some(true), ..query.filter.clone() };
        StageStays {
            members: group::members(table, &base, &query.by, &codes),
            deals: of.deals,
            lasting: of.lasting(),
            left: of.left,
            codes,
            pipeline,
            stage,
        }
    };
    found.stages = stages.into_iter().map(row).collect();
    found.stages.sort_by_cached_key(|row| {
        let place = (row.pipeline, table.stages.position(row.stage), row.stage);
        (group::order(table, &query.by, &row.codes), place)
    });
    found
}

fn groups_of(table: &FactTable, sieve: &Sieve<'_>, query: &Query, deal: usize) -> Vec<Vec<u32>> {
    let keys = group::keys(sieve, table, &query.by, deal);
    keys.into_iter().map(|key| group::codes(table, &query.by, key)).collect()
}

fn cycles(
    table: &FactTable,
    query: &Query,
    cohort: &Filter,
    found: &mut StageTimes,
) -> Vec<WholeCycle> {
    let sieve = Sieve::new(table, cohort, query.zone);
    let mut whole = Collected::default();
    let mut groups: BTreeMap<Vec<u32>, Collected> = BTreeMap::new();
    for deal in sieve.rows() {
        let is_open = table.deals.outcome(deal) == Outcome::Open;
        let end = if is_open { Some(query.as_of_seconds()) } else { table.deals.closed_at(deal) };
        let Some((begin, end)) = table.deals.created_at(deal).zip(end) else {
            count(&mut found.undated);
            continue;
        };
        let lasted = end.saturating_sub(begin);
        if lasted < 0 {
            count(&mut found.misdated);
            continue;
        }
        let push = |to: &mut Collected| {
            let durations = if is_open { &mut to.censored } else { &mut to.ended };
            durations.push(lasted);
        };
        push(&mut whole);
        if !query.by.is_empty() {
            for codes in groups_of(table, &sieve, query, deal) {
                push(groups.entry(codes).or_default());
            }
        }
    }
    let row = |codes: Vec<u32>, of: &Collected| WholeCycle {
        lasting: of.lasting(),
        members: group::members(table, cohort, &query.by, &codes),
        codes,
    };
    let mut groups: Vec<WholeCycle> =
        groups.into_iter().map(|(codes, of)| row(codes, &of)).collect();
    groups.sort_by_cached_key(|one| group::order(table, &query.by, &one.codes));
    [row(Vec::new(), &whole)].into_iter().chain(groups).collect()
}

const fn count(counted: &mut u64) {
    *counted = counted.saturating_add(1);
}

/// A stage among the others: how long deals wait there and how many are lost there.
#[derive(Clone, Debug, PartialEq)]
pub struct Bottleneck<'a> {
    /// The stage.
    pub stage: &'a StageStays,
    /// Its place by the median stay, the longest first; one whose median lies beyond what was seen stands before all
    /// others. Equal medians share a place. Nothing with fewer than [`FEW`] ended stays.
    pub by_wait: Option<u64>,
    /// Its place by the share of ended stays that ended with a loss, the largest first; likewise.
    pub by_loss: Option<u64>,
    /// Its part of all the time that deals spent in stages, in basis points; the parts sum to 10,000.
    pub time: Option<u32>,
    /// Whether the interval of its loss does not touch that of any other stage that has a place.
    pub loss_stands_out: bool,
}

/// The stages of one group, ranked by waiting and by loss. Rule SR-3 (F134).
pub fn bottlenecks(stages: &[StageStays]) -> Vec<Bottleneck<'_>> {
    let told = |stage: &&StageStays| stage.lasting.ended() >= FEW;
    let wait = |stage: &StageStays| stage.lasting.quantile(0.5).unwrap_or(i64::MAX);
    let times: Vec<i128> = stages.iter().map(|stage| stage.lasting.sum()).collect();
    let parts = super::amount::shares(&times);
    let place = |is_before: &dyn Fn(&StageStays) -> bool| {
        let before = stages.iter().filter(told).filter(|stage| is_before(stage)).count();
        u64::try_from(before).unwrap_or(u64::MAX).saturating_add(1)
    };
    // a / b > c / d without dividing.
    let loses_more = |one: &StageStays, two: &StageStays| {
        let (one, two) = (one.loss(), two.loss());
        u128::from(one.successes).saturating_mul(u128::from(two.trials))
            > u128::from(two.successes).saturating_mul(u128::from(one.trials))
    };
    let ranked = stages.iter().enumerate().map(|(at, stage)| {
        let is_told = told(&stage);
        let others = || stages.iter().enumerate().filter(move |(other, _)| *other != at);
        let apart = others().filter(|(_, other)| told(other)).all(|(_, other)| {
            let pair = stage.loss().wilson().zip(other.loss().wilson());
            pair.is_some_and(|(mine, theirs)| mine.0 > theirs.1 || mine.1 < theirs.0)
        });
        let ranked_others = others().any(|(_, other)| told(&other));
        Bottleneck {
            stage,
            by_wait: is_told.then(|| place(&|other| wait(other) > wait(stage))),
            by_loss: is_told.then(|| place(&|other| loses_more(other, stage))),
            time: parts.as_ref().and_then(|parts| parts.get(at).copied()),
            loss_stands_out: is_told && ranked_others && apart,
        }
    });
    ranked.collect()
}

#[cfg(test)]
#[path = "stages_tests.rs"]
mod tests;
