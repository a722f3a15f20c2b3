//! When what part of an order is to be paid.

use chrono::{Days, NaiveDate};
use rust_decimal::Decimal;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::Order;
use crate::codes;
use crate::decision::{Check, Refusal};
use crate::json_column;
use crate::value::{Invalid, Money, Percent, Rounding};

codes! {
    /// What a due day is counted from.
    pub enum Milestone {
        /// The day on which it was ordered.
        Ordered = "ordered",
        /// The day on which it was handed to production and finance.
        Submitted = "submitted",
        /// The day on which production ended.
        Produced = "produced",
        /// The day on which the first of it was shipped.
        Shipped = "shipped",
        /// The day on which the last of it was delivered.
        Delivered = "delivered",
        /// The day on which it was completed.
        Completed = "completed",
    }
}

/// When something is due.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case", deny_unknown_fields)]
pub enum Due {
    /// On a day.
    On(NaiveDate),
    /// So many days after something happened, 0 to 3,650; until that has happened, nobody knows the day.
    After {
        /// What has to happen.
        milestone: Milestone,
        /// How many days later.
        days: u32,
    },
    /// On a day that nobody has said.
    Open,
}

/// One instalment as it was agreed: a share in percent, an amount, or, of the last, what is left.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct TermStep {
    /// Its share of the total; more than 0.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub percent: Option<Percent>,
    /// Its amount; more than 0.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub amount: Option<Money>,
    /// When it is due.
    pub due: Due,
}

/// The instalments that were agreed, in order; none is one of everything, due on a day that nobody has said.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(transparent)]
pub struct PaymentTerms(pub Vec<TermStep>);

json_column! { PaymentTerms }

/// Instalments of one order at most.
const STEPS_MAX: usize = 60;

/// Days after a milestone at most.
const DAYS_MAX: u32 = 3_650;

/// The day on which each milestone of an order was reached.
pub fn milestones(order: &Order) -> impl Fn(Milestone) -> Option<NaiveDate> {
    let (ordered, produced) = (Some(order.ordered_on), order.produced_on);
    let submitted = order.submitted_at.map(|at| at.day_in(order.tz()));
    let (shipped, delivered, completed) =
        (order.shipped_on, order.delivered_on, order.completed_on);
    move |milestone| match milestone {
        Milestone::Ordered => ordered,
        Milestone::Submitted => submitted,
        Milestone::Produced => produced,
        Milestone::Shipped => shipped,
        Milestone::Delivered => delivered,
        Milestone::Completed => completed,
    }
}

impl Due {
    /// The day on which it is, as far as anybody knows.
    pub fn day(self, reached: impl Fn(Milestone) -> Option<NaiveDate>) -> Option<NaiveDate> {
        match self {
            Self::On(day) => Some(day),
            Self::After { milestone, days } => {
                reached(milestone)?.checked_add_days(Days::new(days.into()))
            }
            Self::Open => None,
        }
    }
}

/// The amounts of the instalments of `total`, which they add up to exactly. Shares of steps in percent are rounded halves
/// up; what rounding leaves goes to the last step in percent, and what is not planned at all is a last instalment whose
/// day nobody has said: a plan that says less than the total says so by leaving it. Steps that come to nothing are left
/// out.
///
/// # Errors
///
/// `terms.too_many` · step by step `terms.unclear` unless a step says either a share or an amount,
/// `terms.not_positive`, `money.currency_mismatch`, `terms.days` · `terms.exceed_total` for more than the total: a plan
/// never asks for more than was agreed. Rule OR-3 (F101, W30).
pub fn split(total: Money, terms: &PaymentTerms) -> Result<Vec<(Money, Due)>, Refusal> {
    let mut check = Check::default();
    check.rule(terms.0.len() <= STEPS_MAX, "terms", || {
        Invalid::new("terms.too_many", &terms.0.len().to_string())
            .limit(format!("at most {STEPS_MAX}"))
    });
    let mut parts: Vec<(Money, Due)> = Vec::new();
    let mut shares = Decimal::ZERO;
    let mut last_share = None;
    for (at, step) in terms.0.iter().enumerate().take(STEPS_MAX) {
        let path = format!("terms[{at}]");
        if let Due::After { days, .. } = step.due {
            check.rule(days <= DAYS_MAX, &format!("{path}.due"), || {
                Invalid::new("terms.days", &days.to_string()).limit(format!("0 to {DAYS_MAX}"))
            });
        }
        let amount = match (step.percent, step.amount) {
            (Some(percent), None) => {
                shares = shares.saturating_add(percent.number());
                last_share = Some(parts.len());
                check.take(&path, percent.of(total, Rounding::HalfUp))
            }
            (None, Some(amount)) => check.take(&path, amount.compare(total)).map(|_| amount),
            (Some(_), Some(_)) | (None, None) => {
                let unclear = Invalid::new("terms.unclear", "");
                check.refuse(path.clone(), unclear.limit("either a share or an amount"));
                None
            }
        };
        let nothing = step.percent.is_some_and(|percent| percent == Percent::ZERO)
            || step.amount.is_some_and(|amount| amount.minor() <= 0);
        check
            .rule(!nothing, &path, || Invalid::new("terms.not_positive", "0").limit("more than 0"));
        parts.extend(amount.map(|amount| (amount, step.due)));
    }
    check.done()?;
    let mut check = Check::default();
    let planned = Money::sum(total.currency(), parts.iter().map(|(amount, _)| *amount));
    let rest = planned.and_then(|planned| total.checked_sub(planned));
    if let Some(mut rest) = check.take("terms", rest) {
        // All of it in shares: what rounding left, or took too much, is the last share's.
        if shares == Decimal::ONE_HUNDRED
            && terms.0.iter().all(|step| step.percent.is_some())
            && let Some((amount, _)) = last_share.and_then(|at| parts.get_mut(at))
        {
            if let Some(whole) = check.take("terms", amount.checked_add(rest)) {
                *amount = whole;
            }
            rest = Money::zero(total.currency());
        }
        check.rule(!rest.is_negative(), "terms", || {
            Invalid::new("terms.exceed_total", &rest.negated().to_string())
                .limit(format!("{total} in all"))
        });
        parts.push((rest, Due::Open));
    }
    check.done()?;
    parts.retain(|(amount, _)| amount.minor() > 0);
    Ok(parts)
}
