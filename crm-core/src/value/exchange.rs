//! Exchange rates.

use chrono::NaiveDate;
use rust_decimal::Decimal;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::{
    Currency, Invalid, Money, Name, Rounding,
    decimal::{self, Exact},
};

/// What one unit of `from` was worth in `to` on a day, as some source published it.
///
/// It converts one way only: the inverse of a published rate is nobody's published rate.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(try_from = "ExchangeRateText", into = "ExchangeRateText")]
pub struct ExchangeRate {
    from: Currency,
    to: Currency,
    rate: Decimal,
    day: NaiveDate,
    source: Name,
}

/// Its JSON form, the rate as text.
#[derive(Clone, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[schemars(inline)]
struct ExchangeRateText {
    from: Currency,
    to: Currency,
    #[schemars(regex(pattern = decimal::PATTERN))]
    rate: String,
    #[schemars(extend("format" = "date"), with = "String")]
    day: NaiveDate,
    source: Name,
}

impl ExchangeRate {
    /// One unit of `from` is `rate` units of `to`, both major units, on `day` by `source`.
    ///
    /// # Errors
    ///
    /// In order of precedence: `exchange_rate.same_currency`, `exchange_rate.not_positive`.
    pub fn new(
        (from, to): (Currency, Currency),
        rate: Decimal,
        day: NaiveDate,
        source: Name,
    ) -> Result<Self, Invalid> {
        if from == to {
            let limit = "two different currencies";
            return Err(Invalid::new("exchange_rate.same_currency", to.code()).limit(limit));
        }
        if rate <= Decimal::ZERO {
            let value = rate.to_string();
            return Err(Invalid::new("exchange_rate.not_positive", &value).limit("above 0"));
        }
        Ok(Self { from, to, rate: rate.normalize(), day, source })
    }

    /// The currency it takes.
    pub const fn from(&self) -> Currency {
        self.from
    }

    /// The currency it gives.
    pub const fn to(&self) -> Currency {
        self.to
    }

    /// Units of [`ExchangeRate::to`] for one of [`ExchangeRate::from`].
    pub const fn rate(&self) -> Decimal {
        self.rate
    }

    /// The day it was published for.
    pub const fn day(&self) -> NaiveDate {
        self.day
    }

    /// Who published it.
    pub const fn source(&self) -> &Name {
        &self.source
    }

    /// `money` in the other currency: the exact product, rounded once.
    ///
    /// # Errors
    ///
    /// In order of precedence: `money.currency_mismatch` unless it is in [`ExchangeRate::from`], `money.overflow`.
    pub fn convert(&self, money: Money, rounding: Rounding) -> Result<Money, Invalid> {
        if money.currency() != self.from {
            let limit = format!("an amount in {}", self.from);
            return Err(Invalid::new("money.currency_mismatch", &money.to_string()).limit(limit));
        }
        Money::from_exact(Exact::from(money.amount()).times(self.rate), self.to, rounding)
    }
}

impl TryFrom<ExchangeRateText> for ExchangeRate {
    type Error = Invalid;

    fn try_from(text: ExchangeRateText) -> Result<Self, Invalid> {
        Self::new((text.from, text.to), decimal::parse(&text.rate)?, text.day, text.source)
    }
}

impl From<ExchangeRate> for ExchangeRateText {
    fn from(rate: ExchangeRate) -> Self {
        let ExchangeRate { from, to, rate, day, source } = rate;
        Self { from, to, rate: rate.to_string(), day, source }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn rate(from: &str, to: &str, rate: &str) -> Result<ExchangeRate, Invalid> {
        let pair = (from.parse().unwrap(), to.parse().unwrap());
        let day = "2026-11-20".parse().unwrap();
        ExchangeRate::new(pair, decimal::parse(rate).unwrap(), day, "PBOC".parse().unwrap())
    }

    #[test]
    fn converting_rounds_once_to_the_other_scale() {
        let table = [
            ("USD", "CNY", "7.1234", "100.00 USD", Ok("712.34 CNY")),
            ("USD", "CNY", "7.1235", "0.01 USD", Ok("0.07 CNY")),
            ("CNY", "JPY", "20.5", "1.00 CNY", Ok("21 JPY")),
            ("JPY", "KWD", "0.002", "1 JPY", Ok("0.002 KWD")),
            ("USD", "CNY", "7", "-1.00 USD", Ok("-7.00 CNY")),
            ("USD", "CNY", "7", "1 CNY", Err("money.currency_mismatch")),
            ("USD", "CNY", "10", "92233720368547758.07 USD", Err("money.overflow")),
        ];
        for (from, to, text, amount, expected) in table {
            let converted = rate(from, to, text)
                .unwrap()
                .convert(amount.parse().unwrap(), Rounding::HalfUp)
                .map(|m| m.to_string())
                .map_err(|e| e.code);
            let expected = expected.map(str::to_owned).map_err(str::to_owned);
            assert_eq!(converted, expected, "{amount} at {text}");
        }
    }

    #[test]
    fn a_rate_joins_two_currencies_and_is_positive() {
        assert_eq!(rate("CNY", "CNY", "0").unwrap_err().code, "exchange_rate.same_currency");
        assert_eq!(rate("USD", "CNY", "0").unwrap_err().code, "exchange_rate.not_positive");
        let json = r#"{"from":"USD","to":"CNY","rate":"7.12","day":"2026-11-20","source":"PBOC"}"#;
        assert_eq!(serde_json::to_string(&rate("USD", "CNY", "7.120").unwrap()).unwrap(), json);
        assert_eq!(
            serde_json::from_str::<ExchangeRate>(json).unwrap(),
            rate("USD", "CNY", "7.12").unwrap()
        );
    }
}
