//! Records in the fields that an import takes.

use std::fmt::Write as _;
use std::fs::File;
use std::io::{BufWriter, Write};
use std::path::Path;

use crm_core::export::{Card, Workbook, csv_row, guarded, vcard};
use crm_core::import::{Entity, Shape};
use serde_json::{Value, json};

use super::{Encoding, PORTABLE, pages};
use crate::failure::Failure;
use crate::host::Host;

/// Numbers, which no spreadsheet runs.
const NUMBERS: [&str; 3] = ["amount", "price", "minutes"];

fn columns_of(page: &Value) -> Result<Vec<String>, Failure> {
    Ok(serde_json::from_value(page["columns"].clone())?)
}

/// A field as a cell: the texts of a list one a line, what a spreadsheet would run behind a quote.
fn cell(column: &str, value: &Value) -> String {
    let text = match value {
        Value::Array(list) => list.iter().filter_map(Value::as_str).collect::<Vec<_>>().join("\n"),
        Value::String(text) => text.clone(),
        _ => String::new(),
    };
    let number = NUMBERS.contains(&column) && text.parse::<f64>().is_ok();
    if number { text } else { guarded(&text).into_owned() }
}

pub(super) fn csv(
    host: &Host,
    entity: &str,
    encoding: Encoding,
    out: &mut dyn Write,
) -> Result<(), Failure> {
    let mut first = true;
    pages(host, "records.export", json!({ "entity": entity }), |page| {
        let columns = columns_of(page)?;
        if std::mem::take(&mut first) {
            out.write_all(encoding.mark())?;
            out.write_all(&encoding.bytes(&csv_row(&columns)))?;
        }
        for row in page["rows"].as_array().into_iter().flatten() {
            let cells = columns.iter().map(|column| cell(column, &row[column]));
            out.write_all(&encoding.bytes(&csv_row(cells)))?;
        }
        Ok(())
    })
}

pub(super) fn lines(host: &Host, entity: &str, out: &mut dyn Write) -> Result<(), Failure> {
    pages(host, "records.export", json!({ "entity": entity }), |page| {
        for row in page["rows"].as_array().into_iter().flatten() {
            writeln!(out, "{row}")?;
        }
        Ok(())
    })
}

pub(super) fn workbook(host: &Host, entity: &str, path: &Path) -> Result<(), Failure> {
    let file = File::create(path).map_err(|error| Failure::file(path, error))?;
    let mut book = Workbook::new(BufWriter::new(file))?;
    let mut first = true;
    pages(host, "records.export", json!({ "entity": entity }), |page| {
        let columns = columns_of(page)?;
        if std::mem::take(&mut first) {
            book.row(&columns)?;
        }
        for row in page["rows"].as_array().into_iter().flatten() {
            book.row(columns.iter().map(|column| cell(column, &row[column])))?;
        }
        Ok(())
    })?;
    Ok(book.finish()?.flush()?)
}

/// Contacts, leads and customers as contact cards, vCard 4.0.
pub(super) fn cards(host: &Host, entity: &str, out: &mut dyn Write) -> Result<(), Failure> {
    if !["contact", "lead", "customer"].contains(&entity) {
        let message = format!("{entity} has no contact cards; contact, lead and customer have");
        return Err(Failure::Usage(message));
    }
    pages(host, "records.export", json!({ "entity": entity }), |page| {
        for row in page["rows"].as_array().into_iter().flatten() {
            let text = |name: &str| row[name].as_str().unwrap_or_default().to_owned();
            let list = |name: &str| {
                let list = row[name].as_array().into_iter().flatten();
                list.filter_map(Value::as_str).map(str::to_owned).collect::<Vec<String>>()
            };
            let organization = match entity {
                "contact" => vec![text("customer_name"), text("department")],
                "lead" => vec![text("company")],
                _ if row["customer_type"] == "personal" => Vec::new(),
                _ => vec![text("name")],
            };
            let card = Card {
                uid: text("id"),
                name: text("name"),
                organization,
                title: text("title"),
                phones: list("phones"),
                emails: list("emails"),
                birthday: text("birthday"),
                website: text("website"),
                note: if entity == "lead" { text("need") } else { text("note") },
            };
            out.write_all(vcard(&card).as_bytes())?;
        }
        Ok(())
    })
}

/// The plan that reads back what the others write.
pub(super) fn plan(host: &Host) -> Result<String, Failure> {
    let mut text =
        "# Reads the files of `crm export` back: customer.csv, contact.xlsx and so on.\n\n\
                    source = \"export\"\nzone = \"UTC\"\n"
            .to_owned();
    let mut files = String::new();
    for entity in PORTABLE {
        let page = host.call("records.export", &json!({ "entity": entity, "limit": 1 }))?;
        let columns = columns_of(&page)?;
        let known = Entity::find(entity).map(|known| known.fields).unwrap_or_default();
        let _ = write!(
            files,
            "\n[[file]]\nname = \"{entity}*\"\nentity = \"{entity}\"\nkey = \"key\"\nescaped = true\n"
        );
        let unique = match entity {
            "team" => "match = [\"name\"]\n",
            "user" => "match = [\"login\"]\n",
            "product" => "match = [\"code\"]\n",
            _ => "",
        };
        let _ = write!(files, "{unique}\n[file.fields]\n");
        for column in columns.iter().filter(|column| !["id", "key"].contains(&column.as_str())) {
            let shape = known.iter().find(|(name, _)| name == column).map(|(_, shape)| *shape);
            let line = match shape {
                Some(Shape::Texts) => format!("{{ column = \"{column}\", split = \"\\n\" }}"),
                Some(Shape::Link(to)) => format!("{{ link = \"{to}\", column = \"{column}\" }}"),
                Some(Shape::Money | Shape::Price) => {
                    format!("{{ column = \"{column}\", currency_column = \"{column}_currency\" }}")
                }
                None if !column.starts_with("custom.") => continue,
                Some(_) | None => format!("\"{column}\""),
            };
            let _ = writeln!(files, "{column} = {line}");
        }
    }
    let fields = host.call("custom_field.list", &json!({}))?;
    for field in fields["fields"].as_array().or(fields["rows"].as_array()).into_iter().flatten() {
        let field = if field["record"].is_object() { &field["record"] } else { field };
        let said = |name: &str| field[name].as_str().unwrap_or_default().to_owned();
        let _ = write!(
            text,
            "\n[[custom_field]]\nentity = {:?}\ncode = {:?}\nlabel = {:?}\nfield_type = {:?}\n",
            said("entity"),
            said("code"),
            said("label"),
            said("field_type")
        );
    }
    Ok(text + &files)
}
