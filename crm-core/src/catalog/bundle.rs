//! Products that are sold as one, and products that go with others.

use std::collections::BTreeMap;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::Product;
use crate::decision::{Check, Refusal};
use crate::record;
use crate::record::Ext;
use crate::value::{Id, Invalid, Note, Quantity};

/// Parts that a bundle has at most, and accessories that a product has.
const PARTS_MAX: usize = 100;

/// Lines that a bundle becomes at most.
const LINES_MAX: usize = 500;

record! {
    /// One part of a bundle: a product, or another bundle.
    pub struct BundlePart: BundlePart {
        /// Of which bundle.
        1 bundle: Id<Product>;
        /// 0, 1, 2… in their order.
        2 ordinal: u32;
        /// What it is.
        3 part: Id<Product>;
        /// How many or how much of it is in one bundle.
        4 quantity: Quantity;
    }
    listings {
        1 unique "by_bundle" ["bundle", "ordinal"];
        2 "by_part" ["part"];
    }
}

impl BundlePart {
    /// The listing by bundle, in order.
    pub const BY_BUNDLE: u16 = 1;
    /// The listing by what is in it.
    pub const BY_PART: u16 = 2;

    /// The id of the part that stands at a place of a bundle.
    pub fn id_of(bundle: Id<Product>, ordinal: u32) -> Id<Self> {
        Id::derived([b"bundle part", bundle.uuid().as_bytes().as_slice(), &ordinal.to_be_bytes()])
    }
}

record! {
    /// That a product goes with another (相关的附加产品).
    pub struct Accessory: Accessory {
        /// With which.
        1 product: Id<Product>;
        /// 0, 1, 2… in their order.
        2 ordinal: u32;
        /// What goes with it.
        3 accessory: Id<Product>;
        /// What it is good for.
        4 note: Option<Note>;
    }
    listings {
        1 unique "by_product" ["product", "ordinal"];
        2 "by_accessory" ["accessory"];
    }
}

impl Accessory {
    /// The listing by product, in order.
    pub const BY_PRODUCT: u16 = 1;
    /// The listing by what goes with it.
    pub const BY_ACCESSORY: u16 = 2;

    /// The id of the accessory that stands at a place of a product.
    pub fn id_of(product: Id<Product>, ordinal: u32) -> Id<Self> {
        Id::derived([b"accessory", product.uuid().as_bytes().as_slice(), &ordinal.to_be_bytes()])
    }
}

/// What bundles consist of, and the code of everything that is named.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Composition {
    /// The parts of each bundle, in order.
    pub parts: BTreeMap<Id<Product>, Vec<BundlePart>>,
    /// The products.
    pub products: BTreeMap<Id<Product>, Product>,
}

impl Composition {
    fn code(&self, id: Id<Product>) -> String {
        self.products.get(&id).map_or_else(|| id.to_string(), |product| product.code.to_string())
    }

    /// The way down from `from` to `to`, both named; nothing where there is none.
    fn way(&self, from: Id<Product>, to: Id<Product>) -> Option<Vec<Id<Product>>> {
        let mut came: BTreeMap<Id<Product>, Id<Product>> = BTreeMap::new();
        let mut waiting = vec![from];
        while let Some(next) = waiting.pop() {
            if next == to {
                let mut way = vec![to];
                let mut at = to;
                while let Some(above) = came.get(&at).filter(|_| at != from) {
                    way.push(*above);
                    at = *above;
                }
                way.reverse();
                return Some(way);
            }
            for part in self.parts.get(&next).into_iter().flatten() {
                if part.part != from && !came.contains_key(&part.part) {
                    came.insert(part.part, next);
                    waiting.push(part.part);
                }
            }
        }
        None
    }
}

/// Sets what a bundle consists of, as a whole; no parts make it a plain product again.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct SetParts {
    /// Which product is the bundle.
    pub id: Id<Product>,
    /// Its parts in order: at most 100, each product once.
    pub parts: Vec<PartWish>,
}

/// One part of a bundle.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct PartWish {
    /// Which product; it may be a bundle itself.
    pub product: Id<Product>,
    /// How many or how much of it is in one bundle: a decimal above 0.
    pub quantity: String,
}

/// The parts of a bundle as wished. No bundle contains itself, however deep: the refusal names the way that leads back to
/// it. Rule CAT-2 (F080).
///
/// # Errors
///
/// `bundle.too_many_parts` · part by part `bundle.part_twice`, `decimal.*`, `quantity.negative`, `bundle.quantity_zero`,
/// `bundle.cycle` (the limit is the way, by product codes).
pub fn set_parts(wish: &SetParts, known: &Composition) -> Result<Vec<BundlePart>, Refusal> {
    let mut check = Check::default();
    check.rule(wish.parts.len() <= PARTS_MAX, "parts", || {
        Invalid::new("bundle.too_many_parts", &wish.parts.len().to_string())
            .limit(format!("at most {PARTS_MAX}"))
    });
    let mut parts: Vec<BundlePart> = Vec::new();
    for (ordinal, part) in (0_u32..).zip(wish.parts.iter().take(PARTS_MAX)) {
        let at = |field: &str| format!("parts[{ordinal}].{field}");
        let twice = parts.iter().any(|other| other.part == part.product);
        check.rule(!twice, &at("product"), || {
            Invalid::new("bundle.part_twice", &known.code(part.product))
        });
        let quantity = check.take(&at("quantity"), part.quantity.parse::<Quantity>());
        check.rule(quantity.is_none_or(|quantity| !quantity.is_zero()), &at("quantity"), || {
            Invalid::new("bundle.quantity_zero", &part.quantity).limit("above 0")
        });
        if let Some(way) = known.way(part.product, wish.id) {
            let way = core::iter::once(wish.id).chain(way).map(|id| known.code(id));
            let way = way.collect::<Vec<_>>().join(" → ");
            let cycle = Invalid::new("bundle.cycle", &known.code(part.product));
            check.refuse(at("product"), cycle.limit(way));
        }
        let Some(quantity) = quantity else { continue };
        let (id, bundle) = (BundlePart::id_of(wish.id, ordinal), wish.id);
        let ext = Ext::new();
        parts.push(BundlePart { id, bundle, ordinal, part: part.product, quantity, ext });
    }
    check.finish(Some(parts))
}

/// One product that a bundle becomes.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Expanded {
    /// Which product; never a bundle.
    pub product: Id<Product>,
    /// How many or how much of it.
    pub quantity: Quantity,
}

/// What `quantity` of a product becomes: itself where it is no bundle, else its parts, theirs where they are bundles, in
/// their order. Quantities multiply exactly. Rule CAT-3 (F080).
///
/// # Errors
///
/// `decimal.precision` for a quantity of more than 28 digits · `bundle.too_many_lines` over 500 · `bundle.cycle`, which
/// only a damaged store can bring about.
pub fn expand(
    product: Id<Product>,
    quantity: Quantity,
    known: &Composition,
) -> Result<Vec<Expanded>, Invalid> {
    let mut lines = Vec::new();
    let mut waiting = vec![(product, quantity, 0_usize)];
    while let Some((product, quantity, depth)) = waiting.pop() {
        let parts = known.parts.get(&product).map_or(&[][..], Vec::as_slice);
        if parts.is_empty() {
            lines.push(Expanded { product, quantity });
        }
        if depth > known.parts.len() {
            return Err(Invalid::new("bundle.cycle", &known.code(product)));
        }
        if lines.len().saturating_add(waiting.len()) > LINES_MAX {
            let many = Invalid::new("bundle.too_many_lines", &known.code(product));
            return Err(many.limit(format!("at most {LINES_MAX}")));
        }
        for part in parts.iter().rev() {
            let many = quantity.times(part.quantity)?;
            waiting.push((part.part, many, depth.saturating_add(1)));
        }
    }
    Ok(lines)
}

/// Sets what goes with a product, as a whole.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct SetAccessories {
    /// With which product.
    pub id: Id<Product>,
    /// What goes with it, in order: at most 100, each once, not itself.
    pub accessories: Vec<AccessoryWish>,
}

/// One product that goes with another.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct AccessoryWish {
    /// Which.
    pub product: Id<Product>,
    /// What it is good for.
    #[serde(default)]
    pub note: Option<String>,
}

/// The accessories of a product as wished. Rule CAT-4 (F080).
///
/// # Errors
///
/// `accessory.too_many` · one by one `accessory.of_itself`, `accessory.twice`, `text.*` (note).
pub fn set_accessories(wish: &SetAccessories) -> Result<Vec<Accessory>, Refusal> {
    let mut check = Check::default();
    check.rule(wish.accessories.len() <= PARTS_MAX, "accessories", || {
        Invalid::new("accessory.too_many", &wish.accessories.len().to_string())
            .limit(format!("at most {PARTS_MAX}"))
    });
    let mut found: Vec<Accessory> = Vec::new();
    for (ordinal, other) in (0_u32..).zip(wish.accessories.iter().take(PARTS_MAX)) {
        let at = |field: &str| format!("accessories[{ordinal}].{field}");
        let named = other.product.to_string();
        check.rule(other.product != wish.id, &at("product"), || {
            Invalid::new("accessory.of_itself", &named)
        });
        let twice = found.iter().any(|before| before.accessory == other.product);
        check.rule(!twice, &at("product"), || Invalid::new("accessory.twice", &named));
        let note = check.parse(&at("note"), other.note.as_deref());
        let (id, accessory) = (Accessory::id_of(wish.id, ordinal), other.product);
        found.push(Accessory { id, product: wish.id, ordinal, accessory, note, ext: Ext::new() });
    }
    check.finish(Some(found))
}

#[cfg(test)]
mod tests {
    use uuid::Uuid;

    use super::super::{CreateProduct, create};
    use super::*;
    use crate::decision::broken;

    fn id(letter: char) -> Id<Product> {
        Id::new(Uuid::from_u128(u32::from(letter).into()))
    }

    /// Bundles as `a: 2 b, 3 c`.
    fn known(bundles: &[&str]) -> Composition {
        let mut known = Composition::default();
        for letter in 'a'..='z' {
            let (code, name) = (letter.to_string(), letter.to_string());
            let wish = CreateProduct { code, name, ..Default::default() };
            known.products.insert(id(letter), create(id(letter), &wish).unwrap());
        }
        for text in bundles {
            let (bundle, parts) = text.split_once(": ").unwrap();
            let wish = wish(bundle.chars().next().unwrap(), parts);
            known.parts.insert(wish.id, set_parts(&wish, &Composition::default()).unwrap());
        }
        known
    }

    fn wish(bundle: char, parts: &str) -> SetParts {
        let parts = parts.split(", ").filter(|part| !part.is_empty()).map(|part| {
            let (quantity, letter) = part.split_once(' ').unwrap();
            let product = id(letter.chars().next().unwrap());
            PartWish { product, quantity: quantity.to_owned() }
        });
        SetParts { id: id(bundle), parts: parts.collect() }
    }

    #[test]
    fn no_bundle_contains_itself_and_the_refusal_shows_the_way() {
        let known = known(&["a: 1 b", "b: 2 c, 1 d", "d: 1 e"]);
        let table = [
            // a bundle …                 is set to        is refused for …             and the way
            ("has parts", 'x', "1 a, 2.5 z", "", ""),
            ("may be plain again", 'a', "", "", ""),
            ("is no part of itself", 'x', "1 x", "parts[0].product bundle.cycle", "x → x"),
            ("nor of its part", 'b', "1 a", "parts[0].product bundle.cycle", "b → a → b"),
            (
                "nor further down",
                'e',
                "1 z, 1 a",
                "parts[1].product bundle.cycle",
                "e → a → b → d → e",
            ),
            ("names a product once", 'x', "1 z, 2 z", "parts[1].product bundle.part_twice", ""),
            ("has something of it", 'x', "0 z", "parts[0].quantity bundle.quantity_zero", ""),
            ("has no negative part", 'x', "-1 z", "parts[0].quantity quantity.negative", ""),
        ];
        for (rule, bundle, parts, expected, way) in table {
            let decided = set_parts(&wish(bundle, parts), &known);
            assert_eq!(broken(&decided).join(", "), expected, "a bundle {rule}");
            let limit =
                decided.err().and_then(|refusal| refusal.violations().next()?.limit.clone());
            if !way.is_empty() {
                assert_eq!(limit.as_deref(), Some(way), "a bundle {rule}");
            }
        }
    }

    #[test]
    fn a_bundle_becomes_the_products_in_it() {
        let known = known(&["a: 1 b, 0.5 z", "b: 2 c, 3 d", "d: 1 e, 4 c"]);
        let table = [
            ("a plain product is itself", 'z', "7", "7 z"),
            ("parts in their order, to the leaves", 'a', "2", "4 c, 6 e, 24 c, 1 z"),
            ("fractions stay exact", 'd', "0.25", "0.25 e, 1 c"),
        ];
        for (rule, product, quantity, expected) in table {
            let lines = expand(id(product), quantity.parse().unwrap(), &known).unwrap();
            let lines = lines
                .into_iter()
                .map(|line| format!("{} {}", line.quantity, known.code(line.product)));
            assert_eq!(lines.collect::<Vec<_>>().join(", "), expected, "{rule}");
        }
        let circle = self::known(&["a: 1 b", "b: 1 a"]);
        let refused = expand(id('a'), "1".parse().unwrap(), &circle);
        assert_eq!(refused.unwrap_err().code, "bundle.cycle", "a damaged store ends too");
    }

    #[test]
    fn accessories_are_others_each_once() {
        let table = [
            ("b", ""),
            ("b, c", ""),
            ("a", "accessories[0].product accessory.of_itself"),
            ("b, b", "accessories[1].product accessory.twice"),
        ];
        for (others, expected) in table {
            let accessories = others.split(", ").map(|letter| AccessoryWish {
                product: id(letter.chars().next().unwrap()),
                note: None,
            });
            let wish = SetAccessories { id: id('a'), accessories: accessories.collect() };
            assert_eq!(broken(&set_accessories(&wish)).join(", "), expected, "{others}");
        }
    }
}
