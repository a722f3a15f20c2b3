//! What is measured of a quote when it is handed in for approval.

use super::{Quote, QuoteLine, TaxMode};
use crate::approval::{MeasuredLine, Measures};

/// The measures of a quote. A discount is what is taken off the list price, or off the unit price where that is higher or
/// there is no list price, by whatever means: the line's discount, a lower unit price, the share of what is taken off the
/// sum. A line is below its floor where it comes to less than quantity × floor, both as the quote has its prices, with or
/// without tax. A margin is known where every line has a cost and the net is above 0. Rule QU-12 (F083, F084).
pub fn measures(quote: &Quote, lines: &[QuoteLine]) -> Measures {
    let measured = lines.iter().map(|line| MeasuredLine {
        quantity: line.quantity,
        unit_price: line.unit_price,
        list_price: line.list_price,
        floor: line.floor,
        cost: line.cost,
        paid: match quote.tax_mode {
            TaxMode::OnTop => line.net,
            TaxMode::Included => line.gross,
        },
    });
    Measures::of_lines(quote.net, measured)
}
