//! What we sell: products, by the code that the host's own systems know them by; what a bundle consists of, and what goes
//! with what.

mod bundle;
mod product;

pub use bundle::{
    Accessory, AccessoryWish, BundlePart, Composition, Expanded, PartWish, SetAccessories,
    SetParts, expand, set_accessories, set_parts,
};
pub use product::{CreateProduct, Product, ProductCode, create};
