//! What was done and is undone: a conversion, a merge, an import. Doing and undoing is nothing where nothing came between;
//! what came between is kept and told.

mod family;
mod law;
mod story;
mod trade;

use std::collections::BTreeMap;
use std::sync::Arc;

use crm_core::engine::{CallOptions, Engine, Env, Problem, SessionOptions, state_hash, verify};
use crm_core::record::{Key, Kind, Record, Val};
use crm_core::store::{
    Batch, CommitId, Expect, Flow, KINDS, MemoryStore, Op, Row, Scan, Store, StoreExt, TenantId,
};
use crm_core::undo::BOOKKEEPING;
use crm_core::value::Timestamp;
use crm_sqlite::SqliteStore;
use serde_json::{Value, json};
use uuid::Uuid;

use crate::repository::Scratch;

const TENANT: TenantId = TenantId(1);

/// Every record that counts, by kind and id.
type State = BTreeMap<Key, Record>;

/// A store and who works in it.
struct House {
    engine: Engine,
    calls: u64,
    days: i64,
}

/// The id that ends in `n`.
fn id(n: u64) -> String {
    format!("01890000-0000-7000-8000-00000000{n:04x}")
}

fn uuid(n: u64) -> Uuid {
    id(n).parse().unwrap()
}

impl House {
    fn new(store: Arc<dyn Store>) -> Self {
        Self { engine: Engine::open(store), calls: 0, days: 0 }
    }

    fn call(&mut self, op: &str, request: &Value) -> Result<Value, Problem> {
        self.calls += 1;
        let micros = 1_767_600_000_000_000 + self.days * 86_400_000_000;
        let now = Timestamp::from_micros(micros + i64::try_from(self.calls).unwrap() * 1_000_000);
        let env = Env { now: now.unwrap(), entropy: [5; 32] }.step(self.calls);
        let session = self.engine.session(SessionOptions::default());
        let request = request.to_string();
        let answer = session.call(&env, op, request.as_bytes(), &CallOptions::default());
        answer.map(|answer| serde_json::from_slice(&answer).unwrap()).map_err(|e| e.problem())
    }

    #[track_caller]
    fn ok(&mut self, op: &str, request: Value) -> Value {
        self.call(op, &request).unwrap_or_else(|e| panic!("{op} {request}: {e:#?}"))
    }

    /// `path code` of everything that a call is refused for.
    #[track_caller]
    fn refused(&mut self, op: &str, request: Value) -> String {
        let problem = self.call(op, &request).unwrap_err();
        let found = problem.violations.iter().map(|v| format!("{} {}", v.path, v.code));
        let found: Vec<String> = found.collect();
        if found.is_empty() { problem.code } else { found.join(", ") }
    }

    fn hash(&self) -> String {
        state_hash(self.engine.store(), TENANT).unwrap()
    }

    #[track_caller]
    fn sound(&self) {
        assert_eq!(verify(self.engine.store(), TENANT).unwrap().faults, []);
    }

    fn rows(&self, kind: Kind) -> Vec<Record> {
        let mut found = Vec::new();
        let sink = &mut |row: Row<'_>| {
            if let Row::Rec(_, record) = row {
                found.push(record.clone());
            }
            Flow::Continue(())
        };
        self.engine.store().scan(&Scan::of(TENANT, kind, 0, &[]), sink).unwrap();
        found
    }

    /// Every live record that is no bookkeeping.
    fn state(&self) -> State {
        let kinds = KINDS.iter().filter(|(kind, _)| !BOOKKEEPING.contains(kind));
        let rows = kinds.flat_map(|(kind, _)| self.rows(*kind));
        rows.map(|row| (row.key(), row)).collect()
    }

    /// Writes rows past the engine.
    fn plant(&mut self, rows: Vec<Record>) {
        self.calls += 1;
        let ops = rows.into_iter().map(|rec| Op::Put { rec, expect: Expect::Absent });
        let commit = CommitId(Uuid::from_u128(u128::from(self.calls)));
        let ops: Vec<Op> = ops.collect();
        let batch = Batch { tenant: TENANT, commit, at: 0, guards: Vec::new(), as_of: None, ops };
        self.engine.store().apply_one(&batch).unwrap();
    }
}

/// What a conflict list says, shortened: `kind last-digits why field`.
fn told(conflicts: &Value) -> Vec<String> {
    let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
    let conflicts = conflicts.as_array().unwrap().iter().map(|conflict| {
        let id = text(&conflict["id"]);
        let digits = id.get(id.len() - 2..).unwrap_or_default().to_owned();
        let digits = if id.starts_with("01890000") { digits } else { "new".to_owned() };
        let all =
            [text(&conflict["kind"]), digits, text(&conflict["why"]), text(&conflict["field"])];
        all.join(" ").trim().to_owned()
    });
    conflicts.collect()
}

/// The same with a store in memory and in a file.
fn in_every_store(name: &str, test: impl Fn(House)) {
    test(House::new(Arc::new(MemoryStore::default())));
    let folder = Scratch::new(name);
    test(House::new(Arc::new(SqliteStore::open(folder.path("crm.db")).unwrap())));
}

/// A house with something of every kind: three customers (1 to 3), their people (4 to 6), leads (7, 8), deals (9, 10).
fn furnish(house: &mut House) {
    let stage = |code: &str| json!({"code": code, "name": code});
    let end = |code: &str| json!({"code": code, "name": code, "kind": code});
    let limited = json!({
        "code": "a", "name": "a", "limit": {"time": {"elapsed_minutes": 600}},
        "exit": {"checklist": [{"code": "asked", "name": "Asked"}]},
        "tasks": [{"code": "hello", "subject": "Say hello", "due_minutes": 60}],
    });
    house.ok("user.create", json!({"id": id(40), "login": "rep", "name": "Rep", "role": "rep"}));
    house.ok("team.create", json!({"id": id(41), "name": "East"}));
    house.ok("calendar.define", json!({"code": "cn", "name": "China", "preset": "cn"}));
    house.ok("term.define", json!({"scheme": "source", "code": "web", "zh": "网站"}));
    for (entity, code) in [("customer", "grade"), ("contact", "grade"), ("lead", "grade")] {
        house.ok(
            "custom_field.define",
            json!({"entity": entity, "code": code, "label": code, "field_type": "int", "indexed": true}),
        );
    }
    for entity in ["lead", "opportunity"] {
        house.ok(
            "custom_field.define",
            json!({"entity": entity, "code": "tender", "label": "t", "field_type": "text"}),
        );
    }
    house.ok(
        "custom_field.define",
        json!({"entity": "lead", "code": "only_lead", "label": "o", "field_type": "text"}),
    );
    house.ok(
        "pipeline.define",
        json!({"id": id(42), "name": "P", "is_default": true,
            "stages": [limited, stage("b"), end("won"), end("lost")]}),
    );
    house.ok(
        "product.create",
        json!({"id": id(43), "code": "A", "name": "A", "price": {"amount": "9.99", "currency": "CNY"}}),
    );
    let customers =
        [(1, "Alpha", "13800138001"), (2, "Alfa", "13800138001"), (3, "Beta", "13800138003")];
    for (n, name, phone) in customers {
        house.ok(
            "customer.create",
            json!({"id": id(n), "name": name, "phones": [phone], "note": format!("note {n}"),
                "custom": {"grade": n}}),
        );
        house.ok("address.add", json!({"id": id(20 + n), "customer": id(n), "use": "office"}));
        house.ok(
            "contact.create",
            json!({"id": id(3 + n), "customer": id(n), "name": format!("Person {n}"), "primary": true,
                "emails": [format!("p{n}@example.com")], "custom": {"grade": 10 + n}}),
        );
    }
    house.ok("contact.create", json!({"id": id(13), "customer": id(2), "name": "Person 2 again"}));
    house.ok("customer.amend", json!({"id": id(2), "set": {"region": {"to": "East"}}}));
    house.ok("customer.create", json!({"id": id(11), "name": "Below Alfa", "parent": id(2)}));
    for (n, phone) in [(7, "13800138007"), (8, "13800138008")] {
        house.ok(
            "lead.capture",
            json!({"id": id(n), "name": format!("Lead {n}"), "company": format!("Company {n}"),
                "phones": [phone], "need": format!("need {n}"), "source": "web", "owner": id(40),
                "custom": {"grade": n, "tender": "T", "only_lead": "x"}}),
        );
        house.ok(
            "activity.log",
            json!({"id": id(30 + n), "kind": "call", "direction": "out", "lead": id(n),
                "subject": "Called"}),
        );
    }
    for (n, customer, contact) in [(9, 1, 4), (10, 2, 5)] {
        house.ok(
            "opportunity.create",
            json!({"id": id(n), "name": format!("Deal {n}"), "customer": id(customer),
                "contact": id(contact)}),
        );
    }
    house.ok("campaign.create", json!({"id": id(44), "name": "Fair", "campaign_type": "fair"}));
    for (kind, member) in [("lead", 7), ("lead", 8), ("customer", 2), ("contact", 5)] {
        house.ok("campaign.add_member", json!({"campaign": id(44), kind: id(member)}));
    }
    let line = json!({"product": id(43), "quantity": "3"});
    house.ok("opportunity.set_lines", json!({"id": id(10), "lines": [line]}));
    house.ok("opportunity.provide", json!({"id": id(10), "kind": "checklist", "code": "asked"}));
    house.ok(
        "activity.log",
        json!({"id": id(31), "kind": "meeting", "customer": id(2), "contact": id(5),
            "participants": [{"contact": id(5)}, {"contact": id(4)}, {"user": id(40)}]}),
    );
    house.ok(
        "import.rows",
        json!({"source": "old", "entity": "customer", "file": "f.csv",
            "rows": [{"row": 1, "key": "1", "set": {"name": "Imported"}}]}),
    );
    // A stage limit passes: a notice is written.
    house.days += 1;
    house.ok("tick", json!({}));
    house.ok("opportunity.create", json!({"id": id(12), "name": "Deal 12", "customer": id(3)}));
    house.sound();
}
