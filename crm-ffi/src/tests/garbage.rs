//! Requests of every operation, made of its own schema and then damaged: an answer or a refusal, never a fault.

use crm_core::api::CATALOGUE;
use serde_json::{Map, Value, json};

use super::{call, only_session, opts};
use crate::session::crm_session_close;
use crate::status::CRM_OK;

/// Requests of each operation.
const REQUESTS: u32 = 150;

/// A generator of numbers that are the same each time.
struct Random(u64);

impl Random {
    fn below(&mut self, end: usize) -> usize {
        self.0 =
            self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        usize::try_from(self.0 >> 33).unwrap() % end
    }

    fn of<'a, T>(&mut self, values: &'a [T]) -> &'a T {
        &values[self.below(values.len())]
    }
}

const TEXTS: &[&str] = &[
    "",
    " ",
    "A",
    "owner",
    "customer",
    "steel",
    "CNY",
    "XTS",
    "2026-01-05",
    "2026-01-05T08:00:00Z",
    "9999-12-31T23:59:59.999999Z",
    "0001-01-01T00:00:00Z",
    "-262143-01-01",
    "09:00",
    "24:00",
    "Asia/Shanghai",
    "01890000-0000-7000-8000-000000000001",
    "00000000-0000-0000-0000-000000000000",
    "00000000-0000-7000-8000-000000000002",
    "0",
    "-0",
    "1.005",
    "-1",
    "9223372036854775807",
    "79228162514264337593543950335",
    "0.0000000000000000000000000001",
    "1e9",
    "NaN",
    "\u{0}",
    "\u{202e}abc",
    "e\u{301}",
    "上海",
    "😀",
    "'; --",
    "%",
    "../..",
    "[",
    "{}",
    "null",
];

/// A value that may be anything.
fn anything(random: &mut Random, depth: u32) -> Value {
    match random.below(if depth > 2 { 6 } else { 9 }) {
        0 => Value::Null,
        1 => Value::Bool(random.below(2) == 0),
        2 => json!(*random.of(&[0_i64, 1, -1, 2, 100, 1001, i64::MAX, i64::MIN])),
        3 => json!(*random.of(&[0.5, -0.0, 1e300, 1e-300])),
        4 | 5 => json!(*random.of(TEXTS)),
        6 => {
            json!({"amount": *random.of(TEXTS), "currency": *random.of(&["CNY", "JPY", "", "cny"])})
        }
        7 => (0..random.below(4)).map(|_| anything(random, depth + 1)).collect(),
        _ => (0..random.below(3))
            .map(|_| ((*random.of(TEXTS)).to_owned(), anything(random, depth + 1)))
            .collect::<Map<_, _>>()
            .into(),
    }
}

/// A value as a schema wants it, more often than not.
fn fitting(random: &mut Random, schema: &Value, root: &Value, depth: u32) -> Value {
    if random.below(12) == 0 || depth > 6 {
        return anything(random, depth);
    }
    if let Some(place) = schema["$ref"].as_str() {
        let inner = root.pointer(place.trim_start_matches('#')).unwrap();
        return fitting(random, inner, root, depth + 1);
    }
    for any in ["anyOf", "oneOf", "allOf"] {
        if let Some(of) = schema[any].as_array() {
            let one = random.of(of);
            return fitting(random, one, root, depth + 1);
        }
    }
    if let Some(value) = schema.get("const") {
        return value.clone();
    }
    if let Some(values) = schema["enum"].as_array() {
        return random.of(values).clone();
    }
    let kind = match schema["type"].as_array() {
        Some(kinds) => random.of(kinds).as_str(),
        None => schema["type"].as_str(),
    };
    match kind {
        Some("object") => object(random, schema, root, depth),
        Some("array") => {
            let items =
                (0..random.below(4)).map(|_| fitting(random, &schema["items"], root, depth + 1));
            items.collect()
        }
        Some("string") => json!(*random.of(TEXTS)),
        Some("integer" | "number") => json!(*random.of(&[0_i64, 1, 2, 50, 1000, -1, i64::MAX])),
        Some("boolean") => Value::Bool(random.below(2) == 0),
        _ => anything(random, depth),
    }
}

fn object(random: &mut Random, schema: &Value, root: &Value, depth: u32) -> Value {
    let mut object = Map::new();
    for (name, property) in schema["properties"].as_object().into_iter().flatten() {
        let required = schema["required"].as_array().is_some_and(|all| all.contains(&json!(name)));
        if random.below(20) != 0 && (required || random.below(3) != 0) {
            object.insert(name.clone(), fitting(random, property, root, depth + 1));
        }
    }
    if let Some(values) = schema.get("additionalProperties").filter(|values| values.is_object()) {
        for _ in 0..random.below(3) {
            object.insert((*random.of(TEXTS)).to_owned(), fitting(random, values, root, depth + 1));
        }
    }
    Value::Object(object)
}

/// A text with some bytes replaced.
fn damaged(random: &mut Random, text: String) -> String {
    if random.below(10) != 0 {
        return text;
    }
    let mut bytes = text.into_bytes();
    for _ in 0..=random.below(3) {
        let at = random.below(bytes.len());
        bytes[at] = *random.of(b"{}[]\",:0-9ntf\\ ");
    }
    String::from_utf8_lossy(&bytes).into_owned()
}

#[test]
fn a_request_that_makes_no_sense_is_refused_and_breaks_nothing() {
    let mut random = Random(20_260_105);
    let session = only_session();
    let (mut fine, mut all) = (0, 0);
    for entry in CATALOGUE {
        let schema = (entry.describe)().request;
        for _ in 0..REQUESTS {
            let request = fitting(&mut random, &schema, &schema, 0).to_string();
            let request = damaged(&mut random, request);
            let (status, answer) = call(session, entry.name, &request, &opts());
            assert!(status < 9000, "{} {request}: {answer}", entry.name);
            assert!(serde_json::from_str::<Value>(&answer).is_ok(), "{answer}");
            fine += u32::from(status == CRM_OK);
            all += 1;
        }
    }
    println!("{all} requests of {} operations, {fine} answered", CATALOGUE.len());
    assert!(fine > all / 20, "the requests are not all nonsense: {fine} of {all}");
    let (status, verified) = call(session, "store.verify", "", &opts());
    assert!(status == CRM_OK && verified.contains(r#""faults":[]"#), "{verified}");
    assert_eq!(crm_session_close(session), CRM_OK);
}
