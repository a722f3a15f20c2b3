//! Operations on addresses.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::page::Wanted;
use super::{Created, Listed, Seen};
use crate::access::Access;
use crate::engine::{Cx, Edits, Error, Operation, amended};
use crate::party::{AddAddress, Address, Customer, place};
use crate::record::Val;
use crate::settings::Settings;
use crate::value::{Id, Invalid};

impl Operation for AddAddress {
    const NAME: &'static str = "address.add";
    const ACCESS: Access = Access::Record;
    type Response = Created<Address>;

    fn run(&self, cx: &mut Cx<'_>) -> Result<Created<Address>, Error> {
        let id = cx.id_or(self.id);
        let address = placed(cx, id, self)?;
        cx.live_customer("customer", address.customer)?;
        cx.about(id);
        cx.create(&address)
    }
}

/// Changes parts of an address. Each edit says what it replaces: edits of different parts never conflict.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct AmendAddress {
    /// Which.
    pub id: Id<Address>,
    /// What shall change.
    pub set: Edits,
}

impl Operation for AmendAddress {
    const NAME: &'static str = "address.amend";
    const ACCESS: Access = Access::Record;
    type Response = Seen<Address>;

    fn run(&self, cx: &mut Cx<'_>) -> Result<Seen<Address>, Error> {
        let before = cx.get(self.id)?;
        let wish = amended(&before.wish(), &self.set)?;
        if wish.customer != Some(before.customer) {
            let invalid =
                Invalid::new("field.fixed", "").limit("an address stays with its customer");
            return Err(Error::invalid("set.customer", invalid));
        }
        let after = placed(cx, before.id, &wish)?;
        cx.about(before.id);
        cx.amend(&Address { ext: before.ext, ..after })
    }
}

/// The address of a wish; the customer's other default of its use will be none any more.
fn placed(cx: &mut Cx<'_>, id: Id<Address>, wish: &AddAddress) -> Result<Address, Error> {
    let home = cx.get(Settings::ID)?.home();
    let others = match wish.customer {
        Some(customer) => cx.list(Address::BY_CUSTOMER, &[Val::Id(customer.uuid())])?,
        None => Vec::new(),
    };
    let (address, deposed) = place(id, wish, home, &others)?;
    deposed.iter().try_for_each(|other| cx.put(other))?;
    Ok(address)
}

/// Removes an address, and nothing else.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct RemoveAddress {
    /// Which.
    pub id: Id<Address>,
}

impl Operation for RemoveAddress {
    const NAME: &'static str = "address.remove";
    const ACCESS: Access = Access::Record;
    type Response = Created<Address>;

    fn run(&self, cx: &mut Cx<'_>) -> Result<Created<Address>, Error> {
        cx.remove(self.id)?;
        Ok(Created { id: self.id, version: cx.version(self.id) })
    }
}

/// The addresses of a customer, in the order in which they were added.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct ListAddresses {
    /// Whose.
    pub customer: Id<Customer>,
    /// Rows in a page: 1 to 1,000; 50 where nothing is said.
    #[serde(default)]
    pub limit: Option<u32>,
    /// Where the page before ended.
    #[serde(default)]
    pub after: Option<String>,
}

impl Operation for ListAddresses {
    const NAME: &'static str = "address.list";
    const ACCESS: Access = Access::Read;
    type Response = Listed<Address>;

    fn run(&self, cx: &mut Cx<'_>) -> Result<Listed<Address>, Error> {
        let customer = [Val::Id(self.customer.uuid())];
        let wanted = Wanted::of(Address::BY_CUSTOMER, &customer);
        cx.listed(wanted.page(self.limit, self.after.as_deref()), |_| true)
    }
}
