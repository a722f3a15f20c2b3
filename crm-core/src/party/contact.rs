//! A person reachable at a customer.

use chrono::NaiveDate;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::Customer;
use crate::decision::{Check, Refusal};
use crate::record;
use crate::record::Ext;
use crate::value::{Code, Id, Invalid, Name, Note, Timestamp};

record! {
    /// A person reachable at a customer. Which one is the primary contact, the customer says.
    pub struct Contact: Contact {
        /// At which customer.
        1 customer: Id<Customer>;
        /// Their name.
        2 name: Name, personal("contact", 1095);
        /// Their position (职位).
        3 title: Option<Name>, personal("contact", 1095);
        /// Their department.
        4 department: Option<Name>, personal("contact", 1095);
        /// Their part in a purchase: a code of the vocabulary `contact_role`.
        5 role: Option<Code>;
        /// Their birthday.
        6 birthday: Option<NaiveDate>, personal("contact", 1095);
        /// Anything else.
        7 note: Option<Note>, personal("contact", 1095);
        /// When it was made.
        8 created_at: Timestamp;
        /// The contact that it became part of; such a one is no longer listed.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        64 merged_into: Option<Id<Contact>>;
    }
    listings {
        1 "by_customer" ["customer", "name"];
        2 "by_name" ["name"];
    }
}

impl Contact {
    /// The listing by customer, then name.
    pub const BY_CUSTOMER: u16 = 1;
    /// The listing by name.
    pub const BY_NAME: u16 = 2;

    /// The wish that would make it as it is.
    pub fn wish(&self) -> CreateContact {
        CreateContact {
            id: None,
            customer: Some(self.customer),
            name: self.name.to_string(),
            title: self.title.as_ref().map(ToString::to_string),
            department: self.department.as_ref().map(ToString::to_string),
            role: self.role.as_ref().map(ToString::to_string),
            birthday: self.birthday,
            note: self.note.as_ref().map(ToString::to_string),
            primary: false,
            phones: Vec::new(),
            emails: Vec::new(),
            custom: self.ext.clone(),
        }
    }
}

/// A new contact: a customer and a name are enough.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct CreateContact {
    /// The id it shall have; made by the engine where there is none.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub id: Option<Id<Contact>>,
    /// At which customer.
    pub customer: Option<Id<Customer>>,
    /// Their name.
    pub name: String,
    /// Their position.
    pub title: Option<String>,
    /// Their department.
    pub department: Option<String>,
    /// Their part in a purchase: a code of the vocabulary `contact_role`.
    pub role: Option<String>,
    /// Their birthday.
    pub birthday: Option<NaiveDate>,
    /// Anything else.
    pub note: Option<String>,
    /// Whether they become the primary contact of the customer, instead of whoever is; of a new contact only.
    #[serde(skip_serializing_if = "core::ops::Not::not")]
    pub primary: bool,
    /// Their phone numbers, as people write them; of a new contact only.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub phones: Vec<String>,
    /// Their e-mail addresses; of a new contact only.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub emails: Vec<String>,
    /// Custom values by the code of their field.
    pub custom: Ext,
}

/// A new contact.
///
/// # Errors
///
/// `contact.without_customer` · `text.*` (name, title, department, note) · `code.*` (role). Rule PARTY-4 (F003).
pub fn create_contact(
    id: Id<Contact>,
    wish: &CreateContact,
    now: Timestamp,
) -> Result<Contact, Refusal> {
    let mut check = Check::default();
    check.rule(wish.customer.is_some(), "customer", || {
        Invalid::new("contact.without_customer", "").limit("a contact is reachable at a customer")
    });
    let name = check.take("name", Name::parse(&wish.name));
    let title = check.parse("title", wish.title.as_deref());
    let department = check.parse("department", wish.department.as_deref());
    let role = check.parse("role", wish.role.as_deref());
    let note = check.parse("note", wish.note.as_deref());
    let contact = wish.customer.zip(name).map(|(customer, name)| Contact {
        id,
        customer,
        name,
        title,
        department,
        role,
        birthday: wish.birthday,
        note,
        created_at: now,
        merged_into: None,
        ext: wish.custom.clone(),
    });
    check.finish(contact)
}

impl Customer {
    /// The customer with another primary contact, who is one of its own; it has at most one.
    ///
    /// # Errors
    ///
    /// `contact.of_other_customer`. Rule PARTY-5 (F003).
    pub fn with_primary(&self, contact: &Contact) -> Result<Self, Refusal> {
        self.has(contact)
            .map_err(|invalid| Refusal::of(crate::decision::Violation::at("contact", invalid)))?;
        Ok(Self { primary_contact: Some(contact.id), ..self.clone() })
    }

    /// The customer without that contact as its primary one.
    pub fn without_primary(&self, contact: Id<Contact>) -> Self {
        let primary_contact = self.primary_contact.filter(|primary| *primary != contact);
        Self { primary_contact, ..self.clone() }
    }

    /// Whether a contact is reachable here.
    ///
    /// # Errors
    ///
    /// `contact.of_other_customer`.
    pub fn has(&self, contact: &Contact) -> Result<(), Invalid> {
        if contact.customer == self.id {
            return Ok(());
        }
        let other = Invalid::new("contact.of_other_customer", &contact.id.to_string());
        Err(other.limit(format!("a contact of customer {}", self.id)))
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use uuid::Uuid;

    use super::super::{CreateCustomer, create};
    use super::*;
    use crate::decision::broken;
    use crate::settings::User;

    fn now() -> Timestamp {
        Timestamp::from_micros(0).unwrap()
    }

    fn customer(bits: u128) -> Customer {
        let wish = CreateCustomer { name: "A".into(), ..Default::default() };
        create(Id::new(Uuid::from_u128(bits)), &wish, User::OWNER, now()).unwrap()
    }

    fn contact(bits: u128, at: &Customer) -> Contact {
        let wish =
            CreateContact { customer: Some(at.id), name: "王伟".into(), ..Default::default() };
        create_contact(Id::new(Uuid::from_u128(bits)), &wish, now()).unwrap()
    }

    #[test]
    fn a_contact_is_a_name_at_a_customer() {
        let wish = CreateContact { title: Some("\u{7}".into()), ..Default::default() };
        let found = broken(&create_contact(Id::new(Uuid::nil()), &wish, now()));
        assert_eq!(
            found,
            ["customer contact.without_customer", "name text.empty", "title text.control"]
        );
        let contact = contact(2, &customer(1));
        assert_eq!(create_contact(contact.id, &contact.wish(), now()), Ok(contact));
    }

    proptest! {
        #[test]
        fn at_most_one_contact_is_primary_whatever_happens(
            steps in proptest::collection::vec((0..4_u8, any::<bool>()), 0..20),
        ) {
            let mut customer = customer(1);
            let contacts: Vec<Contact> = (2..6).map(|bits| contact(bits, &customer)).collect();
            let stranger = contact(9, &self::customer(8));
            for (at, set) in steps {
                let contact = &contacts[usize::from(at)];
                customer = if set { customer.with_primary(contact).unwrap() } else { customer.without_primary(contact.id) };
                prop_assert_eq!(set, customer.primary_contact == Some(contact.id));
                prop_assert!(customer.with_primary(&stranger).is_err());
            }
        }
    }
}
