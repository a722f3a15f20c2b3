//! How days and times are written.

use chrono::{
    DateTime, Datelike as _, NaiveDate, NaiveDateTime, NaiveTime, TimeDelta, TimeZone as _,
};
use chrono_tz::Tz;
use rust_decimal::{Decimal, RoundingStrategy};

use super::Format;
use super::number::narrow;
use crate::import::fault::Unfit;
use crate::value::Timestamp;

/// One way to write a day or a time.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum DateFormat {
    /// `2026-01-31`, `2026-01-31 08:30`, `2026-01-31T08:30:00.5`, RFC 3339 with its offset.
    Iso,
    /// chrono's pattern; the plan writes it so (`%Y年%m月%d日`) or in letters (`m/d/yyyy`).
    Pattern(String),
    /// Days since 1900 or, where true, since 1904, as a spreadsheet counts them: `44301.5`.
    Serial(bool),
    /// Milliseconds or, where false, seconds since 1970 in UTC.
    Epoch(bool),
}

/// What the plan calls formats that are no patterns.
const NAMES: [(&str, DateFormat); 5] = [
    ("iso", DateFormat::Iso),
    ("excel", DateFormat::Serial(false)),
    ("excel1904", DateFormat::Serial(true)),
    ("unix", DateFormat::Epoch(false)),
    ("unix_ms", DateFormat::Epoch(true)),
];

impl DateFormat {
    /// Reads a name, a pattern with `%`, or letters: yyyy, mm or m, mmm (Apr), dd or d, hh or h, mi, ss, ap (AM, 下午).
    pub(crate) fn parse(text: &str) -> Option<Self> {
        if let Some((_, named)) = NAMES.iter().find(|(name, _)| *name == text) {
            return Some(named.clone());
        }
        let pattern = if text.contains('%') { text.to_owned() } else { letters(text)? };
        let items = chrono::format::StrftimeItems::new(&pattern);
        let has_year = pattern.contains("%Y") || pattern.contains("%F");
        let valid = items.into_iter().all(|item| item != chrono::format::Item::Error) && has_year;
        valid.then_some(Self::Pattern(pattern))
    }

    /// Whether both read some text, and read it differently: `m/d/yyyy` and `d/m/yyyy`.
    pub(crate) fn contradicts(&self, other: &Self) -> bool {
        // A day that is a month as well, in another order, and a count that both may mean.
        let read = |format: &Self, text: &str| match format.read(text) {
            Some(Moment::Local(at)) => Some(at.and_utc()),
            Some(Moment::Instant(at)) => Some(at.to_utc()),
            None => None,
        };
        let written = |format: &Self| match format {
            Self::Pattern(pattern) => {
                let day = NaiveDate::from_ymd_opt(2021, 3, 4)?;
                Some(day.and_hms_opt(5, 6, 7)?.format(pattern).to_string())
            }
            Self::Iso => Some("2021-03-04".to_owned()),
            Self::Serial(_) | Self::Epoch(_) => Some("44301".to_owned()),
        };
        [written(self), written(other)].into_iter().flatten().any(|text| {
            let (one, two) = (read(self, &text), read(other, &text));
            one.is_some() && two.is_some() && one != two
        })
    }

    /// The local time it reads, or the instant where the text says its own offset.
    fn read(&self, text: &str) -> Option<Moment> {
        match self {
            Self::Iso => iso(text),
            Self::Pattern(pattern) => {
                let text = if pattern.contains("%p") { halves(text) } else { text.to_owned() };
                let time = NaiveDateTime::parse_from_str(&text, pattern);
                time.or_else(|_| {
                    let day = NaiveDate::parse_from_str(&text, pattern)?;
                    Ok::<_, chrono::ParseError>(day.and_time(NaiveTime::MIN))
                })
                .ok()
                .map(Moment::Local)
            }
            Self::Serial(since_1904) => {
                let number = Decimal::from_str_exact(text).ok()?;
                serial(number, *since_1904).map(Moment::Local)
            }
            Self::Epoch(millis) => {
                let number: i64 = text.parse().ok()?;
                let instant = match millis {
                    true => DateTime::from_timestamp_millis(number),
                    false => DateTime::from_timestamp(number, 0),
                };
                instant.map(|instant| Moment::Instant(instant.fixed_offset()))
            }
        }
    }
}

enum Moment {
    Local(NaiveDateTime),
    Instant(DateTime<chrono::FixedOffset>),
}

/// The day and time that a spreadsheet counts as `number`, rounded to milliseconds.
///
/// Days count from 1900-01-01 as 1, with a 29 February 1900 that never was (60 is refused), or from 1904-01-01 as 0.
pub(crate) fn serial(number: Decimal, since_1904: bool) -> Option<NaiveDateTime> {
    let millis = number.checked_mul(Decimal::from(86_400_000))?;
    let millis = millis.round_dp_with_strategy(0, RoundingStrategy::MidpointAwayFromZero);
    let millis = i64::try_from(i128::try_from(millis).ok()?).ok()?;
    let day = millis.div_euclid(86_400_000);
    let (year, month, first) = match (since_1904, day) {
        (true, 0..) => (1904, 1, 1),
        (false, 1..=59) => (1899, 12, 31),
        (false, 61..) => (1899, 12, 30),
        _ => return None,
    };
    let epoch = NaiveDate::from_ymd_opt(year, month, first)?.and_time(NaiveTime::MIN);
    epoch.checked_add_signed(TimeDelta::try_milliseconds(millis)?)
}

/// 上午 and 下午 as AM and PM.
fn halves(text: &str) -> String {
    let morning = ["上午", "凌晨", "早上"]
        .iter()
        .fold(text.to_owned(), |text, word| text.replace(word, "AM"));
    ["下午", "晚上", "中午"].iter().fold(morning, |text, word| text.replace(word, "PM"))
}

fn letters(text: &str) -> Option<String> {
    let hour = if text.contains("ap") { "%I" } else { "%H" };
    let tokens = [
        ("yyyy", "%Y"),
        ("mmm", "%b"),
        ("mm", "%m"),
        ("mi", "%M"),
        ("m", "%m"),
        ("dd", "%d"),
        ("d", "%d"),
        ("hh", hour),
        ("h", hour),
        ("ss", "%S"),
        ("ap", "%p"),
    ];
    let (mut rest, mut pattern) = (text, String::new());
    while let Some(char) = rest.chars().next() {
        if let Some((token, item)) = tokens.iter().find(|(token, _)| rest.starts_with(token)) {
            pattern.push_str(item);
            rest = rest.strip_prefix(token)?;
        } else if char.is_ascii_alphabetic() && char != 'T' {
            return None;
        } else {
            pattern.push(char);
            rest = rest.strip_prefix(char)?;
        }
    }
    Some(pattern)
}

fn iso(text: &str) -> Option<Moment> {
    if let Ok(instant) = DateTime::parse_from_rfc3339(text) {
        return Some(Moment::Instant(instant));
    }
    // Salesforce writes +0000 without the colon.
    if let Ok(instant) = DateTime::parse_from_str(text, "%Y-%m-%dT%H:%M:%S%.f%z") {
        return Some(Moment::Instant(instant));
    }
    let patterns =
        ["%Y-%m-%dT%H:%M:%S%.f", "%Y-%m-%d %H:%M:%S%.f", "%Y-%m-%dT%H:%M", "%Y-%m-%d %H:%M"];
    let time = patterns.iter().find_map(|p| NaiveDateTime::parse_from_str(text, p).ok());
    let day =
        || NaiveDate::parse_from_str(text, "%Y-%m-%d").ok().map(|day| day.and_time(NaiveTime::MIN));
    time.or_else(day).map(Moment::Local)
}

impl Format {
    /// The instant that is written there; a day is its first instant in the zone.
    pub(crate) fn time(&self, text: &str) -> Result<Timestamp, Unfit> {
        let instant = match self.moment(text)? {
            Moment::Instant(instant) => instant.to_utc(),
            Moment::Local(local) => first_instant(self.zone, local).ok_or_else(|| {
                Unfit::new("time.range", text).limit("a time that exists in the plan's zone")
            })?,
        };
        Timestamp::try_from(instant).map_err(|_| Unfit::new("time.range", text))
    }

    /// The day that is written there.
    pub(crate) fn day(&self, text: &str) -> Result<NaiveDate, Unfit> {
        Ok(match self.moment(text)? {
            Moment::Instant(instant) => instant.with_timezone(&self.zone).date_naive(),
            Moment::Local(local) => local.date(),
        })
    }

    fn moment(&self, text: &str) -> Result<Moment, Unfit> {
        let letters = narrow(text);
        let read = self.dates.iter().find_map(|format| format.read(&letters));
        let moment =
            read.ok_or_else(|| Unfit::new("time.format", text).limit(self.dates_in_words()))?;
        let year = match &moment {
            Moment::Instant(instant) => instant.year(),
            Moment::Local(local) => local.year(),
        };
        // `7/4/96` read as the year 96 is a wrong date that looks right.
        if !(1000..=9999).contains(&year) {
            return Err(Unfit::new("time.year", text).limit("a year of four digits"));
        }
        Ok(moment)
    }

    fn dates_in_words(&self) -> String {
        let names = self.dates.iter().map(|format| match format {
            DateFormat::Iso => "ISO 8601".to_owned(),
            DateFormat::Pattern(pattern) => pattern.clone(),
            DateFormat::Serial(_) => "days as a spreadsheet counts them".to_owned(),
            DateFormat::Epoch(true) => "milliseconds since 1970".to_owned(),
            DateFormat::Epoch(false) => "seconds since 1970".to_owned(),
        });
        names.collect::<Vec<_>>().join(" or ")
    }
}

/// The earliest instant at or after `local` in `zone`: a day whose midnight was skipped begins an hour later.
fn first_instant(zone: Tz, local: NaiveDateTime) -> Option<DateTime<chrono::Utc>> {
    let later = |hours| local.checked_add_signed(TimeDelta::hours(hours));
    let found = zone.from_local_datetime(&local).earliest();
    let found = found.or_else(|| zone.from_local_datetime(&later(1)?).earliest());
    found.map(|time| time.to_utc())
}
