//! Operations on customers.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::{Created, Seen};
use crate::access::Access;
use crate::engine::{Cx, Edits, Error, Operation, amended};
use crate::party::{self, CreateCustomer, Customer, CustomerStatus};
use crate::value::{Code, Id};

impl Operation for CreateCustomer {
    const NAME: &'static str = "customer.create";
    const ACCESS: Access = Access::Record;
    type Response = Created<Customer>;

    fn run(&self, cx: &mut Cx<'_>) -> Result<Created<Customer>, Error> {
        let owner = cx.owner_or_actor(self.owner)?;
        let id = cx.id_or(self.id);
        let mut customer = party::create(id, self, owner, cx.now())?;
        codes(cx, None, &customer)?;
        customer.ext = cx.custom::<Customer>(&self.custom)?;
        cx.create(&customer)
    }
}

/// Refuses codes that the vocabularies do not have.
fn codes(cx: &mut Cx<'_>, before: Option<&Customer>, after: &Customer) -> Result<(), Error> {
    let code = |field: fn(&Customer) -> Option<&Code>| (before.and_then(field), field(after));
    let industry = code(|customer| customer.industry.as_ref());
    let size = code(|customer| customer.size.as_ref());
    let source = code(|customer| customer.source.as_ref());
    cx.terms(&[
        ("industry", "industry", industry.0, industry.1),
        ("size", "size", size.0, size.1),
        ("source", "source", source.0, source.1),
    ])
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
        let owner = cx.owner_or_actor(wish.owner)?;
        let after = party::create(before.id, &wish, owner, before.created_at)?;
        codes(cx, Some(&before), &after)?;
        let ext = cx.custom_after::<Customer>(&before.ext, &wish.custom)?;
        cx.amend(&Customer { status: before.status, ext, ..after })
    }
}

/// A customer by its id.
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
        cx.seen(self.id)
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
