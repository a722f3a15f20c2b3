//! How likely a deal is won.

use core::fmt;
use std::borrow::Cow;

use rust_decimal::Decimal;
use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::{Deserialize, Serialize};

use crate::record::{Column, ColumnType, Spec, Val};
use crate::value::{Invalid, Money, Percent, Rounding};

/// A probability in basis points, hundredths of a percent: 0 to 10,000. A whole number, also in JSON.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "i64", into = "u32")]
pub struct Probability(u32);

impl Probability {
    /// It will not happen.
    pub const NEVER: Self = Self(0);
    /// It has happened.
    pub const CERTAIN: Self = Self(10_000);

    /// So many basis points.
    ///
    /// # Errors
    ///
    /// `probability.range` outside 0 to 10,000.
    pub fn new(basis_points: i64) -> Result<Self, Invalid> {
        let points = u32::try_from(basis_points).ok().filter(|points| *points <= Self::CERTAIN.0);
        points.map(Self).ok_or_else(|| {
            Invalid::new("probability.range", &basis_points.to_string())
                .limit("0 to 10000 basis points, which are 0 to 100 %")
        })
    }

    /// In basis points.
    pub const fn basis_points(self) -> u32 {
        self.0
    }

    /// Neither impossible nor certain.
    pub const fn is_open(self) -> bool {
        self.0 > Self::NEVER.0 && self.0 < Self::CERTAIN.0
    }

    /// The nearest probability that is neither impossible nor certain: no open deal is either.
    #[must_use]
    pub fn opened(self) -> Self {
        Self(self.0.clamp(1, Self::CERTAIN.0.saturating_sub(1)))
    }

    /// What this share of `amount` is, halves rounded up.
    ///
    /// # Errors
    ///
    /// None in practice: a share is never beyond the whole.
    pub fn weigh(self, amount: Money) -> Result<Money, Invalid> {
        Percent::new(Decimal::new(self.0.into(), 2))?.of(amount, Rounding::HalfUp)
    }
}

impl TryFrom<i64> for Probability {
    type Error = Invalid;

    fn try_from(basis_points: i64) -> Result<Self, Invalid> {
        Self::new(basis_points)
    }
}

impl From<Probability> for u32 {
    fn from(probability: Probability) -> Self {
        probability.0
    }
}

impl fmt::Display for Probability {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(&self.0, f)
    }
}

impl Column for Probability {
    fn specs() -> Vec<Spec> {
        vec![Spec::of(ColumnType::Int).suffix("_basis_points")]
    }

    fn put(&self, out: &mut Vec<Val>) {
        out.push(Val::Int(self.0.into()));
    }

    fn take(vals: &[Val]) -> Result<Self, String> {
        match vals {
            [Val::Int(points)] => Self::new(*points).map_err(|e| e.to_string()),
            _ => Err(format!("expected basis points, found {vals:?}")),
        }
    }
}

impl JsonSchema for Probability {
    fn schema_name() -> Cow<'static, str> {
        "Probability".into()
    }

    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        json_schema!({"type": "integer", "minimum": 0, "maximum": 10_000, "description": "basis points"})
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_probability_lies_between_never_and_certain() {
        let table = [
            (-1, Err("probability.range")),
            (0, Ok(0)),
            (8_000, Ok(8_000)),
            (10_000, Ok(10_000)),
            (10_001, Err("probability.range")),
            (i64::MAX, Err("probability.range")),
        ];
        for (points, expected) in table {
            let found = Probability::new(points).map(Probability::basis_points);
            assert_eq!(found.map_err(|e| e.code), expected.map_err(str::to_owned), "{points}");
        }
        assert!(serde_json::from_str::<Probability>("10001").is_err());
    }

    #[test]
    fn weighing_rounds_halves_up() {
        let weigh = |points, amount: &str| {
            Probability::new(points).unwrap().weigh(amount.parse().unwrap()).unwrap().to_string()
        };
        assert_eq!(weigh(8_000, "100.00 CNY"), "80.00 CNY");
        assert_eq!(weigh(5_000, "0.01 CNY"), "0.01 CNY");
        assert_eq!(weigh(1, "1 JPY"), "0 JPY");
        assert_eq!(weigh(10_000, "92233720368547758.07 CNY"), "92233720368547758.07 CNY");
    }

    #[test]
    fn an_open_deal_is_neither_impossible_nor_certain() {
        assert_eq!(Probability::NEVER.opened().basis_points(), 1);
        assert_eq!(Probability::CERTAIN.opened().basis_points(), 9_999);
        assert_eq!(Probability(5).opened().basis_points(), 5);
    }
}
