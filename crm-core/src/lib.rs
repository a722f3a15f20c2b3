//! The domain of a sales CRM as pure functions behind a storage port.

#![cfg_attr(
    test,
    expect(
        clippy::unwrap_used,
        clippy::arithmetic_side_effects,
        clippy::indexing_slicing,
        reason = "a test may fail by panicking"
    )
)]

pub mod analytics;
pub mod audit;
pub mod export;
pub mod record;
pub mod store;
pub mod value;
