//! How much each level of each field weighs, learned from records without answers (Fellegi & Sunter 1969; EM after
//! Winkler 1988).
#![expect(
    clippy::float_arithmetic,
    reason = "probabilities are real numbers; what leaves is quantised"
)]

use super::fields::{FIELDS, LEVELS, MISSING, field_of};
use super::profile::Party;

/// A number for each level of each field.
pub(super) type Table = [[f64; LEVELS]; FIELDS];

/// What is believed of pairs: how often the levels occur among pairs of one party and of different ones.
#[derive(Clone, Debug)]
pub(super) struct Model {
    /// The share of pairs, of all that there could be, that are one party.
    pub(super) prior: f64,
    /// How often each level occurs among pairs of one party, of those that say it at all.
    pub(super) m: Table,
    /// The same among pairs of different ones.
    pub(super) u: Table,
    /// The log2 odds of any two records.
    pub(super) odds: f64,
    /// log2(m / u).
    pub(super) weights: Table,
    /// What each field can weigh at most.
    pub(super) most: [f64; FIELDS],
    /// The fields that those under one roof share.
    pub(super) shared: [bool; FIELDS],
}

/// Pairs that look the same.
#[derive(Clone, Copy, Debug)]
pub(super) struct Group {
    /// The level of each field.
    pub(super) levels: [u8; FIELDS],
    /// Bits that the rarity of common values adds.
    pub(super) rarity: f64,
    /// How many there are.
    pub(super) count: f64,
}

/// How the model is learned.
#[derive(Clone, Copy, Debug)]
pub(super) struct Learning {
    /// Pairs that there could be.
    pub(super) total: f64,
    /// How many pairs what was believed before is worth, per field.
    pub(super) belief: f64,
    /// Rounds at most.
    pub(super) rounds: usize,
    /// It ends when no parameter moves by more.
    pub(super) still: f64,
    /// Whether `u` is learned too; else it stays.
    pub(super) both: bool,
}

impl Model {
    /// What is believed before anything is learned.
    pub(super) fn believed(party: Party, identifiers: u32, prior: f64) -> Self {
        let zero = [[0.0; LEVELS]; FIELDS];
        let mut model = Self {
            prior,
            odds: 0.0,
            m: zero,
            u: zero,
            weights: zero,
            most: [0.0; FIELDS],
            shared: [false; FIELDS],
        };
        for (at, ((m, u), shared)) in
            model.m.iter_mut().zip(&mut model.u).zip(&mut model.shared).enumerate()
        {
            let field = field_of(party, at, identifiers);
            *shared = field.shared;
            for ((m, u), level) in m.iter_mut().zip(u).zip(field.levels) {
                (*m, *u) = (level.m, level.u);
            }
        }
        model.weigh();
        model
    }

    /// Works the weights out anew.
    pub(super) fn weigh(&mut self) {
        self.odds = libm::log2(self.prior / (1.0 - self.prior));
        for ((weights, m), u) in self.weights.iter_mut().zip(&self.m).zip(&self.u) {
            for ((weight, m), u) in weights.iter_mut().zip(m).zip(u) {
                *weight = if *m > 0.0 && *u > 0.0 { libm::log2(m / u) } else { 0.0 };
            }
        }
        for (most, weights) in self.most.iter_mut().zip(&self.weights) {
            *most = weights.iter().fold(0.0, |most, weight| f64::max(most, *weight));
        }
    }

    /// The weight of a level; none where one of the two does not say.
    pub(super) fn weight(&self, field: usize, level: u8) -> f64 {
        let level = self.weights.get(field).and_then(|levels| levels.get(usize::from(level)));
        level.copied().unwrap_or(0.0)
    }

    /// The log2 odds of any two records.
    pub(super) const fn prior_odds(&self) -> f64 {
        self.odds
    }

    /// Whether those under one roof share a field.
    pub(super) fn is_shared(&self, field: usize) -> bool {
        self.shared.get(field) == Some(&true)
    }

    /// The log2 odds that a pair is one: the prior, the weights of its levels, the rarity of what both have. Rule DUP-7
    /// (F032).
    ///
    /// Source: Fellegi & Sunter (1969), with the fields taken as independent among pairs of either kind.
    pub(super) fn odds(&self, levels: &[u8; FIELDS], rarity: f64) -> f64 {
        self.prior_odds() + self.fields(levels) + rarity
    }

    /// What the levels of all fields weigh together.
    pub(super) fn fields(&self, levels: &[u8; FIELDS]) -> f64 {
        let weights = self.weights.iter().zip(levels);
        weights.map(|(weights, level)| weights.get(usize::from(*level)).unwrap_or(&0.0)).sum()
    }

    /// Learns from candidate pairs; pairs that are no candidates count as different ones. Returns the rounds it took.
    ///
    /// Expectation–maximization with what is believed as pseudo-counts; it ends when no parameter moves any more,
    /// or after the rounds allowed.
    pub(super) fn learn(&mut self, groups: &[Group], how: Learning) -> usize {
        let believed = self.clone();
        for round in 1..=how.rounds {
            let mut ones = 0.0;
            let zero = [[0.0; LEVELS]; FIELDS];
            let (mut matched, mut rest) = (zero, zero);
            for group in groups {
                let one = probability(self.odds(&group.levels, group.rarity));
                ones += one * group.count;
                for ((level, matched), rest) in group.levels.iter().zip(&mut matched).zip(&mut rest)
                {
                    let at = usize::from(*level);
                    if let Some(count) = matched.get_mut(at).filter(|_| *level != MISSING) {
                        *count += one * group.count;
                    }
                    if let Some(count) = rest.get_mut(at).filter(|_| how.both && *level != MISSING)
                    {
                        *count += (1.0 - one) * group.count;
                    }
                }
            }
            let mut moved = set(&mut self.prior, share(ones, believed.prior, how));
            moved = moved.max(settle(&mut self.m, &matched, &believed.m, how.belief));
            if how.both {
                moved = moved.max(settle(&mut self.u, &rest, &believed.u, how.belief));
            }
            self.weigh();
            if moved <= how.still {
                return round;
            }
        }
        how.rounds
    }
}

/// The share of a count among all pairs, with a few believed ones.
fn share(count: f64, believed: f64, how: Learning) -> f64 {
    let few = how.belief.min(1.0);
    ((count + few) / (how.total + few / believed.max(1e-12))).clamp(1e-12, 0.999_999)
}

/// Sets a number and tells by how much it moved.
fn set(place: &mut f64, to: f64) -> f64 {
    let moved = libm::fabs(*place - to);
    *place = to;
    moved
}

/// Counts become shares, beside what was believed; how far any of them moved.
fn settle(table: &mut Table, counts: &Table, believed: &Table, worth: f64) -> f64 {
    let mut most = 0.0;
    for ((places, counts), believed) in table.iter_mut().zip(counts).zip(believed) {
        let sum: f64 = counts.iter().sum();
        let all: f64 = believed.iter().sum();
        if sum <= 0.0 {
            continue;
        }
        for ((place, count), believed) in places.iter_mut().zip(counts).zip(believed) {
            let to = (count + worth * believed / all) / (sum + worth);
            most = f64::max(most, set(place, to));
        }
    }
    most
}

/// A probability of log2 odds.
pub(super) fn probability(odds: f64) -> f64 {
    1.0 / (1.0 + libm::exp2(-odds))
}
