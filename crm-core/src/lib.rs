//! The domain of a sales CRM as pure functions behind a storage port.

pub mod value;
