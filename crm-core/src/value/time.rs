//! Instants.

use core::{fmt, str::FromStr};
use std::borrow::Cow;

use chrono::{DateTime, NaiveDate, SecondsFormat, TimeDelta, Utc};
use chrono_tz::Tz;
use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::{Deserialize, Deserializer, Serialize, Serializer};

use super::Invalid;

/// An instant in UTC, to the microsecond, between the years 1 and 9999.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Timestamp(DateTime<Utc>);

impl Timestamp {
    const MICROS_MIN: i64 = -62_135_596_800_000_000;
    const MICROS_MAX: i64 = 253_402_300_799_999_999;

    /// The instant that many microseconds after 1970-01-01T00:00:00Z.
    ///
    /// # Errors
    ///
    /// `time.range` outside the years 1 to 9999.
    pub fn from_micros(micros: i64) -> Result<Self, Invalid> {
        let in_range = (Self::MICROS_MIN..=Self::MICROS_MAX).contains(&micros);
        let time = DateTime::from_timestamp_micros(micros).filter(|_| in_range);
        time.map(Self).ok_or_else(|| {
            Invalid::new("time.range", &micros.to_string()).limit("the years 1 to 9999")
        })
    }

    /// Microseconds since 1970-01-01T00:00:00Z.
    pub fn micros(self) -> i64 {
        self.0.timestamp_micros()
    }

    /// As chrono's type.
    pub const fn utc(self) -> DateTime<Utc> {
        self.0
    }

    /// The calendar day it falls on in `zone`.
    pub fn day_in(self, zone: Tz) -> NaiveDate {
        self.0.with_timezone(&zone).date_naive()
    }

    /// The elapsed time since `earlier`; negative where `earlier` is later.
    pub fn since(self, earlier: Self) -> TimeDelta {
        self.0.signed_duration_since(earlier.0)
    }

    /// This instant moved by `delta`, or nothing outside the years 1 to 9999.
    pub fn checked_add(self, delta: TimeDelta) -> Option<Self> {
        let moved = self.micros().checked_add(delta.num_microseconds()?)?;
        Self::from_micros(moved).ok()
    }
}

impl TryFrom<DateTime<Utc>> for Timestamp {
    type Error = Invalid;

    /// Cuts off below the microsecond.
    fn try_from(time: DateTime<Utc>) -> Result<Self, Invalid> {
        Self::from_micros(time.timestamp_micros())
    }
}

impl FromStr for Timestamp {
    type Err = Invalid;

    fn from_str(text: &str) -> Result<Self, Invalid> {
        let time = DateTime::parse_from_rfc3339(text)
            .map_err(|_| Invalid::new("time.format", text).limit("RFC 3339"))?;
        Self::try_from(time.to_utc())
    }
}

impl fmt::Display for Timestamp {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0.to_rfc3339_opts(SecondsFormat::AutoSi, true))
    }
}

impl fmt::Debug for Timestamp {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

impl Serialize for Timestamp {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for Timestamp {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = Cow::<'de, str>::deserialize(deserializer)?;
        text.parse().map_err(|e: Invalid| {
            serde::de::Error::custom(format!("not an RFC 3339 time ({})", e.code))
        })
    }
}

impl JsonSchema for Timestamp {
    fn schema_name() -> Cow<'static, str> {
        "Timestamp".into()
    }

    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        json_schema!({"type": "string", "format": "date-time"})
    }
}
