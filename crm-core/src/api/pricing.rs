//! Operations on price lists, and the price of a product for a customer.

use chrono::NaiveDate;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::page::Wanted;
use super::{Listed, Seen};
use crate::access::Access;
use crate::catalog::Product;
use crate::engine::{Cx, Error, Operation};
use crate::party::Customer;
use crate::pricing::{
    self, Ask, DefinePriceList, Offer, PriceEntry, PriceList, Priced, SetPrices, define, set_prices,
};
use crate::record::{Entity, Val};
use crate::settings::Settings;
use crate::store::Scan;
use crate::value::{Currency, Id, Invalid, Quantity};

impl Cx<'_> {
    /// The price list of that code.
    fn price_list(&mut self, path: &str, code: &str) -> Result<PriceList, Error> {
        let found = self.unique::<PriceList>(PriceList::BY_CODE, &[Val::from(code)])?;
        let unknown = || Error::invalid(path, Invalid::new("price_list.unknown", code));
        found.ok_or_else(unknown)
    }

    /// The price of a product as asked.
    pub(super) fn priced(&mut self, product: &Product, ask: &Ask) -> Result<Priced, Error> {
        let of = [Val::Id(product.id.uuid())];
        let entries = self.list::<PriceEntry>(PriceEntry::BY_PRODUCT, &of)?;
        let mut offers = Vec::with_capacity(entries.len());
        for entry in entries {
            let list = self.find(entry.price_list)?;
            offers.extend(list.map(|list| Offer { list, entry }));
        }
        Ok(pricing::choose(product, ask, &offers))
    }

    /// What is asked for a customer on a day in a currency.
    pub(super) fn ask(
        &self,
        customer: Option<&Customer>,
        day: NaiveDate,
        currency: Currency,
        quantity: Quantity,
    ) -> Ask {
        Ask {
            quantity,
            currency,
            day,
            customer: customer.map(|customer| customer.id),
            group: customer.and_then(|customer| customer.price_group.clone()),
            region: customer.and_then(|customer| customer.region.clone()),
        }
    }
}

impl Operation for DefinePriceList {
    const NAME: &'static str = "price_list.define";
    const ACCESS: Access = Access::Configure;
    type Response = Seen<PriceList>;

    fn run(&self, cx: &mut Cx<'_>) -> Result<Seen<PriceList>, Error> {
        let before =
            cx.unique::<PriceList>(PriceList::BY_CODE, &[Val::from(self.code.as_str())])?;
        let of = before.as_ref().map(|before| [Val::Id(before.id.uuid())]);
        let one = of.as_ref().map(|of| Scan {
            limit: 1,
            ..Scan::of(cx.tenant(), PriceEntry::KIND, PriceEntry::BY_LIST, of)
        });
        let priced = match &one {
            Some(scan) => !cx.page::<PriceEntry>(scan)?.rows.is_empty(),
            None => false,
        };
        cx.known_if("customer", self.customer)?;
        let id = before.as_ref().map_or_else(|| cx.id_or(self.id), |before| before.id);
        let list = define(id, self, before.as_ref().map(|before| (before, priced)))?;
        let group = before.as_ref().and_then(|before| before.group.as_ref());
        cx.terms(&[("group", "price_group", group, list.group.as_ref())])?;
        cx.amend(&list)
    }
}

/// The prices of a list that were set.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct PricesSet {
    /// How many prices were set.
    pub set: u32,
    /// How many prices of the same products went.
    pub removed: u32,
}

impl Operation for SetPrices {
    const NAME: &'static str = "price_list.set_prices";
    const ACCESS: Access = Access::Configure;
    type Response = PricesSet;

    fn run(&self, cx: &mut Cx<'_>) -> Result<PricesSet, Error> {
        let list = cx.price_list("list", &self.list)?;
        let entries = set_prices(&list, self)?;
        let mut removed = 0_u32;
        for (index, entry) in entries.iter().enumerate() {
            cx.known(&format!("prices[{index}].product"), entry.product)?;
            let of = [Val::Id(list.id.uuid()), Val::Id(entry.product.uuid())];
            if self.replace {
                for old in cx.list::<PriceEntry>(PriceEntry::BY_LIST, &of)? {
                    if entries.iter().all(|entry| entry.id != old.id) {
                        cx.remove(old.id)?;
                        removed = removed.saturating_add(1);
                    }
                }
            }
            cx.put(entry)?;
        }
        cx.about(list.id);
        Ok(PricesSet { set: u32::try_from(entries.len()).unwrap_or(u32::MAX), removed })
    }
}

/// Price lists, by code, a page at a time.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct ListPriceLists {
    /// Only those whose prices hold on this day.
    pub on: Option<NaiveDate>,
    /// Also those that are not used.
    pub inactive: bool,
    /// Rows in a page: 1 to 1,000; 50 where nothing is said.
    pub limit: Option<u32>,
    /// Where the page before ended.
    pub after: Option<String>,
}

impl Operation for ListPriceLists {
    const NAME: &'static str = "price_list.list";
    const ACCESS: Access = Access::Read;
    type Response = Listed<PriceList>;

    fn run(&self, cx: &mut Cx<'_>) -> Result<Listed<PriceList>, Error> {
        let wanted = Wanted::of(PriceList::BY_CODE, &[]).page(self.limit, self.after.as_deref());
        cx.listed(wanted, |list: &PriceList| {
            (self.inactive || list.active) && self.on.is_none_or(|day| list.holds(day))
        })
    }
}

/// The prices of a list, a page at a time.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct ListPrices {
    /// Which list, by its code.
    pub list: String,
    /// Rows in a page: 1 to 1,000; 50 where nothing is said.
    #[serde(default)]
    pub limit: Option<u32>,
    /// Where the page before ended.
    #[serde(default)]
    pub after: Option<String>,
}

impl Operation for ListPrices {
    const NAME: &'static str = "price_list.prices";
    const ACCESS: Access = Access::Read;
    type Response = Listed<PriceEntry>;

    fn run(&self, cx: &mut Cx<'_>) -> Result<Listed<PriceEntry>, Error> {
        let of = [Val::Id(cx.price_list("list", &self.list)?.id.uuid())];
        let wanted = Wanted::of(PriceEntry::BY_LIST, &of).page(self.limit, self.after.as_deref());
        cx.listed(wanted, |_: &PriceEntry| true)
    }
}

/// What a product costs: for a customer or for anybody, so many of it, on a day; with every price that was looked at, and
/// why it applies or not.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct ExplainPrice {
    /// Which product.
    pub product: Id<Product>,
    /// For which customer; for anybody where nothing is said.
    #[serde(default)]
    pub customer: Option<Id<Customer>>,
    /// How many or how much: a decimal; 1 where nothing is said.
    #[serde(default)]
    pub quantity: Option<String>,
    /// On which day; today where nothing is said.
    #[serde(default)]
    pub on: Option<NaiveDate>,
    /// In which currency; in that of the tenant where nothing is said.
    #[serde(default)]
    pub currency: Option<Currency>,
}

impl Operation for ExplainPrice {
    const NAME: &'static str = "product.price";
    const ACCESS: Access = Access::Read;
    type Response = Priced;

    fn run(&self, cx: &mut Cx<'_>) -> Result<Priced, Error> {
        let product = cx.known("product", self.product)?;
        let customer = cx.known_if("customer", self.customer)?;
        let quantity = self.quantity.as_deref().unwrap_or("1").parse();
        let quantity = quantity.map_err(|invalid| Error::invalid("quantity", invalid))?;
        let today = cx.day(cx.now())?;
        let base = cx.get(Settings::ID)?.base_currency;
        let (day, currency) = (self.on.unwrap_or(today), self.currency.unwrap_or(base));
        let ask = cx.ask(customer.as_ref(), day, currency, quantity);
        cx.priced(&product, &ask)
    }
}
