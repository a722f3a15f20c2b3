//! Needs, promises, teams, milestones and changes of a process, through the door.

use serde_json::{Value, json};

use super::party_tests::Host;

fn stages(codes: &[&str]) -> Value {
    let open = codes.iter().map(|code| json!({"code": code, "name": code}));
    let ends = ["won", "lost"].map(|end| json!({"code": end, "name": end, "kind": end}));
    open.chain(ends).collect()
}

/// A host with a process of two stages, in which deals sleep after 30 days; a customer and a deal.
fn house() -> (Host, String, String, String) {
    let crm = Host::new();
    let process = json!({"name": "P", "dormant_after_days": 30, "stages": stages(&["a", "b"])});
    let pipeline = crm.id("pipeline.define", process);
    let customer = crm.id("customer.create", json!({"name": "C", "price_sensitivity": "high"}));
    let deal = crm.id("opportunity.create", json!({"name": "D", "customer": customer}));
    (crm, pipeline, customer, deal)
}

fn sound(crm: &Host) {
    assert_eq!(crm.ok("store.verify", json!({}))["faults"], json!([]));
}

#[test]
fn settling_the_concerns_about_a_product_names_everybody_who_raised_one() {
    let (crm, _, customer, deal) = house();
    let other = crm.id("customer.create", json!({"name": "E"}));
    let product = crm.id("product.create", json!({"code": "A", "name": "A"}));
    let about = |more: Value| {
        let mut wish = json!({"product": product, "text": "Too loud", "kind": "concern"});
        for (key, value) in more.as_object().unwrap() {
            wish[key] = value.clone();
        }
        crm.id("need.record", wish)
    };
    let budget = json!({"amount": "5000.00", "currency": "USD"});
    let first = about(json!({"opportunity": deal, "budget": budget, "urgency": "high"}));
    let second = about(json!({"customer": other, "kind": "objection"}));
    about(json!({"customer": other, "kind": "need"}));
    let seen = crm.ok("need.list", json!({"customer": customer}));
    assert_eq!(seen["rows"][0]["budget"], budget, "a budget stays in its own currency");
    let one = crm.ok("need.resolve", json!({"id": first, "resolution": "A quieter fan"}));
    assert_eq!(one["also_raised_by"], json!([other]));
    crm.ok("need.reopen", json!({"id": first}));
    let done = json!({"product": product, "resolution": "A quieter fan"});
    let told = crm.ok("need.resolve_product", done);
    assert_eq!((&told["needs"], &told["more"]), (&json!([first, second]), &json!(false)));
    assert_eq!(told["customers"].as_array().unwrap().len(), 2);
    let left = crm.ok("need.list", json!({"product": product, "state": "open"}));
    assert_eq!(left["rows"].as_array().unwrap().len(), 1, "a need is no concern");
    let elsewhere = json!({"opportunity": deal, "customer": other, "text": "x"});
    assert_eq!(crm.refused("need.record", elsewhere), "opportunity need.deal_elsewhere");
    assert_eq!(crm.refused("need.list", json!({})), " need.list_of");
    sound(&crm);
}

#[test]
fn a_promise_cannot_vanish_and_closing_a_deal_names_it() {
    let (crm, _, customer, deal) = house();
    let day = |minutes: i64| crm.at(minutes).split('T').next().unwrap().to_owned();
    let wish = json!({"opportunity": deal, "text": "Free training", "due_on": day(0)});
    let promise = crm.id("promise.make", wish);
    let edit = json!({"text": {"from": "Free training", "to": "Free training for ten"}});
    crm.ok("promise.amend", json!({"id": promise, "set": edit, "reason": "They asked"}));
    let won = crm.ok("opportunity.win", json!({"id": deal}));
    assert_eq!(won["warnings"][0]["code"], "promise.open_at_close");
    assert_eq!(won["phase"]["state"], "won", "closing goes through");
    crm.wait(2 * 24 * 60);
    let overdue = crm.ok("promise.list", json!({"overdue": true, "customer": customer}));
    assert_eq!(overdue["rows"][0]["id"], promise.as_str());
    crm.ok("tick", json!({}));
    let told = crm.ok("reminder.due", json!({"channel": "app"}));
    assert_eq!(told["notices"][0]["code"], "promise.overdue");
    let unsaid = crm.refused("promise.remove", json!({"id": promise}));
    assert_eq!(unsaid, "note promise.reason_missing");
    crm.ok("promise.break", json!({"id": promise, "note": "No trainer"}));
    crm.ok("promise.keep", json!({"id": promise}));
    crm.ok("promise.remove", json!({"id": promise, "note": "Written down for the wrong customer"}));
    let seen = crm.ok("promise.get", json!({"id": promise}));
    assert_eq!((&seen["state"], &seen["overdue"]), (&json!("removed"), &json!(false)));
    let texts = seen["versions"].as_array().unwrap().iter();
    let texts: Vec<_> = texts.map(|version| version["text"].as_str().unwrap()).collect();
    assert_eq!(texts.len(), 5);
    assert_eq!(texts[0], "Free training", "what it said first is still there");
    assert_eq!(crm.refused("promise.keep", json!({"id": promise})), "id promise.removed");
    sound(&crm);
}

#[test]
fn a_deal_has_a_team_competitors_and_a_strategy_that_changed_for_a_reason() {
    let (crm, _, _, deal) = house();
    let amount = json!({"amount": "100.00", "currency": "CNY"});
    crm.ok("opportunity.amend", json!({"id": deal, "set": {"amount": {"to": amount}}}));
    let users = ["an", "bo", "ci"]
        .map(|login| crm.id("user.create", json!({"login": login, "name": login})));
    let member = |at: usize, credit: u32| json!({"user": users[at], "role": "lead", "credit_basis_points": credit});
    let thirds = json!([member(0, 3_333), member(1, 3_333), member(2, 3_334)]);
    let team = crm.ok("opportunity.set_team", json!({"id": deal, "members": thirds}));
    let parts = team["credits"].as_array().unwrap().iter();
    let minor = |part: &Value| part["amount"]["amount"].as_str().unwrap().replace('.', "");
    let sum: i64 = parts.map(|part| minor(part).parse::<i64>().unwrap()).sum();
    assert_eq!(sum, 10_000, "the parts add up to the amount");
    let short = json!({"id": deal, "members": [member(0, 9_999)]});
    assert_eq!(crm.refused("opportunity.set_team", short), "members deal_member.credit_sum");
    let team = crm.ok("opportunity.set_team", json!({"id": deal, "members": [member(0, 10_000)]}));
    assert_eq!(team["members"].as_array().unwrap().len(), 3, "who left stays known");
    let rival = crm.id("competitor.define", json!({"name": "Siemens", "strengths": "Brand"}));
    assert_eq!(crm.id("competitor.define", json!({"name": "Siemens"})), rival, "known by its name");
    let leads = json!({"id": deal, "competitor": rival, "status": "leading"});
    crm.ok("opportunity.set_competitor", leads);
    let listed = crm.ok("opportunity.competitors", json!({"id": deal}));
    assert_eq!(
        (&listed["rows"][0]["name"], &listed["rows"][0]["status"]),
        (&json!("Siemens"), &json!("leading"))
    );
    let set = |product: &str, cause: &str| json!({"opportunity": deal, "product_plan": product, "price_plan": "List", "cause": cause});
    crm.ok("strategy.set", set("Full MES", "A new plant"));
    crm.ok("strategy.set", set("MES light", "预算有限"));
    let diff = crm.ok("strategy.diff", json!({"opportunity": deal, "from": 1, "to": 2}));
    assert_eq!(
        diff["changes"],
        json!([{"part": "product", "from": "Full MES", "to": "MES light"}])
    );
    assert_eq!(diff["cause"], "预算有限");
    let unknown = json!({"opportunity": deal, "from": 1, "to": 9});
    assert_eq!(crm.refused("strategy.diff", unknown), "to strategy.version_unknown");
    crm.ok("opportunity.win", json!({"id": deal}));
    let learned = crm.ok("strategy.learning", json!({}));
    assert_eq!(learned["rows"][0]["won"], json!({"numerator": "1", "denominator": "1"}));
    sound(&crm);
}

#[test]
fn a_project_runs_from_the_won_deal_to_its_acceptance() {
    let (crm, _, _, deal) = house();
    let day = |days: i64| crm.at(days * 24 * 60).split('T').next().unwrap().to_owned();
    let plan = json!({"opportunity": deal, "milestones": [
        {"name": "调研", "kind": "survey", "due_on": day(3)},
        {"name": "实施", "kind": "delivery", "due_on": day(20)},
        {"name": "验收", "kind": "acceptance", "due_on": day(40)}]});
    assert_eq!(crm.refused("milestone.plan", plan.clone()), "opportunity milestone.deal_not_won");
    crm.ok("opportunity.win", json!({"id": deal}));
    let project = crm.ok("milestone.plan", plan);
    let ids: Vec<String> =
        (0..3).map(|at| project["milestones"][at]["id"].as_str().unwrap().to_owned()).collect();
    crm.wait(6 * 24 * 60);
    crm.ok("tick", json!({}));
    let late = crm.ok("milestone.late", json!({}));
    assert_eq!(late["rows"][0]["id"], ids[0].as_str());
    assert_eq!(
        crm.ok("reminder.due", json!({"channel": "app"}))["notices"][0]["code"],
        "milestone.late"
    );
    let early = crm.refused("milestone.reach", json!({"id": ids[2]}));
    assert_eq!(early, "id milestone.open_before_acceptance");
    let reached = crm.ok("milestone.reach", json!({"id": ids[0], "note": "Signed"}));
    assert!(reached["reached_at"].is_string());
    crm.ok("milestone.reschedule", json!({"id": ids[1], "due_on": day(25)}));
    let beyond = json!({"id": ids[1], "due_on": day(90)});
    assert_eq!(crm.refused("milestone.reschedule", beyond), "due_on milestone.out_of_order");
    crm.ok("milestone.cancel", json!({"id": ids[1]}));
    crm.ok("milestone.reach", json!({"id": ids[2]}));
    let closed = crm.ok("milestone.list", json!({"opportunity": deal}));
    assert!(closed["accepted_at"].is_string());
    let over = crm.refused("milestone.reopen", json!({"id": ids[0]}));
    assert_eq!(over, "opportunity milestone.project_closed");
    sound(&crm);
}

#[test]
fn a_deal_that_slept_and_woke_is_one_deal() {
    let (crm, _, customer, deal) = house();
    let funnel = || {
        let report = crm.ok("report.funnel", json!({}));
        report["tables"].to_string()
    };
    crm.wait(31 * 24 * 60);
    crm.ok("tick", json!({}));
    let told = crm.ok("reminder.due", json!({"channel": "app"}));
    assert_eq!(told["notices"][0]["code"], "deal.dormant");
    let asleep = crm.ok("opportunity.slumbers", json!({"id": deal}));
    assert_eq!(
        (&asleep["dormant"], asleep["slumbers"].as_array().unwrap().len()),
        (&json!(true), 1)
    );
    let before = funnel();
    // Any dealing with the customer about it wakes it.
    crm.ok("activity.log", json!({"kind": "call", "customer": customer, "opportunity": deal}));
    let awake = crm.ok("opportunity.slumbers", json!({"id": deal}));
    assert_eq!(awake["dormant"], false);
    assert!(awake["slumbers"][0]["revived_at"].is_string());
    assert_eq!(funnel(), before, "it counts once");
    // A slumber that nobody noticed is told as well.
    crm.wait(40 * 24 * 60);
    let woken = crm.ok("opportunity.revive", json!({"id": deal}));
    assert_eq!(woken["slumbers"].as_array().unwrap().len(), 2);
    assert_eq!(
        crm.ok("opportunity.history", json!({"id": deal}))["stays"].as_array().unwrap().len(),
        1
    );
    let row = crm.ok("opportunity.list", json!({"customer": customer}));
    assert_eq!(row["rows"].as_array().unwrap().len(), 1);
    sound(&crm);
}

#[test]
fn a_new_deal_follows_a_rule_and_a_guide_keeps_what_it_said() {
    let (crm, pipeline, customer, _) = house();
    let guided = json!([{"code": "x", "name": "x", "guide": "Ask for the budget"},
        {"code": "won", "name": "won", "kind": "won"}, {"code": "lost", "name": "lost", "kind": "lost"}]);
    let big = crm.id("pipeline.define", json!({"name": "Big", "stages": guided}));
    let least = json!({"amount": "1000.00", "currency": "CNY"});
    let rule = json!({"code": "big", "name": "Big deals", "pipeline": big,
        "terms": {"amount_at_least": least}});
    crm.ok("pipeline_rule.define", rule);
    let deal = |amount: Value| {
        let wish = json!({"name": "N", "customer": customer, "amount": amount});
        let id = crm.id("opportunity.create", wish);
        crm.ok("opportunity.get", json!({"id": id}))["pipeline"].as_str().unwrap().to_owned()
    };
    assert_eq!(deal(least.clone()), big);
    assert_eq!(deal(Value::Null), pipeline, "no rule speaks of it: the default");
    let mut again = guided.clone();
    again[0]["guide"] = json!("Ask who decides");
    crm.ok("pipeline.define", json!({"id": big, "name": "Big", "stages": again}));
    let said = crm.ok("pipeline.guides", json!({"pipeline": big, "stage": "x"}));
    let said: Vec<_> =
        said["versions"].as_array().unwrap().iter().map(|v| v["text"].as_str().unwrap()).collect();
    assert_eq!(said, ["Ask for the budget", "Ask who decides"]);
    sound(&crm);
}

/// What the store holds, as a hash.
fn hash(crm: &Host) -> String {
    crm.ok("store.verify", json!({}))["state_hash"].as_str().unwrap().to_owned()
}

#[test]
fn a_change_of_a_process_is_looked_at_applied_in_steps_and_taken_back() {
    let (crm, pipeline, customer, deal) = house();
    let many: Vec<Value> = (0..249)
        .map(|n| {
            json!({"op": "opportunity.create",
            "request": {"name": format!("D{n}"), "customer": customer}})
        })
        .collect();
    crm.ok("batch", json!({"operations": many}));
    let asks = json!([{"code": "b", "name": "b", "entry": {"fields": ["amount"]}},
        {"code": "won", "name": "won", "kind": "won"}, {"code": "lost", "name": "lost", "kind": "lost"}]);
    let draft = |moved: Value| {
        json!({"definition": {"id": pipeline, "name": "P", "dormant_after_days": 30,
            "stages": asks, "moved": moved}})
    };
    let change = crm.id("process_change.draft", draft(json!({})));
    let impact = crm.ok("process_change.preview", json!({"id": change}));
    assert_eq!(impact["applicable"], false);
    assert_eq!(impact["violations"][0]["code"], "pipeline.stage_occupied");
    assert_eq!(impact["deals_to_move"], 250);
    let occupied = crm.refused("process_change.apply", json!({"id": change}));
    assert_eq!(occupied, "moved.a pipeline.stage_occupied");
    let mut better = draft(json!({"a": "b"}));
    better["id"] = json!(change);
    crm.ok("process_change.draft", better);
    let impact = crm.ok("process_change.preview", json!({"id": change}));
    assert_eq!((&impact["applicable"], &impact["unfit_count"]), (&json!(true), &json!(250)));
    let before = hash(&crm);
    let funnel =
        |crm: &Host| crm.ok("report.funnel", json!({"as_of": crm.at(-60)}))["tables"].to_string();
    let past = funnel(&crm);
    let begun = crm.ok("process_change.apply", json!({"id": change}));
    assert_eq!((&begun["state"], &begun["moved"]), (&json!("applying"), &json!(100)));
    // A deal that waits can be worked on.
    assert!(crm.ok("opportunity.get", json!({"id": deal}))["version"].as_u64().is_some());
    let mut calls = 0;
    while crm.ok("tick", json!({}))["more"] == true {
        calls += 1;
        assert!(calls < 10, "it ends");
    }
    let done = crm.ok("process_change.get", json!({"id": change}));
    assert_eq!((&done["state"], &done["moved"]), (&json!("applied"), &json!(250)));
    let stage = crm.ok("opportunity.get", json!({"id": deal}))["standing"]["stage_code"].clone();
    assert_eq!(stage, "b");
    sound(&crm);
    let mut calls = 0;
    while crm.ok("process_change.rollback", json!({"id": change}))["more"] == true {
        // Time that passes meanwhile does not apply it again.
        crm.ok("tick", json!({}));
        calls += 1;
        assert!(calls < 10, "it ends");
    }
    assert_eq!(hash(&crm), before, "everything is again what it was");
    assert_eq!(funnel(&crm), past, "the past is as it was told");
    let draft = crm.ok("process_change.get", json!({"id": change}));
    assert_eq!(draft["state"], "draft");
    sound(&crm);
}

#[test]
fn a_deal_that_moved_on_since_stays_when_a_change_is_taken_back() {
    let (crm, pipeline, _, deal) = house();
    let define =
        json!({"id": pipeline, "name": "P", "stages": stages(&["b"]), "moved": {"a": "b"}});
    let change = crm.id("process_change.draft", json!({"definition": define}));
    let done = crm.ok("process_change.apply", json!({"id": change}));
    assert_eq!(done["state"], "applied", "a few deals follow at once");
    crm.ok("opportunity.win", json!({"id": deal}));
    let back = crm.ok("process_change.rollback", json!({"id": change}));
    assert_eq!(back["more"], false);
    assert!(back["conflicts"].as_array().unwrap().iter().any(|c| c["kind"] == "opportunity"));
    let seen = crm.ok("opportunity.get", json!({"id": deal}));
    assert_eq!(seen["phase"]["state"], "won", "what somebody did since stays");
    sound(&crm);
}

#[test]
fn redefining_a_process_with_many_deals_goes_on_as_time_passes() {
    let (crm, pipeline, customer, _) = house();
    let many: Vec<Value> = (0..300)
        .map(|n| {
            json!({"op": "opportunity.create",
            "request": {"name": format!("D{n}"), "customer": customer}})
        })
        .collect();
    crm.ok("batch", json!({"operations": many}));
    let define =
        json!({"id": pipeline, "name": "P", "stages": stages(&["b"]), "moved": {"a": "b"}});
    let defined = crm.ok("pipeline.define", define);
    let change = defined["change"].as_str().unwrap().to_owned();
    while crm.ok("tick", json!({}))["more"] == true {}
    let done = crm.ok("process_change.get", json!({"id": change}));
    assert_eq!((&done["state"], &done["moved"]), (&json!("applied"), &json!(301)));
    sound(&crm);
}
