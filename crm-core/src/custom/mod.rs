//! Fields of the host's own on our records: defined as data, typed and bounded like ours.
//!
//! Their values live beside a record's declared fields, under the code of their definition. An indexed field writes
//! one [`CustomIndex`] row per record besides, so that no store needs to know of custom fields.

mod accept;
mod define;
mod field;
mod index;
mod read;

pub use accept::accept;
pub use define::{DefineCustomField, define};
pub use field::{Choices, CustomField, FieldType};
pub use index::{CustomIndex, key};
