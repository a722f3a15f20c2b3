//! Numbering plans of every country, by libphonenumber's data.

use rlibphonenumber::{NumberLengthType, PHONE_NUMBER_UTIL, PhoneNumberFormat, Region};

use super::phone::Resolved;
use crate::value::Country;

/// The number that `digits`, with or without a plus, reach when dialed in `home`; nothing when none has that many.
pub(super) fn resolve(digits: &str, home: Country) -> Option<Resolved> {
    let home = Region::from_code(home.code()).ok();
    let number = PHONE_NUMBER_UTIL.parse(digits, home).ok()?;
    match number.is_possible_with_reason() {
        Ok(NumberLengthType::IsPossible) => {}
        Ok(NumberLengthType::IsPossibleLocalOnly) | Err(_) => return None,
    }
    let region = number.get_region_code();
    Some(Resolved {
        number: number.format_as(PhoneNumberFormat::E164).into_owned(),
        country: region.and_then(|region| region.as_region_str().parse().ok()),
        assigned: number.is_valid(),
    })
}
