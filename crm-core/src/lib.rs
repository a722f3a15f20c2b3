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

pub mod decision;
pub mod record;

pub mod access;
pub mod audit;
pub mod catalog;
pub mod custom;
pub mod lead;
pub mod party;
pub mod schedule;
pub mod settings;

pub mod store;

pub mod engine;

pub mod api;
