//! How often we and a customer talk, and in what way: now, against how it used to be.
#![expect(clippy::float_arithmetic, reason = "chances are real numbers; results are quantised")]

use std::collections::BTreeMap;

use chrono::{Days, NaiveDate};

use super::Thin;
use super::special::{basis_points_up, binomial_two_sided, fisher_at_least};

/// Below so many contacts before, nothing is compared.
const BEFORE_MIN: u64 = 6;

/// Two stretches of time: how it used to be, and lately.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Windows {
    /// The first day of the stretch before.
    pub from: NaiveDate,
    /// The first day of the recent stretch, which is the day after the last of the one before.
    pub turn: NaiveDate,
    /// The day after the last of the recent stretch.
    pub to: NaiveDate,
}

impl Windows {
    /// The `recent` days up to `as_of`, it included, and the `before` days before them; nothing where the calendar ends.
    pub fn until(as_of: NaiveDate, before: u32, recent: u32) -> Option<Self> {
        let to = as_of.succ_opt()?;
        let turn = to.checked_sub_days(Days::new(recent.into()))?;
        let from = turn.checked_sub_days(Days::new(before.into()))?;
        Some(Self { from, turn, to })
    }

    /// Days of the stretch before and of the recent one.
    pub fn lengths(&self) -> (i64, i64) {
        let days = |from: NaiveDate, to: NaiveDate| to.signed_duration_since(from).num_days();
        (days(self.from, self.turn), days(self.turn, self.to))
    }

    /// Whether a day is of the stretch before (`false`), of the recent one (`true`), or of none.
    pub fn place(&self, day: NaiveDate) -> Option<bool> {
        if day < self.from || day >= self.to { None } else { Some(day >= self.turn) }
    }
}

/// How often somebody was in touch, before and lately.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Frequency {
    /// How often before.
    pub before: u64,
    /// How often lately.
    pub recent: u64,
    /// How often lately if nothing had changed, in hundredths.
    pub expected: u64,
    /// The chance of a difference as great if nothing had changed, in basis points, rounded up.
    pub chance: u32,
    /// Whether that is so small that something changed.
    pub changed: bool,
}

/// How often somebody was in touch lately, against before: the recent count among both, against the share that its days have
/// (exact binomial test, two-sided, as for two Poisson rates: Przyborowski and Wilenski 1940). Changed where the chance is
/// `rare` basis points or less. Rule CU-10 (F148).
///
/// # Errors
///
/// Fewer than 6 contacts before, or somebody first known after the stretch before began.
pub fn frequency(
    windows: Windows,
    days: impl IntoIterator<Item = NaiveDate>,
    known_since: NaiveDate,
    rare: u32,
) -> Result<Frequency, Thin> {
    let (mut before, mut recent) = (0_u64, 0_u64);
    for place in days.into_iter().filter_map(|day| windows.place(day)) {
        let count = if place { &mut recent } else { &mut before };
        *count = count.saturating_add(1);
    }
    if known_since > windows.from {
        return Err(Thin::YOUNG);
    }
    Thin::least(before, BEFORE_MIN, ("contacts before", "基准期互动"))?;
    let (long, short) = windows.lengths();
    let share = share(short, long);
    let chance = basis_points_up(binomial_two_sided(before.saturating_add(recent), share, recent));
    let hundredths = before.saturating_mul(u64::try_from(short).unwrap_or(0)).saturating_mul(100);
    let expected = hundredths.checked_div(u64::try_from(long).unwrap_or(1)).unwrap_or(0);
    Ok(Frequency { before, recent, expected, chance, changed: chance <= rare })
}

#[expect(clippy::cast_precision_loss, reason = "days are far below 2^53")]
fn share(short: i64, long: i64) -> f64 {
    let (short, long) = (short.max(1) as f64, long.max(1) as f64);
    short / (short + long)
}

/// What somebody mostly did, before and lately.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Preference {
    /// What they mostly did before, how often, and how often in all.
    pub before: (String, u64, u64),
    /// The same lately.
    pub recent: (String, u64, u64),
    /// The chance of so different a share of what they did mostly before, in basis points, rounded up.
    pub chance: u32,
    /// Whether they mostly do something else now, and that is no chance.
    pub changed: bool,
}

/// What somebody mostly does, lately against before: which way of talking, which group of products. Changed where another
/// thing is the most frequent now and the share of the former one differs with a chance of `rare` basis points or less
/// (Fisher's exact test, the smaller side twice). Of equally frequent things the first by name. Rule CU-11 (F148).
///
/// # Errors
///
/// Fewer than 6 of them before, or none lately.
pub fn preference(
    before: &BTreeMap<String, u64>,
    recent: &BTreeMap<String, u64>,
    rare: u32,
) -> Result<Preference, Thin> {
    let sum = |of: &BTreeMap<String, u64>| of.values().copied().fold(0, u64::saturating_add);
    let (all_before, all_recent) = (sum(before), sum(recent));
    Thin::least(all_before, BEFORE_MIN, ("contacts before", "基准期互动"))?;
    let (Some(then), Some(now)) = (most(before), most(recent)) else {
        return Err(Thin::least(0, 1, ("recent contacts", "近期互动"))
            .err()
            .unwrap_or(Thin::YOUNG));
    };
    let kept = recent.get(&then.0).copied().unwrap_or_default();
    let all = all_before.saturating_add(all_recent);
    let marked = then.1.saturating_add(kept);
    // As few or fewer of the former kind lately, and as many or more.
    let others = all.saturating_sub(marked);
    let fewer = fisher_at_least(all, others, all_recent, all_recent.saturating_sub(kept));
    let more = fisher_at_least(all, marked, all_recent, kept);
    let chance = basis_points_up((2.0 * fewer.min(more)).min(1.0));
    let changed = then.0 != now.0 && chance <= rare;
    Ok(Preference {
        before: (then.0, then.1, all_before),
        recent: (now.0, now.1, all_recent),
        chance,
        changed,
    })
}

fn most(of: &BTreeMap<String, u64>) -> Option<(String, u64)> {
    let best = of.values().max()?;
    of.iter().find(|(_, count)| *count == best).map(|(name, count)| (name.clone(), *count))
}

#[cfg(test)]
#[path = "contacts_tests.rs"]
mod tests;
