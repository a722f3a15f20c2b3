//! Decisions in memory: many leads, many users, no store between.
//!
//! A desk holds the users of a policy and the ledgers of its rules. It gives leads in order, counts the open work of
//! each user, and passes over whoever is full or away. Why it chose as it did is kept as data: every change of who could
//! take leads, with the number of the decision before which it happened. From that the candidates of any decision come
//! back as they were.

use super::choose::Skip;
use super::fair::Stake;
use super::policy::Strategy;
use super::wheel::Wheel;

/// A user at a desk.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Rep {
    /// Open work.
    pub load: i64,
    /// How much open work they may have; no limit where none.
    pub capacity: Option<i64>,
    /// Whether they are away.
    pub away: bool,
}

impl Rep {
    fn skip(&self) -> Option<Skip> {
        if self.away {
            return Some(Skip::Absent);
        }
        self.capacity.filter(|most| self.load >= *most).map(|_| Skip::AtCapacity)
    }
}

/// One change of who can take leads.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Change {
    /// Before which decision.
    pub before: u64,
    /// Whose.
    pub rep: usize,
    /// Why they cannot take leads from then on; none where they can again.
    pub skip: Option<Skip>,
}

/// The pool of one rule.
#[derive(Clone, Debug)]
struct Table {
    strategy: Strategy,
    /// The users, in order of the pool.
    members: Vec<usize>,
    /// Of each user 1 + their place in the pool; 0 for none.
    places: Vec<u32>,
    wheel: Wheel,
    /// How many changes it knows of.
    known: usize,
}

/// The users of a policy and the ledgers of its rules, in memory.
#[derive(Clone, Debug)]
pub struct Desk {
    reps: Vec<Rep>,
    tables: Vec<Table>,
    changes: Vec<Change>,
    decided: u64,
}

impl Desk {
    /// A desk of these users, and for each rule its strategy and its pool: users by place, with their weights.
    pub fn new(reps: Vec<Rep>, pools: &[(Strategy, Vec<(usize, i64)>)]) -> Self {
        let table = |(strategy, pool): &(Strategy, Vec<(usize, i64)>)| {
            let mut places = vec![0; reps.len()];
            for (place, (rep, _)) in (1_u32..).zip(pool) {
                if let Some(slot) = places.get_mut(*rep) {
                    *slot = place;
                }
            }
            let able = |rep: &usize| reps.get(*rep).is_some_and(|rep| rep.skip().is_none());
            let stakes = pool.iter().map(|(rep, weight)| Stake {
                weight: *weight,
                credit: 0,
                able: able(rep) && *weight > 0,
            });
            let stakes: Vec<Stake> = stakes.collect();
            Table {
                strategy: *strategy,
                members: pool.iter().map(|(rep, _)| *rep).collect(),
                places,
                wheel: Wheel::new(&stakes),
                known: 0,
            }
        };
        let tables = pools.iter().map(table).collect();
        Self { tables, reps, changes: Vec::new(), decided: 0 }
    }

    /// Gives the next lead by a rule: who gets it; none where nobody can. Turns take no pass over the pool, the other
    /// strategies do.
    pub fn assign(&mut self, rule: usize) -> Option<usize> {
        let chosen = self.chosen(rule);
        self.decided = self.decided.saturating_add(1);
        let chosen = chosen?;
        self.change(chosen, |rep| rep.load = rep.load.saturating_add(1));
        Some(chosen)
    }

    fn chosen(&mut self, rule: usize) -> Option<usize> {
        let Self { reps, tables, changes, .. } = self;
        let table = tables.get_mut(rule)?;
        let able = |rep: &&usize| reps.get(**rep).is_some_and(|rep| rep.skip().is_none());
        match table.strategy {
            Strategy::Fixed => table.members.iter().find(able).copied(),
            Strategy::LeastLoad => {
                let able = table.members.iter().filter(able);
                able.min_by_key(|rep| reps.get(**rep).map_or(0, |rep| rep.load)).copied()
            }
            Strategy::Rotation | Strategy::Weighted => {
                for change in changes.get(table.known..).unwrap_or_default() {
                    let place = table.places.get(change.rep).and_then(|place| place.checked_sub(1));
                    let Some(place) = place.and_then(|place| usize::try_from(place).ok()) else {
                        continue;
                    };
                    match change.skip {
                        None => table.wheel.join(place),
                        Some(_) => table.wheel.leave(place),
                    }
                }
                table.known = changes.len();
                let place = table.wheel.turn()?;
                table.members.get(place).copied()
            }
        }
    }

    /// Somebody has finished one piece of work.
    pub fn finish(&mut self, rep: usize) {
        self.change(rep, |rep| rep.load = rep.load.saturating_sub(1).max(0));
    }

    /// Somebody goes away, or comes back.
    pub fn set_away(&mut self, rep: usize, away: bool) {
        self.change(rep, |rep| rep.away = away);
    }

    fn change(&mut self, rep: usize, how: impl FnOnce(&mut Rep)) {
        let Some(one) = self.reps.get_mut(rep) else { return };
        let before = one.skip();
        how(one);
        let skip = one.skip();
        if skip != before {
            self.changes.push(Change { before: self.decided, rep, skip });
        }
    }

    /// A user as they stand.
    pub fn rep(&self, rep: usize) -> Option<&Rep> {
        self.reps.get(rep)
    }

    /// Every change of who can take leads, in order.
    pub fn changes(&self) -> &[Change] {
        &self.changes
    }

    /// Who of the pool of a rule could not take the lead of a decision, and why: those of whom the last change before it
    /// says so. Decisions are counted from 0; who could not take leads when the desk was made is not in it.
    pub fn passed_over(&self, decision: u64, rule: usize) -> Vec<(usize, Skip)> {
        let known = self.changes.partition_point(|change| change.before <= decision);
        let mut last: Vec<Option<Skip>> = vec![None; self.reps.len()];
        for change in self.changes.get(..known).unwrap_or_default() {
            if let Some(slot) = last.get_mut(change.rep) {
                *slot = change.skip;
            }
        }
        let members = self.tables.get(rule).map_or(&[][..], |table| table.members.as_slice());
        let out = members.iter().filter_map(|rep| Some((*rep, (*last.get(*rep)?)?)));
        out.collect()
    }
}

#[cfg(test)]
mod tests {
    use super::super::fair::turn;
    use super::super::fair_tests::Dice;
    use super::*;

    #[test]
    fn a_desk_chooses_as_the_ledger_says_and_keeps_its_reasons() {
        let mut dice = Dice(5);
        let rep =
            |dice: &mut Dice| Rep { load: 0, capacity: Some(2 + dice.roll(6) as i64), away: false };
        let reps: Vec<Rep> = (0..20).map(|_| rep(&mut dice)).collect();
        let pool = |from: usize, to: usize, dice: &mut Dice| {
            (from..to).map(|rep| (rep, 1 + dice.roll(3) as i64)).collect::<Vec<_>>()
        };
        let pools = [
            (Strategy::Weighted, pool(0, 20, &mut dice)),
            (Strategy::Weighted, pool(5, 12, &mut dice)),
            (Strategy::Fixed, pool(3, 9, &mut dice)),
            (Strategy::LeastLoad, pool(8, 20, &mut dice)),
        ];
        let mut desk = Desk::new(reps.clone(), &pools);
        // The same by passes over everybody.
        let mut plain: Vec<Rep> = reps;
        let mut credits: Vec<Vec<i64>> =
            pools.iter().map(|(_, pool)| vec![0; pool.len()]).collect();
        let mut remembered = Vec::new();
        let mut out_of_all = 0;
        for number in 0..5_000_u64 {
            for _ in 0..1 + dice.roll(2) {
                let done = dice.roll(20) as usize;
                desk.finish(done);
                plain[done].load = (plain[done].load - 1).max(0);
            }
            if dice.roll(10) == 0 {
                let (who, away) = (dice.roll(20) as usize, dice.roll(3) == 0);
                desk.set_away(who, away);
                plain[who].away = away;
            }
            let rule = dice.roll(4) as usize;
            let (strategy, pool) = &pools[rule];
            let able = |rep: usize| plain[rep].skip().is_none();
            let chosen = match strategy {
                Strategy::Fixed => pool.iter().map(|(rep, _)| *rep).find(|rep| able(*rep)),
                Strategy::LeastLoad => {
                    let able = pool.iter().map(|(rep, _)| *rep).filter(|rep| able(*rep));
                    able.min_by_key(|rep| plain[*rep].load)
                }
                Strategy::Rotation | Strategy::Weighted => {
                    let stake = |(place, (rep, weight)): (usize, &(usize, i64))| Stake {
                        weight: *weight,
                        credit: credits[rule][place],
                        able: able(*rep),
                    };
                    let stakes: Vec<Stake> = pool.iter().enumerate().map(stake).collect();
                    let step = super::super::fair::step(&stakes);
                    let chosen = turn(&stakes);
                    let sum: i64 = stakes.iter().filter(|s| s.able).map(|s| s.weight).sum();
                    for (place, stake) in stakes.iter().enumerate() {
                        let gain =
                            if stake.able && chosen.is_some() { stake.weight * step } else { 0 };
                        let paid = if Some(place) == chosen { sum * step } else { 0 };
                        credits[rule][place] += gain - paid;
                    }
                    chosen.map(|place| pool[place].0)
                }
            };
            if number % 97 == 0 {
                let skipped = pool.iter().filter_map(|(rep, _)| Some((*rep, plain[*rep].skip()?)));
                remembered.push((number, rule, skipped.collect::<Vec<_>>()));
            }
            assert_eq!(desk.assign(rule), chosen, "lead {number}, rule {rule}");
            match chosen {
                Some(rep) => plain[rep].load += 1,
                None => out_of_all += 1,
            }
        }
        assert!(desk.changes().len() > 500 && out_of_all > 5, "too quiet a life");
        for (number, rule, skipped) in remembered {
            assert_eq!(desk.passed_over(number, rule), skipped, "decision {number}");
        }
    }
}
