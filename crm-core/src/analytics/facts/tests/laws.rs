//! Laws over the dashboard and over every report of deals: sums explain themselves, and nothing that happens later changes
//! what is told as of an instant.

use super::*;
use crate::{analytics::Query, value::Timestamp};

/// The bytes of all reports over deals, asked at a second, from facts that are read as of another.
fn reports_read(facts: &Facts, read: i64, asked: i64) -> Vec<String> {
    let mut builder = crate::analytics::FactTable::builder("CNY", 2);
    builder.pipeline(&Uuid::from_u128(8).to_string(), "P", &STAGES[..5]);
    facts.pour(&mut builder, &Nameless, read).unwrap();
    let table = builder.finish().unwrap();
    let asked = Timestamp::from_micros(asked * 1_000_000).unwrap();
    let reports = crate::analytics::laws::reports_for(&table, &Query::new(ZONE, asked));
    reports.iter().map(|report| crate::export::json(report).unwrap()).collect()
}

/// The bytes of all reports over deals as of a second.
pub(super) fn reports_at(facts: &Facts, at: i64) -> Vec<String> {
    reports_read(facts, at, at)
}

/// Later than anything that happens in a history.
pub(super) const END: i64 = BEGIN + 3_000 * DAY;

/// What had happened until a second.
fn known_until(deals: &[Plain], at: i64) -> Vec<Plain> {
    deals.iter().filter(|deal| deal.has_history).filter_map(|deal| back_to(deal, at)).collect()
}

/// The same with much that happens later: every deal that was there goes on, is won and lost, and others come.
fn poisoned(deals: &[Plain], others: &[Plain], at: i64) -> Vec<Plain> {
    let mut all: Vec<Plain> = known_until(deals, at);
    for deal in &mut all {
        deal.path.extend([(1, at + 1), (5, at + 2), (3, at + 3), (6, at + 4)]);
    }
    let (offset, first) = (Uuid::from_u128(1 << 100), at + 5);
    for other in others.iter().filter(|other| other.has_history) {
        let begin = other.path[0].1;
        let path = other.path.iter().map(|(stage, when)| (*stage, first + when - begin)).collect();
        let id = Uuid::from_u128(other.id.as_u128() | offset.as_u128());
        let amount = Some((i64::from(u32::MAX), true));
        all.push(Plain { id, path, amount, ..other.clone() });
    }
    all
}

/// A mutant: whoever reads the future is caught.
#[test]
fn a_report_that_looks_ahead_is_caught() {
    let deals = [went_by_day(1, &[(0, 0), (2, 3)]), went_by_day(2, &[(0, 0), (1, 5), (6, 9)])];
    for day in 1..20 {
        let at = BEGIN + day * DAY;
        let told = reports_at(&poured(&known_until(&deals, at)), at);
        let poisoned = poured(&poisoned(&deals, &deals, at));
        assert_eq!(reports_at(&poisoned, at), told, "day {day}");
        assert_ne!(reports_at(&poisoned, END), told, "day {day}: the law sees what is later");
    }
}

/// What does not sum up among the answers: each deal stands in one place, is of one owner, region and source, and is won
/// in one month or expected in one; and every deal with a history was made once.
pub(super) fn unexplained(told: &Answers, deals: usize) -> Option<&'static str> {
    let ends = |stage: &Uuid| [5, 6].map(stage_id).contains(stage);
    let counted = |is_ended: bool| -> (u64, i128) {
        let of = told.stages.iter().filter(|(stage, _)| ends(stage) == is_ended);
        of.fold((0, 0), |sum, (_, tally)| (sum.0 + tally.0, sum.1 + tally.1))
    };
    let won = told.stages.get(&stage_id(5)).copied().unwrap_or_default();
    let lost = told.stages.get(&stage_id(6)).copied().unwrap_or_default();
    let wins = [
        decided(told.owners.values()),
        decided(told.regions.values()),
        decided(told.sources.values()),
    ];
    let by_month = told.won.values().fold((0, 0), |sum, of| (sum.0 + of.0, sum.1 + of.1));
    let expected: u64 = told.forecast.values().map(|(deals, _)| deals).sum();
    let made = told.transitions.iter().filter(|((from, _), _)| from.is_none());
    let made: u64 = made.map(|(_, moves)| moves).sum();
    let left = told.transitions.iter().filter(|((from, _), _)| from.is_some_and(|of| !ends(&of)));
    let left: u64 = left.map(|(_, moves)| moves).sum();
    let checks = [
        (counted(true).0 + counted(false).0 == deals as u64, "deals"),
        (wins.iter().all(|of| *of == (won.0, lost.0)), "wins"),
        (by_month == won, "won by month"),
        (told.cycle.0 == won.0, "cycles"),
        (expected == counted(false).0, "open by month"),
        (told.stale.iter().all(|(stage, of)| of.0 <= told.stages[stage].0), "stale"),
        (told.reached.get(&stage_id(0)).copied().unwrap_or(0) == made, "made"),
        (told.dwell.values().map(|of| of.0).sum::<u64>() == left, "stays that ended"),
    ];
    checks.into_iter().find(|(holds, _)| !holds).map(|(_, what)| what)
}

fn decided<'a>(of: impl Iterator<Item = &'a (u64, u64)>) -> (u64, u64) {
    of.fold((0, 0), |sum, (won, lost)| (sum.0 + won, sum.1 + lost))
}

/// Mutants: each of these sums no longer explains itself.
#[test]
fn a_sum_that_explains_nothing_is_caught() {
    let deals: Vec<Plain> = (0..60).map(of_every_kind).collect();
    let told = twin(&deals, &asked());
    assert_eq!(unexplained(&told, deals.len()), None);
    let mutants: [(&str, fn(&mut Answers)); 8] = [
        ("deals", |told| told.stages.values_mut().for_each(|of| of.0 += 1)),
        ("wins", |told| told.regions.values_mut().for_each(|of| of.1 += 1)),
        ("won by month", |told| {
            told.won.pop_first();
        }),
        ("cycles", |told| told.cycle.0 -= 1),
        ("open by month", |told| {
            told.forecast.pop_first();
        }),
        ("stale", |told| told.stale.values_mut().for_each(|of| of.0 += 1_000)),
        ("made", |told| {
            told.reached.pop_first();
        }),
        ("stays that ended", |told| {
            told.dwell.pop_first();
        }),
    ];
    for (what, break_it) in mutants {
        let mut told = twin(&deals, &asked());
        break_it(&mut told);
        assert_eq!(unexplained(&told, deals.len()), Some(what));
    }
}

proptest! {
    #![proptest_config(cases())]

    /// FT-7: whatever happens later, and in whatever order it is read, no report over deals, nor the dashboard, tells
    /// anything else as of a second. Who reads on tells something else, by a single second already.
    #[test]
    fn no_report_sees_a_poisoned_future(deals in histories(), others in histories(), day in 0i64..800) {
        let at = BEGIN + day * DAY;
        let possible = |deals: Vec<Plain>| deals.into_iter().filter(Plain::is_possible).collect();
        let (deals, others): (Vec<Plain>, Vec<Plain>) = (possible(deals), possible(others));
        let known = known_until(&deals, at);
        let mut later = poisoned(&deals, &others, at);
        let is_poisoned = !later.is_empty();
        later.reverse();
        let (known, poisoned) = (poured(&known), poured(&later));
        let told = reports_at(&known, at);
        prop_assert_eq!(&reports_at(&poisoned, at), &told);
        prop_assert_eq!(&reports_read(&poisoned.as_of(at), END, at), &told);
        let ask = DashboardAsk { as_of: at, ..asked() };
        prop_assert_eq!(anew(&poisoned, &ask), anew(&known, &ask));
        // Mutants: a report that is counted from all that is there, and one that is counted from some seconds more.
        if is_poisoned {
            prop_assert_ne!(&reports_read(&poisoned, END, at), &told, "all of the future is read");
            prop_assert_ne!(&reports_read(&poisoned, at + 5, at), &told, "five seconds of it are read");
            prop_assert_ne!(anew(&poisoned, &asked()), anew(&known, &ask), "by the dashboard");
        }
    }
}
