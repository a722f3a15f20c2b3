//! What is told of customers, through the door.

use serde_json::{Value, json};

use super::party_tests::Host;
use crate::api::CATALOGUE;

/// A house that sells three products to whoever comes.
struct House {
    host: Host,
    products: Vec<String>,
}

impl House {
    fn open() -> Self {
        let host = Host::new();
        let product = |code: &str| {
            let price = json!({"amount": "10", "currency": "CNY"});
            host.id("product.create", json!({"code": code, "name": code, "price": price}))
        };
        let products = vec![product("A"), product("B"), product("C")];
        Self { host, products }
    }

    fn customer(&self, name: &str) -> String {
        self.host.id("customer.create", json!({"name": name}))
    }

    /// An order that was handed over, of so many of a product.
    fn order(&self, customer: &str, product: usize, quantity: &str) -> String {
        let line = json!({"product": self.products[product], "quantity": quantity});
        let order = self.host.id("order.create", json!({"customer": customer, "lines": [line]}));
        for op in ["order.request_review", "order.confirm", "order.submit"] {
            self.host.ok(op, json!({"id": order}));
        }
        order
    }

    fn delivered(&self, order: &str) {
        let number = self.host.ok("order.get", json!({"id": order}))["number"].clone();
        let event = json!({"source": "erp", "key": order, "order_number": number,
            "kind": "delivered"});
        self.host.ok("order.record_event", event);
    }

    fn days(&self, days: u64) {
        self.host.wait(days * 24 * 60);
    }

    /// The rows of a table of a report, each as its cells by column.
    fn table(&self, report: &str, query: Value, table: &str) -> Vec<Value> {
        let report = self.host.ok(&format!("report.{report}"), query);
        let tables = report["tables"].as_array().unwrap();
        let Some(table) = tables.iter().find(|found| found["key"] == table) else {
            return Vec::new();
        };
        let keys: Vec<&str> = table["columns"]
            .as_array()
            .unwrap()
            .iter()
            .map(|c| c["key"].as_str().unwrap())
            .collect();
        let row = |row: &Value| {
            let cells = keys.iter().zip(row.as_array().unwrap());
            cells.map(|(key, cell)| ((*key).to_owned(), cell.clone())).collect::<Value>()
        };
        table["rows"].as_array().unwrap().iter().map(row).collect()
    }

    fn sound(&self) {
        assert_eq!(self.host.ok("store.verify", json!({}))["faults"], json!([]));
    }
}

#[test]
fn orders_count_as_they_stood_at_an_instant() {
    let house = House::open();
    let customer = house.customer("C");
    let rfm = |as_of: Option<&str>| {
        let query = as_of.map_or(json!({}), |at| json!({"as_of": at}));
        let rows = house.table("rfm", query, "customers");
        rows.iter().map(|row| format!("{} {}", row["frequency"], row["money"])).collect::<Vec<_>>()
    };
    assert_eq!(rfm(None), [""; 0], "nobody bought");
    let before = house.host.at(0);
    let draft = json!({"product": house.products[0], "quantity": "7"});
    house.host.id("order.create", json!({"customer": customer, "lines": [draft]}));
    assert_eq!(rfm(None), [""; 0], "a draft is no purchase");
    let first = house.order(&customer, 0, "10");
    house.days(1);
    let second = house.order(&customer, 1, "5");
    house.days(1);
    let both = house.host.at(0);
    assert_eq!(rfm(None), [r#"2 "150.00""#]);
    house.days(1);
    house.host.ok("order.cancel", json!({"id": second, "reason": "x"}));
    assert_eq!(rfm(None), [r#"1 "100.00""#], "what was called off is none");
    house.delivered(&first);
    house.days(1);
    let some = json!({"id": first, "key": "r1", "reason": "x",
        "lines": [{"line": 0, "quantity": "4"}]});
    house.host.ok("order.return", some);
    house.days(1);
    let after_some = house.host.at(0);
    assert_eq!(rfm(None), [r#"1 "60.00""#], "what came back is not spent");
    house.days(1);
    house.host.ok("order.return", json!({"id": first, "key": "r2", "reason": "x"}));
    assert_eq!(rfm(None), [""; 0], "what came back in full is no purchase");
    // The past stays as it was.
    assert_eq!(rfm(Some(&before)), [""; 0]);
    assert_eq!(rfm(Some(&both)), [r#"2 "150.00""#]);
    assert_eq!(rfm(Some(&after_some)), [r#"1 "60.00""#]);
    let back = house.host.ok("report.rfm", json!({}))["notes"][0]["en"].clone();
    assert_eq!(back, "1 orders came back in full: no purchases.");
    house.sound();
}

#[test]
fn where_there_are_no_orders_won_deals_count() {
    let house = House::open();
    let host = &house.host;
    let customer = house.customer("C");
    let pipeline = json!({"name": "P", "stages": [{"code": "a", "name": "a"},
        {"code": "won", "name": "w", "kind": "won"}, {"code": "lost", "name": "l", "kind": "lost"}]});
    let pipeline = host.id("pipeline.define", pipeline);
    let deal = |amount: Value| {
        host.id(
            "opportunity.create",
            json!({"name": "D", "customer": customer,
            "pipeline": pipeline, "amount": amount}),
        )
    };
    let cny = json!({"amount": "250.50", "currency": "CNY"});
    let (won, foreign) = (deal(cny.clone()), deal(json!({"amount": "9", "currency": "USD"})));
    deal(cny);
    for id in [&won, &foreign] {
        host.ok("opportunity.win", json!({"id": id}));
    }
    let rows = house.table("rfm", json!({}), "customers");
    assert_eq!((&rows[0]["frequency"], &rows[0]["money"]), (&json!(2), &json!("250.50")));
    let report = host.ok("report.rfm", json!({}));
    assert_eq!(report["parameters"][0]["value"], "deals");
    let note = "1 purchases have no amount in the base currency: they count, and add no money.";
    assert_eq!(report["notes"][0]["en"], note);
    assert!(house.table("rfm", json!({"source": "orders"}), "customers").is_empty());
    house.order(&customer, 0, "1");
    let rows = house.table("rfm", json!({}), "customers");
    assert_eq!((&rows[0]["frequency"], &rows[0]["money"]), (&json!(1), &json!("10.00")));
}

#[test]
fn every_report_on_customers_answers_or_says_why_not() {
    let house = House::open();
    let reports =
        ["buying", "churn", "contacts", "cross_sell", "emerging", "lifetime", "loyalty", "rfm"];
    for bought in [false, true] {
        if bought {
            let customer = house.customer("C");
            (0..3).for_each(|n| drop(house.order(&customer, n, "1")));
        }
        for name in reports {
            let name = format!("report.{name}");
            assert!(CATALOGUE.iter().any(|entry| entry.name == name), "{name}");
            let report = house.host.ok(&name, json!({}));
            for table in report["tables"].as_array().unwrap() {
                let width = table["columns"].as_array().unwrap().len();
                let rows = table["rows"].as_array().unwrap();
                assert!(rows.iter().all(|row| row.as_array().unwrap().len() == width), "{name}");
            }
            assert!(!report["definitions"].as_array().unwrap().is_empty(), "{name} defines");
        }
    }
    let refused = |name: &str| {
        let report = house.host.ok(&format!("report.{name}"), json!({}));
        let figures = report["figures"].as_array().unwrap().iter();
        figures.filter(|figure| figure["key"] == "refused").count()
    };
    assert_eq!(["churn", "lifetime", "emerging"].map(refused), [1, 1, 1], "too little to say");
    let wrong = |op: &str, query: Value| house.host.refused(op, query);
    assert_eq!(wrong("report.rfm", json!({"has": ["A"]})), "has report.option");
    assert_eq!(wrong("report.churn", json!({"zone": "Moon"})), "zone time.zone");
    assert_eq!(wrong("report.rfm", json!({"rows": 0})), "rows page.limit");
    assert_eq!(
        wrong("report.cross_sell", json!({"lacks": ["A", "Z"]})),
        "lacks[1] product.unknown"
    );
    assert_eq!(wrong("report.lifetime", json!({"days": 9999})), "days report.days");
    assert_eq!(wrong("report.emerging", json!({"by": ["owner"]})), "by report.dimension");
}

#[test]
fn who_has_one_thing_and_lacks_another_is_asked_by_code() {
    let house = House::open();
    let (one, two) = (house.customer("One"), house.customer("Two"));
    house.order(&one, 0, "1");
    house.order(&two, 0, "1");
    house.order(&two, 1, "1");
    let found = house.table("cross_sell", json!({"has": ["A"], "lacks": ["B"]}), "customers");
    assert_eq!(found.len(), 1);
    assert_eq!(found[0]["id"], one.as_str());
    let all = house.table("cross_sell", json!({"has": ["A"]}), "customers");
    assert_eq!(all.len(), 2);
}

#[test]
fn an_offer_has_a_reason_and_what_is_owned_is_left_out() {
    let house = House::open();
    let host = &house.host;
    let (customer, other) = (house.customer("C"), house.customer("D"));
    let [a, b, c] = [0, 1, 2].map(|at| house.products[at].clone());
    let offers = |customer: &str| host.ok("customer.recommend", json!({"customer": customer}));
    assert_eq!(offers(&customer)["offers"], json!([]), "nothing fits");
    house.order(&customer, 0, "1");
    host.ok("product.set_accessories", json!({"id": a, "accessories": [{"product": b}]}));
    let need = |product: &str| json!({"customer": customer, "kind": "need", "text": "n", "product": product});
    host.ok("need.record", need(&c));
    host.ok("need.record", need(&a));
    let found = offers(&customer);
    let codes: Vec<&str> =
        found["offers"].as_array().unwrap().iter().map(|o| o["code"].as_str().unwrap()).collect();
    assert_eq!(codes, ["C", "B"], "what they need, then what goes with what they have");
    assert_eq!(found["offers"][1]["reasons"][0]["goes_with"]["product"], a.as_str());
    assert_eq!(found["left_out"][0]["reason"], "owned");
    assert_eq!(offers(&other)["offers"], json!([]), "an accessory of nothing is not offered");
}

#[test]
fn a_segment_is_as_of_an_instant() {
    let house = House::open();
    let host = &house.host;
    let (one, two) = (house.customer("One"), house.customer("Two"));
    let edit =
        |from: Value, to: &str| json!({"id": one, "set": {"region": {"from": from, "to": to}}});
    host.ok("customer.amend", edit(Value::Null, "North"));
    let when = json!({"all": [{"in": {"field": "region", "values": ["North"]}},
        {"range": {"field": "spent", "to": "100"}}]});
    let define = json!({"code": "north", "name": "N", "when": when});
    assert_eq!(host.ok("segment.define", define.clone())["revision"], 1);
    let members = |as_of: Option<&str>| {
        let mut query = json!({"code": "north"});
        if let Some(at) = as_of {
            query["as_of"] = json!(at);
        }
        let found = host.ok("segment.members", query);
        let names = found["members"].as_array().unwrap().iter();
        let names: Vec<String> = names.map(|m| m["name"].as_str().unwrap().to_owned()).collect();
        assert_eq!(found["count"], names.len());
        names
    };
    let before = host.at(0);
    assert_eq!(members(None), ["One"]);
    house.days(1);
    let big = house.order(&one, 0, "20");
    assert_eq!(members(None), [""; 0], "they spent more since");
    house.days(1);
    let bought = host.at(0);
    house.days(1);
    host.ok("order.cancel", json!({"id": big, "reason": "x"}));
    assert_eq!(members(None), ["One"]);
    host.ok("customer.amend", edit(json!("North"), "South"));
    let three = json!({"name": "Three", "region": "North"});
    host.id("customer.create", three);
    assert_eq!(members(None), ["Three"], "one moved away, one came");
    assert_eq!(members(Some(&before)), ["One"], "as they stood then");
    assert_eq!(members(Some(&bought)), [""; 0]);
    host.ok("customer.archive", json!({"id": two}));
    let wrong = json!({"code": "x", "name": "X", "when": {"any": [{"in": {"field": "colour", "values": [1]}}]}});
    assert_eq!(host.refused("segment.define", wrong), "when.any[0].in.field condition.field");
    assert_eq!(host.refused("segment.members", json!({"code": "nobody"})), "code segment.unknown");
    assert_eq!(host.ok("segment.define", define)["revision"], 2);
    let all = host.ok("segment.members", json!({"when": {"all": []}, "limit": 1}));
    assert_eq!(
        (&all["count"], &all["of"], all["members"].as_array().unwrap().len()),
        (&json!(2), &json!(2), 1)
    );
    let rest = host.ok("segment.members", json!({"when": {"all": []}, "after": all["next"]}));
    assert_eq!(rest["members"].as_array().unwrap().len(), 1);
    assert_eq!(rest["next"], Value::Null);
    house.sound();
}

#[test]
fn grades_follow_what_is_measured_and_every_change_is_kept() {
    let house = House::open();
    let host = &house.host;
    let (one, two) = (house.customer("One"), house.customer("Two"));
    assert_eq!(host.refused("grade.refresh", json!({})).trim(), "grade.no_policy");
    let axis = |measure: &str| json!({"measure": measure, "cuts": ["100", "1000"]});
    let policy = json!({"value": axis("spent_365"), "potential": axis("open_amount")});
    host.ok("grade_policy.define", policy.clone());
    let refresh = |request: Value| host.ok("grade.refresh", request);
    let first = refresh(json!({"limit": 1}));
    assert_eq!((&first["looked_at"], &first["more"]), (&json!(2), &json!(true)));
    assert_eq!(refresh(json!({}))["changes"].as_array().unwrap().len(), 1, "the other one");
    assert_eq!(refresh(json!({}))["changes"], json!([]), "again changes nothing");
    let order = house.order(&one, 0, "100");
    let changed = refresh(json!({}));
    let change = &changed["changes"][0];
    assert_eq!(
        (&change["from"], &change["to"], &change["cause"]),
        (&json!("low"), &json!("high"), &json!("measured"))
    );
    assert_eq!(change["value_measured"], "1000");
    let high = json!({"when": {"in": {"field": "grade", "values": ["high"]}}});
    assert_eq!(host.ok("segment.members", high.clone())["members"][0]["id"], one.as_str());
    house.days(1);
    let then = host.at(0);
    house.days(1);
    house.delivered(&order);
    let some =
        json!({"id": order, "key": "r", "reason": "x", "lines": [{"line": 0, "quantity": "9"}]});
    host.ok("order.return", some);
    assert_eq!(refresh(json!({}))["changes"], json!([]), "910 is within the hysteresis of 1000");
    let mut strict = policy;
    strict["hysteresis"] = json!("0");
    assert_eq!(host.ok("grade_policy.define", strict)["version"], 2);
    let changed = refresh(json!({}));
    let change = &changed["changes"][0];
    assert_eq!((&change["to"], &change["cause"]), (&json!("potential"), &json!("policy")));
    let now = host.ok("grade.get", json!({"customer": one}));
    assert_eq!((&now["grade"], now["changes"].as_array().unwrap().len()), (&json!("potential"), 3));
    let past = host.ok("grade.get", json!({"customer": one, "as_of": then}));
    assert_eq!(past["grade"], "high");
    assert_eq!(host.ok("grade.get", json!({"customer": two}))["grade"], "low");
    let mut then_high = high;
    then_high["as_of"] = json!(then);
    assert_eq!(host.ok("segment.members", then_high)["count"], 1, "the grade as of then");
    assert_eq!(host.ok("grade_policy.get", json!({}))["versions"].as_array().unwrap().len(), 2);
    // Whoever became one has the changes of both.
    host.ok("customer.merge", json!({"keep": one, "merge": [two]}));
    let both = host.ok("grade.get", json!({"customer": one}));
    assert_eq!(both["changes"].as_array().unwrap().len(), 4);
    refresh(json!({}));
    house.sound();
}

#[test]
fn what_to_do_next_goes_with_its_evidence() {
    let house = House::open();
    let host = &house.host;
    let (one, other) = (house.customer("One"), house.customer("Other"));
    let codes = |query: Value| -> Vec<String> {
        let found = host.ok("customer.next", query);
        let items = found["items"].as_array().unwrap();
        assert_eq!(found["count"], items.len());
        assert!(items.windows(2).all(|two| two[0]["points"].as_u64() >= two[1]["points"].as_u64()));
        items.iter().map(|item| item["code"].as_str().unwrap().to_owned()).collect()
    };
    let own = || codes(json!({"customer": one}));
    assert_eq!(own(), [""; 0], "nothing is known: nothing is to do");
    let today = host.at(0).split('T').next().unwrap().to_owned();
    let promise = host.id("promise.make", json!({"customer": one, "text": "p", "due_on": today}));
    let need = host.id(
        "need.record",
        json!({"customer": one, "kind": "need", "text": "n", "urgency": "high"}),
    );
    let service = host
        .id("service.open", json!({"customer": one, "request_type": "question", "subject": "s"}));
    let task = host.id(
        "activity.plan",
        json!({"kind": "task", "customer": one, "at": host.at(60), "subject": "t"}),
    );
    let stages = json!([{"code": "a", "name": "a"}, {"code": "won", "name": "w", "kind": "won"},
        {"code": "lost", "name": "l", "kind": "lost"}]);
    let pipeline = host.id("pipeline.define", json!({"name": "P", "stages": stages}));
    let deal = json!({"name": "D", "customer": one, "pipeline": pipeline, "expected_close": today});
    let deal = host.id("opportunity.create", deal);
    assert_eq!(own(), ["service_open", "promise_due", "need_pressing", "no_next_step"]);
    house.days(40);
    let late = own();
    assert_eq!(
        late,
        [
            "promise_overdue",
            "service_open",
            "activity_overdue",
            "need_pressing",
            "close_day_over",
            "no_next_step"
        ]
    );
    assert_eq!(codes(json!({})), late, "all customers of the actor");
    assert_eq!(codes(json!({"customer": other})), [""; 0]);
    // Without its evidence an item is not there, and every other one is.
    let without = |gone: &[&str], op: &str, request: Value| {
        let before = own();
        host.ok(op, request);
        let left: Vec<String> =
            before.into_iter().filter(|code| !gone.contains(&code.as_str())).collect();
        assert_eq!(own(), left, "after {op}");
    };
    without(&["promise_overdue"], "promise.keep", json!({"id": promise}));
    without(&["service_open"], "service.cancel", json!({"id": service, "reason": "x"}));
    without(&["activity_overdue"], "activity.cancel", json!({"id": task, "reason": "x"}));
    without(&["need_pressing"], "need.resolve", json!({"id": need, "resolution": "r"}));
    without(&["close_day_over", "no_next_step"], "opportunity.win", json!({"id": deal}));
    assert_eq!(own(), [""; 0]);
    let both = json!({"customer": one, "owner": one});
    assert!(host.refused("customer.next", both).starts_with("owner "));
}
