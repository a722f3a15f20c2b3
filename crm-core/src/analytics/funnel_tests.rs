use std::collections::{BTreeMap, BTreeSet};

use proptest::prelude::*;
use uuid::Uuid;

use super::*;
use crate::analytics::{DealRow, MoveKind, MoveRow, sample};

/// A deal by its path: the stages it stood in, oldest first, as positions, and how it stands.
#[derive(Clone, Debug)]
struct Path(Vec<usize>, Outcome, bool);

fn key(position: usize) -> &'static str {
    sample::STAGES.get(position).map_or("", |(key, _)| key)
}

fn table_of(paths: &[Path]) -> FactTable {
    let mut builder = sample::labelled();
    for (number, Path(stages, outcome, has_history)) in (1u128..).zip(paths) {
        let stage = stages.last().map_or("", |last| key(*last));
        let row = DealRow {
            pipeline: "direct",
            stage,
            has_history: *has_history,
            ..DealRow::new(Uuid::from_u128(number), *outcome)
        };
        let deal = builder.deal(&row).unwrap();
        let mut from = "";
        for (at, stage) in (0..).zip(stages) {
            let to = key(*stage);
            builder.stage_move(&MoveRow { deal, from, to, at, kind: MoveKind::Moved }).unwrap();
            from = to;
        }
    }
    builder.finish().unwrap()
}

/// Entered, advanced, won, lost, open of each stage that anyone entered.
fn rows(paths: &[Path]) -> Vec<(usize, [u64; 5])> {
    let table = table_of(paths);
    let found = funnel(&table, &sample::all());
    let counts = |row: &FunnelStage| [row.entered, row.advanced, row.won, row.lost, row.open];
    let position = |row: &FunnelStage| table.stages.position(row.stage) as usize;
    let entered = found.stages.iter().filter(|row| row.entered > 0);
    entered.map(|row| (position(row), counts(row))).collect()
}

#[test]
fn what_became_of_a_deal() {
    use Outcome::{Lost, Open, Won};
    let deal = |path: &[usize], outcome| vec![Path(path.to_vec(), outcome, true)];
    type Rows = Vec<(usize, [u64; 5])>;
    let table: [(&str, Vec<Path>, Rows); 9] = [
        // a deal that …                                              entered, advanced, won, lost, open
        ("is new is still there", deal(&[0], Open), vec![(0, [1, 0, 0, 0, 1])]),
        (
            "went on advanced (X5: not only where it stands now)",
            deal(&[0, 1], Open),
            vec![(0, [1, 1, 0, 0, 0]), (1, [1, 0, 0, 0, 1])],
        ),
        ("was won", deal(&[0, 1], Won), vec![(0, [1, 1, 0, 0, 0]), (1, [1, 0, 1, 0, 0])]),
        (
            "was lost is not dropped (X3)",
            deal(&[0, 1], Lost),
            vec![(0, [1, 1, 0, 0, 0]), (1, [1, 0, 0, 1, 0])],
        ),
        (
            "went back and forth counts once (X3)",
            deal(&[0, 1, 0, 1, 0, 1], Lost),
            vec![(0, [1, 1, 0, 0, 0]), (1, [1, 0, 0, 1, 0])],
        ),
        (
            "skipped a stage did not stand in it",
            deal(&[0, 2], Won),
            vec![(0, [1, 1, 0, 0, 0]), (2, [1, 0, 1, 0, 0])],
        ),
        (
            "moved back counts at its furthest",
            deal(&[0, 2, 1], Open),
            vec![(0, [1, 1, 0, 0, 0]), (1, [1, 1, 0, 0, 0]), (2, [1, 0, 0, 0, 1])],
        ),
        ("began late entered late", deal(&[3], Won), vec![(3, [1, 0, 1, 0, 0])]),
        ("has no history is left out", vec![Path(vec![0, 1], Won, false)], vec![]),
    ];
    for (rule, paths, expected) in table {
        assert_eq!(rows(&paths), expected, "a deal that {rule}");
    }
}

#[test]
fn what_is_left_out_is_counted() {
    let paths = [
        Path(vec![0], Outcome::Open, true),
        Path(vec![0, 1], Outcome::Won, false),
        Path(vec![], Outcome::Open, true),
        Path(vec![0, 3, 1], Outcome::Open, true),
    ];
    let table = table_of(&paths);
    let found = funnel(&table, &sample::all());
    assert_eq!(
        (found.deals, found.without_history, found.without_stage, found.moved_back),
        (2, 1, 1, 1)
    );
    assert_eq!(found.stages.len(), 5, "stages that nobody entered are shown");
    let notes = found.report(&table, &sample::all()).notes;
    assert!(notes.iter().any(|note| note.en == "1 deals without stage history are left out."));
}

#[test]
fn a_deal_counts_in_the_pipeline_it_is_in_now() {
    let mut builder = sample::labelled();
    builder.pipeline("partner", "渠道", &[("t1", "报备"), ("t2", "审批")]);
    let row = DealRow {
        pipeline: "partner",
        stage: "t2",
        has_history: true,
        ..DealRow::new(Uuid::from_u128(1), Outcome::Open)
    };
    let deal = builder.deal(&row).unwrap();
    for (at, (from, to)) in (0..).zip([("", "s1"), ("s1", "s2"), ("s2", "t1"), ("t1", "t2")]) {
        builder.stage_move(&MoveRow { deal, from, to, at, kind: MoveKind::Moved }).unwrap();
    }
    let table = builder.finish().unwrap();
    let found = funnel(&table, &sample::all());
    let labels = |row: &FunnelStage| {
        (table.dictionary(Dimension::Stage).key(row.stage).to_owned(), row.entered, row.advanced)
    };
    assert_eq!(
        found.stages.iter().map(labels).collect::<Vec<_>>(),
        [("t1".to_owned(), 1, 1), ("t2".to_owned(), 1, 0)]
    );
}

/// The slow twin: stage by stage, deal by deal, straight from the definition.
fn twin(paths: &[Path]) -> Vec<(usize, [u64; 5])> {
    let mut rows: BTreeMap<usize, [u64; 5]> = BTreeMap::new();
    for Path(stages, outcome, _) in paths.iter().filter(|path| path.2) {
        for stage in stages.iter().collect::<BTreeSet<_>>() {
            let [entered, advanced, won, lost, open] = rows.entry(*stage).or_default();
            *entered += 1;
            *match outcome {
                _ if stages.iter().any(|other| other > stage) => advanced,
                Outcome::Won => won,
                Outcome::Lost => lost,
                Outcome::Open => open,
            } += 1;
        }
    }
    rows.into_iter().collect()
}

fn paths() -> impl Strategy<Value = Vec<Path>> {
    let outcome = prop_oneof![Just(Outcome::Open), Just(Outcome::Won), Just(Outcome::Lost)];
    let path = (prop::collection::vec(0usize..5, 0..9), outcome, prop::bool::weighted(0.9));
    prop::collection::vec(
        path.prop_map(|(stages, outcome, history)| Path(stages, outcome, history)),
        0..40,
    )
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(crate::analytics::laws::proof(64)))]

    /// The conservation law, on any history.
    #[test]
    fn entered_is_advanced_and_won_and_lost_and_still_there(paths in paths()) {
        let table = table_of(&paths);
        let found = funnel(&table, &sample::all());
        for row in &found.stages {
            prop_assert_eq!(row.entered, row.advanced + row.won + row.lost + row.open);
        }
        let ends: [u64; 3] = found.stages.iter().fold([0; 3], |[won, lost, open], row| [won + row.won, lost + row.lost, open + row.open]);
        prop_assert_eq!(ends.iter().sum::<u64>(), found.deals, "each deal ends in one stage");
        prop_assert_eq!([ends[0], ends[2]], [found.won, found.open]);
        let all = found.deals + found.without_history + found.without_stage;
        prop_assert_eq!(all, paths.len() as u64, "nobody is lost");
    }

    #[test]
    fn it_equals_its_slow_twin(paths in paths()) {
        prop_assert_eq!(rows(&paths), twin(&paths));
    }

    #[test]
    fn every_figure_has_as_many_members_as_it_says(paths in paths()) {
        let table = table_of(&paths);
        let count = |filter: &Filter| table.members(filter, chrono_tz::UTC).len() as u64;
        for row in funnel(&table, &sample::all()).stages {
            prop_assert_eq!(count(&row.members), row.entered);
            prop_assert_eq!(count(&row.advanced_members()), row.advanced);
            prop_assert_eq!(count(&row.ended_members(Outcome::Won)), row.won);
            prop_assert_eq!(count(&row.ended_members(Outcome::Lost)), row.lost);
            prop_assert_eq!(count(&row.ended_members(Outcome::Open)), row.open);
        }
    }
}
