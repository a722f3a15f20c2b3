//! How long something may take.

use chrono::TimeDelta;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::WorkCalendar;
use crate::value::{Invalid, Timestamp};

/// How long something may take, by the clock or in working time:
/// `{"elapsed_minutes":4320}` or `{"working_minutes":240}`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum TimeLimit {
    /// That many minutes, nights and holidays included.
    ElapsedMinutes(u32),
    /// That many minutes of working time.
    WorkingMinutes(u32),
}

/// A stretch of time, its end not included. It may be empty.
#[derive(
    Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema,
)]
#[serde(try_from = "SpanText")]
pub struct Span {
    start: Timestamp,
    end: Timestamp,
}

#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[schemars(inline)]
struct SpanText {
    start: Timestamp,
    end: Timestamp,
}

impl Span {
    /// From `start` up to `end`.
    ///
    /// # Errors
    ///
    /// `span.order` when it would end before it starts.
    pub fn new(start: Timestamp, end: Timestamp) -> Result<Self, Invalid> {
        if end < start {
            let limit = format!("not before {start}");
            return Err(Invalid::new("span.order", &end.to_string()).limit(limit));
        }
        Ok(Self { start, end })
    }

    /// Its first instant.
    pub const fn start(self) -> Timestamp {
        self.start
    }

    /// The instant after its last.
    pub const fn end(self) -> Timestamp {
        self.end
    }
}

impl TryFrom<SpanText> for Span {
    type Error = Invalid;

    fn try_from(text: SpanText) -> Result<Self, Invalid> {
        Self::new(text.start, text.end)
    }
}

impl TimeLimit {
    /// The amount, in the time it counts.
    pub fn amount(self) -> TimeDelta {
        match self {
            Self::ElapsedMinutes(minutes) | Self::WorkingMinutes(minutes) => {
                TimeDelta::minutes(minutes.into())
            }
        }
    }

    /// How many minutes.
    pub const fn count(self) -> u32 {
        match self {
            Self::ElapsedMinutes(minutes) | Self::WorkingMinutes(minutes) => minutes,
        }
    }

    /// Whether two limits count the same time, so that the greater is the longer whatever the calendar.
    pub const fn is_alike(self, other: Self) -> bool {
        match self {
            Self::ElapsedMinutes(_) => matches!(other, Self::ElapsedMinutes(_)),
            Self::WorkingMinutes(_) => matches!(other, Self::WorkingMinutes(_)),
        }
    }

    /// The limit that is so many minutes longer.
    #[must_use]
    pub const fn longer(self, minutes: u32) -> Self {
        match self {
            Self::ElapsedMinutes(own) => Self::ElapsedMinutes(own.saturating_add(minutes)),
            Self::WorkingMinutes(own) => Self::WorkingMinutes(own.saturating_add(minutes)),
        }
    }

    /// When the limit is reached by something that started at `start` and stood still during `pauses`.
    ///
    /// Pauses come in any order; where they overlap, time stands still once. One that starts at the very instant of the
    /// limit comes too late.
    ///
    /// # Errors
    ///
    /// Those of [`WorkCalendar::add_working`]; by the clock `time.range`.
    pub fn due(
        self,
        start: Timestamp,
        pauses: &[Span],
        calendar: &WorkCalendar,
    ) -> Result<Timestamp, Invalid> {
        let mut due = self.after(start, self.amount(), calendar)?;
        for pause in apart(start, pauses) {
            if pause.start < due {
                due = self.after(due, self.between(pause.start, pause.end, calendar)?, calendar)?;
            }
        }
        Ok(due)
    }

    /// How much of the limited time went by from `start` to `now`, `pauses` left out; nothing before the start.
    ///
    /// # Errors
    ///
    /// Those of [`WorkCalendar::working_between`].
    pub fn spent(
        self,
        start: Timestamp,
        now: Timestamp,
        pauses: &[Span],
        calendar: &WorkCalendar,
    ) -> Result<TimeDelta, Invalid> {
        let mut spent = self.between(start, now.max(start), calendar)?;
        for pause in apart(start, pauses) {
            let paused = self.between(pause.start.min(now), pause.end.min(now), calendar)?;
            spent = spent.checked_sub(&paused).unwrap_or_default();
        }
        Ok(spent.max(TimeDelta::zero()))
    }

    fn after(
        self,
        start: Timestamp,
        amount: TimeDelta,
        calendar: &WorkCalendar,
    ) -> Result<Timestamp, Invalid> {
        match self {
            Self::WorkingMinutes(_) => calendar.add_working(start, amount),
            Self::ElapsedMinutes(_) => start.checked_add(amount).ok_or_else(|| {
                Invalid::new("time.range", &start.to_string()).limit("the years 1 to 9999")
            }),
        }
    }

    fn between(
        self,
        from: Timestamp,
        until: Timestamp,
        calendar: &WorkCalendar,
    ) -> Result<TimeDelta, Invalid> {
        match self {
            Self::WorkingMinutes(_) => calendar.working_between(from, until),
            Self::ElapsedMinutes(_) => Ok(until.since(from)),
        }
    }
}

/// The parts of `pauses` after `start`, in order and without overlap.
fn apart(start: Timestamp, pauses: &[Span]) -> Vec<Span> {
    let mut sorted = pauses.to_vec();
    sorted.sort_unstable();
    let mut free = start;
    for pause in &mut sorted {
        pause.start = pause.start.max(free);
        pause.end = pause.end.max(pause.start);
        free = pause.end;
    }
    sorted
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::value::calendar::{DayHours, tests};

    const WORKING: TimeLimit = TimeLimit::WorkingMinutes(240);
    const ELAPSED: TimeLimit = TimeLimit::ElapsedMinutes(240);

    #[test]
    fn a_limit_of_four_hours_from_friday_16_00() {
        let office = WorkCalendar::mainland_china(&tests::day("09:00-18:00"));
        let at = tests::in_shanghai;
        let friday = |clock: &str| at(&format!("2026-11-20 {clock}"));
        let monday = |clock: &str| at(&format!("2026-11-23 {clock}"));
        let span = |start, end| Span::new(start, end).unwrap();
        let lunch = span(friday("16:30"), friday("17:30"));
        let overlapping = span(friday("17:00"), friday("17:45"));
        let weekend = span(friday("19:00"), monday("10:00"));
        let before = span(friday("08:00"), friday("16:30"));
        let late = span(monday("11:00"), monday("12:00"));
        let table = [
            ("runs on", WORKING, vec![], monday("11:00")),
            ("runs through the night", ELAPSED, vec![], friday("20:00")),
            ("waits", WORKING, vec![lunch], monday("12:00")),
            ("waits by the clock", ELAPSED, vec![lunch], friday("21:00")),
            ("waits once", WORKING, vec![overlapping, lunch], monday("12:15")),
            ("waits in working time only", WORKING, vec![weekend], monday("12:00")),
            ("waits from its start", WORKING, vec![before], monday("11:30")),
            ("is reached before it could wait", WORKING, vec![late], monday("11:00")),
        ];
        for (rule, limit, pauses, due) in table {
            let start = friday("16:00");
            assert_eq!(limit.due(start, &pauses, &office), Ok(due), "it {rule}");
            assert_eq!(limit.spent(start, due, &pauses, &office), Ok(limit.amount()), "it {rule}");
            assert_eq!(
                limit.spent(start, friday("15:00"), &pauses, &office),
                Ok(TimeDelta::zero())
            );
        }
        let closed = WorkCalendar::mainland_china(&DayHours::REST);
        assert_eq!(
            WORKING.due(friday("16:00"), &[], &closed).unwrap_err().code,
            "calendar.no_working_time"
        );
        assert_eq!(Span::new(friday("09:01"), friday("09:00")).unwrap_err().code, "span.order");
    }

    #[test]
    fn json_names_the_kind_of_time() {
        let json = r#"{"working_minutes":240}"#;
        assert_eq!(serde_json::from_str::<TimeLimit>(json).unwrap(), WORKING);
        assert_eq!(serde_json::to_string(&WORKING).unwrap(), json);
        let backwards = r#"{"start":"2026-01-02T00:00:00Z","end":"2026-01-01T00:00:00Z"}"#;
        assert!(serde_json::from_str::<Span>(backwards).is_err());
    }
}
