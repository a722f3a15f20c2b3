//! Leads that come in, and the campaigns that they come from, through the door.

use serde_json::{Value, json};

use super::party_tests::Host;

fn channel(crm: &Host, more: Value) -> Value {
    let mut wish = json!({"code": "site", "name": "Web site", "kind": "website",
        "fields": {"name": "name", "firm": "company", "contact.mobile": "phone", "mail": "email"}});
    wish.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
    crm.ok("intake.define", wish)
}

fn card(key: &str, name: &str, mail: &str) -> Value {
    json!({"key": key, "payload": {"name": name, "mail": mail, "cookie": "x"}})
}

#[test]
fn the_same_key_is_the_same_lead() {
    let crm = Host::new();
    channel(&crm, json!({"source": "web"}));
    let form = json!({"channel": "site", "key": "1", "received_at": crm.at(-600),
        "payload": {"name": "王伟", "contact": {"mobile": "0571-87654321"}, "ip": "1.2.3.4"}});
    let first = crm.ok("lead.intake", form.clone());
    assert_eq!((&first["again"], &first["dropped"]), (&json!(false), &json!(["ip"])));
    let again = crm.ok("lead.intake", form.clone());
    assert_eq!((&again["id"], &again["again"]), (&first["id"], &json!(true)));
    let lead = crm.ok("lead.get", json!({"id": first["id"]}));
    assert_eq!(lead["received_at"], form["received_at"]);
    assert_ne!(lead["received_at"], lead["created_at"]);
    assert_eq!((&lead["channel"], &lead["source"]), (&json!("site"), &json!("web")));
    assert_eq!((&lead["region"], &lead["derived"]), (&json!("浙江省"), &json!("region country")));
    let facts = crm.ok("audit.trail", json!({"subject": first["id"]}));
    assert_eq!(facts["facts"].as_array().unwrap().len(), 1, "nothing is written the second time");
    assert_eq!(facts["facts"][0]["source"], "intake:site dropped: ip");
    let of = |change: &dyn Fn(&mut Value)| {
        let mut other = form.clone();
        change(&mut other);
        crm.refused("lead.intake", other)
    };
    let table = [
        ("another payload", of(&|f| f["payload"]["name"] = json!("x")), "key intake.key_reused"),
        ("no key", of(&|f| f["key"] = json!("")), "key intake.key"),
        ("an unknown channel", of(&|f| f["channel"] = json!("fax")), "channel reference.unknown"),
        (
            "a phone that is none",
            of(&|f| {
                f["key"] = json!("2");
                f["payload"]["contact"]["mobile"] = json!("12");
            }),
            "payload.contact.mobile phone.length",
        ),
        (
            "a payload that came tomorrow",
            of(&|f| {
                f["key"] = json!("2");
                f["received_at"] = json!(crm.at(9000));
            }),
            "received_at time.future",
        ),
    ];
    for (rule, found, expected) in table {
        assert_eq!(found, expected, "{rule}");
    }
    channel(&crm, json!({"retired": true}));
    assert_eq!(crm.ok("lead.intake", form)["again"], true, "what came in stays");
    let more = json!({"channel": "site", "key": "3", "payload": {"name": "A", "mail": "a@b.cn"}});
    assert_eq!(crm.refused("lead.intake", more), "channel intake.retired");
}

#[test]
fn a_bad_card_stops_no_good_one_and_their_order_does_not_matter() {
    let rows = [
        card("1", "王伟", "wang@acme.com.cn"),
        card("2", "", ""),
        card("3", "李雷", "li@qq.com"),
        card("4", "Ada", "ada@example.com"),
        card("4", "Bob", "bob@example.com"),
        card("1", "王伟", "wang@acme.com.cn"),
    ];
    let leads = |order: &[usize]| {
        let crm = Host::new();
        channel(&crm, json!({}));
        let rows: Vec<Value> = order.iter().map(|at| rows[*at].clone()).collect();
        let done = crm.ok("lead.intake_many", json!({"channel": "site", "rows": rows}));
        let status = |row: &Value| {
            let codes = row["violations"].as_array().into_iter().flatten();
            let codes: Vec<&str> = codes.map(|v| v["code"].as_str().unwrap()).collect();
            format!("{} {} {}", row["key"], row["status"], codes.join(","))
        };
        let told: Vec<String> = done["results"].as_array().unwrap().iter().map(status).collect();
        let found = crm.ok("store.verify", json!({}));
        assert_eq!(found["faults"], json!([]));
        let list = crm.ok("lead.list", json!({"channel": "site"}));
        let mut ids: Vec<String> = list["rows"]
            .as_array()
            .unwrap()
            .iter()
            .map(|row| format!("{} {}", row["id"], row["company"]))
            .collect();
        ids.sort();
        let points = crm
            .ok("contact_point.list", json!({"point": {"medium": "email", "text": "li@qq.com"}}));
        (told, ids, points["rows"][0]["id"].clone(), found["state_hash"].clone())
    };
    let (told, ids, ..) = leads(&[0, 1, 2, 3, 4, 5]);
    assert_eq!(
        told,
        [
            r#""1" "created" "#,
            r#""2" "rejected" lead.unnamed,lead.unreachable"#,
            r#""3" "created" "#,
            r#""4" "rejected" intake.key_twice"#,
            r#""4" "rejected" intake.key_twice"#,
            r#""1" "again" "#,
        ]
    );
    assert_eq!(ids.len(), 2);
    assert!(ids.iter().any(|lead| lead.ends_with(r#""acme.com.cn""#)), "{ids:?}");
    let sorted = leads(&[0, 1, 2, 3, 4, 5]);
    for order in [[5, 4, 3, 2, 1, 0], [2, 0, 4, 1, 5, 3]] {
        let other = leads(&order);
        assert_eq!((&other.1, &other.2, &other.3), (&sorted.1, &sorted.2, &sorted.3));
    }
}

#[test]
fn a_card_makes_a_lead_and_what_was_said_wins() {
    let crm = Host::new();
    let text = "王伟\n销售经理\n手机：13800138000\n邮箱: wang@acme.com.cn";
    let quick = crm.ok("lead.quick", json!({"text": text, "region": "华东"}));
    assert_eq!(quick["unread"], json!(["销售经理"]));
    let lead = crm.ok("lead.get", json!({"id": quick["id"]}));
    assert_eq!((&lead["name"], &lead["company"]), (&json!("王伟"), &json!("acme.com.cn")));
    assert_eq!((&lead["region"], &lead["derived"]), (&json!("华东"), &json!("company country")));
    let edit =
        json!({"id": quick["id"], "set": {"company": {"from": "acme.com.cn", "to": "Acme"}}});
    assert_eq!(crm.ok("lead.amend", edit)["derived"], "country");
    let stale = json!({"id": quick["id"], "set": {"company": {"from": "acme.com.cn", "to": "B"}}});
    assert_eq!(crm.refused("lead.amend", stale), "set.company record.conflict");
    assert_eq!(crm.refused("lead.quick", json!({"text": "订单"})), "phones lead.unreachable");
}

#[test]
fn a_campaign_counts_whom_it_drew() {
    let crm = Host::new();
    let day = |of: &str| json!(of.split('T').next().unwrap());
    let (today, past) = (crm.at(0), crm.at(-60 * 24 * 3));
    let fair = crm.id(
        "campaign.create",
        json!({"name": "广交会", "campaign_type": "fair", "starts_on": day(&past),
        "ends_on": day(&today), "actual_cost": {"amount": "100.00", "currency": "CNY"}}),
    );
    channel(&crm, json!({"source": "fair", "campaign": fair}));
    let rows = [card("1", "A", "a@acme.com.cn"), card("2", "B", "b@qq.com")];
    crm.ok("lead.intake_many", json!({"channel": "site", "rows": rows}));
    let a = crm.id("customer.create", json!({"name": "A", "region": "East", "source": "web"}));
    let wang = crm.id("contact.create", json!({"customer": a, "name": "王伟"}));
    let nobody = "0198a5c2-0000-7000-8000-00000000dead";
    let members = json!([{"customer": a, "invited_on": day(&past)}, {"contact": wang,
        "attended_on": day(&today)}, {"contact": wang}, {"lead": nobody}, {},
        {"customer": a, "attended_on": day(&crm.at(-60 * 24 * 9))}]);
    let added = crm.ok("campaign.add_members", json!({"campaign": fair, "members": members}));
    let codes: Vec<String> = added["results"]
        .as_array()
        .unwrap()
        .iter()
        .map(|row| format!("{} {}", row["new"], row["violations"][0]["code"]))
        .collect();
    assert_eq!(
        codes,
        [
            "true null",
            "true null",
            "false null",
            r#"false "reference.unknown""#,
            r#"false "member.unclear""#,
            r#"false "member.order""#
        ]
    );
    let member = added["results"][0]["id"].clone();
    let early = json!({"id": member, "registered_on": day(&crm.at(-60 * 24 * 9))});
    assert_eq!(crm.refused("campaign.mark", early), "registered_on member.order");
    let marked = crm.ok("campaign.mark", json!({"id": member, "registered_on": day(&today)}));
    assert_eq!((&marked["status"], &marked["version"]), (&json!("registered"), &json!(2)));
    let detail = crm.ok("campaign.get", json!({"id": fair}));
    let all = &detail["attraction"][0];
    let counts =
        json!({"members": 4, "invited": 1, "registered": 1, "attended": 1, "responded": 2});
    assert_eq!((&all["by"], &all["counts"]), (&json!("all"), &counts));
    assert_eq!(all["response"]["of"], json!({"numerator": "2", "denominator": "4"}));
    assert_eq!(all["response"]["rate"], "0.5000");
    assert_eq!(detail["leads"], json!({"captured": 2, "converted": 0, "discarded": 0}));
    assert_eq!(detail["cost_per_response"], json!({"amount": "50.00", "currency": "CNY"}));
    let business = detail["attraction"].as_array().unwrap();
    let business = business.iter().find(|part| part["value"] == "business").unwrap();
    assert_eq!(business["counts"]["members"], 2);
    let empty = crm.id("campaign.create", json!({"name": "Empty", "campaign_type": "ad"}));
    let empty = crm.ok("campaign.get", json!({"id": empty}));
    assert_eq!(empty["attraction"][0]["response"]["rate"], Value::Null, "nobody is no data");
    let edit = json!({"id": fair, "set": {"status": {"from": "planned", "to": "cancelled"}}});
    crm.ok("campaign.amend", edit);
    let late =
        json!({"campaign": fair, "customer": crm.id("customer.create", json!({"name": "B"}))});
    assert_eq!(crm.refused("campaign.add_member", late), "campaign campaign.cancelled");
    let list = crm.ok("campaign.members", json!({"member": wang}));
    assert_eq!(list["rows"][0]["status"], "attended");
}

#[test]
fn campaigns_and_their_members_come_from_another_system() {
    let crm = Host::new();
    let rows = |entity: &str, rows: Value| {
        let answer = crm.ok(
            "import.rows",
            json!({"source": "npsp", "entity": entity, "file": "f.csv", "rows": rows}),
        );
        let results = answer["results"].as_array().unwrap().iter();
        results.map(|row| row["status"].as_str().unwrap().to_owned()).collect::<Vec<_>>()
    };
    let row = |row: u64, key: &str, set: Value| json!({"row": row, "key": key, "set": set});
    let campaign = json!([row(1, "c1", json!({"name": "Gala", "campaign_type": "promotion"}))]);
    assert_eq!(rows("campaign", campaign), ["created"]);
    let lead = json!([
        row(
            1,
            "l1",
            json!({"name": "A", "emails": ["a@b.cn"],
        "campaign": {"link": "c1"}})
        ),
        row(2, "l2", json!({"name": "B", "emails": ["b@b.cn"]}))
    ]);
    assert_eq!(rows("lead", lead), ["created", "created"]);
    let member = |key: &str, lead: &str| {
        let set = json!({"campaign": {"link": "c1"}, "lead": {"link": lead},
            "responded_on": "2026-01-02"});
        row(1, key, set)
    };
    assert_eq!(rows("campaign_member", json!([member("m2", "l2")])), ["created"]);
    let list = crm.ok("campaign.list", json!({}));
    let detail = crm.ok("campaign.get", json!({"id": list["rows"][0]["id"]}));
    assert_eq!(detail["attraction"][0]["counts"]["members"], 2);
    assert_eq!(crm.ok("store.verify", json!({}))["faults"], json!([]));
}
