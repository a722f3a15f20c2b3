//! Requests and complaints through the door.

use std::cell::Cell;
use std::sync::Arc;

use serde_json::{Value, json};

use crate::engine::{CallOptions, Engine, Env, Error, SessionOptions, verify};
use crate::store::{MemoryStore, Store, TenantId};
use crate::value::Timestamp;

/// Monday, 2026-11-23, 09:00 in Shanghai, in seconds.
const START: i64 = 1_795_395_600;

pub(super) struct House {
    engine: Engine,
    store: Arc<MemoryStore>,
    minute: Cell<i64>,
    step: Cell<u64>,
    pub(super) customer: String,
    pub(super) contact: String,
    pub(super) users: Vec<String>,
}

impl House {
    /// A house with a director, a manager and a handler, and a customer with a contact.
    pub(super) fn new() -> Self {
        let store = Arc::new(MemoryStore::default());
        let engine = Engine::open(Arc::clone(&store) as Arc<dyn Store>);
        let (minute, step) = (Cell::new(0), Cell::new(0));
        let (customer, contact, users) = (String::new(), String::new(), Vec::new());
        let mut house = Self { engine, store, minute, step, customer, contact, users };
        let mut above = Value::Null;
        for (login, role) in [("director", "manager"), ("manager", "manager"), ("li", "service")] {
            let wish = json!({"login": login, "name": login, "role": role, "manager": above});
            let id = house.id("user.create", wish);
            above = json!(id);
            house.users.push(id);
        }
        house.customer = house.id("customer.create", json!({"name": "上海精密"}));
        let contact =
            json!({"customer": house.customer, "name": "王伟", "phones": ["13800138000"]});
        house.contact = house.id("contact.create", contact);
        house
    }

    /// So many minutes after Monday 09:00.
    pub(super) fn at(&self, minute: i64) -> &Self {
        self.minute.set(minute);
        self
    }

    pub(super) fn call(&self, op: &str, request: &Value) -> Result<Value, Error> {
        self.step.set(self.step.get() + 1);
        let micros = (START + self.minute.get() * 60) * 1_000_000;
        let now = Timestamp::from_micros(micros).unwrap();
        let env = Env { now, entropy: [7; 32] }.step(self.step.get());
        let session = self.engine.session(SessionOptions::default());
        let answer =
            session.call(&env, op, request.to_string().as_bytes(), &CallOptions::default())?;
        Ok(serde_json::from_slice(&answer).unwrap())
    }

    #[track_caller]
    pub(super) fn ok(&self, op: &str, request: Value) -> Value {
        self.call(op, &request).map_err(|e| e.problem()).unwrap()
    }

    #[track_caller]
    pub(super) fn id(&self, op: &str, request: Value) -> String {
        self.ok(op, request)["id"].as_str().unwrap().to_owned()
    }

    /// `path code` of every violation.
    #[track_caller]
    pub(super) fn refused(&self, op: &str, request: Value) -> String {
        let before = self.step.get();
        let problem = self.call(op, &request).unwrap_err().problem();
        assert!(self.step.get() > before);
        let told = problem.violations.iter().map(|v| format!("{} {}", v.path, v.code));
        told.collect::<Vec<_>>().join(", ")
    }

    /// Lets time pass until nothing is due.
    pub(super) fn tick(&self) {
        while self.ok("tick", json!({}))["more"] == true {}
    }

    /// The codes of the notices of a user, in order.
    pub(super) fn told(&self, user: &str) -> Vec<String> {
        // Each channel delivers each notice once: a new one delivers all.
        let channel = format!("c{}", self.step.get());
        let wish = json!({"recipient": user, "limit": 1000, "channel": channel});
        let rows = self.ok("reminder.due", wish)["notices"].as_array().unwrap().clone();
        rows.iter().map(|row| row["code"].as_str().unwrap().to_owned()).collect()
    }

    #[track_caller]
    pub(super) fn is_sound(&self) {
        assert_eq!(verify(&*self.store, TenantId(1)).unwrap().faults, []);
    }

    fn open(&self, more: &Value) -> String {
        let mut wish =
            json!({"customer": self.customer, "request_type": "fault", "subject": "不能开机"});
        let wish_map = wish.as_object_mut().unwrap();
        wish_map.extend(more.as_object().unwrap().clone());
        self.id("service.open", wish)
    }
}

#[test]
fn a_request_that_nobody_answers_is_escalated_once_at_each_level() {
    let house = House::new();
    let request = house.open(&json!({"severity": "critical", "handler": house.users[2]}));
    house.is_sound();
    // 30 minutes until we respond, 4 hours until it is resolved.
    house.at(29).tick();
    assert_eq!(house.told(&house.users[2]), [""; 0]);
    house.at(30).tick();
    house.tick();
    assert_eq!(house.told(&house.users[2]), ["service.response"]);
    // The host was down for two days: nothing is lost, nothing is told twice.
    house.at(2 * 24 * 60).tick();
    house.tick();
    let both = ["service.response", "service.resolution"];
    for user in &house.users {
        assert_eq!(house.told(user), both);
    }
    let seen = house.ok("service.get", json!({"id": request}));
    assert_eq!((&seen["response_level"], &seen["resolution_level"]), (&json!(3), &json!(3)));
    assert_eq!(seen["clocks"]["response"]["breached"], true);
    house.is_sound();
}

#[test]
fn a_request_goes_its_way_and_its_clock_stands_still_meanwhile() {
    let house = House::new();
    let request = house.open(&json!({"severity": "critical", "contact": house.contact}));
    let id = json!({"id": request});
    let step = |op: &str, minute: i64, more: Value| {
        let mut wish = id.clone();
        wish.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
        let seen = house.at(minute).ok(op, wish);
        house.tick();
        house.is_sound();
        seen
    };
    assert_eq!(house.refused("service.start", id.clone()), "id service.not_assigned");
    step("service.assign", 1, json!({"handler": house.users[2]}));
    step("service.respond", 20, json!({}));
    step("service.wait", 30, json!({"reason": "序列号"}));
    step("service.resume", 1500, json!({}));
    let seen = step("service.resolve", 1510, json!({"resolution": "换了电源"}));
    assert_eq!(seen["clocks"]["response"]["spent_seconds"], 20 * 60);
    assert_eq!(seen["clocks"]["resolution"]["spent_seconds"], 40 * 60);
    assert_eq!(seen["next"], json!(["close", "reopen"]));
    step("service.close", 3000, json!({}));
    step("service.reopen", 4320, json!({"reason": "又坏了"}));
    let seen = house.ok("service.get", id.clone());
    assert_eq!(seen["responded_at"], "2026-11-23T01:20:00Z");
    assert_eq!(seen["pauses"].as_array().unwrap().len(), 2);
    assert_eq!(house.told(&house.users[2]), [""; 0], "nothing took too long");
    let history = house.ok("service.list", json!({"customer": house.customer}));
    assert_eq!(history["rows"].as_array().unwrap().len(), 1);
}

#[test]
fn what_a_request_names_is_there_and_of_its_customer() {
    let house = House::new();
    let other = house.id("customer.create", json!({"name": "北京"}));
    let stranger = house.id("contact.create", json!({"customer": other, "name": "Ada"}));
    let viewer = house.id("user.create", json!({"login": "v", "name": "V", "role": "viewer"}));
    let gone = house.id("user.create", json!({"login": "g", "name": "G", "role": "service"}));
    house.ok("user.amend", json!({"id": gone, "set": {"active": {"from": true, "to": false}}}));
    let nobody = "01890000-0000-7000-8000-0000000000ff";
    let first = house.open(&json!({}));
    let foreign = house
        .id("service.open", json!({"customer": other, "request_type": "question", "subject": "?"}));
    let table = [
        ("an unknown customer", json!({"customer": nobody}), "customer reference.unknown"),
        ("an unknown contact", json!({"contact": nobody}), "contact reference.unknown"),
        ("another's contact", json!({"contact": stranger}), "contact contact.of_other_customer"),
        ("an unknown product", json!({"product": nobody}), "product reference.unknown"),
        (
            "an unknown deal",
            json!({"about": {"kind": "opportunity", "id": nobody}}),
            "about.id reference.unknown",
        ),
        (
            "another's request",
            json!({"about": {"kind": "service_request", "id": foreign}}),
            "about.id about.of_other_customer",
        ),
        ("an unknown handler", json!({"handler": nobody}), "handler reference.unknown"),
        ("a handler who left", json!({"handler": gone}), "handler handler.not_active"),
        ("a handler who may not", json!({"handler": viewer}), "handler handler.no_right"),
    ];
    for (what, more, expected) in table {
        let mut wish = json!({"customer": house.customer, "request_type": "fault", "subject": "S"});
        wish.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
        assert_eq!(house.refused("service.open", wish), expected, "a request of {what}");
    }
    let follow_up = json!({"about": {"kind": "service_request", "id": first}});
    house.open(&follow_up);
    assert_eq!(
        house.refused("service.assign", json!({"id": first, "handler": gone})),
        "handler handler.not_active"
    );
    house.is_sound();
}

#[test]
fn a_policy_counts_for_what_comes_in_after_it() {
    let house = House::new();
    let before = house.open(&json!({"severity": "low"}));
    let mut policy = house.ok("service_policy.get", json!({}));
    assert_eq!(policy["revision"], 0);
    policy["terms"]["targets"]["low"] =
        json!({"response": {"elapsed_minutes": 5}, "resolution": {"elapsed_minutes": 60}});
    let defined = house.ok("service_policy.define", json!({"terms": policy["terms"]}));
    assert_eq!(defined["revision"], 1);
    let after = house.open(&json!({"severity": "low"}));
    let due =
        |id: &str| house.ok("service.get", json!({"id": id}))["clocks"]["response"]["due"].clone();
    assert_eq!(
        (due(&before), due(&after)),
        (json!("2026-11-23T10:00:00Z"), json!("2026-11-23T01:05:00Z"))
    );
    let unknown = json!({"terms": {"calendar": "mars", "targets": {}}});
    assert_eq!(house.refused("service_policy.define", unknown), "terms.calendar calendar.unknown");
    house.is_sound();
}

#[test]
fn merged_customers_keep_their_requests() {
    let house = House::new();
    let other = house.id("customer.create", json!({"name": "上海精密机械"}));
    let request = house.open(&json!({"contact": house.contact}));
    house.ok("customer.merge", json!({"keep": other, "merge": [house.customer]}));
    assert_eq!(house.ok("service.get", json!({"id": request}))["customer"], json!(other));
    house.ok("contact.remove", json!({"id": house.contact}));
    house.is_sound();
}
