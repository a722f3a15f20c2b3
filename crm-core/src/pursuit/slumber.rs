//! Deals that fall asleep, and wake.

use chrono::TimeDelta;

use super::DealSlumber;
use crate::opportunity::Opportunity;
use crate::settings::User;
use crate::value::{Id, Timestamp};

/// When an open deal falls asleep unless something happens to it before; nothing where its pipeline knows no such time, or
/// the deal is closed. Rule DP-17 (F077).
pub fn falls_asleep_at(deal: &Opportunity, dormant_after_days: Option<u32>) -> Option<Timestamp> {
    let days = dormant_after_days.filter(|_| deal.phase.closed_at().is_none())?;
    deal.touched_at.checked_add(TimeDelta::days(days.into()))
}

/// The slumber out of which a deal wakes when something happens to it at `now`, closed with that; nothing where it was not
/// asleep. Whether anybody had noticed makes no difference: one deal has one history, however often it sleeps. Rule DP-18
/// (F077).
pub fn wakes(
    before: &Opportunity,
    dormant_after_days: Option<u32>,
    (by, now): (Id<User>, Timestamp),
) -> Option<DealSlumber> {
    let dormant_at = falls_asleep_at(before, dormant_after_days).filter(|at| *at <= now)?;
    let asleep = asleep(before, dormant_at);
    Some(DealSlumber { revived_at: Some(now), revived_by: Some(by), ..asleep })
}

/// A deal's slumber that goes on.
pub fn asleep(deal: &Opportunity, dormant_at: Timestamp) -> DealSlumber {
    DealSlumber {
        id: DealSlumber::id_of(deal.id, deal.touched_at),
        opportunity: deal.id,
        quiet_since: deal.touched_at,
        dormant_at,
        revived_at: None,
        revived_by: None,
        ext: Default::default(),
    }
}

#[cfg(test)]
mod tests {
    use super::super::tests::{at, deal, user, won};
    use super::*;

    #[test]
    fn a_deal_sleeps_after_its_days_and_wakes_once() {
        // The deal was last touched at hour 0.
        let table = [
            ("awake", deal(), Some(2), 47, None),
            ("asleep from the hour on", deal(), Some(2), 48, Some(48)),
            ("long asleep", deal(), Some(2), 9_000, Some(48)),
            ("no such time", deal(), None, 9_000, None),
            ("a closed deal does not sleep", won(), Some(2), 9_000, None),
        ];
        for (rule, deal, days, hour, expected) in table {
            let slumber = wakes(&deal, days, (user(1), at(hour)));
            let told = slumber.as_ref().map(|slumber| slumber.dormant_at);
            assert_eq!(told, expected.map(at), "{rule}");
            if let Some(slumber) = slumber {
                assert_eq!(slumber.revived_at, Some(at(hour)), "{rule}");
                assert_eq!(slumber.quiet_since, deal.touched_at, "{rule}");
            }
        }
    }
}
