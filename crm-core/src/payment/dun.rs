//! Which reminders of an instalment are due, each once.

use chrono::Days;

use super::{Dunning, DunningStep, Instalment, PaymentPolicy};
use crate::order::start_of;
use crate::record::Ext;
use crate::value::{Invalid, Timestamp};

/// A step that is due, and the row that tells of it.
#[derive(Clone, Debug, PartialEq)]
pub struct Dunned {
    /// The step.
    pub step: DunningStep,
    /// The row.
    pub row: Dunning,
}

/// The steps of an instalment that are due at an instant and not taken, the earliest first. An instalment of which nothing
/// is open has none. Days that nobody was asked about are not lost: their steps are due late.
///
/// # Errors
///
/// `money.overflow`, which valid rows do not have. Rule PY-21 (F102).
pub fn dunned(
    policy: &PaymentPolicy,
    instalment: &Instalment,
    taken: &[Dunning],
    now: Timestamp,
) -> Result<Vec<Dunned>, Invalid> {
    let days = instalment.days_overdue(now);
    let amount = instalment.outstanding()?;
    let due = policy.steps.0.iter().filter(|step| step.days <= days && days > 0);
    let due = due.filter(|step| taken.iter().all(|row| row.step != step.code));
    Ok(due
        .map(|step| Dunned {
            step: step.clone(),
            row: Dunning {
                id: Dunning::id_of(instalment.id, &step.code),
                instalment: instalment.id,
                order: instalment.order,
                customer: instalment.customer,
                step: step.code.clone(),
                amount,
                days,
                at: now,
                ext: Ext::new(),
            },
        })
        .collect())
}

/// When the next step of an instalment is due: the first instant of its day where the customer is. Nothing for one that is
/// not open, whose day nobody knows, or whose steps are all taken. Rule PY-22 (F102).
pub fn next_dunning(
    policy: &PaymentPolicy,
    instalment: &Instalment,
    taken: &[Dunning],
) -> Option<Timestamp> {
    let due_on = instalment.due_on.filter(|_| instalment.open)?;
    let step = policy.steps.0.iter().find(|step| taken.iter().all(|row| row.step != step.code))?;
    let day = due_on.checked_add_days(Days::new(step.days.into()))?;
    start_of(day, instalment.zone.as_str().parse().unwrap_or(chrono_tz::Tz::UTC))
}
