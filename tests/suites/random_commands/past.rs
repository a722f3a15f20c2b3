//! What was known at an instant is what was told then, whatever was entered since: rule FT-5 (B03).

use std::sync::Arc;

use crm_core::store::{MemoryStore, Store};
use crm_core::value::Timestamp;
use crm_sqlite::{Durability, Options, SqliteStore};
use serde_json::{Value, json};

use super::{Bench, Command, Run, seed};
use crate::repository::Scratch;

/// What is asked: reports of both kinds of clocks, and lists page by page in several orders.
const ASKED: &[(&str, &str)] = &[
    ("report.overview", r#"{"by":["region","source"]}"#),
    ("report.funnel", "{}"),
    ("report.winrate", r#"{"by":["owner","team"]}"#),
    ("report.cycle", r#"{"by":["industry"]}"#),
    ("report.stages", "{}"),
    ("report.trend", r#"{"by":["customer"]}"#),
    ("report.trend", r#"{"by":["product"],"basis":"lines_exact"}"#),
    ("report.dashboard", "{}"),
    ("dashboard.extract", "{}"),
    ("report.rollup", "{}"),
    ("report.organisation", "{}"),
    ("report.changes", r#"{"by":["owner"]}"#),
    ("report.losses", "{}"),
    ("report.paths", "{}"),
    ("report.activity", "{}"),
    ("report.tasks", "{}"),
    ("report.exceptions", "{}"),
    ("report.forecast", "{}"),
    ("report.churn", "{}"),
    ("customer.list", r#"{"limit":7}"#),
    ("user.list", "{}"),
    ("product.list", r#"{"limit":3,"inactive":true}"#),
    ("pipeline.list", "{}"),
    ("settings.get", "{}"),
];

/// What was told at an instant.
struct Sample {
    at: i64,
    told: Vec<Value>,
}

fn asked(bench: &Bench, now: i64, op: &str, request: &Value) -> Value {
    let (op, actor) = (op.to_owned(), "owner".to_owned());
    let request = request.to_string().into_bytes();
    let step = u64::MAX - 1;
    let answer = bench.run(&Command { op, request, actor, key: None, now, step });
    match answer {
        Ok(answer) => serde_json::from_slice(&answer).unwrap(),
        Err(error) => json!({"refused": error.problem().code}),
    }
}

fn told(bench: &Bench, now: i64) -> Vec<Value> {
    let of = |(op, request): &(&str, &str)| {
        asked(bench, now, op, &serde_json::from_str(request).unwrap())
    };
    ASKED.iter().map(of).collect()
}

/// Asks a store at the end what was known at the instants of samples: how many records of all were not known any more.
fn agrees(bench: &Bench, now: i64, samples: &[Sample]) -> u64 {
    let mut untold = 0;
    for Sample { at, told } in samples {
        let instant = Timestamp::from_micros(*at).unwrap().to_string();
        for ((op, request), then) in ASKED.iter().zip(told) {
            let request: Value = serde_json::from_str(request).unwrap();
            let past = json!({"known_at": instant, "op": op, "request": request});
            let past = asked(bench, now, "past.call", &past);
            if past["untold"] != json!(0) && past["refused"].is_null() {
                untold += past["untold"].as_u64().unwrap();
                continue;
            }
            let known = if past["refused"].is_null() { &past["response"] } else { &past };
            assert_eq!(known, then, "{op} {request} as known at {instant}");
        }
    }
    untold
}

#[test]
fn what_was_known_at_an_instant_is_what_was_told_then() {
    let full = std::env::var("CRM_PROOF").is_ok_and(|what| what == "full");
    let (many, every) = if full { (20_000, 400) } else { (1_200, 150) };
    let seed = seed();
    let mut run = Run::new(seed);
    let (mut samples, mut pending): (Vec<Sample>, Option<Sample>) = (Vec::new(), None);
    let (mut head, mut last) = (run.bench.head(), run.world.now);
    for step in 1..=many {
        run.next(usize::MAX);
        let now = run.commands.last().unwrap().now;
        if run.bench.head() > head {
            (head, last) = (run.bench.head(), last.max(now));
            // Two commits of one instant are known at once: such an instant tells more than was told between them.
            samples.extend(pending.take().filter(|sample| last > sample.at));
        }
        if step % every == 0 {
            let at = last.max(now);
            pending = Some(Sample { at, told: told(&run.bench, at) });
        }
    }
    let end = last + 3_600_000_000;
    assert!(samples.len() >= 5, "seed {seed}: {} samples", samples.len());
    let untold = agrees(&run.bench, end, &samples);
    println!("seed {seed}: {} instants, {untold} records not known any more", samples.len());
    // The control: "true at", which the first clock tells, is not what was known.
    let differ = samples.iter().filter(|sample| {
        let instant = Timestamp::from_micros(sample.at).unwrap().to_string();
        asked(
            &run.bench,
            end,
            "report.overview",
            &json!({"as_of": instant, "by": ["region", "source"]}),
        ) != sample.told[0]
    });
    assert!(differ.count() * 2 > samples.len(), "seed {seed}: nothing was changed or back-dated");

    let folder = Scratch::new("past");
    let options = Options { durability: Durability::Normal, ..Options::default() };
    let sqlite = SqliteStore::open_with(folder.path("crm.db"), options).unwrap();
    let stores: [Arc<dyn Store>; 2] = [Arc::new(sqlite), Arc::new(MemoryStore::default())];
    for store in stores {
        let bench = Bench::over(store, seed);
        for command in &run.commands {
            let _ = bench.run(command);
        }
        agrees(&bench, end, &samples[samples.len() / 2..]);
    }
}
