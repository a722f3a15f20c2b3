//! The domain of a sales CRM as pure functions behind a storage port.

pub mod analytics;
pub mod audit;
pub mod export;
pub mod record;
pub mod store;
pub mod value;
