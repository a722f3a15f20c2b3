//! What happened to a member of a campaign, day by day.

use chrono::NaiveDate;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use super::{Campaign, CampaignMember, MemberKind};
use crate::decision::{Check, Refusal};
use crate::lead::Lead;
use crate::party::{Contact, Customer};
use crate::record::Ext;
use crate::value::{Id, Invalid, Timestamp};

/// On which days what happened to a member. Days that are not said stay as they were.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct MemberDays {
    /// They were invited.
    pub invited_on: Option<NaiveDate>,
    /// They registered.
    pub registered_on: Option<NaiveDate>,
    /// They came.
    pub attended_on: Option<NaiveDate>,
    /// They answered: asked, bought, left their card.
    pub responded_on: Option<NaiveDate>,
}

/// One who is put on the list of a campaign: a lead, a contact or a customer; and what already happened.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct MemberWish {
    /// The id it shall have; made by the engine where there is none.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub id: Option<Id<CampaignMember>>,
    /// In which campaign.
    pub campaign: Option<Id<Campaign>>,
    /// A lead.
    pub lead: Option<Id<Lead>>,
    /// A person at a customer.
    pub contact: Option<Id<Contact>>,
    /// A customer.
    pub customer: Option<Id<Customer>>,
    /// When they were invited.
    pub invited_on: Option<NaiveDate>,
    /// When they registered.
    pub registered_on: Option<NaiveDate>,
    /// When they came.
    pub attended_on: Option<NaiveDate>,
    /// When they answered.
    pub responded_on: Option<NaiveDate>,
}

impl MemberWish {
    /// Who it is.
    ///
    /// # Errors
    ///
    /// `member.unclear` unless exactly one of lead, contact and customer is given.
    pub fn who(&self) -> Result<(MemberKind, Uuid), Invalid> {
        let given = [
            self.lead.map(|id| (MemberKind::Lead, id.uuid())),
            self.contact.map(|id| (MemberKind::Contact, id.uuid())),
            self.customer.map(|id| (MemberKind::Customer, id.uuid())),
        ];
        let mut given = given.into_iter().flatten();
        match (given.next(), given.next()) {
            (Some(who), None) => Ok(who),
            _ => Err(Invalid::new("member.unclear", "").limit("a lead, a contact or a customer")),
        }
    }

    /// What already happened.
    pub const fn days(&self) -> MemberDays {
        MemberDays {
            invited_on: self.invited_on,
            registered_on: self.registered_on,
            attended_on: self.attended_on,
            responded_on: self.responded_on,
        }
    }
}

impl CampaignMember {
    /// Somebody new on the list of a campaign, to whom nothing happened yet.
    pub fn listed(
        id: Id<Self>,
        campaign: Id<Campaign>,
        (member_kind, member): (MemberKind, Uuid),
        now: Timestamp,
    ) -> Self {
        Self {
            id,
            campaign,
            member_kind,
            member,
            invited_on: None,
            registered_on: None,
            attended_on: None,
            responded_on: None,
            added_at: now,
            ext: Ext::new(),
        }
    }
}

/// The member with these days. A day may be missing (who walks in was not invited); those there are follow each other:
/// invited, registered, attended; nobody answers before they were invited.
///
/// # Errors
///
/// `time.future` for a day after `today` · `member.order` for one before the day it follows · `member.before_start` and
/// `member.after_end` for coming while the campaign is not on, where its days are known. Rule CAM-2 (F121).
pub fn mark(
    campaign: &Campaign,
    member: &CampaignMember,
    days: &MemberDays,
    today: NaiveDate,
) -> Result<CampaignMember, Refusal> {
    let mut check = Check::default();
    let next = CampaignMember {
        invited_on: days.invited_on.or(member.invited_on),
        registered_on: days.registered_on.or(member.registered_on),
        attended_on: days.attended_on.or(member.attended_on),
        responded_on: days.responded_on.or(member.responded_on),
        ..member.clone()
    };
    let steps = [
        ("invited_on", next.invited_on, None),
        ("registered_on", next.registered_on, next.invited_on),
        ("attended_on", next.attended_on, next.registered_on.or(next.invited_on)),
        ("responded_on", next.responded_on, next.invited_on),
    ];
    for (path, day, before) in steps {
        let Some(day) = day else { continue };
        let refusal = |code: &str, limit: String| Invalid::new(code, &day.to_string()).limit(limit);
        check.rule(day <= today, path, || refusal("time.future", format!("not after {today}")));
        if let Some(before) = before {
            check.rule(day >= before, path, || {
                refusal("member.order", format!("not before {before}"))
            });
        }
    }
    if let Some(came) = next.attended_on {
        if let Some(start) = campaign.starts_on {
            check.rule(came >= start, "attended_on", || {
                Invalid::new("member.before_start", &came.to_string())
                    .limit(format!("not before {start}"))
            });
        }
        if let Some(end) = campaign.ends_on {
            check.rule(came <= end, "attended_on", || {
                Invalid::new("member.after_end", &came.to_string())
                    .limit(format!("not after {end}"))
            });
        }
    }
    check.finish(Some(next))
}

#[cfg(test)]
mod tests {
    use super::super::{CreateCampaign, MemberStatus, create};
    use super::*;
    use crate::decision::broken;
    use crate::settings::User;

    fn day(of_april: u32) -> Option<NaiveDate> {
        NaiveDate::from_ymd_opt(2026, 4, of_april).filter(|_| of_april > 0)
    }

    #[test]
    fn what_happens_to_a_member_follows_an_order() {
        let wish = CreateCampaign {
            name: "Fair".into(),
            campaign_type: "fair".into(),
            starts_on: day(15),
            ends_on: day(19),
            ..Default::default()
        };
        let now = Timestamp::from_micros(0).unwrap();
        let fair = create(Id::new(Uuid::nil()), &wish, User::OWNER, now).unwrap();
        let who = (MemberKind::Lead, Uuid::nil());
        let id = CampaignMember::id_of(fair.id, who.0, who.1);
        let listed = CampaignMember::listed(id, fair.id, who, now);
        use MemberStatus::{Attended, Invited, Listed, Registered, Responded};
        #[rustfmt::skip]
        let table = [
            // rule, invited, registered, attended, responded in April (0: never), violations, status
            ("nothing happened", [0, 0, 0, 0], "", Listed),
            ("invited", [1, 0, 0, 0], "", Invited),
            ("invited and registered on one day", [1, 1, 0, 0], "", Registered),
            ("walked in", [0, 0, 15, 0], "", Attended),
            ("answered without coming", [1, 0, 0, 2], "", Responded),
            ("came on the last day", [1, 2, 19, 20], "", Responded),
            ("came before the fair", [0, 0, 14, 0], "attended_on member.before_start", Listed),
            ("came after the fair", [0, 0, 20, 0], "attended_on member.after_end", Listed),
            ("registered before being invited", [3, 2, 0, 0], "registered_on member.order", Listed),
            ("came before registering", [0, 17, 16, 0], "attended_on member.order", Listed),
            ("answered before being invited", [3, 0, 0, 2], "responded_on member.order", Listed),
            ("tomorrow", [26, 0, 0, 0], "invited_on time.future", Listed),
        ];
        let today = day(25).unwrap();
        for (rule, [invited, registered, attended, responded], expected, status) in table {
            let days = MemberDays {
                invited_on: day(invited),
                registered_on: day(registered),
                attended_on: day(attended),
                responded_on: day(responded),
            };
            let decided = mark(&fair, &listed, &days, today);
            assert_eq!(broken(&decided).join(", "), expected, "a member {rule}");
            if let Ok(member) = decided {
                assert_eq!(member.status(), status, "a member {rule}");
                let again = mark(&fair, &member, &MemberDays::default(), today);
                assert_eq!(again, Ok(member), "days that are not said stay");
            }
        }
    }
}
