//! What was known of deals at an instant.

use std::collections::BTreeMap;

use uuid::Uuid;

use crate::analytics::{
    dimension::Dimension,
    filter::Sieve,
    query::Query,
    table::{FactTable, MoveKind, Outcome},
};

/// One step of a deal: when it came where.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Step {
    /// When, seconds since 1970.
    pub at: i64,
    /// The stage it came to, or was closed from.
    pub stage: u32,
    /// How it stands from then on.
    pub outcome: Outcome,
}

/// What is believed of an open deal from some instant on.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Terms {
    /// Since when, seconds since 1970.
    pub since: i64,
    /// Its amount in minor units of the base currency, where it is known.
    pub amount: Option<i64>,
    /// The first second of the day on which it is expected to be won.
    pub expected: Option<i64>,
    /// Odds in basis points that somebody knows better than the stage.
    pub odds: Option<u32>,
}

/// A deal as it went: steps and terms, oldest first.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Deal {
    /// Its identity.
    pub id: Uuid,
    /// When it was made, seconds since 1970.
    pub created_at: i64,
    /// Where it came.
    pub steps: Vec<Step>,
    /// What was believed of it.
    pub terms: Vec<Terms>,
}

/// How a deal stands at an instant.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Standing {
    /// How.
    pub outcome: Outcome,
    /// In which stage, or closed from which.
    pub stage: u32,
    /// Since when it stands so.
    pub since: i64,
}

impl Deal {
    /// How it stood at an instant; nothing before it was made.
    pub fn standing(&self, at: i64) -> Option<Standing> {
        if self.created_at > at {
            return None;
        }
        let passed = self.steps.partition_point(|step| step.at <= at);
        let last = passed.checked_sub(1).and_then(|last| self.steps.get(last));
        Some(last.map_or(
            Standing { outcome: Outcome::Open, stage: 0, since: self.created_at },
            |step| Standing { outcome: step.outcome, stage: step.stage, since: step.at },
        ))
    }

    /// What was believed of it at an instant.
    pub fn terms_at(&self, at: i64) -> Terms {
        let passed = self.terms.partition_point(|terms| terms.since <= at);
        let last = passed.checked_sub(1).and_then(|last| self.terms.get(last));
        last.copied().unwrap_or_default()
    }

    /// Its first end after an instant: when, and whether it was won.
    pub fn end_after(&self, at: i64) -> Option<(i64, bool)> {
        let later = self.steps.partition_point(|step| step.at <= at);
        let later = self.steps.get(later..).unwrap_or_default();
        let end = later.iter().find(|step| step.outcome != Outcome::Open)?;
        Some((end.at, end.outcome == Outcome::Won))
    }

    /// When it was won, where it stands won; with what it was worth.
    pub fn won(&self) -> Option<(i64, i64)> {
        let last = self.steps.last().filter(|step| step.outcome == Outcome::Won)?;
        let terms = self.terms.last().copied().unwrap_or_default();
        Some((last.at, terms.amount.unwrap_or(0)))
    }
}

/// Deals as they were known at an instant, in the order of their ids.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Past {
    deals: Vec<Deal>,
}

impl Past {
    /// All that is known of deals, in any order.
    pub fn new(mut deals: Vec<Deal>) -> Self {
        deals.sort_by_key(|deal| deal.id);
        Self { deals }
    }

    /// What was known at an instant: deals made until then, with the steps taken and the terms believed until then.
    /// Rule FC-2 (F137, B07).
    #[must_use]
    pub fn until(&self, at: i64) -> Self {
        let cut = |deal: &Deal| Deal {
            id: deal.id,
            created_at: deal.created_at,
            steps: deal.steps.iter().filter(|step| step.at <= at).copied().collect(),
            terms: deal.terms.iter().filter(|terms| terms.since <= at).copied().collect(),
        };
        let made = self.deals.iter().filter(|deal| deal.created_at <= at);
        Self { deals: made.map(cut).collect() }
    }

    /// The deals.
    pub fn deals(&self) -> &[Deal] {
        &self.deals
    }

    /// When the first was made.
    pub fn begin(&self) -> Option<i64> {
        self.deals.iter().map(|deal| deal.created_at).min()
    }

    /// What was won between each two of `starts`, in minor units; and how many deals.
    pub fn won_between(&self, starts: &[i64]) -> Vec<(i128, u64)> {
        let mut sums = vec![(0_i128, 0_u64); starts.len().saturating_sub(1)];
        for (at, amount) in self.deals.iter().filter_map(Deal::won) {
            let bucket = starts.partition_point(|start| *start <= at).checked_sub(1);
            if let Some((sum, count)) = bucket.and_then(|bucket| sums.get_mut(bucket)) {
                *sum = sum.saturating_add(i128::from(amount));
                *count = count.saturating_add(1);
            }
        }
        sums
    }
}

impl Past {
    /// The deals of a table that a filter admits, told by their moves. `terms` are the versions of what was believed of a
    /// deal, where it was changed; of another the table's, since it was made, with the odds that somebody knows better.
    ///
    /// Of a deal whose moves are not known, the stage is known from `now` on, and its end where it has one.
    pub fn of_table(
        table: &FactTable,
        query: &Query,
        now: i64,
        odds: &dyn Fn(Uuid) -> Option<u32>,
        terms: &BTreeMap<Uuid, Vec<Terms>>,
    ) -> Self {
        let sieve = Sieve::new(table, &query.filter, query.zone);
        let deal = |row: usize| {
            let id = *table.deals.ids.get(row)?;
            let created_at = table.deals.created_at(row)?;
            let own = || Terms {
                since: created_at,
                amount: table.deals.base_minor(row),
                expected: expected(table, query, row),
                odds: odds(id),
            };
            let terms = terms.get(&id).cloned().unwrap_or_else(|| vec![own()]);
            Some(Deal { id, created_at, steps: steps(table, row, now), terms })
        };
        Self::new(sieve.rows().into_iter().filter_map(deal).collect())
    }
}

fn expected(table: &FactTable, query: &Query, row: usize) -> Option<i64> {
    let day = table.deals.expected_day.get(row).copied().filter(|day| *day != i32::MIN)?;
    let day = chrono::NaiveDate::from_num_days_from_ce_opt(day.checked_add(719_163)?)?;
    Some(crate::analytics::period::day_start(day, query.zone))
}

fn steps(table: &FactTable, row: usize, now: i64) -> Vec<Step> {
    let stage = table.deals.codes.get(Dimension::Stage).at(row);
    if !table.deals.has_history(row) {
        let outcome = table.deals.outcome(row);
        let at = table.deals.closed_at(row).unwrap_or(now);
        return vec![Step { at, stage, outcome }];
    }
    let moves = table.moves_of(row).filter_map(|at| {
        let (from, to) = (table.moves.from.at(at), table.moves.to.at(at));
        let ended = |outcome| (if from == 0 { to } else { from }, outcome);
        let (stage, outcome) = match table.moves.kind.get(at)? {
            MoveKind::Created | MoveKind::Moved | MoveKind::Reopened => (to, Outcome::Open),
            MoveKind::Won => ended(Outcome::Won),
            MoveKind::Lost => ended(Outcome::Lost),
        };
        Some(Step { at: *table.moves.at.get(at)?, stage, outcome })
    });
    let mut steps: Vec<Step> = moves.collect();
    // Steps that were entered out of their order count in the order of their instants.
    steps.sort_by_key(|step| step.at);
    steps
}
