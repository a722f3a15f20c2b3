//! Leads on their way to an owner, through the door.

use serde_json::{Value, json};

use super::party_tests::Host;

/// Three reps `a`, `b`, `c`, and a policy over them: leads of a fair in turn, of the web by weight, of partners to the
/// first, the rest to nobody.
fn shop() -> (Host, [String; 3]) {
    let crm = Host::new();
    let rep = |login: &str| crm.id("user.create", json!({"login": login, "name": login}));
    let reps = [rep("a"), rep("b"), rep("c")];
    crm.ok("assignment_policy.define", policy(&reps));
    (crm, reps)
}

fn policy([a, b, c]: &[String; 3]) -> Value {
    let source = |code: &str| json!({"in": {"field": "source", "values": [code]}});
    let all = json!([{"user": a}, {"user": b}, {"user": c}]);
    json!({
        "code": "leads", "name": "线索分配", "on_capture": true,
        "rules": [
            {"code": "fair", "when": source("fair"), "pool": {"users": all}, "strategy": "rotation"},
            {"code": "web", "when": source("web"), "strategy": "weighted",
             "pool": {"users": [{"user": a, "weight": 2}, {"user": b}, {"user": c, "weight": 0}]}},
            {"code": "partner", "when": source("partner"), "pool": {"users": all}, "strategy": "fixed"},
            {"code": "quiet", "when": source("call"), "pool": {"users": all}, "strategy": "least_load"},
        ],
        "fallback": {"queue": "unassigned", "keeper": "00000000-0000-7000-8000-000000000002"},
    })
}

/// Captures a lead and gives the login of who got it, or the queue.
fn captured(crm: &Host, source: &str) -> String {
    let wish = json!({"name": "王伟", "phones": ["13800138000"], "source": source});
    let lead = crm.id("lead.capture", wish);
    owner(crm, &lead)
}

fn owner(crm: &Host, lead: &str) -> String {
    let lead = crm.ok("lead.get", json!({"id": lead}));
    match lead["owner"].as_str() {
        Some(owner) => crm.ok("user.get", json!({"id": owner}))["login"].as_str().unwrap().into(),
        None => format!("queue {}", lead["queue"].as_str().unwrap()),
    }
}

fn captured_many(crm: &Host, source: &str, count: usize) -> String {
    let owners: Vec<String> = (0..count).map(|_| captured(crm, source)).collect();
    owners.join(" ")
}

#[test]
fn the_first_rule_that_fits_a_captured_lead_decides() {
    let (crm, _) = shop();
    let table = [
        // six leads of a source go to …
        ("fair", "a b c a b c"),
        ("web", "a b a a b a"),
        ("partner", "a a a a a a"),
        (
            "ads",
            "queue unassigned queue unassigned queue unassigned queue unassigned queue unassigned \
             queue unassigned",
        ),
    ];
    for (source, owners) in table {
        assert_eq!(captured_many(&crm, source, 6), owners, "{source}");
    }
    let due = crm.ok(
        "reminder.due",
        json!({"channel": "app", "recipient": "00000000-0000-7000-8000-000000000002"}),
    );
    assert_eq!(due["notices"].as_array().map_or(0, Vec::len), 6, "{due}");
}

#[test]
fn who_is_away_asleep_or_full_is_passed_over_and_not_flooded_afterwards() {
    let (crm, [a, b, _]) = shop();
    let until = crm.at(100);
    let away = crm.id("absence.add", json!({"user": a, "until": until, "reason": "年假"}));
    assert_eq!(captured_many(&crm, "fair", 4), "b c b c", "a is away");
    crm.ok("absence.remove", json!({"id": away}));
    assert_eq!(captured_many(&crm, "fair", 3), "a b c", "a is back and owed nothing more");
    crm.ok("user.amend", json!({"id": b, "set": {"active": {"from": true, "to": false}}}));
    assert_eq!(captured_many(&crm, "fair", 3), "a c a", "b is not active");
    crm.ok("user.amend", json!({"id": a, "set": {"capacity": {"to": 4}}}));
    assert_eq!(captured_many(&crm, "fair", 3), "c a c", "a has 4 open leads after one more");
}
