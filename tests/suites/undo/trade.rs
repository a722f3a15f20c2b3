//! Two customers who have quotes, contracts, orders, payments and service requests each become one, and two again.

use crm_core::undo::names;

use super::*;

/// What a customer buys: an accepted quote, a signed contract, its order in two parts, of which one is delivered, comes back
/// in part and is paid too much; a direct order that is overdue and called off; a complaint, and what they said of it.
/// Ids begin at `from`.
fn buys(house: &mut House, customer: u64, contact: u64, from: u64) {
    let of = |n: u64| id(from + n);
    let cny = |amount: &str| json!({"amount": amount, "currency": "CNY"});
    let lines = json!([{"product": id(43), "quantity": "3"},
        {"description": "Freight", "quantity": "1", "unit_price": cny("5.00"), "tax_rate": "9"}]);
    let quote = json!({"id": of(0), "name": "Q", "customer": id(customer), "contact": id(contact),
        "discount_amount": cny("1.00"), "lines": lines});
    house.ok("quote.create", quote);
    for op in ["quote.submit", "quote.send", "quote.accept"] {
        house.ok(op, json!({"id": of(0)}));
    }
    let contract = json!({"id": of(1), "quote": of(0), "contact": id(contact), "their_party": "They",
        "ends_on": "2030-12-31"});
    house.ok("contract.create", contract);
    house.ok("contract.submit", json!({"id": of(1)}));
    let paper = json!({"id": of(2), "subject_kind": "contract", "subject": of(1), "name": "K",
        "reference": "d", "hash": "0".repeat(64), "media_type": "text/plain"});
    house.ok("document.attach", paper);
    for party in ["ours", "theirs"] {
        let sign = json!({"id": of(1), "party": party, "signed_by": "W", "document": of(2)});
        house.ok("contract.sign", sign);
    }
    let offered = house.ok("quote.get", json!({"id": of(0)}));
    let part = json!([{"line": offered["lines"][0]["id"], "quantity": "2"}]);
    let half = |day: &str| json!({"percent": "50", "due": {"on": day}});
    let wish = json!({"quote": of(0), "key": "a", "parts": part, "terms": [half("2026-02-01"), half("2026-03-01")]});
    let order = house.ok("order.from_quote", wish)["id"].clone();
    house.ok("order.from_quote", json!({"quote": of(0)}));
    for op in ["order.request_review", "order.confirm", "order.submit"] {
        house.ok(op, json!({"id": order}));
    }
    let number = house.ok("order.get", json!({"id": order}))["number"].clone();
    let event = json!({"source": "erp", "key": of(3), "order_number": number, "kind": "delivered"});
    house.ok("order.record_event", event);
    let paid = json!({"id": of(4), "order": order, "amount": cny("30.00"), "reference": of(4)});
    house.ok("payment.receive", paid);
    let back =
        json!({"id": order, "key": "r", "reason": "x", "lines": [{"line": 0, "quantity": "1"}]});
    house.ok("order.return", back);
    house.ok("payment.refund", json!({"id": of(4), "amount": cny("1.00"), "reason": "x"}));
    house.ok("order.complete", json!({"id": order}));
    let late = json!({"id": of(5), "customer": id(customer), "contact": id(contact), "due_on": "2026-01-20",
        "terms": [half("2026-01-10"), half("2026-01-20")], "lines": [{"product": id(43), "quantity": "1"}]});
    house.ok("order.create", late);
    for op in ["order.request_review", "order.confirm", "order.submit"] {
        house.ok(op, json!({"id": of(5)}));
    }
    let complaint = json!({"id": of(6), "customer": id(customer), "contact": id(contact),
        "request_type": "complaint", "severity": "high", "subject": "S",
        "about": {"kind": "order", "id": order}});
    house.ok("service.open", complaint);
    let asked = json!({"about": {"kind": "service_request", "id": of(6)}});
    let asked = house.ok("feedback.request", asked)["id"].clone();
    house.ok("feedback.record", json!({"id": asked, "answer": {"service": 4}}));
}

/// The kinds of records that name a customer or contact of such a house.
const KINDS_OF_TRADE: [Kind; 8] = [
    Kind::Quote,
    Kind::QuoteLine,
    Kind::Contract,
    Kind::Order,
    Kind::Instalment,
    Kind::Payment,
    Kind::ServiceRequest,
    Kind::FeedbackRequest,
];

fn merged_and_apart(op: &str, kind: Kind, keep: u64, gone: u64) {
    in_every_store(op, |mut house| {
        furnish(&mut house);
        buys(&mut house, 1, 4, 0x100);
        buys(&mut house, 2, 5, 0x200);
        // Instalments become overdue, an order late.
        house.days += 60;
        house.ok("tick", json!({"limit": 1000}));
        house.sound();
        let hash = house.hash();
        let (gone_key, kept) = (Key { kind, id: uuid(gone) }, Key { kind, id: uuid(keep) });
        let named = |house: &House, key: Key| {
            let named = house.state().into_values().filter(|row| names(row, key));
            named.map(|row| row.def.kind).collect::<Vec<Kind>>()
        };
        let before = named(&house, gone_key);
        for wanted in KINDS_OF_TRADE {
            let by_contact = [Kind::QuoteLine, Kind::Instalment, Kind::Payment];
            if kind == Kind::Customer || !by_contact.contains(&wanted) {
                assert!(before.contains(&wanted), "{op}: no {wanted:?} names it");
            }
        }
        let merged = house.ok(op, json!({"keep": id(keep), "merge": [id(gone)]}));
        house.sound();
        assert_eq!(named(&house, gone_key), [], "{op}: nothing names it any more");
        let after = named(&house, kept);
        for wanted in KINDS_OF_TRADE {
            let count = |all: &[Kind]| all.iter().filter(|kind| **kind == wanted).count();
            assert!(count(&after) >= count(&before), "{op}: {wanted:?} of both");
        }
        let undone = house.ok("reversal.undo", json!({"id": merged["reversal"]}));
        assert_eq!((&undone["conflicts"], &undone["more"]), (&json!([]), &json!(false)));
        house.sound();
        assert_eq!(house.hash(), hash, "{op}: undone is as before");
        assert_eq!(named(&house, gone_key), before);
    });
}

#[test]
fn customers_with_quotes_orders_payments_and_service_become_one_and_two_again() {
    merged_and_apart("customer.merge", Kind::Customer, 1, 2);
}

#[test]
fn contacts_with_quotes_orders_and_service_become_one_and_two_again() {
    merged_and_apart("contact.merge", Kind::Contact, 13, 5);
}
