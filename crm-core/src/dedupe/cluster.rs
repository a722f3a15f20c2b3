//! Pairs become groups: who is linked is one, unless only a chain of weak links says so.
#![expect(clippy::float_arithmetic, reason = "odds are real numbers; what leaves is quantised")]

use std::collections::{BTreeMap, BTreeSet};

/// A pair of records, the lower place first, and the log2 odds that they are one.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Edge {
    /// One.
    pub(super) left: u32,
    /// The other.
    pub(super) right: u32,
    /// The odds.
    pub(super) odds: f64,
}

/// Which share of the pairs between two groups must be likely for one link to join them, on average. A pair beside its
/// group of two passes with one good link; a chain of strangers does not.
const LINKED: f64 = 0.2;

/// Groups of records, and every pair in them with the odds of the weakest link of its strongest chain.
///
/// Links are taken from the strongest to the weakest, among equals by place; the result depends on no other order. Two
/// groups with a pair that somebody told `apart` stay so; two of which one link would make one stay apart where fewer than [`LINKED`] of the pairs between them are likely.
/// Rule DUP-8 (F032).
pub(super) fn groups(edges: &[Edge], apart: &BTreeSet<(u32, u32)>, least: f64) -> Vec<Edge> {
    let mut known = edges.to_vec();
    known.sort_by_key(|edge| (edge.left, edge.right));
    let odds_of = |pair: (u32, u32)| {
        let at = known.binary_search_by_key(&pair, |edge| (edge.left, edge.right)).ok()?;
        known.get(at).map(|edge| edge.odds)
    };
    let mut links: Vec<Edge> = edges.iter().filter(|edge| edge.odds >= least).copied().collect();
    links.sort_by(|a, b| b.odds.total_cmp(&a.odds).then((a.left, a.right).cmp(&(b.left, b.right))));
    let last = links.iter().map(|link| link.left.max(link.right)).max();
    let mut group_of: Vec<u32> = last.map_or_else(Vec::new, |last| (0..=last).collect());
    let mut members: BTreeMap<u32, Vec<u32>> = BTreeMap::new();
    let mut pairs = Vec::new();
    for link in links {
        let own = |at: u32| group_of.get(at as usize).copied().unwrap_or(at);
        let (one, two) = (own(link.left), own(link.right));
        if one == two {
            continue;
        }
        let of = |group: u32| members.get(&group).cloned().unwrap_or_else(|| vec![group]);
        let (a, b) = (of(one), of(two));
        let between = || a.iter().flat_map(|x| b.iter().map(|y| (*x.min(y), *x.max(y))));
        let likely = between().filter_map(odds_of).filter(|odds| *odds > 0.0).count();
        let all = a.len().saturating_mul(b.len());
        #[expect(clippy::cast_precision_loss, reason = "sizes of groups")]
        let share = likely as f64 / all.max(1) as f64;
        if share < LINKED || !apart.is_empty() && between().any(|pair| apart.contains(&pair)) {
            continue;
        }
        pairs.extend(between().map(|(left, right)| Edge { left, right, odds: link.odds }));
        let (kept, gone) = (one.min(two), one.max(two));
        members.remove(&gone);
        let all: Vec<u32> = a.iter().chain(&b).copied().collect();
        for at in &all {
            if let Some(group) = group_of.get_mut(*at as usize) {
                *group = kept;
            }
        }
        members.insert(kept, all);
    }
    pairs.sort_by_key(|pair| (pair.left, pair.right));
    pairs
}
