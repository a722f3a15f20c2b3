//! What nobody should send: wrong types, strange text, huge numbers, ids of nothing, broken JSON.

use serde_json::{Value, json};

use super::dice::Dice;

fn value(dice: &mut Dice) -> Value {
    match dice.below(24) {
        0 => Value::Null,
        1 => json!(true),
        2 => json!(-1),
        3 => json!(i64::MAX),
        4 => json!(u64::MAX),
        5 => json!(1e308),
        6 => json!(0.1),
        7 => json!(""),
        8 => json!(" \u{3000}\t"),
        9 => json!("a\0b"),
        10 => json!("\u{202E}lasrever\u{202C}"),
        11 => json!("e\u{301}\u{200D}👩‍👩‍👧‍👦\u{FEFF}"),
        12 => json!("x".repeat(300)),
        13 => json!("名".repeat(30_000)),
        14 => json!("99999999999999999999999999999999.99"),
        15 => json!("-0.000000000000000000000000001"),
        16 => json!("1e9"),
        17 => json!({}),
        18 => json!([[[]]]),
        19 => json!(dice.uuid()),
        20 => json!("00000000-0000-0000-0000-000000000000"),
        21 => json!("9999-12-31T23:59:59.999999Z"),
        22 => json!("-0001-01-01"),
        _ => json!({"amount": "-1", "currency": "XTS"}),
    }
}

/// Every place in a document that can be spoilt.
fn places(value: &Value, path: String, found: &mut Vec<String>) {
    match value {
        Value::Object(fields) => {
            for (name, value) in fields {
                let name = name.replace('~', "~0").replace('/', "~1");
                places(value, format!("{path}/{name}"), found);
            }
        }
        Value::Array(items) => {
            for (at, value) in items.iter().enumerate() {
                places(value, format!("{path}/{at}"), found);
            }
        }
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => {}
    }
    if !path.is_empty() {
        found.push(path);
    }
}

/// The same request, spoilt somewhere.
pub fn spoil(dice: &mut Dice, request: &Value) -> Vec<u8> {
    let mut spoilt = request.clone();
    let mut found = Vec::new();
    places(request, String::new(), &mut found);
    let text = request.to_string();
    match dice.below(20) {
        0 => {
            let mut at = dice.below(text.len());
            while !text.is_char_boundary(at) {
                at -= 1;
            }
            return text.as_bytes()[..at].to_vec();
        }
        1 => return format!("{text}{text}").into_bytes(),
        2 => return [text.as_bytes(), &[0xFF]].concat(),
        3 => return value(dice).to_string().into_bytes(),
        4 => return ["[".repeat(200), "]".repeat(200)].concat().into_bytes(),
        5 => {
            if let Some(fields) = spoilt.as_object_mut() {
                fields.insert("unknown".to_owned(), value(dice));
            }
        }
        6 | 7 => {
            if let Some(fields) = spoilt.as_object_mut() {
                let names: Vec<String> = fields.keys().cloned().collect();
                if !names.is_empty() {
                    fields.remove(&names[dice.below(names.len())]);
                }
            }
        }
        _ => {
            for _ in 0..=dice.below(2) {
                if let Some(slot) = spoilt.pointer_mut(dice_place(&found, dice)) {
                    *slot = value(dice);
                }
            }
        }
    }
    spoilt.to_string().into_bytes()
}

fn dice_place<'a>(found: &'a [String], dice: &mut Dice) -> &'a str {
    if found.is_empty() { "/none" } else { &found[dice.below(found.len())] }
}
