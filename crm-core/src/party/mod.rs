//! Whom we deal with: customers, the people reachable there, how they are reached and where they are.

mod address;
mod confirm;
mod consent;
mod contact;
mod customer;
mod permission;
mod point;
mod pool;

pub use address::{AddAddress, Address, place};
pub use confirm::{Confirmation, Confirmed, RecordConfirmation, answer, ask, record_confirmation};
pub use consent::{Consent, ConsentOf, ConsentState, RecordConsent, record_consent};
pub use contact::{Contact, CreateContact, create_contact};
pub use customer::{
    CreateCustomer, Customer, CustomerStatus, CustomerType, PriceSensitivity, create, place_under,
    set_type,
};
pub use permission::{Allowed, ConsentChannel, Withheld, allowed, may_leave};
pub use point::{ContactPoint, Medium, PointOwner, PointWish, Reach, reachable, read};
pub use pool::{DefinePool, Holds, Plans, Pool, PoolTerms, define_pool};

#[cfg(test)]
pub(crate) use permission::tests::said;
