//! Working time as a function of time: how much lies before an instant, and when a given amount is reached.
//!
//! All is counted in microseconds, on days numbered from 1970-01-01. An ordinary day has the length of its weekday's
//! hours; the others, exceptions and days on which the zone's offset changes, are *special* and are kept in a sorted
//! table of running differences. So what lies before a day is whole weeks by multiplication plus one look-up.
//!
//! A day here is a window of instants that starts when the local clock first shows its midnight, or jumps past it. Within
//! a window an instant works when the wall clock at that instant is within the hours of the wall's date: an hour that
//! is skipped in spring is not worked, one that repeats in autumn is worked twice.
//!
//! Nothing here can overflow between 1970 and 2100: the saturating operations stand for plain ones.

use std::collections::{BTreeMap, BTreeSet};

use chrono::{Datelike, NaiveDate};
use chrono_tz::Tz;

use super::{DayHours, Week};
use crate::value::wall::{self, DAY, SECOND, date, first, number};

const MINUTE: i64 = 60_000_000;
/// The days that a calendar covers: 1970-01-01 up to 2100-01-01, the last not included.
pub(super) const DAYS: core::ops::Range<i64> = 0..47_482;

/// What decides whether a local time is worked.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Rules {
    pub(super) zone: Tz,
    pub(super) week: Week,
    pub(super) exceptions: BTreeMap<NaiveDate, DayHours>,
}

/// The rules with the sums over them.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Timeline {
    pub(super) rules: Rules,
    /// The instants at which the zone's offset changes, in order.
    changes: Vec<i64>,
    time: Sums,
    workdays: Sums,
}

/// Sums over days of a quantity that repeats weekly but for special days.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Sums {
    /// From Monday to Sunday.
    week: [i64; 7],
    /// Special days in order, each with the difference to the weekly sum up to its end.
    special: Vec<(i64, i64)>,
}

impl Sums {
    fn new(week: [i64; 7], special: impl IntoIterator<Item = (i64, i64)>) -> Self {
        let mut sums = Self { week, special: Vec::new() };
        let mut difference = 0_i64;
        for (day, amount) in special {
            let ordinary = sums.on_ordinary(day);
            difference = difference.saturating_add(amount.saturating_sub(ordinary));
            sums.special.push((day, difference));
        }
        sums
    }

    fn on_ordinary(&self, day: i64) -> i64 {
        weekday(day).and_then(|index| self.week.get(index)).copied().unwrap_or(0)
    }

    /// The sum over all days before `day`, counted from a Monday before the first.
    fn before(&self, day: i64) -> i64 {
        let weeks = day.saturating_add(3).div_euclid(7);
        let rest = weekday(day).unwrap_or(0);
        let ordinary = weeks
            .saturating_mul(self.week.iter().sum())
            .saturating_add(self.week.iter().take(rest).sum());
        let passed = self.special.partition_point(|(special, _)| *special < day);
        let difference = passed.checked_sub(1).and_then(|last| self.special.get(last));
        ordinary.saturating_add(difference.map_or(0, |(_, difference)| *difference))
    }
}

/// 0 for Monday; 1970-01-01 was a Thursday.
fn weekday(day: i64) -> Option<usize> {
    usize::try_from(day.saturating_add(3).rem_euclid(7)).ok()
}

impl Rules {
    fn offset(&self, instant: i64) -> i64 {
        wall::offset(self.zone, instant)
    }

    /// Every change of offset from a few days before [`DAYS`] to a few days after, to the second.
    ///
    /// The zone is asked every five days. The shortest summer time there was lasted seven (America/Boa_Vista in October
    /// 2000); for every zone of chrono-tz 0.10 the answer is the same as when it is asked every six hours.
    fn offset_changes(&self) -> Vec<i64> {
        let step = DAY.saturating_mul(5);
        let end = DAYS.end.saturating_mul(DAY).saturating_add(step);
        let mut changes = Vec::new();
        let mut low = DAYS.start.saturating_mul(DAY).saturating_sub(step);
        let mut offset = self.offset(low);
        while low < end {
            let high = low.saturating_add(step);
            if self.offset(high) == offset {
                low = high;
                continue;
            }
            let changed = |second: i64| self.offset(second.saturating_mul(SECOND)) != offset;
            low = first(low / SECOND..high / SECOND, changed).saturating_mul(SECOND);
            offset = self.offset(low);
            changes.push(low);
        }
        changes
    }

    fn start_of(&self, day: i64) -> i64 {
        wall::start_of(self.zone, day)
    }

    pub(super) fn hours_on(&self, date: NaiveDate) -> &DayHours {
        self.exceptions.get(&date).unwrap_or_else(|| self.week.on(date.weekday()))
    }

    pub(super) fn is_working(&self, instant: i64) -> bool {
        let local = instant.saturating_add(self.offset(instant));
        let minute = local.rem_euclid(DAY) / MINUTE;
        let hours = date(local.div_euclid(DAY)).map(|date| self.hours_on(date).stretches());
        hours.unwrap_or_default().iter().any(|stretch| {
            (i64::from(stretch.from_minute())..i64::from(stretch.until_minute())).contains(&minute)
        })
    }
}

impl Timeline {
    pub(super) fn new(rules: Rules) -> Self {
        let changes = rules.offset_changes();
        let length = |day: &DayHours| {
            day.stretches().iter().fold(0_i64, |sum, stretch| {
                let minutes = stretch.until_minute().saturating_sub(stretch.from_minute());
                sum.saturating_add(i64::from(minutes).saturating_mul(MINUTE))
            })
        };
        let works = |day: &DayHours| i64::from(!day.is_rest());
        let days = rules.week.days();
        let exceptions = rules.exceptions.iter().map(|(date, hours)| (number(*date), works(hours)));
        let workdays = Sums::new(days.map(works), exceptions);
        let time = Sums::new(days.map(length), []);
        let mut timeline = Self { rules, changes, time, workdays };
        let mut special: BTreeSet<i64> =
            timeline.rules.exceptions.keys().copied().map(number).collect();
        for change in &timeline.changes {
            // The day before too: it may end early; and a day between them may not exist at all.
            special.extend(timeline.day_of(change.saturating_sub(1))..=timeline.day_of(*change));
        }
        let lengths = special.into_iter().map(|day| (day, timeline.worked_on(day)));
        timeline.time = Sums::new(timeline.time.week, lengths);
        timeline
    }

    /// The day whose window holds an instant.
    pub(super) fn day_of(&self, instant: i64) -> i64 {
        let mut day = instant.saturating_add(self.rules.offset(instant)).div_euclid(DAY);
        // Just after midnight a clock may be put back to yesterday, whose window is over.
        while instant >= self.rules.start_of(day.saturating_add(1)) {
            day = day.saturating_add(1);
        }
        day
    }

    /// The working stretches of a day's window, as instants in order.
    fn stretches(&self, day: i64) -> Vec<(i64, i64)> {
        let end = self.rules.start_of(day.saturating_add(1));
        let mut start = self.rules.start_of(day);
        let mut stretches = Vec::new();
        while start < end {
            let next = self.changes.partition_point(|change| *change <= start);
            let until = self.changes.get(next).map_or(end, |change| end.min(*change));
            self.stretches_at_one_offset(start, until, &mut stretches);
            start = until;
        }
        stretches
    }

    fn stretches_at_one_offset(&self, start: i64, end: i64, stretches: &mut Vec<(i64, i64)>) {
        let offset = self.rules.offset(start);
        let local_day = |instant: i64| instant.saturating_add(offset).div_euclid(DAY);
        for day in local_day(start)..=local_day(end.saturating_sub(1)) {
            let midnight = day.saturating_mul(DAY).saturating_sub(offset);
            let hours = date(day).map(|date| self.rules.hours_on(date).stretches());
            for stretch in hours.unwrap_or_default() {
                let at =
                    |minute: u16| midnight.saturating_add(i64::from(minute).saturating_mul(MINUTE));
                let from = at(stretch.from_minute()).max(start);
                let until = at(stretch.until_minute()).min(end);
                if from < until {
                    stretches.push((from, until));
                }
            }
        }
    }

    fn worked_on(&self, day: i64) -> i64 {
        let length = |(from, until): (i64, i64)| until.saturating_sub(from);
        self.stretches(day).into_iter().map(length).sum()
    }

    /// The working time before an instant, from a start that is the same for all instants.
    pub(super) fn worked_before(&self, instant: i64) -> i64 {
        let day = self.day_of(instant);
        let today: i64 = self
            .stretches(day)
            .into_iter()
            .map(|(from, until)| until.min(instant).saturating_sub(from).max(0))
            .sum();
        self.time.before(day).saturating_add(today)
    }

    /// The earliest instant before which that much was worked.
    pub(super) fn earliest(&self, worked: i64) -> Option<i64> {
        let reached = |day: i64| self.time.before(day.saturating_add(1)) >= worked;
        let day = first(DAYS, reached);
        let mut left = worked.saturating_sub(self.time.before(day));
        for (from, until) in self.stretches(day) {
            let length = until.saturating_sub(from);
            if left <= length && DAYS.contains(&day) {
                return Some(from.saturating_add(left));
            }
            left = left.saturating_sub(length);
        }
        None
    }

    /// The latest instant before which no more than that was worked.
    pub(super) fn latest(&self, worked: i64) -> Option<i64> {
        let exceeded = |day: i64| self.time.before(day.saturating_add(1)) > worked;
        let day = first(DAYS, exceeded);
        let mut left = worked.saturating_sub(self.time.before(day));
        for (from, until) in self.stretches(day) {
            let length = until.saturating_sub(from);
            if (0..length).contains(&left) && DAYS.contains(&day) {
                return Some(from.saturating_add(left));
            }
            left = left.saturating_sub(length);
        }
        None
    }

    /// How many workdays lie before a day.
    pub(super) fn workdays_before(&self, day: i64) -> i64 {
        self.workdays.before(day)
    }

    /// The first day at whose end that many workdays have passed.
    pub(super) fn workday_ending(&self, count: i64) -> Option<i64> {
        let day = first(DAYS, |day| self.workdays.before(day.saturating_add(1)) >= count);
        Some(day).filter(|day| DAYS.contains(day))
    }

    /// The last day at whose start no more than that many workdays have passed.
    pub(super) fn workday_starting(&self, count: i64) -> Option<i64> {
        let day = first(DAYS, |day| self.workdays.before(day.saturating_add(1)) > count);
        Some(day).filter(|day| DAYS.contains(day) && self.workdays.before(*day) == count)
    }
}
