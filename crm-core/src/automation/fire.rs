//! Whether a change, or a time, sets an automation off.

use std::collections::BTreeSet;

use super::{Automation, When};
use crate::assignment::{Facts, Schema, Slots};
use crate::decision::Check;
use crate::record::{ColumnType, Record, Val};
use crate::value::{Timestamp, WorkCalendar};

/// What set an automation off.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Fired {
    /// A record was made.
    Created,
    /// These fields of it became others.
    Changed(BTreeSet<String>),
}

/// The fields in which a record differs from what it was; custom ones as `custom.` and their code.
pub fn changed_fields(before: &Record, after: &Record) -> BTreeSet<String> {
    let declared =
        after.def.fields.iter().filter(|field| before.get(field.id) != after.get(field.id));
    let mut changed: BTreeSet<String> = declared.map(|field| field.name.clone()).collect();
    let codes = before.ext.keys().chain(after.ext.keys());
    let own = codes.filter(|code| before.ext.get(*code) != after.ext.get(*code));
    changed.extend(own.map(|code| format!("custom.{code}")));
    changed
}

/// Whether a change sets an automation off, and by which of its fields: it watches that, and its condition holds of the
/// record as it is. One whose condition no longer fits the fields there are is never set off. Rule FX-10 (F216).
pub fn fires(
    automation: &Automation,
    fired: &Fired,
    record: &Record,
    schema: &Schema,
) -> Option<String> {
    let watched = match (&automation.terms.on, fired) {
        (When::Created, Fired::Created) => "created".to_owned(),
        (When::Changed(watched), Fired::Changed(changed)) => {
            let by: Vec<&str> = watched.intersection(changed).map(String::as_str).collect();
            if by.is_empty() {
                return None;
            }
            format!("changed {}", by.join(", "))
        }
        _ => return None,
    };
    holds(automation, record, schema).then_some(watched)
}

/// Whether its condition holds of a record.
fn holds(automation: &Automation, record: &Record, schema: &Schema) -> bool {
    let (mut slots, mut check) = (Slots::default(), Check::default());
    let test = automation.terms.only.compile(schema, &mut slots, "", &mut check);
    test.filter(|_| check.done().is_ok()).is_some_and(|test| test.holds(&slots.row(&facts(record))))
}

/// What a record holds, by the names that conditions use.
fn facts(record: &Record) -> Facts {
    let held = |val: &Val| !val.is_null() && !matches!(val, Val::Id(id) if id.is_nil());
    let declared = record.def.fields.iter().zip(&record.vals);
    let declared = declared.map(|(field, val)| (field.name.clone(), val.clone()));
    let own = record.ext.iter().map(|(code, val)| (format!("custom.{code}"), val.clone()));
    declared.chain(own).filter(|(_, val)| held(val)).collect()
}

/// When an automation that waits is due to a record; nothing where it waits for nothing, the record holds no such instant,
/// its condition does not hold, or the instant came before the automation said so. Rule FX-11 (F216).
pub fn due(
    automation: &Automation,
    record: &Record,
    schema: &Schema,
    calendar: &WorkCalendar,
) -> Option<Timestamp> {
    let When::After(after) = &automation.terms.on else { return None };
    let field = record.def.field_named(&after.field)?;
    let (ColumnType::Instant, Val::Int(micros)) = (field.ty, record.get(field.id)) else {
        return None;
    };
    let from = Timestamp::from_micros(micros).ok()?;
    let due = after.wait.due(from, calendar).ok()?;
    (automation.active && due >= automation.since && holds(automation, record, schema))
        .then_some(due)
}
