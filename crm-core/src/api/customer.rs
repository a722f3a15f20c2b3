//! Operations on customers.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::page::Wanted;
use super::{Entered, Listed, Seen};
use crate::access::Access;
use crate::decision::Check;
use crate::engine::{Cx, Edits, Error, Operation, amended};
use crate::party::{self, CreateCustomer, Customer, CustomerStatus, CustomerType, PointOwner};
use crate::record::Val;
use crate::settings::{Settings, User};
use crate::value::{Code, Id, Invalid};

impl Operation for CreateCustomer {
    const NAME: &'static str = "customer.create";
    const ACCESS: Access = Access::Record;
    type Response = Entered<Customer>;

    fn run(&self, cx: &mut Cx<'_>) -> Result<Entered<Customer>, Error> {
        let owner = cx.owner_or_actor(self.owner)?;
        let home = cx.get(Settings::ID)?.home();
        let id = cx.id_or(self.id);
        let mut check = Check::default();
        let customer = check.below("", party::create(id, self, owner, cx.now()));
        let reach = check.below("", party::reachable(&self.phones, &self.emails, home));
        let (mut customer, reach) = check.finish(customer.zip(reach))?;
        codes(cx, None, &customer)?;
        customer.ext = cx.custom::<Customer>(&self.custom)?;
        place(cx, &customer)?;
        let created = cx.create(&customer)?;
        let likely = cx.likely(&customer, &reach)?;
        cx.reach((PointOwner::Customer, id.uuid()), reach)?;
        Ok(Entered::with(created, likely))
    }
}

/// Changes plain fields of a customer. Each edit says what it replaces: edits of different fields never conflict.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct AmendCustomer {
    /// Which.
    pub id: Id<Customer>,
    /// What shall change.
    pub set: Edits,
}

impl Operation for AmendCustomer {
    const NAME: &'static str = "customer.amend";
    const ACCESS: Access = Access::Record;
    type Response = Seen<Customer>;

    fn run(&self, cx: &mut Cx<'_>) -> Result<Seen<Customer>, Error> {
        let before = cx.get(self.id)?;
        let wish = amended(&before.wish(), &self.set)?;
        let owner = match wish.owner {
            owner if owner == before.owner => owner,
            named => Some(cx.owner_or_actor(named)?),
        };
        let maker = owner.unwrap_or(User::OWNER);
        let after = party::create(before.id, &wish, maker, before.created_at)?;
        if after.customer_type != before.customer_type {
            let invalid = Invalid::new("customer.type_by_set_type", after.customer_type.code());
            return Err(Error::invalid("set.customer_type", invalid.limit("customer.set_type")));
        }
        codes(cx, Some(&before), &after)?;
        place(cx, &after)?;
        let ext = cx.custom_after::<Customer>(&before.ext, &wish.custom)?;
        let (status, primary_contact) = (before.status, before.primary_contact);
        let (pool, told) = (before.pool, before.told);
        cx.amend(&Customer { status, primary_contact, ext, owner, pool, told, ..after })
    }
}

/// Refuses codes that the vocabularies do not have.
fn codes(cx: &mut Cx<'_>, before: Option<&Customer>, after: &Customer) -> Result<(), Error> {
    let code = |field: fn(&Customer) -> Option<&Code>| (before.and_then(field), field(after));
    let industry = code(|customer| customer.industry.as_ref());
    let size = code(|customer| customer.size.as_ref());
    let source = code(|customer| customer.source.as_ref());
    let group = code(|customer| customer.price_group.as_ref());
    cx.terms(&[
        ("industry", "industry", industry.0, industry.1),
        ("size", "size", size.0, size.1),
        ("source", "source", source.0, source.1),
        ("price_group", "price_group", group.0, group.1),
    ])
}

/// Refuses a parent that is unknown, or below the customer.
fn place(cx: &mut Cx<'_>, customer: &Customer) -> Result<(), Error> {
    let above = cx.chain("parent", customer.parent, |customer: &Customer| customer.parent)?;
    Ok(party::place_under(customer.id, &above)?)
}

impl Cx<'_> {
    /// The customer that a field of the request names, if something new may hang on it (F007).
    pub(crate) fn live_customer(
        &mut self,
        path: &str,
        id: Id<Customer>,
    ) -> Result<Customer, Error> {
        let customer = self.known(path, id)?;
        customer.takes_new().map_err(|invalid| Error::invalid(path, invalid))?;
        Ok(customer)
    }
}

/// Makes a customer an organization or a person, of a kind that the host has a form for, or of none. Where values would be lost, it lists them and needs `confirm`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct SetCustomerType {
    /// Which.
    pub id: Id<Customer>,
    /// `business` or `personal`.
    pub customer_type: CustomerType,
    /// The kind that it shall be, a code for which there is a form; without it, its type is its kind.
    #[serde(default)]
    pub form: Option<String>,
    /// The caller knows what is lost.
    #[serde(default)]
    pub confirm: bool,
}

impl Operation for SetCustomerType {
    const NAME: &'static str = "customer.set_type";
    const ACCESS: Access = Access::Record;
    type Response = Seen<Customer>;

    fn run(&self, cx: &mut Cx<'_>) -> Result<Seen<Customer>, Error> {
        let customer = cx.get(self.id)?;
        let kind = self.form.as_deref().map(Code::parse).transpose();
        let form = kind.map_err(|invalid| Error::invalid("form", invalid))?;
        let mut check = Check::default();
        let other = party::set_type(&customer, self.customer_type, true)?;
        let mut after = Customer { form, ..other };
        let type_kept = party::set_type(&customer, self.customer_type, self.confirm);
        check.below("", type_kept.map(drop));
        // What the form of its new kind does not have is lost, too.
        let mut wish = after.wish();
        let document = serde_json::to_value(&wish).unwrap_or_default();
        for field in cx.lost_to_form(&after)? {
            let held = match field.strip_prefix("custom.") {
                Some(code) => document.get("custom").and_then(|custom| custom.get(code)),
                None => document.get(&field),
            };
            let held = held.map(|held| held.as_str().map_or(held.to_string(), str::to_owned));
            check.rule(self.confirm, &field, || {
                Invalid::new("customer.value_would_be_lost", &held.unwrap_or_default())
                    .limit("not in the form of its kind; confirm to lose it")
            });
            match field.strip_prefix("custom.") {
                Some(code) => drop(wish.custom.remove(code)),
                None => wish.lose(&field),
            }
        }
        check.done()?;
        let ext = wish.custom.clone();
        let bare = party::create(after.id, &wish, User::OWNER, after.created_at)?;
        after = Customer {
            ext,
            industry: bare.industry,
            size: bare.size,
            source: bare.source,
            region: bare.region,
            birthday: bare.birthday,
            note: bare.note,
            website: bare.website,
            credit_code: bare.credit_code,
            parent: bare.parent,
            price_group: bare.price_group,
            ..after
        };
        cx.amend(&after)
    }
}

/// A customer by its id, archived or not.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct GetCustomer {
    /// Which.
    pub id: Id<Customer>,
}

impl Operation for GetCustomer {
    const NAME: &'static str = "customer.get";
    const ACCESS: Access = Access::Read;
    type Response = Seen<Customer>;

    fn run(&self, cx: &mut Cx<'_>) -> Result<Seen<Customer>, Error> {
        let seen = cx.seen(self.id)?;
        cx.looked_at(&seen.record)?;
        Ok(seen)
    }
}

/// Customers by name, a page at a time: those that fit everything that is said.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct ListCustomers {
    /// Only those whose name begins so.
    pub name: Option<String>,
    /// Only those that this user looks after.
    pub owner: Option<Id<User>>,
    /// Only those that belong to this organization. Not together with `owner`.
    pub parent: Option<Id<Customer>>,
    /// Only organizations, or only persons.
    pub customer_type: Option<CustomerType>,
    /// Only those of this industry.
    pub industry: Option<String>,
    /// Only those of this source.
    pub source: Option<String>,
    /// Only those of this region.
    pub region: Option<String>,
    /// Also archived ones.
    pub archived: bool,
    /// Rows in a page: 1 to 1,000; 50 where nothing is said.
    pub limit: Option<u32>,
    /// Where the page before ended.
    pub after: Option<String>,
}

impl Operation for ListCustomers {
    const NAME: &'static str = "customer.list";
    const ACCESS: Access = Access::Read;
    type Response = Listed<Customer>;

    fn run(&self, cx: &mut Cx<'_>) -> Result<Listed<Customer>, Error> {
        let (index, prefix) = match (self.owner, self.parent) {
            (Some(owner), _) => (Customer::BY_OWNER, vec![Val::Id(owner.uuid())]),
            (None, Some(parent)) => (Customer::BY_PARENT, vec![Val::Id(parent.uuid())]),
            (None, None) => (Customer::BY_NAME, Vec::new()),
        };
        let wanted = Wanted::of(index, &prefix)
            .starting_with(self.name.as_deref().unwrap_or_default())
            .page(self.limit, self.after.as_deref());
        let unseen = cx.unseen()?;
        cx.listed(wanted, |customer| self.fits(customer) && !unseen.hides(customer))
    }
}

impl ListCustomers {
    fn fits(&self, customer: &Customer) -> bool {
        let code = |wanted: &Option<String>, code: &Option<Code>| match wanted {
            None => true,
            Some(wanted) => code.as_ref().is_some_and(|code| code.as_str() == wanted),
        };
        let region = |region: &str| customer.region.as_ref().is_some_and(|r| r.as_str() == region);
        (self.archived || customer.status == CustomerStatus::Active)
            && self.customer_type.is_none_or(|of| customer.customer_type == of)
            && self.parent.is_none_or(|parent| customer.parent == Some(parent))
            && code(&self.industry, &customer.industry)
            && code(&self.source, &customer.source)
            && self.region.as_deref().is_none_or(region)
    }
}

/// Archives a customer: no new activity, opportunity or order hangs on it from now on. Doing it twice is once.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct ArchiveCustomer {
    /// Which.
    pub id: Id<Customer>,
}

impl Operation for ArchiveCustomer {
    const NAME: &'static str = "customer.archive";
    const ACCESS: Access = Access::Record;
    type Response = Seen<Customer>;

    fn run(&self, cx: &mut Cx<'_>) -> Result<Seen<Customer>, Error> {
        let customer = cx.get(self.id)?;
        cx.amend(&Customer { status: CustomerStatus::Archived, ..customer })
    }
}

/// Takes an archived customer back. Doing it twice is once.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct RestoreCustomer {
    /// Which.
    pub id: Id<Customer>,
}

impl Operation for RestoreCustomer {
    const NAME: &'static str = "customer.restore";
    const ACCESS: Access = Access::Record;
    type Response = Seen<Customer>;

    fn run(&self, cx: &mut Cx<'_>) -> Result<Seen<Customer>, Error> {
        let customer = cx.get(self.id)?;
        cx.amend(&Customer { status: CustomerStatus::Active, ..customer })
    }
}
