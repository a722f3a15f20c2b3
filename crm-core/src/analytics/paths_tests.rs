use proptest::prelude::*;
use uuid::Uuid;

use super::*;
use crate::analytics::{DealRow, Dimension, MoveRow, sample};

const DAY: i64 = 86_400;

/// Deals as words: the stages 1 to 5 in turn, `w` won, `l` lost; a day from one to the next.
fn table_of(words: &[String]) -> FactTable {
    let mut builder = sample::labelled();
    for (number, word) in (1u128..).zip(words) {
        let steps: Vec<char> = word.chars().collect();
        let at = |place: usize| 1_704_038_400 + i64::try_from(place).unwrap() * DAY;
        let outcome = match steps.last() {
            Some('w') => Outcome::Won,
            Some('l') => Outcome::Lost,
            _ => Outcome::Open,
        };
        let stages: Vec<String> =
            steps.iter().filter(|c| c.is_ascii_digit()).map(|c| format!("s{c}")).collect();
        let deal = builder
            .deal(&DealRow {
                pipeline: "direct",
                stage: stages.last().unwrap(),
                created_at: Some(at(0)),
                closed_at: Some(at(steps.len() - 1)),
                has_history: true,
                ..DealRow::new(Uuid::from_u128(number), outcome)
            })
            .unwrap();
        let mut from = String::new();
        for (place, step) in steps.iter().enumerate() {
            let before = place.checked_sub(1).map(|before| steps[before]);
            let kind = match (before, step) {
                (None, _) => MoveKind::Created,
                (_, 'w') => MoveKind::Won,
                (_, 'l') => MoveKind::Lost,
                (Some('w' | 'l'), _) => MoveKind::Reopened,
                _ => MoveKind::Moved,
            };
            let to = if step.is_ascii_digit() { format!("s{step}") } else { from.clone() };
            builder
                .stage_move(&MoveRow { deal, from: &from, to: &to, at: at(place), kind })
                .unwrap();
            from = to;
        }
    }
    builder.finish().unwrap()
}

/// One step forward at a time, won from the last stage.
fn strict(table: &FactTable) -> Allowed {
    let code =
        |stage: usize| table.dictionary(Dimension::Stage).code(&format!("s{stage}")).unwrap();
    Allowed {
        moves: (1..5).map(|stage| (code(stage), code(stage + 1))).collect(),
        wins: BTreeSet::from([code(5)]),
    }
}

fn words(words: &[&str]) -> Vec<String> {
    words.iter().map(|word| (*word).to_owned()).collect()
}

#[test]
fn a_deal_conforms_where_every_move_is_allowed() {
    let table = [
        ("one step at a time, won at the end", "12345w", [1, 1], [5, 5], 0),
        ("lost anywhere", "12l", [1, 1], [2, 2], 0),
        ("open as far as it has come", "123", [1, 1], [2, 2], 0),
        ("a stage left out", "1245w", [0, 1], [3, 4], 0),
        ("won too early", "12w", [0, 1], [1, 2], 0),
        ("gone back", "1212l", [0, 1], [3, 4], 2),
        ("reopened is not judged", "12l2l", [1, 1], [3, 3], 1),
    ];
    for (rule, word, conforming, judged, returns) in table {
        let facts = table_of(&words(&[word]));
        let found = paths(&facts, &sample::all(), &strict(&facts));
        let of = found.conformance();
        assert_eq!([of.successes, of.trials], conforming, "{rule}");
        assert_eq!([found.judged.successes, found.judged.trials], judged, "{rule}");
        assert_eq!(found.returns.values().sum::<u64>(), returns, "{rule}");
        assert_eq!(found.variants[0].conforms, conforming[0] == 1, "{rule}");
    }
}

#[test]
fn variants_are_counted_and_the_graph_tells_what_follows_what() {
    let facts = table_of(&words(&["12w", "12w", "13l", "12", "12w", "121l"]));
    let found = paths(&facts, &sample::all(), &strict(&facts));
    let counts: Vec<(usize, u64)> =
        found.variants.iter().map(|one| (one.way.len(), one.deals.deals)).collect();
    assert_eq!(counts[0], (4, 3), "the most frequent way: start, two stages, won");
    assert_eq!(counts.iter().map(|(_, deals)| deals).sum::<u64>(), 6);
    let code = |stage: &str| facts.dictionary(Dimension::Stage).code(stage).unwrap();
    let edge = &found.edges[&(Node::Stage(code("s1")), Node::Stage(code("s2")))];
    assert_eq!((edge.moves, edge.deals.deals, edge.deals.won), (5, 5, 3));
    assert_eq!(edge.waits, [DAY; 5]);
    assert_eq!((found.looping.deals, found.looping.lost), (1, 1));
    let report = found.report(&facts, &sample::all());
    for table in &report.tables {
        assert!(table.rows.iter().all(|row| row.len() == table.columns.len()), "{}", table.key);
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(crate::analytics::laws::proof(40)))]

    /// FEATURES B06: the graph that is found is that of the generator, and all conform only where nothing deviates.
    #[test]
    fn the_graph_is_that_of_its_generator(seed in any::<u64>(), deviates in any::<bool>()) {
        let mut dice = sample::Dice(seed);
        let mut made: BTreeMap<(char, char), u64> = BTreeMap::new();
        let mut deviations = 0_u64;
        let word = |dice: &mut sample::Dice| {
            let mut word = vec!['1'];
            loop {
                let here = *word.last().unwrap();
                let stage = here.to_digit(10).unwrap();
                let next = match dice.below(10) {
                    0 => 'l',
                    1 => break,
                    2 if deviates && stage > 1 => '1',
                    3 if deviates => 'w',
                    _ if stage == 5 => 'w',
                    _ => char::from_digit(stage + 1, 10).unwrap(),
                };
                let is_step = next.to_digit(10) == Some(stage + 1) || next == 'l' || (here, next) == ('5', 'w');
                deviations += u64::from(!is_step);
                *made.entry((here, next)).or_default() += 1;
                word.push(next);
                if next == 'w' || next == 'l' {
                    break;
                }
            }
            word.into_iter().collect::<String>()
        };
        let mut word = word;
        let all: Vec<String> = (0..60).map(|_| word(&mut dice)).collect();
        let facts = table_of(&all);
        let found = paths(&facts, &sample::all(), &strict(&facts));
        let letter = |node: Node| match node {
            Node::Start => 'S',
            Node::Stage(stage) => facts.dictionary(Dimension::Stage).key(stage).chars().nth(1).unwrap(),
            Node::Won => 'w',
            Node::Lost => 'l',
        };
        let graph: BTreeMap<(char, char), u64> = found
            .edges
            .iter()
            .filter(|((from, _), _)| *from != Node::Start)
            .map(|((from, to), edge)| ((letter(*from), letter(*to)), edge.moves))
            .collect();
        prop_assert_eq!(graph, made);
        prop_assert_eq!(found.judged.trials - found.judged.successes, deviations);
        let conformance = found.conformance();
        prop_assert_eq!(conformance.successes == conformance.trials, deviations == 0);
        prop_assert_eq!(found.variants.iter().map(|one| one.deals.deals).sum::<u64>(), 60);
    }
}
