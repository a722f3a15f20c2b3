//! What is known of everybody, gathered from the records that say it.

use std::collections::BTreeMap;

use uuid::Uuid;

use crate::custom::CustomField;
use crate::dedupe::{Party, Profile};
use crate::engine::{Cx, Error, each};
use crate::lead::Lead;
use crate::party::{Address, Contact, ContactPoint, Customer, CustomerType, Medium};
use crate::record::{Entity, Ext, Kind, Val};
use crate::store::Scan;

/// Everybody of one sort, by id.
pub(super) struct Gathered {
    /// Kind and id of each.
    pub(super) keys: Vec<(Kind, Uuid)>,
    /// What is known of each, at the same place.
    pub(super) profiles: Vec<Profile>,
    /// The codes of custom fields that name one party.
    pub(super) identifiers: Vec<String>,
}

impl Gathered {
    /// The place of a record.
    pub(super) fn place(&self, id: Uuid) -> Option<usize> {
        self.keys.binary_search_by_key(&id, |(_, id)| *id).ok()
    }
}

/// Whether a lead is a person, rather than a company of which nobody is known.
pub(super) fn is_person(lead: &Lead) -> bool {
    lead.company.as_ref() != Some(&lead.name)
}

/// Gathers all persons or all companies of the tenant.
pub(super) fn all(cx: &mut Cx<'_>, party: Party) -> Result<Gathered, Error> {
    let mut found: BTreeMap<Uuid, (Kind, Profile)> = BTreeMap::new();
    let wanted = match party {
        Party::Person => CustomerType::Personal,
        Party::Company => CustomerType::Business,
    };
    let mut companies: BTreeMap<Uuid, String> = BTreeMap::new();
    fold(cx, |customer: Customer| {
        if customer.customer_type == CustomerType::Business && party == Party::Person {
            companies.insert(customer.id.uuid(), customer.name.to_string());
        }
        if customer.customer_type == wanted {
            found.insert(customer.id.uuid(), (Kind::Customer, of_customer(&customer)));
        }
    })?;
    if party == Party::Person {
        fold(cx, |contact: Contact| {
            let company = companies.get(&contact.customer.uuid()).cloned();
            let profile = of_contact(&contact, company.unwrap_or_default());
            found.insert(contact.id.uuid(), (Kind::Contact, profile));
        })?;
    }
    fold(cx, |lead: Lead| {
        found.extend(of_lead(&lead, party).map(|profile| (lead.id.uuid(), (Kind::Lead, profile))));
    })?;
    fold(cx, |point: ContactPoint| {
        if let Some((_, profile)) = found.get_mut(&point.owner) {
            reached(profile, &point);
        }
    })?;
    let mut placed = BTreeMap::new();
    fold(cx, |address: Address| {
        let customer = address.customer.uuid();
        if let Some((_, profile)) = found.get_mut(&customer) {
            // The first in the order of ids that is a default; the same whatever was added when.
            let rank = (!address.is_default, address.id);
            if placed.get(&customer).is_none_or(|held| rank < *held) {
                placed.insert(customer, rank);
                located(profile, &address);
            }
        }
    })?;
    let mut identifiers = Vec::new();
    fold(cx, |field: CustomField| {
        if field.identifier == Some(true) && field.active {
            identifiers.push(field.code.to_string());
        }
    })?;
    let (keys, profiles) =
        found.into_iter().map(|(id, (kind, profile))| ((kind, id), profile)).unzip();
    Ok(Gathered { keys, profiles, identifiers })
}

/// Every live record of a kind.
fn fold<T: Entity>(cx: &Cx<'_>, mut sink: impl FnMut(T)) -> Result<(), Error> {
    let mut fault = None;
    each(cx.store(), &Scan::of(cx.tenant(), T::KIND, 0, &[]), |_, record| {
        match T::from_record(record) {
            Ok(value) => sink(value),
            Err(corrupt) => fault = Some(corrupt),
        }
    })?;
    cx.checkpoint()?;
    fault.map_or(Ok(()), |corrupt| Err(corrupt.into()))
}

/// What a customer says of itself.
pub(super) fn of_customer(customer: &Customer) -> Profile {
    Profile {
        name: customer.name.to_string(),
        birthday: customer.birthday.map(|day| day.to_string()).unwrap_or_default(),
        region: customer.region.as_ref().map(ToString::to_string).unwrap_or_default(),
        website: customer.website.as_ref().map(|url| url.normal().to_owned()).unwrap_or_default(),
        registration: customer.credit_code.as_ref().map(ToString::to_string).unwrap_or_default(),
        custom: custom(&customer.ext),
        ..Profile::default()
    }
}

/// What a contact says of themselves.
pub(super) fn of_contact(contact: &Contact, company: String) -> Profile {
    Profile {
        name: contact.name.to_string(),
        birthday: contact.birthday.map(|day| day.to_string()).unwrap_or_default(),
        company,
        custom: custom(&contact.ext),
        ..Profile::default()
    }
}

/// What a lead says of a person, or of the company they work for.
pub(super) fn of_lead(lead: &Lead, party: Party) -> Option<Profile> {
    let company = lead.company.as_ref().map(ToString::to_string).unwrap_or_default();
    let person = is_person(lead);
    let custom = custom(&lead.ext);
    match party {
        Party::Person if person => {
            Some(Profile { name: lead.name.to_string(), company, custom, ..Profile::default() })
        }
        Party::Company if !company.is_empty() => {
            // What a person's lead holds beside the company's name is the person's.
            let custom = if person { BTreeMap::new() } else { custom };
            Some(Profile { name: company, custom, ..Profile::default() })
        }
        Party::Person | Party::Company => None,
    }
}

/// Adds a way to reach them.
pub(super) fn reached(profile: &mut Profile, point: &ContactPoint) {
    match point.medium {
        Medium::Phone => profile.phones.push(point.normal.clone()),
        Medium::Email => profile.emails.push(point.normal.clone()),
        Medium::Url if profile.website.is_empty() => profile.website.clone_from(&point.normal),
        Medium::Url => {}
        Medium::Social => {
            profile.custom.insert("social".to_owned(), point.normal.clone());
        }
    }
}

/// Says where they are.
pub(super) fn located(profile: &mut Profile, address: &Address) {
    let text = |text: Option<&str>| text.unwrap_or_default().to_owned();
    let postal = &address.postal;
    profile.street = text(postal.street.as_ref().map(|text| text.as_str()));
    profile.district = text(postal.district.as_ref().map(|text| text.as_str()));
    profile.city = text(postal.city.as_ref().map(|text| text.as_str()));
    profile.postal_code = text(postal.postal_code.as_ref().map(|text| text.as_str()));
    let region = text(postal.region.as_ref().map(|text| text.as_str()));
    if !region.is_empty() {
        profile.region = region;
    }
}

/// Custom values that tell one from another: no flags and no links.
fn custom(ext: &Ext) -> BTreeMap<String, String> {
    let told = ext.iter().filter_map(|(code, val)| match val {
        Val::Text(text) => Some((code.clone(), text.clone())),
        Val::Int(number) => Some((code.clone(), number.to_string())),
        Val::Bool(_) | Val::Id(_) | Val::Null | Val::Bytes(_) => None,
    });
    told.filter(|(code, _)| !code.starts_with('#')).collect()
}
