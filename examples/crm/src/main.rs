//! `crm`: what the `sqlite3` shell is to SQLite, this is to the engine.
//!
//! Every command is a thin host: it opens a store, calls operations, prints. The clock and the entropy of the machine
//! are read here and nowhere else. Exit codes: 0 done, 1 refused or failed (a problem document on stderr), 2 usage.

mod backup;
mod bench;
mod call;
mod customer;
mod dedupe;
mod export;
mod failure;
mod host;
mod import;
mod report;
mod run;
mod sample;
mod schema;
mod states;
mod tour;
mod undo;
mod verify;

use std::process::ExitCode;

use clap::{Parser, Subcommand};

/// The CRM engine's shell.
#[derive(Parser)]
#[command(name = "crm", version, about, max_term_width = 100)]
struct Crm {
    #[command(flatten)]
    host: host::HostArgs,
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    /// The main job, end to end, on a made-up company
    Tour(tour::TourArgs),
    /// Bring in the files of another system by a plan.
    Import(import::ImportArgs),
    /// Call one operation and print its response.
    Call(call::CallArgs),
    /// Run a script of one operation per line; one response per line comes out, in order.
    Run(run::RunArgs),
    /// Print a report as a table, JSON, CSV, chart or page
    Report(Box<report::ReportArgs>),
    /// List the records that are likely one person or company
    Dedupe(dedupe::DedupeArgs),
    /// Print the records of a kind as CSV or JSON lines
    Export(export::ExportArgs),
    /// Take back a conversion, a merge or an import, or list what can be taken back
    Undo(undo::UndoArgs),
    /// Check invariants, references and the audit chain.
    Verify(verify::VerifyArgs),
    /// Copy a store into a new file, consistently, while others use it
    Backup(backup::BackupArgs),
    /// Bring a copy back as a new store
    Restore(backup::RestoreArgs),
    /// List the operations, or show one with its request and response.
    Schema(schema::SchemaArgs),
    /// Print the state machines: each state with each step
    States,
    /// Measure the engine beside what one would write by hand: move, import, call, report, dedupe, all
    Bench(bench::BenchArgs),
}

fn main() -> ExitCode {
    let Crm { host, command } = Crm::parse();
    let done = match command {
        Command::Tour(args) => tour::run(&host, &args),
        Command::Import(args) => import::run(&host, &args),
        Command::Call(args) => call::run(&host, &args),
        Command::Run(args) => run::run(&host, &args),
        Command::Report(args) => report::run(&host, &args),
        Command::Dedupe(args) => dedupe::run(&host, &args),
        Command::Export(args) => export::run(&host, &args),
        Command::Undo(args) => undo::run(&host, &args),
        Command::Verify(args) => verify::run(&host, &args),
        Command::Backup(args) => backup::backup(&host, &args),
        Command::Restore(args) => backup::restore(&host, &args),
        Command::Schema(args) => schema::run(&host, &args),
        Command::States => states::run(&host),
        Command::Bench(args) => bench::run(&host, &args),
    };
    match done {
        Ok(()) => ExitCode::SUCCESS,
        Err(failure) => failure.report(),
    }
}
