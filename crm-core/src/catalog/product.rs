//! One thing that is sold.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::decision::{Check, Refusal};
use crate::record;
use crate::record::Ext;
use crate::value::{Id, Name, Text, UnitPrice};

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
    /// Custom values by the code of their field.
    pub custom: Ext,
}

/// A new product.
///
/// # Errors
///
/// `text.*` (code, name, category, unit). Rule CAT-1 (F062).
pub fn create(id: Id<Product>, wish: &CreateProduct) -> Result<Product, Refusal> {
    let mut check = Check::default();
    let code = check.take("code", ProductCode::parse(&wish.code));
    let name = check.take("name", Name::parse(&wish.name));
    let category = check.parse("category", wish.category.as_deref());
    let unit = check.parse("unit", wish.unit.as_deref());
    let product = code.zip(name).map(|(code, name)| Product {
        id,
        code,
        name,
        category,
        unit,
        price: wish.price,
        active: wish.active.unwrap_or(true),
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
