//! The definition of one custom field.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::codes;
use crate::json_column;
use crate::record;
use crate::value::{Code, Name, Text};

codes! {
    /// What a custom field holds.
    pub enum FieldType {
        /// True or false.
        Bool = "bool",
        /// A whole number of 64 bits.
        Int = "int",
        /// An exact decimal, given as text.
        Decimal = "decimal",
        /// Text of several lines.
        Text = "text",
        /// One of a set of choices.
        Code = "code",
        /// A calendar day.
        Date = "date",
        /// An instant.
        Instant = "instant",
        /// The id of another record.
        Link = "link",
    }
}

/// What may be chosen, in order, none twice; each at most 64 characters.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(transparent)]
pub struct Choices(pub Vec<Text<64, false>>);

json_column! { Choices }

record! {
    /// The definition of one custom field.
    pub struct CustomField: CustomField {
        /// The kind of record that has it, such as `customer`.
        1 entity: Code;
        /// Its code; no two fields of one kind of record share one.
        2 code: Code;
        /// What people call it.
        3 label: Name;
        /// What it holds; never changed.
        4 field_type: FieldType;
        /// Whether a new record must have it.
        5 required: bool;
        /// What may be chosen, of a field of choices.
        6 choices: Choices;
        /// The least value, spelled as values of its type are.
        7 min: Option<String>;
        /// The greatest value.
        8 max: Option<String>;
        /// How many characters a text may have.
        9 max_chars: Option<u32>;
        /// Whether records can be found by it.
        10 indexed: bool;
        /// The kind of record that a link names.
        11 references: Option<Code>;
        /// What it is kept for, where it holds personal data.
        12 purpose: Option<Name>;
        /// Days that a personal value may be kept.
        13 retention_days: Option<u32>;
        /// Whether it takes values; those of a removed field stay until they are purged.
        14 active: bool;
        /// Whether a value names one person or company, as the number of an identity card does; unsaid is no.
        85 identifier: Option<bool>;
    }
    listings {
        1 unique "by_code" ["entity", "code"];
    }
}

impl CustomField {
    /// The listing by kind of record and code.
    pub const BY_CODE: u16 = 1;
    /// The kinds of record that can have custom fields.
    pub const ENTITIES: &'static [&'static str] = &[
        "customer",
        "contact",
        "product",
        "opportunity",
        "activity",
        "lead",
        "campaign",
        "quote",
        "contract",
    ];

    /// Where a value of it stands in a request.
    pub fn path(&self) -> String {
        format!("custom.{}", self.code)
    }
}
