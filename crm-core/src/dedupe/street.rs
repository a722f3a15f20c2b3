//! Streets told apart by what is seen of their words.

use super::compare::{A92, possible};
use super::encode::{Entry, Lexicon, Street};
use super::mark::{self, Mark, Table};

/// Words of a street.
const WORDS: usize = 6;

/// What is looked at first of a record's street: two cache lines.
#[derive(Clone, Copy, Debug, Default)]
#[repr(C, align(64))]
pub(super) struct Way {
    words: [Mark; WORDS],
    /// The letters of all words; none where that says nothing.
    bag: u64,
    /// Their first four letters.
    start: u32,
    /// How many letters they have.
    letters: u32,
}

impl Way {
    fn of(lex: &Lexicon, street: &Street) -> Self {
        let words = street.map(|word| Mark::of(lex, word));
        let said = || street.iter().filter(|word| **word != 0);
        let letters = said().flat_map(|word| lex.get(*word).chars.iter().copied());
        let bag = words.iter().take_while(|word| word.symbol != 0).try_fold(0, together);
        let bag = bag.unwrap_or(0);
        Self { words, bag, start: mark::first_four(letters), letters: mark::letters(bag) }
    }

    pub(super) const fn is_empty(&self) -> bool {
        self.words[0].symbol == 0
    }

    /// Its words.
    pub(super) fn symbols(&self) -> Street {
        self.words.map(|word| word.symbol)
    }

    /// A word of each of its cache lines; it means nothing.
    pub(super) const fn ends(&self) -> u32 {
        self.words[0].symbol ^ self.letters
    }
}

/// The letters of one bag more; nothing where they do not tell, or do not fit.
fn together(all: u64, word: &Mark) -> Option<u64> {
    let carried = |low: u64| low & 0x1111_1111_1111_1111;
    let sum = all.checked_add(word.bag)?;
    // What was carried from one count to the next.
    (word.bag != 0 && carried(all ^ word.bag ^ sum) == 0).then_some(sum)
}

/// The streets of records.
#[derive(Clone, Debug)]
pub(super) struct Ways {
    all: Vec<Way>,
    needs: Table,
}

impl Ways {
    pub(super) fn of(lex: &Lexicon, entries: &[Entry]) -> Self {
        let all = entries.iter().map(|entry| Way::of(lex, &entry.street));
        Self { all: all.collect(), needs: Table::new() }
    }

    /// The street of a record.
    pub(super) fn get(&self, place: u32) -> Option<&Way> {
        self.all.get(place as usize)
    }

    /// Which words are the same or may be alike: a bit for each word of one with each of the other.
    pub(super) fn near(&self, a: &Way, b: &Way) -> u64 {
        let said = |way: &Way| way.words.iter().take_while(|word| word.symbol != 0).count();
        let (own, other) = (said(a), said(b));
        let mut near = 0;
        for (i, x) in a.words.iter().take(own).enumerate() {
            for (j, y) in b.words.iter().take(other).enumerate() {
                if x.symbol == y.symbol || self.needs.may_be_alike(*x, *y) {
                    near |= 1 << bit(i, j);
                }
            }
        }
        near
    }

    /// Whether the words at two places are among those.
    pub(super) const fn are_near(near: u64, i: usize, j: usize) -> bool {
        near >> bit(i, j) & 1 == 1
    }

    /// Whether two streets may be the same but for gaps.
    pub(super) fn may_join(&self, a: &Way, b: &Way) -> bool {
        if a.bag == 0 || b.bag == 0 {
            return true;
        }
        let (short, long) = if a.letters <= b.letters { (a, b) } else { (b, a) };
        let common = short.letters.saturating_sub(mark::beyond(short.bag, long.bag)) as usize;
        let start = mark::same_start(a.start, b.start) as usize;
        let least = short.letters as usize;
        least >= 6 && possible((least, least), (common, start), &A92)
    }
}

const fn bit(i: usize, j: usize) -> usize {
    i.wrapping_mul(8).wrapping_add(j)
}
