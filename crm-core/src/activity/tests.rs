use uuid::Uuid;

use super::*;
use crate::decision::broken;
use crate::record::Ext;
use crate::schedule::{Notice, TimerCode};
use crate::value::Code;

const HOUR: i64 = 60;
const DAY: i64 = 24 * HOUR;

/// So many minutes after the beginning.
fn at(minutes: i64) -> Timestamp {
    Timestamp::from_micros(1_790_000_000_000_000 + minutes * 60_000_000).unwrap()
}

fn id<K>(bits: u128) -> Id<K> {
    Id::new(Uuid::from_u128(bits))
}

fn some(text: &str) -> Option<String> {
    Some(text.to_owned())
}

fn us() -> Person {
    Person { user: Some(id(1)), ..Default::default() }
}

fn them() -> Person {
    Person { name: some("王伟"), ..Default::default() }
}

fn wish(kind: &str) -> ActivityWish {
    ActivityWish { kind: kind.into(), customer: Some(id(7)), ..Default::default() }
}

fn people() -> (Id<User>, Id<User>) {
    (id(1), id(2))
}

fn logged(
    wish: &ActivityWish,
    now: i64,
) -> Result<(Activity, Vec<Participant>), crate::decision::Refusal> {
    log(id(9), wish, people(), at(now), || id(10))
}

fn done(wish: &ActivityWish) -> Activity {
    logged(wish, 0).unwrap().0
}

fn planned(wish: &ActivityWish, now: i64) -> Activity {
    plan(id(9), wish, people(), at(now), || id(10)).unwrap().0
}

fn task(due: i64) -> ActivityWish {
    ActivityWish { at: Some(at(due)), ..wish("task") }
}

#[test]
fn what_is_done_fits_its_kind_and_its_time() {
    let (missed, bounced) = (some("missed"), some("bounced"));
    let table = [
        ("call", wish("call"), ""),
        ("of an unknown kind", wish("fax"), "kind code.unknown"),
        (
            "with nobody",
            ActivityWish { customer: None, ..wish("note") },
            "customer activity.of_nobody",
        ),
        ("to come", ActivityWish { at: Some(at(1)), ..wish("call") }, "at time.future"),
        (
            "call of a day",
            ActivityWish { minutes: Some(1440), ..wish("call") },
            "minutes activity.minutes",
        ),
        ("call of less", ActivityWish { minutes: Some(1439), ..wish("call") }, ""),
        (
            "call of negative length",
            ActivityWish { minutes: Some(-1), ..wish("call") },
            "minutes activity.minutes",
        ),
        (
            "call of endless length",
            ActivityWish { minutes: Some(i64::MAX), ..wish("call") },
            "minutes activity.minutes",
        ),
        (
            "missed call",
            ActivityWish { outcome: missed.clone(), minutes: Some(0), ..wish("call") },
            "",
        ),
        (
            "missed call that took time",
            ActivityWish { outcome: missed.clone(), minutes: Some(1), ..wish("call") },
            "minutes call.missed_took_time",
        ),
        ("visit by us", ActivityWish { participants: vec![us(), them()], ..wish("visit") }, ""),
        (
            "visit by nobody of us",
            ActivityWish { participants: vec![them()], ..wish("visit") },
            "participants visit.without_visitor",
        ),
        (
            "visit that ends before it starts",
            ActivityWish {
                at: Some(at(-1)),
                ends_at: Some(at(-2)),
                participants: vec![us()],
                ..wish("visit")
            },
            "ends_at activity.ends_before_start",
        ),
        (
            "visit with two ends",
            ActivityWish {
                ends_at: Some(at(0)),
                minutes: Some(5),
                participants: vec![us()],
                ..wish("visit")
            },
            "minutes activity.minutes_and_end",
        ),
        ("meeting with them", ActivityWish { participants: vec![them()], ..wish("meeting") }, ""),
        ("meeting of nobody", wish("meeting"), "participants meeting.without_attendee"),
        (
            "bounced e-mail",
            ActivityWish { outcome: bounced.clone(), message_id: some("<a@b>"), ..wish("email") },
            "",
        ),
        (
            "bounced call",
            ActivityWish { outcome: bounced, ..wish("call") },
            "outcome activity.not_of_kind",
        ),
        (
            "missed task",
            ActivityWish { outcome: missed, ..wish("task") },
            "outcome activity.not_of_kind",
        ),
        (
            "call with a Message-ID",
            ActivityWish { message_id: some("a"), ..wish("call") },
            "message_id activity.not_of_kind",
        ),
        (
            "note to them",
            ActivityWish { direction: some("out"), ..wish("note") },
            "direction activity.not_of_kind",
        ),
        (
            "person unclear",
            ActivityWish { participants: vec![Person::default()], ..wish("call") },
            "participants[0] participant.unclear",
        ),
        (
            "person twice",
            ActivityWish { participants: vec![us(), us()], ..wish("call") },
            "participants[1] participant.twice",
        ),
        (
            "plan's reminder",
            ActivityWish { remind_minutes: Some(5), ..wish("call") },
            "remind_minutes activity.not_of_done",
        ),
        (
            "blank text",
            ActivityWish { content: some(" "), subject: some("a\nb"), ..wish("note") },
            "subject text.control, content text.empty",
        ),
    ];
    for (rule, wish, expected) in table {
        assert_eq!(broken(&logged(&wish, 0)).join(", "), expected, "done: {rule}");
    }
}

#[test]
fn a_plan_lies_ahead_and_says_nothing_of_what_is_known_only_afterwards() {
    let ahead = |kind: &str| ActivityWish { at: Some(at(HOUR)), ..wish(kind) };
    let past = ActivityWish { at: Some(at(-1)), ..wish("task") };
    let table = [
        ("a task", ahead("task"), ""),
        ("a visit, whoever will go", ahead("visit"), ""),
        ("sometime", wish("task"), "at time.missing"),
        ("a note", ahead("note"), "kind activity.not_of_plan"),
        ("yesterday", past.clone(), "at time.past"),
        ("yesterday, elsewhere", ActivityWish { backfill: true, ..past }, ""),
        (
            "a call that was missed",
            ActivityWish { outcome: some("missed"), ..ahead("call") },
            "outcome activity.not_of_plan",
        ),
        (
            "what they said",
            ActivityWish { feedback: some("x"), ..ahead("call") },
            "feedback activity.not_of_plan",
        ),
    ];
    for (rule, wish, expected) in table {
        let decided = plan(id(9), &wish, people(), at(0), || id(10));
        assert_eq!(broken(&decided).join(", "), expected, "planned: {rule}");
    }
}

#[test]
fn a_plan_is_done_once_and_not_before_it_was_made() {
    let open = planned(&task(HOUR), 0);
    let visit = planned(&ActivityWish { at: Some(at(HOUR)), ..wish("visit") }, 0);
    let backfilled = planned(&ActivityWish { backfill: true, ..task(-DAY) }, 0);
    let complete_at = |activity: &Activity, minutes: i64, people: Vec<Person>| {
        let wish = CompleteActivity {
            id: activity.id,
            at: Some(at(minutes)),
            ends_at: None,
            minutes: None,
            outcome: None,
            content: None,
            feedback: some("好"),
            participants: people,
            next: None,
            updates: Updates::default(),
        };
        complete(activity, &[], &wish, at(2 * HOUR), || id(11)).map(|(done, _)| done)
    };
    let finished = complete_at(&open, HOUR, vec![]).unwrap();
    let dropped = cancel(&open, "没必要").unwrap();
    let table = [
        ("in time", &open, HOUR, vec![], ""),
        ("as soon as it was written down", &open, 0, vec![], ""),
        ("before it was written down", &open, -1, vec![], "at time.before_entry"),
        ("in the future", &open, 3 * HOUR, vec![], "at time.future"),
        ("a second time", &finished, HOUR, vec![], "id activity.not_open"),
        ("after it was given up", &dropped, HOUR, vec![], "id activity.not_open"),
        ("when it was planned elsewhere, then", &backfilled, -DAY, vec![], ""),
        ("by somebody of us", &visit, HOUR, vec![us()], ""),
        ("by nobody of us", &visit, HOUR, vec![them()], "participants visit.without_visitor"),
    ];
    for (rule, activity, minutes, people, expected) in table {
        let decided = complete_at(activity, minutes, people);
        assert_eq!(broken(&decided).join(", "), expected, "a plan is done {rule}");
    }
    assert_eq!((finished.at, finished.due_at), (at(HOUR), Some(at(HOUR))));
}

#[test]
fn a_plan_is_moved_or_given_up_while_it_is_open() {
    let open = planned(&ActivityWish { minutes: Some(30), ..task(HOUR) }, 0);
    let moved = reschedule(&open, at(DAY), at(1)).unwrap();
    assert_eq!((moved.at, moved.due_at), (at(DAY), Some(at(DAY))));
    assert_eq!(moved.ends_at, Some(at(DAY + 30)), "it takes as long as before");
    assert_eq!(broken(&reschedule(&open, at(0), at(1))), ["at time.past"]);
    assert_eq!(broken(&cancel(&open, " ")), ["reason text.empty"]);
    let dropped = cancel(&open, "推迟").unwrap();
    assert_eq!(broken(&reschedule(&dropped, at(DAY), at(1))), ["id activity.not_open"]);
    assert_eq!(broken(&cancel(&dropped, "x")), ["id activity.not_open"]);
}

#[test]
fn late_overdue_and_follow_up_follow_from_the_record() {
    let three_days = ActivityWish { at: Some(at(-3 * DAY)), ..wish("call") };
    let more = ActivityWish { at: Some(at(-3 * DAY - 1)), ..wish("call") };
    assert_eq!((done(&three_days).is_late(), done(&more).is_late()), (false, true));
    let open = planned(&task(HOUR), 0);
    assert_eq!((open.is_overdue(at(HOUR)), open.is_overdue(at(HOUR + 1))), (false, true));
    assert!(!cancel(&open, "x").unwrap().is_overdue(at(DAY)));
    let of = |kind: &str, outcome: &str, direction: &str| {
        let text = |text: &str| (!text.is_empty()).then(|| text.to_owned());
        let (outcome, direction) = (text(outcome), text(direction));
        done(&ActivityWish { outcome, direction, participants: vec![us()], ..wish(kind) })
    };
    let table = [
        ("call", "", "", true),
        ("call", "missed", "", false),
        ("call", "reached", "in", true),
        ("visit", "", "", true),
        ("visit", "missed", "", false),
        ("meeting", "", "", true),
        ("email", "", "", true),
        ("email", "bounced", "", false),
        ("email", "", "in", false),
        ("message", "", "out", true),
        ("task", "", "", false),
        ("note", "", "", false),
    ];
    for (kind, outcome, direction, expected) in table {
        let found = of(kind, outcome, direction).is_follow_up();
        assert_eq!(found, expected, "{kind} {outcome} {direction}");
    }
    assert!(!planned(&ActivityWish { at: Some(at(1)), ..wish("call") }, 0).is_follow_up());
}

#[test]
fn an_email_is_one_by_its_message_id_and_awaits_an_answer() {
    assert_eq!(message_id(" <a@b> "), message_id("a@b"));
    assert_ne!(message_id("a@b"), message_id("A@b"), "a Message-ID has one spelling");
    let mail = |bits: u128, minutes: i64, direction: &str, outcome: Option<&str>| {
        let wish = ActivityWish {
            at: Some(at(minutes)),
            direction: some(direction),
            outcome: outcome.map(str::to_owned),
            ..wish("email")
        };
        let (activity, _) = log(id(bits), &wish, people(), at(0), || id(10)).unwrap();
        Activity { thread: Uuid::from_u128(1), ..activity }
    };
    let sent = mail(1, -3 * DAY, "out", None);
    let answer = mail(2, -2 * DAY, "in", None);
    let before = mail(3, -4 * DAY, "in", None);
    let again = mail(4, -DAY - 1, "out", None);
    let bounced = mail(5, -3 * DAY, "out", Some("bounced"));
    let table = [
        ("alone", &sent, vec![], true),
        ("after what they wrote before", &sent, vec![before], true),
        ("and was answered", &sent, vec![answer.clone()], false),
        ("and was followed by another", &sent, vec![again.clone()], false),
        ("after an answer", &again, vec![sent.clone(), answer.clone()], true),
        ("and bounced", &bounced, vec![], false),
        ("from them", &answer, vec![], false),
    ];
    for (rule, email, mut thread, expected) in table {
        thread.push(email.clone());
        let awaits = awaits_reply(email, &thread, TimeDelta::days(1), at(0));
        assert_eq!(awaits, expected, "an e-mail {rule}");
    }
    assert!(!awaits_reply(&sent, &[], TimeDelta::days(3), at(0)), "not longer than three days yet");
}

#[test]
fn an_owner_is_reminded_of_what_is_still_to_be_done() {
    let open = planned(&ActivityWish { remind_minutes: Some(15), ..task(HOUR) }, 0);
    let dropped = cancel(&open, "x").unwrap();
    let moved = reschedule(&open, at(DAY), at(1)).unwrap();
    let call = planned(&ActivityWish { at: Some(at(HOUR)), ..wish("call") }, 0);
    let (remind, overdue) = (TimerCode::ActivityRemind, TimerCode::ActivityOverdue);
    let owner = Some(id(2));
    let table = [
        ("early", remind, &open, HOUR - 16, None),
        ("a quarter before", remind, &open, HOUR - 15, owner),
        ("after downtime", remind, &open, 9 * DAY, owner),
        ("of what was given up", remind, &dropped, HOUR, None),
        ("of what was moved", remind, &moved, HOUR, None),
        ("of a call at its time", remind, &call, HOUR, owner),
        ("of a task at its time", overdue, &open, HOUR, None),
        ("of an overdue task", overdue, &open, HOUR + 1, owner),
        ("of a call that passed", overdue, &call, DAY, None),
        ("of a stage", TimerCode::StageBreach, &open, DAY, None),
    ];
    for (rule, code, activity, now, expected) in table {
        assert_eq!(due(code, activity, at(now)), expected, "reminded {rule}");
    }
}

#[test]
fn a_notice_comes_once_by_each_channel_until_it_is_snoozed() {
    let code = |text: &str| text.parse::<Code>().unwrap();
    let (app, email) = (code("app"), code("email"));
    let notice = Notice {
        id: id(1),
        recipient: id(2),
        code: "activity.remind".into(),
        subject_kind: "activity".into(),
        subject: Uuid::nil(),
        due_at: at(0),
        created_at: at(0),
        delivered: None,
        snoozed_until: None,
        because: None,
        ext: Ext::new(),
    };
    assert!(!is_due(&notice, &app, at(-1)) && is_due(&notice, &app, at(0)));
    let once = deliver(&notice, &app);
    assert!(!is_due(&once, &app, at(1)) && is_due(&once, &email, at(9 * DAY)));
    let both = deliver(&once, &email);
    assert_eq!(both.delivered.as_deref(), Some("app email"));
    assert_eq!(broken(&snooze(&both, at(0), at(1))), ["until time.past"]);
    let later = snooze(&both, at(DAY), at(1)).unwrap();
    assert!(!is_due(&later, &app, at(DAY - 1)));
    assert!(is_due(&later, &app, at(DAY)) && is_due(&later, &email, at(DAY)));
}

#[test]
fn an_activity_is_with_the_customer_of_its_deal_and_its_contact() {
    use crate::party::{CreateContact, create_contact};
    let made = CreateContact { customer: Some(id(7)), name: "王伟".into(), ..Default::default() };
    let contact = create_contact(id(3), &made, at(0)).unwrap();
    let nobody = ActivityWish { customer: None, ..wish("call") };
    assert_eq!(customer_of(&nobody, None, Some(&contact)), Ok(Some(id(7))));
    assert_eq!(customer_of(&nobody, None, None), Ok(None));
    let other = ActivityWish { customer: Some(id(8)), ..wish("call") };
    let found = customer_of(&other, None, Some(&contact));
    assert_eq!(broken(&found), ["contact contact.of_other_customer"]);
}
