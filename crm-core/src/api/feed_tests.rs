//! The address book and the stream of a customer, through the door.

use serde_json::{Value, json};

use super::party_tests::Host;

#[test]
fn a_customers_stream_is_whole_and_its_pages_are_stable() {
    let crm = Host::new();
    let a = crm.id("customer.create", json!({"name": "A"}));
    let b = crm.id("customer.create", json!({"name": "B"}));
    let wang = crm.id("contact.create", json!({"customer": a, "name": "王伟"}));
    crm.ok("contact.create", json!({"customer": b, "name": "Ada"}));
    let call = crm.id("activity.log", json!({"kind": "call", "contact": wang}));
    crm.ok("customer.amend", json!({"id": a, "set": {"region": {"to": "East"}}}));
    crm.ok("contact.set_primary", json!({"id": wang, "primary": true}));
    crm.ok("contact.remove", json!({"id": wang}));
    let pages = |newest_first: bool, limit: u32| {
        let mut after = Value::Null;
        let mut told = Vec::new();
        loop {
            let page = crm.ok(
                "customer.feed",
                json!({"id": a, "after": after, "limit": limit,
                "newest_first": newest_first}),
            );
            for event in page["events"].as_array().unwrap() {
                told.push(event["operation"].as_str().unwrap().to_owned());
            }
            after = page["next"].clone();
            if after.is_null() {
                return told;
            }
        }
    };
    let expected = [
        "customer.create",
        "contact.create",
        "activity.log",
        "customer.amend",
        "contact.set_primary",
        "contact.remove",
    ];
    for limit in [1, 2, 5, 6, 50] {
        assert_eq!(pages(false, limit), expected, "pages of {limit}");
        let mut back = pages(true, limit);
        back.reverse();
        assert_eq!(back, expected, "pages of {limit}, the last first");
    }
    let page = crm.ok("customer.feed", json!({"id": a, "limit": 4}));
    assert_eq!(page["events"][2]["subject"], json!(call));
    assert_eq!(page["events"][3]["changed"], json!(["customer.region"]));
    crm.ok("activity.log", json!({"kind": "note", "customer": a, "content": "x"}));
    let rest = crm.ok("customer.feed", json!({"id": a, "after": page["next"]}));
    assert_eq!(rest["events"].as_array().unwrap().len(), 3, "what is later comes after");
    assert_eq!(crm.refused("customer.feed", json!({"id": a, "after": "x"})), "after page.after");
}

#[test]
fn a_contact_is_found_by_what_one_remembers() {
    let crm = Host::new();
    let a = crm.id("customer.create", json!({"name": "上海精密机械"}));
    let b = crm.id("customer.create", json!({"name": "Acme"}));
    let contact = |customer: &str, name: &str, phone: &str| {
        crm.id("contact.create", json!({"customer": customer, "name": name, "phones": [phone]}))
    };
    contact(&a, "王伟", "13800138000");
    contact(&b, "Ada King", "13900138000");
    contact(&b, "Bob", "010-62345678");
    let found = |request: Value| {
        let page = crm.ok("contact.search", request);
        let rows = page["rows"].as_array().unwrap().iter();
        let mut names: Vec<String> =
            rows.map(|row| row["name"].as_str().unwrap().to_owned()).collect();
        names.sort();
        names.join(" ")
    };
    #[rustfmt::skip]
    let table = [
        ("a part of the name", json!({"name": "king"}), "Ada King"),
        ("Chinese", json!({"name": "伟"}), "王伟"),
        ("the end of a number", json!({"phone": "8000"}), "Ada King 王伟"),
        ("as it is written", json!({"phone": "6234-5678"}), "Bob"),
        ("the company", json!({"company": "Ac"}), "Ada King Bob"),
        ("company and name", json!({"company": "Ac", "name": "bob"}), "Bob"),
        ("number and company", json!({"phone": "8000", "company": "上海"}), "王伟"),
        ("nobody", json!({"name": "x"}), ""),
    ];
    for (what, request, expected) in table {
        assert_eq!(found(request), expected, "{what}");
    }
    let page = crm.ok("contact.search", json!({"name": "王"}));
    assert_eq!(page["rows"][0]["company"], "上海精密机械");
    assert_eq!(page["rows"][0]["phones"], json!(["13800138000"]));
    assert_eq!(crm.refused("contact.search", json!({})), "name request.form");
    assert_eq!(crm.refused("contact.search", json!({"phone": "12"})), "phone search.phone");
}
