//! What the clock on the wall shows: from instants, in microseconds since 1970, to local days, numbered from
//! 1970-01-01, and back.
//!
//! The saturating operations stand for plain ones: within the years that chrono knows nothing here can overflow.

use core::ops::Range;

use chrono::{DateTime, Datelike, NaiveDate, Offset, TimeZone};
use chrono_tz::Tz;

/// Microseconds in a day of 24 hours.
pub(super) const DAY: i64 = 86_400_000_000;
/// Microseconds in a second.
pub(super) const SECOND: i64 = 1_000_000;
/// 1970-01-01 in chrono's count from the common era.
const EPOCH_DAY_FROM_CE: i64 = 719_163;

/// The number of a date.
pub(super) fn number(date: NaiveDate) -> i64 {
    i64::from(date.num_days_from_ce()).saturating_sub(EPOCH_DAY_FROM_CE)
}

/// The date of a number.
pub(super) fn date(day: i64) -> Option<NaiveDate> {
    let from_ce = i32::try_from(day.saturating_add(EPOCH_DAY_FROM_CE)).ok()?;
    NaiveDate::from_num_days_from_ce_opt(from_ce)
}

/// Local minus UTC at an instant.
pub(super) fn offset(zone: Tz, instant: i64) -> i64 {
    let utc = DateTime::from_timestamp_micros(instant).unwrap_or_default().naive_utc();
    let seconds = zone.offset_from_utc_datetime(&utc).fix().local_minus_utc();
    i64::from(seconds).saturating_mul(SECOND)
}

/// The instant at which the local clock first shows this day, or a later one where it jumps past its midnight.
pub(super) fn start_of(zone: Tz, day: i64) -> i64 {
    let midnight = day.saturating_mul(DAY);
    let local = DateTime::from_timestamp_micros(midnight).unwrap_or_default().naive_utc();
    if let Some(instant) = zone.from_local_datetime(&local).earliest() {
        return instant.timestamp_micros();
    }
    let two_days = DAY.saturating_mul(2);
    let around =
        midnight.saturating_sub(two_days) / SECOND..midnight.saturating_add(two_days) / SECOND;
    let shown = |second: i64| {
        let instant = second.saturating_mul(SECOND);
        instant.saturating_add(offset(zone, instant)) >= midnight
    };
    first(around, shown).saturating_mul(SECOND)
}

/// The first number in `range` of which `is_true` holds, given that it then holds of all after it; the end of the range
/// if of none.
pub(super) fn first(range: Range<i64>, is_true: impl Fn(i64) -> bool) -> i64 {
    let (mut low, mut high) = (range.start, range.end);
    while low < high {
        let middle = low.midpoint(high);
        if is_true(middle) {
            high = middle;
        } else {
            low = middle.saturating_add(1);
        }
    }
    low
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_day_starts_when_the_wall_first_shows_it() {
        let table = [
            ("an ordinary day", Tz::Asia__Shanghai, "2026-11-21", "2026-11-20T16:00:00Z"),
            ("midnight skipped", Tz::America__Sao_Paulo, "2018-11-04", "2018-11-04T03:00:00Z"),
            ("midnight twice", Tz::America__St_Johns, "2008-11-02", "2008-11-02T02:30:00Z"),
            ("a day that never was", Tz::Pacific__Apia, "2011-12-30", "2011-12-30T10:00:00Z"),
            ("and the day after it", Tz::Pacific__Apia, "2011-12-31", "2011-12-30T10:00:00Z"),
        ];
        for (rule, zone, day, instant) in table {
            let started = start_of(zone, number(day.parse().unwrap()));
            let instant: DateTime<chrono::Utc> = instant.parse().unwrap();
            assert_eq!(DateTime::from_timestamp_micros(started).unwrap(), instant, "{rule}");
        }
        let epoch = NaiveDate::from_ymd_opt(1970, 1, 1).unwrap();
        assert_eq!((number(epoch), date(0)), (0, Some(epoch)));
    }
}
