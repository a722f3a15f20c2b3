//! Told one after another: what is done, what comes between, what undoing says.

use super::*;

fn field(house: &House, kind: Kind, n: u64, name: &str) -> Val {
    let row = house.rows(kind).into_iter().find(|row| row.id == uuid(n)).unwrap();
    row.get(row.def.field_named(name).unwrap().id)
}

#[test]
fn a_lead_converts_once_links_who_is_there_and_loses_nothing() {
    in_every_store("convert", |mut house| {
        furnish(&mut house);
        let hash = house.hash();
        let deal = json!({"name": "First deal", "amount": {"amount": "100.00", "currency": "CNY"}});
        let made = house.ok("lead.convert", json!({"id": id(7), "opportunity": deal}));
        house.sound();
        assert_eq!((&made["customer_made"], &made["contact_made"]), (&json!(true), &json!(true)));
        let unmapped: Vec<_> =
            made["unmapped"].as_array().unwrap().iter().map(|u| u["field"].clone()).collect();
        assert_eq!(unmapped, ["custom.only_lead"], "what no target has a field for");
        let customer = house.ok("customer.get", json!({"id": made["customer"]}));
        assert_eq!(customer["name"], "Company 7");
        assert_eq!((&customer["owner"], &customer["source"]), (&json!(id(40)), &json!("web")));
        assert_eq!(customer["ext"]["grade"], 7);
        assert_eq!(customer["primary_contact"], made["contact"]);
        let deal = house.ok("opportunity.get", json!({"id": made["opportunity"]}));
        assert_eq!((&deal["need"], &deal["ext"]["tender"]), (&json!("need 7"), &json!("T")));
        let dealings = house.ok("activity.list", json!({"customer": made["customer"]}));
        assert_eq!(
            dealings["rows"].as_array().unwrap().len(),
            2,
            "the call, and the task of the stage"
        );
        let of_lead = house.ok("activity.list", json!({"lead": id(7)}));
        assert_eq!(of_lead["rows"].as_array().unwrap().len(), 1, "readable from both sides");
        let points = house.ok("contact_point.list", json!({"owner": made["contact"]}));
        assert_eq!(points["rows"][0]["raw"], "13800138007");
        assert_eq!(house.refused("lead.convert", json!({"id": id(7)})), "id lead.converted");
        let again = house.call("lead.convert", &json!({"id": id(7)})).unwrap_err();
        let link = format!("it became customer {}", made["customer"].as_str().unwrap());
        assert_eq!(again.violations[0].limit.as_deref(), Some(&*link));
        let plan = house.ok("reversal.get", json!({"id": made["reversal"]}));
        assert_eq!((&plan["undoable"], &plan["conflicts"]), (&json!(true), &json!([])));
        let undone = house.ok("reversal.undo", json!({"id": made["reversal"]}));
        assert_eq!(undone["conflicts"], json!([]));
        house.sound();
        assert_eq!(house.hash(), hash, "undone is as before");
        assert_eq!(
            house.refused("reversal.undo", json!({"id": made["reversal"]})),
            "id reversal.undone"
        );
        // And it may be converted again, to whom it was before.
        house.ok("lead.convert", json!({"id": id(7)}));
        house.sound();
    });
}

#[test]
fn a_customer_who_is_there_is_linked_and_two_are_asked_about() {
    let mut house = House::new(Arc::new(MemoryStore::default()));
    furnish(&mut house);
    let lead = |n: u64, company: &str, phone: &str| json!({"id": id(n), "name": "王伟", "company": company, "phones": [phone]});
    let table = [
        // lead …                                          becomes …
        ("reached like a customer is that customer", lead(50, "X", "+86 138-0013-8003"), Ok(3)),
        ("of exactly a customer's name is that customer", lead(51, "Beta", "13900139000"), Ok(3)),
        (
            "reached like two is asked about",
            lead(52, "X", "13800138001"),
            Err("customer lead.ambiguous"),
        ),
    ];
    for (rule, lead, expected) in table {
        house.ok("lead.capture", lead.clone());
        let found = house.call("lead.convert", &json!({"id": lead["id"]}));
        match expected {
            Ok(customer) => {
                let made = found.unwrap();
                assert_eq!(made["customer"], id(customer), "a lead {rule}");
                assert_eq!(made["customer_made"], false);
                assert_eq!(made["contact_made"], true, "a new person there");
            }
            Err(code) => {
                let problem = found.unwrap_err();
                assert_eq!(format!("customer {}", problem.code), code, "a lead {rule}");
                let candidates = [id(1), id(2)].map(|id| id.to_string());
                assert_eq!(problem.violations[0].allowed, candidates);
                let named = json!({"id": lead["id"], "customer": {"id": id(2)}});
                assert_eq!(house.ok("lead.convert", named)["customer"], id(2));
            }
        }
    }
    // A contact who is reached so is linked with their customer: none is made twice.
    house.ok(
        "lead.capture",
        json!({"id": id(53), "name": "Person 1", "emails": ["p1@example.com"]}),
    );
    let contacts = house.rows(Kind::Contact).len();
    let made = house.ok("lead.convert", json!({"id": id(53)}));
    assert_eq!((&made["customer"], &made["contact"]), (&json!(id(1)), &json!(id(4))));
    assert_eq!(house.rows(Kind::Contact).len(), contacts);
    house.sound();
}

#[test]
fn what_came_between_is_kept_and_told_exactly() {
    in_every_store("between", |mut house| {
        furnish(&mut house);
        let merged = house.ok("customer.merge", json!({"keep": id(1), "merge": [id(2)]}));
        house.sound();
        assert_eq!(house.refused("customer.get", json!({"id": id(2)})), "id customer.merged");
        assert_eq!(
            house.refused("contact.create", json!({"customer": id(2), "name": "A"})),
            "customer customer.merged"
        );
        assert_eq!(field(&house, Kind::Customer, 1, "region"), Val::from("East"), "what it lacked");
        assert_eq!(field(&house, Kind::Customer, 1, "note"), Val::from("note 1\nnote 2"));
        house.ok(
            "customer.amend",
            json!({"id": id(1), "set": {
            "region": {"from": "East", "to": "West"}, "website": {"to": "example.com"}}}),
        );
        house.ok("contact.amend", json!({"id": id(5), "set": {"title": {"to": "Boss"}}}));
        house.ok("contact.move", json!({"id": id(5), "customer": id(3)}));
        house.ok("address.remove", json!({"id": id(22)}));
        let undone = house.ok("reversal.undo", json!({"id": merged["reversal"]}));
        let expected = [
            "address 16 removed",
            "contact 05 edited customer",
            "contact 05 edited title",
            "customer 01 edited region",
            "customer 01 edited website",
            "customer 02 missing primary_contact",
        ];
        assert_eq!(told(&undone["conflicts"]), expected);
        house.sound();
        assert_eq!(
            field(&house, Kind::Customer, 1, "region"),
            Val::from("West"),
            "the later value"
        );
        assert_eq!(field(&house, Kind::Customer, 1, "note"), Val::from("note 1"), "the one before");
        assert_eq!(field(&house, Kind::Customer, 2, "region"), Val::from("East"));
        assert_eq!(field(&house, Kind::Contact, 5, "customer"), Val::Id(uuid(3)));
    });
}

#[test]
fn what_was_made_and_is_used_stays_when_confirmed() {
    in_every_store("used", |mut house| {
        furnish(&mut house);
        let made = house.ok("lead.convert", json!({"id": id(7), "opportunity": {}}));
        house.ok(
            "activity.log",
            json!({"id": id(60), "kind": "note", "customer": made["customer"],
            "content": "later"}),
        );
        let refused = house.refused("reversal.undo", json!({"id": made["reversal"]}));
        assert_eq!(refused, "confirm reversal.used");
        let plan = house.ok("reversal.get", json!({"id": made["reversal"]}));
        assert_eq!(plan["needs_confirm"], true);
        let undone = house.ok("reversal.undo", json!({"id": made["reversal"], "confirm": true}));
        let why = told(&undone["conflicts"]);
        assert!(why.contains(&"customer new used".to_owned()), "{why:?}");
        assert!(why.contains(&"opportunity new belongs_to_kept".to_owned()), "{why:?}");
        house.sound();
        let lead = house.ok("lead.get", json!({"id": id(7)}));
        assert_eq!((&lead["status"], lead.get("customer")), (&json!("working"), None));
        house.ok("customer.get", json!({"id": made["customer"]}));
    });
}

#[test]
fn a_deal_that_went_on_stays_with_all_that_belongs_to_it() {
    let mut house = House::new(Arc::new(MemoryStore::default()));
    furnish(&mut house);
    let made = house.ok("lead.convert", json!({"id": id(7), "opportunity": {}}));
    let deal = &made["opportunity"];
    house.ok("opportunity.provide", json!({"id": deal, "kind": "checklist", "code": "asked"}));
    house.ok("opportunity.advance", json!({"id": deal, "stage": "b"}));
    house.sound();
    house.ok("reversal.undo", json!({"id": made["reversal"], "confirm": true}));
    house.sound();
    house.ok("opportunity.get", json!({"id": deal}));
}

#[test]
fn a_later_merge_is_undone_before_or_what_it_took_is_told() {
    let mut house = House::new(Arc::new(MemoryStore::default()));
    furnish(&mut house);
    let hash = house.hash();
    let first = house.ok("customer.merge", json!({"keep": id(1), "merge": [id(2)]}));
    let second = house.ok("customer.merge", json!({"keep": id(3), "merge": [id(1)]}));
    house.sound();
    let plan = house.ok("reversal.get", json!({"id": first["reversal"]}));
    assert!(told(&plan["conflicts"]).contains(&"customer 01 removed".to_owned()));
    house.ok("reversal.undo", json!({"id": second["reversal"]}));
    house.sound();
    house.ok("reversal.undo", json!({"id": first["reversal"]}));
    house.sound();
    assert_eq!(house.hash(), hash);
}

/// F212, X14: undoing an import takes back what it changed, not only what it made.
#[test]
fn an_import_is_undone_with_its_updates_a_commit_at_a_time() {
    in_every_store("import", |mut house| {
        furnish(&mut house);
        let hash = house.hash();
        let rows = |entity: &str, import: &Value, rows: Value| json!({"source": "old", "entity": entity, "file": "g.csv", "rows": rows, "import": import});
        let customers = json!([
            {"row": 1, "key": "1", "set": {"name": "Imported anew"}, "custom": {"grade": 5}},
            {"row": 2, "key": "2", "set": {"name": "Second", "address": {"use": "office"}}},
            {"row": 3, "key": "3", "set": {"name": " "}},
        ]);
        let first = house.ok("import.rows", rows("customer", &Value::Null, customers));
        let import = first["import"].clone();
        let contacts = json!([{"row": 1, "key": "c", "set": {"name": "C", "primary": true,
            "customer": {"link": "2"}, "phones": ["13800138009"]}}]);
        house.ok("import.rows", rows("contact", &import, contacts));
        let deals = json!([{"row": 1, "key": "d", "set": {"name": "D", "customer": {"link": "2"},
            "stage": "a"}, "lines": [{"product": id(43), "quantity": "2"}]}]);
        house.ok("import.rows", rows("opportunity", &import, deals));
        house.sound();
        let listed = house.ok("reversal.list", json!({"action": "import"}));
        assert_eq!(listed["rows"][0]["id"], import);
        assert_eq!(listed["rows"][0]["parts"], 3);
        let more: Vec<Value> = (0..3)
            .map(|_| {
                let undone = house.ok("reversal.undo", json!({"id": import}));
                assert_eq!(undone["conflicts"], json!([]));
                house.sound();
                undone["more"].clone()
            })
            .collect();
        assert_eq!(more, [true, true, false]);
        assert_eq!(house.hash(), hash, "undone is as before");
        let more = json!([{"row": 1, "key": "9", "set": {"name": "N"}}]);
        let late = house.refused("import.rows", rows("customer", &import, more.clone()));
        assert_eq!(late, "import import.closed");
        // What was undone may come again.
        house.ok("import.rows", rows("customer", &Value::Null, more));
        house.sound();
    });
}

#[test]
fn what_can_no_longer_be_undone_is_forgotten() {
    let mut house = House::new(Arc::new(MemoryStore::default()));
    furnish(&mut house);
    let merged = house.ok("contact.merge", json!({"keep": id(4), "merge": [id(5)]}));
    let kept = |house: &House| {
        let rows = house.rows(Kind::ReversalEntry);
        let held = |row: &&Record| {
            let fields = ["before", "after", "made"].map(|name| row.def.field_named(name).unwrap());
            fields.iter().any(|field| !row.get(field.id).is_null())
        };
        rows.iter().filter(held).count()
    };
    assert!(kept(&house) > 3);
    house.days += 29;
    house.ok("tick", json!({}));
    assert!(kept(&house) > 3);
    house.days += 2;
    while house.ok("tick", json!({}))["more"] == true {}
    assert_eq!(kept(&house), 0);
    let late = house.refused("reversal.undo", json!({"id": merged["reversal"]}));
    assert_eq!(late, "id reversal.expired");
    house.sound();
}

#[test]
fn records_that_are_not_one_are_not_merged() {
    let mut house = House::new(Arc::new(MemoryStore::default()));
    furnish(&mut house);
    let code = |n: u64, code: &str| json!({"id": id(n), "set": {"credit_code": {"to": code}}});
    house.ok("customer.amend", code(1, "91350100M000100Y43"));
    house.ok("customer.amend", code(2, "9144030071526726XG"));
    house.ok("customer.create", json!({"id": id(70), "name": "P", "customer_type": "personal"}));
    let merge = |keep: u64, gone: &[u64], fields: Value| {
        let gone: Vec<String> = gone.iter().map(|n| id(*n)).collect();
        json!({"keep": id(keep), "merge": gone, "fields": fields})
    };
    let table = [
        ("a person and a company", merge(1, &[70], json!({})), "merge[0] customer.type_differs"),
        ("itself", merge(1, &[1], json!({})), "merge[0] merge.twice"),
        ("nothing", merge(1, &[], json!({})), "merge merge.count"),
        ("the unknown", merge(1, &[99], json!({})), "merge[0] reference.unknown"),
        (
            "two credit codes",
            merge(1, &[2], json!({})),
            "fields.credit_code merge.identity_differs",
        ),
        ("by no field", merge(1, &[3], json!({"shoe": id(3)})), "fields.shoe field.unknown"),
        ("by a stranger", merge(1, &[3], json!({"name": id(2)})), "fields.name merge.from_unknown"),
    ];
    let hash = house.hash();
    for (what, request, expected) in table {
        assert_eq!(house.refused("customer.merge", request), expected, "{what}");
    }
    assert_eq!(house.hash(), hash, "a refusal changes nothing");
    let chosen = json!({"credit_code": id(2), "name": id(2), "custom.grade": id(2)});
    let merged = house.ok("customer.merge", merge(1, &[2], chosen));
    let record = &merged["record"];
    assert_eq!((&record["name"], &record["ext"]["grade"]), (&json!("Alfa"), &json!(2)));
    assert_eq!(record["credit_code"], "9144030071526726XG");
    let found =
        house.ok("custom_field.find", json!({"entity": "customer", "code": "grade", "value": 2}));
    assert_eq!(
        found["ids"].as_array().map(Vec::len).or(found["rows"].as_array().map(Vec::len)),
        Some(1)
    );
    house.sound();
    assert_eq!(
        house.refused("lead.merge", json!({"keep": id(7), "merge": [id(99)]})),
        "merge[0] reference.unknown"
    );
    house.ok("lead.convert", json!({"id": id(8)}));
    assert_eq!(
        house.refused("lead.merge", json!({"keep": id(7), "merge": [id(8)]})),
        "merge[0] lead.converted"
    );
}

#[test]
fn a_family_that_is_too_large_is_not_merged() {
    let mut house = House::new(Arc::new(MemoryStore::default()));
    furnish(&mut house);
    let template = house.rows(Kind::ContactPoint).remove(0);
    let normal = template.def.position(template.def.field_named("normal").unwrap().id).unwrap();
    let owner = template.def.position(template.def.field_named("owner").unwrap().id).unwrap();
    let points = (0..4_000_u128).map(|n| {
        let mut row = Record { id: Uuid::from_u128(n + 1), version: 1, ..template.clone() };
        (row.vals[owner], row.vals[normal]) = (Val::Id(uuid(2)), Val::from(n.to_string().as_str()));
        row
    });
    house.plant(points.collect());
    let hash = house.hash();
    let refused = house.refused("customer.merge", json!({"keep": id(1), "merge": [id(2)]}));
    assert_eq!(refused, "engine.limit");
    assert_eq!(house.hash(), hash, "nothing changed");
}
