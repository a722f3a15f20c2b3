//! Whose agreement an order needs before it is handed over: those who approve, and those who signed.

use chrono::NaiveDate;

use super::{Order, OrderLine, Quoted};
use crate::approval::{ApprovalRequest, ApprovalState, Chain, MeasuredLine, Measures};
use crate::contract::{Contract, may_deliver};
use crate::decision::Refusal;
use crate::settings::Settings;
use crate::value::{Invalid, UnitPrice};

/// What a line of an order is measured against.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Basis {
    /// The line of the quote that it comes from.
    pub quoted: Option<Quoted>,
    /// The price of one that lists, or the product, have for the customer.
    pub list_price: Option<UnitPrice>,
    /// The price of one below which it is not sold without being asked for.
    pub floor: Option<UnitPrice>,
    /// What one cost us.
    pub cost: Option<UnitPrice>,
}

/// The measures of an order, whose lines are measured against `basis` one for one: a line of a quote as the quote was, with
/// its list price, floor and cost; any other against what the lists say. Its amount is its net, without freight.
/// Rule CASH-4 (F083, F092).
pub fn measures(order: &Order, lines: &[OrderLine], basis: &[Basis]) -> Measures {
    let measured = lines.iter().zip(basis).map(|(line, basis)| {
        let quoted = basis.quoted.as_ref();
        let with_tax = quoted.is_some_and(|quoted| quoted.tax_included);
        let gross = line.gross().ok().filter(|_| with_tax);
        let quoted = quoted.map(|quoted| &quoted.line);
        MeasuredLine {
            quantity: line.quantity,
            unit_price: quoted.map_or(line.unit_price, |quoted| quoted.unit_price),
            list_price: quoted.map_or(basis.list_price, |quoted| quoted.list_price),
            floor: quoted.map_or(basis.floor, |quoted| quoted.floor),
            cost: quoted.map_or(basis.cost, |quoted| quoted.cost),
            paid: gross.unwrap_or(line.net),
        }
    });
    Measures::of_lines(order.net, measured)
}

fn steps(codes: impl Iterator<Item = String>) -> String {
    codes.collect::<Vec<_>>().join(", ")
}

/// Whether all have agreed who must agree to an order as it is: nobody must, or the last request for it was approved.
/// Rule CASH-5 (F083, F092).
///
/// # Errors
///
/// `order.in_approval` while somebody must still say something · `order.not_approved` where a step is asked for that nobody
/// agreed to (the value names the steps).
pub fn agreed(last: Option<&ApprovalRequest>, needed: &Chain) -> Result<(), Refusal> {
    match last.map(|request| (request, request.state)) {
        Some((request, ApprovalState::Pending)) => {
            Err(Refusal::by("order.in_approval", "", &request.id.to_string()))
        }
        Some((_, ApprovalState::Approved)) => Ok(()),
        Some((_, ApprovalState::Rejected | ApprovalState::Recalled | ApprovalState::Voided))
        | None => {
            if needed.0.is_empty() {
                return Ok(());
            }
            let steps = steps(needed.0.iter().map(|step| step.code.to_string()));
            Err(Refusal::by("order.not_approved", "", &steps))
        }
    }
}

/// Whether a change order stays within what was agreed: it asks for no step that the order did not ask for before, and that
/// nobody agreed to. Rule CASH-6 (F083, F095).
///
/// # Errors
///
/// `order.change_not_approved` (the value names the steps).
pub fn no_further(
    before: &Chain,
    after: &Chain,
    last: Option<&ApprovalRequest>,
) -> Result<(), Refusal> {
    let agreed = last.filter(|request| request.state == ApprovalState::Approved);
    let known = |code: &crate::value::Code| {
        let asked = before.0.iter().chain(agreed.into_iter().flat_map(|request| &request.chain.0));
        asked.into_iter().any(|step| step.code == *code)
    };
    let new = after.0.iter().filter(|step| !known(&step.code));
    let new = steps(new.map(|step| step.code.to_string()));
    if new.is_empty() {
        return Ok(());
    }
    Err(Refusal::by("order.change_not_approved", "", &new))
}

/// The contract under which an order is handed over, of those that are its own: the first that may be delivered under.
/// Where the tenant wants no contract before delivery, whatever it names. Rule CASH-3 (F086).
///
/// # Errors
///
/// Those of [`may_deliver`] of the first one: `contract.missing` · `contract.unsigned` · `contract.ended` ·
/// `contract.not_begun`.
pub fn delivered_under<'a>(
    settings: &Settings,
    contracts: &'a [Contract],
    on: NaiveDate,
) -> Result<Option<&'a Contract>, Invalid> {
    let sound = |contract: &&Contract| may_deliver(settings, Some(contract), on).is_ok();
    if let Some(found) = contracts.iter().find(sound) {
        return Ok(Some(found));
    }
    may_deliver(settings, contracts.first(), on).map(|()| None)
}
