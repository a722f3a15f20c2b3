//! The dashboard: ten questions over generated deals and their moves, through the public API.
//!
//! The facts are built from a store whose deals, moves and lines are generated while they are read, so `build_ms` is what
//! the engine makes of rows that cost nothing; beside it stands a sample in a SQLite file, with a bare read of the same
//! columns. The pass counts everything anew from the columns (`warm_ms_*`), a question alone reads its own (`questions`); a
//! refresh is a commit of others, then [`look_at_facts`] and the whole dashboard from kept counters, which is compared
//! with a pass. `change_us` is the part of it that learns of the commit.

mod deals;
mod store;

use std::io::{BufRead as _, BufWriter, Write as _};
use std::path::Path;
use std::sync::Arc;
use std::time::Instant;

use chrono_tz::Tz;
use crm_core::analytics::{
    Dashboard, DashboardAsk, Facts, Keys, Question, Questions, Spread, WinCount,
};
use crm_core::api::{SeenFacts, look_at_facts};
use crm_core::store::Store;
use crm_sqlite::SqliteStore;
use serde_json::{Value, json};
use uuid::Uuid;

use crate::data::Host;
use crate::measure::{Cost, Series, load, ms, rounded, us};
use crate::{Failure, Findings, Line, Options, Scratch};
use deals::{Deals, NOW};
use store::Generated;

/// Deals of the sample that is stored in a file.
const SAMPLE: usize = 50_000;
/// Deals that change at once, and, in the first round, one after another.
const MANY: usize = 1000;

/// Runs the benchmark; [`Options::rows`] is the deals, a million where nothing is said.
///
/// # Errors
///
/// What a store reports; kept counters that differ from a pass.
pub fn run(options: &Options) -> Result<Findings, Failure> {
    let rows = usize::try_from(options.rows_or(1_000_000))?;
    let threads = options.threads.unwrap_or(2);
    let data = Arc::new(Deals::generate(rows, options.seed));
    let store = Arc::new(Generated::new(Arc::clone(&data)));
    let mut host = Host::new(Arc::clone(&store) as Arc<dyn Store>);
    store.found(&mut host)?;
    let ask = DashboardAsk { threads, ..DashboardAsk::new(Tz::UTC, i64::from(NOW)) };
    let env = host.env()?;
    let (bytes, build) =
        Cost::of(|| look_at_facts(&host.session, &env, |seen| seen.facts().bytes()));
    let (deal_bytes, move_bytes) = bytes?;
    let mut json = serde_json::Map::new();
    let mut put = |key: &str, value: Value| {
        json.insert(key.to_owned(), value);
    };
    put("rows", json!(rows));
    put("moves", json!(data.moves()));
    put("threads", json!(threads));
    put("build_ms", json!(rounded(ms(build.wall))));
    put("build_cpu_ms", json!(rounded(ms(build.cpu))));
    put("bytes", json!(deal_bytes + move_bytes));
    put("bytes_a_deal", json!(rounded(deal_bytes as f64 / rows as f64)));
    put("bytes_a_move", json!(rounded(move_bytes as f64 / data.moves() as f64)));
    if let Some(folder) = &options.export {
        std::fs::create_dir_all(folder)?;
        data.export(folder)?;
        let answers = seen(&host, &env, |seen| answers(&seen, &seen.counted_anew(&ask)))?;
        std::fs::write(folder.join("answers.json"), answers.to_string())?;
    }
    let is_same = seen(&host, &env, |seen| {
        let all = answers(&seen, &seen.counted_anew(&ask));
        Question::ALL.iter().all(|question| {
            let ask = DashboardAsk { questions: Questions::of(*question), ..ask };
            let alone = answers(&seen, &seen.counted_anew(&ask));
            keys_of(*question).iter().all(|key| alone[key] == all[key])
        })
    })?;
    if !is_same {
        return Err("a question alone is answered otherwise than among all".into());
    }
    if options.serve {
        return serve(&host, &env, &ask, options).map(|()| nothing());
    }
    let (mut one, mut all, mut cpu, mut band) = <(Series, Series, Series, Series)>::default();
    let mut alone: Vec<(Question, Series)> =
        Question::ALL.iter().map(|question| (*question, Series::default())).collect();
    let probe = Probe::new();
    for _ in 0..options.rounds {
        for (question, series) in &mut alone {
            let ask = DashboardAsk { questions: Questions::of(*question), ..ask };
            let cost = seen(&host, &env, |seen| Cost::of(|| seen.counted_anew(&ask)).1)?;
            series.push(ms(cost.wall));
        }
        for (threads, series) in [(1, &mut one), (threads, &mut all)] {
            let ask = DashboardAsk { threads, ..ask };
            let cost = seen(&host, &env, |seen| Cost::of(|| seen.counted_anew(&ask)).1)?;
            series.push(ms(cost.wall));
            if threads != 1 || options.threads == Some(1) {
                cpu.push(ms(cost.cpu));
            }
        }
        band.push(probe.gigabytes_a_second(threads));
    }
    let limit = |(deal, step): (usize, usize)| {
        (rows * deal + data.moves() * step) as f64 / band.at(1.0) / 1e6
    };
    let questions: Value = alone
        .iter()
        .map(|(question, series)| {
            let limit = limit(bytes_of(*question));
            let figures = json!({
                "ms_min": rounded(series.min()),
                "ms_median": rounded(series.median()),
                "limit_ms": rounded(limit),
                "times_limit": rounded(series.min() / limit),
            });
            (question.code(), figures)
        })
        .collect();
    put("questions", questions);
    let limit = limit(ALL_BYTES);
    put("warm_ms_min", json!(rounded(all.min())));
    put("warm_ms_median", json!(rounded(all.median())));
    put("warm_1_thread_ms_min", json!(rounded(one.min())));
    put("warm_cpu_ms", json!(rounded(cpu.min())));
    put("bandwidth_gb_s", json!(rounded(band.at(1.0))));
    put("limit_ms", json!(rounded(limit)));
    put("times_limit", json!(rounded(all.min() / limit)));

    let kept = Instant::now();
    look_at_facts(&host.session, &env, |mut seen| seen.keep_dashboard(Tz::UTC))?;
    put("keep_ms", json!(rounded(ms(kept.elapsed()))));
    let mut reads = Series::default();
    for _ in 0..200 {
        reads.push(us(seen(&host, &env, |seen| Cost::of(|| seen.dashboard(&ask)).1.wall)?));
    }
    put("read_us", json!(rounded(reads.median())));
    let (mut single, mut change, mut many) = <(Series, Series, Series)>::default();
    for round in 0..options.rounds.max(3) {
        store.wake(MANY + 1, round)?;
        refreshed(&mut host, &ask)?;
        for at in 0..if round == 0 { MANY } else { 1 } {
            store.advance(at..at + 1)?;
            let env = host.env()?;
            let begin = Instant::now();
            let found = look_at_facts(&host.session, &env, |seen| {
                change.push(us(begin.elapsed()));
                seen.dashboard(&ask)
            })?;
            single.push(us(begin.elapsed()));
            if found.stages.is_empty() {
                return Err("a dashboard without deals".into());
            }
        }
        if round == 0 {
            continue;
        }
        store.advance(1..MANY + 1)?;
        many.push(ms(refreshed(&mut host, &ask)?));
    }
    let same = seen(&host, &env, |seen| seen.dashboard(&ask) == seen.counted_anew(&ask))?;
    if !same {
        return Err("kept counters differ from a pass".into());
    }
    put("change_us", json!(rounded(change.median())));
    put("change_us_min", json!(rounded(change.min())));
    put("refresh_1_us", json!(rounded(single.median())));
    put("refresh_1_us_min", json!(rounded(single.min())));
    put("refresh_1000_ms", json!(rounded(many.median())));
    put("refresh_1000_ms_min", json!(rounded(many.min())));
    let sample = sample(options)?;
    put("sqlite_rows", json!(SAMPLE.min(rows)));
    put("sqlite_build_ms", json!(rounded(sample.0)));
    put("sqlite_bare_read_ms", json!(rounded(sample.1)));
    put("load", json!(load()));
    let lines = vec![
        Line {
            what: format!("dashboard of {rows} deals, {threads} threads"),
            unit: "ms",
            engine: all.min(),
            peer: limit,
            against: format!("reading the columns at {:.1} GB/s, same run", band.at(1.0)),
        },
        Line {
            what: format!("facts built from SQLite, {} deals", SAMPLE.min(rows)),
            unit: "ms",
            engine: sample.0,
            peer: sample.1,
            against: "bare read of the same columns".to_owned(),
        },
    ];
    Ok(Findings { name: "dashboard", lines, json })
}

/// What the pass reads of a deal and of a move: six codes, amount, two seconds and a day; step and second.
const ALL_BYTES: (usize, usize) = (6 + 8 + 4 + 4 + 2, 1 + 4);

/// What a question alone reads of a deal and of a move.
const fn bytes_of(question: Question) -> (usize, usize) {
    match question {
        Question::Stages => (1 + 8, 0),
        Question::Transitions => (0, 1),
        Question::Reached => (1, 0),
        Question::WinRates => (5, 0),
        Question::Cycle => (1 + 4 + 4, 0),
        Question::Won | Question::Stale => (1 + 4 + 8, 0),
        Question::Forecast => (1 + 2 + 8, 0),
        Question::Top => (1 + 1 + 8, 0),
        Question::Dwell => (0, ALL_BYTES.1),
    }
}

fn nothing() -> Findings {
    Findings { name: "dashboard", lines: Vec::new(), json: Default::default() }
}

fn seen<T>(
    host: &Host,
    env: &crm_core::engine::Env,
    look: impl FnOnce(SeenFacts<'_>) -> T,
) -> Result<T, Failure> {
    Ok(look_at_facts(&host.session, env, look)?)
}

/// What others wrote is read, and the whole dashboard: how long both take.
fn refreshed(host: &mut Host, ask: &DashboardAsk) -> Result<std::time::Duration, Failure> {
    let env = host.env()?;
    let begin = Instant::now();
    let found = look_at_facts(&host.session, &env, |seen| seen.dashboard(ask))?;
    let time = begin.elapsed();
    if found.stages.is_empty() { Err("a dashboard without deals".into()) } else { Ok(time) }
}

/// A sample in a SQLite file: milliseconds to build the facts, and to read the same columns.
fn sample(options: &Options) -> Result<(f64, f64), Failure> {
    let scratch = Scratch::new(options)?;
    let rows = SAMPLE.min(usize::try_from(options.rows_or(1_000_000))?);
    let data = Arc::new(Deals::generate(rows, options.seed));
    let generated = Generated::new(data);
    let path = scratch.file("deals.db");
    let file = Arc::new(SqliteStore::open(&path)?);
    let mut host = Host::new(Arc::clone(&file) as Arc<dyn Store>);
    generated.found(&mut host)?;
    generated.copy_to(&*file)?;
    let (mut build, mut bare) = <(Series, Series)>::default();
    for _ in 0..options.rounds.clamp(1, 5) {
        let mut fresh = Host::new(Arc::clone(&file) as Arc<dyn Store>);
        let env = fresh.env()?;
        let (deals, cost) =
            Cost::of(|| look_at_facts(&fresh.session, &env, |seen| seen.facts().len()));
        if deals? != rows {
            return Err("the sample was not stored whole".into());
        }
        build.push(ms(cost.wall));
        let (read, cost) = Cost::of(|| store::bare_read(&*file));
        read?;
        bare.push(ms(cost.wall));
    }
    Ok((build.min(), bare.min()))
}

/// One line in (`pass THREADS`, `ask QUESTION THREADS`, `kept`, `band`), one line out (wall and CPU milliseconds, or GB/s), so that a driver can
/// take turns with peers.
fn serve(
    host: &Host,
    env: &crm_core::engine::Env,
    ask: &DashboardAsk,
    options: &Options,
) -> Result<(), Failure> {
    let probe = Probe::new();
    look_at_facts(&host.session, env, |mut seen| seen.keep_dashboard(Tz::UTC))?;
    println!("ready");
    for line in std::io::stdin().lock().lines() {
        let line = line?;
        let mut words = line.split_whitespace();
        match words.next() {
            Some("pass") => {
                let threads = words.next().and_then(|n| n.parse().ok()).unwrap_or(1);
                let ask = DashboardAsk { threads, ..*ask };
                let cost = seen(host, env, |seen| Cost::of(|| seen.counted_anew(&ask)).1)?;
                println!("{:.4} {:.4}", ms(cost.wall), ms(cost.cpu));
            }
            Some("ask") => {
                let question: Question =
                    words.next().unwrap_or_default().parse().map_err(|_| "no such question")?;
                let threads = words.next().and_then(|n| n.parse().ok()).unwrap_or(1);
                let ask = DashboardAsk { threads, questions: Questions::of(question), ..*ask };
                let cost = seen(host, env, |seen| Cost::of(|| seen.counted_anew(&ask)).1)?;
                println!("{:.4} {:.4}", ms(cost.wall), ms(cost.cpu));
            }
            Some("kept") => {
                let cost = seen(host, env, |seen| Cost::of(|| seen.dashboard(ask)).1)?;
                println!("{:.4} {:.4}", ms(cost.wall), ms(cost.cpu));
            }
            Some("band") => {
                println!("{:.2}", probe.gigabytes_a_second(options.threads.unwrap_or(2)))
            }
            _ => break,
        }
    }
    Ok(())
}

/// How fast memory can be read.
struct Probe(Vec<u64>);

impl Probe {
    fn new() -> Self {
        Self((0..1 << 25).collect())
    }

    fn gigabytes_a_second(&self, threads: usize) -> f64 {
        let begin = Instant::now();
        let part = self.0.len() / threads.max(1);
        std::thread::scope(|scope| {
            let parts: Vec<_> =
                self.0.chunks(part.max(1)).map(|part| scope.spawn(|| summed(part))).collect();
            for part in parts {
                std::hint::black_box(part.join().unwrap_or(0));
            }
        });
        (self.0.len() * 8) as f64 / 1e9 / begin.elapsed().as_secs_f64()
    }
}

fn summed(words: &[u64]) -> u64 {
    let mut sums = [0_u64; 16];
    for chunk in words.chunks_exact(16) {
        for (sum, word) in sums.iter_mut().zip(chunk) {
            *sum = sum.wrapping_add(*word);
        }
    }
    sums.iter().fold(0, |sum, more| sum.wrapping_add(*more))
}

/// Where the answer to a question stands among all.
const fn keys_of(question: Question) -> &'static [&'static str] {
    match question {
        Question::Stages => &["stage"],
        Question::Transitions => &["funnel"],
        Question::Reached => &["reach"],
        Question::WinRates => &["owner", "region", "source", "product"],
        Question::Cycle => &["cycle"],
        Question::Won => &["won_month"],
        Question::Forecast => &["forecast"],
        Question::Top => &["top20"],
        Question::Dwell => &["dwell"],
        Question::Stale => &["stale"],
    }
}

/// The answers with the numbers that the exported columns have.
fn answers(seen: &SeenFacts<'_>, found: &Dashboard) -> Value {
    let (facts, keys) = (seen.facts(), seen.keys());
    let stage = |code: u32| number(stage_key(facts, keys, code));
    let [owners, regions, sources, products] = &found.wins;
    let of = |wins: &[WinCount], key: &dyn Fn(u32) -> Option<i64>| -> Value {
        wins.iter().map(|win| json!([key(win.code), win.won, win.lost])).collect()
    };
    let spread = |s: &Spread| {
        json!([
            s.count,
            s.sum as f64 / s.count.max(1) as f64,
            s.median as f64 / 100.0,
            s.p90 as f64 / 100.0
        ])
    };
    let login = |code: u32| facts.owner(code).and_then(|id: Uuid| number(keys.user(id).0));
    json!({
        "stage": found.stages.iter().map(|t| json!([stage(t.place), t.deals, t.minor as i64])).collect::<Value>(),
        "funnel": found.transitions.iter().map(|t| json!([if t.from == 0 { None } else { stage(t.from) }, stage(t.to), t.moves])).collect::<Value>(),
        "reach": found.reached.iter().map(|(code, deals)| json!([stage(*code), deals])).collect::<Value>(),
        "owner": of(owners, &login),
        "region": of(regions, &|code| number(facts.region(code))),
        "source": of(sources, &|code| number(facts.source(code))),
        "product": of(products, &|code| facts.product(code).and_then(|id| number(keys.product(id).0))),
        "cycle": spread(&found.cycle),
        "won_month": found.won.iter().map(|t| json!([t.month.map(|day| day.to_string()), t.minor as i64])).collect::<Value>(),
        "forecast": found.forecast.iter().map(|t| json!([t.month.map(|day| day.to_string()), (t.minor / 100) as i64])).collect::<Value>(),
        "top20": found.top.iter().map(|t| json!([login(t.owner), t.minor as i64])).collect::<Value>(),
        "dwell": found.dwell.iter().map(|(code, s)| json!([stage(*code), s.sum as f64 / s.count as f64, s.p90 as f64 / 100.0])).collect::<Value>(),
        "stale": found.stale.iter().map(|t| json!([stage(t.place), t.deals, t.minor as i64])).collect::<Value>(),
    })
}

fn stage_key<'a>(facts: &Facts, keys: &'a dyn Keys, code: u32) -> &'a str {
    facts.stage(code).map_or("", |id| keys.stage(id).0)
}

/// The number at the end of a key of this benchmark.
fn number(key: &str) -> Option<i64> {
    key.rsplit('-').next()?.parse().ok()
}

/// Writes a file line by line.
fn lines(
    path: &Path,
    head: &str,
    mut each: impl FnMut(&mut dyn std::io::Write) -> std::io::Result<()>,
) -> std::io::Result<()> {
    let mut out = BufWriter::with_capacity(1 << 20, std::fs::File::create(path)?);
    writeln!(out, "{head}")?;
    each(&mut out)?;
    out.flush()
}
