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
//! whose credit would be the first to exceed 1 − 1/(2n − 2). Where that choice would leave somebody beyond
//! ±(1 − 1/(2n − 2)), the one with the greatest credit gets the lead instead.
//!
//! **The bound.** With n users in the ledger, |got − share| ≤ max(1 − 1/(2n − 2), (n − 1)/2) after every lead, whoever
//! could take which lead; and ≤ 1 − 1/(2n − 2), less than one lead, as long as the same users could take every lead
//! (Tijdeman's theorem; with equal weights the counts then differ by at most 1). For the first half, let f(k) =
//! k(n − k)/2. The credits of any k users sum to at most f(k): they do at the start; they do whenever all credits lie
//! within ±(1 − 1/(2n − 2)), since the sum of k is also less the sum of the others; and giving a lead to the greatest
//! credit keeps it so. For let S be k users after that step, and j the one who got the lead. If j is in S, or nobody of
//! S could take it, the sum of S has not grown. Else take i in S who could: i's credit is at most j's + 1, so twice the
//! sum of S = (sum of S with j) + (sum of S without i) + (i's credit − j's credit) ≤ f(k + 1) + f(k − 1) + 1 = 2 f(k), by
//! induction over k. With k = 1 and k = n − 1 follows ±(n − 1)/2. No method that decides at once can do better than a
//! bound that grows with n when who can take a lead is arbitrary (M. Ajtai and others, "Fairness in scheduling",
//! Journal of Algorithms 29, 1998).
//!
//! **Exactly.** Credits are whole numbers of [`UNIT`]s. A lead moves the clock of the ledger by ⌊UNIT / W⌋, W being the
//! sum of the weights that take part; a user gains weight × that, the chosen one pays W × that. So credits sum to 0
//! exactly, and shares differ from the true ones by less than weight / UNIT of a lead for each lead. The bounds above
//! hold to a millionth of a lead.

use crate::record;
use crate::settings::User;
use crate::value::{Code, Id};

/// One lead: the least common multiple of 1 to 26, so that it divides evenly among most sums of weights.
pub const UNIT: i64 = 26_771_144_400;

/// What rounding may add to a credit: a millionth of a lead.
const SLACK: i64 = UNIT / 1_000_000;

record! {
    /// What one user is due of the leads of one rule; and, without a user, the clock of the rule.
    pub struct AssignmentShare: AssignmentShare {
        /// The code of the policy.
        1 policy: Code;
        /// The code of the rule.
        2 rule: Code;
        /// Whose; none for the clock of the rule.
        3 user: Option<Id<User>>;
        /// Their weight.
        4 weight: i64;
        /// Whether they could take the last lead: then credit has grown by weight × what the clock moved since.
        5 sharing: bool;
        /// What they were due less what they got, at `clock`, in units of a lead; 0 for the rule.
        6 credit: i64;
        /// The clock of the rule when this was written.
        7 clock: i64;
        /// How many leads they got; of the rule, how many it handed over.
        8 got: i64;
    }
    listings {
        1 unique "by_rule" ["policy", "rule", "user"];
    }
}

impl AssignmentShare {
    /// The listing by policy and rule.
    pub const BY_RULE: u16 = 1;

    /// The id of a user's share, or of a rule's clock.
    pub fn id_of(policy: &Code, rule: &Code, user: Option<Id<User>>) -> Id<Self> {
        let user = user.map(|user| user.uuid().into_bytes()).unwrap_or_default();
        Id::derived([
            b"assignment_share".as_slice(),
            policy.as_str().as_bytes(),
            rule.as_str().as_bytes(),
            &user,
        ])
    }

    /// The credit when the clock of the rule stands at `clock`.
    pub fn credit_at(&self, clock: i64) -> i64 {
        if !self.sharing {
            return self.credit;
        }
        let moved = clock.saturating_sub(self.clock);
        self.credit.saturating_add(self.weight.saturating_mul(moved))
    }
}

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

/// Who gets the next lead: the place of one who can take it; none where nobody can. Rule ASG-4 (F025, B08).
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
    let price =
        able().fold(0_i64, |sum, (_, stake)| sum.saturating_add(stake.weight.saturating_mul(step)));
    let within = |chosen: usize| {
        (0_usize..).zip(stakes).all(|(at, stake)| {
            let credit = match (at == chosen, stake.able) {
                (true, _) => after(stake).saturating_sub(price),
                (false, true) => after(stake),
                (false, false) => stake.credit,
            };
            credit.saturating_abs() <= limit
        })
    };
    first.filter(|chosen| within(*chosen)).or_else(|| {
        able().max_by_key(|(at, stake)| (after(stake), core::cmp::Reverse(*at))).map(|(at, _)| at)
    })
}
