//! Shared values: parsed once at the edge, trusted inside.
//!
//! Every constructor returns the valid value or an [`Invalid`]; there is no `validate()`. This module depends on
//! nothing else of the crate and knows no concept of selling.

mod id;
mod invalid;
mod text;
mod time;

pub use id::Id;
pub use invalid::Invalid;
pub use text::{Code, Name, Note, Text};
pub use time::Timestamp;
