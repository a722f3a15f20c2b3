//! The outlook against small exact cases, known truths and poisoned futures.

use uuid::Uuid;

use super::*;
use crate::analytics::table::Outcome;

const DAY: i64 = 86_400;
const MONTH: i64 = 30 * DAY;

/// Numbers that look like chance, the same everywhere (Knuth's MMIX generator).
struct Dice(u64);

impl Dice {
    fn uniform(&mut self) -> f64 {
        self.0 =
            self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        f64::from(u32::try_from(self.0 >> 33).unwrap()) / f64::from(1_u32 << 31)
    }

    fn up_to(&mut self, most: i64) -> i64 {
        use rust_decimal::prelude::ToPrimitive;
        (self.uniform() * units(most)).to_i64().unwrap()
    }
}

fn deal(id: u128, created_at: i64, amount: i64, steps: &[(i64, u32, Outcome)]) -> Deal {
    let step = |(at, stage, outcome): &(i64, u32, Outcome)| Step {
        at: *at,
        stage: *stage,
        outcome: *outcome,
    };
    let terms = Terms { since: created_at, amount: Some(amount), expected: None, odds: None };
    Deal {
        id: Uuid::from_u128(id),
        created_at,
        steps: steps.iter().map(step).collect(),
        terms: vec![terms],
    }
}

fn ask(as_of: i64, from: i64, to: i64) -> OutlookAsk {
    let months = (0..).map(|month| month * MONTH).take_while(|start| *start < to);
    OutlookAsk { as_of, from, to, months: months.chain([to]).collect(), market: 10_000 }
}

/// A house of which the truth is known: some deals a month, each in stage 1 for a month or more, then in stage 2; every
/// thirty days an open deal is won with the chance of its stage, or lost with 0.1.
fn house(seed: u64, months: i64, a_month: usize) -> Vec<Deal> {
    let mut dice = Dice(seed.wrapping_mul(7_919).wrapping_add(3));
    let mut deals = Vec::new();
    for month in 0..months {
        for _ in 0..a_month {
            let made = month * MONTH + dice.up_to(MONTH);
            let mut steps = vec![(made, 1, Outcome::Open)];
            let (mut at, mut stage) = (made, 1);
            while at < months * MONTH {
                at += MONTH;
                let (win, chance) = (if stage == 1 { 0.05 } else { 0.30 }, dice.uniform());
                if chance < win {
                    steps.push((at, stage, Outcome::Won));
                    break;
                } else if chance < win + 0.1 {
                    steps.push((at, stage, Outcome::Lost));
                    break;
                } else if stage == 1 && dice.uniform() < 0.5 {
                    stage = 2;
                    steps.push((at, 2, Outcome::Open));
                }
            }
            let amount = 50_000 + dice.up_to(100_000);
            let mut one = deal(u128::try_from(deals.len()).unwrap(), made, amount, &steps);
            one.terms.push(Terms {
                since: made + MONTH / 2,
                amount: Some(amount + 1),
                ..one.terms[0]
            });
            deals.push(one);
        }
    }
    deals
}

fn stage_odds(stage: u32) -> u32 {
    if stage == 2 { 6_000 } else { 2_000 }
}

#[test]
fn the_odds_of_stages_weigh_what_is_open_and_expected_in_the_period() {
    let open = |id: u128, stage: u32, amount: i64, expected: Option<i64>, odds: Option<u32>| {
        let mut one = deal(id, 0, amount, &[(0, stage, Outcome::Open)]);
        one.terms[0] = Terms { expected, odds, ..one.terms[0] };
        one
    };
    let (from, to, as_of) = (10 * MONTH, 13 * MONTH, 10 * MONTH + DAY);
    let deals = vec![
        open(1, 1, 1_000, Some(11 * MONTH), None),
        open(2, 2, 1_000, Some(11 * MONTH), None),
        open(3, 2, 1_000, Some(11 * MONTH), Some(9_000)),
        open(4, 2, 1_000, Some(13 * MONTH), None),
        open(5, 2, 1_000, None, None),
        // Its expected day is past: it is expected at once.
        open(6, 2, 1_000, Some(9 * MONTH), None),
        // Lost counts nothing (X4), won in the period counts whole.
        deal(7, 0, 50_000, &[(0, 2, Outcome::Open), (9 * MONTH, 2, Outcome::Lost)]),
        deal(8, 0, 400, &[(0, 2, Outcome::Open), (10 * MONTH + 5, 2, Outcome::Won)]),
    ];
    let past = Past::new(deals);
    let found = outlook(&past, &ask(as_of, from, to), &stage_odds, [1, 1, 1]);
    let weighted = found.ways[0].estimate.unwrap();
    assert_eq!((found.won, found.won_deals, found.open, found.ways[0].count), (400, 1, 6, 4));
    // 400 + 200 + 600 + 900 + 600.
    assert!((weighted.mean - 2_700.0).abs() < 1e-6, "{weighted:?}");
    // 1,000² × (0.2 × 0.8 + 0.6 × 0.4 + 0.9 × 0.1 + 0.6 × 0.4).
    assert!((weighted.variance - 730_000.0).abs() < 1e-3, "{weighted:?}");
    let doubled = OutlookAsk { market: 20_000, ..ask(as_of, from, to) };
    let doubled = outlook(&past, &doubled, &stage_odds, [1, 1, 1]).ways[0].estimate.unwrap();
    assert!((doubled.mean - 5_000.0).abs() < 1e-6, "what is won is not doubled: {doubled:?}");
    assert_eq!(found.ways[1].estimate, Err(Refused::Closed { have: 2 }));
    assert!(matches!(found.ways[2].estimate, Err(Refused::Thin(_))), "{:?}", found.ways[2]);
    assert_eq!(found.ways[0].weight, 10_000, "the only way that says anything has all the weight");
    let over = outlook(&past, &ask(14 * MONTH, from, to), &stage_odds, [1, 1, 1]);
    assert!(over.ways.iter().all(|way| way.estimate == Err(Refused::Over)));
}

#[test]
fn how_often_deals_are_won_is_found_from_their_history() {
    let past = Past::new(house(1, 60, 20));
    let as_of = 60 * MONTH;
    let hazard = Hazard::of(&past, as_of, 0, MONTH);
    for (stage, truth) in [(1, 0.05), (2, 0.30)] {
        let found = hazard.stages[&stage];
        assert!((found.mean - truth).abs() < 0.04, "stage {stage}: {found:?} beside {truth}");
    }
    assert!(hazard.all.deals > 500 && hazard.all.variance < 1e-3, "{:?}", hazard.all);
    let never = hazard.chance(77, Ages::Older);
    assert_eq!(never, hazard.all, "of a stage that was never seen, all deals tell");
    let nobody = Hazard::of(&Past::default(), as_of, 0, MONTH);
    assert!((nobody.all.mean - 0.5).abs() < 1e-12, "of nothing nothing is known");
}

/// Changes everything that happened, or was believed, after an instant.
fn poisoned(deals: &[Deal], after: i64) -> Vec<Deal> {
    let mut all: Vec<Deal> = deals.to_vec();
    for one in &mut all {
        if one.created_at > after {
            one.created_at += 3 * MONTH;
        }
        for step in one.steps.iter_mut().filter(|step| step.at > after) {
            *step = Step { stage: 2, outcome: Outcome::Won, ..*step };
        }
        for terms in one.terms.iter_mut().filter(|terms| terms.since > after) {
            terms.amount = Some(999_999_999);
            terms.odds = Some(10_000);
        }
        one.terms.push(Terms {
            since: after + 1,
            amount: Some(888_888_888),
            expected: Some(after + MONTH),
            odds: Some(9_999),
        });
        one.terms.sort_by_key(|terms| terms.since);
        if one.steps.iter().all(|step| step.at <= after) {
            one.steps.push(Step { at: after + 1, stage: 2, outcome: Outcome::Won });
        }
    }
    all.push(deal(1 << 90, after + 1, 777_777_777, &[(after + 1, 2, Outcome::Won)]));
    all
}

#[test]
fn a_poisoned_future_changes_nothing() {
    let histories = u64::from(crate::analytics::laws::proof(60));
    let mut changed_later = 0;
    for seed in 0..histories {
        let deals = house(seed, 14, 3);
        let as_of = (6 + i64::try_from(seed % 6).unwrap()) * MONTH + 7;
        let ask = ask(as_of, 12 * MONTH, 15 * MONTH);
        let clean = outlook(&Past::new(deals.clone()), &ask, &stage_odds, [1, 2, 3]);
        let other = poisoned(&deals, as_of);
        let poison = outlook(&Past::new(other.clone()), &ask, &stage_odds, [1, 2, 3]);
        assert_eq!(format!("{clean:?}"), format!("{poison:?}"), "seed {seed}");
        let mut shuffled = deals.clone();
        shuffled.reverse();
        let shuffled = outlook(&Past::new(shuffled), &ask, &stage_odds, [1, 2, 3]);
        assert_eq!(format!("{clean:?}"), format!("{shuffled:?}"), "the order of rows, seed {seed}");
        // The poison is one: seen from a second later, it shows.
        let ask = OutlookAsk { as_of: as_of + 2, ..ask };
        let clean = outlook(&Past::new(deals), &ask, &stage_odds, [1, 2, 3]);
        let poison = outlook(&Past::new(other), &ask, &stage_odds, [1, 2, 3]);
        changed_later += u64::from(format!("{clean:?}") != format!("{poison:?}"));
    }
    assert_eq!(changed_later, histories, "a poison that never shows would prove nothing");
}

#[test]
fn four_of_five_quarters_lie_in_the_80_percent_interval_of_each_way() {
    const WORLDS: u64 = 200;
    let mut inside = [0.0_f64; 3];
    let mut told = [0.0_f64; 3];
    for seed in 0..WORLDS {
        let deals = Past::new(house(seed.wrapping_add(1_000), 45, 8));
        let (from, to) = (42 * MONTH, 45 * MONTH);
        let found = outlook(&deals, &ask(from - 1, from, to), &stage_odds, [0, 1, 1]);
        let (actual, _) = deals.won_between(&[from, to])[0];
        let actual = units(i64::try_from(actual).unwrap());
        let estimates = [found.ways[1].estimate.ok(), found.ways[2].estimate.ok(), found.blend];
        for ((inside, told), estimate) in inside.iter_mut().zip(&mut told).zip(estimates) {
            let Some(estimate) = estimate else { continue };
            let (low, high) = estimate.likely();
            *told += 1.0;
            *inside += f64::from(u8::from(low <= actual && actual <= high));
        }
    }
    let shares: Vec<f64> = inside.iter().zip(told).map(|(inside, told)| inside / told).collect();
    println!("history {:.3}, series {:.3}, mix {:.3}", shares[0], shares[1], shares[2]);
    assert!(shares.iter().all(|share| (0.76..=0.84).contains(share)), "{shares:?}");
}

#[test]
fn a_backtest_tells_wrong_odds_from_right_ones() {
    let past = Past::new(house(5, 40, 15));
    let ask = ask(40 * MONTH, 37 * MONTH, 40 * MONTH);
    let origins: Vec<(i64, i64)> =
        (10..13).map(|quarter| (quarter * 3 * MONTH, (quarter + 1) * 3 * MONTH)).collect();
    // The truth: a deal in stage 2 is won before it is lost with 0.30 / 0.40.
    let right = |stage: u32| if stage == 2 { 7_500 } else { 6_400 };
    let wrong = |stage: u32| if stage == 2 { 1_000 } else { 9_500 };
    let good = backtest(&past, &ask, &origins, &right, [0, 1, 1]);
    let bad = backtest(&past, &ask, &origins, &wrong, [0, 1, 1]);
    assert!(good.brier_odds < bad.brier_odds, "{:?} {:?}", good.brier_odds, bad.brier_odds);
    assert!(good.brier_history.unwrap() < 0.25, "better than a coin: {:?}", good.brier_history);
    assert_eq!(good.origins.len(), 3);
    for origin in &good.origins {
        let won = past.won_between(&[origin.from, origin.to])[0].0;
        assert_eq!(origin.actual, won);
        assert_eq!(origin.estimates[0], None, "nothing is expected on a day");
        assert!(origin.estimates[3].is_some());
    }
    let second = good.stages.iter().find(|row| row.stage == 2).unwrap();
    let (low, high) = second.won.wilson().unwrap();
    assert!(low <= 0.75 && 0.75 <= high, "{second:?}");
    let told: u64 = good.reliable_history.iter().map(|row| row.told).sum();
    assert!(told > 0 && good.errors[1].count == 3 && good.errors[3].mase.is_some());
}
