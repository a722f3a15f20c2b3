//! The domain of a sales CRM as pure functions behind a storage port.

pub mod audit;
#[cfg(feature = "import")]
pub mod import;
pub mod record;
pub mod store;
pub mod value;
