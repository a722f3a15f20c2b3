//! `crm import`: the files of another system, by a plan. Nothing is written before the plan fits every file and every
//! file can be read to its end; every row is then stored, left out by the plan, or rejected with its reasons.

mod given;
mod job;
mod keys;
mod rejects;
mod suggest;
mod summary;

use std::path::PathBuf;
use std::sync::Arc;

use clap::Args;
use crm_core::engine::{CallOptions, Error};
use crm_core::import::{Dialect, ENTITIES, FilePlan, Loss, Mapping, Plan, PlanFault, Shelf};
use crm_core::store::{MemoryStore, Store};
use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};

use crate::failure::Failure;
use crate::host::{Format, Host, HostArgs, open_file};
use given::Given;
use job::Job;
use rejects::Rejects;
use summary::Summary;

#[derive(Args)]
pub(crate) struct ImportArgs {
    /// How the files become records
    #[arg(long, required_unless_present = "suggest", conflicts_with = "suggest")]
    plan: Option<PathBuf>,
    /// Print a plan that fits the files, proposed from their headings and values; nothing is imported
    #[arg(long)]
    suggest: bool,
    /// What the files' bytes are written in, such as gb18030, whatever the plan says and the bytes look like
    #[arg(long, value_name = "NAME")]
    encoding: Option<String>,
    /// Refuse where the plan loses something of the files
    #[arg(long)]
    strict: bool,
    /// The files; the plan knows them by name
    #[arg(required = true, value_name = "FILE")]
    files: Vec<PathBuf>,
    /// Do all of it to a copy of the store that is thrown away, and say what would happen
    #[arg(long)]
    dry_run: bool,
    /// Where rejected rows go: mend them there and import that file by the same plan
    #[arg(long, value_name = "FILE")]
    rejects: Option<PathBuf>,
}

pub(crate) fn run(args: &HostArgs, import: &ImportArgs) -> Result<(), Failure> {
    let encoding = import.encoding()?;
    let Some(plan) = &import.plan else {
        return suggest::run(args, &import.files, encoding);
    };
    let text = std::fs::read_to_string(plan).map_err(|error| Failure::file(plan, error))?;
    let scratch = if import.dry_run { Some(Scratch::of(args)?) } else { None };
    let file = match &scratch {
        Some(_) => None,
        None => args.file()?.map(|file| open_file(file, true)).transpose()?.map(Arc::new),
    };
    let host = match (&scratch, &file) {
        (Some(scratch), _) => args.host(scratch.open()?)?,
        (None, Some(file)) => args.host(Arc::clone(file) as Arc<dyn Store>)?,
        (None, None) => args.open()?,
    };
    let how = How {
        rejects: import.rejects.as_deref(),
        dry_run: import.dry_run,
        strict: import.strict,
        encoding,
        named: false,
        told: args.format != Some(Format::Json),
    };
    let summary = import_files(&host, args, &text, &import.files, &how)?;
    if let Some(file) = file {
        file.finish_load().map_err(Error::from)?;
    }
    if args.format == Some(Format::Json) {
        println!("{:#}", summary.json());
    } else {
        print!("{}", summary.text());
    }
    match summary.unseen_rejections(import.rejects.is_some()) {
        [] => Ok(()),
        seen => Err(Failure::of(
            "import.rows_rejected",
            format!("{} rows were rejected; --rejects FILE keeps them", summary.totals().rejected),
            seen,
        )),
    }
}

impl ImportArgs {
    fn encoding(&self) -> Result<Option<&'static encoding_rs::Encoding>, Failure> {
        let Some(label) = &self.encoding else { return Ok(None) };
        match Dialect::encoding_named(label) {
            Some(encoding) => Ok(Some(encoding)),
            None => Err(Failure::Usage(format!(
                "--encoding: {label} is no encoding; utf-8, gb18030, utf-16le are"
            ))),
        }
    }
}

/// How files are imported, besides the plan.
#[derive(Default)]
pub(crate) struct How<'a> {
    /// Where rejected rows go.
    pub(crate) rejects: Option<&'a std::path::Path>,
    /// Whether the store is one that is thrown away.
    pub(crate) dry_run: bool,
    /// Whether a plan that loses something is refused.
    pub(crate) strict: bool,
    /// What the files' bytes are written in.
    pub(crate) encoding: Option<&'static encoding_rs::Encoding>,
    /// Whether the summary tells the ids of what was stored.
    pub(crate) named: bool,
    /// Whether what is lost is printed before the first row is stored.
    pub(crate) told: bool,
}

/// Where a dry run happens: a copy of the store that is thrown away, or memory.
struct Scratch(Option<PathBuf>);

impl Scratch {
    fn of(args: &HostArgs) -> Result<Self, Failure> {
        let place = args.store.as_deref().and_then(|uri| uri.strip_prefix("sqlite:"));
        let file = place.map(|place| place.split_once('?').map_or(place, |(file, _)| file));
        let Some(file) = file.map(PathBuf::from).filter(|file| file.exists()) else {
            return Ok(Self(None));
        };
        let copy = std::env::temp_dir().join(format!("crm-dry-run-{}.db", std::process::id()));
        let store = open_file(file, false)?;
        crate::backup::copy(&store, &copy)?;
        Ok(Self(Some(copy)))
    }

    fn open(&self) -> Result<Arc<dyn Store>, Failure> {
        Ok(match &self.0 {
            Some(copy) => Arc::new(open_file(copy, false)?),
            None => Arc::new(MemoryStore::default()),
        })
    }
}

impl Drop for Scratch {
    fn drop(&mut self) {
        for end in ["", "-wal", "-shm"] {
            if let Some(copy) = &self.0 {
                let mut path = copy.clone().into_os_string();
                path.push(end);
                // Whatever stays is in the folder for what may be thrown away.
                drop(std::fs::remove_file(path));
            }
        }
    }
}

/// Imports files by the text of a plan.
pub(crate) fn import_files(
    host: &Host,
    args: &HostArgs,
    plan: &str,
    files: &[PathBuf],
    how: &How<'_>,
) -> Result<Summary, Failure> {
    let zone = args.zone.unwrap_or(chrono_tz::Tz::UTC);
    let plan = Plan::parse(plan, zone).map_err(|faults| wrong_plan(&faults))?;
    let given = given::all(files, how.encoding)?;
    let unplanned: Vec<PlanFault> = given
        .iter()
        .filter(|file| !plan.reads(&file.name))
        .map(|file| PlanFault::new("plan.file.unplanned", "file", &file.name))
        .collect();
    if !unplanned.is_empty() {
        return Err(wrong_plan(&unplanned));
    }
    let pairs = in_order(&plan, &given);
    let shelf = shelf(&plan, &pairs, &given)?;
    let mut jobs = Vec::new();
    let mut faults = Vec::new();
    for (file, given) in pairs {
        let rows = given.open(&file.dialect)?;
        let encoding = rows.encoding();
        match Mapping::bind(&plan, file, (&given.name, rows.header()), &shelf) {
            Ok(mapping) => jobs.push(Job::new(given, mapping, encoding, how.named)),
            Err(wrong) => faults.extend(wrong),
        }
    }
    if !faults.is_empty() {
        return Err(wrong_plan(&faults));
    }
    let (mut total, mut losses) = (0, Vec::new());
    for job in &jobs {
        let (rows, lost) = job.count()?;
        total += rows;
        losses.push(lost);
    }
    let losses = together(&jobs, losses);
    if how.strict && !losses.is_empty() {
        let count = losses.len();
        let message =
            format!("the plan loses {count} things of the files, and --strict allows none");
        return Err(Failure::of("import.loses_data", message, &losses));
    }
    if how.told {
        losses.iter().for_each(|loss| println!("loses: {}", summary::lost(loss)));
    }
    let mut rejects = Rejects::open(how.rejects, &jobs)?;
    prepare(host, &plan)?;
    let progress = progress(total);
    // All files are one import, undone as one.
    let mut import = None;
    for job in &mut jobs {
        progress.set_message(job.name());
        job.import = import.take();
        job.run(host, &mut rejects, &progress)?;
        import = job.import;
    }
    progress.finish_and_clear();
    let rejected = rejects.finish()?;
    let summary = Summary::of(&plan.source, how.dry_run, &jobs, losses, rejected)
        .undone_by(import.map(|import| import.to_string()));
    match summary.unaccounted() {
        None => Ok(summary),
        Some(file) => Err(Failure::new(
            "engine.internal",
            format!("{file}: rows read and rows accounted for differ"),
        )),
    }
}

/// All that is lost; a column only where no entry of the plan reads it.
fn together(jobs: &[Job<'_>], losses: Vec<Vec<Loss>>) -> Vec<Loss> {
    let read_by_another = |loss: &Loss| {
        jobs.iter().any(|job| {
            job.mapping.file_name() == loss.file && !job.mapping.unmapped().contains(&loss.column)
        })
    };
    let mut all: Vec<Loss> = Vec::new();
    for loss in losses.into_iter().flatten() {
        let column = loss.kind == "column";
        let twice = |other: &Loss| {
            other.kind == "column" && other.file == loss.file && other.column == loss.column
        };
        if !(column && (read_by_another(&loss) || all.iter().any(twice))) {
            all.push(loss);
        }
    }
    all
}

fn wrong_plan(faults: &[PlanFault]) -> Failure {
    let first = faults.first().map(|fault| format!(": {} at {}", fault.code, fault.path));
    let message = format!("{} mistakes in the plan{}", faults.len(), first.unwrap_or_default());
    Failure::of("plan.invalid", message, faults)
}

/// Which entry of the plan reads which file, so that links point at what is already there.
fn in_order<'a>(plan: &'a Plan, given: &'a [Given]) -> Vec<(&'a FilePlan, &'a Given)> {
    let mut pairs: Vec<(&FilePlan, &Given)> = Vec::new();
    for file in given {
        let entries = plan.files_named(&file.name);
        pairs.extend(
            entries.filter(|entry| file.is_for(entry.entity.name)).map(|entry| (entry, file)),
        );
    }
    let rank =
        |entry: &FilePlan| ENTITIES.iter().position(|entity| entity.name == entry.entity.name);
    pairs.sort_by_key(|(entry, _)| rank(entry));
    pairs
}

/// Reads the files that others look into.
fn shelf(plan: &Plan, pairs: &[(&FilePlan, &Given)], given: &[Given]) -> Result<Shelf, Failure> {
    let mut shelf = Shelf::default();
    for (entry, file) in pairs {
        let own = &entry.sheet;
        let lookups = entry.children.values().flat_map(|child| child.sheet.lookups.values());
        for lookup in own.lookups.values().chain(lookups) {
            if shelf.lookup(&lookup.file, &lookup.by).is_none()
                && let Some(found) = given::one_named(given, &lookup.file, None)?
            {
                let rows = found.open(&dialect(plan, &found.name))?;
                let table = crm_core::import::LookupTable::load(&found.name, &lookup.by, rows);
                let table = table.map_err(|error| given::unreadable(&found.name, &error))?;
                shelf.add_lookup(&lookup.file, &lookup.by, table);
            }
        }
        for child in entry.children.values() {
            if shelf.children(&child.file, &child.parent).is_none()
                && let Some(found) = given::one_named(given, &child.file, Some(file))?
            {
                let rows = found.open(&dialect(plan, &found.name))?;
                let table = crm_core::import::ChildTable::load(&found.name, &child.parent, rows);
                let table = table.map_err(|error| given::unreadable(&found.name, &error))?;
                shelf.add_children(&child.file, &child.parent, table);
            }
        }
    }
    Ok(shelf)
}

fn dialect(plan: &Plan, name: &str) -> crm_core::import::Dialect {
    plan.files_named(name).next().map(|entry| entry.dialect.clone()).unwrap_or_default()
}

/// Custom fields and operations of the plan, once for each request: a second import finds them done.
fn prepare(host: &Host, plan: &Plan) -> Result<(), Failure> {
    let operations = plan
        .operations
        .iter()
        .map(|step| (step.op.as_str(), &step.request, step.accept.as_slice()));
    let custom = plan.custom_fields.iter();
    let custom = custom.map(|field| ("custom_field.define", &field.request, &[][..]));
    for (op, request, accept) in operations.chain(custom) {
        let request = serde_json::to_vec(request)?;
        let key = format!("import {} {op} {}", plan.source, String::from_utf8_lossy(&request));
        let options = CallOptions { key: Some(&key), ..CallOptions::default() };
        match host.session.call(&host.env()?, op, &request, &options) {
            Err(error) if !accept.iter().any(|code| code == error.code()) => {
                return Err(error.into());
            }
            Ok(_) | Err(_) => {}
        }
    }
    Ok(())
}

fn progress(total: u64) -> ProgressBar {
    let bar = ProgressBar::with_draw_target(Some(total), ProgressDrawTarget::stderr());
    let style = ProgressStyle::with_template(
        "{msg:24} [{bar:40}] {human_pos}/{human_len} rows, {per_sec}, {eta}",
    );
    bar.with_style(style.unwrap_or_else(|_| ProgressStyle::default_bar()).progress_chars("=> "))
}
