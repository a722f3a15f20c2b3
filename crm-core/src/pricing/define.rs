//! A price list is defined, and its prices are set.

use chrono::NaiveDate;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::{PriceEntry, PriceList};
use crate::catalog::Product;
use crate::decision::{Check, Refusal};
use crate::party::Customer;
use crate::record::Ext;
use crate::value::{Code, Currency, Id, Invalid, Name, Quantity, UnitPrice};

/// Prices that one call sets at most.
const PRICES_MAX: usize = 1_000;

/// A price list, new or changed; a list of that code is defined anew and keeps its prices.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct DefinePriceList {
    /// The id it shall have where it is new; made by the engine where there is none.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub id: Option<Id<PriceList>>,
    /// What the host calls it: `[a-z][a-z0-9_.-]*`, at most 64 characters.
    pub code: String,
    /// Its name: 1 to 200 characters on one line.
    pub name: String,
    /// The currency of all its prices, such as `CNY`.
    pub currency: String,
    /// The first day on which they hold.
    pub from: NaiveDate,
    /// The first day on which they no longer do; for ever where nothing is said.
    #[serde(default)]
    pub until: Option<NaiveDate>,
    /// For which customer alone.
    #[serde(default)]
    pub customer: Option<Id<Customer>>,
    /// For which group alone: a code of the vocabulary `price_group`.
    #[serde(default)]
    pub group: Option<String>,
    /// For which region alone, as customers name it.
    #[serde(default)]
    pub region: Option<String>,
    /// Of several lists that fit equally well the lowest applies; 0 where nothing is said.
    #[serde(default)]
    pub rank: u32,
    /// Whether it is used; it is where nothing is said.
    #[serde(default = "yes")]
    pub active: bool,
}

const fn yes() -> bool {
    true
}

/// A price list as it is wished; `priced` says whether it has prices already. Rule PRICE-1 (F080).
///
/// # Errors
///
/// `code.*` (code) · `text.*` (name) · `currency.unknown` · `price_list.currency_changed` of one that has prices ·
/// `price_list.period` unless it ends after it begins · `price_list.for_whom` for one customer and a group or region at
/// once · `code.*` (group) · `text.*` (region).
pub fn define(
    id: Id<PriceList>,
    wish: &DefinePriceList,
    before: Option<(&PriceList, bool)>,
) -> Result<PriceList, Refusal> {
    let mut check = Check::default();
    let code = check.take("code", Code::parse(&wish.code));
    let name = check.take("name", Name::parse(&wish.name));
    let currency = check.take("currency", Currency::parse(&wish.currency));
    if let (Some((before, true)), Some(currency)) = (before, currency) {
        check.rule(before.currency == currency, "currency", || {
            Invalid::new("price_list.currency_changed", currency.code())
                .allowed([before.currency.code()])
        });
    }
    check.rule(wish.until.is_none_or(|until| until > wish.from), "until", || {
        let until = wish.until.map(|until| until.to_string()).unwrap_or_default();
        Invalid::new("price_list.period", &until).limit(format!("after {}", wish.from))
    });
    let many = wish.group.is_some() || wish.region.is_some();
    check.rule(wish.customer.is_none() || !many, "customer", || {
        let named = wish.customer.map(|customer| customer.to_string()).unwrap_or_default();
        Invalid::new("price_list.for_whom", &named).limit("one customer, or a group and a region")
    });
    let group = check.parse("group", wish.group.as_deref());
    let region = check.parse("region", wish.region.as_deref());
    let list = code.zip(name).zip(currency).map(|((code, name), currency)| PriceList {
        id,
        code,
        name,
        currency,
        from: wish.from,
        until: wish.until,
        customer: wish.customer,
        group,
        region,
        rank: wish.rank,
        active: wish.active,
        ext: before.map(|(before, _)| before.ext.clone()).unwrap_or_default(),
    });
    check.finish(list)
}

/// Sets prices of a list: those of the same product from the same quantity on are replaced.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct SetPrices {
    /// Which list, by its code.
    pub list: String,
    /// The prices, at most 1,000.
    pub prices: Vec<EntryWish>,
    /// Whether prices of the same products that are not named go.
    #[serde(default)]
    pub replace: bool,
}

/// The price of a product, from a quantity on.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct EntryWish {
    /// Of which product.
    pub product: Id<Product>,
    /// From how many or how much on: a decimal; any where nothing is said.
    #[serde(default)]
    pub min_quantity: Option<String>,
    /// The price of one.
    pub price: UnitPrice,
    /// The price of one below which it is not sold without being asked for.
    #[serde(default)]
    pub floor: Option<UnitPrice>,
}

/// The entries of a list as wished. Rule PRICE-2 (F080).
///
/// # Errors
///
/// `price_list.too_many_prices` · price by price `decimal.*`, `quantity.negative`, `price_list.currency` (price, floor),
/// `price_list.floor_above_price`, `price_list.price_twice` for the same product from the same quantity on.
pub fn set_prices(list: &PriceList, wish: &SetPrices) -> Result<Vec<PriceEntry>, Refusal> {
    let mut check = Check::default();
    check.rule(wish.prices.len() <= PRICES_MAX, "prices", || {
        Invalid::new("price_list.too_many_prices", &wish.prices.len().to_string())
            .limit(format!("at most {PRICES_MAX}"))
    });
    let mut entries: Vec<PriceEntry> = Vec::new();
    for (index, wish) in wish.prices.iter().enumerate().take(PRICES_MAX) {
        let at = |field: &str| format!("prices[{index}].{field}");
        let from = wish.min_quantity.as_deref().unwrap_or("0");
        let from = check.take(&at("min_quantity"), from.parse::<Quantity>());
        let floor = wish.floor;
        for (field, price) in [("price", Some(wish.price)), ("floor", floor)] {
            let currency = price.map_or(list.currency, UnitPrice::currency);
            check.rule(currency == list.currency, &at(field), || {
                Invalid::new("price_list.currency", currency.code()).allowed([list.currency.code()])
            });
        }
        check.rule(
            floor.is_none_or(|floor| floor.amount() <= wish.price.amount()),
            &at("floor"),
            || {
                let floor = floor.map(|floor| floor.to_string()).unwrap_or_default();
                let above = Invalid::new("price_list.floor_above_price", &floor);
                above.limit(format!("at most {}", wish.price))
            },
        );
        let Some(min_quantity) = from else { continue };
        let id = PriceEntry::id_of(list.id, wish.product, min_quantity);
        check.rule(entries.iter().all(|other| other.id != id), &at("min_quantity"), || {
            Invalid::new("price_list.price_twice", &min_quantity.to_string())
        });
        entries.push(PriceEntry {
            id,
            price_list: list.id,
            product: wish.product,
            min_quantity,
            price: wish.price,
            floor,
            ext: Ext::new(),
        });
    }
    check.finish(Some(entries))
}

#[cfg(test)]
mod tests {
    use uuid::Uuid;

    use super::*;
    use crate::decision::broken;
    use crate::value::Money;

    fn wish() -> DefinePriceList {
        DefinePriceList {
            id: None,
            code: "retail".into(),
            name: "零售价".into(),
            currency: "CNY".into(),
            from: "2026-01-01".parse().unwrap(),
            until: None,
            customer: None,
            group: None,
            region: None,
            rank: 0,
            active: true,
        }
    }

    fn list() -> PriceList {
        define(Id::new(Uuid::nil()), &wish(), None).unwrap()
    }

    #[test]
    fn a_price_list_holds_for_a_period_and_for_somebody() {
        let before = list();
        let customer = Some(Id::new(Uuid::from_u128(1)));
        let until = |day: &str| Some(day.parse().unwrap());
        let (usd, bad) = ("USD".to_owned(), "Q4 2026".to_owned());
        let region = Some("East".to_owned());
        let table = [
            ("may hold for ever", wish(), ""),
            (
                "holds for a day at least",
                DefinePriceList { until: until("2026-01-02"), ..wish() },
                "",
            ),
            (
                "is over after it begins",
                DefinePriceList { until: until("2026-01-01"), ..wish() },
                "until price_list.period",
            ),
            ("has a code", DefinePriceList { code: bad, ..wish() }, "code code.format"),
            (
                "keeps the currency of its prices",
                DefinePriceList { currency: usd, ..wish() },
                "currency price_list.currency_changed",
            ),
            (
                "is for one or for many",
                DefinePriceList { customer, region, ..wish() },
                "customer price_list.for_whom",
            ),
        ];
        for (rule, wish, expected) in table {
            let decided = define(before.id, &wish, Some((&before, true)));
            assert_eq!(broken(&decided).join(", "), expected, "a list {rule}");
        }
    }

    #[test]
    fn a_product_has_one_price_from_each_quantity_on() {
        let price = |text: &str| UnitPrice::from(text.parse::<Money>().unwrap());
        let entry = |from: Option<&str>, at: &str, floor: Option<&str>| EntryWish {
            product: Id::new(Uuid::from_u128(7)),
            min_quantity: from.map(str::to_owned),
            price: price(at),
            floor: floor.map(price),
        };
        let (ten, one) = ("10.00 CNY", "1.00 USD");
        let table = [
            ("breaks", vec![entry(None, ten, None), entry(Some("10"), "9.00 CNY", None)], ""),
            (
                "one break twice, spelled differently",
                vec![entry(Some("1.0"), ten, None), entry(Some("1"), ten, None)],
                "prices[1].min_quantity price_list.price_twice",
            ),
            (
                "another currency",
                vec![entry(None, one, None)],
                "prices[0].price price_list.currency",
            ),
            (
                "a floor above the price",
                vec![entry(None, ten, Some("10.01 CNY"))],
                "prices[0].floor price_list.floor_above_price",
            ),
            (
                "below nothing",
                vec![entry(Some("-1"), ten, None)],
                "prices[0].min_quantity quantity.negative",
            ),
        ];
        for (rule, prices, expected) in table {
            let wish = SetPrices { list: "retail".into(), prices, replace: false };
            assert_eq!(broken(&set_prices(&list(), &wish)).join(", "), expected, "{rule}");
        }
    }
}
