//! Currencies.

use core::{cmp::Ordering, fmt, hash, str::FromStr};
use std::borrow::Cow;

use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::{Deserialize, Serialize, Serializer};

use super::Invalid;

/// A currency of ISO 4217 that has a minor unit, known by its alphabetic code such as `CNY`.
///
/// Precious metals, drawing rights and test codes (`XAU`, `XDR`, `XTS`) are left out: they have no scale to count in.
#[derive(Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(try_from = "String")]
pub struct Currency {
    iso: iso_currency::Currency,
    exponent: u16,
}

impl Currency {
    /// The currency with this alphabetic code, in capital letters.
    ///
    /// # Errors
    ///
    /// `currency.unknown` for any other text.
    pub fn parse(code: &str) -> Result<Self, Invalid> {
        let known = iso_currency::Currency::from_code(code).filter(|iso| iso.code() == code);
        known.and_then(|iso| Some(Self { iso, exponent: iso.exponent()? })).ok_or_else(|| {
            Invalid::new("currency.unknown", code).limit("an ISO 4217 code such as CNY")
        })
    }

    /// The alphabetic code.
    pub fn code(self) -> &'static str {
        self.iso.code()
    }

    /// How many decimal places its minor unit has: 2 for CNY, 0 for JPY, 3 for KWD.
    pub fn scale(self) -> u32 {
        self.exponent.into()
    }
}

impl PartialOrd for Currency {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl Ord for Currency {
    /// By code.
    fn cmp(&self, other: &Self) -> Ordering {
        self.code().cmp(other.code())
    }
}

impl hash::Hash for Currency {
    fn hash<H: hash::Hasher>(&self, state: &mut H) {
        self.code().hash(state);
    }
}

impl FromStr for Currency {
    type Err = Invalid;

    fn from_str(code: &str) -> Result<Self, Invalid> {
        Self::parse(code)
    }
}

impl TryFrom<String> for Currency {
    type Error = Invalid;

    fn try_from(code: String) -> Result<Self, Invalid> {
        Self::parse(&code)
    }
}

impl fmt::Display for Currency {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.code())
    }
}

impl fmt::Debug for Currency {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.code())
    }
}

impl Serialize for Currency {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(self.code())
    }
}

impl JsonSchema for Currency {
    fn schema_name() -> Cow<'static, str> {
        "Currency".into()
    }

    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        json_schema!({"type": "string", "pattern": "^[A-Z]{3}$", "description": "ISO 4217"})
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_currency_is_known_by_its_code() {
        let table = [
            ("CNY", Some(2)),
            ("USD", Some(2)),
            ("JPY", Some(0)),
            ("KWD", Some(3)),
            ("CLF", Some(4)),
            ("XAU", None),
            ("RMB", None),
            ("cny", None),
            (" CNY", None),
            ("", None),
        ];
        for (code, scale) in table {
            let parsed = code.parse::<Currency>();
            assert_eq!(parsed.as_ref().ok().map(|c| c.scale()), scale, "{code:?}");
            assert!(parsed.is_err_and(|e| e.code == "currency.unknown") || scale.is_some());
        }
    }

    #[test]
    fn json_is_the_code() {
        let cny: Currency = serde_json::from_str(r#""CNY""#).unwrap();
        assert_eq!(serde_json::to_string(&cny).unwrap(), r#""CNY""#);
        assert!(serde_json::from_str::<Currency>("156").is_err());
    }
}
