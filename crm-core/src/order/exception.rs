//! What of an order has to be seen to: found from dates and reports, without anybody saying so.

use chrono::{Days, NaiveDate};
use chrono_tz::Tz;

use super::{ExceptionKind, Order, OrderException, OrderState, Progress};
use crate::value::{Id, Invalid, Note, Period, Timestamp};

/// Something that has to be seen to.
#[derive(Clone, Debug, PartialEq)]
pub struct Found {
    /// What.
    pub kind: ExceptionKind,
    /// Since when.
    pub since: Timestamp,
    /// What shows it.
    pub evidence: Note,
}

impl OrderException {
    /// The identity of one occasion: the same one found again is the same row.
    pub fn id_of(order: Id<Order>, kind: ExceptionKind, since: Timestamp) -> Id<Self> {
        let (order, micros) = (order.uuid(), since.micros().to_be_bytes());
        Id::derived([order.as_bytes().as_slice(), kind.code().as_bytes(), &micros])
    }
}

/// The first instant of a day in a zone.
pub fn start_of(day: NaiveDate, zone: Tz) -> Option<Timestamp> {
    let next = day.checked_add_days(Days::new(1))?;
    Some(Period::new(day, next).ok()?.instants(zone).ok()?.start())
}

/// Since when an order is late: the first instant of the day after its day of delivery, where its customer is.
pub fn late_from(order: &Order) -> Option<Timestamp> {
    start_of(order.due_on?.checked_add_days(Days::new(1))?, order.tz())
}

/// When who sold an order is reminded of its day of delivery: so many days before it begins; never for 0 days.
pub fn remind_from(order: &Order, days: u32) -> Option<Timestamp> {
    let day = order.due_on?.checked_sub_days(Days::new(days.into()))?;
    start_of(day, order.tz()).filter(|_| days > 0 && waits(order))
}

/// Whether something of it is still to be delivered.
const fn waits(order: &Order) -> bool {
    matches!(order.state, OrderState::Submitted | OrderState::InDelivery)
}

/// Whether an order is late at an instant: its day of delivery is over where its customer is, and not all of it is there.
/// Rule OR-17 (F094).
pub fn is_late(order: &Order, now: Timestamp) -> bool {
    waits(order) && late_from(order).is_some_and(|from| now >= from)
}

/// What has to be seen to at an instant, each kind once at most.
///
/// # Errors
///
/// `text.*` for evidence that is too long, which ours is not. Rule OR-18 (F094).
pub fn standing_exceptions(
    order: &Order,
    progress: &Progress,
    now: Timestamp,
) -> Result<Vec<Found>, Invalid> {
    let mut found = Vec::new();
    if let Some(since) = late_from(order).filter(|_| is_late(order, now)) {
        let day = order.due_on.map(|day| day.to_string()).unwrap_or_default();
        let evidence = Note::parse(&format!("to be delivered by {day}"))?;
        found.push(Found { kind: ExceptionKind::Late, since, evidence });
    }
    let binding = order.is_effective();
    if let Some((since, event)) = progress.faulty.filter(|_| binding) {
        let evidence = Note::parse(&format!("report {event}"))?;
        found.push(Found { kind: ExceptionKind::Quality, since, evidence });
    }
    if let Some(since) = progress.unmatched.filter(|_| binding) {
        let evidence = Note::parse("more came back than was delivered")?;
        found.push(Found { kind: ExceptionKind::ReturnUnmatched, since, evidence });
    }
    Ok(found)
}
