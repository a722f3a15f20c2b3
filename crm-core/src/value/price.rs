//! Unit prices, quantities and discounts: exact until a named rounding makes them money.

use core::{fmt, str::FromStr};
use std::borrow::Cow;

use rust_decimal::Decimal;
use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::{Deserialize, Serialize, Serializer};

use super::{
    Currency, Invalid, Money, Rounding,
    decimal::{self, Exact},
    money::AmountText,
};

/// How many or how much of something, in the unit of what it counts: an exact decimal, zero or more, of at most 28
/// digits.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Deserialize)]
#[serde(try_from = "String")]
pub struct Quantity(Decimal);

impl Quantity {
    /// An exact quantity.
    ///
    /// # Errors
    ///
    /// `quantity.negative` below zero.
    pub fn new(number: Decimal) -> Result<Self, Invalid> {
        if number.is_sign_negative() && !number.is_zero() {
            return Err(Invalid::new("quantity.negative", &number.to_string()).limit("at least 0"));
        }
        Ok(Self(number.normalize()))
    }

    /// As a number, without trailing zeros.
    pub const fn number(self) -> Decimal {
        self.0
    }

    /// Nothing of it.
    pub const fn is_zero(self) -> bool {
        self.0.is_zero()
    }

    /// So many times `other`, exactly.
    ///
    /// # Errors
    ///
    /// `decimal.precision` when the product has more than 28 digits.
    pub fn times(self, other: Self) -> Result<Self, Invalid> {
        let product = Exact::from(self.0).times(other.0);
        let too_wide = || Invalid::new("decimal.precision", &format!("{self} × {other}"));
        let product = product.ok_or_else(|| too_wide().limit("at most 28 digits"))?;
        product.decimal().map(|number| Self(number.normalize()))
    }
}

/// A share in percent: an exact decimal from 0 to 100.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Deserialize)]
#[serde(try_from = "String")]
pub struct Percent(Decimal);

impl Percent {
    /// 0 %.
    pub const ZERO: Self = Self(Decimal::ZERO);

    /// An exact share.
    ///
    /// # Errors
    ///
    /// `percent.range` outside 0 to 100.
    pub fn new(number: Decimal) -> Result<Self, Invalid> {
        if number < Decimal::ZERO || number > Decimal::ONE_HUNDRED {
            return Err(Invalid::new("percent.range", &number.to_string()).limit("0 to 100"));
        }
        Ok(Self(number.normalize()))
    }

    /// As a number: 13 for 13 %, without trailing zeros.
    pub const fn number(self) -> Decimal {
        self.0
    }

    /// This share of `money`, such as the tax on it.
    ///
    /// # Errors
    ///
    /// `money.overflow` when the exact product has more than 38 digits.
    pub fn of(self, money: Money, rounding: Rounding) -> Result<Money, Invalid> {
        let product = Exact::from(money.amount()).times(self.0).and_then(Exact::hundredth);
        Money::from_exact(product, money.currency(), rounding)
    }

    /// This share on top that `money` contains already, such as the tax in a price that includes it:
    /// money × rate ÷ (100 + rate).
    ///
    /// # Errors
    ///
    /// `money.overflow` when the exact product has more than 38 digits.
    pub fn within(self, money: Money, rounding: Rounding) -> Result<Money, Invalid> {
        let scale = self.0.scale();
        let hundred = scale.checked_add(2).and_then(|places| 10_i128.checked_pow(places));
        let whole = hundred.and_then(|hundred| hundred.checked_add(self.0.mantissa()));
        let product = i128::from(money.minor()).checked_mul(self.0.mantissa());
        let units = product.zip(whole).and_then(|(part, whole)| rounding.quotient(part, whole));
        Money::from_exact(
            units.map(|units| Exact::new(units, money.currency().scale())),
            money.currency(),
            rounding,
        )
    }

    /// What is left of one hundred percent; the difference always fits, since both are at most 28 places below 100.
    fn rest(self) -> Option<Exact> {
        let scale = self.0.scale();
        let hundred = 10_i128.checked_pow(scale.checked_add(2)?)?;
        Some(Exact::new(hundred.checked_sub(self.0.mantissa())?, scale))
    }
}

/// The price of one unit, unrounded: it may have more places than its currency (0.0125 CNY a call). Zero or more.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(try_from = "AmountText", into = "AmountText")]
pub struct UnitPrice {
    amount: Decimal,
    currency: Currency,
}

impl UnitPrice {
    /// A price in major units of `currency`.
    ///
    /// # Errors
    ///
    /// `price.negative` below zero.
    pub fn new(amount: Decimal, currency: Currency) -> Result<Self, Invalid> {
        if amount.is_sign_negative() && !amount.is_zero() {
            return Err(Invalid::new("price.negative", &amount.to_string()).limit("at least 0"));
        }
        Ok(Self { amount: amount.normalize(), currency })
    }

    /// In major units, without trailing zeros.
    pub const fn amount(self) -> Decimal {
        self.amount
    }

    /// Its currency.
    pub const fn currency(self) -> Currency {
        self.currency
    }

    /// `quantity` units of this less `discount`, exactly.
    ///
    /// # Errors
    ///
    /// `decimal.precision` when the result has more than 28 digits.
    pub fn line(self, quantity: Quantity, discount: Percent) -> Result<Decimal, Invalid> {
        let too_wide = || Invalid::new("decimal.precision", &self.to_string());
        self.exact_line(quantity, discount)
            .ok_or_else(|| too_wide().limit("at most 28 digits"))?
            .decimal()
    }

    fn exact_line(self, quantity: Quantity, discount: Percent) -> Option<Exact> {
        let gross = Exact::from(self.amount).times(quantity.0)?;
        gross.times(discount.rest()?)?.hundredth()
    }
}

impl Money {
    /// The amount of a line: unit price × quantity × (100 − discount) %, exact to the end and then rounded once.
    ///
    /// # Errors
    ///
    /// `money.overflow` beyond the range of money, or when the exact product has more than 38 digits.
    pub fn of_line(
        price: UnitPrice,
        quantity: Quantity,
        discount: Percent,
        rounding: Rounding,
    ) -> Result<Self, Invalid> {
        Self::from_exact(price.exact_line(quantity, discount), price.currency, rounding)
    }
}

impl From<Money> for UnitPrice {
    /// The price of one unit is this amount; a credit's size, without its sign.
    fn from(money: Money) -> Self {
        let amount = money.abs().amount().normalize();
        Self { amount, currency: money.currency() }
    }
}

impl FromStr for Quantity {
    type Err = Invalid;

    /// The errors are `decimal.format`, `decimal.precision`, then those of [`Quantity::new`].
    fn from_str(text: &str) -> Result<Self, Invalid> {
        Self::new(decimal::parse(text)?)
    }
}

impl FromStr for Percent {
    type Err = Invalid;

    /// Without a percent sign. The errors are `decimal.format`, `decimal.precision`, then those of [`Percent::new`].
    fn from_str(text: &str) -> Result<Self, Invalid> {
        Self::new(decimal::parse(text)?)
    }
}

impl TryFrom<String> for Quantity {
    type Error = Invalid;

    fn try_from(text: String) -> Result<Self, Invalid> {
        text.parse()
    }
}

impl TryFrom<String> for Percent {
    type Error = Invalid;

    fn try_from(text: String) -> Result<Self, Invalid> {
        text.parse()
    }
}

impl TryFrom<AmountText> for UnitPrice {
    type Error = Invalid;

    fn try_from(text: AmountText) -> Result<Self, Invalid> {
        Self::new(decimal::parse(&text.amount)?, text.currency)
    }
}

impl From<UnitPrice> for AmountText {
    fn from(price: UnitPrice) -> Self {
        Self { amount: price.amount.to_string(), currency: price.currency }
    }
}

impl fmt::Display for Quantity {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(&self.0, f)
    }
}

impl fmt::Display for Percent {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(&self.0, f)
    }
}

impl fmt::Display for UnitPrice {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {}", self.amount, self.currency)
    }
}

impl fmt::Debug for UnitPrice {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

impl Serialize for Quantity {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl Serialize for Percent {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl JsonSchema for Quantity {
    fn schema_name() -> Cow<'static, str> {
        "Quantity".into()
    }

    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        json_schema!({"type": "string", "pattern": decimal::PATTERN, "description": "a decimal, at least 0"})
    }
}

impl JsonSchema for Percent {
    fn schema_name() -> Cow<'static, str> {
        "Percent".into()
    }

    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        json_schema!({"type": "string", "pattern": decimal::PATTERN, "description": "a decimal, 0 to 100"})
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn price(amount: &str, currency: &str) -> UnitPrice {
        UnitPrice::new(decimal::parse(amount).unwrap(), currency.parse().unwrap()).unwrap()
    }

    #[test]
    fn a_line_rounds_once_at_the_end() {
        use Rounding::{Down, HalfEven, HalfUp};
        let digits = "1.234567890123456789012345678";
        let table = [
            // price, quantity, discount, rounding       exact, rounded
            ("99.99", "3", "0", HalfUp, Ok("299.97"), Ok("299.97 CNY")),
            ("0.005", "1", "0", HalfUp, Ok("0.005"), Ok("0.01 CNY")),
            ("0.005", "1", "0", HalfEven, Ok("0.005"), Ok("0.00 CNY")),
            ("0.025", "1", "0", HalfEven, Ok("0.025"), Ok("0.02 CNY")),
            ("0.0125", "1000", "0", HalfUp, Ok("12.5"), Ok("12.50 CNY")),
            ("10", "2.5", "33.333", HalfUp, Ok("16.66675"), Ok("16.67 CNY")),
            ("10", "2.5", "33.333", Down, Ok("16.66675"), Ok("16.66 CNY")),
            ("10", "1", "100", HalfUp, Ok("0"), Ok("0.00 CNY")),
            (digits, "1.01", "0", HalfUp, Err("decimal.precision"), Ok("1.25 CNY")),
            (digits, digits, "0", HalfUp, Err("decimal.precision"), Err("money.overflow")),
            (
                "92233720368547758.08",
                "1",
                "0",
                Down,
                Ok("92233720368547758.08"),
                Err("money.overflow"),
            ),
        ];
        for (amount, quantity, discount, rounding, exact, rounded) in table {
            let (price, quantity) = (price(amount, "CNY"), quantity.parse().unwrap());
            let discount = discount.parse().unwrap();
            let line = price.line(quantity, discount).map(|d| d.to_string()).map_err(|e| e.code);
            assert_eq!(line, exact.map(str::to_owned).map_err(str::to_owned), "{price:?}");
            let money = Money::of_line(price, quantity, discount, rounding);
            let money = money.map(|m| m.to_string()).map_err(|e| e.code);
            assert_eq!(money, rounded.map(str::to_owned).map_err(str::to_owned), "{price:?}");
        }
    }

    #[test]
    fn quantities_and_percents_have_limits() {
        let code = |e: Invalid| e.code;
        assert_eq!("-1".parse::<Quantity>().map_err(code), Err("quantity.negative".to_owned()));
        assert_eq!("-0.0".parse::<Quantity>().unwrap().to_string(), "0");
        assert_eq!("1.50".parse::<Quantity>().unwrap().to_string(), "1.5");
        assert_eq!("100.01".parse::<Percent>().map_err(code), Err("percent.range".to_owned()));
        assert_eq!("-0.01".parse::<Percent>().map_err(code), Err("percent.range".to_owned()));
        assert_eq!("13%".parse::<Percent>().map_err(code), Err("decimal.format".to_owned()));
        let tax: Percent = "13".parse().unwrap();
        let net: Money = "0.50 CNY".parse().unwrap();
        assert_eq!(tax.of(net, Rounding::HalfUp).unwrap().to_string(), "0.07 CNY");
        let gross: Money = "1.13 CNY".parse().unwrap();
        assert_eq!(tax.within(gross, Rounding::HalfUp).unwrap().to_string(), "0.13 CNY");
        let fen: Money = "0.03 CNY".parse().unwrap();
        let fifth: Percent = "20".parse().unwrap();
        assert_eq!(
            fifth.within(fen, Rounding::HalfUp).unwrap().to_string(),
            "0.01 CNY",
            "half a fen"
        );
        assert_eq!(fifth.within(fen, Rounding::HalfEven).unwrap().to_string(), "0.00 CNY");
        assert!(UnitPrice::new(Decimal::NEGATIVE_ONE, net.currency()).is_err());
    }

    #[test]
    fn json_is_canonical_text() {
        let price: UnitPrice =
            serde_json::from_str(r#"{"amount":"0.0500","currency":"JPY"}"#).unwrap();
        assert_eq!(serde_json::to_string(&price).unwrap(), r#"{"amount":"0.05","currency":"JPY"}"#);
        assert_eq!(serde_json::to_string(&Percent::ZERO).unwrap(), r#""0""#);
        assert!(serde_json::from_str::<Quantity>("2").is_err(), "numbers are text");
    }

    proptest! {
        #[test]
        fn no_arithmetic_panics(a in any::<i128>(), b in any::<i128>(), s in 0_u32..=28, t in 0_u32..=28) {
            let decimal = |n: i128, scale| {
                Decimal::try_from_i128_with_scale((n >> 32).abs(), scale).unwrap_or(Decimal::MAX)
            };
            let price = UnitPrice::new(decimal(a, s), "CNY".parse().unwrap()).unwrap();
            let quantity = Quantity::new(decimal(b, t)).unwrap();
            let exact = price.line(quantity, Percent::ZERO);
            let money = Money::of_line(price, quantity, Percent::ZERO, Rounding::HalfEven);
            if let (Ok(exact), Ok(money)) = (exact, money) {
                let rounded = Money::rounded(exact, price.currency(), Rounding::HalfEven).unwrap();
                prop_assert_eq!(rounded, money);
            }
        }
    }
}
