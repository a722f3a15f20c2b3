use proptest::prelude::*;

use super::*;
use crate::analytics::sample::Dice;

/// A deal's history that any sequence of operations may leave: also nonsense such as winning twice.
fn past(dice: &mut Dice, number: u64) -> Past {
    let worth =
        |dice: &mut Dice| (dice.below(6) > 0).then(|| i64::try_from(dice.below(1000)).unwrap());
    let group =
        |dice: &mut Dice| (dice.below(4) > 0).then(|| u32::try_from(dice.below(3)).unwrap());
    let mut at = i64::try_from(dice.below(80)).unwrap();
    let mut steps = vec![(at, Happening::Created)];
    let (first_worth, first_group) = (worth(dice), group(dice));
    for _ in 0..dice.below(9) {
        at += i64::try_from(dice.below(15)).unwrap();
        let happening = match dice.below(8) {
            0 => Happening::Won,
            1 => Happening::Lost,
            2 | 3 => Happening::Reopened,
            4 | 5 => Happening::Worth(worth(dice)),
            _ => Happening::Group(group(dice)),
        };
        steps.push((at, happening));
    }
    Past { id: Uuid::from_u128(number.into()), worth: first_worth, group: first_group, steps }
}

fn pasts(seed: u64, count: u64) -> Vec<Past> {
    let mut dice = Dice(seed);
    (0..count).map(|number| past(&mut dice, number)).collect()
}

fn worth_in(what: &Happening) -> Option<Option<i64>> {
    match what {
        Happening::Worth(worth) => Some(*worth),
        Happening::Created | Happening::Won | Happening::Lost | Happening::Reopened => None,
        Happening::Group(_) => None,
    }
}

/// How a deal stood just before `at`, read from its history without any of the kernel: open in which group, worth what.
fn stood(past: &Past, at: i64) -> Option<(u32, Option<i64>)> {
    let until: Vec<Happening> =
        past.steps.iter().filter(|(when, _)| *when < at).map(|(_, what)| *what).collect();
    let worth = until.iter().rev().find_map(worth_in);
    let group = until.iter().rev().find_map(|what| match what {
        Happening::Group(group) => Some(*group),
        Happening::Created | Happening::Won | Happening::Lost | Happening::Reopened => None,
        Happening::Worth(_) => None,
    });
    let is_open = until.iter().rev().find_map(|what| match what {
        Happening::Created | Happening::Reopened => Some(true),
        Happening::Won | Happening::Lost => Some(false),
        Happening::Worth(_) | Happening::Group(_) => None,
    });
    let group = group.unwrap_or(past.group).filter(|_| is_open == Some(true))?;
    Some((group, worth.unwrap_or(past.worth)))
}

fn standing(pasts: &[Past], at: i64, group: Option<u32>) -> Standing {
    let mut sum = Standing::default();
    for (of, worth) in pasts.iter().filter_map(|past| stood(past, at)) {
        if group.is_none_or(|group| group == of) {
            sum.add(worth);
        }
    }
    sum
}

/// What is wrong with an answer.
fn fault(found: &Changes, pasts: &[Past], from: i64, to: i64) -> Option<&'static str> {
    let whole = [(None, &found.total)];
    let groups = found.groups.iter().map(|(group, of)| (Some(*group), of));
    for (group, of) in whole.into_iter().chain(groups) {
        if of.opening != standing(pasts, from, group) {
            return Some("the opening is not what stood there");
        }
        if of.closing != standing(pasts, to, group) {
            return Some("the closing is not what stands there");
        }
        if !of.balances() {
            return Some("opening and flows do not make the closing");
        }
    }
    let sum = |of: &dyn Fn(&Waterfall) -> i128| found.groups.values().map(of).sum::<i128>();
    let is_sum = |of: &dyn Fn(&Waterfall) -> i128| sum(of) == of(&found.total);
    let parts = is_sum(&|of| of.opening.minor) && is_sum(&|of| of.closing.minor);
    let flows =
        Flow::ALL.into_iter().filter(|flow| !matches!(flow, Flow::MovedIn | Flow::MovedOut));
    let flows = flows.into_iter().all(|flow| is_sum(&|of| of.flow(flow).minor));
    if !parts || !flows {
        return Some("the groups do not sum to the whole");
    }
    let counted = |flow: Flow| found.members.iter().filter(|of| of.flow == flow).count() as u64;
    let members = Flow::ALL.into_iter().all(|flow| counted(flow) == found.total.flow(flow).deals);
    let ends = found.opening.len() as u64 == found.total.opening.deals
        && found.closing.len() as u64 == found.total.closing.deals;
    (!members || !ends).then_some("a figure has other members than it counts")
}

#[test]
fn what_happened_to_a_pipeline() {
    use Happening::{Created, Group, Lost, Reopened, Won, Worth};
    let deal = |id: u128, worth, group, steps: &[(i64, Happening)]| Past {
        id: Uuid::from_u128(id),
        worth,
        group,
        steps: steps.to_vec(),
    };
    let all = [
        deal(1, Some(100), Some(0), &[(1, Created), (12, Worth(Some(150))), (15, Won)]),
        deal(2, Some(200), Some(0), &[(2, Created), (10, Lost), (14, Reopened), (19, Worth(None))]),
        deal(3, Some(400), None, &[(3, Created), (11, Group(Some(1))), (13, Group(Some(0)))]),
        deal(4, None, Some(1), &[(16, Created), (17, Worth(Some(70))), (18, Group(None))]),
        deal(5, Some(900), Some(1), &[(20, Created)]),
        deal(6, Some(50), Some(1), &[(4, Created), (9, Lost), (12, Worth(Some(60)))]),
    ];
    let found = changes(&all, 10, 20);
    let line = |of: Standing| (of.deals, of.minor, of.unpriced);
    assert_eq!(
        line(found.total.opening),
        (2, 300, 0),
        "what happens at the first second is within"
    );
    let flows: Vec<_> = Flow::ALL.into_iter().map(|flow| line(found.total.flow(flow))).collect();
    assert_eq!(
        flows,
        [
            (1, 0, 1),   // made, nobody knew for how much
            (1, 200, 0), // opened again
            (1, 400, 0), // came into the filter
            (2, 120, 0), // 100 to 150, and unknown to 70
            (1, 200, 0), // 200 to unknown
            (1, 70, 0),  // left the filter
            (1, 150, 0), // won at what it was worth then
            (1, 200, 0), // lost, though opened again later
        ]
    );
    assert_eq!(line(found.total.closing), (2, 400, 1), "what happens at the last second is not");
    assert!(found.total.balances());
    assert_eq!(line(found.groups[&1].flow(Flow::MovedOut)), (2, 470, 0), "one to the other group");
    assert_eq!(fault(&found, &all, 10, 20), None);
}

#[test]
fn two_periods_on_end_are_one() {
    for seed in 0..200 {
        let all = pasts(seed, 12);
        let (first, second, whole) =
            (changes(&all, 10, 60), changes(&all, 60, 110), changes(&all, 10, 110));
        assert_eq!(first.total.closing, second.total.opening);
        for flow in Flow::ALL {
            let (one, two, both) =
                (first.total.flow(flow), second.total.flow(flow), whole.total.flow(flow));
            assert_eq!(one.deals + two.deals, both.deals, "{flow:?}");
            assert_eq!(one.minor + two.minor, both.minor, "{flow:?}");
        }
    }
}

/// What had happened before a second.
fn until(pasts: &[Past], to: i64) -> Vec<Past> {
    let cut = |past: &Past| Past {
        steps: past.steps.iter().filter(|(at, _)| *at < to).copied().collect(),
        ..past.clone()
    };
    pasts.iter().map(cut).collect()
}

/// A mutant: who reads ten seconds on tells something else of most pipelines.
#[test]
fn changes_that_look_ahead_are_caught() {
    let caught = (0..50).filter(|seed| {
        let all = pasts(*seed, 20);
        changes(&all, 30, 100).total != changes(&until(&all, 90), 30, 90).total
    });
    assert!(caught.count() > 40);
}

/// What reports that keep no history do: each is caught by the law.
#[test]
fn the_law_catches_what_others_do() {
    type Broken = fn(&[Past], i64, i64) -> Changes;
    let broken: [(&str, Broken); 3] = [
        ("amounts of today for the past", |pasts, from, to| {
            let last = |past: &Past| past.steps.iter().rev().find_map(|(_, what)| worth_in(what));
            let now = |past: &Past| {
                let is_worth = |what: &Happening| matches!(what, Happening::Worth(_));
                let steps = past.steps.iter().filter(|(_, what)| !is_worth(what)).copied();
                Past {
                    worth: last(past).unwrap_or(past.worth),
                    steps: steps.collect(),
                    ..past.clone()
                }
            };
            changes(&pasts.iter().map(now).collect::<Vec<_>>(), from, to)
        }),
        ("each deal once, by how it stands at the end", |pasts, from, to| {
            let mut found = changes(pasts, from, to);
            let last =
                |change: &Change| found.members.iter().rfind(|of| of.id == change.id).copied();
            let members: Vec<Change> = found
                .members
                .iter()
                .filter(|change| last(change) == Some(**change))
                .copied()
                .collect();
            found.total.flows.clear();
            for change in &members {
                found.total.flows.entry(change.flow).or_default().add(change.minor);
            }
            found.members = members;
            found
        }),
        ("a reopened deal is no change", |pasts, from, to| {
            let mut found = changes(pasts, from, to);
            found.total.flows.remove(&Flow::Reopened);
            found.members.retain(|change| change.flow != Flow::Reopened);
            found
        }),
    ];
    for (what, broken) in broken {
        let caught = (0..50).any(|seed| {
            let all = pasts(seed, 20);
            fault(&broken(&all, 30, 90), &all, 30, 90).is_some()
        });
        assert!(caught, "{what}: nothing catches it");
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(crate::analytics::laws::proof(200)))]

    #[test]
    fn nothing_of_a_pipeline_is_unexplained(seed in any::<u64>(), from in 0i64..100, length in 0i64..100) {
        let mut all = pasts(seed, 12);
        let found = changes(&all, from, from + length);
        prop_assert_eq!(fault(&found, &all, from, from + length), None);
        prop_assert_eq!(&changes(&until(&all, from + length), from, from + length), &found, "what comes later");
        all.reverse();
        prop_assert_eq!(&changes(&all, from, from + length).total, &found.total, "the order does not matter");
        prop_assert_eq!(&changes(&all, from, from + length).members.len(), &found.members.len());
    }
}
