//! How long to wait, in the unit in which people say it.

use chrono::{Days, LocalResult, NaiveDate, NaiveDateTime, TimeDelta, TimeZone};
use chrono_tz::Tz;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::WorkCalendar;
use crate::value::{Invalid, Timestamp, wall};

/// How long to wait: `{"elapsed_minutes":4320}`, `{"working_minutes":1440}`, `{"days":3}` or `{"working_days":3}`.
///
/// Days end at the time of day at which they began, on the wall of the calendar's zone: three days from Friday 15:00 are
/// Monday 15:00, whatever the clocks did meanwhile; three working days are Wednesday 15:00, later where holidays lie
/// between. Where the clock skips that time, the wait ends as much later as the clock was moved; where it shows it
/// twice, at the first.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Wait {
    /// That many minutes, nights and holidays included.
    ElapsedMinutes(u32),
    /// That many minutes of working time.
    WorkingMinutes(u32),
    /// That many days on the wall.
    Days(u32),
    /// That many days on which work is done.
    WorkingDays(u32),
}

impl Wait {
    /// How many of its unit.
    pub const fn count(self) -> u32 {
        match self {
            Self::ElapsedMinutes(count)
            | Self::WorkingMinutes(count)
            | Self::Days(count)
            | Self::WorkingDays(count) => count,
        }
    }

    /// Whether two waits count the same unit, so that the greater is the longer whatever the calendar.
    pub fn is_alike(self, other: Self) -> bool {
        core::mem::discriminant(&self) == core::mem::discriminant(&other)
    }

    /// The instant at which a wait that began at `start` is over.
    ///
    /// # Errors
    ///
    /// Those of [`WorkCalendar::add_working`]; by the clock and in days `time.range`. Rule FLOW-1 (F026, X6, B24).
    pub fn due(self, start: Timestamp, calendar: &WorkCalendar) -> Result<Timestamp, Invalid> {
        let beyond = || Invalid::new("time.range", &start.to_string()).limit("the years 1 to 9999");
        let zone = calendar.zone();
        let local = start.utc().with_timezone(&zone).naive_local();
        match self {
            Self::ElapsedMinutes(count) => {
                start.checked_add(TimeDelta::minutes(count.into())).ok_or_else(beyond)
            }
            Self::WorkingMinutes(count) => {
                calendar.add_working(start, TimeDelta::minutes(count.into()))
            }
            Self::Days(count) => {
                let day = local.date().checked_add_days(Days::new(count.into()));
                on_the_wall(zone, day.ok_or_else(beyond)?, local)
            }
            Self::WorkingDays(count) => {
                let day = calendar.add_work_days(local.date(), count.into())?;
                on_the_wall(zone, day, local)
            }
        }
    }
}

/// The first instant at which the wall shows that day and the time of day of `local`.
fn on_the_wall(zone: Tz, day: NaiveDate, local: NaiveDateTime) -> Result<Timestamp, Invalid> {
    let shown = day.and_time(local.time());
    match zone.from_local_datetime(&shown) {
        LocalResult::Single(at) | LocalResult::Ambiguous(at, _) => Timestamp::try_from(at.to_utc()),
        LocalResult::None => {
            let as_utc = shown.and_utc().timestamp_micros();
            let before = wall::offset(zone, as_utc.saturating_sub(wall::DAY));
            Timestamp::from_micros(as_utc.saturating_sub(before))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::value::{DayHours, Week};

    fn office() -> DayHours {
        DayHours::new(["09:00-12:00".parse().unwrap(), "13:00-18:00".parse().unwrap()]).unwrap()
    }

    fn at(text: &str) -> Timestamp {
        text.parse().unwrap()
    }

    /// The holidays of 国庆 2026 are 1 to 7 October, with work on 20 September and 10 October (State Council, Nov 2025);
    /// clocks change in Berlin on 29 March and 25 October 2026, in New York on 8 March and 1 November.
    #[test]
    fn a_wait_ends_where_people_expect_it() {
        let china = WorkCalendar::mainland_china(&office());
        let berlin = WorkCalendar::new(Tz::Europe__Berlin, Week::monday_to_friday(&office()));
        let york = WorkCalendar::new(Tz::America__New_York, Week::monday_to_friday(&office()));
        let table = [
            // a wait of …       from …                        in …     ends at …
            (Wait::Days(3), "2026-11-20T07:00:00Z", &china, "2026-11-23T07:00:00Z"),
            (Wait::ElapsedMinutes(4320), "2026-11-20T07:00:00Z", &china, "2026-11-23T07:00:00Z"),
            (Wait::WorkingDays(3), "2026-11-20T07:00:00Z", &china, "2026-11-25T07:00:00Z"),
            // Wednesday 30 September 15:00: the next working days are 8, 9 and Saturday 10 October.
            (Wait::WorkingDays(3), "2026-09-30T07:00:00Z", &china, "2026-10-10T07:00:00Z"),
            (Wait::Days(3), "2026-09-30T07:00:00Z", &china, "2026-10-03T07:00:00Z"),
            // 3 hours are left that day, 8 + 8 on 8 and 9 October, 5 on 10 October: until 15:00.
            (Wait::WorkingMinutes(24 * 60), "2026-09-30T07:00:00Z", &china, "2026-10-10T07:00:00Z"),
            (Wait::WorkingDays(1), "2026-10-03T07:00:00Z", &china, "2026-10-08T07:00:00Z"),
            // Days keep the time on the wall when clocks change; minutes do not care.
            (Wait::Days(3), "2026-03-27T11:00:00Z", &berlin, "2026-03-30T10:00:00Z"),
            (Wait::ElapsedMinutes(4320), "2026-03-27T11:00:00Z", &berlin, "2026-03-30T11:00:00Z"),
            (Wait::Days(3), "2026-10-23T10:00:00Z", &berlin, "2026-10-26T11:00:00Z"),
            (Wait::WorkingDays(1), "2026-03-06T15:00:00Z", &york, "2026-03-09T14:00:00Z"),
            // 02:30 is skipped on 29 March: 03:30 it is. It comes twice on 25 October: the first.
            (Wait::Days(1), "2026-03-28T01:30:00Z", &berlin, "2026-03-29T01:30:00Z"),
            (Wait::Days(1), "2026-10-24T00:30:00Z", &berlin, "2026-10-25T00:30:00Z"),
            // 23:59 and 00:01 differ by two minutes, not by a day (X6).
            (Wait::Days(1), "2026-11-20T15:59:00Z", &china, "2026-11-21T15:59:00Z"),
            (Wait::Days(1), "2026-11-20T16:01:00Z", &china, "2026-11-21T16:01:00Z"),
        ];
        for (wait, start, calendar, expected) in table {
            assert_eq!(wait.due(at(start), calendar), Ok(at(expected)), "{wait:?} from {start}");
        }
    }

    #[test]
    fn a_wait_beyond_time_is_refused() {
        let china = WorkCalendar::mainland_china(&office());
        let end = Timestamp::from_micros(253_402_300_799_999_999).unwrap();
        assert_eq!(Wait::ElapsedMinutes(1).due(end, &china).unwrap_err().code, "time.range");
        let beyond = Wait::WorkingDays(u32::MAX).due(at("2026-11-20T07:00:00Z"), &china);
        assert_eq!(beyond.unwrap_err().code, "calendar.range");
        assert!(Wait::Days(u32::MAX).due(at("2026-11-20T07:00:00Z"), &china).is_err());
        let idle = WorkCalendar::new(Tz::UTC, Week::default());
        let never = Wait::WorkingMinutes(1).due(at("2026-11-20T07:00:00Z"), &idle);
        assert_eq!(never.unwrap_err().code, "calendar.no_working_time");
    }
}
