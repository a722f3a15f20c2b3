//! The role a party takes when it buys: an organization or a person.

use chrono::NaiveDate;
use chrono_tz::Tz;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::{Contact, Pool};
use crate::codes;
use crate::decision::{Check, Refusal};
use crate::record;
use crate::record::{Ext, FieldId};
use crate::settings::User;
use crate::text_column;
use crate::value::{Code, CreditCode, Id, Invalid, Name, Note, Timestamp, Url};

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

codes! {
    /// How much the price decides when somebody buys (对价格的敏感程度).
    pub enum PriceSensitivity {
        /// Other things decide.
        Low = "low",
        /// The price is one of several things.
        Medium = "medium",
        /// The price decides.
        High = "high",
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
        /// Who looks after it; nobody while it lies in a pool.
        7 owner: Option<Id<User>>;
        /// Its birthday; persons only.
        8 birthday: Option<NaiveDate>, personal("contact", 3650);
        /// Anything else.
        9 note: Option<Note>, personal("contact", 3650);
        /// Dealt with or archived.
        10 status: CustomerStatus;
        /// When it was made.
        11 created_at: Timestamp;
        /// Its web site.
        12 website: Option<Url>, personal("contact", 3650);
        /// Its 统一社会信用代码; organizations only.
        13 credit_code: Option<CreditCode>;
        /// The organization that it belongs to; organizations only.
        14 parent: Option<Id<Customer>>;
        /// Whom to turn to there.
        15 primary_contact: Option<Id<Contact>>;
        /// The customer that it became part of; such a one is no longer listed.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        64 merged_into: Option<Id<Customer>>;
        /// A code of the vocabulary `price_group`: which price lists are for it.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        200 price_group: Option<Code>;
        /// How much the price decides when it buys.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        201 price_sensitivity: Option<PriceSensitivity>;
        /// The zone in which its days begin, such as `America/New_York`; the tenant's where nothing is said.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        210 zone: Option<Name>, personal("contact", 3650);
        /// The pool in which it lies (公海); none while somebody looks after it.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        240 pool: Option<Id<Pool>>;
        /// What was told of its stay with its owner, each once: rule and instant.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        241 told: Option<String>;
        /// Its kind, where the host has forms for more than the two types: a code such as `hospital`.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        242 form: Option<Code>;
    }
    listings {
        1 "by_name" ["name"];
        2 "by_owner" ["owner", "name"];
        3 "by_parent" ["parent", "name"];
        230 "by_merged_into" ["merged_into"];
        240 "by_pool" ["pool", "created_at"];
    }
}

text_column! {
    Url => Text,
    CreditCode => Code,
}

/// A new customer: a name is enough.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct CreateCustomer {
    /// The id it shall have; made by the engine where there is none.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub id: Option<Id<Customer>>,
    /// `business` (the default) or `personal`.
    pub customer_type: Option<String>,
    /// Its kind, a code for which there is a form; without it, its type is its kind.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub form: Option<String>,
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
    /// Its web site.
    pub website: Option<String>,
    /// Its 统一社会信用代码; organizations only.
    pub credit_code: Option<String>,
    /// The organization that it belongs to; organizations only.
    pub parent: Option<Id<Customer>>,
    /// The zone in which its days begin, such as `America/New_York`; the tenant's where nothing is said.
    pub zone: Option<String>,
    /// Its phone numbers, as people write them; of a new customer only.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub phones: Vec<String>,
    /// Its e-mail addresses; of a new customer only.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub emails: Vec<String>,
    /// A code of the vocabulary `price_group`: which price lists are for it.
    pub price_group: Option<String>,
    /// How much the price decides when it buys: `low`, `medium` or `high`.
    pub price_sensitivity: Option<String>,
    /// Custom values by the code of their field.
    pub custom: Ext,
}

/// A new customer, owned by `owner`.
///
/// # Errors
///
/// `code.unknown` (type) · `text.*` (name, region, note) · `code.*` (industry, size, source) · `url.*` (website) ·
/// `credit_code.*` · `code.*` (price group, price sensitivity) · `zone.unknown` · `customer.field_not_in_layout` for a field that the type does not have. Rule PARTY-1 (F001, F002).
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
    let form = check.parse("form", wish.form.as_deref());
    let website = check.parse("website", wish.website.as_deref());
    let credit_code = check.parse("credit_code", wish.credit_code.as_deref());
    let price_group = check.parse("price_group", wish.price_group.as_deref());
    let price_sensitivity = check.parse("price_sensitivity", wish.price_sensitivity.as_deref());
    let zone = check.parse::<Name>("zone", wish.zone.as_deref());
    check.rule(
        zone.as_ref().is_none_or(|zone| zone.as_str().parse::<Tz>().is_ok()),
        "zone",
        || {
            Invalid::new("zone.unknown", wish.zone.as_deref().unwrap_or_default())
                .limit("an IANA zone such as Asia/Shanghai")
        },
    );
    for (field, of) in wish.layout() {
        check.rule(of == customer_type, field, || {
            Invalid::new("customer.field_not_in_layout", field)
                .limit(format!("only of a {of} customer"))
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
        owner: Some(owner),
        birthday: wish.birthday,
        note,
        status: CustomerStatus::Active,
        created_at: now,
        website,
        credit_code,
        parent: wish.parent,
        primary_contact: None,
        merged_into: None,
        price_group,
        price_sensitivity,
        pool: None,
        told: None,
        form,
        zone,
        ext: wish.custom.clone(),
    });
    check.finish(customer)
}

impl CustomerType {
    /// The fields that a type does not have.
    pub const fn lacks(self) -> &'static [&'static str] {
        match self {
            Self::Business => &["birthday"],
            Self::Personal => &["industry", "size", "credit_code", "parent"],
        }
    }
}

impl CreateCustomer {
    /// The wish without what a plain field holds.
    pub fn lose(&mut self, field: &str) {
        match field {
            "birthday" => self.birthday = None,
            "credit_code" => self.credit_code = None,
            "industry" => self.industry = None,
            "note" => self.note = None,
            "parent" => self.parent = None,
            "price_group" => self.price_group = None,
            "region" => self.region = None,
            "size" => self.size = None,
            "source" => self.source = None,
            "website" => self.website = None,
            _ => {}
        }
    }

    /// The fields that are given and that only one type of customer has, with that type.
    fn layout(&self) -> impl Iterator<Item = (&'static str, CustomerType)> {
        use CustomerType::{Business, Personal};
        let given = [
            ("industry", self.industry.is_some(), Business),
            ("size", self.size.is_some(), Business),
            ("birthday", self.birthday.is_some(), Personal),
            ("credit_code", self.credit_code.is_some(), Business),
            ("parent", self.parent.is_some(), Business),
        ];
        given.into_iter().filter(|(_, given, _)| *given).map(|(field, _, of)| (field, of))
    }
}

/// Whether a customer may belong to another, above which stand these, the nearest first and the other itself among them.
///
/// # Errors
///
/// `customer.parent_circular`. Rule PARTY-8 (F001).
pub fn place_under(customer: Id<Customer>, above: &[Id<Customer>]) -> Result<(), Refusal> {
    if above.contains(&customer) {
        return Err(Refusal::by("customer.parent_circular", "parent", &customer.to_string()));
    }
    Ok(())
}

/// The customer as the other type, when the caller has confirmed that what the other type does not have is lost.
///
/// # Errors
///
/// `customer.value_would_be_lost` for each value, unless confirmed. Rule PARTY-9 (F002).
pub fn set_type(customer: &Customer, to: CustomerType, confirm: bool) -> Result<Customer, Refusal> {
    let wish = customer.wish();
    let document = serde_json::to_value(&wish).unwrap_or_default();
    let mut check = Check::default();
    for (field, of) in wish.layout().filter(|(_, of)| *of != to && !confirm) {
        let value = document.get(field).map(|value| match value.as_str() {
            Some(text) => text.to_owned(),
            None => value.to_string(),
        });
        let lost = Invalid::new("customer.value_would_be_lost", &value.unwrap_or_default());
        check.refuse(field, lost.limit(format!("only of a {of} customer; confirm to lose it")));
    }
    check.done()?;
    let (business, personal) = (to == CustomerType::Business, to == CustomerType::Personal);
    let before = customer.clone();
    Ok(Customer {
        customer_type: to,
        industry: before.industry.filter(|_| business),
        size: before.size.filter(|_| business),
        credit_code: before.credit_code.filter(|_| business),
        parent: before.parent.filter(|_| business),
        birthday: before.birthday.filter(|_| personal),
        ..before
    })
}

impl Customer {
    /// The listing by name.
    pub const BY_NAME: u16 = 1;
    /// The listing by owner, then name.
    pub const BY_OWNER: u16 = 2;
    /// The listing by the organization they belong to, then name.
    pub const BY_PARENT: u16 = 3;
    /// The listing by what they became part of; of the others there is nothing.
    pub const BY_MERGED_INTO: u16 = 230;
    /// The listing by pool, the oldest first; of no pool those that somebody looks after.
    pub const BY_POOL: u16 = 240;

    pub(crate) const CREDIT_CODE: FieldId = FieldId(13);
    pub(crate) const FORM: FieldId = FieldId(242);

    /// Its kind: the code of its form, or its type.
    pub fn kind(&self) -> &str {
        self.form.as_ref().map_or(self.customer_type.code(), Code::as_str)
    }

    /// Whether something new may hang on it: an activity, a deal, an order, a contact.
    ///
    /// # Errors
    ///
    /// `customer.archived`. Rule PARTY-10 (F007).
    pub fn takes_new(&self) -> Result<(), Invalid> {
        match self.status {
            CustomerStatus::Active => Ok(()),
            CustomerStatus::Archived => {
                let archived = Invalid::new("customer.archived", &self.id.to_string());
                Err(archived.limit("restore it first"))
            }
        }
    }

    /// The wish that would make it as it is.
    pub fn wish(&self) -> CreateCustomer {
        CreateCustomer {
            id: None,
            customer_type: Some(self.customer_type.code().to_owned()),
            form: self.form.as_ref().map(ToString::to_string),
            name: self.name.to_string(),
            industry: self.industry.as_ref().map(ToString::to_string),
            size: self.size.as_ref().map(ToString::to_string),
            source: self.source.as_ref().map(ToString::to_string),
            region: self.region.as_ref().map(ToString::to_string),
            owner: self.owner,
            birthday: self.birthday,
            note: self.note.as_ref().map(ToString::to_string),
            website: self.website.as_ref().map(ToString::to_string),
            credit_code: self.credit_code.as_ref().map(ToString::to_string),
            parent: self.parent,
            zone: self.zone.as_ref().map(ToString::to_string),
            phones: Vec::new(),
            emails: Vec::new(),
            price_group: self.price_group.as_ref().map(ToString::to_string),
            price_sensitivity: self.price_sensitivity.map(|of| of.code().to_owned()),
            custom: self.ext.clone(),
        }
    }
}

#[cfg(test)]
mod tests {
    use uuid::Uuid;

    use super::*;
    use crate::decision::broken;

    fn id(bits: u128) -> Id<Customer> {
        Id::new(Uuid::from_u128(bits))
    }

    fn made(wish: &CreateCustomer) -> Result<Customer, Refusal> {
        create(id(1), wish, User::OWNER, Timestamp::from_micros(0).unwrap())
    }

    fn some(text: &str) -> Option<String> {
        Some(text.to_owned())
    }

    fn named(name: &str) -> CreateCustomer {
        CreateCustomer { name: name.to_owned(), ..Default::default() }
    }

    fn steel_works() -> CreateCustomer {
        CreateCustomer {
            industry: some("steel"),
            size: some("large"),
            credit_code: some("914403001922038216"),
            parent: Some(id(2)),
            website: some("www.example.com"),
            ..named("A")
        }
    }

    #[test]
    fn a_customer_is_a_name_and_the_fields_of_its_type() {
        let long = "名".repeat(201);
        let person = CreateCustomer { customer_type: some("personal"), ..named("王伟") };
        let born = NaiveDate::from_ymd_opt(1990, 1, 1);
        let table = [
            ("needs a name only", named("A"), ""),
            ("has a visible name", named("\u{3000}"), "name text.empty"),
            ("has a name without control characters", named("a\0b"), "name text.control"),
            ("has a name of 200 characters at most", named(&long), "name text.too_long"),
            (
                "is of a known type",
                CreateCustomer { customer_type: some("both"), ..named("A") },
                "customer_type code.unknown",
            ),
            (
                "has a credit code that adds up",
                CreateCustomer { credit_code: some("914403001922038217"), ..named("A") },
                "credit_code credit_code.check",
            ),
            (
                "has a web site on the web",
                CreateCustomer { website: some("ftp://a.cn"), ..named("A") },
                "website url.scheme",
            ),
            ("that is an organization has all of it", steel_works(), ""),
            (
                "that is a person has a birthday",
                CreateCustomer { birthday: born, ..person.clone() },
                "",
            ),
            (
                "that is an organization has none",
                CreateCustomer { birthday: born, ..named("A") },
                "birthday customer.field_not_in_layout",
            ),
            (
                "that is a person has no parent",
                CreateCustomer { parent: Some(id(2)), ..person },
                "parent customer.field_not_in_layout",
            ),
        ];
        for (rule, wish, expected) in table {
            assert_eq!(broken(&made(&wish)).join(", "), expected, "a customer {rule}");
        }
    }

    #[test]
    fn the_wish_of_a_customer_makes_the_same_customer() {
        let customer = made(&steel_works()).unwrap();
        assert_eq!(made(&customer.wish()), Ok(customer));
    }

    #[test]
    fn another_type_loses_what_it_does_not_have_when_confirmed() {
        let works = made(&steel_works()).unwrap();
        let refused = set_type(&works, CustomerType::Personal, false).unwrap_err();
        let lost: Vec<_> =
            refused.violations().map(|v| (v.path.as_str(), v.value.as_str())).collect();
        let parent = id(2).to_string();
        let expected = [
            ("industry", "steel"),
            ("size", "large"),
            ("credit_code", "914403001922038216"),
            ("parent", &parent),
        ];
        assert_eq!(lost, expected, "every value that would be lost, and no other");
        let person = set_type(&works, CustomerType::Personal, true).unwrap();
        assert_eq!((person.industry, person.parent), (None, None));
        assert_eq!(person.website, works.website, "what both types have stays");
        assert_eq!(set_type(&works, CustomerType::Business, false), Ok(works), "its own type");
    }

    #[test]
    fn a_customer_belongs_to_no_customer_below_it() {
        assert_eq!(place_under(id(1), &[id(2), id(3)]), Ok(()));
        let circle = place_under(id(1), &[id(2), id(1)]);
        assert_eq!(broken(&circle), ["parent customer.parent_circular"]);
        assert!(place_under(id(1), &[id(1)]).is_err(), "nor to itself");
    }

    #[test]
    fn nothing_new_hangs_on_an_archived_customer() {
        let customer = made(&named("A")).unwrap();
        assert_eq!(customer.takes_new(), Ok(()));
        let archived = Customer { status: CustomerStatus::Archived, ..customer };
        assert_eq!(archived.takes_new().unwrap_err().code, "customer.archived");
    }
}
