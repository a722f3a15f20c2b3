//! What follows from what is known of a new lead, where nobody said it.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::CaptureLead;
use crate::codes;
use crate::value::{Country, EmailAddress, PhoneNumber, Region};

codes! {
    /// What a value was derived from.
    pub enum DerivedFrom {
        /// The domain of an e-mail address.
        Email = "email",
        /// The area code or country of a phone number.
        Phone = "phone",
        /// The place that the name of the company begins with.
        Company = "company",
    }
}

/// A value that nobody said.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Derived {
    /// The field.
    pub field: String,
    /// Its value.
    pub value: String,
    /// What it follows from.
    pub from: DerivedFrom,
}

/// The wish with what follows from it, and what that is. A field that was said is never touched.
///
/// - `company`: the domain of the first e-mail address whose host is no public mail service, without the names of
///   machines before it (`mail.acme.com.cn` → `acme.com.cn`).
/// - `region`: the province of the area code of a landline of mainland China; else the place that the company's name
///   begins with. A mobile number tells no region: numbers are kept when people move.
/// - `country`: that of the first phone number whose country is known.
///
/// Rule INT-4 (F023).
pub fn derive(wish: &CaptureLead, home: Country) -> (CaptureLead, Vec<Derived>) {
    let mut next = wish.clone();
    let mut found = Vec::new();
    let mut note = |field: &str, value: &str, from| {
        found.push(Derived { field: field.to_owned(), value: value.to_owned(), from });
    };
    let phones: Vec<PhoneNumber> =
        wish.phones.iter().filter_map(|text| PhoneNumber::parse(text, home).ok()).collect();
    if next.company.is_none() {
        next.company = wish.emails.iter().find_map(|text| company_of(text));
        if let Some(company) = &next.company {
            note("company", company, DerivedFrom::Email);
        }
    }
    if next.region.is_none() {
        let of_phone = phones.iter().find_map(Region::of_phone).map(Region::province);
        let of_company = || wish.company.as_deref().and_then(Region::find).map(Region::province);
        let region = of_phone.map(|region| (region, DerivedFrom::Phone));
        let region = region.or_else(|| of_company().map(|region| (region, DerivedFrom::Company)));
        if let Some((region, from)) = region {
            note("region", region.name(), from);
            next.region = Some(region.name().to_owned());
        }
    }
    if next.country.is_none()
        && let Some(country) = phones.iter().find_map(PhoneNumber::country)
    {
        note("country", country.code(), DerivedFrom::Phone);
        next.country = Some(country.code().to_owned());
    }
    (next, found)
}

/// The domain of an organization, of an address that is no public mail service's.
fn company_of(email: &str) -> Option<String> {
    let email = EmailAddress::parse(email).ok()?;
    let labels: Vec<&str> = email.domain().split('.').collect();
    let top = labels.last()?;
    let second = labels.len().checked_sub(2).and_then(|at| labels.get(at))?;
    // `acme.com.cn`: in front of a country stand the letters of a branch.
    let branch = top.len() == 2 && BRANCHES.contains(second);
    let kept = if branch { 3 } else { 2 };
    let own = labels.get(labels.len().checked_sub(kept)?..)?.join(".");
    (!PUBLIC_MAIL.contains(&own.as_str())).then_some(own)
}

/// What stands for a branch in front of a country's letters: `com.cn`, `co.uk`, `ac.jp`.
const BRANCHES: &[&str] =
    &["ac", "co", "com", "edu", "gob", "gov", "gv", "mil", "ne", "net", "nom", "or", "org", "sch"];

/// Mail services at which anybody has an address: the domain tells nothing of the person.
#[rustfmt::skip]
const PUBLIC_MAIL: &[&str] = &[
    // China.
    "qq.com", "foxmail.com", "163.com", "126.com", "yeah.net", "vip.163.com", "188.com", "sina.com", "sina.cn",
    "sina.com.cn", "sohu.com", "tom.com", "21cn.com", "aliyun.com", "139.com", "189.cn", "wo.cn", "263.net",
    "china.com", "eyou.com", "chinaren.com", "sogou.com", "hainan.net", "88.com", "petalmail.com",
    // The world.
    "gmail.com", "googlemail.com", "outlook.com", "hotmail.com", "live.com", "live.cn", "msn.com", "yahoo.com",
    "yahoo.cn", "yahoo.com.cn", "yahoo.co.jp", "yahoo.co.uk", "yahoo.com.tw", "yahoo.com.hk", "ymail.com",
    "rocketmail.com", "icloud.com", "me.com", "mac.com", "aol.com", "proton.me", "protonmail.com", "pm.me",
    "gmx.com", "gmx.de", "gmx.net", "web.de", "t-online.de", "freenet.de", "mail.ru", "yandex.ru", "yandex.com",
    "bk.ru", "list.ru", "inbox.ru", "naver.com", "daum.net", "hanmail.net", "zoho.com", "fastmail.com", "hey.com",
    "mail.com", "tutanota.com", "comcast.net", "verizon.net", "att.net", "orange.fr", "free.fr", "laposte.net",
    "libero.it", "seznam.cz", "wp.pl", "rediffmail.com", "uol.com.br", "bol.com.br", "hotmail.co.uk", "docomo.ne.jp",
    "ezweb.ne.jp", "softbank.ne.jp", "hinet.net", "seed.net.tw", "pchome.com.tw", "netvigator.com", "singnet.com.sg",
];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_follows_is_derived_and_what_was_said_stays() {
        let wish = |company: Option<&str>, phones: &[&str], emails: &[&str]| CaptureLead {
            company: company.map(ToOwned::to_owned),
            phones: phones.iter().map(|text| (*text).to_owned()).collect(),
            emails: emails.iter().map(|text| (*text).to_owned()).collect(),
            ..Default::default()
        };
        #[rustfmt::skip]
        let table = [
            ("a company's mail", wish(None, &[], &["wei@mail.acme.com.cn"]), "company=acme.com.cn/email"),
            ("a company abroad", wish(None, &[], &["a@sales.acme.co.uk"]), "company=acme.co.uk/email"),
            ("a plain domain", wish(None, &[], &["a@ACME.de"]), "company=acme.de/email"),
            ("public mail", wish(None, &[], &["1@qq.com", "2@163.com", "3@126.com", "4@sina.com.cn"]), ""),
            ("public, in a machine's name", wish(None, &[], &["a@vip.163.com"]), ""),
            ("the second address", wish(None, &[], &["1@qq.com", "a@acme.cn"]), "company=acme.cn/email"),
            ("a company that was said", wish(Some("Acme"), &[], &["a@other.com"]), ""),
            ("a landline", wish(Some("Acme"), &["0571-87654321"], &[]), "region=浙江省/phone country=CN/phone"),
            ("a mobile", wish(Some("Acme"), &["13800138000"], &[]), "country=CN/phone"),
            ("a place in a name", wish(Some("杭州某某科技有限公司"), &["13800138000"], &[]), "region=浙江省/company country=CN/phone"),
            ("the phone before the name", wish(Some("杭州某某科技有限公司"), &["010-62345678"], &[]), "region=北京市/phone country=CN/phone"),
            ("what does not parse", wish(Some("Acme"), &["123"], &["x"]), ""),
        ];
        for (rule, wish, expected) in table {
            let (next, found) = derive(&wish, Country::CHINA);
            let told: Vec<String> =
                found.iter().map(|d| format!("{}={}/{}", d.field, d.value, d.from)).collect();
            assert_eq!(told.join(" "), expected, "{rule}");
            assert_eq!((&next.phones, &next.emails), (&wish.phones, &wish.emails), "{rule}");
            assert_eq!(derive(&next, Country::CHINA).1, [], "{rule}: once");
        }
        let said = CaptureLead {
            region: Some("East".into()),
            country: Some("DE".into()),
            ..wish(Some("A"), &["0571-87654321"], &[])
        };
        assert_eq!(derive(&said, Country::CHINA), (said.clone(), vec![]));
    }
}
