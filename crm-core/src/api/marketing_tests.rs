//! What marketing costs and brings, through the door; and the reports on service and satisfaction.

use serde_json::{Value, json};

use super::service_tests::House;

fn money(amount: &str) -> Value {
    json!({"amount": amount, "currency": "CNY"})
}

/// The rows of a table of a report, each as its cells in text.
fn table(report: &Value, key: &str) -> Vec<Vec<String>> {
    let tables = report["tables"].as_array().unwrap();
    let table = tables.iter().find(|table| table["key"] == key).unwrap();
    let cell = |cell: &Value| match cell {
        Value::String(text) => text.clone(),
        Value::Object(label) => label["en"].as_str().unwrap().to_owned(),
        other @ (Value::Null | Value::Bool(_) | Value::Number(_) | Value::Array(_)) => {
            other.to_string()
        }
    };
    let rows = table["rows"].as_array().unwrap().iter();
    rows.map(|row| row.as_array().unwrap().iter().map(cell).collect()).collect()
}

/// A house with a process, and a customer who was a lead of a fair, came to it, and bought for 1,000.
fn sold() -> House {
    let house = House::new();
    house.ok(
        "pipeline.define",
        json!({"name": "P", "stages": [{"code": "a", "name": "a"},
            {"code": "won", "name": "won", "kind": "won"}, {"code": "lost", "name": "lost", "kind": "lost"}]}),
    );
    let campaign = |name: &str, kind: &str| json!({"name": name, "campaign_type": kind, "starts_on": "2026-11-20", "ends_on": "2026-11-23"});
    let fair = house.id("campaign.create", campaign("广交会", "fair"));
    let web = house.id("campaign.create", campaign("直播", "online"));
    let spend = |channel: &str, campaign: &str, cost: &str| {
        house.ok(
            "spend.add",
            json!({"channel": channel, "campaign": campaign, "from_day": "2026-11-20",
                "to_day": "2026-11-22", "cost": money(cost)}),
        );
    };
    spend("fair", &fair, "100.00");
    let lead = json!({"name": "王伟", "company": "上海", "source": "fair", "campaign": fair,
        "phones": ["13800138001"]});
    let lead = house.id("lead.capture", lead);
    let became = house.at(10).ok("lead.convert", json!({"id": lead}));
    let customer =
        became["customer"]["id"].as_str().or(became["customer"].as_str()).unwrap().to_owned();
    let days = json!({"campaign": web, "customer": customer, "registered_on": "2026-11-23"});
    house.ok("campaign.add_member", days);
    let deal = json!({"customer": customer, "name": "D", "amount": money("1000.00")});
    let deal = house.at(20).id("opportunity.create", deal);
    house.at(30).ok("opportunity.win", json!({"id": deal}));
    house
}

#[test]
fn credits_move_with_the_model_and_totals_stay() {
    let house = sold();
    let effect = |model: &str, by: &str| {
        let report = house.ok("report.campaigns", json!({"model": model, "by": [by]}));
        table(&report, "effect")
    };
    // The day of the registration begins before the lead came in at 09:00.
    let linear = effect("linear", "campaign");
    let line = |rows: &[Vec<String>], name: &str| {
        rows.iter().find(|row| row[0] == name).cloned().unwrap_or_default()
    };
    assert_eq!(
        line(&linear, "广交会"),
        ["广交会", "100.00", "1", "100.00", "0.50", "0.5000", "500.00", "4.0000"]
    );
    assert_eq!(
        line(&linear, "直播"),
        ["直播", "0.00", "0", "null", "0.50", "0.5000", "500.00", "null"]
    );
    assert_eq!(line(&effect("first", "campaign"), "直播")[6], "1000.00");
    assert_eq!(line(&effect("last", "campaign"), "广交会")[6], "1000.00");
    for model in ["first", "last", "linear", "position"] {
        for by in ["campaign", "channel"] {
            let all = line(&effect(model, by), "All");
            assert_eq!((all[1].as_str(), all[6].as_str()), ("100.00", "1000.00"), "{model} {by}");
        }
    }
    // Two of the three days that the money was for: 33.34 + 33.33.
    let part = house.ok("report.campaigns", json!({"from": "2026-11-20", "to": "2026-11-22"}));
    assert_eq!(line(&table(&part, "effect"), "All")[1], "66.67");
    assert_eq!(house.refused("report.campaigns", json!({"by": ["owner"]})), "by report.dimension");
    house.is_sound();
}

#[test]
fn what_is_ordered_counts_instead_of_the_deal_it_comes_from() {
    let house = sold();
    let all = || {
        let report = house.ok("report.campaigns", json!({"by": ["channel"]}));
        let row = table(&report, "effect").pop().unwrap();
        (row[4].clone(), row[6].clone())
    };
    let deal = house.ok("opportunity.list", json!({}))["rows"][0]["id"].clone();
    let customer = house.ok("opportunity.list", json!({}))["rows"][0]["customer"].clone();
    let one = |text: &str, of: &str| (text.to_owned(), of.to_owned());
    let taxed = json!({"opportunity": deal, "tax_rate": "13",
        "freight": money("70.00"), "due_on": "2026-12-31"});
    let order = house.at(40).id("order.generate", taxed);
    for op in ["order.request_review", "order.confirm"] {
        house.ok(op, json!({"id": order}));
    }
    assert_eq!(all(), one("1", "1000.00"), "what is not handed over does not count");
    house.ok("order.submit", json!({"id": order}));
    assert_eq!(all(), one("1", "1000.00"), "its net, without tax and freight");
    let direct = json!({"customer": customer, "lines": [
        {"text": "Parts", "quantity": "2", "unit_price": money("50.00")}]});
    let direct = house.id("order.create", direct);
    for op in ["order.request_review", "order.confirm", "order.submit"] {
        house.ok(op, json!({"id": direct}));
    }
    assert_eq!(all(), one("2", "1100.00"), "an order of no deal counts, too");
    let off =
        json!({"order": order, "amount": money("120.00"), "cause": "goodwill", "reason": "x"});
    house.ok("payment.credit", off);
    assert_eq!(all(), one("2", "1000.00"), "a tenth of 1,200.00 is credited: a tenth of the net");
    house.ok("order.cancel", json!({"id": order, "reason": "x"}));
    assert_eq!(all(), one("1", "100.00"), "called off it brings nothing, nor does its deal");
    house.is_sound();
}

#[test]
fn referrals_have_no_circle_and_show_what_they_brought() {
    let house = sold();
    let [a, b, c] =
        ["甲", "乙", "丙"].map(|name| house.id("customer.create", json!({"name": name})));
    let refer = |referrer: &str, referred: &str| {
        house.ok("referral.add", json!({"referrer": referrer, "referred": referred}));
    };
    refer(&a, &b);
    refer(&b, &c);
    let back = json!({"referrer": c, "referred": a});
    assert_eq!(house.refused("referral.add", back), "referrer referral.cycle");
    let twice = json!({"referrer": a, "referred": c});
    assert_eq!(house.refused("referral.add", twice), "referred referral.known");
    let deal = json!({"customer": c, "name": "D", "amount": money("70.00")});
    let deal = house.id("opportunity.create", deal);
    house.ok("opportunity.win", json!({"id": deal}));
    let tree = house.ok("referral.tree", json!({"customer": a}));
    let depths: Vec<u64> =
        tree["rows"].as_array().unwrap().iter().map(|row| row["depth"].as_u64().unwrap()).collect();
    assert_eq!(depths, [1, 2]);
    assert_eq!((&tree["revenue"], &tree["direct_revenue"]), (&money("70.00"), &money("0.00")));
    // Two of the chain become one: nobody was brought by themselves.
    house.ok("customer.merge", json!({"keep": a, "merge": [c]}));
    house.is_sound();
}

#[test]
fn reviews_are_counted_by_score_and_scales_are_not_mixed() {
    let house = House::new();
    for (score, scale) in [(5, 5), (4, 5), (4, 5), (9, 10)] {
        house.ok("review.add", json!({"site": "jd", "score": score, "scale": scale}));
    }
    let sums = house.ok("review.summary", json!({}));
    assert_eq!(sums["rows"][0]["scores"], json!([0, 0, 0, 2, 1]));
    assert_eq!(sums["rows"][0]["mean"], "4.33");
    assert_eq!((&sums["rows"][1]["count"], &sums["rows"][1]["mean"]), (&json!(1), &json!("9")));
    assert_eq!(
        house.refused("review.add", json!({"site": "jd", "score": 6})),
        "score review.score"
    );
}

#[test]
fn a_target_list_is_the_segment_and_the_consent_and_counts_whom_it_leaves_out() {
    let house = House::new();
    let person = |name: &str, email: Option<&str>| {
        let emails: Vec<&str> = email.into_iter().collect();
        let wish = json!({"customer": house.customer, "name": name, "emails": emails});
        house.id("contact.create", wish)
    };
    let say = |person: &str, given: bool, purpose: &str| {
        let state = if given { "given" } else { "withdrawn" };
        let said = json!({"subject_kind": "contact", "subject": person, "purpose": purpose,
            "state": state, "evidence": "表格"});
        house.ok("consent.record", said);
    };
    let yes = person("甲", Some("a@example.com"));
    say(&yes, true, "marketing.email");
    let unreached = person("乙", None);
    say(&unreached, true, "marketing");
    let no = person("丙", Some("c@example.com"));
    say(&no, true, "marketing.email");
    say(&no, false, "marketing");
    person("丁", Some("d@example.com"));
    let elsewhere = house.id("customer.create", json!({"name": "北京", "region": "华北"}));
    house.ok("customer.amend", json!({"id": house.customer, "set": {"region": {"to": "华东"}}}));
    let campaign = house.id("campaign.create", json!({"name": "邮件", "campaign_type": "mail"}));
    let wish = json!({"channel": "email", "region": "华东", "campaign": campaign});
    let found = house.ok("campaign.targets", wish.clone());
    let names: Vec<&str> =
        found["targets"].as_array().unwrap().iter().map(|t| t["name"].as_str().unwrap()).collect();
    assert_eq!(names, ["甲"]);
    // 王伟 and 丁 said nothing.
    assert_eq!(found["excluded"], json!({"no_address": 1, "no_consent": 2, "withdrawn": 1}));
    assert_eq!((&found["segment"], &found["added"]), (&json!(5), &json!(1)));
    assert_eq!(house.ok("campaign.targets", wish)["added"], 0, "who is on the list is on it once");
    let other = house.ok("campaign.targets", json!({"channel": "email", "region": "华北"}));
    assert_eq!((&other["segment"], elsewhere.len()), (&json!(0), 36));
    house.is_sound();
}

#[test]
fn the_report_on_service_tells_percentiles_and_what_was_in_time() {
    let house = House::new();
    let li = &house.users[2];
    for (start, minutes) in [(0, 10), (100, 20), (200, 60)] {
        let wish = json!({"customer": house.customer, "request_type": "fault", "subject": "S",
            "severity": "critical", "handler": li});
        let id = house.at(start).id("service.open", wish);
        house.at(start + minutes).ok("service.respond", json!({"id": id}));
    }
    let report = house.at(261).ok("report.service", json!({"by": ["handler"]}));
    let rows = table(&report, "service");
    // Median 20, ninth decile 20 + 0.8 · 40 = 52, 95th 56; two of three in time.
    assert_eq!(rows[0][..9], ["li", "3", "3", "0", "0", "3", "20", "52", "56"]);
    assert_eq!(rows[0][9], "0.6667");
    assert_eq!(rows[1][1], "3");
    assert_eq!(house.refused("report.service", json!({"by": ["stage"]})), "by report.dimension");
    let turned = json!({"from": "2026-11-23", "to": "2026-11-23"});
    assert_eq!(house.refused("report.service", turned), "to period.empty");
}

#[test]
fn the_report_on_satisfaction_tells_n_and_interval_and_who_was_not_asked() {
    let house = House::new();
    let open = || {
        let wish = json!({"customer": house.customer, "request_type": "fault", "subject": "S"});
        json!({"kind": "service_request", "id": house.id("service.open", wish)})
    };
    for (product, service) in [(5, 4), (4, 2), (3, 5)] {
        let request =
            house.ok("feedback.request", json!({"about": open(), "contact": house.contact}));
        let answer = json!({"product": product, "service": service});
        house.ok("feedback.record", json!({"id": request["id"], "answer": answer}));
    }
    let silent = house.id("customer.create", json!({"name": "北京"}));
    let wish = json!({"customer": silent, "request_type": "fault", "subject": "S"});
    let about = json!({"kind": "service_request", "id": house.id("service.open", wish)});
    house.ok("feedback.request", json!({"about": about}));
    let report = house.ok("report.satisfaction", json!({"by": ["about"]}));
    let trend = table(&report, "trend");
    // 2 of 3: Wilson's interval is 0.2077 to 0.9385 (R: binom::binom.confint(2, 3, methods = "wilson")).
    assert_eq!(trend[0][..6], ["2026-11", "3", "0.6667", "0.2077", "0.9385", "4"]);
    assert_eq!(trend[0][6..], ["3", "0.6667", "0.2077", "0.9385", "3.67"]);
    let states = table(&report, "requests");
    assert_eq!(states, [["answered", "3"], ["skipped: no_address", "1"]]);
}
