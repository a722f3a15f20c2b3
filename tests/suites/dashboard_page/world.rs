//! A small company with everything a dashboard counts, and some names that would like to be more than names.

use std::sync::Arc;

use crm_core::engine::{CallOptions, Engine, Env, SessionOptions};
use crm_core::export::dashboard_page;
use crm_core::export::document::Language;
use crm_core::store::MemoryStore;
use crm_core::value::Timestamp;
use serde_json::{Value, json};

pub const HOSTILE_LOGIN: &str = "eve";
pub const HOSTILE_NAME: &str = "</script><img src=x onerror=\"document.title='hacked'\">";

const STAGES: [&str; 4] = ["contact", "needs", "proposal", "negotiation"];

pub struct World {
    engine: Engine,
    step: u64,
    now: i64,
}

/// Numbers that are the same every time.
struct Dice(u64);

impl Dice {
    fn roll(&mut self, below: u64) -> u64 {
        self.0 =
            self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (self.0 >> 33) % below
    }
}

impl World {
    pub fn new() -> Self {
        // 2026-01-05 in Shanghai.
        let mut world = Self {
            engine: Engine::open(Arc::new(MemoryStore::default())),
            step: 0,
            now: 1_767_556_800,
        };
        world.live();
        world
    }

    fn call(&mut self, op: &str, request: &Value) -> Result<Value, String> {
        self.step += 1;
        let now = Timestamp::from_micros(self.now * 1_000_000).unwrap();
        let env = Env { now, entropy: [9; 32] }.step(self.step);
        let session = self.engine.session(SessionOptions::default());
        let answer =
            session.call(&env, op, request.to_string().as_bytes(), &CallOptions::default());
        let answer = answer.map_err(|error| format!("{op} {request}: {:?}", error.problem()))?;
        Ok(serde_json::from_slice(&answer).unwrap())
    }

    pub fn ask(&mut self, op: &str, request: &Value) -> Value {
        self.call(op, request).unwrap()
    }

    pub fn page(&mut self) -> String {
        let data = self.ask("dashboard.extract", &json!({}));
        dashboard_page(&serde_json::from_value(data).unwrap(), Language::En)
    }

    fn make(&mut self, op: &str, request: &Value) -> Value {
        self.ask(op, request)["id"].clone()
    }

    fn live(&mut self) {
        let mut dice = Dice(7);
        self.ask("pipeline.template", &json!({"template": "basic", "language": "zh"}));
        for (code, zh) in [("web", "官网"), ("fair", "展会"), ("friend", HOSTILE_NAME)] {
            self.ask("term.define", &json!({"scheme": "source", "code": code, "zh": zh}));
        }
        let east = self.make("team.create", &json!({"name": "East team", "region": "华东"}));
        let south =
            self.make("team.create", &json!({"name": "南区 \"<b>\" & Co", "region": "华南"}));
        let mut owners = Vec::new();
        for (at, name) in ["王伟", "Anna O'Neil", "李娜", "赵敏"].into_iter().enumerate() {
            let team = if at % 2 == 0 { &east } else { &south };
            let user =
                json!({"login": format!("rep{at}"), "name": name, "role": "rep", "team": team});
            owners.push(self.make("user.create", &user));
        }
        owners.push(self.make(
            "user.create",
            &json!({"login": HOSTILE_LOGIN, "name": HOSTILE_NAME, "role": "rep"}),
        ));
        let mut products = Vec::new();
        for (code, name) in [("P1", "压力机 450"), ("P2", "Press <450>"), ("P3", "=1+1")] {
            products.push(self.make("product.create", &json!({"code": code, "name": name})));
        }
        let mut customers = Vec::new();
        for at in 0..12 {
            let mut customer = json!({"name": format!("客户{at}")});
            if at % 4 != 3 {
                customer["source"] = json!(["web", "fair", "friend"][at % 3]);
            }
            if at % 2 == 0 {
                customer["region"] = json!(["华东", "华南", "华北"][at % 3]);
            }
            customers.push(self.make("customer.create", &customer));
        }
        let mut open: Vec<(Value, usize)> = Vec::new();
        for number in 0..160 {
            self.now += i64::try_from(dice.roll(100_000)).unwrap() + 3_600;
            if number % 3 == 0 {
                self.open(&mut dice, (&owners, &customers, &products), &mut open);
            } else if !open.is_empty() {
                let at = usize::try_from(dice.roll(open.len() as u64)).unwrap();
                self.carry_on(&mut dice, &mut open, at);
            }
        }
        self.now += 20 * 86_400;
    }

    fn open(
        &mut self,
        dice: &mut Dice,
        of: (&[Value], &[Value], &[Value]),
        open: &mut Vec<(Value, usize)>,
    ) {
        let mut pick =
            |all: &[Value]| all[usize::try_from(dice.roll(all.len() as u64)).unwrap()].clone();
        let mut wish = json!({"name": "D", "owner": pick(of.0), "customer": pick(of.1)});
        let product = pick(of.2);
        let kind = dice.roll(10);
        let amount = format!("{}.{:02}", dice.roll(900_000) + 100, dice.roll(100));
        if kind > 0 {
            wish["amount"] = json!({"amount": amount, "currency": "CNY"});
        }
        if kind > 2 {
            wish["expected_close"] =
                json!(format!("2026-{:02}-{:02}", 5 + dice.roll(6), 1 + dice.roll(28)));
        }
        let deal = self.make("opportunity.create", &wish);
        if kind > 4 {
            let price = json!({"amount": amount, "currency": "CNY"});
            let line = json!({"product": product, "quantity": "1", "unit_price": price});
            let second = json!({"product": of.2[0], "quantity": "2", "unit_price": price});
            let lines = if kind > 7 { json!([line, second]) } else { json!([line]) };
            self.ask(
                "opportunity.set_lines",
                &json!({"id": deal, "lines": lines, "amount_basis": "entered"}),
            );
        }
        if kind == 9 {
            let odds = json!({"id": deal, "probability_basis_points": 6_543, "reason": "said so"});
            self.ask("opportunity.set_probability", &odds);
        }
        open.push((deal, 0));
    }

    fn carry_on(&mut self, dice: &mut Dice, open: &mut Vec<(Value, usize)>, at: usize) {
        let (deal, stage) = open[at].clone();
        match dice.roll(5) {
            0 => {
                self.ask("opportunity.lose", &json!({"id": deal, "reason": "price"}));
                open.remove(at);
                if dice.roll(4) == 0 {
                    self.now += 5_000;
                    self.ask("opportunity.reopen", &json!({"id": deal}));
                    open.push((deal, stage));
                }
            }
            1 if stage > 0 => {
                // A deal without an amount may be refused.
                let won = self.call("opportunity.win", &json!({"id": deal}));
                if won.is_ok() {
                    open.remove(at);
                }
            }
            _ if stage + 1 < STAGES.len() => {
                self.ask("opportunity.advance", &json!({"id": deal, "stage": STAGES[stage + 1]}));
                open[at].1 += 1;
            }
            _ => {}
        }
    }
}
