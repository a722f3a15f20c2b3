//! When something is due to a lead or customer that somebody looks after, and what then happens.

use std::sync::Arc;

use chrono::TimeDelta;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::{Action, Boundary, FlowRule, Pooled, Stay, Trigger};
use crate::lead::Pool;
use crate::value::{Id, Timestamp, Wait, WorkCalendar};

/// What happens at a deadline.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case", tag = "does")]
pub enum Does {
    /// The owner is warned.
    Warn,
    /// Whom the rule names is told.
    Tell,
    /// The manager is told.
    Escalate,
    /// It goes to another, or into this pool where nobody is free.
    Reassign {
        /// Into which.
        pool: Id<Pool>,
    },
    /// It goes into this pool.
    Pool {
        /// Into which.
        pool: Id<Pool>,
    },
}

/// Something that is due to a lead.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Deadline {
    /// When.
    pub due: Timestamp,
    /// By what: the code of a rule, or `pool.CODE.protection` and `pool.CODE.max_protection`.
    pub by: String,
    /// What.
    #[serde(flatten)]
    pub does: Does,
    /// Of several moves at once, the lowest says where the lead goes.
    pub rank: u32,
    /// The rule, where it is one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub rule: Option<Id<FlowRule>>,
    /// It is told once in a stay, however often its instant moves.
    #[serde(skip)]
    pub once: bool,
}

/// A rule with what its codes name.
#[derive(Clone, Debug)]
pub struct Ruled {
    /// The rule.
    pub rule: FlowRule,
    /// The calendar in which it counts.
    pub calendar: Arc<WorkCalendar>,
    /// Its pool.
    pub pool: Option<Id<Pool>>,
}

/// A pool from which leads are claimed, with its calendar.
#[derive(Clone, Debug)]
pub struct Protected {
    /// The pool.
    pub pool: Pool,
    /// The calendar in which it counts.
    pub calendar: Arc<WorkCalendar>,
}

/// What decides about a lead besides itself.
#[derive(Clone, Debug, Default)]
pub struct Grounds {
    /// The rules there are.
    pub rules: Vec<Ruled>,
    /// The pool from which its owner claimed it.
    pub home: Option<Protected>,
}

/// Everything that is or will be due to a lead or customer, the earliest first; nothing to one that nobody looks after or that is
/// closed. A rule that could only apply beyond the years of its calendar gives none.
///
/// Only what its owner did counts as a follow-up, from the instant on at which they got it. Rules that move one which
/// bounced as often as they allow escalate instead. The order of rules does not matter. Rule FLOW-6 (F026, F027, X7).
pub fn deadlines<T: Pooled>(item: &T, stay: &Stay, grounds: &Grounds) -> Vec<Deadline> {
    if item.keeper().owner.is_none() || item.open().is_err() {
        return Vec::new();
    }
    let followed = stay.followed_at.filter(|at| *at >= stay.since);
    let quiet_since = followed.unwrap_or(stay.since);
    let mut found = Vec::new();
    let own = grounds.rules.iter().filter(|of| of.rule.terms.of == T::HOLDS);
    for Ruled { rule, calendar, pool } in own {
        let terms = &rule.terms;
        let of_source = item.source().is_some_and(|source| terms.sources.contains(source));
        let from = match terms.when {
            Trigger::NoFirstFollowUp(_) => followed.is_none().then_some(stay.since),
            Trigger::Silence(_) => Some(quiet_since),
            Trigger::ScoreDrop(_) | Trigger::GradeChange(_) => item.fallen_at(&terms.when),
        };
        let from = from.filter(|_| rule.active && (terms.sources.is_empty() || of_source));
        let clock = from.and_then(|from| match terms.when.wait() {
            Some(wait) => Clock::of(wait, from, calendar),
            None => Some(Clock { from, due: from, once: true }),
        });
        let Some(clock) = clock else { continue };
        let bounced = terms.max_bounces.is_some_and(|most| stay.bounces >= most);
        let does = match (terms.then, pool) {
            (Action::Reassign | Action::Pool, _) if bounced => Does::Escalate,
            (Action::Reassign, Some(pool)) => Does::Reassign { pool: *pool },
            (Action::Pool, Some(pool)) => Does::Pool { pool: *pool },
            (Action::Notify, _) => Does::Tell,
            (Action::Escalate | Action::Reassign | Action::Pool, _) => Does::Escalate,
        };
        let clock = match terms.boundary {
            Boundary::At => clock,
            Boundary::After => clock.just_after(),
        };
        let by = rule.code.to_string();
        clock.tell(&mut found, (by, rule.rank, Some(rule.id)), does, terms.warn_before_minutes);
    }
    if let Some(Protected { pool, calendar }) = grounds.home.as_ref().filter(|of| of.pool.active) {
        let (terms, does) = (&pool.terms, Does::Pool { pool: pool.id });
        let ends = [
            ("protection", terms.protection, quiet_since),
            ("max_protection", terms.max_protection, stay.since),
        ];
        for (name, wait, from) in ends {
            if let Some(clock) = wait.and_then(|wait| Clock::of(wait, from, calendar)) {
                let by = format!("pool.{}.{name}", pool.code);
                clock.tell(&mut found, (by, u32::MAX, None), does, terms.warn_before_minutes);
            }
        }
    }
    found.sort_by(|a, b| (a.due, a.rank, &a.by).cmp(&(b.due, b.rank, &b.by)));
    found
}

/// A wait that began.
#[derive(Clone, Copy)]
struct Clock {
    from: Timestamp,
    due: Timestamp,
    once: bool,
}

impl Clock {
    fn of(wait: Wait, from: Timestamp, calendar: &WorkCalendar) -> Option<Self> {
        wait.due(from, calendar).ok().map(|due| Self { from, due, once: false })
    }

    fn just_after(self) -> Self {
        let due = self.due.checked_add(TimeDelta::microseconds(1)).unwrap_or(self.due);
        Self { due, ..self }
    }

    /// Adds the deadline, and its warning where there is time for one.
    fn tell(
        self,
        found: &mut Vec<Deadline>,
        (by, rank, rule): (String, u32, Option<Id<FlowRule>>),
        does: Does,
        warn_before: Option<u32>,
    ) {
        let before = |minutes: u32| TimeDelta::minutes(i64::from(minutes).saturating_neg());
        let warned = warn_before.and_then(|minutes| self.due.checked_add(before(minutes)));
        if let Some(due) = warned.filter(|due| *due > self.from) {
            found.push(Deadline { due, by: by.clone(), does: Does::Warn, rank, rule, once: false });
        }
        found.push(Deadline { due: self.due, by, does, rank, rule, once: self.once });
    }
}

impl Does {
    /// The pool into which the lead goes, or may go, where it is taken from its owner.
    pub const fn moves(self) -> Option<Id<Pool>> {
        match self {
            Self::Reassign { pool } | Self::Pool { pool } => Some(pool),
            Self::Warn | Self::Tell | Self::Escalate => None,
        }
    }
}

impl Deadline {
    /// What is remembered of one that was told: what, by what, when.
    fn key(&self) -> String {
        let what = match self.does {
            Does::Warn => "warn",
            Does::Tell => "tell",
            Does::Escalate => "escalate",
            Does::Reassign { .. } | Does::Pool { .. } => "move",
        };
        let at = if self.once { 0 } else { self.due.micros() };
        format!("{what}:{}@{at}", self.by)
    }

    /// Whether it happened: a move never did, or the record would not be where it is.
    fn is_told(&self, told: Option<&str>) -> bool {
        let told = told.unwrap_or_default();
        self.does.moves().is_none() && told.split(' ').any(|key| key == self.key())
    }
}

/// What is to be done to a lead or customer now.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Verdict {
    /// The moves that are due, first the one that says where it goes; the others are reasons, too.
    pub moves: Vec<Deadline>,
    /// Of what somebody is told. Nobody is warned of what happens at the same time.
    pub tell: Vec<Deadline>,
    /// What it shall remember as told.
    pub told: Option<String>,
}

/// Decides what is due to one at `now`: however many rules apply, it moves once; what was told is not told again, so
/// that deciding twice is deciding once. Rule FLOW-7 (F026, F027).
pub fn verdict<T: Pooled>(item: &T, deadlines: &[Deadline], now: Timestamp) -> Verdict {
    let due: Vec<&Deadline> = deadlines.iter().filter(|deadline| deadline.due <= now).collect();
    let mut moves: Vec<Deadline> =
        due.iter().filter(|one| one.does.moves().is_some()).map(|one| (*one).clone()).collect();
    moves.sort_by(|a, b| (a.rank, &a.by).cmp(&(b.rank, &b.by)));
    let tell = due.iter().filter(|one| one.does.moves().is_none() && !one.is_told(item.told()));
    let tell = tell.filter(|one| moves.is_empty() || one.does != Does::Warn);
    let told: Vec<String> =
        due.iter().filter(|one| one.does.moves().is_none()).map(|one| one.key()).collect();
    Verdict {
        tell: tell.map(|one| (*one).clone()).collect(),
        told: Some(told.join(" ")).filter(|told| moves.is_empty() && !told.is_empty()),
        moves,
    }
}

/// When the next thing is due to one: what is overdue and was not done yet comes first. Rule FLOW-8 (F026).
pub fn next<T: Pooled>(item: &T, deadlines: &[Deadline]) -> Option<Timestamp> {
    let open = deadlines.iter().filter(|deadline| !deadline.is_told(item.told()));
    open.map(|deadline| deadline.due).min()
}
