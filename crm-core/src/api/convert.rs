//! Converting a lead.

use std::collections::BTreeSet;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::access::Access;
use crate::activity::Activity;
use crate::custom::CustomField;
use crate::decision::Check;
use crate::engine::{Cx, Error, Operation};
use crate::lead::{self, ConvertGrounds, ConvertLead, Lead, Unmapped, match_of};
use crate::opportunity::Opportunity;
use crate::party::{ConsentOf, Contact, ContactPoint, Customer, CustomerType, PointOwner};
use crate::record::{Ext, Key, Kind, Val};
use crate::settings::{Settings, Term, User, usable};
use crate::undo::{Action, Keep, Reversal};
use crate::value::{Id, Timestamp};

/// What a lead became.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Converted {
    /// The lead.
    pub lead: Id<Lead>,
    /// The customer.
    pub customer: Id<Customer>,
    /// Whether the customer is new; one that was there is linked and not changed.
    pub customer_made: bool,
    /// The contact.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub contact: Option<Id<Contact>>,
    /// Whether the contact is new.
    pub contact_made: bool,
    /// The deal.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub opportunity: Option<Id<Opportunity>>,
    /// Values of the lead that found no place; they stay with the lead.
    pub unmapped: Vec<Unmapped>,
    /// By what it is undone: the id for `reversal.undo`.
    pub reversal: Id<Reversal>,
    /// Until when.
    pub undo_until: Timestamp,
}

impl Operation for ConvertLead {
    const NAME: &'static str = "lead.convert";
    const ACCESS: Access = Access::Record;
    type Response = Converted;

    fn run(&self, cx: &mut Cx<'_>) -> Result<Converted, Error> {
        if self.opportunity.is_some() {
            cx.permit(Access::Sell)?;
        }
        let lead = cx.get(self.id)?;
        lead.takes_new().map_err(|invalid| Error::invalid("id", invalid))?;
        let kept =
            cx.reversible(Action::LeadConvert, Key { kind: Kind::Lead, id: lead.id.uuid() })?;
        cx.about(lead.id);
        let owner = [Val::Id(lead.id.uuid())];
        let points = cx.list::<ContactPoint>(ContactPoint::BY_OWNER, &owner)?;
        let found = matches(cx, &lead, &points)?;
        let linked = linked(cx, self, &found)?;
        let fields = ["lead", "customer", "contact", "opportunity"].map(Val::from);
        let [of_leads, of_customers, of_contacts, of_deals] =
            fields.map(|kind| cx.list::<CustomField>(CustomField::BY_CODE, &[kind]));
        let fields = [of_leads?, of_customers?, of_contacts?, of_deals?];
        let grounds = ConvertGrounds {
            customer: linked.0.as_ref(),
            contact: linked.1.as_ref(),
            owner: owner_of(cx, &lead)?,
            source_usable: source_usable(cx, &lead)?,
            fields: fields.each_ref().map(Vec::as_slice),
        };
        let made = lead::convert(&lead, self, grounds);
        let (customer_made, contact_made) = (made.customer.is_some(), made.contact.is_some());
        let customer = match made.customer {
            Some(wish) => wish.run(cx).map_err(|e| super::batch::below("customer", e))?.id,
            None => match &linked.0 {
                Some(customer) => customer.id,
                None => return Err(Error::Internal("neither a new customer nor one".to_owned())),
            },
        };
        let contact = match made.contact {
            Some(mut wish) => {
                wish.customer = Some(customer);
                wish.primary = cx.get(customer)?.primary_contact.is_none();
                Some(wish.run(cx).map_err(|e| super::batch::below("contact", e))?.id)
            }
            None => linked.1.as_ref().map(|contact| contact.id),
        };
        let opportunity = match made.opportunity {
            Some(mut wish) => {
                (wish.customer, wish.contact) = (Some(customer), contact);
                Some(wish.run(cx).map_err(|e| super::batch::below("opportunity", e))?.id)
            }
            None => None,
        };
        let reached = match contact {
            Some(contact) => (PointOwner::Contact, contact.uuid()),
            None => (PointOwner::Customer, customer.uuid()),
        };
        carry_points(cx, &points, reached)?;
        let consenting = match contact {
            Some(contact) => (ConsentOf::Contact, contact.uuid()),
            None => (ConsentOf::Customer, customer.uuid()),
        };
        cx.carry_consents(lead.id.uuid(), consenting)?;
        carry_activities(cx, &lead, customer, contact)?;
        cx.amend(&lead.converted(customer, contact, opportunity, cx.now()))?;
        Ok(Converted {
            lead: lead.id,
            customer,
            customer_made,
            contact,
            contact_made,
            opportunity,
            unmapped: made.unmapped,
            reversal: kept.0,
            undo_until: kept.1,
        })
    }
}

impl Cx<'_> {
    /// Will keep what this decision changes, so that it can be undone: by which reversal, until when.
    pub(super) fn reversible(
        &mut self,
        action: Action,
        subject: Key,
    ) -> Result<(Id<Reversal>, Timestamp), Error> {
        let until = self.get(Settings::ID)?.undo_until(self.now());
        let id = self.new_id();
        self.keep(Keep { id, action, subject: Some(subject), until, source: None });
        Ok((id, until))
    }
}

/// Who matches a lead exactly.
#[derive(Default)]
struct Matches {
    customers: BTreeSet<Id<Customer>>,
    contacts: Vec<Contact>,
}

/// Customers and contacts who are reached as the lead is, and organizations of exactly its company's name.
fn matches(cx: &mut Cx<'_>, lead: &Lead, points: &[ContactPoint]) -> Result<Matches, Error> {
    let mut found = Matches::default();
    for point in points {
        let same = [Val::from(point.medium.code()), Val::from(point.normal.as_str())];
        for other in cx.list::<ContactPoint>(ContactPoint::BY_NORMAL, &same)? {
            match other.owner_kind {
                PointOwner::Customer => {
                    let customer = cx.find(Id::<Customer>::new(other.owner))?;
                    found.customers.extend(customer.map(|customer| customer.id));
                }
                PointOwner::Contact => {
                    if let Some(contact) = cx.find(Id::<Contact>::new(other.owner))? {
                        found.customers.insert(contact.customer);
                        found.contacts.push(contact);
                    }
                }
                PointOwner::Lead => {}
            }
        }
    }
    if let Some(company) = &lead.company {
        let named = cx.list::<Customer>(Customer::BY_NAME, &[Val::from(company.as_str())])?;
        let named = named.into_iter().filter(|c| c.customer_type == CustomerType::Business);
        found.customers.extend(named.map(|customer| customer.id));
    }
    Ok(found)
}

/// The customer and the contact who are linked, instead of new ones.
fn linked(
    cx: &mut Cx<'_>,
    wish: &ConvertLead,
    found: &Matches,
) -> Result<(Option<Customer>, Option<Contact>), Error> {
    let customers: Vec<Id<Customer>> = found.customers.iter().copied().collect();
    let named = match wish.contact.id {
        // Whoever names the contact has named the customer.
        Some(contact) if wish.customer.id.is_none() && !wish.customer.create => {
            Some(cx.known("contact.id", contact)?.customer)
        }
        _ => wish.customer.id,
    };
    let customer = match_of(named, wish.customer.create, &customers)
        .map_err(|invalid| Error::invalid("customer", invalid))?;
    let customer = match customer {
        Some(id) => Some(cx.live_customer("customer.id", id)?),
        None => None,
    };
    let at = customer.as_ref().map(|customer| customer.id);
    let there = found.contacts.iter().filter(|contact| Some(contact.customer) == at);
    let there: BTreeSet<Id<Contact>> = there.map(|contact| contact.id).collect();
    let there: Vec<Id<Contact>> = there.into_iter().collect();
    let mut check = Check::default();
    let create = wish.contact.create || wish.contact.none;
    let contact = check.take("contact", match_of(wish.contact.id, create, &there));
    check.done()?;
    let contact = cx.known_if("contact.id", contact.flatten())?;
    if let Some(contact) = contact.as_ref().filter(|contact| Some(contact.customer) != at) {
        let elsewhere =
            crate::value::Invalid::new("contact.of_other_customer", &contact.id.to_string());
        return Err(Error::invalid("contact.id", elsewhere));
    }
    Ok((customer, contact))
}

/// Who looks after what is made: the lead's owner while they are active, else the actor.
fn owner_of(cx: &mut Cx<'_>, lead: &Lead) -> Result<Id<User>, Error> {
    let owner = match lead.owner {
        Some(owner) => cx.find(owner)?,
        None => None,
    };
    match owner.filter(|owner| owner.active) {
        Some(owner) => Ok(owner.id),
        None => Ok(cx.actor()?.id),
    }
}

fn source_usable(cx: &mut Cx<'_>, lead: &Lead) -> Result<bool, Error> {
    let Some(source) = &lead.source else { return Ok(true) };
    let terms = cx.list::<Term>(Term::BY_CODE, &[Val::from("source")])?;
    Ok(usable(source, &terms).is_ok())
}

/// Will have them reached as the lead is, each way once; the lead keeps its own.
fn carry_points(
    cx: &mut Cx<'_>,
    points: &[ContactPoint],
    (owner_kind, owner): (PointOwner, uuid::Uuid),
) -> Result<(), Error> {
    for point in points {
        let key = [Val::Id(owner), point.medium.code().into(), Val::from(point.normal.as_str())];
        if cx.unique::<ContactPoint>(ContactPoint::BY_OWNER, &key)?.is_none() {
            let id = cx.new_id();
            cx.put(&ContactPoint { id, owner_kind, owner, ext: Ext::new(), ..point.clone() })?;
        }
    }
    Ok(())
}

/// Will have what was done with the lead be found with the customer too.
fn carry_activities(
    cx: &mut Cx<'_>,
    lead: &Lead,
    customer: Id<Customer>,
    contact: Option<Id<Contact>>,
) -> Result<(), Error> {
    for activity in cx.list::<Activity>(Activity::BY_LEAD, &[Val::Id(lead.id.uuid())])? {
        // One that is with somebody else already stays with them.
        if activity.customer.is_none_or(|with| with == customer) {
            let contact = activity.contact.or(contact);
            cx.put(&Activity { customer: Some(customer), contact, ..activity })?;
        }
    }
    Ok(())
}
