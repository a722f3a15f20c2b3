//! Amounts of money.

use core::{cmp::Ordering, fmt, str::FromStr};

use rust_decimal::Decimal;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::{
    Currency, Invalid, Rounding,
    decimal::{self, Exact},
};

/// An exact amount at its currency's scale (two places for CNY, none for JPY, three for KWD), within ±(2^63 − 1) minor
/// units.
///
/// It has no operators and no order: adding two amounts can fail, and every rounding must be named.
///
/// # Source
///
/// Fowler, *Patterns of Enterprise Application Architecture* (2002), "Money".
#[derive(Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(try_from = "AmountText", into = "AmountText")]
pub struct Money {
    minor: i64,
    currency: Currency,
}

/// How an amount is spelled in JSON: `{"amount":"12.30","currency":"CNY"}`.
#[derive(Clone, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[schemars(inline)]
pub(super) struct AmountText {
    #[schemars(regex(pattern = decimal::PATTERN))]
    pub(super) amount: String,
    pub(super) currency: Currency,
}

impl Money {
    /// The amount as it stands, without rounding: 12.3 and 12.30 CNY are the same, 12.345 CNY is refused.
    ///
    /// # Errors
    ///
    /// In order of precedence: `money.scale` for more places than the currency has, `money.overflow`.
    pub fn new(amount: Decimal, currency: Currency) -> Result<Self, Invalid> {
        if amount.normalize().scale() > currency.scale() {
            let limit = format!("at most {} decimal places for {currency}", currency.scale());
            return Err(Invalid::new("money.scale", &amount.to_string()).limit(limit));
        }
        Self::rounded(amount, currency, Rounding::Down)
    }

    /// The amount that many minor units make (fen, cents, yen).
    ///
    /// # Errors
    ///
    /// `money.overflow` for −2^63, which has no negative.
    pub fn from_minor(minor: i64, currency: Currency) -> Result<Self, Invalid> {
        if minor == i64::MIN {
            return Err(overflow(minor, currency));
        }
        Ok(Self { minor, currency })
    }

    /// Nothing, in `currency`.
    pub const fn zero(currency: Currency) -> Self {
        Self { minor: 0, currency }
    }

    /// An exact amount rounded to the currency's scale.
    ///
    /// # Errors
    ///
    /// `money.overflow`.
    pub fn rounded(
        amount: Decimal,
        currency: Currency,
        rounding: Rounding,
    ) -> Result<Self, Invalid> {
        Self::from_exact(Some(Exact::from(amount)), currency, rounding)
    }

    /// The end of a chain of exact steps, of which one may have overflowed.
    pub(super) fn from_exact(
        amount: Option<Exact>,
        currency: Currency,
        rounding: Rounding,
    ) -> Result<Self, Invalid> {
        let units = amount.and_then(|exact| exact.units(currency.scale(), rounding));
        let minor = units.and_then(|units| i64::try_from(units).ok());
        Self::from_minor(minor.ok_or_else(|| overflow("a larger amount", currency))?, currency)
    }

    /// Its minor units.
    pub const fn minor(self) -> i64 {
        self.minor
    }

    /// Its amount in major units, at the currency's scale.
    pub fn amount(self) -> Decimal {
        Decimal::new(self.minor, self.currency.scale())
    }

    /// Its currency.
    pub const fn currency(self) -> Currency {
        self.currency
    }

    /// Neither positive nor negative.
    pub const fn is_zero(self) -> bool {
        self.minor == 0
    }

    /// Below zero: a credit where a debit was expected.
    pub const fn is_negative(self) -> bool {
        self.minor < 0
    }

    /// The sum.
    ///
    /// # Errors
    ///
    /// In order of precedence: `money.currency_mismatch`, `money.overflow`.
    pub fn checked_add(self, other: Self) -> Result<Self, Invalid> {
        self.same_currency(other)?;
        let sum = self.minor.checked_add(other.minor);
        Self::from_minor(sum.ok_or_else(|| overflow(self, self.currency))?, self.currency)
    }

    /// The difference.
    ///
    /// # Errors
    ///
    /// Those of [`Money::checked_add`].
    pub fn checked_sub(self, other: Self) -> Result<Self, Invalid> {
        self.checked_add(other.negated())
    }

    /// The sum of many amounts in `currency`; nothing added is zero.
    ///
    /// # Errors
    ///
    /// Those of [`Money::checked_add`], at the first amount that meets one.
    pub fn sum(
        currency: Currency,
        amounts: impl IntoIterator<Item = Self>,
    ) -> Result<Self, Invalid> {
        amounts.into_iter().try_fold(Self::zero(currency), Self::checked_add)
    }

    /// The mirrored amount. The range is symmetric, so this cannot fail.
    #[must_use]
    pub const fn negated(self) -> Self {
        Self { minor: self.minor.saturating_neg(), ..self }
    }

    /// Its size without its sign.
    #[must_use]
    pub const fn abs(self) -> Self {
        Self { minor: self.minor.saturating_abs(), ..self }
    }

    /// Which amount is larger, within one currency.
    ///
    /// # Errors
    ///
    /// `money.currency_mismatch`.
    pub fn compare(self, other: Self) -> Result<Ordering, Invalid> {
        self.same_currency(other)?;
        Ok(self.minor.cmp(&other.minor))
    }

    /// Splits this amount in proportion to `weights`, losing and inventing nothing.
    ///
    /// Units: minor units in and out; weights are pure ratios. Each part is rounded towards zero, then the leftover
    /// units go one each to the largest remainders, earlier parts first among equals. The parts always sum to `self`,
    /// and a credit note splits as the mirror of its invoice.
    ///
    /// # Errors
    ///
    /// `money.no_weights` when the weights are empty or sum to zero.
    ///
    /// # Source
    ///
    /// Largest-remainder (Hamilton) apportionment.
    pub fn split(self, weights: &[u32]) -> Result<Vec<Self>, Invalid> {
        self.split_by(weights.iter().copied().map(u64::from))
    }

    /// The same in proportion to amounts, such as a discount over the lines it is given on; their signs do not count.
    /// A part is never larger than the amount it is in proportion to where the whole is not larger than all of them.
    ///
    /// # Errors
    ///
    /// `money.no_weights` when there are none or all are zero.
    pub fn split_over(self, amounts: &[Self]) -> Result<Vec<Self>, Invalid> {
        self.split_by(amounts.iter().map(|amount| amount.minor.unsigned_abs()))
    }

    fn split_by(self, weights: impl Iterator<Item = u64> + Clone) -> Result<Vec<Self>, Invalid> {
        let total: u128 = weights.clone().map(u128::from).sum();
        let no_weights =
            || Invalid::new("money.no_weights", &self.to_string()).limit("a weight above zero");
        // Neither product (2^63 × 2^64) nor sum can overflow; `total` is zero for no weights.
        let mut parts = Vec::new();
        let mut left = self.minor.unsigned_abs();
        for (index, weight) in weights.enumerate() {
            let share = u128::from(self.minor.unsigned_abs()).saturating_mul(u128::from(weight));
            let whole = share.checked_div(total).ok_or_else(no_weights)?;
            let rest = share.checked_rem(total).ok_or_else(no_weights)?;
            let whole = i64::try_from(whole).map_err(|_| overflow(self, self.currency))?;
            left = left.saturating_sub(whole.unsigned_abs());
            parts.push((rest, index, whole));
        }
        if parts.is_empty() {
            return Err(no_weights());
        }
        let sign = self.minor.signum();
        let signed = |whole: i64| Self { minor: whole.saturating_mul(sign), ..self };
        Ok(dealt(parts, left).into_iter().map(signed).collect())
    }

    /// Several exact amounts rounded together: their sum is rounded once, and each gets its share of that, so that the
    /// shares add up to the rounded sum. A share is the amount towards zero, and a minor unit more for those with the
    /// largest remainders, earlier ones first among equals.
    ///
    /// # Errors
    ///
    /// `money.negative_share` for an amount below zero · `money.overflow` beyond the range of money, or 38 digits.
    pub fn rounded_together(
        amounts: &[Decimal],
        currency: Currency,
        rounding: Rounding,
    ) -> Result<(Self, Vec<Self>), Invalid> {
        let overflown = || overflow("a larger amount", currency);
        let scale = amounts.iter().map(Decimal::scale).max().unwrap_or(0).max(currency.scale());
        let unit = scale.checked_sub(currency.scale()).and_then(|finer| 10_i128.checked_pow(finer));
        let unit = unit.ok_or_else(overflown)?;
        let mut sum = 0_i128;
        let mut parts = Vec::with_capacity(amounts.len());
        let mut left = 0_i128;
        for (index, amount) in amounts.iter().enumerate() {
            if amount.is_sign_negative() && !amount.is_zero() {
                let negative = Invalid::new("money.negative_share", &amount.to_string());
                return Err(negative.limit("at least 0"));
            }
            let fine = Exact::from(*amount).units(scale, rounding).ok_or_else(overflown)?;
            sum = sum.checked_add(fine).ok_or_else(overflown)?;
            let whole = fine.checked_div(unit).and_then(|whole| i64::try_from(whole).ok());
            let whole = whole.ok_or_else(overflown)?;
            let rest = fine.checked_rem(unit).unwrap_or(0).unsigned_abs();
            left = left.saturating_add(whole.into());
            parts.push((rest, index, whole));
        }
        let total = rounding.quotient(sum, unit).and_then(|total| i64::try_from(total).ok());
        let total = Self::from_minor(total.ok_or_else(overflown)?, currency)?;
        // At least zero, and at most one unit for each part with a remainder.
        let left = i128::from(total.minor).saturating_sub(left);
        let left = u64::try_from(left).unwrap_or(0);
        let shares = dealt(parts, left).into_iter().map(|minor| Self { minor, currency });
        Ok((total, shares.collect()))
    }

    fn same_currency(self, other: Self) -> Result<(), Invalid> {
        if self.currency == other.currency {
            return Ok(());
        }
        let limit = format!("an amount in {}", self.currency);
        Err(Invalid::new("money.currency_mismatch", &other.to_string()).limit(limit))
    }
}

/// Parts with one unit more for those with the largest remainders, in their order again.
fn dealt(mut parts: Vec<(u128, usize, i64)>, mut left: u64) -> Vec<i64> {
    parts.sort_by_key(|(rest, index, _)| (core::cmp::Reverse(*rest), *index));
    for (_, _, whole) in &mut parts {
        let unit = left.min(1);
        left = left.saturating_sub(unit);
        *whole = whole.saturating_add_unsigned(unit);
    }
    parts.sort_by_key(|(_, index, _)| *index);
    parts.into_iter().map(|(_, _, whole)| whole).collect()
}

fn overflow(value: impl fmt::Display, currency: Currency) -> Invalid {
    let limit = format!("within {} minor units of {currency}", i64::MAX);
    Invalid::new("money.overflow", &value.to_string()).limit(limit)
}

impl FromStr for Money {
    type Err = Invalid;

    /// Reads what it prints: `12.30 CNY`. The errors are `money.format`, then those of its parts.
    fn from_str(text: &str) -> Result<Self, Invalid> {
        let (amount, currency) = text
            .split_once(' ')
            .ok_or_else(|| Invalid::new("money.format", text).limit("such as 12.30 CNY"))?;
        Self::new(decimal::parse(amount)?, currency.parse()?)
    }
}

impl fmt::Display for Money {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {}", self.amount(), self.currency)
    }
}

impl fmt::Debug for Money {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

impl TryFrom<AmountText> for Money {
    type Error = Invalid;

    fn try_from(text: AmountText) -> Result<Self, Invalid> {
        Self::new(decimal::parse(&text.amount)?, text.currency)
    }
}

impl From<Money> for AmountText {
    fn from(money: Money) -> Self {
        Self { amount: money.amount().to_string(), currency: money.currency }
    }
}

#[cfg(test)]
mod tests;
