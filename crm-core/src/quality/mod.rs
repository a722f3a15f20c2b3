//! Whether what is entered keeps to the host's standards: rules over fields, defined as data.
//!
//! A rule looks at one record: at a field, or at two of them. Rules are judged all at once, and none hides another. A
//! rule that was broken before a change, by a field that the change leaves alone, is no reason to refuse the change.

mod define;
mod document;
mod judge;
mod lint;
mod pattern;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

pub use define::{DefineRule, define};
pub use document::Document;
pub use judge::{Broken, judge};
pub use pattern::Pattern;

use crate::lead::Lead;
use crate::party::{Contact, Customer};
use crate::record::{Entity, Kind, KindDef};
use crate::value::{Code, Name};
use crate::{codes, json_column, record};

codes! {
    /// What kind of record a rule looks at.
    pub enum RuleEntity {
        /// Leads.
        Lead = "lead",
        /// Customers.
        Customer = "customer",
        /// Contacts.
        Contact = "contact",
    }
}

impl RuleEntity {
    /// The rules' name for a kind of record.
    pub fn of(kind: Kind) -> Option<Self> {
        kind.name().parse().ok()
    }

    /// The metadata of the kind.
    pub fn def(self) -> &'static KindDef {
        match self {
            Self::Lead => Lead::def(),
            Self::Customer => Customer::def(),
            Self::Contact => Contact::def(),
        }
    }
}

codes! {
    /// What follows when a rule is broken.
    pub enum Severity {
        /// The record is refused.
        Refuse = "refuse",
        /// It is stored, and the answer says so.
        Warn = "warn",
    }
}

/// What a rule asks for. A field that is empty breaks only `required`; of a field with several values, each is looked at.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(tag = "is", rename_all = "snake_case", deny_unknown_fields)]
pub enum RuleTest {
    /// The field holds something.
    Required {
        /// The field: as in requests, `phones`, `emails`, or `custom.` and a code.
        field: String,
    },
    /// Its text has so many characters.
    Length {
        /// The field.
        field: String,
        /// At least.
        #[serde(default)]
        min: Option<u32>,
        /// At most.
        #[serde(default)]
        max: Option<u32>,
    },
    /// Its text as a whole fits a pattern: `9` a digit, `A` a capital letter, `a` a small letter (A–Z), `L` a letter of
    /// any script, `H` a Chinese character, `X` a letter or digit, `?` anything, text in single quotes itself; each may
    /// be followed by `{n}` or `{n,m}`.
    Format {
        /// The field.
        field: String,
        /// The pattern, such as `'SH-'9{4,8}`.
        pattern: String,
    },
    /// Its text begins with one of these.
    StartsWith {
        /// The field.
        field: String,
        /// The beginnings.
        any_of: Vec<String>,
    },
    /// It is one of these.
    OneOf {
        /// The field.
        field: String,
        /// The values.
        values: Vec<String>,
    },
    /// It is a number or a day within bounds.
    Range {
        /// The field.
        field: String,
        /// At least.
        #[serde(default)]
        min: Option<String>,
        /// At most.
        #[serde(default)]
        max: Option<String>,
    },
    /// One field is not after another: numbers, days or instants.
    Order {
        /// The field that comes first.
        first: String,
        /// The field that comes after it, or with it.
        then: String,
    },
    /// Where a condition holds, something else is asked for.
    When {
        /// The condition.
        condition: Condition,
        /// What is asked for; no other `when`.
        then: Box<RuleTest>,
    },
}

/// When something is asked for: where a field holds something, or holds this.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Condition {
    /// The field.
    pub field: String,
    /// What it holds; anything where nothing is said.
    #[serde(default)]
    pub equals: Option<String>,
}

impl RuleTest {
    /// The fields that it looks at.
    pub fn fields(&self) -> Vec<&str> {
        match self {
            Self::Required { field }
            | Self::Length { field, .. }
            | Self::Format { field, .. }
            | Self::StartsWith { field, .. }
            | Self::OneOf { field, .. }
            | Self::Range { field, .. } => vec![field],
            Self::Order { first, then } => vec![first, then],
            Self::When { condition, then } => {
                core::iter::once(condition.field.as_str()).chain(then.fields()).collect()
            }
        }
    }
}

json_column! { RuleTest }

record! {
    /// One standard that records of a kind keep to.
    pub struct FieldRule: FieldRule {
        /// What hosts call it.
        1 code: Code;
        /// What kind of record it looks at.
        2 entity: RuleEntity;
        /// What it asks for.
        3 test: RuleTest;
        /// What follows when it is broken.
        4 severity: Severity;
        /// What people are told.
        5 message: Option<Name>;
        /// Whether it is looked at.
        6 active: bool;
    }
    listings {
        1 unique "by_code" ["code"];
        2 "by_entity" ["entity", "code"];
    }
}

impl FieldRule {
    /// The listing by code.
    pub const BY_CODE: u16 = 1;
    /// The listing by kind of record, then code.
    pub const BY_ENTITY: u16 = 2;
}
