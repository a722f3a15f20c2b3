//! Which step leads an order from which state where, and what is refused by which rule.

use super::{Ctx, Dossier, Order, OrderState, OrderStep, OrderStepCode};
use crate::decision::{Refusal, Violation};
use crate::machine::{self, Machine};
use crate::record::Ext;
use crate::value::{Id, Note};

/// The states of an order and the steps between them: the table is the rule.
#[derive(Clone, Copy, Debug)]
pub struct OrderMachine;

impl Machine for OrderMachine {
    const NAME: &'static str = "order";
    type State = OrderState;
    type Step = OrderStepCode;

    /// Where a step leads, or the rule that refuses it. Rule OR-1 (F092, F095).
    fn next(state: OrderState, step: OrderStepCode) -> Result<OrderState, &'static str> {
        use OrderState::{
            Cancelled, Completed, Confirmed, Delivered, Draft, InDelivery, InReview, Submitted,
        };
        use OrderStepCode::{
            Cancel, Change, Complete, Confirm, Create, Deliver, Edit, Reject, RequestReview,
            Return, Ship, Submit,
        };
        match (state, step) {
            (Cancelled, _) => Err("order.cancelled"),
            (_, Create) => Err("order.exists"),
            (Draft, Edit) => Ok(Draft),
            (InReview | Confirmed, Edit) => Err("order.in_review"),
            (Submitted | InDelivery, Edit) => Err("order.change_order_needed"),
            (Draft, RequestReview) => Ok(InReview),
            (InReview, RequestReview) => Err("order.in_review"),
            (InReview | Confirmed, Reject) => Ok(Draft),
            (InReview, Confirm) => Ok(Confirmed),
            (Draft, Confirm | Submit | Reject) | (InReview, Submit) => Err("order.not_reviewed"),
            (Confirmed, RequestReview | Confirm) => Err("order.already_confirmed"),
            (Confirmed, Submit) => Ok(Submitted),
            (Draft | InReview | Confirmed, Change) => Err("order.not_submitted"),
            (Draft | InReview | Confirmed, Ship | Deliver | Return | Complete) => {
                Err("order.not_submitted")
            }
            (Submitted | InDelivery, RequestReview | Reject | Confirm | Submit) => {
                Err("order.already_submitted")
            }
            (Submitted, Change) => Ok(Submitted),
            (InDelivery, Change) => Ok(InDelivery),
            (Submitted | InDelivery, Ship) => Ok(InDelivery),
            (Submitted | InDelivery, Deliver) => Ok(Delivered),
            (Submitted, Return) => Err("order.nothing_delivered"),
            (InDelivery, Return) => Ok(InDelivery),
            (Submitted | InDelivery, Complete) => Err("order.not_delivered"),
            (Draft | InReview | Confirmed | Submitted, Cancel) => Ok(Cancelled),
            (InDelivery, Cancel) => Err("order.already_shipped"),
            (Delivered | Completed, Cancel) => Err("order.already_delivered"),
            (Delivered, Ship | Deliver | Return) => Ok(Delivered),
            (Delivered, Complete) => Ok(Completed),
            (Completed, Ship | Deliver | Return) => Ok(Completed),
            (Completed, Complete) => Err("order.already_completed"),
            (Delivered | Completed, Edit | Change) => Err("order.already_delivered"),
            (Delivered | Completed, RequestReview | Reject | Confirm | Submit) => {
                Err("order.already_submitted")
            }
        }
    }
}

/// An order after a step, and the row that tells of it.
#[derive(Clone, Debug, PartialEq)]
pub struct Stepped {
    /// The order.
    pub order: Order,
    /// The step.
    pub step: OrderStep,
}

/// The order after one step of its machine. Every step has its actor and its instant; what is handed over becomes
/// immutable but for change orders.
///
/// # Errors
///
/// The rule of [`OrderMachine`], with the steps that the state allows. Rule OR-2 (F092).
pub fn step(
    dossier: &Dossier,
    code: OrderStepCode,
    reason: Option<Note>,
    id: Id<OrderStep>,
    ctx: Ctx,
) -> Result<Stepped, Refusal> {
    let before = &dossier.order;
    let to = machine::step::<OrderMachine>(before.state, code).map_err(|refused| {
        let limit = match refused.code.as_str() {
            "order.already_shipped" | "order.already_delivered" => {
                Some("what was shipped comes back by `order.return`")
            }
            "order.change_order_needed" => Some("change it by `order.change`"),
            _ => None,
        };
        Refusal::of(Violation { limit: limit.map(str::to_owned), ..refused })
    })?;
    let submitted = code == OrderStepCode::Submit;
    let completed = code == OrderStepCode::Complete;
    let order = Order {
        state: to,
        touched_at: ctx.now,
        submitted_at: before.submitted_at.or(submitted.then_some(ctx.now)),
        completed_on: before.completed_on.or(completed.then(|| ctx.now.day_in(before.tz()))),
        ..before.clone()
    };
    let step = OrderStep {
        id,
        order: before.id,
        ordinal: dossier.steps,
        step: code,
        from: Some(before.state),
        to,
        at: ctx.now,
        by: ctx.by,
        reason,
        ext: Ext::new(),
    };
    Ok(Stepped { order, step })
}
