//! Countries.

use core::{fmt, str::FromStr};
use std::borrow::Cow;

use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::{Deserialize, Serialize, Serializer};

use super::Invalid;

/// A country or territory of ISO 3166-1, known by its two-letter code such as `CN`.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Deserialize)]
#[serde(try_from = "String")]
pub struct Country([u8; 2]);

impl Country {
    /// China. Hong Kong, Macao and Taiwan have codes of their own (`HK`, `MO`, `TW`).
    pub const CHINA: Self = Self(*b"CN");

    /// The country with this code, in capital letters.
    ///
    /// # Errors
    ///
    /// `country.unknown` for any other text.
    pub fn parse(code: &str) -> Result<Self, Invalid> {
        let letters = <[u8; 2]>::try_from(code.as_bytes()).ok();
        letters.filter(|_| code.parse::<iso_currency::Country>().is_ok()).map(Self).ok_or_else(
            || Invalid::new("country.unknown", code).limit("an ISO 3166-1 code such as CN"),
        )
    }

    /// The two letters.
    pub fn code(&self) -> &str {
        str::from_utf8(&self.0).unwrap_or_default()
    }
}

impl FromStr for Country {
    type Err = Invalid;

    fn from_str(code: &str) -> Result<Self, Invalid> {
        Self::parse(code)
    }
}

impl TryFrom<String> for Country {
    type Error = Invalid;

    fn try_from(code: String) -> Result<Self, Invalid> {
        Self::parse(&code)
    }
}

impl fmt::Display for Country {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.code())
    }
}

impl fmt::Debug for Country {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.code())
    }
}

impl Serialize for Country {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(self.code())
    }
}

impl JsonSchema for Country {
    fn schema_name() -> Cow<'static, str> {
        "Country".into()
    }

    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        json_schema!({"type": "string", "pattern": "^[A-Z]{2}$", "description": "ISO 3166-1 alpha-2"})
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_country_is_known_by_its_code() {
        for code in ["CN", "HK", "TW", "US", "DE", "SS"] {
            assert_eq!(code.parse::<Country>().unwrap().to_string(), code);
        }
        for code in ["", "C", "CHN", "cn", "ZZ", "UK", "中"] {
            assert_eq!(code.parse::<Country>().unwrap_err().code, "country.unknown", "{code:?}");
        }
        assert_eq!(Country::parse("CN"), Ok(Country::CHINA));
    }
}
