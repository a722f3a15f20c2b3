//! The story of one customer, from a card at a fair to a complaint that is closed: the same script that every host replays in
//! its tests, told to a tenant of its own beside the made-up company.

use std::sync::Arc;

use crm_core::api::script::{Defaults, run_line};
use crm_core::export::document::{Label, Report};
use crm_core::store::Store;
use crm_core::value::Timestamp;
use serde_json::{Value, json};

use crate::customer;
use crate::failure::Failure;
use crate::host::HostArgs;

const SCRIPT: &str = include_str!("../../../../tests/scenarios/whole.jsonl");

/// Whose data the story is.
const TENANT: u64 = 2;

/// One customer as pages.
pub(crate) struct Story {
    /// Who.
    pub(crate) title: Label,
    /// Everything about them, a part for each section.
    pub(crate) pages: Vec<Report>,
}

/// Tells the story, and what is then known of its customer.
pub(crate) fn told(args: &HostArgs, store: Arc<dyn Store>) -> Result<Story, Failure> {
    let mut args = args.clone();
    args.tenant = Some(TENANT);
    let house = args.host(store)?;
    let begin = Timestamp::from_micros(0)
        .map_err(|error| Failure::new("time.range", error.code.clone()))?;
    let defaults = Defaults { tenant: TENANT, ..Defaults::at(begin, 1) };
    let mut last = begin;
    for (number, line) in (1..).zip(SCRIPT.lines()) {
        if let Some(answer) = run_line(&house.engine, &defaults, number, line)
            && answer.contains(r#""code":"engine."#)
        {
            return Err(Failure::new("tour.story", answer));
        }
        let said: Option<Value> = serde_json::from_str(line).ok();
        let now = said.and_then(|said| said["now"].as_str().and_then(|now| now.parse().ok()));
        last = last.max(now.unwrap_or(last));
    }
    house.set_now(last);
    let customers = house.call("customer.list", &json!({}))?;
    let found = &customers["rows"][0];
    let (id, name) = (&found["id"], &found["name"]);
    let [id, name] = [id, name].map(|text| text.as_str().unwrap_or_default());
    let pages = customer::reports(&house, id)?;
    Ok(Story { title: Label::same(name), pages })
}

impl Story {
    /// Its parts for a page that others are on too: each says whose it is.
    pub(crate) fn named(&self) -> impl Iterator<Item = Report> {
        self.pages.iter().map(|page| {
            let (name, title) = (&self.title, &page.title);
            let title = Label::new(
                format!("{}: {}", name.en, title.en),
                format!("{}：{}", name.zh, title.zh),
            );
            Report { title, ..page.clone() }
        })
    }
}
