//! Targets, what was reached of them, closed periods and forecasts, through the door.

use serde_json::{Value, json};

use super::service_tests::House;

/// Minutes of a day.
const DAY: i64 = 24 * 60;

fn money(amount: &str) -> Value {
    json!({"amount": amount, "currency": "CNY"})
}

/// The rows of a table of a report, each as its cells in text.
fn table(report: &Value, key: &str) -> Vec<Vec<String>> {
    let tables = report["tables"].as_array().unwrap();
    let table = tables.iter().find(|table| table["key"] == key);
    assert!(table.is_some(), "no table {key} in {report}");
    let table = table.unwrap();
    let cell = |cell: &Value| match cell {
        Value::String(text) => text.clone(),
        Value::Object(label) => label["en"].as_str().unwrap().to_owned(),
        Value::Null => "-".to_owned(),
        other @ (Value::Bool(_) | Value::Number(_) | Value::Array(_)) => other.to_string(),
    };
    let rows = table["rows"].as_array().unwrap().iter();
    rows.map(|row| row.as_array().unwrap().iter().map(cell).collect()).collect()
}

fn figure(report: &Value, key: &str) -> String {
    let figures = report["figures"].as_array().unwrap();
    let found = figures.iter().find(|figure| figure["key"] == key);
    found.map_or_else(
        || "-".to_owned(),
        |figure| {
            figure["value"].as_str().map_or_else(|| figure["value"].to_string(), ToOwned::to_owned)
        },
    )
}

/// A house with a process, a team of two who sell, and a key figure: what is won.
struct Sales {
    house: House,
    team: String,
    li: String,
    wang: String,
}

impl Sales {
    fn new() -> Self {
        let house = House::new();
        let stages = json!([{"code": "a", "name": "a", "probability_basis_points": 2_000},
            {"code": "won", "name": "won", "kind": "won"}, {"code": "lost", "name": "lost", "kind": "lost"}]);
        house.ok("pipeline.define", json!({"name": "P", "stages": stages}));
        let team = house.id("team.create", json!({"name": "华东"}));
        let rep = |login: &str| {
            house.id(
                "user.create",
                json!({"login": login, "name": login, "role": "rep", "team": team}),
            )
        };
        let (li, wang) = (rep("rep-li"), rep("rep-wang"));
        house.ok(
            "kpi.define",
            json!({"code": "won", "name": "赢单金额", "of": "won", "aggregation": "sum"}),
        );
        Self { house, team, li, wang }
    }

    fn deal(&self, owner: &str, amount: &str) -> String {
        self.house.id(
            "opportunity.create",
            json!({"customer": self.house.customer, "name": "D", "amount": money(amount), "owner": owner}),
        )
    }

    fn won(&self, owner: &str, amount: &str) -> String {
        let deal = self.deal(owner, amount);
        self.house.ok("opportunity.win", json!({"id": deal}));
        deal
    }

    fn people(&self, asked: Value) -> Vec<Vec<String>> {
        table(&self.house.ok("report.attainment", asked), "won_people")
    }
}

#[test]
fn targets_keep_their_history_and_their_parts_are_added_up() {
    let sales = Sales::new();
    let house = &sales.house;
    let set = |who: Value, value: &str, reason: Option<&str>| {
        let mut wish = json!({"kpi": "won", "period": "2026-11", "value": value, "reason": reason});
        wish.as_object_mut().unwrap().extend(who.as_object().unwrap().clone());
        house.call("target.set", &wish)
    };
    let revision = |answer: Value| answer["revision"].as_u64().unwrap();
    assert_eq!(revision(set(json!({}), "1000", None).unwrap()), 1);
    assert_eq!(revision(set(json!({"team": sales.team}), "800", None).unwrap()), 1);
    assert_eq!(revision(set(json!({"user": sales.li}), "500", None).unwrap()), 1);
    assert_eq!(revision(set(json!({"user": sales.li}), "500.00", None).unwrap()), 1, "said again");
    let refused = set(json!({"user": sales.li}), "400", None).unwrap_err().problem();
    assert_eq!(refused.violations[0].code, "target.no_reason");
    house.at(DAY);
    assert_eq!(revision(set(json!({"user": sales.li}), "400", Some("ill")).unwrap()), 2);
    sales.won(&sales.li, "300.00");
    sales.won(&sales.wang, "300.00");
    sales.won(&sales.wang, "50.00");

    let report = house.ok("report.attainment", json!({"kpi": "won"}));
    let people = table(&report, "won_people");
    let row = |name: &str| people.iter().find(|row| row[1] == name).cloned().unwrap();
    assert_eq!(row("rep-wang"), ["1", "rep-wang", "350.00", "2", "yes", "-", "-", "-", "-", "-"]);
    // The 23rd and 24th go on: 23 of 30 days are over, so 400 × 23 / 30 = 306.67 is due.
    assert_eq!(
        row("rep-li"),
        ["2", "rep-li", "300.00", "1", "yes", "1", "400", "0.7500", "100.00", "yes"]
    );
    assert_eq!(row("li")[2], "0.00", "who sold nothing stands there with nothing");
    let under: Vec<String> =
        table(&report, "won_under").into_iter().map(|row| row[1].clone()).collect();
    assert_eq!(under, ["rep-li"], "the team is at 650 of the 613.33 that are due");
    let gaps = table(&report, "won_gaps");
    assert_eq!(gaps[0], ["*", "1000", "800", "200", "1", "0"]);
    assert_eq!(gaps[1], ["华东", "800", "400", "400", "1", "1"]);
    let changes: Vec<_> = table(&report, "won_changes")
        .into_iter()
        .map(|row| (row[0].clone(), row[1].clone(), row[2].clone(), row[5].clone()))
        .collect();
    let li: Vec<_> = changes.iter().filter(|row| row.0 == "rep-li").collect();
    assert_eq!(li.len(), 2, "{changes:?}");
    assert_eq!((li[1].2.as_str(), li[1].3.as_str()), ("400", "ill"));
    // As of Monday evening the first target was in force, and nothing was sold.
    let before = sales.people(json!({"kpi": "won", "as_of": "2026-11-23T12:00:00Z"}));
    let li = before.iter().find(|row| row[1] == "rep-li").unwrap();
    assert_eq!((li[2].as_str(), li[6].as_str()), ("0.00", "500"));
    let listed = house.ok("target.list", json!({"kpi": "won", "user": sales.li}));
    assert_eq!(listed["rows"].as_array().map(Vec::len), Some(2), "{listed}");
    let team = json!({"kpi": "won", "period": "2026-11", "value": "1", "team": sales.team, "user": sales.li});
    assert_eq!(house.refused("target.set", team), "team target.of_two");
    let unknown = json!({"kpi": "x", "period": "2026-11", "value": "1"});
    assert_eq!(house.refused("target.set", unknown), "kpi kpi.unknown");
    house.is_sound();
}

#[test]
fn a_deal_that_changed_hands_counts_for_who_had_it_on_the_day() {
    let sales = Sales::new();
    let house = &sales.house;
    let deal = sales.won(&sales.li, "900.00");
    house.at(DAY);
    let set = json!({"owner": {"from": sales.li, "to": sales.wang}});
    house.ok("opportunity.amend", json!({"id": deal, "set": set}));
    let of = |credit: &str| {
        let rows = sales.people(json!({"kpi": "won", "credit": credit}));
        let top = rows.into_iter().next().unwrap();
        (top[1].clone(), top[2].clone())
    };
    assert_eq!(of("owner_then"), ("rep-li".to_owned(), "900.00".to_owned()));
    assert_eq!(of("owner_now"), ("rep-wang".to_owned(), "900.00".to_owned()));
}

/// Orders, money, leads and customers by the day on which they count, and what each figure counts.
#[test]
fn figures_over_more_than_deals_count_on_their_day_for_who_brought_it() {
    let sales = Sales::new();
    let house = &sales.house;
    for (of, aggregation) in [
        ("orders", "sum"),
        ("payments", "sum"),
        ("orders", "growth"),
        ("leads", "count"),
        ("customers", "count"),
    ] {
        let code = if aggregation == "growth" { "growth" } else { of };
        house.ok(
            "kpi.define",
            json!({"code": code, "name": code, "of": of, "aggregation": aggregation}),
        );
    }
    let order = |owner: &str, amount: &str, day: &str| {
        let line = json!({"text": "Parts", "quantity": "1", "unit_price": money(amount)});
        let wish =
            json!({"customer": house.customer, "owner": owner, "ordered_on": day, "lines": [line]});
        let order = house.id("order.create", wish);
        for op in ["order.request_review", "order.confirm", "order.submit"] {
            house.ok(op, json!({"id": order}));
        }
        order
    };
    house.at(10 * DAY);
    order(&sales.li, "400.00", "2026-10-20");
    let first = order(&sales.li, "500.00", "2026-11-24");
    let second = order(&sales.wang, "100.00", "2026-12-01");
    let draft = json!({"text": "Parts", "quantity": "1", "unit_price": money("9.00")});
    house.id("order.create", json!({"customer": house.customer, "owner": sales.li, "ordered_on": "2026-11-25", "lines": [draft]}));
    let pay = |order: &str, amount: &str, day: &str| {
        house.id(
            "payment.receive",
            json!({"order": order, "amount": money(amount), "received_on": day}),
        )
    };
    pay(&first, "200.00", "2026-11-26");
    let wrong = pay(&second, "30.00", "2026-12-02");
    pay(&second, "60.00", "2026-12-02");
    house.ok("payment.void", json!({"id": wrong, "reason": "a slip"}));
    let lead = house
        .id("lead.capture", json!({"name": "L", "phones": ["13800138000"], "owner": sales.li}));
    house.at(11 * DAY).ok(
        "lead.amend",
        json!({"id": lead, "set": {"owner": {"from": sales.li, "to": sales.wang}}}),
    );
    let value = |kpi: &str, more: Value| {
        let mut ask = json!({"kpi": kpi, "period": "2026-11"});
        ask.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
        let found = house.ok("kpi.members", ask);
        (found["value"].as_str().unwrap_or("-").to_owned(), found["count"].as_u64().unwrap())
    };
    let is = |value: &str, count: u64| (value.to_owned(), count);
    #[rustfmt::skip]
    let table = [
        ("orders", json!({}), is("500.00", 1)),
        ("orders", json!({"period": "2026-12"}), is("100.00", 1)),
        ("orders", json!({"user": sales.li}), is("500.00", 1)),
        ("orders", json!({"user": sales.wang}), is("0.00", 0)),
        ("orders", json!({"team": sales.team, "period": "2026"}), is("1000.00", 3)),
        ("orders", json!({"as_of": "2026-11-23T12:00:00Z"}), is("0.00", 0)),
        // 500 of November over 400 of October.
        ("growth", json!({}), is("0.2500", 2)),
        ("payments", json!({}), is("200.00", 1)),
        ("payments", json!({"period": "2026-12"}), is("60.00", 1)),
        ("payments", json!({"period": "2026-12", "user": sales.wang}), is("60.00", 1)),
        ("leads", json!({"period": "2026-12", "user": sales.li}), is("1", 1)),
        ("leads", json!({"period": "2026-12", "user": sales.li, "credit": "owner_now"}), is("0", 0)),
        ("leads", json!({"period": "2026-12", "user": sales.wang, "credit": "owner_now"}), is("1", 1)),
    ];
    for (kpi, more, expected) in table {
        assert_eq!(value(kpi, more.clone()), expected, "{kpi} {more}");
    }
    // The report says the same, and the evidence names what it counts.
    let report = house.ok("report.attainment", json!({"kpi": "orders", "period": "2026-11"}));
    let rows = self::table(&report, "orders_people");
    assert_eq!((rows[0][1].as_str(), rows[0][2].as_str()), ("rep-li", "500.00"));
    let evidence = house.ok("kpi.members", json!({"kpi": "orders", "period": "2026-11"}));
    assert_eq!(evidence["members"][0]["id"], first.as_str());
    assert_eq!(evidence["members"][0]["day"], "2026-11-24");
    let two = json!({"kpi": "orders", "period": "2026-11", "user": sales.li, "team": sales.team});
    assert_eq!(house.refused("kpi.members", two), "team kpi.whose");
    house.is_sound();
}

#[test]
fn a_closed_period_keeps_its_figures_and_books_corrections_once() {
    let sales = Sales::new();
    let house = &sales.house;
    let deal = sales.won(&sales.li, "700.00");
    let close = |period: &str| house.call("period.close", &json!({"period": period}));
    let early = close("2026-11").unwrap_err().problem();
    assert_eq!(early.violations[0].code, "period.not_over");
    house.at(10 * DAY);
    let closed = close("2026-11").unwrap();
    let figures = |answer: &Value, part: &str| -> Vec<(String, String, i64)> {
        let rows = answer[part].as_array().unwrap().iter();
        let mut rows: Vec<_> = rows
            .map(|row| {
                let text = |key: &str| row[key].as_str().unwrap_or_default().to_owned();
                (text("scope_kind"), text("value"), row["count"].as_i64().unwrap())
            })
            .collect();
        rows.sort();
        rows
    };
    let three = |value: &str, count: i64| -> Vec<(String, String, i64)> {
        ["team", "tenant", "user"].map(|kind| (kind.to_owned(), value.to_owned(), count)).to_vec()
    };
    assert_eq!(figures(&closed, "figures"), three("700.00", 1));
    assert_eq!(close("2026-11").unwrap_err().problem().violations[0].code, "period.closed");
    let get = |period: &str| house.ok("period.get", json!({"period": period}));
    assert_eq!(get("2026-11")["open"], json!([]));
    // The sale is taken back in December.
    house.at(12 * DAY).ok("opportunity.reopen", json!({"id": deal}));
    let corrected = get("2026-11");
    assert_eq!(figures(&corrected, "figures"), three("700.00", 1), "frozen is frozen");
    assert_eq!(figures(&corrected, "open"), three("-700", -1));
    house.at(45 * DAY);
    let december = close("2026-12").unwrap();
    assert_eq!(figures(&december, "adjustments"), three("-700", -1), "booked in December");
    assert_eq!(december["figures"], json!([]));
    let november = get("2026-11");
    assert_eq!(november["open"], json!([]), "and only once");
    assert_eq!(figures(&november, "booked_later"), three("-700", -1));
    assert_eq!(house.refused("period.get", json!({"period": "2026-10"})), "period period.open");
    assert_eq!(house.ok("period.list", json!({}))["rows"].as_array().map(Vec::len), Some(2));
    // A figure that is defined later corrects nothing; one that is used no more still does.
    house.ok(
        "kpi.define",
        json!({"code": "n", "name": "N", "of": "created", "aggregation": "count"}),
    );
    assert_eq!(get("2026-11")["open"], json!([]));
    house.is_sound();
}

#[test]
fn key_figures_are_counted_over_what_they_say() {
    let sales = Sales::new();
    let house = &sales.house;
    for (code, of, aggregation) in [
        ("closed", "closed", "rate"),
        ("created", "created", "count"),
        ("leads", "leads", "rate"),
        ("customers", "customers", "count"),
        ("calls", "activities", "count"),
        ("happy", "feedback", "mean"),
        ("growth", "won", "growth"),
    ] {
        let only = if code == "calls" { json!({"kind": ["call"]}) } else { json!({}) };
        house.ok(
            "kpi.define",
            json!({"code": code, "name": code, "of": of, "aggregation": aggregation, "only": only}),
        );
    }
    sales.won(&sales.li, "100.00");
    let lost = sales.deal(&sales.li, "50.00");
    house.ok("opportunity.lose", json!({"id": lost, "reason": "price"}));
    let call = json!({"customer": house.customer, "kind": "call", "at": "2026-11-22T02:00:00Z",
        "subject": "s", "owner": sales.li});
    house.ok("activity.log", call);
    let lead = house
        .id("lead.capture", json!({"name": "赵", "phones": ["13900139000"], "owner": sales.li}));
    let report = house.ok("report.attainment", json!({}));
    let expected = [
        ("won", "100.00"),
        ("closed", "0.5000"),
        ("created", "2"),
        ("leads", "0.0000"),
        ("customers", "1"),
        ("calls", "1"),
        ("happy", "null"),
        ("growth", "null"),
    ];
    for (code, value) in expected {
        assert_eq!(figure(&report, code), value, "{code}");
    }
    // The lead waits; who answers it a day and an hour later took so long.
    let response = |house: &House| table(&house.ok("report.activity", json!({})), "response");
    assert_eq!(response(house)[0][..3], ["rep-li", "0", "1"]);
    house.at(25 * 60);
    let answer =
        json!({"lead": lead, "kind": "call", "at": "2026-11-24T02:00:00Z", "owner": sales.li});
    house.ok("activity.log", answer);
    assert_eq!(response(house)[0][..6], ["rep-li", "1", "0", "1.0417", "1.0417", "0.0000"]);
    let effort = table(&house.ok("report.activity", json!({"grain": "week"})), "effort");
    assert_eq!(effort[0][..4], ["2026-W47", "rep-li", "1", "1"]);
    assert_eq!(effort[1][..4], ["2026-W48", "rep-li", "1", "1"]);
    let refused = house.refused("report.activity", json!({"by": ["stage"]}));
    assert_eq!(refused, "by report.option");
}

#[test]
fn a_forecast_refuses_with_reasons_and_does_not_look_ahead() {
    let sales = Sales::new();
    let house = &sales.house;
    let deal = house.id(
        "opportunity.create",
        json!({"customer": house.customer, "name": "D", "amount": money("1000.00"), "owner": sales.li,
            "expected_close": "2026-12-10"}),
    );
    let december = json!({"period": "2026-12", "target": "500.00"});
    let found = house.ok("report.forecast", december.clone());
    let ways = table(&found, "ways");
    assert_eq!(ways[1][8], "0 closed deals; their history takes at least 20");
    assert_eq!(ways[2][8], "0 periods of history; a forecast takes at least 6");
    assert_eq!(ways[0][1], "200.00", "1,000 at odds of a fifth");
    assert_eq!(figure(&found, "expected"), "200.00", "the one way that says something");
    assert_eq!(
        (figure(&found, "target"), figure(&found, "to_win")),
        ("500.00".into(), "500.00".into())
    );
    let seen = "2026-11-23T02:00:00Z";
    let asked = |more: Value| {
        let mut query = json!({"period": "2026-12", "as_of": seen});
        query.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
        house.ok("report.forecast", query)
    };
    house.at(60);
    let clean = asked(json!({}));
    // Everything that could leak from later: amount, expected day, another deal, and the end.
    house.at(5 * DAY);
    let set = json!({"amount": {"from": money("1000.00"), "to": money("9999.00")},
        "expected_close": {"from": "2026-12-10", "to": "2027-01-10"}});
    house.ok("opportunity.amend", json!({"id": deal, "set": set}));
    sales.won(&sales.wang, "5000.00");
    house.at(6 * DAY).ok("opportunity.win", json!({"id": deal}));
    assert_eq!(asked(json!({})).to_string(), clean.to_string(), "the same bytes");
    let later = json!({"period": "2026-11"});
    assert_eq!(figure(&house.ok("report.forecast", later), "won"), "14999.00");
    let doubled = asked(json!({"market": "2"}));
    assert_ne!(figure(&doubled, "expected"), figure(&clean, "expected"));
    let wrong = [
        (json!({"market": "11"}), "market forecast.market"),
        (json!({"weights": {"luck": 1}}), "weights forecast.way"),
        (json!({"weights": {"series": 0}}), "weights forecast.weights"),
        (json!({"only": {"stage": ["a"]}}), "only.stage report.dimension"),
        (json!({"period": "soon"}), "period period.format"),
    ];
    for (query, expected) in wrong {
        assert_eq!(house.refused("report.forecast", query), expected);
    }
    let back = house.ok("report.backtest", json!({"period": "2026-11"}));
    assert_eq!(back["name"], "backtest");
    assert_eq!(
        house.refused("report.backtest", json!({"origins": 99})),
        "origins forecast.origins"
    );
}
