//! What models know of leads, customers and deals: which of their fields are features, and under which names.

use std::collections::BTreeMap;

use chrono::{DateTime, Datelike, Timelike};
use chrono_tz::Tz;

use super::feature::{Features, Input};
use super::points::Event;
use crate::custom::FieldType;
use crate::lead::Lead;
use crate::opportunity::Opportunity;
use crate::party::Customer;
use crate::record::{Ext, Val};
use crate::value::Timestamp;

/// The custom fields of a kind of record and what they hold.
pub type Fields = BTreeMap<String, FieldType>;

/// How often a lead can be reached.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Reached {
    /// By telephone.
    pub phones: usize,
    /// By e-mail.
    pub emails: usize,
}

fn text(features: &mut Features, name: &str, value: Option<impl ToString>) {
    if let Some(value) = value {
        features.insert(name.to_owned(), Input::Text(value.to_string()));
    }
}

/// What a model knows of a lead: `source`, `channel`, `campaign`, `region`, `country`, `company` (yes, no), `need_length` (characters), `phones`, `emails`,
/// `received_weekday` (`mon` to `sun`) and `received_hour` (of the tenant's zone), and its custom fields as `custom.CODE`.
/// Neither its name nor who it is: a model must not know people. Rule SCO-16 (issue 3, S3).
pub fn of_lead(lead: &Lead, reached: Reached, fields: &Fields, zone: Tz) -> Features {
    let mut features = custom(&lead.ext, fields);
    text(&mut features, "source", lead.source.as_ref());
    text(&mut features, "channel", lead.channel.as_ref());
    text(&mut features, "campaign", lead.campaign);
    text(&mut features, "region", lead.region.as_ref());
    text(&mut features, "country", lead.country);
    features.insert("company".to_owned(), Input::flag(lead.company.is_some()));
    let need = lead.need.as_ref().map_or(0, |need| need.as_str().chars().count());
    features.insert("need_length".to_owned(), Input::count(need));
    features.insert("phones".to_owned(), Input::count(reached.phones));
    features.insert("emails".to_owned(), Input::count(reached.emails));
    let utc = DateTime::from_timestamp_micros(lead.received_at.micros()).unwrap_or_default();
    let local = utc.with_timezone(&zone);
    text(&mut features, "received_weekday", Some(local.weekday().to_string().to_lowercase()));
    features.insert("received_hour".to_owned(), Input::Number(local.hour().into()));
    features
}

/// What a model knows of a customer: `customer_type`, `industry`, `size`, `source`, `region`, `purchases` (deals won)
/// and its custom fields. Rule SCO-17 (F049, F068).
pub fn of_customer(customer: &Customer, purchases: usize, fields: &Fields) -> Features {
    let mut features = custom(&customer.ext, fields);
    text(&mut features, "customer_type", Some(customer.customer_type));
    text(&mut features, "industry", customer.industry.as_ref());
    text(&mut features, "size", customer.size.as_ref());
    text(&mut features, "source", customer.source.as_ref());
    text(&mut features, "region", customer.region.as_ref());
    features.insert("purchases".to_owned(), Input::count(purchases));
    features
}

/// What a model knows of a deal: `source`, `region`, `pipeline`, `amount` (in the base currency), `need` and
/// `competitor` (yes, no), its custom fields, and of its customer `customer.type`, `customer.industry`, `customer.size`,
/// `customer.region`. Not its stage, nor how long it stands: those are outcomes of selling. Rule SCO-18 (F067).
pub fn of_opportunity(
    deal: &Opportunity,
    customer: Option<&Customer>,
    base_currency: &str,
    fields: &Fields,
) -> Features {
    let mut features = custom(&deal.ext, fields);
    text(&mut features, "source", deal.source.as_ref());
    text(&mut features, "region", deal.region.as_ref());
    text(&mut features, "pipeline", Some(deal.pipeline));
    let amount = deal.amount.filter(|amount| amount.currency().code() == base_currency);
    if let Some(amount) = amount {
        features.insert("amount".to_owned(), Input::Number(amount.amount()));
    }
    features.insert("need".to_owned(), Input::flag(deal.need.is_some()));
    features.insert("competitor".to_owned(), Input::flag(deal.competitor.is_some()));
    if let Some(customer) = customer {
        text(&mut features, "customer.type", Some(customer.customer_type));
        text(&mut features, "customer.industry", customer.industry.as_ref());
        text(&mut features, "customer.size", customer.size.as_ref());
        text(&mut features, "customer.region", customer.region.as_ref());
    }
    features
}

/// How often each behaviour was seen until an instant: `behaviour.CODE`, and `behaviours` of all together.
pub fn add_behaviours(features: &mut Features, events: &[Event], until: Timestamp) {
    let mut counts: BTreeMap<&str, usize> = BTreeMap::new();
    for event in events.iter().filter(|event| event.at <= until) {
        let count = counts.entry(event.code.as_str()).or_default();
        *count = count.saturating_add(1);
    }
    features.insert("behaviours".to_owned(), Input::count(counts.values().sum()));
    for (code, count) in counts {
        features.insert(format!("behaviour.{code}"), Input::count(count));
    }
}

/// The custom values that can be features: flags, numbers, texts and choices; neither dates nor links.
fn custom(ext: &Ext, fields: &Fields) -> Features {
    let input = |code: &String, val: &Val| {
        let ty = fields.get(code)?;
        match (ty, val) {
            (FieldType::Bool, Val::Bool(flag)) => Some(Input::flag(*flag)),
            (FieldType::Int, Val::Int(number)) => Some(Input::Number((*number).into())),
            (FieldType::Decimal, Val::Text(number)) => number.parse().ok().map(Input::Number),
            (FieldType::Text | FieldType::Code, Val::Text(text)) => Some(Input::Text(text.clone())),
            (
                FieldType::Bool
                | FieldType::Int
                | FieldType::Decimal
                | FieldType::Text
                | FieldType::Code
                | FieldType::Date
                | FieldType::Instant
                | FieldType::Link,
                _,
            ) => None,
        }
    };
    let features =
        ext.iter().filter_map(|(code, val)| Some((format!("custom.{code}"), input(code, val)?)));
    features.collect()
}
