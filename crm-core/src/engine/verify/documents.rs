//! The invariants of quotes and what they are made of.

use std::collections::BTreeMap;

use uuid::Uuid;

use super::{Faults, State};
use crate::approval::{ApprovalRequest, ApprovalState};
use crate::catalog::{BundlePart, Composition, Product, expand};
use crate::quote::{Priceable, Quote, QuoteLine, QuoteState, totals};
use crate::record::Kind;
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
    for (id, _) in pending {
        faults.report(Kind::ApprovalRequest, id, "approval of what is not there is pending");
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
