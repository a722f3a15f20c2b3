//! Facts that were kept through what others wrote say what facts say that were read anew.

use std::sync::Arc;

use serde_json::{Value, json};

use crate::analytics::Question;
use crate::engine::{CallOptions, Engine, Env, Error, SessionOptions};
use crate::store::{Admin, Flow, MemoryStore, Seq, Store, TenantId};
use crate::value::Timestamp;

const REPORTS: [(&str, &str); 12] = [
    ("report.overview", r#"{"by":["region","source"]}"#),
    ("report.funnel", "{}"),
    ("report.winrate", r#"{"by":["owner","team"]}"#),
    ("report.cycle", r#"{"by":["industry"]}"#),
    ("report.trend", r#"{"by":["customer"]}"#),
    ("report.dashboard", "{}"),
    ("report.dashboard", r#"{"only":{"region":["West"]}}"#),
    ("report.dashboard", r#"{"only":{"owner":["li"],"product":["P1"]},"outcome":"open"}"#),
    ("report.dashboard", r#"{"questions":["won","dwell","stale"]}"#),
    ("report.dashboard", r#"{"questions":["win_rates"],"only":{"region":["West"]}}"#),
    ("dashboard.extract", "{}"),
    ("dashboard.extract", r#"{"only":{"stage":["negotiation"]},"from":"2026-09-01"}"#),
];

/// A store with two engines: one writes, the other was asked before and keeps its facts.
struct Two {
    store: Arc<MemoryStore>,
    writer: Engine,
    reader: Engine,
    step: u64,
}

impl Two {
    fn new() -> Self {
        let store = Arc::new(MemoryStore::default());
        let engine = || Engine::open(Arc::clone(&store) as Arc<dyn Store>);
        let (writer, reader) = (engine(), engine());
        Self { store, writer, reader, step: 0 }
    }

    fn env(&self) -> Env {
        let micros = 1_790_000_000_000_000 + i64::try_from(self.step).unwrap() * 3_600_000_000 * 7;
        Env { now: Timestamp::from_micros(micros).unwrap(), entropy: [7; 32] }.step(self.step)
    }

    fn call(&mut self, op: &str, request: &Value) -> Result<Value, Error> {
        self.step += 1;
        asked(&self.writer, &self.env(), op, &request.to_string())
            .map(|answer| serde_json::from_str(&answer).unwrap())
    }

    fn done(&mut self, op: &str, request: &Value) -> Value {
        let answer = self.call(op, request);
        answer.map_err(|error| (op.to_owned(), error.problem())).unwrap()
    }

    /// That the reader, which keeps its facts, answers as an engine that has just been opened.
    fn agree(&self, after: &str) {
        let fresh = Engine::open(Arc::clone(&self.store) as Arc<dyn Store>);
        let env = self.env();
        let past = r#"{"as_of":"2026-09-23T00:00:00Z"}"#;
        let of_the_past =
            ["report.funnel", "report.dashboard", "dashboard.extract"].map(|op| (op, past));
        for (op, request) in REPORTS.into_iter().chain(of_the_past) {
            let (kept, anew) =
                (asked(&self.reader, &env, op, request), asked(&fresh, &env, op, request));
            assert_eq!(kept.unwrap(), anew.unwrap(), "{op} {request} after {after}");
        }
    }
}

fn asked(engine: &Engine, env: &Env, op: &str, request: &str) -> Result<String, Error> {
    let session = engine.session(SessionOptions::default());
    let answer = session.call(env, op, request.as_bytes(), &CallOptions::default())?;
    Ok(String::from_utf8(answer).unwrap())
}

#[test]
fn facts_that_are_kept_equal_facts_that_are_read_anew() {
    let mut two = Two::new();
    two.done("pipeline.template", &json!({"template": "basic"}));
    two.agree("nothing yet");
    let east = two.done("team.create", &json!({"name": "East", "region": "华东"}))["id"].clone();
    let seller = json!({"login": "li", "name": "李娜", "role": "rep", "team": east});
    let seller = two.done("user.create", &seller)["id"].clone();
    let customer = |name: &str| json!({"name": name, "source": "web", "region": "West"});
    let first = two.done("customer.create", &customer("甲"))["id"].clone();
    let second =
        two.done("customer.create", &json!({"name": "乙", "industry": "it"}))["id"].clone();
    let product = two.done("product.create", &json!({"code": "P1", "name": "Press"}))["id"].clone();
    two.agree("customers");
    let money = |amount: &str| json!({"amount": amount, "currency": "CNY"});
    let mut deals = Vec::new();
    for (customer, amount) in [(&first, "100.00"), (&second, "250.50"), (&second, "9.99")] {
        let wish = json!({"name": "D", "customer": customer, "owner": seller, "amount": money(amount), "expected_close": "2026-12-01"});
        deals.push(two.done("opportunity.create", &wish)["id"].clone());
        two.agree("a deal made");
    }
    two.done("opportunity.advance", &json!({"id": deals[0], "stage": "negotiation"}));
    two.agree("a deal moved");
    two.done("opportunity.win", &json!({"id": deals[0]}));
    two.agree("a deal won");
    two.done("opportunity.lose", &json!({"id": deals[1], "reason": "price"}));
    two.agree("a deal lost");
    two.done("opportunity.reopen", &json!({"id": deals[1]}));
    two.agree("a deal reopened");
    let line = json!({"product": product, "quantity": "3", "unit_price": {"amount": "1.005", "currency": "CNY"}});
    two.done(
        "opportunity.set_lines",
        &json!({"id": deals[2], "lines": [line], "amount_basis": "lines"}),
    );
    two.agree("lines set");
    two.done(
        "opportunity.set_probability",
        &json!({"id": deals[2], "probability_basis_points": 9000, "reason": "signed"}),
    );
    two.agree("odds said");
    let edit = |field: &str, from: Value, to: Value| {
        let mut set = json!({});
        set[field] = json!({"from": from, "to": to});
        set
    };
    two.done(
        "customer.amend",
        &json!({"id": first, "set": edit("region", json!("West"), json!("South"))}),
    );
    two.agree("a customer's region");
    two.done(
        "customer.amend",
        &json!({"id": second, "set": edit("name", json!("乙"), json!("丙"))}),
    );
    two.agree("a customer's name");
    two.done("user.amend", &json!({"id": seller, "set": edit("team", east, Value::Null)}));
    two.agree("a user's team");
    two.done(
        "user.amend",
        &json!({"id": seller, "set": edit("name", json!("李娜"), json!("王芳"))}),
    );
    two.agree("a user's name");
    let settings = edit("base_currency", json!("CNY"), json!("USD"));
    if two.call("settings.amend", &json!({"set": settings})).is_ok() {
        two.agree("another base currency");
    }
    // The feed is no longer whole: everything is read anew.
    let head = two.store.get(TenantId(1), &[], &mut |_, _, _| Flow::Continue(())).unwrap();
    two.done("opportunity.advance", &json!({"id": deals[2], "stage": "negotiation"}));
    let trim = Admin::Trim { tenant: TenantId(1), through: Seq(head.0 + 1) };
    two.store.admin(&trim, &mut |_| Flow::Continue(())).unwrap();
    two.agree("the feed was trimmed");
}

#[test]
fn a_dashboard_is_not_split() {
    let mut two = Two::new();
    two.done("pipeline.template", &json!({"template": "basic"}));
    for op in ["report.dashboard", "dashboard.extract"] {
        for option in ["by", "grain", "basis"] {
            let value = if option == "by" { json!(["owner"]) } else { json!("month") };
            let mut request = json!({});
            request[option] = value;
            let refused = two.call(op, &request).unwrap_err().problem();
            let said: Vec<_> =
                refused.violations.iter().map(|v| (v.code.as_str(), v.path.as_str())).collect();
            assert_eq!(said, [("report.option", option)]);
        }
    }
    let found = two.done("report.dashboard", &json!({"zone": "Europe/Berlin"}));
    assert_eq!(
        (found["name"].as_str(), found["zone"].as_str()),
        (Some("dashboard"), Some("Europe/Berlin"))
    );
}

/// FT-5: a dashboard that is asked some questions tells the tables of these, as all of it does, and no others.
#[test]
fn a_dashboard_answers_what_it_is_asked() {
    let mut two = Two::new();
    two.done("pipeline.template", &json!({"template": "basic"}));
    let customer = two.done("customer.create", &json!({"name": "甲"}))["id"].clone();
    for amount in ["100.00", "20.50"] {
        let money = json!({"amount": amount, "currency": "CNY"});
        let wish = json!({"name": "D", "customer": customer, "amount": money});
        let deal = two.done("opportunity.create", &wish)["id"].clone();
        if amount == "100.00" {
            two.done("opportunity.win", &json!({"id": deal}));
        }
    }
    let all = two.done("report.dashboard", &json!({}));
    let keys = |report: &Value, part: &str| -> Vec<String> {
        let parts = report[part].as_array().unwrap().iter();
        parts.map(|part| part["key"].as_str().unwrap().to_owned()).collect()
    };
    let mut told = Vec::new();
    for question in Question::ALL {
        let part = two.done("report.dashboard", &json!({"questions": [question.code()]}));
        for name in ["tables", "figures", "charts"] {
            for one in part[name].as_array().unwrap() {
                assert!(all[name].as_array().unwrap().contains(one), "{}: {one}", question.code());
            }
        }
        told.extend(keys(&part, "tables"));
    }
    assert_eq!(told, keys(&all, "tables"));
    let asked = json!({"questions": ["won", "stale"]});
    let part = two.done("report.dashboard", &asked);
    assert_eq!(keys(&part, "tables"), ["won", "stale"]);
    assert_eq!(keys(&part, "figures"), ["won_amount", "stale"]);
    let refusals = [
        ("report.dashboard", json!(["won", "gross"]), "code.unknown", "questions[1]"),
        ("dashboard.extract", json!(["won"]), "report.option", "questions"),
        ("report.funnel", json!(["won"]), "report.option", "questions"),
    ];
    for (op, questions, code, path) in refusals {
        let refused = two.call(op, &json!({"questions": questions})).unwrap_err().problem();
        let said: Vec<_> =
            refused.violations.iter().map(|v| (v.code.as_str(), v.path.as_str())).collect();
        assert_eq!(said, [(code, path)], "{op}");
    }
}

/// A dashboard of some deals says what it was narrowed by, and counts what the other reports count of them.
#[test]
fn a_dashboard_of_some_deals_agrees_with_the_other_reports() {
    let mut two = Two::new();
    two.done("pipeline.template", &json!({"template": "basic"}));
    for (name, region) in [("甲", "West"), ("乙", "East")] {
        let customer = json!({"name": name, "source": "web", "region": region});
        let customer = two.done("customer.create", &customer)["id"].clone();
        for amount in ["100.00", "20.50"] {
            let money = json!({"amount": amount, "currency": "CNY"});
            let wish = json!({"name": "D", "customer": customer, "amount": money});
            let deal = two.done("opportunity.create", &wish)["id"].clone();
            if amount == "100.00" && region == "West" {
                two.done("opportunity.win", &json!({"id": deal}));
            }
        }
    }
    let of = |two: &mut Two, op: &str, only: Value| two.done(op, &json!({"only": only}));
    let table = [
        (json!({}), "4", "100.00", 0),
        (json!({"region": ["West"]}), "2", "100.00", 1),
        (json!({"region": ["East"]}), "2", "0.00", 1),
        (json!({"region": [""]}), "0", "0.00", 1),
    ];
    for (only, deals, won, parameters) in table {
        let found = of(&mut two, "report.dashboard", only.clone());
        assert_eq!(found["figures"][0]["value"].to_string(), deals, "{only}");
        assert_eq!(found["figures"][1]["value"], won, "{only}");
        assert_eq!(found["parameters"].as_array().unwrap().len(), parameters, "{only}");
        let rate = of(&mut two, "report.winrate", only);
        let total = |report: &Value| {
            let figures = report["figures"].as_array().unwrap();
            figures.iter().find(|figure| figure["key"] == "win_rate").unwrap()["value"].clone()
        };
        assert_eq!(total(&found), total(&rate));
    }
}
