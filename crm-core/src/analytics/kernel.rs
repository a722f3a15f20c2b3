//! The inner loops, apart from what they mean: tight, over columns, without allocation. Each has a slow twin in its
//! tests that it must equal.

use std::collections::BTreeSet;

use super::{
    column::Codes,
    table::{Deals, Outcome, UNKNOWN},
    tally::{ByOutcome, Tally},
};

/// A set of dictionary codes: bits while codes are small, as those of stages are.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct CodeSet {
    bits: u128,
    more: BTreeSet<u32>,
}

impl CodeSet {
    pub(super) fn insert(&mut self, code: u32) {
        match 1u128.checked_shl(code) {
            Some(bit) => self.bits |= bit,
            None => {
                self.more.insert(code);
            }
        }
    }

    pub(super) fn contains(&self, code: u32) -> bool {
        match 1u128.checked_shl(code) {
            Some(bit) => self.bits & bit != 0,
            None => self.more.contains(&code),
        }
    }

    /// Its codes, ascending.
    pub(super) fn iter(&self) -> impl Iterator<Item = u32> + '_ {
        let mut bits = self.bits;
        let small = core::iter::from_fn(move || {
            let code = bits.trailing_zeros();
            bits &= bits.wrapping_sub(1);
            (code < u128::BITS).then_some(code)
        });
        small.chain(self.more.iter().copied())
    }
}

/// Counts and worths of all deals by the codes of one column of `groups` values.
pub(super) fn tallies(deals: &Deals, codes: &Codes, groups: usize) -> Vec<ByOutcome> {
    match codes {
        Codes::None => tally(deals, core::iter::repeat(0_u8), groups),
        Codes::U8(codes) => tally(deals, codes.iter().copied(), groups),
        Codes::U16(codes) => tally(deals, codes.iter().copied(), groups),
        Codes::U32(codes) => tally(deals, codes.iter().copied(), groups),
    }
}

fn tally<C: TryInto<usize>>(
    deals: &Deals,
    codes: impl Iterator<Item = C>,
    groups: usize,
) -> Vec<ByOutcome> {
    let mut tallies = vec![[Tally::default(); 3]; groups];
    let rows = codes.zip(&deals.outcomes).zip(&deals.base_minor);
    for ((code, outcome), minor) in rows {
        let group = code.try_into().ok().and_then(|code| tallies.get_mut(code));
        let Some([open, won, lost]) = group else { continue };
        let tally = match outcome {
            Outcome::Open => open,
            Outcome::Won => won,
            Outcome::Lost => lost,
        };
        tally.add((*minor != UNKNOWN).then_some(*minor));
    }
    tallies.into_iter().map(|[open, won, lost]| ByOutcome { open, won, lost }).collect()
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use proptest::prelude::*;

    use super::*;
    use crate::analytics::{Dimension, sample};

    proptest! {
        #[test]
        fn a_set_of_codes_is_a_set(codes in prop::collection::vec(0u32..300, 0..40)) {
            let mut set = CodeSet::default();
            codes.iter().for_each(|code| set.insert(*code));
            let twin: BTreeSet<u32> = codes.into_iter().collect();
            prop_assert_eq!(set.iter().collect::<Vec<_>>(), twin.iter().copied().collect::<Vec<_>>());
            for code in 0..300 {
                prop_assert_eq!(set.contains(code), twin.contains(&code));
            }
        }

        #[test]
        fn tallies_equal_their_slow_twin(seed in 0u64..1000) {
            let table = sample::pour(&sample::sample(seed, 50));
            for dimension in [Dimension::Owner, Dimension::Customer, Dimension::Stage, Dimension::Competitor] {
                let codes = table.deals.codes.get(dimension);
                let mut twin: BTreeMap<usize, ByOutcome> = BTreeMap::new();
                for deal in 0..table.len() {
                    let of = twin.entry(codes.at(deal) as usize).or_default();
                    of.add(table.deals.outcome(deal), table.deals.base_minor(deal));
                }
                let found = tallies(&table.deals, codes, table.dictionary(dimension).len());
                for (code, of) in found.into_iter().enumerate() {
                    prop_assert_eq!(of, twin.get(&code).copied().unwrap_or_default());
                }
            }
        }
    }
}
