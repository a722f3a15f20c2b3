//! Leads on their way to an owner, through the door.

use std::collections::BTreeSet;

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

/// The ids of that many captured leads of a source.
fn leads(crm: &Host, source: &str, count: usize) -> Vec<String> {
    let wish = json!({"name": "王伟", "phones": ["13800138000"], "source": source});
    (0..count).map(|_| crm.id("lead.capture", wish.clone())).collect()
}

#[test]
fn a_lead_is_assigned_by_hand_for_a_reason_and_the_wheel_does_not_move() {
    let (crm, [a, b, _]) = shop();
    let lead = leads(&crm, "fair", 1).remove(0);
    assert_eq!(owner(&crm, &lead), "a");
    let table = [
        (json!({"id": lead, "to": b}), "reason assignment.unreasoned"),
        (json!({"id": lead, "to": lead, "reason": "x"}), "to owner.not_active"),
        (json!({"id": lead, "policy": "none"}), "policy reference.unknown"),
    ];
    for (wish, expected) in table {
        assert_eq!(crm.refused("lead.assign", wish), expected);
    }
    crm.ok("lead.assign", json!({"id": lead, "to": b, "reason": "老客户"}));
    assert_eq!(owner(&crm, &lead), "b");
    // X8: Espo's wheel would go on after b.
    assert_eq!(captured_many(&crm, "fair", 3), "b c a");
    let other = leads(&crm, "fair", 1).remove(0);
    assert_eq!(owner(&crm, &other), "b");
    let given = crm.ok("lead.assign", json!({"id": other, "exclude": [b], "reason": "拒绝"}));
    assert_ne!(given["owner"], json!(b), "{given}");
    assert_ne!(given["owner"], json!(a), "c is behind more: {given}");
    crm.ok("lead.discard", json!({"id": other, "reason": "junk"}));
    assert_eq!(crm.refused("lead.assign", json!({"id": other})), "id lead.discarded");
}

#[test]
fn a_decision_is_explained_and_made_again_from_its_record() {
    let (crm, [a, ..]) = shop();
    crm.ok("absence.add", json!({"user": a, "until": crm.at(1_000)}));
    let lead = leads(&crm, "web", 1).remove(0);
    let told = crm.ok("assignment.explain", json!({"lead": lead}));
    let told = &told["decisions"][0];
    assert_eq!(told["rule"], "web");
    assert_eq!(told["tried"], json!([{"rule": "fair", "failed": r#"source is "fair""#}]));
    assert_eq!(told["filter"], r#"source is "web""#);
    assert_eq!(told["sound"], true);
    let skips: Vec<&Value> =
        told["candidates"].as_array().unwrap().iter().map(|c| &c["skip"]).collect();
    assert_eq!(skips, [&json!("absent"), &Value::Null, &json!("no_weight")]);
    crm.ok("lead.assign", json!({"id": lead, "to": a, "reason": "回来了"}));
    let told = crm.ok("assignment.explain", json!({"lead": lead}));
    assert_eq!(told["decisions"][0]["how"], "manual");
    assert_eq!(told["decisions"][0]["sound"], Value::Null);
    assert_eq!(told["decisions"].as_array().map_or(0, Vec::len), 2);
}

#[test]
fn many_leads_are_assigned_at_once_each_on_its_own() {
    let (crm, reps) = shop();
    let quiet = json!({"on_capture": false});
    let mut wish = policy(&reps);
    wish["on_capture"] = quiet["on_capture"].clone();
    assert_eq!(crm.ok("assignment_policy.define", wish)["revision"], 2);
    let mut ids = leads(&crm, "fair", 5);
    crm.ok("lead.discard", json!({"id": ids[1], "reason": "junk"}));
    ids.push("0198a5c2-0000-7000-8000-000000000001".into());
    let done = crm.ok("lead.assign_many", json!({"ids": ids}));
    let said = done["rows"].as_array().unwrap().iter().map(|row| {
        let violation = row["violations"][0]["code"].as_str();
        violation.map_or_else(|| owner(&crm, row["lead"].as_str().unwrap()), str::to_owned)
    });
    let said: Vec<String> = said.collect();
    assert_eq!(said, ["a", "lead.discarded", "b", "c", "a", "reference.unknown"]);
    assert_eq!(crm.refused("lead.assign_many", json!({"ids": []})), "ids assignment.many");
    let unchanged = crm.ok("assignment.replay", json!({}));
    assert_eq!((&unchanged["decisions"], &unchanged["same"]), (&json!(4), &json!(4)));
}

/// A host whose team lived: leads of all sources, leave, refusals, a capacity, work that ends, weights that change.
fn lived(leads_each: usize) -> (Host, [String; 3]) {
    let (crm, reps) = shop();
    let [a, b, c] = &reps;
    crm.ok("user.amend", json!({"id": c, "set": {"capacity": {"to": 9}}}));
    for round in 0..leads_each {
        for source in ["fair", "web", "call", "ads", "partner"] {
            let lead = leads(&crm, source, 1).remove(0);
            match round % 4 {
                1 => drop(crm.ok("lead.assign", json!({"id": lead, "exclude": [b]}))),
                2 => drop(crm.ok("lead.discard", json!({"id": lead, "reason": "junk"}))),
                3 if source == "fair" => {
                    drop(crm.ok("lead.assign", json!({"id": lead, "to": a, "reason": "x"})));
                }
                _ => {}
            }
        }
        if round == 3 {
            crm.ok("absence.add", json!({"user": b, "until": crm.at(30)}));
        }
    }
    (crm, reps)
}

#[test]
fn replay_with_unchanged_rules_is_history() {
    let (crm, reps) = lived(8);
    let told = crm.ok("assignment.replay", json!({}));
    assert_eq!(told["decisions"], told["same"], "{told}");
    assert_eq!((&told["decisions"], &told["moved"]), (&json!(50), &json!([])));
    // The same rules as a wish are another revision, and decide alike.
    let told = crm.ok("assignment.replay", json!({"policy": policy(&reps)}));
    assert_eq!((&told["same"], &told["moved"]), (&json!(50), &json!([])));
}

#[test]
fn replay_with_a_changed_weight_says_who_would_have_got_what() {
    let crm = Host::new();
    let rep = |login: &str| crm.id("user.create", json!({"login": login, "name": login}));
    let (a, b) = (rep("a"), rep("b"));
    let policy = |weight: u32| {
        json!({
            "code": "leads", "name": "leads", "on_capture": true,
            "rules": [{"code": "all", "strategy": "weighted",
                "pool": {"users": [{"user": a, "weight": weight}, {"user": b}]}}],
            "fallback": {"queue": "q", "keeper": a},
        })
    };
    crm.ok("assignment_policy.define", policy(1));
    assert_eq!(captured_many(&crm, "web", 20), ["a b"; 10].join(" "));
    let told = crm.ok("assignment.replay", json!({"policy": policy(3)}));
    // By hand, credits before each lead in quarters, release and limit at 2: (0,0) a, (-1,1) both are due at once: a,
    // (-2,2) b, (1,-1) a, (0,0): a a b a, five times. Against a b a b three of four move.
    assert_eq!(
        told["portions"],
        json!([
            {"owner": a, "got": 10, "got_then": 15},
            {"owner": b, "got": 10, "got_then": 5},
        ])
    );
    let moved = told["moved"].as_array().unwrap();
    assert_eq!(moved.len(), 15);
    let then: Vec<bool> = moved.iter().map(|row| row["owner_then"] == json!(a)).collect();
    assert_eq!(then, [true, false, true].repeat(5), "to a, to b, to a");
    assert_eq!(crm.ok("lead.list", json!({"owner": a}))["rows"].as_array().map_or(0, Vec::len), 10);
}

#[test]
fn rules_with_a_defect_are_refused_with_a_lead_that_shows_it() {
    let (crm, reps) = shop();
    let mut wish = policy(&reps);
    wish["rules"][1]["when"] = wish["rules"][0]["when"].clone();
    let refused = crm.refused("assignment_policy.define", wish.clone());
    assert_eq!(refused, "rules[1].when assignment.unreachable");
    let found = crm.ok("assignment_policy.lint", json!({"rules": wish["rules"]}));
    let found = found["findings"].as_array().unwrap().clone();
    assert_eq!(found[0]["witness"], json!({"source": "fair"}));
    assert_eq!(found.last().unwrap()["code"], "gap");
    assert_eq!(captured(&crm, "fair"), "a", "the policy that was there decides on");
}

#[test]
fn equal_loads_do_not_go_to_the_lowest_id_and_bulk_is_fair() {
    let (crm, _) = shop();
    let mut owners = Vec::new();
    for _ in 0..6 {
        let lead = leads(&crm, "call", 1).remove(0);
        owners.push(owner(&crm, &lead));
        crm.ok("lead.discard", json!({"id": lead, "reason": "junk"}));
    }
    assert_eq!(owners, ["a", "b", "c", "a", "b", "c"], "nobody has open work: X9");
    let ids: Vec<String> = leads(&crm, "ads", 30);
    let reps = ["a", "b", "c"].map(|login| {
        let all = crm.ok("user.list", json!({}));
        let rows = all["rows"].as_array().unwrap().clone();
        rows.iter().find(|row| row["login"] == login).unwrap()["id"].as_str().unwrap().to_owned()
    });
    let mut wish = policy(&reps);
    wish["rules"][0]["when"] = json!({"all": []});
    wish["rules"] = json!([wish["rules"][0]]);
    crm.ok("assignment_policy.define", wish);
    let done = crm.ok("lead.assign_many", json!({"ids": ids}));
    for rep in reps {
        let rows = done["rows"].as_array().unwrap();
        let own = rows.iter().filter(|row| row["assigned"]["owner"] == json!(rep)).count();
        assert_eq!(own, 10, "X10: thirty leads at once");
    }
}

/// Numbers that look like chance (xorshift), so that a failure can be repeated.
struct Dice(u64);

impl Dice {
    fn roll(&mut self, sides: u64) -> usize {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        usize::try_from((self.0 >> 20) % sides).unwrap()
    }
}

/// Seven people and four kinds of leads: some near capacity, one away, one without weight; every strategy.
fn world() -> (Host, Vec<String>, Vec<String>) {
    let crm = Host::new();
    let rep = |at: usize| {
        let capacity = [None, Some(4), Some(6), None, Some(9), Some(5), None][at];
        let (login, active) = (format!("rep-{at}"), at != 6);
        let wish = json!({"login": login, "name": login, "active": active, "capacity": capacity});
        crm.id("user.create", wish)
    };
    let reps: Vec<String> = (0..7).map(rep).collect();
    crm.ok("absence.add", json!({"user": reps[3], "until": "2030-01-01T00:00:00Z"}));
    let rule = |code: &str, strategy: &str, from: usize, to: usize| {
        let weight = |at: usize| if strategy == "weighted" { at % 4 } else { 1 };
        let pool = (from..to).map(|at| json!({"user": reps[at], "weight": weight(at)}));
        json!({"code": code, "strategy": strategy, "pool": {"users": pool.collect::<Vec<_>>()},
            "when": {"in": {"field": "source", "values": [code]}}})
    };
    let rules = [
        rule("fair", "weighted", 0, 7),
        rule("web", "rotation", 1, 6),
        rule("call", "least_load", 0, 5),
        rule("partner", "fixed", 1, 4),
    ];
    let policy = json!({"code": "leads", "name": "leads", "rules": rules,
        "load": {"new": 1, "working": 2, "qualified": 0},
        "fallback": {"queue": "q", "keeper": reps[0]}});
    crm.ok("assignment_policy.define", policy);
    let mut dice = Dice(11);
    let lead = |_| {
        let source = ["fair", "web", "call", "partner", "ads"][dice.roll(5)];
        let owner = (dice.roll(6) == 0).then(|| reps[dice.roll(6)].clone());
        let wish =
            json!({"name": "王伟", "phones": ["13800138000"], "source": source, "owner": owner});
        crm.id("lead.capture", wish)
    };
    let leads: Vec<String> = (0..60).map(lead).collect();
    (crm, reps, leads)
}

#[test]
fn many_at_once_get_what_each_would_have_got_after_the_other() {
    let (one, reps, leads) = world();
    let (many, _, same) = world();
    assert_eq!(leads, same, "two worlds alike");
    let mut dice = Dice(5);
    let mut told = [0, 0, 0];
    for _ in 0..40 {
        // Some leads, some of them again, then life goes on: work ends and begins, leads are moved by hand.
        let ids: Vec<&String> = (0..1 + dice.roll(12)).map(|_| &leads[dice.roll(60)]).collect();
        let done = many.ok("lead.assign_many", json!({"ids": ids}));
        for (id, row) in ids.iter().zip(done["rows"].as_array().unwrap()) {
            match one.call("lead.assign", json!({"id": id})) {
                Ok(alone) => {
                    for what in ["lead", "how", "owner", "rule", "queue"] {
                        assert_eq!(row["assigned"][what], alone[what], "{what} of {id}");
                    }
                    told[usize::from(alone["owner"].is_null())] += 1;
                }
                Err(refused) => {
                    assert_eq!(row["violations"][0]["code"], refused.problem().violations[0].code);
                    told[2] += 1;
                }
            }
        }
        let lead = &leads[dice.roll(60)];
        let (op, wish) = match dice.roll(4) {
            0 => ("lead.discard", json!({"id": lead, "reason": "junk"})),
            1 => (
                "activity.log",
                json!({"kind": "call", "lead": lead, "direction": "out", "content": "rang",
                    "at": "2026-09-21T14:00:00Z"}),
            ),
            2 => ("lead.reactivate", json!({"id": lead})),
            _ => ("lead.assign", json!({"id": lead, "to": reps[1], "reason": "theirs"})),
        };
        let said = [&one, &many].map(|crm| crm.call(op, wish.clone()).is_ok());
        assert_eq!(said[0], said[1], "{op}");
    }
    assert!(told.iter().all(|count| *count > 5), "given, queued, refused: {told:?}");
    for lead in &leads {
        // What was known of each candidate: credit, load, and why they were passed over.
        let known = [&one, &many].map(|crm| {
            let told = crm.ok("assignment.explain", json!({"lead": lead}));
            let decisions = told["decisions"].as_array().unwrap().iter();
            let known = decisions.map(|made| (made["candidates"].clone(), made["sound"].clone()));
            known.collect::<Vec<_>>()
        });
        assert_eq!(known[0], known[1], "{lead}");
    }
}

#[test]
fn what_one_fact_cannot_tell_of_many_decisions_several_do() {
    let crm = Host::new();
    let rep = |at: u32| {
        let login = format!("rep-{at}");
        json!({"user": crm.id("user.create", json!({"login": login, "name": login}))})
    };
    let pool: Vec<Value> = (0..150).map(rep).collect();
    let rules = json!([{"code": "all", "pool": {"users": pool}, "strategy": "rotation"}]);
    let keeper = pool[0]["user"].clone();
    let policy = json!({"code": "leads", "name": "leads", "rules": rules,
        "fallback": {"queue": "q", "keeper": keeper}});
    crm.ok("assignment_policy.define", policy.clone());
    let ids = leads(&crm, "web", 120);
    // 120 decisions of 150 candidates each are some 1.7 MB, and a store takes values of up to one MiB.
    let done = crm.ok("lead.assign_many", json!({"ids": ids}));
    let rows = done["rows"].as_array().unwrap().iter();
    let owners: BTreeSet<&str> =
        rows.map(|row| row["assigned"]["owner"].as_str().unwrap()).collect();
    assert_eq!(owners.len(), 120, "each turn is somebody else's");
    let last = crm.ok("assignment.explain", json!({"lead": ids[119]}));
    assert_eq!(last["decisions"][0]["sound"], true);
    let trail = crm.ok("audit.trail", json!({"limit": 1000}));
    let facts = trail["facts"].as_array().unwrap().iter();
    let facts = facts.filter(|fact| fact["operation"] == "lead.assign_many");
    let told = facts.map(|fact| {
        assert_eq!(fact["rules"].as_array().map_or(0, Vec::len), 1, "the policy, once");
        let changes = fact["changes"].as_array().unwrap().iter();
        changes.filter(|change| change["kind"] == "lead").count()
    });
    let told: Vec<usize> = told.collect();
    assert!(told.len() > 1, "{told:?}");
    assert_eq!(told.iter().sum::<usize>(), 120, "each lead is told of once");
    let verified = crm.ok("store.verify", json!({}));
    assert_eq!(verified["faults"], json!([]), "{verified}");
}
