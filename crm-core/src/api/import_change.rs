//! What a row changes of the record that an earlier row made: the fields it names, and nothing where they say the same.
//!
//! Who made a record and when stays. Phones and e-mail addresses are compared by their normal form, an address by its
//! use, the lines of a deal by their order.

use serde::Serialize;
use serde_json::{Map, Value, json};
use uuid::Uuid;

use super::import::ListRule;
use crate::activity::{self, Activity, ActivityWish};
use crate::engine::{Cx, Error, Operation};
use crate::lead::{self, Lead};
use crate::party::{Address, ContactPoint, Customer, Medium, PointOwner, Reach, reachable};
use crate::record::{Ext, Kind, Val};
use crate::settings::{CreateTeam, Settings, Team, create_team};
use crate::value::{Id, Invalid, Timestamp};

/// Changes a record as the edits of operation `O` would, whatever its fields held; equal ones are not sent.
pub(super) fn amend<O: Operation, W: Serialize>(
    cx: &mut Cx<'_>,
    id: Uuid,
    wish: &W,
    set: &Map<String, Value>,
) -> Result<(), Error> {
    let current = serde_json::to_value(wish).map_err(|error| Error::Internal(error.to_string()))?;
    let held = |field: &str| match field.split_once('.') {
        Some((object, code)) => current.get(object).and_then(|object| object.get(code)),
        None => current.get(field),
    };
    let mut edits = Map::new();
    for (field, to) in set {
        let from = held(field).cloned().unwrap_or(Value::Null);
        if from != *to {
            edits.insert(field.clone(), json!({"from": from, "to": to}));
        }
    }
    if edits.is_empty() {
        return Ok(());
    }
    crate::engine::fitted::<O>(&json!({"id": id, "set": edits}))?.run(cx).map(drop)
}

/// The fields of a row that are no plain fields of its record.
#[derive(Default)]
pub(super) struct Beside {
    phones: Option<Vec<String>>,
    emails: Option<Vec<String>>,
    address: Option<Map<String, Value>>,
}

impl Beside {
    /// Takes them out of a row.
    pub(super) fn taken(set: &mut Map<String, Value>) -> Result<Self, Error> {
        let mut list = |field: &str| -> Result<Option<Vec<String>>, Error> {
            match set.remove(field) {
                None => Ok(None),
                Some(Value::Null) => Ok(Some(Vec::new())),
                Some(value) => serde_json::from_value(value).map(Some).map_err(|_| {
                    Error::invalid(field, Invalid::new("request.form", "").limit("a list of texts"))
                }),
            }
        };
        let (phones, emails) = (list("phones")?, list("emails")?);
        let address = match set.remove("address") {
            Some(Value::Object(address)) => Some(address),
            Some(_) | None => None,
        };
        Ok(Self { phones, emails, address })
    }

    /// Brings the ways to reach somebody to what the row says: as they stand there, or those besides what there is.
    pub(super) fn reach(
        &self,
        cx: &mut Cx<'_>,
        owner: (PointOwner, Uuid),
        lists: ListRule,
    ) -> Result<(), Error> {
        if self.phones.is_none() && self.emails.is_none() {
            return Ok(());
        }
        let home = cx.get(Settings::ID)?.home();
        let phones = self.phones.as_deref().unwrap_or_default();
        let emails = self.emails.as_deref().unwrap_or_default();
        let wanted = reachable(phones, emails, home)?;
        let said = |medium: Medium| match medium {
            Medium::Phone => self.phones.is_some(),
            Medium::Email => self.emails.is_some(),
            Medium::Social | Medium::Url => false,
        };
        let there = cx.list::<ContactPoint>(ContactPoint::BY_OWNER, &[Val::Id(owner.1)])?;
        let same = |point: &ContactPoint, reach: &Reach| {
            point.medium == reach.medium && point.normal == reach.normal
        };
        let gone = there
            .iter()
            .filter(|point| said(point.medium) && !wanted.iter().any(|reach| same(point, reach)));
        if lists == ListRule::Replace {
            gone.map(|point| point.id).try_for_each(|id| cx.remove(id))?;
        }
        let new = wanted.into_iter().filter(|reach| !there.iter().any(|point| same(point, reach)));
        cx.reach(owner, new.collect())
    }

    /// Brings the customer's address of that use to what the row says; there may be none yet.
    pub(super) fn place(mut self, cx: &mut Cx<'_>, customer: Uuid) -> Result<(), Error> {
        let Some(address) = &mut self.address else { return Ok(()) };
        address.retain(|_, part| !part.is_null());
        let there = cx.list::<Address>(Address::BY_CUSTOMER, &[Val::Id(customer)])?;
        let wanted = address.get("use").and_then(Value::as_str);
        let found = there.iter().find(|found| Some(found.wish().purpose.as_str()) == wanted);
        let below = |error| super::batch::below("address", error);
        match found.or(there.first().filter(|_| wanted.is_none())) {
            Some(found) => {
                let wish = found.wish();
                amend::<super::AmendAddress, _>(cx, found.id.uuid(), &wish, address).map_err(below)
            }
            None => {
                address.insert("customer".to_owned(), json!(customer));
                let made = crate::engine::fitted::<crate::party::AddAddress>(&json!(address));
                made?.run(cx).map(drop).map_err(below)
            }
        }
    }
}

/// The kind of owner that a kind of record is to its contact points.
pub(super) fn reached(kind: Kind) -> Option<PointOwner> {
    [PointOwner::Customer, PointOwner::Contact, PointOwner::Lead]
        .into_iter()
        .find(|owner| owner.code() == kind.name())
}

/// A team of another name or region.
pub(super) fn team(cx: &mut Cx<'_>, id: Uuid, set: &Map<String, Value>) -> Result<(), Error> {
    let before = cx.get::<Team>(Id::new(id))?;
    let region = before.region.as_ref().map(ToString::to_string);
    let wish = CreateTeam { id: None, name: before.name.to_string(), region };
    let wish: CreateTeam = overlaid(&wish, set)?;
    let after = create_team(before.id, &wish)?;
    let name = after.name.as_str();
    cx.free("name", name, Team::BY_NAME, &[Val::from(name)], before.id)?;
    cx.put(&Team { ext: before.ext, ..after })
}

/// A lead with other plain fields; how far it has come, and the campaign that it came from, stays.
pub(super) fn lead(cx: &mut Cx<'_>, id: Uuid, set: &Map<String, Value>) -> Result<(), Error> {
    let mut plain = set.clone();
    plain.remove("campaign");
    let received_at = plain.remove("received_at").filter(|at| !at.is_null());
    let outcome = plain.remove("outcome");
    let reason = plain.remove("discard_reason");
    let before = cx.get::<Lead>(Id::new(id))?;
    amend::<super::AmendLead, _>(cx, id, &before.wish(), &plain)?;
    let text = |value: &Option<Value>| value.as_ref().and_then(Value::as_str).map(str::to_owned);
    if let Some(outcome) = text(&outcome).filter(|_| before.takes_new().is_ok()) {
        let lead = cx.get::<Lead>(Id::new(id))?;
        cx.put(&lead::ended(&lead, &outcome, text(&reason).as_deref())?)?;
    }
    let Some(received_at) = received_at else { return Ok(()) };
    let received_at: Timestamp = serde_json::from_value(received_at).map_err(|error| {
        Error::invalid("received_at", Invalid::new("time.format", "").limit(error.to_string()))
    })?;
    if received_at > cx.now() {
        let invalid = Invalid::new("time.future", &received_at.to_string());
        let limit = format!("not after {}", cx.now());
        return Err(Error::invalid("received_at", invalid.limit(limit)));
    }
    let after = cx.get::<Lead>(Id::new(id))?;
    cx.put(&Lead { received_at, ..after })
}

/// An activity with other plain fields; with whom it was, and who wrote it down when, stays.
pub(super) fn activity(cx: &mut Cx<'_>, id: Uuid, set: &Map<String, Value>) -> Result<(), Error> {
    let before = cx.get::<Activity>(Id::new(id))?;
    let current = json!({
        "customer": before.customer, "contact": before.contact, "opportunity": before.opportunity,
        "lead": before.lead,
    });
    for field in ["customer", "contact", "opportunity", "lead"] {
        let same =
            set.get(field).is_none_or(|said| said.is_null() || Some(said) == current.get(field));
        if !same {
            let invalid = Invalid::new("import.not_updatable", field);
            return Err(Error::invalid(field, invalid.limit("an activity stays with whom it was")));
        }
    }
    let minutes = before
        .ends_at
        .map(|end| end.micros().saturating_sub(before.at.micros()).div_euclid(60_000_000));
    let wish = ActivityWish {
        kind: before.kind.code().to_owned(),
        at: Some(before.at),
        minutes,
        owner: Some(before.owner),
        subject: before.subject.as_ref().map(ToString::to_string),
        content: before.content.as_ref().map(ToString::to_string),
        place: before.place.as_ref().map(ToString::to_string),
        feedback: before.feedback.as_ref().map(ToString::to_string),
        outcome: before.outcome.map(|outcome| outcome.code().to_owned()),
        direction: before.direction.map(|direction| direction.code().to_owned()),
        customer: before.customer,
        contact: before.contact,
        opportunity: before.opportunity,
        lead: before.lead,
        ..ActivityWish::default()
    };
    let mut plain = set.clone();
    for field in ["customer", "contact", "opportunity", "lead"] {
        plain.remove(field);
    }
    let wish: ActivityWish = overlaid(&wish, &plain)?;
    let people = (before.author, cx.owner_or_actor(wish.owner)?);
    let now = cx.now();
    let (after, _) = activity::log(before.id, &wish, people, now, || cx.new_id())?;
    let ext = custom_of::<Activity>(cx, &before.ext, set)?;
    let after = Activity {
        status: before.status,
        entered_at: before.entered_at,
        due_at: before.due_at,
        message_id: before.message_id,
        thread: before.thread,
        follows: before.follows,
        remind_minutes: before.remind_minutes,
        cancel_reason: before.cancel_reason,
        correction: before.correction,
        ext,
        ..after
    };
    cx.put(&after)?;
    super::activity::attend(cx, &after)
}

/// A wish with what a row says instead.
fn overlaid<W: Serialize + serde::de::DeserializeOwned>(
    wish: &W,
    set: &Map<String, Value>,
) -> Result<W, Error> {
    let current = serde_json::to_value(wish).map_err(|error| Error::Internal(error.to_string()))?;
    let mut whole = if let Value::Object(whole) = current { whole } else { Map::new() };
    whole.extend(
        set.iter()
            .filter(|(field, _)| !field.starts_with("custom."))
            .map(|(f, v)| (f.clone(), v.clone())),
    );
    serde_json::from_value(Value::Object(whole)).map_err(|error| {
        Error::invalid("set", Invalid::new("request.form", "").limit(error.to_string()))
    })
}

/// The custom values after a row's `custom.CODE` fields.
fn custom_of<T: crate::record::Entity>(
    cx: &mut Cx<'_>,
    before: &Ext,
    set: &Map<String, Value>,
) -> Result<Ext, Error> {
    let mut after = before.clone();
    for (field, value) in set {
        let Some(code) = field.strip_prefix("custom.") else { continue };
        match serde_json::from_value::<Val>(value.clone()) {
            Ok(val) if !value.is_null() => drop(after.insert(code.to_owned(), val)),
            Ok(_) | Err(_) => drop(after.remove(code)),
        }
    }
    cx.custom_after::<T>(before, &after)
}

/// Makes a contact the one to turn to, where the row says so and another is.
pub(super) fn primary(cx: &mut Cx<'_>, contact: Uuid) -> Result<(), Error> {
    let contact = cx.get::<crate::party::Contact>(Id::new(contact))?;
    let customer = cx.get::<Customer>(contact.customer)?;
    if customer.primary_contact == Some(contact.id) {
        return Ok(());
    }
    cx.put(&customer.with_primary(&contact)?)
}

/// Who made a record there, and when, instead of who imported it and now.
///
/// # Errors
///
/// `time.*`, `time.future`; an author who is no user. Rule IMP-3 (W32).
pub(super) fn originals(
    cx: &mut Cx<'_>,
    kind: Kind,
    id: Uuid,
    kept: &Map<String, Value>,
) -> Result<(), Error> {
    if kept.is_empty() {
        return Ok(());
    }
    let time = |cx: &Cx<'_>, field: &str| -> Result<Option<Timestamp>, Error> {
        let Some(value) = kept.get(field).filter(|value| !value.is_null()) else { return Ok(None) };
        let at: Timestamp = serde_json::from_value(value.clone()).map_err(|error| {
            Error::invalid(field, Invalid::new("time.format", "").limit(error.to_string()))
        })?;
        if at > cx.now() {
            let invalid = Invalid::new("time.future", &at.to_string());
            return Err(Error::invalid(field, invalid.limit(format!("not after {}", cx.now()))));
        }
        Ok(Some(at))
    };
    let (created_at, entered_at) = (time(cx, "created_at")?, time(cx, "entered_at")?);
    let author = kept.get("author").filter(|author| !author.is_null());
    match kind.name() {
        "customer" => {
            let record = cx.get::<Customer>(Id::new(id))?;
            let created_at = created_at.unwrap_or(record.created_at);
            cx.put(&Customer { created_at, ..record })
        }
        "contact" => {
            let record = cx.get::<crate::party::Contact>(Id::new(id))?;
            let created_at = created_at.unwrap_or(record.created_at);
            cx.put(&crate::party::Contact { created_at, ..record })
        }
        "lead" => {
            let record = cx.get::<Lead>(Id::new(id))?;
            let created_at = created_at.unwrap_or(record.created_at);
            cx.put(&Lead { created_at, ..record })
        }
        "activity" if entered_at.is_some() || author.is_some() => {
            let record = cx.get::<Activity>(Id::new(id))?;
            let named: Result<Option<Id<crate::settings::User>>, _> =
                author.map(|author| serde_json::from_value(author.clone())).transpose();
            let named = named
                .map_err(|_| Error::invalid("author", Invalid::new("reference.unknown", "")))?;
            let author = match named {
                Some(named) => cx.known("author", named)?.id,
                None => record.author,
            };
            let entered_at = entered_at.unwrap_or(record.entered_at);
            cx.put(&Activity { author, entered_at, ..record })
        }
        _ => Ok(()),
    }
}
