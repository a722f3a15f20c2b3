//! Opening hours of a day and of a week.

use core::{fmt, str::FromStr};
use std::borrow::Cow;

use chrono::Weekday;
use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::{Deserialize, Serialize, Serializer};

use crate::value::Invalid;

/// A stretch of wall-clock time within one day, to the minute, its end not included: `09:00-18:00`.
///
/// The end may be `24:00`. A night shift is two stretches: `22:00-24:00` and, on the next day, `00:00-06:00`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Deserialize)]
#[serde(try_from = "String")]
pub struct Hours {
    from: u16,
    until: u16,
}

impl Hours {
    /// Minutes in a day on the wall.
    pub const DAY_MINUTES: u16 = 1440;

    /// From and until that many minutes after local midnight.
    ///
    /// # Errors
    ///
    /// `hours.order` unless `from < until <= 1440`.
    pub fn new(from: u16, until: u16) -> Result<Self, Invalid> {
        let hours = Self { from, until };
        if from >= until || until > Self::DAY_MINUTES {
            let limit = "a start before its end, the end at most 24:00";
            return Err(Invalid::new("hours.order", &hours.to_string()).limit(limit));
        }
        Ok(hours)
    }

    /// Its first minute after local midnight.
    pub const fn from_minute(self) -> u16 {
        self.from
    }

    /// The minute after its last.
    pub const fn until_minute(self) -> u16 {
        self.until
    }
}

/// The working hours of one day: in order, apart from each other; none on a day of rest.
///
/// Stretches that touch are one, so that equal hours have one form.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(try_from = "Vec<Hours>")]
pub struct DayHours(Vec<Hours>);

impl DayHours {
    /// A day without work.
    pub const REST: Self = Self(Vec::new());

    /// These stretches, in any order.
    ///
    /// # Errors
    ///
    /// `hours.overlap` when two share a minute.
    pub fn new(stretches: impl IntoIterator<Item = Hours>) -> Result<Self, Invalid> {
        let mut sorted: Vec<Hours> = stretches.into_iter().collect();
        sorted.sort_unstable();
        let mut joined: Vec<Hours> = Vec::with_capacity(sorted.len());
        for next in sorted {
            match joined.last_mut() {
                Some(last) if next.from < last.until => {
                    let limit = format!("nothing before the end of {last}");
                    return Err(Invalid::new("hours.overlap", &next.to_string()).limit(limit));
                }
                Some(last) if next.from == last.until => last.until = next.until,
                _ => joined.push(next),
            }
        }
        Ok(Self(joined))
    }

    /// Its stretches, in order.
    pub fn stretches(&self) -> &[Hours] {
        &self.0
    }

    /// No work on that day.
    pub fn is_rest(&self) -> bool {
        self.0.is_empty()
    }
}

/// The hours of an ordinary week, by weekday; a day that is left out is a day of rest.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
#[expect(missing_docs, reason = "weekdays need no words")]
pub struct Week {
    pub monday: DayHours,
    pub tuesday: DayHours,
    pub wednesday: DayHours,
    pub thursday: DayHours,
    pub friday: DayHours,
    pub saturday: DayHours,
    pub sunday: DayHours,
}

impl Week {
    /// The same hours from Monday to Friday, rest on Saturday and Sunday.
    pub fn monday_to_friday(hours: &DayHours) -> Self {
        let [monday, tuesday, wednesday, thursday, friday] = [(); 5].map(|()| hours.clone());
        let (saturday, sunday) = (DayHours::REST, DayHours::REST);
        Self { monday, tuesday, wednesday, thursday, friday, saturday, sunday }
    }

    /// The hours of that weekday.
    pub const fn on(&self, weekday: Weekday) -> &DayHours {
        match weekday {
            Weekday::Mon => &self.monday,
            Weekday::Tue => &self.tuesday,
            Weekday::Wed => &self.wednesday,
            Weekday::Thu => &self.thursday,
            Weekday::Fri => &self.friday,
            Weekday::Sat => &self.saturday,
            Weekday::Sun => &self.sunday,
        }
    }

    /// From Monday to Sunday.
    pub(super) fn days(&self) -> [&DayHours; 7] {
        use Weekday::{Fri, Mon, Sat, Sun, Thu, Tue, Wed};
        [Mon, Tue, Wed, Thu, Fri, Sat, Sun].map(|weekday| self.on(weekday))
    }
}

impl FromStr for Hours {
    type Err = Invalid;

    /// Reads what it prints; `hours.format` otherwise, then the errors of [`Hours::new`].
    fn from_str(text: &str) -> Result<Self, Invalid> {
        let minute = |clock: &str| -> Option<u16> {
            let (hours, minutes) = clock.split_once(':')?;
            let digits = |part: &str| part.len() == 2 && part.bytes().all(|b| b.is_ascii_digit());
            let minutes: u16 =
                minutes.parse().ok().filter(|m| *m < 60 && digits(clock.get(3..).unwrap_or("")))?;
            let hours: u16 = hours.parse().ok().filter(|_| digits(hours))?;
            hours.checked_mul(60)?.checked_add(minutes)
        };
        let stretch = text.split_once('-').and_then(|(a, b)| Some((minute(a)?, minute(b)?)));
        let (from, until) = stretch
            .ok_or_else(|| Invalid::new("hours.format", text).limit("such as 09:00-18:00"))?;
        Self::new(from, until)
    }
}

impl fmt::Display for Hours {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { from, until } = self;
        write!(f, "{:02}:{:02}-{:02}:{:02}", from / 60, from % 60, until / 60, until % 60)
    }
}

impl TryFrom<String> for Hours {
    type Error = Invalid;

    fn try_from(text: String) -> Result<Self, Invalid> {
        text.parse()
    }
}

impl TryFrom<Vec<Hours>> for DayHours {
    type Error = Invalid;

    fn try_from(stretches: Vec<Hours>) -> Result<Self, Invalid> {
        Self::new(stretches)
    }
}

impl Serialize for Hours {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl JsonSchema for Hours {
    fn schema_name() -> Cow<'static, str> {
        "Hours".into()
    }

    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        json_schema!({"type": "string", "pattern": "^[0-2][0-9]:[0-5][0-9]-[0-2][0-9]:[0-5][0-9]$"})
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn hours_are_wall_clock_text() {
        let table = [
            ("09:00-18:00", Ok((540, 1080))),
            ("00:00-24:00", Ok((0, 1440))),
            ("23:59-24:00", Ok((1439, 1440))),
            ("09:00-09:00", Err("hours.order")),
            ("22:00-06:00", Err("hours.order")),
            ("09:00-24:01", Err("hours.order")),
            ("99:00-99:30", Err("hours.order")),
            ("9:00-18:00", Err("hours.format")),
            ("09:60-18:00", Err("hours.format")),
            ("09:00", Err("hours.format")),
            ("09:0+-18:00", Err("hours.format")),
            ("", Err("hours.format")),
        ];
        for (text, expected) in table {
            let parsed = text.parse::<Hours>();
            let got = parsed.as_ref().map(|h| (h.from, h.until)).map_err(|e| e.code.as_str());
            assert_eq!(got, expected, "{text:?}");
            assert!(parsed.is_err() || parsed.unwrap().to_string() == text);
        }
    }

    #[test]
    fn a_day_has_one_form() {
        let day = |json: &str| serde_json::from_str::<DayHours>(json);
        let joined = day(r#"["13:00-18:00","09:00-12:00","12:00-13:00"]"#).unwrap();
        assert_eq!(serde_json::to_string(&joined).unwrap(), r#"["09:00-18:00"]"#);
        let overlap = day(r#"["09:00-12:00","11:59-18:00"]"#).unwrap_err();
        assert!(overlap.to_string().starts_with("hours.overlap"), "{overlap}");
        assert!(day("[]").unwrap().is_rest());
    }
}
