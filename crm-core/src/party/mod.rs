//! Whom we deal with: customers, the people reachable there, how they are reached and where they are.

mod customer;

pub use customer::{CreateCustomer, Customer, CustomerStatus, CustomerType, create};
