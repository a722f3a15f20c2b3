//! How somebody is reached: as written, and in the form by which two spellings are compared.

use std::collections::BTreeSet;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use crate::codes;
use crate::decision::{Check, Refusal};
use crate::record;
use crate::record::Ext;
use crate::text_column;
use crate::value::{Code, Country, EmailAddress, Id, Invalid, PhoneNumber, Text, Url};

codes! {
    /// Whom a contact point reaches.
    pub enum PointOwner {
        /// A customer.
        Customer = "customer",
        /// A person at a customer.
        Contact = "contact",
        /// A lead.
        Lead = "lead",
    }
}

codes! {
    /// By what somebody is reached.
    pub enum Medium {
        /// A telephone number.
        Phone = "phone",
        /// An e-mail address.
        Email = "email",
        /// An account in a social network, such as WeChat.
        Social = "social",
        /// A web site.
        Url = "url",
    }
}

text_column! { Country => Code }

record! {
    /// A phone, e-mail address, social account or web site of a customer, a contact or a lead.
    pub struct ContactPoint: ContactPoint {
        /// Whom it reaches: the kind of record.
        1 owner_kind: PointOwner;
        /// Whom it reaches: the record.
        2 owner: Uuid;
        /// By what.
        3 medium: Medium;
        /// As it was written.
        4 raw: String, personal("contact", 1095);
        /// The form to compare by.
        5 normal: String, personal("contact", 1095);
        /// The country whose numbering plan a phone belongs to.
        6 country: Option<Country>;
        /// The social network: `wechat`, `linkedin`.
        7 network: Option<Code>;
        /// What it is used for: `work`, `mobile`, `home`.
        8 label: Option<Code>;
    }
    listings {
        1 unique "by_owner" ["owner", "medium", "normal"];
        2 "by_normal" ["medium", "normal"];
    }
}

impl ContactPoint {
    /// The listing by whom it reaches.
    pub const BY_OWNER: u16 = 1;
    /// The listing by the form to compare by.
    pub const BY_NORMAL: u16 = 2;
}

/// A way to reach somebody, read and normalized, of nobody yet.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Reach {
    /// By what.
    pub medium: Medium,
    /// As it was written.
    pub raw: String,
    /// The form to compare by.
    pub normal: String,
    /// The country of a phone.
    pub country: Option<Country>,
    /// The social network.
    pub network: Option<Code>,
}

impl Reach {
    /// A phone number; one without a country code is dialed in `home`.
    ///
    /// # Errors
    ///
    /// `phone.*`, with the position of what does not belong there.
    pub fn phone(text: &str, home: Country) -> Result<Self, Invalid> {
        let phone = PhoneNumber::parse(text, home)?;
        let (raw, normal, country) =
            (phone.as_written().to_owned(), phone.normal(), phone.country());
        Ok(Self { medium: Medium::Phone, raw, normal, country, network: None })
    }

    /// An e-mail address. Two that differ in case alone are compared as different, as their servers may do.
    ///
    /// # Errors
    ///
    /// `email.*`, with the position of what does not belong there.
    pub fn email(text: &str) -> Result<Self, Invalid> {
        let email = EmailAddress::parse(text)?;
        let (raw, normal) = (email.as_written().to_owned(), email.normal().to_owned());
        Ok(Self { medium: Medium::Email, raw, normal, country: None, network: None })
    }

    /// A web site.
    ///
    /// # Errors
    ///
    /// `url.*`, with the position of what does not belong there.
    pub fn url(text: &str) -> Result<Self, Invalid> {
        let url = Url::parse(text)?;
        let (raw, normal) = (url.as_written().to_owned(), url.normal().to_owned());
        Ok(Self { medium: Medium::Url, raw, normal, country: None, network: None })
    }

    /// An account of a social network, compared as written.
    ///
    /// # Errors
    ///
    /// `text.*`.
    pub fn social(text: &str, network: Code) -> Result<Self, Invalid> {
        let account: Text<128, false> = text.parse()?;
        let normal = format!("{network}:{account}");
        let raw = account.to_string();
        Ok(Self { medium: Medium::Social, raw, normal, country: None, network: Some(network) })
    }

    /// The contact point that it is of somebody.
    pub fn of(
        self,
        id: Id<ContactPoint>,
        (owner_kind, owner): (PointOwner, Uuid),
        label: Option<Code>,
    ) -> ContactPoint {
        let Self { medium, raw, normal, country, network } = self;
        let ext = Ext::new();
        ContactPoint { id, owner_kind, owner, medium, raw, normal, country, network, label, ext }
    }
}

/// One way to reach somebody, as it is given.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct PointWish {
    /// `phone`, `email`, `social` or `url`.
    pub medium: String,
    /// The number, address or account, as people write it.
    pub text: String,
    /// The network of a social account: `wechat`, `linkedin`.
    pub network: Option<String>,
    /// What it is used for: `work`, `mobile`, `home`.
    pub label: Option<String>,
}

/// A way to reach somebody and what it is used for.
///
/// # Errors
///
/// `code.unknown` (medium) · `phone.*`, `email.*`, `url.*`, `text.*` (text) · `point.network` unless a social account,
/// and only that, names its network · `code.*` (network, label). Rule PARTY-2 (F004).
pub fn read(wish: &PointWish, home: Country) -> Result<(Reach, Option<Code>), Refusal> {
    let mut check = Check::default();
    let medium = check.parse::<Medium>("medium", Some(&wish.medium));
    let network: Option<Code> = check.parse("network", wish.network.as_deref());
    let label = check.parse("label", wish.label.as_deref());
    let social = medium == Some(Medium::Social);
    check.rule(medium.is_none() || social == wish.network.is_some(), "network", || {
        Invalid::new("point.network", wish.network.as_deref().unwrap_or_default())
            .limit("of a social account, and of nothing else")
    });
    let reach = match (medium, network) {
        (Some(Medium::Phone), _) => check.take("text", Reach::phone(&wish.text, home)),
        (Some(Medium::Email), _) => check.take("text", Reach::email(&wish.text)),
        (Some(Medium::Url), _) => check.take("text", Reach::url(&wish.text)),
        (Some(Medium::Social), Some(network)) => {
            check.take("text", Reach::social(&wish.text, network))
        }
        (None | Some(Medium::Social), _) => None,
    };
    check.finish(reach.map(|reach| (reach, label)))
}

/// The phones and e-mail addresses of somebody new; one that is given twice counts once.
///
/// # Errors
///
/// `phone.*` and `email.*`, each at its place in its list. Rule PARTY-3 (F004).
pub fn reachable(
    phones: &[String],
    emails: &[String],
    home: Country,
) -> Result<Vec<Reach>, Refusal> {
    let mut check = Check::default();
    let phones =
        (0..).zip(phones).map(|(at, text)| (format!("phones[{at}]"), Reach::phone(text, home)));
    let emails = (0..).zip(emails).map(|(at, text)| (format!("emails[{at}]"), Reach::email(text)));
    let read: Vec<(String, Result<Reach, Invalid>)> =
        phones.chain::<Vec<_>>(emails.collect()).collect();
    let mut seen = BTreeSet::new();
    let mut found = Vec::new();
    for (path, reach) in read {
        if let Some(reach) = check.take(&path, reach)
            && seen.insert((reach.medium, reach.normal.clone()))
        {
            found.push(reach);
        }
    }
    check.finish(Some(found))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::decision::broken;

    #[test]
    fn a_number_has_one_normal_form_and_keeps_its_spelling() {
        // Without libphonenumber's metadata a number of another country keeps its digits and has no country.
        let elsewhere = if cfg!(feature = "phone") { "US" } else { "" };
        let table = [
            // phone              normal, country, or refused for
            ("+86 138-0013-8000", Ok(("+8613800138000", "CN"))),
            ("１３８００１３８０００", Ok(("+8613800138000", "CN"))),
            ("13800138000", Ok(("+8613800138000", "CN"))),
            ("+1 650-253-0000", Ok(("+16502530000", elsewhere))),
            ("138-0013-800", Err("phone.length")),
            ("138 OOI3 8000", Err("phone.format")),
        ];
        for (text, expected) in table {
            let reach = Reach::phone(text, Country::CHINA);
            assert!(reach.as_ref().map_or(true, |reach| reach.raw == text), "{text}");
            let found = reach.map(|reach| {
                let country = reach.country.map(|country| country.to_string());
                (reach.normal, country.unwrap_or_default())
            });
            let expected = expected.map(|(normal, of)| (normal.to_owned(), of.to_owned()));
            // Which plan is asked decides whether a digit too few is a wrong length or a range not in use.
            let family = |code: &str| code.replace("phone.unassigned", "phone.length");
            assert_eq!(found.map_err(|e| family(&e.code)), expected.map_err(family), "{text}");
        }
    }

    #[test]
    fn a_contact_point_is_of_its_medium() {
        let wish = |medium: &str, text: &str, network: &str| PointWish {
            medium: medium.into(),
            text: text.into(),
            network: (!network.is_empty()).then(|| network.to_owned()),
            label: None,
        };
        let table = [
            ("is a phone", wish("phone", "010-12345678", ""), ""),
            ("is an address", wish("email", "li@example.com", ""), ""),
            ("is an account with its network", wish("social", "li_wei", "wechat"), ""),
            ("is no account without one", wish("social", "li_wei", ""), "network point.network"),
            (
                "has a network only as an account",
                wish("url", "example.com", "wechat"),
                "network point.network",
            ),
            ("is of a known medium", wish("pigeon", "x", ""), "medium code.unknown"),
            ("is an address with a domain", wish("email", "li@", ""), "text email.format"),
        ];
        for (rule, wish, expected) in table {
            let found = broken(&read(&wish, Country::CHINA)).join(", ");
            assert_eq!(found, expected, "a contact point {rule}");
        }
        let invalid = Reach::email("li wei@example.com").unwrap_err();
        assert_eq!(invalid.limit.as_deref(), Some("no ' ', found at 3"));
    }

    #[test]
    fn the_same_number_twice_counts_once() {
        let texts = |texts: &[&str]| texts.iter().map(|t| (*t).to_owned()).collect::<Vec<_>>();
        let phones = texts(&["13800138000", "+86 138 0013 8000", "13900139000"]);
        let found = reachable(&phones, &texts(&["li@example.com"]), Country::CHINA).unwrap();
        let normal: Vec<_> = found.iter().map(|reach| reach.normal.as_str()).collect();
        assert_eq!(normal, ["+8613800138000", "+8613900139000", "li@example.com"]);
        let refused = reachable(&texts(&["13800138000", "12"]), &texts(&["@"]), Country::CHINA);
        let paths: Vec<_> =
            broken(&refused).iter().map(|b| b.split(' ').next().unwrap().to_owned()).collect();
        assert_eq!(paths, ["phones[1]", "emails[0]"]);
    }
}
