//! How people read numbers. Input is the decimal text of a cell; what is not one is shown as it is.

use super::document::{Cell, Language, Report, Unit};
use crate::value::Timestamp;
use rust_decimal::{Decimal, RoundingStrategy::MidpointAwayFromZero};

/// What stands where there is no number.
pub(super) const ABSENT: &str = "–";

/// `-1234567.80` as `-1,234,567.80`.
pub(super) fn grouped(decimal: &str) -> String {
    let (sign, digits) = decimal.strip_prefix('-').map_or(("", decimal), |digits| ("−", digits));
    let (whole, part) =
        digits.split_once('.').map_or((digits, None), |(whole, part)| (whole, Some(part)));
    if whole.is_empty() || !whole.bytes().all(|byte| byte.is_ascii_digit()) {
        return decimal.to_owned();
    }
    let mut text = String::from(sign);
    let count = whole.chars().count();
    for (at, digit) in whole.chars().enumerate() {
        if at > 0 && count.saturating_sub(at).is_multiple_of(3) {
            text.push(',');
        }
        text.push(digit);
    }
    if let Some(part) = part {
        text.push('.');
        text.push_str(part);
    }
    text
}

/// `0.4231` as `42.3 %`.
pub(crate) fn percent(rate: &str) -> String {
    match rate.parse::<Decimal>().ok().and_then(|rate| rate.checked_mul(Decimal::ONE_HUNDRED)) {
        Some(percent) => format!("{} %", grouped(&fixed(percent, 1))),
        None => rate.to_owned(),
    }
}

fn fixed(value: Decimal, places: u32) -> String {
    let mut value = value.round_dp_with_strategy(places, MidpointAwayFromZero);
    value.rescale(places);
    value.to_string()
}

/// The moment of a report on the clocks of its zone.
pub(super) fn local_time(report: &Report) -> String {
    local(report.as_of, &report.zone)
}

/// A moment on the clocks of a zone.
pub(super) fn local(at: Timestamp, zone: &str) -> String {
    let zone = zone.parse().unwrap_or(chrono_tz::UTC);
    at.utc().with_timezone(&zone).format("%Y-%m-%d %H:%M").to_string()
}

/// The cell as people read it.
pub(super) fn shown(cell: &Cell, unit: Unit, language: Language) -> String {
    match cell {
        Cell::Absent => ABSENT.to_owned(),
        Cell::Count(count) => grouped(&count.to_string()),
        Cell::Label(label) => label.get(language).to_owned(),
        Cell::Text(text) => match unit {
            Unit::Text | Unit::Date => text.clone(),
            Unit::Count | Unit::Money | Unit::Exact => grouped(text),
            Unit::Rate => percent(text),
            Unit::Days => {
                text.parse().map_or_else(|_| text.clone(), |days| grouped(&fixed(days, 1)))
            }
        },
    }
}

/// Whether cells of this unit stand to the right.
pub(super) const fn is_number(unit: Unit) -> bool {
    match unit {
        Unit::Text | Unit::Date => false,
        Unit::Count | Unit::Money | Unit::Exact | Unit::Rate | Unit::Days => true,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_people_read() {
        let text = |text: &str| Cell::text(text);
        let table = [
            ("thousands are grouped", text("1234567.80"), Unit::Money, "1,234,567.80"),
            ("hundreds are not", text("999.00"), Unit::Money, "999.00"),
            ("a minus is a minus sign", text("-1234.50"), Unit::Money, "−1,234.50"),
            ("a rate is a percentage", text("0.4235"), Unit::Rate, "42.4 %"),
            ("growth may fall", text("-0.2500"), Unit::Rate, "−25.0 %"),
            ("days have one place", text("12.3456"), Unit::Days, "12.3"),
            ("a count", Cell::Count(12_345), Unit::Count, "12,345"),
            ("no data", Cell::Absent, Unit::Rate, "–"),
            ("a text stays", text("1234567"), Unit::Text, "1234567"),
            ("what is no number stays", text("n/a"), Unit::Money, "n/a"),
        ];
        for (rule, cell, unit, expected) in table {
            assert_eq!(shown(&cell, unit, Language::En), expected, "{rule}");
        }
    }
}
