//! Finding people in the shared address book.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::page::Wanted;
use super::{Listed, Seen};
use crate::access::{Access, Hidden};
use crate::engine::{Cx, Error, Operation};
use crate::party::{Contact, ContactPoint, Customer, Medium, PointOwner};
use crate::record::Val;
use crate::value::{Id, Invalid, Name};

/// Customers whose contacts one search looks at.
const COMPANIES_MAX: u32 = 100;

/// Digits at the end of a number that are shown where numbers are hidden.
const SHOWN: usize = 4;

/// Contacts by a part of their name, the last digits of a phone, or how their company's name begins; all that is said
/// must fit.
///
/// By company it goes through the listing of customers (the first 100 whose names begin so) and of their contacts. By
/// the end of a number or a part of a name alone nothing is listed, so it looks at up to 20,000 rows for a page: a page
/// may be short and yet not the last. From whom numbers are hidden finds by the last four digits, which they see, and is
/// refused more (`mask.hidden`).
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct SearchContacts {
    /// A part of the name, small and capital letters alike.
    pub name: Option<String>,
    /// The last 4 to 15 digits of a phone number.
    pub phone: Option<String>,
    /// How the name of the company begins, as it is spelled.
    pub company: Option<String>,
    /// Rows in a page: 1 to 1,000; 50 where nothing is said. By company there is one page.
    pub limit: Option<u32>,
    /// Where the page before ended.
    pub after: Option<String>,
}

/// A contact that was found.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct ContactFound {
    /// The contact.
    #[serde(flatten)]
    pub contact: Contact,
    /// The name of the customer at which they are.
    pub company: Option<Name>,
    /// Their phone numbers, as they were written.
    pub phones: Vec<String>,
}

impl Operation for SearchContacts {
    const NAME: &'static str = "contact.search";
    const ACCESS: Access = Access::Read;
    type Response = Listed<ContactFound>;

    fn run(&self, cx: &mut Cx<'_>) -> Result<Listed<ContactFound>, Error> {
        let limit = super::page::limit(self.limit)?;
        let (found, next) = match (&self.phone, &self.company, &self.name) {
            (Some(phone), _, _) => self.by_phone(cx, phone)?,
            (None, Some(company), _) => (self.by_company(cx, company, limit)?, None),
            (None, None, Some(_)) => {
                let wanted = Wanted::of(Contact::BY_NAME, &[]);
                let wanted = wanted.page(self.limit, self.after.as_deref());
                let page = cx.listed(wanted, |contact: &Contact| self.is_named(contact))?;
                (page.rows, page.next)
            }
            (None, None, None) => {
                let nothing = Invalid::new("request.form", "");
                let limit = "a name, a phone or a company";
                return Err(Error::invalid("name", nothing.limit(limit)));
            }
        };
        let mut found = found;
        cx.leave_out_unseen(&mut found, |contact: &Contact| contact.customer)?;
        let mut rows = Vec::with_capacity(found.len());
        for Seen { version, record: contact } in found {
            let company = cx.find(contact.customer)?.map(|customer| customer.name);
            let begins = self.company.as_deref().is_none_or(|start| {
                company.as_ref().is_some_and(|name| name.as_str().starts_with(start))
            });
            if !begins || !self.is_named(&contact) {
                continue;
            }
            let key = [Val::Id(contact.id.uuid()), Medium::Phone.code().into()];
            let phones = cx.list::<ContactPoint>(ContactPoint::BY_OWNER, &key)?;
            let phones = phones.into_iter().map(|point| point.raw).collect();
            rows.push(Seen { version, record: ContactFound { contact, company, phones } });
        }
        Ok(Listed { rows, next })
    }
}

/// Contacts that were found, and where the next page begins.
type Page = (Vec<Seen<Contact>>, Option<String>);

impl SearchContacts {
    fn is_named(&self, contact: &Contact) -> bool {
        self.name.as_ref().is_none_or(|part| {
            contact.name.as_str().to_lowercase().contains(&part.trim().to_lowercase())
        })
    }

    fn by_phone(&self, cx: &mut Cx<'_>, phone: &str) -> Result<Page, Error> {
        let digits: String = phone.chars().filter(char::is_ascii_digit).collect();
        if !(4..=15).contains(&digits.len()) {
            let few = Invalid::new("search.phone", phone).limit("4 to 15 digits");
            return Err(Error::invalid("phone", few));
        }
        let medium = [Medium::Phone.code().into()];
        // Whoever sees the last four digits finds by them, in an order that tells no more.
        let is_hidden = cx.hides(Hidden::Phone);
        if digits.len() > SHOWN {
            cx.seeks("phone", Hidden::Phone, phone)?;
        }
        let wanted = match is_hidden {
            true => Wanted::of(0, &[]),
            false => Wanted::of(ContactPoint::BY_NORMAL, &medium),
        };
        let wanted = wanted.page(self.limit, self.after.as_deref());
        let page = cx.listed(wanted, |point: &ContactPoint| {
            let number = point.normal.split(';').next().unwrap_or_default();
            // Of a shorter number less than four digits are shown.
            let shown =
                !is_hidden || number.bytes().filter(u8::is_ascii_digit).count() >= 2 * SHOWN;
            point.owner_kind == PointOwner::Contact
                && point.medium == Medium::Phone
                && shown
                && number.ends_with(&digits)
        })?;
        let mut found: Vec<Seen<Contact>> = Vec::new();
        for point in page.rows {
            let id = Id::<Contact>::new(point.record.owner);
            let known = found.iter().any(|seen| seen.record.id == id);
            if let Some(record) = cx.find(id)?.filter(|_| !known) {
                found.push(Seen { version: cx.version(id), record });
            }
        }
        Ok((found, page.next))
    }

    fn by_company(
        &self,
        cx: &mut Cx<'_>,
        company: &str,
        limit: u32,
    ) -> Result<Vec<Seen<Contact>>, Error> {
        let wanted = Wanted::of(Customer::BY_NAME, &[]).starting_with(company);
        let wanted = wanted.page(Some(COMPANIES_MAX), None);
        let companies = cx.listed(wanted, |_: &Customer| true)?.rows;
        let mut found = Vec::new();
        for company in companies {
            let missing = usize::try_from(limit).unwrap_or(0).saturating_sub(found.len());
            let Some(missing) = u32::try_from(missing).ok().filter(|missing| *missing > 0) else {
                break;
            };
            let prefix = [Val::Id(company.record.id.uuid())];
            let wanted = Wanted::of(Contact::BY_CUSTOMER, &prefix).page(Some(missing), None);
            found.extend(cx.listed(wanted, |contact: &Contact| self.is_named(contact))?.rows);
        }
        Ok(found)
    }
}
