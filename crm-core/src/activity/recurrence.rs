//! Days that come again: every so many days, weeks, months or years.

use chrono::{Datelike, Days, Months, NaiveDate, NaiveTime, TimeDelta, TimeZone, Weekday};
use chrono_tz::Tz;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::decision::Check;
use crate::value::{Invalid, Timestamp};
use crate::{codes, json_column};

codes! {
    /// What a recurrence counts.
    pub enum RecurrenceUnit {
        /// Days.
        Day = "day",
        /// Weeks, from Monday on.
        Week = "week",
        /// Months.
        Month = "month",
        /// Years.
        Year = "year",
    }
}

codes! {
    /// A day of the week.
    pub enum WeekDay {
        /// Monday.
        Mon = "mon",
        /// Tuesday.
        Tue = "tue",
        /// Wednesday.
        Wed = "wed",
        /// Thursday.
        Thu = "thu",
        /// Friday.
        Fri = "fri",
        /// Saturday.
        Sat = "sat",
        /// Sunday.
        Sun = "sun",
    }
}

impl WeekDay {
    const fn number(self) -> u64 {
        match self {
            Self::Mon => 0,
            Self::Tue => 1,
            Self::Wed => 2,
            Self::Thu => 3,
            Self::Fri => 4,
            Self::Sat => 5,
            Self::Sun => 6,
        }
    }
}

/// Every so many days, weeks, months or years, counted from the first day of what recurs.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Recurrence {
    /// Every so many: 1 to 1,000.
    #[serde(default = "one")]
    pub every: u32,
    /// Days, weeks, months or years.
    pub unit: RecurrenceUnit,
    /// On these days of the week, of weeks only; that of the first day where nothing is said.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub weekdays: Vec<WeekDay>,
    /// On this day of the month, of months only: 1 to 31; that of the first day where nothing is said. A month that does
    /// not have it has its last day.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub day_of_month: Option<u32>,
}

const fn one() -> u32 {
    1
}

json_column! { Recurrence }

impl Recurrence {
    const EVERY_MAX: u32 = 1000;

    /// Says what is wrong with it: `recurrence.every`, `recurrence.not_of_unit`, `recurrence.weekday_twice`,
    /// `recurrence.day_of_month`.
    pub(super) fn judge(&self, check: &mut Check) {
        check.rule((1..=Self::EVERY_MAX).contains(&self.every), "rule.every", || {
            Invalid::new("recurrence.every", &self.every.to_string()).limit("1 to 1,000")
        });
        let weeks = self.unit == RecurrenceUnit::Week;
        check.rule(weeks || self.weekdays.is_empty(), "rule.weekdays", || {
            Invalid::new("recurrence.not_of_unit", "weekdays").limit("only of weeks")
        });
        for (at, day) in self.weekdays.iter().enumerate() {
            let before = self.weekdays.iter().take(at).any(|other| other == day);
            check.rule(!before, &format!("rule.weekdays[{at}]"), || {
                Invalid::new("recurrence.weekday_twice", day.code())
            });
        }
        let months = self.unit == RecurrenceUnit::Month;
        check.rule(months || self.day_of_month.is_none(), "rule.day_of_month", || {
            Invalid::new("recurrence.not_of_unit", "day_of_month").limit("only of months")
        });
        if let Some(day) = self.day_of_month {
            check.rule((1..=31).contains(&day), "rule.day_of_month", || {
                Invalid::new("recurrence.day_of_month", &day.to_string()).limit("1 to 31")
            });
        }
    }

    /// The first day of it on or after `from`, where it begins on `start`; nothing beyond the calendar.
    ///
    /// Months and years are counted from `start`, so a plan for the 31st that met the 28th of February meets the 31st
    /// of March. Of a year, the 29th of February is the 28th in years that have none. Rule PLAN-1 (F053).
    ///
    /// # Source
    ///
    /// The terms are those of RFC 5545, section 3.3.10; unlike there, a month without the day is not left out but has its
    /// last day, as people mean who say "every 31st".
    pub fn on_or_after(&self, start: NaiveDate, from: NaiveDate) -> Option<NaiveDate> {
        let from = from.max(start);
        let every = u64::from(self.every.max(1));
        let passed = u64::try_from(from.signed_duration_since(start).num_days()).ok()?;
        match self.unit {
            RecurrenceUnit::Day => {
                start.checked_add_days(Days::new(passed.next_multiple_of(every)))
            }
            RecurrenceUnit::Week => self.week(start, from, every),
            RecurrenceUnit::Month => {
                let day = self.day_of_month.unwrap_or_else(|| start.day());
                stepped(start, from, every, day)
            }
            RecurrenceUnit::Year => stepped(start, from, every.saturating_mul(12), start.day()),
        }
    }

    fn week(&self, start: NaiveDate, from: NaiveDate, every: u64) -> Option<NaiveDate> {
        let back = |day: NaiveDate| u64::from(day.weekday().days_since(Weekday::Mon));
        let mut days: Vec<u64> = self.weekdays.iter().map(|day| day.number()).collect();
        if days.is_empty() {
            days.push(back(start));
        }
        days.sort_unstable();
        let first = start.checked_sub_days(Days::new(back(start)))?;
        let this = from.checked_sub_days(Days::new(back(from)))?;
        let passed = u64::try_from(this.signed_duration_since(first).num_weeks()).ok()?;
        let week = passed.next_multiple_of(every);
        for week in [week, week.saturating_add(every)] {
            let monday = first.checked_add_days(Days::new(week.saturating_mul(7)))?;
            let mut of_week = days.iter().map(|day| monday.checked_add_days(Days::new(*day)));
            if let Some(found) = of_week.find_map(|day| day.filter(|day| *day >= from)) {
                return Some(found);
            }
        }
        None
    }

    /// The first day of it after `day`.
    pub fn after(&self, start: NaiveDate, day: NaiveDate) -> Option<NaiveDate> {
        self.on_or_after(start, day.succ_opt()?)
    }
}

/// The first day on or after `from` that is day `of_month` of every `every`-th month from that of `start`.
fn stepped(start: NaiveDate, from: NaiveDate, every: u64, of_month: u32) -> Option<NaiveDate> {
    let number = |day: NaiveDate| {
        i64::from(day.year()).saturating_mul(12).saturating_add(i64::from(day.month0()))
    };
    let passed = u64::try_from(number(from).saturating_sub(number(start))).ok()?;
    let step = passed.next_multiple_of(every);
    [step, step.saturating_add(every)].into_iter().find_map(|step| {
        let month = u32::try_from(step).ok()?;
        let month = start.with_day(1)?.checked_add_months(Months::new(month))?;
        let last = month.checked_add_months(Months::new(1))?.pred_opt()?;
        let day = month.with_day(of_month.min(last.day()))?;
        (day >= from).then_some(day)
    })
}

/// The instant at which the clocks of a zone show a time of a day. A time that they skip is the first that they show
/// after it; of a time that they show twice, it is the first. Rule PLAN-2 (F053).
pub fn instant(zone: Tz, day: NaiveDate, time: NaiveTime) -> Option<Timestamp> {
    /// A whole day can be skipped (Samoa, 30 December 2011).
    const MINUTES: i64 = 2 * 24 * 60;
    let wanted = day.and_time(time);
    (0..=MINUTES).find_map(|minutes| {
        let shown = wanted.checked_add_signed(TimeDelta::minutes(minutes))?;
        let instant = zone.from_local_datetime(&shown).earliest()?;
        Timestamp::try_from(instant.to_utc()).ok()
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn day(text: &str) -> NaiveDate {
        text.parse().unwrap()
    }

    fn rule(json: &str) -> Recurrence {
        serde_json::from_str(json).unwrap()
    }

    #[test]
    fn days_come_again_by_their_rule() {
        #[rustfmt::skip]
        let table = [
            // what, rule, first day, the first four days
            ("every third day", r#"{"every":3,"unit":"day"}"#, "2026-02-27", "02-27 03-02 03-05 03-08"),
            ("every week", r#"{"unit":"week"}"#, "2026-01-01", "01-01 01-08 01-15 01-22"),
            ("every other week on two days", r#"{"every":2,"unit":"week","weekdays":["fri","mon"]}"#, "2026-01-07", "01-09 01-19 01-23 02-02"),
            ("the 31st", r#"{"unit":"month"}"#, "2026-01-31", "01-31 02-28 03-31 04-30"),
            ("the 31st, from the 1st", r#"{"unit":"month","day_of_month":31}"#, "2026-04-01", "04-30 05-31 06-30 07-31"),
            ("the 5th, from the 20th", r#"{"unit":"month","day_of_month":5}"#, "2026-01-20", "02-05 03-05 04-05 05-05"),
            ("every quarter", r#"{"every":3,"unit":"month"}"#, "2026-01-31", "01-31 04-30 07-31 10-31"),
        ];
        for (what, json, start, expected) in table {
            let (rule, start) = (rule(json), day(start));
            let first = rule.on_or_after(start, start);
            let days = core::iter::successors(first, |day| rule.after(start, *day));
            let days: Vec<String> =
                days.take(4).map(|day| day.format("%m-%d").to_string()).collect();
            assert_eq!(days.join(" "), expected, "{what}");
        }
        let leap = rule(r#"{"unit":"year"}"#);
        let years: Vec<NaiveDate> =
            core::iter::successors(Some(day("2024-02-29")), |d| leap.after(day("2024-02-29"), *d))
                .take(5)
                .collect();
        let expected = ["2024-02-29", "2025-02-28", "2026-02-28", "2027-02-28", "2028-02-29"];
        assert_eq!(years, expected.map(day));
    }

    #[test]
    fn asking_from_any_day_finds_the_same_days() {
        let rules = [
            r#"{"every":5,"unit":"day"}"#,
            r#"{"every":3,"unit":"week","weekdays":["wed","sun","mon"]}"#,
            r#"{"every":2,"unit":"month","day_of_month":30}"#,
            r#"{"unit":"year"}"#,
        ];
        for json in rules {
            let (rule, start) = (rule(json), day("2024-02-29"));
            let all: Vec<NaiveDate> =
                core::iter::successors(rule.on_or_after(start, start), |d| rule.after(start, *d))
                    .take_while(|day| *day < self::day("2030-01-01"))
                    .collect();
            assert!(all.is_sorted_by(|a, b| a < b), "{json}");
            for from in start.iter_days().take(1000) {
                let expected = all.iter().find(|day| **day >= from);
                assert_eq!(rule.on_or_after(start, from).as_ref(), expected, "{json} from {from}");
            }
        }
        let daily = rule(r#"{"unit":"day"}"#);
        assert_eq!(daily.after(NaiveDate::MAX, NaiveDate::MAX), None);
    }

    /// The shifts of the zones are those of the IANA database, checked by hand against `zdump`.
    #[test]
    fn a_time_is_shown_once_and_never_lost() {
        #[rustfmt::skip]
        let table = [
            ("no shift", Tz::Asia__Shanghai, "2026-03-29", "02:30", "2026-03-28T18:30:00Z"),
            ("skipped: 02:00 to 03:00", Tz::Europe__Berlin, "2026-03-29", "02:30", "2026-03-29T01:00:00Z"),
            ("shown twice", Tz::Europe__Berlin, "2026-10-25", "02:30", "2026-10-25T00:30:00Z"),
            ("after it", Tz::Europe__Berlin, "2026-10-25", "09:00", "2026-10-25T08:00:00Z"),
            ("a day that never was", Tz::Pacific__Apia, "2011-12-30", "09:00", "2011-12-30T10:00:00Z"),
        ];
        for (what, zone, on, time, expected) in table {
            let found = instant(zone, day(on), time.parse::<NaiveTime>().unwrap());
            assert_eq!(found.map(|at| at.to_string()).as_deref(), Some(expected), "{what}");
        }
    }
}
