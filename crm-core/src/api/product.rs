//! Operations on products.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::page::Wanted;
use super::{Created, Listed, Seen};
use crate::access::Access;
use crate::catalog::{self, CreateProduct, Product};
use crate::engine::{Cx, Edits, Error, Operation, amended};
use crate::record::Val;
use crate::value::Id;

impl Operation for CreateProduct {
    const NAME: &'static str = "product.create";
    const ACCESS: Access = Access::Configure;
    type Response = Created<Product>;

    fn run(&self, cx: &mut Cx<'_>) -> Result<Created<Product>, Error> {
        let id = cx.id_or(self.id);
        let mut product = catalog::create(id, self)?;
        free_code(cx, &product)?;
        product.ext = cx.custom::<Product>(&self.custom)?;
        cx.create(&product)
    }
}

/// Changes plain fields of a product. Each edit says what it replaces: edits of different fields never conflict.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct AmendProduct {
    /// Which.
    pub id: Id<Product>,
    /// What shall change.
    pub set: Edits,
}

impl Operation for AmendProduct {
    const NAME: &'static str = "product.amend";
    const ACCESS: Access = Access::Configure;
    type Response = Seen<Product>;

    fn run(&self, cx: &mut Cx<'_>) -> Result<Seen<Product>, Error> {
        let before = cx.get(self.id)?;
        let wish = amended(&before.wish(), &self.set)?;
        let mut after = catalog::create(before.id, &wish)?;
        free_code(cx, &after)?;
        after.ext = cx.custom_after::<Product>(&before.ext, &wish.custom)?;
        cx.amend(&after)
    }
}

/// Refuses a code that another product has.
fn free_code(cx: &mut Cx<'_>, product: &Product) -> Result<(), Error> {
    let code = product.code.as_str();
    cx.free("code", code, Product::BY_CODE, &[Val::from(code)], product.id)
}

/// A product by its id, with the version that it is stored under.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct GetProduct {
    /// Which.
    pub id: Id<Product>,
}

impl Operation for GetProduct {
    const NAME: &'static str = "product.get";
    const ACCESS: Access = Access::Read;
    type Response = Seen<Product>;

    fn run(&self, cx: &mut Cx<'_>) -> Result<Seen<Product>, Error> {
        cx.seen(self.id)
    }
}

/// Products, by code, a page at a time.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct ListProducts {
    /// Only those whose code begins so.
    pub code: Option<String>,
    /// Only those of this category.
    pub category: Option<String>,
    /// Also those that are no longer sold.
    pub inactive: bool,
    /// Rows in a page: 1 to 1,000; 50 where nothing is said.
    pub limit: Option<u32>,
    /// Where the page before ended.
    pub after: Option<String>,
}

impl Operation for ListProducts {
    const NAME: &'static str = "product.list";
    const ACCESS: Access = Access::Read;
    type Response = Listed<Product>;

    fn run(&self, cx: &mut Cx<'_>) -> Result<Listed<Product>, Error> {
        let wanted = Wanted::of(Product::BY_CODE, &[])
            .starting_with(self.code.as_deref().unwrap_or_default())
            .page(self.limit, self.after.as_deref());
        let category = self.category.as_deref();
        cx.listed(wanted, |product: &Product| {
            (self.inactive || product.active)
                && category.is_none_or(|name| {
                    product.category.as_ref().is_some_and(|c| c.as_str() == name)
                })
        })
    }
}
