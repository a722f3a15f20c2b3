//! Which pairs are compared at all: those that share a key.

use core::hash::{Hash as _, Hasher as _};
use std::hash::DefaultHasher;

use super::encode::{Entry, Lexicon, Symbol};
use super::profile::Party;

/// A key: the hash of what records have in common.
pub(super) type Key = u64;

/// Records of one key at most: a key that more share tells too little, and hostile data cannot make more pairs than so
/// many for each key of each record. A value by itself tells less than two together. Rule DUP-6 (F032).
pub(super) const fn shared_max(key: Key) -> usize {
    if key & 1 == 1 { 12 } else { 16 }
}

/// The key of one value (`b` is 0, the key is odd) or of two together.
fn key(a: Symbol, b: Symbol) -> Key {
    let mut hash = DefaultHasher::new();
    (a, b).hash(&mut hash);
    hash.finish() & !1 | u64::from(b == 0)
}

/// What a record is found by: each of its values by itself, and the pairs of values that tell in large stores.
pub(super) fn keys(lex: &Lexicon, party: Party, entry: &Entry, keys: &mut Vec<Key>) {
    keys.clear();
    let own = entry.cuts.first().copied().unwrap_or_default();
    let sound = |name: Symbol| match lex.get(name).sound {
        0 => name,
        sound => sound,
    };
    let mut street = entry.street;
    // Words by rarity; equal ones by their letters, since symbols depend on the order of records.
    street.sort_by(|a, b| {
        let (one, two) = (lex.get(*a), lex.get(*b));
        (*a == 0, one.count, &one.chars).cmp(&(*b == 0, two.count, &two.chars))
    });
    let [road, side, ..] = street;
    let [house, ..] = entry.houses;
    let (number, postal, city) = (entry.number, entry.postal, entry.city);
    let names = match party {
        Party::Person => [sound(own.0), sound(own.1)],
        Party::Company => [own.0, entry.words.get(1).copied().unwrap_or(0)],
    };
    let mut alone = |symbol: Symbol| {
        if symbol != 0 {
            keys.push(key(symbol, 0));
        }
    };
    let single = [own.0, own.1, entry.whole, number, road, side, postal, entry.company];
    let single = single.into_iter().chain(entry.phones).chain(entry.custom).chain(entry.words);
    single.for_each(&mut alone);
    let mail = entry.emails.into_iter().flat_map(|(local, host)| [local, host]);
    mail.filter(|symbol| !lex.get(*symbol).public).for_each(&mut alone);
    let mut both = |a: Symbol, b: Symbol| {
        if a != 0 && b != 0 && a != b {
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
    keys.sort_unstable();
    keys.dedup();
}

/// Every pair that shares a key which not too many share; each once, in order.
pub(super) fn pairs(mut keys: Vec<(Key, u32)>) -> Vec<(u32, u32)> {
    keys.sort_unstable();
    let mut pairs: Vec<u64> = Vec::new();
    let blocks = keys.chunk_by(|a, b| a.0 == b.0);
    let few = |block: &&[(Key, u32)]| {
        block.first().is_some_and(|(key, _)| block.len() <= shared_max(*key))
    };
    for block in blocks.filter(few) {
        let mut rest = block;
        while let Some(((_, x), others)) = rest.split_first() {
            pairs.extend(others.iter().map(|(_, y)| u64::from(*x) << 32 | u64::from(*y)));
            rest = others;
        }
    }
    pairs.sort_unstable();
    pairs.dedup();
    #[expect(clippy::cast_possible_truncation, reason = "each half is one place")]
    let halves = |pair: u64| ((pair >> 32) as u32, pair as u32);
    pairs.into_iter().map(halves).collect()
}
