//! One thing that is sold.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::decision::{Check, Refusal};
use crate::record;
use crate::record::Ext;
use crate::value::{Id, Invalid, Name, Percent, Text, UnitPrice};

/// What the host's price lists and stock call a product: one line of at most 64 characters, such as `SKU-001`.
pub type ProductCode = Text<64, false>;

record! {
    /// One thing that is sold.
    pub struct Product: Product {
        /// What the host calls it; no two products share one.
        1 code: ProductCode;
        /// Its name.
        2 name: Name;
        /// The group it belongs to.
        3 category: Option<Name>;
        /// What one of it is: a piece, a box, a seat and month.
        4 unit: Option<Name>;
        /// The price of one unit where nothing else was agreed.
        5 price: Option<UnitPrice>;
        /// Whether it may be sold; deals keep the products that they were made with.
        7 active: bool;
        /// What one unit costs us.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        200 cost: Option<UnitPrice>;
        /// The price of one unit below which it is not sold without being asked for.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        202 floor_price: Option<UnitPrice>;
        /// The tax on it where a quote says no other, in percent.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        204 tax_rate: Option<Percent>;
    }
    listings {
        1 unique "by_code" ["code"];
        2 "by_name" ["name"];
    }
}

impl Product {
    /// The listing by code.
    pub const BY_CODE: u16 = 1;
    /// The listing by name.
    pub const BY_NAME: u16 = 2;

    /// The wish that would make it as it is.
    pub fn wish(&self) -> CreateProduct {
        CreateProduct {
            id: None,
            code: self.code.to_string(),
            name: self.name.to_string(),
            category: self.category.as_ref().map(ToString::to_string),
            unit: self.unit.as_ref().map(ToString::to_string),
            price: self.price,
            active: Some(self.active),
            cost: self.cost,
            floor_price: self.floor_price,
            tax_rate: self.tax_rate.map(|rate| rate.to_string()),
            custom: self.ext.clone(),
        }
    }
}

/// A new product: code and name are enough.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct CreateProduct {
    /// The id it shall have; made by the engine where there is none.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub id: Option<Id<Product>>,
    /// What the host calls it: 1 to 64 characters on one line.
    pub code: String,
    /// Its name: 1 to 200 characters on one line.
    pub name: String,
    /// The group it belongs to.
    pub category: Option<String>,
    /// What one of it is.
    pub unit: Option<String>,
    /// The price of one unit, zero or more; it may have more places than its currency.
    pub price: Option<UnitPrice>,
    /// Whether it may be sold; `true` where nothing is said.
    pub active: Option<bool>,
    /// What one unit costs us, zero or more.
    pub cost: Option<UnitPrice>,
    /// The price of one unit below which it is not sold without being asked for, zero or more; in the currency of `price`.
    pub floor_price: Option<UnitPrice>,
    /// The tax on it where a quote says no other: a decimal from 0 to 100.
    pub tax_rate: Option<String>,
    /// Custom values by the code of their field.
    pub custom: Ext,
}

/// A new product.
///
/// # Errors
///
/// `text.*` (code, name, category, unit) · `product.floor_above_price` · `product.floor_currency` · `decimal.*`,
/// `percent.range` (tax rate). Rule CAT-1 (F062, F080).
pub fn create(id: Id<Product>, wish: &CreateProduct) -> Result<Product, Refusal> {
    let mut check = Check::default();
    let code = check.take("code", ProductCode::parse(&wish.code));
    let name = check.take("name", Name::parse(&wish.name));
    let category = check.parse("category", wish.category.as_deref());
    let unit = check.parse("unit", wish.unit.as_deref());
    if let (Some(floor), Some(price)) = (wish.floor_price, wish.price) {
        let of = price.currency();
        check.rule(
            floor.currency() != of || floor.amount() <= price.amount(),
            "floor_price",
            || {
                let above = Invalid::new("product.floor_above_price", &floor.to_string());
                above.limit(format!("at most {price}"))
            },
        );
        check.rule(floor.currency() == of, "floor_price", || {
            let other = Invalid::new("product.floor_currency", floor.currency().code());
            other.allowed([of.code()])
        });
    }
    let tax_rate = check.parse("tax_rate", wish.tax_rate.as_deref());
    let product = code.zip(name).map(|(code, name)| Product {
        id,
        code,
        name,
        category,
        unit,
        price: wish.price,
        active: wish.active.unwrap_or(true),
        cost: wish.cost,
        floor_price: wish.floor_price,
        tax_rate,
        ext: wish.custom.clone(),
    });
    check.finish(product)
}

#[cfg(test)]
mod tests {
    use uuid::Uuid;

    use super::*;
    use crate::decision::broken;

    #[test]
    fn a_product_needs_a_code_and_a_name() {
        let long = "x".repeat(65);
        let table = [
            // a product …             code       name    unit  is refused for …
            ("is code and name", "SKU-001", "Chai", "-", ""),
            ("may have a Chinese code", "茶叶-1", "茶", "箱", ""),
            ("is nothing without them", " ", "", "-", "code text.empty, name text.empty"),
            ("has a short code", &long, "Chai", "-", "code text.too_long"),
            ("has a unit on one line", "1", "Chai", "a\nb", "unit text.control"),
        ];
        for (rule, code, name, unit, expected) in table {
            let (code, name, unit) = (code.to_owned(), name.to_owned(), Some(unit.to_owned()));
            let wish = CreateProduct { code, name, unit, ..Default::default() };
            let decided = create(Id::new(Uuid::nil()), &wish);
            assert_eq!(broken(&decided).join(", "), expected, "a product {rule}");
        }
    }

    #[test]
    fn a_floor_price_is_not_above_the_price() {
        let price =
            |text: &str| Some(UnitPrice::from(text.parse::<crate::value::Money>().unwrap()));
        let table = [
            ("below", price("9.00 CNY"), "13", ""),
            ("at", price("10.00 CNY"), "0", ""),
            ("above", price("10.01 CNY"), "13", "floor_price product.floor_above_price"),
            ("abroad", price("1.00 USD"), "13", "floor_price product.floor_currency"),
            ("taxed too much", None, "101", "tax_rate percent.range"),
        ];
        for (rule, floor_price, tax, expected) in table {
            let (code, name) = ("1".into(), "Chai".into());
            let (price, tax_rate) = (price("10.00 CNY"), Some(tax.to_owned()));
            let wish =
                CreateProduct { code, name, price, floor_price, tax_rate, ..Default::default() };
            let decided = create(Id::new(Uuid::nil()), &wish);
            assert_eq!(broken(&decided).join(", "), expected, "a floor {rule}");
        }
    }

    #[test]
    fn the_wish_of_a_product_makes_the_same_product() {
        let wish = CreateProduct {
            code: "SKU-1".into(),
            name: "Chai".into(),
            active: Some(false),
            ..Default::default()
        };
        let product = create(Id::new(Uuid::nil()), &wish).unwrap();
        assert_eq!(create(product.id, &product.wish()), Ok(product));
    }
}
