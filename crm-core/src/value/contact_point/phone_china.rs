//! The numbering plan of mainland China, for builds without libphonenumber's data.

use super::phone::Resolved;
use crate::value::Country;

/// The number that `digits`, with or without a plus, reach when dialed in `home`; nothing when none has that many.
///
/// Mobile numbers are 11 digits from 13 to 19, service numbers 10 from 400 or 800. Landlines have an area code of three
/// digits with 0 (010, 02x) before 8 digits, or of four before 7 or 8. Of other countries only the length is known.
///
/// Source: ITU-T E.164 for the lengths; the ranges in use by hand, tested on the cases that libphonenumber answers too.
pub(super) fn resolve(digits: &str, home: Country) -> Option<Resolved> {
    let international = digits.strip_prefix('+').or_else(|| digits.strip_prefix("00"));
    let national = match international {
        Some(number) => number.strip_prefix("86"),
        None => Some(digits).filter(|_| home == Country::CHINA),
    };
    if let Some(national) = national {
        let significant = national.strip_prefix('0').unwrap_or(national);
        let number = format!("+86{significant}");
        let country = Some(Country::CHINA);
        let assigned = is_assigned(significant);
        return (7..=12).contains(&significant.len()).then_some(Resolved {
            number,
            country,
            assigned,
        });
    }
    let number = international?;
    let known = is_e164(number);
    known.then(|| Resolved { number: format!("+{number}"), country: None, assigned: true })
}

/// 8 to 15 digits behind a country code that can exist: none starts with 0, and 999 is kept free.
fn is_e164(number: &str) -> bool {
    (8..=15).contains(&number.len()) && !number.starts_with('0') && !number.starts_with("999")
}

fn is_assigned(significant: &str) -> bool {
    let bytes = significant.as_bytes();
    match (bytes.first(), bytes.get(1), bytes.len()) {
        (Some(b'1'), Some(b'3'..=b'9'), 11) => true,
        (Some(b'1'), Some(b'0'), 10) => true,
        (Some(b'2'), _, 10) => true,
        (Some(b'3'..=b'9'), _, 10 | 11) => !significant.starts_with("86"),
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_of_mainland_china() {
        let table = [
            ("13800138000", Some(("+8613800138000", true))),
            ("+8613800138000", Some(("+8613800138000", true))),
            ("008613800138000", Some(("+8613800138000", true))),
            ("01062345678", Some(("+861062345678", true))),
            ("075586234567", Some(("+8675586234567", true))),
            ("4008123123", Some(("+864008123123", true))),
            ("12800138000", Some(("+8612800138000", false))),
            ("1380013800", Some(("+861380013800", false))),
            ("12345", None),
            ("138001380001234", None),
            ("+14155552671", Some(("+14155552671", true))),
            ("+1415", None),
            ("+99912345678", None),
        ];
        for (digits, expected) in table {
            let resolved = resolve(digits, Country::CHINA);
            let got = resolved.as_ref().map(|r| (&*r.number, r.assigned));
            assert_eq!(got, expected, "{digits}");
        }
        assert!(resolve("13800138000", "DE".parse().unwrap()).is_none(), "a plan it does not know");
    }
}
