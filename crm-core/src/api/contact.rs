//! Operations on contacts.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::page::Wanted;
use super::{Entered, Listed, Seen};
use crate::access::Access;
use crate::decision::Check;
use crate::engine::{Cx, Edits, Error, Operation, amended};
use crate::party::{self, Contact, CreateContact, Customer, PointOwner};
use crate::record::{Ext, Val};
use crate::settings::Settings;
use crate::value::{Id, Invalid};

impl Operation for CreateContact {
    const NAME: &'static str = "contact.create";
    const ACCESS: Access = Access::Record;
    type Response = Entered<Contact>;

    fn run(&self, cx: &mut Cx<'_>) -> Result<Entered<Contact>, Error> {
        let home = cx.get(Settings::ID)?.home();
        let id = cx.id_or(self.id);
        let mut check = Check::default();
        let contact = check.below("", party::create_contact(id, self, cx.now()));
        let reach = check.below("", party::reachable(&self.phones, &self.emails, home));
        let (mut contact, reach) = check.finish(contact.zip(reach))?;
        let customer = cx.live_customer("customer", contact.customer)?;
        cx.terms(&[("role", "contact_role", None, contact.role.as_ref())])?;
        contact.ext = cx.custom::<Contact>(&self.custom)?;
        let created = cx.create(&contact)?;
        if self.primary {
            cx.put(&customer.with_primary(&contact)?)?;
        }
        let likely = cx.likely(&contact, &reach)?;
        cx.reach((PointOwner::Contact, id.uuid()), reach)?;
        Ok(Entered::with(created, likely))
    }
}

/// Changes plain fields of a contact. Each edit says what it replaces: edits of different fields never conflict.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct AmendContact {
    /// Which.
    pub id: Id<Contact>,
    /// What shall change.
    pub set: Edits,
}

impl Operation for AmendContact {
    const NAME: &'static str = "contact.amend";
    const ACCESS: Access = Access::Record;
    type Response = Seen<Contact>;

    fn run(&self, cx: &mut Cx<'_>) -> Result<Seen<Contact>, Error> {
        let before = cx.get(self.id)?;
        let wish = amended(&before.wish(), &self.set)?;
        let mut after = party::create_contact(before.id, &wish, before.created_at)?;
        if after.customer != before.customer {
            let invalid = Invalid::new("contact.customer_by_move", &after.customer.to_string());
            return Err(Error::invalid("set.customer", invalid.limit("contact.move")));
        }
        cx.terms(&[("role", "contact_role", before.role.as_ref(), after.role.as_ref())])?;
        after.ext = cx.custom_after::<Contact>(&before.ext, &wish.custom)?;
        cx.amend(&after)
    }
}

/// Moves a contact to another customer: a person who changed their employer. What was done with them stays with the
/// customer it was done for.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct MoveContact {
    /// Whom.
    pub id: Id<Contact>,
    /// Where to.
    pub customer: Id<Customer>,
}

impl Operation for MoveContact {
    const NAME: &'static str = "contact.move";
    const ACCESS: Access = Access::Record;
    type Response = Seen<Contact>;

    fn run(&self, cx: &mut Cx<'_>) -> Result<Seen<Contact>, Error> {
        let contact = cx.get(self.id)?;
        cx.live_customer("customer", self.customer)?;
        cx.about(contact.id);
        if contact.customer != self.customer {
            not_primary(cx, &contact)?;
        }
        cx.amend(&Contact { customer: self.customer, ..contact })
    }
}

/// Makes a contact the primary one of their customer, instead of whoever is; or no longer.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct SetPrimaryContact {
    /// Whom.
    pub id: Id<Contact>,
    /// Whether they shall be it.
    pub primary: bool,
}

impl Operation for SetPrimaryContact {
    const NAME: &'static str = "contact.set_primary";
    const ACCESS: Access = Access::Record;
    type Response = Seen<Customer>;

    fn run(&self, cx: &mut Cx<'_>) -> Result<Seen<Customer>, Error> {
        let contact = cx.get(self.id)?;
        if self.primary {
            let customer = cx.get(contact.customer)?;
            cx.put(&customer.with_primary(&contact)?)?;
        } else {
            not_primary(cx, &contact)?;
        }
        cx.seen(contact.customer)
    }
}

/// Will have the customer of a contact without it as the primary one.
fn not_primary(cx: &mut Cx<'_>, contact: &Contact) -> Result<(), Error> {
    let customer = cx.get(contact.customer)?;
    cx.put(&customer.without_primary(contact.id))
}

/// A contact by its id, at the customer where they are now.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct GetContact {
    /// Whom.
    pub id: Id<Contact>,
}

impl Operation for GetContact {
    const NAME: &'static str = "contact.get";
    const ACCESS: Access = Access::Read;
    type Response = Seen<Contact>;

    fn run(&self, cx: &mut Cx<'_>) -> Result<Seen<Contact>, Error> {
        cx.seen(self.id)
    }
}

/// Contacts by name, a page at a time: those of a customer, or of all.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct ListContacts {
    /// Only those of this customer.
    pub customer: Option<Id<Customer>>,
    /// Only those whose name begins so.
    pub name: Option<String>,
    /// Rows in a page: 1 to 1,000; 50 where nothing is said.
    pub limit: Option<u32>,
    /// Where the page before ended.
    pub after: Option<String>,
}

impl Operation for ListContacts {
    const NAME: &'static str = "contact.list";
    const ACCESS: Access = Access::Read;
    type Response = Listed<Contact>;

    fn run(&self, cx: &mut Cx<'_>) -> Result<Listed<Contact>, Error> {
        if let Some(customer) = self.customer
            && let Some(customer) = cx.find(customer)?
        {
            cx.looked_at(&customer)?;
        }
        let customer = self.customer.map(|customer| [Val::Id(customer.uuid())]);
        let wanted = match &customer {
            Some(customer) => Wanted::of(Contact::BY_CUSTOMER, customer),
            None => Wanted::of(Contact::BY_NAME, &[]),
        };
        let wanted = wanted
            .starting_with(self.name.as_deref().unwrap_or_default())
            .page(self.limit, self.after.as_deref());
        let mut page = cx.listed(wanted, |_| true)?;
        cx.leave_out_unseen(&mut page.rows, |contact: &Contact| contact.customer)?;
        Ok(page)
    }
}

/// Removes a contact with their phones and addresses, and nothing else: the customer stays, and what was done with them.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct RemoveContact {
    /// Whom.
    pub id: Id<Contact>,
}

impl Operation for RemoveContact {
    const NAME: &'static str = "contact.remove";
    const ACCESS: Access = Access::Record;
    type Response = Seen<Contact>;

    fn run(&self, cx: &mut Cx<'_>) -> Result<Seen<Contact>, Error> {
        let contact = cx.get(self.id)?;
        cx.about(contact.id);
        not_primary(cx, &contact)?;
        cx.unreachable((PointOwner::Contact, contact.id.uuid()))?;
        cx.index(contact.id, &contact.ext, &Ext::new())?;
        cx.remove(contact.id)?;
        Ok(Seen { version: cx.version(contact.id), record: contact })
    }
}
