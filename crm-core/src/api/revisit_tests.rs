//! Revisit plans, double work, and what a dealing teaches, through the door.

use serde_json::{Value, json};

use super::party_tests::Host;

const DAY: u64 = 24 * 60;

/// The day of an instant.
fn day(at: &Value) -> String {
    at.as_str().unwrap().split('T').next().unwrap().to_owned()
}

fn steps(crm: &Host, customer: &str) -> Vec<(String, String)> {
    let list = crm.ok("activity.list", json!({"customer": customer}));
    let rows = list["rows"].as_array().unwrap().iter().rev();
    let text = |row: &Value, field: &str| row[field].as_str().unwrap().to_owned();
    rows.map(|row| (text(row, "status"), day(&row["at"]))).collect()
}

fn plan(crm: &Host, more: Value) -> Value {
    let mut wish = json!({"subject": "回访", "kind": "visit", "rule": {"unit": "week"}});
    wish.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
    crm.ok("revisit.plan", wish)
}

/// The host begins on 21 September 2026 in the evening, in Shanghai.
#[test]
fn each_step_is_planned_once_and_downtime_makes_no_flood() {
    let crm = Host::new();
    let a = crm.id("customer.create", json!({"name": "A"}));
    let made = plan(&crm, json!({"customer": a, "remind_minutes": 30}));
    assert_eq!(made["days"].as_array().unwrap().len(), 5);
    let first = day(&made["days"][0]["at"]);
    assert_eq!(steps(&crm, &a), [("planned".into(), first.clone())]);
    let next = crm.ok("tick", json!({}))["next_due"].clone();
    assert!(next.as_str() < made["days"][0]["at"].as_str(), "the reminder of the step comes first");
    // The step is due: the next one is planned, whether the one before was done or not, once.
    crm.wait(8 * DAY);
    assert_eq!(crm.ok("tick", json!({}))["more"], false);
    crm.ok("tick", json!({}));
    let second = day(&made["days"][1]["at"]);
    let two = [("planned".into(), first), ("planned".into(), second)];
    assert_eq!(steps(&crm, &a), two);
    // Ten weeks of sleep: one more step, in the future.
    crm.wait(70 * DAY);
    while crm.ok("tick", json!({}))["more"] == true {}
    assert_eq!(steps(&crm, &a).len(), 3);
    let plans = crm.ok("revisit.list", json!({"customer": a}));
    let row = &plans["rows"][0];
    assert_eq!((&row["planned"], &row["skipped"]), (&json!(3), &json!(9)));
    assert_eq!(crm.ok("store.verify", json!({}))["faults"], json!([]));
    let step = crm.ok("activity.complete", json!({"id": made["step"], "feedback": "好"}));
    assert_eq!(step["id"], made["step"], "a visit has its visitor");
    let ended = crm.ok("revisit.end", json!({"id": made["id"]}));
    assert_eq!((&ended["ended"], &ended["due_at"]), (&json!("stopped"), &Value::Null));
    let last = steps(&crm, &a).pop().unwrap();
    assert_eq!(last.0, "cancelled", "what was still to come is given up");
    assert_eq!(crm.ok("revisit.end", json!({"id": made["id"]}))["version"], ended["version"]);
    assert_eq!(crm.ok("store.verify", json!({}))["faults"], json!([]));
}

#[test]
fn a_plan_ends_with_whom_it_is_for() {
    let crm = Host::new();
    let a = crm.id("customer.create", json!({"name": "A"}));
    let wang = crm.id("contact.create", json!({"customer": a, "name": "王伟"}));
    let lead = crm.id("lead.capture", json!({"name": "L", "phones": ["13800138000"]}));
    let plans = [json!({"customer": a}), json!({"contact": wang}), json!({"lead": lead})];
    let plans = plans.map(|of| plan(&crm, of)["id"].clone());
    crm.ok("customer.archive", json!({"id": a}));
    crm.ok("lead.discard", json!({"id": lead, "reason": "junk"}));
    crm.wait(8 * DAY);
    while crm.ok("tick", json!({}))["more"] == true {}
    let all = crm.ok("revisit.list", json!({"ended": true}));
    let ended: Vec<_> = all["rows"].as_array().unwrap().iter().map(|row| &row["ended"]).collect();
    assert_eq!(ended, plans.iter().map(|_| "closed").collect::<Vec<_>>());
    assert!(steps(&crm, &a).iter().all(|(status, _)| status == "cancelled"));
    assert_eq!(crm.ok("store.verify", json!({}))["faults"], json!([]));
    let wish = json!({"customer": a, "subject": "x", "rule": {"unit": "day"}});
    assert_eq!(crm.refused("revisit.plan", wish), "customer customer.archived");
    let wish = json!({"subject": "x", "rule": {"unit": "day"}});
    assert_eq!(crm.refused("revisit.plan", wish), "customer revisit.unclear");
}

#[test]
fn a_second_rep_hears_of_the_first_once() {
    let crm = Host::new();
    let a = crm.id("customer.create", json!({"name": "A"}));
    let rep = |login: &str| crm.id("user.create", json!({"login": login, "name": login}));
    let (li, wu) = (rep("li"), rep("wu"));
    let call = |owner: &str, kind: &str, ago: i64| {
        let call = json!({"kind": kind, "customer": a, "owner": owner, "at": crm.at(-ago)});
        crm.ok("activity.log", call)
    };
    let day = i64::try_from(DAY).unwrap();
    let first = call(&li, "call", 3 * day);
    assert_eq!(first.get("also"), None);
    assert_eq!(call(&wu, "note", 0).get("also"), None, "a note turns to nobody");
    let told = call(&wu, "call", 0);
    assert_eq!(told["also"][0]["activity"], first["id"]);
    assert_eq!(told["also"][0]["owner"], json!(li));
    assert_eq!(call(&wu, "email", 0).get("also"), None, "said once");
    assert_eq!(call(&li, "call", 0).get("also"), None, "who was there first hears nothing");
    let mo = rep("mo");
    assert_eq!(call(&mo, "call", 9 * day).get("also"), None, "long ago");
    let planned = json!({"kind": "visit", "customer": a, "owner": mo, "at": crm.at(day)});
    assert_eq!(crm.ok("activity.plan", planned.clone())["also"][0]["activity"], first["id"]);
    crm.ok("settings.amend", json!({"set": {"contact_window_days": {"to": 0}}}));
    let he = rep("he");
    assert_eq!(call(&he, "call", 0).get("also"), None, "nobody wants to hear");
    let wrong = json!({"set": {"contact_window_days": {"from": 0, "to": 366}}});
    assert_eq!(crm.refused("settings.amend", wrong), "contact_window_days settings.contact_window");
}

#[test]
fn what_was_learnt_is_kept_with_the_dealing_or_nothing_is() {
    let crm = Host::new();
    let a = crm.id("customer.create", json!({"name": "A", "region": "East"}));
    let wang = crm.id("contact.create", json!({"customer": a, "name": "王伟"}));
    let call = |updates: Value| json!({"kind": "call", "contact": wang, "updates": updates});
    let logged = crm.ok(
        "activity.log",
        call(json!({"customer": {"region": {"from": "East", "to": "West"}},
            "contact": {"title": {"to": "经理"}}})),
    );
    assert_eq!(crm.ok("customer.get", json!({"id": a}))["region"], "West");
    let trail = crm.ok("audit.trail", json!({"subject": logged["id"]}));
    let kinds: Vec<_> = trail["facts"][0]["changes"]
        .as_array()
        .unwrap()
        .iter()
        .map(|change| change["kind"].as_str().unwrap())
        .collect();
    assert_eq!(kinds, ["activity", "customer", "contact"], "one decision");
    let table = [
        (
            "a newer value",
            json!({"customer": {"region": {"from": "East", "to": "North"}}}),
            "updates.customer.region record.conflict",
        ),
        (
            "a field that there is not",
            json!({"contact": {"shoe": {"to": "43"}}}),
            "updates.contact.shoe field.unknown",
        ),
        (
            "somebody else",
            json!({"lead": {"name": {"to": "x"}}}),
            "updates.lead activity.update_of_nobody",
        ),
        (
            "a rule",
            json!({"contact": {"name": {"from": "王伟", "to": " "}}}),
            "updates.contact.name text.empty",
        ),
    ];
    let before = crm.ok("activity.list", json!({"customer": a}));
    for (rule, updates, expected) in table {
        assert_eq!(crm.refused("activity.log", call(updates)), expected, "{rule}");
    }
    assert_eq!(crm.ok("activity.list", json!({"customer": a})), before, "nothing was written");
    let task = crm.id("activity.plan", json!({"kind": "task", "contact": wang, "at": crm.at(5)}));
    let done =
        json!({"id": task, "updates": {"contact": {"title": {"from": "经理", "to": "总监"}}}});
    crm.ok("activity.complete", done);
    assert_eq!(crm.ok("contact.get", json!({"id": wang}))["title"], "总监");
    let early = json!({"kind": "task", "customer": a, "at": crm.at(5),
        "updates": {"customer": {"region": {"from": "West", "to": "x"}}}});
    assert_eq!(crm.refused("activity.plan", early), "updates activity.not_of_plan");
}
