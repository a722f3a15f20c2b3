//! The public holidays and make-up workdays of mainland China.
//!
//! One notice of the State Council's General Office a year, for the year that follows: those of December 2022, October
//! 2023, November 2024 and November 2025. A new year is one more entry.

use std::collections::BTreeMap;

use chrono::{Datelike, NaiveDate};

use super::DayHours;

/// Month and day.
type Day = (u32, u32);

/// What one notice says; ranges include their last day.
struct Year {
    year: i32,
    rest: &'static [(Day, Day)],
    make_up: &'static [Day],
}

#[rustfmt::skip]
const YEARS: [Year; 4] = [
    Year {
        year: 2023,
        rest: &[
            ((1, 1), (1, 2)), ((1, 21), (1, 27)), ((4, 5), (4, 5)), ((4, 29), (5, 3)), ((6, 22), (6, 24)),
            ((9, 29), (10, 6)), ((12, 30), (12, 31)),
        ],
        make_up: &[(1, 28), (1, 29), (4, 23), (5, 6), (6, 25), (10, 7), (10, 8)],
    },
    Year {
        year: 2024,
        rest: &[
            ((1, 1), (1, 1)), ((2, 10), (2, 17)), ((4, 4), (4, 6)), ((5, 1), (5, 5)), ((6, 10), (6, 10)),
            ((9, 15), (9, 17)), ((10, 1), (10, 7)),
        ],
        make_up: &[(2, 4), (2, 18), (4, 7), (4, 28), (5, 11), (9, 14), (9, 29), (10, 12)],
    },
    Year {
        year: 2025,
        rest: &[
            ((1, 1), (1, 1)), ((1, 28), (2, 4)), ((4, 4), (4, 6)), ((5, 1), (5, 5)), ((5, 31), (6, 2)),
            ((10, 1), (10, 8)),
        ],
        make_up: &[(1, 26), (2, 8), (4, 27), (9, 28), (10, 11)],
    },
    Year {
        year: 2026,
        rest: &[
            ((1, 1), (1, 3)), ((2, 15), (2, 23)), ((4, 4), (4, 6)), ((5, 1), (5, 5)), ((6, 19), (6, 21)),
            ((9, 25), (9, 27)), ((10, 1), (10, 7)),
        ],
        make_up: &[(1, 4), (2, 14), (2, 28), (5, 9), (9, 20), (10, 10)],
    },
];

/// The years whose notice is in the table.
pub(super) fn years() -> impl Iterator<Item = i32> {
    YEARS.iter().map(|year| year.year)
}

/// The days that differ from Monday to Friday, make-up workdays with `hours`.
pub(super) fn exceptions(hours: &DayHours) -> BTreeMap<NaiveDate, DayHours> {
    let mut exceptions = BTreeMap::new();
    for Year { year, rest, make_up } in &YEARS {
        let date = |(month, day): Day| NaiveDate::from_ymd_opt(*year, month, day);
        for (first, last) in *rest {
            let days = date(*first).into_iter().flat_map(|first| first.iter_days());
            let inside = |day: &NaiveDate| (day.month(), day.day()) <= *last && day.year() == *year;
            exceptions.extend(days.take_while(inside).map(|day| (day, DayHours::REST)));
        }
        exceptions
            .extend(make_up.iter().filter_map(|day| date(*day)).map(|day| (day, hours.clone())));
    }
    exceptions
}
