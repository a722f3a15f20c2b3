//! Everything that matters about a customer, in one call.
//!
//! Sections are a registry: whatever hangs on a customer adds one line. Each is a first page of at most a fixed number of
//! rows, so that the whole costs the same whatever the customer's past.

use std::collections::BTreeMap;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::batch::Json;
use super::page::Wanted;
use super::{Listed, Seen};
use crate::access::{Access, permits};
use crate::activity::RevisitPlan;
use crate::contract::Contract;
use crate::decision::Check;
use crate::engine::{Cx, Error, Operation};
use crate::need::{Need, NeedState};
use crate::opportunity::{Opportunity, Phase};
use crate::order::Order;
use crate::party::{Address, Consent, Contact, ContactPoint, Customer};
use crate::payment::Payment;
use crate::promise::{Promise, PromiseState};
use crate::quote::Quote;
use crate::record::{Entity, Val};
use crate::service::{FeedbackRequest, ServiceRequest};
use crate::settings::User;
use crate::store::Scan;
use crate::value::{Code, Id, Invalid, Money, Name, Timestamp};

/// Rows of a section where nothing is said, and at most.
const ROWS: (u32, u32) = (20, 100);

/// One part of what is known of a customer.
struct Section {
    name: &'static str,
    /// The right without which it is absent.
    access: Access,
    of: fn(&mut Cx<'_>, &Customer, u32) -> Result<Json, Error>,
}

/// The sections, in the order in which a page shows them. Whatever hangs on customers adds a line here.
const SECTIONS: &[Section] = &[
    Section { name: "profile", access: Access::Read, of: profile },
    Section { name: "contacts", access: Access::Read, of: contacts },
    Section { name: "deals", access: Access::Read, of: deals },
    Section { name: "needs", access: Access::Read, of: needs },
    Section { name: "promises", access: Access::Read, of: promises },
    Section { name: "revisits", access: Access::Read, of: revisits },
    Section { name: "quotes", access: Access::Read, of: newest::<Quote, { Quote::BY_CUSTOMER }> },
    Section {
        name: "contracts",
        access: Access::Read,
        of: newest::<Contract, { Contract::BY_CUSTOMER }>,
    },
    Section { name: "orders", access: Access::Read, of: newest::<Order, { Order::BY_CUSTOMER }> },
    Section { name: "outstanding", access: Access::Read, of: outstanding },
    Section {
        name: "payments",
        access: Access::Read,
        of: newest::<Payment, { Payment::BY_CUSTOMER }>,
    },
    Section {
        name: "services",
        access: Access::Read,
        of: newest::<ServiceRequest, { ServiceRequest::BY_CUSTOMER }>,
    },
    Section {
        name: "feedback",
        access: Access::Read,
        of: newest::<FeedbackRequest, { FeedbackRequest::BY_CUSTOMER }>,
    },
    Section { name: "consent", access: Access::Read, of: consent },
    Section { name: "timeline", access: Access::Read, of: timeline },
];

/// Everything that matters about a customer, in one call: section by section a first page, the last first where there is
/// an order of time. A section that the caller may not see is absent, and so is one of a part of the engine that is not
/// there. The further pages are had from the operations on each kind (`customer.timeline`, `opportunity.list` …).
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct CustomerOverview {
    /// Which customer.
    pub id: Id<Customer>,
    /// Only these sections; all where nothing is said.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub sections: Option<Vec<String>>,
    /// Rows in each section at most: 1 to 100; 20 where nothing is said.
    #[serde(default)]
    pub limit: Option<u32>,
}

/// Everything that matters about a customer.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Overview {
    /// Which customer.
    pub id: Id<Customer>,
    /// Its name.
    pub name: Name,
    /// When it was asked.
    pub as_of: Timestamp,
    /// The names of the sections, in the order in which a page shows them.
    pub order: Vec<String>,
    /// The sections by name; those that the caller may not see are absent.
    pub sections: BTreeMap<String, Json>,
}

impl Operation for CustomerOverview {
    const NAME: &'static str = "customer.overview";
    const ACCESS: Access = Access::Read;
    type Response = Overview;

    fn run(&self, cx: &mut Cx<'_>) -> Result<Overview, Error> {
        let limit = self.checked()?;
        let customer = cx.get(self.id)?;
        let role = cx.actor()?.role;
        let asked = |section: &&Section| {
            let named = self.sections.as_ref();
            named.is_none_or(|named| named.iter().any(|name| name == section.name))
                && permits(role, section.access)
        };
        let (mut order, mut sections) = (Vec::new(), BTreeMap::new());
        for section in SECTIONS.iter().filter(asked) {
            order.push(section.name.to_owned());
            sections.insert(section.name.to_owned(), (section.of)(cx, &customer, limit)?);
        }
        let (id, name, as_of) = (customer.id, customer.name, cx.now());
        Ok(Overview { id, name, as_of, order, sections })
    }
}

impl CustomerOverview {
    /// Rows in each section, of a request that names sections that there are.
    fn checked(&self) -> Result<u32, Error> {
        let mut check = Check::default();
        for (at, name) in self.sections.iter().flatten().enumerate() {
            let known = SECTIONS.iter().map(|section| section.name);
            check.rule(
                known.clone().any(|known| known == name),
                &format!("sections[{at}]"),
                || Invalid::new("overview.section_unknown", name).allowed(known),
            );
        }
        let limit = self.limit.unwrap_or(ROWS.0);
        check.rule((1..=ROWS.1).contains(&limit), "limit", || {
            Invalid::new("page.limit", &limit.to_string()).limit(format!("1 to {}", ROWS.1))
        });
        Ok(check.finish(Some(limit))?)
    }
}

/// A section as the response holds it.
fn json<T: Serialize>(section: &T) -> Result<Json, Error> {
    let bytes = serde_json::to_vec(section).map_err(|e| Error::Internal(e.to_string()))?;
    Json::of(bytes)
}

/// Who the customer is, how it is reached and who looks after it.
#[derive(Serialize)]
struct Profile {
    customer: Seen<Customer>,
    owner_name: Option<Name>,
    #[serde(skip_serializing_if = "Option::is_none")]
    parent_name: Option<Name>,
    points: Vec<ContactPoint>,
    addresses: Vec<Address>,
}

fn profile(cx: &mut Cx<'_>, customer: &Customer, limit: u32) -> Result<Json, Error> {
    let parent = customer.parent.map(|parent| cx.find(parent)).transpose()?.flatten();
    let owner: Option<User> = customer.owner.map(|owner| cx.find(owner)).transpose()?.flatten();
    let of = [Val::Id(customer.id.uuid())];
    json(&Profile {
        owner_name: owner.map(|owner| owner.name),
        parent_name: parent.map(|parent| parent.name),
        points: first(cx, ContactPoint::BY_OWNER, &of, limit)?,
        addresses: first(cx, Address::BY_CUSTOMER, &of, limit)?,
        customer: Seen { version: cx.version(customer.id), record: customer.clone() },
    })
}

/// The first rows of a listing.
fn first<T: Entity>(cx: &Cx<'_>, index: u16, prefix: &[Val], limit: u32) -> Result<Vec<T>, Error> {
    let scan = Scan { limit, ..Scan::of(cx.tenant(), T::KIND, index, prefix) };
    Ok(cx.page::<T>(&scan)?.rows.into_iter().map(|(_, row)| row).collect())
}

/// A contact and how to reach them.
#[derive(Serialize)]
struct Person {
    #[serde(flatten)]
    contact: Seen<Contact>,
    is_primary: bool,
    points: Vec<ContactPoint>,
}

/// A page of rows, and where the next one begins.
#[derive(Serialize)]
struct Rows<T> {
    rows: Vec<T>,
    #[serde(skip_serializing_if = "Option::is_none")]
    next: Option<String>,
}

fn contacts(cx: &mut Cx<'_>, customer: &Customer, limit: u32) -> Result<Json, Error> {
    let of = [Val::Id(customer.id.uuid())];
    let wanted = Wanted::of(Contact::BY_CUSTOMER, &of).page(Some(limit), None);
    let page: Listed<Contact> = cx.listed(wanted, |_| true)?;
    let mut rows = Vec::with_capacity(page.rows.len());
    for contact in page.rows {
        let id = contact.record.id;
        let points = first(cx, ContactPoint::BY_OWNER, &[Val::Id(id.uuid())], limit)?;
        rows.push(Person { is_primary: customer.primary_contact == Some(id), contact, points });
    }
    json(&Rows { rows, next: page.next })
}

/// A deal as a list shows it.
#[derive(Serialize)]
struct Deal {
    id: Id<Opportunity>,
    name: Name,
    state: String,
    stage_code: Option<Code>,
    stage_name: Option<Name>,
    amount: Option<Money>,
    expected_close: Option<chrono::NaiveDate>,
    owner: Id<User>,
    touched_at: Timestamp,
    created_at: Timestamp,
    #[serde(skip_serializing_if = "Option::is_none")]
    closed_at: Option<Timestamp>,
    #[serde(skip_serializing_if = "Option::is_none")]
    loss_reason: Option<Code>,
}

fn deals(cx: &mut Cx<'_>, customer: &Customer, limit: u32) -> Result<Json, Error> {
    let of = [Val::Id(customer.id.uuid())];
    let wanted = Wanted::of(Opportunity::BY_CUSTOMER, &of).newest_first();
    let page: Listed<Opportunity> = cx.listed(wanted.page(Some(limit), None), |_| true)?;
    let mut rows = Vec::with_capacity(page.rows.len());
    for Seen { record: deal, .. } in page.rows {
        let process = cx.process(deal.pipeline)?;
        let stage = process.stage(deal.phase.stage());
        let loss_reason = match &deal.phase {
            Phase::Lost { reason, .. } => Some(reason.clone()),
            Phase::Open { .. } | Phase::Won { .. } => None,
        };
        rows.push(Deal {
            id: deal.id,
            state: deal.phase.code().to_owned(),
            stage_code: stage.map(|stage| stage.code.clone()),
            stage_name: stage.map(|stage| stage.name.clone()),
            amount: deal.amount,
            expected_close: deal.expected_close,
            owner: deal.owner,
            touched_at: deal.touched_at,
            created_at: deal.created_at,
            closed_at: deal.phase.closed_at(),
            loss_reason,
            name: deal.name,
        });
    }
    json(&Rows { rows, next: page.next })
}

fn needs(cx: &mut Cx<'_>, customer: &Customer, limit: u32) -> Result<Json, Error> {
    let open = [Val::Id(customer.id.uuid()), Val::from(NeedState::Open.code())];
    let wanted = Wanted::of(Need::BY_CUSTOMER_STATE, &open).newest_first();
    let page: Listed<Need> = cx.listed(wanted.page(Some(limit), None), |_| true)?;
    json(&page)
}

/// A promise and whether its day is over.
#[derive(Serialize)]
struct Promised {
    #[serde(flatten)]
    promise: Seen<Promise>,
    overdue: bool,
}

fn promises(cx: &mut Cx<'_>, customer: &Customer, limit: u32) -> Result<Json, Error> {
    let today = cx.today()?;
    let open = [Val::Id(customer.id.uuid()), Val::from(PromiseState::Open.code())];
    let wanted = Wanted::of(Promise::BY_CUSTOMER, &open).page(Some(limit), None);
    let page: Listed<Promise> = cx.listed(wanted, |_| true)?;
    let rows = page.rows.into_iter();
    let rows = rows.map(|promise| Promised { overdue: promise.record.is_overdue(today), promise });
    json(&Rows { rows: rows.collect(), next: page.next })
}

fn revisits(cx: &mut Cx<'_>, customer: &Customer, limit: u32) -> Result<Json, Error> {
    let of = [Val::Id(customer.id.uuid())];
    let wanted = Wanted::of(RevisitPlan::BY_CUSTOMER, &of).newest_first();
    let page: Listed<RevisitPlan> = cx.listed(wanted.page(Some(limit), None), |_| true)?;
    let rows: Vec<_> = page.rows.into_iter().filter(|plan| plan.record.ended.is_none()).collect();
    json(&Rows { rows, next: page.next })
}

/// The newest rows of a listing that leads with the customer.
fn newest<T: Entity + Serialize, const INDEX: u16>(
    cx: &mut Cx<'_>,
    customer: &Customer,
    limit: u32,
) -> Result<Json, Error> {
    let of = [Val::Id(customer.id.uuid())];
    let wanted = Wanted::of(INDEX, &of).newest_first().page(Some(limit), None);
    let page: Listed<T> = cx.listed(wanted, |_| true)?;
    json(&page)
}

/// What the customer owes, by currency, and what of its money pays for nothing yet.
fn outstanding(cx: &mut Cx<'_>, customer: &Customer, _: u32) -> Result<Json, Error> {
    json(&super::PaymentBalance { customer: customer.id }.run(cx)?)
}

/// What the customer and its people allow.
fn consent(cx: &mut Cx<'_>, customer: &Customer, limit: u32) -> Result<Json, Error> {
    let people: Vec<Contact> =
        first(cx, Contact::BY_CUSTOMER, &[Val::Id(customer.id.uuid())], limit)?;
    let people = people.into_iter().map(|person| person.id.uuid());
    let mut rows: Vec<Consent> = Vec::new();
    for subject in core::iter::once(customer.id.uuid()).chain(people) {
        rows.extend(first::<Consent>(cx, Consent::BY_SUBJECT, &[Val::Id(subject)], limit)?);
    }
    json(&Rows { rows, next: None })
}

fn timeline(cx: &mut Cx<'_>, customer: &Customer, limit: u32) -> Result<Json, Error> {
    json(&super::timeline::timeline(cx, customer.id, limit, None)?)
}
