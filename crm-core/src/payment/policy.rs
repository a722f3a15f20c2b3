//! When somebody is reminded of what is overdue, and who pays late by habit.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use crate::access::Role;
use crate::decision::{Check, Refusal};
use crate::order::Told;
use crate::record::Ext;
use crate::value::{Code, Id, Invalid};
use crate::{json_column, record};

/// One step of dunning.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct DunningStep {
    /// What it is called: a code such as `reminder`; each once.
    pub code: Code,
    /// On which day after the due day: at least 1.
    pub days: u32,
    /// Who is told.
    pub to: Vec<Told>,
}

/// The steps, the earliest first.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(transparent)]
pub struct DunningSteps(pub Vec<DunningStep>);

json_column! { DunningSteps }

record! {
    /// When somebody is reminded of what is overdue, and who pays late by habit.
    pub struct PaymentPolicy: PaymentPolicy {
        /// The steps, the earliest first.
        1 steps: DunningSteps;
        /// How many instalments must be known before somebody pays late by habit.
        2 habit_count: u32;
        /// What percentage of them must be late.
        3 habit_percent: u32;
    }
    listings {}
}

/// Steps at most.
const STEPS_MAX: usize = 20;

impl PaymentPolicy {
    /// Its one record.
    pub const ID: Id<Self> = Id::new(Uuid::from_u128(0x0000_00A1_0000_7000_8000_0000_0000_0001));

    /// What holds where a tenant says nothing: overdue on the first day, a first letter after two weeks, a last after
    /// thirty days; late by habit from three instalments on, half of them late.
    ///
    /// # Errors
    ///
    /// None: the codes are codes.
    pub fn preset() -> Result<Self, Invalid> {
        let step = |code: &str, days, to: &[Told]| {
            Ok(DunningStep { code: Code::parse(code)?, days, to: to.to_vec() })
        };
        let steps = vec![
            step("overdue", 1, &[Told::Owner])?,
            step("dunning_1", 14, &[Told::Owner, Told::Role(Role::Finance)])?,
            step("dunning_2", 30, &[Told::Owner, Told::Manager, Told::Role(Role::Finance)])?,
        ];
        Ok(Self {
            id: Self::ID,
            steps: DunningSteps(steps),
            habit_count: 3,
            habit_percent: 50,
            ext: Ext::new(),
        })
    }
}

/// How overdue payments shall be followed. What is not said stays as it is.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct SetPaymentPolicy {
    /// The steps, the earliest first.
    pub steps: Option<DunningSteps>,
    /// How many instalments must be known before somebody pays late by habit: 1 to 1,000.
    pub habit_count: Option<u32>,
    /// What percentage of them must be late: 1 to 100.
    pub habit_percent: Option<u32>,
}

/// The policy with what was said.
///
/// # Errors
///
/// `dunning.too_many` · step by step `dunning.days`, `dunning.order`, `dunning.twice` · `payment.habit` (habit_count,
/// habit_percent). Rule PY-20 (F102).
pub fn set_policy(
    before: &PaymentPolicy,
    wish: &SetPaymentPolicy,
) -> Result<PaymentPolicy, Refusal> {
    let mut check = Check::default();
    let steps = wish.steps.as_ref().map_or(&[][..], |steps| &steps.0);
    check.rule(steps.len() <= STEPS_MAX, "steps", || {
        Invalid::new("dunning.too_many", &steps.len().to_string())
            .limit(format!("at most {STEPS_MAX}"))
    });
    let mut last = 0;
    for (at, step) in steps.iter().enumerate() {
        let (days, text) = (format!("steps[{at}].days"), step.days.to_string());
        check.rule((1..=3_650).contains(&step.days), &days, || {
            Invalid::new("dunning.days", &text).limit("1 to 3650")
        });
        check.rule(step.days >= last, &days, || {
            Invalid::new("dunning.order", &text).limit(format!("at least {last}"))
        });
        last = step.days;
        let again = steps.iter().take(at).any(|other| other.code == step.code);
        check.rule(!again, &format!("steps[{at}].code"), || {
            Invalid::new("dunning.twice", step.code.as_str())
        });
    }
    let habits =
        [("habit_count", wish.habit_count, 1_000), ("habit_percent", wish.habit_percent, 100)];
    for (path, given, max) in habits {
        check.rule(given.is_none_or(|given| (1..=max).contains(&given)), path, || {
            let given = given.unwrap_or_default();
            Invalid::new("payment.habit", &given.to_string()).limit(format!("1 to {max}"))
        });
    }
    let before = before.clone();
    check.finish(Some(PaymentPolicy {
        steps: wish.steps.clone().unwrap_or(before.steps),
        habit_count: wish.habit_count.unwrap_or(before.habit_count),
        habit_percent: wish.habit_percent.unwrap_or(before.habit_percent),
        ..before
    }))
}
