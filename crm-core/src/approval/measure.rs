//! What is measured of a document, and whether that asks for a step.

use rust_decimal::{Decimal, RoundingStrategy};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::value::Money;

/// What is measured of a document. Percentages have four places; in doubt they are on the side that asks: discounts are
/// rounded up, margins down.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Measures {
    /// What is taken off the list prices in whole, in percent of them.
    pub discount: Decimal,
    /// What is taken off the list price of the line on which it is most, in percent of it.
    pub line_discount: Decimal,
    /// What is left of the net amount after costs, in percent of it; nothing where not all costs are known.
    pub margin: Option<Decimal>,
    /// What it is about, before tax.
    pub amount: Money,
    /// Whether something is sold below its floor price.
    pub below_floor: bool,
}

impl Measures {
    /// Of a document that says an amount and nothing else.
    pub const fn of_amount(amount: Money) -> Self {
        let (discount, line_discount) = (Decimal::ZERO, Decimal::ZERO);
        Self { discount, line_discount, margin: None, amount, below_floor: false }
    }

    /// `part` in percent of `whole`, at four places; nothing of nothing.
    pub fn percent(part: Decimal, whole: Decimal, rounding: RoundingStrategy) -> Option<Decimal> {
        let share = part.checked_mul(Decimal::ONE_HUNDRED)?.checked_div(whole)?;
        Some(share.round_dp_with_strategy(4, rounding).normalize())
    }
}

/// From a number up to another, the other not included; open where one is left out.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct Band {
    /// From here on.
    pub from: Option<Decimal>,
    /// Up to here.
    pub below: Option<Decimal>,
}

impl Band {
    pub(super) fn holds(self, number: Decimal) -> bool {
        self.from.is_none_or(|from| from <= number) && self.below.is_none_or(|end| number < end)
    }
}

/// From an amount up to another in the same currency, the other not included; open where one is left out.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct MoneyBand {
    /// From here on.
    pub from: Option<Money>,
    /// Up to here.
    pub below: Option<Money>,
}

impl MoneyBand {
    pub(super) fn ends(self) -> impl Iterator<Item = Money> {
        self.from.into_iter().chain(self.below)
    }

    /// Whether an amount lies in it; one in another currency does not.
    pub(super) fn holds(self, amount: Money) -> bool {
        let same = self.ends().all(|end| end.currency() == amount.currency());
        let from = self.from.is_none_or(|from| from.minor() <= amount.minor());
        same && from && self.below.is_none_or(|end| amount.minor() < end.minor())
    }
}

/// What asks for a step: everything that is said must hold.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct When {
    /// The discount in whole, in percent.
    pub discount: Option<Band>,
    /// The largest discount on one line, in percent.
    pub line_discount: Option<Band>,
    /// The margin, in percent; one that is not known lies in no band.
    pub margin: Option<Band>,
    /// Whether a margin that is not known asks, too.
    pub unknown_margin: bool,
    /// The amount before tax, in one currency.
    pub amount: Option<MoneyBand>,
    /// Something is sold below its floor price.
    pub below_floor: bool,
}

impl When {
    /// Whether a document of these measures asks for the step. Rule QU-21 (F083, F084).
    pub fn holds(&self, of: &Measures) -> bool {
        let margin = match (of.margin, self.margin) {
            (Some(margin), Some(band)) => band.holds(margin),
            (Some(_), None) => !self.unknown_margin,
            (None, Some(_)) => self.unknown_margin,
            (None, None) => true,
        };
        margin
            && self.discount.is_none_or(|band| band.holds(of.discount))
            && self.line_discount.is_none_or(|band| band.holds(of.line_discount))
            && self.amount.is_none_or(|band| band.holds(of.amount))
            && (!self.below_floor || of.below_floor)
    }
}
