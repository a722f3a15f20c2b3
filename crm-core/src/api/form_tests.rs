//! Forms: the layout of a kind of customer holds at every door.

use serde_json::{Value, json};

use super::flow_tests::House;

impl House {
    fn with_forms() -> Self {
        let house = Self::new();
        let beds =
            json!({"entity": "customer", "code": "beds", "label": "床位", "field_type": "int"});
        house.ok("owner", "custom_field.define", beds);
        let ward =
            json!({"entity": "activity", "code": "ward", "label": "科室", "field_type": "text"});
        house.ok("owner", "custom_field.define", ward);
        let hospital = json!({"kind": "hospital", "name": "医院", "of": "business",
            "shown": ["region", "source", "custom.beds"], "required": ["region", "custom.beds"]});
        house.ok("owner", "form.define", hospital);
        let visit = json!({"form_of": "activity", "kind": "hospital", "name": "医院回访", "of": "business",
            "required": ["custom.ward", "content"]});
        house.ok("owner", "form.define", visit);
        let person =
            json!({"kind": "personal", "name": "个人", "of": "personal", "required": ["birthday"]});
        house.ok("owner", "form.define", person);
        house
    }
}

/// A form names fields that are there, that its type has, and asks for none that it hides.
#[test]
fn a_form_asks_for_nothing_that_cannot_be_given() {
    let house = House::new();
    let form = |shown: Value, required: Value| json!({"kind": "shop", "name": "店", "of": "personal", "shown": shown, "required": required});
    #[rustfmt::skip]
    let table = [
        ("shows what the type has", form(json!(["birthday"]), json!([])), ""),
        ("shows fields that are there", form(json!(["beds"]), json!([])), "shown form.field"),
        ("shows nothing of the other type", form(json!(["industry"]), json!([])), "shown form.field"),
        ("asks for what it shows", form(json!(["note"]), json!(["birthday"])), "required form.hidden"),
        ("is of a type", json!({"kind": "shop", "name": "店", "of": "shop"}), "of code.unknown"),
        ("is not of the other type", json!({"kind": "business", "name": "店", "of": "personal"}), "of form.type_other"),
        ("has a code and a name", json!({"kind": "a b", "name": " ", "of": "personal"}), "kind code.format, name text.empty"),
    ];
    for (rule, wish, expected) in table {
        if expected.is_empty() {
            house.ok("owner", "form.define", wish);
        } else {
            assert_eq!(house.refused("owner", "form.define", wish), expected, "a form {rule}");
        }
    }
    assert!(house.refused("an", "form.define", form(json!([]), json!([]))).contains("denied"));
}

/// Of a kind of customer each field is there or not, must hold something or may be empty: when it is made, changed,
/// imported.
#[test]
fn a_customer_keeps_to_the_form_of_its_kind_at_every_door() {
    let house = House::with_forms();
    let hospital = |more: Value| {
        let mut wish = json!({"name": "第一医院", "form": "hospital", "region": "华东", "custom": {"beds": 800}});
        for (field, value) in more.as_object().unwrap() {
            wish[field] = value.clone();
        }
        wish
    };
    #[rustfmt::skip]
    let table = [
        ("has what its form asks for", hospital(json!({})), ""),
        ("has not what its form hides", hospital(json!({"industry": "health", "note": "x"})), "industry customer.field_not_in_layout, note customer.field_not_in_layout"),
        ("lacks nothing that its form asks for", hospital(json!({"region": null, "custom": {}})), "custom.beds form.required, region form.required"),
        ("is of a kind that is there", hospital(json!({"form": "school"})), "form form.unknown"),
        ("is of the type of its kind", hospital(json!({"customer_type": "personal"})), "form form.unknown"),
        ("of no kind of its own keeps to its type", json!({"name": "李雷", "customer_type": "personal"}), "birthday form.required"),
        ("of a type without a form keeps to none", json!({"name": "A", "industry": "steel"}), ""),
    ];
    for (rule, wish, expected) in table {
        if expected.is_empty() {
            house.ok("an", "customer.create", wish);
        } else {
            assert_eq!(house.refused("an", "customer.create", wish), expected, "a customer {rule}");
        }
    }
    let made = house.id("an", "customer.create", hospital(json!({})));
    let emptied = json!({"id": made, "set": {"region": {"from": "华东"}}});
    assert_eq!(house.refused("an", "customer.amend", emptied), "region form.required");
    let hidden = json!({"id": made, "set": {"website": {"to": "https://a.example"}}});
    assert_eq!(
        house.refused("an", "customer.amend", hidden),
        "website customer.field_not_in_layout"
    );
    house.ok("an", "customer.amend", json!({"id": made, "set": {"source": {"to": "fair"}}}));
    let bare = json!({"name": "韩梅梅", "customer_type": "personal"});
    let rows =
        json!({"entity": "customer", "mode": "create", "rows": [{"row": 1, "fields": bare}]});
    let imported = house
        .call("owner", "import.rows", rows)
        .map_or_else(|e| format!("{:?}", e.problem()), |v| v.to_string());
    assert!(imported.contains("form.required") || imported.contains("request.form"), "{imported}");
    house.is_sound();
}

/// Becoming of another kind loses what the form of that kind does not have: each value is told first.
#[test]
fn another_kind_loses_what_its_form_does_not_have_when_confirmed() {
    let house = House::with_forms();
    let made = house.id(
        "an",
        "customer.create",
        json!({"name": "医院", "industry": "health", "note": "老客户",
        "region": "华东", "custom": {"beds": 8}}),
    );
    let becomes = |confirm: bool| json!({"id": made, "customer_type": "business", "form": "hospital", "confirm": confirm});
    assert_eq!(
        house.refused("an", "customer.set_type", becomes(false)),
        "industry customer.value_would_be_lost, note customer.value_would_be_lost"
    );
    let after = house.ok("an", "customer.set_type", becomes(true));
    assert_eq!((&after["industry"], &after["note"]), (&Value::Null, &Value::Null));
    assert_eq!((&after["region"], &after["form"]), (&json!("华东"), &json!("hospital")));
    house.is_sound();
}

/// What is done with customers of a kind has a form of its own; plans and what is with others do not keep to it.
#[test]
fn a_visit_keeps_to_the_form_of_the_kind_of_its_customer() {
    let house = House::with_forms();
    let hospital = house.id(
        "an",
        "customer.create",
        json!({"name": "第一医院", "form": "hospital",
        "region": "华东", "custom": {"beds": 800}}),
    );
    let firm = house.id("an", "customer.create", json!({"name": "华东机械"}));
    let call = |customer: &str, more: Value| {
        let mut wish = json!({"kind": "call", "customer": customer});
        for (field, value) in more.as_object().unwrap() {
            wish[field] = value.clone();
        }
        wish
    };
    assert_eq!(
        house.refused("an", "activity.log", call(&hospital, json!({}))),
        "content form.required, custom.ward form.required"
    );
    let full = json!({"content": "回访", "custom": {"ward": "骨科"}});
    house.ok("an", "activity.log", call(&hospital, full));
    house.ok("an", "activity.log", call(&firm, json!({})));
    let plan = json!({"kind": "task", "customer": hospital, "at": "2026-12-01T01:00:00Z", "subject": "复访"});
    house.ok("an", "activity.plan", plan);
    let retired = json!({"form_of": "activity", "kind": "hospital", "name": "医院回访", "of": "business",
        "required": ["content"], "active": false});
    house.ok("owner", "form.define", retired);
    house.ok("an", "activity.log", call(&hospital, json!({})));
    house.is_sound();
}
