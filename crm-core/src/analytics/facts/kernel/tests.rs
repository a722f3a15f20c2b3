use chrono_tz::Tz;
use proptest::prelude::*;

use super::sought::{Sought, Window};
use super::*;
use crate::analytics::facts::narrow::Narrow;
use crate::analytics::facts::values::percentile;

/// Values that do not repeat themselves soon.
fn mixed(number: usize) -> u32 {
    let mixed = (number as u64 + 1).wrapping_mul(0x9E37_79B9_7F4A_7C15);
    (mixed ^ (mixed >> 29)).wrapping_mul(0xBF58_476D_1CE4_E5B9) as u32 >> 8
}

/// Deals that were made at second 0 and left where they stood after so many seconds: place 1 and place 2 in turns.
fn stays(stood: &[u32], wide: bool) -> (Narrow, Vec<u32>) {
    let mut step = Narrow::default();
    if wide {
        step.push(40_000);
        step.set(0, 0);
    } else {
        step.push(0);
    }
    let mut at = vec![0];
    for (deal, stood) in (0..).zip(stood) {
        step.push(1);
        step.push(2 + deal % 2);
        at.extend([0, *stood]);
    }
    (step, at)
}

fn counted(stood: &[u32], wide: bool, threads: usize) -> Vec<Stays> {
    let (step, at) = stays(stood, wide);
    let mut left = vec![0, 0, 1, 2];
    left.resize(if wide { 40_001 } else { 4 }, 0);
    let moves = Moves { step: &step, at: &at, left: &left, places: 3 };
    let none = Narrow::default();
    let deals = Deals {
        by: [&none; 4],
        place: &none,
        reached: &none,
        amount: &[],
        currency: None,
        created: &[],
        since: &[],
        expected: &[],
    };
    let months = Months::of_zone(Tz::UTC);
    let ask = Ask {
        class: &[0, 1, 1],
        stride: 3,
        sizes: [1; 5],
        months: &months,
        until: [1; 2],
        stale_before: 0,
        asked: Questions::ALL,
    };
    run(&deals, &ask, 0, &moves, threads).stays
}

fn plain(stood: &[u32]) -> Vec<Stays> {
    let of = |place: usize| {
        let of = stood.iter().enumerate().filter(|(deal, _)| deal % 2 + 1 == place);
        let mut of: Vec<u32> = of.map(|(_, stood)| *stood).collect();
        let sum = of.iter().map(|stood| u64::from(*stood)).sum();
        let p90 = percentile(&mut of, 90).unwrap_or(0);
        Stays { place, count: of.len() as u64, sum, p90 }
    };
    [1, 2].map(of).into_iter().filter(|stays| stays.count > 0).collect()
}

/// More than a unit, and parts of one; bytes and wider codes; one thread and several.
#[test]
fn times_in_a_place_are_exact() {
    for deals in [0, 1, 2, 511, 512, 513, 5_000, 20_000] {
        let stood: Vec<u32> = (0..deals).map(mixed).collect();
        for (wide, threads) in [(false, 1), (false, 2), (true, 1), (true, 3)] {
            assert_eq!(counted(&stood, wide, threads), plain(&stood), "{deals} {wide} {threads}");
        }
    }
}

/// Where the sample sees only short times, or only long ones, or all are the same, the answer is that of all times.
#[test]
fn a_sample_that_is_wrong_changes_nothing() {
    let deals = 20_000;
    let seen: Vec<usize> = sampled(2 * deals + 1, 8).flatten().collect();
    for (short, long) in [(1, 1_000_000), (1_000_000, 1), (7, 7)] {
        let mut stood: Vec<u32> = (0..deals).map(|deal| long + mixed(deal) % long).collect();
        for row in seen.iter().filter(|row| **row > 0) {
            stood[(row - 1) / 2] = short;
        }
        assert_eq!(counted(&stood, false, 2), plain(&stood), "{short} {long}");
    }
}

proptest! {
    /// A window that holds the percentile says it, one that does not says nothing; those that lie below need not be told.
    #[test]
    fn a_window_says_the_percentile_or_nothing(
        mut all in prop::collection::vec(prop_oneof![0_u32..50, any::<u32>()], 1..3000),
        some in prop::collection::vec(prop_oneof![0_u32..50, any::<u32>()], 1..600),
        percent in prop::sample::select(vec![0_u32, 50, 90, 100]),
    ) {
        let expected = percentile(&mut all, percent);
        for mut from in [all.clone(), some] {
            let window = Window::around(&mut from, percent as usize);
            let told: Vec<u32> = all.iter().copied().filter(|value| *value >= window.low).collect();
            let mut halves = Sought::of(window, &told[..told.len() / 2]);
            halves.add(Sought::of(window, &told[told.len() / 2..]));
            let found = halves.percentile(all.len() as u64, percent);
            prop_assert!(found.is_none() || found == expected, "{:?} {:?}", found, expected);
        }
        let found = Sought::of(Window::ALL, &all).percentile(all.len() as u64, percent);
        prop_assert_eq!(found, expected);
    }
}
