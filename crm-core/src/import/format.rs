//! How a file writes numbers, days and yes-or-no, and what is made of it: strict, exact, never guessed.

use chrono::{
    DateTime, Datelike as _, NaiveDate, NaiveDateTime, NaiveTime, TimeDelta, TimeZone as _,
};
use chrono_tz::Tz;
use rust_decimal::{Decimal, RoundingStrategy};

use super::fault::Unfit;
use crate::value::{Rounding, Timestamp};

/// How a file writes its values. A field may differ from its file, a file from the plan.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Format {
    /// Tried in this order; the first that fits wins.
    pub dates: Vec<DateFormat>,
    /// The decimal sign.
    pub decimal: char,
    /// What separates groups of digits, where anything does.
    pub thousands: Option<char>,
    /// What may stand before or behind a number, such as `$` or `元`.
    pub symbols: Vec<String>,
    /// What means yes.
    pub yes: Vec<String>,
    /// What means no.
    pub no: Vec<String>,
    /// What means an empty cell, besides the empty one: `NULL`, `n/a`.
    pub empty: Vec<String>,
    /// Where the file's days and local times happen.
    pub zone: Tz,
}

impl Default for Format {
    fn default() -> Self {
        let texts = |all: &[&str]| all.iter().map(|text| (*text).to_owned()).collect();
        Self {
            dates: vec![DateFormat::Iso],
            decimal: '.',
            thousands: None,
            symbols: Vec::new(),
            yes: texts(&["true", "yes", "y", "1", "是"]),
            no: texts(&["false", "no", "n", "0", "否"]),
            empty: Vec::new(),
            zone: Tz::UTC,
        }
    }
}

/// One way to write a day or a time.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum DateFormat {
    /// `2026-01-31`, `2026-01-31 08:30`, `2026-01-31T08:30:00.5`, RFC 3339 with its offset.
    Iso,
    /// chrono's pattern; the plan writes it so (`%Y年%m月%d日`) or in letters (`m/d/yyyy`).
    Pattern(String),
}

impl DateFormat {
    /// Reads `iso`, a pattern with `%`, or letters: yyyy, mm or m, dd or d, hh or h, mi, ss.
    pub(crate) fn parse(text: &str) -> Option<Self> {
        if text == "iso" {
            return Some(Self::Iso);
        }
        let pattern = if text.contains('%') { text.to_owned() } else { letters(text)? };
        let items = chrono::format::StrftimeItems::new(&pattern);
        let has_year = pattern.contains("%Y") || pattern.contains("%F");
        let valid = items.into_iter().all(|item| item != chrono::format::Item::Error) && has_year;
        valid.then_some(Self::Pattern(pattern))
    }

    /// The local time it reads, or the instant where the text says its own offset.
    fn read(&self, text: &str) -> Option<Moment> {
        match self {
            Self::Iso => iso(text),
            Self::Pattern(pattern) => NaiveDateTime::parse_from_str(text, pattern)
                .or_else(|_| {
                    let day = NaiveDate::parse_from_str(text, pattern)?;
                    Ok::<_, chrono::ParseError>(day.and_time(NaiveTime::MIN))
                })
                .ok()
                .map(Moment::Local),
        }
    }
}

enum Moment {
    Local(NaiveDateTime),
    Instant(DateTime<chrono::FixedOffset>),
}

fn letters(text: &str) -> Option<String> {
    let tokens =
        [("yyyy", "%Y"), ("mm", "%m"), ("mi", "%M"), ("m", "%m"), ("dd", "%d"), ("d", "%d")];
    let tokens = tokens.into_iter().chain([("hh", "%H"), ("h", "%H"), ("ss", "%S")]);
    let tokens: Vec<(&str, &str)> = tokens.collect();
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
    /// Whether the cell says nothing.
    pub(crate) fn is_empty(&self, text: &str) -> bool {
        text.is_empty() || self.empty.iter().any(|empty| empty == text)
    }

    /// The exact number that is written there.
    pub(crate) fn number(&self, text: &str) -> Result<Decimal, Unfit> {
        let wrong = || Unfit::new("number.format", text).limit(self.number_in_words());
        let (negative, body) = match text.trim().strip_prefix(['-', '−']) {
            Some(body) => (true, body),
            None => (false, text.trim()),
        };
        let mut body = body.trim();
        for symbol in &self.symbols {
            body = body.strip_prefix(symbol.as_str()).unwrap_or(body);
            body = body.strip_suffix(symbol.as_str()).unwrap_or(body).trim();
        }
        let (negative, body) = match body.strip_prefix(['-', '−']) {
            Some(body) if !negative => (true, body),
            Some(_) | None => (negative, body),
        };
        let (whole, fraction) = match body.split_once(self.decimal) {
            Some((whole, fraction)) => (whole, Some(fraction)),
            None => (body, None),
        };
        let whole = self.ungrouped(whole).ok_or_else(wrong)?;
        let digits =
            |text: &str| !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
        if !digits(&whole) || fraction.is_some_and(|fraction| !digits(fraction)) {
            return Err(wrong());
        }
        let sign = if negative { "-" } else { "" };
        let plain = format!("{sign}{whole}.{}", fraction.unwrap_or("0"));
        let number = Decimal::from_str_exact(&plain);
        number.map_err(|_| Unfit::new("number.range", text).limit("28 significant digits"))
    }

    /// The digits without their separators, which must stand between groups of three.
    fn ungrouped(&self, whole: &str) -> Option<String> {
        let Some(separator) = self.thousands.filter(|separator| whole.contains(*separator)) else {
            return Some(whole.to_owned());
        };
        let mut groups = whole.split(separator);
        let first = groups.next().is_some_and(|group| (1..=3).contains(&group.len()));
        (first && groups.all(|group| group.len() == 3)).then(|| whole.replace(separator, ""))
    }

    fn number_in_words(&self) -> String {
        let decimal = self.decimal;
        let groups = self.thousands.map(|sign| format!(", groups of three by {sign:?}"));
        format!("digits with {decimal:?} for decimals{}", groups.unwrap_or_default())
    }

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
        let read = self.dates.iter().find_map(|format| format.read(text));
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
        });
        names.collect::<Vec<_>>().join(" or ")
    }

    /// Yes or no.
    pub(crate) fn flag(&self, text: &str) -> Result<bool, Unfit> {
        let listed = |list: &[String]| list.iter().any(|word| word.eq_ignore_ascii_case(text));
        match (listed(&self.yes), listed(&self.no)) {
            (true, false) => Ok(true),
            (false, true) => Ok(false),
            (true, true) | (false, false) => {
                Err(Unfit::new("flag.format", text)
                    .allowed(self.yes.iter().chain(&self.no).cloned()))
            }
        }
    }
}

/// The earliest instant at or after `local` in `zone`: a day whose midnight was skipped begins an hour later.
fn first_instant(zone: Tz, local: NaiveDateTime) -> Option<DateTime<chrono::Utc>> {
    let later = |hours| local.checked_add_signed(TimeDelta::hours(hours));
    let found = zone.from_local_datetime(&local).earliest();
    let found = found.or_else(|| zone.from_local_datetime(&later(1)?).earliest());
    found.map(|time| time.to_utc())
}

/// Where the digits of a number end, and how.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Cut {
    /// Digits kept behind the point, at most 12.
    pub scale: u32,
    /// The named way to round.
    pub rule: Rounding,
}

impl Cut {
    pub(crate) fn apply(self, value: Decimal) -> Decimal {
        let strategy = match self.rule {
            Rounding::HalfUp => RoundingStrategy::MidpointAwayFromZero,
            Rounding::HalfDown => RoundingStrategy::MidpointTowardZero,
            Rounding::HalfEven => RoundingStrategy::MidpointNearestEven,
            Rounding::Down => RoundingStrategy::ToZero,
            Rounding::Up => RoundingStrategy::AwayFromZero,
            Rounding::Ceiling => RoundingStrategy::ToPositiveInfinity,
            Rounding::Floor => RoundingStrategy::ToNegativeInfinity,
        };
        value.round_dp_with_strategy(self.scale, strategy)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn told<T: ToString>(read: Result<T, Unfit>) -> String {
        read.map_or_else(|unfit| unfit.code.to_owned(), |value| value.to_string())
    }

    #[test]
    fn numbers_are_exact_or_refused() {
        let plain = Format::default();
        let symbols = vec!["$".to_owned(), "元".to_owned()];
        let us = Format { thousands: Some(','), symbols, ..Format::default() };
        let german = Format { decimal: ',', thousands: Some('.'), ..Format::default() };
        let table = [
            ("digits", &plain, "440", "440.0"),
            ("trailing zeros stay", &plain, "32.380", "32.380"),
            ("a minus", &plain, "-7.5", "-7.5"),
            ("separators are refused unless the plan names them", &plain, "1,200", "number.format"),
            ("no exponent", &plain, "1e5", "number.format"),
            ("no empty fraction", &plain, "1.", "number.format"),
            ("no words", &plain, "n/a", "number.format"),
            ("29 digits are too many", &plain, "12345678901234567890123456789", "number.range"),
            ("dollars", &us, "$1,234,567.89", "1234567.89"),
            ("a minus before the sign", &us, "-$1,200", "-1200.0"),
            ("a minus behind the sign", &us, "$-1,200", "-1200.0"),
            ("yuan", &us, "1,200.50 元", "1200.50"),
            ("groups are of three", &us, "12,00", "number.format"),
            ("German", &german, "1.234,56", "1234.56"),
            ("German is not English", &german, "1,234.56", "number.format"),
        ];
        for (rule, format, text, expected) in table {
            assert_eq!(told(format.number(text)), expected, "{rule}: {text}");
        }
    }

    #[test]
    fn times_are_read_by_the_formats_of_the_plan() {
        let format = |dates: &[&str], zone| Format {
            dates: dates.iter().filter_map(|text| DateFormat::parse(text)).collect(),
            zone,
            ..Format::default()
        };
        let iso = format(&["iso"], Tz::UTC);
        let us = format(&["m/d/yyyy", "iso"], Tz::America__Los_Angeles);
        let chinese = format(&["%Y年%m月%d日", "yyyy/mm/dd hh:mi"], Tz::Asia__Shanghai);
        let cairo = format(&["iso"], Tz::Africa__Cairo);
        let table = [
            ("a day begins in the zone", &us, "7/4/1996", "1996-07-04T07:00:00Z"),
            ("leading zeros may stand", &us, "07/04/1996", "1996-07-04T07:00:00Z"),
            ("formats are tried in order", &us, "1996-07-04", "1996-07-04T07:00:00Z"),
            ("Chinese", &chinese, "2025年3月1日", "2025-02-28T16:00:00Z"),
            ("with a time of day", &chinese, "2025/03/01 09:30", "2025-03-01T01:30:00Z"),
            ("its own offset wins", &us, "2020-01-01T00:00:00+08:00", "2019-12-31T16:00:00Z"),
            ("Salesforce", &iso, "2021-11-13T08:00:00.000+0000", "2021-11-13T08:00:00Z"),
            ("a skipped midnight", &cairo, "2024-04-26", "2024-04-25T22:00:00Z"),
            ("no second guess", &iso, "7/4/1996", "time.format"),
            ("no such day", &us, "2/30/1996", "time.format"),
            ("two digits are no year", &us, "7/4/96", "time.year"),
            ("nothing left over", &us, "7/4/1996 x", "time.format"),
        ];
        for (rule, format, text, expected) in table {
            assert_eq!(told(format.time(text)), expected, "{rule}: {text}");
        }
        assert_eq!(DateFormat::parse("m/d"), None, "a format has a year");
        assert_eq!(DateFormat::parse("q/yyyy"), None, "unknown letters are refused");
    }

    #[test]
    fn flags_are_listed() {
        let table = [("是", "true"), ("TRUE", "true"), ("0", "false"), ("maybe", "flag.format")];
        for (text, expected) in table {
            assert_eq!(told(Format::default().flag(text)), expected, "{text}");
        }
    }

    #[test]
    fn rounding_is_named() {
        let table = [
            (Rounding::HalfUp, "2.345", "2.35"),
            (Rounding::HalfUp, "-2.345", "-2.35"),
            (Rounding::HalfEven, "2.345", "2.34"),
            (Rounding::Down, "2.349", "2.34"),
            (Rounding::Up, "2.341", "2.35"),
        ];
        for (rule, from, to) in table {
            let from = Decimal::from_str_exact(from).unwrap();
            assert_eq!(Cut { scale: 2, rule }.apply(from).to_string(), to, "{rule:?} of {from}");
        }
    }
}
