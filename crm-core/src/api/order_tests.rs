//! Orders and their money through the door.

use serde_json::{Value, json};

use super::party_tests::Host;

/// A house that sells one product to one customer.
struct Shop {
    host: Host,
    customer: String,
    product: String,
}

impl Shop {
    fn open() -> Self {
        let host = Host::new();
        let customer = host.id("customer.create", json!({"name": "C"}));
        let price = json!({"amount": "10", "currency": "CNY"});
        let product = host.id("product.create", json!({"code": "P", "name": "P", "price": price}));
        Self { host, customer, product }
    }

    fn line(&self, quantity: &str) -> Value {
        json!({"product": self.product, "quantity": quantity})
    }

    /// A draft of ten pieces, due in a week; half of it to be paid in ten days.
    fn draft(&self) -> String {
        let (due, half) = (self.day(7), self.day(10));
        let terms = json!([{"percent": "50", "due": {"on": half}},
            {"percent": "50", "due": {"after": {"milestone": "delivered", "days": 30}}}]);
        self.host.id(
            "order.create",
            json!({"customer": self.customer, "lines": [self.line("10")], "due_on": due,
                "terms": terms}),
        )
    }

    /// The day so many days from now, in Shanghai.
    fn day(&self, days: i64) -> String {
        let at = self.host.at((days * 24 + 8) * 60);
        at.split('T').next().unwrap().to_owned()
    }

    fn number(&self, order: &str) -> String {
        self.host.ok("order.get", json!({"id": order}))["number"].as_str().unwrap().to_owned()
    }

    fn report(&self, order: &str, key: &str, kind: &str) -> Value {
        let number = self.number(order);
        let event = json!({"source": "erp", "key": key, "order_number": number, "kind": kind});
        self.host.ok("order.record_event", event)
    }

    /// An order in a state.
    fn in_state(&self, state: &str) -> String {
        let order = self.draft();
        let ok = |op: &str| self.host.ok(op, json!({"id": order}));
        let steps: &[&str] = match state {
            "draft" => &[],
            "in_review" => &["order.request_review"],
            "confirmed" => &["order.request_review", "order.confirm"],
            "cancelled" => &[],
            _ => &["order.request_review", "order.confirm", "order.submit"],
        };
        steps.iter().for_each(|op| drop(ok(op)));
        match state {
            "in_delivery" => {
                let number = self.number(&order);
                let event = json!({"source": "erp", "key": order, "order_number": number,
                    "kind": "shipped", "quantity": "4", "line": 0});
                self.host.ok("order.record_event", event);
            }
            "delivered" | "completed" => drop(self.report(&order, &order, "delivered")),
            "cancelled" => {
                self.host.ok("order.cancel", json!({"id": order, "reason": "x"}));
            }
            _ => {}
        }
        if state == "completed" {
            ok("order.complete");
        }
        assert_eq!(self.state(&order), state);
        order
    }

    fn state(&self, order: &str) -> String {
        self.host.ok("order.get", json!({"id": order}))["state"].as_str().unwrap().to_owned()
    }

    fn receivable(&self, order: &str) -> String {
        let seen = self.host.ok("payment.receivable", json!({"order": order}));
        let of = |what: &str| seen[what]["amount"].as_str().unwrap().to_owned();
        let [total, paid, credited, left] = ["total", "paid", "credited", "receivable"].map(of);
        format!("{total} - {paid} - {credited} = {left} {}", seen["state"].as_str().unwrap())
    }

    fn sound(&self) {
        assert_eq!(self.host.ok("store.verify", json!({}))["faults"], json!([]));
    }
}

#[test]
fn every_operation_on_an_order_in_every_state() {
    let shop = Shop::open();
    let cny = |amount: &str| json!({"amount": amount, "currency": "CNY"});
    // What is done; where it leads from each state, or the rule that refuses it.
    #[rustfmt::skip]
    let table = [
        // state                      draft  in_review  confirmed  submitted  in_delivery  delivered  completed  cancelled
        ("order.request_review", json!({}), ["→ in_review", "order.in_review", "order.already_confirmed", "order.already_submitted", "order.already_submitted", "order.already_submitted", "order.already_submitted", "order.cancelled"]),
        ("order.reject", json!({"reason": "x"}), ["order.not_reviewed", "→ draft", "→ draft", "order.already_submitted", "order.already_submitted", "order.already_submitted", "order.already_submitted", "order.cancelled"]),
        ("order.confirm", json!({}), ["order.not_reviewed", "→ confirmed", "order.already_confirmed", "order.already_submitted", "order.already_submitted", "order.already_submitted", "order.already_submitted", "order.cancelled"]),
        ("order.submit", json!({}), ["order.not_reviewed", "order.not_reviewed", "→ submitted", "order.already_submitted", "order.already_submitted", "order.already_submitted", "order.already_submitted", "order.cancelled"]),
        ("order.edit", json!({"freight": cny("1.00")}), ["→ draft", "order.in_review", "order.in_review", "order.change_order_needed", "order.change_order_needed", "order.already_delivered", "order.already_delivered", "order.cancelled"]),
        ("order.change", json!({"freight": cny("1.00"), "reason": "x"}), ["order.not_submitted", "order.not_submitted", "order.not_submitted", "→ submitted", "→ in_delivery", "order.already_delivered", "order.already_delivered", "order.cancelled"]),
        ("order.cancel", json!({"reason": "x"}), ["→ cancelled", "→ cancelled", "→ cancelled", "→ cancelled", "order.already_shipped", "order.already_delivered", "order.already_delivered", "order.cancelled"]),
        ("order.complete", json!({}), ["order.not_submitted", "order.not_submitted", "order.not_submitted", "order.not_delivered", "order.not_delivered", "→ completed", "order.already_completed", "order.cancelled"]),
        ("order.return", json!({"key": "r", "reason": "x"}), ["order.not_submitted", "order.not_submitted", "order.not_submitted", "order.nothing_delivered", "order.nothing_delivered", "→ delivered", "→ completed", "order.cancelled"]),
    ];
    let states = crate::order::OrderState::CODES;
    for (op, request, expected) in table {
        for (state, expected) in states.iter().zip(expected) {
            let order = shop.in_state(state);
            let mut request = request.clone();
            request["id"] = json!(order);
            let before = shop.receivable(&order);
            let found = match shop.host.call(op, request) {
                Ok(_) => format!("→ {}", shop.state(&order)),
                Err(error) => {
                    assert_eq!(shop.state(&order), *state, "a refusal changes nothing");
                    assert_eq!(shop.receivable(&order), before, "a refusal changes nothing");
                    error.problem().violations[0].code.clone()
                }
            };
            assert_eq!(found, expected, "{op} of one that is {state}");
        }
    }
    shop.sound();
}

#[test]
fn reports_come_in_any_order_twice_and_before_their_order() {
    let shop = Shop::open();
    let event = |number: &str, key: &str, kind: &str, extra: Value| {
        let mut event = json!({"source": "erp", "key": key, "order_number": number, "kind": kind});
        for (field, value) in extra.as_object().unwrap() {
            event[field] = value.clone();
        }
        shop.host.call("order.record_event", event)
    };
    let early =
        event("SO-2026-000001", "e0", "shipped", json!({"line": 0, "quantity": "4"})).unwrap();
    assert_eq!((&early["status"], &early["reason"]), (&json!("parked"), &json!("order.unknown")));
    let order = shop.draft();
    let parked = shop.host.ok("order.events", json!({}));
    assert_eq!(parked["rows"][0]["reason"], "order.not_submitted");
    for op in ["order.request_review", "order.confirm", "order.submit"] {
        shop.host.ok(op, json!({"id": order}));
    }
    let number = shop.number(&order);
    assert_eq!(number, "SO-2026-000001");
    // The report of before the submission happened before the order was made: it is of its day, so it counts.
    assert_eq!(shop.state(&order), "in_delivery", "what waited is applied");
    let done = event(&number, "e2", "delivered", json!({"line": 0, "quantity": "6"})).unwrap();
    assert_eq!((&done["new"], &done["state"]), (&json!(true), &json!("in_delivery")));
    let again = event(&number, "e2", "delivered", json!({"line": 0, "quantity": "6"})).unwrap();
    assert_eq!((&again["new"], &again["state"]), (&json!(false), &json!("in_delivery")));
    let other = event(&number, "e2", "delivered", json!({"line": 0, "quantity": "7"})).unwrap_err();
    assert_eq!(other.problem().violations[0].code, "order.event_conflict");
    let done = event(&number, "e1", "delivered", json!({"line": 0, "quantity": "4"})).unwrap();
    assert_eq!(done["state"], "delivered");
    let line = event(&number, "e9", "shipped", json!({"line": 7})).unwrap();
    assert_eq!(line["reason"], "order.line.unknown");
    let bad = event(&number, "e8", "eaten", json!({"quantity": "0"})).unwrap_err();
    let codes: Vec<String> = bad.problem().violations.into_iter().map(|v| v.code).collect();
    assert_eq!(codes, ["code.unknown", "order.line.quantity_zero"]);
    shop.sound();
}

#[test]
fn what_is_late_is_seen_without_anybody_saying_so_and_told_once() {
    let shop = Shop::open();
    let order = shop.in_state("submitted");
    shop.host.wait(8 * 24 * 60);
    shop.host.ok("tick", json!({"limit": 1000}));
    shop.host.ok("tick", json!({"limit": 1000}));
    let open = shop.host.ok("order.exceptions", json!({}));
    assert_eq!(open["rows"].as_array().unwrap().len(), 1);
    assert_eq!(open["rows"][0]["kind"], "late");
    let notices = shop.host.ok("reminder.due", json!({"channel": "app", "limit": 100}));
    let codes: Vec<&str> = notices["notices"]
        .as_array()
        .unwrap()
        .iter()
        .map(|row| row["code"].as_str().unwrap())
        .collect();
    assert_eq!(codes.iter().filter(|code| **code == "order.late").count(), 1, "{codes:?}");
    assert_eq!(codes.iter().filter(|code| **code == "order.remind").count(), 1, "{codes:?}");
    shop.report(&order, "d", "delivered");
    let open = shop.host.ok("order.exceptions", json!({}));
    assert_eq!(open["rows"], json!([]), "it is over when it is there");
    let was = shop.host.ok("order.exceptions", json!({"order": order}));
    assert!(was["rows"][0]["cleared_at"].is_string());
    shop.sound();
}

#[test]
fn a_won_deal_becomes_orders_until_nothing_is_left() {
    let shop = Shop::open();
    let host = &shop.host;
    host.ok("pipeline.template", json!({"template": "basic", "name": "P", "is_default": true}));
    let deal = host.id("opportunity.create", json!({"name": "D", "customer": shop.customer}));
    host.ok(
        "opportunity.set_lines",
        json!({"id": deal, "lines": [shop.line("10"), shop.line("3")]}),
    );
    assert_eq!(
        host.refused("order.generate", json!({"opportunity": deal})),
        "opportunity order.deal_not_won"
    );
    let seen = host.ok("opportunity.get", json!({"id": deal}));
    let first = seen["lines"][0]["id"].clone();
    let mut won = host.call("opportunity.win", json!({"id": deal}));
    if won.is_err() {
        won = host.call("opportunity.win", json!({"id": deal, "override_reason": "x"}));
    }
    assert!(won.is_ok(), "{:?}", won.map_err(|e| e.problem()));
    let part =
        json!({"opportunity": deal, "key": "a", "parts": [{"line": first, "quantity": "4"}]});
    let a = host.ok("order.generate", part.clone());
    assert_eq!(a["created"], true);
    assert_eq!(host.ok("order.generate", part)["id"], a["id"], "the same call is the same order");
    let rest = host.ok("order.generate", json!({"opportunity": deal}));
    let lines = host.ok("order.get", json!({"id": rest["id"]}))["lines"].clone();
    assert_eq!((&lines[0]["quantity"], &lines[1]["quantity"]), (&json!("6"), &json!("3")));
    let again = host.ok("order.generate", json!({"opportunity": deal}));
    assert_eq!((&again["id"], &again["created"]), (&rest["id"], &json!(false)));
    let more =
        json!({"opportunity": deal, "key": "b", "parts": [{"line": first, "quantity": "1"}]});
    assert_eq!(
        host.refused("order.generate", more.clone()),
        "parts[0].quantity order.part.exceeds_remaining"
    );
    host.ok("order.cancel", json!({"id": a["id"], "reason": "x"}));
    let left = host.ok("order.remaining", json!({"opportunity": deal}));
    assert_eq!(left["lines"][0]["remaining"], "4", "what is called off can be ordered again");
    assert_eq!(host.ok("order.generate", more)["created"], true);
    let direct = shop.in_state("submitted");
    let outside = host.ok("order.list", json!({"direct": true}));
    assert_eq!(outside["rows"][0]["id"], json!(direct));
    shop.sound();
}

#[test]
fn orders_make_a_customer_an_existing_one_and_calling_off_does_not() {
    let shop = Shop::open();
    let standing = || {
        let seen = shop.host.ok("customer.standing", json!({"id": shop.customer}));
        seen["standing"].as_str().unwrap().to_owned()
    };
    assert_eq!(standing(), "potential");
    let order = shop.in_state("submitted");
    assert_eq!(standing(), "existing");
    shop.host.ok("order.cancel", json!({"id": order, "reason": "x"}));
    assert_eq!(standing(), "potential");
    let by_hand = json!({"id": shop.customer, "set": {"standing": {"to": "existing"}}});
    assert_eq!(shop.host.refused("customer.amend", by_hand), "set.standing field.unknown");
}

#[test]
fn the_money_of_an_order_from_its_plan_to_its_last_refund() {
    let shop = Shop::open();
    let host = &shop.host;
    let order = shop.in_state("confirmed");
    assert_eq!(shop.receivable(&order), "0.00 - 0.00 - 0.00 = 0.00 void");
    host.ok("order.submit", json!({"id": order}));
    assert_eq!(shop.receivable(&order), "100.00 - 0.00 - 0.00 = 100.00 unpaid");
    let pay = |amount: &str, reference: &str| {
        host.call(
            "payment.receive",
            json!({"order": order, "reference": reference,
            "amount": {"amount": amount, "currency": "CNY"}}),
        )
    };
    let first = pay("30", "TT-1").unwrap();
    assert_eq!(shop.receivable(&order), "100.00 - 30.00 - 0.00 = 70.00 partly_paid");
    let twice = pay("30", "TT-1").unwrap();
    assert_eq!((&twice["id"], &twice["new"]), (&first["id"], &json!(false)));
    assert_eq!(shop.receivable(&order), "100.00 - 30.00 - 0.00 = 70.00 partly_paid");
    let other = pay("31", "TT-1").unwrap_err();
    assert_eq!(other.problem().violations[0].code, "payment.reference_conflict");
    // The first half is due on the tenth day, and overdue on the eleventh.
    host.wait(11 * 24 * 60);
    assert_eq!(shop.receivable(&order), "100.00 - 30.00 - 0.00 = 70.00 overdue");
    host.ok("tick", json!({"limit": 1000}));
    host.ok("tick", json!({"limit": 1000}));
    let dunned = host.ok("payment.dunnings", json!({"order": order}));
    assert_eq!(dunned["rows"].as_array().unwrap().len(), 1, "each step once");
    assert_eq!(
        (&dunned["rows"][0]["step"], &dunned["rows"][0]["amount"]["amount"]),
        (&json!("overdue"), &json!("20.00"))
    );
    let late = host.ok("payment.lateness", json!({"customer": shop.customer}));
    assert_eq!((&late["late"], &late["habitual"]), (&json!(1), &json!(false)));
    let aged = host.ok("report.ageing", json!({}));
    assert_eq!(aged["figures"][0]["value"], "70.00");
    assert_eq!(aged["figures"][1]["value"], "20.00");
    let before = host.ok("report.ageing", json!({"as_of": shop.day(-12)}));
    assert_eq!(before["figures"][0]["value"], "0.00", "nothing was owed before there was an order");
    pay("90", "TT-2").unwrap();
    assert_eq!(shop.receivable(&order), "100.00 - 100.00 - 0.00 = 0.00 paid");
    let balance = host.ok("payment.balance", json!({"customer": shop.customer}));
    assert_eq!(balance["balances"][0]["credit"]["amount"], "20.00", "over-payment is credit");
    shop.report(&order, "d", "delivered");
    host.ok(
        "order.return",
        json!({"id": order, "key": "r1", "reason": "broken",
        "lines": [{"line": 0, "quantity": "3"}]}),
    );
    host.ok(
        "order.return",
        json!({"id": order, "key": "r1", "reason": "broken",
        "lines": [{"line": 0, "quantity": "3"}]}),
    );
    assert_eq!(shop.receivable(&order), "100.00 - 70.00 - 30.00 = 0.00 paid");
    let balance = host.ok("payment.balance", json!({"customer": shop.customer}));
    assert_eq!(balance["balances"][0]["credit"]["amount"], "50.00");
    let second = pay("90", "TT-2").unwrap();
    assert_eq!(second["credit"]["amount"], "50.00");
    host.ok(
        "payment.refund",
        json!({"id": second["id"], "reason": "asked",
        "amount": {"amount": "20", "currency": "CNY"}}),
    );
    let next = shop.in_state("submitted");
    host.ok("payment.allocate", json!({"id": second["id"], "order": next}));
    assert_eq!(shop.receivable(&next), "100.00 - 30.00 - 0.00 = 70.00 partly_paid");
    let gone = host.refused("payment.void", json!({"id": second["id"], "reason": "x"}));
    assert_eq!(gone, "id payment.refunded");
    host.ok("order.cancel", json!({"id": next, "reason": "no budget"}));
    assert_eq!(shop.receivable(&next), "100.00 - 0.00 - 100.00 = 0.00 void");
    let balance = host.ok("payment.balance", json!({"customer": shop.customer}));
    assert_eq!(balance["balances"][0]["credit"]["amount"], "30.00");
    // Whoever reads the ledger from the beginning has every balance.
    let (mut after, mut sums) = (Value::Null, std::collections::BTreeMap::new());
    loop {
        let page = host.ok("ledger.entries", json!({"limit": 5, "after": after}));
        for entry in page["rows"].as_array().unwrap() {
            let amount = entry["amount"]["amount"].as_str().unwrap();
            let fen: i64 = amount.replace('.', "").parse().unwrap();
            *sums.entry(entry["debit"].as_str().unwrap().to_owned()).or_insert(0) += fen;
            *sums.entry(entry["credit"].as_str().unwrap().to_owned()).or_insert(0) -= fen;
        }
        after = page["next"].clone();
        if after.is_null() {
            break;
        }
    }
    assert_eq!(sums["receivable"], 0);
    assert_eq!(sums["customer_credit"], -3_000);
    assert_eq!(sums["cash"], 10_000);
    assert_eq!(sums["returns"], 3_000);
    assert_eq!(sums["revenue"], -10_000);
    shop.sound();
}

#[test]
fn figures_in_the_base_currency_keep_their_rate() {
    let shop = Shop::open();
    let host = &shop.host;
    let order = |quantity: &str| {
        let line = json!({"product": shop.product, "quantity": quantity,
            "unit_price": {"amount": "10", "currency": "USD"}});
        let id = host.id("order.create", json!({"customer": shop.customer, "lines": [line]}));
        for op in ["order.request_review", "order.confirm", "order.submit"] {
            host.ok(op, json!({"id": id}));
        }
        id
    };
    let figures = || {
        let report = host.ok("report.orders", json!({}));
        let of = |key: &str| {
            let figures = report["figures"].as_array().unwrap();
            figures.iter().find(|f| f["key"] == key).unwrap()["value"].clone()
        };
        (of("base_total"), of("unpriced"), of("other_currency"))
    };
    let first = order("10");
    assert_eq!(figures(), (json!("0.00"), json!(1), json!(1)), "no rate, no sum");
    let rate = |day: String, rate: &str| json!({"from": "USD", "to": "CNY", "day": day, "rate": rate, "source": "PBOC"});
    let set = host.ok("rate.set", rate(shop.day(0), "7.1"));
    assert_eq!(set["priced"], 1);
    assert_eq!(figures(), (json!("710.00"), json!(0), json!(1)));
    let known = host.refused("rate.set", rate(shop.day(0), "7.2"));
    assert_eq!(known, "rate rate.exists");
    host.wait(2 * 24 * 60);
    host.ok("rate.set", rate(shop.day(0), "8"));
    assert_eq!(figures().0, json!("710.00"), "what was frozen stays");
    order("1");
    assert_eq!(figures().0, json!("790.00"));
    // A change order keeps the rate of the order.
    let line = host.ok("order.get", json!({"id": first}))["lines"][0].clone();
    host.ok("order.change", json!({"id": first, "reason": "more", "lines": [
        {"id": line["id"], "product": shop.product, "quantity": "20", "unit_price": line["unit_price"]}]}));
    assert_eq!(figures().0, json!("1500.00"));
    shop.sound();
}

#[test]
fn who_may_write_money_is_not_who_sells() {
    let shop = Shop::open();
    let order = shop.in_state("submitted");
    shop.host.ok("user.create", json!({"login": "rep", "name": "R", "role": "rep"}));
    let denied = crate::access::permits(crate::access::Role::Rep, crate::access::Access::Money);
    assert!(!denied);
    let plan = json!({"order": order, "terms": [{"percent": "30", "due": "open"}]});
    let seen = shop.host.ok("payment.plan", plan);
    assert_eq!(seen["unscheduled"]["amount"], "100.00");
}
