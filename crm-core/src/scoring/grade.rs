//! Grades: names for how high a score is.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::decision::Check;
use crate::json_column;
use crate::value::{Code, Invalid};

/// A scale of grades, the best first; empty for a model without grades.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(transparent)]
pub struct Grades(pub Vec<GradeStep>);

/// One grade and from which score on it is given.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct GradeStep {
    /// The grade, such as `a`.
    pub grade: Code,
    /// From this score on, in the unit of the model; the last may leave it out and is given to all others.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub from: Option<i64>,
}

json_column! { Grades }

impl Grades {
    /// The grade of a score: the first whose bound it reaches.
    pub fn of(&self, value: i64) -> Option<&Code> {
        let step = self.0.iter().find(|step| step.from.is_none_or(|from| value >= from));
        step.map(|step| &step.grade)
    }

    /// Says what is wrong with the scale: `grade.order` where bounds do not fall, or one but the last has none;
    /// `grade.twice` where a grade comes again. Rule SCO-4 (F030).
    pub(super) fn lint(&self, check: &mut Check) {
        for (at, step) in self.0.iter().enumerate() {
            let before = self.0.get(..at).unwrap_or_default();
            let path = format!("grades[{at}]");
            let falls = before.last().is_none_or(|last| match (last.from, step.from) {
                (Some(last), Some(own)) => own < last,
                (Some(_), None) => true,
                (None, _) => false,
            });
            check.rule(falls, &format!("{path}.from"), || {
                let own = step.from.map(|from| from.to_string()).unwrap_or_default();
                Invalid::new("grade.order", &own).limit("below that of the grade before")
            });
            check.rule(
                before.iter().all(|b| b.grade != step.grade),
                &format!("{path}.grade"),
                || Invalid::new("grade.twice", step.grade.as_str()),
            );
        }
    }

    /// Four grades `a` to `d` with these bounds.
    pub(super) fn letters(bounds: [i64; 3]) -> Self {
        let bounds = bounds.into_iter().map(Some).chain([None]);
        let steps = ["a", "b", "c", "d"].into_iter().zip(bounds);
        let step = |(grade, from)| Some(GradeStep { grade: Code::parse(grade).ok()?, from });
        Self(steps.filter_map(step).collect())
    }

    /// Four grades of these scores: the best tenth is `a`, the fifth after it `b`, the three tenths after that `c`.
    /// Without grades where a bound would not be below the one before it.
    pub(super) fn by_rank(scores: &[i32]) -> Self {
        let mut sorted = scores.to_vec();
        sorted.sort_unstable_by(|a, b| b.cmp(a));
        let bound = |tenths: usize| {
            let place = sorted.len().saturating_mul(tenths).checked_div(10).unwrap_or(0);
            sorted.get(place.saturating_sub(1)).copied().map_or(0, i64::from)
        };
        let bounds = [bound(1), bound(3), bound(6)];
        let falls = bounds.windows(2).all(|pair| matches!(pair, [a, b] if a > b));
        if falls { Self::letters(bounds) } else { Self::default() }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_grade_is_the_best_whose_bound_is_reached() {
        let scale = Grades::letters([80, 60, 40]);
        let table = [(100, "a"), (80, "a"), (79, "b"), (40, "c"), (39, "d"), (i64::MIN, "d")];
        for (value, expected) in table {
            assert_eq!(scale.of(value).map(Code::as_str), Some(expected), "{value}");
        }
        assert_eq!(Grades::default().of(7), None);
        let scores: Vec<i32> = (1..=100).collect();
        let found = Grades::by_rank(&scores);
        let count = |grade| {
            scores
                .iter()
                .filter(|s| found.of(i64::from(**s)).map(Code::as_str) == Some(grade))
                .count()
        };
        assert_eq!(["a", "b", "c", "d"].map(count), [10, 20, 30, 40]);
        assert_eq!(Grades::by_rank(&[5; 100]), Grades::default(), "all alike");
    }

    #[test]
    fn a_scale_falls_and_names_no_grade_twice() {
        let step = |grade: &str, from| GradeStep { grade: Code::parse(grade).unwrap(), from };
        let table = [
            (vec![step("a", Some(2)), step("b", Some(1)), step("c", None)], ""),
            (vec![step("a", Some(1)), step("b", Some(1))], "grades[1].from grade.order"),
            (vec![step("a", None), step("b", Some(1))], "grades[1].from grade.order"),
            (vec![step("a", Some(1)), step("a", None)], "grades[1].grade grade.twice"),
        ];
        for (steps, expected) in table {
            let mut check = Check::default();
            Grades(steps).lint(&mut check);
            assert_eq!(crate::decision::broken(&check.done()).join(", "), expected);
        }
    }
}
