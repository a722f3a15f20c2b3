//! What was spent to be noticed, spread over the days it was for.

use chrono::{Days, NaiveDate};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::Campaign;
use crate::decision::{Check, Refusal};
use crate::record;
use crate::record::Ext;
use crate::settings::User;
use crate::value::{Code, Id, Invalid, Money, Note, Timestamp};

/// Days that one amount may be for: ten years.
const DAYS_MAX: i64 = 3_660;

record! {
    /// Money spent on a channel, for a campaign or for none, over some days.
    pub struct AdSpend: AdSpend {
        /// The channel: a code of the vocabulary `source`.
        1 channel: Code;
        /// For which campaign.
        2 campaign: Option<Id<Campaign>>;
        /// The first day that it is for.
        3 from_day: NaiveDate;
        /// The last one.
        4 to_day: NaiveDate;
        /// How much, in all.
        5 cost: Money;
        /// What there is to say about it.
        7 note: Option<Note>, personal("marketing", 3650);
        /// Who entered it.
        8 by: Id<User>;
        /// When.
        9 created_at: Timestamp;
    }
    listings {
        1 "by_campaign" ["campaign", "from_day"];
        2 "by_day" ["from_day"];
    }
}

impl AdSpend {
    /// The listing by campaign, then its first day.
    pub const BY_CAMPAIGN: u16 = 1;
    /// The listing by its first day.
    pub const BY_DAY: u16 = 2;

    /// How much of it is for each day, in order: parts that differ by a minor unit at most, the earlier days having the more,
    /// and that sum to the cost. Rule MK-2 (F122).
    pub fn daily(&self) -> Vec<(NaiveDate, Money)> {
        spread(self.cost, self.from_day, self.to_day)
    }

    /// How much of it is for the days that count.
    pub fn within(&self, counts: impl Fn(NaiveDate) -> bool) -> Money {
        let days = self.daily().into_iter();
        let days = days.filter(|(day, _)| counts(*day));
        let sum = Money::sum(self.cost.currency(), days.map(|(_, part)| part));
        // The parts of an amount that fits never sum to one that does not.
        sum.unwrap_or(Money::zero(self.cost.currency()))
    }
}

/// An amount in equal parts over days.
fn spread(cost: Money, from: NaiveDate, to: NaiveDate) -> Vec<(NaiveDate, Money)> {
    let count = to.signed_duration_since(from).num_days().clamp(0, DAYS_MAX).saturating_add(1);
    let weights = vec![1; usize::try_from(count).unwrap_or(1)];
    let parts = cost.split(&weights).unwrap_or_default();
    let days = (0..).map_while(|day| from.checked_add_days(Days::new(day)));
    days.zip(parts).collect()
}

/// Money that was spent on a channel.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct AddSpend {
    /// The id it shall have; made by the engine where there is none.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub id: Option<Id<AdSpend>>,
    /// The channel: a code of the vocabulary `source`.
    pub channel: String,
    /// For which campaign.
    #[serde(default)]
    pub campaign: Option<Id<Campaign>>,
    /// The first day that it is for.
    pub from_day: NaiveDate,
    /// The last one; the first where nothing is said.
    #[serde(default)]
    pub to_day: Option<NaiveDate>,
    /// How much, in all: 0 or more.
    pub cost: Money,
    /// What there is to say about it.
    #[serde(default)]
    pub note: Option<String>,
}

/// Money as it was spent.
///
/// # Errors
///
/// `code.*` (channel) · `spend.ends_before_start` · `spend.days` for more than 3,660 (to_day) · `spend.negative` (cost) ·
/// `text.*` (note). Rule MK-1 (F122).
pub fn add_spend(
    id: Id<AdSpend>,
    wish: &AddSpend,
    by: Id<User>,
    now: Timestamp,
) -> Result<AdSpend, Refusal> {
    let mut check = Check::default();
    let channel = check.take("channel", Code::parse(&wish.channel));
    let (from_day, to_day) = (wish.from_day, wish.to_day.unwrap_or(wish.from_day));
    check.rule(to_day >= from_day, "to_day", || {
        Invalid::new("spend.ends_before_start", &to_day.to_string())
            .limit(format!("not before {from_day}"))
    });
    let days = to_day.signed_duration_since(from_day).num_days();
    check.rule(days < DAYS_MAX, "to_day", || {
        Invalid::new("spend.days", &days.to_string()).limit(format!("at most {DAYS_MAX} days"))
    });
    check.rule(!wish.cost.is_negative(), "cost", || {
        Invalid::new("spend.negative", &wish.cost.amount().to_string()).limit("not below 0")
    });
    let note = check.parse("note", wish.note.as_deref());
    let spend = channel.map(|channel| AdSpend {
        id,
        channel,
        campaign: wish.campaign,
        from_day,
        to_day,
        cost: wish.cost,
        note,
        by,
        created_at: now,
        ext: Ext::new(),
    });
    check.finish(spend)
}

impl Campaign {
    /// How much of what the campaign cost is for the days that count: spread over its days, all on its first one where it
    /// has no last; nothing where it has no day or no cost.
    pub fn cost_within(&self, counts: impl Fn(NaiveDate) -> bool) -> Option<Money> {
        let (cost, from) = self.actual_cost.zip(self.starts_on)?;
        let days = spread(cost, from, self.ends_on.unwrap_or(from)).into_iter();
        let days = days.filter(|(day, _)| counts(*day));
        Money::sum(cost.currency(), days.map(|(_, part)| part)).ok()
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use uuid::Uuid;

    use super::*;
    use crate::decision::broken;
    use crate::value::Period;

    fn day(text: &str) -> NaiveDate {
        text.parse().unwrap()
    }

    fn wish(minor: i64, from: &str, to: &str) -> AddSpend {
        AddSpend {
            id: None,
            channel: "web".into(),
            campaign: None,
            from_day: day(from),
            to_day: Some(day(to)),
            cost: Money::from_minor(minor, "CNY".parse().unwrap()).unwrap(),
            note: None,
        }
    }

    fn spent(wish: &AddSpend) -> Result<AdSpend, Refusal> {
        add_spend(Id::new(Uuid::nil()), wish, User::OWNER, Timestamp::from_micros(0).unwrap())
    }

    #[test]
    fn money_is_spent_on_a_channel_over_days() {
        let table = [
            ("in a day", wish(1, "2026-04-15", "2026-04-15"), ""),
            ("for nothing", wish(0, "2026-04-15", "2026-04-16"), ""),
            (
                "less than nothing, backwards",
                AddSpend {
                    channel: "!".into(),
                    note: Some(" ".into()),
                    ..wish(-1, "2026-04-15", "2026-04-14")
                },
                "channel code.format, to_day spend.ends_before_start, cost spend.negative, note text.empty",
            ),
            ("for ever", wish(1, "2026-04-15", "2126-04-15"), "to_day spend.days"),
        ];
        for (rule, wish, expected) in table {
            assert_eq!(broken(&spent(&wish)).join(", "), expected, "money is spent {rule}");
        }
    }

    #[test]
    fn a_cost_over_days_sums_back_to_the_minor_unit() {
        let spend = spent(&wish(100, "2026-01-30", "2026-02-01")).unwrap();
        let parts: Vec<i64> = spend.daily().iter().map(|(_, part)| part.minor()).collect();
        assert_eq!(parts, [34, 33, 33]);
        let january: Period = "2026-01-01/2026-02-01".parse().unwrap();
        assert_eq!(spend.within(|day| january.contains(day)).minor(), 67);
        assert_eq!(spend.within(|_| true), spend.cost);
    }

    proptest! {
        #[test]
        fn months_of_a_cost_sum_to_the_cost(minor in 0_i64..10_000_000, length in 0_u64..800) {
            let from = day("2025-01-17");
            let to = from.checked_add_days(Days::new(length)).unwrap();
            let spend = spent(&wish(minor, "2025-01-17", &to.to_string())).unwrap();
            let months = (0..40).map(|month| Period::month(2025 + month / 12, u32::try_from(month % 12 + 1).unwrap()).unwrap());
            let sum: i64 = months.map(|month| spend.within(|day| month.contains(day)).minor()).sum();
            prop_assert_eq!(sum, minor);
            let daily = spend.daily();
            let parts = daily.iter().map(|(_, part)| part.minor());
            prop_assert!(parts.clone().max().unwrap() - parts.min().unwrap() <= 1);
        }
    }
}
