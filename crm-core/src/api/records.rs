//! Taking records out as the import takes them in: field by field, links as keys, phones and addresses beside them.

use std::collections::BTreeMap;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value, json};
use uuid::Uuid;

use super::page;
use super::purpose::Leaving;
use crate::access::Access;
use crate::activity::{Activity, ActivityStatus};
use crate::audit::SourceKey;
use crate::catalog::Product;
use crate::custom::CustomField;
use crate::engine::{Cx, Error, Operation};
use crate::lead::Lead;
use crate::opportunity::{Opportunity, Phase};
use crate::party::{Address, ConsentChannel, Contact, ContactPoint, Customer, Medium, Withheld};
use crate::record::{Entity, Val};
use crate::settings::{Team, User};
use crate::store::{Cursor, Scan};
use crate::value::Invalid;

/// Rows, where they go on, and what is not among them.
#[derive(Default)]
struct Page {
    rows: Vec<Map<String, Value>>,
    next: Option<Uuid>,
    left_out: BTreeMap<Withheld, u32>,
    withheld: BTreeMap<String, u32>,
}

/// What can be taken out so, in the order in which it can be brought in again.
const KINDS: [&str; 8] =
    ["team", "user", "customer", "contact", "product", "lead", "opportunity", "activity"];

/// The records of a kind that are not deleted, by id, in the fields that an import plan names. A link is the key of the
/// record it points at: that of the other system it came from, else its id. Planned and cancelled activities, the lines
/// and moves of deals, and how far a lead has come are not among them: `export.records` has every row.
///
/// What leaves depends on the session's purpose and on what people said of it. For `administration` and `migration`
/// everything does. For any other purpose nothing leaves of whoever withdrew `processing`, or consent to that purpose, and
/// of what was done with them; for `marketing` people must have allowed it, and their numbers and addresses leave only for
/// the channels that they allowed. What is left out is counted by why.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct ExportAsRows {
    /// `team`, `user`, `customer`, `contact`, `product`, `lead`, `opportunity` or `activity`.
    pub entity: String,
    /// Only records behind this id: where the page before ended.
    pub after: Option<Uuid>,
    /// At most so many: 1 to 1,000; 50 where nothing is said.
    pub limit: Option<u32>,
}

/// A page of records.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct ExportedRows {
    /// The columns: `id`, `key`, then the fields.
    pub columns: Vec<String>,
    /// The records, each an object of its columns: texts, or lists of texts. What is empty is left out; `customer_name`
    /// says what the customer of a contact is called, and is no column.
    pub rows: Vec<Map<String, Value>>,
    /// Say it as `after` for the next page; none where nothing follows.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub next: Option<Uuid>,
    /// How many records of this page do not leave for the session's purpose, by why: `restricted`, `withdrawn`,
    /// `no_consent`.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub left_out: BTreeMap<Withheld, u32>,
    /// Of how many of its records a field is left out, since nobody may be turned to by it: `phones`, `emails`.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub withheld: BTreeMap<String, u32>,
}

impl Operation for ExportAsRows {
    const NAME: &'static str = "records.export";
    const ACCESS: Access = Access::Migrate;
    type Response = ExportedRows;

    fn run(&self, cx: &mut Cx<'_>) -> Result<ExportedRows, Error> {
        let page = match self.entity.as_str() {
            "team" => self
                .page(cx, |_, team: &Team| Ok(json!({"name": team.name, "region": team.region})))?,
            "user" => self.page(cx, |cx, user: &User| {
                let mut row = json!(user.wish());
                link(cx, &mut row, "team")?;
                link(cx, &mut row, "manager")?;
                Ok(row)
            })?,
            "customer" => self.page(cx, customer)?,
            "contact" => self.page(cx, contact)?,
            "product" => self.page(cx, |_, product: &Product| Ok(json!(product.wish())))?,
            "lead" => self.page(cx, lead)?,
            "opportunity" => self.page(cx, opportunity)?,
            "activity" => self.page(cx, activity)?,
            other => {
                let invalid = Invalid::new("export.kind", other).allowed(KINDS);
                return Err(Error::invalid("entity", invalid));
            }
        };
        let custom =
            cx.list::<CustomField>(CustomField::BY_CODE, &[self.entity.as_str().into()])?;
        let custom = custom.iter().filter(|field| field.active);
        let columns = columns(&self.entity).iter().map(|name| (*name).to_owned());
        let columns = columns.chain(custom.map(|field| format!("custom.{}", field.code))).collect();
        let Page { rows, next, left_out, withheld } = page;
        Ok(ExportedRows { columns, rows, next, left_out, withheld })
    }
}

impl ExportAsRows {
    fn page<T: Entity>(
        &self,
        cx: &mut Cx<'_>,
        fields: impl Fn(&mut Cx<'_>, &T) -> Result<Value, Error>,
    ) -> Result<Page, Error> {
        let after = self.after.map(|id| Cursor { vals: Vec::new(), id });
        let limit = page::limit(self.limit)?;
        let scan = Scan { after: after.as_ref(), limit, ..Scan::of(cx.tenant(), T::KIND, 0, &[]) };
        let found = cx.page::<T>(&scan)?;
        let leaving = Leaving::of(cx)?;
        let mut page = Page { next: found.next.map(|cursor| cursor.id), ..Page::default() };
        for (_, record) in &found.rows {
            let stored = record.record(0);
            let id = stored.id;
            let Value::Object(mut said) = fields(cx, record)? else { continue };
            let open = match leaving.judge(cx, &stored)? {
                Ok(open) => open,
                Err(why) => {
                    count(&mut page.left_out, why);
                    continue;
                }
            };
            for (field, channel) in CHANNELS {
                let closed = !open.contains(&channel);
                let held = said.get(field).is_some_and(|list| *list != json!([]));
                if closed && held {
                    said.remove(field);
                    count(&mut page.withheld, field.to_owned());
                }
            }
            let mut row = Map::new();
            row.insert("id".to_owned(), json!(id));
            row.insert("key".to_owned(), json!(key_of(cx, id)?));
            for (name, value) in said {
                flatten(&mut row, &name, value);
            }
            page.rows.push(row);
        }
        Ok(page)
    }
}

/// The fields by which somebody is turned to.
const CHANNELS: [(&str, ConsentChannel); 2] =
    [("phones", ConsentChannel::Phone), ("emails", ConsentChannel::Email)];

/// One more of them.
pub(super) fn count<K: Ord>(counts: &mut BTreeMap<K, u32>, key: K) {
    let count = counts.entry(key).or_default();
    *count = count.saturating_add(1);
}

/// The fields of a kind, in the order of its columns.
fn columns(entity: &str) -> &'static [&'static str] {
    match entity {
        "team" => &["id", "key", "name", "region"],
        "user" => &["id", "key", "login", "name", "role", "team", "manager"],
        "customer" => &[
            "id",
            "key",
            "name",
            "customer_type",
            "industry",
            "size",
            "source",
            "region",
            "owner",
            "parent",
            "birthday",
            "credit_code",
            "note",
            "website",
            "phones",
            "emails",
            "created_at",
            "address.use",
            "address.country",
            "address.region",
            "address.region_code",
            "address.city",
            "address.district",
            "address.street",
            "address.postal_code",
        ],
        "contact" => &[
            "id",
            "key",
            "customer",
            "name",
            "title",
            "department",
            "role",
            "birthday",
            "note",
            "primary",
            "phones",
            "emails",
            "created_at",
        ],
        "product" => {
            &["id", "key", "code", "name", "category", "unit", "price", "price_currency", "active"]
        }
        "lead" => &[
            "id",
            "key",
            "name",
            "company",
            "phones",
            "emails",
            "source",
            "need",
            "owner",
            "received_at",
            "created_at",
        ],
        "opportunity" => &[
            "id",
            "key",
            "name",
            "customer",
            "contact",
            "owner",
            "stage",
            "outcome",
            "amount",
            "amount_currency",
            "expected_close",
            "source",
            "region",
            "need",
            "competitor",
            "created_at",
            "closed_at",
            "loss_reason",
            "loss_note",
        ],
        "activity" => &[
            "id",
            "key",
            "kind",
            "customer",
            "contact",
            "opportunity",
            "lead",
            "at",
            "subject",
            "content",
            "minutes",
            "owner",
            "author",
            "entered_at",
        ],
        _ => &[],
    }
}

/// A field as texts: an amount beside its currency, an address and custom values part by part.
fn flatten(row: &mut Map<String, Value>, name: &str, value: Value) {
    match value {
        Value::Null => {}
        Value::Object(inner) => match (inner.get("amount"), inner.get("currency")) {
            (Some(amount), Some(currency)) => {
                row.insert(format!("{name}_currency"), currency.clone());
                row.insert(name.to_owned(), amount.clone());
            }
            _ => {
                for (part, value) in inner {
                    flatten(row, &format!("{name}.{part}"), value);
                }
            }
        },
        Value::Array(list) if list.is_empty() => {}
        Value::Bool(_) | Value::Number(_) => {
            drop(row.insert(name.to_owned(), json!(value.to_string())))
        }
        Value::String(_) | Value::Array(_) => drop(row.insert(name.to_owned(), value)),
    }
}

/// By what another system knows a record, else its id.
fn key_of(cx: &mut Cx<'_>, id: Uuid) -> Result<String, Error> {
    let known = cx.list::<SourceKey>(SourceKey::BY_TARGET, &[Val::Id(id)])?;
    let first = known.iter().map(|known| (&known.source, &known.key)).min();
    Ok(first.map_or_else(|| id.to_string(), |(_, key)| key.clone()))
}

fn link(cx: &mut Cx<'_>, row: &mut Value, field: &str) -> Result<(), Error> {
    let id = row.get(field).and_then(Value::as_str).and_then(|id| Uuid::try_parse(id).ok());
    if let (Some(id), Some(slot)) = (id, row.get_mut(field)) {
        *slot = json!(key_of(cx, id)?);
    }
    Ok(())
}

/// Phones and e-mail addresses as they were written, in the order of their normal forms.
fn reach(cx: &mut Cx<'_>, id: Uuid, row: &mut Value) -> Result<(), Error> {
    let points = cx.list::<ContactPoint>(ContactPoint::BY_OWNER, &[Val::Id(id)])?;
    for (field, medium) in [("phones", Medium::Phone), ("emails", Medium::Email)] {
        let of = points.iter().filter(|point| point.medium == medium);
        let texts: Vec<&str> = of.map(|point| point.raw.as_str()).collect();
        if let Some(row) = row.as_object_mut() {
            row.insert(field.to_owned(), json!(texts));
        }
    }
    Ok(())
}

fn customer(cx: &mut Cx<'_>, customer: &Customer) -> Result<Value, Error> {
    let mut row = json!(customer.wish());
    link(cx, &mut row, "owner")?;
    link(cx, &mut row, "parent")?;
    reach(cx, customer.id.uuid(), &mut row)?;
    let places = cx.list::<Address>(Address::BY_CUSTOMER, &[Val::Id(customer.id.uuid())])?;
    let place = places.iter().find(|place| place.is_default).or(places.first());
    if let Some(row) = row.as_object_mut() {
        row.insert("created_at".to_owned(), json!(customer.created_at));
        if let Some(place) = place {
            let mut address = json!(place.wish());
            if let Some(address) = address.as_object_mut() {
                address.remove("customer");
                address.remove("default");
            }
            row.insert("address".to_owned(), address);
        }
    }
    Ok(row)
}

fn contact(cx: &mut Cx<'_>, contact: &Contact) -> Result<Value, Error> {
    let mut row = json!(contact.wish());
    let customer = cx.get(contact.customer)?;
    link(cx, &mut row, "customer")?;
    reach(cx, contact.id.uuid(), &mut row)?;
    if let Some(row) = row.as_object_mut() {
        row.insert("created_at".to_owned(), json!(contact.created_at));
        row.insert("primary".to_owned(), json!(customer.primary_contact == Some(contact.id)));
        row.insert("customer_name".to_owned(), json!(customer.name));
    }
    Ok(row)
}

fn lead(cx: &mut Cx<'_>, lead: &Lead) -> Result<Value, Error> {
    let mut row = json!({
        "name": lead.name, "company": lead.company, "source": lead.source, "need": lead.need,
        "owner": lead.owner, "received_at": lead.received_at, "created_at": lead.created_at,
        "custom": lead.ext,
    });
    link(cx, &mut row, "owner")?;
    reach(cx, lead.id.uuid(), &mut row)?;
    Ok(row)
}

fn opportunity(cx: &mut Cx<'_>, deal: &Opportunity) -> Result<Value, Error> {
    let process = cx.process(deal.pipeline)?;
    let stage = process.stage(deal.phase.stage()).map(|stage| stage.code.to_string());
    let (outcome, reason, note) = match &deal.phase {
        Phase::Open { .. } => ("open", None, None),
        Phase::Won { .. } => ("won", None, None),
        Phase::Lost { reason, note, .. } => ("lost", Some(reason), note.as_ref()),
    };
    let mut row = json!({
        "name": deal.name, "customer": deal.customer, "contact": deal.contact, "owner": deal.owner,
        "stage": stage, "outcome": outcome, "amount": deal.amount, "expected_close": deal.expected_close,
        "source": deal.source, "region": deal.region, "need": deal.need, "competitor": deal.competitor,
        "created_at": deal.created_at, "closed_at": deal.phase.closed_at(), "loss_reason": reason,
        "loss_note": note, "custom": deal.ext,
    });
    for field in ["customer", "contact", "owner"] {
        link(cx, &mut row, field)?;
    }
    Ok(row)
}

fn activity(cx: &mut Cx<'_>, activity: &Activity) -> Result<Value, Error> {
    if activity.status != ActivityStatus::Done {
        return Ok(Value::Null);
    }
    let minutes = activity
        .ends_at
        .map(|end| end.micros().saturating_sub(activity.at.micros()).div_euclid(60_000_000));
    let mut row = json!({
        "kind": activity.kind, "customer": activity.customer, "contact": activity.contact,
        "opportunity": activity.opportunity, "lead": activity.lead, "at": activity.at,
        "subject": activity.subject, "content": activity.content, "minutes": minutes,
        "owner": activity.owner, "author": activity.author, "entered_at": activity.entered_at,
        "custom": activity.ext,
    });
    for field in ["customer", "contact", "opportunity", "lead", "owner", "author"] {
        link(cx, &mut row, field)?;
    }
    Ok(row)
}
