//! Orders of accepted quotes through the door: parts, what they come to, the contract before them, who must agree to them.

use serde_json::{Value, json};

use super::quote_tests::{House, cny};

impl House {
    /// An accepted quote.
    fn accepted(&self, wish: Value) -> Value {
        let quote = self.id("li", "quote.create", wish);
        for op in ["quote.submit", "quote.send", "quote.accept"] {
            self.ok("li", op, json!({"id": quote}));
        }
        self.ok("li", "quote.get", json!({"id": quote}))
    }

    /// Presses, cable and freight, with discounts of every kind.
    fn machines(&self) -> Value {
        self.accepted(json!({"name": "压力机", "customer": self.customer, "rounding": "half_even",
            "rounding_scope": "total", "discount_amount": cny("333.33"), "lines": [
                {"product": self.press, "quantity": "3", "discount": "7"},
                {"product": self.cable, "quantity": "7", "discount_amount": cny("10.01")},
                {"description": "运费", "quantity": "1", "unit_price": cny("1800"), "tax_rate": "9"}]}))
    }

    fn order(&self, order: &Value) -> Value {
        self.ok("li", "order.get", json!({"id": order["id"]}))
    }

    fn state(&self, order: &str) -> Value {
        self.ok("li", "order.get", json!({"id": order}))["state"].clone()
    }

    /// An order of one press at a discount.
    fn direct(&self, discount: &str) -> String {
        let line = json!({"product": self.press, "quantity": "1", "discount": discount});
        let order = json!({"customer": self.customer, "lines": [line]});
        self.id("li", "order.create", order)
    }

    /// The manager of the author agrees to orders from 10 % off on, finance from 20 % on.
    fn rules_of_orders(&self) {
        let steps = json!([
            {"code": "lead", "name": "主管", "approver": "manager", "when": [{"discount": {"from": "10"}}]},
            {"code": "finance", "name": "财务", "approver": {"role": "finance"},
             "when": [{"discount": {"from": "20"}}]},
        ]);
        self.ok("owner", "approval_policy.define", json!({"entity": "order", "steps": steps}));
    }
}

fn minor(money: &Value) -> i64 {
    let amount = money["amount"].as_str().unwrap();
    amount.replace('.', "").parse().unwrap()
}

#[test]
fn an_accepted_quote_becomes_its_order_line_for_line() {
    let crm = House::new();
    let draft = json!({"name": "Q", "customer": crm.customer, "lines": []});
    let draft = crm.id("li", "quote.create", draft);
    assert_eq!(
        crm.refused("li", "order.from_quote", json!({"quote": draft})),
        "quote order.quote_not_accepted"
    );
    for mode in ["on_top", "included"] {
        let mut wish = json!({"name": "Q", "customer": crm.customer, "tax_mode": mode,
            "discount": "3", "payment_terms": "30%预付", "lines": [
                {"product": crm.press, "quantity": "2", "discount": "5"},
                {"product": crm.cable, "quantity": "3.5"},
                {"description": "安装", "quantity": "1", "unit_price": cny("0.99")}]});
        wish["tax_rate"] = json!("6");
        let quote = crm.accepted(wish);
        let request = json!({"quote": quote["id"], "due_on": "2026-12-01"});
        let made = crm.ok("li", "order.from_quote", request.clone());
        let again = crm.ok("li", "order.from_quote", request);
        assert_eq!((&made["created"], &again["created"]), (&json!(true), &json!(false)));
        assert_eq!(made["id"], again["id"], "the same call is the same order");
        let order = crm.order(&made);
        for (of_order, of_quote) in [("net", "net"), ("tax", "tax"), ("total", "gross")] {
            assert_eq!(order[of_order], quote[of_quote], "{mode}: {of_order}");
        }
        assert_eq!((&order["quote"], &order["owner"]), (&quote["id"], &quote["owner"]));
        let pairs =
            quote["lines"].as_array().unwrap().iter().zip(order["lines"].as_array().unwrap());
        for (offered, line) in pairs {
            assert_eq!(line["quote_line"], offered["id"]);
            for same in ["product", "quantity", "net", "tax", "tax_rate"] {
                assert_eq!(line[same], offered[same], "{mode}: {same}");
            }
        }
        assert_eq!(order["lines"][2]["text"], "安装");
        let without = if mode == "on_top" { "100000" } else { "88495.575221" };
        assert_eq!(order["lines"][0]["unit_price"], cny(without), "{mode}");
        assert_eq!(order["lines"][0]["discount"], "7.85", "95 % of 97 %");
        assert_eq!(
            crm.ok("li", "order.list", json!({"quote": quote["id"]}))["rows"][0]["id"],
            made["id"]
        );
    }
    crm.sound();
}

#[test]
fn parts_of_a_quote_add_up_to_it_and_what_is_called_off_can_be_ordered_again() {
    let crm = House::new();
    let quote = crm.machines();
    let (id, lines) = (quote["id"].clone(), quote["lines"].clone());
    let part = |key: &str, parts: Value| json!({"quote": id, "key": key, "parts": parts});
    let press = |quantity: &str| json!([{"line": lines[0]["id"], "quantity": quantity}]);
    let a = crm.ok("li", "order.from_quote", part("a", press("1")));
    let b = crm.ok("li", "order.from_quote", part("b", press("1")));
    assert_eq!(
        crm.refused("li", "order.from_quote", part("c", press("1.5"))),
        "parts[0].quantity order.part.exceeds_remaining"
    );
    for (parts, refused) in [
        (json!([{"line": id}]), "parts[0].line order.part.unknown"),
        (
            json!([{"line": lines[0]["id"]}, {"line": lines[0]["id"]}]),
            "parts[1].line order.part.twice",
        ),
        (press("0"), "parts[0].quantity order.line.quantity_zero"),
        (press("-1"), "parts[0].quantity quantity.negative"),
    ] {
        assert_eq!(crm.refused("li", "order.from_quote", part("d", parts)), refused);
    }
    crm.ok("li", "order.cancel", json!({"id": a["id"], "reason": "x"}));
    let left = crm.ok("li", "quote.remaining", json!({"id": id}));
    let left: Vec<&Value> =
        left["lines"].as_array().unwrap().iter().map(|l| &l["remaining"]).collect();
    assert_eq!(left, [&json!("2"), &json!("7"), &json!("1")]);
    let again = crm.ok("li", "order.from_quote", part("a", press("1")));
    assert_ne!(again["id"], a["id"], "the key of what was called off is free");
    let rest = crm.ok("li", "order.from_quote", json!({"quote": id}));
    let there = crm.ok("li", "order.from_quote", json!({"quote": id}));
    assert_eq!(there["id"], rest["id"]);
    assert_eq!(
        crm.refused("li", "order.from_quote", json!({"quote": id, "key": "z"})),
        "quote order.nothing_left"
    );
    let orders = [&b, &again, &rest].map(|order| crm.order(order));
    for (of_order, of_quote) in [("net", "net"), ("tax", "tax"), ("total", "gross")] {
        let sum: i64 = orders.iter().map(|order| minor(&order[of_order])).sum();
        assert_eq!(sum, minor(&quote[of_quote]), "{of_order}");
    }
    crm.sound();
}

#[test]
fn an_edit_of_what_was_offered_changes_how_much_and_not_for_how_much() {
    let crm = House::new();
    let quote = crm.machines();
    let made = crm.ok("li", "order.from_quote", json!({"quote": quote["id"]}));
    let order = crm.order(&made);
    let edit = |line: Value| json!({"id": made["id"], "lines": [line]});
    let first = order["lines"][0]["id"].clone();
    for (line, refused) in [
        (
            json!({"id": first, "quantity": "3", "discount": "50"}),
            "lines[0].discount order.line.quoted",
        ),
        (
            json!({"id": first, "quantity": "3", "unit_price": cny("1")}),
            "lines[0].unit_price order.line.quoted",
        ),
        (
            json!({"id": first, "quantity": "3", "tax_rate": "0"}),
            "lines[0].tax_rate order.line.quoted",
        ),
        (
            json!({"id": first, "product": crm.cable, "quantity": "3"}),
            "lines[0].product order.line.quoted",
        ),
        (json!({"id": first, "quantity": "4"}), "lines[0].quantity order.part.exceeds_remaining"),
    ] {
        assert_eq!(crm.refused("li", "order.edit", edit(line)), refused);
    }
    let less = crm.ok("li", "order.edit", edit(json!({"id": first, "quantity": "1"})));
    let third = minor(&quote["lines"][0]["net"]);
    assert!((minor(&less["net"]) * 3 - third).abs() <= 2, "a third of the line");
    let rest = crm.ok("li", "order.from_quote", json!({"quote": quote["id"], "key": "rest"}));
    let both = minor(&less["total"]) + minor(&crm.order(&rest)["total"]);
    assert_eq!(both, minor(&quote["gross"]), "what the edit left is in the next order");
    let unknown =
        json!({"customer": crm.customer, "lines": [{"quote_line": first, "quantity": "1"}]});
    assert!(
        crm.call("li", "order.create", unknown).is_err(),
        "nobody names a line of a quote by hand"
    );
    crm.sound();
}

#[test]
fn a_deal_is_ordered_by_its_lines_or_by_its_quote() {
    let crm = House::new();
    crm.ok(
        "owner",
        "pipeline.template",
        json!({"template": "basic", "name": "P", "is_default": true}),
    );
    let deal = || {
        let deal = json!({"name": "D", "customer": crm.customer});
        let deal = crm.id("li", "opportunity.create", deal);
        let line = json!({"product": crm.press, "quantity": "2"});
        crm.ok("li", "opportunity.set_lines", json!({"id": deal, "lines": [line]}));
        let quote =
            crm.accepted(json!({"name": "Q", "opportunity": deal, "lines_of_opportunity": true}));
        (deal, quote["id"].clone())
    };
    let (a, quote) = deal();
    let of = json!({"quote": quote});
    assert_eq!(crm.refused("li", "order.from_quote", of.clone()), "quote order.deal_not_won");
    let win = |deal: &str| {
        crm.ok("owner", "opportunity.win", json!({"id": deal, "override_reason": "x"}))
    };
    win(&a);
    let made = crm.ok("li", "order.from_quote", of);
    assert_eq!(crm.order(&made)["opportunity"], json!(a));
    let generate = json!({"opportunity": a});
    assert_eq!(
        crm.refused("li", "order.generate", generate.clone()),
        "opportunity order.ordered_by_quote"
    );
    crm.ok("li", "order.cancel", json!({"id": made["id"], "reason": "x"}));
    assert_eq!(crm.ok("li", "order.generate", generate)["created"], true);
    let (b, quote) = deal();
    win(&b);
    crm.ok("li", "order.generate", json!({"opportunity": b}));
    assert_eq!(
        crm.refused("li", "order.from_quote", json!({"quote": quote})),
        "quote order.ordered_by_deal"
    );
    crm.sound();
}

#[test]
fn an_order_is_handed_over_under_a_contract_that_both_signed() {
    let crm = House::new();
    let quote = crm.machines();
    let order = |key: &str| {
        let made = json!({"quote": quote["id"], "key": key,
            "parts": [{"line": quote["lines"][1]["id"], "quantity": "1"}]});
        let order = crm.id("li", "order.from_quote", made);
        for op in ["order.request_review", "order.confirm"] {
            crm.ok("li", op, json!({"id": order}));
        }
        order
    };
    let submit = |order: &str| crm.call("li", "order.submit", json!({"id": order}));
    assert!(submit(&order("free")).is_ok(), "nobody asks for a contract");
    crm.ok("owner", "settings.amend", json!({"set": {"contract_before_delivery": {"to": true}}}));
    let bound = order("bound");
    let refused = || crm.refused("li", "order.submit", json!({"id": bound}));
    assert_eq!(refused(), "contract contract.missing");
    let contract =
        crm.id("li", "contract.create", json!({"quote": quote["id"], "ends_on": "2026-12-30"}));
    assert_eq!(refused(), "contract contract.unsigned");
    crm.ok("li", "contract.submit", json!({"id": contract}));
    crm.both_sign(&contract, "b");
    assert_eq!(submit(&bound).unwrap()["contract"], json!(contract), "it says under which");
    let frame = json!({"name": "框架", "customer": crm.customer, "amount": cny("1000000"),
        "ends_on": "2026-10-30"});
    let frame = crm.id("li", "contract.create", frame);
    crm.ok("li", "contract.submit", json!({"id": frame}));
    crm.both_sign(&frame, "c");
    let direct = crm.direct("0");
    for op in ["order.request_review", "order.confirm"] {
        crm.ok("li", op, json!({"id": direct}));
    }
    assert_eq!(
        crm.refused("li", "order.submit", json!({"id": direct})),
        "contract contract.missing"
    );
    crm.ok("li", "order.reject", json!({"id": direct, "reason": "合同号"}));
    let other = crm.id("li", "customer.create", json!({"name": "Other"}));
    let elsewhere = json!({"customer": other, "contract": frame,
        "lines": [{"product": crm.cable, "quantity": "1"}]});
    assert_eq!(crm.refused("li", "order.create", elsewhere), "contract order.contract_elsewhere");
    crm.ok("li", "order.edit", json!({"id": direct, "contract": frame}));
    for op in ["order.request_review", "order.confirm", "order.submit"] {
        crm.ok("li", op, json!({"id": direct}));
    }
    crm.wait(60);
    let late = crm.id(
        "li",
        "order.create",
        json!({"customer": crm.customer, "contract": frame,
        "lines": [{"product": crm.cable, "quantity": "1"}]}),
    );
    for op in ["order.request_review", "order.confirm"] {
        crm.ok("li", op, json!({"id": late}));
    }
    assert_eq!(crm.refused("li", "order.submit", json!({"id": late})), "contract contract.ended");
    crm.sound();
}

#[test]
fn an_order_waits_for_those_who_must_agree_and_an_edit_voids_what_they_said() {
    let crm = House::new();
    crm.rules_of_orders();
    let full = crm.direct("5");
    let of = |order: &str| json!({"id": order});
    let review = |order: &str| crm.ok("li", "order.request_review", of(order));
    let request = |order: &str| {
        crm.ok("li", "order.get", of(order))["approval"]["id"]
            .as_str()
            .unwrap_or_default()
            .to_owned()
    };
    review(&full);
    assert_eq!(request(&full), "", "nobody is asked");
    assert_eq!(crm.ok("li", "order.confirm", of(&full))["state"], "confirmed");
    let cheap = crm.direct("25");
    review(&cheap);
    let seen = crm.ok("li", "order.get", of(&cheap));
    assert_eq!(seen["approval"]["measures"]["discount"], "25");
    assert!(!seen["allowed"].as_array().unwrap().contains(&json!("confirm")));
    assert_eq!(crm.refused("li", "order.confirm", of(&cheap)), "order.in_approval");
    let own = json!({"id": request(&cheap)});
    assert_eq!(crm.refused("li", "approval.approve", own.clone()), "approval.own");
    crm.ok("zhou", "approval.approve", own.clone());
    assert_eq!(crm.state(&cheap), "in_review", "finance has not said anything");
    crm.ok("qian", "approval.approve", own);
    assert_eq!(crm.state(&cheap), "confirmed", "all agreed");
    // Edited, it is another text.
    crm.ok("li", "order.reject", of(&cheap));
    let seen = crm.ok("li", "order.get", of(&cheap));
    assert_eq!((&seen["state"], &seen["approval"]["state"]), (&json!("draft"), &json!("voided")));
    let line = json!({"product": crm.press, "quantity": "1", "discount": "15"});
    crm.ok("li", "order.edit", json!({"id": cheap, "lines": [line]}));
    review(&cheap);
    let no = json!({"id": request(&cheap), "comment": "太低"});
    crm.ok("zhou", "approval.reject", no);
    assert_eq!(crm.state(&cheap), "draft");
    review(&cheap);
    crm.ok("li", "approval.recall", json!({"id": request(&cheap)}));
    assert_eq!(crm.state(&cheap), "draft");
    review(&cheap);
    crm.ok("zhou", "approval.approve", json!({"id": request(&cheap)}));
    crm.ok("li", "order.submit", of(&cheap));
    // A change order stays within what was agreed.
    let change = |discount: &str| {
        let line = json!({"product": crm.press, "quantity": "2", "discount": discount});
        json!({"id": cheap, "reason": "x", "lines": [line]})
    };
    assert_eq!(crm.refused("li", "order.change", change("20")), "order.change_not_approved");
    crm.ok("li", "order.change", change("19.99"));
    // Called off while somebody is asked: nobody is asked any more.
    let off = crm.direct("12");
    review(&off);
    crm.ok("li", "order.cancel", json!({"id": off, "reason": "x"}));
    assert_eq!(crm.ok("li", "order.get", of(&off))["approval"]["state"], "voided");
    crm.sound();
}

#[test]
fn rules_that_come_later_ask_before_an_order_is_handed_over() {
    let crm = House::new();
    let order = crm.direct("12");
    for op in ["order.request_review", "order.confirm"] {
        crm.ok("li", op, json!({"id": order}));
    }
    crm.rules_of_orders();
    assert_eq!(crm.refused("li", "order.submit", json!({"id": order})), "order.not_approved");
    crm.ok("li", "order.reject", json!({"id": order}));
    crm.ok("li", "order.request_review", json!({"id": order}));
    let seen = crm.ok("li", "order.get", json!({"id": order}));
    crm.ok("zhou", "approval.approve", json!({"id": seen["approval"]["id"]}));
    crm.ok("li", "order.submit", json!({"id": order}));
    // A quote was measured by its own lists; its order is measured as the quote was.
    let quote = crm.accepted(json!({"name": "Q", "customer": crm.customer,
        "lines": [{"product": crm.press, "quantity": "1", "discount": "30"}]}));
    let made = crm.id("li", "order.from_quote", json!({"quote": quote["id"]}));
    crm.ok("li", "order.request_review", json!({"id": made}));
    let seen = crm.ok("li", "order.get", json!({"id": made}));
    assert_eq!(seen["approval"]["measures"], quote["measures"]);
    crm.sound();
}
