//! Postal addresses.

use rust_decimal::Decimal;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::{Country, Invalid, Name, Region, Text, decimal};

/// What an address is for. A customer has at most one default for each use.
#[derive(
    Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema,
)]
#[serde(rename_all = "snake_case")]
pub enum AddressUse {
    /// Where a company works (办公地址).
    Office,
    /// Where a person lives (居住地址).
    Home,
    /// Where goods go (配送).
    Delivery,
    /// Where a salesperson calls (上门拜访).
    Visit,
    /// Where invoices go.
    Billing,
}

/// Where mail, goods or visitors go. Only use and country are required: leads rarely have more.
///
/// Every part is valid by its own type, so the parts are public.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct PostalAddress {
    /// What it is for.
    #[serde(rename = "use")]
    pub purpose: AddressUse,
    /// The country.
    pub country: Country,
    /// The official code of the region, in China of GB/T 2260. One that is not known is kept as text.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub region_code: Option<Text<16, false>>,
    /// Province, state or prefecture, as written.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub region: Option<Name>,
    /// City or town.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub city: Option<Name>,
    /// District or county.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub district: Option<Name>,
    /// Street, building, room: one line each.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub street: Option<Text<500, true>>,
    /// Postal code, as written.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub postal_code: Option<Text<16, false>>,
    /// Where it is on the map.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub location: Option<GeoPoint>,
    /// Who receives what is sent there.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub recipient: Option<Name>,
}

impl PostalAddress {
    /// An address of which nothing is known but its use and country.
    pub const fn in_country(purpose: AddressUse, country: Country) -> Self {
        Self {
            purpose,
            country,
            region_code: None,
            region: None,
            city: None,
            district: None,
            street: None,
            postal_code: None,
            location: None,
            recipient: None,
        }
    }

    /// Whether its region code is one that we know, of a county its prefecture. No code is no unknown code, and the codes
    /// of other countries than China are never known.
    pub fn region_known(&self) -> bool {
        let china = self.country == Country::CHINA;
        self.region_code
            .as_ref()
            .is_none_or(|code| china && Region::around(code.as_str()).is_some())
    }

    /// The region of China it lies in: by its code, else by the name of its region or city.
    pub fn china_region(&self) -> Option<Region> {
        if self.country != Country::CHINA {
            return None;
        }
        let by_code = self.region_code.as_ref().and_then(|code| Region::around(code.as_str()));
        by_code.or_else(|| {
            let [region, city] =
                [&self.region, &self.city].map(|name| name.as_ref().map_or("", Name::as_str));
            Region::find(&format!("{region}{city}"))
        })
    }
}

/// A place on earth: degrees north and east, as exact decimals (WGS 84, unless the host says otherwise).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(try_from = "GeoText", into = "GeoText")]
pub struct GeoPoint {
    latitude: Decimal,
    longitude: Decimal,
}

/// Its JSON form: `{"latitude":"31.2304","longitude":"121.4737"}`.
#[derive(Clone, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[schemars(inline)]
struct GeoText {
    #[schemars(regex(pattern = decimal::PATTERN))]
    latitude: String,
    #[schemars(regex(pattern = decimal::PATTERN))]
    longitude: String,
}

impl GeoPoint {
    /// The place at these degrees; south and west are negative.
    ///
    /// # Errors
    ///
    /// In order of precedence: `geo.latitude` beyond ±90, `geo.longitude` beyond ±180.
    pub fn new(latitude: Decimal, longitude: Decimal) -> Result<Self, Invalid> {
        let within = |code: &str, degrees: Decimal, max: u8| {
            if degrees.abs() > Decimal::from(max) {
                let limit = format!("-{max} to {max} degrees");
                return Err(Invalid::new(code, &degrees.to_string()).limit(limit));
            }
            Ok(degrees.normalize())
        };
        let latitude = within("geo.latitude", latitude, 90)?;
        Ok(Self { latitude, longitude: within("geo.longitude", longitude, 180)? })
    }

    /// Degrees north of the equator.
    pub const fn latitude(self) -> Decimal {
        self.latitude
    }

    /// Degrees east of Greenwich.
    pub const fn longitude(self) -> Decimal {
        self.longitude
    }
}

impl TryFrom<GeoText> for GeoPoint {
    type Error = Invalid;

    fn try_from(text: GeoText) -> Result<Self, Invalid> {
        Self::new(decimal::parse(&text.latitude)?, decimal::parse(&text.longitude)?)
    }
}

impl From<GeoPoint> for GeoText {
    fn from(point: GeoPoint) -> Self {
        Self { latitude: point.latitude.to_string(), longitude: point.longitude.to_string() }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn places_on_earth() {
        let table = [
            ("31.23040", "121.4737", Ok(r#"{"latitude":"31.2304","longitude":"121.4737"}"#)),
            ("-90", "-180", Ok(r#"{"latitude":"-90","longitude":"-180"}"#)),
            ("90.0000001", "0", Err("geo.latitude")),
            ("-91", "181", Err("geo.latitude")),
            ("0", "180.1", Err("geo.longitude")),
        ];
        for (latitude, longitude, expected) in table {
            let degrees = |text| decimal::parse(text).unwrap();
            let point = GeoPoint::new(degrees(latitude), degrees(longitude));
            let json =
                point.map(|point| serde_json::to_string(&point).unwrap()).map_err(|e| e.code);
            assert_eq!(
                json.as_deref(),
                expected.map_err(str::to_owned).as_ref().map(|s| *s),
                "{latitude}"
            );
        }
    }

    #[test]
    fn an_unknown_region_code_is_kept_and_flagged() {
        let table = [
            // country, code, known, region
            ("CN", Some("310115"), true, Some("310100")),
            ("CN", Some("990000"), false, None),
            ("CN", Some("SH-1"), false, None),
            ("CN", None, true, None),
            ("US", Some("US-CA"), false, None),
        ];
        for (country, code, known, region) in table {
            let address = PostalAddress {
                region_code: code.map(|code| code.parse().unwrap()),
                ..PostalAddress::in_country(AddressUse::Office, country.parse().unwrap())
            };
            assert_eq!(address.region_known(), known, "{code:?}");
            assert_eq!(address.china_region().map(Region::code).as_deref(), region, "{code:?}");
            let json = serde_json::to_string(&address).unwrap();
            assert_eq!(serde_json::from_str::<PostalAddress>(&json).unwrap(), address, "{json}");
        }
    }

    #[test]
    fn json_names_the_parts() {
        let json = r#"{"use":"delivery","country":"CN","region":"广东省","city":"深圳市","district":"南山区",
            "street":"科技园路1号\n3栋","postal_code":"518057","recipient":"王伟"}"#;
        let address: PostalAddress = serde_json::from_str(json).unwrap();
        assert_eq!(address.purpose, AddressUse::Delivery);
        assert_eq!(address.china_region().map(Region::code).as_deref(), Some("440300"));
        for refused in [
            r#"{"use":"castle","country":"CN"}"#,
            r#"{"use":"home","country":"CN","planet":"Earth"}"#,
            r#"{"use":"home","country":"CN","location":{"latitude":"91","longitude":"0"}}"#,
            r#"{"use":"home"}"#,
        ] {
            assert!(serde_json::from_str::<PostalAddress>(refused).is_err(), "{refused}");
        }
    }
}
