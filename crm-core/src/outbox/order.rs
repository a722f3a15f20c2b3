//! What an order holds.

use super::{Account, Levels};
use crate::order::{Order, OrderLine, OrderState};

/// What an order holds as it stands: of each product, what is reserved and what was issued.
///
/// From its confirmation on, what is not yet shipped is reserved; nothing more is once it is called off, or while somebody
/// still looks it through. What is shipped is issued, less what came back. Lines without a product move no goods. Rule OB-3
/// (F103, F095).
pub fn order_levels(order: &Order, lines: &[OrderLine]) -> Levels {
    let reserves = match order.state {
        OrderState::Draft | OrderState::InReview | OrderState::Cancelled => false,
        OrderState::Confirmed
        | OrderState::Submitted
        | OrderState::InDelivery
        | OrderState::Delivered
        | OrderState::Completed => true,
    };
    let mut levels = Levels::default();
    for line in lines {
        let Some(product) = line.product else { continue };
        let product = product.to_string();
        let shipped = line.shipped.number();
        let waiting = line.quantity.number().checked_sub(shipped).unwrap_or_default();
        if reserves && waiting.is_sign_positive() {
            levels.add(Account::Reserved, &product, waiting);
        }
        let issued = shipped.checked_sub(line.returned.number()).unwrap_or_default();
        levels.add(Account::Issued, &product, issued);
    }
    levels
}
