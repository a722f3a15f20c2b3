//! Days and periods of days.

use core::{fmt, str::FromStr};

use chrono::{Months, NaiveDate};
use chrono_tz::Tz;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::{Invalid, Span, Timestamp, wall};

/// A day of the Gregorian calendar, in no particular zone; in JSON `2026-11-21`.
pub type Day = NaiveDate;

/// At least one day: from the first up to the last, the last not included, so that months follow each other without
/// overlap. In text `2026-11-01/2026-12-01`.
#[derive(
    Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema,
)]
#[serde(try_from = "PeriodText")]
pub struct Period {
    #[schemars(with = "String", extend("format" = "date"))]
    start: Day,
    #[schemars(with = "String", extend("format" = "date"))]
    end: Day,
}

#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[schemars(inline)]
struct PeriodText {
    #[schemars(with = "String", extend("format" = "date"))]
    start: Day,
    #[schemars(with = "String", extend("format" = "date"))]
    end: Day,
}

impl Period {
    /// From `start` up to `end`.
    ///
    /// # Errors
    ///
    /// `period.order` unless `end` is later.
    pub fn new(start: Day, end: Day) -> Result<Self, Invalid> {
        if end <= start {
            let limit = format!("a day after {start}");
            return Err(Invalid::new("period.order", &end.to_string()).limit(limit));
        }
        Ok(Self { start, end })
    }

    /// A whole month, 1 being January.
    ///
    /// # Errors
    ///
    /// `period.month` for no such month.
    pub fn month(year: i32, month: u32) -> Result<Self, Invalid> {
        let start = NaiveDate::from_ymd_opt(year, month, 1);
        let end = start.and_then(|start| start.checked_add_months(Months::new(1)));
        start.zip(end).map(|(start, end)| Self { start, end }).ok_or_else(|| {
            Invalid::new("period.month", &format!("{year}-{month}")).limit("a month from 1 to 12")
        })
    }

    /// Its first day.
    pub const fn start(self) -> Day {
        self.start
    }

    /// The day after its last.
    pub const fn end(self) -> Day {
        self.end
    }

    /// How many days it has; at least one.
    pub fn days(self) -> i64 {
        self.end.signed_duration_since(self.start).num_days()
    }

    /// Whether `day` is one of its days.
    pub fn contains(self, day: Day) -> bool {
        (self.start..self.end).contains(&day)
    }

    /// Whether the two have a day in common.
    pub fn overlaps(self, other: Self) -> bool {
        self.start < other.end && other.start < self.end
    }

    /// The instants of its days in `zone`: from the first that shows its first day up to the first that shows its end.
    ///
    /// # Errors
    ///
    /// `time.range` outside the years 1 to 9999.
    pub fn instants(self, zone: Tz) -> Result<Span, Invalid> {
        let starts = |day| Timestamp::from_micros(wall::start_of(zone, wall::number(day)));
        Span::new(starts(self.start)?, starts(self.end)?)
    }
}

impl TryFrom<PeriodText> for Period {
    type Error = Invalid;

    fn try_from(text: PeriodText) -> Result<Self, Invalid> {
        Self::new(text.start, text.end)
    }
}

impl FromStr for Period {
    type Err = Invalid;

    /// Reads what it prints; `period.format` otherwise, then the errors of [`Period::new`].
    fn from_str(text: &str) -> Result<Self, Invalid> {
        let days = text
            .split_once('/')
            .and_then(|(start, end)| Some((start.parse().ok()?, end.parse().ok()?)));
        let (start, end) = days.ok_or_else(|| {
            Invalid::new("period.format", text).limit("such as 2026-11-01/2026-12-01")
        })?;
        Self::new(start, end)
    }
}

impl fmt::Display for Period {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}/{}", self.start, self.end)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn periods_hold_their_first_day_and_not_their_end() {
        let november = Period::month(2026, 11).unwrap();
        let december = Period::month(2026, 12).unwrap();
        let day = |text: &str| text.parse::<Day>().unwrap();
        assert_eq!(november.to_string(), "2026-11-01/2026-12-01");
        assert_eq!((november.days(), november.end()), (30, december.start()));
        assert!(november.contains(day("2026-11-01")) && !november.contains(day("2026-12-01")));
        assert!(!november.overlaps(december) && november.overlaps(november));
        assert_eq!(december.to_string().parse(), Ok(december));
        let json = r#"{"start":"2026-11-01","end":"2026-12-01"}"#;
        assert_eq!(serde_json::to_string(&november).unwrap(), json);
        assert_eq!(serde_json::from_str::<Period>(json).unwrap(), november);
        let instants = november.instants(Tz::Asia__Shanghai).unwrap();
        assert_eq!(instants.start().to_string(), "2026-10-31T16:00:00Z");
        assert_eq!(instants.end().to_string(), "2026-11-30T16:00:00Z");
    }

    #[test]
    fn a_period_has_a_day() {
        let table = [
            ("2026-11-01/2026-11-01", "period.order"),
            ("2026-11-02/2026-11-01", "period.order"),
            ("2026-11-01", "period.format"),
            ("2026-13-01/2026-14-01", "period.format"),
        ];
        for (text, code) in table {
            assert_eq!(text.parse::<Period>().unwrap_err().code, code, "{text}");
        }
        assert_eq!(Period::month(2026, 13).unwrap_err().code, "period.month");
        let last = Period::new(Day::MIN, Day::MAX).unwrap();
        assert_eq!(last.instants(Tz::UTC).unwrap_err().code, "time.range");
    }
}
