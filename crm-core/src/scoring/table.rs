//! Weighted tables of criteria: size, purchase history, urgency, intent, buying power.

use rust_decimal::Decimal;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::feature::{Features, Input};
use super::points::{POINTS_MAX, lint_points, milli};
use super::proof::{Because, Bin, Line};
use crate::decision::Check;
use crate::value::Invalid;

/// A table of criteria.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Table {
    /// What counts, each feature once.
    pub criteria: Vec<Criterion>,
}

/// One feature and the points of its values.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Criterion {
    /// The feature, or the code of a custom field.
    pub feature: String,
    /// What its points are multiplied by; 1 where nothing is said.
    #[serde(default = "one")]
    pub weight: Decimal,
    /// The points of its values. No value is in two rows.
    pub rows: Vec<Row>,
    /// The points of any other value. Needed where the rows leave any out.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub otherwise: Option<Decimal>,
    /// The points where the value is missing.
    #[serde(default)]
    pub missing: Decimal,
}

/// The points of some values.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Row {
    /// Which: `level`, `levels` or `range`.
    pub when: Bin,
    /// Their points.
    pub points: Decimal,
}

fn one() -> Decimal {
    Decimal::ONE
}

impl Table {
    /// What is wrong with a table, each fault with a value that shows it. Rule SCO-5 (F068).
    ///
    /// `score_model.empty` · `score_model.twice` · `score_model.row` (a row for missing or other values) ·
    /// `score_model.mixed` (ranges beside levels) · `score_model.range` (an empty one) · `score_model.unreachable` (all
    /// of a row's values are in rows before it) · `score_model.overlap` · `score_model.gap` · `score_model.points`.
    pub(super) fn lint(&self, check: &mut Check) {
        check.rule(!self.criteria.is_empty(), "table.criteria", || {
            Invalid::new("score_model.empty", "").limit("at least one criterion")
        });
        for (at, criterion) in self.criteria.iter().enumerate() {
            let path = format!("table.criteria[{at}]");
            let before = self.criteria.get(..at).unwrap_or_default();
            let once = before.iter().all(|before| before.feature != criterion.feature);
            check.rule(once, &format!("{path}.feature"), || {
                Invalid::new("score_model.twice", &criterion.feature)
            });
            criterion.lint(&path, check);
        }
    }

    /// The least and the highest score there can be, in thousandths of a point.
    pub fn range(&self) -> (i64, i64) {
        self.criteria.iter().fold((0, 0), |(low, high), criterion| {
            let all = criterion.rows.iter().map(|row| row.points);
            let all = all.chain(criterion.otherwise).chain([criterion.missing]);
            let adds: Vec<i64> = all.map(|points| criterion.adds(points)).collect();
            let (least, most) = (adds.iter().min(), adds.iter().max());
            let sum = |sum: i64, own: Option<&i64>| sum.saturating_add(own.copied().unwrap_or(0));
            (sum(low, least), sum(high, most))
        })
    }

    /// The lines of a score, one for each criterion; a feature that the engine has not is a custom field of that code.
    /// A missing value counts as the table says, and is flagged.
    /// Rule SCO-6 (F068).
    pub fn lines(&self, features: &Features) -> Vec<Line> {
        let input =
            |name: &str| features.get(name).or_else(|| features.get(&format!("custom.{name}")));
        self.criteria.iter().map(|criterion| criterion.line(input(&criterion.feature))).collect()
    }
}

impl Criterion {
    /// What points add: times the weight, in thousandths.
    pub(super) fn adds(&self, points: Decimal) -> i64 {
        points.checked_mul(self.weight).and_then(milli).unwrap_or(0)
    }

    fn line(&self, input: Option<&Input>) -> Line {
        let row = self.rows.iter().find(|row| row.when.holds(input));
        // A text where the rows are ranges says as little as none.
        let ranges = self.rows.iter().any(|row| matches!(row.when, Bin::Range { .. }));
        let usable = input.filter(|input| !ranges || input.number().is_some());
        let (when, points) = match (row, usable) {
            (Some(row), Some(_)) => (row.when.clone(), row.points),
            (None, Some(_)) => (Bin::Other, self.otherwise.unwrap_or(self.missing)),
            (_, None) => (Bin::Missing, self.missing),
        };
        Line {
            term: self.feature.clone(),
            adds: self.adds(points),
            missing: usable.is_none(),
            because: Because::Row { input: usable.cloned(), when, points, weight: self.weight },
        }
    }

    fn lint(&self, path: &str, check: &mut Check) {
        check.rule(!self.rows.is_empty(), &format!("{path}.rows"), || {
            Invalid::new("score_model.empty", "").limit("at least one row")
        });
        let weighed = |points: Decimal| points.checked_mul(self.weight).unwrap_or(Decimal::MAX);
        for (at, row) in self.rows.iter().enumerate() {
            lint_points(check, &format!("{path}.rows[{at}].points"), weighed(row.points));
            self.lint_row(at, row, &format!("{path}.rows[{at}].when"), check);
        }
        for (name, points) in [("otherwise", self.otherwise), ("missing", Some(self.missing))] {
            if let Some(points) = points {
                lint_points(check, &format!("{path}.{name}"), weighed(points));
            }
        }
        if self.otherwise.is_none()
            && let Some(witness) = self.gap()
        {
            let limit = "rows for every value, or points for any other";
            check.refuse(path, Invalid::new("score_model.gap", &witness).limit(limit));
        }
    }

    fn lint_row(&self, at: usize, row: &Row, path: &str, check: &mut Check) {
        let before = self.rows.get(..at).unwrap_or_default();
        let numeric = |row: &Row| matches!(row.when, Bin::Range { .. });
        if matches!(row.when, Bin::Missing | Bin::Other) {
            let limit = "`missing` and `otherwise` beside the rows";
            check.refuse(path, Invalid::new("score_model.row", "").limit(limit));
        } else if before.iter().any(|before| numeric(before) != numeric(row)) {
            let limit = "either ranges or levels";
            check.refuse(path, Invalid::new("score_model.mixed", "").limit(limit));
        } else if let Bin::Range { above: Some(above), up_to: Some(up_to) } = row.when
            && above >= up_to
        {
            let limit = format!("above {above}");
            check.refuse(path, Invalid::new("score_model.range", &up_to.to_string()).limit(limit));
        } else {
            let witnesses = witnesses(&row.when, before);
            let taken = |w: &&String| {
                let input = if numeric(row) {
                    w.parse().map_or_else(|_| Input::Text((*w).clone()), Input::Number)
                } else {
                    Input::Text((*w).clone())
                };
                before.iter().any(|before| before.when.holds(Some(&input)))
            };
            let held: Vec<&String> = witnesses.iter().filter(taken).collect();
            if let Some(witness) = held.first() {
                let all = held.len() == witnesses.len();
                let code = if all { "score_model.unreachable" } else { "score_model.overlap" };
                check.refuse(path, Invalid::new(code, witness).limit("in one row only"));
            }
        }
    }

    /// A value that no row is for.
    fn gap(&self) -> Option<String> {
        let mut ranges: Vec<(Option<Decimal>, Option<Decimal>)> = Vec::new();
        for row in &self.rows {
            match &row.when {
                Bin::Range { above, up_to } => ranges.push((*above, *up_to)),
                Bin::Level(_) | Bin::Levels(_) | Bin::Missing | Bin::Other => {
                    return Some("any other text".to_owned());
                }
            }
        }
        ranges.sort();
        let mut reached: Option<Decimal> = None;
        for (at, (above, up_to)) in ranges.iter().enumerate() {
            match (above, reached) {
                (Some(above), None) if at == 0 => return Some(above.to_string()),
                (Some(above), Some(reached)) if *above > reached => return Some(above.to_string()),
                _ => {}
            }
            let Some(up_to) = up_to else { return None };
            reached = Some(reached.map_or(*up_to, |reached| reached.max(*up_to)));
        }
        let beyond = reached?.checked_add(Decimal::ONE)?;
        Some(beyond.to_string())
    }
}

/// Values that between them show whether all, some or none of a row's values are in the rows before it: its levels; of
/// a range, its own upper end and those of the rows before that lie in it, and a value just above each lower end.
fn witnesses(when: &Bin, before: &[Row]) -> Vec<String> {
    match when {
        Bin::Missing | Bin::Other => Vec::new(),
        Bin::Level(level) => vec![level.clone()],
        Bin::Levels(levels) => levels.clone(),
        Bin::Range { .. } => {
            let all = before.iter().map(|row| &row.when).chain([when]);
            let mut ends: Vec<Decimal> = all
                .flat_map(|when| match when {
                    Bin::Range { above, up_to } => [*above, *up_to],
                    Bin::Missing | Bin::Other | Bin::Level(_) | Bin::Levels(_) => [None, None],
                })
                .flatten()
                .collect();
            ends.sort_unstable();
            ends.dedup();
            let beyond =
                |by: i64| Decimal::from(by.saturating_mul(POINTS_MAX).saturating_mul(POINTS_MAX));
            let step = Decimal::new(1, 12);
            let near = ends.iter().flat_map(|end| [Some(*end), end.checked_add(step)]).flatten();
            let values = core::iter::once(beyond(-1)).chain(near).chain([beyond(1)]);
            let own = values.filter(|value| when.holds(Some(&Input::Number(*value))));
            own.map(|value| value.normalize().to_string()).collect()
        }
    }
}
