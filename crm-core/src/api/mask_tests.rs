//! What a role does not see it sees through no door: every operation that answers is asked.

use std::cell::Cell;
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use serde_json::{Value, json};

use super::{
    CATALOGUE, ExportAsRows, GetContact, ListAddresses, ListContactPoints, ReadTrail,
    SearchContacts,
};
use crate::access::{Access, Purpose};
use crate::engine::{CallOptions, Engine, Env, Error, Operation, Session, SessionOptions};
use crate::store::{KINDS, MemoryStore};
use crate::value::Timestamp;

/// A host in which several people act.
struct Office {
    engine: Engine,
    step: Cell<u64>,
}

impl Office {
    /// An office with a manager, a rep, an integration and somebody in marketing.
    fn new() -> Self {
        let engine = Engine::open(Arc::new(MemoryStore::default()));
        let office = Self { engine, step: Cell::new(0) };
        for role in ["manager", "rep", "integration", "marketing"] {
            office.ok("owner", "user.create", json!({"login": role, "name": role, "role": role}));
        }
        office
    }

    fn env(&self) -> Env {
        self.step.set(self.step.get() + 1);
        let minute = i64::try_from(self.step.get()).unwrap();
        let now = Timestamp::from_micros(1_790_000_000_000_000 + minute * 60_000_000).unwrap();
        Env { now, entropy: [7; 32] }.step(self.step.get())
    }

    fn session(&self, actor: &str, purpose: Purpose) -> Session {
        let options = SessionOptions { actor: actor.into(), purpose, ..SessionOptions::default() };
        self.engine.session(options)
    }

    fn call(&self, actor: &str, op: &str, request: &Value) -> Result<Value, Error> {
        self.keyed(actor, op, request, None)
    }

    fn keyed(
        &self,
        actor: &str,
        op: &str,
        request: &Value,
        key: Option<&str>,
    ) -> Result<Value, Error> {
        let options = CallOptions { key, ..CallOptions::default() };
        let session = self.session(actor, Purpose::Sales);
        let answer = session.call(&self.env(), op, request.to_string().as_bytes(), &options)?;
        Ok(serde_json::from_slice(&answer).unwrap())
    }

    fn typed<O: Operation>(&self, actor: &str, operation: &O) -> O::Response {
        self.session(actor, Purpose::Sales).run(&self.env(), operation).unwrap()
    }

    #[track_caller]
    fn ok(&self, actor: &str, op: &str, request: Value) -> Value {
        let answer = self.call(actor, op, &request).map_err(|e| (op.to_owned(), e.problem()));
        answer.unwrap()
    }

    #[track_caller]
    fn id(&self, op: &str, request: Value) -> String {
        self.ok("owner", op, request)["id"].as_str().unwrap().to_owned()
    }

    fn refused(&self, actor: &str, op: &str, request: Value) -> String {
        let problem = self.call(actor, op, &request).unwrap_err().problem();
        let found = problem.violations.iter().map(|v| format!("{} {}", v.path, v.code));
        found.collect::<Vec<_>>().join(", ")
    }

    fn export(&self, purpose: Purpose, op: &str, request: &Value) -> Value {
        let session = self.session("manager", purpose);
        let request = request.to_string();
        let answer = session.call(&self.env(), op, request.as_bytes(), &CallOptions::default());
        serde_json::from_slice(&answer.unwrap()).unwrap()
    }

    fn mask(&self, role: &str, hide: &[&str]) {
        self.ok("owner", "settings.set_masks", json!({"role": role, "hide": hide}));
    }
}

/// What nobody with a mask may read anywhere: of each value a part that its masked form does not show.
const SECRETS: &[&str] = &[
    "12345678",
    "1234 5678",
    "52345678",
    "87654321",
    "55550000",
    "wang.fang@",
    "li.lei@",
    "wangfang_88",
    "长宁路",
    "200051",
    "赵敏收",
    "31.2204",
    "110105194912310",
];

const EVERYTHING: &[&str] = &["phone", "email", "social", "address", "identifier"];

/// A customer, people, leads, what was said, asked, merged and converted; all of it with secrets. The ids.
fn peopled(office: &Office) -> BTreeMap<&'static str, String> {
    for entity in ["contact", "lead", "customer"] {
        office.ok(
            "owner",
            "custom_field.define",
            json!({"entity": entity, "code": "id_card",
            "label": "ID", "field_type": "text", "indexed": true, "identifier": true}),
        );
    }
    let card = json!({"id_card": "11010519491231002X"});
    let customer = office.id(
        "customer.create",
        json!({"name": "云杉", "phones": ["021-52345678"],
        "emails": ["wang.fang@spruce.example"], "note": "总机 021-52345678"}),
    );
    let address = office.id("address.add", json!({"customer": customer, "use": "delivery", "latitude": "31.2204", "longitude": "121.4240", "city": "上海",
        "district": "长宁区", "street": "长宁路1000号", "postal_code": "200051", "recipient": "赵敏收"}));
    let contact = office.id(
        "contact.create",
        json!({"customer": customer, "name": "王芳", "phones": ["138 1234 5678"],
        "emails": ["wang.fang@example.com"], "note": "私人号码 13655550000", "custom": card}),
    );
    let point = office.id(
        "contact_point.add",
        json!({"owner_kind": "contact", "owner": contact,
        "point": {"medium": "social", "network": "wechat", "text": "wangfang_88"}}),
    );
    let twin = office.id(
        "contact.create",
        json!({"customer": customer, "name": "王芳", "phones": ["+86 138 1234 5678"]}),
    );
    office.ok("owner", "contact.merge", json!({"keep": contact, "merge": [twin]}));
    let lead = office.id(
        "lead.capture",
        json!({"name": "李雷", "phones": ["13987654321"], "emails": ["li.lei@example.cn"],
        "need": "打 13987654321 找我", "custom": card}),
    );
    let other = office.id(
        "lead.capture",
        json!({"name": "李雷", "company": "云杉二号", "phones": ["13987654321"]}),
    );
    office.ok("owner", "lead.convert", json!({"id": other}));
    let activity = office.id("activity.log", json!({"kind": "call", "customer": customer, "contact": contact,
        "subject": "回电 13812345678", "content": "邮箱 wang.fang@example.com，身份证 11010519491231002X"}));
    let service = office.id(
        "service.open",
        json!({"customer": customer, "contact": contact, "request_type": "question",
        "subject": "找 13812345678", "content": "li.lei@example.cn"}),
    );
    let points = office.ok("owner", "contact_point.list", json!({"owner": contact}));
    let phone =
        points["rows"].as_array().unwrap().iter().find(|row| row["medium"] == "phone").unwrap();
    office.ok("owner", "confirmation.ask", json!({"point": phone["id"]}));
    office.ok(
        "owner",
        "consent.record",
        json!({"subject_kind": "contact", "subject": contact, "purpose": "marketing",
        "state": "given", "evidence": "电话 13812345678"}),
    );
    office.ok(
        "owner",
        "activity.plan",
        json!({"kind": "call", "customer": customer, "contact": contact,
        "subject": "打 13812345678", "at": "2026-10-01T02:00:00Z"}),
    );
    BTreeMap::from([
        ("customer", customer),
        ("address", address),
        ("contact", contact),
        ("point", point),
        ("lead", lead),
        ("converted", other),
        ("activity", activity),
        ("service", service),
    ])
}

/// Requests of an operation: with nothing, with each id in each field, with each kind in each field that names one.
fn requests(entry: &super::Entry, ids: &BTreeMap<&str, String>) -> Vec<Value> {
    let schema = (entry.describe)().request;
    let empty = serde_json::Map::new();
    let fields = schema["properties"].as_object().unwrap_or(&empty);
    let kinds: Vec<&str> = KINDS.iter().map(|(kind, _)| kind.name()).collect();
    let mut found = vec![json!({}), json!({"limit": 1})];
    for field in fields.keys() {
        found.extend(ids.values().map(|id| json!({ field.as_str(): id })));
        match field.as_str() {
            "kind" | "entity" => {
                for kind in &kinds {
                    found.push(json!({ field.as_str(): kind }));
                    found.extend(ids.values().map(|id| json!({ field.as_str(): kind, "id": id })));
                }
            }
            "name" => found.push(json!({"name": "王"})),
            "company" => found.push(json!({"company": "云"})),
            "phone" => found.push(json!({"phone": "5678"})),
            "party" => {
                found.push(json!({"party": "person"}));
                let pair = json!({"party": "person", "left": ids["lead"], "right": ids["contact"]});
                found.push(pair);
            }
            _ => {}
        }
    }
    found
}

/// What an answer says, with what stands in the place where a page ends.
fn told(answer: &Result<Value, Error>) -> String {
    let Ok(answer) = answer else { return format!("{:?}", answer.as_ref().unwrap_err()) };
    let next = answer["next"].as_str().unwrap_or_default();
    let bytes = next.as_bytes().chunks(2).filter_map(|pair| {
        u8::from_str_radix(std::str::from_utf8(pair).unwrap_or_default(), 16).ok()
    });
    format!("{answer} {}", String::from_utf8_lossy(&bytes.collect::<Vec<_>>()))
}

/// Which operations answered somebody, and which of them told a secret: operation → secrets.
fn asked(
    office: &Office,
    actor: &str,
    ids: &BTreeMap<&str, String>,
) -> (BTreeSet<&'static str>, BTreeMap<&'static str, BTreeSet<&'static str>>) {
    let (mut answered, mut leaks) = (BTreeSet::new(), BTreeMap::new());
    for entry in CATALOGUE {
        if !matches!(entry.access, Access::Read | Access::Report | Access::Audit | Access::Migrate)
        {
            continue;
        }
        for request in requests(entry, ids) {
            let answer = office.call(actor, entry.name, &request);
            let text = told(&answer);
            if answer.is_ok() {
                answered.insert(entry.name);
            }
            for secret in SECRETS.iter().filter(|secret| text.contains(**secret)) {
                leaks.entry(entry.name).or_insert_with(BTreeSet::new).insert(*secret);
            }
        }
    }
    (answered, leaks)
}

#[test]
fn no_operation_tells_what_is_hidden() {
    let office = Office::new();
    let ids = peopled(&office);
    office.mask("manager", EVERYTHING);
    let (answered, leaks) = asked(&office, "manager", &ids);
    assert_eq!(leaks, BTreeMap::new());
    // The control: the same questions of somebody without a mask.
    let (open, told) = asked(&office, "owner", &ids);
    assert_eq!(answered, open, "a mask hides values, it forbids nothing");
    assert!(answered.len() > 60, "{answered:?}");
    let every: BTreeSet<&str> = told.values().flatten().copied().collect();
    let never: Vec<_> = SECRETS.iter().filter(|secret| !every.contains(**secret)).collect();
    assert_eq!(never, [""; 0].iter().collect::<Vec<_>>(), "each secret is told to who may know it");
    for op in [
        "audit.trail",
        "contact.search",
        "contact_point.list",
        "address.list",
        "export.records",
        "records.export",
    ] {
        assert!(told.contains_key(op), "{op} tells no secret: {told:?}");
    }
}

#[test]
fn a_masked_form_says_what_it_is_of() {
    let office = Office::new();
    let ids = peopled(&office);
    let contact = json!({"owner": ids["contact"]});
    let points = |actor: &str| {
        let listed = office.ok(actor, "contact_point.list", contact.clone());
        let rows = listed["rows"].as_array().unwrap().iter();
        let mut rows: Vec<String> = rows
            .map(|row| {
                format!("{} {}", row["raw"].as_str().unwrap(), row["normal"].as_str().unwrap())
            })
            .collect();
        rows.sort();
        rows
    };
    let whole = [
        "138 1234 5678 +8613812345678",
        "wang.fang@example.com wang.fang@example.com",
        "wangfang_88 wechat:wangfang_88",
    ];
    assert_eq!(points("manager"), whole, "without masks nothing changes");
    office.mask("manager", &["phone"]);
    assert_eq!(
        points("manager"),
        ["138****5678 +86138****5678", whole[1], whole[2]],
        "only what is hidden"
    );
    office.mask("manager", EVERYTHING);
    assert_eq!(
        points("manager"),
        ["138****5678 +86138****5678", "w*** wechat:w***", "w***@example.com w***@example.com"]
    );
    assert_eq!(points("rep"), whole, "another role sees it");
    let seen = office.ok("manager", "contact.get", json!({"id": ids["contact"]}));
    assert_eq!(
        (&seen["note"], &seen["ext"]["id_card"]),
        (&json!("私人号码 136****0000"), &json!("****002X"))
    );
    let row = &office.ok("manager", "records.export", json!({"entity": "customer"}))["rows"][0];
    assert_eq!(row["phones"], json!(["021****5678"]));
    assert_eq!(
        (&row["address.street"], &row["address.district"]),
        (&json!("***"), &json!("长宁区"))
    );
    assert_eq!(row.get("address.location.latitude"), None);
    office.mask("manager", &[]);
    assert_eq!(points("manager"), whole, "and back");
}

#[test]
fn the_typed_door_is_masked_like_the_others() {
    let office = Office::new();
    let ids = peopled(&office);
    office.mask("manager", EVERYTHING);
    let contact = GetContact { id: ids["contact"].parse().unwrap() };
    let points =
        ListContactPoints { owner: Some(ids["contact"].parse().unwrap()), ..Default::default() };
    let places =
        ListAddresses { customer: ids["customer"].parse().unwrap(), limit: None, after: None };
    let search = SearchContacts { phone: Some("5678".into()), ..Default::default() };
    let rows = ExportAsRows { entity: "lead".into(), ..Default::default() };
    let found = |actor: &str| {
        [
            json!(office.typed(actor, &contact)),
            json!(office.typed(actor, &points)),
            json!(office.typed(actor, &places)),
            json!(office.typed(actor, &search)),
            json!(office.typed(actor, &rows)),
            json!(office.typed(actor, &ReadTrail::default())),
        ]
    };
    for (masked, whole) in found("manager").into_iter().zip(found("owner")) {
        let told =
            |answer: &Value| SECRETS.iter().any(|secret| answer.to_string().contains(secret));
        assert!(!told(&masked), "{masked}");
        assert!(told(&whole), "{whole}");
    }
}

#[test]
fn nobody_finds_by_what_they_do_not_see() {
    let office = Office::new();
    let ids = peopled(&office);
    office.mask("manager", EVERYTHING);
    office.mask("integration", &["email", "identifier"]);
    let search = |phone: &str| json!({"phone": phone});
    let found = office.ok("manager", "contact.search", search("5678"));
    assert_eq!(found["rows"][0]["phones"], json!(["138****5678"]), "by the digits that are shown");
    assert_eq!(office.refused("manager", "contact.search", search("45678")), "phone mask.hidden");
    assert_eq!(
        office.ok("owner", "contact.search", search("45678"))["rows"][0]["id"],
        json!(ids["contact"])
    );
    let by_card = json!({"entity": "contact", "code": "id_card", "value": "11010519491231002X"});
    assert_eq!(
        office.refused("manager", "custom_field.find", by_card.clone()),
        "value mask.hidden"
    );
    assert_eq!(office.ok("owner", "custom_field.find", by_card)["ids"], json!([ids["contact"]]));
    for (medium, text, network) in [
        ("phone", "13812345678", None),
        ("email", "wang.fang@example.com", None),
        ("social", "wangfang_88", Some("wechat")),
    ] {
        let point = json!({"point": {"medium": medium, "text": text, "network": network}});
        assert_eq!(
            office.refused("manager", "contact_point.list", point.clone()),
            "point.text mask.hidden"
        );
        assert_eq!(
            office.ok("owner", "contact_point.list", point)["rows"].as_array().unwrap().len(),
            1
        );
    }
    let import = |by: &str| {
        let rows = json!([{"row": 2, "key": "a", "set": {"name": "A", "phones": ["13812345678"]}}]);
        json!({"source": "s", "file": "f", "entity": "lead", "match": [by], "rows": rows})
    };
    assert_eq!(
        office.refused("integration", "import.rows", import("emails")),
        "match[0] mask.hidden"
    );
    assert_eq!(
        office.refused("integration", "import.rows", import("custom.id_card")),
        "match[0] mask.hidden"
    );
    office.ok("integration", "import.rows", import("phones"));
    // Page by page, each row once.
    let (mut after, mut seen) = (Value::Null, Vec::new());
    loop {
        let page = office.ok(
            "manager",
            "contact_point.list",
            json!({"owner": ids["contact"], "limit": 1, "after": after}),
        );
        seen.push(page["rows"][0]["id"].clone());
        after = page["next"].clone();
        if after.is_null() {
            break;
        }
    }
    seen.sort_by_key(Value::to_string);
    seen.dedup();
    assert_eq!(seen.len(), 3);
}

#[test]
fn a_masked_form_overwrites_nothing() {
    let office = Office::new();
    let ids = peopled(&office);
    office.mask("rep", EVERYTHING);
    let seen = office.ok("rep", "contact.get", json!({"id": ids["contact"]}));
    let edit = |from: &Value, to: Value| json!({"id": ids["contact"], "set": {"note": {"from": from, "to": to}}});
    let back = edit(&Value::Null, seen["note"].clone());
    assert_eq!(office.refused("rep", "contact.amend", back), "set.note mask.value");
    let known = edit(&seen["note"], json!("新备注"));
    assert_eq!(office.refused("rep", "contact.amend", known), "set.note mask.value");
    let guess =
        office.call("rep", "contact.amend", &edit(&Value::Null, json!("新备注"))).unwrap_err();
    let guess = guess.problem();
    assert_eq!(guess.code, "record.conflict");
    assert!(!format!("{guess:?}").contains("55550000"), "a conflict repeats nothing: {guess:?}");
    let point = |text: &str| json!({"owner_kind": "contact", "owner": ids["contact"], "point": {"medium": "email", "text": text}});
    for actor in ["rep", "owner"] {
        let refused = office.refused(actor, "contact_point.add", point("w***@example.com"));
        assert_eq!(refused, "point.text mask.value", "{actor}");
    }
    let batch = json!({"operations": [{"op": "lead.capture", "request": {"name": "A", "phones": ["138****5678"]}}]});
    assert_eq!(office.refused("rep", "batch", batch), "operations[0].request.phones[0] mask.value");
    office.ok(
        "owner",
        "activity.log",
        json!({"kind": "note", "customer": ids["customer"], "content": "*** 重要 ***"}),
    );
    let whole = office.ok("owner", "contact.get", json!({"id": ids["contact"]}));
    assert_eq!(whole["note"], "私人号码 13655550000");
    assert_eq!(
        office.refused("owner", "settings.set_masks", json!({"role": "owner", "hide": ["phone"]})),
        "hide mask.owner"
    );
    assert!(
        office.call("manager", "settings.set_masks", &json!({"role": "rep", "hide": []})).is_err()
    );
}

#[test]
fn who_enters_somebody_learns_that_they_are_there_and_no_more() {
    let office = Office::new();
    let ids = peopled(&office);
    office.mask("rep", EVERYTHING);
    let wish = json!({"name": "王芳", "phones": ["13812345678"]});
    let answer = office.keyed("rep", "lead.capture", &wish, Some("k")).unwrap();
    assert_eq!(answer["likely"][0]["id"], json!(ids["contact"]), "{answer}");
    let text = answer.to_string();
    assert!(SECRETS.iter().all(|secret| !text.contains(secret)), "{text}");
    // An answer that is given again is masked as of now, whatever it was when it was kept.
    let note = json!({"kind": "note", "customer": ids["customer"], "content": "13812345678"});
    office.mask("rep", &[]);
    let open =
        office.keyed("rep", "contact.get", &json!({"id": ids["contact"]}), Some("g")).unwrap();
    office.mask("rep", EVERYTHING);
    let again =
        office.keyed("rep", "contact.get", &json!({"id": ids["contact"]}), Some("g")).unwrap();
    assert_eq!(
        (&open["note"], &again["note"]),
        (&json!("私人号码 13655550000"), &json!("私人号码 136****0000"))
    );
    office.ok("rep", "activity.log", note);
    let request = json!({"id": ids["contact"]}).to_string();
    let planned = office
        .session("rep", Purpose::Sales)
        .plan(&office.env(), "contact.get", request.as_bytes())
        .unwrap();
    assert!(!String::from_utf8(planned.answer).unwrap().contains("55550000"));
}

/// People of whom each said something else.
fn people_who_said(office: &Office) -> BTreeMap<&'static str, String> {
    let company = office.id("customer.create", json!({"name": "云杉", "phones": ["021-52345678"]}));
    let mut ids = BTreeMap::from([("company", company.clone())]);
    let words: [(&'static str, &[(&str, &str)]); 6] = [
        ("silent", &[]),
        ("allows", &[("marketing", "given")]),
        ("mail only", &[("marketing.email", "given")]),
        ("forbids", &[("marketing", "withdrawn")]),
        ("no selling", &[("sales", "withdrawn")]),
        ("restricted", &[("marketing", "given"), ("processing", "withdrawn")]),
    ];
    for (at, (name, said)) in words.into_iter().enumerate() {
        let id = office.id(
            "contact.create",
            json!({"customer": company, "name": name,
            "phones": [format!("1380000000{at}")], "emails": [format!("c{at}@example.com")]}),
        );
        for (purpose, state) in said {
            office.ok(
                "owner",
                "consent.record",
                json!({"subject_kind": "contact", "subject": id,
                "purpose": purpose, "state": state, "evidence": "form"}),
            );
        }
        office.ok(
            "owner",
            "activity.log",
            json!({"kind": "note", "customer": company, "contact": id, "content": name}),
        );
        ids.insert(name, id);
    }
    ids
}

#[test]
fn what_leaves_depends_on_what_it_is_for_and_what_was_said() {
    use Purpose::{Administration, Analysis, Marketing, Migration, Sales, Service};
    let office = Office::new();
    let ids = people_who_said(&office);
    let rows = |answer: &Value| answer["rows"].as_array().unwrap().clone();
    let everybody = 6;
    #[rustfmt::skip]
    let table = [
        (Marketing,      vec!["allows", "mail only"], json!({"no_consent": 2, "restricted": 1, "withdrawn": 1})),
        (Sales,          vec!["allows", "forbids", "mail only", "silent"], json!({"restricted": 1, "withdrawn": 1})),
        (Service,        vec!["allows", "forbids", "mail only", "no selling", "silent"], json!({"restricted": 1})),
        (Analysis,       vec!["allows", "forbids", "mail only", "no selling", "silent"], json!({"restricted": 1})),
        (Administration, vec!["allows", "forbids", "mail only", "no selling", "restricted", "silent"], Value::Null),
        (Migration,      vec!["allows", "forbids", "mail only", "no selling", "restricted", "silent"], Value::Null),
    ];
    for (purpose, names, left_out) in table {
        let exported = office.export(purpose, "records.export", &json!({"entity": "contact"}));
        let mut found: Vec<String> =
            rows(&exported).iter().map(|row| row["name"].as_str().unwrap().to_owned()).collect();
        found.sort();
        assert_eq!(found, names, "{purpose}");
        assert_eq!(exported["left_out"], left_out, "{purpose}");
        let told: u64 = left_out
            .as_object()
            .into_iter()
            .flatten()
            .map(|(_, count)| count.as_u64().unwrap())
            .sum();
        assert_eq!(
            usize::try_from(told).unwrap() + found.len(),
            everybody,
            "nobody is lost silently"
        );
        // What was done with somebody leaves with them, and so do the rows behind the records.
        let notes = rows(&office.export(purpose, "records.export", &json!({"entity": "activity"})));
        assert_eq!(notes.len(), found.len(), "{purpose}");
        let raw = office.export(purpose, "export.records", &json!({"kind": "contact"}));
        assert_eq!((rows(&raw).len(), &raw["left_out"]), (found.len(), &left_out), "{purpose}");
        let points =
            rows(&office.export(purpose, "export.records", &json!({"kind": "contact_point"})));
        // Two of each, but one channel of whoever allowed only one; and the company's own number.
        let closed = usize::from(purpose == Marketing);
        assert_eq!(points.len(), 2 * found.len() - closed + 1, "{purpose}");
    }
    let marketing = office.export(Marketing, "records.export", &json!({"entity": "contact"}));
    let row =
        rows(&marketing).into_iter().find(|row| row["id"] == json!(ids["mail only"])).unwrap();
    assert_eq!((row.get("phones"), &row["emails"]), (None, &json!(["c2@example.com"])));
    assert_eq!(marketing["withheld"], json!({"phones": 1}));
    // What a company forbids, it forbids for its people.
    office.ok(
        "owner",
        "consent.record",
        json!({"subject_kind": "customer", "subject": ids["company"],
        "purpose": "marketing", "state": "withdrawn"}),
    );
    for entity in ["contact", "customer"] {
        let exported = office.export(Marketing, "records.export", &json!({"entity": entity}));
        assert_eq!(exported["rows"], json!([]), "{entity}");
    }
    let products = office.export(Marketing, "records.export", &json!({"entity": "user"}));
    assert_eq!(rows(&products).len(), 5, "what is about nobody leaves");
}
