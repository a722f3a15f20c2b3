//! The unified social credit code of Chinese organizations.

use core::{fmt, str::FromStr};
use std::borrow::Cow;

use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::{Deserialize, Serialize, Serializer};

use super::{
    Invalid, Region,
    text::{misplaced, narrow},
};

/// A 统一社会信用代码: 18 characters that name a company or other organization registered in China.
///
/// One of registering authority, one of kind, six digits of region, nine of the organization code, one check character.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Deserialize)]
#[serde(try_from = "String")]
pub struct CreditCode(String);

/// Digits and capital letters without I, O, S, V and Z, each at its value.
const ALPHABET: &str = "0123456789ABCDEFGHJKLMNPQRTUWXY";
const MODULUS: usize = 31;

impl CreditCode {
    /// How many characters it has.
    pub const CHARS: usize = 18;

    /// Reads the code; small and full-width letters become capitals, spaces around it go.
    ///
    /// # Errors
    ///
    /// In order of precedence: `credit_code.format` for a character that has no place there, its limit naming it and
    /// its position counted from 1 after trimming; `credit_code.length`; `credit_code.check`, its limit naming the
    /// check character that the others ask for.
    ///
    /// # Source
    ///
    /// GB 32100-2015 (法人和其他组织统一社会信用代码编码规则), section 5 and appendix A.
    pub fn parse(text: &str) -> Result<Self, Invalid> {
        let code: String = text.chars().map(|c| narrow(c).to_ascii_uppercase()).collect();
        let code = code.trim();
        let mut sum = 0_usize;
        let mut weight = 1_usize;
        for (index, c) in code.chars().enumerate().take(Self::CHARS) {
            let value = ALPHABET.find(c).filter(|_| !(2..8).contains(&index) || c.is_ascii_digit());
            let value = value.ok_or_else(|| misplaced("credit_code.format", text, c, index))?;
            if index < Self::CHARS.saturating_sub(1) {
                // 17 terms below 31 × 31: nothing can overflow.
                sum = sum.saturating_add(value.saturating_mul(weight));
                weight = weight.saturating_mul(3) % MODULUS;
            }
        }
        if code.chars().count() != Self::CHARS {
            return Err(Invalid::new("credit_code.length", text).limit("18 characters"));
        }
        let check = MODULUS.saturating_sub(sum % MODULUS) % MODULUS;
        let check = ALPHABET.chars().nth(check).unwrap_or_default();
        if !code.ends_with(check) {
            let limit = format!("the check character {check} at 18");
            return Err(Invalid::new("credit_code.check", text).limit(limit));
        }
        Ok(Self(code.to_owned()))
    }

    /// The 18 characters.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// The six digits of the region where it was registered, by GB/T 2260 at that time.
    pub fn region_code(&self) -> &str {
        self.0.get(2..8).unwrap_or_default()
    }

    /// The smallest region we know around that.
    pub fn region(&self) -> Option<Region> {
        Region::around(self.region_code())
    }
}

impl FromStr for CreditCode {
    type Err = Invalid;

    fn from_str(text: &str) -> Result<Self, Invalid> {
        Self::parse(text)
    }
}

impl TryFrom<String> for CreditCode {
    type Error = Invalid;

    fn try_from(text: String) -> Result<Self, Invalid> {
        Self::parse(&text)
    }
}

impl fmt::Display for CreditCode {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl Serialize for CreditCode {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(&self.0)
    }
}

impl JsonSchema for CreditCode {
    fn schema_name() -> Cow<'static, str> {
        "CreditCode".into()
    }

    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        let pattern = "^[0-9A-HJ-NPQRTUWXY]{2}[0-9]{6}[0-9A-HJ-NPQRTUWXY]{10}$";
        json_schema!({"type": "string", "pattern": pattern, "description": "统一社会信用代码, GB 32100-2015"})
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn codes_in_use_and_their_misspellings() {
        let table = [
            ("914403001922038216", Ok("914403001922038216")), // Huawei Technologies
            ("9144030071526726XG", Ok("9144030071526726XG")), // Tencent
            (" ９144030071526726xg ", Ok("9144030071526726XG")),
            ("914403001922038217", Err(("credit_code.check", "the check character 6 at 18"))),
            ("914403001922038261", Err(("credit_code.check", "the check character M at 18"))),
            ("91440300192203821", Err(("credit_code.length", "18 characters"))),
            ("9144030019220382166", Err(("credit_code.length", "18 characters"))),
            ("", Err(("credit_code.length", "18 characters"))),
            ("9144O3001922038216", Err(("credit_code.format", "no 'O', found at 5"))),
            ("91440A001922038216", Err(("credit_code.format", "no 'A', found at 6"))),
            ("914403001922038I16", Err(("credit_code.format", "no 'I', found at 16"))),
            ("914403-01922038216", Err(("credit_code.format", "no '-', found at 7"))),
        ];
        for (text, expected) in table {
            let parsed = text.parse::<CreditCode>();
            let got = match &parsed {
                Ok(code) => Ok(code.as_str()),
                Err(e) => Err((&*e.code, e.limit.as_deref().unwrap_or(""))),
            };
            assert_eq!(got, expected, "{text:?}");
        }
        let huawei: CreditCode = "914403001922038216".parse().unwrap();
        assert_eq!(huawei.region().map(Region::name), Some("深圳市"));
    }

    proptest! {
        #[test]
        fn one_wrong_character_never_passes(
            body in "[19][0-9A-HJ-NPQRTUWXY][0-9]{6}[0-9A-HJ-NPQRTUWXY]{9}",
            at in 0..17_usize,
            other in 0..31_usize,
        ) {
            let passes = |body: &str| {
                let codes = ALPHABET.chars().filter_map(|check| CreditCode::parse(&format!("{body}{check}")).ok());
                codes.collect::<Vec<_>>()
            };
            let codes = passes(&body);
            prop_assert_eq!(codes.len(), 1, "one check character fits");
            let check = codes[0].as_str().chars().last().unwrap();
            let mut chars: Vec<char> = body.chars().collect();
            let other = ALPHABET.chars().nth(other).unwrap();
            prop_assume!(chars[at] != other);
            chars[at] = other;
            let wrong: String = chars.into_iter().chain([check]).collect();
            prop_assert!(CreditCode::parse(&wrong).is_err(), "{wrong}");
            prop_assert_eq!(CreditCode::parse(&codes[0].to_string()).unwrap(), codes[0].clone());
        }
    }
}
