//! One record after the other: an index that is asked in microseconds and grows.

use core::ops::Bound;
use std::collections::{BTreeMap, BTreeSet};

use super::block::{self, Key, LEAST, shared_max, tells};
use super::cluster::Edge;
use super::compare::Comparer;
use super::encode::Entry;
use super::matcher::{HOPELESS, LIKELY, Matcher, Pair, likely, odds_of, points};
use super::profile::Profile;

/// Records by their keys, under a model that was learned before and stays.
///
/// For one model, the pairs of an index are those of a batch: whatever the order in which profiles are added, at once or
/// one by one, an index over the same profiles gives the same pairs with the same odds, and the same groups. Which values
/// are rare is part of the model and stays too; a value that the model has not seen counts as seen once. Rule DUP-12
/// (B13).
#[derive(Clone, Debug)]
pub struct Index {
    model: Matcher,
    entries: Vec<Entry>,
    /// Keys with the places of their records, of those that were there when the index was made.
    first: Vec<(Key, u32)>,
    /// Where in it the keys with each highest bits begin, so that few of them are searched.
    begins: Vec<u32>,
    /// The same of those that came later.
    later: BTreeSet<(Key, u32)>,
}

/// A stored record that is like the one asked about.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Alike {
    /// Its place, in the order in which records were added.
    pub place: usize,
    /// How likely they are one, in basis points.
    pub probability: u16,
    /// The fields that speak for it, the heaviest first.
    pub reasons: Vec<String>,
}

impl Index {
    /// An index over these profiles, by the model that a matcher learned.
    pub fn over(model: Matcher, profiles: &[Profile]) -> Self {
        let mut index = Self {
            model,
            entries: Vec::new(),
            first: Vec::new(),
            begins: Vec::new(),
            later: BTreeSet::new(),
        };
        let mut keys = Vec::new();
        for (at, profile) in (0_u32..).zip(profiles) {
            let entry = index.model.encoder.entry(profile);
            block::keys(&index.model.encoder.lexicon, index.model.party, &entry, &mut keys);
            index.first.extend(keys.iter().map(|key| (*key, at)));
            index.entries.push(entry);
        }
        index.first = block::grouped(index.first);
        index.begins = begins(&index.first);
        index
    }

    /// How many records there are.
    pub const fn len(&self) -> usize {
        self.entries.len()
    }

    /// Whether there are none.
    pub const fn is_empty(&self) -> bool {
        self.entries.is_empty()
    }

    /// Adds a record and tells which of those before it are likely the same.
    pub fn add(&mut self, profile: &Profile) -> Vec<Alike> {
        let alike = self.alike(profile);
        let entry = self.model.encoder.entry(profile);
        let mut keys = Vec::new();
        block::keys(&self.model.encoder.lexicon, self.model.party, &entry, &mut keys);
        let at = u32::try_from(self.entries.len()).unwrap_or(u32::MAX);
        self.later.extend(keys.into_iter().map(|key| (key, at)));
        self.entries.push(entry);
        alike
    }

    /// The records that are likely the same as this one, the likeliest first. It is not added.
    pub fn alike(&mut self, profile: &Profile) -> Vec<Alike> {
        let entry = self.model.encoder.entry(profile);
        let mut keys = Vec::new();
        block::keys(&self.model.encoder.lexicon, self.model.party, &entry, &mut keys);
        let mut places: Vec<(u32, u32)> = Vec::new();
        for key in keys {
            let before = places.len();
            // With this record the key has one more; at most it is one more than it may have.
            places.extend(self.under(key).take(shared_max(key)).map(|place| (place, 0)));
            let found = places.get_mut(before..).unwrap_or_default();
            if found.len() >= shared_max(key) {
                places.truncate(before);
                continue;
            }
            let tells = tells(found.len().saturating_add(1));
            found.iter_mut().for_each(|(_, told)| *told = tells);
        }
        places.sort_unstable();
        let told = |same: &[(u32, u32)]| {
            let tells = same.iter().map(|(_, tells)| *tells).fold(0, u32::saturating_add);
            same.first().filter(|_| tells >= LEAST).map(|(place, _)| *place)
        };
        let places: Vec<u32> = places.chunk_by(|a, b| a.0 == b.0).filter_map(told).collect();
        let mut comparer = Comparer::small(&self.model.encoder.lexicon, self.model.party);
        let mut found = Vec::new();
        for place in places {
            let Some(other) = self.entries.get(place as usize) else { continue };
            let hope = (&self.model.model, HOPELESS);
            let Some(common) = comparer.compare_unless(&entry, other, hope) else { continue };
            let odds = self.model.odds(&common);
            if odds >= odds_of(LIKELY) {
                let reasons = self.model.reasons(&common);
                let place = place as usize;
                found.push(Alike { place, probability: points(odds), reasons });
            }
        }
        found.sort_by_key(|alike| (core::cmp::Reverse(alike.probability), alike.place));
        found
    }

    /// The places of the records with a key.
    fn under(&self, key: Key) -> impl Iterator<Item = u32> {
        let part = part(key, self.begins.len());
        let begin = |part: usize| self.begins.get(part).map_or(self.first.len(), |at| *at as usize);
        let near = self.first.get(begin(part)..begin(part.saturating_add(1))).unwrap_or_default();
        let from = near.partition_point(|(other, _)| *other < key);
        let first = near.get(from..).unwrap_or_default().iter();
        let first = first.take_while(move |(other, _)| *other == key).map(|(_, at)| *at);
        let bounds = (Bound::Included((key, 0)), Bound::Included((key, u32::MAX)));
        first.chain(self.later.range(bounds).map(|(_, at)| *at))
    }

    /// Every pair of every group, as a batch over the same profiles and the same model gives it. Places are those in the
    /// order of adding; `rank` gives each record a place that does not depend on it, and decides ties.
    pub fn pairs(&self, rank: impl Fn(usize) -> u32) -> Vec<Pair> {
        let mut keys: Vec<(Key, u32)> = self.first.clone();
        keys.extend(self.later.iter().copied());
        let ranked = |(key, at): (Key, u32)| (key, rank(at as usize));
        let by_rank: BTreeMap<u32, &Entry> =
            (0..).zip(&self.entries).map(|(at, entry)| (rank(at), entry)).collect();
        let mut comparer = Comparer::new(&self.model.encoder.lexicon, self.model.party);
        let mut edges = Vec::new();
        for (left, right) in block::pairs(keys.into_iter().map(ranked).collect()) {
            let both = by_rank.get(&left).zip(by_rank.get(&right));
            let odds = both.map(|(a, b)| self.model.judged(a, b, &mut comparer));
            edges.extend(odds.map(|odds| Edge { left, right, odds }));
        }
        let pairs = likely(&edges, &BTreeSet::new()).into_iter();
        let pair = |edge: Edge| {
            let (a, b) = by_rank.get(&edge.left).zip(by_rank.get(&edge.right))?;
            let reasons = self.model.reasons(&comparer.compare(a, b));
            let (left, right) = (edge.left as usize, edge.right as usize);
            Some(Pair { left, right, probability: points(edge.odds), reasons })
        };
        pairs.filter_map(pair).collect()
    }
}

/// By how many highest bits keys are found: so that about eight share them.
fn begins(keys: &[(Key, u32)]) -> Vec<u32> {
    let parts = (keys.len() / 8).max(1).next_power_of_two();
    let mut begins = vec![0_u32; parts];
    let mut done = 0_usize;
    for (at, (key, _)) in (0_u32..).zip(keys) {
        let part = part(*key, parts);
        if part >= done {
            begins.get_mut(done..=part).unwrap_or_default().fill(at);
            done = part.saturating_add(1);
        }
    }
    let end = u32::try_from(keys.len()).unwrap_or(u32::MAX);
    begins.get_mut(done..).unwrap_or_default().fill(end);
    begins
}

/// The part of a key where there are so many, a power of two.
fn part(key: Key, parts: usize) -> usize {
    (key >> 1 >> 63_u32.saturating_sub(parts.max(1).trailing_zeros())) as usize
}
