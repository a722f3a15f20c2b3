//! `crm states`: every state machine, each state with each step.

use std::io::Write as _;

use crm_core::api;

use crate::failure::Failure;
use crate::host::{Format, HostArgs};

pub(crate) fn run(host: &HostArgs) -> Result<(), Failure> {
    let mut out = std::io::stdout().lock();
    match host.format {
        Some(Format::Json) => writeln!(out, "{}", serde_json::to_string_pretty(&api::machines())?)?,
        _ => write!(out, "{}", api::states_manual())?,
    }
    Ok(())
}
