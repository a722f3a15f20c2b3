//! What somebody thinks a lead is worth, beside what a model says.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::{Lead, LeadStatus};
use crate::decision::{Check, Refusal};
use crate::value::{Code, Id, Invalid, Note, Timestamp};

/// Grades a lead by hand, for a reason; or takes the grade back. What models say of it stays as it is.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct GradeLead {
    /// Which.
    pub id: Id<Lead>,
    /// The grade, such as `a`; without it the grade is taken back.
    #[serde(default)]
    pub grade: Option<String>,
    /// Why. Needed with a grade.
    #[serde(default)]
    pub reason: Option<String>,
}

/// The lead with a grade by hand, or without.
///
/// # Errors
///
/// `lead.converted`, `lead.discarded` · `code.*` (grade) · `lead.grade_reason_missing` · `text.*` (reason).
/// Rule SCO-19 (F030).
pub fn grade(lead: &Lead, wish: &GradeLead, now: Timestamp) -> Result<Lead, Refusal> {
    let mut check = Check::default();
    check.take("id", lead.takes_new());
    let grade: Option<Code> = check.parse("grade", wish.grade.as_deref());
    check.rule(wish.grade.is_none() || wish.reason.is_some(), "reason", || {
        Invalid::new("lead.grade_reason_missing", "").limit("why")
    });
    let reason: Option<Note> = check.parse("reason", wish.reason.as_deref());
    let by_hand = grade.is_some();
    check.finish(Some(Lead {
        grade,
        grade_reason: reason.filter(|_| by_hand),
        graded_at: by_hand.then_some(now),
        ..lead.clone()
    }))
}

/// The lead as it ended in the system that it comes from: `open`, `converted`, or `discarded` with a reason.
///
/// # Errors
///
/// `lead.outcome` · of a discarded one, those of [`super::discard`]. Rule SCO-20 (F213).
pub fn ended(lead: &Lead, outcome: &str, reason: Option<&str>) -> Result<Lead, Refusal> {
    match outcome {
        "open" => Ok(lead.clone()),
        "converted" => Ok(Lead { status: LeadStatus::Converted, ..lead.clone() }),
        "discarded" => {
            super::discard(lead, reason.unwrap_or_default()).map_err(|refusal| renamed(&refusal))
        }
        other => {
            let invalid = Invalid::new("lead.outcome", other);
            let mut check = Check::default();
            check.refuse("outcome", invalid.allowed(["open", "converted", "discarded"]));
            check.finish(None)
        }
    }
}

/// The same refusal with the path that an import knows.
fn renamed(refusal: &Refusal) -> Refusal {
    let mut check = Check::default();
    for violation in refusal.violations() {
        let mut violation = violation.clone();
        if violation.path == "reason" {
            violation.path = "discard_reason".to_owned();
        }
        check.add(violation);
    }
    check.done().err().unwrap_or_else(|| refusal.clone())
}

#[cfg(test)]
mod tests {
    use uuid::Uuid;

    use super::super::{CaptureLead, capture};
    use super::*;
    use crate::decision::broken;
    use crate::value::Country;

    fn lead(status: LeadStatus) -> Lead {
        let wish = CaptureLead {
            name: Some("A".into()),
            emails: vec!["a@example.com".into()],
            ..Default::default()
        };
        let now = Timestamp::from_micros(1).unwrap();
        let (lead, _) = capture(Id::new(Uuid::nil()), &wish, Country::CHINA, now).unwrap();
        Lead { status, ..lead }
    }

    #[test]
    fn a_grade_by_hand_has_a_reason_and_can_be_taken_back() {
        let now = Timestamp::from_micros(5).unwrap();
        let wish = |grade: Option<&str>, reason: Option<&str>| GradeLead {
            id: Id::new(Uuid::nil()),
            grade: grade.map(str::to_owned),
            reason: reason.map(str::to_owned),
        };
        let table = [
            (LeadStatus::New, wish(Some("a"), Some("met them")), ""),
            (LeadStatus::New, wish(Some("a"), None), "reason lead.grade_reason_missing"),
            (LeadStatus::New, wish(Some("a"), Some(" ")), "reason text.empty"),
            (LeadStatus::New, wish(None, None), ""),
            (
                LeadStatus::Discarded,
                wish(Some("a"), None),
                "id lead.discarded, reason lead.grade_reason_missing",
            ),
        ];
        for (status, wish, expected) in table {
            let decided = grade(&lead(status), &wish, now);
            assert_eq!(broken(&decided).join(", "), expected, "{wish:?}");
            if let Ok(graded) = decided {
                let taken_back = grade(&graded, &self::wish_back(), now).unwrap();
                assert_eq!(taken_back, lead(status));
                assert_eq!(graded.graded_at.is_some(), wish.grade.is_some());
            }
        }
    }

    fn wish_back() -> GradeLead {
        GradeLead { id: Id::new(Uuid::nil()), grade: None, reason: None }
    }

    #[test]
    fn a_lead_of_another_system_ended_there() {
        let table = [
            ("open", None, Ok(LeadStatus::New)),
            ("converted", None, Ok(LeadStatus::Converted)),
            ("discarded", Some("no need"), Ok(LeadStatus::Discarded)),
            ("discarded", None, Err("discard_reason text.empty")),
            ("won", None, Err("outcome lead.outcome")),
        ];
        for (outcome, reason, expected) in table {
            let decided = ended(&lead(LeadStatus::New), outcome, reason);
            let broken = broken(&decided).join(", ");
            assert_eq!(
                decided.map(|lead| lead.status).map_err(|_| broken.as_str()),
                expected,
                "{outcome}"
            );
        }
    }
}
