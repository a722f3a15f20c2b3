//! Standards of entry at every door, and where values came from.

use serde_json::{Value, json};

use super::party_tests::Host;

fn rule(crm: &Host, code: &str, entity: &str, severity: &str, test: Value) -> Value {
    let wish = json!({"code": code, "entity": entity, "severity": severity, "test": test});
    crm.ok("quality.define", wish)
}

#[test]
fn a_standard_holds_at_every_door() {
    let crm = Host::new();
    let old = crm.id("customer.create", json!({"name": "老客户"}));
    let required = |field: &str| json!({"is": "required", "field": field});
    rule(&crm, "where", "customer", "refuse", required("region"));
    rule(&crm, "mail", "lead", "refuse", required("emails"));
    rule(&crm, "title", "contact", "warn", required("title"));
    let phone = json!({"is": "starts_with", "field": "phones", "any_of": ["+", "1"]});
    rule(&crm, "phone", "lead", "refuse", phone);
    let where_ = "region quality.required";
    assert_eq!(crm.refused("customer.create", json!({"name": "A"})), where_);
    assert_eq!(
        crm.refused("customer.create", json!({"name": " ", "size": "!"})),
        format!("name text.empty, size code.format, {where_}"),
        "beside what is built in"
    );
    let a = crm.id("customer.create", json!({"name": "A", "region": "East"}));
    let edit = |id: &str, from: Value, to: Value| json!({"id": id, "set": {"region": {"from": from, "to": to}}});
    assert_eq!(crm.refused("customer.amend", edit(&a, json!("East"), Value::Null)), where_);
    // What stood before the rule stays, and stands in nobody's way.
    crm.ok("customer.amend", json!({"id": old, "set": {"note": {"to": "x"}}}));
    crm.ok("customer.archive", json!({"id": old}));
    let batch = json!({"operations": [{"op": "customer.create", "request": {"name": "B"}}]});
    assert_eq!(crm.refused("batch", batch), format!("operations[0].request.{where_}"));
    let lead = json!({"name": "L", "phones": ["0571-87654321"]});
    assert_eq!(crm.refused("lead.capture", lead), "emails quality.required, phones quality.start");
    assert_eq!(
        crm.refused("lead.quick", json!({"phone": "13800138000"})),
        "name lead.unnamed, emails quality.required"
    );
    let fine = json!({"name": "L", "phones": ["13800138000"], "emails": ["l@acme.cn"]});
    let lead = crm.id("lead.capture", fine);
    let point = json!({"owner_kind": "lead", "owner": lead,
        "point": {"medium": "phone", "text": "0571-87654321"}});
    assert_eq!(crm.refused("contact_point.add", point), "phones[1] quality.start");
    crm.ok(
        "intake.define",
        json!({"code": "site", "name": "S", "kind": "website",
        "fields": {"n": "name", "m": "email", "p": "phone"}}),
    );
    let rows = json!([{"key": "1", "payload": {"n": "A", "p": "13800138000"}},
        {"key": "2", "payload": {"n": "B", "m": "b@acme.cn"}}]);
    let done = crm.ok("lead.intake_many", json!({"channel": "site", "rows": rows}));
    assert_eq!(done["results"][0]["violations"][0]["code"], "quality.required");
    assert_eq!(done["results"][1]["status"], "created");
    let rows = json!([{"row": 1, "key": "1", "set": {"name": "C"}},
        {"row": 2, "key": "2", "set": {"name": "D", "region": "East"}}]);
    let done = crm
        .ok("import.rows", json!({"source": "s", "entity": "customer", "file": "f", "rows": rows}));
    let status = |at: usize| done["results"][at]["status"].as_str().unwrap().to_owned();
    assert_eq!((status(0), status(1)), ("rejected".into(), "created".into()));
    let wang = crm.ok("contact.create", json!({"customer": a, "name": "王伟"}));
    assert_eq!(wang["warnings"][0]["code"], "quality.required", "stored, and told");
    assert_eq!(crm.ok("contact.get", json!({"id": wang["id"]}))["name"], "王伟");
}

#[test]
fn a_check_is_the_same_again_and_a_lost_field_hides_nothing() {
    let crm = Host::new();
    let field = crm.id(
        "custom_field.define",
        json!({"entity": "customer", "code": "grade", "label": "G", "field_type": "int"}),
    );
    for n in 0..5 {
        crm.id("customer.create", json!({"name": format!("C{n}"), "custom": {"grade": n}}));
    }
    let range = json!({"is": "range", "field": "custom.grade", "min": "3"});
    rule(&crm, "grade", "customer", "refuse", range);
    let pages = || {
        let mut after = Value::Null;
        let mut found = Vec::new();
        loop {
            let page =
                crm.ok("quality.check", json!({"entity": "customer", "limit": 2, "after": after}));
            found.extend(page["broken"].as_array().unwrap().clone());
            after = page["next"].clone();
            if after.is_null() {
                return found;
            }
        }
    };
    let first = pages();
    assert_eq!(first.len(), 3);
    assert_eq!(first[0]["rules"][0]["code"], "quality.range");
    assert_eq!(pages(), first);
    let one = json!({"entity": "customer", "id": first[0]["id"]});
    assert_eq!(crm.ok("quality.check", one)["broken"], json!([first[0]]));
    let long = json!({"is": "length", "field": "name", "min": 3});
    rule(&crm, "long", "customer", "warn", long);
    crm.ok("custom_field.remove", json!({"id": field, "confirm": true}));
    let lost = pages();
    assert_eq!(lost.len(), 5);
    let codes: Vec<_> = lost[0]["rules"].as_array().unwrap().iter().map(|r| &r["code"]).collect();
    assert_eq!(codes, ["quality.rule_broken", "quality.length"]);
    assert_eq!(
        crm.ok("customer.create", json!({"name": "D"}))["warnings"][0]["code"],
        "quality.rule_broken"
    );
    let retire = json!({"code": "grade", "entity": "customer", "retired": true,
        "test": {"is": "range", "field": "custom.grade", "min": "3"}});
    crm.ok("quality.define", retire);
    assert_eq!(crm.ok("quality.rules", json!({}))["rows"].as_array().unwrap().len(), 1);
    let contradiction = json!({"code": "short", "entity": "customer", "severity": "refuse",
        "test": {"is": "length", "field": "name", "max": 0}});
    crm.ok("quality.define", contradiction.clone());
    let min = json!({"code": "long", "entity": "customer", "test": {"is": "length", "field": "name", "min": 1}});
    assert_eq!(crm.refused("quality.define", min), "test quality.contradiction");
}

/// F161: of every field its source, who set it and when; how well sources keep follows from later corrections.
#[test]
fn each_value_tells_where_it_came_from() {
    let crm = Host::new();
    crm.ok(
        "intake.define",
        json!({"code": "site", "name": "S", "kind": "website",
        "fields": {"n": "name", "m": "email", "c": "company"}}),
    );
    let payload = json!({"n": "王伟", "m": "w@acme.cn", "c": "Acm"});
    let taken = crm.ok("lead.intake", json!({"channel": "site", "key": "1", "payload": payload}));
    let id = taken["id"].clone();
    let edit = json!({"id": id, "set": {"company": {"from": "Acm", "to": "Acme"}}});
    crm.ok("lead.amend", edit);
    let updates = json!({"lead": {"region": {"to": "East"}}});
    let call = crm.ok("activity.log", json!({"kind": "call", "lead": id, "updates": updates}));
    let told = crm.ok("audit.value_sources", json!({"kind": "lead", "id": id}));
    let field = |name: &str| {
        let fields = told["fields"].as_array().unwrap();
        fields.iter().find(|field| field["field"] == name).unwrap().clone()
    };
    #[rustfmt::skip]
    let table = [
        ("name", "lead.intake", json!("intake:site"), 1),
        ("company", "lead.amend", Value::Null, 2),
        ("region", "activity.log", Value::Null, 1),
        ("status", "activity.log", Value::Null, 2),
    ];
    for (name, operation, source, times) in table {
        let field = field(name);
        assert_eq!((&field["operation"], &field["source"]), (&json!(operation), &source), "{name}");
        assert_eq!(field["times"], times, "{name}");
    }
    let trail = crm.ok("audit.trail", json!({"subject": call["id"]}));
    assert_eq!(field("region")["fact"], trail["facts"][0]["id"]);
    assert_eq!(told["imported"][0]["source"], "intake:site");
    let quick = crm.id("lead.quick", json!({"name": "A", "email": "a@acme.cn"}));
    let told = crm.ok("audit.value_sources", json!({"kind": "lead", "id": quick}));
    let company = told["fields"].as_array().unwrap().iter().find(|f| f["field"] == "company");
    assert_eq!(company.unwrap()["derived"], true);
    let measured = crm.ok("quality.sources", json!({}));
    let site =
        measured["sources"].as_array().unwrap().iter().find(|s| s["source"] == "intake:site");
    let site = site.unwrap();
    assert_eq!(site["fields"]["company"], json!({"numerator": "1", "denominator": "1"}));
    assert_eq!(site["fields"]["name"], json!({"numerator": "0", "denominator": "1"}));
    let missing = json!({"kind": "shoe", "id": id});
    assert_eq!(crm.refused("audit.value_sources", missing), "kind record.kind_unknown");
}

/// Four measures by class and steward, their formulas' parts, the records behind them, and how they were before.
#[test]
fn the_quality_of_data_is_measured_by_class_and_steward() {
    let crm = Host::new();
    let rep =
        |login: &str| crm.id("user.create", json!({"login": login, "name": login, "role": "rep"}));
    let (an, bo) = (rep("an"), rep("bo"));
    let customer = |name: &str, owner: &str, region: Option<&str>| {
        crm.id(
            "customer.create",
            json!({"name": name, "owner": owner, "region": region, "source": "web"}),
        )
    };
    let first = customer("A", &an, Some("East"));
    let second = customer("B", &an, None);
    let third = customer("C", &bo, Some("e"));
    let gone = customer("D", &bo, Some("East"));
    crm.ok("customer.archive", json!({"id": gone}));
    rule(&crm, "region", "customer", "warn", json!({"is": "length", "field": "region", "min": 2}));
    rule(&crm, "where", "customer", "warn", json!({"is": "required", "field": "region"}));
    crm.wait(60 * 24 * 60);
    crm.ok(
        "activity.log",
        json!({"kind": "call", "customer": first, "subject": "hello", "owner": an}),
    );
    crm.wait(150 * 24 * 60);
    let measured = |report: &Value, table: &str| -> Vec<Vec<String>> {
        let tables = report["tables"].as_array().unwrap();
        let table = tables.iter().find(|one| one["key"] == table).unwrap();
        let text = |cell: &Value| match cell {
            Value::String(text) => text.clone(),
            Value::Object(label) => label["en"].as_str().unwrap().to_owned(),
            other @ (Value::Null | Value::Bool(_) | Value::Number(_) | Value::Array(_)) => {
                other.to_string()
            }
        };
        let rows = table["rows"].as_array().unwrap().iter();
        rows.map(|row| row.as_array().unwrap().iter().map(text).collect()).collect()
    };
    let report = crm.ok("report.quality", json!({"entity": "customer"}));
    let parts = |rows: Vec<Vec<String>>, from: usize| -> Vec<String> {
        rows.into_iter().map(|row| row[from..from + 3].join(" ")).collect()
    };
    assert_eq!(
        parts(measured(&report, "classes"), 1),
        ["accuracy 2 3", "timeliness 1 3", "completeness 2 3", "effect 0 3"]
    );
    assert_eq!(
        parts(measured(&report, "stewards"), 2),
        [
            "accuracy 2 2",
            "timeliness 1 2",
            "completeness 1 2",
            "effect 0 2",
            "accuracy 0 1",
            "timeliness 0 1",
            "completeness 1 1",
            "effect 0 1",
        ]
    );
    let people = measured(&report, "people");
    assert_eq!(people[0], ["an", "1", "1", "2", "0.5000"], "follow-ups, customers, completeness");
    let short = |measure: &str, more: Value| {
        let mut ask = json!({"entity": "customer", "measure": measure});
        ask.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
        let found = crm.ok("quality.members", ask);
        let rows = found["rows"].as_array().unwrap().iter();
        rows.map(|row| (row["id"].as_str().unwrap().to_owned(), row["why"].to_string()))
            .collect::<Vec<_>>()
    };
    let table = [
        ("accuracy", json!({}), vec![(third.clone(), r#"["region"]"#)]),
        ("completeness", json!({}), vec![(second.clone(), r#"["region"]"#)]),
        ("timeliness", json!({"steward": bo}), vec![(third, "[]")]),
        ("timeliness", json!({"steward": an}), vec![(second, "[]")]),
        ("timeliness", json!({"days": 3650}), vec![]),
    ];
    for (measure, more, expected) in table {
        let expected: Vec<_> = expected.into_iter().map(|(id, why)| (id, why.to_owned())).collect();
        assert_eq!(short(measure, more.clone()), expected, "{measure} {more}");
    }
    // As it was known at the ends of the months before: all was new, and no rule was there.
    let report = crm.ok("report.quality", json!({"entity": "customer", "months": 7}));
    let trend = measured(&report, "trend");
    let timely: Vec<String> =
        trend.iter().filter(|row| row[2] == "timeliness").map(|row| row[3].clone()).collect();
    assert_eq!(timely.last().unwrap(), "1");
    assert!(timely.len() > 3 && timely[0] == "3", "{trend:?}");
    assert_eq!(crm.refused("report.quality", json!({"days": 0})), "days number.range");
    assert_eq!(
        crm.refused("report.quality", json!({"months": 1, "known_at": crm.at(-1)})),
        "months report.option"
    );
}
