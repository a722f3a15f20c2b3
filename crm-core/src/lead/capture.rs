//! First contact: a lead is captured.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use super::{Lead, LeadStatus};
use crate::decision::{Check, Refusal};
use crate::party::{Reach, reachable};
use crate::record::Ext;
use crate::settings::User;
use crate::value::{Country, Id, Invalid, Name, Timestamp};

/// A new lead: a name or company and one usable way to reach it.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct CaptureLead {
    /// The id it shall have; made by the engine where there is none.
    pub id: Option<Id<Lead>>,
    /// Who they are; the company's name where nobody is named.
    pub name: Option<String>,
    /// Where they work.
    pub company: Option<String>,
    /// Phone numbers, as people write them.
    pub phones: Vec<String>,
    /// E-mail addresses.
    pub emails: Vec<String>,
    /// What they need, in their words.
    pub need: Option<String>,
    /// A code of the vocabulary `source`; `other` needs words in `need`.
    pub source: Option<String>,
    /// Who looks after it.
    pub owner: Option<Id<User>>,
    /// When it reached us, where that was before it is entered.
    pub received_at: Option<Timestamp>,
    /// The campaign that it came from; they become a member of it who answered.
    pub campaign: Option<Uuid>,
    /// Their region, as the host divides its market.
    pub region: Option<String>,
    /// Their country: two letters.
    pub country: Option<String>,
    /// Custom values by the code of their field.
    pub custom: Ext,
}

/// A new lead and how it is reached.
///
/// # Errors
///
/// `lead.unnamed` without name and company · `text.*` (name, company, need) · `code.*` (source) · `lead.source_unsaid`
/// where the source is `other` and no need says which · `time.future` (received_at) · `phone.*` and `email.*`, each at
/// its place · `lead.unreachable` without any · `text.*` (region) · `country.unknown`. Rule LEAD-1 (F020).
pub fn capture(
    id: Id<Lead>,
    wish: &CaptureLead,
    home: Country,
    now: Timestamp,
) -> Result<(Lead, Vec<Reach>), Refusal> {
    let mut check = Check::default();
    let who = wish.name.as_deref().or(wish.company.as_deref());
    check.rule(who.is_some(), "name", || {
        Invalid::new("lead.unnamed", "").limit("a name or a company")
    });
    let path = if wish.name.is_some() { "name" } else { "company" };
    let name = who.and_then(|who| check.take(path, Name::parse(who)));
    let company = wish.company.as_deref().filter(|_| wish.name.is_some() || name.is_some());
    let company = check.parse("company", company);
    let need = check.parse("need", wish.need.as_deref());
    let source = check.parse("source", wish.source.as_deref());
    let unsaid = wish.source.as_deref() == Some("other") && wish.need.is_none();
    check.rule(!unsaid, "need", || {
        Invalid::new("lead.source_unsaid", "").limit("words where the source is `other`")
    });
    let received_at = wish.received_at.unwrap_or(now);
    check.rule(received_at <= now, "received_at", || {
        Invalid::new("time.future", &received_at.to_string()).limit(format!("not after {now}"))
    });
    let reach = check.below("", reachable(&wish.phones, &wish.emails, home));
    check.rule(!wish.phones.is_empty() || !wish.emails.is_empty(), "phones", || {
        Invalid::new("lead.unreachable", "").limit("at least one phone or e-mail address")
    });
    let region = check.parse("region", wish.region.as_deref());
    let country = check.parse("country", wish.country.as_deref());
    let lead = name.zip(reach).map(|(name, reach)| {
        let lead = Lead {
            id,
            name,
            company,
            need,
            source,
            owner: wish.owner,
            status: LeadStatus::New,
            discard_reason: None,
            status_before: None,
            received_at,
            created_at: now,
            grade: None,
            grade_reason: None,
            graded_at: None,
            queue: None,
            pool: None,
            followed_at: None,
            told: None,
            campaign: wish.campaign,
            derived: None,
            channel: None,
            region,
            country,
            ext: wish.custom.clone(),
        };
        (lead, reach)
    });
    check.finish(lead)
}

#[cfg(test)]
mod tests {
    use uuid::Uuid;

    use super::*;
    use crate::decision::broken;

    #[test]
    fn a_lead_has_a_name_and_a_way_to_reach_it() {
        let some = |text: &str| Some(text.to_owned());
        let phone = || vec!["13800138000".to_owned()];
        let called =
            |name: &str| CaptureLead { name: some(name), phones: phone(), ..Default::default() };
        let later = Timestamp::from_micros(2).ok();
        let table = [
            ("is a name and a phone", called("王伟"), ""),
            ("may be a company", CaptureLead { name: None, company: some("A"), ..called("") }, ""),
            (
                "is somebody",
                CaptureLead { phones: phone(), ..Default::default() },
                "name lead.unnamed",
            ),
            (
                "is reached somehow",
                CaptureLead { phones: vec![], ..called("A") },
                "phones lead.unreachable",
            ),
            (
                "is reached by what works",
                CaptureLead { emails: vec!["x".into()], ..called("A") },
                "emails[0] email.format",
            ),
            (
                "from elsewhere says from where",
                CaptureLead { source: some("other"), ..called("A") },
                "need lead.source_unsaid",
            ),
            (
                "came before it was entered",
                CaptureLead { received_at: later, ..called("A") },
                "received_at time.future",
            ),
            (
                "hears of every fault",
                CaptureLead { need: some(" "), ..Default::default() },
                "name lead.unnamed, need text.empty, phones lead.unreachable",
            ),
        ];
        let now = Timestamp::from_micros(1).unwrap();
        for (rule, wish, expected) in table {
            let decided = capture(Id::new(Uuid::nil()), &wish, Country::CHINA, now);
            assert_eq!(broken(&decided).join(", "), expected, "a lead {rule}");
        }
    }
}
