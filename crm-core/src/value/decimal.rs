//! Exact decimals: their text, and products that do not round.

use rust_decimal::Decimal;

use super::{Invalid, Rounding};

/// The pattern of [`parse`], for schemas.
pub(super) const PATTERN: &str = r"^-?[0-9]+(\.[0-9]+)?$";

/// Reads plain decimal digits with at most one point and a leading minus: no exponent, no plus, no grouping.
///
/// Trailing zeros after the point go, so that equal numbers have one text and zero has no sign.
///
/// # Errors
///
/// In order of precedence: `decimal.format`, `decimal.precision` beyond 28 digits.
pub(super) fn parse(text: &str) -> Result<Decimal, Invalid> {
    let unsigned = text.strip_prefix('-').unwrap_or(text);
    let (whole, fraction) = unsigned.split_once('.').unwrap_or((unsigned, "0"));
    let digits = |part: &str| !part.is_empty() && part.bytes().all(|b| b.is_ascii_digit());
    if !digits(whole) || !digits(fraction) {
        return Err(Invalid::new("decimal.format", text).limit("digits such as -12.30"));
    }
    Decimal::from_str_exact(text).map(|number| number.normalize()).map_err(|_| too_precise(text))
}

fn too_precise(value: &str) -> Invalid {
    Invalid::new("decimal.precision", value).limit("at most 28 digits")
}

/// A decimal with room for intermediate products: `mantissa` / 10^`scale`. Every step is exact or fails.
#[derive(Clone, Copy)]
pub(super) struct Exact {
    mantissa: i128,
    scale: u32,
}

impl Exact {
    pub(super) fn new(mantissa: i128, scale: u32) -> Self {
        Self { mantissa, scale }
    }

    /// The product; nothing beyond 38 digits.
    pub(super) fn times(self, other: impl Into<Self>) -> Option<Self> {
        let (a, b) = (self.shortest(), other.into().shortest());
        let mantissa = a.mantissa.checked_mul(b.mantissa)?;
        Some(Self { mantissa, scale: a.scale.checked_add(b.scale)? }.shortest())
    }

    /// A hundredth of it.
    pub(super) fn hundredth(self) -> Option<Self> {
        Some(Self { scale: self.scale.checked_add(2)?, ..self })
    }

    /// How many units of 10^-`scale` it is, by `rounding`; nothing where that overflows.
    pub(super) fn units(self, scale: u32, rounding: Rounding) -> Option<i128> {
        match scale.checked_sub(self.scale) {
            Some(finer) => self.mantissa.checked_mul(10_i128.checked_pow(finer)?),
            None => {
                let coarser = self.scale.checked_sub(scale)?;
                rounding.quotient(self.mantissa, 10_i128.checked_pow(coarser)?)
            }
        }
    }

    /// As a decimal of at most 28 digits.
    ///
    /// # Errors
    ///
    /// `decimal.precision` when it has more.
    pub(super) fn decimal(self) -> Result<Decimal, Invalid> {
        let Self { mantissa, scale } = self.shortest();
        Decimal::try_from_i128_with_scale(mantissa, scale)
            .map_err(|_| too_precise(&format!("{mantissa}e-{scale}")))
    }

    fn shortest(mut self) -> Self {
        while self.scale > 0 && self.mantissa % 10 == 0 {
            self.mantissa /= 10;
            self.scale = self.scale.saturating_sub(1);
        }
        self
    }
}

impl From<Decimal> for Exact {
    fn from(decimal: Decimal) -> Self {
        Self::new(decimal.mantissa(), decimal.scale())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_decimal_has_one_text() {
        let digits = "1234567890123456789012345678";
        let beyond = format!("{digits}.123");
        let table = [
            ("12.30", Ok("12.3")),
            ("-0.00", Ok("0")),
            ("007", Ok("7")),
            (digits, Ok(digits)),
            (&beyond, Err("decimal.precision")),
            ("0.00000000000000000000000000001", Err("decimal.precision")),
            ("", Err("decimal.format")),
            ("1.", Err("decimal.format")),
            (".5", Err("decimal.format")),
            ("+1", Err("decimal.format")),
            ("1e3", Err("decimal.format")),
            ("1_000", Err("decimal.format")),
            ("1,000", Err("decimal.format")),
            ("--1", Err("decimal.format")),
            ("１", Err("decimal.format")),
        ];
        for (text, expected) in table {
            let got = parse(text).map(|d| d.to_string()).map_err(|e| e.code);
            let expected = expected.map(str::to_owned).map_err(str::to_owned);
            assert_eq!(got, expected, "{text:?}");
        }
    }

    #[test]
    fn a_product_is_exact_or_fails() {
        let exact = |text: &str| Exact::from(parse(text).unwrap());
        let wide = exact("0.1234567890123456789012345678");
        assert_eq!(
            exact("1.50").times(exact("0.2")).unwrap().decimal().unwrap().to_string(),
            "0.3"
        );
        assert!(wide.times(wide).is_none(), "56 digits fit nowhere");
        let product = wide.times(exact("0.3")).unwrap();
        assert_eq!(product.decimal().unwrap_err().code, "decimal.precision", "29 digits");
        assert_eq!(product.units(2, Rounding::HalfUp), Some(4), "0.037… may still be rounded");
    }
}
