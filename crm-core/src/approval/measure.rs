//! What is measured of a document, and whether that asks for a step.

use rust_decimal::{Decimal, RoundingStrategy};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::value::{Money, Percent, Quantity, Rounding, UnitPrice};

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

/// One line of a document, as it is measured. Prices and `paid` are all before tax, or all with it.
#[derive(Clone, Copy, Debug)]
pub struct MeasuredLine {
    /// How many or how much.
    pub quantity: Quantity,
    /// The price of one, before discounts.
    pub unit_price: UnitPrice,
    /// The price of one that lists have.
    pub list_price: Option<UnitPrice>,
    /// The price of one below which it is not sold without being asked for.
    pub floor: Option<UnitPrice>,
    /// What one cost us.
    pub cost: Option<UnitPrice>,
    /// What the line comes to.
    pub paid: Money,
}

impl Measures {
    /// What is measured of lines that come to `amount` before tax. A discount is what is taken off the list price, or off
    /// the unit price where that is higher or there is no list price, by whatever means. A line is below its floor where it
    /// comes to less than quantity × floor. A margin is known where every line has a cost and the amount is above 0.
    pub fn of_lines(amount: Money, lines: impl IntoIterator<Item = MeasuredLine>) -> Self {
        let up = RoundingStrategy::AwayFromZero;
        let (mut listed, mut paid) = (Decimal::ZERO, Decimal::ZERO);
        let (mut worst, mut costs) = (Decimal::ZERO, None);
        let mut below_floor = false;
        for (at, line) in lines.into_iter().enumerate() {
            let (list, came_to) = (line.listed(), line.paid.amount());
            listed = listed.saturating_add(list);
            paid = paid.saturating_add(came_to);
            worst = worst.max(off(list, came_to, up));
            let before = if at == 0 { Some(Decimal::ZERO) } else { costs };
            costs = before.zip(line.costs()).map(|(sum, cost)| sum.saturating_add(cost));
            below_floor |= line.is_below_floor();
        }
        let net = amount.amount();
        let margin = costs.and_then(|costs| {
            let left = net.checked_sub(costs)?;
            Self::percent(left, net, RoundingStrategy::ToNegativeInfinity)
        });
        Self { discount: off(listed, paid, up), line_discount: worst, margin, amount, below_floor }
    }
}

impl MeasuredLine {
    /// What it would come to at its list price, what lies beyond the minor unit cut off: rounding is no discount.
    fn listed(&self) -> Decimal {
        let listed = self.list_price.filter(|list| list.currency() == self.unit_price.currency());
        let higher = listed.filter(|list| list.amount() > self.unit_price.amount());
        let list = higher.unwrap_or(self.unit_price);
        let amount = Money::of_line(list, self.quantity, Percent::ZERO, Rounding::Down);
        amount.map(Money::amount).unwrap_or_default()
    }

    /// What it costs us; nothing where that is not known in the currency of its price.
    fn costs(&self) -> Option<Decimal> {
        let cost = self.cost.filter(|cost| cost.currency() == self.unit_price.currency())?;
        cost.line(self.quantity, Percent::ZERO).ok()
    }

    fn is_below_floor(&self) -> bool {
        self.floor.is_some_and(|floor| {
            let least = Money::of_line(floor, self.quantity, Percent::ZERO, Rounding::Down);
            least.is_ok_and(|least| {
                least.currency() == self.paid.currency() && self.paid.minor() < least.minor()
            })
        })
    }
}

/// How much less than the list was paid, in percent of it; nothing where it is not less.
fn off(listed: Decimal, paid: Decimal, rounding: RoundingStrategy) -> Decimal {
    let less = listed.saturating_sub(paid).max(Decimal::ZERO);
    Measures::percent(less, listed, rounding).unwrap_or_default()
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
