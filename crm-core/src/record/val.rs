//! The value of one column.

use std::{borrow::Cow, collections::BTreeMap};

use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::{Deserialize, Deserializer, Serialize, Serializer, de};
use uuid::Uuid;

/// The value of one column. Ordered as the storage contract asks (C10): integers by number, text by UTF-8 bytes,
/// false before true, ids by bytes.
#[derive(Clone, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Val {
    /// Nothing. Never in an indexed column.
    #[default]
    Null,
    /// True or false.
    Bool(bool),
    /// A whole number: counts, minor units, microseconds.
    Int(i64),
    /// Text, exactly as given.
    Text(String),
    /// Bytes.
    Bytes(Vec<u8>),
    /// The id of a record.
    Id(Uuid),
}

impl Val {
    /// Whether it is nothing.
    pub const fn is_null(&self) -> bool {
        matches!(self, Self::Null)
    }
}

impl From<&str> for Val {
    fn from(text: &str) -> Self {
        Self::Text(text.to_owned())
    }
}

impl From<Uuid> for Val {
    fn from(id: Uuid) -> Self {
        Self::Id(id)
    }
}

/// Values beside the declared fields, by code, in the order of the codes.
pub type Ext = BTreeMap<String, Val>;

/// As JSON: `null`, `true`, a number, text; ids as text, bytes as lower-case hexadecimal text.
impl Serialize for Val {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self {
            Self::Null => serializer.serialize_unit(),
            Self::Bool(value) => serializer.serialize_bool(*value),
            Self::Int(value) => serializer.serialize_i64(*value),
            Self::Text(value) => serializer.serialize_str(value),
            Self::Bytes(value) => {
                let hex: String = value.iter().map(|byte| format!("{byte:02x}")).collect();
                serializer.serialize_str(&hex)
            }
            Self::Id(value) => serializer
                .serialize_str(value.hyphenated().encode_lower(&mut Uuid::encode_buffer())),
        }
    }
}

/// From JSON: `null`, `true`, a whole number or text; what a text means, the field's definition says.
impl<'de> Deserialize<'de> for Val {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Visitor;

        impl de::Visitor<'_> for Visitor {
            type Value = Val;

            fn expecting(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
                f.write_str("null, true, false, a whole number or text")
            }

            fn visit_unit<E>(self) -> Result<Val, E> {
                Ok(Val::Null)
            }

            fn visit_bool<E>(self, value: bool) -> Result<Val, E> {
                Ok(Val::Bool(value))
            }

            fn visit_i64<E>(self, value: i64) -> Result<Val, E> {
                Ok(Val::Int(value))
            }

            fn visit_u64<E: de::Error>(self, value: u64) -> Result<Val, E> {
                i64::try_from(value).map(Val::Int).map_err(|_| E::custom("a number over 63 bits"))
            }

            fn visit_str<E>(self, value: &str) -> Result<Val, E> {
                Ok(Val::from(value))
            }

            fn visit_string<E>(self, value: String) -> Result<Val, E> {
                Ok(Val::Text(value))
            }
        }

        deserializer.deserialize_any(Visitor)
    }
}

impl JsonSchema for Val {
    fn schema_name() -> Cow<'static, str> {
        "Value".into()
    }

    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        json_schema!({"type": ["null", "boolean", "integer", "string"]})
    }
}
