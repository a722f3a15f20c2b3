//! Which pairs are compared at all: those that share a key.

use super::encode::{Entry, Lexicon, Symbol};
use super::profile::Party;

/// A key: the hash of what records have in common.
pub(super) type Key = u64;

/// Records of one key at most: a key that more share tells too little, and hostile data cannot make more pairs than so
/// many for each key of each record. A value by itself tells less than two together. Rule DUP-6 (F032).
pub(super) const fn shared_max(key: Key) -> usize {
    if key & 1 == 1 { ALONE_MAX as usize } else { 16 }
}

/// Records that share one value at most.
const ALONE_MAX: u32 = 12;

/// The key of one value (`b` is 0, the key is odd) or of two together; symbols differ from store to store, and so do
/// keys.
fn key(a: Symbol, b: Symbol) -> Key {
    // splitmix64's last steps: every bit of either symbol moves every bit of the key.
    let mut mixed = (u64::from(a) << 32 | u64::from(b)).wrapping_mul(0x9E37_79B9_7F4A_7C15);
    mixed = (mixed ^ mixed >> 30).wrapping_mul(0xBF58_476D_1CE4_E5B9);
    mixed = (mixed ^ mixed >> 27).wrapping_mul(0x94D0_49BB_1331_11EB);
    (mixed ^ mixed >> 31) & !1 | u64::from(b == 0)
}

/// What a pair shares must tell so much, each key with `n` records 1,000 / (n - 1): eleven others under one key alone tell
/// too little.
///
/// Source: ARCS weights of meta-blocking (Papadakis et al. 2014).
pub(super) const LEAST: u32 = 100;

/// What it tells to be one of so many records under one key.
pub(super) fn tells(records: usize) -> u32 {
    let others = u32::try_from(records.saturating_sub(1)).unwrap_or(u32::MAX);
    1_000_u32.checked_div(others).unwrap_or(0)
}

/// What a record of a closed set is found by: keys of values that no other record has make no pair, nor does a value by
/// itself that too many have; `without` tells how many of those may have no key of it.
pub(super) fn keys_met(
    lex: &Lexicon,
    party: Party,
    entry: &Entry,
    without: &[u32],
    keys: &mut Vec<Key>,
) {
    // Sounds and postal codes are not counted.
    let met = |symbol: Symbol| lex.share(symbol).count != 1;
    let few = |symbol: Symbol| {
        let without = without.get(symbol as usize).copied().unwrap_or(0);
        lex.share(symbol).count.saturating_sub(without) <= ALONE_MAX
    };
    keys_of(party, entry, (met, few), lex, keys);
}

/// What a record is found by: each of its values by itself, and the pairs of values that tell in large stores.
pub(super) fn keys(lex: &Lexicon, party: Party, entry: &Entry, keys: &mut Vec<Key>) {
    keys_of(party, entry, (|_| true, |_| true), lex, keys);
    keys.sort_unstable();
    keys.dedup();
}

fn keys_of(
    party: Party,
    entry: &Entry,
    (met, few): (impl Fn(Symbol) -> bool, impl Fn(Symbol) -> bool),
    lex: &Lexicon,
    keys: &mut Vec<Key>,
) {
    keys.clear();
    let own = entry.cuts.first().copied().unwrap_or_default();
    let sound = |name: Symbol| match lex.get(name).sound {
        0 => name,
        sound => sound,
    };
    let mut street = entry.street;
    // Words by rarity; equal ones by their letters, since symbols depend on the order of records.
    street.sort_by(|a, b| {
        let (one, two) = (lex.share(*a).count, lex.share(*b).count);
        let letters = || lex.get(*a).chars.cmp(&lex.get(*b).chars);
        (*a == 0, one).cmp(&(*b == 0, two)).then_with(letters)
    });
    let [road, side, ..] = street;
    let [house, ..] = entry.houses;
    let (number, postal, city) = (entry.number, entry.postal, entry.city);
    let names = match party {
        Party::Person => [sound(own.0), sound(own.1)],
        Party::Company => [own.0, entry.words.get(1).copied().unwrap_or(0)],
    };
    let mut alone = |symbol: Symbol| {
        if symbol != 0 && met(symbol) {
            keys.push(key(symbol, 0));
        }
    };
    let single = [own.0, own.1, entry.whole, number, road, side, postal, entry.company];
    let single = single.into_iter().chain(entry.phones).chain(entry.custom).chain(entry.words);
    single.filter(|symbol| few(*symbol)).for_each(&mut alone);
    let mail = entry.emails.into_iter().flat_map(|(local, host)| [local, host]);
    let mail = mail.filter(|symbol| few(*symbol) && !lex.get(*symbol).public);
    mail.for_each(&mut alone);
    let mut both = |a: Symbol, b: Symbol| {
        if a != 0 && b != 0 && a != b && met(a) && met(b) {
            keys.push(key(a.min(b), a.max(b)));
        }
    };
    both(names[0], names[1]);
    for name in names {
        for with in [number, road, house, postal, city] {
            both(name, with);
        }
    }
    for (a, b) in [
        (number, postal),
        (number, city),
        (number, house),
        (road, house),
        (road, side),
        (road, postal),
        (road, city),
        (house, postal),
        (house, city),
    ] {
        both(a, b);
    }
    for own in entry.custom {
        for with in [names[0], names[1], number, postal, city] {
            both(own, with);
        }
    }
}

/// Every pair that shares keys which not too many share and which tell enough together; each once, in order.
pub(super) fn pairs(keys: Vec<(Key, u32)>) -> Vec<(u32, u32)> {
    let keys = grouped(keys);
    let blocks = || keys.chunk_by(|a, b| a.0 == b.0).filter(|block| enough(block));
    let most = keys.iter().map(|(_, at)| *at).max().map_or(0, |last| last.saturating_add(1));
    // First how many others behind it each record meets, then which.
    let mut ends = vec![0_usize; most as usize];
    for block in blocks() {
        for ((_, at), behind) in block.iter().zip((0..block.len()).rev()) {
            if let Some(end) = ends.get_mut(*at as usize) {
                *end = end.saturating_add(behind);
            }
        }
    }
    let all = ends.iter().copied().fold(0, usize::saturating_add);
    let mut met = vec![0_u64; all];
    let mut from = 0_usize;
    for end in &mut ends {
        (*end, from) = (from, from.saturating_add(*end));
    }
    for block in blocks() {
        let mut rest = block;
        let tells = tells(block.len());
        while let Some(((_, x), others)) = rest.split_first() {
            if let Some(end) = ends.get_mut(*x as usize) {
                let places = met.get_mut(*end..).unwrap_or_default();
                for (place, (_, y)) in places.iter_mut().zip(others) {
                    *place = u64::from(*y) << 32 | u64::from(tells);
                }
                *end = end.saturating_add(others.len());
            }
            rest = others;
        }
    }
    let mut pairs = Vec::new();
    let mut from = 0_usize;
    for (at, end) in (0_u32..).zip(ends) {
        let own = met.get_mut(from..end).unwrap_or_default();
        own.sort_unstable();
        for same in own.chunk_by(|a, b| a >> 32 == b >> 32) {
            #[expect(clippy::cast_possible_truncation, reason = "one half of a number")]
            let tells = same.iter().fold(0_u32, |all, met| all.saturating_add(*met as u32));
            if let Some(met) = same.first().filter(|_| tells >= LEAST) {
                pairs.push((at, (met >> 32) as u32));
            }
        }
        from = end;
    }
    pairs
}

/// Whether so few records share a key that it tells something; one alone makes no pair.
fn enough(block: &[(Key, u32)]) -> bool {
    block.first().is_some_and(|(key, _)| (2..=shared_max(*key)).contains(&block.len()))
}

/// A key and its record as one number: compared in one step.
fn in_order((key, at): &(Key, u32)) -> u128 {
    u128::from(*key) << 32 | u128::from(*at)
}

/// Keys in order, each of a record once: first by their highest bits, in two turns that leave next to nothing to sort.
pub(super) fn grouped(mut keys: Vec<(Key, u32)>) -> Vec<(Key, u32)> {
    let bits = keys.len().checked_ilog2().unwrap_or(0).div_ceil(2).min(11);
    if keys.len() < 1 << 10 {
        keys.sort_unstable_by_key(in_order);
    } else {
        let mut parted = vec![(0, 0); keys.len()];
        part_by(&keys, &mut parted, bits.saturating_mul(2), bits);
        part_by(&parted, &mut keys, bits, bits);
        let part = |key: Key| key >> 64_u32.saturating_sub(bits.saturating_mul(2));
        for near in keys.chunk_by_mut(|a, b| part(a.0) == part(b.0)) {
            if !near.is_sorted_by_key(in_order) {
                near.sort_unstable_by_key(in_order);
            }
        }
    }
    keys.dedup();
    keys
}

/// Moves keys to parts by some of their bits, of which the first is so far from the highest; those of one part stay in
/// order.
fn part_by(from: &[(Key, u32)], to: &mut [(Key, u32)], highest: u32, bits: u32) {
    let mask = (1_usize << bits).wrapping_sub(1);
    #[expect(clippy::cast_possible_truncation, reason = "the low bits are all that counts")]
    let part = |key: Key| (key >> 64_u32.saturating_sub(highest)) as usize & mask;
    let mut ends = vec![0_usize; 1 << bits];
    for (key, _) in from {
        if let Some(end) = ends.get_mut(part(*key)) {
            *end = end.saturating_add(1);
        }
    }
    let mut begin = 0_usize;
    for end in &mut ends {
        (*end, begin) = (begin, begin.saturating_add(*end));
    }
    for (key, at) in from {
        if let Some(end) = ends.get_mut(part(*key)) {
            if let Some(place) = to.get_mut(*end) {
                *place = (*key, *at);
            }
            *end = end.saturating_add(1);
        }
    }
}
