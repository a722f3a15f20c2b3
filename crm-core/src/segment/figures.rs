//! What predicates and grades may name of a customer besides its own fields.

use crate::assignment::{Field, FieldKind, Schema};
use crate::custom::CustomField;
use crate::party::Customer;
use crate::record::Entity;

use super::CustomerGrade;

/// Figures of a customer as of an instant, by name, with what they hold. A customer who never bought has no days and no usual
/// interval; counts and amounts of theirs are 0.
pub const FIGURES: &[(&str, FieldKind)] = &[
    // How often they bought.
    ("purchases", FieldKind::Int),
    // How often in the last 365 days.
    ("purchases_365", FieldKind::Int),
    // The first day on which they bought.
    ("first_purchase", FieldKind::Day),
    // The last one.
    ("last_purchase", FieldKind::Day),
    // Days since then.
    ("days_since_purchase", FieldKind::Int),
    // What they spent, in the base currency.
    ("spent", FieldKind::Decimal),
    // What they spent in the last 365 days.
    ("spent_365", FieldKind::Decimal),
    // The median of days from one day of buying to the next.
    ("usual_interval", FieldKind::Decimal),
    // Scores from 1 to 5.
    ("rfm_recency", FieldKind::Int),
    ("rfm_frequency", FieldKind::Int),
    ("rfm_money", FieldKind::Int),
    // Deals that are open, and what they come to in the base currency.
    ("open_deals", FieldKind::Int),
    ("open_amount", FieldKind::Decimal),
    // How often they and we were in touch in the last 90 days, and for how many days not at all.
    ("contacts_90", FieldKind::Int),
    ("days_since_contact", FieldKind::Int),
    // The grade that they have.
    ("grade", FieldKind::Text),
];

/// The fields that a predicate over customers may name: those of a customer, custom ones among them as `custom.` and their
/// code, and the figures.
pub fn schema(custom: &[CustomField]) -> Schema {
    let mut schema = Schema::of(Customer::def(), custom);
    for (name, kind) in FIGURES {
        let choices = match *name {
            "grade" => CustomerGrade::CODES.iter().map(|code| (*code).to_owned()).collect(),
            _ => Vec::new(),
        };
        schema.0.insert((*name).to_owned(), Field { kind: *kind, choices });
    }
    schema
}
