//! What the feature catalogue asks for and no other test states, feature by feature.

use serde_json::{Value, json};

use super::flow_tests::{DAY, House};

/// F034: discarded leads leave the counts of what is open and stay in the statistics of their source; taken back, they are
/// open again.
#[test]
fn discarded_leads_stay_in_the_statistics_of_their_source() {
    let house = House::new();
    let lead = |source: &str| {
        let wish = json!({"name": "王伟", "phones": ["13800138000"], "source": source});
        house.id("an", "lead.capture", wish)
    };
    let (junk, _, _) = (lead("ads"), lead("ads"), lead("fair"));
    let of = |request: Value| {
        let told = house.ok("an", "lead.sources", request);
        let told = told["sources"].as_array().unwrap().iter();
        let told = told.map(|of| {
            format!(
                "{} {} {} {} {}",
                of["source"], of["all"], of["open"], of["converted"], of["discarded"]
            )
        });
        told.collect::<Vec<_>>().join(", ").replace('"', "")
    };
    assert_eq!(of(json!({})), "ads 2 2 0 0, fair 1 1 0 0");
    assert_eq!(
        house.refused("an", "lead.discard", json!({"id": junk, "reason": " "})),
        "reason text.empty"
    );
    house.ok("an", "lead.discard", json!({"id": junk, "reason": "垃圾信息"}));
    assert_eq!(of(json!({})), "ads 2 1 0 1, fair 1 1 0 0");
    house.ok("an", "lead.reactivate", json!({"id": junk}));
    assert_eq!(of(json!({})), "ads 2 2 0 0, fair 1 1 0 0");
    let tomorrow = "2026-11-24T00:00:00Z";
    assert_eq!(of(json!({"from": tomorrow})), "");
    assert_eq!(of(json!({"to": tomorrow})), "ads 2 2 0 0, fair 1 1 0 0");
    let backwards = json!({"from": tomorrow, "to": tomorrow});
    assert_eq!(house.refused("an", "lead.sources", backwards), "to time.range");
}

/// F015: the stream of a customer keeps its loops and its silence: a deal that goes back and forth is told move by move.
#[test]
fn the_stream_of_a_customer_keeps_loops_and_silence() {
    let house = House::new();
    let stage = |code: &str| json!({"code": code, "name": code});
    let end = |code: &str| json!({"code": code, "name": code, "kind": code});
    let stages = json!([stage("a"), stage("b"), end("won"), end("lost")]);
    house.ok("owner", "pipeline.define", json!({"name": "P", "stages": stages}));
    let customer = house.id("an", "customer.create", json!({"name": "华东机械"}));
    let deal = house.id("an", "opportunity.create", json!({"name": "D", "customer": customer}));
    let mut moved = Vec::new();
    for (days, to) in [(1, "b"), (100, "a"), (1, "b")] {
        house.wait(days * DAY);
        let step = json!({"id": deal, "stage": to});
        moved.push(house.ok("an", "opportunity.advance", step));
    }
    let feed = house.ok("an", "customer.feed", json!({"id": customer}));
    let told = feed["events"].as_array().unwrap().iter();
    let told: Vec<&str> = told.map(|event| event["operation"].as_str().unwrap()).collect();
    let advance = "opportunity.advance";
    assert_eq!(told, ["customer.create", "opportunity.create", advance, advance, advance]);
}

/// F029: what was said, what they answered and what comes next stay with the lead and are its next owner's to read; what is
/// of no known way, or of tomorrow, is refused.
#[test]
fn a_follow_up_has_five_parts_and_its_successor_reads_them() {
    let house = House::new();
    let lead = house.lead("an");
    let said = json!({"kind": "call", "lead": lead, "content": "报价已发", "feedback": "价格偏高",
        "next": {"plan": "复访", "at": "2026-11-25T01:00:00Z"}});
    let change = |field: &str, value: Value| {
        let mut wish = said.clone();
        wish[field] = value;
        house.refused("an", "activity.log", wish)
    };
    assert_eq!(change("kind", json!("telegram")), "kind code.unknown");
    assert!(change("at", json!("2026-11-30T00:00:00Z")).starts_with("at "), "no call of tomorrow");
    house.ok("an", "activity.log", said.clone());
    let give = json!({"id": lead, "to": house.user("bo"), "reason": "调岗"});
    house.ok("an", "lead.transfer", give);
    let read = house.ok("bo", "activity.list", json!({"lead": lead}));
    let rows = read["rows"].as_array().unwrap();
    let done = rows.iter().find(|row| row["kind"] == "call").unwrap();
    assert_eq!((&done["content"], &done["feedback"]), (&json!("报价已发"), &json!("价格偏高")));
    assert_eq!(done["owner"], json!(house.user("an")), "who did it stays");
    let next = rows.iter().find(|row| row["status"] == "planned").unwrap();
    assert_eq!((&next["subject"], &next["owner"]), (&json!("复访"), &json!(house.user("bo"))));
}

/// F213: taking data out needs the right to: a rep who reads it all may not carry it off.
#[test]
fn taking_data_out_needs_the_right_to() {
    let house = House::new();
    house.customer_named("甲公司");
    let all = json!({"entity": "customer"});
    assert_eq!(house.refused("an", "records.export", all.clone()), "access.denied");
    assert_eq!(house.refused("an", "export.records", json!({"kind": "customer"})), "access.denied");
    let taken = house.ok("boss", "records.export", all);
    assert_eq!(taken["rows"].as_array().unwrap().len(), 1);
}

/// X15: of several tests joined by "or" each is looked at, wherever it stands; one that cannot be is refused, never ignored.
#[test]
fn of_tests_joined_by_or_each_is_looked_at() {
    let house = House::new();
    let words = ["pump", "valve", "seal"];
    let any: Vec<Value> =
        words.iter().map(|word| json!({"contains": {"field": "need", "words": [word]}})).collect();
    let terms = |any: Value| json!({"of": "lead", "on": "created", "only": {"any": any}, "then": [{"notify": {"to": ["owner"]}}]});
    let rule = |any: Value| json!({"code": "hot", "name": "hot", "terms": terms(any)});
    house.ok("owner", "automation.define", rule(json!(any)));
    for (need, told) in [("a Pump", 1), ("valves", 1), ("seals", 1), ("paper", 0)] {
        let wish = json!({"name": "王伟", "phones": ["13800138000"], "owner": house.user("an"), "need": need});
        let lead = house.id("owner", "lead.capture", wish);
        let runs = house.ok("owner", "automation.runs", json!({"record": lead}));
        assert_eq!(runs["rows"].as_array().unwrap().len(), told, "{need}");
    }
    let mut broken = any;
    broken[1] = json!({"contains": {"field": "nothing", "words": ["x"]}});
    let refused = house.refused("owner", "automation.define", rule(json!(broken)));
    assert_eq!(refused, "terms.only.any[1].contains.field condition.field");
}

impl House {
    fn customer_named(&self, name: &str) -> String {
        self.id("an", "customer.create", json!({"name": name}))
    }
}
