//! What is known of somebody, gathered from the records that say it.

use std::collections::BTreeMap;

/// Whether people or companies are compared.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Party {
    /// Persons: customers of that type, contacts, leads with a name.
    Person,
    /// Companies: business customers, and those that leads work for.
    Company,
}

/// What is known of one person or company, as written. Everything may be missing.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Profile {
    /// The name.
    pub name: String,
    /// Where a person works.
    pub company: String,
    /// The day of birth, as a date or any spelling of one.
    pub birthday: String,
    /// Phone numbers.
    pub phones: Vec<String>,
    /// E-mail addresses.
    pub emails: Vec<String>,
    /// Street, house and whatever stands with it.
    pub street: String,
    /// District.
    pub district: String,
    /// City or town.
    pub city: String,
    /// Province or state.
    pub region: String,
    /// Postal code.
    pub postal_code: String,
    /// Web site.
    pub website: String,
    /// 统一社会信用代码, or another number under which a company is registered.
    pub registration: String,
    /// Custom values by the code of their field.
    pub custom: BTreeMap<String, String>,
}
