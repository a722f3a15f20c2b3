//! Deals through the door: what a host sees, on a store.

use std::sync::Arc;

use chrono::TimeDelta;
use serde_json::{Value, json};

use crate::engine::{CallOptions, Engine, Env, Error, Session, SessionOptions};
use crate::store::MemoryStore;
use crate::value::Timestamp;

/// A host whose calls come one after another; it begins on Monday, 2026-11-23, 09:00 in Shanghai.
struct Host {
    engine: Engine,
    now: Timestamp,
    step: u64,
}

impl Host {
    fn new() -> Self {
        let now = "2026-11-23T01:00:00Z".parse().unwrap();
        Self { engine: Engine::open(Arc::new(MemoryStore::default())), now, step: 0 }
    }

    fn wait(&mut self, hours: i64) {
        self.now = self.now.checked_add(TimeDelta::hours(hours)).unwrap();
    }

    fn try_as(&mut self, actor: &str, op: &str, request: &Value) -> Result<Value, Error> {
        self.step += 1;
        let env = Env { now: self.now, entropy: [7; 32] }.step(self.step);
        let options = SessionOptions { actor: actor.to_owned(), ..Default::default() };
        let session: Session = self.engine.session(options);
        let request = request.to_string();
        let answer = session.call(&env, op, request.as_bytes(), &CallOptions::default())?;
        Ok(serde_json::from_slice(&answer).unwrap())
    }

    fn call(&mut self, op: &str, request: &Value) -> Value {
        self.try_as("owner", op, request).map_err(|e| (op.to_owned(), e.problem())).unwrap()
    }

    /// Code and path of everything that was refused.
    fn refused(&mut self, op: &str, request: &Value) -> String {
        let problem = self.try_as("owner", op, request).unwrap_err().problem();
        let said = problem.violations.iter().map(|v| format!("{} {}", v.code, v.path));
        let said: Vec<String> = said.collect();
        if said.is_empty() { problem.code } else { said.join("; ").trim().to_owned() }
    }

    fn customer(&mut self) -> Value {
        self.call("customer.create", &json!({"name": "小米科技"}))["id"].clone()
    }

    fn deal(&mut self, more: &Value) -> Value {
        let customer = self.customer();
        let mut wish = json!({"name": "Press line", "customer": customer});
        for (key, value) in more.as_object().unwrap() {
            wish[key] = value.clone();
        }
        self.call("opportunity.create", &wish)["id"].clone()
    }

    fn stage_code(&mut self, deal: &Value) -> String {
        let seen = self.call("opportunity.get", &json!({"id": deal}));
        seen["standing"]["stage_code"].as_str().unwrap().to_owned()
    }
}

/// A process of two open stages; the first asks for a report and is limited to two days.
fn process() -> Value {
    json!({"name": "Machines", "is_default": true, "dormant_after_days": 30, "stages": [
        {"code": "research", "name": "需求调研", "exit": {
            "fields": ["amount", "custom.vat"],
            "documents": [{"code": "report", "name": "调研报告"}],
            "checklist": [{"code": "budget", "name": "预算已确定"}]},
         "limit": {"time": {"elapsed_minutes": 2880}, "warn_before_minutes": 1440,
                   "escalate_after_minutes": 1440}},
        {"code": "talks", "name": "商务谈判", "probability_basis_points": 6000},
        {"code": "won", "name": "赢单", "kind": "won"},
        {"code": "lost", "name": "输单", "kind": "lost"}]})
}

fn host() -> Host {
    let mut host = Host::new();
    let unknown = host.refused("pipeline.define", &process());
    assert_eq!(unknown, "pipeline.stage.criteria_field_unknown stages[0].exit.fields[1]");
    let field =
        json!({"entity": "opportunity", "code": "vat", "label": "VAT", "field_type": "text"});
    host.call("custom_field.define", &field);
    host.call("pipeline.define", &process());
    host
}

#[test]
fn a_deal_from_its_beginning_to_its_end() {
    let mut host = Host::new();
    let customer = host.customer();
    let wish = json!({"name": "Press line", "customer": customer});
    assert_eq!(host.refused("opportunity.create", &wish), "pipeline.none pipeline");
    host.call("pipeline.template", &json!({"template": "basic"}));
    let deal = host.deal(&json!({"amount": {"amount": "100.00", "currency": "CNY"}}));
    host.wait(5);
    host.call("opportunity.advance", &json!({"id": deal, "stage": "negotiation"}));
    host.wait(2);
    let seen = host.call("opportunity.get", &json!({"id": deal}));
    let standing = &seen["standing"];
    assert_eq!(standing["stage_name"], "谈判签约");
    assert_eq!(standing["odds"]["probability"], 8_000);
    assert_eq!(standing["weighted_amount"], json!({"amount": "80.00", "currency": "CNY"}));
    assert_eq!(standing["stage_seconds"], 2 * 3_600);
    assert_eq!(standing["next"].as_array().unwrap().len(), 5, "three back, won, lost");
    host.call("opportunity.win", &json!({"id": deal}));
    let closed = host.call("opportunity.get", &json!({"id": deal}));
    assert_eq!(closed["phase"]["state"], "won");
    assert_eq!(closed["standing"]["odds"]["probability"], 10_000);
    assert_eq!(closed["standing"]["next"], json!([]));
    let again = host.refused("opportunity.win", &json!({"id": deal}));
    assert_eq!(again, "opportunity.already_closed");
    host.wait(1);
    let reopened = host.call("opportunity.reopen", &json!({"id": deal}));
    assert_eq!(reopened["phase"]["state"], "open");
    assert!(reopened["phase"].get("at").is_none(), "no closing date is left");
    host.wait(3);
    host.call("opportunity.lose", &json!({"id": deal, "reason": "price"}));
    let history = host.call("opportunity.history", &json!({"id": deal}));
    let stays = history["stays"].as_array().unwrap().iter();
    let stays: Vec<_> = stays
        .map(|stay| (stay["stage_code"].as_str().unwrap(), stay["seconds"].as_u64().unwrap()))
        .map(|(code, seconds)| format!("{code} {}", seconds / 3_600))
        .collect();
    assert_eq!(stays, ["contact 5", "negotiation 2", "won 1", "negotiation 3", "lost 0"]);
    assert_eq!(history["stages"][1]["seconds_cumulative"], 5 * 3_600);
    assert_eq!((&history["reopened"], &history["complete"]), (&json!(1), &json!(true)));
    let verified = host.call("store.verify", &json!({}));
    assert_eq!(verified["faults"], json!([]));
}

#[test]
fn a_stage_is_entered_once_everything_is_there() {
    let mut host = host();
    let deal = host.deal(&json!({}));
    let advance = json!({"id": deal, "stage": "talks"});
    let code = "opportunity.stage.criteria_unmet exit.";
    let all = ["fields.amount", "fields.custom.vat", "checklist.budget", "document.report"];
    let all = all.map(|path| format!("{code}{path}")).join("; ");
    assert_eq!(host.refused("opportunity.advance", &advance), all);
    let asked = host.call("opportunity.can_enter", &advance);
    assert_eq!(asked["unmet"].as_array().unwrap().len(), 4);
    assert_eq!((&asked["allowed"], &asked["leads_there"]), (&json!(false), &json!(true)));
    let set = json!({"amount": {"from": null, "to": {"amount": "5", "currency": "CNY"}},
                     "custom.vat": {"from": null, "to": "13"}});
    host.call("opportunity.amend", &json!({"id": deal, "set": set}));
    let tick = json!({"id": deal, "kind": "checklist", "code": "budget"});
    host.call("opportunity.provide", &tick);
    let hash = "a".repeat(64);
    let document = json!({"reference": "files/7", "hash": hash, "media_type": "application/pdf"});
    let report = json!({"id": deal, "kind": "document", "code": "report", "document": document});
    host.call("opportunity.provide", &report);
    assert_eq!(host.call("opportunity.can_enter", &advance)["allowed"], true);
    host.call("opportunity.withdraw", &tick);
    let lacking = host.refused("opportunity.advance", &advance);
    assert_eq!(lacking, format!("{code}checklist.budget"));
    let over = json!({"id": deal, "stage": "talks", "override_reason": "trade fair"});
    let rep = json!({"login": "li", "name": "Li", "role": "rep"});
    host.call("user.create", &rep);
    let denied = host.try_as("li", "opportunity.advance", &over).unwrap_err().problem();
    assert_eq!(denied.code, "opportunity.override_denied");
    host.call("opportunity.advance", &over);
    assert_eq!(host.stage_code(&deal), "talks");
}

#[test]
fn whoever_is_concerned_hears_of_a_stage_limit_once() {
    let mut host = host();
    let boss =
        host.call("user.create", &json!({"login": "wang", "name": "Wang", "role": "manager"}));
    let rep = json!({"login": "li", "name": "Li", "role": "rep", "manager": boss["id"]});
    let rep = host.call("user.create", &rep)["id"].clone();
    let deal = host.deal(&json!({"owner": rep}));
    let told = |host: &mut Host, hours: i64| {
        host.wait(hours);
        let ticked = host.call("tick", &json!({}));
        assert_eq!(host.call("tick", &json!({}))["done"], 0, "once");
        ticked["done"].as_u64().unwrap()
    };
    assert_eq!(told(&mut host, 23), 0);
    assert_eq!(told(&mut host, 1), 1, "a warning a day before");
    assert_eq!(told(&mut host, 24), 1, "a breach after two days");
    assert_eq!(told(&mut host, 24), 1, "an escalation a day later");
    assert_eq!(told(&mut host, 500), 0);
    let verified = host.call("store.verify", &json!({}));
    assert_eq!(verified["records"]["notice"], 3);
    assert_eq!(host.stage_code(&deal), "research");
    let late = host.deal(&json!({"owner": rep}));
    host.call("opportunity.lose", &json!({"id": late, "reason": "price"}));
    assert_eq!(told(&mut host, 500), 1, "a closed deal has no limit; the open one fell asleep");
}

#[test]
fn a_new_limit_holds_for_deals_that_stand_in_its_stage() {
    let mut host = host();
    host.deal(&json!({}));
    host.wait(24);
    assert_eq!(host.call("tick", &json!({}))["done"], 1, "the warning");
    let mut wish = process();
    wish["id"] = host.call("pipeline.list", &json!({}))["rows"][0]["id"].clone();
    wish["stages"][0]["limit"]["escalate_after_minutes"] = json!(60);
    host.call("pipeline.define", &wish);
    assert_eq!(host.call("tick", &json!({}))["done"], 0, "the warning does not come again");
    host.wait(25);
    assert_eq!(host.call("tick", &json!({}))["done"], 2, "breach, and escalation an hour later");
    wish["stages"][1]["limit"] = json!({"time": {"working_minutes": 60}});
    wish["stages"][0]["limit"] = Value::Null;
    host.call("pipeline.define", &wish);
    host.deal(&json!({"stage": "talks"}));
    assert_eq!(host.call("tick", &json!({}))["next_due"], "2026-11-25T03:00:00Z");
}

#[test]
fn the_amount_follows_the_lines() {
    let mut host = host();
    let product =
        json!({"code": "P-1", "name": "Press", "price": {"amount": "9.99", "currency": "CNY"}});
    let product = host.call("product.create", &product)["id"].clone();
    let deal = host.deal(&json!({}));
    let lines = json!([{"product": product, "quantity": "3"},
                       {"product": product, "quantity": "1", "discount": "12.5"}]);
    let set = host.call("opportunity.set_lines", &json!({"id": deal, "lines": lines}));
    assert_eq!(set["amount"]["amount"], "38.71");
    let amend = json!({"amount": {"from": {"amount": "38.71", "currency": "CNY"}, "to": null}});
    let amend = json!({"id": deal, "set": amend});
    let refused = host.refused("opportunity.amend", &amend);
    assert_eq!(refused, "opportunity.amount.follows_lines amount");
    let one = json!({"id": deal, "lines": [lines[1]]});
    assert_eq!(host.call("opportunity.set_lines", &one)["amount"]["amount"], "8.74");
    let seen = host.call("opportunity.get", &json!({"id": deal}));
    assert_eq!(seen["lines"].as_array().unwrap().len(), 1);
    let focus = host.call("opportunity.focus", &json!({"product": product}));
    assert_eq!(focus["stages"][0]["count"], 1);
}

#[test]
fn deals_are_listed_by_what_they_have_in_common() {
    let mut host = host();
    let first = host.deal(&json!({"region": "East"}));
    let others: Vec<Value> = (0..4).map(|_| host.deal(&json!({}))).collect();
    host.call("opportunity.lose", &json!({"id": others[0], "reason": "price"}));
    let mut count = |filter: Value| {
        let mut met = 0;
        let mut filter = filter;
        filter["limit"] = json!(2);
        loop {
            let page = host.call("opportunity.list", &filter);
            met += page["rows"].as_array().unwrap().len();
            match page.get("next") {
                Some(next) => filter["after"] = next.clone(),
                None => return met,
            }
        }
    };
    assert_eq!(count(json!({})), 5);
    assert_eq!(count(json!({"phase": "open"})), 4);
    assert_eq!(count(json!({"phase": "lost"})), 1);
    let seen = host.call("opportunity.get", &json!({"id": first}));
    let by = |field: &str| seen[field].clone();
    let stage = seen["phase"]["stage"].clone();
    for (filter, expected) in [
        (json!({"customer": by("customer")}), 1),
        (json!({"owner": by("owner")}), 5),
        (json!({"owner": by("owner"), "phase": "open"}), 4),
        (json!({"pipeline": by("pipeline"), "phase": "lost"}), 1),
        (json!({"stage": stage}), 5),
        (json!({"stage": stage, "phase": "open"}), 4),
    ] {
        let found = host.call("opportunity.list", &filter)["rows"].as_array().unwrap().len();
        assert_eq!(found, expected, "{filter}");
    }
    assert_eq!(host.refused("opportunity.list", &json!({"phase": "x"})), "code.unknown phase");
    host.wait(31 * 24);
    let focus = host.call("opportunity.focus", &json!({"region": "East"}));
    let research = &focus["stages"][0];
    assert_eq!((&research["count"], &research["dormant"]), (&json!(1), &json!(1)));
    assert_eq!(research["deals"][0]["id"], first);
}

#[test]
fn redefining_a_process_moves_the_deals_of_a_removed_stage() {
    let mut host = host();
    let deal = host.deal(&json!({}));
    let before = host.call("pipeline.list", &json!({}))["rows"][0].clone();
    let mut wish = process();
    wish["id"] = before["id"].clone();
    wish["stages"].as_array_mut().unwrap().remove(0);
    let refused = host.refused("pipeline.define", &wish);
    assert_eq!(refused, "pipeline.stage_occupied moved.research");
    wish["moved"] = json!({"research": "talks"});
    let after = host.call("pipeline.define", &wish);
    assert_eq!(after["revision"], 2);
    assert_eq!(host.stage_code(&deal), "talks");
    let history = host.call("opportunity.history", &json!({"id": deal}));
    assert_eq!(history["stays"][0]["stage_name"], "需求调研", "under its old name");
    assert_eq!(history["moves"][1]["kind"], "pipeline");
    let next = &host.call("tick", &json!({}))["next_due"];
    assert_eq!(next, "2026-12-23T01:00:00Z", "no limit any more; in 30 days it falls asleep");
    let same = host.call("pipeline.define", &wish);
    assert_eq!(same, after, "the same definition changes nothing");
    let bad = json!({"name": "Machines", "stages": [{"code": "a", "name": "A"}]});
    let refused = host.refused("pipeline.define", &bad);
    let expected = "pipeline.name_taken name; pipeline.end_missing stages; \
                    pipeline.end_missing stages; pipeline.stage.dead_end stages[0]";
    assert_eq!(refused, expected);
}

#[test]
fn a_deal_changes_its_pipeline_with_a_map() {
    let mut host = host();
    let deal = host.deal(&json!({}));
    let other = host.call("pipeline.template", &json!({"template": "full", "language": "en"}));
    let change = |map: Value| json!({"id": deal, "pipeline": other["id"], "stage_map": map});
    let refused = host.refused("opportunity.change_pipeline", &change(json!({})));
    assert_eq!(refused, "opportunity.stage_map_missing stage_map");
    host.call("opportunity.change_pipeline", &change(json!({"research": "needs"})));
    let seen = host.call("opportunity.get", &json!({"id": deal}));
    assert_eq!(seen["standing"]["stage_name"], "Needs confirmed");
    assert_eq!(seen["pipeline"], other["id"]);
    assert_eq!(host.call("pipeline.templates", &json!({}))["rows"].as_array().unwrap().len(), 3);
}

#[test]
fn somebody_may_know_better_odds() {
    let mut host = host();
    let deal = host.deal(&json!({"stage": "talks"}));
    let set = |points: Value, reason: Value| json!({"id": deal, "probability_basis_points": points, "reason": reason});
    host.call("opportunity.set_probability", &set(json!(9_000), json!("they called")));
    let odds = host.call("opportunity.get", &json!({"id": deal}))["standing"]["odds"].clone();
    assert_eq!((&odds["probability"], &odds["stage_default"]), (&json!(9_000), &json!(6_000)));
    assert_eq!(odds["override"]["reason"], "they called");
    let refused = host.refused("opportunity.set_probability", &set(json!(10_001), json!("sure")));
    assert_eq!(refused, "probability.range probability_basis_points");
}

#[test]
fn a_stage_sets_its_tasks_once() {
    let mut host = Host::new();
    let task = |code: &str, minutes| json!({"code": code, "subject": code, "due_minutes": minutes});
    let process = |tasks: Value| {
        json!({"name": "Machines", "is_default": true, "stages": [
            {"code": "research", "name": "需求调研", "tasks": tasks},
            {"code": "talks", "name": "商务谈判", "tasks": [task("offer", 60)]},
            {"code": "won", "name": "赢单", "kind": "won"},
            {"code": "lost", "name": "输单", "kind": "lost"},
        ]})
    };
    let refused = host.refused("pipeline.define", &process(json!([task("a", 0), task("a", 5)])));
    let expected = "pipeline.task.due stages[0].tasks[0].due_minutes; pipeline.task.duplicate stages[0].tasks[1].code";
    assert_eq!(refused, expected);
    host.call("pipeline.define", &process(json!([task("report", 2880), task("budget", 60)])));
    let deal = host.deal(&json!({}));
    let subjects = |host: &mut Host| {
        let listed = host.call("activity.list", &json!({"opportunity": deal, "kind": "task"}));
        let rows = listed["rows"].as_array().unwrap().iter();
        let mut subjects: Vec<String> =
            rows.map(|row| row["subject"].as_str().unwrap().to_owned()).collect();
        subjects.sort();
        subjects.join(" ")
    };
    assert_eq!(subjects(&mut host), "budget report");
    for stage in ["talks", "research", "talks"] {
        host.call("opportunity.advance", &json!({"id": deal, "stage": stage}));
    }
    assert_eq!(subjects(&mut host), "budget offer report");
}
