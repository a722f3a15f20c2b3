use proptest::prelude::*;
use uuid::Uuid;

use super::*;
use crate::analytics::{DealRow, MoveRow, sample};

const DAY: i64 = 86_400;

/// A deal as its moves: kind, to, days before the report's moment.
type Path<'a> = &'a [(MoveKind, &'a str, i64)];

fn table_of(paths: &[Path<'_>]) -> FactTable {
    let now = sample::all().as_of_seconds();
    let mut builder = sample::labelled();
    for (number, path) in (1u128..).zip(paths) {
        let at = |ago: i64| now - ago * DAY;
        let (last, stage, ago) = *path.last().unwrap();
        let outcome = match last {
            MoveKind::Won => Outcome::Won,
            MoveKind::Lost => Outcome::Lost,
            MoveKind::Created | MoveKind::Moved | MoveKind::Reopened => Outcome::Open,
        };
        let row = DealRow {
            pipeline: "direct",
            stage,
            created_at: path.first().map(|(_, _, ago)| at(*ago)),
            closed_at: Some(at(ago)),
            has_history: true,
            ..DealRow::new(Uuid::from_u128(number), outcome)
        };
        let deal = builder.deal(&row).unwrap();
        let mut from = "";
        for (kind, to, ago) in *path {
            builder.stage_move(&MoveRow { deal, from, to, at: at(*ago), kind: *kind }).unwrap();
            from = to;
        }
    }
    builder.finish().unwrap()
}

fn shown(table: &FactTable, found: &StageTimes) -> Vec<(String, [u64; 6], Option<String>)> {
    let ways = [Left::Onward, Left::Back, Left::Elsewhere, Left::Won, Left::Lost, Left::Not];
    let row = |row: &StageStays| {
        let key = table.dictionary(Dimension::Stage).key(row.stage).to_owned();
        let median = row.lasting.median_days().map(|days| days.to_string());
        (key, ways.map(|left| row.that(left)), median)
    };
    found.stages.iter().map(row).collect()
}

#[test]
fn a_stay_ends_when_the_deal_goes_on_back_or_is_closed() {
    use MoveKind::{Created, Lost, Moved, Reopened, Won};
    let paths: [Path<'_>; 5] = [
        &[(Created, "s1", 100), (Moved, "s2", 90), (Won, "s2", 70)],
        &[(Created, "s1", 100), (Moved, "s2", 80), (Moved, "s1", 75), (Moved, "s2", 74)],
        &[(Created, "s1", 50), (Lost, "s1", 20), (Reopened, "s2", 10)],
        // Moved to where it stands, as a change of rules does: the stay goes on.
        &[(Created, "s1", 40), (Moved, "s1", 30)],
        &[(Created, "s2", 9), (Moved, "gone", 4), (Lost, "gone", 2)],
    ];
    let table = table_of(&paths);
    let found = stage_times(&table, &sample::all());
    let days = |text: &str| Some(text.to_owned());
    assert_eq!(
        shown(&table, &found),
        [
            // stage: onward, back, elsewhere, won, lost, still; the median with those still there
            ("gone".to_owned(), [0, 0, 0, 0, 1, 0], days("2.0000")),
            ("s1".to_owned(), [3, 0, 0, 0, 1, 1], days("20.0000")),
            ("s2".to_owned(), [0, 1, 1, 1, 0, 2], days("20.0000")),
        ]
    );
    let whole = &found.cycles[0].lasting;
    assert_eq!((whole.ended(), whole.censored()), (2, 3), "the reopened one is open");
    let ended_before = sample::all()
        .during(crate::analytics::Period { from: Some("2026-11-01".parse().unwrap()), to: None });
    let late = stage_times(&table, &ended_before);
    assert_eq!(
        shown(&table, &late)
            .iter()
            .map(|(stage, left, _)| (stage.as_str(), left.iter().sum::<u64>()))
            .collect::<Vec<_>>(),
        [("gone", 1), ("s2", 2)],
        "a period is of the days on which stays begin"
    );
}

#[test]
fn stages_are_ranked_by_waiting_and_by_loss_where_enough_is_known() {
    use MoveKind::{Created, Lost, Moved, Won};
    let quick: Path<'_> =
        &[(Created, "s1", 50), (Moved, "s2", 49), (Moved, "s3", 20), (Won, "s3", 18)];
    let lost: Path<'_> = &[(Created, "s1", 50), (Moved, "s2", 49), (Lost, "s2", 29)];
    let paths: Vec<Path<'_>> = (0..8).map(|at| if at < 4 { quick } else { lost }).collect();
    let table = table_of(&paths);
    let found = stage_times(&table, &sample::all());
    let ranked = bottlenecks(&found.stages);
    let rows: Vec<_> =
        ranked.iter().map(|one| (one.by_wait, one.by_loss, one.loss_stands_out)).collect();
    assert_eq!(
        rows,
        [(Some(2), Some(2), false), (Some(1), Some(1), false), (None, None, false)],
        "four stays in the third stage are too few; 4 of 8 against 0 of 8 overlap"
    );
    let time: u32 = ranked.iter().filter_map(|one| one.time).sum();
    assert_eq!(time, 10_000, "the parts of all time sum to the whole");
    let more: Vec<Path<'_>> = paths.iter().cycle().take(80).copied().collect();
    let table = table_of(&more);
    let found = stage_times(&table, &sample::all());
    assert!(bottlenecks(&found.stages)[1].loss_stands_out, "40 of 80 against 0 of 80 and 0 of 40");
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(crate::analytics::laws::proof(24)))]

    /// Every stay begins with a move into a stage and ends once; the time in stages is the time that a deal was open.
    #[test]
    fn stays_fill_the_time_that_a_deal_is_open(seed in 0u64..1_000_000) {
        let table = sample::pour(&sample::sample(seed, 40));
        let now = sample::all().as_of_seconds();
        for deal in (0..table.len()).filter(|deal| table.deals.has_history(*deal)) {
            let stays = table.stays_of(deal, now);
            let open_for: i64 = stays.iter().map(|stay| stay.lasted).sum();
            let end = table.deals.closed_at(deal).unwrap_or(now);
            prop_assert_eq!(open_for, end - table.deals.created_at(deal).unwrap());
            let unended = stays.iter().filter(|stay| stay.left == Left::Not).count();
            prop_assert_eq!(unended, usize::from(table.deals.outcome(deal) == Outcome::Open));
        }
        let found = stage_times(&table, &sample::all());
        for row in &found.stages {
            prop_assert_eq!(row.stays(), row.lasting.ended() + row.lasting.censored());
            prop_assert_eq!(table.members(&row.members, sample::all().zone).len() as u64, row.deals);
        }
        let by_owner = stage_times(&table, &sample::all().by([Dimension::Owner]));
        let stays = |of: &StageTimes| of.stages.iter().map(StageStays::stays).sum::<u64>();
        prop_assert_eq!(stays(&found), stays(&by_owner), "the sum over groups is the total");
    }
}
