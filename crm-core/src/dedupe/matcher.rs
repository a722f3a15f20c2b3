//! From profiles to pairs: encode, block, compare, learn, group.
#![expect(
    clippy::float_arithmetic,
    reason = "probabilities are real numbers; what leaves is quantised"
)]
#![expect(clippy::cast_precision_loss, reason = "counts of records are far below 2^53")]

use std::collections::BTreeSet;

use super::block;
use super::cluster::{Edge, groups};
use super::compare::{Comparer, Found, ROUNDED};
use super::encode::{Encoder, Entry, Symbol};
use super::fields::{
    CUSTOM, EMAIL, FIELDS, LEVELS, MISSING, NAME, NUMBER, PHONE, STREET, field_of,
};
use super::model::{Group, Learning, Model, probability};
use super::profile::{Party, Profile};
use super::sieve::{Bound, Sieve, Sketch};
use super::street::{Way, Ways};

/// From this probability on, in basis points, two records are likely one.
pub const LIKELY: u16 = 9500;
/// From this probability on they may be merged without asking: precision at least 0.99.
pub const CERTAIN: u16 = 9990;

/// The pairs of the groups that likely are one, by edges of at least [`LIKELY`]. Rule DUP-9 (F032).
pub(super) fn likely(edges: &[Edge], apart: &BTreeSet<(u32, u32)>) -> Vec<Edge> {
    groups(edges, apart, odds_of(LIKELY))
}

/// What two under one roof can be at most.
const UNDER_ONE_ROOF: u16 = 9800;

/// What two under one roof can be at most who differ in two things of their own: not likely.
const TWO_UNDER_ONE_ROOF: u16 = 9000;
/// The log2 odds of what cannot be, at most.
const EXCLUDED: f64 = -6.0;

/// Random pairs by which chance agreement is measured.
const SAMPLE: usize = 50_000;
/// Candidates that score less than so many bits by what is believed before anything is learned are let go: what they have
/// in common speaks against them, before it is even asked how few of all pairs are one.
pub(super) const HOPELESS: f64 = 0.0;
/// Pairs that are looked at together: what is read of them fits a near cache.
const BATCH: usize = 128;
/// A little less than that.
const NO_HOPE: f64 = HOPELESS - ROUNDED;
/// Pairs that what is believed is worth, for what happens among duplicates; among strangers.
const BELIEF: f64 = 20.0;
const BELIEF_CHANCE: f64 = 10.0;
/// The share of records that have a duplicate, before anything is known.
const DUPLICATED: f64 = 0.2;

/// Two records and the levels of their fields.
type Stranger = (u32, u32, [u8; FIELDS]);

/// A pair that is likely one party.
#[derive(Clone, Debug, PartialEq)]
pub struct Pair {
    /// The place of one profile.
    pub left: usize,
    /// The place of the other, which is greater.
    pub right: usize,
    /// How likely they are one, in basis points, rounded to the nearest and never 10,000: of the weakest link of the
    /// strongest chain between them.
    pub probability: u16,
    /// What speaks for it: fields, the heaviest first.
    pub reasons: Vec<String>,
}

/// What was found among profiles.
#[derive(Clone, Debug)]
pub struct Matches {
    /// Every pair of every group, by place.
    pub pairs: Vec<Pair>,
    /// Pairs that were compared.
    pub compared: usize,
}

/// Profiles made comparable, and what was learned from them.
#[derive(Clone, Debug)]
pub struct Matcher {
    pub(super) party: Party,
    pub(super) encoder: Encoder,
    pub(super) entries: Vec<Entry>,
    pub(super) model: Model,
    /// How many parties the records are, roughly.
    pub(super) parties: f64,
    pub(super) identifiers: u32,
    /// The logarithms of how many parties agree on each level by chance.
    usual: [[Option<f64>; LEVELS]; FIELDS],
    candidates: Vec<(u32, u32)>,
    found: Vec<Found>,
    /// The first of the records that say the very same, and the others of them.
    copies: Vec<(u32, u32)>,
    /// How many pairs were compared.
    compared: usize,
    /// The pairs of which somebody said that they are not one.
    apart: BTreeSet<(u32, u32)>,
}

impl Matcher {
    /// Makes profiles comparable and learns from them. `identifiers` are the codes of custom fields that name one party,
    /// `apart` the pairs of places of which somebody said that they are not one.
    ///
    /// The order of the profiles decides ties alone; give them by a key of their own and it decides nothing.
    pub fn learn(
        party: Party,
        profiles: &[Profile],
        identifiers: &[String],
        apart: &BTreeSet<(usize, usize)>,
    ) -> Self {
        let mut encoder = Encoder::of(party, profiles);
        let marks =
            encoder.custom.iter().enumerate().filter(|(_, code)| identifiers.contains(code));
        let identifiers = marks.fold(0, |bits, (at, _)| bits | 1 << at);
        let entries: Vec<Entry> = profiles.iter().map(|profile| encoder.entry(profile)).collect();
        let n = entries.len() as f64;
        let total = (n * (n - 1.0) / 2.0).max(1.0);
        let model = Model::believed(party, identifiers, (n * DUPLICATED / total).min(0.05));
        let mut matcher = Self {
            entries,
            identifiers,
            apart: apart.iter().map(|(a, b)| place_pair(*a, *b)).collect(),
            ..Self::empty(party, encoder, model)
        };
        let mut group_of: Vec<u32> = (0..).take(matcher.entries.len()).collect();
        matcher.count(&group_of);
        let ways = Ways::of(&matcher.encoder.lexicon, &matcher.entries);
        matcher.block(&ways);
        let sample = matcher.sample(&ways);
        drop(ways);
        matcher.chance(&sample, &group_of);
        matcher.train(total);
        // And again: rarity and chance are those of parties, and who is one is not known the first time.
        for edge in likely(&matcher.edges(), &matcher.apart) {
            let (left, right) = (edge.left as usize, edge.right as usize);
            let one = group_of.get(left).copied().unwrap_or(0);
            if let Some(group) = group_of.get_mut(right) {
                *group = one.min(*group);
            }
        }
        matcher.count(&group_of);
        matcher.chance(&sample, &group_of);
        matcher.train(total);
        matcher
    }

    fn empty(party: Party, encoder: Encoder, model: Model) -> Self {
        let mut matcher = Self {
            party,
            encoder,
            entries: Vec::new(),
            model,
            parties: 1.0,
            identifiers: 0,
            usual: [[None; LEVELS]; FIELDS],
            candidates: Vec::new(),
            found: Vec::new(),
            copies: Vec::new(),
            compared: 0,
            apart: BTreeSet::new(),
        };
        matcher.expect();
        matcher
    }

    /// How many parties have each value.
    fn count(&mut self, group_of: &[u32]) {
        let mut order: Vec<(u32, usize)> = group_of.iter().copied().zip(0..).collect();
        order.sort_unstable();
        let parties = order.chunk_by(|a, b| a.0 == b.0).count();
        let entries = order.iter().filter_map(|(group, at)| Some((*group, self.entries.get(*at)?)));
        self.encoder.lexicon.count(entries);
        self.parties = parties.max(1) as f64;
        self.expect();
    }

    /// Finds the candidates and compares them.
    fn block(&mut self, ways: &Ways) {
        let lex = &self.encoder.lexicon;
        let prints = self.entries.iter().map(Entry::fingerprint).zip(0_u32..);
        let mut prints: Vec<(u64, u32)> = prints.collect();
        prints.sort_unstable();
        for same in prints.chunk_by(|a, b| a.0 == b.0) {
            let Some(((_, first), others)) = same.split_first() else { continue };
            let own = self.entries.get(*first as usize);
            let copies = others.iter().filter(|(_, at)| self.entries.get(*at as usize) == own);
            self.copies.extend(copies.map(|(_, at)| (*first, *at)));
        }
        let mut copies: Vec<u32> = self.copies.iter().map(|(_, at)| *at).collect();
        copies.sort_unstable();
        let without = self.without_key(&copies);
        let mut all = Vec::new();
        let mut keys = Vec::new();
        for (at, entry) in (0_u32..).zip(&self.entries) {
            if copies.binary_search(&at).is_ok() {
                continue;
            }
            block::keys_met(lex, self.party, entry, &without, &mut keys);
            all.extend(keys.iter().map(|key| (*key, at)));
        }
        let mut pairs = block::pairs(all);
        pairs.extend(&self.copies);
        let (candidates, kept) = self.worth_it(&pairs, ways);
        let cannot = candidates.iter().zip(&kept).filter(|(_, found)| self.excluded(found));
        let cannot: Vec<(u32, u32)> = cannot.map(|(pair, _)| *pair).collect();
        self.apart.extend(cannot);
        (self.candidates, self.found, self.compared) = (candidates, kept, pairs.len());
    }

    /// How many records have each value that may have no key of it: copies, and streets of which only the two rarest words
    /// are keys.
    fn without_key(&self, copies: &[u32]) -> Vec<u32> {
        let mut without = vec![0_u32; self.encoder.lexicon.len()];
        let mut one_more = |symbol: Symbol| {
            if let Some(count) = without.get_mut(symbol as usize) {
                *count = count.saturating_add(1);
            }
        };
        for (at, entry) in (0_u32..).zip(&self.entries) {
            if copies.binary_search(&at).is_ok() {
                entry.values(&mut one_more);
            } else if entry.street[2] != 0 {
                entry.street.into_iter().for_each(&mut one_more);
            }
        }
        without
    }

    /// The pairs that are not hopeless, and what they have in common.
    ///
    /// Pairs go through three sieves, some at a time: what is needed of their second records is read of all of
    /// them before any is compared, so that memory is waited for once.
    fn worth_it(&self, pairs: &[(u32, u32)], ways: &Ways) -> (Vec<(u32, u32)>, Vec<Found>) {
        let lex = &self.encoder.lexicon;
        let entries = &self.entries;
        let sketches = entries.iter().map(|entry| Sketch::of(lex, self.party, entry));
        let sketches: Vec<Sketch> = sketches.collect();
        let sieve = Sieve::of(self.party, self.identifiers, &self.model);
        let mut comparer = Comparer::new(lex, self.party);
        let (mut candidates, mut kept) = (Vec::new(), Vec::new());
        let mut hopeful: Vec<((u32, u32), Bound, u8)> = Vec::new();
        for batch in pairs.chunks(BATCH) {
            let near = batch.iter().filter_map(|(_, b)| sketches.get(*b as usize));
            touch(near.map(Sketch::ends));
            hopeful.clear();
            for (a, b) in batch {
                let both = sketches.get(*a as usize).zip(sketches.get(*b as usize));
                let bound = both.and_then(|(one, two)| sieve.bound(one, two, NO_HOPE));
                hopeful.extend(bound.map(|bound| ((*a, *b), bound, MISSING)));
            }
            touch(hopeful.iter().filter_map(|((_, b), ..)| ways.get(*b)).map(Way::ends));
            hopeful.retain_mut(|((a, b), bound, street)| {
                if let Some((one, two)) = ways.get(*a).zip(ways.get(*b)) {
                    *street = comparer.street(ways, one, two);
                }
                bound.sum() + self.model.weight(STREET, *street) >= NO_HOPE
            });
            let near = hopeful.iter().filter_map(|((_, b), ..)| entries.get(*b as usize));
            touch(near.map(|entry| comparer.read(entry)));
            for ((a, b), bound, street) in &hopeful {
                let both = entries.get(*a as usize).zip(entries.get(*b as usize));
                let known = (*street, *bound);
                let hope = (&self.model, HOPELESS);
                if let Some(found) =
                    both.and_then(|both| comparer.compare_beside(both, known, hope))
                {
                    candidates.push((*a, *b));
                    kept.push(found);
                }
            }
        }
        (candidates, kept)
    }

    /// Pairs that share nothing but chance, the same for the same number of records.
    fn sample(&self, ways: &Ways) -> Vec<Stranger> {
        let n = self.entries.len() as u64;
        if n < 2 {
            return Vec::new();
        }
        let mut state = 0x9E37_79B9_7F4A_7C15_u64;
        let mut next = || {
            state ^= state << 13;
            state ^= state >> 7;
            state ^= state << 17;
            (state >> 16).checked_rem(n).unwrap_or(0)
        };
        let mut comparer = Comparer::new(&self.encoder.lexicon, self.party);
        let most = usize::try_from(n.saturating_mul(n)).map_or(SAMPLE, |all| all.min(SAMPLE));
        let mut found = Vec::with_capacity(most);
        let place = |at: u64| u32::try_from(at).unwrap_or(0);
        let drawn: Vec<(u32, u32)> = (0..most).map(|_| (place(next()), place(next()))).collect();
        let entry = |at: u32| self.entries.get(at as usize);
        for batch in drawn.chunks(BATCH) {
            let near = batch.iter().flat_map(|(a, b)| [*a, *b]).filter_map(entry);
            touch(near.map(|entry| comparer.read(entry)));
            for (a, b) in batch.iter().filter(|(a, b)| a != b) {
                let (both, streets) = (entry(*a).zip(entry(*b)), ways.get(*a).zip(ways.get(*b)));
                let Some((both, (one, two))) = both.zip(streets) else { continue };
                let street = comparer.street(ways, one, two);
                found.push((*a, *b, comparer.compare_but_street(both, street).levels));
            }
        }
        found
    }

    /// How often strangers agree, from random pairs of different groups.
    fn chance(&mut self, sample: &[Stranger], group_of: &[u32]) {
        let group = |at: u32| group_of.get(at as usize);
        let mut counts = [[0.0; LEVELS]; FIELDS];
        // Whoever is believed to be one is no stranger; with few records each pair is drawn many times and counts once.
        let believed = Model::believed(self.party, self.identifiers, self.model.prior);
        let n = self.entries.len() as f64;
        let drawn = sample.len().max(1) as f64;
        let once = f64::min(1.0, n * (n - 1.0) / 2.0 / drawn);
        let strangers = sample
            .iter()
            .filter(|(a, b, levels)| group(*a) != group(*b) && believed.odds(levels, 0.0) < 0.0);
        for (_, _, levels) in strangers {
            for (counts, level) in counts.iter_mut().zip(levels) {
                if let Some(count) = counts.get_mut(usize::from(*level)) {
                    *count += once;
                }
            }
        }
        for (at, (u, counts)) in self.model.u.iter_mut().zip(&counts).enumerate() {
            let levels = field_of(self.party, at, self.identifiers).levels;
            let believed: f64 = levels.iter().map(|level| level.u).sum();
            let said: f64 = counts.iter().take(usize::from(MISSING)).sum();
            for ((u, count), level) in u.iter_mut().zip(counts).zip(levels) {
                *u = (count + BELIEF_CHANCE * level.u / believed) / (said + BELIEF_CHANCE);
            }
        }
        self.model.weigh();
        self.expect();
    }

    /// Learns how often duplicates agree, from the candidates.
    fn train(&mut self, total: f64) {
        let mut seen: Vec<u128> = Vec::with_capacity(self.found.len());
        for found in self.found.iter().filter(|found| !self.excluded(found)) {
            // An eighth of a bit is finer than anything that is known.
            #[expect(clippy::cast_possible_truncation, reason = "a few hundred at most")]
            let eighths = libm::round(self.rarity(found) * 8.0) as i32;
            seen.push(look(&found.levels, eighths));
        }
        seen.sort_unstable();
        let same = seen.chunk_by(|a, b| a == b);
        let groups = same.filter_map(|block| {
            let (levels, eighths) = look_of(*block.first()?);
            let rarity = f64::from(eighths) / 8.0;
            Some(Group { levels, rarity, count: block.len() as f64 })
        });
        let groups: Vec<Group> = groups.collect();
        let believed = Model::believed(self.party, self.identifiers, self.model.prior);
        self.model.m = believed.m;
        self.model.weigh();
        let how = Learning { total, belief: BELIEF, rounds: 25, still: 1e-4, both: false };
        self.model.learn(&groups, how);
    }

    /// Bits that the rarity of what both have adds.
    pub(super) fn rarity(&self, found: &Found) -> f64 {
        let shared = found.shared.iter().enumerate().filter(|(_, symbol)| **symbol != 0);
        shared.map(|(at, symbol)| self.rarity_of(found, at, *symbol)).sum()
    }

    /// Whether two records cannot be one: companies with different numbers of registration, which have a check digit.
    /// Rule DUP-14 (F032).
    pub(super) fn excluded(&self, found: &Found) -> bool {
        self.party == Party::Company && matches!(found.level(NUMBER), 2 | 3)
    }

    /// The log2 odds of a pair. Two who agree on what a roof shares and differ in what is their own are never certain:
    /// a family, a group of companies. Rule DUP-10 (F032).
    pub(super) fn odds(&self, found: &Found) -> f64 {
        let odds = self.model.odds(&found.levels, self.rarity(found));
        if self.excluded(found) {
            return odds.min(EXCLUDED);
        }
        if odds < odds_of(TWO_UNDER_ONE_ROOF) {
            return odds;
        }
        let own = found.levels.iter().enumerate().filter(|(at, _)| !self.model.is_shared(*at));
        let own: f64 = own.map(|(at, level)| self.bits(found, at, *level)).sum();
        let differ = [NAME, NUMBER, PHONE, EMAIL].into_iter().filter(|at| {
            let levels = field_of(self.party, *at, self.identifiers).levels.len();
            usize::from(found.level(*at)).saturating_add(1) == levels
        });
        match () {
            () if own >= -1.0 => odds,
            // One may be wrong, two are hardly.
            () if differ.count() > 1 => odds_of(TWO_UNDER_ONE_ROOF),
            () => odds.min(odds_of(UNDER_ONE_ROOF)),
        }
    }

    /// What a field weighs for a pair, the rarity of what both have included.
    pub(super) fn bits(&self, found: &Found, at: usize, level: u8) -> f64 {
        let shared = found.shared.get(at).copied().filter(|symbol| *symbol != 0);
        let rarity = shared.map_or(0.0, |symbol| self.rarity_of(found, at, symbol));
        self.model.weight(at, level) + rarity
    }

    /// Bits that the rarity of one value adds to the weight of its level.
    pub(super) fn rarity_of(&self, found: &Found, at: usize, symbol: u32) -> f64 {
        let common = f64::from(self.encoder.lexicon.share(symbol).common);
        let level = usize::from(found.level(at));
        let usual = self.usual.get(at).and_then(|usual| usual.get(level)).copied().flatten();
        usual.map_or(0.0, |usual| (usual - common).clamp(-6.0, 8.0))
    }

    /// Works out anew how many parties agree on each level by chance, as a logarithm.
    fn expect(&mut self) {
        for (usual, u) in self.usual.iter_mut().zip(&self.model.u) {
            for (usual, u) in usual.iter_mut().zip(u) {
                *usual = (*u > 0.0).then(|| libm::log2(u * self.parties));
            }
        }
    }

    /// The candidates with their odds.
    pub(super) fn edges(&self) -> Vec<Edge> {
        let scored = self.candidates.iter().zip(&self.found).map(|((left, right), found)| Edge {
            left: *left,
            right: *right,
            odds: self.odds(found),
        });
        scored.filter(|edge| edge.odds > -8.0).collect()
    }

    /// Every pair of every group.
    pub fn matches(&self) -> Matches {
        let mut comparer = Comparer::new(&self.encoder.lexicon, self.party);
        let pairs = likely(&self.edges(), &self.apart).into_iter().filter_map(|edge| {
            let (left, right) = (edge.left as usize, edge.right as usize);
            let (a, b) = self.entries.get(left).zip(self.entries.get(right))?;
            let found = comparer.compare(a, b);
            let reasons = self.reasons(&found);
            Some(Pair { left, right, probability: points(edge.odds), reasons })
        });
        Matches { pairs: pairs.collect(), compared: self.compared }
    }

    /// The fields that speak for a pair, the heaviest first.
    pub(super) fn reasons(&self, found: &Found) -> Vec<String> {
        let weighed = found.levels.iter().enumerate().filter_map(|(at, level)| {
            let bits = self.bits(found, at, *level);
            (bits >= 1.0).then_some((bits, at))
        });
        let mut weighed: Vec<(f64, usize)> = weighed.collect();
        weighed.sort_by(|a, b| b.0.total_cmp(&a.0).then(a.1.cmp(&b.1)));
        weighed.into_iter().map(|(_, at)| self.field_name(at)).collect()
    }

    /// What a field is called: of a custom one, `custom.` and its code.
    pub(super) fn field_name(&self, at: usize) -> String {
        match self.encoder.custom.get(at.wrapping_sub(CUSTOM)) {
            Some(code) => format!("custom.{code}"),
            None => field_of(self.party, at, 0).name.to_owned(),
        }
    }
}

impl Matcher {
    /// The odds that two entries are one, by what was learned.
    pub(super) fn judged(&self, a: &Entry, b: &Entry, comparer: &mut Comparer<'_>) -> f64 {
        self.odds(&comparer.compare(a, b))
    }
}

/// One pair of records and what each field says of it; bits are in hundredths.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Explained {
    /// How likely any two records are one.
    pub prior: i32,
    /// What each field says that both fill.
    pub fields: Vec<Part>,
    /// What is taken away from two under one roof.
    pub roof: i32,
    /// The log2 odds: the sum of all of these.
    pub odds: i32,
    /// The same as a probability in basis points.
    pub probability: u16,
}

/// What one field says of a pair; bits are in hundredths.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Part {
    /// The field.
    pub field: String,
    /// On which level the two agree.
    pub level: String,
    /// How much that weighs, with the rarity of the value.
    pub centibits: i32,
    /// How much of it the rarity is.
    pub rarity: i32,
}

impl Matcher {
    /// Why two records are likely one, or not; in parts that add up exactly.
    pub fn explain(&self, left: usize, right: usize) -> Explained {
        let nobody = Entry::default();
        let entry = |place: usize| self.entries.get(place).unwrap_or(&nobody);
        let mut comparer = Comparer::new(&self.encoder.lexicon, self.party);
        let found = comparer.compare(entry(left), entry(right));
        let said = found.levels.iter().enumerate().filter(|(_, level)| **level != MISSING);
        let fields: Vec<Part> = said
            .map(|(at, level)| {
                let all = self.bits(&found, at, *level);
                let levels = field_of(self.party, at, self.identifiers).levels;
                let name = levels.get(usize::from(*level)).map_or("", |level| level.name);
                Part {
                    field: self.field_name(at),
                    level: name.to_owned(),
                    centibits: centibits(all),
                    rarity: centibits(all - self.model.weight(at, *level)),
                }
            })
            .collect();
        let prior = centibits(self.model.prior_odds());
        let sum = fields.iter().fold(prior, |sum, part| sum.saturating_add(part.centibits));
        let exact = self.model.odds(&found.levels, self.rarity(&found));
        let roof = centibits((self.odds(&found) - exact).min(0.0));
        let odds = sum.saturating_add(roof);
        Explained { prior, fields, roof, odds, probability: points(f64::from(odds) / 100.0) }
    }
}

/// Bits in hundredths, rounded to the nearest.
fn centibits(bits: f64) -> i32 {
    #[expect(clippy::cast_possible_truncation, reason = "some thousands at most")]
    let hundredths = libm::round(bits * 100.0) as i32;
    hundredths
}

/// What a pair looks like in one number, which is in the order of levels, then of rarity: four bits a level.
fn look(levels: &[u8; FIELDS], rarity: i32) -> u128 {
    let levels = levels.iter().fold(0, |all, level| all << 4 | u128::from(level & MISSING));
    levels << 32 | u128::from(rarity.cast_unsigned() ^ 1 << 31)
}

/// The levels and the rarity of a look.
fn look_of(look: u128) -> ([u8; FIELDS], i32) {
    #[expect(clippy::cast_possible_truncation, reason = "parts of a number are taken out of it")]
    let rarity = (look as u32 ^ 1 << 31).cast_signed();
    let mut levels = [MISSING; FIELDS];
    let mut rest = look >> 32;
    for level in levels.iter_mut().rev() {
        #[expect(
            clippy::cast_possible_truncation,
            reason = "parts of a number are taken out of it"
        )]
        let low = rest as u8;
        *level = low & MISSING;
        rest >>= 4;
    }
    (levels, rarity)
}

/// Reads what will be compared, so that it is near when it is.
fn touch(read: impl Iterator<Item = u32>) {
    core::hint::black_box(read.fold(0, |all, one| all ^ one));
}

fn place_pair(a: usize, b: usize) -> (u32, u32) {
    let place = |at: usize| u32::try_from(at).unwrap_or(u32::MAX);
    (place(a.min(b)), place(a.max(b)))
}

/// How likely a profile is one with each of others where nothing was learned, and what speaks for it: at entry, beside
/// stored records.
///
/// What is believed of every field counts, one in 25,000 pairs is one, and no value is rarer than another.
/// Rule DUP-13 (F032).
pub fn believed(party: Party, one: &Profile, others: &[Profile]) -> Vec<(u16, Vec<String>)> {
    // What the others say beside it, custom fields above all, cannot be compared.
    let mut encoder = Encoder::of(party, core::slice::from_ref(one));
    let own = encoder.entry(one);
    let entries: Vec<Entry> = others.iter().map(|profile| encoder.entry(profile)).collect();
    let model = Model::believed(party, 0, 1.0 / ENTRY_PRIOR);
    let matcher = Matcher::empty(party, encoder, model);
    let mut comparer = Comparer::small(&matcher.encoder.lexicon, party);
    let judged = |other: &Entry| {
        // Without counts the rarity of a value is what its level says of it.
        let found = Found { shared: [0; FIELDS], ..comparer.compare(&own, other) };
        (points(matcher.odds(&found)), matcher.reasons(&found))
    };
    entries.iter().map(judged).collect()
}

/// One pair in so many is one, of a new record and those that are stored.
const ENTRY_PRIOR: f64 = 25_000.0;

/// The log2 odds of a probability in basis points.
pub(super) fn odds_of(points: u16) -> f64 {
    let share = f64::from(points) / 10_000.0;
    libm::log2(share / (1.0 - share))
}

/// A probability in basis points, of log2 odds.
pub(super) fn points(odds: f64) -> u16 {
    #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "0 to 9,999")]
    let points = libm::round(probability(odds) * 10_000.0).clamp(0.0, 9_999.0) as u16;
    points
}
