//! The invariants of quotes and what they are made of.

use std::collections::BTreeMap;

use uuid::Uuid;

use super::{Faults, State};
use crate::approval::{ApprovalRequest, ApprovalState};
use crate::catalog::{BundlePart, Composition, Product, expand};
use crate::contract::{Contract, ContractSignature, ContractState, ContractVersion};
use crate::order::{Order, OrderState};
use crate::quote::{Priceable, Quote, QuoteLine, QuoteState, totals};
use crate::record::Kind;
use crate::schedule::{Timer, TimerCode};
use crate::value::{Id, Quantity};

/// A quote comes to what its lines come to.
pub(super) fn quote_lines(state: &State, faults: &mut Faults) {
    let mut lines: BTreeMap<Id<Quote>, Vec<QuoteLine>> = BTreeMap::new();
    for line in state.live::<QuoteLine>() {
        lines.entry(line.quote).or_default().push(line);
    }
    for quote in state.live::<Quote>() {
        let mut own = lines.remove(&quote.id).unwrap_or_default();
        own.sort_by_key(|line| line.ordinal);
        let mut fault = |what: &str| faults.report(Kind::Quote, quote.id.uuid(), what);
        let priceable: Vec<Priceable> = own.iter().map(QuoteLine::priceable).collect();
        let Ok(totals) = totals(&quote.terms(), &priceable) else {
            fault("its lines do not add up by its terms");
            continue;
        };
        let sums = (totals.taken_off, totals.net, totals.tax, totals.gross);
        if sums != (quote.taken_off, quote.net, quote.tax, quote.gross) {
            fault("its totals are not what its lines come to");
        }
        let same = own.iter().zip(&totals.lines).all(|(line, total)| {
            (line.net, line.tax, line.gross) == (total.net, total.tax, total.gross)
        });
        if !same {
            fault("a line is not what it comes to");
        }
        if own.iter().zip(0_u32..).any(|(line, at)| line.ordinal != at) {
            fault("a line is missing");
        }
        if own.iter().any(|line| line.customer != quote.customer) {
            fault("a line is to another customer");
        }
    }
}

/// The revisions of a quote follow each other, and only the last lives.
pub(super) fn revisions(state: &State, faults: &mut Faults) {
    let mut numbers: BTreeMap<String, Vec<Quote>> = BTreeMap::new();
    for quote in state.live::<Quote>() {
        numbers.entry(quote.number.to_string()).or_default().push(quote);
    }
    for mut quotes in numbers.into_values() {
        quotes.sort_by_key(|quote| quote.revision);
        let mut previous = None;
        let last = quotes.len();
        for (place, quote) in (1_usize..).zip(&quotes) {
            let mut fault = |what: &str| faults.report(Kind::Quote, quote.id.uuid(), what);
            if usize::try_from(quote.revision).ok() != Some(place) || quote.previous != previous {
                fault("it does not follow the revision before it");
            }
            let ended = matches!(
                quote.state,
                QuoteState::Superseded
                    | QuoteState::Declined
                    | QuoteState::Expired
                    | QuoteState::Withdrawn
            );
            if place < last && !ended {
                fault("it lives although there is a later revision");
            }
            previous = Some(quote.id);
        }
    }
}

/// A document waits for approval exactly when one request for it is pending.
pub(super) fn approvals(state: &State, faults: &mut Faults) {
    let mut pending: BTreeMap<Uuid, u32> = BTreeMap::new();
    for request in state.live::<ApprovalRequest>() {
        if request.state == ApprovalState::Pending {
            let count = pending.entry(request.subject).or_default();
            *count = count.saturating_add(1);
        }
        if (request.state == ApprovalState::Pending) == request.ended_at.is_some() {
            let what = "it waits and ended, or does neither";
            faults.report(Kind::ApprovalRequest, request.id.uuid(), what);
        }
    }
    let mut waits = |kind: Kind, id: Uuid, waits: bool| {
        let found = pending.remove(&id).unwrap_or(0);
        if found != u32::from(waits) {
            faults.report(kind, id, format!("{found} requests for its approval are pending"));
        }
    };
    for quote in state.live::<Quote>() {
        waits(Kind::Quote, quote.id.uuid(), quote.state == QuoteState::InApproval);
    }
    for contract in state.live::<Contract>() {
        let id = contract.id.uuid();
        waits(Kind::Contract, id, contract.state == ContractState::InApproval);
    }
    for order in state.live::<Order>() {
        let id = order.id.uuid();
        // Not every order that is looked through waits for somebody's approval.
        if let Some(found) = pending.remove(&id)
            && (found > 1 || order.state != OrderState::InReview)
        {
            faults.report(
                Kind::Order,
                id,
                format!("{found} requests for its approval are pending"),
            );
        }
    }
    for (id, _) in pending {
        faults.report(Kind::ApprovalRequest, id, "approval of what is not there is pending");
    }
}

/// A contract that is active, or was, was signed by both on one document; every amendment is told.
pub(super) fn contracts(state: &State, faults: &mut Faults) {
    let mut signed: BTreeMap<(Id<Contract>, u32), Vec<ContractSignature>> = BTreeMap::new();
    for signature in state.live::<ContractSignature>() {
        signed.entry((signature.contract, signature.revision)).or_default().push(signature);
    }
    let mut told: BTreeMap<Id<Contract>, u32> = BTreeMap::new();
    for version in state.live::<ContractVersion>() {
        let count = told.entry(version.contract).or_default();
        *count = count.saturating_add(1);
    }
    for contract in state.live::<Contract>() {
        let mut fault = |what: &str| faults.report(Kind::Contract, contract.id.uuid(), what);
        let by =
            |revision: u32| signed.get(&(contract.id, revision)).map_or(&[][..], Vec::as_slice);
        let both = |found: &[ContractSignature]| match found {
            [one, other] => one.party != other.party && one.hash == other.hash,
            _ => false,
        };
        let live = matches!(
            contract.state,
            ContractState::Active | ContractState::Expired | ContractState::Terminated
        );
        if live != (contract.signed_revision > 0)
            || (live && !both(by(contract.signed_revision)))
            || contract.signed_revision > contract.revision
        {
            fault("it is not signed as it says");
        }
        if told.get(&contract.id).copied().unwrap_or(0) != contract.revision.saturating_sub(1) {
            fault("an amendment is not told");
        }
        let agreed = (contract.agreed.net, contract.agreed.tax, contract.agreed.gross);
        if agreed != (contract.net, contract.tax, contract.gross) {
            fault("its amounts are not those that were agreed");
        }
        if contract.ends_on.is_some_and(|end| end < contract.starts_on) {
            fault("it ends before it begins");
        }
    }
}

/// An active contract that ends has a timer for it, no other contract has one.
pub(super) fn contract_timers(state: &State, faults: &mut Faults) {
    let of_expiry = |timer: &Timer| timer.code == TimerCode::ContractExpire;
    let mut timers: BTreeMap<Uuid, u32> = BTreeMap::new();
    for timer in state.live::<Timer>().filter(of_expiry) {
        let count = timers.entry(timer.subject).or_default();
        *count = count.saturating_add(1);
    }
    for contract in state.live::<Contract>() {
        let id = contract.id.uuid();
        let due = contract.state == ContractState::Active && contract.ends_on.is_some();
        if timers.get(&id).copied().unwrap_or(0) != u32::from(due) {
            faults.report(Kind::Contract, id, "the timer of its end is not as it must be");
        }
    }
}

/// No bundle contains itself.
pub(super) fn bundles(state: &State, faults: &mut Faults) {
    let mut known = Composition::default();
    for part in state.live::<BundlePart>() {
        known.parts.entry(part.bundle).or_default().push(part);
    }
    let Ok(one) = "1".parse::<Quantity>() else { return };
    let bundles: Vec<Id<Product>> = known.parts.keys().copied().collect();
    for bundle in bundles {
        if expand(bundle, one, &known).is_err_and(|invalid| invalid.code == "bundle.cycle") {
            faults.report(Kind::Product, bundle.uuid(), "it contains itself");
        }
    }
}
