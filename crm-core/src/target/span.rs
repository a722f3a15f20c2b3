//! A period of plans: a month, a quarter or a year.

use core::{fmt, str::FromStr};

use chrono::{Datelike, Months, NaiveDate};

use super::PlanGrain;
use crate::value::Invalid;

/// A calendar month, quarter or year, written `2026-11`, `2026-Q4`, `2026`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Span {
    /// How long it is.
    pub grain: PlanGrain,
    /// Its first day.
    pub from: NaiveDate,
}

impl PlanGrain {
    /// How many months.
    pub const fn months(self) -> u32 {
        match self {
            Self::Month => 1,
            Self::Quarter => 3,
            Self::Year => 12,
        }
    }

    /// The period that holds a day.
    pub fn holding(self, day: NaiveDate) -> Span {
        let month = match self {
            Self::Month => day.month(),
            Self::Quarter => {
                day.month0().checked_div(3).unwrap_or(0).saturating_mul(3).saturating_add(1)
            }
            Self::Year => 1,
        };
        let from = NaiveDate::from_ymd_opt(day.year(), month, 1).unwrap_or(day);
        Span { grain: self, from }
    }
}

impl Span {
    /// The day after its last.
    pub fn to(self) -> NaiveDate {
        let next = self.from.checked_add_months(Months::new(self.grain.months()));
        next.unwrap_or(NaiveDate::MAX)
    }

    /// Whether a day lies in it.
    pub fn holds(self, day: NaiveDate) -> bool {
        self.from <= day && day < self.to()
    }

    /// The period before.
    pub fn before(self) -> Self {
        let from = self.from.checked_sub_months(Months::new(self.grain.months()));
        Self { from: from.unwrap_or(NaiveDate::MIN), ..self }
    }

    /// The shorter periods that it consists of, the longest of them: months of a quarter, quarters of a year; none of a
    /// month.
    pub fn parts(self) -> Vec<Self> {
        let grain = match self.grain {
            PlanGrain::Month => return Vec::new(),
            PlanGrain::Quarter => PlanGrain::Month,
            PlanGrain::Year => PlanGrain::Quarter,
        };
        let mut parts = Vec::new();
        let mut part = grain.holding(self.from);
        while part.from < self.to() {
            parts.push(part);
            part = Self { grain, from: part.to() };
        }
        parts
    }

    /// How many of its days are over, and how many it has, as of a day that goes on.
    pub fn elapsed(self, today: NaiveDate) -> (i64, i64) {
        let days = |to: NaiveDate| to.signed_duration_since(self.from).num_days();
        let all = days(self.to());
        (days(today).clamp(0, all), all)
    }
}

impl fmt::Display for Span {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (year, month) = (self.from.year(), self.from.month());
        match self.grain {
            PlanGrain::Month => write!(f, "{year:04}-{month:02}"),
            PlanGrain::Quarter => {
                let quarter = self.from.month0().checked_div(3).unwrap_or(0).saturating_add(1);
                write!(f, "{year:04}-Q{quarter}")
            }
            PlanGrain::Year => write!(f, "{year:04}"),
        }
    }
}

impl FromStr for Span {
    type Err = Invalid;

    /// # Errors
    ///
    /// `period.format`.
    fn from_str(text: &str) -> Result<Self, Invalid> {
        let invalid = || Invalid::new("period.format", text).limit("2026-11, 2026-Q4 or 2026");
        let (year, rest) = text.split_once('-').unwrap_or((text, ""));
        let digits = |part: &str, count: usize| {
            let fits = part.len() == count && part.bytes().all(|byte| byte.is_ascii_digit());
            if fits { part.parse::<u32>().ok() } else { None }
        };
        let year = digits(year, 4).and_then(|year| i32::try_from(year).ok());
        let (grain, month) = if let Some(quarter) = rest.strip_prefix('Q') {
            let quarter = digits(quarter, 1).filter(|quarter| (1..=4).contains(quarter));
            let month = quarter.map(|one| one.saturating_mul(3).saturating_sub(2));
            (PlanGrain::Quarter, month)
        } else if rest.is_empty() && !text.contains('-') {
            (PlanGrain::Year, Some(1))
        } else {
            (PlanGrain::Month, digits(rest, 2))
        };
        let from =
            year.zip(month).and_then(|(year, month)| NaiveDate::from_ymd_opt(year, month, 1));
        from.map(|from| Self { grain, from }).ok_or_else(invalid)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_period_reads_as_it_is_written_and_has_parts() {
        let table = [
            ("2026-11", "2026-11-01", "2026-12-01", "2026-10", 0),
            ("2026-Q4", "2026-10-01", "2027-01-01", "2026-Q3", 3),
            ("2026-Q1", "2026-01-01", "2026-04-01", "2025-Q4", 3),
            ("2026", "2026-01-01", "2027-01-01", "2025", 4),
        ];
        for (text, from, to, before, parts) in table {
            let span: Span = text.parse().unwrap();
            assert_eq!(span.to_string(), text);
            assert_eq!((span.from.to_string(), span.to().to_string()), (from.into(), to.into()));
            assert_eq!(span.before().to_string(), before, "before {text}");
            assert_eq!(span.parts().len(), parts, "parts of {text}");
            let last = span.to().pred_opt().unwrap();
            assert_eq!(span.grain.holding(last), span, "the last day of {text} lies in it");
            assert!(span.holds(last) && !span.holds(span.to()), "{text}");
        }
        for text in
            ["", "2026-13", "2026-00", "2026-Q5", "2026-Q0", "26-11", "2026-1", "2026-", "Q4"]
        {
            assert!(text.parse::<Span>().is_err(), "{text:?} is no period");
        }
        let day = |text: &str| text.parse::<NaiveDate>().unwrap();
        let november: Span = "2026-11".parse().unwrap();
        assert_eq!(
            november.elapsed(day("2026-11-01")),
            (0, 30),
            "the day that goes on is not over"
        );
        assert_eq!(november.elapsed(day("2026-11-16")), (15, 30));
        assert_eq!(november.elapsed(day("2027-01-01")), (30, 30));
    }
}
