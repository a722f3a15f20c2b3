//! How the credit for a sale is divided among the touches before it.

use chrono::TimeDelta;

use crate::campaign::Campaign;
use crate::codes;
use crate::value::{Id, Money, Timestamp};

codes! {
    /// How credit is divided.
    pub enum Model {
        /// All to the first touch.
        First = "first",
        /// All to the last.
        Last = "last",
        /// Alike to each.
        Linear = "linear",
        /// Two fifths to the first and to the last, one fifth alike to those between; half and half to two.
        Position = "position",
    }
}

/// A moment at which marketing reached a customer.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Touch {
    /// When.
    pub at: Timestamp,
    /// By what channel; empty where nobody knows.
    pub channel: String,
    /// By which campaign.
    pub campaign: Option<Id<Campaign>>,
}

/// What a touch is credited with.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Credit {
    /// Which of the touches, in their order in time.
    pub touch: usize,
    /// Its share in basis points.
    pub basis_points: u32,
    /// Its part of the amount.
    pub amount: Money,
}

/// The touches that count for a sale at `closed_at`: those not after it, and not longer before it than `lookback_days`; in
/// their order in time, what happened at once by channel and campaign. Rule MK-5 (F123).
pub fn in_time(touches: &[Touch], closed_at: Timestamp, lookback_days: Option<u32>) -> Vec<&Touch> {
    let back = |days: u32| closed_at.checked_add(TimeDelta::days(i64::from(days).saturating_neg()));
    let since = lookback_days.and_then(back);
    let counts =
        |touch: &&Touch| touch.at <= closed_at && since.is_none_or(|since| touch.at >= since);
    let mut found: Vec<&Touch> = touches.iter().filter(counts).collect();
    found.sort();
    found
}

/// How much weight each of `count` touches has, in their order in time.
fn weights(count: usize, model: Model) -> Vec<u32> {
    let last = count.saturating_sub(1);
    // Two fifths, a fifth and two fifths: each of the n between has 1, both ends 2 n.
    let between = u32::try_from(count.saturating_sub(2)).unwrap_or(u32::MAX);
    let end = between.saturating_mul(2).max(1);
    let weight = |at: usize| match model {
        Model::First => u32::from(at == 0),
        Model::Last => u32::from(at == last),
        Model::Linear => 1,
        Model::Position => {
            if at == 0 || at == last {
                end
            } else {
                1
            }
        }
    };
    (0..count).map(weight).collect()
}

/// The credits of a sale: their shares sum to 10,000 basis points and their amounts to the amount, to the minor unit, by
/// largest remainders, the earlier touch first among equals. Nothing where there is no touch. Rule MK-6 (F123).
///
/// # Source
///
/// The models are those of Google Analytics' "Multi-Channel Funnels": first interaction, last interaction, linear, and
/// position based (40 %, 20 %, 40 %).
pub fn attribute(amount: Money, touches: usize, model: Model) -> Vec<Credit> {
    let weights = weights(touches, model);
    // A hundred percent as money of 10,000 minor units: divided by the one exact rule that divides money.
    let whole = Money::from_minor(10_000, amount.currency());
    let (Ok(shares), Ok(parts)) =
        (whole.and_then(|whole| whole.split(&weights)), amount.split(&weights))
    else {
        return Vec::new();
    };
    let credits = shares.into_iter().zip(parts).enumerate();
    let credit = |(touch, (share, amount)): (usize, (Money, Money))| Credit {
        touch,
        basis_points: u32::try_from(share.minor()).unwrap_or(0),
        amount,
    };
    credits
        .map(credit)
        .filter(|credit| credit.basis_points > 0 || !credit.amount.is_zero())
        .collect()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn yuan(minor: i64) -> Money {
        Money::from_minor(minor, "CNY".parse().unwrap()).unwrap()
    }

    #[test]
    fn credit_is_divided_by_the_model() {
        use Model::{First, Last, Linear, Position};
        let table: [(&str, Model, usize, &[(usize, u32, i64)]); 8] = [
            ("all to the first", First, 3, &[(0, 10_000, 1000)]),
            ("all to the last", Last, 3, &[(2, 10_000, 1000)]),
            (
                "alike, the first with the odd unit",
                Linear,
                3,
                &[(0, 3334, 334), (1, 3333, 333), (2, 3333, 333)],
            ),
            ("all to the only one", Position, 1, &[(0, 10_000, 1000)]),
            ("half and half to two", Position, 2, &[(0, 5000, 500), (1, 5000, 500)]),
            (
                "two fifths, one, two",
                Position,
                3,
                &[(0, 4000, 400), (1, 2000, 200), (2, 4000, 400)],
            ),
            (
                "a fifth divided among those between",
                Position,
                4,
                &[(0, 4000, 400), (1, 1000, 100), (2, 1000, 100), (3, 4000, 400)],
            ),
            ("to nobody where nothing touched", Linear, 0, &[]),
        ];
        for (rule, model, count, expected) in table {
            let credits = attribute(yuan(1000), count, model);
            let found: Vec<_> =
                credits.iter().map(|c| (c.touch, c.basis_points, c.amount.minor())).collect();
            assert_eq!(found, expected, "credit goes {rule}");
        }
    }

    #[test]
    fn touches_count_until_the_sale_and_not_longer_ago_than_is_looked_back() {
        let at = |day: i64| Timestamp::from_micros(day * 86_400_000_000).unwrap();
        let touch =
            |day, channel: &str| Touch { at: at(day), channel: channel.into(), campaign: None };
        let touches =
            [touch(9, "late"), touch(8, "b"), touch(1, "old"), touch(8, "a"), touch(2, "edge")];
        let names = |lookback| {
            let found = in_time(&touches, at(8), lookback);
            found.into_iter().map(|touch| touch.channel.as_str()).collect::<Vec<_>>()
        };
        assert_eq!(names(Some(6)), ["edge", "a", "b"]);
        assert_eq!(names(None), ["old", "edge", "a", "b"]);
    }

    proptest! {
        #[test]
        fn credits_sum_to_the_whole_whatever_the_model(minor in 0_i64..=i64::MAX, count in 1_usize..60) {
            for model in Model::ALL {
                let credits = attribute(yuan(minor), count, *model);
                let points: u32 = credits.iter().map(|credit| credit.basis_points).sum();
                let sum: i128 = credits.iter().map(|credit| i128::from(credit.amount.minor())).sum();
                prop_assert_eq!(points, 10_000);
                prop_assert_eq!(sum, i128::from(minor));
            }
        }
    }
}
