//! The first page of a customer's overview: of one with few events beside one with many, on the same file.
//!
//! The peer is the engine itself, with a hundredth of the events: where the cost does not depend on their number, the ratio
//! is about 1. A tenth of the events are moves of a deal, the others dealings.

use std::hint::black_box;
use std::sync::Arc;

use crm_sqlite::SqliteStore;
use serde_json::{Value, json};

use crate::data::{self, Host};
use crate::measure::{Cost, Series, load, rounded};
use crate::{Failure, Findings, Line, Options, Scratch};

/// Calls that are timed as one.
const BLOCK: u32 = 20;

/// Operations in one batch while the data is made.
const BATCH: usize = 500;

/// Runs the benchmark; [`Options::rows`] is the events of the customer with many, 10,000 where nothing is said.
///
/// # Errors
///
/// What a store reports; a page that is not full.
pub fn run(options: &Options) -> Result<Findings, Failure> {
    let many = options.rows_or(10_000).max(100);
    let few = many / 100;
    let scratch = Scratch::new(options)?;
    let store = SqliteStore::open(scratch.file("view.db"))?;
    let mut host = Host::new(Arc::new(store));
    host.call("pipeline.template", &json!({"template": "basic"}))?;
    let small = customer(&mut host, few)?;
    let large = customer(&mut host, many)?;

    let mut findings = Findings { name: "view360", lines: Vec::new(), json: Default::default() };
    for op in ["customer.overview", "customer.timeline", "customer.pick_up"] {
        let (mut of_few, mut of_many) = <(Series, Series)>::default();
        for round in 0..options.rounds {
            for turn in [round % 2, 1 - round % 2] {
                let id = if turn == 0 { &small } else { &large };
                let request = json!({"id": id}).to_string();
                let env = host.env()?;
                let (done, cost) = Cost::of(|| {
                    (0..BLOCK).try_for_each(|_| {
                        data::called(&host.session, &env, op, request.as_bytes(), None)
                            .map(|answer| _ = black_box(answer))
                    })
                });
                done?;
                let millis = cost.wall.as_secs_f64() * 1e3 / f64::from(BLOCK);
                if turn == 0 { of_few.push(millis) } else { of_many.push(millis) }
            }
        }
        let (engine, peer) = (of_many.median(), of_few.median());
        findings.json.insert(op.to_owned(), json!({
            "events_many": many, "events_few": few, "many_ms": rounded(engine), "few_ms": rounded(peer),
            "many_ms_min": rounded(of_many.min()), "ratio": rounded(engine / peer),
        }));
        findings.lines.push(Line {
            what: format!("first page of {op}, {many} events"),
            unit: "ms",
            engine,
            peer,
            against: format!("the same, {few} events"),
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
