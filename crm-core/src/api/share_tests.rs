//! Who works with whom, and what people allow.

use serde_json::{Value, json};

use super::flow_tests::{DAY, House};

fn rows(answer: &Value) -> usize {
    answer["rows"].as_array().unwrap().len()
}

/// A record is shared with colleagues and teams and its owner stays its owner; what ended stays as history.
#[test]
fn a_record_is_shared_and_its_owner_stays_its_owner() {
    let house = House::new();
    let team = house.id("owner", "team.create", json!({"name": "华东"}));
    let in_team = json!({"id": house.user("cy"), "set": {"team": {"to": team}}});
    house.ok("owner", "user.amend", in_team);
    let customer = house.id("an", "customer.create", json!({"name": "华东机械"}));
    let with = |user: &str, role: &str| json!({"kind": "customer", "id": customer, "user": house.user(user), "role": role});
    let table = [
        ("by a colleague", "bo", with("cy", "works"), "id owner.not_yours"),
        ("with its owner", "an", with("an", "works"), "user share.with_owner"),
        (
            "with nobody",
            "an",
            json!({"kind": "customer", "id": customer, "role": "reads"}),
            "user share.form",
        ),
        (
            "of nothing",
            "an",
            json!({"kind": "lead", "id": customer, "role": "reads", "team": team}),
            "id reference.unknown",
        ),
        (
            "in no role",
            "an",
            json!({"kind": "customer", "id": customer, "role": "owns", "team": team}),
            "role request.form",
        ),
    ];
    for (rule, actor, wish, expected) in table {
        assert_eq!(house.refused(actor, "share.add", wish), expected, "shared {rule}");
    }
    let first = house.ok("an", "share.add", with("bo", "reads"));
    assert_eq!(
        house.ok("an", "share.add", with("bo", "reads"))["id"],
        first["id"],
        "twice is once"
    );
    assert_eq!(house.told("bo"), ["customer.shared"]);
    house.wait(DAY);
    let more = house.ok("an", "share.add", with("bo", "works"));
    let to_team = json!({"kind": "customer", "id": customer, "team": team, "role": "reads", "reason": "展会"});
    let to_team = house.ok("boss", "share.add", to_team);
    let is =
        |actor: &str| house.ok(actor, "share.check", json!({"kind": "customer", "id": customer}));
    assert_eq!(is("an"), json!({"owns": true, "overrides": false}));
    assert_eq!(is("bo"), json!({"owns": false, "overrides": false, "shared": "works"}));
    assert_eq!(
        is("cy"),
        json!({"owns": false, "overrides": false, "shared": "reads"}),
        "by their team"
    );
    assert_eq!(is("boss"), json!({"owns": false, "overrides": true}));
    let of =
        |ended: bool| house.ok("an", "share.list", json!({"record": customer, "ended": ended}));
    assert_eq!((rows(&of(false)), rows(&of(true))), (2, 3), "the first stretch is history");
    assert_eq!(of(true)["rows"][0]["until"], more["since"], "without a gap");
    let by_bo = house.ok("bo", "share.list", json!({"user": house.user("bo")}));
    assert_eq!(by_bo["rows"][0]["subject"], json!(customer));
    assert_eq!(
        house.refused("bo", "share.end", json!({"id": to_team["id"]})),
        "id owner.not_yours"
    );
    house.ok("bo", "share.end", json!({"id": more["id"]}));
    assert_eq!(is("bo"), json!({"owns": false, "overrides": false}), "whoever leaves has left");
    let read = house.ok("an", "customer.get", json!({"id": customer}));
    assert_eq!(read["owner"], json!(house.user("an")));
    assert_eq!(house.history("customer", &customer), "", "no owner changed");
    house.is_sound();
}

/// What a customer shares holds for the deals with it; a merge brings shares along, the most of two counts.
#[test]
fn a_share_of_a_customer_holds_for_its_deals_and_survives_a_merge() {
    let house = House::new();
    let stage = |code: &str| json!({"code": code, "name": code});
    let end = |code: &str| json!({"code": code, "name": code, "kind": code});
    let stages = json!([stage("a"), end("won"), end("lost")]);
    house.ok("owner", "pipeline.define", json!({"name": "P", "stages": stages}));
    let [keep, gone] =
        ["甲公司", "乙公司"].map(|name| house.id("an", "customer.create", json!({"name": name})));
    let deal = house.id("an", "opportunity.create", json!({"name": "D", "customer": gone}));
    let share = |id: &str, role: &str| json!({"kind": "customer", "id": id, "user": house.user("bo"), "role": role});
    house.ok("an", "share.add", share(&keep, "reads"));
    house.ok("an", "share.add", share(&gone, "works"));
    let is = |kind: &str, id: &str| {
        house.ok("bo", "share.check", json!({"kind": kind, "id": id}))["shared"].clone()
    };
    assert_eq!(is("opportunity", &deal), json!("works"));
    let merged = house.ok("an", "customer.merge", json!({"keep": keep, "merge": [gone]}));
    assert_eq!(is("customer", &keep), json!("works"));
    house.is_sound();
    house.ok("an", "reversal.undo", json!({"id": merged["reversal"]}));
    assert_eq!((is("customer", &keep), is("customer", &gone)), (json!("reads"), json!("works")));
    house.is_sound();
}

impl House {
    fn says(&self, kind: &str, subject: &str, state: &str) -> Value {
        let said = json!({"subject_kind": kind, "subject": subject, "purpose": "browsing",
            "state": state, "evidence": "官网表单 v3"});
        self.ok("an", "consent.record", said)
    }

    fn allows(&self, subject: &str) -> Vec<String> {
        let said = self.ok("an", "consent.list", json!({"subject": subject}));
        let rows = said["rows"].as_array().unwrap();
        rows.iter().map(|row| row["state"].as_str().unwrap().to_owned()).collect()
    }
}

/// What people look at is kept with their consent only, from its instant on and until it is withdrawn, and counts as their
/// behaviour.
#[test]
fn what_people_look_at_is_kept_with_their_consent_only() {
    let house = House::new();
    let lead = house.lead("an");
    let at = |seconds: i64| {
        let now = crate::value::Timestamp::from_micros(house.now() + seconds * 1_000_000);
        now.unwrap().to_string()
    };
    let seen = |at: String| {
        json!({"subject_kind": "lead", "subject": lead, "code": "page_view", "at": at,
            "page": "https://example.com/pumps"})
    };
    let refused = |wish: Value| house.refused("an", "browsing.record", wish);
    assert_eq!(refused(seen(at(0))), "subject consent.missing", "nobody asked them");
    house.says("lead", &lead, "given");
    assert_eq!(refused(seen(at(-1))), "subject consent.missing", "not backwards");
    let kept = house.ok("an", "browsing.record", seen(at(0)));
    assert_eq!(house.ok("an", "browsing.record", seen(at(0)))["id"], kept["id"], "once");
    let mut table = vec![
        ("at a time to come", seen(at(1)), "at time.future"),
        ("of no page", seen(at(0)), "page url.scheme"),
        ("of a deal", seen(at(0)), "subject_kind browsing.of_kind"),
        ("for years", seen(at(0)), "seconds browsing.stay_long"),
        ("of an unknown product", seen(at(0)), "product reference.unknown"),
    ];
    table[1].1["page"] = json!("file:///etc/passwd");
    table[2].1["subject_kind"] = json!("opportunity");
    table[3].1["seconds"] = json!(86_401);
    table[4].1["product"] = json!(lead);
    for (what, wish, expected) in table {
        assert_eq!(refused(wish), expected, "{what}");
    }
    house.wait(60);
    house.says("lead", &lead, "withdrawn");
    assert_eq!(refused(seen(at(0))), "subject consent.withdrawn");
    assert_eq!(
        refused(seen(at(-30))),
        "subject consent.withdrawn",
        "at once, and for what came late"
    );
    house.is_sound();
}

/// However two people who are one are merged, what either withdrew stays withdrawn, and undoing it gives both back. A lead
/// that becomes a customer brings its consent, and widens none.
#[test]
fn consent_is_never_widened() {
    let house = House::new();
    for kept in 0..2 {
        let ids = [0, 1].map(|_| {
            house.id("an", "customer.create", json!({"name": "李雷", "customer_type": "personal"}))
        });
        house.says("customer", &ids[0], "withdrawn");
        house.wait(DAY);
        house.says("customer", &ids[1], "given");
        let merge = json!({"keep": ids[kept], "merge": [ids[1 - kept]]});
        let merged = house.ok("an", "customer.merge", merge);
        assert_eq!(house.allows(&ids[kept]), ["withdrawn"], "though it was given later");
        house.is_sound();
        house.ok("an", "reversal.undo", json!({"id": merged["reversal"]}));
        assert_eq!(house.allows(&ids[0]), ["withdrawn"]);
        assert_eq!(house.allows(&ids[1]), ["given"]);
        house.is_sound();
    }
    for (lead_says, customer_says, expected) in [
        ("given", None, "given"),
        ("given", Some("withdrawn"), "withdrawn"),
        ("withdrawn", Some("given"), "withdrawn"),
    ] {
        let customer =
            house.id("an", "customer.create", json!({"name": "王芳", "customer_type": "personal"}));
        if let Some(says) = customer_says {
            house.says("customer", &customer, says);
        }
        let lead = house.lead("an");
        house.wait(1);
        house.says("lead", &lead, lead_says);
        let convert = json!({"id": lead, "customer": {"id": customer}, "contact": {"none": true}});
        let converted = house.ok("an", "lead.convert", convert);
        assert_eq!(house.allows(&customer), [expected]);
        house.ok("an", "reversal.undo", json!({"id": converted["reversal"]}));
        assert_eq!(house.allows(&customer), customer_says.into_iter().collect::<Vec<_>>());
        house.is_sound();
    }
}
