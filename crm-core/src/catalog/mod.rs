//! What we sell: products, by the code that the host's own systems know them by.

mod product;

pub use product::{CreateProduct, Product, ProductCode, create};
