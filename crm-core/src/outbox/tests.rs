use proptest::prelude::*;
use rust_decimal::Decimal;
use uuid::Uuid;

use super::*;
use crate::decision::broken;

fn at(hour: u32) -> Timestamp {
    format!("2026-11-23T{hour:02}:00:00Z").parse().unwrap()
}

fn levels(of: &[(Account, &str, i64)]) -> Levels {
    let mut levels = Levels::default();
    for (account, subject, level) in of {
        levels.add(*account, subject, Decimal::from(*level));
    }
    levels
}

const ORDER: Document<'static> = Document { kind: "order", id: Uuid::from_u128(7) };

#[test]
fn a_message_says_what_moved_and_a_posting_what_was_said() {
    use Account::{Issued, Reserved};
    let steps = [
        // the document's levels after the decision          what the message says
        (levels(&[]), None),
        (levels(&[(Reserved, "a", 5), (Reserved, "b", 2)]), Some("a+5=5 b+2=2")),
        (levels(&[(Reserved, "a", 5), (Reserved, "b", 2)]), None),
        (levels(&[(Reserved, "a", 3), (Reserved, "b", 2), (Issued, "a", 2)]), Some("a-2=3 a+2=2")),
        (levels(&[(Issued, "a", 2)]), Some("a-3=0 b-2=0")),
    ];
    let mut posting: Option<Posting> = None;
    let mut ordinals = Vec::new();
    for (now, expected) in steps {
        let posted = post(posting.clone(), ORDER, now.clone(), ("order.x", at(9)));
        let said = posted.as_ref().map(|(_, message)| {
            let moves = message.moves.0.iter();
            let moves = moves.map(|m| format!("{}{:+}={}", m.subject, m.by, m.level));
            moves.collect::<Vec<_>>().join(" ")
        });
        assert_eq!(said.as_deref(), expected, "{now:?}");
        if let Some((next, message)) = posted {
            assert_eq!(next.levels, now);
            ordinals.push(message.ordinal);
            posting = Some(next);
        }
    }
    assert_eq!(ordinals, [0, 1, 2], "gapless, from 0");
    assert_eq!(posting.unwrap().messages, 3);
}

proptest! {
    /// Whatever happens to a document, its messages add up to what it holds.
    #[test]
    fn messages_add_up(history in prop::collection::vec(prop::collection::vec((0..4_usize, 0..3_usize, -50..50_i64), 0..6), 0..20)) {
        let (mut posting, mut sum) = (None, Levels::default());
        for picture in history {
            let picture: Vec<_> = picture.iter()
                .map(|(account, subject, level)| (Account::ALL[*account], ["a", "b", "CNY"][*subject], *level))
                .collect();
            let now = levels(&picture);
            if let Some((next, message)) = post(posting.clone(), ORDER, now.clone(), ("x", at(9))) {
                for moved in &message.moves.0 {
                    prop_assert!(!moved.by.is_zero());
                    sum.add(moved.account, &moved.subject, moved.by);
                    prop_assert_eq!(moved.level, sum.get(moved.account, &moved.subject));
                }
                posting = Some(next);
            }
            prop_assert_eq!(&sum, &now);
        }
    }
}

#[test]
fn an_answer_is_kept_once_and_a_wrong_one_refused() {
    let (_, message) =
        post(None, ORDER, levels(&[(Account::Reserved, "a", 5)]), ("order.confirm", at(9)))
            .unwrap();
    let wish = |outcome, shortages: &[(&str, i64)]| SetReply {
        message: message.id,
        outcome,
        shortages: (shortages.iter())
            .map(|(subject, missing)| Shortage {
                subject: (*subject).to_owned(),
                missing: Decimal::from(*missing),
            })
            .collect(),
        note: None,
    };
    let first = |outcome, shortages| reply(&message, None, &wish(outcome, shortages), at(10));
    let table = [
        ("done", first(Outcome::Done, &[]), vec![]),
        ("short of what", first(Outcome::Short, &[]), vec!["shortages outbox.shortages_missing"]),
        (
            "done, and short",
            first(Outcome::Done, &[("a", 1)]),
            vec!["shortages outbox.shortages_unwanted"],
        ),
        (
            "short of something else, by nothing",
            first(Outcome::Short, &[("x", 0)]),
            vec![
                "shortages[0].subject outbox.subject_unknown",
                "shortages[0].missing outbox.missing_not_positive",
            ],
        ),
        ("short", first(Outcome::Short, &[("a", 2)]), vec![]),
    ];
    for (case, answered, expected) in table {
        assert_eq!(broken(&answered), expected, "{case}");
    }
    let short = first(Outcome::Short, &[("a", 2)]).unwrap();
    let again = reply(&message, Some(&short), &wish(Outcome::Short, &[("a", 2)]), at(12)).unwrap();
    assert_eq!(again, short, "the same answer again changes nothing");
    let done = reply(&message, Some(&short), &wish(Outcome::Done, &[]), at(12)).unwrap();
    assert_eq!((done.id, done.outcome, done.at), (short.id, Outcome::Done, at(12)));
    let back = reply(&message, Some(&done), &wish(Outcome::Refused, &[]), at(13));
    assert_eq!(broken(&back), ["outcome outbox.already_done"]);
}
