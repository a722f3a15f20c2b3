//! Some rows of a block, a bit each: found many at a time without a branch that data decides, then gone through one by one.

use super::BLOCK;

/// Rows that a word has bits for.
const WORD: usize = 64;
/// With more codes than these, each row is looked up.
const CODES: usize = 8;

/// Some rows of a block.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Set([u64; BLOCK / WORD]);

impl Set {
    pub(super) const NONE: Self = Self([0; BLOCK / WORD]);

    /// The rows of up to a block whose values are wanted.
    #[inline(always)]
    pub(super) fn of<T: Copy + Default>(values: &[T], is_wanted: impl Fn(T) -> bool) -> Self {
        Self::each(values, |values: &[T; WORD], flags| {
            for (flag, value) in flags.iter_mut().zip(values) {
                *flag = u8::from(is_wanted(*value));
            }
        })
    }

    /// The rows of up to a block whose code is one of these.
    #[inline(never)]
    pub(super) fn of_codes(values: &[u8], codes: &Codes) -> Self {
        if codes.some.len() > CODES {
            return Self::of(values, |value| codes.is_one[usize::from(value)]);
        }
        Self::each(values, |values: &[u8; WORD], flags| {
            for code in &codes.some {
                for (flag, value) in flags.iter_mut().zip(values) {
                    *flag |= u8::from(value == code);
                }
            }
        })
    }

    #[inline(always)]
    fn each<T: Copy + Default>(
        values: &[T],
        flagged: impl Fn(&[T; WORD], &mut [u8; WORD]),
    ) -> Self {
        let mut set = Self::NONE;
        let (words, rest) = values.as_chunks::<WORD>();
        for (bits, values) in set.0.iter_mut().zip(words) {
            let mut flags = [0; WORD];
            flagged(values, &mut flags);
            *bits = packed(&flags);
        }
        if let Some(bits) = set.0.get_mut(words.len()) {
            let (mut values, mut flags) = ([T::default(); WORD], [0; WORD]);
            values[..rest.len()].copy_from_slice(rest);
            flagged(&values, &mut flags);
            *bits = packed(&flags) & !(u64::MAX << rest.len());
        }
        set
    }

    /// The rows whose flag is 1, and not 0.
    #[inline(always)]
    pub(super) fn of_flags(flags: &[u8; BLOCK]) -> Self {
        let mut set = Self::NONE;
        for (bits, flags) in set.0.iter_mut().zip(flags.as_chunks::<WORD>().0) {
            *bits = packed(flags);
        }
        set
    }

    /// The rows of both.
    pub(super) fn and(&self, other: &Self) -> Self {
        let mut both = *self;
        both.0.iter_mut().zip(other.0).for_each(|(bits, other)| *bits &= other);
        both
    }

    /// Calls for each row.
    #[inline(always)]
    pub(super) fn for_each(&self, mut call: impl FnMut(usize)) {
        for (word, bits) in self.0.iter().enumerate() {
            let mut bits = *bits;
            while bits != 0 {
                call(word * WORD + bits.trailing_zeros() as usize);
                bits &= bits - 1;
            }
        }
    }
}

/// A bit for each byte, which is 0 or 1.
#[inline(always)]
fn packed(flags: &[u8; WORD]) -> u64 {
    let (eights, _) = flags.as_chunks::<8>();
    eights.iter().rev().fold(0, |bits, eight| {
        // Each byte's bit comes to lie in the highest byte, at a place of its own.
        let gathered = u64::from_le_bytes(*eight).wrapping_mul(0x0102_0408_1020_4080) >> 56;
        bits << 8 | gathered
    })
}

/// Codes of a byte that are wanted.
#[derive(Clone, Debug)]
pub(super) struct Codes {
    some: Vec<u8>,
    is_one: [bool; 256],
}

impl Codes {
    /// Those of a class.
    pub(super) fn of(classes: &[u8], class: u8) -> Self {
        let some: Vec<u8> = (0..=u8::MAX)
            .zip(classes)
            .filter(|(_, of)| **of == class)
            .map(|(code, _)| code)
            .collect();
        let mut is_one = [false; 256];
        some.iter().for_each(|code| is_one[usize::from(*code)] = true);
        Self { some, is_one }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn rows(set: &Set) -> Vec<usize> {
        let mut rows = Vec::new();
        set.for_each(|row| rows.push(row));
        rows
    }

    proptest! {
        /// Whatever the length of the block, and whether its codes are few or many.
        #[test]
        fn a_set_has_the_rows_that_are_wanted(
            values in prop::collection::vec(0_u8..40, 0..=BLOCK),
            wanted in prop::collection::btree_set(0_u8..40, 0..20),
            below in 0_u8..40,
        ) {
            let of = |is_wanted: &dyn Fn(u8) -> bool| -> Vec<usize> {
                let all = values.iter().enumerate();
                all.filter(|(_, value)| is_wanted(**value)).map(|(row, _)| row).collect()
            };
            let classes: Vec<u8> = (0..=u8::MAX).map(|code| wanted.contains(&code).into()).collect();
            let (codes, others) = (Codes::of(&classes, 1), Codes::of(&classes, 0));
            let set = Set::of_codes(&values, &codes);
            prop_assert_eq!(rows(&set), of(&|value| wanted.contains(&value)));
            let other = Set::of_codes(&values, &others);
            prop_assert_eq!(rows(&other), of(&|value| !wanted.contains(&value)));
            prop_assert_eq!(rows(&set.and(&other)), Vec::<usize>::new());
            let low = Set::of(&values, |value| value < below);
            prop_assert_eq!(rows(&set.and(&low)), of(&|value| wanted.contains(&value) && value < below));
            let mut flags = [0; BLOCK];
            flags.iter_mut().zip(&values).for_each(|(flag, value)| *flag = (*value < below).into());
            prop_assert_eq!(rows(&Set::of_flags(&flags)), rows(&low));
        }
    }
}
