//! Days and months of a named zone as half-open spans of seconds.

use core::fmt;

use chrono::{Datelike, Days, Months, NaiveDate, TimeDelta, TimeZone};
use chrono_tz::Tz;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// Whole days from `from` up to, but without, `to`; an absent bound does not bind.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Period {
    /// Its first day.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub from: Option<NaiveDate>,
    /// The day after its last.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub to: Option<NaiveDate>,
}

impl Period {
    /// All time.
    pub const ALL: Self = Self { from: None, to: None };

    /// The days from `from` up to, but without, `to`.
    pub const fn between(from: NaiveDate, to: NaiveDate) -> Self {
        Self { from: Some(from), to: Some(to) }
    }

    /// Whether both bounds are absent.
    pub const fn is_all(self) -> bool {
        self.from.is_none() && self.to.is_none()
    }

    /// The days that are in both.
    #[must_use]
    pub fn and(self, other: Self) -> Self {
        let to = match (self.to, other.to) {
            (Some(one), Some(two)) => Some(one.min(two)),
            (one, two) => one.or(two),
        };
        Self { from: self.from.max(other.from), to }
    }

    pub(super) fn seconds_in(self, zone: Tz) -> Seconds {
        Seconds {
            from: self.from.map_or(i64::MIN, |day| day_start(day, zone)),
            to: self.to.map_or(i64::MAX, |day| day_start(day, zone)),
        }
    }
}

impl fmt::Display for Period {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match (self.from, self.to) {
            (None, None) => write!(f, "…"),
            (Some(from), None) => write!(f, "[{from}, …)"),
            (None, Some(to)) => write!(f, "[…, {to})"),
            (Some(from), Some(to)) => write!(f, "[{from}, {to})"),
        }
    }
}

/// Seconds since 1970 UTC from `from` up to, but without, `to`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Seconds {
    pub(super) from: i64,
    pub(super) to: i64,
}

impl Seconds {
    pub(super) const fn contains(self, at: i64) -> bool {
        self.from <= at && at < self.to
    }
}

/// The first instant of `day` in `zone`: midnight, or the first that exists where clocks skip it.
pub fn day_start(day: NaiveDate, zone: Tz) -> i64 {
    let midnight = day.and_time(chrono::NaiveTime::MIN);
    let skipped = |minutes| midnight.checked_add_signed(TimeDelta::minutes(minutes));
    (0..=96)
        .filter_map(|quarter: i64| skipped(quarter.saturating_mul(15)))
        .find_map(|local| zone.from_local_datetime(&local).earliest())
        .map_or_else(|| midnight.and_utc().timestamp(), |at| at.timestamp())
}

/// How long a bucket of a trend is.
#[derive(
    Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, JsonSchema,
)]
#[serde(rename_all = "snake_case")]
pub enum Grain {
    /// A calendar day.
    Day,
    /// An ISO week, from Monday.
    Week,
    /// A calendar month.
    Month,
    /// Three months from January, April, July, October.
    Quarter,
    /// A calendar year.
    Year,
}

impl Grain {
    /// The first day of the bucket that holds `day`.
    pub fn floor(self, day: NaiveDate) -> NaiveDate {
        let month = |month| NaiveDate::from_ymd_opt(day.year(), month, 1).unwrap_or(day);
        match self {
            Self::Day => day,
            Self::Week => {
                let back = u64::from(day.weekday().num_days_from_monday());
                day.checked_sub_days(Days::new(back)).unwrap_or(day)
            }
            Self::Month => month(day.month()),
            Self::Quarter => {
                let into = day.month0().checked_rem(3).unwrap_or(0);
                month(day.month().saturating_sub(into))
            }
            Self::Year => month(1),
        }
    }

    /// The first day of the next bucket, or nothing at the end of time.
    pub fn next(self, start: NaiveDate) -> Option<NaiveDate> {
        match self {
            Self::Day => start.succ_opt(),
            Self::Week => start.checked_add_days(Days::new(7)),
            Self::Month => start.checked_add_months(Months::new(1)),
            Self::Quarter => start.checked_add_months(Months::new(3)),
            Self::Year => start.checked_add_months(Months::new(12)),
        }
    }

    /// The first day of the bucket before, or nothing at the beginning of time.
    pub fn previous(self, start: NaiveDate) -> Option<NaiveDate> {
        match self {
            Self::Day => start.pred_opt(),
            Self::Week => start.checked_sub_days(Days::new(7)),
            Self::Month => start.checked_sub_months(Months::new(1)),
            Self::Quarter => start.checked_sub_months(Months::new(3)),
            Self::Year => start.checked_sub_months(Months::new(12)),
        }
    }

    /// The same bucket of the year before; nothing on 29 February and in an ISO week 53 without counterpart.
    pub fn year_before(self, start: NaiveDate) -> Option<NaiveDate> {
        match self {
            Self::Day => start.with_year(start.year().checked_sub(1)?),
            Self::Week => {
                let week = start.iso_week();
                let year = week.year().checked_sub(1)?;
                NaiveDate::from_isoywd_opt(year, week.week(), chrono::Weekday::Mon)
            }
            Self::Month | Self::Quarter | Self::Year => start.checked_sub_months(Months::new(12)),
        }
    }

    /// What a bucket is called: `2026-11-21`, `2026-W47`, `2026-11`, `2026-Q4`, `2026`.
    pub fn name(self, start: NaiveDate) -> String {
        match self {
            Self::Day => start.to_string(),
            Self::Week => {
                let week = start.iso_week();
                format!("{:04}-W{:02}", week.year(), week.week())
            }
            Self::Month => format!("{:04}-{:02}", start.year(), start.month()),
            Self::Quarter => {
                let quarter = start.month0().checked_div(3).unwrap_or(0).saturating_add(1);
                format!("{:04}-Q{quarter}", start.year())
            }
            Self::Year => format!("{:04}", start.year()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn day(text: &str) -> NaiveDate {
        text.parse().unwrap_or_default()
    }

    #[test]
    fn where_a_day_begins() {
        let table = [
            ("UTC", "2026-11-21", Tz::UTC, "2026-11-21T00:00:00Z"),
            (
                "east of Greenwich it begins the day before",
                "2026-11-21",
                Tz::Asia__Shanghai,
                "2026-11-20T16:00:00Z",
            ),
            ("summer time moves it", "2026-07-01", Tz::Europe__Berlin, "2026-06-30T22:00:00Z"),
            (
                "where midnight is skipped, at one",
                "2018-11-04",
                Tz::America__Sao_Paulo,
                "2018-11-04T03:00:00Z",
            ),
            (
                "where it comes twice, at the first",
                "2026-11-01",
                Tz::America__Havana,
                "2026-11-01T04:00:00Z",
            ),
            (
                "a day that never was begins with the next",
                "2011-12-30",
                Tz::Pacific__Apia,
                "2011-12-30T10:00:00Z",
            ),
        ];
        for (rule, date, zone, expected) in table {
            let expected = chrono::DateTime::parse_from_rfc3339(expected).map(|at| at.timestamp());
            assert_eq!(Ok(day_start(day(date), zone)), expected, "{rule}");
        }
    }

    #[test]
    fn buckets_of_a_day() {
        let table = [
            // day        grain          starts        name          the year before
            ("2026-11-21", Grain::Day, "2026-11-21", "2026-11-21", Some("2025-11-21")),
            ("2026-11-21", Grain::Week, "2026-11-16", "2026-W47", Some("2025-11-17")),
            ("2026-11-21", Grain::Month, "2026-11-01", "2026-11", Some("2025-11-01")),
            ("2026-11-21", Grain::Quarter, "2026-10-01", "2026-Q4", Some("2025-10-01")),
            ("2026-11-21", Grain::Year, "2026-01-01", "2026", Some("2025-01-01")),
            ("2027-01-01", Grain::Week, "2026-12-28", "2026-W53", None),
            ("2024-02-29", Grain::Day, "2024-02-29", "2024-02-29", None),
        ];
        for (of, grain, start, name, before) in table {
            let found = grain.floor(day(of));
            assert_eq!(found, day(start), "{grain:?} of {of} begins");
            assert_eq!(grain.name(found), name, "{grain:?} of {of} is called");
            assert_eq!(
                grain.year_before(found),
                before.map(day),
                "{grain:?} of {of} a year before"
            );
            assert_eq!(grain.next(found).and_then(|next| grain.previous(next)), Some(found));
        }
    }
}
