//! Numbering plans of every country, by libphonenumber's data.

use rlibphonenumber::{NumberLengthType, PHONE_NUMBER_UTIL, PhoneNumberFormat, Region};

use super::phone::Resolved;
use crate::value::Country;

/// The number that `digits`, with or without a plus, reach when dialed in `home`; nothing when none has that many.
pub(super) fn resolve(digits: &str, home: Country) -> Option<Resolved> {
    if let Some(national) = chinese_mobile(digits, home) {
        let number = format!("+86{national}");
        return Some(Resolved { number, country: Some(Country::CHINA), assigned: true });
    }
    asked(digits, home)
}

/// The digits of a mobile number of mainland China in a range that has long been in use: most numbers of most files are
/// such, and asking takes twenty times as long. What is none of these may be a number all the same.
fn chinese_mobile(digits: &str, home: Country) -> Option<&str> {
    let national = match digits.strip_prefix("+86") {
        Some(national) => national,
        None if home == Country::CHINA => digits.strip_prefix("0086").unwrap_or(digits),
        None => return None,
    };
    let in_use = match national.as_bytes() {
        [b'1', b'3' | b'8', _, ..] => true,
        [b'1', b'5' | b'9', third, ..] => *third != b'4',
        [b'1', b'4', third, ..] => matches!(third, b'5' | b'7'),
        [b'1', b'6', third, ..] => matches!(third, b'5'..=b'7'),
        [b'1', b'7', third, ..] => matches!(third, b'0'..=b'3' | b'5'..=b'8'),
        _ => false,
    };
    let whole = national.len() == 11 && national.bytes().all(|byte| byte.is_ascii_digit());
    (in_use && whole).then_some(national)
}

/// What libphonenumber says.
fn asked(digits: &str, home: Country) -> Option<Resolved> {
    let home = Region::from_code(home.code()).ok();
    let number = PHONE_NUMBER_UTIL.parse(digits, home).ok()?;
    match number.is_possible_with_reason() {
        Ok(NumberLengthType::IsPossible) => {}
        Ok(NumberLengthType::IsPossibleLocalOnly) | Err(_) => return None,
    }
    let region = number.get_region_code();
    Some(Resolved {
        number: number.format_as(PhoneNumberFormat::E164).into_owned(),
        country: region.and_then(|region| region.as_region_str().parse().ok()),
        assigned: number.is_valid(),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn told(resolved: Option<Resolved>) -> Option<(String, Option<Country>, bool)> {
        resolved.map(|found| (found.number, found.country, found.assigned))
    }

    #[test]
    fn what_is_not_asked_is_what_would_have_been_answered() {
        let china = Country::CHINA;
        let mut quick = 0;
        // Every range of mobile numbers by its first five digits, each with a low and a high number in it.
        for range in 10_000..20_000_u32 {
            for tail in ["000000", "013800", "999999"] {
                let digits = format!("{range}{tail}");
                let known = chinese_mobile(&digits, china).is_some();
                quick += u32::from(known);
                if known {
                    let asked = told(asked(&digits, china));
                    assert_eq!(told(resolve(&digits, china)), asked, "{digits}");
                }
            }
        }
        assert!(quick > 15_000, "the ranges in use are known without asking: {quick}");
        let table = [
            ("+8613800138000", "CN", true),
            ("+8613800138000", "DE", true),
            ("008613800138000", "CN", true),
            ("13800138000", "CN", true),
            ("13800138000", "DE", false),
            ("008613800138000", "DE", false),
            ("013800138000", "CN", false),
            ("8613800138000", "CN", false),
            ("1380013800", "CN", false),
            ("138001380001", "CN", false),
            ("15400138000", "CN", false),
        ];
        for (digits, home, known) in table {
            let home: Country = home.parse().unwrap();
            assert_eq!(chinese_mobile(digits, home).is_some(), known, "{digits}");
            assert_eq!(
                told(resolve(digits, home)),
                told(asked(digits, home)),
                "{digits} in {home}"
            );
        }
    }
}
