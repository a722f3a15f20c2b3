//! Where a customer is: offices, homes, where goods go, where we call.

use rust_decimal::Decimal;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::Customer;
use crate::decision::{Check, Refusal};
use crate::record;
use crate::record::{Column, ColumnType, Ext, Spec, Val};
use crate::value::{AddressUse, Country, GeoPoint, Id, Invalid, PostalAddress};

record! {
    /// An address of a customer.
    pub struct Address: Address {
        /// Whose.
        1 customer: Id<Customer>;
        /// Whether it is the one to take for its use where nobody says which.
        2 is_default: bool;
        /// Whether its region code is one that we know; one that we do not know is kept as text.
        3 region_known: bool;
        /// Where it is and what it is for.
        4 postal: PostalAddress, personal("delivery", 1095);
    }
    listings {
        1 "by_customer" ["customer"];
    }
}

impl Address {
    /// The listing by customer, in the order in which they were added.
    pub const BY_CUSTOMER: u16 = 1;

    /// Whether it may be used so.
    ///
    /// # Errors
    ///
    /// `address.wrong_use`. Rule PARTY-6 (F005).
    pub fn serves(&self, purpose: AddressUse) -> Result<(), Invalid> {
        if self.postal.purpose == purpose {
            return Ok(());
        }
        let wrong = Invalid::new("address.wrong_use", use_code(self.postal.purpose));
        Err(wrong.allowed([use_code(purpose)]))
    }

    /// The wish that would make it as it is.
    pub fn wish(&self) -> AddAddress {
        let postal = &self.postal;
        let text = |text: Option<&str>| text.map(str::to_owned);
        AddAddress {
            id: None,
            customer: Some(self.customer),
            purpose: use_code(postal.purpose).to_owned(),
            country: Some(postal.country.to_string()),
            region_code: text(postal.region_code.as_ref().map(|text| text.as_str())),
            region: text(postal.region.as_ref().map(|text| text.as_str())),
            city: text(postal.city.as_ref().map(|text| text.as_str())),
            district: text(postal.district.as_ref().map(|text| text.as_str())),
            street: text(postal.street.as_ref().map(|text| text.as_str())),
            postal_code: text(postal.postal_code.as_ref().map(|text| text.as_str())),
            latitude: postal.location.map(|point| point.latitude().to_string()),
            longitude: postal.location.map(|point| point.longitude().to_string()),
            recipient: text(postal.recipient.as_ref().map(|text| text.as_str())),
            default: Some(self.is_default),
        }
    }
}

/// A new address: its use is enough.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct AddAddress {
    /// The id it shall have; made by the engine where there is none.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub id: Option<Id<Address>>,
    /// Whose.
    pub customer: Option<Id<Customer>>,
    /// What it is for: `office`, `home`, `delivery`, `visit` or `billing`.
    #[serde(rename = "use")]
    pub purpose: String,
    /// The country, such as `CN`; that of the tenant where nothing is said.
    pub country: Option<String>,
    /// The official code of the region, in China of GB/T 2260.
    pub region_code: Option<String>,
    /// Province, state or prefecture, as written.
    pub region: Option<String>,
    /// City or town.
    pub city: Option<String>,
    /// District or county.
    pub district: Option<String>,
    /// Street, building, room.
    pub street: Option<String>,
    /// Postal code, as written.
    pub postal_code: Option<String>,
    /// Degrees north, as text: `31.2304`.
    pub latitude: Option<String>,
    /// Degrees east, as text: `121.4737`.
    pub longitude: Option<String>,
    /// Who receives what is sent there.
    pub recipient: Option<String>,
    /// Whether it is the one to take for its use; the first of a use is, where nothing is said.
    pub default: Option<bool>,
}

/// The address of a wish beside the customer's others, and those of the others that are no longer the default.
///
/// # Errors
///
/// `address.without_customer` · `code.unknown` (use) · `country.unknown` · `text.*` · `decimal.format` (latitude,
/// longitude) · `geo.incomplete` with only one of them · `geo.latitude`, `geo.longitude` out of range.
/// Rule PARTY-7 (F005).
pub fn place(
    id: Id<Address>,
    wish: &AddAddress,
    home: Country,
    others: &[Address],
) -> Result<(Address, Vec<Address>), Refusal> {
    let mut check = Check::default();
    check
        .rule(wish.customer.is_some(), "customer", || Invalid::new("address.without_customer", ""));
    let purpose = check.take("use", use_named(&wish.purpose));
    let country = check.parse("country", wish.country.as_deref()).unwrap_or(home);
    let postal = PostalAddress {
        region_code: check.parse("region_code", wish.region_code.as_deref()),
        region: check.parse("region", wish.region.as_deref()),
        city: check.parse("city", wish.city.as_deref()),
        district: check.parse("district", wish.district.as_deref()),
        street: check.parse("street", wish.street.as_deref()),
        postal_code: check.parse("postal_code", wish.postal_code.as_deref()),
        location: location(&mut check, wish.latitude.as_deref(), wish.longitude.as_deref()),
        recipient: check.parse("recipient", wish.recipient.as_deref()),
        ..PostalAddress::in_country(purpose.unwrap_or(AddressUse::Office), country)
    };
    let rivals = || {
        others.iter().filter(|other| {
            other.id != id && other.is_default && Some(other.postal.purpose) == purpose
        })
    };
    let is_default = wish.default.unwrap_or_else(|| rivals().next().is_none());
    let rivals = rivals().filter(|_| is_default).cloned();
    let deposed = rivals.map(|other| Address { is_default: false, ..other }).collect();
    let address = wish.customer.zip(purpose).map(|(customer, _)| {
        let region_known = postal.region_known();
        (Address { id, customer, is_default, region_known, postal, ext: Ext::new() }, deposed)
    });
    check.finish(address)
}

fn location(
    check: &mut Check,
    latitude: Option<&str>,
    longitude: Option<&str>,
) -> Option<GeoPoint> {
    check.rule(latitude.is_some() == longitude.is_some(), "latitude", || {
        Invalid::new("geo.incomplete", "").limit("latitude and longitude, or neither")
    });
    let mut degrees = |path: &str, text: Option<&str>| check.take(path, decimal(text?));
    let (latitude, longitude) =
        degrees("latitude", latitude).zip(degrees("longitude", longitude))?;
    let point = GeoPoint::new(latitude, longitude);
    let path = if point.as_ref().is_err_and(|e| e.code == "geo.longitude") {
        "longitude"
    } else {
        "latitude"
    };
    check.take(path, point)
}

fn decimal(text: &str) -> Result<Decimal, Invalid> {
    let plain = text.bytes().all(|b| b.is_ascii_digit() || b == b'.' || b == b'-');
    let number = Decimal::from_str_exact(text).ok().filter(|_| plain);
    number.ok_or_else(|| Invalid::new("decimal.format", text).limit("digits such as -12.30"))
}

const USES: &[(AddressUse, &str)] = &[
    (AddressUse::Office, "office"),
    (AddressUse::Home, "home"),
    (AddressUse::Delivery, "delivery"),
    (AddressUse::Visit, "visit"),
    (AddressUse::Billing, "billing"),
];

fn use_code(purpose: AddressUse) -> &'static str {
    USES.iter().find(|(use_, _)| *use_ == purpose).map_or("", |(_, code)| code)
}

fn use_named(text: &str) -> Result<AddressUse, Invalid> {
    let found = USES.iter().find(|(_, code)| *code == text).map(|(use_, _)| *use_);
    found.ok_or_else(|| {
        Invalid::new("code.unknown", text).allowed(USES.iter().map(|(_, code)| *code))
    })
}

/// Eleven columns: use, country, then one for each part that may be missing.
impl Column for PostalAddress {
    const WIDTH: usize = 11;

    fn specs() -> Vec<Spec> {
        let part = |suffix, ty| Spec::of(ty).suffix(suffix).nullable();
        let text = |suffix| part(suffix, ColumnType::Text);
        vec![
            Spec::of(ColumnType::Code).suffix("_use"),
            Spec::of(ColumnType::Code).suffix("_country"),
            text("_region_code"),
            text("_region"),
            text("_city"),
            text("_district"),
            text("_street"),
            text("_code"),
            part("_latitude", ColumnType::Decimal),
            part("_longitude", ColumnType::Decimal),
            text("_recipient"),
        ]
    }

    fn put(&self, out: &mut Vec<Val>) {
        out.extend([Val::from(use_code(self.purpose)), Val::from(self.country.code())]);
        self.region_code.put(out);
        self.region.put(out);
        self.city.put(out);
        self.district.put(out);
        self.street.put(out);
        self.postal_code.put(out);
        self.location.map(GeoPoint::latitude).put(out);
        self.location.map(GeoPoint::longitude).put(out);
        self.recipient.put(out);
    }

    fn take(vals: &[Val]) -> Result<Self, String> {
        let [purpose, country, rest @ ..] = vals else { return Err("no address".to_owned()) };
        let (Val::Text(purpose), Val::Text(country)) = (purpose, country) else {
            return Err("an address without use or country".to_owned());
        };
        let said = |e: Invalid| e.to_string();
        let degrees = part::<Decimal>(rest, 6)?.zip(part(rest, 7)?);
        Ok(Self {
            region_code: part(rest, 0)?,
            region: part(rest, 1)?,
            city: part(rest, 2)?,
            district: part(rest, 3)?,
            street: part(rest, 4)?,
            postal_code: part(rest, 5)?,
            location: degrees
                .map(|(lat, long)| GeoPoint::new(lat, long))
                .transpose()
                .map_err(said)?,
            recipient: part(rest, 8)?,
            ..Self::in_country(
                use_named(purpose).map_err(said)?,
                Country::parse(country).map_err(said)?,
            )
        })
    }
}

/// The part in that column; none where it is null.
fn part<C: Column>(vals: &[Val], at: usize) -> Result<Option<C>, String> {
    <Option<C> as Column>::take(vals.get(at..=at).unwrap_or_default())
}

#[cfg(test)]
mod tests {
    use uuid::Uuid;

    use super::*;
    use crate::decision::broken;
    use crate::record::Entity;

    fn wish(purpose: &str) -> AddAddress {
        AddAddress {
            customer: Some(Id::new(Uuid::from_u128(1))),
            purpose: purpose.into(),
            ..Default::default()
        }
    }

    fn id(bits: u128) -> Id<Address> {
        Id::new(Uuid::from_u128(bits))
    }

    fn placed(bits: u128, wish: &AddAddress, others: &[Address]) -> (Address, Vec<Address>) {
        place(id(bits), wish, Country::CHINA, others).unwrap()
    }

    #[test]
    fn an_address_is_checked_part_by_part() {
        let some = |text: &str| Some(text.to_owned());
        let at = |latitude: &str, longitude: &str| AddAddress {
            latitude: some(latitude).filter(|text| !text.is_empty()),
            longitude: some(longitude).filter(|text| !text.is_empty()),
            ..wish("visit")
        };
        let table = [
            ("is a use at a customer", wish("office"), ""),
            (
                "of nobody is none",
                AddAddress::default(),
                "customer address.without_customer, use code.unknown",
            ),
            ("lies on earth", at("91", "0"), "latitude geo.latitude"),
            ("lies on earth both ways", at("0", "-180.5"), "longitude geo.longitude"),
            ("has both degrees", at("31.2", ""), "latitude geo.incomplete"),
            (
                "has plain degrees",
                at("31°", "1e2"),
                "latitude decimal.format, longitude decimal.format",
            ),
            (
                "lies in a country",
                AddAddress { country: some("Atlantis"), ..wish("home") },
                "country country.unknown",
            ),
        ];
        for (rule, wish, expected) in table {
            let found = broken(&place(id(1), &wish, Country::CHINA, &[])).join(", ");
            assert_eq!(found, expected, "an address {rule}");
        }
    }

    #[test]
    fn an_unknown_region_is_kept_and_flagged() {
        for (code, known) in [("310000", true), ("999999", false)] {
            let (address, _) =
                placed(1, &AddAddress { region_code: Some(code.into()), ..wish("office") }, &[]);
            assert_eq!(address.region_known, known, "{code}");
            assert_eq!(address.postal.region_code.unwrap().as_str(), code);
        }
    }

    #[test]
    fn there_is_one_default_for_each_use() {
        let (first, _) = placed(1, &wish("delivery"), &[]);
        assert!(first.is_default, "the first of its use");
        let (office, _) = placed(2, &wish("office"), std::slice::from_ref(&first));
        assert!(office.is_default, "another use");
        let (second, deposed) = placed(3, &wish("delivery"), &[first.clone(), office.clone()]);
        assert!(!second.is_default && deposed.is_empty(), "a second one waits");
        let chosen = AddAddress { default: Some(true), ..wish("delivery") };
        let (third, deposed) = placed(4, &chosen, &[first.clone(), office, second]);
        assert!(third.is_default);
        assert_eq!(deposed, [Address { is_default: false, ..first.clone() }]);
        assert_eq!(first.serves(AddressUse::Office).unwrap_err().code, "address.wrong_use");
        assert_eq!(first.serves(AddressUse::Delivery), Ok(()));
    }

    #[test]
    fn an_address_survives_storage_and_its_wish_makes_it_again() {
        let full = AddAddress {
            region_code: Some("310115".into()),
            street: Some("世纪大道1号\n2楼".into()),
            latitude: Some("31.2304".into()),
            longitude: Some("121.4737".into()),
            recipient: Some("王伟".into()),
            ..wish("delivery")
        };
        let (address, _) = placed(1, &full, &[]);
        assert_eq!(Address::from_record(&address.record(1)).unwrap(), address);
        assert_eq!(placed(1, &address.wish(), &[]).0, address);
    }
}
