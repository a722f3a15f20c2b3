//! An order that is called off, and goods that come back.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::{
    Ctx, Dossier, Order, OrderLine, OrderMachine, OrderStep, OrderStepCode, Stepped, step,
};
use crate::decision::{Check, Refusal};
use crate::machine::Machine;
use crate::value::{Id, Invalid, Note, Quantity};

/// Calls an order off, for a reason. What was reserved for it and what is owed for it is taken back, once; what was paid
/// is the customer's credit. Of what is shipped nothing can be called off: it comes back by `order.return`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct CancelOrder {
    /// Which.
    pub id: Id<Order>,
    /// Why.
    pub reason: String,
}

/// Takes goods of an order back, for a reason. The customer owes that much less; what was paid for it is their credit.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct ReturnGoods {
    /// Of which order.
    pub id: Id<Order>,
    /// What the host calls this return: the same key again changes nothing.
    pub key: String,
    /// Why.
    pub reason: String,
    /// What comes back; everything that was delivered where nothing is said.
    #[serde(default)]
    pub lines: Vec<ReturnedLine>,
}

/// What comes back of one line.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct ReturnedLine {
    /// Which line: its place in the order, from 0.
    pub line: u32,
    /// How much of it.
    pub quantity: String,
}

/// The order called off. Doing it again is refused, so that nothing is taken back twice.
///
/// # Errors
///
/// `order.cancelled`, `order.already_shipped`, `order.already_delivered` · `text.*` (reason). Rule OR-13 (F095).
pub fn cancel(
    dossier: &Dossier,
    wish: &CancelOrder,
    id: Id<OrderStep>,
    ctx: Ctx,
) -> Result<Stepped, Refusal> {
    let mut check = Check::default();
    let reason = check.take("reason", Note::parse(&wish.reason));
    let stepped = check.below("", step(dossier, OrderStepCode::Cancel, reason.clone(), id, ctx));
    let stepped = check.finish(stepped)?;
    Ok(Stepped { order: Order { cancel_reason: reason, ..stepped.order }, ..stepped })
}

/// What comes back of which line, in their order: what was named, or everything that was delivered and is not back.
///
/// # Errors
///
/// Those of [`OrderStepCode::Return`] in the state of the order · `text.*` (reason) · line by line `order.line.unknown`,
/// `order.line.twice`, `decimal.*`, `quantity.negative`, `order.line.quantity_zero`, `order.return.exceeds_delivered` (the
/// limit is what is still there) · `order.nothing_delivered`. Rule OR-14 (F095).
pub fn returned(dossier: &Dossier, wish: &ReturnGoods) -> Result<Vec<(u32, Quantity)>, Refusal> {
    let mut check = Check::default();
    let state = dossier.order.state;
    if let Err(rule) = OrderMachine::next(state, OrderStepCode::Return) {
        return Err(Refusal::by(rule, "", state.code()));
    }
    check.take("reason", Note::parse(&wish.reason));
    let there = |line: &OrderLine| {
        let left = line.delivered.number().checked_sub(line.returned.number());
        left.filter(|left| !left.is_sign_negative()).unwrap_or_default()
    };
    let mut back = Vec::new();
    for (at, part) in wish.lines.iter().enumerate() {
        let path = format!("lines[{at}]");
        let Some(line) = dossier.lines.iter().find(|line| line.ordinal == part.line) else {
            let unknown = Invalid::new("order.line.unknown", &part.line.to_string());
            check.refuse(format!("{path}.line"), unknown.limit("a line of the order"));
            continue;
        };
        let again = wish.lines.iter().take(at).any(|other| other.line == part.line);
        check.rule(!again, &format!("{path}.line"), || {
            Invalid::new("order.line.twice", &part.line.to_string())
        });
        let path = format!("{path}.quantity");
        let Some(quantity) = check.take(&path, part.quantity.parse::<Quantity>()) else {
            continue;
        };
        check.rule(!quantity.is_zero(), &path, || {
            Invalid::new("order.line.quantity_zero", &part.quantity).limit("above 0")
        });
        check.rule(quantity.number() <= there(line), &path, || {
            Invalid::new("order.return.exceeds_delivered", &part.quantity)
                .limit(format!("{} delivered and not back", there(line).normalize()))
        });
        back.push((line.ordinal, quantity));
    }
    if wish.lines.is_empty() {
        let all = dossier.lines.iter().map(|line| (line.ordinal, Quantity::new(there(line))));
        back.extend(all.filter_map(|(at, left)| Some((at, left.ok()?))));
        back.retain(|(_, left)| !left.is_zero());
        check.rule(!back.is_empty(), "", || {
            Invalid::new("order.nothing_delivered", "").limit("goods that were delivered")
        });
    }
    check.finish(Some(back))
}
