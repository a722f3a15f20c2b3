use uuid::Uuid;

use super::*;
use crate::decision::{Check, Refusal, broken};
use crate::machine::Machine;
use crate::party::said;
use crate::value::Wait;

fn minute(minute: i64) -> Timestamp {
    Timestamp::from_micros(minute * 60_000_000).unwrap()
}

fn done() -> Completed {
    Completed {
        about: About { kind: AboutKind::Order, id: Uuid::from_u128(8) },
        product: None,
        customer: Id::new(Uuid::from_u128(4)),
        contact: None,
        owner: User::OWNER,
        at: minute(0),
    }
}

fn planned(by: Result<FeedbackChannel, SkipReason>) -> FeedbackRequest {
    request(done(), by, (None, &FeedbackTerms::default()), minute(1))
}

fn scored(product: Option<u32>, service: Option<u32>) -> Answer {
    Answer { product, service, ..Answer::default() }
}

/// Takes a step, at the given minute. A request that was asked expires after 14 days.
fn step(of: &FeedbackRequest, step: FeedbackStep, at: i64) -> Result<FeedbackRequest, Refusal> {
    match step {
        FeedbackStep::Ask => ask(of, Ok(FeedbackChannel::Mail), "token", 14, minute(at)),
        FeedbackStep::Skip => ask(of, Err(SkipReason::OptedOut), "token", 14, minute(at)),
        FeedbackStep::Answer | FeedbackStep::Record => {
            answer(of, &scored(Some(4), None), step, minute(at))
        }
        FeedbackStep::Expire => expire(of, minute(at)),
        FeedbackStep::Cancel => cancel(of, "重复"),
    }
}

const DAYS_15: i64 = 15 * 24 * 60;

fn in_state(state: FeedbackState) -> FeedbackRequest {
    let fresh = planned(Ok(FeedbackChannel::Mail));
    let asked = || step(&fresh, FeedbackStep::Ask, 2).unwrap();
    match state {
        FeedbackState::Planned => fresh,
        FeedbackState::Asked => asked(),
        FeedbackState::Answered => step(&asked(), FeedbackStep::Answer, 3).unwrap(),
        FeedbackState::Expired => step(&asked(), FeedbackStep::Expire, DAYS_15).unwrap(),
        FeedbackState::Cancelled => step(&fresh, FeedbackStep::Cancel, 3).unwrap(),
        FeedbackState::Skipped => planned(Err(SkipReason::OptedOut)),
    }
}

#[test]
fn every_step_in_every_state_of_a_request_for_feedback() {
    for state in FeedbackState::ALL {
        let before = in_state(*state);
        assert_eq!(before.state, *state);
        for wanted in FeedbackStep::ALL {
            // Late enough for an end to be over; an answer comes in time.
            let at = if *wanted == FeedbackStep::Expire { DAYS_15 } else { 9 };
            let after = step(&before, *wanted, at);
            match Feedbacks::next(*state, *wanted) {
                Ok(into) => assert_eq!(after.unwrap().state, into, "{state} {wanted}"),
                Err(code) => {
                    assert_eq!(broken(&after), [format!("id {code}")], "{state} {wanted}");
                }
            }
        }
    }
}

#[test]
fn every_step_in_every_state_of_an_issue() {
    use IssueStep::{Accept, Fix, Reject, Start};
    let wish = RouteIssue {
        title: "接口松动".into(),
        department: "rd".into(),
        theme: "power".into(),
        ..Default::default()
    };
    let fresh = route(Id::new(Uuid::nil()), &wish, User::OWNER, minute(0)).unwrap();
    let take = |issue: &Issue, step| proceed(issue, step, Some("改了焊点"), minute(5));
    let walk = |steps: &[IssueStep]| {
        steps.iter().fold(fresh.clone(), |issue, step| take(&issue, *step).unwrap())
    };
    for state in IssueState::ALL {
        let before = match state {
            IssueState::Reported => walk(&[]),
            IssueState::Accepted => walk(&[Accept]),
            IssueState::InWork => walk(&[Accept, Start]),
            IssueState::Fixed => walk(&[Accept, Start, Fix]),
            IssueState::Rejected => walk(&[Reject]),
        };
        assert_eq!(
            (before.state, before.fixed_at.is_some()),
            (*state, *state == IssueState::Fixed)
        );
        for wanted in IssueStep::ALL {
            let after = take(&before, *wanted);
            match Issues::next(*state, *wanted) {
                Ok(into) => assert_eq!(after.unwrap().state, into, "{state} {wanted}"),
                Err(code) => assert_eq!(broken(&after), [format!("id {code}")], "{state} {wanted}"),
            }
        }
    }
    let silent = proceed(&walk(&[Accept, Start]), Fix, None, minute(5));
    assert_eq!(broken(&silent), ["answer text.empty"]);
    let bad = route(Id::new(Uuid::nil()), &RouteIssue::default(), User::OWNER, minute(0));
    assert_eq!(
        broken(&bad).join(", "),
        "title text.empty, department code.format, theme code.format"
    );
}

#[test]
fn a_token_answers_in_time_within_the_scale_and_once() {
    let asked = in_state(FeedbackState::Asked);
    let end = asked.expires_at.unwrap();
    let before = Timestamp::from_micros(end.micros() - 1).unwrap();
    let by = FeedbackStep::Answer;
    let said = |text: &str| Answer { comment: Some(text.into()), ..scored(Some(5), Some(1)) };
    let table = [
        ("of the product alone", scored(Some(1), None), before, ""),
        ("of both apart", scored(Some(5), Some(1)), before, ""),
        ("of nothing", scored(None, None), before, "service feedback.empty"),
        (
            "outside the scale",
            scored(Some(0), Some(6)),
            before,
            "product feedback.score, service feedback.score",
        ),
        ("with empty words", said(" "), before, "comment text.empty"),
        ("at the end", scored(Some(5), None), end, "id feedback.expired"),
        (
            "of nothing, at the end",
            scored(None, None),
            end,
            "id feedback.expired, service feedback.empty",
        ),
    ];
    for (rule, given, at, expected) in table {
        assert_eq!(
            broken(&answer(&asked, &given, by, at)).join(", "),
            expected,
            "an answer {rule}"
        );
    }
    let answered = answer(&asked, &scored(Some(5), Some(2)), by, before).unwrap();
    assert!(answered.is_low(), "unhappy with the service alone");
    assert!(!answer(&asked, &scored(Some(5), Some(3)), by, before).unwrap().is_low());
    assert_eq!(
        broken(&answer(&answered, &scored(Some(5), None), by, before)),
        ["id feedback.answered"]
    );
    assert_eq!(broken(&expire(&asked, before)), ["id feedback.not_over"]);
}

#[test]
fn whoever_forbids_it_is_not_asked_and_nobody_has_to_allow_it() {
    let no = |purpose: &str| said(purpose, false);
    let (mail, phone, form) =
        (FeedbackChannel::Mail, FeedbackChannel::Phone, FeedbackChannel::Form);
    let terms = FeedbackTerms { channels: vec![mail, phone, form], ..FeedbackTerms::default() };
    let table = [
        ("by the first channel", (true, true, false), vec![], Ok(mail)),
        ("by what reaches them", (true, false, false), vec![], Ok(phone)),
        ("by what they leave open", (true, true, false), vec![no("feedback.email")], Ok(phone)),
        (
            "by a form where mail and telephone are forbidden",
            (true, true, false),
            vec![no("feedback.email"), no("feedback.phone")],
            Ok(form),
        ),
        (
            "not where all is forbidden",
            (true, true, false),
            vec![no("feedback")],
            Err(SkipReason::OptedOut),
        ),
        (
            "not where what reaches them is forbidden",
            (false, true, false),
            vec![no("feedback.email"), no("feedback.message")],
            Err(SkipReason::OptedOut),
        ),
        (
            "not where nothing reaches them",
            (false, false, false),
            vec![],
            Err(SkipReason::NoAddress),
        ),
        ("not where they are archived", (true, true, true), vec![], Err(SkipReason::Archived)),
    ];
    for (rule, (phone, mail, archived), said, expected) in table {
        let whom = Reachable { phone, mail, archived, said: &said };
        assert_eq!(channel(&terms, whom), expected, "asked {rule}");
    }
}

#[test]
fn a_document_is_asked_about_once() {
    let same = planned(Err(SkipReason::NoAddress));
    assert_eq!(planned(Ok(FeedbackChannel::Mail)).id, same.id);
    let other = About { kind: AboutKind::Contract, ..done().about };
    assert_ne!(FeedbackRequest::id_of(other), same.id);
}

#[test]
fn customers_are_asked_by_terms_that_make_sense() {
    let terms = FeedbackTerms::default();
    let table = [
        ("as they ship", terms.clone(), ""),
        (
            "by nothing",
            FeedbackTerms { channels: vec![], ..terms.clone() },
            "f.channels feedback.channels",
        ),
        (
            "twice by the same",
            FeedbackTerms { channels: vec![FeedbackChannel::Mail; 2], ..terms.clone() },
            "f.channels feedback.channels",
        ),
        (
            "on a scale of one",
            FeedbackTerms { scale: 1, low: 1, ..terms.clone() },
            "f.scale feedback.scale",
        ),
        ("where the best is bad", FeedbackTerms { low: 5, ..terms.clone() }, "f.low feedback.low"),
        (
            "for no time",
            FeedbackTerms { valid_days: 0, follow_up: Wait::Days(0), ..terms },
            "f.valid_days feedback.valid_days, f.follow_up feedback.follow_up",
        ),
    ];
    for (rule, terms, expected) in table {
        let mut check = Check::default();
        terms.lint("f", &mut check);
        assert_eq!(broken(&check.done()).join(", "), expected, "asked {rule}");
    }
}
