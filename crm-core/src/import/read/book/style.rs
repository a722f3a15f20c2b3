//! Which cells of a workbook hold days and times: only their number format says so.

use std::collections::BTreeMap;

use chrono::{Datelike as _, Days, NaiveDate, NaiveDateTime};
use rust_decimal::Decimal;
use rust_decimal::prelude::ToPrimitive as _;

use crate::import::format::serial;

/// Whether a number format shows a day or a time.
pub(super) fn shows_time(id: u32, own: &BTreeMap<u32, String>) -> bool {
    match own.get(&id) {
        Some(code) => code_shows_time(code),
        // ISO/IEC 29500-1, 18.8.30: the formats that need no code; 27 to 36 and 50 to 58 are those of East Asia.
        None => matches!(id, 14..=22 | 27..=36 | 45..=47 | 50..=58),
    }
}

fn code_shows_time(code: &str) -> bool {
    let mut chars = code.split(';').next().unwrap_or_default().chars();
    while let Some(char) = chars.next() {
        match char {
            '"' => drop(chars.by_ref().find(|char| *char == '"')),
            '\\' | '_' | '*' => drop(chars.next()),
            '[' => {
                let elapsed: String = chars.by_ref().take_while(|char| *char != ']').collect();
                let hours = |c: char| matches!(c, 'h' | 'm' | 's' | 'H' | 'M' | 'S');
                if !elapsed.is_empty() && elapsed.chars().all(hours) {
                    return true;
                }
            }
            'd' | 'm' | 'y' | 'h' | 's' | 'D' | 'M' | 'Y' | 'H' | 'S' => return true,
            'G' | 'g' => return false,
            _ => {}
        }
    }
    false
}

/// A number of a cell in plain digits. Excel keeps binary fractions and shows 15 digits of them: so do we.
pub(super) fn plain(raw: &str) -> Option<Decimal> {
    let digits = raw.bytes().filter(u8::is_ascii_digit).count();
    let simple = raw.bytes().all(|byte| byte.is_ascii_digit() || matches!(byte, b'.' | b'-'));
    if simple && digits <= 15 {
        return Decimal::from_str_exact(raw).ok();
    }
    let number: f64 = raw.parse().ok().filter(|number: &f64| number.is_finite())?;
    Decimal::from_scientific(&format!("{number:.14e}")).ok().map(|number| number.normalize())
}

/// Whether a number is written as we write it: digits without leading zeros, and a fraction without closing ones.
pub(super) fn is_plain(raw: &str) -> bool {
    let (whole, fraction) = raw.split_once('.').unwrap_or((raw, "1"));
    let digits = |text: &str| !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
    let shown = digits(whole) && digits(fraction) && !fraction.ends_with('0');
    shown && raw.len() <= 15 && (whole == "0" || !whole.starts_with('0'))
}

/// A day without a time, by its number; nothing for what takes longer to say.
pub(super) fn whole_day(raw: &str, since_1904: bool) -> Option<String> {
    let days =
        raw.parse::<u32>().ok().filter(|days| !since_1904 && (61..=2_958_465).contains(days))?;
    let epoch = NaiveDate::from_ymd_opt(1899, 12, 30)?;
    let day = epoch.checked_add_days(Days::new(u64::from(days)))?;
    Some(format!("{:04}-{:02}-{:02}", day.year(), day.month(), day.day()))
}

/// A day or time as ISO 8601: a day alone where it begins one, a time alone where there is no day.
pub(super) fn moment(number: Decimal, since_1904: bool) -> Option<String> {
    if number.is_sign_negative() {
        return None;
    }
    let whole = number.trunc().to_i64()?;
    let at: NaiveDateTime = if whole == 0 && !since_1904 {
        serial(number.checked_add(Decimal::ONE)?, false)?
    } else {
        serial(number, since_1904)?
    };
    let time =
        if at.and_utc().timestamp_subsec_millis() == 0 { "%H:%M:%S" } else { "%H:%M:%S%.3f" };
    Some(match (whole, number.fract().is_zero()) {
        (0, _) if !since_1904 => at.format(time).to_string(),
        (_, true) => at.format("%Y-%m-%d").to_string(),
        (_, false) => at.format(&format!("%Y-%m-%d {time}")).to_string(),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_number_format_shows_a_time_or_does_not() {
        let table = [
            ("General", false),
            ("0.00", false),
            ("#,##0.00\" days\"", false),
            ("\\d0", false),
            ("yyyy-mm-dd", true),
            ("yyyy\"年\"m\"月\"d\"日\";@", true),
            ("[$-804]aaaa;@", false),
            ("[$-409]h:mm AM/PM", true),
            ("[h]:mm:ss", true),
            ("[Red]0", false),
            ("0.00E+00", false),
        ];
        for (code, expected) in table {
            assert_eq!(code_shows_time(code), expected, "{code}");
        }
        assert!(shows_time(14, &BTreeMap::new()) && !shows_time(4, &BTreeMap::new()));
    }

    #[test]
    fn numbers_have_the_digits_that_excel_shows() {
        let table = [
            ("1117100", "1117100"),
            ("0.1", "0.1"),
            ("0.30000000000000004", "0.3"),
            ("1.1000000000000001", "1.1"),
            ("1E-3", "0.001"),
            ("13800138000", "13800138000"),
            ("123456789012345678", "123456789012346000"),
            ("-2.5", "-2.5"),
            ("x", ""),
        ];
        for (raw, expected) in table {
            let read = plain(raw).map(|number| number.to_string()).unwrap_or_default();
            assert_eq!(read, expected, "{raw}");
        }
    }

    #[test]
    fn days_and_times_are_counted_from_their_epoch() {
        // 44301 is 2021-04-15 in Excel; 42839 counts the same day from 1904.
        let table = [
            ("44301", false, "2021-04-15"),
            ("42839", true, "2021-04-15"),
            ("44301.0013888889", false, "2021-04-15 00:02:00"),
            ("44301.4166666666642", false, "2021-04-15 10:00:00"),
            ("1", false, "1900-01-01"),
            ("59", false, "1900-02-28"),
            ("60", false, ""),
            ("61", false, "1900-03-01"),
            ("0.5", false, "12:00:00"),
            ("-1", false, ""),
        ];
        for (raw, since_1904, expected) in table {
            let read = plain(raw).and_then(|number| moment(number, since_1904));
            assert_eq!(read.unwrap_or_default(), expected, "{raw}");
        }
    }
}
