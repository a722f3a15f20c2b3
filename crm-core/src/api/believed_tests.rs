//! The two clocks: what is true of an instant, and what was known at it.

use serde_json::{Value, json};

use super::CATALOGUE;
use super::party_tests::Host;

/// A deal of 100 in the first of two stages.
fn house() -> (Host, String, String) {
    let crm = Host::new();
    let stages = json!([
        {"code": "a", "name": "A"}, {"code": "b", "name": "B"},
        {"code": "won", "name": "Won", "kind": "won"}, {"code": "lost", "name": "Lost", "kind": "lost"},
    ]);
    crm.id("pipeline.define", json!({"name": "P", "stages": stages}));
    let customer = crm.id("customer.create", json!({"name": "C", "region": "West"}));
    let amount = json!({"amount": "100.00", "currency": "CNY"});
    let deal =
        crm.id("opportunity.create", json!({"name": "D", "customer": customer, "amount": amount}));
    (crm, customer, deal)
}

/// How many deals stand in each stage, and their amount, as the overview has it.
fn stands(crm: &Host, query: Value) -> Vec<(String, u64, String)> {
    let report = crm.ok("report.overview", query);
    let tables = report["tables"].as_array().unwrap();
    let stages = tables.iter().find(|table| table["key"] == "stages").unwrap();
    let at = |key: &str| {
        let columns = stages["columns"].as_array().unwrap();
        columns.iter().position(|column| column["key"] == key).unwrap()
    };
    let (stage, deals, amount) = (at("stage"), at("deals"), at("amount"));
    let rows = stages["rows"].as_array().unwrap().iter();
    let rows = rows.map(|row| {
        let text = |cell: &Value| {
            cell.as_str().map_or_else(|| cell["en"].as_str().unwrap().to_owned(), ToOwned::to_owned)
        };
        (text(&row[stage]), row[deals].as_u64().unwrap(), text(&row[amount]))
    });
    rows.filter(|(_, deals, _)| *deals > 0).collect()
}

#[test]
fn a_back_dated_entry_changes_what_was_true_and_not_what_was_known() {
    let (crm, _, deal) = house();
    crm.wait(1_000);
    let between = crm.at(0);
    crm.wait(1_000);
    let earlier = crm.at(-1_500);
    crm.ok("opportunity.advance", json!({"id": deal, "stage": "b", "at": earlier}));
    let amount = json!({"amount": "250.00", "currency": "CNY"});
    crm.ok("opportunity.amend", json!({"id": deal, "set": {"amount": {"from": {"amount": "100.00", "currency": "CNY"}, "to": amount}}}));
    let table = [
        // The question, and the stage and the amount that answer it.
        (json!({}), "B", "250.00"),
        (json!({"as_of": between}), "B", "250.00"),
        (json!({"known_at": between}), "A", "100.00"),
        (json!({"known_at": between, "as_of": crm.at(-3)}), "A", "100.00"),
        (json!({"known_at": crm.at(-1)}), "B", "250.00"),
    ];
    for (query, stage, amount) in table {
        let seen = [(stage.to_owned(), 1, amount.to_owned())];
        assert_eq!(stands(&crm, query.clone()), seen, "{query}");
    }
}

#[test]
fn what_was_known_is_told_of_everything_that_is_read() {
    let (crm, customer, deal) = house();
    let then = crm.at(-1);
    let rename = json!({"id": customer, "set": {"name": {"from": "C", "to": "E"}, "region": {"from": "West", "to": "East"}}});
    crm.ok("customer.amend", rename);
    crm.ok("opportunity.lose", json!({"id": deal, "reason": "price"}));
    crm.id("customer.create", json!({"name": "F"}));
    let past = |op: &str, request: Value| {
        crm.ok("past.call", json!({"known_at": then, "op": op, "request": request}))
    };
    let told = past("customer.get", json!({"id": customer}));
    assert_eq!(
        (&told["response"]["name"], &told["response"]["region"]),
        (&json!("C"), &json!("West"))
    );
    assert_eq!(told["response"]["version"], json!(1), "in the version that it then had");
    assert_eq!(told["untold"], json!(0));
    let listed = past("customer.list", json!({}));
    assert_eq!(
        listed["response"]["rows"].as_array().unwrap().len(),
        1,
        "who came later is not there"
    );
    let deal = past("opportunity.get", json!({"id": deal}));
    assert_eq!(deal["response"]["phase"]["state"], "open");
    // Every report takes the clock, and says so.
    for entry in CATALOGUE.iter().filter(|entry| entry.name.starts_with("report.")) {
        let answer = crm.call(entry.name, json!({"known_at": then}));
        let report = answer.map_err(|error| (entry.name, error.problem())).unwrap();
        let parameters = report["parameters"].as_array().unwrap();
        assert!(parameters.iter().any(|one| one["key"] == "known_at"), "{}", entry.name);
    }
}

#[test]
fn what_is_not_known_is_refused() {
    let (crm, customer, _) = house();
    let now = crm.at(0);
    let ask = |known_at: &str, op: &str| json!({"known_at": known_at, "op": op, "request": {"id": customer}});
    let table = [
        ("2020-01-01T00:00:00Z", "customer.get", "known_at known_at.before_all"),
        ("2099-01-01T00:00:00Z", "customer.get", "known_at known_at.ahead"),
        (now.as_str(), "customer.archive", "op past.writes"),
        (now.as_str(), "batch", "op past.writes"),
        (now.as_str(), "past.call", "op past.writes"),
    ];
    for (at, op, refusal) in table {
        assert_eq!(crm.refused("past.call", ask(at, op)), refusal, "{op} at {at}");
    }
    let nobody = "0198a5c2-0000-7000-8000-00000000dead";
    let ask = json!({"known_at": now, "op": "customer.get", "request": {"id": nobody}});
    assert_eq!(crm.refused("past.call", ask), "record.not_found");
    assert_eq!(
        crm.refused("report.funnel", json!({"known_at": "2099-01-01T00:00:00Z"})),
        "known_at known_at.ahead"
    );
}
