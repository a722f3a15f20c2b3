//! `crm tour`: the main job, end to end, on a made-up company. It brings the files of an old system in, goes on selling
//! for the last three months, and leaves a store, the reports and a page.

mod leads;
mod live;
mod whole;

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Instant;

use chrono::{Days, NaiveDate, TimeZone as _};
use clap::Args;
use crm_core::engine::Error;
use crm_core::export::{
    self,
    document::{Label, Language},
};
use crm_core::store::Store;
use crm_core::value::Timestamp;
use crm_sqlite::{Durability, Options, SqliteStore};
use serde_json::{Value, json};

use crate::failure::Failure;
use crate::host::{Format, Host, HostArgs};
use crate::import::{How, import_files};
use crate::report::{self, outputs, outputs::Wanted};
use crate::sample::{INDUSTRIES, LOSS_REASONS, SIZES, SOURCES, Sample, write_files};

#[derive(Args)]
pub(crate) struct TourArgs {
    /// Where everything goes; made where it is not there
    #[arg(long, default_value = "crm-tour")]
    out: PathBuf,
}

/// The plan by which the files come in.
const PLAN: &str = include_str!("../../../plans/tour.toml");
/// The forms in which each report is left.
const FORMS: [(Format, &str); 4] =
    [(Format::Json, "json"), (Format::Csv, "csv"), (Format::Svg, "svg"), (Format::Xlsx, "xlsx")];
/// How many days before the last the company changed over to the engine.
const LIVE_DAYS: u64 = 90;

pub(crate) fn run(args: &HostArgs, TourArgs { out }: &TourArgs) -> Result<(), Failure> {
    let began = Instant::now();
    let data = out.join("data");
    std::fs::create_dir_all(&data).map_err(|error| Failure::file(&data, error))?;
    let store = out.join("crm.db");
    if store.exists() {
        return Err(Failure::file(
            &store,
            "there is a tour already; remove it or give another --out",
        ));
    }
    let uri = format!("sqlite:{}", store.display());
    let mut args = args.clone();
    let seed = *args.seed.get_or_insert(7);
    args.store = Some(uri.clone());
    // Made-up data need not survive a power failure; they shall be there soon.
    let options = Options { durability: Durability::Normal, ..Options::default() };
    let opened: Arc<dyn Store> =
        Arc::new(SqliteStore::open_with(&store, options).map_err(Error::from)?);
    let host = args.host(Arc::clone(&opened))?;
    let today = host.env()?.now.day_in(chrono_tz::Asia::Shanghai);
    let sample = Sample::new(seed, today);
    let cutover = today - Days::new(LIVE_DAYS);

    println!("1. A seller of industrial equipment changes over to the engine on {cutover}.");
    let files = write_files(&sample, cutover, &data)?;
    write(&out.join("plan.toml"), PLAN)?;
    host.set_now(at(cutover, 8)?);
    vocabulary(&host)?;
    let rejects = out.join("rejects.csv");
    let how = How { rejects: Some(&rejects), named: true, ..How::default() };
    let summary = import_files(&host, &args, PLAN, &files, &how)?;
    print!("{}", indented(&summary.text()));

    println!("2. It goes on working: {LIVE_DAYS} days of leads, moves and signatures.");
    let lived = live::live(&host, &sample, (cutover, today), summary.ids())?;
    print!("{}", indented(&lived));

    println!("3. Reports.");
    host.set_now(at(today, 20)?);
    let story = whole::told(&args, opened)?;
    let pages = reports(&host, &story, out)?;
    println!(
        "   {} reports as JSON, CSV, SVG and XLSX in {}",
        pages,
        out.join("reports").display()
    );
    let found = host.call("store.verify", &json!({}))?;
    let faults = found["faults"].as_array().map_or(0, Vec::len);
    println!("   verified: {} commits, {faults} faults", found["head"]);

    println!("Done in {:.1} s. Look at:", began.elapsed().as_secs_f64());
    println!("   {}", out.join("report.html").display());
    println!("   {} (a tenant of its own)", out.join("customer.html").display());
    println!("   {}", out.join("dashboard.html").display());
    println!("   crm report funnel --store {uri}");
    println!("   crm report winrate --by owner --store {uri}");
    println!("   crm schema");
    match faults {
        0 => Ok(()),
        _ => Err(Failure::new("store.unsound", format!("{faults} faults"))),
    }
}

/// An hour of a day in Shanghai.
pub(crate) fn at(day: NaiveDate, hour: u32) -> Result<Timestamp, Failure> {
    let local = day.and_hms_opt(hour, 0, 0);
    let time =
        local.and_then(|local| chrono_tz::Asia::Shanghai.from_local_datetime(&local).earliest());
    let time = time.and_then(|time| Timestamp::try_from(time.to_utc()).ok());
    time.ok_or_else(|| Failure::new("time.range", day.to_string()))
}

fn indented(text: &str) -> String {
    text.lines().map(|line| format!("   {line}\n")).collect()
}

fn write(path: &Path, bytes: impl AsRef<[u8]>) -> Result<(), Failure> {
    std::fs::write(path, bytes).map_err(|error| Failure::file(path, error))
}

/// The codes that the files use, and the process that deals follow.
fn vocabulary(host: &Host) -> Result<(), Failure> {
    let industries = INDUSTRIES.iter().map(|(code, name, _)| ("industry", *code, *name));
    let of = |scheme, list: &'static [(&str, &str)]| {
        list.iter().map(move |(code, name)| (scheme, *code, *name))
    };
    let all = industries.chain(of("size", SIZES)).chain(of("source", SOURCES));
    for (scheme, code, name) in all.chain(of("loss_reason", LOSS_REASONS)) {
        host.call("term.define", &json!({ "scheme": scheme, "code": code, "zh": name }))?;
    }
    let template: Value = json!({ "template": "full", "is_default": true, "language": "zh" });
    host.call("pipeline.template", &template)?;
    Ok(())
}

/// Every report in every form, and one page of all.
fn reports(host: &Host, story: &whole::Story, out: &Path) -> Result<usize, Failure> {
    let folder = out.join("reports");
    std::fs::create_dir_all(&folder).map_err(|error| Failure::file(&folder, error))?;
    let questions = [
        ("overview", "overview", json!({})),
        ("funnel", "funnel", json!({})),
        ("winrate", "winrate-by-owner", json!({ "by": ["owner"] })),
        ("winrate", "winrate-by-source", json!({ "by": ["source"] })),
        ("cycle", "cycle", json!({ "by": ["region"] })),
        ("trend", "trend", json!({ "grain": "month" })),
        ("tasks", "tasks", json!({})),
    ];
    let mut pages = Vec::new();
    for (name, file, query) in questions {
        let report = report::ask(host, name, &query)?;
        for (format, end) in FORMS {
            if format == Format::Svg && report.charts.is_empty() {
                continue;
            }
            let made = outputs::bytes(&report, &Wanted::all(format, Language::Zh))?;
            write(&folder.join(format!("{file}.{end}")), &made)?;
        }
        pages.push(report);
    }
    let count = pages.len();
    write(&out.join("customer.html"), export::page(&story.title, &story.pages, Language::Zh))?;
    // The page of all ends with everything about one customer.
    pages.extend(story.named());
    let title = Label::new("Sales report", "销售报告");
    write(&out.join("report.html"), export::page(&title, &pages, Language::Zh))?;
    let data = host.call("dashboard.extract", &json!({}))?;
    let page = export::dashboard_page(&serde_json::from_value(data)?, Language::Zh);
    write(&out.join("dashboard.html"), page)?;
    Ok(count)
}
