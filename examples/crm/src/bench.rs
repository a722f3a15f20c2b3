//! `crm bench`: what the engine costs beside what one would write by hand.

use std::io::Write as _;
use std::path::PathBuf;

use clap::Args;
use crm_benches::{Findings, NAMES, Options, TABLE};
use serde_json::{Map, Value};

use crate::failure::Failure;
use crate::host::HostArgs;

#[derive(Args)]
pub(crate) struct BenchArgs {
    /// move, order, import, call, report, score, assign, capture, dedupe, dashboard, view360, forecast; or all
    name: String,
    /// How much: moves or orders in a round, rows, calls, deals, leads
    #[arg(long)]
    rows: Option<u64>,
    /// Turns of engine and peer
    #[arg(long, default_value_t = 7)]
    rounds: usize,
    /// Where files are made and removed again; the machine's folder for such things where nothing is said
    #[arg(long, value_name = "FOLDER")]
    folder: Option<PathBuf>,
    /// Threads that the engine may use (dashboard)
    #[arg(long)]
    threads: Option<usize>,
    /// Write the data there, for peers (dashboard with the answers, dedupe)
    #[arg(long, value_name = "FOLDER")]
    export: Option<PathBuf>,
    /// One round for each line read, for a driver that takes turns with peers (dashboard)
    #[arg(long)]
    serve: bool,
    /// The series, one a line, `SEASON HORIZON | history | sequel` (forecast)
    #[arg(long, value_name = "FILE")]
    series: Option<PathBuf>,
    /// Print the figures as one JSON document
    #[arg(long)]
    json: bool,
}

/// Runs one benchmark, or every one after the other; `--seed` says what the data is made from.
pub(crate) fn run(host: &HostArgs, args: &BenchArgs) -> Result<(), Failure> {
    let usual = Options::default();
    let options = Options {
        rows: args.rows,
        seed: host.seed.unwrap_or(usual.seed),
        rounds: args.rounds.max(1),
        folder: args.folder.clone().unwrap_or(usual.folder),
        threads: args.threads,
        export: args.export.clone(),
        serve: args.serve,
        series: args.series.clone(),
    };
    let all = args.name == "all";
    let names: Vec<&str> = if all { NAMES.to_vec() } else { vec![&args.name] };
    if let Some(unknown) = names.iter().find(|name| !NAMES.contains(name)) {
        let known = NAMES.join(", ");
        return Err(Failure::Usage(format!("{unknown} is none of {known}, all")));
    }
    let mut out = std::io::stdout().lock();
    let mut figures = Map::new();
    if !args.json {
        write!(out, "{}\n\n{TABLE}", crm_benches::machine())?;
    }
    for name in names {
        let found: Findings = crm_benches::run(name, &options)
            .map_err(|error| Failure::new("bench.failed", error.to_string()))?;
        if !args.json {
            write!(out, "{}", found.table())?;
            eprintln!("{name}: {}", found.json());
        }
        figures.insert(name.to_owned(), found.json());
    }
    if args.json {
        let document = match figures.remove(&args.name) {
            Some(only) => only,
            None => {
                figures.insert("machine".to_owned(), crm_benches::machine());
                Value::Object(figures)
            }
        };
        writeln!(out, "{document}")?;
    }
    Ok(())
}
