//! Feedback, what people allow, and issues that customers report, through the door.

use serde_json::{Value, json};

use super::service_tests::House;

/// A deal of the house's customer, won or not: what feedback is about.
fn deal(house: &House) -> String {
    house.ok(
        "pipeline.define",
        json!({"name": "P", "stages": [{"code": "a", "name": "a"},
            {"code": "won", "name": "won", "kind": "won"}, {"code": "lost", "name": "lost", "kind": "lost"}]}),
    );
    house.id("opportunity.create", json!({"customer": house.customer, "name": "设备"}))
}

fn rows(listed: &Value) -> usize {
    listed["rows"].as_array().unwrap().len()
}

#[test]
fn a_document_is_asked_about_once_answered_once_and_a_low_score_makes_one_task() {
    let house = House::new();
    let about = json!({"kind": "opportunity", "id": deal(&house)});
    let wish = json!({"about": about, "contact": house.contact, "owner": house.users[2]});
    let first = house.ok("feedback.request", wish.clone());
    assert_eq!(first["state"], "planned");
    let again = house.at(5).ok("feedback.request", wish);
    assert_eq!(again, first, "completing it again asks nobody again");
    let id = json!({"id": first["id"]});
    // Only a telephone reaches the contact: a call is planned.
    let asked = house.ok("feedback.ask", id.clone());
    assert!(asked["call"].is_string());
    let stale = asked["token"].clone();
    let token = house.ok("feedback.ask", id.clone())["token"].clone();
    house.is_sound();
    let refused = |token: &Value, score: u32| {
        house.refused("feedback.answer", json!({"token": token, "product": score}))
    };
    assert_eq!(refused(&stale, 5), "token feedback.unknown_token");
    assert_eq!(refused(&token, 6), "product feedback.score");
    let answer = json!({"token": token, "product": 5, "service": 1, "comment": "等了两周"});
    let answered = house.ok("feedback.answer", answer);
    let task = house.ok("activity.get", json!({"id": answered["follow_up"]}));
    assert_eq!((&task["kind"], &task["owner"]), (&json!("task"), &json!(house.users[2])));
    assert_eq!(task["at"], "2026-11-24T01:05:00Z", "a working day later");
    assert_eq!(refused(&token, 5), "id feedback.answered");
    let tasks = house.ok("activity.list", json!({"customer": house.customer, "kind": "task"}));
    assert_eq!(rows(&tasks), 1);
    let low = house.ok("feedback.list", json!({"low": true, "customer": house.customer}));
    assert_eq!(rows(&low), 1);
    house.is_sound();
}

#[test]
fn somebody_who_opted_out_is_not_asked_and_counted() {
    let house = House::new();
    let about = json!({"kind": "opportunity", "id": deal(&house)});
    let request = house.ok("feedback.request", json!({"about": about, "contact": house.contact}));
    let said = json!({"subject_kind": "contact", "subject": house.contact, "purpose": "feedback",
        "state": "withdrawn"});
    house.ok("consent.record", said);
    // Withdrawn after it was planned, before it was asked: effective at once.
    let asked = house.ok("feedback.ask", json!({"id": request["id"]}));
    assert_eq!((&asked["state"], &asked["skipped"]), (&json!("skipped"), &json!("opted_out")));
    assert_eq!(asked["token"], Value::Null);
    assert_eq!(house.refused("feedback.ask", json!({"id": request["id"]})), "id feedback.skipped");
    let skipped = house.ok("feedback.list", json!({"state": "skipped"}));
    assert_eq!(rows(&skipped), 1);
    house.is_sound();
}

#[test]
fn a_question_that_nobody_answers_expires() {
    let house = House::new();
    let about = json!({"kind": "opportunity", "id": deal(&house)});
    let request = house.ok("feedback.request", json!({"about": about, "contact": house.contact}));
    let token = house.ok("feedback.ask", json!({"id": request["id"]}))["token"].clone();
    house.at(14 * 24 * 60);
    let late = json!({"token": token, "product": 5});
    assert_eq!(house.refused("feedback.answer", late.clone()), "id feedback.expired");
    house.tick();
    assert_eq!(house.refused("feedback.answer", late), "id feedback.expired");
    assert_eq!(rows(&house.ok("feedback.list", json!({"state": "expired"}))), 1);
    house.is_sound();
}

#[test]
fn what_feedback_names_is_there() {
    let house = House::new();
    let nobody = "01890000-0000-7000-8000-0000000000ff";
    let about = |kind: &str, id: &str| json!({"about": {"kind": kind, "id": id}});
    let table = [
        ("an unknown deal", about("opportunity", nobody), "about.id reference.unknown"),
        ("a product of nobody", about("product", nobody), "customer reference.missing"),
        ("an unknown request", about("service_request", nobody), "about.id reference.unknown"),
    ];
    for (what, wish, expected) in table {
        assert_eq!(house.refused("feedback.request", wish), expected, "feedback on {what}");
    }
}

#[test]
fn when_an_issue_is_fixed_all_who_reported_it_are_listed_and_told_once() {
    let house = House::new();
    let product = house.id("product.create", json!({"code": "P1", "name": "泵"}));
    let other = house.id("customer.create", json!({"name": "北京"}));
    let open = |customer: &str| {
        let wish = json!({"customer": customer, "request_type": "fault", "subject": "漏水"});
        house.id("service.open", wish)
    };
    let requests = [open(&house.customer), open(&other)];
    let wish =
        json!({"title": "密封圈老化", "department": "rd", "theme": "seal", "product": product});
    let issue = house.id("issue.route", wish);
    for (minute, request) in (1..).zip(&requests) {
        house.at(minute);
        let link = json!({"id": issue, "source_kind": "service_request", "source": request});
        house.ok("issue.link", link.clone());
        house.ok("issue.link", link);
    }
    let step = |step: &str, answer: Value| {
        house.call("issue.proceed", &json!({"id": issue, "step": step, "answer": answer}))
    };
    step("accept", Value::Null).unwrap();
    step("start", Value::Null).unwrap();
    let owner = "00000000-0000-7000-8000-000000000002";
    assert_eq!(house.told(owner), [""; 0]);
    let fixed = house.at(60);
    let fixed =
        fixed.ok("issue.proceed", json!({"id": issue, "step": "fix", "answer": "换了材料"}));
    let names: Vec<&str> = fixed["reporters"]
        .as_array()
        .unwrap()
        .iter()
        .map(|r| r["name"].as_str().unwrap())
        .collect();
    assert_eq!(names, ["上海精密", "北京"]);
    assert_eq!(house.told(owner), ["issue.fixed"], "one user passed both on");
    house.is_sound();
    // Not fixed after all: the next fix is told again.
    step("reopen", Value::Null).unwrap();
    house.is_sound();
    step("start", Value::Null).unwrap();
    house.at(90);
    step("fix", json!("又换了")).unwrap();
    assert_eq!(house.told(owner), ["issue.fixed", "issue.fixed"]);
    // Whoever reports it after it was fixed hears of it at once, in the same notice.
    let late = house.ok("issue.link", json!({"id": issue, "customer": other}));
    assert_eq!(late["reporters"].as_array().unwrap().len(), 3);
    let sums = house.ok("issue.themes", json!({}));
    let row = &sums["rows"][0];
    assert_eq!((&row["product"], &row["theme"]), (&json!("P1"), &json!("seal")));
    let counts = ["issues", "open", "fixed", "customers", "reports"].map(|key| row[key].as_u64());
    assert_eq!(counts, [1, 0, 1, 2, 3].map(Some));
    house.is_sound();
    let nobody = json!({"id": issue});
    assert_eq!(house.refused("issue.link", nobody), "customer reference.missing");
    let half = json!({"id": issue, "source_kind": "activity"});
    assert_eq!(house.refused("issue.link", half), "source request.form");
}
