//! E-mail addresses.

use core::{fmt, str::FromStr};
use std::borrow::Cow;

use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::{Deserialize, Serialize, Serializer};

use super::host::{HostError, normal_host};
use crate::value::{
    Invalid,
    text::{composed, is_forbidden, misplaced, narrow},
};

/// An e-mail address as written, and in the form by which two are compared.
///
/// JSON and text carry it as written; the normal form follows from that.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Deserialize)]
#[serde(try_from = "String")]
pub struct EmailAddress {
    raw: String,
    normal: String,
}

impl EmailAddress {
    /// How long its normal form may be, in bytes (RFC 5321, erratum 1690).
    pub const BYTES_MAX: usize = 254;

    /// Reads `wang.wei+crm@例子.cn` or `王伟 <wang.wei@example.com>`.
    ///
    /// The normal form has ASCII instead of full-width characters and a domain in small letters. Whether a mailbox
    /// ignores case, dots or what follows a plus is its host's affair, so the local part is kept. A quoted local part and
    /// an address literal (`[192.0.2.1]`), legal but unheard of in sales, are refused.
    ///
    /// # Errors
    ///
    /// In order of precedence: `email.format`, its limit naming the offending character and its position counted from 1
    /// in what was given; `email.too_long`.
    ///
    /// # Source
    ///
    /// RFC 5321 section 4.1.2 (dot-string), RFC 6531 (letters of every script), RFC 5890 (domain names).
    pub fn parse(text: &str) -> Result<Self, Invalid> {
        let raw = text.trim();
        let skipped = |part: &str| part.chars().count();
        let lead = skipped(text).saturating_sub(skipped(text.trim_start()));
        if let Some((index, c)) = text.chars().enumerate().find(|(_, c)| is_forbidden(*c, true)) {
            return Err(misplaced("email.format", text, c, index));
        }
        let (offset, address) = match raw.strip_suffix('>').and_then(|raw| raw.rsplit_once('<')) {
            Some((name, address)) => {
                (skipped(name).saturating_add(lead).saturating_add(1), address)
            }
            None => (lead, raw),
        };
        let address: Cow<'_, str> = match address.is_ascii() {
            true => Cow::Borrowed(address),
            false => Cow::Owned(address.chars().map(narrow).collect()),
        };
        let wrong =
            |c, index: usize| misplaced("email.format", text, c, index.saturating_add(offset));
        let format = |limit: &str| Invalid::new("email.format", text).limit(limit);

        let (local, domain) =
            address.split_once('@').ok_or_else(|| format("an '@' between mailbox and domain"))?;
        let at = local.chars().count();
        if let Some((index, c)) = local.chars().enumerate().find(|(_, c)| !is_local(*c)) {
            return Err(wrong(c, index));
        }
        if local.is_empty() || local.len() > 64 {
            return Err(format("a mailbox of 1 to 64 bytes before the '@'"));
        }
        if let Some(index) = misplaced_dot(local) {
            return Err(wrong('.', index));
        }
        let domain = normal_host(domain).map_err(|e| match e {
            HostError::Character(c, index) => wrong(c, index.saturating_add(at).saturating_add(1)),
            HostError::Label(index) => {
                let position = index.saturating_add(at).saturating_add(offset).saturating_add(2);
                format(&format!("a name of 1 to 63 bytes without outer hyphens at {position}"))
            }
            HostError::Top => format("a domain such as example.com"),
        })?;
        let normal = composed(&format!("{local}@{domain}")).into_owned();
        if normal.len() > Self::BYTES_MAX || raw.chars().count() > 500 {
            return Err(Invalid::new("email.too_long", text).limit("at most 254 bytes"));
        }
        Ok(Self { raw: raw.to_owned(), normal })
    }

    /// As it was written.
    pub fn as_written(&self) -> &str {
        &self.raw
    }

    /// The form to compare by: local part as written, domain in small letters.
    pub fn normal(&self) -> &str {
        &self.normal
    }

    /// What follows the at sign, in small letters.
    pub fn domain(&self) -> &str {
        self.normal.split_once('@').map_or("", |(_, domain)| domain)
    }
}

/// RFC 5321 `atext`, a dot, or what RFC 6531 adds: any printable character beyond ASCII.
fn is_local(c: char) -> bool {
    c.is_ascii_alphanumeric()
        || "!#$%&'*+-/=?^_`{|}~.".contains(c)
        || !c.is_ascii()
            && !c.is_control()
            && !c.is_whitespace()
            && !matches!(c, '\u{200B}'..='\u{206F}' | '\u{FEFF}')
}

/// Where a dot stands first, last or behind another.
fn misplaced_dot(local: &str) -> Option<usize> {
    let last = local.chars().count().saturating_sub(1);
    let mut before = '.';
    for (index, c) in local.chars().enumerate() {
        if c == '.' && (before == '.' || index == last) {
            return Some(index);
        }
        before = c;
    }
    None
}

impl FromStr for EmailAddress {
    type Err = Invalid;

    fn from_str(text: &str) -> Result<Self, Invalid> {
        Self::parse(text)
    }
}

impl TryFrom<String> for EmailAddress {
    type Error = Invalid;

    fn try_from(text: String) -> Result<Self, Invalid> {
        Self::parse(&text)
    }
}

impl fmt::Display for EmailAddress {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.raw)
    }
}

impl Serialize for EmailAddress {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(&self.raw)
    }
}

impl JsonSchema for EmailAddress {
    fn schema_name() -> Cow<'static, str> {
        "EmailAddress".into()
    }

    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        json_schema!({"type": "string", "description": "an e-mail address, with or without a display name"})
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn addresses_are_compared_by_their_normal_form() {
        let table = [
            ("Wang.Wei@Example.COM", "Wang.Wei@example.com"),
            (" a+crm@example.com ", "a+crm@example.com"),
            ("王伟@例子.公司", "王伟@例子.公司"),
            ("ｗａｎｇ＠ｅｘａｍｐｌｅ。ｃｏｍ", "wang@example.com"),
            ("王伟 <wang@Example.com>", "wang@example.com"),
            ("o'brien@mail.xn--fiqs8s", "o'brien@mail.xn--fiqs8s"),
        ];
        for (text, normal) in table {
            let address: EmailAddress = text.parse().unwrap();
            assert_eq!(address.normal(), normal, "{text:?}");
            assert_eq!(address.as_written(), text.trim());
        }
        assert_eq!("a@B.cn".parse::<EmailAddress>().unwrap().domain(), "b.cn");
    }

    #[test]
    fn a_refusal_names_the_position() {
        let long_local = format!("{}@example.com", "a".repeat(65));
        let long = format!("a@{}.com", ["b"; 130].join("."));
        let table = [
            ("", "email.format", "an '@' between mailbox and domain"),
            ("example.com", "email.format", "an '@' between mailbox and domain"),
            ("@example.com", "email.format", "a mailbox of 1 to 64 bytes before the '@'"),
            (&long_local, "email.format", "a mailbox of 1 to 64 bytes before the '@'"),
            ("wang wei@example.com", "email.format", "no ' ', found at 5"),
            ("  wang wei@example.com", "email.format", "no ' ', found at 7"),
            ("a@b@example.com", "email.format", "no '@', found at 4"),
            ("a..b@example.com", "email.format", "no '.', found at 3"),
            (".a@example.com", "email.format", "no '.', found at 1"),
            ("a.@example.com", "email.format", "no '.', found at 2"),
            ("a@exam_ple.com", "email.format", "no '_', found at 7"),
            (
                "a@example..com",
                "email.format",
                "a name of 1 to 63 bytes without outer hyphens at 11",
            ),
            (
                "a@-example.com",
                "email.format",
                "a name of 1 to 63 bytes without outer hyphens at 3",
            ),
            ("a@localhost", "email.format", "a domain such as example.com"),
            ("a@192.0.2.1", "email.format", "a domain such as example.com"),
            ("王伟 <a b@example.com>", "email.format", "no ' ', found at 6"),
            ("王\0 <a@example.com>", "email.format", "no '\\0', found at 2"),
            ("a@b.c\u{202E}m", "email.format", "no '\\u{202e}', found at 6"),
            (&long, "email.too_long", "at most 254 bytes"),
        ];
        for (text, code, limit) in table {
            let refused = text.parse::<EmailAddress>().unwrap_err();
            assert_eq!((&*refused.code, &*refused.limit.unwrap()), (code, limit), "{text:?}");
        }
    }

    proptest! {
        #[test]
        fn reading_what_was_written_changes_nothing(text in "[ａa1.+]{0,5}[@＠][bＢ。.-]{0,6}|\\PC{0,12}@\\PC{0,12}") {
            if let Ok(address) = EmailAddress::parse(&text) {
                prop_assert_eq!(EmailAddress::parse(address.as_written()).unwrap(), address.clone());
                let normal = EmailAddress::parse(address.normal()).unwrap();
                prop_assert_eq!(normal.normal(), address.normal());
            }
        }
    }
}
