//! The C ABI: `libcrm`. Its manual is `include/crm.h`, which cbindgen makes of the comments here.
//!
//! Few symbols, wide documents: lifecycle, memory and threads are typed; every operation of the catalogue goes through
//! [`call::crm_call`] as JSON. A handle is a checked token, never an address ([`handle`]); every export runs inside one
//! guard ([`boundary`]) which turns panics into a status; what the host may do wrong has a number ([`status`]).

#![expect(
    clippy::missing_safety_doc,
    reason = "what a pointer must be is said once, at the top of crm.h"
)]
#![cfg_attr(
    test,
    expect(
        clippy::unwrap_used,
        clippy::panic,
        clippy::indexing_slicing,
        clippy::arithmetic_side_effects,
        reason = "a test may fail by panicking"
    )
)]

pub mod boundary;
pub mod buffer;
pub mod error;
pub mod handle;
pub mod options;
pub mod status;
pub mod text;

pub mod call;
pub mod cancel;
pub mod describe;
pub mod engine;
pub mod log;
mod plan;
pub mod run;
pub mod scorer;
pub mod session;
pub mod version;

#[cfg(test)]
mod tests;
