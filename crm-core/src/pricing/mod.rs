//! What a product costs whom, when and from which quantity on: price lists, and which of their prices applies.

mod choose;
mod define;

use chrono::NaiveDate;

pub use choose::{Ask, Candidate, Offer, PriceSource, Priced, Verdict, choose};
pub use define::{DefinePriceList, EntryWish, SetPrices, define, set_prices};

use crate::catalog::Product;
use crate::party::Customer;
use crate::record;
use crate::value::{Code, Currency, Id, Name, Quantity, UnitPrice};

record! {
    /// Prices in one currency that hold from a day up to another, for one customer, for a group of them, for a region, or
    /// for all.
    pub struct PriceList: PriceList {
        /// What the host calls it; no two share one.
        1 code: Code;
        /// Its name.
        2 name: Name;
        /// The currency of all its prices.
        3 currency: Currency;
        /// The first day on which they hold.
        4 from: NaiveDate;
        /// The first day on which they no longer do; nothing where no end is known.
        5 until: Option<NaiveDate>;
        /// For which customer alone.
        6 customer: Option<Id<Customer>>;
        /// For which group alone: a code of the vocabulary `price_group`.
        7 group: Option<Code>;
        /// For which region alone.
        8 region: Option<Name>;
        /// Of several lists that fit equally well the lowest applies.
        9 rank: u32;
        /// Whether it is used at all.
        10 active: bool;
    }
    listings {
        1 unique "by_code" ["code"];
        2 "by_customer" ["customer", "code"];
    }
}

impl PriceList {
    /// The listing by code.
    pub const BY_CODE: u16 = 1;
    /// The listing by the customer they are for alone; the nil id for those of many.
    pub const BY_CUSTOMER: u16 = 2;

    /// Whether its prices hold on a day.
    pub fn holds(&self, day: NaiveDate) -> bool {
        self.from <= day && self.until.is_none_or(|until| day < until)
    }
}

record! {
    /// The price of one product in a list, from a quantity on.
    pub struct PriceEntry: PriceEntry {
        /// In which list.
        1 price_list: Id<PriceList>;
        /// Of which product.
        2 product: Id<Product>;
        /// From how many or how much on; 0 for any.
        3 min_quantity: Quantity;
        /// The price of one.
        4 price: UnitPrice;
        /// The price of one below which it is not sold without being asked for; that of the product where there is none.
        6 floor: Option<UnitPrice>;
    }
    listings {
        1 "by_list" ["price_list", "product"];
        2 "by_product" ["product"];
    }
}

impl PriceEntry {
    /// The listing by list, then product.
    pub const BY_LIST: u16 = 1;
    /// The listing by product.
    pub const BY_PRODUCT: u16 = 2;

    /// The id of the entry of a product in a list from a quantity on: each once.
    pub fn id_of(list: Id<PriceList>, product: Id<Product>, from: Quantity) -> Id<Self> {
        let (list, product, from) = (list.uuid(), product.uuid(), from.to_string());
        let parts = [b"price".as_slice(), list.as_bytes(), product.as_bytes(), from.as_bytes()];
        Id::derived(parts)
    }
}
