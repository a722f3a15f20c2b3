//! How far an order is by what other systems report: it follows from the set of reports, whatever order they came in.

use std::collections::BTreeMap;

use chrono::NaiveDate;
use rust_decimal::Decimal;

use super::{EventKind, EventStatus, Order, OrderEvent, OrderLine, OrderState, OrderStepCode};
use crate::value::{Code, Id, Quantity, Timestamp};

/// What is known of one line.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct ReportedLine {
    /// How much of it is shipped; never less than what is delivered.
    pub shipped: Quantity,
    /// How much of it is delivered.
    pub delivered: Quantity,
    /// How much of that came back.
    pub returned: Quantity,
}

impl ReportedLine {
    /// Whether a line says so already.
    pub fn is_told_by(&self, line: &OrderLine) -> bool {
        (line.shipped, line.delivered, line.returned)
            == (self.shipped, self.delivered, self.returned)
    }
}

/// What became of one report.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Heard {
    /// Which.
    pub event: Id<OrderEvent>,
    /// Whether the order knows of it.
    pub status: EventStatus,
    /// Why it does not.
    pub reason: Option<Code>,
}

/// How far an order is.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Progress {
    /// Its lines, in order.
    pub lines: Vec<ReportedLine>,
    /// The day on which production began.
    pub started_on: Option<NaiveDate>,
    /// The day on which production ended.
    pub produced_on: Option<NaiveDate>,
    /// The day on which the first of it was shipped.
    pub shipped_on: Option<NaiveDate>,
    /// The day on which the last of it was delivered.
    pub delivered_on: Option<NaiveDate>,
    /// Since when something is wrong with the goods, by which report; nothing where all is mended.
    pub faulty: Option<(Timestamp, Id<OrderEvent>)>,
    /// Since when more came back than was delivered.
    pub unmatched: Option<Timestamp>,
    /// What became of each report.
    pub heard: Vec<Heard>,
}

/// How far an order is by a set of reports. Quantities add up; a report that names none is of all there is. What is
/// delivered is shipped, whether or not anybody said so. No more comes back than was delivered. The result is the same for
/// every order in which the same reports are given.
///
/// A report is parked while the order is not submitted (`order.not_submitted`), when it is called off (`order.cancelled`,
/// unless it was known before), of a line that it does not have (`order.line.unknown`), and before its day
/// (`order.event_too_early`). Rule OR-15 (F093).
pub fn progress(order: &Order, lines: &[OrderLine], events: &[OrderEvent]) -> Progress {
    let mut events: Vec<&OrderEvent> = events.iter().collect();
    events.sort_by_key(|event| (event.occurred_at, event.kind, event.id));
    let mut found = Progress::default();
    let mut known = Vec::new();
    for event in events {
        let refused = refused(order, lines, event);
        let status = if refused.is_some() { EventStatus::Parked } else { EventStatus::Applied };
        if refused.is_none() {
            known.push(event);
        }
        let reason = refused.and_then(|rule| Code::parse(rule).ok());
        found.heard.push(Heard { event: event.id, status, reason });
    }
    let zone = order.tz();
    let first = |kinds: &[EventKind]| {
        let event = known.iter().find(|event| kinds.contains(&event.kind));
        event.map(|event| event.occurred_at.day_in(zone))
    };
    found.started_on = first(&[EventKind::ProductionStarted]);
    found.produced_on = first(&[EventKind::ProductionFinished]);
    found.shipped_on = first(&[EventKind::Shipped, EventKind::Delivered]);
    let mut sums: BTreeMap<(EventKind, u32), Decimal> = BTreeMap::new();
    for event in &known {
        match event.kind {
            EventKind::Shipped | EventKind::Delivered | EventKind::Returned => {
                add(lines, event, &mut sums);
            }
            EventKind::QualityIssue => {
                found.faulty = found.faulty.or(Some((event.occurred_at, event.id)));
            }
            EventKind::QualityResolved => found.faulty = None,
            EventKind::ProductionStarted | EventKind::ProductionFinished | EventKind::Logistics => {
            }
        }
        let all = lines
            .iter()
            .all(|line| sum(&sums, EventKind::Delivered, line.ordinal) >= line.quantity.number());
        if all && !lines.is_empty() && found.delivered_on.is_none() {
            found.delivered_on = Some(event.occurred_at.day_in(zone));
        }
    }
    for line in lines {
        let of = |kind| sum(&sums, kind, line.ordinal);
        let delivered = of(EventKind::Delivered);
        let back = of(EventKind::Returned);
        if back > delivered {
            let last = known.iter().rev().find(|event| event.kind == EventKind::Returned);
            found.unmatched = found.unmatched.max(last.map(|event| event.occurred_at));
        }
        let quantity = |number: Decimal| Quantity::new(number).unwrap_or_default();
        found.lines.push(ReportedLine {
            shipped: quantity(of(EventKind::Shipped).max(delivered)),
            delivered: quantity(delivered),
            returned: quantity(back.min(delivered)),
        });
    }
    found
}

/// The rule that keeps a report from being applied.
fn refused(order: &Order, lines: &[OrderLine], event: &OrderEvent) -> Option<&'static str> {
    match order.state {
        OrderState::Draft | OrderState::InReview | OrderState::Confirmed => {
            return Some("order.not_submitted");
        }
        OrderState::Cancelled if event.status == EventStatus::Parked => {
            return Some("order.cancelled");
        }
        OrderState::Cancelled
        | OrderState::Submitted
        | OrderState::InDelivery
        | OrderState::Delivered
        | OrderState::Completed => {}
    }
    if event.line.is_some_and(|at| lines.iter().all(|line| line.ordinal != at)) {
        return Some("order.line.unknown");
    }
    let early = event.occurred_at.day_in(order.tz()) < order.ordered_on;
    early.then_some("order.event_too_early")
}

fn sum(sums: &BTreeMap<(EventKind, u32), Decimal>, kind: EventKind, line: u32) -> Decimal {
    sums.get(&(kind, line)).copied().unwrap_or_default()
}

/// Adds what a report says to the sums of its lines: a report without a quantity is of all there is.
fn add(lines: &[OrderLine], event: &OrderEvent, sums: &mut BTreeMap<(EventKind, u32), Decimal>) {
    for line in lines.iter().filter(|line| event.line.is_none_or(|at| at == line.ordinal)) {
        let sum = sums.entry((event.kind, line.ordinal)).or_default();
        let all = line.quantity.number();
        let more = match event.quantity {
            Some(quantity) => quantity.number(),
            None => all,
        };
        *sum = match event.quantity {
            Some(_) => sum.saturating_add(more),
            None => (*sum).max(all),
        };
    }
}

/// The order and its lines with what is known of them.
pub fn progressed(
    order: Order,
    mut lines: Vec<OrderLine>,
    progress: &Progress,
) -> (Order, Vec<OrderLine>) {
    let order = Order {
        started_on: progress.started_on,
        produced_on: progress.produced_on,
        shipped_on: progress.shipped_on,
        delivered_on: progress.delivered_on,
        ..order
    };
    for (line, known) in lines.iter_mut().zip(&progress.lines) {
        (line.shipped, line.delivered, line.returned) =
            (known.shipped, known.delivered, known.returned);
    }
    (order, lines)
}

/// The step that brings an order where its reports say it is; nothing where it is there. Completed stays completed.
/// Rule OR-16 (F093).
pub fn settled_step(order: &Order, lines: &[OrderLine]) -> Option<OrderStepCode> {
    let delivered = !lines.is_empty() && lines.iter().all(|line| line.delivered >= line.quantity);
    let shipped = lines.iter().any(|line| !line.shipped.is_zero());
    match order.state {
        OrderState::Submitted | OrderState::InDelivery if delivered => Some(OrderStepCode::Deliver),
        OrderState::Submitted if shipped => Some(OrderStepCode::Ship),
        OrderState::Draft
        | OrderState::InReview
        | OrderState::Confirmed
        | OrderState::Submitted
        | OrderState::InDelivery
        | OrderState::Delivered
        | OrderState::Completed
        | OrderState::Cancelled => None,
    }
}
