//! A campaign is planned, and changed.

use chrono::NaiveDate;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::{Campaign, CampaignStatus};
use crate::decision::{Check, Refusal};
use crate::record::Ext;
use crate::settings::User;
use crate::value::{Id, Invalid, Money, Name, Timestamp};

/// A new campaign: a name and what it is are enough.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct CreateCampaign {
    /// The id it shall have; made by the engine where there is none.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub id: Option<Id<Campaign>>,
    /// What it is called: 1 to 200 characters on one line.
    pub name: String,
    /// `ad`, `promotion`, `fair`, `seminar`, `online`, `mail`, `phone` or `other`.
    pub campaign_type: String,
    /// `planned` (where nothing is said), `running`, `completed` or `cancelled`.
    pub status: Option<String>,
    /// Its first day.
    pub starts_on: Option<NaiveDate>,
    /// Its last day.
    pub ends_on: Option<NaiveDate>,
    /// What it may cost.
    pub budget: Option<Money>,
    /// What it cost.
    pub actual_cost: Option<Money>,
    /// Who looks after it; the actor where nobody is named.
    pub owner: Option<Id<User>>,
    /// What it is for.
    pub goal: Option<String>,
    /// Custom values by the code of their field.
    pub custom: Ext,
}

/// A campaign as it is wished, owned by `owner`.
///
/// # Errors
///
/// `text.*` (name) · `code.unknown` (campaign_type, status) · `campaign.ends_before_start` (ends_on) ·
/// `campaign.negative` (budget, actual_cost) · `text.*` (goal). Rule CAM-1 (F120).
pub fn create(
    id: Id<Campaign>,
    wish: &CreateCampaign,
    owner: Id<User>,
    now: Timestamp,
) -> Result<Campaign, Refusal> {
    let mut check = Check::default();
    let name = check.take("name", Name::parse(&wish.name));
    let campaign_type = check.parse("campaign_type", Some(&wish.campaign_type));
    let status = wish.status.as_deref();
    let status = check.parse("status", status).unwrap_or(CampaignStatus::Planned);
    if let (Some(starts_on), Some(ends_on)) = (wish.starts_on, wish.ends_on) {
        check.rule(ends_on >= starts_on, "ends_on", || {
            Invalid::new("campaign.ends_before_start", &ends_on.to_string())
                .limit(format!("not before {starts_on}"))
        });
    }
    for (path, money) in [("budget", wish.budget), ("actual_cost", wish.actual_cost)] {
        check.rule(money.is_none_or(|money| !money.is_negative()), path, || {
            let amount = money.map(|money| money.amount().to_string()).unwrap_or_default();
            Invalid::new("campaign.negative", &amount).limit("not below 0")
        });
    }
    let goal = check.parse("goal", wish.goal.as_deref());
    let campaign = name.zip(campaign_type).map(|(name, campaign_type)| Campaign {
        id,
        name,
        campaign_type,
        status,
        starts_on: wish.starts_on,
        ends_on: wish.ends_on,
        budget: wish.budget,
        actual_cost: wish.actual_cost,
        owner,
        goal,
        created_at: now,
        ext: wish.custom.clone(),
    });
    check.finish(campaign)
}

impl Campaign {
    /// The wish that would make it as it is.
    pub fn wish(&self) -> CreateCampaign {
        CreateCampaign {
            id: None,
            name: self.name.to_string(),
            campaign_type: self.campaign_type.code().to_owned(),
            status: Some(self.status.code().to_owned()),
            starts_on: self.starts_on,
            ends_on: self.ends_on,
            budget: self.budget,
            actual_cost: self.actual_cost,
            owner: Some(self.owner),
            goal: self.goal.as_ref().map(ToString::to_string),
            custom: self.ext.clone(),
        }
    }
}

#[cfg(test)]
mod tests {
    use uuid::Uuid;

    use super::*;
    use crate::decision::broken;

    #[test]
    fn a_campaign_ends_after_it_starts_and_costs_nothing_or_more() {
        let day = |text: &str| Some(text.parse::<NaiveDate>().unwrap());
        let yuan = |text: &str| {
            let amount = text.parse().unwrap();
            Some(Money::new(amount, "CNY".parse().unwrap()).unwrap())
        };
        let fair = CreateCampaign {
            name: "广交会".into(),
            campaign_type: "fair".into(),
            ..Default::default()
        };
        let table = [
            ("needs a name and a type", fair.clone(), ""),
            (
                "may last a day",
                CreateCampaign {
                    starts_on: day("2026-04-15"),
                    ends_on: day("2026-04-15"),
                    ..fair.clone()
                },
                "",
            ),
            (
                "does not end before it starts",
                CreateCampaign {
                    starts_on: day("2026-04-15"),
                    ends_on: day("2026-04-14"),
                    ..fair.clone()
                },
                "ends_on campaign.ends_before_start",
            ),
            ("may cost nothing", CreateCampaign { actual_cost: yuan("0"), ..fair.clone() }, ""),
            (
                "costs not less than nothing",
                CreateCampaign { budget: yuan("-1"), actual_cost: yuan("-0.01"), ..fair.clone() },
                "budget campaign.negative, actual_cost campaign.negative",
            ),
            (
                "hears of every fault",
                CreateCampaign {
                    goal: Some(" ".into()),
                    status: Some("x".into()),
                    ..Default::default()
                },
                "name text.empty, campaign_type code.unknown, status code.unknown, goal text.empty",
            ),
        ];
        let now = Timestamp::from_micros(0).unwrap();
        for (rule, wish, expected) in table {
            let decided = create(Id::new(Uuid::nil()), &wish, User::OWNER, now);
            assert_eq!(broken(&decided).join(", "), expected, "a campaign {rule}");
            if let Ok(campaign) = decided {
                assert_eq!(create(campaign.id, &campaign.wish(), User::OWNER, now), Ok(campaign));
            }
        }
    }
}
