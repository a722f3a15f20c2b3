//! Money through the door: random operations on orders and payments in a memory store. Whatever is refused changes nothing,
//! every invariant holds, and the ageing report adds up to what the orders say.
//!
//! Small in CI; 3,000 histories with `CRM_PROOF=full`. The pure decisions have their own 10^5 in `payment::histories`.

use std::sync::Arc;

use crm_core::engine::{CallOptions, Engine, Env, Session, SessionOptions, verify};
use crm_core::store::{MemoryStore, Store, TenantId};
use crm_core::value::Timestamp;
use serde_json::{Value, json};

/// A small generator that every platform has alike (SplitMix64).
struct Dice(u64);

impl Dice {
    fn roll(&mut self, below: u64) -> u64 {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        (z ^ (z >> 31)) % below
    }

    fn some(&mut self, of: &[Value]) -> Value {
        let at = usize::try_from(self.roll(of.len().max(1) as u64)).unwrap();
        of.get(at).cloned().unwrap_or(Value::Null)
    }
}

struct House {
    session: Session,
    store: Arc<dyn Store>,
    calls: u64,
    hours: u64,
    customers: Vec<Value>,
    products: Vec<Value>,
    orders: Vec<Value>,
    payments: Vec<Value>,
    refused: u64,
}

impl House {
    fn open() -> Self {
        let store: Arc<dyn Store> = Arc::new(MemoryStore::default());
        let session = Engine::open(Arc::clone(&store)).session(SessionOptions::default());
        let (customers, products, orders, payments) = Default::default();
        let (calls, hours, refused) = (0, 0, 0);
        let mut house =
            Self { session, store, calls, hours, customers, products, orders, payments, refused };
        for name in ["A", "B"] {
            let made = house.call("customer.create", json!({"name": name})).unwrap();
            house.customers.push(made["id"].clone());
            let price = json!({"amount": "3.335", "currency": "CNY"});
            let wish = json!({"code": name, "name": name, "price": price});
            let made = house.call("product.create", wish).unwrap();
            house.products.push(made["id"].clone());
        }
        house
    }

    fn call(&mut self, op: &str, request: Value) -> Option<Value> {
        self.calls += 1;
        let micros = 1_767_600_000_000_000 + self.hours * 3_600_000_000;
        let now = Timestamp::from_micros(i64::try_from(micros).unwrap()).unwrap();
        let env = Env { now, entropy: [9; 32] }.step(self.calls);
        let request = request.to_string();
        match self.session.call(&env, op, request.as_bytes(), &CallOptions::default()) {
            Ok(answer) => Some(serde_json::from_slice(&answer).unwrap()),
            Err(error) => {
                let problem = error.problem();
                assert_ne!(problem.code, "engine.internal", "{op} {request}: {problem:?}");
                assert_ne!(problem.code, "request.form", "{op} {request}: {problem:?}");
                self.refused += 1;
                None
            }
        }
    }

    fn step(&mut self, dice: &mut Dice) {
        self.hours += dice.roll(60);
        let order = dice.some(&self.orders);
        let payment = dice.some(&self.payments);
        let currency = if dice.roll(4) == 0 { "USD" } else { "CNY" };
        let money = |minor: u64| json!({"amount": format!("{}.{:02}", minor / 100, minor % 100), "currency": currency});
        let key = self.calls.to_string();
        match dice.roll(14) {
            0 | 1 => {
                let line = |house: &Self, dice: &mut Dice| {
                    json!({"product": dice.some(&house.products), "discount": dice.roll(40).to_string(),
                        "quantity": (1 + dice.roll(30)).to_string(), "tax_rate": dice.roll(14).to_string(),
                        "unit_price": money(1 + dice.roll(3_000))})
                };
                let lines = [line(self, dice), line(self, dice)];
                let rounding = if dice.roll(2) == 0 { "total" } else { "each_line" };
                let terms = json!([{"percent": "30", "due": {"on": "2026-02-01"}},
                    {"percent": "70", "due": {"after": {"milestone": "delivered", "days": 30}}}]);
                let wish = json!({"customer": dice.some(&self.customers), "lines": lines,
                    "rounding": rounding, "due_on": "2026-12-01", "terms": terms});
                if let Some(made) = self.call("order.create", wish) {
                    let id = made["id"].clone();
                    for op in ["order.request_review", "order.confirm", "order.submit"] {
                        self.call(op, json!({"id": id}));
                    }
                    self.orders.push(id);
                }
            }
            2..=4 => {
                let mut wish = json!({"amount": money(1 + dice.roll(20_000)), "order": order});
                if order.is_null() || dice.roll(3) == 0 {
                    wish = json!({"amount": money(1 + dice.roll(20_000)),
                        "customer": dice.some(&self.customers), "reference": key});
                }
                if let Some(made) = self.call("payment.receive", wish) {
                    self.payments.push(made["id"].clone());
                }
            }
            _ if order.is_null() => {}
            5 | 6 => {
                let number =
                    self.call("order.get", json!({"id": order})).unwrap()["number"].clone();
                let kinds = ["shipped", "delivered", "returned", "quality_issue"].map(Value::from);
                let quantity = (1 + dice.roll(9)).to_string();
                let event = json!({"source": "erp", "key": key, "order_number": number,
                    "kind": dice.some(&kinds), "line": dice.roll(3), "quantity": quantity});
                self.call("order.record_event", event);
            }
            7 => {
                let line = json!({"product": dice.some(&self.products), "tax_rate": "13",
                    "quantity": (1 + dice.roll(40)).to_string(),
                    "unit_price": money(1 + dice.roll(2_000))});
                self.call("order.change", json!({"id": order, "reason": "x", "lines": [line]}));
            }
            8 => drop(self.call("order.cancel", json!({"id": order, "reason": "x"}))),
            9 => drop(self.call("order.return", json!({"id": order, "key": key, "reason": "x"}))),
            10 => {
                let causes = ["goodwill", "write_off"].map(Value::from);
                let wish = json!({"order": order, "amount": money(1 + dice.roll(5_000)),
                    "cause": dice.some(&causes), "reason": "x"});
                self.call("payment.credit", wish);
            }
            11 => {
                let terms = json!([{"percent": "50", "due": {"on": "2026-03-01"}}]);
                let wish = json!({"order": order, "terms": terms, "difference": "later"});
                self.call("payment.plan", wish);
            }
            _ if payment.is_null() => {}
            12 => {
                let ops = ["payment.allocate", "payment.void", "payment.refund"].map(Value::from);
                match dice.some(&ops).as_str().unwrap() {
                    "payment.allocate" => self.call("payment.allocate", json!({"id": payment})),
                    op => self.call(op, json!({"id": payment, "reason": "x"})),
                };
            }
            _ => drop(self.call("tick", json!({"limit": 100}))),
        }
    }

    /// Every invariant holds, and the reports agree to the minor unit.
    fn check(&mut self) {
        let found = verify(&*self.store, TenantId(1)).unwrap();
        assert_eq!(found.faults, []);
        for currency in ["CNY", "USD"] {
            let mut owed = 0_i64;
            for order in self.orders.clone() {
                let seen = self.call("payment.receivable", json!({"order": order})).unwrap();
                let minor = |what: &str| -> i64 {
                    let text = seen[what]["amount"].as_str().unwrap();
                    text.replace('.', "").parse().unwrap()
                };
                let left = minor("total") - minor("paid") - minor("credited");
                assert_eq!(minor("receivable"), left);
                assert!(left >= 0);
                if seen["receivable"]["currency"] == currency {
                    owed += left;
                }
            }
            let report = self.call("report.ageing", json!({"currency": currency})).unwrap();
            let outstanding = report["figures"][0]["value"].as_str().unwrap();
            assert_eq!(outstanding.replace('.', "").parse::<i64>().unwrap(), owed, "{currency}");
        }
    }
}

#[test]
fn the_books_of_random_operations_agree() {
    let full = std::env::var_os("CRM_PROOF").is_some_and(|size| size == "full");
    let histories = if full { 3_000 } else { 25 };
    let (mut calls, mut refused) = (0, 0);
    for seed in 0..histories {
        let (mut dice, mut house) = (Dice(seed), House::open());
        for _ in 0..30 {
            house.step(&mut dice);
        }
        house.check();
        (calls, refused) = (calls + house.calls, refused + house.refused);
    }
    assert!(refused > 0, "nothing was ever refused");
    println!("{histories} histories, {calls} calls, {refused} refused");
}
