//! `crm call`: one operation.

use std::io::{Read as _, Write as _};

use clap::Args;
use crm_core::engine::CallOptions;

use crate::failure::Failure;
use crate::host::HostArgs;

#[derive(Args)]
pub(crate) struct CallArgs {
    /// The operation, such as opportunity.advance; `crm schema` lists them
    op: String,
    /// The request as JSON; - reads it from stdin
    #[arg(default_value = "{}")]
    request: String,
    /// Makes the call idempotent: the same key and request give the first answer again
    #[arg(long)]
    key: Option<String>,
}

pub(crate) fn run(host: &HostArgs, args: &CallArgs) -> Result<(), Failure> {
    let mut request = args.request.clone().into_bytes();
    if args.request == "-" {
        request.clear();
        std::io::stdin().read_to_end(&mut request)?;
    }
    let host = host.open()?;
    let options = CallOptions { key: args.key.as_deref(), ..CallOptions::default() };
    let mut answer = host.session.call(&host.env()?, &args.op, &request, &options)?;
    answer.push(b'\n');
    std::io::stdout().write_all(&answer)?;
    Ok(())
}
