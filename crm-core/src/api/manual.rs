//! The catalogue as a manual: one page in Markdown, generated from the types.

use core::fmt::Write as _;

use serde_json::{Map, Value};

use super::{CATALOGUE, Description};

/// Every operation with its request and response, as the text of `docs/operations.md`.
pub fn manual() -> String {
    let mut page = String::from(
        "# Operations\n\n\
         Generated from the types; `UPDATE_EXPECT=1 cargo test -p crm-tests operations` writes it anew.\n\n\
         Every operation is called by its name with a JSON request, through every door. Ids and 64-bit numbers of \
         records are text; money is `{\"amount\":\"12.30\",\"currency\":\"CNY\"}`; instants are RFC 3339 in UTC; an \
         unknown field in a request is an error. A refusal is a problem document that names every broken rule.\n",
    );
    let mut entries: Vec<_> = CATALOGUE.iter().collect();
    entries.sort_by_key(|entry| entry.name);
    for entry in entries {
        operation(&mut page, &(entry.describe)());
    }
    page
}

fn operation(page: &mut String, operation: &Description) {
    let Description { name, access, request, response } = operation;
    // Writing to a `String` cannot fail; so below.
    let _ = write!(page, "\n## `{name}`\n\n{}\n\nNeeds the right `{access}`.\n", text(request));
    for (title, schema) in [("Request", request), ("Response", response)] {
        let shapes = shapes(title, schema);
        let _ = write!(page, "\n{shapes}");
    }
}

/// The fields of a schema and of the types it defines, as tables.
fn shapes(title: &str, schema: &Value) -> String {
    let mut out = String::new();
    let root = schema.get("title").and_then(Value::as_str).unwrap_or(title);
    fields(&mut out, &format!("{title} (`{root}`)"), schema);
    let none = Map::new();
    let definitions = schema.get("$defs").and_then(Value::as_object).unwrap_or(&none);
    for (name, definition) in definitions.iter().filter(|(_, definition)| is_object(definition)) {
        fields(&mut out, &format!("`{name}`"), definition);
    }
    out
}

fn is_object(schema: &Value) -> bool {
    schema.get("properties").is_some()
}

fn fields(out: &mut String, title: &str, schema: &Value) {
    let Some(properties) = schema.get("properties").and_then(Value::as_object) else {
        let _ = write!(out, "{title}: {}\n\n", type_of(schema));
        return;
    };
    if properties.is_empty() {
        let _ = write!(out, "{title}: no fields.\n\n");
        return;
    }
    let required: Vec<&str> = schema
        .get("required")
        .and_then(Value::as_array)
        .into_iter()
        .flatten()
        .filter_map(Value::as_str)
        .collect();
    let _ = write!(out, "{title}\n\n| field | type | |\n| --- | --- | --- |\n");
    for (field, schema) in properties {
        let must = if required.contains(&field.as_str()) { "" } else { "*optional* " };
        let _ = writeln!(out, "| `{field}` | {} | {must}{} |", type_of(schema), text(schema));
    }
    out.push('\n');
}

/// A type in a few words.
fn type_of(schema: &Value) -> String {
    if let Some(name) = schema.get("$ref").and_then(Value::as_str) {
        return format!("`{}`", name.rsplit('/').next().unwrap_or(name));
    }
    for choice in ["anyOf", "oneOf"] {
        if let Some(options) = schema.get(choice).and_then(Value::as_array) {
            let names: Vec<String> =
                options.iter().map(type_of).filter(|name| name != "null").collect();
            return names.join(" or ");
        }
    }
    if let Some(codes) = schema.get("enum").and_then(Value::as_array) {
        let codes: Vec<String> = codes.iter().map(|code| format!("`{code}`")).collect();
        return codes.join(", ");
    }
    if let Some(code) = schema.get("const") {
        return format!("`{code}`");
    }
    let of = |schema: &Value| schema.get("items").map_or_else(String::new, type_of);
    match schema.get("type") {
        Some(Value::String(name)) if name == "array" => format!("list of {}", of(schema)),
        Some(Value::String(name)) => with_format(name, schema),
        Some(Value::Array(names)) => {
            let names = names.iter().filter_map(Value::as_str).filter(|name| *name != "null");
            let names: Vec<String> = names
                .map(|name| {
                    if name == "array" {
                        format!("list of {}", of(schema))
                    } else {
                        with_format(name, schema)
                    }
                })
                .collect();
            names.join(" or ")
        }
        _ => "any".to_owned(),
    }
}

fn with_format(name: &str, schema: &Value) -> String {
    match schema.get("format").and_then(Value::as_str) {
        Some(format @ ("uuid" | "date-time" | "date")) => format.to_owned(),
        _ => name.to_owned(),
    }
}

/// A description on one line.
fn text(schema: &Value) -> String {
    let text = schema.get("description").and_then(Value::as_str).unwrap_or_default();
    text.split_whitespace().collect::<Vec<_>>().join(" ").replace('|', "\\|")
}
