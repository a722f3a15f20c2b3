//! What is seen of values without a look at their letters' order: enough to tell most of them apart.

use super::compare::{A72, A84, A88, A92, Alike, possible};
use super::encode::{Lexicon, Symbol, Value};

/// What is known of a value without a look at it.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Mark {
    /// How many letters it has of each of sixteen classes, four bits each; none where that says nothing.
    pub(super) bag: u64,
    /// Its first four letters.
    start: u32,
    /// The value; 0 is none.
    pub(super) symbol: Symbol,
}

/// The low four bits of every byte.
const LOW: u64 = u64::from_le_bytes([0x0F; 8]);
/// The highest bit of every byte.
const HIGH: u64 = u64::from_le_bytes([0x80; 8]);
/// One in every byte.
const ONES: u64 = u64::from_le_bytes([1; 8]);

impl Mark {
    pub(super) fn of(lex: &Lexicon, symbol: Symbol) -> Self {
        if symbol == 0 {
            return Self::default();
        }
        let value = lex.get(symbol);
        let bag = if value.fits() { bag(value) } else { None };
        let start = first_four(value.chars.iter().copied());
        Self { bag: bag.unwrap_or(0), start, symbol }
    }

    /// The same of a name: how it sounds and what it is short for is not seen in its letters.
    pub(super) fn of_name(lex: &Lexicon, symbol: Symbol) -> Self {
        let value = lex.get(symbol);
        let mark = Self::of(lex, symbol);
        if value.han || value.nickname { Self { bag: 0, ..mark } } else { mark }
    }

    /// In what two values that are not the same differ; nothing where the letters do not tell.
    pub(super) fn apart(self, other: Self) -> Option<Apart> {
        if self.bag == 0 || other.bag == 0 {
            return None;
        }
        let (mine, theirs) = (letters(self.bag), letters(other.bag));
        let (long, short) = (mine.max(theirs), mine.min(theirs));
        let common = mine.wrapping_sub(beyond(self.bag, other.bag));
        Some(Apart { long, short, common, start: same_start(self.start, other.start) })
    }
}

/// The first four letters, a byte each.
pub(super) fn first_four(letters: impl Iterator<Item = char>) -> u32 {
    let letters = letters.filter_map(|c| u8::try_from(u32::from(c)).ok());
    let mut start = [0; 4];
    start.iter_mut().zip(letters).for_each(|(place, letter)| *place = letter);
    u32::from_le_bytes(start)
}

/// How many of the first four letters are the same.
pub(super) const fn same_start(one: u32, two: u32) -> u32 {
    (one ^ two).trailing_zeros() >> 3
}

/// How many letters a bag holds.
pub(super) const fn letters(bag: u64) -> u32 {
    let both = (bag & LOW).wrapping_add(bag >> 4 & LOW);
    (both.wrapping_mul(ONES) >> 56) as u32
}

/// So many letters of one bag find no fellow in the other.
pub(super) const fn beyond(one: u64, other: u64) -> u32 {
    let even = more(one & LOW, other & LOW);
    let odd = more(one >> 4 & LOW, other >> 4 & LOW);
    (even.wrapping_add(odd).wrapping_mul(ONES) >> 56) as u32
}

/// By how much each byte, of at most fifteen, is more than that of the other.
const fn more(one: u64, other: u64) -> u64 {
    let apart = (one | HIGH).wrapping_sub(other);
    apart & (apart >> 7 & ONES).wrapping_mul(0x7F)
}

/// The letters of a value by class; nothing where a class has too many.
fn bag(value: &Value) -> Option<u64> {
    let mut bag = 0_u64;
    for c in &value.chars {
        let class = (u32::from(*c) & 15).wrapping_mul(4);
        if bag >> class & 15 == 15 {
            return None;
        }
        bag = bag.wrapping_add(1 << class);
    }
    Some(bag)
}

/// In what two values differ: their lengths, the letters that both have, the letters that both begin with.
#[derive(Clone, Copy)]
pub(super) struct Apart {
    pub(super) long: u32,
    pub(super) short: u32,
    pub(super) common: u32,
    pub(super) start: u32,
}

impl Apart {
    /// At least so many edits.
    pub(super) const fn edits(self) -> u32 {
        self.long.wrapping_sub(self.common)
    }
}

/// Common letters that two words need to be alike: to be weak, close, alike as places, near.
pub(super) type Needs = [u8; 4];
const ALIKE: [Alike; 4] = [A72, A84, A88, A92];
/// Letters that a word with a bag has at most, and one.
const LENGTHS: usize = 17;
/// Common starts, of no letter to four.
const STARTS: usize = 5;

/// What words of all lengths and starts need to be alike.
#[derive(Clone, Debug)]
pub(super) struct Table(Vec<Needs>);

impl Table {
    pub(super) fn new() -> Self {
        let mut needs = vec![[0; 4]; LENGTHS * LENGTHS * STARTS];
        for long in 1..LENGTHS {
            for short in 1..=long {
                for start in 0..STARTS {
                    let need = |least: Alike| {
                        let enough = |common: &u8| {
                            possible((long, short), (usize::from(*common), start), &least)
                        };
                        (0..u8::MAX).find(enough).unwrap_or(0)
                    };
                    if let Some(needs) = needs.get_mut(place(long, short, start)) {
                        *needs = ALIKE.map(need);
                    }
                }
            }
        }
        Self(needs)
    }

    pub(super) fn of(&self, apart: Apart) -> Needs {
        let at = place(apart.long as usize, apart.short as usize, apart.start as usize);
        self.0.get(at).copied().unwrap_or_default()
    }

    /// Whether two words that are not the same may be as alike as words of a street are.
    pub(super) fn may_be_alike(&self, one: Mark, two: Mark) -> bool {
        one.apart(two).is_none_or(|apart| apart.common >= u32::from(self.of(apart)[2]))
    }
}

fn place(long: usize, short: usize, start: usize) -> usize {
    long.wrapping_mul(LENGTHS).wrapping_add(short).wrapping_mul(STARTS).wrapping_add(start)
}
