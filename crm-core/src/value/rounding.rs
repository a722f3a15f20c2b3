//! The named ways to round.

use core::cmp::Ordering;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// How a value between two representable neighbors is rounded. There is no default: who rounds says how.
#[derive(
    Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema,
)]
#[serde(rename_all = "snake_case")]
pub enum Rounding {
    /// To the nearer neighbor, halves away from zero: 四舍五入, what invoices in China do.
    HalfUp,
    /// To the nearer neighbor, halves towards zero.
    HalfDown,
    /// To the nearer neighbor, halves to the even one ("banker's rounding"; IEEE 754's default).
    HalfEven,
    /// Away from zero.
    Up,
    /// Towards zero: what lies beyond is cut off.
    Down,
    /// Towards positive infinity.
    Ceiling,
    /// Towards negative infinity.
    Floor,
}

impl Rounding {
    /// `numerator / denominator` as a whole number, or nothing when the denominator is not positive.
    pub(super) fn quotient(self, numerator: i128, denominator: i128) -> Option<i128> {
        if denominator <= 0 {
            return None;
        }
        let towards_zero = numerator.checked_div(denominator)?;
        let rest = numerator.checked_rem(denominator)?.unsigned_abs();
        let gap = denominator.unsigned_abs().checked_sub(rest)?;
        let half = rest.cmp(&gap);
        let away = rest != 0
            && match self {
                Self::HalfUp => half != Ordering::Less,
                Self::HalfDown => half == Ordering::Greater,
                Self::HalfEven => {
                    half == Ordering::Greater
                        || half == Ordering::Equal && towards_zero.unsigned_abs() & 1 == 1
                }
                Self::Up => true,
                Self::Down => false,
                Self::Ceiling => numerator > 0,
                Self::Floor => numerator < 0,
            };
        if away { towards_zero.checked_add(numerator.signum()) } else { Some(towards_zero) }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use rust_decimal::{Decimal, RoundingStrategy};

    use super::*;

    #[test]
    fn tenths_to_whole_numbers() {
        use Rounding::{Ceiling, Down, Floor, HalfDown, HalfEven, HalfUp, Up};
        let rules = [HalfUp, HalfDown, HalfEven, Up, Down, Ceiling, Floor];
        let table = [
            // tenths   half up, half down, half even, up, down, ceiling, floor
            (0, [0, 0, 0, 0, 0, 0, 0]),
            (4, [0, 0, 0, 1, 0, 1, 0]),
            (5, [1, 0, 0, 1, 0, 1, 0]),
            (6, [1, 1, 1, 1, 0, 1, 0]),
            (10, [1, 1, 1, 1, 1, 1, 1]),
            (15, [2, 1, 2, 2, 1, 2, 1]),
            (-4, [0, 0, 0, -1, 0, 0, -1]),
            (-5, [-1, 0, 0, -1, 0, 0, -1]),
            (-15, [-2, -1, -2, -2, -1, -1, -2]),
            (-25, [-3, -2, -2, -3, -2, -2, -3]),
        ];
        for (tenths, expected) in table {
            let rounded = rules.map(|rule| rule.quotient(tenths, 10).unwrap());
            assert_eq!(rounded, expected, "{tenths} tenths");
        }
        assert_eq!(HalfUp.quotient(1, 0), None);
        assert_eq!(HalfUp.quotient(1, -1), None);
        assert_eq!(Up.quotient(i128::MAX, i128::MAX - 1), Some(2));
    }

    proptest! {
        #[test]
        fn agrees_with_rust_decimal(mantissa in any::<i64>(), scale in 0_u32..18) {
            use RoundingStrategy as Theirs;
            let pairs = [
                (Rounding::HalfUp, Theirs::MidpointAwayFromZero),
                (Rounding::HalfDown, Theirs::MidpointTowardZero),
                (Rounding::HalfEven, Theirs::MidpointNearestEven),
                (Rounding::Up, Theirs::AwayFromZero),
                (Rounding::Down, Theirs::ToZero),
                (Rounding::Ceiling, Theirs::ToPositiveInfinity),
                (Rounding::Floor, Theirs::ToNegativeInfinity),
            ];
            for (ours, theirs) in pairs {
                let expected = Decimal::new(mantissa, scale).round_dp_with_strategy(0, theirs);
                let rounded = ours.quotient(i128::from(mantissa), 10_i128.pow(scale)).unwrap();
                prop_assert_eq!(Decimal::from(rounded), expected, "{:?}", ours);
            }
        }
    }
}
