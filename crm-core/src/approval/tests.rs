use rust_decimal::Decimal;
use serde_json::json;

use super::*;
use crate::decision::{Refusal, broken};
use crate::settings::{CreateUser, create_user};
use crate::value::Money;

fn id(bits: u128) -> Id<User> {
    Id::new(Uuid::from_u128(bits))
}

/// Users 1 (rep, reports to 2), 2 and 3 (managers), 4 (finance), 5 (a manager who left).
fn users() -> Vec<User> {
    let user = |bits: u128, role: Role, manager: Option<u128>, active: bool| {
        let (login, role) = (format!("u{bits}"), Some(role.code().to_owned()));
        let (name, manager) = ("张三".to_owned(), manager.map(id));
        let wish =
            CreateUser { login, name, role, manager, active: Some(active), ..Default::default() };
        create_user(id(bits), &wish, &[]).unwrap()
    };
    vec![
        user(1, Role::Rep, Some(2), true),
        user(2, Role::Manager, None, true),
        user(3, Role::Manager, None, true),
        user(4, Role::Finance, None, true),
        user(5, Role::Manager, None, false),
    ]
}

fn steps(json: serde_json::Value) -> Vec<PolicyStep> {
    serde_json::from_value(json).unwrap()
}

fn policy(steps: Vec<PolicyStep>) -> ApprovalPolicy {
    let (entity, active) = (Approvable::Quote, true);
    let wish = DefineApprovalPolicy { entity, steps, active };
    define(Id::new(Uuid::from_u128(9)), &wish, None, &users()).unwrap()
}

fn usual() -> Vec<PolicyStep> {
    steps(json!([
        {"code": "lead", "name": "主管", "approver": "manager",
         "when": [{"discount": {"from": "10"}}, {"below_floor": true}]},
        {"code": "head", "name": "总监", "approver": {"role": "manager"},
         "when": [{"discount": {"from": "20"}}, {"margin": {"below": "15"}, "unknown_margin": true}]},
        {"code": "cfo", "name": "财务", "approver": {"user": id(4)},
         "when": [{"amount": {"from": {"amount": "100000", "currency": "CNY"}}}]},
    ]))
}

fn measures(discount: &str, margin: Option<&str>, amount: &str, below_floor: bool) -> Measures {
    let number = |text: &str| text.parse::<Decimal>().unwrap();
    Measures {
        discount: number(discount),
        line_discount: number(discount),
        margin: margin.map(number),
        amount: amount.parse().unwrap(),
        below_floor,
    }
}

fn asked(policy: &ApprovalPolicy, of: Measures) -> Result<Option<ApprovalRequest>, Refusal> {
    let users = users();
    let asking = Asking {
        subject_kind: Approvable::Quote,
        subject: Uuid::from_u128(7),
        author: &users[0],
        asked_by: id(1),
        users: &users,
        now: Timestamp::from_micros(0).unwrap(),
    };
    ask(Id::new(Uuid::from_u128(8)), policy, of, &asking)
}

/// A request that waits for the manager of the author, a manager and the chief of finance.
fn request() -> ApprovalRequest {
    let of = measures("25", Some("10"), "200000 CNY", false);
    asked(&policy(usual()), of).unwrap().unwrap()
}

fn speaker(user: &User) -> Speaker<'_> {
    let now = Timestamp::from_micros(1).unwrap();
    Speaker { user, now, vote: Id::new(Uuid::from_u128(77)), votes: 0 }
}

#[test]
fn thresholds_ask_for_steps_in_their_order() {
    let policy = policy(usual());
    let table = [
        ("nothing is asked", measures("9.9999", Some("15"), "99999.99 CNY", false), ""),
        ("at the threshold", measures("10", Some("15"), "1 CNY", false), "lead"),
        ("below the floor", measures("0", Some("15"), "1 CNY", true), "lead"),
        ("a low margin", measures("0", Some("14.9999"), "1 CNY", false), "head"),
        ("an unknown margin", measures("0", None, "1 CNY", false), "head"),
        ("a high amount", measures("0", Some("15"), "100000 CNY", false), "cfo"),
        ("in another currency", measures("0", Some("15"), "100000 USD", false), ""),
        ("all of it", measures("20", Some("0"), "100000 CNY", true), "lead head cfo"),
    ];
    for (rule, of, expected) in table {
        let chain = chain(&policy.steps, &of);
        let codes: Vec<&str> = chain.0.iter().map(|step| step.code.as_str()).collect();
        assert_eq!(codes.join(" "), expected, "{rule}");
    }
}

#[test]
fn every_step_has_somebody_else_who_may_agree() {
    let first = asked(&policy(usual()), measures("10", Some("50"), "1 CNY", false));
    let first = first.unwrap().unwrap();
    assert_eq!(first.step().unwrap().approver, Approver::User(id(2)), "the manager of the author");
    let none = asked(&policy(usual()), measures("0", Some("50"), "1 CNY", false));
    assert_eq!(none, Ok(None));
    let gone = steps(json!([
        {"code": "a", "name": "A", "approver": {"role": "manager"}},
        {"code": "b", "name": "B", "approver": {"user": id(4)}},
        {"code": "c", "name": "C", "approver": {"role": "rep"}},
    ]));
    let of = || measures("0", None, "1 CNY", false);
    assert_eq!(
        broken(&asked(&policy(gone), of())),
        ["approval.nobody"],
        "the only representative wrote it"
    );
}

#[test]
fn whoever_wrote_it_does_not_agree_and_others_do_in_turn() {
    let users = users();
    let by = |n: usize| speaker(&users[n - 1]);
    let wish = Approve { id: request().id, comment: None };
    let refused = |request: &ApprovalRequest, n: usize| broken(&approve(request, &wish, by(n)));
    let first = request();
    assert_eq!(refused(&first, 1), ["approval.own"]);
    assert_eq!(refused(&first, 3), ["approval.not_yours"]);
    let second = approve(&first, &wish, by(2)).unwrap().request;
    assert_eq!((second.state, second.at), (ApprovalState::Pending, 1));
    assert_eq!(refused(&second, 4), ["approval.not_yours"]);
    assert_eq!(refused(&second, 5), ["approval.not_yours"], "who left");
    let third = approve(&second, &wish, by(3)).unwrap().request;
    let done = approve(&third, &wish, by(4)).unwrap().request;
    assert_eq!((done.state, done.ended_at.is_some()), (ApprovalState::Approved, true));
    assert_eq!(refused(&done, 4), ["approval.already_approved"]);
}

#[test]
fn a_step_is_left_to_another_who_alone_decides_then() {
    let users = users();
    let by = |n: usize| speaker(&users[n - 1]);
    let first = request();
    let to = |n: u128| Delegate { id: first.id, to: id(n), comment: None };
    let leave = |n: u8| delegate(&first, &to(n.into()), &users[usize::from(n) - 1], by(2));
    assert_eq!(broken(&leave(1)), ["to approval.delegate"], "not to the author");
    assert_eq!(broken(&leave(2)), ["to approval.delegate"], "not to oneself");
    assert_eq!(broken(&leave(5)), ["to approval.delegate"], "not to one who left");
    let left = leave(4).unwrap();
    assert_eq!(left.vote.to_user, Some(id(4)));
    let wish = Approve { id: first.id, comment: None };
    assert_eq!(broken(&approve(&left.request, &wish, by(2))), ["approval.not_yours"]);
    let next = approve(&left.request, &wish, by(4)).unwrap().request;
    assert_eq!((next.at, next.delegate), (1, None), "the next step is whose it was");
}

#[test]
fn a_rejection_goes_back_to_an_earlier_step_or_to_the_author() {
    let users = users();
    let by = |n: usize| speaker(&users[n - 1]);
    let wish = Approve { id: request().id, comment: None };
    let second = approve(&request(), &wish, by(2)).unwrap().request;
    let third = approve(&second, &wish, by(3)).unwrap().request;
    let back = |to: Option<&str>, comment: &str| Reject {
        id: third.id,
        to_step: to.map(str::to_owned),
        comment: comment.to_owned(),
    };
    let first = reject(&third, &back(Some("lead"), "再议"), by(4)).unwrap().request;
    assert_eq!((first.state, first.at), (ApprovalState::Pending, 0));
    let unknown = reject(&third, &back(Some("cfo"), "x"), by(4));
    assert_eq!(broken(&unknown), ["to_step approval.step_unknown"]);
    assert_eq!(broken(&reject(&third, &back(None, " "), by(4))), ["comment text.empty"]);
    let over = reject(&third, &back(None, "太低"), by(4)).unwrap().request;
    assert_eq!(over.state, ApprovalState::Rejected);
    assert_eq!(broken(&reject(&third, &back(None, "x"), by(2))), ["approval.not_yours"]);
}

#[test]
fn whoever_asked_takes_it_back_and_an_edit_voids_it() {
    let users = users();
    let by = |n: usize| speaker(&users[n - 1]);
    let wish = Recall { id: request().id, comment: None };
    assert_eq!(broken(&recall(&request(), &wish, by(2))), ["approval.not_asked_by_you"]);
    let back = recall(&request(), &wish, by(1)).unwrap().request;
    assert_eq!(back.state, ApprovalState::Recalled);
    assert_eq!(broken(&recall(&back, &wish, by(1))), ["approval.already_recalled"]);
    let voided = void(&request(), by(1)).unwrap().request;
    assert_eq!(voided.state, ApprovalState::Voided);
    assert_eq!(void(&back, by(1)), None, "what ended without approval stays");
}

#[test]
fn every_state_refuses_every_step_that_it_does_not_allow() {
    use ApprovalState as S;
    for state in S::ALL {
        for step in ApprovalStep::ALL {
            let found = Approvals::next(*state, *step);
            let open = *state == S::Pending || (*state, *step) == (S::Approved, ApprovalStep::Void);
            assert_eq!(found.is_ok(), open, "{state} {step}");
        }
    }
}

#[test]
fn rules_that_cannot_do_what_they_say_are_found_with_a_document_that_shows_it() {
    let manager = json!({"role": "manager"});
    let step = |code: &str, approver: &serde_json::Value, when: serde_json::Value| json!({"code": code, "name": code, "approver": approver, "when": when});
    let band = |from: &str, below: &str| json!([{"discount": {"from": from, "below": below}}]);
    let from = |from: &str| json!([{"discount": {"from": from}}]);
    let finance = json!({"role": "finance"});
    let table = [
        ("sound", json!([step("a", &manager, from("10")), step("b", &finance, from("20"))]), ""),
        (
            "a hole between two bands",
            json!([step("a", &manager, band("10", "20")), step("b", &finance, from("30"))]),
            "a approval.gap: a document of 0.00 CNY with 20 % off, 20 % on one line, 100 % margin needs nobody; a \
             document of 0.00 CNY with 10 % off, 10 % on one line, 100 % margin needs `a`",
        ),
        (
            "a band that ends where it begins",
            json!([step("a", &manager, band("20", "20"))]),
            "a approval.step_unreachable: no discount, margin and amount asks for it",
        ),
        (
            "more than everything off",
            json!([step("a", &manager, from("100.01"))]),
            "a approval.step_unreachable: no discount, margin and amount asks for it",
        ),
        (
            "asked before",
            json!([step("a", &manager, from("10")), step("b", &manager, from("20"))]),
            "b approval.step_doubled: a document of 0.00 CNY with 20 % off, 20 % on one line, 100 % margin: `a` has \
             asked the same already",
        ),
        (
            "asked by nobody",
            json!([step("a", &json!({"role": "service"}), from("10"))]),
            "a approval.nobody: no active user is a service",
        ),
        (
            "a higher amount that nobody sees",
            json!([step(
                "a",
                &manager,
                json!([{"amount": {"from": {"amount": "10", "currency": "CNY"},
                "below": {"amount": "20", "currency": "CNY"}}}])
            )]),
            "a approval.gap: a document of 20.00 CNY with 0 % off, 0 % on one line, 100 % margin needs nobody; a \
             document of 10.00 CNY with 0 % off, 0 % on one line, 100 % margin needs `a`",
        ),
        (
            "a lower margin that nobody sees",
            json!([step("a", &manager, json!([{"margin": {"from": "5", "below": "10"}}]))]),
            "a approval.gap: a document of 0.00 CNY with 0 % off, 0 % on one line, 4 % margin needs nobody; a \
             document of 0.00 CNY with 0 % off, 0 % on one line, 5 % margin needs `a`",
        ),
        (
            "two currencies in one band",
            json!([step(
                "a",
                &manager,
                json!([{"amount": {"from": {"amount": "10", "currency": "CNY"},
                "below": {"amount": "20", "currency": "USD"}}}])
            )]),
            "a approval.currency_mixed: a band from one currency up to another, a approval.step_unreachable: no \
             discount, margin and amount asks for it",
        ),
    ];
    for (rule, wish, expected) in table {
        let found: Vec<String> = lint(&steps(wish), &users())
            .into_iter()
            .map(|it| format!("{} {}: {}", it.step, it.code, it.witness))
            .collect();
        assert_eq!(found.join(", "), expected, "{rule}");
    }
    assert_eq!(lint(&usual(), &users()), [], "the usual rules are sound");
}

#[test]
fn rules_are_defined_once_a_revision_and_refused_where_the_lint_finds_something() {
    let first = policy(usual());
    let wish = |steps| DefineApprovalPolicy { entity: Approvable::Quote, steps, active: true };
    let next = define(first.id, &wish(usual()), Some(&first), &users()).unwrap();
    assert_eq!((first.revision, next.revision), (1, 2));
    let twice = [usual(), usual()].concat();
    let found = broken(&define(first.id, &wish(twice), None, &users()));
    assert_eq!(found.first().map(String::as_str), Some("steps[3].code approval.step_twice"));
    let dead = steps(json!([{"code": "a", "name": "A", "approver": {"role": "manager"},
        "when": [{"discount": {"from": "20", "below": "20"}}]}]));
    assert_eq!(
        broken(&define(first.id, &wish(dead), None, &users())),
        ["steps[0] approval.step_unreachable"]
    );
    let amount: Money = "1.00 CNY".parse().unwrap();
    assert!(MoneyBand { from: Some(amount), below: None }.holds(amount), "from is included");
    assert!(!MoneyBand { from: None, below: Some(amount) }.holds(amount), "below is not");
}
