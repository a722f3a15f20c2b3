//! Activities, next steps and reminders through the door.

use serde_json::{Value, json};

use super::party_tests::Host;

fn customer(crm: &Host) -> String {
    crm.id("customer.create", json!({"name": "A"}))
}

fn rows(listed: &Value) -> &Vec<Value> {
    listed["rows"].as_array().unwrap()
}

#[test]
fn what_was_done_and_what_comes_next_hang_on_a_customer() {
    let crm = Host::new();
    let a = customer(&crm);
    let nobody = json!({"kind": "call", "customer": "0198a5c2-0000-7000-8000-00000000dead"});
    assert_eq!(crm.refused("activity.log", nobody), "customer reference.unknown");
    assert_eq!(crm.refused("activity.log", json!({"kind": "call"})), "customer activity.of_nobody");
    let late_next =
        json!({"kind": "call", "customer": a, "next": {"at": crm.at(-60), "plan": "x"}});
    assert_eq!(crm.refused("activity.log", late_next), "next.at time.past");
    let call = json!({"kind": "call", "customer": a, "minutes": 12, "feedback": "价格偏高",
        "at": crm.at(-7200), "next": {"at": crm.at(60), "plan": "发送新报价"}});
    let logged = crm.ok("activity.log", call);
    let list = crm.ok("activity.list", json!({"customer": a}));
    let kinds: Vec<_> = rows(&list)
        .iter()
        .map(|row| (row["kind"].as_str().unwrap(), row["status"].as_str().unwrap()))
        .collect();
    assert_eq!(kinds, [("task", "planned"), ("call", "done")], "the newest first");
    let call = crm.ok("activity.get", json!({"id": logged["id"]}));
    assert_eq!((&call["late"], &call["follow_up"]), (&json!(true), &json!(true)));
    let next = crm.ok("activity.get", json!({"id": logged["next"]}));
    assert_eq!(next["follows"], logged["id"]);
    crm.ok("customer.archive", json!({"id": a}));
    let archived = json!({"kind": "note", "customer": a, "content": "x"});
    assert_eq!(crm.refused("activity.log", archived), "customer customer.archived");
    assert_eq!(
        crm.refused("activity.complete", json!({"id": logged["next"]})),
        "customer customer.archived"
    );
    assert_eq!(crm.refused("activity.list", json!({})), "customer request.form");
}

#[test]
fn a_moved_contact_leaves_the_past_with_the_old_customer() {
    let crm = Host::new();
    let (a, b) = (customer(&crm), crm.id("customer.create", json!({"name": "B"})));
    let wang = crm.id("contact.create", json!({"customer": a, "name": "王伟"}));
    crm.ok("activity.log", json!({"kind": "call", "contact": wang}));
    crm.ok("contact.move", json!({"id": wang, "customer": b}));
    crm.ok("activity.log", json!({"kind": "call", "contact": wang}));
    let wrong = json!({"kind": "call", "customer": a, "contact": wang});
    assert_eq!(crm.refused("activity.log", wrong), "contact contact.of_other_customer");
    for id in [&a, &b] {
        assert_eq!(rows(&crm.ok("activity.list", json!({"customer": id}))).len(), 1);
    }
}

#[test]
fn an_email_comes_in_once_and_its_answer_ends_the_wait() {
    let crm = Host::new();
    let a = customer(&crm);
    let mail = |id: &str, reply: Value, direction: &str| {
        json!({"kind": "email", "customer": a,
        "message_id": id, "reply_to": reply, "direction": direction, "subject": "报价"})
    };
    let first = crm.ok("activity.log", mail("<1@us>", Value::Null, "out"));
    let again = crm.ok("activity.log", mail("1@us", Value::Null, "out"));
    assert_eq!((&again["id"], &again["version"]), (&first["id"], &json!(1)));
    crm.wait(3 * 1440);
    let waiting = || crm.ok("activity.awaiting_reply", json!({"days": 2}));
    assert_eq!(rows(&waiting())[0]["id"], first["id"]);
    let answer = crm.ok("activity.log", mail("<2@them>", json!("<1@us>"), "in"));
    assert_eq!(rows(&waiting()).len(), 0);
    crm.ok("activity.log", mail("<3@us>", json!("<2@them>"), "out"));
    crm.wait(3 * 1440);
    let waiting = waiting();
    assert_eq!(rows(&waiting).len(), 1);
    assert_eq!(rows(&waiting)[0]["thread"], first["id"], "one thread from the first e-mail on");
    assert_ne!(answer["id"], first["id"]);
    assert_eq!(crm.refused("activity.awaiting_reply", json!({"days": 366})), "days activity.days");
}

#[test]
fn a_plan_reminds_its_owner_once_by_each_channel() {
    let crm = Host::new();
    let a = customer(&crm);
    let plan = json!({"kind": "task", "customer": a, "subject": "回访", "at": crm.at(60), "remind_minutes": 15});
    let plan = crm.id("activity.plan", plan);
    let due =
        |channel: &str| crm.ok("reminder.due", json!({"channel": channel}))["notices"].clone();
    let codes = |notices: &Value| {
        notices
            .as_array()
            .unwrap()
            .iter()
            .map(|n| n["code"].as_str().unwrap().to_owned())
            .collect::<Vec<_>>()
    };
    crm.ok("tick", json!({}));
    assert_eq!(codes(&due("app")).len(), 0);
    crm.wait(3 * 1440);
    crm.ok("tick", json!({}));
    crm.ok("tick", json!({}));
    let told = due("app");
    assert_eq!(codes(&told), ["activity.remind", "activity.overdue"], "late, sorted, each once");
    assert_eq!(codes(&due("app")).len(), 0);
    assert_eq!(codes(&due("email")).len(), 2);
    let snooze = |until: String| json!({"id": told[0]["id"], "until": until});
    assert_eq!(crm.refused("reminder.snooze", snooze(crm.at(-5))), "until time.past");
    crm.ok("reminder.snooze", snooze(crm.at(30)));
    assert_eq!(codes(&due("app")).len(), 0);
    crm.wait(60);
    assert_eq!(codes(&due("app")), ["activity.remind"]);
    let overdue = json!({"owner": told[0]["recipient"], "overdue": true});
    assert_eq!(rows(&crm.ok("activity.list", overdue.clone())).len(), 1);
    crm.ok("activity.complete", json!({"id": plan, "feedback": "好"}));
    assert_eq!(rows(&crm.ok("activity.list", overdue)).len(), 0);
    assert_eq!(crm.refused("activity.complete", json!({"id": plan})), "id activity.not_open");
    assert_eq!(crm.refused("reminder.due", json!({"channel": "App"})), "channel code.format");
}

#[test]
fn a_plan_that_is_moved_or_given_up_reminds_of_nothing_at_its_old_time() {
    let crm = Host::new();
    let a = customer(&crm);
    let call = |minutes: i64| json!({"kind": "call", "customer": a, "at": crm.at(minutes)});
    let (moved, dropped) = (crm.id("activity.plan", call(10)), crm.id("activity.plan", call(10)));
    crm.ok("activity.reschedule", json!({"id": moved, "at": crm.at(600)}));
    crm.ok("activity.cancel", json!({"id": dropped, "reason": "客户出差"}));
    crm.wait(60);
    let ticked = crm.ok("tick", json!({}));
    assert_eq!(ticked["done"], 0);
    crm.wait(600);
    assert_eq!(crm.ok("tick", json!({}))["done"], 1);
    let told = crm.ok("reminder.due", json!({"channel": "app"}));
    assert_eq!(told["notices"][0]["subject"], json!(moved));
    assert_eq!(crm.refused("activity.plan", call(-5)), "at time.past");
}

#[test]
fn a_visit_remembers_who_went_and_a_lead_is_worked_on_once_followed_up() {
    let crm = Host::new();
    let a = customer(&crm);
    let rep = crm.id("user.create", json!({"login": "li", "name": "李伟"}));
    let visit = |people: Value| json!({"kind": "visit", "customer": a, "place": "上海", "participants": people});
    assert_eq!(crm.refused("activity.log", visit(json!([]))), "participants visit.without_visitor");
    let nobody = json!([{"user": "0198a5c2-0000-7000-8000-00000000dead"}]);
    assert_eq!(
        crm.refused("activity.log", visit(nobody)),
        "participants[0].user reference.unknown"
    );
    let visit = crm.id("activity.log", visit(json!([{"user": rep}, {"name": "王总"}])));
    let visit = crm.ok("activity.get", json!({"id": visit}));
    assert_eq!(visit["participants"].as_array().unwrap().len(), 2);
    let lead = crm.id("lead.capture", json!({"name": "赵", "phones": ["13800138000"]}));
    let status = || crm.ok("lead.get", json!({"id": lead}))["status"].clone();
    crm.ok("activity.log", json!({"kind": "call", "lead": lead, "outcome": "missed"}));
    assert_eq!(status(), "new", "a missed call is no follow-up");
    crm.ok("activity.log", json!({"kind": "call", "lead": lead}));
    assert_eq!(status(), "working");
    crm.ok("lead.discard", json!({"id": lead, "reason": "空号"}));
    let call = json!({"kind": "call", "lead": lead});
    assert_eq!(crm.refused("activity.log", call), "lead lead.discarded");
}

#[test]
fn nobody_is_in_two_places_at_once_without_a_warning() {
    let crm = Host::new();
    let a = customer(&crm);
    let li = crm.id("user.create", json!({"login": "li", "name": "李娜", "role": "rep"}));
    let visit = |kind: &str, from: &str, minutes: i64, place: Option<&str>| {
        let at = format!("2026-09-{from}:00Z");
        let mut wish = json!({"kind": kind, "customer": a, "at": at, "minutes": minutes,
            "participants": [{"user": li}]});
        if let Some(place) = place {
            wish["place"] = json!(place);
        }
        wish
    };
    let first = crm.ok("activity.log", visit("visit", "21T08:00", 60, Some("苏州")));
    assert_eq!(first.get("clashes"), None, "the first of all");
    let table = [
        ("overlaps its second half", "meeting", "21T08:30", 60, Some("上海"), true),
        ("lies within it", "visit", "21T08:10", 10, None, true),
        ("begins as it ends", "visit", "21T09:00", 10, Some("上海"), false),
        ("is at the same place", "meeting", "21T08:10", 10, Some("苏州"), false),
        ("needs nobody to be there", "call", "21T08:10", 10, None, false),
    ];
    for (rule, kind, from, minutes, place, warned) in table {
        let logged = crm.ok("activity.log", visit(kind, from, minutes, place));
        let others = logged["clashes"].as_array().cloned().unwrap_or_default();
        let first_too = others
            .iter()
            .any(|clash| clash["activity"] == first["id"] && clash["user"] == json!(li));
        assert_eq!(first_too, warned, "what {rule}: {others:?}");
    }
    let plan = crm.ok("activity.plan", visit("visit", "22T08:00", 60, None));
    assert_eq!(plan.get("clashes"), None);
    let again = crm.ok("activity.plan", visit("meeting", "22T08:30", 60, None));
    assert_eq!(again["clashes"][0]["activity"], plan["id"]);
    crm.ok("activity.reschedule", json!({"id": plan["id"], "at": "2026-09-23T08:00:00Z"}));
    let now_free = crm.ok("activity.plan", visit("visit", "22T08:00", 30, None));
    assert_eq!(now_free.get("clashes"), None, "the other was moved to the next day");
}

#[test]
fn a_correction_makes_a_version_and_the_first_stays_provable() {
    let crm = Host::new();
    let a = customer(&crm);
    let call = json!({"kind": "call", "customer": a, "content": "报价 12 万", "minutes": 5});
    let id = crm.ok("activity.log", call)["id"].clone();
    let root_at_entry =
        crm.ok("activity.versions", json!({"id": id}))["versions"][0]["root"].clone();
    let edit = json!({"content": {"from": "报价 12 万", "to": "报价 21 万"}});
    let correct = |reason: &str, set: &Value| json!({"id": id, "set": set, "reason": reason});
    assert_eq!(crm.refused("activity.correct", correct(" ", &edit)), "reason text.empty");
    crm.ok("activity.correct", correct("听错了", &edit));
    let stale = json!({"content": {"from": "报价 12 万", "to": "报价 22 万"}});
    let stale = crm.refused("activity.correct", correct("again", &stale));
    assert_eq!(stale, "set.content record.conflict");
    let versions = crm.ok("activity.versions", json!({"id": id}));
    let rows: Vec<(u64, &str, bool, Option<&str>)> = versions["versions"]
        .as_array()
        .unwrap()
        .iter()
        .map(|v| {
            (
                v["version"].as_u64().unwrap(),
                v["said"]["content"].as_str().unwrap(),
                v["proven"].as_bool().unwrap(),
                v["reason"].as_str(),
            )
        })
        .collect();
    assert_eq!(rows, [(1, "报价 12 万", true, None), (2, "报价 21 万", true, Some("听错了"))]);
    assert_eq!(versions["versions"][0]["root"], root_at_entry);
    let plan = crm.ok("activity.plan", json!({"kind": "task", "customer": a, "at": crm.at(60)}));
    let early = json!({"id": plan["id"], "set": {}, "reason": "x"});
    assert_eq!(crm.refused("activity.correct", early), "id activity.not_done");
}
