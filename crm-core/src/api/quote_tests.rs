//! Quotes and approvals through the door: from a draft to an answer, and every step in every state.

use std::cell::Cell;
use std::sync::Arc;

use serde_json::{Value, json};

use crate::engine::{CallOptions, Engine, Env, Error, SessionOptions};
use crate::machine::Machine;
use crate::quote::{QuoteState, QuoteStep, Quotes};
use crate::store::MemoryStore;
use crate::value::Timestamp;

/// A house with a customer, two products and people, a minute between calls.
pub(super) struct House {
    engine: Engine,
    minute: Cell<u64>,
    pub(super) customer: String,
    pub(super) press: String,
    pub(super) cable: String,
}

pub(super) fn cny(amount: &str) -> Value {
    json!({"amount": amount, "currency": "CNY"})
}

impl House {
    pub(super) fn new() -> Self {
        let engine = Engine::open(Arc::new(MemoryStore::default()));
        let none = String::new;
        let mut house =
            Self { engine, minute: Cell::new(0), customer: none(), press: none(), cable: none() };
        let user = |login: &str, role: &str, manager: Value| json!({"login": login, "name": login, "role": role, "manager": manager});
        let zhou = house.id("owner", "user.create", user("zhou", "manager", Value::Null));
        house.id("owner", "user.create", user("li", "rep", json!(zhou)));
        house.id("owner", "user.create", user("wu", "rep", Value::Null));
        house.id("owner", "user.create", user("qian", "finance", Value::Null));
        house.customer = house.id("li", "customer.create", json!({"name": "上海精密机械有限公司"}));
        let product = |code: &str, price: &str, extra: Value| {
            let mut product =
                json!({"code": code, "name": code, "price": cny(price), "tax_rate": "13"});
            product.as_object_mut().unwrap().extend(extra.as_object().unwrap().clone());
            house.id("owner", "product.create", product)
        };
        let press = json!({"cost": cny("60000"), "floor_price": cny("85000")});
        (house.press, house.cable) =
            (product("P", "100000", press), product("C", "120.50", json!({})));
        house
    }

    pub(super) fn wait(&self, days: u64) {
        self.minute.set(self.minute.get() + days * 1440);
    }

    pub(super) fn call(&self, actor: &str, op: &str, request: Value) -> Result<Value, Error> {
        self.minute.set(self.minute.get() + 1);
        let minute = i64::try_from(self.minute.get()).unwrap();
        let now = Timestamp::from_micros(1_790_000_000_000_000 + minute * 60_000_000).unwrap();
        let env = Env { now, entropy: [7; 32] }.step(self.minute.get());
        let options = SessionOptions { actor: actor.to_owned(), ..SessionOptions::default() };
        let request = request.to_string();
        let session = self.engine.session(options);
        let answer = session.call(&env, op, request.as_bytes(), &CallOptions::default())?;
        Ok(serde_json::from_slice(&answer).unwrap())
    }

    #[track_caller]
    pub(super) fn ok(&self, actor: &str, op: &str, request: Value) -> Value {
        self.call(actor, op, request).map_err(|e| e.problem()).unwrap()
    }

    #[track_caller]
    pub(super) fn id(&self, actor: &str, op: &str, request: Value) -> String {
        self.ok(actor, op, request)["id"].as_str().unwrap().to_owned()
    }

    #[track_caller]
    pub(super) fn refused(&self, actor: &str, op: &str, request: Value) -> String {
        let problem = self.call(actor, op, request).unwrap_err().problem();
        let found = problem.violations.iter().map(|v| format!("{} {}", v.path, v.code));
        let found: Vec<String> = found.collect();
        if found.is_empty() { problem.code } else { found.join(", ").trim_start().to_owned() }
    }

    fn line(&self, quantity: &str, discount: &str) -> Value {
        json!({"product": self.press, "quantity": quantity, "discount": discount})
    }

    pub(super) fn quote(&self, lines: Value) -> String {
        let quote = json!({"name": "压力机", "customer": self.customer, "lines": lines});
        self.id("li", "quote.create", quote)
    }

    /// The manager of the author agrees from 10 % off on, finance from 20 % or below a floor on.
    pub(super) fn rules(&self) {
        let steps = json!([
            {"code": "lead", "name": "主管", "approver": "manager",
             "when": [{"discount": {"from": "10"}}, {"below_floor": true}]},
            {"code": "finance", "name": "财务", "approver": {"role": "finance"},
             "when": [{"discount": {"from": "20"}}, {"below_floor": true}]},
        ]);
        self.ok("owner", "approval_policy.define", json!({"entity": "quote", "steps": steps}));
    }

    pub(super) fn sound(&self) {
        assert_eq!(self.ok("owner", "store.verify", json!({}))["faults"], json!([]));
    }
}

#[test]
fn a_quote_goes_out_once_those_who_must_have_agreed() {
    let crm = House::new();
    crm.rules();
    let quote = crm.quote(json!([crm.line("2", "25"), {"product": crm.cable, "quantity": "4"}]));
    let of = json!({"id": quote});
    let seen = crm.ok("li", "quote.get", of.clone());
    assert_eq!(seen["number"], "QT-2026-000001");
    assert_eq!((&seen["net"], &seen["tax"]), (&cny("150482.00"), &cny("19562.66")));
    assert_eq!(seen["measures"]["line_discount"], "25");
    assert_eq!(crm.refused("li", "quote.send", of.clone()), "quote.not_approved");
    let asked = crm.ok("li", "quote.submit", of.clone());
    let request = json!({"id": asked["approval"]["id"]});
    assert_eq!((&asked["state"], &asked["approval"]["at"]), (&json!("in_approval"), &json!(0)));
    assert_eq!(crm.refused("li", "approval.approve", request.clone()), "approval.own");
    assert_eq!(crm.refused("wu", "approval.approve", request.clone()), "approval.not_yours");
    assert_eq!(
        crm.ok("zhou", "approval.list", json!({"mine": true}))["rows"][0]["id"],
        request["id"]
    );
    let wu = crm.ok("owner", "user.list", json!({}));
    let wu = wu["rows"].as_array().unwrap().iter().find(|user| user["login"] == "wu").unwrap();
    let left = json!({"id": request["id"], "to": wu["id"], "comment": "出差"});
    crm.ok("zhou", "approval.delegate", left);
    assert_eq!(crm.refused("zhou", "approval.approve", request.clone()), "approval.not_yours");
    crm.ok("wu", "approval.approve", request.clone());
    let back = json!({"id": request["id"], "to_step": "lead", "comment": "折扣太大"});
    crm.ok("qian", "approval.reject", back);
    crm.ok("zhou", "approval.approve", request.clone());
    crm.ok("qian", "approval.approve", request.clone());
    let votes = crm.ok("li", "approval.get", request);
    let kinds: Vec<&str> = votes["votes"]
        .as_array()
        .unwrap()
        .iter()
        .map(|vote| vote["kind"].as_str().unwrap())
        .collect();
    assert_eq!(kinds, ["delegate", "grant", "send_back", "grant", "finish"]);
    crm.ok("li", "quote.send", of.clone());
    let edit = json!({"id": quote, "set": {"note": {"to": "x"}}});
    assert_eq!(crm.refused("li", "quote.amend", edit), "quote.frozen");
    assert_eq!(crm.ok("li", "quote.accept", of)["state"], "accepted");
    crm.sound();
}

#[test]
fn an_edit_voids_approval_given_and_approval_asked_for() {
    let crm = House::new();
    crm.rules();
    let quote = crm.quote(json!([crm.line("1", "10")]));
    let of = json!({"id": quote});
    let state = |seen: &Value| (seen["state"].clone(), seen["approval"]["state"].clone());
    crm.ok("li", "quote.submit", of.clone());
    let less = json!({"id": quote, "lines": [crm.line("1", "12")]});
    let edited = crm.ok("li", "quote.set_lines", less);
    assert_eq!(state(&edited), (json!("draft"), json!("voided")), "it waited");
    let asked = crm.ok("li", "quote.submit", of.clone());
    crm.ok("zhou", "approval.approve", json!({"id": asked["approval"]["id"]}));
    let note = json!({"id": quote, "set": {"note": {"to": "再加一年保修"}}});
    let edited = crm.ok("li", "quote.amend", note);
    assert_eq!(state(&edited), (json!("draft"), json!("voided")), "it was approved");
    let asked = crm.ok("li", "quote.submit", of.clone());
    let back = crm.ok("li", "approval.recall", json!({"id": asked["approval"]["id"]}));
    assert_eq!(back["state"], "recalled");
    assert_eq!(crm.ok("li", "quote.get", of.clone())["state"], "draft");
    let asked = crm.ok("li", "quote.submit", of.clone());
    let no = json!({"id": asked["approval"]["id"], "comment": "太低"});
    crm.ok("zhou", "approval.reject", no);
    assert_eq!(state(&crm.ok("li", "quote.get", of)), (json!("draft"), json!("rejected")));
    let cheap =
        crm.quote(json!([{"product": crm.press, "quantity": "1", "unit_price": cny("84999.99")}]));
    let asked = crm.ok("li", "quote.submit", json!({"id": cheap}));
    let chain = asked["approval"]["chain"].as_array().unwrap();
    assert_eq!(chain.len(), 2, "below the floor both are asked");
    let whose = json!({"name": "Q", "customer": crm.customer, "lines": [crm.line("1", "15")]});
    let orphan = crm.id("wu", "quote.create", whose);
    assert_eq!(crm.refused("wu", "quote.submit", json!({"id": orphan})), "approval.nobody");
    crm.sound();
}

#[test]
fn a_revision_freezes_what_went_out_and_old_prices_are_remembered() {
    let crm = House::new();
    let quote = crm.quote(json!([crm.line("1", "0")]));
    assert_eq!(crm.refused("li", "quote.revise", json!({"id": quote})), "quote.edit_instead");
    crm.ok("li", "quote.submit", json!({"id": quote}));
    crm.ok("li", "quote.send", json!({"id": quote}));
    let second = crm.ok("li", "quote.revise", json!({"id": quote}));
    assert_eq!((&second["number"], &second["revision"]), (&json!("QT-2026-000001"), &json!(2)));
    assert_eq!(crm.ok("li", "quote.get", json!({"id": quote}))["state"], "superseded");
    let inactive = json!({"id": crm.press, "set": {"active": {"from": true, "to": false}}});
    crm.ok("owner", "product.amend", inactive);
    let lower = json!({"id": second["id"], "lines": [crm.line("1", "5")]});
    let lower = crm.ok("li", "quote.set_lines", lower);
    assert_eq!(lower["net"], cny("95000.00"), "what the quote had it keeps");
    let new = json!({"name": "Q", "customer": crm.customer, "lines": [crm.line("1", "0")]});
    assert_eq!(
        crm.refused("li", "quote.create", new),
        "lines[0].product quote.line.product_inactive"
    );
    crm.ok("li", "quote.submit", json!({"id": second["id"]}));
    crm.ok("li", "quote.send", json!({"id": second["id"]}));
    crm.ok("li", "quote.accept", json!({"id": second["id"]}));
    let last =
        crm.ok("li", "quote.last_price", json!({"customer": crm.customer, "product": crm.press}));
    assert_eq!(
        (&last["accepted"]["revision"], &last["accepted"]["discount"]),
        (&json!(2), &json!("5"))
    );
    assert_eq!(last["offered"].as_array().unwrap().len(), 2);
    let all = crm.ok("li", "quote.list", json!({"number": "QT-2026-000001"}));
    let revisions: Vec<&Value> =
        all["rows"].as_array().unwrap().iter().map(|row| &row["revision"]).collect();
    assert_eq!(revisions, [&json!(1), &json!(2)]);
    crm.sound();
}

#[test]
fn a_quote_is_over_on_the_day_after_its_last() {
    let crm = House::new();
    let quote = crm.quote(json!([crm.line("1", "0")]));
    let revised = crm.quote(json!([crm.line("1", "0")]));
    let past = json!({"name": "Q", "customer": crm.customer, "valid_until": "2026-09-20"});
    assert_eq!(crm.refused("li", "quote.create", past), "valid_until quote.valid_until");
    for id in [&quote, &revised] {
        crm.ok("li", "quote.submit", json!({"id": id}));
        crm.ok("li", "quote.send", json!({"id": id}));
    }
    crm.wait(30);
    let ticked = crm.ok("owner", "tick", json!({}));
    assert_eq!(ticked["done"], 0, "it holds on its last day");
    crm.wait(1);
    assert_eq!(crm.refused("li", "quote.accept", json!({"id": quote})), "quote.expired");
    crm.ok("owner", "tick", json!({}));
    assert_eq!(crm.ok("li", "quote.get", json!({"id": quote}))["state"], "expired");
    let due = crm.ok("owner", "reminder.due", json!({"channel": "app"}));
    assert!(due.to_string().contains("quote.expire"), "{due}");
    let again = crm.ok("li", "quote.revise", json!({"id": revised}));
    assert_eq!((&again["state"], &again["revision"]), (&json!("draft"), &json!(2)));
    assert_eq!(
        crm.refused("li", "quote.revise", json!({"id": revised})),
        "id quote.revised_already"
    );
    crm.sound();
}

#[test]
fn the_amount_of_a_deal_follows_its_quote_or_stays_and_somebody_says_which() {
    let crm = House::new();
    crm.ok("owner", "pipeline.template", json!({"template": "basic"}));
    let deal = |amount: Value| {
        let deal = json!({"customer": crm.customer, "name": "D", "amount": amount});
        crm.id("li", "opportunity.create", deal)
    };
    let sent = |deal: &str, copied: bool| {
        let lines = if copied { json!([]) } else { json!([crm.line("1", "0")]) };
        let quote = json!({"opportunity": deal, "lines": lines, "lines_of_opportunity": copied});
        let quote = crm.id("li", "quote.create", quote);
        crm.ok("li", "quote.submit", json!({"id": quote}));
        crm.ok("li", "quote.send", json!({"id": quote}));
        quote
    };
    let amount = |deal: &str| {
        let deal = crm.ok("li", "opportunity.get", json!({"id": deal}));
        (deal["amount"].clone(), deal["amount_basis"].clone())
    };
    let other = deal(cny("90000"));
    let quote = sent(&other, false);
    assert_eq!(
        crm.refused("li", "quote.accept", json!({"id": quote})),
        "deal_amount quote.deal_amount_unsaid"
    );
    crm.ok("li", "quote.accept", json!({"id": quote, "deal_amount": "follow"}));
    assert_eq!(amount(&other), (cny("100000.00"), json!("entered")));
    let kept = deal(cny("90000"));
    let quote = sent(&kept, false);
    crm.ok("li", "quote.accept", json!({"id": quote, "deal_amount": "keep"}));
    assert_eq!(amount(&kept).0, cny("90000.00"));
    let unknown = deal(Value::Null);
    let quote = sent(&unknown, false);
    crm.ok("li", "quote.accept", json!({"id": quote}));
    assert_eq!(amount(&unknown).0, cny("100000.00"), "nobody knew it before");
    let lined = deal(Value::Null);
    let lines =
        json!({"id": lined, "lines": [{"product": crm.press, "quantity": "2", "discount": "10"}]});
    crm.ok("li", "opportunity.set_lines", lines);
    let quote = sent(&lined, true);
    crm.ok("li", "quote.accept", json!({"id": quote}));
    assert_eq!(amount(&lined), (cny("180000.00"), json!("lines")), "the same: nothing to say");
    let stranger = crm.id("li", "customer.create", json!({"name": "B"}));
    let wrong = json!({"opportunity": lined, "customer": stranger});
    assert_eq!(
        crm.refused("li", "quote.create", wrong),
        "opportunity quote.opportunity_of_other_customer"
    );
    crm.sound();
}

#[test]
fn custom_values_of_quotes_and_contracts_are_found_after_an_edit() {
    let crm = House::new();
    for entity in ["quote", "contract"] {
        let field = json!({"entity": entity, "code": "tender", "label": "T", "field_type": "text",
            "indexed": true});
        crm.ok("owner", "custom_field.define", field);
    }
    let with = json!({"name": "Q", "customer": crm.customer, "custom": {"tender": "A-1"}});
    let quote = crm.id("li", "quote.create", with.clone());
    let to = |id: &str| json!({"id": id, "set": {"custom.tender": {"from": "A-1", "to": "A-2"}}});
    crm.ok("li", "quote.amend", to(&quote));
    let mut with = with;
    with["amount"] = cny("1");
    let contract = crm.id("li", "contract.create", with);
    crm.ok("li", "contract.edit", to(&contract));
    crm.sound();
}

#[test]
fn a_bundle_is_quoted_as_what_is_in_it_at_its_own_price() {
    let crm = House::new();
    let bundle = |code: &str, price: Value| {
        let made = json!({"code": code, "name": code, "price": price, "tax_rate": "13"});
        let id = crm.id("owner", "product.create", made);
        let parts = json!([{"product": crm.press, "quantity": "1"}, {"product": crm.cable, "quantity": "3"}]);
        crm.ok("owner", "product.set_parts", json!({"id": id, "parts": parts}));
        id
    };
    let (line, plain) = (bundle("LINE", cny("95000.01")), bundle("PLAIN", Value::Null));
    let quoted = |product: &str, extra: Value| {
        let mut wish = json!({"product": product, "quantity": "2"});
        wish.as_object_mut().unwrap().extend(extra.as_object().unwrap().clone());
        let quote = json!({"name": "Q", "customer": crm.customer, "lines": [wish]});
        crm.call("li", "quote.create", quote).map_err(|e| e.problem())
    };
    let quote = quoted(&line, json!({})).unwrap();
    assert_eq!(quote["net"], cny("190000.02"), "twice its price, to the fen");
    let quantities: Vec<&Value> =
        quote["lines"].as_array().unwrap().iter().map(|line| &line["quantity"]).collect();
    assert_eq!(quantities, [&json!("2"), &json!("6")]);
    assert!(quote["lines"].as_array().unwrap().iter().all(|part| part["bundle"] == json!(line)));
    assert_eq!(quoted(&line, json!({"discount": "50"})).unwrap()["net"], cny("95000.01"));
    assert_eq!(quoted(&plain, json!({})).unwrap()["net"], cny("200723.00"), "what is in it");
    assert_eq!(quoted(&plain, json!({"discount": "10"})).unwrap()["net"], cny("180650.70"));
    let dear = quoted(&line, json!({"unit_price": cny("100361.51")})).unwrap_err();
    assert_eq!(dear.violations[0].code, "quote.line.bundle_dearer");
    crm.sound();
}

#[test]
fn documents_are_kept_by_reference_and_looked_at_again() {
    let crm = House::new();
    let quote = crm.quote(json!([]));
    assert_eq!(crm.refused("li", "quote.submit", json!({"id": quote})), "quote.no_lines");
    let hash = "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855";
    let attach = |kind: &str, id: &str| {
        json!({"subject_kind": kind, "subject": id, "name": "报价书.pdf", "reference": "dms:1",
        "hash": hash, "media_type": "application/pdf"})
    };
    let document = crm.id("li", "document.attach", attach("quote", &quote));
    assert_eq!(
        crm.refused("li", "document.attach", attach("invoice", &quote)),
        "subject_kind reference.unknown"
    );
    assert_eq!(
        crm.refused("li", "document.attach", attach("customer", &quote)),
        "subject reference.unknown"
    );
    let looked = |hash: Value| {
        crm.ok("wu", "document.check", json!({"id": document, "hash": hash}))["state"].clone()
    };
    assert_eq!(looked(json!(hash)), "sound");
    assert_eq!(looked(json!(hash.replace('e', "f"))), "altered");
    assert_eq!(looked(Value::Null), "missing");
    let told = crm.ok("owner", "reminder.due", json!({"channel": "app"})).to_string();
    assert!(told.contains("document.altered") && told.contains("document.missing"), "{told}");
    let missing = crm.ok("li", "document.list", json!({}));
    assert_eq!(missing["rows"][0]["id"], json!(document));
    crm.ok("li", "document.remove", json!({"id": document}));
    let rows = crm.ok("li", "document.list", json!({"subject": quote}));
    assert_eq!(rows["rows"], json!([]));
    crm.sound();
}

/// Each state with each operation, on a real quote: exactly what the table says.
#[test]
fn every_operation_in_every_state_does_what_the_table_says() {
    let crm = House::new();
    let agreed = json!({"entity": "quote", "steps": []});
    let asks = json!({"entity": "quote", "steps": [
        {"code": "lead", "name": "主管", "approver": "manager"}]});
    let in_state = |state: QuoteState| {
        let policy = if state == QuoteState::InApproval { &asks } else { &agreed };
        crm.ok("owner", "approval_policy.define", policy.clone());
        let id = crm.quote(json!([crm.line("1", "0")]));
        let of = json!({"id": id});
        let why = json!({"id": id, "reason": "x"});
        let steps: &[(&str, &Value)] = match state {
            QuoteState::Draft => &[],
            QuoteState::InApproval | QuoteState::Approved => &[("quote.submit", &of)],
            QuoteState::Sent => &[("quote.submit", &of), ("quote.send", &of)],
            QuoteState::Accepted => {
                &[("quote.submit", &of), ("quote.send", &of), ("quote.accept", &of)]
            }
            QuoteState::Declined => {
                &[("quote.submit", &of), ("quote.send", &of), ("quote.decline", &why)]
            }
            QuoteState::Expired => &[("quote.submit", &of), ("quote.send", &of)],
            QuoteState::Withdrawn => &[("quote.withdraw", &why)],
            QuoteState::Superseded => {
                &[("quote.submit", &of), ("quote.send", &of), ("quote.revise", &of)]
            }
        };
        for (op, request) in steps {
            crm.ok("li", op, (*request).clone());
        }
        if state == QuoteState::Expired {
            crm.wait(31);
            crm.ok("owner", "tick", json!({}));
        }
        assert_eq!(crm.ok("li", "quote.get", of)["state"], state.code());
        id
    };
    for state in QuoteState::ALL {
        let lines = |id: &str| json!({"id": id, "lines": [crm.line("2", "0")]});
        let note = |id: &str| json!({"id": id, "set": {"note": {"to": "y"}}});
        let of = |id: &str| json!({"id": id});
        let why = |id: &str| json!({"id": id, "reason": "x"});
        let table: [(QuoteStep, &str, &dyn Fn(&str) -> Value); 8] = [
            (QuoteStep::Edit, "quote.set_lines", &lines),
            (QuoteStep::Edit, "quote.amend", &note),
            (QuoteStep::Submit, "quote.submit", &of),
            (QuoteStep::Send, "quote.send", &of),
            (QuoteStep::Accept, "quote.accept", &of),
            (QuoteStep::Decline, "quote.decline", &why),
            (QuoteStep::Withdraw, "quote.withdraw", &why),
            (QuoteStep::Revise, "quote.revise", &of),
        ];
        for (step, op, request) in table {
            let id = in_state(*state);
            crm.ok("owner", "approval_policy.define", asks.clone());
            match Quotes::next(*state, step) {
                Ok(after) => {
                    crm.ok("li", op, request(&id));
                    let now = crm.ok("li", "quote.get", of(&id));
                    assert_eq!(now["state"], after.code(), "{op} of one that is {state}");
                }
                Err(rule) => {
                    assert_eq!(
                        crm.refused("li", op, request(&id)),
                        rule,
                        "{op} of one that is {state}"
                    );
                }
            }
        }
    }
    crm.sound();
}
