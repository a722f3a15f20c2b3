//! Shares of a whole, such as a conversion rate.

use core::fmt;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::{Invalid, Rounding};

/// How many of a group did something. A group of nobody has no rate: that is "no data", never 0 %.
///
/// It keeps both counts, since 1 of 2 and 500 of 1,000 are not equally certain; its interval is computed in
/// `analytics`, where floats live. Two rates are equal when their counts are.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(try_from = "Counts", into = "Counts")]
pub struct Rate {
    numerator: u64,
    denominator: u64,
}

/// How a rate is spelled in JSON: its counts as text, since not every reader of JSON has 64 bits.
#[derive(Clone, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[schemars(inline)]
struct Counts {
    #[schemars(regex(pattern = "^[0-9]+$"))]
    numerator: String,
    #[schemars(regex(pattern = "^[0-9]+$"))]
    denominator: String,
}

impl Rate {
    /// Nobody was counted.
    pub const NO_DATA: Self = Self { numerator: 0, denominator: 0 };

    /// `numerator` of `denominator`.
    ///
    /// # Errors
    ///
    /// `rate.above_one` when more did it than there were.
    pub fn new(numerator: u64, denominator: u64) -> Result<Self, Invalid> {
        if numerator > denominator {
            let given = format!("{numerator}/{denominator}");
            return Err(Invalid::new("rate.above_one", &given).limit("at most all of them"));
        }
        Ok(Self { numerator, denominator })
    }

    /// How many did it.
    pub const fn numerator(self) -> u64 {
        self.numerator
    }

    /// How many there were; zero means no data.
    pub const fn denominator(self) -> u64 {
        self.denominator
    }

    /// In hundredths of a percent, 0 to 10,000, or nothing when there is no data.
    pub fn basis_points(self, rounding: Rounding) -> Option<u32> {
        let scaled = i128::from(self.numerator).checked_mul(10_000)?;
        u32::try_from(rounding.quotient(scaled, self.denominator.into())?).ok()
    }

    /// The rate of both groups taken together; nothing where the counts leave 64 bits.
    pub fn pooled(self, other: Self) -> Option<Self> {
        Some(Self {
            numerator: self.numerator.checked_add(other.numerator)?,
            denominator: self.denominator.checked_add(other.denominator)?,
        })
    }
}

impl fmt::Display for Rate {
    /// `42.86 % (3/7)`, halves rounded up, or `no data`.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.basis_points(Rounding::HalfUp) {
            None => f.write_str("no data"),
            Some(points) => {
                let (whole, part) = (points / 100, points % 100);
                write!(f, "{whole}.{part:02} % ({}/{})", self.numerator, self.denominator)
            }
        }
    }
}

impl TryFrom<Counts> for Rate {
    type Error = Invalid;

    fn try_from(counts: Counts) -> Result<Self, Invalid> {
        let count = |text: &str| {
            let parsed = text.parse().ok().filter(|_| text.bytes().all(|b| b.is_ascii_digit()));
            parsed.ok_or_else(|| Invalid::new("rate.count", text).limit("a count of 64 bits"))
        };
        Self::new(count(&counts.numerator)?, count(&counts.denominator)?)
    }
}

impl From<Rate> for Counts {
    fn from(rate: Rate) -> Self {
        Self { numerator: rate.numerator.to_string(), denominator: rate.denominator.to_string() }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_rate_of_nobody_is_no_data() {
        let table = [
            (0, 0, None, None, "no data"),
            (0, 7, Some(0), Some(0), "0.00 % (0/7)"),
            (7, 7, Some(10_000), Some(10_000), "100.00 % (7/7)"),
            (2, 3, Some(6_667), Some(6_666), "66.67 % (2/3)"),
            (1, 20_000, Some(1), Some(0), "0.01 % (1/20000)"),
            (
                u64::MAX,
                u64::MAX,
                Some(10_000),
                Some(10_000),
                "100.00 % (18446744073709551615/18446744073709551615)",
            ),
        ];
        for (numerator, denominator, half_up, down, text) in table {
            let rate = Rate::new(numerator, denominator).unwrap();
            assert_eq!(rate.basis_points(Rounding::HalfUp), half_up, "{text}");
            assert_eq!(rate.basis_points(Rounding::Down), down, "{text}");
            assert_eq!(rate.to_string(), text);
            let json = serde_json::to_string(&rate).unwrap();
            assert_eq!(serde_json::from_str::<Rate>(&json).unwrap(), rate, "{json}");
        }
        assert_eq!(Rate::new(1, 0).unwrap_err().code, "rate.above_one");
        assert!(serde_json::from_str::<Rate>(r#"{"numerator":"+1","denominator":"2"}"#).is_err());
    }

    #[test]
    fn pooling_adds_the_counts_and_does_not_average() {
        let (small, large) = (Rate::new(1, 1).unwrap(), Rate::new(0, 9).unwrap());
        assert_eq!(small.pooled(large), Rate::new(1, 10).ok());
        assert_eq!(Rate::NO_DATA.pooled(small), Some(small));
    }
}
