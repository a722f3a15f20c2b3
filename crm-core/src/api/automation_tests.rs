//! Automations through the door: what sets them off, what they do, and what is kept of it.

use serde_json::{Value, json};

use super::flow_tests::{DAY, House, three_days};

impl House {
    fn automation(&self, code: &str, terms: Value) -> String {
        self.id("owner", "automation.define", json!({"code": code, "name": code, "terms": terms}))
    }

    /// What automations did to a record, the first first: `code outcome depth because`.
    fn runs(&self, record: &str) -> Vec<String> {
        let all = self.ok("owner", "automation.list", json!({"inactive": true}));
        let code = |id: &Value| {
            let rule = all["rows"].as_array().unwrap().iter().find(|rule| &rule["id"] == id);
            rule.unwrap()["code"].as_str().unwrap().to_owned()
        };
        let runs = self.ok("owner", "automation.runs", json!({"record": record}));
        let told = runs["rows"].as_array().unwrap().iter().rev().map(|run| {
            let refused =
                run["refused"].as_str().map(|why| format!(" ({why})")).unwrap_or_default();
            format!(
                "{} {} {} {}{refused}",
                code(&run["automation"]),
                run["outcome"].as_str().unwrap(),
                run["depth"],
                run["because"].as_str().unwrap()
            )
        });
        let mut told: Vec<String> = told.collect();
        told.sort();
        told
    }

    fn plans(&self, lead: &str) -> usize {
        let plans = self.ok("owner", "activity.list", json!({"lead": lead}));
        plans["rows"].as_array().unwrap().len()
    }
}

/// A change sets off what watches it, where its condition holds, in one commit with it; each run is kept with its reason.
#[test]
fn a_change_sets_off_what_watches_it_and_that_sets_off_more() {
    let house = House::new();
    let from_fair = json!({"in": {"field": "source", "values": ["fair"]}});
    house.automation(
        "greet",
        json!({"of": "lead", "on": "created", "only": from_fair, "then": [
            {"set": {"field": "region", "to": "华东"}},
            {"plan": {"subject": "展会回访", "within": {"days": 1}}},
        ]}),
    );
    house.automation(
        "east",
        json!({"of": "lead", "on": {"changed": ["region"]}, "then": [
            {"notify": {"to": ["manager"]}},
        ]}),
    );
    let lead = |source: &str| {
        let wish = json!({"name": "王伟", "phones": ["13800138000"], "owner": house.user("an"), "source": source});
        house.id("owner", "lead.capture", wish)
    };
    let other = lead("web");
    assert_eq!(house.runs(&other), [""; 0], "its condition does not hold");
    let one = lead("fair");
    assert_eq!(
        house.runs(&one),
        ["east done 1 lead.capture: changed region", "greet done 0 lead.capture: created"]
    );
    let read = house.ok("an", "lead.get", json!({"id": one}));
    assert_eq!((&read["region"], house.plans(&one)), (&json!("华东"), 1));
    assert_eq!(house.told("boss"), ["automation.east east"]);
    let trail = house.ok("owner", "audit.trail", json!({"subject": one}));
    let told = trail["facts"].as_array().unwrap();
    assert_eq!(told.len(), 1, "one decision: {trail}");
    let same = json!({"id": one, "set": {"need": {"to": "泵"}}});
    house.ok("an", "lead.amend", same);
    assert_eq!(house.runs(&one).len(), 2, "nobody watches that");
    house.is_sound();
}

/// What an automation wants and may not is refused as a whole, and does not refuse what set it off.
#[test]
fn a_refused_automation_does_nothing_and_hinders_nobody() {
    let house = House::new();
    house.automation(
        "sea",
        json!({"of": "lead", "on": {"changed": ["need"]}, "then": [
            {"set": {"field": "region", "to": "华东"}},
            {"set": {"field": "country", "to": "XX"}},
        ]}),
    );
    let lead = house.lead("an");
    house.ok("an", "lead.amend", json!({"id": lead, "set": {"need": {"to": "泵"}}}));
    assert_eq!(
        house.runs(&lead),
        ["sea refused 0 lead.amend: changed need (country country.unknown)"]
    );
    let read = house.ok("an", "lead.get", json!({"id": lead}));
    assert_eq!((&read["need"], &read["region"]), (&json!("泵"), &Value::Null), "nothing of it");
    house.is_sound();
}

/// At its time, not one tick before, once for each instant; what was due before there was the automation is passed over.
#[test]
fn a_time_that_has_come_sets_off_what_waits_for_it_once() {
    let house = House::new();
    let old = house.lead("an");
    house.wait(5 * DAY);
    let late = json!({"of": "lead", "on": {"after": {"field": "created_at", "wait": {"days": 3}}},
        "only": {"in": {"field": "status", "values": ["new"]}}, "then": [{"notify": {"to": ["owner"]}}]});
    house.automation("late", late);
    let [stored, busy] = [house.lead("an"), house.lead("an")];
    house.tick();
    house.wait_micros(3 * DAY * 1_000_000 - 1);
    house.followed_up("an", &busy);
    house.tick();
    assert_eq!(house.told("an"), [""; 0], "one tick before");
    house.wait_micros(1);
    assert_eq!((house.tick(), house.tick()), (1, 0), "once");
    assert_eq!(house.told("an"), ["automation.late late"]);
    assert_eq!(house.runs(&stored).len(), 1);
    assert_eq!(
        (house.runs(&busy).len(), house.runs(&old).len()),
        (0, 0),
        "it is no longer new; it was before"
    );
    house.wait(30 * DAY);
    assert_eq!(house.tick(), 0);
    house.is_sound();
}

/// Records that were there when an automation was defined wait, too; one that is retired lets them go.
#[test]
fn what_was_there_before_waits_too_until_the_automation_is_retired() {
    let house = House::new();
    let leads = [house.lead("an"), house.lead("an")];
    let terms = json!({"of": "lead", "on": {"after": {"field": "created_at", "wait": {"days": 3}}},
        "then": [{"notify": {"to": ["owner"]}}]});
    house.automation("late", terms.clone());
    house.tick();
    house.wait(3 * DAY);
    assert_eq!(house.tick(), 2);
    assert_eq!(house.runs(&leads[0]).len(), 1);
    let third = house.lead("an");
    let retired = json!({"code": "late", "name": "late", "active": false, "terms": terms});
    house.ok("owner", "automation.define", retired);
    house.tick();
    house.wait(3 * DAY);
    assert_eq!((house.tick(), house.runs(&third).len()), (0, 0));
    house.is_sound();
}

/// Whatever moves a record sets off what watches it; an automation that moves it keeps its history whole; undoing and
/// merging set off nothing.
#[test]
fn rules_of_flow_set_off_automations_and_moves_keep_their_history() {
    let house = House::with_rule(three_days("pool"), json!({}));
    house.automation(
        "moved",
        json!({"of": "lead", "on": {"changed": ["owner"]}, "then": [
            {"notify": {"to": [{"user": house.user("boss")}]}},
        ]}),
    );
    house.automation("spam", json!({"of": "lead", "on": {"changed": ["need"]},
        "only": {"contains": {"field": "need", "words": ["SEO"]}}, "then": [{"pool": {"pool": "public"}}]}));
    let lead = house.lead("an");
    house.ok("an", "lead.amend", json!({"id": lead, "set": {"need": {"to": "cheap seo"}}}));
    assert_eq!(house.keeper(&lead), "pool");
    assert_eq!(house.history("lead", &lead), "rule:an>pool");
    assert_eq!(
        house.runs(&lead),
        ["moved done 1 lead.amend: changed owner", "spam done 0 lead.amend: changed need"]
    );
    house.is_sound();
    let other = house.lead("an");
    house.wait(3 * DAY);
    house.tick();
    assert_eq!(house.runs(&other), ["moved done 0 tick: changed owner"]);
    let merged = house.ok("boss", "lead.merge", json!({"keep": other, "merge": [lead]}));
    house.ok("boss", "reversal.undo", json!({"id": merged["reversal"]}));
    assert_eq!((house.runs(&lead).len(), house.runs(&other).len()), (2, 1));
    house.is_sound();
}
