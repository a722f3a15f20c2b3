//! The first page of a customer's overview: of one with few events beside one with many, on the same file.
//!
//! The peer is the engine itself, with a thousandth of the events: where the cost does not depend on their number, the ratio
//! is about 1. A tenth of the events are moves of a deal, the others dealings.

use std::hint::black_box;
use std::sync::Arc;

use crm_sqlite::SqliteStore;
use serde_json::{Map, Value, json};

use crate::data::{self, Host};
use crate::measure::{Cost, Series, load, rounded};
use crate::{Failure, Findings, Line, Options, Scratch};

/// Calls that are timed as one.
const BLOCK: u32 = 20;

/// Operations in one batch while the data is made.
const BATCH: usize = 500;

/// Events of the customers where nothing is said.
const SIZES: [u64; 4] = [100, 1_000, 10_000, 100_000];

/// Runs the benchmark; [`Options::rows`] is the events of the customer with many, beside one with a hundredth of them; 100,
/// 1,000, 10,000 and 100,000 where nothing is said.
///
/// # Errors
///
/// What a store reports; a page that is not full.
pub fn run(options: &Options) -> Result<Findings, Failure> {
    let sizes = match options.rows {
        Some(rows) => vec![rows.max(10_000) / 100, rows.max(10_000)],
        None => SIZES.to_vec(),
    };
    let scratch = Scratch::new(options)?;
    let store = SqliteStore::open(scratch.file("view.db"))?;
    let mut host = Host::new(Arc::new(store));
    host.call("pipeline.template", &json!({"template": "basic"}))?;
    let customers = sizes.iter().map(|events| customer(&mut host, *events));
    let customers = customers.collect::<Result<Vec<String>, _>>()?;

    let mut findings = Findings { name: "view360", lines: Vec::new(), json: Default::default() };
    for op in ["customer.overview", "customer.timeline", "customer.pick_up"] {
        let mut taken = vec![Series::default(); sizes.len()];
        for round in 0..options.rounds {
            for turn in 0..customers.len() {
                let at = (turn + round) % customers.len();
                let request = json!({"id": customers[at]}).to_string();
                let env = host.env()?;
                let (done, cost) = Cost::of(|| {
                    (0..BLOCK).try_for_each(|_| {
                        data::called(&host.session, &env, op, request.as_bytes(), None)
                            .map(|answer| _ = black_box(answer))
                    })
                });
                done?;
                taken[at].push(cost.wall.as_secs_f64() * 1e3 / f64::from(BLOCK));
            }
        }
        let pairs = sizes.iter().zip(&taken);
        let figures = pairs.map(|(events, series)| {
            let figures =
                json!({"ms_p50": rounded(series.median()), "ms_min": rounded(series.min())});
            (format!("{events} events"), figures)
        });
        let figures: Map<String, Value> = figures.collect();
        let (few, many) = (taken[0].median(), taken[taken.len() - 1].median());
        findings.json.insert(op.to_owned(), Value::Object(figures));
        findings.json.insert(format!("{op} ratio"), json!(rounded(many / few)));
        findings.lines.push(Line {
            what: format!("first page of {op}, {} events", sizes[sizes.len() - 1]),
            unit: "ms",
            engine: many,
            peer: few,
            against: format!("the same, {} events", sizes[0]),
        });
    }
    findings.json.insert("load".to_owned(), Value::from(load()));
    Ok(findings)
}

/// A customer with so many events.
fn customer(host: &mut Host, events: u64) -> Result<String, Failure> {
    let id_of = |answer: Value| answer["id"].as_str().unwrap_or_default().to_owned();
    let customer = id_of(host.call("customer.create", &json!({"name": format!("C {events}")}))?);
    let person = json!({"customer": customer, "name": "王伟", "phones": ["13800138000"]});
    let contact = id_of(host.call("contact.create", &person)?);
    let deal = id_of(host.call("opportunity.create", &json!({"customer": customer, "name": "D"}))?);
    let text = json!({"opportunity": deal, "text": "Less scrap"});
    host.call("need.record", &text)?;
    let promise = json!({"opportunity": deal, "text": "A sample", "due_on": "2026-12-31"});
    host.call("promise.make", &promise)?;
    let event = |at: u64| match at % 10 {
        0 => {
            let stage = if at.is_multiple_of(20) { "negotiation" } else { "contact" };
            json!({"op": "opportunity.advance", "request": {"id": deal, "stage": stage}})
        }
        _ => json!({"op": "activity.log", "request": {"kind": "call", "contact": contact,
            "opportunity": deal, "subject": "Follow-up", "content": "They ask for a sample."}}),
    };
    let all: Vec<u64> = (0..events).collect();
    for chunk in all.chunks(BATCH) {
        let operations: Vec<Value> = chunk.iter().map(|at| event(*at)).collect();
        host.call("batch", &json!({"operations": operations}))?;
    }
    let page = host.call("customer.timeline", &json!({"id": customer, "limit": 50}))?;
    if page["events"].as_array().map_or(0, Vec::len) < 50 {
        return Err("the timeline lacks events".into());
    }
    Ok(customer)
}
