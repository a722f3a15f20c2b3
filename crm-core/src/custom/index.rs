//! One row for each value of an indexed field: records are found by it.

use uuid::Uuid;

use super::CustomField;
use crate::record;
use crate::record::{Ext, Val};
use crate::value::Id;

record! {
    /// One indexed custom value of one record.
    pub struct CustomIndex: CustomIndex {
        /// The field.
        1 field: Id<CustomField>;
        /// The value's key.
        2 value: String, personal("finding records", 3650);
        /// The record.
        3 subject: Uuid;
    }
    listings {
        1 "by_value" ["field", "value", "subject"];
    }
}

impl CustomIndex {
    /// The listing by field and value.
    pub const BY_VALUE: u16 = 1;

    /// The id of the one row of that field and record.
    pub fn id_of(field: Id<CustomField>, subject: Uuid) -> Id<Self> {
        Id::derived([field.uuid().as_bytes().as_slice(), subject.as_bytes()])
    }

    /// The row of a value.
    pub fn of(field: Id<CustomField>, subject: Uuid, val: &Val) -> Self {
        Self { id: Self::id_of(field, subject), field, value: key(val), subject, ext: Ext::new() }
    }
}

/// The key of a typed value: equal values have equal keys; whole numbers, days and codes are ordered as their keys are.
pub fn key(val: &Val) -> String {
    if let Val::Int(number) = val {
        return format!("{:016x}", number.cast_unsigned() ^ (1 << 63));
    }
    CustomField::spelled(val)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn whole_numbers_are_ordered_as_their_keys_are() {
        let numbers = [i64::MIN, -2, -1, 0, 1, 2, 10, i64::MAX];
        let keys = numbers.map(|number| key(&Val::Int(number)));
        assert!(keys.is_sorted(), "{keys:?}");
    }
}
