//! Working calendars: when work is done, how much of it lies between two instants, and when a deadline falls.
//!
//! A calendar is data: a zone, the hours of an ordinary week, and the days that differ. Its algebra is exact over
//! holidays, make-up workdays and changes of the zone's offset, and costs the logarithm of the span. It knows nothing
//! of people: a person's leave is a calendar with more exceptions.

mod china;
mod hours;
mod limit;
mod timeline;
mod wait;

use std::collections::{BTreeMap, BTreeSet};

use chrono::{NaiveDate, TimeDelta};
use chrono_tz::Tz;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::{
    Invalid, Timestamp,
    wall::{date, number},
};
use timeline::{DAYS, Rules, Timeline};

pub use hours::{DayHours, Hours, Week};
pub use limit::{Span, TimeLimit};
pub use wait::Wait;

/// When work is done, from 1970 to 2099.
///
/// Local times are those that the clock on the wall shows: an hour that the change to summer time skips is not worked,
/// one that the change back repeats is worked twice. Building one sums it up once, so keep and share it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(try_from = "CalendarText", into = "CalendarText")]
pub struct WorkCalendar {
    timeline: Timeline,
    covered_years: BTreeSet<i32>,
}

/// Its JSON form.
#[derive(Clone, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[schemars(inline)]
struct CalendarText {
    #[schemars(with = "String")]
    zone: Tz,
    week: Week,
    #[serde(default)]
    #[schemars(with = "BTreeMap<String, DayHours>")]
    exceptions: BTreeMap<NaiveDate, DayHours>,
    #[serde(default)]
    covered_years: BTreeSet<i32>,
}

impl WorkCalendar {
    /// A calendar of `week` in `zone`, without holidays.
    pub fn new(zone: Tz, week: Week) -> Self {
        let rules = Rules { zone, week, exceptions: BTreeMap::new() };
        Self { timeline: Timeline::new(rules), covered_years: BTreeSet::new() }
    }

    /// The calendar of mainland China in its own zone: `hours` from Monday to Friday and on make-up workdays, none on the
    /// public holidays of the years that [`WorkCalendar::covers`].
    ///
    /// # Source
    ///
    /// The yearly notices of the State Council's General Office for 2023 to 2026.
    pub fn mainland_china(hours: &DayHours) -> Self {
        let rules = Rules {
            zone: Tz::Asia__Shanghai,
            week: Week::monday_to_friday(hours),
            exceptions: china::exceptions(hours),
        };
        Self { timeline: Timeline::new(rules), covered_years: china::years().collect() }
    }

    /// The same calendar with more days that differ, such as a company's holidays or a person's leave; of two that name
    /// one day the later stands.
    ///
    /// # Errors
    ///
    /// `calendar.range` for a day before 1970 or after 2099.
    pub fn with_exceptions(
        self,
        exceptions: impl IntoIterator<Item = (NaiveDate, DayHours)>,
    ) -> Result<Self, Invalid> {
        let Self { timeline: Timeline { mut rules, .. }, covered_years } = self;
        for (day, hours) in exceptions {
            in_range(day)?;
            rules.exceptions.insert(day, hours);
        }
        Ok(Self { timeline: Timeline::new(rules), covered_years })
    }

    /// Where its wall clocks hang.
    pub const fn zone(&self) -> Tz {
        self.timeline.rules.zone
    }

    /// The hours of a day.
    pub fn hours_on(&self, day: NaiveDate) -> &DayHours {
        self.timeline.rules.hours_on(day)
    }

    /// Whether the holidays of that year are known; of other years it knows the ordinary week alone.
    pub fn covers(&self, year: i32) -> bool {
        self.covered_years.contains(&year)
    }

    /// Whether work is done at that instant, the end of a stretch being worked no more. Any year will do.
    pub fn is_working(&self, at: Timestamp) -> bool {
        self.timeline.rules.is_working(at.micros())
    }

    /// The working time from `from` to `until`, to the microsecond; negative when `until` is the earlier.
    ///
    /// # Errors
    ///
    /// `calendar.range` outside 1970 to 2099.
    pub fn working_between(&self, from: Timestamp, until: Timestamp) -> Result<TimeDelta, Invalid> {
        let (from, until) = (self.worked_before(from)?, self.worked_before(until)?);
        Ok(TimeDelta::microseconds(until.saturating_sub(from)))
    }

    /// The instant at which `amount` of working time has passed since `start`.
    ///
    /// Of all such instants it is the nearest to the work: an amount that fills a day ends with that day, not with the
    /// next morning. A negative amount counts back: the latest instant from which that much is left until `start`.
    /// Nothing added is `start` itself, working or not. Below the microsecond an amount is cut off.
    ///
    /// Inverse: `working_between(start, add_working(start, amount)) == amount`.
    ///
    /// # Errors
    ///
    /// In order of precedence: `calendar.range` for a start outside 1970 to 2099, `calendar.no_working_time` when an
    /// ordinary week has none and the exceptions do not suffice, `calendar.range` when the end lies outside.
    pub fn add_working(&self, start: Timestamp, amount: TimeDelta) -> Result<Timestamp, Invalid> {
        let before = self.worked_before(start)?;
        let beyond = || self.exhausted(start);
        let micros = amount.num_microseconds().ok_or_else(beyond)?;
        let worked = before.checked_add(micros).ok_or_else(beyond)?;
        let end = match micros {
            0 => return Ok(start),
            1.. => self.timeline.earliest(worked),
            _ => self.timeline.latest(worked),
        };
        Timestamp::from_micros(end.ok_or_else(beyond)?)
    }

    /// How many days with any working hours lie from `from` up to `until`, the last not included; negative when `until`
    /// is the earlier.
    ///
    /// # Errors
    ///
    /// `calendar.range` outside 1970 to 2099.
    pub fn work_days_between(&self, from: NaiveDate, until: NaiveDate) -> Result<i64, Invalid> {
        let (from, until) = (in_range(from)?, in_range(until)?);
        let (from, until) =
            (self.timeline.workdays_before(from), self.timeline.workdays_before(until));
        Ok(until.saturating_sub(from))
    }

    /// The `count`-th workday after `start`, or before it when negative, `start` not counted; `start` itself for none.
    ///
    /// # Errors
    ///
    /// Those of [`WorkCalendar::add_working`].
    pub fn add_work_days(&self, start: NaiveDate, count: i64) -> Result<NaiveDate, Invalid> {
        let day = in_range(start)?;
        let found = match count {
            0 => return Ok(start),
            1.. => {
                let passed = self.timeline.workdays_before(day.saturating_add(1));
                self.timeline.workday_ending(passed.saturating_add(count))
            }
            _ => {
                let passed = self.timeline.workdays_before(day);
                self.timeline.workday_starting(passed.saturating_add(count))
            }
        };
        found.and_then(date).ok_or_else(|| self.exhausted(start))
    }

    fn worked_before(&self, instant: Timestamp) -> Result<i64, Invalid> {
        let micros = instant.micros();
        if !DAYS.contains(&self.timeline.day_of(micros)) {
            return Err(out_of_range(instant));
        }
        Ok(self.timeline.worked_before(micros))
    }

    fn exhausted(&self, start: impl ToString) -> Invalid {
        if self.timeline.rules.week == Week::default() {
            let limit = "a calendar with working hours";
            return Invalid::new("calendar.no_working_time", &start.to_string()).limit(limit);
        }
        out_of_range(start)
    }
}

fn in_range(day: NaiveDate) -> Result<i64, Invalid> {
    Some(number(day)).filter(|number| DAYS.contains(number)).ok_or_else(|| out_of_range(day))
}

fn out_of_range(value: impl ToString) -> Invalid {
    Invalid::new("calendar.range", &value.to_string()).limit("the years 1970 to 2099")
}

impl TryFrom<CalendarText> for WorkCalendar {
    type Error = Invalid;

    fn try_from(text: CalendarText) -> Result<Self, Invalid> {
        let CalendarText { zone, week, exceptions, covered_years } = text;
        for day in exceptions.keys() {
            in_range(*day)?;
        }
        let timeline = Timeline::new(Rules { zone, week, exceptions });
        Ok(Self { timeline, covered_years })
    }
}

impl From<WorkCalendar> for CalendarText {
    fn from(calendar: WorkCalendar) -> Self {
        let Rules { zone, week, exceptions } = calendar.timeline.rules;
        Self { zone, week, exceptions, covered_years: calendar.covered_years }
    }
}

#[cfg(test)]
mod tests;
