//! Operations on products.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::page::Wanted;
use super::{Created, Listed, Seen};
use crate::access::Access;
use crate::catalog::{
    self, Accessory, BundlePart, Composition, CreateProduct, Expanded, Product, SetAccessories,
    SetParts, expand, set_accessories, set_parts,
};
use crate::engine::{Cx, Edits, Error, Operation, amended};
use crate::record::Val;
use crate::value::{Id, Quantity};

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

/// Bundles within one another that are read at most.
const BUNDLES_MAX: usize = 1_000;

impl Cx<'_> {
    /// What products consist of, down to those that are no bundles.
    pub(super) fn composition(
        &mut self,
        of: impl IntoIterator<Item = Id<Product>>,
    ) -> Result<Composition, Error> {
        let mut known = Composition::default();
        let mut waiting: Vec<Id<Product>> = of.into_iter().collect();
        while let Some(id) = waiting.pop() {
            if known.products.contains_key(&id) {
                continue;
            }
            let Some(product) = self.find(id)? else { continue };
            known.products.insert(id, product);
            let parts = self.list::<BundlePart>(BundlePart::BY_BUNDLE, &[Val::Id(id.uuid())])?;
            if parts.is_empty() {
                continue;
            }
            waiting.extend(parts.iter().map(|part| part.part));
            known.parts.insert(id, parts);
            if known.parts.len() > BUNDLES_MAX {
                let limit = BUNDLES_MAX as u64;
                return Err(Error::Limit { what: "bundles within one another", limit });
            }
        }
        Ok(known)
    }
}

/// What a product consists of and what goes with it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct ProductFamily {
    /// Its parts, in order; none of a plain product.
    pub parts: Vec<BundlePart>,
    /// What one of it becomes on a quote: products that are no bundles.
    pub expanded: Vec<Expanded>,
    /// What goes with it, in order.
    pub accessories: Vec<Accessory>,
    /// The bundles that it is a part of.
    pub part_of: Vec<Id<Product>>,
}

/// What a product consists of, what goes with it, and which bundles it is in.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct GetProductFamily {
    /// Which.
    pub id: Id<Product>,
}

fn family(cx: &mut Cx<'_>, id: Id<Product>) -> Result<ProductFamily, Error> {
    let known = cx.composition([id])?;
    let one = "1".parse::<Quantity>().map_err(|invalid| Error::invalid("id", invalid))?;
    let expanded = expand(id, one, &known).map_err(|invalid| Error::invalid("id", invalid))?;
    let of = [Val::Id(id.uuid())];
    let within = cx.list::<BundlePart>(BundlePart::BY_PART, &of)?;
    Ok(ProductFamily {
        parts: cx.list(BundlePart::BY_BUNDLE, &of)?,
        expanded: expanded.into_iter().filter(|line| line.product != id).collect(),
        accessories: cx.list(Accessory::BY_PRODUCT, &of)?,
        part_of: within.into_iter().map(|part| part.bundle).collect(),
    })
}

impl Operation for GetProductFamily {
    const NAME: &'static str = "product.family";
    const ACCESS: Access = Access::Read;
    type Response = ProductFamily;

    fn run(&self, cx: &mut Cx<'_>) -> Result<ProductFamily, Error> {
        cx.get(self.id)?;
        family(cx, self.id)
    }
}

impl Operation for SetParts {
    const NAME: &'static str = "product.set_parts";
    const ACCESS: Access = Access::Configure;
    type Response = ProductFamily;

    fn run(&self, cx: &mut Cx<'_>) -> Result<ProductFamily, Error> {
        cx.get(self.id)?;
        for (at, part) in self.parts.iter().enumerate() {
            cx.known(&format!("parts[{at}].product"), part.product)?;
        }
        let named = self.parts.iter().map(|part| part.product).chain([self.id]);
        let known = cx.composition(named)?;
        let parts = set_parts(self, &known)?;
        for old in cx.list::<BundlePart>(BundlePart::BY_BUNDLE, &[Val::Id(self.id.uuid())])? {
            if parts.iter().all(|part| part.id != old.id) {
                cx.remove(old.id)?;
            }
        }
        parts.iter().try_for_each(|part| cx.put(part))?;
        cx.about(self.id);
        family(cx, self.id)
    }
}

impl Operation for SetAccessories {
    const NAME: &'static str = "product.set_accessories";
    const ACCESS: Access = Access::Configure;
    type Response = ProductFamily;

    fn run(&self, cx: &mut Cx<'_>) -> Result<ProductFamily, Error> {
        cx.get(self.id)?;
        for (at, other) in self.accessories.iter().enumerate() {
            cx.known(&format!("accessories[{at}].product"), other.product)?;
        }
        let accessories = set_accessories(self)?;
        for old in cx.list::<Accessory>(Accessory::BY_PRODUCT, &[Val::Id(self.id.uuid())])? {
            if accessories.iter().all(|other| other.id != old.id) {
                cx.remove(old.id)?;
            }
        }
        accessories.iter().try_for_each(|other| cx.put(other))?;
        cx.about(self.id);
        family(cx, self.id)
    }
}
