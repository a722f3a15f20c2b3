//! A field that holds personal data declares purpose and retention (DESIGN 4.10).

use crm_core::record::{ColumnType, Kind};
use crm_core::store::KINDS;

/// Kinds that hold what people are called, how they are reached, what was said with them.
const ABOUT_PEOPLE: &[Kind] = &[
    Kind::Customer,
    Kind::Contact,
    Kind::ContactPoint,
    Kind::Address,
    Kind::Lead,
    Kind::Activity,
    Kind::Participant,
    Kind::ServiceRequest,
    Kind::ServicePause,
    Kind::FeedbackRequest,
    Kind::Issue,
    Kind::IssueReport,
    Kind::Consent,
    Kind::AdSpend,
    Kind::Referral,
    Kind::Review,
    Kind::Need,
    Kind::Promise,
    Kind::PromiseVersion,
    Kind::ContractSignature,
    Kind::Target,
    Kind::PeriodClose,
];

/// Free text of those kinds that says nothing about a person.
const IMPERSONAL: &[&str] =
    &["region", "subject_kind", "owner_kind", "category", "derived", "told", "token_hash", "hash"];

#[test]
fn free_text_about_people_declares_purpose_and_retention() {
    let mut undeclared = Vec::new();
    for (kind, def) in KINDS {
        for field in &def().fields {
            let text = field.ty == ColumnType::Text || field.ty == ColumnType::Json;
            if ABOUT_PEOPLE.contains(kind)
                && text
                && field.personal.is_none()
                && !IMPERSONAL.contains(&field.name.as_str())
            {
                undeclared.push(format!("{}.{}", kind.name(), field.name));
            }
        }
    }
    assert!(undeclared.is_empty(), "{undeclared:?}");
}

#[test]
fn listings_are_of_columns_that_exist_and_are_never_null() {
    for (kind, def) in KINDS {
        let def = def();
        let numbers: Vec<u16> = def.fields.iter().map(|field| field.id.0).collect();
        assert!(numbers.is_sorted_by(|a, b| a < b), "{kind:?}: field numbers {numbers:?}");
        let ids: Vec<u16> = def.indexes.iter().map(|index| index.id).collect();
        assert!(ids.is_sorted_by(|a, b| a < b), "{kind:?}: listing numbers {ids:?}");
        assert!(ids.first().is_none_or(|first| *first > 0), "{kind:?}: 0 is the listing by id");
        for index in &def.indexes {
            assert!(!index.cols.is_empty(), "{kind:?}.{} is of unknown columns", index.name);
            for col in &index.cols {
                if let Some(field) = def.field(*col) {
                    assert!(field.required, "{kind:?}.{} is listed and may be null", field.name);
                }
            }
        }
    }
}
