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

pub mod value;

pub mod record;

pub mod decision;

pub mod access;

pub mod settings;

pub mod custom;
pub mod schedule;

pub mod catalog;
pub mod party;

pub mod pipeline;

pub mod opportunity;

pub mod lead;

pub mod activity;

pub mod export;

pub mod analytics;
pub mod audit;
#[cfg(feature = "import")]
pub mod import;

pub mod store;

pub mod engine;

pub mod api;
