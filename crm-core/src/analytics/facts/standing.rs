//! Open deals by since when they stand where they stand: which of them stand there for longer than is asked.

use std::collections::BTreeMap;

use super::index;

/// Seconds of a group, as a power of two: two hours.
const GROUP: u32 = 13;
/// Sums are kept of all that stand since so long before the last fact, seconds: what is asked most.
const USUAL: u32 = 30 * 86_400;

/// An open deal.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
struct Stood {
    since: u32,
    place: u32,
    minor: i64,
}

/// How many deals, and their worth.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Heap {
    pub(super) minor: i128,
    pub(super) deals: u64,
}

impl Heap {
    fn count(&mut self, minor: i64, is_more: bool) {
        let minor = i128::from(minor);
        if is_more {
            self.deals = self.deals.saturating_add(1);
            self.minor = self.minor.saturating_add(minor);
        } else {
            self.deals = self.deals.saturating_sub(1);
            self.minor = self.minor.saturating_sub(minor);
        }
    }
}

/// Open deals, those of two hours together, ascending; and the sums by place of all groups below a mark.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Standing {
    groups: BTreeMap<u32, Vec<Stood>>,
    mark: u32,
    below: Vec<Heap>,
}

fn of_place(heaps: &mut Vec<Heap>, place: u32) -> Option<&mut Heap> {
    let at = index(place);
    if heaps.len() <= at {
        heaps.resize(at.saturating_add(1), Heap::default());
    }
    heaps.get_mut(at)
}

fn count<'a>(heaps: &mut Vec<Heap>, all: impl IntoIterator<Item = &'a Stood>, is_more: bool) {
    for stood in all {
        if let Some(heap) = of_place(heaps, stood.place) {
            heap.count(stood.minor, is_more);
        }
    }
}

impl Standing {
    /// Adds a deal, or takes it away where it is there.
    pub(super) fn count(&mut self, since: u32, place: u32, minor: i64, is_more: bool) {
        let stood = Stood { since, place, minor };
        let of = since.wrapping_shr(GROUP);
        let group = self.groups.entry(of).or_default();
        match group.binary_search(&stood) {
            Err(at) | Ok(at) if is_more => group.insert(at, stood),
            Ok(at) => drop(group.remove(at)),
            Err(_) => return,
        }
        if group.is_empty() {
            self.groups.remove(&of);
        }
        if of < self.mark {
            count(&mut self.below, [&stood], is_more);
        }
    }

    /// Moves the mark on with the last fact.
    pub(super) fn follow(&mut self, latest: u32) {
        let to = latest.saturating_sub(USUAL).wrapping_shr(GROUP);
        if to > self.mark {
            for (_, group) in self.groups.range(self.mark..to) {
                count(&mut self.below, group, true);
            }
            self.mark = to;
        }
    }

    /// By place, what stands since before a second.
    pub(super) fn before(&self, second: u32) -> Vec<Heap> {
        let mut heaps = self.below.clone();
        let of = second.wrapping_shr(GROUP);
        let (from, to) = (self.mark.min(of), self.mark.max(of));
        for (_, group) in self.groups.range(from..to) {
            count(&mut heaps, group, of > self.mark);
        }
        let part = self.groups.get(&of).into_iter().flatten();
        count(&mut heaps, part.take_while(|stood| stood.since < second), true);
        heaps
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn what_stands_since_before_a_second_is_counted_whatever_is_asked(
            given in prop::collection::vec((0_u32..40_000_000, 0_u32..4, -5_i64..100), 0..200),
            gone in prop::collection::vec(any::<prop::sample::Index>(), 0..50),
            latest in prop::collection::vec(0_u32..60_000_000, 0..4),
            asked in prop::collection::vec(0_u32..60_000_000, 1..5),
        ) {
            let (mut kept, mut plain) = (Standing::default(), given.clone());
            let mut latest = latest.into_iter();
            for (since, place, minor) in given {
                kept.count(since, place, minor, true);
                if since % 7 == 0 && let Some(latest) = latest.next() {
                    kept.follow(latest);
                }
            }
            latest.for_each(|latest| kept.follow(latest));
            for at in gone {
                if !plain.is_empty() {
                    let (since, place, minor) = plain.swap_remove(at.index(plain.len()));
                    kept.count(since, place, minor, false);
                }
            }
            for second in asked {
                let found = kept.before(second);
                for place in 0..4 {
                    let of = plain.iter().filter(|one| one.0 < second && one.1 == place);
                    let expected = of.fold(Heap::default(), |heap, one| Heap {
                        deals: heap.deals + 1,
                        minor: heap.minor + i128::from(one.2),
                    });
                    let found = found.get(index(place)).copied().unwrap_or_default();
                    prop_assert_eq!(found, expected, "{} {}", second, place);
                }
            }
        }
    }
}
