//! A customer in one call: the overview, the timeline, picking up after a silence.

use serde_json::{Value, json};

use super::party_tests::Host;

fn house() -> (Host, String) {
    let crm = Host::new();
    crm.ok("pipeline.template", json!({"template": "basic"}));
    let customer =
        crm.id("customer.create", json!({"name": "上海精密机械", "phones": ["13800138000"]}));
    (crm, customer)
}

/// Every event of a timeline, read in pages of that many.
fn told(crm: &Host, customer: &str, limit: u32, mut between: impl FnMut()) -> Vec<String> {
    let (mut after, mut all) = (Value::Null, Vec::new());
    loop {
        let page = json!({"id": customer, "limit": limit, "after": after});
        let page = crm.ok("customer.timeline", page);
        let events = page["events"].as_array().unwrap().iter();
        all.extend(events.map(|event| event["what"].as_str().unwrap().to_owned()));
        after = page["next"].clone();
        if after.is_null() {
            return all;
        }
        between();
    }
}

#[test]
fn a_timeline_is_in_order_and_stable_while_others_write() {
    let (crm, customer) = house();
    let wang = crm.id("contact.create", json!({"customer": customer, "name": "王伟"}));
    let deal = crm.id("opportunity.create", json!({"name": "D", "customer": customer}));
    crm.ok("activity.log", json!({"kind": "call", "contact": wang, "content": "Interested"}));
    let earlier = crm.at(-2);
    crm.ok(
        "activity.log",
        json!({"kind": "meeting", "customer": customer, "at": earlier,
        "participants": [{"contact": wang}]}),
    );
    crm.ok("opportunity.advance", json!({"id": deal, "stage": "negotiation"}));
    crm.ok(
        "activity.plan",
        json!({"kind": "task", "customer": customer, "subject": "Call back", "at": crm.at(600)}),
    );
    crm.ok(
        "contact_point.add",
        json!({"owner_kind": "contact", "owner": wang, "point": {"medium": "phone", "text": "13800138001"}}),
    );
    let expected = [
        "contact_point.add",
        "opportunity.advance",
        "call",
        "meeting",
        "opportunity.create",
        "contact.create",
        "customer.create",
    ];
    let whole = told(&crm, &customer, 50, || {});
    // The visit was entered after the call and happened with the deal's creation or before the call.
    let mut sorted = whole.clone();
    sorted.sort();
    let mut wanted = expected.map(str::to_owned).to_vec();
    wanted.sort();
    assert_eq!(sorted, wanted, "what is planned for later is not there");
    assert!(!whole.contains(&"activity.log".to_owned()), "an activity is told once");
    for limit in [1, 2, 3, 7] {
        assert_eq!(told(&crm, &customer, limit, || {}), whole, "pages of {limit}");
        let between =
            || {
                drop(crm.ok(
                    "activity.log",
                    json!({"kind": "note", "customer": customer, "content": "x"}),
                ))
            };
        let now = told(&crm, &customer, 50, || {});
        let paged = told(&crm, &customer, limit, between);
        assert_eq!(paged, now, "what is entered meanwhile disturbs no page of {limit}");
        // Undisturbed for the next size.
        let notes = told(&crm, &customer, 50, || {}).iter().filter(|what| *what == "note").count();
        if notes > 0 {
            return;
        }
    }
}

#[test]
fn a_merged_customer_brings_its_past_along() {
    let (crm, customer) = house();
    let other = crm.id("customer.create", json!({"name": "精密"}));
    crm.ok("customer.amend", json!({"id": other, "set": {"region": {"to": "East"}}}));
    crm.ok("activity.log", json!({"kind": "call", "customer": other}));
    let merged = crm.ok("customer.merge", json!({"keep": customer, "merge": [other]}));
    let all = told(&crm, &customer, 50, || {});
    for what in ["customer.amend", "call", "customer.merge", "customer.create"] {
        assert!(all.contains(&what.to_owned()), "{what} of {all:?}");
    }
    crm.ok("reversal.undo", json!({"id": merged["reversal"]}));
    assert!(!told(&crm, &customer, 50, || {}).contains(&"call".to_owned()), "taken back");
    assert!(told(&crm, &other, 50, || {}).contains(&"call".to_owned()));
}

#[test]
fn an_overview_has_every_section_in_one_call() {
    let (crm, customer) = house();
    let wang = crm.id(
        "contact.create",
        json!({"customer": customer, "name": "王伟", "phones": ["13800138001"], "primary": true}),
    );
    let deal = crm.id("opportunity.create", json!({"name": "D", "customer": customer}));
    crm.ok("need.record", json!({"opportunity": deal, "text": "Less scrap", "contact": wang}));
    let yesterday = crm.at(-24 * 60).split('T').next().unwrap().to_owned();
    crm.ok("promise.make", json!({"opportunity": deal, "text": "A sample", "due_on": yesterday}));
    let seen = crm.ok("customer.overview", json!({"id": customer}));
    let order = [
        "profile",
        "contacts",
        "deals",
        "needs",
        "promises",
        "revisits",
        "quotes",
        "contracts",
        "orders",
        "outstanding",
        "payments",
        "services",
        "feedback",
        "consent",
        "timeline",
    ];
    assert_eq!(seen["order"], json!(order));
    let sections = &seen["sections"];
    assert_eq!(sections["profile"]["customer"]["name"], "上海精密机械");
    assert_eq!(sections["contacts"]["rows"][0]["is_primary"], true);
    assert_eq!(sections["contacts"]["rows"][0]["points"].as_array().unwrap().len(), 1);
    assert_eq!(sections["deals"]["rows"][0]["state"], "open");
    assert_eq!(sections["needs"]["rows"][0]["text"], "Less scrap");
    assert_eq!(sections["promises"]["rows"][0]["overdue"], true);
    assert_eq!(sections["revisits"]["rows"], json!([]));
    assert_eq!(sections["timeline"]["events"][0]["what"], "promise.make");
    let part = crm.ok("customer.overview", json!({"id": customer, "sections": ["needs"]}));
    assert_eq!(part["sections"].as_object().unwrap().keys().collect::<Vec<_>>(), ["needs"]);
    let unknown = json!({"id": customer, "sections": ["shoes"], "limit": 0});
    let refused = "sections[0] overview.section_unknown, limit page.limit";
    assert_eq!(crm.refused("customer.overview", unknown), refused);
}

#[test]
fn whoever_picks_a_customer_up_knows_where_things_stand() {
    let (crm, customer) = house();
    let empty = crm.ok("customer.pick_up", json!({"id": customer}));
    for part in
        ["last_prices", "met", "promises", "fixed_since", "open_needs", "open_deals", "planned"]
    {
        assert_eq!(empty[part], json!([]), "{part} of a customer with no past");
    }
    let wang = crm.id("contact.create", json!({"customer": customer, "name": "王伟"}));
    let deal = crm.id("opportunity.create", json!({"name": "D", "customer": customer}));
    let price = json!({"amount": "9.99", "currency": "CNY"});
    let product = crm.id("product.create", json!({"code": "A", "name": "A", "price": price}));
    let line = json!({"product": product, "quantity": "3", "discount": "5"});
    crm.ok("opportunity.set_lines", json!({"id": deal, "lines": [line]}));
    let concern =
        json!({"customer": customer, "kind": "concern", "text": "Too loud", "product": product});
    let concern = crm.id("need.record", concern);
    crm.ok(
        "activity.log",
        json!({"kind": "meeting", "contact": wang, "opportunity": deal,
        "participants": [{"contact": wang}]}),
    );
    crm.ok(
        "promise.make",
        json!({"customer": customer, "text": "A sample", "due_on": crm.at(0).split('T').next()}),
    );
    crm.wait(240 * 24 * 60);
    crm.ok("need.resolve", json!({"id": concern, "resolution": "A quieter fan"}));
    let seen = crm.ok("customer.pick_up", json!({"id": customer}));
    assert_eq!(seen["quiet_days"], 240, "eight months");
    let last = &seen["last_prices"][0];
    assert_eq!((&last["unit_price"], &last["still_valid"]), (&price, &Value::Null));
    let met = &seen["met"][0];
    assert_eq!((&met["contact_name"], &met["times"]), (&json!("王伟"), &json!(1)));
    assert_eq!(seen["promises"][0]["overdue"], true);
    assert_eq!(seen["fixed_since"][0]["text"], "Too loud");
    assert_eq!(seen["open_deals"][0]["id"], deal.as_str());
}
