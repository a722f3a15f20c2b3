//! The first rule that fits, without trying the rules one after the other.
//!
//! For each value that rules tell apart, a set of bits says which rules accept it. The rules that accept a lead are the
//! intersection of the sets of its values, and the first bit of it is the rule that decides. Rules are taken 256 at a
//! time, so that a lead which an early rule takes never touches the late ones. What is not a test of one field is asked
//! when its rule's bit is set.

use super::axes::{Axes, Axis, slot_of};
use super::filter::{Datum, Test};

/// Words of 64 rules in a block.
const WORDS: usize = 4;
/// Rules in a block.
const RULES: usize = 256;
/// Cells of the grid over the bounds of a field.
const CELLS: u64 = 1024;
/// So many bounds of one cell are tried in order; more are halved.
const STEPS: usize = 8;

/// Which rules of a block.
type Bits = [u64; WORDS];

/// A value as it is given: what [`Index::code`] makes a code of.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Given<'a> {
    /// None.
    Missing,
    /// A whole number, a day or an instant.
    Int(i64),
    /// A text.
    Text(&'a str),
    /// Any other.
    Other(&'a Datum),
}

impl<'a> From<&'a Datum> for Given<'a> {
    fn from(datum: &'a Datum) -> Self {
        match datum {
            Datum::Missing => Self::Missing,
            Datum::Int(number) => Self::Int(*number),
            Datum::Text(text) => Self::Text(text),
            Datum::Bool(_) | Datum::Decimal(_) => Self::Other(datum),
        }
    }
}

/// The code of no number. No field of a record holds it.
pub const NO_NUMBER: i64 = i64::MIN;

/// The rules of a policy as sets of bits.
#[derive(Clone, Debug, Default)]
pub struct Index {
    /// How a value of a field becomes its code.
    coders: Vec<Coder>,
    blocks: Vec<Block>,
    /// Of each rule the tests that are not boxed, by their place in the rule.
    rest: Vec<Vec<usize>>,
    /// Of each rule the fields that it reads.
    reads: Vec<Vec<usize>>,
}

#[derive(Clone, Debug)]
enum Coder {
    /// Numbers are their own codes.
    Number,
    /// Values have the class of their axis.
    Named(Names),
    /// No boxed test reads the field.
    Unread,
}

/// Texts and their codes; other values are few and searched.
#[derive(Clone, Debug)]
struct Names {
    axis: Axis,
    /// Open addressing by hash; 0 is an empty place, else 1 + the place in `texts`.
    places: Vec<u32>,
    texts: Vec<(Box<str>, i64)>,
}

impl Names {
    fn new(axis: &Axis) -> Self {
        let named = match axis {
            Axis::Named(values) => values.as_slice(),
            Axis::Bounds(_) => &[],
        };
        let texts = named.iter().filter_map(|value| match value {
            Datum::Text(text) => {
                let code = i64::try_from(axis.class(value)).unwrap_or(1);
                Some((text.clone().into_boxed_str(), code))
            }
            Datum::Missing | Datum::Bool(_) | Datum::Int(_) | Datum::Decimal(_) => None,
        });
        let texts: Vec<(Box<str>, i64)> = texts.collect();
        let size = texts.len().saturating_mul(4).next_power_of_two().max(4);
        let mut names = Self { axis: axis.clone(), places: vec![0; size], texts };
        for at in 0..names.texts.len() {
            let Some((text, _)) = names.texts.get(at) else { continue };
            let mut place = names.home(text);
            while names.places.get(place).is_some_and(|held| *held != 0) {
                place = names.after(place);
            }
            if let Some(free) = names.places.get_mut(place) {
                *free = u32::try_from(at.saturating_add(1)).unwrap_or(0);
            }
        }
        names
    }

    fn home(&self, text: &str) -> usize {
        // FNV-1a: the texts are few and known, a lookup reads on at most to the next empty place.
        let hash = text.bytes().fold(0xCBF2_9CE4_8422_2325_u64, |hash, byte| {
            (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01B3)
        });
        let mask = self.places.len().saturating_sub(1);
        usize::try_from(hash ^ (hash >> 32)).unwrap_or(usize::MAX) & mask
    }

    const fn after(&self, place: usize) -> usize {
        place.wrapping_add(1) & self.places.len().saturating_sub(1)
    }

    #[inline]
    fn code(&self, text: &str) -> i64 {
        let mut place = self.home(text);
        loop {
            let Some(held) = self.places.get(place).and_then(|held| held.checked_sub(1)) else {
                return 1;
            };
            let found = usize::try_from(held).ok().and_then(|at| self.texts.get(at));
            match found {
                Some((known, code)) if &**known == text => return *code,
                Some(_) => place = self.after(place),
                None => return 1,
            }
        }
    }
}

/// 256 rules.
#[derive(Clone, Debug)]
struct Block {
    /// The rules that there are.
    all: Bits,
    /// Of a field by its codes.
    named: Vec<(usize, Vec<Bits>)>,
    /// Of a field by the class between its bounds.
    bounded: Vec<(usize, Bounds, Vec<Bits>)>,
    /// The rules with tests that are not boxed.
    rest: Bits,
}

/// Bounds with a grid over them, so that finding a class takes a step or two.
#[derive(Clone, Debug)]
struct Bounds {
    bounds: Vec<i64>,
    /// The first bound above the least number.
    base: i64,
    shift: u32,
    /// Of each cell how many bounds are not above its beginning; and the count of all at the end.
    grid: Vec<u32>,
}

impl Bounds {
    fn new(bounds: &[i64]) -> Self {
        let base = bounds.get(1).copied().unwrap_or(i64::MAX);
        let last = bounds.last().copied().unwrap_or(base).max(base);
        let span = last.abs_diff(base);
        let shift = (0..64).find(|shift| span >> shift < CELLS).unwrap_or(63);
        let cells = span >> shift;
        let count = |at: usize| u32::try_from(at).unwrap_or(u32::MAX);
        let mut grid: Vec<u32> = (0..=cells)
            .map(|cell| {
                let start = base.saturating_add_unsigned(cell << shift);
                count(bounds.partition_point(|bound| *bound <= start))
            })
            .collect();
        grid.push(count(bounds.len()));
        Self { bounds: bounds.to_vec(), base, shift, grid }
    }

    /// How many bounds are not above a number: its class.
    #[inline]
    fn class(&self, number: i64) -> usize {
        if number < self.base {
            return usize::from(number != NO_NUMBER);
        }
        let cell = usize::try_from(number.abs_diff(self.base) >> self.shift).unwrap_or(usize::MAX);
        let Some([from, to]) = self.grid.get(cell..cell.saturating_add(2)) else {
            return self.bounds.len();
        };
        let from = usize::try_from(*from).unwrap_or(0);
        let to = usize::try_from(*to).unwrap_or(0);
        let Some(near) = self.bounds.get(from..to) else { return self.bounds.len() };
        let above = if near.len() <= STEPS {
            near.iter().take_while(|bound| **bound <= number).count()
        } else {
            near.partition_point(|bound| *bound <= number)
        };
        from.saturating_add(above)
    }
}

fn set(bits: &mut Bits, rule: usize, value: bool) {
    if let Some(word) = bits.get_mut(rule / 64) {
        let bit = 1_u64 << (rule % 64);
        *word = if value { *word | bit } else { *word & !bit };
    }
}

fn and(bits: &mut Bits, other: &Bits) {
    bits.iter_mut().zip(other).for_each(|(own, other)| *own &= other);
}

fn first_of(bits: &Bits) -> Option<usize> {
    let words = (0_usize..).zip(bits).find(|(_, word)| **word != 0);
    words.map(|(at, word)| {
        at.saturating_mul(64).saturating_add(usize::try_from(word.trailing_zeros()).unwrap_or(0))
    })
}

impl Block {
    fn new(rules: &[Vec<Test>], global: &Axes) -> Self {
        // Bounds are those of these rules alone: fewer, so nearer in memory.
        let local = Axes::of(rules.iter().flatten());
        let mut block = Self { all: [0; WORDS], named: vec![], bounded: vec![], rest: [0; WORDS] };
        for (at, tests) in (0_usize..).zip(rules) {
            set(&mut block.all, at, true);
            set(&mut block.rest, at, tests.iter().any(|test| slot_of(test).is_none()));
        }
        let axes = local.0.keys().filter_map(|slot| {
            let axis = match global.0.get(slot)? {
                named @ Axis::Named(_) => named,
                Axis::Bounds(_) => local.0.get(slot)?,
            };
            Some((*slot, axis.clone()))
        });
        let mut axes = Axes(axes.collect());
        for (slot, axis) in &mut axes.0 {
            // A field with ranges elsewhere and only values here: as bounds, its code is the number.
            if let (Axis::Named(values), Some(Axis::Bounds(_))) = (&*axis, global.0.get(slot)) {
                *axis = as_bounds(values);
            }
        }
        let mut tables: std::collections::BTreeMap<usize, Vec<Bits>> =
            axes.0.iter().map(|(slot, axis)| (*slot, vec![block.all; axis.len()])).collect();
        for (at, tests) in (0_usize..).zip(rules) {
            for (slot, classes) in tests.iter().filter_map(|test| axes.accepts(test)) {
                let Some(table) = tables.get_mut(&slot) else { continue };
                for (row, _) in table.iter_mut().zip(classes).filter(|(_, accepts)| !accepts) {
                    set(row, at, false);
                }
            }
        }
        for (slot, table) in tables {
            match axes.0.get(&slot) {
                Some(Axis::Bounds(bounds)) => {
                    block.bounded.push((slot, Bounds::new(bounds), table));
                }
                Some(Axis::Named(_)) => block.named.push((slot, table)),
                None => {}
            }
        }
        block
    }

    #[inline]
    fn fits(&self, codes: &[i64]) -> Bits {
        let mut bits = self.all;
        for (slot, table) in &self.named {
            let code = codes.get(*slot).copied().unwrap_or(0);
            let row = usize::try_from(code).ok().and_then(|code| table.get(code));
            and(&mut bits, row.unwrap_or(&[0; WORDS]));
        }
        for (slot, bounds, table) in &self.bounded {
            let number = codes.get(*slot).copied().unwrap_or(NO_NUMBER);
            and(&mut bits, table.get(bounds.class(number)).unwrap_or(&[0; WORDS]));
        }
        bits
    }
}

/// Values of numbers as bounds around each.
fn as_bounds(values: &[Datum]) -> Axis {
    let numbers = values.iter().filter_map(|value| match value {
        Datum::Int(number) => Some([*number, number.saturating_add(1)]),
        Datum::Missing | Datum::Bool(_) | Datum::Decimal(_) | Datum::Text(_) => None,
    });
    let mut bounds: std::collections::BTreeSet<i64> = numbers.flatten().collect();
    bounds.remove(&i64::MIN);
    bounds.insert(i64::MIN.saturating_add(1));
    Axis::Bounds(bounds.into_iter().collect())
}

impl Index {
    /// The rules as sets of bits; `slots` is how many fields they read.
    pub fn of(rules: &[Vec<Test>], slots: usize) -> Self {
        let global = Axes::of(rules.iter().flatten());
        let coder = |slot: usize| match global.0.get(&slot) {
            Some(Axis::Bounds(_)) => Coder::Number,
            Some(axis @ Axis::Named(_)) => Coder::Named(Names::new(axis)),
            None => Coder::Unread,
        };
        let rest = |tests: &Vec<Test>| {
            let unboxed = (0_usize..).zip(tests).filter(|(_, test)| slot_of(test).is_none());
            unboxed.map(|(at, _)| at).collect()
        };
        let reads = |tests: &Vec<Test>| tests.iter().filter_map(slot_of).collect();
        Self {
            coders: (0..slots).map(coder).collect(),
            blocks: rules.chunks(RULES).map(|rules| Block::new(rules, &global)).collect(),
            rest: rules.iter().map(rest).collect(),
            reads: rules.iter().map(reads).collect(),
        }
    }

    /// The code of a value of the field at a place.
    #[inline]
    pub fn code(&self, slot: usize, given: Given<'_>) -> i64 {
        match (self.coders.get(slot), given) {
            (Some(Coder::Number), Given::Int(number)) => number,
            (Some(Coder::Number), _) => NO_NUMBER,
            (Some(Coder::Named(_)), Given::Missing) => 0,
            (Some(Coder::Named(names)), Given::Text(text)) => names.code(text),
            (Some(Coder::Named(names)), Given::Int(number)) => {
                i64::try_from(names.axis.class(&Datum::Int(number))).unwrap_or(1)
            }
            (Some(Coder::Named(names)), Given::Other(datum)) => {
                i64::try_from(names.axis.class(datum)).unwrap_or(1)
            }
            (Some(Coder::Unread) | None, _) => 0,
        }
    }

    /// The codes of a row.
    pub fn codes(&self, row: &[Datum]) -> Vec<i64> {
        (0_usize..).zip(row).map(|(slot, datum)| self.code(slot, datum.into())).collect()
    }

    /// The first rule that fits these codes; `rest` says of a rule whether its tests that are not boxed hold.
    #[inline]
    pub fn first(&self, codes: &[i64], rest: impl Fn(usize) -> bool) -> Option<usize> {
        let mut base = 0_usize;
        for block in &self.blocks {
            let mut bits = block.fits(codes);
            while let Some(at) = first_of(&bits) {
                let rule = base.saturating_add(at);
                let asks = block.rest.get(at / 64).is_some_and(|word| word >> (at % 64) & 1 == 1);
                if !asks || rest(rule) {
                    return Some(rule);
                }
                set(&mut bits, at, false);
            }
            base = base.saturating_add(RULES);
        }
        None
    }

    /// The tests of a rule that are not boxed, by their place in the rule.
    pub fn rest(&self, rule: usize) -> &[usize] {
        self.rest.get(rule).map_or(&[], Vec::as_slice)
    }

    /// What a rule that fits has read: each field with its code.
    #[inline]
    pub fn trace<'a>(
        &'a self,
        rule: usize,
        codes: &'a [i64],
    ) -> impl Iterator<Item = (usize, i64)> + 'a {
        let reads = self.reads.get(rule).map_or(&[][..], Vec::as_slice);
        reads.iter().map(|slot| (*slot, codes.get(*slot).copied().unwrap_or(0)))
    }

    /// The first rule that fits a row, of these rules.
    pub fn first_of_row(&self, rules: &[Vec<Test>], row: &[Datum]) -> Option<usize> {
        let codes = self.codes(row);
        self.first(&codes, |rule| {
            let tests = rules.get(rule).map_or(&[][..], Vec::as_slice);
            self.rest(rule).iter().all(|at| tests.get(*at).is_some_and(|test| test.holds(row)))
        })
    }
}
