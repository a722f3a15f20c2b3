//! Which keys of a file came, and in which row: 16 bytes for each, so that millions fit.

use std::collections::HashMap;
use std::collections::hash_map::{DefaultHasher, Entry};
use std::hash::{Hash as _, Hasher as _};

/// Keys by 96 bits of a hash: of ten million keys two look alike once in 10^15 files.
#[derive(Default)]
pub(crate) struct Keys(HashMap<[u8; 12], u32>);

impl Keys {
    /// Notes the row of a key; the row before it that has the same key.
    pub(crate) fn came(&mut self, key: &str, row: u64) -> Option<u64> {
        match self.0.entry(hash(key)) {
            Entry::Occupied(first) => Some(u64::from(*first.get())),
            Entry::Vacant(place) => {
                place.insert(u32::try_from(row).unwrap_or(u32::MAX));
                None
            }
        }
    }

    pub(crate) fn has(&self, key: &str) -> bool {
        self.0.contains_key(&hash(key))
    }
}

fn hash(key: &str) -> [u8; 12] {
    let part = |salt: u8| {
        let mut hasher = DefaultHasher::new();
        (salt, key).hash(&mut hasher);
        hasher.finish().to_be_bytes()
    };
    let mut hash = [0; 12];
    hash.iter_mut().zip(part(0).into_iter().chain(part(1))).for_each(|(slot, byte)| *slot = byte);
    hash
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_first_row_of_a_key_is_remembered() {
        let mut keys = Keys::default();
        for row in 2..10_000 {
            assert_eq!(keys.came(&format!("C{row}"), row), None);
        }
        assert_eq!(keys.came("C17", 10_000), Some(17));
        assert_eq!(keys.came("C17", 10_001), Some(17));
        assert!(keys.has("C9999") && !keys.has("C10000"));
    }
}
