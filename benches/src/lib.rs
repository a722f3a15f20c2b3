//! What the engine costs beside what a user would write instead, measured in one run.
//!
//! A time of one machine means nothing, a ratio taken in one run does: engine and peer take turns on the same data and
//! the same disk, over several rounds; their answers are compared before anything is timed or as soon as it was; CPU
//! time stands beside wall time, and a probe of the disk or the load average beside both. `benches/RESULTS.md` holds
//! what was seen.

pub mod assign;
mod assigned;
pub mod call;
pub mod capture;
pub mod counted;
pub mod dashboard;
pub mod dedupe;
pub mod forecast;
pub mod import;
mod import_maps;
pub mod moves;
pub mod order;
pub mod report;
pub mod score;
pub mod view360;

mod by_hand;
mod data;
mod measure;

use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU32, Ordering};

use serde_json::{Map, Value, json};

pub use measure::{Cost, Series, load};

/// Why a benchmark gave no figures.
pub type Failure = Box<dyn std::error::Error + Send + Sync>;

/// How a benchmark runs.
#[derive(Clone, Debug)]
pub struct Options {
    /// How much: moves, rows, calls or deals, as each benchmark says; its own choice where nothing is said.
    pub rows: Option<u64>,
    /// What the data is made from.
    pub seed: u64,
    /// How often both sides are measured, in turns.
    pub rounds: usize,
    /// Where files are made, and removed again.
    pub folder: PathBuf,
    /// Threads that the engine may use, where a benchmark says so.
    pub threads: Option<usize>,
    /// Where the data are written for peers: of the dashboard, with the answers, and of dedupe.
    pub export: Option<PathBuf>,
    /// Of the dashboard: one round for each line read, instead of rounds of its own.
    pub serve: bool,
    /// The file of series that are forecast; made ones where nothing is said.
    pub series: Option<PathBuf>,
}

impl Default for Options {
    fn default() -> Self {
        Self {
            rows: None,
            seed: 1,
            rounds: 7,
            folder: std::env::temp_dir(),
            threads: None,
            export: None,
            serve: false,
            series: None,
        }
    }
}

impl Options {
    fn rows_or(&self, usual: u64) -> u64 {
        self.rows.unwrap_or(usual).max(1)
    }
}

/// What a benchmark found.
#[derive(Clone, Debug)]
pub struct Findings {
    /// The benchmark.
    pub name: &'static str,
    /// The rows of the table of ratios.
    pub lines: Vec<Line>,
    /// The figures for machines.
    pub json: Map<String, Value>,
}

/// One ratio.
#[derive(Clone, Debug)]
pub struct Line {
    /// What was done.
    pub what: String,
    /// The unit of both times.
    pub unit: &'static str,
    /// The engine's time.
    pub engine: f64,
    /// The peer's time.
    pub peer: f64,
    /// Who the peer is.
    pub against: String,
}

impl Line {
    /// How many times the peer's time the engine takes.
    pub fn ratio(&self) -> f64 {
        self.engine / self.peer
    }
}

impl Findings {
    /// The figures as one JSON document.
    pub fn json(&self) -> Value {
        Value::Object(self.json.clone())
    }

    /// The ratios as lines of a Markdown table.
    pub fn table(&self) -> String {
        self.lines
            .iter()
            .map(|line| {
                let Line { what, unit, engine, peer, against } = line;
                format!(
                    "| {what} | {engine:.2} {unit} | {peer:.2} {unit} | {against} | {:.2} |\n",
                    line.ratio()
                )
            })
            .collect()
    }
}

/// The head of the table of ratios.
pub const TABLE: &str =
    "| work | engine | peer | which peer | engine / peer |\n|---|--:|--:|---|--:|\n";

/// The benchmarks; `all` runs every one.
pub const NAMES: [&str; 12] = [
    "move",
    "order",
    "import",
    "call",
    "report",
    "score",
    "assign",
    "capture",
    "dedupe",
    "dashboard",
    "view360",
    "forecast",
];

/// Runs one benchmark.
///
/// # Errors
///
/// An unknown name; whatever a store or a file reports; answers of the two sides that differ.
pub fn run(name: &str, options: &Options) -> Result<Findings, Failure> {
    match name {
        "move" => moves::run(options),
        "order" => order::run(options),
        "import" => import::run(options),
        "call" => call::run(options),
        "report" => report::run(options),
        "score" => score::run(options),
        "assign" => assign::run(options),
        "capture" => capture::run(options),
        "dedupe" => dedupe::run(options),
        "dashboard" => dashboard::run(options),
        "view360" => view360::run(options),
        "forecast" => forecast::run(options),
        other => Err(format!("no benchmark is called {other}: {}", NAMES.join(", ")).into()),
    }
}

/// What the figures depend on: the machine as far as the system tells.
pub fn machine() -> Value {
    let read = |path: &str| std::fs::read_to_string(path).unwrap_or_default();
    let cpu = read("/proc/cpuinfo");
    let model = cpu.lines().find(|line| line.starts_with("model name"));
    let model = model.and_then(|line| line.split(": ").nth(1)).unwrap_or("unknown");
    json!({
        "cpu": model,
        "cores": std::thread::available_parallelism().map_or(0, usize::from),
        "kernel": read("/proc/sys/kernel/osrelease").trim(),
        "sqlite": rusqlite::version(),
        "load": load(),
    })
}

/// A folder that is gone when the benchmark is.
struct Scratch(PathBuf);

impl Scratch {
    fn new(options: &Options) -> Result<Self, Failure> {
        static COUNT: AtomicU32 = AtomicU32::new(0);
        let number = COUNT.fetch_add(1, Ordering::Relaxed);
        let path = options.folder.join(format!("crm-bench-{}-{number}", std::process::id()));
        std::fs::create_dir_all(&path)?;
        Ok(Self(path))
    }

    fn file(&self, name: &str) -> PathBuf {
        self.0.join(name)
    }
}

impl AsRef<Path> for Scratch {
    fn as_ref(&self) -> &Path {
        &self.0
    }
}

impl Drop for Scratch {
    fn drop(&mut self) {
        // Whatever stays is in a folder for what may be thrown away.
        drop(std::fs::remove_dir_all(&self.0));
    }
}
