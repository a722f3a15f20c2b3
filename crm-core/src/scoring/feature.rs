//! What is known of a lead, customer or deal, by the names that a model knows it under.

use std::{borrow::Cow, collections::BTreeMap};

use rust_decimal::Decimal;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// One value of a feature. What is not known is absent.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Input {
    /// A category, compared as it is written. `yes` and `no` of a flag.
    Text(String),
    /// A number.
    Number(Decimal),
}

impl Input {
    /// Yes or no.
    pub fn flag(flag: bool) -> Self {
        Self::Text(if flag { "yes" } else { "no" }.to_owned())
    }

    /// A count.
    pub fn count(count: usize) -> Self {
        Self::Number(Decimal::from(count))
    }

    /// As a number, where it is one.
    pub fn number(&self) -> Option<Decimal> {
        match self {
            Self::Number(value) => Some(*value),
            Self::Text(text) => text.parse().ok(),
        }
    }

    /// As text: what is written, a number in its shortest form.
    pub fn text(&self) -> Cow<'_, str> {
        match self {
            Self::Text(text) => Cow::Borrowed(text),
            Self::Number(value) => Cow::Owned(value.normalize().to_string()),
        }
    }
}

/// Everything that is known of one of them.
pub type Features = BTreeMap<String, Input>;

/// Numbers in learning: whole millionths, so that equal values are equal on every machine.
pub(super) mod millionths {
    use rust_decimal::{Decimal, RoundingStrategy, prelude::ToPrimitive};

    /// Decimal places.
    pub(in crate::scoring) const SCALE: u32 = 6;

    /// The nearest number of millionths; the furthest there is where it would be further.
    pub(in crate::scoring) fn of(value: Decimal) -> i64 {
        let furthest = if value.is_sign_negative() { i64::MIN } else { i64::MAX };
        let scaled = value.checked_mul(Decimal::new(1_000_000, 0));
        let whole = scaled
            .map(|scaled| scaled.round_dp_with_strategy(0, RoundingStrategy::MidpointNearestEven));
        whole.and_then(|whole| whole.to_i64()).unwrap_or(furthest)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_kept_in_millionths() {
        let table =
            [("1.5", 1_500_000), ("-0.0000004", 0), ("1e3", 1_000_000_000), ("-2", -2_000_000)];
        for (text, expected) in table {
            let number = Input::Text(text.into()).number();
            assert_eq!(number.map_or(0, millionths::of), expected, "{text}");
        }
        assert_eq!(millionths::of(Decimal::MAX), i64::MAX);
        assert_eq!(millionths::of(Decimal::MIN), i64::MIN);
        assert_eq!(Input::Number("1.50".parse().unwrap()).text(), "1.5");
    }
}
