//! On whose timeline a decision stands.

use uuid::Uuid;

use super::{Cx, Error};
use crate::record::{Key, Kind, Record, Val};
use crate::store::Flow;
use crate::undo::neighbours;

/// Kinds whose records stand on the timeline of their customer themselves: what is decided about one of them is not told
/// there a second time. Each has a source of its own in `api/timeline.rs`.
pub(crate) const TOLD_THEMSELVES: &[Kind] = &[Kind::Activity];

/// Kinds by way of which a record belongs to a customer, where it names none itself.
const BY_WAY_OF: &[Kind] =
    &[Kind::Customer, Kind::Contact, Kind::Opportunity, Kind::Lead, Kind::Promise];

/// The customer whom a decision about `subject` concerns: itself, or the one that it names, or that somebody or something
/// it names belongs to; nil for none. Rule V3-1 (F008).
///
/// # Errors
///
/// The store's.
pub(super) fn customer_of(cx: &Cx<'_>, subject: Key) -> Result<Uuid, Error> {
    if TOLD_THEMSELVES.contains(&subject.kind) {
        return Ok(Uuid::nil());
    }
    let Some(record) = cx.current(subject) else { return Ok(Uuid::nil()) };
    if let Some(own) = named_by(record) {
        return Ok(own);
    }
    let near = neighbours(record).into_iter().find(|key| BY_WAY_OF.contains(&key.kind));
    let Some(near) = near else { return Ok(Uuid::nil()) };
    if near.kind == Kind::Customer {
        return Ok(near.id);
    }
    let mut found = cx.current(near).map(named_by);
    if found.is_none() {
        // Of no weight for the decision, and so not guarded.
        cx.peek(&[near], &mut |_, _, record| {
            found = Some(named_by(record));
            Flow::Continue(())
        })?;
    }
    Ok(found.flatten().unwrap_or_default())
}

/// The customer that a record is, or names in a column of its own; nil for none there. Nothing where it has no such column.
fn named_by(record: &Record) -> Option<Uuid> {
    if record.def.kind == Kind::Customer {
        return Some(record.id);
    }
    match record.at(record.def.field_named("customer")?.id) {
        Some(Val::Id(id)) => Some(*id),
        _ => None,
    }
}
