//! The months of a zone as tables, so that a month is a look-up.

use chrono::NaiveDate;
use chrono_tz::Tz;

use super::kernel::Months;
use crate::analytics::period::{Grain, day_start};

/// The days that fit into a column of days, and the seconds that fit into a column of seconds.
const DAYS: u32 = 65_536;
const UTC_DAYS: u32 = 49_711;

/// The first of January 1970, from which months are numbered.
const FIRST: NaiveDate = match NaiveDate::from_ymd_opt(1970, 1, 1) {
    Some(day) => day,
    None => NaiveDate::MIN,
};

impl Months {
    /// The months of a zone from January 1970 until 2149. An instant of the last hours of 1969 there is of January 1970.
    pub(super) fn of_zone(zone: Tz) -> Self {
        let days = || FIRST.iter_days().zip(0..DAYS).map(|(day, _)| day);
        let (mut starts, mut of_date) = (vec![0_u32], Vec::new());
        for day in days() {
            let is_first = day == Grain::Month.floor(day) && day != FIRST;
            if is_first {
                starts.push(super::second(day_start(day, zone)));
            }
            of_date.push(u16::try_from(starts.len().saturating_sub(1)).unwrap_or(u16::MAX));
        }
        starts.push(u32::MAX);
        starts.push(u32::MAX);
        let mut month = 0_u16;
        let of_day = (0..UTC_DAYS).map(|day| {
            let begin = day.saturating_mul(86_400);
            let next = |month: u16| starts.get(usize::from(month).saturating_add(1)).copied();
            while next(month).is_some_and(|next| next <= begin && next != u32::MAX) {
                month = month.saturating_add(1);
            }
            month
        });
        Self { of_day: of_day.collect(), starts: starts.clone(), of_date }
    }
}

/// The first day of a month by its number.
pub(super) fn first_day(month: usize) -> Option<NaiveDate> {
    let months = chrono::Months::new(u32::try_from(month).ok()?);
    FIRST.checked_add_months(months)
}

#[cfg(test)]
mod tests {
    use chrono::{Datelike, TimeZone};

    use super::*;

    #[test]
    fn an_instant_is_of_the_month_that_the_wall_shows() {
        for zone in [Tz::UTC, Tz::Asia__Shanghai, Tz::America__Los_Angeles, Tz::Pacific__Apia] {
            let months = Months::of_zone(zone);
            let turns = months
                .starts
                .iter()
                .flat_map(|start| [start.saturating_sub(1), *start, start.saturating_add(1)]);
            let steps = (0..4000_u32).map(|step| step.saturating_mul(1_073_741));
            for second in turns.chain(steps).filter(|second| (86_400..u32::MAX).contains(second)) {
                let Some(at) = zone.timestamp_opt(i64::from(second), 0).single() else { continue };
                let expected = i64::from(at.year() - 1970) * 12 + i64::from(at.month0());
                assert_eq!(i64::try_from(months.of(second)), Ok(expected), "{zone} {second} {at}");
            }
        }
        let months = Months::of_zone(Tz::UTC);
        let date = |at: usize| months.of_date.get(at).copied();
        assert_eq!((date(0), date(30), date(31), date(365)), (Some(0), Some(0), Some(1), Some(12)));
        assert_eq!(first_day(12), NaiveDate::from_ymd_opt(1971, 1, 1));
    }
}
