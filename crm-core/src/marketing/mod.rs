//! What marketing brings: which touches a sale is credited to, and what they cost.
//!
//! A touch is a moment at which marketing reached a customer before they bought: a lead that came in, a campaign that they
//! answered. A [`Model`] says how the credit for a sale is divided among its touches. Credits are whole basis points that
//! sum to 10,000, and amounts that sum to the sale to the minor unit: another model moves shares, never totals.

mod attribution;
mod effect;
mod sales;

pub use attribution::{Credit, Model, Touch, attribute, in_time};
pub use effect::{Effect, EffectKey, EffectRow, Sale, effect};
pub use sales::{Sales, sales};
