//! The bounds of the ledger, on long random lives of a team; and that the naive ways break them.

use super::fair::{Stake, UNIT, step, turn};
use super::wheel::Wheel;

/// A small deterministic generator (splitmix64), so that a failure can be repeated.
pub(super) struct Dice(pub(super) u64);

impl Dice {
    pub(super) fn roll(&mut self, sides: u64) -> u64 {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        (z ^ (z >> 31)) % sides
    }
}

/// Who can take which lead: leave of days, capacities that fill and empty, refusals of single leads.
struct Team {
    dice: Dice,
    weights: Vec<i64>,
    away_until: Vec<usize>,
    open: Vec<usize>,
    capacity: Vec<usize>,
    /// Whether anybody is ever out.
    restless: bool,
}

impl Team {
    fn new(seed: u64, size: usize, weight_max: u64, restless: bool) -> Self {
        let mut dice = Dice(seed);
        let weights = (0..size).map(|_| 1 + dice.roll(weight_max) as i64).collect();
        let capacity = (0..size).map(|_| 3 + dice.roll(20) as usize).collect();
        let (away_until, open) = (vec![0; size], vec![0; size]);
        Self { dice, weights, away_until, open, capacity, restless }
    }

    /// Who can take lead `number`.
    fn able(&mut self, number: usize) -> Vec<bool> {
        let size = self.weights.len();
        if !self.restless {
            return vec![true; size];
        }
        if self.dice.roll(50) == 0 {
            let who = self.dice.roll(size as u64) as usize;
            self.away_until[who] = number + 1 + self.dice.roll(2_000) as usize;
        }
        for _ in 0..2 {
            let done = self.dice.roll(size as u64) as usize;
            self.open[done] = self.open[done].saturating_sub(1);
        }
        let refuses = self.dice.roll(3 * size as u64) as usize;
        let out = |who: usize| {
            self.away_until[who] > number || self.open[who] >= self.capacity[who] || who == refuses
        };
        (0..size).map(|who| !out(who)).collect()
    }
}

/// The greatest |got − share| of any user after any lead, in leads, when `choose` gives `leads` leads to a team. Shares
/// are summed anew as fractions of u128, beside the ledger.
fn worst(
    team: &mut Team,
    leads: usize,
    mut choose: impl FnMut(usize, &[bool]) -> Option<usize>,
) -> f64 {
    const ONE: i128 = 1 << 80;
    let size = team.weights.len();
    let (mut share, mut got) = (vec![0_i128; size], vec![0_i128; size]);
    let mut worst = 0_i128;
    for number in 0..leads {
        let able = team.able(number);
        let sum: i128 =
            (0..size).filter(|who| able[*who]).map(|who| i128::from(team.weights[who])).sum();
        let Some(chosen) = choose(number, &able) else {
            assert_eq!(sum, 0, "nobody gets lead {number} though somebody could");
            continue;
        };
        assert!(able[chosen], "{chosen} cannot take lead {number}");
        got[chosen] += ONE;
        team.open[chosen] += 1;
        for who in 0..size {
            if able[who] {
                share[who] += ONE / sum * i128::from(team.weights[who]);
            }
            worst = worst.max((got[who] - share[who]).abs());
        }
    }
    worst as f64 / ONE as f64
}

/// The ledger by its definition, beside the wheel: both choose alike.
fn by_ledger(weights: &[i64]) -> impl FnMut(usize, &[bool]) -> Option<usize> + use<> {
    let able = |weight: &i64| Stake { weight: *weight, credit: 0, able: true };
    let mut stakes: Vec<Stake> = weights.iter().map(able).collect();
    let mut wheel = Wheel::new(&stakes);
    move |number, able| {
        for (who, able) in able.iter().enumerate() {
            stakes[who].able = *able;
            if *able { wheel.join(who) } else { wheel.leave(who) }
        }
        let chosen = turn(&stakes);
        assert_eq!(wheel.turn(), chosen, "lead {number}");
        let (step, sum) =
            (step(&stakes), stakes.iter().filter(|s| s.able).map(|s| s.weight).sum::<i64>());
        for stake in stakes.iter_mut().filter(|stake| stake.able) {
            stake.credit += stake.weight * step;
        }
        stakes[chosen?].credit -= sum * step;
        assert_eq!(stakes.iter().map(|stake| stake.credit).sum::<i64>(), 0);
        assert_eq!(wheel.stakes(), stakes, "lead {number}");
        chosen
    }
}

const MILLIONTH: f64 = 1e-6;

/// How many leads the largest team gets: 100,000, or a million with `CRM_PROOF=full`.
#[expect(clippy::disallowed_methods, reason = "a test may read how much is asked of it")]
fn long() -> usize {
    let full = std::env::var("CRM_PROOF").is_ok_and(|how| how == "full");
    if full { 1_000_000 } else { 100_000 }
}

#[test]
fn nobody_is_further_from_their_share_than_the_bound_whatever_happens() {
    // 12 people with equal weights get 100,000 leads or a million, the others 20,000.
    for (seed, size, weight_max) in
        [(1, 2, 1), (2, 3, 1), (3, 5, 4), (4, 12, 1), (5, 12, 9), (6, 40, 5)]
    {
        let leads = if (size, weight_max) == (12, 1) { long() } else { 20_000 };
        let mut team = Team::new(seed, size, weight_max, true);
        let ledger = by_ledger(&team.weights.clone());
        let found = worst(&mut team, leads, ledger);
        let n = size as f64;
        let bound = (1.0 - 1.0 / (2.0 * n - 2.0)).max((n - 1.0) / 2.0);
        // 1e-6 for the rounding of shares to units: leads * weight / UNIT at most.
        let rounding = leads as f64 * weight_max as f64 / UNIT as f64 + MILLIONTH;
        println!("{size} users, weights to {weight_max}: {found:.4} of {bound:.4}");
        assert!(found <= bound + rounding, "{size} users: {found} > {bound}");
    }
}

#[test]
fn a_team_that_is_always_there_gets_its_shares_to_less_than_one_lead() {
    for (seed, size, weight_max) in
        [(1, 2, 9), (2, 3, 100), (3, 7, 1), (4, 10, 1), (5, 10, 50), (6, 31, 7), (7, 29, 1)]
    {
        let mut team = Team::new(seed, size, weight_max, false);
        let ledger = by_ledger(&team.weights.clone());
        let leads = 20_000;
        let found = worst(&mut team, leads, ledger);
        let bound = 1.0 - 1.0 / (2.0 * size as f64 - 2.0);
        let rounding = leads as f64 * weight_max as f64 / UNIT as f64 + MILLIONTH;
        println!("{size} users, weights to {weight_max}: {found:.4} of {bound:.4}");
        assert!(found <= bound + rounding, "{size} users: {found} > {bound}");
    }
}

#[test]
fn with_equal_weights_counts_differ_by_one_at_most() {
    for size in [1, 2, 5, 29] {
        let mut ledger = by_ledger(&vec![1; size]);
        let mut got = vec![0_i64; size];
        for number in 0..1_000 {
            got[ledger(number, &vec![true; size]).unwrap()] += 1;
            assert!(got.iter().max().unwrap() - got.iter().min().unwrap() <= 1, "{size}: {got:?}");
        }
    }
}

#[test]
fn naive_ways_break_the_bound() {
    // In turn by place: whoever follows the last one and can take the lead (roundRobinProcessBuilder, Espo: X8).
    let mut last = 0;
    let naive = |_: usize, able: &[bool]| {
        let next =
            (1..=able.len()).map(|step| (last + step) % able.len()).find(|who| able[*who])?;
        last = next;
        Some(next)
    };
    let found = worst(&mut Team::new(4, 12, 1, true), 20_000, naive);
    assert!(found > 5.5, "naive round robin: {found}");
    // Whoever got the fewest, ties to the first (X9): floods everybody who comes back.
    let mut got = [0; 12];
    let fewest = |_: usize, able: &[bool]| {
        let who = (0..able.len()).filter(|who| able[*who]).min_by_key(|who| got[*who])?;
        got[who] += 1;
        Some(who)
    };
    let found = worst(&mut Team::new(4, 12, 1, true), 20_000, fewest);
    assert!(found > 5.5, "the fewest first: {found}");
}

#[test]
fn who_comes_back_from_a_week_of_leave_is_neither_flooded_nor_starved() {
    let mut ledger = by_ledger(&[1, 1, 1]);
    let mut given = |from: usize, leads: usize, able: [bool; 3]| {
        let mut got = [0; 3];
        for number in 0..leads {
            got[ledger(from + number, &able).unwrap()] += 1;
        }
        got
    };
    assert_eq!(given(0, 30, [true, true, true]), [10, 10, 10]);
    assert_eq!(given(30, 140, [false, true, true]), [0, 70, 70]);
    let back = given(170, 9, [true, true, true]);
    assert_eq!(back, [3, 3, 3]);
}
