//! How much time a customer is worth: by value and potential, without flapping.

use rust_decimal::Decimal;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::{CustomerGrade, GradeCause, GradeChange, GradeLevel, GradePolicy, GradeTerms};
use crate::assignment::{FieldKind, Schema};
use crate::decision::{Check, Refusal};
use crate::record::Ext;
use crate::settings::User;
use crate::value::{Id, Invalid, Percent, Timestamp};

/// One side of the matrix: what is measured, and from where on it is medium and high.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Axis {
    /// A number that a predicate over customers may name, such as `spent_365` or `open_amount`; nothing counts as low.
    pub measure: String,
    /// From where on it is medium, and from where on high.
    pub cuts: [Decimal; 2],
}

/// The next version of how customers are graded.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct DefineGradePolicy {
    /// What they are worth.
    pub value: Axis,
    /// What they may become worth.
    pub potential: Axis,
    /// The grade for low, medium and high value, each for low, medium and high potential. Where nothing is said: high for high
    /// value, and for medium value with high potential; low for low value with low potential; potential else.
    #[serde(default)]
    pub matrix: Option<[[CustomerGrade; 3]; 3]>,
    /// How far below a cut a customer must fall to lose the level that it gives, in percent of the cut: 10 where nothing is
    /// said, at most 50.
    #[serde(default)]
    pub hysteresis: Option<Percent>,
}

/// The usual matrix.
pub const fn matrix_of() -> [[CustomerGrade; 3]; 3] {
    use CustomerGrade::{High, Low, Potential};
    [[Low, Potential, Potential], [Potential, Potential, High], [High, High, High]]
}

/// A policy as wished, its version the next after `last`.
///
/// # Errors
///
/// For value and potential: `grade.measure` for a field that is not there or is no number · `grade.cuts` unless the second is
/// above the first and the first above 0 · `grade.matrix_falls` for a matrix in which more value or more potential gives a
/// lower grade · `grade.hysteresis` above 50 %. Rule CU-15 (F144).
pub fn define_policy(
    id: Id<GradePolicy>,
    wish: &DefineGradePolicy,
    schema: &Schema,
    (last, by, now): (u32, Id<User>, Timestamp),
) -> Result<GradePolicy, Refusal> {
    let mut check = Check::default();
    for (path, axis) in [("value", &wish.value), ("potential", &wish.potential)] {
        let numbers = || {
            let is = |kind| matches!(kind, FieldKind::Int | FieldKind::Decimal);
            let fields = schema.0.iter().filter(move |(_, field)| is(field.kind));
            fields.map(|(name, _)| name.clone())
        };
        check.rule(numbers().any(|name| name == axis.measure), &format!("{path}.measure"), || {
            Invalid::new("grade.measure", &axis.measure).allowed(numbers())
        });
        let [medium, high] = axis.cuts;
        check.rule(Decimal::ZERO < medium && medium < high, &format!("{path}.cuts"), || {
            Invalid::new("grade.cuts", &format!("{medium}, {high}"))
                .limit("above 0, the second above the first")
        });
    }
    let matrix = wish.matrix.unwrap_or_else(matrix_of);
    let columns = (0..3).map(|at| matrix.map(|row| row.get(at).copied()));
    let rises =
        matrix.iter().all(|row| row.is_sorted()) && columns.into_iter().all(|c| c.is_sorted());
    check.rule(rises, "matrix", || {
        Invalid::new("grade.matrix_falls", "").limit("more of either never gives a lower grade")
    });
    let hysteresis = wish.hysteresis.or_else(|| Percent::new(Decimal::TEN).ok());
    let hysteresis = hysteresis.unwrap_or(Percent::ZERO);
    check.rule(hysteresis.number() <= Decimal::from(50), "hysteresis", || {
        Invalid::new("grade.hysteresis", &hysteresis.to_string()).limit("at most 50")
    });
    let (value, potential) = (wish.value.clone(), wish.potential.clone());
    let terms = GradeTerms { value, potential, matrix, hysteresis };
    let version = last.saturating_add(1);
    let policy = GradePolicy { id, version, terms, defined_at: now, by, ext: Ext::new() };
    check.finish(Some(policy))
}

/// Where a measure stands. From a cut on it has the level of the cut; it loses that only below the cut less `hysteresis`
/// percent of it, if it had it `before`. Nothing measured is low. Rule CU-16 (F144).
pub fn level(
    measured: Option<Decimal>,
    cuts: [Decimal; 2],
    hysteresis: Percent,
    before: Option<GradeLevel>,
) -> GradeLevel {
    let Some(measured) = measured else { return GradeLevel::Low };
    let kept = Decimal::ONE_HUNDRED.saturating_sub(hysteresis.number());
    let reaches = |cut: Decimal, level: GradeLevel| {
        let floor = cut.checked_mul(kept).and_then(|cut| cut.checked_div(Decimal::ONE_HUNDRED));
        let holds = before.is_some_and(|before| before >= level);
        measured >= if holds { floor.unwrap_or(cut) } else { cut }
    };
    let [medium, high] = cuts;
    if reaches(high, GradeLevel::High) {
        GradeLevel::High
    } else if reaches(medium, GradeLevel::Medium) {
        GradeLevel::Medium
    } else {
        GradeLevel::Low
    }
}

/// What is measured of a customer.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Measured {
    /// As value.
    pub value: Option<Decimal>,
    /// As potential.
    pub potential: Option<Decimal>,
}

/// Where a customer stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Graded {
    /// In value.
    pub value: GradeLevel,
    /// In potential.
    pub potential: GradeLevel,
    /// Which grade that gives.
    pub grade: CustomerGrade,
}

impl GradeTerms {
    fn graded(&self, measured: Measured, before: Option<&GradeChange>) -> Graded {
        let of =
            |axis: &Axis, measured, before| level(measured, axis.cuts, self.hysteresis, before);
        let value = of(&self.value, measured.value, before.map(|before| before.value));
        let potential =
            of(&self.potential, measured.potential, before.map(|before| before.potential));
        let place = |level: GradeLevel| match level {
            GradeLevel::Low => 0_usize,
            GradeLevel::Medium => 1,
            GradeLevel::High => 2,
        };
        let row = self.matrix.get(place(value));
        let grade = row.and_then(|row| row.get(place(potential))).copied();
        Graded { value, potential, grade: grade.unwrap_or(CustomerGrade::Low) }
    }
}

/// The change that grading a customer makes, where `before` is the last one: nothing where both levels and the grade are as they
/// were. The cause is the policy where another version was used before, else that what is measured moved. Rule CU-17 (F144).
pub fn grade(
    before: Option<&GradeChange>,
    measured: Measured,
    policy: &GradePolicy,
    new: (Id<GradeChange>, Id<crate::party::Customer>, Timestamp),
) -> Option<GradeChange> {
    let found = policy.terms.graded(measured, before);
    let as_before = before.is_some_and(|before| {
        (before.value, before.potential, before.to) == (found.value, found.potential, found.grade)
    });
    if as_before {
        return None;
    }
    let cause = match before {
        None => GradeCause::First,
        Some(before) if before.policy_version != policy.version => GradeCause::Policy,
        Some(_) => GradeCause::Measured,
    };
    let (id, customer, at) = new;
    Some(GradeChange {
        id,
        customer,
        at,
        from: before.map(|before| before.to),
        to: found.grade,
        value: found.value,
        potential: found.potential,
        value_measured: measured.value,
        potential_measured: measured.potential,
        policy: policy.id,
        policy_version: policy.version,
        cause,
        ordinal: before.map_or(0, |before| before.ordinal.saturating_add(1)),
        ext: Ext::new(),
    })
}
