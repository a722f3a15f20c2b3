//! Who pays late by habit, with the evidence.

use chrono::NaiveDate;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::{Instalment, PaymentPolicy};
use crate::order::Order;
use crate::value::{Id, Timestamp};

/// One instalment that was paid late, or is overdue.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Slow {
    /// Which.
    pub instalment: Id<Instalment>,
    /// Of which order.
    pub order: Id<Order>,
    /// When it was due.
    pub due_on: NaiveDate,
    /// How many days late it was paid, or is.
    pub days: u32,
    /// Whether it is still open.
    pub open: bool,
}

/// How a customer pays.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Lateness {
    /// How many instalments tell of it: those with a due day that are paid, and those that are overdue.
    pub known: u32,
    /// How many of them were late.
    pub late: u32,
    /// The days late of those that were, together; the mean is this by `late`.
    pub days: u32,
    /// Whether they pay late by habit: enough instalments are known, and enough of them late.
    pub habitual: bool,
    /// The late ones, the longest first.
    pub evidence: Vec<Slow>,
}

/// How a customer pays, by their instalments. What is not due yet tells nothing. Rule PY-23 (F102).
pub fn lateness(policy: &PaymentPolicy, rows: &[Instalment], now: Timestamp) -> Lateness {
    let mut known = 0_u32;
    let mut evidence = Vec::new();
    for row in rows {
        let Some(due_on) = row.due_on else { continue };
        let days = match row.settled_on.filter(|_| !row.open) {
            Some(paid) => paid.signed_duration_since(due_on).num_days(),
            None if row.open && row.days_overdue(now) > 0 => i64::from(row.days_overdue(now)),
            None => continue,
        };
        known = known.saturating_add(1);
        let days = u32::try_from(days.max(0)).unwrap_or(u32::MAX);
        if days > 0 {
            let (instalment, order, open) = (row.id, row.order, row.open);
            evidence.push(Slow { instalment, order, due_on, days, open });
        }
    }
    evidence.sort_by_key(|slow| (core::cmp::Reverse(slow.days), slow.instalment));
    let late = u32::try_from(evidence.len()).unwrap_or(u32::MAX);
    let share = u64::from(late).saturating_mul(100);
    let enough = share >= u64::from(known).saturating_mul(u64::from(policy.habit_percent));
    Lateness {
        known,
        late,
        days: evidence.iter().fold(0, |sum: u32, slow| sum.saturating_add(slow.days)),
        habitual: known >= policy.habit_count && late > 0 && enough,
        evidence,
    }
}
