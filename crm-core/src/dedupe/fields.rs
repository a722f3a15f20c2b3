//! The fields that are compared and the levels on which two values of each may agree.

use super::profile::Party;

/// A level of a field: what it is called, and what is believed of it before anything is learned.
#[derive(Clone, Copy, Debug)]
pub(super) struct Level {
    /// What it is called.
    pub(super) name: &'static str,
    /// How often two records of one party agree so.
    pub(super) m: f64,
    /// How often two records of different parties do.
    pub(super) u: f64,
}

/// A field that is compared.
#[derive(Clone, Copy, Debug)]
pub(super) struct Field {
    /// What it is called in reasons.
    pub(super) name: &'static str,
    /// Whether those who live or work together share it: a family its name, a group its brand.
    pub(super) shared: bool,
    /// Its levels, from the same to nothing in common.
    pub(super) levels: &'static [Level],
}

const fn level(name: &'static str, m: f64, u: f64) -> Level {
    Level { name, m, u }
}

const fn field(name: &'static str, shared: bool, levels: &'static [Level]) -> Field {
    Field { name, shared, levels }
}

/// Given name of a person, name of a company.
pub(super) const NAME: usize = 0;
/// Family name of a person, trade of a company.
pub(super) const FAMILY: usize = 1;
/// Whether given and family name stand the same way round.
pub(super) const ORDER: usize = 2;
/// Birthday of a person, registration number of a company.
pub(super) const NUMBER: usize = 3;
/// Numbers of the address.
pub(super) const HOUSE: usize = 4;
/// Words of the street.
pub(super) const STREET: usize = 5;
/// Postal code and city, which say much the same and so are one field: code × 4 + city.
pub(super) const PLACE: usize = 6;
/// Province or state, where neither code nor city agreed already.
pub(super) const REGION: usize = 7;
/// Phone numbers.
pub(super) const PHONE: usize = 8;
/// Mail boxes.
pub(super) const EMAIL: usize = 9;
/// Company of a person, web site of a company.
pub(super) const COMPANY: usize = 10;
/// The first custom field.
pub(super) const CUSTOM: usize = 11;
/// Custom fields that are compared at most.
pub(super) const CUSTOM_MAX: usize = 8;
/// All fields.
pub(super) const FIELDS: usize = CUSTOM + CUSTOM_MAX;
/// Levels of a field at most; the last stands for "one of the two does not say".
pub(super) const LEVELS: usize = 16;
/// One of the two does not say.
pub(super) const MISSING: u8 = 15;

const NAMES: &[Level] = &[
    level("same", 0.75, 0.005),
    level("near", 0.12, 0.002),
    level("close", 0.05, 0.008),
    level("initial", 0.01, 0.01),
    level("weak", 0.03, 0.03),
    level("other", 0.04, 0.945),
];

const PERSON: [Field; CUSTOM] = [
    field("given_name", false, NAMES),
    field("family_name", true, NAMES),
    field("name_order", false, &[level("same", 0.96, 0.5), level("swapped", 0.04, 0.5)]),
    field(
        "birthday",
        false,
        &[
            level("same", 0.85, 0.0001),
            level("one_edit", 0.08, 0.002),
            level("two_edits", 0.03, 0.02),
            level("other", 0.04, 0.978),
        ],
    ),
    field("house_number", true, HOUSES),
    field("street", true, STREETS),
    field("place", true, PLACES),
    field("region", true, REGIONS),
    field("phone", true, PHONES),
    field("email", false, EMAILS),
    field(
        "company",
        true,
        &[level("same", 0.7, 0.005), level("near", 0.15, 0.005), level("other", 0.15, 0.99)],
    ),
];

const ORGANIZATION: [Field; CUSTOM] = [
    field(
        "name",
        true,
        &[
            level("same", 0.6, 0.0002),
            level("near", 0.15, 0.0003),
            level("part", 0.12, 0.002),
            level("brand", 0.03, 0.002),
            level("weak", 0.05, 0.03),
            level("other", 0.05, 0.9655),
        ],
    ),
    field(
        "trade",
        false,
        &[level("same", 0.85, 0.05), level("part", 0.1, 0.1), level("other", 0.05, 0.85)],
    ),
    field("legal_form", false, &[level("same", 0.9, 0.5), level("other", 0.1, 0.5)]),
    field(
        "registration",
        false,
        &[
            level("same", 0.93, 0.000_01),
            level("one_edit", 0.05, 0.000_02),
            level("two_edits", 0.01, 0.0005),
            level("other", 0.01, 0.9995),
        ],
    ),
    field("house_number", true, HOUSES),
    field("street", true, STREETS),
    field("place", true, PLACES),
    field("region", false, &[level("same", 0.95, 0.15), level("other", 0.05, 0.85)]),
    field("phone", true, PHONES),
    field("email", true, EMAILS),
    field(
        "website",
        true,
        &[level("same", 0.85, 0.0005), level("near", 0.05, 0.001), level("other", 0.1, 0.9985)],
    ),
];

const HOUSES: &[Level] =
    &[level("same", 0.8, 0.01), level("near", 0.08, 0.1), level("other", 0.12, 0.89)];

const STREETS: &[Level] = &[
    level("same", 0.6, 0.0005),
    level("part", 0.15, 0.0005),
    level("most", 0.05, 0.002),
    level("half", 0.05, 0.01),
    level("some", 0.05, 0.05),
    level("other", 0.1, 0.937),
];

const REGIONS: &[Level] = &[level("same", 0.85, 0.15), level("other", 0.15, 0.85)];

const PHONES: &[Level] =
    &[level("same", 0.7, 0.0001), level("one_edit", 0.1, 0.0001), level("other", 0.2, 0.9998)];

const EMAILS: &[Level] = &[
    level("same", 0.7, 0.0001),
    level("same_box", 0.05, 0.0003),
    level("near", 0.05, 0.0002),
    level("near_box", 0.05, 0.002),
    level("same_host", 0.05, 0.02),
    level("other", 0.1, 0.977),
];

/// Code (same, near, other, unsaid) by city (same, near, other, unsaid), as if they were independent; learned together.
const PLACES: &[Level] = &[
    level("same_code_and_city", 0.64, 0.0001),
    level("same_code_near_city", 0.08, 0.000_05),
    level("same_code_other_city", 0.08, 0.004_85),
    level("same_code", 0.8, 0.005),
    level("near_code_same_city", 0.08, 0.0006),
    level("near_code_near_city", 0.01, 0.0003),
    level("near_code_other_city", 0.01, 0.0291),
    level("near_code", 0.1, 0.03),
    level("other_code_same_city", 0.08, 0.0193),
    level("other_code_near_city", 0.01, 0.009_65),
    level("other_code_and_city", 0.01, 0.936),
    level("other_code", 0.1, 0.965),
    level("same_city", 0.8, 0.02),
    level("near_city", 0.1, 0.01),
    level("other_city", 0.1, 0.97),
];

const OWN: Field = field(
    "custom",
    false,
    &[
        level("same", 0.6, 0.01),
        level("one_edit", 0.05, 0.01),
        level("near", 0.05, 0.02),
        level("other", 0.3, 0.96),
    ],
);

/// A field that the host declared an identifier.
const IDENTIFIER: Field = field(
    "identifier",
    false,
    &[
        level("same", 0.9, 0.000_01),
        level("one_edit", 0.06, 0.0001),
        level("near", 0.02, 0.001),
        level("other", 0.02, 0.998_89),
    ],
);

/// What is believed of a field of that party; of custom fields those with a set bit of `identifiers` are identifiers.
pub(super) fn field_of(party: Party, at: usize, identifiers: u32) -> &'static Field {
    let own =
        if identifiers >> at.saturating_sub(CUSTOM).min(31) & 1 == 1 { &IDENTIFIER } else { &OWN };
    let table: &'static [Field; CUSTOM] = match party {
        Party::Person => &PERSON,
        Party::Company => &ORGANIZATION,
    };
    table.get(at).unwrap_or(own)
}
