//! Reading what scoring models know of leads, customers and deals: of one, and of all that are closed.

use std::collections::BTreeMap;

use chrono::TimeDelta;
use uuid::Uuid;

use crate::custom::CustomField;
use crate::engine::{Cx, Error, each};
use crate::lead::{Lead, LeadStatus};
use crate::opportunity::{Opportunity, Phase};
use crate::party::{ContactPoint, Customer, Medium};
use crate::record::{Entity, Record, Val};
use crate::scoring::learn::Sheet;
use crate::scoring::{
    Behaviour, Event, Features, Fields, Known, Reached, Target, add_behaviours, of_customer,
    of_lead, of_opportunity,
};
use crate::settings::Settings;
use crate::store::Scan;
use crate::value::{Id, Money, Timestamp};

/// What is known of one of them, when it was entered, and what is at stake.
pub(super) struct Subject {
    pub(super) known: Known,
    pub(super) entered_at: Timestamp,
    pub(super) amount: Option<Money>,
}

impl Subject {
    /// What is known with the behaviours until `cut_days` after entry, or until `at` where that is sooner.
    pub(super) fn until(&self, cut_days: Option<u32>, at: Timestamp) -> Known {
        let mut known = self.known.clone();
        let until = cut_days.map_or(at, |days| cut(self.entered_at, days).min(at));
        add_behaviours(&mut known.features, &known.events, until);
        known
    }
}

/// The last instant whose behaviours count.
fn cut(entered_at: Timestamp, days: u32) -> Timestamp {
    entered_at.checked_add(TimeDelta::days(days.into())).unwrap_or(entered_at)
}

impl Cx<'_> {
    /// The custom fields of a kind of record.
    fn custom_fields(&mut self, entity: &str) -> Result<Fields, Error> {
        let fields = self.list::<CustomField>(CustomField::BY_CODE, &[Val::from(entity)])?;
        let active = fields.into_iter().filter(|field| field.active);
        Ok(active.map(|field| (field.code.to_string(), field.field_type)).collect())
    }

    /// What is known of a lead, customer or deal.
    pub(super) fn subject(&mut self, target: Target, id: Uuid) -> Result<Subject, Error> {
        let events = self.list::<Behaviour>(Behaviour::BY_SUBJECT, &[Val::Id(id)])?;
        let events = events.into_iter().map(|b| Event { code: b.code, at: b.at }).collect();
        let fields = self.custom_fields(target.code())?;
        let (features, entered_at, amount) = match target {
            Target::Lead => {
                let lead = self.known::<Lead>("subject", Id::new(id))?;
                let points = self.list::<ContactPoint>(ContactPoint::BY_OWNER, &[Val::Id(id)])?;
                let by = |medium| points.iter().filter(|point| point.medium == medium).count();
                let reached = Reached { phones: by(Medium::Phone), emails: by(Medium::Email) };
                (of_lead(&lead, reached, &fields, self.zone()?), lead.received_at, None)
            }
            Target::Customer => {
                let customer = self.known::<Customer>("subject", Id::new(id))?;
                let deals = self.list::<Opportunity>(Opportunity::BY_CUSTOMER, &[Val::Id(id)])?;
                let won = deals.iter().filter(|deal| matches!(deal.phase, Phase::Won { .. }));
                (of_customer(&customer, won.count(), &fields), customer.created_at, None)
            }
            Target::Opportunity => {
                let deal = self.known::<Opportunity>("subject", Id::new(id))?;
                let customer = self.find(deal.customer)?;
                let base = self.get(Settings::ID)?.base_currency;
                let features = of_opportunity(&deal, customer.as_ref(), base.code(), &fields);
                let amount = deal.amount.filter(|amount| amount.currency() == base);
                (features, deal.created_at, amount)
            }
        };
        Ok(Subject { known: Known { features, events }, entered_at, amount })
    }
}

/// The closed history of leads or deals, the oldest first, equally old ones by id.
pub(super) fn closed(
    cx: &mut Cx<'_>,
    target: Target,
    cut_days: u32,
    only: Option<&[String]>,
) -> Result<Sheet, Error> {
    let fields = cx.custom_fields(target.code())?;
    let mut events: BTreeMap<Uuid, Vec<Event>> = BTreeMap::new();
    all(cx, |b: Behaviour| {
        events.entry(b.subject).or_default().push(Event { code: b.code, at: b.at });
    })?;
    let mut rows: Vec<(Timestamp, Uuid, Features, bool)> = match target {
        Target::Lead => leads(cx, &fields)?,
        Target::Opportunity => deals(cx, &fields)?,
        Target::Customer => Vec::new(),
    };
    rows.sort_by_key(|(at, id, ..)| (*at, *id));
    let mut sheet = Sheet::default();
    for (at, id, mut features, outcome) in rows {
        let own = events.get(&id).map_or(&[][..], Vec::as_slice);
        add_behaviours(&mut features, own, cut(at, cut_days));
        if let Some(only) = only {
            features.retain(|name, _| only.contains(name));
        }
        sheet.push(&features, outcome);
    }
    Ok(sheet)
}

type Rows = Vec<(Timestamp, Uuid, Features, bool)>;

fn leads(cx: &mut Cx<'_>, fields: &Fields) -> Result<Rows, Error> {
    let zone = cx.zone()?;
    let mut reached: BTreeMap<Uuid, Reached> = BTreeMap::new();
    all(cx, |point: ContactPoint| {
        let own = reached.entry(point.owner).or_default();
        match point.medium {
            Medium::Phone => own.phones = own.phones.saturating_add(1),
            Medium::Email => own.emails = own.emails.saturating_add(1),
            Medium::Social | Medium::Url => {}
        }
    })?;
    let mut rows = Rows::new();
    all(cx, |lead: Lead| {
        let outcome = match lead.status {
            LeadStatus::Converted => true,
            LeadStatus::Discarded => false,
            LeadStatus::New | LeadStatus::Working | LeadStatus::Qualified => return,
        };
        let id = lead.id.uuid();
        let reached = reached.get(&id).copied().unwrap_or_default();
        rows.push((lead.received_at, id, of_lead(&lead, reached, fields, zone), outcome));
    })?;
    Ok(rows)
}

fn deals(cx: &mut Cx<'_>, fields: &Fields) -> Result<Rows, Error> {
    let base = cx.get(Settings::ID)?.base_currency;
    let mut customers: BTreeMap<Uuid, Customer> = BTreeMap::new();
    all(cx, |customer: Customer| drop(customers.insert(customer.id.uuid(), customer)))?;
    let mut rows = Rows::new();
    all(cx, |deal: Opportunity| {
        let outcome = match deal.phase {
            Phase::Won { .. } => true,
            Phase::Lost { .. } => false,
            Phase::Open { .. } => return,
        };
        let customer = customers.get(&deal.customer.uuid());
        let features = of_opportunity(&deal, customer, base.code(), fields);
        rows.push((deal.created_at, deal.id.uuid(), features, outcome));
    })?;
    Ok(rows)
}

/// Every record of a kind that is stored and not deleted.
fn all<T: Entity>(cx: &Cx<'_>, mut sink: impl FnMut(T)) -> Result<(), Error> {
    cx.checkpoint()?;
    let mut fault = None;
    let scan = Scan::of(cx.tenant(), T::KIND, 0, &[]);
    each(cx.store(), &scan, |_, record: &Record| match T::from_record(record) {
        Ok(value) => sink(value),
        Err(corrupt) => fault = Some(corrupt),
    })?;
    match fault {
        Some(corrupt) => Err(corrupt.into()),
        None => Ok(()),
    }
}
