//! What is measured of a quote when it is handed in for approval.

use rust_decimal::{Decimal, RoundingStrategy};

use super::{Quote, QuoteLine, TaxMode};
use crate::approval::Measures;
use crate::value::{Money, Percent, Rounding, UnitPrice};

/// The measures of a quote. A discount is what is taken off the list price, or off the unit price where that is higher or
/// there is no list price, by whatever means: the line's discount, a lower unit price, the share of what is taken off the
/// sum. A line is below its floor where it comes to less than quantity × floor, both as the quote has its prices, with or
/// without tax. A margin is known where every line has a cost and the net is above 0. Rule QU-12 (F083, F084).
pub fn measures(quote: &Quote, lines: &[QuoteLine]) -> Measures {
    let up = RoundingStrategy::AwayFromZero;
    let (mut listed, mut paid) = (Decimal::ZERO, Decimal::ZERO);
    let (mut worst, mut costs) = (Decimal::ZERO, Some(Decimal::ZERO));
    let mut below_floor = false;
    for line in lines {
        let amount = match quote.tax_mode {
            TaxMode::OnTop => line.net,
            TaxMode::Included => line.gross,
        };
        let list = list_amount(line);
        listed = listed.saturating_add(list);
        paid = paid.saturating_add(amount.amount());
        worst = worst.max(off(list, amount.amount(), up));
        costs = costs.zip(line.costs()).map(|(sum, cost)| sum.saturating_add(cost));
        below_floor |= line.floor.is_some_and(|floor| {
            let least = Money::of_line(floor, line.quantity, Percent::ZERO, Rounding::Down);
            least.is_ok_and(|least| {
                least.currency() == amount.currency() && amount.minor() < least.minor()
            })
        });
    }
    let net = quote.net.amount();
    let margin = costs.and_then(|costs| {
        let left = net.checked_sub(costs)?;
        Measures::percent(left, net, RoundingStrategy::ToNegativeInfinity)
    });
    Measures {
        discount: off(listed, paid, up),
        line_discount: worst,
        margin: margin.filter(|_| !lines.is_empty()),
        amount: quote.net,
        below_floor,
    }
}

/// What a line would come to at its list price, what lies beyond the minor unit cut off: rounding is no discount.
fn list_amount(line: &QuoteLine) -> Decimal {
    let listed = line.list_price.filter(|list| list.currency() == line.unit_price.currency());
    let price = |price: UnitPrice| price.amount();
    let higher = listed.filter(|list| price(*list) > price(line.unit_price));
    let list = higher.unwrap_or(line.unit_price);
    let amount = Money::of_line(list, line.quantity, Percent::ZERO, Rounding::Down);
    amount.map(Money::amount).unwrap_or_default()
}

/// How much less than the list was paid, in percent of it; nothing where it is not less.
fn off(listed: Decimal, paid: Decimal, rounding: RoundingStrategy) -> Decimal {
    let less = listed.saturating_sub(paid).max(Decimal::ZERO);
    Measures::percent(less, listed, rounding).unwrap_or_default()
}
