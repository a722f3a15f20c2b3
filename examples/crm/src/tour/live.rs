//! The days after the change-over, lived through in order: what was open goes on, new leads and deals come.

use std::collections::BTreeMap;

use chrono::NaiveDate;
use serde_json::{Value, json};

use super::at;
use crate::failure::Failure;
use crate::host::Host;
use crate::sample::{Deal, Ending, Sample, deal_key};

/// Ids of imported records by entity and source key.
pub(crate) type Ids = BTreeMap<(String, String), String>;

/// Something that happens on a day.
enum Event<'a> {
    Lead(usize),
    Opened(usize, &'a Deal),
    Moved(usize, &'static str),
    Ended(usize, &'a Ending),
}

/// Lives through the days from `cutover` on; tells what happened.
pub(crate) fn live(
    host: &Host,
    sample: &Sample,
    cutover: NaiveDate,
    ids: &Ids,
) -> Result<String, Failure> {
    let mut events: Vec<(NaiveDate, Event<'_>)> = Vec::new();
    for (at, deal) in sample.deals.iter().enumerate() {
        events.push((deal.opened, Event::Opened(at, deal)));
        events.extend(deal.moves.iter().map(|step| (step.day, Event::Moved(at, step.stage))));
        events.extend(deal.ending.iter().map(|ending| (ending.day(), Event::Ended(at, ending))));
    }
    events.extend(sample.leads.iter().enumerate().map(|(at, lead)| (lead.day, Event::Lead(at))));
    events.retain(|(day, _)| *day >= cutover);
    events.sort_by_key(|(day, _)| *day);
    let known = |entity: &str, key: String| ids.get(&(entity.to_owned(), key)).cloned();
    let user = |at: usize| known("user", sample.users[at].login.clone());
    let mut deals: BTreeMap<usize, String> = BTreeMap::new();
    for at in 0..sample.deals.len() {
        deals.extend(known("opportunity", deal_key(at + 1)).map(|id| (at, id)));
    }
    let (mut leads, mut opened, mut moved, mut won, mut lost) = (0, 0, 0, 0, 0);
    for (day, event) in &events {
        host.set_now(at(*day, 10)?);
        let deal = |at: &usize| deals.get(at).cloned().unwrap_or_default();
        match event {
            Event::Lead(at) => {
                let lead = &sample.leads[*at];
                let request = json!({
                    "name": lead.name, "company": lead.company, "phones": [lead.phone], "emails": [lead.email],
                    "need": lead.need, "source": lead.source, "owner": user(lead.owner),
                });
                host.call("lead.capture", &request)?;
                leads += 1;
            }
            Event::Opened(at, new) => {
                let customer = &sample.customers[new.customer];
                let request = json!({
                    "name": new.name, "customer": known("customer", format!("C{:04}", new.customer + 1)),
                    "owner": user(customer.owner), "expected_close": new.expected, "source": customer.source,
                });
                let made = host.call("opportunity.create", &request)?;
                let id = made["id"].as_str().unwrap_or_default().to_owned();
                set_lines(host, &id, new, &known)?;
                deals.insert(*at, id);
                opened += 1;
            }
            Event::Moved(at, stage) => {
                host.call("opportunity.advance", &json!({ "id": deal(at), "stage": stage }))?;
                moved += 1;
            }
            Event::Ended(at, Ending::Won { .. }) => {
                host.call("opportunity.win", &json!({ "id": deal(at) }))?;
                won += 1;
            }
            Event::Ended(at, Ending::Lost { reason, .. }) => {
                host.call("opportunity.lose", &json!({ "id": deal(at), "reason": reason }))?;
                lost += 1;
            }
        }
    }
    Ok(format!(
        "{leads} leads captured, {opened} deals opened, {moved} moves, {won} won, {lost} lost"
    ))
}

fn set_lines(
    host: &Host,
    id: &str,
    deal: &Deal,
    known: &impl Fn(&str, String) -> Option<String>,
) -> Result<(), Failure> {
    let lines: Vec<Value> = deal
        .priced_lines()
        .map(|(code, quantity, price, discount)| {
            json!({
                "product": known("product", code.to_owned()), "quantity": quantity.to_string(),
                "unit_price": { "amount": price.to_string(), "currency": "CNY" },
                "discount": discount.to_string(),
            })
        })
        .collect();
    host.call(
        "opportunity.set_lines",
        &json!({ "id": id, "lines": lines, "amount_basis": "lines" }),
    )?;
    Ok(())
}
