//! Every promise of the storage port as a test that any adapter can run.
//!
//! ```no_run
//! // tests/conformance.rs of the adapter's crate, with `harness = false`
//! use crm_core::store::MemoryStore;
//! crm_store_testkit::main(
//!     crm_store_testkit::Target::new("memory").fresh(|_dir| Box::new(MemoryStore::default())),
//! );
//! ```
//!
//! Four layers: named cases for each line of the contract, random programs compared with a naive model, threads whose
//! history is replayed through the model, and export and import against another store. What the kit itself is worth,
//! [`mutants`] says: stores that are wrong in one thing each, every one of which it must reject.

pub mod call;
pub mod cases;
pub mod data;
pub mod exchange;
pub mod model;
pub mod mutants;
pub mod program;
pub mod threads;

use std::cell::Cell;
use std::io::Write as _;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU64, Ordering};

use crm_core::store::{Batch, Store};

/// Makes or opens a store in a folder.
type Maker = Box<dyn Fn(&Path) -> Box<dyn Store>>;

/// An adapter under test: how its stores are made and opened.
pub struct Target {
    name: String,
    fresh: Option<Maker>,
    reopen: Option<Maker>,
    second_handle: bool,
}

impl Target {
    /// An adapter of that name.
    pub fn new(name: impl Into<String>) -> Self {
        Self { name: name.into(), fresh: None, reopen: None, second_handle: false }
    }

    /// Makes an empty store in an empty folder.
    #[must_use]
    pub fn fresh(mut self, make: impl Fn(&Path) -> Box<dyn Store> + 'static) -> Self {
        self.fresh = Some(Box::new(make));
        self
    }

    /// Opens the store in a folder again, after the handle before was dropped.
    #[must_use]
    pub fn reopen(mut self, open: impl Fn(&Path) -> Box<dyn Store> + 'static) -> Self {
        self.reopen = Some(Box::new(open));
        self
    }

    /// Two handles on one store may live at once.
    #[must_use]
    pub const fn second_handle(mut self, can: bool) -> Self {
        self.second_handle = can;
        self
    }

    /// Its name.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// A fresh store in a folder of its own, which goes when the handle goes.
    pub fn handle(&self) -> Handle<'_> {
        static COUNT: AtomicU64 = AtomicU64::new(0);
        let count = COUNT.fetch_add(1, Ordering::Relaxed);
        let dir = scratch().join(format!("crm-kit-{}-{count}", std::process::id()));
        let _ = std::fs::remove_dir_all(&dir);
        std::fs::create_dir_all(&dir).expect("the kit's scratch folder can be made");
        let make = self.fresh.as_ref().expect("a target says how fresh stores are made");
        let store = Some(make(&dir));
        Handle { target: self, dir, store }
    }
}

/// Where stores under test live: `CRM_KIT_DIR`, else memory where the system has such a folder.
fn scratch() -> PathBuf {
    let shm = PathBuf::from("/dev/shm");
    match std::env::var_os("CRM_KIT_DIR") {
        Some(dir) => PathBuf::from(dir),
        None if shm.is_dir() => shm,
        None => std::env::temp_dir(),
    }
}

/// A store under test and its folder.
pub struct Handle<'a> {
    target: &'a Target,
    dir: PathBuf,
    store: Option<Box<dyn Store>>,
}

impl Handle<'_> {
    /// The store.
    pub fn store(&self) -> &dyn Store {
        self.store.as_deref().expect("a handle has a store")
    }

    /// Closes and opens it, where the target can.
    pub fn reopen(&mut self) {
        if let Some(open) = &self.target.reopen {
            self.store = None;
            self.store = Some(open(&self.dir));
        }
    }

    /// Another handle on the same store, where two may live at once.
    pub fn second(&self) -> Option<Box<dyn Store>> {
        let open = self.target.reopen.as_ref().filter(|_| self.target.second_handle)?;
        Some(open(&self.dir))
    }
}

impl Drop for Handle<'_> {
    fn drop(&mut self) {
        self.store = None;
        let _ = std::fs::remove_dir_all(&self.dir);
    }
}

/// How much is run.
#[derive(Clone, Debug)]
pub struct Options {
    /// Only cases whose id contains this.
    pub filter: Option<String>,
    /// The first program's seed.
    pub seed: u64,
    /// Random programs.
    pub programs: u64,
    /// Steps in each.
    pub steps: usize,
    /// Rounds of threads.
    pub rounds: u64,
    /// Commits of each thread in a round.
    pub commits: usize,
}

impl Options {
    /// What runs with every change: 1,000 programs of 60 steps. `CRM_PROOF=full` makes it 100 times as much.
    pub fn from_env() -> Self {
        let full = std::env::var("CRM_PROOF").is_ok_and(|proof| proof == "full");
        let scale = if full { 100 } else { 1 };
        Self {
            filter: None,
            seed: 1,
            programs: 1000 * scale,
            steps: 60,
            rounds: 4 * scale,
            commits: 60,
        }
    }
}

/// How one case went.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Outcome {
    /// As promised.
    Passed,
    /// The store cannot be asked, and why; it is then conformant in part only.
    Skipped(&'static str),
    /// Not as promised.
    Failed(String),
}

/// What a run found.
#[derive(Clone, Debug)]
pub struct Report {
    /// The adapter.
    pub adapter: String,
    /// The first program's seed.
    pub seed: u64,
    /// Every case that ran, in order; programs, threads and exchange are the last three.
    pub cases: Vec<(String, Outcome)>,
    /// Programs that ran.
    pub programs: u64,
    /// Steps that were compared in them.
    pub calls: u64,
    /// Commits that threads made and that were replayed.
    pub commits: u64,
}

impl Report {
    /// How many cases had an outcome like this.
    pub fn count(&self, like: impl Fn(&Outcome) -> bool) -> usize {
        self.cases.iter().filter(|(_, outcome)| like(outcome)).count()
    }

    /// Whether nothing failed.
    pub fn passed(&self) -> bool {
        self.failed() == 0
    }

    /// How many failed.
    pub fn failed(&self) -> usize {
        self.count(|outcome| matches!(outcome, Outcome::Failed(_)))
    }

    /// How many were skipped.
    pub fn skipped(&self) -> usize {
        self.count(|outcome| matches!(outcome, Outcome::Skipped(_)))
    }

    /// What a team publishes: the kit's version, the seed, the figures, and each case that did not pass.
    pub fn json(&self) -> String {
        let case = |(id, outcome): &(String, Outcome)| match outcome {
            Outcome::Passed => None,
            Outcome::Skipped(why) => Some(serde_json::json!({"id": id, "skipped": why})),
            Outcome::Failed(why) => Some(serde_json::json!({"id": id, "failed": why})),
        };
        let level = match (self.failed(), self.skipped()) {
            (0, 0) => "full",
            (0, _) => "partial",
            _ => "none",
        };
        let json = serde_json::json!({
            "kit": env!("CARGO_PKG_VERSION"),
            "adapter": self.adapter,
            "conformance": level,
            "cases": self.cases.len(),
            "passed": self.count(|outcome| *outcome == Outcome::Passed),
            "skipped": self.skipped(),
            "failed": self.failed(),
            "seed": self.seed,
            "programs": self.programs,
            "calls_compared": self.calls,
            "commits_replayed": self.commits,
            "not_passed": self.cases.iter().filter_map(case).collect::<Vec<_>>(),
        });
        format!("{json:#}\n")
    }
}

thread_local! {
    /// Panics of cases are outcomes; the hook keeps quiet about them on this thread.
    static QUIET: Cell<bool> = const { Cell::new(false) };
}

/// What a piece of the kit finds, a panic being a failure like any other.
pub(crate) fn guarded(work: impl FnOnce() -> Result<(), String>) -> Result<(), String> {
    static HOOK: std::sync::Once = std::sync::Once::new();
    HOOK.call_once(|| {
        let before = std::panic::take_hook();
        std::panic::set_hook(Box::new(move |info| {
            if !QUIET.get() {
                before(info);
            }
        }));
    });
    let was = QUIET.replace(true);
    let result = catch_unwind(AssertUnwindSafe(work));
    QUIET.set(was);
    result.unwrap_or_else(|panic| {
        let text = panic.downcast_ref::<String>().map(String::as_str);
        let text = text.or_else(|| panic.downcast_ref::<&str>().copied());
        Err(format!("panicked: {}", text.unwrap_or("?")))
    })
}

/// Runs the kit and says how each part went, as it goes.
pub fn run_with(
    target: &Target,
    options: &Options,
    told: &mut dyn FnMut(&str, &Outcome),
) -> Report {
    let mut report = Report {
        adapter: target.name.clone(),
        seed: options.seed,
        cases: Vec::new(),
        programs: 0,
        calls: 0,
        commits: 0,
    };
    let wanted = |id: &str| options.filter.as_deref().is_none_or(|filter| id.contains(filter));
    let mut add = |report: &mut Report, id: &str, outcome: Outcome| {
        told(id, &outcome);
        report.cases.push((id.to_owned(), outcome));
    };
    for case in cases::CASES.iter().filter(|case| wanted(case.id)) {
        let outcome = cases::run(case, target);
        add(&mut report, case.id, outcome);
    }
    let outcome = |result: Result<(), String>| match result {
        Ok(()) => Outcome::Passed,
        Err(what) => Outcome::Failed(what),
    };
    if wanted("programs") {
        let mut calls = 0;
        let result = guarded(|| {
            program::run_many(target, options.seed, options.programs, options.steps, &mut calls)
                .map_err(|failure| format!("{failure:#?}"))
        });
        report.programs = options.programs;
        report.calls = calls;
        add(&mut report, "programs", outcome(result));
    }
    if wanted("threads") {
        let mut commits = 0;
        let result = guarded(|| {
            (0..options.rounds).try_for_each(|round| {
                threads::run(target, options.seed + round, options.commits, &mut commits)
            })
        });
        report.commits = commits;
        add(&mut report, "threads", outcome(result));
    }
    if wanted("exchange") {
        add(&mut report, "exchange", outcome(guarded(|| exchange::run(target, options.seed))));
    }
    report
}

/// Runs the kit.
pub fn run(target: &Target, options: &Options) -> Report {
    run_with(target, options, &mut |_, _| {})
}

/// The `main` of a test without harness: `--list`, or a filter; `CRM_KIT_SEED` for another seed. Writes
/// `conformance.json` where `CRM_KIT_REPORT` names a file; ends the process with 1 where anything failed.
pub fn main(target: Target) {
    if !run_main(&target) {
        std::process::exit(1);
    }
}

/// As [`main`], but says whether everything passed and goes on.
pub fn run_main(target: &Target) -> bool {
    let args: Vec<String> = std::env::args().skip(1).collect();
    if args.iter().any(|arg| arg == "--list") {
        for case in cases::CASES {
            println!("{}: test", case.id);
        }
        return true;
    }
    let mut options = Options::from_env();
    options.filter = args.into_iter().find(|arg| !arg.starts_with('-'));
    if let Some(seed) = std::env::var("CRM_KIT_SEED").ok().and_then(|seed| seed.parse().ok()) {
        options.seed = seed;
    }
    let started = std::time::Instant::now();
    let report = run_with(target, &options, &mut |id, outcome| {
        match outcome {
            Outcome::Passed => println!("test {id} ... ok"),
            Outcome::Skipped(why) => println!("test {id} ... skipped: {why}"),
            Outcome::Failed(why) => println!("test {id} ... FAILED\n{why}"),
        }
        let _ = std::io::stdout().flush();
    });
    println!(
        "\n{}: {} cases, {} failed, {} skipped; {} programs, {} calls compared, {} commits replayed; {:.1} s",
        report.adapter,
        report.cases.len(),
        report.failed(),
        report.skipped(),
        report.programs,
        report.calls,
        report.commits,
        started.elapsed().as_secs_f64(),
    );
    if let Some(path) = std::env::var_os("CRM_KIT_REPORT") {
        std::fs::write(path, report.json()).expect("the report can be written");
    }
    report.passed()
}

/// Applies one batch.
pub(crate) fn apply(
    store: &dyn Store,
    batch: &Batch,
) -> crm_core::store::StoreResult<crm_core::store::Applied> {
    let mut results = store.apply(std::slice::from_ref(batch));
    assert_eq!(results.len(), 1, "one batch, one answer");
    results.remove(0)
}
