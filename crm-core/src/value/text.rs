//! Bounded text that people wrote, and codes that machines compare.

use core::{fmt, str::FromStr};
use std::borrow::Cow;

use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::{Deserialize, Serialize};
use unicode_normalization::{IsNormalized, UnicodeNormalization as _, is_nfc_quick};

use super::Invalid;

/// A name or title: one line of at most 200 characters.
pub type Name = Text<200, false>;

/// Prose: at most 20,000 characters, line breaks and tabs allowed.
pub type Note = Text<20_000, true>;

/// What a person wrote: in Unicode NFC, trimmed, never empty, at most `CHARS_MAX` characters (Unicode scalar values
/// after normalization), without characters that hide or reorder what is read. `LINES` allows line breaks and tabs.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String")]
pub struct Text<const CHARS_MAX: usize, const LINES: bool>(String);

impl<const CHARS_MAX: usize, const LINES: bool> Text<CHARS_MAX, LINES> {
    /// Trims white space of every script (U+3000 and a byte order mark too) and composes to NFC; in prose, CR LF and CR
    /// become LF.
    ///
    /// # Errors
    ///
    /// In order of precedence: `text.empty` when nothing visible is left, `text.control` for a control character, a
    /// bidirectional override or a noncharacter (the limit names it and its position, counted from 1 in the trimmed
    /// text), `text.too_long`.
    ///
    /// # Source
    ///
    /// Unicode UAX #15 (NFC); the override characters are those of CVE-2021-42574 ("Trojan Source").
    pub fn parse(text: &str) -> Result<Self, Invalid> {
        let mut clean = composed(text);
        if LINES && clean.contains('\r') {
            clean = Cow::Owned(clean.replace("\r\n", "\n").replace('\r', "\n"));
        }
        let clean = clean.trim_matches(|c: char| c.is_whitespace() || c == BYTE_ORDER_MARK);
        if clean.chars().all(is_invisible) {
            return Err(Invalid::new("text.empty", text).limit("at least one visible character"));
        }
        if let Some((at, found)) = clean.chars().enumerate().find(|(_, c)| is_forbidden(*c, LINES))
        {
            let limit = format!("no U+{:04X}, found at {}", u32::from(found), at.saturating_add(1));
            return Err(Invalid::new("text.control", text).limit(limit));
        }
        if clean.chars().nth(CHARS_MAX).is_some() {
            let limit = format!("at most {CHARS_MAX} characters");
            return Err(Invalid::new("text.too_long", text).limit(limit));
        }
        Ok(Self(clean.to_owned()))
    }

    /// The text.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

/// A text in Unicode NFC; most are, and are known to be by a look at each character.
pub(super) fn composed(text: &str) -> Cow<'_, str> {
    if text.is_ascii() {
        return Cow::Borrowed(text);
    }
    match is_nfc_quick(text.chars()) {
        IsNormalized::Yes => Cow::Borrowed(text),
        IsNormalized::No | IsNormalized::Maybe => Cow::Owned(text.nfc().collect()),
    }
}

const BYTE_ORDER_MARK: char = '\u{FEFF}';

/// Takes no ink: white space and the zero-width characters, which are legal inside a text but do not make one.
fn is_invisible(c: char) -> bool {
    c.is_whitespace()
        || matches!(c, '\u{AD}' | '\u{200B}'..='\u{200F}' | '\u{2060}' | BYTE_ORDER_MARK)
}

/// A character that hides or reorders what is read; line breaks and tabs too, unless they are allowed.
pub(super) fn is_forbidden(c: char, lines: bool) -> bool {
    match c {
        '\n' | '\t' | '\u{2028}' | '\u{2029}' => !lines,
        '\u{202A}'..='\u{202E}' | '\u{2066}'..='\u{2069}' => true,
        '\u{FDD0}'..='\u{FDEF}' => true,
        _ => c.is_control() || u32::from(c) & 0xFFFE == 0xFFFE,
    }
}

/// The ASCII form of a full-width letter, digit, sign or space (１ → 1, ＠ → @); other characters are kept.
///
/// Source: Unicode block Halfwidth and Fullwidth Forms, U+FF01 to U+FF5E.
pub(super) fn narrow(c: char) -> char {
    match c {
        '\u{FF01}'..='\u{FF5E}' => char::from_u32(u32::from(c).saturating_sub(0xFEE0)).unwrap_or(c),
        '\u{3000}' | '\u{A0}' => ' ',
        _ => c,
    }
}

/// The refusal of the character at `index`, counted from 0, in words that count from 1.
pub(super) fn misplaced(code: &str, text: &str, found: char, index: usize) -> Invalid {
    Invalid::new(code, text).limit(format!("no {found:?}, found at {}", index.saturating_add(1)))
}

/// A stable code that machines compare: `[a-z][a-z0-9_.-]*`, at most 64 characters.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String")]
pub struct Code(String);

impl Code {
    /// How long a code may be, in characters.
    pub const CHARS_MAX: usize = 64;

    /// Takes the code as it is: nothing is trimmed or folded, so that a code has one spelling.
    ///
    /// # Errors
    ///
    /// In order of precedence: `code.format`, `code.too_long`.
    pub fn parse(text: &str) -> Result<Self, Invalid> {
        let inside = |b: u8| matches!(b, b'a'..=b'z' | b'0'..=b'9' | b'_' | b'.' | b'-');
        if !text.starts_with(|c: char| c.is_ascii_lowercase()) || !text.bytes().all(inside) {
            let limit = "a letter a-z, then letters, digits, '_', '.' or '-'";
            return Err(Invalid::new("code.format", text).limit(limit));
        }
        if text.len() > Self::CHARS_MAX {
            return Err(Invalid::new("code.too_long", text).limit("at most 64 characters"));
        }
        Ok(Self(text.to_owned()))
    }

    /// The code.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl<const CHARS_MAX: usize, const LINES: bool> FromStr for Text<CHARS_MAX, LINES> {
    type Err = Invalid;

    fn from_str(text: &str) -> Result<Self, Invalid> {
        Self::parse(text)
    }
}

impl<const CHARS_MAX: usize, const LINES: bool> TryFrom<String> for Text<CHARS_MAX, LINES> {
    type Error = Invalid;

    fn try_from(text: String) -> Result<Self, Invalid> {
        Self::parse(&text)
    }
}

impl<const CHARS_MAX: usize, const LINES: bool> fmt::Display for Text<CHARS_MAX, LINES> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl<const CHARS_MAX: usize, const LINES: bool> JsonSchema for Text<CHARS_MAX, LINES> {
    fn inline_schema() -> bool {
        true
    }

    fn schema_name() -> Cow<'static, str> {
        format!("{}{CHARS_MAX}", if LINES { "Lines" } else { "Line" }).into()
    }

    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        json_schema!({"type": "string", "minLength": 1, "maxLength": CHARS_MAX})
    }
}

impl FromStr for Code {
    type Err = Invalid;

    fn from_str(text: &str) -> Result<Self, Invalid> {
        Self::parse(text)
    }
}

impl TryFrom<String> for Code {
    type Error = Invalid;

    fn try_from(text: String) -> Result<Self, Invalid> {
        Self::parse(&text)
    }
}

impl fmt::Display for Code {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl JsonSchema for Code {
    fn schema_name() -> Cow<'static, str> {
        "Code".into()
    }

    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        json_schema!({"type": "string", "pattern": "^[a-z][a-z0-9_.-]*$", "maxLength": Self::CHARS_MAX})
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn a_name_is_one_visible_line() {
        let max = "名".repeat(200);
        let over = "名".repeat(201);
        let padded = format!("  {max}\u{3000}");
        let table = [
            ("is kept", "小米科技", Ok("小米科技")),
            ("is trimmed of ideographic space", "\u{3000} Zoë \u{FEFF}", Ok("Zoë")),
            ("is composed", "Zoe\u{308}", Ok("Zoë")),
            ("may hold a zero-width joiner", "👩\u{200D}💻", Ok("👩\u{200D}💻")),
            ("counts characters after trimming", &padded, Ok(&*max)),
            ("is not empty", "", Err("text.empty")),
            ("is not blank", " \t\u{3000}\n", Err("text.empty")),
            ("is not invisible", "\u{200B}\u{2060}", Err("text.empty")),
            ("is one line", "a\nb", Err("text.control")),
            ("has no line separator", "a\u{2028}b", Err("text.control")),
            ("has no NUL", "a\0b", Err("text.control")),
            ("has no C1 control", "a\u{85}b", Err("text.control")),
            ("has no override", "a\u{202E}b", Err("text.control")),
            ("has no isolate", "a\u{2066}b", Err("text.control")),
            ("has no noncharacter", "a\u{FFFF}b", Err("text.control")),
            ("is bounded", &over, Err("text.too_long")),
        ];
        for (rule, text, expected) in table {
            let parsed = Name::parse(text);
            let got = parsed.as_ref().map(Name::as_str).map_err(|e| e.code.as_str());
            assert_eq!(got, expected, "a name {rule}");
        }
    }

    #[test]
    fn a_note_keeps_its_lines() {
        assert_eq!(Note::parse("\ta\r\nb\rc\n\n").unwrap().as_str(), "a\nb\nc");
        assert_eq!(Note::parse("a\u{0}").unwrap_err().limit.unwrap(), "no U+0000, found at 2");
        assert!(Note::parse(&"好".repeat(20_000)).is_ok());
        assert_eq!(Note::parse(&"好".repeat(20_001)).unwrap_err().code, "text.too_long");
    }

    #[test]
    fn a_code_has_one_spelling() {
        let table = [
            ("exhibition", true),
            ("web_form.v2-a", true),
            (&*"a".repeat(64), true),
            (&*"a".repeat(65), false),
            ("", false),
            ("Web", false),
            ("2nd", false),
            (" web", false),
            ("展会", false),
        ];
        for (text, valid) in table {
            assert_eq!(text.parse::<Code>().is_ok(), valid, "{text:?}");
        }
    }

    #[test]
    fn json_carries_the_text_and_refuses_with_the_code() {
        let name: Name = serde_json::from_str(r#"" 王伟 ""#).unwrap();
        assert_eq!(serde_json::to_string(&name).unwrap(), r#""王伟""#);
        let refused = serde_json::from_str::<Name>(r#"" ""#).unwrap_err();
        assert!(refused.to_string().starts_with("text.empty"), "{refused}");
    }

    proptest! {
        #[test]
        fn printing_and_parsing_again_changes_nothing(text in any::<String>()) {
            if let Ok(name) = Name::parse(&text) {
                prop_assert_eq!(Name::parse(name.as_str()).unwrap(), name);
            }
            if let Ok(note) = Note::parse(&text) {
                prop_assert_eq!(Note::parse(note.as_str()).unwrap(), note);
            }
        }
    }
}
