//! Phone numbers.

use core::fmt;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

#[cfg(not(feature = "phone"))]
use super::phone_china::resolve;
#[cfg(feature = "phone")]
use super::phone_world::resolve;
use crate::value::{
    Country, Invalid,
    text::{misplaced, narrow},
};

/// A phone number as written, and in the form by which two are compared and dialed.
///
/// With the feature `phone` the numbering plans of every country are known (by libphonenumber's data); without it that
/// of mainland China and, of other countries, the length alone.
#[derive(
    Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema,
)]
#[serde(try_from = "PhoneText")]
pub struct PhoneNumber {
    raw: String,
    number: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    extension: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    country: Option<Country>,
    assigned: bool,
}

/// Its JSON form, read back without asking the numbering plan again: plans change, what was accepted stays.
#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[schemars(inline)]
struct PhoneText {
    raw: String,
    #[schemars(regex(pattern = r"^\+[1-9][0-9]{2,14}$"))]
    number: String,
    #[serde(default)]
    extension: Option<String>,
    #[serde(default)]
    country: Option<Country>,
    assigned: bool,
}

/// What a numbering plan says about digits.
pub(super) struct Resolved {
    /// E.164: a plus and at most 15 digits.
    pub(super) number: String,
    pub(super) country: Option<Country>,
    /// It lies in a range that is in use, as far as the plan is known.
    pub(super) assigned: bool,
}

impl PhoneNumber {
    /// How long the written form may be, in characters.
    pub const CHARS_MAX: usize = 64;

    /// Reads a number as people write it, `home` being where one without a country code is dialed.
    ///
    /// Full-width characters, spaces, hyphens, dots, slashes and parentheses are only spelling; an extension follows
    /// `ext`, `x`, `#`, `转` or `分机`. Letters that stand for digits are refused: here they are typing errors.
    ///
    /// # Errors
    ///
    /// In order of precedence: `phone.format`, its limit naming the offending character and its position counted from 1
    /// in what was given; `phone.length` for no number of its country; `phone.unassigned` for one that could be a number
    /// but lies in no range in use, such as a mobile number with a digit missing.
    ///
    /// # Source
    ///
    /// ITU-T E.164; Google libphonenumber through the crate rlibphonenumber.
    pub fn parse(text: &str, home: Country) -> Result<Self, Invalid> {
        let parsed = Self::parse_possible(text, home)?;
        if !parsed.assigned {
            let limit = "a number in a range that is in use";
            return Err(Invalid::new("phone.unassigned", text).limit(limit));
        }
        Ok(parsed)
    }

    /// As [`PhoneNumber::parse`], but takes a number whose range is not known to be in use, for data that others
    /// collected or that is newer than the numbering plan; [`PhoneNumber::is_assigned`] tells.
    ///
    /// # Errors
    ///
    /// In order of precedence: `phone.format`, `phone.length`.
    pub fn parse_possible(text: &str, home: Country) -> Result<Self, Invalid> {
        let (digits, extension) = spelled(text)?;
        let Resolved { number, country, assigned } = resolve(&digits, home).ok_or_else(|| {
            Invalid::new("phone.length", text).limit("as many digits as the country's numbers have")
        })?;
        Ok(Self { raw: text.trim().to_owned(), number, extension, country, assigned })
    }

    /// As it was written.
    pub fn as_written(&self) -> &str {
        &self.raw
    }

    /// In E.164, without the extension: `+8613800138000`.
    pub fn number(&self) -> &str {
        &self.number
    }

    /// What to dial after the connection.
    pub fn extension(&self) -> Option<&str> {
        self.extension.as_deref()
    }

    /// The country whose plan the number belongs to; none for international services, or where the plan is not known.
    pub const fn country(&self) -> Option<Country> {
        self.country
    }

    /// Whether it lay in a range in use when it was read.
    pub const fn is_assigned(&self) -> bool {
        self.assigned
    }

    /// The form to compare by: `+861012345678;ext=801` (RFC 3966 without its scheme).
    pub fn normal(&self) -> String {
        match &self.extension {
            None => self.number.clone(),
            Some(extension) => format!("{};ext={extension}", self.number),
        }
    }
}

impl fmt::Display for PhoneNumber {
    /// As it was written.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.raw)
    }
}

/// The digits of a written number, with a plus where it has one, and its extension.
fn spelled(text: &str) -> Result<(String, Option<String>), Invalid> {
    if is_plain(text) {
        return Ok((text.to_owned(), None));
    }
    if text.chars().nth(PhoneNumber::CHARS_MAX).is_some() {
        return Err(Invalid::new("phone.format", text).limit("at most 64 characters"));
    }
    let narrowed: Vec<char> = text.chars().map(narrow).collect();
    let skip =
        if text.get(..4).is_some_and(|scheme| scheme.eq_ignore_ascii_case("tel:")) { 4 } else { 0 };
    let mut digits = String::new();
    for (index, c) in narrowed.iter().copied().enumerate().skip(skip) {
        match c {
            '0'..='9' => digits.push(c),
            '+' if digits.is_empty() => digits.push(c),
            ' ' | '-' | '(' | ')' | '.' | '/' | '\u{2010}'..='\u{2015}' | '\u{2212}' => {}
            _ => {
                let rest: String = narrowed.iter().skip(index).collect();
                let extension = extension(&rest).filter(|_| digits.len() > 1);
                let extension =
                    extension.ok_or_else(|| misplaced("phone.format", text, c, index))?;
                return Ok((digits, Some(extension)));
            }
        }
    }
    if digits.trim_start_matches('+').is_empty() {
        return Err(Invalid::new("phone.format", text).limit("at least one digit"));
    }
    Ok((digits, None))
}

/// Whether a number is written as its digits alone, perhaps after a plus: then they are what it says.
fn is_plain(text: &str) -> bool {
    let digits = text.strip_prefix('+').unwrap_or(text);
    let few = !digits.is_empty() && text.len() <= PhoneNumber::CHARS_MAX;
    few && digits.bytes().all(|byte| byte.is_ascii_digit())
}

/// The digits after a word that announces an extension.
fn extension(rest: &str) -> Option<String> {
    let rest = rest.to_lowercase();
    let marks = [";ext=", "extension", "ext", "x", "#", "分机号", "分机", "转"];
    let digits = marks.iter().find_map(|mark| rest.strip_prefix(mark))?;
    let digits = digits.trim_matches(['.', ':', ' ']);
    let few = (1..=7).contains(&digits.len()) && digits.bytes().all(|b| b.is_ascii_digit());
    few.then(|| digits.to_owned())
}

impl TryFrom<PhoneText> for PhoneNumber {
    type Error = Invalid;

    fn try_from(text: PhoneText) -> Result<Self, Invalid> {
        let PhoneText { raw, number, extension, country, assigned } = text;
        let digits = |text: &str| !text.is_empty() && text.bytes().all(|b| b.is_ascii_digit());
        let e164 = number
            .strip_prefix('+')
            .is_some_and(|n| digits(n) && (3..=15).contains(&n.len()) && !n.starts_with('0'));
        if !e164
            || extension
                .as_deref()
                .is_some_and(|extension| !digits(extension) || extension.len() > 7)
        {
            return Err(Invalid::new("phone.format", &number).limit("E.164 such as +8613800138000"));
        }
        spelled(&raw)?;
        Ok(Self { raw, number, extension, country, assigned })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn phone(text: &str) -> Result<PhoneNumber, Invalid> {
        PhoneNumber::parse(text, Country::CHINA)
    }

    #[test]
    fn spellings_of_one_number_are_equal_in_normal_form() {
        let table = [
            ("13800138000", "+8613800138000"),
            ("+86 138-0013-8000", "+8613800138000"),
            ("１３８００１３８０００", "+8613800138000"),
            ("＋８６（１３８）００１３８０００", "+8613800138000"),
            ("0086 138 0013 8000", "+8613800138000"),
            ("tel:+86-138-0013-8000", "+8613800138000"),
            (" 138\u{3000}0013\u{A0}8000 ", "+8613800138000"),
            ("010-62345678", "+861062345678"),
            ("(021) 6234–5678", "+862162345678"),
            ("0755-86234567", "+8675586234567"),
            ("010-62345678转801", "+861062345678;ext=801"),
            ("010-62345678 分机：801", "+861062345678;ext=801"),
            ("010-62345678 ext. 801", "+861062345678;ext=801"),
            ("010-62345678#801", "+861062345678;ext=801"),
        ];
        for (text, normal) in table {
            let phone = phone(text).unwrap();
            assert_eq!(phone.normal(), normal, "{text:?}");
            assert_eq!(phone.country(), Some(Country::CHINA), "{text:?}");
            assert_eq!(phone.as_written(), text.trim());
            let json = serde_json::to_string(&phone).unwrap();
            assert_eq!(serde_json::from_str::<PhoneNumber>(&json).unwrap(), phone, "{json}");
        }
    }

    #[test]
    fn a_refusal_says_why_and_where() {
        let long = "1".repeat(65);
        let table = [
            ("", "phone.format", "at least one digit"),
            ("+", "phone.format", "at least one digit"),
            ("无", "phone.format", "no '无', found at 1"),
            ("138oo138000", "phone.format", "no 'o', found at 4"),
            ("1380013+8000", "phone.format", "no '+', found at 8"),
            ("13800138000转", "phone.format", "no '转', found at 12"),
            ("转801", "phone.format", "no '转', found at 1"),
            ("13800138000, 13800138001", "phone.format", "no ',', found at 12"),
            ("13800138000\n", "phone.format", "no '\\n', found at 12"),
            (&long, "phone.format", "at most 64 characters"),
            ("12345", "phone.length", "as many digits as the country's numbers have"),
            ("138001380001234", "phone.length", "as many digits as the country's numbers have"),
            ("+999 12345678", "phone.length", "as many digits as the country's numbers have"),
            ("1380013800", "phone.unassigned", "a number in a range that is in use"),
            ("12800138000", "phone.unassigned", "a number in a range that is in use"),
        ];
        for (text, code, limit) in table {
            let refused = phone(text).unwrap_err();
            assert_eq!((&*refused.code, &*refused.limit.unwrap()), (code, limit), "{text:?}");
        }
        let possible = PhoneNumber::parse_possible("12800138000", Country::CHINA).unwrap();
        assert_eq!((possible.number(), possible.is_assigned()), ("+8612800138000", false));
    }

    #[test]
    #[cfg(feature = "phone")]
    fn numbers_of_other_countries_keep_theirs() {
        let table = [
            ("+1 (415) 555-2671", "CN", "+14155552671", Some("US")),
            ("(415) 555-2671", "US", "+14155552671", Some("US")),
            ("+852 2123 4567", "CN", "+85221234567", Some("HK")),
            ("030-0074321", "DE", "+49300074321", Some("DE")),
            ("+39 02 1234 5678", "CN", "+390212345678", Some("IT")),
            ("+44 (0)20 7946 0018", "CN", "+442079460018", Some("GB")),
            ("+800 1234 5678", "CN", "+80012345678", None),
        ];
        for (text, home, number, country) in table {
            let phone = PhoneNumber::parse_possible(text, home.parse().unwrap()).unwrap();
            assert_eq!(phone.number(), number, "{text:?}");
            let code = phone.country().map(|country| country.to_string());
            assert_eq!(code.as_deref(), country, "{text:?}");
        }
    }

    #[test]
    fn json_is_checked_for_form_only() {
        let json = |number: &str| {
            format!(
                r#"{{"raw":"1","number":"{number}","extension":null,"country":"CN","assigned":false}}"#
            )
        };
        assert!(serde_json::from_str::<PhoneNumber>(&json("+8612800138000")).is_ok());
        for number in ["", "+", "8613800138000", "+0123", "+12x4", "+1234567890123456"] {
            assert!(serde_json::from_str::<PhoneNumber>(&json(number)).is_err(), "{number}");
        }
    }
}
