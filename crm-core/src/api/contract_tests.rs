//! Contracts through the door: from an accepted quote to the renewal, and every step in every state.

use serde_json::{Value, json};

use super::quote_tests::{House, cny};
use crate::contract::{ContractState, ContractStep, Contracts};
use crate::machine::Machine;

impl House {
    /// A contract of 1,000.00 CNY from today on for 100 days.
    fn contract(&self) -> String {
        let wish = json!({"name": "服务合同", "customer": self.customer, "amount": cny("1000"),
            "ends_on": "2026-12-30", "notice_days": 30});
        self.id("li", "contract.create", wish)
    }

    /// Both sign a contract as it is, on a document of its own.
    pub(super) fn both_sign(&self, contract: &str, hash: &str) -> Value {
        let document = self.paper(contract, hash);
        let sign = |party: &str, by: &str| json!({"id": contract, "party": party, "signed_by": by, "document": document});
        self.ok("li", "contract.sign", sign("ours", "周敏"));
        self.ok("li", "contract.sign", sign("theirs", "王伟"))
    }

    fn paper(&self, contract: &str, hash: &str) -> String {
        let document = json!({"subject_kind": "contract", "subject": contract, "name": "合同.pdf",
            "reference": "dms:7", "hash": hash.repeat(64), "media_type": "application/pdf"});
        self.id("li", "document.attach", document)
    }
}

#[test]
fn a_quote_becomes_a_contract_without_retyping_and_every_difference_is_told() {
    let crm = House::new();
    let quote = json!({"name": "压力机", "customer": crm.customer, "payment_terms": "30%预付",
        "discount": "3", "lines": [{"product": crm.press, "quantity": "1", "discount": "5"},
                                    {"product": crm.cable, "quantity": "3"}]});
    let quote = crm.id("li", "quote.create", quote);
    let of = |quote: &str| json!({"quote": quote});
    assert_eq!(
        crm.refused("li", "contract.create", of(&quote)),
        "quote contract.quote_not_accepted"
    );
    for op in ["quote.submit", "quote.send", "quote.accept"] {
        crm.ok("li", op, json!({"id": quote}));
    }
    let contract = crm.ok("li", "contract.create", of(&quote));
    let quoted = crm.ok("li", "quote.get", json!({"id": quote}));
    for amount in ["net", "tax", "gross"] {
        assert_eq!(contract[amount], quoted[amount], "{amount}");
    }
    assert_eq!(contract["number"], "CT-2026-000001");
    let id = contract["id"].clone();
    let compared = crm.ok("li", "contract.compare", json!({"id": id}));
    assert_eq!((&compared["quote"], &compared["order"]), (&json!([]), &Value::Null));
    let mut lines = contract["agreed"]["lines"].clone();
    let wish = |line: &Value, quantity: &str| {
        json!({"product": line["product"], "description": null, "quantity": quantity,
        "unit_price": line["unit_price"], "discount": null, "tax_rate": "13", "tax_included": false})
    };
    let from = json!([wish(&lines[0], "1"), wish(&lines[1], "3")]);
    let to = json!([wish(&lines[0], "1"), wish(&lines[1], "4")]);
    let edit = json!({"id": id, "set": {"lines": {"from": from, "to": to},
        "payment_terms": {"from": "30%预付", "to": "货到付款"}}});
    let edited = crm.ok("li", "contract.edit", edit);
    assert_eq!(edited["agreed"]["lines"][0], lines[0], "what was not touched keeps its discounts");
    let compared = crm.ok("li", "contract.compare", json!({"id": id}));
    let kinds: Vec<&str> = compared["quote"]
        .as_array()
        .unwrap()
        .iter()
        .map(|it| it["kind"].as_str().unwrap())
        .collect();
    assert_eq!(kinds, ["amount", "tax", "terms", "quantity", "amount", "tax"]);
    lines.as_array_mut().unwrap().pop();
    let order = json!({"lines": lines, "net": edited["net"], "tax": edited["tax"],
        "gross": edited["gross"], "payment_terms": "货到付款"});
    let compared = crm.ok("li", "contract.compare", json!({"id": id, "order": order}));
    assert_eq!(compared["order"].as_array().unwrap().len(), 1);
    assert_eq!(compared["order"][0]["kind"], "missing");
    crm.sound();
}

#[test]
fn a_contract_is_signed_amended_renewed_and_ends() {
    let crm = House::new();
    let id = crm.contract();
    let early =
        json!({"id": id, "party": "ours", "signed_by": "周敏", "document": crm.paper(&id, "a")});
    assert_eq!(crm.refused("li", "contract.sign", early), "contract.not_approved");
    crm.ok("li", "contract.submit", json!({"id": id}));
    let signed = crm.both_sign(&id, "b");
    assert_eq!((&signed["state"], &signed["signed"]), (&json!("active"), &json!(true)));
    let document = signed["signatures"][0]["document"].clone();
    assert_eq!(crm.refused("li", "document.remove", json!({"id": document})), "id document.signed");
    let amount = json!({"from": cny("1000.00"), "to": cny("1200.00")});
    let amendment = json!({"id": id, "reason": "加一台", "set": {"amount": amount}});
    let amended = crm.ok("li", "contract.amend", amendment);
    assert_eq!((&amended["revision"], &amended["signed"]), (&json!(2), &json!(false)));
    assert_eq!(amended["versions"][0]["changes"]["agreed"][0]["second"], "1200.00 CNY");
    let again = json!({"id": id, "reason": "x", "set": {"name": {"from": "服务合同", "to": "B"}}});
    assert_eq!(crm.refused("li", "contract.amend", again), "contract.amendment_unsigned");
    assert_eq!(crm.both_sign(&id, "c")["signed"], true);
    crm.ok("owner", "settings.amend", json!({"set": {"contract_before_delivery": {"to": true}}}));
    let may = |id: Value| crm.ok("li", "contract.may_deliver", json!({"id": id}));
    assert_eq!(may(json!(id))["allowed"], true);
    assert_eq!(may(Value::Null)["why_not"]["code"], "contract.missing");
    let due = |crm: &House| {
        let rows = crm.ok("li", "contract.list", json!({"renewal_due": true}));
        rows["rows"].as_array().unwrap().len()
    };
    assert_eq!(due(&crm), 0);
    crm.wait(72);
    assert_eq!(due(&crm), 1, "thirty days before its last");
    crm.ok("owner", "tick", json!({}));
    let told = crm.ok("owner", "reminder.due", json!({"channel": "app"})).to_string();
    assert!(told.contains("contract.renewal"), "{told}");
    let next = crm.ok("li", "contract.renew", json!({"id": id}));
    assert_eq!((&next["starts_on"], &next["previous"]), (&json!("2026-12-31"), &json!(id)));
    assert_eq!((due(&crm), next["net"].clone()), (0, cny("1200.00")));
    assert_eq!(
        crm.refused("li", "contract.renew", json!({"id": id})),
        "id contract.renewed_already"
    );
    let ends = crm.ok("li", "contract.list", json!({"ends_by": "2026-12-30"}));
    assert_eq!(ends["rows"].as_array().unwrap().len(), 1);
    crm.wait(31);
    crm.ok("owner", "tick", json!({}));
    assert_eq!(crm.ok("li", "contract.get", json!({"id": id}))["state"], "expired");
    assert_eq!(may(json!(id))["why_not"]["code"], "contract.ended");
    crm.sound();
}

#[test]
fn a_contract_waits_for_approval_and_an_edit_voids_it() {
    let crm = House::new();
    let steps = json!([{"code": "boss", "name": "老板", "approver": {"role": "manager"},
        "when": [{"amount": {"from": cny("500")}}]}]);
    crm.ok("owner", "approval_policy.define", json!({"entity": "contract", "steps": steps}));
    let id = crm.contract();
    let asked = crm.ok("li", "contract.submit", json!({"id": id}));
    assert_eq!(asked["state"], "in_approval");
    let edit = |to: &str| json!({"id": id, "set": {"terms": {"to": to}}});
    let edited = crm.ok("li", "contract.edit", edit("保修两年"));
    assert_eq!(
        (&edited["state"], &edited["approval"]["state"]),
        (&json!("draft"), &json!("voided"))
    );
    let asked = crm.ok("li", "contract.submit", json!({"id": id}));
    crm.ok("zhou", "approval.approve", json!({"id": asked["approval"]["id"]}));
    let paper = crm.paper(&id, "d");
    let sign = json!({"id": id, "party": "ours", "signed_by": "周敏", "document": paper});
    crm.ok("li", "contract.sign", sign);
    let late = json!({"id": id, "set": {"terms": {"from": "保修两年", "to": "x"}}});
    assert_eq!(crm.refused("li", "contract.edit", late), "contract.signed_by_one");
    crm.sound();
}

/// Each state with each operation, on a real contract: exactly what the table says.
#[test]
fn every_operation_in_every_state_does_what_the_table_says() {
    let crm = House::new();
    let agreed = json!({"entity": "contract", "steps": []});
    let asks = json!({"entity": "contract", "steps": [
        {"code": "boss", "name": "老板", "approver": {"role": "manager"}}]});
    let in_state = |state: ContractState| {
        let policy = if state == ContractState::InApproval { &asks } else { &agreed };
        crm.ok("owner", "approval_policy.define", policy.clone());
        let wish = json!({"name": "A", "customer": crm.customer, "amount": cny("1"),
            "ends_on": if state == ContractState::Expired { "2026-09-21" } else { "2030-12-30" }});
        let id = if state == ContractState::Expired {
            let today = crm.ok(
                "li",
                "contract.create",
                json!({"name": "A", "customer": crm.customer,
                "amount": cny("1")}),
            );
            let (id, start) = (today["id"].as_str().unwrap().to_owned(), &today["starts_on"]);
            let end = json!({"id": id, "set": {"ends_on": {"to": start}}});
            crm.ok("li", "contract.edit", end);
            id
        } else {
            crm.id("li", "contract.create", wish)
        };
        if state != ContractState::Draft && state != ContractState::Withdrawn {
            crm.ok("li", "contract.submit", json!({"id": id}));
        }
        match state {
            ContractState::Draft | ContractState::InApproval | ContractState::Approved => {}
            ContractState::Active => drop(crm.both_sign(&id, "e")),
            ContractState::Expired => {
                crm.both_sign(&id, "e");
                crm.wait(1);
                crm.ok("owner", "tick", json!({}));
            }
            ContractState::Terminated => {
                crm.both_sign(&id, "e");
                crm.ok("li", "contract.terminate", json!({"id": id, "reason": "x"}));
            }
            ContractState::Withdrawn => {
                drop(crm.ok("li", "contract.withdraw", json!({"id": id, "reason": "x"})));
            }
        }
        assert_eq!(crm.ok("li", "contract.get", json!({"id": id}))["state"], state.code());
        id
    };
    for state in ContractState::ALL {
        let name = |id: &str| json!({"id": id, "set": {"name": {"from": "A", "to": "B"}}});
        let amend =
            |id: &str| json!({"id": id, "reason": "x", "set": {"name": {"from": "A", "to": "B"}}});
        let of = |id: &str| json!({"id": id});
        let why = |id: &str| json!({"id": id, "reason": "x"});
        let sign = |id: &str| json!({"id": id, "party": "ours", "signed_by": "周敏", "document": crm.paper(id, "e")});
        let table: [(ContractStep, &str, &dyn Fn(&str) -> Value); 7] = [
            (ContractStep::Edit, "contract.edit", &name),
            (ContractStep::Submit, "contract.submit", &of),
            (ContractStep::Sign, "contract.sign", &sign),
            (ContractStep::Amend, "contract.amend", &amend),
            (ContractStep::Renew, "contract.renew", &of),
            (ContractStep::Terminate, "contract.terminate", &why),
            (ContractStep::Withdraw, "contract.withdraw", &why),
        ];
        for (step, op, request) in table {
            let id = in_state(*state);
            crm.ok("owner", "approval_policy.define", asks.clone());
            let request = request(&id);
            match Contracts::next(*state, step) {
                // Both have signed this revision already: the machine has no say in that.
                Ok(_) if (*state, step) == (ContractState::Active, ContractStep::Sign) => {
                    let refused = crm.refused("li", op, request);
                    assert_eq!(refused, "party contract.signed_already");
                }
                Ok(after) => {
                    crm.ok("li", op, request);
                    let now = crm.ok("li", "contract.get", of(&id));
                    assert_eq!(now["state"], after.code(), "{op} of one that is {state}");
                }
                Err(rule) => {
                    let refused = crm.refused("li", op, request);
                    assert_eq!(refused, rule, "{op} of one that is {state}");
                }
            }
        }
    }
    crm.sound();
}
