//! How a file writes numbers, days and yes-or-no, and what is made of it: strict, exact, never guessed.

mod date;
mod number;

use chrono_tz::Tz;
use rust_decimal::{Decimal, RoundingStrategy};

use super::fault::Unfit;
use crate::value::Rounding;
pub use date::DateFormat;
pub(crate) use date::serial;
pub(crate) use number::{SCALES, scale_of};

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
    /// Words behind a number that multiply it, such as `K`, `M`, `万`, `亿`.
    pub scales: Vec<String>,
    /// Whether a number in parentheses is negative, as accountants write it.
    pub parentheses: bool,
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
            scales: Vec::new(),
            parentheses: false,
            yes: texts(&["true", "yes", "y", "1", "是"]),
            no: texts(&["false", "no", "n", "0", "否"]),
            empty: Vec::new(),
            zone: Tz::UTC,
        }
    }
}

impl Format {
    /// Whether the cell says nothing.
    pub(crate) fn is_empty(&self, text: &str) -> bool {
        text.is_empty() || self.empty.iter().any(|empty| empty == text)
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
        let euro = Format { symbols: vec!["€".to_owned()], ..german.clone() };
        let french = Format { decimal: ',', thousands: Some(' '), ..Format::default() };
        let words = |all: &[&str]| all.iter().map(|word| (*word).to_owned()).collect::<Vec<_>>();
        let scaled = Format {
            symbols: words(&["$", "¥", "元"]),
            scales: words(&["K", "M", "万", "千万", "亿"]),
            parentheses: true,
            ..us.clone()
        };
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
            ("thousands of dollars", &scaled, "$1,117.10K", "1117100.00"),
            ("a minus before them", &scaled, "-$1.5M", "-1500000.0"),
            ("tens of thousands of yuan", &scaled, "￥12.3万", "123000.0"),
            ("the other yuan sign", &scaled, "¥1.2亿", "120000000.0"),
            ("yuan behind", &scaled, "12.3万元", "123000.0"),
            ("wide digits", &scaled, "１２．３万", "123000.0"),
            ("the longer word wins", &scaled, "3千万", "30000000.0"),
            ("a word that the plan does not name", &scaled, "3B", "number.format"),
            ("accountants' minus", &scaled, "(1,234.50)", "-1234.50"),
            ("accountants' dollars", &scaled, "($1,234.50)", "-1234.50"),
            ("no two signs", &scaled, "(-1)", "number.format"),
            ("parentheses are refused unless the plan says", &us, "(1)", "number.format"),
            ("euros behind", &euro, "1.234,56 €", "1234.56"),
            ("thin blanks in groups", &french, "1\u{202f}234,5", "1234.5"),
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
        let named = ["d mmm, yyyy hh:mi:ss", "yyyy/m/d aph:mi", "yyyy年m月d日"];
        let named = format(&named, Tz::UTC);
        let counted = format(&["excel"], Tz::UTC);
        let epoch = format(&["unix_ms"], Tz::Asia__Shanghai);
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
            ("months by name", &named, "15 Apr, 2021 00:02:00", "2021-04-15T00:02:00Z"),
            ("afternoons", &named, "2021/4/15 下午3:05", "2021-04-15T15:05:00Z"),
            ("mornings", &named, "2021/4/15 上午3:05", "2021-04-15T03:05:00Z"),
            ("the letters of the plan", &named, "2021年4月15日", "2021-04-15T00:00:00Z"),
            ("wide digits", &named, "２０２１年４月１５日", "2021-04-15T00:00:00Z"),
            ("days as a spreadsheet counts", &counted, "44301.0013888889", "2021-04-15T00:02:00Z"),
            ("a day that never was", &counted, "60", "time.format"),
            ("milliseconds since 1970", &epoch, "1618444920000", "2021-04-15T00:02:00Z"),
        ];
        for (rule, format, text, expected) in table {
            assert_eq!(told(format.time(text)), expected, "{rule}: {text}");
        }
        let contradict = |one, two| {
            let both = [one, two].map(|text| DateFormat::parse(text).unwrap());
            both[0].contradicts(&both[1])
        };
        assert!(contradict("m/d/yyyy", "d/m/yyyy"), "03/04/2021 is two days");
        assert!(!contradict("m/d/yyyy", "iso") && !contradict("m/d/yyyy", "m/d/yyyy hh:mi"));
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
