//! The ledger of shares in memory: the next turn without a pass over all users.
//!
//! As long as the same users take part, a credit is a straight line over the clock, so the clock at which a user may be
//! chosen and the one at which their credit exceeds the limit are known when they last got a lead. Three trees hold the
//! earliest of these; one more for each weight holds the greatest credit. A turn changes one user in each.
//!
//! Whoever is out gains nothing, so all that the trees know of them can only come later than they say: a user who goes
//! or comes back costs no tree anything, and is put right when they turn up as the least.

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

    fn of(&self, place: usize) -> i64 {
        self.key(self.leaves.saturating_add(place))
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
        let (clock, limit) = (self.clock, self.limit);
        let Some(part) = self.parts.get_mut(place).filter(|part| !part.able && part.weight > 0)
        else {
            return;
        };
        let credit = part.base;
        part.able = true;
        part.base = credit.saturating_sub(part.weight.saturating_mul(clock));
        let class = part.class;
        self.sum = self.sum.saturating_add(part.weight);
        self.strayed = self.strayed.saturating_sub(usize::from(credit > limit));
        let (deadline, release) = self.due(place);
        if self.late.of(place) == NONE {
            self.late.set(place, deadline);
        }
        if self.waiting.of(place) == NONE && self.ready.of(place) == NONE {
            self.waiting.set(place, release);
        }
        let base = self.base(place);
        if let Some(class) = self.classes.get_mut(class).filter(|c| c.greatest.of(place) == NONE) {
            class.greatest.set(place, base.saturating_neg());
        }
    }

    /// From now on the user at a place can take no lead, and keeps their credit.
    pub fn leave(&mut self, place: usize) {
        let (clock, limit) = (self.clock, self.limit);
        let Some(part) = self.parts.get_mut(place).filter(|part| part.able) else { return };
        part.able = false;
        part.base = part.base.saturating_add(part.weight.saturating_mul(clock));
        let strays = part.base > limit;
        self.sum = self.sum.saturating_sub(part.weight);
        self.strayed = self.strayed.saturating_add(usize::from(strays));
    }

    fn base(&self, place: usize) -> i64 {
        self.parts.get(place).map_or(0, |part| part.base)
    }

    /// Until when on the clock the credit of who takes part stays within the limit, and from when it is enough to be
    /// chosen; [`NONE`] of who takes no part.
    fn due(&self, place: usize) -> (i64, i64) {
        let Some(part) = self.parts.get(place).filter(|part| part.able) else {
            return (NONE, NONE);
        };
        let weight = part.weight.max(1);
        let deadline = self.limit.saturating_sub(part.base).div_euclid(weight);
        // The least clock at which the credit has reached the release: rounded up.
        let short = part.base.saturating_sub(self.release);
        (deadline, short.div_euclid(weight).saturating_neg())
    }

    /// Has a user who got a lead wait for the next; what the other trees hold of them comes too early now, as of one who
    /// was out.
    fn wait_anew(&mut self, place: usize) {
        let (_, release) = self.due(place);
        self.ready.set(place, NONE);
        self.waiting.set(place, release);
    }

    /// Gives the next lead: the place of who gets it; none where nobody can take it.
    pub fn turn(&mut self) -> Option<usize> {
        let step = UNIT.checked_div(self.sum)?;
        let next = self.clock.saturating_add(step);
        while self.waiting.least() <= next {
            let Some(place) = self.waiting.place() else { break };
            let (deadline, release) = self.due(place);
            if release > next {
                self.waiting.set(place, release);
            } else {
                self.waiting.set(place, NONE);
                self.ready.set(place, deadline);
            }
        }
        let first = self.first_ready().filter(|first| self.holds_without(*first, next));
        let chosen = first.or_else(|| self.greatest(next))?;
        let price = self.sum.saturating_mul(step);
        self.clock = next;
        if let Some(part) = self.parts.get_mut(chosen) {
            part.base = part.base.saturating_sub(price);
        }
        self.wait_anew(chosen);
        Some(chosen)
    }

    /// Who of those that may be chosen has the earliest deadline.
    fn first_ready(&mut self) -> Option<usize> {
        loop {
            let place = self.ready.place()?;
            let (deadline, _) = self.due(place);
            if deadline == self.ready.least() {
                return Some(place);
            }
            self.ready.set(place, deadline);
        }
    }

    /// Whether all but the one chosen stay within the limit when the clock stands at `next`.
    fn holds_without(&mut self, chosen: usize, next: i64) -> bool {
        if self.strayed > 0 {
            return false;
        }
        let own = self.late.of(chosen);
        let mut hidden = false;
        let holds = loop {
            if self.late.least() >= next {
                break true;
            }
            let Some(place) = self.late.place() else { break true };
            let (deadline, _) = self.due(place);
            if place == chosen {
                hidden = true;
                self.late.set(place, NONE);
            } else if deadline == self.late.least() {
                break false;
            } else {
                self.late.set(place, deadline);
            }
        };
        if hidden {
            self.late.set(chosen, own);
        }
        holds
    }

    /// Who has the greatest credit when the clock stands at `next`, the first among equals.
    fn greatest(&mut self, next: i64) -> Option<usize> {
        let Self { parts, classes, .. } = self;
        let tops = classes.iter_mut().filter_map(|class| {
            loop {
                let place = class.greatest.place()?;
                let part = parts.get(place)?;
                let key = if part.able { part.base.saturating_neg() } else { NONE };
                if key == class.greatest.least() {
                    let gained = class.weight.saturating_mul(next);
                    return Some((part.base.saturating_add(gained), core::cmp::Reverse(place)));
                }
                class.greatest.set(place, key);
            }
        });
        tops.max().map(|(_, place)| place.0)
    }
}
