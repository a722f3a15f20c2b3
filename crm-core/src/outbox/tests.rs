use proptest::prelude::*;
use rust_decimal::Decimal;
use uuid::Uuid;

use super::*;
use crate::decision::broken;
use crate::order::{Due, ExceptionKind, Order, OrderLine, OrderState};
use crate::payment::Instalment;
use crate::value::{Money, Percent};

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

#[test]
fn what_another_system_brought_in_is_not_said() {
    use Account::Reserved;
    let said = |levels: Levels, before| post(before, ORDER, levels, ("x", at(9))).unwrap();
    let brought = bring(None, ORDER, levels(&[(Reserved, "a", 5)])).unwrap();
    assert_eq!((brought.messages, &brought.brought), (0, &levels(&[(Reserved, "a", 5)])));
    let (posting, first) = said(levels(&[(Reserved, "a", 7)]), Some(brought));
    assert_eq!((first.ordinal, first.moves.0[0].by), (0, Decimal::from(2)));
    let again = bring(Some(posting.clone()), ORDER, levels(&[(Reserved, "a", 4)])).unwrap();
    assert_eq!(again.messages, 1, "what was said stays said");
    assert_eq!(again.brought, levels(&[(Reserved, "a", 2)]), "5 came, then 3 went");
    let (_, second) = said(levels(&[]), Some(again));
    assert_eq!((second.ordinal, second.moves.0[0].by), (1, Decimal::from(-4)));
    assert_eq!(bring(Some(posting.clone()), ORDER, posting.levels), None);
}

/// An order in a state.
fn order(state: OrderState) -> Order {
    Order { state, ..crate::payment::tests::order(7, "100 CNY", Vec::new()) }
}

fn line(product: Option<u128>, [quantity, shipped, returned]: [&str; 3]) -> OrderLine {
    let none = Money::zero("CNY".parse().unwrap());
    OrderLine {
        id: Id::new(Uuid::from_u128(1)),
        order: order(OrderState::Draft).id,
        ordinal: 0,
        product: product.map(|product| Id::new(Uuid::from_u128(product))),
        text: None,
        deal_line: None,
        quantity: quantity.parse().unwrap(),
        unit_price: none.into(),
        discount: "0".parse::<Percent>().unwrap(),
        tax_rate: "0".parse::<Percent>().unwrap(),
        net: none,
        tax: none,
        shipped: shipped.parse().unwrap(),
        delivered: shipped.parse().unwrap(),
        returned: returned.parse().unwrap(),
        quote_line: None,
        ext: Ext::new(),
    }
}

fn instalment([amount, paid, credited]: [&str; 3]) -> Instalment {
    let order = order(OrderState::Submitted);
    let cny = |amount: &str| format!("{amount} CNY").parse::<Money>().unwrap();
    Instalment {
        id: Id::new(Uuid::from_u128(1)),
        order: order.id,
        customer: order.customer,
        ordinal: 0,
        amount: cny(amount),
        paid: cny(paid),
        credited: cny(credited),
        due: Due::On(order.ordered_on),
        due_on: None,
        open: true,
        zone: order.zone,
        booked_on: order.ordered_on,
        settled_on: None,
        ext: Ext::new(),
    }
}

#[test]
fn what_an_order_holds_follows_from_how_it_stands() {
    let held = |state, lines: &[OrderLine], money: &[Instalment]| {
        let levels = order_levels(&order(state), lines, money);
        let said = levels.all().map(|(account, subject, level)| {
            let of = subject.strip_prefix("00000000-0000-0000-0000-").unwrap_or(subject);
            format!("{account} {}={level}", of.trim_start_matches('0'))
        });
        said.collect::<Vec<_>>().join(", ")
    };
    let two = [line(Some(0xa), ["5", "2", "0"]), line(Some(0xb), ["1.5", "0", "0"])];
    let (some, none) =
        ("stock.reserved a=3, stock.reserved b=1.5, stock.issued a=2", "stock.issued a=2");
    use OrderState::*;
    let states = [
        (Draft, none),
        (InReview, none),
        (Confirmed, some),
        (Submitted, some),
        (InDelivery, some),
        (Delivered, some),
        (Completed, some),
        (Cancelled, none),
    ];
    assert_eq!(states.len(), OrderState::ALL.len());
    for (state, expected) in states {
        assert_eq!(held(state, &two, &[]), expected, "{state}");
    }
    let lines = [
        (
            "a product on two lines",
            [line(Some(0xa), ["5", "0", "0"]), line(Some(0xa), ["1", "1", "0"])],
            "stock.reserved a=5, stock.issued a=1",
        ),
        (
            "what came back is not issued, nor reserved anew",
            [line(Some(0xa), ["5", "5", "2"]), line(Some(0xb), ["1", "1", "1"])],
            "stock.issued a=3",
        ),
        (
            "more than was ordered left the house",
            [line(Some(0xa), ["5", "6", "0"]), line(None, ["9", "3", "0"])],
            "stock.issued a=6",
        ),
    ];
    for (case, lines, expected) in lines {
        assert_eq!(held(Submitted, &lines, &[]), expected, "{case}");
    }
    let money = [
        (
            "asked for",
            vec![instalment(["60", "0", "0"]), instalment(["40", "0", "0"])],
            "ledger.receivable CNY=100",
        ),
        (
            "paid in part",
            vec![instalment(["60", "60", "0"]), instalment(["40", "0.5", "0"])],
            "ledger.receivable CNY=100, ledger.received CNY=60.5",
        ),
        (
            "let off",
            vec![instalment(["60", "20", "40"])],
            "ledger.receivable CNY=20, ledger.received CNY=20",
        ),
        ("called off", vec![instalment(["60", "0", "60"])], ""),
    ];
    for (case, money, expected) in money {
        assert_eq!(held(Submitted, &[], &money), expected, "{case}");
    }
}

#[test]
fn a_short_answer_has_to_be_seen_to() {
    let (_, message) =
        post(None, ORDER, levels(&[(Account::Reserved, "a", 5)]), ("order.confirm", at(9)))
            .unwrap();
    let answer = |outcome, missing: &[i64], hour| {
        let shortages = missing
            .iter()
            .map(|missing| Shortage { subject: "a".to_owned(), missing: Decimal::from(*missing) });
        let wish =
            SetReply { message: message.id, outcome, shortages: shortages.collect(), note: None };
        reply(&message, None, &wish, at(hour)).unwrap()
    };
    let table = [
        // state, answers                                             since, what shows it
        (OrderState::Confirmed, vec![], None),
        (OrderState::Confirmed, vec![answer(Outcome::Done, &[], 9)], None),
        (OrderState::Confirmed, vec![answer(Outcome::Refused, &[], 9)], None),
        (
            OrderState::Confirmed,
            vec![answer(Outcome::Short, &[3], 11), answer(Outcome::Short, &[2], 10)],
            Some((at(10), "not in stock: 2 of a")),
        ),
        (OrderState::Draft, vec![answer(Outcome::Short, &[2], 10)], None),
        (OrderState::Cancelled, vec![answer(Outcome::Short, &[2], 10)], None),
    ];
    for (state, replies, expected) in table {
        let found = missing(&order(state), &replies).unwrap();
        let seen = found.as_ref().map(|found| (found.since, found.evidence.as_str()));
        assert_eq!(seen, expected, "{state} {replies:?}");
        assert!(found.is_none_or(|found| found.kind == ExceptionKind::Short));
    }
}
