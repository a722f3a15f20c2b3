//! Points for what people do: positive and negative behaviours, fading with time.

use rust_decimal::{Decimal, prelude::ToPrimitive};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::proof::{Because, Line};
use crate::decision::Check;
use crate::value::{Code, Invalid, Timestamp};

/// Points of anything are at most so many on either side.
pub(super) const POINTS_MAX: i64 = 1_000_000;

/// Points per behaviour.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Points {
    /// The vocabulary: each behaviour and its points.
    pub behaviours: Vec<BehaviourPoints>,
    /// After how many days half of a behaviour's points are left; they never fade where nothing is said.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub half_life_days: Option<u32>,
    /// A score goes no lower.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub floor: Option<Decimal>,
    /// A score goes no higher.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub cap: Option<Decimal>,
}

/// One behaviour and its points.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct BehaviourPoints {
    /// The behaviour.
    pub code: Code,
    /// Its points; negative for what speaks against them. At most three decimals.
    pub points: Decimal,
}

/// Something that they did.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Event {
    /// What.
    pub code: Code,
    /// When.
    pub at: Timestamp,
}

/// Points in thousandths; nothing where they have more than three decimals or are too many.
pub(super) fn milli(points: Decimal) -> Option<i64> {
    let milli = points.checked_mul(Decimal::ONE_THOUSAND)?;
    let whole = milli.is_integer().then(|| milli.to_i64()).flatten()?;
    (whole.unsigned_abs() <= POINTS_MAX.unsigned_abs().saturating_mul(1000)).then_some(whole)
}

/// Says what is wrong with points at a path.
pub(super) fn lint_points(check: &mut Check, path: &str, points: Decimal) {
    check.rule(milli(points).is_some(), path, || {
        Invalid::new("score_model.points", &points.to_string())
            .limit(format!("at most three decimals, within {POINTS_MAX} on either side"))
    });
}

/// What is left of points after a while, in thousandths: halved every half-life, rounded to the nearest.
#[expect(
    clippy::float_arithmetic,
    clippy::cast_precision_loss,
    clippy::cast_possible_truncation,
    reason = "fading is exponential; points are within 2^31"
)]
pub(super) fn faded(milli: i64, age_seconds: i64, half_life_seconds: Option<i64>) -> i64 {
    match half_life_seconds {
        Some(half_life) if half_life > 0 => {
            let halves = age_seconds as f64 / half_life as f64;
            libm::round(milli as f64 * libm::exp2(-halves)) as i64
        }
        _ => milli,
    }
}

impl Points {
    pub(super) fn lint(&self, check: &mut Check) {
        check.rule(!self.behaviours.is_empty(), "points.behaviours", || {
            Invalid::new("score_model.empty", "").limit("at least one behaviour")
        });
        for (at, one) in self.behaviours.iter().enumerate() {
            let path = format!("points.behaviours[{at}]");
            lint_points(check, &format!("{path}.points"), one.points);
            let before = self.behaviours.get(..at).unwrap_or_default();
            check.rule(before.iter().all(|b| b.code != one.code), &format!("{path}.code"), || {
                Invalid::new("score_model.twice", one.code.as_str())
            });
        }
        check.rule(self.half_life_days != Some(0), "points.half_life_days", || {
            Invalid::new("score_model.half_life", "0").limit("at least one day")
        });
        for (path, limit) in [("points.floor", self.floor), ("points.cap", self.cap)] {
            if let Some(points) = limit {
                lint_points(check, path, points);
            }
        }
        if let (Some(floor), Some(cap)) = (self.floor, self.cap) {
            check.rule(floor < cap, "points.cap", || {
                Invalid::new("score_model.limits", &cap.to_string()).limit("above the floor")
            });
        }
    }

    /// The points of a behaviour.
    ///
    /// # Errors
    ///
    /// `behaviour.unknown` with the ones that the model knows. Rule SCO-2 (F048).
    pub fn of(&self, code: &Code) -> Result<Decimal, Invalid> {
        let known = self.behaviours.iter().find(|one| one.code == *code);
        known.map(|one| one.points).ok_or_else(|| {
            let codes = self.behaviours.iter().map(|one| one.code.as_str());
            Invalid::new("behaviour.unknown", code.as_str()).allowed(codes)
        })
    }

    /// The lines of the score at an instant: one for each behaviour until then that has points in this model, the
    /// oldest first, then the limit that it meets. Rule SCO-1 (F048).
    pub fn lines(&self, events: &[Event], at: Timestamp) -> Vec<Line> {
        let mut past: Vec<&Event> = events.iter().filter(|event| event.at <= at).collect();
        past.sort_by(|a, b| (a.at, &a.code).cmp(&(b.at, &b.code)));
        let half_life_seconds =
            self.half_life_days.map(|days| i64::from(days).saturating_mul(86_400));
        let line = |event: &Event| {
            let points = self.of(&event.code).ok()?;
            let age = at.micros().saturating_sub(event.at.micros()).checked_div(1_000_000)?;
            Some(Line {
                term: event.code.to_string(),
                adds: faded(milli(points)?, age, half_life_seconds),
                missing: false,
                because: Because::Behaviour { at: event.at, points, half_life_seconds },
            })
        };
        let mut lines: Vec<Line> = past.into_iter().filter_map(line).collect();
        let sum = lines.iter().fold(0_i64, |sum, line| sum.saturating_add(line.adds));
        let limit = |points: Decimal, term: &str, because| {
            let adds = milli(points)?.checked_sub(sum)?;
            Some(Line { term: term.to_owned(), adds, missing: false, because })
        };
        let floor = self.floor.filter(|floor| milli(*floor).is_some_and(|floor| sum < floor));
        let cap = self.cap.filter(|cap| milli(*cap).is_some_and(|cap| sum > cap));
        lines.extend(floor.and_then(|points| limit(points, "floor", Because::Floor { points })));
        lines.extend(cap.and_then(|points| limit(points, "cap", Because::Cap { points })));
        lines
    }
}
