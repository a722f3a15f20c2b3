//! Distances of short words, on bits: sixteen letters lie in one number and are compared at once.
//!
//! Longer words, and those with letters beyond U+00FF, are left to `rapidfuzz`; the test beside it asserts that both
//! give the same for every pair of words that both can do.
#![expect(
    clippy::float_arithmetic,
    reason = "similarities are real numbers; what leaves is a level"
)]
#![expect(clippy::cast_possible_truncation, reason = "parts of a number are taken out of it")]

use rapidfuzz::distance::{jaro_winkler, osa};

/// A word as it is compared.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Packed {
    /// Its letters.
    letters: [u8; MOST],
    /// How many.
    len: u8,
}

/// How many letters a word has of each of sixteen classes: what two words cannot have in common without a look at the
/// order of their letters.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Bag([u8; 16]);

impl Bag {
    /// The letters of a word; more than 255 of a class count as 255.
    pub(super) fn of(letters: impl Iterator<Item = char>) -> Self {
        let mut bag = Self::default();
        for c in letters {
            if let Some(count) = bag.0.get_mut((u32::from(c) & 15) as usize) {
                *count = count.saturating_add(1);
            }
        }
        bag
    }

    /// The letters of both words.
    pub(super) fn and(mut self, other: Self) -> Self {
        for (count, more) in self.0.iter_mut().zip(other.0) {
            *count = count.saturating_add(more);
        }
        self
    }

    /// At least so many letters of this word find no fellow in the other.
    pub(super) fn beyond(self, other: Self) -> usize {
        let beyond = self.0.iter().zip(other.0).map(|(own, theirs)| own.saturating_sub(theirs));
        beyond.map(u16::from).fold(0, u16::wrapping_add).into()
    }
}

/// Letters that fit.
const MOST: usize = 16;
/// One in every byte.
const ONES: u128 = u128::from_le_bytes([1; MOST]);
/// All but the highest bit of every byte.
const SEVENS: u128 = u128::from_le_bytes([0x7F; MOST]);

impl Packed {
    /// A word of at most sixteen letters up to U+00FF, none of them U+0000.
    pub(super) fn of(chars: &[char]) -> Option<Self> {
        let len = u8::try_from(chars.len()).ok().filter(|len| usize::from(*len) <= MOST)?;
        let mut letters = [0; MOST];
        for (byte, c) in letters.iter_mut().zip(chars) {
            *byte = u8::try_from(u32::from(*c)).ok().filter(|byte| *byte != 0)?;
        }
        Some(Self { letters, len })
    }

    /// How many letters it has.
    pub(super) const fn len(self) -> u8 {
        self.len
    }

    /// The first letter in the lowest byte.
    const fn letters(self) -> u128 {
        u128::from_le_bytes(self.letters)
    }

    /// Where a letter stands: a bit for each place.
    const fn places(self, letter: u8) -> u32 {
        let apart = self.letters() ^ ONES.wrapping_mul(letter as u128);
        // The highest bit of each byte that is zero (Mycroft; exact, since nothing is carried from byte to byte).
        let same = !((apart & SEVENS).wrapping_add(SEVENS) | apart | SEVENS);
        let (low, high) = (gathered(same as u64), gathered((same >> 64) as u64));
        low | high << 8
    }

    const fn letter(self, at: u32) -> u8 {
        (self.letters() >> (at.wrapping_mul(8) & 127)) as u8
    }

    /// Its first letter, of a word that has one.
    pub(super) const fn first(self) -> u8 {
        self.letters[0]
    }

    /// Whether it begins as the other is.
    pub(super) const fn starts_with(self, other: Self) -> bool {
        let apart = self.letters() ^ other.letters();
        apart.trailing_zeros() >> 3 >= other.len as u32
    }

    /// In how many of the first four letters two begin alike.
    pub(super) fn start(self, other: Self) -> u32 {
        let least = u32::from(self.len.min(other.len)).min(4);
        ((self.letters() ^ other.letters()).trailing_zeros() >> 3).min(least)
    }

    /// Whether at most one edit makes one of the other: a letter put in, left out or replaced, two neighbours swapped.
    pub(super) fn within_one(self, other: Self) -> bool {
        let (long, short) = if self.len >= other.len { (self, other) } else { (other, self) };
        let apart = long.letters() ^ short.letters();
        let first = apart.trailing_zeros() >> 3;
        match long.len.wrapping_sub(short.len) {
            0 if apart == 0 => true,
            0 => {
                let last = apart.leading_zeros() >> 3 ^ 15;
                first == last
                    || first.wrapping_add(1) == last
                        && long.letter(first) == short.letter(last)
                        && long.letter(last) == short.letter(first)
            }
            1 => {
                // The longer one without the first letter that differs.
                let before = !(u128::MAX << (first.wrapping_mul(8) & 127));
                (long.letters() & before | long.letters() >> 8 & !before) == short.letters()
            }
            _ => false,
        }
    }

    /// Edits as in [`Packed::within_one`], no part edited twice (optimal string alignment).
    ///
    /// Source: Hyyrö, A Bit-Vector Algorithm for Computing Levenshtein and Damerau Edit Distances (2003).
    pub(super) fn edits(self, other: Self) -> u32 {
        if self.len == 0 {
            return u32::from(other.len);
        }
        let last = 1_u32 << (self.len.wrapping_sub(1) & 31);
        let (mut up, mut down, mut diagonal, mut before) = (u32::MAX, 0_u32, 0_u32, 0_u32);
        let mut edits = u32::from(self.len);
        let mut rest = other.letters();
        for _ in 0..other.len {
            let same = self.places(rest as u8);
            rest >>= 8;
            let swapped = (!diagonal & same) << 1 & before;
            diagonal = (same & up).wrapping_add(up) ^ up | same | down | swapped;
            let (right, left) = (down | !(diagonal | up), diagonal & up);
            edits = edits
                .wrapping_add(u32::from(right & last != 0))
                .wrapping_sub(u32::from(left & last != 0));
            let (right, left) = (right << 1 | 1, left << 1);
            (up, down) = (left | !(diagonal | right), right & diagonal);
            before = same;
        }
        edits
    }

    /// Jaro–Winkler: from 0 to 1.
    ///
    /// Source: Winkler (1990), with the bonus of a common start only above 0.7.
    pub(super) fn alike(self, other: Self) -> f64 {
        let (m, n) = (u32::from(self.len), u32::from(other.len));
        if m == 0 || n == 0 {
            return if m == n { 1.0 } else { 0.0 };
        }
        let reach = (m.max(n) >> 1).saturating_sub(1);
        let (mut mine, mut theirs) = (0_u32, 0_u32);
        let mut rest = other.letters();
        for at in 0..n {
            let from = u32::MAX << at.saturating_sub(reach);
            let to = (2_u32 << at.wrapping_add(reach).min(30)).wrapping_sub(1);
            let free = self.places(rest as u8) & from & to & !mine;
            rest >>= 8;
            mine |= free & free.wrapping_neg();
            theirs |= u32::from(free != 0) << at;
        }
        let common = mine.count_ones();
        if common == 0 {
            return 0.0;
        }
        let mut crossed = 0_u32;
        while mine != 0 {
            let (x, y) = (mine.trailing_zeros(), theirs.trailing_zeros());
            crossed = crossed.wrapping_add(u32::from(self.letter(x) != other.letter(y)));
            (mine, theirs) = (mine & mine.wrapping_sub(1), theirs & theirs.wrapping_sub(1));
        }
        let (all, crossed) = (f64::from(common), f64::from(crossed >> 1));
        let jaro = (all / f64::from(m) + all / f64::from(n) + (all - crossed) / all) / 3.0;
        if jaro > 0.7 { jaro + f64::from(self.start(other)) * 0.1 * (1.0 - jaro) } else { jaro }
    }
}

/// The highest bits of eight bytes side by side.
const fn gathered(high: u64) -> u32 {
    ((high >> 7).wrapping_mul(0x0102_0408_1020_4080) >> 56) as u32
}

/// Edits between two words of any length and script.
pub(super) fn edits(one: &[char], two: &[char]) -> usize {
    osa::distance(one.iter().copied(), two.iter().copied())
}

/// Jaro–Winkler of two words of any length and script.
pub(super) fn alike(one: &[char], two: &[char]) -> f64 {
    jaro_winkler::similarity(one.iter().copied(), two.iter().copied())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::dedupe::tests::Dice;

    #[test]
    fn short_words_are_as_far_apart_as_the_library_says() {
        let mut dice = Dice(7);
        let word = |dice: &mut Dice| -> Vec<char> {
            let len = dice.below(17);
            let letters = 2 + dice.below(5);
            (0..len).map(|_| char::from(b"abcdef\xE9"[dice.below(letters)])).collect()
        };
        for _ in 0..200_000 {
            let one = word(&mut dice);
            let mut two = if dice.below(2) == 0 { word(&mut dice) } else { one.clone() };
            for _ in 0..dice.below(4) {
                let at = dice.below(two.len().max(1));
                match dice.below(4) {
                    0 if at + 1 < two.len() => two.swap(at, at + 1),
                    1 if at < two.len() => drop(two.remove(at)),
                    2 if two.len() < 16 => two.insert(at.min(two.len()), 'b'),
                    _ if at < two.len() => two[at] = 'c',
                    _ => {}
                }
            }
            let (a, b) = (Packed::of(&one).unwrap(), Packed::of(&two).unwrap());
            let far = edits(&one, &two);
            assert_eq!(usize::try_from(a.edits(b)).unwrap(), far, "{one:?} {two:?}");
            assert_eq!(a.within_one(b), far <= 1, "{one:?} {two:?}");
            assert_eq!(a.starts_with(b), one.starts_with(&two), "{one:?} {two:?}");
            assert_eq!(a.alike(b).to_bits(), alike(&one, &two).to_bits(), "{one:?} {two:?}");
        }
        assert_eq!(Packed::of(&['王']), None);
        assert_eq!(Packed::of(&['a'; 17]), None);
        assert!(Packed::of(&['a'; 16]).is_some());
    }
}
