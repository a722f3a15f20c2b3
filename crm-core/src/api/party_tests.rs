//! Customers, contacts, products, vocabularies and custom fields through the door.

use std::cell::Cell;
use std::sync::Arc;

use serde_json::{Value, json};

use crate::engine::{CallOptions, Engine, Env, Error, Session, SessionOptions};
use crate::store::MemoryStore;
use crate::value::Timestamp;

/// A host that calls operations one after another, a minute apart.
pub(super) struct Host {
    session: Session,
    minute: Cell<u64>,
}

impl Host {
    pub(super) fn new() -> Self {
        let session =
            Engine::open(Arc::new(MemoryStore::default())).session(SessionOptions::default());
        Self { session, minute: Cell::new(0) }
    }

    /// The instant of the next call but `minutes`.
    pub(super) fn at(&self, minutes: i64) -> String {
        Self::instant(i64::try_from(self.minute.get()).unwrap() + 1 + minutes).to_string()
    }

    /// Lets time pass.
    pub(super) fn wait(&self, minutes: u64) {
        self.minute.set(self.minute.get() + minutes);
    }

    fn instant(minute: i64) -> Timestamp {
        Timestamp::from_micros(1_790_000_000_000_000 + minute * 60_000_000).unwrap()
    }

    pub(super) fn call(&self, op: &str, request: Value) -> Result<Value, Error> {
        self.minute.set(self.minute.get() + 1);
        let minute = self.minute.get();
        let now = Self::instant(i64::try_from(minute).unwrap());
        let env = Env { now, entropy: [7; 32] }.step(minute);
        let request = request.to_string();
        let answer = self.session.call(&env, op, request.as_bytes(), &CallOptions::default())?;
        Ok(serde_json::from_slice(&answer).unwrap())
    }

    /// The answer of a call that must succeed.
    #[track_caller]
    pub(super) fn ok(&self, op: &str, request: Value) -> Value {
        self.call(op, request).map_err(|e| e.problem()).unwrap()
    }

    /// The id of what a call makes.
    #[track_caller]
    pub(super) fn id(&self, op: &str, request: Value) -> String {
        self.ok(op, request)["id"].as_str().unwrap().to_owned()
    }

    /// `path code` of everything that a call is refused for.
    #[track_caller]
    pub(super) fn refused(&self, op: &str, request: Value) -> String {
        let problem = self.call(op, request).unwrap_err().problem();
        let found = problem.violations.iter().map(|v| format!("{} {}", v.path, v.code));
        let found: Vec<String> = found.collect();
        if found.is_empty() { problem.code } else { found.join(", ") }
    }
}

fn names(listed: &Value) -> Vec<&str> {
    listed["rows"].as_array().unwrap().iter().map(|row| row["name"].as_str().unwrap()).collect()
}

#[test]
fn products_have_a_code_of_their_own_and_are_listed_by_it() {
    let crm = Host::new();
    let price = json!({"amount": "0.0125", "currency": "CNY"});
    let tea = crm.id("product.create", json!({"code": "T-1", "name": "Chai", "price": price}));
    crm.id("product.create", json!({"code": "T-2", "name": "Chang"}));
    crm.id("product.create", json!({"code": "X-1", "name": "Syrup", "active": false}));
    let twice = json!({"code": "T-1", "name": "Tea"});
    assert_eq!(crm.refused("product.create", twice), "code record.key_taken");
    let edit = json!({"id": tea, "set": {"code": {"from": "T-1", "to": "T-2"}}});
    assert_eq!(crm.refused("product.amend", edit), "code record.key_taken");
    let edit = json!({"id": tea, "set": {"id": {"from": tea, "to": tea}}});
    assert_eq!(crm.refused("product.amend", edit), "set.id field.unknown");
    assert_eq!(names(&crm.ok("product.list", json!({}))), ["Chai", "Chang"]);
    let all = json!({"inactive": true, "limit": 2});
    let page = crm.ok("product.list", all);
    let rest = json!({"inactive": true, "after": page["next"]});
    assert_eq!(names(&crm.ok("product.list", rest.clone())), ["Syrup"]);
    assert_eq!(crm.refused("customer.list", json!({"after": page["next"]})), "after page.after");
}

#[test]
fn a_code_must_be_in_its_vocabulary_once_that_has_terms() {
    let crm = Host::new();
    let create = |name: &str, industry: &str| json!({"name": name, "industry": industry});
    let free = crm.id("customer.create", create("A", "anything"));
    let term = |code: &str| json!({"scheme": "industry", "code": code, "zh": code});
    crm.ok("term.define", term("steel"));
    crm.ok("term.define", term("food"));
    let problem = crm.call("customer.create", create("B", "stel")).unwrap_err().problem();
    assert_eq!(problem.violations[0].code, "code.unknown");
    assert_eq!(problem.violations[0].allowed, ["food", "steel"]);
    let edit = json!({"id": free, "set": {"region": {"to": "East"}}});
    crm.ok("customer.amend", edit);
    crm.ok("term.retire", json!({"scheme": "industry", "code": "food", "replaced_by": "steel"}));
    assert_eq!(crm.refused("customer.create", create("B", "food")), "industry code.retired");
    crm.ok("customer.create", create("B", "steel"));
    let gone = json!({"scheme": "industry", "code": "wood"});
    assert_eq!(crm.refused("term.retire", gone), "record.not_found");
    assert_eq!(
        crm.ok("term.list", json!({"scheme": "industry"}))["rows"].as_array().unwrap().len(),
        1
    );
}

#[test]
fn users_report_upwards_and_the_last_owner_stays() {
    let crm = Host::new();
    let team = crm.id("team.create", json!({"name": "East", "region": "华东"}));
    assert_eq!(crm.refused("team.create", json!({"name": "East"})), "name record.key_taken");
    let boss = crm.id("user.create", json!({"login": "boss", "name": "老板", "role": "manager"}));
    let rep = json!({"login": "li", "name": "李伟", "team": team, "manager": boss});
    let rep = crm.id("user.create", rep);
    let circle = json!({"id": boss, "set": {"manager": {"to": rep}}});
    assert_eq!(crm.refused("user.amend", circle), "manager user.reports_to_itself");
    let nobody = "0198a5c2-0000-7000-8000-00000000dead";
    let lost = json!({"login": "wu", "name": "吴", "manager": nobody});
    assert_eq!(crm.refused("user.create", lost), "manager reference.unknown");
    let rows = crm.ok("user.list", json!({"team": team}));
    assert_eq!(names(&rows), ["李伟"]);
    let owner = crm.ok("user.list", json!({}));
    let owner =
        owner["rows"].as_array().unwrap().iter().find(|row| row["role"] == "owner").unwrap();
    let rest = json!({"id": owner["id"], "set": {"active": {"from": true, "to": false}}});
    assert_eq!(crm.refused("user.amend", rest), "set.active user.last_owner");
}

#[test]
fn settings_and_calendars_are_data() {
    let crm = Host::new();
    let edit = json!({"set": {"locale": {"from": "zh-CN", "to": "de-DE"}, "zone": {"from": "Asia/Shanghai", "to": "Mars"}}});
    assert_eq!(crm.refused("settings.amend", edit), "zone zone.unknown");
    crm.ok("settings.amend", json!({"set": {"locale": {"from": "zh-CN", "to": "de-DE"}}}));
    if cfg!(feature = "phone") {
        let id = crm.id("customer.create", json!({"name": "A", "phones": ["030 12345678"]}));
        let points = crm.ok("contact_point.list", json!({"owner": id}));
        assert_eq!(points["rows"][0]["normal"], "+493012345678");
    }
    crm.ok("calendar.define", json!({"code": "office", "name": "办公", "preset": "cn"}));
    crm.ok(
        "calendar.define",
        json!({"code": "office", "name": "办公室", "preset": "cn",
        "exceptions": {"2026-11-11": []}}),
    );
    let calendar = crm.ok("calendar.get", json!({"code": "office"}));
    assert_eq!((&calendar["version"], &calendar["name"]), (&json!(2), &json!("办公室")));
    assert_eq!(crm.refused("calendar.get", json!({"code": "night"})), "record.not_found");
}

#[test]
fn a_customer_is_found_by_name_by_owner_and_by_phone() {
    let crm = Host::new();
    let a = json!({"name": "上海精密", "phones": ["+86 138-0013-8000", "13800138000"], "emails": ["li@example.com"]});
    let a = crm.id("customer.create", a);
    crm.id("customer.create", json!({"name": "上海钢铁", "region": "East"}));
    crm.id("customer.create", json!({"name": "北京", "customer_type": "personal"}));
    assert_eq!(names(&crm.ok("customer.list", json!({"name": "上海"}))), ["上海精密", "上海钢铁"]);
    assert_eq!(names(&crm.ok("customer.list", json!({"region": "East"}))), ["上海钢铁"]);
    let page = crm.ok("customer.list", json!({"limit": 2}));
    let next = crm.ok("customer.list", json!({"limit": 2, "after": page["next"]}));
    assert_eq!((names(&page).len(), names(&next).len(), next.get("next")), (2, 1, None));
    let points = crm.ok("contact_point.list", json!({"owner": a}));
    assert_eq!(points["rows"].as_array().unwrap().len(), 2, "the same number twice is there once");
    let phone = json!({"point": {"medium": "phone", "text": "１３８００１３８０００"}});
    assert_eq!(crm.ok("contact_point.list", phone)["rows"][0]["owner"], json!(a));
    let again = json!({"owner_kind": "customer", "owner": a, "point": {"medium": "phone", "text": "138 0013 8000"}});
    assert_eq!(crm.id("contact_point.add", again), points["rows"][1]["id"].as_str().unwrap());
    let bad = json!({"name": " ", "phones": ["12"]});
    let refused = crm.refused("customer.create", bad);
    assert!(refused.starts_with("name text.empty, phones[0] phone."), "{refused}");
    let foreign = json!({"after": "00"});
    assert_eq!(crm.refused("customer.list", foreign), "after page.after");
    assert_eq!(crm.refused("customer.list", json!({"limit": 0})), "limit page.limit");
}

#[test]
fn a_customer_changes_its_type_only_when_the_loss_is_confirmed() {
    let crm = Host::new();
    let id = crm.id("customer.create", json!({"name": "A", "industry": "steel", "size": "big"}));
    let edit = json!({"id": id, "set": {
        "customer_type": {"from": "business", "to": "personal"},
        "industry": {"from": "steel"}, "size": {"from": "big"}}});
    assert_eq!(crm.refused("customer.amend", edit), "set.customer_type customer.type_by_set_type");
    let personal = |confirm| json!({"id": id, "customer_type": "personal", "confirm": confirm});
    let lost = "industry customer.value_would_be_lost, size customer.value_would_be_lost";
    assert_eq!(crm.refused("customer.set_type", personal(false)), lost);
    assert_eq!(crm.ok("customer.get", json!({"id": id}))["version"], 1, "nothing changed");
    crm.ok("customer.set_type", personal(true));
    let trail = crm.ok("audit.trail", json!({}));
    let last = trail["facts"].as_array().unwrap().last().unwrap();
    assert_eq!(last["operation"], "customer.set_type");
    let fields = last["changes"][0]["fields"].as_array().unwrap();
    let lost = fields.iter().find(|field| field["field"] == "industry").unwrap();
    assert_eq!(lost["from"], "steel", "what was lost is in the history");
}

#[test]
fn customers_belong_to_one_another_without_circles() {
    let crm = Host::new();
    let a = crm.id("customer.create", json!({"name": "A"}));
    let b = crm.id("customer.create", json!({"name": "B", "parent": a}));
    let c = crm.id("customer.create", json!({"name": "C", "parent": b}));
    let under = |id: &str, parent: &str| json!({"id": id, "set": {"parent": {"to": parent}}});
    assert_eq!(crm.refused("customer.amend", under(&a, &c)), "parent customer.parent_circular");
    assert_eq!(crm.refused("customer.amend", under(&a, &a)), "parent customer.parent_circular");
    assert_eq!(names(&crm.ok("customer.list", json!({"parent": a}))), ["B"]);
}

#[test]
fn a_contact_is_primary_at_one_customer_and_leaves_nothing_behind() {
    let crm = Host::new();
    let a = crm.id("customer.create", json!({"name": "A"}));
    let b = crm.id("customer.create", json!({"name": "B"}));
    let without = json!({"name": "王伟"});
    assert_eq!(crm.refused("contact.create", without), "customer contact.without_customer");
    let wang = json!({"customer": a, "name": "王伟", "title": "采购经理", "primary": true, "phones": ["13800138000"]});
    let wang = crm.id("contact.create", wang);
    let li = crm.id("contact.create", json!({"customer": a, "name": "李娜", "primary": true}));
    let primary = |id: &str| crm.ok("customer.get", json!({"id": id}))["primary_contact"].clone();
    assert_eq!(primary(&a), json!(li), "the later one");
    crm.ok("contact.set_primary", json!({"id": wang, "primary": true}));
    assert_eq!(primary(&a), json!(wang));
    crm.ok("contact.move", json!({"id": wang, "customer": b}));
    assert_eq!((primary(&a), primary(&b)), (Value::Null, Value::Null));
    assert_eq!(names(&crm.ok("contact.list", json!({"customer": b}))), ["王伟"]);
    let edit = json!({"id": wang, "set": {"customer": {"from": b, "to": a}}});
    assert_eq!(crm.refused("contact.amend", edit), "set.customer contact.customer_by_move");
    crm.ok("contact.set_primary", json!({"id": wang, "primary": true}));
    crm.ok("contact.remove", json!({"id": wang}));
    assert_eq!(primary(&b), Value::Null);
    assert_eq!(crm.refused("contact.get", json!({"id": wang})), "record.not_found");
    let phone = json!({"point": {"medium": "phone", "text": "13800138000"}});
    assert_eq!(crm.ok("contact_point.list", phone)["rows"], json!([]));
    assert_eq!(names(&crm.ok("customer.list", json!({}))), ["A", "B"], "only the contact is gone");
    crm.ok("customer.archive", json!({"id": b}));
    let late = json!({"customer": b, "name": "赵"});
    assert_eq!(crm.refused("contact.create", late.clone()), "customer customer.archived");
    crm.ok("customer.restore", json!({"id": b}));
    crm.ok("contact.create", late);
}

#[test]
fn a_customer_has_one_default_address_for_each_use() {
    let crm = Host::new();
    let a = crm.id("customer.create", json!({"name": "A"}));
    let delivery = |city: &str, default: bool| json!({"customer": a, "use": "delivery", "city": city, "default": default});
    let first =
        crm.id("address.add", json!({"customer": a, "use": "delivery", "region_code": "999999"}));
    let second = crm.id("address.add", delivery("上海", true));
    let rows = crm.ok("address.list", json!({"customer": a}))["rows"].clone();
    let defaults: Vec<_> =
        rows.as_array().unwrap().iter().filter(|row| row["is_default"] == true).collect();
    assert_eq!(defaults.len(), 1);
    assert_eq!(defaults[0]["id"], json!(second));
    assert_eq!(rows[0]["region_known"], false);
    let back = json!({"id": first, "set": {"default": {"from": false, "to": true}}});
    crm.ok("address.amend", back);
    let north = json!({"id": first, "set": {"latitude": {"to": "90.1"}, "longitude": {"to": "0"}}});
    assert_eq!(crm.refused("address.amend", north), "latitude geo.latitude");
    crm.ok("address.remove", json!({"id": second}));
    assert_eq!(crm.ok("address.list", json!({"customer": a}))["rows"].as_array().unwrap().len(), 1);
}

#[test]
fn custom_fields_are_typed_and_found_by() {
    let crm = Host::new();
    let old = crm.id("customer.create", json!({"name": "Old"}));
    let seats = json!({"entity": "customer", "code": "seats", "label": "席位", "field_type": "int",
        "required": true, "indexed": true, "min": "1"});
    let field = crm.id("custom_field.define", seats.clone());
    let create = |name: &str, custom: Value| json!({"name": name, "custom": custom});
    let bad = create("A", json!({"seats": 0, "colour": "red"}));
    assert_eq!(
        crm.refused("customer.create", bad),
        "custom.colour custom.unknown, custom.seats custom.range"
    );
    assert_eq!(
        crm.refused("customer.create", create("A", json!({}))),
        "custom.seats custom.required"
    );
    let a = crm.id("customer.create", create("A", json!({"seats": "5"})));
    crm.ok("customer.amend", json!({"id": old, "set": {"region": {"to": "East"}}}));
    let find = |value: i64| {
        crm.ok("custom_field.find", json!({"entity": "customer", "code": "seats", "value": value}))
            ["ids"]
            .clone()
    };
    assert_eq!(find(5), json!([a]));
    crm.ok("customer.amend", json!({"id": a, "set": {"custom.seats": {"from": 5, "to": 7}}}));
    assert_eq!((find(5), find(7)), (json!([]), json!([a])));
    let text =
        json!({"entity": "customer", "code": "seats", "label": "席位", "field_type": "text"});
    assert_eq!(crm.refused("custom_field.define", text), "field_type custom.type_changed");
    assert_eq!(crm.refused("custom_field.remove", json!({"id": field})), "confirm custom.in_use");
    crm.ok("custom_field.remove", json!({"id": field, "confirm": true}));
    assert_eq!(crm.ok("customer.get", json!({"id": a}))["ext"]["seats"], 7, "values stay");
    crm.ok("customer.amend", json!({"id": a, "set": {"region": {"to": "East"}}}));
    let unknown = json!({"entity": "customer", "code": "seats", "value": 7});
    assert_eq!(crm.refused("custom_field.find", unknown), "code custom.unknown");
    crm.ok("custom_field.define", seats);
    assert_eq!(find(7), json!([a]));
}

#[test]
fn an_index_covers_the_values_that_were_there_before_it() {
    let crm = Host::new();
    let plan = |indexed: bool| {
        json!({"entity": "product", "code": "line", "label": "产品线",
        "field_type": "code", "choices": ["A线", "B线"], "indexed": indexed})
    };
    crm.ok("custom_field.define", plan(false));
    let id = crm.id("product.create", json!({"code": "1", "name": "P", "custom": {"line": "B线"}}));
    crm.ok("custom_field.define", plan(true));
    let found =
        crm.ok("custom_field.find", json!({"entity": "product", "code": "line", "value": "B线"}));
    assert_eq!(found["ids"], json!([id]));
}

#[test]
fn a_link_names_a_record_that_is_there() {
    let crm = Host::new();
    crm.ok(
        "custom_field.define",
        json!({"entity": "customer", "code": "dealer", "label": "经销商",
        "field_type": "link", "references": "customer"}),
    );
    let a = crm.id("customer.create", json!({"name": "A"}));
    crm.ok("customer.create", json!({"name": "B", "custom": {"dealer": a}}));
    let lost = json!({"name": "C", "custom": {"dealer": "0198a5c2-0000-7000-8000-00000000dead"}});
    assert_eq!(crm.refused("customer.create", lost), "custom.dealer reference.unknown");
}

#[test]
fn a_lead_is_captured_discarded_and_taken_back() {
    let crm = Host::new();
    let unreachable = json!({"name": "王伟"});
    assert_eq!(crm.refused("lead.capture", unreachable), "phones lead.unreachable");
    let lead = json!({"name": "王伟", "company": "A", "phones": ["13800138000"], "source": "fair"});
    let id = crm.id("lead.capture", lead);
    crm.ok("lead.discard", json!({"id": id, "reason": "广告"}));
    assert_eq!(names(&crm.ok("lead.list", json!({}))), Vec::<&str>::new());
    assert_eq!(names(&crm.ok("lead.list", json!({"status": "discarded"}))), ["王伟"]);
    let back = crm.ok("lead.reactivate", json!({"id": id}));
    assert_eq!(back["status"], "new");
    assert_eq!(names(&crm.ok("lead.list", json!({"source": "fair"}))), ["王伟"]);
}
