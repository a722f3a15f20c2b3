//! Bundles, accessories and price lists through the door.

use serde_json::{Value, json};

use super::party_tests::Host;

fn cny(amount: &str) -> Value {
    json!({"amount": amount, "currency": "CNY"})
}

fn product(crm: &Host, code: &str, price: &str) -> String {
    crm.id("product.create", json!({"code": code, "name": code, "price": cny(price)}))
}

#[test]
fn a_bundle_is_what_is_in_it_and_never_in_itself() {
    let crm = Host::new();
    let [press, feed, cable] = ["P", "F", "C"].map(|code| product(&crm, code, "10"));
    let line = product(&crm, "LINE", "0");
    let part = |id: &str, quantity: &str| json!({"product": id, "quantity": quantity});
    crm.ok("product.set_parts", json!({"id": feed, "parts": [part(&cable, "2")]}));
    let parts = json!({"id": line, "parts": [part(&press, "1"), part(&feed, "3")]});
    let family = crm.ok("product.set_parts", parts);
    assert_eq!(family["expanded"], json!([part(&press, "1"), part(&cable, "6")]));
    let back = json!({"id": cable, "parts": [part(&line, "1")]});
    let problem = crm.call("product.set_parts", back).unwrap_err().problem();
    assert_eq!(problem.violations[0].limit.as_deref(), Some("C → LINE → F → C"));
    crm.ok("product.set_parts", json!({"id": line, "parts": [part(&press, "1")]}));
    let alone = crm.ok("product.family", json!({"id": feed}));
    assert_eq!((&alone["part_of"], alone["parts"].as_array().unwrap().len()), (&json!([]), 1));
    let other = json!({"id": press, "accessories": [{"product": cable, "note": "第二根电缆"}]});
    assert_eq!(crm.ok("product.set_accessories", other)["accessories"][0]["accessory"], cable);
    let itself = json!({"id": press, "accessories": [{"product": press}]});
    assert_eq!(
        crm.refused("product.set_accessories", itself),
        "accessories[0].product accessory.of_itself"
    );
    assert_eq!(crm.ok("store.verify", json!({}))["faults"], json!([]));
}

#[test]
fn the_price_of_a_product_is_that_of_the_list_that_fits() {
    let crm = Host::new();
    let press = product(&crm, "P", "100");
    crm.ok("term.define", json!({"scheme": "price_group", "code": "key", "zh": "重点"}));
    let unknown = json!({"name": "B", "price_group": "vip"});
    assert_eq!(crm.refused("customer.create", unknown), "price_group code.unknown");
    let key = json!({"name": "A", "price_group": "key", "price_sensitivity": "high"});
    let customer = crm.id("customer.create", key);
    let list = |code: &str, group: Value| {
        json!({"code": code, "name": code, "currency": "CNY", "from": "2026-01-01",
        "until": "2027-01-01", "group": group})
    };
    crm.ok("price_list.define", list("all", Value::Null));
    crm.ok("price_list.define", list("key", json!("key")));
    assert_eq!(crm.refused("price_list.define", list("x", json!("vip"))), "group code.unknown");
    let price =
        |from: &str, at: &str| json!({"product": press, "min_quantity": from, "price": cny(at)});
    crm.ok("price_list.set_prices", json!({"list": "all", "prices": [price("0", "99")]}));
    let prices = json!([price("0", "90"), price("10", "85")]);
    crm.ok("price_list.set_prices", json!({"list": "key", "prices": prices}));
    let found = |extra: Value| {
        let mut ask = json!({"product": press});
        ask.as_object_mut().unwrap().extend(extra.as_object().unwrap().clone());
        let priced = crm.ok("product.price", ask);
        (priced["price"]["amount"].clone(), priced["list"].clone())
    };
    assert_eq!(found(json!({})), (json!("99"), json!("all")));
    assert_eq!(found(json!({"customer": customer})), (json!("90"), json!("key")));
    let ten = json!({"customer": customer, "quantity": "10"});
    assert_eq!(found(ten), (json!("85"), json!("key")));
    assert_eq!(found(json!({"on": "2027-01-01"})), (json!("100"), Value::Null));
    let replaced = json!({"list": "key", "replace": true, "prices": [price("0", "88")]});
    assert_eq!(crm.ok("price_list.set_prices", replaced), json!({"set": 1, "removed": 1}));
    let dollars = json!({"code": "key", "name": "key", "currency": "USD", "from": "2026-01-01"});
    assert_eq!(crm.refused("price_list.define", dollars), "currency price_list.currency_changed");
    let nowhere = json!({"list": "none", "prices": []});
    assert_eq!(crm.refused("price_list.set_prices", nowhere), "list price_list.unknown");
    let rows = crm.ok("price_list.prices", json!({"list": "key"}));
    assert_eq!(rows["rows"].as_array().unwrap().len(), 1);
    let before = crm.ok("price_list.list", json!({"on": "2025-12-31"}));
    assert_eq!(before["rows"], json!([]));
}
