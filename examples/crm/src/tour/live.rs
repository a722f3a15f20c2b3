//! The days after the change-over, lived through in order: what was open goes on, new leads and deals come.

use std::collections::BTreeMap;

use chrono::{Days, NaiveDate};
use serde_json::{Value, json};

use super::{at, leads};
use crate::failure::Failure;
use crate::host::Host;
use crate::sample::{Deal, Ending, Sample, deal_key};

/// Ids of imported records by entity and source key.
pub(crate) type Ids = BTreeMap<(String, String), String>;

/// Something that happens on a day.
enum Event<'a> {
    Lead(usize),
    Called(usize),
    Opened(usize, &'a Deal),
    Moved(usize, &'static str),
    Ended(usize, &'a Ending),
}

/// Lives through the days from `cutover` on; tells what happened.
pub(crate) fn live(
    host: &Host,
    sample: &Sample,
    (cutover, today): (NaiveDate, NaiveDate),
    ids: &Ids,
) -> Result<String, Failure> {
    let mut events: Vec<(NaiveDate, Event<'_>)> = Vec::new();
    for (at, deal) in sample.deals.iter().enumerate() {
        events.push((deal.opened, Event::Opened(at, deal)));
        events.extend(deal.moves.iter().map(|step| (step.day, Event::Moved(at, step.stage))));
        events.extend(deal.ending.iter().map(|ending| (ending.day(), Event::Ended(at, ending))));
    }
    for (at, lead) in sample.leads.iter().enumerate().filter(|(_, lead)| lead.day >= cutover) {
        events.push((lead.day, Event::Lead(at)));
        let called =
            leads::called_after(at).and_then(|days| lead.day.checked_add_days(Days::new(days)));
        events.extend(called.map(|day| (day, Event::Called(at))));
    }
    events.retain(|(day, _)| *day >= cutover && *day < today);
    events.sort_by_key(|(day, _)| *day);
    let known = |entity: &str, key: String| ids.get(&(entity.to_owned(), key)).cloned();
    let user = |at: usize| known("user", sample.users[at].login.clone());
    let mut deals: BTreeMap<usize, String> = BTreeMap::new();
    for at in 0..sample.deals.len() {
        deals.extend(known("opportunity", deal_key(at + 1)).map(|id| (at, id)));
    }
    let mut taken: BTreeMap<usize, leads::Taken> = BTreeMap::new();
    let mut tally = leads::Tally::default();
    let (mut opened, mut moved, mut won, mut lost) = (0, 0, 0, 0);
    host.set_now(at(cutover, 9)?);
    leads::rules(host, sample, ids)?;
    let mut last = cutover;
    for (day, event) in &events {
        for evening in last.iter_days().take_while(|evening| evening < day) {
            leads::evening(host, evening)?;
        }
        last = *day;
        host.set_now(at(*day, 10)?);
        let deal = |at: &usize| deals.get(at).cloned().unwrap_or_default();
        match event {
            Event::Lead(at) => {
                taken.insert(*at, leads::take(host, sample, *at, *day)?);
                tally.taken += 1;
            }
            Event::Called(at) => {
                if let Some(taken) = taken.get(at) {
                    leads::call(host, taken, &mut tally)?;
                }
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
    for evening in last.iter_days().take_while(|evening| *evening < today) {
        leads::evening(host, evening)?;
    }
    let leads::Tally { taken, called, moved: late } = tally;
    let alike = host.call("duplicates.find", &json!({ "party": "person" }))?;
    Ok(format!(
        "{taken} leads captured and given out in turn, {called} called, {late} of them by another after three days of silence\n\
         {opened} deals opened, {moved} moves, {won} won, {lost} lost\n\
         {} people compared, {} pairs likely the same (crm dedupe tells why)",
        alike["records"], alike["found"]
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
