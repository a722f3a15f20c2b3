//! The ledger of shares in memory: the next turn without a pass over all users.
//!
//! As long as the same users take part, a credit is a straight line over the clock, so the clock at which a user may be
//! chosen and the one at which their credit exceeds the limit are known when they last got a lead. Three trees hold the
//! earliest of these; one more for each weight holds the greatest credit. A turn changes one user in each.

use super::fair::{Stake, UNIT, thresholds};

/// No key.
const NONE: i64 = i64::MAX;

/// The least of a row of keys, kept while keys change: a tree of minima over places.
#[derive(Clone, Debug)]
struct Least {
    /// Node 1 is the root, the children of node k are 2k and 2k + 1, the leaves begin at `leaves`.
    keys: Vec<i64>,
    leaves: usize,
}

impl Least {
    fn new(count: usize) -> Self {
        let leaves = count.max(1).next_power_of_two();
        Self { keys: vec![NONE; leaves.saturating_mul(2)], leaves }
    }

    fn key(&self, node: usize) -> i64 {
        self.keys.get(node).copied().unwrap_or(NONE)
    }

    fn set(&mut self, place: usize, key: i64) {
        let mut node = self.leaves.saturating_add(place);
        let mut key = key;
        loop {
            match self.keys.get_mut(node) {
                Some(held) if *held != key => *held = key,
                _ => return,
            }
            if node == 1 {
                return;
            }
            key = key.min(self.key(node ^ 1));
            node >>= 1;
        }
    }

    fn least(&self) -> i64 {
        self.key(1)
    }

    /// The first place that has the least key; none where no place has a key.
    fn place(&self) -> Option<usize> {
        let least = self.least();
        if least == NONE {
            return None;
        }
        let mut node = 1_usize;
        while node < self.leaves {
            let left = node << 1;
            node = if self.key(left) == least { left } else { left | 1 };
        }
        node.checked_sub(self.leaves)
    }
}

/// One user.
#[derive(Clone, Copy, Debug)]
struct Part {
    weight: i64,
    able: bool,
    /// Their credit: as it is of one who takes no part; of one who does, less weight × clock.
    base: i64,
    /// Which of the trees by weight.
    class: usize,
}

/// The users of one weight.
#[derive(Clone, Debug)]
struct Class {
    weight: i64,
    /// The negated bases, so that the least is the greatest credit.
    greatest: Least,
}

/// The ledger of one rule in memory.
#[derive(Clone, Debug)]
pub struct Wheel {
    parts: Vec<Part>,
    classes: Vec<Class>,
    clock: i64,
    /// The weights of those who take part.
    sum: i64,
    release: i64,
    limit: i64,
    /// How many take no part whose credit is above the limit.
    strayed: usize,
    /// When who may not be chosen yet may be.
    waiting: Least,
    /// When the credit of who may be chosen exceeds the limit.
    ready: Least,
    /// The same of all who take part.
    late: Least,
}

impl Wheel {
    /// The ledger of these users. Those who cannot take a lead at first may have weight 0.
    pub fn new(stakes: &[Stake]) -> Self {
        let count = stakes.len();
        let mut weights: Vec<i64> = stakes.iter().map(|stake| stake.weight).collect();
        weights.sort_unstable();
        weights.dedup();
        let class = |weight: i64| Class { weight, greatest: Least::new(count) };
        let (release, limit) = thresholds(count);
        let mut wheel = Self {
            parts: Vec::with_capacity(count),
            classes: weights.iter().copied().map(class).collect(),
            clock: 0,
            sum: 0,
            release,
            limit,
            strayed: 0,
            waiting: Least::new(count),
            ready: Least::new(count),
            late: Least::new(count),
        };
        for (place, stake) in (0_usize..).zip(stakes) {
            let class = weights.binary_search(&stake.weight).unwrap_or(0);
            let part = Part { weight: stake.weight, able: false, base: stake.credit, class };
            wheel.parts.push(part);
            wheel.strayed = wheel.strayed.saturating_add(usize::from(stake.credit > limit));
            if stake.able {
                wheel.join(place);
            }
        }
        wheel
    }

    /// Where the clock stands.
    pub const fn clock(&self) -> i64 {
        self.clock
    }

    /// How far one lead moves the clock now.
    pub fn step(&self) -> i64 {
        UNIT.checked_div(self.sum).unwrap_or(0)
    }

    /// The credit of the user at a place.
    pub fn credit(&self, place: usize) -> i64 {
        let Some(part) = self.parts.get(place) else { return 0 };
        if part.able {
            part.base.saturating_add(part.weight.saturating_mul(self.clock))
        } else {
            part.base
        }
    }

    /// The users as they stand.
    pub fn stakes(&self) -> Vec<Stake> {
        let stake = |(place, part): (usize, &Part)| Stake {
            weight: part.weight,
            credit: self.credit(place),
            able: part.able,
        };
        (0_usize..).zip(&self.parts).map(stake).collect()
    }

    /// From now on the user at a place can take leads.
    pub fn join(&mut self, place: usize) {
        let credit = self.credit(place);
        let (clock, limit) = (self.clock, self.limit);
        let Some(part) = self.parts.get_mut(place).filter(|part| !part.able && part.weight > 0)
        else {
            return;
        };
        part.able = true;
        part.base = credit.saturating_sub(part.weight.saturating_mul(clock));
        self.sum = self.sum.saturating_add(part.weight);
        self.strayed = self.strayed.saturating_sub(usize::from(credit > limit));
        self.place_anew(place);
    }

    /// From now on the user at a place can take no lead, and keeps their credit.
    pub fn leave(&mut self, place: usize) {
        let credit = self.credit(place);
        let limit = self.limit;
        let Some(part) = self.parts.get_mut(place).filter(|part| part.able) else { return };
        part.able = false;
        part.base = credit;
        self.sum = self.sum.saturating_sub(part.weight);
        self.strayed = self.strayed.saturating_add(usize::from(credit > limit));
        let class = part.class;
        for tree in [&mut self.waiting, &mut self.ready, &mut self.late] {
            tree.set(place, NONE);
        }
        if let Some(class) = self.classes.get_mut(class) {
            class.greatest.set(place, NONE);
        }
    }

    /// Puts a user who takes part where their credit belongs.
    fn place_anew(&mut self, place: usize) {
        let Some(part) = self.parts.get(place) else { return };
        let deadline = self.limit.saturating_sub(part.base).div_euclid(part.weight.max(1));
        let short = part.base.saturating_sub(self.release);
        // The least clock at which the credit has reached the release: rounded up.
        let release = short.div_euclid(part.weight.max(1)).saturating_neg();
        self.late.set(place, deadline);
        self.ready.set(place, NONE);
        self.waiting.set(place, release);
        if let Some(class) = self.classes.get_mut(part.class) {
            class.greatest.set(place, part.base.saturating_neg());
        }
    }

    /// Gives the next lead: the place of who gets it; none where nobody can take it.
    pub fn turn(&mut self) -> Option<usize> {
        let step = UNIT.checked_div(self.sum)?;
        let next = self.clock.saturating_add(step);
        while self.waiting.least() <= next {
            let Some(place) = self.waiting.place() else { break };
            self.waiting.set(place, NONE);
            self.ready.set(place, self.late.key(self.late.leaves.saturating_add(place)));
        }
        let first = self.ready.place().filter(|first| self.holds_without(*first, next));
        let chosen = first.or_else(|| self.greatest(next))?;
        let price = self.sum.saturating_mul(step);
        self.clock = next;
        if let Some(part) = self.parts.get_mut(chosen) {
            part.base = part.base.saturating_sub(price);
        }
        self.place_anew(chosen);
        Some(chosen)
    }

    /// Whether all but the one chosen stay within the limit when the clock stands at `next`.
    fn holds_without(&mut self, chosen: usize, next: i64) -> bool {
        if self.strayed > 0 {
            return false;
        }
        if self.late.least() >= next {
            return true;
        }
        let leaf = self.late.leaves.saturating_add(chosen);
        let own = self.late.key(leaf);
        self.late.set(chosen, NONE);
        let holds = self.late.least() >= next;
        self.late.set(chosen, own);
        holds
    }

    /// Who has the greatest credit when the clock stands at `next`, the first among equals.
    fn greatest(&self, next: i64) -> Option<usize> {
        let tops = self.classes.iter().filter_map(|class| {
            let place = class.greatest.place()?;
            let base = class.greatest.least().saturating_neg();
            let credit = base.saturating_add(class.weight.saturating_mul(next));
            Some((credit, core::cmp::Reverse(place)))
        });
        tops.max().map(|(_, place)| place.0)
    }
}
