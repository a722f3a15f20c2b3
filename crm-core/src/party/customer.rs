//! The role a party takes when it buys: an organization or a person.

use chrono::NaiveDate;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::codes;
use crate::decision::{Check, Refusal};
use crate::record;
use crate::record::Ext;
use crate::settings::User;
use crate::value::{Code, Id, Invalid, Name, Note, Timestamp};

codes! {
    /// Whether a customer is an organization or a person.
    pub enum CustomerType {
        /// An organization (企业客户).
        Business = "business",
        /// A person (个人客户).
        Personal = "personal",
    }
}

codes! {
    /// Whether a customer is dealt with.
    pub enum CustomerStatus {
        /// It is.
        Active = "active",
        /// No new activity, opportunity or order hangs on it.
        Archived = "archived",
    }
}

record! {
    /// An organization or a person that buys or may buy.
    pub struct Customer: Customer {
        /// Organization or person.
        1 customer_type: CustomerType;
        /// Its name.
        2 name: Name, personal("contact", 3650);
        /// A code of the vocabulary `industry`; organizations only.
        3 industry: Option<Code>;
        /// A code of the vocabulary `size`; organizations only.
        4 size: Option<Code>;
        /// A code of the vocabulary `source`.
        5 source: Option<Code>;
        /// The region it belongs to, as the host divides its market.
        6 region: Option<Name>;
        /// Who looks after it.
        7 owner: Id<User>;
        /// Its birthday; persons only.
        8 birthday: Option<NaiveDate>, personal("contact", 3650);
        /// Anything else.
        9 note: Option<Note>, personal("contact", 3650);
        /// Dealt with or archived.
        10 status: CustomerStatus;
        /// When it was made.
        11 created_at: Timestamp;
    }
    listings {
        1 "by_name" ["name"];
        2 "by_owner" ["owner", "name"];
    }
}

/// A new customer: a name is enough.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct CreateCustomer {
    /// The id it shall have; made by the engine where there is none.
    pub id: Option<Id<Customer>>,
    /// `business` (the default) or `personal`.
    pub customer_type: Option<String>,
    /// Its name: 1 to 200 characters on one line.
    pub name: String,
    /// A code of the vocabulary `industry`; organizations only.
    pub industry: Option<String>,
    /// A code of the vocabulary `size`; organizations only.
    pub size: Option<String>,
    /// A code of the vocabulary `source`.
    pub source: Option<String>,
    /// The region it belongs to.
    pub region: Option<String>,
    /// Who looks after it; the actor where nobody is named.
    pub owner: Option<Id<User>>,
    /// Its birthday; persons only.
    pub birthday: Option<NaiveDate>,
    /// Anything else.
    pub note: Option<String>,
    /// Custom values by the code of their field.
    pub custom: Ext,
}

/// A new customer, owned by `owner`.
///
/// # Errors
///
/// `code.unknown` (type) · `text.*` (name, region, note) · `code.*` (industry, size, source) ·
/// `customer.field_not_in_layout` for a field that the type does not have. Rule PARTY-1 (F001, F002).
pub fn create(
    id: Id<Customer>,
    wish: &CreateCustomer,
    owner: Id<User>,
    now: Timestamp,
) -> Result<Customer, Refusal> {
    let mut check = Check::default();
    let customer_type = check
        .parse("customer_type", wish.customer_type.as_deref())
        .unwrap_or(CustomerType::Business);
    let name = check.take("name", Name::parse(&wish.name));
    let industry = check.parse("industry", wish.industry.as_deref());
    let size = check.parse("size", wish.size.as_deref());
    let source = check.parse("source", wish.source.as_deref());
    let region = check.parse("region", wish.region.as_deref());
    let note = check.parse("note", wish.note.as_deref());
    let given = [
        ("industry", wish.industry.is_some(), CustomerType::Business),
        ("size", wish.size.is_some(), CustomerType::Business),
        ("birthday", wish.birthday.is_some(), CustomerType::Personal),
    ];
    for (field, given, layout) in given {
        check.rule(!given || layout == customer_type, field, || {
            Invalid::new("customer.field_not_in_layout", field)
                .limit(format!("only of a {layout} customer"))
        });
    }
    let customer = name.map(|name| Customer {
        id,
        customer_type,
        name,
        industry,
        size,
        source,
        region,
        owner,
        birthday: wish.birthday,
        note,
        status: CustomerStatus::Active,
        created_at: now,
        ext: wish.custom.clone(),
    });
    check.finish(customer)
}

impl Customer {
    /// The wish that would make it as it is.
    pub fn wish(&self) -> CreateCustomer {
        CreateCustomer {
            id: Some(self.id),
            customer_type: Some(self.customer_type.code().to_owned()),
            name: self.name.to_string(),
            industry: self.industry.as_ref().map(ToString::to_string),
            size: self.size.as_ref().map(ToString::to_string),
            source: self.source.as_ref().map(ToString::to_string),
            region: self.region.as_ref().map(ToString::to_string),
            owner: Some(self.owner),
            birthday: self.birthday,
            note: self.note.as_ref().map(ToString::to_string),
            custom: self.ext.clone(),
        }
    }
}
