//! What the host's stock and bookkeeping hear of orders, through the door.

use rust_decimal::Decimal;
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

    /// A draft, given to be looked through.
    fn reviewed(&self, quantity: &str) -> String {
        let lines = [self.line(quantity)];
        let order =
            self.host.id("order.create", json!({"customer": self.customer, "lines": lines}));
        self.host.ok("order.request_review", json!({"id": order}));
        order
    }

    fn step(&self, op: &str, order: &str) {
        self.host.ok(op, json!({"id": order}));
    }

    fn report(&self, order: &str, key: &str, kind: &str, quantity: &str) {
        let number = self.host.ok("order.get", json!({"id": order}))["number"].clone();
        let event = json!({"source": "erp", "key": key, "order_number": number, "kind": kind,
            "quantity": quantity, "line": 0});
        self.host.ok("order.record_event", event);
    }

    /// What was said of an order: `ordinal cause: account +by = level, …`, one text for each message.
    fn said(&self, order: &str) -> Vec<String> {
        let said = self.host.ok("outbox.document", json!({"document": order}));
        let messages = said["messages"].as_array().unwrap().iter();
        let text = |value: &Value| value.as_str().unwrap().to_owned();
        let said = messages.map(|message| {
            let moves = message["moves"].as_array().unwrap().iter().map(|moved| {
                let by: Decimal = text(&moved["by"]).parse().unwrap();
                format!("{} {by:+} = {}", text(&moved["account"]), text(&moved["level"]))
            });
            let moves = moves.collect::<Vec<_>>().join(", ");
            format!("{} {}: {moves}", message["ordinal"], text(&message["cause"]))
        });
        said.collect()
    }

    fn sound(&self) {
        assert_eq!(self.host.ok("store.verify", json!({}))["faults"], json!([]));
    }
}

#[test]
fn an_order_says_what_it_moves_once_and_in_order() {
    let shop = Shop::open();
    let order = shop.reviewed("10");
    assert_eq!(shop.said(&order), [""; 0], "nothing is kept for an order that nobody confirmed");
    shop.step("order.confirm", &order);
    shop.step("order.submit", &order);
    // Shipped in three parts; the second is reported last, the third twice.
    for (key, quantity) in [("1", "4"), ("3", "1"), ("3", "1"), ("2", "3")] {
        shop.report(&order, key, "shipped", quantity);
    }
    let change = json!({"id": order, "reason": "more", "lines": [shop.line("12")]});
    let lines = shop.host.ok("order.get", json!({"id": order}))["lines"].clone();
    let mut change = change;
    change["lines"][0]["id"] = lines[0]["id"].clone();
    shop.host.ok("order.change", change);
    shop.report(&order, "4", "delivered", "8");
    let back =
        json!({"id": order, "key": "r", "reason": "x", "lines": [{"line": 0, "quantity": "2"}]});
    shop.host.ok("order.return", back);
    let pay = json!({"order": order, "amount": {"amount": "30", "currency": "CNY"}});
    shop.host.ok("payment.receive", pay);
    assert_eq!(
        shop.said(&order),
        [
            "0 order.confirm: stock.reserved +10 = 10",
            "1 order.submit: ledger.receivable +100 = 100",
            "2 order.record_event: stock.reserved -4 = 6, stock.issued +4 = 4",
            "3 order.record_event: stock.reserved -1 = 5, stock.issued +1 = 5",
            "4 order.record_event: stock.reserved -3 = 2, stock.issued +3 = 8",
            "5 order.change: stock.reserved +2 = 4, ledger.receivable +20 = 120",
            "6 order.return: stock.issued -2 = 6, ledger.receivable -20 = 100",
            "7 payment.receive: ledger.received +30 = 30",
        ],
        "the second report of key 3 says nothing, nor does the delivery"
    );
    shop.sound();
}

#[test]
fn a_confirmed_order_that_is_called_off_or_given_back_gives_its_goods_back_once() {
    let shop = Shop::open();
    let order = shop.reviewed("10");
    shop.step("order.confirm", &order);
    shop.host.ok("order.reject", json!({"id": order, "reason": "x"}));
    shop.step("order.request_review", &order);
    shop.step("order.confirm", &order);
    let cancel = json!({"id": order, "reason": "x"});
    shop.host.ok("order.cancel", cancel.clone());
    assert!(shop.host.refused("order.cancel", cancel).ends_with("order.cancelled"));
    assert_eq!(
        shop.said(&order),
        [
            "0 order.confirm: stock.reserved +10 = 10",
            "1 order.reject: stock.reserved -10 = 0",
            "2 order.confirm: stock.reserved +10 = 10",
            "3 order.cancel: stock.reserved -10 = 0",
        ]
    );
    shop.sound();
}

#[test]
fn what_is_imported_is_not_said_and_what_happens_to_it_afterwards_is() {
    let shop = Shop::open();
    let set = json!({"number": "X-1", "customer": shop.customer, "ordered_on": "2026-01-05",
        "state": "submitted"});
    let rows = json!({"source": "old", "entity": "order", "file": "o.csv",
        "rows": [{"row": 1, "key": "1", "set": set, "lines": [shop.line("5")]}]});
    shop.host.ok("import.rows", rows);
    let listed = shop.host.ok("order.list", json!({}));
    let order = listed["rows"][0]["id"].as_str().unwrap().to_owned();
    assert_eq!(shop.said(&order), [""; 0]);
    shop.report(&order, "1", "shipped", "2");
    assert_eq!(
        shop.said(&order),
        ["0 order.record_event: stock.reserved -2 = 3, stock.issued +2 = 2"]
    );
    shop.sound();
}

#[test]
fn a_page_is_whole_commits_and_every_message_comes_once() {
    let shop = Shop::open();
    let orders: Vec<String> = (0..7).map(|_| shop.reviewed("1")).collect();
    for order in &orders {
        shop.step("order.confirm", order);
    }
    // One commit of many messages.
    let calls: Vec<Value> = (orders.iter())
        .map(|order| json!({"op": "order.cancel", "request": {"id": order, "reason": "x"}}))
        .collect();
    shop.host.ok("batch", json!({"operations": calls}));
    for limit in [1, 3, 1000] {
        let (mut after, mut seen) = (json!(0), Vec::new());
        loop {
            let page = shop.host.ok("outbox.read", json!({"after": after, "limit": limit}));
            let rows = page["messages"].as_array().unwrap();
            assert!(rows.iter().all(|row| row["seq"].as_u64() <= page["through"].as_u64()));
            assert!(rows.iter().all(|row| row["seq"].as_u64() > after.as_u64()));
            seen.extend(rows.iter().map(|row| row["id"].as_str().unwrap().to_owned()));
            after = page["through"].clone();
            if page["more"] == json!(false) {
                break;
            }
        }
        assert_eq!(seen.len(), 14, "pages of {limit}");
        seen.sort_unstable();
        seen.dedup();
        assert_eq!(seen.len(), 14, "each once, in pages of {limit}");
    }
    assert_eq!(shop.host.refused("outbox.read", json!({"limit": 0})), "limit page.limit");
}

#[test]
fn a_short_answer_opens_what_has_to_be_seen_to_and_done_clears_it() {
    let shop = Shop::open();
    let order = shop.reviewed("10");
    shop.step("order.confirm", &order);
    let said = shop.host.ok("outbox.document", json!({"document": order}));
    let message = said["messages"][0]["id"].clone();
    let open = || {
        let exceptions = shop.host.ok("order.exceptions", json!({}));
        let rows = exceptions["rows"].as_array().unwrap().clone();
        rows.iter().map(|row| row["kind"].as_str().unwrap().to_owned()).collect::<Vec<_>>()
    };
    let short = json!({"message": message, "outcome": "short",
        "shortages": [{"subject": shop.product, "missing": "3"}]});
    let answer = shop.host.ok("outbox.reply", short.clone());
    assert_eq!(open(), ["short"]);
    let told = || shop.host.ok("reminder.due", json!({"channel": "app"}))["notices"].clone();
    assert_eq!(told().as_array().unwrap().len(), 1);
    assert_eq!(shop.host.ok("outbox.reply", short)["version"], answer["version"]);
    assert_eq!(told(), json!([]), "told once");
    let found = shop.host.ok("outbox.replies", json!({"outcome": "short"}));
    assert_eq!(found["rows"].as_array().unwrap().len(), 1);
    let state = shop.host.ok("order.get", json!({"id": order}))["state"].clone();
    assert_eq!(state, "confirmed", "the order is not lost");
    shop.host.ok("outbox.reply", json!({"message": message, "outcome": "done"}));
    assert_eq!(open(), [""; 0]);
    let back = json!({"message": message, "outcome": "refused"});
    assert_eq!(shop.host.refused("outbox.reply", back), "outcome outbox.already_done");
    let nobody = json!({"message": order, "outcome": "done"});
    assert!(shop.host.call("outbox.reply", nobody).is_err(), "no such message");
    shop.sound();
}

#[test]
fn a_difference_of_one_digit_is_found_and_nothing_else() {
    let shop = Shop::open();
    let mut books = Vec::new();
    for quantity in ["10", "2.125", "3"] {
        let order = shop.reviewed(quantity);
        shop.step("order.confirm", &order);
        books.push(json!({"document": order, "account": "stock.reserved",
            "subject": shop.product, "level": quantity}));
    }
    let compare = |rows: &[Value]| shop.host.ok("outbox.reconcile", json!({"rows": rows}));
    assert_eq!(compare(&books), json!({"documents": 3, "differences": []}));
    let mut wrong = books.clone();
    wrong[1]["level"] = json!("2.126");
    let found = compare(&wrong);
    assert_eq!(found["differences"].as_array().unwrap().len(), 1);
    let difference = &found["differences"][0];
    assert_eq!((&difference["ours"], &difference["theirs"]), (&json!("2.125"), &json!("2.126")));
    assert_eq!(difference["document"], books[1]["document"]);
    let missing = compare(&books[1..]);
    assert_eq!(missing["differences"][0]["theirs"], "0", "what only one side has");
    let mut more = books.clone();
    more.push(json!({"document": shop.customer, "account": "ledger.received", "subject": "CNY",
        "level": "0.01"}));
    assert_eq!(compare(&more)["differences"][0]["ours"], "0");
}
