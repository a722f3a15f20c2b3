//! What is bought together: who has one thing and lacks another, and which things go together more often than by chance.

use std::collections::{BTreeMap, BTreeSet};

use rust_decimal::Decimal;
use uuid::Uuid;

use super::special::{basis_points_up, false_discovery, fisher_at_least};
use crate::analytics::amount::rounded;
use crate::analytics::stats::Proportion;

/// Who has all of `has` and none of `lacks`, by id. Whoever bought nothing has nothing. Rule CU-7 (F147).
pub fn has_lacks(
    owned: &BTreeMap<Uuid, BTreeSet<Uuid>>,
    has: &BTreeSet<Uuid>,
    lacks: &BTreeSet<Uuid>,
) -> Vec<Uuid> {
    let fits = |own: &BTreeSet<Uuid>| has.is_subset(own) && lacks.is_disjoint(own);
    owned.iter().filter(|(_, own)| fits(own)).map(|(customer, _)| *customer).collect()
}

/// Whoever has one product more often has another.
#[derive(Clone, Debug, PartialEq)]
pub struct Together {
    /// The one.
    pub product: Uuid,
    /// The other.
    pub other: Uuid,
    /// How many have both.
    pub both: u64,
    /// How many have the one.
    pub having: u64,
    /// How many have the other.
    pub having_other: u64,
    /// How many there are.
    pub of: u64,
    /// The chance of as many having both if neither had to do with the other, in basis points, rounded up (Fisher's exact
    /// test, one-sided).
    pub chance: u32,
    /// The share of false findings to reckon with if this and every likelier finding is believed, in basis points, rounded up
    /// (Benjamini–Hochberg over every pair that was tested).
    pub false_share: u32,
    exact: f64,
}

impl Together {
    /// How many have both.
    pub const fn support(&self) -> Proportion {
        Proportion::new(self.both, self.of)
    }

    /// How many of those who have the one have the other.
    pub const fn confidence(&self) -> Proportion {
        Proportion::new(self.both, self.having)
    }

    /// How many times as often as by chance they have both, at four places.
    pub fn lift(&self) -> Option<Decimal> {
        let pair = Decimal::from(self.both).checked_mul(Decimal::from(self.of))?;
        let each = Decimal::from(self.having).checked_mul(Decimal::from(self.having_other))?;
        Some(rounded(pair.checked_div(each)?, 4))
    }
}

/// What is bought together, and out of how many tests.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Association {
    /// Pairs found, both ways round, the likeliest first.
    pub pairs: Vec<Together>,
    /// Pairs of products that were tested.
    pub tests: u64,
    /// How many sets were looked at.
    pub sets: u64,
}

/// Pairs of products that the same have more often than by chance: at most `false_share` basis points of what is told is to be
/// reckoned false. Tested is every pair of products that at least `least` have each, whether or not anybody has both, so the
/// number of tests does not depend on what is found. Rule CU-8 (F147).
pub fn associated(
    owned: &BTreeMap<Uuid, BTreeSet<Uuid>>,
    least: u64,
    false_share: u32,
) -> Association {
    let mut having: BTreeMap<Uuid, u64> = BTreeMap::new();
    for product in owned.values().flatten() {
        let count = having.entry(*product).or_default();
        *count = count.saturating_add(1);
    }
    having.retain(|_, count| *count >= least);
    let known = having.len() as u64;
    let tests = known.saturating_mul(known.saturating_sub(1)).checked_div(2).unwrap_or(0);
    let mut both: BTreeMap<(Uuid, Uuid), u64> = BTreeMap::new();
    for own in owned.values() {
        let own: Vec<Uuid> = own.iter().copied().filter(|one| having.contains_key(one)).collect();
        for (at, one) in own.iter().enumerate() {
            for other in own.iter().skip(at.saturating_add(1)) {
                let count = both.entry((*one, *other)).or_default();
                *count = count.saturating_add(1);
            }
        }
    }
    let of = owned.len() as u64;
    let count = |product: &Uuid| having.get(product).copied().unwrap_or_default();
    let pairs: Vec<((Uuid, Uuid), u64, f64)> = both
        .into_iter()
        .map(|((one, other), seen)| {
            let chance = fisher_at_least(of, count(&one), count(&other), seen);
            ((one, other), seen, chance)
        })
        .collect();
    let chances: Vec<f64> = pairs.iter().map(|(_, _, chance)| *chance).collect();
    let adjusted = false_discovery(&chances, tests);
    let mut found = Vec::new();
    for (((one, other), seen, chance), share) in pairs.into_iter().zip(adjusted) {
        let share = basis_points_up(share);
        if share > false_share {
            continue;
        }
        for (product, other) in [(one, other), (other, one)] {
            found.push(Together {
                product,
                other,
                both: seen,
                having: count(&product),
                having_other: count(&other),
                of,
                chance: basis_points_up(chance),
                false_share: share,
                exact: chance,
            });
        }
    }
    found.sort_by(|a, b| {
        let exact = a.exact.total_cmp(&b.exact);
        exact.then((a.product, a.other).cmp(&(b.product, b.other)))
    });
    Association { pairs: found, tests, sets: of }
}

#[cfg(test)]
#[path = "basket_tests.rs"]
mod tests;
