//! Web addresses.

use core::{fmt, str::FromStr};
use std::borrow::Cow;

use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::{Deserialize, Serialize, Serializer};

use super::host::{HostError, normal_host};
use crate::value::{Invalid, text::misplaced};

/// The address of a web site or page, as written and in a form to compare by and to open.
///
/// It is not a general URL: only `http` and `https`, a named host, no user information (`https://bank.com@evil.com`).
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Deserialize)]
#[serde(try_from = "String")]
pub struct Url {
    raw: String,
    normal: String,
}

impl Url {
    /// How long it may be, in characters.
    pub const CHARS_MAX: usize = 2_048;

    /// Reads `https://example.com/about` or, as people write it, `www.example.com`, which becomes `https`.
    ///
    /// The normal form has scheme and host in small letters and a path at least `/`; path, query and fragment are kept.
    ///
    /// # Errors
    ///
    /// In order of precedence: `url.too_long`, `url.scheme`, `url.format`, its limit naming the offending character and
    /// its position counted from 1 in the trimmed text.
    ///
    /// # Source
    ///
    /// RFC 3986 sections 3 and 6.2.2.1; characters beyond ASCII as in RFC 3987.
    pub fn parse(text: &str) -> Result<Self, Invalid> {
        let raw = text.trim();
        if raw.chars().count() > Self::CHARS_MAX {
            return Err(Invalid::new("url.too_long", text).limit("at most 2048 characters"));
        }
        let (scheme, rest) = raw.split_once("://").unwrap_or(("https", raw));
        let scheme = scheme.to_ascii_lowercase();
        if !matches!(&*scheme, "http" | "https") {
            return Err(Invalid::new("url.scheme", text).allowed(["http", "https"]));
        }
        let offset = raw.chars().count().saturating_sub(rest.chars().count());
        let wrong =
            |c, index: usize| misplaced("url.format", text, c, index.saturating_add(offset));
        let format = |limit: &str| Invalid::new("url.format", text).limit(limit);
        if let Some((index, c)) = rest.chars().enumerate().find(|(_, c)| is_forbidden(*c)) {
            return Err(wrong(c, index));
        }

        let (authority, path) =
            rest.find(['/', '?', '#']).map_or((rest, ""), |at| rest.split_at(at));
        let (host, port) =
            authority.split_once(':').map_or((authority, None), |(h, p)| (h, Some(p)));
        let host = normal_host(host).map_err(|e| match e {
            HostError::Character(c, index) => wrong(c, index),
            HostError::Label(_) | HostError::Top => format("a host such as www.example.com"),
        })?;
        let port = match port {
            None => String::new(),
            Some(port) => {
                let number = port.parse::<u16>().ok().filter(|_| !port.starts_with('+'));
                format!(":{}", number.ok_or_else(|| format("a port of 0 to 65535"))?)
            }
        };
        let slash = if path.starts_with('/') { "" } else { "/" };
        let normal = format!("{scheme}://{host}{port}{slash}{path}");
        Ok(Self { raw: raw.to_owned(), normal })
    }

    /// As it was written.
    pub fn as_written(&self) -> &str {
        &self.raw
    }

    /// The form to compare by and to open.
    pub fn normal(&self) -> &str {
        &self.normal
    }
}

/// White space, controls, invisible characters, and the ASCII that RFC 3986 has in no component.
fn is_forbidden(c: char) -> bool {
    c.is_whitespace()
        || c.is_control()
        || "<>\"\\^`{|}".contains(c)
        || matches!(c, '\u{200B}'..='\u{206F}' | '\u{FEFF}')
}

impl FromStr for Url {
    type Err = Invalid;

    fn from_str(text: &str) -> Result<Self, Invalid> {
        Self::parse(text)
    }
}

impl TryFrom<String> for Url {
    type Error = Invalid;

    fn try_from(text: String) -> Result<Self, Invalid> {
        Self::parse(&text)
    }
}

impl fmt::Display for Url {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.raw)
    }
}

impl Serialize for Url {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(&self.raw)
    }
}

impl JsonSchema for Url {
    fn schema_name() -> Cow<'static, str> {
        "Url".into()
    }

    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        json_schema!({"type": "string", "maxLength": Self::CHARS_MAX, "description": "an http or https address"})
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn web_addresses() {
        let long = format!("example.com/{}", "a".repeat(2_048));
        let table = [
            ("https://Example.COM", Ok("https://example.com/")),
            ("HTTP://example.com/A?q=1#X", Ok("http://example.com/A?q=1#X")),
            ("www.example.com", Ok("https://www.example.com/")),
            ("例子.公司/关于", Ok("https://例子.公司/关于")),
            ("example.com:8080?x", Ok("https://example.com:8080/?x")),
            ("javascript://example.com", Err(("url.scheme", ""))),
            ("ftp://example.com", Err(("url.scheme", ""))),
            ("", Err(("url.format", "a host such as www.example.com"))),
            ("localhost", Err(("url.format", "a host such as www.example.com"))),
            ("https://bank.com@evil.com", Err(("url.format", "no '@', found at 17"))),
            ("example.com/a b", Err(("url.format", "no ' ', found at 14"))),
            ("example.com:80800", Err(("url.format", "a port of 0 to 65535"))),
            (&long, Err(("url.too_long", "at most 2048 characters"))),
        ];
        for (text, expected) in table {
            let parsed = text.parse::<Url>();
            let got = match &parsed {
                Ok(url) => Ok(url.normal()),
                Err(e) => Err((&*e.code, e.limit.as_deref().unwrap_or(""))),
            };
            assert_eq!(got, expected, "{text:?}");
            let again =
                parsed.map(|url| Url::parse(url.normal()).map(|again| again.normal == url.normal));
            assert!(again.is_err() || again == Ok(Ok(true)), "{text:?} twice");
        }
    }
}
