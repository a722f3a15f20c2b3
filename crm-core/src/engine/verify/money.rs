//! The invariants of orders and of money.

use std::collections::BTreeMap;

use super::{Faults, State};
use crate::opportunity::OpportunityLine;
use crate::order::{
    EventStatus, Order, OrderEvent, OrderLine, OrderState, OrderStep, Quoted, price, progress,
    progressed, settled_step,
};
use crate::payment::{Account, Allocation, Credit, Instalment, LedgerEntry, Payment, Refund};
use crate::quote::{Quote, QuoteLine, QuoteState};
use crate::record::{Entity, Kind};
use crate::settings::{DocumentSeries, Numbered};
use crate::value::{Currency, Id, Money, Rounding};

/// Rows by what they belong to.
fn by<T: Entity, K: Ord>(state: &State, of: impl Fn(&T) -> K) -> BTreeMap<K, Vec<T>> {
    let mut found: BTreeMap<K, Vec<T>> = BTreeMap::new();
    for row in state.live::<T>() {
        found.entry(of(&row)).or_default().push(row);
    }
    found
}

/// What an order comes to is what its lines give by its rule; each line is what its price gives.
pub(super) fn totals(state: &State, faults: &mut Faults) {
    let lines = by(state, |line: &OrderLine| line.order);
    for order in state.live::<Order>() {
        let lines = lines.get(&order.id).map_or(&[][..], Vec::as_slice);
        for line in lines.iter().filter(|line| line.quote_line.is_none()) {
            let net =
                Money::of_line(line.unit_price, line.quantity, line.discount, Rounding::HalfUp);
            let tax = net.clone().and_then(|net| line.tax_rate.of(net, Rounding::HalfUp));
            if net != Ok(line.net) || tax != Ok(line.tax) {
                let what = "its net or tax is not what its price gives";
                faults.report(Kind::OrderLine, line.id.uuid(), what);
            }
        }
        let given = price(order.total.currency(), lines, order.rounding, order.freight);
        let same = given.is_ok_and(|given| {
            given.net == order.net && given.tax == order.tax && given.total == order.total
        });
        if !same || lines.is_empty() {
            faults.report(Kind::Order, order.id.uuid(), "its total is not what its lines give");
        }
    }
}

/// The steps of an order tell without a gap how it came to stand where it stands; of an imported one, from the first thing
/// that happened to it here.
pub(super) fn steps(state: &State, faults: &mut Faults) {
    let mut steps = by(state, |step: &OrderStep| step.order);
    for order in state.live::<Order>() {
        let mut steps = steps.remove(&order.id).unwrap_or_default();
        steps.sort_by_key(|step| step.ordinal);
        let gap = steps.iter().zip(0..).any(|(step, ordinal)| step.ordinal != ordinal);
        let broken = steps.windows(2).any(|pair| match pair {
            [before, after] => after.from != Some(before.to) || after.at < before.at,
            _ => false,
        });
        let begun = !order.has_history || steps.first().is_some_and(|first| first.from.is_none());
        let ends = steps.last().map_or(!order.has_history, |last| last.to == order.state);
        if gap || broken || !begun || !ends {
            faults.report(Kind::Order, order.id.uuid(), "its steps do not tell where it stands");
        }
    }
}

/// How far an order is follows from the reports that it knows of, and each report is known or waits for a reason.
pub(super) fn reports(state: &State, faults: &mut Faults) {
    let events = by(state, |event: &OrderEvent| event.order);
    let mut lines = by(state, |line: &OrderLine| line.order);
    for order in state.live::<Order>() {
        let events = events.get(&Some(order.id)).map_or(&[][..], Vec::as_slice);
        let mut lines = lines.remove(&order.id).unwrap_or_default();
        lines.sort_by_key(|line| line.ordinal);
        let far = progress(&order, &lines, events);
        let (next, told) = progressed(order.clone(), lines.clone(), &far);
        if next != order || told != lines || settled_step(&order, &lines).is_some() {
            faults.report(Kind::Order, order.id.uuid(), "it is not where its reports say it is");
        }
        for heard in &far.heard {
            let row = events.iter().find(|event| event.id == heard.event);
            if row.is_some_and(|row| row.status != heard.status || row.reason != heard.reason) {
                let what = "it is applied and must wait, or the other way round";
                faults.report(Kind::OrderEvent, heard.event.uuid(), what);
            }
        }
    }
    for event in events.get(&None).into_iter().flatten() {
        if event.status != EventStatus::Parked || event.reason.is_none() {
            faults.report(Kind::OrderEvent, event.id.uuid(), "it is of no order and does not wait");
        }
    }
}

/// No more of a line of a deal is ordered than was sold.
pub(super) fn sold(state: &State, faults: &mut Faults) {
    let mut ordered: BTreeMap<Id<OpportunityLine>, rust_decimal::Decimal> = BTreeMap::new();
    for line in state.live::<OrderLine>() {
        let order = state.find::<Order>(line.order);
        let bound = order.is_some_and(|order| order.state != OrderState::Cancelled);
        if let Some(of) = line.deal_line.filter(|_| bound) {
            let sum = ordered.entry(of).or_default();
            *sum = sum.saturating_add(line.quantity.number());
        }
    }
    for (id, sum) in ordered {
        let sold = state.find::<OpportunityLine>(id);
        if sold.is_some_and(|line| sum > line.quantity.number()) {
            let what = "more of it is ordered than was sold";
            faults.report(Kind::OpportunityLine, id.uuid(), what);
        }
    }
}

/// What of a quote is ordered is offered: no more of a line than it has, no more money, and all of the money where all of it
/// is ordered; the quote was accepted, and is that of the order's lines.
pub(super) fn offered(state: &State, faults: &mut Faults) {
    let mut ordered: BTreeMap<Id<QuoteLine>, Vec<OrderLine>> = BTreeMap::new();
    for line in state.live::<OrderLine>() {
        let Some(of) = line.quote_line else { continue };
        let Some(order) = state.find::<Order>(line.order) else { continue };
        let same = state.find::<QuoteLine>(of).map(|offered| offered.quote);
        if same.is_none() || same != order.quote {
            let what = "it is of a line that its order's quote does not have";
            faults.report(Kind::OrderLine, line.id.uuid(), what);
        }
        if order.state != OrderState::Cancelled {
            ordered.entry(of).or_default().push(line);
        }
    }
    for (id, lines) in ordered {
        let Some(offered) = state.find::<QuoteLine>(id) else { continue };
        let Some(quote) = state.find::<Quote>(offered.quote) else { continue };
        let mut fault = |what: &str| faults.report(Kind::QuoteLine, id.uuid(), what);
        let Ok(found) = Quoted::of(&quote, &offered, &lines) else {
            fault("what is ordered of it does not add up");
            continue;
        };
        let (sum, all) = (found.taken, offered.quantity.number());
        let money = (found.net, found.tax) == (offered.net, offered.tax);
        let less =
            found.net.minor() <= offered.net.minor() && found.tax.minor() <= offered.tax.minor();
        if sum > all || !less || (sum == all && !money) {
            fault("what is ordered of it is not what was offered");
        }
    }
    for order in state.live::<Order>() {
        let quote = order.quote.and_then(|quote| state.find::<Quote>(quote));
        if quote.is_some_and(|quote| quote.state != QuoteState::Accepted) {
            faults.report(Kind::Order, order.id.uuid(), "its quote was not accepted");
        }
    }
}

/// Every number that the engine could have given in a year was given at most up to the last one of its series.
pub(super) fn numbers(state: &State, faults: &mut Faults) {
    let series = state.find::<DocumentSeries>(DocumentSeries::id_of(Numbered::Order));
    let last = series.map(|series| series.given.0.clone()).unwrap_or_default();
    for order in state.live::<Order>().filter(|order| order.has_history) {
        let mut parts = order.number.as_str().rsplit('-');
        let count = parts.next().filter(|text| text.len() == 6).and_then(|t| t.parse::<u32>().ok());
        let year = parts.next().filter(|text| text.len() == 4).and_then(|t| t.parse::<u32>().ok());
        let beyond = count
            .zip(year)
            .is_some_and(|(count, year)| last.get(&year).is_some_and(|last| count > *last));
        if beyond {
            faults.report(Kind::Order, order.id.uuid(), "its number is beyond its series");
        }
    }
}

/// The sum of amounts of one currency; nothing where it does not fit.
fn sum(currency: Currency, amounts: impl IntoIterator<Item = Money>) -> Option<Money> {
    Money::sum(currency, amounts).ok()
}

/// What is owed of an order is its total less what is paid and what is credited, as the rows say: the instalments add up
/// to the order, their payments and credits to the rows of each.
pub(super) fn receivables(state: &State, faults: &mut Faults) {
    let instalments = by(state, |row: &Instalment| row.order);
    let paid = by(state, |row: &Allocation| row.instalment);
    let credits = by(state, |row: &Credit| row.instalment);
    for order in state.live::<Order>() {
        let rows = instalments.get(&order.id).map_or(&[][..], Vec::as_slice);
        let currency = order.total.currency();
        let planned = sum(currency, rows.iter().map(|row| row.amount));
        let wanted = if order.submitted_at.is_some() { order.total } else { Money::zero(currency) };
        if planned != Some(wanted) {
            faults.report(Kind::Order, order.id.uuid(), "its instalments do not add up to it");
        }
    }
    for row in state.live::<Instalment>() {
        let mut fault = |what: &str| faults.report(Kind::Instalment, row.id.uuid(), what);
        let of = |rows: Option<&Vec<Allocation>>| rows.cloned().unwrap_or_default();
        let paid = of(paid.get(&row.id));
        if sum(row.currency(), paid.iter().map(|row| row.amount)) != Some(row.paid) {
            fault("its payments are not what is paid of it");
        }
        let credits = credits.get(&row.id).map_or(&[][..], Vec::as_slice);
        if sum(row.currency(), credits.iter().map(|row| row.amount)) != Some(row.credited) {
            fault("its credits are not what is credited of it");
        }
        let open = row.outstanding();
        let sound = open.is_ok_and(|open| !open.is_negative() && row.open != open.is_zero());
        if !sound || row.paid.is_negative() || row.credited.is_negative() {
            fault("it is open and nothing is owed, or the other way round");
        }
    }
}

/// What a payment pays for and what was given back of it are its rows, and never more than it.
pub(super) fn payments(state: &State, faults: &mut Faults) {
    let allocations = by(state, |row: &Allocation| row.payment);
    let refunds = by(state, |row: &Refund| row.payment);
    for row in state.live::<Payment>() {
        let currency = row.amount.currency();
        let mut fault = |what: &str| faults.report(Kind::Payment, row.id.uuid(), what);
        let allocated = allocations.get(&row.id).map_or(&[][..], Vec::as_slice);
        if sum(currency, allocated.iter().map(|row| row.amount)) != Some(row.allocated) {
            fault("what it pays for is not what its rows say");
        }
        let refunded = refunds.get(&row.id).map_or(&[][..], Vec::as_slice);
        if sum(currency, refunded.iter().map(|row| row.amount)) != Some(row.refunded) {
            fault("what was given back is not what its rows say");
        }
        let credit = row.credit();
        let sound =
            credit.is_ok_and(|credit| !credit.is_negative() && row.has_credit != credit.is_zero());
        let voided =
            row.voided_at.is_some() && !(row.allocated.is_zero() && row.refunded.is_zero());
        if !sound || voided || row.amount.minor() <= 0 {
            fault("its credit is not what is left of it");
        }
    }
}

/// The ledger says of every instalment and of every payment what their rows say, in one currency, and no entry is of
/// nothing.
pub(super) fn ledger(state: &State, faults: &mut Faults) {
    let mut owed: BTreeMap<Id<Instalment>, i128> = BTreeMap::new();
    let mut credit: BTreeMap<Id<Payment>, i128> = BTreeMap::new();
    for entry in state.live::<LedgerEntry>() {
        let minor = i128::from(entry.amount.minor());
        if minor <= 0 || entry.debit == entry.credit {
            faults.report(Kind::LedgerEntry, entry.id.uuid(), "it moves nothing");
        }
        let signed = |account: Account| match (entry.debit == account, entry.credit == account) {
            (true, _) => minor,
            (_, true) => minor.saturating_neg(),
            (false, false) => 0,
        };
        if let Some(id) = entry.instalment {
            let sum = owed.entry(id).or_default();
            *sum = sum.saturating_add(signed(Account::Receivable));
        }
        if let Some(id) = entry.payment {
            let sum = credit.entry(id).or_default();
            *sum = sum.saturating_sub(signed(Account::CustomerCredit));
        }
    }
    for row in state.live::<Instalment>() {
        let open = row.outstanding().map_or(0, |open| i128::from(open.minor()));
        if owed.get(&row.id).copied().unwrap_or_default() != open {
            faults.report(
                Kind::Instalment,
                row.id.uuid(),
                "the ledger says that more or less is owed",
            );
        }
    }
    for row in state.live::<Payment>() {
        let left = row.credit().map_or(0, |left| i128::from(left.minor()));
        if credit.get(&row.id).copied().unwrap_or_default() != left {
            faults.report(
                Kind::Payment,
                row.id.uuid(),
                "the ledger says that another credit is left",
            );
        }
    }
}

/// A figure in the base currency that was frozen is what its rate gives.
pub(super) fn rates(state: &State, faults: &mut Faults) {
    let fits = |amount: Money, base: Option<Money>, rate: Option<rust_decimal::Decimal>| match (
        base, rate,
    ) {
        (None, None) => true,
        (Some(base), None) => base == amount,
        (Some(base), Some(rate)) => {
            let exact = amount.amount().checked_mul(rate);
            exact.is_some_and(|exact| {
                Money::rounded(exact, base.currency(), Rounding::HalfUp) == Ok(base)
            })
        }
        (None, Some(_)) => false,
    };
    for order in state.live::<Order>() {
        if !fits(order.total, order.base_total, order.rate) {
            faults.report(
                Kind::Order,
                order.id.uuid(),
                "its base figure is not what its rate gives",
            );
        }
    }
    for payment in state.live::<Payment>() {
        if !fits(payment.amount, payment.base_amount, payment.rate) {
            let what = "its base figure is not what its rate gives";
            faults.report(Kind::Payment, payment.id.uuid(), what);
        }
    }
}
