//! What an order holds.

use super::{Account, Levels};
use crate::order::{Order, OrderLine, OrderState};
use crate::payment::Instalment;

/// What an order holds as it stands: of each product what is reserved and what was issued, of each currency what is asked
/// for and what was paid. Rule OB-3 (F103, F104, F095).
pub fn order_levels(order: &Order, lines: &[OrderLine], instalments: &[Instalment]) -> Levels {
    goods_levels(order, lines).with(money_levels(instalments))
}

/// Of it the goods.
///
/// From its confirmation on, what is not yet shipped is reserved; nothing more is once it is called off, or while somebody
/// still looks it through. What is shipped is issued, less what came back. Lines without a product move no goods.
pub(crate) fn goods_levels(order: &Order, lines: &[OrderLine]) -> Levels {
    let mut levels = Levels::default();
    for line in lines {
        let Some(product) = line.product else { continue };
        let shipped = line.shipped.number();
        let waiting = line.quantity.number().checked_sub(shipped).unwrap_or_default();
        let reserved = is_binding(order) && waiting.is_sign_positive();
        let issued = shipped.checked_sub(line.returned.number()).unwrap_or_default();
        if !reserved && issued.is_zero() {
            continue;
        }
        let product = product.to_string();
        if reserved {
            levels.add(Account::Reserved, &product, waiting);
        }
        levels.add(Account::Issued, &product, issued);
    }
    levels
}

/// Of it the money: asked for from the day on which the order was handed over are its instalments less what was credited;
/// paid is what payments pay for them.
pub(crate) fn money_levels(instalments: &[Instalment]) -> Levels {
    let mut levels = Levels::default();
    for part in instalments {
        let currency = part.amount.currency();
        levels.add(Account::Receivable, currency.code(), part.amount.amount());
        levels.add(Account::Receivable, currency.code(), part.credited.negated().amount());
        levels.add(Account::Received, currency.code(), part.paid.amount());
    }
    levels
}

/// Whether goods are kept for an order.
pub(super) const fn is_binding(order: &Order) -> bool {
    match order.state {
        OrderState::Draft | OrderState::InReview | OrderState::Cancelled => false,
        OrderState::Confirmed
        | OrderState::Submitted
        | OrderState::InDelivery
        | OrderState::Delivered
        | OrderState::Completed => true,
    }
}
