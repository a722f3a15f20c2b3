//! `crm run`: one operation per line in, one response per line out, in order.

use std::fs::File;
use std::io::{BufRead, BufReader, BufWriter, Write as _};
use std::path::PathBuf;

use clap::Args;
use crm_core::api::script::{Defaults, run_line};

use crate::failure::Failure;
use crate::host::HostArgs;

#[derive(Args)]
pub(crate) struct RunArgs {
    /// The script, one JSON object per line: op, request, key, now, entropy, tenant, actor, purpose; - is stdin
    script: PathBuf,
}

pub(crate) fn run(args: &HostArgs, RunArgs { script }: &RunArgs) -> Result<(), Failure> {
    let lines: Box<dyn BufRead> = if script.as_os_str() == "-" {
        Box::new(std::io::stdin().lock())
    } else {
        Box::new(BufReader::new(File::open(script).map_err(|error| Failure::file(script, error))?))
    };
    let host = args.open()?;
    let options = args.session()?;
    // Without a seed of the caller's, ids must not repeat from run to run.
    let env = host.env()?;
    let drawn = env.entropy.iter().take(8).fold(0, |seed: u64, byte| seed << 8 | u64::from(*byte));
    let mut defaults = Defaults {
        now: env.now,
        seed: args.seed.unwrap_or(drawn),
        tenant: options.tenant.0,
        actor: Some(options.actor),
        purpose: Some(options.purpose),
    };
    let fixed = args.time()?;
    let mut out = BufWriter::new(std::io::stdout().lock());
    let (mut ran, mut failed) = (0_u64, 0_u64);
    for (number, line) in (1..).zip(lines.lines()) {
        let line = line.map_err(|error| Failure::file(script, error))?;
        if fixed.is_none() {
            defaults.now = host.env()?.now;
        }
        let Some(answer) = run_line(&host.engine, &defaults, number, &line) else { continue };
        ran += 1;
        failed += u64::from(answer.starts_with("{\"error\""));
        writeln!(out, "{answer}")?;
    }
    out.flush()?;
    match failed {
        0 => Ok(()),
        _ => Err(Failure::new(
            "run.lines_failed",
            format!("{failed} of {ran} lines were refused or failed"),
        )),
    }
}
