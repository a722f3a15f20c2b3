//! The domain of a sales CRM as pure functions behind a storage port.
//!
//! A host opens an [`engine::Engine`] over a [`store::Store`], takes a [`engine::Session`] for one of its users, and runs
//! operations. An operation is a request type; sent as a value or, by its name, as JSON, it does the same.
//!
//! ```
//! use std::sync::Arc;
//!
//! use crm_core::api::GetCustomer;
//! use crm_core::engine::{CallOptions, Engine, Env, SessionOptions};
//! use crm_core::party::CreateCustomer;
//! use crm_core::store::MemoryStore;
//!
//! let crm = Engine::open(Arc::new(MemoryStore::default())).session(SessionOptions::default());
//! let env = |step| Env { now: "2026-11-21T08:00:00Z".parse().unwrap(), entropy: [7; 32] }.step(step);
//!
//! let wish = CreateCustomer { name: "上海精密机械有限公司".into(), ..Default::default() };
//! let created = crm.run(&env(1), &wish)?;
//! let customer = crm.run(&env(2), &GetCustomer { id: created.id })?;
//! assert_eq!(customer.record.name.as_str(), "上海精密机械有限公司");
//!
//! // The same by name; and a refusal names every broken rule.
//! let request = br#"{"name": " ", "size": "HUGE!"}"#;
//! let refused = crm.call(&env(3), "customer.create", request, &CallOptions::default()).unwrap_err();
//! let paths: Vec<String> = refused.problem().violations.into_iter().map(|v| v.path).collect();
//! assert_eq!(paths, ["name", "size"]);
//! # Ok::<(), crm_core::engine::Error>(())
//! ```
//!
//! What the engine does not do: it reads no clock, no randomness, no environment and no file, and starts no thread (but
//! within a pass over facts, with the feature `parallel`). Time and entropy come with each call as an [`engine::Env`];
//! deadlines pass when the host calls `tick`.
//!
//! The modules in reading order, each naming only those before it: values, rows and refusals; rights, users and custom
//! fields; the concepts of selling; readers over many of them; the storage port; the engine; the operation catalogue.

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

pub mod machine;

pub mod access;

pub mod settings;

pub mod custom;
pub mod document;
pub mod schedule;

pub mod catalog;
pub mod party;

pub mod pricing;

pub mod pipeline;

pub mod opportunity;

pub mod lead;

pub mod campaign;

pub mod activity;

pub mod need;
pub mod promise;
pub mod pursuit;

pub mod approval;

pub mod quote;

pub mod contract;

pub mod order;

pub mod payment;

pub mod outbox;

pub mod service;

pub mod target;

pub mod dedupe;
pub mod quality;
pub mod scoring;

pub mod assignment;

pub mod flow;

pub mod automation;

pub mod segment;

pub mod export;

pub mod analytics;
pub mod audit;
#[cfg(feature = "import")]
pub mod import;
pub mod marketing;

pub mod undo;

pub mod store;

pub mod engine;

pub mod api;
