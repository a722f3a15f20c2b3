//! A lead turns out to be none, or one after all.

use super::{Lead, LeadStatus};
use crate::decision::{Check, Refusal};
use crate::value::Note;

/// The lead as discarded for a reason. It leaves the counts of open leads and stays in those of its source.
///
/// # Errors
///
/// `lead.converted` · `lead.discarded` · `text.*` (reason). Rule LEAD-2 (F034).
pub fn discard(lead: &Lead, reason: &str) -> Result<Lead, Refusal> {
    let mut check = Check::default();
    check.take("id", lead.takes_new());
    let reason = check.take("reason", Note::parse(reason));
    check.finish(reason.map(|reason| Lead {
        status: LeadStatus::Discarded,
        status_before: Some(lead.status),
        discard_reason: Some(reason),
        ..lead.clone()
    }))
}

/// The lead as it was before it was discarded.
///
/// # Errors
///
/// `lead.not_discarded`. Rule LEAD-3 (F034).
pub fn reactivate(lead: &Lead) -> Result<Lead, Refusal> {
    if lead.status != LeadStatus::Discarded {
        return Err(Refusal::by("lead.not_discarded", "id", &lead.id.to_string()));
    }
    let status = lead.status_before.unwrap_or(LeadStatus::New);
    Ok(Lead { status, status_before: None, discard_reason: None, ..lead.clone() })
}

#[cfg(test)]
mod tests {
    use uuid::Uuid;

    use super::super::{CaptureLead, capture};
    use super::*;
    use crate::decision::broken;
    use crate::value::{Country, Id, Timestamp};

    #[test]
    fn a_lead_is_discarded_with_a_reason_and_comes_back_as_it_was() {
        let wish = CaptureLead {
            name: Some("A".into()),
            emails: vec!["a@example.com".into()],
            ..Default::default()
        };
        let now = Timestamp::from_micros(1).unwrap();
        let (lead, _) = capture(Id::new(Uuid::nil()), &wish, Country::CHINA, now).unwrap();
        let in_status = |status| Lead { status, ..lead.clone() };
        let table = [
            (LeadStatus::New, "junk", ""),
            (LeadStatus::Qualified, "wants a job", ""),
            (LeadStatus::New, " ", "reason text.empty"),
            (LeadStatus::Converted, "junk", "id lead.converted"),
            (LeadStatus::Discarded, "", "id lead.discarded, reason text.empty"),
        ];
        for (status, reason, expected) in table {
            let before = in_status(status);
            let decided = discard(&before, reason);
            assert_eq!(broken(&decided).join(", "), expected, "{status} because {reason:?}");
            if let Ok(discarded) = decided {
                assert_eq!(reactivate(&discarded), Ok(before));
            }
        }
        assert_eq!(lead.followed_up().status, LeadStatus::Working);
        assert_eq!(in_status(LeadStatus::Qualified).followed_up().status, LeadStatus::Qualified);
        assert_eq!(broken(&reactivate(&lead)), ["id lead.not_discarded"]);
    }
}
