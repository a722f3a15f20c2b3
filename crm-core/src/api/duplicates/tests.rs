//! Duplicates through the catalogue.

use std::sync::Arc;

use serde_json::{Value, json};

use crate::engine::{CallOptions, Engine, Env, Session, SessionOptions};
use crate::store::MemoryStore;

struct Desk {
    session: Session,
    step: std::cell::Cell<u64>,
}

impl Desk {
    fn new() -> Self {
        let session = Engine::open(Arc::new(MemoryStore::default()));
        let session = session.session(SessionOptions::default());
        Self { session, step: std::cell::Cell::new(0) }
    }

    fn call(&self, op: &str, request: &Value) -> Value {
        self.step.set(self.step.get() + 1);
        let env = Env { now: "2026-11-22T08:00:00Z".parse().unwrap(), entropy: [7; 32] };
        let request = request.to_string();
        let options = CallOptions::default();
        match self.session.call(&env.step(self.step.get()), op, request.as_bytes(), &options) {
            Ok(answer) => serde_json::from_slice(&answer).unwrap(),
            Err(error) => json!({ "refused": error.problem().violations[0].code }),
        }
    }

    fn lead(&self, name: &str, phone: &str, email: &str) -> Value {
        let emails: Vec<&str> = Some(email).filter(|email| !email.is_empty()).into_iter().collect();
        self.call("lead.capture", &json!({ "name": name, "phones": [phone], "emails": emails }))
    }
}

#[test]
fn a_new_lead_is_told_whom_it_is_likely_to_be() {
    let desk = Desk::new();
    let first = desk.lead("王伟", "13800138000", "wang.wei@example.com");
    assert_eq!(first.get("likely"), None, "nobody else is there");
    let again = desk.lead("王偉", "+86 138-0013-8000", "");
    let likely = &again["likely"][0];
    assert_eq!((&likely["kind"], &likely["id"]), (&json!("lead"), &first["id"]));
    assert!(likely["probability_bp"].as_u64().unwrap() >= 9_500, "{likely}");
    let mut keys: Vec<&String> = likely.as_object().unwrap().keys().collect();
    keys.sort();
    assert_eq!(keys, ["id", "kind", "probability_bp", "reasons"], "no value is shown");
    assert!(!likely.to_string().contains("13800138000"));
    let other = desk.lead("李芳", "13900139000", "");
    assert_eq!(other.get("likely"), None);
    // Colleagues share a line and no more.
    let line = desk.lead("赵强", "010-62345678", "");
    let colleague = desk.lead("孙丽", "010-62345678", "");
    assert_eq!(colleague.get("likely"), None, "{line} {colleague}");
    let personal =
        json!({ "customer_type": "personal", "name": "王伟", "phones": ["13800138000"] });
    let customer = desk.call("customer.create", &personal);
    assert_eq!(customer["likely"].as_array().unwrap().len(), 2, "{customer}");
}

#[test]
fn duplicates_are_found_explained_and_dismissed() {
    let desk = Desk::new();
    let one = desk.lead("王伟", "13800138000", "wang.wei@example.com");
    let two = desk.lead("王伟", "13800138000", "wangwei@example.com");
    desk.lead("李芳", "13900139000", "li@example.org");
    let find = |party: &str| desk.call("duplicates.find", &json!({ "party": party }));
    let found = find("person");
    assert_eq!((&found["found"], &found["records"]), (&json!(1), &json!(3)), "{found}");
    let pair = &found["pairs"][0];
    let mut ids = [&one["id"], &two["id"]];
    ids.sort_by_key(|id| id.to_string());
    assert_eq!([&pair["left"]["id"], &pair["right"]["id"]], ids);
    let request = json!({ "party": "person", "left": one["id"], "right": two["id"] });
    let told = desk.call("duplicates.explain", &request);
    let bits = |value: &Value| value.as_i64().unwrap();
    let fields = told["fields"].as_array().unwrap();
    let sum: i64 = fields.iter().map(|field| bits(&field["centibits"])).sum();
    let sum = sum + bits(&told["prior_centibits"]) + bits(&told["roof_centibits"]);
    assert_eq!(sum, bits(&told["odds_centibits"]));
    assert!(fields.iter().any(|field| field["field"] == "phone" && field["level"] == "same"));
    let pair = json!({ "left": two["id"], "right": one["id"], "note": "father and son" });
    let said = desk.call("duplicates.dismiss", &pair);
    assert_eq!(desk.call("duplicates.dismiss", &pair), said, "said twice is said once");
    assert_eq!(find("person")["found"], json!(0));
    let table = [
        (
            "duplicates.dismiss",
            json!({ "left": one["id"], "right": one["id"] }),
            "duplicates.same_record",
        ),
        (
            "duplicates.dismiss",
            json!({ "left": one["id"], "right": "00000000-0000-8000-8000-000000000001" }),
            "reference.unknown",
        ),
        ("duplicates.find", json!({ "party": "person", "limit": 0 }), "page.limit"),
        ("duplicates.find", json!({ "party": "person", "after": "x" }), "page.after"),
        (
            "duplicates.explain",
            json!({ "party": "company", "left": one["id"], "right": two["id"] }),
            "reference.unknown",
        ),
    ];
    for (op, request, code) in table {
        assert_eq!(desk.call(op, &request)["refused"], code, "{op} {request}");
    }
}

#[test]
fn a_slip_hides_nobody_at_entry() {
    let desk = Desk::new();
    let personal = |name: &str, phone: &str, email: &str| json!({ "customer_type": "personal", "name": name, "phones": [phone], "emails": [email] });
    let stored = [
        personal("Jonathan Harris", "+61 2 9374 4000", "jonathan.harris@acme.example"),
        personal("王小明", "13812345678", "xiaoming.wang@acme.example"),
    ];
    let ids: Vec<Value> =
        stored.iter().map(|wish| desk.call("customer.create", wish)["id"].clone()).collect();
    // Who it is, the slip, and the new lead.
    let table = [
        (0, "the last digit", "Jonathan Harris", "+61 2 9374 4001", "jonathan.harris@acme.example"),
        (0, "the host", "Jonathan Harris", "+61 2 9374 4009", "jonathan.harris@acme2.example"),
        (
            0,
            "the end of the box",
            "Jonathan Harris",
            "+61 2 9374 4010",
            "jonathan.harri@acme.example",
        ),
        (0, "the order", "HARRIS Jonathan", "+61 2 9374 4003", "jonathan.haris@acme.example"),
        (0, "the end of the name", "jonathan haris", "+61 2 9374 4000", ""),
        (1, "the last character", "王小鸣", "13812345679", "xiaoming.wang@acme.example"),
    ];
    for (who, slip, name, phone, email) in table {
        let found = desk.lead(name, phone, email);
        let likely = found["likely"].as_array().map(Vec::as_slice).unwrap_or_default();
        assert!(likely.iter().any(|row| row["id"] == ids[who]), "{slip}: {found}");
    }
    let stranger = desk.lead("Jonathan Hayes", "+61 2 8888 1234", "jhayes@other.example");
    assert_eq!(stranger.get("likely"), None, "a first name in common is nothing");
}

#[test]
fn companies_are_those_of_customers_and_of_leads() {
    let desk = Desk::new();
    let name = "上海浦江精密机械有限公司";
    let phones = json!(["021-62345678"]);
    desk.call("customer.create", &json!({ "name": name, "phones": phones }));
    desk.call(
        "lead.capture",
        &json!({ "company": "浦江精密機械（上海）有限公司", "phones": phones }),
    );
    desk.call("customer.create", &json!({ "name": "北京腾飞科技有限公司" }));
    let page = desk.call("duplicates.find", &json!({ "party": "company", "limit": 1 }));
    assert_eq!((&page["found"], &page["records"]), (&json!(1), &json!(3)), "{page}");
    assert_eq!(page.get("next"), None);
    assert_eq!(desk.call("duplicates.find", &json!({ "party": "person" }))["records"], json!(0));
}
