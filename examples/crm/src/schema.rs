//! `crm schema`: the operations, and what each takes and gives.

use std::io::Write as _;

use clap::Args;
use crm_core::api::{self, CATALOGUE};

use crate::failure::Failure;
use crate::host::{Format, HostArgs};

#[derive(Args)]
pub(crate) struct SchemaArgs {
    /// Show this operation alone, as JSON Schema
    op: Option<String>,
}

pub(crate) fn run(host: &HostArgs, SchemaArgs { op }: &SchemaArgs) -> Result<(), Failure> {
    let mut out = std::io::stdout().lock();
    if let Some(op) = op {
        let description = (api::find(op)?.describe)();
        writeln!(out, "{}", serde_json::to_string_pretty(&description)?)?;
    } else if host.format == Some(Format::Json) {
        let all: Vec<_> = CATALOGUE.iter().map(|entry| (entry.describe)()).collect();
        writeln!(out, "{}", serde_json::to_string_pretty(&all)?)?;
    } else {
        let mut all: Vec<_> = CATALOGUE.iter().map(|entry| (entry.describe)()).collect();
        all.sort_by(|a, b| a.name.cmp(&b.name));
        let widest = all.iter().map(|entry| entry.name.len()).max().unwrap_or(0);
        for entry in all {
            let manual = entry.request["description"].as_str().unwrap_or_default();
            let first = manual.lines().next().unwrap_or_default();
            writeln!(out, "{:<widest$}  {first}", entry.name)?;
        }
    }
    Ok(())
}
