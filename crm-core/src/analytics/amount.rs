//! Exact sums of money.

use core::{cmp::Ordering, fmt};

use rust_decimal::Decimal;

/// An exact amount: `units` / 10^`scale`. Sums are taken in `i128`, so 10^19 rows of any amount cannot overflow one.
///
/// Its text is canonical: all digits of the scale for minor units, and for an exact amount no trailing zeros beyond
/// the currency's own places.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Amount {
    /// The digits.
    pub units: i128,
    /// How many of them are decimals.
    pub scale: u32,
}

impl Amount {
    /// `units` of the smallest unit at `scale` places.
    pub const fn new(units: i128, scale: u32) -> Self {
        Self { units, scale }
    }

    /// The same amount without trailing zeros beyond `places`.
    #[must_use]
    pub fn trimmed(self, places: u32) -> Self {
        let Self { mut units, mut scale } = self;
        while scale > places && units.checked_rem(10) == Some(0) {
            units = units.checked_div(10).unwrap_or(0);
            scale = scale.saturating_sub(1);
        }
        Self { units, scale }
    }

    /// As a decimal, unless it has more digits than a decimal can hold.
    pub fn decimal(self) -> Option<Decimal> {
        Decimal::try_from_i128_with_scale(self.units, self.scale).ok()
    }

    /// Growth from `base` to this, at four places rounded half away from zero; nothing on a base of zero or less.
    pub fn growth(self, base: Self) -> Option<Decimal> {
        let (now, base) = (self.decimal()?, base.decimal()?);
        if base <= Decimal::ZERO {
            return None;
        }
        let growth = now.checked_sub(base)?.checked_div(base)?;
        Some(rounded(growth, 4))
    }
}

/// `value` at `places`, rounded half away from zero and with all its digits.
pub(super) fn rounded(value: Decimal, places: u32) -> Decimal {
    use rust_decimal::RoundingStrategy::MidpointAwayFromZero;
    let mut value = value.round_dp_with_strategy(places, MidpointAwayFromZero);
    value.rescale(places);
    value
}

impl PartialOrd for Amount {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl Ord for Amount {
    /// By value where the scales agree, as they do within one report; else by digits.
    fn cmp(&self, other: &Self) -> Ordering {
        match (self.decimal(), other.decimal()) {
            (Some(mine), Some(theirs)) => mine.cmp(&theirs).then(self.scale.cmp(&other.scale)),
            _ => self.units.cmp(&other.units).then(self.scale.cmp(&other.scale)),
        }
    }
}

impl fmt::Display for Amount {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let scale = usize::try_from(self.scale).unwrap_or(0);
        let digits = self.units.unsigned_abs().to_string();
        let digits = format!("{digits:0>width$}", width = scale.saturating_add(1));
        let (whole, part) = digits.split_at(digits.len().saturating_sub(scale));
        let sign = if self.units < 0 { "-" } else { "" };
        let point = if part.is_empty() { "" } else { "." };
        write!(f, "{sign}{whole}{point}{part}")
    }
}

/// Shares of 100.00 % in basis points by largest remainder, earlier parts first among equals: they sum to 10,000.
///
/// Nothing where a part is negative or all are zero.
pub fn shares(parts: &[i128]) -> Option<Vec<u32>> {
    let total = parts.iter().try_fold(0i128, |sum, part| sum.checked_add(*part))?;
    if total <= 0 || parts.iter().any(|part| *part < 0) {
        return None;
    }
    let mut shares = Vec::with_capacity(parts.len());
    let mut remainders = Vec::with_capacity(parts.len());
    for (at, part) in parts.iter().enumerate() {
        let scaled = part.checked_mul(10_000)?;
        shares.push(u32::try_from(scaled.checked_div(total)?).ok()?);
        remainders.push((scaled.checked_rem(total)?, at));
    }
    let given: u32 = shares.iter().sum();
    let left = usize::try_from(10_000u32.checked_sub(given)?).ok()?;
    remainders.sort_by(|one, two| two.0.cmp(&one.0).then(one.1.cmp(&two.1)));
    for (_, at) in remainders.into_iter().take(left) {
        if let Some(share) = shares.get_mut(at) {
            *share = share.saturating_add(1);
        }
    }
    Some(shares)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn the_text_of_an_amount() {
        let table = [
            ("zero keeps its places", 0, 2, "0.00"),
            ("below one has a leading zero", 5, 2, "0.05"),
            ("the sign comes first", -5, 2, "-0.05"),
            ("a currency without places has no point", 1234, 0, "1234"),
            ("many digits stay exact", 12_657_930_395, 4, "1265793.0395"),
        ];
        for (rule, units, scale, text) in table {
            assert_eq!(Amount::new(units, scale).to_string(), text, "{rule}");
        }
        assert_eq!(Amount::new(2_080_839_700, 4).trimmed(2).to_string(), "208083.97");
        assert_eq!(Amount::new(2_080_830_000, 4).trimmed(2).to_string(), "208083.00");
    }

    #[test]
    fn growth_from_a_base() {
        let amount = |units| Amount::new(units, 2);
        let table = [
            ("half as much again", 150, 100, Some("0.5000")),
            ("down", 75, 100, Some("-0.2500")),
            ("unchanged", 100, 100, Some("0.0000")),
            ("to nothing", 0, 100, Some("-1.0000")),
            ("half up at the fourth place", 200_001, 200_000, Some("0.0000")),
            ("a zero base has no growth", 100, 0, None),
            ("nor has a negative one", 100, -5, None),
        ];
        for (rule, now, base, growth) in table {
            let found = amount(now).growth(amount(base)).map(|growth| growth.to_string());
            assert_eq!(found.as_deref(), growth, "{rule}");
        }
    }

    #[test]
    fn shares_of_a_pie() {
        type Case = (&'static str, &'static [i128], Option<Vec<u32>>);
        let table: [Case; 5] = [
            ("thirds: the first takes the odd point", &[1, 1, 1], Some(vec![3334, 3333, 3333])),
            ("a whole", &[7], Some(vec![10_000])),
            ("zero parts have zero", &[0, 5], Some(vec![0, 10_000])),
            ("nothing has no shares", &[0, 0], None),
            ("nor has a negative part", &[5, -1], None),
        ];
        for (rule, parts, expected) in table {
            assert_eq!(shares(parts), expected, "{rule}");
        }
    }

    proptest! {
        #[test]
        fn shares_sum_to_a_hundred_percent(parts in prop::collection::vec(0i128..1_000_000_000, 1..40)) {
            if let Some(shares) = shares(&parts) {
                prop_assert_eq!(shares.iter().sum::<u32>(), 10_000);
            }
        }
    }
}
