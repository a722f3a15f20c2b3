//! The ledger of shares: who has got how many leads of a rule, beside how many were theirs.
//!
//! **What a share is.** Each lead of a rule is shared out among those who could have taken it at that moment, in
//! proportion to their weights: of a lead that three users of weight 1 could take, each is due a third. Whoever could
//! not take it (on leave, at capacity, off shift, the one it is taken from) is due nothing of it and keeps what they
//! were due before: nobody who comes back is flooded, and nobody loses what they were owed. The *credit* of a user is
//! what they were due less what they got; all credits of a ledger sum to nothing.
//!
//! **What counts as got.** A lead that a rule hands over. One that is refused or taken away later stays counted, so
//! that nobody gains by refusing; a lead that somebody assigns by hand is not in the ledger (X8).
//!
//! **How the next one is chosen.** By the algorithm of Tijdeman (R. Tijdeman, "The chairman assignment problem",
//! Discrete Mathematics 32, 1980): among the users whose credit, this lead included, has reached 1/(2n − 2), the one
//! whose credit would be the first to exceed 1 − 1/(2n − 2). Where that choice would leave somebody above
//! 1 − 1/(2n − 2), the one with the greatest credit gets the lead instead.
//!
//! **The bound.** With n users in the ledger, |got − share| ≤ max(1 − 1/(2n − 2), (n − 1)/2) after every lead, whoever
//! could take which lead; and ≤ 1 − 1/(2n − 2), less than one lead, as long as the same users could take every lead
//! (Tijdeman's theorem; with equal weights the counts then differ by at most 1). For the first half, let f(k) =
//! k(n − k)/2; we show that the credits of any k users sum to at most f(k), which with k = 1 and k = n − 1 is the bound.
//! It is so at the start. *The greatest credit gets the lead:* let S be k users afterwards and j the one chosen. If j is
//! in S, or nobody of S could take it, the sum of S has not grown. Else take i in S who could; i's credit is at most j's
//! + 1, so twice the sum of S = (S with j) + (S without i) + (i's credit − j's credit) ≤ f(k + 1) + f(k − 1) + 1 = 2 f(k),
//! by induction over k. *Tijdeman's choice:* it is taken only if it leaves all credits at or below 1 − 1/(2n − 2), so k of
//! them sum to at most k(1 − 1/(2n − 2)) ≤ f(k) for k ≤ n − 2; and for k = n − 1 the one left out is not below
//! −(n − 1)/2: its credit has not fallen, or it is the chosen one, whose credit had reached 1/(2n − 2). No method that
//! decides at once can do better than a bound that grows with n when who can take a lead is arbitrary (M. Ajtai and
//! others, "Fairness in scheduling", Journal of Algorithms 29, 1998).
//!
//! **Exactly.** Credits are whole numbers of [`UNIT`]s. A lead moves the clock of the ledger by ⌊UNIT / W⌋, W being the
//! sum of the weights that take part; a user gains weight × that, the chosen one pays W × that. So credits sum to 0
//! exactly, and shares differ from the true ones by less than weight / UNIT of a lead for each lead. The bounds above
//! hold to a millionth of a lead.

/// One lead: the least common multiple of 1 to 26, so that it divides evenly among most sums of weights.
pub const UNIT: i64 = 26_771_144_400;

/// What rounding may add to a credit: a millionth of a lead.
const SLACK: i64 = UNIT / 1_000_000;

/// A user of a ledger when a lead is given.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Stake {
    /// Their weight, more than 0 where they can take the lead.
    pub weight: i64,
    /// Their credit before it.
    pub credit: i64,
    /// Whether they can take it.
    pub able: bool,
}

/// How far the clock moves for one lead.
pub fn step(stakes: &[Stake]) -> i64 {
    let able = stakes.iter().filter(|stake| stake.able);
    let sum = able.fold(0_i64, |sum, stake| sum.saturating_add(stake.weight));
    UNIT.checked_div(sum).unwrap_or(0)
}

/// The thresholds of a ledger of `n` users: from which credit on one may be chosen, and which none shall exceed.
pub fn thresholds(n: usize) -> (i64, i64) {
    let n = i64::try_from(n).unwrap_or(i64::MAX / 4).max(2);
    let parts = n.saturating_mul(2).saturating_sub(2);
    let part = UNIT.saturating_add(parts).saturating_sub(1).checked_div(parts).unwrap_or(0);
    (part, UNIT.saturating_sub(part).saturating_add(SLACK))
}

/// Who gets the next lead: the place of one who can take it; none where nobody can. This is the definition, a few passes
/// over all; [`Wheel`](super::Wheel) gives the same without them. Rule ASG-4 (F025, B08).
pub fn turn(stakes: &[Stake]) -> Option<usize> {
    let step = step(stakes);
    let (release, limit) = thresholds(stakes.len());
    let able = || (0_usize..).zip(stakes).filter(|(_, stake)| stake.able);
    let after = |stake: &Stake| stake.credit.saturating_add(stake.weight.saturating_mul(step));
    let deadline = |stake: &Stake| {
        limit.saturating_sub(stake.credit).checked_div_euclid(stake.weight).unwrap_or(i64::MAX)
    };
    let ripe = able().filter(|(_, stake)| after(stake) >= release);
    let first = ripe.min_by_key(|(at, stake)| (deadline(stake), *at)).map(|(at, _)| at);
    let within = |chosen: usize| {
        (0_usize..).zip(stakes).filter(|(at, _)| *at != chosen).all(|(_, stake)| {
            let credit = if stake.able { after(stake) } else { stake.credit };
            credit <= limit
        })
    };
    first.filter(|chosen| within(*chosen)).or_else(|| {
        able().max_by_key(|(at, stake)| (after(stake), core::cmp::Reverse(*at))).map(|(at, _)| at)
    })
}
