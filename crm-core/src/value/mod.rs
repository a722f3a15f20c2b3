//! Shared values: parsed once at the edge, trusted inside.
//!
//! Every constructor returns the valid value or an [`Invalid`]; there is no `validate()`. This module depends on
//! nothing else of the crate and knows no concept of selling.

mod address;
mod calendar;
mod contact_point;
mod country;
mod credit_code;
mod currency;
mod day;
mod decimal;
mod exchange;
mod id;
mod invalid;
mod money;
mod price;
mod rate;
mod region;
mod rounding;
mod shared;
mod text;
mod time;
mod wall;

pub use address::{AddressUse, GeoPoint, PostalAddress};
pub use calendar::{DayHours, Hours, Span, TimeLimit, Wait, Week, WorkCalendar};
pub use contact_point::{EmailAddress, PhoneNumber, SocialId, Url};
pub use country::Country;
pub use credit_code::CreditCode;
pub use currency::Currency;
pub use day::{Day, Period};
pub use exchange::ExchangeRate;
pub use id::Id;
pub use invalid::Invalid;
pub use money::Money;
pub use price::{Percent, Quantity, UnitPrice};
pub use rate::Rate;
pub use region::Region;
pub use rounding::Rounding;
pub use shared::Shared;
pub use text::{Code, Name, Note, Text};
pub use time::Timestamp;
