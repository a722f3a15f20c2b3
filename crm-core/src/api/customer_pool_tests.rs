//! Customers in pools (客户公海): given back, claimed, protected, recycled, and looked at no more than a pool allows.

use serde_json::{Value, json};

use super::flow_tests::{DAY, House};
use crate::value::Timestamp;

impl House {
    /// A house whose customers flow: a pool of them, and a rule by which one that is silent for 30 days goes there.
    fn of_customers(pool: Value) -> Self {
        let house = Self::new();
        let mut terms = pool;
        terms["holds"] = json!("customer");
        house.ok(
            "owner",
            "pool.define",
            json!({"code": "sea", "name": "客户公海", "terms": terms}),
        );
        house
    }

    fn silence(&self, days: u32) {
        let terms = json!({"of": "customer", "when": {"silence": {"days": days}}, "then": "pool",
            "pool": "sea"});
        self.ok(
            "owner",
            "flow_rule.define",
            json!({"code": "quiet", "name": "静默", "terms": terms}),
        );
        self.tick();
    }

    fn customer(&self, owner: &str) -> String {
        self.id("owner", "customer.create", json!({"name": "华东机械", "owner": self.user(owner)}))
    }

    fn with_whom(&self, customer: &str) -> String {
        let customer = self.ok("owner", "customer.get", json!({"id": customer}));
        if customer["pool"].is_null() { self.login(&customer["owner"]) } else { "pool".to_owned() }
    }
}

fn give_back(id: &str) -> Value {
    json!({"id": id, "reason": "no budget"})
}

/// A customer goes into a pool and out of it like a lead: by whom it is given back, who claims it, how many, how soon
/// again, and what each refusal is called.
#[test]
fn a_customer_is_given_back_and_claimed_by_the_rules_of_its_pool() {
    let house = House::of_customers(json!({
        "claims_per_day": 1, "holding_limit": 2, "cool_down": {"days": 7}, "roles": ["rep"]
    }));
    let (one, two) = (house.customer("an"), house.customer("an"));
    assert_eq!(house.refused("bo", "customer.release", give_back(&one)), "id owner.not_yours");
    let unreasoned = json!({"id": one, "reason": " "});
    assert_eq!(house.refused("an", "customer.release", unreasoned), "reason text.empty");
    let given = house.ok("an", "customer.release", give_back(&one));
    assert_eq!(given["owner"], Value::Null, "it is with nobody");
    house.ok("an", "customer.release", give_back(&two));
    assert_eq!(
        house.refused("an", "customer.release", give_back(&one)),
        "id customer.in_pool, id owner.not_yours"
    );
    let listed = house.ok("bo", "pool.customers", json!({"pool": "sea"}));
    assert_eq!(listed["rows"].as_array().unwrap().len(), 2);
    let claim = |id: &str| json!({"id": id});
    assert_eq!(house.refused("an", "customer.claim", claim(&one)), "id pool.cooling_down");
    assert_eq!(house.refused("boss", "customer.claim", claim(&one)), "id pool.not_member");
    house.ok("bo", "customer.claim", claim(&one));
    assert_eq!(house.refused("cy", "customer.claim", claim(&one)), "id customer.not_in_pool");
    assert_eq!(house.refused("bo", "customer.claim", claim(&two)), "id pool.claims_per_day");
    house.wait(DAY);
    house.customer("bo");
    assert_eq!(house.refused("bo", "customer.claim", claim(&two)), "id pool.holding_limit");
    house.wait(6 * DAY);
    house.ok("an", "customer.claim", claim(&two));
    assert_eq!(house.history("customer", &one), "release:an>pool claim:pool>bo");
    house.is_sound();
}

/// What somebody claims comes back when they let it lie; a follow-up begins the protection anew, the greatest never; they
/// are warned before.
#[test]
fn a_claimed_customer_is_protected_as_long_as_it_is_followed_up() {
    let house = House::of_customers(json!({
        "protection": {"days": 10}, "max_protection": {"days": 25}, "warn_before_minutes": 1440
    }));
    let customer = house.customer("an");
    house.ok("an", "customer.release", give_back(&customer));
    house.ok("bo", "customer.claim", json!({"id": customer}));
    house.wait(9 * DAY);
    house.tick();
    assert_eq!(house.told("bo"), ["customer.flow_warned pool.sea.protection"]);
    house.ok("bo", "activity.log", json!({"kind": "call", "customer": customer}));
    house.is_sound();
    house.wait(9 * DAY);
    house.ok("cy", "activity.log", json!({"kind": "call", "customer": customer}));
    house.wait_micros(DAY * 1_000_000 - 1);
    house.tick();
    assert_eq!(house.with_whom(&customer), "bo", "one tick before the end it stays");
    house.wait_micros(1);
    house.tick();
    assert_eq!(
        house.with_whom(&customer),
        "pool",
        "a colleague's call is no follow-up by its owner"
    );
    house.is_sound();
    house.ok("cy", "customer.claim", json!({"id": customer}));
    for _ in 0..5 {
        house.wait(5 * DAY - 1);
        house.tick();
        if house.with_whom(&customer) == "cy" {
            house.ok("cy", "activity.log", json!({"kind": "call", "customer": customer}));
        }
        house.wait(1);
        house.tick();
    }
    assert_eq!(house.with_whom(&customer), "pool", "25 days are the most, however busy");
    let history = house.history("customer", &customer);
    assert_eq!(history, "release:an>pool claim:pool>bo rule:bo>pool claim:pool>cy rule:cy>pool");
    house.is_sound();
}

/// A customer that nobody follows up falls into the pool, whichever way its owner changed before; deals stay. A rule that
/// comes later looks at what was done before it.
#[test]
fn a_silent_customer_falls_into_its_pool_and_a_late_rule_knows_what_was_done() {
    let house = House::of_customers(json!({}));
    let (quiet, busy) = (house.customer("an"), house.customer("an"));
    let archived = house.customer("an");
    house.ok("owner", "customer.archive", json!({"id": archived}));
    house.wait(20 * DAY);
    house.ok("an", "activity.log", json!({"kind": "call", "customer": busy}));
    house.silence(30);
    house.is_sound();
    house.wait(10 * DAY);
    house.tick();
    assert_eq!(house.with_whom(&quiet), "pool");
    assert_eq!(house.with_whom(&busy), "an", "followed up before there was a rule");
    assert_eq!(house.with_whom(&archived), "an", "nobody recycles what is archived");
    let edit =
        json!({"id": busy, "set": {"owner": {"from": house.user("an"), "to": house.user("cy")}}});
    house.ok("boss", "customer.amend", edit);
    house.wait(29 * DAY);
    house.tick();
    assert_eq!(house.with_whom(&busy), "cy", "an edit of the owner starts the clock anew");
    house.wait(DAY);
    house.tick();
    assert_eq!(house.with_whom(&busy), "pool");
    assert_eq!(house.told("cy"), ["customer.taken quiet"]);
    let amended = json!({"id": busy, "set": {"region": {"to": "华东"}}});
    house.ok("boss", "customer.amend", amended);
    assert_eq!(house.with_whom(&busy), "pool", "an edit of something else leaves it there");
    assert_eq!(house.tick(), 0, "sweeping twice is once");
    house.is_sound();
}

/// What a rule or pool of customers cannot do is refused when it is defined.
#[test]
fn a_rule_over_customers_asks_for_nothing_that_only_leads_have() {
    let house = House::of_customers(json!({}));
    house.ok("owner", "pool.define", json!({"code": "public", "name": "公海"}));
    let table = [
        (
            json!({"of": "customer", "when": {"silence": {"days": 3}}, "then": "reassign", "pool": "sea"}),
            "terms.then flow_rule.of_leads",
        ),
        (
            json!({"of": "customer", "when": {"score_drop": {"model": "fit", "points": 3}}, "then": "notify"}),
            "terms.when flow_rule.of_leads",
        ),
        (
            json!({"of": "customer", "when": {"silence": {"days": 3}}, "then": "pool", "pool": "public"}),
            "terms.pool flow_rule.pool_holds_other",
        ),
        (
            json!({"when": {"silence": {"days": 3}}, "then": "pool", "pool": "sea"}),
            "terms.pool flow_rule.pool_holds_other",
        ),
        (
            json!({"of": "deal", "when": {"silence": {"days": 3}}, "then": "notify"}),
            "terms.of request.form",
        ),
    ];
    for (terms, expected) in table {
        let rule = json!({"code": "r", "name": "r", "terms": terms});
        assert_eq!(house.refused("owner", "flow_rule.define", rule.clone()), expected, "{rule}");
    }
    let turned = json!({"code": "sea", "name": "客户公海"});
    assert_eq!(house.refused("owner", "pool.define", turned), "terms.holds pool.holds_other");
    assert_eq!(house.refused("an", "pool.leads", json!({"pool": "sea"})), "pool pool.holds_other");
}

/// A user looks at so many records of a pool a day, each counted once, whichever way; a manager at all.
#[test]
fn nobody_looks_at_more_of_a_pool_than_it_allows_a_day() {
    let house = House::of_customers(json!({"views_per_day": 2}));
    let all: Vec<String> = (0..4).map(|_| house.customer("an")).collect();
    for id in &all {
        house.ok("an", "customer.release", give_back(id));
    }
    let get = |id: &str| json!({"id": id});
    let rows = |answer: Value| answer["rows"].as_array().unwrap().len();
    assert_eq!(rows(house.ok("bo", "customer.list", json!({}))), 0, "a list shows none of them");
    house.ok("bo", "customer.get", get(&all[0]));
    house.ok("bo", "customer.get", get(&all[0]));
    let page = house.ok("bo", "pool.customers", json!({"pool": "sea"}));
    let page = page["rows"].as_array().unwrap();
    let shown: Vec<&str> = page.iter().map(|row| row["id"].as_str().unwrap()).collect();
    assert_eq!(shown.len(), 2, "what was seen already, and no more than is left");
    let (seen, hidden): (Vec<&String>, Vec<&String>) =
        all.iter().partition(|id| shown.contains(&id.as_str()));
    assert!(seen.contains(&&all[0]));
    house.ok("bo", "customer.get", get(seen[1]));
    for id in &hidden {
        assert_eq!(house.refused("bo", "customer.get", get(id)), "id pool.views_per_day");
    }
    assert_eq!(
        house.refused("bo", "pool.customers", json!({"pool": "sea"})),
        "id pool.views_per_day"
    );
    assert_eq!(rows(house.ok("cy", "pool.customers", json!({"pool": "sea"}))), 2, "each their own");
    assert_eq!(rows(house.ok("boss", "pool.customers", json!({"pool": "sea"}))), 4);
    let people = |actor: &str, op: &str, request: Value| {
        house.ok(actor, op, request)["rows"].as_array().unwrap().len()
    };
    house.ok("boss", "contact.create", json!({"customer": hidden[0], "name": "李雷"}));
    for (op, request) in [("contact.list", json!({})), ("contact.search", json!({"name": "李雷"}))]
    {
        assert_eq!(
            (people("bo", op, request.clone()), people("boss", op, request)),
            (0, 1),
            "{op}"
        );
    }
    for (op, request) in [
        ("contact.list", json!({"customer": hidden[0]})),
        ("contact_point.list", json!({"owner": hidden[0]})),
        ("customer.feed", json!({"id": hidden[0]})),
    ] {
        assert_eq!(house.refused("bo", op, request), "id pool.views_per_day", "{op}");
    }
    // 09:00 to midnight in Shanghai.
    house.wait(15 * 3600 - 1);
    assert_eq!(
        house.refused("bo", "customer.get", get(hidden[0])),
        "id pool.views_per_day",
        "23:59:59"
    );
    house.wait(1);
    house.ok("bo", "customer.get", get(hidden[0]));
    assert_eq!(rows(house.ok("bo", "customer.list", json!({}))), 1, "what was looked at today");
    house.is_sound();
}

/// The earliest of several deadlines is the next one, and is told.
#[test]
fn the_clocks_of_a_customer_are_told() {
    let house = House::of_customers(json!({}));
    house.silence(30);
    let customer = house.customer("an");
    let clocks = house.ok("an", "customer.clocks", json!({"id": customer}));
    let due: Timestamp = clocks["deadlines"][0]["due"].as_str().unwrap().parse().unwrap();
    let since: Timestamp = clocks["since"].as_str().unwrap().parse().unwrap();
    assert_eq!((due.micros() - since.micros()) / 1_000_000, 30 * DAY);
    assert_eq!(clocks["now"], json!({"owner": house.user("an")}));
}
